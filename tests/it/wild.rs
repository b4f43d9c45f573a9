//! Captures as they come from the wild, field by field against tshark: in
//! pieces, tagged, tunnelled, cooked, raw, cut short.

use core::fmt;
use core::ops::Range;
use std::collections::BTreeMap;
use std::process::Command;

use wirelab::capture::{Capture, LinkType};
use wirelab::dissect::Dissector;
use wirelab::dissect::fields::{
    FieldDef, FieldKind, FieldSink, LayerDef, Value, find_field, names, walk,
};

use crate::support::{say, whole_captures_of_strangers};
use crate::{play, tshark};

/// A frame of a capture in the making: when, how long on the wire, what of it.
#[derive(Clone)]
pub struct Raw {
    nanos: u64,
    len: usize,
    bytes: Vec<u8>,
}

impl Raw {
    pub fn of(nanos: u64, bytes: Vec<u8>) -> Raw {
        Raw {
            nanos,
            len: bytes.len(),
            bytes,
        }
    }
}

fn raw(capture: &Capture) -> Vec<Raw> {
    let frames = capture.frames();
    frames
        .map(|f| Raw::of(f.at.as_nanos(), f.bytes.to_vec()))
        .collect()
}

/// A classic pcap, nanoseconds, written by hand: any link type, any lengths.
pub fn pcap(link: LinkType, frames: &[Raw]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, u32::from(link.0)] {
        file.extend(word.to_le_bytes());
    }
    for frame in frames {
        let (seconds, nanos) = (frame.nanos / 1_000_000_000, frame.nanos % 1_000_000_000);
        let captured = frame.bytes.len() as u32;
        for word in [seconds as u32, nanos as u32, captured, frame.len as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(&frame.bytes);
    }
    file
}

/// The fields of a frame by name, as numbers where they are numbers.
#[derive(Default)]
struct Fields {
    values: BTreeMap<&'static str, Vec<String>>,
    /// The capture holds only the frame's beginning.
    is_cut: bool,
}

impl FieldSink for Fields {
    fn layer(&mut self, _: &'static LayerDef, _: Range<usize>, _: fmt::Arguments<'_>) {}
    fn field(
        &mut self,
        def: &'static FieldDef,
        _: Range<usize>,
        value: Value<'_>,
        _: fmt::Arguments<'_>,
    ) {
        let text = match value {
            Value::Number(n) => n.to_string(),
            Value::Flag(set) => u8::from(set).to_string(),
            Value::Ip(ip) => ip.to_string(),
            Value::Mac(mac) => mac.to_string(),
            Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Value::Bytes(_) | Value::Time(_) => return,
        };
        self.values.entry(def.name).or_default().push(text);
    }
}

/// A value of tshark's in the same form.
fn normal(def: &FieldDef, text: &str) -> String {
    match def.kind {
        FieldKind::Flag => match text {
            "True" | "1" | "" => "1".into(),
            "False" => "0".into(),
            other => other.into(),
        },
        FieldKind::Number | FieldKind::Hex => match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).map_or(text.into(), |n| n.to_string()),
            None => text.into(),
        },
        _ => text.into(),
    }
}

/// Fields of ours that are compared otherwise or elsewhere, and why.
const ELSEWHERE: &[&str] = &[
    // Compared where the verdicts are, in `reading.rs`.
    "tcp.analysis",
    // We name the whole dialogue of a segment; versions of tshark its first line.
    "ftp",
    // A comment is no part of a classic pcap.
    "frame.comment",
    // Nor is an interface.
    "frame.interface_id",
    // A word for tshark, and not a flag.
    "tcp.options.sack_perm",
    // tshark has it for version 6 as well.
    "ip.version",
    // Wireshark's number for an option that it does not know is another field.
    "tcp.options.unknown",
];

/// Fields of the client's identifier, an option of DHCP (RFC 2132 §9.14) that
/// tshark takes apart into a hardware type and an address, as in the header.
const CLIENT_IDENTIFIER: &[&str] = &["dhcp.hw.type", "dhcp.hw.mac_addr"];
/// Messages of ICMP that quote the packet which they are about (RFC 792, and
/// RFC 4443 §2.1: the first four).
const QUOTING: [(&str, &[&str]); 2] = [
    ("icmp.type", &["3", "4", "5", "11", "12"]),
    ("icmpv6.type", &["1", "2", "3", "4"]),
];

