//! A window that slides over an input: the bytes at hand, and where in the input they lie.

use std::io::{ErrorKind, Read};

use super::gunzip::Input;
use super::{ReadError, ReadProblem};

/// How much is read at a time. Small enough for a processor's cache, large
/// enough that calls do not count.
const CHUNK: usize = 256 * 1024;

/// A buffered input that knows its offset. Its memory is a chunk, and the
/// largest piece that was ever asked for.
pub(super) struct Source<R> {
    input: Input<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `buffer[start]` lies in the input.
    offset: u64,
    ended: bool,
}

impl<R: Read> Source<R> {
    /// An input, which may be compressed.
    pub(super) fn new(input: R) -> Result<Source<R>, ReadError> {
        let input = Input::new(input).map_err(|e| ReadError::new(0, ReadProblem::Io(e)))?;
        Ok(Source {
            input,
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
        })
    }

    /// How many bytes have been taken.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes at hand.
    pub(super) fn available(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Sees to it that `len` bytes are at hand, if the input has as many;
    /// returns how many there are, at most `len`.
    pub(super) fn ensure(&mut self, len: usize) -> Result<usize, ReadError> {
        if self.end - self.start >= len {
            return Ok(len);
        }
        while self.end - self.start < len && !self.ended {
            self.fill(len)?;
        }
        Ok((self.end - self.start).min(len))
    }

    fn fill(&mut self, len: usize) -> Result<(), ReadError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < len {
            self.buffer.resize(len, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.input.read(room) {
            Ok(0) => self.ended = true,
            Ok(count) => self.end += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                // Whoever goes on after an error must come to an end.
                self.ended = true;
                let at = self.offset + (self.end - self.start) as u64;
                return Err(ReadError::new(at, ReadProblem::Io(error)));
            }
        }
        Ok(())
    }

    /// Takes `len` of the bytes at hand. They stay readable through
    /// [`taken`](Source::taken) until the next call.
    pub(super) fn take(&mut self, len: usize) {
        let len = len.min(self.end - self.start);
        self.start += len;
        self.offset += len as u64;
    }

    /// The last `len` bytes taken.
    pub(super) fn taken(&self, len: usize) -> &[u8] {
        let from = self.start.saturating_sub(len);
        self.buffer.get(from..self.start).unwrap_or_default()
    }

    /// Passes over `len` bytes without keeping them; returns how many there were.
    pub(super) fn skip(&mut self, len: u64) -> Result<u64, ReadError> {
        let mut left = len;
        while left > 0 {
            let piece = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let count = self.ensure(piece)?;
            if count == 0 {
                break;
            }
            self.take(count);
            left -= count as u64;
        }
        Ok(len - left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            let (Some(to), Some((byte, rest))) = (room.first_mut(), self.0.split_first()) else {
                return Ok(0);
            };
            *to = *byte;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn it_slides() {
        let mut source = Source::new(Trickle(b"abcdefgh")).unwrap();
        assert_eq!(source.ensure(3).unwrap(), 3);
        source.take(2);
        assert_eq!((source.taken(2), source.offset()), (&b"ab"[..], 2));
        assert_eq!(source.ensure(4).unwrap(), 4);
        assert!(source.available().starts_with(b"cdef"));
        assert_eq!(source.skip(5).unwrap(), 5);
        assert_eq!(source.ensure(9).unwrap(), 1, "only h is left");
        assert_eq!(source.skip(9).unwrap(), 1);
        assert_eq!(source.offset(), 8);
    }
}
