//! Fields of ICMP, ICMPv6 and UDP, and the verification of checksums above IP.

use super::defs::*;
use super::{ChecksumStatus, Place, Value, discovery};
use crate::dissect::{LayerKind, Packet};
use crate::wire::{Icmp, Icmpv6, Udp, checksum, ip_protocol};

/// Verifies the checksum of what lies above IP, with its pseudo header if it
/// has one. `field` is what the checksum's own field holds.
pub(super) fn verify(
    packet: &Packet<'_>,
    start: usize,
    protocol: u8,
    with_pseudo_header: bool,
    field: u16,
) -> ChecksumStatus {
    let Some(network) = packet.network.filter(|n| n.fragment.is_none()) else {
        return ChecksumStatus::Unverified;
    };
    let header = packet.layers().last().map_or(0, |l| l.end as usize - start);
    let Some(len) = (packet.payload_len as usize).checked_add(header) else {
        return ChecksumStatus::Unverified;
    };
    let covered = packet.bytes().get(start..start + len);
    let (Some(covered), Ok(len)) = (covered, u32::try_from(len)) else {
        return ChecksumStatus::Unverified;
    };
    let pseudo = if with_pseudo_header {
        checksum::pseudo_header(network.source, network.destination, protocol, len)
    } else {
        Some(0)
    };
    match pseudo {
        Some(pseudo) if checksum::is_right(covered, pseudo) => ChecksumStatus::Good,
        Some(pseudo) if with_pseudo_header && field == checksum::fold(pseudo) => {
            ChecksumStatus::Offloaded
        }
        Some(_) => ChecksumStatus::Bad,
        None => ChecksumStatus::Unverified,
    }
}

/// What is left of a header that a snap length cut, as in Wireshark: the ports, of
/// TCP the numbers too if the window is there. The rest can be asked for by its place.
pub(super) fn cut(packet: &Packet<'_>, mut at: Place<'_>) {
    let Some((kind, [from, to])) = packet.cut_ports() else {
        return;
    };
    let (layer, source, destination) = match kind {
        LayerKind::Tcp => (&TCP, &TCP_SRCPORT, &TCP_DSTPORT),
        _ => (&UDP, &UDP_SRCPORT, &UDP_DSTPORT),
    };
    at.title(layer, format_args!("{from} > {to}, cut short"));
    at.number(source, 0..2, from, format_args!(""));
    at.number(destination, 2..4, to, format_args!(""));
    if let (LayerKind::Tcp, Some(head)) = (kind, packet.payload.first_chunk()) {
        super::tcp::cut(head, &mut at);
    }
}

pub(super) fn icmp(icmp: &Icmp<'_>, packet: &Packet<'_>, mut at: Place<'_>) {
    let words = match icmp.kind() {
        0 => "echo reply",
        3 => "destination unreachable",
        5 => "redirect",
        8 => "echo request",
        11 => "time exceeded",
        12 => "parameter problem",
        _ => "",
    };
    at.title(&ICMP, format_args!("{words}"));
    at.number(&ICMP_TYPE, 0..1, icmp.kind(), format_args!("{words}"));
    at.number(&ICMP_CODE, 1..2, icmp.code(), format_args!(""));
    at.number(
        &ICMP_CHECKSUM,
        2..4,
        icmp.checksum(),
        format_args!("over the whole message"),
    );
    let status = verify(packet, at.start, ip_protocol::ICMP, false, icmp.checksum());
    at.number(
        &ICMP_CHECKSUM_STATUS,
        2..4,
        status.number(),
        format_args!("{}", status.words()),
    );
    if let Some((identifier, sequence)) = icmp.echo() {
        at.number(&ICMP_IDENT, 4..6, identifier, format_args!(""));
        at.number(&ICMP_SEQ, 6..8, sequence, format_args!(""));
    }
    if (icmp.kind(), icmp.code()) == (3, 4) {
        let words = format_args!("fragmentation was needed, and forbidden");
        at.number(&ICMP_MTU, 6..8, icmp.mtu(), words);
    }
}

pub(super) fn icmpv6(icmp: &Icmpv6<'_>, packet: &Packet<'_>, mut at: Place<'_>) {
    let words = match icmp.kind() {
        1 => "destination unreachable",
        2 => "packet too big",
        3 => "time exceeded",
        4 => "parameter problem",
        128 => "echo request",
        129 => "echo reply",
        133 => "router solicitation",
        134 => "router advertisement",
        135 => "neighbour solicitation",
        136 => "neighbour advertisement",
        137 => "redirect",
        _ => "",
    };
    at.title(&ICMPV6, format_args!("{words}"));
    at.number(&ICMPV6_TYPE, 0..1, icmp.kind(), format_args!("{words}"));
    at.number(&ICMPV6_CODE, 1..2, icmp.code(), format_args!(""));
    at.number(
        &ICMPV6_CHECKSUM,
        2..4,
        icmp.checksum(),
        format_args!("with the pseudo header"),
    );
    let status = verify(packet, at.start, ip_protocol::ICMPV6, true, icmp.checksum());
    at.number(
        &ICMPV6_CHECKSUM_STATUS,
        2..4,
        status.number(),
        format_args!("{}", status.words()),
    );
    if icmp.kind() == 2 {
        let words = format_args!("what the next link takes");
        at.number(&ICMPV6_MTU, 4..8, icmp.mtu(), words);
    }
    discovery::discovery(icmp, &mut at);
}

pub(super) fn udp(udp: &Udp<'_>, packet: &Packet<'_>, mut at: Place<'_>) {
    let (from, to) = (udp.source_port(), udp.destination_port());
    at.title(&UDP, format_args!("{from} > {to}"));
    at.number(&UDP_SRCPORT, 0..2, from, format_args!(""));
    at.number(&UDP_DSTPORT, 2..4, to, format_args!(""));
    at.number(
        &UDP_LENGTH,
        4..6,
        udp.len(),
        format_args!("header and payload"),
    );
    at.number(
        &UDP_CHECKSUM,
        6..8,
        udp.checksum(),
        format_args!("with the pseudo header"),
    );
    let status = if udp.checksum() == 0 {
        ChecksumStatus::Unverified
    } else {
        verify(packet, at.start, ip_protocol::UDP, true, udp.checksum())
    };
    at.number(
        &UDP_CHECKSUM_STATUS,
        6..8,
        status.number(),
        format_args!("{}", status.words()),
    );
    if !packet.payload.is_empty() {
        let end = Udp::LEN + packet.payload.len();
        at.put(
            &UDP_PAYLOAD,
            Udp::LEN..end,
            Value::Bytes(packet.payload),
            format_args!(""),
        );
    }
}
