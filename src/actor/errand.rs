//! Errands: what a step of a script can do that is not FTP, each a little actor of its own.

use core::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::echo::EchoClient;
use super::{Actor, ArpSpoofer, Injector, Ping, PortScan, Probe, Report, ScanKind, Traceroute};
use crate::host::Sockets;
use crate::time::{Duration, Instant};
use crate::wire::{Frame, MacAddr};

/// Whom an errand is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Whoever has this address.
    Address(IpAddr),
    /// Whoever has this name: the host's DNS server is asked first.
    Name(String),
}

impl Whom {
    /// The address, once it is known.
    fn address(&self) -> IpAddr {
        match self {
            Whom::Address(address) => *address,
            Whom::Name(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        }
    }
}

impl From<IpAddr> for Whom {
    fn from(address: IpAddr) -> Whom {
        Whom::Address(address)
    }
}

/// What an errand is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// Echo requests.
    Ping {
        /// Whom to.
        to: Whom,
        /// How many.
        count: u16,
        /// Octets that each carries.
        len: usize,
    },
    /// Which routers lie on the way.
    Traceroute {
        /// Where to.
        to: Whom,
        /// What is sent.
        probe: Probe,
    },
    /// Which ports somebody listens at.
    Scan {
        /// How they are tried.
        kind: ScanKind,
        /// Whose ports, one host after the other.
        hosts: Vec<Whom>,
        /// Which ports, in this order.
        ports: Vec<u16>,
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
        to: Whom,
        /// At which port.
        port: u16,
        /// What.
        message: Vec<u8>,
    },
}

impl Errand {
    /// It goes by IP, so that the host must have an address first.
    pub(super) fn needs_address(&self) -> bool {
        !matches!(self, Errand::Spoof { .. } | Errand::Inject(_))
    }

    /// Everybody that it is for.
    fn whom(&mut self) -> &mut [Whom] {
        match self {
            Errand::Ping { to, .. } | Errand::Traceroute { to, .. } | Errand::Echo { to, .. } => {
                core::slice::from_mut(to)
            }
            Errand::Scan { hosts, .. } => hosts,
            Errand::Spoof { .. } | Errand::Inject(_) => &mut [],
        }
    }

    /// The host is ready to speak to everybody whose address is known.
    pub(super) fn is_ready(&mut self, sockets: &Sockets<'_>) -> bool {
        let everybody = |whom: &Whom| match whom {
            Whom::Address(address) => sockets.is_ready_for(*address),
            Whom::Name(_) => sockets.has_address(),
        };
        !self.needs_address() || self.whom().iter().all(everybody)
    }

    /// A name whose address it must know before it can begin.
    pub(super) fn unresolved(&mut self) -> Option<String> {
        self.whom().iter().find_map(|whom| match whom {
            Whom::Name(name) => Some(name.clone()),
            Whom::Address(_) => None,
        })
    }

    /// That name has this address.
    pub(super) fn resolve(&mut self, name: &str, address: IpAddr) {
        for whom in self.whom() {
            if matches!(whom, Whom::Name(own) if own == name) {
                *whom = Whom::Address(address);
            }
        }
    }

    /// Sets out.
    pub(super) fn begin(self, now: Instant) -> Running {
        let since_start = now.since(Instant::ZERO);
        Running(match self {
            Errand::Ping { to, count, len } => {
                Box::new(Ping::new(to.address()).count(count).len(len))
            }
            Errand::Traceroute { to, probe } => Box::new(Traceroute::new(to.address(), probe)),
            Errand::Scan {
                kind,
                hosts,
                ports,
                interval,
            } => {
                let all = hosts.iter().flat_map(|host| {
                    let host = host.address();
                    ports.iter().map(move |port| SocketAddr::new(host, *port))
                });
                Box::new(PortScan::new(kind, all.collect()).interval(interval))
            }
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
            Errand::Echo { to, port, message } => {
                let to = SocketAddr::new(to.address(), port);
                Box::new(EchoClient::new(to, message))
            }
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
