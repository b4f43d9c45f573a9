//! The pcapng format: sections of blocks, each with its length before and after it.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::read::{Found, Shared};
use super::read_pcap::cut;
use super::source::Source;
use super::{Interface, LinkType, MAX_FRAME_LEN, ReadError, Section};
use crate::time::Timestamp;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAME_RESOLUTION: u32 = 4;
const ENHANCED_PACKET: u32 = 6;

/// Type and length before a block's body, and length after it.
const BLOCK_FRAME: usize = 12;
/// A larger block is passed over without keeping it.
const MAX_BLOCK: usize = 4 << 20;
/// How far behind a broken block the next good one is looked for.
const SEARCH: usize = 4 << 20;
/// A file with more interfaces or names than these is out to fill our memory.
const MAX_INTERFACES: usize = 65_536;
const MAX_NAMES: usize = 65_536;

/// How a pcapng file is to be read.
#[derive(Default)]
pub(super) struct PcapNg {
    big_endian: bool,
    /// Where this section's interfaces begin among all.
    first_interface: usize,
    /// The clock of each of this section's interfaces.
    clocks: Vec<Clock>,
}

/// How an interface counts time.
#[derive(Clone, Copy)]
struct Clock {
    /// As `if_tsresol` writes it: a power of ten, or of two with the high bit.
    resolution: u8,
    /// Seconds to add.
    offset: i64,
}

impl Clock {
    const DEFAULT: Clock = Clock {
        resolution: 6,
        offset: 0,
    };

    /// What this many ticks mean. Dates that we cannot hold come out as the
    /// nearest that we can.
    fn date(self, ticks: u64) -> Timestamp {
        let ticks = u128::from(ticks);
        let power = u32::from(self.resolution & 0x7f);
        let nanos = if self.resolution & 0x80 != 0 {
            (ticks * 1_000_000_000).checked_shr(power).unwrap_or(0)
        } else if power <= 9 {
            ticks * 10u128.pow(9 - power)
        } else {
            10u128
                .checked_pow(power - 9)
                .map_or(0, |scale| ticks / scale)
        };
        let offset = u128::from(self.offset.unsigned_abs()) * 1_000_000_000;
        let date = if self.offset < 0 {
            nanos.saturating_sub(offset)
        } else {
            nanos.saturating_add(offset)
        };
        Timestamp::from_nanos(u64::try_from(date).unwrap_or(u64::MAX))
    }
}

impl PcapNg {
    /// The input begins as pcapng does: with a section header, whose type
    /// reads the same in both byte orders.
    pub(super) fn begins_with(magic: [u8; 4]) -> bool {
        u32::from_be_bytes(magic) == SECTION_HEADER
    }

    /// The next frame. Blocks that hold none are read on the way.
    pub(super) fn next<R: Read>(
        &mut self,
        source: &mut Source<R>,
        shared: &mut Shared,
    ) -> Result<Option<Found>, ReadError> {
        loop {
            let offset = source.offset();
            let head = source.ensure(BLOCK_FRAME)?;
            if head == 0 {
                return Ok(None);
            }
            if head < BLOCK_FRAME {
                source.take(head);
                return Err(cut(offset, "a block's header", BLOCK_FRAME, head));
            }
            let Some((kind, len)) = self.block_head(source.available()) else {
                let skipped = self.search(source)?;
                let what = format!("no block can begin here; {skipped} bytes passed over");
                return Err(ReadError::broken(offset, what));
            };
            if len > MAX_BLOCK {
                let found = source.skip(len as u64)?;
                if found < len as u64 {
                    let found = usize::try_from(found).unwrap_or(usize::MAX);
                    return Err(cut(offset, "a block", len, found));
                }
                if is_known(kind) {
                    let what = format!("a block of {len} bytes was passed over: it is too large");
                    return Err(ReadError::broken(offset, what));
                }
                continue;
            }
            let found = source.ensure(len)?;
            if found < len {
                source.take(found);
                return Err(cut(offset, "a block", len, found));
            }
            let trailer = self.u32_at(source.available(), len - 4);
            if trailer as usize != len {
                let skipped = self.search(source)?;
                let what = format!(
                    "a block begins with length {len} and ends with {trailer}; \
                     {skipped} bytes passed over"
                );
                return Err(ReadError::broken(offset, what));
            }
            source.take(len);
            let body = source.taken(len - 8);
            let body = body.get(..len - BLOCK_FRAME).unwrap_or_default();
            let broken = |what: &str| ReadError::broken(offset, what);
            match kind {
                SECTION_HEADER => self.section(body, shared),
                INTERFACE => self.interface(body, shared).map_err(broken)?,
                NAME_RESOLUTION => self.names(body, shared),
                ENHANCED_PACKET | OBSOLETE_PACKET | SIMPLE_PACKET => {
                    return self.packet(kind, body, shared).map(Some).map_err(broken);
                }
                _ => {}
            }
        }
    }

