//! A router: one interface for each segment, a table of routes, and no stack.

use std::net::{IpAddr, Ipv4Addr};

use super::control::{self, Error};
use super::firewall::{FirewallConfig, Refusal};
use super::inspected::Inspected;
use super::inspector::{Inspector, Subject};
use super::nat::{Nat, NatConfig};
use super::packet::Packet;
use super::router6::{ADVERTISES_EVERY, Port6, Route6};
use super::track::{Timeouts, Tracker};
use crate::host::{Heard, Interface, Ipv4Cidr, PLAIN, derived_mac, link_local_of};
use crate::net::{Activity, Node, Transmit};
use crate::rng::Seed;
use crate::time::Instant;
use crate::trace::{PortId, SegmentId};
use crate::wire::{Frame, MacAddr, ether_type, ip_protocol};

/// What a router is made of.
#[derive(Debug, Clone)]
pub struct RouterConfig {
    /// Its name; its hardware addresses derive from it.
    pub name: String,
    /// The segments it joins, and its address on each.
    pub ports: Vec<(SegmentId, Ipv4Cidr)>,
    /// The longest packet that leaves by each port; [`RouterConfig::MTU`] where
    /// nothing is said.
    pub mtus: Vec<u16>,
    /// Where to send what is for none of those segments.
    pub routes: Vec<Route>,
    /// The IPv6 address of each port, where it has one.
    pub ports6: Vec<Option<Port6>>,
    /// Where to send what is for no IPv6 network of ours.
    pub routes6: Vec<Route6>,
    /// Translates addresses.
    pub nat: Option<NatConfig>,
    /// Filters packets.
    pub firewall: Option<FirewallConfig>,
    /// On connections to these ports it reads FTP along: lets announced data
    /// connections in, and mends the addresses that it translates. Where a
    /// forward leads to another port, either counts. Of use only with a NAT or a
    /// firewall.
    pub ftp_helper: Vec<u16>,
    /// How long a NAT or a firewall remembers a silent conversation.
    pub timeouts: Timeouts,
}

/// What is for this network goes by that router. The longest prefix that fits
/// decides; prefix 0 fits everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The network.
    pub network: Ipv4Cidr,
    /// A router on a segment that we have a port on.
    pub via: Ipv4Addr,
}

impl Route {
    /// Everything that has no other route goes by `via`.
    pub const fn default_via(via: Ipv4Addr) -> Route {
        let network = Ipv4Cidr {
            address: Ipv4Addr::UNSPECIFIED,
            prefix: 0,
        };
        Route { network, via }
    }
}

impl RouterConfig {
    /// The longest packet that leaves by a port unless it is said.
    pub const MTU: u16 = 1500;

    /// A router that knows no more than the segments it stands on.
    pub fn new(name: impl Into<String>, ports: &[(SegmentId, Ipv4Cidr)]) -> RouterConfig {
        RouterConfig {
            name: name.into(),
            ports: ports.to_vec(),
            mtus: Vec::new(),
            routes: Vec::new(),
            ports6: Vec::new(),
            routes6: Vec::new(),
            nat: None,
            firewall: None,
            ftp_helper: Vec::new(),
            timeouts: Timeouts::default(),
        }
    }

    /// The link-local address of its port `port`.
    pub fn link_local(&self, seed: Seed, port: usize) -> std::net::Ipv6Addr {
        link_local_of(self.mac(seed, port))
    }

    /// The hardware address of its port `port`: a locally administered one
    /// that derives from the seed, the name and the port.
    pub fn mac(&self, seed: Seed, port: usize) -> MacAddr {
        derived_mac(seed, &format!("router/{}/{port}", self.name))
    }
}

/// A router.
pub struct Router {
    pub(super) interfaces: Vec<Interface>,
    pub(super) mtus: Vec<u16>,
    routes: Vec<Route>,
    pub(super) routes6: Vec<Route6>,
    /// The ports by which it advertises itself, and when it does so next.
    pub(super) advertises: Vec<bool>,
    next_advert: Option<Instant>,
    /// A NAT or a firewall remembers what passes; a plain router nothing.
    pub(super) inspector: Option<Inspector>,
    /// The identification of the next packet of its own.
    next_id: u16,
}

/// Where a packet goes next.
struct Hop {
    port: usize,
    address: Ipv4Addr,
}

