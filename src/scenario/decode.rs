//! From the loose tree to typed values, noting every mistake on the way.
//!
//! [`Decode::decode`] returns `None` when the value cannot be had, and has
//! then said why. Whoever asked goes on with the next key, so that one reading
//! names all mistakes. Of a list or a table of things the others are kept, and
//! judged; but nothing is concluded from what only seems to be missing.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::diagnostics::Diagnostic;
use super::source::{Span, Spanned};
use super::suggest::did_you_mean;
use super::yaml::{Node, Scalar, ScalarKind};
use crate::time::{Duration, Timestamp, parse_duration};
use crate::units::{Rate, Ratio, parse_size, split_unit};
use crate::wire::MacAddr;

/// Finds a file beside the scenario by its name.
pub type Beside<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// Collects what is wrong.
#[derive(Default)]
pub struct Decoder<'a> {
    /// What is wrong so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Finds files, if the scenario is one itself.
    pub beside: Option<&'a Beside<'a>>,
}

impl Decoder<'_> {
    /// Notes an error; `None`, to be returned.
    pub fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.diagnostics.push(diagnostic);
        None
    }

    /// Notes that something else was expected here.
    pub fn expected<T>(&mut self, what: &str, found: &Spanned<Node>) -> Option<T> {
        self.fail(unexpected(what, found))
    }

    /// Each item of a list, though one of them be wrong.
    fn items<T: Decode>(&mut self, node: &Spanned<Node>) -> Option<Vec<Option<T>>> {
        let Node::List(items) = &node.value else {
            return self.expected("a list", node);
        };
        Some(items.iter().map(|item| T::decode(self, item)).collect())
    }

    /// The items of a list that are right, so that they can be judged though others
    /// be wrong: for a list of things, not of values that make up one.
    pub fn healthy<T: Decode>(&mut self, node: &Spanned<Node>) -> Option<Vec<T>> {
        let items = self.items(node)?;
        Some(items.into_iter().flatten().collect())
    }

    /// The entries of a mapping that is `what` ("a host").
    pub fn fields<'n>(
        &mut self,
        what: &'static str,
        node: &'n Spanned<Node>,
    ) -> Option<Fields<'n>> {
        let Node::Map(entries) = &node.value else {
            return self.expected(&format!("{what} (a mapping)"), node);
        };
        Some(Fields {
            what,
            span: node.span,
            entries,
            asked: Vec::new(),
            before: self.diagnostics.len(),
        })
    }

    /// A scalar, whatever its kind, but not nothing.
    pub fn scalar<'n>(&mut self, what: &str, node: &'n Spanned<Node>) -> Option<&'n Scalar> {
        match &node.value {
            Node::Scalar(scalar) if scalar.kind != ScalarKind::Null => Some(scalar),
            _ => self.expected(what, node),
        }
    }

    /// A word that `parse` understands; `what` with an example says what it should be.
    pub fn word<T>(
        &mut self,
        what: &str,
        node: &Spanned<Node>,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let scalar = self.scalar(what, node)?;
        match parse(&scalar.text) {
            Some(value) => Some(value),
            None => self.expected(what, node),
        }
    }

    /// One word out of a list.
    pub fn one_of<T: Copy>(
        &mut self,
        what: &str,
        node: &Spanned<Node>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let scalar = self.scalar(what, node)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == scalar.text) {
            return Some(*value);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let message = format!("`{}` is not {what}", clip(&scalar.text));
        let help = suggestion(&scalar.text, &names);
        self.fail(Diagnostic::error(message, node.span).help(help))
    }
}

/// Something else than `what` stands here.
pub fn unexpected(what: &str, found: &Spanned<Node>) -> Diagnostic {
    let message = format!("expected {what}, found {}", describe(&found.value));
    Diagnostic::error(message, found.span)
}

/// "did you mean …", or all there is.
pub fn suggestion(found: &str, names: &[&str]) -> String {
    match did_you_mean(found, names) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.is_empty() => "there is none".into(),
        None => format!("one of: {}", names.join(", ")),
    }
}