    /// Type and length of the block that begins here; `None` if none can. A
    /// section header says in which byte order the section is written.
    fn block_head(&mut self, bytes: &[u8]) -> Option<(u32, usize)> {
        let kind = self.u32_at(bytes, 0);
        if kind == SECTION_HEADER {
            match bytes.get(8..12)? {
                [0x1a, 0x2b, 0x3c, 0x4d] => self.big_endian = true,
                [0x4d, 0x3c, 0x2b, 0x1a] => self.big_endian = false,
                _ => return None,
            }
        }
        let len = self.u32_at(bytes, 4) as usize;
        let least = match kind {
            SECTION_HEADER => 28,
            INTERFACE => 20,
            OBSOLETE_PACKET | ENHANCED_PACKET => 32,
            SIMPLE_PACKET => 16,
            _ => BLOCK_FRAME,
        };
        // A known block that is not a multiple of four, or larger than a frame
        // with all it may carry, is a broken length. Of an unknown one of any
        // size nothing can be said, but that types have small numbers.
        let is_sane = if is_known(kind) {
            len <= MAX_BLOCK
        } else {
            kind & 0x7fff_0000 == 0 || kind == 0x4000_0bad || kind & 0x8000_0000 != 0
        };
        (len.is_multiple_of(4) && len >= least && is_sane).then_some((kind, len))
    }

    /// Looks for the next place where a known block begins and ends with the
    /// same length; returns how many bytes were passed over.
    fn search<R: Read>(&mut self, source: &mut Source<R>) -> Result<u64, ReadError> {
        let was_big_endian = self.big_endian;
        source.ensure(SEARCH + MAX_FRAME_LEN)?;
        let bytes = source.available();
        for at in (4..bytes.len().min(SEARCH)).step_by(4) {
            let here = bytes.get(at..).unwrap_or_default();
            if here.len() < BLOCK_FRAME {
                break;
            }
            if let Some((kind, len)) = self.block_head(here)
                && is_known(kind)
                && here.len() >= len
                && self.u32_at(here, len - 4) as usize == len
            {
                source.take(at);
                return Ok(at as u64);
            }
            self.big_endian = was_big_endian;
        }
        source.skip(u64::MAX)
    }

    fn section(&mut self, body: &[u8], shared: &mut Shared) {
        self.first_interface = shared.interfaces.len();
        self.clocks.clear();
        let mut section = Section::default();
        for (code, value) in self.options(body.get(16..).unwrap_or_default()) {
            match code {
                1 => section.comments.push(text(value)),
                2 => section.hardware = Some(text(value)),
                3 => section.os = Some(text(value)),
                4 => section.application = Some(text(value)),
                _ => {}
            }
        }
        // The first section speaks for the file.
        if self.first_interface == 0 {
            shared.section = section;
        }
    }

