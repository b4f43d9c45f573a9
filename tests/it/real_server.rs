//! The sans-IO server on real sockets, for real peers to be tried on it. Test only.

#![allow(
    clippy::disallowed_types,
    reason = "real peers need real sockets and a real clock"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wirelab::ftp::files::Files;
use wirelab::ftp::io::{Action, ControlEvent, DataEvent, Endpoint};
use wirelab::ftp::server::{Config, Server, SessionId};
use wirelab::time::Instant;

/// A server that runs until it is dropped.
pub struct RealServer {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl RealServer {
    pub fn start(config: Config, files: Files) -> RealServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread =
            std::thread::spawn(move || serve(&listener, Server::new(config, files), &stopped));
        RealServer {
            address,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server did not panic");
        }
    }
}

fn serve(listener: &TcpListener, mut server: Server, stop: &AtomicBool) {
    let began = std::time::Instant::now();
    let mut lines: Vec<Line> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let now = Instant::ZERO + began.elapsed();
        while let Ok((stream, peer)) = listener.accept() {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            let id = server.open(stream.local_addr().unwrap(), peer);
            let mut line = Line::new(id, stream);
            let mut session = server.session(id).unwrap();
            session.handle_control(now, ControlEvent::Connected);
            line.act(now, &mut session);
            lines.push(line);
        }
        let mut busy = false;
        lines.retain_mut(|line| {
            let mut session = server.session(line.id).unwrap();
            busy |= line.pump(now, &mut session);
            if line.over {
                server.close(line.id);
            }
            !line.over
        });
        if !busy {
            std::thread::sleep(Duration::from_micros(300));
        }
    }
}

/// The sockets of one session.
struct Line {
    id: SessionId,
    control: TcpStream,
    unsent: Vec<u8>,
    closing: bool,
    eof: bool,
    over: bool,
    listener: Option<TcpListener>,
    data: Option<Data>,
}

struct Data {
    stream: TcpStream,
    unsent: Vec<u8>,
    acknowledged: bool,
    closing: bool,
    closed: bool,
    eof: bool,
}

impl Line {
    fn new(id: SessionId, control: TcpStream) -> Line {
        Line {
            id,
            control,
            unsent: Vec::new(),
            closing: false,
            eof: false,
            over: false,
            listener: None,
            data: None,
        }
    }

    /// True if anything happened.
    fn pump(&mut self, now: Instant, session: &mut dyn Endpoint) -> bool {
        let mut busy = false;
        if session.poll_timeout().is_some_and(|at| at <= now) {
            session.handle_timeout(now);
            busy = true;
        }
        if let Some(Ok((stream, peer))) = self.listener.as_ref().map(TcpListener::accept) {
            self.listener = None;
            self.adopt(stream);
            session.handle_data(now, DataEvent::Connected(peer));
            busy = true;
        }
        busy |= self.hear_data(now, session);
        let mut room = [0; 4096];
        let most = session.control_room().min(room.len());
        match self.control.read(&mut room[..most]) {
            Ok(0) if most > 0 && !self.eof => {
                self.eof = true;
                session.handle_control(now, ControlEvent::Eof);
            }
            Ok(count) if count > 0 => {
                session.handle_control(now, ControlEvent::Received(&room[..count]));
                busy = true;
            }
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                session.handle_control(now, ControlEvent::Reset);
                self.over = true;
            }
            _ => {}
        }
        self.act(now, session);
        busy |= self.fill(now, session);
        self.act(now, session);
        busy
    }

    fn adopt(&mut self, stream: TcpStream) {
        stream.set_nonblocking(true).unwrap();
        stream.set_nodelay(true).unwrap();
        self.data = Some(Data {
            stream,
            unsent: Vec::new(),
            acknowledged: true,
            closing: false,
            closed: false,
            eof: false,
        });
    }

    fn hear_data(&mut self, now: Instant, session: &mut dyn Endpoint) -> bool {
        let Some(data) = &mut self.data else {
            return false;
        };
        let mut room = [0; 65536];
        let mut events = Vec::new();
        match data.stream.read(&mut room) {
            Ok(0) if !data.eof => {
                data.eof = true;
                events.push(DataEvent::Eof);
            }
            Ok(count) if count > 0 => events.push(DataEvent::Received(&room[..count])),
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                self.data = None;
                session.handle_data(now, DataEvent::Reset);
                return true;
            }
            _ => {}
        }
        if data.eof && data.closed {
            events.push(DataEvent::Closed);
        }
        if data.unsent.is_empty() && !data.acknowledged {
            data.acknowledged = true;
            events.push(DataEvent::Acknowledged);
        }
        let gone = events.contains(&DataEvent::Closed);
        let busy = !events.is_empty();
        for event in events {
            session.handle_data(now, event);
        }
        if gone {
            self.data = None;
        }
        busy
    }

    fn act(&mut self, now: Instant, session: &mut dyn Endpoint) {
        while let Some(action) = session.poll_action() {
            match action {
                Action::SendControl(bytes) | Action::SendUrgent(bytes) => {
                    self.unsent.extend_from_slice(&bytes)
                }
                Action::CloseControl => self.closing = true,
                Action::AbortControl => self.over = true,
                Action::Listen { .. } => {
                    let ip = self.control.local_addr().unwrap().ip();
                    let listener = TcpListener::bind((ip, 0)).unwrap();
                    listener.set_nonblocking(true).unwrap();
                    let address = listener.local_addr().unwrap();
                    self.listener = Some(listener);
                    session.handle_data(now, DataEvent::Listening(address));
                }
                Action::Unlisten => self.listener = None,
                Action::ConnectData { to, .. } => match TcpStream::connect(to) {
                    Ok(stream) => {
                        self.adopt(stream);
                        session.handle_data(now, DataEvent::Connected(to));
                    }
                    Err(_) => session.handle_data(now, DataEvent::Refused),
                },
                Action::CloseData => {
                    if let Some(data) = &mut self.data {
                        data.closing = true;
                    }
                }
                Action::AbortData => self.data = None,
            }
        }
        if let Ok(count) = self.control.write(&self.unsent) {
            self.unsent.drain(..count);
        }
        if self.closing && self.unsent.is_empty() {
            let _ = self.control.shutdown(Shutdown::Both);
            self.over = true;
        }
    }

    fn fill(&mut self, now: Instant, session: &mut dyn Endpoint) -> bool {
        let Some(data) = &mut self.data else {
            return false;
        };
        let mut busy = false;
        if data.unsent.is_empty() && !data.closing {
            let mut room = vec![0; 65536];
            let count = session.fill_data(now, &mut room);
            room.truncate(count);
            data.acknowledged &= count == 0;
            data.unsent = room;
        }
        if !data.unsent.is_empty()
            && let Ok(count) = data.stream.write(&data.unsent)
        {
            data.unsent.drain(..count);
            busy = true;
        }
        // A machine may have closed the connection while it was being filled.
        self.act(now, session);
        if let Some(data) = &mut self.data
            && data.closing
            && !data.closed
            && data.unsent.is_empty()
        {
            data.closed = true;
            let _ = data.stream.shutdown(Shutdown::Write);
            busy = true;
        }
        busy
    }
}
