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

struct Escaper<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '<' => self.0.write_str("&lt;")?,
                '>' => self.0.write_str("&gt;")?,
                '&' => self.0.write_str("&amp;")?,
                '"' => self.0.write_str("&quot;")?,
                '\'' => self.0.write_str("&#39;")?,
                c => self.0.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_text() {
        let text = "<b onclick='x()'>\"&\u{202e}\u{1b}";
        assert_eq!(
            Escaped(text).to_string(),
            "&lt;b onclick=&#39;x()&#39;&gt;&quot;&amp;\\u{202e}\\x1b"
        );
    }
}
