//! The schemas, held against files by a validator that is not ours: Python's `jsonschema`.
//!
//! Where it is installed is told by `.ci/run`.

use std::path::Path;
use std::process::Command;

use crate::exercise::{run, write};
use crate::support::{files_below, root, say};

/// What the validator says about each of these texts: how many things are wrong, and the
/// first of them. `None` if it is not installed; with `WIRELAB_ORACLES=1` that is a failure.
fn judged(schema: &[&str], texts: &[String]) -> Option<Vec<String>> {
    let python = root().join("target/tools/validators/venv/bin/python");
    if !python.is_file() {
        let required = std::env::var("WIRELAB_ORACLES").is_ok_and(|value| value == "1");
        assert!(!required, "no validator: {}", python.display());
        say(&format!("{schema:?}: SKIPPED, no validator is installed"));
        return None;
    }
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let printed = Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .args(schema)
        .output()
        .expect("wirelab starts");
    std::fs::write(folder.join("schema.json"), printed.stdout).expect("a file is written");
    let names: Vec<String> = (0..texts.len()).map(|at| format!("{at}.yaml")).collect();
    for (name, text) in names.iter().zip(texts) {
        write(folder, name, text);
    }
    let output = Command::new(python)
        .arg(root().join("tests/exports/schema.py"))
        .arg("schema.json")
        .args(&names)
        .current_dir(folder)
        .output()
        .expect("a validator starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let said = String::from_utf8_lossy(&output.stdout);
    let said: Vec<String> = said.lines().map(str::to_owned).collect();
    assert_eq!(said.len(), texts.len());
    Some(said)
}

/// A scenario of a chapter, and whether it is meant to be wrong.
fn of_the_book() -> Vec<(String, String, bool)> {
    let mut found = Vec::new();
    for path in files_below(&root().join("book/src")) {
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a chapter");
        for part in text.split("\n```yaml file=").skip(1) {
            let (name, rest) = part.split_once('\n').expect("a line");
            let scenario = rest.split("\n```").next().unwrap_or_default();
            if scenario.starts_with("lab:") {
                let place = format!("{}: {name}", path.display());
                found.push((place, format!("{scenario}\n"), name.contains("wrong")));
            }
        }
    }
    found
}

/// What `wirelab new` writes.
fn of_new(folder: &Path) -> String {
    let new = Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .args(["new", "fresh"])
        .current_dir(folder)
        .output()
        .expect("wirelab starts");
    assert!(new.status.success());
    std::fs::read_to_string(folder.join("fresh.yaml")).expect("a scenario")
}

/// Whatever plays is right by the schema.
#[test]
fn the_schema_of_scenarios_lets_them_through() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let mut files: Vec<(String, String, bool)> = wirelab::scenario::builtin::all()
        .iter()
        .map(|builtin| (builtin.name.to_owned(), builtin.text.to_owned(), false))
        .collect();
    assert!(files.len() >= 90, "{}", files.len());
    let book = of_the_book();
    assert!(book.len() >= 3, "{}", book.len());
    files.extend(book);
    files.push(("wirelab new".into(), of_new(here.path()), false));
    let everything = include_str!("../../src/scenario/testdata/everything.yaml");
    files.push(("everything.yaml".into(), everything.into(), false));
    let (begin, end) = everything.split_once("      - up\n").expect("a step");
    for (step, is_wrong) in [
        ("list:", false),
        ("up:", false),
        ("cd: 2000", false),
        ("login: { user: 1234, password: true }", false),
        ("cd:", true),
        ("up: 1", true),
        ("lsit: pub", true),
        ("login: { password: x }", true),
        ("send: { bytes: 0a }", false),
        ("send: { bytes: xyz }", true),
        ("mode: aktive", true),
        ("ping: { to: server, cuont: 2 }", true),
    ] {
        let text = format!("{begin}      - {step}\n{end}");
        files.push((step.to_owned(), text, is_wrong));
    }
    for (from, to, is_wrong) in [
        (
            "host: server\n      users",
            "host: server\n      persona: vsftpd\n      users",
            false,
        ),
        (
            "host: server\n      users",
            "host: server\n      persona: vsftp\n      users",
            true,
        ),
        (
            "client: { link: lan }",
            "client: { link: lan, stack: linux }",
            false,
        ),
        (
            "client: { link: lan }",
            "client: { link: lan, stack: linus }",
            true,
        ),
        (
            "client: { link: lan }",
            "client: { link: lan, replay: old.pcap }",
            false,
        ),
        ("limits: {}", "limits:", true),
        (
            "limits: {}",
            "expert: { retransmission: { min: 1 } }",
            false,
        ),
        ("limits: {}", "expert: { retransmision: 1 }", true),
        ("w: [a, b]", "w: [a, 2000, true]", false),
        ("{ deny: inside, port: 25 }", "{ allow: any }", false),
        ("{ deny: inside, port: 25 }", "{ port: 25 }", true),
        (
            "{ deny: inside, port: 25 }",
            "{ allow: any, deny: inside }",
            true,
        ),
        ("{ deny: inside, port: 25 }", "{ deny: any, port: 0 }", true),
        ("lab: 1", "title: x", true),
    ] {
        assert!(everything.contains(from), "{from}");
        files.push((to.to_owned(), everything.replace(from, to), is_wrong));
    }
    let texts: Vec<String> = files.iter().map(|(_, text, _)| text.clone()).collect();
    let Some(judged) = judged(&["schema"], &texts) else {
        return;
    };
    let mut differ = Vec::new();
    for (said, (place, _, is_wrong)) in judged.iter().zip(&files) {
        if (said == "0") == *is_wrong {
            differ.push(format!("{place}: {said}"));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
    say(&format!(
        "oracle: jsonschema validated {} scenarios",
        files.len()
    ));
}

/// The schema lets through what the reader does, and nothing that it does not.
#[test]
fn the_schema_of_exercises_agrees_with_the_reader() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let start = "exercise: 1\ntitle: x\nscenario: ftp-connect\n";
    let own =
        |answer: &str| format!("{start}questions: [{{ id: q, ask: Why, answer: {answer} }}]\n");
    let mut files: Vec<(String, bool)> = wirelab::exercise::builtin::all()
        .iter()
        .map(|builtin| (builtin.text.to_owned(), true))
        .collect();
    for (text, is_right) in [
        (own("{ frame: ftp, nth: last }"), true),
        (own("{ list: ip.src, of: ftp, after: tcp }"), true),
        (own("{ interval: ftp, to: tcp, tolerance: 1ms }"), true),
        (own("{ file: sha256, nth: 2 }"), false),
        (own("{ file: md5 }"), false),
        (own("{ frame: ftp, nth: zeroth }"), false),
        (own("{ frames: ftp }"), false),
        (own("{ field: ip.src }"), false),
        (own("{ feild: ip.src, of: ftp }"), false),
        (
            own("{ order: [ { say: a }, { say: b, when: tcp } ] }"),
            false,
        ),
        (
            format!("{start}questions: [client-isn, {{ template: password, points: 3 }}]\n"),
            true,
        ),
        (format!("{start}questions: [client-ins]\n"), false),
        (
            format!("{start}questions: [{{ id: name, ask: Why, answer: {{ frame: ftp }} }}]\n"),
            false,
        ),
        (format!("{start}questions: []\n"), false),
        (
            format!("{start}questions: [{{ template: password, ask: \" \" }}]\n"),
            false,
        ),
        (
            format!("{start}questions: [client-isn]\nvariables: {{ a: {{ range: [1] }} }}\n"),
            false,
        ),
        (
            format!("{start}questions: [client-isn]\nvariables: {{ a: {{ one_of: persons }} }}\n"),
            false,
        ),
        (format!("{start}question: [client-isn]\n"), false),
        (
            "title: x\nscenario: ftp-connect\nquestions: [client-isn]\n".to_owned(),
            false,
        ),
    ] {
        files.push((text, is_right));
    }
    // There is no second file to hash, which no schema can see.
    let unseen = own("{ file: sha256, nth: 2 }");
    let texts: Vec<String> = files.iter().map(|(text, _)| text.clone()).collect();
    let Some(judged) = judged(&["schema", "--exercise"], &texts) else {
        return;
    };
    for (at, (said, (text, is_right))) in judged.iter().zip(&files).enumerate() {
        let name = format!("{at}.yaml");
        write(folder, &name, text);
        let code = run(folder, &format!("check {name} --students 2")).0;
        assert_eq!(code != 2, *is_right, "the reader: {text}");
        let lets_through = *is_right || *text == unseen;
        assert_eq!(said == "0", lets_through, "the schema says {said}: {text}");
    }
    say(&format!(
        "oracle: jsonschema compared {} files",
        files.len()
    ));
}
