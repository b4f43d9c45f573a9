//! From what was collected to what deserves attention.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::collect::{Analyzer, Seen, SessionState};
use super::{Finding, MAX_FRAMES, SessionReport, Severity, TransferReport};
use crate::dissect::{ConversationId, Direction, Dissector, FTP_PORT, Setup, State};

/// So many failed logins are more than a slip of the finger.
const GUESSES: u64 = 4;
/// So many users tried in vain are a search for names.
const USERS: usize = 3;
/// So many hosts, or ports of one host, asked without success are a scan.
const SCAN: usize = 5;
/// So many folders looked into, and nothing fetched, are a look around.
const FOLDERS: u64 = 5;

pub(super) fn findings(
    analyzer: &Analyzer,
    sessions: &[SessionReport],
    dissector: &Dissector,
) -> Vec<Finding> {
    let mut found = Vec::new();
    connections(dissector, &mut found);
    logins(analyzer, sessions, &mut found);
    for session in sessions {
        let Some(state) = analyzer.sessions.get(&ConversationId(session.conversation)) else {
            continue;
        };
        words(session, state, &mut found);
        snooping(session, state, &mut found);
        for transfer in &session.transfers {
            transfer_findings(session, transfer, &mut found);
        }
    }
    announced_addresses(sessions, dissector, &mut found);
    network(analyzer, &mut found);
    let mut found = merged(found);
    // Those of one severity stay in the order of their frames.
    found.sort_by_key(|f| (f.severity, f.frames.first().copied()));
    found
}

