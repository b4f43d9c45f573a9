//! The text that a diagnostic points into, made fit for a terminal: nothing in it
//! can do anything, and no line is longer than one can read.

use core::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthStr;

use crate::analyze::Printable;

/// A place is pointed at, with so many characters of words.
#[derive(Debug, Clone)]
pub(super) struct Pointed {
    pub place: Range<usize>,
    pub words: usize,
}

/// What is drawn between a place and its words.
const POINTER: usize = 4;

/// Makes the text fit, and moves the places in it along. No line, nor what is pointed at
/// in it with its words, is wider than `room`: of a longer one, what is around each place
/// is kept. Of lines far from every place only their ends are.
pub(super) fn excerpt(text: &str, pointed: &[Pointed], room: usize) -> (String, Vec<Range<usize>>) {
    let mut moved = Moved {
        out: String::with_capacity(text.len()),
        starts: vec![None; pointed.len()],
        ends: vec![None; pointed.len()],
    };
    let near: Vec<Range<usize>> = pointed.iter().map(|one| around(text, &one.place)).collect();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        moved.reach(offset, pointed);
        if !near.iter().any(|near| near.contains(&offset)) {
            moved.out.push('\n');
            offset += line.len();
            continue;
        }
        let body = line.trim_end_matches(['\n', '\r']);
        let kept = windows(body, offset, pointed, room);
        let mut is_cut = false;
        for (at, c) in line.char_indices() {
            moved.reach(offset + at, pointed);
            if at >= body.len() {
                if c == '\n' {
                    moved.out.push('\n');
                }
            } else if kept.iter().any(|kept| kept.contains(&at)) {
                is_cut = false;
                push(c, &mut moved.out);
            } else if !is_cut {
                is_cut = true;
                moved.out.push('…');
            }
        }
        offset += line.len();
    }
    moved.reach(usize::MAX, pointed);
    let end = moved.out.len();
    let places = moved.starts.into_iter().zip(moved.ends);
    let places = places.map(|(from, to)| from.unwrap_or(end)..to.unwrap_or(end));
    (moved.out, places.collect())
}

/// So many lines on either side of a place may be shown with it.
const BESIDE: usize = 3;

