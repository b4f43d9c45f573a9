//! Exports, read by parsers that are not ours and compared with the teacher's key.
//!
//! `gift-pegjs` reads GIFT. Python's XML, zip and YAML readers take the others
//! apart; the shape of QTI is compared with what `text2qti` writes for Canvas.
//! Where they are installed is told by `.ci/run`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::exercise::{read, run, write};
use crate::support::{root, say};

/// Where the validators are. With `WIRELAB_ORACLES=1` their absence is a failure.
fn validators(test: &str) -> Option<PathBuf> {
    let folder = root().join("target/tools/validators");
    let there = folder.join("node_modules/gift-pegjs").is_dir()
        && folder.join("venv/bin/text2qti").is_file();
    if !there {
        let required = std::env::var("WIRELAB_ORACLES").is_ok_and(|value| value == "1");
        assert!(!required, "{test}: no validators in {}", folder.display());
        say(&format!(
            "{test}: SKIPPED, the validators are not installed"
        ));
    }
    there.then_some(folder)
}

/// What `command` prints: how many questions it compared.
fn compared(command: &mut Command) -> u64 {
    let output = command.output().expect("a validator starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{told}");
    let count = String::from_utf8_lossy(&output.stdout);
    count.trim().parse().unwrap_or_else(|_| panic!("{count}"))
}

/// Names that would end a category, a title, a cell, a gap or an answer.
const ROSTER: &str = "id,name\nann,Ann Lee\nbo#1 {x}~=%,Bo & Co\n\"c, d\",\u{c9}ve\n";
const CLASS: &str = "--roster roster.csv --secret-file secret";

/// A class whose captures are made, and exported in each format.
fn exported(exercise: &str) -> tempfile::TempDir {
    let class = tempfile::tempdir().expect("a temporary folder");
    let folder = class.path();
    write(folder, "roster.csv", ROSTER);
    write(folder, "secret", "a secret of this class alone\n");
    let done = |arguments: &str| {
        let (code, out, told) = run(folder, arguments);
        assert_eq!(code, 0, "{arguments}: {told}");
        out
    };
    done(&format!("make {exercise} {CLASS} --out made"));
    for format in ["moodle-xml", "gift", "csv", "qti", "ctfd"] {
        let out = done(&format!(
            "export {exercise} {CLASS} --to {format} --out {format}"
        ));
        assert!(out.contains("for 3 students"), "{out}");
        let place = match format {
            "ctfd" => format!("{format}: "),
            _ => Path::new(format).join(exercise).display().to_string(),
        };
        assert!(out.starts_with(&place), "{out}");
    }
    class
}

#[test]
fn exports_are_what_other_programs_read() {
    let exercises = ["ftp-basics", "password-guessing", "file-transfer"];
    let classes = exercises.map(|exercise| (exercise, exported(exercise)));
    for (exercise, class) in &classes {
        table_is_whole(class.path(), exercise);
    }
    let Some(tools) = validators("exports") else {
        return;
    };
    let scripts = root().join("tests/exports");
    let mut counts = [0; 4];
    for (exercise, class) in &classes {
        let folder = class.path();
        let mut node = Command::new("node");
        node.arg(scripts.join("gift.cjs"))
            .arg(tools.join("node_modules"))
            .arg(folder.join("gift").join(format!("{exercise}.gift")))
            .arg(folder.join("made/teacher/key.json"));
        counts[0] += compared(&mut node);
        for (at, (how, out)) in [("moodle", "moodle-xml"), ("qti", "qti"), ("ctfd", "ctfd")]
            .into_iter()
            .enumerate()
        {
            let mut python = Command::new(tools.join("venv/bin/python"));
            python
                .arg(scripts.join("platforms.py"))
                .arg(how)
                .arg(folder.join(out))
                .arg(folder.join("made"))
                .arg(exercise);
            counts[at + 1] += compared(&mut python);
        }
    }
    for (oracle, count) in ["gift-pegjs", "moodle", "qti", "ctfd"]
        .into_iter()
        .zip(counts)
    {
        assert!(count >= 3 * 40, "{oracle}: {count}");
        say(&format!("oracle: {oracle} compared {count} questions"));
    }
}

/// The table holds a line for each question of each student.
fn table_is_whole(folder: &Path, exercise: &str) {
    let bytes = read(folder, &format!("csv/{exercise}.csv"));
    let mut table = csv::Reader::from_reader(bytes.as_slice());
    let rows: Vec<csv::StringRecord> = table.records().map(|r| r.expect("a row")).collect();
    let key = crate::exercise::answers(&crate::exercise::json(folder, "made/teacher/key.json"));
    assert_eq!(
        rows.len(),
        key.values().map(|answers| answers.len()).sum::<usize>()
    );
    for row in &rows {
        let right = &key[&row[0]][&row[2]];
        assert_eq!(row[7].trim_start_matches('\''), right);
        let capture = read(folder, &format!("csv/{}", &row[1]));
        let own = format!("made/students/{}/{exercise}.pcapng", &row[0]);
        assert!(capture == read(folder, &own), "{row:?}");
    }
}

#[test]
fn the_same_bytes_twice_and_nothing_overwritten() {
    let class = tempfile::tempdir().expect("a temporary folder");
    let folder = class.path();
    write(folder, "secret", "a secret of this class alone\n");
    let export = "export ftp-basics --secret-file secret --variants 12 --to qti --out";
    assert_eq!(run(folder, &format!("{export} one")).0, 0);
    assert_eq!(run(folder, &format!("{export} two")).0, 0);
    let zip = |out: &str| read(folder, &format!("{out}/ftp-basics-qti.zip"));
    assert!(zip("one") == zip("two"));
    let (code, _, told) = run(folder, &format!("{export} one"));
    assert_eq!(code, 2);
    assert!(told.contains("--force"), "{told}");
    let nobody = "export ftp-basics --secret-file secret --to gift --out three";
    assert_eq!(run(folder, nobody).0, 2);
}
