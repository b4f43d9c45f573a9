//! What a server knows of the files it moved: enough to tell, afterwards, what
//! should have passed on the wire.

use std::net::SocketAddr;

use sha2::{Digest, Sha256};

use super::job::Job;
use super::session::Turn;
use crate::ftp::convert::ToWire;
use crate::ftp::files::{Content, Entry};
use crate::ftp::{Text, TransferMode};

/// How many files a server remembers, and how many bytes of them it keeps.
const MAX_SERVED: usize = 10_000;
const MAX_KEPT: u64 = 64 << 20;

/// A file that a server moved to its end, and said so with 2yz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The client's end of the control connection.
    pub client: SocketAddr,
    /// The name in the command; of STOU the one that the server chose.
    pub name: Text,
    /// To the server.
    pub upload: bool,
    /// The server's file, as it was then.
    content: Content,
    /// From which byte on: in ASCII type of the converted file.
    offset: u64,
    ascii: bool,
}

impl Served {
    /// How many bytes should have passed, and their SHA-256. It reads the whole
    /// file.
    pub fn on_the_wire(&self) -> (u64, [u8; 32]) {
        let (mut length, mut hash) = (0_u64, Sha256::new());
        // Uploads in ASCII type are counted in bytes of the file.
        let in_file = !self.ascii || self.upload;
        let mut reader = self.content.reader(if in_file { self.offset } else { 0 });
        let mut skip = if in_file { 0 } else { self.offset };
        let (mut convert, mut converted) = (ToWire::default(), Vec::new());
        let mut chunk = vec![0; 64 << 10];
        loop {
            let count = reader.read(&mut chunk);
            let bytes = chunk.get(..count).unwrap_or(&[]);
            if bytes.is_empty() {
                return (length, hash.finalize().into());
            }
            converted.clear();
            if self.ascii {
                convert.convert(bytes, &mut converted);
            }
            let bytes = if self.ascii { &converted } else { bytes };
            let skipped = skip.min(bytes.len() as u64);
            skip -= skipped;
            let skipped = usize::try_from(skipped).unwrap_or(0);
            let bytes = bytes.get(skipped..).unwrap_or(&[]);
            length += bytes.len() as u64;
            hash.update(bytes);
        }
    }
}

impl Turn<'_> {
    /// A transfer ends well: remembers what it moved, if that was a file.
    pub fn remember(&mut self) {
        let ascii = self.is_ascii();
        let Some(transfer) = &self.s.transfer else {
            return;
        };
        let totals = &mut self.s.totals;
        let way = match transfer.job {
            Job::Listing { .. } => return,
            Job::Download(_) => &mut totals.fetched,
            Job::Upload(_) => &mut totals.stored,
        };
        *way = way.saturating_add(transfer.moved);
        totals.files = totals.files.saturating_add(1);
        let file = match &transfer.job {
            Job::Listing { .. } => None,
            Job::Download(download) => download.file.clone(),
            Job::Upload(upload) => {
                let content = self.shared.files.get(&upload.path).and_then(Entry::content);
                content.map(|content| (content.clone(), upload.began_at))
            }
        };
        let Some((content, offset)) = file else {
            return;
        };
        let kept = self.shared.served_bytes.saturating_add(content.stored());
        let full = self.shared.served.len() >= MAX_SERVED || kept > MAX_KEPT;
        // The bytes of block mode are not those of the file.
        if full || self.s.mode != TransferMode::Stream {
            return;
        }
        self.shared.served_bytes = kept;
        self.shared.served.push(Served {
            client: self.s.peer,
            name: transfer.name.clone(),
            upload: matches!(transfer.job, Job::Upload(_)),
            content,
            offset,
            ascii,
        });
    }
}
