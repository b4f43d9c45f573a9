//! The pcap format: a header of 24 bytes, then frames with 16 bytes each before them.

use std::io::Read;

use super::read::{Found, Shared};
use super::source::Source;
use super::{Interface, LinkType, MAX_FRAME_LEN, ReadError, ReadProblem};
use crate::time::Timestamp;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// How far behind a broken record the next good one is looked for.
const SEARCH: usize = 1 << 20;
/// No two neighbouring frames that are found again lie further apart.
const SEARCH_SECONDS: u32 = 7 * 24 * 3600;

/// How a pcap file is to be read.
pub(super) struct Pcap {
    big_endian: bool,
    nanos: bool,
    /// Kuznetzov's variant has eight bytes more.
    record_header: usize,
    last_seconds: Option<u32>,
    /// Whether a fraction of a second was met that is a second or more.
    carries: bool,
    /// What is odd about the file's header, until it has been said.
    odd_header: Option<ReadError>,
}

/// The major version that every writer of the format uses.
const VERSION: u16 = 2;

/// The 16 bytes before a frame.
struct Record {
    seconds: u32,
    fraction: u32,
    captured: usize,
    original: u32,
}

impl Pcap {
    /// Reads the file's header; `None` if the magic number is not pcap's.
    pub(super) fn begin<R: Read>(
        magic: [u8; 4],
        source: &mut Source<R>,
        shared: &mut Shared,
    ) -> Result<Option<Pcap>, ReadError> {
        let (big_endian, nanos, record_header) = match magic {
            [0xa1, 0xb2, 0xc3, 0xd4] => (true, false, RECORD_HEADER),
            [0xd4, 0xc3, 0xb2, 0xa1] => (false, false, RECORD_HEADER),
            [0xa1, 0xb2, 0x3c, 0x4d] => (true, true, RECORD_HEADER),
            [0x4d, 0x3c, 0xb2, 0xa1] => (false, true, RECORD_HEADER),
            [0xa1, 0xb2, 0xcd, 0x34] => (true, false, RECORD_HEADER + 8),
            [0x34, 0xcd, 0xb2, 0xa1] => (false, false, RECORD_HEADER + 8),
            _ => return Ok(None),
        };
        let found = source.ensure(FILE_HEADER)?;
        if found < FILE_HEADER {
            return Err(cut(0, "the file header", FILE_HEADER, found));
        }
        let mut pcap = Pcap {
            big_endian,
            nanos,
            record_header,
            last_seconds: None,
            carries: false,
            odd_header: None,
        };
        let version = pcap.version(source.available());
        if version != VERSION {
            let what = format!(
                "this is version {version} of the format, which nobody knows: read as version {VERSION}"
            );
            pcap.odd_header = Some(ReadError::broken(4, what));
        }
        let snaplen = pcap.u32_at(source.available(), 16);
        // The upper bits of the link type's field speak of the FCS.
        let [link, _] = split(pcap.u32_at(source.available(), 20));
        shared.interfaces.push(Interface {
            name: None,
            link: LinkType(link),
            snaplen,
        });
        source.take(FILE_HEADER);
        Ok(Some(pcap))
    }

    /// The next frame.
    pub(super) fn next<R: Read>(
        &mut self,
        source: &mut Source<R>,
    ) -> Result<Option<Found>, ReadError> {
        if let Some(odd) = self.odd_header.take() {
            return Err(odd);
        }
        let offset = source.offset();
        let found = source.ensure(self.record_header)?;
        if found == 0 {
            return Ok(None);
        }
        if found < self.record_header {
            source.take(found);
            return Err(cut(offset, "a frame's header", self.record_header, found));
        }
        let record = self.record(source.available());
        let is_odd = record.fraction >= self.second();
        if record.captured > MAX_FRAME_LEN || is_odd && !self.is_followed(&record, source)? {
            let said = format!(
                "no frame can begin here: {} bytes captured of {}, fraction of a second {}",
                record.captured, record.original, record.fraction
            );
            let skipped = self.search(source)?;
            return Err(ReadError::broken(
                offset,
                format!("{said}; {skipped} bytes passed over"),
            ));
        }
        if is_odd && !self.carries {
            // Said once, in the frame's place: it is read by the next call.
            self.carries = true;
            return Err(ReadError::broken(offset, self.carried(&record)));
        }
        let whole = self.record_header + record.captured;
        let found = source.ensure(whole)?;
        if found < whole {
            let there = found - self.record_header;
            source.take(found);
            return Err(cut(offset, "a frame", record.captured, there));
        }
        source.take(whole);
        self.last_seconds = Some(record.seconds);
        let scale = u64::from(1_000_000_000 / self.second());
        let nanos = u64::from(record.seconds) * 1_000_000_000 + u64::from(record.fraction) * scale;
        Ok(Some(Found {
            at: Timestamp::from_nanos(nanos),
            interface: 0,
            original_len: record.original,
            len: record.captured,
            tail: 0,
        }))
    }

