//! Addresses with the length of their network's prefix.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address of a host, and how much of it names the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4Cidr {
    /// The host's address.
    pub address: Ipv4Addr,
    /// How many leading bits name the network, at most 32.
    pub prefix: u8,
}

impl Ipv4Cidr {
    /// The network mask as a number.
    fn mask(self) -> u32 {
        u32::MAX
            .checked_shl(32 - u32::from(self.prefix.min(32)))
            .unwrap_or(0)
    }

    /// `other` is on the same network.
    pub fn contains(self, other: Ipv4Addr) -> bool {
        (u32::from(self.address) ^ u32::from(other)) & self.mask() == 0
    }

    /// The address that reaches every host of the network.
    pub fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.address) | !self.mask())
    }
}

/// An IPv6 address of a host, and how much of it names the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv6Cidr {
    /// The host's address.
    pub address: Ipv6Addr,
    /// How many leading bits name the network, at most 128.
    pub prefix: u8,
}

impl Ipv6Cidr {
    /// `other` is on the same segment: of this network, or link-local (RFC
    /// 4291 §2.5.6).
    pub fn contains(self, other: Ipv6Addr) -> bool {
        self.is_network_of(other) || is_link_local(other)
    }

    /// `other` is of this network.
    pub fn is_network_of(self, other: Ipv6Addr) -> bool {
        (u128::from(self.address) ^ u128::from(other)) & self.mask() == 0
    }

    /// The first address of the network.
    pub fn network(self) -> Ipv6Addr {
        (u128::from(self.address) & self.mask()).into()
    }

    fn mask(self) -> u128 {
        let beyond = 128 - u32::from(self.prefix.min(128));
        u128::MAX.checked_shl(beyond).unwrap_or(0)
    }
}

/// fe80::/10
pub(crate) fn is_link_local(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xffc0 == 0xfe80
}
