//! What faults did stands in the comments of a capture, of a lab that is built in Rust as well.

use std::process::Command;

use proptest::prelude::*;

use super::network::{echo_lab, impairments};
use super::tshark;
use wirelab::capture::{Capture, Format, Notes, StreamWriter, TapPoint};
use wirelab::host::{HostConfig, PLAIN};
use wirelab::lab::{Lab, Run};
use wirelab::net::{Action, Carries, Fault, SegmentConfig, SegmentKind, Side, Target};
use wirelab::rng::Seed;
use wirelab::time::{Duration, Instant};
use wirelab::trace::{NodeId, SegmentId};

const LAN: SegmentId = SegmentId(0);

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Drop),
        (1..4000u64).prop_map(|ms| Action::Delay(Duration::from_millis(ms))),
        Just(Action::Duplicate),
        (0..200u32).prop_map(|bit| Action::Corrupt { bit }),
        (0..80usize).prop_map(|len| Action::Truncate { len }),
    ]
}

/// The comments of all frames, in order.
fn comments(capture: &Capture) -> Vec<&str> {
    let all = capture.frames.iter().flat_map(|frame| &frame.comments);
    all.map(String::as_str).collect()
}

fn written(run: &Run) -> Vec<u8> {
    let mut bytes = Vec::new();
    let capture = run.capture(TapPoint::Segment(LAN));
    let wrote = capture.write(&mut bytes, Format::PcapNg, Notes::Keep);
    wrote.expect("memory takes it");
    bytes
}

fn streamed(lab: Lab) -> Vec<u8> {
    let clock = lab.clock;
    let stream = StreamWriter::annotated(Vec::new(), LAN, clock, lab.names());
    let mut stream = stream.expect("memory takes it");
    lab.stream(&mut stream);
    stream.finish().expect("memory takes it")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Every fault is told once, and a capture that is written while the lab
    /// plays has the bytes of one that is written afterwards.
    #[test]
    fn every_fault_is_told_and_a_stream_tells_the_same(
        seed in any::<u64>(),
        impairments in impairments(),
        switch in any::<bool>(),
        queue in 2..20u32,
        scripted in prop::collection::vec((action(), any::<bool>(), 1..40u64), 0..6),
        len in 1..40_000usize,
        mtu in prop_oneof![Just(1500), Just(600u16)],
        ends in prop_oneof![Just(None), (1..4000u64).prop_map(Some)],
    ) {
        let lab = || {
            let config = SegmentConfig {
                kind: if switch { SegmentKind::Switch } else { SegmentKind::Hub },
                queue,
                impairments,
                mtu,
                ..SegmentConfig::default()
            };
            let mut lab = echo_lab(seed, [&PLAIN; 2], config, len);
            if let Some(millis) = ends {
                lab.limits.virtual_time = Duration::from_millis(millis);
            }
            for (number, (action, before, nth)) in scripted.iter().enumerate() {
                let target = Target { nth: Some(*nth), ..Target::every(Carries::Anything) };
                let side = if *before { Side::Sender } else { Side::Receiver };
                lab.fault(Fault::new(format!("fault {number}"), target, action.clone()).on(side));
            }
            lab
        };
        let run = lab().run();
        let capture = run.capture(TapPoint::Segment(LAN));
        if !capture.frames.is_empty() {
            let told = comments(&capture);
            prop_assert_eq!(told.len(), run.trace.faults.len());
            for fault in &run.trace.faults {
                let words = format!("{}: {}", fault.fault.name(), fault.effect);
                prop_assert!(told.iter().any(|told| told.contains(&words)), "{words}");
            }
        }
        prop_assert!(streamed(lab()) == written(&run));
    }
}

/// Nothing follows the last frame, and what is pulled out behind the tap is only
/// known when a frame should have arrived.
#[test]
fn what_no_frame_follows_is_told_behind_the_last() {
    let lab = || {
        let mut lab = echo_lab(1, [&PLAIN; 2], SegmentConfig::default(), 10);
        let arps = Target {
            from: Some(NodeId(1)),
            ..Target::every(Carries::Anything)
        };
        lab.fault(Fault::new("mute", arps, Action::Drop).on(Side::Sender));
        lab.limits.virtual_time = Duration::from_millis(1);
        lab
    };
    let run = lab().run();
    let capture = run.capture(TapPoint::Segment(LAN));
    let told = "Fault, after this frame, mute: dropped before the wire";
    assert_eq!(comments(&capture), [told], "{}", run.frames());
    assert!(streamed(lab()) == written(&run));

    let unplugged = || {
        let mut lab = echo_lab(1, [&PLAIN; 2], SegmentConfig::default(), 40_000);
        let outage = Duration::from_millis(20);
        lab.unplug(NodeId(1), Instant::ZERO + outage, outage);
        lab
    };
    let faults = unplugged().run().trace.faults.len();
    let bytes = streamed(unplugged());
    let (capture, _) = Capture::read(bytes.as_slice()).expect("a capture");
    let told = comments(&capture);
    assert!(faults > 3, "{faults}");
    assert_eq!(told.len(), faults);
    assert!(told.iter().all(|told| told.contains("unplugged: lost")));
}

