//! The bounds of a run, and why it stopped.

use core::fmt;

use crate::time::Duration;

/// The bounds of a run. Each has a name, and a run that meets one says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Virtual time; an hour unless set.
    pub virtual_time: Duration,
    /// Frames sent; five million unless set.
    pub frames: u64,
    /// Bytes of frames sent; 1 GiB unless set.
    pub capture_bytes: u64,
    /// Events handled; a hundred million unless set.
    pub events: u64,
    /// Events at one instant: more means that time stands still; a million
    /// unless set.
    pub events_at_once: u64,
    /// How long the run goes on once everybody's work is done, if something
    /// still keeps the wire busy (a connection nobody closes); 30 s unless set.
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            virtual_time: Duration::from_secs(3600),
            frames: 5_000_000,
            capture_bytes: 1 << 30,
            events: 100_000_000,
            events_at_once: 1_000_000,
            linger: Duration::from_secs(30),
        }
    }
}

/// Why a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Everybody had done what they had to do.
    Finished,
    /// Nothing was left to happen, though somebody was not done.
    Idle,
    /// The limit of virtual time was reached.
    Deadline,
    /// The limit of frames, or of bytes in them, was reached.
    FrameBudget,
    /// The limit of events was reached.
    EventBudget,
    /// Virtual time stood still for too many events.
    Livelock,
}

impl Stop {
    /// The run ended because a limit was hit.
    pub fn is_limit(self) -> bool {
        !matches!(self, Stop::Finished | Stop::Idle)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::Finished => "finished",
            Stop::Idle => "idle: nothing left to happen",
            Stop::Deadline => "limit of virtual time reached",
            Stop::FrameBudget => "limit of frames reached",
            Stop::EventBudget => "limit of events reached",
            Stop::Livelock => "virtual time stood still",
        })
    }
}
