//! One Ethernet frame, immutable once built and shared from then on.

use core::fmt;
use std::sync::Arc;

use super::{MacAddr, ether_type};

/// The least length of a frame without its FCS (IEEE 802.3 §3.2.8: 64 octets
/// with it). Shorter ones are padded with zeros by the sending hardware.
pub const MIN_FRAME_LEN: usize = 60;

/// Where a tag stands: behind the addresses.
const TAG_OFFSET: usize = 12;

/// An Ethernet frame as it is on the wire, without preamble and FCS.
///
/// A frame is always padded to [`MIN_FRAME_LEN`]; it remembers the length that
/// the sending host gave its hardware, since that is what a capture on the
/// sending host shows.
///
/// ```
/// use wirelab::wire::Frame;
/// let frame = Frame::new(&[0xff; 14]);
/// assert_eq!(frame.bytes().len(), 60);
/// assert_eq!(frame.unpadded().len(), 14);
/// ```
#[derive(Clone)]
pub struct Frame {
    bytes: Arc<Vec<u8>>,
    unpadded_len: u32,
    sound: bool,
}

impl Frame {
    /// A frame of these bytes (destination, source, type, payload), padded if short.
    pub fn new(bytes: &[u8]) -> Frame {
        let mut padded = Vec::with_capacity(bytes.len().max(MIN_FRAME_LEN));
        padded.extend_from_slice(bytes);
        padded.resize(padded.len().max(MIN_FRAME_LEN), 0);
        Frame {
            bytes: Arc::new(padded),
            unpadded_len: unpadded_len(bytes),
            sound: false,
        }
    }

    /// A frame whose checksums its maker has just filled in.
    #[cfg(test)]
    pub(crate) fn sound(bytes: &[u8]) -> Frame {
        Frame {
            sound: true,
            ..Frame::new(bytes)
        }
    }

    /// The checksums are known to be right, because the maker filled them in
    /// and nothing has touched the frame since: a receiver need not add them
    /// up again. False says only that they must be looked at.
    pub(crate) fn is_sound(&self) -> bool {
        self.sound
    }

    /// The same frame with an 802.1Q tag of this VLAN (IEEE 802.1Q §9.6).
    pub(crate) fn tagged(&self, vlan: u16) -> Frame {
        let bytes = self.unpadded();
        let (addresses, rest) = bytes.split_at(bytes.len().min(TAG_OFFSET));
        let kind = ether_type::VLAN.to_be_bytes();
        let tag = (vlan & 0x0fff).to_be_bytes();
        Frame {
            sound: self.sound,
            ..Frame::new(&[addresses, &kind, &tag, rest].concat())
        }
    }

    /// The frame without its tag, if it bears one of this VLAN.
    pub(crate) fn untagged(&self, vlan: u16) -> Option<Frame> {
        let id = u16::from_be_bytes([self.bytes[14], self.bytes[15]]) & 0x0fff;
        if self.ether_type() != ether_type::VLAN || id != vlan {
            return None;
        }
        let bytes = self.unpadded();
        let (addresses, rest) = bytes.split_at_checked(TAG_OFFSET)?;
        Some(Frame {
            sound: self.sound,
            ..Frame::new(&[addresses, rest.get(4..)?].concat())
        })
    }

    /// The bytes on the wire: at least [`MIN_FRAME_LEN`].
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes that the sending host gave its hardware, before padding.
    pub fn unpadded(&self) -> &[u8] {
        let len = self.bytes.len().min(self.unpadded_len as usize);
        &self.bytes[..len]
    }

    /// The destination address (octets 0–5).
    pub fn destination(&self) -> MacAddr {
        self.mac_at(0)
    }

    /// The source address (octets 6–11).
    pub fn source(&self) -> MacAddr {
        self.mac_at(6)
    }

    /// The EtherType, or a length when it is below 0x0600 (octets 12–13).
    pub fn ether_type(&self) -> u16 {
        u16::from_be_bytes([self.bytes[12], self.bytes[13]])
    }

    fn mac_at(&self, offset: usize) -> MacAddr {
        let mut octets = [0; 6];
        octets.copy_from_slice(&self.bytes[offset..offset + 6]);
        MacAddr(octets)
    }
}

/// Fills up with zeros what is shorter than a frame may be.
#[inline(never)]
fn pad(bytes: &mut Vec<u8>) {
    bytes.reserve_exact(MIN_FRAME_LEN.saturating_sub(bytes.len()));
    bytes.resize(MIN_FRAME_LEN, 0);
}