/// The same thing found many times is one finding.
fn merged(found: Vec<Finding>) -> Vec<Finding> {
    let mut merged: BTreeMap<(&'static str, String), Finding> = BTreeMap::new();
    for finding in found {
        let key = (finding.kind, finding.summary.clone());
        match merged.get_mut(&key) {
            None => {
                merged.insert(key, finding);
            }
            Some(known) => {
                let room = MAX_FRAMES.saturating_sub(known.frames.len());
                known.frames.extend(finding.frames.into_iter().take(room));
                known.frames.sort_unstable();
                known.count += finding.count;
            }
        }
    }
    merged.into_values().collect()
}

/// A finding, shown by these frames.
fn finding(
    kind: &'static str,
    severity: Severity,
    summary: String,
    why: &'static str,
    reference: &'static str,
    seen: Seen,
) -> Finding {
    Finding {
        kind,
        severity,
        summary,
        why,
        reference,
        host: None,
        frames: seen.frames,
        count: seen.count,
    }
}

fn times(count: u64, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}

/// Who asked for connections in vain.
fn connections(dissector: &Dissector, found: &mut Vec<Finding>) {
    let mut refused: BTreeMap<(IpAddr, SocketAddr), Seen> = BTreeMap::new();
    let mut unanswered: BTreeMap<(IpAddr, SocketAddr), Seen> = BTreeMap::new();
    let mut asked: BTreeMap<IpAddr, (BTreeSet<SocketAddr>, Seen)> = BTreeMap::new();
    for talk in dissector.conversations() {
        let failed = match talk.state() {
            State::Refused => &mut refused,
            State::Unanswered => &mut unanswered,
            _ => continue,
        };
        let tries = talk.side(Direction::FromClient).frames;
        let seen = failed.entry((talk.client.ip(), talk.server)).or_default();
        seen.add(talk.first_frame);
        seen.count += tries.saturating_sub(1);
        let (servers, seen) = asked.entry(talk.client.ip()).or_default();
        servers.insert(talk.server);
        seen.add(talk.first_frame);
    }
    for (client, (servers, seen)) in &asked {
        if servers.len() < SCAN {
            continue;
        }
        let hosts: BTreeSet<IpAddr> = servers.iter().map(|s| s.ip()).collect();
        let ports: BTreeSet<u16> = servers.iter().map(|s| s.port()).collect();
        let summary = format!(
            "{client} tried {} in vain, {}",
            times(hosts.len() as u64, "host", "hosts"),
            match ports.first() {
                Some(port) if ports.len() == 1 => format!("all on port {port}"),
                _ => format!("on {} ports", ports.len()),
            }
        );
        let why = "Somebody looks for services that listen.";
        let reference = "Analyzing FTP Communications (2000), question 3";
        let mut scan = finding(
            "port-scan",
            Severity::Warning,
            summary,
            why,
            reference,
            seen.clone(),
        );
        scan.host = Some(*client);
        found.push(scan);
    }
    let is_scan = |client: &IpAddr| asked.get(client).is_some_and(|(s, _)| s.len() >= SCAN);
    for ((client, server), seen) in refused {
        if is_scan(&client) {
            continue;
        }
        let tries = times(seen.count, "time", "times");
        let summary = format!("{server} refused {client}, {tries}");
        let why = "A RST answered the SYN: nobody listens on that port.";
        found.push(finding(
            "refused",
            Severity::Problem,
            summary,
            why,
            "RFC 9293 §3.5.2",
            seen,
        ));
    }
    for ((client, server), seen) in unanswered {
        if is_scan(&client) {
            continue;
        }
        let tries = times(seen.count, "SYN", "SYNs");
        let summary = format!("{server} did not answer {client}, {tries}");
        let why = "The host is not there, or something on the way drops what is sent to it.";
        found.push(finding(
            "unanswered",
            Severity::Problem,
            summary,
            why,
            "RFC 9293 §3.8.3",
            seen,
        ));
    }
}

/// Failed logins, counted over all sessions of a client with a server.
fn logins(analyzer: &Analyzer, sessions: &[SessionReport], found: &mut Vec<Finding>) {
    #[derive(Default)]
    struct Tries<'a> {
        seen: Seen,
        users: BTreeSet<&'a str>,
        passwords: BTreeSet<&'a str>,
        success: Option<(u64, String)>,
    }
    let mut pairs: BTreeMap<(IpAddr, IpAddr), Tries<'_>> = BTreeMap::new();
    for session in sessions {
        let Some(state) = analyzer.sessions.get(&ConversationId(session.conversation)) else {
            continue;
        };
        let tries = pairs
            .entry((session.client.ip(), session.server.ip()))
            .or_default();
        for frame in &state.failed.frames {
            tries.seen.add(*frame);
        }
        tries.seen.count += state.failed.count - state.failed.frames.len() as u64;
        tries
            .users
            .extend(state.failed_users.iter().map(String::as_str));
        tries
            .passwords
            .extend(state.failed_passwords.iter().map(String::as_str));
        if let (Some(frame), true) = (state.logged_in_at, tries.seen.count > 0) {
            let user = session.user.clone().unwrap_or_default();
            tries.success.get_or_insert((frame, user));
        }
    }
    for ((client, server), tries) in pairs {
        let count = tries.seen.count;
        let outcome = match &tries.success {
            Some((frame, user)) => format!("; frame {frame} let it in as {user}"),
            None => String::new(),
        };
        if tries.users.len() >= USERS {
            let users = tries.users.len();
            let summary = format!("{client} tried {users} users on {server} in vain{outcome}");
            let why = "Somebody searches for the names of users.";
            let mut names = finding(
                "user-enumeration",
                Severity::Warning,
                summary,
                why,
                "RFC 2577 §7",
                tries.seen.clone(),
            );
            names.host = Some(client);
            found.push(names);
        }
        if count < GUESSES {
            continue;
        }
        let users: Vec<&str> = tries.users.iter().copied().take(3).collect();
        let summary = format!(
            "{client} failed to log in to {server} {count} times, as {}{}, with {} passwords{outcome}",
            users.join(", "),
            if tries.users.len() > 3 {
                " and others"
            } else {
                ""
            },
            tries.passwords.len(),
        );
        let why = "Somebody guesses passwords.";
        let severity = if tries.success.is_some() {
            Severity::Problem
        } else {
            Severity::Warning
        };
        let mut guesses = finding(
            "password-guessing",
            severity,
            summary,
            why,
            "RFC 2577 §5",
            tries.seen,
        );
        guesses.host = Some(client);
        found.push(guesses);
    }
}

