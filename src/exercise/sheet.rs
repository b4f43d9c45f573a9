//! Sheets: what a student is handed beside the capture, as Markdown and as HTML.

use super::grade::{Grade, Mark, Verdict};
use super::roster::Student;
use super::variant::{Asked, lettered};
use super::{Exercise, Question};
use crate::analyze::Printable;
use crate::render::{Outcome, Sheet, Task, TaskMark};

/// What is to be done with a sheet.
const HOW: &str = "Write your answers into answers.csv, one behind each question's name, \
                   and hand that in.";

/// A student's sheet in Markdown.
pub fn markdown(exercise: &Exercise, asked: &[Asked], student: &Student, capture: &str) -> String {
    let mut out = format!("# {}\n\n", exercise.title.value);
    out += &format!("Student: {}", inline(&student.id));
    if let Some(name) = &student.name {
        out += &format!(", {}", inline(name));
    }
    out += &format!(
        "  \nCapture: `{capture}`  \nPoints: {}\n\n",
        exercise.points()
    );
    if let Some(about) = &exercise.about {
        out += &format!("{}\n\n", about.value.trim());
    }
    out += &format!("{}\n", HOW.replace("answers.csv", "`answers.csv`"));
    for (number, (question, asked)) in exercise.questions.iter().zip(asked).enumerate() {
        let (ask, points) = (&question.ask, points(question.points));
        out += &format!(
            "\n## {}. `{}` ({points})\n\n{ask}\n\n",
            number + 1,
            asked.id
        );
        if let Some(exhibit) = &asked.exhibit {
            out += &format!("{exhibit}\n\n");
        }
        for (letter, option) in lettered(&asked.options) {
            out += &format!("- {letter}. {option}\n");
        }
        if !asked.options.is_empty() {
            out.push('\n');
        }
        if let Some(hint) = &question.hint {
            out += &format!("Hint: {hint}\n\n");
        }
        out += &format!("Answer ({}):\n", asked.answer.form());
    }
    out
}

fn points(points: u64) -> String {
    let plural = if points == 1 { "" } else { "s" };
    format!("{points} point{plural}")
}

/// Text that Markdown does not take for marks.
fn inline(text: &str) -> String {
    let special = |c: char| "\\`*_{}[]<>#|".contains(c);
    let text = Printable(text.as_bytes()).to_string();
    text.chars()
        .flat_map(|c| special(c).then_some('\\').into_iter().chain([c]))
        .collect()
}

/// A table to write answers into.
pub fn blank(asked: &[Asked]) -> String {
    let heading = vec!["question".to_owned(), "answer".to_owned()];
    let rows = asked.iter().map(|q| vec![q.id.clone(), String::new()]);
    super::grade::csv_table(std::iter::once(heading).chain(rows))
}

/// A student's sheet in HTML: one file that needs nothing else, to print or to read.
pub fn html(exercise: &Exercise, asked: &[Asked], student: &Student, capture: &str) -> String {
    let about = exercise.about.as_ref();
    let mut facts = who(&student.id, student.name.as_deref());
    facts.push(("Capture".into(), capture.into()));
    facts.push(("Points".into(), exercise.points().to_string()));
    let tasks = exercise.questions.iter().zip(asked);
    let sheet = Sheet {
        title: exercise.title.value.clone(),
        about: about.map_or_else(String::new, |about| about.value.clone()),
        facts,
        how: HOW.into(),
        tasks: tasks
            .map(|(question, asked)| Task {
                hint: question.hint.clone().unwrap_or_default(),
                form: asked.answer.form().into(),
                ..task(question, asked)
            })
            .collect(),
    };
    sheet.to_html()
}

/// A student's graded sheet in HTML: marks and feedback.
pub fn feedback_html(exercise: &Exercise, asked: &[Asked], grade: &Grade) -> String {
    let mut facts = who(&grade.student, grade.name.as_deref());
    let points = format!("{} of {} points", grade.points, grade.of);
    facts.push(("Result".into(), points));
    let tasks = exercise.questions.iter().zip(asked).zip(&grade.marks);
    let sheet = Sheet {
        title: exercise.title.value.clone(),
        facts,
        tasks: tasks
            .map(|((question, asked), mark)| Task {
                mark: Some(marked(mark)),
                ..task(question, asked)
            })
            .collect(),
        ..Sheet::default()
    };
    sheet.to_html()
}

fn who(student: &str, name: Option<&str>) -> Vec<(String, String)> {
    let name = name.map(|name| ("Name".to_owned(), name.to_owned()));
    let student = ("Student".to_owned(), student.to_owned());
    std::iter::once(student).chain(name).collect()
}

/// What a question is on every sheet: nothing of its answer.
fn task(question: &Question, asked: &Asked) -> Task {
    let options = lettered(&asked.options);
    Task {
        id: asked.id.clone(),
        ask: question.ask.clone(),
        points: points(question.points),
        exhibit: asked.exhibit.clone().unwrap_or_default(),
        options: options.map(|(letter, o)| (letter, o.to_owned())).collect(),
        ..Task::default()
    }
}

fn marked(mark: &Mark) -> TaskMark {
    let (outcome, word) = match mark.verdict {
        Verdict::Right => (Outcome::Right, "Right"),
        Verdict::Partly => (Outcome::Partly, "Partly right"),
        Verdict::Typical | Verdict::Wrong => (Outcome::Wrong, "Wrong"),
        Verdict::Illegible => (Outcome::Wrong, "Cannot be read"),
        Verdict::Missing => (Outcome::Wrong, "No answer"),
    };
    // The word alone, if there is no more to say.
    let is_word = mark.feedback.trim_end_matches('.') == word;
    TaskMark {
        outcome,
        word,
        given: mark.given.clone(),
        points: format!("{} of {}", mark.points, mark.of),
        feedback: if is_word {
            String::new()
        } else {
            mark.feedback.clone()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_takes_a_name_for_text() {
        assert_eq!(inline("<b>_x_"), "\\<b\\>\\_x\\_");
        assert_eq!(inline("x\n# y"), "x\\\\x0a\\# y");
    }
}
