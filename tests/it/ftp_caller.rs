//! Somebody who only knows of data connections: opens one, and behaves badly on it or not.

use std::net::SocketAddr;

use wirelab::actor::Actor;
use wirelab::host::{Sockets, TcpHandle, TcpStatus};
use wirelab::time::{Duration, Instant, parse_duration};

/// What a caller does.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Nothing, for so long.
    Wait(Duration),
    /// Opens a connection, and reads nothing from it.
    Call,
    /// Reads, from now on, and closes when the other side has.
    Read,
    /// Writes so many bytes.
    Say(usize),
    /// Sends FIN.
    Close,
    /// Sends RST.
    Reset,
}

/// Calls one address, as its script says.
#[derive(Debug)]
pub struct Caller {
    to: SocketAddr,
    deeds: std::vec::IntoIter<Deed>,
    next_at: Option<Instant>,
    tcp: Option<TcpHandle>,
    reads: bool,
}

impl Caller {
    /// `script` is words such as `wait 3s | call | read | say 10 | close | reset`.
    pub fn new(to: SocketAddr, script: &str) -> Caller {
        let deed = |line: &str| match line.split_once(' ') {
            None if line == "call" => Deed::Call,
            None if line == "read" => Deed::Read,
            None if line == "close" => Deed::Close,
            None if line == "reset" => Deed::Reset,
            Some(("wait", time)) => Deed::Wait(parse_duration(time).expect("a time")),
            Some(("say", count)) => Deed::Say(count.parse().expect("a count")),
            _ => panic!("a caller does not know how to {line}"),
        };
        let deeds: Vec<Deed> = script.split(" | ").map(deed).collect();
        Caller {
            to,
            deeds: deeds.into_iter(),
            next_at: Some(Instant::ZERO),
            tcp: None,
            reads: false,
        }
    }

    fn act(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        while self.next_at.is_some_and(|at| at <= now) {
            match (self.deeds.next(), self.tcp) {
                (None, _) => self.next_at = None,
                (Some(Deed::Wait(time)), _) => self.next_at = Some(now + time),
                (Some(Deed::Call), _) => self.tcp = Some(sockets.connect(self.to, None)),
                (Some(Deed::Read), _) => self.reads = true,
                (Some(Deed::Say(count)), Some(tcp)) => {
                    sockets.send(tcp, &vec![b'x'; count]);
                }
                (Some(Deed::Close), Some(tcp)) => sockets.close(tcp),
                (Some(Deed::Reset), Some(tcp)) => sockets.abort(tcp),
                (Some(deed), None) => panic!("{deed:?} before a call"),
            }
        }
    }
}

impl Actor for Caller {
    fn step(&mut self, now: Instant, sockets: &mut Sockets<'_>) {
        self.act(now, sockets);
        if let (Some(tcp), true) = (self.tcp, self.reads) {
            while sockets.recv_with(tcp, |bytes| bytes.len()) > 0 {}
            if sockets.status(tcp) == TcpStatus::PeerClosed {
                sockets.close(tcp);
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next_at
    }
}
