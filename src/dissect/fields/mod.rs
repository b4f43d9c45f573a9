//! Every field of every layer: its name, its bytes, its value, its meaning, its clause.
//!
//! The names are Wireshark's where it has one, so that what is learnt here can
//! be used there. One walk over a frame serves all who ask: the detail view
//! prints what passes by, a filter compares it. The meaning is only put into
//! words for those who print it.

mod defs;
mod dhcp;
mod discovery;
mod dns;
mod ftp;
mod link;
mod network;
mod tcp;
mod transport;

use core::fmt;
use core::ops::Range;
use std::net::IpAddr;

use super::packet::{LayerKind, Transport};
use super::{Dissected, Role};
use crate::wire::MacAddr;

pub(crate) use dhcp::type_name as dhcp_type_name;
pub(crate) use dns::{code_words as dns_code_words, type_name as dns_type_name};
pub(crate) use link::type_words;

pub use defs::{FieldDef, FieldKind, LayerDef, fields, find_field, find_layer, layers, names};

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number.
    Number(u64),
    /// One bit.
    Flag(bool),
    /// An IP address.
    Ip(IpAddr),
    /// A hardware address.
    Mac(MacAddr),
    /// Text as it stands on the wire.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A time, or the time between two, in nanoseconds.
    Time(i64),
}

/// Who is shown a frame's fields, one after another.
pub trait FieldSink {
    /// A layer begins; its header lies in `range`.
    fn layer(&mut self, def: &'static LayerDef, range: Range<usize>, title: fmt::Arguments<'_>);
    /// A field of the layer that began last.
    fn field(
        &mut self,
        def: &'static FieldDef,
        range: Range<usize>,
        value: Value<'_>,
        meaning: fmt::Arguments<'_>,
    );
}

/// Shows all fields of a frame to `sink`, outermost layer first.
pub fn walk(seen: &Dissected<'_>, sink: &mut dyn FieldSink) {
    let packet = &seen.packet;
    link::frame(seen, sink);
    for layer in packet.layers() {
        let at = Place {
            start: layer.start as usize,
            end: (layer.end as usize).min(packet.bytes().len()),
            sink,
        };
        let bytes = packet.from_layer(*layer);
        match layer.kind {
            LayerKind::Ethernet => link::ethernet(bytes, padding(seen), at),
            LayerKind::Vlan => link::vlan(bytes, at),
            LayerKind::ServiceTag => link::service_tag(bytes, at),
            LayerKind::Llc => link::llc(bytes, at),
            LayerKind::Snap => link::snap(bytes, at),
            LayerKind::Sll => link::sll(bytes, at),
            LayerKind::Sll2 => link::sll2(bytes, at),
            LayerKind::Null => link::null(bytes, at),
            LayerKind::Pppoe => link::pppoe(bytes, at),
            LayerKind::Mpls => link::mpls(bytes, at),
            LayerKind::Arp => network::arp(bytes, at),
            LayerKind::Ipv4 => network::ipv4(bytes, seen.pieces, at),
            LayerKind::Ipv6 => network::ipv6(bytes, at),
            LayerKind::Extension(kind) => network::extension(kind, bytes, seen.pieces, at),
            LayerKind::Gre => network::gre(bytes, at),
            LayerKind::Icmp | LayerKind::Icmpv6 | LayerKind::Udp | LayerKind::Tcp => {
                match packet.transport {
                    Some(Transport::Icmp(icmp)) => transport::icmp(&icmp, packet, at),
                    Some(Transport::Icmpv6(icmp)) => transport::icmpv6(&icmp, packet, at),
                    Some(Transport::Udp(udp)) => transport::udp(&udp, packet, at),
                    Some(Transport::Tcp(tcp)) => tcp::tcp(&tcp, seen, at),
                    None => {}
                }
            }
        }
    }
    let start = packet.layers().last().map_or(0, |l| l.end as usize);
    let at = Place {
        start,
        end: start + packet.payload.len(),
        sink,
    };
    if packet.cut_ports().is_some() {
        return transport::cut(packet, at);
    }
    match seen.role {
        Role::Dns => dns::dns(packet.payload, at),
        Role::Dhcp => dhcp::dhcp(packet.payload, at),
        Role::FtpControl { from_client } => ftp::control(from_client, packet.payload, at),
        Role::FtpData(transfer) => ftp::data(transfer, seen, at),
        Role::Other if packet.unknown_type.is_some() && !packet.payload.is_empty() => {
            link::data(packet.payload, packet.payload_len, at);
        }
        Role::Other => {}
    }
}

