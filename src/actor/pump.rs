//! Between an FTP machine and the sockets of its host: what arrived goes in, what it wants comes out.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use crate::ftp::io::{Action, ControlEvent, DataEvent, Endpoint};
use crate::host::{Sockets, TcpHandle, TcpListener, TcpStatus};
use crate::time::{Duration, Instant};

/// The sockets of one FTP session: the control connection, and at most one
/// data connection or listener.
#[derive(Debug)]
pub(super) struct Pump {
    control: TcpHandle,
    stage: Stage,
    /// The peer's FIN has been told.
    eof: bool,
    /// Writes that have not found room yet.
    unsent: VecDeque<Unsent>,
    /// What is done to the control connection once all is written.
    last: Option<Last>,
    data: Option<DataSocket>,
    listener: Option<(TcpListener, u16)>,
    stall: Option<Stall>,
    /// Whom a data connection was last to lead to, until that is asked for.
    called: Option<IpAddr>,
    /// The control connection may have more to tell.
    attentive: bool,
}

/// After so many octets of a data connection nothing is read for a while: a
/// disk is busy, and the window closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// So many octets are read before it.
    pub after: u64,
    /// So long nothing is read.
    pub lasting: Duration,
}

/// A write to the control connection.
#[derive(Debug)]
struct Unsent {
    bytes: Vec<u8>,
    urgent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opening,
    Open,
    /// It has ended, and the machine knows.
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Close,
    Abort,
}

#[derive(Debug)]
struct DataSocket {
    tcp: TcpHandle,
    open: bool,
    /// The peer's FIN has been told.
    eof: bool,
    /// We have closed it.
    closed: bool,
    /// Something was written since the last acknowledgement of everything.
    unacknowledged: bool,
    /// Octets read before it stalls; `None` if it never does, or has done so.
    stalls_after: Option<u64>,
    /// Nothing is read before then.
    stalled_until: Option<Instant>,
    /// It may have more to tell.
    attentive: bool,
    /// There may be more room to write.
    room: bool,
}

/// A machine that keeps asking for more at one instant is stopped here; what
/// it still wants, it gets when something else happens.
const MAX_ROUNDS: usize = 10_000;

impl Pump {
    /// For a control connection that is being opened, or has been accepted.
    pub fn new(control: TcpHandle) -> Pump {
        Pump {
            control,
            stage: Stage::Opening,
            eof: false,
            unsent: VecDeque::new(),
            last: None,
            data: None,
            listener: None,
            stall: None,
            called: None,
            attentive: true,
        }
    }

    /// One whose data connections stall.
    pub fn stalling(self, stall: Option<Stall>) -> Pump {
        Pump { stall, ..self }
    }

