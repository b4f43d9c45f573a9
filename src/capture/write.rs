//! Writing captures: pcap in microseconds or nanoseconds, and pcapng, always little-endian.

use std::borrow::Cow;
use std::io::Write;
use std::net::IpAddr;

use pcap_file::pcap::{PcapHeader, PcapPacket, PcapTsResolution, PcapWriteError, PcapWriter};
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::blocks::name_resolution::{
    Ipv4Record, Ipv6Record, NameResolutionBlock, Record,
};
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::{PcapNgWriteError, PcapNgWriter};
use pcap_file::{DataLink, Endianness};

use super::{Capture, FrameRef, Interface, LinkType, Section, WriteError};
use crate::time::Duration;

/// A file format that holds a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// pcap, times in microseconds (rounded down): every tool reads it.
    PcapMicros,
    /// pcap, times in nanoseconds.
    PcapNanos,
    /// pcapng, times in nanoseconds, with comments and names.
    PcapNg,
}

/// Whether what gives answers away is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notes {
    /// Comments, names of hosts and interfaces, where the capture comes from.
    #[default]
    Keep,
    /// Frames alone: what a tap on a stranger's network would have written.
    Omit,
}

/// The largest value of a pcapng option: its length has 16 bits, and is padded
/// to a multiple of four.
const MAX_OPTION_LEN: usize = 65_532;

/// Writes frames to a file, one at a time.
///
/// Whoever opened the output buffers it: frames are written in small pieces.
pub struct Writer<W: Write> {
    out: Out<W>,
    links: Vec<LinkType>,
    notes: Notes,
}

enum Out<W: Write> {
    Pcap(PcapWriter<W>),
    PcapNg(Box<PcapNgWriter<W>>),
}

impl<W: Write> Writer<W> {
    /// Begins a file with what `capture` says about itself; its frames are not
    /// written, since they may not all be there yet.
    ///
    /// # Errors
    /// When the output fails, or the format cannot hold the interfaces.
    pub fn new(
        out: W,
        capture: &Capture,
        format: Format,
        notes: Notes,
    ) -> Result<Writer<W>, WriteError> {
        let links: Vec<LinkType> = capture.interfaces.iter().map(|i| i.link).collect();
        let out = match format {
            Format::PcapMicros | Format::PcapNanos => {
                Out::Pcap(pcap_begin(out, format, &capture.interfaces)?)
            }
            Format::PcapNg => Out::PcapNg(Box::new(pcapng_begin(out, capture, notes)?)),
        };
        Ok(Writer { out, links, notes })
    }

    /// Appends a frame.
    ///
    /// # Errors
    /// When the output fails, or the format cannot hold the frame.
    pub fn write_frame(&mut self, frame: FrameRef<'_>) -> Result<(), WriteError> {
        let time = Duration::from_nanos(frame.at.as_nanos());
        let original_len = frame
            .original_len
            .max(u32::try_from(frame.bytes.len()).unwrap_or(0));
        match &mut self.out {
            Out::Pcap(pcap) => {
                if self.links.first().is_some_and(|link| *link != frame.link) {
                    return Err(two_links());
                }
                let packet = PcapPacket::new(time, original_len, frame.bytes)
                    .map_err(|e| WriteError::Unfit(format!("frame {}: {e}", frame.number)))?;
                pcap.write_packet(&packet).map_err(pcap_error)?;
            }
            Out::PcapNg(pcapng) => write_block(pcapng, frame, (time, original_len), self.notes)?,
        }
        Ok(())
    }

    /// Flushes, and gives the output back.
    ///
    /// # Errors
    /// When the output fails.
    pub fn finish(self) -> Result<W, WriteError> {
        let mut out = match self.out {
            Out::Pcap(pcap) => pcap.into_inner(),
            Out::PcapNg(pcapng) => pcapng.into_inner(),
        };
        out.flush()?;
        Ok(out)
    }
}

impl Capture {
    /// Writes the whole capture, and flushes.
    ///
    /// # Errors
    /// When the output fails, or the format cannot hold the capture.
    pub fn write(&self, out: impl Write, format: Format, notes: Notes) -> Result<(), WriteError> {
        let mut writer = Writer::new(out, self, format, notes)?;
        for frame in self.frames() {
            writer.write_frame(frame)?;
        }
        writer.finish().map(drop)
    }
}

/// Appends a frame to a pcapng.
#[inline(never)]
fn write_block<W: Write>(
    pcapng: &mut PcapNgWriter<W>,
    frame: FrameRef<'_>,
    (timestamp, original_len): (Duration, u32),
    notes: Notes,
) -> Result<(), WriteError> {
    let comments: &[String] = match notes {
        Notes::Keep => frame.comments,
        Notes::Omit => &[],
    };
    let comments = comments
        .iter()
        .map(|c| EnhancedPacketOption::Common(comment(c)));
    pcapng
        .write_pcapng_block(EnhancedPacketBlock {
            interface_id: frame.interface,
            timestamp,
            original_len,
            data: Cow::Borrowed(frame.bytes),
            options: comments.collect(),
        })
        .map_err(pcapng_error)?;
    Ok(())
}