/// Whether tshark says more than we do, and on purpose:
///
/// - it takes apart the packet that an ICMP error quotes, and its fields are
///   those of the frame; to us the frame's own are enough, and a filter for an
///   address does not find the errors about it;
/// - an option of DHCP that holds a hardware address repeats the header's fields;
/// - the padding behind DHCP's last option counts as an option, number 0;
/// - a DHCP or DNS message, or an option of neighbour discovery, that was cut
///   short is read as far as it goes.
fn is_more_on_purpose(frame: &Fields, name: &str, ours: &[String], theirs: &[String]) -> bool {
    let Some(more) = theirs.strip_prefix(ours) else {
        return false;
    };
    let in_pieces = ["dhcp.", "dns.", "icmpv6.opt."];
    if frame.is_cut && in_pieces.iter().any(|own| name.starts_with(own)) {
        return true;
    }
    if CLIENT_IDENTIFIER.contains(&name) {
        return more == ours;
    }
    if name == "dhcp.option.type" {
        return more == ["0"];
    }
    let quotes = QUOTING.iter().any(|(field, kinds)| {
        let kind = frame.values.get(*field).and_then(|values| values.first());
        kind.is_some_and(|kind| kinds.contains(&kind.as_str()))
    });
    quotes
        && ["ip.", "ipv6.", "udp.", "tcp.", "icmp.", "icmpv6."]
            .iter()
            .any(|own| name.starts_with(own))
}

