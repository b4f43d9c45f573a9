//! Where the wings join: a lab is built, in Rust or from a scenario, and played; the run is read and checked.

mod addresses;
mod checks;
mod faults;
pub mod golden;
mod integrity;
mod labels;
mod losses;
mod lost;
mod names;
mod notes;
mod play;
mod replay;
mod run;
mod sight;
mod streamed;
mod translated;
mod why;

use crate::actor::{Actor, Outcome, Report};
use crate::device::{Router, RouterConfig};
use crate::host::{Holds, Host, HostConfig};
use crate::net::{Activity, Fault, Node, SegmentConfig, Transmit};
use crate::rng::Seed;
use crate::sim::{Limits, Sim, Stop};
use crate::time::{Duration, Instant, Timestamp};
use crate::trace::{ActorId, NodeId, PortId, Recorder, SegmentId, Trace};
use crate::wire::{Frame, MacAddr};
use names::Names;

pub use integrity::{Integrity, Tally};
pub use labels::labels;
pub use losses::Losses;
pub use lost::lost;
pub use play::{PlayError, PlayOptions, Played, hex, play};
pub use replay::{MAX_CAPTURE, supply};
pub use run::Run;
pub use streamed::{Streamed, Streaming};
pub use why::Reasons;

/// The trace epoch: within one, the same scenario and seed give the same bytes
/// in every release. It changes only on purpose, with a line in the changelog.
pub const TRACE_EPOCH: u32 = 1;

/// A lab: segments, nodes and actors, ready to be played.
///
/// Each segment, node and actor has a name that no other of its kind has: its
/// randomness derives from it, and labels and lists call it by that. Where one is
/// added by a name that is taken, it gets a number: the second `client` is called
/// `client-2`. [`Lab::names`] knows what each is called.
///
/// ```
/// use wirelab::host::{HostConfig, Ipv4Cidr};
/// use wirelab::lab::Lab;
/// use wirelab::net::SegmentConfig;
/// use wirelab::rng::Seed;
///
/// let mut lab = Lab::new(Seed(1));
/// let lan = lab.segment("lan", SegmentConfig::default());
/// let address = Ipv4Cidr { address: [192, 0, 2, 1].into(), prefix: 24 };
/// let mut alone = HostConfig::new("alone", address);
/// alone.announce = true;
/// lab.host(alone, lan);
/// let run = lab.run();
/// assert_eq!(run.trace.records.len(), 1); // its announcement
/// ```
pub struct Lab {
    seed: Seed,
    /// The date of instant 0.
    pub clock: Timestamp,
    /// The bounds of the run.
    pub limits: Limits,
    sim: Sim<Station>,
    trace: Trace,
    /// Which node each actor lives on.
    homes: Vec<NodeId>,
    /// The actors that were put on no host.
    homeless: Vec<(ActorId, Report)>,
    /// What has been named, by kind.
    segment_names: Names,
    node_names: Names,
    actor_names: Names,
}

/// A node of a lab: ours, or anybody's.
enum Station {
    Host(Box<Host>),
    Other(Box<dyn Node>),
}

impl Lab {
    /// An empty lab.
    pub fn new(seed: Seed) -> Lab {
        let mut sim = Sim::new();
        sim.add_control_port(21);
        Lab {
            seed,
            clock: Timestamp::DEFAULT_CLOCK,
            limits: Limits::default(),
            sim,
            trace: Trace::default(),
            homes: Vec::new(),
            homeless: Vec::new(),
            segment_names: Names::default(),
            node_names: Names::default(),
            actor_names: Names::default(),
        }
    }

    /// The seed from which everything random derives.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The names of the segments, nodes and actors that have been added: a
    /// trace without frames.
    pub fn names(&self) -> &Trace {
        &self.trace
    }

    /// Adds a segment.
    pub fn segment(&mut self, name: &str, config: SegmentConfig) -> SegmentId {
        self.segment_names.add(name, &mut self.trace.segments);
        self.sim.add_segment(config)
    }

