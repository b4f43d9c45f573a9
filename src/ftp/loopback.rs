//! Test harness: a server and a client joined in memory, in virtual time, without TCP.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::client::{self, Client, DataMode, Event, Verb, VerbDone};
use super::files::{Content, Files, NewEntry};
use super::io::{Action, ControlEvent, DataEvent, Endpoint};
use super::path::VirtualPath;
use super::server::{Config, Persona, Server, SessionId, User};
use crate::rng::Seed;
use crate::time::{Duration, Instant, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

impl Side {
    fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// What is on its way.
#[derive(Debug)]
enum Flight {
    Control(Side, Vec<u8>),
    ControlFin(Side),
    ControlReset(Side),
    Opened(Side, SocketAddr),
    Refused(Side),
    Data(Side, Vec<u8>),
    Acked(Side),
    DataFin(Side),
    DataReset(Side),
    Listening(Side, SocketAddr),
}

/// A client and a session of a server.
pub(crate) struct Pair {
    pub server: Server,
    pub client: Client,
    session: SessionId,
    pub now: Instant,
    flights: BTreeMap<(Instant, u64), Flight>,
    number: u64,
    listener: [Option<SocketAddr>; 2],
    /// The data connection is open.
    open: bool,
    /// Which sides have sent their FIN.
    fins: [bool; 2],
    next_port: u16,
    /// Lines as they were said: `> USER fred`, `< 331 ...`.
    pub transcript: Vec<String>,
    pub dones: Vec<VerbDone>,
    /// How the client's bytes are cut.
    pub cut: usize,
}

const LATENCY: Duration = Duration::from_millis(1);

pub(crate) fn server_address() -> SocketAddr {
    SocketAddr::from(([10, 2, 0, 1], 21))
}

pub(crate) fn client_address() -> SocketAddr {
    SocketAddr::from(([10, 2, 0, 2], 1038))
}

/// Files as most tests want them: `/readme.txt`, `/pub/data.bin`, and more.
pub(crate) fn sample_files() -> Files {
    let clock = Timestamp::DEFAULT_CLOCK;
    let mut files = Files::new(clock);
    let mut add = |path: &str, new: NewEntry| {
        files.add(VirtualPath::parse(path).unwrap(), new, clock);
    };
    let text = |text: &str| NewEntry {
        content: Some(Content::bytes(text)),
        ..NewEntry::default()
    };
    add("/readme.txt", text("one\ntwo\n"));
    add("/empty.txt", text(""));
    add("/pub", NewEntry::default());
    add("/void", NewEntry::default());
    add(
        "/pub/data.bin",
        NewEntry {
            content: Some(Content::Random {
                seed: Seed(1),
                name: "data.bin".into(),
                size: 10_000,
            }),
            ..NewEntry::default()
        },
    );
    add(
        "/busy.txt",
        NewEntry {
            locked: true,
            ..text("busy")
        },
    );
    add(
        "/bad.bin",
        NewEntry {
            fails_at: Some(3000),
            ..text(&"x".repeat(5000))
        },
    );
    files
}

/// A server that fred may log in to.
pub(crate) fn config(persona: &str) -> Config {
    let mut config = Config::new(Persona::named(persona).unwrap());
    config
        .users
        .insert("fred".into(), User::with_password("krueger"));
    config
}

impl Pair {
    pub fn new(config: Config, client: &str, mode: Option<DataMode>) -> Pair {
        Pair::with_files(config, sample_files(), client, mode)
    }

    pub fn with_files(config: Config, files: Files, client: &str, mode: Option<DataMode>) -> Pair {
        let mut server = Server::new(config, files);
        let session = server.open(server_address(), client_address());
        let persona = client::Persona::named(client).unwrap();
        let rng = Seed(1).derive("actor/test");
        let mut pair = Pair {
            client: Client::new(persona, mode, server_address(), rng),
            server,
            session,
            now: Instant::ZERO,
            flights: BTreeMap::new(),
            number: 0,
            listener: [None; 2],
            open: false,
            fins: [false; 2],
            next_port: 1039,
            transcript: Vec::new(),
            dones: Vec::new(),
            cut: usize::MAX,
        };
        pair.tell(Side::Client, |end, now| {
            end.handle_control(now, ControlEvent::Connected);
        });
        pair.tell(Side::Server, |end, now| {
            end.handle_control(now, ControlEvent::Connected);
        });
        pair
    }

    /// Plays these verbs, one after the other; returns what became of the last.
    pub fn play(&mut self, verbs: &[Verb]) -> VerbDone {
        for verb in verbs {
            let before = self.dones.len();
            self.client.start(self.now, verb.clone());
            self.drain(Side::Client);
            for _ in 0..100_000 {
                if self.dones.len() > before || !self.step() {
                    break;
                }
            }
            assert!(
                self.dones.len() > before,
                "{verb:?} never ended: {:?}",
                self.transcript
            );
        }
        self.dones.last().unwrap().clone()
    }

    /// Plays these verbs after logging in as fred.
    pub fn logged_in(&mut self, verbs: &[Verb]) -> VerbDone {
        self.play(&[
            Verb::Open,
            Verb::Login {
                user: "fred".into(),
                password: "krueger".into(),
                account: None,
            },
        ]);
        self.play(verbs)
    }

    /// Sends bytes as a client that we know nothing of, and lets time pass
    /// until nothing more comes.
    pub fn say(&mut self, bytes: &[u8]) -> Vec<String> {
        let before = self.transcript.len();
        for piece in bytes.chunks(self.cut.min(bytes.len()).max(1)) {
            self.launch(Flight::Control(Side::Server, piece.to_vec()));
        }
        self.settle();
        self.transcript[before..].to_vec()
    }

    /// Lets a minute pass, or less if nothing is left to happen.
    pub fn settle(&mut self) {
        let until = self.now + Duration::from_secs(60);
        while self.next_at().is_some_and(|at| at <= until) {
            self.step();
        }
    }

    fn next_at(&mut self) -> Option<Instant> {
        let flight = self.flights.keys().next().map(|(at, _)| *at);
        let server = self.server.session(self.session);
        let server = server.and_then(|s| s.poll_timeout());
        let client = self.client.poll_timeout();
        Instant::earliest([flight, server, client])
    }

    /// The next thing happens; false if there is none.
    fn step(&mut self) -> bool {
        let Some(at) = self.next_at() else {
            return false;
        };
        self.now = self.now.max(at);
        if let Some(entry) = self.flights.first_entry()
            && entry.key().0 <= self.now
        {
            let flight = entry.remove();
            self.land(flight);
        } else {
            for side in [Side::Client, Side::Server] {
                self.tell(side, |end, now| {
                    if end.poll_timeout().is_some_and(|at| at <= now) {
                        end.handle_timeout(now);
                    }
                });
            }
        }
        true
    }

    fn launch(&mut self, flight: Flight) {
        self.launch_in(LATENCY, flight);
    }

    fn launch_in(&mut self, after: Duration, flight: Flight) {
        self.number += 1;
        self.flights.insert((self.now + after, self.number), flight);
    }

    fn land(&mut self, flight: Flight) {
        match flight {
            Flight::Control(side, bytes) => self.tell(side, |end, now| {
                end.handle_control(now, ControlEvent::Received(&bytes));
            }),
            Flight::ControlFin(side) => self.tell(side, |end, now| {
                end.handle_control(now, ControlEvent::Eof);
            }),
            Flight::ControlReset(side) => self.tell(side, |end, now| {
                end.handle_control(now, ControlEvent::Reset);
            }),
            Flight::Opened(side, from) => {
                self.open = true;
                self.tell(side, |end, now| {
                    end.handle_data(now, DataEvent::Connected(from));
                });
            }
            Flight::Refused(side) => self.tell(side, |end, now| {
                end.handle_data(now, DataEvent::Refused);
            }),
            Flight::Data(side, bytes) => self.tell(side, |end, now| {
                end.handle_data(now, DataEvent::Received(&bytes));
            }),
            Flight::Acked(side) => self.tell(side, |end, now| {
                end.handle_data(now, DataEvent::Acknowledged);
            }),
            Flight::DataFin(side) => {
                self.tell(side, |end, now| end.handle_data(now, DataEvent::Eof));
                if self.fins == [true, true] {
                    self.fins = [false, false];
                    self.open = false;
                    for side in [Side::Client, Side::Server] {
                        self.tell(side, |end, now| end.handle_data(now, DataEvent::Closed));
                    }
                }
            }
            Flight::DataReset(side) => self.tell(side, |end, now| {
                end.handle_data(now, DataEvent::Reset);
            }),
            Flight::Listening(side, address) => self.tell(side, |end, now| {
                end.handle_data(now, DataEvent::Listening(address));
            }),
        }
    }

    fn tell(&mut self, side: Side, what: impl FnOnce(&mut dyn Endpoint, Instant)) {
        let now = self.now;
        match side {
            Side::Client => what(&mut self.client, now),
            Side::Server => {
                if let Some(mut session) = self.server.session(self.session) {
                    what(&mut session, now);
                }
            }
        }
        self.drain(side);
    }

    /// Does what a machine asks for, as the owner of its sockets would.
    fn drain(&mut self, side: Side) {
        self.act(side);
        self.fill(side);
        self.act(side);
        while let Some(event) = self.client.poll_event() {
            if let Event::Done(done) = event {
                self.dones.push(done);
            }
        }
    }

    fn act(&mut self, side: Side) {
        let other = side.other();
        loop {
            let action = match side {
                Side::Client => self.client.poll_action(),
                Side::Server => self
                    .server
                    .session(self.session)
                    .and_then(|mut s| s.poll_action()),
            };
            let Some(action) = action else {
                break;
            };
            let own_ip = match side {
                Side::Client => client_address().ip(),
                Side::Server => server_address().ip(),
            };
            match action {
                Action::SendControl(bytes) | Action::SendUrgent(bytes) => {
                    self.send_control(side, bytes)
                }
                Action::CloseControl => self.launch(Flight::ControlFin(other)),
                Action::AbortControl => self.launch(Flight::ControlReset(other)),
                Action::Listen { port } => {
                    let port = port.unwrap_or(self.next_port);
                    self.next_port += 1;
                    let address = SocketAddr::new(own_ip, port);
                    self.listener[side as usize] = Some(address);
                    self.launch_in(Duration::ZERO, Flight::Listening(side, address));
                }
                Action::Unlisten => self.listener[side as usize] = None,
                Action::ConnectData { to, from } => {
                    let from = SocketAddr::new(own_ip, from.unwrap_or(4000));
                    if self.listener[other as usize] == Some(to) {
                        self.listener[other as usize] = None;
                        self.fins = [false, false];
                        self.launch_in(LATENCY, Flight::Opened(other, from));
                        self.launch_in(LATENCY * 2, Flight::Opened(side, to));
                    } else {
                        self.launch_in(LATENCY * 2, Flight::Refused(side));
                    }
                }
                Action::CloseData => {
                    if self.open && !self.fins[side as usize] {
                        self.fins[side as usize] = true;
                        self.launch(Flight::DataFin(other));
                    }
                }
                Action::AbortData => {
                    if self.open {
                        self.open = false;
                        self.launch(Flight::DataReset(other));
                    }
                }
            }
        }
    }

    fn fill(&mut self, side: Side) {
        let (now, other) = (self.now, side.other());
        let mut sent = false;
        while self.open && !self.fins[side as usize] {
            let mut room = [0; 1460];
            let count = match side {
                Side::Client => self.client.fill_data(now, &mut room),
                Side::Server => self
                    .server
                    .session(self.session)
                    .map_or(0, |mut s| s.fill_data(now, &mut room)),
            };
            if count == 0 {
                break;
            }
            sent = true;
            self.launch(Flight::Data(other, room[..count].to_vec()));
        }
        if sent {
            self.launch_in(LATENCY * 2, Flight::Acked(side));
        }
    }

    fn send_control(&mut self, side: Side, bytes: Vec<u8>) {
        let mark = match side {
            Side::Client => '>',
            Side::Server => '<',
        };
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let line = String::from_utf8_lossy(line);
            self.transcript
                .push(format!("{mark} {}", line.trim_end_matches(['\r', '\n'])));
        }
        if side == Side::Client {
            for piece in bytes.chunks(self.cut.max(1).min(bytes.len().max(1))) {
                self.launch(Flight::Control(Side::Server, piece.to_vec()));
            }
        } else {
            self.launch(Flight::Control(Side::Client, bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::client::{DataFailure, Outcome, PutHow, Send};

    fn codes(done: &VerbDone) -> Vec<u16> {
        done.replies.iter().map(|r| r.code().get()).collect()
    }

    fn get(name: &str) -> Verb {
        Verb::Get {
            remote: name.into(),
            offset: 0,
            abort_after: None,
        }
    }

    fn put(name: &str, text: &str) -> Verb {
        Verb::Put {
            remote: name.into(),
            content: Content::bytes(text),
            how: PutHow::Store,
            offset: 0,
        }
    }

    const MODES: [DataMode; 4] = [
        DataMode::Active,
        DataMode::Passive,
        DataMode::ExtendedActive,
        DataMode::ExtendedPassive,
    ];

    #[test]
    fn the_session_of_the_article() {
        let mut pair = Pair::new(config("bisonware"), "windows-ftp", None);
        pair.logged_in(&[Verb::Ls(None), Verb::Quit]);
        let transcript = pair.transcript.join("\n");
        assert_eq!(
            transcript,
            "< 220-This FTP server belongs to Scott.
< 220 BisonWare BisonFTP server product V3.5 ready.
> USER fred
< 331 User name OK--need password.
> PASS krueger
< 230 User logged in OK--Proceed.
> PORT 10,2,0,2,4,15
< 200 PORT command successful.
> NLST
< 150-Directory of /.
< 150 Opening ASCII data connection.
< 226 Transfer complete.
> QUIT
< 221 Service closing--goodbye."
        );
    }

    #[test]
    fn files_go_both_ways_in_every_mode() {
        for persona in Persona::NAMES {
            for mode in MODES {
                let unknown = Persona::named(persona).unwrap().unknown;
                let extended = !matches!(mode, DataMode::Active | DataMode::Passive);
                if extended && unknown.contains(&crate::ftp::Verb::Epsv) {
                    continue;
                }
                let mut pair = Pair::new(config(persona), "raw", Some(mode));
                let done = pair.logged_in(&[Verb::Binary, get("pub/data.bin")]);
                assert_eq!(
                    done.outcome,
                    Outcome::Done,
                    "{persona} {mode:?}: {:?}",
                    pair.transcript
                );
                let moved = &done.moved[0];
                assert_eq!((moved.bytes, moved.complete), (10_000, true));
                let done = pair.play(&[Verb::Ascii, put("new.txt", "a\nb\n"), get("new.txt")]);
                assert_eq!(codes(&done).last(), Some(&226), "{:?}", pair.transcript);
                assert_eq!(done.moved[0].bytes, 6);
                let done = pair.play(&[
                    Verb::Dir(None),
                    Verb::Nlst(Some("void".into())),
                    get("empty.txt"),
                ]);
                assert_eq!(done.outcome, Outcome::Done, "{persona} {mode:?}");
                let done = pair.play(&[get("nothing")]);
                assert_eq!(codes(&done), [550]);
                assert_eq!(codes(&pair.play(&[Verb::Quit])), [221]);
            }
        }
    }

    #[test]
    fn many_files_are_found_in_whatever_the_server_lists() {
        for persona in Persona::NAMES {
            for client in ["windows-ftp", "tnftp", "lftp", "wget", "filezilla"] {
                let mut pair = Pair::new(config(persona), client, Some(DataMode::Passive));
                let both = vec![
                    ("b1.txt".into(), Content::bytes("1\n")),
                    ("b2.txt".into(), Content::bytes("22\n")),
                ];
                let done = pair.logged_in(&[Verb::PutMany(both)]);
                let told = format!("{persona} {client}: {:?}", pair.transcript);
                assert_eq!(done.outcome, Outcome::Done, "{told}");
                assert_eq!(done.moved.len(), 2, "{told}");
                let done = pair.play(&[Verb::GetMany("*e*.t?t".into())]);
                let told = format!("{persona} {client}: {:?}", pair.transcript);
                assert_eq!(done.outcome, Outcome::Done, "{told}");
                let whole = done.moved.iter().filter(|moved| moved.complete);
                let names = whole.map(|moved| moved.name.to_string());
                let files: Vec<String> = names.skip(1).collect();
                assert_eq!(files, ["empty.txt", "readme.txt"], "{told}");
                // What is busy fails, the rest comes all the same.
                let done = pair.play(&[Verb::GetMany("b*.txt".into())]);
                assert!(
                    matches!(done.outcome, Outcome::Refused(_)),
                    "{:?}",
                    done.outcome
                );
                assert_eq!(done.moved.iter().filter(|m| m.complete).count(), 3);
            }
        }
        let mut pair = Pair::new(config("vsftpd"), "lftp", None);
        let done = pair.logged_in(&[Verb::GetMany("pub/*".into())]);
        assert_eq!(done.moved[1].name, "pub/data.bin".into());
        let none = pair.play(&[Verb::GetMany("*.zip".into())]);
        assert_eq!((none.outcome, none.moved.len()), (Outcome::Done, 1));
    }

    #[test]
    fn what_goes_wrong_has_a_name() {
        let mut pair = Pair::new(config("vsftpd"), "raw", Some(DataMode::Passive));
        let done = pair.logged_in(&[Verb::Binary, get("bad.bin")]);
        assert_eq!(codes(&done), [150, 451], "{:?}", pair.transcript);
        assert!(!done.moved[0].complete);
        assert_eq!(codes(&pair.play(&[get("busy.txt")])), [450]);
        let done = pair.play(&[Verb::Send(Send::line("RETR readme.txt"))]);
        assert_eq!(codes(&done), [425]);
        let done = pair.play(&[
            Verb::Send(Send::line("PORT 10,2,0,2,200,1")),
            Verb::Send(Send::line("RETR readme.txt")),
        ]);
        assert_eq!(codes(&done), [150, 226]);
        assert_eq!(done.moved[0].bytes, 8);
        let done = pair.play(&[Verb::Send(Send::line("PORT 10,2,0,9,200,1"))]);
        assert_eq!(codes(&done), [500]);
    }

    #[test]
    fn an_abort_ends_a_transfer() {
        let mut files = sample_files();
        let content = Content::Random {
            seed: Seed(1),
            name: "big".into(),
            size: 1 << 20,
        };
        let new = NewEntry {
            content: Some(content),
            ..NewEntry::default()
        };
        files.add(
            VirtualPath::parse("/big").unwrap(),
            new,
            Timestamp::DEFAULT_CLOCK,
        );
        let mut config = config("vsftpd");
        config.rules.push(crate::ftp::server::Rule {
            data: Some(crate::ftp::server::DataFault {
                bytes_per_second: Some(20_000),
                ..Default::default()
            }),
            ..crate::ftp::server::Rule::on(crate::ftp::server::Trigger::Command("RETR".into()))
        });
        let mut pair = Pair::with_files(config, files, "raw", Some(DataMode::Passive));
        let done = pair.logged_in(&[
            Verb::Binary,
            Verb::Get {
                remote: "big".into(),
                offset: 0,
                abort_after: Some(5000),
            },
        ]);
        assert_eq!(codes(&done), [150, 426, 226], "{:?}", pair.transcript);
        assert_eq!(done.outcome, Outcome::Done);
        assert!(!done.moved[0].complete);
        assert_eq!(codes(&pair.play(&[Verb::Send(Send::line("ABOR"))])), [225]);
    }

    #[test]
    fn a_passive_port_that_is_dead_is_told() {
        let mut config = config("vsftpd");
        config.rules.push(crate::ftp::server::Rule {
            then: Some(crate::ftp::server::Then::Unlisten),
            ..crate::ftp::server::Rule::on(crate::ftp::server::Trigger::Command("PASV".into()))
        });
        let mut pair = Pair::new(config, "raw", Some(DataMode::Passive));
        let done = pair.logged_in(&[Verb::List(None)]);
        assert_eq!(done.outcome, Outcome::Data(DataFailure::Refused));
        assert_eq!(pair.play(&[Verb::Pwd]).outcome, Outcome::Done);
    }
}
