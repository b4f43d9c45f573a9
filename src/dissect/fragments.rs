//! Packets that travelled in pieces, put together again (RFC 791 §3.2, RFC 8200 §4.5).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::packet::{Network, Packet};
use crate::time::{Duration, Timestamp};

/// So many packets may be incomplete at once; the oldest is given up.
const MAX_PACKETS: usize = 1024;
/// So many bytes may wait for the rest of their packets.
const MAX_HELD: usize = 4 << 20;
/// The longest packet there is. No honest pieces make a longer one.
const MAX_LEN: u32 = 65_535;
/// So many pieces make a packet at most.
const MAX_PIECES: usize = 2048;
/// What a piece costs beside its bytes.
const OVERHEAD: usize = 64;
/// Pieces that come later than this belong to another packet (RFC 8200 §4.5).
const PATIENCE: Duration = Duration::from_secs(60);

/// A piece of a packet: which frame brought it, and what of the packet it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentSeen {
    /// The number of its frame.
    pub frame: u64,
    /// Where it begins in the packet's payload, in bytes.
    pub offset: u32,
    /// How many bytes it is.
    pub len: u32,
}

/// The payload of a packet that is complete.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) bytes: Vec<u8>,
    pub(super) pieces: Vec<FragmentSeen>,
}

/// What the pieces of one packet have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    protocol: u8,
}

#[derive(Debug)]
struct Incomplete {
    began: Timestamp,
    first_frame: u64,
    /// In the order of their offsets; of one offset in order of arrival.
    pieces: Vec<(FragmentSeen, Box<[u8]>)>,
    /// The length of the whole, once the last piece is there.
    total: Option<u32>,
    held: usize,
}

/// Packets of which pieces have come.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    incomplete: BTreeMap<Key, Incomplete>,
    /// The same by their first frames: the oldest comes first.
    order: BTreeSet<(u64, Key)>,
    held: usize,
}

impl Fragments {
    /// Whether a packet's piece can be kept for the others: all of it was captured.
    pub(super) fn can_take(packet: &Packet<'_>) -> bool {
        let fragment = packet.network.and_then(|network| network.fragment);
        fragment.is_some_and(|fragment| {
            let end = fragment.offset.checked_add(packet.payload_len);
            packet.payload.len() == packet.payload_len as usize
                && packet.payload_len > 0
                && end.is_some_and(|end| end <= MAX_LEN)
        })
    }

    /// Takes a piece; returns the whole if that was the last one missing.
    pub(super) fn take(
        &mut self,
        network: &Network,
        bytes: &[u8],
        frame: u64,
        at: Timestamp,
    ) -> Option<Joined> {
        let fragment = network.fragment?;
        let len = u32::try_from(bytes.len()).ok()?;
        let key = Key {
            source: network.source,
            destination: network.destination,
            identification: fragment.identification,
            // Of IPv6 only the first piece knows for certain.
            protocol: if network.source.is_ipv4() {
                network.protocol
            } else {
                0
            },
        };
        let stale = |known: &Incomplete| at.since(known.began) > PATIENCE;
        if self.incomplete.get(&key).is_some_and(stale) {
            self.forget(key);
        }
        self.make_room(bytes.len() + OVERHEAD);
        let packet = self.incomplete.entry(key).or_insert_with(|| {
            self.order.insert((frame, key));
            Incomplete {
                began: at,
                first_frame: frame,
                pieces: Vec::new(),
                total: None,
                held: 0,
            }
        });
        if packet.pieces.len() == MAX_PIECES {
            self.forget(key);
            return None;
        }
        let piece = FragmentSeen {
            frame,
            offset: fragment.offset,
            len,
        };
        let place = packet
            .pieces
            .partition_point(|(known, _)| known.offset <= piece.offset);
        packet.pieces.insert(place, (piece, bytes.into()));
        packet.held += bytes.len() + OVERHEAD;
        self.held += bytes.len() + OVERHEAD;
        if !fragment.more {
            packet.total.get_or_insert(fragment.offset + len);
        }
        let joined = packet.join()?;
        self.forget(key);
        Some(joined)
    }

    fn forget(&mut self, key: Key) {
        if let Some(gone) = self.incomplete.remove(&key) {
            self.order.remove(&(gone.first_frame, key));
            self.held = self.held.saturating_sub(gone.held);
        }
    }

