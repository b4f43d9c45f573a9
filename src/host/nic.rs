//! The network card: the persona's rewriting, SYN retries, routing, and what never reaches the stack.
//!
//! It knows nothing of the stack: IP packets come down and go up as bytes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet};

use super::ETHERNET_HEADER_LEN;
use super::address::is_link_local;
use super::autoconf::Autoconf;
use super::icmp_error::{ErrorReport, IcmpError};
use super::interface::{Heard, Interface};
use super::persona::StackPersona;
use super::rare::Rare;
use super::rewrite::Rewriter;
use super::sockets::NetworkConfig;
use super::stack::Addresses;
use super::syn::{self, SynRetries};
use super::tcp_header::{
    TcpPacket, Tuple, fill_checksum, flag, insert_ip_options, ipv4_destination,
};
use super::urgent::Urgency;
use super::window::Window;
use crate::net::Transmit;
use crate::rng::Stream;
use crate::time::Instant;
use crate::trace::{Cause, PortId};
use crate::wire::{Frame, MacAddr, ether_type, ip_protocol};

/// What becomes of a frame that arrives.
#[derive(Debug)]
pub(super) enum Ingress<'a> {
    /// An IP packet for the stack, changed by the persona or as it came.
    Up(Packet<'a>),
    /// The card dealt with it, or it was damaged.
    Consumed,
    /// It concerns somebody else: everything is as it was.
    Nothing,
}

/// A packet on its way up.
#[derive(Debug)]
pub(super) enum Packet<'a> {
    Borrowed(&'a [u8]),
    Rewritten(Vec<u8>),
}

impl Packet<'_> {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Packet::Borrowed(bytes) => bytes,
            Packet::Rewritten(bytes) => bytes,
        }
    }
}

/// What the card tells the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// The next hop towards this address does not answer, or there is none.
    Unreachable(IpAddr),
    /// A packet could not leave.
    Undelivered(ErrorReport),
    /// Nobody answered this connection's SYNs.
    Unanswered(Tuple),
}

/// One network card.
pub(super) struct Nic {
    interface: Interface,
    gateway: Option<Ipv4Addr>,
    gateway6: Option<Ipv6Addr>,
    resolver: Option<IpAddr>,
    announce: bool,
    /// It makes its IPv6 address itself.
    autoconf: Option<Box<Autoconf>>,
    /// Its addresses are others than the stack knows.
    is_news: bool,
    rewriter: Rewriter,
    syns: SynRetries,
    urgency: Urgency,
    /// Connections whose handshake is never completed.
    half_open: BTreeSet<Tuple>,
    /// Packets to our own address: they never see the wire.
    looped: Rare<Vec<u8>>,
    notices: Rare<Notice>,
    /// Written into every IPv4 header.
    ip_options: Box<[u8]>,
}

/// Packets of a host to itself that may wait at once.
const MAX_LOOPED: usize = 1024;

impl Nic {
    pub fn new(
        mac: MacAddr,
        network: NetworkConfig,
        announce: bool,
        (persona, timestamps): (&'static StackPersona, bool),
        window: Window,
        rng: Stream,
    ) -> Nic {
        let mut interface = Interface::new(PortId(0), mac, network.address, &persona.arp);
        interface.set_address6(network.address6);
        Nic {
            interface,
            gateway: network.gateway,
            gateway6: network.gateway6,
            resolver: network.resolver,
            announce,
            autoconf: None,
            is_news: false,
            rewriter: Rewriter::new((persona, timestamps), window, rng),
            syns: SynRetries::new(persona),
            urgency: Urgency::default(),
            half_open: BTreeSet::new(),
            looped: Rare::default(),
            notices: Rare::default(),
            ip_options: Box::default(),
        }
    }

    /// A card that writes these options into every IPv4 header.
    pub fn with_ip_options(self, ip_options: Vec<u8>) -> Nic {
        Nic {
            ip_options: ip_options.into(),
            ..self
        }
    }

    /// A card that makes its IPv6 address itself.
    pub fn with_autoconf(self, autoconf: Option<Autoconf>) -> Nic {
        let autoconf = autoconf.map(Box::new);
        Nic { autoconf, ..self }
    }

    /// Its IPv6 address may still come.
    pub fn is_configuring(&self) -> bool {
        self.autoconf
            .as_ref()
            .is_some_and(|autoconf| autoconf.is_under_way())
    }

    /// What the card knows of its network.
    pub fn network(&self) -> NetworkConfig {
        NetworkConfig {
            address: self.interface.address(),
            gateway: self.gateway,
            address6: self.interface.address6(),
            gateway6: self.gateway6,
            resolver: self.resolver,
        }
    }

    /// Its addresses have become others by themselves.
    pub fn take_news(&mut self) -> bool {
        core::mem::take(&mut self.is_news)
    }

    /// What was heard of routers, and of an address that is tried out.
    fn discover(&mut self, now: Instant) {
        while let Some(heard) = self.interface.poll_discovery() {
            if let Some(autoconf) = &mut self.autoconf {
                autoconf.hear(now, heard, &mut self.interface);
                self.gateway6 = autoconf.gateway;
            }
        }
    }

    pub fn mac(&self) -> MacAddr {
        self.interface.mac()
    }

    /// Its addresses.
    pub fn addresses(&self) -> Addresses {
        Addresses {
            v4: self.interface.address(),
            v6: self.interface.address6(),
            link_local: self.interface.link_local(),
        }
    }

    pub fn resolver(&self) -> Option<IpAddr> {
        self.resolver
    }

    pub fn configure(&mut self, network: NetworkConfig) {
        self.interface.set_address(network.address);
        self.interface.set_address6(network.address6);
        self.gateway = network.gateway;
        self.gateway6 = network.gateway6;
        self.resolver = network.resolver;
    }

    /// A frame that somebody else has made.
    pub fn inject(&mut self, frame: Frame, cause: Option<Cause>) {
        self.interface.inject(frame, cause);
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.interface.poll_transmit()
    }

    pub fn poll_looped(&mut self) -> Option<Vec<u8>> {
        self.looped.pop()
    }

    pub fn has_looped(&self) -> bool {
        !self.looped.is_empty()
    }

    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop()
    }

