//! The JSON Schema of exercise files, so that editors complete and check them.

use serde_json::{Map, Value, json};

use super::builtin;
use super::model::{FORMAT_VERSION, TAKEN};

/// The schema, as JSON text that ends with a newline.
pub fn json() -> String {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A wirelab exercise",
        "description": "A scenario, what varies of it from student to student, and what is asked.",
        "type": "object",
        "required": ["exercise", "title", "scenario", "questions"],
        "additionalProperties": false,
        "properties": {
            "exercise": { "description": "The version of the format.", "const": FORMAT_VERSION },
            "title": { "description": "What it is called.", "type": "string" },
            "about": { "description": "What a student is told before the questions.", "type": "string" },
            "scenario": {
                "description": "The name of a built-in scenario, or of a file beside the exercise.",
                "type": "string",
            },
            "variables": {
                "description": "What is drawn for each student, by name, in this order.",
                "type": "object",
                "propertyNames": { "pattern": "^[A-Za-z0-9_-]+$" },
                "additionalProperties": { "$ref": "#/definitions/Variable" },
            },
            "set": {
                "description": "Values of the scenario, by path, as YAML with {variables} in it.",
                "type": "object",
                "additionalProperties": { "type": ["string", "number", "boolean"] },
            },
            "questions": {
                "description": "What is asked, in this order.",
                "type": "array",
                "minItems": 1,
                "maxItems": 500,
                "items": { "$ref": "#/definitions/Question" },
            },
        },
        "definitions": {
            "Variable": variable(),
            "Template": template(),
            "Question": question(),
            "Answer": answer(),
            "Mistake": mapping(
                "An answer that is wrong for a known reason.",
                &["answer", "say"],
                json!({
                    "answer": { "$ref": "#/definitions/Answer" },
                    "say": text("What whoever gives it is told."),
                }),
            ),
            "Filter": {
                "description": "Frames, in the language of `wirelab show -Y`.",
                "type": "string",
                "examples": ["tcp.flags.syn == 1 && tcp.flags.ack == 0"],
            },
            "Field": {
                "description": "A field, by its name in filters.",
                "type": "string",
                "examples": ["tcp.seq_raw"],
            },
        },
    });
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

