//! The FTP dialogues of a capture, from its frames alone.

use core::fmt;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Bytes, Printable};
use crate::capture::Capture;
use crate::dissect::{
    CommandSeen, ConversationId, Direction, Dissected, Dissector, Event, ReplySeen, Said, State,
    Transfer, TransferId,
};

/// What was said and moved in all FTP sessions of a capture.
///
/// Its text is stable: one line for each line that was said, with the frame
/// that completed it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    /// The sessions, in the order in which their control connections began.
    pub sessions: Vec<Session>,
}

/// One control connection, and the data connections that it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The control connection.
    pub control: ConversationId,
    /// The client's end.
    pub client: SocketAddr,
    /// The server's end.
    pub server: SocketAddr,
    /// What was said and moved, in order.
    pub entries: Vec<Entry>,
}

/// One thing that happened in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Something was said.
    Said(Said),
    /// A data connection ended, or the capture did.
    Data(DataEntry),
}

/// A data connection, as it was when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataEntry {
    /// What it was for.
    pub transfer: Transfer,
    /// The end that opened it.
    pub from: SocketAddr,
    /// The end that listened.
    pub to: SocketAddr,
    /// Bytes that the FTP client sent, each counted once.
    pub uploaded: u64,
    /// Bytes that the FTP server sent, each counted once.
    pub downloaded: u64,
    /// Its first frame.
    pub first_frame: u64,
    /// Its last frame: the one that ended it.
    pub last_frame: u64,
    /// How it ended.
    pub state: State,
}

impl Session {
    /// What the client said.
    pub fn commands(&self) -> impl Iterator<Item = &CommandSeen> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Said(Said::Command(command)) => Some(command),
            _ => None,
        })
    }

    /// What the server said.
    pub fn replies(&self) -> impl Iterator<Item = &ReplySeen> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Said(Said::Reply(reply)) => Some(reply),
            _ => None,
        })
    }

    /// What was moved.
    pub fn data(&self) -> impl Iterator<Item = &DataEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Data(data) => Some(data),
            Entry::Said(_) => None,
        })
    }
}

impl Transcript {
    /// The transcript of a capture.
    pub fn of(capture: &Capture) -> Transcript {
        let mut dissector = Dissector::new();
        let mut builder = TranscriptBuilder::default();
        for frame in capture.frames() {
            builder.note(&dissector.dissect(frame));
        }
        builder.finish(&dissector)
    }

    /// The session on that control connection.
    pub fn session(&self, control: ConversationId) -> Option<&Session> {
        self.sessions.iter().find(|s| s.control == control)
    }
}

/// Collects a transcript while frames are read.
#[derive(Debug, Default)]
pub struct TranscriptBuilder {
    sessions: Vec<Session>,
    index: BTreeMap<ConversationId, usize>,
    /// Data connections that have begun and not ended.
    open: BTreeMap<TransferId, ConversationId>,
    len: usize,
}

impl TranscriptBuilder {
    /// How many things were said and moved so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Nothing so far.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes what became known with a frame.
    pub fn note(&mut self, seen: &Dissected<'_>) {
        for event in seen.events {
            match event {
                Event::Said(id, said) => self.say(seen.context, *id, said.clone()),
                Event::DataOpened(transfer, id) => {
                    self.open.insert(*transfer, *id);
                }
                Event::DataEnded(transfer, id) => {
                    self.open.remove(transfer);
                    self.moved(seen.context, *transfer, *id);
                }
                Event::Leaving(id) => {
                    let open = self.open.iter().find(|(_, open)| *open == id);
                    if let Some(transfer) = open.map(|(transfer, _)| *transfer) {
                        self.open.remove(&transfer);
                        self.moved(seen.context, transfer, *id);
                    }
                }
                Event::Opened(_) | Event::Prepared(_) | Event::TransferLeaving(_) => {}
            }
        }
    }

    /// The transcript, with the data connections that were open at the end.
    pub fn finish(mut self, dissector: &Dissector) -> Transcript {
        for (transfer, id) in std::mem::take(&mut self.open) {
            self.moved(dissector, transfer, id);
        }
        Transcript {
            sessions: self.sessions,
        }
    }