    pub fn has_notices(&self) -> bool {
        !self.notices.is_empty()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let autoconf = self
            .autoconf
            .as_ref()
            .and_then(|autoconf| autoconf.poll_timeout());
        Instant::earliest([
            self.interface.poll_timeout(),
            self.syns.poll_timeout(),
            autoconf,
        ])
    }

    /// Something of the card's own is under way.
    pub fn is_busy(&self) -> bool {
        self.interface.is_busy() || self.is_configuring()
    }

    /// The connection is gone from the stack.
    pub fn forget(&mut self, tuple: &Tuple) {
        self.rewriter.forget(tuple);
        self.syns.forget(tuple);
        self.urgency.forget(tuple);
        self.half_open.remove(tuple);
    }

    /// How much is remembered of connections, by whatever remembers them.
    pub fn remembered(&self) -> usize {
        let habits = self.rewriter.remembered() + self.syns.remembered();
        habits + self.urgency.remembered() + self.half_open.len()
    }

    /// Never completes the handshake of this connection.
    pub fn leave_half_open(&mut self, tuple: Tuple) {
        self.half_open.insert(tuple);
    }

    /// The last byte written on this connection is urgent data.
    pub fn mark_urgent(&mut self, tuple: Tuple) {
        self.urgency.mark(tuple);
    }

    /// Some connection has sent urgent data: what is written after it counts.
    pub fn has_urgent(&self) -> bool {
        !self.urgency.is_empty()
    }

    /// So many ordinary bytes have been written on this connection.
    pub fn wrote(&mut self, tuple: &Tuple, count: usize) {
        self.urgency.wrote(tuple, count);
    }

    /// The host starts: a card that announces itself does so (RFC 5227 §3).
    pub fn start(&mut self, now: Instant) {
        if self.announce {
            self.interface.announce();
        }
        if let Some(autoconf) = &mut self.autoconf {
            autoconf.start(now);
        }
    }