fn mapping(description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

fn variable() -> Value {
    let words = |about: &str| {
        json!({
            "description": about,
            "anyOf": [
                { "description": "Words that come along.", "enum": ["people", "passwords", "files"] },
                { "type": "array", "minItems": 1, "items": { "type": ["string", "number", "boolean"] } },
            ],
        })
    };
    let set = json!({
        "description": "The paths of the scenario that take it.",
        "anyOf": [
            { "type": "string", "examples": ["hosts.client.ip"] },
            { "type": "array", "items": { "type": "string" } },
        ],
    });
    let range = json!({
        "description": "A whole number between these two, both included.",
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": { "type": "integer", "minimum": 0 },
    });
    let network = json!({ "description": "An address of this network.", "type": "string", "examples": ["10.2.0.0/24"] });
    let taken = json!({ "description": "Addresses that are not drawn.", "type": "array", "items": { "type": "string" } });
    let count = json!({ "description": "How many of them.", "type": "integer", "minimum": 1 });
    json!({
        "description": "What is drawn for each student, and where it goes.",
        "anyOf": [
            mapping("A number.", &["range"], json!({ "set": set, "range": range })),
            mapping("One of several.", &["one_of"], json!({ "set": set, "one_of": words("These, or a list that comes along.") })),
            mapping("Several, in an order that is drawn too.", &["sample", "count"], json!({ "set": set, "sample": words("Of these, or of a list that comes along."), "count": count })),
            mapping("One of those that another variable has drawn.", &["from"], json!({ "set": set, "from": text("That variable.") })),
            mapping("A host's address.", &["address"], json!({ "set": set, "address": network, "except": taken })),
        ],
    })
}

/// The library, each by its name.
fn template() -> Value {
    let templates = builtin::templates();
    let options: Vec<Value> = templates
        .iter()
        .map(|(name, question)| json!({ "const": name, "description": question.ask }))
        .collect();
    json!({ "description": "A question of the library.", "oneOf": options })
}

fn question() -> Value {
    let common = json!({
        "points": { "description": "What it counts. 1 unless given.", "type": "integer", "minimum": 1, "maximum": 1000 },
        "varies": { "description": "Answers should differ from student to student.", "type": "boolean" },
        "partial": { "description": "What is right in part earns a part of the points.", "type": "boolean" },
        "hint": text("What to look at, for those who are stuck."),
        "right": text("What a right answer is told."),
        "wrong": text("What a wrong answer is told."),
        "mistakes": {
            "description": "Answers that are wrong for a known reason.",
            "type": "array",
            "items": { "$ref": "#/definitions/Mistake" },
        },
    });
    let id = json!({ "description": "What answers are handed in under.", "type": "string", "pattern": "^[A-Za-z0-9_-]+$", "not": { "enum": TAKEN } });
    let ask = json!({ "description": "What is asked.", "type": "string", "pattern": "\\S" });
    let with = |more: Value| {
        let mut all: Map<String, Value> = Map::new();
        for part in [&common, &more] {
            all.extend(part.as_object().cloned().unwrap_or_default());
        }
        Value::Object(all)
    };
    let template =
        with(json!({ "template": { "$ref": "#/definitions/Template" }, "id": id, "ask": ask }));
    let own = with(json!({ "id": id, "ask": ask, "answer": { "$ref": "#/definitions/Answer" } }));
    json!({
        "description": "One question: of the library, or your own.",
        "anyOf": [
            { "$ref": "#/definitions/Template" },
            mapping("A question of the library, changed.", &["template"], template),
            mapping("A question of your own.", &["id", "ask", "answer"], own),
        ],
    })
}

/// How an answer is found: a mapping for each kind.
fn answer() -> Value {
    let filter = || json!({ "$ref": "#/definitions/Filter" });
    let field = || json!({ "$ref": "#/definitions/Field" });
    let nth = json!({
        "description": "Which of several: `first`, `last`, or a number from 1.",
        "anyOf": [{ "enum": ["first", "last"] }, { "type": "integer", "minimum": 1 }],
    });
    let duration =
        json!({ "description": "How far off it may be.", "type": "string", "examples": ["10ms"] });
    let items = |about: &str, required: &[&str]| {
        let item = mapping(
            "One of several.",
            required,
            json!({ "say": text("Its words."), "when": filter() }),
        );
        json!({
            "description": about, "type": "array", "minItems": 2, "maxItems": 26, "items": item
        })
    };
    // Its key, its value, what it needs besides, and what it may have.
    let kinds = [
        (
            "frame",
            "The number of a frame.",
            filter(),
            json!({ "nth": nth }),
            vec![],
        ),
        (
            "frames",
            "The numbers of the first so many frames.",
            filter(),
            json!({ "take": { "description": "How many.", "type": "integer", "minimum": 2, "maximum": 20 } }),
            vec!["take"],
        ),
        ("count", "How many frames.", filter(), json!({}), vec![]),
        (
            "yes",
            "Whether there is such a frame.",
            filter(),
            json!({}),
            vec![],
        ),
        (
            "port",
            "The port that PORT, EPRT, 227 or 229 announces.",
            filter(),
            json!({ "nth": nth }),
            vec![],
        ),
        (
            "time",
            "When a frame was seen, since the first.",
            filter(),
            json!({ "nth": nth, "tolerance": duration }),
            vec![],
        ),
        (
            "interval",
            "From one frame to the first of others behind it.",
            filter(),
            json!({ "to": filter(), "nth": nth, "tolerance": duration }),
            vec!["to"],
        ),
        (
            "field",
            "The value of a field.",
            field(),
            json!({ "of": filter(), "nth": nth }),
            vec!["of"],
        ),
        (
            "hidden",
            "The value of a field whose bytes are zeros in the student's capture.",
            field(),
            json!({ "of": filter(), "nth": nth }),
            vec!["of"],
        ),
        (
            "distinct",
            "How many values a field has.",
            field(),
            json!({ "of": filter() }),
            vec!["of"],
        ),
        (
            "sum",
            "The sum of a field's values.",
            field(),
            json!({ "of": filter() }),
            vec!["of"],
        ),
        (
            "list",
            "All values of a field, in order.",
            field(),
            json!({ "of": filter() }),
            vec!["of"],
        ),
    ];
    let mut options: Vec<Value> = Vec::new();
    for (key, description, value, more, mut required) in kinds {
        required.push(key);
        let mut properties = Map::new();
        properties.insert(key.into(), value);
        properties.insert("after".into(), filter());
        properties.insert("before".into(), filter());
        properties.extend(more.as_object().cloned().unwrap_or_default());
        options.push(mapping(description, &required, Value::Object(properties)));
    }
    options.push(mapping(
        "The hash of a file that was transferred.",
        &["file"],
        json!({
            "file": { "description": "Which hash.", "const": "sha256" },
            "nth": nth
        }),
    ));
    options.push(mapping(
        "One of several sentences; the one without `when` is so when no other is.",
        &["choice"],
        json!({ "choice": items("The sentences.", &["say"]) }),
    ));
    options.push(mapping(
        "Several sentences in the order in which they came true.",
        &["order"],
        json!({ "order": items("The sentences, in any order.", &["say", "when"]) }),
    ));
    json!({ "description": "How the answer is found in the frames.", "oneOf": options })
}

#[cfg(test)]
mod tests {
    use super::super::query::KINDS;
    use super::*;

    #[test]
    fn every_key_says_what_it_is_for() {
        let schema: Value = serde_json::from_str(&json()).unwrap();
        let silent = crate::scenario::schema::undescribed(&schema);
        assert!(silent.is_empty(), "without a description: {silent:#?}");
    }

    #[test]
    fn every_kind_is_described() {
        let answer = answer();
        let mut kinds: Vec<&str> = answer["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|option| {
                let required = option["required"].as_array().unwrap();
                required.last().unwrap().as_str().unwrap()
            })
            .collect();
        let mut known = KINDS.to_vec();
        kinds.sort_unstable();
        known.sort_unstable();
        assert_eq!(kinds, known);
    }
}
