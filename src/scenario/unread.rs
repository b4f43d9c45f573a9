//! What of a scenario could not be read, so that nobody concludes anything from its silence.

use core::ops::Range;
use std::collections::BTreeSet;

use super::diagnostics::Diagnostic;
use super::source::{Span, Spanned};
use super::suggest::did_you_mean;
use super::yaml::Node;

/// Every key of a scenario from whose silence something is concluded
/// ([`Diagnostic::rests_on`]).
const KEYS: [&str; 8] = [
    "segments", "hosts", "routers", "servers", "actors", "words", "taps", "limits",
];

/// The key under which nothing that is said of one thing rests on the others.
const APART: &str = "actors";

/// Those of the keys under which something could not be read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    keys: BTreeSet<&'static str>,
    /// Where each actor is written, and whether it was read.
    actors: Vec<(Range<u32>, bool)>,
}

impl Unread {
    /// Those under which these mistakes stand, or were meant to stand: `server` is near
    /// enough to `servers`.
    pub fn of(mistakes: &[Diagnostic], root: &Spanned<Node>) -> Unread {
        let Node::Map(entries) = &root.value else {
            return Unread::default();
        };
        let in_file = |(key, _): &&(Spanned<String>, _)| key.span.text == 0;
        let keys = entries.iter().filter(in_file);
        let mut starts: Vec<(u32, &str)> = keys
            .map(|(key, _)| (key.span.start, key.value.as_str()))
            .collect();
        starts.sort_unstable();
        let mut unread = Unread {
            keys: BTreeSet::new(),
            actors: actors(entries),
        };
        let mut above: BTreeSet<&str> = BTreeSet::new();
        for mistake in mistakes {
            let span = mistake.span;
            if let Some(actor) = unread.actor_at(span) {
                actor.1 = false;
                continue;
            }
            above.extend(match span.text {
                0 => {
                    let place = starts.partition_point(|(start, _)| *start <= span.start);
                    let last = place.checked_sub(1).and_then(|last| starts.get(last));
                    last.map(|(_, key)| *key)
                }
                // Somewhere a value of `--set` has taken the place of another.
                text => {
                    let entry = entries.iter().find(|(_, value)| is_from(text, value));
                    entry.map(|(key, _)| key.value.as_str())
                }
            });
        }
        let meant = above.into_iter().filter_map(|key| did_you_mean(key, &KEYS));
        unread.keys = meant.collect();
        unread
    }

    /// What a conclusion rests on could not be read.
    pub fn hides(&mut self, wrong: &Diagnostic) -> bool {
        let keys = wrong.rests_on;
        debug_assert!(keys.iter().all(|key| KEYS.contains(key)), "{keys:?}");
        if keys.iter().any(|key| self.keys.contains(key)) {
            return true;
        }
        if !keys.contains(&APART) {
            return false;
        }
        match self.actor_at(wrong.span) {
            Some((_, is_read)) => !*is_read,
            None => self.actors.iter().any(|(_, is_read)| !is_read),
        }
    }

    /// The actor that is written there.
    fn actor_at(&mut self, span: Span) -> Option<&mut (Range<u32>, bool)> {
        let behind = self
            .actors
            .partition_point(|(at, _)| at.start <= span.start);
        let last = behind.checked_sub(1).filter(|_| span.text == 0)?;
        let found = self.actors.get_mut(last)?;
        found.0.contains(&span.start).then_some(found)
    }
}

/// Where each actor is written, in the order of the file. An actor that is not all in one
/// place, for `--set` or an alias is in it, is none of them.
fn actors(entries: &[(Spanned<String>, Spanned<Node>)]) -> Vec<(Range<u32>, bool)> {
    let mut all = Vec::new();
    for (key, value) in entries {
        if let (APART, Node::Map(actors)) = (key.value.as_str(), &value.value) {
            let places = actors.iter().filter_map(|(name, actor)| {
                let at = name.span.start..actor.span.end.max(name.span.end);
                (name.span.text == 0 && is_within(&at, actor)).then_some((at, true))
            });
            all.extend(places);
        }
    }
    all.sort_unstable_by_key(|(at, _)| at.start);
    all
}

/// All of the tree is written in the file, there.
fn is_within(at: &Range<u32>, node: &Spanned<Node>) -> bool {
    let is_there = |span: Span| span.text == 0 && at.start <= span.start && span.end <= at.end;
    is_there(node.span)
        && match &node.value {
            Node::Scalar(_) => true,
            Node::List(items) => items.iter().all(|item| is_within(at, item)),
            Node::Map(entries) => entries
                .iter()
                .all(|(key, value)| is_there(key.span) && is_within(at, value)),
        }
}

/// Something in the tree is from that text.
fn is_from(text: u16, node: &Spanned<Node>) -> bool {
    node.span.text == text
        || match &node.value {
            Node::Scalar(_) => false,
            Node::List(items) => items.iter().any(|item| is_from(text, item)),
            Node::Map(entries) => entries
                .iter()
                .any(|(key, value)| key.span.text == text || is_from(text, value)),
        }
}
