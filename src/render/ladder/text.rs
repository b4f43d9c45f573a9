//! A ladder drawn with characters.

use super::hosts::Host;
use super::{Ladder, Row, seconds};
use crate::analyze::Printable;
use crate::render::tone::HEADING;
use crate::render::{Look, wrap};

/// The width in a pipe: a page of paper, or of a book.
const WIDTH: usize = 100;
/// Narrower than this nothing can be read.
const LEAST: usize = 60;

impl Ladder {
    /// The diagram as text, as wide as there is room: 100 columns where that
    /// is not known.
    pub fn to_text(&self, look: Look) -> String {
        let width = look.width.unwrap_or(WIDTH).max(LEAST);
        // What is drawn to the width is not folded.
        let look = Look {
            width: None,
            ..look
        };
        let number = self
            .rows
            .iter()
            .map(|r| r.numbers().len())
            .max()
            .unwrap_or(0)
            .max(3);
        let time = self
            .rows
            .iter()
            .map(|r| seconds(r.at).len())
            .max()
            .unwrap_or(0)
            .max(8);
        let left = number + time + 3;
        let lines = Lines::new(self.hosts.len(), left, width);
        let mut out = String::new();
        let heads = Heads::new(&self.hosts, &lines);
        for (head, addresses) in &heads.legend {
            let indent = head.chars().count() + 2;
            let room = width.saturating_sub(indent).max(LEAST / 2);
            let mut first = format!("{head}  ");
            for line in wrap(addresses, Some(room)) {
                look.push(&mut out, &format!("{first}{line}"), 0, HEADING);
                first = " ".repeat(indent);
            }
        }
        if !heads.legend.is_empty() {
            out.push('\n');
        }
        for line in heads.lines {
            look.push(&mut out, &line, 0, HEADING);
        }
        for row in &self.rows {
            let arrow = lines.arrow(row);
            let arrow = arrow.get(number + 1 + time..).unwrap_or_default();
            let (numbers, at) = (row.numbers(), seconds(row.at));
            let line = format!("{numbers:>number$} {at:>time$}{arrow}");
            look.push(&mut out, &line, 0, row.tone.terminal());
            for note in row.notes.iter().flat_map(|note| note.lines()) {
                let note = Printable(note.as_bytes()).to_string();
                for line in wrap(&note, Some(width - left - 2)) {
                    out.push_str(&format!("{:left$}  {line}\n", ""));
                }
            }
        }
        if self.omitted > 0 {
            out.push_str(&format!("… and {} frames more\n", self.omitted));
        }
        out
    }
}

/// What stands above the lifelines, and above that, where addresses leave no room for
/// each other, which of them is whose.
struct Heads {
    legend: Vec<(String, String)>,
    lines: Vec<String>,
}

impl Heads {
    fn new(hosts: &[Host], lines: &Lines) -> Heads {
        let name = |host: &Host| {
            let name = host.name.as_deref();
            name.map(|name| Printable(name.as_bytes()).to_string())
        };
        let addresses: Vec<String> = hosts.iter().map(|host| host.address.clone()).collect();
        let below = lines.heading(&addresses);
        if below.len() < 2 && hosts.iter().all(|host| host.also.is_empty()) {
            let names = hosts.iter().map(|host| name(host).unwrap_or_default());
            let names: Vec<String> = names.collect();
            let mut above = Vec::new();
            if names.iter().any(|name| !name.is_empty()) {
                above = lines.heading(&names);
            }
            above.extend(below);
            return Heads {
                legend: Vec::new(),
                lines: above,
            };
        }
        let mut legend = Vec::new();
        let mut heads = Vec::new();
        let mut letters = 'A'..;
        for host in hosts {
            let is_short = host.also.is_empty() && host.address.len() < lines.apart();
            let head = match name(host) {
                Some(name) => name,
                None if is_short => {
                    heads.push(host.address.clone());
                    continue;
                }
                None => letters.next().map(String::from).unwrap_or_default(),
            };
            heads.push(head.clone());
            legend.push((head, host.addresses().collect::<Vec<_>>().join(", ")));
        }
        let widest = legend.iter().map(|(head, _)| head.chars().count()).max();
        for (head, _) in &mut legend {
            let missing = widest.unwrap_or(0) - head.chars().count();
            head.push_str(&" ".repeat(missing));
        }
        Heads {
            legend,
            lines: lines.heading(&heads),
        }
    }
}

/// Where the lifelines stand.
struct Lines {
    /// Where what is left of them ends.
    left: usize,
    places: Vec<usize>,
    width: usize,
}

impl Lines {
    fn new(hosts: usize, left: usize, width: usize) -> Lines {
        let gaps = hosts.saturating_sub(1).max(1);
        // Half a name must fit to the right of the last lifeline.
        let room = width.saturating_sub(left + 9);
        let places = (0..hosts)
            .map(|host| left + 1 + host * room / gaps)
            .collect();
        Lines {
            left,
            places,
            width,
        }
    }

    /// How far from each other they stand.
    fn apart(&self) -> usize {
        match self.places.as_slice() {
            [first, second, ..] => second - first,
            _ => self.width,
        }
    }

    fn place(&self, host: usize) -> usize {
        self.places.get(host).copied().unwrap_or_default()
    }

