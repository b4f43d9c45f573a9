//! Moodle XML: for each student one cloze question, with the capture in it and a
//! gap for each answer.

use core::fmt::Write as _;

use super::text::{base64, html, inline, one_line, xml};
use super::{ExportFile, Item, Kind, Part, Whole};
use crate::render::{entity, escape};

pub(super) fn files(whole: &Whole<'_>, parts: &[Part<'_>]) -> Vec<ExportFile> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n");
    let category = whole.title.replace('/', "//");
    let _ = writeln!(
        out,
        "  <question type=\"category\">\n    <category><text>$course$/top/{}</text></category>\n  </question>",
        xml(&category)
    );
    for part in parts {
        let _ = write!(
            out,
            "  <question type=\"cloze\">\n    <name><text>{}</text></name>\n    \
             <questiontext format=\"html\">\n      <text>{}</text>\n      \
             <file name=\"{name}.pcapng\" path=\"/\" encoding=\"base64\">{}</file>\n    \
             </questiontext>\n    <generalfeedback format=\"html\"><text></text></generalfeedback>\n    \
             <penalty>0</penalty>\n    <hidden>0</hidden>\n    <idnumber>{}</idnumber>\n  </question>\n",
            xml(&format!("{}: {}", whole.title, part.id())),
            xml(&text(whole, part)),
            base64(&part.sheet.capture),
            xml(&format!("{}-{}", whole.name, part.id())),
            name = xml(whole.name),
        );
    }
    out += "</quiz>\n";
    vec![(format!("{}.xml", whole.name), out.into_bytes())]
}

/// The question's HTML, with its gaps.
fn text(whole: &Whole<'_>, part: &Part<'_>) -> String {
    let name = escape(whole.name);
    let mut out = outside(&html(whole.about));
    let _ = write!(
        out,
        "<p><a href=\"@@PLUGINFILE@@/{name}.pcapng\">{name}.pcapng</a></p><ol>"
    );
    for item in &part.items {
        let _ = write!(
            out,
            "<li><p>{}</p><p>{}</p></li>",
            outside(&inline(&item.ask)),
            gap(item)
        );
    }
    out + "</ol>"
}

/// Text between gaps: no brace of it begins one.
fn outside(html: &str) -> String {
    html.replace('{', "&#123;").replace('}', "&#125;")
}

/// Text within a gap: marks that end an answer are escaped.
fn inside(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '~' | '#' | '}' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            // In front of an answer it would say that it is right.
            '=' | '%' if out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            // What stands for it in HTML holds a #, and it does no harm here.
            '\'' => out.push(c),
            c => match entity(c) {
                Some(entity) => out += entity,
                None => out.push(c),
            },
        }
    }
    out
}

/// One gap: points, kind, answers with what is said of each.
fn gap(item: &Item<'_>) -> String {
    let mut answers: Vec<String> = Vec::new();
    let (right, wrong) = (inside(item.right), inside(item.wrong));
    let kind = match &item.kind {
        Kind::Number { value, mistakes } => {
            answers.push(format!("={}:{}#{right}", value.value, value.tolerance));
            for (value, say) in mistakes {
                let say = inside(say);
                answers.push(format!("%0%{}:{}#{say}", value.value, value.tolerance));
            }
            "NUMERICAL"
        }
        Kind::Text { accepted, mistakes } => {
            let exact = |text: &str| inside(text).replace('*', "\\*");
            answers.extend(accepted.iter().map(|a| format!("={}#{right}", exact(a))));
            for (texts, say) in mistakes {
                let say = inside(say);
                answers.extend(texts.iter().map(|t| format!("%0%{}#{say}", exact(t))));
            }
            answers.push(format!("%0%*#{wrong}"));
            "SHORTANSWER"
        }
        Kind::Choice { options, right: at } => {
            answers.extend(options.iter().enumerate().map(|(place, option)| {
                let option = inside(option);
                match place == *at {
                    true => format!("={option}#{right}"),
                    false => format!("{option}#{wrong}"),
                }
            }));
            "MULTICHOICE_V"
        }
    };
    format!("{{{}:{kind}:{}}}", item.points, answers.join("~"))
}
