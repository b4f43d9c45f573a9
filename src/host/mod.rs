//! A simulated host: network card, neighbours, persona, and the TCP/IP stack above them.

mod neighbors;
mod nic;
mod persona;
mod ports;
mod rewrite;
mod sockets;
mod stack;
mod syn;
mod tcp_header;

use crate::actor::{Actor, Report};
use crate::net::{Activity, Node, Transmit};
use crate::rng::{Seed, Stream};
use crate::time::Instant;
use crate::trace::{ActorId, Cause, PortId};
use crate::wire::{Frame, MacAddr};
use nic::{Ingress, Nic, Notice};
use ports::Ports;
use stack::Stack;

pub use nic::Ipv4Cidr;
pub use persona::{
    ArpHabits, IpIdHabit, LINUX, PLAIN, PortHabit, STACK_PERSONAS, StackPersona, SynOption,
    WINDOWS_98,
};
pub use sockets::{Sockets, TcpHandle, TcpListener, TcpStatus};

/// Octets of an Ethernet II header.
const ETHERNET_HEADER_LEN: usize = 14;

/// What a host is made of.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// Its name; its randomness derives from it.
    pub name: String,
    /// Its hardware address; derived from the seed and the name if not given.
    pub mac: Option<MacAddr>,
    /// Its address. A host without one hears only what its actors cannot use.
    pub address: Option<Ipv4Cidr>,
    /// Where packets for other networks go.
    pub gateway: Option<std::net::Ipv4Addr>,
    /// The habits of its stack.
    pub persona: &'static StackPersona,
    /// The window of its sockets, if not the persona's.
    pub window: Option<u16>,
    /// Where its ephemeral ports start, if not where the persona's do; they
    /// then count up.
    pub first_port: Option<u16>,
    /// It announces its address when the run starts (RFC 5227 §3).
    pub announce: bool,
}

impl HostConfig {
    /// A `plain` host of this name and address.
    pub fn new(name: impl Into<String>, address: Ipv4Cidr) -> HostConfig {
        HostConfig {
            name: name.into(),
            mac: None,
            address: Some(address),
            gateway: None,
            persona: &PLAIN,
            window: None,
            first_port: None,
            announce: false,
        }
    }

    /// Its hardware address: the one given, or a locally administered one that
    /// derives from the seed and the name.
    pub fn mac(&self, seed: Seed) -> MacAddr {
        self.mac.unwrap_or_else(|| {
            let mut octets = [0; 6];
            seed.derive(&format!("host/{}/mac", self.name))
                .fill(&mut octets);
            octets[0] = octets[0] & 0xfc | 0x02;
            MacAddr(octets)
        })
    }
}

/// An actor on a host, with its number and its dice.
struct Resident {
    id: ActorId,
    actor: Box<dyn Actor>,
    rng: Stream,
}

/// A host: one network card, one stack, any number of actors.
pub struct Host {
    nic: Nic,
    stack: Stack,
    ports: Ports,
    residents: Vec<Resident>,
    started: bool,
    timeout: Option<Instant>,
}

/// Rounds of "actors act, stack sends" in one event: two hosts' worth of
/// loopback conversation, and far more than any exchange needs.
const MAX_ROUNDS: usize = 256;

impl Host {
    /// A host at instant 0, with nobody on it.
    pub fn new(config: &HostConfig, seed: Seed) -> Host {
        let stream = |part: &str| seed.derive(&format!("host/{}/{part}", config.name));
        let persona = config.persona;
        let window = config.window.unwrap_or(persona.window);
        Host {
            nic: Nic::new(
                config.mac(seed),
                config.address,
                config.gateway,
                config.announce,
                persona,
                stream("nic"),
            ),
            stack: Stack::new(persona, window, config.address, stream("isn").next_u64()),
            ports: Ports::new(persona.ports, config.first_port, stream("ports")),
            residents: Vec::new(),
            started: false,
            timeout: Some(Instant::ZERO),
        }
    }

    /// Puts an actor on the host. `rng` is the actor's own.
    pub fn add_actor(&mut self, id: ActorId, actor: Box<dyn Actor>, rng: Stream) {
        self.residents.push(Resident { id, actor, rng });
    }

    /// What became of each actor.
    pub fn reports(&self) -> impl Iterator<Item = (ActorId, Report)> {
        self.residents.iter().map(|r| (r.id, r.actor.report()))
    }

    /// Lets one packet into the stack.
    fn ingress(&mut self, now: Instant, packet: &[u8]) {
        let nic = &mut self.nic;
        self.stack.ingress(now, packet, &mut |buffer| {
            nic.egress(now, buffer, None);
        });
    }

    /// After something happened: the card's notices, then the actors, then
    /// what the stack has to send, until all are quiet.
    fn settle(&mut self, now: Instant) {
        for _ in 0..MAX_ROUNDS {
            self.pass_notices();
            let (acted, cause) = self.step_actors(now);
            let (nic, stack) = (&mut self.nic, &mut self.stack);
            stack.egress(now, &mut |buffer| nic.egress(now, buffer, cause));
            while let Some(tuple) = self.stack.poll_gone() {
                self.nic.forget(&tuple);
            }
            let again = self.nic.has_looped() || acted && self.nic.has_notices();
            if !again {
                break;
            }
            while let Some(packet) = self.nic.poll_looped() {
                self.ingress(now, &packet);
            }
        }
        self.timeout = [self.nic.poll_timeout(), self.stack.poll_timeout(now)]
            .into_iter()
            .chain(self.residents.iter().map(|r| r.actor.poll_timeout()))
            .flatten()
            .min()
            .map(|at| at.max(now));
    }

    fn pass_notices(&mut self) {
        while let Some(notice) = self.nic.poll_notice() {
            let nic = &self.nic;
            match notice {
                Notice::Unreachable(hop) => self
                    .stack
                    .fail(|tuple| nic.goes_through(tuple.remote.ip(), hop)),
                Notice::Unanswered(gone) => self.stack.fail(|tuple| *tuple == gone),
            }
        }
    }

    /// Lets every actor act; whether one did, and the step it named.
    fn step_actors(&mut self, now: Instant) -> (bool, Option<Cause>) {
        let (mut acted, mut cause) = (false, None);
        for resident in &mut self.residents {
            let mut sockets = Sockets {
                now,
                actor: resident.id,
                stack: &mut self.stack,
                ports: &mut self.ports,
                rng: &mut resident.rng,
                cause: &mut cause,
                acted: &mut acted,
            };
            resident.actor.step(now, &mut sockets);
        }
        (acted, cause)
    }
}

impl Node for Host {
    fn handle_frame(&mut self, now: Instant, _port: PortId, frame: &Frame) {
        if let Ingress::Up(packet) = self.nic.ingress(now, frame) {
            self.ingress(now, packet.bytes());
        }
        self.settle(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if !core::mem::replace(&mut self.started, true) {
            self.nic.start();
        }
        self.nic.timeout(now);
        self.stack.maintain(now);
        self.settle(now);
    }

    fn poll_transmit(&mut self, _now: Instant) -> Option<Transmit> {
        self.nic.poll_transmit()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    fn activity(&self) -> Activity {
        if self.residents.iter().any(|r| !r.actor.is_done()) {
            Activity::Working
        } else if self.stack.is_busy() || self.nic.is_busy() {
            Activity::Settling
        } else {
            Activity::Quiet
        }
    }
}
