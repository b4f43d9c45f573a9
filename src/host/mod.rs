//! A simulated host: network card, neighbours, persona, and the TCP/IP stack above them.

mod address;
mod autoconf;
mod datagrams;
mod fin;
mod icmp_error;
mod interface;
mod late;
mod ndp;
mod neighbors;
mod nic;
mod path;
mod persona;
mod phy;
mod ports;
mod rare;
mod rewrite;
mod slots;
mod sockets;
mod stack;
mod stranded;
mod syn;
mod tcp_header;
mod urgent;
mod window;

use crate::actor::{Actor, Report};
use crate::net::{Activity, Node, Transmit};
use crate::rng::{Seed, Stream};
use crate::time::{Duration, Instant};
use crate::trace::{ActorId, Cause, PortId};
use crate::wire::{Frame, MacAddr};
use autoconf::Autoconf;
use icmp_error::ErrorReport;
use late::{LateUpper, Upper};
use nic::{Ingress, Nic, Notice};
use ports::Ports;
use window::Window;

pub(crate) use address::is_link_local;
pub use address::{Ipv4Cidr, Ipv6Cidr};
pub use datagrams::{PingEvent, PingHandle, UdpEvent, UdpHandle};
pub use icmp_error::IcmpError;
pub(crate) use interface::{Heard, Interface};
pub(crate) use ndp::{Discovery, router_advert};
pub use persona::{
    ArpHabits, InterfaceIdHabit, IpIdHabit, LINUX, MACOS, PLAIN, PortHabit, STACK_PERSONAS,
    StackPersona, SynOption, WINDOWS_7, WINDOWS_98, WINDOWS_XP,
};
pub use sockets::{NetworkConfig, Sockets, TcpHandle, TcpListener, TcpStatus};

/// Octets of an Ethernet II header.
pub(crate) const ETHERNET_HEADER_LEN: usize = 14;

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
    /// Its IPv6 address, if it speaks IPv6.
    pub address6: Option<Ipv6Cidr>,
    /// Where IPv6 packets for other networks go.
    pub gateway6: Option<std::net::Ipv6Addr>,
    /// It makes its IPv6 address itself, of what a router advertises (RFC
    /// 4862).
    pub autoconf: bool,
    /// Whom it asks for the addresses of names.
    pub resolver: Option<std::net::IpAddr>,
    /// The habits of its stack.
    pub persona: &'static StackPersona,
    /// The window of its sockets, if not the persona's.
    pub window: Option<u16>,
    /// How its sockets hold back on a network that loses.
    pub congestion: Congestion,
    /// Whether it speaks TCP timestamps (RFC 7323 §3), if not as the persona
    /// does.
    pub timestamps: Option<bool>,
    /// Where its ephemeral ports start, if not where the persona's do; they
    /// then count up.
    pub first_port: Option<u16>,
    /// It announces its address when the run starts (RFC 5227 §3).
    pub announce: bool,
    /// Its card passes up every frame that it hears, whoever it is for. The
    /// host drops what is not for it; a tap on the card sees it.
    pub promiscuous: bool,
    /// The longest IP packet that it sends, and the MSS that it announces with
    /// that; 1500 unless given.
    pub mtu: Option<u16>,
    /// Options in the header of every IPv4 packet that it sends: at most 40
    /// octets, a multiple of four (RFC 791 §3.1).
    pub ip_options: Vec<u8>,
}

/// How a sender adapts to what the network can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Congestion {
    /// Not at all: the receiver's window is the only limit.
    #[default]
    None,
    /// Slow start and congestion avoidance as in Reno (RFC 5681 §3.1): the
    /// first flight is small, a loss halves the window. In integers, so that it
    /// is the same everywhere. What smoltcp lacks is recovery by SACK.
    Reno,
}

impl HostConfig {
    /// A `plain` host of this name and address.
    pub fn new(name: impl Into<String>, address: Ipv4Cidr) -> HostConfig {
        HostConfig {
            name: name.into(),
            mac: None,
            address: Some(address),
            gateway: None,
            address6: None,
            gateway6: None,
            autoconf: false,
            resolver: None,
            persona: &PLAIN,
            window: None,
            congestion: Congestion::None,
            timestamps: None,
            first_port: None,
            announce: false,
            promiscuous: false,
            mtu: None,
            ip_options: Vec::new(),
        }
    }

