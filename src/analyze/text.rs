//! Bytes from the wire as text that is safe to print.

use core::fmt::{self, Write as _};

/// Bytes that should be text, printed so that they cannot do anything to a
/// terminal: control characters, and those that turn the direction of writing,
/// come out as escapes. Bytes that are not UTF-8 come out as `\xff`.
///
/// ```
/// use wirelab::analyze::Printable;
/// assert_eq!(Printable(b"USER fred\x1b[2J").to_string(), r"USER fred\x1b[2J");
/// assert_eq!(Printable("gr\u{fc}n".as_bytes()).to_string(), "gr\u{fc}n");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Printable<'a>(pub &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    ' '..='~' => f.write_char(c)?,
                    '\0'..='\u{9f}' => write!(f, "\\x{:02x}", u32::from(c))?,
                    _ if turns_writing(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                    _ => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

fn turns_writing(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal() {
        let bytes = b"a\x00\x07\x7f\xc2\x9b\xe2\x80\xae\xff";
        let text = Printable(bytes).to_string();
        assert_eq!(text, r"a\x00\x07\x7f\x9b\u{202e}\xff");
    }
}
