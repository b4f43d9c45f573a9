//! What `analyze` finds: what each kind of trouble looks like, and that honest
//! captures show none of it.

use std::collections::BTreeSet;

use etherparse::PacketBuilder;
use wirelab::analyze::{Analyzer, Finding, Report};
use wirelab::capture::{Capture, FrameRef, LinkType};
use wirelab::dissect::Dissector;
use wirelab::ftp::client::Movement;
use wirelab::time::Timestamp;

use crate::support::{root, whole_captures_of_strangers};
use crate::wild::{Raw, pcap};
use crate::{play, tshark};

/// A frame in the making: when, and its bytes.
type Made = (u64, Vec<u8>);

fn report_of(frames: &[Made]) -> Report {
    let mut dissector = Dissector::new();
    let mut analyzer = Analyzer::new();
    for ((nanos, bytes), number) in frames.iter().zip(1..) {
        analyzer.note(&dissector.dissect(FrameRef {
            number,
            at: Timestamp::from_nanos(*nanos),
            interface: 0,
            interface_name: None,
            link: LinkType::ETHERNET,
            original_len: bytes.len() as u32,
            bytes,
            comments: &[],
        }));
    }
    analyzer.finish(&dissector)
}

fn report_of_capture(capture: &Capture) -> Report {
    let mut dissector = Dissector::new();
    let mut analyzer = Analyzer::new();
    for frame in capture.frames() {
        analyzer.note(&dissector.dissect(frame));
    }
    analyzer.finish(&dissector)
}

/// One end of a conversation.
#[derive(Clone, Copy)]
struct End {
    ip: [u8; 4],
    port: u16,
    next: u32,
    ttl: u8,
}

fn end(last: u8, port: u16) -> End {
    End {
        ip: [10, 2, 0, last],
        port,
        // Not the same for two ends of a test.
        next: u32::from(last) * 7_919_000 + u32::from(port) * 104_729,
        ttl: 64,
    }
}

/// Conversations, frame after frame.
#[derive(Default)]
struct Wire {
    frames: Vec<Made>,
    id: u16,
}

impl Wire {
    fn send(&mut self, from: &mut End, to: &End, flags: &str, payload: &[u8]) {
        let has = |flag| flags.contains(flag);
        let mut tcp = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
            .ipv4(from.ip, to.ip, from.ttl)
            .tcp(from.port, to.port, from.next, 8760);
        if has('S') {
            tcp = tcp.syn();
        }
        if has('A') {
            tcp = tcp.ack(to.next);
        }
        if has('F') {
            tcp = tcp.fin();
        }
        if has('R') {
            tcp = tcp.rst();
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, payload).expect("a frame");
        self.id += 1;
        bytes[18..20].copy_from_slice(&self.id.to_be_bytes());
        fix_header(&mut bytes);
        let count = self.frames.len() as u64;
        // Pauses as uneven as those of a network.
        let at = 1_000_000_000 + count * 1_000_000 + count * count % 97 * 1000;
        self.frames.push((at, bytes));
        let occupied = payload.len() as u32 + u32::from(has('S')) + u32::from(has('F'));
        from.next = from.next.wrapping_add(occupied);
    }

    fn open(&mut self, client: &mut End, server: &mut End) {
        self.send(client, server, "S", b"");
        self.send(server, client, "SA", b"");
        self.send(client, server, "A", b"");
    }

    fn say(&mut self, from: &mut End, to: &End, text: &str) {
        self.send(from, to, "A", format!("{text}\r\n").as_bytes());
    }

    fn close(&mut self, first: &mut End, second: &mut End) {
        self.send(first, second, "FA", b"");
        self.send(second, first, "FA", b"");
        self.send(first, second, "A", b"");
    }

    /// A login that works.
    fn login(&mut self, client: &mut End, server: &mut End) {
        self.open(client, server);
        self.say(server, client, "220 Ready.");
        self.say(client, server, "USER fred");
        self.say(server, client, "331 Password?");
        self.say(client, server, "PASS krueger");
        self.say(server, client, "230 In.");
    }
}

