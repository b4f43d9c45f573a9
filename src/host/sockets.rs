//! What an actor may do with its host: TCP sockets, ports, addresses, its own randomness.

use std::net::{IpAddr, SocketAddr};

use crate::rng::Stream;
use crate::time::Instant;

/// One TCP connection of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpHandle(pub(super) u32);

/// One listening TCP port of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpListener(pub(super) u32);

/// Where a TCP connection stands, in an actor's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpStatus {
    /// The handshake is under way.
    Connecting,
    /// Established; both sides may send.
    Open,
    /// The peer has sent its FIN, and everything before it has been read; we may still send.
    PeerClosed,
    /// Both directions have ended in order.
    Closed,
    /// A RST answered our SYN.
    Refused,
    /// The next hop does not answer: no ARP reply, or no route.
    Unreachable,
    /// A RST ended an established connection.
    Reset,
}

/// A host's sockets, as an actor sees them while it acts.
pub struct Sockets<'a> {
    _host: core::marker::PhantomData<&'a mut ()>,
}

#[expect(unused_variables, reason = "not built yet")]
impl Sockets<'_> {
    /// The present instant.
    pub fn now(&self) -> Instant {
        unimplemented!()
    }
    /// The actor's own randomness.
    pub fn rng(&mut self) -> &mut Stream {
        unimplemented!()
    }
    /// Says that what follows is step `step` of the actor's script: frames sent
    /// now carry it as their cause.
    pub fn begin_step(&mut self, step: u32) {
        unimplemented!()
    }
    /// The host's address of the same family as `peer`.
    pub fn local_address(&self, peer: IpAddr) -> Option<IpAddr> {
        unimplemented!()
    }
    /// A free port, chosen as the host's persona chooses.
    pub fn ephemeral_port(&mut self) -> u16 {
        unimplemented!()
    }
    /// Opens a connection, from `local_port` or from an ephemeral one.
    pub fn connect(&mut self, remote: SocketAddr, local_port: Option<u16>) -> TcpHandle {
        unimplemented!()
    }
    /// Listens at a port, at all addresses of the host. Connections queue
    /// until they are accepted.
    pub fn listen(&mut self, port: u16) -> TcpListener {
        unimplemented!()
    }
    /// The next established connection at a listener.
    pub fn accept(&mut self, listener: TcpListener) -> Option<TcpHandle> {
        unimplemented!()
    }
    /// Stops listening. Connections already accepted live on.
    pub fn unlisten(&mut self, listener: TcpListener) {
        unimplemented!()
    }
    /// Where the connection stands. A handle that was forgotten is `Closed`.
    pub fn status(&self, tcp: TcpHandle) -> TcpStatus {
        unimplemented!()
    }
    /// Our end.
    pub fn local(&self, tcp: TcpHandle) -> Option<SocketAddr> {
        unimplemented!()
    }
    /// The peer's end.
    pub fn remote(&self, tcp: TcpHandle) -> Option<SocketAddr> {
        unimplemented!()
    }
    /// Reads what has arrived, in order: `take` is given the bytes at the front
    /// of the queue and says how many it took. Returns that number; 0 when
    /// nothing is there.
    pub fn recv_with(&mut self, tcp: TcpHandle, take: impl FnOnce(&[u8]) -> usize) -> usize {
        unimplemented!()
    }
    /// Writes: `fill` is given room at the end of the queue and says how many
    /// bytes it wrote. Returns that number; 0 when there is no room, or the
    /// connection does not take bytes (yet, or any more).
    pub fn send_with(&mut self, tcp: TcpHandle, fill: impl FnOnce(&mut [u8]) -> usize) -> usize {
        unimplemented!()
    }
    /// Writes as much of `bytes` as there is room for; returns how much.
    pub fn send(&mut self, tcp: TcpHandle, bytes: &[u8]) -> usize {
        unimplemented!()
    }
    /// Bytes written and not yet acknowledged by the peer.
    pub fn unacknowledged(&self, tcp: TcpHandle) -> usize {
        unimplemented!()
    }
    /// Sends FIN after everything written.
    pub fn close(&mut self, tcp: TcpHandle) {
        unimplemented!()
    }
    /// Sends RST.
    pub fn abort(&mut self, tcp: TcpHandle) {
        unimplemented!()
    }
    /// Gives the handle back: the connection ends by itself in the background
    /// (after [`close`](Sockets::close) or [`abort`](Sockets::abort)), or, if
    /// neither was called, in silence.
    pub fn forget(&mut self, tcp: TcpHandle) {
        unimplemented!()
    }
}
