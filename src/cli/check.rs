//! `wirelab check`: what is wrong with scenarios, without playing them.

use std::path::Path;

use super::args::{Check, How};
use super::failure::{Failure, WRONG};
use super::input::Origin;
use super::{input, output};
use crate::edge::read_text;
use crate::exercise;
use crate::scenario::{Diagnostic, Diagnostics, Loaded, MAX_TEXT, Severity};

pub(super) fn check(args: &Check, how: &How) -> Result<(), Failure> {
    let mut worst = 0;
    for name in &args.scenarios {
        match input::scenario(name, how).and_then(with_exercise(name)) {
            Ok(loaded) => {
                let scenario = &loaded.scenario;
                let steps: usize = scenario.actors.iter().map(|a| a.value.script.len()).sum();
                let line = format!(
                    "{}: ok ({}, {}, {})\n",
                    name.display(),
                    count(scenario.hosts.things.len(), "host"),
                    count(scenario.actors.things.len(), "actor"),
                    count(steps, "step"),
                );
                output::result(&line)?;
            }
            Err(Failure::Scenario(diagnostics)) => {
                worst = worst.max(mistakes(name, &diagnostics).report());
            }
            // The others are still looked at.
            Err(other) => worst = worst.max(other.report()),
        }
    }
    match worst {
        0 => Ok(()),
        code => Err(Failure::Told(code)),
    }
}

/// Looks at the exercise in a scenario as well, if there is one.
fn with_exercise(name: &Path) -> impl Fn(Loaded) -> Result<Loaded, Failure> {
    move |loaded| {
        if loaded.scenario.exercise.is_some()
            && let Origin::File(path) = input::origin(name)?
        {
            // It names no file: the scenario around it is the one it is about.
            let name = name.to_string_lossy();
            exercise::load(&name, &read_text(path, MAX_TEXT)?, &|_| None)?;
        }
        Ok(loaded)
    }
}

/// Shows what is wrong with a file, and how much it is in all.
pub(super) fn mistakes(name: &Path, diagnostics: &Diagnostics) -> Failure {
    output::diagnostics(diagnostics);
    let is_error = |d: &&Diagnostic| d.severity == Severity::Error;
    let errors = diagnostics.list.iter().filter(is_error).count();
    let mut told = count(errors, "mistake");
    if let warnings @ 1.. = diagnostics.list.len() - errors {
        told = format!("{told}, {}", count(warnings, "warning"));
    }
    output::remark(&format!("{}: {told}", name.display()));
    Failure::Told(WRONG)
}

/// "1 host", "2 hosts".
pub(super) fn count(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}
