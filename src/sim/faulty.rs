//! Where faults act: on the sender's cable before the wire, and on the receiver's after it.

use super::queue::{Event, OnTheWay};
use super::{LOST, Sent, Sim};
use crate::net::{Action, Dice, Mishap, Node, SegmentConfig, Side, StationIndex, Strike};
use crate::time::{Instant, format_duration};
use crate::trace::{FaultKind, FaultRecord, FrameId, NodeId, Recorder, SegmentId};
use crate::wire::Frame;

/// One receiver's cable, and the frame that comes along it.
pub(super) struct Cable<'a> {
    pub id: FrameId,
    pub segment: SegmentId,
    pub from: NodeId,
    pub to: NodeId,
    pub config: &'a SegmentConfig,
}

impl Cable<'_> {
    /// Works out when a frame that would arrive at `arrival` does arrive, how
    /// often and in which shape, and calls `arrive` for each time.
    pub fn arrivals(
        &self,
        frame: &Frame,
        mut arrival: Instant,
        strikes: &[Strike],
        dice: Option<&mut Dice>,
        recorder: &mut impl Recorder,
        mut arrive: impl FnMut(Instant, Frame, bool),
    ) {
        let due = arrival;
        let mut frame = frame.clone();
        let (mut copies, mut altered) = (1, false);
        let mut note = |fault: FaultKind, effect: String, lost: bool| {
            recorder.faulted(FaultRecord {
                id: self.id,
                at: due,
                segment: self.segment,
                from: Some(self.from),
                to: Some(self.to),
                fault,
                effect,
                lost,
            });
            lost
        };
        for strike in strikes.iter().filter(|s| s.side == Side::Receiver) {
            let mut effect = strike.action.describe();
            let mut lost = false;
            match &strike.action {
                Action::Drop => lost = true,
                Action::Delay(by) => arrival += *by,
                Action::Duplicate => copies += 1,
                action => {
                    if let Some(changed) = action.alter(&frame) {
                        (frame, altered) = (changed, true);
                    }
                    if matches!(action, Action::Corrupt { .. } | Action::Truncate { .. }) {
                        lost = self.config.fcs;
                        effect.push_str(self.fate_of_damage());
                    }
                }
            }
            if note(FaultKind::Scripted(strike.name.clone()), effect, lost) {
                return;
            }
        }
        if let Some(dice) = dice {
            let (at, mishaps) = dice.throw(&self.config.impairments, frame.bytes().len(), arrival);
            arrival = at;
            for mishap in mishaps {
                let lost = match mishap {
                    Mishap::Lost => note(FaultKind::Loss, LOST.into(), true),
                    Mishap::LostInBurst => note(FaultKind::BurstOfLoss, LOST.into(), true),
                    Mishap::Duplicated => {
                        copies += 1;
                        note(FaultKind::Duplication, Action::Duplicate.describe(), false)
                    }
                    Mishap::Reordered(by) => {
                        let effect = format!("held back by {}", format_duration(by));
                        note(FaultKind::Reordering, effect, false)
                    }
                    Mishap::Corrupted(bit) => {
                        frame = flip(&frame, bit);
                        altered = true;
                        let effect = format!("bit {bit} flipped{}", self.fate_of_damage());
                        note(FaultKind::Corruption, effect, self.config.fcs)
                    }
                };
                if lost {
                    return;
                }
            }
        }
        for _ in 0..copies {
            arrive(arrival, frame.clone(), altered);
        }
    }

    fn fate_of_damage(&self) -> &'static str {
        match self.config.fcs {
            true => "; the receiver's frame check dropped it",
            false => "",
        }
    }
}

/// The frame with one bit of it flipped, counted from 0 and round.
fn flip(frame: &Frame, bit: u32) -> Frame {
    let mut bytes = frame.bytes().to_vec();
    let octet = bit as usize / 8 % bytes.len();
    bytes[octet] ^= 0x80 >> (bit % 8);
    Frame::new(&bytes)
}

impl<N: Node> Sim<N> {
    /// Lets the sender's side of the faults act on a frame before the wire.
    #[cold]
    pub(super) fn strike_at_sender(
        &mut self,
        segment: SegmentId,
        from: StationIndex,
        mut sent: Sent,
        mut frame: Frame,
        recorder: &mut impl Recorder,
    ) {
        let now = self.now;
        let sender = self.sender(segment, from);
        let strikes = core::mem::take(&mut sent.strikes).into_iter();
        let (mine, theirs): (Vec<Strike>, Vec<Strike>) =
            strikes.partition(|strike| strike.side == Side::Sender);
        sent.strikes = theirs.into();
        let (mut at, mut copies) = (now, 1);
        for strike in &mine {
            let effect = strike.action.describe();
            match &strike.action {
                Action::Drop => {
                    let fault = FaultKind::Scripted(strike.name.clone());
                    return self
                        .lose_at_sender(segment, from, sent, frame, fault, &effect, recorder);
                }
                Action::Delay(by) => at += *by,
                Action::Duplicate => copies += 1,
                action => frame = action.alter(&frame).unwrap_or(frame),
            }
            recorder.faulted(FaultRecord {
                id: sent.id,
                at: now,
                segment,
                from: Some(sender),
                to: None,
                fault: FaultKind::Scripted(strike.name.clone()),
                effect,
                lost: false,
            });
        }
        for copy in 0..copies {
            let sent = Sent {
                // A copy is a transmission of its own.
                id: if copy == 0 {
                    sent.id
                } else {
                    self.take_frame_id()
                },
                strikes: sent.strikes.clone(),
                ..sent
            };
            if at > now {
                let way = OnTheWay {
                    segment,
                    from,
                    frame: frame.clone(),
                    sent,
                };
                self.queue.push(at, Event::Offer(Box::new(way)));
            } else {
                self.offer(segment, from, sent, frame.clone(), recorder);
            }
        }
    }

    /// Whose station that is.
    fn sender(&self, segment: SegmentId, from: StationIndex) -> NodeId {
        let cable = &self.segments[segment.0 as usize];
        cable.segment.station(from).node
    }

    /// A frame that never reaches the wire.
    #[expect(
        clippy::too_many_arguments,
        reason = "a frame, its place, and what befell it"
    )]
    #[cold]
    pub(super) fn lose_at_sender(
        &mut self,
        segment: SegmentId,
        from: StationIndex,
        sent: Sent,
        frame: Frame,
        fault: FaultKind,
        effect: &str,
        recorder: &mut impl Recorder,
    ) {
        self.in_flight -= 1;
        let record = self.record(segment, from, &sent, frame, self.now, false);
        recorder.sent(&record, self.now);
        recorder.faulted(FaultRecord {
            id: sent.id,
            at: self.now,
            segment,
            from: Some(record.from),
            to: None,
            fault,
            effect: effect.to_owned(),
            lost: true,
        });
    }
}
