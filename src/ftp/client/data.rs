//! The client's data connection, and what passes over it.

use core::convert::Infallible;
use std::net::SocketAddr;

use sha2::{Digest, Sha256};

use super::machine::{Client, Outcome, PATIENCE};
use super::many::MAX_LISTING;
use super::{Send, Verb};
use crate::ftp::block::BlockWriter;
use crate::ftp::convert::ToWire;
use crate::ftp::files::{Content, Reader};
use crate::ftp::io::{Action, DataEvent};
use crate::ftp::{Command, DataType, Text, TransferMode, Verb as Word};
use crate::time::{Duration, Instant};

/// What passed over a data connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The name in the command; empty if there was none.
    pub name: Text,
    /// Where to.
    pub what: Movement,
    /// How many bytes, as they were on the wire.
    pub bytes: u64,
    /// Their SHA-256, unless the client was to do without.
    pub sha256: Option<[u8; 32]>,
    /// How long the data connection stood.
    pub took: Duration,
    /// All went well to the end.
    pub complete: bool,
}

/// What passes over a data connection, and where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// A file, from the server.
    Fetched,
    /// A file, to the server.
    Stored,
    /// A listing, from the server.
    Listed,
}

/// Why a data connection was of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFailure {
    /// The reply that should have told its address did not.
    NoAddress,
    /// The server's port refused it.
    Refused,
    /// Nobody answered at the server's port.
    Unreachable,
    /// It was reset.
    Reset,
    /// The server said that all went well and never opened it.
    NeverOpened,
    /// The server said that all went well and never ended it.
    NeverEnded,
    /// The server ended it before all was sent, and said that all went well.
    CutShort,
}

impl core::fmt::Display for DataFailure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            DataFailure::NoAddress => "the server did not say where to connect",
            DataFailure::Refused => "it was refused",
            DataFailure::Unreachable => "nobody answered",
            DataFailure::Reset => "it was reset",
            DataFailure::NeverOpened => "the server never opened it",
            DataFailure::NeverEnded => "the server never ended it",
            DataFailure::CutShort => "the server ended it before all was sent",
        })
    }
}

/// Where the data connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Nothing,
    /// A listener has been asked for.
    Requested,
    Listening(SocketAddr),
    Connecting,
    Open,
    /// The peer has ended it, and so have we.
    Ended,
}

/// The data connection and the transfer on it.
#[derive(Debug, Default)]
pub(super) struct DataLine {
    state: State,
    transfer: Option<Transfer>,
    failure: Option<DataFailure>,
    /// When we lose patience.
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Transfer {
    name: Text,
    what: Movement,
    source: Option<Source>,
    /// The server has said 1yz.
    announced: bool,
    /// What came, if names are to be read from it.
    listing: Option<Vec<u8>>,
    bytes: u64,
    hash: Option<Sha256>,
    opened_at: Option<Instant>,
    ended_at: Option<Instant>,
}

/// A file being sent.
#[derive(Debug)]
struct Source {
    reader: Reader,
    /// In ASCII type: the converter, what it has made, and how far that is sent.
    text: Option<(ToWire, Vec<u8>, usize)>,
    /// In block mode.
    blocks: Option<BlockWriter>,
}

/// How far apart the restart markers of block mode are.
const MARKER_EVERY: u64 = 16 << 10;

impl Source {
    fn read(&mut self, room: &mut [u8]) -> usize {
        let Some(mut blocks) = self.blocks.take() else {
            return self.read_stream(room);
        };
        let read = blocks.read(room, |chunk| Ok::<_, Infallible>(self.read_stream(chunk)));
        self.blocks = Some(blocks);
        read.unwrap_or(0)
    }

