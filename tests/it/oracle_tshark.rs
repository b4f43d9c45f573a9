//! A second opinion on every capture: tshark, with every checksum checked.

use std::collections::{BTreeMap, BTreeSet};

use etherparse::PacketBuilder;
use wirelab::capture::{Capture, Format, LinkType, Notes};
use wirelab::dissect::{Dissector, Event, Role, Said};

use crate::play;
use crate::support::{say, whole_captures_of_strangers};
use crate::tshark::{self, Row};

/// A classic pcap file, written by hand: the oracle's own test must not lean on our writer.
pub fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let whole = frames.iter().map(|frame| (frame.clone(), frame.len()));
    pcap_of(&whole.collect::<Vec<_>>())
}

/// The same, with the length that each frame had on the wire.
pub fn pcap_of(frames: &[(Vec<u8>, usize)]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    for ((frame, wire), millis) in frames.iter().zip(0_u32..) {
        let len = |len: usize| u32::try_from(len).expect("a small frame");
        let lens = [len(frame.len()), len(*wire)];
        for word in [millis / 1000, millis % 1000 * 1000, lens[0], lens[1]] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

fn read(frames: &[Vec<u8>], ftp_ports: &[u16]) -> Vec<Row> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), pcap(frames)).expect("room for a capture");
    tshark::read(file.path(), ftp_ports)
}

/// A segment of 64 bytes of a client's, on a connection to `port`.
fn segment(port: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([10, 2, 0, 2], [10, 2, 0, 1], 128)
        .tcp(1037, port, seq, 8760)
        .psh()
        .ack(1);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, payload).expect("a frame");
    bytes
}

#[test]
fn the_oracle_sees_what_is_wrong() {
    if !tshark::is_there("the_oracle_sees_what_is_wrong") {
        return;
    }
    let clean = segment(21, 1, b"USER fred\r\n");
    let rows = read(std::slice::from_ref(&clean), &[]);
    assert_eq!(
        rows[0].command,
        Some(("USER".to_string(), "fred".to_string()))
    );
    assert_eq!(rows[0].wrong(), Vec::<String>::new());

    let again = read(&vec![clean.clone(); 2], &[]);
    assert_eq!(
        again[1].flags.iter().copied().collect::<Vec<_>>(),
        ["retransmission"]
    );

    let mut corrupt = clean.clone();
    corrupt[60] ^= 1;
    assert_eq!(read(&[corrupt], &[])[0].bad_checksums, ["tcp"]);
    let mut corrupt = clean.clone();
    corrupt[22] ^= 1;
    assert_eq!(read(&[corrupt], &[])[0].bad_checksums, ["ip"]);

    // An IP header that promises more than there is.
    let mut short = clean;
    short.truncate(40);
    assert!(read(&[short], &[])[0].malformed);

    let odd = [segment(1050, 1, b"NLST\r\n")];
    assert_eq!(read(&odd, &[])[0].command, None);
    let verb = |row: &Row| row.command.as_ref().map(|(verb, _)| verb.clone());
    assert_eq!(verb(&read(&odd, &[1050])[0]).as_deref(), Some("NLST"));
}

/// Everything in which tshark and we differ about FTP in a capture, and every
/// frame that it finds wrong.
///
/// A command in a segment of its own and a reply of one line are compared
/// segment by segment; where a line is split, or several share a segment, by the
/// bytes that each side said in the whole conversation.
fn disagreements(capture: &Capture, rows: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    if rows.len() != capture.frames.len() {
        wrong.push(format!(
            "{} frames, and tshark sees {}",
            capture.frames.len(),
            rows.len()
        ));
    }
    let mut dissector = Dissector::new();
    let mut dialogues: BTreeMap<u32, Dialogue> = BTreeMap::new();
    for (frame, row) in capture.frames().zip(rows) {
        wrong.extend(
            row.wrong()
                .iter()
                .map(|what| format!("frame {}: {what}", row.number)),
        );
        let seen = dissector.dissect(frame);
        let Role::FtpControl { from_client } = seen.role else {
            if row.command.is_some() || !row.codes.is_empty() {
                wrong.push(format!("frame {}: FTP for tshark alone", row.number));
            }
            continue;
        };
        let said: Vec<&Said> = seen.events.iter().filter_map(said).collect();
        let stream = row.stream.expect("FTP travels over TCP");
        let dialogue = dialogues.entry(stream).or_default();
        let (ours, theirs) = dialogue.note(from_client, seen.packet.payload, row, &said);
        if ours != theirs {
            wrong.push(format!(
                "frame {}: ours {ours:?}, tshark's {theirs:?}",
                row.number
            ));
        }
    }
    for (stream, dialogue) in dialogues {
        wrong.extend(
            dialogue
                .differences()
                .map(|what| format!("conversation {stream}: {what}")),
        );
    }
    wrong
}

fn said(event: &Event) -> Option<&Said> {
    match event {
        Event::Said(_, said) => Some(said),
        _ => None,
    }
}

