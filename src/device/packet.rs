//! One IPv4 packet on its way through a device, and the edits that keep its checksums as right, or as wrong, as they were.
//!
//! Checksums are mended by the difference (RFC 1624 §3) and never computed
//! anew, so that damage done on one cable is still seen beyond the next.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::flow::{Flow, Part};
use super::inspected::Inspected;
use crate::host::ETHERNET_HEADER_LEN;
use crate::wire::{Icmp, Ipv4, Tcp, TcpFlags, checksum, ip_protocol};

/// Where the packet starts in its buffer.
const START: usize = ETHERNET_HEADER_LEN;

/// A whole IPv4 packet with a sound header, in a buffer with room for an
/// Ethernet header before it.
#[derive(Debug, Clone)]
pub(super) struct Packet {
    buffer: Vec<u8>,
}

impl Packet {
    /// Copies the packet out of the payload of a frame; `None` if it is cut
    /// short or its header is damaged.
    pub fn parse(payload: &[u8]) -> Option<Packet> {
        let ip = Ipv4::new(payload)?;
        ip.payload_len()?;
        let packet = payload.get(..usize::from(ip.total_len()))?;
        (ip.checksum_is_right() == Some(true)).then(|| Packet {
            buffer: [&[0; START][..], packet].concat(),
        })
    }

    /// A packet that never left: the buffer of one that waited.
    pub fn from_buffer(buffer: &[u8]) -> Option<Packet> {
        Packet::parse(buffer.get(START..)?)
    }

    /// A packet of our own.
    pub fn new(
        source: Ipv4Addr,
        destination: Ipv4Addr,
        id: u16,
        protocol: u8,
        payload: &[u8],
    ) -> Packet {
        let total = u16::try_from(20 + payload.len()).unwrap_or(u16::MAX);
        let mut buffer = vec![0; START];
        buffer.extend([0x45, 0]);
        buffer.extend(total.to_be_bytes());
        buffer.extend(id.to_be_bytes());
        buffer.extend([0, 0, 64, protocol, 0, 0]);
        buffer.extend(source.octets());
        buffer.extend(destination.octets());
        let sum = checksum::compute(&buffer[START..], 0);
        buffer[START + 10..START + 12].copy_from_slice(&sum.to_be_bytes());
        buffer.extend(payload.iter().take(usize::from(total) - 20));
        Packet { buffer }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[START..]
    }

