//! What a strict reviewer tries on a client: a server's words in, a named outcome out.

use proptest::prelude::*;

use super::*;
use crate::ftp::io::{Action, ControlEvent, DataEvent, Endpoint};
use crate::rng::Seed;
use crate::time::{Duration, Instant};

/// A server that says what it was told to say.
struct Said<'a> {
    client: Client,
    now: Instant,
    /// Replies to the commands, in order.
    replies: &'a [&'a str],
    /// What the client sent and did.
    seen: Vec<String>,
    done: Option<VerbDone>,
    open: bool,
}

impl<'a> Said<'a> {
    fn new(persona: &str, greeting: &str) -> Said<'a> {
        let persona = Persona::named(persona).unwrap();
        let peer = ([10, 2, 0, 1], 21).into();
        let mut said = Said {
            client: Client::new(persona, None, peer, Seed(1).derive("test")),
            now: Instant::ZERO,
            replies: &[],
            seen: Vec::new(),
            done: None,
            open: false,
        };
        said.client.start(said.now, Verb::Open);
        said.client
            .handle_control(said.now, ControlEvent::Connected);
        for byte in greeting.as_bytes() {
            said.client
                .handle_control(said.now, ControlEvent::Received(&[*byte]));
        }
        said.run();
        said
    }

    fn start(&mut self, verb: Verb, replies: &'a [&'a str]) {
        self.replies = replies;
        self.done = None;
        self.client.start(self.now, verb);
        self.run();
    }

    /// Lets half a minute pass, if need be.
    fn run(&mut self) {
        for _ in 0..10_000 {
            let mut room = [0; 100];
            let count = match self.open {
                true => self.client.fill_data(self.now, &mut room),
                false => 0,
            };
            while let Some(event) = self.client.poll_event() {
                if let Event::Done(done) = event {
                    self.done = Some(done);
                }
            }
            match self.client.poll_action() {
                Some(action) => self.act(action),
                None if count > 0 => {}
                None => match self.client.poll_timeout() {
                    Some(at) if at <= self.now + Duration::from_secs(31) && self.done.is_none() => {
                        self.now = self.now.max(at);
                        self.client.handle_timeout(self.now);
                    }
                    _ => return,
                },
            }
        }
        panic!("it never rests");
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::SendControl(bytes) | Action::SendUrgent(bytes) => {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                self.seen
                    .push(line.split(' ').next().unwrap_or("").to_owned());
                if let Some((reply, rest)) = self.replies.split_first() {
                    self.replies = rest;
                    // After a bar come events of the data connection.
                    for part in reply.split('|') {
                        self.event(part);
                    }
                }
            }
            Action::Listen { port } => {
                let address = ([10, 2, 0, 2], port.unwrap_or(1039)).into();
                self.client
                    .handle_data(self.now, DataEvent::Listening(address));
            }
            Action::ConnectData { to, .. } => self.seen.push(format!("connect {to}")),
            Action::CloseControl => self.seen.push("close".into()),
            Action::CloseData | Action::AbortData => self.open = false,
            Action::AbortControl | Action::Unlisten => {}
        }
    }

    fn event(&mut self, part: &str) {
        let now = self.now;
        match part {
            "open" => {
                self.open = true;
                let from = ([10, 2, 0, 77], 4444).into();
                self.client.handle_data(now, DataEvent::Connected(from));
            }
            "data" => self.client.handle_data(now, DataEvent::Received(b"12345")),
            "eof" => self.client.handle_data(now, DataEvent::Eof),
            "rst" => self.client.handle_data(now, DataEvent::Reset),
            "refused" => self.client.handle_data(now, DataEvent::Refused),
            "fin" => self.client.handle_control(now, ControlEvent::Eof),
            words => {
                let words = words.replace('/', "\r\n") + "\r\n";
                self.client
                    .handle_control(now, ControlEvent::Received(words.as_bytes()));
            }
        }
    }

    fn outcome(&self) -> String {
        let Some(done) = &self.done else {
            return "still waiting".into();
        };
        match &done.outcome {
            Outcome::Refused(reply) => format!("refused {}", reply.code()),
            Outcome::NotPrepared(reply) => format!("not prepared {}", reply.code()),
            Outcome::Data(failure) => format!("data {failure:?}"),
            Outcome::Lost(loss) => format!("lost {loss:?}"),
            Outcome::NotFtp(_) => "not FTP".into(),
            outcome => format!("{outcome:?}"),
        }
    }
}

