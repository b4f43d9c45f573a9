//! One IPv6 packet on its way through a router, and what the router says about it.

use std::net::{IpAddr, Ipv6Addr};

use super::control::reset_of;
use super::flow::Flow;
use super::inspected::Inspected;
use super::router6::Error6;
use crate::host::ETHERNET_HEADER_LEN;
use crate::wire::{Icmpv6, Ipv6, Tcp, checksum, ip_protocol};

/// Where the packet starts in its buffer.
const START: usize = ETHERNET_HEADER_LEN;

/// The length of the header without extensions.
const HEADER: usize = 40;

/// An ICMPv6 message is never longer than what every link takes (RFC 4443
/// §2.4 c).
const MAX_ERROR_LEN: usize = 1280;

/// A whole IPv6 packet, in a buffer with room for an Ethernet header before it.
#[derive(Debug, Clone)]
pub(super) struct Packet6 {
    buffer: Vec<u8>,
}

impl Packet6 {
    /// Copies the packet out of the payload of a frame; `None` if it is cut
    /// short, or no IPv6.
    pub fn parse(payload: &[u8]) -> Option<Packet6> {
        let ip = Ipv6::new(payload)?;
        let is_v6 = payload.first().map(|octet| octet >> 4) == Some(6);
        let packet = payload.get(..HEADER + usize::from(ip.payload_len()))?;
        is_v6.then(|| Packet6 {
            buffer: [&[0; START][..], packet].concat(),
        })
    }

    /// A packet that never left: the buffer of one that waited.
    pub fn from_buffer(buffer: &[u8]) -> Option<Packet6> {
        Packet6::parse(buffer.get(START..)?)
    }

    /// A packet of our own, its checksum still to be written at `sum` behind
    /// the header.
    fn new(
        source: Ipv6Addr,
        destination: Ipv6Addr,
        protocol: u8,
        mut message: Vec<u8>,
        sum: usize,
    ) -> Packet6 {
        let len = u16::try_from(message.len()).unwrap_or(u16::MAX);
        let (from, to) = (IpAddr::V6(source), IpAddr::V6(destination));
        let pseudo = checksum::pseudo_header(from, to, protocol, u32::from(len)).unwrap_or(0);
        let computed = checksum::compute(&message, pseudo);
        if let Some(field) = message.get_mut(sum..sum + 2) {
            field.copy_from_slice(&computed.to_be_bytes());
        }
        let mut buffer = vec![0; START];
        buffer.extend([0x60, 0, 0, 0]);
        buffer.extend(len.to_be_bytes());
        buffer.extend([protocol, 64]);
        buffer.extend(source.octets());
        buffer.extend(destination.octets());
        buffer.extend(message.iter().take(usize::from(len)));
        Packet6 { buffer }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[START..]
    }

    /// The buffer, with room for an Ethernet header.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    fn address_at(&self, at: usize) -> Ipv6Addr {
        let mut octets = [0; 16];
        octets.copy_from_slice(&self.bytes()[at..at + 16]);
        octets.into()
    }

    pub fn source(&self) -> Ipv6Addr {
        self.address_at(8)
    }

    pub fn destination(&self) -> Ipv6Addr {
        self.address_at(24)
    }

    /// What follows the header: hosts here write no extensions.
    pub fn protocol(&self) -> u8 {
        self.bytes()[6]
    }

    fn payload(&self) -> &[u8] {
        &self.bytes()[HEADER..]
    }

    /// One router more has been passed. False if it was one too many.
    pub fn decrement_hop_limit(&mut self) -> bool {
        let limit = &mut self.buffer[START + 7];
        if *limit <= 1 {
            return false;
        }
        *limit -= 1;
        true
    }

    /// The checksum of what it carries is right.
    fn is_intact(&self) -> bool {
        let len = self.payload().len() as u32;
        let (from, to) = (self.source().into(), self.destination().into());
        let pseudo = checksum::pseudo_header(from, to, self.protocol(), len);
        pseudo.is_some_and(|pseudo| checksum::is_right(self.payload(), pseudo))
    }

    /// Nothing is said about errors, groups, and whatever has no sender (RFC
    /// 4443 §2.4 e).
    fn may_be_answered(&self) -> bool {
        let is_error = self.protocol() == ip_protocol::ICMPV6
            && Icmpv6::new(self.payload()).is_none_or(|icmp| icmp.is_error());
        let (source, destination) = (self.source(), self.destination());
        !(is_error
            || source.is_multicast()
            || source.is_unspecified()
            || source.is_loopback()
            || destination.is_multicast())
    }

    /// Tells its sender, from `own`, what happened to it.
    pub fn error(&self, own: Ipv6Addr, error: Error6) -> Option<Packet6> {
        if !self.may_be_answered() {
            return None;
        }
        let (kind, code, word) = error.head();
        let mut message = vec![kind, code, 0, 0];
        message.extend(word.to_be_bytes());
        message.extend(self.bytes().iter().take(MAX_ERROR_LEN - HEADER - 8));
        Some(Packet6::new(
            own,
            self.source(),
            ip_protocol::ICMPV6,
            message,
            2,
        ))
    }

    /// Answers an echo request; `None` if it is none, or is damaged.
    pub fn echo_reply(&self) -> Option<Packet6> {
        let is_request = Icmpv6::new(self.payload())?.kind() == 128;
        if !(is_request && self.is_intact() && self.may_be_answered()) {
            return None;
        }
        let mut message = self.payload().to_vec();
        message[..4].copy_from_slice(&[129, 0, 0, 0]);
        let (own, asker) = (self.destination(), self.source());
        Some(Packet6::new(own, asker, ip_protocol::ICMPV6, message, 2))
    }

    /// Refuses a TCP segment in the name of its receiver.
    pub fn reset(&self) -> Option<Packet6> {
        let may_be_refused = self.tcp_is_intact() && self.may_be_answered();
        let tcp = self.tcp().filter(|_| may_be_refused)?;
        let segment = reset_of(&tcp)?;
        let (own, peer) = (self.destination(), self.source());
        Some(Packet6::new(own, peer, ip_protocol::TCP, segment, 16))
    }
}

impl Inspected for Packet6 {
    fn source(&self) -> IpAddr {
        self.source().into()
    }

    fn flow(&self) -> Option<Flow> {
        Flow::of_v6(self.bytes())
    }

    fn quoted_flow(&self) -> Option<Flow> {
        let is_icmp = self.protocol() == ip_protocol::ICMPV6;
        let icmp = Icmpv6::new(self.payload()).filter(|icmp| is_icmp && icmp.is_error());
        Flow::of_v6(icmp?.payload())
    }

    fn tcp(&self) -> Option<Tcp<'_>> {
        let is_tcp = self.protocol() == ip_protocol::TCP;
        let tcp = Tcp::new(self.payload()).filter(|_| is_tcp)?;
        (tcp.header_len() <= self.payload().len()).then_some(tcp)
    }

    fn tcp_is_intact(&self) -> bool {
        self.tcp().is_some() && self.is_intact()
    }
}
