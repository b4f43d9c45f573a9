//! Connection tracking: what a device remembers of each conversation that passes through it.
//!
//! A conversation has two flows, one for each way, as its packets look when
//! they *arrive* at the device. Where no address is translated one is the
//! reverse of the other; where one is, their difference is the translation.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::flow::{Flow, Part};
use super::ftp_helper::FtpHelper;
use super::inspected::Inspected;
use crate::time::{Duration, Instant};
use crate::wire::{TcpFlags, ip_protocol};

/// How long a device remembers a conversation that says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// A TCP connection that stands: 2 h 4 min (RFC 5382 §5).
    pub tcp_open: Duration,
    /// One that is being opened or closed: 4 min (RFC 5382 §5).
    pub tcp_transitory: Duration,
    /// UDP: 2 min (RFC 4787 §4.3).
    pub udp: Duration,
    /// An echo and its reply: 1 min (RFC 5508 §3.2).
    pub icmp: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            tcp_open: Duration::from_secs(7440),
            tcp_transitory: Duration::from_secs(240),
            udp: Duration::from_secs(120),
            icmp: Duration::from_secs(60),
        }
    }
}

/// Which way a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As the conversation's first packet went.
    Original,
    /// Back.
    Reply,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Opening,
    Open,
    Closing,
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Connection {
    /// The first packet's ends, as it arrived.
    pub original: Flow,
    /// The ends of the answers, as they arrive.
    pub reply: Flow,
    /// Somebody announced it on a control connection.
    pub expected: bool,
    /// Reads along, if it is an FTP control connection.
    pub helper: Option<FtpHelper>,
    state: State,
    expires: Instant,
}

impl Connection {
    /// The ends of a packet that goes `way`, as it leaves.
    fn leaving(&self, way: Way) -> Flow {
        match way {
            Way::Original => self.reply.reversed(),
            Way::Reply => self.original.reversed(),
        }
    }

    /// Gives a packet on its way the destination that it really has.
    pub fn translate_destination(&self, way: Way, packet: &mut impl Inspected) {
        packet.set_end(Part::Destination, self.leaving(way).destination);
    }

    /// Gives a packet on its way the source that it shall seem to have.
    pub fn translate_source(&self, way: Way, packet: &mut impl Inspected) {
        packet.set_end(Part::Source, self.leaving(way).source);
    }

    /// Gives an ICMP error that goes `way`, about a packet that went the other,
    /// the ends that its receiver knows.
    pub fn translate_error(&self, way: Way, error: &mut impl Inspected) {
        let (left, arrived) = match way {
            Way::Original => (self.original.reversed(), self.reply),
            Way::Reply => (self.reply.reversed(), self.original),
        };
        if error.source() == left.destination.ip() {
            error.set_address(Part::Source, arrived.destination.ip());
        }
        error.set_address(Part::Destination, arrived.source.ip());
        error.set_quoted(arrived);
    }

    fn note(&mut self, now: Instant, way: Way, packet: &impl Inspected, timeouts: &Timeouts) {
        let flags = packet.tcp_flags();
        self.state = match (self.state, way) {
            _ if flags.has_any(TcpFlags::FIN.with(TcpFlags::RST)) => State::Closing,
            (State::Opening, Way::Reply) => State::Open,
            (state, _) => state,
        };
        self.expires = now
            + match (self.original.protocol, self.state) {
                (ip_protocol::TCP, State::Open) => timeouts.tcp_open,
                (ip_protocol::TCP, _) => timeouts.tcp_transitory,
                (ip_protocol::UDP, _) => timeouts.udp,
                _ => timeouts.icmp,
            };
    }
}

/// A connection that was announced and may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expectation {
    /// From whom.
    pub source: IpAddr,
    /// To where, as it will arrive.
    pub destination: SocketAddr,
    /// Where it really goes.
    pub forward_to: SocketAddr,
}

/// A number for a conversation, never used twice.
pub(super) type ConnectionId = u64;

/// Conversations remembered at once; beyond it the ones that end first go.
const MAX_CONNECTIONS: usize = 16_384;

/// Announced connections remembered at once.
const MAX_EXPECTATIONS: usize = 1024;

/// How long an announced connection may take to come.
const EXPECTATION_LIFETIME: Duration = Duration::from_secs(300);

/// Everything a device remembers.
#[derive(Debug)]
pub(super) struct Tracker {
    timeouts: Timeouts,
    connections: BTreeMap<ConnectionId, Connection>,
    by_flow: BTreeMap<Flow, (ConnectionId, Way)>,
    expectations: Vec<(Expectation, Instant)>,
    next_id: ConnectionId,
}

impl Tracker {
    pub fn new(timeouts: Timeouts) -> Tracker {
        Tracker {
            timeouts,
            connections: BTreeMap::new(),
            by_flow: BTreeMap::new(),
            expectations: Vec::new(),
            next_id: 0,
        }
    }