/// What was said on one control connection, as both readers have it.
#[derive(Default)]
struct Dialogue {
    /// Lines of the client, and texts of the server's lines.
    ours: [Vec<String>; 2],
    /// The bytes of the client, and texts of the server's lines.
    their_bytes: Vec<u8>,
    their_texts: Vec<String>,
}

impl Dialogue {
    /// Takes a segment in; answers what can be compared of it by itself.
    fn note(
        &mut self,
        from_client: bool,
        payload: &[u8],
        row: &Row,
        said: &[&Said],
    ) -> (Option<String>, Option<String>) {
        let before = self.ours[usize::from(!from_client)].len();
        for said in said {
            match said {
                Said::Command(command) => self.ours[0].push(command.line.to_string()),
                Said::Reply(seen) => {
                    self.ours[1].extend(seen.reply.lines().map(ToString::to_string));
                }
                Said::NotAReply { line, .. } => self.ours[1].push(line.to_string()),
                _ => {}
            }
        }
        let repeated = row
            .flags
            .iter()
            .any(|flag| flag.ends_with("retransmission"));
        if !repeated {
            self.their_bytes.extend(if from_client {
                unhex(&row.payload)
            } else {
                Vec::new()
            });
            let bytes = unhex(&row.payload);
            let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            if row.codes.is_empty() || row.texts.len() >= lines {
                let texts = row.texts.iter().map(|text| without_code(text));
                self.their_texts.extend(texts);
            } else {
                // Of several lines in a segment some versions decode the first alone.
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.their_texts.extend(text.lines().map(without_its_code));
            }
        }
        let feeds = payload.iter().filter(|byte| **byte == b'\n').count();
        let alone = feeds == 1 && payload.ends_with(b"\n") && !repeated;
        let new = &self.ours[usize::from(!from_client)][before..];
        match (said, new) {
            ([Said::Command(_)], [line]) if alone && payload.len() == line.len() + 2 => {
                let theirs = row.command.as_ref();
                let theirs = theirs.map(|(verb, argument)| format!("{verb} {argument}"));
                (
                    Some(line.clone()),
                    theirs.map(|line| line.trim_end_matches(' ').to_string()),
                )
            }
            ([Said::Reply(seen)], [line]) if alone => {
                let theirs = [row.codes.join("+"), row.texts.join("+")].join(" ");
                (Some(format!("{} {line}", seen.reply.code())), Some(theirs))
            }
            _ => (None, None),
        }
    }

    fn differences(&self) -> impl Iterator<Item = String> {
        // Telnet commands are no part of a line.
        let is_plain = !self.their_bytes.contains(&0xff);
        let text = String::from_utf8_lossy(&self.their_bytes).into_owned();
        let lines: Vec<String> = text.lines().map(str::to_string).collect();
        let commands = (is_plain && lines != self.ours[0])
            .then(|| format!("commands {:?}, tshark's {lines:?}", self.ours[0]));
        let ours: Vec<String> = self.ours[1].iter().map(|text| without_code(text)).collect();
        let replies = (ours != self.their_texts)
            .then(|| format!("replies {ours:?}, tshark's {:?}", self.their_texts));
        commands.into_iter().chain(replies)
    }
}

/// A line as it stands in the bytes, without its code.
fn without_its_code(line: &str) -> String {
    let text = match line.as_bytes() {
        [a, b, c, b'-' | b' ', ..] if [a, b, c].iter().all(|byte| byte.is_ascii_digit()) => {
            &line[4..]
        }
        _ => line,
    };
    text.trim_start().to_string()
}

/// A line of a reply without the code that some servers put before every one.
fn without_code(line: &str) -> String {
    let text = match line.as_bytes() {
        [a, b, c, b'-', ..] if [a, b, c].iter().all(|byte| byte.is_ascii_digit()) => &line[4..],
        _ => line,
    };
    text.trim_start().to_string()
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hexadecimal digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// Asks tshark about a capture of ours, in a file as our writer makes it.
fn ask(capture: &Capture, ftp_ports: &[u16]) -> Vec<Row> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    capture
        .write(file.as_file(), Format::PcapMicros, Notes::Keep)
        .expect("room for a capture");
    tshark::read(file.path(), ftp_ports)
}

#[test]
fn tshark_agrees_on_captures_of_strangers() {
    if !tshark::is_there("tshark_agrees_on_captures_of_strangers") {
        return;
    }
    for (name, capture) in whole_captures_of_strangers() {
        // What the dissection of a cooked capture must begin with is another matter.
        if capture.interfaces[0].link == LinkType::ETHERNET {
            let wrong = disagreements(&capture, &ask(&capture, &[]));
            assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
        }
    }
}

