//! TCP headers (RFC 9293).

use core::fmt;

use super::TcpOptions;

/// The control bits of a TCP segment (RFC 9293 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TcpFlags(pub u16);

impl TcpFlags {
    /// The sender is done sending.
    pub const FIN: TcpFlags = TcpFlags(0x001);
    /// Synchronise sequence numbers.
    pub const SYN: TcpFlags = TcpFlags(0x002);
    /// The connection is gone.
    pub const RST: TcpFlags = TcpFlags(0x004);
    /// Hand it to the application.
    pub const PSH: TcpFlags = TcpFlags(0x008);
    /// The acknowledgement number counts.
    pub const ACK: TcpFlags = TcpFlags(0x010);
    /// The urgent pointer counts.
    pub const URG: TcpFlags = TcpFlags(0x020);
    /// Congestion was echoed (RFC 3168).
    pub const ECE: TcpFlags = TcpFlags(0x040);
    /// The congestion window was reduced (RFC 3168).
    pub const CWR: TcpFlags = TcpFlags(0x080);
    /// Accurate ECN (RFC 9768), once the nonce.
    pub const AE: TcpFlags = TcpFlags(0x100);

    /// The control bits in the two octets that hold the header's length as well.
    pub const fn of(octets: [u8; 2]) -> TcpFlags {
        TcpFlags(u16::from_be_bytes(octets) & 0x01ff)
    }

    /// All bits of `other` are set.
    pub const fn has(self, other: TcpFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Any bit of `other` is set.
    pub const fn has_any(self, other: TcpFlags) -> bool {
        self.0 & other.0 != 0
    }

    /// The bits of both.
    pub const fn with(self, other: TcpFlags) -> TcpFlags {
        TcpFlags(self.0 | other.0)
    }
}

/// `SYN, ACK`, in the order in which people say them; `none` without any.
impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(TcpFlags, &str); 9] = [
            (TcpFlags::FIN, "FIN"),
            (TcpFlags::SYN, "SYN"),
            (TcpFlags::RST, "RST"),
            (TcpFlags::PSH, "PSH"),
            (TcpFlags::ACK, "ACK"),
            (TcpFlags::URG, "URG"),
            (TcpFlags::ECE, "ECE"),
            (TcpFlags::CWR, "CWR"),
            (TcpFlags::AE, "AE"),
        ];
        let mut any = false;
        for (_, name) in NAMES.iter().filter(|(flag, _)| self.has(*flag)) {
            let comma = if any { ", " } else { "" };
            write!(f, "{comma}{name}")?;
            any = true;
        }
        if any { Ok(()) } else { f.write_str("none") }
    }
}

/// A TCP header and what follows it.
#[derive(Debug, Clone, Copy)]
pub struct Tcp<'a> {
    head: &'a [u8; 20],
    bytes: &'a [u8],
}

impl<'a> Tcp<'a> {
    /// The length of a header without options.
    pub const MIN_LEN: usize = 20;

    /// A view of a segment; `None` if it is shorter than a header, or says that
    /// its header is.
    pub fn new(bytes: &'a [u8]) -> Option<Tcp<'a>> {
        let head: &[u8; 20] = bytes.first_chunk()?;
        (head[12] >> 4 >= 5).then_some(Tcp { head, bytes })
    }

    /// The sender's port.
    pub fn source_port(&self) -> u16 {
        self.u16_at(0)
    }

    /// The receiver's port.
    pub fn destination_port(&self) -> u16 {
        self.u16_at(2)
    }

    /// The sequence number of the first byte, or of the SYN.
    pub fn sequence(&self) -> u32 {
        self.u32_at(4)
    }

    /// The next sequence number that the sender expects; of meaning with ACK only.
    pub fn acknowledgement(&self) -> u32 {
        self.u32_at(8)
    }

    /// The header's length in bytes, options included: 20 to 60.
    pub fn header_len(&self) -> usize {
        usize::from(self.head[12] >> 4) * 4
    }

    /// All of the header was captured, its options too.
    pub fn has_whole_header(&self) -> bool {
        self.header_len() <= self.bytes.len()
    }

    /// The control bits.
    pub fn flags(&self) -> TcpFlags {
        TcpFlags::of([self.head[12], self.head[13]])
    }

    /// The window as sent, not scaled.
    pub fn window(&self) -> u16 {
        self.u16_at(14)
    }

    /// The checksum as sent.
    pub fn checksum(&self) -> u16 {
        self.u16_at(16)
    }

    /// The urgent pointer; of meaning with URG only.
    pub fn urgent_pointer(&self) -> u16 {
        self.u16_at(18)
    }

    /// The options, as far as they were captured.
    pub fn options(&self) -> TcpOptions<'a> {
        let end = self.header_len().min(self.bytes.len());
        TcpOptions::new(self.bytes.get(Self::MIN_LEN..end).unwrap_or_default())
    }

    /// What follows the header, as far as it was captured.
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header_len()..).unwrap_or_default()
    }

    fn u16_at(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.head[at], self.head[at + 1]])
    }

    fn u32_at(&self, at: usize) -> u32 {
        let h = self.head;
        u32::from_be_bytes([h[at], h[at + 1], h[at + 2], h[at + 3]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field() {
        let mut bytes = [0; 24];
        bytes[..20].copy_from_slice(&[
            4, 14, 0, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x12, 0x22, 0x38, 0xab, 0xcd, 0, 3,
        ]);
        let tcp = Tcp::new(&bytes).unwrap();
        assert_eq!((tcp.source_port(), tcp.destination_port()), (1038, 21));
        assert_eq!((tcp.sequence(), tcp.acknowledgement()), (1, 2));
        assert_eq!((tcp.header_len(), tcp.payload().len()), (20, 4));
        assert_eq!(tcp.flags(), TcpFlags::SYN.with(TcpFlags::ACK));
        assert_eq!((tcp.window(), tcp.checksum()), (8760, 0xabcd));
        assert_eq!(tcp.urgent_pointer(), 3);
    }

    #[test]
    fn headers_that_do_not_fit() {
        let mut bytes = [0; 20];
        assert!(Tcp::new(&bytes).is_none(), "an offset below five");
        bytes[12] = 0xf0;
        let tcp = Tcp::new(&bytes).unwrap();
        assert!(tcp.payload().is_empty());
        assert_eq!(tcp.options().count(), 0);
    }

    #[test]
    fn flags_are_named() {
        assert_eq!(TcpFlags(0x012).to_string(), "SYN, ACK");
        assert_eq!(TcpFlags(0).to_string(), "none");
        assert!(TcpFlags(0x14).has_any(TcpFlags::RST) && !TcpFlags(0x10).has(TcpFlags(0x12)));
    }
}
