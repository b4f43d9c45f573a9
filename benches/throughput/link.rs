//! What both labs of the bench stand on: a link that is never the reason to wait, and its capture.

use std::io::Write;

use wirelab::capture::{Format, StreamWriter};
use wirelab::lab::{Lab, Run};
use wirelab::net::{SegmentConfig, SegmentKind};
use wirelab::rng::Seed;
use wirelab::time::Duration;
use wirelab::trace::SegmentId;
use wirelab::units::Rate;

/// A lab with one segment that is never the reason to wait.
pub fn fast_link() -> (Lab, SegmentId) {
    let mut lab = Lab::new(Seed(1));
    let config = SegmentConfig {
        kind: SegmentKind::Hub,
        rate: Rate::from_mbps(1_000_000),
        latency: Duration::from_micros(1),
        ..SegmentConfig::default()
    };
    let lan = lab.segment("lan", config);
    (lab, lan)
}

/// Plays a lab, and makes a pcap meanwhile; how many frames are in it, and the output.
pub fn capture<W: Write>(lab: Lab, out: W) -> (u64, W) {
    let (clock, format) = (lab.clock, Format::PcapMicros);
    let mut writer = StreamWriter::new(out, SegmentId(0), clock, format).expect("an output");
    whole(&lab.stream(&mut writer));
    let frames = writer.frames();
    (frames, writer.finish().expect("an output"))
}

/// Every actor has done what it had to do.
pub fn whole(run: &Run) {
    assert_eq!(run.unfinished().count(), 0, "{:?}", run.reports);
}
