//! Grades: marks and feedback for each answer that was handed in.

use std::collections::BTreeMap;

use serde::Serialize;

use super::variant::Asked;
use super::{Answer, Exercise, Query};
use crate::analyze::Printable;

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is right.
    Right,
    /// Some of it is right.
    Partly,
    /// It is wrong for a known reason.
    Typical,
    /// It is wrong.
    Wrong,
    /// It cannot be read as an answer of its kind.
    Illegible,
    /// There is none.
    Missing,
}

/// One answer, graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The question.
    pub question: String,
    /// What was handed in.
    pub given: String,
    /// What is right.
    pub right: String,
    /// What became of it.
    pub verdict: Verdict,
    /// What it earns.
    pub points: u64,
    /// What it could have earned.
    pub of: u64,
    /// What the student is told. It does not give the answer away.
    pub feedback: String,
}

/// One student's grades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// The student's id.
    pub student: String,
    /// The student's name.
    pub name: Option<String>,
    /// The answers, in the exercise's order.
    pub marks: Vec<Mark>,
    /// What was earned.
    pub points: u64,
    /// What could have been earned.
    pub of: u64,
}

impl Grade {
    /// Grades a student's answers.
    pub fn of(
        exercise: &Exercise,
        asked: &[Asked],
        student: &super::roster::Student,
        given: &BTreeMap<String, String>,
    ) -> Grade {
        let marks: Vec<Mark> = exercise
            .questions
            .iter()
            .zip(asked)
            .map(|(question, asked)| {
                let given = given.get(&asked.id).map_or("", String::as_str);
                let (mut verdict, feedback) = judge(question, asked, given);
                let mut points = if verdict == Verdict::Right {
                    question.points
                } else {
                    0
                };
                if question.partial
                    && matches!(verdict, Verdict::Wrong | Verdict::Typical)
                    && let Some((hits, of)) = asked.answer.share(given)
                {
                    // Whole points, rounded down.
                    points = question.points.saturating_mul(hits) / of.max(1);
                    if points > 0 {
                        verdict = Verdict::Partly;
                    }
                }
                Mark {
                    question: asked.id.clone(),
                    given: given.to_owned(),
                    right: asked.answer.to_string(),
                    points,
                    verdict,
                    of: question.points,
                    feedback,
                }
            })
            .collect();
        Grade {
            student: student.id.clone(),
            name: student.name.clone(),
            points: marks.iter().map(|m| m.points).sum(),
            of: exercise.points(),
            marks,
        }
    }
}

/// What is said of a name or a password with other capitals than the frame has. It is
/// right: who wrote it has found the frame, and spreadsheets and telephones write capitals
/// of their own accord.
const CAPITALS: &str = " The frame has other capitals, which most servers tell apart.";

fn judge(question: &super::Question, asked: &Asked, given: &str) -> (Verdict, String) {
    if given.trim().is_empty() {
        return (Verdict::Missing, "No answer.".into());
    }
    if asked.answer.accepts(given) {
        let mut say = question.right.clone().unwrap_or_else(|| "Right.".into());
        // Only what clients say by themselves: verbs and names in the DNS have no case.
        if question.answer.field() == Some("ftp.request.arg")
            && asked.answer.has_other_capitals(given)
        {
            say += CAPITALS;
        }
        return (Verdict::Right, say);
    }
    if let Some((_, say)) = asked
        .mistakes
        .iter()
        .find(|(wrong, _)| wrong.accepts(given))
    {
        return (Verdict::Typical, say.clone());
    }
    if let Some(say) = asked.answer.slip(given) {
        let more = match (&asked.answer, &question.answer) {
            (Answer::Number(_), Query::Frame(_)) => " Frames are counted from 1.",
            (Answer::Number(_), Query::Count(_) | Query::Distinct(..)) => {
                " Count again: is the first one counted, is the last, and is any counted twice?"
            }
            _ => "",
        };
        return (Verdict::Typical, format!("{say}{more}"));
    }
    if !asked.is_legible(given) {
        let say = format!("This cannot be read. Expected was {}.", asked.answer.form());
        return (Verdict::Illegible, say);
    }
    let say = question.wrong.clone().or_else(|| question.hint.clone());
    (Verdict::Wrong, say.unwrap_or_else(|| "Wrong.".into()))
}

