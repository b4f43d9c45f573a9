//! Collects what a report is made of, while frames are read.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::findings;
use super::questions::answers;
use super::{
    DataReport, MAX_FRAMES, Overview, REPORT_FORMAT, Report, SessionReport, TransferReport,
};
use crate::analyze::Printable;
use crate::dissect::{
    CommandSeen, ConversationId, Direction, Dissected, Dissector, Event, ReplySeen, Said, State,
    Transfer, Verdicts,
};
use crate::ftp::diagram::{Dialogue, Measure};
use crate::ftp::{Command, ReplyCode, Verb};
use crate::time::Timestamp;

/// How many different names or passwords of a session are kept.
const MAX_WORDS: usize = 64;
/// How many folders of a session are kept.
const MAX_FOLDERS: usize = 256;

/// Makes a [`Report`] of the frames that it is shown.
///
/// ```
/// use wirelab::analyze::Analyzer;
/// use wirelab::dissect::Dissector;
/// # let capture = wirelab::capture::Capture::default();
/// let mut dissector = Dissector::new();
/// let mut analyzer = Analyzer::new();
/// for frame in capture.frames() {
///     analyzer.note(&dissector.dissect(frame));
/// }
/// println!("{}", analyzer.finish(&dissector));
/// ```
#[derive(Debug, Default)]
pub struct Analyzer {
    show_passwords: bool,
    overview: Overview,
    first: Option<Timestamp>,
    last: Timestamp,
    pub(super) sessions: BTreeMap<ConversationId, SessionState>,
    pub(super) retransmissions: Seen,
    pub(super) zero_windows: Seen,
    pub(super) missing: Seen,
}

/// Frames that show something, and how many they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) frames: Vec<u64>,
    pub(super) count: u64,
}

impl Seen {
    pub(super) fn add(&mut self, frame: u64) {
        self.count += 1;
        if self.frames.len() < MAX_FRAMES {
            self.frames.push(frame);
        }
    }
}

/// What is known of a session while it lasts.
#[derive(Debug)]
pub(super) struct SessionState {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) password_frame: Option<u64>,
    pub(super) logged_in_at: Option<u64>,
    pub(super) failed: Seen,
    /// Users and passwords with which a login failed.
    pub(super) failed_users: BTreeSet<String>,
    pub(super) failed_passwords: BTreeSet<String>,
    pub(super) encrypted_from: Option<u64>,
    pub(super) commands: u32,
    pub(super) replies: u32,
    /// The folder that the last CWD asked for.
    asked_folder: Option<(u32, String)>,
    pub(super) folders: Vec<String>,
    pub(super) folder_changes: Seen,
    pub(super) listings: u32,
    pub(super) files: u32,
    pub(super) negative: BTreeMap<u16, (Seen, String)>,
    pub(super) forbidden: Seen,
    pub(super) forbidden_words: Option<String>,
    dialogue: Dialogue,
    /// The preliminary and the final reply to the command of that number.
    outcomes: BTreeMap<u32, (Option<u16>, Option<u16>)>,
}

impl SessionState {
    fn new() -> SessionState {
        SessionState {
            user: None,
            password: None,
            password_frame: None,
            logged_in_at: None,
            failed: Seen::default(),
            failed_users: BTreeSet::new(),
            failed_passwords: BTreeSet::new(),
            encrypted_from: None,
            commands: 0,
            replies: 0,
            asked_folder: None,
            folders: Vec::new(),
            folder_changes: Seen::default(),
            listings: 0,
            files: 0,
            negative: BTreeMap::new(),
            forbidden: Seen::default(),
            forbidden_words: None,
            dialogue: Dialogue::new(Measure::AsDeployed),
            outcomes: BTreeMap::new(),
        }
    }
}

impl Analyzer {
    /// An analyzer that has seen nothing.
    pub fn new() -> Analyzer {
        Analyzer::default()
    }

    /// Passwords are shown as they are.
    pub fn show_passwords(mut self, show: bool) -> Analyzer {
        self.show_passwords = show;
        self
    }

