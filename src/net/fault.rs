//! Scripted faults: what happens to exactly this frame, and the record of it.

use super::target::{ControlPorts, Target, Way, payload_offset};
use crate::time::{Duration, Instant, format_duration};
use crate::wire::{Ethernet, Frame, Ipv4, Vlan, checksum, ether_type};

/// On which side of the default tap a fault acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// On the receiver's cable, after the segment's tap: the capture shows the
    /// frame, and again when it is sent again.
    #[default]
    Receiver,
    /// On the sender's cable, before the segment's tap.
    Sender,
}

/// What a fault does to a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It never arrives.
    Drop,
    /// It arrives later by so much.
    Delay(Duration),
    /// It arrives twice.
    Duplicate,
    /// One bit is flipped, counted from 0 at the first octet of the TCP
    /// payload, or of whatever follows the Ethernet header. The receiver's
    /// frame check drops the frame, unless the segment does without it.
    Corrupt {
        /// Which bit; counted round if the frame is shorter.
        bit: u32,
    },
    /// It ends after so many octets of the frame. Padding makes up the rest.
    Truncate {
        /// How many octets remain.
        len: usize,
    },
    /// A field has another value, with checksums made right again.
    Rewrite {
        /// Which field.
        field: Field,
        /// Its new value, cut to the field's width.
        value: u32,
    },
}

/// A field that a fault can rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Time to live (RFC 791 §3.1).
    IpTtl,
    /// Identification (RFC 791 §3.1).
    IpId,
    /// Sequence number (RFC 9293 §3.1).
    TcpSequence,
    /// Acknowledgement number.
    TcpAcknowledgement,
    /// The eight flags.
    TcpFlags,
    /// Window.
    TcpWindow,
}

impl Field {
    /// Every field, with its name in Wireshark's manner.
    pub const NAMES: [(&'static str, Field); 6] = [
        ("ip.ttl", Field::IpTtl),
        ("ip.id", Field::IpId),
        ("tcp.seq", Field::TcpSequence),
        ("tcp.ack", Field::TcpAcknowledgement),
        ("tcp.flags", Field::TcpFlags),
        ("tcp.window", Field::TcpWindow),
    ];
}

/// Decides about frames one by one; see [`Fault::custom`]. It is shown each frame
/// on each segment that it is handed to, and tells where that is by the frame's
/// addresses; a [`Target`] knows sender, receiver and segment.
pub type Judge = Box<dyn FnMut(Instant, &Frame) -> Option<Action>>;

enum Aim {
    Target { target: Target, action: Action },
    Judge(Judge),
}

/// A fault with an exact target.
pub struct Fault {
    /// What the record calls it: "line 12: drop the reply 226".
    name: String,
    side: Side,
    aim: Aim,
    matched: u64,
}

impl Fault {
    /// `action` happens to the frames of `target`, on the receiver's side.
    pub fn new(name: impl Into<String>, target: Target, action: Action) -> Fault {
        Fault {
            name: name.into(),
            side: Side::Receiver,
            aim: Aim::Target { target, action },
            matched: 0,
        }
    }

    /// `judge` sees every frame when it is handed to the wire and says what
    /// happens to it.
    pub fn custom(name: impl Into<String>, judge: Judge) -> Fault {
        Fault {
            name: name.into(),
            side: Side::Receiver,
            aim: Aim::Judge(judge),
            matched: 0,
        }
    }

    /// The same fault on the given side of the tap.
    pub fn on(mut self, side: Side) -> Fault {
        self.side = side;
        self
    }
}

/// A fault that has found its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strike {
    pub name: String,
    pub side: Side,
    pub action: Action,
}

/// All the scripted faults of a run.
#[derive(Default)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    pub control_ports: ControlPorts,
}

