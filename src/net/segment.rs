//! Segments: the shared cable of a hub, and the star of a learning switch.
//!
//! A segment takes frames from its stations, lets each pass at the link's
//! rate, and says who hears it and when. It never looks above Ethernet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::dice::Impairments;
use crate::time::{Duration, Instant};
use crate::trace::{NodeId, PortId};
use crate::units::Rate;
use crate::wire::{Frame, MacAddr};

/// Octets on the wire that no capture shows: preamble and start delimiter (8)
/// before a frame, and its FCS (4) after it (IEEE 802.3 §3.1.1).
const FRAMING_OCTETS: u64 = 12;

/// Octet times of silence between two frames (IEEE 802.3 §4.4.2).
const INTERFRAME_GAP_OCTETS: u64 = 12;

/// What stands in the middle of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// A repeater: one frame at a time for everybody, and everybody hears it.
    Hub,
    /// A store-and-forward switch that learns which address is where.
    Switch,
}

/// What a segment is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentConfig {
    /// Hub or switch.
    pub kind: SegmentKind,
    /// How fast each cable is.
    pub rate: Rate,
    /// The propagation delay from one station to another.
    pub latency: Duration,
    /// What a cable of a switch can do at once; a hub is always half duplex.
    pub duplex: Duplex,
    /// How many frames may wait at a station for their turn, and at each port
    /// of a switch; those that come later are lost (tail drop).
    pub queue: u32,
    /// The longest payload of a frame in octets; longer frames are lost.
    pub mtu: u16,
    /// Receivers check the frame check sequence: a damaged frame is lost. If
    /// not, it arrives, and its checksums must betray it.
    pub fcs: bool,
    /// Every frame bears an 802.1Q tag of this VLAN: stations add it and take
    /// it off.
    pub vlan: Option<u16>,
    /// How bad the cables are.
    pub impairments: Impairments,
}

/// What a cable can do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplex {
    /// Either send or receive: a station defers while it hears a carrier.
    Half,
    /// Both.
    Full,
}

impl Default for SegmentConfig {
    /// A good hub at 10 Mb/s with 50 µs between stations.
    fn default() -> Self {
        SegmentConfig {
            kind: SegmentKind::Hub,
            rate: Rate::from_mbps(10),
            latency: Duration::from_micros(50),
            duplex: Duplex::Full,
            queue: 1000,
            mtu: 1500,
            fcs: true,
            vlan: None,
            impairments: Impairments::default(),
        }
    }
}

/// One node's attachment to a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Station {
    pub node: NodeId,
    pub port: PortId,
    /// The only unicast address this station hears; `None` hears everything.
    pub hears: Option<MacAddr>,
}

/// The index of a station on its segment.
pub(crate) type StationIndex = usize;

/// A frame whose turn has come: its last bit leaves the sender at `at`.
pub(crate) struct Passage<T> {
    pub tag: T,
    pub from: StationIndex,
    pub frame: Frame,
    pub at: Instant,
}

/// A cable that carries one frame at a time.
#[derive(Debug, Default, Clone, Copy)]
struct Medium {
    free_at: Instant,
}

/// How long a medium takes for frames, in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Pace {
    rate: Rate,
    /// For the gap after a frame.
    gap: u64,
}

impl Pace {
    fn new(rate: Rate) -> Pace {
        let gap = rate.nanos_for(INTERFRAME_GAP_OCTETS);
        Pace { rate, gap }
    }

    /// For a frame of `len` octets.
    fn frame(self, len: usize) -> u64 {
        self.rate.nanos_for(len as u64 + FRAMING_OCTETS)
    }
}

impl Medium {
    /// Occupies the medium from `now` (or when it is free) for one frame;
    /// returns when the last bit has passed.
    fn occupy(&mut self, now: Instant, len: usize, pace: Pace) -> Instant {
        let end = now.max(self.free_at).after_nanos(pace.frame(len));
        self.free_at = end.after_nanos(pace.gap);
        end
    }

    /// The same at a port of a switch, unless more frames than its queue holds
    /// are still to be sent. The queue is counted in frames of this length.
    fn occupy_if_room(
        &mut self,
        now: Instant,
        len: usize,
        pace: Pace,
        queue: u32,
    ) -> Option<Instant> {
        let octets = len as u64 + FRAMING_OCTETS + INTERFRAME_GAP_OCTETS;
        let frame = pace.rate.time_for(octets);
        let full = self.free_at.since(now) > frame.saturating_mul(queue);
        (!full).then(|| self.occupy(now, len, pace))
    }
}