    /// Takes the next frame.
    pub fn note(&mut self, seen: &Dissected<'_>) {
        let frame = &seen.frame;
        self.overview.frames += 1;
        self.overview.bytes += u64::from(frame.original_len);
        self.first.get_or_insert(frame.at);
        self.last = self.last.max(frame.at);
        if let Some(segment) = seen.segment
            && !segment.verdicts.is_empty()
        {
            let verdicts = segment.verdicts;
            if verdicts.has_any(Verdicts::RETRANSMISSION) {
                self.retransmissions.add(frame.number);
            }
            if verdicts.has_any(Verdicts::ZERO_WINDOW) {
                self.zero_windows.add(frame.number);
            }
            if verdicts.has_any(Verdicts::LOST_SEGMENT) {
                self.missing.add(frame.number);
            }
        }
        for event in seen.events {
            if let Event::Said(id, said) = event {
                let session = self.sessions.entry(*id).or_insert_with(SessionState::new);
                session.note(said);
            }
        }
    }

    /// The report of all that was seen.
    pub fn finish(mut self, dissector: &Dissector) -> Report {
        self.count_conversations(dissector);
        let mut transfers: BTreeMap<ConversationId, Vec<&Transfer>> = BTreeMap::new();
        for transfer in dissector.transfers() {
            transfers
                .entry(transfer.control)
                .or_default()
                .push(transfer);
        }
        let session = |(id, state): (&ConversationId, &SessionState)| {
            let transfers = transfers.get(id).map(Vec::as_slice);
            self.session(*id, state, transfers.unwrap_or_default(), dissector)
        };
        let sessions: Vec<SessionReport> = self.sessions.iter().filter_map(session).collect();
        let findings = findings(&self, &sessions, dissector);
        let answers = answers(&self.overview, &sessions, &findings, dissector);
        Report {
            format: REPORT_FORMAT,
            capture: self.overview,
            sessions,
            findings,
            answers,
        }
    }

    fn count_conversations(&mut self, dissector: &Dissector) {
        let overview = &mut self.overview;
        overview.first = self.first.map(|at| at.to_string()).unwrap_or_default();
        let nanos = self.last.since(self.first.unwrap_or_default()).as_nanos();
        overview.duration_ns = u64::try_from(nanos).unwrap_or(u64::MAX);
        overview.retransmissions = self.retransmissions.count;
        for talk in dissector.conversations() {
            overview.conversations += 1;
            let both = talk.side(Direction::FromClient).syn && talk.side(Direction::FromServer).syn;
            overview.established += u64::from(both);
            match talk.state() {
                State::Refused => overview.refused += 1,
                State::Unanswered => overview.unanswered += 1,
                State::Reset => overview.reset += 1,
                State::Open | State::Closed => {}
            }
        }
    }

    fn session(
        &self,
        id: ConversationId,
        state: &SessionState,
        transfers: &[&Transfer],
        dissector: &Dissector,
    ) -> Option<SessionReport> {
        let talk = dissector.conversation(id)?;
        let client = dissector.control(id)?.client_direction();
        let password = state.password.as_ref().map(|password| {
            if self.show_passwords {
                password.clone()
            } else {
                "********".to_owned()
            }
        });
        Some(SessionReport {
            conversation: id.0,
            client: talk.sender(client),
            server: talk.sender(client.opposite()),
            first_frame: talk.first_frame,
            last_frame: talk.last_frame,
            user: state.user.clone(),
            password,
            logged_in: state.logged_in_at.is_some(),
            failed_logins: u32::try_from(state.failed.count).unwrap_or(u32::MAX),
            encrypted_from: state.encrypted_from,
            commands: state.commands,
            replies: state.replies,
            folders: state.folders.clone(),
            transfers: transfers
                .iter()
                .map(|t| state.transfer(t, dissector))
                .collect(),
        })
    }
}

impl SessionState {
    fn note(&mut self, said: &Said) {
        match said {
            Said::Command(command) => self.command(command),
            Said::Reply(reply) => self.reply(reply),
            Said::Encrypted { frame } => self.encrypted_from = Some(*frame),
            Said::NotAReply { .. } => {}
            // What is missing may have been anything: begin to judge anew.
            Said::Gap { .. } => self.dialogue = Dialogue::new(Measure::AsDeployed),
        }
    }