    /// When to run although nothing arrives: at the end of a stall.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.data.as_ref()?.stalled_until
    }

    /// Lets the machine hear and act until nothing more happens. `step` is the
    /// step of the script for which it acts.
    pub fn run(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_>,
        machine: &mut dyn Endpoint,
        step: Option<u32>,
    ) {
        let mut due = machine.poll_timeout().is_some_and(|at| at <= now);
        if due {
            machine.handle_timeout(now);
        }
        for _ in 0..MAX_ROUNDS {
            let heard = self.hear_data(now, sockets, machine) | self.hear(now, sockets, machine);
            let mut acted = self.act(now, sockets, machine, step);
            // With nothing new, there is neither more room nor more to say.
            let room = self.data.as_mut().map(|d| core::mem::take(&mut d.room));
            let may_fill = heard || acted || core::mem::take(&mut due) || room == Some(true);
            if may_fill && machine.is_sending() {
                self.fill(now, sockets, machine);
                // The end of a file is found when nothing more fills.
                acted |= self.act(now, sockets, machine, step);
            }
            if self.last.is_some() || !self.unsent.is_empty() {
                self.flush(sockets);
            }
            // What was left for want of room waits for it.
            let attentive = self.attentive || self.data.as_ref().is_some_and(|d| d.attentive);
            if !(acted || heard && attentive) {
                break;
            }
        }
    }

    /// Nothing has happened to the sockets: unless its time has come, there is
    /// no need to [`run`](Pump::run).
    pub fn is_quiet(&self, sockets: &Sockets<'_>) -> bool {
        let quiet = |data: &DataSocket| !data.attentive && !sockets.has_news(data.tcp);
        let done = self.unsent.is_empty() && self.last.is_none();
        done && !self.attentive
            && self
                .listener
                .is_none_or(|(listener, _)| !sockets.has_waiting(listener))
            && !sockets.has_news(self.control)
            && self.data.as_ref().is_none_or(quiet)
    }

    /// Our end of the control connection.
    pub fn control(&self, sockets: &Sockets<'_>) -> Option<SocketAddr> {
        sockets.local(self.control)
    }

    /// Whom a data connection has called since this was last asked for.
    pub fn take_called(&mut self) -> Option<IpAddr> {
        self.called.take()
    }

    /// The control connection has ended, or we have ended it.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Resets the control connection and gives all sockets back.
    pub fn abort(self, sockets: &mut Sockets<'_>) {
        sockets.abort(self.control);
        self.release(sockets);
    }

    /// Gives all sockets back. What was closed in order goes on by itself.
    pub fn release(self, sockets: &mut Sockets<'_>) {
        if let Some((listener, _)) = self.listener {
            sockets.unlisten(listener);
        }
        if let Some(data) = self.data {
            if !data.closed {
                sockets.abort(data.tcp);
            }
            sockets.forget(data.tcp);
        }
        sockets.forget(self.control);
    }

    /// What the control connection has to tell.
    fn hear(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_>,
        machine: &mut dyn Endpoint,
    ) -> bool {
        if self.stage == Stage::Over {
            return false;
        }
        if !(sockets.take_news(self.control) | core::mem::take(&mut self.attentive)) {
            return false;
        }
        let heard = self.hear_control(now, sockets, machine);
        // Bytes may have been left for want of room.
        self.attentive = heard || sockets.unread(self.control) > 0;
        heard
    }

    fn hear_control(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_>,
        machine: &mut dyn Endpoint,
    ) -> bool {
        let status = sockets.status(self.control);
        let established = !matches!(
            status,
            TcpStatus::Connecting | TcpStatus::Refused | TcpStatus::Unreachable
        );
        let mut heard = false;
        if self.stage == Stage::Opening && established {
            self.stage = Stage::Open;
            machine.handle_control(now, ControlEvent::Connected);
            heard = true;
        }
        let room = machine.control_room();
        let taken = sockets.recv_with(self.control, |bytes| {
            let count = bytes.len().min(room);
            let bytes = bytes.get(..count).unwrap_or(&[]);
            if !bytes.is_empty() {
                machine.handle_control(now, ControlEvent::Received(bytes));
            }
            count
        });
        heard |= taken > 0;
        let event = match sockets.status(self.control) {
            TcpStatus::Connecting | TcpStatus::Open => return heard,
            TcpStatus::PeerClosed | TcpStatus::Closed if !self.eof => {
                self.eof = true;
                ControlEvent::Eof
            }
            TcpStatus::PeerClosed => return heard,
            TcpStatus::Closed => {
                self.stage = Stage::Over;
                return true;
            }
            TcpStatus::Refused | TcpStatus::Reset => {
                self.stage = Stage::Over;
                ControlEvent::Reset
            }
            TcpStatus::Unreachable => {
                self.stage = Stage::Over;
                ControlEvent::Unreachable
            }
        };
        machine.handle_control(now, event);
        true
    }

    /// What the data connection and its listener have to tell.
    fn hear_data(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_>,
        machine: &mut dyn Endpoint,
    ) -> bool {
        if let Some((listener, _)) = self.listener
            && let Some(tcp) = sockets.accept(listener)
        {
            self.listener = None;
            sockets.unlisten(listener);
            self.adopt(sockets, tcp);
        }
        let Some(data) = &mut self.data else {
            return false;
        };
        let tcp = data.tcp;
        if !(sockets.take_news(tcp) | core::mem::take(&mut data.attentive)) {
            return false;
        }
        data.room = true;
        let status = sockets.status(tcp);
        let failed = match status {
            TcpStatus::Connecting => return false,
            TcpStatus::Refused => Some(DataEvent::Refused),
            TcpStatus::Unreachable => Some(DataEvent::Unreachable),
            TcpStatus::Reset => Some(DataEvent::Reset),
            TcpStatus::Open | TcpStatus::PeerClosed | TcpStatus::Closed => None,
        };
        if let Some(event) = failed {
            self.data = None;
            sockets.forget(tcp);
            machine.handle_data(now, event);
            return true;
        }
        let mut heard = false;
        if !data.open {
            data.open = true;
            data.attentive = true;
            heard = true;
            if let Some(peer) = sockets.remote(tcp) {
                machine.handle_data(now, DataEvent::Connected(peer));
            }
        }
        data.stalled_until = data.stalled_until.filter(|until| *until > now);
        let room = match data.stalled_until {
            Some(_) => 0,
            None => data.stalls_after.unwrap_or(u64::MAX),
        };
        let taken = sockets.recv_with(tcp, |bytes| {
            let count = usize::try_from(room).map_or(bytes.len(), |room| bytes.len().min(room));
            let bytes = bytes.get(..count).unwrap_or(&[]);
            if !bytes.is_empty() {
                machine.handle_data(now, DataEvent::Received(bytes));
            }
            count
        });
        heard |= taken > 0;
        data.stalls_after = data
            .stalls_after
            .map(|left| left.saturating_sub(taken as u64));
        if data.stalls_after == Some(0) {
            data.stalls_after = None;
            data.stalled_until = self.stall.map(|stall| now + stall.lasting);
        }
        // What is there may be in two pieces, or left for later.
        data.attentive |= sockets.unread(tcp) > 0;
        if data.unacknowledged && sockets.unacknowledged(tcp) == 0 {
            data.unacknowledged = false;
            data.attentive = true;
            heard = true;
            machine.handle_data(now, DataEvent::Acknowledged);
        }
        let status = sockets.status(tcp);
        if matches!(status, TcpStatus::PeerClosed | TcpStatus::Closed) && !data.eof {
            data.eof = true;
            data.attentive = true;
            heard = true;
            machine.handle_data(now, DataEvent::Eof);
        }
        if status == TcpStatus::Closed {
            self.data = None;
            sockets.forget(tcp);
            heard = true;
            machine.handle_data(now, DataEvent::Closed);
        }
        heard
    }

    /// Takes a data connection in the place of the one before.
    fn adopt(&mut self, sockets: &mut Sockets<'_>, tcp: TcpHandle) {
        let before = self.data.replace(DataSocket {
            tcp,
            open: false,
            eof: false,
            closed: false,
            unacknowledged: false,
            stalls_after: self.stall.map(|stall| stall.after),
            stalled_until: None,
            attentive: true,
            room: false,
        });
        if let Some(before) = before {
            if !before.closed {
                sockets.abort(before.tcp);
            }
            sockets.forget(before.tcp);
        }
    }

    /// Does what the machine asks for.
    fn act(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_>,
        machine: &mut dyn Endpoint,
        step: Option<u32>,
    ) -> bool {
        let mut acted = false;
        while let Some(action) = machine.poll_action() {
            acted = true;
            if let Some(step) = step {
                sockets.begin_step(step);
            }
            match action {
                Action::SendControl(bytes) => self.write(sockets, bytes, false),
                Action::SendUrgent(bytes) => self.write(sockets, bytes, true),
                Action::CloseControl => {
                    self.last.get_or_insert(Last::Close);
                }
                Action::AbortControl => self.last = Some(Last::Abort),
                Action::Listen { port } => {
                    let address = self.listen(sockets, port);
                    machine.handle_data(now, DataEvent::Listening(address));
                }
                Action::Unlisten => {
                    if let Some((listener, _)) = self.listener.take() {
                        sockets.unlisten(listener);
                    }
                }
                Action::ConnectData { to, from } => {
                    self.called = Some(to.ip());
                    let tcp = sockets.connect(to, from);
                    self.adopt(sockets, tcp);
                }
                Action::CloseData => {
                    if let Some(data) = self.data.as_mut().filter(|data| !data.closed) {
                        data.closed = true;
                        sockets.close(data.tcp);
                    }
                }
                Action::AbortData => {
                    if let Some(data) = self.data.take() {
                        // Nobody has answered: there is nothing to reset.
                        if sockets.status(data.tcp) != TcpStatus::Connecting {
                            sockets.abort(data.tcp);
                        }
                        sockets.forget(data.tcp);
                    }
                }
            }
        }
        acted
    }

    fn listen(&mut self, sockets: &mut Sockets<'_>, port: Option<u16>) -> SocketAddr {
        if let Some((listener, _)) = self.listener.take() {
            sockets.unlisten(listener);
        }
        let port = port.unwrap_or_else(|| sockets.ephemeral_port());
        self.listener = Some((sockets.listen(port), port));
        let local = sockets.local(self.control).map(|local| local.ip());
        let unspecified = std::net::Ipv4Addr::UNSPECIFIED.into();
        SocketAddr::new(local.unwrap_or(unspecified), port)
    }

    /// Hands over the bytes of a file being sent.
    fn fill(&mut self, now: Instant, sockets: &mut Sockets<'_>, machine: &mut dyn Endpoint) {
        let Some(data) = self.data.as_mut().filter(|data| data.open && !data.closed) else {
            return;
        };
        loop {
            let count = sockets.send_with(data.tcp, |room| match room.is_empty() {
                true => 0,
                false => machine.fill_data(now, room),
            });
            if count == 0 {
                return;
            }
            data.unacknowledged = true;
        }
    }

    fn write(&mut self, sockets: &mut Sockets<'_>, bytes: Vec<u8>, urgent: bool) {
        if self.last.is_none() {
            self.unsent.push_back(Unsent { bytes, urgent });
            self.flush(sockets);
        }
    }

    /// Writes what waits, and then closes if that was asked for.
    fn flush(&mut self, sockets: &mut Sockets<'_>) {
        while let Some(Unsent { bytes, urgent }) = self.unsent.front_mut() {
            let sent = match urgent {
                true => sockets.send_urgent(self.control, bytes),
                false => sockets.send(self.control, bytes),
            };
            if sent < bytes.len() {
                bytes.drain(..sent);
                break;
            }
            self.unsent.pop_front();
        }
        if self.stage == Stage::Over {
            return;
        }
        match self.last {
            Some(Last::Abort) => sockets.abort(self.control),
            Some(Last::Close) if self.unsent.is_empty() => sockets.close(self.control),
            _ => return,
        }
        self.stage = Stage::Over;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Actor;
    use crate::actor::echo::EchoServer;
    use crate::host::{Host, HostConfig, Ipv4Cidr};
    use crate::net::Node;
    use crate::rng::Seed;
    use crate::trace::{ActorId, PortId};
    use std::cell::Cell;
    use std::rc::Rc;

    /// Says something once, takes no answer in, and counts how often it is asked.
    struct Deaf {
        unsaid: bool,
        asked: Rc<Cell<usize>>,
    }

    impl Endpoint for Deaf {
        fn handle_control(&mut self, _: Instant, _: ControlEvent<'_>) {}
        fn handle_data(&mut self, _: Instant, _: DataEvent<'_>) {}
        fn handle_timeout(&mut self, _: Instant) {}
        fn poll_action(&mut self) -> Option<Action> {
            self.asked.set(self.asked.get() + 1);
            let unsaid = core::mem::take(&mut self.unsaid);
            unsaid.then(|| Action::SendControl(b"hello".to_vec()))
        }
        fn fill_data(&mut self, _: Instant, _: &mut [u8]) -> usize {
            0
        }
        fn poll_timeout(&self) -> Option<Instant> {
            None
        }
        fn control_room(&self) -> usize {
            0
        }
    }

    struct Caller(Deaf, Option<Pump>, Rc<Cell<usize>>);

    impl Actor for Caller {
        fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
            let Caller(machine, pump, unread) = self;
            let pump = pump
                .get_or_insert_with(|| Pump::new(sockets.connect(([10, 2, 0, 1], 7).into(), None)));
            pump.run(now, sockets, machine, None);
            unread.set(sockets.unread(pump.control));
        }
        fn poll_timeout(&self) -> Option<Instant> {
            self.1.is_none().then_some(Instant::ZERO)
        }
    }

    #[test]
    fn what_is_left_unread_is_not_asked_for_again_and_again() {
        let (asked, unread) = (Rc::default(), Rc::default());
        let deaf = Deaf {
            unsaid: true,
            asked: Rc::clone(&asked),
        };
        let caller: Box<dyn Actor> = Box::new(Caller(deaf, None, Rc::clone(&unread)));
        let server: Box<dyn Actor> = Box::new(EchoServer::new(7));
        let mut hosts = [(server, 1), (caller, 2)].map(|(actor, last)| {
            let address = [10, 2, 0, last].into();
            let mut config = HostConfig::new(
                "host",
                Ipv4Cidr {
                    address,
                    prefix: 24,
                },
            );
            config.mac = Some(crate::wire::MacAddr([2, 0, 0, 0, 0, last]));
            let mut host = Host::new(&config, Seed(1));
            host.add_actor(ActorId(0), actor, Seed(1).derive("actor"));
            host
        });
        // Two hosts at the ends of one cable.
        for turn in 0..100 {
            let now = Instant::ZERO + Duration::from_millis(10) * turn;
            for at in [0, 1] {
                if hosts[at].poll_timeout().is_some_and(|due| due <= now) {
                    hosts[at].handle_timeout(now);
                }
                while let Some(transmit) = hosts[at].poll_transmit(now) {
                    hosts[1 - at].handle_frame(now, PortId(0), &transmit.frame);
                }
            }
        }
        assert_eq!(unread.get(), 5, "the echo came, and was left");
        assert!(
            (1..100).contains(&asked.get()),
            "asked {} times",
            asked.get()
        );
    }
}