fn fix_header(bytes: &mut [u8]) {
    bytes[24..26].copy_from_slice(&[0, 0]);
    let words = bytes[14..34].chunks(2);
    let mut sum: u32 = words.map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    bytes[24..26].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}

fn kinds(report: &Report) -> BTreeSet<&'static str> {
    report.findings.iter().map(|f| f.kind).collect()
}

fn found<'a>(report: &'a Report, kind: &str) -> &'a Finding {
    let found = report.findings.iter().find(|f| f.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {:#?}", report.findings))
}

/// Where not all was kept, nothing is said to be absent.
#[test]
fn a_capture_with_a_snap_length_is_known() {
    play::with("ftp-wrongpassword", 1, |played| {
        let mut cut = played.capture.clone();
        assert!(!kinds(&report_of_capture(&cut)).contains("snapped"));
        cut.snap(60);
        let report = report_of_capture(&cut);
        let long = played
            .capture
            .frames
            .iter()
            .filter(|f| f.bytes().len() > 60);
        assert_eq!(found(&report, "snapped").count, long.count() as u64);
        let errors = &report.answers[1].answer;
        assert!(
            errors[0].contains("None") && errors[0].contains("cut short"),
            "{errors:?}"
        );
    });
}

/// What betrays that a trace was made up.
const MADE_UP: [&str; 7] = [
    "odd-times",
    "time-backwards",
    "ttl-change",
    "foreign-reset",
    "odd-identification",
    "odd-isn",
    "bad-checksum",
];

#[test]
fn honest_captures_do_not_look_made_up() {
    for name in play::names() {
        play::with(name, 1, |played| {
            let kinds = kinds(&report_of_capture(&played.capture));
            assert!(
                MADE_UP.iter().all(|kind| !kinds.contains(kind)),
                "{name}: {kinds:?}"
            );
        });
    }
    for (name, capture) in whole_captures_of_strangers() {
        let kinds = kinds(&report_of_capture(&capture));
        assert!(
            MADE_UP.iter().all(|kind| !kinds.contains(kind)),
            "{name}: {kinds:?}"
        );
    }
}

/// A session that fetches a file by PASV: what the server says of its size, and
/// what comes.
fn fetched(told: &str, content: &[u8]) -> Wire {
    let (mut client, mut server) = (end(2, 1038), end(1, 21));
    let mut wire = Wire::default();
    wire.login(&mut client, &mut server);
    wire.say(&mut client, &server, "TYPE I");
    wire.say(&mut server, &client, "200 Binary.");
    wire.say(&mut client, &server, "PASV");
    wire.say(&mut server, &client, "227 Entering (10,2,0,1,19,136).");
    wire.say(&mut client, &server, "RETR a");
    let (mut here, mut there) = (end(2, 1039), end(1, 5000));
    wire.open(&mut here, &mut there);
    wire.say(&mut server, &client, told);
    wire.send(&mut there, &here, "A", content);
    wire.close(&mut there, &mut here);
    wire.say(&mut server, &client, "226 Done.");
    wire
}

#[test]
fn sizes_that_disagree() {
    let told = "150 Opening BINARY connection for a (5 bytes).";
    let report = report_of(&fetched(told, b"12345").frames);
    assert_eq!(kinds(&report), BTreeSet::from(["clear-password"]));
    assert_eq!(report.sessions[0].transfers[0].announced_size, Some(5));
    let report = report_of(&fetched(told, b"123").frames);
    let finding = found(&report, "size-disagreement");
    assert_eq!(
        finding.summary,
        "RETR a: the server spoke of 5 bytes, and 3 came"
    );
    assert_eq!(finding.frames.len(), 2);
}

#[test]
fn a_second_visitor() {
    let mut wire = fetched("150 Here.", b"12345");
    let at = wire
        .frames
        .iter()
        .position(|(_, bytes)| bytes[36..38] == [19, 136]);
    let at = at.expect("the data connection's SYN") + 1;
    let rest = wire.frames.split_off(at);
    let (mut thief, mut there) = (end(66, 4000), end(1, 5000));
    wire.open(&mut thief, &mut there);
    let place = wire.frames.len() - 2;
    wire.frames.extend(rest);
    let finding = found(&report_of(&wire.frames), "second-visitor").clone();
    assert_eq!(
        finding.summary,
        "after 10.2.0.2, 10.2.0.66 came to 10.2.0.1:5000, a port for data"
    );
    assert_eq!(finding.frames, [place as u64]);
    assert_eq!(
        finding.host.map(|h| h.to_string()).as_deref(),
        Some("10.2.0.66")
    );
}

/// Captured on both sides of a translator of addresses, one place is announced to two
/// clients, and each of them comes: neither is a thief.
#[test]
fn on_both_sides_of_a_translator_the_data_are_found() {
    for (name, refused) in [("nat-active", Some(500)), ("nat-helper", None)] {
        let here = crate::cli::folder();
        let command = ["run", name, "--tap", "lan,wan", "-o", "x.pcapng"];
        assert_eq!(crate::cli::run(here.path(), &command).code, 0);
        let bytes = std::fs::read(here.path().join("x.pcapng")).unwrap();
        let report = report_of_capture(&Capture::read(&bytes[..]).unwrap().0);
        assert_eq!(report.sessions.len(), 2, "{name}");
        for session in &report.sessions {
            let asked = session.transfers.iter().find(|t| t.command.is_some());
            let data = asked.and_then(|t| t.connection.as_ref()).expect(name);
            assert_eq!(data.downloaded, 4096, "{name}");
            let ends = [data.from.ip(), data.to.ip()];
            assert!(ends.contains(&session.client.ip()), "{name}: {ends:?}");
            let seen = session.transfers.iter().find_map(|t| t.refused);
            assert_eq!(seen, refused, "{name}");
        }
        let kinds = kinds(&report);
        assert!(!kinds.contains("second-visitor"), "{name}: {kinds:?}");
        assert!(!kinds.contains("unseen-data"), "{name}: {kinds:?}");
    }
}

#[test]
fn a_transfer_that_broke_and_was_called_complete() {
    let mut wire = fetched("150 Here.", b"12345");
    // The FIN of the data connection becomes a RST.
    let is_fin = |bytes: &[u8]| bytes[34..36] == [19, 136] && bytes[47] & 1 != 0;
    let at = wire.frames.iter().position(|(_, bytes)| is_fin(bytes));
    let at = at.expect("the data connection's FIN");
    wire.frames.drain(at + 1..at + 3);
    wire.frames[at].1[47] = 0x14;
    let report = report_of(&wire.frames);
    let summary = &found(&report, "false-success").summary;
    assert_eq!(
        summary,
        "RETR a was called complete, but its data connection was reset"
    );
}

#[test]
fn a_scan_counts_every_kind_of_answer() {
    play::with("ftp-portscan", 1, |played| {
        let report = report_of_capture(&played.capture);
        let finding = found(&report, "port-scan");
        assert_eq!(
            finding.summary,
            "10.2.0.66 tried 5 hosts on port 21: 2 accepted, 2 refused, 1 not there"
        );
        assert!(!kinds(&report).contains("refused"), "the scan says it all");
    });
}

/// A lie, a mistake, and nothing of the kind.
#[test]
fn an_address_that_two_cards_claim() {
    let claims = ["arp-spoofing", "address-conflict"];
    for name in play::names() {
        play::with(name, 1, |played| {
            let report = report_of_capture(&played.capture);
            let findings = report.findings.iter();
            let claims: Vec<&Finding> = findings.filter(|f| claims.contains(&f.kind)).collect();
            let seen: Vec<_> = claims.iter().map(|f| (f.kind, &f.frames[..])).collect();
            let expected: &[(&str, &[u64])] = match name {
                "arp-spoofing" => &[("arp-spoofing", &[12, 14, 16, 18])],
                "arp-duplicate" => &[("address-conflict", &[1, 2, 4, 5])],
                _ => &[],
            };
            assert_eq!(seen, expected, "{name}: {claims:?}");
        });
    }
    for (name, capture) in whole_captures_of_strangers() {
        let kinds = kinds(&report_of_capture(&capture));
        assert!(claims.iter().all(|kind| !kinds.contains(kind)), "{name}");
    }
}

/// An ARP packet between two machines of one segment.
fn arp(millis: u64, operation: u8, sender: (u8, u8), target: u8, tag: &[u8]) -> Made {
    let mut bytes = vec![0xff; 6];
    bytes.extend([2, 0, 0, 0, 0, sender.0]);
    bytes.extend(tag);
    bytes.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, operation]);
    bytes.extend([2, 0, 0, 0, 0, sender.0, 10, 0, 0, sender.1]);
    bytes.extend([0, 0, 0, 0, 0, 0, 10, 0, 0, target]);
    (millis * 1_000_000, bytes)
}

