//! What a verb takes: the commands of its persona, one after the other.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::machine::{Client, Control, Expected};
use super::{DataMode, Op, PutHow, Send, Verb, Write};
use crate::ftp::address::find_epsv;
use crate::ftp::codec::{LineDecoder, LineEnd};
use crate::ftp::io::Action;
use crate::ftp::listing::digits;
use crate::ftp::{
    Command, DataType, Eprt, EpsvRequest, Form, HostPort, Reply, ReplyKind, Text, Verb as Word,
};
use crate::time::{Duration, Instant, Timestamp};

/// How far apart the writes of an abort are: a system call each.
const BETWEEN_WRITES: Duration = Duration::from_micros(20);

/// What the reply to a command means to the verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is what the verb is about.
    Main,
    /// It must succeed.
    Needed,
    /// It may fail.
    Harmless,
    /// Nobody waits for it.
    Forgotten,
}

/// One thing to do for a verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Todo {
    /// A command of the persona's sequence.
    Op(Op),
    /// A command that the verb itself says.
    Say(Command, Role),
    /// Raw bytes.
    Raw(Send),
    /// Wait for the listener, or the data connection, to stand; then announce
    /// the listener, or not.
    AwaitData { announce: bool },
}

impl Client {
    /// What a verb takes.
    pub(super) fn plan(&self, verb: &Verb) -> VecDeque<Todo> {
        let ops = |ops: &[Op]| ops.iter().copied().map(Todo::Op).collect();
        let main = |command| VecDeque::from([Todo::Say(command, Role::Main)]);
        match verb {
            Verb::Open => VecDeque::new(),
            Verb::Login { .. } => ops(self.persona.login),
            Verb::Ls(_)
            | Verb::Dir(_)
            | Verb::Nlst(_)
            | Verb::List(_)
            | Verb::Mlsd(_)
            | Verb::GetMany(_) => ops(self.persona.listing),
            Verb::PutMany(_) => VecDeque::new(),
            Verb::Get { .. } => ops(self.persona.fetching),
            Verb::Put { .. } => ops(self.persona.storing),
            Verb::Delete(path) => main(Command::Dele(path.clone())),
            Verb::MakeDirectory(path) => main(Command::Mkd(path.clone())),
            Verb::RemoveDirectory(path) => main(Command::Rmd(path.clone())),
            Verb::Rename { from, to } => VecDeque::from([
                Todo::Say(Command::Rnfr(from.clone()), Role::Needed),
                Todo::Say(Command::Rnto(to.clone()), Role::Main),
            ]),
            Verb::Cd(path) if self.persona.cd_up_is_cdup && path.as_bytes() == b".." => {
                main(Command::Cdup)
            }
            Verb::Cd(path) => main(Command::Cwd(path.clone())),
            Verb::Up => main(Command::Cdup),
            Verb::Pwd => main(Command::Pwd),
            Verb::Ascii => main(Command::Type(DataType::Ascii(Form::NonPrint))),
            Verb::Binary => main(Command::Type(DataType::Image)),
            Verb::Mode(_) => VecDeque::new(),
            Verb::Site(text) => main(Command::Site(text.clone())),
            Verb::Send(send) => {
                let mut todo = VecDeque::from([Todo::Raw(send.clone())]);
                if self.raw_listener(send).is_some() {
                    todo.push_front(Todo::AwaitData { announce: false });
                }
                todo
            }
            Verb::Quit if !self.persona.quits => VecDeque::new(),
            Verb::Quit => main(Command::Quit),
        }
    }

    /// The port that a raw PORT or EPRT among these lines promises.
    fn raw_listener(&self, send: &Send) -> Option<u16> {
        let commands = raw_lines(&send.pieces.concat());
        commands.iter().find_map(|line| match Command::parse(line) {
            Ok(Command::Port(address)) => Some(address.port),
            Ok(Command::Eprt(Eprt(address))) => Some(address.port()),
            _ => None,
        })
    }

    /// Does what comes next for the verb, until it has to wait.
    pub(super) fn advance_job(&mut self, now: Instant) {
        loop {
            let Some(job) = &mut self.job else {
                return;
            };
            if job.next_at.is_some_and(|at| at > now) {
                return;
            }
            // A command is waiting for its reply, unless that was the pause after one.
            let busy = self.expected.iter().any(|e| e.role != Role::Forgotten);
            if job.next_at.is_none() && busy {
                return;
            }
            job.next_at = None;
            let Some(todo) = job.todo.pop_front() else {
                self.without_commands(now);
                return;
            };
            match todo {
                Todo::Op(Op::Prepare) => self.prepare(now),
                Todo::Op(op) => {
                    if let Some((command, role)) = self.command_of(op) {
                        self.say(now, &command, role);
                    }
                }
                Todo::Say(command, role) => self.say(now, &command, role),
                Todo::Raw(send) => self.say_raw(now, &send),
                Todo::AwaitData { announce } if self.data.stands() => {
                    if announce {
                        self.announce_listener(now);
                    }
                }
                waiting @ Todo::AwaitData { .. } => {
                    job.todo.push_front(waiting);
                    self.listen_for_raw(now);
                    return;
                }
            }
        }
    }