impl Faults {
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    pub fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// What happens to a frame; nearly always nothing.
    pub fn judge(&mut self, now: Instant, way: Way, frame: &Frame) -> Vec<Strike> {
        let control = &self.control_ports;
        let strike = |fault: &mut Fault| {
            let action = match &mut fault.aim {
                Aim::Judge(judge) => judge(now, frame)?,
                Aim::Target { target, action } => {
                    if !way.is_of(target) || !target.carries.matches(frame, control) {
                        return None;
                    }
                    fault.matched += 1;
                    if target.nth.is_some_and(|nth| nth != fault.matched) {
                        return None;
                    }
                    action.clone()
                }
            };
            Some(Strike {
                name: fault.name.clone(),
                side: fault.side,
                action,
            })
        };
        self.faults.iter_mut().filter_map(strike).collect()
    }
}

impl Action {
    /// The frame as it is after this action, if it is changed at all.
    pub(crate) fn alter(&self, frame: &Frame) -> Option<Frame> {
        let mut bytes = frame.unpadded().to_vec();
        match *self {
            Action::Drop | Action::Delay(_) | Action::Duplicate => return None,
            Action::Corrupt { bit } => {
                let first = payload_offset(&bytes);
                let bits = (bytes.len() - first) * 8;
                let bit = (bit as usize).checked_rem(bits)?;
                bytes[first + bit / 8] ^= 0x80 >> (bit % 8);
            }
            Action::Truncate { len } => bytes.truncate(len),
            Action::Rewrite { field, value } => rewrite(&mut bytes, field, value)?,
        }
        Some(Frame::new(&bytes))
    }

    /// What it does, for people: `dropped`, `delayed by 3s`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Action::Drop => "dropped".into(),
            Action::Delay(by) => format!("delayed by {}", format_duration(*by)),
            Action::Duplicate => "delivered twice".into(),
            Action::Corrupt { bit } => format!("bit {bit} flipped"),
            Action::Truncate { len } => format!("cut to {len} octets"),
            Action::Rewrite { field, value } => {
                let name = Field::NAMES.iter().find(|(_, f)| f == field);
                format!(
                    "{} set to {value}",
                    name.map_or("a field", |(name, _)| name)
                )
            }
        }
    }
}

/// Writes a field of an IPv4 packet and mends the checksums. `None` if the
/// frame has no such field.
fn rewrite(bytes: &mut [u8], field: Field, value: u32) -> Option<()> {
    let ethernet = Ethernet::new(bytes)?;
    let (mut kind, mut start) = (ethernet.ether_type(), 14);
    while Vlan::announced_by(kind) {
        kind = Vlan::new(bytes.get(start..)?)?.ether_type();
        start += 4;
    }
    let packet = bytes.get_mut(start..)?;
    let ip = (kind == ether_type::IPV4).then(|| Ipv4::new(packet))??;
    let (header, total) = (ip.header_len(), usize::from(ip.total_len()));
    let (source, destination) = (ip.source(), ip.destination());
    let is_tcp = ip.protocol() == crate::wire::ip_protocol::TCP && !ip.is_fragment();
    let packet = packet.get_mut(..total)?;
    let octets = value.to_be_bytes();
    let (at, len) = match field {
        Field::IpTtl => (8, 1),
        Field::IpId => (4, 2),
        _ if !is_tcp => return None,
        Field::TcpSequence => (header + 4, 4),
        Field::TcpAcknowledgement => (header + 8, 4),
        Field::TcpFlags => (header + 13, 1),
        Field::TcpWindow => (header + 14, 2),
    };
    packet
        .get_mut(at..at + len)?
        .copy_from_slice(&octets[4 - len..]);
    packet.get_mut(10..12)?.fill(0);
    let sum = checksum::compute(packet.get(..header)?, 0);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    if is_tcp {
        let segment = packet.get_mut(header..)?;
        let len = u32::try_from(segment.len()).ok()?;
        segment.get_mut(16..18)?.fill(0);
        let pseudo = checksum::pseudo_header(
            source.into(),
            destination.into(),
            crate::wire::ip_protocol::TCP,
            len,
        )?;
        let sum = checksum::compute(segment, pseudo);
        segment[16..18].copy_from_slice(&sum.to_be_bytes());
    }
    Some(())
}
