//! Where the wings join: a lab is built, in Rust or from a scenario, and played; the run is read and checked.

mod run;

use crate::actor::Actor;
use crate::host::{Host, HostConfig};
use crate::net::{Activity, Node, SegmentConfig, Transmit};
use crate::rng::Seed;
use crate::sim::{Limits, Sim};
use crate::time::{Instant, Timestamp};
use crate::trace::{ActorId, NodeId, PortId, SegmentId, Trace};
use crate::wire::Frame;

pub use run::Run;

/// The trace epoch: within one, the same scenario and seed give the same bytes
/// in every release. It changes only on purpose, with a line in the changelog.
pub const TRACE_EPOCH: u32 = 1;

/// A lab: segments, nodes and actors, ready to be played.
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
}

/// A node of a lab: ours, or anybody's.
enum Station {
    Host(Box<Host>),
    Other(Box<dyn Node>),
}

impl Lab {
    /// An empty lab.
    pub fn new(seed: Seed) -> Lab {
        Lab {
            seed,
            clock: Timestamp::DEFAULT_CLOCK,
            limits: Limits::default(),
            sim: Sim::new(),
            trace: Trace::default(),
            homes: Vec::new(),
        }
    }

    /// The seed from which everything random derives.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Adds a segment.
    pub fn segment(&mut self, name: &str, config: SegmentConfig) -> SegmentId {
        self.trace.segments.push(name.to_owned());
        self.sim.add_segment(config)
    }

    /// Adds a host, attached to `segment`.
    pub fn host(&mut self, config: HostConfig, segment: SegmentId) -> NodeId {
        self.trace.nodes.push(config.name.clone());
        let host = Box::new(Host::new(&config, self.seed));
        let node = self.sim.add_node(Station::Host(host));
        self.sim.attach(node, segment, Some(config.mac(self.seed)));
        node
    }

    /// Adds any other node, with a port on each of `segments` in that order. It
    /// hears every frame on them.
    pub fn node(&mut self, name: &str, node: Box<dyn Node>, segments: &[SegmentId]) -> NodeId {
        self.trace.nodes.push(name.to_owned());
        let id = self.sim.add_node(Station::Other(node));
        for &segment in segments {
            self.sim.attach(id, segment, None);
        }
        id
    }

    /// Puts an actor on a host. Its randomness derives from its name.
    ///
    /// # Panics
    /// If `home` is not a host.
    pub fn actor(&mut self, name: &str, home: NodeId, actor: Box<dyn Actor>) -> ActorId {
        let id = ActorId(self.homes.len() as u16);
        let rng = self.seed.derive(&format!("actor/{name}"));
        match self.sim.node_mut(home) {
            Station::Host(host) => host.add_actor(id, actor, rng),
            Station::Other(_) => panic!("an actor lives on a host; node {home:?} is not one"),
        }
        self.homes.push(home);
        self.trace.actors.push(name.to_owned());
        id
    }

    /// Plays the lab to its end.
    pub fn run(mut self) -> Run {
        let mut trace = core::mem::take(&mut self.trace);
        let stop = self.sim.run(&self.limits, &mut trace);
        let mut reports: Vec<_> = (0..trace.nodes.len() as u32)
            .filter_map(|node| match self.sim.node(NodeId(node)) {
                Station::Host(host) => Some(host.reports()),
                Station::Other(_) => None,
            })
            .flatten()
            .collect();
        reports.sort_by_key(|(id, _)| *id);
        Run {
            seed: self.seed,
            clock: self.clock,
            stop,
            ended: self.sim.now(),
            trace,
            reports: reports.into_iter().map(|(_, report)| report).collect(),
            homes: self.homes,
        }
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
