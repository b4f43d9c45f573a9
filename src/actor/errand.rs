//! Errands: what a step of a script can do that is not FTP, each a little actor of its own.

use core::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::echo::EchoClient;
use super::{Actor, ArpSpoofer, Injector, Ping, PortScan, Probe, Report, ScanKind, Traceroute};
use crate::host::Sockets;
use crate::time::{Duration, Instant};
use crate::wire::{Frame, MacAddr};

/// What an errand is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Echo requests.
    Ping {
        /// Whom to.
        to: IpAddr,
        /// How many.
        count: u16,
        /// Octets that each carries.
        len: usize,
    },
    /// Which routers lie on the way.
    Traceroute {
        /// Where to.
        to: IpAddr,
        /// What is sent.
        probe: Probe,
    },
    /// Which ports somebody listens at.
    Scan {
        /// How they are tried.
        kind: ScanKind,
        /// In this order.
        targets: Vec<SocketAddr>,
        /// The time between two attempts.
        interval: Duration,
    },
    /// ARP replies that are lies.
    Spoof {
        /// Whose address is claimed.
        claims: Ipv4Addr,
        /// Who is told, and its hardware.
        victim: (Ipv4Addr, MacAddr),
        /// How often.
        times: u32,
        /// The time between two lies.
        interval: Duration,
    },
    /// A frame as it is.
    Inject(Frame),
    /// Something is said to an echo server, and heard again.
    Echo {
        /// To whom.
        to: SocketAddr,
        /// What.
        message: Vec<u8>,
    },
}

impl Errand {
    /// It goes by IP, so that the host must have an address first.
    pub(super) fn needs_address(&self) -> bool {
        !matches!(self, Errand::Spoof { .. } | Errand::Inject(_))
    }

    /// Sets out.
    pub(super) fn begin(self, now: Instant) -> Running {
        let since_start = now.since(Instant::ZERO);
        Running(match self {
            Errand::Ping { to, count, len } => Box::new(Ping::new(to).count(count).len(len)),
            Errand::Traceroute { to, probe } => Box::new(Traceroute::new(to, probe)),
            Errand::Scan {
                kind,
                targets,
                interval,
            } => Box::new(PortScan::new(kind, targets).interval(interval)),
            Errand::Spoof {
                claims,
                victim: (victim, victim_mac),
                times,
                interval,
            } => {
                let mut spoofer = ArpSpoofer::new(claims, victim, since_start);
                (spoofer.victim_mac, spoofer.times) = (victim_mac, times);
                spoofer.interval = interval;
                Box::new(spoofer)
            }
            Errand::Inject(frame) => Box::new(Injector::new(vec![(since_start, frame)])),
            Errand::Echo { to, message } => Box::new(EchoClient::new(to, message)),
        })
    }
}

/// An errand under way.
pub(super) struct Running(Box<dyn Actor>);

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Running").field(&self.0.report()).finish()
    }
}

impl Running {
    /// Goes on as step `step` of a script; its report once it is over.
    pub fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>, step: u32) -> Option<Report> {
        self.0.step(now, &mut sockets.within_step(step));
        self.0.is_done().then(|| self.0.report())
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.0.poll_timeout()
    }
}