    /// The buffer, with room for an Ethernet header.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// A view of the header; what was parsed once can be viewed again.
    fn ip(&self) -> Option<Ipv4<'_>> {
        Ipv4::new(self.bytes())
    }

    fn address_at(&self, at: usize) -> Ipv4Addr {
        let mut octets = [0; 4];
        octets.copy_from_slice(&self.bytes()[at..at + 4]);
        octets.into()
    }

    pub fn source(&self) -> Ipv4Addr {
        self.address_at(12)
    }

    pub fn destination(&self) -> Ipv4Addr {
        self.address_at(16)
    }

    pub fn ttl(&self) -> u8 {
        self.bytes()[8]
    }

    pub fn protocol(&self) -> u8 {
        self.bytes()[9]
    }

    pub fn header_len(&self) -> usize {
        usize::from(self.bytes()[0] & 15) * 4
    }

    /// A piece of a larger packet.
    pub fn is_fragment(&self) -> bool {
        self.ip().is_some_and(|ip| ip.is_fragment())
    }

    /// A piece that does not carry the header above IP.
    pub fn is_later_fragment(&self) -> bool {
        self.ip().is_some_and(|ip| ip.fragment_offset() != 0)
    }

    /// What follows the IP header.
    pub fn payload(&self) -> &[u8] {
        &self.bytes()[self.header_len()..]
    }

    /// The ICMP message in it.
    pub fn icmp(&self) -> Option<Icmp<'_>> {
        let is_icmp = self.protocol() == ip_protocol::ICMP && !self.is_fragment();
        Icmp::new(self.payload()).filter(|_| is_icmp)
    }

    /// One router more has been passed. False if it was one too many.
    pub fn decrement_ttl(&mut self) -> bool {
        let ttl = self.ttl();
        if ttl <= 1 {
            return false;
        }
        self.patch(8, &[ttl - 1], &[10]);
        true
    }

    /// Overwrites octets of the packet and mends the checksums at `sums`.
    fn patch(&mut self, at: usize, with: &[u8], sums: &[usize]) {
        let packet = &mut self.buffer[START..];
        // Whole words: offsets of headers are even, and so is every checksum's.
        let words = at & !1..(at + with.len()).next_multiple_of(2).min(packet.len());
        if at + with.len() > packet.len() {
            return;
        }
        let before = checksum::fold(checksum::sum(&packet[words.clone()], 0));
        packet[at..at + with.len()].copy_from_slice(with);
        let after = checksum::fold(checksum::sum(&packet[words], 0));
        for &sum in sums {
            let Some(field) = packet.get_mut(sum..sum + 2) else {
                continue;
            };
            let old = u16::from_be_bytes([field[0], field[1]]);
            let new = !checksum::fold(u32::from(!old) + u32::from(!before) + u32::from(after));
            field.copy_from_slice(&new.to_be_bytes());
        }
    }

    /// Where the checksum above IP is, if it covers the addresses: TCP's, and
    /// UDP's unless its sender left it out (RFC 768).
    fn transport_sum(&self) -> Option<usize> {
        self.sum_of(self.protocol(), self.header_len())
    }

    /// The same of a header of that protocol that begins at `header`.
    fn sum_of(&self, protocol: u8, header: usize) -> Option<usize> {
        let at = match protocol {
            ip_protocol::TCP => header + 16,
            ip_protocol::UDP => header + 6,
            _ => return None,
        };
        let field = self.octets_at(at)?;
        (protocol == ip_protocol::TCP || field != [0, 0]).then_some(at)
    }

    /// A checksum of zero would mean that UDP's was left out: the other zero of one's
    /// complement stands for it (RFC 768).
    fn keep_sum(&mut self, protocol: u8, sum: Option<usize>) {
        if let Some(at) = sum.filter(|_| protocol == ip_protocol::UDP)
            && self.octets_at(at) == Some([0, 0])
        {
            self.patch(at, &[0xff, 0xff], &[]);
        }
    }

    fn octets_at(&self, at: usize) -> Option<[u8; 2]> {
        self.bytes().get(at..)?.first_chunk().copied()
    }

    /// Which end of an echo, or of its reply, is the one that asks.
    fn asker(&self) -> Option<Part> {
        match self.icmp()?.kind() {
            8 => Some(Part::Source),
            0 => Some(Part::Destination),
            _ => None,
        }
    }

    fn pseudo_header(&self) -> u32 {
        let len = self.payload().len() as u32;
        let (source, destination) = (self.source().into(), self.destination().into());
        // Both are of one family.
        checksum::pseudo_header(source, destination, self.protocol(), len).unwrap_or(0)
    }
}

impl Inspected for Packet {
    fn source(&self) -> IpAddr {
        self.source().into()
    }