#[test]
fn greetings() {
    let many = format!(
        "220-x\r\n{}220 end\r\n",
        "230 looks like it\r\n".repeat(10_000)
    );
    for (greeting, outcome) in [
        ("220 Ready\r\n", "Done"),
        ("120 In 1 minute\r\n220 Ready\r\n", "Done"),
        (
            "220-Hello\r\n221 not yet\r\n 220 nor now\r\n220 Ready\r\n",
            "Done",
        ),
        (&many, "Done"),
        ("421 Too many\r\n", "refused 421"),
        ("HTTP/1.1 400 Bad Request\r\n", "not FTP"),
        ("", "still waiting"),
    ] {
        assert_eq!(
            Said::new("raw", greeting).outcome(),
            outcome,
            "{greeting:.40}"
        );
    }
    let mut cut = Said::new("raw", "220-Hello\r\nand\r\n");
    cut.event("fin");
    cut.run();
    assert_eq!(cut.outcome(), "lost Closed");
}

#[test]
fn logins() {
    for (replies, outcome) in [
        (&["331 Password?", "230 In"][..], "Done"),
        (&["230 In"], "Done"),
        (&["331 Password?", "530 No"], "refused 530"),
        (&["331 Password?", "332 Account?"], "refused 332"),
        (&["331 Password?", "202 Superfluous"], "Done"),
        (&["314 What?"], "refused 314"),
        (&["633 What?"], "refused 633"),
        (&["331 Password?", "421 Bye|fin"], "refused 421"),
        (&["331 Password?", "fin"], "lost Closed"),
    ] {
        let mut said = Said::new("raw", "220 x\r\n");
        let verb = Verb::Login {
            user: "fred".into(),
            password: "x".into(),
            account: None,
        };
        said.start(verb, replies);
        assert_eq!(said.outcome(), outcome, "{replies:?}");
    }
}

fn get() -> Verb {
    Verb::Get {
        remote: "x".into(),
        offset: 0,
        abort_after: None,
    }
}

#[test]
fn downloads() {
    let pasv = "227 Entering (10,2,0,1,4,16)|open";
    for (replies, outcome) in [
        (&[pasv, "150 x|data|eof|226 ok"][..], "Done"),
        (&[pasv, "150 x|226 ok|data|eof"], "Done"),
        (&[pasv, "150 x|data|eof|426 broken"], "refused 426"),
        (&[pasv, "150 x|data|rst|426 broken"], "refused 426"),
        (&[pasv, "150 x|data|rst|226 ok"], "data Reset"),
        (&[pasv, "150 x|data|226 ok"], "data NeverEnded"),
        (&[pasv, "150 x|data|eof"], "still waiting"),
        (&[pasv, "150 x|data|421 going down|fin"], "refused 421"),
        (&[pasv, "150 x|data|fin"], "lost Closed"),
        (&[pasv, "226 ok|data|eof"], "Done"),
        (&[pasv, "550 no"], "refused 550"),
        (
            &["227 Entering 10,2,0,1,4,16|open", "150 x|data|eof|226 ok"],
            "Done",
        ),
        (&["227 somewhere"], "data NoAddress"),
        (&["227 (10,2,0,1,4,16)|refused"], "data Refused"),
        (
            &["500 What?", "200 ok|open", "150 x|data|eof|226 ok"],
            "Done",
        ),
        (
            &["500 What?", "500 What?", "500 What?", "500 What?"],
            "not prepared 500",
        ),
        (&["421 going down|fin"], "not prepared 421"),
    ] {
        let mut said = Said::new("raw", "220 x\r\n");
        said.start(get(), replies);
        assert_eq!(said.outcome(), outcome, "{replies:?}");
        let whole = said
            .done
            .and_then(|done| done.moved.into_iter().next())
            .is_some_and(|m| m.complete);
        assert_eq!(whole, outcome == "Done", "{replies:?}");
    }
}

