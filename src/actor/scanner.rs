//! A port scanner: which of these ports does somebody listen at?

use std::net::SocketAddr;

use super::{Actor, Outcome, Report};
use crate::host::{Sockets, TcpHandle, TcpStatus};
use crate::time::{Duration, Instant};

/// How a port is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanKind {
    /// A whole handshake, then FIN: the listener's application notices.
    Connect,
    /// A SYN, and a RST for whoever answers it: the application never learns of it.
    Syn,
}

/// Tries ports, one after the other.
#[derive(Debug)]
pub struct PortScan {
    kind: ScanKind,
    targets: Vec<SocketAddr>,
    interval: Duration,
    begun: usize,
    next: Option<Instant>,
    /// What is being tried, with its number and when patience ends.
    trying: Vec<(usize, TcpHandle, Instant)>,
    found: Vec<Option<&'static str>>,
}

impl PortScan {
    /// How long an answer may take.
    const PATIENCE: Duration = Duration::from_secs(1);
    /// The time between two attempts, unless it is set.
    const INTERVAL: Duration = Duration::from_millis(10);

    /// A scan of these, in this order.
    pub fn new(kind: ScanKind, targets: Vec<SocketAddr>) -> PortScan {
        PortScan {
            kind,
            found: vec![None; targets.len()],
            targets,
            interval: PortScan::INTERVAL,
            begun: 0,
            next: Some(Instant::ZERO),
            trying: Vec::new(),
        }
    }

    /// With so much time between two attempts.
    pub fn interval(self, interval: Duration) -> PortScan {
        PortScan { interval, ..self }
    }

    fn try_next(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        let Some(&target) = self.targets.get(self.begun) else {
            self.next = None;
            return;
        };
        sockets.begin_step(self.begun as u32);
        let tcp = match self.kind {
            ScanKind::Connect => sockets.connect(target, None),
            ScanKind::Syn => sockets.connect_half(target),
        };
        self.trying
            .push((self.begun, tcp, now + PortScan::PATIENCE));
        self.begun += 1;
        let more = self.begun < self.targets.len();
        self.next = more.then_some(now + self.interval);
    }
}

impl Actor for PortScan {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        let (kind, found) = (self.kind, &mut self.found);
        self.trying.retain(|&(number, tcp, until)| {
            let result = match sockets.status(tcp) {
                TcpStatus::Connecting if until > now => return true,
                TcpStatus::Connecting => "no answer",
                TcpStatus::Refused => "closed",
                TcpStatus::Unreachable => "unreachable",
                _ => "open",
            };
            match (result, kind) {
                ("open", ScanKind::Connect) => sockets.close(tcp),
                ("open", ScanKind::Syn) => sockets.abort(tcp),
                _ => {}
            }
            sockets.forget(tcp);
            if let Some(found) = found.get_mut(number) {
                *found = Some(result);
            }
            false
        });
        if self.next.is_some_and(|at| at <= now) {
            self.try_next(now, sockets);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let patience = self.trying.iter().map(|(_, _, until)| *until);
        patience.chain(self.next).min()
    }

    fn is_done(&self) -> bool {
        self.begun == self.targets.len() && self.trying.is_empty()
    }

    fn report(&self) -> Report {
        let lines = self.targets.iter().zip(&self.found);
        let answers = |found: &Option<&str>| matches!(found, Some("open" | "closed"));
        Report {
            unanswered: !self.found.iter().any(answers),
            outcome: match self.is_done() {
                true => Outcome::Finished,
                false => Outcome::Running,
            },
            lines: lines
                .filter_map(|(target, found)| Some(format!("{target} {}", (*found)?)))
                .collect(),
            ..Report::default()
        }
    }
}
