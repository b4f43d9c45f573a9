//! The article's nine traces, number by number: read from the frames alone, for three seeds.

use crate::play;
use crate::sight::{Seen, Segment, What, is_like};

/// The packet numbers must not depend on the dice.
const SEEDS: [u64; 3] = [1, 2, 3];

/// The article's numbers: the scenario, the frame, and what it looks like
/// (`*` stands for anything).
const FACTS: &[(&str, &[(usize, &str)])] = &[
    (
        "ftp-connect",
        &[
            (1, "arp 10.2.0.2 asks for 10.2.0.1"),
            (2, "arp 10.2.0.1 answers 10.2.0.2"),
            (3, "10.2.0.2:* > 10.2.0.1:21 SYN"),
            (4, "10.2.0.1:21 > 10.2.0.2:* SYN,ACK"),
            (5, "10.2.0.2:* > 10.2.0.1:21 ACK"),
            (6, r#"10.2.0.1:21 > * PSH,ACK "220-*Scott*\r\n""#),
            (7, "10.2.0.2:* > 10.2.0.1:21 ACK"),
            (8, r#"10.2.0.1:21 > * PSH,ACK "220 *BisonFTP*\r\n""#),
            (9, "10.2.0.2:* > 10.2.0.1:21 ACK"),
            (10, r#"10.2.0.2:* > 10.2.0.1:21 PSH,ACK "USER fred\r\n""#),
            (
                11,
                r#"10.2.0.1:21 > * PSH,ACK "331 User name OK*need password*\r\n""#,
            ),
            (12, "10.2.0.2:* > 10.2.0.1:21 ACK"),
            (13, r#"10.2.0.2:* > 10.2.0.1:21 PSH,ACK "PASS krueger\r\n""#),
            (
                14,
                r#"10.2.0.1:21 > * PSH,ACK "230 User logged in OK*Proceed*\r\n""#,
            ),
            (15, "10.2.0.2:* > 10.2.0.1:21 ACK"),
            (16, r#"10.2.0.2:* > 10.2.0.1:21 PSH,ACK "QUIT\r\n""#),
            (17, r#"10.2.0.1:21 > * PSH,ACK "221 *\r\n""#),
            (18, "10.2.0.2:* > 10.2.0.1:21 FIN,*ACK"),
            (19, "10.2.0.1:21 > 10.2.0.2:* FIN,*ACK"),
            (20, "10.2.0.2:* > 10.2.0.1:21 ACK"),
        ],
    ),
    (
        "ftp-listfiles",
        &[
            (16, r#"* > 10.2.0.1:21 PSH,ACK "PORT 10,2,0,2,4,15\r\n""#),
            (17, r#"10.2.0.1:21 > * PSH,ACK "200 *\r\n""#),
            (18, r#"* > 10.2.0.1:21 PSH,ACK "NLST*\r\n""#),
            (19, "10.2.0.1:20 > 10.2.0.2:1039 SYN"),
            (20, "10.2.0.2:1039 > 10.2.0.1:20 SYN,ACK"),
            (21, "10.2.0.1:20 > 10.2.0.2:1039 ACK"),
            (22, r#"10.2.0.1:21 > * PSH,ACK "150*\r\n""#),
            (26, r#"10.2.0.1:20 > 10.2.0.2:1039 PSH,ACK "*\r\n*\r\n""#),
            (28, r#"10.2.0.1:21 > * PSH,ACK "226 *\r\n""#),
            (30, "10.2.0.1:20 > 10.2.0.2:1039 FIN,*ACK"),
        ],
    ),
    (
        "ftp-getfile",
        &[(76, r#"* > 10.2.0.1:21 PSH,ACK "RETR cno.txt\r\n""#)],
    ),
];

/// Calls `check` with the frames of a scenario, once a seed.
fn for_each_seed(scenario: &str, check: impl Fn(&[Seen])) {
    for seed in SEEDS {
        check(&play::seen(scenario, seed));
    }
}

/// The TCP segments that carry something or change a connection, with their numbers.
fn segments(frames: &[Seen]) -> impl Iterator<Item = (usize, &Segment)> {
    frames.iter().filter_map(|frame| match &frame.what {
        What::Tcp(segment) => Some((frame.number, segment)),
        _ => None,
    })
}

/// The lines on control connections, in order: who says what. A line of the client's begins with `> `.
fn control_lines(frames: &[Seen]) -> Vec<String> {
    let mut lines = Vec::new();
    for (_, segment) in segments(frames) {
        let mark = match (segment.from_port, segment.to_port) {
            (_, 21) => "> ",
            (21, _) => "",
            _ => continue,
        };
        let text = String::from_utf8_lossy(&segment.payload).into_owned();
        lines.extend(text.lines().map(|line| format!("{mark}{line}")));
    }
    lines
}

/// Everything that came from port 20, in order.
fn data_from_server(frames: &[Seen]) -> Vec<u8> {
    let data = segments(frames).filter(|(_, segment)| segment.from_port == 20);
    data.flat_map(|(_, segment)| segment.payload.clone())
        .collect()
}

fn position(lines: &[String], pattern: &str) -> usize {
    let at = lines.iter().position(|line| is_like(line, pattern));
    at.unwrap_or_else(|| panic!("no line like {pattern} in {lines:#?}"))
}

#[test]
fn every_packet_has_the_number_that_the_article_gives_it() {
    for (scenario, facts) in FACTS {
        for_each_seed(scenario, |frames| {
            for (number, pattern) in *facts {
                let frame = frames.get(number - 1);
                let text = frame.map_or("no such frame".to_string(), Seen::to_string);
                assert!(
                    is_like(&text, pattern),
                    "{scenario} {number}: {text}, not {pattern}"
                );
            }
        });
    }
}

#[test]
fn ftp_connect_is_twenty_packets() {
    for_each_seed("ftp-connect", |frames| assert_eq!(frames.len(), 20));
}

#[test]
fn the_port_command_names_the_port_that_the_server_connects_to() {
    for_each_seed("ftp-listfiles", |frames| {
        let port = segments(frames)
            .find(|(number, _)| *number == 16)
            .expect("packet 16")
            .1;
        let text = String::from_utf8_lossy(&port.payload);
        let numbers: Vec<u16> = text
            .trim_start_matches("PORT ")
            .trim_end()
            .split(',')
            .map(|number| number.parse().expect("a number"))
            .collect();
        assert_eq!(numbers[4] * 256 + numbers[5], 1039);
        let opened = segments(frames)
            .find(|(number, _)| *number == 19)
            .expect("packet 19")
            .1;
        assert_eq!(opened.to_port, 1039);
    });
}

#[test]
fn the_list_is_delimited_by_0d0a() {
    for_each_seed("ftp-listfiles", |frames| {
        let (_, list) = segments(frames)
            .find(|(number, _)| *number == 26)
            .expect("packet 26");
        let ends = list
            .payload
            .windows(2)
            .filter(|pair| pair == b"\r\n")
            .count();
        let feeds = list.payload.iter().filter(|byte| **byte == b'\n').count();
        assert!(ends > 1, "a list of {ends} lines");
        assert_eq!(ends, feeds, "a line feed without its carriage return");
        assert!(list.payload.ends_with(b"\r\n"));
        assert_eq!(
            data_from_server(frames),
            list.payload,
            "the whole list is in packet 26"
        );
    });
}

#[test]
fn ftp_listfiles_has_two_connections_and_two_closes() {
    for_each_seed("ftp-listfiles", |frames| {
        let opened: Vec<_> = segments(frames).filter(|(_, s)| s.is_syn()).collect();
        assert_eq!(opened.len(), 2);
        for (_, syn) in opened {
            let mut closers: Vec<&str> = segments(frames)
                .filter(|(_, s)| s.conversation() == syn.conversation() && s.has("FIN"))
                .map(|(_, s)| s.from.as_str())
                .collect();
            closers.sort_unstable();
            assert_eq!(closers, ["10.2.0.1", "10.2.0.2"], "one FIN from each side");
        }
    });
}

#[test]
fn several_connections_come_before_the_file_and_its_text_can_be_read() {
    for_each_seed("ftp-getfile", |frames| {
        let before = segments(frames).filter(|(number, s)| *number < 76 && s.is_syn());
        assert!(
            before.count() > 2,
            "several connections come before packet 76"
        );
        let after: Vec<u8> = segments(frames)
            .filter(|(number, s)| *number > 76 && s.from_port == 20)
            .flat_map(|(_, s)| s.payload.clone())
            .collect();
        let is_text = |byte: &u8| matches!(byte, b'\r' | b'\n' | b' '..=b'~');
        assert!(
            !after.is_empty() && after.iter().all(is_text),
            "cno.txt is plain text"
        );
    });
}

#[test]
fn ftp_putfile_stores_a_file_and_looks_for_it() {
    for_each_seed("ftp-putfile", |frames| {
        let lines = control_lines(frames);
        let (folder, stored) = (
            position(&lines, "> CWD eGames"),
            position(&lines, "> STOR *"),
        );
        let after = lines
            .iter()
            .skip(stored)
            .position(|line| is_like(line, "> NLST*"));
        assert!(folder < stored && after.is_some(), "{lines:#?}");
        let name = lines[stored].trim_start_matches("> STOR ");
        let list = String::from_utf8_lossy(&data_from_server(frames)).into_owned();
        assert!(
            list.lines().any(|line| line == name),
            "{name} is not in\n{list}"
        );
    });
}

#[test]
fn ftp_getbinary_moves_more_than_two_megabytes_as_an_image() {
    for_each_seed("ftp-getbinary", |frames| {
        let lines = control_lines(frames);
        assert!(position(&lines, "> TYPE I") < position(&lines, "> RETR *"));
        assert!(data_from_server(frames).len() > 2_000_000);
    });
}

#[test]
fn ftp_wronguser_is_refused_at_the_name() {
    for_each_seed("ftp-wronguser", |frames| {
        let lines = control_lines(frames);
        let user = position(&lines, "> USER *");
        assert!(is_like(&lines[user + 1], "530 *"), "{lines:#?}");
        assert!(!lines.iter().any(|line| is_like(line, "230*")));
    });
}

#[test]
fn ftp_guesspassword_tries_one_account_with_password_after_password() {
    for_each_seed("ftp-guesspassword", |frames| {
        let lines = control_lines(frames);
        let said = |verb: &str| -> Vec<&String> {
            lines
                .iter()
                .filter(|line| is_like(line, &format!("> {verb} *")))
                .collect()
        };
        let (mut users, mut guesses) = (said("USER"), said("PASS"));
        let tries = guesses.len();
        assert!(tries > 2, "{lines:#?}");
        users.sort();
        users.dedup();
        guesses.sort();
        guesses.dedup();
        assert_eq!(
            (users.len(), guesses.len()),
            (1, tries),
            "one account, no guess twice"
        );
        for (at, line) in lines.iter().enumerate() {
            if is_like(line, "> PASS *") {
                assert!(is_like(&lines[at + 1], "530 *"), "{lines:#?}");
            }
        }
    });
}

#[test]
fn ftp_refuse_sends_the_same_syn_three_times_and_each_is_reset() {
    for_each_seed("ftp-refuse", |frames| {
        let all: Vec<&Segment> = segments(frames).map(|(_, segment)| segment).collect();
        assert_eq!(all.len(), 6, "three tries and three answers");
        for pair in all.chunks(2) {
            assert!(pair[0].is_syn() && pair[0].to_port == 21);
            assert_eq!(
                (pair[0].from_port, pair[0].seq),
                (all[0].from_port, all[0].seq)
            );
            assert_eq!(
                (pair[1].flags.as_slice(), pair[1].from_port),
                (&["RST", "ACK"][..], 21)
            );
        }
    });
}

#[test]
fn ftp_filesizeprob_ends_in_550() {
    for_each_seed("ftp-filesizeprob", |frames| {
        position(
            &control_lines(frames),
            "550 File size exceeds available credits*",
        );
    });
}
