//! What is fuzzed: functions that take any bytes and must neither panic nor grow without bound.
//!
//! `fuzz/run codec` (or `listing`, `server`, `client`) runs one for as long
//! as one likes; `tests/it/fuzz_corpus.rs` replays the corpus on stable.

use wirelab::ftp::client::{Client, Persona, Verb};
use wirelab::ftp::codec::{LineDecoder, LineEnd, ReplyDecoder};
use wirelab::ftp::files::{Content, Files, NewEntry};
use wirelab::ftp::io::{Action, ControlEvent, DataEvent, Endpoint};
use wirelab::ftp::listing;
use wirelab::ftp::path::VirtualPath;
use wirelab::ftp::server::{self, Config, Server, User};
use wirelab::ftp::{Command, Reply, address};
use wirelab::rng::Seed;
use wirelab::time::{Duration, Instant, Timestamp};

/// Lines, commands and replies, split as the first byte says.
pub fn codec(data: &[u8]) {
    let (&first, rest) = data.split_first().unwrap_or((&1, &[]));
    let end = if first & 1 == 0 {
        LineEnd::CrLf
    } else {
        LineEnd::AnyLf
    };
    let mut lines = LineDecoder::new(end);
    let mut replies = ReplyDecoder::default();
    for piece in rest.chunks(usize::from(first).max(1)) {
        let mut input = piece;
        while let Some(line) = lines.next_line(&mut input) {
            assert!(line.bytes.len() <= wirelab::ftp::codec::MAX_LINE);
            if let Ok(command) = Command::parse(&line.bytes) {
                let _ = Command::parse(&command.to_wire());
            }
        }
        let mut input = piece;
        while replies.next_reply(&mut input).is_some() {}
    }
    replies.finish();
    let text = String::from_utf8_lossy(rest);
    let _ = (
        text.parse::<Reply>(),
        address::find_epsv(&text),
        address::HostPort::find(&text),
    );
}

/// The lines of a listing, as any server may write them.
pub fn listing(data: &[u8]) {
    for line in data.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(listed) = listing::parse_line(line) {
            let name = listed.name.as_bytes();
            assert!(!name.is_empty() && name.len() <= line.len());
            let _ = listing::is_plain_name(name);
        }
        let (pattern, name) = line.split_at(line.len() / 2);
        let _ = listing::matches_pattern(pattern, name);
    }
}

/// A machine, told events that the bytes choose.
fn drive(machine: &mut dyn Endpoint, now: &mut Instant, data: &[u8], ip: [u8; 4]) {
    let mut open = false;
    for piece in data.split(|b| *b == b'\0') {
        let (&what, bytes) = piece.split_first().unwrap_or((&0, &[]));
        match what {
            b'A' => {
                open = true;
                machine.handle_data(*now, DataEvent::Connected((ip, 4000).into()));
            }
            b'B' => machine.handle_data(*now, DataEvent::Received(bytes)),
            b'C' => machine.handle_data(*now, DataEvent::Eof),
            b'D' => machine.handle_data(*now, DataEvent::Closed),
            b'E' => machine.handle_data(*now, DataEvent::Reset),
            b'F' => machine.handle_data(*now, DataEvent::Refused),
            b'G' => machine.handle_data(*now, DataEvent::Acknowledged),
            b'H' => machine.handle_control(*now, ControlEvent::Eof),
            b'I' => *now += Duration::from_secs(u64::from(bytes.len() as u32) * 10),
            _ => {
                machine.handle_control(*now, ControlEvent::Received(bytes));
                machine.handle_control(*now, ControlEvent::Received(b"\r\n"));
            }
        }
        for _ in 0..1000 {
            let mut room = [0; 1000];
            let filled = if open {
                machine.fill_data(*now, &mut room)
            } else {
                0
            };
            match machine.poll_action() {
                Some(Action::Listen { port }) => {
                    let address = ([10, 2, 0, 1], port.unwrap_or(5000)).into();
                    machine.handle_data(*now, DataEvent::Listening(address));
                }
                Some(Action::CloseData | Action::AbortData) => open = false,
                Some(_) => {}
                None if filled > 0 => {}
                None => match machine.poll_timeout() {
                    Some(at) if at <= *now + Duration::from_secs(1) => {
                        *now = (*now).max(at);
                        machine.handle_timeout(*now);
                    }
                    _ => break,
                },
            }
        }
    }
}

/// A session of a server, logged in.
pub fn server(data: &[u8]) {
    let names = server::Persona::NAMES;
    let (&first, rest) = data.split_first().unwrap_or((&0, &[]));
    let name = names[usize::from(first) % names.len()];
    let mut config = Config::new(server::Persona::named(name).expect("a persona of the list"));
    config
        .users
        .insert("fred".into(), User::with_password("krueger"));
    let mut files = Files::new(Timestamp::DEFAULT_CLOCK);
    files.set_capacity(10_000);
    let file = NewEntry {
        content: Some(Content::bytes("one\ntwo\n")),
        ..NewEntry::default()
    };
    let path = VirtualPath::parse("/a").expect("a path");
    files.add(path, file, Timestamp::DEFAULT_CLOCK);
    let mut server = Server::new(config, files);
    let id = server.open(([10, 2, 0, 1], 21).into(), ([10, 2, 0, 2], 1038).into());
    let mut session = server.session(id).expect("the session just opened");
    let mut now = Instant::ZERO;
    session.handle_control(now, ControlEvent::Connected);
    drive(
        &mut session,
        &mut now,
        b" USER fred\0 PASS krueger",
        [10, 2, 0, 2],
    );
    drive(&mut session, &mut now, rest, [10, 2, 0, 2]);
}

/// A client that logs in, lists, fetches and leaves.
pub fn client(data: &[u8]) {
    let names = Persona::NAMES;
    let (&first, rest) = data.split_first().unwrap_or((&0, &[]));
    let name = names[usize::from(first) % names.len()];
    let persona = Persona::named(name).expect("a persona of the list");
    let peer = ([10, 2, 0, 1], 21).into();
    let mut client = Client::new(persona, None, peer, Seed(1).derive("fuzz"));
    let mut now = Instant::ZERO;
    client.start(now, Verb::Open);
    client.handle_control(now, ControlEvent::Connected);
    let mut verbs = vec![
        Verb::Quit,
        Verb::GetMany("*".into()),
        Verb::Get {
            remote: "a".into(),
            offset: 1,
            abort_after: Some(3),
        },
        Verb::List(None),
        Verb::Login {
            user: "fred".into(),
            password: "x".into(),
            account: None,
        },
    ];
    for part in rest.split(|b| *b == 1) {
        drive(&mut client, &mut now, part, [10, 2, 0, 1]);
        while client.poll_event().is_some() {}
        if !client.is_busy()
            && let Some(verb) = verbs.pop()
        {
            client.start(now, verb);
        }
    }
}
