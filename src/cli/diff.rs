//! `wirelab diff`: what differs between two captures.

use std::path::Path;

use super::args::{Diff, How};
use super::failure::Failure;
use super::output;
use super::source::{Problems, Source};
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
    let ((a, is_played), (b, is_played_too)) = (read(&args.a, how)?, read(&args.b, how)?);
    if !is_played && !is_played_too {
        how.must_be_bare("these are two captures")?;
    }
    let difference = Difference::between(&a, &b, ignore);
    output::result(&output::look().difference(&difference.to_string()))?;
    if difference.is_empty() {
        Ok(())
    } else {
        Err(Failure::Different)
    }
}

/// What `name` names, and whether it was played.
fn read(name: &Path, how: &How) -> Result<(Capture, bool), Failure> {
    let source = Source::find(name, how)?;
    let is_played = matches!(source, Source::Played(_));
    let (capture, wrong) = Capture::read(source.bytes()?).map_err(|e| Failure::Input {
        name: name.display().to_string(),
        why: e.to_string(),
    })?;
    let mut problems = Problems::new(name);
    wrong.iter().for_each(|problem| problems.tell(problem));
    problems.sum_up();
    Ok((capture, is_played))
}