    /// Verbs that say nothing are done at once.
    fn without_commands(&mut self, now: Instant) {
        let Some(job) = &mut self.job else {
            return;
        };
        match job.verb.clone() {
            Verb::Mode(mode) => {
                job.answered = true;
                self.modes = vec![mode];
            }
            Verb::PutMany(_) => job.answered = true,
            Verb::Quit => {
                job.answered = true;
                if self.control == Control::Open {
                    self.close(now);
                }
            }
            _ => {}
        }
    }

    /// The command for a step of the persona's sequence; none if it has
    /// nothing to say now.
    fn command_of(&self, op: Op) -> Option<(Command, Role)> {
        let verb = &self.job.as_ref()?.verb;
        let harmless = |command| Some((command, Role::Harmless));
        match op {
            Op::Main => Some((self.main_command(verb)?, Role::Main)),
            Op::Prepare | Op::Pass => None,
            Op::Type | Op::TypeAlways => {
                let data_type = self.type_for(verb);
                let needed = op == Op::TypeAlways || Some(data_type) != self.type_in_force;
                needed.then_some((Command::Type(data_type), Role::Needed))
            }
            Op::TypeImage => harmless(Command::Type(DataType::Image)),
            Op::Rest => match verb {
                Verb::Get { offset, .. } | Verb::Put { offset, .. } if *offset > 0 => {
                    Some((Command::Rest(*offset), Role::Needed))
                }
                _ => None,
            },
            Op::Size => harmless(Command::Size(file_of(verb)?)),
            Op::Mdtm => harmless(Command::Mdtm(file_of(verb)?)),
            Op::Syst => harmless(Command::Syst),
            Op::Feat => harmless(Command::Feat),
            Op::Pwd => harmless(Command::Pwd),
            Op::Utf8 => harmless(Command::Opts(Text::from("UTF8 ON"))),
            Op::AuthTls => harmless(Command::Auth(Text::from("TLS"))),
            Op::AuthSsl => harmless(Command::Auth(Text::from("SSL"))),
            Op::Cwd => {
                let (directory, _) = split_name(&path_of(verb)?);
                Some((Command::Cwd(directory?), Role::Needed))
            }
            Op::PwdIfMoved => {
                split_name(&path_of(verb)?).0?;
                harmless(Command::Pwd)
            }
            Op::SiteUtime => {
                // Of a file without a history: the day when all is said to begin.
                let name = file_of(verb)?;
                let time = digits(Timestamp::DEFAULT_CLOCK);
                let text = format!("UTIME {name} {time} {time} {time} UTC");
                harmless(Command::Site(Text::from(text)))
            }
        }
    }

    fn main_command(&self, verb: &Verb) -> Option<Command> {
        let listed = |path: &Option<Text>| {
            let path = path.as_ref().map(|path| self.name_in(verb, path));
            let path = path.filter(|path| !path.is_empty());
            match (self.persona.list_options, path) {
                (None, path) => path,
                (Some(options), None) => Some(Text::from(options)),
                (Some(options), Some(path)) => Some(Text::from(format!("{options} {path}"))),
            }
        };
        Some(match verb {
            Verb::Login { user, .. } => Command::User(user.clone()),
            Verb::Ls(path) if self.persona.ls_is_nlst => Command::Nlst(listed(path)),
            Verb::Ls(path) | Verb::Dir(path) | Verb::List(path) => Command::List(listed(path)),
            Verb::Nlst(path) => Command::Nlst(path.clone()),
            Verb::Mlsd(path) => Command::Mlsd(path.clone()),
            Verb::GetMany(pattern) => {
                let many = self.job.as_ref().and_then(|job| job.many.as_ref());
                let directory = split_name(pattern).0;
                match many.and_then(|many| many.listing) {
                    Some(Word::Mlsd) => Command::Mlsd(directory),
                    Some(Word::List) => Command::List(listed(&directory)),
                    _ => Command::Nlst(Some(pattern.clone())),
                }
            }
            Verb::Get { remote, .. } => Command::Retr(self.name_in(verb, remote)),
            Verb::Put { remote, how, .. } => match how {
                PutHow::Store => Command::Stor(self.name_in(verb, remote)),
                PutHow::Append => Command::Appe(self.name_in(verb, remote)),
                PutHow::Unique => Command::Stou,
            },
            _ => return None,
        })
    }

