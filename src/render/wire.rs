//! A capture's bytes as text, for golden files: everything that may not change.

use core::fmt::Write;

use sha2::{Digest, Sha256};

use super::HexDump;
use crate::capture::{Capture, FrameRef};
use crate::dissect::Packet;

/// A capture of at most so many frames is dumped in full.
const FULL: usize = 64;
/// Of a longer one, the headers of so many frames at either end.
const ENDS: usize = FULL / 2;

/// The frames of a capture in hexadecimal: all of them in full, or of a long
/// capture the headers of the first and last 32 and the SHA-256 of everything,
/// times included.
pub fn wire(capture: &Capture) -> String {
    let count = capture.frames.len();
    let mut out = String::new();
    if count <= FULL {
        for frame in capture.frames() {
            dump(&mut out, capture, frame, frame.bytes);
        }
        return out;
    }
    let mut hash = Sha256::new();
    for (index, frame) in capture.frames().enumerate() {
        hash.update(frame.at.as_nanos().to_be_bytes());
        hash.update(frame.original_len.to_be_bytes());
        hash.update(frame.bytes);
        if index < ENDS || index >= count - ENDS {
            let packet = Packet::parse(frame.link, frame.bytes, frame.original_len);
            let end = packet.layers().last().map_or(0, |l| l.end as usize);
            dump(
                &mut out,
                capture,
                frame,
                frame.bytes.get(..end).unwrap_or(frame.bytes),
            );
        }
        if index == ENDS {
            let _ = writeln!(out, "… {} frames …\n", count - FULL);
        }
    }
    let _ = write!(out, "sha256 of all {count} frames: ");
    for byte in hash.finalize() {
        let _ = write!(out, "{byte:02x}");
    }
    out.push('\n');
    out
}

fn dump(out: &mut String, capture: &Capture, frame: FrameRef<'_>, shown: &[u8]) {
    let start = capture.frames.first().map_or(frame.at, |f| f.at);
    let nanos = frame.at.since(start).as_nanos();
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "frame {} at {seconds}.{fraction:09}, {} bytes\n{}",
        frame.number,
        frame.original_len,
        HexDump(shown)
    );
}
