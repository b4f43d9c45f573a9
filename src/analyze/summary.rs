//! One line for one frame: who, to whom, which protocol, and what it says.

use core::fmt::{self, Write};
use std::net::IpAddr;

use super::text::push_number;
use super::{Printable, services};
use crate::dissect::fields::type_words;
use crate::dissect::{Dissected, LayerKind, Packet, Role, Segment, Transport, Trouble};
use crate::ftp::address::find_epsv;
use crate::ftp::{Command, HostPort, ReplyCode};
use crate::wire::{
    Arp, ArpOperation, Ethernet, Icmp, Icmpv6, MacAddr, Sll, Sll2, Tcp, TcpFlags, TcpOption,
};

/// How much of a dialogue is shown for one frame.
const MAX_TEXT: usize = 400;

/// One end of a frame, as it is best named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// By its IP address.
    Ip(IpAddr),
    /// By its hardware address.
    Mac(MacAddr),
    /// All stations.
    Broadcast,
    /// It cannot be told.
    Unknown,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Ip(ip) => ip.fmt(f),
            Address::Mac(mac) => mac.fmt(f),
            Address::Broadcast => f.write_str("broadcast"),
            Address::Unknown => f.write_str("-"),
        }
    }
}

/// The columns of a packet list, but for number and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// From whom.
    pub source: Address,
    /// To whom.
    pub destination: Address,
    /// The highest protocol that is understood.
    pub protocol: &'static str,
    /// What it says, in that protocol's words.
    pub info: String,
}

impl Summary {
    /// The summary of a frame.
    pub fn of(seen: &Dissected<'_>) -> Summary {
        let (source, destination) = Summary::ends(seen);
        let mut info = String::new();
        Summary::write_info(seen, &mut info);
        Summary {
            source,
            destination,
            protocol: Summary::protocol_of(seen),
            info,
        }
    }

    /// Who sent a frame to whom.
    pub fn ends(seen: &Dissected<'_>) -> (Address, Address) {
        addresses(&seen.packet)
    }

