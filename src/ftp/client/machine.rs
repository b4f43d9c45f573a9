//! The client's machine: its control connection, and the verb being carried out.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::data::{DataFailure, DataLine, Moved};
use super::many::Many;
use super::steps::{Role, Todo};
use super::{DataMode, Persona, Verb};
use crate::ftp::codec::{Heard, HeardKind, ReplyDecoder};
use crate::ftp::io::{Action, ControlEvent, DataEvent, Endpoint};
use crate::ftp::outbox::Outbox;
use crate::ftp::{
    Command, DataType, Form, Reply, ReplyCode, ReplyKind, Text, TransferMode, Verb as Word,
};
use crate::rng::Stream;
use crate::time::{Duration, Instant};

/// What a client tells its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The server said something.
    Reply(Reply),
    /// A verb is over.
    Done(VerbDone),
}

/// How a verb ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerbDone {
    /// The replies to its main command, in order; of a login, the last one.
    pub replies: Vec<Reply>,
    /// How it ended.
    pub outcome: Outcome,
    /// What passed over data connections, if the verb was a transfer; of
    /// several files, the listing that named them and each of them in turn.
    pub moved: Vec<Moved>,
}

/// How a verb ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Done,
    /// The server said no to the main command, or asks for more than we have.
    Refused(Reply),
    /// The server said no to a command that had to come before the main one.
    NotPrepared(Reply),
    /// The data connection failed, whatever the server said.
    Data(DataFailure),
    /// The server's words are not those of FTP.
    NotFtp(Text),
    /// The control connection ended.
    Lost(Loss),
    /// A verb was under way already, or there is no connection.
    NotReady,
}

/// How a control connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// A RST answered our SYN.
    Refused,
    /// Nobody answered.
    Unreachable,
    /// The server closed it.
    Closed,
    /// The server reset it.
    Reset,
}

/// Where the control connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Opening,
    Open,
    Lost(Loss),
    /// Closed by us.
    Closed,
}

/// A command that has been sent and not yet finally answered.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// The command; none for the greeting, and for a line that is no command.
    pub command: Option<Command>,
    pub role: Role,
}

/// A reply that was taken for that to a command which had been given up. Replies
/// have no numbers (RFC 959 §5.4): if the command was never answered, this is the
/// answer to a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The command; none if what was said is no command, or nothing was.
    pub command: Option<Command>,
    /// The reply.
    pub reply: Reply,
}

/// The verb being carried out.
#[derive(Debug)]
pub(super) struct Job {
    pub verb: Verb,
    pub todo: VecDeque<Todo>,
    /// When the next thing is done.
    pub next_at: Option<Instant>,
    pub replies: Vec<Reply>,
    /// The final reply to the main command has come.
    pub answered: bool,
    /// Nothing more than its replies is waited for.
    pub failure: Option<Outcome>,
    /// ABOR has been sent.
    pub aborting: bool,
    /// The files that it is about, if they may be several.
    pub many: Option<Many>,
    /// What has passed over data connections.
    pub moved: Vec<Moved>,
}

/// A client without sockets.
#[derive(Debug)]
pub struct Client {
    pub(super) persona: Persona,
    pub(super) modes: Vec<DataMode>,
    pub(super) rng: Stream,
    pub(super) peer: SocketAddr,
    pub(super) out: Outbox,
    pub(super) control: Control,
    decoder: ReplyDecoder,
    pub(super) expected: VecDeque<Expected>,
    /// The last final reply that came while a verb was under way and was taken
    /// for another's, which nobody waited for any more.
    late: Option<Late>,
    events: VecDeque<Event>,
    pub(super) job: Option<Job>,
    /// The type that the server knows of.
    pub(super) type_in_force: Option<DataType>,
    /// The mode that the server knows of.
    pub(super) mode_in_force: TransferMode,
    /// The type that the user wants for files.
    pub(super) wanted: DataType,
    pub(super) data: DataLine,
    /// What moves is hashed.
    pub(super) digests: bool,
}

