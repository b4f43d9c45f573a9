//! The teacher's chapter of the book, followed from an empty folder, for sixty.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use wirelab::capture::{Format, Notes};
use wirelab::exercise::{self, Secret, prepare};

use crate::exercise::{answers, hand_in, json, read, run, write};
use crate::support::root;

const STUDENTS: usize = 60;

/// The commands of the chapter, without `wirelab exercise`.
fn commands() -> Vec<String> {
    let chapter = std::fs::read_to_string(root().join("book/src/class.md")).expect("the chapter");
    let lines = chapter.lines();
    lines
        .filter_map(|line| line.strip_prefix("$ wirelab exercise "))
        .map(str::to_owned)
        .collect()
}

/// What the class hands in: all of it right, but for s02's mistakes and what s05
/// has from s04.
fn handed_in(
    right: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut given = right.clone();
    let mut plant = |student: &str, question: &str, answer: &str| {
        let theirs = given.get_mut(student).expect("a student");
        theirs.insert(question.to_owned(), answer.to_owned());
    };
    plant("s02", "client-isn", "0");
    plant("s02", "client-window", "8'760 bytes");
    plant("s02", "who-closes", "");
    for question in ["client-isn", "data-port", "password"] {
        plant("s05", question, &right["s04"][question]);
    }
    given
}

#[test]
fn the_teachers_chapter_is_followed_for_sixty() {
    let class = tempfile::tempdir().expect("a temporary folder");
    let folder = class.path();
    let ids: Vec<String> = (0..STUDENTS).map(|n| format!("s{n:02}")).collect();
    write(folder, "roster.csv", &format!("id\n{}\n", ids.join("\n")));
    write(folder, "secret", "sixteen letters, and a few more\n");
    let commands = commands();
    for verb in ["list", "check", "make", "export", "grade"] {
        assert!(commands.iter().any(|c| c.starts_with(verb)), "{verb}");
    }
    let mut said = Vec::new();
    for command in &commands {
        if command.starts_with("grade") {
            let right = answers(&json(folder, "class/teacher/key.json"));
            hand_in(folder, &handed_in(&right));
        }
        let (code, out, told) = run(folder, command);
        assert_eq!(code, 0, "{command}: {told}");
        assert!(!out.is_empty(), "{command}");
        said.push(told);
    }

    // A trace, a sheet and a key of their own.
    for file in ["ftp-basics.pcapng", "sheet.md"] {
        let path = |id: &String| format!("class/students/{id}/{file}");
        let all: BTreeSet<Vec<u8>> = ids.iter().map(|id| read(folder, &path(id))).collect();
        assert_eq!(all.len(), STUDENTS, "{file}");
    }
    let keys: BTreeSet<Vec<String>> = answers(&json(folder, "class/teacher/key.json"))
        .into_values()
        .map(|answers| answers.into_values().collect())
        .collect();
    assert_eq!(keys.len(), STUDENTS);
    let moodle = String::from_utf8(read(folder, "moodle/ftp-basics.xml")).expect("text");
    assert_eq!(moodle.matches("type=\"cloze\"").count(), STUDENTS);
    let code = "&lt;code&gt;wirelab show&lt;/code&gt;";
    assert!(moodle.contains(code) && !moodle.contains('`'));

    // Grades, planted mistakes and the planted copy.
    let whole = json(folder, "graded/grades.json");
    let points = |n: usize| whole["grades"][n]["points"].as_u64().expect("points");
    for n in (0..STUDENTS).filter(|n| ![2, 5].contains(n)) {
        assert_eq!(points(n), 22, "s{n:02}");
    }
    // client-isn and data-port count two.
    assert_eq!((points(2), points(5)), (22 - 3, 22 - 5));
    let verdict = |question: &str| -> &Value {
        let marks = whole["grades"][2]["marks"].as_array().expect("marks");
        let mark = marks.iter().find(|m| m["question"] == question);
        &mark.expect("a mark")["verdict"]
    };
    assert_eq!(verdict("client-isn"), "typical");
    assert_eq!(verdict("client-window"), "right");
    assert_eq!(verdict("who-closes"), "missing");
    let suspicions = whole["suspicions"].as_array().expect("a list");
    assert_eq!(suspicions.len(), 1, "{suspicions:?}");
    assert_eq!(
        (&suspicions[0]["student"], &suspicions[0]["source"]),
        (&"s05".into(), &"s04".into())
    );
    let told = said.last().expect("something was said");
    assert!(
        told.contains("s05: 3 of 3 wrong answers are right for s04"),
        "{told}"
    );
    one_after_the_other(folder, &ids);
}

/// What many threads wrote is what one computes.
fn one_after_the_other(folder: &Path, ids: &[String]) {
    let loaded = exercise::builtin::find("ftp-basics").expect("it is there");
    let loaded = loaded.load().unwrap_or_else(|wrong| panic!("{wrong}"));
    let secret = Secret::new(&read(folder, "secret")).expect("long enough");
    for id in ids {
        let prepared = prepare(&loaded, &secret, id).unwrap_or_else(|wrong| panic!("{wrong}"));
        let mut bytes = Vec::new();
        let written = prepared
            .capture
            .write(&mut bytes, Format::PcapNg, Notes::Omit);
        written.expect("memory takes everything");
        let theirs = read(folder, &format!("class/students/{id}/ftp-basics.pcapng"));
        assert!(bytes == theirs, "{id}");
    }
}