/// What was said in a session that should not have been.
fn words(session: &SessionReport, state: &SessionState, found: &mut Vec<Finding>) {
    let server = session.server;
    for (code, (seen, text)) in &state.negative {
        let (severity, why) = if *code < 500 {
            (
                Severity::Warning,
                "A passing failure: the same command may work later.",
            )
        } else {
            (
                Severity::Problem,
                "A lasting failure: the same command will fail again.",
            )
        };
        let summary = format!("{server} answered {code} {text}");
        let mut negative = finding(
            "error-reply",
            severity,
            summary,
            why,
            "RFC 959 §4.2",
            seen.clone(),
        );
        negative.host = Some(server.ip());
        found.push(negative);
    }
    if let (Some(frame), Some(user)) = (state.password_frame, &state.user)
        && !matches!(user.as_str(), "anonymous" | "ftp")
    {
        let mut seen = Seen::default();
        seen.add(frame);
        let summary = format!("the password of {user} on {server} can be read by anybody");
        let why = "FTP sends passwords as they are.";
        found.push(finding(
            "clear-password",
            Severity::Note,
            summary,
            why,
            "RFC 2577 §6",
            seen,
        ));
    }
    if let Some(words) = &state.forbidden_words {
        let summary = format!("{server} broke the rules of the dialogue: {words}");
        let why = "The diagrams of RFC 959 have no such step; clients may lose their way.";
        let seen = state.forbidden.clone();
        found.push(finding(
            "forbidden-reply",
            Severity::Warning,
            summary,
            why,
            "RFC 959 §6",
            seen,
        ));
    }
    if let Some(frame) = state.encrypted_from {
        let mut seen = Seen::default();
        seen.add(frame);
        let summary = format!("sessions with {server} are encrypted");
        let why = "What follows the agreement cannot be read.";
        found.push(finding(
            "encrypted",
            Severity::Note,
            summary,
            why,
            "RFC 4217 §4",
            seen,
        ));
    }
    if session.server.port() != FTP_PORT {
        let mut seen = Seen::default();
        seen.add(session.first_frame);
        let summary = format!("{server} speaks FTP, and not on port {FTP_PORT}");
        let why = "What watches or blocks port 21 does not see it.";
        let reference = "Analyzing FTP Communications (2000), question 6";
        found.push(finding(
            "odd-port",
            Severity::Warning,
            summary,
            why,
            reference,
            seen,
        ));
    }
}

/// Many folders, listings, and nothing fetched.
fn snooping(session: &SessionReport, state: &SessionState, found: &mut Vec<Finding>) {
    let looked = state.folder_changes.count;
    if looked < FOLDERS || u64::from(state.files) * 4 > looked {
        return;
    }
    let client = session.client.ip();
    let summary = format!(
        "{client} changed folders {looked} times and listed {}, and moved {}",
        times(state.listings.into(), "folder", "folders"),
        times(state.files.into(), "file", "files"),
    );
    let why = "Somebody looks around rather than fetching something.";
    let reference = "Analyzing FTP Communications (2000), question 4";
    let seen = state.folder_changes.clone();
    let mut snooping = finding("snooping", Severity::Warning, summary, why, reference, seen);
    snooping.host = Some(client);
    found.push(snooping);
}

