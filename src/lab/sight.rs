//! What a capture shows, frame by frame: the facts that notes and checks are held against.
//!
//! Everything here is read from the frames by the dissector, nothing from an
//! actor's log.

use std::net::{IpAddr, SocketAddr};

use super::addresses::Addresses;
use crate::analyze::{Transcript, TranscriptBuilder};
use crate::capture::{Capture, FrameRef};
use crate::dissect::{Dissected, Dissector, Event, Role, Said, State, Verdicts};
use crate::ftp::{ReplyCode, verb_word};
use crate::scenario::model::{ArpKind, FrameSelector, TcpKind, What};
use crate::time::Timestamp;
use crate::wire::{ArpOperation, Message, TcpFlags};

/// What one frame shows.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    /// Its place in the capture, counted from 0.
    pub place: usize,
    /// When it was seen.
    pub at: Timestamp,
    /// Its sender and its receiver, as far as IP or ARP name them.
    pub ends: Option<(IpAddr, IpAddr)>,
    /// It carries part of an FTP dialogue.
    pub is_control: bool,
    /// It carries bytes of a data connection.
    pub is_data: bool,
    /// The verbs of the commands complete in it, in capitals.
    pub verbs: Vec<String>,
    /// The codes at the beginnings of reply lines in it.
    pub codes: Vec<u16>,
    /// What TCP analysis remarks on it.
    pub verdicts: Verdicts,
    flags: Option<TcpFlags>,
    is_bare: bool,
    window: Option<u16>,
    arp: Option<ArpOperation>,
    message: Option<Message>,
}

impl Sight {
    /// Its number in the capture, counted from 1.
    pub fn number(&self) -> u64 {
        self.place as u64 + 1
    }

    /// It is what a scenario points at.
    pub fn is(&self, what: &FrameSelector, addresses: &Addresses) -> bool {
        let from = |name: &str| {
            self.ends
                .is_some_and(|(from, _)| addresses.bears(name, from))
        };
        let to = |name: &str| self.ends.is_some_and(|(_, to)| addresses.bears(name, to));
        self.carries(&what.what)
            && what.from.as_ref().is_none_or(|name| from(&name.value))
            && what.to.as_ref().is_none_or(|name| to(&name.value))
    }

    /// Nothing can point at it but [`What::is_common`], and nothing is to be
    /// said about it.
    fn is_common(&self) -> bool {
        let marks = TcpFlags::SYN.with(TcpFlags::FIN).with(TcpFlags::RST);
        self.flags.is_some_and(|flags| !flags.has_any(marks))
            && self.window != Some(0)
            && !self.is_control
            && self.verbs.is_empty()
            && self.codes.is_empty()
            && self.verdicts.is_empty()
            && self.message.is_none()
    }

    fn carries(&self, what: &What) -> bool {
        match what {
            What::Command(verb) => self.verbs.iter().any(|v| v == verb),
            What::Reply(code) => self.codes.contains(code),
            What::Data => self.is_data,
            What::Message(message) => self.message == Some(*message),
            What::Arp(ArpKind::Request) => self.arp == Some(ArpOperation::Request),
            What::Arp(ArpKind::Reply) => self.arp == Some(ArpOperation::Reply),
            What::Tcp(kind) => self.flags.is_some_and(|flags| {
                let has = |flag| flags.has(flag);
                match kind {
                    TcpKind::Syn => has(TcpFlags::SYN) && !has(TcpFlags::ACK),
                    TcpKind::SynAck => has(TcpFlags::SYN) && has(TcpFlags::ACK),
                    TcpKind::Fin => has(TcpFlags::FIN),
                    TcpKind::Rst => has(TcpFlags::RST),
                    TcpKind::ZeroWindow => {
                        self.window == Some(0) && !has(TcpFlags::SYN) && !has(TcpFlags::RST)
                    }
                    TcpKind::Ack => {
                        let marks = TcpFlags::SYN.with(TcpFlags::FIN).with(TcpFlags::RST);
                        has(TcpFlags::ACK) && !flags.has_any(marks) && self.is_bare
                    }
                }
            }),
        }
    }
}

/// A capture, read once.
#[derive(Debug)]
pub(super) struct Survey {
    /// How many frames there are.
    pub frames: u64,
    /// What each frame shows, in order; of a [`Surveyor`] that keeps little,
    /// only the uncommon ones.
    pub sights: Vec<Sight>,
    /// The FTP dialogues.
    pub transcript: Transcript,
    /// The TCP connections: the end that opened each, whether its SYN was
    /// seen, and how it stands.
    pub connections: Vec<(SocketAddr, bool, State)>,
    found: Vec<bool>,
}

/// Reads a capture frame by frame.
pub(super) struct Surveyor<'a> {
    dissector: Dissector,
    transcript: TranscriptBuilder,
    sights: Vec<Sight>,
    frames: u64,
    /// Texts to look for in payloads, and which were found.
    texts: Vec<&'a str>,
    found: Vec<bool>,
    keeps_common: bool,
}

