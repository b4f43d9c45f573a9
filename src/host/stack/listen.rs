//! Whoever listens: the socket that takes the next SYN, and those that wait to be accepted.

use std::collections::VecDeque;

use smoltcp::socket::tcp;

use super::super::slots::{Connection, Owner, SlotId};
use super::super::sockets::{TcpHandle, TcpListener};
use super::super::tcp_header::{Incoming, Tuple};
use super::{Room, Stack, peer};

/// One listening port.
#[derive(Debug)]
pub(super) struct Listener {
    pub port: u16,
    /// The socket that takes the next SYN. It has no buffers until there is one.
    spare: SlotId,
    /// Sockets whose handshake is under way, and then wait to be accepted.
    backlog: VecDeque<SlotId>,
}

/// Connections that may wait at one listener; further SYNs take the oldest's
/// place, as a full backlog does.
const MAX_BACKLOG: usize = 1024;

impl Stack {
    pub fn listen(&mut self, port: u16) -> TcpListener {
        let handle = TcpListener(self.serial());
        let spare = self.spare(port, handle);
        let listener = Listener {
            port,
            spare,
            backlog: VecDeque::new(),
        };
        self.listeners.insert(handle, listener);
        handle
    }

    /// A place for the next connection to `port`, which needs no room yet.
    fn spare(&mut self, port: u16, listener: TcpListener) -> SlotId {
        let socket = self.listening(port, Room::default());
        self.slots.add(socket, Owner::Listener(listener), None)
    }

    /// A socket that listens at `port`, or, for port 0, one that never will.
    fn listening(&self, port: u16, room: Room) -> tcp::Socket<'static> {
        let mut socket = self.socket(room);
        let _ = socket.listen(port);
        socket
    }

    pub fn accept(&mut self, listener: TcpListener) -> Option<TcpHandle> {
        let index = self.waiting(listener)?;
        let slot = self.listeners.get_mut(&listener)?.backlog.remove(index)?;
        let tuple = peer(self.slots.get(slot)?)?;
        Some(self.adopt(slot, tuple))
    }

    /// The place in the backlog of the first connection to accept.
    pub fn waiting(&self, listener: TcpListener) -> Option<usize> {
        let waits = |&slot: &SlotId| self.slots.state(slot) != tcp::State::SynReceived;
        let backlog = &self.listeners.get(&listener)?.backlog;
        backlog.iter().position(waits)
    }

    /// Makes a connection of a socket that has waited in a backlog.
    fn adopt(&mut self, slot: SlotId, tuple: Tuple) -> TcpHandle {
        let handle = TcpHandle {
            serial: self.serial(),
            slot,
        };
        let mut connection = Connection::new(handle, tuple);
        connection.established = true;
        let owner = Owner::Connection(connection);
        self.slots.assign(slot, owner, Some(tuple));
        self.observe(slot);
        handle
    }

    pub fn unlisten(&mut self, listener: TcpListener) {
        let Some(listener) = self.listeners.remove(&listener) else {
            return;
        };
        self.slots.remove(listener.spare);
        for slot in listener.backlog {
            let Some(socket) = self.slots.get_mut(slot) else {
                continue;
            };
            socket.abort();
            // Its RST goes out with the next egress; then it is swept.
            let Some(tuple) = peer(socket) else {
                self.slots.remove(slot);
                continue;
            };
            let handle = self.adopt(slot, tuple);
            if let Some(connection) = self.slots.connection_mut(handle) {
                connection.closed = true;
                connection.forgotten = true;
            }
        }
    }

    /// The socket that a segment is for which may open a connection: `connection` is the
    /// one it belongs to.
    #[cold]
    pub(super) fn opened(
        &mut self,
        segment: Incoming,
        connection: Option<SlotId>,
    ) -> Option<SlotId> {
        let old = connection.is_none_or(|id| self.slots.state(id) == tcp::State::TimeWait);
        if !old {
            return connection;
        }
        let port = segment.ends.tuple().local.port();
        let listens = |l: &&Listener| l.port == port && port != 0;
        let listeners = self.listeners.values().filter(listens);
        let listening = |slot: &SlotId| self.slots.state(*slot) == tcp::State::Listen;
        let spare = listeners
            .map(|listener| listener.spare)
            .filter(listening)
            .min();
        match (spare, connection) {
            (Some(spare), old) if old.is_none_or(|old| spare < old) => {
                let socket = self.listening(port, self.room());
                self.slots.replace(spare, socket);
                Some(spare)
            }
            _ => connection,
        }
    }

    /// Moves a listening socket that has taken a SYN to the backlog, and puts
    /// a fresh one in its place; drops what died in the backlog.
    pub(super) fn replenish(&mut self, handle: TcpListener) {
        let Some(listener) = self.listeners.get(&handle) else {
            return;
        };
        let (spare, port) = (listener.spare, listener.port);
        let taken = self.slots.get(spare);
        let taken = taken.filter(|socket| socket.is_active()).map(peer);
        let fresh = taken.map(|tuple| {
            self.slots.assign(spare, Owner::Listener(handle), tuple);
            self.spare(port, handle)
        });
        let (slots, listeners) = (&mut self.slots, &mut self.listeners);
        let Some(listener) = listeners.get_mut(&handle) else {
            return;
        };
        if let Some(fresh) = fresh {
            listener.backlog.push_back(spare);
            listener.spare = fresh;
        }
        listener.backlog.retain(|&slot| {
            // A RST in the handshake sends it back to listening: it is one too many.
            let dead = matches!(slots.state(slot), tcp::State::Closed | tcp::State::Listen);
            if dead {
                slots.remove(slot);
            }
            !dead
        });
        while listener.backlog.len() > MAX_BACKLOG {
            if let Some(oldest) = listener.backlog.pop_front() {
                slots.remove(oldest);
            }
        }
    }
}
