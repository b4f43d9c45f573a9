//! The waist of the house: what happened on the wire, as plain values.
//!
//! A [`Trace`] is god's view of a run: every frame, who sent it and why, and
//! to whom it was delivered. What one tap saw of it is a
//! [`Capture`](crate::capture::Capture), a different type.

use crate::time::Instant;
use crate::wire::Frame;

/// Which node, in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Which of a node's network ports, counted from 0 in order of attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub u16);

/// Which segment, in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u16);

/// Which actor, in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub u16);

/// Which transmission of the run, counted from 0 in the order in which frames
/// were handed to the wire. Not a frame number: a capture counts its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u64);

/// Why a frame was sent: what woke its sender.
///
/// This is what the run knows. What only reading can tell (that a segment is
/// sent again, say) is joined to it in [`lab`](crate::lab).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Step `step` (from 0) of an actor's script acted.
    Step {
        /// Whose script.
        actor: ActorId,
        /// Which step of it.
        step: u32,
    },
    /// The arrival of another frame.
    ReplyTo(FrameId),
    /// A timer of the sender ran out.
    Timer,
}

/// One frame handed to the wire.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its number in the run.
    pub id: FrameId,
    /// When the sender handed it to its hardware.
    pub sent: Instant,
    /// When its last bit had passed on the segment.
    pub at: Instant,
    /// On which segment.
    pub segment: SegmentId,
    /// Who sent it.
    pub from: NodeId,
    /// From which of the sender's ports.
    pub port: PortId,
    /// Why.
    pub cause: Cause,
    /// Its bytes.
    pub frame: Frame,
    /// It passed on the segment. False if a fault took it on the sender's
    /// side, where a tap on the segment does not see it.
    pub passed: bool,
}

/// One arrival of a frame at a node.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Which transmission.
    pub id: FrameId,
    /// When its last bit arrived.
    pub at: Instant,
    /// At whose port.
    pub to: NodeId,
    /// Which of that node's ports.
    pub port: PortId,
    /// Its bytes, if a fault changed them on the receiver's cable.
    pub altered: Option<Frame>,
}

/// What befell a frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The sender had more to say than it may keep.
    QueueFull,
    /// A port of a switch was sent too much.
    SwitchFull,
    /// It was longer than the segment's MTU.
    TooLong,
    /// The cable was not plugged in; what the scenario calls that, if it is of one.
    Unplugged(Option<String>),
    /// A bad cable lost it.
    Loss,
    /// A bad cable lost it in a burst, with what was sent about that time.
    BurstOfLoss,
    /// A bad cable delivered it twice.
    Duplication,
    /// A bad cable held it back, past what was sent after it.
    Reordering,
    /// A bad cable flipped a bit of it.
    Corruption,
    /// A fault with an exact target, by its name.
    Scripted(String),
}

impl FaultKind {
    /// What a capture's comments and labels call it; what a scenario says by
    /// the scenario's name.
    pub fn name(&self) -> &str {
        match self {
            FaultKind::QueueFull => "the queue is full",
            FaultKind::SwitchFull => "the queue of the switch is full",
            FaultKind::TooLong => "longer than the segment's MTU",
            FaultKind::Unplugged(None) => "the cable is unplugged",
            FaultKind::Loss => "loss",
            FaultKind::BurstOfLoss => "burst of loss",
            FaultKind::Duplication => "duplication",
            FaultKind::Reordering => "reordering",
            FaultKind::Corruption => "corruption",
            FaultKind::Unplugged(Some(name)) | FaultKind::Scripted(name) => name,
        }
    }
}

/// What a fault did to a frame: a scripted one, or one that the dice of a bad
/// cable threw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRecord {
    /// Which transmission.
    pub id: FrameId,
    /// When.
    pub at: Instant,
    /// On which segment.
    pub segment: SegmentId,
    /// Who sent it; `None` if only its arrival is known, and that it is from
    /// nobody there.
    pub from: Option<NodeId>,
    /// On whose cable; `None` on the sender's side.
    pub to: Option<NodeId>,
    /// Which fault.
    pub fault: FaultKind,
    /// What it did: "dropped", "delayed by 3s".
    pub effect: String,
    /// The frame did not arrive there.
    pub lost: bool,
}

/// God's view of a run: every frame in the order in which its last bit passed.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Names of the nodes, indexed by [`NodeId`].
    pub nodes: Vec<String>,
    /// Names of the segments, indexed by [`SegmentId`].
    pub segments: Vec<String>,
    /// Names of the actors, indexed by [`ActorId`].
    pub actors: Vec<String>,
    /// Every frame sent, ordered by `(at, id)`.
    pub records: Vec<Record>,
    /// Every arrival, in order of time.
    pub deliveries: Vec<Delivery>,
    /// Everything that faults did, in the order in which it was decided.
    pub faults: Vec<FaultRecord>,
}

impl Trace {
    /// The node of that name.
    pub fn node(&self, name: &str) -> Option<NodeId> {
        let index = self.nodes.iter().position(|n| n == name)?;
        u32::try_from(index).ok().map(NodeId)
    }

    /// The segment of that name.
    pub fn segment(&self, name: &str) -> Option<SegmentId> {
        let index = self.segments.iter().position(|n| n == name)?;
        u16::try_from(index).ok().map(SegmentId)
    }
}

/// Who is told of what happens, as it happens: a [`Trace`] keeps everything; a
/// test or a streaming writer keeps what it wants.
pub trait Recorder {
    /// A frame was handed to the wire. Called in the order in which frames begin
    /// to pass, not of `at`: on a switch a short frame may overtake a long one.
    /// Nothing of which this recorder is told later passes on that segment
    /// before `horizon`.
    fn sent(&mut self, record: &Record, horizon: Instant);
    /// A frame arrived somewhere. Called in order of time.
    fn delivered(&mut self, delivery: Delivery);
    /// A fault did something to a frame.
    fn faulted(&mut self, fault: FaultRecord);
}

impl Recorder for Trace {
    fn sent(&mut self, record: &Record, _: Instant) {
        // Nearly always the place is the end.
        let later = |r: &&Record| (r.at, r.id) > (record.at, record.id);
        let back = self.records.iter().rev().take_while(later).count();
        self.records
            .insert(self.records.len() - back, record.clone());
    }

    fn delivered(&mut self, delivery: Delivery) {
        self.deliveries.push(delivery);
    }

    fn faulted(&mut self, fault: FaultRecord) {
        self.faults.push(fault);
    }
}
