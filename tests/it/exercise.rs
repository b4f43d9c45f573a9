//! Exercises: a class of sixty, its captures, its answers, its grades.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use wirelab::capture::Capture;
use wirelab::exercise::{self, check::compare, prepare};

use crate::support::files_below;

const STUDENTS: usize = 60;

/// Runs `wirelab exercise …` in a folder: exit code, output, errors.
#[track_caller]
pub fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .current_dir(folder)
        .arg("exercise")
        .args(arguments.split_whitespace())
        .output()
        .expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("an exit code");
    (code, text(&output.stdout), text(&output.stderr))
}

/// A folder with a roster of sixty and a secret.
fn class() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut roster = String::from("\u{feff}id;name\r\n");
    for n in 0..STUDENTS {
        roster += &format!("s{n:02};\"Student; {n}\"\r\n");
    }
    write(folder.path(), "roster.csv", &roster);
    write(folder.path(), "secret", "a secret of this class alone\n");
    folder
}

pub fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file is written");
}

pub fn read(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

pub fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&read(folder, name)).expect("JSON")
}

const CLASS: &str = "--roster roster.csv --secret-file secret";

/// Makes an exercise into `out`; its key.
fn make(folder: &Path, exercise: &str, out: &str) -> Value {
    let (code, told, wrong) = run(folder, &format!("make {exercise} {CLASS} --out {out}"));
    assert_eq!(code, 0, "{wrong}");
    assert!(told.contains("for 60 students"), "{told}");
    json(folder, &format!("{out}/teacher/key.json"))
}

