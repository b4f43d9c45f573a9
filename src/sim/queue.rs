//! The event queue: what happens next, in an order that is designed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::Sent;
use crate::net::StationIndex;
use crate::time::Instant;
use crate::trace::{FrameId, NodeId, PortId, SegmentId};
use crate::wire::Frame;

/// Something that happens at an instant.
///
/// At the same instant arrivals come before passages, and these before timers:
/// a host that is woken by a frame and by its own clock at once sees the frame
/// first. Within a class the order is that of scheduling.
#[derive(Debug)]
pub(super) enum Event {
    /// The last bit of a frame arrives at a node.
    Arrival {
        node: NodeId,
        port: PortId,
        id: FrameId,
        frame: Frame,
        /// A fault changed it on the way.
        altered: bool,
    },
    /// A frame is whole in the middle of a switch, which now forwards it.
    Forward(Box<OnTheWay>),
    /// A frame that a fault held back reaches the sender's end of the cable.
    Offer(Box<OnTheWay>),
    /// A segment is free for the next frame that waits.
    Medium(SegmentId),
    /// A node's timer.
    Timer(NodeId),
}

/// A frame between its sender and the segment's other stations. Boxed, since
/// events are moved about and most are small.
#[derive(Debug)]
pub(super) struct OnTheWay {
    pub segment: SegmentId,
    pub from: StationIndex,
    pub frame: Frame,
    pub sent: Sent,
}

impl Event {
    fn class(&self) -> u8 {
        match self {
            Event::Arrival { .. } => 0,
            Event::Forward(_) => 1,
            Event::Offer(_) | Event::Medium(_) => 2,
            Event::Timer(_) => 3,
        }
    }
}

#[derive(Debug)]
struct Scheduled {
    key: Key,
    event: Event,
}

/// An instant, and what decides at one instant: the class in the highest byte,
/// and the order of scheduling in the rest.
type Key = (Instant, u64);

/// Where the class of an event stands in a key.
const CLASS_SHIFT: u32 = 56;

/// After every event.
const NEVER: Key = (Instant::MAX, u64::MAX);

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Scheduled {}
impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// Events ordered by `(instant, class, order of scheduling)`.
///
/// Most arrivals are scheduled in the order in which they will happen, since a
/// cable delays every frame alike. Those stand in a line; only what must go
/// between them needs the heap.
#[derive(Debug, Default)]
pub(super) struct Queue {
    line: VecDeque<Scheduled>,
    heap: BinaryHeap<Reverse<Scheduled>>,
    scheduled: u64,
}

impl Queue {
    #[inline]
    pub fn push(&mut self, at: Instant, event: Event) {
        let key = (at, u64::from(event.class()) << CLASS_SHIFT | self.scheduled);
        self.scheduled += 1;
        let lines_up = matches!(event, Event::Arrival { .. })
            && self.line.back().is_none_or(|last| last.key < key);
        let scheduled = Scheduled { key, event };
        if lines_up {
            self.line.push_back(scheduled);
        } else {
            self.heap.push(Reverse(scheduled));
        }
    }

    /// The next event, unless it is later than `deadline`.
    #[inline]
    pub fn pop_by(&mut self, deadline: Instant) -> Option<(Instant, Event)> {
        let (head, top) = (self.head(), self.top());
        if head.min(top).0 > deadline {
            return None;
        }
        let next = if head < top {
            self.line.pop_front()
        } else {
            self.heap.pop().map(|Reverse(scheduled)| scheduled)
        };
        next.map(|s| (s.key.0, s.event))
    }

    pub fn is_empty(&self) -> bool {
        self.line.is_empty() && self.heap.is_empty()
    }

    /// When the next event is; never, if there is none.
    pub fn next_at(&self) -> Instant {
        self.head().min(self.top()).0
    }

    /// The key of the head of the line.
    fn head(&self) -> Key {
        self.line.front().map_or(NEVER, |scheduled| scheduled.key)
    }

    /// The key of the top of the heap.
    fn top(&self) -> Key {
        self.heap
            .peek()
            .map_or(NEVER, |Reverse(scheduled)| scheduled.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_win_ties_and_the_rest_keeps_its_order() {
        let mut queue = Queue::default();
        let at = Instant::from_nanos(5);
        queue.push(at, Event::Timer(NodeId(1)));
        queue.push(at, Event::Timer(NodeId(0)));
        queue.push(
            at,
            Event::Arrival {
                node: NodeId(2),
                port: PortId(0),
                id: FrameId(0),
                frame: Frame::new(&[]),
                altered: false,
            },
        );
        queue.push(Instant::from_nanos(4), Event::Timer(NodeId(3)));
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop_by(Instant::MAX))
            .map(|(_, event)| match event {
                Event::Arrival { node, .. } | Event::Timer(node) => node.0,
                _ => unreachable!(),
            })
            .collect();
        assert_eq!(order, [3, 2, 1, 0]);
    }

    #[test]
    fn the_line_and_the_heap_are_one_order() {
        let mut queue = Queue::default();
        let mut dice = crate::rng::Seed(1).derive("queue");
        let mut expected = Vec::new();
        for id in 0..1000 {
            let at = Instant::from_nanos(dice.below(50));
            let event = match dice.below(2) {
                0 => Event::Timer(NodeId(id)),
                _ => Event::Arrival {
                    node: NodeId(id),
                    port: PortId(0),
                    id: FrameId(0),
                    frame: Frame::new(&[]),
                    altered: false,
                },
            };
            expected.push((at, event.class(), id));
            queue.push(at, event);
        }
        expected.sort();
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_by(Instant::MAX))
            .map(|(at, event)| match event {
                Event::Arrival { node, .. } | Event::Timer(node) => (at, event.class(), node.0),
                _ => unreachable!(),
            })
            .collect();
        assert_eq!(order, expected);
    }
}
