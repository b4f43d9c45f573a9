//! The few fields of IPv4 and TCP headers that the network card reads and rewrites, in place.
//!
//! It reads IPv4 and IPv6 alike. Only packets of our own stack, and packets that were checked to be whole,
//! come here; a packet that carries no TCP gives `None`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use smoltcp::wire::{IPV4_HEADER_LEN, IPV6_HEADER_LEN, IpProtocol, Ipv4Packet, Ipv6Packet};

use crate::wire::{checksum, ip_protocol};

/// TCP flags (RFC 9293 §3.1), as they lie in octet 13.
pub(super) mod flag {
    pub const FIN: u8 = 0x01;
    pub const SYN: u8 = 0x02;
    pub const RST: u8 = 0x04;
    pub const PSH: u8 = 0x08;
    pub const ACK: u8 = 0x10;
    pub const URG: u8 = 0x20;
}

/// The two ends of a connection, as one host sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tuple {
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

/// An IP packet that carries a whole TCP header.
pub(super) struct TcpPacket<'a> {
    packet: &'a mut [u8],
    /// Where the TCP header starts.
    tcp: usize,
    /// Where its payload starts, and where it ends.
    payload: usize,
    end: usize,
}

/// Where the TCP segment of an IPv6 packet begins and ends.
#[inline(never)]
fn find_tcp_v6(packet: &[u8]) -> Option<(usize, usize)> {
    let ip = Ipv6Packet::new_checked(packet).ok()?;
    let is_tcp = ip.next_header() == IpProtocol::Tcp;
    is_tcp.then_some((ip.header_len(), ip.total_len()))
}

/// Where the TCP segment of a packet begins and ends, if it holds a whole one.
#[inline(always)]
fn find_tcp(packet: &[u8]) -> Option<(usize, usize)> {
    if packet.first()? >> 4 == 6 {
        return find_tcp_v6(packet);
    }
    let header = packet.first_chunk::<IPV4_HEADER_LEN>()?;
    let u16_at = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let start = usize::from(header[0] & 0x0f) * 4;
    let end = usize::from(u16_at(2));
    // More fragments, or not the first (RFC 791 §3.1).
    let fragment = u16_at(6) & 0x3fff != 0;
    let whole = IPV4_HEADER_LEN <= start && start <= end && end <= packet.len();
    let is_tcp = header[0] >> 4 == 4 && header[9] == ip_protocol::TCP && !fragment;
    (whole && is_tcp).then_some((start, end))
}

/// Where an IPv4 packet is to go.
pub(super) fn ipv4_destination(packet: &[u8]) -> Option<Ipv4Addr> {
    let header = packet.first_chunk::<IPV4_HEADER_LEN>()?;
    let [.., a, b, c, d] = *header;
    (header[0] >> 4 == 4).then(|| Ipv4Addr::new(a, b, c, d))
}

