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
                (keyword(word), len)
            }
            _ => match symbol(rest) {
                Some(found) => found,
                None => {
                    let at = start..start + first.len_utf8();
                    let mut wrong = error(text, at, format!("`{first}` has no meaning here"));
                    if first == '=' {
                        wrong.help = Some("to compare, write ==".into());
                    }
                    return Err(wrong);
                }
            },
        };
        tokens.push(Token {
            kind,
            at: start..start + len,
        });
        rest = rest.get(len..).unwrap_or_default();
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/')
}

fn keyword(word: &str) -> Kind {
    match word {
        "and" => Kind::And,
        "or" => Kind::Or,
        "not" => Kind::Not,
        "eq" => Kind::Equal,
        "ne" => Kind::NotEqual,
        "lt" => Kind::Less,
        "le" => Kind::LessOrEqual,
        "gt" => Kind::Greater,
        "ge" => Kind::GreaterOrEqual,
        "contains" => Kind::Contains,
        "matches" => Kind::Matches,
        "in" => Kind::In,
        _ => Kind::Word(word.to_owned()),
    }
}

fn symbol(rest: &str) -> Option<(Kind, usize)> {
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

/// A text in quotes: `\"`, `\\`, `\r`, `\n`, `\t` and `\xhh` are understood;
/// any other escape is left to regular expressions.
fn quoted(text: &str, start: usize) -> Result<(Kind, usize), FilterError> {
    let inside = text.get(start + 1..).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Kind::Text(bytes), at + 2)),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some(c @ ('"' | '\\')) => bytes.push(if c == '"' { b'"' } else { b'\\' }),
                Some('r') => bytes.push(b'\r'),
                Some('n') => bytes.push(b'\n'),
                Some('t') => bytes.push(b'\t'),
                Some('x') => {
                    let digits = inside.get(at + 2..at + 4);
                    match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
                        Some(byte) => bytes.push(byte),
                        None => {
                            let at = start + 1 + at..start + 3 + at;
                            return Err(error(text, at, "`\\x` needs two hexadecimal digits"));
                        }
                    }
                    chars.next();
                    chars.next();
                }
                Some(other) => {
                    bytes.push(b'\\');
                    bytes.extend(other.encode_utf8(&mut [0; 4]).bytes());
                }
                None => break,
            },
            c => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Err(error(
        text,
        start..text.len(),
        "the closing quote is missing",
    ))
}
