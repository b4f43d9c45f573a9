//! What differs between two captures, in the words of their protocols.

use core::fmt::{self, Write as _};
use core::ops::Range;

use super::{Entry, Printable, Session, Summary, Transcript};
use crate::capture::{Capture, FrameRef};
use crate::dissect::fields::{FieldDef, FieldSink, LayerDef, Value, walk};
use crate::dissect::{Dissected, Dissector, Said};

/// What may differ without being a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ignore {
    /// When frames were seen, and TCP's timestamps.
    pub time: bool,
    /// Initial sequence numbers, IP identifications, and checksums with them.
    pub isn: bool,
    /// Port numbers.
    pub ports: bool,
    /// Hardware addresses.
    pub macs: bool,
}

impl Ignore {
    /// The names that [`parse`](Ignore::parse) knows.
    pub const NAMES: [&str; 4] = ["time", "isn", "ports", "macs"];

    /// Adds what is named; `None` if the name is not known.
    pub fn parse(mut self, name: &str) -> Option<Ignore> {
        match name {
            "time" => self.time = true,
            "isn" => self.isn = true,
            "ports" => self.ports = true,
            "macs" => self.macs = true,
            _ => return None,
        }
        Some(self)
    }

    fn passes_over(self, name: &str) -> bool {
        let time = name.starts_with("frame.time") || name.starts_with("tcp.options.timestamp");
        let isn = matches!(name, "tcp.seq_raw" | "tcp.ack_raw" | "ip.id" | "ipv6.flow");
        let checksum = name.ends_with(".checksum");
        let port = name.ends_with("port") && (name.starts_with("tcp.") || name.starts_with("udp."));
        // Where ports differ, so do the words that name them.
        let said = name.starts_with("ftp.") && (name.ends_with(".port") || name.ends_with(".arg"));
        let mac = name.starts_with("eth.") || name.starts_with("arp.") && name.ends_with("hw_mac");
        (self.time && time)
            || (self.isn && isn)
            || (self.ports && (port || said))
            || (self.macs && mac)
            // A checksum differs because something else does.
            || ((self.isn || self.ports || self.time) && checksum)
            || name == "tcp.payload" || name == "tcp.options"
    }
}

/// What differs between two captures. It prints as one line for each
/// difference, and as nothing when there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// In the dialogues, session by session.
    pub sessions: Vec<String>,
    /// In the first frame that differs, field by field.
    pub frame: Vec<String>,
    /// The numbers of frames, if they differ.
    pub counts: Option<(usize, usize)>,
}

impl Difference {
    /// Compares two captures.
    pub fn between(a: &Capture, b: &Capture, ignore: Ignore) -> Difference {
        let counts = (a.frames.len(), b.frames.len());
        Difference {
            sessions: sessions(a, b, ignore),
            frame: first_frame(a, b, ignore),
            counts: (counts.0 != counts.1).then_some(counts),
        }
    }

    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Difference::default()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.sessions.iter().chain(&self.frame) {
            writeln!(f, "{line}")?;
        }
        match self.counts {
            Some((a, b)) => writeln!(f, "{a} frames became {b}"),
            None => Ok(()),
        }
    }
}

fn sessions(a: &Capture, b: &Capture, ignore: Ignore) -> Vec<String> {
    let (a, b) = (Transcript::of(a), Transcript::of(b));
    let mut lines = Vec::new();
    for (number, (a, b)) in a.sessions.iter().zip(&b.sessions).enumerate() {
        lines.extend(session(number + 1, a, b, ignore));
    }
    if a.sessions.len() != b.sessions.len() {
        lines.push(format!(
            "{} sessions became {}",
            a.sessions.len(),
            b.sessions.len()
        ));
    }
    lines
}

/// The first thing in a session that differs.
fn session(number: usize, a: &Session, b: &Session, ignore: Ignore) -> Option<String> {
    let longest = a.entries.len().max(b.entries.len());
    let (at, one, other) = (0..longest).find_map(|at| {
        let (one, other) = (a.entries.get(at), b.entries.get(at));
        let words = |entry: Option<&Entry>| entry.map(|e| said(e, ignore));
        (words(one) != words(other)).then_some((at, one, other))
    })?;
    let frame = one.or(other).map_or(0, entry_frame);
    let mut line = format!("session {number}, frame {frame}: ");
    // Writing to a string does not fail.
    let _ = match (one, other) {
        (Some(one), Some(other)) => {
            write!(line, "{} became {}", said(one, ignore), said(other, ignore))
        }
        (Some(one), None) => write!(line, "{} is missing", said(one, ignore)),
        (None, Some(other)) => write!(line, "{} is new", said(other, ignore)),
        (None, None) => Ok(()),
    };
    let left = longest - at - 1;
    if left > 0 {
        let _ = write!(line, " ({left} entries follow)");
    }
    Some(line)
}

fn entry_frame(entry: &Entry) -> u64 {
    match entry {
        Entry::Data(data) => data.last_frame,
        Entry::Said(Said::Command(seen)) => seen.frame,
        Entry::Said(Said::Reply(seen)) => seen.frame,
        Entry::Said(
            Said::NotAReply { frame, .. } | Said::Encrypted { frame } | Said::Gap { frame, .. },
        ) => *frame,
    }
}