    /// Names above their lifelines. Those that leave no room for the next stand in
    /// lines of their own, and their lifelines begin there.
    fn heading(&self, names: &[String]) -> Vec<String> {
        let mut lines: Vec<Vec<char>> = Vec::new();
        let mut begun: Vec<(usize, usize)> = Vec::new();
        for (host, name) in names.iter().enumerate() {
            let name: Vec<char> = name.chars().take(self.width).collect();
            let place = self.place(host);
            let start = place.saturating_sub(name.len() / 2);
            let start = start.min(self.width - name.len());
            let has_room = |line: &Vec<char>| line.is_empty() || line.len() < start;
            let at = lines.iter().position(has_room).unwrap_or(lines.len());
            if at == lines.len() {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.get_mut(at) {
                line.resize(start, ' ');
                line.extend(name);
            }
            begun.push((at, place));
        }
        for (at, line) in lines.iter_mut().enumerate() {
            line.resize(self.width, ' ');
            for place in begun.iter().filter(|(from, _)| *from < at).map(|(_, p)| *p) {
                if let Some(free) = line.get_mut(place).filter(|c| **c == ' ') {
                    *free = '|';
                }
            }
        }
        let lines = lines.into_iter().map(String::from_iter);
        lines.map(|line| line.trim_end().to_owned()).collect()
    }

    /// A line with all lifelines and one arrow.
    fn arrow(&self, row: &Row) -> String {
        let mut line = vec![' '; self.width];
        let mut put = |at: usize, c: char| {
            if let Some(place) = line.get_mut(at) {
                *place = c;
            }
        };
        for place in &self.places {
            put(*place, '|');
        }
        let from = self.place(row.from);
        let to = self.place(row.to.line());
        if from == to {
            return self.aside(line, from, row);
        }
        let (low, high) = (from.min(to), from.max(to));
        for at in low + 1..high {
            put(at, '-');
        }
        if to > from {
            put(to - 1, '>');
        } else if to < from {
            put(to + 1, '<');
        }
        // A frame that is lost comes three quarters of its way.
        let (mut label_from, mut room) = (low + 3, (high - low).saturating_sub(7));
        if row.lost {
            let quarter = (high - low) / 4;
            let (cross, beyond) = if to > from {
                (high - quarter, high - quarter + 1..high)
            } else {
                label_from = low + quarter + 3;
                (low + quarter, low + 1..low + quarter)
            };
            beyond.for_each(|at| put(at, ' '));
            put(cross, 'X');
            room = room.saturating_sub(quarter + 1);
        }
        let label: Vec<char> = row.label.chars().collect();
        if label.len() > room
            && let Some((at, room)) = self.beside(low, high, label.len(), room)
        {
            write_beside(&mut line, at, &label, room);
            let text: String = line.into_iter().collect();
            return text.trim_end().to_owned();
        }
        // The label, with a space at either end, between the arrow's ends.
        let cut = label.len() > room;
        let shown = if cut {
            room.saturating_sub(1)
        } else {
            label.len()
        };
        let mut at = label_from;
        if shown > 0 {
            put(at, ' ');
            at += 1;
            for c in label.into_iter().take(shown) {
                put(at, c);
                at += 1;
            }
            if cut {
                put(at, '…');
                at += 1;
            }
            put(at, ' ');
        }
        let text: String = line.into_iter().collect();
        text.trim_end().to_owned()
    }

    /// Where a label stands that is too long for its arrow, and how much of it: behind the
    /// arrow or in front of it, where there is more room than the arrow itself has.
    fn beside(&self, low: usize, high: usize, len: usize, within: usize) -> Option<(usize, usize)> {
        let right = self.width.saturating_sub(high + 2);
        let left = low.saturating_sub(self.left + 1);
        let (room, is_right) = match right >= len || right >= left {
            true => (right, true),
            false => (left, false),
        };
        let shown = len.min(room);
        let at = if is_right { high + 2 } else { low - 1 - shown };
        (room > within).then_some((at, shown))
    }

    /// A frame to oneself has no arrow: what it says stands beside its lifeline,
    /// where there is more room.
    fn aside(&self, mut line: Vec<char>, place: usize, row: &Row) -> String {
        let first = self.places.first().copied().unwrap_or_default();
        let lost = if row.lost { "X " } else { "" };
        let label: Vec<char> = format!("{lost}{}", row.label).chars().collect();
        let (right, left) = (
            self.width.saturating_sub(place + 2),
            place.saturating_sub(first + 2),
        );
        let room = right.max(left);
        let shown = label.len().min(room);
        let from = if right >= left {
            place + 2
        } else {
            place.saturating_sub(shown + 1)
        };
        write_beside(&mut line, from, &label, shown);
        let text: String = line.into_iter().collect();
        text.trim_end().to_owned()
    }
}

/// Writes so much of a label over the lifelines from there on. A space at either end keeps
/// those off that are not its arrow's.
fn write_beside(line: &mut [char], from: usize, label: &[char], shown: usize) {
    let text = label.iter().copied().take(shown);
    let mut text: Vec<char> = text.collect();
    if let Some(last) = text.last_mut()
        && shown < label.len()
    {
        *last = '…';
    }
    for (there, c) in line.iter_mut().skip(from).zip(text) {
        *there = c;
    }
    for end in [from.checked_sub(1), Some(from + shown)] {
        if let Some(there) = end.and_then(|at| line.get_mut(at)) {
            *there = ' ';
        }
    }
}
