//! Where a reading verb gets its frames: from a capture, or from a scenario that is played.

use std::io::{Cursor, Read};

use super::args::How;
use super::failure::Failure;
use super::{input, output, run};
use crate::capture::{Format, Notes, ReadError, Reader};
use crate::dissect::{Dissected, Dissector};

/// The bytes of a capture, or those that a scenario's run gives.
pub(super) fn open(name: &str, how: &How) -> Result<Box<dyn Read>, Failure> {
    if let Some(bytes) = input::capture(name)? {
        return Ok(bytes);
    }
    let loaded = input::scenario(name, how)?;
    let played = run::play_it(&loaded, how)?;
    let mut file = Vec::new();
    let written = played.capture.write(&mut file, Format::PcapNg, Notes::Keep);
    written.map_err(|e| Failure::usage(e.to_string()))?;
    Ok(Box::new(Cursor::new(file)))
}

/// Dissects all frames, and shows each to `visit` until it says to stop. What
/// is wrong with the bytes is told on standard error.
pub(super) fn each(
    name: &str,
    how: &How,
    mut visit: impl FnMut(&Dissected<'_>) -> Result<bool, Failure>,
) -> Result<Dissector, Failure> {
    let unreadable = |error: ReadError| Failure::Input {
        name: name.to_owned(),
        why: error.to_string(),
    };
    let mut reader = Reader::new(open(name, how)?).map_err(unreadable)?;
    let mut dissector = Dissector::new();
    let mut problems = Problems::new(name);
    while let Some(next) = reader.next_frame() {
        match next {
            Ok(frame) => {
                if !visit(&dissector.dissect(frame))? {
                    break;
                }
            }
            Err(problem) => problems.tell(&problem),
        }
    }
    problems.sum_up();
    Ok(dissector)
}

/// Tells what is wrong with a capture's bytes: the first of it, and how much more.
pub(super) struct Problems<'a> {
    name: &'a str,
    count: u64,
}

/// So many are told one by one.
const TOLD: u64 = 20;

impl<'a> Problems<'a> {
    pub(super) fn new(name: &'a str) -> Problems<'a> {
        Problems { name, count: 0 }
    }

    pub(super) fn tell(&mut self, problem: &ReadError) {
        self.count += 1;
        if self.count <= TOLD {
            output::error(&format!("{}: {problem}", self.name), None);
        }
    }

    pub(super) fn sum_up(&self) {
        if let Some(more) = self.count.checked_sub(TOLD).filter(|more| *more > 0) {
            output::error(&format!("{}: {more} more like these", self.name), None);
        }
    }
}
