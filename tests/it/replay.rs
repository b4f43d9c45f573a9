//! A capture as a host: what goes out, when, and what cannot be played.

use std::path::Path;

use wirelab::capture::{Capture, Format, Notes};
use wirelab::lab::{PlayError, PlayOptions, Played, play, supply};
use wirelab::scenario::{builtin, load};

use crate::cli::{folder, run};
use crate::hosts::assert_sound;
use crate::support::root;

const TAPE: &str = "lab: 1
segments: { lan: { subnet: 10.2.0.0/24 } }
hosts: { tape: { replay: { file: x.pcap, MORE } }, other: { ip: 10.2.0.9 } }
";

fn recording() -> Vec<u8> {
    let bytes = builtin::capture("maria-1999.pcap").expect("it comes with the program");
    bytes.to_vec()
}

fn played(more: &str) -> Played {
    let text = TAPE.replace("MORE", more);
    let mut loaded = load("a.yaml", &text, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    supply(&mut loaded, |_| Some(Ok(recording()))).expect("a capture");
    play(&loaded, PlayOptions::default()).expect("a tap")
}

/// When each frame was sent, in nanoseconds, and its bytes.
fn sent(played: &Played) -> Vec<(u64, Vec<u8>)> {
    let records = played.run.trace.records.iter();
    records
        .map(|r| (r.sent.as_nanos(), r.frame.bytes().to_vec()))
        .collect()
}

#[test]
fn every_frame_goes_out_as_it_was_and_when() {
    let (original, _) = Capture::read(recording().as_slice()).expect("a capture");
    let first = original.frames[0].at.as_nanos();
    let frames = original.frames.iter();
    let expected: Vec<(u64, Vec<u8>)> = frames
        .map(|frame| (frame.at.as_nanos() - first, frame.bytes().to_vec()))
        .collect();
    assert_eq!(expected.len(), 16);
    assert_eq!(sent(&played("")), expected);
    let later = |scale: u64, start: u64| -> Vec<(u64, Vec<u8>)> {
        let all = expected.iter().cloned();
        all.map(|(at, bytes)| (start + at * 4 / scale, bytes))
            .collect()
    };
    assert_eq!(sent(&played("speed: 0.25")), later(1, 0));
    assert_eq!(
        sent(&played("speed: 2, start: 3s")),
        later(8, 3_000_000_000)
    );
    assert_sound(&played("").capture);
}

#[test]
fn one_senders_frames_with_other_addresses() {
    let more = "from: 10.2.0.2, macs: { \"ee:5b:30:cb:74:b1\": other, \
                \"de:b4:66:d1:14:f1\": \"02:00:00:00:00:07\" }";
    let frames = sent(&played(more));
    assert_eq!(frames.len(), 8);
    for (_, bytes) in &frames {
        assert_eq!(bytes[6..12], [2, 0, 0, 0, 0, 7]);
        if bytes[12..14] == [8, 6] {
            assert_eq!(bytes[22..28], [2, 0, 0, 0, 0, 7], "in ARP as well");
        }
    }
    let by_mac = sent(&played("from: \"ee:5b:30:cb:74:b1\""));
    assert_eq!(by_mac.len(), 8);
    assert_eq!(by_mac[0].0, 0, "counted from the first that goes");
}

#[test]
fn a_capture_that_nobody_supplies_is_missed() {
    let loaded = load("a.yaml", &TAPE.replace("MORE", ""), &[]).expect("a scenario");
    match play(&loaded, PlayOptions::default()) {
        Err(PlayError::Capture(name)) => assert_eq!(name, "x.pcap"),
        other => panic!("{other:?}"),
    }
}

/// Writes a scenario and, beside it, what it is to play; what `check` says.
fn said(folder: &Path, bytes: Option<&[u8]>) -> String {
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).expect("a file");
    };
    write("a.yaml", TAPE.replace("MORE", "").as_bytes());
    let _ = std::fs::remove_file(folder.join("x.pcap"));
    if let Some(bytes) = bytes {
        write("x.pcap", bytes);
    }
    let seen = run(folder, &["check", "a.yaml"]);
    assert_eq!(
        seen.code,
        if seen.err.is_empty() { 0 } else { 2 },
        "{}",
        seen.err
    );
    seen.err.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_cannot_be_played_is_said_with_its_place() {
    let here = folder();
    let whole = recording();
    assert_eq!(said(here.path(), Some(&whole)), "");
    let cooked = std::fs::read(root().join("tests/fixtures/captures/curl-any-sll.pcap"));
    let (mut cut, _) = Capture::read(whole.as_slice()).expect("a capture");
    cut.snap(60);
    let mut short = Vec::new();
    cut.write(&mut short, Format::PcapMicros, Notes::Omit)
        .expect("room");
    let empty: [u8; 24] = whole[..24].try_into().expect("a header");
    let cases: [(Option<&[u8]>, &str); 7] = [
        (None, "there is no such file beside the scenario"),
        (
            Some(b"hello, I am no capture"),
            "it is neither pcap nor pcapng",
        ),
        (Some(b""), "there is nothing in it"),
        (Some(&empty), "there is no frame in it"),
        (Some(&whole[..500]), "cut short in the middle of a frame"),
        (
            Some(&short),
            "frame 3 was cut short when it was captured: 60 of 74 bytes",
        ),
        (
            Some(&cooked.expect("a fixture")),
            "frame 1 is not Ethernet but Linux cooked",
        ),
    ];
    for (bytes, expected) in cases {
        let said = said(here.path(), bytes);
        assert!(said.contains(expected), "{expected}\n{said}");
        assert!(said.contains("a.yaml:3:"), "{said}");
    }
}

/// What lies outside the scenario's folder is not read, whatever leads there.
#[cfg(unix)]
#[test]
fn a_sender_who_is_not_there_is_missed() {
    let here = folder();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(here.path().join(name), bytes).expect("a file");
    };
    write("x.pcap", &recording());
    write("a.yaml", TAPE.replace("MORE", "from: 9.9.9.9").as_bytes());
    let seen = run(here.path(), &["check", "a.yaml"]);
    assert_eq!(seen.code, 2, "{}", seen.err);
    assert!(
        seen.err.contains("9.9.9.9 sends nothing in x.pcap"),
        "{}",
        seen.err
    );
    assert!(
        seen.err.contains("these send: 10.2.0.1, 10.2.0.2"),
        "{}",
        seen.err
    );
}

#[test]
fn a_link_is_not_followed() {
    let (here, there) = (folder(), folder());
    let secret = there.path().join("secret.pcap");
    std::fs::write(&secret, recording()).expect("a file");
    std::fs::write(here.path().join("a.yaml"), TAPE.replace("MORE", "")).expect("a file");
    std::os::unix::fs::symlink(&secret, here.path().join("x.pcap")).expect("a link");
    let seen = run(here.path(), &["run", "a.yaml"]);
    assert_eq!(seen.code, 2);
    assert!(seen.err.contains("it is no ordinary file"), "{}", seen.err);
}
