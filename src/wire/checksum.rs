//! The Internet checksum (RFC 1071), computed to verify what was captured.

use std::net::IpAddr;

/// The ones' complement sum of `bytes`, as 16-bit words in network order, added
/// to `sum`. An odd last byte counts as the high half of a word.
pub fn sum(bytes: &[u8], sum: u32) -> u32 {
    // Words are added as they lie in memory, whatever the machine's order, and
    // the sum is turned round at the end (RFC 1071 §2 B).
    let mut lanes = Lanes::default();
    let (blocks, rest) = bytes.as_chunks();
    for block in blocks {
        lanes.add(block);
    }
    let mut tail = [0; BLOCK];
    for (to, from) in tail.iter_mut().zip(rest) {
        *to = *from;
    }
    lanes.add(&tail);
    let added = fold(carry(lanes.total())).to_be();
    carry(u64::from(sum) + u64::from(added))
}

/// Octets that are added at once.
const BLOCK: usize = 16;

/// Sums of words of eight octets, side by side as a processor adds them. Of a sum of whole words
/// only 64 bits are kept; that of their upper halves is exact, and tells what the lower ones are.
#[derive(Default)]
struct Lanes {
    words: [u64; BLOCK / 8],
    uppers: [u64; BLOCK / 8],
}

impl Lanes {
    #[inline]
    fn add(&mut self, block: &[u8; BLOCK]) {
        let sums = self.words.iter_mut().zip(&mut self.uppers);
        for ((words, uppers), octets) in sums.zip(block.as_chunks().0) {
            let word = u64::from_ne_bytes(*octets);
            *words = words.wrapping_add(word);
            *uppers += word >> 32;
        }
    }

    /// The sum of all halves. There are fewer than 2^31 words in any memory that is added up.
    fn total(&self) -> u64 {
        let sum = |words: u64, uppers: u64| words.wrapping_sub(uppers << 32) + uppers;
        let lanes = self.words.iter().zip(&self.uppers);
        lanes.map(|(words, uppers)| sum(*words, *uppers)).sum()
    }
}

/// Folds a sum to the 16 bits that a header carries, before complementing.
pub fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    let twice = (once & 0xffff) + (once >> 16);
    u16::try_from(twice).unwrap_or(u16::MAX)
}

/// The bytes contain their own checksum and it is right: their sum is all ones.
///
/// ```
/// // An IPv4 header with its checksum in octets 10–11.
/// let header = [
///     0x45, 0, 0, 0x1c, 0, 0, 0, 0, 0x40, 0x11, 0x7c, 0xce, 127, 0, 0, 1, 127, 0, 0, 2,
/// ];
/// assert!(wirelab::wire::checksum::is_right(&header, 0));
/// ```
pub fn is_right(bytes: &[u8], pseudo_header: u32) -> bool {
    fold(sum(bytes, pseudo_header)) == 0xffff
}

/// What a checksum field over `bytes` (the field itself zero) should hold.
pub fn compute(bytes: &[u8], pseudo_header: u32) -> u16 {
    !fold(sum(bytes, pseudo_header))
}

/// The sum over the pseudo header of TCP, UDP and ICMPv6 (RFC 9293 §3.1,
/// RFC 8200 §8.1); `None` if the addresses are of different families.
pub fn pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, len: u32) -> Option<u32> {
    let addresses = match (source, destination) {
        (IpAddr::V4(s), IpAddr::V4(d)) => u64::from(s.to_bits()) + u64::from(d.to_bits()),
        (IpAddr::V6(s), IpAddr::V6(d)) => sum(&d.octets(), sum(&s.octets(), 0)).into(),
        _ => return None,
    };
    Some(carry(addresses + u64::from(len) + u64::from(protocol)))
}

/// Adds what does not fit into 32 bits to what does, until all of it does.
fn carry(mut total: u64) -> u32 {
    while total > u64::from(u32::MAX) {
        total = (total & u64::from(u32::MAX)) + (total >> 32);
    }
    u32::try_from(total).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071() {
        // RFC 1071 §3: 0001 f203 f4f5 f6f7 sums to ddf2.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(fold(sum(&bytes, 0)), 0xddf2);
        assert_eq!(compute(&bytes, 0), 0x220d);
    }

    #[test]
    fn an_odd_byte_is_a_high_half() {
        assert_eq!(fold(sum(&[0x12], 0)), 0x1200);
        assert_eq!(fold(sum(&[0x12, 0x34, 0x56], 0)), 0x1234 + 0x5600);
    }

    #[test]
    fn sums_do_not_overflow() {
        let ones = [0xff; 65_536];
        assert_eq!(fold(sum(&ones, u32::MAX)), 0xffff);
    }

    #[test]
    fn a_sum_is_that_of_its_words_however_many() {
        let bytes: Vec<u8> = (0..200u32).map(|i| (i * 77 % 256) as u8).collect();
        for len in 0..bytes.len() {
            let words = bytes[..len].chunks(2);
            let word = |pair: &[u8]| u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]);
            let naive = words.fold(7, |sum, pair| sum + u32::from(word(pair)));
            assert_eq!(fold(sum(&bytes[..len], 7)), fold(naive), "{len} octets");
        }
    }

    #[test]
    fn families_must_agree() {
        let v4 = IpAddr::from([127, 0, 0, 1]);
        let v6 = IpAddr::from([0u16; 8]);
        assert!(pseudo_header(v4, v6, 6, 20).is_none());
        assert!(pseudo_header(v6, v6, 6, 20).is_some());
    }
}
