//! Transfers that broke, disagree with what was said, or went to a stranger.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use super::dialogue::is_inner;
use super::{Found, Kind, Seen, Severity};
use crate::analyze::report::TransferReport;
use crate::analyze::report::session::Outcome;
use crate::dissect::{Conversation, ConversationId, Dissector, Setup, State, Transfer, TransferId};

pub(super) fn transfer(
    ends: (IpAddr, IpAddr),
    transfer: &Transfer,
    report: &TransferReport,
    outcome: &Outcome,
    found: &mut Found,
) {
    announced_address(transfer, found);
    let words = report.command.as_deref().unwrap_or("no command");
    let succeeded = matches!(report.reply, Some(226 | 250));
    let Some(data) = &report.connection else {
        without_data(words, succeeded, report, found);
        return;
    };
    let is_broken = matches!(data.end, "reset" | "refused" | "unanswered");
    let moved = data.uploaded + data.downloaded;
    if succeeded && is_broken {
        let kind = Kind {
            name: "false-success",
            severity: Severity::Problem,
            why: "The client takes a broken file for a whole one.",
            reference: "RFC 959 §4.2.2",
        };
        let end = data.end;
        let summary = format!("{words} was called complete, but its data connection was {end}");
        found.add(kind, summary, Seen::at(data.last_frame));
    } else if is_broken && report.command.is_some() {
        let reply = report
            .reply
            .map_or("no reply".to_owned(), |code| code.to_string());
        let kind = Kind {
            name: "cut-short",
            severity: Severity::Problem,
            why: match report.reply {
                Some(_) => "The file is not whole.",
                None => "Nobody said that the file is whole.",
            },
            reference: "RFC 959 §4.2.2",
        };
        let end = data.end;
        let summary = format!(
            "the data connection of {words} was {end}: {moved} bytes arrived, then {reply}"
        );
        found.add(kind, summary, Seen::at(data.last_frame));
    }
    if let (Some((told, frame)), "closed") = (outcome.told_size, data.end)
        && told != moved
        && report.reply.is_some()
    {
        let (severity, why) = if succeeded {
            (
                Severity::Problem,
                "The server said one size and sent another, and called it complete.",
            )
        } else {
            (Severity::Warning, "Not all of the file was sent.")
        };
        let kind = Kind {
            name: "size-disagreement",
            severity,
            why,
            reference: "RFC 3659 §4",
        };
        let mut seen = Seen::at(frame);
        seen.add(data.last_frame);
        let summary = format!("{words}: the server spoke of {told} bytes, and {moved} came");
        found.add(kind, summary, seen);
    }
    let (client, server) = ends;
    let known = |end: &SocketAddr| end.ip() == client || end.ip() == server;
    if !(known(&data.from) && known(&data.to)) {
        let kind = Kind {
            name: "stranger-data",
            severity: Severity::Warning,
            why: "One end of the data connection does not belong to the session.",
            reference: "RFC 2577 §8",
        };
        let (from, to) = (data.from, data.to);
        let summary = format!("the data of {words} went between {from} and {to}");
        found.add(kind, summary, Seen::at(data.first_frame));
    }
}

/// A transfer whose data connection was not seen.
fn without_data(words: &str, succeeded: bool, report: &TransferReport, found: &mut Found) {
    if succeeded && report.command.is_some() {
        let kind = Kind {
            name: "unseen-data",
            severity: Severity::Note,
            why: "The capture was made where the data do not pass, or frames are missing.",
            reference: "RFC 959 §3.2",
        };
        let summary = format!("{words} succeeded, but its data connection is not in the capture");
        let frame = report.command_frame.unwrap_or(report.setup_frame);
        found.add(kind, summary, Seen::at(frame));
    } else if report.command.is_none() {
        let kind = Kind {
            name: "unused-port",
            severity: Severity::Note,
            why: "A port stood open and nobody came.",
            reference: "RFC 2577 §8",
        };
        let (host, setup) = (report.announced.ip(), report.setup);
        let summary = format!("ports of {host} announced by {setup} were never used");
        found.add(kind, summary, Seen::at(report.setup_frame));
    }
}

