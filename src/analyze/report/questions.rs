//! The questions that the article tells an analyst to ask, answered.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Answer, Finding, Overview, SessionReport, TransferReport};
use crate::analyze::Bytes;
use crate::dissect::{Conversation, Direction, FTP_PORT};

/// So many lines of one answer are given.
const MAX_LINES: usize = 12;
/// So many hosts are kept.
const MAX_HOSTS: usize = 4096;
/// Said behind an answer that nothing was found.
const CUT: &str = "But frames were cut short, and what is missing may have said so.";
/// So many users of a host are named.
const MAX_USERS: usize = 4;

/// What the answers need beside the findings.
#[derive(Debug, Default)]
pub(super) struct Questions {
    listeners: BTreeSet<IpAddr>,
    clients: BTreeMap<IpAddr, Work>,
    data_ports: Vec<String>,
    data_port_count: usize,
}

/// What a client did.
#[derive(Debug, Default)]
struct Work {
    sessions: u32,
    /// Who was let in, and who was not.
    users: BTreeSet<String>,
    tried: BTreeSet<String>,
    up: u64,
    down: u64,
}

impl Questions {
    /// Nothing more will be known of this conversation.
    pub(super) fn conversation(&mut self, talk: &Conversation) {
        let server = talk.side(Direction::FromServer);
        let listens = talk.server.port() == FTP_PORT && (server.payload_sent > 0 || server.syn);
        if listens && self.listeners.len() < MAX_HOSTS {
            self.listeners.insert(talk.server.ip());
        }
    }

    /// Nor of this transfer.
    pub(super) fn transfer(&mut self, client: IpAddr, transfer: &TransferReport) {
        if let Some(work) = self.work(client)
            && let Some(data) = &transfer.connection
        {
            work.up += data.uploaded;
            work.down += data.downloaded;
        }
        self.data_port_count += 1;
        if self.data_ports.len() >= MAX_LINES {
            return;
        }
        let use_of = match (&transfer.connection, &transfer.command) {
            (Some(_), Some(command)) => format!("used for {command}"),
            (Some(_), None) => "connected, and nothing asked for".into(),
            (None, _) => "never used".into(),
        };
        let (place, setup) = (transfer.announced, transfer.setup);
        self.data_ports
            .push(format!("{place} by {setup}, {use_of}"));
    }

    /// Nor of this session.
    pub(super) fn session(&mut self, session: &SessionReport) {
        if let Some(work) = self.work(session.client.ip()) {
            work.sessions += 1;
            let names = match session.logged_in {
                true => &mut work.users,
                false => &mut work.tried,
            };
            if names.len() < MAX_USERS {
                names.extend(session.user.clone());
            }
        }
    }

    fn work(&mut self, client: IpAddr) -> Option<&mut Work> {
        if self.clients.len() >= MAX_HOSTS && !self.clients.contains_key(&client) {
            return None;
        }
        Some(self.clients.entry(client).or_default())
    }

    /// The questions, each with its answer.
    pub(super) fn answers(self, overview: &Overview, findings: &[Finding]) -> Vec<Answer> {
        let of = |kinds: &[&str]| -> Vec<String> {
            let found = findings.iter().filter(|f| kinds.contains(&f.kind));
            found.map(|f| f.summary.clone()).collect()
        };
        // Nothing can be said for sure where not everything was kept.
        let snapped = findings.iter().any(|f| f.kind == "snapped");
        let or = |lines: Vec<String>, nothing: &str| match (lines.is_empty(), snapped) {
            (false, _) => lines,
            (true, false) => vec![nothing.to_owned()],
            (true, true) => vec![format!("{nothing} {CUT}")],
        };
        let listeners = self.listeners.iter().map(IpAddr::to_string).collect();
        let users = self
            .clients
            .iter()
            .map(|(ip, work)| work.tell(*ip))
            .collect();
        let more_ports = self.data_port_count - self.data_ports.len();
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
                answer: or(listeners, "None that this capture shows."),
            },
            Answer {
                question: "Is somebody snooping around, or scanning?",
                answer: or(
                    of(&["snooping", "port-scan", "arp-spoofing"]),
                    "Nothing looks like it.",
                ),
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
                answer: or(users, "Nobody."),
            },
            Answer {
                question: "Are FTP commands sent on ports other than 21?",
                answer: or(of(&["odd-port"]), "No."),
            },
            Answer {
                question: "Which ports were opened for data, and by whom?",
                answer: or(self.data_ports, "None."),
            },
        ];
        for answer in &mut answers {
            let more = answer.answer.len().saturating_sub(MAX_LINES);
            if more > 0 {
                answer.answer.truncate(MAX_LINES);
                answer.answer.push(format!("… and {more} more"));
            }
        }
        if let (Some(ports), 1..) = (answers.last_mut(), more_ports) {
            ports.answer.push(format!("… and {more_ports} more"));
        }
        answers
    }
}

impl Work {
    fn tell(&self, client: IpAddr) -> String {
        let names = |names: &BTreeSet<String>| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.join(", ")
        };
        let (sessions, up, down) = (self.sessions, Bytes(self.up), Bytes(self.down));
        let plural = if sessions == 1 { "session" } else { "sessions" };
        let tried = names(&self.tried.difference(&self.users).cloned().collect());
        let users = match (self.users.is_empty(), tried.is_empty()) {
            (false, true) => format!(" as {}", names(&self.users)),
            (false, false) => format!(" as {}, tried {tried}", names(&self.users)),
            (true, false) => format!(", tried {tried}"),
            (true, true) => " as nobody".to_owned(),
        };
        format!("{client}: {sessions} {plural}{users}, {up} up, {down} down")
    }
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
        .map(|f| match f.count {
            1 => format!("{} (once)", f.summary),
            count => format!("{} ({count} times)", f.summary),
        })
        .collect()
}