fn pcap_begin<W: Write>(
    out: W,
    format: Format,
    interfaces: &[Interface],
) -> Result<PcapWriter<W>, WriteError> {
    let link = interfaces.first().map_or(LinkType::ETHERNET, |i| i.link);
    if interfaces.iter().any(|i| i.link != link) {
        return Err(two_links());
    }
    let snaplen = interfaces.iter().map(|i| i.snaplen).max();
    let header = PcapHeader {
        // Its writer refuses frames longer than this.
        snaplen: match snaplen {
            Some(1..) => snaplen.unwrap_or_default(),
            _ => 262_144,
        },
        datalink: DataLink::from(u32::from(link.0)),
        ts_resolution: match format {
            Format::PcapNanos => PcapTsResolution::NanoSecond,
            _ => PcapTsResolution::MicroSecond,
        },
        endianness: Endianness::Little,
        ..PcapHeader::default()
    };
    PcapWriter::with_header(out, header).map_err(pcap_error)
}

fn pcapng_begin<W: Write>(
    out: W,
    capture: &Capture,
    notes: Notes,
) -> Result<PcapNgWriter<W>, WriteError> {
    let keep = notes == Notes::Keep;
    let section = SectionHeaderBlock {
        endianness: Endianness::Little,
        options: section_options(&capture.section, keep),
        ..SectionHeaderBlock::default()
    };
    let mut pcapng = PcapNgWriter::with_section_header(out, section).map_err(pcapng_error)?;
    for interface in &capture.interfaces {
        let name = interface.name.as_deref().filter(|_| keep);
        let mut options: Vec<_> = name
            .map(|n| InterfaceDescriptionOption::IfName(clip(n)))
            .into_iter()
            .collect();
        options.push(InterfaceDescriptionOption::IfTsResol(
            InterfaceTsResolution::NANO,
        ));
        let block = InterfaceDescriptionBlock {
            linktype: DataLink::from(u32::from(interface.link.0)),
            snaplen: interface.snaplen,
            options,
        };
        pcapng.write_pcapng_block(block).map_err(pcapng_error)?;
    }
    if keep && !capture.names.is_empty() {
        let records = capture
            .names
            .iter()
            .map(|(ip, name)| name_record(*ip, name));
        let block = NameResolutionBlock {
            records: records.collect(),
            options: vec![],
        };
        pcapng.write_pcapng_block(block).map_err(pcapng_error)?;
    }
    Ok(pcapng)
}

fn section_options(section: &Section, keep: bool) -> Vec<SectionHeaderOption<'_>> {
    let mut options = Vec::new();
    options.extend(
        section
            .hardware
            .iter()
            .map(|t| SectionHeaderOption::Hardware(clip(t))),
    );
    options.extend(section.os.iter().map(|t| SectionHeaderOption::OS(clip(t))));
    let application = section.application.iter();
    options.extend(application.map(|t| SectionHeaderOption::UserApplication(clip(t))));
    if keep {
        let comments = section.comments.iter();
        options.extend(comments.map(|c| SectionHeaderOption::Common(comment(c))));
    }
    options
}

fn name_record(ip: IpAddr, name: &str) -> Record<'_> {
    let names = vec![clip(name)];
    match ip {
        IpAddr::V4(ip_addr) => Record::Ipv4(Ipv4Record { ip_addr, names }),
        IpAddr::V6(ip_addr) => Record::Ipv6(Ipv6Record { ip_addr, names }),
    }
}

fn comment(text: &str) -> CommonOption<'_> {
    CommonOption::Comment(clip(text))
}

/// As much of a text as an option, or a name record, can hold.
fn clip(text: &str) -> Cow<'_, str> {
    // A name record holds an address and a final zero beside the name.
    let end = text.floor_char_boundary(MAX_OPTION_LEN - 20);
    Cow::Borrowed(&text[..end])
}

fn two_links() -> WriteError {
    WriteError::Unfit(
        "a pcap file holds one link type, and this capture has several: write pcapng".into(),
    )
}

fn pcap_error(error: PcapWriteError) -> WriteError {
    match error {
        PcapWriteError::Io(io) | PcapWriteError::FieldWriteFailed(_, io) => WriteError::Io(io),
        other => WriteError::Unfit(other.to_string()),
    }
}

