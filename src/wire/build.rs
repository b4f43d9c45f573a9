//! Frames put together from fields, for those who inject them: lengths and checksums are filled in.

use std::net::Ipv4Addr;

use super::{ArpOperation, Frame, MacAddr, TcpFlags, checksum, ether_type, ip_protocol};

/// A frame of any EtherType.
pub fn ethernet(to: MacAddr, from: MacAddr, kind: u16, payload: &[u8]) -> Frame {
    Frame::new(&[&to.0[..], &from.0, &kind.to_be_bytes(), payload].concat())
}

/// A frame from the octets that a text gives in hexadecimal; spaces, line ends,
/// colons and dashes between them count for nothing. `None` if anything else
/// is in it, or half an octet.
///
/// ```
/// let frame = wirelab::wire::build::from_hex("ffff ffff ffff 02:00:00:00:00:01 0806").unwrap();
/// assert!(frame.destination().is_broadcast());
/// ```
pub fn from_hex(text: &str) -> Option<Frame> {
    let between = |c: &char| c.is_ascii_whitespace() || matches!(c, ':' | '-');
    let mut digits = text.chars().filter(|c| !between(c));
    let mut bytes = Vec::new();
    while let Some(high) = digits.next() {
        let (high, low) = (high.to_digit(16)?, digits.next()?.to_digit(16)?);
        bytes.push((high * 16 + low) as u8);
    }
    (!bytes.is_empty()).then(|| Frame::new(&bytes))
}

/// An ARP packet from `sender` to `target`, in a frame between the two. The
/// unknown hardware address of a request is written as zero.
pub fn arp(
    operation: ArpOperation,
    sender: (MacAddr, Ipv4Addr),
    target: (MacAddr, Ipv4Addr),
) -> Frame {
    let number = match operation {
        ArpOperation::Request => 1u16,
        ArpOperation::Reply => 2,
        ArpOperation::Other(number) => number,
    };
    let known = match operation {
        ArpOperation::Request => MacAddr::ZERO,
        _ => target.0,
    };
    let mut packet = vec![0, 1, 8, 0, 6, 4];
    packet.extend(number.to_be_bytes());
    packet.extend(sender.0.0);
    packet.extend(sender.1.octets());
    packet.extend(known.0);
    packet.extend(target.1.octets());
    ethernet(target.0, sender.0, ether_type::ARP, &packet)
}

/// The fields of an IPv4 packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4Fields {
    /// Who sends it, or is said to.
    pub source: Ipv4Addr,
    /// Who shall have it.
    pub destination: Ipv4Addr,
    /// Time to live.
    pub ttl: u8,
    /// The identification.
    pub id: u16,
}

