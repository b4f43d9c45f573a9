//! Whatever the bytes are: nothing panics, and how a stream is cut makes no difference.

use proptest::prelude::*;
use wirelab::analyze::{Analyzer, Filter, Follow, Summary, Transcript};
use wirelab::capture::{Capture, FrameRef, LinkType};
use wirelab::dissect::{ConversationId, Dissector};
use wirelab::render::{Depth, Ladder, ListOptions, Look, detail, packet_list, wire};
use wirelab::time::Timestamp;

use crate::support;

fn fixture(index: usize) -> Vec<u8> {
    let files = support::files_below(&support::root().join("tests/fixtures/captures"));
    let file = &files[index % files.len()];
    std::fs::read(file).expect("the fixture is there")
}

/// Every view of a capture, one after another.
fn look_at_everything(capture: &Capture) {
    let filter = "ftp.request.arg contains \"x\" or frame[54:4] == 50:4f:52:54";
    let filter = Filter::parse(filter).expect("a filter");
    let mut dissector = Dissector::new();
    let mut analyzer = Analyzer::new();
    let mut ladder = Ladder::new(Vec::new());
    let mut follow = Follow::new(ConversationId(0));
    let mut text = String::new();
    for frame in capture.frames() {
        let seen = dissector.dissect(frame);
        analyzer.note(&seen);
        ladder.push(&seen);
        follow.note(&seen, &mut text);
        filter.matches(&seen);
        detail(&seen, Depth::Everything, Look::default());
        let info = Summary::of(&seen).info;
        assert!(!info.chars().any(char::is_control), "{info:?}");
    }
    let report = analyzer.finish(&dissector);
    assert_eq!(report.capture.frames, capture.frames.len() as u64);
    let _ = (report.to_string(), report.to_json());
    ladder.finish();
    let _ = (ladder.to_text(Look::plain(80)), ladder.to_svg());
    let _ = Transcript::of(capture).to_string();
    let options = ListOptions {
        look: Look::plain(80),
        notes: true,
    };
    let _ = (packet_list(capture, options), wire(capture));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn damaged_captures(
        index in 0usize..11,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = fixture(index);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(end.index(bytes.len()) + 1);
        if let Ok((capture, _)) = Capture::read(bytes.as_slice()) {
            look_at_everything(&capture);
        }
    }

    #[test]
    fn any_bytes_behind_a_magic_number(
        magic in prop_oneof![
            Just([0xd4u8, 0xc3, 0xb2, 0xa1]), Just([0xa1, 0xb2, 0x3c, 0x4d]),
            Just([0x0a, 0x0d, 0x0d, 0x0a]), Just([0x1f, 0x8b, 8, 0]),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let bytes = [&magic[..], &rest].concat();
        if let Ok((capture, _)) = Capture::read(bytes.as_slice()) {
            look_at_everything(&capture);
        }
    }

    /// However a dialogue is cut into segments, the same is said.
    #[test]
    fn any_cutting_gives_the_same_session(
        cuts in proptest::collection::vec(1usize..40, 1..200),
        again in proptest::collection::vec(any::<bool>(), 200),
    ) {
        let whole = session(&[usize::MAX], &[]);
        let cut = session(&cuts, &again);
        prop_assert_eq!(words(&whole), words(&cut));
    }
}

/// Who says what, in order.
const DIALOGUE: [(bool, &str); 11] = [
    (false, "220-Owner: the lab\r\n220 Ready.\r\n"),
    (true, "USER fred\r\n"),
    (false, "331 Password?\r\n"),
    (true, "PASS x\r\n"),
    (false, "230-Welcome\r\n 230 is not the end\r\n230 In.\r\n"),
    (true, "PORT 10,2,0,2,4,15\r\nNLST\r\n"),
    (false, "200 Good\r\n150 Here\r\n"),
    (true, "\u{1}NOOP\r\n"),
    (false, "200 Yes\r\n226 Done\r\n"),
    (true, "QUIT\r\n"),
    (false, "221 Bye\r\n"),
];

/// The dialogue as frames, cut into pieces of these lengths, some of them sent twice.
fn session(cuts: &[usize], again: &[bool]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let mut next = [1000u32, u32::MAX - 20];
    let mut cuts = cuts.iter().cycle();
    let mut again = again.iter();
    for (from_client, text) in DIALOGUE {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let len = (*cuts.next().expect("a cycle")).min(rest.len());
            let (piece, tail) = rest.split_at(len);
            rest = tail;
            let [client, server] = next;
            let (sequence, ack) = if from_client {
                (client, server)
            } else {
                (server, client)
            };
            let frame = frame(from_client, sequence, ack, piece);
            if again.next().copied().unwrap_or(false) {
                frames.push(frame.clone());
            }
            frames.push(frame);
            let side = &mut next[usize::from(!from_client)];
            *side = side.wrapping_add(piece.len() as u32);
        }
    }
    frames
}

fn frame(from_client: bool, sequence: u32, ack: u32, payload: &[u8]) -> Vec<u8> {
    let (from, to) = if from_client {
        (([10, 2, 0, 2], 1038), ([10, 2, 0, 1], 21))
    } else {
        (([10, 2, 0, 1], 21), ([10, 2, 0, 2], 1038))
    };
    let builder = etherparse::PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4(from.0, to.0, 64)
        .tcp(from.1, to.1, sequence, 8760)
        .ack(ack);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, payload).expect("a frame");
    bytes
}

/// What was said, without the frames in which it was.
fn words(frames: &[Vec<u8>]) -> Vec<String> {
    use wirelab::analyze::TranscriptBuilder;
    let mut dissector = Dissector::new();
    let mut builder = TranscriptBuilder::default();
    for (bytes, number) in frames.iter().zip(1..) {
        builder.note(&dissector.dissect(FrameRef {
            number,
            at: Timestamp::from_nanos(number * 1_000_000),
            interface: 0,
            interface_name: None,
            link: LinkType::ETHERNET,
            original_len: bytes.len() as u32,
            bytes,
            comments: &[],
        }));
    }
    let text = builder.finish(&dissector).to_string();
    text.lines()
        .map(|line| line.get(7..).unwrap_or(line).to_owned())
        .collect()
}
