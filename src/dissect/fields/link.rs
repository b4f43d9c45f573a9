//! Fields of the frame itself and of its link layer.

use core::ops::Range;

use super::defs::*;
use super::{FieldSink, Place, Value};
use crate::dissect::Dissected;
use crate::wire::{Ethernet, Llc, MacAddr, Sll, Sll2, Snap, Vlan, ether_type};

pub(super) fn frame(seen: &Dissected<'_>, sink: &mut dyn FieldSink) {
    let frame = &seen.frame;
    let len = frame.bytes.len();
    let mut at = Place {
        start: 0,
        end: len,
        sink,
    };
    let wire = frame.original_len;
    at.title(
        &FRAME,
        format_args!("{}, {wire} bytes, {}", frame.number, frame.link),
    );
    at.number(&FRAME_NUMBER, 0..0, frame.number, format_args!(""));
    let nanos = |n: u64| Value::Time(i64::try_from(n).unwrap_or(i64::MAX));
    let date = frame.at;
    at.put(
        &FRAME_TIME,
        0..0,
        nanos(date.as_nanos()),
        format_args!("{date}"),
    );
    let since = |earlier: crate::time::Timestamp| {
        let signed = i128::from(date.as_nanos()) - i128::from(earlier.as_nanos());
        Value::Time(i64::try_from(signed).unwrap_or(i64::MAX))
    };
    at.put(
        &FRAME_TIME_RELATIVE,
        0..0,
        since(seen.first_at),
        format_args!(""),
    );
    at.put(
        &FRAME_TIME_DELTA,
        0..0,
        since(seen.previous_at),
        format_args!(""),
    );
    at.number(&FRAME_LEN, 0..0, wire, format_args!(""));
    let cut = if (wire as usize) > len {
        "the rest was not captured"
    } else {
        "all of it"
    };
    at.number(&FRAME_CAP_LEN, 0..0, len as u64, format_args!("{cut}"));
    at.number(&FRAME_INTERFACE, 0..0, frame.interface, format_args!(""));
    if let Some(name) = frame.interface_name {
        let name = Value::Text(name.as_bytes());
        at.put(&FRAME_INTERFACE_NAME, 0..0, name, format_args!(""));
    }
    for comment in frame.comments {
        at.put(
            &FRAME_COMMENT,
            0..0,
            Value::Text(comment.as_bytes()),
            format_args!(""),
        );
    }
}

fn mac_words(mac: MacAddr) -> &'static str {
    if mac.is_broadcast() {
        "every station"
    } else if mac.is_multicast() {
        "a group of stations"
    } else if mac.0[0] & 2 != 0 {
        "one station, address given locally"
    } else {
        "one station"
    }
}

/// The name of an EtherType; nothing where we know none.
pub(crate) fn type_words(kind: u16) -> &'static str {
    match kind {
        ether_type::IPV4 => "IPv4",
        ether_type::IPV6 => "IPv6",
        ether_type::ARP => "ARP",
        ether_type::RARP => "reverse ARP",
        ether_type::VLAN => "an 802.1Q tag",
        ether_type::QINQ | ether_type::QINQ_OLD => "a service tag",
        ether_type::PPPOE => "PPP over Ethernet",
        ether_type::MPLS => "MPLS",
        0x0842 => "Wake-on-LAN",
        0x809b => "AppleTalk",
        0x80f3 => "AppleTalk ARP",
        0x8137 => "IPX",
        0x8808 => "flow control",
        0x8809 => "a slow protocol, as LACP",
        0x8848 => "MPLS, to many",
        0x8863 => "PPPoE discovery",
        0x888e => "802.1X",
        0x88a2 => "ATA over Ethernet",
        // IEEE 802 §9.2.4: for trials within one network.
        0x88b5 => "local experiment 1",
        0x88b6 => "local experiment 2",
        0x88b7 => "named by a vendor",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        0x88f7 => "Precision Time Protocol",
        0x9000 => "loopback test",
        _ => "",
    }
}

/// `padding` is where the frame was filled up to the least length.
pub(super) fn ethernet(bytes: &[u8], padding: Range<usize>, mut at: Place<'_>) {
    let Some(eth) = Ethernet::new(bytes) else {
        return;
    };
    let (from, to) = (eth.source(), eth.destination());
    at.title(&ETH, format_args!("{from} > {to}"));
    at.put(
        &ETH_DST,
        0..6,
        Value::Mac(to),
        format_args!("{}", mac_words(to)),
    );
    at.put(
        &ETH_SRC,
        6..12,
        Value::Mac(from),
        format_args!("{}", mac_words(from)),
    );
    let kind = eth.ether_type();
    if eth.is_802_3() {
        at.number(
            &ETH_LEN,
            12..14,
            kind,
            format_args!("an 802.3 frame: a length, not a type"),
        );
    } else {
        at.number(
            &ETH_TYPE,
            12..14,
            kind,
            format_args!("{}", type_words(kind)),
        );
    }
    if let Some(filled) = bytes.get(padding.clone()).filter(|f| !f.is_empty()) {
        let least = format_args!("up to the 60 bytes that a frame has at least");
        at.put(&ETH_PADDING, padding, Value::Bytes(filled), least);
    }
}

/// What follows a type that we do not read. Whether padding is among it only that
/// protocol knows.
pub(super) fn data(payload: &[u8], len: u32, mut at: Place<'_>) {
    let unit = if len == 1 { "byte" } else { "bytes" };
    at.title(&DATA, format_args!("{len} {unit}"));
    let range = 0..payload.len();
    at.put(&DATA_DATA, range, Value::Bytes(payload), format_args!(""));
}