    /// The highest protocol of a frame that is understood.
    pub fn protocol_of(seen: &Dissected<'_>) -> &'static str {
        protocol(seen)
    }

    /// Appends what a frame says to `out`.
    pub fn write_info(seen: &Dissected<'_>, out: &mut String) {
        // Writing to a string does not fail.
        let _ = write_info(seen, out);
    }
}

/// Who sent the packet to whom, as one names them best: by IP address, else by
/// hardware address.
fn addresses(packet: &Packet<'_>) -> (Address, Address) {
    if let Some(network) = packet.network {
        return (
            Address::Ip(network.source),
            Address::Ip(network.destination),
        );
    }
    let mac = |mac: MacAddr| {
        if mac.is_broadcast() {
            Address::Broadcast
        } else {
            Address::Mac(mac)
        }
    };
    let (source, destination) = match packet.layers().first().map(|l| l.kind) {
        Some(LayerKind::Ethernet) => match Ethernet::new(packet.bytes()) {
            Some(ethernet) => (mac(ethernet.source()), mac(ethernet.destination())),
            None => (Address::Unknown, Address::Unknown),
        },
        Some(LayerKind::Sll) => (
            cooked(Sll::new(packet.bytes()).map(|s| s.address())),
            Address::Unknown,
        ),
        Some(LayerKind::Sll2) => (
            cooked(Sll2::new(packet.bytes()).map(|s| s.address())),
            Address::Unknown,
        ),
        _ => (Address::Unknown, Address::Unknown),
    };
    match packet.arp {
        Some(arp) => {
            let target = match destination {
                Address::Broadcast => destination,
                _ => Address::Ip(arp.target_ip().into()),
            };
            (Address::Ip(arp.sender_ip().into()), target)
        }
        None => (source, destination),
    }
}

fn cooked(address: Option<&[u8]>) -> Address {
    match address.and_then(|a| a.first_chunk()) {
        Some(octets) => Address::Mac(MacAddr(*octets)),
        None => Address::Unknown,
    }
}

fn protocol(seen: &Dissected<'_>) -> &'static str {
    match seen.role {
        Role::FtpControl { .. } => return "FTP",
        Role::FtpData(_) => return "FTP-DATA",
        Role::Dns => return "DNS",
        Role::Dhcp => return "DHCP",
        Role::Other => {}
    }
    let cut = seen.packet.cut_ports().map(|(kind, _)| kind);
    match cut.or_else(|| seen.packet.layers().last().map(|l| l.kind)) {
        Some(LayerKind::Tcp) => "TCP",
        Some(LayerKind::Udp) => "UDP",
        Some(LayerKind::Icmp) => "ICMP",
        Some(LayerKind::Icmpv6) => "ICMPv6",
        Some(LayerKind::Arp) => "ARP",
        Some(LayerKind::Ipv4) => "IPv4",
        Some(LayerKind::Ipv6 | LayerKind::Extension(_)) => "IPv6",
        Some(LayerKind::Gre) => "GRE",
        Some(LayerKind::Llc | LayerKind::Snap) => "LLC",
        Some(LayerKind::Vlan | LayerKind::ServiceTag) => "802.1Q",
        Some(LayerKind::Mpls) => "MPLS",
        Some(LayerKind::Pppoe) => "PPPoE",
        Some(LayerKind::Ethernet) => "Ethernet",
        Some(LayerKind::Sll | LayerKind::Sll2 | LayerKind::Null) => "cooked",
        None => "?",
    }
}

fn write_info(seen: &Dissected<'_>, out: &mut String) -> fmt::Result {
    let packet = &seen.packet;
    if let Some(segment) = seen.segment
        && !segment.verdicts.is_empty()
    {
        write!(out, "[{}] ", segment.verdicts)?;
    }
    match (seen.role, packet.transport) {
        (Role::FtpControl { from_client }, _) => dialogue(from_client, packet.payload, out)?,
        (Role::FtpData(_), _) => data(seen, out)?,
        (Role::Dns, _) => services::dns(packet.payload, out)?,
        (Role::Dhcp, _) => services::dhcp(packet.payload, out)?,
        (Role::Other, Some(Transport::Tcp(tcp))) => tcp_info(&tcp, seen.segment, out)?,
        (Role::Other, Some(Transport::Udp(udp))) => {
            let (from, to) = (udp.source_port(), udp.destination_port());
            write!(out, "{from} > {to} Len={}", packet.payload_len)?;
        }
        (Role::Other, Some(Transport::Icmp(icmp))) => icmp_info(&icmp, out)?,
        (Role::Other, Some(Transport::Icmpv6(icmp))) => icmpv6_info(&icmp, out)?,
        (Role::Other, None) => match packet.cut_ports() {
            Some((_, [from, to])) => write!(out, "{from} > {to}")?,
            None => no_transport(packet, out)?,
        },
    }
    match packet.trouble {
        Some(Trouble::CutShort) => write!(out, " [cut short]"),
        Some(Trouble::Malformed(what)) => write!(out, " [malformed: {what}]"),
        None => Ok(()),
    }
}

/// The lines of a dialogue in this segment, as they stand in it.
fn dialogue(from_client: bool, payload: &[u8], out: &mut impl Write) -> fmt::Result {
    let shown = payload.get(..MAX_TEXT).unwrap_or(payload);
    let text = shown.strip_suffix(b"\n").unwrap_or(shown);
    for (index, line) in text.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if index > 0 {
            out.write_str(" | ")?;
        }
        let line = telnet(line, out)?;
        Printable(line).write_to(out)?;
        if let Some(port) = data_port(from_client, line) {
            write!(out, " \u{2192} port {port}")?;
        }
    }
    if shown.len() < payload.len() {
        out.write_char('\u{2026}')?;
    }
    Ok(())
}

/// Names the Telnet commands at the front of a line (RFC 854), as they come
/// before ABOR; gives back the rest. IAC may stand in the segment before.
fn telnet<'a>(line: &'a [u8], out: &mut impl Write) -> Result<&'a [u8], fmt::Error> {
    let end = line.iter().position(|b| *b < 0xf0).unwrap_or(line.len());
    let (commands, rest) = line.split_at(end);
    for command in commands {
        match command {
            0xff => out.write_str("IAC ")?,
            0xf4 => out.write_str("IP ")?,
            0xf2 => out.write_str("DM ")?,
            0xf5 => out.write_str("AO ")?,
            0xf6 => out.write_str("AYT ")?,
            other => write!(out, "\\x{other:02x} ")?,
        }
    }
    Ok(rest)
}

