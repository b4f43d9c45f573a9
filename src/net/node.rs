//! The seam that makes wirelab a simulator for everyone: anything with a network port is a [`Node`].

use crate::time::Instant;
use crate::trace::{Cause, PortId};
use crate::wire::Frame;

/// A frame that a node wants to send.
#[derive(Debug, Clone)]
pub struct Transmit {
    /// From which of the node's ports.
    pub port: PortId,
    /// What.
    pub frame: Frame,
    /// Why, where the node knows better than the simulator. With `None` the
    /// cause recorded is what woke the node: the frame that arrived, or a timer.
    pub cause: Option<Cause>,
}

impl Transmit {
    /// `frame`, from the node's only port, for the reason that woke the node.
    pub fn new(frame: Frame) -> Transmit {
        Transmit {
            port: PortId(0),
            frame,
            cause: None,
        }
    }
}

/// A host, a switch, a router, a bridge to a real network, or your own stack.
///
/// A node never waits and never asks what time it is: it is called, it
/// changes its state, and it is asked what it wants to send and when to wake
/// it. The simulator calls, in this order:
///
/// 1. [`handle_frame`](Node::handle_frame) for one arrived frame, or
///    [`handle_timeout`](Node::handle_timeout) once
///    [`poll_timeout`](Node::poll_timeout) has come (and once at instant 0);
/// 2. [`poll_transmit`](Node::poll_transmit) until it returns `None`;
/// 3. [`poll_timeout`](Node::poll_timeout), to know when to come back.
///
/// A node that answers with a time in the past is called again at the present
/// instant; one that never lets time pass ends the run with
/// [`Stop::Livelock`](crate::sim::Stop::Livelock).
pub trait Node {
    /// A frame has arrived, whole, at `port`. Nodes hear every frame on their
    /// cable: whether it is for them is theirs to decide.
    fn handle_frame(&mut self, now: Instant, port: PortId, frame: &Frame);

    /// The time given by `poll_timeout` has come.
    fn handle_timeout(&mut self, now: Instant);

    /// The next frame to send, if there is one.
    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit>;

    /// When to call `handle_timeout`; `None` for never.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether the run must go on for this node's sake. As it stands, a node
    /// with a timer armed is [`Settling`](Activity::Settling) and any other is
    /// [`Quiet`](Activity::Quiet): right for whatever only answers others.
    fn activity(&self) -> Activity {
        match self.poll_timeout() {
            Some(_) => Activity::Settling,
            None => Activity::Quiet,
        }
    }
}

/// Whether a run must go on for a node's sake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// Nothing is left to do.
    Quiet,
    /// The work is done, and something is still dying away: a connection that
    /// closes, a timer. The run waits for it, but not for ever
    /// ([`Limits::linger`](crate::sim::Limits::linger)).
    Settling,
    /// There is work to do.
    Working,
}

impl Node for Box<dyn Node> {
    fn handle_frame(&mut self, now: Instant, port: PortId, frame: &Frame) {
        (**self).handle_frame(now, port, frame);
    }
    fn handle_timeout(&mut self, now: Instant) {
        (**self).handle_timeout(now);
    }
    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        (**self).poll_transmit(now)
    }
    fn poll_timeout(&self) -> Option<Instant> {
        (**self).poll_timeout()
    }
    fn activity(&self) -> Activity {
        (**self).activity()
    }
}