    /// Adds a host, attached to `segment`.
    ///
    /// Two hosts may have the same address, in a lab as on a real network, which
    /// is a lesson in itself; a scenario that has it by mistake is told so.
    ///
    /// ```
    /// # use wirelab::{host::{HostConfig, Ipv4Cidr}, lab::Lab, net::SegmentConfig, rng::Seed};
    /// let mut lab = Lab::new(Seed(1));
    /// let lan = lab.segment("lan", SegmentConfig::default());
    /// for last in 1..=3 {
    ///     let address = Ipv4Cidr { address: [192, 0, 2, last].into(), prefix: 24 };
    ///     lab.host(HostConfig::new("pc", address), lan);
    /// }
    /// assert_eq!(lab.names().nodes, ["pc", "pc-2", "pc-3"]);
    /// ```
    pub fn host(&mut self, mut config: HostConfig, segment: SegmentId) -> NodeId {
        config.name = self.node_names.add(&config.name, &mut self.trace.nodes);
        let host = Box::new(Host::new(&config, self.seed));
        let node = self.sim.add_node(Station::Host(host));
        let hears = (!config.promiscuous).then(|| config.mac(self.seed));
        self.attach(node, segment, hears);
        node
    }

    /// Attaches a node's next port. The cable's dice derive from the names of
    /// both its ends, so that another host changes nobody's.
    fn attach(&mut self, node: NodeId, segment: SegmentId, hears: Option<MacAddr>) {
        let Lab {
            sim, trace, seed, ..
        } = self;
        let segment_name = &trace.segments[usize::from(segment.0)];
        let node_name = &trace.nodes[node.0 as usize];
        sim.attach(node, segment, hears, || {
            seed.derive(&format!("link/{segment_name}/{node_name}"))
        });
    }

    /// Has a switch copy every frame that passes to the port of `node`, whose
    /// card hears everything from now on.
    pub fn mirror(&mut self, segment: SegmentId, node: NodeId) {
        self.sim.mirror(segment, node);
    }

    /// Adds a fault: one with an exact target, or a closure that judges frames.
    /// [`Run::capture`] tells what it did.
    ///
    /// ```
    /// use wirelab::capture::TapPoint;
    /// use wirelab::host::{HostConfig, Ipv4Cidr};
    /// use wirelab::lab::Lab;
    /// use wirelab::net::{Action, Fault, SegmentConfig};
    /// use wirelab::rng::Seed;
    ///
    /// let mut lab = Lab::new(Seed(1));
    /// let lan = lab.segment("lan", SegmentConfig::default());
    /// for last in [1, 2] {
    ///     let address = Ipv4Cidr { address: [192, 0, 2, last].into(), prefix: 24 };
    ///     let mut host = HostConfig::new(format!("host{last}"), address);
    ///     host.announce = true;
    ///     lab.host(host, lan);
    /// }
    /// let mut is_first = true;
    /// lab.fault(Fault::custom("the first frame", Box::new(move |_now, _frame| {
    ///     core::mem::take(&mut is_first).then_some(Action::Drop)
    /// })));
    /// let capture = lab.run().capture(TapPoint::Segment(lan));
    /// let told = "Fault, the first frame: dropped on the way to host2";
    /// assert_eq!(capture.frames[0].comments, [told]);
    /// ```
    pub fn fault(&mut self, fault: Fault) {
        self.sim.add_fault(fault);
    }

    /// Says that TCP connections to this port are FTP control connections;
    /// port 21 always is.
    pub fn control_port(&mut self, port: u16) {
        self.sim.add_control_port(port);
    }

    /// Unplugs all cables of a node at an instant, for a time.
    pub fn unplug(&mut self, node: NodeId, at: Instant, duration: Duration) {
        self.sim.unplug(node, at, at + duration, None);
    }

    /// The same, by a name of its own.
    fn unplug_as(&mut self, name: String, node: NodeId, at: Instant, duration: Duration) {
        self.sim.unplug(node, at, at + duration, Some(name));
    }

    /// Adds any other node, with a port on each of `segments` in that order. It
    /// hears every frame on them.
    pub fn node(&mut self, name: &str, node: Box<dyn Node>, segments: &[SegmentId]) -> NodeId {
        self.node_names.add(name, &mut self.trace.nodes);
        let id = self.sim.add_node(Station::Other(node));
        for &segment in segments {
            self.attach(id, segment, None);
        }
        id
    }