    /// Its hardware address: the one given, or a locally administered one that
    /// derives from the seed and the name.
    pub fn mac(&self, seed: Seed) -> MacAddr {
        self.mac
            .unwrap_or_else(|| derived_mac(seed, &format!("host/{}/mac", self.name)))
    }
}

impl HostConfig {
    /// The second half of the IPv6 addresses that it makes itself: of its
    /// hardware address, or one that tells nothing of it.
    fn interface_id(&self, seed: Seed) -> [u8; 8] {
        match self.persona.interface_id {
            InterfaceIdHabit::Eui64 => eui64(self.mac(seed)),
            InterfaceIdHabit::Opaque => {
                let mut identifier = [0; 8];
                let name = format!("host/{}/interface-id", self.name);
                seed.derive(&name).fill(&mut identifier);
                identifier
            }
        }
    }

    /// The link-local address that it makes itself.
    pub fn link_local(&self, seed: Seed) -> std::net::Ipv6Addr {
        autoconf::link_local(self.interface_id(seed))
    }

    /// The address that it makes itself in a network of 64 bits.
    pub fn address_in(&self, network: std::net::Ipv6Addr, seed: Seed) -> std::net::Ipv6Addr {
        autoconf::in_network(network, self.interface_id(seed))
    }
}

/// The interface identifier of a hardware address (RFC 4291, appendix A).
fn eui64(mac: MacAddr) -> [u8; 8] {
    let [a, b, c, d, e, f] = mac.0;
    [a ^ 0x02, b, c, 0xff, 0xfe, d, e, f]
}

/// The link-local address of a hardware address.
pub(crate) fn link_local_of(mac: MacAddr) -> std::net::Ipv6Addr {
    autoconf::link_local(eui64(mac))
}

/// The locally administered address that derives from the seed and a name.
pub(crate) fn derived_mac(seed: Seed, name: &str) -> MacAddr {
    let mut octets = [0; 6];
    seed.derive(name).fill(&mut octets);
    octets[0] = octets[0] & 0xfc | 0x02;
    MacAddr(octets)
}

/// What a host holds of TCP: nothing that has ended may stay for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds {
    /// Sockets with their buffers: those of connections, until they have ended
    /// and nobody asks for them, and one for each listener.
    pub sockets: usize,
    /// What the card remembers of connections, for the sake of the persona.
    pub notes: usize,
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
    upper: LateUpper,
    ports: Ports,
    residents: Vec<Resident>,
    started: bool,
    timeout: Option<Instant>,
    /// That of its actors and its stack.
    activity: Activity,
}

/// Octets of options that an IPv4 header has room for (RFC 791 §3.1).
const MAX_IP_OPTIONS: usize = 40;

/// The least MTU that IPv4 and its options get on with (RFC 791 §3.2).
const MIN_MTU: u16 = 68 + MAX_IP_OPTIONS as u16;

/// Rounds of "actors act, stack sends" in one event: two hosts' worth of
/// loopback conversation, and far more than any exchange needs.
const MAX_ROUNDS: usize = 256;

impl Host {
    /// A host at instant 0, with nobody on it.
    pub fn new(config: &HostConfig, seed: Seed) -> Host {
        let stream = |part: &str| seed.derive(&format!("host/{}/{part}", config.name));
        let persona = config.persona;
        let timestamps = config.timestamps.unwrap_or(persona.timestamps());
        let window = config.window.unwrap_or(persona.window);
        let window = Window::new(window, persona, timestamps);
        let options = config.ip_options.iter().take(MAX_IP_OPTIONS).copied();
        let mut options: Vec<u8> = options.collect();
        options.truncate(options.len() / 4 * 4);
        Host {
            nic: Nic::new(
                config.mac(seed),
                NetworkConfig {
                    address: config.address,
                    gateway: config.gateway,
                    address6: config.address6,
                    gateway6: config.gateway6,
                    resolver: config.resolver,
                },
                config.announce,
                (persona, timestamps),
                window,
                stream("nic"),
            )
            .with_ip_options(options.clone())
            .with_autoconf(config.autoconf.then(|| {
                // RFC 4862 §5.4.2: up to a second.
                let delay = stream("autoconf").between(Duration::ZERO, Duration::from_secs(1));
                Autoconf::new(config.interface_id(seed), delay)
            })),
            upper: LateUpper::new(
                (persona, timestamps),
                (window, config.congestion),
                stream("isn").next_u64(),
                // What the card will add must have room.
                config.mtu.unwrap_or(stack::IP_MTU).max(MIN_MTU) - options.len() as u16,
            ),
            ports: Ports::new(persona.ports, config.first_port, stream("ports")),
            residents: Vec::new(),
            started: false,
            timeout: Some(Instant::ZERO),
            activity: Activity::Quiet,
        }
    }

