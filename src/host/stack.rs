//! The TCP/IP stack of a host: smoltcp, and its sockets under our own names.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{self, Checksum, DeviceCapabilities, Medium};
use smoltcp::socket::tcp;
use smoltcp::time::Instant as SmolInstant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

use super::ETHERNET_HEADER_LEN;
use super::address::{Ipv4Cidr, Ipv6Cidr};
use super::icmp_error::ErrorReport;
use super::persona::StackPersona;
use super::sockets::{TcpHandle, TcpListener, TcpStatus};
use super::tcp_header::Tuple;
use crate::time::{Duration, Instant, duration_nanos};

/// The largest IP packet: an Ethernet payload.
pub(super) const IP_MTU: u16 = 1500;

/// Bytes that a socket keeps until the peer has acknowledged them.
const SEND_BUFFER: usize = 65_535;

/// smoltcp counts whole microseconds.
fn smol(now: Instant) -> SmolInstant {
    SmolInstant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// One TCP connection.
#[derive(Debug)]
struct Connection {
    socket: SocketHandle,
    tuple: Tuple,
    /// It has been established.
    established: bool,
    /// The peer's FIN has arrived.
    fin_received: bool,
    /// We have closed, or aborted.
    closed: bool,
    /// How it failed, when the stack cannot know.
    failed: Option<TcpStatus>,
    /// Its actor has given it back: it goes when it has ended.
    forgotten: bool,
}

/// One listening port.
#[derive(Debug)]
struct Listener {
    port: u16,
    /// The socket that takes the next SYN.
    spare: SocketHandle,
    /// Sockets whose handshake is under way, and then wait to be accepted.
    backlog: VecDeque<SocketHandle>,
}

/// Connections that may wait at one listener; further SYNs take the oldest's
/// place, as a full backlog does.
const MAX_BACKLOG: usize = 1024;

/// A host's stack.
pub(super) struct Stack {
    interface: Interface,
    sockets: SocketSet<'static>,
    persona: &'static StackPersona,
    timestamps: bool,
    receive_buffer: usize,
    connections: BTreeMap<TcpHandle, Connection>,
    listeners: BTreeMap<TcpListener, Listener>,
    next_handle: u32,
    /// Connections that left the set since they were last asked for.
    gone: Vec<Tuple>,
    /// Where the packet being sent is put together, with room for the
    /// Ethernet header before it.
    buffer: Vec<u8>,
    /// The longest IP packet that leaves.
    mtu: usize,
}

/// A device for one poll: at most one packet in, and each packet out handed on
/// at once.
struct Wire<'a, F: FnMut(&mut Vec<u8>)> {
    received: Option<&'a [u8]>,
    buffer: &'a mut Vec<u8>,
    send: &'a mut F,
    /// The longest IP packet that leaves.
    mtu: usize,
}

struct Received<'a>(&'a [u8]);

impl phy::RxToken for Received<'_> {
    fn consume<R, G: FnOnce(&[u8]) -> R>(self, f: G) -> R {
        f(self.0)
    }
}

struct Sending<'a, F: FnMut(&mut Vec<u8>)> {
    buffer: &'a mut Vec<u8>,
    send: &'a mut F,
}

impl<F: FnMut(&mut Vec<u8>)> phy::TxToken for Sending<'_, F> {
    fn consume<R, G: FnOnce(&mut [u8]) -> R>(self, len: usize, f: G) -> R {
        self.buffer.resize(ETHERNET_HEADER_LEN + len, 0);
        let result = f(&mut self.buffer[ETHERNET_HEADER_LEN..]);
        (self.send)(self.buffer);
        result
    }
}

impl<F: FnMut(&mut Vec<u8>)> phy::Device for Wire<'_, F> {
    type RxToken<'t>
        = Received<'t>
    where
        Self: 't;
    type TxToken<'t>
        = Sending<'t, F>
    where
        Self: 't;

    fn receive(&mut self, _: SmolInstant) -> Option<(Received<'_>, Sending<'_, F>)> {
        let received = Received(self.received.take()?);
        let sending = Sending {
            buffer: self.buffer,
            send: self.send,
        };
        Some((received, sending))
    }

    fn transmit(&mut self, _: SmolInstant) -> Option<Sending<'_, F>> {
        Some(Sending {
            buffer: self.buffer,
            send: self.send,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut caps = DeviceCapabilities::default();
        caps.medium = Medium::Ip;
        caps.max_transmission_unit = self.mtu;
        // Filled in on the way out; on the way in the card has seen to them.
        caps.checksum.ipv4 = Checksum::Tx;
        caps.checksum.tcp = Checksum::Tx;
        caps.checksum.udp = Checksum::Tx;
        caps.checksum.icmpv4 = Checksum::Tx;
        caps.checksum.icmpv6 = Checksum::Tx;
        caps
    }
}

