//! The packet list: one line a frame, as in an analyser's summary window.

use core::fmt::Write;

use crate::analyze::{Printable, Summary};
use crate::capture::Capture;
use crate::dissect::{Dissected, Dissector};
use crate::time::Timestamp;

/// So many lines are looked at before the widths of the columns are settled.
const LOOK_AHEAD: usize = 256;

const HEADINGS: [&str; 6] = ["No.", "Time", "Source", "Destination", "Protocol", "Info"];

/// How a packet list is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListOptions {
    /// Lines are cut to this many columns; `None` leaves them as they are.
    pub width: Option<usize>,
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
}

#[derive(Debug)]
struct Row {
    columns: [String; 5],
    info: String,
    notes: Vec<String>,
    detail: String,
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
        let row = self.row(seen, detail);
        match self.widths {
            Some(widths) => self.write(&row, widths, out),
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
            for (width, column) in widths.iter_mut().zip(&row.columns) {
                *width = (*width).max(column.chars().count());
            }
        }
        self.widths = Some(widths);
        let [a, b, c, d, e, info] = HEADINGS.map(str::to_owned);
        let heading = Row {
            columns: [a, b, c, d, e],
            info,
            notes: Vec::new(),
            detail: String::new(),
        };
        self.write(&heading, widths, out);
        for row in std::mem::take(&mut self.held) {
            self.write(&row, widths, out);
        }
    }

    fn row(&self, seen: &Dissected<'_>, detail: String) -> Row {
        let frame = seen.frame;
        let summary = Summary::of(seen);
        let notes = if self.options.notes {
            frame.comments.to_vec()
        } else {
            Vec::new()
        };
        Row {
            columns: [
                frame.number.to_string(),
                seconds(seen.first_at, frame.at),
                summary.source.to_string(),
                summary.destination.to_string(),
                summary.protocol.to_owned(),
            ],
            info: summary.info,
            notes,
            detail,
        }
    }

    fn write(&self, row: &Row, widths: [usize; 5], out: &mut String) {
        let start = out.len();
        let [number, time, source, destination, protocol] = &row.columns;
        let [a, b, c, d, e] = widths;
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "{number:>a$} {time:>b$} {source:<c$} {destination:<d$} {protocol:<e$}  {}",
            row.info
        );
        self.end_line(start, out);
        for note in &row.notes {
            let text = Printable(note.trim_end().as_bytes()).to_string();
            // Nothing of a note is cut: it goes on in the next line.
            let room = self.options.width.map(|w| w.saturating_sub(a + 3).max(20));
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
        if let Some(width) = self.options.width
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

/// Breaks a line at its spaces, so that each piece fits into `room` columns.
fn wrap(line: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else {
        return vec![line.to_owned()];
    };
    let mut pieces = vec![String::new()];
    for word in line.split(' ') {
        let last = pieces.last_mut().filter(|piece| {
            let len = piece.chars().count() + 1 + word.chars().count();
            piece.is_empty() || len <= room
        });
        match last {
            Some(piece) if piece.is_empty() => piece.push_str(word),
            Some(piece) => {
                piece.push(' ');
                piece.push_str(word);
            }
            None => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// Seconds since the first frame, with microseconds; negative if the capture
/// is not in order.
fn seconds(first: Timestamp, at: Timestamp) -> String {
    let (sign, nanos) = if at < first {
        ("-", first.since(at).as_nanos())
    } else {
        ("", at.since(first).as_nanos())
    };
    let micros = nanos / 1000;
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
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
