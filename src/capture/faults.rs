//! What faults did, told in the comments of a capture: of one in memory, and of one that is written while a lab plays.

use std::collections::{BTreeMap, VecDeque};

use super::{Capture, FrameRef};
use crate::time::{Instant, Timestamp};
use crate::trace::{FaultRecord, FrameId, Record, SegmentId, Trace};

/// Where a fault is told: on the frame itself, or beside it, if the tap did not
/// see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On the frame that it hit.
    Here,
    /// On the next that the tap saw.
    Before,
    /// On the last, if no frame came any more.
    After,
}

/// `Fault, before this frame, line 12: drop reply 226: dropped on the way to client`.
fn told(fault: &FaultRecord, place: Place, nodes: &[String]) -> String {
    let place = match place {
        Place::Here => "",
        Place::Before => "before this frame, ",
        Place::After => "after this frame, ",
    };
    let receiver = fault.to.and_then(|node| nodes.get(node.0 as usize));
    let way = match receiver {
        Some(receiver) => format!("on the way to {receiver}"),
        None => "before the wire".into(),
    };
    format!(
        "Fault, {place}{}: {} {way}",
        fault.fault.name(),
        fault.effect
    )
}

impl Capture {
    /// Tells in the comments of its frames what faults did in the run that it
    /// is of: on the frame itself or, where no tap of the capture saw that, on
    /// the next frame, or behind the last. A capture without a frame tells of none:
    /// [`Trace::faults`] has them.
    ///
    /// [`Run::capture`](crate::lab::Run::capture) has done this already.
    pub fn tell_faults(&mut self, trace: &Trace, clock: Timestamp) {
        if trace.faults.is_empty() {
            return;
        }
        let frames = self.frames.iter().enumerate().rev();
        let seen: BTreeMap<FrameId, usize> = frames
            .filter_map(|(place, frame)| Some((frame.id?, place)))
            .collect();
        let gone: BTreeMap<FrameId, Instant> = trace
            .records
            .iter()
            .map(|record| (record.id, record.at))
            .collect();
        for fault in &trace.faults {
            let next = |at| {
                let at = clock.at(at);
                self.frames.partition_point(|frame| frame.at < at)
            };
            let at = match is_ahead(fault) {
                true => gone.get(&fault.id).copied(),
                false => Some(fault.at),
            };
            let (number, place) = match seen.get(&fault.id) {
                Some(number) => (Some(*number), Place::Here),
                None => (at.map(next), Place::Before),
            };
            let text = |place| told(fault, place, &trace.nodes);
            if let Some(frame) = number.and_then(|number| self.frames.get_mut(number)) {
                frame.comments.push(text(place));
            } else if let Some(last) = self.frames.last_mut() {
                last.comments.push(text(Place::After));
            }
        }
    }
}

/// It acted on a frame that is still to be sent: that is told when it is.
fn is_ahead(fault: &FaultRecord) -> bool {
    fault.to.is_none() && !fault.lost
}

/// Tells faults in the comments of frames that pass on a segment. A frame is
/// held until time has gone on, since only then it is known what befell it; the
/// last one to the end, since something may follow it.
pub(super) struct Telling {
    segment: SegmentId,
    clock: Timestamp,
    nodes: Vec<String>,
    /// The time is this, or later.
    now: Instant,
    /// Frames that have begun to pass, ordered by `(at, id)`.
    held: VecDeque<Record>,
    /// Faults that are told on their own frame, which is held or to come.
    tied: BTreeMap<FrameId, Vec<Numbered>>,
    /// Those that are told on the next frame, by the time from which on.
    loose: BTreeMap<(Instant, u64), FaultRecord>,
    /// How many faults there were.
    faults: u64,
    passed: u64,
}

/// A fault, and its place in the order in which they were decided.
type Numbered = (u64, FaultRecord);

impl Telling {
    /// Of `segment`, instant 0 being at `clock`; `nodes` are the names.
    pub fn new(segment: SegmentId, clock: Timestamp, nodes: Vec<String>) -> Telling {
        Telling {
            segment,
            clock,
            nodes,
            now: Instant::ZERO,
            held: VecDeque::new(),
            tied: BTreeMap::new(),
            loose: BTreeMap::new(),
            faults: 0,
            passed: 0,
        }
    }

    /// How many frames `see` was shown.
    pub fn count(&self) -> u64 {
        self.passed
    }

    /// A frame is handed to the wire.
    pub fn sent(&mut self, record: &Record, see: impl FnMut(FrameRef<'_>)) {
        if record.segment == self.segment && record.passed {
            let later = |r: &&Record| (r.at, r.id) > (record.at, record.id);
            let back = self.held.iter().rev().take_while(later).count();
            self.held.insert(self.held.len() - back, record.clone());
        } else if let Some(faults) = self.tied.remove(&record.id) {
            let faults = faults.into_iter();
            self.loose
                .extend(faults.map(|(number, fault)| ((record.at, number), fault)));
        }
        self.until(record.sent, see);
    }

    /// A fault did something to a frame.
    pub fn faulted(&mut self, fault: FaultRecord) {
        let number = self.faults;
        self.faults += 1;
        if is_ahead(&fault) || self.held.iter().any(|held| held.id == fault.id) {
            self.tied.entry(fault.id).or_default().push((number, fault));
        } else {
            self.loose.insert((fault.at, number), fault);
        }
    }

    /// It is `now`: whatever passes from now on ends later, and what had ended
    /// before is shown, but for the last frame.
    pub fn until(&mut self, now: Instant, mut see: impl FnMut(FrameRef<'_>)) {
        self.now = self.now.max(now);
        while self.held.len() > 1 && self.held.front().is_some_and(|next| next.at < self.now) {
            self.show(false, &mut see);
        }
    }

    /// Nothing more comes: shows what is left.
    pub fn finish(&mut self, mut see: impl FnMut(FrameRef<'_>)) {
        while !self.held.is_empty() {
            self.show(self.held.len() == 1, &mut see);
        }
    }

    fn show(&mut self, is_last: bool, see: &mut impl FnMut(FrameRef<'_>)) {
        let Some(record) = self.held.pop_front() else {
            return;
        };
        let ours = self.tied.remove(&record.id).into_iter().flatten();
        let mut telling: Vec<(Numbered, Place)> = ours.map(|fault| (fault, Place::Here)).collect();
        while let Some(first) = self.loose.first_entry() {
            let &(at, number) = first.key();
            let place = match at <= record.at {
                true => Place::Before,
                false if is_last => Place::After,
                false => break,
            };
            telling.push(((number, first.remove()), place));
        }
        if is_last {
            let never_sent = core::mem::take(&mut self.tied).into_values().flatten();
            telling.extend(never_sent.map(|fault| (fault, Place::After)));
        }
        telling.sort_by_key(|((number, _), _)| *number);
        let told = |((_, fault), place): &(Numbered, Place)| told(fault, *place, &self.nodes);
        let comments: Vec<String> = telling.iter().map(told).collect();
        self.passed += 1;
        let at = self.clock.at(record.at);
        see(FrameRef::of_record(self.passed, at, &record, &comments));
    }
}
