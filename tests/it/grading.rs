//! Grading: what was lost, what does not fit, what is right in part, and copies in small classes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use wirelab::capture::Capture;
use wirelab::exercise::{self, Secret, prepare};

use crate::exercise::{answers, hand_in, json, read, run, write};
use crate::tshark::is_there;

type Given = BTreeMap<String, BTreeMap<String, String>>;

/// A small class whose captures are made in `made`; its right answers.
fn small(folder: &Path, exercise: &str, students: &[&str]) -> Given {
    write(
        folder,
        "roster.csv",
        &format!("id\n{}\n", students.join("\n")),
    );
    write(folder, "secret", "a secret of this class alone\n");
    let made = format!("make {exercise} {CLASS} --out made");
    let (code, _, told) = run(folder, &made);
    assert_eq!(code, 0, "{told}");
    answers(&json(folder, "made/teacher/key.json"))
}

const CLASS: &str = "--roster roster.csv --secret-file secret";

fn marks(grades: &Value, student: usize) -> BTreeMap<String, (String, u64, String)> {
    let marks = grades["grades"][student]["marks"]
        .as_array()
        .expect("marks");
    let text = |v: &Value| v.as_str().expect("text").to_owned();
    marks
        .iter()
        .map(|m| {
            let points = m["points"].as_u64().expect("points");
            (
                text(&m["question"]),
                (text(&m["verdict"]), points, text(&m["feedback"])),
            )
        })
        .collect()
}

#[test]
fn a_lost_secret_is_no_disaster() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let mut given = small(folder, "ftp-basics", &["a", "b", "c"]);
    let b = given.get_mut("b").expect("b");
    b.insert("client-isn".into(), "0".into());
    b.insert("client-ip".into(), "10.2.0.0".into());
    hand_in(folder, &given);
    let with_secret = run(
        folder,
        &format!("grade ftp-basics {CLASS} --answers in --json"),
    );
    assert_eq!(with_secret.0, 0, "{}", with_secret.2);
    std::fs::remove_file(folder.join("secret")).expect("it is lost");
    let key = "--roster roster.csv --key made/teacher/key.json --answers in";
    let (code, out, told) = run(
        folder,
        &format!("grade ftp-basics {key} --made made --json"),
    );
    assert_eq!((code, out), (0, with_secret.1), "{told}");

    // A key of something else is told from it.
    let (code, _, told) = run(folder, &format!("grade password-guessing {key}"));
    assert_eq!(code, 2);
    assert!(told.contains("key of other questions"), "{told}");
    write(folder, "roster.csv", "id\na\nz\n");
    let (code, _, told) = run(folder, &format!("grade ftp-basics {key}"));
    assert_eq!(code, 2);
    assert!(told.contains("`z` is not in"), "{told}");
    write(folder, "no.json", "[{\"student\": 1}]");
    let wrong = "grade ftp-basics --roster roster.csv --key no.json --answers in";
    assert!(run(folder, wrong).2.contains("is no key"));
    let neither = "grade ftp-basics --roster roster.csv --answers in";
    assert_eq!(run(folder, neither).0, 2);
}

#[test]
fn a_wrong_secret_is_noticed_without_the_manifest() {
    // A large class, where some are right by chance, a small one, and one of one.
    let class: Vec<String> = (0..40).map(|n| format!("s{n}")).collect();
    let class: Vec<&str> = class.iter().map(String::as_str).collect();
    for students in [&class[..], &class[..3], &class[..1]] {
        let here = tempfile::tempdir().expect("a temporary folder");
        let folder = here.path();
        let right = small(folder, "ftp-basics", students);
        hand_in(folder, &right);
        let grade = format!("grade ftp-basics {CLASS} --answers in");
        assert_eq!(run(folder, &grade).0, 0);
        // Nearly everything wrong is a bad class, and graded.
        let mut given = right.clone();
        for answers in given.values_mut() {
            let known = ["client-isn", "server-isn", "data-port", "client-ip"];
            for (question, answer) in answers {
                if !known.contains(&question.as_str()) {
                    *answer = "no idea".into();
                }
            }
        }
        hand_in(folder, &given);
        let (code, _, told) = run(folder, &grade);
        assert_eq!(code, 0, "{told}");
        hand_in(folder, &right);
        write(folder, "secret", "a secret of another class\n");
        let (code, out, told) = run(folder, &grade);
        assert_eq!((code, out.as_str()), (2, ""), "{told}");
        assert!(
            told.contains("which is chance") && told.contains("--made"),
            "{told}"
        );
    }
}