    /// Adds a router, attached to the segments of its ports.
    pub fn router(&mut self, config: &RouterConfig) -> NodeId {
        let mut config = config.clone();
        config.name = self.node_names.add(&config.name, &mut self.trace.nodes);
        let router = Box::new(Router::new(&config, self.seed));
        let id = self.sim.add_node(Station::Other(router));
        for (port, &(segment, _)) in config.ports.iter().enumerate() {
            let mac = config.mac(self.seed, port);
            self.attach(id, segment, Some(mac));
        }
        id
    }

    /// Puts an actor on a host. Its randomness derives from its name. What is no
    /// host, as a router, has no place for one: it never acts, and has failed when
    /// the lab is played.
    pub fn actor(&mut self, name: &str, home: NodeId, actor: Box<dyn Actor>) -> ActorId {
        let name = self.actor_names.add(name, &mut self.trace.actors);
        let id = ActorId(self.homes.len() as u16);
        let rng = self.seed.derive(&format!("actor/{name}"));
        match self.sim.node_mut(home) {
            Station::Host(host) => host.add_actor(id, actor, rng),
            Station::Other(_) => self.homeless.push((id, homeless(&self.trace, home))),
        }
        self.homes.push(home);
        id
    }

    /// Plays the lab to its end and keeps every frame.
    pub fn run(mut self) -> Run {
        let mut trace = core::mem::take(&mut self.trace);
        let stop = self.sim.run(&self.limits, &mut trace);
        self.end(stop, trace)
    }

    /// Plays the lab to its end and keeps nothing: `recorder` is told of every
    /// frame as it happens. The trace of the [`Run`] holds the names and no
    /// frames, and it has no losses: `recorder` is told of those as well.
    pub fn stream(mut self, recorder: &mut impl Recorder) -> Run {
        let stop = self.sim.run(&self.limits, recorder);
        let names = core::mem::take(&mut self.trace);
        self.end(stop, names)
    }

    fn end(self, stop: Stop, trace: Trace) -> Run {
        let mut reports: Vec<_> = (0..trace.nodes.len() as u32)
            .filter_map(|node| match self.sim.node(NodeId(node)) {
                Station::Host(host) => Some(host.reports()),
                Station::Other(_) => None,
            })
            .flatten()
            .chain(self.homeless)
            .collect();
        let holds = (0..trace.nodes.len() as u32)
            .map(|node| match self.sim.node(NodeId(node)) {
                Station::Host(host) => host.holds(),
                Station::Other(_) => Holds::default(),
            })
            .collect();
        reports.sort_by_key(|(id, _)| *id);
        Run {
            seed: self.seed,
            clock: self.clock,
            stop,
            ended: self.sim.now(),
            losses: Losses::of(&trace),
            trace,
            reports: reports.into_iter().map(|(_, report)| report).collect(),
            homes: self.homes,
            holds,
        }
    }
}

/// What becomes of an actor that lives on no host.
fn homeless(trace: &Trace, home: NodeId) -> Report {
    let name = trace.nodes.get(home.0 as usize).map_or("", String::as_str);
    Report {
        outcome: Outcome::Failed {
            step: 0,
            message: format!("an actor lives on a host, and `{name}` is none"),
        },
        ..Report::default()
    }
}

