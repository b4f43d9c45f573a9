//! What differs between two captures, in protocol words.

use etherparse::PacketBuilder;
use wirelab::analyze::{Difference, Ignore};
use wirelab::capture::{Capture, Format, Notes};
use wirelab::lab::{PlayOptions, play as play_scenario};
use wirelab::scenario;

use crate::oracle_tshark::pcap;
use crate::play;

const ACTIVE: &str = "
lab: 1
segments:
  lan: { kind: switch, subnet: 192.0.2.0/24, rate: 10Mbps, latency: 500us }
hosts:
  client: { ip: 192.0.2.10 }
  server: { ip: 192.0.2.21 }
servers:
  - ftp:
      host: server
      persona: textbook
      users: { maria: { password: x } }
      files: { /map.png: { random: 18KiB } }
      RULES
actors:
  maria:
    host: client
    script:
      - connect: server:21
      - login: { user: maria, password: x }
      - bin
      - get: map.png
        expect: EXPECT
      - quit
";

fn capture(text: &str) -> Capture {
    let loaded = scenario::load("x.yaml", text, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let options = PlayOptions::default();
    play_scenario(&loaded, options).expect("its tap").capture
}

fn active(rules: &str, expect: &str) -> Capture {
    capture(&ACTIVE.replace("RULES", rules).replace("EXPECT", expect))
}

fn text(a: &Capture, b: &Capture) -> String {
    Difference::between(a, b, Ignore::default()).to_string()
}

#[test]
fn a_capture_is_like_what_a_pcap_of_it_holds() {
    for name in ["ftp-getfile", "ftp-lost226", "tcp-fastretransmit", "arp"] {
        play::with(name, 1, |played| {
            for format in [Format::PcapMicros, Format::PcapNanos, Format::PcapNg] {
                let mut file = Vec::new();
                let written = played.capture.write(&mut file, format, Notes::Omit);
                written.expect("a capture");
                let (read, _) = Capture::read(file.as_slice()).expect("a capture");
                assert_eq!(text(&played.capture, &read), "", "{name}, {format:?}");
                assert_eq!(text(&read, &played.capture), "", "{name}, {format:?}");
            }
        });
    }
}

#[test]
fn one_frame_more_or_less_is_one_difference() {
    let whole = play::with("ftp-connect", 1, |played| played.capture.clone());
    let mut less = whole.clone();
    // The acknowledgement of the greeting's first line: nobody builds on it.
    less.frames.remove(6);
    let missing = text(&whole, &less);
    let lines: Vec<&str> = missing.lines().collect();
    assert!(
        lines[0].starts_with("frame 7 is missing: 10.2.0.2 > 10.2.0.1 TCP "),
        "{missing}"
    );
    assert_eq!(lines[1..], ["20 frames became 19: 1 missing"], "{missing}");
    let new = text(&less, &whole);
    let lines: Vec<&str> = new.lines().collect();
    assert!(lines[0].starts_with("frame 7 is new: "), "{new}");
    assert_eq!(lines[1..], ["19 frames became 20: 1 new"], "{new}");
    // Even if it is the first one, from which time is counted.
    less = whole.clone();
    less.frames.remove(0);
    assert_eq!(text(&whole, &less).lines().count(), 2);
}

#[test]
fn a_reply_that_became_another_is_told_with_its_cause() {
    let rule = "rules: [ { command: RETR, data: { reset_after: 4KiB } } ]";
    let (right, cut) = (active("", "226"), active(rule, "426"));
    let said = text(&right, &cut);
    let told = said
        .lines()
        .find(|line| line.contains("226"))
        .expect("a line");
    let (place, words) = told.trim().split_once(": ").expect("a place");
    assert!(place.starts_with("frame "), "{said}");
    assert!(words.starts_with("reply 226 became 426 ("), "{said}");
    assert!(
        words.ends_with("): the data connection was reset"),
        "{said}"
    );
    let commands = said.lines().filter(|line| line.contains(": command "));
    assert_eq!(commands.count(), 0, "the client said the same: {said}");
}

#[test]
fn what_is_ignored_is_no_difference() {
    let slow = ACTIVE.replace("500us", "510us");
    let fill = |text: &str| capture(&text.replace("RULES", "").replace("EXPECT", "226"));
    let (fast, slow) = (fill(ACTIVE), fill(&slow));
    assert!(!Difference::between(&fast, &slow, Ignore::default()).is_empty());
    let but = |names: &[&str]| {
        names.iter().fold(Ignore::default(), |ignore, name| {
            ignore.parse(name).expect("a name")
        })
    };
    let difference = Difference::between(&fast, &slow, but(&["time"]));
    assert!(difference.is_empty(), "{difference}");
    // Another seed: other addresses of cards, other ports, other first numbers.
    let seeded = |seed| play::afresh("ftp-connect", seed).capture;
    let (one, two) = (seeded(1), seeded(2));
    assert!(!text(&one, &two).is_empty());
    let difference = Difference::between(&one, &two, but(&["time", "isn", "ports", "macs"]));
    assert!(difference.is_empty(), "{difference}");
}

/// Both sides of a NAT: each frame finds its other half, and what the router says
/// otherwise is told.
#[test]
fn both_sides_of_a_nat_are_compared_without_their_addresses() {
    let loaded = scenario::builtin::find("nat-helper").expect("a built-in");
    let loaded = loaded.load(&[]).expect("it is right");
    let side = |tap| {
        let options = PlayOptions {
            tap: Some(tap),
            ..PlayOptions::default()
        };
        play_scenario(&loaded, options).expect("its tap").capture
    };
    let (inside, outside) = (side("lan"), side("wan"));
    let ignoring = |names: &str| {
        let names = names.split(',');
        let ignore = names.fold(Ignore::default(), |ignore, name| {
            ignore.parse(name).expect("a name")
        });
        Difference::between(&inside, &outside, ignore)
    };
    let counts = ignoring("time,macs").counts.expect("a difference");
    assert!(counts.missing > 20, "{counts:?}");
    let difference = ignoring("time,macs,addresses");
    let counts = difference.counts.expect("a difference");
    assert_eq!((counts.missing, counts.new), (0, 0));
    let told = difference.to_string();
    assert!(told.contains("command PORT 192,168,1,2,"), "{told}");
    assert!(told.contains("ip.ttl 64 became 63"), "{told}");
    assert!(!told.contains("ip.src"), "{told}");
}

/// Segments of a dialogue that say `line` again and again.
fn babble(frames: u32, line: &[u8]) -> Capture {
    let payload = line.repeat(1400 / line.len());
    let segment = |n: u32| {
        let seq = 1 + n * u32::try_from(payload.len()).expect("a segment");
        let mut frame = Vec::new();
        let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
        let builder = builder.ipv4([10, 2, 0, 2], [10, 2, 0, 1], 128);
        let builder = builder.tcp(1037, 21, seq, 8760).psh().ack(1);
        builder.write(&mut frame, &payload).expect("a frame");
        frame
    };
    let frames: Vec<Vec<u8>> = (0..frames).map(segment).collect();
    Capture::read(pcap(&frames).as_slice())
        .expect("a capture")
        .0
}

/// A frame may hold a thousand commands, and each takes a hundred times its room: there
/// is an end to it, and it is told.
#[test]
fn endless_dialogues_are_compared_so_far() {
    let (empty, noop) = (babble(40, b"\n"), babble(40, b"A\n"));
    let said = text(&empty, &noop);
    assert!(said.contains("only the first 50000 commands"), "{said}");
    assert!(said.contains("  and "), "{said}");
    // What comes behind the end is no difference of the dialogues.
    let said = text(&empty, &babble(60, b"\n"));
    let frames = "40 frames became 60: 20 new\n";
    assert!(
        said.ends_with(frames) && !said.contains("session"),
        "{said}"
    );
    assert_eq!(text(&empty, &empty), "");
}
