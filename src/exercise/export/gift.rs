//! GIFT: a text file with a category for each student, and the captures beside it.

use core::fmt::Write as _;

use super::text::one_line;
use super::{ExportFile, Item, Kind, Part, Whole};

pub(super) fn files(whole: &Whole<'_>, parts: &[Part<'_>]) -> Vec<ExportFile> {
    let mut out = String::new();
    let mut files = Vec::new();
    for part in parts {
        let category = format!("{}/{}", whole.title.replace('/', "-"), part.id());
        let _ = writeln!(out, "$CATEGORY: {}\n", one_line(&category));
        for item in &part.items {
            let _ = writeln!(
                out,
                "::{}::[plain]{} {{{}}}\n",
                escaped(&format!("{} {}", part.id(), item.id)),
                escaped(&format!("Capture {}.pcapng. {}", part.id(), item.ask)),
                answers(item)
            );
        }
        let place = format!("captures/{}.pcapng", part.id());
        files.push((place, part.sheet.capture.clone()));
    }
    files.insert(0, (format!("{}.gift", whole.name), out.into_bytes()));
    files
}

/// Text in one line, with GIFT's own marks escaped.
fn escaped(text: &str) -> String {
    let special = |c: char| "~=#{}:\\".contains(c);
    one_line(text)
        .chars()
        .flat_map(|c| special(c).then_some('\\').into_iter().chain([c]))
        .collect()
}

fn answers(item: &Item<'_>) -> String {
    let (right, wrong) = (escaped(item.right), escaped(item.wrong));
    let mut out = String::new();
    match &item.kind {
        Kind::Number { value, mistakes } => {
            let _ = write!(out, "#={}:{}#{right}", value.value, value.tolerance);
            for (value, say) in mistakes {
                let say = escaped(say);
                let _ = write!(out, " =%0%{}:{}#{say}", value.value, value.tolerance);
            }
        }
        Kind::Text { accepted, mistakes } => {
            for answer in accepted {
                let _ = write!(out, "={}#{right} ", escaped(answer));
            }
            for (texts, say) in mistakes {
                for text in texts {
                    let _ = write!(out, "=%0%{}#{} ", escaped(text), escaped(say));
                }
            }
        }
        Kind::Choice { options, right: at } => {
            for (place, option) in options.iter().enumerate() {
                let (mark, say) = match place == *at {
                    true => ('=', &right),
                    false => ('~', &wrong),
                };
                let _ = write!(out, "{mark}{}#{say} ", escaped(option));
            }
        }
    }
    out.trim_end().to_owned()
}
