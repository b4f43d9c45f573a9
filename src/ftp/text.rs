//! Text as FTP carries it on a line: bytes, usually UTF-8, never a line end.

use core::fmt;

/// The argument of a command or the text of a reply: any bytes but LF and NUL.
///
/// Names are bytes in FTP (RFC 2640 §2.2 only recommends UTF-8), so that a name
/// that is not UTF-8 survives the way to the server and back. A CR inside is
/// legal, and travels as CR NUL (RFC 1123 §4.1.3.2, RFC 854).
///
/// ```
/// use wirelab::ftp::Text;
/// assert_eq!(Text::new(b"a\nb".to_vec()), None);
/// assert_eq!(Text::from("a\nb").to_string(), "a b");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Vec<u8>);

impl Text {
    /// These bytes, unless there is a LF or a NUL among them.
    pub fn new(bytes: Vec<u8>) -> Option<Text> {
        let legal = !bytes.iter().any(|b| matches!(b, b'\n' | 0));
        legal.then_some(Text(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// No bytes at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the bytes as they travel: a CR followed by NUL, and 0xFF doubled
    /// (RFC 854: IAC IAC is the data byte 255).
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        for &byte in &self.0 {
            out.push(byte);
            match byte {
                b'\r' => out.push(0),
                0xff => out.push(0xff),
                _ => {}
            }
        }
    }
}

/// LF and NUL become spaces.
impl From<Vec<u8>> for Text {
    fn from(mut bytes: Vec<u8>) -> Text {
        for byte in &mut bytes {
            if matches!(byte, b'\n' | 0) {
                *byte = b' ';
            }
        }
        Text(bytes)
    }
}

/// LF and NUL become spaces.
impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Text {
        Text::from(bytes.to_vec())
    }
}

/// LF and NUL become spaces.
impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::from(text.as_bytes())
    }
}

/// LF and NUL become spaces.
impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::from(text.into_bytes())
    }
}

/// The text, with U+FFFD where it is not UTF-8.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

/// A quoted string with the bytes that are not printable escaped.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriage_returns_and_iac_travel_escaped() {
        let mut out = Vec::new();
        Text::from(&b"a\rb\xff"[..]).encode_into(&mut out);
        assert_eq!(out, b"a\r\0b\xff\xff");
    }

    #[test]
    fn any_other_byte_is_text() {
        let every: Vec<u8> = (1..=255).filter(|b| *b != b'\n').collect();
        assert_eq!(
            Text::new(every.clone()).map(|t| t.as_bytes().to_vec()),
            Some(every)
        );
    }
}
