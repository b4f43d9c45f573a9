//! `wirelab exercise check`: is it fair?

use crate::cli::args::ExerciseCheck;
use crate::cli::check::{count, mistakes};
use crate::cli::failure::{Failure, WRONG};
use crate::cli::output;
use crate::exercise::check::compare;
use crate::exercise::{Secret, VariantError};

pub(super) fn check(args: &ExerciseCheck) -> Result<(), Failure> {
    let (loaded, _) = match super::open(&args.exercise) {
        Err(Failure::Scenario(wrong)) => return Err(mistakes(&args.exercise, &wrong)),
        opened => opened?,
    };
    // Made up, and the same each time: what was found can be looked at again.
    let secret = Secret::new(b"a class that does not exist").map_err(Failure::usage)?;
    let ids: Vec<String> = (1..=args.students)
        .map(|n| format!("student-{n}"))
        .collect();
    let prepared = super::try_each(&loaded, &secret, &ids, |_, prepared| {
        Ok(prepared.map(|mut prepared| {
            // Thousands of captures need not lie in memory at once.
            prepared.capture = crate::capture::Capture::default();
            prepared
        }))
    })?;
    let mut failed = Vec::new();
    let mut variants = Vec::new();
    for (id, prepared) in ids.iter().zip(prepared) {
        match prepared {
            Ok(variant) => variants.push(variant),
            Err(error) => failed.push((id.as_str(), error)),
        }
    }
    // Alone nobody can be compared.
    if variants.len() < 2 {
        tell(failed);
        return Err(Failure::Told(WRONG));
    }
    let fairness = compare(&loaded, &variants);
    let mut out = format!("{}: {} students\n", loaded.name, variants.len());
    for (name, least, most) in &fairness.measures {
        out += &if least == most {
            format!("  {name}: {least}\n")
        } else {
            format!("  {name}: {least} to {most}\n")
        };
    }
    let widest = fairness
        .answers
        .iter()
        .map(|(n, _)| n.len())
        .max()
        .unwrap_or(0);
    for (name, count) in &fairness.answers {
        let plural = if *count == 1 { "" } else { "s" };
        out += &format!("  {name:widest$}  {count} different answer{plural}\n");
    }
    output::result(&out)?;
    for problem in &fairness.problems {
        match problem.is_warning {
            true => output::warning(&problem.message),
            false => output::error(&problem.message, problem.help),
        }
    }
    let is_fair = fairness.problems.iter().all(|problem| problem.is_warning);
    match (failed.is_empty(), is_fair) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::Different),
        (false, _) => {
            tell(failed);
            Err(Failure::Told(WRONG))
        }
    }
}

/// Says why variants cannot be used: each reason once, with those whom it concerns.
fn tell(failed: Vec<(&str, VariantError)>) {
    let mut reasons: Vec<(String, &str, usize)> = Vec::new();
    for (id, error) in failed {
        for error in error.one_by_one() {
            let reason = match &error {
                VariantError::Scenario(_) => "the scenario is wrong then".into(),
                other => other.to_string(),
            };
            if let Some((.., others)) = reasons.iter_mut().find(|(known, ..)| *known == reason) {
                *others += 1;
                continue;
            }
            if let VariantError::Scenario(wrong) = &error {
                output::diagnostics(wrong);
            }
            reasons.push((reason, id, 0));
        }
    }
    let last = reasons.len().saturating_sub(1);
    for (at, (reason, id, others)) in reasons.iter().enumerate() {
        let others = match others {
            0 => String::new(),
            n => format!(" and {}", count(*n, "other")),
        };
        let help = (at == last).then_some("change what varies, or the question");
        output::error(&format!("{id}{others}: {reason}"), help);
    }
}
