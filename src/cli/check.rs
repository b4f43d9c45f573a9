//! `wirelab check`: what is wrong with scenarios, without playing them.

use super::args::{Check, How};
use super::failure::{Failure, WRONG};
use super::{input, output};

pub(super) fn check(args: &Check, how: &How) -> Result<(), Failure> {
    let mut worst = 0;
    for name in &args.scenarios {
        match input::scenario(name, how) {
            Ok(loaded) => {
                let scenario = &loaded.scenario;
                let steps: usize = scenario.actors.iter().map(|a| a.value.script.len()).sum();
                let line = format!(
                    "{name}: ok ({}, {}, {})\n",
                    count(scenario.hosts.0.len(), "host"),
                    count(scenario.actors.0.len(), "actor"),
                    count(steps, "step"),
                );
                output::result(&line)?;
            }
            Err(Failure::Scenario(diagnostics)) => {
                output::diagnostics(&diagnostics);
                let errors = diagnostics.list.len();
                output::remark(&format!("{name}: {}", count(errors, "mistake")));
                worst = worst.max(WRONG);
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

/// "1 host", "2 hosts".
pub(super) fn count(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}