/// How long a transfer may stand still after its final reply, or the final
/// reply after its end.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

impl Client {
    /// A client of the server at `peer`. `mode` is how it opens data
    /// connections, if not as its persona prefers; `rng` its own dice.
    pub fn new(persona: Persona, mode: Option<DataMode>, peer: SocketAddr, rng: Stream) -> Client {
        let modes = match mode {
            Some(mode) => vec![mode],
            None => persona.modes.to_vec(),
        };
        let ascii = DataType::Ascii(Form::NonPrint);
        Client {
            wanted: if persona.starts_with_ascii {
                ascii
            } else {
                DataType::Image
            },
            type_in_force: persona.assumes_ascii.then_some(ascii),
            persona,
            modes,
            rng,
            peer,
            out: Outbox::default(),
            control: Control::Opening,
            decoder: ReplyDecoder::default(),
            expected: VecDeque::new(),
            late: None,
            events: VecDeque::new(),
            job: None,
            mode_in_force: TransferMode::Stream,
            data: DataLine::default(),
            digests: true,
        }
    }

    /// The same client, which does not compute the SHA-256 of what it moves
    /// ([`Moved::sha256`](super::Moved::sha256)).
    pub fn without_digests(self) -> Client {
        Client {
            digests: false,
            ..self
        }
    }

    /// Starts a verb. It ends with an [`Event::Done`], at once if it cannot begin.
    pub fn start(&mut self, now: Instant, verb: Verb) {
        let not_ready = match self.control {
            _ if self.job.is_some() => Some(Outcome::NotReady),
            Control::Lost(loss) => Some(Outcome::Lost(loss)),
            Control::Closed => Some(Outcome::NotReady),
            Control::Opening if verb != Verb::Open => Some(Outcome::NotReady),
            Control::Opening | Control::Open => None,
        };
        if let Some(outcome) = not_ready {
            self.events.push_back(Event::Done(VerbDone {
                replies: Vec::new(),
                outcome,
                moved: Vec::new(),
            }));
            return;
        }
        self.late = None;
        let todo = self.plan(&verb);
        if verb == Verb::Open {
            self.expected.push_back(Expected {
                command: None,
                role: Role::Main,
            });
        }
        let many = Many::of(&verb, self.persona.globs_with);
        self.job = Some(Job {
            verb,
            todo,
            next_at: None,
            replies: Vec::new(),
            answered: false,
            failure: None,
            aborting: false,
            many,
            moved: Vec::new(),
        });
        self.data.begin_verb();
        self.advance(now);
    }

    /// The next thing to tell, if there is one.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// A verb is being carried out.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// The control connection stands.
    pub fn is_connected(&self) -> bool {
        self.control == Control::Open
    }

    /// The reply that may belong to the last verb, and was taken for another's.
    pub fn late(&self) -> Option<&Late> {
        self.late.as_ref()
    }

    /// The last reply to the verb under way.
    pub fn last_reply(&self) -> Option<&Reply> {
        self.job.as_ref()?.replies.last()
    }

    /// Gives up the verb under way: what still comes of it is heard and forgotten.
    pub fn give_up(&mut self, now: Instant) {
        self.job = None;
        self.drop_data(now);
        for expected in &mut self.expected {
            expected.role = Role::Forgotten;
        }
    }

    /// Closes the control connection, and whatever stands besides it.
    pub fn close(&mut self, now: Instant) {
        self.drop_data(now);
        if matches!(self.control, Control::Open | Control::Opening) {
            self.act(now, Action::CloseControl);
        }
        self.control = Control::Closed;
    }

    pub(super) fn act(&mut self, now: Instant, action: Action) {
        self.out.push_at(now, action);
        self.out.release(now);
    }

    /// Does what can be done now.
    pub(super) fn advance(&mut self, now: Instant) {
        self.out.release(now);
        loop {
            self.advance_job(now);
            if !self.check_done(now) {
                break;
            }
        }
    }

