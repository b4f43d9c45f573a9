//! The packet list: one line a frame, as in an analyser's summary window.

use core::fmt::Write;

use super::{Look, Tone, wrap};
use crate::analyze::{Address, Printable, Summary, push_number};
use crate::capture::Capture;
use crate::dissect::{Dissected, Dissector};
use crate::time::Timestamp;

/// So many lines are looked at before the widths of the columns are settled.
const LOOK_AHEAD: usize = 256;

/// Of a limited width so much is kept for the info.
const INFO: usize = 24;
/// No IPv4 or hardware address is longer: up to here none is shortened.
const SHORT_ADDRESS: usize = 17;
/// An address is not made shorter than this.
const LEAST_ADDRESS: usize = 15;

/// So many addresses are kept as text.
const NAMES: usize = 4;

const HEADINGS: [&str; 6] = ["No.", "Time", "Source", "Destination", "Protocol", "Info"];

/// How a packet list is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListOptions {
    /// Lines are cut to its width; protocol and info have the colour of what
    /// the frame is.
    pub look: Look,
    /// Each frame's comments stand under it.
    pub notes: bool,
}

/// Writes a packet list while frames are read.
///
/// The first lines are held back until the widths of the columns are known;
/// later ones that need more push their own columns to the right.
#[derive(Debug, Default)]
pub struct PacketList {
    options: ListOptions,
    held: Vec<Row>,
    widths: Option<[usize; 5]>,
    /// The columns of addresses are narrower than what they hold.
    shortens: bool,
    names: Names,
}

/// Addresses as text, some at hand: most frames have one of a few.
#[derive(Debug, Default)]
struct Names {
    known: [Option<(Address, String)>; NAMES],
    /// The one that the next other one replaces.
    oldest: usize,
}

impl Names {
    fn push(&mut self, address: Address, out: &mut String) {
        let known = self.known.iter().flatten().find(|(a, _)| *a == address);
        if let Some((_, text)) = known {
            out.push_str(text);
            return;
        }
        let text = address.to_string();
        out.push_str(&text);
        if let Some(place) = self.known.get_mut(self.oldest) {
            *place = Some((address, text));
        }
        self.oldest = (self.oldest + 1) % NAMES;
    }
}

#[derive(Debug, Default)]
struct Row {
    /// The columns, one after another, and the info.
    text: String,
    /// Where each column ends.
    ends: [usize; 5],
    tone: Option<Tone>,
    notes: Vec<String>,
    detail: String,
}

impl Row {
    fn column(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|i| self.ends.get(i));
        let end = self.ends.get(index).copied().unwrap_or(self.text.len());
        self.text
            .get(start.copied().unwrap_or(0)..end)
            .unwrap_or_default()
    }
}

impl PacketList {
    /// An empty list.
    pub fn new(options: ListOptions) -> PacketList {
        PacketList {
            options,
            ..PacketList::default()
        }
    }

    /// Appends to `out` what can be written now that this frame is known.
    pub fn push(&mut self, seen: &Dissected<'_>, out: &mut String) {
        self.push_with(seen, String::new(), out);
    }

    /// The same, with a text to stand under the frame's line.
    pub fn push_with(&mut self, seen: &Dissected<'_>, detail: String, out: &mut String) {
        let tone = self.options.look.colours.then(|| Tone::of(seen));
        let notes = match self.options.notes {
            true => seen.frame.comments,
            false => &[],
        };
        if let Some(widths) = self.widths {
            let start = out.len();
            let mut last = start;
            let shortest = self.shortest(widths);
            self.fill(seen, out, |out, index, from| {
                last = from;
                shorten(out, index, from, shortest);
                align(out, index, from, widths);
            });
            self.end_row(start, last, tone, out);
            self.write_below(notes, &detail, widths, out);
            return;
        }
        let mut row = Row {
            tone,
            notes: notes.to_vec(),
            detail,
            ..Row::default()
        };
        self.fill(seen, &mut row.text, |text, index, _| {
            if let Some(end) = row.ends.get_mut(index) {
                *end = text.len();
            }
        });
        self.held.push(row);
        if self.held.len() >= LOOK_AHEAD {
            self.finish(out);
        }
    }

