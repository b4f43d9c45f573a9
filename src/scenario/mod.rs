//! Scenario files: parsed, checked, compiled into a lab.
//!
//! A file is read in three steps, from loose to strict: YAML becomes a tree
//! with places, the tree becomes a [`Scenario`], and the scenario is looked
//! at as a whole. Each step notes everything that is wrong, not only the first.

pub mod builtin;
pub mod compile;
pub mod diagnostics;
pub mod model;
pub mod overrides;
pub mod schema;
pub mod source;
pub mod suggest;

mod check;
pub(crate) mod decode;
mod unread;
pub(crate) mod yaml;

pub use self::decode::Size;
pub use self::diagnostics::{Diagnostic, Diagnostics, Severity};
pub use self::model::Scenario;
pub use self::overrides::Override;
pub use self::source::{Sources, Span, Spanned};
pub use self::yaml::MAX_TEXT;

use std::collections::BTreeMap;

use self::decode::Decoder;
use self::unread::Unread;
use crate::time::Duration;
use crate::wire::Frame;

/// Frames that once were captured, with their times from the first on.
pub type Recorded = Vec<(Duration, Frame)>;

/// A scenario that can be played, and what a reader would warn of.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// The texts that it was written in.
    pub sources: Sources,
    /// What is odd about it without being wrong.
    pub warnings: Vec<Diagnostic>,
    /// The captures that it plays, by name: whoever can read files supplies
    /// them ([`lab::supply`](crate::lab::supply)).
    pub recorded: BTreeMap<String, Recorded>,
}

/// Reads the scenario `text` of that `name`, with some of its values set to others.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(name: &str, text: &str, overrides: &[Override]) -> Result<Loaded, Diagnostics> {
    load_beside(name, text, overrides, &|_| None)
}

/// The same of a scenario that is a file: `beside` finds the files whose names are
/// in it. They are names without folders, whatever the scenario says.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load_beside(
    name: &str,
    text: &str,
    overrides: &[Override],
    beside: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Loaded, Diagnostics> {
    let text = source::without_mark(text);
    let mut sources = Sources::new(name, text);
    let mut d = Decoder {
        beside: Some(beside),
        ..Decoder::default()
    };
    let mut unread = Unread::default();
    let scenario = match yaml::read(text, 0) {
        Ok(mut root) => {
            for change in overrides {
                if let Err(wrong) = overrides::apply(change, &mut root, &mut sources) {
                    d.diagnostics.push(*wrong);
                }
            }
            let scenario = Scenario::decode(&mut d, &root);
            unread = Unread::of(&d.diagnostics, &root);
            scenario
        }
        Err(wrong) => d.fail(*wrong),
    };
    if let Some(scenario) = &scenario {
        check::check(scenario, &mut d.diagnostics);
    }
    let mut list = d.diagnostics;
    list.retain(|wrong| !unread.hides(wrong));
    list.sort_by_key(|d| (d.span.text, d.span.start));
    let wrong = list.iter().any(|d| d.severity == Severity::Error);
    match scenario {
        Some(scenario) if !wrong => Ok(Loaded {
            scenario,
            sources,
            warnings: list,
            recorded: BTreeMap::new(),
        }),
        _ => Err(Diagnostics { sources, list }),
    }
}

#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unread_tests;
