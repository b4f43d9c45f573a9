//! Where a reading verb gets its frames: from a capture, or from a scenario that is played.

use std::io::{Cursor, Read};
use std::net::IpAddr;
use std::path::Path;

use super::args::How;
use super::failure::Failure;
use super::{input, output, run};
use crate::capture::{Format, FrameRef, Notes, ReadError, Reader};
use crate::dissect::{Dissected, Dissector};
use crate::lab::Played;
use crate::scenario::Loaded;

/// A capture to be read, or a scenario that has been played.
pub(super) enum Source {
    Capture(Box<dyn Read>),
    Played(Box<(Loaded, Played)>),
}

impl Source {
    /// Finds what `name` names, and plays it if it is a scenario. How a scenario
    /// is to be played is not said of a capture.
    pub fn open(name: &Path, how: &How) -> Result<Source, Failure> {
        let source = Source::find(name, how)?;
        if matches!(source, Source::Capture(_)) {
            how.must_be_bare(&format!(
                "{} is a capture, and what it holds has happened",
                name.display()
            ))?;
        }
        Ok(source)
    }

    /// The same for a verb that is given more than one: it asks by itself.
    pub fn find(name: &Path, how: &How) -> Result<Source, Failure> {
        if let Some(bytes) = input::capture(name)? {
            how.places.read(name)?;
            return Ok(Source::Capture(bytes));
        }
        let loaded = input::scenario(name, how)?;
        let played = run::play_it(&loaded, how)?;
        Ok(Source::Played(Box::new((loaded, played))))
    }

    /// The bytes of the capture, or those that the scenario's run gives.
    pub fn bytes(self) -> Result<Box<dyn Read>, Failure> {
        match self {
            Source::Capture(bytes) => Ok(bytes),
            Source::Played(played) => {
                let mut file = Vec::new();
                let capture = &played.1.capture;
                let written = capture.write(&mut file, Format::PcapNg, Notes::Keep);
                written.map_err(|e| Failure::usage(e.to_string()))?;
                Ok(Box::new(Cursor::new(file)))
            }
        }
    }

    /// Dissects all frames, and shows each to `visit` until it says to stop.
    /// What is wrong with the bytes is told on standard error. Answers what the
    /// dissector knows at the end, and the names of addresses.
    pub fn each(
        &mut self,
        name: &Path,
        visit: impl FnMut(&Dissected<'_>) -> Result<bool, Failure>,
    ) -> Result<(Dissector, Vec<(IpAddr, String)>), Failure> {
        let mut walk = Walk {
            dissector: Dissector::new(),
            last_interface: 0,
            visit,
        };
        let names = match self {
            Source::Capture(bytes) => {
                let mut reader = Reader::new(bytes).map_err(|error| Failure::Input {
                    name: name.display().to_string(),
                    why: error.to_string(),
                })?;
                let mut problems = Problems::new(name);
                while let Some(next) = reader.next_frame() {
                    match next {
                        Ok(frame) if !walk.step(frame)? => break,
                        Ok(_) => {}
                        Err(problem) => problems.tell(&problem),
                    }
                }
                problems.sum_up();
                reader.names().to_vec()
            }
            Source::Played(played) => {
                let capture = &played.1.capture;
                for frame in capture.frames() {
                    if !walk.step(frame)? {
                        break;
                    }
                }
                capture.names.clone()
            }
        };
        if walk.last_interface > 0 {
            output::remark(SEVERAL_TAPS);
        }
        Ok((walk.dissector, names))
    }
}

/// Interfaces may be the two directions of one cable, which belong together, or
/// two places that the same frame passes: nobody can tell in general.
const SEVERAL_TAPS: &str = "frames of several interfaces: what passed two of them is here twice, \
                            and looks like sent again; one tap alone tells";

/// A dissector, and who is shown what it says.
struct Walk<V> {
    dissector: Dissector,
    /// The highest number of an interface that saw a frame.
    last_interface: u32,
    visit: V,
}

impl<V: FnMut(&Dissected<'_>) -> Result<bool, Failure>> Walk<V> {
    fn step(&mut self, frame: FrameRef<'_>) -> Result<bool, Failure> {
        self.last_interface = self.last_interface.max(frame.interface);
        (self.visit)(&self.dissector.dissect(frame))
    }
}

/// The bytes of what `name` names: see [`Source::open`] and [`Source::bytes`].
pub(super) fn open(name: &Path, how: &How) -> Result<Box<dyn Read>, Failure> {
    Source::open(name, how)?.bytes()
}

/// Dissects all frames of what `name` names: see [`Source::each`].
pub(super) fn each(
    name: &Path,
    how: &How,
    visit: impl FnMut(&Dissected<'_>) -> Result<bool, Failure>,
) -> Result<Dissector, Failure> {
    let (dissector, _) = Source::open(name, how)?.each(name, visit)?;
    Ok(dissector)
}

/// Tells what is wrong with a capture's bytes: the first of it, and how much more.
pub(super) struct Problems<'a> {
    name: &'a Path,
    count: u64,
}

/// So many are told one by one.
const TOLD: u64 = 20;

impl<'a> Problems<'a> {
    pub(super) fn new(name: &'a Path) -> Problems<'a> {
        Problems { name, count: 0 }
    }

    pub(super) fn tell(&mut self, problem: &ReadError) {
        self.count += 1;
        if self.count <= TOLD {
            output::warning(&format!("{}: {problem}", self.name.display()));
        }
    }

    pub(super) fn sum_up(&self) {
        if let Some(more) = self.count.checked_sub(TOLD).filter(|more| *more > 0) {
            output::warning(&format!("{}: {more} more like these", self.name.display()));
        }
    }
}