#[test]
fn claims_that_do_not_contradict_and_claims_that_do() {
    const ASK: u8 = 1;
    const ANSWER: u8 = 2;
    let claims = |frames: &[Made]| {
        let mut kinds = kinds(&report_of(frames));
        kinds.remove("no-such-host");
        kinds.into_iter().collect::<Vec<_>>()
    };
    let (red, blue) = ([0x81, 0, 0, 7], [0x81, 0, 0, 8]);
    let twice = |tag_of_the_second| {
        [
            arp(0, ANSWER, (1, 1), 1, &red),
            arp(10, ANSWER, (2, 1), 1, tag_of_the_second),
        ]
    };
    assert_eq!(claims(&twice(&red)), ["address-conflict"]);
    assert_eq!(claims(&twice(&blue)), [""; 0], "in two VLANs");
    // A router that answers for others is one card with many addresses.
    let proxy = [
        arp(0, ASK, (3, 3), 1, &[]),
        arp(1, ANSWER, (9, 1), 3, &[]),
        arp(2, ASK, (3, 3), 2, &[]),
        arp(3, ANSWER, (9, 2), 3, &[]),
    ];
    assert_eq!(claims(&proxy), [""; 0]);
    // A probe claims nothing; an answer to it tells of no lie.
    let probe = [arp(0, ASK, (1, 1), 1, &[]), {
        let mut probe = arp(5, ASK, (2, 0), 1, &[]);
        probe.1[28..32].fill(0);
        probe
    }];
    assert_eq!(claims(&probe), [""; 0]);
    // Asked, and answered by both at once; and a lie to somebody who did not ask.
    let answered = |asker| {
        [
            arp(0, ASK, (3, 3), 1, &[]),
            arp(1, ANSWER, (1, 1), 3, &[]),
            arp(2, ANSWER, (2, 1), asker, &[]),
        ]
    };
    assert_eq!(claims(&answered(3)), ["address-conflict"]);
    assert_eq!(claims(&answered(4)), ["arp-spoofing"]);
    let report = report_of(&answered(4));
    assert_eq!(
        found(&report, "arp-spoofing").summary,
        "02:00:00:00:00:02 told 10.0.0.4 that it is 10.0.0.1, the address of \
         02:00:00:00:00:01: 1 answer that nobody asked for"
    );
    let snoops = report.answers[3].answer.join("");
    assert!(snoops.contains("nobody asked for"), "{snoops}");
    // One direction only was captured: nobody is accused.
    let deaf = [
        arp(0, ANSWER, (1, 1), 3, &[]),
        arp(2, ANSWER, (2, 1), 3, &[]),
    ];
    assert_eq!(claims(&deaf), ["address-conflict"]);
}