impl Router {
    /// A router that has seen nothing yet.
    pub fn new(config: &RouterConfig, seed: Seed) -> Router {
        let interfaces = config.ports.iter().enumerate().map(|(port, (_, address))| {
            let id = PortId(u16::try_from(port).unwrap_or(u16::MAX));
            let mac = config.mac(seed, port);
            let mut interface = Interface::new(id, mac, Some(*address), &PLAIN.arp).of_a_relay();
            if let Some(Some(port)) = config.ports6.get(port) {
                interface.set_address6(Some(port.address));
                interface.set_link_local(Some(link_local_of(mac)));
            }
            interface
        });
        let advertises = config.ports6.iter();
        let advertises = advertises.map(|port| port.is_some_and(|port| port.advertises));
        let advertises: Vec<bool> = advertises.collect();
        let outside = |nat: &NatConfig| Some(config.ports.get(usize::from(nat.outside))?.1.address);
        let nat = config.nat.as_ref();
        let nat = nat.and_then(|nat| Some(Nat::new(nat.clone(), outside(nat)?)));
        let inspects = nat.is_some() || config.firewall.is_some();
        Router {
            interfaces: interfaces.collect(),
            mtus: config.mtus.clone(),
            routes: config.routes.clone(),
            routes6: config.routes6.clone(),
            next_advert: advertises
                .contains(&true)
                .then(|| Instant::ZERO + ADVERTISES_EVERY),
            advertises,
            inspector: inspects.then(|| Inspector {
                tracker: Tracker::new(config.timeouts),
                nat,
                firewall: config.firewall.clone(),
                ftp_ports: config.ftp_helper.clone(),
            }),
            next_id: 0,
        }
    }

    fn address(&self, port: usize) -> Option<Ipv4Cidr> {
        self.interfaces.get(port)?.address()
    }

    fn is_own(&self, address: Ipv4Addr) -> bool {
        (0..self.interfaces.len())
            .any(|port| self.address(port).is_some_and(|own| own.address == address))
    }

