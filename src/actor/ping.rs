//! Ping: is somebody there, and how far away? (RFC 792, RFC 1122 §3.2.2.6)

use std::net::IpAddr;

use super::{Actor, Outcome, Report, no_route};
use crate::host::{PingEvent, PingHandle, Sockets};
use crate::time::{Duration, Instant, format_duration};

/// Sends echo requests, one after the other, and hears what comes of them.
#[derive(Debug)]
pub struct Ping {
    to: IpAddr,
    /// How many.
    count: u16,
    /// Octets that each carries.
    len: usize,
    pings: Option<PingHandle>,
    sent: u16,
    sent_at: Instant,
    /// The present one is over.
    answered: bool,
    next: Option<Instant>,
    /// The round trips of those that were answered.
    replies: Vec<Duration>,
    lines: Vec<String>,
    outcome: Outcome,
}

impl Ping {
    /// How long an answer may take.
    const PATIENCE: Duration = Duration::from_secs(4);
    /// The time between two requests.
    const INTERVAL: Duration = Duration::from_secs(1);

    /// Four requests of 32 octets, as Windows sends them.
    pub fn new(to: IpAddr) -> Ping {
        Ping {
            to,
            count: 4,
            len: 32,
            pings: None,
            sent: 0,
            sent_at: Instant::ZERO,
            answered: true,
            next: Some(Instant::ZERO),
            replies: Vec::new(),
            lines: Vec::new(),
            outcome: Outcome::Running,
        }
    }

    /// So many requests.
    pub fn count(self, count: u16) -> Ping {
        Ping { count, ..self }
    }

    /// Each with so many octets.
    pub fn len(self, len: usize) -> Ping {
        Ping { len, ..self }
    }

    /// The last line: how many came back, and how long they took.
    fn summary(&self) -> String {
        let (sent, came) = (u32::from(self.sent), self.replies.len() as u32);
        let lost = (sent - came.min(sent)) * 100 / sent.max(1);
        let mut line = format!("{sent} sent, {came} answered, {lost}% lost");
        let (least, most) = (self.replies.iter().min(), self.replies.iter().max());
        if let (Some(least), Some(most)) = (least, most) {
            let mean = self.replies.iter().sum::<Duration>() / came.max(1);
            let [least, mean, most] = [*least, mean, *most].map(format_duration);
            line += &format!("; {least} at least, {mean} on average, {most} at most");
        }
        line
    }

    fn hear(&mut self, now: Instant, event: PingEvent) {
        let (sequence, line) = match event {
            PingEvent::Reply {
                from,
                sequence,
                len,
                ttl,
            } => {
                let took = now.since(self.sent_at);
                if sequence == self.sent && !self.answered {
                    self.replies.push(took);
                }
                let took = format_duration(took);
                let line = format!("reply from {from}: {len} octets, {took}, ttl {ttl}");
                (sequence, line)
            }
            PingEvent::Error {
                from,
                sequence,
                error,
            } => (sequence, format!("{from} says: {error}")),
        };
        if sequence == self.sent && !self.answered {
            self.answered = true;
            self.next = Some(self.sent_at + Ping::INTERVAL).map(|at| at.max(now));
            self.lines.push(line);
        }
    }
}

impl Actor for Ping {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        if self.outcome != Outcome::Running {
            return;
        }
        let pings = *self.pings.get_or_insert_with(|| sockets.open_pings());
        while let Some(event) = sockets.recv_ping(pings) {
            self.hear(now, event);
        }
        let over = self.answered && self.sent >= self.count;
        if !over && self.next.is_some_and(|at| at <= now) {
            if !self.answered {
                self.lines.push("no answer".into());
                self.answered = true;
            }
            if self.sent < self.count {
                if self.sent == 0 {
                    let octets = self.len;
                    self.lines
                        .push(format!("ping {}: {octets} octets", self.to));
                }
                self.sent += 1;
                self.answered = false;
                self.sent_at = now;
                self.next = Some(now + Ping::PATIENCE);
                sockets.begin_step(u32::from(self.sent - 1));
                sockets.ping(pings, self.to, self.sent, None, self.len);
            }
        }
        if self.answered && self.sent >= self.count {
            self.next = None;
            sockets.close_pings(pings);
            self.lines.push(self.summary());
            self.outcome = match self.replies.is_empty() {
                true => Outcome::Failed {
                    step: 0,
                    message: match sockets.has_route(self.to) {
                        true => format!("{} does not answer", self.to),
                        false => no_route(self.to),
                    },
                },
                false => Outcome::Finished,
            };
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    fn is_done(&self) -> bool {
        self.outcome != Outcome::Running
    }

    fn report(&self) -> Report {
        Report {
            outcome: self.outcome.clone(),
            lines: self.lines.clone(),
            ..Report::default()
        }
    }
}