fn pcapng_error(error: PcapNgWriteError) -> WriteError {
    match error {
        PcapNgWriteError::Io(io) => WriteError::Io(io),
        other => WriteError::Unfit(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Bytes, CapturedFrame};
    use crate::time::Timestamp;

    fn capture() -> Capture {
        let frame = |nanos: u64, len: usize, comments: &[&str]| CapturedFrame {
            at: Timestamp::from_nanos(967_766_400_000_000_000 + nanos),
            interface: 0,
            original_len: len as u32,
            id: None,
            comments: comments.iter().map(|c| (*c).to_owned()).collect(),
            bytes: Bytes::Read(vec![7; len].into()),
        };
        Capture {
            section: Section {
                application: Some("wirelab".into()),
                comments: vec!["scenario: ftp-connect".into(), "seed: 1".into()],
                ..Section::default()
            },
            interfaces: vec![Interface {
                name: Some("lan".into()),
                link: LinkType::ETHERNET,
                snaplen: 0,
            }],
            names: vec![
                (IpAddr::from([10, 2, 0, 1]), "server".into()),
                (IpAddr::from([0u16; 8]), "nobody".into()),
            ],
            frames: vec![
                frame(0, 60, &[]),
                frame(1_234_567, 61, &["The first SYN.", "Zweite Notiz: größer"]),
            ],
        }
    }

    fn written(format: Format, notes: Notes) -> Vec<u8> {
        let mut file = Vec::new();
        capture().write(&mut file, format, notes).unwrap();
        file
    }

    #[test]
    fn pcapng_keeps_everything() {
        let file = written(Format::PcapNg, Notes::Keep);
        let (back, problems) = Capture::read(file.as_slice()).unwrap();
        assert!(problems.is_empty());
        assert_eq!(back, capture());
    }

    #[test]
    fn without_notes_only_frames_are_left() {
        let file = written(Format::PcapNg, Notes::Omit);
        let (back, _) = Capture::read(file.as_slice()).unwrap();
        assert!(back.names.is_empty() && back.section.comments.is_empty());
        assert_eq!(back.interfaces[0].name, None);
        assert!(back.frames.iter().all(|f| f.comments.is_empty()));
        assert_eq!(back.frames[1].at, capture().frames[1].at);
    }

    #[test]
    fn pcap_rounds_times_down() {
        for (format, nanos) in [
            (Format::PcapMicros, 1_234_000),
            (Format::PcapNanos, 1_234_567),
        ] {
            let file = written(format, Notes::Keep);
            assert_eq!(
                file[..4].first(),
                if nanos == 1_234_000 {
                    Some(&0xd4)
                } else {
                    Some(&0x4d)
                }
            );
            let (back, problems) = Capture::read(file.as_slice()).unwrap();
            assert!(problems.is_empty());
            assert_eq!(back.frames[1].at.as_nanos() % 1_000_000_000, nanos);
            assert_eq!(back.frames[1].bytes(), capture().frames[1].bytes());
        }
    }

    #[test]
    fn another_reader_agrees() {
        use pcap_file::pcapng::{Block, PcapNgReader};
        let file = written(Format::PcapNg, Notes::Keep);
        let mut reader = PcapNgReader::new(file.as_slice()).unwrap();
        let mut lens = Vec::new();
        while let Some(block) = reader.next_block() {
            if let (Block::EnhancedPacket(packet), _) = block.unwrap() {
                lens.push((packet.data.len(), packet.timestamp.subsec_nanos()));
            }
        }
        assert_eq!(lens, [(60, 0), (61, 1_234_567)]);
    }

    #[test]
    fn pcap_holds_one_link_type() {
        let mut mixed = capture();
        mixed.interfaces.push(Interface {
            name: None,
            link: LinkType::RAW,
            snaplen: 0,
        });
        let error = mixed
            .write(Vec::new(), Format::PcapMicros, Notes::Keep)
            .unwrap_err();
        assert!(error.to_string().contains("write pcapng"));
        mixed
            .write(Vec::new(), Format::PcapNg, Notes::Keep)
            .unwrap();
    }

    #[test]
    fn a_full_disk_is_an_error() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
        }
        for format in [Format::PcapMicros, Format::PcapNanos, Format::PcapNg] {
            let error = capture().write(Full, format, Notes::Keep).unwrap_err();
            assert!(matches!(error, WriteError::Io(_)));
            // What a buffer holds back must fail at the end.
            let buffered = std::io::BufWriter::new(Full);
            let error = capture().write(buffered, format, Notes::Keep).unwrap_err();
            assert!(matches!(error, WriteError::Io(_)));
        }
    }

    #[test]
    fn a_broken_block_costs_itself() {
        let mut file = written(Format::PcapNg, Notes::Keep);
        let whole = Capture::read(file.as_slice()).unwrap().0.frames.len();
        // The first frame's block is the first of type 6: damage its length.
        let at = (0..file.len())
            .step_by(4)
            .find(|at| file[*at..].starts_with(&[6, 0, 0, 0]));
        let at = at.unwrap();
        file[at + 4] ^= 0x55;
        let (back, problems) = Capture::read(file.as_slice()).unwrap();
        assert_eq!((back.frames.len(), problems.len()), (whole - 1, 1));
        assert_eq!(problems[0].offset, at as u64);
    }
}
