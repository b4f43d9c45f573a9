//! ICMP errors that reach a host, and what they are about (RFC 792, RFC 4443).

use core::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::wire::{Icmp, Icmpv6, Ipv4, Ipv6, Udp, ip_protocol};

/// Why a packet did not arrive, in the words of the router or host that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IcmpError {
    /// No route to the network.
    NetUnreachable,
    /// The last router could not find the host.
    HostUnreachable,
    /// The host does not speak the protocol.
    ProtocolUnreachable,
    /// Nobody listens at the port.
    PortUnreachable,
    /// It was too long for a link, and may not be cut.
    TooBig,
    /// A filter refuses it.
    Prohibited,
    /// It passed too many routers.
    TimeExceeded,
    /// Anything else: type and code.
    Other(u8, u8),
}

/// As ping prints it.
impl fmt::Display for IcmpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IcmpError::NetUnreachable => f.write_str("net unreachable"),
            IcmpError::HostUnreachable => f.write_str("host unreachable"),
            IcmpError::ProtocolUnreachable => f.write_str("protocol unreachable"),
            IcmpError::PortUnreachable => f.write_str("port unreachable"),
            IcmpError::TooBig => f.write_str("too big for a link"),
            IcmpError::Prohibited => f.write_str("administratively prohibited"),
            IcmpError::TimeExceeded => f.write_str("time to live exceeded"),
            IcmpError::Other(kind, code) => write!(f, "ICMP type {kind}, code {code}"),
        }
    }
}

impl IcmpError {
    fn of_v4(kind: u8, code: u8) -> IcmpError {
        match (kind, code) {
            (3, 0) => IcmpError::NetUnreachable,
            (3, 1) => IcmpError::HostUnreachable,
            (3, 2) => IcmpError::ProtocolUnreachable,
            (3, 3) => IcmpError::PortUnreachable,
            (3, 4) => IcmpError::TooBig,
            (3, 9 | 10 | 13) => IcmpError::Prohibited,
            (11, 0) => IcmpError::TimeExceeded,
            _ => IcmpError::Other(kind, code),
        }
    }

    fn of_v6(kind: u8, code: u8) -> IcmpError {
        match (kind, code) {
            (1, 0) => IcmpError::NetUnreachable,
            (1, 1) => IcmpError::Prohibited,
            (1, 3) => IcmpError::HostUnreachable,
            (1, 4) => IcmpError::PortUnreachable,
            (2, _) => IcmpError::TooBig,
            (3, 0) => IcmpError::TimeExceeded,
            (4, 1) => IcmpError::ProtocolUnreachable,
            _ => IcmpError::Other(kind, code),
        }
    }

    /// It can be nothing but advice to a connection that stands, and ends one
    /// that is being opened. Too big is advice in any case.
    pub(super) const fn ends_attempts(self) -> bool {
        !matches!(self, IcmpError::TooBig | IcmpError::Other(..))
    }
}

/// An error, who sent it, and the packet of ours that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ErrorReport {
    pub error: IcmpError,
    /// The longest packet that would have passed, if that is what it says.
    pub mtu: Option<u16>,
    pub from: IpAddr,
    pub protocol: u8,
    /// An echo has its identifier for the local port and its sequence number
    /// for the remote one.
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

impl ErrorReport {
    /// What an IP packet reports, if it is an ICMP error that quotes enough.
    pub fn read(packet: &[u8]) -> Option<ErrorReport> {
        if let Some(ip) = Ipv4::new(packet) {
            let icmp = Icmp::new(ip.payload())
                .filter(|icmp| ip.protocol() == ip_protocol::ICMP && icmp.is_error())?;
            let error = IcmpError::of_v4(icmp.kind(), icmp.code());
            let quoted = Ipv4::new(icmp.payload())?;
            let ends = (quoted.source().into(), quoted.destination().into());
            let above = quoted.payload();
            let mut report =
                ErrorReport::about(error, ip.source().into(), quoted.protocol(), ends, above)?;
            if error == IcmpError::TooBig {
                // Zero of a router that knows nothing of it (RFC 1191 §4).
                report.mtu = Some(icmp.mtu() as u16).filter(|mtu| *mtu != 0);
            }
            return Some(report);
        }
        let ip = Ipv6::new(packet).filter(|ip| ip.next_header() == ip_protocol::ICMPV6)?;
        let icmp = Icmpv6::new(ip.payload()).filter(Icmpv6::is_error)?;
        let error = IcmpError::of_v6(icmp.kind(), icmp.code());
        let quoted = Ipv6::new(icmp.payload())?;
        let ends = (quoted.source().into(), quoted.destination().into());
        let protocol = quoted.next_header();
        let mut report =
            ErrorReport::about(error, ip.source().into(), protocol, ends, quoted.payload())?;
        if error == IcmpError::TooBig {
            report.mtu = Some(icmp.mtu().min(u32::from(u16::MAX)) as u16);
        }
        Some(report)
    }

    /// As if we told ourselves of a packet of our own.
    pub fn about_our_own(error: IcmpError, packet: &[u8]) -> Option<ErrorReport> {
        if let Some(ip) = Ipv4::new(packet) {
            let ends = (ip.source().into(), ip.destination().into());
            return ErrorReport::about(error, ends.0, ip.protocol(), ends, ip.payload());
        }
        let ip = Ipv6::new(packet)?;
        let ends = (ip.source().into(), ip.destination().into());
        ErrorReport::about(error, ends.0, ip.next_header(), ends, ip.payload())
    }

    fn about(
        error: IcmpError,
        from: IpAddr,
        protocol: u8,
        (source, destination): (IpAddr, IpAddr),
        above: &[u8],
    ) -> Option<ErrorReport> {
        let (local, remote) = match protocol {
            // TCP's ports are where UDP's are.
            ip_protocol::TCP | ip_protocol::UDP => {
                let ports = Udp::new(above)?;
                (ports.source_port(), ports.destination_port())
            }
            ip_protocol::ICMP => Icmp::new(above)?.echo()?,
            ip_protocol::ICMPV6 => Icmpv6::new(above)?.echo()?,
            _ => return None,
        };
        Some(ErrorReport {
            error,
            mtu: None,
            from,
            protocol,
            local: SocketAddr::new(source, local),
            remote: SocketAddr::new(destination, remote),
        })
    }
}
