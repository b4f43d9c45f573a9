//! Exercises for other programs: learning platforms and capture-the-flag games.
//!
//! Each gets the questions with the student's own right answers, and the
//! student's capture. What a platform cannot do (a number in hexadecimal, a
//! list whose commas do not matter) is met by naming the usual ways to write an
//! answer.

mod ctfd;
mod gift;
mod moodle;
mod qti;
mod table;
mod text;
mod zip;

use super::answer::Answer;
use super::roster::Student;
use super::variant::Asked;
use super::{Exercise, Question};

/// A file of an export: its path below the folder, and its bytes.
pub type ExportFile = (String, Vec<u8>);

/// What can read an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Moodle XML: a cloze question for each student, with the capture in it.
    MoodleXml,
    /// GIFT, a text format that many platforms read.
    Gift,
    /// A table, for everything else.
    Csv,
    /// QTI 1.2 in a zip, as Canvas imports it: a quiz for each student.
    Qti,
    /// Challenges for CTFd, as its command line tool installs them.
    Ctfd,
}

/// What one student gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Who it is for.
    pub student: Student,
    /// The capture as a pcapng file.
    pub capture: Vec<u8>,
    /// The questions, in the exercise's order.
    pub asked: Vec<Asked>,
}

/// An exercise for another program, as files to be written into a folder.
pub fn export(
    format: Format,
    name: &str,
    exercise: &Exercise,
    sheets: &[Sheet],
) -> Vec<ExportFile> {
    let whole = Whole {
        name,
        title: &exercise.title.value,
        about: exercise.about.as_ref().map_or("", |a| a.value.trim()),
        points: exercise.points(),
    };
    let parts: Vec<Part<'_>> = sheets
        .iter()
        .map(|sheet| Part {
            sheet,
            items: exercise
                .questions
                .iter()
                .zip(&sheet.asked)
                .map(|(question, asked)| Item::of(question, asked))
                .collect(),
        })
        .collect();
    match format {
        Format::MoodleXml => moodle::files(&whole, &parts),
        Format::Gift => gift::files(&whole, &parts),
        Format::Csv => table::files(&whole, &parts),
        Format::Qti => qti::files(&whole, &parts),
        Format::Ctfd => ctfd::files(&whole, &parts),
    }
}

/// What is the same for all.
struct Whole<'a> {
    name: &'a str,
    title: &'a str,
    about: &'a str,
    points: u64,
}

/// One student's questions.
struct Part<'a> {
    sheet: &'a Sheet,
    items: Vec<Item<'a>>,
}

impl Part<'_> {
    fn id(&self) -> &str {
        &self.sheet.student.id
    }
}

/// A question as platforms know them.
struct Item<'a> {
    id: &'a str,
    /// What is asked, with what of the capture is hidden.
    ask: String,
    points: u64,
    hint: Option<&'a str>,
    right: &'a str,
    wrong: &'a str,
    kind: Kind,
    asked: &'a Asked,
}

/// What kind of answer it takes.
enum Kind {
    /// A number, how far off it may be, and known mistakes.
    Number {
        value: Decimal,
        mistakes: Vec<(Decimal, String)>,
    },
    /// A text in one of these forms, and known mistakes.
    Text {
        accepted: Vec<String>,
        mistakes: Vec<(Vec<String>, String)>,
    },
    /// One of these; which is right, counted from 0.
    Choice { options: Vec<String>, right: usize },
}

/// A number and its tolerance, as decimal text.
struct Decimal {
    value: String,
    tolerance: String,
}

