//! The TCP/IP stack of a host: smoltcp, and its sockets under our own names.

mod listen;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use smoltcp::iface::{Config, Interface, PollResult, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant as SmolInstant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

use super::Congestion;
use super::address::{Ipv4Cidr, Ipv6Cidr, is_link_local};
use super::fin;
use super::icmp_error::ErrorReport;
use super::path::Paths;
use super::persona::StackPersona;
use super::phy::{Wire, interface};
use super::slots::{Connection, Owner, SlotId, Slots};
use super::sockets::{TcpHandle, TcpListener, TcpStatus};
use super::stranded;
use super::tcp_header::{Incoming, Tuple, flag};
use super::window::Window;
use crate::time::{Duration, Instant, duration_nanos};
use listen::Listener;

/// The largest IP packet: an Ethernet payload.
pub(super) const IP_MTU: u16 = 1500;

/// Bytes that a socket keeps until the peer has acknowledged them.
const SEND_BUFFER: usize = 65_535;

/// smoltcp counts whole microseconds.
fn smol(now: Instant) -> SmolInstant {
    SmolInstant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// Octets of a socket's buffers.
#[derive(Debug, Clone, Copy, Default)]
struct Room {
    receive: usize,
    send: usize,
}

/// A host's stack.
pub(super) struct Stack {
    interface: Interface,
    slots: Slots,
    /// For packets that are nobody's: the stack answers them itself.
    nobody: SocketSet<'static>,
    persona: &'static StackPersona,
    timestamps: bool,
    receive_buffer: usize,
    congestion: Congestion,
    listeners: BTreeMap<TcpListener, Listener>,
    /// How many connections are busy.
    busy: usize,
    next_serial: u32,
    /// Connections that left the stack since they were last asked for.
    gone: Vec<Tuple>,
    /// Where the packet being sent is put together, with room for the
    /// Ethernet header before it.
    buffer: Vec<u8>,
    /// The longest IP packet that leaves.
    mtu: usize,
    paths: Paths,
    addresses: Addresses,
}

/// The addresses of a host.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Addresses {
    pub v4: Option<Ipv4Cidr>,
    pub v6: Option<Ipv6Cidr>,
    pub link_local: Option<Ipv6Addr>,
}

fn set_addresses(interface: &mut Interface, own: Addresses) {
    let Addresses { v4, v6, link_local } = own;
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
        if let Some(own) = link_local {
            let _ = addresses.push(IpCidr::new(IpAddress::Ipv6(own), 64));
        }
    });
}

