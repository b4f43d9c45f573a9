//! Frames from nowhere: an injector of raw frames, and a spoofer of ARP that is made of one.

use std::net::Ipv4Addr;

use super::{Actor, Outcome, Report};
use crate::host::Sockets;
use crate::time::{Duration, Instant};
use crate::wire::{ArpOperation, Frame, MacAddr, build};

/// Hands frames to the wire as they are, each at its time.
#[derive(Debug)]
pub struct Injector {
    frames: Vec<(Duration, Frame)>,
    sent: usize,
}

impl Injector {
    /// Sends each frame so long after the start of the run; those of one time
    /// in the order given.
    pub fn new(mut frames: Vec<(Duration, Frame)>) -> Injector {
        frames.sort_by_key(|(at, _)| *at);
        Injector { frames, sent: 0 }
    }

    fn due(&self) -> Option<Instant> {
        let (at, _) = self.frames.get(self.sent)?;
        Some(Instant::ZERO + *at)
    }
}

impl Actor for Injector {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        while self.due().is_some_and(|at| at <= now) {
            sockets.begin_step(self.sent as u32);
            let frame = self.frames[self.sent].1.clone();
            sockets.inject(frame);
            self.sent += 1;
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.due()
    }

    fn is_done(&self) -> bool {
        self.due().is_none()
    }

    fn report(&self) -> Report {
        Report {
            outcome: match self.is_done() {
                true => Outcome::Finished,
                false => Outcome::Running,
            },
            ..Report::default()
        }
    }
}

/// Says again and again that somebody's address is its own host's: whoever
/// believes it sends to this host what is meant for that one.
#[derive(Debug)]
pub struct ArpSpoofer {
    /// Whose address it claims.
    pub claims: Ipv4Addr,
    /// Whom it tells.
    pub victim: Ipv4Addr,
    /// The hardware it tells: the victim's, or everybody's.
    pub victim_mac: MacAddr,
    /// When it begins.
    pub after: Duration,
    /// How often it says so.
    pub times: u32,
    /// The time between two lies.
    pub interval: Duration,
    said: u32,
}

impl ArpSpoofer {
    /// Tells `victim`, and everybody else, ten times, two seconds apart.
    pub fn new(claims: Ipv4Addr, victim: Ipv4Addr, after: Duration) -> ArpSpoofer {
        ArpSpoofer {
            claims,
            victim,
            victim_mac: MacAddr::BROADCAST,
            after,
            times: 10,
            interval: Duration::from_secs(2),
            said: 0,
        }
    }

    fn due(&self) -> Option<Instant> {
        let at = self.after + self.interval.saturating_mul(self.said);
        (self.said < self.times).then_some(Instant::ZERO + at)
    }
}

impl Actor for ArpSpoofer {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        while self.due().is_some_and(|at| at <= now) {
            sockets.begin_step(self.said);
            let sender = (sockets.mac(), self.claims);
            let target = (self.victim_mac, self.victim);
            sockets.inject(build::arp(ArpOperation::Reply, sender, target));
            self.said += 1;
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.due()
    }

    fn is_done(&self) -> bool {
        self.due().is_none()
    }
}
