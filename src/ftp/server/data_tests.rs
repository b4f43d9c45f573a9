//! What a strict reviewer tries with data connections: events in, actions and replies out.

use std::net::SocketAddr;

use super::*;
use crate::ftp::files::{Content, NewEntry};
use crate::ftp::loopback::{client_address, config, sample_files, server_address};
use crate::ftp::path::VirtualPath;
use crate::rng::Seed;
use crate::time::Duration;

/// A session whose owner is the test.
struct Raw {
    server: Server,
    id: SessionId,
    now: Instant,
    /// What was said and done, in order: `226`, `connect`, `fin`, `rst`, `listen`, `close`.
    seen: Vec<String>,
    /// Bytes that the server sent over the data connection.
    sent: Vec<u8>,
    open: bool,
}

fn peer(port: u16) -> SocketAddr {
    SocketAddr::new(client_address().ip(), port)
}

impl Raw {
    fn new(config: Config, files: Files) -> Raw {
        let mut server = Server::new(config, files);
        let id = server.open(server_address(), client_address());
        let mut raw = Raw {
            server,
            id,
            now: Instant::ZERO,
            seen: Vec::new(),
            sent: Vec::new(),
            open: false,
        };
        raw.tell(|s, now| s.handle_control(now, ControlEvent::Connected));
        raw.wait(1);
        raw.say("USER fred\r\nPASS krueger\r\nTYPE I\r\n");
        raw.seen.clear();
        raw
    }

    fn vsftpd() -> Raw {
        Raw::new(config("vsftpd"), sample_files())
    }

    fn tell(&mut self, what: impl FnOnce(&mut SessionHandle<'_>, Instant)) {
        let Some(mut session) = self.server.session(self.id) else {
            return;
        };
        what(&mut session, self.now);
        loop {
            while let Some(action) = session.poll_action() {
                let word = match action {
                    Action::SendControl(bytes) | Action::SendUrgent(bytes) => {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        for line in text.lines().filter(|l| l.as_bytes().get(3) == Some(&b' ')) {
                            self.seen.push(line[..3].to_owned());
                        }
                        continue;
                    }
                    Action::CloseControl => "close",
                    Action::AbortControl => "abort",
                    Action::Listen { port } => {
                        self.seen.push("listen".into());
                        let mut address = server_address();
                        address.set_port(port.unwrap_or(5000));
                        session.handle_data(self.now, DataEvent::Listening(address));
                        continue;
                    }
                    Action::Unlisten => "unlisten",
                    Action::ConnectData { .. } => "connect",
                    Action::CloseData => {
                        self.open = false;
                        "fin"
                    }
                    Action::AbortData => {
                        self.open = false;
                        "rst"
                    }
                };
                self.seen.push(word.into());
            }
            // A window of 2000 bytes that the client empties as time passes.
            let mut room = [0; 500];
            if !self.open || self.sent.len() >= 2000 {
                break;
            }
            let count = session.fill_data(self.now, &mut room);
            self.sent.extend_from_slice(&room[..count]);
            if count == 0
                && session
                    .poll_action()
                    .map(|a| self.seen.push(format!("{a:?}")))
                    .is_none()
            {
                break;
            }
        }
    }

    fn say(&mut self, lines: &str) {
        self.tell(|s, now| s.handle_control(now, ControlEvent::Received(lines.as_bytes())));
        self.wait(1);
    }

    fn data(&mut self, event: DataEvent<'_>) {
        if matches!(event, DataEvent::Connected(_)) {
            self.open = true;
        }
        self.tell(|s, now| s.handle_data(now, event));
        self.wait(1);
    }

    /// Lets so many seconds pass.
    fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        loop {
            let next = self.server.session(self.id).and_then(|s| s.poll_timeout());
            match next.filter(|at| *at <= until) {
                Some(at) => {
                    self.now = self.now.max(at);
                    self.tell(|s, now| s.handle_timeout(now));
                }
                None => {
                    self.now = until;
                    return;
                }
            }
        }
    }

    /// What was seen since it was asked last.
    fn seen(&mut self) -> String {
        core::mem::take(&mut self.seen).join(" ")
    }
}

#[test]
fn who_prepares_and_who_connects() {
    let mut raw = Raw::vsftpd();
    raw.say("PASV\r\nPASV\r\nPORT 10,2,0,2,4,15\r\n");
    assert_eq!(raw.seen(), "listen 227 unlisten listen 227 unlisten 200");
    raw.say("RETR nothing\r\nRETR readme.txt\r\n");
    assert_eq!(
        raw.seen(),
        "550 connect",
        "no SYN for a file that is not there"
    );
    raw.data(DataEvent::Refused);
    assert_eq!(raw.seen(), "425");
    raw.say("RETR readme.txt\r\n");
    assert_eq!(raw.seen(), "425", "one connection for each transfer");
    raw.say("PASV\r\nRETR readme.txt\r\n");
    raw.wait(59);
    assert_eq!(raw.seen(), "listen 227");
    raw.wait(2);
    assert_eq!(raw.seen(), "unlisten 425", "nobody came");
    raw.say("PORT 10,2,0,2,4,15\r\nRETR readme.txt\r\n");
    raw.wait(61);
    assert_eq!(raw.seen(), "200 connect rst 425", "nobody answered");
}