/// What an IPv4 packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Above<'a> {
    /// Anything, under its protocol number.
    Raw(u8, &'a [u8]),
    /// An ICMP message: type, code, the four octets after the checksum, the rest.
    Icmp(u8, u8, u32, &'a [u8]),
    /// A UDP datagram: the ports and the payload.
    Udp(u16, u16, &'a [u8]),
    /// A TCP segment.
    Tcp(TcpFields<'a>),
}

/// The fields of a TCP segment without options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpFields<'a> {
    /// The ports: from, to.
    pub ports: (u16, u16),
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgement number.
    pub acknowledgement: u32,
    /// Control bits.
    pub flags: TcpFlags,
    /// Window.
    pub window: u16,
    /// What it carries.
    pub payload: &'a [u8],
}

/// An IPv4 packet, at most 65,535 octets of it.
pub fn ipv4(fields: Ipv4Fields, above: Above<'_>) -> Vec<u8> {
    let (protocol, sum_at, mut payload) = match above {
        Above::Raw(protocol, payload) => (protocol, None, payload.to_vec()),
        Above::Icmp(kind, code, rest, payload) => {
            let head = [&[kind, code, 0, 0][..], &rest.to_be_bytes()].concat();
            (ip_protocol::ICMP, Some(2), [&head, payload].concat())
        }
        Above::Udp(from, to, payload) => {
            let len = (payload.len() + 8) as u16;
            let head = [from, to, len, 0].map(u16::to_be_bytes).concat();
            (ip_protocol::UDP, Some(6), [&head, payload].concat())
        }
        Above::Tcp(tcp) => {
            let mut segment = [tcp.ports.0, tcp.ports.1].map(u16::to_be_bytes).concat();
            segment.extend(tcp.sequence.to_be_bytes());
            segment.extend(tcp.acknowledgement.to_be_bytes());
            segment.extend((0x5000 | tcp.flags.0 & 0x1ff).to_be_bytes());
            segment.extend(tcp.window.to_be_bytes());
            segment.extend([0; 4]);
            segment.extend(tcp.payload);
            (ip_protocol::TCP, Some(16), segment)
        }
    };
    payload.truncate(usize::from(u16::MAX) - 20);
    if let Some(at) = sum_at {
        let (source, destination) = (fields.source.into(), fields.destination.into());
        let len = payload.len() as u32;
        // ICMP's checksum leaves the addresses out (RFC 792).
        let pseudo = match protocol {
            ip_protocol::ICMP => None,
            _ => checksum::pseudo_header(source, destination, protocol, len),
        };
        let sum = match checksum::compute(&payload, pseudo.unwrap_or(0)) {
            // Zero would say that there is no checksum (RFC 768).
            0 if protocol == ip_protocol::UDP => u16::MAX,
            sum => sum,
        };
        payload[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    let mut packet = vec![0x45, 0];
    packet.extend((20 + payload.len() as u16).to_be_bytes());
    packet.extend(fields.id.to_be_bytes());
    packet.extend([0, 0, fields.ttl, protocol, 0, 0]);
    packet.extend(fields.source.octets());
    packet.extend(fields.destination.octets());
    let sum = checksum::compute(&packet, 0);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(payload);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Arp, Icmp, Ipv4, Tcp, Udp};

    const FIELDS: Ipv4Fields = Ipv4Fields {
        source: Ipv4Addr::new(10, 2, 0, 2),
        destination: Ipv4Addr::new(10, 2, 0, 1),
        ttl: 64,
        id: 7,
    };

    #[test]
    fn what_is_built_can_be_read() {
        let tcp = TcpFields {
            ports: (1038, 21),
            sequence: 9,
            acknowledgement: 0,
            flags: TcpFlags::SYN,
            window: 8760,
            payload: b"x",
        };
        for above in [
            Above::Tcp(tcp),
            Above::Udp(1038, 53, b"x"),
            Above::Icmp(8, 0, 7, b"x"),
        ] {
            let packet = ipv4(FIELDS, above);
            let ip = Ipv4::new(&packet).expect("a header");
            assert_eq!(ip.checksum_is_right(), Some(true));
            let ends = (ip.source().into(), ip.destination().into());
            let len = ip.payload().len() as u32;
            let pseudo = checksum::pseudo_header(ends.0, ends.1, ip.protocol(), len);
            let pseudo = pseudo.filter(|_| ip.protocol() != ip_protocol::ICMP);
            assert!(
                checksum::is_right(ip.payload(), pseudo.unwrap_or(0)),
                "{above:?}"
            );
            let payload = match above {
                Above::Tcp(_) => Tcp::new(ip.payload()).expect("TCP").payload(),
                Above::Udp(..) => Udp::new(ip.payload()).expect("UDP").payload(),
                _ => Icmp::new(ip.payload()).expect("ICMP").payload(),
            };
            assert_eq!(payload, b"x");
        }
    }

    #[test]
    fn arp_and_hex() {
        let (us, them) = (MacAddr([2, 0, 0, 0, 0, 1]), MacAddr::BROADCAST);
        let frame = arp(
            ArpOperation::Request,
            (us, FIELDS.source),
            (them, FIELDS.destination),
        );
        let packet = Arp::new(&frame.bytes()[14..]).expect("ARP");
        assert_eq!(packet.target_mac(), MacAddr::ZERO);
        assert_eq!(packet.sender_mac(), us);
        for bad in ["", "f", "fg", "ff f"] {
            assert!(from_hex(bad).is_none(), "{bad}");
        }
    }
}
