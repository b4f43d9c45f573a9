//! The simulator: nodes on segments, one queue of events, and the loop that plays them.

mod faulty;
mod limits;
mod outages;
mod queue;

use crate::net::{
    Activity, Dice, Fault, Faults, Impairments, Node, Passage, Segment, SegmentConfig, Side,
    Station, StationIndex, Strike, Way,
};
use crate::rng::Stream;
use crate::time::{Duration, Instant};
use crate::trace::{
    Cause, Delivery, FaultKind, FaultRecord, FrameId, NodeId, PortId, Record, Recorder, SegmentId,
};
use crate::wire::{Frame, MacAddr};
use outages::Outages;
use queue::{Arrival, Broadcast, Event, OnTheWay, Queue};

pub use limits::{Limits, Stop};

/// What the record says that the wire itself does to a frame.
const LOST: &str = "lost";

/// Octets of an Ethernet header with one VLAN tag.
const LONGEST_HEADER: usize = 18;

/// What a segment gives back with a frame whose turn has come.
#[derive(Debug)]
pub(crate) struct Sent {
    id: FrameId,
    at: Instant,
    cause: Cause,
    /// Faults that await it on the receiver's cable.
    strikes: Box<[Strike]>,
}

/// A segment, and when it is next called for a frame that waits.
#[derive(Debug)]
struct Cable {
    segment: Segment<Sent>,
    armed: Option<Instant>,
    /// Its cables do nothing to what passes.
    is_perfect: bool,
    /// The dice of each station's cable, on a segment that is not perfect.
    dice: Vec<Option<Box<Dice>>>,
}

/// A node, and what the simulator knows of it.
struct Slot<N> {
    node: N,
    /// Where each of its ports is attached.
    ports: Vec<(SegmentId, StationIndex)>,
    /// The earliest timer event that stands in the queue for it.
    armed: Option<Instant>,
    activity: Activity,
    /// It has had its first call.
    started: bool,
}

/// Nodes on segments, in virtual time.
///
/// `N` is the type of the nodes: `Box<dyn Node>` for a mixture.
pub struct Sim<N> {
    nodes: Vec<Slot<N>>,
    segments: Vec<Cable>,
    queue: Queue,
    now: Instant,
    next_frame: u64,
    /// Frames handed to a segment that have not arrived, or been heard by nobody.
    in_flight: u64,
    bytes_sent: u64,
    /// How many nodes are in each state of activity.
    working: usize,
    settling: usize,
    /// Since when nobody has been working.
    idle_since: Option<Instant>,
    /// Nodes that have not had their first call.
    unstarted: usize,
    faults: Faults,
    outages: Outages,
    /// The run's limits of time.
    deadline: Instant,
    linger: Duration,
}

impl<N: Node> Default for Sim<N> {
    fn default() -> Self {
        Sim::new()
    }
}

impl<N: Node> Sim<N> {
    /// Nothing, at instant 0.
    pub fn new() -> Self {
        Sim {
            nodes: Vec::new(),
            segments: Vec::new(),
            queue: Queue::default(),
            now: Instant::ZERO,
            next_frame: 0,
            in_flight: 0,
            bytes_sent: 0,
            working: 0,
            settling: 0,
            idle_since: Some(Instant::ZERO),
            unstarted: 0,
            faults: Faults::default(),
            outages: Outages::default(),
            deadline: Instant::ZERO,
            linger: Duration::ZERO,
        }
    }

    /// Adds a segment.
    pub fn add_segment(&mut self, config: SegmentConfig) -> SegmentId {
        self.segments.push(Cable {
            is_perfect: config.impairments == Impairments::default(),
            segment: Segment::new(config),
            armed: None,
            dice: Vec::new(),
        });
        SegmentId((self.segments.len() - 1) as u16)
    }