/// What an entry says, without its frame.
fn said(entry: &Entry, ignore: Ignore) -> String {
    match entry {
        Entry::Said(Said::Command(seen)) => {
            let names_a_port = seen.line.to_string().to_ascii_uppercase();
            let names_a_port = names_a_port.starts_with("PORT") || names_a_port.starts_with("EPRT");
            if ignore.ports && names_a_port {
                return "command PORT".into();
            }
            format!("command {}", Printable(seen.line.as_bytes()))
        }
        Entry::Said(Said::Reply(seen)) if ignore.ports && is_passive(seen.reply.code().get()) => {
            format!("reply {}", seen.reply.code())
        }
        Entry::Said(Said::Reply(seen)) => {
            let text = seen.reply.to_string().replace('\n', " | ");
            format!("reply {}", Printable(text.as_bytes()))
        }
        Entry::Data(data) => {
            let command = data.transfer.command.as_ref();
            let verb = command.map_or("nothing".to_owned(), |c| c.verb.to_string());
            let bytes = data.uploaded + data.downloaded;
            format!("data of {verb}, {bytes} bytes, {:?}", data.state)
        }
        Entry::Said(other) => match other {
            Said::NotAReply { line, .. } => format!("line {}", Printable(line.as_bytes())),
            Said::Encrypted { .. } => "encryption".into(),
            Said::Gap { len, .. } => format!("a gap of {len} bytes"),
            Said::Command(_) | Said::Reply(_) => String::new(),
        },
    }
}

fn is_passive(code: u16) -> bool {
    matches!(code, 227 | 229)
}

/// The fields of the first frame that differs.
fn first_frame(a: &Capture, b: &Capture, ignore: Ignore) -> Vec<String> {
    let (mut one, mut other) = (Dissector::new(), Dissector::new());
    for (a, b) in a.frames().zip(b.frames()) {
        let lines = frame(&one.dissect(a), &other.dissect(b), ignore);
        if !lines.is_empty() {
            return lines;
        }
    }
    let (shorter, longer, what) = if a.frames.len() <= b.frames.len() {
        (a, b, "new")
    } else {
        (b, a, "missing")
    };
    let Some(next) = longer.frames().nth(shorter.frames.len()) else {
        return Vec::new();
    };
    vec![format!(
        "frame {} is {what}: {}",
        next.number,
        info(longer, next)
    )]
}

fn info(capture: &Capture, wanted: FrameRef<'_>) -> String {
    let mut dissector = Dissector::new();
    let mut info = String::new();
    for frame in capture.frames().take_while(|f| f.number <= wanted.number) {
        info = Summary::of(&dissector.dissect(frame)).info;
    }
    info
}

fn frame(a: &Dissected<'_>, b: &Dissected<'_>, ignore: Ignore) -> Vec<String> {
    // Most frames are alike to the last bit.
    let is_same_time = a.frame.at.since(a.first_at) == b.frame.at.since(b.first_at);
    if a.frame.bytes == b.frame.bytes && (ignore.time || is_same_time) {
        return Vec::new();
    }
    let (one, other) = (Fields::of(a, ignore), Fields::of(b, ignore));
    let number = a.frame.number;
    let mut lines = Vec::new();
    if one.layers != other.layers {
        let (one, other) = (one.layers.join("/"), other.layers.join("/"));
        lines.push(format!("frame {number}: {one} became {other}"));
    }
    for ((name, value), (_, now)) in one.fields.iter().zip(&other.fields) {
        if value != now {
            lines.push(format!("frame {number}: {name} {value} became {now}"));
        }
    }
    let counts = (one.fields.len(), other.fields.len());
    if lines.is_empty() && counts.0 != counts.1 {
        lines.push(format!(
            "frame {number}: {} fields became {}",
            counts.0, counts.1
        ));
    }
    lines
}

/// A frame's fields as text, but for those that are ignored.
struct Fields {
    layers: Vec<&'static str>,
    fields: Vec<(&'static str, String)>,
    ignore: Ignore,
}

impl Fields {
    fn of(seen: &Dissected<'_>, ignore: Ignore) -> Fields {
        let mut fields = Fields {
            layers: Vec::new(),
            fields: Vec::new(),
            ignore,
        };
        walk(seen, &mut fields);
        fields
    }
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
        // The date is the clock's, not the run's.
        let is_date = def.name == "frame.time_epoch" || def.name == "frame.comment";
        if is_date || self.ignore.passes_over(def.name) {
            return;
        }
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::Flag(set) => u8::from(set).to_string(),
            Value::Ip(ip) => ip.to_string(),
            Value::Mac(mac) => mac.to_string(),
            Value::Text(text) => Printable(text).to_string(),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Value::Time(nanos) => format!("{} ns", nanos),
        };
        self.fields.push((def.name, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_differ_is_named() {
        let ignore = Ignore::default()
            .parse("time")
            .and_then(|i| i.parse("ports"));
        let ignore = ignore.unwrap();
        assert!(ignore.passes_over("frame.time_relative"));
        assert!(ignore.passes_over("tcp.srcport"));
        assert!(ignore.passes_over("tcp.checksum"));
        assert!(!ignore.passes_over("tcp.seq_raw"));
        assert!(
            Ignore::NAMES
                .iter()
                .all(|n| Ignore::default().parse(n).is_some())
        );
        assert_eq!(ignore.parse("colour"), None);
    }
}
