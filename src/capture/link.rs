//! Link types: how the bytes of a captured frame begin.

use core::fmt;

/// A LINKTYPE value, as the tcpdump group registers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// Four bytes of address family, in the order of the capturing machine.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// An IP packet, its version in its first four bits.
    pub const RAW: LinkType = LinkType(101);
    /// Four bytes of address family, in network order.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux cooked, version 1.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// An IPv4 packet.
    pub const IPV4: LinkType = LinkType(228);
    /// An IPv6 packet.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux cooked, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

/// The name, or `link type 147`.
impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            LinkType::NULL => "null/loopback",
            LinkType::ETHERNET => "Ethernet",
            LinkType::RAW => "raw IP",
            LinkType::LOOP => "OpenBSD loopback",
            LinkType::LINUX_SLL => "Linux cooked v1",
            LinkType::IPV4 => "raw IPv4",
            LinkType::IPV6 => "raw IPv6",
            LinkType::LINUX_SLL2 => "Linux cooked v2",
            LinkType(other) => return write!(f, "link type {other}"),
        })
    }
}