    /// The name as the main command says it: without the directory, if the
    /// persona has gone there.
    fn name_in(&self, verb: &Verb, path: &Text) -> Text {
        let sequence = match verb {
            Verb::Get { .. } => self.persona.fetching,
            Verb::Put { .. } => self.persona.storing,
            _ => self.persona.listing,
        };
        match (sequence.contains(&Op::Cwd), path_of(verb)) {
            (true, Some(path)) => split_name(&path).1,
            _ => path.clone(),
        }
    }

    /// Says ABOR, as the persona does.
    pub(super) fn say_abort(&mut self, now: Instant) {
        self.expected.push_back(Expected {
            command: Some(Command::Abor),
            role: Role::Main,
        });
        let mut at = now;
        for write in self.persona.abort {
            let action = match write {
                Write::Plain(bytes) => Action::SendControl(bytes.to_vec()),
                Write::Urgent(bytes) => Action::SendUrgent(bytes.to_vec()),
            };
            self.out.push_at(at, action);
            at += BETWEEN_WRITES;
        }
        self.out.release(now);
    }

    /// The type that a transfer should have.
    fn type_for(&self, verb: &Verb) -> DataType {
        match verb {
            Verb::Get { .. } | Verb::Put { .. } => self.wanted,
            _ => DataType::Ascii(Form::NonPrint),
        }
    }

    /// Says a command.
    pub(super) fn say(&mut self, now: Instant, command: &Command, role: Role) {
        let word = command.verb();
        let old_form = word.and_then(Word::old_form).filter(|old| {
            // `cd` is CWD there all the same.
            self.persona.old_forms && !matches!(*old, "XCWD" | "XCUP")
        });
        let line = match old_form {
            Some(old) => command.to_wire_as(old),
            None => command.to_wire(),
        };
        self.expected.push_back(Expected {
            command: Some(command.clone()),
            role,
        });
        if role == Role::Main && word.is_some_and(Word::is_transfer) {
            self.begin_transfer(now, word);
        }
        self.act(now, Action::SendControl(line));
    }

    fn say_raw(&mut self, now: Instant, send: &Send) {
        let mut at = now;
        for (i, piece) in send.pieces.iter().enumerate() {
            if i > 0 {
                at += send.gap;
            }
            self.out.push_at(at, Action::SendControl(piece.clone()));
        }
        let role = if send.wait {
            Role::Main
        } else {
            Role::Forgotten
        };
        for line in raw_lines(&send.pieces.concat()) {
            let command = Command::parse(&line).ok();
            let word = command.as_ref().and_then(Command::verb);
            self.expected.push_back(Expected { command, role });
            if word.is_some_and(Word::is_transfer) && self.data.is_prepared() {
                self.begin_transfer(now, word);
            }
        }
        let nothing_owed = !self.expected.iter().any(|e| e.role == Role::Main);
        if nothing_owed && let Some(job) = &mut self.job {
            job.answered = true;
        }
        self.out.release(now);
    }

    fn listen_for_raw(&mut self, now: Instant) {
        let Some(Verb::Send(send)) = self.job.as_ref().map(|job| job.verb.clone()) else {
            return;
        };
        if let Some(port) = self.raw_listener(&send)
            && !self.data.is_requested()
        {
            self.listen(now, Some(port));
        }
    }

    /// PORT, PASV, EPRT or EPSV.
    fn prepare(&mut self, now: Instant) {
        let mode = self.modes.first().copied();
        let active = matches!(mode, Some(DataMode::Active | DataMode::ExtendedActive));
        if let Some(job) = &mut self.job {
            job.todo.push_front(Todo::AwaitData { announce: active });
        }
        match mode {
            Some(DataMode::Passive) | None => self.say(now, &Command::Pasv, Role::Needed),
            Some(DataMode::ExtendedPassive) => {
                let command = Command::Epsv(EpsvRequest::Any);
                self.say(now, &command, Role::Needed);
            }
            Some(DataMode::Active | DataMode::ExtendedActive) => self.listen(now, None),
        }
    }

    /// The listener stands: tells the server where.
    fn announce_listener(&mut self, now: Instant) {
        let Some(address) = self.data.listener() else {
            return;
        };
        let command = match (address, self.modes.first()) {
            (SocketAddr::V4(v4), Some(DataMode::Active)) => Command::Port(HostPort {
                address: *v4.ip(),
                port: v4.port(),
            }),
            _ => Command::Eprt(Eprt(address)),
        };
        self.say(now, &command, Role::Needed);
    }