    /// Puts an actor on the host. `rng` is the actor's own.
    pub fn add_actor(&mut self, id: ActorId, actor: Box<dyn Actor>, rng: Stream) {
        self.residents.push(Resident { id, actor, rng });
    }

    /// What it holds of TCP.
    pub fn holds(&self) -> Holds {
        Holds {
            sockets: self.upper.sockets(),
            notes: self.nic.remembered(),
        }
    }

    /// What became of each actor.
    pub fn reports(&self) -> impl Iterator<Item = (ActorId, Report)> {
        self.residents.iter().map(|r| (r.id, Report::of(&*r.actor)))
    }

    /// Lets one packet in: an error to whom it concerns, a datagram to its
    /// socket, and everything else to the stack.
    #[inline(always)]
    fn ingress(&mut self, now: Instant, packet: &[u8]) {
        let Some(segment) = tcp_header::incoming(packet) else {
            return self.take_other(now, packet);
        };
        let Upper { stack, .. } = self.upper.get(&self.nic);
        let nic = &mut self.nic;
        let mut send = |buffer: &mut Vec<u8>| nic.egress(now, buffer, None);
        stack.ingress(now, packet, Some(segment), &mut send);
        // An operating system completes a handshake before a program hears
        // of it: this ACK rides with nothing.
        if segment.is_syn_ack() {
            stack.egress(now, &mut send);
        }
    }

    /// The same of what is not TCP.
    #[inline(never)]
    fn take_other(&mut self, now: Instant, packet: &[u8]) {
        let upper = self.upper.get(&self.nic);
        let nic = &mut self.nic;
        let mut send = |buffer: &mut Vec<u8>| nic.egress(now, buffer, None);
        if let Some(report) = ErrorReport::read(packet) {
            if report.protocol == crate::wire::ip_protocol::TCP {
                upper.stack.fail_by(&report);
            }
            return upper.datagrams.fail(&report);
        }
        if !upper.datagrams.ingress(packet) {
            upper.stack.ingress(now, packet, None, &mut send);
        }
    }

    /// After something happened: the card's notices, then the actors, then
    /// what the stack has to send, until all are quiet.
    fn settle(&mut self, now: Instant) {
        for _ in 0..MAX_ROUNDS {
            if self.nic.has_notices() {
                self.pass_notices();
            }
            let (acted, cause) = self.step_actors(now);
            let nic = &mut self.nic;
            if let Some(Upper { stack, datagrams }) = self.upper.made() {
                stack.egress(now, &mut |buffer| nic.egress(now, buffer, cause));
                if datagrams.has_transmit() || stack.has_gone() {
                    self.send_datagrams(now, cause);
                }
            }
            let again = self.nic.has_looped() || acted && self.nic.has_notices();
            if !again {
                break;
            }
            self.take_looped(now);
        }
        let mut due = Instant::earliest([self.nic.poll_timeout(), self.upper.poll_timeout(now)]);
        for resident in &self.residents {
            due = Instant::earliest([due, resident.actor.poll_timeout()]);
        }
        self.timeout = due.map(|at| at.max(now));
        self.activity = if self.residents.iter().any(|r| !r.actor.is_done()) {
            Activity::Working
        } else if self.upper.is_busy() {
            Activity::Settling
        } else {
            Activity::Quiet
        };
    }

    /// Sends the datagrams that wait, and lets the card forget the connections
    /// that are gone.
    #[cold]
    fn send_datagrams(&mut self, now: Instant, cause: Option<Cause>) {
        let nic = &mut self.nic;
        let Some(Upper { stack, datagrams }) = self.upper.made() else {
            return;
        };
        while let Some(mut buffer) = datagrams.poll_transmit() {
            nic.egress_datagram(now, &mut buffer, stack.mtu(), cause);
        }
        while let Some(tuple) = stack.poll_gone() {
            nic.forget(&tuple);
        }
    }

