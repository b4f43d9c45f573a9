//! Data connections and what passes over them (RFC 959 §3.2, §5.2).

use std::net::SocketAddr;

use super::config::Limits;
use super::job::{Download, Job};
use super::persona::{Connects, DataPort, DownloadEnd};
use super::rules::{DataFault, Rule};
use super::session::Turn;
use super::words::Message;
use crate::ftp::block::{BlockReader, BlockWriter};
use crate::ftp::convert::ToWire;
use crate::ftp::files::FileError;
use crate::ftp::io::{Action, DataEvent};
use crate::ftp::{DataType, Reply, Structure, Text, TransferMode, Verb};
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
    /// In block mode: what makes blocks of a download.
    writer: Option<BlockWriter>,
    /// In block mode: what reads the blocks of an upload.
    pub reader: Option<BlockReader>,
    /// The name as it was given.
    pub name: Text,
    pub job: Job,
    phase: Phase,
    /// The 1yz reply has been said.
    announced: bool,
    /// The final reply has been said.
    concluded: bool,
    /// What still comes is thrown away.
    pub refused: bool,
    /// All that was sent has been acknowledged.
    acknowledged: bool,
    /// Bytes that have passed.
    pub moved: u64,
    /// When something last moved, or the phase began.
    pub moved_at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
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
    /// The same, after a file that could not be read to its end.
    Failing,
}

impl Transfer {
    fn fault(&self) -> DataFault {
        self.rule.as_ref().and_then(|r| r.data).unwrap_or_default()
    }

    fn read(&mut self, room: &mut [u8]) -> Result<usize, FileError> {
        let job = &mut self.job;
        match &mut self.writer {
            Some(writer) => writer.read(room, |chunk| job.read(chunk)),
            None => job.read(room),
        }
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
        let opened = self.find(name).and_then(|path| {
            let (files, who) = self.files();
            files.open(&path, who)
        });
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
            file: Some((file.content, offset)),
        };
        self.begin(Verb::Retr, name.clone(), Job::Download(download));
    }

    pub fn is_ascii(&self) -> bool {
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
        let rule = self.s.rule.clone();
        let job = match rule.as_ref().and_then(|rule| rule.content.clone()) {
            Some(content) if !matches!(job, Job::Upload(_)) => Job::Download(Download {
                reader: content.reader(0),
                fails_at: None,
                text: None,
                skip: 0,
                file: match job {
                    Job::Download(download) => download.file,
                    _ => None,
                },
            }),
            _ => job,
        };
        let blocks = self.s.mode == TransferMode::Block;
        self.s.transfer = Some(Transfer {
            verb,
            rule,
            writer: blocks.then(BlockWriter::default),
            reader: blocks.then(BlockReader::default),
            name,
            job,
            phase: Phase::Opening,
            announced: false,
            concluded: false,
            refused: false,
            acknowledged: true,
            moved: 0,
            moved_at: self.now,
        });
        let early = self.persona().connects == Connects::AfterReply;
        if early || self.fault().absent {
            self.announce();
        }
        if self.fault().absent {
            // What stands already is left alone.
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

    pub fn fault(&self) -> DataFault {
        let transfer = self.s.transfer.as_ref();
        transfer.map(Transfer::fault).unwrap_or_default()
    }

    pub fn set_phase(&mut self, phase: Phase) {
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
    pub fn with_transfer_rule(&mut self, say: impl FnOnce(&mut Self)) {
        let rule = self.s.transfer.as_ref().and_then(|t| t.rule.clone());
        let kept = core::mem::replace(&mut self.s.rule, rule);
        say(self);
        self.s.rule = kept;
    }

    /// Says the final reply of the transfer, once.
    pub fn conclude(&mut self, message: Message) {
        let Some(transfer) = self.s.transfer.as_mut().filter(|t| !t.concluded) else {
            return;
        };
        transfer.concluded = true;
        if message == Message::TransferComplete {
            self.remember();
        }
        let Some(transfer) = &self.s.transfer else {
            return;
        };
        let message = match (message, &transfer.job) {
            (Message::TransferComplete, Job::Listing { .. }) => Message::ListComplete,
            (Message::Aborted, Job::Upload(_)) => Message::UploadAborted,
            (other, _) => other,
        };
        let moved = Text::from(transfer.moved.to_string());
        let values = [("file", transfer.name.clone()), ("moved", moved)];
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
    pub fn finish(&mut self, message: Message) {
        self.conclude(message);
        self.s.transfer = None;
        self.s.data = Data::Nothing;
        self.s.active_at = self.now;
    }

    /// The transfer has failed: the data connection is reset, and this is said.
    pub fn fail(&mut self, message: Message) {
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
        // While a listener stands, what is told is about the connection of a
        // transfer before: its end may be late.
        let stands = matches!(self.s.data, Data::Requested(_) | Data::Listening(_));
        let is_late = !matches!(event, DataEvent::Listening(_) | DataEvent::Connected(_));
        if stands && is_late {
            return;
        }
        match (event, phase) {
            (DataEvent::Listening(address), _) => {
                if let Data::Requested(reply) = self.s.data {
                    self.s.data = Data::Listening(address);
                    let rule = self.s.passive_rule.take();
                    let kept = core::mem::replace(&mut self.s.rule, rule);
                    self.say_passive(reply, address);
                    self.do_then();
                    self.s.rule = kept;
                }
            }
            (DataEvent::Connected(from), _) if self.is_stranger(from) => {
                self.stranger();
            }
            (DataEvent::Connected(_), Some(Phase::Opening)) => self.opened(false),
            (DataEvent::Connected(_), _) => self.s.data = Data::Open,
            (DataEvent::Received(bytes), Some(Phase::Moving)) => self.keep(bytes),
            (DataEvent::Received(_), _) => {}
            (DataEvent::Eof, Some(Phase::Moving)) => self.peer_ended(),
            (DataEvent::Eof, None) if self.s.data == Data::Open => self.close_data(),
            (DataEvent::Eof, _) => {}
            (DataEvent::Acknowledged, Some(Phase::Draining)) => self.drained(),
            (DataEvent::Acknowledged, _) => {
                if let Some(transfer) = &mut self.s.transfer {
                    transfer.acknowledged = true;
                }
            }
            (DataEvent::Closed, Some(Phase::Closing)) => self.finish(Message::TransferComplete),
            (DataEvent::Closed, Some(Phase::Failing)) => self.finish(Message::ReadFailed),
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

    /// Somebody else than the client, and the persona cares.
    fn is_stranger(&self, from: SocketAddr) -> bool {
        from.ip() != self.s.peer.ip() && !self.persona().serves_strangers
    }

    /// Somebody else has taken the place of the client at the listener: is
    /// thrown out, and the client's place kept.
    fn stranger(&mut self) {
        self.act(Action::AbortData);
        if let Data::Listening(address) = self.s.data {
            self.act(Action::Listen {
                port: Some(address.port()),
            });
        } else {
            self.s.data = Data::Nothing;
        }
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
            _ => match transfer.read(&mut room[..most]) {
                Ok(count) => count,
                Err(_) => {
                    // What was read before goes out first.
                    self.act(Action::CloseData);
                    self.set_phase(Phase::Failing);
                    return 0;
                }
            },
        };
        transfer.moved += filled as u64;
        transfer.acknowledged &= filled == 0;
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
        let acknowledged = self.s.transfer.as_ref().is_none_or(|t| t.acknowledged);
        match self.persona().ending {
            DownloadEnd::ReplyThenClose { .. } if acknowledged => self.drained(),
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