#[test]
fn users_and_passwords_that_are_guessed() {
    let mut wire = Wire::default();
    for (round, user) in ["fred", "mary", "john", "anna"].iter().enumerate() {
        let (mut client, mut server) = (end(2, 2000 + round as u16), end(1, 21));
        wire.open(&mut client, &mut server);
        wire.say(&mut server, &client, "220 Ready.");
        wire.say(&mut client, &server, &format!("USER {user}"));
        wire.say(&mut server, &client, "331 Password?");
        wire.say(&mut client, &server, &format!("PASS secret{round}"));
        wire.say(&mut server, &client, "530 No.");
        wire.close(&mut client, &mut server);
    }
    let report = report_of(&wire.frames);
    assert_eq!(
        found(&report, "user-enumeration").summary,
        "10.2.0.2 tried 4 users on 10.2.0.1 in vain"
    );
    let guesses = &found(&report, "password-guessing").summary;
    assert!(
        guesses.starts_with(
            "10.2.0.2 failed to log in to 10.2.0.1 4 times in 0.0 s, as anna, fred, john and others"
        ) && guesses.ends_with("with 4 passwords much alike"),
        "{guesses}"
    );
}

/// A simulated host answers in no time, seen at its own port, and that is no forgery.
#[test]
fn our_own_captures_are_not_called_made_up() {
    use wirelab::lab::{PlayOptions, play};
    use wirelab::scenario::builtin;
    let mut at_once = 0;
    let some =
        |name: &str| name.starts_with("replies/") || ["ftp-getbinary", "replay"].contains(&name);
    for builtin in builtin::all().iter().filter(|b| some(b.name)) {
        let loaded = builtin.load(&[]).expect("a built-in");
        for tap in ["client", "server"] {
            let options = PlayOptions {
                seed: None,
                tap: Some(tap),
            };
            let Ok(played) = play(&loaded, options) else {
                continue;
            };
            let kinds = kinds(&report_of_capture(&played.capture));
            assert!(!kinds.contains(&"odd-times"), "{} at {tap}", builtin.name);
            at_once += u32::from(kinds.contains(&"instant-answers"));
        }
    }
    assert!(at_once >= 5, "{at_once}");
}