fn set_addresses(interface: &mut Interface, v4: Option<Ipv4Cidr>, v6: Option<Ipv6Cidr>) {
    interface.update_ip_addrs(|addresses| {
        addresses.clear();
        // The list has room for eight, and is empty.
        if let Some(own) = v4 {
            let cidr = IpCidr::new(IpAddress::Ipv4(own.address), own.prefix.min(32));
            let _ = addresses.push(cidr);
        }
        if let Some(own) = v6 {
            let cidr = IpCidr::new(IpAddress::Ipv6(own.address), own.prefix.min(128));
            let _ = addresses.push(cidr);
        }
    });
}

impl Stack {
    pub fn new(
        persona: &'static StackPersona,
        window: u16,
        addresses: (Option<Ipv4Cidr>, Option<Ipv6Cidr>),
        isn_seed: u64,
        mtu: usize,
    ) -> Stack {
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = isn_seed;
        let mut buffer = Vec::new();
        let mut device = Wire {
            received: None,
            buffer: &mut buffer,
            send: &mut |_: &mut Vec<u8>| (),
            mtu,
        };
        let mut interface = Interface::new(config, &mut device, SmolInstant::ZERO);
        set_addresses(&mut interface, addresses.0, addresses.1);
        Stack {
            interface,
            sockets: SocketSet::new(Vec::new()),
            persona,
            timestamps: persona.timestamps(),
            receive_buffer: usize::from(window),
            connections: BTreeMap::new(),
            listeners: BTreeMap::new(),
            next_handle: 0,
            gone: Vec::new(),
            buffer,
            mtu,
        }
    }

    /// The host's addresses, from now on.
    pub fn set_addresses(&mut self, v4: Option<Ipv4Cidr>, v6: Option<Ipv6Cidr>) {
        set_addresses(&mut self.interface, v4, v6);
    }

    /// Takes one packet in. What the stack answers at once goes to `send`.
    pub fn ingress(&mut self, now: Instant, packet: &[u8], send: &mut impl FnMut(&mut Vec<u8>)) {
        let mut device = Wire {
            received: Some(packet),
            buffer: &mut self.buffer,
            send,
            mtu: self.mtu,
        };
        self.interface
            .poll_ingress_single(smol(now), &mut device, &mut self.sockets);
        self.observe();
    }

    /// A timer of the stack has run out.
    pub fn maintain(&mut self, now: Instant) {
        self.interface.poll_maintenance(smol(now));
    }

    /// Sends what the sockets have to send, until they are quiet.
    pub fn egress(&mut self, now: Instant, send: &mut impl FnMut(&mut Vec<u8>)) {
        let mut sent = true;
        // Each round sends at least one packet for some socket, and what there
        // is to send is bounded by the sockets' buffers.
        while core::mem::take(&mut sent) {
            let mut noting = |buffer: &mut Vec<u8>| {
                sent = true;
                send(buffer);
            };
            let mut device = Wire {
                received: None,
                buffer: &mut self.buffer,
                send: &mut noting,
                mtu: self.mtu,
            };
            self.interface
                .poll_egress(smol(now), &mut device, &mut self.sockets);
        }
        self.observe();
        self.sweep();
    }

    /// When the stack must be polled again.
    pub fn poll_timeout(&mut self, now: Instant) -> Option<Instant> {
        let at = self.interface.poll_at(smol(now), &self.sockets)?;
        let micros = u64::try_from(at.total_micros()).unwrap_or(0);
        Some(Instant::from_nanos(micros.saturating_mul(1000)).max(now))
    }

