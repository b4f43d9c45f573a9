//! The fault catalogue: each thing that a rule can make a server do wrong, as a client meets it.

use super::*;
use crate::ftp::client::{DataMode, Outcome, PutHow, Send, Verb, VerbDone};
use crate::ftp::files::Content;
use crate::ftp::loopback::{Pair, config};
use crate::time::Duration;

fn on(verb: &str) -> Rule {
    Rule::on(Trigger::Command(verb.into()))
}

fn says(verb: &str, reply: &str) -> Rule {
    Rule {
        answer: Some(Answer::Reply(reply.parse().unwrap())),
        ..on(verb)
    }
}

fn faulty(verb: &str, fault: DataFault, reply: Option<&str>) -> Rule {
    Rule {
        data: Some(fault),
        answer: reply.map(|reply| match reply {
            "none" => Answer::Nothing,
            reply => Answer::Reply(reply.parse().unwrap()),
        }),
        ..on(verb)
    }
}

fn get() -> Verb {
    Verb::Get {
        remote: "pub/data.bin".into(),
        offset: 0,
        abort_after: None,
    }
}

fn put() -> Verb {
    Verb::Put {
        remote: "new".into(),
        content: Content::bytes("x".repeat(5000)),
        how: PutHow::Store,
        offset: 0,
    }
}

fn meet(rules: Vec<Rule>, verb: &Verb) -> (VerbDone, Pair) {
    let mut config = config("vsftpd");
    config.rules = rules;
    let mut pair = Pair::new(config, "raw", Some(DataMode::Passive));
    let done = pair.logged_in(&[Verb::Binary, verb.clone()]);
    (done, pair)
}

fn outcome(done: &VerbDone) -> String {
    let codes: Vec<String> = done.replies.iter().map(|r| r.code().to_string()).collect();
    let how = match &done.outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Refused(_) => "refused".to_owned(),
        Outcome::Data(failure) => format!("{failure:?}"),
        other => format!("{other:?}"),
    };
    let bytes = done.moved.first().map_or(0, |moved| moved.bytes);
    format!("{} {how} {bytes}", codes.join(" "))
}

#[test]
fn transfers_that_go_wrong() {
    let fault = DataFault::default();
    let after = |n| Some(n);
    let ok = Some("226 Fine.");
    let cases: [(&str, Rule, Verb, &str); 13] = [
        (
            "150 and no connection, and 226",
            faulty(
                "RETR",
                DataFault {
                    absent: true,
                    ..fault
                },
                ok,
            ),
            get(),
            "150 226 NeverEnded 0",
        ),
        (
            "150 and no data",
            faulty(
                "RETR",
                DataFault {
                    stop_after: after(0),
                    reply_first: true,
                    ..fault
                },
                ok,
            ),
            get(),
            "150 226 NeverEnded 0",
        ),
        (
            "226 before the data",
            faulty(
                "RETR",
                DataFault {
                    reply_first: true,
                    ..fault
                },
                None,
            ),
            get(),
            "150 226 done 10000",
        ),
        (
            "a file cut short, and 226",
            faulty(
                "RETR",
                DataFault {
                    close_after: after(500),
                    ..fault
                },
                None,
            ),
            get(),
            "150 226 done 500",
        ),
        (
            "a reset after 700 bytes",
            faulty(
                "RETR",
                DataFault {
                    reset_after: after(700),
                    ..fault
                },
                None,
            ),
            get(),
            "150 426 refused 700",
        ),
        (
            "a reset after 700 bytes, and 226",
            faulty(
                "RETR",
                DataFault {
                    reset_after: after(700),
                    ..fault
                },
                ok,
            ),
            get(),
            "150 226 Reset 700",
        ),
        (
            "slow data",
            faulty(
                "RETR",
                DataFault {
                    bytes_per_second: after(2000),
                    ..fault
                },
                None,
            ),
            get(),
            "150 226 done 10000",
        ),
        (
            "another final reply",
            faulty("RETR", fault, Some("451 Never mind.")),
            get(),
            "150 451 refused 10000",
        ),
        (
            "a refusal without a transfer",
            says("RETR", "450 Busy."),
            get(),
            "450 refused 0",
        ),
        (
            "an upload refused midway, read on",
            faulty(
                "STOR",
                DataFault {
                    refuse_after: after(1000),
                    ..fault
                },
                None,
            ),
            put(),
            "150 552 refused 5000",
        ),
        (
            "an upload refused at once, read on",
            faulty(
                "STOR",
                DataFault {
                    refuse_after: after(0),
                    ..fault
                },
                Some("553 Not this one."),
            ),
            put(),
            "150 553 refused 5000",
        ),
        (
            "an upload cut off",
            faulty(
                "STOR",
                DataFault {
                    reset_after: after(1000),
                    ..fault
                },
                None,
            ),
            put(),
            "150 426 refused 5000",
        ),
        (
            "a listing that no parser expects",
            Rule {
                content: Some(Content::bytes("?\r\n")),
                ..on("LIST")
            },
            Verb::List(None),
            "150 226 done 3",
        ),
    ];
    for (what, rule, verb, expected) in cases {
        let (done, mut pair) = meet(vec![rule], &verb);
        assert_eq!(outcome(&done), expected, "{what}: {:?}", pair.transcript);
        let after = pair.play(&[Verb::Send(Send::line("NOOP"))]);
        assert_eq!(after.outcome, Outcome::Done, "{what}: the session lives");
    }
}

