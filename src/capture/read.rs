//! Reading captures of anybody's, one frame at a time.
//!
//! pcap-file writes for us; reading is our own, because a stranger's file must
//! be read past what is wrong with it, and that crate stops at the first block
//! that it cannot decode.

use std::io::Read;
use std::net::IpAddr;

use super::read_pcap::Pcap;
use super::read_pcapng::PcapNg;
use super::source::Source;
use super::{FrameRef, Interface, LinkType, ReadError, ReadProblem, Section};
use crate::time::Timestamp;

/// Reads a pcap or pcapng, compressed with gzip or not, in memory that does not grow with it.
///
/// [`next_frame`](Reader::next_frame) gives one frame after another. An error
/// costs at most the piece it speaks of: the next call goes on behind it, and `None`
/// comes at the end in any case.
pub struct Reader<R> {
    source: Source<R>,
    format: Form,
    shared: Shared,
    number: u64,
}

enum Form {
    Pcap(Pcap),
    PcapNg(PcapNg),
}

/// What a capture says beside its frames.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) section: Section,
    pub(super) interfaces: Vec<Interface>,
    pub(super) names: Vec<(IpAddr, String)>,
    /// The comments on the frame just read.
    pub(super) comments: Vec<String>,
}

/// A frame whose bytes are the last that were taken from the source, but for
/// `tail` bytes that follow them.
pub(super) struct Found {
    pub(super) at: Timestamp,
    pub(super) interface: u32,
    pub(super) original_len: u32,
    pub(super) len: usize,
    pub(super) tail: usize,
}

impl<R: Read> Reader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// When the input is no capture, or cannot be read.
    pub fn new(input: R) -> Result<Reader<R>, ReadError> {
        let mut source = Source::new(input)?;
        let mut shared = Shared::default();
        if source.ensure(4)? == 0 {
            return Err(ReadError::new(0, ReadProblem::Empty));
        }
        let mut magic = [0; 4];
        for (to, from) in magic.iter_mut().zip(source.available()) {
            *to = *from;
        }
        let format = if PcapNg::begins_with(magic) {
            Form::PcapNg(PcapNg::default())
        } else {
            match Pcap::begin(magic, &mut source, &mut shared)? {
                Some(pcap) => Form::Pcap(pcap),
                None => {
                    let begins = source.available().iter().take(magic.len()).copied();
                    let problem = ReadProblem::NotACapture(begins.collect());
                    return Err(ReadError::new(0, problem));
                }
            }
        };
        Ok(Reader {
            source,
            format,
            shared,
            number: 0,
        })
    }

    /// The next frame, or what is wrong with the next piece; `None` at the end.
    pub fn next_frame(&mut self) -> Option<Result<FrameRef<'_>, ReadError>> {
        self.shared.comments.clear();
        let found = match &mut self.format {
            Form::Pcap(pcap) => pcap.next(&mut self.source),
            Form::PcapNg(pcapng) => pcapng.next(&mut self.source, &mut self.shared),
        };
        let found = match found {
            Ok(Some(found)) => found,
            Ok(None) => return None,
            Err(error) => return Some(Err(error)),
        };
        self.number += 1;
        let taken = self.source.taken(found.len + found.tail);
        let interface = self.shared.interfaces.get(found.interface as usize);
        Some(Ok(FrameRef {
            number: self.number,
            at: found.at,
            interface: found.interface,
            interface_name: interface.and_then(|i| i.name.as_deref()),
            link: interface.map_or(LinkType::ETHERNET, |i| i.link),
            original_len: found.original_len,
            bytes: taken.get(..found.len).unwrap_or(taken),
            comments: &self.shared.comments,
        }))
    }

    /// What the capture says about itself, as far as it was read.
    pub fn section(&self) -> &Section {
        &self.shared.section
    }

    /// Where its frames were captured, as far as it was read. Interfaces of
    /// several sections are counted on.
    pub fn interfaces(&self) -> &[Interface] {
        &self.shared.interfaces
    }

    /// Names of addresses, as far as it was read.
    pub fn names(&self) -> &[(IpAddr, String)] {
        &self.shared.names
    }
}
