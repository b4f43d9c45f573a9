//! A thread that reads ahead: bytes are fetched while those before them are being looked at.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

/// How much is read at a time. What comes slowly is handed on as it comes.
const CHUNK: usize = 256 * 1024;

/// One chunk is being read into, one waits, and one is looked at.
const CHUNKS: usize = 3;

/// An input that another thread reads, a few chunks ahead.
pub struct ReadAhead {
    filled: Receiver<io::Result<Vec<u8>>>,
    spent: Sender<Vec<u8>>,
    chunk: Vec<u8>,
    taken: usize,
}

impl ReadAhead {
    /// Starts a thread that reads `input`. It ends with the input, at an error,
    /// or when nobody reads any more; a read that it waits in goes on till then.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn new(input: impl Read + Send + 'static) -> io::Result<ReadAhead> {
        let (fill, filled) = channel();
        let (spent, empty) = channel();
        for _ in 0..CHUNKS {
            // The other end is in our hands.
            let _ = spent.send(Vec::new());
        }
        Builder::new().spawn(move || fetch(input, &empty, &fill))?;
        Ok(ReadAhead {
            filled,
            spent,
            chunk: Vec::new(),
            taken: 0,
        })
    }
}

fn fetch(mut input: impl Read, empty: &Receiver<Vec<u8>>, fill: &Sender<io::Result<Vec<u8>>>) {
    while let Ok(mut chunk) = empty.recv() {
        chunk.resize(CHUNK, 0);
        let read = loop {
            match input.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let (next, last) = match read {
            Ok(count) => {
                chunk.truncate(count);
                (Ok(chunk), count == 0)
            }
            Err(error) => (Err(error), true),
        };
        if fill.send(next).is_err() || last {
            return;
        }
    }
}

impl Read for ReadAhead {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.chunk.len() {
            // Nothing comes any more behind the end, or an error.
            let Ok(next) = self.filled.recv() else {
                return Ok(0);
            };
            let before = core::mem::replace(&mut self.chunk, next?);
            self.taken = 0;
            // The thread may have ended: then nobody needs it.
            let _ = self.spent.send(before);
        }
        let rest = self.chunk.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(room.len());
        if let (Some(to), Some(from)) = (room.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many bytes in odd pieces, and then the end or an error.
    struct Pieces {
        left: usize,
        fails: bool,
    }

    impl Read for Pieces {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 && self.fails {
                return Err(io::Error::other("the disk is gone"));
            }
            let count = self.left.min(room.len()).min(99_991);
            for (byte, at) in room.iter_mut().zip(0..count) {
                *byte = ((self.left - at) % 251) as u8;
            }
            self.left -= count;
            Ok(count)
        }
    }

    #[test]
    fn what_comes_is_what_was_there() {
        let pieces = || Pieces {
            left: 3_000_000,
            fails: false,
        };
        let (mut plain, mut ahead) = (Vec::new(), Vec::new());
        pieces().read_to_end(&mut plain).expect("no error");
        let mut reader = ReadAhead::new(pieces()).expect("a thread");
        reader.read_to_end(&mut ahead).expect("no error");
        assert!(plain == ahead && ahead.len() == 3_000_000);
        assert_eq!(reader.read(&mut [0; 9]).expect("still the end"), 0);
    }

    #[test]
    fn an_error_comes_behind_what_was_read() {
        let pieces = Pieces {
            left: 500_000,
            fails: true,
        };
        let mut reader = ReadAhead::new(pieces).expect("a thread");
        let mut read = Vec::new();
        let error = reader.read_to_end(&mut read).expect_err("it fails");
        assert_eq!(
            (read.len(), error.to_string().as_str()),
            (500_000, "the disk is gone")
        );
        assert_eq!(reader.read(&mut [0; 9]).expect("and ends"), 0);
    }

    #[test]
    fn who_stops_reading_waits_for_nobody() {
        let mut reader = ReadAhead::new(io::repeat(7)).expect("a thread");
        let mut some = [0; 5];
        reader.read_exact(&mut some).expect("no error");
        assert_eq!(some, [7; 5]);
    }
}
