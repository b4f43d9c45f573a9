//! One session: what it knows, the order of its commands, how it speaks.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::delivery::{cut, pieces};
use super::persona::{LongLine, Persona};
use super::rules::{Answer, Occasion, Rule, Then};
use super::transfer::{Data, Transfer};
use super::words::{Message, render};
use super::{Shared, User};
use crate::ftp::codec::{HeardKind, Line, LineDecoder, ReplyDecoder};
use crate::ftp::diagram::{Dialogue, Measure, Sequence};
use crate::ftp::io::{Action, ControlEvent};
use crate::ftp::listing::Facts;
use crate::ftp::outbox::Outbox;
use crate::ftp::path::VirtualPath;
use crate::ftp::{
    Command, DataType, MultiLine, Reply, ReplyCode, Structure, Text, TransferMode, Verb,
    split_line, verb_word,
};
use crate::time::{Duration, Instant};

/// How many bytes of commands wait for their turn at most.
const MAX_WAITING: usize = 64 << 10;

/// How many commands wait for their turn at most.
const MAX_WAITING_LINES: usize = 4096;

/// Who the client is, so far (RFC 959 §6, the diagram of the login sequence).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// Nobody yet; the name is that of the last USER command.
    Out { name: Option<Text> },
    /// The password was right, the account is missing.
    NeedAccount { name: Text, user: User },
    /// In.
    In {
        name: Text,
        user: User,
        /// The account for storing files has been given.
        account: bool,
    },
}

/// What a session has moved, listings left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Totals {
    pub files: u32,
    /// Bytes to the server, and from it.
    pub stored: u64,
    pub fetched: u64,
}

/// Where the control connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line21 {
    /// The greeting has not been said.
    New,
    /// Commands are taken.
    Open,
    /// The last word has been said: nothing more is taken.
    Closing,
    /// Closed by us.
    Closed,
}

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    pub local: SocketAddr,
    pub peer: SocketAddr,
    pub out: Outbox,
    decoder: LineDecoder,
    waiting: VecDeque<Line>,
    waiting_bytes: usize,
    /// The client will send no more.
    eof: bool,
    /// When the command at the front of the queue has been thought about.
    thought_at: Option<Instant>,
    state: Line21,
    /// What was said last by the client, or to it.
    pub active_at: Instant,
    pub dialogue: Dialogue,
    pub login: Login,
    pub failures: u32,
    /// The current directory, as the user sees it.
    pub directory: VirtualPath,
    pub data_type: DataType,
    pub structure: Structure,
    pub mode: TransferMode,
    /// What MLST and MLSD tell.
    pub facts: Facts,
    pub rename_from: Option<VirtualPath>,
    pub restart: u64,
    pub epsv_all: bool,
    pub data: Data,
    pub transfer: Option<Transfer>,
    pub totals: Totals,
    /// The rule for the command being carried out.
    pub rule: Option<Rule>,
    /// The rule for the PASV or EPSV whose listener is being opened.
    pub passive_rule: Option<Rule>,
}

impl Session {
    pub fn new(local: SocketAddr, peer: SocketAddr, persona: &Persona) -> Session {
        Session {
            local,
            peer,
            out: Outbox::default(),
            decoder: LineDecoder::new(persona.line_end),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            eof: false,
            thought_at: None,
            state: Line21::New,
            active_at: Instant::ZERO,
            dialogue: Dialogue::new(Measure::AsDeployed),
            login: Login::Out { name: None },
            failures: 0,
            directory: VirtualPath::root(),
            data_type: DataType::default(),
            structure: Structure::File,
            mode: TransferMode::Stream,
            facts: Facts::ALL,
            rename_from: None,
            restart: 0,
            epsv_all: false,
            data: Data::Nothing,
            transfer: None,
            totals: Totals::default(),
            rule: None,
            passive_rule: None,
        }
    }

