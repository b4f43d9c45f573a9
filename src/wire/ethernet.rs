//! Ethernet II and IEEE 802.3 headers, 802.1Q tags, LLC and SNAP.

use super::{MacAddr, ether_type};

/// The 14 bytes that open an Ethernet frame, and what follows them.
///
/// ```
/// use wirelab::wire::{Ethernet, ether_type};
/// let mut frame = [0; 60];
/// frame[12..14].copy_from_slice(&[0x08, 0x06]);
/// let ethernet = Ethernet::new(&frame).unwrap();
/// assert_eq!(ethernet.ether_type(), ether_type::ARP);
/// assert_eq!(ethernet.payload().len(), 46);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Ethernet<'a> {
    head: &'a [u8; 14],
    rest: &'a [u8],
}

impl<'a> Ethernet<'a> {
    /// The length of the header.
    pub const LEN: usize = 14;

    /// A view of a frame; `None` if it is shorter than the header.
    pub fn new(bytes: &'a [u8]) -> Option<Ethernet<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Ethernet { head, rest })
    }

    /// Octets 0–5.
    pub fn destination(&self) -> MacAddr {
        let [a, b, c, d, e, f, ..] = *self.head;
        MacAddr([a, b, c, d, e, f])
    }

    /// Octets 6–11.
    pub fn source(&self) -> MacAddr {
        let [_, _, _, _, _, _, a, b, c, d, e, f, ..] = *self.head;
        MacAddr([a, b, c, d, e, f])
    }

    /// Octets 12–13: an EtherType, or a length when below [`ether_type::FIRST`].
    pub fn ether_type(&self) -> u16 {
        u16::from_be_bytes([self.head[12], self.head[13]])
    }

    /// The field is a length, and LLC follows (IEEE 802.3 §3.2.6).
    pub fn is_802_3(&self) -> bool {
        self.ether_type() < ether_type::FIRST
    }

    /// Everything after the header, padding included.
    pub fn payload(&self) -> &'a [u8] {
        self.rest
    }
}

/// An 802.1Q tag: two bytes of control information and the type of what follows.
#[derive(Debug, Clone, Copy)]
pub struct Vlan<'a> {
    head: &'a [u8; 4],
    rest: &'a [u8],
}

impl<'a> Vlan<'a> {
    /// The length of the tag, without the EtherType that announced it.
    pub const LEN: usize = 4;

    /// A view of what follows an EtherType that announces a tag.
    pub fn new(bytes: &'a [u8]) -> Option<Vlan<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Vlan { head, rest })
    }

    /// That EtherType announces a tag.
    pub fn announced_by(kind: u16) -> bool {
        matches!(
            kind,
            ether_type::VLAN | ether_type::QINQ | ether_type::QINQ_OLD
        )
    }

    /// The priority, 0 to 7 (802.1Q §9.6).
    pub fn priority(&self) -> u8 {
        self.head[0] >> 5
    }

    /// The frame may be dropped when the network is full.
    pub fn drop_eligible(&self) -> bool {
        self.head[0] & 0x10 != 0
    }

    /// The VLAN's number, 0 to 4095.
    pub fn id(&self) -> u16 {
        u16::from_be_bytes([self.head[0], self.head[1]]) & 0x0fff
    }

    /// The type of what follows.
    pub fn ether_type(&self) -> u16 {
        u16::from_be_bytes([self.head[2], self.head[3]])
    }

    /// Everything after the tag.
    pub fn payload(&self) -> &'a [u8] {
        self.rest
    }
}

/// An IEEE 802.2 LLC header: two service access points and a control field.
#[derive(Debug, Clone, Copy)]
pub struct Llc<'a> {
    head: &'a [u8; 3],
    rest: &'a [u8],
}

impl<'a> Llc<'a> {
    /// The length of the header with the one-byte control field of an
    /// unnumbered frame, the only one that carries what we read.
    pub const LEN: usize = 3;

    /// A view of the payload of an 802.3 frame.
    pub fn new(bytes: &'a [u8]) -> Option<Llc<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Llc { head, rest })
    }

    /// The destination service access point.
    pub fn dsap(&self) -> u8 {
        self.head[0]
    }

    /// The source service access point.
    pub fn ssap(&self) -> u8 {
        self.head[1]
    }

    /// The control field; 3 for unnumbered information.
    pub fn control(&self) -> u8 {
        self.head[2]
    }

    /// A SNAP header follows.
    pub fn is_snap(&self) -> bool {
        *self.head == [0xaa, 0xaa, 3]
    }

    /// Everything after the header.
    pub fn payload(&self) -> &'a [u8] {
        self.rest
    }
}

/// A SNAP header: an organisation and its protocol number.
#[derive(Debug, Clone, Copy)]
pub struct Snap<'a> {
    head: &'a [u8; 5],
    rest: &'a [u8],
}

impl<'a> Snap<'a> {
    /// The length of the header.
    pub const LEN: usize = 5;

    /// A view of what follows an LLC header that says SNAP.
    pub fn new(bytes: &'a [u8]) -> Option<Snap<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Snap { head, rest })
    }

    /// The organisation; zero when the protocol is an EtherType (RFC 1042).
    pub fn organisation(&self) -> [u8; 3] {
        let [a, b, c, ..] = *self.head;
        [a, b, c]
    }

    /// The organisation's protocol number, an EtherType for organisation zero.
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.head[3], self.head[4]])
    }

    /// Everything after the header.
    pub fn payload(&self) -> &'a [u8] {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_bit_by_bit() {
        let tag = Vlan::new(&[0xb0, 0x2a, 0x08, 0x00, 1]).unwrap();
        assert_eq!(
            (tag.priority(), tag.drop_eligible(), tag.id()),
            (5, true, 42)
        );
        assert_eq!(tag.ether_type(), ether_type::IPV4);
        assert_eq!(tag.payload(), [1]);
    }

    #[test]
    fn llc_and_snap() {
        let llc = Llc::new(&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]).unwrap();
        assert!(llc.is_snap());
        let snap = Snap::new(llc.payload()).unwrap();
        assert_eq!((snap.organisation(), snap.protocol()), ([0; 3], 0x0800));
    }

    #[test]
    fn short_frames_have_no_view() {
        assert!(Ethernet::new(&[0; 13]).is_none());
        assert!(Vlan::new(&[0; 3]).is_none());
        assert!(Llc::new(&[0; 2]).is_none());
        assert!(Snap::new(&[0; 4]).is_none());
    }
}
