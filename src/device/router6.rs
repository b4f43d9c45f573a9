//! The IPv6 half of a router: forwarding, ICMPv6 errors, and advertisements (RFC 8200, RFC 4443, RFC 4861 §6.2).

use std::net::{IpAddr, Ipv6Addr};

use super::firewall::Refusal;
use super::inspector::{Inspector, Subject};
use super::packet6::Packet6;
use super::router::{Router, RouterConfig};
use crate::host::{Discovery, Ipv6Cidr, is_link_local, router_advert};
use crate::time::{Duration, Instant};
use crate::wire::ip_protocol;

/// The IPv6 address of a router's port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port6 {
    /// Its address there, besides the link-local one.
    pub address: Ipv6Cidr,
    /// It tells the hosts there what their network is, and that it is their
    /// router.
    pub advertises: bool,
}

/// What is for this IPv6 network goes by that router; the longest prefix that
/// fits decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route6 {
    /// The network.
    pub network: Ipv6Cidr,
    /// A router on a segment that we have a port on.
    pub via: Ipv6Addr,
}

impl Route6 {
    /// Everything that has no other route goes by `via`.
    pub const fn default_via(via: Ipv6Addr) -> Route6 {
        let network = Ipv6Cidr {
            address: Ipv6Addr::UNSPECIFIED,
            prefix: 0,
        };
        Route6 { network, via }
    }
}

/// Why a packet cannot go on (RFC 4443 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Error6 {
    NoRoute,
    AddressUnreachable,
    PortUnreachable,
    /// A filter refuses it.
    Prohibited,
    TooBig(u16),
    HopLimitExceeded,
}

impl Error6 {
    /// Type, code, and the word behind the checksum.
    pub fn head(self) -> (u8, u8, u32) {
        match self {
            Error6::NoRoute => (1, 0, 0),
            Error6::Prohibited => (1, 1, 0),
            Error6::AddressUnreachable => (1, 3, 0),
            Error6::PortUnreachable => (1, 4, 0),
            Error6::TooBig(mtu) => (2, 0, u32::from(mtu)),
            Error6::HopLimitExceeded => (3, 0, 0),
        }
    }
}

/// The time between two advertisements that nobody asked for (RFC 4861 §6.2.1).
pub(super) const ADVERTISES_EVERY: Duration = Duration::from_secs(600);

impl Router {
    fn address6(&self, port: usize) -> Option<Ipv6Cidr> {
        self.interfaces.get(port)?.address6()
    }

    fn is_own6(&self, address: Ipv6Addr) -> bool {
        let mut interfaces = self.interfaces.iter();
        interfaces.any(|interface| interface.owns6(address))
    }