/// A station at work: `T` as in [`Segment`].
#[derive(Debug)]
struct Attachment<T> {
    station: Station,
    /// Frames that wait for their turn.
    waiting: VecDeque<(T, Frame)>,
    /// Who alone hears an address, as it was last looked up for this station:
    /// what it sends next is nearly always for the same one.
    peer: Option<(MacAddr, u32)>,
}

/// A frame whose turn is certain, and begins later.
#[derive(Debug, Clone, Copy)]
struct Ahead {
    /// Whose: it has no other turn before this one begins.
    from: StationIndex,
    begins: Instant,
}

/// Stations by the unicast address they hear.
#[derive(Debug, Default)]
struct Owners(BTreeSet<(MacAddr, u32)>);

impl Owners {
    /// Those who hear this address, in the order of attachment.
    fn of(&self, address: MacAddr) -> impl Iterator<Item = StationIndex> {
        let all = (address, 0)..=(address, u32::MAX);
        self.0.range(all).map(|(_, index)| *index as usize)
    }
}

/// A segment at work: `T` is whatever its owner wants back with each frame.
#[derive(Debug)]
pub(crate) struct Segment<T> {
    config: SegmentConfig,
    pace: Pace,
    stations: Vec<Attachment<T>>,
    /// Stations with at least one frame waiting, in the order of their turns:
    /// round robin, a fair arbiter in the place of carrier sense and back-off.
    turns: VecDeque<StationIndex>,
    /// Towards the middle: one for a hub, one for each station of a switch.
    up: Vec<Medium>,
    /// From the switch to each station; unused by a hub.
    down: Vec<Medium>,
    owners: Owners,
    /// Some station's peer is noted.
    knows_peers: bool,
    /// Whose frame has the medium next, if it has not begun to pass: a hub
    /// gives one away ahead of its time, since nothing can come before it.
    ahead: Option<Ahead>,
    /// Stations that hear everything.
    hear_all: Vec<StationIndex>,
    /// Where a switch last saw each source address.
    learned: BTreeMap<MacAddr, StationIndex>,
    /// The port of a switch that hears what passes at all others.
    mirror: Option<StationIndex>,
}

impl<T> Segment<T> {
    pub fn new(config: SegmentConfig) -> Self {
        Segment {
            pace: Pace::new(config.rate),
            config,
            stations: Vec::new(),
            turns: VecDeque::new(),
            up: Vec::new(),
            down: Vec::new(),
            owners: Owners::default(),
            knows_peers: false,
            ahead: None,
            hear_all: Vec::new(),
            learned: BTreeMap::new(),
            mirror: None,
        }
    }

    pub fn attach(&mut self, station: Station) -> StationIndex {
        let index = self.stations.len();
        match station.hears {
            Some(mac) => {
                self.owners.0.insert((mac, index as u32));
            }
            None => self.hear_all.push(index),
        }
        self.forget_peers();
        self.stations.push(Attachment {
            station,
            waiting: VecDeque::new(),
            peer: None,
        });
        // A hub is one medium.
        if self.config.kind == SegmentKind::Switch {
            self.down.push(Medium::default());
        }
        if self.config.kind == SegmentKind::Switch || index == 0 {
            self.up.push(Medium::default());
        }
        index
    }

    /// Has a switch copy every frame to this station, which hears everything.
    pub fn mirror_to(&mut self, node: NodeId) {
        let place = |a: &Attachment<T>| a.station.node == node;
        self.mirror = self.stations.iter().position(place);
        if let Some(place) = self.mirror {
            self.stations[place].station.hears = None;
            self.hear_all.retain(|other| *other != place);
            self.owners.0.retain(|(_, other)| *other as usize != place);
            self.forget_peers();
        }
    }

    /// Who hears what is no longer as it was.
    fn forget_peers(&mut self) {
        if core::mem::take(&mut self.knows_peers) {
            self.stations.iter_mut().for_each(|a| a.peer = None);
        }
    }

    pub fn station(&self, index: StationIndex) -> Station {
        self.stations[index].station
    }

    pub fn config(&self) -> &SegmentConfig {
        &self.config
    }

    /// The node that has this unicast address.
    pub fn owner(&self, address: MacAddr) -> Option<NodeId> {
        let index = self.owners.of(address).next()?;
        Some(self.stations[index].station.node)
    }