    fn socket(&mut self) -> tcp::Socket<'static> {
        let receive = tcp::SocketBuffer::new(vec![0; self.receive_buffer]);
        let mut socket = tcp::Socket::new(receive, tcp::SocketBuffer::new(vec![0; SEND_BUFFER]));
        let delay = self.persona.ack_delay;
        socket.set_ack_delay(
            (delay != Duration::ZERO)
                .then(|| smoltcp::time::Duration::from_micros(duration_nanos(delay) / 1000)),
        );
        socket.set_congestion_control(tcp::CongestionControl::None);
        if self.timestamps {
            // Makes room for the option; the card writes the value, since this
            // is a bare function that cannot know what time it is.
            socket.set_tsval_generator(Some(|| 1));
        }
        socket
    }

    fn handle(&mut self) -> u32 {
        self.next_handle += 1;
        self.next_handle
    }

    pub fn connect(&mut self, local: SocketAddr, remote: SocketAddr) -> TcpHandle {
        let mut socket = self.socket();
        let context = self.interface.context();
        let failed = match socket.connect(context, remote, local) {
            Ok(()) => None,
            Err(_) => Some(TcpStatus::Unreachable),
        };
        let handle = TcpHandle(self.handle());
        let connection = Connection {
            socket: self.sockets.add(socket),
            tuple: Tuple { local, remote },
            established: false,
            fin_received: false,
            closed: false,
            failed,
            forgotten: false,
        };
        self.connections.insert(handle, connection);
        handle
    }

    pub fn listen(&mut self, port: u16) -> TcpListener {
        let spare = self.spare(port);
        let handle = TcpListener(self.handle());
        let listener = Listener {
            port,
            spare,
            backlog: VecDeque::new(),
        };
        self.listeners.insert(handle, listener);
        handle
    }

    /// A socket that listens at `port`, or, for port 0, one that never will.
    fn spare(&mut self, port: u16) -> SocketHandle {
        let mut socket = self.socket();
        let _ = socket.listen(port);
        self.sockets.add(socket)
    }

    pub fn accept(&mut self, listener: TcpListener) -> Option<TcpHandle> {
        let sockets = &self.sockets;
        let backlog = &mut self.listeners.get_mut(&listener)?.backlog;
        let index = backlog.iter().position(|&socket| {
            !matches!(
                sockets.get::<tcp::Socket>(socket).state(),
                tcp::State::SynReceived
            )
        })?;
        let socket = backlog.remove(index)?;
        let state = self.sockets.get::<tcp::Socket>(socket);
        let (local, remote) = (state.local_endpoint()?, state.remote_endpoint()?);
        let handle = TcpHandle(self.handle());
        let connection = Connection {
            socket,
            tuple: Tuple {
                local: local.into(),
                remote: remote.into(),
            },
            established: true,
            fin_received: false,
            closed: false,
            failed: None,
            forgotten: false,
        };
        self.connections.insert(handle, connection);
        self.observe();
        Some(handle)
    }

    pub fn unlisten(&mut self, listener: TcpListener) {
        let Some(listener) = self.listeners.remove(&listener) else {
            return;
        };
        self.sockets.remove(listener.spare);
        for socket in listener.backlog {
            self.sockets.get_mut::<tcp::Socket>(socket).abort();
            // Its RST goes out with the next egress; then it is swept.
            let state = self.sockets.get::<tcp::Socket>(socket);
            let (Some(local), Some(remote)) = (state.local_endpoint(), state.remote_endpoint())
            else {
                self.sockets.remove(socket);
                continue;
            };
            let handle = TcpHandle(self.handle());
            let connection = Connection {
                socket,
                tuple: Tuple {
                    local: local.into(),
                    remote: remote.into(),
                },
                established: true,
                fin_received: false,
                closed: true,
                failed: None,
                forgotten: true,
            };
            self.connections.insert(handle, connection);
        }
    }

    /// Looks at every socket after something happened to them.
    fn observe(&mut self) {
        for connection in self.connections.values_mut() {
            let state = self.sockets.get::<tcp::Socket>(connection.socket).state();
            match state {
                tcp::State::Established | tcp::State::FinWait1 | tcp::State::FinWait2 => {
                    connection.established = true;
                }
                tcp::State::CloseWait
                | tcp::State::LastAck
                | tcp::State::Closing
                | tcp::State::TimeWait => {
                    connection.established = true;
                    connection.fin_received = true;
                }
                _ => {}
            }
        }
        let sockets = &self.sockets;
        let stirred = |listener: &Listener| {
            let spare = sockets.get::<tcp::Socket>(listener.spare).state();
            spare != tcp::State::Listen && spare != tcp::State::Closed
                || !listener.backlog.is_empty()
        };
        if self.listeners.values().any(stirred) {
            let handles: Vec<TcpListener> = self.listeners.keys().copied().collect();
            for handle in handles {
                self.replenish(handle);
            }
        }
    }

    /// Moves a listening socket that has taken a SYN to the backlog, and puts
    /// a fresh one in its place; drops what died in the backlog.
    fn replenish(&mut self, handle: TcpListener) {
        let Some(listener) = self.listeners.get(&handle) else {
            return;
        };
        let (spare, port) = (listener.spare, listener.port);
        let fresh = if self.sockets.get::<tcp::Socket>(spare).state() == tcp::State::SynReceived
            || self.sockets.get::<tcp::Socket>(spare).is_active()
        {
            Some(self.spare(port))
        } else {
            None
        };
        let (sockets, listeners) = (&mut self.sockets, &mut self.listeners);
        let Some(listener) = listeners.get_mut(&handle) else {
            return;
        };
        if let Some(fresh) = fresh {
            listener.backlog.push_back(spare);
            listener.spare = fresh;
        }
        listener.backlog.retain(|&socket| {
            // A RST in the handshake sends it back to listening: it is one too many.
            let state = sockets.get::<tcp::Socket>(socket).state();
            let dead = matches!(state, tcp::State::Closed | tcp::State::Listen);
            if dead {
                sockets.remove(socket);
            }
            !dead
        });
        while listener.backlog.len() > MAX_BACKLOG {
            if let Some(oldest) = listener.backlog.pop_front() {
                sockets.remove(oldest);
            }
        }
    }

    /// Removes the connections that nobody holds and that have ended.
    fn sweep(&mut self) {
        let (sockets, gone) = (&mut self.sockets, &mut self.gone);
        self.connections.retain(|_, connection| {
            let state = sockets.get::<tcp::Socket>(connection.socket).state();
            let ended = state == tcp::State::Closed || connection.failed.is_some();
            if connection.forgotten && ended {
                sockets.remove(connection.socket);
                gone.push(connection.tuple);
                return false;
            }
            true
        });
    }

    /// A connection that has left the stack since the last call.
    pub fn poll_gone(&mut self) -> Option<Tuple> {
        self.gone.pop()
    }

    /// Connections on their way to `is_meant` fail: nobody answers there.
    pub fn fail(&mut self, is_meant: impl Fn(&Tuple) -> bool) {
        for connection in self.connections.values_mut() {
            if !connection.established && connection.failed.is_none() && is_meant(&connection.tuple)
            {
                connection.failed = Some(TcpStatus::Unreachable);
                // Out of the set without a RST, which would ask ARP again: a
                // closed socket in its place keeps the handle valid.
                self.gone.push(connection.tuple);
                self.sockets.remove(connection.socket);
                let nothing = || tcp::SocketBuffer::new(Vec::new());
                connection.socket = self.sockets.add(tcp::Socket::new(nothing(), nothing()));
            }
        }
    }

    /// An ICMP error ends the attempt that it is about; to a connection that
    /// stands it is only advice (RFC 1122 §4.2.3.9).
    pub fn fail_by(&mut self, report: &ErrorReport) {
        let tuple = Tuple {
            local: report.local,
            remote: report.remote,
        };
        if report.error.ends_attempts() {
            self.fail(|other| *other == tuple);
        }
    }

    pub fn status(&self, handle: TcpHandle) -> TcpStatus {
        let Some(connection) = self.connections.get(&handle) else {
            return TcpStatus::Closed;
        };
        if let Some(failed) = connection.failed {
            return failed;
        }
        let socket = self.sockets.get::<tcp::Socket>(connection.socket);
        match socket.state() {
            tcp::State::Listen | tcp::State::SynSent | tcp::State::SynReceived => {
                TcpStatus::Connecting
            }
            tcp::State::Established | tcp::State::FinWait1 | tcp::State::FinWait2 => {
                TcpStatus::Open
            }
            tcp::State::CloseWait => match socket.recv_queue() {
                0 => TcpStatus::PeerClosed,
                _ => TcpStatus::Open,
            },
            tcp::State::LastAck | tcp::State::Closing => match socket.recv_queue() {
                0 => TcpStatus::PeerClosed,
                _ => TcpStatus::Open,
            },
            tcp::State::TimeWait => match socket.recv_queue() {
                0 => TcpStatus::Closed,
                _ => TcpStatus::Open,
            },
            tcp::State::Closed if !connection.established => TcpStatus::Refused,
            tcp::State::Closed if connection.fin_received && connection.closed => TcpStatus::Closed,
            tcp::State::Closed => TcpStatus::Reset,
        }
    }

    pub fn tuple(&self, handle: TcpHandle) -> Option<Tuple> {
        Some(self.connections.get(&handle)?.tuple)
    }

    fn socket_mut(&mut self, handle: TcpHandle) -> Option<&mut tcp::Socket<'static>> {
        let connection = self.connections.get(&handle)?;
        Some(self.sockets.get_mut::<tcp::Socket>(connection.socket))
    }

    pub fn recv_with(&mut self, handle: TcpHandle, take: impl FnOnce(&[u8]) -> usize) -> usize {
        let Some(socket) = self.socket_mut(handle) else {
            return 0;
        };
        let taken = socket.recv(|bytes| {
            let taken = if bytes.is_empty() { 0 } else { take(bytes) };
            let taken = taken.min(bytes.len());
            (taken, taken)
        });
        taken.unwrap_or(0)
    }

    pub fn send_with(&mut self, handle: TcpHandle, fill: impl FnOnce(&mut [u8]) -> usize) -> usize {
        let Some(socket) = self.socket_mut(handle) else {
            return 0;
        };
        let written = socket.send(|room| {
            let written = if room.is_empty() { 0 } else { fill(room) };
            let written = written.min(room.len());
            (written, written)
        });
        written.unwrap_or(0)
    }

    /// Nagle's algorithm is off from now on.
    pub fn push_at_once(&mut self, handle: TcpHandle) {
        if let Some(socket) = self.socket_mut(handle) {
            socket.set_nagle_enabled(false);
        }
    }

    pub fn unacknowledged(&self, handle: TcpHandle) -> usize {
        let Some(connection) = self.connections.get(&handle) else {
            return 0;
        };
        self.sockets
            .get::<tcp::Socket>(connection.socket)
            .send_queue()
    }

    pub fn close(&mut self, handle: TcpHandle) {
        if let Some(connection) = self.connections.get_mut(&handle) {
            connection.closed = true;
            self.sockets
                .get_mut::<tcp::Socket>(connection.socket)
                .close();
        }
    }

    pub fn abort(&mut self, handle: TcpHandle) {
        if let Some(connection) = self.connections.get_mut(&handle) {
            connection.closed = true;
            self.sockets
                .get_mut::<tcp::Socket>(connection.socket)
                .abort();
        }
    }

    pub fn forget(&mut self, handle: TcpHandle) {
        let Some(connection) = self.connections.get_mut(&handle) else {
            return;
        };
        connection.forgotten = true;
        if !connection.closed {
            let tuple = connection.tuple;
            self.sockets.remove(connection.socket);
            self.connections.remove(&handle);
            self.gone.push(tuple);
        }
    }

    /// Some connection is not over: it is neither closed nor in TIME-WAIT.
    pub fn is_busy(&self) -> bool {
        self.connections.values().any(|connection| {
            let socket = self.sockets.get::<tcp::Socket>(connection.socket);
            !matches!(socket.state(), tcp::State::Closed | tcp::State::TimeWait)
        })
    }

    /// A local port that some connection or listener uses.
    pub fn uses_port(&self, port: u16) -> bool {
        self.connections
            .values()
            .any(|c| c.tuple.local.port() == port)
            || self.listeners.values().any(|l| l.port == port)
    }

    /// The host's address of the family of `peer`.
    pub fn local_address(&self, peer: IpAddr) -> Option<IpAddr> {
        match peer {
            IpAddr::V4(_) => self.interface.ipv4_addr().map(IpAddr::V4),
            IpAddr::V6(_) => self.interface.ipv6_addr().map(IpAddr::V6),
        }
    }
}
