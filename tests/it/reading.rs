//! Reading captures of real clients and servers, and agreeing with tshark on them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use wirelab::analyze::{Analyzer, Extracted, Extractor, Filter, Summary, Transcript};
use wirelab::capture::{Capture, Format, Notes};
use wirelab::dissect::{Dissector, Role, State};
use wirelab::render::{Depth, Ladder, ListOptions, Look, Lost, detail, packet_list};
use wirelab::time::Timestamp;
use wirelab::wire::Frame;

use crate::support;
use crate::tshark;

/// Whole captures, then those that are partial: with frames cut short, and
/// joined in the middle.
fn fixtures() -> Vec<PathBuf> {
    let folder = support::root().join("tests/fixtures");
    let mut files = support::files_below(&folder.join("captures"));
    files.extend(support::files_below(&folder.join("partial")));
    assert!(files.len() >= 13, "fixtures are missing");
    files
}

fn read(path: &Path) -> Capture {
    let file = std::fs::File::open(path).expect("the fixture is there");
    let (capture, problems) = Capture::read(file).expect("the fixture is a capture");
    assert!(problems.is_empty(), "{}: {problems:?}", path.display());
    capture
}

/// What tshark says of a capture: one row a frame, one column a field, values
/// of a field that occurs several times joined by `|`.
fn ask_tshark(path: &Path, fields: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(path).args(["-n", "-T", "fields"]);
    command.args(["-E", "separator=/t", "-E", "aggregator=|"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output().expect("tshark runs");
    assert!(
        output.status.success(),
        "tshark fails on {}",
        path.display()
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let row = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().map(row).collect()
}

#[test]
fn sequence_numbers_agree_with_tshark() {
    if !tshark::is_there("sequence_numbers_agree_with_tshark") {
        return;
    }
    let fields = [
        "frame.len",
        "tcp.stream",
        "tcp.seq",
        "tcp.ack",
        "tcp.len",
        "tcp.window_size",
    ];
    for path in fixtures() {
        let theirs = ask_tshark(&path, &fields);
        let capture = read(&path);
        assert_eq!(capture.frames.len(), theirs.len(), "{}", path.display());
        let mut dissector = Dissector::new();
        for (frame, theirs) in capture.frames().zip(theirs) {
            let seen = dissector.dissect(frame);
            let mut ours = vec![frame.original_len.to_string()];
            match seen.segment {
                Some(s) => ours.extend([
                    s.conversation.0.to_string(),
                    s.sequence.to_string(),
                    // tshark prints 0 where there is no acknowledgement.
                    s.acknowledgement.unwrap_or(0).to_string(),
                    s.len.to_string(),
                    s.window.to_string(),
                ]),
                None => ours.extend(vec![String::new(); 5]),
            }
            assert_eq!(ours, theirs, "{} frame {}", path.display(), frame.number);
        }
    }
}

#[test]
fn commands_and_replies_agree_with_tshark_segment_by_segment() {
    if !tshark::is_there("commands_and_replies_agree_with_tshark_segment_by_segment") {
        return;
    }
    let fields = [
        "ftp.request.command",
        "ftp.request.arg",
        "ftp.response.code",
        "ftp.response.arg",
        "frame.protocols",
        "tcp.len",
    ];
    for path in fixtures() {
        let theirs = ask_tshark(&path, &fields);
        let capture = read(&path);
        let mut dissector = Dissector::new();
        for (frame, theirs) in capture.frames().zip(theirs) {
            let seen = dissector.dissect(frame);
            let at = format!("{} frame {}: {theirs:?}", path.display(), frame.number);
            let [verb, argument, code, text, data, len] = &theirs[..] else {
                panic!("{at}");
            };
            let info = Summary::of(&seen).info;
            if !verb.is_empty() {
                assert_eq!(seen.role, Role::FtpControl { from_client: true }, "{at}");
                // tshark takes Telnet commands for part of the verb.
                let is_plain = verb.bytes().all(|b| b.is_ascii_alphabetic());
                let line = format!("{verb} {argument}");
                assert!(!is_plain || info.contains(line.trim_end()), "{at}: {info}");
            } else if !code.is_empty() {
                assert_eq!(seen.role, Role::FtpControl { from_client: false }, "{at}");
                for (code, text) in code.split('|').zip(text.split('|')) {
                    assert!(info.contains(code) && info.contains(text), "{at}: {info}");
                }
            }
            let is_data = matches!(seen.role, Role::FtpData(_));
            let theirs_is = data.contains("ftp-data");
            assert_eq!(is_data, theirs_is && len != "0", "{at}: {info}");
        }
    }
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../fixtures/read");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn transcripts_of_real_sessions() {
    for path in fixtures() {
        let name = path.file_stem().expect("a file name").to_string_lossy();
        let transcript = Transcript::of(&read(&path));
        if !transcript.sessions.is_empty() {
            snapshot(&format!("{name}.transcript"), &transcript.to_string());
        }
    }
}

#[test]
fn packet_lists_fit_eighty_columns() {
    for name in ["tnftp-active-port", "refused-tnftp", "tnftp-ipv6-eprt"] {
        let path = support::root().join(format!("tests/fixtures/captures/{name}.pcap"));
        let options = ListOptions {
            look: Look::plain(80),
            notes: true,
        };
        let list = packet_list(&read(&path), options);
        assert!(list.lines().all(|line| line.chars().count() <= 80));
        snapshot(&format!("{name}.frames"), &list);
    }
}

#[test]
fn every_field_of_a_frame() {
    let path = support::root().join("tests/fixtures/captures/tnftp-active-port.pcap");
    let capture = read(&path);
    let mut dissector = Dissector::new();
    for frame in capture.frames() {
        let seen = dissector.dissect(frame);
        if matches!(frame.number, 1 | 4 | 29) {
            let name = format!("tnftp-active-port.{}", frame.number);
            snapshot(&name, &detail(&seen, Depth::Everything, Look::default()));
        }
    }
}

/// Frames that a filter of ours lets pass, and that tshark's own does.
#[test]
fn filters_agree_with_tshark() {
    if !tshark::is_there("filters_agree_with_tshark") {
        return;
    }
    let filters = [
        "ftp",
        "ftp-data",
        "arp || tcp.flags.syn == 1",
        "tcp.flags.syn",
        "ftp.request.command == \"PORT\" or ftp.response.code == 227",
        "ftp.response.code in {200..299, 530}",
        "ip.addr == 10.77.0.2 && tcp.len > 0",
        "ip.src != 10.77.0.2",
        "!(ip.src == 10.77.0.2)",
        "tcp.port == 20",
        "tcp.port != 21",
        "frame.number <= 20 and not arp",
        "ftp.request.arg contains \"small\"",
        "ftp.response.arg matches \"^directory\"",
        "frame[54:4] == 50:4f:52:54",
        "frame[-2:] == 0d:0a",
        "tcp.flags & 0x02",
        "tcp[13] & 2",
        "tcp[13] & 12 == 12",
        "tcp[13] & 0x12 == 0x02",
        "tcp[13] & 10 != 0",
        "tcp[12:2] & 00:02",
        "tcp[12:2] & f0 == 50",
        "tcp[12:2] & f0 == 50:00",
        "tcp.payload & 40:40",
        "eth.addr[0] & 01",
        "!(tcp[13] & 8)",
        "tcp[13] == 2",
        "tcp[13] > 9",
        "tcp.window_size > 100000",
        "tcp.seq == 1 && tcp.ack == 1",
        "tcp.options.mss_val == 1460",
        "vlan.id == 42",
        "ipv6.src == fd77::1",
        "ip.ttl < 65",
        "frame.len < 70",
        "tcp.flags.reset == True",
        "tcp.flags.urg == 1 || tcp.urgent_pointer > 0",
        "ftp.active.port > 1024",
        "ftp.passive.port",
        "frame.time_relative < 0.05",
    ];
    for name in ["lftp-abor", "tnftp-ipv6-eprt"] {
        let path = support::root().join(format!("tests/fixtures/captures/{name}.pcap"));
        let capture = read(&path);
        for filter in filters {
            let output = Command::new("tshark")
                .arg("-r")
                .arg(&path)
                .args(["-n", "-Y", filter, "-T", "fields", "-e", "frame.number"])
                .output()
                .expect("tshark runs");
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{filter}: {complaint}");
            let theirs = String::from_utf8_lossy(&output.stdout);
            let theirs: Vec<u64> = theirs
                .lines()
                .map(|n| n.parse().expect("a number"))
                .collect();
            let ours = Filter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
            let mut dissector = Dissector::new();
            let passed = capture
                .frames()
                .filter(|frame| ours.matches(&dissector.dissect(*frame)));
            let passed: Vec<u64> = passed.map(|frame| frame.number).collect();
            assert_eq!(passed, theirs, "{filter} on {}", path.display());
        }
    }
}

/// A capture of somebody's, with frames lost, doubled and out of order.
fn spoil(capture: &Capture, dice: u64) -> Capture {
    let mut spoilt = capture.clone();
    spoilt.frames.clear();
    let mut dice = dice;
    for frame in &capture.frames {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        match dice >> 60 {
            0 => {}
            1 => {
                let mut again = frame.clone();
                spoilt.frames.push(frame.clone());
                let later = frame.at.as_nanos() + (dice >> 40) % 40_000_000;
                again.at = wirelab::time::Timestamp::from_nanos(later);
                spoilt.frames.push(again);
            }
            2 => {
                // It changes places with the one before, but not their times.
                spoilt.frames.push(frame.clone());
                if let [.., a, b] = spoilt.frames.as_mut_slice() {
                    let (first, second) = (a.at, b.at);
                    std::mem::swap(a, b);
                    (a.at, b.at) = (first, second);
                }
            }
            _ => spoilt.frames.push(frame.clone()),
        }
    }
    spoilt
}

#[test]
fn verdicts_agree_with_tshark_on_spoilt_captures() {
    if !tshark::is_there("verdicts_agree_with_tshark_on_spoilt_captures") {
        return;
    }
    let mut flagged = 0;
    for (path, dice) in fixtures().iter().zip(1..) {
        for round in 0..3 {
            let spoilt = spoil(&read(path), dice * 1000 + round);
            let file = tempfile::NamedTempFile::with_suffix(".pcap").expect("a temporary file");
            spoilt
                .write(&file, Format::PcapNanos, Notes::Keep)
                .expect("room for a capture");
            let mut dissector = Dissector::new();
            let mut holes = BTreeSet::new();
            for (frame, row) in spoilt.frames().zip(tshark::read(file.path(), &[])) {
                let seen = dissector.dissect(frame);
                let ours = seen.segment.map(|s| s.verdicts).unwrap_or_default();
                let ours: BTreeSet<&str> = ours.names().collect();
                flagged += ours.len();
                // Of what was acknowledged and never seen we speak once, and
                // tshark at every turn from then on; in such a conversation it
                // also takes every repetition for a fast one, since it counts
                // duplicate acknowledgements below zero.
                let conversation = seen.segment.map(|s| s.conversation);
                if row.flags.contains("ack_lost_segment") {
                    holes.insert(conversation);
                }
                let has_hole = holes.contains(&conversation);
                let comparable = |flags: BTreeSet<&'static str>| -> BTreeSet<&'static str> {
                    let same = |flag| match flag {
                        "ack_lost_segment" => None,
                        "retransmission" | "fast_retransmission" | "out_of_order" if has_hole => {
                            Some("repetition")
                        }

                        other => Some(other),
                    };
                    flags.into_iter().filter_map(same).collect()
                };
                let (ours, theirs) = (comparable(ours), comparable(row.flags));
                let info = Summary::of(&seen).info;
                assert_eq!(
                    ours,
                    theirs,
                    "{} round {round} frame {}: {info}",
                    path.display(),
                    frame.number
                );
            }
        }
    }
    assert!(
        flagged > 200,
        "only {flagged} verdicts: the captures are hardly spoilt"
    );
}

#[test]
fn reports_of_real_captures() {
    for path in fixtures() {
        let name = path.file_stem().expect("a file name").to_string_lossy();
        let capture = read(&path);
        let mut dissector = Dissector::new();
        let mut analyzer = Analyzer::new();
        for frame in capture.frames() {
            analyzer.note(&dissector.dissect(frame));
        }
        let report = analyzer.finish(&dissector);
        snapshot(&format!("{name}.report"), &report.to_string());
        let json: serde_json::Value =
            serde_json::from_str(&report.to_json()).expect("the report is JSON");
        assert_eq!(json["capture"]["frames"], capture.frames.len());
        assert!(
            !report.to_json().contains("Tr4ceLab"),
            "a password is shown"
        );
    }
}

#[test]
fn ladders_fold_long_transfers() {
    let path = support::root().join("tests/fixtures/captures/curl-any-sll.pcap");
    let mut dissector = Dissector::new();
    let mut ladder = Ladder::new(vec![Lost {
        frame: Some(9),
        at: Timestamp::default(),
        bytes: Frame::new(&[]),
    }]);
    for frame in read(&path).frames() {
        ladder.push(&dissector.dissect(frame));
    }
    ladder.finish();
    let text = ladder.to_text(Look::plain(80));
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    snapshot("curl-any-sll.ladder", &text);
    let svg = ladder.to_svg();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(
        svg.matches("class=\"cross\"").count(),
        1,
        "one frame was lost"
    );
}

/// Where both ends are one address, ports tell who speaks.
#[test]
fn a_ladder_of_one_host_says_what_was_sent() {
    let path = support::root().join("tests/fixtures/captures/curl-any-sll.pcap");
    let capture = read(&path);
    let mut dissector = Dissector::new();
    let mut ladder = Ladder::new(Vec::new());
    let mut frames = 0;
    for frame in capture.frames() {
        let mut bytes = frame.bytes.to_vec();
        // Cooked: 16 bytes of header, then IPv4.
        for at in [28, 32] {
            bytes[at..at + 4].copy_from_slice(&[127, 0, 0, 1]);
        }
        let seen = dissector.dissect(wirelab::capture::FrameRef {
            bytes: &bytes,
            ..frame
        });
        if seen.packet.tcp().is_some() {
            frames += 1;
            ladder.push(&seen);
        }
    }
    ladder.finish();
    let text = ladder.to_text(Look::plain(80));
    assert!(frames > 10 && text.contains(" > 21: SYN seq=0"), "{text}");
    assert!(text.lines().any(|line| line.contains("| 21 > ")), "{text}");
    assert!(!text.lines().any(|line| line.ends_with('|')), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(ladder.to_svg().contains(" &gt; 21: SYN seq=0"));
}

#[test]
fn what_was_transferred_comes_out_whole() {
    let mut files = 0;
    for path in fixtures() {
        let capture = read(&path);
        let mut dissector = Dissector::new();
        let mut extractor = Extractor::new();
        let mut content: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for frame in capture.frames() {
            let seen = dissector.dissect(frame);
            let taken: Result<(), ()> = extractor.note(&seen, |transfer, piece| {
                match piece {
                    Extracted::Bytes(bytes) => {
                        content
                            .entry(transfer.id.0)
                            .or_default()
                            .extend_from_slice(bytes);
                    }
                    Extracted::Gap(len) => panic!("{}: {len} bytes missing", path.display()),
                    Extracted::End => {}
                }
                Ok(())
            });
            assert!(taken.is_ok());
        }
        for data in Transcript::of(&capture)
            .sessions
            .iter()
            .flat_map(|s| s.data())
        {
            let bytes = content.get(&data.transfer.id.0).map_or(0, Vec::len) as u64;
            // After a RST more may be sent than anybody takes.
            if data.state == State::Closed {
                assert_eq!(bytes, data.downloaded + data.uploaded, "{data}");
                files += 1;
            }
        }
    }
    assert!(files >= 8, "only {files} transfers");
}