pub(super) fn vlan(bytes: &[u8], mut at: Place<'_>) {
    let Some(tag) = Vlan::new(bytes) else { return };
    at.title(&VLAN, format_args!("VLAN {}", tag.id()));
    at.number(&VLAN_PRIORITY, 0..1, tag.priority(), format_args!(""));
    at.flag(&VLAN_DEI, 0..1, tag.drop_eligible(), "");
    at.number(&VLAN_ID, 0..2, tag.id(), format_args!(""));
    let kind = tag.ether_type();
    at.number(
        &VLAN_ETYPE,
        2..4,
        kind,
        format_args!("{}", type_words(kind)),
    );
}

pub(super) fn service_tag(bytes: &[u8], mut at: Place<'_>) {
    let Some(tag) = Vlan::new(bytes) else { return };
    at.title(&SERVICE_TAG, format_args!("service VLAN {}", tag.id()));
    at.number(&SERVICE_PRIORITY, 0..1, tag.priority(), format_args!(""));
    at.flag(&SERVICE_DEI, 0..1, tag.drop_eligible(), "");
    at.number(&SERVICE_ID, 0..2, tag.id(), format_args!("the provider's"));
}

pub(super) fn llc(bytes: &[u8], mut at: Place<'_>) {
    let Some(llc) = Llc::new(bytes) else { return };
    at.title(
        &LLC,
        format_args!("{:#04x} > {:#04x}", llc.ssap(), llc.dsap()),
    );
    let point = |number| match number {
        0x42 => "spanning tree",
        0xaa => "SNAP follows",
        0xe0 => "NetWare",
        0xf0 => "NetBIOS",
        _ => "",
    };
    at.number(
        &LLC_DSAP,
        0..1,
        llc.dsap(),
        format_args!("{}", point(llc.dsap())),
    );
    at.number(
        &LLC_SSAP,
        1..2,
        llc.ssap(),
        format_args!("{}", point(llc.ssap())),
    );
    at.number(&LLC_CONTROL, 2..3, llc.control(), format_args!(""));
}

pub(super) fn snap(bytes: &[u8], mut at: Place<'_>) {
    let Some(snap) = Snap::new(bytes) else { return };
    at.title(&LLC, format_args!("SNAP"));
    let [a, b, c] = snap.organisation();
    at.number(
        &LLC_OUI,
        0..3,
        u32::from_be_bytes([0, a, b, c]),
        format_args!(""),
    );
    let kind = snap.protocol();
    at.number(&LLC_TYPE, 3..5, kind, format_args!("{}", type_words(kind)));
}

fn cooked_words(kind: u64) -> &'static str {
    match kind {
        0 => "to us",
        1 => "broadcast",
        2 => "multicast",
        3 => "to another host",
        4 => "sent by us",
        _ => "",
    }
}

pub(super) fn sll(bytes: &[u8], mut at: Place<'_>) {
    let Some(sll) = Sll::new(bytes) else { return };
    let words = cooked_words(sll.packet_type().into());
    at.title(&SLL, format_args!("{words}"));
    at.number(
        &SLL_PKTTYPE,
        0..2,
        sll.packet_type(),
        format_args!("{words}"),
    );
    at.number(&SLL_HATYPE, 2..4, sll.hardware(), format_args!(""));
    let address = sll.address();
    at.put(
        &SLL_SRC,
        6..6 + address.len(),
        Value::Bytes(address),
        format_args!(""),
    );
    let kind = sll.protocol();
    at.number(
        &SLL_ETYPE,
        14..16,
        kind,
        format_args!("{}", type_words(kind)),
    );
}

pub(super) fn sll2(bytes: &[u8], mut at: Place<'_>) {
    let Some(sll) = Sll2::new(bytes) else { return };
    let words = cooked_words(sll.packet_type().into());
    at.title(&SLL, format_args!("{words}"));
    let kind = sll.protocol();
    at.number(&SLL_ETYPE, 0..2, kind, format_args!("{}", type_words(kind)));
    at.number(&SLL_IFINDEX, 4..8, sll.interface_index(), format_args!(""));
    at.number(&SLL_HATYPE, 8..10, sll.hardware(), format_args!(""));
    at.number(
        &SLL_PKTTYPE,
        10..11,
        sll.packet_type(),
        format_args!("{words}"),
    );
    let address = sll.address();
    at.put(
        &SLL_SRC,
        12..12 + address.len(),
        Value::Bytes(address),
        format_args!(""),
    );
}

pub(super) fn null(bytes: &[u8], mut at: Place<'_>) {
    let Some(family) = bytes.first_chunk() else {
        return;
    };
    // Small numbers, in one byte order or the other.
    let (big, little) = (u32::from_be_bytes(*family), u32::from_le_bytes(*family));
    at.title(&NULL, format_args!("family {}", big.min(little)));
    at.number(&NULL_FAMILY, 0..4, big.min(little), format_args!(""));
}

pub(super) fn pppoe(bytes: &[u8], mut at: Place<'_>) {
    let &[_, _, high, low, ..] = bytes else {
        return;
    };
    let session = u16::from_be_bytes([high, low]);
    at.title(&PPPOE, format_args!("session {session}"));
    at.number(&PPPOE_SESSION, 2..4, session, format_args!(""));
}

pub(super) fn mpls(bytes: &[u8], mut at: Place<'_>) {
    let Some(entry) = bytes.first_chunk() else {
        return;
    };
    let entry = u32::from_be_bytes(*entry);
    at.title(&MPLS, format_args!("label {}", entry >> 12));
    at.number(&MPLS_LABEL, 0..3, entry >> 12, format_args!(""));
    at.number(&MPLS_TTL, 3..4, entry & 0xff, format_args!(""));
}
