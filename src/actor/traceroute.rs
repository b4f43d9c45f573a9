//! Traceroute: which routers lie on the way, found by letting packets die at each in turn.

use std::net::{IpAddr, SocketAddr};

use super::{Actor, Outcome, Report};
use crate::host::{IcmpError, PingEvent, PingHandle, Sockets, UdpEvent, UdpHandle};
use crate::time::{Duration, Instant, format_duration};

/// What the packets that die are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Datagrams to ports where nobody listens, as Unix sends them: the end
    /// says "port unreachable".
    Udp,
    /// Echo requests, as Windows sends them: the end answers.
    Echo,
}

/// Finds the way to a host.
#[derive(Debug)]
pub struct Traceroute {
    to: IpAddr,
    probe: Probe,
    socket: Option<Socket>,
    /// Probes sent: their numbers are their ports, or sequence numbers.
    sent: u16,
    sent_at: Instant,
    next: Option<Instant>,
    /// Whether the present probe is over.
    heard: bool,
    lines: Vec<String>,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy)]
enum Socket {
    Udp(UdpHandle),
    Echo(PingHandle),
}

/// The first port that is probed; each probe takes the next.
const FIRST_PORT: u16 = 33_434;

impl Traceroute {
    /// How long an answer may take.
    const PATIENCE: Duration = Duration::from_secs(5);
    /// The longest way that is followed.
    const MAX_HOPS: u16 = 30;

    /// The way to a host.
    pub fn new(to: IpAddr, probe: Probe) -> Traceroute {
        Traceroute {
            to,
            probe,
            socket: None,
            sent: 0,
            sent_at: Instant::ZERO,
            next: Some(Instant::ZERO),
            heard: true,
            lines: Vec::new(),
            outcome: Outcome::Running,
        }
    }

    /// Something came of probe `number`; `arrived` if it got to the end.
    fn note(&mut self, now: Instant, number: u16, from: IpAddr, error: Option<IcmpError>) {
        if number != self.sent || self.heard {
            return;
        }
        self.heard = true;
        let end = match error {
            Some(IcmpError::TimeExceeded) => None,
            None => Some(Outcome::Finished),
            Some(IcmpError::PortUnreachable) if from == self.to => Some(Outcome::Finished),
            Some(error) => Some(Outcome::Failed {
                step: u32::from(number.saturating_sub(1)),
                message: format!("{from} says: {error}"),
            }),
        };
        let took = format_duration(now.since(self.sent_at));
        let mut line = format!("{number:>2}  {from}  {took}");
        if let Some(Outcome::Failed { .. }) = end
            && let Some(error) = error
        {
            line += &format!("  {error}");
        }
        self.lines.push(line);
        if let Some(end) = end {
            self.outcome = end;
        }
    }

    fn hear(&mut self, now: Instant, socket: Socket, sockets: &mut Sockets<'_>) {
        match socket {
            Socket::Udp(udp) => {
                while let Some(event) = sockets.recv_udp(udp) {
                    if let UdpEvent::Error {
                        remote,
                        from,
                        error,
                    } = event
                    {
                        let number = remote.port().wrapping_sub(FIRST_PORT).wrapping_add(1);
                        self.note(now, number, from, Some(error));
                    }
                }
            }
            Socket::Echo(pings) => {
                while let Some(event) = sockets.recv_ping(pings) {
                    match event {
                        PingEvent::Reply { from, sequence, .. } => {
                            self.note(now, sequence, from, None)
                        }
                        PingEvent::Error {
                            from,
                            sequence,
                            error,
                        } => self.note(now, sequence, from, Some(error)),
                    }
                }
            }
        }
    }

    fn send(&mut self, now: Instant, socket: Socket, sockets: &mut Sockets<'_>) {
        if self.sent == 0 {
            let most = Traceroute::MAX_HOPS;
            self.lines
                .push(format!("the way to {}, at most {most} hops", self.to));
        }
        self.sent += 1;
        self.sent_at = now;
        self.heard = false;
        self.next = Some(now + Traceroute::PATIENCE);
        sockets.begin_step(u32::from(self.sent - 1));
        let ttl = u8::try_from(self.sent).unwrap_or(u8::MAX);
        match socket {
            Socket::Udp(udp) => {
                let remote = SocketAddr::new(self.to, FIRST_PORT + self.sent - 1);
                sockets.send_udp_with_ttl(udp, remote, ttl, &[0; 12]);
            }
            Socket::Echo(pings) => sockets.ping(pings, self.to, self.sent, Some(ttl), 64),
        }
    }
}

impl Actor for Traceroute {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        if self.outcome != Outcome::Running {
            return;
        }
        let socket = match (self.socket, self.probe) {
            (Some(socket), _) => socket,
            (None, Probe::Echo) => Socket::Echo(sockets.open_pings()),
            (None, Probe::Udp) => match sockets.bind_udp(None) {
                Some(udp) => Socket::Udp(udp),
                None => {
                    let message = "no UDP port is free".into();
                    self.outcome = Outcome::Failed { step: 0, message };
                    return;
                }
            },
        };
        self.socket = Some(socket);
        self.hear(now, socket, sockets);
        if self.outcome == Outcome::Running && (self.heard || self.next.is_some_and(|at| at <= now))
        {
            if !self.heard {
                self.lines.push(format!("{:>2}  no answer", self.sent));
            }
            if self.sent < Traceroute::MAX_HOPS {
                self.send(now, socket, sockets);
            } else {
                let step = u32::from(self.sent - 1);
                let message = format!("{} is too far away, or does not answer", self.to);
                self.outcome = Outcome::Failed { step, message };
            }
        }
        if self.outcome != Outcome::Running {
            self.next = None;
            match socket {
                Socket::Udp(udp) => sockets.unbind_udp(udp),
                Socket::Echo(pings) => sockets.close_pings(pings),
            }
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
