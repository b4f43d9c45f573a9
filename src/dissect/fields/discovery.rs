//! Fields of neighbour discovery (RFC 4861): what routers and neighbours say, and their options.

use std::net::{IpAddr, Ipv6Addr};

use super::defs::*;
use super::{Place, Value};
use crate::wire::{DiscoveryOption, Icmpv6, MacAddr};

/// What stands behind the checksum of a message of neighbour discovery.
pub(super) fn discovery(icmp: &Icmpv6<'_>, at: &mut Place<'_>) {
    if let Some(advert) = icmp.router_advert() {
        let flag = |bit: u8| advert.flags & bit != 0;
        at.number(
            &ICMPV6_RA_HOP_LIMIT,
            4..5,
            advert.hop_limit,
            format_args!(""),
        );
        let managed = "addresses come from DHCPv6";
        at.flag(&ICMPV6_RA_MANAGED, 5..6, flag(0x80), managed);
        let other = "the rest comes from DHCPv6";
        at.flag(&ICMPV6_RA_OTHER, 5..6, flag(0x40), other);
        let words = match advert.lifetime {
            0 => "it is nobody's way out",
            _ => "seconds, in which it is a way out",
        };
        let words = format_args!("{words}");
        at.number(&ICMPV6_RA_LIFETIME, 6..8, advert.lifetime, words);
        let words = |time: u32| match time {
            0 => "unspecified by this router",
            _ => "ms",
        };
        let (reachable, retransmit) = (advert.reachable_time, advert.retransmit_timer);
        let meaning = words(reachable);
        at.number(
            &ICMPV6_RA_REACHABLE,
            8..12,
            reachable,
            format_args!("{meaning}"),
        );
        let meaning = words(retransmit);
        at.number(
            &ICMPV6_RA_RETRANS,
            12..16,
            retransmit,
            format_args!("{meaning}"),
        );
    }
    if let Some(flags) = icmp.neighbor_flags() {
        let router = "the sender is a router";
        at.flag(&ICMPV6_NA_ROUTER, 4..5, flags & 0x80 != 0, router);
        let solicited = "in answer to a solicitation";
        at.flag(&ICMPV6_NA_SOLICITED, 4..5, flags & 0x40 != 0, solicited);
        let overrides = "what was known before is forgotten";
        at.flag(&ICMPV6_NA_OVERRIDE, 4..5, flags & 0x20 != 0, overrides);
    }
    if let Some(target) = icmp.target() {
        let def = match icmp.kind() {
            135 => &ICMPV6_NS_TARGET,
            _ => &ICMPV6_NA_TARGET,
        };
        at.put(def, 8..24, Value::Ip(target.into()), format_args!(""));
    }
    for option in icmp.options() {
        self::option(&option, at);
    }
}

fn option(option: &DiscoveryOption<'_>, at: &mut Place<'_>) {
    let start = option.place.start;
    let words = match option.kind {
        1 => "the sender's hardware address",
        2 => "the target's hardware address",
        3 => "a prefix",
        4 => "the packet that is redirected",
        5 => "the MTU of the link",
        _ => "",
    };
    let words = format_args!("{words}");
    at.number(&ICMPV6_OPTION, start..start + 1, option.kind, words);
    let eights = (option.place.len() / 8) as u64;
    let words = format_args!("in units of 8 octets");
    at.number(&ICMPV6_OPTION_LEN, start + 1..start + 2, eights, words);
    match (option.kind, option.data) {
        (1 | 2, &[a, b, c, d, e, f]) => {
            let place = start + 2..start + 8;
            let mac = MacAddr([a, b, c, d, e, f]);
            let words = format_args!("{mac}");
            at.put(&ICMPV6_OPTION_MAC, place, Value::Bytes(&mac.0), words);
        }
        (3, [len, flags, times @ ..]) => prefix((*len, *flags), times, start, at),
        (5, [_, _, a, b, c, d]) => {
            let mtu = u32::from_be_bytes([*a, *b, *c, *d]);
            at.number(
                &ICMPV6_OPTION_MTU,
                start + 4..start + 8,
                mtu,
                format_args!(""),
            );
        }
        _ => {}
    }
}

/// A prefix (RFC 4861 §4.6.2): its length and flags, and what follows them.
fn prefix((len, flags): (u8, u8), rest: &[u8], start: usize, at: &mut Place<'_>) {
    let Some((times, rest)) = rest.split_first_chunk::<12>() else {
        return;
    };
    let Some(prefix) = rest.first_chunk::<16>() else {
        return;
    };
    at.number(
        &ICMPV6_PREFIX_LEN,
        start + 2..start + 3,
        len,
        format_args!(""),
    );
    let on_link = "whoever has it is on this link";
    at.flag(
        &ICMPV6_PREFIX_ON_LINK,
        start + 3..start + 4,
        flags & 0x80 != 0,
        on_link,
    );
    let auto = "hosts make addresses of it themselves";
    at.flag(
        &ICMPV6_PREFIX_AUTO,
        start + 3..start + 4,
        flags & 0x40 != 0,
        auto,
    );
    let [a, b, c, d, e, f, g, h, ..] = *times;
    let lifetimes = [
        (&ICMPV6_PREFIX_VALID, 4, u32::from_be_bytes([a, b, c, d])),
        (
            &ICMPV6_PREFIX_PREFERRED,
            8,
            u32::from_be_bytes([e, f, g, h]),
        ),
    ];
    for (def, offset, seconds) in lifetimes {
        let words = match seconds {
            u32::MAX => "for ever",
            _ => "seconds",
        };
        let place = start + offset..start + offset + 4;
        at.number(def, place, seconds, format_args!("{words}"));
    }
    let value = Value::Ip(IpAddr::V6(Ipv6Addr::from(*prefix)));
    at.put(
        &ICMPV6_PREFIX,
        start + 16..start + 32,
        value,
        format_args!(""),
    );
}
