//! Just enough of Rust's lexical grammar to tell code from comments, strings and numbers.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word(String),
    /// `::`
    PathSeparator,
    /// Any other single sign.
    Sign(char),
    /// A number with a fraction, an exponent or a float suffix.
    Float,
    /// Any other literal.
    Literal,
}

/// A token and the line on which it begins, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub line: usize,
}

impl Token {
    /// The name, when it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// The code of a file: comments, and what stands inside literals, are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: source,
        line: 1,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        let line = lexer.line;
        let Some(mut kind) = lexer.next_kind() else {
            return tokens;
        };
        // `pair.0.1` is two fields; `0..1.5` is a range that ends in a float.
        let dots = tokens.iter().rev().take_while(|t: &&Token| t.is('.'));
        if kind == Kind::Float && dots.count() == 1 {
            kind = Kind::Literal;
        }
        tokens.push(Token { kind, line });
    }
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lexer<'a> {
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len()))
    }

    /// White space and comments, doc comments among them: their links are no imports.
    fn skip_blank(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if self.rest.starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if self.rest.starts_with("/*") {
                self.skip_block_comment();
            } else {
                return;
            }
        }
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        while !self.rest.is_empty() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.take(self.rest.chars().next().map_or(0, char::len_utf8));
            }
        }
    }

    fn next_kind(&mut self) -> Option<Kind> {
        let first = self.rest.chars().next()?;
        if let Some(len) = quoted_len(self.rest) {
            self.take(len);
            return Some(Kind::Literal);
        }
        if first == '\'' {
            // A lifetime: a character literal was quoted.
            self.take(1);
            self.take_while(|c| c.is_alphanumeric() || c == '_');
            return Some(Kind::Literal);
        }
        if first.is_ascii_digit() {
            return Some(self.number());
        }
        if first.is_alphabetic() || first == '_' {
            let word = self.take_while(|c| c.is_alphanumeric() || c == '_');
            return Some(Kind::Word(word.to_string()));
        }
        if self.rest.starts_with("::") {
            self.take(2);
            return Some(Kind::PathSeparator);
        }
        self.take(first.len_utf8());
        Some(Kind::Sign(first))
    }

    fn number(&mut self) -> Kind {
        let digits = self.take_while(|c| c.is_alphanumeric() || c == '_');
        let radix = digits.starts_with("0x") || digits.starts_with("0b");
        let mut after = self.rest.strip_prefix('.').unwrap_or("").chars();
        let fraction = after.next().is_some_and(|c| c.is_ascii_digit());
        if fraction && !radix {
            self.take(1);
            self.take_while(|c| c.is_alphanumeric() || c == '_');
            return Kind::Float;
        }
        let suffix = digits.ends_with("f32") || digits.ends_with("f64");
        let exponent = digits.contains('e') && !digits.ends_with("size");
        if !radix && (suffix || exponent) {
            Kind::Float
        } else {
            Kind::Literal
        }
    }
}

/// The length of the string, byte string, raw string or character literal at the start of `text`.
fn quoted_len(text: &str) -> Option<usize> {
    let prefix = text
        .find(|c: char| !matches!(c, 'b' | 'c' | 'r'))
        .filter(|&len| len <= 2)?;
    let body = &text[prefix..];
    let hashes = body.len() - body.trim_start_matches('#').len();
    if text[..prefix].contains('r') && body[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let inner = prefix + hashes + 1;
        return Some(
            text[inner..]
                .find(&end)
                .map_or(text.len(), |at| inner + at + end.len()),
        );
    }
    let quote = body.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    if quote == '\'' && !is_char_literal(body) {
        return None;
    }
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(prefix + at + c.len_utf8()),
            _ => {}
        }
    }
    Some(text.len())
}

/// Tells `'a'` from the lifetime `'a`.
fn is_char_literal(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let words = tokens(source).into_iter();
        words.filter_map(|t| t.word().map(str::to_string)).collect()
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        assert_eq!(words("a // b\n/* c /* d */ e */ f"), ["a", "f"]);
        assert_eq!(
            words(r####"a "b \" c" r#"d " e"# b"f" '"' g"####),
            ["a", "g"]
        );
        assert_eq!(
            words("fn f<'a>(x: &'a str) -> char { '\\'' }"),
            ["fn", "f", "x", "str", "char"]
        );
        assert_eq!(words("\"open"), Vec::<String>::new());
    }

    #[test]
    fn floats_are_told_from_integers_and_ranges() {
        let floats = |source| {
            let all = tokens(source).into_iter();
            all.filter(|t| t.kind == Kind::Float).count()
        };
        assert_eq!(floats("1.5 2e3 4f64 1_0.0_1 0..1.5"), 5);
        assert_eq!(floats("0..5 1_000 0xef 3usize x.0 x.0.1 0x1e3 7u8"), 0);
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let all = tokens("a\n\"b\nc\" d /*\n*/ e");
        let lines: Vec<usize> = all.iter().map(|t| t.line).collect();
        assert_eq!(lines, [1, 2, 3, 4]);
    }
}
