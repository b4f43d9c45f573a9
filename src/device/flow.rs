//! Who talks to whom: the two ends of a packet, by which devices remember a conversation.

use std::net::SocketAddrV4;

use crate::wire::{Icmp, Ipv4, Udp, ip_protocol};

/// The ends of one packet. An ICMP echo has the asker's identifier for its
/// port, and zero for the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flow {
    pub protocol: u8,
    pub source: SocketAddrV4,
    pub destination: SocketAddrV4,
}

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Source,
    Destination,
}

impl Flow {
    /// The ends of a packet of which at least eight octets follow the header:
    /// TCP, UDP, or an ICMP echo. Anything else belongs to no conversation.
    pub fn of(packet: &[u8]) -> Option<Flow> {
        let ip = Ipv4::new(packet)?;
        let above = packet.get(ip.header_len()..)?;
        let (source, destination) = match ip.protocol() {
            // TCP's ports are where UDP's are.
            ip_protocol::TCP | ip_protocol::UDP => {
                let ports = Udp::new(above)?;
                (ports.source_port(), ports.destination_port())
            }
            ip_protocol::ICMP => {
                let icmp = Icmp::new(above)?;
                let (identifier, _) = icmp.echo()?;
                match icmp.kind() {
                    8 => (identifier, 0),
                    _ => (0, identifier),
                }
            }
            _ => return None,
        };
        Some(Flow {
            protocol: ip.protocol(),
            source: SocketAddrV4::new(ip.source(), source),
            destination: SocketAddrV4::new(ip.destination(), destination),
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
