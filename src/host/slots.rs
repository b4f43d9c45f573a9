//! The TCP sockets of a stack, each in a set of its own.
//!
//! smoltcp looks at every socket of a set whenever the set is polled. With a
//! set for each, a packet costs what it touches, however many connections a
//! host has. Slots are numbered as one set would number its sockets, the
//! lowest free number first, and are served in that order.

use std::collections::BTreeSet;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;

use super::sockets::{TcpHandle, TcpListener, TcpStatus};
use super::tcp_header::{Ends, Tuple};

/// The place of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SlotId(pub u32);

impl SlotId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a socket is for.
#[derive(Debug)]
pub(super) enum Owner {
    Connection(Connection),
    /// It listens, or waits in the backlog of a listener.
    Listener(TcpListener),
}

/// One TCP connection of an actor.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) handle: TcpHandle,
    pub(super) tuple: Tuple,
    /// It has been established.
    pub(super) established: bool,
    /// The peer's FIN has arrived.
    pub(super) fin_received: bool,
    /// We have closed, or aborted.
    pub(super) closed: bool,
    /// How it stood when it was last looked at.
    pub(super) state: tcp::State,
    /// How it failed, when the stack cannot know.
    pub(super) failed: Option<TcpStatus>,
    /// Its actor has given it back: it goes when it has ended.
    pub(super) forgotten: bool,
    /// Something may have changed since its actor last looked.
    pub(super) news: bool,
}

impl Connection {
    pub(super) fn new(handle: TcpHandle, tuple: Tuple) -> Connection {
        Connection {
            handle,
            tuple,
            established: false,
            fin_received: false,
            closed: false,
            state: tcp::State::Closed,
            failed: None,
            forgotten: false,
            news: true,
        }
    }

    /// It is neither closed nor in TIME-WAIT.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.state, tcp::State::Closed | tcp::State::TimeWait)
    }

    /// Where it stands, in an actor's words.
    pub(super) fn status(&self, socket: &tcp::Socket<'_>) -> TcpStatus {
        if let Some(failed) = self.failed {
            return failed;
        }
        match socket.state() {
            tcp::State::Listen | tcp::State::SynSent | tcp::State::SynReceived => {
                TcpStatus::Connecting
            }
            tcp::State::Established | tcp::State::FinWait1 | tcp::State::FinWait2 => {
                TcpStatus::Open
            }
            tcp::State::CloseWait | tcp::State::LastAck | tcp::State::Closing => {
                match socket.recv_queue() {
                    0 => TcpStatus::PeerClosed,
                    _ => TcpStatus::Open,
                }
            }
            tcp::State::TimeWait => match socket.recv_queue() {
                0 => TcpStatus::Closed,
                _ => TcpStatus::Open,
            },
            tcp::State::Closed if !self.established => TcpStatus::Refused,
            tcp::State::Closed if self.fin_received && self.closed => TcpStatus::Closed,
            tcp::State::Closed => TcpStatus::Reset,
        }
    }
}

/// Never, where an instant in microseconds is meant.
const NEVER: i64 = i64::MAX;

struct Slot {
    set: SocketSet<'static>,
    socket: SocketHandle,
    owner: Owner,
    tuple: Option<Tuple>,
    stirred: bool,
}

impl Slot {
    fn socket(&self) -> &tcp::Socket<'static> {
        self.set.get(self.socket)
    }
}

/// The sockets of a stack.
pub(super) struct Slots {
    slots: Vec<Option<Slot>>,
    /// When smoltcp asks to be polled for each slot again, in microseconds.
    due: Vec<i64>,
    /// When the first of all is.
    soonest: i64,
    /// Slots to which something has happened since they were last served.
    stirred: Vec<SlotId>,
    /// Slots with a peer. Two may share a tuple: a connection in TIME-WAIT,
    /// and the one that takes its place.
    by_tuple: BTreeSet<(Tuple, SlotId)>,
    /// What was found last in `by_tuple`: packets come in rows.
    last_found: Option<(Ends, SlotId)>,
}

impl Slots {
    pub(super) fn new() -> Slots {
        Slots {
            slots: Vec::new(),
            due: Vec::new(),
            soonest: NEVER,
            stirred: Vec::new(),
            by_tuple: BTreeSet::new(),
            last_found: None,
        }
    }

    /// Where the next socket will be: the lowest free place.
    pub(super) fn next(&self) -> SlotId {
        let free = self.slots.iter().position(Option::is_none);
        SlotId(free.unwrap_or(self.slots.len()) as u32)
    }

    /// Puts a socket into the next place.
    pub(super) fn add(
        &mut self,
        socket: tcp::Socket<'static>,
        owner: Owner,
        tuple: Option<Tuple>,
    ) -> SlotId {
        let id = self.next();
        if id.index() == self.slots.len() {
            self.slots.push(None);
            self.due.push(NEVER);
        }
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let socket = set.add(socket);
        self.slots[id.index()] = Some(Slot {
            set,
            socket,
            owner,
            tuple,
            stirred: false,
        });
        self.index(tuple, id);
        self.stir(id);
        id
    }

