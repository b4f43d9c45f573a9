//! Collects what a report is made of, while frames are read.
//!
//! A conversation counts when it is forgotten, a transfer and a session as
//! well; those that are left count at the end. So the memory of a report does
//! not grow with the capture: what is listed has a limit, what is counted has none.

use std::collections::{BTreeMap, BTreeSet};

use super::conversation::{conversation_report, data_report};
use super::findings::Findings;
use super::questions::Questions;
use super::session::SessionState;
use super::{
    ConversationReport, DataReport, Overview, REPORT_FORMAT, Report, SessionReport, TransferReport,
};
use crate::analyze::Printable;
use crate::dissect::{
    Conversation, ConversationId, Direction, Dissected, Dissector, Event, State, TransferCommand,
    TransferId,
};
use crate::time::Timestamp;

/// So many sessions are listed; more are counted.
const MAX_SESSIONS: usize = 10_000;
/// So many transfers of one session are listed; more are counted.
const MAX_TRANSFERS: usize = 1000;
/// So many conversations are listed; more are counted.
const MAX_CONVERSATIONS: usize = 1000;

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
    sessions: BTreeMap<ConversationId, SessionState>,
    /// Data connections that were forgotten before their transfers.
    data: BTreeMap<TransferId, DataReport>,
    conversations: Vec<ConversationReport>,
    done: Vec<SessionReport>,
    sessions_left_off: u64,
    findings: Findings,
    questions: Questions,
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
        let is_repeated = seen.segment.is_some_and(|segment| segment.is_repeated);
        self.overview.retransmissions += u64::from(is_repeated);
        self.findings.frame(seen);
        for event in seen.events {
            self.event(event, seen);
        }
    }

    fn event(&mut self, event: &Event, seen: &Dissected<'_>) {
        let dissector = seen.context;
        match event {
            Event::Said(id, said) => {
                let session = self.sessions.entry(*id).or_insert_with(SessionState::new);
                session.note(said, seen.frame.at);
            }
            Event::Prepared(id) => {
                if let Some(transfer) = dissector.transfer(*id) {
                    let session = self.sessions.entry(transfer.control);
                    let session = session.or_insert_with(SessionState::new);
                    session.transfers.push_back(*id);
                    self.findings.prepared(transfer);
                }
            }
            Event::TransferLeaving(id) => self.end_transfer(*id, dissector),
            Event::Leaving(id) => {
                if let Some(talk) = dissector.conversation(*id) {
                    self.end_conversation(talk, dissector);
                }
                self.end_session(*id, dissector);
            }
            Event::Opened(id) => {
                if let Some(talk) = dissector.conversation(*id) {
                    self.findings.opened(talk, dissector);
                }
            }
            Event::DataOpened(..) | Event::DataEnded(..) => {}
        }
    }

    /// The report of all that was seen.
    pub fn finish(mut self, dissector: &Dissector) -> Report {
        for talk in dissector.conversations() {
            self.end_conversation(talk, dissector);
        }
        let open: BTreeSet<ConversationId> = self.sessions.keys().copied().collect();
        for id in open {
            self.end_session(id, dissector);
        }
        let overview = &mut self.overview;
        overview.first = self.first.map(|at| at.to_string()).unwrap_or_default();
        let nanos = self.last.since(self.first.unwrap_or_default()).as_nanos();
        overview.duration_ns = u64::try_from(nanos).unwrap_or(u64::MAX);
        self.done.sort_by_key(|session| session.conversation);
        self.conversations.sort_by_key(|talk| talk.conversation);
        let findings = self.findings.finish(&self.overview);
        let answers = self.questions.answers(&self.overview, &findings);
        Report {
            format: REPORT_FORMAT,
            capture: self.overview,
            sessions: self.done,
            sessions_left_off: self.sessions_left_off,
            conversations: self.conversations,
            findings,
            answers,
        }
    }

    /// Takes stock of a conversation of which nothing more will be known.
    fn end_conversation(&mut self, talk: &Conversation, dissector: &Dissector) {
        let overview = &mut self.overview;
        overview.conversations += 1;
        let both = talk.side(Direction::FromClient).syn && talk.side(Direction::FromServer).syn;
        overview.established += u64::from(both);
        match talk.state() {
            State::Refused => overview.refused += 1,
            State::Unanswered => overview.unanswered += 1,
            State::Reset => overview.reset += 1,
            State::Open | State::Closed => {}
        }
        self.findings.conversation(talk);
        self.questions.conversation(talk);
        if self.conversations.len() < MAX_CONVERSATIONS {
            self.conversations.push(conversation_report(talk));
        }
        if let Some(transfer) = talk.transfer.and_then(|id| dissector.transfer(id))
            && let Some(data) = data_report(talk, transfer, dissector)
        {
            self.data.insert(transfer.id, data);
        }
    }

    /// Takes stock of a transfer.
    fn end_transfer(&mut self, id: TransferId, dissector: &Dissector) {
        let data = self.data.remove(&id);
        let Some(transfer) = dissector.transfer(id) else {
            return;
        };
        let Some(state) = self.sessions.get_mut(&transfer.control) else {
            return;
        };
        if state.transfers.front() == Some(&id) {
            state.transfers.pop_front();
        }
        let Some((client, server)) = dissector.ends(transfer.control) else {
            return;
        };
        let data = data.or_else(|| {
            let talk = dissector.conversation(transfer.connection?)?;
            data_report(talk, transfer, dissector)
        });
        let outcome = state.outcome(transfer);
        let report = TransferReport {
            command: transfer.command.as_ref().map(words),
            command_frame: transfer.command.as_ref().map(|c| c.frame),
            setup: transfer.setup.name(),
            setup_frame: transfer.frame,
            announced: transfer.announced,
            refused: transfer.refused.map(|code| code.get()),
            connection: data,
            preliminary: outcome.preliminary,
            reply: outcome.reply,
            announced_size: outcome.told_size.map(|(size, _)| size),
        };
        let ends = (client.ip(), server.ip());
        self.findings.transfer(ends, transfer, &report, &outcome);
        self.questions.transfer(client.ip(), &report);
        if state.moved.len() < MAX_TRANSFERS {
            state.moved.push(report);
        } else {
            state.transfers_left_off += 1;
        }
    }

    /// Takes stock of a session.
    fn end_session(&mut self, id: ConversationId, dissector: &Dissector) {
        let transfers = self.sessions.get(&id).map(|state| state.transfers.clone());
        for transfer in transfers.unwrap_or_default() {
            self.end_transfer(transfer, dissector);
        }
        let Some(state) = self.sessions.remove(&id) else {
            return;
        };
        let (Some(talk), Some((client, server))) = (dissector.conversation(id), dissector.ends(id))
        else {
            return;
        };
        let password = state.password.as_ref().map(|password| {
            if self.show_passwords {
                password.clone()
            } else {
                "********".to_owned()
            }
        });
        let mut report = SessionReport {
            conversation: id.0,
            client,
            server,
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
            round_trips: conversation_report(talk).round_trips,
            transfers: Vec::new(),
            transfers_left_off: state.transfers_left_off,
        };
        self.findings.session(&report, &state);
        self.questions.session(&report);
        if self.done.len() < MAX_SESSIONS {
            report.transfers = state.moved;
            self.done.push(report);
        } else {
            self.sessions_left_off += 1;
        }
    }
}

/// A command as it was said.
fn words(command: &TransferCommand) -> String {
    match &command.argument {
        Some(argument) => format!("{} {}", command.verb, Printable(argument.as_bytes())),
        None => command.verb.to_string(),
    }
}

impl Dissector {
    /// The FTP client's end of a control connection, and the server's.
    fn ends(
        &self,
        control: ConversationId,
    ) -> Option<(std::net::SocketAddr, std::net::SocketAddr)> {
        let talk = self.conversation(control)?;
        let client = self.control(control)?.client_direction();
        Some((talk.sender(client), talk.sender(client.opposite())))
    }
}