impl<'a> Surveyor<'a> {
    /// Looks for texts in payloads. Without `keeps_common` it keeps nothing of
    /// what makes a long transfer long: segments and their acknowledgements.
    pub fn new(texts: Vec<&'a str>, keeps_common: bool) -> Surveyor<'a> {
        Surveyor {
            dissector: Dissector::new(),
            transcript: TranscriptBuilder::default(),
            sights: Vec::new(),
            frames: 0,
            found: vec![false; texts.len()],
            texts,
            keeps_common,
        }
    }

    /// Reads the next frame.
    pub fn see(&mut self, frame: FrameRef<'_>) {
        let seen = self.dissector.dissect(frame);
        self.transcript.note(&seen);
        for (found, text) in self.found.iter_mut().zip(&self.texts) {
            *found = *found || contains(seen.packet.payload, text.as_bytes());
        }
        let sight = sight(self.frames as usize, frame, &seen);
        self.frames += 1;
        if self.keeps_common || !sight.is_common() {
            self.sights.push(sight);
        }
    }

    /// What was read.
    pub fn finish(self) -> Survey {
        let connections = self.dissector.conversations();
        Survey {
            frames: self.frames,
            connections: connections
                .map(|c| (c.client, c.from_the_start, c.state()))
                .collect(),
            transcript: self.transcript.finish(&self.dissector),
            sights: self.sights,
            found: self.found,
        }
    }
}

impl Survey {
    /// Reads a capture, and looks for texts in its payloads.
    pub fn of(capture: &Capture, texts: Vec<&str>) -> Survey {
        let mut surveyor = Surveyor::new(texts, true);
        for frame in capture.frames() {
            surveyor.see(frame);
        }
        surveyor.finish()
    }

    /// What the frame of that number, from 1, shows, if it was kept.
    pub fn sight(&self, number: u64) -> Option<&Sight> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        let index = self.sights.binary_search_by_key(&place, |s| s.place).ok()?;
        self.sights.get(index)
    }

    /// The text of that number can be read in some frame.
    pub fn shows(&self, text: usize) -> bool {
        self.found.get(text).copied().unwrap_or(false)
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && bytes.windows(text.len()).any(|window| window == text)
}

fn sight(place: usize, frame: FrameRef<'_>, seen: &Dissected<'_>) -> Sight {
    let packet = &seen.packet;
    let by_ip = packet.network.map(|n| (n.source, n.destination));
    let by_arp = packet
        .arp
        .map(|arp| (arp.sender_ip().into(), arp.target_ip().into()));
    let tcp = packet.tcp();
    let from_server = matches!(seen.role, Role::FtpControl { from_client: false });
    let codes = packet.payload.split(|b| *b == b'\n').filter_map(reply_code);
    Sight {
        place,
        at: frame.at,
        ends: by_ip.or(by_arp),
        is_control: matches!(seen.role, Role::FtpControl { .. }) && packet.payload_len > 0,
        is_data: matches!(seen.role, Role::FtpData(_)) && packet.payload_len > 0,
        verbs: verbs(seen),
        codes: if from_server {
            codes.collect()
        } else {
            Vec::new()
        },
        verdicts: seen.segment.map(|s| s.verdicts).unwrap_or_default(),
        flags: tcp.map(|tcp| tcp.flags()),
        is_bare: packet.payload_len == 0,
        window: tcp.map(|tcp| tcp.window()),
        arp: packet.arp.map(|arp| arp.operation()),
        message: Message::of(frame.bytes),
    }
}

/// The verbs of the commands that a frame completes. A segment that is sent
/// again completes nothing, and still carries what it carried.
fn verbs(seen: &Dissected<'_>) -> Vec<String> {
    let again = seen.segment.is_some_and(|segment| segment.is_repeated);
    match seen.role {
        Role::FtpControl { from_client: true } if again => {
            let lines = seen.packet.payload.split(|b| *b == b'\n');
            let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            lines.filter_map(verb_word).collect()
        }
        _ => seen.events.iter().filter_map(verb).collect(),
    }
}

fn verb(event: &Event) -> Option<String> {
    match event {
        Event::Said(_, Said::Command(command)) => verb_word(command.line.as_bytes()),
        _ => None,
    }
}

/// The code at the beginning of a reply line: three digits, and a space, a
/// hyphen or the end (RFC 959 §4.2).
fn reply_code(line: &[u8]) -> Option<u16> {
    let code = ReplyCode::from_line(line)?;
    matches!(line.get(3), Some(b' ' | b'-' | b'\r') | None).then(|| code.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_line_begins_with_its_code() {
        assert_eq!(reply_code(b"220-Owner\r"), Some(220));
        assert_eq!(reply_code(b"220 ready\r"), Some(220));
        assert_eq!(reply_code(b"226\r"), Some(226));
        assert_eq!(reply_code(b"2200 files\r"), None);
        assert_eq!(reply_code(b" 220 indented\r"), None);
    }
}
