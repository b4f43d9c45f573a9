//! `wirelab show`: finds what is to be shown.

use super::args::{How, Show};
use super::failure::Failure;
use super::show::{ShowError, ShowOptions, show as show_capture};
use super::{input, output, run};
use crate::analyze::Filter;
use crate::capture::{Format, Notes, ReadError};

pub(super) fn show(args: &Show, how: &How) -> Result<(), Failure> {
    let filter = args.filter.as_deref().map(Filter::parse).transpose();
    let filter = filter.map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let options = ShowOptions {
        filter: filter.as_ref(),
        verbose: args.verbose,
        hex: args.hex,
        notes: args.notes,
        width: output::width(),
    };
    let mut problems = 0u64;
    let on_problem = |problem: ReadError| {
        problems += 1;
        output::error(&format!("{}: {problem}", args.input), None);
    };
    let mut out = std::io::BufWriter::new(anstream::stdout().lock());
    let shown = match input::capture(&args.input)? {
        Some(bytes) => show_capture(bytes, options, &mut out, on_problem),
        None => {
            let loaded = input::scenario(&args.input, how)?;
            let played = run::play_it(&loaded, how)?;
            let mut file = Vec::new();
            let written = played.capture.write(&mut file, Format::PcapNg, Notes::Keep);
            written.map_err(|e| Failure::usage(e.to_string()))?;
            show_capture(file.as_slice(), options, &mut out, on_problem)
        }
    };
    match shown {
        Ok(()) => Ok(()),
        Err(ShowError::Write(error)) => Err(Failure::Output(error)),
        Err(ShowError::Read(error)) => Err(Failure::Input {
            name: args.input.clone(),
            why: error.to_string(),
        }),
    }
}
