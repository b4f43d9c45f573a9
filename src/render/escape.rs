//! Text from anywhere within HTML and SVG, where it must stay text.

use core::fmt::{self, Write as _};

use crate::analyze::Printable;

/// Text within HTML or XML, or within a quoted attribute: no markup in it comes
/// to life. Control characters, and those that turn the direction of writing,
/// come out as visible escapes, as [`Printable`] writes them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", Printable(self.0.as_bytes()))
    }
}

/// What stands for a character that HTML and XML would take for markup. Nothing
/// else here knows which they are.
pub(crate) fn entity(c: char) -> Option<&'static str> {
    Some(match c {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ => return None,
    })
}

/// Text that HTML does not take for marks. Whatever else is in it stays as it is.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match entity(c) {
            Some(entity) => out.push_str(entity),
            None => out.push(c),
        }
    }
    out
}

/// Text as HTML, in which what stands between backticks is code. A mark without
/// its partner stays what it is. `escape` makes HTML of the text between marks.
pub(crate) fn with_code(text: &str, escape: impl Fn(&str) -> String) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('`')
        && let Some((code, after)) = behind.split_once('`')
    {
        out.push_str(&escape(before));
        out.push_str("<code>");
        out.push_str(&escape(code));
        out.push_str("</code>");
        rest = after;
    }
    out.push_str(&escape(rest));
    out
}

struct Escaper<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match entity(c) {
                Some(entity) => self.0.write_str(entity)?,
                None => self.0.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_come_in_pairs() {
        let html = |text| with_code(text, |text| Escaped(text).to_string());
        assert_eq!(html("a `b<` c"), "a <code>b&lt;</code> c");
        assert_eq!(html("`a` `b"), "<code>a</code> `b");
        assert_eq!(html("plain"), "plain");
    }

    #[test]
    fn markup_stays_text() {
        let text = "<b onclick='x()'>\"&\u{202e}\u{1b}";
        assert_eq!(
            Escaped(text).to_string(),
            "&lt;b onclick=&#39;x()&#39;&gt;&quot;&amp;\\u{202e}\\x1b"
        );
    }
}