    fn heard(&mut self, now: Instant, heard: Heard) {
        match heard.what {
            HeardKind::Reply(reply) => self.reply(now, reply),
            HeardKind::NotAReply(text) => {
                if let Some(job) = &mut self.job {
                    job.failure.get_or_insert(Outcome::NotFtp(text));
                }
            }
            HeardKind::Unfinished(_) => {}
        }
    }

    fn reply(&mut self, now: Instant, reply: Reply) {
        self.events.push_back(Event::Reply(reply.clone()));
        let code = reply.code();
        let Some(expected) = self.expected.front().cloned() else {
            return;
        };
        if !code.is_preliminary() {
            self.expected.pop_front();
        }
        if expected.role == Role::Forgotten && !code.is_preliminary() {
            self.late = Some(Late {
                command: expected.command.clone(),
                reply: reply.clone(),
            });
        }
        self.learn(now, expected.command.as_ref(), &reply);
        let word = expected.command.as_ref().and_then(Command::verb);
        let Some(job) = &mut self.job else {
            return;
        };
        match expected.role {
            Role::Main => {
                if matches!(job.verb, Verb::Login { .. }) {
                    job.replies.clear();
                }
                job.replies.push(reply.clone());
                if code.is_preliminary() {
                    if word.is_some_and(Word::is_transfer) {
                        self.transfer_announced();
                    }
                } else {
                    self.main_answered(now, &reply);
                }
            }
            Role::Needed if code.is_negative() => self.preparation_failed(reply),
            Role::Needed | Role::Harmless if code.is_preliminary() => {}
            Role::Needed | Role::Harmless => self.pause_then_go_on(now),
            Role::Forgotten => {}
        }
    }

    /// The final reply to a main command.
    fn main_answered(&mut self, now: Instant, reply: &Reply) {
        if self.next_of_login(reply) {
            let pause = self.persona.types_password;
            if let Some(job) = &mut self.job {
                job.next_at = Some(now + pause);
            }
            return;
        }
        // Several raw lines may be under way.
        let waits = self.expected.iter().any(|e| e.role == Role::Main);
        let Some(job) = &mut self.job else {
            return;
        };
        let kind = reply.code().kind();
        // An intermediate reply to a raw line is what was asked for, and a
        // negative one to what we abort as well.
        let raw = matches!(job.verb, Verb::Send(_));
        let good = kind == ReplyKind::Completion
            || (raw && (waits || kind == ReplyKind::Intermediate))
            || (job.aborting && waits);
        if !good {
            job.todo.clear();
            job.failure.get_or_insert(Outcome::Refused(reply.clone()));
        }
        job.answered = !waits;
        let quit = matches!(job.verb, Verb::Quit);
        self.pause_then_go_on(now);
        self.transfer_answered(now);
        if quit || reply.code() == ReplyCode::SERVICE_NOT_AVAILABLE {
            // What is said after that is said to nobody.
            self.close(now);
        }
    }

    fn preparation_failed(&mut self, reply: Reply) {
        let lasting = reply.code().kind() == ReplyKind::PermanentNegative;
        if lasting && self.try_next_mode() {
            return;
        }
        if let Some(job) = &mut self.job {
            job.todo.clear();
            job.answered = true;
            job.failure.get_or_insert(Outcome::NotPrepared(reply));
        }
    }

    /// Draws how long the program takes to the next command.
    pub(super) fn pause_then_go_on(&mut self, now: Instant) {
        let (least, most) = self.persona.pace;
        if let Some(job) = self.job.as_mut().filter(|job| !job.todo.is_empty()) {
            job.next_at = Some(now + self.rng.between(least, most));
        }
    }

