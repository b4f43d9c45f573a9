//! What is wrong with a scenario as a whole: names that nothing bears,
//! addresses that cannot be, steps that can never succeed.

mod errand;
mod firewall;
mod links;
mod marks;
mod network;
mod reach;
mod replay;
mod script;
mod servers;
mod topology;

use super::decode::{clip, suggestion};
use super::diagnostics::Diagnostic;
use super::model::Scenario;
use super::source::Spanned;

/// The keys that hold names.
const TABLES: &[&str] = &["segments", "hosts", "routers", "words", "taps"];

/// The keys that say who is there.
const NETWORK: &[&str] = &["segments", "hosts", "routers", "servers"];

/// The keys that say who is there, who calls, and whether an answer is expected.
const CALLED: &[&str] = &["segments", "hosts", "routers", "servers", "actors"];

/// Notes everything that is wrong.
pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    topology::check(scenario, found);
    network::check(scenario, found);
    links::check(scenario, found);
    replay::check(scenario, found);
    servers::check(scenario, found);
    script::check(scenario, found);
    reach::check(scenario, found);
    marks::check(scenario, found);
}

/// A name that must be one of `names`; `kind` is what it should name.
fn known(kind: &str, name: &Spanned<String>, names: &[&str], found: &mut Vec<Diagnostic>) -> bool {
    let is_known = names.contains(&name.value.as_str());
    if !is_known {
        let message = format!("there is no {kind} `{}`", clip(&name.value));
        let wrong = Diagnostic::error(message, name.span).help(suggestion(&name.value, names));
        // Where there is none at all, it may be their table that could not be read.
        found.push(match names {
            [] => wrong.rests_on(TABLES),
            _ => wrong,
        });
    }
    is_known
}

/// The same where the names come from what could be read under `keys`.
fn known_if_read(
    kind: &str,
    name: &Spanned<String>,
    names: &[&str],
    keys: &'static [&'static str],
    found: &mut Vec<Diagnostic>,
) {
    if !known(kind, name, names, found)
        && let Some(wrong) = found.last_mut()
    {
        wrong.rests_on = keys;
    }
}

/// Text that goes into one line of a dialogue: no line ends, no zero bytes.
fn one_line(what: &str, text: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    if text.value.contains(['\r', '\n', '\0']) {
        let message = format!("{what} is one line: it cannot hold a line end or a zero byte");
        found.push(Diagnostic::error(message, text.span));
    }
}
