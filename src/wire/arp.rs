//! ARP for IPv4 over Ethernet (RFC 826).

use std::net::Ipv4Addr;

use super::MacAddr;

/// What an ARP packet wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArpOperation {
    /// Who has this address?
    Request,
    /// I have it.
    Reply,
    /// Anything else, by its number.
    Other(u16),
}

/// An ARP packet of the only kind seen on an Ethernet: hardware addresses of
/// six octets, protocol addresses of four.
#[derive(Debug, Clone, Copy)]
pub struct Arp<'a> {
    head: &'a [u8; 28],
}

impl<'a> Arp<'a> {
    /// The length of the packet.
    pub const LEN: usize = 28;

    /// A view of a packet; `None` if it is cut short or speaks of other
    /// hardware or another protocol.
    pub fn new(bytes: &'a [u8]) -> Option<Arp<'a>> {
        let head: &'a [u8; 28] = bytes.first_chunk()?;
        matches!(head, [0, 1, 8, 0, 6, 4, ..]).then_some(Arp { head })
    }

    /// What it wants.
    pub fn operation(&self) -> ArpOperation {
        match u16::from_be_bytes([self.head[6], self.head[7]]) {
            1 => ArpOperation::Request,
            2 => ArpOperation::Reply,
            other => ArpOperation::Other(other),
        }
    }

    /// The sender's hardware address.
    pub fn sender_mac(&self) -> MacAddr {
        self.mac(8)
    }

    /// The sender's IPv4 address.
    pub fn sender_ip(&self) -> Ipv4Addr {
        self.ip(14)
    }

    /// The target's hardware address: unknown, hence anything, in a request.
    pub fn target_mac(&self) -> MacAddr {
        self.mac(18)
    }

    /// The target's IPv4 address.
    pub fn target_ip(&self) -> Ipv4Addr {
        self.ip(24)
    }

    /// An announcement: it asks for, or answers about, its sender's own
    /// address (RFC 5227 §2.3).
    pub fn is_gratuitous(&self) -> bool {
        self.sender_ip() == self.target_ip()
    }

    fn mac(&self, at: usize) -> MacAddr {
        let mut octets = [0; 6];
        octets.copy_from_slice(&self.head[at..at + 6]);
        MacAddr(octets)
    }

    fn ip(&self, at: usize) -> Ipv4Addr {
        let mut octets = [0; 4];
        octets.copy_from_slice(&self.head[at..at + 4]);
        Ipv4Addr::from(octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request() {
        let mut bytes = [0; 28];
        bytes[..8].copy_from_slice(&[0, 1, 8, 0, 6, 4, 0, 1]);
        bytes[8..18].copy_from_slice(&[2, 0, 0, 0, 0, 9, 10, 2, 0, 2]);
        bytes[24..].copy_from_slice(&[10, 2, 0, 1]);
        let arp = Arp::new(&bytes).unwrap();
        assert_eq!(arp.operation(), ArpOperation::Request);
        assert_eq!(arp.sender_mac().to_string(), "02:00:00:00:00:09");
        assert_eq!(arp.sender_ip().to_string(), "10.2.0.2");
        assert_eq!(arp.target_mac(), MacAddr::ZERO);
        assert_eq!(arp.target_ip().to_string(), "10.2.0.1");
        assert!(!arp.is_gratuitous());
    }

    #[test]
    fn other_hardware_is_not_ours() {
        let mut bytes = [0; 28];
        bytes[..8].copy_from_slice(&[0, 6, 8, 0, 6, 4, 0, 1]);
        assert!(Arp::new(&bytes).is_none());
        assert!(Arp::new(&bytes[..27]).is_none());
    }
}