/// Addresses in PORT and 227 that are not those of the one who names them.
fn announced_address(transfer: &Transfer, found: &mut Found) {
    let (named, by) = (transfer.announced.ip(), transfer.announced_by);
    if named == by {
        return;
    }
    let seen = Seen::at(transfer.frame);
    let setup = transfer.setup.name();
    match transfer.setup {
        Setup::Port | Setup::Eprt => {
            let kind = Kind {
                name: "bounce",
                severity: Severity::Warning,
                why: "The server is used to reach others (or a translator of addresses is on the way).",
                reference: "RFC 2577 §2",
            };
            let place = transfer.announced;
            let summary = format!("{by} told the server to connect to {place}, a third host");
            found.add(kind, summary, seen);
        }
        Setup::Pasv | Setup::Epsv | Setup::Default => {
            let kind = Kind {
                name: "foreign-address",
                severity: Severity::Warning,
                why: "Behind a translator of addresses the server must be told its outer address.",
                reference: "RFC 1579",
            };
            let private = if is_inner(named) && !is_inner(by) {
                ", and cannot be reached from outside"
            } else {
                ""
            };
            let summary = format!(
                "{by} answered {setup} with {named}, which is not its own address{private}"
            );
            found.add(kind, summary, seen);
        }
    }
}

/// So many ports on which somebody listens for data are watched.
const MAX_PORTS: usize = 4096;
/// So many visitors are suspected at once.
const MAX_SUSPECTS: usize = 256;

/// Who comes to a port that was opened for one data connection.
#[derive(Debug, Default)]
pub(super) struct Visitors {
    ports: BTreeMap<SocketAddr, (TransferId, Option<IpAddr>)>,
    order: VecDeque<SocketAddr>,
    /// The second visitor of a port, and the first.
    suspects: BTreeMap<ConversationId, IpAddr>,
}

impl Visitors {
    pub(super) fn prepared(&mut self, transfer: &Transfer) {
        if transfer.setup == Setup::Default {
            return;
        }
        let place = SocketAddr::new(transfer.announced_by, transfer.announced.port());
        for place in [place, transfer.announced] {
            if self.ports.insert(place, (transfer.id, None)).is_none() {
                self.order.push_back(place);
            }
        }
        while self.order.len() > MAX_PORTS {
            let oldest = self.order.pop_front();
            oldest.and_then(|place| self.ports.remove(&place));
        }
    }

    pub(super) fn opened(&mut self, talk: &Conversation, dissector: &Dissector) {
        let Some((transfer, first)) = self.ports.get_mut(&talk.server) else {
            return;
        };
        let visitor = talk.client.ip();
        let first = *first.get_or_insert(visitor);
        let is_known = dissector.transfer(*transfer).is_some();
        // On either side of a translator of addresses one comes that is awaited there.
        let served = talk.transfer.and_then(|id| dissector.transfer(id));
        let is_awaited = served.is_some_and(|transfer| transfer.awaited == visitor);
        if first != visitor && is_known && !is_awaited && self.suspects.len() < MAX_SUSPECTS {
            self.suspects.insert(talk.id, first);
        }
    }

    pub(super) fn conversation(&mut self, talk: &Conversation, found: &mut Found) {
        let Some(first) = self.suspects.remove(&talk.id) else {
            return;
        };
        let (second, place) = (talk.client.ip(), talk.server);
        let came = if matches!(talk.state(), State::Refused | State::Unanswered) {
            "tried to come"
        } else {
            "came"
        };
        let kind = Kind {
            name: "second-visitor",
            severity: Severity::Warning,
            why: "A data port is for one connection: whoever comes to it besides may steal the data.",
            reference: "RFC 2577 §8",
        };
        let summary = format!("after {first}, {second} {came} to {place}, a port for data");
        found.add_of(kind, Some(second), summary, Seen::at(talk.first_frame));
    }
}