    /// Appends to `out` what was held back.
    pub fn finish(&mut self, out: &mut String) {
        if self.widths.is_some() {
            return;
        }
        let mut widths = [0; 5];
        for (width, heading) in widths.iter_mut().zip(HEADINGS) {
            *width = heading.len();
        }
        for row in &self.held {
            for (index, width) in widths.iter_mut().enumerate() {
                *width = (*width).max(row.column(index).chars().count());
            }
        }
        if let Some(width) = self.options.look.width {
            self.shortens = leave_room(&mut widths, width);
        }
        self.widths = Some(widths);
        let mut heading = Row::default();
        for (index, name) in HEADINGS.into_iter().enumerate() {
            heading.text.push_str(name);
            if let Some(end) = heading.ends.get_mut(index) {
                *end = heading.text.len();
            }
        }
        self.write(&heading, widths, out);
        for row in std::mem::take(&mut self.held) {
            self.write(&row, widths, out);
        }
    }

    /// Appends a frame's columns and what it says to `out`. `end` is told, when
    /// a column is there, which one, and where it begins.
    fn fill(
        &mut self,
        seen: &Dissected<'_>,
        out: &mut String,
        mut end: impl FnMut(&mut String, usize, usize),
    ) {
        let (source, destination) = Summary::ends(seen);
        for index in 0..5 {
            let start = out.len();
            match index {
                0 => push_number(out, seen.frame.number),
                1 => push_seconds(out, seen.first_at, seen.frame.at),
                2 => self.names.push(source, out),
                3 => self.names.push(destination, out),
                _ => out.push_str(Summary::protocol_of(seen)),
            }
            end(out, index, start);
        }
        Summary::write_info(seen, out);
    }

    /// The widths that addresses are shortened to, if the width is limited.
    fn shortest(&self, widths: [usize; 5]) -> Option<[usize; 5]> {
        let least = if self.shortens {
            LEAST_ADDRESS
        } else {
            SHORT_ADDRESS
        };
        let limited = self.options.look.width.is_some();
        limited.then(|| widths.map(|width| width.max(least)))
    }

    fn write(&self, row: &Row, widths: [usize; 5], out: &mut String) {
        let start = out.len();
        let mut last = start;
        for index in 0..5 {
            last = out.len();
            out.push_str(row.column(index));
            shorten(out, index, last, self.shortest(widths));
            align(out, index, last, widths);
        }
        out.push_str(row.column(5));
        self.end_row(start, last, row.tone, out);
        self.write_below(&row.notes, &row.detail, widths, out);
    }

    /// Ends the row that begins at `start`; from `coloured` on it has the colour
    /// of its tone.
    fn end_row(&self, start: usize, coloured: usize, tone: Option<Tone>, out: &mut String) {
        self.end_line(start, out);
        if let Some(code) = tone.and_then(Tone::terminal)
            && coloured < out.len()
        {
            out.insert_str(coloured, code);
            out.pop();
            out.push_str("\x1b[0m\n");
        }
    }

    fn write_below(&self, notes: &[String], detail: &str, widths: [usize; 5], out: &mut String) {
        let a = widths[0];
        for note in notes {
            let text = Printable(note.trim_end().as_bytes()).to_string();
            // Nothing of a note is cut: it goes on in the next line.
            let room = self.options.look.width;
            let room = room.map(|w| w.saturating_sub(a + 3).max(20));
            for line in text.split("\\x0a").flat_map(|line| wrap(line, room)) {
                let start = out.len();
                let _ = write!(out, "{:>a$}   {line}", "");
                self.end_line(start, out);
            }
        }
        out.push_str(detail);
    }

