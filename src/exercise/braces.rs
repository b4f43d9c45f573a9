//! What stands in braces in the values of an exercise's `set`: variables, and what was
//! meant to be one.

use core::ops::Range;
use std::borrow::Cow;

use crate::scenario::decode::{Decoder, clip, suggestion};
use crate::scenario::model::IN_EACH;
use crate::scenario::suggest::did_you_mean;
use crate::scenario::{Diagnostic, Span, Spanned};

use super::model::{Draw, Variable};

/// A word in braces: `{user}`, or `{{user}}` for the braces themselves.
struct Braced<'a> {
    /// Where it stands, with its braces.
    place: Range<usize>,
    word: &'a str,
    is_literal: bool,
}

/// The words that stand in braces alone. Braces with anything else in them are YAML's own:
/// `{ user: ann }`.
fn braced(text: &str) -> impl Iterator<Item = Braced<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text.get(from..)?.find('{')?;
            from = start + 1;
            let rest = text.get(from..)?;
            let is_literal = rest.starts_with('{');
            let inside = rest.strip_prefix('{').unwrap_or(rest);
            let closing = if is_literal { "}}" } else { "}" };
            let Some((word, _)) = inside.split_once(closing) else {
                continue;
            };
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if !word.is_empty() && word.chars().all(plain) {
                from = start + word.len() + 2 * closing.len();
                return Some(Braced {
                    place: start..from,
                    word,
                    is_literal,
                });
            }
        }
    })
}

/// The text with what the variables have drawn. Without variables braces are nothing special.
pub(super) fn filled<'a>(
    text: &str,
    has_variables: bool,
    value: impl Fn(&str) -> Option<Cow<'a, str>>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for found in braced(text).filter(|_| has_variables) {
        let value = match found.is_literal {
            true => Some(format!("{{{}}}", found.word).into()),
            false => value(found.word),
        };
        if let Some(value) = value {
            out.push_str(text.get(from..found.place.start).unwrap_or_default());
            out.push_str(&value);
            from = found.place.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Notes words in braces that are no variable; true if there are none. `names` are those
/// of all variables: without any, braces are nothing special. `source` is the text of it all.
pub(super) fn are_known(
    d: &mut Decoder,
    names: &[&str],
    set: &[(Spanned<String>, Spanned<String>)],
    source: &str,
) -> bool {
    if names.is_empty() {
        return true;
    }
    let mut all = true;
    for (_, value) in set {
        // What an `each` of the scenario fills in, the scenario itself looks at.
        let unknown = |found: &Braced<'_>| {
            // A number may be all that a set of YAML holds.
            let is_meant = found.word.starts_with(|c: char| c.is_ascii_alphabetic());
            let is_known = names.contains(&found.word) || IN_EACH.contains(&found.word);
            is_meant && !found.is_literal && !is_known
        };
        let mut told: Vec<&str> = Vec::new();
        for word in braced(&value.value).filter(unknown).map(|found| found.word) {
            if told.contains(&word) {
                continue;
            }
            told.push(word);
            all = false;
            let near = match did_you_mean(word, &IN_EACH) {
                Some(near) if did_you_mean(word, names).is_none() => {
                    format!("did you mean `{near}`?")
                }
                _ => suggestion(word, names),
            };
            let comma = if near.ends_with('?') { "" } else { "," };
            let help = format!("{near}{comma} or `{{{{{word}}}}}` for the braces themselves");
            let message = format!("there is no variable `{}`", clip(word));
            d.diagnostics
                .push(Diagnostic::error(message, place(source, value.span, word)).help(help));
        }
    }
    all
}

/// Where a word in braces stands in a value; the value if it is not written there as it is.
fn place(source: &str, value: Span, word: &str) -> Span {
    let (start, end) = (value.start as usize, value.end as usize);
    let mut all = braced(source.get(start..end).unwrap_or_default());
    let Some(found) = all.find(|found| !found.is_literal && found.word == word) else {
        return value;
    };
    let at = |offset: usize| u32::try_from(start + offset).unwrap_or(value.end);
    Span {
        start: at(found.place.start),
        end: at(found.place.end),
        ..value
    }
}

/// Notes variables that are drawn for nothing.
pub(super) fn are_taken(
    d: &mut Decoder,
    variables: &[(Spanned<String>, Variable)],
    set: &[(Spanned<String>, Spanned<String>)],
) {
    for (name, variable) in variables {
        let is_source = |other: &Variable| match &other.draw {
            Draw::From(source) => source.value == name.value,
            _ => false,
        };
        let takes = |text: &str| braced(text).any(|b| !b.is_literal && b.word == name.value);
        let is_taken = !variable.set.is_empty()
            || variables.iter().any(|(_, other)| is_source(other))
            || set.iter().any(|(_, value)| takes(&value.value));
        if !is_taken {
            let shown = clip(&name.value);
            let message = format!("nothing takes the variable `{shown}`");
            let help = format!(
                "give it `set` with a path of the scenario, or write `{{{shown}}}` into a value \
                 of the exercise's `set`"
            );
            d.diagnostics
                .push(Diagnostic::error(message, name.span).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_mappings() {
        let found = |text| braced(text).map(|b| b.word).collect::<Vec<_>>();
        assert_eq!(
            found("{ {user}: { password: {pass-word}, home: /{user_2} } }"),
            ["user", "pass-word", "user_2"]
        );
        for text in [
            "{ user: fred }",
            "{}",
            "{ quit }",
            "{a: b}",
            "{a,b}",
            "{a",
            "a}",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn doubled_braces_are_braces() {
        let fill = |text| filled(text, true, |word| (word == "a").then(|| "{b}".into()));
        for (text, wanted) in [
            ("{a} {{a}} {b} {{b}} { c }", "{b} {a} {b} {b} { c }"),
            ("{{a}: {a: {a}}}", "{{b}: {a: {b}}}"),
            ("{{{a}}} {{a} {a}}", "{{a}} {{b} {b}}"),
            ("ä{ {{ü}} {", "ä{ {{ü}} {"),
        ] {
            assert_eq!(fill(text), wanted);
        }
        assert_eq!(filled("{{a}}", false, |_| None), "{{a}}");
    }
}