    /// What is said of fractions of a second that are none.
    fn carried(&self, record: &Record) -> String {
        let (unit, help) = match self.nanos {
            true => ("nanoseconds", ""),
            false => ("microseconds", " (or is the file one of nanoseconds?)"),
        };
        format!(
            "a fraction of {} {unit} is no fraction of a second: what is too much counts as \
             seconds, here and in the rest of the file{help}",
            record.fraction
        )
    }

    /// Whether a frame whose fraction of a second is none begins here even so: its
    /// lengths agree, and behind it is the end, or a header that may be the next one's.
    fn is_followed<R: Read>(
        &self,
        record: &Record,
        source: &mut Source<R>,
    ) -> Result<bool, ReadError> {
        let are_lengths =
            |r: &Record| r.captured <= r.original as usize && r.original as usize <= MAX_FRAME_LEN;
        if !are_lengths(record) {
            return Ok(false);
        }
        let whole = self.record_header + record.captured;
        source.ensure(whole + self.record_header)?;
        Ok(match source.available().get(whole..) {
            Some([]) => true,
            Some(rest) if rest.len() >= self.record_header => {
                let next = self.record(rest);
                are_lengths(&next) && next.seconds.abs_diff(record.seconds) < SEARCH_SECONDS
            }
            _ => false,
        })
    }

    /// Looks for the next place where a frame may begin; returns how many bytes
    /// it passed over, which ends at the end of the input if there is none near.
    fn search<R: Read>(&self, source: &mut Source<R>) -> Result<u64, ReadError> {
        source.ensure(SEARCH + MAX_FRAME_LEN)?;
        let bytes = source.available();
        let places = 1..bytes.len().saturating_sub(self.record_header);
        let good = places.take(SEARCH).find(|at| {
            let here = bytes.get(*at..).unwrap_or_default();
            self.is_likely(here)
        });
        match good {
            Some(at) => {
                source.take(at);
                Ok(at as u64)
            }
            None => source.skip(u64::MAX),
        }
    }

    /// A frame begins here, and either another one follows it or the input ends with it.
    fn is_likely(&self, bytes: &[u8]) -> bool {
        let near = |r: &Record| {
            let last = self.last_seconds.unwrap_or(r.seconds);
            self.is_possible(r)
                && r.seconds.abs_diff(last) < SEARCH_SECONDS
                && r.original as usize <= MAX_FRAME_LEN
                && (14..=r.original as usize).contains(&r.captured)
        };
        let first = self.record(bytes);
        let end = self.record_header + first.captured;
        if !near(&first) {
            return false;
        }
        match bytes.get(end..) {
            Some([]) => true,
            Some(rest) if rest.len() >= self.record_header => near(&self.record(rest)),
            _ => false,
        }
    }

    fn is_possible(&self, record: &Record) -> bool {
        record.captured <= MAX_FRAME_LEN && (self.carries || record.fraction < self.second())
    }

    /// So many of the units that fractions are counted in make a second.
    fn second(&self) -> u32 {
        if self.nanos { 1_000_000_000 } else { 1_000_000 }
    }

    fn record(&self, bytes: &[u8]) -> Record {
        let header: [u8; RECORD_HEADER] = bytes.first_chunk().copied().unwrap_or_default();
        let (words, _) = header.as_chunks();
        let number = |at: usize| self.number(words.get(at).copied().unwrap_or_default());
        Record {
            seconds: number(0),
            fraction: number(1),
            captured: number(2) as usize,
            original: number(3),
        }
    }

    /// The format's major version, behind the magic number.
    fn version(&self, bytes: &[u8]) -> u16 {
        let two = bytes.get(4..).and_then(|b| b.first_chunk().copied());
        let two = two.unwrap_or_default();
        match self.big_endian {
            true => u16::from_be_bytes(two),
            false => u16::from_le_bytes(two),
        }
    }

    fn u32_at(&self, bytes: &[u8], at: usize) -> u32 {
        let four = bytes.get(at..).and_then(|b| b.first_chunk());
        self.number(four.copied().unwrap_or_default())
    }

    fn number(&self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }
}

/// The lower and the upper half.
fn split(value: u32) -> [u16; 2] {
    let [a, b, c, d] = value.to_le_bytes();
    [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])]
}

/// The input ends in the middle of something.
pub(super) fn cut(offset: u64, what: &'static str, wanted: usize, found: usize) -> ReadError {
    ReadError::new(
        offset,
        ReadProblem::Cut {
            what,
            wanted: wanted as u64,
            found: found as u64,
        },
    )
}

#[cfg(test)]
mod tests {
    use crate::capture::Capture;

