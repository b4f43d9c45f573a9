//! Source NAT: many private addresses behind one, told apart by ports (RFC 3022).

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use super::track::Tracker;

/// Address translation at a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatConfig {
    /// Which of the router's ports is outside: what leaves there carries that
    /// port's address. Counted from 0.
    pub outside: u16,
    /// The first port that stands for a private one; they are given out in order.
    pub first_port: u16,
    /// Ports of the outside address that lead to somebody inside.
    pub forwards: Vec<Forward>,
}

/// TCP connections to a port of the outside address go to a host inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forward {
    /// The port, as seen from outside.
    pub port: u16,
    /// Where they go.
    pub to: SocketAddrV4,
}

impl NatConfig {
    /// The first port given out unless another is asked for.
    pub const FIRST_PORT: u16 = 40_000;

    /// Translates what leaves by port `outside`.
    pub const fn new(outside: u16) -> NatConfig {
        NatConfig {
            outside,
            first_port: NatConfig::FIRST_PORT,
            forwards: Vec::new(),
        }
    }
}

/// Translation at work.
#[derive(Debug)]
pub(super) struct Nat {
    pub config: NatConfig,
    /// The outside address.
    pub address: Ipv4Addr,
    next_port: u16,
}

impl Nat {
    pub fn new(config: NatConfig, address: Ipv4Addr) -> Nat {
        let next_port = config.first_port.max(1);
        Nat {
            config,
            address,
            next_port,
        }
    }

    /// The next port that stands for nobody yet; `None` when all are taken.
    pub fn allocate(&mut self, tracker: &Tracker, protocol: u8) -> Option<SocketAddr> {
        let first = self.config.first_port.max(1);
        for _ in first..=u16::MAX {
            let end = SocketAddr::from((self.address, self.next_port));
            self.next_port = self.next_port.checked_add(1).unwrap_or(first);
            let is_forwarded = self.config.forwards.iter().any(|f| f.port == end.port());
            if !is_forwarded && tracker.is_free(protocol, end) {
                return Some(end);
            }
        }
        None
    }

    /// Where a new connection to that place goes, if it is forwarded.
    pub fn forward(&self, destination: SocketAddr) -> Option<SocketAddr> {
        let forwards = self.config.forwards.iter();
        let mut to = forwards
            .filter(|forward| destination == SocketAddr::from((self.address, forward.port)));
        to.next().map(|forward| forward.to.into())
    }
}