#[test]
fn what_betrays_a_made_up_trace() {
    let honest = fetched("150 Here.", b"12345").frames;
    assert!(
        MADE_UP
            .iter()
            .all(|kind| !kinds(&report_of(&honest)).contains(kind))
    );
    let spoilt = |spoil: &dyn Fn(u64, &mut Made)| {
        let mut frames = honest.clone();
        for (frame, number) in frames.iter_mut().zip(1..) {
            spoil(number, frame);
        }
        let kinds = kinds(&report_of(&frames));
        let made_up = MADE_UP.into_iter().filter(|kind| kinds.contains(kind));
        made_up.collect::<Vec<_>>()
    };
    assert_eq!(spoilt(&|_, frame| frame.0 = 5), ["odd-times"]);
    assert_eq!(spoilt(&|n, frame| frame.0 = n * 1_000_000), ["odd-times"]);
    assert_eq!(
        spoilt(&|n, frame| frame.0 -= u64::from(n == 9) * 2_000_000),
        ["time-backwards"]
    );
    let hops = |number: u64| {
        move |n: u64, frame: &mut Made| {
            if n == number {
                frame.1[22] = 63;
                fix_header(&mut frame.1);
            }
        }
    };
    assert_eq!(spoilt(&hops(9)), ["ttl-change"]);
    let same_id = |_, frame: &mut Made| {
        frame.1[18..20].copy_from_slice(&[0, 1]);
        fix_header(&mut frame.1);
    };
    assert_eq!(spoilt(&same_id), ["odd-identification"]);
    assert_eq!(
        spoilt(&|n, frame| frame.1[50] ^= u8::from(n == 9)),
        ["bad-checksum"]
    );
    assert_eq!(
        spoilt(&|n, frame| frame.1[24] ^= u8::from(n == 9)),
        ["bad-checksum"]
    );

    let mut wire = Wire::default();
    for port in 3000..3003 {
        let (mut client, mut server) = (end(2, port), end(1, 21));
        client.next = 1000;
        wire.open(&mut client, &mut server);
        wire.close(&mut client, &mut server);
    }
    assert!(kinds(&report_of(&wire.frames)).contains("odd-isn"));
    let (mut client, mut server) = (end(2, 3000), end(1, 21));
    let mut wire = Wire::default();
    wire.login(&mut client, &mut server);
    server.ttl = 50;
    wire.send(&mut server, &client, "RA", b"");
    assert!(kinds(&report_of(&wire.frames)).contains("foreign-reset"));
}