/// A value in a few words, for "found …".
fn describe(node: &Node) -> String {
    match node {
        Node::List(_) => "a list".into(),
        Node::Map(_) => "a mapping".into(),
        Node::Scalar(s) => match s.kind {
            ScalarKind::Null => "nothing".into(),
            ScalarKind::Bool(_) | ScalarKind::Whole(_) | ScalarKind::Number => clip(&s.text),
            ScalarKind::Text => format!("\"{}\"", clip(&s.text)),
        },
    }
}

/// At most forty characters of `text`, on one line.
pub fn clip(text: &str) -> String {
    let mut short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().count() > 40 {
        short.push('…');
    }
    short
}

/// A value that can be read from the tree.
pub trait Decode: Sized {
    /// Reads it, or says what is wrong with it.
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self>;
}

/// The entries of one mapping, each to be asked for by name.
#[derive(Debug)]
pub struct Fields<'n> {
    what: &'static str,
    /// Where the mapping stands.
    pub span: Span,
    entries: &'n [(Spanned<String>, Spanned<Node>)],
    asked: Vec<&'static str>,
    /// How many mistakes there were before it.
    before: usize,
}

impl<'n> Fields<'n> {
    /// The entry of that name, key and value.
    pub fn entry(&mut self, key: &'static str) -> Option<(&'n Spanned<String>, &'n Spanned<Node>)> {
        self.asked.push(key);
        let (key, value) = self.entries.iter().find(|(k, _)| k.value == key)?;
        Some((key, value))
    }

    /// The value of that name, if it is written and right.
    pub fn opt<T: Decode>(&mut self, d: &mut Decoder, key: &'static str) -> Option<T> {
        let (_, node) = self.entry(key)?;
        T::decode(d, node)
    }

    /// The value of that name; the default of its type if it is not written.
    pub fn or_default<T: Decode + Default>(&mut self, d: &mut Decoder, key: &'static str) -> T {
        self.opt(d, key).unwrap_or_default()
    }

    /// The items of the list of that name that are right; none if it is not written.
    pub fn healthy<T: Decode>(&mut self, d: &mut Decoder, key: &'static str) -> Vec<T> {
        let list = self.entry(key).and_then(|(_, node)| d.healthy(node));
        list.unwrap_or_default()
    }

    /// The same of a list that must be written.
    pub fn req_healthy<T: Decode>(&mut self, d: &mut Decoder, key: &'static str) -> Option<Vec<T>> {
        let node = self.req_entry(d, key)?;
        d.healthy(node)
    }

    /// The value of that name; an error if it is not written.
    pub fn req<T: Decode>(&mut self, d: &mut Decoder, key: &'static str) -> Option<T> {
        let node = self.req_entry(d, key)?;
        T::decode(d, node)
    }

    fn req_entry(&mut self, d: &mut Decoder, key: &'static str) -> Option<&'n Spanned<Node>> {
        match self.entry(key) {
            Some((_, node)) => Some(node),
            None => {
                let message = format!("{} needs `{key}`", self.what);
                d.fail(Diagnostic::error(message, self.span))
            }
        }
    }

    /// The keys as they are written.
    pub fn keys(&self) -> impl Iterator<Item = &'n Spanned<String>> + use<'n> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// Reports what was written and not asked for, and what was written twice.
    /// Tells whether all of the mapping could be read.
    pub fn finish(self, d: &mut Decoder) -> bool {
        #[cfg(test)]
        super::schema::record(self.what, &self.asked);
        let firsts = Firsts::of(self.entries);
        for (key, _) in self.entries {
            if let Some(twice) = firsts.written_twice(key) {
                d.diagnostics.push(twice);
            } else if !self.asked.iter().any(|a| *a == key.value) {
                d.diagnostics.push(unknown_key(self.what, key, &self.asked));
            }
        }
        d.diagnostics.len() == self.before
    }
}

/// Where each key of a mapping stands first.
pub struct Firsts<'n>(BTreeMap<&'n str, Span>);

