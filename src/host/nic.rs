//! The network card: Ethernet, ARP, the persona's rewriting, SYN retries, and what never reaches the stack.
//!
//! It knows nothing of the stack: IP packets come down and go up as bytes.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetProtocol, Ipv4Packet,
};

use super::ETHERNET_HEADER_LEN;
use super::neighbors::{self, Neighbors, Waiting};
use super::persona::StackPersona;
use super::rewrite::Rewriter;
use super::syn::{self, SynRetries};
use super::tcp_header::{TcpPacket, Tuple, flag};
use crate::net::Transmit;
use crate::rng::Stream;
use crate::time::Instant;
use crate::trace::{Cause, PortId};
use crate::wire::{Frame, MacAddr};

/// An address of a host, and how much of it names the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4Cidr {
    /// The host's address.
    pub address: Ipv4Addr,
    /// How many leading bits name the network, at most 32.
    pub prefix: u8,
}

impl Ipv4Cidr {
    /// The network mask as a number.
    fn mask(self) -> u32 {
        u32::MAX
            .checked_shl(32 - u32::from(self.prefix.min(32)))
            .unwrap_or(0)
    }

    /// `other` is on the same network.
    pub fn contains(self, other: Ipv4Addr) -> bool {
        (u32::from(self.address) ^ u32::from(other)) & self.mask() == 0
    }

    /// The address that reaches every host of the network.
    pub fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.address) | !self.mask())
    }
}

/// What becomes of a frame that arrives.
#[derive(Debug)]
pub(super) enum Ingress<'a> {
    /// An IP packet for the stack, changed by the persona or as it came.
    Up(Packet<'a>),
    /// The card dealt with it, or it was not for us, or it was damaged.
    Consumed,
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
    /// Nobody answered this connection's SYNs.
    Unanswered(Tuple),
}

/// One network card.
pub(super) struct Nic {
    mac: MacAddr,
    address: Option<Ipv4Cidr>,
    gateway: Option<Ipv4Addr>,
    announce: bool,
    neighbors: Neighbors,
    rewriter: Rewriter,
    syns: SynRetries,
    transmit: VecDeque<Transmit>,
    /// Packets to our own address: they never see the wire.
    looped: VecDeque<Vec<u8>>,
    notices: Vec<Notice>,
}

/// Packets of a host to itself that may wait at once.
const MAX_LOOPED: usize = 1024;

impl Nic {
    pub fn new(
        mac: MacAddr,
        address: Option<Ipv4Cidr>,
        gateway: Option<Ipv4Addr>,
        announce: bool,
        persona: &'static StackPersona,
        rng: Stream,
    ) -> Nic {
        Nic {
            mac,
            address,
            gateway,
            announce,
            neighbors: Neighbors::new(persona.arp),
            rewriter: Rewriter::new(persona, rng),
            syns: SynRetries::new(persona),
            transmit: VecDeque::new(),
            looped: VecDeque::new(),
            notices: Vec::new(),
        }
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmit.pop_front()
    }

    pub fn poll_looped(&mut self) -> Option<Vec<u8>> {
        self.looped.pop_front()
    }

    pub fn has_looped(&self) -> bool {
        !self.looped.is_empty()
    }

    pub fn poll_notice(&mut self) -> Option<Notice> {
        (!self.notices.is_empty()).then(|| self.notices.remove(0))
    }