/// Of a few answers nobody can be certain, and one that is right is luck.
#[test]
fn a_few_answers_are_graded_with_a_warning() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let all = small(folder, "ftp-basics", &["a"]);
    let grade = format!("grade ftp-basics {CLASS} --answers in");
    let with = |known: &[&str], wrong: &[&str]| {
        let mut given = all.clone();
        for answers in given.values_mut() {
            answers.retain(|question, _| {
                known.contains(&question.as_str()) || wrong.contains(&question.as_str())
            });
            for question in wrong {
                answers.insert((*question).into(), "1".into());
            }
        }
        hand_in(folder, &given);
        run(folder, &grade)
    };
    for (known, wrong, code, says) in [
        (&["client-isn"][..], &[][..], 0, ""),
        (
            &[],
            &["client-isn", "server-isn", "data-port"],
            0,
            "may be chance",
        ),
        (&["client-isn", "server-isn"], &["data-port"], 0, ""),
    ] {
        let (found, _, told) = with(known, wrong);
        assert_eq!(found, code, "{known:?} {wrong:?}: {told}");
        let is_said = told.contains("may be chance");
        assert_eq!(is_said, !says.is_empty(), "{known:?} {wrong:?}: {told}");
    }
    // Six and more that differ: one lucky hit among them is no proof.
    let questions: Vec<String> = all["a"].keys().cloned().collect();
    let others: Vec<&str> = questions.iter().map(String::as_str).collect();
    let others: Vec<&str> = others.into_iter().filter(|q| *q != "client-isn").collect();
    let (code, out, told) = with(&["client-isn"], &others);
    assert_eq!((code, out.as_str()), (2, ""), "{told}");
    assert!(told.contains("which is chance"), "{told}");
    // Who knows what they were made with is believed.
    write(folder, "secret", "a secret of this class alone\n");
    let (code, _, told) = run(folder, &format!("{grade} --made made"));
    assert_eq!(code, 0, "{told}");
    assert!(!told.contains("chance:"), "{told}");
}

#[test]
fn a_copy_is_found_in_a_class_of_two() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let mut given = small(folder, "ftp-basics", &["a", "b"]);
    let (a, b) = (given["a"].clone(), given.get_mut("b").expect("b"));
    for question in ["client-isn", "server-isn", "data-port"] {
        b.insert(question.into(), a[question].clone());
    }
    hand_in(folder, &given);
    let (code, _, told) = run(folder, &format!("grade ftp-basics {CLASS} --answers in"));
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("b: 3 of 3 wrong answers are right for a"),
        "{told}"
    );
    // Without the secret there are no strangers to compare with, and it says so.
    let key = "--roster roster.csv --key made/teacher/key.json --answers in";
    let (_, _, told) = run(folder, &format!("grade ftp-basics {key}"));
    assert!(
        told.contains("of fewer than three students nobody can tell a copy from chance")
            && told.contains("takes --secret-file"),
        "{told}"
    );
}