/// A CSV table out of rows: the first is the heading. Its cells are text: control
/// characters in them come out as escapes, and nothing is left for a spreadsheet to compute.
pub fn csv_table<R: AsRef<[String]>>(rows: impl IntoIterator<Item = R>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        // Memory takes everything.
        let _ = writer.write_record(row.as_ref().iter().map(|text| cell(text)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// A cell of several lines keeps them.
fn cell(text: &str) -> String {
    let lines = text.split('\n');
    let lines: Vec<String> = lines.map(|l| Printable(l.as_bytes()).to_string()).collect();
    let text = lines.join("\n");
    // What a spreadsheet would compute is handed in as text, behind blanks as well.
    if text.trim_start().starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    }
}

/// JSON to be kept or shown. It escapes on its own what stands below U+0020; whatever
/// else a terminal would act on comes out as an escape too, so that what is read back
/// is what was handed in.
pub fn json_text(value: &serde_json::Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && Printable::would_act(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

/// Grades as a table: a line for each student, a column for each question.
pub fn summary_csv(exercise: &Exercise, grades: &[Grade]) -> String {
    let text = |s: &str| s.to_owned();
    let mut heading = vec![text("student"), text("name"), text("points"), text("of")];
    heading.extend(exercise.questions.iter().map(|q| q.id.value.clone()));
    let rows = grades.iter().map(|grade| {
        let mut row = vec![
            grade.student.clone(),
            grade.name.clone().unwrap_or_default(),
            grade.points.to_string(),
            grade.of.to_string(),
        ];
        row.extend(grade.marks.iter().map(|m| m.points.to_string()));
        row
    });
    csv_table(std::iter::once(heading).chain(rows))
}

/// Every answer as a table: what was given, what is right, what was said of it.
pub fn details_csv(grades: &[Grade]) -> String {
    let heading = [
        "student", "question", "given", "right", "verdict", "points", "of", "feedback",
    ];
    let heading: Vec<String> = heading.map(str::to_owned).to_vec();
    let rows = grades.iter().flat_map(|grade| {
        grade.marks.iter().map(|m| {
            let verdict = match m.verdict {
                Verdict::Right => "right",
                Verdict::Partly => "partly right",
                Verdict::Typical => "typical mistake",
                Verdict::Wrong => "wrong",
                Verdict::Illegible => "illegible",
                Verdict::Missing => "missing",
            };
            vec![
                grade.student.clone(),
                m.question.clone(),
                m.given.clone(),
                m.right.clone(),
                verdict.to_owned(),
                m.points.to_string(),
                m.of.to_string(),
                m.feedback.clone(),
            ]
        })
    });
    csv_table(std::iter::once(heading).chain(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_a_letter_or_the_words_of_one() {
        let options = ["Active.", "passive", "Neither, nor", "neither, nor"];
        let asked = Asked {
            id: "q".into(),
            options: options.map(str::to_owned).to_vec(),
            exhibit: None,
            answer: Answer::Choice('B', "passive".into()),
            mistakes: Vec::new(),
        };
        for (given, legible) in [
            ("a", true),
            ("B)", true),
            ("C: neither, nor", true),
            ("PASSIVE", true),
            ("active", true),
            ("the server", false),
            ("E", false),
            ("A: passive", false),
            ("A or B", false),
            // Of two that are called so nobody can say which is meant.
            ("neither, nor", false),
        ] {
            assert_eq!(asked.is_legible(given), legible, "{given}");
        }
    }

    #[test]
    fn a_table_computes_nothing() {
        let rows = [["a".to_owned(), "=1+1".to_owned(), "x, \"y\"".to_owned()]];
        assert_eq!(csv_table(rows), "a,'=1+1,\"x, \"\"y\"\"\"\n");
        let rows = [["\r=1".to_owned(), " +1".to_owned(), "a\nb\t".to_owned()]];
        assert_eq!(csv_table(rows), "\\x0d=1,' +1,\"a\nb\\x09\"\n");
    }
}
