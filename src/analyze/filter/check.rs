//! The checks of a filter: made against each field as it passes by.

use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;
use std::net::IpAddr;

use regex::bytes::Regex;

use crate::dissect::Dissected;
use crate::dissect::fields::{FieldDef, FieldSink, LayerDef, Value};
use crate::wire::MacAddr;

/// One question about one field.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) subject: Subject,
    /// Only these of its bytes.
    pub(super) slice: Option<Slice>,
    /// Only these of its bits.
    pub(super) mask: Option<Mask>,
    pub(super) test: Test,
}

/// What a check is about.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    Layer(&'static LayerDef),
    /// Any of these: `tcp.port` is the source's or the destination's.
    Fields(Vec<&'static FieldDef>),
}

/// Some of a field's bytes; counted from the end where negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: i64,
    pub(super) len: Option<u64>,
}

/// Bits of a number, or of the bytes at its beginning: what is longer is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mask {
    Number(u64),
    Bytes(Vec<u8>),
}

/// What is asked of a value.
#[derive(Debug)]
pub(super) enum Test {
    /// That it is there.
    Exists,
    /// How it compares.
    Compare(Comparison, Literal),
    /// That none equals this.
    NoneEquals(Literal),
    /// That it is in one of these ranges, ends included.
    In(Vec<(Literal, Literal)>),
    /// That its bytes contain these.
    Contains(Vec<u8>),
    /// That its bytes match this.
    Matches(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value written in a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Number(u64),
    Time(i64),
    /// An address, and how many of its bits count.
    Ip(IpAddr, u8),
    Mac(MacAddr),
    Bytes(Vec<u8>),
}

impl Slice {
    fn of(self, bytes: &[u8]) -> Option<&[u8]> {
        let start = if self.start < 0 {
            let back = usize::try_from(self.start.unsigned_abs()).ok()?;
            bytes.len().checked_sub(back)?
        } else {
            usize::try_from(self.start).ok()?
        };
        let rest = bytes.get(start..)?;
        match self.len {
            Some(len) => rest.get(..usize::try_from(len).ok()?),
            // As in Wireshark: where nothing is left there is no slice.
            None => Some(rest).filter(|rest| !rest.is_empty()),
        }
    }
}

/// All checks of a filter, and which of them each field is asked.
#[derive(Debug, Default)]
pub(super) struct Checks {
    all: Vec<Check>,
    layers: Vec<(&'static LayerDef, Vec<usize>)>,
    fields: Vec<(&'static FieldDef, Vec<usize>)>,
}

impl Checks {
    pub(super) fn new(all: Vec<Check>) -> Checks {
        let mut checks = Checks::default();
        for (index, check) in all.iter().enumerate() {
            match &check.subject {
                Subject::Layer(def) => ask(&mut checks.layers, def, index),
                Subject::Fields(defs) => {
                    defs.iter()
                        .for_each(|def| ask(&mut checks.fields, def, index));
                }
            }
        }
        checks.all = all;
        checks
    }
}

/// Not many defs are named, however many checks there are.
fn ask<D>(asked: &mut Vec<(&'static D, Vec<usize>)>, def: &'static D, index: usize) {
    match asked
        .iter_mut()
        .find(|(known, _)| std::ptr::eq(*known, def))
    {
        Some((_, checks)) => checks.push(index),
        None => asked.push((def, vec![index])),
    }
}

/// The checks that ask about `def`.
fn about<'a, D>(asked: &'a [(&'static D, Vec<usize>)], def: &D) -> &'a [usize] {
    let found = asked.iter().find(|(known, _)| std::ptr::eq(*known, def));
    found.map_or(&[], |(_, checks)| checks)
}

/// Watches a frame's fields for all checks at once.
pub(super) struct Watcher<'a> {
    checks: &'a Checks,
    seen: &'a Dissected<'a>,
    bytes: &'a [u8],
    /// Of each check: the field has been there; the test has held.
    results: Vec<(bool, bool)>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(checks: &'a Checks, seen: &'a Dissected<'a>) -> Watcher<'a> {
        Watcher {
            checks,
            seen,
            bytes: seen.packet.bytes(),
            results: vec![(false, false); checks.all.len()],
        }
    }

    /// `whole` is where a layer lies with all that it carries.
    fn note(
        &mut self,
        asked: &[usize],
        range: Range<usize>,
        whole: Option<Range<usize>>,
        value: Option<Value<'_>>,
    ) {
        for index in asked {
            let check = self.checks.all.get(*index);
            if let Some((check, result)) = check.zip(self.results.get_mut(*index)) {
                let whole = whole.clone().filter(|_| check.looks_into_all());
                let range = whole.unwrap_or_else(|| range.clone());
                let bytes = self.bytes.get(range).unwrap_or_default();
                check.note(value.unwrap_or(Value::Bytes(bytes)), bytes, result);
            }
        }
    }

    pub(super) fn into_results(self) -> Vec<bool> {
        let all = self.checks.all.iter().zip(self.results);
        all.map(|(check, (there, held))| match check.test {
            Test::Exists if check.mask.is_none() => there,
            Test::NoneEquals(_) => there && !held,
            _ => held,
        })
        .collect()
    }
}

impl FieldSink for Watcher<'_> {
    fn layer(&mut self, def: &'static LayerDef, range: Range<usize>, _: fmt::Arguments<'_>) {
        let asked = about(&self.checks.layers, def);
        if !asked.is_empty() {
            let whole = def.with_payload(self.seen, range.clone());
            let range = if def.is_message() {
                whole.clone()
            } else {
                range
            };
            self.note(asked, range, Some(whole), None);
        }
    }

    fn field(
        &mut self,
        def: &'static FieldDef,
        range: Range<usize>,
        value: Value<'_>,
        _: fmt::Arguments<'_>,
    ) {
        let asked = about(&self.checks.fields, def);
        self.note(asked, range, None, Some(value));
    }
}

impl Check {
    /// As in Wireshark: a layer is looked into with what it carries, while a slice
    /// is one of its header.
    fn looks_into_all(&self) -> bool {
        self.slice.is_none() && matches!(self.test, Test::Contains(_) | Test::Matches(_))
    }

    fn note(&self, value: Value<'_>, bytes: &[u8], result: &mut (bool, bool)) {
        let value = match self.slice {
            None => value,
            Some(slice) => match slice.of(bytes) {
                Some(bytes) => Value::Bytes(bytes),
                // What is not there equals nothing, and cannot be asked about.
                None => {
                    result.0 |= matches!(self.test, Test::NoneEquals(_));
                    return;
                }
            },
        };
        let masked: Vec<u8>;
        let value = match (&self.mask, value) {
            (Some(Mask::Number(mask)), Value::Number(n)) => Value::Number(n & mask),
            (Some(Mask::Bytes(mask)), Value::Bytes(all)) => {
                masked = all.iter().zip(mask).map(|(a, b)| a & b).collect();
                Value::Bytes(&masked)
            }
            _ => value,
        };
        result.0 = true;
        result.1 |= match &self.test {
            Test::Exists => match value {
                _ if self.mask.is_none() => true,
                Value::Number(bits) => bits != 0,
                Value::Bytes(bits) => bits.iter().any(|byte| *byte != 0),
                _ => true,
            },
            Test::Compare(comparison, literal) => comparison.holds(value, literal),
            Test::NoneEquals(literal) => Comparison::Equal.holds(value, literal),
            Test::In(ranges) => ranges.iter().any(|(low, high)| {
                if low == high {
                    Comparison::Equal.holds(value, low)
                } else {
                    Comparison::GreaterOrEqual.holds(value, low)
                        && Comparison::LessOrEqual.holds(value, high)
                }
            }),
            Test::Contains(part) => {
                let whole = text_of(value, bytes);
                part.is_empty() || whole.windows(part.len()).any(|window| window == part)
            }
            Test::Matches(regex) => regex.is_match(text_of(value, bytes)),
        };
    }
}

/// The bytes of a value: its own, or those on the wire that it was read from.
fn text_of<'a>(value: Value<'a>, bytes: &'a [u8]) -> &'a [u8] {
    match value {
        Value::Text(text) => text,
        Value::Bytes(slice) => slice,
        _ => bytes,
    }
}

impl Comparison {
    fn holds(self, value: Value<'_>, literal: &Literal) -> bool {
        let ordering = match (value, literal) {
            (Value::Number(n), Literal::Number(m)) => n.cmp(m),
            (Value::Flag(set), Literal::Number(m)) => u64::from(set).cmp(m),
            (Value::Time(t), Literal::Time(u)) => t.cmp(u),
            (Value::Mac(a), Literal::Mac(b)) => a.cmp(b),
            (Value::Ip(a), Literal::Ip(b, prefix)) => match compare_ip(a, *b, *prefix) {
                Some(ordering) => ordering,
                None => return false,
            },
            (Value::Text(a), Literal::Bytes(b)) => a.cmp(b),
            // As in Wireshark the longer is the greater, whatever it begins with.
            (Value::Bytes(a), Literal::Bytes(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            // A slice of one byte may be compared with a number.
            (Value::Bytes(&[byte]), Literal::Number(m)) => u64::from(byte).cmp(m),
            _ => return false,
        };
        match self {
            Comparison::Equal => ordering == Ordering::Equal,
            Comparison::Less => ordering == Ordering::Less,
            Comparison::LessOrEqual => ordering != Ordering::Greater,
            Comparison::Greater => ordering == Ordering::Greater,
            Comparison::GreaterOrEqual => ordering != Ordering::Less,
        }
    }
}

/// Compares the first `prefix` bits; `None` for two families.
fn compare_ip(a: IpAddr, b: IpAddr, prefix: u8) -> Option<Ordering> {
    let prefix = u32::from(prefix);
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32 - prefix.min(32)).unwrap_or(0);
            Some((u32::from(a) & mask).cmp(&(u32::from(b) & mask)))
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0);
            Some((u128::from(a) & mask).cmp(&(u128::from(b) & mask)))
        }
        _ => None,
    }
}
