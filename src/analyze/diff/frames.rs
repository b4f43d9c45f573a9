//! What differs in the frames: which are new or missing, and field by field.

use core::fmt;
use core::ops::Range;
use std::collections::BTreeMap;

use super::align::{MAX_EDITS, Step, align};
use super::{Ignore, number};
use crate::analyze::{Printable, Summary};
use crate::capture::{Capture, CapturedFrame, FrameRef};
use crate::dissect::fields::{FieldDef, FieldKind, FieldSink, LayerDef, Value, walk};
use crate::dissect::{Dissected, Dissector, Role};
use crate::time::Timestamp;

/// So many frames that are new or missing are told one by one.
const MAX_TOLD: usize = 20;
/// So many fields may one frame have more or less than the other; with more of them, as
/// in a frame of a thousand commands, fields are compared in order.
const MAX_FIELD_EDITS: usize = 64;
/// So many fields of the frames that changed later are named.
const MAX_NAMES: usize = 6;

/// What became of the frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// In words, line by line.
    pub(super) lines: Vec<String>,
    pub(super) missing: usize,
    pub(super) new: usize,
    pub(super) changed: usize,
}

/// What a frame is, but for its numbers: by this, frames find each other.
#[derive(Debug, PartialEq, Eq)]
struct Kind {
    /// The ends and the protocol; of a command also its verb.
    ends: String,
    /// What else it does: its flags, and the first word that it says.
    does: String,
}

impl Kind {
    fn of(seen: &Dissected<'_>, ignore: Ignore) -> Kind {
        let packet = &seen.packet;
        let word = |len: usize| {
            let word = packet.payload.get(..len).unwrap_or(packet.payload);
            String::from_utf8_lossy(word).into_owned()
        };
        let mut ends = match seen.segment {
            _ if !ignore.addresses => {
                let (from, to) = Summary::ends(seen);
                format!("{from} {to}")
            }
            Some(segment) => format!("{:?}", segment.direction),
            None => String::new(),
        };
        ends = format!("{ends} {}", Summary::protocol_of(seen));
        if let Role::FtpControl { from_client: true } = seen.role {
            ends.push_str(&word(4));
        }
        let says = match seen.role {
            Role::FtpControl { from_client: false } => word(3),
            _ if packet.payload_len > 0 => "bytes".into(),
            _ => String::new(),
        };
        let flags = packet.tcp().map(|tcp| tcp.flags().to_string());
        let operation = packet.arp.map(|arp| arp.operation());
        Kind {
            ends,
            does: format!("{flags:?} {operation:?} {says}"),
        }
    }
}

/// A capture's times in units that both captures have: a pcap with
/// microseconds is not asked about nanoseconds.
struct Reading<'a, I> {
    frames: I,
    unit: u64,
    dissector: Dissector,
    capture: &'a Capture,
}

