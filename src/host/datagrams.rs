//! UDP sockets and pings of a host: whole datagrams, one at a time, with no state but who listens.
//!
//! They do not go through smoltcp: a datagram may be sent with any time to
//! live, or from a host that has no address yet, and ICMP errors about it
//! come back to whoever sent it.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use smoltcp::phy::{Checksum, ChecksumCapabilities};
use smoltcp::wire::{
    Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, IpRepr, UdpPacket,
    UdpRepr,
};

use super::ETHERNET_HEADER_LEN;
use super::icmp_error::{ErrorReport, IcmpError};
use crate::wire::{Icmp, Icmpv6, Ipv4, Ipv6, Udp, ip_protocol};

/// One UDP port of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UdpHandle(u32);

/// One series of pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PingHandle(u32);

/// What has come to a UDP port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UdpEvent {
    /// A datagram.
    Datagram {
        /// Who sent it.
        from: SocketAddr,
        /// To which of our addresses, or to which group.
        to: IpAddr,
        /// What it carries.
        payload: Vec<u8>,
    },
    /// A datagram that we sent did not arrive.
    Error {
        /// Where it was going.
        remote: SocketAddr,
        /// Who says so.
        from: IpAddr,
        /// Why.
        error: IcmpError,
    },
}

/// What has come of a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PingEvent {
    /// An answer.
    Reply {
        /// From whom.
        from: IpAddr,
        /// To which of them.
        sequence: u16,
        /// How many octets it carried.
        len: usize,
        /// Its time to live, as it arrived.
        ttl: u8,
    },
    /// It did not arrive.
    Error {
        /// Who says so.
        from: IpAddr,
        /// Which of them.
        sequence: u16,
        /// Why.
        error: IcmpError,
    },
}

#[derive(Debug)]
struct UdpSocket {
    port: u16,
    events: VecDeque<UdpEvent>,
}

#[derive(Debug)]
struct Pings {
    identifier: u16,
    events: VecDeque<PingEvent>,
}

/// Events that wait at one socket; further ones are lost, as in a full buffer.
const MAX_WAITING: usize = 1024;

/// The longest payload of a datagram that fits an Ethernet frame over IPv4.
pub(super) const MAX_PAYLOAD: usize = 1472;

/// The time to live that a stack's persona replaces by its own.
pub(super) const DEFAULT_TTL: u8 = 64;

/// A host's UDP ports and pings.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    udp: BTreeMap<UdpHandle, UdpSocket>,
    pings: BTreeMap<PingHandle, Pings>,
    next_handle: u32,
    next_identifier: u16,
    /// Packets to send, each with room for an Ethernet header.
    outgoing: VecDeque<Vec<u8>>,
}

fn push<T>(events: &mut VecDeque<T>, event: T) {
    if events.len() < MAX_WAITING {
        events.push_back(event);
    }
}

impl Datagrams {
    pub fn uses_port(&self, port: u16) -> bool {
        self.udp.values().any(|socket| socket.port == port)
    }

    fn handle(&mut self) -> u32 {
        self.next_handle += 1;
        self.next_handle
    }

    pub fn bind(&mut self, port: u16) -> Option<UdpHandle> {
        if port == 0 || self.uses_port(port) {
            return None;
        }
        let handle = UdpHandle(self.handle());
        let events = VecDeque::new();
        self.udp.insert(handle, UdpSocket { port, events });
        Some(handle)
    }

    pub fn unbind(&mut self, udp: UdpHandle) {
        self.udp.remove(&udp);
    }

    pub fn recv(&mut self, udp: UdpHandle) -> Option<UdpEvent> {
        self.udp.get_mut(&udp)?.events.pop_front()
    }

    pub fn open_pings(&mut self) -> PingHandle {
        let handle = PingHandle(self.handle());
        self.next_identifier = self.next_identifier.wrapping_add(1);
        let pings = Pings {
            identifier: self.next_identifier,
            events: VecDeque::new(),
        };
        self.pings.insert(handle, pings);
        handle
    }

    pub fn close_pings(&mut self, pings: PingHandle) {
        self.pings.remove(&pings);
    }

    pub fn recv_ping(&mut self, pings: PingHandle) -> Option<PingEvent> {
        self.pings.get_mut(&pings)?.events.pop_front()
    }

    /// Sends a datagram from `local` of the same family as `remote`.
    pub fn send(
        &mut self,
        udp: UdpHandle,
        local: IpAddr,
        remote: SocketAddr,
        ttl: u8,
        payload: &[u8],
    ) {
        let Some(socket) = self.udp.get(&udp) else {
            return;
        };
        let payload = &payload[..payload.len().min(MAX_PAYLOAD)];
        let repr = UdpRepr {
            src_port: socket.port,
            dst_port: remote.port(),
        };
        let len = repr.header_len() + payload.len();
        let (source, destination) = (IpAddress::from(local), IpAddress::from(remote.ip()));
        self.queue(source, destination, IpProtocol::Udp, ttl, len, |room| {
            let mut packet = UdpPacket::new_unchecked(room);
            let fill = |room: &mut [u8]| room.copy_from_slice(payload);
            let caps = ChecksumCapabilities::default();
            repr.emit(
                &mut packet,
                &source,
                &destination,
                payload.len(),
                fill,
                &caps,
            );
        });
    }