    fn tcp(&self) -> Option<Tcp<'_>> {
        let is_tcp = self.protocol() == ip_protocol::TCP && !self.is_fragment();
        let tcp = Tcp::new(self.payload()).filter(|_| is_tcp)?;
        (tcp.header_len() <= self.payload().len()).then_some(tcp)
    }

    fn flow(&self) -> Option<Flow> {
        (!self.is_fragment())
            .then(|| Flow::of(self.bytes()))
            .flatten()
    }

    fn quoted_flow(&self) -> Option<Flow> {
        Flow::of(self.icmp().filter(Icmp::is_error)?.payload())
    }

    fn tcp_is_intact(&self) -> bool {
        self.tcp().is_some() && checksum::is_right(self.payload(), self.pseudo_header())
    }

    fn set_end(&mut self, part: Part, end: SocketAddr) {
        let IpAddr::V4(address) = end.ip() else {
            return;
        };
        let (address_at, port_at) = match part {
            Part::Source => (12, 0),
            Part::Destination => (16, 2),
        };
        let sum = self.transport_sum();
        let sums: Vec<usize> = [Some(10), sum].into_iter().flatten().collect();
        self.patch(address_at, &address.octets(), &sums);
        let port = end.port().to_be_bytes();
        let header = self.header_len();
        match self.protocol() {
            ip_protocol::TCP | ip_protocol::UDP => {
                self.patch(header + port_at, &port, sum.as_slice());
                self.keep_sum(self.protocol(), sum);
            }
            ip_protocol::ICMP if self.asker() == Some(part) => {
                self.patch(header + 4, &port, &[header + 2]);
            }
            _ => {}
        }
    }

    fn set_address(&mut self, part: Part, address: IpAddr) {
        let IpAddr::V4(address) = address else {
            return;
        };
        let at = if part == Part::Source { 12 } else { 16 };
        let sums = [Some(10), self.transport_sum()];
        let sums: Vec<usize> = sums.into_iter().flatten().collect();
        self.patch(at, &address.octets(), &sums);
    }

    fn set_quoted(&mut self, flow: Flow) {
        let (IpAddr::V4(source), IpAddr::V4(destination)) =
            (flow.source.ip(), flow.destination.ip())
        else {
            return;
        };
        let quote = self.header_len() + 8;
        let icmp_sum = self.header_len() + 2;
        let Some(inner) = self.bytes().get(quote..).and_then(Ipv4::new) else {
            return;
        };
        let (at, protocol) = (quote + inner.header_len(), inner.protocol());
        let sum = self.sum_of(protocol, at);
        let quoted = sum.and_then(|sum| self.octets_at(sum));
        for (at, address) in [(12, source), (16, destination)] {
            // Mending the quoted header's checksum leaves the sum of that
            // header what it was, and so ICMP's as well.
            let sums = [Some(quote + 10), sum];
            let sums: Vec<usize> = sums.into_iter().flatten().collect();
            self.patch(quote + at, &address.octets(), &sums);
        }
        match protocol {
            ip_protocol::TCP | ip_protocol::UDP => {
                let sums: Vec<usize> = [Some(icmp_sum), sum].into_iter().flatten().collect();
                self.patch(at, &flow.source.port().to_be_bytes(), &sums);
                self.patch(at + 2, &flow.destination.port().to_be_bytes(), &sums);
                self.keep_sum(protocol, sum);
                // What was mended is itself part of what ICMP's checksum covers.
                let mended = sum.and_then(|sum| self.octets_at(sum));
                if let (Some(sum), Some(quoted), Some(mended)) = (sum, quoted, mended) {
                    self.patch(sum, &quoted, &[]);
                    self.patch(sum, &mended, &[icmp_sum]);
                }
            }
            ip_protocol::ICMP => {
                let asks = self.bytes().get(at) == Some(&8);
                let port = if asks { flow.source } else { flow.destination }.port();
                self.patch(at + 4, &port.to_be_bytes(), &[icmp_sum]);
            }
            _ => {}
        }
    }

    fn renumber(&mut self, sequence: u32, mut acknowledged: impl FnMut(u32) -> u32) {
        let Some(tcp) = self.tcp() else { return };
        let acknowledgement = acknowledged(tcp.acknowledgement());
        let has_ack = tcp.flags().has(TcpFlags::ACK);
        let (start, end) = (self.header_len(), self.header_len() + tcp.header_len());
        let sums = [start + 16];
        self.patch(start + 4, &sequence.to_be_bytes(), &sums);
        if !has_ack {
            return;
        }
        self.patch(start + 8, &acknowledgement.to_be_bytes(), &sums);
        let mut at = start + 20;
        while at < end {
            let (kind, len) = match self.bytes()[at..end] {
                [1, ..] => (1, 1),
                [kind, len, ..] if len >= 2 && kind != 0 => (kind, usize::from(len)),
                _ => return,
            };
            if kind == 5 {
                for edge in (at + 2..(at + len).min(end).saturating_sub(3)).step_by(4) {
                    let mut octets = [0; 4];
                    octets.copy_from_slice(&self.bytes()[edge..edge + 4]);
                    let moved = acknowledged(u32::from_be_bytes(octets));
                    self.patch(edge, &moved.to_be_bytes(), &sums);
                }
            }
            at += len;
        }
    }

    fn set_tcp_payload(&mut self, payload: &[u8]) {
        let Some(tcp_header) = self.tcp().map(|tcp| tcp.header_len()) else {
            return;
        };
        let header = self.header_len();
        let total = header + tcp_header + payload.len();
        let Ok(total_len) = u16::try_from(total) else {
            return;
        };
        self.patch(2, &total_len.to_be_bytes(), &[10]);
        self.buffer.truncate(START + header + tcp_header);
        self.buffer.extend(payload);
        let at = START + header + 16;
        self.buffer[at..at + 2].fill(0);
        let sum = checksum::compute(self.payload(), self.pseudo_header());
        self.buffer[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn end(last: u8, port: u16) -> SocketAddr {
        ([10, 0, 0, last], port).into()
    }

    /// A segment from 10.0.0.1:1025 to 10.0.0.2:21, with a SACK block at an
    /// odd offset.
    fn segment(payload: &[u8]) -> Packet {
        let mut tcp = vec![4, 1, 0, 21, 0, 0, 0, 9, 0, 0, 0, 5, 0x80, 0x18, 1, 0];
        tcp.extend([0; 4]);
        tcp.extend([1, 5, 10, 0, 0, 0, 6, 0, 0, 0, 8, 1]);
        tcp.extend(payload);
        let mut packet = Packet::new(
            [10, 0, 0, 1].into(),
            [10, 0, 0, 2].into(),
            7,
            ip_protocol::TCP,
            &tcp,
        );
        packet.set_tcp_payload(payload);
        packet
    }

    fn is_right(packet: &Packet) -> bool {
        Packet::parse(packet.bytes()).is_some() && packet.tcp_is_intact()
    }

    #[test]
    fn edits_keep_checksums_right() {
        let mut packet = segment(b"odd");
        assert!(is_right(&packet));
        packet.set_end(Part::Source, end(77, 40_000));
        packet.set_end(Part::Destination, end(78, 2121));
        assert!(packet.decrement_ttl());
        packet.renumber(0xffff_fffe, |ack| ack.wrapping_sub(7));
        assert!(is_right(&packet));
        let flow = packet.flow().map(|f| (f.source, f.destination));
        assert_eq!(flow, Some((end(77, 40_000), end(78, 2121))));
        let tcp = packet.tcp().expect("whole");
        assert_eq!(
            (tcp.sequence(), tcp.acknowledgement()),
            (0xffff_fffe, u32::MAX - 1)
        );
        assert_eq!(
            packet.payload()[23..31],
            [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]
        );
    }

    /// An ICMP error that quotes so many octets of a packet.
    fn error_about(packet: &Packet, quoted: usize) -> Packet {
        let mut icmp = vec![3, 1, 0, 0, 0, 0, 0, 0];
        icmp.extend(&packet.bytes()[..quoted]);
        let sum = checksum::compute(&icmp, 0);
        icmp[2..4].copy_from_slice(&sum.to_be_bytes());
        let router = [10, 0, 0, 3].into();
        Packet::new(router, packet.source(), 8, ip_protocol::ICMP, &icmp)
    }

    #[test]
    fn what_an_error_quotes_is_mended_whole() {
        let udp = [4, 1, 0, 53, 0, 9, 0, 0, 7];
        let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let mut summed = udp;
        let (source, destination) = (IpAddr::V4(a), IpAddr::V4(b));
        let pseudo = checksum::pseudo_header(source, destination, ip_protocol::UDP, 9);
        let pseudo = pseudo.expect("one family");
        let sum = checksum::compute(&udp, pseudo);
        summed[6..8].copy_from_slice(&sum.to_be_bytes());
        let flow = Flow {
            protocol: ip_protocol::TCP,
            source: end(77, 40_000),
            destination: end(78, 2121),
        };
        for packet in [
            segment(b"odd"),
            Packet::new(a, b, 7, ip_protocol::UDP, &summed),
            Packet::new(a, b, 7, ip_protocol::UDP, &udp),
        ] {
            let mut seen = packet.clone();
            seen.set_end(Part::Source, flow.source);
            seen.set_end(Part::Destination, flow.destination);
            let whole = packet.bytes().len();
            for quoted in [28, 36.min(whole), 37.min(whole), 38.min(whole), whole] {
                let mut error = error_about(&packet, quoted);
                error.set_quoted(flow);
                // Half a checksum cannot be mended.
                let whole = if quoted == 37 { 36 } else { quoted };
                assert_eq!(
                    error.payload()[8..][..whole],
                    seen.bytes()[..whole],
                    "{quoted} quoted"
                );
                assert_eq!(checksum::compute(error.payload(), 0), 0, "{quoted} quoted");
            }
        }
    }

    #[test]
    fn edits_keep_damage_damaged() {
        let mut bytes = segment(b"odd").bytes().to_vec();
        *bytes.last_mut().expect("a payload") ^= 4;
        let mut packet = Packet::parse(&bytes).expect("the header is sound");
        packet.set_end(Part::Source, end(77, 40_000));
        assert!(!packet.tcp_is_intact());
    }

    #[test]
    fn a_payload_of_another_length() {
        let mut packet = segment(b"PORT 10,0,0,1,4,1\r\n");
        packet.set_tcp_payload(b"PORT 203,0,113,77,156,64\r\n");
        assert!(is_right(&packet));
        let tcp = packet.tcp().expect("whole");
        assert_eq!(tcp.payload(), b"PORT 203,0,113,77,156,64\r\n");
    }
}
