//! What a scripted fault is aimed at: frames by what they carry, who sent them, and how many came before.

use crate::ftp::{ReplyCode, verb_word};
use crate::trace::{NodeId, SegmentId};
use crate::wire::{
    Arp, ArpOperation, Ethernet, Frame, Ipv4, Ipv6, Message, Tcp, TcpFlags, Vlan, ether_type,
    ip_protocol,
};

/// The way of a frame over one segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// Who hands it to the wire.
    pub from: NodeId,
    /// Whose address it is sent to, if anybody there has it.
    pub to: Option<NodeId>,
    /// The segment.
    pub link: SegmentId,
}

/// What a frame carries, as far as one frame alone can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carries {
    /// Anything at all.
    Anything,
    /// A TCP payload on a control connection that begins with this FTP verb.
    Command(String),
    /// A TCP payload on a control connection that begins with this reply code.
    Reply(u16),
    /// A TCP segment of this kind.
    Tcp(TcpKind),
    /// An ARP message of this kind.
    Arp(ArpOperation),
    /// A TCP payload that is not on a control connection.
    Data,
    /// A message of ICMP, neighbour discovery, DNS or DHCP.
    Message(Message),
}

/// TCP segments by their flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpKind {
    /// SYN without ACK.
    Syn,
    /// SYN and ACK.
    SynAck,
    /// ACK alone: no SYN, FIN or RST, and no bytes.
    Ack,
    /// FIN.
    Fin,
    /// RST.
    Rst,
    /// Window 0: send nothing more. No SYN, and no RST.
    ZeroWindow,
}

/// Which frames a fault is aimed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What they carry.
    pub carries: Carries,
    /// Who sent them; `None` for anybody.
    pub from: Option<NodeId>,
    /// Whom they are addressed to; `None` for anybody.
    pub to: Option<NodeId>,
    /// On which segment; `None` for any.
    pub link: Option<SegmentId>,
    /// Which of them, from 1; `None` for every one.
    pub nth: Option<u64>,
}

impl Target {
    /// Every frame that carries this, from anybody to anybody, anywhere.
    pub fn every(carries: Carries) -> Target {
        Target {
            carries,
            from: None,
            to: None,
            link: None,
            nth: None,
        }
    }
}

/// The ports whose TCP connections are FTP control connections.
pub(crate) type ControlPorts = std::collections::BTreeSet<u16>;

impl Way {
    /// Whether `target` means frames that go this way.
    pub(crate) fn is_of(self, target: &Target) -> bool {
        target.from.is_none_or(|node| node == self.from)
            && (target.to.is_none() || target.to == self.to)
            && target.link.is_none_or(|link| link == self.link)
    }
}

impl Carries {
    /// Whether `frame` carries it.
    pub(crate) fn matches(&self, frame: &Frame, control: &ControlPorts) -> bool {
        if *self == Carries::Anything {
            return true;
        }
        if let Carries::Message(message) = self {
            return Message::of(frame.bytes()) == Some(*message);
        }
        let Some((kind, payload)) = network_layer(frame.bytes()) else {
            return false;
        };
        match self {
            Carries::Arp(operation) => {
                kind == ether_type::ARP
                    && Arp::new(payload).is_some_and(|arp| arp.operation() == *operation)
            }
            _ => tcp_segment(kind, payload).is_some_and(|tcp| self.matches_tcp(&tcp, control)),
        }
    }

    fn matches_tcp(&self, tcp: &Tcp<'_>, control: &ControlPorts) -> bool {
        let (flags, payload) = (tcp.flags(), tcp.payload());
        let is_control = control.contains(&tcp.source_port());
        let is_controlled = control.contains(&tcp.destination_port());
        match self {
            Carries::Command(verb) => {
                let end = |b: &u8| *b == b'\r' || *b == b'\n';
                let line = payload.split(end).next().unwrap_or(payload);
                is_controlled && verb_word(line).is_some_and(|word| word == *verb)
            }
            Carries::Reply(code) => {
                let found = ReplyCode::from_line(payload);
                is_control && found.is_some_and(|found| found.get() == *code)
            }
            Carries::Data => !payload.is_empty() && !is_control && !is_controlled,
            Carries::Tcp(TcpKind::Syn) => flags.has(TcpFlags::SYN) && !flags.has(TcpFlags::ACK),
            Carries::Tcp(TcpKind::SynAck) => flags.has(TcpFlags::SYN) && flags.has(TcpFlags::ACK),
            Carries::Tcp(TcpKind::Fin) => flags.has(TcpFlags::FIN),
            Carries::Tcp(TcpKind::Rst) => flags.has(TcpFlags::RST),
            Carries::Tcp(TcpKind::ZeroWindow) => {
                let other = TcpFlags::SYN.with(TcpFlags::RST);
                tcp.window() == 0 && !flags.has_any(other)
            }
            Carries::Tcp(TcpKind::Ack) => {
                let other = TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0);
                flags.has(TcpFlags::ACK) && !flags.has_any(other) && payload.is_empty()
            }
            Carries::Anything | Carries::Arp(_) | Carries::Message(_) => false,
        }
    }
}

/// The EtherType and the payload behind any VLAN tags.
fn network_layer(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let ethernet = Ethernet::new(bytes)?;
    let (mut kind, mut payload) = (ethernet.ether_type(), ethernet.payload());
    while Vlan::announced_by(kind) {
        let tag = Vlan::new(payload)?;
        (kind, payload) = (tag.ether_type(), tag.payload());
    }
    Some((kind, payload))
}

/// The whole TCP segment of an IP packet that is not a fragment.
fn tcp_segment(kind: u16, payload: &[u8]) -> Option<Tcp<'_>> {
    if kind == ether_type::IPV6 {
        let ip = Ipv6::new(payload)?;
        return (ip.next_header() == ip_protocol::TCP).then(|| Tcp::new(ip.payload()))?;
    }
    let ip = (kind == ether_type::IPV4).then(|| Ipv4::new(payload))??;
    (ip.protocol() == ip_protocol::TCP && !ip.is_fragment()).then(|| Tcp::new(ip.payload()))?
}

/// Where the TCP payload starts, or what follows the Ethernet header if there
/// is none: the place from which a corrupted bit is counted.
pub(crate) fn payload_offset(bytes: &[u8]) -> usize {
    let inner = network_layer(bytes).and_then(|(kind, payload)| {
        let segment = tcp_segment(kind, payload)?.payload();
        (!segment.is_empty()).then(|| segment.as_ptr().addr() - bytes.as_ptr().addr())
    });
    inner.unwrap_or(14.min(bytes.len()))
}