#[test]
fn a_disagreement_is_noticed() {
    if !tshark::is_there("a_disagreement_is_noticed") {
        return;
    }
    let captures = whole_captures_of_strangers();
    let named = |(name, _): &&(String, Capture)| name.ends_with("tnftp-active-port.pcap");
    let (_, capture) = captures.iter().find(named).expect("the fixture");
    let change = |frame: usize, change: &dyn Fn(&mut Row)| {
        let mut rows = ask(capture, &[]);
        change(&mut rows[frame - 1]);
        disagreements(capture, &rows)
    };
    let command = change(8, &|row| {
        row.command = Some(("USER".into(), "mallory".into()))
    });
    assert!(
        matches!(command.as_slice(), [one] if one.starts_with("frame 8:")),
        "{command:?}"
    );
    let reply = change(10, &|row| row.codes = vec!["230".into()]);
    assert!(
        matches!(reply.as_slice(), [one] if one.starts_with("frame 10:")),
        "{reply:?}"
    );
    let payload = change(11, &|row| row.payload.replace_range(10..12, "58"));
    assert!(
        matches!(payload.as_slice(), [one] if one.contains("commands")),
        "{payload:?}"
    );
    let middle = change(17, &|row| row.texts = vec![" EPRR".into()]);
    assert!(
        matches!(middle.as_slice(), [one] if one.contains("replies")),
        "{middle:?}"
    );
    let missing = disagreements(capture, &ask(capture, &[])[1..]);
    assert!(!missing.is_empty());
}

/// The flags of a capture, counted.
fn flags(rows: &[Row]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for flag in rows.iter().flat_map(|row| &row.flags) {
        *counts.entry(*flag).or_default() += 1;
    }
    counts
}

#[test]
fn tshark_agrees_on_every_builtin() {
    if !tshark::is_there("tshark_agrees_on_every_builtin") {
        return;
    }
    let (mut captures, mut frames) = (0, 0);
    let mut wrong = Vec::new();
    for name in play::names() {
        let scenario = play::load(name).scenario;
        let ports = scenario.ftp_servers();
        let ports = ports.map(|ftp| ftp.port.map_or(21, |port| port.value));
        let ports: Vec<u16> = ports.collect();
        let expert = scenario.expert.iter();
        let expected: BTreeMap<&str, _> = expert.map(|e| (e.flag, e.count.value)).collect();
        play::with(name, 1, |played| {
            let rows = ask(&played.capture, &ports);
            captures += 1;
            frames += rows.len();
            wrong.extend(
                disagreements(&played.capture, &rows)
                    .iter()
                    .map(|what| format!("{name}: {what}")),
            );
            let flags = flags(&rows);
            let is_so = |flag: &&str| {
                let seen = flags.get(*flag).copied().unwrap_or(0);
                expected
                    .get(*flag)
                    .map_or(seen == 0, |count| count.holds(seen))
            };
            if !flags.keys().chain(expected.keys()).all(is_so) {
                wrong.push(format!(
                    "{name}: flags {flags:?}, and it expects {expected:?}"
                ));
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    say(&format!(
        "oracle: tshark checked {captures} captures, {frames} frames"
    ));
}

/// Whatever a snap length leaves of a TCP header, the same is flagged of what is left:
/// nothing, where not the whole header is.
#[test]
fn tshark_agrees_on_headers_that_are_cut() {
    if !tshark::is_there("tshark_agrees_on_headers_that_are_cut") {
        return;
    }
    let mut captures: Vec<(String, Capture)> = Vec::new();
    for name in [
        "tcp-fastretransmit",
        "tcp-backoff",
        "tcp-lostsyn",
        "tcp-zerowindow",
        "mtu-mismatch",
        "ftp-ipv6",
    ] {
        play::with(name, 1, |played| {
            captures.push((name.to_owned(), played.capture.clone()));
        });
    }
    let ours = captures.len();
    captures.extend(whole_captures_of_strangers());
    let (mut compared, mut flagged, mut wrong) = (0, 0, Vec::new());
    for (at, (name, whole)) in captures.iter().enumerate() {
        let all: &[u32] = &[34, 53, 54, 58, 62, 65, 74];
        for length in if at < ours { all } else { &all[2..4] } {
            let length = *length;
            let mut capture = whole.clone();
            capture.snap(length);
            let rows = ask(&capture, &[]);
            let mut dissector = Dissector::new();
            for (frame, row) in capture.frames().zip(&rows) {
                let segment = dissector.dissect(frame).segment;
                let verdicts = segment.map(|s| s.verdicts).unwrap_or_default();
                let ours: BTreeSet<&str> = verdicts.names().collect();
                compared += 1;
                flagged += usize::from(!ours.is_empty());
                if ours != row.flags {
                    let (number, theirs) = (row.number, &row.flags);
                    wrong.push(format!(
                        "{name} cut at {length}: frame {number}: {ours:?}, {theirs:?}"
                    ));
                }
            }
        }
    }
    let first: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} differ: {first:#?}", wrong.len());
    assert!(flagged >= 50, "{flagged}");
    say(&format!(
        "oracle: tshark flagged {flagged} of {compared} frames that were cut"
    ));
}
