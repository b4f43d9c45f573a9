//! Scripts: what an FTP client's person does, step by step, and what is expected of each.

use core::fmt;
use std::net::SocketAddr;

use super::errand::Errand;
use crate::ftp::client::Verb;
use crate::ftp::{ReplyCode, Text};
use crate::rng::Stream;
use crate::time::Duration;

/// What one actor does, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number, as in [`Cause::Step`](crate::trace::Cause::Step): steps are
    /// counted from 0 in the order in which they are written, those inside
    /// loops included.
    pub number: u32,
    /// What is done.
    pub act: Act,
    /// What must come of it. `None`: a user's verb must succeed, of `send` any
    /// final reply will do, of `connect` a greeting.
    pub expect: Option<Expect>,
    /// How long it may take; [`Step::WITHIN`] unless a scenario says otherwise.
    pub within: Duration,
}

impl Step {
    /// How long a step may take unless its scenario says otherwise.
    pub const WITHIN: Duration = Duration::from_secs(60);

    /// A step that does this and must succeed.
    pub fn new(number: u32, act: Act) -> Step {
        Step {
            number,
            act,
            expect: None,
            within: Step::WITHIN,
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Opens a control connection and waits for the greeting. One that is open
    /// already is closed first.
    Connect(Target),
    /// Something for the client.
    Ftp(Verb),
    /// Nothing, for as long as this; it takes the place of the persona's own
    /// thinking before the next step.
    Wait(Wait),
    /// The steps inside, once for each word.
    Each(Each),
    /// Closes the control connection without a word: FIN.
    Close,
    /// Resets the control connection.
    Abort,
    /// Something that has nothing to do with FTP.
    Errand(Errand),
}

/// Whom to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Always the same server.
    Address(SocketAddr),
    /// In each round of the innermost loop another one, in order; beyond the
    /// end of the list the last.
    PerRound(Vec<SocketAddr>),
    /// Whoever has this name: the host's DNS server is asked first.
    Name(String, u16),
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// As long as this.
    Exactly(Duration),
    /// Anything from the first to the second, drawn from the actor's dice.
    Between(Duration, Duration),
}

impl Wait {
    pub(super) fn draw(self, rng: &mut Stream) -> Duration {
        match self {
            Wait::Exactly(time) => time,
            Wait::Between(least, most) => rng.between(least, most),
        }
    }
}

/// A loop over words. In the steps inside, `{word}`, `{index}` (from 1) and
/// `{total}` stand for the word, its place and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Each {
    /// The words, in order.
    pub words: Vec<Text>,
    /// Connect before a round, when no connection stands.
    pub connect: Option<Target>,
    /// After how many rounds a connection is closed, so that the next round
    /// opens a new one.
    pub per_connection: Option<u32>,
    /// The loop ends with the round in which a step met this.
    pub stop_when: Option<Expect>,
    /// The steps of a round.
    pub steps: Vec<Step>,
}

/// What must come of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// These replies to the main command, in order. A single code may also be
    /// that of the final reply alone.
    Replies(Vec<ReplyCode>),
    /// The connection is refused: RST.
    Refused,
    /// Nobody answers: no ARP reply, no SYN,ACK, until the stack gave up.
    Unreachable,
    /// The server closes the connection.
    Closed,
    /// The server resets the connection.
    Reset,
    /// Nothing comes for as long as the step may take.
    Silence,
    /// Any of these.
    AnyOf(Vec<Expect>),
}

/// As in a sentence: `150 and 226`, `530 or a refused connection`.
impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expect::Replies(codes) => {
                let codes: Vec<String> = codes.iter().map(|code| code.to_string()).collect();
                f.write_str(&codes.join(" and "))
            }
            Expect::Refused => f.write_str("a refused connection"),
            Expect::Unreachable => f.write_str("nobody to answer"),
            Expect::Closed => f.write_str("the server to close the connection"),
            Expect::Reset => f.write_str("the server to reset the connection"),
            Expect::Silence => f.write_str("silence"),
            Expect::AnyOf(any) => {
                let any: Vec<String> = any.iter().map(|expect| expect.to_string()).collect();
                f.write_str(&any.join(" or "))
            }
        }
    }
}
