//! Parts of a book that the program writes: its verbs, and the scenario language.

use core::fmt::Write as _;
use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory as _;
use serde_json::{Map, Value};

use crate::cli::args::{Args, command};

/// The part of that name.
pub(super) fn part(name: &str) -> Option<String> {
    match name {
        "cli" => Some(verbs()),
        "language" => Some(tables("A scenario", &crate::scenario::schema::json())),
        _ => None,
    }
}

/// What every verb takes, as its own help says it.
fn verbs() -> String {
    let program = Args::command().term_width(92);
    let command = command(program.disable_help_subcommand(true));
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

/// A language, out of its schema: a table for each mapping, that of `whole` first.
pub(in crate::cli) fn tables(whole: &str, schema: &str) -> String {
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let mut reference = Reference::default();
    reference.section("##", whole, &schema);
    if let Some(Value::Object(definitions)) = schema.get("definitions") {
        for (name, definition) in definitions {
            reference.section("##", name, definition);
        }
    }
    reference.text
}

/// So many keys in common are told once, and then only named.
const IN_COMMON: usize = 4;

/// The chapter as it is written.
#[derive(Default)]
struct Reference {
    text: String,
    tables: Vec<Told>,
}

/// A table so far.
struct Told {
    /// What it is called.
    name: String,
    keys: Map<String, Value>,
    /// Which of its keys are told in another table, and in which.
    elsewhere: BTreeMap<String, String>,
}

impl Told {
    /// Whether it has that key with just that value.
    fn has(&self, key: &str, value: &Value) -> bool {
        self.keys.get(key) == Some(value)
    }
}

impl Reference {
    /// A heading, what it is for, its words and its keys, and then what stands in those.
    fn section(&mut self, heading: &str, name: &str, schema: &Value) {
        let _ = write!(self.text, "{heading} {name}\n\n{}\n\n", description(schema));
        let keys = keys_of(schema);
        let options: Vec<&Value> = options(schema)
            .filter(|option| option.get("properties").is_none())
            .collect();
        if schema.get("properties").is_none() && !options.is_empty() {
            self.words(&options);
        }
        if keys.is_empty() {
            return;
        }
        self.alternatives(schema);
        self.table(name, schema, &keys);
        for (key, value) in &keys {
            // Of a list, what its items are.
            let value = value.get("items").unwrap_or(value);
            if !keys_of(value).is_empty() {
                self.section("###", &format!("{name}: {key}"), value);
            }
        }
    }

    /// Which keys a mapping cannot do without, if there are several kinds of it.
    fn alternatives(&mut self, schema: &Value) {
        let mappings = mappings_in(schema);
        if mappings.len() < 2 {
            return;
        }
        let needed: Vec<String> = mappings
            .into_iter()
            .map(|mapping| {
                let names = required(mapping).map(|name| format!("`{name}`"));
                names.collect::<Vec<_>>().join(" and ")
            })
            .collect();
        let _ = write!(self.text, "It has {}.\n\n", needed.join("; or "));
    }

    fn words(&mut self, options: &[&Value]) {
        let is_described = options.iter().all(|option| !description(option).is_empty());
        if is_described {
            self.text += "| value | |\n|---|---|\n";
        }
        for option in options {
            let (kind, said) = (kind(option, ""), cell(&description(option)));
            let _ = match is_described {
                true => writeln!(self.text, "| {kind} | {said} |"),
                false => writeln!(self.text, "- {kind}"),
            };
        }
        self.text.push('\n');
    }

    fn table(&mut self, name: &str, schema: &Value, keys: &Map<String, Value>) {
        let common = |table: &Told| {
            keys.iter()
                .filter(|(key, value)| table.has(key, value))
                .count()
        };
        // The first of those with the most.
        let most = self.tables.iter().rev().max_by_key(|table| common(table));
        let like = most.filter(|table| common(table) >= IN_COMMON);
        let mut out = String::from("| key | value | |\n|---|---|---|\n");
        let mut elsewhere = BTreeMap::new();
        for (key, value) in keys {
            if let Some(table) = like.filter(|table| table.has(key, value)) {
                // Where it is told, and not where that is named.
                let place = table.elsewhere.get(key).unwrap_or(&table.name);
                elsewhere.insert(key.clone(), place.clone());
                continue;
            }
            let needed = if is_required(schema, key) {
                " (needed)"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "| `{key}`{needed} | {} | {} |",
                kind(value, &format!("{name}: {key}")),
                cell(&description(value))
            );
        }
        let places: BTreeSet<&String> = elsewhere.values().collect();
        for place in places {
            let told = elsewhere.iter().filter(|(_, there)| *there == place);
            let told: Vec<String> = told.map(|(key, _)| format!("`{key}`")).collect();
            let (told, anchor) = (told.join(", "), anchor(place));
            let _ = writeln!(out, "| {told} | | as in [{place}](#{anchor}) |");
        }
        out.push('\n');
        self.text += &out;
        self.tables.push(Told {
            name: name.to_owned(),
            keys: keys.clone(),
            elsewhere,
        });
    }
}

/// What a value may be, where it may be several things.
fn options(schema: &Value) -> impl Iterator<Item = &Value> {
    let words = ["oneOf", "anyOf", "enum"];
    let lists = words.into_iter().filter_map(|word| schema.get(word));
    lists.filter_map(Value::as_array).flatten()
}

/// The mappings that a value is or may be.
fn mappings_in(schema: &Value) -> Vec<&Value> {
    let is_mapping = |value: &&Value| value.get("properties").is_some();
    match is_mapping(&schema) {
        true => vec![schema],
        false => options(schema).filter(is_mapping).collect(),
    }
}

/// The keys of all of them.
fn keys_of(schema: &Value) -> Map<String, Value> {
    let mappings = mappings_in(schema).into_iter();
    let keys = mappings.filter_map(|mapping| mapping.get("properties")?.as_object());
    // Where several have a key, the first one tells of it.
    let mut all = Map::new();
    for (key, value) in keys.flatten() {
        all.entry(key).or_insert_with(|| value.clone());
    }
    all
}

/// The keys that a mapping cannot do without.
fn required(mapping: &Value) -> impl Iterator<Item = &str> {
    let names = mapping.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

/// No kind of it can do without that key.
fn is_required(schema: &Value, key: &str) -> bool {
    let mut mappings = mappings_in(schema).into_iter();
    mappings.all(|mapping| required(mapping).any(|name| name == key))
}

/// Where mdBook puts a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| *c != ':');
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn description(schema: &Value) -> String {
    let said = schema.get("description").and_then(Value::as_str);
    said.unwrap_or_default().to_owned()
}

/// A text that does not end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// What a value may be, in a few words; a mapping has a section of its own.
fn kind(schema: &Value, section: &str) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    if let Some(name) = text("$ref").and_then(|r| r.rsplit('/').next()) {
        return format!("[{name}](#{})", anchor(name));
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
        let options: Vec<String> = options
            .iter()
            .map(|option| kind(option, section))
            .filter(|kind| !kind.is_empty())
            .collect();
        return options.join(", or ");
    }
    let example = list("examples").and_then(|e| e.first());
    let example = example.map_or(String::new(), |e| format!(", as in `{}`", plain(e)));
    let inner = |key: &str| {
        let value = schema.get(key).filter(|v| v.is_object())?;
        Some(kind(value, section))
    };
    // Text that YAML may take for something else is text.
    let kinds = list("type").and_then(|kinds| kinds.first());
    let kinds = kinds.and_then(Value::as_str);
    match text("type").or(kinds) {
        Some("array") => format!("a list of {}", inner("items").unwrap_or("values".into())),
        Some("object") => match (inner("additionalProperties"), schema.get("properties")) {
            (Some(value), _) => format!("by name: {value}"),
            (None, Some(_)) => format!("[a mapping](#{})", anchor(section)),
            _ => "a mapping".into(),
        },
        Some("null") => "nothing".into(),
        Some("number") => format!("a number{example}"),
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
