//! The words of a filter.

use core::ops::Range;

use super::FilterError;

/// A word of a filter, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a number, an address, bytes.
    Word(String),
    /// Text in quotes, escapes resolved.
    Text(Vec<u8>),
    /// What stands between square brackets.
    Slice(String),
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Matches,
    In,
    Bits,
    Open,
    Close,
    OpenSet,
    CloseSet,
    Comma,
    /// `..`, between the ends of a range.
    Range,
    End,
}

pub(super) fn error(text: &str, at: Range<usize>, message: impl Into<String>) -> FilterError {
    FilterError {
        text: text.to_owned(),
        at,
        message: message.into(),
        help: None,
    }
}

/// Cuts a filter into words; the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let start = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            tokens.push(Token {
                kind: Kind::End,
                at: start..start,
            });
            return Ok(tokens);
        };
        let (kind, len) = match first {
            '"' => quoted(text, start)?,
            'r' | 'R' if rest.get(1..).is_some_and(|more| more.starts_with('"')) => {
                raw(text, start)?
            }
            '[' => match rest.find(']') {
                Some(end) => {
                    let inside = rest.get(1..end).unwrap_or_default();
                    (Kind::Slice(inside.trim().to_owned()), end + 1)
                }
                None => return Err(error(text, start..text.len(), "a slice needs its `]`")),
            },
            c if is_word(c) => {
                let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let word = rest.get(..len).unwrap_or_default();
                match word.find("..") {
                    Some(0) => (Kind::Range, 2),
                    Some(len) => (keyword(word.get(..len).unwrap_or_default()), len),
                    None => (keyword(word), len),
                }
            }
            _ => match symbol(rest) {
                Some(found) => found,
                None => return Err(no_meaning(text, start, first)),
            },
        };
        tokens.push(Token {
            kind,
            at: start..start + len,
        });
        rest = rest.get(len..).unwrap_or_default();
    }
}

/// What Wireshark compares with and we do not, and what stands nowhere.
fn no_meaning(text: &str, start: usize, first: char) -> FilterError {
    let rest = text.get(start..).unwrap_or_default();
    let other = OTHERS.iter().find(|other| rest.starts_with(**other));
    let what = other.map_or(first.to_string(), |other| (*other).to_owned());
    let at = start..start + what.len();
    let mut wrong = error(text, at, format!("`{what}` has no meaning here"));
    wrong.help = match first {
        _ if other.is_some() => Some("== asks if one value equals, != if none does".into()),
        '=' => Some("to compare, write ==".into()),
        '\'' => Some("text stands in double quotes, a byte is two digits, as in 0d".into()),
        _ => None,
    };
    wrong
}

/// Comparisons of Wireshark's that are none here.
const OTHERS: [&str; 3] = ["===", "!==", "~="];

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/')
}

fn keyword(word: &str) -> Kind {
    match word {
        "and" => Kind::And,
        "or" => Kind::Or,
        "not" => Kind::Not,
        "eq" | "any_eq" => Kind::Equal,
        "ne" | "all_ne" => Kind::NotEqual,
        "lt" => Kind::Less,
        "le" => Kind::LessOrEqual,
        "gt" => Kind::Greater,
        "ge" => Kind::GreaterOrEqual,
        "contains" => Kind::Contains,
        "matches" => Kind::Matches,
        "in" => Kind::In,
        "bitwise_and" => Kind::Bits,
        _ => Kind::Word(word.to_owned()),
    }
}

fn symbol(rest: &str) -> Option<(Kind, usize)> {
    if OTHERS.iter().any(|other| rest.starts_with(other)) {
        return None;
    }
    const SYMBOLS: [(&str, Kind); 16] = [
        ("&&", Kind::And),
        ("||", Kind::Or),
        ("==", Kind::Equal),
        ("!=", Kind::NotEqual),
        ("<=", Kind::LessOrEqual),
        (">=", Kind::GreaterOrEqual),
        ("<", Kind::Less),
        (">", Kind::Greater),
        ("!", Kind::Not),
        ("~", Kind::Matches),
        ("&", Kind::Bits),
        ("(", Kind::Open),
        (")", Kind::Close),
        ("{", Kind::OpenSet),
        ("}", Kind::CloseSet),
        (",", Kind::Comma),
    ];
    let found = SYMBOLS
        .into_iter()
        .find(|(symbol, _)| rest.starts_with(symbol));
    found.map(|(symbol, kind)| (kind, symbol.len()))
}

/// A text in quotes, with the escapes that Wireshark knows there.
fn quoted(text: &str, start: usize) -> Result<(Kind, usize), FilterError> {
    let inside = text.get(start + 1..).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut at = 0;
    loop {
        let rest = inside.get(at..).unwrap_or_default();
        let mut chars = rest.chars();
        match (chars.next(), chars.next()) {
            (Some('"'), _) => return Ok((Kind::Text(bytes), at + 2)),
            (Some('\\'), Some(name)) => {
                let from = start + 1 + at;
                let (byte, len) = escaped(rest).ok_or_else(|| no_escape(text, from, name))?;
                bytes.push(byte);
                at += len;
            }
            (Some(c), Some(_)) => {
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                at += c.len_utf8();
            }
            _ => return Err(unclosed(text, start)),
        }
    }
}

/// The byte that an escape at the beginning of `rest` stands for, and its length.
fn escaped(rest: &str) -> Option<(u8, usize)> {
    let digits = |from: usize, most: usize, radix: u32| {
        let digits = rest.get(from..).unwrap_or_default();
        let digits = digits.chars().take_while(|c| c.is_digit(radix)).take(most);
        let digits: String = digits.collect();
        let byte = u8::from_str_radix(&digits, radix).ok()?;
        Some((byte, from + digits.len()))
    };
    let byte = match rest.as_bytes().get(1)? {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        byte @ (b'"' | b'\'' | b'\\') => *byte,
        b'x' => return digits(2, 2, 16),
        b'0'..=b'7' => return digits(1, 3, 8),
        _ => return None,
    };
    Some((byte, 2))
}

fn no_escape(text: &str, from: usize, name: char) -> FilterError {
    let at = from..from + 1 + name.len_utf8();
    if name == 'x' {
        return error(text, at, "`\\x` needs hexadecimal digits");
    }
    if name.is_digit(8) {
        return error(text, at, "a byte is 255 at most, which is `\\377`");
    }
    let mut wrong = error(text, at, format!("`\\{name}` stands for no character"));
    let expression = format!("in a regular expression write \\\\{name}, or r\"...\" around it");
    wrong.help = Some(expression);
    wrong
}

/// A text with an `r` in front of its quotes: every backslash stays where it is.
fn raw(text: &str, start: usize) -> Result<(Kind, usize), FilterError> {
    let inside = text.get(start + 2..).unwrap_or_default();
    let mut is_escaped = false;
    for (at, c) in inside.char_indices() {
        if c == '"' && !is_escaped {
            let bytes = inside.get(..at).unwrap_or_default().as_bytes().to_vec();
            return Ok((Kind::Text(bytes), at + 3));
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    Err(unclosed(text, start))
}

fn unclosed(text: &str, start: usize) -> FilterError {
    let at = start..text.len();
    error(text, at, "the closing quote is missing")
}