impl<'a> TcpPacket<'a> {
    pub fn parse(packet: &'a mut [u8]) -> Option<TcpPacket<'a>> {
        let (tcp, end) = find_tcp(packet)?;
        let data_offset = usize::from(packet.get(tcp + 12)? >> 4) * 4;
        let payload = tcp + data_offset;
        (data_offset >= 20 && payload <= end).then_some(TcpPacket {
            packet,
            tcp,
            payload,
            end,
        })
    }

    fn u16_at(&self, offset: usize) -> u16 {
        let at = self.tcp + offset;
        u16::from_be_bytes([self.packet[at], self.packet[at + 1]])
    }

    pub fn flags(&self) -> u8 {
        self.packet[self.tcp + 13]
    }

    fn u32_at(&self, offset: usize) -> u32 {
        u32::from(self.u16_at(offset)) << 16 | u32::from(self.u16_at(offset + 2))
    }

    pub fn sequence(&self) -> u32 {
        self.u32_at(4)
    }

    pub fn acknowledgement(&self) -> u32 {
        self.u32_at(8)
    }

    /// Octets after the header.
    pub fn payload_len(&self) -> usize {
        self.end - self.payload
    }

    pub fn window(&self) -> u16 {
        self.u16_at(14)
    }

    fn addresses(&self) -> (IpAddr, IpAddr) {
        if self.packet[0] >> 4 == 6 {
            let at = |offset: usize| {
                let mut octets = [0; 16];
                octets.copy_from_slice(&self.packet[offset..offset + 16]);
                IpAddr::V6(Ipv6Addr::from(octets))
            };
            return (at(8), at(24));
        }
        let at = |offset: usize| {
            let mut octets = [0; 4];
            octets.copy_from_slice(&self.packet[offset..offset + 4]);
            IpAddr::V4(Ipv4Addr::from(octets))
        };
        (at(12), at(16))
    }

    /// The connection of a packet that this host sends.
    pub fn outgoing(&self) -> Tuple {
        let (source, destination) = self.addresses();
        Tuple {
            local: SocketAddr::new(source, self.u16_at(0)),
            remote: SocketAddr::new(destination, self.u16_at(2)),
        }
    }

    /// The connection of a packet that this host receives.
    pub fn incoming(&self) -> Tuple {
        let (source, destination) = self.addresses();
        Tuple {
            local: SocketAddr::new(destination, self.u16_at(2)),
            remote: SocketAddr::new(source, self.u16_at(0)),
        }
    }

    /// Writes 16 bits of the TCP header; the checksum is filled in at the end.
    fn set_u16(&mut self, offset: usize, value: u16) {
        let at = self.tcp + offset;
        self.packet[at..at + 2].copy_from_slice(&value.to_be_bytes());
    }

    pub fn set_sequence(&mut self, sequence: u32) {
        self.set_u16(4, (sequence >> 16) as u16);
        self.set_u16(6, sequence as u16);
    }

    pub fn set_window(&mut self, window: u16) {
        self.set_u16(14, window);
    }

    pub fn set_urgent_pointer(&mut self, pointer: u16) {
        self.set_u16(18, pointer);
    }

    pub fn set_flags(&mut self, flags: u8) {
        self.packet[self.tcp + 13] = flags;
    }

    /// The offset, within the TCP header, and the length of each option but
    /// NOP. Stops at the end of the list and at whatever is malformed.
    pub fn options(&self) -> Vec<(u8, usize, usize)> {
        let mut found = Vec::new();
        let mut at = self.tcp + 20;
        while at < self.payload {
            match self.packet[at] {
                0 => break,
                1 => at += 1,
                kind => {
                    let len = match self.packet.get(at + 1) {
                        Some(&len) if len >= 2 && at + usize::from(len) <= self.payload => len,
                        _ => break,
                    };
                    found.push((kind, at - self.tcp, usize::from(len)));
                    at += usize::from(len);
                }
            }
        }
        found
    }

    /// Writes a new TSval into the timestamps option, if there is one.
    pub fn set_timestamp(&mut self, tsval: u32) {
        let option = self.options().into_iter().find(|o| o.0 == 8 && o.2 == 10);
        let Some((_, offset, _)) = option else { return };
        let at = self.tcp + offset + 2;
        self.packet[at..at + 4].copy_from_slice(&tsval.to_be_bytes());
    }

    /// Leaves the payload out, and begins where it ended: how long the packet
    /// is then. Checksums are *not* mended, as in
    /// [`blank_options`](Self::blank_options).
    pub fn skip_payload(&mut self) -> usize {
        let sequence = self.sequence().wrapping_add(self.payload_len() as u32);
        self.set_sequence(sequence);
        // IPv6 counts what follows its header, IPv4 everything.
        let (at, len) = match self.packet[0] >> 4 {
            6 => (4, self.payload - self.tcp),
            _ => (2, self.payload),
        };
        self.packet[at..at + 2].copy_from_slice(&(len as u16).to_be_bytes());
        self.end = self.payload;
        self.payload
    }

    /// Overwrites the options of these kinds with NOPs, which leaves every
    /// length as it was: for packets on their way up.
    pub fn blank_options(&mut self, kinds: &[u8]) {
        for (kind, offset, len) in self.options() {
            if kinds.contains(&kind) {
                let at = self.tcp + offset;
                self.packet[at..at + len].fill(1);
            }
        }
    }
}

/// A TCP segment that arrives, as far as finding its socket needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incoming {
    pub ends: Ends,
    pub flags: u8,
}

impl Incoming {
    /// It is TCP's second word of three.
    pub fn is_syn_ack(self) -> bool {
        self.flags & (flag::SYN | flag::ACK) == flag::SYN | flag::ACK
    }
}

/// Where a segment comes from and goes to, as it lies in its packet: the
/// addresses of source and destination, and the ports of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    V4([u8; 8], [u8; 4]),
    V6([u8; 32], [u8; 4]),
}

impl Ends {
    /// The connection of the host that receives it.
    pub fn tuple(self) -> Tuple {
        let (ports, source, destination): (_, IpAddr, IpAddr) = match self {
            Ends::V4([a, b, c, d, e, f, g, h], ports) => {
                (ports, [a, b, c, d].into(), [e, f, g, h].into())
            }
            Ends::V6(addresses, ports) => {
                let half = |at: usize| -> [u8; 16] { core::array::from_fn(|i| addresses[at + i]) };
                (ports, half(0).into(), half(16).into())
            }
        };
        let [a, b, c, d] = ports;
        Tuple {
            local: SocketAddr::new(destination, u16::from_be_bytes([c, d])),
            remote: SocketAddr::new(source, u16::from_be_bytes([a, b])),
        }
    }
}

