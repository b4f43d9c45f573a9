//! Challenges for CTFd: a folder with `challenge.yml` for each, as ctfcli installs them.

use core::fmt::Write as _;

use serde_json::json;

use super::{ExportFile, Item, Kind, Part, Whole, ways};

pub(super) fn files(whole: &Whole<'_>, parts: &[Part<'_>]) -> Vec<ExportFile> {
    let mut files = Vec::new();
    for part in parts {
        for (at, item) in part.items.iter().enumerate() {
            let folder = format!("{}/{:02}-{}", part.id(), at + 1, item.id);
            let text = challenge(whole, part, item);
            files.push((format!("{folder}/challenge.yml"), text.into_bytes()));
            let capture = format!("{folder}/{}.pcapng", whole.name);
            files.push((capture, part.sheet.capture.clone()));
        }
    }
    files
}

/// A text as YAML takes it whatever is in it: as a JSON string.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn challenge(whole: &Whole<'_>, part: &Part<'_>, item: &Item<'_>) -> String {
    let mut description = format!("{}\n\n{}\n", whole.about, item.ask);
    if let Kind::Choice { options, .. } = &item.kind {
        for (letter, option) in crate::exercise::lettered(options) {
            let _ = write!(description, "\n- {letter}. {option}");
        }
    }
    let mut out = String::new();
    let name = format!("{} ({})", item.id, part.id());
    let category = format!("{}: {}", whole.title, part.id());
    let _ = writeln!(out, "name: {}", quoted(&name));
    let _ = writeln!(out, "category: {}", quoted(&category));
    let _ = writeln!(out, "description: {}", quoted(description.trim()));
    let _ = writeln!(out, "value: {}\ntype: standard\nflags:", item.points);
    let mut flags = ways(&item.asked.answer);
    if let Kind::Choice { options, right } = &item.kind
        && let Some((letter, words)) = crate::exercise::lettered(options).nth(*right)
    {
        flags = vec![letter.to_string(), words.to_owned()];
    }
    for flag in flags {
        let content = quoted(&flag);
        let _ = writeln!(
            out,
            "  - {{ type: static, content: {content}, data: case_insensitive }}"
        );
    }
    let _ = writeln!(
        out,
        "files:\n  - {}",
        quoted(&format!("{}.pcapng", whole.name))
    );
    if let Some(hint) = item.hint {
        let _ = writeln!(out, "hints:\n  - {{ content: {}, cost: 0 }}", quoted(hint));
    }
    out + "state: visible\nversion: \"0.1\"\n"
}