    fn read_stream(&mut self, room: &mut [u8]) -> usize {
        let Some((convert, ready, sent)) = &mut self.text else {
            return self.reader.read(room);
        };
        if *sent >= ready.len() {
            let mut chunk = [0; 4096];
            let count = self.reader.read(&mut chunk);
            ready.clear();
            *sent = 0;
            convert.convert(&chunk[..count], ready);
        }
        let rest = ready.get(*sent..).unwrap_or(&[]);
        let count = rest.len().min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        *sent += count;
        count
    }
}

impl DataLine {
    pub fn begin_verb(&mut self) {
        self.failure = None;
        self.transfer = None;
        self.deadline = None;
        if self.state == State::Ended {
            self.state = State::Nothing;
        }
    }

    /// The listener stands, or the connection is open.
    pub fn stands(&self) -> bool {
        matches!(self.state, State::Listening(_) | State::Open)
    }

    /// Something has been done for a data connection.
    pub fn is_prepared(&self) -> bool {
        !matches!(self.state, State::Nothing | State::Ended)
    }

    pub fn is_requested(&self) -> bool {
        self.state == State::Requested
    }

    pub fn listener(&self) -> Option<SocketAddr> {
        match self.state {
            State::Listening(address) => Some(address),
            _ => None,
        }
    }

    /// There is no transfer, or its bytes have all passed.
    pub fn is_over(&self) -> bool {
        let ended = |t: &Transfer| t.ended_at.is_some();
        self.failure.is_some() || self.transfer.as_ref().is_none_or(ended)
    }

    /// The transfer is one to the server.
    pub fn is_sending(&self) -> bool {
        let transfer = self.transfer.as_ref();
        transfer.is_some_and(|transfer| transfer.source.is_some())
    }

    pub fn failure(&self) -> Option<DataFailure> {
        self.failure
    }

    /// What came of a listing that was to be read.
    pub fn take_listing(&mut self) -> Vec<u8> {
        let transfer = self.transfer.as_mut();
        transfer.and_then(|t| t.listing.take()).unwrap_or_default()
    }

    pub fn take_moved(&mut self, now: Instant, complete: bool) -> Option<Moved> {
        let transfer = self.transfer.take()?;
        self.deadline = None;
        let ended = transfer.ended_at.unwrap_or(now);
        Some(Moved {
            name: transfer.name,
            what: transfer.what,
            bytes: transfer.bytes,
            sha256: transfer.hash.map(|hash| hash.finalize().into()),
            took: transfer.opened_at.map_or(Duration::ZERO, |at| ended - at),
            complete,
        })
    }
}

impl Client {
    pub(super) fn listen(&mut self, now: Instant, port: Option<u16>) {
        self.drop_data(now);
        self.data.state = State::Requested;
        self.act(now, Action::Listen { port });
    }

    pub(super) fn connect_data(&mut self, now: Instant, to: SocketAddr) {
        self.drop_data(now);
        self.data.state = State::Connecting;
        self.act(now, Action::ConnectData { to, from: None });
    }

    /// The reply that tells where to connect does not tell it.
    pub(super) fn no_address(&mut self) {
        self.data_failed(DataFailure::NoAddress);
    }

    /// Closes whatever stands, in order.
    pub(super) fn drop_data(&mut self, now: Instant) {
        match core::mem::take(&mut self.data.state) {
            State::Nothing | State::Ended => {}
            State::Requested | State::Listening(_) => self.act(now, Action::Unlisten),
            State::Connecting => self.act(now, Action::AbortData),
            State::Open => self.act(now, Action::CloseData),
        }
    }