    /// Lets in what the host has sent to itself.
    #[cold]
    fn take_looped(&mut self, now: Instant) {
        while let Some(packet) = self.nic.poll_looped() {
            self.ingress(now, &packet);
        }
    }

    #[cold]
    fn pass_notices(&mut self) {
        let Some(Upper { stack, datagrams }) = self.upper.made() else {
            return; // Nobody to notice.
        };
        while let Some(notice) = self.nic.poll_notice() {
            let nic = &self.nic;
            match notice {
                Notice::Unreachable(hop) => {
                    stack.fail(|tuple| nic.goes_through(tuple.remote.ip(), hop));
                }
                Notice::Undelivered(report) => datagrams.fail(&report),
                Notice::Unanswered(gone) => stack.fail(|tuple| *tuple == gone),
            }
        }
    }

    /// Lets every actor act; whether one did, and the step it named.
    fn step_actors(&mut self, now: Instant) -> (bool, Option<Cause>) {
        let (mut acted, mut cause) = (false, None);
        if self.residents.is_empty() {
            return (acted, cause);
        }
        let upper = self.upper.get(&self.nic);
        for resident in &mut self.residents {
            let mut sockets = Sockets {
                now,
                actor: resident.id,
                nic: &mut self.nic,
                stack: &mut upper.stack,
                datagrams: &mut upper.datagrams,
                ports: &mut self.ports,
                rng: &mut resident.rng,
                cause: &mut cause,
                acted: &mut acted,
                step: None,
            };
            resident.actor.step(now, &mut sockets);
        }
        (acted, cause)
    }
}

impl Node for Host {
    fn handle_frame(&mut self, now: Instant, _port: PortId, frame: &Frame) {
        match self.nic.ingress(now, frame) {
            Ingress::Up(packet) => self.ingress(now, packet.bytes()),
            Ingress::Consumed => {}
            // Most of what a crowd hears: that costs next to nothing.
            Ingress::Nothing => return,
        }
        self.settle(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if !core::mem::replace(&mut self.started, true) {
            self.nic.start(now);
        }
        self.nic.timeout(now);
        let is_news = self.nic.take_news();
        if let Some(upper) = self.upper.made() {
            if is_news {
                upper.stack.set_addresses(self.nic.addresses());
            }
            upper.stack.maintain(now);
        }
        self.settle(now);
    }

    fn poll_transmit(&mut self, _now: Instant) -> Option<Transmit> {
        self.nic.poll_transmit()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timeout
    }

    fn activity(&self) -> Activity {
        match self.nic.is_busy() {
            true => self.activity.max(Activity::Settling),
            false => self.activity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Outcome;
    use crate::actor::echo::EchoServer;
    use proptest::prelude::*;
    use std::net::Ipv6Addr;

    const US: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
    const THEM: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);
    const OWN_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    const THEIR_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

    /// An echo server at 10.2.0.1, port 7.
    fn server(persona: &'static StackPersona) -> Host {
        let address = Ipv4Cidr {
            address: [10, 2, 0, 1].into(),
            prefix: 24,
        };
        let mut config = HostConfig::new("server", address);
        config.mac = Some(US);
        config.persona = persona;
        config.address6 = Some(Ipv6Cidr {
            address: OWN_V6,
            prefix: 64,
        });
        let mut host = Host::new(&config, Seed(1));
        let rng = Seed(1).derive("actor");
        host.add_actor(ActorId(0), Box::new(EchoServer::new(7)), rng);
        host.handle_timeout(Instant::ZERO);
        host
    }

    fn answers(host: &mut Host, frame: &Frame) -> Vec<Frame> {
        host.handle_frame(Instant::ZERO, PortId(0), frame);
        std::iter::from_fn(|| host.poll_transmit(Instant::ZERO))
            .map(|transmit| transmit.frame)
            .collect()
    }

    fn ethernet(to: MacAddr, ether_type: u16, payload: &[u8]) -> Vec<u8> {
        [&to.0[..], &THEM.0, &ether_type.to_be_bytes(), payload].concat()
    }

    fn arp_request() -> Frame {
        let mut arp = vec![0, 1, 8, 0, 6, 4, 0, 1];
        arp.extend(THEM.0);
        arp.extend([10, 2, 0, 2]);
        arp.extend([0; 6]);
        arp.extend([10, 2, 0, 1]);
        Frame::new(&ethernet(MacAddr::BROADCAST, 0x0806, &arp))
    }

    /// A SYN to port 7, with right checksums.
    fn syn(to: MacAddr, destination: [u8; 4]) -> Vec<u8> {
        segment(to, destination, 0x040e, 9, 2)
    }

    /// A segment from this port, of this sequence number, with these flags.
    fn segment(to: MacAddr, destination: [u8; 4], from: u16, sequence: u8, flags: u8) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 2, 0, 2];
        packet.extend(destination);
        packet.extend(from.to_be_bytes());
        packet.extend([0, 7, 0, 0, 0, sequence, 0, 0, 0, 0]);
        packet.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        let header = crate::wire::checksum::compute(&packet[..20], 0);
        packet[10..12].copy_from_slice(&header.to_be_bytes());
        let (source, target) = ([10, 2, 0, 2].into(), destination.into());
        let pseudo = crate::wire::checksum::pseudo_header(source, target, 6, 20);
        let sum = crate::wire::checksum::compute(&packet[20..], pseudo.unwrap_or(0));
        packet[36..38].copy_from_slice(&sum.to_be_bytes());
        ethernet(to, 0x0800, &packet)
    }

