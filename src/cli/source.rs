//! Where a reading verb gets its frames: from a capture, or from a scenario that is played.

use std::io::{Cursor, Read};
use std::net::IpAddr;
use std::path::Path;

use super::args::How;
use super::failure::Failure;
use super::{input, output, run};
use crate::capture::{Capture, Format, FrameRef, Interface, Notes, ReadError, Reader};
use crate::dissect::{Dissected, Dissector};
use crate::lab::Played;
use crate::scenario::Loaded;

/// A capture to be read, or a scenario that has been played.
pub(super) enum Source {
    Capture(Captured),
    Played(Box<(Loaded, Played)>),
}

/// A capture's bytes, and of which of its interfaces frames are wanted.
pub(super) struct Captured {
    bytes: Box<dyn Read>,
    tap: Option<Tap>,
}

impl Source {
    /// Finds what `name` names, and plays it if it is a scenario. How a scenario
    /// is to be played is not said of a capture.
    pub fn open(name: &Path, how: &How) -> Result<Source, Failure> {
        let mut source = Source::find(name, how)?;
        if let Source::Capture(captured) = &mut source {
            how.may_choose_a_tap(&format!(
                "{} is a capture, and what it holds has happened",
                name.display()
            ))?;
            captured.tap = how.tap.clone().map(Tap);
        }
        Ok(source)
    }

    /// The same for a verb that is given more than one: it asks by itself, and takes
    /// the whole of a capture (see [`take_alone`]).
    pub fn find(name: &Path, how: &How) -> Result<Source, Failure> {
        if let Some(bytes) = input::capture(name)? {
            how.places.read(name)?;
            return Ok(Source::Capture(Captured { bytes, tap: None }));
        }
        let loaded = input::scenario(name, how)?;
        let played = run::play_it(&loaded, how)?;
        Ok(Source::Played(Box::new((loaded, played))))
    }

    /// The bytes of the capture, or those that the scenario's run gives.
    pub fn bytes(self) -> Result<Box<dyn Read>, Failure> {
        match self {
            Source::Capture(captured) => Ok(captured.bytes),
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
            tap: None,
            number: 0,
            interface: None,
            are_several: false,
            visit,
        };
        let names = match self {
            Source::Capture(captured) => {
                walk.tap = captured.tap.take();
                let mut reader =
                    Reader::new(&mut captured.bytes).map_err(|error| Failure::Input {
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
                if walk.number == 0
                    && let Some(tap) = &walk.tap
                {
                    tap.must_be_among(reader.interfaces(), name)?;
                }
                reader.names().to_vec()
            }
            Source::Played(played) => {
                let capture = &played.1.capture;
                run::quiet_taps(&played.1);
                for frame in capture.frames() {
                    if !walk.step(frame)? {
                        break;
                    }
                }
                capture.names.clone()
            }
        };
        if walk.are_several {
            output::remark(SEVERAL_TAPS);
        }
        Ok((walk.dissector, names))
    }
}

/// What is said of frames of several interfaces. Those may be the two directions of one
/// cable, which belong together, or two places that the same frame passes: nobody can
/// tell in general.
pub(super) const SEVERAL_TAPS: &str = "frames of several interfaces: what passed two of them is here twice, \
                            and looks like sent again; --tap NAME shows one of them alone";

/// Frames of a capture in memory are of several interfaces.
pub(super) fn are_several(capture: &Capture) -> bool {
    let mut interfaces = capture.frames.iter().map(|frame| frame.interface);
    let first = interfaces.next();
    interfaces.any(|interface| Some(interface) != first)
}

/// An interface of a capture: by its name, or by its number where it has none. Several
/// with commas between them.
struct Tap(String);

impl Tap {
    fn is(&self, name: Option<&str>, number: usize) -> bool {
        let mut wanted = self.0.split(',');
        match name {
            Some(name) => self.0 == name || wanted.any(|tap| tap == name),
            None => wanted.any(|tap| tap.parse() == Ok(number)),
        }
    }

    /// There was no frame of it: is there such an interface at all?
    fn must_be_among(&self, interfaces: &[Interface], capture: &Path) -> Result<(), Failure> {
        let mut all = interfaces.iter().zip(0..);
        if all.any(|(interface, number)| self.is(interface.name.as_deref(), number)) {
            return Ok(());
        }
        let name = |(interface, number): (&Interface, usize)| {
            let name = interface.name.clone();
            name.unwrap_or_else(|| format!("interface number {number}"))
        };
        let names: Vec<String> = interfaces
            .iter()
            .zip(0..)
            .map(name)
            .take(MAX_NAMED)
            .collect();
        let by_number = match interfaces.iter().position(|i| i.name.is_none()) {
            Some(number) => format!(" (what has no name goes by its number: --tap {number})"),
            None => String::new(),
        };
        let (tap, capture) = (&self.0, capture.display());
        Err(Failure::Usage {
            message: format!("no interface of {capture} is called `{tap}`"),
            help: Some(match names.as_slice() {
                [] => "it tells of no interface".to_owned(),
                names => format!("it has {}{by_number}", names.join(", ")),
            }),
        })
    }
}

/// Leaves of a capture with several interfaces what was captured at this one, as if nothing
/// else had been. Where there is only one, it is taken as it is: there is nothing to choose.
/// Answers whether there was, or the only one is the one that was meant.
pub(super) fn take_alone(capture: &mut Capture, tap: &str, name: &Path) -> Result<bool, Failure> {
    let tap = Tap(tap.to_owned());
    let interfaces = &capture.interfaces;
    let is_known = tap.must_be_among(interfaces, name);
    if interfaces.len() < 2 {
        return Ok(is_known.is_ok());
    }
    is_known?;
    capture.frames.retain(|frame| {
        let number = frame.interface as usize;
        let name = interfaces.get(number).and_then(|i| i.name.as_deref());
        tap.is(name, number)
    });
    Ok(true)
}

/// So many interfaces are named to who asked for another.
const MAX_NAMED: usize = 20;

/// A dissector, and who is shown what it says.
struct Walk<V> {
    dissector: Dissector,
    /// Frames of other interfaces are passed over, as if they had not been captured.
    tap: Option<Tap>,
    /// How many frames there were.
    number: u64,
    /// Which interface saw the first frame, and whether another saw a later one.
    interface: Option<u32>,
    are_several: bool,
    visit: V,
}

impl<V: FnMut(&Dissected<'_>) -> Result<bool, Failure>> Walk<V> {
    fn step(&mut self, frame: FrameRef<'_>) -> Result<bool, Failure> {
        let interface = frame.interface;
        if let Some(tap) = &self.tap
            && !tap.is(frame.interface_name, interface as usize)
        {
            return Ok(true);
        }
        self.number += 1;
        self.are_several |= *self.interface.get_or_insert(interface) != interface;
        let number = self.number;
        (self.visit)(&self.dissector.dissect(FrameRef { number, ..frame }))
    }
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
