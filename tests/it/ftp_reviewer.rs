//! What a strict reviewer tries, over the simulated wire: the cases in `tests/reviewer/`.

use std::time::Duration;

use super::ftp_trace::violations;
use super::ftp_wire::{Session, server_address};
use super::support::{is_blessing, root};
use wirelab::actor::{Act, Outcome, Step, Target, Wait};
use wirelab::capture::TapPoint;
use wirelab::ftp::client::{Send, Verb};
use wirelab::ftp::files::{Content, Files, NewEntry};
use wirelab::ftp::path::VirtualPath;
use wirelab::ftp::server::{Account, AccountNeeded, DataFault, Persona, Rule, Trigger};
use wirelab::host::LINUX;
use wirelab::lab::{self, PlayOptions, Run};
use wirelab::net::{Action, Fault};
use wirelab::rng::Seed;
use wirelab::scenario::load;
use wirelab::sim::Stop;
use wirelab::time::{Timestamp, parse_duration};
use wirelab::trace::SegmentId;
use wirelab::wire::Frame;

/// A line of a script: `NOOP` waits for its replies, `& NOOP` does not; `bytes
/// …` and `pieces …` are written as they are (the pieces, parted by `¦`, each
/// by itself); `wait 30s`, `close` and `reset` do that.
fn step(number: u32, line: &str) -> Step {
    let send = |pieces: Vec<Vec<u8>>, wait| Send {
        pieces,
        gap: Duration::from_millis(2),
        wait,
        content: Content::bytes("12345"),
    };
    let ended = |line: &str| vec![[&bytes_of(line)[..], b"\r\n"].concat()];
    let send = match line.split_once(' ') {
        Some(("wait", time)) => {
            let time = Wait::Exactly(parse_duration(time).expect("a time"));
            return Step::new(number, Act::Wait(time));
        }
        _ if line == "close" => return Step::new(number, Act::Close),
        _ if line == "reset" => return Step::new(number, Act::Abort),
        Some(("&", line)) => send(ended(line), false),
        Some(("bytes", bytes)) => send(vec![bytes_of(bytes)], false),
        Some(("pieces", pieces)) => send(pieces.split('¦').map(bytes_of).collect(), false),
        _ => send(ended(line), true),
    };
    Step::new(number, Act::Ftp(Verb::Send(send)))
}

/// The bytes of a text, in which `\xff` is one, `{600}` is 600 letters and
/// `{dots}` a path of a thousand components.
fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '{']) {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\\x") {
            bytes.push(u8::from_str_radix(&after[..2], 16).expect("two digits"));
            rest = &after[2..];
        } else if let Some((inside, after)) =
            rest[1..].split_once('}').filter(|_| rest.starts_with('{'))
        {
            match inside {
                "dots" => bytes.extend(b"./".repeat(1000)),
                count => bytes.extend(b"x".repeat(count.parse().expect("a count"))),
            }
            rest = after;
        } else {
            bytes.push(rest.as_bytes()[0]);
            rest = &rest[1..];
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// What the wire shows, in the words of the file's head.
fn shown(run: &Run) -> String {
    let mut words = Vec::new();
    let mut said = Vec::new();
    for record in &run.trace.records {
        let frame = record.frame.bytes();
        if frame[12..14] != [8, 0] || frame[23] != 6 {
            continue;
        }
        let ip = &frame[14..];
        let tcp = &ip[20..usize::from(u16::from_be_bytes([ip[2], ip[3]]))];
        let number = |at: usize| u16::from_be_bytes([tcp[at], tcp[at + 1]]);
        let (from, flags) = (number(0), tcp[13]);
        let is_server = ip[12..16] == [10, 2, 0, 1];
        let is_ours = ip[12..20].chunks(4).all(|address| address[3] < 3);
        let is_control = [from, number(2)].contains(&21);
        if is_control && is_server {
            said.extend_from_slice(&tcp[usize::from(tcp[12] >> 4) * 4..]);
            while let Some(at) = said.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = said.drain(..=at).collect();
                let mut line = &line[..];
                // Telnet's answers stand before a reply.
                while let [0xff, _, _, rest @ ..] = line {
                    line = rest;
                }
                if let [a, b, c, b' ', ..] = line
                    && [a, b, c].iter().all(|digit| digit.is_ascii_digit())
                {
                    words.push(String::from_utf8_lossy(&line[..3]).into_owned());
                }
            }
        }
        let (syn, fin, rst) = (flags & 0x12 == 0x02, flags & 1 != 0, flags & 4 != 0);
        let word = match is_control {
            false if syn && is_server && from == 20 => "syn20",
            false if syn => "syn",
            false if fin => "fin",
            false if rst => "rst",
            true if fin => "bye",
            true if rst => "reset",
            _ => continue,
        };
        let stranger = if is_ours { "" } else { "*" };
        words.push(match is_server {
            true => format!("{stranger}{word}"),
            false => format!("{stranger}{}", word.to_uppercase()),
        });
    }
    words.join(" ")
}

