//! A TCP discard pair: bytes that nobody looks at, as many as you like (RFC 863).

use std::net::SocketAddr;

use super::{Actor, Outcome, Report};
use crate::host::{Sockets, TcpHandle, TcpListener, TcpStatus};
use crate::time::Instant;

/// Listens at a port and throws away whatever arrives, until the peer closes.
#[derive(Debug)]
pub struct DiscardServer {
    port: u16,
    listener: Option<TcpListener>,
    peers: Vec<TcpHandle>,
    discarded: u64,
}

impl DiscardServer {
    /// A discard server at `port` (9, by RFC 863).
    pub fn new(port: u16) -> DiscardServer {
        DiscardServer {
            port,
            listener: None,
            peers: Vec::new(),
            discarded: 0,
        }
    }
}

impl Actor for DiscardServer {
    fn step(&mut self, _now: Instant, sockets: &mut Sockets<'_>) {
        let port = self.port;
        let listener = *self.listener.get_or_insert_with(|| sockets.listen(port));
        self.peers
            .extend(std::iter::from_fn(|| sockets.accept(listener)));
        let discarded = &mut self.discarded;
        self.peers.retain(|&peer| {
            if !sockets.take_news(peer) {
                return true;
            }
            loop {
                match sockets.recv_with(peer, |bytes| bytes.len()) {
                    0 => break,
                    count => *discarded += count as u64,
                }
            }
            match sockets.status(peer) {
                TcpStatus::Open | TcpStatus::Connecting => return true,
                TcpStatus::PeerClosed => sockets.close(peer),
                _ => {}
            }
            sockets.forget(peer);
            false
        });
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Says how many bytes were thrown away.
    fn report(&self) -> Report {
        Report {
            lines: vec![format!("discarded {} bytes", self.discarded)],
            ..Report::default()
        }
    }
}

/// Connects, sends so many zeros, waits until the last is acknowledged, and closes.
#[derive(Debug)]
pub struct DiscardClient {
    server: SocketAddr,
    /// Bytes not written yet.
    left: u64,
    connection: Option<TcpHandle>,
    outcome: Outcome,
}

impl DiscardClient {
    /// A client that sends `count` bytes to `server`.
    pub fn new(server: SocketAddr, count: u64) -> DiscardClient {
        DiscardClient {
            server,
            left: count,
            connection: None,
            outcome: Outcome::Running,
        }
    }
}

impl Actor for DiscardClient {
    fn step(&mut self, _now: Instant, sockets: &mut Sockets<'_>) {
        if self.outcome != Outcome::Running {
            return;
        }
        let connection = *self.connection.get_or_insert_with(|| {
            sockets.begin_step(0);
            sockets.connect(self.server, None)
        });
        if !sockets.take_news(connection) {
            return;
        }
        match sockets.status(connection) {
            TcpStatus::Connecting => return,
            TcpStatus::Open => {}
            status => {
                self.outcome = Outcome::Failed {
                    step: 0,
                    message: format!("the connection ended early: {status:?}"),
                };
                return sockets.forget(connection);
            }
        }
        while self.left > 0 {
            let left = usize::try_from(self.left).unwrap_or(usize::MAX);
            let written = sockets.send_with(connection, |room| {
                let len = room.len().min(left);
                room[..len].fill(0);
                len
            });
            if written == 0 {
                return;
            }
            self.left -= written as u64;
        }
        if sockets.unacknowledged(connection) == 0 {
            self.outcome = Outcome::Finished;
            sockets.close(connection);
            sockets.forget(connection);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn is_done(&self) -> bool {
        self.outcome != Outcome::Running
    }

    fn report(&self) -> Report {
        Report {
            outcome: self.outcome.clone(),
            ..Report::default()
        }
    }
}
