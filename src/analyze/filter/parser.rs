//! From words to a filter.

use core::ops::Range;
use std::net::IpAddr;

use regex::bytes::RegexBuilder;

use super::check::{Check, Checks, Comparison, Literal, Mask, Slice, Subject, Test};
use super::habits::instead;
use super::lexer::{Kind, Token, error, tokens};
use super::values::{parse_ip, parse_number, parse_seconds, parse_slice, parse_value};
use super::{Condition, Filter, FilterError, MAX_CHECKS, MAX_TEXT};
use crate::dissect::fields::{FieldDef, FieldKind, find_field, find_layer, names};
use crate::wire::MacAddr;

/// Deeper nesting is a mistake, or worse.
const MAX_DEPTH: usize = 64;

/// A longer regular expression is refused, in bytes: understanding one can take
/// tens of thousands of times its length.
const MAX_PATTERN: usize = 1_000;

/// Names that stand for either of two fields.
pub const EITHER: [(&str, [&str; 2]); 5] = [
    ("eth.addr", ["eth.src", "eth.dst"]),
    ("ip.addr", ["ip.src", "ip.dst"]),
    ("ipv6.addr", ["ipv6.src", "ipv6.dst"]),
    ("tcp.port", ["tcp.srcport", "tcp.dstport"]),
    ("udp.port", ["udp.srcport", "udp.dstport"]),
];

/// What is told to whoever asks for something else: every line fits a terminal.
pub const PROTOCOLS: &str = "arp, ip, ipv6, icmp, icmpv6, udp, tcp, dns, dhcp, ftp, ftp-data";

/// What is told to whoever writes a value where a question should begin, or too many.
const SET: &str = "several values of a field are one set, as in tcp.port in {20, 21}";

/// Two letters that would be a byte, if Wireshark had no protocols of these names.
const PROTOCOLS_OF_LETTERS: [&str; 3] = ["dc", "fc", "ff"];

/// So many names are told that begin as what was written.
const BEGINNINGS: usize = 3;

pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    if text.len() > MAX_TEXT {
        let message = format!("the filter is longer than {MAX_TEXT} bytes");
        return Err(error(text, 0..0, message));
    }
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        next: 0,
        checks: Vec::new(),
        depth: 0,
    };
    if parser.peek() == &Kind::End {
        let mut wrong = parser.error(parser.at(), "the filter is empty");
        wrong.help = Some("write a name such as ftp, or ftp.response.code == 530".into());
        return Err(wrong);
    }
    let condition = parser.any()?;
    if parser.peek() != &Kind::End {
        let help = "expected the end, or `and`, `or`";
        let message = format!("the filter should end here: {help}");
        let mut wrong = parser.error(parser.at(), message);
        if let Kind::Word(word) = parser.peek() {
            wrong.help = instead(word);
        }
        return Err(wrong);
    }
    Ok(Filter {
        checks: Checks::new(parser.checks),
        condition,
    })
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    checks: Vec<Check>,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Kind {
        self.tokens.get(self.next).map_or(&Kind::End, |t| &t.kind)
    }

    fn at(&self) -> Range<usize> {
        let end = self.text.len()..self.text.len();
        self.tokens.get(self.next).map_or(end, |t| t.at.clone())
    }

    fn take(&mut self) -> (Kind, Range<usize>) {
        let taken = (self.peek().clone(), self.at());
        self.next += 1;
        taken
    }

    fn accept(&mut self, kind: &Kind) -> bool {
        let is_there = self.peek() == kind;
        self.next += usize::from(is_there);
        is_there
    }

    fn error(&self, at: Range<usize>, message: impl Into<String>) -> FilterError {
        error(self.text, at, message)
    }

    fn any(&mut self) -> Result<Condition, FilterError> {
        let mut parts = vec![self.all()?];
        while self.accept(&Kind::Or) {
            parts.push(self.all()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Condition::Any(parts),
        })
    }

    fn all(&mut self) -> Result<Condition, FilterError> {
        let mut parts = vec![self.not()?];
        while self.accept(&Kind::And) {
            parts.push(self.not()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Condition::All(parts),
        })
    }

    fn not(&mut self) -> Result<Condition, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(self.at(), "the filter is nested too deeply"));
        }
        let condition = if self.accept(&Kind::Not) {
            Condition::Not(Box::new(self.not()?))
        } else if self.accept(&Kind::Open) {
            let inner = self.any()?;
            if !self.accept(&Kind::Close) {
                return Err(self.error(self.at(), "a `)` is missing"));
            }
            inner
        } else {
            self.check()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn check(&mut self) -> Result<Condition, FilterError> {
        let (word, at) = self.take();
        let Kind::Word(name) = word else {
            let mut wrong = self.error(at, "expected a name here, such as tcp.port");
            wrong.help = matches!(word, Kind::Text(_)).then(|| SET.into());
            return Err(wrong);
        };
        if self.checks.len() == MAX_CHECKS {
            let message = format!("the filter asks more than {MAX_CHECKS} questions");
            let mut wrong = self.error(at, message);
            wrong.help = Some(SET.into());
            return Err(wrong);
        }
        let subject = self.subject(&name, at)?;
        let slice = match self.peek().clone() {
            Kind::Slice(inside) => {
                let (_, at) = self.take();
                // Within its brackets.
                let within = at.start + 1..at.end - 1;
                let slice = parse_slice(&inside).map_err(|(message, help)| {
                    let mut wrong = self.error(within, message);
                    wrong.help = Some(instead(&inside).unwrap_or_else(|| help.into()));
                    wrong
                })?;
                if is_number(literal_kind(&subject, None)) {
                    let mut wrong = self.error(at, "a number has no bytes to choose from");
                    wrong.help = Some("bytes are chosen from a layer, as in tcp[13]".into());
                    return Err(wrong);
                }
                Some(slice)
            }
            _ => None,
        };
        let mask = self.mask(&subject, slice)?;
        let at_not = self.next;
        let is_negated = self.accept(&Kind::Not);
        if is_negated && self.peek() != &Kind::In {
            self.next = at_not;
        }
        let test = self.test(&subject, slice)?;
        self.checks.push(Check {
            subject,
            slice,
            mask,
            test,
        });
        let check = Condition::Check(self.checks.len() - 1);
        Ok(match is_negated && self.next > at_not {
            true => Condition::Not(Box::new(check)),
            false => check,
        })
    }

    fn subject(&self, name: &str, at: Range<usize>) -> Result<Subject, FilterError> {
        if let Some(layer) = find_layer(name) {
            return Ok(Subject::Layer(layer));
        }
        if let Some(field) = find_field(name) {
            return Ok(Subject::Fields(vec![field]));
        }
        let either = EITHER.iter().find(|(known, _)| *known == name);
        if let Some((_, pair)) = either {
            let fields = pair.iter().filter_map(|name| find_field(name)).collect();
            return Ok(Subject::Fields(fields));
        }
        let mut wrong = self.error(at, format!("there is no field named `{name}`"));
        wrong.help = Some(match self.peek() {
            Kind::Open => format!("functions such as {name}() are not known here"),
            _ => help_for(name),
        });
        Err(wrong)
    }

    /// `& 0x02`: only some bits count.
    fn mask(
        &mut self,
        subject: &Subject,
        slice: Option<Slice>,
    ) -> Result<Option<Mask>, FilterError> {
        let at = self.at();
        if !self.accept(&Kind::Bits) {
            return Ok(None);
        }
        let kind = literal_kind(subject, slice);
        let is_layer = slice.is_none() && matches!(subject, Subject::Layer(_));
        if is_layer || !matches!(kind, FieldKind::Number | FieldKind::Hex | FieldKind::Bytes) {
            let mut wrong = self.error(at, "only numbers and bytes have bits");
            wrong.help = match kind {
                FieldKind::Flag => Some("one bit is asked for as in tcp.flags.syn == 1".into()),
                FieldKind::Ipv4 => Some("a network is asked for as in ip.src == 10.0.0.0/8".into()),
                _ if is_layer => Some("say of which bytes, as in tcp[13] & 02".into()),
                _ => None,
            };
            return Err(wrong);
        }
        let (token, at) = self.take();
        if self.peek() == &Kind::Bits {
            let mut wrong = self.error(self.at(), "`&` stands once");
            wrong.help = Some("write all bits as one number, as in tcp[13] & 12".into());
            return Err(wrong);
        }
        let mask = match (&token, kind) {
            (Kind::Word(word), FieldKind::Bytes) => {
                self.no_name(word, &at)?;
                parse_value(word).map(Mask::Bytes)
            }
            (Kind::Word(word), _) => parse_number(word).map(Mask::Number),
            _ => None,
        };
        let expected = match kind {
            FieldKind::Bytes => "expected bytes, such as 02 or 00:02",
            _ => "expected a number, such as 0x02",
        };
        mask.map(Some).ok_or_else(|| self.error(at, expected))
    }

    fn test(&mut self, subject: &Subject, slice: Option<Slice>) -> Result<Test, FilterError> {
        let comparison = match self.peek() {
            Kind::Equal => Some(Comparison::Equal),
            Kind::Less => Some(Comparison::Less),
            Kind::LessOrEqual => Some(Comparison::LessOrEqual),
            Kind::Greater => Some(Comparison::Greater),
            Kind::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        if let Some(comparison) = comparison {
            self.next += 1;
            let kind = literal_kind(subject, slice);
            return Ok(Test::Compare(comparison, self.literal(kind)?));
        }
        if self.accept(&Kind::NotEqual) {
            let kind = literal_kind(subject, slice);
            return Ok(Test::NoneEquals(self.literal(kind)?));
        }
        if self.accept(&Kind::In) {
            return self.set(subject, slice);
        }
        let at = self.at();
        if matches!(self.peek(), Kind::Contains | Kind::Matches) {
            let kind = literal_kind(subject, slice);
            if is_number(kind) || matches!(kind, FieldKind::Ipv4 | FieldKind::Ipv6) {
                let mut wrong = self.error(at, "only text and bytes are looked into");
                wrong.help =
                    Some("compare it, as in tcp.port == 21 or ip.src == 10.0.0.0/8".into());
                return Err(wrong);
            }
        }
        if self.accept(&Kind::Contains) {
            return self.part(literal_kind(subject, slice));
        }
        if self.accept(&Kind::Matches) {
            let (token, at) = self.take();
            let Kind::Text(pattern) = token else {
                return Err(self.error(at, "expected a regular expression in quotes"));
            };
            return self.regex(&pattern, at).map(Test::Matches);
        }
        Ok(Test::Exists)
    }

    /// What is to be contained.
    fn part(&mut self, kind: FieldKind) -> Result<Test, FilterError> {
        let (token, at) = self.take();
        let bytes = match token {
            Kind::Text(bytes) => bytes,
            Kind::Word(word) => {
                let kind = match kind {
                    FieldKind::Text => FieldKind::Text,
                    _ => FieldKind::Bytes,
                };
                match self.word(&word, kind, at.clone())? {
                    Literal::Bytes(bytes) => bytes,
                    _ => Vec::new(),
                }
            }
            _ => return Err(self.error(at, "expected a value: text in quotes, or bytes")),
        };
        if bytes.is_empty() {
            let mut wrong = self.error(at, "everything contains nothing: say what to look for");
            wrong.help = Some("a name alone holds where there is such a field".into());
            return Err(wrong);
        }
        Ok(Test::Contains(bytes))
    }

    fn regex(&self, pattern: &[u8], at: Range<usize>) -> Result<regex::bytes::Regex, FilterError> {
        let wrong =
            |why: String| self.error(at.clone(), format!("not a regular expression: {why}"));
        if pattern.len() > MAX_PATTERN {
            return Err(wrong(format!("it is longer than {MAX_PATTERN} bytes")));
        }
        let pattern = str::from_utf8(pattern).map_err(|e| wrong(e.to_string()))?;
        // Upper and lower case are alike, as in Wireshark.
        let built = RegexBuilder::new(pattern)
            .case_insensitive(true)
            .unicode(false)
            .size_limit(1 << 20)
            .build();
        built.map_err(|e| wrong(e.to_string().lines().last().unwrap_or_default().to_owned()))
    }

    fn set(&mut self, subject: &Subject, slice: Option<Slice>) -> Result<Test, FilterError> {
        if !self.accept(&Kind::OpenSet) {
            return Err(self.error(self.at(), "expected `{`, as in `in {20, 21, 1050..1060}`"));
        }
        let kind = literal_kind(subject, slice);
        let mut ranges = Vec::new();
        loop {
            let low = self.literal(kind)?;
            let high = match self.accept(&Kind::Range) {
                true => self.literal(kind)?,
                false => low.clone(),
            };
            ranges.push((low, high));
            if self.accept(&Kind::CloseSet) {
                return Ok(Test::In(ranges));
            }
            if !self.accept(&Kind::Comma) {
                let message = "expected `,` or `}`: commas stand between the values of a set";
                return Err(self.error(self.at(), message));
            }
        }
    }

    fn literal(&mut self, kind: FieldKind) -> Result<Literal, FilterError> {
        let (token, at) = self.take();
        match token {
            Kind::Text(bytes) if matches!(kind, FieldKind::Text | FieldKind::Bytes) => {
                Ok(Literal::Bytes(bytes))
            }
            Kind::Text(_) => {
                let mut wrong = self.error(at, "only text and bytes are compared with text");
                wrong.help = Some("write numbers, addresses and times without quotes".into());
                Err(wrong)
            }
            Kind::Word(word) => self.word(&word, kind, at),
            _ => Err(self.error(at, "expected a value here")),
        }
    }

    /// A word that Wireshark takes for a name is no value.
    fn no_name(&self, word: &str, at: &Range<usize>) -> Result<(), FilterError> {
        let is_either = EITHER.iter().any(|(name, _)| *name == word);
        let is_name = is_either || find_layer(word).is_some() || find_field(word).is_some();
        let mut wrong = match PROTOCOLS_OF_LETTERS.contains(&word) {
            true => self.error(at.clone(), format!("Wireshark has a protocol `{word}`")),
            false if is_name => self.error(at.clone(), format!("`{word}` is a name, and no value")),
            false => return Ok(()),
        };
        wrong.help = Some(match is_name {
            true => "fields are compared with values; text stands in quotes".into(),
            false => format!("write 0x{word} for the byte, or \"{word}\" for text"),
        });
        Err(wrong)
    }

    fn word(&self, word: &str, kind: FieldKind, at: Range<usize>) -> Result<Literal, FilterError> {
        self.no_name(word, &at)?;
        let (value, expected) = match kind {
            FieldKind::Number | FieldKind::Hex => (
                parse_number(word).map(Literal::Number),
                "a number, such as 21 or 0x15",
            ),
            FieldKind::Flag => {
                let value = match word {
                    "1" | "true" | "True" | "TRUE" => Some(1),
                    "0" | "false" | "False" | "FALSE" => Some(0),
                    _ => None,
                };
                (value.map(Literal::Number), "1 or 0, or true or false")
            }
            FieldKind::Ipv4 => {
                let ip = parse_ip(word).filter(|l| matches!(l, Literal::Ip(IpAddr::V4(_), _)));
                (ip, "an IPv4 address, such as 10.2.0.1 or 10.2.0.0/24")
            }
            FieldKind::Ipv6 => {
                let ip = parse_ip(word).filter(|l| matches!(l, Literal::Ip(IpAddr::V6(_), _)));
                (ip, "an IPv6 address, such as 2001:db8::7")
            }
            FieldKind::Mac => (
                MacAddr::parse(word).map(Literal::Mac),
                "a hardware address, such as 02:00:00:00:00:01",
            ),
            FieldKind::Text => (Some(Literal::Bytes(word.as_bytes().to_vec())), ""),
            FieldKind::Bytes => (
                parse_value(word).map(Literal::Bytes),
                "bytes, such as 50:4f:52:54, or text in quotes",
            ),
            FieldKind::Time => (
                parse_seconds(word).map(Literal::Time),
                "seconds, such as 0.25",
            ),
        };
        value.ok_or_else(|| {
            let mut wrong = self.error(at, format!("`{word}` is not {expected}"));
            let is_octal = is_number(kind) && word.starts_with('0') && word.len() > 1;
            let is_decimal = word.bytes().all(|b| b.is_ascii_digit());
            if is_octal && is_decimal {
                wrong.help = Some("a 0 in front makes a number octal".into());
            }
            wrong
        })
    }
}

/// Values without bytes of their own.
fn is_number(kind: FieldKind) -> bool {
    use FieldKind::{Flag, Hex, Number, Time};
    matches!(kind, Number | Hex | Flag | Time)
}

/// What kind of value is to be written for a subject.
fn literal_kind(subject: &Subject, slice: Option<Slice>) -> FieldKind {
    match (subject, slice) {
        // A single byte may be written as a number too: `tcp[13] == 18`.
        (_, Some(_)) | (Subject::Layer(_), None) => FieldKind::Bytes,
        (Subject::Fields(fields), None) => {
            let first: Option<&&FieldDef> = fields.first();
            first.map_or(FieldKind::Bytes, |field| field.kind)
        }
    }
}

/// What to say to whoever writes a name that there is not.
fn help_for(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if let Some(help) = instead(&name) {
        return help;
    }
    let field = match parse_ip(&name) {
        Some(Literal::Ip(IpAddr::V4(_), _)) => Some("ip.addr"),
        Some(Literal::Ip(IpAddr::V6(_), _)) => Some("ipv6.addr"),
        _ => MacAddr::parse(&name).map(|_| "eth.addr"),
    };
    if let Some(field) = field {
        return format!("say whose it is, as in {field} == {name}");
    }
    if parse_number(&name).is_some() {
        return SET.into();
    }
    let known = || names().chain(EITHER.iter().map(|(name, _)| *name));
    let nearest = known().map(|known| (distance(&name, known), known)).min();
    if let Some((_, known)) = nearest.filter(|(far, _)| *far <= 1 + name.len() / 4) {
        return format!("did you mean {known}?");
    }
    let begin = known().filter(|known| known.starts_with(&name));
    let begin: Vec<&str> = begin.take(BEGINNINGS).collect();
    match begin.is_empty() {
        true => format!("known are {PROTOCOLS}"),
        false => format!("names that begin so: {}", begin.join(", ")),
    }
}

/// How many letters must be changed, added or left out to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let above = *slot;
            left = (corner + usize::from(x != y)).min(above + 1).min(left + 1);
            corner = above;
            *slot = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(a.len())
}
