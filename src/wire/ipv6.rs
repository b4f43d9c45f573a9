//! IPv6 headers and their extension headers (RFC 8200).

use std::net::Ipv6Addr;

use super::ip_protocol;

/// An IPv6 header and what follows it.
#[derive(Debug, Clone, Copy)]
pub struct Ipv6<'a> {
    head: &'a [u8; 40],
    rest: &'a [u8],
}

impl<'a> Ipv6<'a> {
    /// The length of the header.
    pub const LEN: usize = 40;

    /// A view of a packet; `None` if it is too short or of another version.
    pub fn new(bytes: &'a [u8]) -> Option<Ipv6<'a>> {
        let (head, rest): (&[u8; 40], _) = bytes.split_first_chunk()?;
        (head[0] >> 4 == 6).then_some(Ipv6 { head, rest })
    }

    /// Traffic class: differentiated services and ECN.
    pub fn traffic_class(&self) -> u8 {
        (self.head[0] << 4) | (self.head[1] >> 4)
    }

    /// The flow label, 20 bits.
    pub fn flow_label(&self) -> u32 {
        u32::from_be_bytes([0, self.head[1] & 15, self.head[2], self.head[3]])
    }

    /// The length of everything after this header, as sent.
    pub fn payload_len(&self) -> u16 {
        u16::from_be_bytes([self.head[4], self.head[5]])
    }

    /// What follows: an extension header, or the upper layer.
    pub fn next_header(&self) -> u8 {
        self.head[6]
    }

    /// How many routers it may still pass.
    pub fn hop_limit(&self) -> u8 {
        self.head[7]
    }

    /// The sender.
    pub fn source(&self) -> Ipv6Addr {
        self.address(8)
    }

    /// The receiver.
    pub fn destination(&self) -> Ipv6Addr {
        self.address(24)
    }

    /// Everything after this header as far as it was captured, without padding.
    /// A length of zero (a jumbogram, or large-segment hardware) says nothing.
    pub fn payload(&self) -> &'a [u8] {
        match usize::from(self.payload_len()) {
            0 => self.rest,
            len => self.rest.get(..len).unwrap_or(self.rest),
        }
    }

    fn address(&self, at: usize) -> Ipv6Addr {
        let mut octets = [0; 16];
        octets.copy_from_slice(&self.head[at..at + 16]);
        Ipv6Addr::from(octets)
    }
}

/// One extension header (RFC 8200 §4), and what follows it.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'a> {
    kind: u8,
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Extension<'a> {
    /// A view of the extension header `kind`; `None` if `kind` is not one that
    /// can be stepped over, or if it was cut short.
    pub fn new(kind: u8, bytes: &'a [u8]) -> Option<Extension<'a>> {
        let &[_, second, ..] = bytes else { return None };
        let len = match kind {
            ip_protocol::HOP_BY_HOP | ip_protocol::ROUTING | ip_protocol::DESTINATION_OPTIONS => {
                usize::from(second) * 8 + 8
            }
            ip_protocol::FRAGMENT => 8,
            // In units of four octets, less two (RFC 4302 §2.2).
            ip_protocol::AUTHENTICATION => usize::from(second) * 4 + 8,
            _ => return None,
        };
        (bytes.len() >= len).then_some(Extension { kind, bytes, len })
    }

    /// Which extension it is.
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// Its length in bytes.
    pub fn header_len(&self) -> usize {
        self.len
    }

    /// What follows it.
    pub fn next_header(&self) -> u8 {
        self.bytes.first().copied().unwrap_or(ip_protocol::NO_NEXT)
    }

    /// For a fragment header: offset in bytes, more fragments, identification.
    pub fn fragment(&self) -> Option<(u32, bool, u32)> {
        let &[_, _, a, b, c, d, e, f, ..] = self.bytes else {
            return None;
        };
        let field = u16::from_be_bytes([a, b]);
        (self.kind == ip_protocol::FRAGMENT).then_some((
            u32::from(field & 0xfff8),
            field & 1 != 0,
            u32::from_be_bytes([c, d, e, f]),
        ))
    }

    /// Everything after it.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.len..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field() {
        let mut bytes = [0; 52];
        bytes[..8].copy_from_slice(&[0x6a, 0xb1, 0x23, 0x45, 0, 8, 44, 64]);
        bytes[23] = 1;
        bytes[39] = 2;
        bytes[40..48].copy_from_slice(&[6, 0, 0, 0x11, 0, 0, 0, 9]);
        let ip = Ipv6::new(&bytes).unwrap();
        assert_eq!((ip.traffic_class(), ip.flow_label()), (0xab, 0x12345));
        assert_eq!((ip.next_header(), ip.hop_limit()), (44, 64));
        assert_eq!(ip.source().to_string(), "::1");
        assert_eq!(ip.destination().to_string(), "::2");
        assert_eq!(ip.payload().len(), 8, "padding is not payload");
        let fragment = Extension::new(44, ip.payload()).unwrap();
        assert_eq!(fragment.fragment(), Some((16, true, 9)));
        assert_eq!((fragment.next_header(), fragment.header_len()), (6, 8));
    }

    #[test]
    fn extensions_that_do_not_fit() {
        assert!(Extension::new(0, &[6, 1, 0, 0, 0, 0, 0, 0]).is_none());
        assert!(Extension::new(6, &[0; 64]).is_none());
        assert!(Extension::new(0, &[6]).is_none());
        assert!(Ipv6::new(&[0x60; 39]).is_none());
    }
}
