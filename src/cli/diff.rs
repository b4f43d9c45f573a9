//! `wirelab diff`: what differs between two captures.

use std::path::Path;

use super::args::{Diff, How};
use super::failure::Failure;
use super::source::{Problems, Source, are_several, take_alone};
use super::{output, run};
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
    if !a.is_played && !b.is_played {
        how.may_choose_a_tap("these are two captures")?;
    }
    if let Some(tap) = &how.tap
        && !a.is_at_tap
        && !b.is_at_tap
    {
        let (a, b) = (args.a.display(), args.b.display());
        return Err(Failure::Usage {
            message: format!("no interface of {a} or {b} is called `{tap}`"),
            help: Some("each has only one, which is compared without --tap".into()),
        });
    }
    let difference = Difference::between(&a.capture, &b.capture, ignore);
    output::result(&output::look().difference(&difference.to_string()))?;
    if difference.is_empty() {
        Ok(())
    } else {
        Err(Failure::Different)
    }
}

/// One of the two.
struct Side {
    capture: Capture,
    is_played: bool,
    /// `--tap` had something to say about it.
    is_at_tap: bool,
}

/// What `name` names.
fn read(name: &Path, how: &How) -> Result<Side, Failure> {
    let source = Source::find(name, how)?;
    let is_played = matches!(source, Source::Played(_));
    if let Source::Played(played) = &source {
        run::quiet_taps(&played.1);
    }
    let (mut capture, wrong) = Capture::read(source.bytes()?).map_err(|e| Failure::Input {
        name: name.display().to_string(),
        why: e.to_string(),
    })?;
    let mut problems = Problems::new(name);
    wrong.iter().for_each(|problem| problems.tell(problem));
    problems.sum_up();
    let is_at_tap = match &how.tap {
        Some(_) if is_played => true,
        Some(tap) => take_alone(&mut capture, tap, name)?,
        None => {
            if are_several(&capture) {
                let name = name.display();
                output::remark(&format!(
                    "{name} has frames of several interfaces: what passed two of them is there \
                     twice; --tap NAME compares one of them alone"
                ));
            }
            false
        }
    };
    if capture.frames.is_empty() && !is_played {
        output::warning(&format!("{} holds no frame", name.display()));
    }
    Ok(Side {
        capture,
        is_played,
        is_at_tap,
    })
}
