//! Sheets: what a student is handed beside the capture, as Markdown and as HTML.

use super::grade::{Grade, Verdict};
use super::roster::Student;
use super::variant::{Asked, lettered};
use super::{Exercise, Question};

/// How a question's answer is to be written.
fn form(asked: &Asked) -> &'static str {
    asked.answer.form()
}

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
    out += "Write your answers into `answers.csv`, one behind each question's name, and hand that in.\n";
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
        out += &format!("Answer ({}):\n", form(asked));
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

/// Text that HTML does not take for marks.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;\
margin:2rem auto;padding:0 1rem}h1{line-height:1.2}li{margin:0 0 1.2rem}\
input{font:inherit;width:100%;box-sizing:border-box;padding:.3rem}\
.hint,.form{opacity:.75}code{overflow-wrap:anywhere}\
.right{border-left:.3rem solid #2a7}.wrong{border-left:.3rem solid #c43}\
.right,.wrong{padding-left:.7rem}@media print{input{border:0;border-bottom:1px solid}}";

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n{body}</html>\n",
        escape(title)
    )
}

fn who(student: &str, name: Option<&str>) -> String {
    let name = name.map_or(String::new(), |name| format!(", {}", escape(name)));
    format!("{}{name}", escape(student))
}

fn options(asked: &Asked) -> String {
    if let Some(exhibit) = &asked.exhibit {
        return format!("<p>{}</p>\n", escape(exhibit));
    }
    if asked.options.is_empty() {
        return String::new();
    }
    let items: String = lettered(&asked.options)
        .map(|(letter, option)| format!("<br>{letter}. {}", escape(option)))
        .collect();
    format!("<p>{}</p>\n", items.trim_start_matches("<br>"))
}

/// A student's sheet in HTML: one file that needs nothing else, to print or to read.
pub fn html(exercise: &Exercise, asked: &[Asked], student: &Student, capture: &str) -> String {
    let mut body = format!(
        "<h1>{}</h1>\n<p>Student: {}<br>Capture: <code>{}</code><br>Points: {}</p>\n",
        escape(&exercise.title.value),
        who(&student.id, student.name.as_deref()),
        escape(capture),
        exercise.points(),
    );
    if let Some(about) = &exercise.about {
        body += &format!("<p>{}</p>\n", escape(about.value.trim()));
    }
    body += "<p>Hand in <code>answers.csv</code>, with your answer behind each question&#39;s name.</p>\n<ol>\n";
    for (question, asked) in exercise.questions.iter().zip(asked) {
        body += &format!("<li>{}\n{}", item(question, asked), options(asked));
        if let Some(hint) = &question.hint {
            body += &format!("<p class=\"hint\">Hint: {}</p>\n", escape(hint));
        }
        body += &format!(
            "<label class=\"form\">Answer ({})<input autocomplete=\"off\"></label></li>\n",
            escape(form(asked))
        );
    }
    body += "</ol>\n";
    page(&exercise.title.value, &body)
}

fn item(question: &Question, asked: &Asked) -> String {
    format!(
        "<p>{} <code>{}</code> ({})</p>",
        escape(&question.ask),
        escape(&asked.id),
        points(question.points)
    )
}

/// A student's graded sheet in HTML: marks and feedback.
pub fn feedback_html(exercise: &Exercise, asked: &[Asked], grade: &Grade) -> String {
    let mut body = format!(
        "<h1>{}</h1>\n<p>{}: {} of {} points</p>\n<ol>\n",
        escape(&exercise.title.value),
        who(&grade.student, grade.name.as_deref()),
        grade.points,
        grade.of,
    );
    for ((question, asked), mark) in exercise.questions.iter().zip(asked).zip(&grade.marks) {
        let class = if mark.verdict == Verdict::Right {
            "right"
        } else {
            "wrong"
        };
        body += &format!(
            "<li class=\"{class}\">{}\n{}<p>Your answer: <code>{}</code><br>{} of {}: {}</p></li>\n",
            item(question, asked),
            options(asked),
            escape(&mark.given),
            mark.points,
            mark.of,
            escape(&mark.feedback),
        );
    }
    body += "</ol>\n";
    page(&exercise.title.value, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_name_does_not_run() {
        assert_eq!(escape("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
        assert_eq!(inline("<b>_x_"), "\\<b\\>\\_x\\_");
    }
}
