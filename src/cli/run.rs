//! `wirelab run`: a scenario is played, and its packets are shown or its capture written.

use std::io::{self, Write};
use std::path::Path;

use super::args::{self, How, Precision};
use super::failure::Failure;
use super::source::{SEVERAL_TAPS, are_several};
use super::{check::count, input, output};
use crate::capture::{Capture, Format, Notes, WriteError};
use crate::edge::{AtomicFile, Background, FileError};
use crate::lab::golden::Hashing;
use crate::lab::{PlayError, PlayOptions, Played, Run, Streamed, Streaming, Tally, labels, play};
use crate::render::{ListOptions, packet_list};
use crate::scenario::{Diagnostic, Loaded, compile};

pub(super) fn run(args: &args::Run, how: &How) -> Result<(), Failure> {
    // A name that cannot be written is said before anything is played.
    let target = args
        .output
        .as_deref()
        .map(|path| Target::of(path, args.precision));
    let target = target.transpose()?;
    if let Some(labels) = &args.labels
        && labels.as_os_str() == "-"
    {
        let message = "labels go to a file of their own".to_owned();
        let help = Some("--labels x.jsonl".to_owned());
        return Err(Failure::Usage { message, help });
    }
    let loaded = input::scenario(&args.scenario, how)?;
    if let Some(target) = &target {
        target.must_hold_dates_of(&loaded)?;
    }
    let notes = if args.no_notes {
        Notes::Omit
    } else {
        Notes::Keep
    };
    let is_listed = args.list || args.explain;
    let looks_back = is_listed || args.labels.is_some();
    if let Some(target) = target.as_ref().filter(|_| !looks_back)
        && let Some(streaming) =
            Streaming::of(&loaded, options(how), (target.format(), notes)).map_err(unplayable)?
    {
        return stream(&loaded, streaming, target);
    }
    let played = play_it(&loaded, how)?;
    let is_one_each = played.taps.len() > 1
        && matches!(target, Some(Target::File(_, format)) if format != Format::PcapNg);
    if let Some(path) = &args.labels {
        if is_one_each {
            for (tap, interface) in played.taps.iter().zip(0u32..) {
                let end = path.extension().and_then(|end| end.to_str());
                let path = path.with_extension(format!("{tap}.{}", end.unwrap_or("jsonl")));
                how.places.write(&path)?;
                write_labels(&played, &played.capture.at_interface(interface), &path)?;
            }
        } else {
            write_labels(&played, &played.capture, path)?;
        }
    }
    match target {
        None => {
            list(&played.capture, args.explain)?;
            said_of(&played);
            output::remark(&of_played(&played, None));
        }
        Some(Target::Stdout(_)) if played.taps.len() > 1 => {
            let message = "standard output holds what one tap saw".to_owned();
            let help = Some("write a file: -o x.pcapng holds several taps".to_owned());
            return Err(Failure::Usage { message, help });
        }
        Some(Target::File(path, format)) if is_one_each => {
            let lines = write_one_each(&played, path, (format, notes), how)?;
            if is_listed {
                list(&played.capture, args.explain)?;
            }
            said_of(&played);
            tell(&lines, is_listed)?;
        }
        Some(Target::Stdout(format)) => {
            let hash = write_stdout(&played.capture, format, notes)?;
            said_of(&played);
            output::remark(&of_played(&played, Some(&hash)));
        }
        Some(Target::File(path, format)) => {
            let hash = write_file(&played.capture, path, format, notes)?;
            if is_listed {
                list(&played.capture, args.explain)?;
            }
            said_of(&played);
            let line = of_played(&played, Some(&hash));
            tell(&format!("{}: {line}", path.display()), is_listed)?;
        }
    }
    failures(&loaded, &played.failures)
}

/// The lines about what was written: a result, unless a list is one already.
fn tell(lines: &str, is_listed: bool) -> Result<(), Failure> {
    for line in lines.lines() {
        if is_listed {
            output::remark(line);
        } else {
            output::line(line)?;
        }
    }
    Ok(())
}

fn write_labels(played: &Played, capture: &Capture, path: &Path) -> Result<(), Failure> {
    let text = labels(&played.run, capture);
    Ok(AtomicFile::put(path, text.as_bytes())?)
}

/// Where the capture goes, and in which format.
enum Target<'a> {
    Stdout(Format),
    File(&'a Path, Format),
}

