//! The values of a filter: numbers, addresses, bytes, times, slices.

use std::net::IpAddr;

use super::check::{Literal, Slice};

/// A number as in C: `0x15` is hexadecimal, `0b101` binary, and `025` octal.
pub(super) fn parse_number(word: &str) -> Option<u64> {
    let (digits, radix) = match word.as_bytes() {
        [b'0', b'x' | b'X', ..] => (word.get(2..)?, 16),
        [b'0', b'b' | b'B', ..] => (word.get(2..)?, 2),
        [b'0', _, ..] => (word, 8),
        _ => (word, 10),
    };
    let is_plain = digits.bytes().all(|b| b.is_ascii_alphanumeric());
    is_plain.then(|| u64::from_str_radix(digits, radix).ok())?
}

pub(super) fn parse_ip(word: &str) -> Option<Literal> {
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
pub(super) fn parse_value(word: &str) -> Option<Vec<u8>> {
    let is_digit = word.len() == 1 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let digit = || is_digit.then(|| u8::from_str_radix(word, 16).ok())?;
    parse_bytes(word).or_else(|| Some(vec![digit()?]))
}

/// Seconds with up to nine decimals, in nanoseconds.
pub(super) fn parse_seconds(word: &str) -> Option<i64> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word),
    };
    let nanos = crate::units::scale_decimal(digits, 1_000_000_000)?;
    i64::try_from(nanos).ok().map(|n| sign * n)
}

/// `54:4`, `54-57`, `54`, `54:`, `:4`; the start may be negative.
///
/// # Errors
/// Says what is wrong, and what to write.
pub(super) fn parse_slice(text: &str) -> Result<Slice, (&'static str, &'static str)> {
    const WRONG: (&str, &str) = (
        "not a slice",
        "write [start:length], [first-last] or [place]",
    );
    if text.contains(',') {
        let help = "ask of each alone, as in tcp[12] == 50 && tcp[13] == 18";
        return Err(("a slice is one piece", help));
    }
    let (start, len) = cut(text).ok_or(WRONG)?;
    match len {
        Some(0) => Err(("a slice of length 0 holds nothing", WRONG.1)),
        Some(len) if len < 0 => Err(WRONG),
        len => Ok(Slice {
            start,
            len: len.map(i64::unsigned_abs),
        }),
    }
}

/// Where a slice starts, and its length.
fn cut(text: &str) -> Option<(i64, Option<i64>)> {
    if let Some((start, len)) = text.split_once(':') {
        let or = |part: &str| match part.trim() {
            "" => Some(None),
            part => Some(Some(signed(part)?)),
        };
        return Some((or(start)?.unwrap_or(0), or(len)?));
    }
    // The first character may be a sign.
    if let Some(at) = text.get(1..)?.find('-') {
        let first = signed(text.get(..at + 1)?)?;
        let last = signed(text.get(at + 2..)?)?;
        let len = last.checked_sub(first)?.checked_add(1)?;
        return (len > 0).then_some((first, Some(len)));
    }
    Some((signed(text)?, Some(1)))
}

fn signed(part: &str) -> Option<i64> {
    let part = part.trim();
    let (is_negative, digits) = match part.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, part.strip_prefix('+').unwrap_or(part)),
    };
    let size = i64::try_from(parse_number(digits)?).ok()?;
    Some(if is_negative { -size } else { size })
}
