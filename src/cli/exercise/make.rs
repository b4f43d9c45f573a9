//! `wirelab exercise make`: captures, sheets, and the teacher's key.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::capture::{Capture, Format, Notes};
use crate::cli::args::ExerciseMake;
use crate::cli::check::count;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::edge::{AtomicFile, create_folder};
use crate::exercise::grade::{csv_table, json_text};
use crate::exercise::key::KeyEntry;
use crate::exercise::roster::Student;
use crate::exercise::{Loaded, Prepared, sheet};
use crate::lab::{TRACE_EPOCH, hex};

/// What of a student goes into key and manifest.
struct Made {
    key: KeyEntry,
    row: Vec<String>,
    files: Value,
}

pub(super) fn make(args: &ExerciseMake) -> Result<(), Failure> {
    let (loaded, hash, students, secret) = super::class(&args.class)?;
    super::claim(&args.out, args.force)?;
    create_folder(&args.out.join("teacher/captures"))?;
    let ids: Vec<String> = students.iter().map(|s| s.id.clone()).collect();
    let made = super::for_each(&loaded, &secret, &ids, |at, prepared| {
        match students.get(at) {
            Some(student) => one(&loaded, student, &prepared, &args.out),
            None => Err(Failure::usage("nobody of that number")),
        }
    })?;
    let questions = loaded.exercise.questions.iter().map(|q| q.id.value.clone());
    let mut heading = vec!["student".to_owned(), "name".to_owned()];
    heading.extend(questions);
    let rows = std::iter::once(&heading).chain(made.iter().map(|m| &m.row));
    let teacher = args.out.join("teacher");
    AtomicFile::put(&teacher.join("key.csv"), csv_table(rows).as_bytes())?;
    let keys: Vec<&KeyEntry> = made.iter().map(|m| &m.key).collect();
    put_json(&teacher.join("key.json"), &json!(keys))?;
    let manifest = json!({
        "exercise": loaded.name,
        "exercise sha256": hash,
        "scenario": loaded.scenario_name,
        "scenario sha256": hex(&Sha256::digest(&loaded.scenario)),
        "secret": secret.fingerprint(),
        "trace epoch": TRACE_EPOCH,
        "students": made.iter().map(|m| &m.files).collect::<Vec<_>>(),
    });
    put_json(&teacher.join("manifest.json"), &manifest)?;
    output::result(&format!(
        "{}: {} of {} for {}, secret's fingerprint {}\n",
        args.out.display(),
        count(loaded.exercise.questions.len(), "question"),
        loaded.name,
        count(students.len(), "student"),
        secret.fingerprint(),
    ))?;
    output::remark("students/ is to hand out, a folder each; teacher/ is yours alone");
    Ok(())
}

pub(super) fn put_json(path: &Path, value: &Value) -> Result<(), Failure> {
    Ok(AtomicFile::put(path, json_text(value).as_bytes())?)
}

/// Writes one student's files, and the teacher's copy of the capture.
fn one(
    loaded: &Loaded,
    student: &Student,
    prepared: &Prepared,
    out: &Path,
) -> Result<Made, Failure> {
    let exercise = &loaded.exercise;
    let asked = &prepared.asked;
    let folder = out.join("students").join(&student.id);
    create_folder(&folder)?;
    let capture = format!("{}.pcapng", loaded.name);
    let handed = prepared.blanked.as_ref().unwrap_or(&prepared.capture);
    let files = [
        (capture.clone(), bytes(handed, Notes::Omit)?),
        (
            "sheet.md".into(),
            sheet::markdown(exercise, asked, student, &capture).into_bytes(),
        ),
        (
            "sheet.html".into(),
            sheet::html(exercise, asked, student, &capture).into_bytes(),
        ),
        ("answers.csv".into(), sheet::blank(asked).into_bytes()),
    ];
    let mut hashes = serde_json::Map::new();
    for (name, bytes) in &files {
        AtomicFile::put(&folder.join(name), bytes)?;
        hashes.insert(name.clone(), json!(hex(&Sha256::digest(bytes))));
    }
    let annotated = bytes(&prepared.capture, Notes::Keep)?;
    let place = out
        .join("teacher/captures")
        .join(format!("{}.pcapng", student.id));
    AtomicFile::put(&place, &annotated)?;

    let mut row = vec![student.id.clone(), student.name.clone().unwrap_or_default()];
    row.extend(asked.iter().map(|q| q.answer.to_string()));
    Ok(Made {
        key: KeyEntry::of(student, prepared),
        row,
        files: json!({
            "student": student.id,
            "files": hashes,
            "annotated": hex(&Sha256::digest(&annotated)),
        }),
    })
}

pub(super) fn bytes(capture: &Capture, notes: Notes) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let written = capture.write(&mut bytes, Format::PcapNg, notes);
    written.map_err(|e| Failure::usage(e.to_string()))?;
    Ok(bytes)
}