/// The right answers of a key: student, question, answer.
pub fn answers(key: &Value) -> BTreeMap<String, BTreeMap<String, String>> {
    let students = key.as_array().expect("a list").iter();
    students
        .map(|student| {
            let answers = student["answers"].as_array().expect("a list").iter();
            let answers = answers.map(|a| (text(&a["question"]), text(&a["answer"])));
            (text(&student["student"]), answers.collect())
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// Hands in answers, a file for each student.
pub fn hand_in(folder: &Path, all: &BTreeMap<String, BTreeMap<String, String>>) {
    std::fs::create_dir_all(folder.join("in")).expect("a folder");
    for (student, answers) in all {
        let mut table = String::from("question,answer\n");
        for (question, answer) in answers {
            table += &format!("{question},\"{answer}\"\n");
        }
        write(folder, &format!("in/{student}.csv"), &table);
    }
}

#[test]
fn sixty_students_get_sixty_traces_and_the_same_bytes_twice() {
    let class = class();
    let folder = class.path();
    let key = make(folder, "ftp-basics", "one");
    make(folder, "ftp-basics", "two");
    let names = |out: &str| {
        let top = folder.join(out);
        let files = files_below(&top).into_iter();
        let names = files.map(|f| f.strip_prefix(&top).expect("below").to_path_buf());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("one"), names("two"));
    assert_eq!(names("one").len(), STUDENTS * 5 + 3);
    for name in names("one") {
        let name = name.display();
        assert_eq!(
            read(folder, &format!("one/{name}")),
            read(folder, &format!("two/{name}")),
            "{name}"
        );
    }

    let mut captures = BTreeSet::new();
    for n in 0..STUDENTS {
        let bytes = read(folder, &format!("one/students/s{n:02}/ftp-basics.pcapng"));
        let (capture, problems) = Capture::read(bytes.as_slice()).expect("a capture");
        assert!(problems.is_empty());
        assert!(
            capture.frames.iter().all(|f| f.comments.is_empty()),
            "notes give answers away"
        );
        assert!(capture.section.comments.is_empty() && capture.names.is_empty());
        captures.insert(bytes);
        let annotated = read(folder, &format!("one/teacher/captures/s{n:02}.pcapng"));
        let (capture, _) = Capture::read(annotated.as_slice()).expect("a capture");
        assert!(!capture.section.comments.is_empty());
    }
    assert_eq!(captures.len(), STUDENTS, "a trace of their own");

    // No sheet holds its student's telling answers.
    for (student, answers) in answers(&key) {
        let sheet = read(folder, &format!("one/students/{student}/sheet.md"));
        let sheet = String::from_utf8(sheet).expect("text");
        for question in ["client-isn", "password", "data-bytes", "handshake-frames"] {
            assert!(!sheet.contains(&answers[question]), "{student} {question}");
        }
    }
}

#[test]
fn right_answers_earn_everything() {
    let class = class();
    let folder = class.path();
    for exercise in ["ftp-basics", "password-guessing"] {
        let key = make(folder, exercise, exercise);
        hand_in(folder, &answers(&key));
        let grade = format!("grade {exercise} {CLASS} --answers in --made {exercise} --json");
        let (code, out, wrong) = run(folder, &grade);
        assert_eq!(code, 0, "{wrong}");
        assert!(!wrong.contains("chance"), "{wrong}");
        let whole: Value = serde_json::from_str(&out).expect("JSON");
        for grade in whole["grades"].as_array().expect("a list") {
            assert_eq!(grade["points"], grade["of"], "{grade}");
        }
        assert_eq!(whole["suspicions"], Value::Array(Vec::new()));
    }
}

#[test]
fn planted_mistakes_and_a_planted_copy_are_found() {
    let class = class();
    let folder = class.path();
    let key = make(folder, "ftp-basics", "made");
    let right = answers(&key);
    let mut given = right.clone();
    let mut plant = |student: &str, question: &str, answer: String| {
        let answers = given.get_mut(student).expect("a student");
        answers.insert(question.to_owned(), answer);
    };
    let number = |student: &str, question: &str| -> u64 {
        right[student][question].parse().expect("a number")
    };
    // Sensible readings.
    let isn = number("s01", "client-isn");
    plant("s01", "client-isn", format!("0x{isn:x}"));
    plant(
        "s01",
        "server-isn",
        format!(" {} ", right["s01"]["server-isn"]),
    );
    plant("s01", "password", right["s01"]["password"].to_uppercase());
    // Typical mistakes.
    plant("s02", "client-isn", "0".into());
    let port = u16::try_from(number("s02", "data-port")).expect("a port");
    plant("s02", "data-port", port.swap_bytes().to_string());
    plant("s02", "data-connection-syn", "18".into());
    plant("s02", "server-isn", right["s02"]["client-isn"].clone());
    // Nothing, and nonsense.
    plant("s03", "user-name", String::new());
    plant("s03", "data-bytes", "many".into());
    plant("s03", "connections", "17".into());
    // s05 copies from s04.
    let copied = ["client-isn", "server-isn", "data-port", "password"];
    for question in copied {
        plant("s05", question, right["s04"][question].clone());
    }
    hand_in(folder, &given);
    std::fs::remove_file(folder.join("in/s06.csv")).expect("s06 hands nothing in");

    let grade = format!("grade ftp-basics {CLASS} --answers in --made made --out graded");
    let (code, out, told) = run(folder, &grade);
    assert_eq!(code, 0, "{told}");
    let line = "graded: 59 of 60 students handed in, 0 to 22 of 22 points, grades in grades.csv\n";
    assert_eq!(out, line);
    let table = String::from_utf8(read(folder, "graded/grades.csv")).expect("text");
    assert_eq!(table.lines().count(), STUDENTS + 1);
    assert!(told.ends_with("handed in nothing: s06\n"), "{told}");
    let whole = json(folder, "graded/grades.json");
    let verdict = |student: usize, question: &str| -> (String, String) {
        let marks = whole["grades"][student]["marks"].as_array().expect("marks");
        let mark = marks
            .iter()
            .find(|m| m["question"] == question)
            .expect("a mark");
        (text(&mark["verdict"]), text(&mark["feedback"]))
    };
    for question in ["client-isn", "server-isn", "password"] {
        assert_eq!(verdict(1, question).0, "right", "{question}");
    }
    for (question, word) in [
        ("client-isn", "relative"),
        ("data-port", "swapped"),
        ("data-connection-syn", "One off"),
        ("server-isn", "client's"),
    ] {
        let (verdict, said) = verdict(2, question);
        assert_eq!(verdict, "typical", "{question}");
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(verdict(3, "user-name").0, "missing");
    assert_eq!(verdict(3, "data-bytes").0, "illegible");
    assert_eq!(verdict(3, "connections").0, "wrong");
    let points = |student: usize| whole["grades"][student]["points"].as_u64().expect("points");
    // 22 points: client-isn and data-port count two.
    assert_eq!(
        [0, 1, 2, 3, 4, 5, 6].map(points),
        [22, 22, 16, 19, 22, 16, 0]
    );

    let suspicions = whole["suspicions"].as_array().expect("a list");
    assert_eq!(suspicions.len(), 1, "{suspicions:?}");
    let copy = &suspicions[0];
    assert_eq!(
        (text(&copy["student"]), text(&copy["source"])),
        ("s05".into(), "s04".into())
    );
    assert!(copy["one_in"].as_u64().expect("odds") > 1000, "{copy}");
    assert!(
        told.contains("s05: 4 of 4 wrong answers are right for s04"),
        "{told}"
    );

    let sheet = String::from_utf8(read(folder, "graded/feedback/s02.html")).expect("text");
    assert!(sheet.contains("swapped") && sheet.contains("16 of 22 points"));
    // What is wrong is not put right: others may still be at it.
    assert!(
        !sheet.contains(&right["s02"]["client-isn"])
            || right["s02"]["client-isn"] == given["s02"]["server-isn"]
    );
}

#[test]
fn answers_of_the_whole_class_in_one_file() {
    let class = class();
    let folder = class.path();
    let key = make(folder, "password-guessing", "made");
    let right = answers(&key);
    let questions: Vec<&String> = right["s00"].keys().collect();
    let mut table = String::from("student");
    questions.iter().for_each(|q| table += &format!(";{q}"));
    for (student, answers) in &right {
        table += &format!("\n{student}");
        questions
            .iter()
            .for_each(|q| table += &format!(";{}", answers[*q]));
    }
    table += "\nnobody;1\n";
    write(folder, "all.csv", &table);
    let (code, out, told) = run(
        folder,
        &format!("grade password-guessing {CLASS} --answers all.csv"),
    );
    assert_eq!(code, 0, "{told}");
    assert!(
        out.lines()
            .skip(1)
            .all(|l| l.contains(",17,17,") || l.contains(",16,16,")),
        "{out}"
    );
    assert!(told.contains("`nobody` is not on the roster"), "{told}");
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_overwritten() {
    let class = class();
    let folder = class.path();
    write(folder, "few.csv", "id,name\na,Ann\nb,Bo\n");
    let few = "--roster few.csv --secret-file secret";
    assert_eq!(
        run(folder, &format!("make ftp-basics {few} --out made")).0,
        0
    );
    let (code, _, told) = run(folder, &format!("make ftp-basics {few} --out made"));
    assert_eq!(code, 2);
    assert!(
        told.contains("something in made already") && told.contains("--force"),
        "{told}"
    );
    assert_eq!(
        run(folder, &format!("make ftp-basics {few} --out made --force")).0,
        0
    );

    write(folder, "twice.csv", "id\na\nb\na\n\"\",x\n");
    let twice = "make ftp-basics --roster twice.csv --secret-file secret --out x";
    let (code, _, told) = run(folder, twice);
    assert_eq!(code, 2);
    assert!(
        told.contains("line 4") && told.contains("line 2 already"),
        "{told}"
    );
    assert!(told.contains("line 5") && told.contains("no id"), "{told}");
    assert!(!folder.join("x").exists());

    let lost = "grade ftp-basics --roster few.csv --secret-file lost --answers few.csv";
    let (code, _, told) = run(folder, lost);
    assert_eq!(code, 3);
    assert!(
        told.contains("cannot read lost") && told.contains("--key teacher/key.json"),
        "{told}"
    );
    let new = "make ftp-basics --roster few.csv --secret-file lost --out z";
    let (code, _, told) = run(folder, new);
    assert_eq!(code, 3);
    assert!(
        told.contains("16 random characters") && !told.contains("--key"),
        "{told}"
    );
    write(folder, "other", "a secret of another class");
    write(folder, "in.csv", "id,client-isn\na,1\n");
    let other =
        "grade ftp-basics --roster few.csv --secret-file other --answers in.csv --made made";
    let (code, _, told) = run(folder, other);
    assert_eq!(code, 2);
    assert!(
        told.contains("not the secret that made was made with"),
        "{told}"
    );
    write(folder, "short", "123");
    let short = "make ftp-basics --roster few.csv --secret-file short --out y";
    assert!(run(folder, short).2.contains("16 at least"));

    let (code, _, told) = run(folder, "check ftp-basic");
    assert_eq!(code, 2);
    assert!(told.contains("did you mean `ftp-basics`"), "{told}");
    assert_eq!(run(folder, "check ftp-basics --seed 1").0, 2);
}

#[test]
fn shipped_exercises_are_fair() {
    let here = tempfile::tempdir().expect("a temporary folder");
    for builtin in exercise::builtin::all() {
        let (code, out, told) = run(
            here.path(),
            &format!("check {} --students 60", builtin.name),
        );
        assert_eq!(code, 0, "{}: {told}", builtin.name);
        assert!(out.contains("60 students"));
    }
}

#[test]
fn an_unfair_exercise_is_told() {
    let text = "exercise: 1\ntitle: x\nabout: The password is krueger.\nscenario: ftp-connect\n\
                questions: [password, client-isn]\n";
    let loaded = exercise::load("x", text, &|_| None).unwrap_or_else(|wrong| panic!("{wrong}"));
    let secret = exercise::Secret::new(&[7; 16]).expect("long enough");
    let mut variants = ["a", "b", "c"].map(|id| prepare(&loaded, &secret, id).expect("it plays"));
    let problems = compare(&loaded, &variants).problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems.iter().all(|problem| !problem.is_warning),
        "{problems:?}"
    );
    // That some have more frames to read is told, and no mistake.
    variants[0].measures.frames *= 2;
    let more = compare(&loaded, &variants).problems;
    let more: Vec<_> = more.iter().filter(|problem| problem.is_warning).collect();
    assert!(
        more.len() == 1 && more[0].message.contains("frames from 20 to 40"),
        "{more:?}"
    );
    assert!(
        problems[0].message.contains("`password` should differ"),
        "{problems:?}"
    );
    let help = problems[0].help.unwrap_or_default();
    assert!(help.contains("`varies: false`"), "{problems:?}");
    assert!(
        problems[1].message.contains("introduction gives away"),
        "{problems:?}"
    );
}

/// A mistake of the scenario is shown in the scenario, wherever that stands.
#[test]
fn mistakes_in_the_scenario_keep_their_place() {
    let class = class();
    let folder = class.path();
    let scenario = "\
lab: 1
title: x
segments: { lan: { subnet: 192.0.2.0/24 } }
hosts: { client: {}, server: {} }
servers: [ ftp: { host: server, users: { ann: {} } } ]
actors:
  ann: { host: client, mode: aktive, script: [ connect: server, quit ] }
";
    write(folder, "lab.yaml", scenario);
    let inside = format!("{scenario}exercise: {{ questions: [client-isn] }}\n");
    write(folder, "inside.yaml", &inside);
    let apart = "exercise: 1\ntitle: y\nscenario: lab.yaml\nquestions: [client-isn]\n";
    write(folder, "apart.yaml", apart);
    for (file, place) in [
        ("inside.yaml", "inside.yaml:7:30"),
        ("apart.yaml", "lab.yaml:7:30"),
    ] {
        let (code, _, told) = run(folder, &format!("check {file}"));
        assert_eq!(code, 2);
        assert!(told.contains("`aktive` is not a mode"), "{told}");
        assert!(told.contains(place), "{told}");
        assert!(told.ends_with(&format!("{file}: 1 mistake\n")), "{told}");
        let (code, _, told) = run(folder, &format!("make {file} {CLASS} --out made"));
        assert_eq!(code, 2);
        assert!(told.contains(place), "{told}");
    }
}

/// All mistakes of a file at once, each at its place, with what to do.
#[test]
fn mistakes_in_an_exercise_are_named_at_once() {
    let text = "\
exercise: 1
titel: x
title: y
scenario: ftp-connct
variables:
  a: { range: [5, 1] }
  b: { one_of: persons }
  c: { from: nobody }
questions:
  - client-ins
  - { id: q, ask: Why?, answer: { frame: tcp.flags.sin == 1 } }
  - { id: q2, ask: Why?, answer: { feild: ip.src, of: ip } }
";
    let wrong = exercise::load("x.yaml", text, &|_| None)
        .expect_err("it is wrong")
        .to_string();
    for part in [
        "x.yaml:2:1: error: unknown key `titel` in an exercise (did you mean `title`?)",
        "x.yaml:4:11: error: there is no scenario `ftp-connct` (did you mean `ftp-connect`?)",
        "x.yaml:6:15: error: a range has two ends",
        "x.yaml:7:16: error: there is no list of words `persons`",
        "x.yaml:8:14: error: no variable `nobody` comes before",
        "x.yaml:10:5: error: there is no question template `client-ins` (did you mean `client-isn`?)",
        "x.yaml:11:42: error: this filter cannot be understood",
        "x.yaml:12:34: error: an answer is one of",
        "did you mean `field`?",
    ] {
        assert!(wrong.contains(part), "{part} not in:\n{wrong}");
    }

    let load = |text: &str| match exercise::load("x.yaml", text, &|_| None) {
        Ok(_) => String::new(),
        Err(wrong) => wrong.to_string(),
    };
    let start = "exercise: 1\ntitle: y\nquestions: [client-isn]\n";
    let said = load(&format!("{start}scenario: ftp-connct\n"));
    assert!(
        said.contains("4:11") && said.contains("did you mean `ftp-connect`?"),
        "{said}"
    );
    let path =
        "scenario: ftp-connect\nvariables:\n  a: { set: hosts.cleint.ip, address: 10.2.0.0/24 }\n";
    let said = load(&format!("{start}{path}"));
    assert!(
        said.contains("6:13") && said.contains("did you mean `client`?"),
        "{said}"
    );
    let both = "exercise: 1\ntitle: y\nquestions: [client-ins]\nscenario: ftp-connct\n";
    assert_eq!(load(both).lines().count(), 2, "both are told");
    let from = "scenario: ftp-connect\nvariables:\n  a: { from: b }\n  b: { one_of: [x] }\n";
    let said = load(&format!("{start}{from}"));
    assert!(
        said.contains("6:14: error: no variable `b` comes before"),
        "{said}"
    );
    // What is right in a file with mistakes is looked at all the same.
    let some = "\
exercise: 1
scenario: ftp-connect
variables:
  a: { rnge: [1, 2] }
  b: { from: a, set: hosts.client.first_port }
  c: { set: hosts.cleint.ip, address: 10.2.0.0/24 }
set: { hosts.sever.ip: 192.0.2.9, hosts.client.first_port: \"{a}\" }
questions:
  - client-ins
  - client-isn
  - { id: client-isn, ask: Why?, answer: { frame: tcp } }
  - { id: Student, ask: Why?, answer: { frame: tcp } }
  - { id: name, ask: Why?, answer: { frame: tcp } }
";
    let said = load(some);
    for part in [
        "x.yaml:1:1: error: an exercise needs `title`",
        "x.yaml:4:6: error: a variable needs `range`, `one_of`, `sample`, `from` or `address`",
        "x.yaml:6:13: error: there is no `cleint` to set (did you mean `client`?)",
        "x.yaml:7:8: error: there is no `sever` to set (did you mean `server`?)",
        "x.yaml:9:5: error: there is no question template `client-ins`",
        "x.yaml:11:11: error: two questions are called `client-isn`",
        "x.yaml:12:11: error: `Student` cannot be a question's name: tables of answers and \
         grades have a column of that name",
        "x.yaml:13:11: error: `name` cannot be a question's name",
    ] {
        assert!(said.contains(part), "{part} not in:\n{said}");
    }
    // And `rnge`, twice: as a key that is not, and as the one that should be.
    assert_eq!(said.lines().count(), 9, "{said}");
    // A question is called as another though it cannot be read, and has no words.
    let asked = "\
exercise: 1
title: y
scenario: ftp-connect
variables: { a: { set: hosts.cleint.ip, address: 10.2.0.0/24 } }
questions:
  - { id: q, ask: Why?, answer: { frame: tcp.flags.sin == 1 } }
  - { id: q, ask: \" \", answer: { time: ftp }, tolerance: 10ms }
";
    let said = load(asked);
    for part in [
        "x.yaml:4:24: error: there is no `cleint` to set",
        "x.yaml:6:42: error: this filter cannot be understood",
        "x.yaml:7:11: error: two questions are called `q`",
        "x.yaml:7:19: error: `ask` has no words",
        "x.yaml:7:47: error: unknown key `tolerance` in a question (it belongs inside \
         `answer: { …, tolerance: … }`)",
    ] {
        assert!(said.contains(part), "{part} not in:\n{said}");
    }
    assert_eq!(said.lines().count(), 5, "{said}");
    let ranged = format!("{start}scenario: ftp-connect\nvariables: {{ a: {{ range: 5..9 }} }}\n");
    let said = load(&ranged);
    assert!(
        said.contains(
            "5:26: error: expected the lowest and the highest, as in [1025, 4999], found"
        ),
        "{said}"
    );
    assert!(load("exercise: 2\n").contains("format 2"));
    assert!(load("- x\n").contains("an exercise (a mapping)"));
}

/// What stands in braces is a variable, or YAML's own, or filled in by an `each`.
#[test]
fn braces_hold_variables() {
    let load = |variables: &str, set: &str| {
        let text = format!(
            "exercise: 1\ntitle: x\nscenario: ftp-guesspassword\nquestions: [client-isn]\n\
             variables: {{ {variables} }}\nset: {{ {set} }}\n"
        );
        match exercise::load("x.yaml", &text, &|_| None) {
            Ok(_) => String::new(),
            Err(wrong) => wrong.to_string(),
        }
    };
    let password = "password: { one_of: passwords }";
    let there_is_none = "error: there is no variable `passwrd` (did you mean `password`? or \
                         `{{passwrd}}` for the braces themselves)";
    for set in [
        "title: \"fred-{passwrd}\"",
        "actors.guesser.script.0: \"{ login: { user: fred, password: {passwrd} } }\"",
        "actors.guesser.script.0: \"{ wait: {passwrd}s }\"",
    ] {
        let said = load(password, set);
        assert!(said.contains(there_is_none), "{set}: {said}");
        // The word itself is pointed at.
        let column = 8 + set.find("{passwrd}").expect("it is there");
        assert!(
            said.contains(&format!("x.yaml:6:{column}: ")),
            "{set}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{set}: {said}");
    }
    let said = load(password, "title: \"{password} {wrod}\"");
    assert!(said.contains("`wrod` (did you mean `word`? or "), "{said}");
    let said = load(password, "title: \"{password} {elephant}\"");
    assert!(said.contains("`elephant` (one of: password, or "), "{said}");
    assert_eq!(load(password, "title: \"{password} {{elephant}}\""), "");
    let said = load(password, "title: \"{{password}}\"");
    assert!(said.contains("nothing takes the variable"), "{said}");
    assert_eq!(load(password, "title: \"{password} { x } {} {1}\""), "");
    // Without variables there is nothing that they could be meant for.
    assert_eq!(load("", "title: \"a {passwrd}\""), "");
    let said = load(password, "title: x");
    assert!(
        said.contains("5:14: error: nothing takes the variable `password` (give it `set`"),
        "{said}"
    );
    let two = "words: { sample: passwords, count: 3 }, one: { from: words }";
    assert_eq!(load(two, "title: \"{one}\""), "");
}

/// Whoever does not get on is named, in words.
#[test]
fn a_script_that_does_not_end_is_told_in_words() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let text = "exercise: 1\ntitle: x\nscenario: ftp-connect\nquestions: [client-isn]\n\
                set: { actors.fred.script.1.login: \"{ user: fred, password: wrong }\" }\n";
    write(here.path(), "x.yaml", text);
    let (code, _, told) = run(here.path(), "check x.yaml --students 3");
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains(
            "the scenario does not come to its end: `fred` did not get on in step 2: expected 230; `"
        ),
        "{told}"
    );
    assert!(
        told.contains("` came") && !told.contains("Failed {"),
        "{told}"
    );
}

/// What is found when the variants are played is named for all questions.
#[test]
fn questions_without_an_answer_are_named_together() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let text = "exercise: 1\ntitle: x\nscenario: ftp-connect\nquestions:\n\
                - { id: urgent, ask: Why?, answer: { frame: tcp.flags.urg == 1 } }\n\
                - client-isn\n\
                - { id: reset, ask: Why?, answer: { frame: tcp.flags.reset == 1 } }\n";
    write(here.path(), "x.yaml", text);
    let (code, _, told) = run(here.path(), "check x.yaml --students 3");
    assert_eq!(code, 2, "{told}");
    for question in ["urgent", "reset"] {
        let line = format!("student-1 and 2 others: the capture holds no answer to `{question}`\n");
        assert!(told.contains(&line), "{told}");
    }
    assert!(!told.contains("exercise check"), "{told}");
    write(here.path(), "r.csv", "id\na\n");
    write(here.path(), "secret", "sixteen characters\n");
    let make = "make x.yaml --roster r.csv --secret-file secret --out made";
    let (code, _, told) = run(here.path(), make);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("no answer to `urgent`, `reset`"), "{told}");
    assert!(told.contains("wirelab exercise check"), "{told}");
}

mod any {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_broken_exercise_is_refused_without_a_panic(at in 0usize..2000, with in "[-:{}\\[\\],'\"a-z0-9 \n]{0,6}") {
            let text = wirelab::exercise::builtin::find("ftp-basics").expect("it is there").text;
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let broken = format!("{}{with}{}", &text[..at], &text[at..]);
            let _ = wirelab::exercise::load("x.yaml", &broken, &|_| None);
        }
    }
}
