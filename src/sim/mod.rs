//! The simulator: the event queue, the limits, and why a run stopped.

/// Why a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Everybody had done what they had to do, and the wire was quiet.
    Finished,
    /// Nothing was left to happen, though somebody was not done.
    Idle,
    /// The limit of virtual time was reached.
    Deadline,
    /// The limit of frames, or of captured bytes, was reached.
    FrameBudget,
    /// The limit of events was reached.
    EventBudget,
    /// Virtual time stood still for too many events.
    Livelock,
}