    #[test]
    fn a_syn_is_answered_and_a_damaged_one_is_not() {
        for persona in STACK_PERSONAS {
            let mut host = server(persona);
            assert_eq!(answers(&mut host, &arp_request()).len(), 1);
            let good = syn(US, [10, 2, 0, 1]);
            for at in 14..good.len() {
                let mut bad = good.clone();
                bad[at] ^= 1;
                let answer = answers(&mut host, &Frame::new(&bad));
                assert!(answer.is_empty(), "{}: octet {at} flipped", persona.name);
            }
            assert_eq!(answers(&mut host, &Frame::new(&good)).len(), 1);
        }
    }

    /// Counts how often it is called.
    struct Witness(usize);

    impl Actor for Witness {
        fn step(&mut self, _: Instant, _: &mut Sockets<'_>) {
            self.0 += 1;
        }
        fn poll_timeout(&self) -> Option<Instant> {
            None
        }
        fn report(&self) -> Report {
            let lines = vec![self.0.to_string()];
            Report {
                lines,
                ..Report::default()
            }
        }
    }

    /// Has something to do forever, and does not say what became of it.
    struct Restless;

    impl Actor for Restless {
        fn step(&mut self, _: Instant, _: &mut Sockets<'_>) {}
        fn poll_timeout(&self) -> Option<Instant> {
            None
        }
        fn is_done(&self) -> bool {
            false
        }
    }

    #[test]
    fn who_is_not_done_has_not_finished() {
        let mut host = server(&PLAIN);
        host.add_actor(ActorId(7), Box::new(Restless), Seed(1).derive("restless"));
        let outcomes = host.reports().map(|(id, report)| (id, report.outcome));
        let restless: Vec<_> = outcomes.filter(|(id, _)| *id == ActorId(7)).collect();
        assert_eq!(restless, [(ActorId(7), Outcome::Running)]);
    }

    /// What a crowd hears must cost next to nothing.
    #[test]
    fn what_concerns_others_wakes_nobody() {
        let mut host = server(&PLAIN);
        let rng = Seed(1).derive("witness");
        host.add_actor(ActorId(1), Box::new(Witness(0)), rng);
        let called = |host: &Host| host.reports().nth(1).map(|(_, report)| report.lines);
        let mut for_another = arp_request().bytes().to_vec();
        for_another[41] = 9;
        let mut answer = for_another.clone();
        answer[21] = 2;
        let neighbour = ndp::solicit((THEIR_V6, THEM), THEIR_V6).split_off(ETHERNET_HEADER_LEN);
        for frame in [
            for_another,
            answer,
            ethernet(MacAddr::BROADCAST, 0x86dd, &neighbour),
            ethernet(MacAddr::BROADCAST, 0x88cc, &[0; 40]),
            syn(THEM, [10, 2, 0, 1]),
        ] {
            assert!(answers(&mut host, &Frame::new(&frame)).is_empty());
            assert_eq!(called(&host), Some(vec!["0".to_owned()]), "{frame:x?}");
        }
        assert_eq!(answers(&mut host, &arp_request()).len(), 1);
        assert_eq!(called(&host), Some(vec!["1".to_owned()]));
    }

