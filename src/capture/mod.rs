//! Captures: what one tap saw, ours or anybody's, and the file formats that hold it.
//!
//! A [`Capture`] is a value in memory. A [`Reader`] gives the frames of a file
//! one at a time, in memory that does not grow with it; a [`Writer`] takes them
//! one at a time. All three speak of a frame as a [`FrameRef`].

mod error;
mod faults;
mod gunzip;
mod link;
mod read;
mod read_pcap;
mod read_pcapng;
mod source;
mod stream;
mod tap;
mod write;

use std::io::Read;
use std::net::IpAddr;

use crate::time::Timestamp;
use crate::trace::{FrameId, Record};
use crate::wire::Frame;

pub use error::{ReadError, ReadProblem, WriteError};
pub use link::LinkType;
pub use read::Reader;
pub(crate) use stream::Passing;
pub use stream::StreamWriter;
pub use tap::{TapError, TapPoint};
pub use write::{Format, Notes, Writer};

/// The largest frame that a capture may hold: what libpcap, too, calls the
/// limit. A larger one is a sign of a broken file.
pub const MAX_FRAME_LEN: usize = 262_144;

/// So many problems of one capture are kept: the first ones tell enough.
const MAX_PROBLEMS: usize = 1000;

/// One captured frame, borrowed from wherever it lies.
#[derive(Debug, Clone, Copy)]
pub struct FrameRef<'a> {
    /// Its place in the capture, counted from 1.
    pub number: u64,
    /// When it was seen.
    pub at: Timestamp,
    /// Which of the capture's interfaces saw it, counted from 0.
    pub interface: u32,
    /// What that interface is called, if the capture says so.
    pub interface_name: Option<&'a str>,
    /// How its bytes begin.
    pub link: LinkType,
    /// Its length on the wire, which may be more than was captured.
    pub original_len: u32,
    /// What was captured of it.
    pub bytes: &'a [u8],
    /// What somebody had to say about it.
    pub comments: &'a [String],
}

impl<'a> FrameRef<'a> {
    /// What the only tap of a capture sees of a frame that passes.
    fn of_record(
        number: u64,
        at: Timestamp,
        record: &'a Record,
        comments: &'a [String],
    ) -> FrameRef<'a> {
        let bytes = record.frame.bytes();
        FrameRef {
            number,
            at,
            interface: 0,
            interface_name: None,
            link: LinkType::ETHERNET,
            original_len: bytes.len() as u32,
            bytes,
            comments,
        }
    }
}

/// Where frames were captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name, if the file gives one.
    pub name: Option<String>,
    /// How frames begin.
    pub link: LinkType,
    /// How many bytes of a frame are kept at most; 0 for all.
    pub snaplen: u32,
}

/// What a capture says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// The program that made it.
    pub application: Option<String>,
    /// The operating system on which it was made.
    pub os: Option<String>,
    /// The hardware on which it was made.
    pub hardware: Option<String>,
    /// Comments on the whole. A capture of ours says here from which scenario
    /// and seed it comes.
    pub comments: Vec<String>,
}

/// A frame in a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedFrame {
    /// When it was seen.
    pub at: Timestamp,
    /// Which of the capture's interfaces saw it, counted from 0.
    pub interface: u32,
    /// Its length on the wire.
    pub original_len: u32,
    /// Which transmission of a run it is; `None` in a capture of somebody's.
    pub id: Option<FrameId>,
    /// What there is to say about it.
    pub comments: Vec<String>,
    bytes: Bytes,
}

/// The bytes of a captured frame: shared with the run, or read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Bytes {
    Wire(Frame),
    BeforePadding(Frame),
    Read(Box<[u8]>),
}

impl CapturedFrame {
    /// The same frame with zeros in the place of some of its bytes.
    pub fn blanked(&self, place: core::ops::Range<usize>) -> CapturedFrame {
        let mut bytes = self.bytes().to_vec();
        if let Some(hidden) = bytes.get_mut(place) {
            hidden.fill(0);
        }
        CapturedFrame {
            bytes: Bytes::Read(bytes.into()),
            ..self.clone()
        }
    }

    /// What was captured of it.
    pub fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Wire(frame) => frame.bytes(),
            Bytes::BeforePadding(frame) => frame.unpadded(),
            Bytes::Read(bytes) => bytes,
        }
    }
}

/// What one tap saw, in memory.
///
/// ```
/// use wirelab::capture::{Capture, Format, Notes};
/// # let file = {
/// #     let mut file = Vec::new();
/// #     Capture::default().write(&mut file, Format::PcapMicros, Notes::Keep).unwrap();
/// #     file
/// # };
/// let (capture, problems) = Capture::read(file.as_slice()).unwrap();
/// assert!(problems.is_empty());
/// for frame in capture.frames() {
///     println!("{} {} bytes", frame.number, frame.original_len);
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capture {
    /// What it says about itself.
    pub section: Section,
    /// Where its frames were captured.
    pub interfaces: Vec<Interface>,
    /// Names of addresses, in the order in which they are written.
    pub names: Vec<(IpAddr, String)>,
    /// The frames, in order.
    pub frames: Vec<CapturedFrame>,
}

impl Capture {
    /// The frames, numbered from 1.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = FrameRef<'_>> + Clone {
        self.frames.iter().enumerate().map(|(index, frame)| {
            let interface = self.interfaces.get(frame.interface as usize);
            FrameRef {
                number: index as u64 + 1,
                at: frame.at,
                interface: frame.interface,
                interface_name: interface.and_then(|i| i.name.as_deref()),
                link: interface.map_or(LinkType::ETHERNET, |i| i.link),
                original_len: frame.original_len,
                bytes: frame.bytes(),
                comments: &frame.comments,
            }
        })
    }

    /// Reads a whole capture into memory, with whatever was wrong with it: a
    /// broken block costs that block, not the rest.
    ///
    /// # Errors
    /// When the input is no capture at all, or cannot be read.
    pub fn read(input: impl Read) -> Result<(Capture, Vec<ReadError>), ReadError> {
        let mut reader = Reader::new(input)?;
        let mut frames = Vec::new();
        let mut problems = Vec::new();
        while let Some(next) = reader.next_frame() {
            match next {
                Ok(frame) => frames.push(CapturedFrame {
                    at: frame.at,
                    interface: frame.interface,
                    original_len: frame.original_len,
                    id: None,
                    comments: frame.comments.to_vec(),
                    bytes: Bytes::Read(frame.bytes.into()),
                }),
                Err(problem) if problems.len() < MAX_PROBLEMS => problems.push(problem),
                Err(_) => {}
            }
        }
        let capture = Capture {
            section: reader.section().clone(),
            interfaces: reader.interfaces().to_vec(),
            names: reader.names().to_vec(),
            frames,
        };
        Ok((capture, problems))
    }
}