#[test]
fn the_server_may_connect_from_anywhere_and_announce_nobody() {
    let mut said = Said::new("windows-ftp", "220 x\r\n");
    said.start(get(), &["200 ok", "150 x|open|data|eof|226 ok"]);
    assert_eq!(said.outcome(), "Done");
    let mut said = Said::new("windows-ftp", "220 x\r\n");
    said.start(get(), &["200 ok", "150 x|226 ok"]);
    assert_eq!(said.outcome(), "data NeverOpened");
}

#[test]
fn addresses_that_servers_tell() {
    for (persona, reply, to) in [
        ("raw", "227 (192,168,1,5,4,16)", "192.168.1.5:1040"),
        ("curl", "500 x", "10.2.0.1:1040"),
        ("tnftp", "229 (!!!1040!)", "10.2.0.1:1040"),
    ] {
        // curl asks by PASV then, and does not trust the address.
        let replies = [reply, "227 (192,168,1,5,4,16)"];
        let mut said = Said::new(persona, "220 x\r\n");
        said.start(Verb::List(None), &replies);
        assert!(
            said.seen.contains(&format!("connect {to}")),
            "{persona}: {:?}",
            said.seen
        );
    }
}

#[test]
fn uploads() {
    let put = || Verb::Put {
        remote: "x".into(),
        content: crate::ftp::files::Content::bytes("x".repeat(300)),
        how: PutHow::Store,
        offset: 0,
    };
    let pasv = "227 (10,2,0,1,4,16)|open";
    for (replies, outcome) in [
        (&[pasv, "553 no"][..], "refused 553"),
        (&[pasv, "150 go|552 full"], "refused 552"),
        (&[pasv, "150 go|eof|226 thanks"], "data CutShort"),
        (&[pasv, "150 go|rst|426 broken"], "refused 426"),
    ] {
        let mut said = Said::new("raw", "220 x\r\n");
        said.start(put(), replies);
        assert_eq!(said.outcome(), outcome, "{replies:?}");
    }
    let replies = [pasv, "150 go"];
    let mut said = Said::new("raw", "220 x\r\n");
    said.start(put(), &replies);
    said.event("226 thanks");
    said.run();
    assert_eq!(said.outcome(), "Done");
    assert_eq!(said.done.map(|d| d.moved[0].bytes), Some(300));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_words_of_a_server_are_survived(words in proptest::collection::vec(
        "(open|data|eof|rst|fin|refused|[1-6][0-5][0-9][ -](\\(\\|\\|\\|9\\|\\))?|227 1,2,3,4,5,6|x|\\|){1,6}", 0..12)) {
        let replies: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut said = Said::new("tnftp", "220 x\r\n");
        said.start(get(), &replies);
        said.start(Verb::List(None), &[]);
        said.start(Verb::Quit, &[]);
    }

    #[test]
    fn any_bytes_of_a_server_are_survived(junk: Vec<u8>) {
        let mut said = Said::new("raw", "");
        said.client.handle_control(said.now, ControlEvent::Received(&junk));
        said.run();
        said.start(Verb::Pwd, &[]);
    }
}

/// The FIN of the connection before may come late, when the next one is awaited.
#[test]
fn a_late_end_is_not_the_end_of_what_comes_next() {
    let mut said = Said::new("windows-ftp", "220 x\r\n");
    let late = ["200 ok|eof", "150 x|eof|226 ok|open|data|eof"];
    said.start(get(), &late);
    assert_eq!(said.outcome(), "Done");
    let moved = &said.done.as_ref().unwrap().moved;
    assert_eq!((moved[0].bytes, moved[0].complete), (5, true));
}
