//! A scenario, played into a file: its frames are written and checked as they pass, and none is kept.

use std::io::Write;

use super::play::{self, Place, PlayError, Seen};
use super::sight::Surveyor;
use super::{Lab, Losses, PlayOptions, Run, checks};
use crate::capture::{
    Capture, Format, FrameRef, Interface, LinkType, Notes, Passing, TapPoint, WriteError, Writer,
};
use crate::scenario::compile::{self, Plan, numbered};
use crate::scenario::model::{Check, FrameSelector, Note, Scenario, Step, TcpKind, Verb, What};
use crate::scenario::{Diagnostic, Loaded, Recorded};
use crate::time::Instant;
use crate::trace::{Delivery, FaultRecord, Record, Recorder, SegmentId};

/// A scenario that can be played into a file, in memory that does not grow with
/// what is transferred: each frame is written, and looked at, when it passes.
///
/// That cannot be where a frame's bytes depend on what comes later, as with the
/// notes of a pcapng; where a note or a check may mean any frame of a transfer
/// (bytes of a data connection, a bare acknowledgement); where addresses are
/// borrowed or translated, which only all frames tell; and at any tap but the scenario's own, if that is one segment.
pub struct Streaming<'a> {
    loaded: &'a Loaded,
    plan: Plan,
    replays: Vec<Recorded>,
    lab: Lab,
    own: Vec<Place>,
    segment: SegmentId,
    how: (Format, Notes),
}

/// A scenario that was played into a file.
#[derive(Debug)]
pub struct Streamed {
    /// The run. Its trace holds names, and the first that each fault did.
    pub run: Run,
    /// The name of the tap that the capture was made at.
    pub tap: String,
    /// How many frames were written.
    pub frames: u64,
    /// What did not come as the scenario says it should.
    pub failures: Vec<Diagnostic>,
}

impl<'a> Streaming<'a> {
    /// A scenario, ready to be played into a file of this format; `None` if it
    /// must be played by [`play`](super::play).
    ///
    /// # Errors
    /// When the scenario cannot be played at all.
    pub fn of(
        loaded: &'a Loaded,
        options: PlayOptions<'_>,
        how: (Format, Notes),
    ) -> Result<Option<Streaming<'a>>, PlayError> {
        let scenario = &loaded.scenario;
        let plan = compile::plan(scenario, compile::seed(scenario, options.seed));
        let replays = play::replays(loaded, &plan)?;
        let lab = play::build(&plan, &replays, &loaded.sources);
        let own = play::own_taps(scenario, &lab.trace)?;
        let [
            Place {
                name,
                point: TapPoint::Segment(segment),
                snap: None,
            },
        ] = own.as_slice()
        else {
            return Ok(None);
        };
        let segment = *segment;
        let elsewhere = options.tap.is_some_and(|asked| asked != name);
        let annotated = how == (Format::PcapNg, Notes::Keep);
        let translates = plan.routers.iter().any(|router| router.nat.is_some());
        if elsewhere || annotated || translates || looks_at_all(scenario) {
            return Ok(None);
        }
        Ok(Some(Streaming {
            loaded,
            plan,
            replays,
            lab,
            own,
            segment,
            how,
        }))
    }

    /// Plays it: the bytes are those that [`Capture::write`] would make of the
    /// whole.
    ///
    /// # Errors
    /// When the output fails.
    pub fn play(self, out: impl Write) -> Result<Streamed, WriteError> {
        let Streaming {
            loaded,
            plan,
            replays,
            lab,
            own,
            segment,
            how: (format, notes),
        } = self;
        let tap = own.first().map(|p| p.name.clone()).unwrap_or_default();
        let header = Capture {
            section: play::section(loaded, plan.seed, &tap),
            interfaces: vec![Interface {
                name: Some(tap.clone()),
                link: LinkType::ETHERNET,
                snaplen: 0,
            }],
            ..Capture::default()
        };
        let mut watch = Watch {
            passing: Passing::new(segment, lab.clock),
            eye: Eye {
                writer: Writer::new(out, &header, format, notes)?,
                failed: None,
                surveyor: Surveyor::new(checks::texts(&loaded.scenario), false),
            },
            faults: Vec::new(),
            losses: Losses::default(),
        };
        let mut run = lab.stream(&mut watch);
        let Watch {
            mut passing,
            mut eye,
            faults,
            losses,
        } = watch;
        passing.until(Instant::MAX, |frame| eye.see(frame));
        if let Some(error) = eye.failed {
            return Err(error);
        }
        eye.writer.finish()?;
        run.trace.faults = faults;
        run.losses = losses;
        let survey = eye.surveyor.finish();
        let seen = Seen {
            own: &own,
            run: &run,
            survey: &survey,
            behind: &[],
            addresses: &play::addresses(&plan, &replays, &run),
        };
        let (_, failures) = play::judge(loaded, &plan, &seen);
        Ok(Streamed {
            run,
            tap,
            frames: survey.frames,
            failures,
        })
    }
}

