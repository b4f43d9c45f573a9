//! Data connections and what passes over them (RFC 959 §3.2, §5.2).

use std::net::SocketAddr;

use super::config::Limits;
use super::persona::{Connects, DataPort, DownloadEnd};
use super::rules::{DataFault, Rule};
use super::session::Turn;
use super::words::Message;
use crate::ftp::convert::{FromWire, ToWire};
use crate::ftp::files::{FileError, Reader};
use crate::ftp::io::{Action, DataEvent};
use crate::ftp::path::VirtualPath;
use crate::ftp::{DataType, Reply, Structure, Text, Verb};
use crate::time::{Duration, Instant};

/// What the client has prepared, and what has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    /// Nothing is prepared.
    Nothing,
    /// PORT or EPRT: connect there when a transfer begins.
    Active(SocketAddr),
    /// PASV or EPSV: the listener is being opened; then this is said.
    Requested(PassiveReply),
    /// The listener stands and nobody has come.
    Listening(SocketAddr),
    /// Being opened by us.
    Connecting,
    /// Open.
    Open,
}

/// How a listener is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PassiveReply {
    /// 227
    Pasv,
    /// 229
    Epsv,
}

/// A transfer command being carried out.
#[derive(Debug)]
pub(super) struct Transfer {
    verb: Verb,
    /// The rule for it.
    rule: Option<Rule>,
    /// The name as it was given.
    name: Text,
    job: Job,
    phase: Phase,
    /// The 1yz reply has been said.
    announced: bool,
    /// The final reply has been said.
    concluded: bool,
    /// Bytes that have passed.
    pub moved: u64,
    /// When something last moved, or the phase began.
    moved_at: Instant,
}

/// What passes.
#[derive(Debug)]
pub(super) enum Job {
    /// A listing, made beforehand.
    Listing { bytes: Vec<u8>, at: usize },
    /// A file to the client.
    Download(Download),
    /// A file from the client.
    Upload(Upload),
}

#[derive(Debug)]
pub(super) struct Download {
    reader: Reader,
    fails_at: Option<u64>,
    /// In ASCII type: the converter, what it has made, and how far that is sent.
    text: Option<(ToWire, Vec<u8>, usize)>,
    /// Bytes of the converted file to leave out (REST in ASCII type).
    skip: u64,
}

#[derive(Debug)]
pub(super) struct Upload {
    path: VirtualPath,
    offset: u64,
    text: Option<FromWire>,
    /// How many bytes more the user may store.
    allowance: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The data connection is not open yet.
    Opening,
    /// The disk is being read, until then.
    Reading(Instant),
    /// Bytes pass.
    Moving,
    /// Bytes will pass again then: the rate is limited.
    Pausing(Instant),
    /// Nothing will pass any more, and nothing else happens: a fault.
    Stuck,
    /// All is sent and waits to be acknowledged.
    Draining,
    /// The final reply has been said; the FIN follows then.
    Lingering(Instant),
    /// Our FIN is sent; the other side's is waited for.
    Closing,
}

impl Job {
    pub fn listing(bytes: Vec<u8>) -> Job {
        Job::Listing { bytes, at: 0 }
    }

    /// Writes the next bytes to the front of `room`; 0 at the end.
    fn read(&mut self, room: &mut [u8]) -> Result<usize, FileError> {
        match self {
            Job::Listing { bytes, at } => {
                let rest = bytes.get(*at..).unwrap_or(&[]);
                let count = rest.len().min(room.len());
                room[..count].copy_from_slice(&rest[..count]);
                *at += count;
                Ok(count)
            }
            Job::Download(download) => download.read(room),
            Job::Upload(_) => Ok(0),
        }
    }
}

impl Download {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, FileError> {
        let Some((_, ready, sent)) = &mut self.text else {
            return read_until(&mut self.reader, self.fails_at, room);
        };
        if *sent >= ready.len() {
            self.refill()?;
        }
        let Some((_, ready, sent)) = &mut self.text else {
            return Ok(0);
        };
        let rest = ready.get(*sent..).unwrap_or(&[]);
        let count = rest.len().min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        *sent += count;
        Ok(count)
    }