impl Target<'_> {
    fn format(&self) -> Format {
        match self {
            Target::Stdout(format) | Target::File(_, format) => *format,
        }
    }

    /// Refuses a format that cannot tell the date of everything that may happen.
    fn must_hold_dates_of(&self, loaded: &Loaded) -> Result<(), Failure> {
        let latest = compile::latest(&loaded.scenario);
        let seconds = latest.map_or(u64::MAX, |latest| latest.as_nanos() / 1_000_000_000);
        if self.format() == Format::PcapNg || u32::try_from(seconds).is_ok() {
            return Ok(());
        }
        Err(Failure::Usage {
            message: "a pcap holds no dates after 2106-02-07T06:28:15Z, and this run may pass that"
                .into(),
            help: Some("write -o x.pcapng, or set an earlier `clock` in the scenario".into()),
        })
    }

    fn of(path: &Path, precision: Precision) -> Result<Target<'_>, Failure> {
        let pcap = match precision {
            Precision::Us => Format::PcapMicros,
            Precision::Ns => Format::PcapNanos,
        };
        if path.as_os_str() == "-" {
            return Ok(Target::Stdout(pcap));
        }
        match path.extension().and_then(|end| end.to_str()) {
            Some("pcap") => Ok(Target::File(path, pcap)),
            Some("pcapng") => Ok(Target::File(path, Format::PcapNg)),
            _ => Err(Failure::Usage {
                message: format!("what format is {}?", path.display()),
                help: Some(
                    "end its name in .pcap or .pcapng, or write - for standard output".into(),
                ),
            }),
        }
    }
}

fn options(how: &How) -> PlayOptions<'_> {
    PlayOptions {
        seed: how.seed,
        tap: how.tap.as_deref(),
    }
}

fn unplayable(error: PlayError) -> Failure {
    Failure::usage(error.to_string())
}

/// Plays a scenario as the command line asks for it.
pub(super) fn play_it(loaded: &Loaded, how: &How) -> Result<Played, Failure> {
    play(loaded, options(how)).map_err(unplayable)
}

/// Plays a scenario and writes its capture meanwhile: another thread hashes and
/// writes what this one makes.
fn stream(loaded: &Loaded, streaming: Streaming<'_>, target: &Target<'_>) -> Result<(), Failure> {
    let failed = |error| match target {
        Target::Stdout(_) => Failure::Output(error),
        Target::File(path, _) => Failure::File(FileError {
            path: path.to_path_buf(),
            doing: "write",
            error,
        }),
    };
    let (streamed, hash) = match target {
        Target::Stdout(_) => {
            let (streamed, out) = play_into(streaming, io::stdout()).map_err(failed)?;
            (streamed, out.finish())
        }
        Target::File(path, _) => {
            let (streamed, out) =
                play_into(streaming, AtomicFile::create(path)?).map_err(failed)?;
            let (hash, file) = out.finish_with();
            file.finish()?;
            (streamed, hash)
        }
    };
    said(&streamed.run);
    if streamed.frames == 0 {
        saw_nothing(&streamed.run, &streamed.tap);
    }
    let taps = [streamed.tap];
    let line = summary(&streamed.run, streamed.frames, &taps, Some(&hash));
    match target {
        Target::Stdout(_) => output::remark(&line),
        Target::File(path, _) => output::line(&format!("{}: {line}", path.display()))?,
    }
    failures(loaded, &streamed.failures)
}

/// Plays into an output that another thread writes to; what that was, whole.
fn play_into<W: Write + Send + 'static>(
    streaming: Streaming<'_>,
    out: W,
) -> io::Result<(Streamed, Hashing<W>)> {
    let mut out = Background::new(Hashing::new(out))?;
    let streamed = streaming.play(&mut out);
    // What the thread met, if it met anything, tells more.
    let out = out.finish()?;
    match streamed {
        Ok(streamed) => Ok((streamed, out)),
        Err(WriteError::Io(error)) => Err(error),
        Err(other) => Err(io::Error::other(other.to_string())),
    }
}

fn list(capture: &Capture, notes: bool) -> Result<(), Failure> {
    let options = ListOptions {
        look: output::look(),
        notes,
    };
    output::result(&packet_list(capture, options))?;
    if are_several(capture) {
        output::remark(SEVERAL_TAPS);
    }
    Ok(())
}

/// So many lines of each actor are shown: nobody reads the end of a long scan.
const MAX_SAID: usize = 64;

/// What the actors have to say of it: what ping and traceroute print; and what no
/// wire would carry.
fn said(run: &Run) {
    for (name, report) in run.trace.actors.iter().zip(&run.reports) {
        for line in report.lines.iter().take(MAX_SAID) {
            output::remark(&format!("{name}: {line}"));
        }
        if let Some(more @ 1..) = report.lines.len().checked_sub(MAX_SAID) {
            output::remark(&format!("{name}: and {more} lines more"));
        }
    }
    for line in run.too_long() {
        output::warning(&line);
    }
}