    /// The user's name: the one logged in, or the one that tries.
    pub fn user_name(&self) -> Option<&Text> {
        match &self.login {
            Login::Out { name } => name.as_ref(),
            Login::NeedAccount { name, .. } | Login::In { name, .. } => Some(name),
        }
    }

    pub fn log_out(&mut self, shared: &mut Shared) {
        let login = core::mem::replace(&mut self.login, Login::Out { name: None });
        if let Login::In { name, .. } = login
            && let Some(count) = shared.logged_in.get_mut(&name)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                shared.logged_in.remove(&name);
            }
        }
    }

    pub fn poll_timeout(&self, persona: &Persona) -> Option<Instant> {
        let idle = match (self.state, persona.limits.idle) {
            (Line21::Open, Some(idle)) if self.transfer.is_none() => Some(self.active_at + idle),
            _ => None,
        };
        let transfer = self.transfer.as_ref();
        let transfer = transfer.and_then(|t| t.poll_timeout(&persona.limits));
        Instant::earliest([self.out.next_at(), self.thought_at, idle, transfer])
    }

    pub fn control_room(&self) -> usize {
        // A line takes a byte at least.
        let lines = MAX_WAITING_LINES.saturating_sub(self.waiting.len());
        MAX_WAITING.saturating_sub(self.waiting_bytes).min(lines)
    }
}

/// One call of a session: the session, what it shares, and the time.
pub(super) struct Turn<'a> {
    pub s: &'a mut Session,
    pub shared: &'a mut Shared,
    pub now: Instant,
}