    /// Converts the next bytes of the file, past those to be left out.
    fn refill(&mut self) -> Result<(), FileError> {
        let mut chunk = [0; 4096];
        let Some((convert, ready, sent)) = &mut self.text else {
            return Ok(());
        };
        loop {
            ready.clear();
            *sent = 0;
            let count = read_until(&mut self.reader, self.fails_at, &mut chunk)?;
            convert.convert(&chunk[..count], ready);
            let skipped = self.skip.min(ready.len() as u64);
            self.skip -= skipped;
            *sent = usize::try_from(skipped).unwrap_or(0);
            if count == 0 || *sent < ready.len() {
                return Ok(());
            }
        }
    }
}

/// Reads up to where reading fails, and then fails.
fn read_until(
    reader: &mut Reader,
    fails_at: Option<u64>,
    room: &mut [u8],
) -> Result<usize, FileError> {
    let Some(end) = fails_at else {
        return Ok(reader.read(room));
    };
    let left = end.saturating_sub(reader.offset());
    let most = usize::try_from(left).unwrap_or(usize::MAX).min(room.len());
    let count = reader.read(&mut room[..most]);
    match count {
        0 if left == 0 => Err(FileError::Denied),
        _ => Ok(count),
    }
}

impl Transfer {
    fn fault(&self) -> DataFault {
        self.rule.as_ref().and_then(|r| r.data).unwrap_or_default()
    }

    pub fn poll_timeout(&self, limits: &Limits) -> Option<Instant> {
        match self.phase {
            Phase::Opening => Some(self.moved_at + limits.accept),
            Phase::Reading(at) | Phase::Pausing(at) | Phase::Lingering(at) => Some(at),
            _ => limits.stall.map(|stall| self.moved_at + stall),
        }
    }
}