/// Everything in which the fields of a capture differ from tshark's.
fn differences(link: LinkType, frames: &[Raw]) -> Vec<String> {
    let bytes = pcap(link, frames);
    let file = tempfile::NamedTempFile::with_suffix(".pcap").expect("a temporary file");
    std::fs::write(file.path(), &bytes).expect("room for a capture");
    let elsewhere = |name: &str| ELSEWHERE.iter().any(|prefix| name.starts_with(prefix));
    let defs: Vec<&FieldDef> = names()
        .filter(|name| !elsewhere(name))
        .filter_map(find_field)
        .filter(|def| !matches!(def.kind, FieldKind::Bytes | FieldKind::Time))
        .collect();
    let mut command = Command::new("tshark");
    command
        .arg("-r")
        .arg(file.path())
        .args(["-n", "-T", "fields"]);
    command.args(["-E", "separator=/t", "-E", "aggregator=|"]);
    for protocol in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    for def in &defs {
        command.args(["-e", def.name]);
    }
    let output = command.output().expect("tshark runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let theirs = String::from_utf8_lossy(&output.stdout).into_owned();
    let (capture, problems) = Capture::read(&bytes[..]).expect("a capture");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(theirs.lines().count(), frames.len());
    let mut wrong = Vec::new();
    let mut dissector = Dissector::new();
    for (frame, row) in capture.frames().zip(theirs.lines()) {
        let seen = dissector.dissect(frame);
        let mut fields = Fields {
            is_cut: (frame.bytes.len() as u32) < frame.original_len,
            ..Fields::default()
        };
        walk(&seen, &mut fields);
        for (def, column) in defs.iter().zip(row.split('\t')) {
            let ours = fields
                .values
                .get(def.name)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let theirs: Vec<String> = column
                .split('|')
                .filter(|text| !text.is_empty())
                .map(|text| normal(def, text))
                .collect();
            if ours != theirs && !is_more_on_purpose(&fields, def.name, ours, &theirs) {
                let number = frame.number;
                wrong.push(format!(
                    "frame {number} {}: {ours:?}, tshark's {theirs:?}",
                    def.name
                ));
            }
        }
    }
    wrong
}

fn ethernet_payload(frame: &Raw) -> Option<(u16, &[u8])> {
    let kind = frame.bytes.get(12..14)?;
    Some((u16::from_be_bytes([kind[0], kind[1]]), &frame.bytes[14..]))
}

/// The header of an IPv4 packet with its checksum made right.
fn with_checksum(mut header: Vec<u8>) -> Vec<u8> {
    header[10] = 0;
    header[11] = 0;
    let mut sum: u32 = header
        .chunks(2)
        .map(|w| u32::from(w[0]) << 8 | u32::from(w[1]))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    header[10..12].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    header
}

/// Every IPv4 packet in pieces of `size` bytes, in the order that `order` gives them.
fn in_pieces(frames: &[Raw], size: usize, order: impl Fn(&mut Vec<Raw>)) -> Vec<Raw> {
    let mut out = Vec::new();
    for frame in frames {
        let Some((0x0800, packet)) = ethernet_payload(frame) else {
            out.push(frame.clone());
            continue;
        };
        let header = usize::from(packet[0] & 15) * 4;
        let total = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
        let whole = u16::from_be_bytes([packet[6], packet[7]]) & 0x3fff == 0;
        if !whole || total - header <= size {
            out.push(frame.clone());
            continue;
        }
        let payload = &packet[header..total];
        let count = payload.len().div_ceil(size);
        let mut pieces = Vec::new();
        for (index, piece) in payload.chunks(size).enumerate() {
            let mut head = packet[..header].to_vec();
            head[2..4].copy_from_slice(&((header + piece.len()) as u16).to_be_bytes());
            let more = u16::from(index + 1 < count) << 13;
            let place = (index * size / 8) as u16 | more;
            head[6..8].copy_from_slice(&place.to_be_bytes());
            // Otherwise packets of one identification would be mixed up.
            let number = out.len() as u16;
            head[4..6].copy_from_slice(&number.to_be_bytes());
            let mut bytes = frame.bytes[..14].to_vec();
            bytes.extend(with_checksum(head));
            bytes.extend(piece);
            bytes.resize(bytes.len().max(60), 0);
            pieces.push(Raw::of(frame.nanos + index as u64 * 1000, bytes));
        }
        order(&mut pieces);
        out.extend(pieces);
    }
    out
}

/// Every IPv6 packet in pieces of `size` bytes, the last one first.
fn in_pieces6(frames: &[Raw], size: usize) -> Vec<Raw> {
    let mut out = Vec::new();
    for (frame, id) in frames.iter().zip(1u32..) {
        let packet = match ethernet_payload(frame) {
            Some((0x86dd, packet)) if packet.len() > 40 + size => packet,
            _ => {
                out.push(frame.clone());
                continue;
            }
        };
        let total = usize::from(u16::from_be_bytes([packet[4], packet[5]]));
        let payload = &packet[40..40 + total];
        let count = payload.len().div_ceil(size);
        let pieces = payload.chunks(size).enumerate().map(|(index, piece)| {
            let mut bytes = frame.bytes[..54].to_vec();
            bytes[18..20].copy_from_slice(&((8 + piece.len()) as u16).to_be_bytes());
            bytes[20] = 44;
            let place = (index * size) as u16 | u16::from(index + 1 < count);
            bytes.extend([packet[6], 0]);
            bytes.extend(place.to_be_bytes());
            bytes.extend(id.to_be_bytes());
            bytes.extend(piece);
            Raw::of(frame.nanos, bytes)
        });
        let pieces: Vec<Raw> = pieces.collect();
        out.extend(pieces.into_iter().rev());
    }
    out
}

/// The frames with something else in front of what Ethernet carries.
fn wrapped(frames: &[Raw], with: impl Fn(u16, &Raw) -> Vec<u8>) -> Vec<Raw> {
    let mut out = Vec::new();
    for frame in frames {
        if let Some((kind, payload)) = ethernet_payload(frame) {
            let mut bytes = with(kind, frame);
            bytes.extend(payload);
            out.push(Raw::of(frame.nanos, bytes));
        }
    }
    out
}

/// Only IP, for links that carry nothing else.
fn ip_alone(frames: &[Raw]) -> Vec<Raw> {
    let is_ip = |frame: &&Raw| matches!(ethernet_payload(frame), Some((0x0800 | 0x86dd, _)));
    frames.iter().filter(is_ip).cloned().collect()
}

fn tagged(tags: &'static [[u8; 4]]) -> impl Fn(u16, &Raw) -> Vec<u8> {
    move |kind, frame| {
        let mut bytes = frame.bytes[..12].to_vec();
        bytes.extend(tags.iter().flatten());
        bytes.extend(kind.to_be_bytes());
        bytes
    }
}

fn cooked(kind: u16, frame: &Raw) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 1, 0, 6];
    bytes.extend(&frame.bytes[6..12]);
    bytes.extend([0, 0]);
    bytes.extend(kind.to_be_bytes());
    bytes
}