/// The same of a run with its capture, and which taps saw nothing.
fn said_of(played: &Played) {
    said(&played.run);
    quiet_taps(played);
}

/// Warns of taps that saw nothing.
pub(super) fn quiet_taps(played: &Played) {
    for (tap, interface) in played.taps.iter().zip(0u32..) {
        let mut frames = played.capture.frames.iter();
        if !frames.any(|frame| frame.interface == interface) {
            saw_nothing(&played.run, tap);
        }
    }
}

/// What faults did is told on frames: of a tap that saw none, here.
fn saw_nothing(run: &Run, tap: &str) {
    let mut faults: Vec<&str> = Vec::new();
    for fault in &run.trace.faults {
        let name = fault.fault.name();
        if !faults.contains(&name) {
            faults.push(name);
        }
    }
    let mut line = format!("tap {tap} saw no frame");
    if !faults.is_empty() {
        line += ", and so tells of no fault; what struck elsewhere: ";
        let shown = faults.iter().take(MAX_FAULTS).copied();
        line += &shown.collect::<Vec<_>>().join(", and ");
    }
    if let Some(more @ 1..) = faults.len().checked_sub(MAX_FAULTS) {
        line += &format!(", and {more} more");
    }
    output::warning(&line);
}

/// So many faults are named of which a capture has no frame to tell.
const MAX_FAULTS: usize = 4;

/// One line: what came out.
fn summary(run: &Run, frames: u64, taps: &[String], hash: Option<&str>) -> String {
    let micros = run.ended.as_micros();
    let frames = count(usize::try_from(frames).unwrap_or(usize::MAX), "frame");
    let mut line = format!(
        "{frames}, {}.{:06} s, {}, seed {}, tap {}",
        micros / 1_000_000,
        micros % 1_000_000,
        run.stop,
        run.seed,
        taps.join(","),
    );
    let files = run.files();
    if files != Tally::default() {
        line += &format!(", {files}");
    }
    if let Some(hash) = hash {
        line += &format!(", sha256 {hash}");
    }
    line
}

fn of_played(played: &Played, hash: Option<&str>) -> String {
    let frames = played.capture.frames.len() as u64;
    summary(&played.run, frames, &played.taps, hash)
}

/// Tells what did not come as the scenario says.
fn failures(loaded: &Loaded, failures: &[Diagnostic]) -> Result<(), Failure> {
    for failure in failures {
        output::show(&loaded.sources, failure);
    }
    match failures.len() {
        0 => Ok(()),
        n => {
            output::remark(&format!(
                "{} did not come as {} should",
                count(n, "thing"),
                if n == 1 { "it" } else { "they" }
            ));
            Err(Failure::Different)
        }
    }
}

/// A pcap cannot tell taps apart: each gets a file of its own, `x.TAP.pcap`, and a
/// line like any other's.
fn write_one_each(
    played: &Played,
    path: &Path,
    (format, notes): (Format, Notes),
    how: &How,
) -> Result<String, Failure> {
    let mut lines = String::new();
    for (tap, interface) in played.taps.iter().zip(0u32..) {
        let path = path.with_extension(format!("{tap}.pcap"));
        how.places.write(&path)?;
        let capture = played.capture.at_interface(interface);
        let hash = write_file(&capture, &path, format, notes)?;
        let (frames, tap) = (capture.frames.len() as u64, std::slice::from_ref(tap));
        let line = summary(&played.run, frames, tap, Some(&hash));
        lines += &format!("{}: {line}\n", path.display());
    }
    Ok(lines)
}

fn write_file(
    capture: &Capture,
    path: &Path,
    format: Format,
    notes: Notes,
) -> Result<String, Failure> {
    let mut file = AtomicFile::create(path)?;
    let mut out = Hashing::new(&mut file);
    let written = capture.write(&mut out, format, notes);
    let hash = out.finish();
    match written {
        Ok(()) => {
            file.finish()?;
            Ok(hash)
        }
        Err(WriteError::Io(error)) => Err(file.failure(error).into()),
        Err(other) => Err(Failure::Usage {
            message: format!("{}: {other}", path.display()),
            help: None,
        }),
    }
}

fn write_stdout(capture: &Capture, format: Format, notes: Notes) -> Result<String, Failure> {
    // Buffered by whole blocks: these are bytes, not lines.
    let mut stdout = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut out = Hashing::new(&mut stdout);
    let written = capture.write(&mut out, format, notes);
    let hash = out.finish();
    match written {
        Ok(()) => stdout.flush().map_err(Failure::Output)?,
        Err(WriteError::Io(error)) => return Err(Failure::Output(error)),
        Err(other) => return Err(Failure::usage(other.to_string())),
    }
    Ok(hash)
}
