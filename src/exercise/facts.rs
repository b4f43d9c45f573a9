//! Answers, computed from the frames of a capture and from nothing else.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::analyze::{Extracted, Extractor, Filter};
use crate::capture::Capture;
use crate::dissect::fields::{FieldDef, FieldSink, LayerDef, Value, walk};
use crate::dissect::{Dissected, Dissector, TransferId};
use crate::ftp::Verb;
use crate::rng::Stream;
use crate::time::Duration;

use super::answer::{Answer, LETTERS};
use super::query::{Item, Nth, Pick, Query, Range};

/// Fields that are easily taken for each other, and what whoever does is told.
const CONFUSED: &[(&str, &str, &str)] = &[
    (
        "tcp.seq_raw",
        "tcp.seq",
        "That is the relative number, which an analyser counts from 0. The absolute one stands in the header's own four bytes.",
    ),
    (
        "tcp.seq",
        "tcp.seq_raw",
        "That is the absolute number. The relative one counts from the initial sequence number.",
    ),
    (
        "tcp.ack_raw",
        "tcp.ack",
        "That is the relative number, which an analyser counts from 0. The absolute one stands in the header's own four bytes.",
    ),
    (
        "tcp.ack",
        "tcp.ack_raw",
        "That is the absolute number. The relative one counts from the initial sequence number.",
    ),
    (
        "tcp.srcport",
        "tcp.dstport",
        "That is the destination port: the one of the receiver.",
    ),
    (
        "tcp.dstport",
        "tcp.srcport",
        "That is the source port: the one of the sender.",
    ),
    ("ip.src", "ip.dst", "That is the receiver's address."),
    ("ip.dst", "ip.src", "That is the sender's address."),
    (
        "eth.src",
        "eth.dst",
        "That is the receiver's hardware address: it comes first in the frame.",
    ),
    (
        "eth.dst",
        "eth.src",
        "That is the sender's hardware address: the destination comes first in the frame.",
    ),
    (
        "arp.src.proto_ipv4",
        "arp.dst.proto_ipv4",
        "That is the target's address, the one that is asked for.",
    ),
    (
        "arp.dst.proto_ipv4",
        "arp.src.proto_ipv4",
        "That is the address of the host that asks.",
    ),
    (
        "ip.len",
        "frame.len",
        "That is the length of the whole frame. IP's total length begins with its own header.",
    ),
    (
        "frame.len",
        "ip.len",
        "That is IP's total length: without the Ethernet header, and without padding.",
    ),
];

/// Where a port is announced: by PORT, EPRT, 227 and 229.
const PORT_FIELDS: [&str; 4] = [
    "ftp.active.port",
    "ftp.passive.port",
    "ftp.eprt.port",
    "ftp.epsv.port",
];

/// What a frame showed that some question asks for.
#[derive(Debug, Clone)]
struct Seen {
    since_start: u64,
    /// One for each filter.
    holds: Vec<bool>,
    /// One for each field: its first value in the frame, and where it stands.
    values: Vec<Option<(Answer, core::ops::Range<usize>)>>,
}

/// The hash of a file on its way; nothing when some of it is missing.
type Hashing = BTreeMap<TransferId, Option<Sha256>>;

/// A capture, read once for all questions.
#[derive(Debug)]
pub struct Facts {
    filters: Vec<String>,
    fields: Vec<&'static str>,
    frames: Vec<Seen>,
    /// The hashes of the files that were transferred, in the order in which
    /// their transfers began.
    files: Hashing,
}