    fn file(big: bool, nanos: bool, frames: &[&[u8]]) -> Vec<u8> {
        let word = |v: u32| {
            if big {
                v.to_be_bytes()
            } else {
                v.to_le_bytes()
            }
        };
        let mut file = Vec::new();
        file.extend(word(if nanos { 0xa1b2_3c4d } else { 0xa1b2_c3d4 }));
        let version = if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
        file.extend(version);
        for value in [0, 0, 65_535, 1] {
            file.extend(word(value));
        }
        for (index, frame) in frames.iter().enumerate() {
            let len = frame.len() as u32;
            for value in [1000, 7 + index as u32, len, len + 1] {
                file.extend(word(value));
            }
            file.extend(*frame);
        }
        file
    }

    #[test]
    fn both_byte_orders_and_both_resolutions() {
        for big in [false, true] {
            for nanos in [false, true] {
                let file = file(big, nanos, &[&[1; 20], &[2; 30]]);
                let (capture, problems) = Capture::read(file.as_slice()).unwrap();
                assert!(problems.is_empty());
                let times: Vec<_> = capture
                    .frames()
                    .map(|f| f.at.as_nanos() % 1_000_000)
                    .collect();
                assert_eq!(times, if nanos { [7, 8] } else { [7_000, 8_000] });
                assert_eq!(capture.frames[1].original_len, 31);
                assert_eq!(capture.frames[1].bytes(), [2; 30]);
            }
        }
    }

    #[test]
    fn a_cut_file_gives_what_it_has() {
        let whole = file(false, false, &[&[1; 20], &[2; 30]]);
        for end in 24..whole.len() {
            let (capture, problems) = Capture::read(&whole[..end]).unwrap();
            let expected = match end {
                24..60 => 0,
                60..106 => 1,
                _ => 2,
            };
            assert_eq!(capture.frames.len(), expected, "cut at {end}");
            let is_clean = [24, 60].contains(&end);
            assert_eq!(problems.is_empty(), is_clean, "cut at {end}");
        }
        let error = Capture::read(&whole[..20]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("file header (24 bytes wanted, 20 there)")
        );
    }

    #[test]
    fn an_unknown_version_is_read_with_a_warning() {
        for big in [false, true] {
            let mut file = file(big, false, &[&[1; 20]]);
            let major = if big { 5 } else { 4 };
            file[major] = 1;
            let (capture, problems) = Capture::read(file.as_slice()).unwrap();
            assert_eq!(capture.frames.len(), 1);
            let told: Vec<String> = problems.iter().map(|p| p.to_string()).collect();
            assert!(told.len() == 1 && told[0].contains("version 1"), "{told:?}");
        }
    }

    #[test]
    fn a_fraction_of_more_than_a_second_costs_no_frame() {
        for (nanos, second) in [(false, 1_000_000u32), (true, 1_000_000_000)] {
            for odd in [&[0][..], &[1], &[2], &[0, 1, 2]] {
                // Frames like each other, so that one found four bytes off looks likely.
                let mut file = file(false, nanos, &[&[0; 54], &[0; 54], &[0; 54]]);
                for at in odd {
                    let fraction = 24 + at * 70 + 4;
                    file[fraction..fraction + 4].copy_from_slice(&(second + 5).to_le_bytes());
                }
                let (capture, problems) = Capture::read(file.as_slice()).unwrap();
                let lens: Vec<usize> = capture.frames().map(|f| f.bytes.len()).collect();
                assert_eq!(lens, [54; 3], "{odd:?}: {problems:?}");
                let scale = if nanos { 1 } else { 1000 };
                for (at, frame) in capture.frames().enumerate() {
                    let (seconds, fraction) = match odd.contains(&at) {
                        true => (1001, 5),
                        false => (1000, 7 + at as u64),
                    };
                    let expected = seconds * 1_000_000_000 + fraction * scale;
                    assert_eq!(frame.at.as_nanos(), expected, "{odd:?}");
                }
                assert_eq!(problems.len(), 1, "said once: {problems:?}");
                assert_eq!(problems[0].offset, 24 + odd[0] as u64 * 70);
            }
        }
    }

    #[test]
    fn reading_goes_on_behind_a_broken_record() {
        let frames: Vec<Vec<u8>> = (0..5).map(|n| vec![n; 40]).collect();
        let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        let mut broken = file(false, false, &frames);
        // The third record claims 4 GiB.
        let third = 24 + 2 * 56;
        broken[third + 8..third + 12].copy_from_slice(&[0xff; 4]);
        let (capture, problems) = Capture::read(broken.as_slice()).unwrap();
        let seen: Vec<u8> = capture.frames.iter().map(|f| f.bytes()[0]).collect();
        assert_eq!(seen, [0, 1, 3, 4]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].offset, third as u64);
    }
}
