//! `wirelab ladder`: the sequence diagram, as text or as SVG.

use std::collections::BTreeSet;

use super::args::{How, Ladder as Args};
use super::failure::Failure;
use super::output;
use super::source::each;
use crate::edge::AtomicFile;
use crate::render::Ladder;

/// The width in a pipe: a page of paper, or of a book.
const WIDTH: usize = 100;

pub(super) fn ladder(args: &Args, how: &How) -> Result<(), Failure> {
    if let Some(path) = &args.output
        && path.extension().is_none_or(|end| end != "svg")
    {
        return Err(Failure::Usage {
            message: format!("what format is {}?", path.display()),
            help: Some("end its name in .svg; without -o the diagram is text".into()),
        });
    }
    let mut ladder = Ladder::new(BTreeSet::new());
    each(&args.input, how, |seen| {
        ladder.push(seen);
        Ok(true)
    })?;
    ladder.finish();
    match &args.output {
        Some(path) => Ok(AtomicFile::put(path, ladder.to_svg().as_bytes())?),
        None => output::result(&ladder.to_text(output::width().unwrap_or(WIDTH))),
    }
}
