//! From words to a filter.

use core::ops::Range;
use std::net::IpAddr;

use regex::bytes::RegexBuilder;

use super::check::{Check, Checks, Comparison, Literal, Mask, Slice, Subject, Test};
use super::habits::instead;
use super::lexer::{Kind, Token, error, tokens};
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
                Some(parse_slice(&inside).ok_or_else(|| {
                    let mut wrong = self.error(within, "not a slice");
                    let how = || "write [start:length], [first-last] or [place]".into();
                    wrong.help = Some(instead(&inside).unwrap_or_else(how));
                    wrong
                })?)
            }
            _ => None,
        };
        let mask = self.mask(&subject, slice)?;
        let test = self.test(&subject, slice)?;
        self.checks.push(Check {
            subject,
            slice,
            mask,
            test,
        });
        Ok(Condition::Check(self.checks.len() - 1))
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
                _ if is_layer => Some("say of which bytes, as in tcp[13] & 02".into()),
                _ => None,
            };
            return Err(wrong);
        }
        let (token, at) = self.take();
        let mask = match (&token, kind) {
            (Kind::Word(word), FieldKind::Bytes) => parse_value(word).map(Mask::Bytes),
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
            return Ok(Test::Compare(comparison, self.literal(subject, slice)?));
        }
        if self.accept(&Kind::NotEqual) {
            return Ok(Test::NoneEquals(self.literal(subject, slice)?));
        }
        if self.accept(&Kind::In) {
            return self.set(subject, slice);
        }
        if self.accept(&Kind::Contains) {
            let (token, at) = self.take();
            return match token {
                Kind::Text(bytes) => Ok(Test::Contains(bytes)),
                Kind::Word(word) => {
                    let bytes = parse_bytes(&word).unwrap_or_else(|| word.into_bytes());
                    Ok(Test::Contains(bytes))
                }
                _ => Err(self.error(at, "expected a value: text in quotes, or bytes")),
            };
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
        let mut ranges = Vec::new();
        while !self.accept(&Kind::CloseSet) {
            let at = self.at();
            let ends = match self.peek() {
                Kind::Word(word) => word
                    .split_once("..")
                    .map(|(a, b)| (a.to_owned(), b.to_owned())),
                _ => None,
            };
            match ends {
                Some((low, high)) => {
                    self.next += 1;
                    let kind = literal_kind(subject, slice);
                    let low = self.word(&low, kind, at.clone())?;
                    ranges.push((low, self.word(&high, kind, at)?));
                }
                None => {
                    let value = self.literal(subject, slice)?;
                    ranges.push((value.clone(), value));
                }
            }
            let _ = self.accept(&Kind::Comma);
        }
        Ok(Test::In(ranges))
    }

    fn literal(&mut self, subject: &Subject, slice: Option<Slice>) -> Result<Literal, FilterError> {
        let kind = literal_kind(subject, slice);
        let (token, at) = self.take();
        match token {
            Kind::Text(bytes) if matches!(kind, FieldKind::Text | FieldKind::Bytes) => {
                Ok(Literal::Bytes(bytes))
            }
            Kind::Text(bytes) => {
                let word = String::from_utf8_lossy(&bytes).into_owned();
                self.word(&word, kind, at)
            }
            Kind::Word(word) => self.word(&word, kind, at),
            _ => Err(self.error(at, "expected a value here")),
        }
    }

    fn word(&self, word: &str, kind: FieldKind, at: Range<usize>) -> Result<Literal, FilterError> {
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
        value.ok_or_else(|| self.error(at, format!("`{word}` is not {expected}")))
    }
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

fn parse_number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

fn parse_ip(word: &str) -> Option<Literal> {
    let (address, prefix) = match word.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (word, None),
    };
    let ip: IpAddr = address.parse().ok()?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) => prefix.parse().ok().filter(|p| *p <= most)?,
        None => most,
    };
    Some(Literal::Ip(ip, prefix))
}

/// `50:4f:52:54`, or a single byte as Wireshark reads it: two digits are
/// hexadecimal, other numbers decimal.
fn parse_bytes(word: &str) -> Option<Vec<u8>> {
    let octet = |part: &str| {
        let is_pair = part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
        is_pair.then(|| u8::from_str_radix(part, 16).ok())?
    };
    if word.contains([':', '-']) {
        return word.split([':', '-']).map(octet).collect();
    }
    if let Some(digits) = word.strip_prefix("0x") {
        return u8::from_str_radix(digits, 16).ok().map(|byte| vec![byte]);
    }
    octet(word).map(|byte| vec![byte])
}

/// Bytes to compare with: as Wireshark reads it, a byte may be one digit.
fn parse_value(word: &str) -> Option<Vec<u8>> {
    let is_digit = word.len() == 1 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let digit = || is_digit.then(|| u8::from_str_radix(word, 16).ok())?;
    parse_bytes(word).or_else(|| Some(vec![digit()?]))
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

/// Seconds with up to nine decimals, in nanoseconds.
fn parse_seconds(word: &str) -> Option<i64> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word),
    };
    let nanos = crate::units::scale_decimal(digits, 1_000_000_000)?;
    i64::try_from(nanos).ok().map(|n| sign * n)
}

/// `54:4`, `54-57`, `54`, `54:`, `:4`; the start may be negative.
fn parse_slice(text: &str) -> Option<Slice> {
    let number = |part: &str| part.trim().parse::<i64>().ok();
    if let Some((start, len)) = text.split_once(':') {
        let start = match start.trim() {
            "" => 0,
            start => number(start)?,
        };
        let len = match len.trim() {
            "" => None,
            len => Some(u64::try_from(number(len)?).ok()?),
        };
        return Some(Slice { start, len });
    }
    // The first character may be a sign.
    if let Some(at) = text.get(1..)?.find('-') {
        let first = number(text.get(..at + 1)?)?;
        let last = number(text.get(at + 2..)?)?;
        let len = u64::try_from(last.checked_sub(first)?).ok()? + 1;
        return Some(Slice {
            start: first,
            len: Some(len),
        });
    }
    Some(Slice {
        start: number(text)?,
        len: Some(1),
    })
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