    /// A station has as many frames waiting as it can hold at `now`, before any
    /// begins to pass then.
    pub fn is_full(&self, now: Instant, from: StationIndex) -> bool {
        let ahead = self.ahead.filter(|ahead| ahead.begins >= now);
        let ahead = usize::from(ahead.is_some_and(|ahead| ahead.from == from));
        self.stations[from].waiting.len() + ahead >= self.config.queue as usize
    }

    /// The passage of a frame of `len` octets that need not wait to be given
    /// its turn: when its last bit leaves the sender. On a hub it has the turn
    /// that comes next, if nobody else waits for that and it begins by `until`;
    /// on a switch its cable must be free.
    pub fn pass_at_once(
        &mut self,
        (now, until): (Instant, Instant),
        from: StationIndex,
        len: usize,
    ) -> Option<Instant> {
        match self.config.kind {
            SegmentKind::Hub => {
                let is_over =
                    |a: Ahead| a.begins <= now && self.stations[a.from].waiting.is_empty();
                let is_next = self.turns.is_empty()
                    && self.ahead.is_none_or(is_over)
                    && self.up[0].free_at <= now.max(until);
                is_next.then(|| self.occupy(now, from, len))
            }
            SegmentKind::Switch => {
                let is_first = self.stations[from].waiting.is_empty();
                let medium = self.up.get_mut(from).filter(|m| m.free_at <= now)?;
                is_first.then(|| medium.occupy(now, len, self.pace))
            }
        }
    }

    /// The medium of this station is its own for one frame, as soon as it is
    /// free; returns when the last bit has passed.
    fn occupy(&mut self, now: Instant, from: StationIndex, len: usize) -> Instant {
        let medium = self.medium_of(from);
        let medium = &mut self.up[medium];
        let begins = medium.free_at;
        self.ahead = (begins > now).then_some(Ahead { from, begins });
        medium.occupy(now, len, self.pace)
    }

    /// A station hands a frame over; it waits for its turn.
    pub fn enqueue(&mut self, from: StationIndex, tag: T, frame: Frame) {
        let has_turn = self.ahead.is_some_and(|ahead| ahead.from == from);
        if self.stations[from].waiting.is_empty() && !has_turn {
            self.turns.push_back(from);
        }
        self.stations[from].waiting.push_back((tag, frame));
    }

    /// The next frame whose turn is certain at `now`, and begins by then or by `until`.
    pub fn poll_passage(&mut self, (now, until): (Instant, Instant)) -> Option<Passage<T>> {
        let turn = match self.config.kind {
            // The hub has one medium: whoever is first in turn is next.
            SegmentKind::Hub => {
                if let Some(Ahead { from, .. }) = self.ahead.take_if(|ahead| ahead.begins <= now)
                    && !self.stations[from].waiting.is_empty()
                {
                    self.turns.push_back(from);
                }
                let free = self.up.first()?.free_at <= now.max(until);
                (free && self.ahead.is_none()).then_some(0)?
            }
            SegmentKind::Switch => {
                let free = |&station: &StationIndex| self.up[station].free_at <= now;
                self.turns.iter().position(free)?
            }
        };
        let from = self.turns.remove(turn)?;
        let (tag, frame) = self.stations[from].waiting.pop_front()?;
        let at = self.occupy(now, from, frame.bytes().len());
        if self.ahead.is_none() && !self.stations[from].waiting.is_empty() {
            self.turns.push_back(from);
        }
        Some(Passage {
            tag,
            from,
            frame,
            at,
        })
    }

