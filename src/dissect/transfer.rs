//! FTP transfers: a command on one connection, and the bytes on another.

use std::net::{IpAddr, SocketAddr};

use super::conversation::ConversationId;
use crate::ftp::{ReplyCode, Text, Verb};

/// Which transfer of a capture, counted from 0 in the order in which they were prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u32);

/// How a data connection was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setup {
    /// Nothing was said: the ports that RFC 959 §3.2 names.
    Default,
    /// PORT: the server connects.
    Port,
    /// EPRT: the server connects.
    Eprt,
    /// PASV and 227: the client connects.
    Pasv,
    /// EPSV and 229: the client connects.
    Epsv,
}

impl Setup {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Setup::Default => "default port",
            Setup::Port => "PORT",
            Setup::Eprt => "EPRT",
            Setup::Pasv => "PASV",
            Setup::Epsv => "EPSV",
        }
    }
}

/// The command that a data connection serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferCommand {
    /// RETR, STOR, LIST and their like.
    pub verb: Verb,
    /// Its parameter.
    pub argument: Option<Text>,
    /// Its number in the session, from 1.
    pub number: u32,
    /// The frame in which it was complete.
    pub frame: u64,
}

/// One transfer, prepared and perhaps made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Which one.
    pub id: TransferId,
    /// The control connection that asked for it.
    pub control: ConversationId,
    /// How.
    pub setup: Setup,
    /// Where the listening end said that it listens.
    pub announced: SocketAddr,
    /// The host that said so: not always the address that it named.
    pub announced_by: IpAddr,
    /// The host that it said so to, and awaits: another may come.
    pub awaited: IpAddr,
    /// The frame that said so.
    pub frame: u64,
    /// The negative reply to the PORT or EPRT that said so.
    pub refused: Option<ReplyCode>,
    /// What was to be moved.
    pub command: Option<TransferCommand>,
    /// The connection that moved it.
    pub connection: Option<ConversationId>,
}

impl Transfer {
    /// Where its connection is expected, and from whom: the address that was named, and
    /// that of who named it.
    pub(super) fn places(&self) -> [(IpAddr, u16, IpAddr); 2] {
        let port = self.announced.port();
        [self.announced.ip(), self.announced_by].map(|ip| (ip, port, self.awaited))
    }
}
