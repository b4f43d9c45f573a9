//! IPv4 headers, with options and fragments (RFC 791).

use std::net::Ipv4Addr;

use super::checksum;

/// An IPv4 header and what follows it.
#[derive(Debug, Clone, Copy)]
pub struct Ipv4<'a> {
    head: &'a [u8; 20],
    bytes: &'a [u8],
}

impl<'a> Ipv4<'a> {
    /// The length of a header without options.
    pub const MIN_LEN: usize = 20;

    /// A view of a packet; `None` if it is too short or of another version.
    pub fn new(bytes: &'a [u8]) -> Option<Ipv4<'a>> {
        let head: &[u8; 20] = bytes.first_chunk()?;
        (head[0] >> 4 == 4 && head[0] & 15 >= 5).then_some(Ipv4 { head, bytes })
    }

    /// The header's length in bytes, options included: 20 to 60.
    pub fn header_len(&self) -> usize {
        usize::from(self.head[0] & 15) * 4
    }

    /// Type of service: the differentiated services field and ECN (RFC 2474, RFC 3168).
    pub fn type_of_service(&self) -> u8 {
        self.head[1]
    }

    /// The length of header and payload that the sender gave. Zero from a
    /// sender whose hardware cuts large segments.
    pub fn total_len(&self) -> u16 {
        self.u16_at(2)
    }

    /// The identification, shared by the fragments of a packet.
    pub fn identification(&self) -> u16 {
        self.u16_at(4)
    }

    /// May not be cut into fragments.
    pub fn dont_fragment(&self) -> bool {
        self.head[6] & 0x40 != 0
    }

    /// More fragments follow.
    pub fn more_fragments(&self) -> bool {
        self.head[6] & 0x20 != 0
    }

    /// Where in the original packet's payload this fragment begins, in bytes.
    pub fn fragment_offset(&self) -> u32 {
        u32::from(self.u16_at(6) & 0x1fff) * 8
    }

    /// The packet is a piece of a larger one.
    pub fn is_fragment(&self) -> bool {
        self.more_fragments() || self.fragment_offset() != 0
    }

    /// Time to live: how many routers it may still pass.
    pub fn ttl(&self) -> u8 {
        self.head[8]
    }

    /// What the payload is (see [`ip_protocol`](super::ip_protocol)).
    pub fn protocol(&self) -> u8 {
        self.head[9]
    }

    /// The header's checksum as sent.
    pub fn checksum(&self) -> u16 {
        self.u16_at(10)
    }

    /// The header's checksum is right; `None` if the header was cut short.
    pub fn checksum_is_right(&self) -> Option<bool> {
        let header = self.bytes.get(..self.header_len())?;
        Some(checksum::is_right(header, 0))
    }

    /// The sender.
    pub fn source(&self) -> Ipv4Addr {
        let h = self.head;
        Ipv4Addr::new(h[12], h[13], h[14], h[15])
    }

    /// The receiver.
    pub fn destination(&self) -> Ipv4Addr {
        let h = self.head;
        Ipv4Addr::new(h[16], h[17], h[18], h[19])
    }

    /// The options, as far as they were captured.
    pub fn options(&self) -> Ipv4Options<'a> {
        let end = self.header_len().min(self.bytes.len());
        Ipv4Options(self.bytes.get(Self::MIN_LEN..end).unwrap_or_default())
    }

    /// The payload's length as sent, whatever was captured of it; `None` when
    /// the total length says nothing (zero) or is shorter than the header.
    pub fn payload_len(&self) -> Option<usize> {
        usize::from(self.total_len()).checked_sub(self.header_len())
    }

    /// The payload as far as it was captured, without what follows the packet
    /// in its frame (padding).
    pub fn payload(&self) -> &'a [u8] {
        let rest = self.bytes.get(self.header_len()..).unwrap_or_default();
        let len = self.payload_len().unwrap_or(rest.len());
        rest.get(..len).unwrap_or(rest)
    }

    fn u16_at(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.head[at], self.head[at + 1]])
    }
}

/// One IPv4 option (RFC 791 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4Option<'a> {
    /// Its type octet, copied flag and class included.
    pub kind: u8,
    /// What follows its length octet.
    pub data: &'a [u8],
}

/// The options of an IPv4 header, in order. Ends at the end-of-options octet,
/// and at an option that does not fit.
#[derive(Debug, Clone, Copy)]
pub struct Ipv4Options<'a>(&'a [u8]);

impl<'a> Iterator for Ipv4Options<'a> {
    type Item = Ipv4Option<'a>;

    fn next(&mut self) -> Option<Ipv4Option<'a>> {
        let (kind, data, rest) = match *self.0 {
            [0, ..] | [] => return None,
            [1, ref rest @ ..] => (1, &[][..], rest),
            [kind, len, ..] => {
                let option = self.0.get(2..usize::from(len))?;
                (kind, option, self.0.get(usize::from(len)..)?)
            }
            [_] => return None,
        };
        self.0 = rest;
        Some(Ipv4Option { kind, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 24] = [
        0x46, 0x00, 0x00, 0x1a, 0x12, 0x34, 0x60, 0x02, 0x80, 0x06, 0x00, 0x00, 10, 2, 0, 2, 10, 2,
        0, 1, 0x94, 0x04, 0x00, 0x00,
    ];

    #[test]
    fn every_field() {
        let mut bytes = HEADER.to_vec();
        let sum = checksum::compute(&bytes, 0).to_be_bytes();
        bytes[10..12].copy_from_slice(&sum);
        bytes.extend([7, 8, 0, 0]);
        let ip = Ipv4::new(&bytes).unwrap();
        assert_eq!((ip.header_len(), ip.total_len()), (24, 26));
        assert_eq!((ip.identification(), ip.ttl()), (0x1234, 128));
        assert!(ip.dont_fragment() && ip.more_fragments() && ip.is_fragment());
        assert_eq!(ip.fragment_offset(), 16);
        assert_eq!(ip.checksum_is_right(), Some(true));
        assert_eq!(ip.payload(), [7, 8], "padding is not payload");
        let options: Vec<_> = ip.options().collect();
        let alert = Ipv4Option {
            kind: 0x94,
            data: &[0, 0],
        };
        assert_eq!(options, [alert]);
    }

    #[test]
    fn cut_and_damaged() {
        let ip = Ipv4::new(&HEADER[..22]).unwrap();
        assert_eq!(ip.checksum_is_right(), None);
        assert!(ip.payload().is_empty());
        assert_eq!(ip.options().count(), 0);
        assert!(Ipv4::new(&HEADER[..19]).is_none());
        assert!(Ipv4::new(&[0x60; 40]).is_none());
        assert!(Ipv4::new(&[0x44; 40]).is_none());
    }
}
