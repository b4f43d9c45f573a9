//! `wirelab exercise list`: the exercises that come with the program, and its questions.

use serde_json::json;

use crate::cli::args::ExerciseList;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::exercise::builtin;

pub(super) fn list(args: &ExerciseList) -> Result<(), Failure> {
    let mut entries: Vec<(String, String)> = Vec::new();
    let what = if args.templates {
        for (name, question) in builtin::templates() {
            entries.push((name, question.ask));
        }
        "ask"
    } else {
        for builtin in builtin::all() {
            let loaded = builtin.load()?;
            entries.push((builtin.name.to_owned(), loaded.exercise.title.value));
        }
        "title"
    };
    if args.json {
        let array: Vec<serde_json::Value> = entries
            .iter()
            .map(|(name, text)| json!({ "name": name, what: text }))
            .collect();
        let text = serde_json::to_string_pretty(&array).unwrap_or_default();
        return output::result(&format!("{text}\n"));
    }
    let widest = entries
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0);
    let lines: String = entries
        .iter()
        .map(|(name, text)| format!("{name:widest$}  {text}\n"))
        .collect();
    output::result(&output::look().columns(&lines, widest + 2))
}
