//! Text that other formats take for nothing but text.

use crate::render::{escape, with_code};

/// Text in XML: what XML may not hold at all becomes a replacement mark.
pub(super) fn xml(text: &str) -> String {
    let unfit = |c: char| match c {
        '\t' | '\n' | '\r' => false,
        c => c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'),
    };
    escape(&text.replace(unfit, "\u{fffd}"))
}

/// Text in one line.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    line.replace(char::is_control, "\u{fffd}")
}

/// Text in one line as HTML, with its code as code.
pub(super) fn inline(text: &str) -> String {
    with_code(&one_line(text), escape)
}

/// Paragraphs of text as HTML.
pub(super) fn html(text: &str) -> String {
    let paragraphs = text.split("\n\n").filter(|p| !p.trim().is_empty());
    paragraphs
        .map(|p| format!("<p>{}</p>", inline(p)))
        .collect()
}

/// Bytes in the letters of RFC 4648 §4.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0u32, |all, byte| all << 8 | u32::from(*byte));
        let word = word << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS.get((word >> (18 - 6 * at) & 0x3f) as usize);
            match letter.filter(|_| at <= chunk.len()) {
                Some(letter) => out.push(char::from(*letter)),
                None => out.push('='),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_rfc() {
        // RFC 4648 §10.
        for (text, letters) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), letters);
        }
        assert_eq!(
            xml("<a b=\"\u{0}&'\">"),
            "&lt;a b=&quot;\u{fffd}&amp;&#39;&quot;&gt;"
        );
        assert_eq!(html("a\nb\n\n<c>"), "<p>a b</p><p>&lt;c&gt;</p>");
        assert_eq!(html("with `show\n-v`"), "<p>with <code>show -v</code></p>");
    }
}
