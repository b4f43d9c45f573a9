//! What was said in a session that should not have been, and what all the looking around is for.

use std::net::IpAddr;

use super::{Found, Kind, Seen, Severity, times};
use crate::analyze::report::SessionReport;
use crate::analyze::report::session::SessionState;
use crate::dissect::FTP_PORT;

/// So many folders looked into, and nothing fetched, are a look around.
const FOLDERS: u64 = 5;

pub(super) fn words(session: &SessionReport, state: &SessionState, found: &mut Found) {
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
        let kind = Kind {
            name: "error-reply",
            severity,
            why,
            reference: "RFC 959 §4.2",
        };
        let summary = format!("{server} answered {code} {text}");
        found.add_of(kind, Some(server.ip()), summary, seen.clone());
    }
    if let (Some(frame), Some(user)) = (state.password_frame, &state.user)
        && !matches!(user.as_str(), "anonymous" | "ftp")
    {
        let kind = Kind {
            name: "clear-password",
            severity: Severity::Note,
            why: "FTP sends passwords as they are.",
            reference: "RFC 2577 §6",
        };
        let summary = format!("the password of {user} on {server} can be read by anybody");
        found.add(kind, summary, Seen::at(frame));
    }
    if let Some(words) = &state.forbidden_words {
        let kind = Kind {
            name: "forbidden-reply",
            severity: Severity::Warning,
            why: "The diagrams of RFC 959 have no such step; clients may lose their way.",
            reference: "RFC 959 §6",
        };
        let summary = format!("{server} broke the rules of the dialogue: {words}");
        found.add(kind, summary, state.forbidden.clone());
    }
    if let Some(frame) = state.encrypted_from {
        let kind = Kind {
            name: "encrypted",
            severity: Severity::Note,
            why: "What follows the agreement cannot be read.",
            reference: "RFC 4217 §4",
        };
        let summary = format!("sessions with {server} are encrypted");
        found.add(kind, summary, Seen::at(frame));
    }
    if server.port() != FTP_PORT {
        let kind = Kind {
            name: "odd-port",
            severity: Severity::Warning,
            why: "What watches or blocks port 21 does not see it.",
            reference: "Analyzing FTP Communications (2000), question 6",
        };
        let summary = format!("{server} speaks FTP, and not on port {FTP_PORT}");
        found.add(kind, summary, Seen::at(session.first_frame));
    }
}

/// Many folders, listings, and nothing fetched.
pub(super) fn snooping(session: &SessionReport, state: &SessionState, found: &mut Found) {
    let looked = state.folder_changes.count;
    if looked < FOLDERS || u64::from(state.files) * 4 > looked {
        return;
    }
    let (client, server) = (session.client.ip(), session.server.ip());
    let outside = if is_inner(server) && !is_inner(client) {
        ", from outside,"
    } else {
        ""
    };
    let summary = format!(
        "{client}{outside} changed folders {looked} times and listed {}, and moved {}",
        times(state.listings.into(), "folder", "folders"),
        times(state.files.into(), "file", "files"),
    );
    let kind = Kind {
        name: "snooping",
        severity: Severity::Warning,
        why: "Somebody looks around rather than fetching something.",
        reference: "Analyzing FTP Communications (2000), question 4",
    };
    found.add_of(kind, Some(client), summary, state.folder_changes.clone());
}

/// An address of a network that the Internet does not reach (RFC 1918, RFC 4193).
pub(super) fn is_inner(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local(),
    }
}
