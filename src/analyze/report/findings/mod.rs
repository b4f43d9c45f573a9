//! From what was seen to what deserves attention.

mod claims;
mod connections;
mod dialogue;
mod logins;
mod network;
mod oddities;
mod transfers;

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::session::{Outcome, SessionState};
use super::{Finding, MAX_FRAMES, Overview, Seen, SessionReport, Severity, TransferReport};
use crate::dissect::{Conversation, Dissected, Dissector, Transfer};

/// So many different findings are kept of one capture.
const MAX_FINDINGS: usize = 4096;

/// Takes note of what happens, and says at the end what was remarkable.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Found,
    network: network::Network,
    claims: claims::Claims,
    connections: connections::Connections,
    logins: logins::Logins,
    visitors: transfers::Visitors,
    oddities: oddities::Oddities,
}

impl Findings {
    pub(super) fn frame(&mut self, seen: &Dissected<'_>) {
        self.network.frame(seen);
        self.claims.frame(seen);
        self.connections.frame(seen);
        self.oddities.frame(seen);
    }

    /// A conversation begins.
    pub(super) fn opened(&mut self, talk: &Conversation, dissector: &Dissector) {
        self.visitors.opened(talk, dissector);
    }

    /// Somebody listens for a data connection.
    pub(super) fn prepared(&mut self, transfer: &Transfer) {
        self.visitors.prepared(transfer);
    }

    /// Nothing more will be known of this conversation.
    pub(super) fn conversation(&mut self, talk: &Conversation) {
        self.connections.conversation(talk);
        self.visitors.conversation(talk, &mut self.found);
        self.oddities.conversation(talk);
    }

    /// Nor of this transfer between these two, client and server.
    pub(super) fn transfer(
        &mut self,
        ends: (IpAddr, IpAddr),
        transfer: &Transfer,
        report: &TransferReport,
        outcome: &Outcome,
    ) {
        transfers::transfer(ends, transfer, report, outcome, &mut self.found);
    }

    /// Nor of this session.
    pub(super) fn session(&mut self, session: &SessionReport, state: &SessionState) {
        self.logins.session(session, state);
        dialogue::words(session, state, &mut self.found);
        dialogue::snooping(session, state, &mut self.found);
    }

    /// All findings, the gravest first.
    pub(super) fn finish(mut self, overview: &Overview) -> Vec<Finding> {
        self.connections.finish(&mut self.found);
        self.logins.finish(&mut self.found);
        self.network.finish(&mut self.found);
        self.claims.finish(&mut self.found);
        self.oddities.finish(overview, &mut self.found);
        let mut found: Vec<Finding> = self.found.0.into_values().collect();
        // Those of one severity stay in the order of their frames.
        found.sort_by_key(|f| (f.severity, f.frames.first().copied()));
        found
    }
}

/// What was found: the same thing found many times is one finding.
#[derive(Debug, Default)]
struct Found(BTreeMap<(&'static str, String), Finding>);

/// What a kind of finding says, whatever the case.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    severity: Severity,
    why: &'static str,
    reference: &'static str,
}

impl Found {
    fn add(&mut self, kind: Kind, summary: String, seen: Seen) {
        self.add_of(kind, None, summary, seen);
    }

    /// One that a host is responsible for.
    fn add_of(&mut self, kind: Kind, host: Option<IpAddr>, summary: String, seen: Seen) {
        let key = (kind.name, summary);
        if let Some(known) = self.0.get_mut(&key) {
            let room = MAX_FRAMES.saturating_sub(known.frames.len());
            known.frames.extend(seen.frames.into_iter().take(room));
            known.frames.sort_unstable();
            known.count += seen.count;
        } else if self.0.len() < MAX_FINDINGS {
            let finding = Finding {
                kind: kind.name,
                severity: kind.severity,
                summary: key.1.clone(),
                why: kind.why,
                reference: kind.reference,
                host,
                frames: seen.frames,
                count: seen.count,
            };
            self.0.insert(key, finding);
        }
    }
}

fn times(count: u64, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}