    #[test]
    fn a_syn_to_a_group_or_a_stranger_takes_up_no_listener() {
        let mut host = server(&PLAIN);
        answers(&mut host, &arp_request());
        let all = MacAddr::BROADCAST;
        for (mac, ip) in [
            (all, [10, 2, 0, 255]),
            (all, [255, 255, 255, 255]),
            (all, [224, 0, 0, 1]),
            (US, [10, 2, 0, 9]),
            (THEM, [10, 2, 0, 1]),
        ] {
            assert!(
                answers(&mut host, &Frame::new(&syn(mac, ip))).is_empty(),
                "{ip:?}"
            );
        }
        assert_eq!(
            answers(&mut host, &Frame::new(&syn(US, [10, 2, 0, 1]))).len(),
            1
        );
    }

    /// A connection comes before whoever listens (RFC 9293 §3.10.7), also when
    /// the listener stands in a place that was free before it.
    #[test]
    fn a_syn_that_comes_again_opens_nothing() {
        let mut host = server(&PLAIN);
        answers(&mut host, &arp_request());
        let mut tell = |from, sequence, flags| {
            let segment = segment(US, [10, 2, 0, 1], from, sequence, flags);
            answers(&mut host, &Frame::new(&segment))
        };
        assert_eq!(tell(1038, 9, 2).len(), 1);
        assert_eq!(tell(1038, 10, 4).len(), 0, "a RST frees a place");
        assert_eq!(tell(1039, 9, 2).len(), 1);
        assert_eq!(tell(1039, 9, 2).len(), 0, "the answer has its own timer");
    }

    #[test]
    fn a_solicitation_is_answered_unless_a_router_passed_it_on() {
        let mut host = server(&PLAIN);
        let mut asked = solicitation(&[]);
        let answer = answers(&mut host, &Frame::new(&ethernet(US, 0x86dd, &asked)));
        assert_eq!(answer.len(), 1);
        assert_eq!(answer[0].destination(), THEM);
        asked[7] = 254;
        assert!(answers(&mut host, &Frame::new(&ethernet(US, 0x86dd, &asked))).is_empty());
    }

    /// ISNs are the stack's own draws, and features of smoltcp change those:
    /// this pins one, since every trace depends on them.
    #[test]
    fn the_isn_is_pinned() {
        let mut host = server(&PLAIN);
        answers(&mut host, &arp_request());
        let answer = answers(&mut host, &Frame::new(&syn(US, [10, 2, 0, 1])));
        assert_eq!(answer[0].bytes()[38..42], PINNED_ISN);
    }
    const PINNED_ISN: [u8; 4] = [194, 215, 255, 157];

    /// A neighbour solicitation, or something much like one.
    fn solicitation(flips: &[u8]) -> Vec<u8> {
        let mut packet = ndp::solicit((THEIR_V6, THEM), OWN_V6).split_off(ETHERNET_HEADER_LEN);
        for (at, flip) in flips.iter().enumerate() {
            let at = at * 7 % packet.len();
            packet[at] ^= flip & 3;
        }
        packet
    }

    proptest! {
        #[test]
        fn any_frame_at_all_is_survived(
            frames in prop::collection::vec(
                (any::<u8>(), prop::collection::vec(any::<u8>(), 0..120)), 1..40)
        ) {
            for persona in STACK_PERSONAS {
                let mut host = server(persona);
                for (kind, bytes) in &frames {
                    // Half of them are changed from something that is listened to.
                    let frame = match kind % 6 {
                        0 => bytes.clone(),
                        4 => ethernet(US, 0x86dd, bytes),
                        5 => ethernet(US, 0x86dd, &solicitation(bytes)),
                        1 => ethernet(US, 0x0800, bytes),
                        2 => ethernet(US, 0x0806, bytes),
                        _ => {
                            let mut frame = syn(US, [10, 2, 0, 1]);
                            for (at, flip) in bytes.iter().enumerate() {
                                let at = (at * 7 + 14) % frame.len();
                                frame[at] ^= flip & 1;
                            }
                            frame
                        }
                    };
                    // Sound or not: the stack itself must bear it.
                    answers(&mut host, &Frame::new(&frame));
                    answers(&mut host, &Frame::sound(&frame));
                }
                answers(&mut host, &arp_request());
                let fresh = syn(US, [10, 2, 0, 1]);
                let _ = answers(&mut host, &Frame::new(&fresh));
            }
        }
    }
}
