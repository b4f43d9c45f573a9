//! ICMP (RFC 792) and ICMPv6 (RFC 4443), with the neighbour discovery of RFC 4861.

use core::ops::Range;
use std::net::Ipv6Addr;

/// An ICMP message.
#[derive(Debug, Clone, Copy)]
pub struct Icmp<'a> {
    head: &'a [u8; 8],
    rest: &'a [u8],
}

impl<'a> Icmp<'a> {
    /// The length of the header.
    pub const LEN: usize = 8;

    /// A view of a message; `None` if it is shorter than eight bytes.
    pub fn new(bytes: &'a [u8]) -> Option<Icmp<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Icmp { head, rest })
    }

    /// What kind of message (0 echo reply, 3 unreachable, 8 echo, 11 time exceeded, …).
    pub fn kind(&self) -> u8 {
        self.head[0]
    }

    /// Which of its kind.
    pub fn code(&self) -> u8 {
        self.head[1]
    }

    /// The checksum as sent.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.head[2], self.head[3]])
    }

    /// Identifier and sequence number of an echo or its reply.
    pub fn echo(&self) -> Option<(u16, u16)> {
        let [_, _, _, _, a, b, c, d] = *self.head;
        matches!(self.kind(), 0 | 8)
            .then_some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    /// The MTU that "fragmentation needed" names (RFC 1191 §4), in the second
    /// half of a word; the first is zero.
    pub fn mtu(&self) -> u32 {
        u32::from(u16::from_be_bytes([self.head[6], self.head[7]]))
    }

    /// The message quotes the packet it is about, which [`payload`](Icmp::payload) holds.
    pub fn is_error(&self) -> bool {
        matches!(self.kind(), 3 | 4 | 5 | 11 | 12)
    }

    /// What follows the eight bytes of the header.
    pub fn payload(&self) -> &'a [u8] {
        self.rest
    }
}

/// An ICMPv6 message.
#[derive(Debug, Clone, Copy)]
pub struct Icmpv6<'a> {
    head: &'a [u8; 8],
    rest: &'a [u8],
}

impl<'a> Icmpv6<'a> {
    /// The length of the header: type, code, checksum and four bytes more.
    pub const LEN: usize = 8;

    /// A view of a message; `None` if it is shorter than eight bytes.
    pub fn new(bytes: &'a [u8]) -> Option<Icmpv6<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Icmpv6 { head, rest })
    }

    /// What kind of message (1 unreachable, 128 echo, 135 neighbour solicitation, …).
    pub fn kind(&self) -> u8 {
        self.head[0]
    }

    /// Which of its kind.
    pub fn code(&self) -> u8 {
        self.head[1]
    }

    /// The checksum as sent.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.head[2], self.head[3]])
    }

    /// Identifier and sequence number of an echo or its reply.
    pub fn echo(&self) -> Option<(u16, u16)> {
        let [_, _, _, _, a, b, c, d] = *self.head;
        matches!(self.kind(), 128 | 129)
            .then_some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }

    /// The MTU that "packet too big" names (RFC 4443 §3.2).
    pub fn mtu(&self) -> u32 {
        let [_, _, _, _, a, b, c, d] = *self.head;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The address that a neighbour solicitation asks for, or an advertisement
    /// speaks of (RFC 4861 §4.3, §4.4).
    pub fn target(&self) -> Option<Ipv6Addr> {
        let octets: &[u8; 16] = self.rest.first_chunk()?;
        matches!(self.kind(), 135 | 136).then(|| Ipv6Addr::from(*octets))
    }

    /// What a router advertisement says before its options.
    pub fn router_advert(&self) -> Option<RouterAdvert> {
        let [_, _, _, _, hop_limit, flags, high, low] = *self.head;
        let times: &[u8; 8] = self.rest.first_chunk()?;
        let [a, b, c, d, e, f, g, h] = *times;
        (self.kind() == 134).then_some(RouterAdvert {
            hop_limit,
            flags,
            lifetime: u16::from_be_bytes([high, low]),
            reachable_time: u32::from_be_bytes([a, b, c, d]),
            retransmit_timer: u32::from_be_bytes([e, f, g, h]),
        })
    }

    /// The flags of a neighbour advertisement, in the highest bits (RFC 4861
    /// §4.4).
    pub fn neighbor_flags(&self) -> Option<u8> {
        (self.kind() == 136).then_some(self.head[4])
    }

    /// The options of neighbour discovery (RFC 4861 §4.6), until one is cut
    /// short or has no length.
    pub fn options(&self) -> impl Iterator<Item = DiscoveryOption<'a>> + use<'a> {
        let fixed = match self.kind() {
            133 => Some(0),
            134 => Some(8),
            135 | 136 => Some(16),
            137 => Some(32),
            _ => None,
        };
        let mut at = Icmpv6::LEN + fixed.unwrap_or(0);
        let mut rest = fixed
            .and_then(|fixed| self.rest.get(fixed..))
            .unwrap_or(&[]);
        core::iter::from_fn(move || {
            let len = usize::from(*rest.get(1)?) * 8;
            let (option, others) = rest.split_at_checked(len).filter(|_| len > 0)?;
            let place = at..at + len;
            (rest, at) = (others, place.end);
            Some(DiscoveryOption {
                place,
                kind: *option.first()?,
                data: option.get(2..)?,
            })
        })
    }

    /// The message quotes the packet it is about (RFC 4443 §2.1).
    pub fn is_error(&self) -> bool {
        self.kind() < 128
    }

    /// What follows the eight bytes of the header.
    pub fn payload(&self) -> &'a [u8] {
        self.rest
    }
}

