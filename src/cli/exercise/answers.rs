//! What was handed in: a file for each student in a folder, or one for all.

use std::path::{Path, PathBuf};

use crate::analyze::Printable;
use crate::cli::failure::{Failure, WRONG};
use crate::cli::output;
use crate::edge::read_bytes;
use crate::exercise::check::holds_word;
use crate::exercise::roster::{Answers, Student, read_answers};
use crate::scenario::suggest::did_you_mean;

/// Everything that was handed in, by student. What belongs to nobody is told;
/// what cannot be read is an error, all of it at once: it would look like an
/// empty sheet.
pub(super) fn collect(
    path: &Path,
    students: &[Student],
    questions: &[&str],
) -> Result<Answers, Failure> {
    let known: Vec<&str> = students.iter().map(|s| s.id.as_str()).collect();
    let files: Vec<(PathBuf, Option<&str>)> = if path.is_dir() {
        let files = theirs(path, &known)?;
        files
            .into_iter()
            .map(|(file, id)| (file, Some(id)))
            .collect()
    } else {
        vec![(path.to_owned(), None)]
    };
    let mut answers = Answers::new();
    let mut is_wrong = false;
    for (file, owner) in files {
        let bytes = read_bytes(&file, super::MAX_TABLE)?;
        match read_answers(&bytes, owner, questions, &mut answers) {
            Ok(remarks) => {
                for remark in remarks {
                    output::remark(&format!("{}: {remark}", file.display()));
                }
            }
            Err(wrong) => {
                output::error(&format!("{}: {wrong}", file.display()), None);
                is_wrong = true;
            }
        }
    }
    if is_wrong {
        output::remark("nothing is graded: mend such a file, or take it away");
        return Err(Failure::Told(WRONG));
    }
    for id in answers.keys().filter(|id| !known.contains(&id.as_str())) {
        output::remark(&stranger(id, &known));
    }
    Ok(answers)
}

/// The files in a folder that are somebody's, in the roster's order, each with
/// whose it is.
fn theirs<'a>(folder: &Path, known: &[&'a str]) -> Result<Vec<(PathBuf, &'a str)>, Failure> {
    let mut found: Vec<(usize, PathBuf, &str)> = Vec::new();
    for path in entries(folder)? {
        let is_csv = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let (name, place) = match path.is_dir() {
            true => (path.file_name(), path.join("answers.csv")),
            false => (path.file_stem(), path.clone()),
        };
        let name = name.unwrap_or_default().to_string_lossy().into_owned();
        if !place.is_file() || !(is_csv || path.is_dir()) {
            output::remark(&format!(
                "{}: not read; answers are looked for in ID.csv and ID/answers.csv",
                path.display()
            ));
        } else if let Some(at) = known.iter().position(|id| *id == name)
            && let Some(id) = known.get(at)
        {
            found.push((at, place, id));
        } else {
            output::remark(&format!("{}: {}", place.display(), stranger(&name, known)));
        }
    }
    if found.is_empty() {
        return Err(Failure::Usage {
            message: format!("nobody on the roster has answers in {}", folder.display()),
            help: Some(
                "they are looked for in ID.csv and ID/answers.csv; \
                 a table of the whole class is given as a file, as in --answers class.csv"
                    .into(),
            ),
        });
    }
    // Of ID.csv and ID/answers.csv the second counts where both answer.
    found.sort_by_key(|(at, place, _)| (*at, place.components().count()));
    Ok(found
        .into_iter()
        .map(|(_, place, id)| (place, id))
        .collect())
}

/// What is in a folder, by name, without what is hidden.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the porch reads folders")]
    let read = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect());
    let mut found: Vec<PathBuf> = read.map_err(|why| Failure::Input {
        name: folder.display().to_string(),
        why: why.to_string(),
    })?;
    let is_hidden = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.as_encoded_bytes().starts_with(b".")
    };
    found.retain(|path| !is_hidden(path));
    found.sort();
    Ok(found)
}

/// What to say of an id that is nobody's.
fn stranger(id: &str, known: &[&str]) -> String {
    // "s17_answers" and "Lee s17" hold an id as a word of theirs.
    let folded = id.to_lowercase();
    let holds = |known: &&&str| holds_word(&folded, &known.to_lowercase());
    let within = known.iter().filter(holds).max_by_key(|id| id.len());
    let near = within.copied().or_else(|| did_you_mean(id, known));
    let help = near.map_or(String::new(), |near| format!("; is it `{near}`?"));
    format!("`{}` is not on the roster{help}", Printable(id.as_bytes()))
}