/// Verifies the checksum of a packet's transport layer.
pub fn transport_checksum(packet: &super::Packet<'_>) -> ChecksumStatus {
    use crate::wire::ip_protocol;
    let Some(layer) = packet.layers().last() else {
        return ChecksumStatus::Unverified;
    };
    let start = layer.start as usize;
    let (protocol, with_pseudo_header, field) = match packet.transport {
        Some(Transport::Tcp(tcp)) => (ip_protocol::TCP, true, tcp.checksum()),
        // RFC 768: zero says that there is none.
        Some(Transport::Udp(udp)) if udp.checksum() == 0 => return ChecksumStatus::Unverified,
        Some(Transport::Udp(udp)) => (ip_protocol::UDP, true, udp.checksum()),
        Some(Transport::Icmp(icmp)) => (ip_protocol::ICMP, false, icmp.checksum()),
        Some(Transport::Icmpv6(icmp)) => (ip_protocol::ICMPV6, true, icmp.checksum()),
        None => return ChecksumStatus::Unverified,
    };
    transport::verify(packet, start, protocol, with_pseudo_header, field)
}

/// Where what a frame carries ends, as far as it was captured: behind it lies padding.
pub(crate) fn end_of_packet(seen: &Dissected<'_>) -> usize {
    let packet = &seen.packet;
    let end = packet.layers().last().map_or(0, |layer| layer.end as usize);
    (end + packet.payload.len()).min(packet.bytes().len())
}

impl LayerDef {
    /// Around a packet and what follows it in its frame.
    pub(crate) fn is_link(&self) -> bool {
        matches!(
            self.name,
            "frame" | "eth" | "vlan" | "ieee8021ad" | "sll" | "null"
        )
    }

    /// A message as a whole is the layer, and no header with something behind it.
    pub(crate) fn is_message(&self) -> bool {
        matches!(self.name, "icmp" | "icmpv6")
    }

    /// Where a layer lies with all that it carries, where its header lies in `range`.
    pub(crate) fn with_payload(&self, seen: &Dissected<'_>, range: Range<usize>) -> Range<usize> {
        // What a packet's pieces carried together stands behind the frame.
        let frame = seen.frame.bytes.len();
        let end = match self.is_link() {
            true => frame,
            false if range.start < frame => end_of_packet(seen).min(frame),
            false => end_of_packet(seen),
        };
        range.start..end.max(range.end)
    }
}

/// What an Ethernet frame of the least length holds behind its packet.
fn padding(seen: &Dissected<'_>) -> Range<usize> {
    const LEAST: usize = 60;
    let packet = &seen.packet;
    let end = packet.layers().last().map_or(0, |layer| layer.end as usize);
    let end = end + packet.payload.len();
    let len = packet.bytes().len();
    let is_whole = seen.frame.original_len as usize == len && packet.trouble.is_none();
    // A packet that came in pieces stands here without its frames.
    let is_one = seen.pieces.is_empty() && seen.frame.bytes.len() == len;
    if is_whole && is_one && len == LEAST && packet.layers().len() > 1 {
        end.min(len)..len
    } else {
        len..len
    }
}

/// Where a layer lies, and who is to be shown its fields.
struct Place<'s> {
    start: usize,
    end: usize,
    sink: &'s mut dyn FieldSink,
}

impl Place<'_> {
    fn title(&mut self, def: &'static LayerDef, title: fmt::Arguments<'_>) {
        self.sink.layer(def, self.start..self.end, title);
    }

    /// A field at this place within the layer.
    fn put(
        &mut self,
        def: &'static FieldDef,
        within: Range<usize>,
        value: Value<'_>,
        meaning: fmt::Arguments<'_>,
    ) {
        let range = self.start + within.start..self.start + within.end;
        self.sink.field(def, range, value, meaning);
    }

    /// A number at this place.
    fn number(
        &mut self,
        def: &'static FieldDef,
        within: Range<usize>,
        value: impl Into<u64>,
        meaning: fmt::Arguments<'_>,
    ) {
        self.put(def, within, Value::Number(value.into()), meaning);
    }

    /// A bit at this place, and what it means when it is set.
    fn flag(&mut self, def: &'static FieldDef, within: Range<usize>, value: bool, meaning: &str) {
        let meaning = if value { meaning } else { "" };
        self.put(def, within, Value::Flag(value), format_args!("{meaning}"));
    }
}

/// What became of verifying a checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumStatus {
    /// It is right.
    Good,
    /// It is wrong.
    Bad,
    /// It holds the sum over the pseudo header alone: the sender's card was to
    /// fill it in after the capture saw it.
    Offloaded,
    /// Not all that it covers was captured, or there is none.
    Unverified,
}

impl ChecksumStatus {
    /// Wireshark's number for it.
    fn number(self) -> u64 {
        match self {
            ChecksumStatus::Bad | ChecksumStatus::Offloaded => 0,
            ChecksumStatus::Good => 1,
            ChecksumStatus::Unverified => 2,
        }
    }

    fn words(self) -> &'static str {
        match self {
            ChecksumStatus::Good => "right",
            ChecksumStatus::Bad => "wrong: damaged on the way, or never computed",
            ChecksumStatus::Offloaded => {
                "not filled in yet: the sender's card does it after the capture"
            }
            ChecksumStatus::Unverified => "cannot be verified here",
        }
    }
}