    /// When `poll_passage` will have something again; `None` if nothing waits.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.config.kind {
            SegmentKind::Hub => {
                let Some(Ahead { from, begins }) = self.ahead else {
                    return self.turns.front().map(|_| self.up[0].free_at);
                };
                let waits = !self.turns.is_empty() || !self.stations[from].waiting.is_empty();
                waits.then_some(begins)
            }
            SegmentKind::Switch => self.turns.iter().map(|&s| self.up[s].free_at).min(),
        }
    }

    /// Nothing that begins to pass after `now` has passed before this.
    pub fn horizon(&self, now: Instant) -> Instant {
        match self.config.kind {
            SegmentKind::Hub => self.up.first().map_or(now, |medium| medium.free_at),
            SegmentKind::Switch => now,
        }
    }

    fn medium_of(&self, station: StationIndex) -> usize {
        match self.config.kind {
            SegmentKind::Hub => 0,
            SegmentKind::Switch => station,
        }
    }

    /// The only station that hears a frame which passed at `at`, and when: it
    /// is for one address on a hub, and nobody else listens. `None` says
    /// nothing.
    pub fn only_hearer(
        &mut self,
        from: StationIndex,
        frame: &Frame,
        at: Instant,
    ) -> Option<(StationIndex, Instant)> {
        let destination = frame.destination();
        let is_hub = self.config.kind == SegmentKind::Hub;
        if !is_hub || destination.is_multicast() || !self.hear_all.is_empty() {
            return None;
        }
        let arrival = at + self.config.latency;
        if let Some((address, peer)) = self.stations[from].peer
            && address == destination
        {
            return Some((peer as usize, arrival));
        }
        let mut owners = self.owners.of(destination);
        let peer = owners.next().filter(|owner| *owner != from)?;
        if owners.next().is_some() {
            return None;
        }
        self.stations[from].peer = Some((destination, peer as u32));
        self.knows_peers = true;
        Some((peer, arrival))
    }

    /// A frame that passed at `at` is heard by all stations but its sender's:
    /// how many stations there are, and when. `None` says nothing.
    pub fn all_hear(&self, frame: &Frame, at: Instant) -> Option<(usize, Instant)> {
        let is_hub = self.config.kind == SegmentKind::Hub;
        let all = is_hub && frame.destination().is_multicast();
        all.then(|| (self.stations.len(), at + self.config.latency))
    }

    /// Calls `deliver` for each station that hears the frame which passed at
    /// `at`, with the time at which its last bit arrives there, or nothing if
    /// the switch had no room for it.
    ///
    /// A switch must be asked in the order of `at`, since it learns and queues.
    pub fn deliver(
        &mut self,
        from: StationIndex,
        frame: &Frame,
        at: Instant,
        mut deliver: impl FnMut(&SegmentConfig, StationIndex, Station, Option<Instant>),
    ) {
        let Segment {
            config,
            pace,
            stations,
            up,
            down,
            owners,
            hear_all,
            learned,
            mirror,
            ..
        } = self;
        let (config, pace) = (&*config, *pace);
        let mirror = mirror.filter(|&mirror| mirror != from);
        let len = frame.bytes().len();
        let mut hear = |index: StationIndex| {
            let port = match (config.kind, config.duplex) {
                (SegmentKind::Hub, _) => None,
                (SegmentKind::Switch, Duplex::Full) => Some(&mut down[index]),
                (SegmentKind::Switch, Duplex::Half) => Some(&mut up[index]),
            };
            let arrival = match port {
                None => Some(at),
                Some(port) => port.occupy_if_room(at, len, pace, config.queue),
            };
            let arrival = arrival.map(|at| at + config.latency);
            deliver(config, index, stations[index].station, arrival);
        };
        let destination = frame.destination();
        if config.kind == SegmentKind::Switch {
            if !frame.source().is_multicast() {
                learned.insert(frame.source(), from);
            }
            if let Some(&port) = learned.get(&destination) {
                // Known: that cable only, and not back where it came from.
                let heard = port != from && hears(&stations[port].station, destination);
                if heard {
                    hear(port);
                }
                if let Some(mirror) = mirror.filter(|&mirror| !heard || mirror != port) {
                    hear(mirror);
                }
                return;
            }
        }
        if destination.is_multicast() {
            (0..stations.len()).filter(|&i| i != from).for_each(hear);
            return;
        }
        if let Some(mirror) = mirror {
            hear(mirror);
        }
        // Everybody who hears it, in the order of attachment.
        let mut owners = owners.of(destination).peekable();
        let mut others = hear_all.iter().copied().peekable();
        loop {
            let next = match (owners.peek(), others.peek()) {
                (Some(a), Some(b)) if a < b => owners.next(),
                (_, Some(_)) => others.next(),
                (Some(_), None) => owners.next(),
                (None, None) => break,
            };
            if let Some(index) = next.filter(|&i| i != from) {
                hear(index);
            }
        }
    }

    /// Whether frames must be delivered at the time they pass rather than as
    /// soon as that time is known.
    pub fn forwards(&self) -> bool {
        self.config.kind == SegmentKind::Switch
    }
}

