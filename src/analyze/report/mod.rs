//! What is to be learnt of a capture: sessions, transfers, findings, answers.
//!
//! An [`Analyzer`] is fed frames as they are dissected, and makes a [`Report`]
//! of them at the end. The report is plain data: it prints as text, and
//! serialises to JSON whose shape is these types (`format` counts its versions).

mod collect;
mod findings;
mod questions;
mod text;

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

pub use collect::Analyzer;

/// The version of the JSON form of a report.
pub const REPORT_FORMAT: u32 = 1;

/// How many frames are listed for a finding; `count` tells how many there are.
pub const MAX_FRAMES: usize = 20;

/// What is to be learnt of a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this form.
    pub format: u32,
    /// The capture as a whole.
    pub capture: Overview,
    /// The FTP sessions, in the order in which they began.
    pub sessions: Vec<SessionReport>,
    /// What deserves attention, the gravest first.
    pub findings: Vec<Finding>,
    /// The questions that an analyst asks, answered.
    pub answers: Vec<Answer>,
}

/// The capture as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Overview {
    /// How many frames.
    pub frames: u64,
    /// How many bytes they had on the wire.
    pub bytes: u64,
    /// When the first one was seen, in RFC 3339.
    pub first: String,
    /// From the first frame to the last, in nanoseconds.
    pub duration_ns: u64,
    /// TCP conversations.
    pub conversations: u64,
    /// Conversations whose handshake was captured and worked.
    pub established: u64,
    /// SYNs that a RST answered.
    pub refused: u64,
    /// SYNs that nobody answered.
    pub unanswered: u64,
    /// Conversations that a RST ended.
    pub reset: u64,
    /// Segments sent again.
    pub retransmissions: u64,
}

/// One FTP session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionReport {
    /// The number of its TCP conversation.
    pub conversation: u32,
    /// The client's end.
    pub client: SocketAddr,
    /// The server's end.
    pub server: SocketAddr,
    /// Its first frame.
    pub first_frame: u64,
    /// Its last frame.
    pub last_frame: u64,
    /// Who logged in, or tried last.
    pub user: Option<String>,
    /// The password, masked unless it was asked for.
    pub password: Option<String>,
    /// The login succeeded.
    pub logged_in: bool,
    /// How many logins failed.
    pub failed_logins: u32,
    /// It was encrypted from this frame on.
    pub encrypted_from: Option<u64>,
    /// How many commands were sent.
    pub commands: u32,
    /// How many replies came.
    pub replies: u32,
    /// The folders that were entered, as far as the server confirmed them.
    pub folders: Vec<String>,
    /// What was moved, or was to be.
    pub transfers: Vec<TransferReport>,
}

/// One transfer of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransferReport {
    /// The command and its parameter; `None` for a port that nobody asked for.
    pub command: Option<String>,
    /// The command's frame.
    pub command_frame: Option<u64>,
    /// How the data connection was agreed on.
    pub setup: &'static str,
    /// Where the listening end said that it listens.
    pub announced: SocketAddr,
    /// The data connection, if there was one.
    pub connection: Option<DataReport>,
    /// The preliminary reply.
    pub preliminary: Option<u16>,
    /// The final reply.
    pub reply: Option<u16>,
}

/// A data connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataReport {
    /// The number of its TCP conversation.
    pub conversation: u32,
    /// The end that opened it.
    pub from: SocketAddr,
    /// The end that listened.
    pub to: SocketAddr,
    /// Bytes from the FTP client, each counted once.
    pub uploaded: u64,
    /// Bytes from the FTP server, each counted once.
    pub downloaded: u64,
    /// Its first frame.
    pub first_frame: u64,
    /// Its last frame.
    pub last_frame: u64,
    /// How it ended: `closed`, `reset`, `refused`, `unanswered`, `open`.
    pub end: &'static str,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Something failed, or somebody attacks.
    Problem,
    /// Something is as it should not be.
    Warning,
    /// Something to know.
    Note,
}

/// Something that deserves attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind, in one word that does not change.
    pub kind: &'static str,
    /// How grave.
    pub severity: Severity,
    /// What was found, in one sentence.
    pub summary: String,
    /// Why it matters.
    pub why: &'static str,
    /// Where to read about it.
    pub reference: &'static str,
    /// Who did it, if one host did.
    pub host: Option<IpAddr>,
    /// The frames that show it, the first ones if they are many.
    pub frames: Vec<u64>,
    /// How many times it happened.
    pub count: u64,
}

/// A question that an analyst asks of a capture, answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// The answer, one line each.
    pub answer: Vec<String>,
}

impl Report {
    /// The report as JSON, with a line end behind it.
    pub fn to_json(&self) -> String {
        // Plain data without maps of odd keys: it serialises.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}