#[test]
fn what_is_right_in_part_earns_a_part() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let mut given = small(folder, "file-transfer", &["a", "b", "c"]);
    let b = given.get_mut("b").expect("b");
    b.insert("handshake-frames".into(), "3, 4".into());
    let order: Vec<char> = b["session-order"].chars().filter(|c| *c != ' ').collect();
    let swapped: String = [order[1], order[0], order[2], order[3], order[4]]
        .iter()
        .collect();
    b.insert("session-order".into(), swapped);
    b.insert("file-hash".into(), "00".into());
    let right: u32 = b["hidden-acknowledgement"].parse().expect("a number");
    b.insert(
        "hidden-acknowledgement".into(),
        right.wrapping_sub(1).to_string(),
    );
    let c = given.get_mut("c").expect("c");
    c.insert("handshake-frames".into(), "2, 3, 4".into());
    let hash = c["file-hash"].to_uppercase();
    c.insert("file-hash".into(), hash);
    // A line that is not there, and digits in groups with a unit behind them.
    c.remove("client-ip");
    let bytes = c["data-bytes"].clone();
    let (thousands, rest) = bytes.split_at(bytes.len() - 3);
    c.insert("data-bytes".into(), format!(" {thousands},{rest} bytes "));
    hand_in(folder, &given);
    let grade = format!("grade file-transfer {CLASS} --answers in --made made --json");
    let (code, out, told) = run(folder, &grade);
    assert_eq!(code, 0, "{told}");
    let whole: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(whole["grades"][0]["points"], whole["grades"][0]["of"]);
    let (b, c) = (marks(&whole, 1), marks(&whole, 2));
    let told = |marks: &BTreeMap<String, (String, u64, String)>, question: &str| {
        let (verdict, points, _) = &marks[question];
        (verdict.clone(), *points)
    };
    assert_eq!(told(&b, "handshake-frames"), ("partly".into(), 2));
    assert_eq!(told(&b, "session-order"), ("partly".into(), 3));
    assert_eq!(told(&b, "file-hash"), ("wrong".into(), 0));
    assert_eq!(told(&b, "hidden-acknowledgement"), ("typical".into(), 0));
    assert!(b["hidden-acknowledgement"].2.contains("take up one number"));
    assert_eq!(told(&c, "handshake-frames"), ("partly".into(), 1));
    assert_eq!(told(&c, "file-hash"), ("right".into(), 3));
    assert_eq!(told(&c, "client-ip"), ("missing".into(), 0));
    assert_eq!(told(&c, "data-bytes"), ("right".into(), 1));
}

/// The field is gone from what is handed out and stands in the teacher's copy;
/// the hash is that of the file as another program finds it.
#[test]
fn hidden_bytes_are_hidden_and_hashes_are_those_of_the_file() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let given = small(folder, "file-transfer", &["a"]);
    let theirs = read(folder, "made/students/a/file-transfer.pcapng");
    let whole = read(folder, "made/teacher/captures/a.pcapng");
    let frame = |bytes: &[u8], at: usize| {
        let (capture, problems) = Capture::read(bytes).expect("a capture");
        assert!(problems.is_empty());
        capture.frames[at].bytes().to_vec()
    };
    // The fifth frame is the handshake's third; its acknowledgement number
    // stands at 14 + 20 + 8.
    let (blanked, annotated) = (frame(&theirs, 4), frame(&whole, 4));
    assert_eq!(blanked[42..46], [0; 4]);
    assert_eq!(
        (&blanked[..42], &blanked[46..]),
        (&annotated[..42], &annotated[46..])
    );
    let right: u32 = given["a"]["hidden-acknowledgement"]
        .parse()
        .expect("a number");
    assert_eq!(annotated[42..46], right.to_be_bytes());
    let sheet = String::from_utf8(read(folder, "made/students/a/sheet.md")).expect("text");
    assert!(
        sheet.contains("bytes 42 to 45 of frame 5 are zeros"),
        "{sheet}"
    );
    assert!(!sheet.contains(&given["a"]["hidden-acknowledgement"]));

    if !is_there("grading") {
        return;
    }
    let streams = Command::new("tshark")
        .arg("-r")
        .arg(folder.join("made/students/a/file-transfer.pcapng"))
        .args(["-q", "-z", "follow,tcp,raw,1"])
        .output()
        .expect("tshark runs");
    let text = String::from_utf8_lossy(&streams.stdout).into_owned();
    let hex: String = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && line.bytes().all(|b| b.is_ascii_hexdigit()))
        .collect();
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
        .collect();
    assert_eq!(bytes.len().to_string(), given["a"]["data-bytes"]);
    use sha2::Digest as _;
    let hash = wirelab::lab::hex(&sha2::Sha256::digest(&bytes));
    assert_eq!(hash, given["a"]["file-hash"]);
}