/// What is so before the client connects.
fn given(session: &mut Session, what: &str) {
    let config = &mut session.config;
    let limits = &mut config.persona.limits;
    match what {
        "" => {}
        "vsftpd" | "pyftpdlib" | "pure-ftpd" | "proftpd" | "inetutils" => {
            config.persona = Persona::named(what).unwrap()
        }
        "idle" => limits.idle = Some(Duration::from_secs(30)),
        "full" => limits.sessions = Some(0),
        "slow" => config.rules.push(Rule {
            data: Some(DataFault {
                bytes_per_second: Some(20_000),
                ..DataFault::default()
            }),
            ..Rule::on(Trigger::Command("RETR".into()))
        }),
        "no syn20" => {
            let is_syn20 = |frame: &Frame| {
                let bytes = frame.bytes();
                bytes[12..14] == [8, 0] && bytes[23] == 6 && bytes[34..36] == [0, 20]
            };
            let judge = move |_, frame: &Frame| is_syn20(frame).then_some(Action::Drop);
            session.fault = Some(Fault::custom("nobody hears port 20", Box::new(judge)));
        }
        "no room" => session.files.set_capacity(0),
        "room for 3" => {
            let used = Files::DEFAULT_CAPACITY - session.files.free();
            session.files.set_capacity(used + 3);
        }
        "account" | "account to log in" => {
            let needed = match what {
                "account" => AccountNeeded::ToStore,
                _ => AccountNeeded::ToLogIn,
            };
            for user in config.users.values_mut() {
                let name = "lab".into();
                user.account = Some(Account { name, needed });
            }
        }
        other => panic!("nobody knows what is given by {other}"),
    }
}

fn play(before: &str, script: &str, callers: Vec<(u8, String)>) -> Run {
    let mut session = Session::new("textbook", "raw");
    session.stack = &LINUX;
    session.callers = callers;
    let of = |size| Content::Random {
        seed: Seed(1),
        name: "x".into(),
        size,
    };
    for (path, content, locked) in [
        ("/big", Some(of(10_000)), false),
        ("/long", Some(of(200_000)), false),
        ("/huge", Some(of((5 << 30) + 7)), false),
        ("/empty", Some(Content::bytes("")), false),
        ("/void", None, false),
        ("/pub/a", Some(Content::bytes("a\n")), false),
        ("/busy", Some(Content::bytes("x")), true),
    ] {
        let new = NewEntry {
            content,
            locked,
            ..NewEntry::default()
        };
        let path = VirtualPath::parse(path).unwrap();
        session.files.add(path, new, Timestamp::DEFAULT_CLOCK);
    }
    given(&mut session, before);
    let script = format!(" {script}").replace(" IN |", " USER fred | PASS krueger |");
    let connect = Act::Connect(Target::Address(server_address()));
    let mut steps = vec![Step::new(0, connect)];
    if before == "full" {
        steps[0].expect = Some(wirelab::actor::Expect::AnyOf(vec![]));
    }
    let lines = script[1..].split(" | ").zip(1..);
    steps.extend(lines.map(|(line, number)| step(number, line)));
    session.script(1, steps)
}