    fn index(&mut self, tuple: Option<Tuple>, id: SlotId) {
        self.by_tuple.extend(tuple.map(|tuple| (tuple, id)));
        self.last_found = None;
    }

    fn unindex(&mut self, tuple: Option<Tuple>, id: SlotId) {
        if let Some(tuple) = tuple {
            self.by_tuple.remove(&(tuple, id));
        }
        self.last_found = None;
    }

    /// Puts another socket into a place, with no peer.
    pub(super) fn replace(&mut self, id: SlotId, socket: tcp::Socket<'static>) {
        let Some(slot) = self.slot_mut(id) else {
            return;
        };
        slot.set = SocketSet::new(Vec::with_capacity(1));
        slot.socket = slot.set.add(socket);
        let tuple = slot.tuple.take();
        self.unindex(tuple, id);
        self.stir(id);
    }

    pub(super) fn remove(&mut self, id: SlotId) {
        let Some(slot) = self.slots.get_mut(id.index()).and_then(Option::take) else {
            return;
        };
        self.set_due(id, NEVER);
        self.unindex(slot.tuple, id);
        if slot.stirred {
            self.stirred.retain(|&other| other != id);
        }
    }

    fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(id.index())?.as_ref()
    }

    fn slot_mut(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.slots.get_mut(id.index())?.as_mut()
    }

    pub(super) fn get(&self, id: SlotId) -> Option<&tcp::Socket<'static>> {
        self.slot(id).map(Slot::socket)
    }

    /// The socket, to do something to it.
    pub(super) fn get_mut(&mut self, id: SlotId) -> Option<&mut tcp::Socket<'static>> {
        let slot = self.stir(id)?;
        Some(slot.set.get_mut(slot.socket))
    }

    /// The connection of a socket stands as it was last noted, and somebody holds it.
    #[inline(always)]
    pub(super) fn is_as_noted(&self, id: SlotId) -> bool {
        self.slot(id).is_some_and(|slot| match &slot.owner {
            Owner::Connection(connection) => {
                connection.state == slot.socket().state() && !connection.forgotten
            }
            Owner::Listener(_) => false,
        })
    }

    /// What a socket is for, and how it stands.
    pub(super) fn owner_and_state(&mut self, id: SlotId) -> Option<(&mut Owner, tcp::State)> {
        let slot = self.slot_mut(id)?;
        let state = slot.socket().state();
        Some((&mut slot.owner, state))
    }

    /// The connection of this handle, and its socket.
    pub(super) fn connection(
        &self,
        handle: TcpHandle,
    ) -> Option<(&Connection, &tcp::Socket<'static>)> {
        let slot = self.slot(handle.slot)?;
        match &slot.owner {
            Owner::Connection(c) if c.handle == handle => Some((c, slot.socket())),
            _ => None,
        }
    }

    /// The connection of this handle, to change what is noted of it.
    pub(super) fn connection_mut(&mut self, handle: TcpHandle) -> Option<&mut Connection> {
        match &mut self.slot_mut(handle.slot)?.owner {
            Owner::Connection(c) if c.handle == handle => Some(c),
            _ => None,
        }
    }

    /// How many sockets there are.
    pub(super) fn count(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// All connections, in the order of their places.
    pub(super) fn connections(&self) -> impl Iterator<Item = &Connection> {
        let slots = self.slots.iter().flatten();
        slots.filter_map(|slot| match &slot.owner {
            Owner::Connection(connection) => Some(connection),
            Owner::Listener(_) => None,
        })
    }

    /// A socket that listened has a peer now, or is somebody else's.
    pub(super) fn assign(&mut self, id: SlotId, owner: Owner, tuple: Option<Tuple>) {
        let Some(slot) = self.slot_mut(id) else {
            return;
        };
        slot.owner = owner;
        let before = core::mem::replace(&mut slot.tuple, tuple);
        self.unindex(before, id);
        self.index(tuple, id);
    }

    /// How the connection stands; what is gone is closed.
    pub(super) fn state(&self, id: SlotId) -> tcp::State {
        self.get(id)
            .map_or(tcp::State::Closed, |socket| socket.state())
    }

    /// The first socket whose peer sends packets from and to these.
    #[inline(always)]
    pub(super) fn find(&mut self, ends: Ends) -> Option<SlotId> {
        if let Some((last, id)) = self.last_found
            && last == ends
            && self.state(id) != tcp::State::Closed
        {
            return Some(id);
        }
        self.find_anew(ends)
    }

    /// The same of others than the last one.
    #[inline(never)]
    fn find_anew(&mut self, ends: Ends) -> Option<SlotId> {
        let id = self.find_tuple(ends.tuple())?;
        self.last_found = Some((ends, id));
        Some(id)
    }

    /// The first socket of this tuple that is not closed.
    pub(super) fn find_tuple(&self, tuple: Tuple) -> Option<SlotId> {
        let all = (tuple, SlotId(0))..=(tuple, SlotId(u32::MAX));
        let mut found = self.by_tuple.range(all).map(|&(_, id)| id);
        found.find(|&id| self.state(id) != tcp::State::Closed)
    }

    /// Moves bytes in or out of a connection: how many. Nothing has happened to
    /// it if there are none.
    pub(super) fn exchange<E>(
        &mut self,
        handle: TcpHandle,
        moved: impl FnOnce(&mut tcp::Socket<'static>) -> Result<usize, E>,
    ) -> usize {
        let Some(slot) = self.slot_mut(handle.slot) else {
            return 0;
        };
        if !matches!(&slot.owner, Owner::Connection(c) if c.handle == handle) {
            return 0;
        }
        let count = moved(slot.set.get_mut(slot.socket)).unwrap_or(0);
        if count > 0 {
            self.stir_quietly(handle.slot);
        }
        count
    }

    /// Lets smoltcp look for what a socket has to send.
    pub(super) fn serve<R>(
        &mut self,
        id: SlotId,
        serve: impl FnOnce(&mut SocketSet<'static>) -> R,
    ) -> Option<R> {
        self.slot_mut(id).map(|slot| serve(&mut slot.set))
    }

    /// Lets smoltcp take a packet in for one socket.
    pub(super) fn poll<R>(
        &mut self,
        id: SlotId,
        poll: impl FnOnce(&mut SocketSet<'static>) -> R,
    ) -> Option<R> {
        self.stir(id).map(|slot| poll(&mut slot.set))
    }

    /// Something has happened to a socket: it will be served, and its actor
    /// should look at it.
    fn stir(&mut self, id: SlotId) -> Option<&mut Slot> {
        let slot = self.stir_quietly(id)?;
        if let Owner::Connection(connection) = &mut slot.owner {
            connection.news = true;
        }
        Some(slot)
    }

    /// The same, of something that its actor knows.
    fn stir_quietly(&mut self, id: SlotId) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(id.index())?.as_mut()?;
        if !core::mem::replace(&mut slot.stirred, true) {
            self.stirred.push(id);
        }
        Some(slot)
    }

    /// Some slot is to be served at `now`.
    pub(super) fn is_stirred(&self, now: Instant) -> bool {
        !self.stirred.is_empty() || self.soonest <= now.total_micros()
    }

    /// The slot to be served at `now`, if there is one and it alone: nearly
    /// always.
    #[inline]
    pub(super) fn take_only_stirred(&mut self, now: Instant) -> Option<SlotId> {
        let [only] = self.stirred[..] else {
            return None;
        };
        if self.soonest <= now.total_micros() {
            return None;
        }
        self.stirred.clear();
        self.slot_mut(only)?.stirred = false;
        Some(only)
    }

    /// The slots to be served at `now`, in their order: those to which
    /// something has happened, and those whose time has come.
    pub(super) fn take_stirred(&mut self, now: Instant) -> Vec<SlotId> {
        if self.soonest <= now.total_micros() {
            for index in 0..self.due.len() {
                if self.due[index] <= now.total_micros() {
                    self.stir(SlotId(index as u32));
                }
            }
        }
        let mut taken = core::mem::take(&mut self.stirred);
        taken.sort_unstable();
        for id in &taken {
            if let Some(slot) = self.slot_mut(*id) {
                slot.stirred = false;
            }
        }
        taken
    }

    /// Notes when this slot must be polled again.
    pub(super) fn note_due(&mut self, id: SlotId, at: Option<Instant>) {
        self.set_due(id, at.map_or(NEVER, |at| at.total_micros()));
    }

    /// It will be due; nothing but a packet stirs it if not.
    pub(super) fn is_due(&self, id: SlotId) -> bool {
        self.due.get(id.index()).is_some_and(|at| *at != NEVER)
    }

    fn set_due(&mut self, id: SlotId, at: i64) {
        let Some(due) = self.due.get_mut(id.index()) else {
            return;
        };
        let before = core::mem::replace(due, at);
        if at <= self.soonest {
            self.soonest = at;
        } else if before <= self.soonest {
            self.find_soonest();
        }
    }

    /// What was the soonest is so no longer: another is.
    #[inline(never)]
    fn find_soonest(&mut self) {
        self.soonest = self.due.iter().copied().min().unwrap_or(NEVER);
    }

    /// When the first of all slots is due, in microseconds.
    pub(super) fn poll_timeout(&self) -> Option<i64> {
        (self.soonest != NEVER).then_some(self.soonest)
    }
}