fn transfer_findings(session: &SessionReport, transfer: &TransferReport, found: &mut Vec<Finding>) {
    let mut add = |kind, severity, summary: String, why, reference, frame: u64| {
        let mut seen = Seen::default();
        seen.add(frame);
        found.push(finding(kind, severity, summary, why, reference, seen));
    };
    let words = transfer.command.as_deref().unwrap_or("no command");
    let succeeded = matches!(transfer.reply, Some(226 | 250));
    let Some(data) = &transfer.connection else {
        if succeeded && transfer.command.is_some() {
            add(
                "unseen-data",
                Severity::Note,
                format!("{words} succeeded, but its data connection is not in the capture"),
                "The capture was made where the data do not pass, or frames are missing.",
                "RFC 959 §3.2",
                transfer.command_frame.unwrap_or(session.first_frame),
            );
        } else if transfer.command.is_none() {
            add(
                "unused-port",
                Severity::Note,
                format!(
                    "ports of {} announced by {} were never used",
                    transfer.announced.ip(),
                    transfer.setup
                ),
                "A port stood open and nobody came.",
                "RFC 2577 §8",
                session.first_frame,
            );
        }
        return;
    };
    let frame = data.last_frame;
    let is_broken = matches!(data.end, "reset" | "refused" | "unanswered");
    if succeeded && is_broken {
        add(
            "false-success",
            Severity::Problem,
            format!(
                "{words} was called complete, but its data connection was {}",
                data.end
            ),
            "The client takes a broken file for a whole one.",
            "RFC 959 §4.2.2",
            frame,
        );
    } else if is_broken && transfer.command.is_some() {
        let reply = transfer
            .reply
            .map_or("no reply".to_owned(), |code| code.to_string());
        add(
            "cut-short",
            Severity::Problem,
            format!(
                "the data connection of {words} was {}: {} bytes arrived, then {reply}",
                data.end,
                data.uploaded + data.downloaded
            ),
            "The file is not whole.",
            "RFC 959 §4.2.2",
            frame,
        );
    }
    let (client, server) = (session.client.ip(), session.server.ip());
    let ends = [data.from.ip(), data.to.ip()];
    if !ends.iter().all(|end| *end == client || *end == server) {
        add(
            "stranger-data",
            Severity::Warning,
            format!(
                "the data of {words} went between {} and {}",
                data.from, data.to
            ),
            "One end of the data connection does not belong to the session.",
            "RFC 2577 §8",
            data.first_frame,
        );
    }
}

/// Addresses in PORT and 227 that are not those of the one who names them.
fn announced_addresses(
    sessions: &[SessionReport],
    dissector: &Dissector,
    found: &mut Vec<Finding>,
) {
    let shown: BTreeSet<u32> = sessions.iter().map(|s| s.conversation).collect();
    for transfer in dissector.transfers() {
        let (named, by) = (transfer.announced.ip(), transfer.announced_by);
        if named == by || !shown.contains(&transfer.control.0) {
            continue;
        }
        let mut seen = Seen::default();
        seen.add(transfer.frame);
        let setup = transfer.setup.name();
        found.push(match transfer.setup {
            Setup::Port | Setup::Eprt => finding(
                "bounce",
                Severity::Warning,
                format!(
                    "{by} told the server to connect to {}, a third host",
                    transfer.announced
                ),
                "The server is used to reach others (or a translator of addresses is on the way).",
                "RFC 2577 §2",
                seen,
            ),
            Setup::Pasv | Setup::Epsv | Setup::Default => finding(
                "foreign-address",
                Severity::Warning,
                format!("{by} answered {setup} with {named}, which is not its own address"),
                "Behind a translator of addresses the server must be told its outer address.",
                "RFC 1579",
                seen,
            ),
        });
    }
}

/// What the network did.
fn network(analyzer: &Analyzer, found: &mut Vec<Finding>) {
    if analyzer.retransmissions.count > 0 {
        let seen = analyzer.retransmissions.clone();
        let summary = format!(
            "{} sent again",
            times(seen.count, "segment was", "segments were")
        );
        let why = "Frames were lost, came too late, or were refused.";
        found.push(finding(
            "retransmission",
            Severity::Note,
            summary,
            why,
            "RFC 9293 §3.8.1",
            seen,
        ));
    }
    if analyzer.zero_windows.count > 0 {
        let seen = analyzer.zero_windows.clone();
        let summary = format!("a receiver was full {}", times(seen.count, "time", "times"));
        let why = "The application does not read as fast as the network brings.";
        found.push(finding(
            "zero-window",
            Severity::Note,
            summary,
            why,
            "RFC 9293 §3.8.6",
            seen,
        ));
    }
    if analyzer.missing.count > 0 {
        let seen = analyzer.missing.clone();
        let summary = format!(
            "frames are missing from the capture in {}",
            times(seen.count, "place", "places")
        );
        let why = "What is said of the sessions around them may be incomplete.";
        found.push(finding(
            "missing-frames",
            Severity::Note,
            summary,
            why,
            "RFC 9293 §3.4",
            seen,
        ));
    }
}