    /// Adds a node, attached to nothing. It is first called at instant 0.
    pub fn add_node(&mut self, node: N) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Slot {
            node,
            ports: Vec::new(),
            armed: None,
            activity: Activity::Quiet,
            started: false,
        });
        self.unstarted += 1;
        self.arm(id, self.now);
        id
    }

    /// Attaches the next port of `node` to `segment`. With `hears` the port's
    /// hardware passes only frames to that address and to groups; without, it
    /// passes everything. `dice` is asked for the cable's own randomness if
    /// the segment's cables are not perfect.
    pub fn attach(
        &mut self,
        node: NodeId,
        segment: SegmentId,
        hears: Option<MacAddr>,
        dice: impl FnOnce() -> Stream,
    ) -> PortId {
        let slot = &mut self.nodes[node.0 as usize];
        let port = PortId(slot.ports.len() as u16);
        let station = Station { node, port, hears };
        let cable = &mut self.segments[segment.0 as usize];
        let index = cable.segment.attach(station);
        let dice = (!cable.is_perfect).then(|| Box::new(Dice::new(dice())));
        cable.dice.push(dice);
        // Nearly all have one.
        slot.ports.reserve_exact(1);
        slot.ports.push((segment, index));
        port
    }

    /// Adds a fault with an exact target. Where several strike the same frame
    /// they act in the order in which they were added.
    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Says that TCP connections to this port are FTP control connections,
    /// for faults that are aimed at commands and replies.
    pub fn add_control_port(&mut self, port: u16) {
        self.faults.control_ports.insert(port);
    }

    /// Unplugs all cables of a node for a time: what it sends, and what would
    /// arrive, is lost. What is on record of it has the name, if there is one.
    pub fn unplug(&mut self, node: NodeId, from: Instant, until: Instant, name: Option<String>) {
        self.outages.add(node, from, until, name);
    }

    /// Has a switch copy every frame to the port of `node`.
    pub fn mirror(&mut self, segment: SegmentId, node: NodeId) {
        if let Some(cable) = self.segments.get_mut(usize::from(segment.0)) {
            cable.segment.mirror_to(node);
        }
    }

    /// The node with this number.
    pub fn node(&self, id: NodeId) -> &N {
        &self.nodes[id.0 as usize].node
    }

    /// The node with this number, to change it.
    pub fn node_mut(&mut self, id: NodeId) -> &mut N {
        &mut self.nodes[id.0 as usize].node
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Plays events until a [`Stop`], telling `recorder` of every frame.
    pub fn run(&mut self, limits: &Limits, recorder: &mut impl Recorder) -> Stop {
        let deadline = Instant::ZERO + limits.virtual_time;
        (self.deadline, self.linger) = (deadline, limits.linger);
        let (mut events, mut events_at_once) = (0u64, 0u64);
        loop {
            if self.working == 0 && self.is_over(limits) {
                return Stop::Finished;
            }
            let Some((at, event)) = self.queue.pop_by(deadline) else {
                return match self.queue.is_empty() {
                    true => Stop::Idle,
                    false => Stop::Deadline,
                };
            };
            events += 1;
            events_at_once = if at > self.now { 0 } else { events_at_once + 1 };
            self.now = at;
            if events > limits.events {
                return Stop::EventBudget;
            }
            if events_at_once > limits.events_at_once {
                return Stop::Livelock;
            }
            self.handle(event, recorder);
            if self.next_frame >= limits.frames || self.bytes_sent >= limits.capture_bytes {
                return Stop::FrameBudget;
            }
        }
    }

    /// Nobody has work to do, and what dies away has died away, or had its time.
    fn is_over(&self, limits: &Limits) -> bool {
        if self.unstarted > 0 || self.working > 0 {
            return false;
        }
        let since = self.idle_since.unwrap_or(self.now);
        let quiet = self.in_flight == 0 && self.settling == 0;
        quiet || self.queue.is_empty() || self.queue.next_at().since(since) > limits.linger
    }

    fn handle(&mut self, event: Event, recorder: &mut impl Recorder) {
        match event {
            Event::Arrival(arrival) => {
                let Arrival {
                    segment,
                    to,
                    id,
                    frame,
                    altered,
                } = arrival;
                self.in_flight -= 1;
                let at = self.now;
                let cable = &self.segments[segment.0 as usize].segment;
                let Station { node, port, .. } = cable.station(to as StationIndex);
                let vlan = cable.config().vlan;
                if let Some(fault) = self.outages.strike(node, at) {
                    core::hint::cold_path();
                    return recorder.faulted(FaultRecord {
                        id,
                        at,
                        segment,
                        from: cable.owner(frame.source()),
                        to: Some(node),
                        fault,
                        effect: LOST.into(),
                        lost: true,
                    });
                }
                recorder.delivered(Delivery {
                    id,
                    at,
                    to: node,
                    port,
                    altered: altered.then(|| frame.clone()),
                });
                let slot = &mut self.nodes[node.0 as usize];
                match vlan.and_then(|vlan| frame.untagged(vlan)) {
                    Some(frame) => slot.node.handle_frame(at, port, &frame),
                    None => slot.node.handle_frame(at, port, &frame),
                }
                self.serve(node, Cause::ReplyTo(id), recorder);
            }
            Event::Timer(node) => {
                let slot = &mut self.nodes[node.0 as usize];
                if slot.armed != Some(self.now) {
                    return; // An earlier event has taken this one's place.
                }
                slot.armed = None;
                let first = !core::mem::replace(&mut slot.started, true);
                self.unstarted -= usize::from(first);
                // The node may have put its timer off since: then only re-arm.
                if first || slot.node.poll_timeout().is_some_and(|at| at <= self.now) {
                    slot.node.handle_timeout(self.now);
                }
                self.serve(node, Cause::Timer, recorder);
            }
            Event::Medium(segment) => {
                self.segments[segment.0 as usize].armed = None;
                self.pass(segment, recorder);
            }
            Event::Forward(way) => {
                self.in_flight -= 1;
                let (way, at) = (*way, self.now);
                self.deliver(way.segment, way.from, &way.sent, way.frame, at, recorder);
            }
            Event::Offer(way) => {
                let way = *way;
                self.offer(way.segment, way.from, way.sent, way.frame, recorder);
            }
        }
    }

    /// Why a node's cables lose everything now; `None` while they are plugged in.
    /// Takes what a node wants to send, and arms its timer.
    fn serve(&mut self, id: NodeId, cause: Cause, recorder: &mut impl Recorder) {
        let now = self.now;
        let index = id.0 as usize;
        while let Some(transmit) = self.nodes[index].node.poll_transmit(now) {
            // A port that is attached to nothing loses what it sends.
            let port = usize::from(transmit.port.0);
            let Some(&(segment, station)) = self.nodes[index].ports.get(port) else {
                continue;
            };
            let mut sent = Sent {
                id: self.take_frame_id(),
                at: now,
                cause: transmit.cause.unwrap_or(cause),
                strikes: Box::default(),
            };
            let mut frame = transmit.frame;
            if let Some(vlan) = self.segments[segment.0 as usize].segment.config().vlan {
                frame = frame.tagged(vlan);
            }
            self.bytes_sent += frame.bytes().len() as u64;
            if !self.faults.is_empty() {
                core::hint::cold_path();
                let cable = &self.segments[segment.0 as usize].segment;
                let way = Way {
                    from: id,
                    to: cable.owner(frame.destination()),
                    link: segment,
                };
                sent.strikes = self.faults.judge(now, way, &frame).into();
                if sent.strikes.iter().any(|s| s.side == Side::Sender) {
                    self.strike_at_sender(segment, station, sent, frame, recorder);
                    continue;
                }
            }
            self.offer(segment, station, sent, frame, recorder);
        }
        let slot = &mut self.nodes[index];
        let activity = slot.node.activity();
        let before = core::mem::replace(&mut slot.activity, activity);
        let due = slot.node.poll_timeout();
        if before != activity {
            self.count_activity(before, activity);
        }
        if let Some(at) = due {
            self.arm(id, at.max(now));
        }
    }

    fn count_activity(&mut self, before: Activity, after: Activity) {
        for (activity, add) in [(before, false), (after, true)] {
            let count = match activity {
                Activity::Quiet => continue,
                Activity::Settling => &mut self.settling,
                Activity::Working => &mut self.working,
            };
            *count = if add { *count + 1 } else { *count - 1 };
        }
        self.idle_since = match (self.working, self.idle_since) {
            (0, None) => Some(self.now),
            (0, since) => since,
            _ => None,
        };
    }

    /// The number of the next transmission, which is now in flight.
    fn take_frame_id(&mut self) -> FrameId {
        let id = FrameId(self.next_frame);
        self.next_frame += 1;
        self.in_flight += 1;
        id
    }

    /// Hands a frame to a segment, where it waits for its turn; or loses it,
    /// if the cable is out, the queue full, or the frame too long.
    #[inline(always)]
    fn offer(
        &mut self,
        segment: SegmentId,
        from: StationIndex,
        sent: Sent,
        frame: Frame,
        recorder: &mut impl Recorder,
    ) {
        let cable = &self.segments[segment.0 as usize].segment;
        let longest = usize::from(cable.config().mtu) + LONGEST_HEADER;
        let unplugged = self.outages.strike(cable.station(from).node, self.now);
        let trouble = if unplugged.is_some() {
            unplugged
        } else if cable.is_full(self.now, from) {
            Some(FaultKind::QueueFull)
        } else if frame.bytes().len() > longest {
            Some(FaultKind::TooLong)
        } else {
            None
        };
        if let Some(trouble) = trouble {
            core::hint::cold_path();
            return self.lose_at_sender(segment, from, sent, frame, trouble, LOST, recorder);
        }
        let until = self.certain_until(segment);
        let cable = &mut self.segments[segment.0 as usize].segment;
        match cable.pass_at_once((self.now, until), from, frame.bytes().len()) {
            Some(at) => {
                let passage = Passage {
                    tag: sent,
                    from,
                    frame,
                    at,
                };
                self.passed(segment, passage, recorder);
            }
            None => {
                cable.enqueue(from, sent, frame);
                self.pass(segment, recorder);
            }
        }
    }

    /// What begins to pass by then may be told of ahead of its time: the run does not
    /// end before, and no fault is told of then, before others that strike meanwhile.
    fn certain_until(&self, segment: SegmentId) -> Instant {
        let is_perfect = self.segments[segment.0 as usize].is_perfect;
        if !is_perfect || !self.faults.is_empty() {
            return self.now;
        }
        let idle_since = self.idle_since.unwrap_or(self.now);
        self.deadline.min(idle_since + self.linger)
    }

    /// Lets the frames pass whose turn has come on a segment.
    fn pass(&mut self, id: SegmentId, recorder: &mut impl Recorder) {
        let index = id.0 as usize;
        let times = (self.now, self.certain_until(id));
        while let Some(passage) = self.segments[index].segment.poll_passage(times) {
            self.passed(id, passage, recorder);
        }
        let cable = &mut self.segments[index];
        let due = cable.segment.poll_timeout();
        if let Some(at) = due.filter(|&at| cable.armed.is_none_or(|armed| at < armed)) {
            cable.armed = Some(at);
            self.queue.push(at, Event::Medium(id));
        }
    }

    /// A frame passes on a segment: it is recorded, and on its way.
    #[inline(always)]
    fn passed(&mut self, id: SegmentId, passage: Passage<Sent>, recorder: &mut impl Recorder) {
        let Passage {
            tag: sent,
            from,
            frame,
            at,
        } = passage;
        let record = self.record(id, from, &sent, frame, at, true);
        let segment = &self.segments[id.0 as usize].segment;
        recorder.sent(&record, segment.horizon(self.now));
        let frame = record.frame;
        if segment.forwards() {
            let way = OnTheWay {
                segment: id,
                from,
                frame,
                sent,
            };
            self.queue.push_forward(at, way);
        } else {
            self.in_flight -= 1;
            self.deliver(id, from, &sent, frame, at, recorder);
        }
    }

    fn record(
        &self,
        segment: SegmentId,
        from: StationIndex,
        sent: &Sent,
        frame: Frame,
        at: Instant,
        passed: bool,
    ) -> Record {
        let station = self.segments[segment.0 as usize].segment.station(from);
        Record {
            id: sent.id,
            sent: sent.at,
            at,
            segment,
            from: station.node,
            port: station.port,
            cause: sent.cause,
            frame,
            passed,
        }
    }

    /// Schedules the arrivals of a frame that passed at `at`.
    #[inline(always)]
    fn deliver(
        &mut self,
        segment: SegmentId,
        from: StationIndex,
        sent: &Sent,
        frame: Frame,
        at: Instant,
        recorder: &mut impl Recorder,
    ) {
        let cable = &mut self.segments[segment.0 as usize];
        // Nearly always: it is moved there, since sharing costs.
        if sent.strikes.is_empty()
            && cable.dice[from].is_none()
            && let Some((only, arrival)) = cable.segment.only_hearer(from, &frame, at)
        {
            self.in_flight += 1;
            let arrives = Arrival {
                segment,
                to: only as u32,
                id: sent.id,
                frame,
                altered: false,
            };
            return self.queue.push_arrival(arrival, arrives);
        }
        self.deliver_to_all(segment, from, sent, frame, at, recorder);
    }

    /// The same for any number of stations.
    #[inline(never)]
    fn deliver_to_all(
        &mut self,
        segment: SegmentId,
        from: StationIndex,
        sent: &Sent,
        frame: Frame,
        at: Instant,
        recorder: &mut impl Recorder,
    ) {
        let Sim {
            queue,
            in_flight,
            segments,
            ..
        } = self;
        let (id, Cable { segment, dice, .. }) = (segment, &mut segments[segment.0 as usize]);
        let is_perfect = sent.strikes.is_empty() && dice[from].is_none();
        if is_perfect && let Some((stations, arrival)) = segment.all_hear(&frame, at) {
            let broadcast = Broadcast::new(id, from, stations, sent.id, frame);
            if let Some(broadcast) = broadcast {
                *in_flight += broadcast.left() as u64;
                queue.push_broadcast(arrival, broadcast);
            }
            return;
        }
        let mut arrive = |to: StationIndex, at: Instant, frame: Frame, altered: bool| {
            *in_flight += 1;
            let arrival = Arrival {
                segment: id,
                to: to as u32,
                id: sent.id,
                frame,
                altered,
            };
            queue.push_arrival(at, arrival);
        };
        let sender = segment.station(from).node;
        segment.deliver(from, &frame, at, |config, index, station, arrival| {
            let Some(arrival) = arrival else {
                return recorder.faulted(FaultRecord {
                    id: sent.id,
                    at,
                    segment: id,
                    from: Some(sender),
                    to: Some(station.node),
                    fault: FaultKind::SwitchFull,
                    effect: LOST.into(),
                    lost: true,
                });
            };
            let dice = dice[index].as_deref_mut();
            if dice.is_none() && sent.strikes.is_empty() {
                return arrive(index, arrival, frame.clone(), false);
            }
            let cable = faulty::Cable {
                id: sent.id,
                segment: id,
                from: sender,
                to: station.node,
                config,
            };
            let arrive = |at: Instant, frame, altered| arrive(index, at, frame, altered);
            cable.arrivals(&frame, arrival, &sent.strikes, dice, recorder, arrive);
        });
    }

    /// Makes sure that a timer event stands in the queue at `at` or before.
    fn arm(&mut self, id: NodeId, at: Instant) {
        let armed = &mut self.nodes[id.0 as usize].armed;
        if armed.is_none_or(|earlier| at < earlier) {
            *armed = Some(at);
            self.queue.push(at, Event::Timer(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Transmit;
    use crate::rng::Seed;
    use crate::trace::Trace;

    /// Sends a frame every `every`, `count` times, and counts what it hears.
    struct Beacon {
        count: u32,
        every: Duration,
        next: Option<Instant>,
        heard: u32,
        pending: bool,
    }

    fn beacon(count: u32, every: Duration) -> Box<dyn Node> {
        Box::new(Beacon {
            count,
            every,
            next: (count > 0).then_some(Instant::ZERO),
            heard: 0,
            pending: false,
        })
    }

    impl Node for Beacon {
        fn handle_frame(&mut self, _: Instant, _: PortId, _: &Frame) {
            self.heard += 1;
        }
        fn handle_timeout(&mut self, now: Instant) {
            if self.next.is_some_and(|at| at <= now) {
                self.pending = true;
                self.count -= 1;
                self.next = (self.count > 0).then(|| now + self.every);
            }
        }
        fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
            core::mem::take(&mut self.pending).then(|| Transmit::new(Frame::new(&[0xff; 14])))
        }
        fn poll_timeout(&self) -> Option<Instant> {
            self.next
        }
    }

    fn play(limits: &Limits, nodes: Vec<Box<dyn Node>>) -> (Stop, Trace, Instant) {
        play_on(SegmentConfig::default(), limits, nodes)
    }

    fn play_on(
        config: SegmentConfig,
        limits: &Limits,
        nodes: Vec<Box<dyn Node>>,
    ) -> (Stop, Trace, Instant) {
        let mut sim = Sim::new();
        let lan = sim.add_segment(config);
        for node in nodes {
            let id = sim.add_node(node);
            sim.attach(id, lan, None, || Seed(1).derive("test"));
        }
        let mut trace = Trace::default();
        let stop = sim.run(limits, &mut trace);
        (stop, trace, sim.now())
    }

    #[test]
    fn every_frame_sent_is_recorded_and_delivered() {
        let second = Duration::from_secs(1);
        let nodes = vec![beacon(3, second), beacon(0, second), beacon(1, second)];
        let (stop, trace, _) = play(&Limits::default(), nodes);
        assert_eq!(stop, Stop::Finished);
        assert_eq!(trace.records.len(), 4);
        assert_eq!(trace.deliveries.len(), 8, "two others hear each");
        assert!(trace.records.is_sorted_by_key(|r| (r.at, r.id)));
        assert!(trace.records.iter().all(|r| r.cause == Cause::Timer));
    }

    #[test]
    fn every_limit_stops_a_run_under_its_own_name() {
        let second = Duration::from_secs(1);
        let chatter = || vec![beacon(u32::MAX, second), beacon(0, second)];
        let d = Limits {
            linger: Duration::from_secs(1_000_000),
            ..Limits::default()
        };
        let cases = [
            (
                Limits {
                    virtual_time: second * 10,
                    ..d
                },
                Stop::Deadline,
            ),
            (Limits { frames: 5, ..d }, Stop::FrameBudget),
            (
                Limits {
                    capture_bytes: 100,
                    ..d
                },
                Stop::FrameBudget,
            ),
            (Limits { events: 10, ..d }, Stop::EventBudget),
            (
                Limits {
                    linger: second * 5,
                    ..d
                },
                Stop::Finished,
            ),
        ];
        for (limits, expected) in cases {
            let (stop, trace, now) = play(&limits, chatter());
            assert_eq!(stop, expected, "{limits:?}");
            assert!(trace.records.len() <= 12 && now <= Instant::ZERO + second * 11);
        }
    }

    /// A turn is given ahead of its time only if the run gets there.
    #[test]
    fn what_begins_after_the_end_is_not_told() {
        let config = SegmentConfig {
            // A frame takes a minute.
            rate: crate::units::Rate::parse("10bps").expect("a rate"),
            ..SegmentConfig::default()
        };
        let second = Duration::from_secs(1);
        let limits = |virtual_time, linger| Limits {
            virtual_time,
            linger,
            ..Limits::default()
        };
        for (limits, expected) in [
            (limits(second * 500, second * 30), (Stop::Finished, 1)),
            (limits(second * 50, second * 100), (Stop::Deadline, 1)),
            (limits(second * 500, second * 100), (Stop::Finished, 2)),
            (limits(second * 500, second * 500), (Stop::Finished, 3)),
        ] {
            let nodes = vec![beacon(3, second), beacon(0, second)];
            let (stop, trace, _) = play_on(config, &limits, nodes);
            assert_eq!((stop, trace.records.len()), expected, "{limits:?}");
        }
    }

    #[test]
    fn a_node_that_never_lets_time_pass_ends_the_run() {
        let nodes = vec![beacon(u32::MAX, Duration::ZERO)];
        let limits = Limits {
            events_at_once: 1000,
            ..Limits::default()
        };
        let (stop, _, now) = play(&limits, nodes);
        assert_eq!((stop, now.as_micros()), (Stop::Livelock, 0));
    }

    #[test]
    fn a_node_on_no_segment_loses_what_it_sends() {
        let mut sim: Sim<Box<dyn Node>> = Sim::new();
        sim.add_node(beacon(2, Duration::from_secs(1)));
        let mut trace = Trace::default();
        assert_eq!(sim.run(&Limits::default(), &mut trace), Stop::Finished);
        assert!(trace.records.is_empty());
    }
}