    /// The server does not know how to prepare that way: takes the next way, if
    /// there is one.
    pub(super) fn try_next_mode(&mut self) -> bool {
        if self.modes.len() < 2 {
            return false;
        }
        self.modes.remove(0);
        let Some(job) = &mut self.job else {
            return false;
        };
        if matches!(job.todo.front(), Some(Todo::AwaitData { .. })) {
            job.todo.pop_front();
        }
        job.todo.push_front(Todo::Op(Op::Prepare));
        true
    }

    /// What a reply tells besides yes and no.
    pub(super) fn learn(&mut self, now: Instant, command: Option<&Command>, reply: &Reply) {
        if reply.code().kind() != ReplyKind::Completion {
            return;
        }
        let text = reply.text().to_string();
        match command {
            Some(Command::Type(data_type)) => {
                self.type_in_force = Some(*data_type);
                let verb = self.job.as_ref().map(|job| &job.verb);
                if matches!(verb, Some(Verb::Ascii | Verb::Binary | Verb::Send(_))) {
                    self.wanted = *data_type;
                }
            }
            Some(Command::Mode(mode)) => self.mode_in_force = *mode,
            Some(Command::Pasv) => {
                let said = HostPort::find(&text).filter(|address| address.port > 0);
                match said.map(HostPort::to_socket_addr) {
                    // An address behind somebody's NAT is of no use: the
                    // server is where we found it.
                    Some(said) if !self.persona.trusts_227 => {
                        self.connect_data(now, SocketAddr::new(self.peer.ip(), said.port()));
                    }
                    Some(said) => self.connect_data(now, said),
                    None => self.no_address(),
                }
            }
            // `EPSV ALL` is answered with 200, and no port.
            Some(Command::Epsv(_)) if reply.code().get() == 229 => match find_epsv(&text) {
                Some(port) => self.connect_data(now, SocketAddr::new(self.peer.ip(), port)),
                None => self.no_address(),
            },
            _ => {}
        }
    }

    /// USER and PASS lead on: to PASS and ACCT. True if there is more to say.
    pub(super) fn next_of_login(&mut self, reply: &Reply) -> bool {
        let Some(job) = &mut self.job else {
            return false;
        };
        let Verb::Login {
            password, account, ..
        } = &job.verb
        else {
            return false;
        };
        let waits_for_pass = job.todo.iter().position(|t| *t == Todo::Op(Op::Pass));
        let next = match (reply.code().get(), account, waits_for_pass) {
            (331, _, Some(at)) => {
                job.todo.remove(at);
                Command::Pass(password.clone())
            }
            (332, Some(account), _) => Command::Acct(account.clone()),
            _ => return false,
        };
        job.todo.push_front(Todo::Say(next, Role::Main));
        true
    }
}

/// The lines in raw bytes, as a server would see them; what does not end is
/// not a line yet.
fn raw_lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut decoder = LineDecoder::new(LineEnd::AnyLf);
    let mut input = bytes;
    core::iter::from_fn(|| decoder.next_line(&mut input))
        .map(|line| line.bytes)
        .collect()
}

/// The path that a transfer is about; that of a listing ends with a slash.
fn path_of(verb: &Verb) -> Option<Text> {
    match verb {
        Verb::Ls(path)
        | Verb::Dir(path)
        | Verb::Nlst(path)
        | Verb::List(path)
        | Verb::Mlsd(path) => {
            let mut bytes = path.as_ref()?.as_bytes().to_vec();
            bytes.push(b'/');
            Some(Text::from(bytes))
        }
        Verb::GetMany(pattern) => {
            let mut bytes = split_name(pattern).0?.as_bytes().to_vec();
            bytes.push(b'/');
            Some(Text::from(bytes))
        }
        verb => file_of(verb),
    }
}

/// The directory of a path, if there is one, and the last name.
pub(super) fn split_name(path: &Text) -> (Option<Text>, Text) {
    let bytes = path.as_bytes();
    match bytes.iter().rposition(|b| *b == b'/') {
        Some(0) => (
            Some(Text::from("/")),
            Text::from(bytes.get(1..).unwrap_or(&[])),
        ),
        Some(at) => {
            let (directory, name) = bytes.split_at(at);
            (
                Some(Text::from(directory)),
                Text::from(name.get(1..).unwrap_or(&[])),
            )
        }
        None => (None, path.clone()),
    }
}

fn file_of(verb: &Verb) -> Option<Text> {
    match verb {
        Verb::Get { remote, .. } | Verb::Put { remote, .. } => Some(remote.clone()),
        _ => None,
    }
}
