//! The questions that the article tells an analyst to ask, answered.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Answer, Finding, Overview, SessionReport};
use crate::dissect::{Direction, Dissector, FTP_PORT};

/// So many lines of one answer are given.
const MAX_LINES: usize = 12;

pub(super) fn answers(
    overview: &Overview,
    sessions: &[SessionReport],
    findings: &[Finding],
    dissector: &Dissector,
) -> Vec<Answer> {
    let of = |kinds: &[&str]| -> Vec<String> {
        let found = findings.iter().filter(|f| kinds.contains(&f.kind));
        found.map(|f| f.summary.clone()).collect()
    };
    let or = |lines: Vec<String>, nothing: &str| {
        if lines.is_empty() {
            vec![nothing.to_owned()]
        } else {
            lines
        }
    };
    let mut answers = vec![
        Answer {
            question: "Are the connections successful? Do the handshakes work?",
            answer: vec![handshakes(overview)],
        },
        Answer {
            question: "What errors are there, how often, and of which kind?",
            answer: or(errors(findings), "None: no reply begins with 4 or 5."),
        },
        Answer {
            question: "Which devices listen on port 21?",
            answer: or(listeners(dissector), "None that this capture shows."),
        },
        Answer {
            question: "Is somebody snooping around, or scanning?",
            answer: or(of(&["snooping", "port-scan"]), "Nothing looks like it."),
        },
        Answer {
            question: "Is somebody guessing users or passwords?",
            answer: or(
                of(&["password-guessing", "user-enumeration"]),
                "Nothing looks like it.",
            ),
        },
        Answer {
            question: "Who is doing all this FTP?",
            answer: or(users(sessions), "Nobody."),
        },
        Answer {
            question: "Are FTP commands sent on ports other than 21?",
            answer: or(of(&["odd-port"]), "No."),
        },
        Answer {
            question: "Which ports were opened for data, and by whom?",
            answer: or(data_ports(sessions), "None."),
        },
    ];
    for answer in &mut answers {
        let more = answer.answer.len().saturating_sub(MAX_LINES);
        if more > 0 {
            answer.answer.truncate(MAX_LINES);
            answer.answer.push(format!("… and {more} more"));
        }
    }
    answers
}

fn handshakes(overview: &Overview) -> String {
    let Overview {
        conversations,
        established,
        refused,
        unanswered,
        reset,
        ..
    } = overview;
    if *conversations == 0 {
        return "There are no TCP connections.".into();
    }
    let midway = conversations.saturating_sub(established + refused + unanswered);
    let mut text = format!("{established} of {conversations} connections were established");
    for (count, what) in [
        (refused, "refused"),
        (unanswered, "not answered"),
        (&midway, "already open when the capture began"),
        (reset, "ended by a reset"),
    ] {
        if *count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text + "."
}

fn errors(findings: &[Finding]) -> Vec<String> {
    let replies = findings.iter().filter(|f| f.kind == "error-reply");
    replies
        .map(|f| format!("{} ({} times)", f.summary, f.count))
        .collect()
}

fn listeners(dissector: &Dissector) -> Vec<String> {
    let listening = dissector.conversations().filter(|talk| {
        talk.server.port() == FTP_PORT && talk.side(Direction::FromServer).payload_sent > 0
            || talk.server.port() == FTP_PORT && talk.side(Direction::FromServer).syn
    });
    let hosts: BTreeSet<IpAddr> = listening.map(|talk| talk.server.ip()).collect();
    hosts.iter().map(IpAddr::to_string).collect()
}

fn users(sessions: &[SessionReport]) -> Vec<String> {
    #[derive(Default)]
    struct Work {
        sessions: u32,
        users: BTreeSet<String>,
        up: u64,
        down: u64,
    }
    let mut clients: BTreeMap<IpAddr, Work> = BTreeMap::new();
    for session in sessions {
        let work = clients.entry(session.client.ip()).or_default();
        work.sessions += 1;
        work.users.extend(session.user.clone());
        for data in session
            .transfers
            .iter()
            .filter_map(|t| t.connection.as_ref())
        {
            work.up += data.uploaded;
            work.down += data.downloaded;
        }
    }
    let line = |(client, work): (&IpAddr, &Work)| {
        let users: Vec<&str> = work.users.iter().take(4).map(String::as_str).collect();
        let (sessions, up, down) = (work.sessions, work.up, work.down);
        let plural = if sessions == 1 { "session" } else { "sessions" };
        let users = if users.is_empty() {
            "nobody".to_owned()
        } else {
            users.join(", ")
        };
        format!("{client}: {sessions} {plural} as {users}, {up} bytes up, {down} bytes down")
    };
    clients.iter().map(line).collect()
}

fn data_ports(sessions: &[SessionReport]) -> Vec<String> {
    let transfers = sessions.iter().flat_map(|s| &s.transfers);
    let line = |t: &super::TransferReport| {
        let use_of = match (&t.connection, &t.command) {
            (Some(_), Some(command)) => format!("used for {command}"),
            (Some(_), None) => "connected, and nothing asked for".into(),
            (None, _) => "never used".into(),
        };
        format!("{} by {}, {use_of}", t.announced, t.setup)
    };
    transfers.map(line).collect()
}