#[test]
fn the_client_may_connect_before_and_after_the_command() {
    let mut raw = Raw::vsftpd();
    raw.say("PASV\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.say("RETR readme.txt\r\n");
    assert_eq!(raw.seen(), "listen 227 150 CloseData");
    raw.data(DataEvent::Eof);
    raw.data(DataEvent::Closed);
    assert_eq!(raw.seen(), "226");
    raw.say("PASV\r\nRETR readme.txt\r\n");
    assert_eq!(raw.seen(), "listen 227");
    raw.data(DataEvent::Connected(peer(2001)));
    raw.data(DataEvent::Closed);
    assert_eq!(raw.seen(), "150 CloseData 226");
    assert_eq!(raw.sent, b"one\ntwo\none\ntwo\n");
}

#[test]
fn a_stranger_is_thrown_out_and_the_client_served() {
    let mut raw = Raw::vsftpd();
    raw.say("PASV\r\n");
    raw.data(DataEvent::Connected(([10, 2, 0, 9], 2000).into()));
    assert_eq!(raw.seen(), "listen 227 rst listen");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.say("RETR readme.txt\r\n");
    raw.data(DataEvent::Closed);
    assert_eq!(raw.seen(), "150 CloseData 226");
}

/// A download of 10,000 bytes that has stopped because the window is full.
fn in_a_download(persona: &str) -> Raw {
    let mut raw = Raw::new(config(persona), sample_files());
    raw.say("PASV\r\nRETR pub/data.bin\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    assert!(raw.seen().ends_with("150") && raw.sent.len() == 2000);
    raw
}

#[test]
fn what_may_be_said_during_a_transfer() {
    for persona in ["vsftpd", "textbook", "microsoft"] {
        let mut raw = in_a_download(persona);
        raw.say("NOOP\r\nSTAT\r\n");
        assert_eq!(raw.seen(), "200 211", "{persona}");
        raw.say("PWD\r\nABOR\r\n");
        assert_eq!(
            raw.seen(),
            "",
            "what is not meant for it waits, and what is behind that"
        );
        raw.data(DataEvent::Reset);
        assert_eq!(raw.seen().get(..8), Some("426 257 "), "{persona}");
        let mut raw = in_a_download(persona);
        raw.say("ABOR\r\n");
        assert_eq!(raw.seen(), "rst 426 226", "{persona}");
        raw.say("ABOR\r\n");
        assert_eq!(raw.seen(), "225");
    }
    // QUIT lets the transfer end first (RFC 959 §4.1.1).
    let mut raw = in_a_download("vsftpd");
    raw.say("QUIT\r\n");
    assert_eq!(raw.seen(), "");
    raw.data(DataEvent::Reset);
    assert_eq!(raw.seen(), "426 221 close");
}

#[test]
fn a_download_that_breaks_is_never_said_to_be_whole() {
    let mut raw = in_a_download("vsftpd");
    raw.wait(301);
    assert_eq!(raw.seen(), "rst 426", "a window that stays shut");
    let mut raw = in_a_download("vsftpd");
    raw.tell(|s, now| s.handle_control(now, ControlEvent::Eof));
    assert_eq!(raw.seen(), "rst close", "nobody is there to be told");
    let mut raw = in_a_download("vsftpd");
    raw.tell(|s, now| s.handle_control(now, ControlEvent::Reset));
    assert_eq!(raw.seen(), "rst");
    raw.say("NOOP\r\n");
    assert_eq!(raw.seen(), "");
}

#[test]
fn uploads() {
    let mut raw = Raw::vsftpd();
    raw.say("PASV\r\nSTOR new\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.data(DataEvent::Received(b"abcdef"));
    raw.data(DataEvent::Reset);
    assert_eq!(raw.seen(), "listen 227 150 426");
    raw.say("SIZE new\r\nPASV\r\nREST 2\r\nSTOR new\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.data(DataEvent::Received(b"XY"));
    raw.data(DataEvent::Eof);
    assert_eq!(raw.seen(), "213 listen 227 350 150 fin 226");
    let path = VirtualPath::parse("/new").unwrap();
    let Some(entry) = raw.server.files().get(&path) else {
        panic!("it is not there")
    };
    let crate::ftp::files::Kind::File { content, .. } = &entry.kind else {
        panic!("it is not a file")
    };
    assert_eq!(content, &Content::bytes("abXYef"), "the middle is patched");
    for _ in 0..2 {
        raw.say("PASV\r\nSTOU\r\n");
        raw.data(DataEvent::Connected(peer(2000)));
        raw.data(DataEvent::Eof);
        assert_eq!(raw.seen(), "listen 227 150 fin 226");
    }
    assert_eq!(raw.server.files().children(&VirtualPath::root()).count(), 9);
}

#[test]
fn a_disk_that_fills_up() {
    let mut files = sample_files();
    files.set_capacity(files_used(&files) + 4);
    let mut raw = Raw::new(config("vsftpd"), files);
    raw.say("PASV\r\nSTOR new\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.data(DataEvent::Received(b"1234"));
    raw.data(DataEvent::Received(b"5"));
    assert_eq!(raw.seen(), "listen 227 150 rst 552");
    raw.say("PASV\r\nSTOR other\r\n");
    assert_eq!(raw.seen(), "listen 227 452");
}

fn files_used(files: &Files) -> u64 {
    Files::DEFAULT_CAPACITY - files.free()
}

#[test]
fn restarts() {
    let mut raw = Raw::vsftpd();
    raw.say("REST 4\r\nNOOP\r\nPASV\r\nRETR readme.txt\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.data(DataEvent::Closed);
    assert_eq!(raw.sent, b"one\ntwo\n", "NOOP has dropped the offset");
    raw.sent.clear();
    raw.say("REST 4\r\nPASV\r\nRETR readme.txt\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.data(DataEvent::Closed);
    assert_eq!(raw.sent, b"two\n");
    raw.seen();
    raw.say("REST 9\r\nRETR readme.txt\r\n");
    assert_eq!(raw.seen(), "350 554");
}

#[test]
fn a_file_beyond_four_gibibytes() {
    let mut files = sample_files();
    let clock = Timestamp::DEFAULT_CLOCK;
    let huge = NewEntry {
        content: Some(Content::Random {
            seed: Seed(1),
            name: "huge".into(),
            size: (5 << 30) + 7,
        }),
        ..NewEntry::default()
    };
    files.add(VirtualPath::parse("/huge").unwrap(), huge, clock);
    let mut raw = Raw::new(config("vsftpd"), files);
    raw.say("SIZE huge\r\nREST 5368709120\r\nPASV\r\nRETR huge\r\n");
    raw.data(DataEvent::Connected(peer(2000)));
    raw.data(DataEvent::Closed);
    assert_eq!(raw.seen(), "213 350 listen 227 150 CloseData 226");
    assert_eq!(raw.sent.len(), 7);
}

#[test]
fn a_flood_is_held_back_by_the_window() {
    let mut raw = Raw::vsftpd();
    let flood = "\r\n".repeat(20_000);
    let mut rest = flood.as_bytes();
    while !rest.is_empty() {
        let room = raw.server.session(raw.id).map_or(0, |s| s.control_room());
        let (now, later) = rest.split_at(room.min(rest.len()));
        raw.tell(|s, at| s.handle_control(at, ControlEvent::Received(now)));
        rest = later;
        raw.wait(1);
    }
    raw.wait(10);
    let all = raw.seen();
    assert_eq!(all.split(' ').filter(|code| *code == "500").count(), 20_000);
    raw.say("NOOP\r\n");
    assert_eq!(raw.seen(), "200");
}

#[test]
fn one_session_too_many() {
    let mut config = config("vsftpd");
    config.persona.limits.sessions = Some(1);
    let mut raw = Raw::new(config, sample_files());
    let second = raw.server.open(server_address(), peer(1041));
    let first = core::mem::replace(&mut raw.id, second);
    raw.tell(|s, now| s.handle_control(now, ControlEvent::Connected));
    raw.wait(1);
    assert_eq!(raw.seen(), "421 close");
    raw.server.close(second);
    raw.id = first;
    raw.say("NOOP\r\n");
    assert_eq!(raw.seen(), "200");
}

#[test]
fn ten_thousand_sessions_leave_nothing_behind() {
    let mut raw = Raw::vsftpd();
    raw.server.close(raw.id);
    for n in 0..10_000u32 {
        raw.id = raw
            .server
            .open(server_address(), peer(1024 + (n % 60_000) as u16));
        raw.tell(|s, now| s.handle_control(now, ControlEvent::Connected));
        raw.say("USER fred\r\nPASS krueger\r\nQUIT\r\n");
        raw.server.close(raw.id);
    }
    assert_eq!(raw.server.session_count(), 0);
    assert_eq!(raw.server.shared.open, 0);
    assert!(raw.server.shared.logged_in.is_empty());
    let all = raw.seen();
    assert_eq!(all.matches("230").count(), 10_000);
    // Several hundred at once.
    let ids: Vec<_> = (0..500)
        .map(|n| raw.server.open(server_address(), peer(2000 + n)))
        .collect();
    for step in [
        "",
        "USER fred\r\n",
        "PASS krueger\r\n",
        "PASV\r\n",
        "QUIT\r\n",
    ] {
        for id in &ids {
            raw.id = *id;
            match step {
                "" => raw.tell(|s, now| s.handle_control(now, ControlEvent::Connected)),
                _ => raw
                    .tell(|s, now| s.handle_control(now, ControlEvent::Received(step.as_bytes()))),
            }
        }
        raw.now += Duration::from_secs(1);
        for id in &ids {
            raw.id = *id;
            raw.tell(|s, now| s.handle_timeout(now));
        }
    }
    assert_eq!(raw.seen().matches("221").count(), 500);
    for id in ids {
        raw.server.close(id);
    }
    assert!(raw.server.shared.logged_in.is_empty());
}