impl Facts {
    /// Reads a capture for what `queries` need.
    pub fn of<'q>(capture: &Capture, queries: impl Iterator<Item = &'q Query>) -> Facts {
        let mut filters: Vec<String> = Vec::new();
        let (mut wants_files, mut files) = (false, Hashing::new());
        let mut fields: Vec<&'static str> = PORT_FIELDS.to_vec();
        for query in queries {
            filters.extend(query.filters().into_iter().map(str::to_owned));
            wants_files |= matches!(query, Query::File(_));
            if let Some(name) = query.field() {
                fields.push(name);
                let other = CONFUSED.iter().find(|(asked, ..)| *asked == name);
                fields.extend(other.map(|(_, other, _)| *other));
            }
        }
        filters.sort_unstable();
        filters.dedup();
        fields.sort_unstable();
        fields.dedup();
        // They were understood when the exercise was read.
        let sieves: Vec<Option<Filter>> = filters.iter().map(|f| Filter::parse(f).ok()).collect();
        let mut dissector = Dissector::new();
        let mut extractor = Extractor::new();
        let frames = capture
            .frames()
            .map(|frame| {
                let seen = dissector.dissect(frame);
                let mut collect = Collect {
                    fields: &fields,
                    values: vec![None; fields.len()],
                };
                walk(&seen, &mut collect);
                if wants_files {
                    hash(&mut extractor, &seen, &mut files);
                }
                let since = seen.frame.at.as_nanos();
                Seen {
                    since_start: since.saturating_sub(seen.first_at.as_nanos()),
                    holds: sieves
                        .iter()
                        .map(|sieve| sieve.as_ref().is_some_and(|f| f.matches(&seen)))
                        .collect(),
                    values: collect.values,
                }
            })
            .collect();
        Facts {
            filters,
            fields,
            frames,
            files,
        }
    }

    /// Where the bytes are that a question hides: the frame, counted from 0, and
    /// its bytes.
    pub fn hidden(&self, query: &Query) -> Option<(usize, core::ops::Range<usize>)> {
        let Query::Hidden(name, pick) = query else {
            return None;
        };
        let frame = self.pick(pick)?;
        let (_, place) = self.found(name, frame)?;
        Some((frame, place.clone()))
    }

    /// The places of the frames for which a filter holds, from `start` on.
    fn matching<'f>(&'f self, filter: &str, start: usize) -> impl Iterator<Item = usize> + 'f {
        let place = self.filters.iter().position(|f| f == filter);
        self.frames
            .iter()
            .enumerate()
            .skip(start)
            .filter(move |(_, seen)| {
                place.is_some_and(|place| seen.holds.get(place).copied().unwrap_or(false))
            })
            .map(|(index, _)| index)
    }

    /// The places of a range's frames.
    fn range(&self, range: &Range) -> Vec<usize> {
        let start = match &range.after {
            None => 0,
            Some(after) => match self.matching(after, 0).next() {
                Some(index) => index + 1,
                None => return Vec::new(),
            },
        };
        let end = match &range.before {
            None => self.frames.len(),
            Some(before) => match self.matching(before, start).next() {
                Some(index) => index,
                None => return Vec::new(),
            },
        };
        self.matching(&range.of, start)
            .take_while(|index| *index < end)
            .collect()
    }

    fn pick(&self, pick: &Pick) -> Option<usize> {
        let found = self.range(&pick.range);
        match pick.nth {
            Nth::At(nth) => found
                .get(usize::try_from(nth).ok()?.checked_sub(1)?)
                .copied(),
            Nth::Last => found.last().copied(),
        }
    }

    fn found(&self, name: &str, frame: usize) -> Option<&(Answer, core::ops::Range<usize>)> {
        let place = self.fields.iter().position(|f| *f == name)?;
        self.frames.get(frame)?.values.get(place)?.as_ref()
    }

    fn value(&self, name: &str, frame: usize) -> Option<&Answer> {
        self.found(name, frame).map(|(value, _)| value)
    }

    /// The values of a field in a range's frames, of those that have it.
    fn values(&self, name: &str, range: &Range) -> Vec<&Answer> {
        self.range(range)
            .into_iter()
            .filter_map(|index| self.value(name, index))
            .collect()
    }

    /// The answer to a question; `order` is the order in which its items are
    /// printed. `None` when the frames hold no answer.
    pub fn answer(&self, query: &Query, order: &[usize]) -> Option<Answer> {
        let number = |index: usize| index as u64 + 1;
        Some(match query {
            Query::Frame(pick) => Answer::Number(number(self.pick(pick)?)),
            Query::Frames(range, take) => {
                let found: Vec<u64> = self.range(range).into_iter().map(number).collect();
                let wanted = usize::try_from(*take).ok()?;
                Answer::Numbers(found.get(..wanted)?.to_vec())
            }
            Query::Count(range) => Answer::Number(self.range(range).len() as u64),
            Query::Yes(range) => Answer::Yes(!self.range(range).is_empty()),
            Query::Port(pick) => Answer::Number(u64::from(self.port(pick)?)),
            Query::Time(pick, tolerance) => Answer::Time {
                nanos: self.frames.get(self.pick(pick)?)?.since_start,
                tolerance: nanos(*tolerance),
            },
            Query::Interval(from, to, tolerance) => {
                let from = self.pick(from)?;
                let to = self.matching(to, from + 1).next()?;
                let since = |index: usize| self.frames.get(index).map(|seen| seen.since_start);
                Answer::Time {
                    nanos: since(to)?.checked_sub(since(from)?)?,
                    tolerance: nanos(*tolerance),
                }
            }
            Query::Field(name, pick) | Query::Hidden(name, pick) => {
                self.value(name, self.pick(pick)?)?.clone()
            }
            Query::File(nth) => {
                let mut files = self.files.values();
                let file = match nth {
                    Nth::At(nth) => files.nth(usize::try_from(*nth).ok()?.checked_sub(1)?),
                    Nth::Last => files.next_back(),
                };
                let hash = file?.clone()?.finalize();
                Answer::Text(crate::lab::hex(&hash))
            }
            Query::Distinct(name, range) => {
                let mut texts: Vec<String> = self
                    .values(name, range)
                    .iter()
                    .map(|v| v.to_string())
                    .collect();
                texts.sort_unstable();
                texts.dedup();
                Answer::Number(texts.len() as u64)
            }
            Query::Sum(name, range) => {
                let values = self.values(name, range).into_iter();
                Answer::Number(
                    values
                        .map(|v| if let Answer::Number(n) = v { *n } else { 0 })
                        .sum(),
                )
            }
            Query::List(name, range) => {
                let values = self.values(name, range);
                if values.is_empty() {
                    return None;
                }
                Answer::List(values.iter().map(|v| v.to_string()).collect())
            }
            Query::Choice(items) => {
                let place = self.choose(items)?;
                Answer::Choice(letter_of(place, order)?, items.get(place)?.say.clone())
            }
            Query::Order(items) => Answer::Order(self.order(items, order)?),
        })
    }

    /// The first item that holds for some frame; else the one without a condition.
    fn choose(&self, items: &[Item]) -> Option<usize> {
        let holds = |item: &Item| match &item.when {
            Some(when) => self.matching(when, 0).next().is_some(),
            None => false,
        };
        let otherwise = || items.iter().position(|item| item.when.is_none());
        items.iter().position(holds).or_else(otherwise)
    }

    /// The letters of the items in the order in which they came true. `None`
    /// when one never did, or two did in one frame.
    fn order(&self, items: &[Item], order: &[usize]) -> Option<String> {
        let mut firsts = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let first = self.matching(item.when.as_deref()?, 0).next()?;
            firsts.push((first, letter_of(place, order)?));
        }
        firsts.sort_unstable();
        let tied = firsts.windows(2).any(|pair| match pair {
            [a, b] => a.0 == b.0,
            _ => false,
        });
        (!tied).then(|| firsts.into_iter().map(|(_, letter)| letter).collect())
    }

    fn port(&self, pick: &Pick) -> Option<u16> {
        let frame = self.pick(pick)?;
        let value = PORT_FIELDS
            .iter()
            .find_map(|name| self.value(name, frame))?;
        match value {
            Answer::Number(port) => u16::try_from(*port).ok(),
            _ => None,
        }
    }

    /// Answers that people give by mistake, and what to tell them.
    pub fn usual_mistakes(&self, query: &Query) -> Vec<(Answer, String)> {
        let mut found = Vec::new();
        match query {
            Query::Port(pick) => {
                let Some([p1, p2]) = self.port(pick).map(u16::to_be_bytes) else {
                    return found;
                };
                let swapped = u64::from(u16::from_be_bytes([p2, p1]));
                found.push((
                    Answer::Number(swapped),
                    "The two numbers are swapped: the first one counts 256s.".into(),
                ));
                found.push((
                    Answer::Number(u64::from(p1) + u64::from(p2)),
                    "The two numbers are not added: the first one counts 256s.".into(),
                ));
                let joined = format!("{p1}{p2}").parse().unwrap_or(0);
                found.push((
                    Answer::Number(joined),
                    "The two numbers are not written side by side: the first one counts 256s."
                        .into(),
                ));
            }
            Query::Field(name, pick) | Query::Hidden(name, pick) => {
                let other = CONFUSED.iter().find(|(asked, ..)| asked == name);
                let value = other.and_then(|(_, other, say)| {
                    let value = self.value(other, self.pick(pick)?)?;
                    Some((value.clone(), (*say).to_owned()))
                });
                found.extend(value);
                // A SYN and a FIN count as a byte each: that is where such
                // numbers are one off.
                if let Some(Answer::Number(n)) = self.answer(query, &[])
                    && name.starts_with("tcp.")
                    && (name.contains("seq") || name.contains("ack"))
                {
                    let near = [n.checked_sub(1), n.checked_add(1)].into_iter().flatten();
                    found.extend(near.map(|near| {
                        let say = "One off: a SYN and a FIN take up one number each, and an \
                                   acknowledgement names the next byte that is expected.";
                        (Answer::Number(near), say.to_owned())
                    }));
                }
            }
            Query::Time(..) | Query::Interval(..) => {
                if let Some(Answer::Time { nanos, tolerance }) = self.answer(query, &[]) {
                    // Milliseconds without their unit.
                    if let Some(nanos) = nanos.checked_mul(1000) {
                        let wrong = Answer::Time {
                            nanos,
                            tolerance: tolerance.saturating_mul(1000),
                        };
                        found.push((
                            wrong,
                            "Right in milliseconds: a time without a unit is in seconds.".into(),
                        ));
                    }
                }
            }
            _ => {}
        }
        found
    }
}

