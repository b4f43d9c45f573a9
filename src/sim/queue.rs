//! The event queue: what happens next, in an order that is designed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::ops::Range;

use super::Sent;
use crate::net::StationIndex;
use crate::time::Instant;
use crate::trace::{FrameId, NodeId, SegmentId};
use crate::wire::Frame;

/// Something that happens at an instant.
///
/// At the same instant arrivals come before passages, and these before timers:
/// a host that is woken by a frame and by its own clock at once sees the frame
/// first. Within a class the order is that of scheduling.
#[derive(Debug)]
pub(super) enum Event {
    /// The last bit of a frame arrives at a station.
    Arrival(Arrival),
    /// A frame is whole in the middle of a switch, which now forwards it.
    Forward(Box<OnTheWay>),
    /// A frame that a fault held back reaches the sender's end of the cable.
    Offer(Box<OnTheWay>),
    /// A segment is free for the next frame that waits.
    Medium(SegmentId),
    /// A node's timer.
    Timer(NodeId),
}

/// A frame whose last bit arrives at a station.
#[derive(Debug)]
pub(super) struct Arrival {
    pub segment: SegmentId,
    /// Its index on the segment.
    pub to: u32,
    pub id: FrameId,
    pub frame: Frame,
    /// A fault changed it on the way.
    pub altered: bool,
}

/// A frame whose last bit arrives everywhere at once: at all stations but its
/// sender's, in the order of their attachment.
#[derive(Debug)]
pub(super) struct Broadcast {
    segment: SegmentId,
    /// The stations that it has not arrived at, and its sender perhaps.
    stations: Range<StationIndex>,
    from: StationIndex,
    id: FrameId,
    frame: Frame,
}

impl Broadcast {
    /// A frame for all of so many stations but `from`, if there are any.
    pub fn new(
        segment: SegmentId,
        from: StationIndex,
        stations: usize,
        id: FrameId,
        frame: Frame,
    ) -> Option<Broadcast> {
        let mut broadcast = Broadcast {
            segment,
            stations: 0..stations,
            from,
            id,
            frame,
        };
        broadcast.skip_sender();
        (!broadcast.is_over()).then_some(broadcast)
    }

    /// At how many stations it has not arrived.
    pub fn left(&self) -> usize {
        self.stations.len() - usize::from(self.stations.contains(&self.from))
    }

    fn skip_sender(&mut self) {
        if self.stations.start == self.from {
            self.stations.next();
        }
    }

    fn is_over(&self) -> bool {
        self.stations.is_empty()
    }

    /// The next arrival: there is one unless it is over.
    fn arrive(&mut self) -> Arrival {
        let to = self.stations.next().unwrap_or(self.from);
        self.skip_sender();
        Arrival {
            segment: self.segment,
            to: to as u32,
            id: self.id,
            frame: self.frame.clone(),
            altered: false,
        }
    }
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
            Event::Arrival(_) => ARRIVAL,
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

/// The class of arrivals, before all others.
const ARRIVAL: u8 = 0;

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
    line: VecDeque<(Key, Arrival)>,
    heap: BinaryHeap<Reverse<Scheduled>>,
    /// Each leaves the queue as so many arrivals.
    broadcasts: BTreeMap<Key, Broadcast>,
    scheduled: u64,
}

impl Queue {
    /// Schedules an event that is no arrival.
    pub fn push(&mut self, at: Instant, event: Event) {
        let key = self.key(at, event.class());
        self.push_to_heap(key, event);
    }

    /// Schedules that a switch forwards a frame.
    #[inline(never)]
    pub fn push_forward(&mut self, at: Instant, way: OnTheWay) {
        self.push(at, Event::Forward(Box::new(way)));
    }

    /// Schedules an arrival.
    #[inline(always)]
    pub fn push_arrival(&mut self, at: Instant, arrival: Arrival) {
        let key = self.key(at, ARRIVAL);
        if self.line.back().is_none_or(|(last, _)| *last < key) {
            self.line.push_back((key, arrival));
        } else {
            self.push_to_heap(key, Event::Arrival(arrival));
        }
    }

    #[inline(never)]
    fn push_to_heap(&mut self, key: Key, event: Event) {
        self.heap.push(Reverse(Scheduled { key, event }));
    }

    /// Schedules all arrivals of a broadcast, for one instant.
    pub fn push_broadcast(&mut self, at: Instant, broadcast: Broadcast) {
        let key = self.key(at, ARRIVAL);
        self.broadcasts.insert(key, broadcast);
    }

    fn key(&mut self, at: Instant, class: u8) -> Key {
        let order = self.scheduled;
        self.scheduled += 1;
        (at, u64::from(class) << CLASS_SHIFT | order)
    }