    /// The port on whose segment `address` is, and the length of its prefix.
    fn connected(&self, address: Ipv4Addr) -> Option<(usize, u8)> {
        (0..self.interfaces.len())
            .filter_map(|port| Some((port, self.address(port)?)))
            .filter(|(_, own)| own.contains(address))
            .map(|(port, own)| (port, own.prefix))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The longest prefix wins; a segment of our own wins a tie.
    fn route(&self, destination: Ipv4Addr) -> Option<Hop> {
        let connected = self.connected(destination);
        let route = self
            .routes
            .iter()
            .filter(|route| route.network.contains(destination))
            .filter(|route| self.connected(route.via).is_some())
            .reduce(|best, next| {
                if next.network.prefix > best.network.prefix {
                    next
                } else {
                    best
                }
            });
        match (connected, route) {
            (connected, Some(route))
                if connected.is_none_or(|(_, len)| route.network.prefix > len) =>
            {
                let (port, _) = self.connected(route.via)?;
                Some(Hop {
                    port,
                    address: route.via,
                })
            }
            (Some((port, _)), _) => Some(Hop {
                port,
                address: destination,
            }),
            (None, _) => None,
        }
    }

    /// It means everybody on one of our segments: nothing for us, and never to
    /// be forwarded (RFC 2644).
    fn is_broadcast(&self, address: Ipv4Addr) -> bool {
        let mut own = (0..self.interfaces.len()).filter_map(|port| self.address(port));
        own.any(|own| own.broadcast() == address)
    }

    fn handle_ipv4(&mut self, now: Instant, port: usize, payload: &[u8]) {
        let Some(mut packet) = Packet::parse(payload) else {
            return;
        };
        let (source, destination) = (packet.source(), packet.destination());
        // RFC 1812 §5.3.7: addresses that no packet on its way can have.
        let martian = source.is_multicast() || source.is_broadcast() || source.is_loopback();
        let group = destination.is_multicast()
            || destination.is_broadcast()
            || destination.is_loopback()
            || self.is_broadcast(destination);
        if martian || group || self.is_own(source) {
            return;
        }
        let inspector = self.inspector.as_mut();
        let subject = inspector.map(|inspector| inspector.arrive(now, port, &mut packet));
        if let Some(Subject::Refused(refusal)) = subject {
            return self.refuse(now, port, refusal, &packet);
        }
        match self.is_own(packet.destination()) {
            true => self.receive(now, packet),
            false => self.forward(now, port, packet, subject),
        }
    }

    /// A packet for one of our own addresses: a ping is answered, and nobody
    /// listens to anything else.
    fn receive(&mut self, now: Instant, packet: Packet) {
        let (own, id) = (packet.destination(), self.id());
        let answer = match packet.protocol() {
            ip_protocol::ICMP => control::echo_reply(own, id, &packet),
            ip_protocol::UDP => control::error(own, id, Error::PortUnreachable, &packet),
            ip_protocol::TCP if packet.tcp_is_intact() => control::reset(id, &packet),
            _ => None,
        };
        self.originate(now, answer);
    }

    /// A packet may not pass.
    fn refuse(&mut self, now: Instant, port: usize, refusal: Refusal, packet: &Packet) {
        if refusal == Refusal::Drop {
            return;
        }
        if packet.protocol() == ip_protocol::TCP {
            let id = self.id();
            self.originate(now, control::reset(id, packet));
        } else {
            self.complain(now, port, Error::Prohibited, packet);
        }
    }

    fn forward(&mut self, now: Instant, port: usize, mut packet: Packet, subject: Option<Subject>) {
        let Some(hop) = self.route(packet.destination()) else {
            return self.complain(now, port, Error::NetUnreachable, &packet);
        };
        if !packet.decrement_ttl() {
            return self.complain(now, port, Error::TimeExceeded, &packet);
        }
        // Nothing is cut here: every host of ours sets DF, as real ones do.
        let mtu = self.mtus.get(hop.port).copied();
        let mtu = mtu.unwrap_or(RouterConfig::MTU);
        if packet.bytes().len() > usize::from(mtu) {
            return self.complain(now, port, Error::TooBig(mtu), &packet);
        }
        if let (Some(inspector), Some(subject)) = (&mut self.inspector, subject)
            && !inspector.leave(now, (port, hop.port), subject, &mut packet)
        {
            return;
        }
        self.send(now, hop, packet);
    }

    fn send(&mut self, now: Instant, hop: Hop, packet: Packet) {
        if let Some(interface) = self.interfaces.get_mut(hop.port) {
            interface.send(
                now,
                IpAddr::V4(hop.address),
                &mut packet.into_buffer(),
                None,
            );
        }
    }

    /// Tells a packet's sender, from the port it came in by.
    fn complain(&mut self, now: Instant, port: usize, error: Error, about: &Packet) {
        let id = self.id();
        let own = self.address(port);
        let message = own.and_then(|own| control::error(own.address, id, error, about));
        self.originate(now, message);
    }

    /// Sends a packet of our own, if there is a way.
    fn originate(&mut self, now: Instant, packet: Option<Packet>) {
        let Some(mut packet) = packet else { return };
        if let Some(inspector) = &mut self.inspector {
            inspector.translate_own_error(now, &mut packet);
        }
        if let Some(hop) = self.route(packet.destination()) {
            self.send(now, hop, packet);
        }
    }

    fn id(&mut self) -> u16 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }
}

