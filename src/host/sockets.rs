//! What an actor may do with its host: TCP sockets, ports, addresses, its own randomness.

use std::net::{IpAddr, SocketAddr};

use super::address::{Ipv4Cidr, Ipv6Cidr};
use super::datagrams::{DEFAULT_TTL, Datagrams, PingEvent, PingHandle, UdpEvent, UdpHandle};
use super::nic::Nic;
use super::ports::Ports;
use super::slots::SlotId;
use super::stack::Stack;
use crate::rng::Stream;
use crate::time::Instant;
use crate::trace::{ActorId, Cause};
use crate::wire::{Frame, MacAddr};

/// One TCP connection of a host. Handles are ordered by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpHandle {
    pub(super) serial: u32,
    pub(super) slot: SlotId,
}

/// One listening TCP port of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpListener(pub(super) u32);

/// Where a TCP connection stands, in an actor's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpStatus {
    /// The handshake is under way.
    Connecting,
    /// Established; both sides may send, or there is something left to read.
    Open,
    /// The peer has sent its FIN, and everything before it has been read; we may still send.
    PeerClosed,
    /// Both directions have ended in order.
    Closed,
    /// A RST answered our SYN.
    Refused,
    /// Nobody answers: no ARP reply, no route, or silence for as long as the
    /// host's persona has patience.
    Unreachable,
    /// A RST ended an established connection.
    Reset,
}

/// A host's sockets, as an actor sees them while it acts.
pub struct Sockets<'a> {
    pub(super) now: Instant,
    pub(super) actor: ActorId,
    pub(super) nic: &'a mut Nic,
    pub(super) stack: &'a mut Stack,
    pub(super) datagrams: &'a mut Datagrams,
    pub(super) ports: &'a mut Ports,
    pub(super) rng: &'a mut Stream,
    pub(super) cause: &'a mut Option<Cause>,
    /// Set by whatever gives the stack something to do.
    pub(super) acted: &'a mut bool,
    /// Everything is this step's doing, whatever its actor says.
    pub(super) step: Option<u32>,
}

