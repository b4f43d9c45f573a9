//! The event queue: what happens next, in an order that is designed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

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
    },
    /// A frame is whole in the middle of a switch, which now forwards it.
    Forward {
        segment: SegmentId,
        from: StationIndex,
        id: FrameId,
        frame: Frame,
    },
    /// A segment is free for the next frame that waits.
    Medium(SegmentId),
    /// A node's timer.
    Timer(NodeId),
}

impl Event {
    fn class(&self) -> u8 {
        match self {
            Event::Arrival { .. } => 0,
            Event::Forward { .. } => 1,
            Event::Medium(_) => 2,
            Event::Timer(_) => 3,
        }
    }
}

#[derive(Debug)]
struct Scheduled {
    key: (Instant, u8, u64),
    event: Event,
}

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
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Scheduled>>,
    scheduled: u64,
}

impl Queue {
    pub fn push(&mut self, at: Instant, event: Event) {
        let key = (at, event.class(), self.scheduled);
        self.scheduled += 1;
        self.heap.push(Reverse(Scheduled { key, event }));
    }

    pub fn pop(&mut self) -> Option<(Instant, Event)> {
        self.heap.pop().map(|Reverse(s)| (s.key.0, s.event))
    }

    pub fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(s)| s.key.0)
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
            },
        );
        queue.push(Instant::from_nanos(4), Event::Timer(NodeId(3)));
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop())
            .map(|(_, event)| match event {
                Event::Arrival { node, .. } | Event::Timer(node) => node.0,
                _ => unreachable!(),
            })
            .collect();
        assert_eq!(order, [3, 2, 1, 0]);
    }
}