/// A place and the lines beside it.
fn around(text: &str, place: &Range<usize>) -> Range<usize> {
    let feed = |byte: &u8| *byte == b'\n';
    let (before, behind) = text.as_bytes().split_at(place.start.min(text.len()));
    let starts = before.iter().rev().enumerate().filter(|(_, b)| feed(b));
    let back = starts.map(|(at, _)| at).nth(BESIDE);
    let len = place.end.saturating_sub(place.start);
    let ends = behind.iter().enumerate().skip(len).filter(|(_, b)| feed(b));
    let ahead = ends.map(|(at, _)| at).nth(BESIDE);
    let from = back.map_or(0, |back| before.len() - back);
    let to = ahead.map_or(text.len(), |ahead| before.len() + ahead + 1);
    // The text may end, and a place begin, behind the last line.
    from..to.max(from + 1)
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
    fn reach(&mut self, at: usize, pointed: &[Pointed]) {
        let here = self.out.len();
        let both = self.starts.iter_mut().zip(&mut self.ends);
        for ((start, end), Pointed { place, .. }) in both.zip(pointed) {
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

/// How many columns a character takes: two, if it is a wide one.
fn width(c: char) -> usize {
    // Miette's own width of a tab.
    if c == '\t' {
        return 4;
    }
    let mut out = String::new();
    push(c, &mut out);
    out.width()
}

/// What is kept of a line that begins at `offset`, in its bytes: all of it if there is
/// room, else its beginning, or what is around each place that is pointed at in it.
fn windows(line: &str, offset: usize, pointed: &[Pointed], room: usize) -> Vec<Range<usize>> {
    // How far from the line's beginning each character is, and where it lies.
    let mut columns = Vec::new();
    let mut column = 0;
    for (at, c) in line.char_indices() {
        columns.push((column, at));
        column += width(c);
    }
    let whole = column;
    let column_of = |at: usize| {
        let found = columns.partition_point(|(_, there)| *there < at);
        columns.get(found).map_or(whole, |(column, _)| *column)
    };
    let byte_of = |column: usize| {
        let found = columns.partition_point(|(there, _)| *there < column);
        columns.get(found).map_or(line.len(), |(_, at)| *at)
    };
    // Where each place begins, and how far it reaches with its words below it.
    let here = offset..=offset + line.len();
    let places = pointed.iter().filter(|one| here.contains(&one.place.start));
    let places = places.map(|one| {
        let from = column_of(one.place.start - offset);
        let to = column_of(one.place.end.saturating_sub(offset)).max(from + 1);
        (from, to.max((from + to) / 2 + POINTER + one.words))
    });
    let mut places: Vec<(usize, usize)> = places.collect();
    if whole <= room && places.iter().all(|(_, reach)| *reach <= room) {
        return std::iter::once(0..line.len()).collect();
    }
    if places.is_empty() {
        places.push((0, 0));
    }
    places.sort_unstable();
    // So much for each, with a mark between them and at either end.
    let share = (room.saturating_sub(places.len() + 1) / places.len()).max(LEAST);
    let last = places.len() - 1;
    let mut kept: Vec<Range<usize>> = Vec::new();
    for (number, (from, reach)) in places.into_iter().enumerate() {
        // Words below the last place need room to its right; the place itself must not go.
        let behind = reach.saturating_sub(share).min(from);
        let before = from.saturating_sub(share / 3);
        let from = match number == last {
            true => before.min(whole.saturating_sub(share)).max(behind),
            false => before,
        };
        // Cutting so little is worse than not to.
        let from = match from < 4 && reach <= share {
            true => 0,
            false => from,
        };
        let next = from..from + share;
        match kept.last_mut().filter(|kept| kept.end + 1 >= next.start) {
            Some(kept) => kept.end = next.end.max(kept.end),
            None => kept.push(next),
        }
    }
    let bytes = kept
        .into_iter()
        .map(|kept| byte_of(kept.start)..byte_of(kept.end));
    bytes.collect()
}

/// So many columns are kept around a place, however narrow the terminal.
const LEAST: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, wanted: &str) -> String {
        let start = text.find(wanted).unwrap();
        let place = start..start + wanted.len();
        let pointed = Pointed { place, words: 4 };
        let (out, places) = excerpt(text, std::slice::from_ref(&pointed), 75);
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
    fn wide_characters_take_two_columns() {
        let long = format!("k: {}wrong{}\n", "漢".repeat(60), "字".repeat(60));
        let shown = marked(&long, "wrong");
        let columns = shown.trim_end().width() - "[]".len();
        assert!((60..=75).contains(&columns), "{columns}: {shown}");
    }

    #[test]
    fn a_long_line_is_cut_around_what_matters() {
        let long = format!("k: {}wrong{}\nnext\n", "a".repeat(5000), "b".repeat(5000));
        let shown = marked(&long, "wrong");
        let line = shown.lines().next().unwrap();
        assert!(line.starts_with("…aaa") && line.ends_with("bbb…"), "{line}");
        assert!(
            line.contains("a[wrong]b") && line.chars().count() <= 75 + 2,
            "{line}"
        );
        assert_eq!(shown.lines().nth(1), Some("next"));
        // A line that only stands beside it keeps its beginning.
        let beside = format!("{}\nx: wrong", "c".repeat(400));
        assert!(marked(&beside, "wrong").starts_with("ccc"));
        // At the end of a line there is room before it.
        let end = marked(&format!("{}wrong", "a".repeat(200)), "wrong");
        assert_eq!(end, format!("…{}[wrong]", "a".repeat(63)));
    }

    #[test]
    fn two_places_of_a_long_line_are_both_shown() {
        let text = format!("one: {} two: {}", "a".repeat(90), "b".repeat(90));
        let at = |word: &str| {
            let start = text.find(word).unwrap();
            Pointed {
                place: start..start + word.len(),
                words: 18,
            }
        };
        for pointed in [[at("two"), at("one")], [at("one"), at("two")]] {
            let (out, places) = excerpt(&text, &pointed, 75);
            assert!(out.chars().count() <= 75, "{out}");
            assert!(out.contains("a…a") && out.ends_with("b…"), "{out}");
            let shown = places.into_iter().map(|place| &out[place]);
            let meant = pointed.into_iter().map(|one| &text[one.place]);
            assert!(shown.eq(meant), "{out}");
        }
    }

    /// However long the file: what is shown of it costs little, in the same line as before.
    #[test]
    fn lines_far_away_are_empty() {
        let lines = |from: usize, to: usize| -> Vec<String> {
            (from..to).map(|n| format!("key-{n}: 1\n")).collect()
        };
        let text = lines(0, 100).concat();
        let start = text.find("key-50").unwrap();
        let pointed = Pointed {
            place: start..start + 6,
            words: 4,
        };
        let (out, places) = excerpt(&text, &[pointed], 75);
        let kept = lines(47, 54).concat();
        assert_eq!(out, format!("{}{kept}{}", "\n".repeat(47), "\n".repeat(46)));
        assert_eq!(&out[places[0].clone()], "key-50");
        let last = text.len()..text.len();
        let pointed = Pointed {
            place: last,
            words: 4,
        };
        let (out, places) = excerpt(&text, &[pointed], 75);
        assert!(out.ends_with("\nkey-98: 1\nkey-99: 1\n"), "{out}");
        assert_eq!(places.first(), Some(&(out.len()..out.len())));
    }

    #[test]
    fn words_below_a_place_have_room() {
        let text = format!("{}wrong", "a".repeat(65));
        let pointed = Pointed {
            place: 65..70,
            words: 30,
        };
        let (out, places) = excerpt(&text, &[pointed], 75);
        let before = out[..places[0].start].chars().count();
        assert!(before + 2 + POINTER + 30 <= 75, "{out}");
        assert_eq!(&out[places[0].clone()], "wrong");
    }
}
