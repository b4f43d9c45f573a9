//! A replayer: frames that once were captured, sent again as if their host were here.

use crate::net::{Activity, Node, Transmit};
use crate::time::{Duration, Instant};
use crate::trace::PortId;
use crate::wire::Frame;

/// Sends frames at their times and hears nothing: there is no stack behind it
/// that could be surprised by the answers.
#[derive(Debug)]
pub struct Replayer {
    frames: Vec<(Duration, Frame)>,
    /// How many are due, and how many have been sent.
    due: usize,
    sent: usize,
}

impl Replayer {
    /// Sends each frame so long after the start of the run.
    pub fn new(mut frames: Vec<(Duration, Frame)>) -> Replayer {
        frames.sort_by_key(|(at, _)| *at);
        Replayer {
            frames,
            due: 0,
            sent: 0,
        }
    }
}

impl Node for Replayer {
    fn handle_frame(&mut self, _: Instant, _: PortId, _: &Frame) {}

    fn handle_timeout(&mut self, now: Instant) {
        let waits = self.frames.get(self.due..).unwrap_or_default();
        let due = |(at, _): &&(Duration, Frame)| Instant::ZERO + *at <= now;
        self.due += waits.iter().take_while(due).count();
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        let (_, frame) = self.frames[..self.due].get(self.sent)?;
        self.sent += 1;
        Some(Transmit::new(frame.clone()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let (at, _) = self.frames.get(self.due)?;
        Some(Instant::ZERO + *at)
    }

    fn activity(&self) -> Activity {
        match self.sent < self.frames.len() {
            true => Activity::Working,
            false => Activity::Quiet,
        }
    }
}