    fn command(&mut self, seen: &CommandSeen) {
        self.commands += 1;
        let verb = seen.verb();
        let _ = self.dialogue.command(verb);
        let text = |argument: &crate::ftp::Text| Printable(argument.as_bytes()).to_string();
        match &seen.command {
            Ok(Command::User(user)) => self.user = Some(text(user)),
            Ok(Command::Pass(password)) => {
                self.password = Some(text(password));
                self.password_frame.get_or_insert(seen.frame);
            }
            Ok(Command::Cwd(folder)) => {
                self.asked_folder = Some((seen.number, text(folder)));
                self.folder_changes.add(seen.frame);
            }
            Ok(Command::Cdup) => {
                self.asked_folder = Some((seen.number, "..".into()));
                self.folder_changes.add(seen.frame);
            }
            _ => {}
        }
        match verb {
            Some(Verb::List | Verb::Nlst | Verb::Mlsd) => self.listings += 1,
            Some(verb) if verb.is_transfer() => self.files += 1,
            _ => {}
        }
    }

    fn reply(&mut self, seen: &ReplySeen) {
        self.replies += 1;
        let code = seen.reply.code();
        if let Err(violation) = self.dialogue.reply(code) {
            self.forbidden.add(seen.frame);
            self.forbidden_words.get_or_insert(violation.to_string());
        }
        if code.is_negative() {
            let text = || Printable(seen.reply.text().as_bytes()).to_string();
            let (frames, _) = self
                .negative
                .entry(code.get())
                .or_insert_with(|| (Seen::default(), text()));
            frames.add(seen.frame);
        }
        let Some((number, verb)) = seen.answers else {
            return;
        };
        let outcome = self.outcomes.entry(number).or_default();
        if code.is_preliminary() {
            outcome.0 = Some(code.get());
        } else {
            outcome.1 = Some(code.get());
        }
        // Only transfers are asked for later.
        if !verb.is_some_and(Verb::is_transfer) {
            self.outcomes.remove(&number);
        }
        match verb {
            Some(Verb::User | Verb::Pass | Verb::Acct) => self.login(code, verb, seen.frame),
            Some(Verb::Cwd | Verb::Cdup) if !code.is_negative() => {
                let asked = self
                    .asked_folder
                    .take()
                    .filter(|(asked, _)| *asked == number);
                if let Some((_, folder)) = asked
                    && self.folders.len() < MAX_FOLDERS
                {
                    self.folders.push(folder);
                }
            }
            _ => {}
        }
    }

    fn login(&mut self, code: ReplyCode, verb: Option<Verb>, frame: u64) {
        match code.get() {
            230 | 232 => self.logged_in_at = Some(frame),
            530 | 430 | 332 | 331 if !code.is_negative() => {}
            _ if code.is_negative() => {
                self.failed.add(frame);
                let user = self.user.clone().unwrap_or_default();
                if self.failed_users.len() < MAX_WORDS {
                    self.failed_users.insert(user);
                }
                let password = self.password.clone().filter(|_| verb == Some(Verb::Pass));
                if self.failed_passwords.len() < MAX_WORDS {
                    self.failed_passwords.extend(password);
                }
            }
            _ => {}
        }
    }

    fn transfer(&self, transfer: &Transfer, dissector: &Dissector) -> TransferReport {
        let command = transfer.command.as_ref();
        let outcome = command.and_then(|c| self.outcomes.get(&c.number));
        let words = |c: &crate::dissect::TransferCommand| match &c.argument {
            Some(argument) => format!("{} {}", c.verb, Printable(argument.as_bytes())),
            None => c.verb.to_string(),
        };
        TransferReport {
            command: command.map(words),
            command_frame: command.map(|c| c.frame),
            setup: transfer.setup.name(),
            announced: transfer.announced,
            connection: data(transfer, dissector),
            preliminary: outcome.and_then(|o| o.0),
            reply: outcome.and_then(|o| o.1),
        }
    }
}

/// The data connection of a transfer.
fn data(transfer: &Transfer, dissector: &Dissector) -> Option<DataReport> {
    let talk = dissector.conversation(transfer.connection?)?;
    let control = dissector.conversation(transfer.control)?;
    let client = dissector.control(transfer.control)?.client_direction();
    let client = control.sender(client).ip();
    let up = if talk.client.ip() == client {
        Direction::FromClient
    } else {
        Direction::FromServer
    };
    Some(DataReport {
        conversation: talk.id.0,
        from: talk.client,
        to: talk.server,
        uploaded: talk.bytes(up),
        downloaded: talk.bytes(up.opposite()),
        first_frame: talk.first_frame,
        last_frame: talk.last_frame,
        end: match talk.state() {
            State::Closed => "closed",
            State::Reset => "reset",
            State::Refused => "refused",
            State::Unanswered => "unanswered",
            State::Open => "open",
        },
    })
}
