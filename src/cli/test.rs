//! `wirelab test`: scenarios are played and compared with their checks and golden traces.

use std::path::{Path, PathBuf};

use super::args::{How, Test};
use super::check::count;
use super::failure::Failure;
use super::input::{self, Origin};
use super::output;
use crate::edge::{AtomicFile, read_text};
use crate::lab::golden::{self, GOLDEN_SEEDS, Golden, Trial, from_manifest};
use crate::scenario::Loaded;
use crate::scenario::builtin::{self, Builtin};

/// The largest golden trace that is read, in bytes.
const MAX_GOLDEN: usize = 64 << 20;

pub(super) fn test(args: &Test, how: &How) -> Result<(), Failure> {
    if how.seed.is_some() || how.tap.is_some() {
        let message = "a golden trace is of the scenario's own seed and tap";
        return Err(Failure::usage(format!(
            "{message}: leave out --seed and --tap"
        )));
    }
    let all: Vec<PathBuf> = builtin::all().iter().map(|b| b.name.into()).collect();
    let names = if args.scenarios.is_empty() {
        &all
    } else {
        &args.scenarios
    };
    let widest = names
        .iter()
        .map(|name| name.to_string_lossy().chars().count())
        .max()
        .unwrap_or(0);
    let mut failed = 0;
    for name in names {
        let shown = name.to_string_lossy();
        let loaded = input::scenario(name, how)?;
        let seeds = match input::origin(name)? {
            Origin::Builtin(_) => GOLDEN_SEEDS.to_vec(),
            Origin::File(_) => golden::seeds(&loaded.scenario),
        };
        let trial =
            golden::trial(&loaded, &seeds).map_err(|e| Failure::usage(format!("{shown}: {e}")))?;
        let mut problems = checks(&loaded, &trial);
        let remark = match compare(name, &trial, args.bless)? {
            Comparison::Same => String::new(),
            Comparison::None => "  (no golden trace yet: --bless writes it)".into(),
            Comparison::Refused => "  (not what it says it is: no golden trace written)".into(),
            Comparison::Written(path) => format!("  ({} written)", path.display()),
            Comparison::Different(how) => {
                output::remark(&format!("{shown}: {how}"));
                problems += 1;
                String::new()
            }
        };
        let verdict = if problems == 0 { "ok  " } else { "FAIL" };
        let frames = count(trial.frames, "frame");
        let seeds = golden::words(seeds.into_iter());
        output::result(&format!(
            "{verdict}  {shown:widest$}  {frames}, {seeds}{remark}\n"
        ))?;
        failed += usize::from(problems > 0);
    }
    let line = match failed {
        0 => format!(
            "{}: all as they should be\n",
            count(names.len(), "scenario")
        ),
        n => format!("{n} of {} failed\n", count(names.len(), "scenario")),
    };
    output::result(&line)?;
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::Different)
    }
}

/// Tells which checks failed; how many.
fn checks(loaded: &Loaded, trial: &Trial) -> usize {
    for (seed, failure) in &trial.failures {
        let mut failure = failure.clone();
        failure.message = format!("{} (seed {seed})", failure.message);
        output::show(&loaded.sources, &failure);
    }
    trial.failures.len()
}

enum Comparison {
    Same,
    None,
    /// A trace that fails its own checks is nothing to keep.
    Refused,
    Written(PathBuf),
    Different(String),
}

fn compare(name: &Path, trial: &Trial, bless: bool) -> Result<Comparison, Failure> {
    match input::origin(name)? {
        Origin::Builtin(builtin) if bless => Err(Failure::Usage {
            message: format!("`{}` is built in: its golden trace is too", builtin.name),
            help: Some("a copy can be blessed: wirelab new my.yaml --from NAME".into()),
        }),
        Origin::Builtin(builtin) => Ok(compare_builtin(builtin, trial)),
        Origin::File(path) => compare_file(path, trial, bless),
    }
}

fn compare_builtin(builtin: Builtin, trial: &Trial) -> Comparison {
    let list = builtin.packet_list().unwrap_or_default();
    let golden = from_manifest(builtin::manifest(), builtin.name, list);
    if golden.hashes.is_empty() {
        return Comparison::Different("it has no golden trace in the manifest".into());
    }
    match golden.difference(&trial.golden) {
        Some(how) => Comparison::Different(how),
        None => Comparison::Same,
    }
}

fn compare_file(path: &Path, trial: &Trial, bless: bool) -> Result<Comparison, Failure> {
    let beside = path.with_extension("golden");
    if bless && !trial.failures.is_empty() {
        return Ok(Comparison::Refused);
    }
    if bless {
        AtomicFile::put(&beside, trial.golden.to_string().as_bytes())?;
        return Ok(Comparison::Written(beside));
    }
    if !beside.exists() {
        return Ok(Comparison::None);
    }
    let text = read_text(&beside, MAX_GOLDEN)?;
    let difference = match Golden::parse(&text) {
        Some(golden) => golden.difference(&trial.golden),
        None => Some(format!("{} is no golden trace", beside.display())),
    };
    Ok(difference.map_or(Comparison::Same, Comparison::Different))
}
