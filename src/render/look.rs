//! How text is to look: how wide it may be, and whether it has colours.

use core::fmt::Write as _;

use super::tone::{HEADING, Ink, Tone};
use super::wrap;

/// So much room there is for text, however narrow the page.
const LEAST: usize = 20;
/// What switches a terminal back to its usual colour.
const RESET: &str = "\x1b[0m";

/// How text is to look. As it is: for a pipe, of any width, without colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// The columns there are; `None` for as many as it takes.
    pub width: Option<usize>,
    /// It is for a terminal that shows colours.
    pub colours: bool,
}

impl Look {
    /// So many columns, no colours.
    pub fn plain(width: usize) -> Look {
        Look {
            width: Some(width),
            colours: false,
        }
    }

    /// A text of one line, in the colour of what it tells of.
    pub fn line(self, text: &str, tone: Tone) -> String {
        let mut out = String::new();
        self.push(&mut out, text, 0, tone.terminal());
        out
    }

    /// What `analyze` tells, laid out: headings and severities stand out.
    pub fn report(self, text: &str) -> String {
        let severities = [
            ("  problem ", Tone::Refusal),
            ("  warning ", Tone::Trouble),
            ("  note ", Tone::Network),
        ];
        self.lay_out(text, |line| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let severity = severities.iter().find(|(word, _)| line.starts_with(word));
            match severity {
                Some((_, tone)) => (FINDING, tone.terminal()),
                None if indent == 0 => (2, HEADING),
                // Why a finding matters, and where it shows.
                None if indent >= FINDING => (indent, Tone::Tcp.terminal()),
                None => (indent + 2, None),
            }
        })
    }

    /// What `diff` tells, laid out: what went, what came, what changed.
    pub fn difference(self, text: &str) -> String {
        self.lay_out(text, |line| {
            let told = line.split_once(':').map_or(line, |(place, _)| place);
            let is = |what: &str| line.ends_with(what) || told.ends_with(what);
            let ink = if line.starts_with("session ") {
                HEADING
            } else if is(" is missing") {
                Tone::Refusal.terminal()
            } else if is(" is new") {
                Tone::Reply.terminal()
            } else {
                None
            };
            (4, ink)
        })
    }

    /// Lines whose text begins behind `hang` columns, folded there.
    pub fn columns(self, text: &str, hang: usize) -> String {
        self.lay_out(text, |_| (hang, None))
    }

    /// What `follow` tells: each end has a colour. Nothing is folded.
    pub fn dialogue(self, text: &str) -> String {
        let look = Look {
            width: None,
            ..self
        };
        look.lay_out(text, |line| match line.as_bytes() {
            [b'>', b' ', ..] => (2, Tone::Command.terminal()),
            [b'<', b' ', ..] => (2, Tone::Reply.terminal()),
            _ => (0, None),
        })
    }

    /// Each line folded, with the columns and in the ink that `style` tells.
    fn lay_out(self, text: &str, style: impl Fn(&str) -> (usize, Ink)) -> String {
        if self == Look::default() {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let is_whole = line.ends_with('\n');
            let line = line.strip_suffix('\n').unwrap_or(line);
            let (hang, ink) = style(line);
            self.push(&mut out, line, hang, ink);
            if !is_whole {
                out.pop();
            }
        }
        out
    }

    /// Appends a line in that ink, and its end. What of it is too long goes on
    /// below, `hang` columns from the left; those columns of the first line
    /// stay as they are.
    pub(super) fn push(self, out: &mut String, line: &str, hang: usize, ink: Ink) {
        let ink = ink.filter(|_| self.colours && !line.is_empty());
        out.push_str(ink.unwrap_or_default());
        match self.width {
            Some(width) if line.chars().count() > width => fold(out, line, hang, width),
            _ => out.push_str(line),
        }
        if ink.is_some() {
            out.push_str(RESET);
        }
        out.push('\n');
    }
}

/// Where the text of a finding begins.
const FINDING: usize = 10;

fn fold(out: &mut String, line: &str, hang: usize, width: usize) {
    let room = width.saturating_sub(hang).max(LEAST);
    let head = line
        .char_indices()
        .nth(hang)
        .map_or(line.len(), |(at, _)| at);
    let (head, text) = line.split_at_checked(head).unwrap_or((line, ""));
    out.push_str(head);
    for (count, piece) in wrap(text, Some(room)).iter().enumerate() {
        if count > 0 {
            // Writing to a string does not fail.
            let _ = write!(out, "\n{:hang$}", "");
        }
        out.push_str(piece.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wider_than_the_page() {
        let text =
            "FINDINGS\n  problem one two three four five six seven\n          why it is so\n";
        let shown = Look::plain(30).report(text);
        assert!(shown.lines().all(|line| line.chars().count() <= 30));
        assert_eq!(
            shown,
            "FINDINGS\n  problem one two three four\n          five six seven\n          why it is so\n"
        );
        assert_eq!(Look::default().report(text), text);
        let coloured = Look {
            width: Some(30),
            colours: true,
        };
        let coloured = coloured.report(text);
        assert!(coloured.starts_with("\x1b[1mFINDINGS\x1b[0m\n\x1b[31m  problem one"));
    }

    #[test]
    fn a_line_without_an_end_stays_so() {
        let look = Look {
            width: None,
            colours: true,
        };
        assert_eq!(
            look.dialogue("> a\n< b"),
            "\x1b[94m> a\x1b[0m\n\x1b[32m< b\x1b[0m"
        );
    }
}