impl Turn<'_> {
    /// RETR
    pub fn retrieve(&mut self, name: &Text) {
        let who = self.who();
        let opened = self
            .find(name)
            .and_then(|path| self.shared.files.open(&path, &who));
        let file = match opened {
            Ok(file) => file,
            Err(error) => return self.say_file_error(Message::FileFailed, name, error),
        };
        let size = file.content.size();
        let credits = self.user().and_then(|(_, user)| user.credits);
        if credits.is_some_and(|credits| size > credits) {
            return self.say(Message::CreditsExceeded, &[("file", name.clone())]);
        }
        let offset = core::mem::take(&mut self.s.restart);
        let ascii = self.is_ascii();
        if offset > size && !ascii {
            return self.say(Message::BeyondEnd, &[("file", name.clone())]);
        }
        let download = Download {
            reader: file.content.reader(if ascii { 0 } else { offset }),
            fails_at: file.fails_at,
            text: ascii.then(|| (ToWire::default(), Vec::new(), 0)),
            skip: if ascii { offset } else { 0 },
        };
        self.begin(Verb::Retr, name.clone(), Job::Download(download));
    }

    /// STOR and APPE
    pub fn store(&mut self, verb: Verb, name: &Text) {
        if self.lacks_account() {
            return self.say(Message::NeedAccountToStore, &[]);
        }
        let path = match self.find(name) {
            Ok(path) => path,
            Err(error) => return self.say_file_error(Message::NameNotAllowed, name, error),
        };
        let who = self.who();
        let quota = self.user().and_then(|(_, user)| user.quota);
        let used = self.shared.files.stored_by(&who);
        let allowance = quota.map_or(u64::MAX, |quota| quota.saturating_sub(used));
        if self.shared.files.free() == 0 {
            return self.say_file_error(Message::DiskFull, name, FileError::Full);
        }
        let date = self.shared.date(self.now);
        if let Err(error) = self.shared.files.create(&path, &who, date) {
            return self.say_file_error(Message::NameNotAllowed, name, error);
        }
        let restart = core::mem::take(&mut self.s.restart);
        let offset = match (verb, restart) {
            (Verb::Appe, _) => self.shared.files.get(&path).map_or(0, |e| e.size()),
            (_, 0) => {
                self.shared.files.truncate(&path, 0, date);
                0
            }
            _ => restart,
        };
        let upload = Upload {
            path,
            offset,
            text: self.is_ascii().then(FromWire::default),
            allowance,
        };
        self.begin(verb, name.clone(), Job::Upload(upload));
    }

    /// STOU: a name that does not exist yet.
    pub fn store_unique(&mut self) {
        loop {
            self.shared.unique = self.shared.unique.saturating_add(1);
            let name = Text::from(format!("ftp{:05}", self.shared.unique));
            let taken = self.entry(&name).is_ok();
            if !taken || self.shared.unique == u32::MAX {
                return self.store(Verb::Stou, &name);
            }
        }
    }

    fn is_ascii(&self) -> bool {
        matches!(self.s.data_type, DataType::Ascii(_))
    }

    /// Begins a transfer: opens the data connection, or finds it open.
    pub fn begin(&mut self, verb: Verb, name: Text, job: Job) {
        if self.s.structure == Structure::Page {
            return self.say(Message::PageType, &[]);
        }
        let target = match self.s.data {
            Data::Nothing if self.persona().default_data_port => Some(self.s.peer),
            Data::Nothing | Data::Connecting | Data::Requested(_) => {
                return self.say(Message::NoDataConnection, &[]);
            }
            Data::Active(to) => Some(to),
            Data::Listening(_) | Data::Open => None,
        };
        self.s.transfer = Some(Transfer {
            verb,
            rule: self.s.rule.clone(),
            name,
            job,
            phase: Phase::Opening,
            announced: false,
            concluded: false,
            moved: 0,
            moved_at: self.now,
        });
        let early = self.persona().connects == Connects::AfterReply;
        if early || self.fault().absent {
            self.announce();
        }
        if self.fault().absent {
            self.close_data();
            self.conclude(Message::TransferComplete);
            self.s.transfer = None;
            return;
        }
        if let Some(to) = target {
            self.s.data = Data::Connecting;
            let from = match self.persona().data_port {
                DataPort::BelowControl => self.s.local.port().checked_sub(1),
                DataPort::Any => None,
            };
            self.act(Action::ConnectData { to, from });
        } else if self.s.data == Data::Open {
            self.opened(true);
        }
    }

    fn fault(&self) -> DataFault {
        let transfer = self.s.transfer.as_ref();
        transfer.map(Transfer::fault).unwrap_or_default()
    }

    fn set_phase(&mut self, phase: Phase) {
        if let Some(transfer) = &mut self.s.transfer {
            transfer.phase = phase;
            transfer.moved_at = self.now;
        }
    }

    /// Says the 1yz reply.
    fn announce(&mut self) {
        self.announce_as(None);
    }

    fn announce_as(&mut self, other: Option<Message>) {
        let Some(transfer) = self.s.transfer.as_mut().filter(|t| !t.announced) else {
            return;
        };
        transfer.announced = true;
        let (usual, size) = match (&transfer.job, transfer.verb) {
            (Job::Listing { .. }, _) => (Message::OpeningList, 0),
            (Job::Download(download), _) => {
                (Message::OpeningFile, download.reader.content().size())
            }
            (Job::Upload(_), Verb::Stou) => (Message::OpeningUnique, 0),
            (Job::Upload(_), _) => (Message::OpeningUpload, 0),
        };
        let values = [
            ("file", transfer.name.clone()),
            ("size", Text::from(size.to_string())),
        ];
        self.say(other.unwrap_or(usual), &values);
    }

    /// The data connection is open, and a transfer has waited for it.
    fn opened(&mut self, already: bool) {
        self.s.data = Data::Open;
        let unique = self
            .s
            .transfer
            .as_ref()
            .is_some_and(|t| t.verb == Verb::Stou);
        if !already {
            // Opening the file or the directory comes between the handshake
            // and the reply.
            let at = self.now + self.persona().think;
            self.s.out.delay_until(at);
        }
        let says_125 = already && self.persona().says_125 && !unique;
        self.with_transfer_rule(|turn| {
            turn.announce_as(says_125.then_some(Message::AlreadyOpen));
        });
        let upload = matches!(
            self.s.transfer,
            Some(Transfer {
                job: Job::Upload(_),
                ..
            })
        );
        if self.fault().reply_first {
            self.conclude(Message::TransferComplete);
        }
        let said_at = self.s.out.free_from(self.now);
        let ready = said_at + self.persona().reading;
        let phase = if upload {
            Phase::Moving
        } else {
            Phase::Reading(ready)
        };
        self.set_phase(phase);
    }

    /// Says something as the rule of the transfer wants it said.
    fn with_transfer_rule(&mut self, say: impl FnOnce(&mut Self)) {
        let rule = self.s.transfer.as_ref().and_then(|t| t.rule.clone());
        let kept = core::mem::replace(&mut self.s.rule, rule);
        say(self);
        self.s.rule = kept;
    }

    /// Says the final reply of the transfer, once.
    fn conclude(&mut self, message: Message) {
        let Some(transfer) = self.s.transfer.as_mut().filter(|t| !t.concluded) else {
            return;
        };
        transfer.concluded = true;
        let listing = matches!(transfer.job, Job::Listing { .. });
        let message = match message {
            Message::TransferComplete if listing => Message::ListComplete,
            other => other,
        };
        let size = Text::from(transfer.moved.to_string());
        let values = [("file", transfer.name.clone()), ("size", size)];
        let reply: Reply = self.words(message, &values);
        self.with_transfer_rule(|turn| {
            let answer = turn.s.rule.as_ref().filter(|rule| rule.data.is_some());
            match answer.and_then(|rule| rule.answer.clone()) {
                Some(answer) => turn.give(answer),
                None => turn.reply(reply),
            }
            turn.do_then();
        });
        self.s.active_at = self.now;
    }

    /// The transfer is over.
    fn finish(&mut self, message: Message) {
        self.conclude(message);
        self.s.transfer = None;
        self.s.data = Data::Nothing;
        self.s.active_at = self.now;
    }

    /// The transfer has failed: the data connection is reset, and this is said.
    fn fail(&mut self, message: Message) {
        match self.s.data {
            Data::Listening(_) | Data::Requested(_) => self.act(Action::Unlisten),
            Data::Open | Data::Connecting => self.act(Action::AbortData),
            Data::Nothing | Data::Active(_) => {}
        }
        self.finish(message);
    }

    /// Ends a transfer without a word: the control connection is gone.
    pub fn abandon_transfer(&mut self) {
        if self.s.transfer.take().is_some() {
            if matches!(self.s.data, Data::Open | Data::Connecting) {
                self.act(Action::AbortData);
                self.s.data = Data::Nothing;
            }
            self.close_data();
        }
    }

    /// Forgets what was prepared, and closes what stands.
    pub fn close_data(&mut self) {
        match core::mem::replace(&mut self.s.data, Data::Nothing) {
            Data::Nothing | Data::Active(_) => {}
            Data::Requested(_) | Data::Listening(_) => self.act(Action::Unlisten),
            Data::Connecting | Data::Open => self.act(Action::CloseData),
        }
    }

    /// ABOR (RFC 959 §4.1.3): 426 for the transfer, 226 for itself; 225 if
    /// there was nothing to abort.
    pub fn abort(&mut self) {
        let concluded = self.s.transfer.as_ref().is_none_or(|t| t.concluded);
        if !concluded {
            self.fail(Message::Aborted);
            self.say(Message::AbortDone, &[]);
        } else if matches!(self.s.data, Data::Open | Data::Connecting) {
            self.close_data();
            self.s.transfer = None;
            self.say(Message::AbortDone, &[]);
        } else {
            self.say(Message::NothingToAbort, &[]);
        }
    }

    /// Something has happened to the data connection.
    pub fn data(&mut self, event: DataEvent<'_>) {
        let phase = self.s.transfer.as_ref().map(|t| t.phase);
        match (event, phase) {
            (DataEvent::Listening(address), _) => {
                if let Data::Requested(reply) = self.s.data {
                    self.s.data = Data::Listening(address);
                    self.say_passive(reply, address);
                }
            }
            (DataEvent::Connected(from), _) if from.ip() != self.s.peer.ip() => {
                self.stranger(from);
            }
            (DataEvent::Connected(_), Some(Phase::Opening)) => self.opened(false),
            (DataEvent::Connected(_), _) => self.s.data = Data::Open,
            (DataEvent::Received(bytes), Some(Phase::Moving)) => self.keep(bytes),
            (DataEvent::Received(_), _) => {}
            (DataEvent::Eof, Some(Phase::Moving)) => self.peer_ended(),
            (DataEvent::Eof, None) if self.s.data == Data::Open => self.close_data(),
            (DataEvent::Eof, _) => {}
            (DataEvent::Acknowledged, Some(Phase::Draining)) => self.drained(),
            (DataEvent::Acknowledged, _) => {}
            (DataEvent::Closed, Some(Phase::Closing)) => self.finish(Message::TransferComplete),
            (DataEvent::Closed, _) => {}
            (DataEvent::Refused | DataEvent::Unreachable, Some(Phase::Opening)) => {
                self.s.data = Data::Nothing;
                self.finish(Message::CannotOpenData);
            }
            (DataEvent::Reset | DataEvent::Refused | DataEvent::Unreachable, Some(_)) => {
                self.s.data = Data::Nothing;
                self.finish(Message::Aborted);
            }
            (DataEvent::Reset | DataEvent::Refused | DataEvent::Unreachable, None) => {
                if matches!(self.s.data, Data::Open | Data::Connecting) {
                    self.s.data = Data::Nothing;
                }
            }
        }
    }

    /// Somebody else has taken the place of the client at the listener: is
    /// thrown out, and the client's place kept.
    fn stranger(&mut self, from: SocketAddr) {
        self.act(Action::AbortData);
        if let Data::Listening(address) = self.s.data {
            self.act(Action::Listen {
                port: Some(address.port()),
            });
        } else if from.ip() != self.s.peer.ip() {
            self.s.data = Data::Nothing;
        }
    }

    /// The client's FIN: the end of an upload; of a download, it is nothing to us.
    fn peer_ended(&mut self) {
        let Some(Transfer {
            job: Job::Upload(upload),
            ..
        }) = &mut self.s.transfer
        else {
            return;
        };
        let mut rest = Vec::new();
        if let Some(text) = &mut upload.text {
            text.finish(&mut rest);
        }
        if !rest.is_empty() && self.write(&rest).is_err() {
            return self.fail(Message::QuotaExceeded);
        }
        self.act(Action::CloseData);
        self.finish(Message::TransferComplete);
    }

    /// Stores what has come.
    fn keep(&mut self, bytes: &[u8]) {
        let fault = self.fault();
        let Some(transfer) = &mut self.s.transfer else {
            return;
        };
        let Job::Upload(upload) = &mut transfer.job else {
            return;
        };
        transfer.moved = transfer.moved.saturating_add(bytes.len() as u64);
        transfer.moved_at = self.now;
        let moved = transfer.moved;
        let mut converted = Vec::new();
        let data = match &mut upload.text {
            None => bytes,
            Some(text) => {
                text.convert(bytes, &mut converted);
                &converted
            }
        };
        if self.write(data).is_err() {
            return self.fail(Message::QuotaExceeded);
        }
        if fault.reset_after.is_some_and(|n| moved >= n) {
            self.fail(Message::Aborted);
        } else if fault.close_after.is_some_and(|n| moved >= n) {
            self.act(Action::CloseData);
            self.finish(Message::Aborted);
        } else if fault.stop_after.is_some_and(|n| moved >= n) {
            self.set_phase(Phase::Stuck);
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<(), FileError> {
        let date = self.shared.date(self.now);
        let Some(Transfer {
            job: Job::Upload(upload),
            ..
        }) = &mut self.s.transfer
        else {
            return Ok(());
        };
        let length = data.len() as u64;
        if length > upload.allowance {
            return Err(FileError::Full);
        }
        let (path, offset) = (&upload.path, upload.offset);
        self.shared.files.write_at(path, offset, data, date)?;
        upload.offset += length;
        upload.allowance -= length;
        Ok(())
    }

    /// Gives the next bytes of the file being sent.
    pub fn fill(&mut self, room: &mut [u8]) -> usize {
        let now = self.now;
        let Some(transfer) = &mut self.s.transfer else {
            return 0;
        };
        match transfer.phase {
            Phase::Reading(at) | Phase::Pausing(at) if at <= now => {
                transfer.phase = Phase::Moving;
            }
            Phase::Moving => {}
            _ => return 0,
        }
        if matches!(transfer.job, Job::Upload(_)) {
            return 0;
        }
        let fault = transfer.fault();
        let limit = [fault.stop_after, fault.close_after, fault.reset_after];
        let left = limit
            .iter()
            .flatten()
            .min()
            .map(|n| n.saturating_sub(transfer.moved));
        let mut most = left.map_or(room.len(), |left| at_most(room.len(), left));
        if let Some(rate) = fault.bytes_per_second {
            // A tenth of a second's worth at a time.
            most = at_most(most, (rate / 10).max(1));
        }
        let filled = match left {
            Some(0) => 0,
            _ => match transfer.job.read(&mut room[..most]) {
                Ok(count) => count,
                Err(_) => {
                    self.fail(Message::ReadFailed);
                    return 0;
                }
            },
        };
        transfer.moved += filled as u64;
        transfer.moved_at = now;
        if fault.bytes_per_second.is_some() && filled > 0 {
            transfer.phase = Phase::Pausing(now + Duration::from_millis(100));
        }
        let at_limit = |n: Option<u64>| n.is_some_and(|n| transfer.moved >= n);
        if at_limit(fault.reset_after) {
            self.fail(Message::Aborted);
        } else if at_limit(fault.stop_after) {
            self.set_phase(Phase::Stuck);
        } else if filled == 0 || at_limit(fault.close_after) {
            self.all_sent();
        }
        filled
    }

    fn all_sent(&mut self) {
        let nothing = self.s.transfer.as_ref().is_none_or(|t| t.moved == 0);
        match self.persona().ending {
            DownloadEnd::ReplyThenClose { .. } if nothing => self.drained(),
            DownloadEnd::ReplyThenClose { .. } => self.set_phase(Phase::Draining),
            DownloadEnd::CloseThenReply => {
                self.act(Action::CloseData);
                self.set_phase(Phase::Closing);
            }
            DownloadEnd::Together => {
                self.act(Action::CloseData);
                self.finish(Message::TransferComplete);
            }
        }
    }

    /// All that was sent has been acknowledged.
    fn drained(&mut self) {
        if let DownloadEnd::ReplyThenClose { after } = self.persona().ending {
            self.conclude(Message::TransferComplete);
            self.set_phase(Phase::Lingering(self.now + after));
        }
    }

    pub fn transfer_timeouts(&mut self) {
        let Some(transfer) = &self.s.transfer else {
            return;
        };
        let due = transfer.poll_timeout(&self.persona().limits);
        if due.is_none_or(|due| due > self.now) {
            return;
        }
        match transfer.phase {
            // The owner of the sockets asks for bytes after this.
            Phase::Reading(_) | Phase::Pausing(_) => self.set_phase(Phase::Moving),
            Phase::Lingering(_) => {
                self.act(Action::CloseData);
                self.finish(Message::TransferComplete);
            }
            Phase::Opening => self.fail(Message::CannotOpenData),
            _ => self.fail(Message::Aborted),
        }
    }
}

fn at_most(length: usize, most: u64) -> usize {
    usize::try_from(most).map_or(length, |most| most.min(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::files::Content;

    #[test]
    fn text_is_converted_and_skipped_as_it_is_read() {
        let mut download = Download {
            reader: Content::bytes("ab\ncd\n").reader(0),
            fails_at: None,
            text: Some((ToWire::default(), Vec::new(), 0)),
            skip: 3,
        };
        let mut room = [0; 3];
        assert_eq!(download.read(&mut room), Ok(3));
        assert_eq!(&room, b"\ncd");
        assert_eq!(download.read(&mut room), Ok(2));
        assert_eq!(download.read(&mut room), Ok(0));
    }

    #[test]
    fn reading_fails_where_it_should() {
        let mut download = Download {
            reader: Content::bytes("abcdef").reader(0),
            fails_at: Some(4),
            text: None,
            skip: 0,
        };
        let mut room = [0; 10];
        assert_eq!(download.read(&mut room), Ok(4));
        assert_eq!(download.read(&mut room), Err(FileError::Denied));
    }
}
