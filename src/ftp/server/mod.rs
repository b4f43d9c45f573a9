//! The server: one machine for all its sessions, sans-IO.
//!
//! A [`Server`] holds what its sessions share: files, rules, who is in. Each
//! control connection is a session; [`Server::session`] lends it as an
//! [`Endpoint`].

mod access;
mod commands;
mod config;
#[cfg(test)]
mod data_tests;
mod delivery;
mod directory;
#[cfg(test)]
mod fault_tests;
mod job;
mod persona;
mod personas;
mod rules;
mod served;
mod session;
#[cfg(test)]
mod tests;
mod transfer;
mod upload;
mod words;

use std::collections::BTreeMap;
use std::net::SocketAddr;

pub use config::{Account, AccountNeeded, Config, Limits, LoginLimit, Password, User};
pub use persona::{Connects, DataPort, DownloadEnd, LongLine, Persona, Writes};
pub use rules::{Answer, Condition, DataFault, Delivery, Ending, Rule, Then, Trigger};
pub use served::Served;
pub use words::{Message, Words};

use super::Text;
use super::files::Files;
use super::io::{Action, ControlEvent, DataEvent, Endpoint};
use crate::time::{Instant, Timestamp};
use rules::RuleBook;
use session::{Session, Turn};

/// One session of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u32);

/// An FTP server without sockets.
#[derive(Debug)]
pub struct Server {
    shared: Shared,
    sessions: BTreeMap<SessionId, Session>,
    next: u32,
}

/// What all sessions share.
#[derive(Debug)]
struct Shared {
    config: Config,
    files: Files,
    rules: RuleBook,
    /// How many sessions stand.
    open: u32,
    /// How many sessions each user has.
    logged_in: BTreeMap<Text, u32>,
    /// The name of nobody.
    nobody: Text,
    /// How many names STOU has made up.
    unique: u32,
    /// The files that were moved, and how many bytes are kept of them.
    served: Vec<Served>,
    served_bytes: u64,
}

impl Shared {
    fn date(&self, now: Instant) -> Timestamp {
        self.config.clock.at(now)
    }
}

impl Server {
    /// A server with these files.
    pub fn new(mut config: Config, files: Files) -> Server {
        let rules = RuleBook::new(core::mem::take(&mut config.rules));
        Server {
            shared: Shared {
                config,
                files,
                rules,
                open: 0,
                logged_in: BTreeMap::new(),
                nobody: Text::default(),
                unique: 0,
                served: Vec::new(),
                served_bytes: 0,
            },
            sessions: BTreeMap::new(),
            next: 0,
        }
    }

    /// A client at `peer` has connected to `local`: tell its session so with
    /// [`ControlEvent::Connected`].
    pub fn open(&mut self, local: SocketAddr, peer: SocketAddr) -> SessionId {
        let id = SessionId(self.next);
        self.next = self.next.wrapping_add(1);
        let persona = &self.shared.config.persona;
        let session = Session::new(local, peer, persona);
        self.sessions.insert(id, session);
        self.shared.open = self.shared.open.saturating_add(1);
        id
    }

    /// Lends a session; `None` if there is none of this name.
    pub fn session(&mut self, id: SessionId) -> Option<SessionHandle<'_>> {
        Some(SessionHandle {
            session: self.sessions.get_mut(&id)?,
            shared: &mut self.shared,
        })
    }

    /// Forgets a session: its control connection is gone.
    pub fn close(&mut self, id: SessionId) {
        if let Some(mut session) = self.sessions.remove(&id) {
            session.log_out(&mut self.shared);
            self.shared.open = self.shared.open.saturating_sub(1);
        }
    }

    /// How many sessions stand.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// The files that were moved whole, as far as the server knows, in order;
    /// the first ten thousand of them.
    pub fn served(&self) -> &[Served] {
        &self.shared.served
    }

    /// The files, as they are now.
    pub fn files(&self) -> &Files {
        &self.shared.files
    }
}

/// A session on loan from its server.
#[derive(Debug)]
pub struct SessionHandle<'a> {
    session: &'a mut Session,
    shared: &'a mut Shared,
}

impl SessionHandle<'_> {
    fn turn(&mut self, now: Instant) -> Turn<'_> {
        Turn {
            s: self.session,
            shared: self.shared,
            now,
        }
    }
}

impl Endpoint for SessionHandle<'_> {
    fn handle_control(&mut self, now: Instant, event: ControlEvent<'_>) {
        let mut turn = self.turn(now);
        turn.control(event);
        turn.advance();
    }

    fn handle_data(&mut self, now: Instant, event: DataEvent<'_>) {
        let mut turn = self.turn(now);
        turn.data(event);
        turn.advance();
    }

    fn handle_timeout(&mut self, now: Instant) {
        let mut turn = self.turn(now);
        turn.timeouts();
        turn.advance();
    }

    fn poll_action(&mut self) -> Option<Action> {
        self.session.out.poll()
    }

    fn fill_data(&mut self, now: Instant, room: &mut [u8]) -> usize {
        let mut turn = self.turn(now);
        let filled = turn.fill(room);
        turn.advance();
        filled
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout(&self.shared.config.persona)
    }

    fn control_room(&self) -> usize {
        self.session.control_room()
    }
}
