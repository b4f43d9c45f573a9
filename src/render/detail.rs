//! One frame in full: every layer, every field.

use core::fmt::{self, Write};
use core::ops::Range;

use super::Look;
use super::tone::{HEADING, Ink};
use crate::analyze::{Bytes, Printable};
use crate::dissect::Dissected;
use crate::dissect::fields::{FieldDef, FieldKind, FieldSink, LayerDef, Value, walk};

/// Of a field's bytes, so many are shown beside it.
const SHOWN: usize = 6;

/// How much is said of each field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Its name, value and meaning.
    Fields,
    /// Also its place and bytes, its name in filters, and the clause that defines it.
    Everything,
}

/// A frame's layers and fields as text, one line a field; what is longer
/// than the page is wide goes on in lines below.
pub fn detail(seen: &Dissected<'_>, depth: Depth, look: Look) -> String {
    let mut sink = Lines {
        out: String::new(),
        bytes: seen.packet.bytes(),
        depth,
        look,
    };
    walk(seen, &mut sink);
    sink.out
}

struct Lines<'a> {
    out: String,
    bytes: &'a [u8],
    depth: Depth,
    look: Look,
}

impl Lines<'_> {
    /// Ends the line that began at `start`; what of it is too long goes on
    /// below, `indent` columns from the left.
    fn end(&mut self, start: usize, indent: usize, ink: Ink) {
        let line = self.out.split_off(start);
        self.look.push(&mut self.out, &line, indent, ink);
    }
}

impl FieldSink for Lines<'_> {
    fn layer(&mut self, def: &'static LayerDef, range: Range<usize>, title: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let start = self.out.len();
        let _ = write!(self.out, "{}: {title}", def.label);
        if self.depth == Depth::Everything && !range.is_empty() {
            let _ = write!(self.out, ", bytes {} to {}", range.start, range.end - 1);
        }
        self.end(start, 4, HEADING);
    }

    fn field(
        &mut self,
        def: &'static FieldDef,
        range: Range<usize>,
        value: Value<'_>,
        meaning: fmt::Arguments<'_>,
    ) {
        let indent = 2 + 2 * usize::from(def.depth);
        let start = self.out.len();
        let out = &mut self.out;
        let len = range.len();
        if self.depth == Depth::Everything {
            place(out, self.bytes, range);
        }
        let column = out.get(start..).map_or(0, |text| text.chars().count());
        let _ = write!(out, "{:indent$}{}: ", "", def.label);
        write_value(out, def, len, value);
        let before = out.len();
        let _ = write!(out, " ({meaning})");
        if out.len() == before + " ()".len() {
            out.truncate(before);
        }
        if self.depth == Depth::Everything {
            let _ = write!(out, "  {}", def.name);
            if !def.clause.is_empty() {
                let _ = write!(out, ", {}", def.clause);
            }
        }
        self.end(start, column + indent + 2, None);
    }
}

/// Where a field lies, and its first bytes; blank for what has no bytes.
fn place(out: &mut String, bytes: &[u8], range: Range<usize>) {
    let start = out.len();
    if !range.is_empty() {
        let _ = write!(out, "{:>5} ", range.start);
        let field = bytes.get(range).unwrap_or_default();
        for byte in field.iter().take(SHOWN) {
            let _ = write!(out, " {byte:02x}");
        }
        if field.len() > SHOWN {
            out.push('\u{2026}');
        }
    }
    let written = out.get(start..).map_or(0, |text| text.chars().count());
    let room = (6 + 3 * SHOWN + 1_usize).saturating_sub(written);
    let _ = write!(out, "{:room$}", "");
}

/// Writes a value that lies in `len` bytes.
fn write_value(out: &mut String, def: &FieldDef, len: usize, value: Value<'_>) {
    // With the `0x`.
    let digits = 2 + def.hex_digits(len);
    // Writing to a string does not fail.
    let _ = match value {
        Value::Number(n) if def.kind == FieldKind::Hex => write!(out, "{n:#0digits$x}"),
        Value::Number(n) => write!(out, "{n}"),
        Value::Flag(set) => write!(out, "{}", if set { "yes" } else { "no" }),
        Value::Ip(ip) => write!(out, "{ip}"),
        Value::Mac(mac) => write!(out, "{mac}"),
        Value::Text(text) => write!(out, "{}", Printable(text)),
        Value::Bytes(bytes) => write!(out, "{}", Bytes(bytes.len() as u64)),
        Value::Time(nanos) => {
            let sign = if nanos < 0 { "-" } else { "" };
            let nanos = nanos.unsigned_abs();
            let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            write!(out, "{sign}{seconds}.{rest:09} s")
        }
    };
}