    pub fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(&id)
    }

    pub fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(&id)
    }

    /// The conversation that a packet belongs to. A SYN that opens one anew
    /// with the numbers of one that is closing belongs to none.
    pub fn find(&mut self, now: Instant, packet: &impl Inspected) -> Option<(ConnectionId, Way)> {
        let (id, way) = self.find_flow(now, packet.flow()?)?;
        let connection = self.connections.get_mut(&id)?;
        let opens = packet.tcp_flags().has(TcpFlags::SYN) && !packet.tcp_flags().has(TcpFlags::ACK);
        if opens && connection.state == State::Closing {
            self.remove(id);
            return None;
        }
        connection.note(now, way, packet, &self.timeouts);
        Some((id, way))
    }

    /// The conversation that an ICMP error is about, and which way it goes.
    pub fn find_quoted(
        &mut self,
        now: Instant,
        error: &impl Inspected,
    ) -> Option<(ConnectionId, Way)> {
        self.find_flow(now, error.quoted_flow()?.reversed())
    }

    fn find_flow(&mut self, now: Instant, flow: Flow) -> Option<(ConnectionId, Way)> {
        let &(id, way) = self.by_flow.get(&flow)?;
        if self.connections.get(&id)?.expires <= now {
            self.remove(id);
            return None;
        }
        Some((id, way))
    }

    fn remove(&mut self, id: ConnectionId) {
        if let Some(gone) = self.connections.remove(&id) {
            self.by_flow.remove(&gone.original);
            self.by_flow.remove(&gone.reply);
        }
    }

    /// What a packet would begin: a conversation that was announced, or any
    /// other. `None` if it cannot begin one: TCP begins with a SYN, an echo
    /// with its request.
    pub fn begin(&mut self, now: Instant, packet: &impl Inspected) -> Option<Connection> {
        let original = packet.flow()?;
        let begins = match original.protocol {
            ip_protocol::TCP => {
                let decisive = TcpFlags::SYN.with(TcpFlags::ACK).with(TcpFlags::RST);
                packet.tcp_flags().0 & decisive.0 == TcpFlags::SYN.0
            }
            ip_protocol::ICMP | ip_protocol::ICMPV6 => original.destination.port() == 0,
            _ => true,
        };
        if !begins {
            return None;
        }
        let expectation = self.take_expectation(now, &original);
        let mut reply = original.reversed();
        if let Some(expectation) = expectation {
            reply.source = expectation.forward_to;
        }
        let mut connection = Connection {
            original,
            reply,
            expected: expectation.is_some(),
            helper: None,
            state: State::Opening,
            expires: now,
        };
        connection.note(now, Way::Original, packet, &self.timeouts);
        Some(connection)
    }

    /// An announced connection comes once.
    fn take_expectation(&mut self, now: Instant, flow: &Flow) -> Option<Expectation> {
        self.expectations.retain(|(_, until)| *until > now);
        let is_it = |expected: &Expectation| {
            flow.protocol == ip_protocol::TCP
                && flow.source.ip() == expected.source
                && flow.destination == expected.destination
        };
        let at = self.expectations.iter().position(|(e, _)| is_it(e))?;
        Some(self.expectations.remove(at).0)
    }

    /// Remembers a connection from now on; `None` if its answers could not be
    /// told from another's.
    pub fn insert(&mut self, now: Instant, connection: Connection) -> Option<ConnectionId> {
        if self.by_flow.contains_key(&connection.original)
            || self.by_flow.contains_key(&connection.reply)
        {
            return None;
        }
        self.make_room(now);
        self.next_id += 1;
        let id = self.next_id;
        self.by_flow
            .insert(connection.original, (id, Way::Original));
        self.by_flow.insert(connection.reply, (id, Way::Reply));
        self.connections.insert(id, connection);
        Some(id)
    }

    fn make_room(&mut self, now: Instant) {
        if self.connections.len() < MAX_CONNECTIONS {
            return;
        }
        let over = |connection: &Connection| connection.expires <= now;
        let gone = self.connections.iter().filter(|(_, c)| over(c));
        let mut gone: Vec<ConnectionId> = gone.map(|(id, _)| *id).collect();
        if gone.is_empty() {
            let next = self.connections.iter().min_by_key(|(_, c)| c.expires);
            gone.extend(next.map(|(id, _)| *id));
        }
        gone.into_iter().for_each(|id| self.remove(id));
    }

    /// Remembers an announcement. One for the same place is replaced.
    pub fn expect(&mut self, now: Instant, expectation: Expectation) {
        let place = expectation.destination;
        self.expectations
            .retain(|(e, until)| e.destination != place && *until > now);
        if self.expectations.len() < MAX_EXPECTATIONS {
            self.expectations
                .push((expectation, now + EXPECTATION_LIFETIME));
        }
    }

    /// Where an announced connection to that place is expected, if one is.
    pub fn expected_for(&self, source: IpAddr, real: SocketAddr) -> Option<SocketAddr> {
        let expectations = self.expectations.iter().map(|(e, _)| e);
        expectations
            .filter(|e| e.source == source && e.forward_to == real)
            .map(|e| e.destination)
            .next()
    }

    /// Nobody's answers arrive there, and no announced connection will.
    pub fn is_free(&self, protocol: u8, end: SocketAddr) -> bool {
        let taken = self
            .by_flow
            .keys()
            .any(|flow| flow.protocol == protocol && flow.destination == end);
        !taken && self.expectations.iter().all(|(e, _)| e.destination != end)
    }
}