impl Stack {
    pub fn new(
        (persona, timestamps): (&'static StackPersona, bool),
        (window, congestion): (Window, Congestion),
        addresses: Addresses,
        isn_seed: u64,
        mtu: usize,
    ) -> Stack {
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = isn_seed;
        let mut interface = interface(config, mtu);
        set_addresses(&mut interface, addresses);
        Stack {
            paths: Paths::default(),
            addresses,
            interface,
            slots: Slots::new(),
            nobody: SocketSet::new(Vec::new()),
            persona,
            timestamps,
            receive_buffer: window.room(),
            congestion,
            listeners: BTreeMap::new(),
            busy: 0,
            next_serial: 0,
            gone: Vec::new(),
            buffer: Vec::new(),
            mtu,
        }
    }

    /// How long a packet may be, in octets.
    pub fn mtu(&self) -> usize {
        self.mtu
    }

    /// The host's addresses, from now on.
    pub fn set_addresses(&mut self, addresses: Addresses) {
        self.addresses = addresses;
        set_addresses(&mut self.interface, addresses);
        for interface in self.paths.interfaces() {
            set_addresses(interface, addresses);
        }
    }

    /// A router says how long a packet to this destination may be: from now on
    /// no segment is longer (RFC 1191 §6.3, RFC 8201 §5.2). What was too long
    /// is sent again, shorter, when its time has run out.
    pub fn learn_path(&mut self, destination: IpAddr, mtu: u16) {
        let addresses = self.addresses;
        self.paths.learn(destination, mtu, self.mtu, |mtu| {
            // No connection is opened by this interface: it draws no ISN.
            let mut interface = interface(Config::new(HardwareAddress::Ip), mtu);
            set_addresses(&mut interface, addresses);
            interface
        });
    }

    /// How long a segment of this socket may be, if not as long as any.
    #[inline(always)]
    fn path(&self, slot: SlotId) -> Option<u16> {
        if self.paths.is_empty() {
            return None;
        }
        core::hint::cold_path();
        let remote = self.slots.get(slot)?.remote_endpoint()?;
        self.paths.mtu(remote.addr.into())
    }

    /// Takes one packet in, and what is known of its segment if it carries
    /// one. What the stack answers at once goes to `send`.
    #[inline(always)]
    pub fn ingress(
        &mut self,
        now: Instant,
        packet: &[u8],
        segment: Option<Incoming>,
        send: &mut impl FnMut(&mut Vec<u8>),
    ) {
        let now = smol(now);
        let slot = segment.and_then(|segment| self.addressee(segment));
        if segment.is_none_or(|segment| segment.flags & flag::FIN == 0) {
            return self.take_in(now, slot, packet, send);
        }
        self.take_in_fin(now, slot, packet, send);
    }

    /// A FIN that smoltcp does not hear is given to it once more.
    #[cold]
    fn take_in_fin(
        &mut self,
        now: SmolInstant,
        slot: Option<SlotId>,
        packet: &[u8],
        send: &mut impl FnMut(&mut Vec<u8>),
    ) {
        let mut unheard = None;
        self.take_in(now, slot, packet, &mut |reply| {
            unheard = fin::unheard(packet, reply);
            if unheard.is_none() {
                send(reply);
            }
        });
        if let Some(fin) = unheard {
            self.take_in(now, slot, &fin, send);
        }
    }

    /// Lets smoltcp take a packet in, for one socket or for none.
    #[inline(always)]
    fn take_in(
        &mut self,
        now: SmolInstant,
        slot: Option<SlotId>,
        packet: &[u8],
        send: &mut impl FnMut(&mut Vec<u8>),
    ) {
        let Stack {
            interface,
            slots,
            nobody,
            buffer,
            mtu,
            ..
        } = self;
        let mut device = Wire {
            received: Some(packet),
            buffer,
            send,
            mtu: *mtu,
        };
        match slot {
            Some(slot) => {
                slots.poll(slot, |set| {
                    interface.poll_ingress_single(now, &mut device, set)
                });
                if !slots.is_as_noted(slot) {
                    self.observe(slot);
                }
            }
            None => {
                interface.poll_ingress_single(now, &mut device, nobody);
            }
        }
    }

    /// The socket that a segment is for: the connection it belongs to, or, if
    /// there is none and it may open one, whoever listens. If there is one in
    /// TIME-WAIT, it is the first of both, as in one set.
    #[inline(always)]
    fn addressee(&mut self, segment: Incoming) -> Option<SlotId> {
        let connection = self.slots.find(segment.ends);
        match segment.flags & (flag::ACK | flag::RST) {
            0 => self.opened(segment, connection),
            _ => connection,
        }
    }

    /// A timer of the stack has run out.
    pub fn maintain(&mut self, now: Instant) {
        self.interface.poll_maintenance(smol(now));
    }

    /// Sends what the sockets have to send, until they are quiet: one packet
    /// for each in turn.
    pub fn egress(&mut self, now: Instant, send: &mut impl FnMut(&mut Vec<u8>)) {
        let now = smol(now);
        // A socket is asked again as long as it sends, and what there is to
        // send is bounded by its buffer.
        if let Some(slot) = self.slots.take_only_stirred(now) {
            while self.send_one(now, slot, send) {}
            self.sent(now, slot, send);
        } else if self.slots.is_stirred(now) {
            self.egress_by_turns(now, send);
        }
    }

    /// The same for any number of sockets at work.
    #[cold]
    fn egress_by_turns(&mut self, now: SmolInstant, send: &mut impl FnMut(&mut Vec<u8>)) {
        let served = self.slots.take_stirred(now);
        let mut sending = served.clone();
        while !sending.is_empty() {
            sending.retain(|&slot| self.send_one(now, slot, send));
        }
        for slot in served {
            self.sent(now, slot, send);
        }
    }

    /// A socket has sent what it had to send.
    #[inline(always)]
    fn sent(&mut self, now: SmolInstant, slot: SlotId, send: &mut impl FnMut(&mut Vec<u8>)) {
        if self.slots.is_as_noted(slot) {
            if self.slots.is_due(slot) {
                return;
            }
        } else {
            self.observe(slot);
            self.sweep(slot);
        }
        let outstanding = self.slots.get(slot).map_or(0, stranded::outstanding);
        if outstanding > 0 && !self.slots.is_due(slot) {
            self.set_going(now, slot, outstanding, send);
        }
    }

    /// Sets a socket going that waits for an acknowledgement without a timer.
    #[cold]
    fn set_going(
        &mut self,
        now: SmolInstant,
        slot: SlotId,
        outstanding: usize,
        send: &mut impl FnMut(&mut Vec<u8>),
    ) {
        self.slots.serve(slot, stranded::rouse);
        self.send_one(now, slot, &mut |packet| {
            stranded::make_old(packet, outstanding);
            send(packet);
        });
        if !self.slots.is_due(slot) {
            let again = now + stranded::PATIENCE;
            self.slots.note_due(slot, Some(again));
        }
    }

    /// Lets a socket send one packet; true if it has more to send now.
    #[inline(always)]
    fn send_one(
        &mut self,
        now: SmolInstant,
        slot: SlotId,
        send: &mut impl FnMut(&mut Vec<u8>),
    ) -> bool {
        let path = self.path(slot);
        let narrow = path.and_then(|mtu| self.paths.interface(mtu));
        let mut device = Wire {
            received: None,
            buffer: &mut self.buffer,
            send,
            mtu: path.map_or(self.mtu, usize::from),
        };
        let own = &mut self.interface;
        let Some((sent, due)) = self.slots.serve(slot, |set| {
            let sent = match narrow {
                Some(narrow) => send_narrowly(narrow, now, &mut device, set),
                None => own.poll_egress(now, &mut device, set),
            };
            (sent, own.poll_at(now, set))
        }) else {
            return false;
        };
        self.slots.note_due(slot, due);
        sent == PollResult::SocketStateChanged && due.is_some_and(|at| at <= now)
    }

    /// When the stack must be polled again.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let micros = u64::try_from(self.slots.poll_timeout()?).unwrap_or(0);
        Some(Instant::from_nanos(micros.saturating_mul(1000)).max(now))
    }