/// A note or a check may mean any segment of a transfer, or its acknowledgement;
/// or addresses are lent, which only the frames tell.
fn looks_at_all(scenario: &Scenario) -> bool {
    let common = |what: &FrameSelector| matches!(what.what, What::Data | What::Tcp(TcpKind::Ack));
    let noted = |note: &Note| note.frame.as_ref().is_some_and(common);
    let checked = |check: &Check| match check {
        Check::Seen(seen) => common(&seen.value.what),
        Check::Frame(frame) => common(&frame.value.is),
        _ => false,
    };
    let step = |step: &Step| {
        // Such a step has no frame that is surely its own: the note takes any.
        let vague = matches!(
            step.verb,
            Verb::Wait(_)
                | Verb::Mode(_)
                | Verb::Close
                | Verb::Reset
                | Verb::Each(_)
                | Verb::Errand(_)
        );
        let means = |note: &Note| noted(note) || vague && note.frame.is_none();
        step.notes.iter().any(means)
    };
    let mut scripts = scenario.actors.iter().map(|actor| &actor.value.script);
    scenario.borrowers().next().is_some()
        || scenario.notes.iter().any(noted)
        || scenario.checks.iter().any(checked)
        || scripts.any(|script| numbered(script).into_iter().any(step))
}

/// Told of a run, it shows each frame to the eye in the tap's order.
struct Watch<'a, W: Write> {
    passing: Passing,
    eye: Eye<'a, W>,
    /// The first that each fault did.
    faults: Vec<FaultRecord>,
    losses: Losses,
}

/// Writes a frame and looks at it.
struct Eye<'a, W: Write> {
    writer: Writer<W>,
    failed: Option<WriteError>,
    surveyor: Surveyor<'a>,
}

impl<W: Write> Eye<'_, W> {
    fn see(&mut self, frame: FrameRef<'_>) {
        if self.failed.is_none() {
            self.failed = self.writer.write_frame(frame).err();
        }
        self.surveyor.see(frame);
    }
}

impl<W: Write> Recorder for Watch<'_, W> {
    fn sent(&mut self, record: &Record, horizon: Instant) {
        self.passing
            .sent(record, horizon, |frame| self.eye.see(frame));
    }

    fn delivered(&mut self, delivery: Delivery) {
        self.passing.until(delivery.at, |frame| self.eye.see(frame));
    }

    fn faulted(&mut self, fault: FaultRecord) {
        self.losses.note(&fault);
        if !self.faults.iter().any(|f| f.fault == fault.fault) {
            self.faults.push(fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::play;
    use crate::scenario::builtin;

    /// Whatever can be streamed gives the bytes and the failures of the whole.
    #[test]
    fn a_streamed_run_writes_and_finds_what_a_kept_one_does() {
        let mut streamed = 0;
        for scenario in builtin::all() {
            let loaded = scenario.load(&[]).unwrap();
            // With what it expects taken away, so that failures are compared as well.
            let mut bare = loaded.clone();
            bare.scenario.expert.clear();
            for loaded in [loaded, bare] {
                let options = PlayOptions::default();
                let how = (Format::PcapMicros, Notes::Keep);
                let Some(streaming) = Streaming::of(&loaded, options, how).unwrap() else {
                    continue;
                };
                let mut bytes = Vec::new();
                let seen = streaming.play(&mut bytes).unwrap();
                let kept = play(&loaded, options).unwrap();
                let mut whole = Vec::new();
                kept.capture.write(&mut whole, how.0, how.1).unwrap();
                assert!(bytes == whole, "{}: other bytes", scenario.name);
                assert_eq!(seen.failures, kept.failures, "{}", scenario.name);
                assert_eq!(seen.run.losses, kept.run.losses);
                assert_eq!(vec![seen.tap], kept.taps);
                streamed += 1;
            }
        }
        assert!(streamed > 60, "only {streamed} were streamed");
    }
}
