//! Who talks to whom: the two ends of a conversation, and the two directions in it.

use std::net::{IpAddr, SocketAddr};

/// One of the two directions of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the end that opened it.
    FromClient,
    /// To the end that opened it.
    FromServer,
}

impl Direction {
    /// The other one.
    pub const fn opposite(self) -> Direction {
        match self {
            Direction::FromClient => Direction::FromServer,
            Direction::FromServer => Direction::FromClient,
        }
    }
}

/// The two ends of a conversation, in an order that does not depend on who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    low: (IpAddr, u16),
    high: (IpAddr, u16),
}

impl FlowKey {
    /// The key of what passes between these two.
    pub fn new(from: SocketAddr, to: SocketAddr) -> FlowKey {
        let from = (from.ip(), from.port());
        let to = (to.ip(), to.port());
        let (low, high) = if from <= to { (from, to) } else { (to, from) };
        FlowKey { low, high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_have_one_key() {
        let a: SocketAddr = "10.2.0.2:1038".parse().unwrap();
        let b: SocketAddr = "10.2.0.1:21".parse().unwrap();
        assert_eq!(FlowKey::new(a, b), FlowKey::new(b, a));
        assert_ne!(FlowKey::new(a, b), FlowKey::new(a, a));
    }
}