/// The letter under which the item at `place` is printed.
fn letter_of(place: usize, order: &[usize]) -> Option<char> {
    let shown = order.iter().position(|at| *at == place)?;
    LETTERS.chars().nth(shown)
}

/// An order of `count` things, each equally likely.
pub fn shuffled(count: usize, dice: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let other = usize::try_from(dice.below(last as u64 + 1)).unwrap_or(0);
        order.swap(last, other);
    }
    order
}

/// Takes along what a frame adds to a file. A list of names is no file.
fn hash(extractor: &mut Extractor, seen: &Dissected<'_>, files: &mut Hashing) {
    let noted: Result<(), core::convert::Infallible> = extractor.note(seen, |transfer, piece| {
        let verb = transfer.command.as_ref().map(|command| command.verb);
        if matches!(
            verb,
            Some(Verb::Retr | Verb::Stor | Verb::Stou | Verb::Appe)
        ) {
            let file = files
                .entry(transfer.id)
                .or_insert_with(|| Some(Sha256::new()));
            match piece {
                Extracted::Bytes(bytes) => {
                    if let Some(hash) = file {
                        hash.update(bytes);
                    }
                }
                Extracted::Gap(_) => *file = None,
                Extracted::End => {}
            }
        }
        Ok(())
    });
    let Ok(()) = noted;
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Keeps the first value of each field that is asked for.
struct Collect<'f> {
    fields: &'f [&'static str],
    values: Vec<Option<(Answer, core::ops::Range<usize>)>>,
}

