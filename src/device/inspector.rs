//! Looks at every packet that passes a router: filters, translates, and helps FTP along.

use std::net::{IpAddr, SocketAddr};

use super::firewall::{FirewallConfig, Refusal};
use super::flow::Part;
use super::ftp_helper::FtpHelper;
use super::inspected::Inspected;
use super::nat::Nat;
use super::track::{Connection, ConnectionId, Expectation, Tracker, Way};
use crate::time::Instant;
use crate::wire::ip_protocol;

/// A router's inspector.
#[derive(Debug)]
pub(super) struct Inspector {
    pub tracker: Tracker,
    pub nat: Option<Nat>,
    pub firewall: Option<FirewallConfig>,
    /// The control ports of FTP, if it is to be helped.
    pub ftp_ports: Vec<u16>,
}

/// What a packet is.
#[derive(Debug)]
pub(super) enum Subject {
    /// Part of a conversation.
    Known(ConnectionId, Way),
    /// An ICMP error about one.
    Error,
    /// The beginning of one.
    New(Box<Connection>),
    /// It may not pass, and its sender is to be told, or not.
    Refused(Refusal),
}

impl Inspector {
    /// A packet has arrived at port `from`. If it may pass, it is given the
    /// destination that it really has. What belongs to no conversation and
    /// begins none is dropped.
    pub fn arrive(&mut self, now: Instant, from: usize, packet: &mut impl Inspected) -> Subject {
        if let Some((id, way)) = self.tracker.find_quoted(now, packet) {
            self.translate_error(id, way, packet);
            return Subject::Error;
        }
        if let Some((id, way)) = self.tracker.find(now, packet) {
            if let Some(connection) = self.tracker.get(id) {
                connection.translate_destination(way, packet);
            }
            return Subject::Known(id, way);
        }
        let Some(mut connection) = self.tracker.begin(now, packet) else {
            return Subject::Refused(Refusal::Drop);
        };
        if let Some(filter) = &self.firewall
            && !connection.expected
            && !filter.may_begin(from, &connection.original)
        {
            return Subject::Refused(filter.refusal);
        }
        if connection.original.protocol == ip_protocol::TCP
            && let Some(nat) = &self.nat
            && let Some(to) = nat.forward(connection.original.destination)
        {
            connection.reply.source = to;
        }
        packet.set_end(Part::Destination, connection.reply.source);
        Subject::New(Box::new(connection))
    }

    /// A packet leaves by port `to`: its conversation is remembered, and it is
    /// given the source that it shall seem to have. False if it cannot leave.
    pub fn leave(
        &mut self,
        now: Instant,
        (from, to): (usize, usize),
        subject: Subject,
        packet: &mut impl Inspected,
    ) -> bool {
        let (id, way) = match subject {
            Subject::Known(id, way) => (id, way),
            Subject::Error => return true,
            Subject::Refused(_) => return false,
            Subject::New(connection) => match self.remember(now, from, to, *connection) {
                Some(id) => (id, Way::Original),
                None => return false,
            },
        };
        self.help(now, id, way, packet);
        if let Some(connection) = self.tracker.get(id) {
            connection.translate_source(way, packet);
        }
        true
    }

    fn remember(
        &mut self,
        now: Instant,
        from: usize,
        to: usize,
        mut connection: Connection,
    ) -> Option<ConnectionId> {
        let protocol = connection.original.protocol;
        if let Some(nat) = &mut self.nat
            && connection.original.source.is_ipv4()
            && to == usize::from(nat.config.outside)
            && from != to
        {
            connection.reply.destination = nat.allocate(&self.tracker, protocol)?;
        }
        // As it is called from outside, or as it is where a forward leads.
        let (called, real) = (connection.original.destination, connection.reply.source);
        let is_ftp = |end: SocketAddr| self.ftp_ports.contains(&end.port());
        if protocol == ip_protocol::TCP && (is_ftp(called) || is_ftp(real)) {
            connection.helper = Some(FtpHelper::default());
        }
        self.tracker.insert(now, connection)
    }

    /// Gives an error that the router itself has made the ends that its
    /// receiver knows.
    pub fn translate_own_error(&mut self, now: Instant, error: &mut impl Inspected) {
        if let Some((id, way)) = self.tracker.find_quoted(now, error) {
            self.translate_error(id, way, error);
        }
    }

    fn translate_error(&mut self, id: ConnectionId, way: Way, error: &mut impl Inspected) {
        if let Some(connection) = self.tracker.get(id) {
            connection.translate_error(way, error);
        }
    }

    /// Reads along on a control connection: what is announced is expected, and
    /// the private address in it is changed for the one that can be reached.
    fn help(&mut self, now: Instant, id: ConnectionId, way: Way, packet: &mut impl Inspected) {
        let Some(connection) = self.tracker.get_mut(id) else {
            return;
        };
        let (speaker, seen, peer) = match way {
            Way::Original => (
                connection.original.source.ip(),
                connection.reply.destination.ip(),
                connection.reply.source.ip(),
            ),
            Way::Reply => (
                connection.reply.source.ip(),
                connection.original.destination.ip(),
                connection.original.source.ip(),
            ),
        };
        let Some(mut helper) = connection.helper.take() else {
            return;
        };
        let mut changed = None;
        let intact = packet.tcp_is_intact();
        if let Some(tcp) = packet.tcp().filter(|_| intact) {
            changed = helper.read(way, tcp.sequence(), tcp.payload(), |said| {
                let real = said.place(speaker);
                // Somebody else's address is nobody's business to open.
                let own = real.ip() == speaker;
                let place = own.then(|| self.expect(now, peer, real, seen))??;
                (place != real).then_some(place)
            });
        }
        if let Some(tcp) = packet.tcp() {
            let back = match way {
                Way::Original => Way::Reply,
                Way::Reply => Way::Original,
            };
            let sequence = helper.numbers(way).outgoing(tcp.sequence());
            packet.renumber(sequence, |ack| helper.numbers(back).incoming(ack));
        }
        if let Some(payload) = changed {
            packet.set_tcp_payload(&payload);
        }
        if let Some(connection) = self.tracker.get_mut(id) {
            connection.helper = Some(helper);
        }
    }

    /// Lets `peer` connect to `real`; returns where it must connect to, the
    /// same place if it can see it.
    fn expect(
        &mut self,
        now: Instant,
        peer: IpAddr,
        real: SocketAddr,
        seen: IpAddr,
    ) -> Option<SocketAddr> {
        // Said once more: a segment sent again must read the same.
        if let Some(known) = self.tracker.expected_for(peer, real) {
            return Some(known);
        }
        let destination = match &mut self.nat {
            Some(nat) if seen != real.ip() => nat.allocate(&self.tracker, ip_protocol::TCP)?,
            _ => real,
        };
        self.tracker.expect(
            now,
            Expectation {
                source: peer,
                destination,
                forward_to: real,
            },
        );
        Some(destination)
    }
}
