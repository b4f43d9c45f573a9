//! Answers: how they print, and whether what a student wrote is one of them.

use core::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::wire::MacAddr;

/// A right answer, or one that is wrong for a known reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A number.
    Number(u64),
    /// Numbers in any order: which frames.
    Numbers(Vec<u64>),
    /// A time in nanoseconds, and how far off it may be.
    Time {
        /// Nanoseconds.
        nanos: u64,
        /// Nanoseconds either way.
        tolerance: u64,
    },
    /// Yes or no.
    Yes(bool),
    /// An IP address.
    Ip(IpAddr),
    /// A hardware address.
    Mac(#[serde(with = "mac_text")] MacAddr),
    /// Text; case and quotes do not matter.
    Text(String),
    /// Several texts, in this order.
    List(Vec<String>),
    /// The letter of a choice, and its words.
    Choice(char, String),
    /// Letters in their right order.
    Order(String),
}

/// Letters of choices and orders.
pub(super) const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Answer {
    /// What a student wrote is this answer.
    pub fn accepts(&self, written: &str) -> bool {
        let written = clean(written);
        match self {
            Answer::Number(n) => number(written) == Some(*n),
            Answer::Numbers(numbers) => {
                let mut wanted = numbers.clone();
                wanted.sort_unstable();
                let mut given = numbers_of(written);
                given.sort_unstable();
                given == wanted
            }
            Answer::Time { nanos, tolerance } => {
                time(written).is_some_and(|given| given.abs_diff(*nanos) <= *tolerance)
            }
            Answer::Yes(yes) => truth(written) == Some(*yes),
            Answer::Ip(address) => written.parse() == Ok(*address),
            Answer::Mac(address) => {
                let plain = written.replace(['-', '.'], ":");
                MacAddr::parse(&plain) == Some(*address)
            }
            Answer::Text(text) => same_words(text, written),
            Answer::List(list) => {
                let (right, given) = (words_of_all(list), words_of(written));
                right
                    .map(str::to_lowercase)
                    .eq(given.map(str::to_lowercase))
            }
            Answer::Choice(letter, words) => {
                // "B", "b)", "B: its words", or the words alone.
                let mut rest = written.chars();
                let first = rest.next().map(|c| c.to_ascii_uppercase());
                let rest = rest.as_str();
                let behind = rest.trim_start_matches([')', '.', ':']).trim();
                let is_lettered = rest.is_empty() || rest.starts_with([')', '.', ':']);
                let lettered = first == Some(*letter) && is_lettered;
                (lettered && (behind.is_empty() || same_words(words, behind)))
                    || same_words(words, written)
            }
            Answer::Order(letters) => letters_of(written) == *letters,
        }
    }

    /// What an answer of this kind looks like, in words that give none away.
    pub fn form(&self) -> &'static str {
        match self {
            Answer::Number(_) => "a number",
            Answer::Numbers(_) => "frame numbers with commas between them",
            Answer::Time { .. } => "a time in seconds, or with its unit, as in 20 ms",
            Answer::Yes(_) => "yes or no",
            Answer::Ip(_) => "an IP address",
            Answer::Mac(_) => "a hardware address, as in 02:00:5e:10:00:01",
            Answer::Text(_) => "a word or more; capitals do not matter",
            Answer::List(_) => "words in order, with commas between them; capitals do not matter",
            Answer::Choice(..) => "one letter",
            Answer::Order(_) => "letters in order, as in C A B",
        }
    }

    /// What was written looks like an answer of this kind.
    pub fn is_legible(&self, written: &str) -> bool {
        let written = clean(written);
        match self {
            Answer::Number(_) => number(written).is_some(),
            Answer::Numbers(_) => !numbers_of(written).is_empty(),
            Answer::Time { .. } => time(written).is_some(),
            Answer::Yes(_) => truth(written).is_some(),
            Answer::Ip(_) => written.parse::<IpAddr>().is_ok(),
            Answer::Mac(_) => MacAddr::parse(&written.replace(['-', '.'], ":")).is_some(),
            _ => !written.is_empty(),
        }
    }

    /// What was written is this answer, with other capitals than stand in the frames.
    pub fn has_other_capitals(&self, written: &str) -> bool {
        let right = match self {
            Answer::Text(text) => std::slice::from_ref(text),
            Answer::List(list) => list.as_slice(),
            _ => return false,
        };
        self.accepts(written) && !words_of_all(right).eq(words_of(clean(written)))
    }

    /// What to say of an answer that is wrong in a way that answers of this kind
    /// often are, whatever was asked.
    pub fn slip(&self, written: &str) -> Option<&'static str> {
        let written = clean(written);
        match self {
            Answer::Number(n) => (number(written)?.abs_diff(*n) == 1).then_some("One off."),
            Answer::Numbers(right) => {
                let (mut right, mut given) = (right.clone(), numbers_of(written));
                right.sort_unstable();
                given.sort_unstable();
                let hits = given.iter().filter(|n| right.contains(n)).count();
                let is_shifted = given.len() == right.len()
                    && given.iter().zip(&right).all(|(a, b)| a.abs_diff(*b) == 1);
                if is_shifted {
                    Some("Each is one off: frames are counted from 1.")
                } else if hits == right.len() {
                    Some("The right ones are among these, and one or more too many.")
                } else if hits > 0 && hits == given.len() {
                    Some("Right as far as it goes: one or more are missing.")
                } else {
                    None
                }
            }
            Answer::List(right) => {
                let fold = |words: &mut Vec<String>| {
                    words.iter_mut().for_each(|w| *w = w.to_lowercase());
                    words.sort_unstable();
                };
                let mut given: Vec<String> = words_of(written).map(str::to_owned).collect();
                let mut right: Vec<String> = words_of_all(right).map(str::to_owned).collect();
                fold(&mut given);
                fold(&mut right);
                (given == right).then_some("The right words, in another order.")
            }
            Answer::Order(right) => {
                let given = letters_of(written);
                let backwards: String = right.chars().rev().collect();
                if given == backwards {
                    Some("That is the right order from its end: the first comes first.")
                } else if given.len() < right.len() {
                    Some("Each letter is needed once.")
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    /// How much of an answer that is made of several is right, and of how much:
    /// what is named beside the right ones counts against them. `None` for
    /// answers that are made of one.
    pub fn share(&self, written: &str) -> Option<(u64, u64)> {
        let written = clean(written);
        let (hits, of) = match self {
            Answer::Numbers(right) => {
                let mut given = numbers_of(written);
                given.sort_unstable();
                given.dedup();
                let hits = given.iter().filter(|n| right.contains(n)).count();
                (hits.saturating_sub(given.len() - hits), right.len())
            }
            Answer::List(right) => {
                let pairs = words_of(written).zip(words_of_all(right));
                let hits = pairs.filter(|(a, b)| same_words(a, b)).count();
                (hits, words_of_all(right).count())
            }
            Answer::Order(right) => {
                let given = letters_of(written);
                let pairs = given.chars().zip(right.chars());
                (pairs.filter(|(a, b)| a == b).count(), right.len())
            }
            _ => return None,
        };
        Some((hits as u64, of as u64))
    }
}

/// A hardware address as text, in keys.
mod mac_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::wire::MacAddr;

    pub fn serialize<S: Serializer>(address: &MacAddr, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(address)
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<MacAddr, D::Error> {
        let text = String::deserialize(from)?;
        MacAddr::parse(&text).ok_or_else(|| D::Error::custom("no hardware address"))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Number(n) => n.fmt(f),
            Answer::Numbers(numbers) => {
                let texts: Vec<String> = numbers.iter().map(u64::to_string).collect();
                f.write_str(&texts.join(", "))
            }
            Answer::Time { nanos, .. } => {
                let micros = nanos.saturating_add(500) / 1000;
                write!(f, "{}.{:06}", micros / 1_000_000, micros % 1_000_000)
            }
            Answer::Yes(true) => f.write_str("yes"),
            Answer::Yes(false) => f.write_str("no"),
            Answer::Ip(address) => address.fmt(f),
            Answer::Mac(address) => address.fmt(f),
            Answer::Text(text) => f.write_str(text),
            Answer::List(list) => f.write_str(&list.join(", ")),
            Answer::Choice(letter, words) => write!(f, "{letter}: {words}"),
            Answer::Order(letters) => {
                let spaced: Vec<String> = letters.chars().map(String::from).collect();
                f.write_str(&spaced.join(" "))
            }
        }
    }
}

/// Without what people put around an answer: spaces, quotes, a full stop.
fn clean(written: &str) -> &str {
    let quotes = ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{a0}'];
    written
        .trim()
        .trim_matches(quotes)
        .trim_end_matches('.')
        .trim()
}

/// Equal without regard to case and to how words are spaced.
fn same_words(a: &str, b: &str) -> bool {
    let fold = |text: &str| -> String {
        let words: Vec<String> = clean(text)
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        words.join(" ")
    };
    fold(a) == fold(b)
}

fn truth(written: &str) -> Option<bool> {
    match written.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" => Some(true),
        "no" | "n" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number as people write it: decimal, 0x hexadecimal, groups of three
/// digits apart, a word such as "frame" or "#" before it, a unit behind it.
fn number(written: &str) -> Option<u64> {
    let text = written.to_lowercase();
    let text = text.trim_start_matches(|c: char| c.is_alphabetic() || " #.:=".contains(c));
    let text = text
        .trim_end_matches("seconds")
        .trim_end_matches(" bytes")
        .trim_end_matches(" frames")
        .trim();
    // What was cut off may have been the zero's neighbour: "0x1f" keeps its zero.
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    let groups: Vec<&str> = text
        .split([',', ' ', '\'', '\u{a0}', '\u{202f}', '_', '.'])
        .collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(digits) {
        return None;
    }
    let (first, rest) = groups.split_first()?;
    if !rest.is_empty() && (first.len() > 3 || rest.iter().any(|part| part.len() != 3)) {
        return None;
    }
    groups.concat().parse().ok()
}

/// The most numbers that ranges are read as, in one answer.
const MAX_RANGED: u64 = 1000;

/// Every number in a text; "3-5" is 3, 4 and 5.
fn numbers_of(written: &str) -> Vec<u64> {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut found: Vec<u64> = Vec::new();
    let (mut rest, mut left) = (written, MAX_RANGED);
    // The number that a dash would begin a range with: none behind a range.
    let mut first: Option<u64> = None;
    while let Some(at) = rest.find(is_digit) {
        let (between, behind) = rest.split_at(at);
        let end = behind.find(|c| !is_digit(c)).unwrap_or(behind.len());
        let (digits, after) = behind.split_at(end);
        rest = after;
        let Ok(number) = digits.parse::<u64>() else {
            first = None;
            continue;
        };
        let is_dash = matches!(
            between.trim(),
            "-" | "\u{2010}" | "\u{2011}" | "\u{2013}" | "\u{2014}"
        );
        let start = first.filter(|start| is_dash && *start < number && number - *start <= left);
        if let Some(start) = start {
            left -= number - start;
            found.extend(start + 1..=number);
        } else {
            found.push(number);
        }
        first = start.is_none().then_some(number);
    }
    found
}

/// The words of a list.
fn words_of(written: &str) -> impl Iterator<Item = &str> {
    let parts = written.split([',', ';', '\n', ' ']).map(clean);
    parts.filter(|part| !part.is_empty())
}

/// The words of several texts: names of files hold blanks, what PORT says holds commas.
fn words_of_all(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().flat_map(|text| words_of(text))
}

/// The letters of an order, in capitals.
fn letters_of(written: &str) -> String {
    let letters = written.chars().filter(|c| c.is_alphabetic());
    letters.map(|c| c.to_ascii_uppercase()).collect()
}

/// A time in nanoseconds: seconds unless a unit follows.
fn time(written: &str) -> Option<u64> {
    let text = written.to_lowercase().replace('µ', "u");
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !".,' ".contains(c))
        .unwrap_or(text.len());
    let (value, unit) = text.split_at(end);
    let digits = match unit.trim() {
        "" | "s" | "sec" | "second" | "seconds" => 9,
        "ms" | "millisecond" | "milliseconds" => 6,
        "us" | "microsecond" | "microseconds" => 3,
        "ns" | "nanosecond" | "nanoseconds" => 0,
        _ => return None,
    };
    let value: String = value.chars().filter(|c| !" '".contains(*c)).collect();
    // The last of the two marks is the decimal one; the other groups digits.
    let mark = value.rfind(['.', ',']);
    let (whole, part) = match mark {
        Some(at) => (value.get(..at)?, value.get(at + 1..)?),
        None => (value.as_str(), ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    if (whole.is_empty() && part.is_empty()) || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut nanos: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut part = part.bytes();
    for _ in 0..digits {
        let digit = part.next().map_or(0, |b| u64::from(b - b'0'));
        nanos = nanos.checked_mul(10)?.checked_add(digit)?;
    }
    Some(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        let answer = Answer::Number(1_234_567);
        for text in [
            "1234567",
            "1,234,567",
            "1 234 567",
            "1.234.567",
            "0x12D687",
            "'1234567'",
            "= 1234567.",
            "frame 1234567",
        ] {
            assert!(answer.accepts(text), "{text}");
        }
        for text in ["", "1234568", "12,34567", "x", "1234567 or 8"] {
            assert!(!answer.accepts(text), "{text}");
        }
        assert!(answer.slip("1234566").is_some() && answer.slip("1234565").is_none());
        assert!(Answer::Number(0).accepts("0x0"));
    }

    #[test]
    fn times_have_units_and_a_tolerance() {
        let answer = Answer::Time {
            nanos: 1_305_000_000,
            tolerance: 1_000_000,
        };
        for text in [
            "1.305",
            "1,305",
            "1305 ms",
            "1.3055 s",
            "1304.5ms",
            "1305000us",
            "1305000 µs",
        ] {
            assert!(answer.accepts(text), "{text}");
        }
        for text in ["1305", "1.4", "", "s", "1.305 h", "."] {
            assert!(!answer.accepts(text), "{text}");
        }
    }

    #[test]
    fn words_lists_and_letters() {
        assert!(Answer::Text("krueger".into()).accepts(" \"Krueger\" "));
        assert!(!Answer::Text("krueger".into()).accepts("kruger"));
        assert!(Answer::Numbers(vec![3, 4, 5]).accepts("frames 5, 3 and 4"));
        assert!(!Answer::Numbers(vec![3, 4, 5]).accepts("3, 4"));
        for range in ["3-5", "3 \u{2013} 5", "frames 3-4, 5", "3, 4\u{2014}5"] {
            assert!(Answer::Numbers(vec![3, 4, 5]).accepts(range), "{range}");
        }
        for (text, numbers) in [
            ("3-5, 9-10", vec![3, 4, 5, 9, 10]),
            ("3-4-5", vec![3, 4, 5]),
            ("5-3", vec![5, 3]),
            ("-3", vec![3]),
            // Nobody means so many, and they would fill the memory.
            ("1-18446744073709551615", vec![1, u64::MAX]),
        ] {
            assert_eq!(numbers_of(text), numbers, "{text}");
        }
        assert!(numbers_of(&"1-900,".repeat(500)).len() < 2000);
        assert!(Answer::List(vec!["a".into(), "b".into()]).accepts("A; b"));
        assert!(!Answer::List(vec!["a".into(), "b".into()]).accepts("b, a"));
        assert!(Answer::Choice('B', "active".into()).accepts("b)"));
        assert!(Answer::Choice('B', "active".into()).accepts("Active"));
        assert!(Answer::Choice('B', "active".into()).accepts("B: active"));
        assert!(!Answer::Choice('B', "active".into()).accepts("B: passive"));
        assert!(!Answer::Choice('B', "active".into()).accepts("Because"));
        assert!(!Answer::Choice('B', "active".into()).accepts("A"));
        assert!(Answer::Order("CAB".into()).accepts("c, a, b"));
        assert!(Answer::Yes(true).accepts("Yes."));
        assert!(Answer::Mac(MacAddr([2, 0, 0, 0, 0, 1])).accepts("02-00-00-00-00-01"));
    }

    #[test]
    fn a_list_accepts_itself_whatever_its_words_hold() {
        for list in [
            ["my file.txt", "b"],
            ["10,2,0,2,4,15", "10,2,0,2,4,16"],
            ["", "x"],
        ] {
            let answer = Answer::List(list.map(str::to_owned).to_vec());
            let written = answer.to_string();
            assert!(answer.accepts(&written), "{written}");
            let (hits, of) = answer.share(&written).unwrap();
            assert!(hits == of && of > 0, "{written}");
            assert!(!answer.accepts(list[1]) || list[0].is_empty(), "{written}");
        }
    }

    /// Whoever is to write words is told whether capitals matter, and who writes others
    /// than there are is right all the same.
    #[test]
    fn capitals_do_not_matter_and_it_is_said() {
        let word = Answer::Text("krueger".into());
        let list = Answer::List(vec!["krueger".into(), "Hofmann".into()]);
        for (answer, same, other) in [
            (&word, " \"krueger\".", "Krueger"),
            (&list, "krueger; Hofmann", "krueger, hofmann"),
        ] {
            assert!(answer.form().contains("capitals do not matter"));
            assert!(answer.accepts(same) && !answer.has_other_capitals(same));
            assert!(answer.accepts(other) && answer.has_other_capitals(other));
        }
        assert!(!Answer::Choice('B', "active".into()).has_other_capitals("b"));
    }

    #[test]
    fn slips_and_shares() {
        let frames = Answer::Numbers(vec![3, 4, 5]);
        for (text, word, share) in [
            ("2, 3, 4", "one off", (1, 3)),
            ("3, 4", "missing", (2, 3)),
            ("3, 4, 5, 6", "too many", (2, 3)),
        ] {
            assert!(frames.slip(text).unwrap().contains(word), "{text}");
            assert_eq!(frames.share(text), Some(share), "{text}");
        }
        assert_eq!(frames.slip("7, 9"), None);
        let list = Answer::List(["a", "b", "c"].map(str::to_owned).to_vec());
        assert!(list.slip("B, a, c").unwrap().contains("another order"));
        assert_eq!(list.share("a, c, b"), Some((1, 3)));
        let order = Answer::Order("CAB".into());
        assert!(order.slip("b a c").unwrap().contains("from its end"));
        assert!(order.slip("CA").unwrap().contains("Each letter"));
        assert_eq!(order.share("C B A"), Some((1, 3)));
        assert_eq!(Answer::Number(3).share("3"), None);
    }

    #[test]
    fn answers_are_kept_in_keys() {
        for answer in [
            Answer::Number(7),
            Answer::Mac(MacAddr([2, 0, 0, 0, 0, 1])),
            Answer::Ip("10.2.0.1".parse().unwrap()),
            Answer::Choice('A', "x".into()),
            Answer::Time {
                nanos: 1,
                tolerance: 2,
            },
        ] {
            let text = serde_json::to_string(&answer).unwrap();
            assert_eq!(
                serde_json::from_str::<Answer>(&text).unwrap(),
                answer,
                "{text}"
            );
        }
        assert!(serde_json::from_str::<Answer>("{\"mac\":\"2\"}").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged(text in ".{0,40}") {
            for answer in [
                Answer::Number(7),
                Answer::Numbers(vec![1]),
                Answer::Time { nanos: 1, tolerance: 1 },
                Answer::Mac(MacAddr::ZERO),
                Answer::Text("x".into()),
                Answer::Choice('A', "x".into()),
                Answer::List(vec!["x".into()]),
                Answer::Order("AB".into()),
            ] {
                let _ = (answer.accepts(&text), answer.is_legible(&text), answer.slip(&text), answer.share(&text));
            }
        }
    }
}