/// A frame is held back until after the end, or lost when it is let go: that is
/// told when its fate is known.
#[test]
fn a_frame_that_is_held_back_and_never_passes_has_its_fault_told() {
    let lab = |mtu, nth, ends| {
        let config = SegmentConfig {
            mtu,
            ..SegmentConfig::default()
        };
        let mut lab = echo_lab(1, [&PLAIN; 2], config, 20_000);
        let target = Target {
            nth: Some(nth),
            ..Target::every(Carries::Anything)
        };
        let late = Action::Delay(Duration::from_millis(15));
        lab.fault(Fault::new("late", target, late).on(Side::Sender));
        lab.limits.virtual_time = Duration::from_millis(ends);
        lab
    };
    let told = |mtu, nth, ends| {
        let run = lab(mtu, nth, ends).run();
        assert!(streamed(lab(mtu, nth, ends)) == written(&run));
        let capture = run.capture(TapPoint::Segment(LAN));
        comments(&capture).join("\n")
    };
    let never = told(1500, 6, 10);
    assert_eq!(
        never,
        "Fault, after this frame, late: delayed by 15ms before the wire"
    );
    // All long segments of the first flight are lost, this one later.
    let lost = told(600, 6, 40);
    assert!(lost.contains("late: delayed by 15ms before the wire"));
    assert!(lost.contains("longer than the segment's MTU: lost before the wire"));
}

/// A fault on another segment is told where it belongs in time, and names the
/// machine on whose cable it was.
#[test]
fn a_tap_tells_of_what_it_did_not_see() {
    let mut lab = Lab::new(Seed(1));
    for (segment, last) in [("near", 1), ("far", 3)] {
        let place = lab.segment(segment, SegmentConfig::default());
        for last in [last, last + 1] {
            let address = wirelab::host::Ipv4Cidr {
                address: [192, 0, 2, last].into(),
                prefix: 24,
            };
            let mut host = HostConfig::new(format!("host{last}"), address);
            host.announce = true;
            lab.host(host, place);
        }
    }
    let target = Target {
        from: Some(NodeId(2)),
        ..Target::every(Carries::Anything)
    };
    lab.fault(Fault::new("far away", target, Action::Drop));
    let run = lab.run();
    let near = run.capture(TapPoint::FIRST_SEGMENT);
    let far = run.capture(TapPoint::Segment(SegmentId(1)));
    let words = "far away: dropped on the way to host4";
    assert_eq!(comments(&far), [format!("Fault, {words}")]);
    assert_eq!(comments(&near).len(), 1);
    assert!(comments(&near)[0].ends_with(words), "{near:?}");
    assert!(comments(&near)[0].contains("this frame, "), "{near:?}");
}

/// The comments as Wireshark shows them.
#[test]
fn tshark_shows_the_comments_of_faults() {
    if !tshark::is_there("tshark_shows_the_comments_of_faults") {
        return;
    }
    let fault = |side| {
        let syn = Carries::Tcp(wirelab::net::TcpKind::Syn);
        let first = Target {
            nth: Some(1),
            ..Target::every(syn)
        };
        Fault::new("the first SYN", first, Action::Drop).on(side)
    };
    for (side, frame, told) in [
        (
            Side::Receiver,
            "3",
            "the first SYN: dropped on the way to server",
        ),
        (
            Side::Sender,
            "3",
            "before this frame, the first SYN: dropped before the wire",
        ),
    ] {
        let mut lab = echo_lab(1, [&PLAIN; 2], SegmentConfig::default(), 10);
        lab.fault(fault(side));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), streamed(lab)).expect("room for it");
        let output = Command::new("tshark")
            .arg("-r")
            .arg(file.path())
            .args(["-n", "-Y", "frame.comment", "-T", "fields"])
            .args(["-e", "frame.number", "-e", "frame.comment"])
            .args(["-e", "frame.interface_name"])
            .output()
            .expect("tshark runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said, format!("{frame}\tFault, {told}\tlan\n"));
    }
}

/// A scenario's outage is told by its line, as every other fault is.
#[test]
fn a_pulled_cable_is_told_by_its_line() {
    let halfopen = wirelab::scenario::builtin::find("tcp-halfopen").expect("a built-in scenario");
    let scenario = halfopen.load(&[]).expect("it is right");
    let played = wirelab::lab::play(&scenario, Default::default()).expect("the default tap");
    let comments = played
        .capture
        .frames
        .iter()
        .flat_map(|frame| &frame.comments);
    let told: Vec<&String> = comments.filter(|c| c.starts_with("Fault")).collect();
    let line = |told: &&String| told.contains(": unplug client: lost");
    assert!(!told.is_empty() && told.iter().all(line), "{told:#?}");
}
