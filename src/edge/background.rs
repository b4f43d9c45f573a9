//! A thread that writes: bytes are handed over in large blocks, so that making them and writing them go on at once.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// How much is handed over at once.
const BLOCK: usize = 1 << 20;

/// How many blocks there are: whoever makes bytes faster than they can be
/// written waits for one to come back.
const BLOCKS: usize = 4;

/// An output that another thread writes to.
#[derive(Debug)]
pub struct Background<W> {
    block: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<(W, io::Result<()>)>,
}

impl<W: Write + Send + 'static> Background<W> {
    /// Starts a thread that writes to `out`.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn new(out: W) -> io::Result<Background<W>> {
        let (full, filled) = sync_channel::<Vec<u8>>(BLOCKS);
        let (back, empty) = sync_channel(BLOCKS);
        for _ in 1..BLOCKS {
            let _ = back.send(Vec::new());
        }
        let write = move || {
            let mut out = out;
            for mut block in filled {
                if let Err(error) = out.write_all(&block) {
                    return (out, Err(error));
                }
                block.clear();
                // Nobody waits for it once all is handed over.
                let _ = back.send(block);
            }
            let flushed = out.flush();
            (out, flushed)
        };
        Ok(Background {
            block: Vec::with_capacity(BLOCK),
            full,
            empty,
            thread: Builder::new().name("writer".into()).spawn(write)?,
        })
    }

    /// Waits until all is written, and gives the output back.
    ///
    /// # Errors
    /// When writing failed.
    pub fn finish(self) -> io::Result<W> {
        // If the thread has stopped, it says why.
        let _ = self.full.send(self.block);
        drop(self.full);
        let (out, written) = self.thread.join().map_err(|_| stopped())?;
        written.map(|()| out)
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let block = core::mem::take(&mut self.block);
        self.full.send(block).map_err(|_| stopped())?;
        self.block = self.empty.recv().map_err(|_| stopped())?;
        Ok(())
    }
}

impl<W: Write + Send + 'static> Write for Background<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() + bytes.len() > BLOCK && !self.block.is_empty() {
            self.hand_over()?;
        }
        self.block.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Hands over what there is; [`finish`](Background::finish) waits for it.
    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.hand_over()
    }
}

/// The thread has ended before its time: [`Background::finish`] tells why.
fn stopped() -> io::Error {
    io::Error::other("the writing thread has stopped")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_arrives_in_order_and_whole() {
        let mut out = Background::new(Vec::new()).unwrap();
        let mut expected = Vec::new();
        for number in 0..2_000_000u32 {
            out.write_all(&number.to_le_bytes()).unwrap();
            expected.extend(number.to_le_bytes());
        }
        assert!(out.finish().unwrap() == expected);
    }

    /// Takes one block, and no more.
    struct Full(bool);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match core::mem::replace(&mut self.0, true) {
                false => Ok(bytes.len()),
                true => Err(io::ErrorKind::StorageFull.into()),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_cannot_be_written_is_told_and_holds_nobody_up() {
        let mut out = Background::new(Full(false)).unwrap();
        let written = (0..100).try_for_each(|_| out.write_all(&[0; BLOCK]));
        assert!(written.is_err(), "it is told while bytes are made");
        let error = out.finish().map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
