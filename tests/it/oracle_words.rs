//! Words and figures of the packet list and the fields, beside those of tshark.

use std::path::Path;
use std::process::Command;

use etherparse::{Icmpv4Type, PacketBuilder};
use wirelab::analyze::Summary;
use wirelab::capture::Capture;
use wirelab::dissect::Dissector;
use wirelab::render::{Depth, Look, detail};

use crate::oracle_tshark::pcap;
use crate::tshark;

const MACS: [[u8; 6]; 2] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]];

/// A column that tshark prints of each frame.
fn ask(path: &Path, field: &str) -> Vec<String> {
    let mut command = Command::new("tshark");
    command
        .arg("-r")
        .arg(path)
        .args(["-n", "-T", "fields", "-e", field]);
    let output = command.output().expect("tshark runs");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(str::to_owned).collect()
}

/// Every reason for which a router, host or firewall of IPv4 refuses.
#[test]
fn icmp_says_why_as_tshark_does() {
    if !tshark::is_there("icmp_says_why_as_tshark_does") {
        return;
    }
    let refused = |code_u8: u8| {
        let mut frame = Vec::new();
        let kind = Icmpv4Type::Unknown {
            type_u8: 3,
            code_u8,
            bytes5to8: [0; 4],
        };
        let builder = PacketBuilder::ethernet2(MACS[0], MACS[1]);
        let builder = builder.ipv4([10, 2, 0, 9], [10, 2, 0, 2], 64).icmpv4(kind);
        builder.write(&mut frame, &[0; 28]).expect("a frame");
        frame
    };
    let frames: Vec<Vec<u8>> = (0..16).map(refused).collect();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), pcap(&frames)).expect("room for a capture");
    let theirs = ask(file.path(), "_ws.col.Info");
    let (capture, _) = Capture::read(pcap(&frames).as_slice()).expect("a capture");
    let mut dissector = Dissector::new();
    let ours = capture.frames().map(|frame| {
        let info = Summary::of(&dissector.dissect(frame)).info;
        format!("Destination unreachable ({info})")
    });
    assert_eq!(ours.collect::<Vec<_>>(), theirs);
}

/// A field that shares bytes with its neighbours has as many digits as its bits need.
#[test]
fn figures_have_the_digits_of_their_bits() {
    let mut frame = Vec::new();
    let builder = PacketBuilder::ethernet2(MACS[0], MACS[1]);
    let builder = builder.ipv6([1; 16], [2; 16], 64).udp(1000, 4000);
    builder.write(&mut frame, b"x").expect("a frame");
    let (capture, _) = Capture::read(pcap(&[frame]).as_slice()).expect("a capture");
    let mut dissector = Dissector::new();
    let first = capture.frames().next().expect("a frame");
    let seen = dissector.dissect(first);
    let text = detail(&seen, Depth::Fields, Look::default());
    for line in ["Traffic class: 0x00\n", "Flow label: 0x00000\n"] {
        assert!(text.contains(line), "{text}");
    }
}
