//! Where a value stands in what a person wrote: spans, and the texts they point into.

use core::fmt;

/// A range of bytes in one of the texts of a scenario: the file itself
/// (text 0), or the value of a `--set` (texts 1 and up).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Which text.
    pub text: u16,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// Nowhere: what is wrong is that something is not written.
    pub const NOWHERE: Span = Span {
        text: 0,
        start: u32::MAX,
        end: u32::MAX,
    };

    /// The smallest span that holds both; `self` when they stand in different texts.
    pub fn to(self, other: Span) -> Span {
        if self.text != other.text {
            return self;
        }
        Span {
            text: self.text,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A file's text without the byte order mark that some editors write in front: it has no
/// width, and no column.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A value and where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }

    /// The same place, another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: f(self.value),
            span: self.span,
        }
    }

    /// A reference to the value, with its place.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned {
            value: &self.value,
            span: self.span,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A text that a span can point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// A file's path, a built-in's name, or `--set PATH`.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// Everything a person wrote for one scenario: the file, then each `--set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources(Vec<Text>);

impl Sources {
    /// The file alone.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Sources {
        Sources(vec![Text {
            name: name.into(),
            text: text.into(),
        }])
    }

    /// Adds a text; the number that its spans carry.
    pub(crate) fn add(&mut self, name: String, text: String) -> u16 {
        self.0.push(Text { name, text });
        u16::try_from(self.0.len() - 1).unwrap_or(u16::MAX)
    }

    /// The file.
    pub fn file(&self) -> &Text {
        &self.0[0]
    }

    /// The values of `--set`, in order.
    pub fn changes(&self) -> &[Text] {
        self.0.get(1..).unwrap_or_default()
    }

    /// The text that `span` points into.
    pub fn text(&self, span: Span) -> &Text {
        self.0.get(usize::from(span.text)).unwrap_or(&self.0[0])
    }

    /// What stands at `span`; empty if it points nowhere.
    pub fn slice(&self, span: Span) -> &str {
        let range = span.start as usize..span.end as usize;
        self.text(span).text.get(range).unwrap_or("")
    }

    /// Line and column, both from 1, of the first byte of `span`; columns count characters.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let text = &self.text(span).text;
        let mut end = (span.start as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }

    /// The line in which `span` begins, without its end.
    pub fn line(&self, span: Span) -> &str {
        let (line, _) = self.line_column(span);
        self.text(span).text.lines().nth(line - 1).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let sources = Sources::new("x", "ab\n\u{e9}c\n");
        let at = |start| {
            let span = Span {
                text: 0,
                start,
                end: start + 1,
            };
            sources.line_column(span)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(1), (1, 2));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(4), (2, 1), "inside a character: its column");
        assert_eq!(at(5), (2, 2));
        assert_eq!(at(900), (3, 1));
    }
}
