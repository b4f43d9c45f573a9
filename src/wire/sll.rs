//! Linux cooked headers: what a capture on "any" interface has instead of Ethernet.

/// A Linux cooked header, version 1 (LINKTYPE_LINUX_SLL).
#[derive(Debug, Clone, Copy)]
pub struct Sll<'a> {
    head: &'a [u8; 16],
    rest: &'a [u8],
}

impl<'a> Sll<'a> {
    /// The length of the header.
    pub const LEN: usize = 16;

    /// A view of a frame; `None` if it is shorter than the header.
    pub fn new(bytes: &'a [u8]) -> Option<Sll<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Sll { head, rest })
    }

    /// 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 from us.
    pub fn packet_type(&self) -> u16 {
        u16::from_be_bytes([self.head[0], self.head[1]])
    }

    /// The kind of device (ARPHRD), 1 for Ethernet.
    pub fn hardware(&self) -> u16 {
        u16::from_be_bytes([self.head[2], self.head[3]])
    }

    /// The sender's link-layer address, up to eight bytes of it.
    pub fn address(&self) -> &'a [u8] {
        let len = usize::from(u16::from_be_bytes([self.head[4], self.head[5]])).min(8);
        &self.head[6..6 + len]
    }

    /// The EtherType of what follows.
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.head[14], self.head[15]])
    }

    /// Everything after the header.
    pub fn payload(&self) -> &'a [u8] {
        self.rest
    }
}

/// A Linux cooked header, version 2 (LINKTYPE_LINUX_SLL2).
#[derive(Debug, Clone, Copy)]
pub struct Sll2<'a> {
    head: &'a [u8; 20],
    rest: &'a [u8],
}

impl<'a> Sll2<'a> {
    /// The length of the header.
    pub const LEN: usize = 20;

    /// A view of a frame; `None` if it is shorter than the header.
    pub fn new(bytes: &'a [u8]) -> Option<Sll2<'a>> {
        let (head, rest) = bytes.split_first_chunk()?;
        Some(Sll2 { head, rest })
    }

    /// The EtherType of what follows.
    pub fn protocol(&self) -> u16 {
        u16::from_be_bytes([self.head[0], self.head[1]])
    }

    /// The number of the interface that saw the frame.
    pub fn interface_index(&self) -> u32 {
        let [_, _, _, _, a, b, c, d, ..] = *self.head;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The kind of device (ARPHRD), 1 for Ethernet.
    pub fn hardware(&self) -> u16 {
        u16::from_be_bytes([self.head[8], self.head[9]])
    }

    /// 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 from us.
    pub fn packet_type(&self) -> u8 {
        self.head[10]
    }

    /// The sender's link-layer address, up to eight bytes of it.
    pub fn address(&self) -> &'a [u8] {
        let len = usize::from(self.head[11]).min(8);
        &self.head[12..12 + len]
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
    fn both_versions() {
        let one = [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, 0x45];
        let sll = Sll::new(&one).unwrap();
        assert_eq!((sll.packet_type(), sll.hardware()), (4, 1));
        assert_eq!(
            (sll.address(), sll.protocol()),
            (&[2, 0, 0, 0, 0, 1][..], 0x0800)
        );
        assert_eq!(sll.payload(), [0x45]);

        let mut two = [0; 20];
        two[..2].copy_from_slice(&[0x86, 0xdd]);
        two[7] = 3;
        two[10] = 1;
        two[11] = 200;
        let sll = Sll2::new(&two).unwrap();
        assert_eq!((sll.protocol(), sll.interface_index()), (0x86dd, 3));
        assert_eq!((sll.packet_type(), sll.address().len()), (1, 8));
    }
}
