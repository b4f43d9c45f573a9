//! What is to be learnt of a capture: sessions, transfers, findings, answers.
//!
//! An [`Analyzer`] is fed frames as they are dissected, and makes a [`Report`]
//! of them at the end. The report is plain data: it prints as text, and
//! serialises to JSON whose shape is these types (`format` counts its versions).

mod collect;
mod conversation;
mod findings;
mod questions;
mod session;
mod text;

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

pub use collect::Analyzer;

/// The version of the JSON form of a report.
pub const REPORT_FORMAT: u32 = 1;

/// How many frames are listed for a finding; `count` tells how many there are.
pub const MAX_FRAMES: usize = 20;

/// Frames that show something, and how many they are.
#[derive(Debug, Clone, Default)]
struct Seen {
    frames: Vec<u64>,
    count: u64,
}

impl Seen {
    /// That one frame.
    fn at(frame: u64) -> Seen {
        let mut seen = Seen::default();
        seen.add(frame);
        seen
    }

    fn add(&mut self, frame: u64) {
        self.count += 1;
        if self.frames.len() < MAX_FRAMES {
            self.frames.push(frame);
        }
    }
}

/// What is to be learnt of a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this form.
    pub format: u32,
    /// The capture as a whole.
    pub capture: Overview,
    /// The FTP sessions, in the order in which they began.
    pub sessions: Vec<SessionReport>,
    /// How many more sessions there were than are listed.
    pub sessions_left_off: u64,
    /// The first thousand TCP conversations, FTP or not; `capture` counts all.
    pub conversations: Vec<ConversationReport>,
    /// What deserves attention, the gravest first.
    pub findings: Vec<Finding>,
    /// The questions that an analyst asks, answered.
    pub answers: Vec<Answer>,
}

/// The capture as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// How long its segments took to be acknowledged.
    pub round_trips: RoundTripsReport,
    /// What was moved, or was to be.
    pub transfers: Vec<TransferReport>,
    /// How many more transfers there were than are listed.
    pub transfers_left_off: u64,
}

/// One TCP conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConversationReport {
    /// Its number, counted from 0 in order of appearance.
    pub conversation: u32,
    /// The end that opened it, as far as can be told.
    pub client: SocketAddr,
    /// The other one.
    pub server: SocketAddr,
    /// Its first frame.
    pub first_frame: u64,
    /// Its last frame.
    pub last_frame: u64,
    /// How it stands: `open`, `closed`, `reset`, `refused`, `unanswered`.
    pub state: &'static str,
    /// What the client sent.
    pub from_client: SideReport,
    /// What the server sent.
    pub from_server: SideReport,
    /// How long segments took to be acknowledged.
    pub round_trips: RoundTripsReport,
}

/// What one end of a conversation sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SideReport {
    /// Frames.
    pub frames: u64,
    /// Bytes of payload, each counted once.
    pub bytes: u64,
    /// Bytes of payload, repeats included.
    pub payload: u64,
    /// Segments sent again.
    pub retransmissions: u64,
}

/// Round trips of a conversation, as seen from where the capture was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoundTripsReport {
    /// From the SYN to the acknowledgement that completes the handshake.
    pub initial_ns: Option<u64>,
    /// What the client sent, until the server acknowledged it.
    pub from_client: RoundTripReport,
    /// What the server sent, until the client acknowledged it.
    pub from_server: RoundTripReport,
}

/// Round trips of one direction, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoundTripReport {
    /// How many were measured.
    pub count: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The mean, rounded down.
    pub avg_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// One transfer of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TransferReport {
    /// The command and its parameter; `None` for a port that nobody asked for.
    pub command: Option<String>,
    /// The command's frame.
    pub command_frame: Option<u64>,
    /// How the data connection was agreed on.
    pub setup: &'static str,
    /// The frame in which that was.
    pub setup_frame: u64,
    /// Where the listening end said that it listens.
    pub announced: SocketAddr,
    /// The negative reply to the PORT or EPRT that said so.
    pub refused: Option<u16>,
    /// The data connection, if there was one.
    pub connection: Option<DataReport>,
    /// The preliminary reply.
    pub preliminary: Option<u16>,
    /// The final reply.
    pub reply: Option<u16>,
    /// How many bytes the server said the file has, where that can be compared.
    pub announced_size: Option<u64>,
}

/// A data connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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

    /// The JSON Schema of [`to_json`](Report::to_json), with a line end behind it.
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Report);
        let mut json = serde_json::to_string_pretty(&schema).unwrap_or_default();
        json.push('\n');
        json
    }
}