/// The data port that a line speaks of.
fn data_port(from_client: bool, line: &[u8]) -> Option<u16> {
    if from_client {
        // PORT and EPRT only are worth a closer look.
        if !matches!(line.first(), Some(b'P' | b'p' | b'E' | b'e')) {
            return None;
        }
        return match Command::parse(line) {
            Ok(Command::Port(place)) => Some(place.port),
            Ok(Command::Eprt(place)) => Some(place.0.port()),
            _ => None,
        };
    }
    let text = || Some(String::from_utf8_lossy(line.get(4..)?));
    match ReplyCode::from_line(line)?.get() {
        227 => HostPort::find(&text()?).map(|place| place.port),
        229 => find_epsv(&text()?),
        _ => None,
    }
}

fn data(seen: &Dissected<'_>, out: &mut String) -> fmt::Result {
    push_number(out, seen.packet.payload_len.into());
    let plural = seen.packet.payload_len != 1;
    out.push_str(if plural { " bytes" } else { " byte" });
    let Role::FtpData(Some(id)) = seen.role else {
        return Ok(());
    };
    let command = seen.context.transfer(id).and_then(|t| t.command.as_ref());
    if let Some(command) = command {
        out.push_str(" (");
        out.push_str(command.verb.name());
        if let Some(argument) = &command.argument {
            out.push(' ');
            Printable(argument.as_bytes()).write_to(out)?;
        }
        out.push(')');
    }
    Ok(())
}