fn hears(station: &Station, destination: MacAddr) -> bool {
    station.hears.is_none_or(|mac| mac == destination)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
    const B: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);

    fn frame(to: MacAddr, from: MacAddr) -> Frame {
        let mut bytes = [0; 60];
        bytes[..6].copy_from_slice(&to.0);
        bytes[6..12].copy_from_slice(&from.0);
        Frame::new(&bytes)
    }

    fn segment(kind: SegmentKind) -> Segment<()> {
        let mut segment = Segment::new(SegmentConfig {
            kind,
            ..SegmentConfig::default()
        });
        for (node, hears) in [(0, Some(A)), (1, Some(B)), (2, None)] {
            segment.attach(Station {
                node: NodeId(node),
                port: PortId(0),
                hears,
            });
        }
        segment
    }

    fn heard(segment: &mut Segment<()>, from: usize, frame: &Frame) -> Vec<(u32, u64)> {
        let mut heard = Vec::new();
        segment.deliver(from, frame, Instant::ZERO, |_, _, station, at| {
            heard.push((station.node.0, at.map_or(0, Instant::as_nanos)));
        });
        heard
    }

    #[test]
    fn a_frame_takes_its_bits_and_then_a_gap() {
        let mut hub = segment(SegmentKind::Hub);
        for from in [0, 1, 0] {
            hub.enqueue(from, (), frame(B, A));
        }
        let first = hub
            .poll_passage((Instant::ZERO, Instant::MAX))
            .expect("its turn");
        // 60 octets, 8 of preamble, 4 of FCS: 576 bits at 100 ns each.
        assert_eq!(first.at.as_nanos(), 57_600);
        // The second begins behind the gap: that is certain already.
        let second = hub
            .poll_passage((Instant::ZERO, Instant::MAX))
            .expect("the next turn");
        assert_eq!(second.at.as_nanos(), 57_600 + 9_600 + 57_600);
        assert!(
            hub.poll_passage((Instant::ZERO, Instant::MAX)).is_none(),
            "one ahead"
        );
        let begins = Instant::from_nanos(57_600 + 9_600);
        assert_eq!(hub.poll_timeout(), Some(begins));
        assert!(hub.poll_passage((begins, Instant::MAX)).is_some());
        assert_eq!(hub.poll_timeout(), None);
    }

    /// Plays frames that are handed over at times, and says whose passed when.
    fn play(offered: &[(u64, usize)], until: Instant) -> Vec<(u64, usize)> {
        let hub = &mut segment(SegmentKind::Hub);
        let mut offered = offered.iter().copied().peekable();
        let mut passed = Vec::new();
        loop {
            let due = hub.poll_timeout().map_or(u64::MAX, Instant::as_nanos);
            // As in a run: what arrives is handed over before turns are given.
            let now = match offered.next_if(|(at, _)| *at <= due) {
                Some((at, from)) => {
                    let now = Instant::from_nanos(at);
                    match hub.pass_at_once((now, until), from, 60) {
                        Some(at) => passed.push((at.as_nanos(), from)),
                        None => hub.enqueue(from, (), frame(B, A)),
                    }
                    // At that instant others may still come.
                    if offered.peek().is_some_and(|(next, _)| *next == at) || at == due {
                        continue;
                    }
                    now
                }
                None if due == u64::MAX => return passed,
                None => Instant::from_nanos(due),
            };
            while let Some(p) = hub.poll_passage((now, until)) {
                passed.push((p.at.as_nanos(), p.from));
            }
        }
    }

    #[test]
    fn stations_of_a_hub_take_turns() {
        // A frame and the gap behind it.
        const TURN: u64 = 67_200;
        let order = |offered: &[(u64, usize)]| {
            let passed = play(offered, Instant::MAX);
            assert_eq!(
                passed,
                play(offered, Instant::ZERO),
                "no turn ahead of its time"
            );
            let end = |turn: usize| turn as u64 * TURN + 57_600;
            let ends: Vec<u64> = (0..passed.len()).map(end).collect();
            assert!(passed.iter().map(|(at, _)| *at).eq(ends), "{passed:?}");
            passed.iter().map(|(_, from)| *from).collect::<Vec<_>>()
        };
        assert_eq!(order(&[(0, 0), (0, 0), (0, 1), (0, 1)]), [0, 0, 1, 1]);
        assert_eq!(order(&[(0, 0), (0, 0), (0, 0), (0, 1)]), [0, 0, 1, 0]);
        // Who has a turn that has not begun is behind those who come meanwhile,
        // and before those who come later.
        let late = [TURN - 1, TURN, TURN + 1];
        let orders = late.map(|at| order(&[(0, 0), (0, 0), (0, 0), (at, 1)]));
        assert_eq!(orders, [[0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
        let mut dice = crate::rng::Seed(1).derive("turns");
        for _ in 0..500 {
            let mut any: Vec<(u64, usize)> = (0..20)
                .map(|_| (dice.below(10 * TURN), dice.below(3) as usize))
                .collect();
            any.sort_unstable();
            assert_eq!(
                play(&any, Instant::MAX),
                play(&any, Instant::ZERO),
                "{any:?}"
            );
        }
        // Nobody overtakes his own.
        assert_eq!(order(&[(0, 0), (0, 0), (0, 0), (TURN, 0)]), [0; 4]);
    }

    #[test]
    fn what_waits_is_counted_until_it_passes() {
        let config = SegmentConfig {
            queue: 2,
            ..SegmentConfig::default()
        };
        let mut hub = Segment::<()>::new(config);
        hub.attach(Station {
            node: NodeId(0),
            port: PortId(0),
            hears: Some(A),
        });
        let mut taken = 0;
        while !hub.is_full(Instant::ZERO, 0) {
            taken += 1;
            if hub
                .pass_at_once((Instant::ZERO, Instant::MAX), 0, 60)
                .is_none()
            {
                hub.enqueue(0, (), frame(B, A));
            }
        }
        assert_eq!(taken, 3, "one passes, two wait");
        let begins = hub.poll_timeout().expect("one waits");
        assert!(
            hub.is_full(begins, 0),
            "what arrives at that instant is before it"
        );
        assert!(!hub.is_full(begins.after_nanos(1), 0));
    }

    #[test]
    fn a_hub_tells_everybody_who_listens() {
        let mut hub = segment(SegmentKind::Hub);
        assert_eq!(heard(&mut hub, 0, &frame(B, A)), [(1, 50_000), (2, 50_000)]);
        assert_eq!(heard(&mut hub, 2, &frame(MacAddr::BROADCAST, A)).len(), 2);
    }

    #[test]
    fn a_mirror_port_hears_what_is_for_others() {
        let mut switch = segment(SegmentKind::Switch);
        switch.mirror_to(NodeId(2));
        let nodes = |heard: Vec<(u32, u64)>| heard.into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        let mut flooded = nodes(heard(&mut switch, 0, &frame(B, A)));
        flooded.sort_unstable();
        assert_eq!(flooded, [1, 2], "each once");
        assert_eq!(nodes(heard(&mut switch, 1, &frame(A, B))), [0, 2]);
        assert_eq!(
            nodes(heard(&mut switch, 1, &frame(MacAddr::BROADCAST, B))),
            [0, 2]
        );
        assert_eq!(nodes(heard(&mut switch, 2, &frame(A, B))), [0]);
    }

    #[test]
    fn who_alone_hears_an_address_may_change() {
        let mut hub = Segment::<()>::new(SegmentConfig::default());
        let station = |node, mac| Station {
            node: NodeId(node),
            port: PortId(0),
            hears: Some(mac),
        };
        hub.attach(station(0, A));
        hub.attach(station(1, B));
        let to = |hub: &mut Segment<()>, from, mac| {
            let heard = hub.only_hearer(from, &frame(mac, A), Instant::ZERO);
            heard.map(|(index, _)| index)
        };
        assert_eq!(to(&mut hub, 0, B), Some(1));
        assert_eq!(to(&mut hub, 0, B), Some(1), "from memory");
        assert_eq!(to(&mut hub, 0, A), None, "nobody hears oneself");
        assert_eq!(to(&mut hub, 1, A), Some(0));
        hub.attach(station(2, B));
        assert_eq!(to(&mut hub, 0, B), None, "two have it now");
        assert_eq!(to(&mut hub, 1, A), Some(0));
    }

    #[test]
    fn a_switch_floods_until_it_has_learned() {
        let mut switch = segment(SegmentKind::Switch);
        assert_eq!(
            heard(&mut switch, 0, &frame(B, A)).len(),
            2,
            "unknown: flooded"
        );
        assert_eq!(heard(&mut switch, 1, &frame(A, B)).len(), 1, "A is known");
        assert_eq!(
            heard(&mut switch, 0, &frame(B, A)).len(),
            1,
            "B is known now"
        );
    }
}
