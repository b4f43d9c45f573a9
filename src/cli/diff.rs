//! `wirelab diff`: what differs between two captures.

use super::args::{Diff, How};
use super::failure::Failure;
use super::output;
use super::source::{Problems, open};
use crate::analyze::{Difference, Ignore};
use crate::capture::Capture;

pub(super) fn diff(args: &Diff, how: &How) -> Result<(), Failure> {
    let mut ignore = Ignore::default();
    for name in &args.ignore {
        ignore = ignore.parse(name).ok_or_else(|| Failure::Usage {
            message: format!("nothing is called `{name}` that could be ignored"),
            help: Some(format!("there are {}", Ignore::NAMES.join(", "))),
        })?;
    }
    let (a, b) = (read(&args.a, how)?, read(&args.b, how)?);
    let difference = Difference::between(&a, &b, ignore);
    output::result(&difference.to_string())?;
    if difference.is_empty() {
        Ok(())
    } else {
        Err(Failure::Different)
    }
}

fn read(name: &str, how: &How) -> Result<Capture, Failure> {
    let (capture, wrong) = Capture::read(open(name, how)?).map_err(|e| Failure::Input {
        name: name.to_owned(),
        why: e.to_string(),
    })?;
    let mut problems = Problems::new(name);
    wrong.iter().for_each(|problem| problems.tell(problem));
    problems.sum_up();
    Ok(capture)
}