impl Node for Station {
    fn handle_frame(&mut self, now: Instant, port: PortId, frame: &Frame) {
        match self {
            Station::Host(host) => host.handle_frame(now, port, frame),
            Station::Other(node) => node.handle_frame(now, port, frame),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self {
            Station::Host(host) => host.handle_timeout(now),
            Station::Other(node) => node.handle_timeout(now),
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match self {
            Station::Host(host) => host.poll_transmit(now),
            Station::Other(node) => node.poll_transmit(now),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Station::Host(host) => host.poll_timeout(),
            Station::Other(node) => node.poll_timeout(),
        }
    }

    fn activity(&self) -> Activity {
        match self {
            Station::Host(host) => host.activity(),
            Station::Other(node) => node.activity(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::echo::{EchoClient, EchoServer};
    use crate::host::{Congestion, Ipv4Cidr, STACK_PERSONAS, StackPersona};
    use crate::net::SegmentKind;
    use crate::trace::Cause;

    fn cidr(last: u8) -> Ipv4Cidr {
        Ipv4Cidr {
            address: [10, 2, 0, last].into(),
            prefix: 24,
        }
    }

    /// A client on host 2 says `message` to `last`:`port`; an echo server is
    /// on host 1, port 7.
    fn echo(
        kind: SegmentKind,
        personas: [&'static StackPersona; 2],
        message: &[u8],
        to: (u8, u16),
    ) -> Run {
        let mut lab = Lab::new(Seed(1));
        let config = SegmentConfig {
            kind,
            ..SegmentConfig::default()
        };
        let lan = lab.segment("lan", config);
        let mut client = HostConfig::new("client", cidr(2));
        client.persona = personas[0];
        let mut server = HostConfig::new("server", cidr(1));
        server.persona = personas[1];
        let (client, server) = (lab.host(client, lan), lab.host(server, lan));
        let remote = ([10, 2, 0, to.0], to.1).into();
        lab.actor("say", client, Box::new(EchoClient::new(remote, message)));
        lab.actor("echo", server, Box::new(EchoServer::new(7)));
        lab.run()
    }

    fn bytes(run: &Run) -> Vec<(u64, Vec<u8>)> {
        let records = run.trace.records.iter();
        records
            .map(|r| (r.at.as_nanos(), r.frame.bytes().to_vec()))
            .collect()
    }

    #[test]
    fn every_pair_of_personas_understands_each_other() {
        let message: Vec<u8> = (0..100_000u32).map(|i| (i % 251) as u8).collect();
        for client in STACK_PERSONAS {
            for server in STACK_PERSONAS {
                for kind in [SegmentKind::Hub, SegmentKind::Switch] {
                    let run = echo(kind, [client, server], &message, (1, 7));
                    let who = format!("{} to {}, {kind:?}", client.name, server.name);
                    assert_eq!(run.stop, Stop::Finished, "{who}");
                    assert_eq!(run.reports[0].outcome, Outcome::Finished, "{who}");
                }
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let play = || echo(SegmentKind::Hub, [&crate::host::LINUX; 2], b"hello", (1, 7));
        assert_eq!(bytes(&play()), bytes(&play()));
    }

    #[test]
    fn a_frame_knows_why_it_was_sent() {
        let run = echo(SegmentKind::Hub, [&crate::host::PLAIN; 2], b"hello", (1, 7));
        let causes: Vec<Cause> = run.trace.records.iter().map(|r| r.cause).collect();
        let step = Cause::Step {
            actor: ActorId(0),
            step: 0,
        };
        assert_eq!(causes[0], step, "the ARP request");
        assert_eq!(causes[1], Cause::ReplyTo(crate::trace::FrameId(0)));
        assert_eq!(causes[2], step, "the SYN that waited for ARP");
    }

    #[test]
    fn a_dead_neighbour_is_reported_after_as_many_requests_as_the_persona_makes() {
        for client in STACK_PERSONAS {
            let run = echo(SegmentKind::Hub, [client, client], b"hello", (9, 7));
            let tries = u32::from(client.arp.tries);
            assert_eq!(run.trace.records.len(), tries as usize, "{}", client.name);
            let given_up = Instant::ZERO + client.arp.interval * tries;
            assert_eq!(run.ended, given_up, "{}", client.name);
            let Outcome::Failed { message, .. } = &run.reports[0].outcome else {
                panic!("{:?}", run.reports[0].outcome);
            };
            assert!(message.contains("Unreachable"), "{message}");
        }
    }

    #[test]
    fn windows_asks_a_closed_port_three_times() {
        let run = echo(
            SegmentKind::Hub,
            [&crate::host::WINDOWS_98, &crate::host::PLAIN],
            b"hello",
            (1, 21),
        );
        // ARP twice, then SYN and RST three times.
        assert_eq!(run.trace.records.len(), 8);
        let syns: Vec<&[u8]> = [2, 4, 6]
            .map(|i| run.trace.records[i].frame.bytes())
            .to_vec();
        // Everything from the TCP header on is the same: port, ISN, options.
        assert_eq!(syns[0][34..], syns[1][34..]);
        assert_eq!(syns[0][34..], syns[2][34..]);
    }

    /// On a switch short frames overtake long ones, which a stream must put
    /// right as a trace does.
    #[test]
    fn a_stream_writes_what_a_capture_of_the_whole_would() {
        use crate::capture::{Format, Notes, StreamWriter, TapPoint};
        for kind in [SegmentKind::Hub, SegmentKind::Switch] {
            let lab = || {
                let mut lab = Lab::new(Seed(3));
                let config = SegmentConfig {
                    kind,
                    ..SegmentConfig::default()
                };
                let lan = lab.segment("lan", config);
                let server = lab.host(HostConfig::new("server", cidr(1)), lan);
                lab.actor("echo", server, Box::new(EchoServer::new(7)));
                for last in 2..6 {
                    let name = format!("client{last}");
                    let client = lab.host(HostConfig::new(&name, cidr(last)), lan);
                    let message = vec![last; usize::from(last) * 5000];
                    let remote = ([10, 2, 0, 1], 7).into();
                    lab.actor(&name, client, Box::new(EchoClient::new(remote, message)));
                }
                lab
            };
            let mut whole = Vec::new();
            let capture = lab().run().capture(TapPoint::FIRST_SEGMENT);
            capture
                .write(&mut whole, Format::PcapNg, Notes::Omit)
                .unwrap();
            let (clock, lan) = (lab().clock, SegmentId(0));
            let mut stream = StreamWriter::new(Vec::new(), lan, clock, Format::PcapNg).unwrap();
            lab().stream(&mut stream);
            assert_eq!(stream.frames(), capture.frames.len() as u64);
            assert!(stream.finish().unwrap() == whole, "{kind:?}");
        }
    }

    /// Without congestion control the first flight fills the window; Reno
    /// begins with a few segments and doubles them (RFC 5681 §3.1).
    #[test]
    fn reno_starts_slowly() {
        let flight = |congestion: Congestion| {
            let mut lab = Lab::new(Seed(1));
            let config = SegmentConfig {
                latency: Duration::from_millis(50),
                ..SegmentConfig::default()
            };
            let lan = lab.segment("lan", config);
            let mut client = HostConfig::new("client", cidr(2));
            client.congestion = congestion;
            let client = lab.host(client, lan);
            let server = lab.host(HostConfig::new("server", cidr(1)), lan);
            let remote = ([10, 2, 0, 1], 7).into();
            let message = vec![7; 60_000];
            lab.actor("say", client, Box::new(EchoClient::new(remote, message)));
            lab.actor("echo", server, Box::new(EchoServer::new(7)));
            let run = lab.run();
            assert_eq!(run.reports[0].outcome, Outcome::Finished);
            let records = run.trace.records.iter();
            let long = |r: &&crate::trace::Record| r.frame.bytes().len() > 1000;
            let mut sent = records.filter(long).filter(|r| r.from == client).peekable();
            let first = sent.peek().expect("data").sent;
            sent.take_while(|r| r.sent == first).count()
        };
        assert_eq!(flight(Congestion::None), 41);
        let slowly = flight(Congestion::Reno);
        assert!((1..=10).contains(&slowly), "{slowly} segments at once");
    }

    #[test]
    fn who_lives_on_no_host_has_failed() {
        let mut lab = Lab::new(Seed(1));
        let lan = lab.segment("lan", SegmentConfig::default());
        let gate = lab.router(&RouterConfig::new("gate", &[(lan, cidr(1))]));
        let host = lab.host(HostConfig::new("pc", cidr(2)), lan);
        for home in [host, gate, host] {
            lab.actor("echo", home, Box::new(EchoServer::new(7)));
        }
        let run = lab.run();
        assert_eq!(run.reports.len(), 3);
        let [(ActorId(1), Outcome::Failed { message, .. })] =
            run.unfinished().collect::<Vec<_>>()[..]
        else {
            panic!("{:?}", run.reports);
        };
        assert_eq!(message, "an actor lives on a host, and `gate` is none");
    }

    /// By one name they would have one hardware address and the same numbers.
    #[test]
    fn two_of_a_name_are_told_apart() {
        let mut lab = Lab::new(Seed(1));
        let lan = lab.segment("lan", SegmentConfig::default());
        for last in [1, 2] {
            let mut host = HostConfig::new("pc", cidr(last));
            host.announce = true;
            let pc = lab.host(host, lan);
            let to = ([10, 2, 0, 3 - last], 7).into();
            lab.actor("say", pc, Box::new(EchoClient::new(to, b"hello")));
            lab.actor("echo", pc, Box::new(EchoServer::new(7)));
        }
        let run = lab.run();
        assert_eq!(run.trace.nodes, ["pc", "pc-2"]);
        assert_eq!(run.trace.actors, ["say", "echo", "say-2", "echo-2"]);
        let sources = run.trace.records.iter().map(|record| record.frame.source());
        let sources: std::collections::BTreeSet<MacAddr> = sources.collect();
        assert_eq!(sources.len(), 2, "{}", run.frames());
        assert_eq!(run.unfinished().count(), 0, "{}", run.frames());
    }

    /// What a scenario may not have by mistake, a lab may have on purpose: whoever
    /// hears of the address believes the last word.
    #[test]
    fn two_hosts_with_one_address_are_a_lesson() {
        let mut lab = Lab::new(Seed(1));
        let lan = lab.segment("lan", SegmentConfig::default());
        for name in ["this", "that"] {
            let mut host = HostConfig::new(name, cidr(1));
            host.announce = true;
            lab.host(host, lan);
        }
        let run = lab.run();
        assert_eq!(run.stop, Stop::Finished);
        let claims = run
            .trace
            .records
            .iter()
            .filter(|record| record.frame.ether_type() == 0x0806);
        let claimants: std::collections::BTreeSet<_> =
            claims.map(|claim| claim.frame.source()).collect();
        assert_eq!(claimants.len(), 2, "{}", run.frames());
    }

    #[test]
    fn a_discard_server_counts_what_it_throws_away() {
        use crate::actor::discard::{DiscardClient, DiscardServer};
        for port in [9, 10] {
            let mut lab = Lab::new(Seed(1));
            let lan = lab.segment("lan", SegmentConfig::default());
            let client = lab.host(HostConfig::new("client", cidr(2)), lan);
            let server = lab.host(HostConfig::new("server", cidr(1)), lan);
            let to = ([10, 2, 0, 1], 9).into();
            let client = lab.actor("send", client, Box::new(DiscardClient::new(to, 300_001)));
            let server = lab.actor("discard", server, Box::new(DiscardServer::new(port)));
            let run = lab.run();
            let report = |actor: ActorId| &run.reports[usize::from(actor.0)];
            let (finished, count) = match port {
                9 => (true, 300_001),
                _ => (false, 0),
            };
            assert_eq!(report(client).outcome == Outcome::Finished, finished);
            assert_eq!(report(server).lines, [format!("discarded {count} bytes")]);
            assert_eq!(run.stop, Stop::Finished);
        }
    }

    #[test]
    fn an_idle_host_changes_nobody_elses_bytes() {
        let alone = echo(SegmentKind::Hub, [&crate::host::PLAIN; 2], b"hello", (1, 7));
        let mut lab = Lab::new(Seed(1));
        let lan = lab.segment("lan", SegmentConfig::default());
        lab.host(HostConfig::new("idle", cidr(77)), lan);
        let client = lab.host(HostConfig::new("client", cidr(2)), lan);
        let server = lab.host(HostConfig::new("server", cidr(1)), lan);
        let remote = ([10, 2, 0, 1], 7).into();
        lab.actor("say", client, Box::new(EchoClient::new(remote, b"hello")));
        lab.actor("echo", server, Box::new(EchoServer::new(7)));
        assert_eq!(bytes(&lab.run()), bytes(&alone));
    }
}
