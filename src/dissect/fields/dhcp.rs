//! Fields of DHCP and BOOTP: the header, and the options that matter most.

use std::net::IpAddr;

use super::defs::*;
use super::{FieldDef, Place, Value};
use crate::wire::{Dhcp, DhcpOption};

/// What a message wants (RFC 2132 §9.6).
pub(crate) fn type_name(kind: Option<u8>) -> &'static str {
    match kind {
        Some(1) => "Discover",
        Some(2) => "Offer",
        Some(3) => "Request",
        Some(4) => "Decline",
        Some(5) => "ACK",
        Some(6) => "NAK",
        Some(7) => "Release",
        Some(8) => "Inform",
        Some(_) => "Message",
        None => "BOOTP",
    }
}

pub(super) fn dhcp(payload: &[u8], mut at: Place<'_>) {
    let Some(dhcp) = Dhcp::new(payload) else {
        return;
    };
    at.title(&DHCP, format_args!("{}", type_name(dhcp.message_type())));
    let words = match dhcp.operation() {
        1 => "from a client",
        2 => "from a server",
        _ => "",
    };
    at.number(&DHCP_TYPE, 0..1, dhcp.operation(), format_args!("{words}"));
    at.number(&DHCP_HW_TYPE, 1..2, dhcp.byte(1), format_args!(""));
    at.number(&DHCP_HW_LEN, 2..3, dhcp.byte(2), format_args!(""));
    at.number(
        &DHCP_HOPS,
        3..4,
        dhcp.byte(3),
        format_args!("relays passed"),
    );
    at.number(
        &DHCP_ID,
        4..8,
        dhcp.transaction(),
        format_args!("one for the whole exchange"),
    );
    at.number(
        &DHCP_SECS,
        8..10,
        dhcp.seconds(),
        format_args!("since the client began"),
    );
    at.number(&DHCP_FLAGS, 10..12, dhcp.flags(), format_args!(""));
    at.flag(
        &DHCP_BROADCAST,
        10..12,
        dhcp.flags() & 0x8000 != 0,
        "the client cannot be reached by an address yet",
    );
    let defs = [&DHCP_CLIENT, &DHCP_YOUR, &DHCP_SERVER_IP, &DHCP_RELAY];
    for ((def, address), place) in defs.into_iter().zip(dhcp.addresses()).zip([12, 16, 20, 24]) {
        let value = Value::Ip(address.into());
        at.put(def, place..place + 4, value, format_args!(""));
    }
    let mac = Value::Mac(dhcp.client_mac());
    at.put(&DHCP_MAC, 28..34, mac, format_args!(""));
    for option in dhcp.options() {
        self::option(&option, &mut at);
    }
}

fn option(option: &DhcpOption<'_>, at: &mut Place<'_>) {
    let (place, code) = (option.place.clone(), option.code);
    let words = match code {
        1 => "network mask",
        3 => "routers",
        6 => "name servers",
        12 => "the client's name",
        15 => "the domain",
        50 => "address asked for",
        51 => "lease time",
        53 => "what the message wants",
        54 => "which server",
        55 => "what the client would like to know",
        58 => "when to renew",
        59 => "when to ask any server",
        61 => "who the client is",
        _ => "",
    };
    at.number(
        &DHCP_OPTION,
        place.start..place.start + 1,
        code,
        format_args!("{words}"),
    );
    let data = place.start + 2..place.end;
    let address: Option<&FieldDef> = match code {
        1 => Some(&DHCP_MASK),
        3 => Some(&DHCP_ROUTER),
        6 => Some(&DHCP_DNS),
        50 => Some(&DHCP_REQUESTED),
        54 => Some(&DHCP_SERVER_ID),
        _ => None,
    };
    if let Some(def) = address {
        for (octets, start) in option.data.chunks_exact(4).zip((data.start..).step_by(4)) {
            if let Some(octets) = octets.first_chunk::<4>() {
                let value = Value::Ip(IpAddr::from(*octets));
                at.put(def, start..start + 4, value, format_args!(""));
            }
        }
        return;
    }
    match (code, option.data) {
        (53, &[kind]) => at.number(
            &DHCP_MESSAGE,
            data,
            kind,
            format_args!("{}", type_name(Some(kind))),
        ),
        (51, &[a, b, c, d]) => {
            let seconds = u32::from_be_bytes([a, b, c, d]);
            at.number(&DHCP_LEASE, data, seconds, format_args!("seconds"));
        }
        (12, name) => at.put(&DHCP_HOSTNAME, data, Value::Text(name), format_args!("")),
        _ => {}
    }
}
