//! An FTP server on a simulated host.

use super::pump::Pump;
use super::{Actor, Report};
use crate::ftp::files::Files;
use crate::ftp::io::Endpoint;
use crate::ftp::server::{Config, Server, SessionId};
use crate::host::{Sockets, TcpListener};
use crate::time::Instant;

/// An FTP server on a simulated host: the server's machine, and its sockets.
#[derive(Debug)]
pub struct FtpServer {
    server: Server,
    port: u16,
    listener: Option<TcpListener>,
    sessions: Vec<Session>,
    wake_at: Option<Instant>,
}

/// One session: its sockets, and when it acts although nothing arrives.
#[derive(Debug)]
struct Session {
    id: SessionId,
    pump: Pump,
    next_at: Option<Instant>,
}

impl FtpServer {
    /// A server that listens at `port` (21, usually).
    pub fn new(config: Config, files: Files, port: u16) -> FtpServer {
        FtpServer {
            server: Server::new(config, files),
            port,
            listener: None,
            sessions: Vec::new(),
            wake_at: None,
        }
    }

    fn accept(&mut self, sockets: &mut Sockets<'_>) {
        let port = self.port;
        let listener = *self.listener.get_or_insert_with(|| sockets.listen(port));
        while let Some(tcp) = sockets.accept(listener) {
            if let (Some(local), Some(peer)) = (sockets.local(tcp), sockets.remote(tcp)) {
                let id = self.server.open(local, peer);
                self.sessions.push(Session {
                    id,
                    pump: Pump::new(tcp),
                    next_at: None,
                });
            }
        }
    }
}

impl Actor for FtpServer {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        self.accept(sockets);
        self.wake_at = None;
        let FtpServer {
            server,
            sessions,
            wake_at,
            ..
        } = self;
        let mut over = Vec::new();
        for (index, session) in sessions.iter_mut().enumerate() {
            let Session { id, pump, next_at } = session;
            let due = next_at.is_some_and(|at| at <= now);
            if due || !pump.is_quiet(sockets) {
                let Some(mut machine) = server.session(*id) else {
                    over.push(index);
                    continue;
                };
                pump.run(now, sockets, &mut machine, None);
                if pump.is_over() {
                    over.push(index);
                    server.close(*id);
                    continue;
                }
                *next_at = machine.poll_timeout();
            }
            *wake_at = Instant::earliest([*wake_at, *next_at]);
        }
        for index in over.into_iter().rev() {
            sessions.remove(index).pump.release(sockets);
        }
    }

    fn report(&self) -> Report {
        Report {
            served: self.server.served().to_vec(),
            sessions: self.server.session_count(),
            ..Report::default()
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        // Once at the start, to listen.
        match self.listener {
            None => Some(Instant::ZERO),
            Some(_) => self.wake_at,
        }
    }
}