/// However many connections pass, only so many are remembered; all are counted.
#[test]
fn a_hundred_thousand_connections() {
    const SESSIONS: u64 = 50_000;
    let mut dissector = Dissector::new();
    let mut analyzer = Analyzer::new();
    let (mut number, mut most) = (0, 0);
    for session in 0..SESSIONS {
        let mut wire = Wire::default();
        let client = [
            11 + (session >> 24) as u8,
            (session >> 16) as u8,
            (session >> 8) as u8,
            session as u8,
        ];
        let (mut client, mut server) = (
            End {
                ip: client,
                ..end(2, 1038)
            },
            end(1, 21),
        );
        client.next = (session as u32).wrapping_mul(7919);
        server.next = (session as u32).wrapping_mul(104_729) + 2;
        wire.open(&mut client, &mut server);
        wire.say(&mut server, &client, "220 Ready.");
        wire.say(&mut client, &server, "PASV");
        wire.say(&mut server, &client, "227 Here (10,2,0,1,19,136).");
        if session % 2 == 0 {
            wire.close(&mut client, &mut server);
        }
        // And a SYN that nobody answers.
        let (mut client, server) = (End { port: 99, ..client }, end(9, 21));
        wire.send(&mut client, &server, "S", b"");
        for (nanos, bytes) in &wire.frames {
            number += 1;
            analyzer.note(&dissector.dissect(FrameRef {
                number,
                at: Timestamp::from_nanos(session * 1_000_000_000 + nanos),
                interface: 0,
                interface_name: None,
                link: LinkType::ETHERNET,
                original_len: bytes.len() as u32,
                bytes,
                comments: &[],
            }));
        }
        if session % 1000 == 0 {
            most = most.max(dissector.conversations().count());
        }
    }
    assert!(most <= 33_000, "{most} conversations are remembered");
    assert!(dissector.transfers().count() <= 8200);
    assert_eq!(u64::from(dissector.conversation_count()), 2 * SESSIONS);
    let report = analyzer.finish(&dissector);
    assert_eq!(report.capture.conversations, 2 * SESSIONS);
    assert_eq!(report.capture.unanswered, SESSIONS);
    let sessions = report.sessions.len() as u64 + report.sessions_left_off;
    assert_eq!(sessions, SESSIONS);
    assert!(
        report.findings.len() <= 5000,
        "{} findings",
        report.findings.len()
    );
}

/// The form of the report for programs: a change of it is a change of its version.
#[test]
fn the_schema_is_what_it_was() {
    let path = root().join("book/src/analyze.schema.json");
    let schema = Report::schema();
    if crate::support::is_blessing() {
        std::fs::write(&path, &schema).expect("the book is there");
    }
    let known = std::fs::read_to_string(&path).expect("the schema is in the book");
    assert_eq!(schema, known, "is this a new version of the report's form?");
}