    /// The next event, unless it is later than `deadline`.
    #[inline(always)]
    pub fn pop_by(&mut self, deadline: Instant) -> Option<(Instant, Event)> {
        let (head, top) = (self.head(), self.top());
        let next = head.min(top);
        if !self.broadcasts.is_empty() && self.first_broadcast() < next {
            return self.arrive_by(deadline);
        }
        if next.0 > deadline {
            return None;
        }
        if head < top {
            let (key, arrival) = self.line.pop_front()?;
            return Some((key.0, Event::Arrival(arrival)));
        }
        self.pop_from_heap()
    }

    #[inline(never)]
    fn pop_from_heap(&mut self) -> Option<(Instant, Event)> {
        let Reverse(Scheduled { key, event }) = self.heap.pop()?;
        Some((key.0, event))
    }

    /// The next arrival of the first broadcast, unless it is later.
    #[inline(never)]
    fn arrive_by(&mut self, deadline: Instant) -> Option<(Instant, Event)> {
        let mut first = self.broadcasts.first_entry()?;
        let at = first.key().0;
        if at > deadline {
            return None;
        }
        let arrival = first.get_mut().arrive();
        if first.get().is_over() {
            first.remove();
        }
        Some((at, Event::Arrival(arrival)))
    }

    pub fn is_empty(&self) -> bool {
        self.line.is_empty() && self.heap.is_empty() && self.broadcasts.is_empty()
    }

    /// When the next event is; never, if there is none.
    pub fn next_at(&self) -> Instant {
        self.head().min(self.top()).min(self.first_broadcast()).0
    }

    /// The key of the head of the line.
    fn head(&self) -> Key {
        self.line.front().map_or(NEVER, |(key, _)| *key)
    }

    /// The key of the broadcast that comes first.
    fn first_broadcast(&self) -> Key {
        self.broadcasts
            .first_key_value()
            .map_or(NEVER, |(key, _)| *key)
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

    fn arrival(to: StationIndex) -> Arrival {
        Arrival {
            segment: SegmentId(0),
            to: to as u32,
            id: FrameId(to as u64),
            frame: Frame::new(&[]),
            altered: false,
        }
    }

    fn broadcast(from: StationIndex, stations: usize) -> Broadcast {
        let (segment, id) = (SegmentId(0), FrameId(from as u64));
        Broadcast::new(segment, from, stations, id, Frame::new(&[])).expect("others")
    }

    #[test]
    fn a_broadcast_arrives_at_all_but_its_sender() {
        let frame = || Frame::new(&[]);
        assert!(Broadcast::new(SegmentId(0), 0, 1, FrameId(0), frame()).is_none());
        for from in 0..3 {
            let mut queue = Queue::default();
            let at = Instant::from_nanos(5);
            queue.push_broadcast(at, broadcast(from, 3));
            // Scheduled meanwhile, it comes behind them all.
            queue.push_arrival(at, arrival(9));
            let heard: Vec<_> = std::iter::from_fn(|| queue.pop_by(at))
                .filter_map(|(_, event)| match event {
                    Event::Arrival(arrival) => Some(arrival.to as StationIndex),
                    _ => None,
                })
                .collect();
            let others = (0..3).filter(|to| *to != from);
            assert_eq!(heard, others.chain([9]).collect::<Vec<_>>());
            assert!(queue.is_empty());
        }
    }

    #[test]
    fn arrivals_win_ties_and_the_rest_keeps_its_order() {
        let mut queue = Queue::default();
        let at = Instant::from_nanos(5);
        queue.push(at, Event::Timer(NodeId(1)));
        queue.push(at, Event::Timer(NodeId(0)));
        queue.push_arrival(at, arrival(2));
        queue.push(Instant::from_nanos(4), Event::Timer(NodeId(3)));
        let order: Vec<usize> = std::iter::from_fn(|| queue.pop_by(Instant::MAX))
            .map(|(_, event)| match event {
                Event::Arrival(arrival) => arrival.to as usize,
                Event::Timer(node) => node.0 as usize,
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
            match dice.below(3) {
                0 => {
                    let event = Event::Timer(NodeId(id as u32));
                    expected.push((at, event.class(), id, id));
                    queue.push(at, event);
                }
                1 => {
                    expected.push((at, ARRIVAL, id, id));
                    queue.push_arrival(at, arrival(id));
                }
                _ => {
                    // Its sender does not hear it.
                    let others = (0..4).filter(|to| *to != id);
                    expected.extend(others.map(|to| (at, ARRIVAL, id, to)));
                    queue.push_broadcast(at, broadcast(id, 4));
                }
            }
        }
        expected.sort();
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_by(Instant::MAX))
            .map(|(at, event)| match event {
                Event::Arrival(ref arrival) => (
                    at,
                    event.class(),
                    arrival.id.0 as usize,
                    arrival.to as usize,
                ),
                Event::Timer(node) => (at, event.class(), node.0 as usize, node.0 as usize),
                _ => unreachable!(),
            })
            .collect();
        assert_eq!(order, expected);
    }
}
