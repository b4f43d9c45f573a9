//! Fields of ARP, IPv4, IPv6 with its extension headers, and GRE.

use super::defs::*;
use super::link::type_words;
use super::{ChecksumStatus, FieldDef, Place, Value};
use crate::dissect::FragmentSeen;
use crate::wire::{Arp, ArpOperation, Extension, Ipv4, Ipv6, MacAddr, ip_protocol};

pub(super) fn arp(bytes: &[u8], mut at: Place<'_>) {
    let Some(arp) = Arp::new(bytes) else { return };
    let (number, words) = match arp.operation() {
        ArpOperation::Request => (1, "request: who has the target's address?"),
        ArpOperation::Reply => (2, "reply: the sender has its address"),
        ArpOperation::Other(number) => (number, ""),
    };
    at.title(&ARP, format_args!("{words}"));
    at.number(&ARP_HW_TYPE, 0..2, 1u8, format_args!("Ethernet"));
    at.number(&ARP_PROTO_TYPE, 2..4, 0x0800u16, format_args!("IPv4"));
    at.number(&ARP_HW_SIZE, 4..5, 6u8, format_args!(""));
    at.number(&ARP_PROTO_SIZE, 5..6, 4u8, format_args!(""));
    at.number(&ARP_OPCODE, 6..8, number, format_args!("{words}"));
    at.put(
        &ARP_SRC_MAC,
        8..14,
        Value::Mac(arp.sender_mac()),
        format_args!(""),
    );
    at.put(
        &ARP_SRC_IP,
        14..18,
        Value::Ip(arp.sender_ip().into()),
        format_args!(""),
    );
    let asked = if arp.target_mac() == MacAddr::ZERO {
        "unknown: that is what is asked"
    } else {
        ""
    };
    at.put(
        &ARP_DST_MAC,
        18..24,
        Value::Mac(arp.target_mac()),
        format_args!("{asked}"),
    );
    at.put(
        &ARP_DST_IP,
        24..28,
        Value::Ip(arp.target_ip().into()),
        format_args!(""),
    );
    if arp.is_gratuitous() {
        at.flag(
            &ARP_GRATUITOUS,
            14..28,
            true,
            "the sender speaks of its own address",
        );
    }
}

/// The name of a protocol above IP.
pub(super) fn protocol_words(protocol: u8) -> &'static str {
    match protocol {
        ip_protocol::HOP_BY_HOP => "hop-by-hop options",
        ip_protocol::ICMP => "ICMP",
        ip_protocol::IGMP => "IGMP",
        ip_protocol::IPV4 => "IPv4 in IP",
        ip_protocol::TCP => "TCP",
        ip_protocol::UDP => "UDP",
        ip_protocol::IPV6 => "IPv6 in IP",
        ip_protocol::ROUTING => "routing header",
        ip_protocol::FRAGMENT => "fragment header",
        ip_protocol::GRE => "GRE",
        ip_protocol::ESP => "ESP",
        ip_protocol::AUTHENTICATION => "authentication header",
        ip_protocol::ICMPV6 => "ICMPv6",
        ip_protocol::NO_NEXT => "nothing",
        ip_protocol::DESTINATION_OPTIONS => "destination options",
        _ => "",
    }
}

/// From which initial value a sender usually counts down.
fn hops_words(hops: u8) -> (u8, u8) {
    let initial = match hops {
        0..=32 => 32,
        33..=64 => 64,
        65..=128 => 128,
        _ => 255,
    };
    (initial, initial - hops)
}

pub(super) fn ipv4(bytes: &[u8], pieces: &[FragmentSeen], mut at: Place<'_>) {
    let Some(ip) = Ipv4::new(bytes) else { return };
    let (from, to) = (ip.source(), ip.destination());
    at.title(&IP, format_args!("{from} > {to}"));
    at.number(&IP_VERSION, 0..1, 4u8, format_args!(""));
    let len = ip.header_len();
    let options = if len > 20 {
        "with options"
    } else {
        "no options"
    };
    at.number(&IP_HDR_LEN, 0..1, len as u64, format_args!("{options}"));
    let service = ip.type_of_service();
    at.number(&IP_DSFIELD, 1..2, service, format_args!(""));
    at.number(&IP_DSCP, 1..2, service >> 2, format_args!(""));
    at.number(&IP_ECN, 1..2, service & 3, format_args!(""));
    let payload = ip.payload_len();
    match payload {
        Some(n) => at.number(
            &IP_LEN,
            2..4,
            ip.total_len(),
            format_args!("{n} bytes after the header"),
        ),
        None => at.number(
            &IP_LEN,
            2..4,
            ip.total_len(),
            format_args!("less than the header: the sender's card was to fill it in"),
        ),
    }
    at.number(&IP_ID, 4..6, ip.identification(), format_args!(""));
    at.number(
        &IP_FLAGS,
        6..7,
        bytes.get(6).map_or(0, |b| b >> 5),
        format_args!(""),
    );
    at.flag(&IP_DF, 6..7, ip.dont_fragment(), "routers may not cut it");
    at.flag(
        &IP_MF,
        6..7,
        ip.more_fragments(),
        "more pieces of the packet follow",
    );
    at.number(
        &IP_FRAG_OFFSET,
        6..8,
        ip.fragment_offset() / 8,
        format_args!("eights of bytes"),
    );
    let (initial, passed) = hops_words(ip.ttl());
    at.number(
        &IP_TTL,
        8..9,
        ip.ttl(),
        format_args!("probably sent with {initial}, {passed} routers passed"),
    );
    at.number(
        &IP_PROTO,
        9..10,
        ip.protocol(),
        format_args!("{}", protocol_words(ip.protocol())),
    );
    let status = match ip.checksum_is_right() {
        Some(true) => ChecksumStatus::Good,
        Some(false) if ip.checksum() == 0 => ChecksumStatus::Offloaded,
        Some(false) => ChecksumStatus::Bad,
        None => ChecksumStatus::Unverified,
    };
    at.number(
        &IP_CHECKSUM,
        10..12,
        ip.checksum(),
        format_args!("over the header only"),
    );
    at.number(
        &IP_CHECKSUM_STATUS,
        10..12,
        status.number(),
        format_args!("{}", status.words()),
    );
    at.put(&IP_SRC, 12..16, Value::Ip(from.into()), format_args!(""));
    at.put(&IP_DST, 16..20, Value::Ip(to.into()), format_args!(""));
    let mut place = Ipv4::MIN_LEN;
    for option in ip.options() {
        let len = if option.kind == 1 {
            1
        } else {
            option.data.len() + 2
        };
        let words = match option.kind {
            1 => "no operation",
            7 => "record route",
            0x44 => "timestamps",
            0x83 => "loose source route",
            0x89 => "strict source route",
            0x94 => "router alert",
            _ => "",
        };
        at.number(
            &IP_OPT_TYPE,
            place..place + len,
            option.kind,
            format_args!("{words}"),
        );
        place += len;
    }
    if ip.is_fragment() {
        let defs = [&IP_FRAGMENT, &IP_FRAGMENT_COUNT, &IP_REASSEMBLED];
        joined(pieces, defs, &mut at);
    }
}

