//! What a server is told: its persona, its users, its limits, its rules.

use std::collections::BTreeMap;

use super::{Persona, Rule};
use crate::ftp::Text;
use crate::ftp::path::VirtualPath;
use crate::time::{Duration, Instant, Timestamp};

/// What makes one server differ from another, its files apart.
#[derive(Debug, Clone)]
pub struct Config {
    /// How it speaks and behaves. Its fields are defaults: what a scenario
    /// says is written into them.
    pub persona: Persona,
    /// Its name in messages.
    pub host_name: Text,
    /// Who may log in, by name. An anonymous user is one with
    /// [`Password::Any`].
    pub users: BTreeMap<Text, User>,
    /// What it does otherwise than its persona; the first that matches wins.
    pub rules: Vec<Rule>,
    /// From which instant on it serves: who comes before is told how long to
    /// wait (120), and greeted then.
    pub opens: Instant,
    /// The date of the run's instant 0.
    pub clock: Timestamp,
}

impl Config {
    /// A server of this persona that nobody may log in to.
    pub fn new(persona: Persona) -> Config {
        Config {
            persona,
            host_name: Text::from("server"),
            users: BTreeMap::new(),
            rules: Vec::new(),
            opens: Instant::ZERO,
            clock: Timestamp::DEFAULT_CLOCK,
        }
    }
}

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What opens the door.
    pub password: Password,
    /// Where the user stands after logging in, as the user sees it.
    pub home: VirtualPath,
    /// What the user sees as `/`.
    pub root: VirtualPath,
    /// The account that the user has to name, and when.
    pub account: Option<Account>,
    /// The greatest file that the user may fetch, in bytes (the article's
    /// "credits"); a greater one is refused with 550.
    pub credits: Option<u64>,
    /// How many bytes the user may store: beyond them, 552.
    pub quota: Option<u64>,
    /// How many sessions the user may have at once: one more is refused.
    pub sessions: Option<u32>,
}

impl User {
    /// Somebody with this password, at home at `/`, without limits.
    pub fn with_password(password: impl Into<Text>) -> User {
        User {
            password: Password::Exactly(password.into()),
            home: VirtualPath::root(),
            root: VirtualPath::root(),
            account: None,
            credits: None,
            quota: None,
            sessions: None,
        }
    }
}

/// What opens the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// This word.
    Exactly(Text),
    /// Any word: a guest (RFC 1635).
    Any,
    /// None: USER alone logs in.
    NotAsked,
}

/// An account (RFC 959 §4.1.1, ACCT).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: Text,
    /// When it is asked for.
    pub needed: AccountNeeded,
}

/// When an account is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountNeeded {
    /// To log in: PASS is answered with 332.
    ToLogIn,
    /// To store files: STOR is answered with 532.
    ToStore,
}

/// How much of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many sessions at once; one more is greeted with 421.
    pub sessions: Option<u32>,
    /// How long a session may say nothing: then 421.
    pub idle: Option<Duration>,
    /// How long a transfer may stand still: then 426.
    pub stall: Option<Duration>,
    /// How long a passive listener waits for its client after a transfer
    /// command: then 425.
    pub accept: Duration,
    /// What happens to those who fail to log in.
    pub login: LoginLimit,
}

/// What happens to those who fail to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoginLimit {
    /// After how many failures the connection is closed.
    pub failures: Option<u32>,
    /// The last failure is answered with 421 in place of 530.
    pub farewell: bool,
    /// How much later each failure is answered than the one before.
    pub delay: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            sessions: None,
            idle: Some(Duration::from_secs(300)),
            stall: Some(Duration::from_secs(300)),
            accept: Duration::from_secs(60),
            login: LoginLimit::default(),
        }
    }
}
