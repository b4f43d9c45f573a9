//! What stands in braces in the values of an exercise's `set`: variables, and what was
//! meant to be one.

use crate::scenario::decode::{Decoder, clip, suggestion};
use crate::scenario::model::IN_EACH;
use crate::scenario::suggest::did_you_mean;
use crate::scenario::{Diagnostic, Spanned};

use super::model::{Draw, Variable};

/// The words that stand in braces alone, as in `{user}`. Braces with anything else in
/// them are YAML's own: `{ user: ann }`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let insides = text.split('{').skip(1);
    let words = insides.filter_map(|part| part.split_once('}').map(|(word, _)| word));
    words.filter(|word| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(plain)
    })
}

/// Notes words in braces that are no variable; true if there are none. `names` are those
/// of all variables: without any, braces are nothing special.
pub(super) fn are_known(
    d: &mut Decoder,
    names: &[&str],
    set: &[(Spanned<String>, Spanned<String>)],
) -> bool {
    if names.is_empty() {
        return true;
    }
    let mut all = true;
    for (_, value) in set {
        // What an `each` of the scenario fills in, the scenario itself looks at.
        let unknown = |word: &&str| !names.contains(word) && !IN_EACH.contains(word);
        let mut told: Vec<&str> = Vec::new();
        for word in words(&value.value).filter(unknown) {
            if told.contains(&word) {
                continue;
            }
            told.push(word);
            all = false;
            let help = match did_you_mean(word, &IN_EACH) {
                Some(near) if did_you_mean(word, names).is_none() => {
                    format!("did you mean `{near}`?")
                }
                _ => suggestion(word, names),
            };
            let message = format!("there is no variable `{}`", clip(word));
            d.diagnostics
                .push(Diagnostic::error(message, value.span).help(help));
        }
    }
    all
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
        let braces = format!("{{{}}}", name.value);
        let is_taken = !variable.set.is_empty()
            || variables.iter().any(|(_, other)| is_source(other))
            || set.iter().any(|(_, value)| value.value.contains(&braces));
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
        let found = |text| words(text).collect::<Vec<_>>();
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
            "{1}",
            "{a",
            "a}",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
