//! `wirelab show`: finds what is to be shown.

use super::args::{How, Show};
use super::failure::Failure;
use super::output;
use super::show::{ShowError, ShowOptions, show as show_capture};
use super::source::{Problems, open};
use crate::analyze::Filter;

pub(super) fn show(args: &Show, how: &How) -> Result<(), Failure> {
    let filter = args.filter.as_deref().map(Filter::parse).transpose();
    let filter = filter.map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let options = ShowOptions {
        filter: filter.as_ref(),
        verbose: args.verbose,
        hex: args.hex,
        notes: args.notes,
        look: output::look(),
    };
    let mut problems = Problems::new(&args.input);
    // The list is plain text: nothing has to be taken out of it for a pipe.
    let mut out = std::io::stdout().lock();
    let input = open(&args.input, how)?;
    let shown = show_capture(input, options, &mut out, |problem| problems.tell(&problem));
    problems.sum_up();
    match shown {
        Ok(()) => Ok(()),
        Err(ShowError::Write(error)) => Err(Failure::Output(error)),
        Err(ShowError::Read(error)) => Err(Failure::Input {
            name: args.input.clone(),
            why: error.to_string(),
        }),
    }
}