/// Of which pieces the packet was joined that this one completed.
fn joined(pieces: &[FragmentSeen], defs: [&'static FieldDef; 3], at: &mut Place<'_>) {
    let [piece_def, count_def, length_def] = defs;
    for piece in pieces {
        let (from, to) = (piece.offset, piece.offset + piece.len);
        let words = format_args!("bytes {from} to {}", to.saturating_sub(1));
        at.number(piece_def, 0..0, piece.frame, words);
    }
    if let Some(length) = pieces.iter().map(|p| p.offset + p.len).max() {
        at.number(count_def, 0..0, pieces.len() as u64, format_args!(""));
        let words = format_args!("bytes, which follow the frame's own");
        at.number(length_def, 0..0, length, words);
    }
}

pub(super) fn ipv6(bytes: &[u8], mut at: Place<'_>) {
    let Some(ip) = Ipv6::new(bytes) else { return };
    let (from, to) = (ip.source(), ip.destination());
    at.title(&IPV6, format_args!("{from} > {to}"));
    at.number(&IPV6_VERSION, 0..1, 6u8, format_args!(""));
    at.number(&IPV6_TCLASS, 0..2, ip.traffic_class(), format_args!(""));
    at.number(&IPV6_FLOW, 1..4, ip.flow_label(), format_args!(""));
    at.number(
        &IPV6_PLEN,
        4..6,
        ip.payload_len(),
        format_args!("bytes after this header"),
    );
    let next = ip.next_header();
    at.number(
        &IPV6_NXT,
        6..7,
        next,
        format_args!("{}", protocol_words(next)),
    );
    let (initial, passed) = hops_words(ip.hop_limit());
    at.number(
        &IPV6_HLIM,
        7..8,
        ip.hop_limit(),
        format_args!("probably sent with {initial}, {passed} routers passed"),
    );
    at.put(&IPV6_SRC, 8..24, Value::Ip(from.into()), format_args!(""));
    at.put(&IPV6_DST, 24..40, Value::Ip(to.into()), format_args!(""));
}

pub(super) fn extension(kind: u8, bytes: &[u8], pieces: &[FragmentSeen], mut at: Place<'_>) {
    let Some(header) = Extension::new(kind, bytes) else {
        return;
    };
    at.title(&IPV6_EXTENSION, format_args!("{}", protocol_words(kind)));
    let next = header.next_header();
    let def = match kind {
        ip_protocol::HOP_BY_HOP => &IPV6_HOPOPTS_NXT,
        ip_protocol::ROUTING => &IPV6_ROUTING_NXT,
        ip_protocol::FRAGMENT => &IPV6_FRAG_NXT,
        ip_protocol::DESTINATION_OPTIONS => &IPV6_DSTOPTS_NXT,
        _ => &AH_NXT,
    };
    at.number(def, 0..1, next, format_args!("{}", protocol_words(next)));
    if let Some((offset, more, identification)) = header.fragment() {
        at.number(
            &IPV6_FRAG_OFFSET,
            2..4,
            offset / 8,
            format_args!("eights of bytes"),
        );
        at.flag(
            &IPV6_FRAG_MORE,
            3..4,
            more,
            "more pieces of the packet follow",
        );
        at.number(&IPV6_FRAG_ID, 4..8, identification, format_args!(""));
        let defs = [&IPV6_FRAGMENT, &IPV6_FRAGMENT_COUNT, &IPV6_REASSEMBLED];
        joined(pieces, defs, &mut at);
    }
}

pub(super) fn gre(bytes: &[u8], mut at: Place<'_>) {
    let &[_, _, high, low, ..] = bytes else {
        return;
    };
    let kind = u16::from_be_bytes([high, low]);
    at.title(&GRE, format_args!("{}", type_words(kind)));
    at.number(&GRE_PROTO, 2..4, kind, format_args!("{}", type_words(kind)));
}
