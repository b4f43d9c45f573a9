//! What a transfer moves: a listing, a file to the client, a file from it.

use crate::ftp::convert::{FromWire, ToWire};
use crate::ftp::files::{Content, FileError, Reader};
use crate::ftp::path::VirtualPath;

/// What passes.
#[derive(Debug)]
pub(super) enum Job {
    /// A listing, made beforehand.
    Listing { bytes: Vec<u8>, at: usize },
    /// A file to the client.
    Download(Download),
    /// A file from the client.
    Upload(Upload),
}

#[derive(Debug)]
pub(super) struct Download {
    pub reader: Reader,
    pub fails_at: Option<u64>,
    /// In ASCII type: the converter, what it has made, and how far that is sent.
    pub text: Option<(ToWire, Vec<u8>, usize)>,
    /// Bytes of the converted file to leave out (REST in ASCII type).
    pub skip: u64,
    /// The file that was asked for, whatever is sent for it, and from where on.
    pub file: Option<(Content, u64)>,
}

#[derive(Debug)]
pub(super) struct Upload {
    pub path: VirtualPath,
    pub offset: u64,
    /// Where it began.
    pub began_at: u64,
    pub text: Option<FromWire>,
    /// How many bytes more the user may store.
    pub allowance: u64,
}

impl Job {
    pub fn listing(bytes: Vec<u8>) -> Job {
        Job::Listing { bytes, at: 0 }
    }

    /// Writes the next bytes to the front of `room`; 0 at the end.
    pub fn read(&mut self, room: &mut [u8]) -> Result<usize, FileError> {
        match self {
            Job::Listing { bytes, at } => {
                let rest = bytes.get(*at..).unwrap_or(&[]);
                let count = rest.len().min(room.len());
                room[..count].copy_from_slice(&rest[..count]);
                *at += count;
                Ok(count)
            }
            Job::Download(download) => download.read(room),
            Job::Upload(_) => Ok(0),
        }
    }
}

impl Download {
    fn read(&mut self, room: &mut [u8]) -> Result<usize, FileError> {
        let Some((_, ready, sent)) = &mut self.text else {
            return read_until(&mut self.reader, self.fails_at, room);
        };
        if *sent >= ready.len() {
            self.refill()?;
        }
        let Some((_, ready, sent)) = &mut self.text else {
            return Ok(0);
        };
        let rest = ready.get(*sent..).unwrap_or(&[]);
        let count = rest.len().min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        *sent += count;
        Ok(count)
    }

    /// Converts the next bytes of the file, past those to be left out.
    fn refill(&mut self) -> Result<(), FileError> {
        let mut chunk = [0; 4096];
        let Some((convert, ready, sent)) = &mut self.text else {
            return Ok(());
        };
        loop {
            ready.clear();
            *sent = 0;
            let count = read_until(&mut self.reader, self.fails_at, &mut chunk)?;
            convert.convert(&chunk[..count], ready);
            let skipped = self.skip.min(ready.len() as u64);
            self.skip -= skipped;
            *sent = usize::try_from(skipped).unwrap_or(0);
            if count == 0 || *sent < ready.len() {
                return Ok(());
            }
        }
    }
}

/// Reads up to where reading fails, and then fails.
fn read_until(
    reader: &mut Reader,
    fails_at: Option<u64>,
    room: &mut [u8],
) -> Result<usize, FileError> {
    let Some(end) = fails_at else {
        return Ok(reader.read(room));
    };
    let left = end.saturating_sub(reader.offset());
    let most = usize::try_from(left).unwrap_or(usize::MAX).min(room.len());
    let count = reader.read(&mut room[..most]);
    match count {
        0 if left == 0 => Err(FileError::Denied),
        _ => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_converted_and_skipped_as_it_is_read() {
        let mut download = Download {
            reader: Content::bytes("ab\ncd\n").reader(0),
            fails_at: None,
            text: Some((ToWire::default(), Vec::new(), 0)),
            skip: 3,
            file: None,
        };
        let mut room = [0; 3];
        assert_eq!(download.read(&mut room), Ok(3));
        assert_eq!(&room, b"\ncd");
        assert_eq!(download.read(&mut room), Ok(2));
        assert_eq!(download.read(&mut room), Ok(0));
    }

    #[test]
    fn reading_fails_where_it_should() {
        let mut download = Download {
            reader: Content::bytes("abcdef").reader(0),
            fails_at: Some(4),
            text: None,
            skip: 0,
            file: None,
        };
        let mut room = [0; 10];
        assert_eq!(download.read(&mut room), Ok(4));
        assert_eq!(download.read(&mut room), Err(FileError::Denied));
    }
}
