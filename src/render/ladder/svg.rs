//! A ladder drawn as SVG, with nothing that a browser would have to fetch.

use core::fmt::Write as _;

use super::{Ladder, Row, seconds};

const WIDTH: usize = 960;
const LEFT: usize = 190;
const RIGHT: usize = 90;
const TOP: usize = 50;
const ROW: usize = 30;
const NOTE: usize = 18;

impl Ladder {
    /// The diagram as an SVG document.
    pub fn to_svg(&self) -> String {
        let notes: usize = self.rows.iter().map(|row| row.notes.len()).sum();
        let height = TOP + self.rows.len() * ROW + notes * NOTE + 40;
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            out,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="12">
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#225"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
"##
        );
        for (host, name) in self.hosts.iter().enumerate() {
            let x = self.x(host);
            let bottom = height - 20;
            let _ = writeln!(
                out,
                r##"<text x="{x}" y="24" text-anchor="middle" font-weight="bold">{}</text><line x1="{x}" y1="32" x2="{x}" y2="{bottom}" stroke="#99a"/>"##,
                Escaped(name)
            );
        }
        let mut y = TOP + ROW / 2;
        for row in &self.rows {
            self.draw(row, y, &mut out);
            y += ROW;
            for note in &row.notes {
                let _ = writeln!(
                    out,
                    r##"<text x="{LEFT}" y="{}" fill="#666" font-style="italic">{}</text>"##,
                    y - ROW / 2 + 4,
                    Escaped(note)
                );
                y += NOTE;
            }
        }
        if self.omitted > 0 {
            let more = self.omitted;
            let _ = writeln!(
                out,
                r##"<text x="10" y="{y}">… and {more} frames more</text>"##
            );
        }
        out.push_str("</svg>\n");
        out
    }

    fn x(&self, host: usize) -> usize {
        let gaps = self.hosts.len().saturating_sub(1).max(1);
        LEFT + host * (WIDTH - LEFT - RIGHT) / gaps
    }

    fn draw(&self, row: &Row, y: usize, out: &mut String) {
        let from = self.x(row.from);
        let to = match row.to {
            Some(to) => self.x(to),
            None => {
                let ends = [self.x(0), self.x(self.hosts.len().saturating_sub(1))];
                ends.into_iter()
                    .max_by_key(|x| x.abs_diff(from))
                    .unwrap_or(from)
            }
        };
        let numbers = if row.first == row.last {
            row.first.to_string()
        } else {
            format!("{}-{}", row.first, row.last)
        };
        let stroke = if row.count > 1 { 4 } else { 1 };
        let _ = writeln!(
            out,
            r##"<text x="10" y="{}" fill="#444">{numbers}</text><text x="150" y="{}" fill="#444" text-anchor="end">{}</text><line x1="{from}" y1="{y}" x2="{to}" y2="{y}" stroke="#225" stroke-width="{stroke}" marker-end="url(#head)"/><text x="{}" y="{}" text-anchor="middle">{}</text>"##,
            y + 4,
            y + 4,
            seconds(row.at),
            (from + to) / 2,
            y - 5,
            Escaped(&row.label)
        );
        if row.lost {
            let x = (from + 3 * to) / 4;
            let _ = writeln!(
                out,
                r##"<path d="M{} {} l12 12 m0 -12 l-12 12" stroke="#c00" stroke-width="3"/>"##,
                x.saturating_sub(6),
                y.saturating_sub(6)
            );
        }
    }
}

/// Text within XML.
struct Escaped<'a>(&'a str);

impl core::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                // Most control characters may not stand in XML at all.
                c if c.is_control() => f.write_str(" ")?,
                c => core::fmt::Write::write_char(f, c)?,
            }
        }
        Ok(())
    }
}
