//! How an answer is found in the frames: a filter says which, and a kind says what of them.

use crate::analyze::Filter;
use crate::dissect::fields::{find_field, names};
use crate::scenario::decode::{Decode, Decoder, Fields, clip};
use crate::scenario::suggest::did_you_mean;
use crate::scenario::yaml::Node;
use crate::scenario::{Diagnostic, Spanned};
use crate::time::Duration;

/// Frames for which a filter holds, within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The filter.
    pub of: String,
    /// Only those after the first frame for which this holds.
    pub after: Option<String>,
    /// Only those before the first such frame (after `after`).
    pub before: Option<String>,
}

/// Which of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    /// Counted from 1.
    At(u64),
    /// The last one.
    Last,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Out of these.
    pub range: Range,
    /// This one.
    pub nth: Nth,
}

/// One of the things that a choice or an order is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its words.
    pub say: String,
    /// It is so when this holds for some frame; `None`: when nothing else is.
    pub when: Option<String>,
}

/// How an answer is found in the frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The number of a frame.
    Frame(Pick),
    /// The numbers of the first so many frames.
    Frames(Range, u64),
    /// How many frames.
    Count(Range),
    /// Whether there is such a frame.
    Yes(Range),
    /// The port that a PORT command or a 227 reply announces.
    Port(Pick),
    /// When a frame was seen, since the first frame.
    Time(Pick, Duration),
    /// From one frame to the first of others behind it.
    Interval(Pick, String, Duration),
    /// The SHA-256 of a file that was transferred, and which of them.
    File(Nth),
    /// The value of a field whose bytes are zeros in the student's capture.
    Hidden(&'static str, Pick),
    /// The value of a field.
    Field(&'static str, Pick),
    /// How many values a field has.
    Distinct(&'static str, Range),
    /// The sum of a field's values.
    Sum(&'static str, Range),
    /// All values of a field, in order.
    List(&'static str, Range),
    /// One of several sentences.
    Choice(Vec<Item>),
    /// Several sentences in the order in which they came true.
    Order(Vec<Item>),
}

/// The kinds, as they are written.
pub(super) const KINDS: [&str; 15] = [
    "frame", "frames", "count", "yes", "port", "time", "interval", "field", "distinct", "sum",
    "list", "choice", "order", "file", "hidden",
];

/// How far off a time may be unless the question says otherwise.
const TOLERANCE: Duration = Duration::from_millis(1);
/// The most frames that a question asks for at once.
const MAX_TAKE: u64 = 20;
/// The most items of a choice or an order: they are lettered.
const MAX_ITEMS: usize = 26;

impl Query {
    /// Answers of this kind usually differ from student to student.
    pub fn usually_varies(&self) -> bool {
        match self {
            Query::Port(_)
            | Query::Time(..)
            | Query::Interval(..)
            | Query::Field(..)
            | Query::Hidden(..)
            | Query::File(_)
            | Query::Sum(..)
            | Query::List(..) => true,
            Query::Frame(_)
            | Query::Frames(..)
            | Query::Count(_)
            | Query::Yes(_)
            | Query::Distinct(..)
            | Query::Choice(_)
            | Query::Order(_) => false,
        }
    }

    /// The filters that it needs.
    pub fn filters(&self) -> Vec<&str> {
        let mut found = Vec::new();
        match self {
            Query::Frame(pick) | Query::Port(pick) | Query::Time(pick, _) => {
                pick.range.add(&mut found)
            }
            Query::Field(_, pick) | Query::Hidden(_, pick) => pick.range.add(&mut found),
            Query::File(_) => {}
            Query::Interval(pick, to, _) => {
                pick.range.add(&mut found);
                found.push(to);
            }
            Query::Frames(range, _) | Query::Count(range) | Query::Yes(range) => {
                range.add(&mut found)
            }
            Query::Distinct(_, range) | Query::Sum(_, range) | Query::List(_, range) => {
                range.add(&mut found);
            }
            Query::Choice(items) | Query::Order(items) => {
                found.extend(items.iter().filter_map(|item| item.when.as_deref()));
            }
        }
        found
    }

    /// The field that it needs.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Query::Field(name, _)
            | Query::Hidden(name, _)
            | Query::Distinct(name, _)
            | Query::Sum(name, _)
            | Query::List(name, _) => Some(name),
            _ => None,
        }
    }
}

impl Range {
    fn add<'a>(&'a self, found: &mut Vec<&'a str>) {
        found.push(&self.of);
        found.extend(self.after.as_deref());
        found.extend(self.before.as_deref());
    }
}

impl Decode for Query {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("an answer", node)?;
        let mut found = f.keys().filter(|k| KINDS.contains(&k.value.as_str()));
        let kind = match (found.next(), found.next()) {
            (Some(kind), None) => KINDS.iter().copied().find(|k| *k == kind.value)?,
            (Some(_), Some(second)) => {
                let message = "an answer is of one kind";
                return d.fail(Diagnostic::error(message, second.span));
            }
            (None, _) => {
                let near = f.keys().find_map(|k| did_you_mean(&k.value, &KINDS));
                let message = format!("an answer is one of: {}", KINDS.join(", "));
                let mut wrong = Diagnostic::error(message, node.span);
                wrong.help = near.map(|near| format!("did you mean `{near}`?"));
                return d.fail(wrong);
            }
        };
        let (_, value) = f.entry(kind)?;
        let query = match kind {
            "frame" => pick(d, &mut f, Some(value)).map(Query::Frame),
            "port" => pick(d, &mut f, Some(value)).map(Query::Port),
            "count" => range(d, &mut f, Some(value)).map(Query::Count),
            "yes" => range(d, &mut f, Some(value)).map(Query::Yes),
            "frames" => {
                let take: Option<Spanned<u64>> = f.req(d, "take");
                let range = range(d, &mut f, Some(value));
                take.zip(range).and_then(|(take, range)| {
                    if (2..=MAX_TAKE).contains(&take.value) {
                        return Some(Query::Frames(range, take.value));
                    }
                    let message = format!("`take` is 2 to {MAX_TAKE}");
                    d.fail(Diagnostic::error(message, take.span))
                })
            }
            "time" => {
                let tolerance = f.opt(d, "tolerance").unwrap_or(TOLERANCE);
                pick(d, &mut f, Some(value)).map(|pick| Query::Time(pick, tolerance))
            }
            "interval" => {
                let tolerance = f.opt(d, "tolerance").unwrap_or(TOLERANCE);
                let to = f.entry("to").map(|(_, node)| filter(d, node));
                if to.is_none() {
                    let message = "an interval needs `to`: where it ends";
                    d.diagnostics.push(Diagnostic::error(message, node.span));
                }
                let from = pick(d, &mut f, Some(value));
                from.zip(to.flatten())
                    .map(|(from, to)| Query::Interval(from, to, tolerance))
            }
            "field" => {
                let name = field(d, value);
                let pick = pick(d, &mut f, None);
                name.zip(pick).map(|(name, pick)| Query::Field(name, pick))
            }
            "hidden" => {
                let name = field(d, value);
                let pick = pick(d, &mut f, None);
                name.zip(pick).map(|(name, pick)| Query::Hidden(name, pick))
            }
            "file" => {
                let what = d.word("`sha256`: what of the file", value, |text| {
                    (text == "sha256").then_some(())
                });
                what.zip(nth(d, &mut f)).map(|((), nth)| Query::File(nth))
            }
            "distinct" | "sum" | "list" => {
                let name = field(d, value);
                let range = range(d, &mut f, None);
                name.zip(range).map(|(name, range)| match kind {
                    "distinct" => Query::Distinct(name, range),
                    "sum" => Query::Sum(name, range),
                    _ => Query::List(name, range),
                })
            }
            "choice" => items(d, value, true).map(Query::Choice),
            _ => items(d, value, false).map(Query::Order),
        };
        f.finish(d);
        query
    }
}

