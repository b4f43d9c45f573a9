//! `wirelab exercise`: a trace of their own for each student, and grades.

mod answers;
mod check;
mod export;
mod grade;
mod list;
mod make;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use sha2::{Digest as _, Sha256};

use super::args::{Class, Exercise, How};
use super::failure::{Failure, IO, WRONG};
use super::output;
use super::places::inputs;
use crate::edge::{read_bytes, read_text};
use crate::exercise::roster::{self, Student};
use crate::exercise::{Loaded, Prepared, Secret, VariantError, builtin, load, prepare};
use crate::lab::hex;
use crate::scenario::MAX_TEXT;

pub(super) fn exercise(verb: &Exercise, how: &How) -> Result<(), Failure> {
    how.must_be_bare("what an exercise varies stands in its file")?;
    for input in inputs(verb) {
        how.places.read(input)?;
    }
    match verb {
        Exercise::List(args) => list::list(args),
        Exercise::Make(args) => make::make(args),
        Exercise::Grade(args) => grade::grade(args),
        Exercise::Check(args) => check::check(args),
        Exercise::Export(args) => export::export(args, how),
    }
}

/// What helps who makes captures without a secret.
const NEW_SECRET: &str = "put 16 random characters or more into that file, and keep it: \
    grading this class needs it again";
/// What helps who has lost it.
const LOST_SECRET: &str = "it must be the secret that the captures were made with; if it is \
    lost, grade with `--key teacher/key.json` in its place";

/// The largest roster, and the largest file of answers, in bytes.
const MAX_TABLE: usize = 16 << 20;

/// Reads an exercise: a file, or a built-in by name. The hash is of its text.
fn open(path: &Path) -> Result<(Loaded, String), Failure> {
    let name = path.to_string_lossy();
    let name = name.as_ref();
    let hash = |text: &str| hex(&Sha256::digest(text));
    if !path.is_file()
        && let Some(builtin) = builtin::find(name)
    {
        return Ok((builtin.load()?, hash(builtin.text)));
    }
    if !path.exists() && path.extension().is_none() {
        return Err(Failure::Usage {
            message: format!("there is no file and no built-in exercise `{name}`"),
            help: Some(match builtin::nearest(name) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`wirelab exercise list` lists the built-in exercises".into(),
            }),
        });
    }
    let text = read_text(path, MAX_TEXT)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let beside = |name: &str| {
        // A name and nothing but a name: an exercise reads no other folder.
        let plain = !name.contains(['/', '\\']) && name != "..";
        let found = plain.then(|| read_text(&folder.join(name), MAX_TEXT));
        found.and_then(Result::ok)
    };
    Ok((load(name, &text, &beside)?, hash(&text)))
}

/// Reads a class: the exercise with its hash, the students, the secret.
fn class(args: &Class) -> Result<(Loaded, String, Vec<Student>, Secret), Failure> {
    let (loaded, hash) = open(&args.exercise)?;
    let students = students(&args.roster)?;
    let secret = secret(&args.secret_file, NEW_SECRET)?;
    Ok((loaded, hash, students, secret))
}

/// Reads a roster.
fn students(path: &Path) -> Result<Vec<Student>, Failure> {
    let bytes = read_bytes(path, MAX_TABLE)?;
    roster::read(&bytes).map_err(|wrong| {
        for error in &wrong {
            output::error(&format!("{}: {error}", path.display()), None);
        }
        Failure::Told(WRONG)
    })
}

/// Reads a secret; `help` is for who has none.
fn secret(path: &Path, help: &str) -> Result<Secret, Failure> {
    let bytes = match read_bytes(path, 1 << 16) {
        Ok(bytes) => bytes,
        Err(wrong) => {
            output::error(&wrong.to_string(), Some(help));
            return Err(Failure::Told(IO));
        }
    };
    Secret::new(&bytes).map_err(|why| Failure::usage(format!("{}: {why}", path.display())))
}

/// Prepares every student's variant on all cores, and hands each to `take`
/// there. What `take` gives comes back in the students' order.
fn for_each<T: Send>(
    loaded: &Loaded,
    secret: &Secret,
    ids: &[String],
    take: impl Fn(usize, Prepared) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure>
where
    Failure: Send,
{
    try_each(loaded, secret, ids, |at, prepared| match prepared {
        Ok(prepared) => take(at, prepared),
        Err(error) => {
            let id = ids.get(at).map_or("nobody", String::as_str);
            Err(wrong_variant(id, error))
        }
    })
}

/// The same, with what cannot be prepared handed to `take` as well.
fn try_each<T: Send>(
    loaded: &Loaded,
    secret: &Secret,
    ids: &[String],
    take: impl Fn(usize, Result<Prepared, VariantError>) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure>
where
    Failure: Send,
{
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut found: Vec<Option<T>> = ids.iter().map(|_| None).collect();
    let mut failed: Option<(usize, Failure)> = None;
    let progress = output::Progress::new(ids.len());
    std::thread::scope(|scope| {
        for _ in 0..cores.min(ids.len()) {
            let (sender, next, take) = (sender.clone(), &next, &take);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(id) = ids.get(at) else { break };
                    let done = take(at, prepare(loaded, secret, id));
                    let is_wrong = done.is_err();
                    if sender.send((at, done)).is_err() || is_wrong {
                        next.store(ids.len(), Ordering::Relaxed);
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (count, (at, done)) in receiver.iter().enumerate() {
            progress.show(count + 1);
            match done {
                Ok(value) => {
                    if let Some(slot) = found.get_mut(at) {
                        *slot = Some(value);
                    }
                }
                Err(failure) if failed.as_ref().is_none_or(|(first, _)| at < *first) => {
                    failed = Some((at, failure));
                }
                Err(_) => {}
            }
        }
    });
    progress.clear();
    match failed {
        Some((_, failure)) => Err(failure),
        None => Ok(found.into_iter().flatten().collect()),
    }
}

fn wrong_variant(id: &str, error: VariantError) -> Failure {
    match error {
        VariantError::Scenario(wrong) => Failure::Scenario(wrong),
        other => Failure::Usage {
            message: format!("student {id}: {other}"),
            help: Some(
                "change what varies, or the question; `wirelab exercise check` tries many".into(),
            ),
        },
    }
}

/// Makes sure that nothing of a class is overwritten by accident.
fn claim(folder: &Path, force: bool) -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "the porch reads folders")]
    let is_used = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_used && !force {
        return Err(Failure::Usage {
            message: format!("there is something in {} already", folder.display()),
            help: Some("choose another folder, or say --force to write over it".into()),
        });
    }
    Ok(())
}