impl Turn<'_> {
    pub fn persona(&self) -> &Persona {
        &self.shared.config.persona
    }

    pub fn control(&mut self, event: ControlEvent<'_>) {
        match event {
            ControlEvent::Connected => {
                self.s.active_at = self.now;
                self.s.thought_at = Some(self.now + self.persona().think);
            }
            ControlEvent::Received(bytes) => self.receive(bytes),
            ControlEvent::Eof => {
                self.s.eof = true;
                // Without a control connection a transfer has no end to tell of.
                self.abandon_transfer();
            }
            ControlEvent::Reset | ControlEvent::Unreachable => {
                self.abandon_transfer();
                self.close_data();
                self.s.out.clear();
                self.s.waiting.clear();
                self.s.state = Line21::Closed;
                self.s.thought_at = None;
            }
        }
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        if matches!(self.s.state, Line21::Closing | Line21::Closed) {
            return;
        }
        self.s.active_at = self.now;
        while let Some(line) = self.s.decoder.next_line(&mut bytes) {
            let room = self.s.control_room();
            if room == 0 {
                self.s.waiting.clear();
                self.s.waiting_bytes = 0;
                self.last_words(Message::Flooded);
                return;
            }
            self.s.waiting_bytes += line.bytes.len() + 1;
            self.s.waiting.push_back(line);
        }
        let answers = self.s.decoder.take_telnet_answers();
        if !answers.is_empty() {
            self.act(Action::SendControl(answers));
        }
    }

    pub fn timeouts(&mut self) {
        let now = self.now;
        if let (Line21::Open, Some(idle), None) =
            (self.s.state, self.persona().limits.idle, &self.s.transfer)
            && self.s.active_at + idle <= now
        {
            self.last_words(Message::Idle);
        }
        self.transfer_timeouts();
    }

    /// Does whatever can be done now: the next command, if its time has come.
    pub fn advance(&mut self) {
        loop {
            self.s.out.release(self.now);
            if self.s.thought_at.is_some_and(|at| at > self.now) {
                return;
            }
            let thought = self.s.thought_at.take().is_some();
            match self.s.state {
                Line21::Closed => return,
                Line21::New if thought => self.greet(),
                Line21::New => return,
                Line21::Closing => {
                    self.finish_closing();
                    return;
                }
                // Replies are said one after the other.
                Line21::Open if self.s.out.next_at().is_some() => {
                    if thought {
                        self.s.thought_at = self.s.out.next_at();
                    }
                    return;
                }
                Line21::Open if self.may_take_next() => {
                    if thought {
                        self.take_next();
                    } else {
                        self.s.thought_at = Some(self.now + self.persona().think);
                    }
                }
                Line21::Open => {
                    if self.s.eof && self.s.waiting.is_empty() {
                        self.close_control();
                    }
                    return;
                }
            }
        }
    }

    /// During a transfer only those commands are taken that are meant for it;
    /// the others wait.
    fn may_take_next(&self) -> bool {
        let Some(line) = self.s.waiting.front() else {
            return false;
        };
        let verb = verb_word(&line.bytes).and_then(|word| Verb::parse(&word));
        let meant_for_it = matches!(verb, Some(Verb::Abor | Verb::Stat | Verb::Noop));
        match self.s.transfer {
            None => !matches!(self.s.data, Data::Requested { .. }),
            Some(_) => meant_for_it,
        }
    }

    fn greet(&mut self) {
        let occasion = Occasion {
            verb: None,
            parameter: None,
            user: None,
            client: self.s.peer.ip(),
        };
        let rule = self.shared.rules.find(&occasion);
        self.s.state = Line21::Open;
        self.s.rule = rule;
        let limit = self.persona().limits.sessions;
        if limit.is_some_and(|limit| self.shared.open > limit) {
            self.last_words(Message::TooManySessions);
            return;
        }
        if self.answer_by_rule() {
            return;
        }
        let opens = self.shared.config.opens;
        if opens > self.now {
            let minutes = (opens - self.now).as_secs().div_ceil(60);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            let minutes = Text::from(format!("{minutes} {unit}"));
            self.say(Message::OpensLater, &[("minutes", minutes)]);
            self.s.out.delay_until(opens);
        }
        let (host, ip) = (&self.shared.config.host_name, self.s.local.ip());
        let (host, ip) = (host.to_string(), ip.to_string());
        let fill = |line: &Text| match line.to_string() {
            // Whatever else is in braces stays, and bytes stay as they are.
            text if text.contains(['{']) => {
                Text::from(text.replace("{host}", &host).replace("{ip}", &ip))
            }
            _ => line.clone(),
        };
        let mut lines: Vec<Text> = self.persona().greeting.iter().map(fill).collect();
        let last = lines.pop().unwrap_or_default();
        if let Some(code) = ReplyCode::new(220) {
            self.reply(Reply::with_lines(code, lines, last));
        }
        self.s.rule = None;
    }

    fn take_next(&mut self) {
        let Some(line) = self.s.waiting.pop_front() else {
            return;
        };
        self.s.waiting_bytes = self.s.waiting_bytes.saturating_sub(line.bytes.len() + 1);
        let word = verb_word(&line.bytes);
        let (_, parameter) = split_line(&line.bytes);
        let verb = word.as_deref().and_then(Verb::parse);
        // The rules of the transfer under way wait for its end.
        let kept = self.s.rule.take();
        self.s.rule = word.as_deref().and_then(|word| {
            self.shared.rules.find(&Occasion {
                verb: Some(word),
                parameter,
                user: self.s.user_name(),
                client: self.s.peer.ip(),
            })
        });
        let admitted = verb.is_none_or(|verb| self.s.dialogue.sequence().admits(verb));
        // A dialogue as deployed never refuses a command.
        let _ = self.s.dialogue.command(verb);
        let answered = self.answer_by_rule();
        if !answered {
            if line.too_long {
                match self.persona().long_line {
                    LongLine::Refuse => self.say(Message::LineTooLong, &[]),
                    LongLine::SayAndClose => self.last_words(Message::LineFarTooLong),
                    LongLine::Close => self.end(),
                }
            } else {
                self.carry_out(verb, admitted, &line.bytes);
            }
        }
        let pending = matches!(self.s.data, Data::Requested(_));
        if !answered && self.s.transfer.is_none() && !pending {
            self.do_then();
        }
        self.after_command();
        self.s.rule = kept;
    }

    /// What lived for one command is over.
    fn after_command(&mut self) {
        let sequence = self.s.dialogue.sequence();
        if sequence != Sequence::Restart {
            self.s.restart = 0;
        }
        if sequence != Sequence::RenameTo {
            self.s.rename_from = None;
        }
    }

    fn carry_out(&mut self, verb: Option<Verb>, admitted: bool, line: &[u8]) {
        let command = Command::parse(line);
        match (verb, command) {
            (Some(verb), _) if self.persona().unknown.contains(&verb) => {
                self.say(
                    Message::UnknownCommand,
                    &[("verb", Text::from(verb.name()))],
                );
            }
            (Some(verb), _) if self.persona().unimplemented.contains(&verb) => {
                self.say_verb(Message::NotImplemented, verb);
            }
            (Some(verb), _) if !self.may_say(verb) => self.say_verb(Message::NotLoggedIn, verb),
            (Some(verb), Ok(_)) if !admitted => self.out_of_sequence(verb),
            (_, Ok(command)) => self.command(command),
            (_, Err(error)) => self.bad_command(error),
        }
    }

    /// Does as the rule says, if that means not to carry out the command.
    fn answer_by_rule(&mut self) -> bool {
        let Some(rule) = &self.s.rule else {
            return false;
        };
        if rule.data.is_some() || rule.announcement().is_some() {
            return false;
        }
        let Some(answer) = rule.answer.clone() else {
            return false;
        };
        self.give(answer);
        self.do_then();
        true
    }

    /// Says what a rule wants said.
    pub fn give(&mut self, answer: Answer) {
        match answer {
            Answer::Nothing => self.taken_for_answered(&[]),
            Answer::Reply(reply) => self.reply(reply),
            Answer::Replies(replies) => {
                for reply in replies {
                    self.reply(reply);
                }
            }
            Answer::Bytes(bytes) => {
                self.taken_for_answered(&bytes);
                let rule = self.s.rule.clone();
                let delivery = rule
                    .as_ref()
                    .map(|r| r.delivery.clone())
                    .unwrap_or_default();
                let after = rule.map_or(Duration::ZERO, |r| r.after);
                let at = self.s.out.free_from(self.now) + after;
                self.write_pieces(at, cut(&bytes, &delivery));
            }
        }
    }

    /// Something else than a reply was said, or nothing: the command, or the
    /// client that has come, is done with all the same, so that the next reply
    /// is not taken for its.
    fn taken_for_answered(&mut self, bytes: &[u8]) {
        let said = ReplyDecoder::default().next_reply(&mut &bytes[..]);
        let code = match said.map(|heard| heard.what) {
            Some(HeardKind::Reply(reply)) => Some(reply.code()),
            // Welcome, as far as the diagrams go; or no.
            _ if self.s.dialogue.is_greeted() => ReplyCode::new(500),
            _ => ReplyCode::new(220),
        };
        if let Some(code) = code {
            let _ = self.s.dialogue.reply(code);
        }
    }

    /// Does what a rule wants done after its answer.
    pub fn do_then(&mut self) {
        let Some(then) = self.s.rule.as_ref().and_then(|rule| rule.then) else {
            return;
        };
        match then {
            Then::Close => {
                self.s.state = Line21::Closing;
                self.abandon_transfer();
                self.close_data();
                self.act(Action::CloseControl);
            }
            Then::Reset => {
                self.s.state = Line21::Closing;
                self.abandon_transfer();
                self.close_data();
                self.act(Action::AbortControl);
            }
            Then::CloseData => {
                self.act(Action::CloseData);
                self.s.data = Data::Nothing;
                self.s.transfer = None;
            }
            Then::ResetData => {
                self.act(Action::AbortData);
                self.s.data = Data::Nothing;
                self.s.transfer = None;
            }
            Then::Unlisten => self.act(Action::Unlisten),
        }
    }

    /// Does something after all that is being done.
    pub fn act(&mut self, action: Action) {
        self.s.out.push_at(self.now, action);
        self.s.out.release(self.now);
    }

    /// Says a message of the persona.
    pub fn say(&mut self, message: Message, values: &[(&str, Text)]) {
        let reply = self.words(message, values);
        self.reply(reply);
    }

    /// Says a message about a verb.
    pub fn say_verb(&mut self, message: Message, verb: Verb) {
        self.say(message, &[("verb", Text::from(verb.name()))]);
    }

    /// A message of the persona, filled in.
    pub fn words(&self, message: Message, values: &[(&str, Text)]) -> Reply {
        let mut all = values.to_vec();
        all.push(("user", self.s.user_name().cloned().unwrap_or_default()));
        all.push(("path", self.s.directory.to_text()));
        all.push(("quoted", self.s.directory.quoted()));
        all.push(("type", Text::from(self.type_name())));
        let letter = self.s.data_type.to_string();
        all.push(("letter", Text::from(letter.get(..1).unwrap_or(""))));
        all.push(("host", self.shared.config.host_name.clone()));
        render(self.persona().words, message, &all)
    }

    fn type_name(&self) -> &'static str {
        match self.s.data_type {
            DataType::Ascii(_) => "ASCII",
            DataType::Ebcdic(_) => "EBCDIC",
            DataType::Image => "BINARY",
            DataType::Local(_) => "LOCAL",
        }
    }

    /// Says a reply, in the way of the persona and of the rule in force.
    pub fn reply(&mut self, reply: Reply) {
        let rule = self.s.rule.as_ref();
        let after = rule.map_or(Duration::ZERO, |rule| rule.after);
        let style: MultiLine = self.persona().multi_line;
        let writes = self.persona().writes;
        let delivery = rule.map(|rule| rule.delivery.clone()).unwrap_or_default();
        let pieces = pieces(&reply, style, writes, &delivery);
        // A rule may make us say what no diagram allows: that is its purpose.
        let _ = self.s.dialogue.reply(reply.code());
        let at = self.s.out.free_from(self.now) + after;
        self.write_pieces(at, pieces);
        if reply.code() == ReplyCode::SERVICE_NOT_AVAILABLE {
            self.end();
        }
    }

    fn write_pieces(&mut self, mut at: Instant, pieces: Vec<(Duration, Vec<u8>)>) {
        for (gap, bytes) in pieces {
            at += gap;
            self.s.out.push_at(at, Action::SendControl(bytes));
        }
        self.s.active_at = self.s.active_at.max(at);
        self.s.out.release(self.now);
    }

    /// Says a last word and closes.
    fn last_words(&mut self, message: Message) {
        self.abandon_transfer();
        self.say(message, &[]);
        self.end();
    }

    /// Closes after what has been said, without waiting for the client.
    pub fn end(&mut self) {
        if matches!(self.s.state, Line21::Closing | Line21::Closed) {
            return;
        }
        self.abandon_transfer();
        self.close_data();
        self.s.state = Line21::Closing;
        self.act(Action::CloseControl);
    }

    /// QUIT: says goodbye, and closes as the persona does.
    pub fn quit(&mut self) {
        let totals = self.s.totals;
        let bytes = totals.stored.saturating_add(totals.fetched);
        let number = |count: u64| Text::from(count.to_string());
        let values = [
            ("files", number(u64::from(totals.files))),
            ("bytes", number(bytes)),
            ("stored", number(totals.stored.div_ceil(1024))),
            ("fetched", number(totals.fetched.div_ceil(1024))),
        ];
        self.say(Message::Goodbye, &values);
        self.close_data();
        self.s.state = Line21::Closing;
        let at = self.s.out.free_from(self.now) + self.persona().lingers;
        self.s.out.push_at(at, Action::CloseControl);
        self.s.out.release(self.now);
    }

    /// The client may close before us.
    fn finish_closing(&mut self) {
        if self.s.eof {
            self.s.out.hurry();
            self.s.state = Line21::Closed;
        }
    }

    fn close_control(&mut self) {
        self.close_data();
        self.act(Action::CloseControl);
        self.s.state = Line21::Closed;
    }
}