    fn make_room(&mut self, len: usize) {
        while self.incomplete.len() >= MAX_PACKETS || self.held + len > MAX_HELD {
            let Some((_, key)) = self.order.first().copied() else {
                return;
            };
            self.forget(key);
        }
    }
}

impl Incomplete {
    /// The whole, if no piece is missing. Where pieces overlap, the one that
    /// begins earlier counts, and of two that begin together the first to come.
    fn join(&self) -> Option<Joined> {
        let total = self.total?;
        let mut reached = 0;
        for (piece, _) in &self.pieces {
            if piece.offset > reached {
                return None;
            }
            reached = reached.max(piece.offset + piece.len);
        }
        if reached < total {
            return None;
        }
        let mut bytes = Vec::with_capacity(total as usize);
        for (piece, content) in &self.pieces {
            let known = bytes.len().saturating_sub(piece.offset as usize);
            bytes.extend_from_slice(content.get(known..).unwrap_or_default());
        }
        bytes.truncate(total as usize);
        let pieces = self.pieces.iter().map(|(piece, _)| *piece).collect();
        Some(Joined { bytes, pieces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::Fragment;

    fn network(identification: u32, offset: u32, more: bool) -> Network {
        Network {
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
            protocol: 17,
            hops: 64,
            fragment: Some(Fragment {
                identification,
                offset,
                more,
            }),
        }
    }

    /// The pieces as given, one a second: the whole, and after which it was there.
    fn join(pieces: &[(u32, bool, &str)]) -> Option<(usize, String)> {
        let mut fragments = Fragments::default();
        pieces
            .iter()
            .zip(1..)
            .find_map(|((offset, more, text), n)| {
                let at = Timestamp::from_nanos(n * 1_000_000_000);
                let whole = fragments.take(&network(7, *offset, *more), text.as_bytes(), n, at)?;
                assert!(fragments.incomplete.is_empty() && fragments.held == 0);
                Some((whole.pieces.len(), String::from_utf8(whole.bytes).unwrap()))
            })
    }

    #[test]
    fn any_order_doubles_and_overlaps() {
        let whole = |count| Some((count, "abcdefghijklmnopq".to_owned()));
        let (a, b, c) = (
            (0, true, "abcdefgh"),
            (8, true, "ijklmnop"),
            (16, false, "q"),
        );
        assert_eq!(join(&[a, b, c]), whole(3));
        assert_eq!(join(&[c, a, b]), whole(3));
        assert_eq!(join(&[b, b, c, a]), whole(4));
        assert_eq!(
            join(&[a, c, (8, true, "ijklmnopXY")]),
            Some((3, "abcdefghijklmnopX".into())),
            "what begins earlier counts, and no packet is longer than its last piece says"
        );
        assert_eq!(
            join(&[(0, true, "abcdefghijklmnop"), (8, true, "XX"), c]),
            whole(3)
        );
        assert_eq!(join(&[a, c]), None);
        assert_eq!(join(&[a, b]), None);
    }

    #[test]
    fn what_never_ends_is_given_up() {
        let mut fragments = Fragments::default();
        for n in 0..20_000u32 {
            let at = Timestamp::from_nanos(u64::from(n));
            let piece = [0; 1000];
            assert!(
                fragments
                    .take(&network(n, 8, true), &piece, n.into(), at)
                    .is_none()
            );
            assert!(fragments.held <= MAX_HELD && fragments.incomplete.len() <= MAX_PACKETS);
            assert_eq!(fragments.order.len(), fragments.incomplete.len());
        }
        for n in 0..5000u32 {
            let at = Timestamp::from_nanos(u64::from(n));
            fragments.take(&network(1, 8 * (n % 8000), true), &[0; 8], n.into(), at);
        }
        assert!(fragments.incomplete.len() <= MAX_PACKETS);
        assert_eq!(fragments.order.len(), fragments.incomplete.len());
    }

    #[test]
    fn identifications_come_again() {
        let mut fragments = Fragments::default();
        let mut take = |offset, more, text: &[u8], seconds: u64| {
            let at = Timestamp::from_nanos(seconds * 1_000_000_000);
            fragments.take(&network(7, offset, more), text, seconds, at)
        };
        assert!(take(0, true, b"abcdefgh", 1).is_none());
        assert!(take(8, false, b"i", 100).is_none(), "a minute later");
        let whole = take(0, true, b"ABCDEFGH", 101).unwrap();
        assert_eq!(whole.bytes, b"ABCDEFGHi");
    }
}