fn rounded(frame: FrameRef<'_>, unit: u64) -> FrameRef<'_> {
    let nanos = frame.at.as_nanos();
    FrameRef {
        at: Timestamp::from_nanos(nanos - nanos % unit),
        ..frame
    }
}

/// The finest unit that both captures tell times in.
fn unit(a: &Capture, b: &Capture) -> u64 {
    let is_coarse = |capture: &Capture| {
        let mut frames = capture.frames.iter();
        frames.all(|frame| frame.at.as_nanos().is_multiple_of(1000))
    };
    if is_coarse(a) || is_coarse(b) {
        1000
    } else {
        1
    }
}

fn kinds(capture: &Capture, unit: u64, ignore: Ignore) -> Vec<Kind> {
    let mut dissector = Dissector::new();
    let frames = capture.frames().map(|frame| rounded(frame, unit));
    frames
        .map(|frame| Kind::of(&dissector.dissect(frame), ignore))
        .collect()
}

impl<'a, I: Iterator<Item = FrameRef<'a>>> Reading<'a, I> {
    /// The next frame, understood.
    fn next<R>(&mut self, read: impl FnOnce(&Dissected<'_>) -> R) -> Option<R> {
        let frame = rounded(self.frames.next()?, self.unit);
        Some(read(&self.dissector.dissect(frame)))
    }
}

fn reading(capture: &Capture, unit: u64) -> Reading<'_, impl Iterator<Item = FrameRef<'_>>> {
    Reading {
        frames: capture.frames(),
        unit,
        dissector: Dissector::new(),
        capture,
    }
}

pub(super) fn frames(a: &Capture, b: &Capture, ignore: Ignore) -> Frames {
    let unit = unit(a, b);
    let (before, after) = (kinds(a, unit, ignore), kinds(b, unit, ignore));
    let steps = align(&before, &after, MAX_EDITS, |x, y| x.ends == y.ends);
    let (mut one, mut other) = (reading(a, unit), reading(b, unit));
    let mut found = Frames::default();
    let mut later: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut starts: Option<(Timestamp, Timestamp)> = None;
    for step in steps {
        match step {
            Step::Left(_) => {
                let line = one.next(|seen| told(seen, "is missing"));
                found.missing += 1;
                found.tell(line);
            }
            Step::Right(_) => {
                let line = other.next(|seen| told(seen, "is new"));
                found.new += 1;
                found.tell(line);
            }
            Step::Both(x, y) => {
                let at = |capture: &Capture, place: usize| {
                    let frame = capture.frames.get(place);
                    frame.map_or(0, |frame| frame.at.as_nanos() / unit * unit)
                };
                let times = (at(one.capture, x), at(other.capture, y));
                let starts = *starts.get_or_insert((
                    Timestamp::from_nanos(times.0),
                    Timestamp::from_nanos(times.1),
                ));
                let since = (
                    i128::from(times.0) - i128::from(starts.0.as_nanos()),
                    i128::from(times.1) - i128::from(starts.1.as_nanos()),
                );
                // Most frames are alike to the last bit: then only what is
                // known of those before them can tell them apart.
                let is_same = a.frames.get(x).map(CapturedFrame::bytes)
                    == b.frames.get(y).map(CapturedFrame::bytes)
                    && (ignore.time || since.0 == since.1);
                if is_same {
                    one.next(|_| ());
                    other.next(|_| ());
                    continue;
                }
                let first = one.next(|seen| Fields::of(seen, since.0, ignore));
                let second = other.next(|seen| Fields::of(seen, since.1, ignore));
                if let (Some(first), Some(second)) = (first, second) {
                    found.compare(&first, &second, &mut later);
                }
            }
        }
    }
    found.sum_up(&later);
    found
}

fn told(seen: &Dissected<'_>, what: &str) -> String {
    let (number, summary) = (seen.frame.number, Summary::of(seen));
    let (from, to) = (summary.source, summary.destination);
    let (protocol, info) = (summary.protocol, summary.info);
    format!("frame {number} {what}: {from} > {to} {protocol} {info}")
}

impl Frames {
    fn tell(&mut self, line: Option<String>) {
        if self.missing + self.new <= MAX_TOLD {
            self.lines.extend(line);
        }
    }

    /// The first frame that changed is told field by field; of later ones the
    /// fields are counted, since one difference brings many.
    fn compare(&mut self, a: &Fields, b: &Fields, later: &mut BTreeMap<&'static str, u64>) {
        let differences = a.against(b);
        if differences.is_empty() {
            return;
        }
        self.changed += 1;
        if self.changed == 1 {
            let at = number(a.number, b.number);
            let lines = differences
                .iter()
                .map(|(name, old, new)| format!("{at}: {name} {old} became {new}"));
            self.lines.extend(lines);
        } else {
            for (name, ..) in differences {
                *later.entry(name).or_default() += 1;
            }
        }
    }

    fn sum_up(&mut self, later: &BTreeMap<&'static str, u64>) {
        let untold = (self.missing + self.new).saturating_sub(MAX_TOLD);
        if untold > 0 {
            self.lines
                .push(format!("{untold} more frames are missing or new"));
        }
        if self.changed > 1 {
            let mut names: Vec<(&str, u64)> = later.iter().map(|(n, c)| (*n, *c)).collect();
            names.sort_by_key(|(name, count)| (core::cmp::Reverse(*count), *name));
            let untold = names.len().saturating_sub(MAX_NAMES);
            let mut names: Vec<String> = names
                .into_iter()
                .take(MAX_NAMES)
                .map(|(name, count)| format!("{name} ({count})"))
                .collect();
            if untold > 0 {
                names.push(format!("{untold} fields more"));
            }
            let (more, verb) = match self.changed - 1 {
                1 => ("1 more frame".to_owned(), "differs"),
                more => (format!("{more} more frames"), "differ"),
            };
            self.lines
                .push(format!("{more} {verb}, in {}", names.join(", ")));
        }
    }
}

/// A frame's fields as text, but for those that are ignored.
struct Fields {
    number: u64,
    layers: Vec<&'static str>,
    fields: Vec<(&'static str, String)>,
    ignore: Ignore,
}

impl Fields {
    /// `since` is the time since the first frame that both captures have.
    fn of(seen: &Dissected<'_>, since: i128, ignore: Ignore) -> Fields {
        let mut fields = Fields {
            number: seen.frame.number,
            layers: Vec::new(),
            fields: Vec::new(),
            ignore,
        };
        if !ignore.time {
            fields.fields.push(("time", seconds(since)));
        }
        walk(seen, &mut fields);
        fields
    }

    /// What differs: name, what it was, what it is.
    fn against(&self, other: &Fields) -> Vec<(&'static str, String, String)> {
        let mut found = Vec::new();
        if self.layers != other.layers {
            found.push(("layers", self.layers.join("/"), other.layers.join("/")));
        }
        let names = |fields: &Fields| -> Vec<&'static str> {
            fields.fields.iter().map(|(name, _)| *name).collect()
        };
        let names = (names(self), names(other));
        let nothing = || "nothing".to_owned();
        for step in align(&names.0, &names.1, MAX_FIELD_EDITS, |_, _| false) {
            let (old, new) = match step {
                Step::Both(x, y) => (self.fields.get(x), other.fields.get(y)),
                Step::Left(x) => (self.fields.get(x), None),
                Step::Right(y) => (None, other.fields.get(y)),
            };
            match (old, new) {
                // Another field in its place is another matter.
                (Some((was, old)), Some((is, new))) if was != is => {
                    found.push((*was, old.clone(), nothing()));
                    found.push((*is, nothing(), new.clone()));
                }
                (Some((name, old)), Some((_, new))) if old != new => {
                    found.push((*name, old.clone(), new.clone()));
                }
                (Some(_), Some(_)) | (None, None) => {}
                (Some((name, old)), None) => found.push((*name, old.clone(), nothing())),
                (None, Some((name, new))) => found.push((*name, nothing(), new.clone())),
            }
        }
        found
    }
}

fn seconds(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let text = format!("{sign}{whole}.{rest:09}");
    // Microseconds, unless there is more.
    let text = text.strip_suffix("000").unwrap_or(&text);
    format!("{text} s")
}

impl FieldSink for Fields {
    fn layer(&mut self, def: &'static LayerDef, _: Range<usize>, _: fmt::Arguments<'_>) {
        self.layers.push(def.name);
    }

    fn field(
        &mut self,
        def: &'static FieldDef,
        _: Range<usize>,
        value: Value<'_>,
        _: fmt::Arguments<'_>,
    ) {
        // The date is the clock's and the number the capture's, not the run's;
        // the time is compared from where both captures begin.
        let is_place = def.name.starts_with("frame.time")
            || matches!(
                def.name,
                "frame.number" | "frame.comment" | "frame.interface_id" | "frame.interface_name"
            );
        if is_place || self.ignore.passes_over(def.name) {
            return;
        }
        let text = match value {
            Value::Number(number) if def.kind == FieldKind::Hex => format!("{number:#06x}"),
            Value::Number(number) => number.to_string(),
            Value::Flag(set) => u8::from(set).to_string(),
            Value::Ip(ip) => ip.to_string(),
            Value::Mac(mac) => mac.to_string(),
            Value::Text(text) => Printable(text).to_string(),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Value::Time(nanos) => seconds(nanos.into()),
        };
        self.fields.push((def.name, text));
    }
}
