//! `wirelab exercise check`: is it fair?

use crate::cli::args::ExerciseCheck;
use crate::cli::check::mistakes;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::exercise::Secret;
use crate::exercise::check::compare;

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
    let variants = super::for_each(&loaded, &secret, &ids, |_, mut prepared| {
        // Thousands of captures need not lie in memory at once.
        prepared.capture = crate::capture::Capture::default();
        Ok(prepared)
    })?;
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
        output::error(problem, None);
    }
    if fairness.problems.is_empty() {
        Ok(())
    } else {
        Err(Failure::Different)
    }
}
