//! A ladder drawn as SVG, with nothing that a browser would have to fetch.

use core::fmt::Write as _;

use super::hosts::Host;
use super::{Ladder, Row, seconds};
use crate::render::escape::Escaped;
use crate::render::wrap;

/// The picture's width when it stands alone.
const WIDTH: usize = 960;
/// Where numbers and times end.
const GUTTERS: (usize, usize) = (48, 124);
/// The same on a page, where room is scarce.
const NARROW: (usize, usize) = (36, 104);
/// The width on a page: for two hosts, and the most. The page shrinks what does
/// not fit, but not below two thirds, since small letters are hard to read.
const WIDTHS: (usize, usize) = (460, 690);
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
        let sheet = Sheet::new(WIDTH, GUTTERS, self.hosts.len());
        self.draw(&sheet, "", &format!("<style>\n{STYLE}</style>\n"))
    }

    /// The diagram as an element of a page that has a style for it.
    pub(in crate::render) fn to_element(&self) -> String {
        let between = self.hosts.len().saturating_sub(1);
        let wanted = NARROW.1 + 2 * HALF_BOX + 16 + between * (2 * HALF_BOX + 4);
        let width = wanted.clamp(WIDTHS.0, WIDTHS.1);
        let least = format!(r#" style="min-width: {}px""#, width * 2 / 3);
        self.draw(&Sheet::new(width, NARROW, self.hosts.len()), &least, "")
    }

    fn draw(&self, sheet: &Sheet, attribute: &str, style: &str) -> String {
        let width = sheet.width;
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
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="ladder" viewBox="0 0 {width} {height}" width="{width}" height="{height}"{attribute} role="img" aria-label="Sequence diagram">
{style}<rect class="paper" width="{width}" height="{height}"/>"#
        );
        let half = sheet.half_box();
        let heads = self.hosts.iter().map(|host| match &host.name {
            Some(name) => (name.as_str(), host.address.as_str()),
            None => (host.address.as_str(), ""),
        });
        let (above, below): (Vec<&str>, Vec<&str>) = heads.unzip();
        let above = told_apart(&above, half * 4 / 17);
        let below = told_apart(&below, half * 3 / 10);
        let heads = above.iter().zip(&below);
        for (place, (host, (above, below))) in self.hosts.iter().zip(heads).enumerate() {
            let x = sheet.x(place);
            let bottom = height - 10;
            let left = x.saturating_sub(half);
            let _ = write!(
                out,
                r#"<g><title>{}</title><line class="life" x1="{x}" y1="54" x2="{x}" y2="{bottom}"/><rect class="host" x="{left}" y="10" width="{}" height="44" rx="8"/>"#,
                Escaped(&title(host)),
                2 * half
            );
            let middle = if below.is_empty() { 37 } else { 29 };
            let _ = writeln!(
                out,
                r#"<text class="name" x="{x}" y="{middle}">{}</text><text class="address" x="{x}" y="45">{}</text></g>"#,
                Escaped(above),
                Escaped(below)
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
    /// Where numbers and where times end.
    gutters: (usize, usize),
    hosts: usize,
}

impl Sheet {
    fn new(width: usize, gutters: (usize, usize), hosts: usize) -> Sheet {
        Sheet {
            width,
            gutters,
            hosts,
        }
    }

    /// Where the first lifeline is, and how far from it the last one may be.
    fn span(&self) -> (usize, usize) {
        let left = self.gutters.1 + HALF_BOX + 4;
        (left, self.width.saturating_sub(left + HALF_BOX + 12))
    }

    fn x(&self, host: usize) -> usize {
        let (left, room) = self.span();
        match self.hosts {
            0 | 1 => left + room / 2,
            hosts => left + host * room / (hosts - 1),
        }
    }

    /// Half the width of a box with a host's name: they do not overlap.
    fn half_box(&self) -> usize {
        let apart = self.span().1 / self.hosts.saturating_sub(1).max(1);
        HALF_BOX.min((apart / 2).saturating_sub(2))
    }

    /// Draws a row whose arrow is at height `y`; answers where the next may be.
    fn row(&self, row: &Row, y: usize, out: &mut String) -> usize {
        let from = self.x(row.from);
        let to = self.x(row.to.line());
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
        let gutter = self.gutters.1;
        let _ = write!(
            out,
            r#"<text class="no" x="{3}" y="{0}">{1}</text><text class="time" x="{4}" y="{0}">{2}</text>"#,
            y + 3,
            row.numbers(),
            seconds(row.at),
            self.gutters.0,
            gutter,
        );
        arrow(row, from, to, y, out);
        // A label may be longer than its arrow, but not than the paper.
        let mut middle = (from + to) / 2;
        if from == to {
            // A frame to oneself may say it where there is room.
            let half = row.label.chars().count() * LABEL_TENTHS / 20 + 8;
            let centre = (gutter + self.width) / 2;
            middle = middle.min(self.width.saturating_sub(half).max(centre));
        }
        let side = middle
            .saturating_sub(gutter + 6)
            .min(self.width.saturating_sub(middle));
        let label = cut(&row.label, 2 * side * 10 / LABEL_TENTHS);
        let _ = write!(
            out,
            r#"<text class="label" x="{middle}" y="{}">{}</text>"#,
            y.saturating_sub(6),
            Escaped(&label)
        );
        let mut below = y + 6;
        let room = self.width.saturating_sub(gutter + 40) * 10 / NOTE_TENTHS;
        let notes = row.notes.iter().flat_map(|note| note.lines());
        let lines: Vec<String> = notes.flat_map(|note| wrap(note, Some(room))).collect();
        if !lines.is_empty() {
            let height = lines.len() * NOTE + 8;
            let _ = write!(
                out,
                r#"<rect class="note" x="{}" y="{}" width="{}" height="{height}" rx="5"/>"#,
                gutter + 10,
                below + 2,
                self.width.saturating_sub(gutter + 22),
            );
            for line in &lines {
                below += NOTE;
                let _ = write!(
                    out,
                    r#"<text class="words" x="{}" y="{below}">{}</text>"#,
                    gutter + 20,
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

/// Names in so many characters each, cut where they still differ: in the middle if that
/// will do, since both ends of a name or an address tell something.
fn told_apart(names: &[&str], room: usize) -> Vec<String> {
    let kept = room.saturating_sub(1);
    let heads = [kept / 2, 0].into_iter().chain((0..=kept).rev());
    let cuts = heads.map(|head| -> Vec<String> {
        let cut = |name: &&str| middle_cut(name, head, room);
        names.iter().map(cut).collect()
    });
    let mut cuts = cuts.filter(|cut| are_apart(names, cut));
    // All begin alike and end alike: what is between tells them apart.
    cuts.next().unwrap_or_else(|| {
        let shown = |name: &&str| match differs_at(name, names, kept / 2) {
            Some(at) if name.chars().count() > room => window(name, at, room),
            _ => middle_cut(name, kept / 2, room),
        };
        names.iter().map(shown).collect()
    })
}

/// What is not the same is not shown the same.
fn are_apart(names: &[&str], shown: &[String]) -> bool {
    let pairs = names.iter().zip(shown).enumerate();
    pairs.into_iter().all(|(at, (name, cut))| {
        let mut before = names.iter().zip(shown).take(at);
        before.all(|(other, other_cut)| other == name || other_cut != cut)
    })
}

/// Where a name differs first from those that begin as it does, `head` characters far.
fn differs_at(name: &str, names: &[&str], head: usize) -> Option<usize> {
    let alike = |other: &&str| {
        let pairs = name.chars().zip(other.chars());
        pairs.take_while(|(a, b)| a == b).count()
    };
    let others = names.iter().filter(|other| **other != name);
    others.map(alike).filter(|alike| *alike >= head).min()
}

/// So many characters around that place.
fn window(text: &str, at: usize, room: usize) -> String {
    let inside = room.saturating_sub(2);
    let from = at.saturating_sub(inside / 2);
    let shown: String = text.chars().skip(from).take(inside).collect();
    format!("…{shown}…")
}

/// `head` characters from the beginning, and what else fits from the end.
fn middle_cut(text: &str, head: usize, room: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= room {
        return text.to_owned();
    }
    let tail = room.saturating_sub(1 + head);
    let tail = chars.iter().skip(chars.len() - tail);
    let head = chars.iter().take(head);
    head.chain(&['…']).chain(tail).collect()
}

/// All that is known of a host: its box has not always room for it.
fn title(host: &Host) -> String {
    let addresses: Vec<&str> = host.addresses().collect();
    let addresses = addresses.join(", ");
    match &host.name {
        Some(name) => format!("{name}: {addresses}"),
        None => addresses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_alike_are_told_apart() {
        for (names, shown) in [
            (
                ["client", "server", "thirteen-wide"],
                ["client", "server", "thirteen-wide"],
            ),
            // In the middle, where both ends tell something.
            (
                ["workstation-of-ann", "workstation-of-bob", "x"],
                ["workst…of-ann", "workst…of-bob", "x"],
            ),
            (
                ["ann-at-the-workstation", "bob-at-the-workstation", "x"],
                ["ann-at…tation", "bob-at…tation", "x"],
            ),
            (
                ["workstation-ann", "workstation-b", "workstation-bob"],
                ["workst…on-ann", "workstation-b", "workst…on-bob"],
            ),
            (
                ["host-number-1-of-the-lab", "host-number-2-of-the-lab", "x"],
                ["…1-of-the-lab", "…2-of-the-lab", "x"],
            ),
            // Around the place, where they are alike at both ends.
            (
                [
                    "host-number-1-of-the-laboratory",
                    "host-number-2-of-the-laboratory",
                    "x",
                ],
                ["…mber-1-of-t…", "…mber-2-of-t…", "x"],
            ),
            (["the-same-long-name"; 3], ["the-sa…g-name"; 3]),
        ] {
            assert_eq!(told_apart(&names, 13), shown);
        }
        // However little room there is: so much, and no panic.
        for room in 0..30 {
            for names in [&["", "a"][..], &["aaaaaaaa", "aaaabaaa", "aaaaéaaa"], &[]] {
                for shown in told_apart(names, room) {
                    assert!(shown.chars().count() <= room.max(2), "{room}: {shown}");
                }
            }
        }
    }
}
