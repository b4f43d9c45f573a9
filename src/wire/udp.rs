//! UDP headers (RFC 768).

/// A UDP header and what follows it.
#[derive(Debug, Clone, Copy)]
pub struct Udp<'a> {
    head: &'a [u8; 8],
    rest: &'a [u8],
}

impl<'a> Udp<'a> {
    /// The length of the header.
    pub const LEN: usize = 8;

    /// A view of a datagram; `None` if it is shorter than the header.
    pub fn new(bytes: &'a [u8]) -> Option<Udp<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Udp { head, rest })
    }

    /// The sender's port.
    pub fn source_port(&self) -> u16 {
        u16::from_be_bytes([self.head[0], self.head[1]])
    }

    /// The receiver's port.
    pub fn destination_port(&self) -> u16 {
        u16::from_be_bytes([self.head[2], self.head[3]])
    }

    /// The length of header and payload, as sent.
    pub fn len(&self) -> u16 {
        u16::from_be_bytes([self.head[4], self.head[5]])
    }

    /// Nothing but a header was sent.
    pub fn is_empty(&self) -> bool {
        usize::from(self.len()) <= Self::LEN
    }

    /// The checksum as sent; over IPv4 zero means that there is none.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.head[6], self.head[7]])
    }

    /// The payload as far as it was captured.
    pub fn payload(&self) -> &'a [u8] {
        let len = usize::from(self.len()).saturating_sub(Self::LEN);
        self.rest.get(..len).unwrap_or(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field() {
        let udp = Udp::new(&[0, 53, 4, 0, 0, 10, 1, 2, 7, 8, 9]).unwrap();
        assert_eq!((udp.source_port(), udp.destination_port()), (53, 1024));
        assert_eq!((udp.len(), udp.checksum()), (10, 0x0102));
        assert_eq!(udp.payload(), [7, 8]);
        assert!(!udp.is_empty());
        assert!(Udp::new(&[0; 7]).is_none());
    }
}