fn cooked2(kind: u16, frame: &Raw) -> Vec<u8> {
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend([0, 0, 0, 0, 0, 3, 0, 1, 0, 6]);
    bytes.extend(&frame.bytes[6..12]);
    bytes.extend([0, 0]);
    bytes
}

fn in_gre(kind: u16, frame: &Raw) -> Vec<u8> {
    let len = (frame.bytes.len() - 14 + 24) as u16;
    let mut ip = vec![0x45, 0];
    ip.extend(len.to_be_bytes());
    ip.extend([0, 1, 0, 0, 64, 47, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    let mut bytes = frame.bytes[..12].to_vec();
    bytes.extend([8, 0]);
    bytes.extend(with_checksum(ip));
    bytes.extend([0, 0]);
    bytes.extend(kind.to_be_bytes());
    bytes
}

fn null(kind: u16, _: &Raw) -> Vec<u8> {
    let family: u32 = if kind == 0x0800 { 2 } else { 30 };
    family.to_le_bytes().to_vec()
}

fn cut(frames: &[Raw], snaplen: usize) -> Vec<Raw> {
    let mut frames = frames.to_vec();
    for frame in &mut frames {
        frame.bytes.truncate(snaplen);
    }
    frames
}

/// Captures to begin with: of strangers, and of our own runs.
fn bases() -> Vec<(String, Vec<Raw>)> {
    let mut bases: Vec<(String, Vec<Raw>)> = whole_captures_of_strangers()
        .into_iter()
        .filter(|(_, capture)| capture.interfaces[0].link == LinkType::ETHERNET)
        .map(|(name, capture)| (name, raw(&capture)))
        .collect();
    for name in play::names() {
        let frames = play::with(name, 1, |played| raw(&played.capture));
        // The large ones say nothing that the small ones do not.
        if frames.len() <= 400 {
            bases.push((name.to_owned(), frames));
        }
    }
    bases
}

#[test]
fn every_field_agrees_with_tshark_in_the_wild() {
    if !tshark::is_there("every_field_agrees_with_tshark_in_the_wild") {
        return;
    }
    const DOUBLE: &[[u8; 4]] = &[[0x88, 0xa8, 0, 7], [0x81, 0, 0x20, 42]];
    let mut wrong = Vec::new();
    let (mut captures, mut frames_read) = (0, 0);
    for (index, (name, base)) in bases().into_iter().enumerate() {
        let ip = ip_alone(&base);
        let kinds = [
            ("plain", LinkType::ETHERNET, base.clone()),
            (
                "in pieces",
                LinkType::ETHERNET,
                in_pieces(&base, 24, |_| {}),
            ),
            (
                "in pieces, backwards",
                LinkType::ETHERNET,
                in_pieces(&base, 40, |pieces| pieces.reverse()),
            ),
            (
                "in pieces of IPv6",
                LinkType::ETHERNET,
                in_pieces6(&base, 16),
            ),
            ("QinQ", LinkType::ETHERNET, wrapped(&base, tagged(DOUBLE))),
            ("GRE", LinkType::ETHERNET, wrapped(&ip, in_gre)),
            ("cooked", LinkType::LINUX_SLL, wrapped(&base, cooked)),
            ("cooked 2", LinkType::LINUX_SLL2, wrapped(&base, cooked2)),
            ("null", LinkType::NULL, wrapped(&ip, null)),
            ("raw", LinkType::RAW, wrapped(&ip, |_, _| Vec::new())),
            ("cut", LinkType::ETHERNET, cut(&base, 96)),
            (
                "headless",
                LinkType::ETHERNET,
                base.iter().skip(7).cloned().collect(),
            ),
        ];
        // Each base as it is, and in some of its guises; each guise on some bases.

        let some = |kind: &usize| *kind == 0 || kind % 9 == index % 9 || name.contains("ipv6");
        let kinds = kinds.into_iter().enumerate().filter(|(kind, _)| some(kind));
        for (_, (kind, link, frames)) in kinds {
            let found = differences(link, &frames);
            captures += 1;
            frames_read += frames.len();
            let more = found.len().saturating_sub(9);
            wrong.extend(
                found
                    .into_iter()
                    .take(5)
                    .map(|what| format!("{name} {kind}: {what}")),
            );
            if more > 0 {
                wrong.push(format!("{name} {kind}: and {more} more"));
            }
        }
    }
    say(&format!(
        "oracle: every field of {frames_read} frames in {captures} captures compared"
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
