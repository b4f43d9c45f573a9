//! One direction of a TCP connection, put back in order.

use std::collections::BTreeMap;

/// How much may wait behind a hole. Beyond it the hole is given up.
const MAX_HELD: usize = 256 * 1024;

/// What comes out, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// So many bytes were sent that the capture does not have.
    Gap(u64),
}

/// Puts segments back in order: takes them as they come, gives their bytes once
/// each. Doubled, overlapping and late segments are no trouble; where two
/// copies differ, the first one counts.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    /// The sequence number of the next byte; `None` before anything is known.
    next: Option<u32>,
    /// How many bytes have come out, gaps included.
    position: u64,
    /// How far the peer has acknowledged.
    acknowledged: u64,
    /// What waits behind a hole, by its position.
    held: BTreeMap<u64, Box<[u8]>>,
    held_len: usize,
}

impl Stream {
    /// How many bytes have come out, gaps included.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Something waits behind a hole: an acknowledgement may let it out.
    pub(super) fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    /// The stream begins with this sequence number, unless it has begun.
    pub fn begin(&mut self, sequence: u32) {
        self.next.get_or_insert(sequence);
    }

    /// A segment with these bytes.
    pub fn push(&mut self, sequence: u32, bytes: &[u8], mut out: impl FnMut(Piece<'_>)) {
        let next = *self.next.get_or_insert(sequence);
        let ahead = distance(next, sequence);
        match usize::try_from(ahead) {
            Ok(0) => self.give(bytes, &mut out),
            Ok(_) => self.hold(self.position.saturating_add_signed(ahead), bytes),
            Err(_) => {
                // It begins before what is wanted: perhaps its end is new.
                let known = usize::try_from(ahead.unsigned_abs()).unwrap_or(usize::MAX);
                let fresh = bytes.get(known..).unwrap_or_default();
                self.give(fresh, &mut out);
            }
        }
        self.release(&mut out);
    }

    /// The `len` bytes from this sequence number on were sent, but the capture
    /// does not have them: it was made with frames cut short.
    pub fn lose(&mut self, sequence: u32, len: u64, mut out: impl FnMut(Piece<'_>)) {
        // Were they seen in another copy, or is a hole before them, then
        // nothing is to be done yet.
        if len > 0 && self.next == Some(sequence) {
            self.advance(len);
            out(Piece::Gap(len));
            self.release(&mut out);
        }
    }

    /// The peer says that everything before this sequence number has arrived.
    pub fn acknowledge(&mut self, sequence: u32, mut out: impl FnMut(Piece<'_>)) {
        let Some(next) = self.next else { return };
        let edge = self
            .position
            .saturating_add_signed(distance(next, sequence));
        self.acknowledged = self.acknowledged.max(edge);
        self.release(&mut out);
    }

    fn give(&mut self, bytes: &[u8], out: &mut impl FnMut(Piece<'_>)) {
        if !bytes.is_empty() {
            self.advance(bytes.len() as u64);
            out(Piece::Bytes(bytes));
        }
    }

    fn advance(&mut self, by: u64) {
        self.position += by;
        let wrapped = u32::try_from(by & u64::from(u32::MAX)).unwrap_or(0);
        self.next = self.next.map(|n| n.wrapping_add(wrapped));
    }

    fn hold(&mut self, position: u64, bytes: &[u8]) {
        let known = self.held.get(&position).map_or(0, |b| b.len());
        if bytes.len() > known {
            self.held_len = self.held_len - known + bytes.len();
            self.held.insert(position, bytes.into());
        }
    }

    /// Gives what no hole holds back any longer. A hole is given up when the
    /// peer has what was in it, or when too much waits behind it.
    fn release(&mut self, out: &mut impl FnMut(Piece<'_>)) {
        while let Some(entry) = self.held.first_entry() {
            let start = *entry.key();
            if start > self.position {
                if self.acknowledged < start && self.held_len <= MAX_HELD {
                    return;
                }
                let missing = start - self.position;
                self.advance(missing);
                out(Piece::Gap(missing));
                continue;
            }
            let bytes = entry.remove();
            self.held_len -= bytes.len();
            let known = usize::try_from(self.position - start).unwrap_or(usize::MAX);
            self.give(bytes.get(known..).unwrap_or_default(), out);
        }
    }
}

/// How far `to` lies ahead of `from`, on the circle of sequence numbers
/// (RFC 9293 §3.4): negative when it lies behind.
pub fn distance(from: u32, to: u32) -> i64 {
    i64::from(to.wrapping_sub(from).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(segments: &[(u32, &[u8])]) -> String {
        let mut stream = Stream::default();
        let mut text = String::new();
        stream.begin(segments[0].0);
        for (sequence, bytes) in segments {
            stream.push(*sequence, bytes, |piece| match piece {
                Piece::Bytes(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
                Piece::Gap(len) => text.push_str(&format!("<{len}>")),
            });
        }
        text
    }

    #[test]
    fn order_doubles_and_overlaps() {
        assert_eq!(collect(&[(1, b"ab"), (3, b"cd")]), "abcd");
        assert_eq!(collect(&[(1, b"ab"), (5, b"ef"), (3, b"cd")]), "abcdef");
        assert_eq!(collect(&[(1, b"ab"), (1, b"ab"), (2, b"bcd")]), "abcd");
        assert_eq!(
            collect(&[(1, b""), (3, b"cd"), (2, b"bc"), (1, b"aXY")]),
            "aXYd"
        );
    }

    #[test]
    fn sequence_numbers_wrap() {
        let top = u32::MAX - 1;
        assert_eq!(collect(&[(top, b"abc"), (1, b"de")]), "abcde");
        assert_eq!(collect(&[(top, b""), (1, b"de"), (top, b"abc")]), "abcde");
    }

    #[test]
    fn a_hole_is_given_up_when_the_peer_has_it() {
        let mut stream = Stream::default();
        let mut seen = Vec::new();
        let mut note = |piece: Piece<'_>| match piece {
            Piece::Bytes(bytes) => seen.push(bytes.len() as i64),
            Piece::Gap(len) => seen.push(-(len as i64)),
        };
        stream.begin(100);
        stream.push(110, b"later", &mut note);
        stream.acknowledge(105, &mut note);
        stream.acknowledge(115, &mut note);
        assert_eq!(seen, [-10, 5]);
        assert_eq!(stream.position(), 15);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut stream = Stream::default();
        stream.begin(0);
        let mut given = 0;
        for n in 0..100u32 {
            let at = 10 + n * 20_000;
            stream.push(at, &[0; 10_000], |piece| {
                if let Piece::Bytes(bytes) = piece {
                    given += bytes.len();
                }
            });
            assert!(stream.held_len <= MAX_HELD + 10_000);
        }
        assert!(given > 700_000);
    }

    mod any {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            /// However a stream is cut, shuffled and doubled, the same bytes come out.
            #[test]
            fn any_cutting_gives_the_same(
                text in proptest::collection::vec(any::<u8>(), 1..400),
                base: u32,
                cuts in proptest::collection::vec((0usize..400, 1usize..50), 1..60),
                seed in any::<u64>(),
            ) {
                let mut segments: Vec<(usize, usize)> = cuts
                    .into_iter()
                    .map(|(at, len)| (at.min(text.len()), (at + len).min(text.len())))
                    .collect();
                // All of it must be there at least once.
                segments.extend((0..text.len()).step_by(37).map(|at| (at, (at + 37).min(text.len()))));
                let mut dice = seed | 1;
                for i in (1..segments.len()).rev() {
                    dice = dice.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    segments.swap(i, (dice >> 33) as usize % (i + 1));
                }
                let mut stream = Stream::default();
                stream.begin(base);
                let mut got = Vec::new();
                for (from, to) in segments {
                    let sequence = base.wrapping_add(from as u32);
                    stream.push(sequence, &text[from..to], |piece| match piece {
                        Piece::Bytes(bytes) => got.extend_from_slice(bytes),
                        Piece::Gap(_) => panic!("nothing was lost"),
                    });
                }
                prop_assert_eq!(got, text);
            }
        }
    }
}