/// Goes through a file of cases: `seen` plays one, told the rest of its lines.
fn check(
    file: &str,
    at_least: usize,
    seen: impl Fn(&dyn Fn(&str) -> Option<String>) -> Run,
    end: impl Fn(&Run) -> String,
) {
    let path = root().join("tests/reviewer").join(file);
    let text = std::fs::read_to_string(&path).expect("the cases");
    let mut told = Vec::new();
    let (mut wrong, mut cases) = (Vec::new(), 0);
    for block in text.trim_end().split("\n\n") {
        let line = |mark: &str| {
            let found = block.lines().find_map(|line| line.strip_prefix(mark));
            found.map(str::to_owned)
        };
        let Some(expected) = line("= ") else {
            told.push(block.to_owned());
            continue;
        };
        cases += 1;
        let run = seen(&line);
        let what = block.lines().next().unwrap_or("");
        let stopped = matches!(run.stop, Stop::Finished | Stop::Idle);
        assert!(stopped, "{what}: {:?}", run.stop);
        let seen = format!("{}{}", shown(&run), end(&run));
        if seen != expected {
            wrong.push(format!("{what}\n  seen     {seen}\n  expected {expected}"));
        }
        told.push(block.replace(&format!("\n= {expected}"), &format!("\n= {seen}")));
    }
    assert!(cases >= at_least, "{cases} cases");
    if is_blessing() {
        std::fs::write(&path, told.join("\n\n") + "\n").expect("room for the cases");
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn a_server_does_what_it_should() {
    let play = |line: &dyn Fn(&str) -> Option<String>| {
        let caller = |from: &str, last| Some((last, line(from)?));
        let run = play(
            &line("given ").unwrap_or_default(),
            &line("> ").expect("a script"),
            [caller("stranger ", 9), caller("caller ", 2)]
                .into_iter()
                .flatten()
                .collect(),
        );
        let capture = run.capture(TapPoint::Segment(SegmentId(0)));
        assert_eq!(
            violations(&capture),
            Vec::<String>::new(),
            "{}",
            run.frames()
        );
        run
    };
    check("server.cases", 70, play, |_| String::new());
}

/// A scenario in which the server does otherwise.
fn scenario(line: &dyn Fn(&str) -> Option<String>) -> String {
    let rule = line("rule ").map_or(String::new(), |rule| {
        let rule = match rule.split_once("10,000 lines") {
            Some((before, after)) => [before, &"20780d0a".repeat(10_000), after].concat(),
            None => rule,
        };
        format!("      rules: [ {rule} ]\n")
    });
    let client = line("client ").unwrap_or("raw".into());
    let step = line("step ").unwrap_or("get: readme.txt".into());
    // Of these two the data connection comes from any port.
    let usual = if client == "windows-ftp" {
        "pyftpdlib"
    } else {
        "vsftpd"
    };
    let server = line("server ").unwrap_or(usual.into());
    let stranger = line("stranger ").map_or(String::new(), |script| {
        format!("  stranger: {{ host: elsewhere, script: {script} }}\n")
    });
    format!(
        "lab: 1\ntitle: A case\nsegments: {{ lan: {{ subnet: 10.2.0.0/24 }} }}\n\
         hosts:\n  client: {{ ip: 10.2.0.2, first_port: 1038 }}\n\
         \x20 server: {{ ip: 10.2.0.1 }}\n  elsewhere: {{ ip: 10.2.0.9 }}\n\
         servers:\n  - ftp:\n      host: server\n      persona: {server}\n\
         \x20     users: {{ fred: {{ password: krueger }} }}\n\
         \x20     files: {{ /readme.txt: {{ text: \"one two\" }} }}\n{rule}\
         actors:\n  fred:\n    host: client\n    persona: {client}\n\
         \x20   files: {{ a.txt: {{ text: hello }} }}\n    script:\n\
         \x20     - connect: server:21\n      - login: {{ user: fred, password: krueger }}\n\
         \x20     - {step}\n      - quit\n{stranger}"
    )
}

#[test]
fn a_client_comes_to_a_named_end() {
    let play = |line: &dyn Fn(&str) -> Option<String>| {
        let text = scenario(line);
        let loaded = match load("case.yaml", &text, &[]) {
            Ok(loaded) => loaded,
            Err(why) => panic!("{why}"),
        };
        lab::play(&loaded, PlayOptions::default())
            .expect("the default tap")
            .run
    };
    check("client.cases", 40, play, |run| {
        let end = match &run.reports[1].outcome {
            Outcome::Failed { step, message } => format!(" → step {step}: {message}"),
            Outcome::Finished => " → finished".to_owned(),
            Outcome::Running => panic!("it hangs:\n{}", run.frames()),
        };
        let moved = run.integrity(1).into_iter();
        let moved = moved.map(|(_, integrity)| format!("; {integrity:?}").to_lowercase());
        end + &moved.collect::<String>()
    });
}