    /// A frame has arrived.
    pub fn ingress<'a>(&mut self, now: Instant, frame: &'a Frame) -> Ingress<'a> {
        match self.interface.ingress(now, frame) {
            Heard::Packet(ether_type::IPV4, packet) => self.handle_ipv4(now, frame, packet),
            Heard::Packet(_, packet) => self.handle_ipv6(now, frame, packet),
            Heard::Resolution => {
                self.discover(now);
                Ingress::Consumed
            }
            Heard::Nothing => Ingress::Nothing,
        }
    }

    /// An IPv4 packet goes up if it is whole, sound, from a possible source
    /// and to one of our addresses. A group or broadcast address is ours only
    /// for what is not TCP: a SYN to a broadcast address would take up a
    /// listener (RFC 1122 §4.2.3.10).
    fn handle_ipv4<'a>(
        &mut self,
        now: Instant,
        frame: &'a Frame,
        payload: &'a [u8],
    ) -> Ingress<'a> {
        let own = self.interface.address();
        let Ok(ip) = Ipv4Packet::new_checked(payload) else {
            return Ingress::Consumed;
        };
        let (source, destination) = (ip.src_addr(), ip.dst_addr());
        let martian = source.is_multicast()
            || source.is_broadcast()
            || source.is_loopback()
            || own.is_some_and(|own| source == own.address);
        let is_tcp = u8::from(ip.next_header()) == ip_protocol::TCP;
        let is_for_us = match own {
            Some(own) if destination == own.address => true,
            _ if is_tcp => false,
            own => {
                destination.is_multicast()
                    || destination.is_broadcast()
                    || own.is_some_and(|own| destination == own.broadcast())
            }
        };
        if ip.version() != 4 || martian || !is_for_us {
            return Ingress::Consumed;
        }
        if !frame.is_sound() && !is_intact(&ip) {
            return Ingress::Consumed;
        }
        let packet = &payload[..usize::from(ip.total_len())];
        self.pass_up(now, packet, is_tcp.then_some(usize::from(ip.header_len())))
    }

    /// An IPv6 packet goes up under the same conditions, but to our own
    /// address only: no group that we are in carries anything but discovery.
    #[inline(never)]
    fn handle_ipv6<'a>(
        &mut self,
        now: Instant,
        frame: &'a Frame,
        payload: &'a [u8],
    ) -> Ingress<'a> {
        let Ok(ip) = Ipv6Packet::new_checked(payload) else {
            return Ingress::Consumed;
        };
        let source = ip.src_addr();
        let martian = source.is_multicast()
            || source.is_loopback()
            || source.is_unspecified()
            || self.interface.owns6(source);
        if ip.version() != 6 || martian || !self.interface.owns6(ip.dst_addr()) {
            return Ingress::Consumed;
        }
        if !frame.is_sound() && !is_intact_v6(&ip) {
            return Ingress::Consumed;
        }
        let is_tcp = ip.next_header() == IpProtocol::Tcp;
        let packet = &payload[..ip.total_len()];
        self.pass_up(now, packet, is_tcp.then_some(ip.header_len()))
    }

    /// A packet for us, on its way to the stack: the persona and the SYN
    /// retries look at TCP's first. `tcp` is where its header starts.
    #[inline(always)]
    fn pass_up<'a>(&mut self, now: Instant, packet: &'a [u8], tcp: Option<usize>) -> Ingress<'a> {
        let flags = tcp.and_then(|header| packet.get(header + 13));
        let concerns_syns = flags.is_some_and(|flags| flags & (flag::SYN | flag::RST) != 0);
        if concerns_syns && (self.syns.is_active() || self.rewriter.watches_ingress()) {
            return self.pass_up_syn(now, packet, flags.copied().unwrap_or(0));
        }
        Ingress::Up(Packet::Borrowed(packet))
    }

    /// The same of a SYN or a RST.
    #[cold]
    fn pass_up_syn<'a>(&mut self, now: Instant, packet: &'a [u8], flags: u8) -> Ingress<'a> {
        let mut copy = packet.to_vec();
        if let Some(tcp) = TcpPacket::parse(&mut copy) {
            let tuple = tcp.incoming();
            if flags & flag::RST != 0 {
                if self.syns.swallow_reset(now, &tuple) {
                    return Ingress::Consumed;
                }
            } else {
                self.syns.forget(&tuple);
            }
        }
        self.rewriter.ingress(&mut copy);
        Ingress::Up(Packet::Rewritten(copy))
    }

    /// A packet of the stack goes down. `buffer` holds room for an Ethernet
    /// header, then the packet.
    #[inline(always)]
    pub fn egress(&mut self, now: Instant, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        let looks = !self.half_open.is_empty() || self.syns.is_active() || !self.urgency.is_empty();
        if looks && self.swallows(now, buffer) {
            return;
        }
        self.output(now, buffer, cause);
    }

    /// A segment may be one that the card sends in its own way, or not at all: true if it
    /// does not leave now.
    #[inline(never)]
    fn swallows(&mut self, now: Instant, buffer: &mut [u8]) -> bool {
        if !self.half_open.is_empty()
            && let Some(tcp) = TcpPacket::parse(&mut buffer[ETHERNET_HEADER_LEN..])
            && tcp.flags() == flag::ACK
            && self.half_open.contains(&tcp.outgoing())
        {
            return true;
        }
        if self.syns.is_active()
            && let Some(tcp) = TcpPacket::parse(&mut buffer[ETHERNET_HEADER_LEN..])
            && tcp.flags() & (flag::SYN | flag::ACK) == flag::SYN
        {
            let (tuple, sequence) = (tcp.outgoing(), tcp.sequence());
            if self.syns.outgoing(now, tuple, sequence, buffer) == syn::Outgoing::Swallow {
                return true;
            }
        }
        if !self.urgency.is_empty()
            && let Some(mut tcp) = TcpPacket::parse(&mut buffer[ETHERNET_HEADER_LEN..])
        {
            self.urgency.egress(&mut tcp);
        }
        false
    }

    /// Sends a datagram, if it is not longer than a packet may be here: nobody
    /// cuts it, and it does not learn of narrow paths, so that whoever asks how
    /// wide one is with pings is answered each time.
    pub fn egress_datagram(
        &mut self,
        now: Instant,
        buffer: &mut Vec<u8>,
        mtu: usize,
        cause: Option<Cause>,
    ) {
        if buffer.len() > ETHERNET_HEADER_LEN + mtu {
            return self.undelivered(IcmpError::TooBig, buffer);
        }
        self.egress(now, buffer, cause);
    }

    /// Gives a packet its persona and finds out where it goes.
    #[inline(always)]
    fn output(&mut self, now: Instant, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        if let Some(destination) = ipv4_destination(&buffer[ETHERNET_HEADER_LEN..])
            && let Some(mac) = self.interface.same_as_last(now, destination)
        {
            self.dress(now, buffer);
            return self.interface.transmit_v4(mac, buffer, cause);
        }
        self.output_elsewhere(now, buffer, cause);
    }

    /// The same of a packet that goes elsewhere than the last one.
    #[inline(never)]
    fn output_elsewhere(&mut self, now: Instant, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        let Some(destination) = ipv4_destination(&buffer[ETHERNET_HEADER_LEN..]) else {
            return self.output_v6(now, buffer, cause);
        };
        let own = self.interface.address();
        let is_own = own.is_some_and(|own| destination == own.address);
        if is_own || destination.is_loopback() {
            if self.looped.len() < MAX_LOOPED {
                self.looped.push(buffer.split_off(ETHERNET_HEADER_LEN));
            }
            return;
        }
        self.dress(now, buffer);
        if self
            .interface
            .send_to_group(destination.into(), buffer, cause)
        {
            return;
        }
        let Some(next_hop) = self.next_hop(destination) else {
            self.undelivered(IcmpError::NetUnreachable, buffer);
            self.notices
                .push(Notice::Unreachable(IpAddr::V4(destination)));
            return;
        };
        self.interface.send(now, next_hop.into(), buffer, cause);
        self.interface.note_way(now, destination, next_hop);
    }

    /// Gives an IPv4 packet the face of the persona, and what is filled in last.
    #[inline(always)]
    fn dress(&mut self, now: Instant, buffer: &mut Vec<u8>) {
        self.rewriter.egress(now, buffer);
        if !self.ip_options.is_empty() {
            insert_ip_options(buffer, ETHERNET_HEADER_LEN, &self.ip_options);
        }
        fill_checksum(&mut buffer[ETHERNET_HEADER_LEN..]);
    }

    fn output_v6(&mut self, now: Instant, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        let Ok(ip) = Ipv6Packet::new_checked(&buffer[ETHERNET_HEADER_LEN..]) else {
            return;
        };
        if ip.version() != 6 {
            return;
        }
        let destination = ip.dst_addr();
        if self.interface.owns6(destination) || destination.is_loopback() {
            if self.looped.len() < MAX_LOOPED {
                self.looped.push(buffer.split_off(ETHERNET_HEADER_LEN));
            }
            return;
        }
        self.rewriter.egress(now, buffer);
        fill_checksum(&mut buffer[ETHERNET_HEADER_LEN..]);
        if self
            .interface
            .send_to_group(destination.into(), buffer, cause)
        {
            return;
        }
        let Some(hop) = self.next_hop6(destination) else {
            self.undelivered(IcmpError::NetUnreachable, buffer);
            self.notices.push(Notice::Unreachable(destination.into()));
            return;
        };
        self.interface.send(now, hop.into(), buffer, cause);
    }

    /// Whose hardware takes a packet to `destination`; `None` without a route.
    fn next_hop(&self, destination: Ipv4Addr) -> Option<Ipv4Addr> {
        match self.interface.address()? {
            own if own.contains(destination) => Some(destination),
            _ => self.gateway,
        }
    }

    fn next_hop6(&self, destination: Ipv6Addr) -> Option<Ipv6Addr> {
        match self.interface.address6() {
            Some(own) if own.contains(destination) => Some(destination),
            Some(_) => self.gateway6,
            None => (self.interface.link_local().is_some() && is_link_local(destination))
                .then_some(destination),
        }
    }

    /// A packet to somebody at `destination` can leave.
    pub fn has_route(&self, destination: IpAddr) -> bool {
        destination.is_loopback()
            || match destination {
                IpAddr::V4(to) => self.next_hop(to).is_some(),
                IpAddr::V6(to) => self.interface.owns6(to) || self.next_hop6(to).is_some(),
            }
    }

    /// A datagram could not even leave: its sender is told as if a router had
    /// said so.
    fn undelivered(&mut self, error: IcmpError, buffer: &[u8]) {
        let packet = buffer.get(ETHERNET_HEADER_LEN..).unwrap_or_default();
        let report = ErrorReport::about_our_own(error, packet);
        if let Some(report) = report {
            self.notices.push(Notice::Undelivered(report));
        }
    }

    /// A timer of the card has run out.
    pub fn timeout(&mut self, now: Instant) {
        if let Some(autoconf) = &mut self.autoconf {
            self.is_news |= autoconf.timeout(now, &mut self.interface);
            self.gateway6 = autoconf.gateway;
        }
        while let Some(unreached) = self.interface.poll_unreached(now) {
            let hop = unreached.hop;
            for waiting in &unreached.packets {
                self.undelivered(IcmpError::HostUnreachable, &waiting.buffer);
            }
            for tuple in self.syns.under_way() {
                if self.goes_through(tuple.remote.ip(), hop) {
                    self.syns.forget(&tuple);
                }
            }
            self.notices.push(Notice::Unreachable(hop));
        }
        while let Some(due) = self.syns.poll_due(now) {
            match due {
                syn::Due::Repeat(mut buffer) => self.output(now, &mut buffer, None),
                syn::Due::GaveUp(tuple) => self.notices.push(Notice::Unanswered(tuple)),
            }
        }
    }

    /// Whether packets to `destination` go through `hop`.
    pub fn goes_through(&self, destination: IpAddr, hop: IpAddr) -> bool {
        let to = match (destination, self.interface.address6()) {
            (IpAddr::V4(to), _) => to,
            (IpAddr::V6(to), Some(own)) if own.contains(to) => return destination == hop,
            (IpAddr::V6(_), _) => {
                return self.gateway6.map_or(destination, IpAddr::V6) == hop;
            }
        };
        let Some(own) = self.interface.address() else {
            return destination == hop;
        };
        if own.contains(to) || self.gateway.is_none() {
            destination == hop
        } else {
            self.gateway.map(IpAddr::V4) == Some(hop)
        }
    }
}

