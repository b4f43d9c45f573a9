//! What a command reads and what it writes are different files: nothing is
//! written over what is read, and no two outputs are one.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::args::{Exercise, Verb};
use super::failure::Failure;
use crate::edge::{is_for_half_written, is_same_file};

/// The files that a command reads, and those that it writes.
#[derive(Debug, Default)]
pub(super) struct Places {
    written: Vec<PathBuf>,
    /// Those that it has begun to read.
    read: RefCell<Vec<PathBuf>>,
}

impl Places {
    /// What a verb will write, as far as its arguments tell, each of which must be
    /// another file.
    pub fn of(verb: &Verb) -> Result<Places, Failure> {
        let mut places = Places::default();
        for file in outputs(verb) {
            if is_for_half_written(&file) {
                return Err(Failure::Usage {
                    message: format!(
                        "{} is what a file is called that is only half written",
                        file.display()
                    ),
                    help: Some("give it another name".into()),
                });
            }
            let known = places
                .written
                .iter()
                .find(|known| is_same_file(known, &file));
            if let Some(known) = known {
                return Err(Failure::Usage {
                    message: format!(
                        "{} and {} are one file, and two things are to be written there",
                        known.display(),
                        file.display()
                    ),
                    help: Some("give each a name of its own".into()),
                });
            }
            places.written.push(file);
        }
        Ok(places)
    }

    /// Refuses to read what is to be written.
    pub fn read(&self, input: &Path) -> Result<(), Failure> {
        // Standard input can be a file as well.
        let input = match input.as_os_str() == "-" {
            true => Path::new("/dev/stdin"),
            false => input,
        };
        if let Some(output) = self.written.iter().find(|o| is_same_file(input, o)) {
            return Err(both(input, output));
        }
        self.read.borrow_mut().push(input.to_owned());
        Ok(())
    }

    /// Refuses to write what was read: a file whose name no argument tells.
    pub fn write(&self, output: &Path) -> Result<(), Failure> {
        let read = self.read.borrow();
        match read.iter().find(|input| is_same_file(input, output)) {
            Some(input) => Err(both(input, output)),
            None => Ok(()),
        }
    }
}

fn both(input: &Path, output: &Path) -> Failure {
    Failure::Usage {
        message: match input == output {
            true => format!("{} is read: it cannot be written too", input.display()),
            false => format!(
                "{} is {}, which is read: it cannot be written too",
                output.display(),
                input.display()
            ),
        },
        help: Some("write to a file of another name".into()),
    }
}

/// The files that a verb writes.
fn outputs(verb: &Verb) -> Vec<PathBuf> {
    match verb {
        Verb::Run(run) => {
            let files = run.output.iter().chain(&run.labels);
            files.filter(|file| *file != "-").cloned().collect()
        }
        Verb::Ladder(ladder) => ladder.output.iter().cloned().collect(),
        Verb::Report(report) => vec![report.output.clone()],
        Verb::Test(test) if test.bless => {
            let scenarios = test.scenarios.iter().filter(|path| path.exists());
            scenarios
                .map(|path| path.with_extension("golden"))
                .collect()
        }
        Verb::Exercise(Exercise::Make(make)) => {
            let names = ["key.csv", "key.json", "manifest.json"];
            names.map(|name| make.out.join("teacher").join(name)).into()
        }
        Verb::Exercise(Exercise::Grade(grade)) => {
            let names = ["grades.csv", "details.csv", "suspicions.csv", "grades.json"];
            let out = grade.out.iter();
            out.flat_map(|out| names.map(|name| out.join(name)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The files that a verb about exercises reads.
pub(super) fn inputs(verb: &Exercise) -> Vec<&Path> {
    let files: Vec<Option<&PathBuf>> = match verb {
        Exercise::List(_) => Vec::new(),
        Exercise::Check(check) => vec![Some(&check.exercise)],
        Exercise::Make(make) => {
            let class = &make.class;
            let files = [&class.exercise, &class.roster, &class.secret_file];
            files.map(Some).to_vec()
        }
        Exercise::Export(export) => vec![
            Some(&export.exercise),
            Some(&export.secret_file),
            export.roster.as_ref(),
        ],
        Exercise::Grade(grade) => vec![
            Some(&grade.exercise),
            Some(&grade.roster),
            Some(&grade.answers),
            grade.secret_file.as_ref(),
            grade.key.as_ref(),
        ],
    };
    files.into_iter().flatten().map(PathBuf::as_path).collect()
}