    fn say(&mut self, dissector: &Dissector, id: ConversationId, said: Said) {
        let next = self.sessions.len();
        let index = *self.index.entry(id).or_insert(next);
        if index == next {
            let Some((client, server)) = ends(dissector, id) else {
                return;
            };
            self.sessions.push(Session {
                control: id,
                client,
                server,
                entries: Vec::new(),
            });
        }
        if let Some(session) = self.sessions.get_mut(index) {
            session.entries.push(Entry::Said(said));
            self.len += 1;
        }
    }

    fn moved(&mut self, dissector: &Dissector, transfer: TransferId, id: ConversationId) {
        let transfer = dissector.transfer(transfer);
        let (Some(transfer), Some(talk)) = (transfer, dissector.conversation(id)) else {
            return;
        };
        let index = self.index.get(&transfer.control);
        let Some(session) = index.and_then(|i| self.sessions.get_mut(*i)) else {
            return;
        };
        let opened_by_client = talk.client.ip() == session.client.ip();
        let (up, down) = if opened_by_client {
            (Direction::FromClient, Direction::FromServer)
        } else {
            (Direction::FromServer, Direction::FromClient)
        };
        self.len += 1;
        session.entries.push(Entry::Data(DataEntry {
            transfer: transfer.clone(),
            from: talk.client,
            to: talk.server,
            uploaded: talk.bytes(up),
            downloaded: talk.bytes(down),
            first_frame: talk.first_frame,
            last_frame: talk.last_frame,
            state: talk.state(),
        }));
    }
}

/// The FTP client's end of a control connection, and the server's.
fn ends(dissector: &Dissector, id: ConversationId) -> Option<(SocketAddr, SocketAddr)> {
    let talk = dissector.conversation(id)?;
    let client = dissector.control(id)?.client_direction();
    Some((talk.sender(client), talk.sender(client.opposite())))
}

/// The sessions, an empty line between them.
impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, session) in self.sessions.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            session.fmt(f)?;
        }
        Ok(())
    }
}

/// A heading, then a line for each line that was said: frame, speaker, words.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "FTP session {} > {}", self.client, self.server)?;
        self.entries.iter().try_for_each(|entry| entry.fmt(f))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Data(data) => data.fmt(f),
            Entry::Said(Said::Command(seen)) => {
                let line = Printable(seen.line.as_bytes());
                writeln!(f, "{:>6} C: {line}", seen.frame)
            }
            Entry::Said(Said::Reply(seen)) => {
                let text = seen.reply.to_string();
                text.split('\n').try_for_each(|line| {
                    writeln!(f, "{:>6} S: {}", seen.frame, Printable(line.as_bytes()))
                })
            }
            Entry::Said(Said::NotAReply { frame, line }) => {
                writeln!(f, "{frame:>6} S! {}", Printable(line.as_bytes()))
            }
            Entry::Said(Said::Encrypted { frame }) => {
                writeln!(f, "{frame:>6} -- encrypted from here on")
            }
            Entry::Said(Said::Gap {
                direction,
                frame,
                len,
            }) => {
                let who = match direction {
                    Direction::FromClient => "client",
                    Direction::FromServer => "server",
                };
                writeln!(
                    f,
                    "{frame:>6} -- {} of the {who} not in the capture",
                    Bytes(*len)
                )
            }
        }
    }
}

/// One line: the ends, what for, how much, how it ended.
impl fmt::Display for DataEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{:>6} D: {from} > {to}", self.last_frame)?;
        match &self.transfer.command {
            Some(command) => {
                write!(f, " {}", command.verb)?;
                if let Some(argument) = &command.argument {
                    write!(f, " {}", Printable(argument.as_bytes()))?;
                }
            }
            None => f.write_str(" nothing asked for")?,
        }
        match (self.uploaded, self.downloaded) {
            (0, 0) => f.write_str(", no bytes")?,
            (0, down) => write!(f, ", {} from the server", Bytes(down))?,
            (up, 0) => write!(f, ", {} from the client", Bytes(up))?,
            (up, down) => write!(f, ", {} from the client, {down} from the server", Bytes(up))?,
        }
        f.write_str(match self.state {
            State::Closed => "",
            State::Open => ", still open",
            State::Reset => ", reset",
            State::Refused => ", refused",
            State::Unanswered => ", unanswered",
        })?;
        writeln!(f)
    }
}
