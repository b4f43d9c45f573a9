//! How servers differ: the habits that a persona is a table of.

use super::config::Limits;
use super::words::Words;
use crate::ftp::codec::LineEnd;
use crate::ftp::listing::Style;
use crate::ftp::path::Separators;
use crate::ftp::{MultiLine, Text, Verb};
use crate::time::Duration;

/// The habits of a server.
#[derive(Debug, Clone)]
pub struct Persona {
    /// Its name in scenarios.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// The lines of its greeting (220), in which `{host}` and `{ip}` stand for its
    /// name and its address.
    pub greeting: Vec<Text>,
    /// Its words, where they are not the usual ones.
    pub words: Words,
    /// How the middle lines of its replies look.
    pub multi_line: MultiLine,
    /// How its replies are written to the connection.
    pub writes: Writes,
    /// How long it thinks about each command, and about a new client.
    pub think: Duration,
    /// What ends a command's line.
    pub line_end: LineEnd,
    /// What it does about a line that is too long.
    pub long_line: LongLine,
    /// Whether a backslash separates names.
    pub separators: Separators,
    /// How LIST looks.
    pub listing: Style,
    /// It speaks MODE B, with restart markers (RFC 959 §3.4.2).
    pub block_mode: bool,
    /// It takes TYPE A T for TYPE A N, between which it makes no difference (RFC
    /// 1123 §4.1.2.2); otherwise, as the servers in the field, it says 504.
    pub telnet_format: bool,
    /// It takes STRU P, and then says 551 to a transfer.
    pub page_structure: bool,
    /// What is not there it lists as nothing, and 226: LIST, NLST and STAT hand the
    /// path to a lister of its own and do not ask how that ended.
    pub lists_the_missing: bool,
    /// To a verb that is none it says nothing at all.
    pub ignores_unknown: bool,
    /// It says 530 to USER with a name that it does not know, which tells a
    /// guesser which names exist.
    pub tells_unknown_users: bool,
    /// Known verbs that it answers with 500.
    pub unknown: &'static [Verb],
    /// Known verbs that it answers with 502.
    pub unimplemented: &'static [Verb],
    /// Without PORT and PASV it connects to the port of the client's control
    /// connection (RFC 959 §3.2); otherwise it says 425.
    pub default_data_port: bool,
    /// When it opens an active data connection.
    pub connects: Connects,
    /// From which port it opens one.
    pub data_port: DataPort,
    /// It serves whoever comes to the passive port first, the client or not.
    pub serves_strangers: bool,
    /// It answers 125 when the data connection is open already.
    pub says_125: bool,
    /// How long it takes to read a directory or to open a file, after the 1yz reply.
    pub reading: Duration,
    /// In which order a download ends.
    pub ending: DownloadEnd,
    /// How long after 221 it closes the connection, if the client has not.
    pub lingers: Duration,
    /// How much of everything.
    pub limits: Limits,
}

/// How replies are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Each reply in one write.
    Whole,
    /// Each line in a write of its own, with this time between two.
    LineByLine {
        /// The time between two lines.
        gap: Duration,
    },
}

/// What a server does about a line that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongLine {
    /// It says 500 and goes on.
    Refuse,
    /// It says 421 and closes.
    SayAndClose,
    /// It closes.
    Close,
}

/// When an active data connection is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connects {
    /// Before the 1yz reply, which waits for the handshake.
    BeforeReply,
    /// After the 1yz reply has been written.
    AfterReply,
}

/// From which port an active data connection is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataPort {
    /// The port below that of the control connection (RFC 959 §5.2): 20.
    BelowControl,
    /// Any free port, as servers do that have given up their privileges.
    Any,
}

/// In which order a download ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadEnd {
    /// Once the data is acknowledged: 226, and later the FIN.
    ReplyThenClose {
        /// How much later.
        after: Duration,
    },
    /// The FIN right after the data; 226 once both sides have closed.
    CloseThenReply,
    /// The FIN right after the data, and 226 at the same time.
    Together,
}