impl FieldSink for Collect<'_> {
    fn layer(
        &mut self,
        _: &'static LayerDef,
        _: core::ops::Range<usize>,
        _: core::fmt::Arguments<'_>,
    ) {
    }

    fn field(
        &mut self,
        def: &'static FieldDef,
        bytes: core::ops::Range<usize>,
        value: Value<'_>,
        _: core::fmt::Arguments<'_>,
    ) {
        let place = self.fields.iter().position(|name| *name == def.name);
        let slot = place.and_then(|place| self.values.get_mut(place));
        if let Some(slot @ None) = slot {
            *slot = Some((answer_of(value), bytes));
        }
    }
}

fn answer_of(value: Value<'_>) -> Answer {
    match value {
        Value::Number(n) => Answer::Number(n),
        Value::Flag(flag) => Answer::Yes(flag),
        Value::Ip(address) => Answer::Ip(address),
        Value::Mac(address) => Answer::Mac(address),
        Value::Text(text) => Answer::Text(String::from_utf8_lossy(text).trim().to_owned()),
        Value::Bytes(bytes) => Answer::Text(crate::lab::hex(bytes)),
        Value::Time(nanos) => Answer::Time {
            nanos: u64::try_from(nanos).unwrap_or(0),
            tolerance: 1_000_000,
        },
    }
}
