//! The packet list: one line a frame, as in an analyser's summary window.

use core::fmt::Write;

use super::{Look, Tone, wrap};
use crate::analyze::{Printable, Summary, push_number};
use crate::capture::Capture;
use crate::dissect::{Dissected, Dissector};
use crate::time::Timestamp;

/// So many lines are looked at before the widths of the columns are settled.
const LOOK_AHEAD: usize = 256;

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
    /// The row being written, kept for its memory.
    row: Row,
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
        let mut row = std::mem::take(&mut self.row);
        self.fill(&mut row, seen, detail);
        match self.widths {
            Some(widths) => {
                self.write(&row, widths, out);
                self.row = row;
            }
            None => {
                self.held.push(row);
                if self.held.len() >= LOOK_AHEAD {
                    self.finish(out);
                }
            }
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

    fn fill(&self, row: &mut Row, seen: &Dissected<'_>, detail: String) {
        let frame = &seen.frame;
        let text = &mut row.text;
        text.clear();
        push_number(text, frame.number);
        let number = text.len();
        push_seconds(text, seen.first_at, frame.at);
        let time = text.len();
        let (from, to) = Summary::ends(seen);
        from.push_to(text);
        let source = text.len();
        to.push_to(text);
        let destination = text.len();
        text.push_str(Summary::protocol_of(seen));
        row.ends = [number, time, source, destination, text.len()];
        Summary::write_info(seen, text);
        row.tone = self.options.look.colours.then(|| Tone::of(seen));
        row.notes.clear();
        if self.options.notes {
            row.notes.extend_from_slice(frame.comments);
        }
        row.detail = detail;
    }

    fn write(&self, row: &Row, widths: [usize; 5], out: &mut String) {
        let start = out.len();
        let a = widths[0];
        let mut coloured = start;
        for (index, width) in widths.into_iter().enumerate() {
            if index == 4 {
                coloured = out.len();
            }
            let column = row.column(index);
            let missing = width.saturating_sub(column.len());
            // The first two are numbers and stand to the right.
            let (before, after) = if index < 2 {
                (missing, 0)
            } else {
                (0, missing)
            };
            push_spaces(out, before);
            out.push_str(column);
            push_spaces(out, after + 1);
        }
        out.push(' ');
        out.push_str(row.column(5));
        self.end_line(start, out);
        if let Some(code) = row.tone.and_then(Tone::terminal)
            && coloured < out.len()
        {
            out.insert_str(coloured, code);
            out.pop();
            out.push_str("\x1b[0m\n");
        }
        for note in &row.notes {
            let text = Printable(note.trim_end().as_bytes()).to_string();
            // Nothing of a note is cut: it goes on in the next line.
            let room = self
                .options
                .look
                .width
                .map(|w| w.saturating_sub(a + 3).max(20));
            for line in text.split("\\x0a").flat_map(|line| wrap(line, room)) {
                let start = out.len();
                let _ = write!(out, "{:>a$}   {line}", "");
                self.end_line(start, out);
            }
        }
        out.push_str(&row.detail);
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

fn push_spaces(out: &mut String, count: usize) {
    const SPACES: &str = "                                ";
    let mut left = count;
    while left > 0 {
        let piece = left.min(SPACES.len());
        out.push_str(SPACES.get(..piece).unwrap_or_default());
        left -= piece;
    }
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