/// Which of several: `nth` is `first` unless given.
fn nth(d: &mut Decoder, f: &mut Fields<'_>) -> Option<Nth> {
    match f.entry("nth") {
        Some((_, node)) => d.word(
            "`first`, `last` or a number from 1",
            node,
            |text| match text {
                "first" => Some(Nth::At(1)),
                "last" => Some(Nth::Last),
                _ => text.parse().ok().filter(|n| *n > 0).map(Nth::At),
            },
        ),
        None => Some(Nth::At(1)),
    }
}

/// One frame of a range.
fn pick(d: &mut Decoder, f: &mut Fields<'_>, of: Option<&Spanned<Node>>) -> Option<Pick> {
    let nth = nth(d, f);
    let range = range(d, f, of)?;
    Some(Pick { range, nth: nth? })
}

/// A range: its filter stands under the kind's own key, or under `of`.
fn range(d: &mut Decoder, f: &mut Fields<'_>, of: Option<&Spanned<Node>>) -> Option<Range> {
    let of = match of {
        Some(node) => filter(d, node),
        None => match f.entry("of") {
            Some((_, node)) => filter(d, node),
            None => d.fail(
                Diagnostic::error("of which frames? `of` is missing", f.span)
                    .help("a filter, as in `of: tcp.flags.syn == 1`"),
            ),
        },
    };
    let bound = |d: &mut Decoder, entry: Option<(_, &Spanned<Node>)>| match entry {
        Some((_, node)) => filter(d, node).map(Some),
        None => Some(None),
    };
    let after = bound(d, f.entry("after"));
    let before = bound(d, f.entry("before"));
    Some(Range {
        of: of?,
        after: after?,
        before: before?,
    })
}

