//! A ladder drawn as SVG, with nothing that a browser would have to fetch.

use core::fmt::Write as _;

use super::{Ladder, Row, seconds};
use crate::render::escape::Escaped;
use crate::render::wrap;

/// The picture's width when it stands alone.
const WIDTH: usize = 960;
/// Where numbers and times end.
const GUTTER: usize = 124;
/// Half of the widest box with a host's name.
const HALF_BOX: usize = 68;
const TOP: usize = 66;
const ROW: usize = 30;
const NOTE: usize = 16;
/// The width of a character, in tenths: of labels, and of notes.
const LABEL_TENTHS: usize = 69;
const NOTE_TENTHS: usize = 60;

/// How a picture of its own looks; a page has its own style.
const STYLE: &str = include_str!("ladder.css");

impl Ladder {
    /// The diagram as an SVG document.
    pub fn to_svg(&self) -> String {
        self.draw(WIDTH, &format!("<style>\n{STYLE}</style>\n"))
    }

    /// The diagram as an element of a page that has a style for it.
    pub(in crate::render) fn to_element(&self, width: usize) -> String {
        self.draw(width, "")
    }

    fn draw(&self, width: usize, style: &str) -> String {
        let sheet = Sheet::new(width, self.hosts.len());
        let mut body = String::new();
        let mut y = TOP + ROW / 2 + 6;
        for row in &self.rows {
            y = sheet.row(row, y, &mut body);
        }
        // Writing to a string does not fail.
        if self.omitted > 0 {
            let more = self.omitted;
            let _ = writeln!(
                body,
                r#"<text class="no" x="12" y="{y}">… and {more} frames more</text>"#
            );
            y += ROW;
        }
        let height = y + 10;
        let mut out = String::new();
        let _ = writeln!(
            out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="ladder" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="Sequence diagram">
{style}<rect class="paper" width="{width}" height="{height}"/>"#
        );
        for (place, host) in self.hosts.iter().enumerate() {
            let x = sheet.x(place);
            let bottom = height - 10;
            let left = x.saturating_sub(HALF_BOX);
            let (above, below) = match &host.name {
                Some(name) => (name.as_str(), host.address.as_str()),
                None => (host.address.as_str(), ""),
            };
            let _ = write!(
                out,
                r#"<line class="life" x1="{x}" y1="54" x2="{x}" y2="{bottom}"/><rect class="host" x="{left}" y="10" width="{}" height="44" rx="8"/>"#,
                2 * HALF_BOX
            );
            let middle = if below.is_empty() { 37 } else { 29 };
            let _ = writeln!(
                out,
                r#"<text class="name" x="{x}" y="{middle}">{}</text><text class="address" x="{x}" y="45">{}</text>"#,
                Escaped(&cut(above, 17)),
                Escaped(&cut(below, 20))
            );
        }
        out.push_str(&body);
        out.push_str("</svg>\n");
        out
    }
}

/// Where things stand.
struct Sheet {
    width: usize,
    hosts: usize,
}

impl Sheet {
    fn new(width: usize, hosts: usize) -> Sheet {
        Sheet { width, hosts }
    }

    fn x(&self, host: usize) -> usize {
        let left = GUTTER + HALF_BOX + 4;
        let room = self.width.saturating_sub(left + HALF_BOX + 12);
        match self.hosts {
            0 | 1 => left + room / 2,
            hosts => left + host * room / (hosts - 1),
        }
    }

    /// Draws a row whose arrow is at height `y`; answers where the next may be.
    fn row(&self, row: &Row, y: usize, out: &mut String) -> usize {
        let from = self.x(row.from);
        let to = match row.to {
            Some(to) => self.x(to),
            None => {
                let ends = [self.x(0), self.x(self.hosts.saturating_sub(1))];
                let far = ends.into_iter().max_by_key(|x| x.abs_diff(from));
                far.unwrap_or(from)
            }
        };
        let lost = if row.lost { " lost" } else { "" };
        let many = if row.count > 1 { " many" } else { "" };
        let _ = write!(
            out,
            r#"<g class="row {}{lost}{many}" data-first="{}" data-last="{}"><rect class="band" x="4" y="{}" width="{}" height="{}" rx="5"/>"#,
            row.tone.name(),
            row.first,
            row.last,
            y.saturating_sub(18),
            self.width.saturating_sub(8),
            ROW - 4,
        );
        let _ = write!(
            out,
            r#"<text class="no" x="48" y="{0}">{1}</text><text class="time" x="{GUTTER}" y="{0}">{2}</text>"#,
            y + 3,
            row.numbers(),
            seconds(row.at)
        );
        arrow(row, from, to, y, out);
        // A label may be longer than its arrow, but not than the paper.
        let middle = (from + to) / 2;
        let side = (middle - GUTTER.min(middle)).min(self.width.saturating_sub(middle));
        let label = cut(&row.label, 2 * side * 10 / LABEL_TENTHS);
        let _ = write!(
            out,
            r#"<text class="label" x="{middle}" y="{}">{}</text>"#,
            y.saturating_sub(6),
            Escaped(&label)
        );
        let mut below = y + 6;
        let room = self.width.saturating_sub(GUTTER + 40) * 10 / NOTE_TENTHS;
        let notes = row.notes.iter().flat_map(|note| note.lines());
        let lines: Vec<String> = notes.flat_map(|note| wrap(note, Some(room))).collect();
        if !lines.is_empty() {
            let height = lines.len() * NOTE + 8;
            let _ = write!(
                out,
                r#"<rect class="note" x="{}" y="{}" width="{}" height="{height}" rx="5"/>"#,
                GUTTER + 10,
                below + 2,
                self.width.saturating_sub(GUTTER + 22),
            );
            for line in &lines {
                below += NOTE;
                let _ = write!(
                    out,
                    r#"<text class="words" x="{}" y="{below}">{}</text>"#,
                    GUTTER + 20,
                    Escaped(line)
                );
            }
            below += 12;
        }
        out.push_str("</g>\n");
        below + ROW - 6
    }
}

/// The line, its head, and the cross where a fault took the frame.
fn arrow(row: &Row, from: usize, to: usize, y: usize, out: &mut String) {
    // A frame to oneself has no length: it gets a stub.
    let to = if from == to { from + 24 } else { to };
    let is_right = to > from;
    let (tip, back) = if is_right {
        (to - 1, to - 10)
    } else {
        (to + 1, to + 10)
    };
    let end = if row.lost { (from + 3 * to) / 4 } else { back };
    let _ = write!(
        out,
        r#"<line class="arrow" x1="{from}" y1="{y}" x2="{end}" y2="{y}"/>"#
    );
    if row.lost {
        let _ = write!(
            out,
            r#"<path class="cross" d="M{} {} l14 14 m0 -14 l-14 14"/>"#,
            end.saturating_sub(7),
            y.saturating_sub(7)
        );
    } else {
        let _ = write!(
            out,
            r#"<path class="head" d="M{tip} {y} L{back} {} L{back} {} z"/>"#,
            y.saturating_sub(4),
            y + 4
        );
    }
}

/// The first `room` characters, the last of which says that there are more.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(room.saturating_sub(1)).collect();
    kept.push('…');
    kept
}
