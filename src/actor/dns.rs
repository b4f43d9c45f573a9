//! Names: a DNS server that knows a table, and a lookup for those who ask one (RFC 1034, RFC 1035).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Actor;
use crate::host::{Sockets, UdpEvent, UdpHandle};
use crate::time::{Duration, Instant};
use crate::wire::dns::{DnsKind, DnsMessage, NAME_ERROR};

/// The port of DNS servers.
pub const DNS_PORT: u16 = 53;

/// Answers questions about the names in its table, and says of every other
/// name that there is none.
#[derive(Debug, Clone, Default)]
pub struct DnsServer {
    names: BTreeMap<String, Vec<IpAddr>>,
    udp: Option<UdpHandle>,
}

impl DnsServer {
    /// How many seconds an answer may be kept.
    const LIFETIME: u32 = 3600;

    /// A server that knows no name.
    pub fn new() -> DnsServer {
        DnsServer::default()
    }

    /// A server that knows this name as well; a name may have several addresses.
    pub fn name(mut self, name: &str, address: IpAddr) -> DnsServer {
        let name = name.to_ascii_lowercase();
        self.names.entry(name).or_default().push(address);
        self
    }

    fn answer(&self, question: &DnsMessage) -> DnsMessage {
        let Some(addresses) = self.names.get(&question.name) else {
            return question.answer(NAME_ERROR, Vec::new());
        };
        let wanted = |address: &&IpAddr| match question.kind {
            DnsKind::A => address.is_ipv4(),
            DnsKind::Aaaa => address.is_ipv6(),
            DnsKind::Other(_) => false,
        };
        let answers = addresses.iter().filter(wanted);
        let answers = answers.map(|address| (*address, DnsServer::LIFETIME));
        question.answer(0, answers.collect())
    }
}

impl Actor for DnsServer {
    fn step(&mut self, _now: Instant, sockets: &mut Sockets<'_>) {
        if self.udp.is_none() {
            self.udp = sockets.bind_udp(Some(DNS_PORT));
        }
        let Some(udp) = self.udp else { return };
        while let Some(event) = sockets.recv_udp(udp) {
            if let UdpEvent::Datagram { from, payload, .. } = event
                && let Some(question) = DnsMessage::parse(&payload).filter(|q| !q.is_response)
                && let Some(answer) = self.answer(&question).to_bytes()
            {
                sockets.send_udp(udp, from, &answer);
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// Why a name could not be resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupError {
    /// The host knows no DNS server.
    NoServer,
    /// There is no such name, or it has no address of the kind asked for.
    NoSuchName,
    /// The server is on another network, to which there is no way.
    NoRoute,
    /// No server answers.
    NoAnswer,
}

/// As a sentence goes on after the name.
impl core::fmt::Display for LookupError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            LookupError::NoServer => "cannot be looked up: the host knows no DNS server",
            LookupError::NoSuchName => "is no name that the DNS server knows",
            LookupError::NoRoute => "cannot be looked up: the host has no route to the DNS server",
            LookupError::NoAnswer => "cannot be looked up: the DNS server does not answer",
        })
    }
}

/// One name being resolved, for an actor that wants to connect to it.
#[derive(Debug)]
pub struct Lookup {
    name: String,
    kind: DnsKind,
    udp: Option<UdpHandle>,
    id: u16,
    tries: usize,
    next: Option<Instant>,
}

impl Lookup {
    /// The waits after each question, as most resolvers have them: five
    /// seconds, twice.
    const PATIENCE: [Duration; 2] = [Duration::from_secs(5); 2];

    /// Asks for an address of this name: an IPv6 one if the host has no other.
    /// On a host that has no address yet it waits until there is one.
    pub fn new(name: &str) -> Lookup {
        Lookup {
            name: name.to_ascii_lowercase(),
            kind: DnsKind::A,
            udp: None,
            id: 0,
            tries: 0,
            next: None,
        }
    }

    /// Call it whenever something may have happened, until it gives a result.
    pub fn step(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_>,
    ) -> Option<Result<IpAddr, LookupError>> {
        let result = self.try_step(now, sockets)?;
        self.next = None;
        if let Some(udp) = self.udp.take() {
            sockets.unbind_udp(udp);
        }
        Some(result)
    }

    fn try_step(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_>,
    ) -> Option<Result<IpAddr, LookupError>> {
        if !sockets.has_address() {
            return None;
        }
        let Some(server) = sockets.resolver() else {
            return Some(Err(LookupError::NoServer));
        };
        let server = SocketAddr::new(server, DNS_PORT);
        if self.udp.is_none() {
            self.udp = sockets.bind_udp(None);
            self.id = sockets.rng().below(1 << 16) as u16;
            if sockets
                .local_address(Ipv4Addr::UNSPECIFIED.into())
                .is_none()
            {
                self.kind = DnsKind::Aaaa;
            }
        }
        let udp = self.udp?;
        while let Some(event) = sockets.recv_udp(udp) {
            match event {
                UdpEvent::Datagram { from, payload, .. } if from == server => {
                    let answer = DnsMessage::parse(&payload).filter(|answer| {
                        answer.is_response && answer.id == self.id && answer.name == self.name
                    });
                    if let Some(answer) = answer {
                        let first = answer.answers.first().map(|(address, _)| *address);
                        return Some(first.ok_or(LookupError::NoSuchName));
                    }
                }
                UdpEvent::Error { remote, .. } if remote == server => {
                    return Some(Err(match sockets.has_route(server.ip()) {
                        true => LookupError::NoAnswer,
                        false => LookupError::NoRoute,
                    }));
                }
                _ => {}
            }
        }
        if self.next.is_some_and(|at| at > now) {
            return None;
        }
        let Some(patience) = Lookup::PATIENCE.get(self.tries) else {
            return Some(Err(LookupError::NoAnswer));
        };
        self.tries += 1;
        self.next = Some(now + *patience);
        let question = DnsMessage::question(self.id, &self.name, self.kind);
        let Some(question) = question.to_bytes() else {
            return Some(Err(LookupError::NoSuchName));
        };
        sockets.send_udp(udp, server, &question);
        None
    }

    /// When to call [`step`](Lookup::step) although nothing arrives.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }
}