    /// Cuts the line that begins at `start` to the width, and ends it.
    fn end_line(&self, start: usize, out: &mut String) {
        let line = out.get(start..).unwrap_or_default();
        if let Some(width) = self.options.look.width
            && line.len() > width
        {
            let mut places = line.char_indices().map(|(at, _)| start + at);
            let keep = width.saturating_sub(1);
            if let (Some(cut), Some(_)) = (places.nth(keep), places.next()) {
                out.truncate(cut);
                out.push('\u{2026}');
            }
        }
        let kept = out.trim_end_matches(' ').len();
        out.truncate(kept.max(start));
        out.push('\n');
    }
}

/// Makes the columns of addresses narrow enough that `width` has room for the
/// protocol and some of the info; whether it had to.
fn leave_room(widths: &mut [usize; 5], width: usize) -> bool {
    let [number, time, source, destination, protocol] = widths;
    if *source.max(destination) <= SHORT_ADDRESS {
        return false;
    }
    // A space behind each column, and two behind the protocol.
    let others = *number + *time + *protocol + 6 + INFO;
    let room = width.saturating_sub(others).max(2 * LEAST_ADDRESS);
    let half = room / 2;
    let (from, to) = (*source, *destination);
    *source = from.min(half.max(room.saturating_sub(to)));
    *destination = to.min(half.max(room.saturating_sub(from)));
    *source < from || *destination < to
}

/// Shortens the long address that begins at `start` in its middle, if there
/// are widths: both ends of an address tell something.
fn shorten(out: &mut String, index: usize, start: usize, widths: Option<[usize; 5]>) {
    let (2 | 3, Some(widths)) = (index, widths) else {
        return;
    };
    let room = widths.get(index).copied().unwrap_or(0);
    let len = out.len() - start;
    if len <= room || room == 0 {
        return;
    }
    let kept = room - 1;
    let (head, tail) = (start + kept / 2, out.len() - (kept - kept / 2));
    if out.is_char_boundary(head) && out.is_char_boundary(tail) {
        out.replace_range(head..tail, "\u{2026}");
    }
}

/// Aligns the column that begins at `start`, and ends it with a space; the last
/// one with two.
fn align(out: &mut String, index: usize, start: usize, widths: [usize; 5]) {
    let width = widths.get(index).copied().unwrap_or(0);
    let column = out.get(start..).unwrap_or_default();
    let missing = width.saturating_sub(column.chars().count());
    // The first two are numbers and stand to the right.
    if index < 2 {
        if missing > 0 {
            out.insert_str(start, spaces(missing));
        }
        out.push(' ');
    } else {
        out.push_str(spaces(missing + 1 + index / 4));
    }
}

/// So many spaces; 64 if they are more.
fn spaces(count: usize) -> &'static str {
    const SPACES: &str = "                                                                ";
    SPACES.get(..count).unwrap_or(SPACES)
}

/// Seconds since the first frame, with microseconds; negative if the capture
/// is not in order.
fn push_seconds(out: &mut String, first: Timestamp, at: Timestamp) {
    let (first, at) = (first.as_nanos(), at.as_nanos());
    if at < first {
        out.push('-');
    }
    let micros = at.abs_diff(first) / 1000;
    push_number(out, micros / 1_000_000);
    out.push('.');
    let fraction = micros % 1_000_000;
    for place in [100_000, 10_000, 1_000, 100, 10] {
        if fraction >= place {
            break;
        }
        out.push('0');
    }
    push_number(out, fraction);
}

/// The packet list of a whole capture.
pub fn packet_list(capture: &Capture, options: ListOptions) -> String {
    let mut dissector = Dissector::new();
    let mut list = PacketList::new(options);
    let mut out = String::new();
    for frame in capture.frames() {
        list.push(&dissector.dissect(frame), &mut out);
    }
    list.finish(&mut out);
    out
}
