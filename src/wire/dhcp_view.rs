//! A view of a DHCP or BOOTP message over its bytes (RFC 2131 §2, RFC 2132).

use core::ops::Range;
use std::net::Ipv4Addr;

use super::MacAddr;

/// Before the options of a DHCP message (RFC 2132 §2).
const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// A DHCP message, or one of BOOTP.
#[derive(Debug, Clone, Copy)]
pub struct Dhcp<'a> {
    head: &'a [u8; 236],
    bytes: &'a [u8],
}

/// An option, and where in the message it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DhcpOption<'a> {
    /// Its number.
    pub code: u8,
    /// From its number to the end of its data.
    pub place: Range<usize>,
    /// Its data.
    pub data: &'a [u8],
}

impl<'a> Dhcp<'a> {
    /// The length of everything before the cookie.
    pub const LEN: usize = 236;

    /// A view of these bytes; `None` if they are too few.
    pub fn new(bytes: &'a [u8]) -> Option<Dhcp<'a>> {
        let head = bytes.first_chunk()?;
        Some(Dhcp { head, bytes })
    }

    /// 1 for a request, 2 for a reply.
    pub fn operation(&self) -> u8 {
        self.head[0]
    }

    /// The byte at that place of the header.
    pub fn byte(&self, at: usize) -> u8 {
        self.head.get(at).copied().unwrap_or(0)
    }

    /// Joins the messages of one exchange.
    pub fn transaction(&self) -> u32 {
        u32::from_be_bytes([self.head[4], self.head[5], self.head[6], self.head[7]])
    }

    /// Seconds since the client began.
    pub fn seconds(&self) -> u16 {
        u16::from_be_bytes([self.head[8], self.head[9]])
    }

    /// The flags; the highest asks for a broadcast answer.
    pub fn flags(&self) -> u16 {
        u16::from_be_bytes([self.head[10], self.head[11]])
    }

    /// The client's own address, the one it is given, the next server's, the relay's.
    pub fn addresses(&self) -> [Ipv4Addr; 4] {
        [12, 16, 20, 24].map(|at| {
            Ipv4Addr::new(
                self.head[at],
                self.head[at + 1],
                self.head[at + 2],
                self.head[at + 3],
            )
        })
    }

    /// The client's hardware address.
    pub fn client_mac(&self) -> MacAddr {
        let mut octets = [0; 6];
        octets.copy_from_slice(&self.head[28..34]);
        MacAddr(octets)
    }

    /// The cookie is there, and with it options.
    pub fn has_options(&self) -> bool {
        self.bytes.get(Dhcp::LEN..Dhcp::LEN + 4) == Some(&COOKIE)
    }

    /// Its options, as far as they can be read.
    pub fn options(&self) -> impl Iterator<Item = DhcpOption<'a>> + use<'a> {
        let bytes = if self.has_options() { self.bytes } else { &[] };
        let mut at = Dhcp::LEN + COOKIE.len();
        std::iter::from_fn(move || {
            // Fill bytes may stand between options.
            while bytes.get(at) == Some(&0) {
                at += 1;
            }
            let code = *bytes.get(at).filter(|code| **code != 255)?;
            let len = usize::from(*bytes.get(at + 1)?);
            let data = bytes.get(at + 2..at + 2 + len)?;
            let place = at..at + 2 + len;
            at = place.end;
            Some(DhcpOption { code, place, data })
        })
    }

    /// The data of the first option of that number.
    pub fn option(&self, code: u8) -> Option<&'a [u8]> {
        self.options().find(|o| o.code == code).map(|o| o.data)
    }

    /// What it wants (option 53); `None` for BOOTP.
    pub fn message_type(&self) -> Option<u8> {
        self.option(53)?.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DhcpKind, DhcpMessage};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_offer() {
        let mac = MacAddr([2, 0, 0, 0, 0, 9]);
        let mut message = DhcpMessage::new(DhcpKind::Offer, 7, mac);
        message.your_ip = Some([10, 2, 0, 100].into());
        message.server = Some([10, 2, 0, 1].into());
        message.lease = Some(86_400);
        let bytes = message.to_bytes();
        let dhcp = Dhcp::new(&bytes).expect("a header");
        assert_eq!((dhcp.operation(), dhcp.transaction()), (2, 7));
        assert_eq!(dhcp.addresses()[1], Ipv4Addr::new(10, 2, 0, 100));
        assert_eq!((dhcp.client_mac(), dhcp.message_type()), (mac, Some(2)));
        assert_eq!(dhcp.option(54), Some(&[10, 2, 0, 1][..]));
        assert_eq!(dhcp.option(51), Some(&86_400u32.to_be_bytes()[..]));
        assert!(Dhcp::new(&bytes[..235]).is_none());
    }

    proptest! {
        #[test]
        fn any_options_are_survived(options: Vec<u8>) {
            let mut bytes = vec![1; Dhcp::LEN];
            bytes.extend(COOKIE);
            bytes.extend(&options);
            let dhcp = Dhcp::new(&bytes).expect("a header");
            prop_assert!(dhcp.options().count() <= options.len());
        }
    }
}
