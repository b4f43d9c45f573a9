//! Addresses on loan: a DHCP server with a pool, and a client for a host that has no address yet (RFC 2131).

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use super::{Actor, Outcome, Report};
use crate::host::{Ipv4Cidr, NetworkConfig, Sockets, UdpEvent, UdpHandle};
use crate::time::{Duration, Instant};
use crate::wire::{DhcpKind, DhcpMessage, MacAddr};

const SERVER_PORT: u16 = 67;
const CLIENT_PORT: u16 = 68;

/// Lends addresses to whoever asks.
#[derive(Debug, Clone)]
pub struct DhcpServer {
    /// The first address lent, and how many there are.
    first: Ipv4Addr,
    count: u32,
    router: Option<Ipv4Addr>,
    dns: Option<Ipv4Addr>,
    prefix: u8,
    /// What is lent, or offered, to whom.
    leases: BTreeMap<MacAddr, Ipv4Addr>,
    udp: Option<UdpHandle>,
}

impl DhcpServer {
    /// For how many seconds an address is lent: a day.
    const LEASE: u32 = 86_400;

    /// Lends `count` addresses from `first` on, of a network whose prefix is
    /// so long.
    pub fn new(first: Ipv4Cidr, count: u32) -> DhcpServer {
        DhcpServer {
            first: first.address,
            count,
            router: None,
            dns: None,
            prefix: first.prefix.min(32),
            leases: BTreeMap::new(),
            udp: None,
        }
    }

    /// Names a default router as well.
    pub fn router(self, router: Ipv4Addr) -> DhcpServer {
        DhcpServer {
            router: Some(router),
            ..self
        }
    }

    /// Names a DNS server as well.
    pub fn dns(self, dns: Ipv4Addr) -> DhcpServer {
        DhcpServer {
            dns: Some(dns),
            ..self
        }
    }

    /// The address of a client: the one it has, or the first free one.
    fn address_for(&mut self, client: MacAddr) -> Option<Ipv4Addr> {
        if let Some(known) = self.leases.get(&client) {
            return Some(*known);
        }
        let start = u32::from(self.first);
        let taken = |address: &Ipv4Addr| self.leases.values().any(|lent| lent == address);
        let free = (0..self.count)
            .map(|n| Ipv4Addr::from(start.saturating_add(n)))
            .find(|address| !taken(address))?;
        self.leases.insert(client, free);
        Some(free)
    }

    fn answer(&mut self, own: Ipv4Addr, heard: &DhcpMessage) -> Option<DhcpMessage> {
        let client = heard.client_mac;
        let about_us = heard.server.is_none_or(|server| server == own);
        let kind = match heard.kind {
            DhcpKind::Discover => DhcpKind::Offer,
            DhcpKind::Request if about_us => {
                let wanted = heard.requested_ip.or(heard.client_ip);
                match wanted.is_some() && self.leases.get(&client).copied() == wanted {
                    true => DhcpKind::Ack,
                    false => DhcpKind::Nak,
                }
            }
            // It took another's offer, or gives its own back.
            DhcpKind::Request | DhcpKind::Release => {
                self.leases.remove(&client);
                return None;
            }
            _ => return None,
        };
        let mut answer = DhcpMessage::new(kind, heard.transaction, client);
        answer.server = Some(own);
        if kind != DhcpKind::Nak {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(self.prefix))
                .unwrap_or(0);
            answer.your_ip = Some(self.address_for(client)?);
            answer.mask = Some(Ipv4Addr::from(mask));
            answer.router = self.router;
            answer.dns = self.dns;
            answer.lease = Some(DhcpServer::LEASE);
        }
        Some(answer)
    }
}

/// Everybody on the segment.
fn everybody(port: u16) -> SocketAddr {
    SocketAddr::new(Ipv4Addr::BROADCAST.into(), port)
}