    pub fn has_notices(&self) -> bool {
        !self.notices.is_empty()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.neighbors.poll_timeout(), self.syns.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Something of the card's own is under way.
    pub fn is_busy(&self) -> bool {
        self.neighbors.is_asking() || !self.transmit.is_empty()
    }

    /// The connection is gone from the stack.
    pub fn forget(&mut self, tuple: &Tuple) {
        self.rewriter.forget(tuple);
        self.syns.forget(tuple);
    }

    /// The host starts: a card that announces itself does so (RFC 5227 §3).
    pub fn start(&mut self) {
        if let (true, Some(own)) = (self.announce, self.address) {
            self.send_arp(
                ArpOperation::Request,
                MacAddr::BROADCAST,
                MacAddr::ZERO,
                own.address,
                None,
            );
        }
    }

    /// A frame has arrived.
    pub fn ingress<'a>(&mut self, now: Instant, frame: &'a Frame) -> Ingress<'a> {
        let to = frame.destination();
        if to != self.mac && !to.is_multicast() {
            return Ingress::Consumed;
        }
        let payload = &frame.bytes()[ETHERNET_HEADER_LEN..];
        match EthernetProtocol::from(frame.ether_type()) {
            EthernetProtocol::Arp => {
                self.handle_arp(now, payload);
                Ingress::Consumed
            }
            EthernetProtocol::Ipv4 => self.handle_ipv4(now, frame, payload),
            _ => Ingress::Consumed,
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
        let (Some(own), Ok(ip)) = (self.address, Ipv4Packet::new_checked(payload)) else {
            return Ingress::Consumed;
        };
        let (source, destination) = (ip.src_addr(), ip.dst_addr());
        let martian = source.is_multicast()
            || source.is_broadcast()
            || source.is_loopback()
            || source == own.address;
        let group = destination.is_multicast()
            || destination.is_broadcast()
            || destination == own.broadcast();
        let is_tcp = u8::from(ip.next_header()) == 6;
        if ip.version() != 4 || martian || !(destination == own.address || group && !is_tcp) {
            return Ingress::Consumed;
        }
        if !frame.is_sound() && !is_intact(&ip) {
            return Ingress::Consumed;
        }
        let packet = &payload[..usize::from(ip.total_len())];
        if !is_tcp || !(self.syns.is_active() || self.rewriter.watches_ingress()) {
            return Ingress::Up(Packet::Borrowed(packet));
        }
        let flags = packet
            .get(usize::from(ip.header_len()) + 13)
            .copied()
            .unwrap_or(0);
        if flags & (flag::SYN | flag::RST) == 0 {
            return Ingress::Up(Packet::Borrowed(packet));
        }
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

    fn handle_arp(&mut self, now: Instant, payload: &[u8]) {
        let Some(own) = self.address else { return };
        let Ok(ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr,
            source_protocol_addr: sender,
            target_protocol_addr: target,
            ..
        }) = ArpPacket::new_checked(payload).and_then(|packet| ArpRepr::parse(&packet))
        else {
            return;
        };
        let mac = MacAddr(source_hardware_addr.0);
        let for_us = target == own.address;
        if mac.is_multicast() || sender == own.address {
            return;
        }
        // RFC 826: whoever is known is updated; whoever asks for us is learned.
        if !sender.is_unspecified() && own.contains(sender) {
            let learn = for_us && operation == ArpOperation::Request;
            for waiting in self.neighbors.confirm(now, sender, mac, learn) {
                self.send(mac, waiting.buffer, waiting.cause);
            }
        }
        if for_us && operation == ArpOperation::Request {
            self.send_arp(ArpOperation::Reply, mac, mac, sender, None);
        }
    }

    /// A packet of the stack goes down. `buffer` holds room for an Ethernet
    /// header, then the packet.
    pub fn egress(&mut self, now: Instant, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        if self.syns.is_active()
            && let Some(tcp) = TcpPacket::parse(&mut buffer[ETHERNET_HEADER_LEN..])
            && tcp.flags() & (flag::SYN | flag::ACK) == flag::SYN
        {
            let (tuple, sequence) = (tcp.outgoing(), tcp.sequence());
            if self.syns.outgoing(now, tuple, sequence, buffer) == syn::Outgoing::Swallow {
                return;
            }
        }
        self.output(now, buffer, cause);
    }