    fn interface(&mut self, body: &[u8], shared: &mut Shared) -> Result<(), &'static str> {
        if shared.interfaces.len() >= MAX_INTERFACES {
            return Err("too many interfaces: this one and its frames are passed over");
        }
        let mut clock = Clock::DEFAULT;
        let mut name = None;
        for (code, value) in self.options(body.get(8..).unwrap_or_default()) {
            match (code, value) {
                (2, value) => name = Some(text(value)),
                (9, &[resolution]) => clock.resolution = resolution,
                (14, value) if value.len() == 8 => {
                    let first = self.u32_at(value, 0);
                    let second = self.u32_at(value, 4);
                    let (high, low) = if self.big_endian {
                        (first, second)
                    } else {
                        (second, first)
                    };
                    let bits = (u64::from(high) << 32) | u64::from(low);
                    clock.offset = i64::from_ne_bytes(bits.to_ne_bytes());
                }
                _ => {}
            }
        }
        self.clocks.push(clock);
        shared.interfaces.push(Interface {
            name,
            link: LinkType(self.u16_at(body, 0)),
            snaplen: self.u32_at(body, 4),
        });
        Ok(())
    }

    fn names(&self, body: &[u8], shared: &mut Shared) {
        for (kind, value) in self.options(body) {
            let (ip, names) = match (kind, value) {
                (1, &[a, b, c, d, ref names @ ..]) => {
                    (IpAddr::from(Ipv4Addr::new(a, b, c, d)), names)
                }
                (2, value) => match value.split_first_chunk::<16>() {
                    Some((ip, names)) => (IpAddr::from(Ipv6Addr::from(*ip)), names),
                    None => continue,
                },
                _ => continue,
            };
            let first = names.split(|b| *b == 0).next().unwrap_or_default();
            if !first.is_empty() && shared.names.len() < MAX_NAMES {
                shared.names.push((ip, text(first)));
            }
        }
    }

    /// A block that holds a frame: the body, of which the frame's bytes are
    /// the last part but for `tail` bytes (padding, options, trailer).
    fn packet(&self, kind: u32, body: &[u8], shared: &mut Shared) -> Result<Found, &'static str> {
        let fixed = if kind == SIMPLE_PACKET { 4 } else { 20 };
        let interface = match kind {
            SIMPLE_PACKET => 0,
            OBSOLETE_PACKET => usize::from(self.u16_at(body, 0)),
            _ => self.u32_at(body, 0) as usize,
        };
        let Some(clock) = self.clocks.get(interface) else {
            return Err("a frame names an interface that the section does not have");
        };
        let number = self.first_interface + interface;
        let (at, captured, original_len) = if kind == SIMPLE_PACKET {
            let original = self.u32_at(body, 0);
            let snaplen = shared.interfaces.get(number).map_or(0, |i| i.snaplen);
            let room = body.len().saturating_sub(fixed);
            let captured = match snaplen {
                0 => original as usize,
                limit => original.min(limit) as usize,
            };
            // Such a block has no time; zero is what other readers say.
            (Timestamp::default(), captured.min(room), original)
        } else {
            let high = u64::from(self.u32_at(body, 4));
            let low = u64::from(self.u32_at(body, 8));
            let captured = self.u32_at(body, 12) as usize;
            (
                clock.date(high << 32 | low),
                captured,
                self.u32_at(body, 16),
            )
        };
        if captured > MAX_FRAME_LEN {
            return Err("a frame says that it is larger than a frame can be");
        }
        let end = fixed + captured;
        if body.len() < end {
            return Err("a frame says that it is longer than its block");
        }
        if kind != SIMPLE_PACKET {
            let options = body.get(end.next_multiple_of(4)..).unwrap_or_default();
            for (_, value) in self.options(options).filter(|(code, _)| *code == 1) {
                shared.comments.push(text(value));
            }
        }
        Ok(Found {
            at,
            interface: u32::try_from(number).unwrap_or(u32::MAX),
            original_len,
            len: captured,
            // The trailing length follows the body.
            tail: body.len() - end + 4,
        })
    }

    /// Options, or name records, which look the same: code, length, value,
    /// padding. Ends at the end mark, or at one that does not fit.
    fn options<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let big_endian = self.big_endian;
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let code = u16_in(rest, 0, big_endian)?;
            let len = usize::from(u16_in(rest, 2, big_endian)?);
            if code == 0 {
                return None;
            }
            let value = rest.get(4..4 + len)?;
            rest = rest.get(4 + len.next_multiple_of(4)..).unwrap_or_default();
            Some((code, value))
        })
    }

    fn u16_at(&self, bytes: &[u8], at: usize) -> u16 {
        u16_in(bytes, at, self.big_endian).unwrap_or(0)
    }

    fn u32_at(&self, bytes: &[u8], at: usize) -> u32 {
        let four = bytes.get(at..).and_then(|b| b.first_chunk());
        let four = four.copied().unwrap_or_default();
        if self.big_endian {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        }
    }
}

/// A block type of which we know what its length may be.
fn is_known(kind: u32) -> bool {
    matches!(
        kind,
        SECTION_HEADER | INTERFACE | OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET
    )
}

fn u16_in(bytes: &[u8], at: usize, big_endian: bool) -> Option<u16> {
    let two = *bytes.get(at..)?.first_chunk()?;
    Some(if big_endian {
        u16::from_be_bytes(two)
    } else {
        u16::from_le_bytes(two)
    })
}

/// Text that should be UTF-8, without the zero that some writers leave at its end.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_every_kind() {
        let date = |resolution, offset, ticks| Clock { resolution, offset }.date(ticks).as_nanos();
        assert_eq!(date(6, 0, 1_500_000), 1_500_000_000);
        assert_eq!(date(9, 0, 7), 7);
        assert_eq!(date(0, 10, 1), 11_000_000_000);
        assert_eq!(date(12, 0, 7_999), 7);
        assert_eq!(date(0x80 | 10, 0, 1536), 1_500_000_000);
        assert_eq!(date(0, -5, 3), 0, "before 1970");
        assert_eq!(date(0, 0, u64::MAX), u64::MAX);
        assert_eq!(date(127, 0, 7), 0);
        assert_eq!(date(0xff, 0, 7), 0);
    }
}
