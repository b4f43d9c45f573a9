//! Golden traces: what a scenario's captures should be, byte for byte.
//!
//! The same scenario, seed and trace epoch give the same bytes on every
//! machine. A golden trace keeps the hashes of the captures at its seeds, and
//! the packet list at the first, so that a difference can be shown.

use core::fmt;
use std::io::Write;

use sha2::{Digest, Sha256};

use super::play::hex;
use super::{PlayOptions, Played, TRACE_EPOCH, play};
use crate::capture::{Capture, Format, Notes, WriteError};
use crate::render::{ListOptions, packet_list};
use crate::scenario::{Diagnostic, Loaded, Scenario};

/// The seeds of a golden trace, of a built-in scenario and of any that says none.
pub const GOLDEN_SEEDS: [u64; 3] = [1, 2, 3];

/// The seeds at which a person's scenario is judged: its own alone, if it says
/// one, since what it expects may be true of no other.
pub fn seeds(scenario: &Scenario) -> Vec<u64> {
    match scenario.seed {
        Some(own) => vec![own.value],
        None => GOLDEN_SEEDS.to_vec(),
    }
}

/// What a scenario's captures should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Golden {
    /// The trace epoch in which they were made.
    pub epoch: u32,
    /// Seeds, and the SHA-256 of the capture at each: pcap, microseconds, the
    /// default tap.
    pub hashes: Vec<(u64, String)>,
    /// The packet list at the first seed.
    pub list: String,
}

/// A scenario, played at some seeds.
#[derive(Debug)]
pub struct Trial {
    /// What its captures are.
    pub golden: Golden,
    /// What did not come as the scenario says, and at which seed.
    pub failures: Vec<(u64, Diagnostic)>,
    /// How many frames the first seed's capture holds.
    pub frames: usize,
}

/// Plays a scenario at each of `seeds`.
///
/// # Errors
/// When a capture cannot be written in the pcap format.
pub fn trial(loaded: &Loaded, seeds: &[u64]) -> Result<Trial, WriteError> {
    let mut trial = Trial {
        golden: Golden {
            epoch: TRACE_EPOCH,
            hashes: Vec::new(),
            list: String::new(),
        },
        failures: Vec::new(),
        frames: 0,
    };
    for &seed in seeds {
        let options = PlayOptions {
            seed: Some(seed),
            tap: None,
        };
        // The default tap is always there.
        let Ok(Played {
            capture, failures, ..
        }) = play(loaded, options)
        else {
            continue;
        };
        trial.golden.hashes.push((seed, capture_hash(&capture)?));
        trial
            .failures
            .extend(failures.into_iter().map(|f| (seed, f)));
        if trial.golden.hashes.len() == 1 {
            trial.golden.list = packet_list(&capture, ListOptions::default());
            trial.frames = capture.frames.len();
        }
    }
    Ok(trial)
}

/// The SHA-256 of a capture as a pcap file in microseconds.
///
/// # Errors
/// When the format cannot hold the capture.
pub fn capture_hash(capture: &Capture) -> Result<String, WriteError> {
    let mut out = Hashing::new(std::io::sink());
    capture.write(&mut out, Format::PcapMicros, Notes::Keep)?;
    Ok(out.finish())
}

/// Passes bytes on and hashes them.
#[derive(Debug)]
pub struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Hashing<W> {
    /// Passes bytes on to `inner`.
    pub fn new(inner: W) -> Hashing<W> {
        Hashing {
            inner,
            hash: Sha256::new(),
        }
    }

    /// The SHA-256 of all that passed, in hexadecimal.
    pub fn finish(self) -> String {
        self.finish_with().0
    }

    /// The same, and what the bytes were passed on to.
    pub fn finish_with(self) -> (String, W) {
        (hex(&self.hash.finalize()), self.inner)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

impl Golden {
    /// Reads what [`Display`](fmt::Display) wrote; `None` if it is anything else.
    pub fn parse(text: &str) -> Option<Golden> {
        let text = text.replace("\r\n", "\n");
        let (head, list) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        lines.next().filter(|line| *line == HEADING)?;
        let epoch = lines.next()?.strip_prefix("epoch ")?.parse().ok()?;
        let hashes = lines.map(|line| {
            let (seed, hash) = line.strip_prefix("seed ")?.split_once(' ')?;
            Some((seed.parse().ok()?, hash.to_owned()))
        });
        Some(Golden {
            epoch,
            hashes: hashes.collect::<Option<_>>()?,
            list: list.to_owned(),
        })
    }

    /// How `seen` differs from this, in words; `None` if it does not.
    pub fn difference(&self, seen: &Golden) -> Option<String> {
        if self.epoch != seen.epoch {
            return Some(format!(
                "it is of trace epoch {}, and this program writes epoch {}",
                self.epoch, seen.epoch
            ));
        }
        if self.seeds().ne(seen.seeds()) {
            return Some(format!(
                "it is of {}, and this scenario is played with {}",
                words(self.seeds()),
                words(seen.seeds())
            ));
        }
        let pairs = self.hashes.iter().filter_map(|(seed, hash)| {
            let other = seen.hashes.iter().find(|(s, _)| s == seed)?;
            (other.1 != *hash).then_some(*seed)
        });
        let mut others = pairs.peekable();
        others.peek()?;
        let at = format!("other bytes at {}", words(others));
        Some(match first_difference(&self.list, &seen.list) {
            Some(lines) => format!("{at}; the first frame that differs:\n{lines}"),
            None => format!("{at}; the packet lists are the same"),
        })
    }

    /// Its seeds, the packet list's first.
    pub fn seeds(&self) -> impl Iterator<Item = u64> {
        self.hashes.iter().map(|(seed, _)| *seed)
    }
}

/// Seeds in words: `seed 6`, `seeds 1, 2, 3`.
pub fn words(seeds: impl Iterator<Item = u64>) -> String {
    let all: Vec<String> = seeds.map(|seed| seed.to_string()).collect();
    let noun = if all.len() == 1 { "seed" } else { "seeds" };
    format!("{noun} {}", all.join(", "))
}

const HEADING: &str = "wirelab golden trace";

impl fmt::Display for Golden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADING}\nepoch {}", self.epoch)?;
        for (seed, hash) in &self.hashes {
            writeln!(f, "seed {seed} {hash}")?;
        }
        write!(f, "\n{}", self.list)
    }
}

