//! Actors: what runs on a host and uses its sockets. FTP clients and servers, and your own.

pub mod dhcp;
pub mod discard;
pub mod dns;
pub mod echo;
mod errand;
mod ftp_client;
mod ftp_server;
mod injector;
mod ping;
mod player;
mod pump;
mod scanner;
mod script;
mod traceroute;

pub use errand::{Errand, Whom};
pub use ftp_client::FtpClient;
pub use ftp_server::FtpServer;
pub use injector::{ArpSpoofer, Injector};
pub use ping::Ping;
pub use pump::Stall;
pub use scanner::{PortScan, ScanKind};
pub use script::{Act, Each, Expect, Script, Step, Target, Wait};
pub use traceroute::{Probe, Traceroute};

use crate::ftp::client::Movement;
use crate::ftp::server::Served;
use crate::host::Sockets;
use crate::time::{Duration, Instant};
use std::net::{IpAddr, SocketAddr};

/// Something that runs on a simulated host.
///
/// A host calls [`step`](Actor::step) after every frame that arrives and every
/// timer that runs out, between what the stack took in and what it sends, so
/// that an answer can ride with the acknowledgement of its question.
pub trait Actor {
    /// Looks at the sockets and acts. Must not assume that anything happened.
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>);

    /// When to be called although nothing arrives; `None` for never. At a time that
    /// has passed it is called again at once; an actor that never lets time pass
    /// ends the run with [`Stop::Livelock`](crate::sim::Stop::Livelock).
    fn poll_timeout(&self) -> Option<Instant>;

    /// The actor has nothing left to do. Servers, which only answer, always say so.
    fn is_done(&self) -> bool {
        true
    }

    /// What became of it, for the run's report. As long as it is not
    /// [done](Actor::is_done), `Finished` there counts as `Running`.
    fn report(&self) -> Report {
        Report::default()
    }
}

/// Why nobody can be asked at an address of another network.
fn no_route(to: IpAddr) -> String {
    format!("the host has no route to {to}")
}

/// What became of an actor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How it ended, or that it did not.
    pub outcome: Outcome,
    /// The steps of its script that began, in the order in which they did. A
    /// step within a loop appears once for each time it was played.
    pub steps: Vec<StepReport>,
    /// What it has to say, one line each: what ping or traceroute print.
    pub lines: Vec<String>,
    /// Of a port scan: no port answered, neither open nor closed.
    pub unanswered: bool,
    /// The files that it moved.
    pub transfers: Vec<Transfer>,
    /// Of a server: the files that it moved whole, as far as it knows.
    pub served: Vec<Served>,
    /// Of a server: how many sessions still stood.
    pub sessions: usize,
}

impl Report {
    /// What became of an actor: whoever still has something to do has not
    /// finished, whatever its own report says.
    pub(crate) fn of(actor: &dyn Actor) -> Report {
        let mut report = actor.report();
        if report.outcome == Outcome::Finished && !actor.is_done() {
            report.outcome = Outcome::Running;
        }
        report
    }
}

/// How an actor ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Outcome {
    /// It did all it had to do, as was expected of it.
    #[default]
    Finished,
    /// It still had something to do when the run stopped.
    Running,
    /// A step did not go as expected; what was expected and what came.
    Failed {
        /// The step, as in [`Cause::Step`](crate::trace::Cause::Step).
        step: u32,
        /// One sentence for a person.
        message: String,
    },
}

/// One step of a script, as it was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    /// Which step of the script: its number in the order in which the steps
    /// are written, from 0, steps inside loops included.
    pub step: u32,
    /// In a loop: which round of it, from 1, and of how many.
    pub round: Option<(u32, u32)>,
    /// When it began.
    pub began: Instant,
    /// When it ended; `None` if it had not when the run stopped.
    pub ended: Option<Instant>,
}

/// A file or a listing that moved, or failed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The step that moved it.
    pub step: u32,
    /// Our end of the control connection.
    pub control: Option<SocketAddr>,
    /// Its name as it was asked for.
    pub name: String,
    /// Whether it was fetched, stored, or a listing.
    pub what: Movement,
    /// How many bytes passed, as counted on the data connection.
    pub bytes: u64,
    /// The SHA-256 of those bytes, unless the client was to do without.
    pub sha256: Option<[u8; 32]>,
    /// How long the data connection stood.
    pub took: Duration,
    /// It ended with a positive completion reply.
    pub complete: bool,
}