fn tcp_info(tcp: &Tcp<'_>, segment: Option<Segment>, out: &mut String) -> fmt::Result {
    push_number(out, tcp.source_port().into());
    out.push_str(" > ");
    push_number(out, tcp.destination_port().into());
    out.push_str(" [");
    // Most segments have one of two sets of flags.
    match tcp.flags() {
        TcpFlags(0x10) => out.push_str("ACK"),
        TcpFlags(0x18) => out.push_str("PSH, ACK"),
        flags => write!(out, "{flags}")?,
    }
    out.push(']');
    if let Some(segment) = segment {
        out.push_str(" Seq=");
        push_number(out, segment.sequence.into());
        if let Some(ack) = segment.acknowledgement {
            out.push_str(" Ack=");
            push_number(out, ack.into());
        }
        out.push_str(" Win=");
        push_number(out, segment.window.into());
        out.push_str(" Len=");
        push_number(out, segment.len.into());
    }
    let syn = tcp.flags().has(TcpFlags::SYN);
    for option in tcp.options() {
        match option {
            TcpOption::MaxSegmentSize(size) if syn => write!(out, " MSS={size}")?,
            TcpOption::WindowScale(shift) if syn => write!(out, " WS={}", 1u32 << shift.min(14))?,
            TcpOption::SackPermitted if syn => out.write_str(" SACK_PERM")?,
            TcpOption::Sack(_) => {
                for (left, right) in option.sack_blocks() {
                    write!(out, " SACK={}", right.wrapping_sub(left))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn arp_info(arp: &Arp<'_>, out: &mut impl Write) -> fmt::Result {
    let (sender, target) = (arp.sender_ip(), arp.target_ip());
    match arp.operation() {
        _ if arp.is_gratuitous() => {
            write!(out, "{sender} is at {} (announcement)", arp.sender_mac())
        }
        ArpOperation::Request if sender.is_unspecified() => {
            write!(out, "Who has {target}? (probe)")
        }
        ArpOperation::Request => write!(out, "Who has {target}? Tell {sender}"),
        ArpOperation::Reply => write!(out, "{sender} is at {}", arp.sender_mac()),
        ArpOperation::Other(number) => write!(out, "ARP operation {number}"),
    }
}

fn icmp_info(icmp: &Icmp<'_>, out: &mut impl Write) -> fmt::Result {
    let name = match (icmp.kind(), icmp.code()) {
        (0, _) => "Echo reply",
        (8, _) => "Echo request",
        (3, 0) => "Network unreachable",
        (3, 1) => "Host unreachable",
        (3, 2) => "Protocol unreachable",
        (3, 3) => "Port unreachable",
        (3, 4) => "Fragmentation needed",
        (3, 5) => "Source route failed",
        (3, 6) => "Destination network unknown",
        (3, 7) => "Destination host unknown",
        (3, 8) => "Source host isolated",
        (3, 9) => "Network administratively prohibited",
        (3, 10) => "Host administratively prohibited",
        (3, 11) => "Network unreachable for TOS",
        (3, 12) => "Host unreachable for TOS",
        // RFC 1812 §5.2.7.1.
        (3, 13) => "Communication administratively filtered",
        (3, 14) => "Host precedence violation",
        (3, 15) => "Precedence cutoff in effect",
        (3, _) => "Destination unreachable",
        (5, _) => "Redirect",
        (11, 1) => "Reassembly time exceeded",
        (11, _) => "Time to live exceeded",
        (12, _) => "Parameter problem",
        (kind, code) => return write!(out, "Type {kind}, code {code}"),
    };
    out.write_str(name)?;
    echo(icmp.echo(), out)
}

fn icmpv6_info(icmp: &Icmpv6<'_>, out: &mut impl Write) -> fmt::Result {
    let name = match (icmp.kind(), icmp.code()) {
        (1, 0) => "No route to destination",
        (1, 1) => "Administratively prohibited",
        (1, 3) => "Address unreachable",
        (1, 4) => "Port unreachable",
        (1, _) => "Destination unreachable",
        (2, _) => "Packet too big",
        (3, _) => "Hop limit exceeded",
        (4, _) => "Parameter problem",
        (128, _) => "Echo request",
        (129, _) => "Echo reply",
        (130..=132 | 143, _) => "Multicast listener message",
        (133, _) => "Router solicitation",
        (134, _) => "Router advertisement",
        (135, _) => "Neighbour solicitation for",
        (136, _) => "Neighbour advertisement of",
        (kind, code) => return write!(out, "Type {kind}, code {code}"),
    };
    out.write_str(name)?;
    if let Some(target) = icmp.target() {
        write!(out, " {target}")?;
    }
    echo(icmp.echo(), out)
}

fn echo(numbers: Option<(u16, u16)>, out: &mut impl Write) -> fmt::Result {
    match numbers {
        Some((id, sequence)) => write!(out, " id={id} seq={sequence}"),
        None => Ok(()),
    }
}

fn no_transport(packet: &Packet<'_>, out: &mut impl Write) -> fmt::Result {
    let len = packet.payload_len;
    if let Some(arp) = packet.arp {
        return arp_info(&arp, out);
    }
    match (packet.network, packet.unknown_type) {
        (Some(network), _) => match network.fragment {
            Some(piece) => write!(
                out,
                "Fragment of protocol {}: {len} bytes at {}, id {:#x}{}",
                network.protocol,
                piece.offset,
                piece.identification,
                if piece.more { "" } else { ", the last" }
            ),
            None => write!(out, "Protocol {}, {len} bytes", network.protocol),
        },
        (None, Some(kind)) => match type_words(kind) {
            "" => write!(out, "Type {kind:#06x}, {len} bytes"),
            words => write!(out, "{kind:#06x} {words}, {len} bytes"),
        },
        (None, None) => write!(out, "{len} bytes"),
    }
}