impl<'n> Firsts<'n> {
    pub fn of(entries: &'n [(Spanned<String>, Spanned<Node>)]) -> Firsts<'n> {
        let keys = entries.iter().rev().map(|(key, _)| key);
        Firsts(keys.map(|key| (key.value.as_str(), key.span)).collect())
    }

    /// What is wrong with a key that stands there a second time.
    pub fn written_twice(&self, key: &Spanned<String>) -> Option<Diagnostic> {
        let first = *self.0.get(key.value.as_str())?;
        let message = format!("`{}` is written twice", clip(&key.value));
        let wrong = Diagnostic::error(message, key.span).related(first, "first written here");
        (first != key.span).then_some(wrong)
    }
}

/// A key that nobody asked for: of a later chapter, or misspelt.
pub fn unknown_key(what: &str, key: &Spanned<String>, known: &[&str]) -> Diagnostic {
    let shown = clip(&key.value);
    if what == "a scenario" && ["questions", "variables"].contains(&key.value.as_str()) {
        let message = format!("`{shown}` stands under `exercise`");
        return Diagnostic::error(message, key.span)
            .help("as in `exercise: { questions: [client-isn] }`");
    }
    let help = match (what, key.value.as_str()) {
        ("a file", "size" | "bytes" | "length") => {
            "`random: 100KiB` makes a file of that size".into()
        }
        ("a question", "tolerance" | "nth" | "after" | "before" | "of" | "to" | "take") => {
            format!("it belongs inside `answer: {{ …, {shown}: … }}`")
        }
        (_, key) => suggestion(key, known),
    };
    Diagnostic::error(format!("unknown key `{shown}` in {what}"), key.span).help(help)
}

impl<T: Decode> Decode for Spanned<T> {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        Some(Spanned::new(T::decode(d, node)?, node.span))
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.items(node)?.into_iter().collect()
    }
}

impl Decode for String {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.scalar("text", node).map(|s| s.text.clone())
    }
}

impl Decode for bool {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        match &node.value {
            Node::Scalar(Scalar {
                kind: ScalarKind::Bool(value),
                ..
            }) => Some(*value),
            _ => d.expected("true or false", node),
        }
    }
}

impl Decode for u64 {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        match &node.value {
            Node::Scalar(Scalar {
                kind: ScalarKind::Whole(value),
                ..
            }) => Some(*value),
            _ => d.expected("a whole number", node),
        }
    }
}

impl Decode for u32 {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        narrow(d, node)
    }
}

impl Decode for u16 {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        narrow(d, node)
    }
}

fn narrow<T: TryFrom<u64>>(d: &mut Decoder, node: &Spanned<Node>) -> Option<T> {
    let value = u64::decode(d, node)?;
    match T::try_from(value) {
        Ok(value) => Some(value),
        Err(_) => {
            let most = (1u64 << (8 * size_of::<T>())) - 1;
            d.expected(&format!("a whole number up to {most}"), node)
        }
    }
}

impl Decode for Duration {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "a duration such as 800ms, 1.5s or 200us";
        let text = &d.scalar(what, node)?.text;
        match parse_duration(text) {
            Some(duration) => Some(duration),
            None => d.fail(unexpected(what, node).help(units_of_time(text))),
        }
    }
}

/// What may stand behind the number of a duration.
fn units_of_time(text: &str) -> String {
    match split_unit(text) {
        Some((n, "m")) => format!("minutes are `min`, as in {n}min; milliseconds are `ms`"),
        _ => "units: ns, us, ms, s, min, h, as in 10s".into(),
    }
}

impl Decode for Ratio {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word("a share from 0% to 100% such as 0.2%", node, Ratio::parse)
    }
}

impl Decode for Rate {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word("a rate such as 10Mbps or 64kbps", node, Rate::parse)
    }
}

impl Decode for Timestamp {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word(
            "a date such as 2024-03-01T09:00:00Z",
            node,
            Timestamp::parse,
        )
    }
}

impl Decode for MacAddr {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word(
            "a hardware address such as 02:00:5e:10:00:01",
            node,
            MacAddr::parse,
        )
    }
}

impl Decode for Ipv4Addr {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word("an IPv4 address such as 192.0.2.10", node, |t| {
            t.parse().ok()
        })
    }
}

impl Decode for Ipv6Addr {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word("an IPv6 address such as 2001:db8::10", node, |t| {
            t.parse().ok()
        })
    }
}

/// A number of bytes, written as a size: `18KiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Size(pub u64);

impl Decode for Size {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word("a size such as 512B, 18KiB or 2MiB", node, parse_size)
            .map(Size)
    }
}
