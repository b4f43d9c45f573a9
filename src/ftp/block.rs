//! Block mode: a file in blocks with headers, restart markers among them (RFC 959 §3.4.2).

/// The descriptor bit of the last block of a file.
const END_OF_FILE: u8 = 64;
/// The descriptor bit of a block that is a restart marker.
const RESTART_MARKER: u8 = 16;
/// Octets of a block's header: the descriptor, and how many octets follow.
const HEADER_LEN: usize = 3;

/// Writes the blocks of one file.
#[derive(Debug, Default)]
pub(super) struct BlockWriter {
    ready: Vec<u8>,
    sent: usize,
    /// Bytes of the file since the last marker, and in all.
    since_marker: u64,
    total: u64,
    /// How far apart markers are; 0 for none.
    marker_every: u64,
    ended: bool,
}

impl BlockWriter {
    /// With a restart marker after about this many bytes; 0 for none.
    pub fn new(marker_every: u64) -> BlockWriter {
        BlockWriter {
            marker_every,
            ..BlockWriter::default()
        }
    }

    /// Writes the next bytes to the front of `room`, from blocks filled by
    /// `read`; 0 at the end.
    pub fn read<E>(
        &mut self,
        room: &mut [u8],
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        if self.sent >= self.ready.len() && !self.ended {
            self.ready.clear();
            self.sent = 0;
            let mut chunk = [0; 4096];
            let count = read(&mut chunk)?;
            if count == 0 {
                self.ended = true;
                self.block(END_OF_FILE, &[]);
            } else {
                self.block(0, chunk.get(..count).unwrap_or(&[]));
                self.total += count as u64;
                self.since_marker += count as u64;
            }
            if self.marker_every > 0 && self.since_marker >= self.marker_every {
                self.since_marker = 0;
                let marker = self.total.to_string();
                self.block(RESTART_MARKER, marker.as_bytes());
            }
        }
        let rest = self.ready.get(self.sent..).unwrap_or(&[]);
        let count = rest.len().min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        self.sent += count;
        Ok(count)
    }

    fn block(&mut self, descriptor: u8, bytes: &[u8]) {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.ready.push(descriptor);
        self.ready.extend_from_slice(&length.to_be_bytes());
        self.ready.extend_from_slice(bytes);
    }
}

/// What a reader of blocks has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Bytes of the file.
    Bytes(Vec<u8>),
    /// A restart marker.
    Marker(Vec<u8>),
    /// The end of the file.
    End,
}

/// Reads the blocks of one file.
#[derive(Debug, Default)]
pub(super) struct BlockReader {
    header: Vec<u8>,
    left: usize,
    marker: Vec<u8>,
    ended: bool,
}

impl BlockReader {
    /// The file has ended.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes bytes from the front of `input` until something is found; `None`
    /// when the input is used up before.
    pub fn next(&mut self, input: &mut &[u8]) -> Option<Found> {
        loop {
            if self.header.len() < HEADER_LEN {
                let (&byte, rest) = input.split_first()?;
                *input = rest;
                self.header.push(byte);
                if let [_, high, low] = self.header[..] {
                    self.left = usize::from(u16::from_be_bytes([high, low]));
                }
                continue;
            }
            let descriptor = self.header.first().copied().unwrap_or(0);
            let count = self.left.min(input.len());
            let (bytes, rest) = input.split_at(count);
            *input = rest;
            self.left -= count;
            let over = self.left == 0;
            if over {
                self.header.clear();
            }
            if descriptor & RESTART_MARKER != 0 {
                self.marker.extend_from_slice(bytes);
                if over {
                    return Some(Found::Marker(core::mem::take(&mut self.marker)));
                }
            } else if !bytes.is_empty() {
                if over && descriptor & END_OF_FILE != 0 {
                    // Said next, with an empty block in its place.
                    self.header = vec![END_OF_FILE, 0, 0];
                }
                return Some(Found::Bytes(bytes.to_vec()));
            } else if over && descriptor & END_OF_FILE != 0 {
                self.ended = true;
                return Some(Found::End);
            }
            if input.is_empty() && !over {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(file in proptest::collection::vec(any::<u8>(), 0..10_000), cut in 1usize..5000) {
            let mut writer = BlockWriter::new(3000);
            let (mut wire, mut rest) = (Vec::new(), &file[..]);
            loop {
                let mut room = vec![0; cut];
                let count = writer.read(&mut room, |chunk| {
                    let count = chunk.len().min(rest.len()).min(cut);
                    chunk[..count].copy_from_slice(&rest[..count]);
                    rest = &rest[count..];
                    Ok::<_, ()>(count)
                }).unwrap();
                if count == 0 { break; }
                wire.extend_from_slice(&room[..count]);
            }
            let (mut reader, mut read, mut markers) = (BlockReader::default(), Vec::new(), 0);
            for mut piece in wire.chunks(cut) {
                while let Some(found) = reader.next(&mut piece) {
                    match found {
                        Found::Bytes(bytes) => read.extend_from_slice(&bytes),
                        Found::Marker(marker) => {
                            markers += 1;
                            prop_assert_eq!(marker, read.len().to_string().into_bytes());
                        }
                        Found::End => {}
                    }
                }
            }
            prop_assert!(reader.has_ended());
            prop_assert_eq!(&read, &file);
            prop_assert!(markers >= file.len() / 8000);
        }

        #[test]
        fn any_bytes_are_read(junk: Vec<u8>) {
            let (mut reader, mut input) = (BlockReader::default(), &junk[..]);
            while reader.next(&mut input).is_some() {}
            prop_assert!(input.is_empty());
        }
    }
}