impl<'a> Item<'a> {
    fn of(question: &'a Question, asked: &'a Asked) -> Item<'a> {
        let mut ask = question.ask.clone();
        if let Some(exhibit) = &asked.exhibit {
            ask.push(' ');
            ask.push_str(exhibit);
        }
        let mistakes = asked.mistakes.iter();
        let kind = match &asked.answer {
            Answer::Yes(yes) => Kind::Choice {
                options: ["yes", "no"].map(str::to_owned).to_vec(),
                right: usize::from(!yes),
            },
            Answer::Choice(_, words) => Kind::Choice {
                options: asked.options.clone(),
                right: asked.options.iter().position(|o| o == words).unwrap_or(0),
            },
            answer => match Decimal::of(answer) {
                Some(value) => Kind::Number {
                    value,
                    mistakes: mistakes
                        .filter_map(|(wrong, say)| Some((Decimal::of(wrong)?, say.clone())))
                        .collect(),
                },
                None => Kind::Text {
                    accepted: ways(answer),
                    mistakes: mistakes
                        .map(|(wrong, say)| (ways(wrong), say.clone()))
                        .collect(),
                },
            },
        };
        // What there is to order stands in the question.
        if matches!(kind, Kind::Text { .. }) {
            for (letter, option) in super::lettered(&asked.options) {
                ask.push_str(&format!(" {letter}. {option}"));
            }
            if !matches!(asked.answer, Answer::Ip(_) | Answer::Text(_)) {
                ask.push_str(&format!(" (Write {}.)", asked.answer.form()));
            }
        }
        Item {
            id: &asked.id,
            ask,
            points: question.points,
            hint: question.hint.as_deref(),
            right: question.right.as_deref().unwrap_or("Right."),
            wrong: question
                .wrong
                .as_deref()
                .or(question.hint.as_deref())
                .unwrap_or("Wrong."),
            kind,
            asked,
        }
    }
}

impl Decimal {
    fn of(answer: &Answer) -> Option<Decimal> {
        let seconds =
            |nanos: u64| format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
        match answer {
            Answer::Number(number) => Some(Decimal {
                value: number.to_string(),
                tolerance: "0".into(),
            }),
            Answer::Time { tolerance, .. } => Some(Decimal {
                value: answer.to_string(),
                tolerance: seconds(*tolerance),
            }),
            _ => None,
        }
    }
}

/// The usual ways to write an answer, the clearest first.
fn ways(answer: &Answer) -> Vec<String> {
    let lists = |parts: &[String]| [", ", ",", " "].map(|mark| parts.join(mark)).to_vec();
    let mut ways = match answer {
        Answer::Number(n) => vec![n.to_string(), format!("0x{n:x}")],
        Answer::Numbers(numbers) => {
            let parts: Vec<String> = numbers.iter().map(u64::to_string).collect();
            lists(&parts)
        }
        Answer::List(words) => lists(words),
        Answer::Order(letters) => {
            let parts: Vec<String> = letters.chars().map(String::from).collect();
            let mut ways = lists(&parts);
            ways.push(parts.concat());
            ways
        }
        Answer::Mac(address) => {
            let text = address.to_string();
            vec![text.replace(':', "-"), text]
                .into_iter()
                .rev()
                .collect()
        }
        Answer::Choice(letter, words) => vec![letter.to_string(), words.clone()],
        Answer::Time { nanos, tolerance } => roundings(*nanos, *tolerance),
        other => vec![other.to_string()],
    };
    ways.dedup();
    ways
}

/// A time in seconds, rounded to as many decimals as its tolerance asks for, and to more.
fn roundings(nanos: u64, tolerance: u64) -> Vec<String> {
    let mut found = Vec::new();
    for decimals in 0..=6u32 {
        let step = 10u64.pow(9 - decimals);
        let rounded = nanos.saturating_add(step / 2) / step;
        if rounded.saturating_mul(step).abs_diff(nanos) <= tolerance {
            let one = 10u64.pow(decimals);
            let (whole, part) = (rounded / one, rounded % one);
            found.push(match decimals {
                0 => whole.to_string(),
                _ => format!("{whole}.{part:0width$}", width = decimals as usize),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_several_ways() {
        assert_eq!(ways(&Answer::Numbers(vec![3, 4])), ["3, 4", "3,4", "3 4"]);
        assert_eq!(
            ways(&Answer::Order("BA".into())),
            ["B, A", "B,A", "B A", "BA"]
        );
        assert_eq!(ways(&Answer::Number(255)), ["255", "0xff"]);
        let mac = Answer::Mac(crate::wire::MacAddr([2, 0, 0, 0, 0, 1]));
        assert_eq!(ways(&mac), ["02:00:00:00:00:01", "02-00-00-00-00-01"]);
        assert_eq!(
            roundings(1_305_123_456, 1_000_000),
            ["1.305", "1.3051", "1.30512", "1.305123"]
        );
        assert_eq!(roundings(999_999_900, 1000)[0], "1");
    }
}