    /// The main command of a transfer is being said.
    pub(super) fn begin_transfer(&mut self, now: Instant, word: Option<Word>) {
        let Some(job) = &self.job else {
            return;
        };
        let what = match word {
            Some(Word::Stor | Word::Appe | Word::Stou) => Movement::Stored,
            Some(Word::List | Word::Nlst | Word::Mlsd) => Movement::Listed,
            _ => Movement::Fetched,
        };
        let blocks = self.mode_in_force == TransferMode::Block;
        let ascii = !matches!(
            self.type_in_force,
            Some(DataType::Image | DataType::Local(_))
        );
        let (name, content, offset) = match &job.verb {
            Verb::Get { remote, .. } => (remote.clone(), None, 0),
            Verb::Put {
                remote,
                content,
                offset,
                ..
            } => (remote.clone(), Some(content), *offset),
            Verb::Ls(path)
            | Verb::Dir(path)
            | Verb::Nlst(path)
            | Verb::List(path)
            | Verb::Mlsd(path) => (path.clone().unwrap_or_default(), None, 0),
            Verb::GetMany(pattern) => (pattern.clone(), None, 0),
            Verb::Send(send) => (raw_name(send), Some(&send.content), 0),
            _ => (Text::default(), None, 0),
        };
        let content = content.filter(|_| what == Movement::Stored);
        let source = content.map(|content: &Content| Source {
            reader: content.reader(offset),
            text: ascii.then(|| (ToWire::default(), Vec::new(), 0)),
            blocks: blocks.then(|| BlockWriter::new(MARKER_EVERY)),
        });
        let open = self.data.state == State::Open;
        self.data.transfer = Some(Transfer {
            name,
            what,
            source,
            announced: false,
            listing: matches!(job.verb, Verb::GetMany(_)).then(Vec::new),
            bytes: 0,
            hash: self.digests.then(Sha256::new),
            opened_at: open.then_some(now),
            ended_at: None,
        });
    }

    /// The server has said 1yz.
    pub(super) fn transfer_announced(&mut self) {
        if let Some(transfer) = &mut self.data.transfer {
            transfer.announced = true;
        }
    }

    /// The server has said its final word: what has not passed yet should soon.
    pub(super) fn transfer_answered(&mut self, now: Instant) {
        if !self.data.is_over() {
            self.data.deadline = Some(now + PATIENCE);
        }
    }

    pub(super) fn data_event(&mut self, now: Instant, event: DataEvent<'_>) {
        // While a listener stands, what is told is about the connection of a
        // verb before: its FIN may be late.
        let stands = matches!(self.data.state, State::Requested | State::Listening(_));
        let is_late = !matches!(event, DataEvent::Listening(_) | DataEvent::Connected(_));
        if stands && is_late {
            return;
        }
        match event {
            DataEvent::Listening(address) => {
                if self.data.state == State::Requested {
                    self.data.state = State::Listening(address);
                }
            }
            DataEvent::Connected(_) => {
                self.data.state = State::Open;
                if let Some(transfer) = &mut self.data.transfer {
                    transfer.opened_at = Some(now);
                }
            }
            DataEvent::Received(bytes) => self.data_received(now, bytes),
            DataEvent::Eof => self.data_ended(now),
            DataEvent::Acknowledged => {}
            DataEvent::Closed => self.data.state = State::Nothing,
            DataEvent::Refused => self.data_failed(DataFailure::Refused),
            DataEvent::Unreachable => self.data_failed(DataFailure::Unreachable),
            DataEvent::Reset => self.data_failed(DataFailure::Reset),
        }
    }

    fn data_received(&mut self, now: Instant, bytes: &[u8]) {
        let Some(transfer) = &mut self.data.transfer else {
            return;
        };
        if transfer.source.is_some() {
            return;
        }
        transfer.bytes = transfer.bytes.saturating_add(bytes.len() as u64);
        if let Some(hash) = &mut transfer.hash {
            hash.update(bytes);
        }
        if let Some(listing) = &mut transfer.listing {
            let room = MAX_LISTING.saturating_sub(listing.len()).min(bytes.len());
            listing.extend_from_slice(bytes.get(..room).unwrap_or(&[]));
        }
        if let Some(deadline) = &mut self.data.deadline {
            *deadline = now + PATIENCE;
        }
        let so_far = transfer.bytes;
        let Some(job) = &mut self.job else {
            return;
        };
        if let Verb::Get {
            abort_after: Some(most),
            ..
        } = job.verb
            && so_far >= most
            && !job.aborting
        {
            job.aborting = true;
            self.say_abort(now);
        }
    }

