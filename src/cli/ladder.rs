//! `wirelab ladder`: the sequence diagram, as text or as SVG.

use super::args::{How, Ladder as Args};
use super::failure::Failure;
use super::output;
use super::source::Source;
use crate::edge::AtomicFile;
use crate::lab::lost;
use crate::render::Ladder;

pub(super) fn ladder(args: &Args, how: &How) -> Result<(), Failure> {
    if let Some(path) = &args.output
        && path.extension().is_none_or(|end| end != "svg")
    {
        return Err(Failure::Usage {
            message: format!("what format is {}?", path.display()),
            help: Some("end its name in .svg; without -o the diagram is text".into()),
        });
    }
    let mut source = Source::open(&args.input, how)?;
    let mut ladder = Ladder::new(match &source {
        Source::Capture(_) => Vec::new(),
        Source::Played(played) => lost(&played.1),
    });
    let (_, names) = source.each(&args.input, |seen| {
        ladder.push(seen);
        Ok(true)
    })?;
    ladder.finish();
    ladder.name_hosts(&names);
    match &args.output {
        Some(path) => Ok(AtomicFile::put(path, ladder.to_svg().as_bytes())?),
        None => output::result(&ladder.to_text(output::look())),
    }
}
