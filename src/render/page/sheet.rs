//! A sheet of questions, or of marks, as a page for a browser and for paper.
//!
//! It has the frame of a capture's page, and nothing of the capture. A packet
//! list of ours says where a PORT points, which segment is sent again and what
//! a session did in which order: that is what sheets ask. The capture lies
//! beside the sheet, to be opened with whatever the class is to learn.

use core::fmt::Write as _;

use super::frame::{Frame, inline, paragraphs};
use crate::render::escape::Escaped;

const STYLE: &str = include_str!("sheet.css");

/// A sheet.
///
/// ```
/// use wirelab::render::{Sheet, Task};
/// let sheet = Sheet {
///     title: "ARP & friends".into(),
///     tasks: vec![Task { id: "who".into(), ask: "Who asks?".into(), ..Task::default() }],
///     ..Sheet::default()
/// };
/// assert!(sheet.to_html().contains("<h1>ARP &amp; friends</h1>"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Its heading.
    pub title: String,
    /// A few sentences on it; may be empty.
    pub about: String,
    /// Whose it is and the like, as pairs.
    pub facts: Vec<(String, String)>,
    /// What is to be done with it; may be empty.
    pub how: String,
    /// The questions.
    pub tasks: Vec<Task>,
}

/// A question on a sheet. What is empty is not drawn.
#[derive(Debug, Clone, Default)]
pub struct Task {
    /// Its name.
    pub id: String,
    /// The question.
    pub ask: String,
    /// What it is worth.
    pub points: String,
    /// What there is to know for it.
    pub exhibit: String,
    /// What there is to choose from, each with its letter.
    pub options: Vec<(char, String)>,
    /// Help for those who are stuck.
    pub hint: String,
    /// What the answer looks like; there is a line for it on paper.
    pub form: String,
    /// What became of the answer.
    pub mark: Option<TaskMark>,
}

/// What became of an answer.
#[derive(Debug, Clone)]
pub struct TaskMark {
    /// Its colour.
    pub outcome: Outcome,
    /// The same in words, for those who see no colours.
    pub word: &'static str,
    /// What was answered; may be empty.
    pub given: String,
    /// What it earned.
    pub points: String,
    /// What there is to say about it.
    pub feedback: String,
}

/// How good an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Right.
    Right,
    /// Right in part.
    Partly,
    /// Not right.
    Wrong,
}

impl Sheet {
    /// The sheet: one file that fetches nothing and runs nothing.
    pub fn to_html(&self) -> String {
        let mut body = String::from("<main class=\"sheet\" id=\"tasks\">\n");
        if !self.how.is_empty() {
            let _ = writeln!(body, "<div class=\"how\">{}</div>", paragraphs(&self.how));
        }
        for (task, number) in self.tasks.iter().zip(1..) {
            task.draw(number, &mut body);
        }
        body.push_str("</main>\n");
        let frame = Frame {
            title: &self.title,
            about: &self.about,
            facts: &self.facts,
            style: STYLE,
            start: ("tasks", "questions"),
            body: &body,
            ..Frame::default()
        };
        frame.to_html()
    }
}

impl Task {
    fn draw(&self, number: u64, out: &mut String) {
        let outcome = match &self.mark {
            None => "",
            Some(mark) => match mark.outcome {
                Outcome::Right => " right",
                Outcome::Partly => " partly",
                Outcome::Wrong => " wrong",
            },
        };
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "<section class=\"task{outcome}\" aria-labelledby=\"task-{number}\">\
             <h2 id=\"task-{number}\"><span class=\"number\">{number}.</span> {}</h2>\
             <p class=\"sub\"><code>{}</code> · {}</p>",
            inline(&words(&self.ask)),
            Escaped(&self.id),
            Escaped(&self.points),
        );
        out.push_str(&paragraphs(&self.exhibit));
        if !self.options.is_empty() {
            out.push_str("<ul class=\"options\">");
            for (letter, option) in &self.options {
                let _ = write!(out, "<li><b>{letter}.</b> {}</li>", inline(option));
            }
            out.push_str("</ul>");
        }
        if !self.hint.is_empty() {
            let hint = format!("Hint: {}", self.hint);
            let _ = write!(out, "<div class=\"hint\">{}</div>", paragraphs(&hint));
        }
        if !self.form.is_empty() {
            // No box to type into: what is typed would be lost, and nobody would get it.
            let form = Escaped(&self.form);
            let _ = write!(out, "<p class=\"form\">Answer: {form}</p>");
        }
        if let Some(mark) = &self.mark {
            mark.draw(out);
        }
        out.push_str("</section>\n");
    }
}

impl TaskMark {
    fn draw(&self, out: &mut String) {
        let _ = write!(
            out,
            "<p class=\"mark\"><b>{}</b>, {}</p>",
            self.word,
            Escaped(&self.points)
        );
        if !self.given.is_empty() {
            let given = Escaped(&self.given);
            let _ = write!(out, "<p>Your answer: <code>{given}</code></p>");
        }
        out.push_str(&paragraphs(&self.feedback));
    }
}

/// Text in one line.
fn words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}