    /// The port on whose segment `address` is, and the length of its prefix.
    fn connected6(&self, address: Ipv6Addr) -> Option<(usize, u8)> {
        let ports = 0..self.interfaces.len();
        ports
            .filter_map(|port| Some((port, self.address6(port)?)))
            .filter(|(_, own)| own.is_network_of(address))
            .map(|(port, own)| (port, own.prefix))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The longest prefix wins; a segment of our own wins a tie.
    fn route6(&self, destination: Ipv6Addr) -> Option<(usize, Ipv6Addr)> {
        let connected = self.connected6(destination);
        let routes = self.routes6.iter();
        let route = routes
            .filter(|route| route.network.is_network_of(destination))
            .filter(|route| self.connected6(route.via).is_some())
            .reduce(
                |best, next| match next.network.prefix > best.network.prefix {
                    true => next,
                    false => best,
                },
            );
        match (connected, route) {
            (connected, Some(route))
                if connected.is_none_or(|(_, len)| route.network.prefix > len) =>
            {
                Some((self.connected6(route.via)?.0, route.via))
            }
            (Some((port, _)), _) => Some((port, destination)),
            (None, _) => None,
        }
    }

    pub(super) fn handle_ipv6(&mut self, now: Instant, port: usize, payload: &[u8]) {
        let Some(mut packet) = Packet6::parse(payload) else {
            return;
        };
        let (source, destination) = (packet.source(), packet.destination());
        let martian = source.is_multicast() || source.is_loopback() || self.is_own6(source);
        if martian || destination.is_multicast() || destination.is_loopback() {
            return;
        }
        let inspector = self.filter();
        let subject = inspector.map(|inspector| inspector.arrive(now, port, &mut packet));
        if let Some(Subject::Refused(refusal)) = subject {
            return self.refuse6(now, port, refusal, &packet);
        }
        if self.is_own6(destination) {
            return self.receive6(now, port, &packet);
        }
        // What is of one link never leaves it (RFC 4291 §2.5.6).
        if source.is_unspecified() || is_link_local(source) || is_link_local(destination) {
            return;
        }
        self.forward6(now, port, packet, subject);
    }

    /// The inspector, if it filters: IPv6 is not translated.
    fn filter(&mut self) -> Option<&mut Inspector> {
        let inspector = self.inspector.as_mut();
        inspector.filter(|inspector| inspector.firewall.is_some())
    }

    /// A packet may not pass.
    fn refuse6(&mut self, now: Instant, port: usize, refusal: Refusal, packet: &Packet6) {
        if refusal == Refusal::Drop {
            return;
        }
        if packet.protocol() != ip_protocol::TCP {
            return self.complain6(now, port, Error6::Prohibited, packet);
        }
        if let Some(reset) = packet.reset() {
            self.originate6(now, reset);
        }
    }

    /// A packet for one of our own addresses: a ping is answered, and nobody
    /// listens to anything else.
    fn receive6(&mut self, now: Instant, port: usize, packet: &Packet6) {
        let own = packet.destination();
        let answer = match packet.protocol() {
            ip_protocol::ICMPV6 => packet.echo_reply(),
            ip_protocol::UDP => packet.error(own, Error6::PortUnreachable),
            ip_protocol::TCP => packet.reset(),
            _ => None,
        };
        let Some(answer) = answer else { return };
        match is_link_local(answer.destination()) {
            true => self.send6(now, port, answer.destination(), answer),
            false => self.originate6(now, answer),
        }
    }

    fn forward6(
        &mut self,
        now: Instant,
        port: usize,
        mut packet: Packet6,
        subject: Option<Subject>,
    ) {
        let Some((out, hop)) = self.route6(packet.destination()) else {
            return self.complain6(now, port, Error6::NoRoute, &packet);
        };
        if !packet.decrement_hop_limit() {
            return self.complain6(now, port, Error6::HopLimitExceeded, &packet);
        }
        let mtu = self.mtus.get(out).copied();
        let mtu = mtu.unwrap_or(RouterConfig::MTU);
        if packet.bytes().len() > usize::from(mtu) {
            return self.complain6(now, port, Error6::TooBig(mtu), &packet);
        }
        if let (Some(inspector), Some(subject)) = (self.filter(), subject)
            && !inspector.leave(now, (port, out), subject, &mut packet)
        {
            return;
        }
        self.send6(now, out, hop, packet);
    }

    fn send6(&mut self, now: Instant, port: usize, hop: Ipv6Addr, packet: Packet6) {
        if let Some(interface) = self.interfaces.get_mut(port) {
            interface.send(now, IpAddr::V6(hop), &mut packet.into_buffer(), None);
        }
    }

    /// Tells a packet's sender, from the port it came in by.
    fn complain6(&mut self, now: Instant, port: usize, error: Error6, about: &Packet6) {
        let own = self.address6(port).map(|own| own.address);
        if let Some(message) = own.and_then(|own| about.error(own, error)) {
            self.originate6(now, message);
        }
    }

    fn originate6(&mut self, now: Instant, packet: Packet6) {
        if let Some((port, hop)) = self.route6(packet.destination()) {
            self.send6(now, port, hop, packet);
        }
    }

    /// A packet waited for a neighbour that does not answer.
    pub(super) fn unreached6(&mut self, now: Instant, port: usize, buffer: &[u8]) {
        if let Some(packet) = Packet6::from_buffer(buffer) {
            // The sender is told from the port towards it.
            let back = self.route6(packet.source()).map_or(port, |(back, _)| back);
            self.complain6(now, back, Error6::AddressUnreachable, &packet);
        }
    }

    /// Somebody asked whether there is a router on a port's segment.
    pub(super) fn answer_solicitations(&mut self, port: usize) {
        let Some(interface) = self.interfaces.get_mut(port) else {
            return;
        };
        let mut asked = false;
        while let Some(heard) = interface.poll_discovery() {
            asked |= matches!(heard, Discovery::RouterSolicit);
        }
        if asked {
            self.advertise(port);
        }
    }

    /// Tells everybody on a port's segment what their network is.
    pub(super) fn advertise(&mut self, port: usize) {
        let advertises = self.advertises.get(port) == Some(&true);
        let mtu = self.mtus.get(port).copied();
        let mtu = mtu.filter(|mtu| *mtu != RouterConfig::MTU);
        let Some(interface) = self.interfaces.get_mut(port).filter(|_| advertises) else {
            return;
        };
        if let (Some(own), Some(prefix)) = (interface.link_local(), interface.address6()) {
            let mut message = router_advert((own, interface.mac()), prefix, mtu);
            let all = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
            interface.send_to_group(all.into(), &mut message, None);
        }
    }
}