#[test]
fn what_one_question_hides_no_other_may_need() {
    let text = "exercise: 1\ntitle: x\nscenario: ftp-connect\nquestions:\n  - client-isn\n  - id: h\n    ask: What?\n    answer: { hidden: tcp.seq_raw, of: tcp.flags.syn == 1 }\n";
    let loaded = exercise::load("x", text, &|_| None).unwrap_or_else(|wrong| panic!("{wrong}"));
    let secret = Secret::new(&[7; 16]).expect("long enough");
    let wrong = prepare(&loaded, &secret, "a").expect_err("one hides the other");
    assert!(
        wrong
            .to_string()
            .contains("hides what `client-isn` asks for"),
        "{wrong}"
    );
}

/// Questions may stand in the scenario that they are about.
#[test]
fn an_exercise_in_its_scenario() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let scenario = wirelab::scenario::builtin::find("ftp-connect")
        .expect("it is there")
        .text;
    let exercise = "\nexercise:\n  variables:\n    client: { set: hosts.client.ip, address: 10.2.0.0/24, except: [10.2.0.1] }\n  set: { checks: \"[]\" }\n  questions: [client-ip, client-isn]\n";
    write(folder, "mine.yaml", &format!("{scenario}{exercise}"));
    let played = Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .args(["run", "mine.yaml"])
        .current_dir(folder)
        .output()
        .expect("wirelab starts");
    let wirelab_says = String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success(), "{wirelab_says}");
    let (code, out, told) = run(folder, "check mine.yaml");
    assert_eq!(code, 0, "{told}");
    assert!(
        out.contains("mine: 20 students") && out.contains("client-isn  20"),
        "{out}"
    );
    let right = small(folder, "mine.yaml", &["a", "b"]);
    assert_ne!(right["a"], right["b"]);
    let sheet = String::from_utf8(read(folder, "made/students/a/sheet.md")).expect("text");
    assert!(sheet.starts_with("# Logging in and out\n"), "{sheet}");

    write(folder, "none.yaml", scenario);
    let (code, _, told) = run(folder, "check none.yaml");
    assert_eq!(code, 2);
    assert!(told.contains("no `exercise` in it"), "{told}");
    let wrong = scenario.to_owned() + "exercise: { scenario: x, questions: [client-ins] }\n";
    write(folder, "wrong.yaml", &wrong);
    let (code, _, told) = run(folder, "check wrong.yaml");
    assert_eq!(code, 2);
    assert!(
        told.contains("unknown key `scenario`") && told.contains("did you mean `client-isn`"),
        "{told}"
    );
}

/// What belongs to nobody is told; what cannot be read is no empty sheet.
#[test]
fn every_file_in_the_folder_is_accounted_for() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let students: Vec<String> = (1..=20).map(|n| format!("s{n}")).collect();
    let students: Vec<&str> = students.iter().map(String::as_str).collect();
    let right = small(folder, "ftp-basics", &students);
    let known = ["s1", "s2", "s3", "s4", "s5", "s6", "s7"];
    let given: Given = known.map(|id| (id.to_owned(), right[id].clone())).into();
    hand_in(folder, &given);
    for name in ["S16.csv", "s17_answers.csv", "zz.csv", ".hidden.csv"] {
        std::fs::copy(folder.join("in/s1.csv"), folder.join("in").join(name)).expect("a copy");
    }
    write(folder, "in/s18.xlsx", "PK");
    std::fs::create_dir(folder.join("in/s19")).expect("a folder");
    let grade = format!("grade ftp-basics {CLASS} --answers in --made made");
    let (code, out, told) = run(folder, &grade);
    assert_eq!(code, 0, "{told}");
    let file = |name: &str| Path::new("in").join(name).display().to_string();
    let elsewhere = "not read; answers are looked for in ID.csv and ID/answers.csv";
    let lines = [
        format!(
            "{}: `S16` is not on the roster; is it `s16`?",
            file("S16.csv")
        ),
        format!("{}: {elsewhere}", file("s18.xlsx")),
        format!("{}: {elsewhere}", file("s19")),
        format!(
            "{}: `s17_answers` is not on the roster; is it `s17`?",
            file("s17_answers.csv")
        ),
        format!("{}: `zz` is not on the roster", file("zz.csv")),
        "handed in nothing: s8, s9, s10, s11, s12, s13, s14, s15, s16, s17 and 3 more".into(),
    ];
    let mut told: Vec<&str> = told.lines().collect();
    told[..5].sort_unstable();
    let mut wanted: Vec<&str> = lines.iter().map(String::as_str).collect();
    wanted[..5].sort_unstable();
    assert_eq!(told, wanted);
    assert!(
        out.contains("s1,,22,22,") && out.contains("s16,,0,22,"),
        "{out}"
    );

    let utf16: Vec<u8> = "\u{feff}question,answer\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(folder.join("in/s2.csv"), utf16).expect("written");
    write(folder, "in/s5.csv", "client-ip;what\n1;2\n\u{1}");
    write(folder, "in/s6.csv", "no heading\n");
    let (code, out, told) = run(folder, &format!("{grade} --out graded"));
    assert_eq!((code, out.as_str()), (2, ""), "{told}");
    for (name, why) in [("s2.csv", "this is UTF-16"), ("s6.csv", "first line names")] {
        let line = told.lines().find(|line| line.contains(&file(name)));
        assert!(line.is_some_and(|line| line.contains(why)), "{told}");
    }
    assert!(told.contains("nothing is graded"), "{told}");
    assert!(!folder.join("graded").exists(), "nothing was written");
}