    /// Gives a packet its persona and finds out where it goes.
    fn output(&mut self, now: Instant, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        let Some(own) = self.address else { return };
        let Ok(ip) = Ipv4Packet::new_checked(&buffer[ETHERNET_HEADER_LEN..]) else {
            return;
        };
        if ip.version() != 4 {
            return;
        }
        let destination = ip.dst_addr();
        if destination == own.address || destination.is_loopback() {
            if self.looped.len() < MAX_LOOPED {
                self.looped.push_back(buffer.split_off(ETHERNET_HEADER_LEN));
            }
            return;
        }
        self.rewriter.egress(now, buffer);
        if destination.is_broadcast() || destination == own.broadcast() {
            return self.send_buffer(MacAddr::BROADCAST, buffer, cause);
        }
        if destination.is_multicast() {
            // RFC 1112 §6.4: the low 23 bits of the group.
            let [_, b, c, d] = destination.octets();
            let group = MacAddr([0x01, 0x00, 0x5e, b & 0x7f, c, d]);
            return self.send_buffer(group, buffer, cause);
        }
        let next_hop = if own.contains(destination) {
            destination
        } else if let Some(gateway) = self.gateway {
            gateway
        } else {
            self.notices
                .push(Notice::Unreachable(IpAddr::V4(destination)));
            return;
        };
        if let Some(mac) = self.neighbors.lookup(now, next_hop) {
            return self.send_buffer(mac, buffer, cause);
        }
        let waiting = Waiting {
            buffer: core::mem::take(buffer),
            cause,
        };
        if self.neighbors.wait(now, next_hop, waiting) {
            self.ask(next_hop, cause);
        }
    }

    /// A timer of the card has run out.
    pub fn timeout(&mut self, now: Instant) {
        while let Some(due) = self.neighbors.poll_due(now) {
            match due {
                neighbors::Due::Ask(target) => self.ask(target, None),
                neighbors::Due::Unreachable(target) => {
                    let hop = IpAddr::V4(target);
                    for tuple in self.syns.under_way() {
                        if self.goes_through(tuple.remote.ip(), hop) {
                            self.syns.forget(&tuple);
                        }
                    }
                    self.notices.push(Notice::Unreachable(hop));
                }
            }
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
        let (Some(own), IpAddr::V4(to)) = (self.address, destination) else {
            return false;
        };
        if own.contains(to) || self.gateway.is_none() {
            destination == hop
        } else {
            self.gateway.map(IpAddr::V4) == Some(hop)
        }
    }

    fn ask(&mut self, target: Ipv4Addr, cause: Option<Cause>) {
        // Real hosts leave the unknown hardware address zero.
        let broadcast = MacAddr::BROADCAST;
        self.send_arp(
            ArpOperation::Request,
            broadcast,
            MacAddr::ZERO,
            target,
            cause,
        );
    }

    fn send_arp(
        &mut self,
        operation: ArpOperation,
        to: MacAddr,
        target_mac: MacAddr,
        target: Ipv4Addr,
        cause: Option<Cause>,
    ) {
        let Some(own) = self.address else { return };
        let arp = ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr: EthernetAddress(self.mac.0),
            source_protocol_addr: own.address,
            target_hardware_addr: EthernetAddress(target_mac.0),
            target_protocol_addr: target,
        };
        let mut buffer = vec![0; ETHERNET_HEADER_LEN + arp.buffer_len()];
        let payload = &mut buffer[ETHERNET_HEADER_LEN..];
        arp.emit(&mut ArpPacket::new_unchecked(payload));
        self.send_as(EthernetProtocol::Arp, to, &mut buffer, cause);
    }

    fn send(&mut self, to: MacAddr, mut buffer: Vec<u8>, cause: Option<Cause>) {
        self.send_buffer(to, &mut buffer, cause);
    }

    fn send_buffer(&mut self, to: MacAddr, buffer: &mut [u8], cause: Option<Cause>) {
        self.send_as(EthernetProtocol::Ipv4, to, buffer, cause);
    }

    /// Writes the Ethernet header in place and queues the frame.
    fn send_as(
        &mut self,
        protocol: EthernetProtocol,
        to: MacAddr,
        buffer: &mut [u8],
        cause: Option<Cause>,
    ) {
        buffer[..6].copy_from_slice(&to.0);
        buffer[6..12].copy_from_slice(&self.mac.0);
        buffer[12..14].copy_from_slice(&u16::from(protocol).to_be_bytes());
        self.transmit.push_back(Transmit {
            port: PortId(0),
            frame: Frame::sound(buffer),
            cause,
        });
    }
}

/// The checksums of a stranger's packet are right: the header's, and TCP's,
/// UDP's or ICMP's over what it carries. A fragment's cannot be known here.
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