    /// Ends the verb if nothing more is to come; true if it goes on with its
    /// next file.
    fn check_done(&mut self, now: Instant) -> bool {
        let Some(job) = &self.job else {
            return false;
        };
        // What nobody waits for goes on by itself, if it only has to be read.
        let awaited = !matches!(&job.verb, Verb::Send(send) if !send.wait);
        let transfer_over = self.data.is_over() || !(awaited || self.data.is_sending());
        let failed = job.failure.is_some();
        let done = if matches!(job.failure, Some(Outcome::NotFtp(_) | Outcome::Lost(_))) {
            true
        } else {
            let owed = self.expected.iter().any(|e| e.role != Role::Forgotten);
            job.answered && job.todo.is_empty() && !owed && (failed || transfer_over)
        };
        if !done {
            return false;
        }
        let Some(mut job) = self.job.take() else {
            return false;
        };
        let positive = job
            .replies
            .last()
            .is_some_and(|reply| reply.code().kind() == ReplyKind::Completion);
        let outcome = job
            .failure
            .take()
            .or_else(|| self.data.failure().map(Outcome::Data));
        let outcome = outcome.unwrap_or(Outcome::Done);
        let complete = positive && outcome == Outcome::Done && !job.aborting;
        let listing = self.data.take_listing();
        job.moved.extend(self.data.take_moved(now, complete));
        if outcome != Outcome::Done {
            self.drop_data(now);
        }
        // What is still owed to a verb that failed belongs to nobody.
        for expected in &mut self.expected {
            expected.role = Role::Forgotten;
        }
        match self.next_of_many(&mut job, outcome, &listing) {
            Ok(verb) => {
                job.todo = self.plan(&verb);
                job.verb = verb;
                job.answered = false;
                job.aborting = false;
                self.job = Some(job);
                self.data.begin_verb();
                self.pause_then_go_on(now);
                true
            }
            Err(outcome) => {
                self.events.push_back(Event::Done(VerbDone {
                    replies: job.replies,
                    outcome,
                    moved: job.moved,
                }));
                false
            }
        }
    }

    fn lose(&mut self, now: Instant, loss: Loss) {
        if matches!(self.control, Control::Closed | Control::Lost(_)) {
            return;
        }
        self.control = Control::Lost(loss);
        self.drop_data(now);
        if let Some(job) = &mut self.job {
            job.failure.get_or_insert(Outcome::Lost(loss));
            job.todo.clear();
        }
    }
}

impl Endpoint for Client {
    fn handle_control(&mut self, now: Instant, event: ControlEvent<'_>) {
        match event {
            ControlEvent::Connected => {
                if self.control == Control::Opening {
                    self.control = Control::Open;
                }
            }
            ControlEvent::Received(mut bytes) => {
                while let Some(heard) = self.decoder.next_reply(&mut bytes) {
                    self.heard(now, heard);
                    self.advance(now);
                }
                let answers = self.decoder.take_telnet_answers();
                if !answers.is_empty() && self.control == Control::Open {
                    self.act(now, Action::SendControl(answers));
                }
            }
            ControlEvent::Eof => {
                if self.control == Control::Open {
                    self.act(now, Action::CloseControl);
                }
                self.lose(now, Loss::Closed);
            }
            ControlEvent::Reset if self.control == Control::Opening => {
                self.lose(now, Loss::Refused);
            }
            ControlEvent::Reset => self.lose(now, Loss::Reset),
            ControlEvent::Unreachable => self.lose(now, Loss::Unreachable),
        }
        self.advance(now);
    }

    fn handle_data(&mut self, now: Instant, event: DataEvent<'_>) {
        self.data_event(now, event);
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.data_timeout(now);
        self.advance(now);
    }

    fn poll_action(&mut self) -> Option<Action> {
        self.out.poll()
    }

    fn fill_data(&mut self, now: Instant, room: &mut [u8]) -> usize {
        let filled = self.fill(now, room);
        self.advance(now);
        filled
    }

    fn is_sending(&self) -> bool {
        self.data.is_sending()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let job = self.job.as_ref().and_then(|job| job.next_at);
        let patience = self.patience_ends();
        Instant::earliest([self.out.next_at(), job, patience])
    }
}
