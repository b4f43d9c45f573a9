//! What is fuzzed of reading captures: the files, the frames, the streams, the filters.

use wirelab::analyze::{Analyzer, Extractor, Filter, Follow, Summary, TranscriptBuilder};
use wirelab::capture::{Capture, Format, FrameRef, LinkType, Notes, Reader};
use wirelab::dissect::{ConversationId, Dissector, Piece, Stream};
use wirelab::render::{Depth, Ladder, Look, detail};
use wirelab::time::Timestamp;

/// A file: read frame by frame to its end, whatever is wrong with it; what was
/// read is written in both formats and read again.
pub fn reader(data: &[u8]) {
    let Ok(mut reader) = Reader::new(data) else {
        return;
    };
    let mut frames = 0u64;
    while let Some(next) = reader.next_frame() {
        if let Ok(frame) = next {
            frames += 1;
            assert_eq!(frame.number, frames);
            assert!(frame.bytes.len() <= wirelab::capture::MAX_FRAME_LEN);
        }
    }
    let Ok((capture, _)) = Capture::read(data) else {
        return;
    };
    assert_eq!(capture.frames.len() as u64, frames);
    for format in [Format::PcapMicros, Format::PcapNanos, Format::PcapNg] {
        let mut file = Vec::new();
        // Some formats cannot hold everything.
        if capture.write(&mut file, format, Notes::Keep).is_err() {
            continue;
        }
        let (again, problems) = Capture::read(&file[..]).expect("a capture of ours");
        assert!(problems.is_empty(), "{format:?}: {problems:?}");
        assert_eq!(again.frames.len(), capture.frames.len());
        for (a, b) in again.frames().zip(capture.frames()) {
            assert_eq!((a.bytes, a.link), (b.bytes, b.link));
        }
    }
}

/// Frames, each after a length and a link type of one byte: every view of them.
pub fn dissector(data: &[u8]) {
    let mut rest = data;
    let mut dissector = Dissector::new();
    let mut analyzer = Analyzer::new();
    let mut transcript = TranscriptBuilder::default();
    let mut extractor = Extractor::new();
    let mut ladder = Ladder::new(Vec::new());
    let mut follow = Follow::new(ConversationId(0));
    let mut text = String::new();
    let mut number = 0;
    while let [len, link, more @ ..] = rest {
        let (bytes, after) = more.split_at(usize::from(*len).min(more.len()));
        rest = after;
        number += 1;
        let links = [1, 0, 101, 113, 276, 108, 228, 229];
        let seen = dissector.dissect(FrameRef {
            number,
            at: Timestamp::from_nanos(number * 1_000_000),
            interface: 0,
            interface_name: None,
            link: LinkType(links[usize::from(*link) % links.len()]),
            // Some frames were longer on the wire.
            original_len: bytes.len() as u32 + u32::from(*link / 128) * 100,
            bytes,
            comments: &[],
        });
        analyzer.note(&seen);
        transcript.note(&seen);
        let taken: Result<(), ()> = extractor.note(&seen, |_, _| Ok(()));
        assert!(taken.is_ok());
        ladder.push(&seen);
        follow.note(&seen, &mut text);
        detail(&seen, Depth::Everything, Look::plain(80));
        assert!(!Summary::of(&seen).info.chars().any(char::is_control));
    }
    let report = analyzer.finish(&dissector);
    assert_eq!(report.capture.frames, number);
    let _ = (report.to_string(), report.to_json());
    let _ = transcript.finish(&dissector).to_string();
    ladder.finish();
    let _ = ladder.to_text(Look::plain(80));
}

/// Segments of one stream, each a place and a length: what comes out is in
/// order, and no byte comes twice.
pub fn reassembler(data: &[u8]) {
    // Any stretch of the stream can be told from any other.
    let content: Vec<u8> = (0..65_536u32)
        .map(|n| ((n * 31) >> 3) as u8 ^ n as u8)
        .collect();
    let (&[a, b, c, d], rest) = data.split_first_chunk().unwrap_or((&[0; 4], &[]));
    let base = u32::from_be_bytes([a, b, c, d]);
    let mut stream = Stream::default();
    stream.begin(base);
    let mut position = 0u64;
    for step in rest.chunks_exact(4) {
        let at = usize::from(u16::from_be_bytes([step[0], step[1]]));
        let len = usize::from(step[2]);
        let sequence = base.wrapping_add(at as u32);
        let bytes = &content[at..(at + len).min(content.len())];
        let mut take = |piece: Piece<'_>| match piece {
            Piece::Bytes(bytes) => {
                let start = position as usize;
                assert_eq!(content.get(start..start + bytes.len()), Some(bytes));
                position += bytes.len() as u64;
            }
            Piece::Gap(len) => position += len,
        };
        match step[3] % 4 {
            0 | 1 => stream.push(sequence, bytes, &mut take),
            2 => stream.acknowledge(sequence, &mut take),
            _ => stream.lose(sequence, len as u64, &mut take),
        }
        assert_eq!(stream.position(), position);
    }
}

/// A filter: understood or refused with a place in it; and one that is
/// understood can be asked of any frame.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Filter::parse(&text) {
        Ok(filter) => {
            let mut dissector = Dissector::new();
            for bytes in [
                &b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0E\0\0\x28"[..],
                data,
            ] {
                filter.matches(&dissector.dissect(FrameRef {
                    number: 1,
                    at: Timestamp::from_nanos(1),
                    interface: 0,
                    interface_name: None,
                    link: LinkType::ETHERNET,
                    original_len: bytes.len() as u32,
                    bytes,
                    comments: &[],
                }));
            }
        }
        Err(error) => {
            assert!(error.text.get(error.at.clone()).is_some(), "{error:?}");
            let _ = error.to_string();
        }
    }
}