    /// The server's FIN: the end of a download.
    fn data_ended(&mut self, now: Instant) {
        self.act(now, Action::CloseData);
        self.data.state = State::Ended;
        if let Some(transfer) = &mut self.data.transfer
            && transfer.ended_at.is_none()
        {
            transfer.ended_at = Some(now);
            if transfer.source.is_some() {
                self.data.failure = Some(DataFailure::CutShort);
            }
        }
    }

    fn data_failed(&mut self, failure: DataFailure) {
        let aborting = self.job.as_ref().is_some_and(|job| job.aborting);
        self.data.state = State::Nothing;
        // What becomes of an old connection is nothing to a verb without one.
        let concerned = self.job.as_ref().is_none_or(|job| moves_data(&job.verb));
        if self.data.transfer.is_none() && !concerned {
            return;
        }
        if !aborting {
            self.data.failure = Some(failure);
        } else if let Some(transfer) = &mut self.data.transfer {
            transfer.ended_at = transfer.ended_at.or(transfer.opened_at);
        }
        // Before the main command there is nothing more to wait for.
        let raw = matches!(
            self.job.as_ref().map(|job| &job.verb),
            None | Some(Verb::Send(_))
        );
        if self.data.transfer.is_none()
            && !raw
            && let Some(job) = &mut self.job
        {
            job.todo.clear();
            job.next_at = None;
            job.answered = true;
            job.failure.get_or_insert(Outcome::Data(failure));
        }
    }

    /// Gives the next bytes of the file being sent.
    pub(super) fn fill(&mut self, now: Instant, room: &mut [u8]) -> usize {
        if self.data.state != State::Open {
            return 0;
        }
        let Some(transfer) = self.data.transfer.as_mut().filter(|t| t.announced) else {
            return 0;
        };
        let Some(source) = transfer
            .source
            .as_mut()
            .filter(|_| transfer.ended_at.is_none())
        else {
            return 0;
        };
        let count = source.read(room);
        let bytes = room.get(..count).unwrap_or(&[]);
        transfer.bytes = transfer.bytes.saturating_add(count as u64);
        if let Some(hash) = &mut transfer.hash {
            hash.update(bytes);
        }
        if count == 0 {
            transfer.ended_at = Some(now);
            self.data.state = State::Ended;
            self.act(now, Action::CloseData);
        }
        count
    }

    pub(super) fn patience_ends(&self) -> Option<Instant> {
        self.data.deadline
    }

    pub(super) fn data_timeout(&mut self, now: Instant) {
        if self.data.deadline.is_none_or(|deadline| deadline > now) {
            return;
        }
        self.data.deadline = None;
        let opened = self
            .data
            .transfer
            .as_ref()
            .is_some_and(|t| t.opened_at.is_some());
        self.data.failure = Some(if opened {
            DataFailure::NeverEnded
        } else {
            DataFailure::NeverOpened
        });
        if self.data.state == State::Open {
            self.data.state = State::Nothing;
            self.act(now, Action::AbortData);
        }
    }
}

/// The verb may open a data connection; of raw lines one cannot tell.
fn moves_data(verb: &Verb) -> bool {
    matches!(
        verb,
        Verb::Ls(_)
            | Verb::Dir(_)
            | Verb::Nlst(_)
            | Verb::List(_)
            | Verb::Mlsd(_)
            | Verb::Get { .. }
            | Verb::GetMany(_)
            | Verb::Put { .. }
            | Verb::Send(_)
    )
}

/// The parameter of the first transfer command among raw lines.
fn raw_name(send: &Send) -> Text {
    let bytes = send.pieces.concat();
    let mut lines = bytes.split(|b| *b == b'\n');
    let name = lines.find_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let command = Command::parse(line).ok()?;
        command.verb().filter(|word| word.is_transfer())?;
        command.parameter()
    });
    name.unwrap_or_default()
}
