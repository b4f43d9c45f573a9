//! A run: what happened, why it stopped, and what became of each actor.

use super::losses::Losses;
use crate::actor::{Outcome, Report};
use crate::analyze::Transcript;
use crate::capture::{Capture, TapPoint};
use crate::host::Holds;
use crate::render::{self, ListOptions};
use crate::rng::Seed;
use crate::sim::Stop;
use crate::time::{Instant, Timestamp};
use crate::trace::{ActorId, NodeId, Trace};

/// A lab that has been played.
#[derive(Debug, Clone)]
pub struct Run {
    /// The seed it was played with.
    pub seed: Seed,
    /// The date of instant 0.
    pub clock: Timestamp,
    /// Why it stopped.
    pub stop: Stop,
    /// The instant of the last event.
    pub ended: Instant,
    /// Every frame.
    pub trace: Trace,
    /// What became of each actor, indexed by [`ActorId`].
    pub reports: Vec<Report>,
    /// The host each actor lived on, indexed by [`ActorId`].
    pub homes: Vec<NodeId>,
    /// What each node still held of TCP when the run stopped, indexed by
    /// [`NodeId`]; nothing, if it is not a host.
    pub holds: Vec<Holds>,
    /// The frames that were lost on the way; none of a run that was streamed.
    pub losses: Losses,
}

impl Run {
    /// The actors that did not do all they had to do, with how they ended.
    pub fn unfinished(&self) -> impl Iterator<Item = (ActorId, &Outcome)> {
        let outcomes = self.reports.iter().map(|report| &report.outcome);
        (0u16..)
            .map(ActorId)
            .zip(outcomes)
            .filter(|(_, outcome)| **outcome != Outcome::Finished)
    }

    /// What a tap saw, with what faults did in the comments of its frames.
    pub fn capture(&self, tap: TapPoint) -> Capture {
        let mut capture = Capture::from_trace(&self.trace, tap, self.clock);
        capture.tell_faults(&self.trace, self.clock);
        capture
    }

    /// What the default tap saw: the first segment, promiscuous. `None` in a
    /// lab without segments.
    fn default_capture(&self) -> Option<Capture> {
        let tap = TapPoint::Segment(crate::trace::SegmentId(0));
        (!self.trace.segments.is_empty()).then(|| self.capture(tap))
    }

    /// The packet list of the first segment: stable text, made to be a
    /// snapshot. Empty in a lab without segments.
    pub fn frames(&self) -> String {
        self.default_capture()
            .map(|capture| render::packet_list(&capture, ListOptions::default()))
            .unwrap_or_default()
    }

    /// The FTP dialogues on the first segment, read from its frames: stable
    /// text, made to be a snapshot.
    pub fn transcript(&self) -> String {
        self.default_capture()
            .map(|capture| Transcript::of(&capture).to_string())
            .unwrap_or_default()
    }
}
