//! The text that a diagnostic points into, made fit for a terminal: nothing in it
//! can do anything, and no line is longer than one can read.

use core::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::analyze::Printable;

/// A longer line is cut.
const MAX_LINE: usize = 160;
/// So many characters are kept before what is pointed at.
const BEFORE: usize = 60;

/// Makes the text fit, and moves the places in it along.
pub(super) fn excerpt(text: &str, places: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let mut moved = Moved {
        out: String::with_capacity(text.len()),
        starts: vec![None; places.len()],
        ends: vec![None; places.len()],
    };
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let kept = window(body, offset, places);
        for (at, c) in line.char_indices() {
            moved.reach(offset + at, places);
            if at >= body.len() {
                if c == '\n' {
                    moved.out.push('\n');
                }
            } else if kept.contains(&at) {
                push(c, &mut moved.out);
            } else if at == 0 || at == kept.end {
                moved.out.push('…');
            }
        }
        offset += line.len();
    }
    moved.reach(usize::MAX, places);
    let end = moved.out.len();
    let places = moved.starts.into_iter().zip(moved.ends);
    let places = places.map(|(from, to)| from.unwrap_or(end)..to.unwrap_or(end));
    (moved.out, places.collect())
}

/// An excerpt as miette reads it.
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// Where something is pointed at, and its line and column in the text itself, from 1:
    /// in the excerpt a line may have been cut before it.
    told: Vec<(usize, (usize, usize))>,
}

impl Excerpt {
    /// Of the text of that name.
    pub(super) fn new(name: &str, text: String, told: Vec<(usize, (usize, usize))>) -> Excerpt {
        Excerpt {
            name: harmless(name),
            text,
            told,
        }
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        let (mut line, mut column) = (read.line(), read.column());
        // Without lines around it is asked for to say in the heading where that is.
        let is_heading = before == 0 && after == 0;
        let mut told = self.told.iter();
        if is_heading && let Some((_, place)) = told.find(|(at, _)| *at == span.offset()) {
            (line, column) = (place.0.saturating_sub(1), place.1.saturating_sub(1));
        }
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            read.data(),
            *read.span(),
            line,
            column,
            read.line_count(),
        )))
    }
}

/// Text in one piece that can do nothing to a terminal.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(c, &mut out));
    out
}

/// What is written so far, and where the places have come to lie in it.
struct Moved {
    out: String,
    starts: Vec<Option<usize>>,
    ends: Vec<Option<usize>>,
}

impl Moved {
    /// The old text has been written up to `at`.
    fn reach(&mut self, at: usize, places: &[Range<usize>]) {
        let here = self.out.len();
        let both = self.starts.iter_mut().zip(&mut self.ends);
        for ((start, end), place) in both.zip(places) {
            if at >= place.start {
                start.get_or_insert(here);
            }
            if at >= place.end {
                end.get_or_insert(here);
            }
        }
    }
}

fn push(c: char, out: &mut String) {
    if matches!(c, '\n' | '\t') {
        out.push(c);
    } else {
        let mut bytes = [0; 4];
        let text = c.encode_utf8(&mut bytes);
        out.push_str(&Printable(text.as_bytes()).to_string());
    }
}

/// What is kept of a line that begins at `offset`: all of it, or so much around
/// what is pointed at.
fn window(line: &str, offset: usize, places: &[Range<usize>]) -> Range<usize> {
    if line.chars().count() <= MAX_LINE {
        return 0..line.len();
    }
    let here = offset..=offset + line.len();
    let focus = places.iter().find(|place| here.contains(&place.start));
    let focus = focus.map_or(0, |place| place.start - offset);
    let count = line
        .char_indices()
        .take_while(|(at, _)| *at < focus)
        .count();
    let from = count.saturating_sub(BEFORE);
    let at = |n: usize| line.char_indices().nth(n).map_or(line.len(), |(at, _)| at);
    at(from)..at(from + MAX_LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, wanted: &str) -> String {
        let start = text.find(wanted).unwrap();
        let place = start..start + wanted.len();
        let (out, places) = excerpt(text, std::slice::from_ref(&place));
        let place = places[0].clone();
        format!(
            "{}[{}]{}",
            &out[..place.start],
            &out[place.clone()],
            &out[place.end..]
        )
    }

    #[test]
    fn what_is_harmless_stays_and_places_with_it() {
        assert_eq!(marked("a: é\n\tb: x\r\nc\n", "x"), "a: é\n\tb: [x]\nc\n");
        assert_eq!(marked("a: b", "b"), "a: [b]");
    }

    #[test]
    fn nothing_can_act_on_a_terminal() {
        let text = "a: \u{9b}2J\u{202e}x # \u{1b}[1m\nb: y";
        assert_eq!(marked(text, "y"), "a: \\x9b2J\\u{202e}x # \\x1b[1m\nb: [y]");
        assert_eq!(
            marked(text, "\u{202e}x"),
            "a: \\x9b2J[\\u{202e}x] # \\x1b[1m\nb: y"
        );
        assert_eq!(harmless("`\u{1b}c` is wrong"), "`\\x1bc` is wrong");
    }

    #[test]
    fn a_long_line_is_cut_around_what_matters() {
        let long = format!("k: {}wrong{}\nnext\n", "a".repeat(5000), "b".repeat(5000));
        let shown = marked(&long, "wrong");
        let line = shown.lines().next().unwrap();
        assert!(line.starts_with("…aaa") && line.ends_with("bbb…"), "{line}");
        assert!(
            line.contains("a[wrong]b") && line.chars().count() < 170,
            "{line}"
        );
        assert_eq!(shown.lines().nth(1), Some("next"));
        // A line that only stands beside it keeps its beginning.
        let beside = format!("{}\nx: wrong", "c".repeat(400));
        assert!(marked(&beside, "wrong").starts_with("ccc"));
    }
}