impl Node for Router {
    fn handle_frame(&mut self, now: Instant, port: PortId, frame: &Frame) {
        let port = usize::from(port.0);
        let Some(interface) = self.interfaces.get_mut(port) else {
            return;
        };
        let heard = interface.ingress(now, frame);
        // A packet in a frame for everybody is not to be forwarded.
        let is_mine = !frame.destination().is_multicast();
        match heard {
            Heard::Packet(ether_type::IPV4, packet) if is_mine => {
                self.handle_ipv4(now, port, packet);
            }
            Heard::Packet(ether_type::IPV6, packet) if is_mine => {
                self.handle_ipv6(now, port, packet);
            }
            Heard::Resolution => self.answer_solicitations(port),
            Heard::Packet(..) | Heard::Nothing => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.next_advert.is_some_and(|at| at <= now) {
            self.next_advert = Some(now + ADVERTISES_EVERY);
            (0..self.interfaces.len()).for_each(|port| self.advertise(port));
        }
        for port in 0..self.interfaces.len() {
            while let Some(unreached) = self.interfaces[port].poll_unreached(now) {
                for waiting in unreached.packets {
                    if unreached.hop.is_ipv6() {
                        self.unreached6(now, port, &waiting.buffer);
                    } else if let Some(packet) = Packet::from_buffer(&waiting.buffer) {
                        // The sender is told from the port towards it.
                        let back = self.route(packet.source()).map_or(port, |hop| hop.port);
                        self.complain(now, back, Error::HostUnreachable, &packet);
                    }
                }
            }
        }
    }

    fn poll_transmit(&mut self, _now: Instant) -> Option<Transmit> {
        self.interfaces
            .iter_mut()
            .find_map(Interface::poll_transmit)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let timeouts = self.interfaces.iter().filter_map(Interface::poll_timeout);
        timeouts.chain(self.next_advert).min()
    }

    /// That it will advertise itself again keeps no run going.
    fn activity(&self) -> Activity {
        let mut timeouts = self.interfaces.iter().map(Interface::poll_timeout);
        match timeouts.any(|timeout| timeout.is_some()) {
            true => Activity::Settling,
            false => Activity::Quiet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cidr(address: [u8; 4], prefix: u8) -> Ipv4Cidr {
        let address = address.into();
        Ipv4Cidr { address, prefix }
    }

    fn config() -> RouterConfig {
        let lan = (SegmentId(0), cidr([192, 168, 1, 1], 24));
        let wan = (SegmentId(1), cidr([203, 0, 113, 1], 24));
        RouterConfig::new("gateway", &[lan, wan])
    }

    fn router() -> Router {
        let mut config = config();
        config.routes = vec![
            Route::default_via([203, 0, 113, 254].into()),
            Route {
                network: cidr([10, 0, 0, 0], 8),
                via: [192, 168, 1, 9].into(),
            },
            Route {
                network: cidr([192, 168, 1, 128], 25),
                via: [203, 0, 113, 9].into(),
            },
        ];
        Router::new(&config, Seed(1))
    }

    #[test]
    fn the_longest_prefix_wins() {
        let router = router();
        let way = |to: [u8; 4]| {
            let hop = router.route(to.into()).expect("there is a default");
            (hop.port, hop.address.octets())
        };
        assert_eq!(way([192, 168, 1, 7]), (0, [192, 168, 1, 7]));
        assert_eq!(way([192, 168, 1, 200]), (1, [203, 0, 113, 9]));
        assert_eq!(way([10, 1, 2, 3]), (0, [192, 168, 1, 9]));
        assert_eq!(way([8, 8, 8, 8]), (1, [203, 0, 113, 254]));
        assert!(
            Router::new(&config(), Seed(1))
                .route([8, 8, 8, 8].into())
                .is_none()
        );
    }

    const THEM: MacAddr = MacAddr([2, 0, 0, 0, 0, 9]);

    fn ethernet(to: MacAddr, kind: u16, payload: &[u8]) -> Frame {
        Frame::new(&[&to.0[..], &THEM.0, &kind.to_be_bytes(), payload].concat())
    }

    fn arp(to: MacAddr, operation: u8, sender: [u8; 4], target: [u8; 4]) -> Frame {
        let mut arp = vec![0, 1, 8, 0, 6, 4, 0, operation];
        arp.extend(THEM.0);
        arp.extend(sender);
        arp.extend([0; 6]);
        arp.extend(target);
        ethernet(to, ether_type::ARP, &arp)
    }

    /// What the router sends, by port, after hearing `frame` on port 0.
    fn answers(router: &mut Router, frame: &Frame) -> Vec<(u16, Frame)> {
        router.handle_frame(Instant::ZERO, PortId(0), frame);
        std::iter::from_fn(|| router.poll_transmit(Instant::ZERO))
            .map(|transmit| (transmit.port.0, transmit.frame))
            .collect()
    }

    /// An echo request of the host 192.168.1.7.
    fn ping(to: [u8; 4], ttl: u8) -> Packet {
        let mut message = vec![8, 0, 0, 0, 0, 1, 0, 1, b'x'];
        let sum = crate::wire::checksum::compute(&message, 0);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        let source = [192, 168, 1, 7].into();
        let mut packet = Packet::new(source, to.into(), 1, ip_protocol::ICMP, &message);
        while packet.ttl() > ttl {
            packet.decrement_ttl();
        }
        packet
    }

    #[test]
    fn a_router_answers_forwards_and_complains() {
        let mut router = Router::new(&config(), Seed(1));
        let (lan, wan) = (config().mac(Seed(1), 0), config().mac(Seed(1), 1));
        assert_ne!(lan, wan);
        let request = arp(MacAddr::BROADCAST, 1, [192, 168, 1, 7], [192, 168, 1, 1]);
        assert_eq!(answers(&mut router, &request).len(), 1);

        let mut hear = |packet: &Packet| {
            let frame = ethernet(lan, ether_type::IPV4, packet.bytes());
            answers(&mut router, &frame)
        };
        let icmp = |frames: &[(u16, Frame)]| {
            let [(port, frame)] = frames else {
                panic!("{} frames", frames.len())
            };
            let packet = Packet::parse(&frame.bytes()[14..]).expect("IPv4");
            let message = packet.icmp().expect("ICMP");
            assert!(crate::wire::checksum::is_right(packet.payload(), 0));
            assert_eq!(packet.source(), Ipv4Addr::new(192, 168, 1, 1));
            (*port, message.kind(), message.code())
        };
        assert_eq!(icmp(&hear(&ping([192, 168, 1, 1], 64))), (0, 0, 0));
        assert_eq!(icmp(&hear(&ping([203, 0, 113, 5], 1))), (0, 11, 0));
        assert_eq!(icmp(&hear(&ping([8, 8, 8, 8], 64))), (0, 3, 0));
        // The far side of the router answers as well, under its own name.
        assert_eq!(hear(&ping([203, 0, 113, 1], 64)).len(), 1);
        assert!(hear(&ping([192, 168, 1, 255], 64)).is_empty());
        assert!(hear(&ping([203, 0, 113, 255], 64)).is_empty());

        // Somebody beyond: first ARP on that side, then the packet, or the news
        // that nobody is there.
        let asks = hear(&ping([203, 0, 113, 5], 64));
        assert_eq!((asks[0].0, asks[0].1.ether_type()), (1, ether_type::ARP));
        while let Some(at) = router.poll_timeout() {
            router.handle_timeout(at);
        }
        let late: Vec<_> = std::iter::from_fn(|| router.poll_transmit(Instant::ZERO))
            .map(|transmit| (transmit.port.0, transmit.frame))
            .collect();
        assert_eq!(late.len(), 3, "two more requests, one ICMP");
        assert_eq!(icmp(&late[..1]), (0, 3, 1));
    }

    /// A PORT command that opens a connection, all in one segment.
    fn command() -> Vec<u8> {
        let mut tcp = vec![
            4, 1, 0, 21, 0, 0, 0, 9, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0,
        ];
        tcp.extend(b"PORT 192,168,1,7,4,2\r\n");
        let (source, to) = ([192, 168, 1, 7].into(), [203, 0, 113, 5].into());
        let mut packet = Packet::new(source, to, 1, ip_protocol::TCP, &tcp);
        packet.set_tcp_payload(&tcp[20..]);
        packet.bytes().to_vec()
    }

    fn unreachable(about: &[u8]) -> Vec<u8> {
        let about = Packet::parse(about).expect("a packet");
        let message = control::error([203, 0, 113, 5].into(), 1, Error::PortUnreachable, &about);
        message.expect("may be answered").bytes().to_vec()
    }

    proptest! {
        #[test]
        fn any_frame_at_all_is_survived(
            frames in prop::collection::vec(
                (any::<u8>(), prop::collection::vec(any::<u8>(), 0..120)), 1..40)
        ) {
            let mut config = self::config();
            let mode = frames.first().map_or(0, |frame| frame.0 / 4 % 4);
            if mode & 1 != 0 {
                config.nat = Some(NatConfig::new(1));
                config.ftp_helper = vec![21];
            }
            if mode & 2 != 0 {
                config.firewall = Some(FirewallConfig::new(1, Refusal::Reject));
            }
            let mut router = Router::new(&config, Seed(1));
            let lan = config.mac(Seed(1), 0);
            for (kind, bytes) in &frames {
                let frame = match kind % 4 {
                    0 => Frame::new(bytes),
                    1 => ethernet(lan, ether_type::IPV4, bytes),
                    2 => ethernet(lan, ether_type::ARP, bytes),
                    _ => {
                        let mut packet = ping([203, 0, 113, 5], 64).bytes().to_vec();
                        // An echo, a command to port 21, an error about either.
                        match bytes.len() % 3 {
                            0 => {}
                            1 => packet = command(),
                            _ => packet = unreachable(&packet),
                        }
                        for (at, flip) in bytes.iter().enumerate() {
                            let at = at * 7 % packet.len();
                            packet[at] ^= flip & 1;
                        }
                        ethernet(lan, ether_type::IPV4, &packet)
                    }
                };
                answers(&mut router, &frame);
            }
            while let Some(at) = router.poll_timeout() {
                router.handle_timeout(at);
            }
            while router.poll_transmit(Instant::ZERO).is_some() {}
        }
    }
}
