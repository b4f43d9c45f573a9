//! What of a scenario could not be read, so that nobody concludes anything from its silence.

use super::diagnostics::Diagnostic;
use super::source::{Span, Spanned};
use super::suggest::did_you_mean;
use super::yaml::Node;

/// The keys of a scenario under which something could not be read.
#[derive(Debug, Default)]
pub(super) struct Unread(Vec<String>);

impl Unread {
    /// Those under which these mistakes stand.
    pub fn of(mistakes: &[Diagnostic], root: &Spanned<Node>) -> Unread {
        let Node::Map(entries) = &root.value else {
            return Unread::default();
        };
        let key_above = |span: Span| {
            let (key, _) = match span.text {
                0 => {
                    let above = |key: &Span| key.text == 0 && key.start <= span.start;
                    let above = entries.iter().filter(|(key, _)| above(&key.span));
                    above.max_by_key(|(key, _)| key.span.start)?
                }
                // Somewhere a value of `--set` has taken the place of another.
                text => entries.iter().find(|(_, value)| is_from(text, value))?,
            };
            Some(key.value.clone())
        };
        Unread(mistakes.iter().filter_map(|m| key_above(m.span)).collect())
    }

    /// Something under one of these keys could not be read, or was meant to stand
    /// there: `server` is near enough to `servers`.
    pub fn holds_any(&self, keys: &[&str]) -> bool {
        self.0.iter().any(|key| did_you_mean(key, keys).is_some())
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
