//! Parts of a book that the program writes: its verbs, and the scenario language.

use core::fmt::Write as _;

use clap::CommandFactory as _;
use serde_json::Value;

use crate::cli::args::Args;

/// The part of that name.
pub(super) fn part(name: &str) -> Option<String> {
    match name {
        "cli" => Some(verbs()),
        "language" => Some(language()),
        _ => None,
    }
}

/// What every verb takes, as its own help says it.
fn verbs() -> String {
    let mut command = Args::command().term_width(92).disable_help_subcommand(true);
    command.build();
    let mut out = String::new();
    verbs_of(&command, &mut out);
    out
}

fn verbs_of(command: &clap::Command, out: &mut String) {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        if verb.has_subcommands() {
            verbs_of(verb, out);
            continue;
        }
        let mut verb = verb.clone();
        let name = verb.get_bin_name().unwrap_or(verb.get_name()).to_owned();
        let _ = write!(
            out,
            "## `{name}`\n\n```text\n{}\n```\n\n",
            verb.render_long_help().to_string().trim_end()
        );
    }
}

/// The scenario language, out of its schema: a table for each mapping.
fn language() -> String {
    let schema: Value = serde_json::from_str(&crate::scenario::schema::json()).unwrap_or_default();
    let mut out = mapping("A scenario", &schema);
    if let Some(Value::Object(definitions)) = schema.get("definitions") {
        for (name, definition) in definitions {
            out += &mapping(name, definition);
        }
    }
    out
}

/// A heading, what it is for, and its keys or its words.
fn mapping(name: &str, schema: &Value) -> String {
    let mut out = format!("## {name}\n\n{}\n\n", description(schema));
    let empty = serde_json::Map::new();
    let keys = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |key: &str| required.is_some_and(|r| r.iter().any(|r| r == key));
    if keys.is_some() {
        out += "| key | value | |\n|---|---|---|\n";
    }
    for (key, value) in keys.unwrap_or(&empty) {
        let needed = if is_required(key) { " (needed)" } else { "" };
        let _ = writeln!(
            out,
            "| `{key}`{needed} | {} | {} |",
            kind(value),
            cell(&description(value))
        );
    }
    let options = ["oneOf", "anyOf", "enum"];
    let options = options
        .iter()
        .find_map(|word| schema.get(*word)?.as_array());
    if keys.is_none()
        && let Some(options) = options
    {
        for option in options {
            let said = description(option);
            let colon = if said.is_empty() { "" } else { ": " };
            let _ = writeln!(out, "- {}{colon}{said}", kind(option));
        }
    }
    out.push('\n');
    out
}

fn description(schema: &Value) -> String {
    let said = schema.get("description").and_then(Value::as_str);
    said.unwrap_or_default().to_owned()
}

/// A text that does not end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// What a value may be, in a few words.
fn kind(schema: &Value) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    if let Some(name) = text("$ref").and_then(|r| r.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(value) = schema.get("const") {
        return format!("`{}`", plain(value));
    }
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    if let Some(words) = list("enum") {
        let words: Vec<String> = words.iter().map(|w| format!("`{}`", plain(w))).collect();
        return words.join(", ");
    }
    if let Some(options) = ["oneOf", "anyOf", "allOf"].into_iter().find_map(list) {
        let options: Vec<String> = options.iter().map(kind).filter(|k| !k.is_empty()).collect();
        return options.join(", or ");
    }
    let example = list("examples").and_then(|e| e.first());
    let example = example.map_or(String::new(), |e| format!(", as in `{}`", plain(e)));
    let inner = |key: &str| schema.get(key).filter(|v| v.is_object()).map(kind);
    match text("type") {
        Some("array") => format!("a list of {}", inner("items").unwrap_or("values".into())),
        Some("object") => match (inner("additionalProperties"), schema.get("properties")) {
            (Some(value), _) => format!("by name: {value}"),
            (None, Some(Value::Object(keys))) => {
                let keys: Vec<String> = keys.keys().map(|k| format!("`{k}`")).collect();
                format!("{{ {} }}", keys.join(", "))
            }
            _ => "a mapping".into(),
        },
        Some("integer") => format!("a whole number{example}"),
        Some("boolean") => "`true` or `false`".into(),
        Some("string") => format!("text{example}"),
        _ => "a value".into(),
    }
}

/// A value without quotes around it.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