impl Sockets<'_> {
    /// The present instant.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The actor's own randomness.
    pub fn rng(&mut self) -> &mut Stream {
        self.rng
    }

    /// Says that what follows is step `step` of the actor's script: frames sent
    /// now carry it as their cause.
    pub fn begin_step(&mut self, step: u32) {
        *self.cause = Some(Cause::Step {
            actor: self.actor,
            step: self.step.unwrap_or(step),
        });
    }

    /// The same sockets for an actor within an actor: whatever steps it names,
    /// its frames are those of step `step`.
    pub fn within_step(&mut self, step: u32) -> Sockets<'_> {
        Sockets {
            now: self.now,
            actor: self.actor,
            nic: self.nic,
            stack: self.stack,
            datagrams: self.datagrams,
            ports: self.ports,
            rng: self.rng,
            cause: self.cause,
            acted: self.acted,
            step: Some(step),
        }
    }

    /// The host's address of the same family as `peer`.
    pub fn local_address(&self, peer: IpAddr) -> Option<IpAddr> {
        self.stack.local_address(peer)
    }

    /// The host has an address, of whichever family, and one of IPv6 is not
    /// still being made.
    pub fn has_address(&self) -> bool {
        let any = |ip: IpAddr| self.stack.local_address(ip).is_some();
        any(std::net::Ipv4Addr::UNSPECIFIED.into())
            || any(std::net::Ipv6Addr::UNSPECIFIED.into()) && !self.nic.is_configuring()
    }

    /// The host has all the addresses to speak to `peer` that it will have by
    /// itself.
    pub fn is_ready_for(&self, peer: IpAddr) -> bool {
        self.has_address() && !(peer.is_ipv6() && self.nic.is_configuring())
    }

    /// Packets to the machine at `peer` can leave: it is on this network, or there
    /// is a gateway.
    pub fn has_route(&self, peer: IpAddr) -> bool {
        self.nic.has_route(peer)
    }

    /// What the host knows of its network.
    pub fn network(&self) -> NetworkConfig {
        self.nic.network()
    }

    /// A free port, chosen as the host's persona chooses.
    pub fn ephemeral_port(&mut self) -> u16 {
        let (stack, datagrams) = (&self.stack, &self.datagrams);
        self.ports
            .next(|port| stack.uses_port(port) || datagrams.uses_port(port))
    }

    /// Opens a connection, from `local_port` or from an ephemeral one. A
    /// remote that cannot be reached at all shows as [`TcpStatus::Unreachable`].
    pub fn connect(&mut self, remote: SocketAddr, local_port: Option<u16>) -> TcpHandle {
        let port = local_port.unwrap_or_else(|| self.ephemeral_port());
        let unspecified = match remote.ip() {
            IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
        };
        let local = self.local_address(remote.ip()).unwrap_or(unspecified);
        *self.acted = true;
        self.stack.connect(SocketAddr::new(local, port), remote)
    }

    /// Opens a connection half: whoever answers our SYN waits in vain for the
    /// last acknowledgement of the handshake. Then [`abort`](Sockets::abort)
    /// it: that is how a SYN scan goes.
    pub fn connect_half(&mut self, remote: SocketAddr) -> TcpHandle {
        let tcp = self.connect(remote, None);
        if let Some(tuple) = self.stack.tuple(tcp) {
            self.nic.leave_half_open(tuple);
        }
        tcp
    }

    /// Listens at a port, at all addresses of the host. Connections queue
    /// until they are accepted. Port 0 listens nowhere.
    pub fn listen(&mut self, port: u16) -> TcpListener {
        self.stack.listen(port)
    }

    /// The next established connection at a listener.
    pub fn accept(&mut self, listener: TcpListener) -> Option<TcpHandle> {
        self.stack.accept(listener)
    }

    /// There is a connection to accept.
    pub fn has_waiting(&self, listener: TcpListener) -> bool {
        self.stack.waiting(listener).is_some()
    }

    /// Stops listening. Connections already accepted live on; those that
    /// wait are reset.
    pub fn unlisten(&mut self, listener: TcpListener) {
        *self.acted = true;
        self.stack.unlisten(listener);
    }

    /// Where the connection stands. A handle that was forgotten is `Closed`.
    pub fn status(&self, tcp: TcpHandle) -> TcpStatus {
        self.stack.status(tcp)
    }

    /// Whether anything may have changed since this was last asked: the
    /// connection's status, what there is to read, what is acknowledged, the
    /// room to write. An actor with many connections looks only at those.
    pub fn take_news(&mut self, tcp: TcpHandle) -> bool {
        self.stack.take_news(tcp)
    }

    /// The same, without being told that it was asked.
    pub fn has_news(&self, tcp: TcpHandle) -> bool {
        self.stack.has_news(tcp)
    }

    /// Our end.
    pub fn local(&self, tcp: TcpHandle) -> Option<SocketAddr> {
        Some(self.stack.tuple(tcp)?.local)
    }

    /// The peer's end.
    pub fn remote(&self, tcp: TcpHandle) -> Option<SocketAddr> {
        Some(self.stack.tuple(tcp)?.remote)
    }

    /// Reads what has arrived, in order: `take` is given the bytes at the front
    /// of the queue and says how many it took. Returns that number; 0 when
    /// nothing is there.
    pub fn recv_with(&mut self, tcp: TcpHandle, take: impl FnOnce(&[u8]) -> usize) -> usize {
        let taken = self.stack.recv_with(tcp, take);
        *self.acted |= taken > 0;
        taken
    }

    /// Writes: `fill` is given room at the end of the queue and says how many
    /// bytes it wrote. Returns that number; 0 when there is no room, or the
    /// connection does not take bytes (yet, or any more). The room may be in
    /// two pieces: call again until 0.
    pub fn send_with(&mut self, tcp: TcpHandle, fill: impl FnOnce(&mut [u8]) -> usize) -> usize {
        let written = self.stack.send_with(tcp, fill);
        *self.acted |= written > 0;
        if self.nic.has_urgent()
            && let Some(tuple) = self.stack.tuple(tcp)
        {
            self.nic.wrote(&tuple, written);
        }
        written
    }

    /// Writes as much of `bytes` as there is room for; returns how much.
    pub fn send(&mut self, tcp: TcpHandle, bytes: &[u8]) -> usize {
        let mut sent = 0;
        loop {
            let rest = &bytes[sent..];
            let written = self.send_with(tcp, |room| {
                let len = room.len().min(rest.len());
                room[..len].copy_from_slice(&rest[..len]);
                len
            });
            if written == 0 {
                return sent;
            }
            sent += written;
        }
    }

    /// Writes as [`send`](Sockets::send) does, and the last byte of `bytes`, if
    /// there was room for it, is urgent (RFC 9293 §3.8.5): the segments up to it
    /// carry URG and the urgent pointer. From then on Nagle's algorithm holds
    /// nothing back on this connection.
    pub fn send_urgent(&mut self, tcp: TcpHandle, bytes: &[u8]) -> usize {
        let sent = self.send(tcp, bytes);
        if sent == bytes.len()
            && let Some(tuple) = self.stack.tuple(tcp)
        {
            self.stack.push_at_once(tcp);
            self.nic.mark_urgent(tuple);
        }
        sent
    }

    /// Bytes that have arrived and have not been read.
    pub fn unread(&self, tcp: TcpHandle) -> usize {
        self.stack.unread(tcp)
    }

    /// Bytes written and not yet acknowledged by the peer.
    pub fn unacknowledged(&self, tcp: TcpHandle) -> usize {
        self.stack.unacknowledged(tcp)
    }

    /// Sends FIN after everything written.
    pub fn close(&mut self, tcp: TcpHandle) {
        *self.acted = true;
        self.stack.close(tcp);
    }

    /// Sends RST.
    pub fn abort(&mut self, tcp: TcpHandle) {
        *self.acted = true;
        self.stack.abort(tcp);
    }

    /// Gives the handle back: the connection ends by itself in the background
    /// (after [`close`](Sockets::close) or [`abort`](Sockets::abort)), or, if
    /// neither was called, in silence.
    pub fn forget(&mut self, tcp: TcpHandle) {
        *self.acted = true;
        self.stack.forget(tcp);
    }

    /// Opens a UDP port: this one, or an ephemeral one. `None` if it is taken,
    /// or zero.
    pub fn bind_udp(&mut self, port: Option<u16>) -> Option<UdpHandle> {
        let port = port.unwrap_or_else(|| self.ephemeral_port());
        self.datagrams.bind(port)
    }

    /// Gives a UDP port back.
    pub fn unbind_udp(&mut self, udp: UdpHandle) {
        self.datagrams.unbind(udp);
    }

    /// Sends one datagram, at most 1472 octets of it. A host without an address
    /// can send to 255.255.255.255 only.
    pub fn send_udp(&mut self, udp: UdpHandle, remote: SocketAddr, payload: &[u8]) {
        self.send_udp_with_ttl(udp, remote, DEFAULT_TTL, payload);
    }

    /// The same, with a time to live of its own.
    pub fn send_udp_with_ttl(
        &mut self,
        udp: UdpHandle,
        remote: SocketAddr,
        ttl: u8,
        payload: &[u8],
    ) {
        *self.acted = true;
        let local = self.source_for(remote.ip());
        self.datagrams.send(udp, local, remote, ttl, payload);
    }

    /// What has come to a UDP port, one thing at a time.
    pub fn recv_udp(&mut self, udp: UdpHandle) -> Option<UdpEvent> {
        self.datagrams.recv(udp)
    }

    /// Begins a series of pings.
    pub fn open_pings(&mut self) -> PingHandle {
        self.datagrams.open_pings()
    }

    /// Ends a series of pings.
    pub fn close_pings(&mut self, pings: PingHandle) {
        self.datagrams.close_pings(pings);
    }

    /// Sends an echo request with `len` octets of payload; `ttl` is the time to
    /// live, if not the usual one.
    pub fn ping(
        &mut self,
        pings: PingHandle,
        to: IpAddr,
        sequence: u16,
        ttl: Option<u8>,
        len: usize,
    ) {
        *self.acted = true;
        let ends = (self.source_for(to), to);
        let ttl = ttl.unwrap_or(DEFAULT_TTL);
        self.datagrams.ping(pings, ends, sequence, ttl, len);
    }

    /// What has come of the pings, one thing at a time.
    pub fn recv_ping(&mut self, pings: PingHandle) -> Option<PingEvent> {
        self.datagrams.recv_ping(pings)
    }

    fn source_for(&self, remote: IpAddr) -> IpAddr {
        self.local_address(remote).unwrap_or(match remote {
            IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
        })
    }

    /// The host's hardware address.
    pub fn mac(&self) -> MacAddr {
        self.nic.mac()
    }

    /// Whom the host asks for the addresses of names, if it knows anybody.
    pub fn resolver(&self) -> Option<IpAddr> {
        self.nic.resolver()
    }

    /// Gives the host an address, or takes it away. Connections from the old
    /// one are left to die.
    pub fn configure(&mut self, network: NetworkConfig) {
        *self.acted = true;
        self.nic.configure(network);
        self.stack.set_addresses(self.nic.addresses());
    }

    /// Hands a frame to the wire as it is, whoever it says it is from. Short
    /// ones are padded.
    pub fn inject(&mut self, frame: Frame) {
        *self.acted = true;
        self.nic.inject(frame, *self.cause);
    }
}

/// What a host knows of its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NetworkConfig {
    /// Its address.
    pub address: Option<Ipv4Cidr>,
    /// Where packets for other networks go.
    pub gateway: Option<std::net::Ipv4Addr>,
    /// Its IPv6 address.
    pub address6: Option<Ipv6Cidr>,
    /// Where IPv6 packets for other networks go.
    pub gateway6: Option<std::net::Ipv6Addr>,
    /// Whom it asks for the addresses of names.
    pub resolver: Option<IpAddr>,
}
