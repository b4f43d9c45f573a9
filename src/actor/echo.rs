//! A TCP echo pair: the smallest actors there are, to copy from when you bring your own (RFC 862).

use std::net::SocketAddr;

use super::{Actor, Outcome, Report};
use crate::host::{Sockets, TcpHandle, TcpListener, TcpStatus};
use crate::time::Instant;

/// Listens at a port and sends back whatever arrives, until the peer closes.
#[derive(Debug)]
pub struct EchoServer {
    port: u16,
    listener: Option<TcpListener>,
    peers: Vec<TcpHandle>,
}

impl EchoServer {
    /// An echo server at `port` (7, by RFC 862).
    pub fn new(port: u16) -> EchoServer {
        EchoServer {
            port,
            listener: None,
            peers: Vec::new(),
        }
    }
}

impl Actor for EchoServer {
    fn step(&mut self, _now: Instant, sockets: &mut Sockets<'_>) {
        let port = self.port;
        let listener = *self.listener.get_or_insert_with(|| sockets.listen(port));
        self.peers
            .extend(std::iter::from_fn(|| sockets.accept(listener)));
        self.peers.retain(|&peer| {
            // Takes no more than it can send back: the rest waits in the
            // socket, whose window closes meanwhile.
            loop {
                let mut heard = Vec::new();
                sockets.recv_with(peer, |bytes| {
                    heard.extend_from_slice(bytes);
                    0
                });
                let echoed = sockets.send(peer, &heard);
                if sockets.recv_with(peer, |_| echoed) == 0 {
                    break;
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
}

/// Connects, says one thing, waits until it has come back, and closes.
#[derive(Debug)]
pub struct EchoClient {
    server: SocketAddr,
    message: Vec<u8>,
    connection: Option<TcpHandle>,
    sent: usize,
    heard: Vec<u8>,
    outcome: Outcome,
}

impl EchoClient {
    /// A client that says `message` to `server`.
    pub fn new(server: SocketAddr, message: impl Into<Vec<u8>>) -> EchoClient {
        EchoClient {
            server,
            message: message.into(),
            connection: None,
            sent: 0,
            heard: Vec::new(),
            outcome: Outcome::Running,
        }
    }
}

impl Actor for EchoClient {
    fn step(&mut self, _now: Instant, sockets: &mut Sockets<'_>) {
        if self.outcome != Outcome::Running {
            return;
        }
        let connection = *self.connection.get_or_insert_with(|| {
            sockets.begin_step(0);
            sockets.connect(self.server, None)
        });
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
        self.sent += sockets.send(connection, &self.message[self.sent..]);
        let heard = &mut self.heard;
        while sockets.recv_with(connection, |bytes| {
            heard.extend_from_slice(bytes);
            bytes.len()
        }) > 0
        {}
        if self.heard.len() >= self.message.len() {
            self.outcome = match self.heard == self.message {
                true => Outcome::Finished,
                false => Outcome::Failed {
                    step: 0,
                    message: "what came back is not what was sent".into(),
                },
            };
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
