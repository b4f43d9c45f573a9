//! What faults did, told in the comments of a capture: of one in memory, and of one that is written while a lab plays.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Capture, CapturedFrame, FrameRef, LinkType};
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
    /// the next frame, or behind the last.
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
        for fault in &trace.faults {
            let at = clock.at(fault.at);
            let is_earlier = |frame: &CapturedFrame| frame.at < at;
            let next = || self.frames.partition_point(is_earlier);
            let (number, place) = match seen.get(&fault.id) {
                Some(number) => (*number, Place::Here),
                None => (next(), Place::Before),
            };
            let text = |place| told(fault, place, &trace.nodes);
            if let Some(frame) = self.frames.get_mut(number) {
                frame.comments.push(text(place));
            } else if let Some(last) = self.frames.last_mut() {
                last.comments.push(text(Place::After));
            }
        }
    }
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
    /// Those that a fault has hit before the wire, and that are to come yet.
    awaited: BTreeSet<FrameId>,
    /// What has not been told, in the order in which it was decided.
    faults: Vec<FaultRecord>,
    passed: u64,
}

impl Telling {
    /// Of `segment`, instant 0 being at `clock`; `nodes` are the names.
    pub fn new(segment: SegmentId, clock: Timestamp, nodes: Vec<String>) -> Telling {
        Telling {
            segment,
            clock,
            nodes,
            now: Instant::ZERO,
            held: VecDeque::new(),
            awaited: BTreeSet::new(),
            faults: Vec::new(),
            passed: 0,
        }
    }

    /// How many frames `see` was shown.
    pub fn count(&self) -> u64 {
        self.passed
    }

    /// A frame is handed to the wire.
    pub fn sent(&mut self, record: &Record, see: impl FnMut(FrameRef<'_>)) {
        self.awaited.remove(&record.id);
        if record.segment == self.segment && record.passed {
            let later = |r: &&Record| (r.at, r.id) > (record.at, record.id);
            let back = self.held.iter().rev().take_while(later).count();
            self.held.insert(self.held.len() - back, record.clone());
        }
        self.until(record.sent, see);
    }

    /// A fault did something to a frame.
    pub fn faulted(&mut self, fault: FaultRecord) {
        // On the sender's side it acts on what is not on the wire yet.
        if fault.segment == self.segment && fault.to.is_none() && !fault.lost {
            self.awaited.insert(fault.id);
        }
        self.faults.push(fault);
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
        self.awaited.clear();
        while !self.held.is_empty() {
            self.show(self.held.len() == 1, &mut see);
        }
    }

    fn show(&mut self, is_last: bool, see: &mut impl FnMut(FrameRef<'_>)) {
        let Some(record) = self.held.pop_front() else {
            return;
        };
        let mut comments = Vec::new();
        let (held, awaited) = (&self.held, &self.awaited);
        self.faults.retain(|fault| {
            let is_to_come = || {
                let waits = held.iter().any(|later| later.id == fault.id);
                waits || awaited.contains(&fault.id)
            };
            let place = match fault.id == record.id {
                true => Some(Place::Here),
                false if is_to_come() => None,
                false if fault.at <= record.at => Some(Place::Before),
                false => is_last.then_some(Place::After),
            };
            comments.extend(place.map(|place| told(fault, place, &self.nodes)));
            place.is_none()
        });
        self.passed += 1;
        let bytes = record.frame.bytes();
        see(FrameRef {
            number: self.passed,
            at: self.clock.at(record.at),
            interface: 0,
            interface_name: None,
            link: LinkType::ETHERNET,
            original_len: bytes.len() as u32,
            bytes,
            comments: &comments,
        });
    }
}
