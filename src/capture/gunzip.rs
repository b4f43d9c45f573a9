//! Compressed captures: gzip, recognised by its first bytes and not by a name.

use std::io::{self, Chain, Cursor, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

/// An input, decompressed if it is compressed.
pub(super) enum Input<R> {
    Plain(Chain<Cursor<Vec<u8>>, R>),
    Gzip(Box<MultiGzDecoder<Chain<Cursor<Vec<u8>>, R>>>),
}

impl<R: Read> Input<R> {
    /// Looks at the first two bytes.
    pub(super) fn new(mut input: R) -> io::Result<Input<R>> {
        let mut first = Vec::new();
        input.by_ref().take(2).read_to_end(&mut first)?;
        let is_gzip = first == [0x1f, 0x8b];
        let whole = Cursor::new(first).chain(input);
        Ok(if is_gzip {
            Input::Gzip(Box::new(MultiGzDecoder::new(whole)))
        } else {
            Input::Plain(whole)
        })
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::Plain(plain) => plain.read(room),
            Input::Gzip(gzip) => gzip.read(room).map_err(|error| match error.kind() {
                ErrorKind::Interrupted => error,
                // The decoder speaks of its own insides.
                kind => io::Error::new(kind, format!("the gzip compression is broken: {error}")),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use crate::capture::{Capture, Format, Notes, ReadProblem};

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn file() -> Vec<u8> {
        let mut file = Vec::new();
        Capture::default()
            .write(&mut file, Format::PcapMicros, Notes::Keep)
            .unwrap();
        for n in 0..50u8 {
            for word in [1u32, 0, 100, 100] {
                file.extend(word.to_le_bytes());
            }
            file.extend([n; 100]);
        }
        file
    }

    #[test]
    fn compression_makes_no_difference() {
        let plain = Capture::read(file().as_slice()).unwrap().0;
        let (read, problems) = Capture::read(compressed(&file()).as_slice()).unwrap();
        assert!(problems.is_empty());
        assert_eq!(plain, read);
        // Several members, one after another, are one file.
        let (head, tail) = (file()[..700].to_vec(), file()[700..].to_vec());
        let members = [compressed(&head), compressed(&tail)].concat();
        assert_eq!(Capture::read(members.as_slice()).unwrap().0, plain);
    }

    #[test]
    fn a_cut_compression_gives_what_it_has() {
        let mut cut = compressed(&file());
        cut.truncate(cut.len() - 12);
        let (capture, problems) = Capture::read(cut.as_slice()).unwrap();
        assert!(!capture.frames.is_empty());
        assert!(
            problems
                .iter()
                .any(|p| matches!(p.problem, ReadProblem::Io(_)))
        );
        assert!(Capture::read(&[0x1f, 0x8b, 9, 9, 9][..]).is_err());
    }
}
