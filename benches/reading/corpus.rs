//! Big captures of FTP traffic, made by our own simulator: sessions of the
//! built-in scenarios one after another, each by a client of its own.

use std::io::{self, Write};

use wirelab::capture::{Capture, Format, Interface, LinkType, Notes};
use wirelab::lab::{PlayOptions, play};
use wirelab::scenario::{Override, builtin};
use wirelab::time::Timestamp;

/// What is played, over and over; each tenth round a large file besides.
const SESSIONS: [&str; 5] = [
    "ftp-getfile",
    "ftp-listfiles",
    "ftp-putfile",
    "ftp-guesspassword",
    "ftp-connect",
];
const LARGE: &str = "ftp-getbinary";

/// A pcap's header.
const HEADER: usize = 24;

/// Writes a pcap of at least `frames` frames; returns how many they are.
///
/// # Errors
/// When `out` fails.
pub fn write(frames: usize, out: &mut impl Write) -> io::Result<usize> {
    let mut clock = Timestamp::DEFAULT_CLOCK.as_nanos();
    let (mut made, mut round) = (0, 0u64);
    while made < frames {
        let large = (round % 10 == 9).then_some(LARGE);
        for (name, index) in SESSIONS.into_iter().chain(large).zip(0..) {
            let seed = round * 7 + index + 1;
            let mut capture = session(name, seed);
            let first = capture.frames.first().map_or(0, |f| f.at.as_nanos());
            for frame in &mut capture.frames {
                frame.at = Timestamp::from_nanos(frame.at.as_nanos() - first + clock);
            }
            clock = capture.frames.last().map_or(0, |f| f.at.as_nanos()) + 1_000_000_000;
            let mut bytes = Vec::new();
            let written = capture.write(&mut bytes, Format::PcapMicros, Notes::Omit);
            written.map_err(io::Error::other)?;
            // One header for all of them.
            out.write_all(&bytes[if made == 0 { 0 } else { HEADER }..])?;
            made += capture.frames.len();
        }
        round += 1;
    }
    Ok(made)
}

fn session(name: &str, seed: u64) -> Capture {
    let sets = [
        format!("hosts.client.ip=10.2.0.{}", 10 + seed % 200),
        format!("hosts.client.first_port={}", 1024 + seed / 200 % 60_000),
    ];
    let sets = sets.map(|set| Override::parse(&set).expect("a path and a value"));
    let builtin = builtin::find(name).expect("a built-in scenario");
    let scenario = builtin.load(&sets).expect("its client is a host");
    let options = PlayOptions {
        seed: Some(seed),
        tap: None,
    };
    let played = play(&scenario, options).expect("the default tap");
    Capture {
        interfaces: vec![Interface {
            name: None,
            link: LinkType::ETHERNET,
            snaplen: 0,
        }],
        ..played.capture
    }
}