#[test]
fn transfers_that_never_end() {
    for (rule, seconds) in [
        (
            faulty(
                "RETR",
                DataFault {
                    stop_after: Some(512),
                    ..DataFault::default()
                },
                Some("none"),
            ),
            301,
        ),
        (faulty("RETR", DataFault::default(), Some("none")), 60),
    ] {
        let mut config = config("vsftpd");
        config.rules = vec![rule];
        let mut pair = Pair::new(config, "raw", Some(DataMode::Passive));
        pair.logged_in(&[]);
        pair.client.start(pair.now, get());
        for _ in 0..seconds / 60 + 1 {
            pair.settle();
        }
        assert!(pair.client.is_busy(), "no final reply has come");
    }
}

#[test]
fn passive_addresses_that_lead_nowhere() {
    let mut elsewhere = on("PASV");
    elsewhere.address = Some([192, 168, 1, 5].into());
    let mut other_port = on("PASV");
    other_port.port = Some(9);
    let mut dead = on("PASV");
    dead.then = Some(Then::Unlisten);
    for rule in [elsewhere, other_port, dead] {
        let (done, pair) = meet(vec![rule], &get());
        assert_eq!(outcome(&done), " Refused 0", "{:?}", pair.transcript);
    }
}

/// What a server says to a client that only listens.
fn heard(rule: Rule, lines: &str) -> Vec<String> {
    let mut config = config("vsftpd");
    config.rules = vec![rule];
    let mut pair = Pair::new(config, "raw", None);
    pair.settle();
    pair.say(lines.as_bytes());
    let said = pair.transcript.iter().map(|line| line.replace("< ", ""));
    said.collect()
}

#[test]
fn greetings_and_replies_that_go_wrong() {
    let greeting = |answer| Rule {
        answer: Some(answer),
        ..Rule::on(Trigger::Connect)
    };
    let reply = |text: &str| text.parse::<crate::ftp::Reply>().unwrap();
    assert!(heard(greeting(Answer::Nothing), "").is_empty());
    let late = Answer::Replies(vec![reply("120 Soon."), reply("220 Now.")]);
    assert_eq!(heard(greeting(late), ""), ["120 Soon.", "220 Now."]);
    let http = Answer::Bytes(b"HTTP/1.1 400 Bad Request\r\n".to_vec());
    assert_eq!(heard(greeting(http), ""), ["HTTP/1.1 400 Bad Request"]);
    let unsolicited = Rule {
        answer: Some(Answer::Replies(vec![
            reply("200 ok"),
            reply("421 Shutting down."),
        ])),
        ..on("NOOP")
    };
    let said = heard(unsolicited, "NOOP\r\nNOOP\r\n");
    assert_eq!(said[1..], ["200 ok", "421 Shutting down."]);
    let split = Rule {
        delivery: Delivery {
            pieces: vec![2],
            gap: Duration::from_millis(100),
            ending: Ending::Lf,
        },
        ..on("NOOP")
    };
    assert_eq!(heard(split, "NOOP\r\n")[1..], ["20", "0 NOOP ok."]);
    let silent = Rule {
        answer: Some(Answer::Nothing),
        ..on("ABOR")
    };
    assert_eq!(heard(silent, "ABOR\r\nNOOP\r\n")[1..], ["200 NOOP ok."]);
    let closing = Rule {
        then: Some(Then::Close),
        ..says("USER", "421 Too many users.")
    };
    assert_eq!(
        heard(closing, "USER x\r\nNOOP\r\n")[1..],
        ["421 Too many users."]
    );
    let delayed = Rule {
        after: Duration::from_secs(20),
        ..on("NOOP")
    };
    assert_eq!(heard(delayed, "NOOP\r\n")[1..], ["200 NOOP ok."]);
}