/// What a packet that arrives says of its segment, if it carries one.
#[inline(always)]
pub(super) fn incoming(packet: &[u8]) -> Option<Incoming> {
    let header = packet.first_chunk::<IPV4_HEADER_LEN>()?;
    if header[0] >> 4 != 4 {
        return incoming_v6(packet);
    }
    if header[9] != ip_protocol::TCP {
        return None;
    }
    let segment = packet.get(usize::from(header[0] & 0x0f) * 4..)?;
    let ends = Ends::V4(*header.last_chunk()?, *segment.first_chunk()?);
    let flags = *segment.get(13)?;
    Some(Incoming { ends, flags })
}

/// The same of an IPv6 packet.
#[inline(never)]
fn incoming_v6(packet: &[u8]) -> Option<Incoming> {
    let at = |offset: usize| packet.get(offset).copied();
    let header = match (packet.first()? >> 4, at(6)?) {
        (6, ip_protocol::TCP) => IPV6_HEADER_LEN,
        // Behind hop-by-hop options, the only extension that the stack takes.
        (6, 0) if at(40)? == ip_protocol::TCP => 40 + (usize::from(at(41)?) + 1) * 8,
        _ => return None,
    };
    let segment = packet.get(header..)?;
    let ends = Ends::V6(*packet.get(8..)?.first_chunk()?, *segment.first_chunk()?);
    let flags = *segment.get(13)?;
    Some(Incoming { ends, flags })
}

/// Fills in the checksum of a TCP segment, if the packet carries a whole one
/// (RFC 9293 §3.1): what a card does for its stack, once nothing more changes.
#[inline(always)]
pub(super) fn fill_checksum(packet: &mut [u8]) {
    let Some((tcp, end)) = find_tcp(packet) else {
        return;
    };
    let len_and_protocol = (end - tcp) as u32 + u32::from(ip_protocol::TCP);
    // Both addresses stand before the segment, of IPv4 with options perhaps between.
    let pseudo_header = match packet {
        [0x60..=0x6f, ..] => checksum::sum(&packet[8..40], len_and_protocol),
        _ => {
            let half = |at: usize| u32::from(u16::from_be_bytes([packet[at], packet[at + 1]]));
            half(12) + half(14) + half(16) + half(18) + len_and_protocol
        }
    };
    let segment = packet.get_mut(tcp..end).unwrap_or_default();
    if let Some(field) = segment.get_mut(16..18) {
        field.fill(0);
        let sum = checksum::compute(segment, pseudo_header);
        segment[16..18].copy_from_slice(&sum.to_be_bytes());
    }
}

/// Sets the time to live and the identification of an IPv4 packet, and its
/// header checksum; of an IPv6 packet the hop limit, since it has no other.
pub(super) fn stamp(packet: &mut [u8], ttl: Option<u8>, id: u16) {
    if packet.first().map(|octet| octet >> 4) == Some(6) {
        if let (Some(ttl), Some(octet)) = (ttl, packet.get_mut(7)) {
            *octet = ttl;
        }
        return;
    }
    if let Ok(mut ip) = Ipv4Packet::new_checked(packet) {
        if let Some(ttl) = ttl {
            ip.set_hop_limit(ttl);
        }
        ip.set_ident(id);
        ip.fill_checksum();
    }
}
/// Writes options into the header of the IPv4 packet that begins at `start`;
/// their length is a multiple of four. A packet that has options keeps its own.
pub(super) fn insert_ip_options(buffer: &mut Vec<u8>, start: usize, options: &[u8]) {
    const PLAIN: usize = 20;
    let Some([0x45, _, high, low]) = buffer.get(start..start + 4) else {
        return;
    };
    let total = u16::from_be_bytes([*high, *low]);
    let words = u8::try_from(options.len() / 4).unwrap_or(u8::MAX);
    let grown = total.checked_add(u16::from(words) * 4);
    let (Some(grown), true) = (grown, buffer.len() >= start + PLAIN && words <= 10) else {
        return;
    };
    buffer[start] = 0x45 + words;
    buffer[start + 2..start + 4].copy_from_slice(&grown.to_be_bytes());
    buffer[start + 10..start + 12].fill(0);
    let at = start + PLAIN;
    buffer.splice(at..at, options.iter().copied());
    let end = at + options.len();
    let sum = checksum::compute(&buffer[start..end], 0);
    buffer[start + 10..start + 12].copy_from_slice(&sum.to_be_bytes());
}