/// A thousand sessions that guess passwords, two at a time, among other traffic:
/// counted as tshark counts them.
#[test]
fn a_thousand_sessions_are_counted_as_tshark_counts_them() {
    if !tshark::is_there("a_thousand_sessions_are_counted_as_tshark_counts_them") {
        return;
    }
    let mut wire = Wire::default();
    for round in 0..500u16 {
        let mut pair = [0, 1].map(|n| (end(2 + n, 2000 + round), end(1, 21)));
        for (client, server) in &mut pair {
            wire.open(client, server);
        }
        for (client, server) in &mut pair {
            wire.say(server, client, "220 Ready.");
            wire.say(client, server, "USER fred");
            wire.say(server, client, "331 Password?");
        }
        // And somebody who is refused.
        let (mut stranger, mut closed) = (end(9, 2000 + round), end(8, 80));
        wire.send(&mut stranger, &closed, "S", b"");
        wire.send(&mut closed, &stranger, "RA", b"");
        for (client, server) in &mut pair {
            let guess = format!("PASS secret{round}");
            wire.say(client, server, &guess);
            if round % 50 == 7 {
                // Sent again, after a while.
                client.next -= guess.len() as u32 + 2;
                wire.say(client, server, &guess);
            }
            wire.say(server, client, "530 No.");
            wire.close(client, server);
        }
    }
    let frames: Vec<Raw> = wire
        .frames
        .iter()
        .map(|(nanos, bytes)| Raw::of(*nanos, bytes.clone()))
        .collect();
    let file = tempfile::NamedTempFile::with_suffix(".pcap").expect("a temporary file");
    std::fs::write(file.path(), pcap(LinkType::ETHERNET, &frames)).expect("room");
    let rows = tshark::read(file.path(), &[]);
    let report = report_of(&wire.frames);
    let count =
        |what: &dyn Fn(&tshark::Row) -> bool| rows.iter().filter(|row| what(row)).count() as u64;
    let streams = rows
        .iter()
        .filter_map(|row| row.stream)
        .max()
        .map_or(0, |n| u64::from(n) + 1);
    let again = count(&|row| row.flags.contains("retransmission"));
    assert_eq!(report.capture.frames, rows.len() as u64);
    assert_eq!(report.capture.conversations, streams);
    assert_eq!((report.capture.refused, report.sessions.len()), (500, 1000));
    assert_eq!((report.capture.retransmissions, again), (20, 20));
    let commands: u64 = report.sessions.iter().map(|s| u64::from(s.commands)).sum();
    let replies: u64 = report.sessions.iter().map(|s| u64::from(s.replies)).sum();
    assert_eq!(commands, count(&|row| row.command.is_some()));
    assert_eq!(replies, count(&|row| !row.codes.is_empty()));
    assert_eq!(report.sessions_left_off, 0);
    let failed: u32 = report.sessions.iter().map(|s| s.failed_logins).sum();
    assert_eq!(failed, 1000);
}

/// What was moved, as the actors counted it at their ends, is what the analysis
/// reads from the wire.
#[test]
fn our_own_runs_are_analysed_as_they_went() {
    let mut compared = 0;
    for name in play::names() {
        play::with(name, 1, |played| {
            let run = &played.run;
            let report = report_of_capture(&played.capture);
            let seen: Vec<_> = report
                .sessions
                .iter()
                .flat_map(|s| {
                    let transfers = s.transfers.iter();
                    transfers.map(move |t| (s.client, t))
                })
                .collect();
            for transfer in run.reports.iter().flat_map(|r| &r.transfers) {
                let Some(control) = transfer.control.filter(|_| transfer.complete) else {
                    continue;
                };
                let same = seen.iter().any(|(client, seen)| {
                    let Some(data) = &seen.connection else {
                        return false;
                    };
                    let moved = if transfer.what == Movement::Stored {
                        data.uploaded
                    } else {
                        data.downloaded
                    };
                    client.port() == control.port()
                        && moved == transfer.bytes
                        && matches!(seen.reply, Some(226 | 250))
                        && seen.command.as_deref().is_some_and(|c| {
                            transfer.name.is_empty() || c.ends_with(&transfer.name) || c.len() == 4
                        })
                });
                // Behind a translator of addresses, and where the tap does not
                // see the data, the frames say something else.
                let is_visible = seen.iter().any(|(client, _)| *client == control);
                assert!(same || !is_visible, "{name}: {transfer:?} in {seen:#?}");
                compared += u32::from(same);
            }
        });
    }
    assert!(compared >= 10, "only {compared} transfers");
}