/// The heading of the table that was handed out may be gone; a question by another name
/// is no answer, but not nothing either; and a choice is a letter.
#[test]
fn what_was_handed_in_a_little_wrong_is_read_or_told() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let right = small(folder, "ftp-basics", &["a", "b", "c", "d"]);
    hand_in(folder, &right);
    let table = String::from_utf8(read(folder, "in/a.csv")).expect("text");
    let (heading, rows) = table.split_once('\n').expect("lines");
    assert_eq!(heading, "question,answer");
    write(folder, "in/a.csv", rows);
    write(folder, "in/b.csv", "question,answer\ncleint-isn,7\n");
    write(
        folder,
        "in/c.csv",
        "who-closes,10.2.0.9\nactive-or-passive,active\n",
    );
    let grade = format!("grade ftp-basics {CLASS} --answers in --made made --json");
    let (code, out, told) = run(folder, &grade);
    assert_eq!(code, 0, "{told}");
    let whole: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(whole["grades"][0]["points"], whole["grades"][0]["of"]);
    let c = marks(&whole, 2);
    let (verdict, _, said) = &c["active-or-passive"];
    assert_eq!(verdict, "illegible");
    assert_eq!(said, "This cannot be read. Expected was one letter.");
    assert!(told.contains("did you mean `client-isn`?"), "{told}");
    assert!(
        !told.contains("twice") && !told.contains("handed in nothing"),
        "{told}"
    );
    write(folder, "in/a.csv", &format!("Frage,Antwort\n{rows}"));
    let (code, out, told) = run(folder, &grade);
    assert_eq!((code, out.as_str()), (2, ""), "{told}");
    assert!(told.contains("the first line names the columns"), "{told}");
}

/// One off is said of each kind of number in its own words; a range is its numbers.
#[test]
fn numbers_are_told_what_they_are() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let mut given = small(folder, "ftp-basics", &["a", "b", "c"]);
    let b = given.get_mut("b").expect("b");
    for question in ["connections", "data-connection-syn", "client-window"] {
        let right: u64 = b[question].parse().expect("a number");
        b.insert(question.into(), (right + 1).to_string());
    }
    b.insert("handshake-frames".into(), "3-5".into());
    hand_in(folder, &given);
    let grade = format!("grade ftp-basics {CLASS} --answers in --made made --json");
    let (code, out, told) = run(folder, &grade);
    assert_eq!(code, 0, "{told}");
    assert_eq!(given["a"]["handshake-frames"], "3, 4, 5");
    let marks = marks(&serde_json::from_str(&out).expect("JSON"), 1);
    let said = |question: &str| marks[question].2.as_str();
    assert_eq!(marks["handshake-frames"].0, "right");
    assert!(said("connections").starts_with("One off. Count again"));
    assert_eq!(
        said("data-connection-syn"),
        "One off. Frames are counted from 1."
    );
    assert_eq!(said("client-window"), "One off.");
}