/// The first line in which two packet lists differ, as both have it.
fn first_difference(expected: &str, seen: &str) -> Option<String> {
    let mut left = expected.lines();
    let mut right = seen.lines();
    loop {
        return match (left.next(), right.next()) {
            (None, None) => None,
            (a, b) if a == b => continue,
            (a, b) => {
                let show = |line: Option<&str>| line.unwrap_or("(no more frames)").to_owned();
                Some(format!("  expected {}\n  but saw  {}", show(a), show(b)))
            }
        };
    }
}

/// The hashes of one scenario in the manifest of the built-ins.
pub fn manifest_lines(name: &str, golden: &Golden) -> String {
    let lines = golden.hashes.iter();
    lines
        .map(|(seed, hash)| format!("{hash}  {name} seed {seed}\n"))
        .collect()
}

/// What the manifest says of one built-in.
pub fn from_manifest(manifest: &str, name: &str, list: &str) -> Golden {
    let hashes = manifest.lines().filter_map(|line| {
        let (hash, rest) = line.split_once("  ")?;
        let (who, seed) = rest.rsplit_once(" seed ")?;
        (who == name).then_some((seed.parse().ok()?, hash.to_owned()))
    });
    Golden {
        epoch: TRACE_EPOCH,
        hashes: hashes.collect(),
        list: list.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(list: &str, hash: &str) -> Golden {
        Golden {
            epoch: TRACE_EPOCH,
            hashes: vec![(1, hash.into()), (2, "b".into())],
            list: list.into(),
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let one = golden("No. Time\n  1 0.0\n", "a");
        assert_eq!(Golden::parse(&one.to_string()), Some(one.clone()));
        assert_eq!(
            Golden::parse(&one.to_string().replace('\n', "\r\n")),
            Some(one)
        );
        assert_eq!(Golden::parse("something else\n\n"), None);
    }

    #[test]
    fn the_first_frame_that_differs_is_shown() {
        let one = golden("head\n  1 SYN\n  2 RST\n", "a");
        let other = golden("head\n  1 SYN\n  2 SYN, ACK\n", "x");
        assert_eq!(one.difference(&one), None);
        let shown = one.difference(&other).unwrap();
        assert!(
            shown.contains("seed 1;") && shown.contains("expected   2 RST"),
            "{shown}"
        );
        let shorter = golden("head\n  1 SYN\n", "x");
        assert!(
            one.difference(&shorter)
                .unwrap()
                .contains("(no more frames)")
        );
    }

    #[test]
    fn a_golden_trace_of_other_seeds_is_another() {
        let one = golden("", "a");
        let mut other = one.clone();
        other.hashes.remove(1);
        let shown = one.difference(&other).unwrap();
        assert!(
            shown.contains("it is of seeds 1, 2, and") && shown.ends_with("with seed 1"),
            "{shown}"
        );
    }

    #[test]
    fn the_manifest_names_scenarios_and_seeds() {
        let one = golden("", "a");
        let text = manifest_lines("ftp-x", &one);
        assert_eq!(text, "a  ftp-x seed 1\nb  ftp-x seed 2\n");
        assert_eq!(from_manifest(&text, "ftp-x", ""), one);
        assert!(from_manifest(&text, "ftp-y", "").hashes.is_empty());
    }
}