    /// Sends an echo request that carries `len` octets.
    pub fn ping(
        &mut self,
        pings: PingHandle,
        (local, remote): (IpAddr, IpAddr),
        sequence: u16,
        ttl: u8,
        len: usize,
    ) {
        let Some(identifier) = self.pings.get(&pings).map(|pings| pings.identifier) else {
            return;
        };
        // What `ping` of Windows sends: the alphabet as far as W, over and over.
        let letters = (b'a'..=b'w').cycle();
        let data: Vec<u8> = letters.take(len.min(MAX_PAYLOAD)).collect();
        let caps = ChecksumCapabilities::default();
        let (source, destination) = (IpAddress::from(local), IpAddress::from(remote));
        match (local, remote) {
            (IpAddr::V4(_), IpAddr::V4(_)) => {
                let repr = Icmpv4Repr::EchoRequest {
                    ident: identifier,
                    seq_no: sequence,
                    data: &data,
                };
                let len = repr.buffer_len();
                self.queue(source, destination, IpProtocol::Icmp, ttl, len, |room| {
                    repr.emit(&mut Icmpv4Packet::new_unchecked(room), &caps);
                });
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let repr = Icmpv6Repr::EchoRequest {
                    ident: identifier,
                    seq_no: sequence,
                    data: &data,
                };
                let len = repr.buffer_len();
                self.queue(source, destination, IpProtocol::Icmpv6, ttl, len, |room| {
                    let mut packet = Icmpv6Packet::new_unchecked(room);
                    repr.emit(&from, &to, &mut packet, &caps);
                });
            }
            _ => {}
        }
    }

    fn queue(
        &mut self,
        source: IpAddress,
        destination: IpAddress,
        protocol: IpProtocol,
        ttl: u8,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) {
        if source.version() != destination.version() || self.outgoing.len() >= MAX_WAITING {
            return;
        }
        let ip = IpRepr::new(source, destination, protocol, len, ttl);
        let start = ETHERNET_HEADER_LEN + ip.header_len();
        let mut buffer = vec![0; start + len];
        let mut caps = ChecksumCapabilities::default();
        caps.ipv4 = Checksum::Tx;
        ip.emit(&mut buffer[ETHERNET_HEADER_LEN..], &caps);
        fill(&mut buffer[start..]);
        self.outgoing.push_back(buffer);
    }

    /// Some packet is to be sent.
    pub fn has_transmit(&self) -> bool {
        !self.outgoing.is_empty()
    }

    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outgoing.pop_front()
    }

    /// An IP packet has arrived. True if it was for somebody here.
    pub fn ingress(&mut self, packet: &[u8]) -> bool {
        let (from, to, protocol, ttl, above) = match (Ipv4::new(packet), Ipv6::new(packet)) {
            (Some(ip), _) if !ip.is_fragment() => {
                let ends = (ip.source().into(), ip.destination().into());
                (ends.0, ends.1, ip.protocol(), ip.ttl(), ip.payload())
            }
            (_, Some(ip)) => {
                let ends: (IpAddr, IpAddr) = (ip.source().into(), ip.destination().into());
                (
                    ends.0,
                    ends.1,
                    ip.next_header(),
                    ip.hop_limit(),
                    ip.payload(),
                )
            }
            _ => return false,
        };
        let reply = match protocol {
            ip_protocol::UDP => return self.ingress_udp(from, to, above),
            ip_protocol::ICMP => Icmp::new(above)
                .filter(|icmp| icmp.kind() == 0)
                .and_then(|icmp| Some((icmp.echo()?, icmp.payload().len()))),
            ip_protocol::ICMPV6 => Icmpv6::new(above)
                .filter(|icmp| icmp.kind() == 129)
                .and_then(|icmp| Some((icmp.echo()?, icmp.payload().len()))),
            _ => None,
        };
        let Some(((identifier, sequence), len)) = reply else {
            return false;
        };
        let mut pings = self.pings.values_mut();
        let pings = pings.find(|pings| pings.identifier == identifier);
        let event = PingEvent::Reply {
            from,
            sequence,
            len,
            ttl,
        };
        pings.map(|pings| push(&mut pings.events, event)).is_some()
    }

    fn ingress_udp(&mut self, from: IpAddr, to: IpAddr, above: &[u8]) -> bool {
        let Some(udp) = Udp::new(above).filter(|udp| usize::from(udp.len()) <= above.len()) else {
            return false;
        };
        let mut sockets = self.udp.values_mut();
        let Some(socket) = sockets.find(|socket| socket.port == udp.destination_port()) else {
            return false;
        };
        let event = UdpEvent::Datagram {
            from: SocketAddr::new(from, udp.source_port()),
            to,
            payload: udp.payload().to_vec(),
        };
        push(&mut socket.events, event);
        true
    }

    /// Something that was sent from here did not arrive.
    pub fn fail(&mut self, report: &ErrorReport) {
        let ErrorReport { error, from, .. } = *report;
        match report.protocol {
            ip_protocol::UDP => {
                let mut sockets = self.udp.values_mut();
                let port = report.local.port();
                if let Some(socket) = sockets.find(|socket| socket.port == port) {
                    let remote = report.remote;
                    push(
                        &mut socket.events,
                        UdpEvent::Error {
                            remote,
                            from,
                            error,
                        },
                    );
                }
            }
            ip_protocol::ICMP | ip_protocol::ICMPV6 => {
                let mut pings = self.pings.values_mut();
                let identifier = report.local.port();
                if let Some(pings) = pings.find(|pings| pings.identifier == identifier) {
                    let sequence = report.remote.port();
                    let event = PingEvent::Error {
                        from,
                        sequence,
                        error,
                    };
                    push(&mut pings.events, event);
                }
            }
            _ => {}
        }
    }
}
