//! Bytes from the wire as text that is safe to print.

use core::fmt::{self, Write};

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
        self.write_to(f)
    }
}

impl Printable<'_> {
    /// A terminal would act on it: a control character, or one that turns the
    /// direction of writing.
    pub(crate) fn would_act(c: char) -> bool {
        c.is_control() || turns_writing(c)
    }

    /// Appends the text to `out`.
    pub(crate) fn write_to(&self, out: &mut impl Write) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let valid = chunk.valid();
            // What is harmless goes out in runs.
            let mut from = 0;
            for (at, c) in valid.char_indices() {
                if !Printable::would_act(c) {
                    continue;
                }
                out.write_str(valid.get(from..at).unwrap_or_default())?;
                from = at + c.len_utf8();
                if c.is_control() {
                    write!(out, "\\x{:02x}", u32::from(c))?;
                } else {
                    write!(out, "\\u{{{:x}}}", u32::from(c))?;
                }
            }
            out.write_str(valid.get(from..).unwrap_or_default())?;
            for byte in chunk.invalid() {
                write!(out, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// So many bytes, in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 byte"),
            count => write!(f, "{count} bytes"),
        }
    }
}

fn turns_writing(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The numbers from 000 to 999, one after another.
const DIGITS: &str = {
    const BYTES: [u8; 3000] = {
        let mut bytes = [b'0'; 3000];
        let mut number = 0;
        while number < 1000 {
            bytes[number * 3] += (number / 100) as u8;
            bytes[number * 3 + 1] += (number / 10 % 10) as u8;
            bytes[number * 3 + 2] += (number % 10) as u8;
            number += 1;
        }
        bytes
    };
    match str::from_utf8(&BYTES) {
        Ok(digits) => digits,
        Err(_) => "",
    }
};

/// Appends a number: what `write!` does, without its detours.
pub(crate) fn push_number(out: &mut String, number: u64) {
    let zeros = match number {
        0..10 => 2,
        10..100 => 1,
        100..1000 => 0,
        _ => {
            push_number(out, number / 1000);
            0
        }
    };
    let at = usize::try_from(number % 1000).unwrap_or(0) * 3;
    out.push_str(DIGITS.get(at + zeros..at + 3).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_out_as_they_are() {
        for number in [0, 7, 10, 1038, 65_535, u64::from(u32::MAX), u64::MAX] {
            let mut text = String::from("n=");
            push_number(&mut text, number);
            assert_eq!(text, format!("n={number}"));
        }
    }

    #[test]
    fn nothing_reaches_the_terminal() {
        let bytes = b"a\x00\x07\x7f\xc2\x9b\xe2\x80\xae\xff";
        let text = Printable(bytes).to_string();
        assert_eq!(text, r"a\x00\x07\x7f\x9b\u{202e}\xff");
    }
}