/// As [`is_intact`]; IPv6's own header has no checksum (RFC 8200 §3).
fn is_intact_v6(ip: &Ipv6Packet<&[u8]>) -> bool {
    use smoltcp::wire::{Icmpv6Packet, IpAddress, TcpPacket, UdpPacket};
    let (from, to) = (ip.src_addr(), ip.dst_addr());
    let (source, destination) = (IpAddress::Ipv6(from), IpAddress::Ipv6(to));
    match ip.next_header() {
        IpProtocol::Tcp => TcpPacket::new_checked(ip.payload())
            .is_ok_and(|tcp| tcp.verify_checksum(&source, &destination)),
        IpProtocol::Udp => UdpPacket::new_checked(ip.payload())
            .is_ok_and(|udp| udp.verify_checksum(&source, &destination)),
        IpProtocol::Icmpv6 => Icmpv6Packet::new_checked(ip.payload())
            .is_ok_and(|icmp| icmp.verify_checksum(&from, &to)),
        _ => true,
    }
}

/// The checksums of a stranger's packet are right: the header's, and TCP's,
/// UDP's or ICMP's over what it carries. A fragment's cannot be known here.
#[inline(never)]
fn is_intact(ip: &Ipv4Packet<&[u8]>) -> bool {
    use smoltcp::wire::{IpAddress, IpProtocol, TcpPacket, UdpPacket};
    if !ip.verify_checksum() {
        return false;
    }
    if ip.more_frags() || ip.frag_offset() != 0 {
        return true;
    }
    let (source, destination) = (
        IpAddress::Ipv4(ip.src_addr()),
        IpAddress::Ipv4(ip.dst_addr()),
    );
    match ip.next_header() {
        IpProtocol::Tcp => TcpPacket::new_checked(ip.payload())
            .is_ok_and(|tcp| tcp.verify_checksum(&source, &destination)),
        IpProtocol::Udp => UdpPacket::new_checked(ip.payload())
            .is_ok_and(|udp| udp.verify_checksum(&source, &destination)),
        IpProtocol::Icmp => smoltcp::wire::Icmpv4Packet::new_checked(ip.payload())
            .is_ok_and(|icmp| icmp.verify_checksum()),
        _ => true,
    }
}