/// What a student wrote is text wherever it is shown, and nothing that a terminal or
/// a spreadsheet would carry out.
#[test]
fn what_is_written_as_an_answer_stays_text() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let mut given = small(folder, "ftp-basics", &["a", "b", "c"]);
    let wild = "x\u{1b}[2J\u{9b}31m\u{7f}\u{202e}y";
    let b = given.get_mut("b").expect("b");
    b.insert("user-name".into(), wild.into());
    b.insert("password".into(), "\t=HYPERLINK(1)".into());
    b.insert("client-ip".into(), "@SUM(1+1)".into());
    hand_in(folder, &given);
    let grade = format!("grade ftp-basics {CLASS} --answers in --out graded");
    let (code, _, told) = run(folder, &grade);
    assert_eq!(code, 0, "{told}");
    let does_something = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    for file in [
        "graded/details.csv",
        "graded/grades.csv",
        "graded/grades.json",
    ] {
        let text = String::from_utf8(read(folder, file)).expect("UTF-8");
        assert_eq!(text.chars().find(|c| does_something(*c)), None, "{file}");
    }
    let table = read(folder, "graded/details.csv");
    let mut rows = csv::Reader::from_reader(table.as_slice());
    let cells: Vec<String> = rows
        .records()
        .map(|row| row.expect("a row of the table")[2].to_owned())
        .collect();
    assert!(
        cells.contains(&r"x\x1b[2J\x9b31m\x7f\u{202e}y".into()),
        "{cells:?}"
    );
    assert!(cells.contains(&"'@SUM(1+1)".into()), "{cells:?}");
    assert!(
        !cells
            .iter()
            .any(|cell| cell.trim_start().starts_with(['=', '@']))
    );
    // JSON has escapes of its own: what is read back is what was handed in.
    let whole = json(folder, "graded/grades.json");
    let kept = |mark: &Value| mark["given"] == wild;
    let marks = whole["grades"][1]["marks"].as_array().expect("marks");
    assert!(marks.iter().any(kept), "{marks:?}");
    let (code, out, told) = run(
        folder,
        &format!("grade ftp-basics {CLASS} --answers in --json"),
    );
    assert_eq!(code, 0, "{told}");
    assert_eq!(out.chars().find(|c| does_something(*c)), None);
}

/// A name or a password with a capital is right, and who wrote it is told that servers
/// tell capitals apart; the sheet says beforehand what counts.
#[test]
fn capitals_are_told_and_not_counted() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    let mut given = small(folder, "password-guessing", &["a", "b", "c"]);
    let b = given.get_mut("b").expect("b");
    for question in ["guesses", "right-guess"] {
        let shouted = b[question].to_uppercase();
        assert_ne!(shouted, b[question]);
        b.insert(question.into(), shouted);
    }
    hand_in(folder, &given);
    let grade = format!("grade password-guessing {CLASS} --answers in --made made --json");
    let (code, out, told) = run(folder, &grade);
    assert_eq!(code, 0, "{told}");
    let whole: Value = serde_json::from_str(&out).expect("JSON");
    let (a, b) = (marks(&whole, 0), marks(&whole, 1));
    assert_eq!(whole["grades"][1]["points"], whole["grades"][1]["of"]);
    for question in ["guesses", "right-guess"] {
        let (verdict, _, said) = &b[question];
        assert_eq!(verdict, "right");
        assert!(said.contains("most servers tell apart"), "{said}");
        assert!(!a[question].2.contains("capitals"), "{}", a[question].2);
    }
    let sheet = read(folder, "made/students/a/sheet.md");
    let sheet = String::from_utf8(sheet).expect("text");
    let said = sheet.matches("capitals do not matter").count();
    assert!(
        said >= 2 && !sheet.contains("as it stands in the frame"),
        "{sheet}"
    );
}
