//! The teacher's key: every student's right answers, as they are written and read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Answer;
use super::roster::Student;
use super::variant::{Asked, Prepared};

/// The right answers of one student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// The student's id.
    pub student: String,
    /// The student's name.
    pub name: Option<String>,
    /// The seed that the scenario was played with.
    pub seed: u64,
    /// What was drawn, by variable.
    pub values: BTreeMap<String, String>,
    /// The answers, in the exercise's order.
    pub answers: Vec<KeyAnswer>,
}

/// A right answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAnswer {
    /// The question's name.
    pub question: String,
    /// The answer for people.
    pub answer: String,
    /// The answer for grading.
    pub is: Answer,
    /// What there was to choose from or to order, as it was lettered.
    pub options: Vec<String>,
    /// What of the capture was hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhibit: Option<String>,
    /// Answers that are wrong for a known reason.
    pub mistakes: Vec<KeyMistake>,
}

/// An answer that is wrong for a known reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyMistake {
    /// The answer for people.
    pub answer: String,
    /// The answer for grading.
    pub is: Answer,
    /// What whoever gives it is told.
    pub say: String,
}

impl KeyEntry {
    /// A student's entry.
    pub fn of(student: &Student, prepared: &Prepared) -> KeyEntry {
        let values = prepared.variant.values.iter();
        let mistake = |(wrong, say): &(Answer, String)| KeyMistake {
            answer: wrong.to_string(),
            is: wrong.clone(),
            say: say.clone(),
        };
        let answer = |asked: &Asked| KeyAnswer {
            question: asked.id.clone(),
            answer: asked.answer.to_string(),
            is: asked.answer.clone(),
            options: asked.options.clone(),
            exhibit: asked.exhibit.clone(),
            mistakes: asked.mistakes.iter().map(mistake).collect(),
        };
        KeyEntry {
            student: student.id.clone(),
            name: student.name.clone(),
            seed: prepared.variant.seed,
            values: values.map(|(k, v)| (k.clone(), v.to_string())).collect(),
            answers: prepared.asked.iter().map(answer).collect(),
        }
    }

    /// The questions as they were asked.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = |answer: &KeyAnswer| Asked {
            id: answer.question.clone(),
            options: answer.options.clone(),
            exhibit: answer.exhibit.clone(),
            answer: answer.is.clone(),
            mistakes: answer
                .mistakes
                .iter()
                .map(|m| (m.is.clone(), m.say.clone()))
                .collect(),
        };
        self.answers.iter().map(asked).collect()
    }
}