    /// How much a socket with a peer takes and gives.
    fn room(&self) -> Room {
        Room {
            receive: self.receive_buffer,
            send: SEND_BUFFER,
        }
    }

    fn socket(&self, room: Room) -> tcp::Socket<'static> {
        let buffer = |len| tcp::SocketBuffer::new(vec![0; len]);
        let mut socket = tcp::Socket::new(buffer(room.receive), buffer(room.send));
        let delay = self.persona.ack_delay;
        socket.set_ack_delay(
            (delay != Duration::ZERO)
                .then(|| smoltcp::time::Duration::from_micros(duration_nanos(delay) / 1000)),
        );
        socket.set_congestion_control(match self.congestion {
            Congestion::None => tcp::CongestionControl::None,
            Congestion::Reno => tcp::CongestionControl::Reno,
        });
        if self.timestamps {
            // Makes room for the option; the card writes the value, since this
            // is a bare function that cannot know what time it is.
            socket.set_tsval_generator(Some(|| 1));
        }
        socket
    }

    fn serial(&mut self) -> u32 {
        self.next_serial += 1;
        self.next_serial
    }

    pub fn connect(&mut self, local: SocketAddr, remote: SocketAddr) -> TcpHandle {
        let mut socket = self.socket(self.room());
        let context = self.interface.context();
        let failed = match socket.connect(context, remote, local) {
            Ok(()) => None,
            Err(_) => Some(TcpStatus::Unreachable),
        };
        let tuple = Tuple { local, remote };
        let handle = TcpHandle {
            serial: self.serial(),
            slot: self.slots.next(),
        };
        let mut connection = Connection::new(handle, tuple);
        connection.failed = failed;
        let owner = Owner::Connection(connection);
        let slot = self.slots.add(socket, owner, Some(tuple));
        self.observe(slot);
        handle
    }

    /// Looks at a socket after something happened to it.
    fn observe(&mut self, slot: SlotId) {
        match self.slots.owner_and_state(slot) {
            Some((Owner::Connection(connection), state)) if connection.state == state => {}
            Some(_) => self.note_change(slot),
            None => {}
        }
    }

    /// A connection stands otherwise than it did, or somebody may have called.
    #[cold]
    fn note_change(&mut self, slot: SlotId) {
        match self.slots.owner_and_state(slot) {
            Some((Owner::Connection(connection), state)) => {
                self.busy -= usize::from(connection.is_busy());
                connection.state = state;
                self.busy += usize::from(connection.is_busy());
                connection.news = true;
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
            Some((Owner::Listener(listener), _)) => {
                let listener = *listener;
                self.replenish(listener);
            }
            None => {}
        }
    }

    /// Removes a connection that nobody holds and that has ended.
    fn sweep(&mut self, slot: SlotId) {
        if let Some((Owner::Connection(connection), state)) = self.slots.owner_and_state(slot)
            && connection.forgotten
            && (state == tcp::State::Closed || connection.failed.is_some())
        {
            self.busy -= usize::from(connection.is_busy());
            self.gone.push(connection.tuple);
            self.slots.remove(slot);
        }
    }

    /// Some connection has left the stack.
    pub fn has_gone(&self) -> bool {
        !self.gone.is_empty()
    }

    /// A connection that has left the stack since the last call.
    pub fn poll_gone(&mut self) -> Option<Tuple> {
        self.gone.pop()
    }

    /// Connections on their way to `is_meant` fail: nobody answers there.
    pub fn fail(&mut self, is_meant: impl Fn(&Tuple) -> bool) {
        let fails = |c: &&Connection| !c.established && c.failed.is_none() && is_meant(&c.tuple);
        let failed: Vec<TcpHandle> = self
            .slots
            .connections()
            .filter(fails)
            .map(|c| c.handle)
            .collect();
        for handle in failed {
            if let Some(connection) = self.slots.connection_mut(handle) {
                connection.failed = Some(TcpStatus::Unreachable);
            }
            self.silence(handle);
        }
    }

    /// Ends a connection without a word to anybody: a closed socket is put in
    /// its place, for as long as somebody holds it.
    fn silence(&mut self, handle: TcpHandle) {
        let nothing = || tcp::SocketBuffer::new(Vec::new());
        let closed = tcp::Socket::new(nothing(), nothing());
        self.slots.replace(handle.slot, closed);
        if let Some(connection) = self.slots.connection_mut(handle) {
            self.gone.push(connection.tuple);
        }
        self.observe(handle.slot);
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
        // Only about a connection that there is: anybody can send such a word.
        if let Some(mtu) = report.mtu
            && self.slots.find_tuple(tuple).is_some()
        {
            self.learn_path(report.remote.ip(), mtu);
        }
    }

    pub fn status(&self, handle: TcpHandle) -> TcpStatus {
        let Some((connection, socket)) = self.slots.connection(handle) else {
            return TcpStatus::Closed;
        };
        connection.status(socket)
    }

    pub fn has_news(&self, handle: TcpHandle) -> bool {
        let connection = self.slots.connection(handle);
        connection.is_some_and(|(connection, _)| connection.news)
    }

    pub fn take_news(&mut self, handle: TcpHandle) -> bool {
        let connection = self.slots.connection_mut(handle);
        connection.is_none_or(|connection| core::mem::take(&mut connection.news))
    }

    pub fn tuple(&self, handle: TcpHandle) -> Option<Tuple> {
        Some(self.slots.connection(handle)?.0.tuple)
    }

    pub fn recv_with(&mut self, handle: TcpHandle, take: impl FnOnce(&[u8]) -> usize) -> usize {
        self.slots.exchange(handle, |socket| {
            socket.recv(|bytes| {
                let taken = if bytes.is_empty() { 0 } else { take(bytes) };
                let taken = taken.min(bytes.len());
                (taken, taken)
            })
        })
    }

    pub fn send_with(&mut self, handle: TcpHandle, fill: impl FnOnce(&mut [u8]) -> usize) -> usize {
        self.slots.exchange(handle, |socket| {
            socket.send(|room| {
                let written = if room.is_empty() { 0 } else { fill(room) };
                let written = written.min(room.len());
                (written, written)
            })
        })
    }

    /// The socket of a connection, to do something to it.
    fn socket_mut(&mut self, handle: TcpHandle) -> Option<&mut tcp::Socket<'static>> {
        self.slots.connection(handle)?;
        self.slots.get_mut(handle.slot)
    }

    /// Nagle's algorithm is off from now on.
    pub fn push_at_once(&mut self, handle: TcpHandle) {
        if let Some(socket) = self.socket_mut(handle) {
            socket.set_nagle_enabled(false);
        }
    }

    /// Bytes that have arrived and have not been read.
    pub fn unread(&self, handle: TcpHandle) -> usize {
        let connection = self.slots.connection(handle);
        connection.map_or(0, |(_, socket)| socket.recv_queue())
    }

    pub fn unacknowledged(&self, handle: TcpHandle) -> usize {
        let connection = self.slots.connection(handle);
        connection.map_or(0, |(_, socket)| socket.send_queue())
    }

    pub fn close(&mut self, handle: TcpHandle) {
        self.end(handle, tcp::Socket::close);
    }

    pub fn abort(&mut self, handle: TcpHandle) {
        self.end(handle, tcp::Socket::abort);
    }

    fn end(&mut self, handle: TcpHandle, end: impl FnOnce(&mut tcp::Socket<'static>)) {
        let Some(connection) = self.slots.connection_mut(handle) else {
            return;
        };
        connection.closed = true;
        // There is nobody yet who could be told (RFC 9293 §3.10.4, §3.10.5).
        if self.slots.state(handle.slot) == tcp::State::SynSent {
            return self.silence(handle);
        }
        if let Some(socket) = self.socket_mut(handle) {
            end(socket);
        }
    }

    pub fn forget(&mut self, handle: TcpHandle) {
        let Some(connection) = self.slots.connection_mut(handle) else {
            return;
        };
        connection.forgotten = true;
        if connection.closed {
            // It is served once more, and goes if it has ended.
            self.slots.get_mut(handle.slot);
        } else {
            self.busy -= usize::from(connection.is_busy());
            self.gone.push(connection.tuple);
            self.slots.remove(handle.slot);
        }
    }

    /// How many sockets there are, those that listen included.
    pub fn sockets(&self) -> usize {
        self.slots.count()
    }

    /// Some connection is not over: it is neither closed nor in TIME-WAIT.
    pub fn is_busy(&self) -> bool {
        self.busy > 0
    }

    /// A local port that some connection or listener uses.
    pub fn uses_port(&self, port: u16) -> bool {
        let mut connections = self.slots.connections();
        connections.any(|c| c.tuple.local.port() == port)
            || self.listeners.values().any(|l| l.port == port)
    }

    /// The host's address of the family of `peer`.
    pub fn local_address(&self, peer: IpAddr) -> Option<IpAddr> {
        match peer {
            IpAddr::V4(_) => self.addresses.v4.map(|own| own.address.into()),
            IpAddr::V6(peer) => {
                let link_local = self.addresses.link_local;
                let global = self.addresses.v6.map(|own| own.address);
                let own = match is_link_local(peer) {
                    true => link_local.or(global),
                    false => global.or(link_local),
                };
                own.map(IpAddr::V6)
            }
        }
    }
}

/// Lets a socket send one packet by the interface of a narrow path.
#[cold]
fn send_narrowly<F: FnMut(&mut Vec<u8>)>(
    interface: &mut Interface,
    now: SmolInstant,
    device: &mut Wire<'_, F>,
    set: &mut SocketSet<'static>,
) -> PollResult {
    interface.poll_egress(now, device, set)
}

/// Both ends of a socket that has a peer.
fn peer(socket: &tcp::Socket<'_>) -> Option<Tuple> {
    Some(Tuple {
        local: socket.local_endpoint()?.into(),
        remote: socket.remote_endpoint()?.into(),
    })
}
