//! `wirelab exercise export`: an exercise for another program.

use crate::capture::Notes;
use crate::cli::args::{ExerciseExport, ExportTo, How};
use crate::cli::check::count;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::edge::{AtomicFile, create_folder};
use crate::exercise::export::{Format, Sheet, export as files_of};
use crate::exercise::roster::Student;

pub(super) fn export(args: &ExerciseExport, how: &How) -> Result<(), Failure> {
    let (loaded, _) = super::open(&args.exercise)?;
    let students = match (&args.roster, args.variants) {
        (Some(roster), _) => super::students(roster)?,
        (None, Some(count)) => numbered(count),
        (None, None) => return Err(Failure::usage("--roster, or --variants")),
    };
    let secret = super::secret(&args.secret_file, super::NEW_SECRET)?;
    super::claim(&args.out, args.force)?;
    let ids: Vec<String> = students.iter().map(|s| s.id.clone()).collect();
    let sheets = super::for_each(&loaded, &secret, &ids, |at, prepared| {
        let Some(student) = students.get(at) else {
            return Err(Failure::usage("nobody of that number"));
        };
        let handed = prepared.blanked.as_ref().unwrap_or(&prepared.capture);
        Ok(Sheet {
            student: student.clone(),
            capture: super::make::bytes(handed, Notes::Omit)?,
            asked: prepared.asked,
        })
    })?;
    let format = match args.to {
        ExportTo::MoodleXml => Format::MoodleXml,
        ExportTo::Gift => Format::Gift,
        ExportTo::Csv => Format::Csv,
        ExportTo::Qti => Format::Qti,
        ExportTo::Ctfd => Format::Ctfd,
    };
    let files = files_of(format, &loaded.name, &loaded.exercise, &sheets);
    for (name, _) in &files {
        how.places.write(&args.out.join(name))?;
    }
    for (name, bytes) in &files {
        let place = args.out.join(name);
        if let Some(folder) = place.parent() {
            create_folder(folder)?;
        }
        AtomicFile::put(&place, bytes)?;
    }
    // The one file that is to be read, if there is one: captures lie in folders.
    let whole = files.iter().find(|(name, _)| !name.contains('/'));
    let place = match whole {
        Some((name, _)) => args.out.join(name),
        None => args.out.clone(),
    };
    output::result(&format!(
        "{}: {} of {} for {} in {}\n",
        place.display(),
        count(loaded.exercise.questions.len(), "question"),
        loaded.name,
        count(students.len(), "student"),
        count(files.len(), "file"),
    ))
}

/// Variants for whoever comes: a platform hands them out by chance.
fn numbered(count: u32) -> Vec<Student> {
    let width = count.to_string().len();
    let ids = (1..=count).map(|n| format!("variant-{n:0width$}"));
    ids.map(|id| Student { id, name: None }).collect()
}