impl Actor for DhcpServer {
    fn step(&mut self, _now: Instant, sockets: &mut Sockets<'_>) {
        if self.udp.is_none() {
            self.udp = sockets.bind_udp(Some(SERVER_PORT));
        }
        let own = match sockets.local_address(Ipv4Addr::BROADCAST.into()) {
            Some(std::net::IpAddr::V4(own)) => own,
            _ => return,
        };
        let Some(udp) = self.udp else { return };
        while let Some(event) = sockets.recv_udp(udp) {
            if let UdpEvent::Datagram { payload, .. } = event
                && let Some(heard) = DhcpMessage::parse(&payload)
                && let Some(answer) = self.answer(own, &heard)
            {
                let to = match heard.client_ip {
                    Some(client) => SocketAddr::new(client.into(), CLIENT_PORT),
                    None => everybody(CLIENT_PORT),
                };
                sockets.send_udp(udp, to, &answer.to_bytes());
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Looking for a server.
    Selecting,
    /// Waiting for the one that offered this.
    Requesting { server: Ipv4Addr, address: Ipv4Addr },
    /// The address is ours.
    Bound,
}

/// Borrows an address for its host, and keeps it: discover, offer, request, ack.
#[derive(Debug)]
pub struct DhcpClient {
    state: State,
    udp: Option<UdpHandle>,
    transaction: u32,
    tries: u32,
    next: Option<Instant>,
    outcome: Outcome,
    lines: Vec<String>,
}

impl Default for DhcpClient {
    fn default() -> Self {
        DhcpClient::new()
    }
}

impl DhcpClient {
    /// Questions before it gives up: at 0, 4, 12 and 28 s (RFC 2131 §4.1).
    const TRIES: u32 = 4;

    /// A client that starts to ask at once.
    pub fn new() -> DhcpClient {
        DhcpClient {
            state: State::Selecting,
            udp: None,
            transaction: 0,
            tries: 0,
            next: Some(Instant::ZERO),
            outcome: Outcome::Running,
            lines: Vec::new(),
        }
    }

    fn hear(&mut self, now: Instant, heard: &DhcpMessage, sockets: &mut Sockets<'_>) {
        match (&self.state, heard.kind, heard.server, heard.your_ip) {
            (State::Selecting, DhcpKind::Offer, Some(server), Some(address)) => {
                self.state = State::Requesting { server, address };
                self.tries = 0;
                self.next = Some(now);
            }
            (&State::Requesting { address, server }, DhcpKind::Ack, from, _)
                if from == Some(server) =>
            {
                let mask = heard.mask.map_or(u32::MAX << 8, u32::from);
                let own = Ipv4Cidr {
                    address,
                    prefix: mask.leading_ones() as u8,
                };
                sockets.configure(NetworkConfig {
                    address: Some(own),
                    gateway: heard.router,
                    resolver: heard.dns.map(Into::into),
                    // What it has of IPv6 is nothing of DHCP's.
                    ..sockets.network()
                });
                self.lines.push(format!("{address} from {server}"));
                self.state = State::Bound;
                self.next = None;
                self.outcome = Outcome::Finished;
            }
            (State::Requesting { .. }, DhcpKind::Nak, ..) => {
                self.state = State::Selecting;
                self.tries = 0;
                self.next = Some(now);
            }
            _ => {}
        }
    }

    fn ask(&mut self, now: Instant, udp: UdpHandle, sockets: &mut Sockets<'_>) {
        if self.tries >= DhcpClient::TRIES {
            self.next = None;
            self.outcome = Outcome::Failed {
                step: 0,
                message: "no DHCP server answers".into(),
            };
            return;
        }
        self.next = Some(now + Duration::from_secs(4 << self.tries));
        self.tries += 1;
        let (transaction, mac) = (self.transaction, sockets.mac());
        let message = match self.state {
            State::Selecting => DhcpMessage::new(DhcpKind::Discover, transaction, mac),
            State::Requesting { server, address } => DhcpMessage {
                requested_ip: Some(address),
                server: Some(server),
                ..DhcpMessage::new(DhcpKind::Request, transaction, mac)
            },
            State::Bound => return,
        };
        sockets.begin_step(u32::from(self.state != State::Selecting));
        sockets.send_udp(udp, everybody(SERVER_PORT), &message.to_bytes());
    }
}

impl Actor for DhcpClient {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        if self.outcome != Outcome::Running {
            return;
        }
        if self.udp.is_none() {
            self.udp = sockets.bind_udp(Some(CLIENT_PORT));
            self.transaction = sockets.rng().below(1 << 32) as u32;
        }
        let Some(udp) = self.udp else { return };
        while let Some(event) = sockets.recv_udp(udp) {
            if let UdpEvent::Datagram { payload, .. } = event
                && let Some(heard) = DhcpMessage::parse(&payload)
                && heard.transaction == self.transaction
                && heard.client_mac == sockets.mac()
            {
                self.hear(now, &heard, sockets);
            }
        }
        if self.next.is_some_and(|at| at <= now) {
            self.ask(now, udp, sockets);
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