/// A filter that can be understood.
fn filter(d: &mut Decoder, node: &Spanned<Node>) -> Option<String> {
    let text = d
        .scalar("a filter such as tcp.flags.syn == 1", node)?
        .text
        .clone();
    match Filter::parse(&text) {
        Ok(_) => Some(text),
        Err(wrong) => {
            let message = format!("this filter cannot be understood: {}", wrong.message);
            let mut said = Diagnostic::error(message, node.span);
            said.help = wrong.help;
            let marked = text.get(wrong.at.clone()).filter(|t| !t.is_empty());
            said.label = marked.map(|t| format!("at `{}`", clip(t)));
            d.fail(said)
        }
    }
}

/// The name of a field.
fn field(d: &mut Decoder, node: &Spanned<Node>) -> Option<&'static str> {
    let text = &d.scalar("a field such as tcp.seq_raw", node)?.text;
    if let Some(def) = find_field(text) {
        return Some(def.name);
    }
    let known: Vec<&str> = names().filter(|n| find_field(n).is_some()).collect();
    let message = format!("there is no field `{}`", clip(text));
    let help = match did_you_mean(text, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if Filter::parse(text).is_ok() => {
            format!(
                "`{}` is a filter: that stands under `of`, the field before it",
                clip(text)
            )
        }
        None => "`wirelab explain X N` names the fields of frame N".into(),
    };
    d.fail(Diagnostic::error(message, node.span).help(help))
}

fn items(d: &mut Decoder, node: &Spanned<Node>, with_otherwise: bool) -> Option<Vec<Item>> {
    let Node::List(nodes) = &node.value else {
        return d.expected("a list of { say: …, when: FILTER }", node);
    };
    if !(2..=MAX_ITEMS).contains(&nodes.len()) {
        let message = format!("{} things to choose from or to order", nodes.len());
        let help = format!("from 2 to {MAX_ITEMS}");
        return d.fail(Diagnostic::error(message, node.span).help(help));
    }
    let read: Vec<Option<Item>> = nodes
        .iter()
        .map(|node| {
            let mut f = d.fields("one of several", node)?;
            let say = f.req(d, "say");
            let when = match f.entry("when") {
                Some((_, node)) => filter(d, node).map(Some),
                None if with_otherwise => Some(None),
                None => d.fail(Diagnostic::error("when? `when` is missing", f.span)),
            };
            f.finish(d);
            Some(Item {
                say: say?,
                when: when?,
            })
        })
        .collect();
    read.into_iter().collect()
}
