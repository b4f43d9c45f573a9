//! Who talks to whom: the two ends of a packet, by which devices remember a conversation.

use std::net::SocketAddr;

use crate::wire::{Icmp, Icmpv6, Ipv4, Ipv6, Udp, ip_protocol};

/// The ends of one packet. An ICMP echo has the asker's identifier for its
/// port, and zero for the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flow {
    pub protocol: u8,
    pub source: SocketAddr,
    pub destination: SocketAddr,
}

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Source,
    Destination,
}

impl Flow {
    /// The ends of an IPv4 packet of which at least eight octets follow the
    /// header: TCP, UDP, or an ICMP echo. Anything else belongs to no
    /// conversation.
    pub fn of(packet: &[u8]) -> Option<Flow> {
        let ip = Ipv4::new(packet)?;
        let (source, destination) = ports(ip.protocol(), packet.get(ip.header_len()..)?)?;
        Some(Flow {
            protocol: ip.protocol(),
            source: SocketAddr::new(ip.source().into(), source),
            destination: SocketAddr::new(ip.destination().into(), destination),
        })
    }

    /// The same of an IPv6 packet without extension headers.
    pub fn of_v6(packet: &[u8]) -> Option<Flow> {
        let ip = Ipv6::new(packet)?;
        let (source, destination) = ports(ip.next_header(), packet.get(Ipv6::LEN..)?)?;
        Some(Flow {
            protocol: ip.next_header(),
            source: SocketAddr::new(ip.source().into(), source),
            destination: SocketAddr::new(ip.destination().into(), destination),
        })
    }

    /// The flow of the answers.
    pub fn reversed(self) -> Flow {
        Flow {
            source: self.destination,
            destination: self.source,
            ..self
        }
    }
}

/// What stands for the two ports of a packet of which `above` follows the header.
fn ports(protocol: u8, above: &[u8]) -> Option<(u16, u16)> {
    let asked = match protocol {
        // TCP's ports are where UDP's are.
        ip_protocol::TCP | ip_protocol::UDP => {
            let ports = Udp::new(above)?;
            return Some((ports.source_port(), ports.destination_port()));
        }
        ip_protocol::ICMP => {
            let icmp = Icmp::new(above)?;
            (icmp.kind() == 8, icmp.echo()?.0)
        }
        ip_protocol::ICMPV6 => {
            let icmp = Icmpv6::new(above)?;
            (icmp.kind() == 128, icmp.echo()?.0)
        }
        _ => return None,
    };
    Some(match asked {
        (true, identifier) => (identifier, 0),
        (false, identifier) => (0, identifier),
    })
}
