//! What of a scenario could not be read, so that nobody concludes anything from its silence.

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

/// Those of the keys under which something could not be read.
#[derive(Debug, Default)]
pub(super) struct Unread(BTreeSet<&'static str>);

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
        let key_above = |span: Span| match span.text {
            0 => {
                let place = starts.partition_point(|(start, _)| *start <= span.start);
                Some(starts.get(place.checked_sub(1)?)?.1)
            }
            // Somewhere a value of `--set` has taken the place of another.
            text => {
                let (key, _) = entries.iter().find(|(_, value)| is_from(text, value))?;
                Some(key.value.as_str())
            }
        };
        let above: BTreeSet<&str> = mistakes.iter().filter_map(|m| key_above(m.span)).collect();
        let meant = above.into_iter().filter_map(|key| did_you_mean(key, &KEYS));
        Unread(meant.collect())
    }

    /// Something under one of these keys could not be read.
    pub fn holds_any(&self, keys: &[&str]) -> bool {
        debug_assert!(keys.iter().all(|key| KEYS.contains(key)), "{keys:?}");
        keys.iter().any(|key| self.0.contains(key))
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
