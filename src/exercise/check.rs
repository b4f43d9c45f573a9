//! Is an exercise fair? Variants for students who do not exist are compared.

use std::collections::{BTreeMap, BTreeSet};

use super::variant::Prepared;
use super::{Answer, Loaded};

/// So far may frames and bytes differ from one student's capture to another's,
/// in per cent of the smallest.
const MAX_SPREAD: u64 = 10;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fairness {
    /// What is not as it should be.
    pub problems: Vec<Problem>,
    /// For each question: its name, how many different answers there were.
    pub answers: Vec<(String, u64)>,
    /// For each measure: its name, its least and its greatest value.
    pub measures: Vec<(&'static str, u64, u64)>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is, in one sentence without its full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<&'static str>,
    /// The exercise can be given all the same.
    pub is_warning: bool,
}

impl From<String> for Problem {
    fn from(message: String) -> Problem {
        Problem {
            message,
            help: None,
            is_warning: false,
        }
    }
}

/// Compares variants of one exercise.
pub fn compare(loaded: &Loaded, variants: &[Prepared]) -> Fairness {
    let mut fairness = Fairness::default();
    differences(loaded, variants, &mut fairness);
    difficulty(variants, &mut fairness);
    leaks(loaded, variants, &mut fairness);
    fairness
}

fn differences(loaded: &Loaded, variants: &[Prepared], fairness: &mut Fairness) {
    for (at, question) in loaded.exercise.questions.iter().enumerate() {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for variant in variants {
            if let Some(asked) = variant.asked.get(at) {
                *counts.entry(plain(&asked.answer)).or_default() += 1;
            }
        }
        let name = question.id.value.clone();
        let most = counts.values().copied().max().unwrap_or(0);
        if question.varies && variants.len() > 1 && most * 2 > variants.len() as u64 {
            fairness.problems.push(Problem {
                message: format!(
                    "`{name}` should differ from student to student, but {most} of {} have the same answer",
                    variants.len()
                ),
                help: Some(
                    "let what it asks for vary, or say `varies: false` in the question if it is \
                     meant to be the same",
                ),
                is_warning: false,
            });
        }
        fairness.answers.push((name, counts.len() as u64));
    }
}

/// An answer without the letter it happens to have.
fn plain(answer: &Answer) -> String {
    match answer {
        Answer::Choice(_, words) => words.clone(),
        other => other.to_string(),
    }
}

fn difficulty(variants: &[Prepared], fairness: &mut Fairness) {
    let Some(first) = variants.first() else {
        return;
    };
    for (at, (name, _)) in first.measures.named().into_iter().enumerate() {
        let values = variants
            .iter()
            .filter_map(|v| v.measures.named().get(at).map(|(_, value)| *value));
        let (least, most) = values.fold((u64::MAX, 0), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        // What is to be understood may not differ, but how many frames it takes: a little
        // is not worth a word, and much is no mistake yet.
        let is_size = name == "frames";
        let allowed = if is_size { least * MAX_SPREAD / 100 } else { 0 };
        if most - least > allowed {
            let message =
                format!("some have more to read than others: {name} from {least} to {most}");
            fairness.problems.push(Problem {
                is_warning: is_size,
                ..message.into()
            });
        }
        fairness.measures.push((name, least, most));
    }
}

/// A question's words must not hold the answer to one, its own included.
fn leaks(loaded: &Loaded, variants: &[Prepared], fairness: &mut Fairness) {
    let exercise = &loaded.exercise;
    let about = exercise.about.as_ref().map_or("", |a| a.value.as_str());
    let mut texts = vec![("the introduction".to_owned(), about.to_owned())];
    for question in &exercise.questions {
        let words = format!(
            "{} {}",
            question.ask,
            question.hint.as_deref().unwrap_or("")
        );
        texts.push((format!("`{}`", question.id.value), words));
    }
    let forms = variants.iter().flat_map(|v| &v.asked);
    let forms: BTreeSet<&str> = forms.map(|asked| asked.answer.form()).collect();
    let forms: Vec<&str> = forms.into_iter().collect();
    texts.push(("what answers look like".to_owned(), forms.join(". ")));
    let mut told: Vec<(String, String)> = Vec::new();
    for variant in variants {
        for asked in &variant.asked {
            let answer = asked.answer.to_string();
            // Yes, letters and small numbers stand everywhere by chance.
            let is_telling = answer.len() >= 4
                && !matches!(
                    asked.answer,
                    Answer::Choice(..) | Answer::Order(_) | Answer::Yes(_)
                );
            if !is_telling {
                continue;
            }
            for (place, text) in &texts {
                let pair = (place.clone(), asked.id.clone());
                if holds_word(text, &answer) && !told.contains(&pair) {
                    let message = format!(
                        "{place} gives away the answer to `{}`: \"{answer}\"",
                        asked.id
                    );
                    fairness.problems.push(message.into());
                    told.push(pair);
                }
            }
        }
    }
}

/// `word` stands in `text` with nothing of a word on either side.
pub fn holds_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        edge(before) && edge(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(holds_word("the port 4111.", "4111"));
        assert!(!holds_word("the port 41112", "4111"));
        assert!(!holds_word("", "4111"));
    }
}