/// The length that the sending host gave its hardware.
fn unpadded_len(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// The memory of frames that a card has sent, which those it sends next take
/// over as soon as nobody holds the old ones any more: the descriptor ring of
/// a real card. Where somebody keeps every frame, each has memory of its own.
#[derive(Debug, Default)]
pub(crate) struct TransmitRing {
    /// In the order in which they were sent, beginning at the oldest, which is
    /// nearly always the order in which they are let go.
    sent: Vec<Arc<Vec<u8>>>,
    oldest: usize,
}

/// Frames whose memory a card remembers: a window's worth.
const RING_LEN: usize = 64;

impl TransmitRing {
    /// The frame of these bytes, which are moved and not copied; `sound` as in
    /// [`Frame::is_sound`]. `bytes` has other memory then, or none.
    #[inline(always)]
    pub fn frame(&mut self, bytes: &mut Vec<u8>, sound: bool) -> Frame {
        let unpadded_len = unpadded_len(bytes);
        if bytes.len() < MIN_FRAME_LEN {
            pad(bytes);
        }
        let bytes = match self.reuse(bytes) {
            Some(bytes) => bytes,
            None => self.add(bytes),
        };
        Frame {
            bytes,
            unpadded_len,
            sound,
        }
    }

    /// The bytes in memory of their own, which the ring remembers if it has room.
    #[cold]
    fn add(&mut self, bytes: &mut Vec<u8>) -> Arc<Vec<u8>> {
        let bytes = Arc::new(core::mem::take(bytes));
        if self.sent.len() < RING_LEN {
            // Before the oldest, which is where the newest stands.
            self.sent.insert(self.oldest, Arc::clone(&bytes));
            self.oldest = (self.oldest + 1) % self.sent.len();
        }
        bytes
    }

    /// The bytes in the place of the oldest ones, whose memory they leave
    /// behind, if nobody holds those any more.
    #[inline(always)]
    fn reuse(&mut self, bytes: &mut Vec<u8>) -> Option<Arc<Vec<u8>>> {
        let oldest = self.sent.get_mut(self.oldest)?;
        core::mem::swap(Arc::get_mut(oldest)?, bytes);
        self.oldest += 1;
        let sent = Arc::clone(oldest);
        if self.oldest == self.sent.len() {
            self.oldest = 0;
        }
        Some(sent)
    }
}

/// Frames are equal if their bytes are.
impl PartialEq for Frame {
    fn eq(&self, other: &Frame) -> bool {
        self.bytes == other.bytes && self.unpadded_len == other.unpadded_len
    }
}

impl Eq for Frame {}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Frame({} > {}, type {:04x}, {} bytes)",
            self.source(),
            self.destination(),
            self.ether_type(),
            self.bytes.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_frame_is_still_a_frame() {
        let frame = Frame::new(&[]);
        assert_eq!(frame.bytes(), [0; 60]);
        assert!(frame.unpadded().is_empty());
        assert_eq!(frame.source(), MacAddr::ZERO);
    }

    #[test]
    fn a_ring_takes_back_only_what_nobody_holds() {
        let mut ring = TransmitRing::default();
        let mut buffer = Vec::new();
        let mut send = |ring: &mut TransmitRing, octet: u8, len: usize| {
            buffer.resize(len, 0);
            buffer.fill(octet);
            ring.frame(&mut buffer, true)
        };
        let kept: Vec<Frame> = (0..3).map(|octet| send(&mut ring, octet, 100)).collect();
        let passing = send(&mut ring, 3, 1514);
        drop(passing);
        for octet in 4..=255 {
            let frame = send(&mut ring, octet, 20);
            assert_eq!(frame.unpadded(), [octet; 20]);
            assert_eq!(frame.bytes()[20..], [0; 40], "padded with zeros");
        }
        for (frame, octet) in kept.iter().zip(0..) {
            assert_eq!(frame.bytes(), [octet; 100]);
        }
        drop(kept);
        let held = ring.sent.len();
        for octet in 0..100 {
            assert_eq!(send(&mut ring, octet, 99).bytes(), [octet; 99]);
        }
        assert_eq!(ring.sent.len(), held, "old memory was taken");
    }

    #[test]
    fn a_tag_goes_in_and_comes_out() {
        let frame = Frame::new(&[7; 70]);
        let tagged = frame.tagged(42);
        assert_eq!(
            tagged.bytes()[..18],
            [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0x81, 0, 0, 42, 7, 7]
        );
        assert_eq!(tagged.bytes().len(), 74);
        assert_eq!(tagged.untagged(42), Some(frame.clone()));
        assert_eq!(tagged.untagged(43), None);
        assert_eq!(frame.untagged(42), None);
        let short = Frame::new(&[7; 14]);
        assert_eq!(short.tagged(1).unpadded().len(), 18);
        assert_eq!(short.tagged(1).untagged(1), Some(short));
    }

    #[test]
    fn a_long_frame_is_not_padded() {
        let frame = Frame::new(&[7; 1514]);
        assert_eq!(frame.bytes().len(), 1514);
        assert_eq!(frame.unpadded().len(), 1514);
    }
}