/// What a router says of itself and its network (RFC 4861 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouterAdvert {
    /// The hop limit that hosts should send with; 0 leaves it to them.
    pub hop_limit: u8,
    /// Managed (0x80): addresses come from DHCPv6; other (0x40): the rest does.
    pub flags: u8,
    /// How long it is a default router, in seconds; 0 if it is none.
    pub lifetime: u16,
    /// How long a neighbour that was heard is taken for reachable, in milliseconds.
    pub reachable_time: u32,
    /// The time between two solicitations, in milliseconds.
    pub retransmit_timer: u32,
}

/// One option of neighbour discovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveryOption<'a> {
    /// Where it lies within the message.
    pub place: Range<usize>,
    /// What it is (1 and 2 hardware addresses, 3 a prefix, 5 the MTU).
    pub kind: u8,
    /// What follows its type and its length.
    pub data: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_and_errors() {
        let echo = Icmp::new(&[8, 0, 1, 2, 0, 7, 0, 9, b'x']).unwrap();
        assert_eq!(echo.echo(), Some((7, 9)));
        assert_eq!(echo.payload(), b"x");
        assert!(!echo.is_error());
        let unreachable = Icmp::new(&[3, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        assert!(unreachable.is_error() && unreachable.echo().is_none());
    }

    #[test]
    fn neighbour_solicitation() {
        let mut bytes = [0; 24];
        bytes[0] = 135;
        bytes[23] = 1;
        let message = Icmpv6::new(&bytes).unwrap();
        assert_eq!(
            message.target().map(|t| t.to_string()).as_deref(),
            Some("::1")
        );
        assert!(Icmpv6::new(&bytes[..8]).unwrap().target().is_none());
    }

    #[test]
    fn router_advertisement() {
        let mut bytes = vec![134, 0, 0, 0, 64, 0x40, 7, 8, 0, 0, 0, 1, 0, 0, 0, 2];
        bytes.extend([1, 1, 2, 0, 0, 0, 0, 1]);
        bytes.extend([5, 1, 0, 0, 0, 0, 5, 0xdc]);
        let kinds = |bytes: &[u8]| -> Vec<(u8, usize)> {
            let message = Icmpv6::new(bytes).unwrap();
            message.options().map(|o| (o.kind, o.place.start)).collect()
        };
        let said = Icmpv6::new(&bytes).unwrap().router_advert().unwrap();
        assert_eq!(
            (said.hop_limit, said.flags, said.lifetime),
            (64, 0x40, 1800)
        );
        assert_eq!((said.reachable_time, said.retransmit_timer), (1, 2));
        assert_eq!(kinds(&bytes), [(1, 16), (5, 24)]);
        assert_eq!(kinds(&bytes[..31]), [(1, 16)], "the second is cut short");
        bytes[17] = 0;
        assert_eq!(kinds(&bytes), [], "no length");
    }
}
