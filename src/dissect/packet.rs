//! The layers of one frame, found without knowing any other frame.

use std::net::IpAddr;

use super::parse::{self, Pieces};
use crate::capture::LinkType;
use crate::wire::{Arp, Icmp, Icmpv6, Tcp, Udp, ip_protocol};

/// What a layer of a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// Ethernet II, or 802.3.
    Ethernet,
    /// An 802.1Q tag.
    Vlan,
    /// A provider's tag in front of it (802.1ad).
    ServiceTag,
    /// IEEE 802.2.
    Llc,
    /// SNAP.
    Snap,
    /// Linux cooked, version 1.
    Sll,
    /// Linux cooked, version 2.
    Sll2,
    /// Four bytes of address family.
    Null,
    /// PPP over Ethernet, with the protocol field of PPP.
    Pppoe,
    /// One MPLS label.
    Mpls,
    /// ARP.
    Arp,
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// An IPv6 extension header, by its number.
    Extension(u8),
    /// Generic routing encapsulation.
    Gre,
    /// ICMP.
    Icmp,
    /// ICMP for IPv6.
    Icmpv6,
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// A layer's header, and where in the frame it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// What it is.
    pub kind: LayerKind,
    /// Where it begins.
    pub start: u32,
    /// Where it ends, which may be behind what was captured.
    pub end: u32,
}

/// The transport layer of a packet.
#[derive(Debug, Clone, Copy)]
pub enum Transport<'a> {
    /// TCP.
    Tcp(Tcp<'a>),
    /// UDP.
    Udp(Udp<'a>),
    /// ICMP.
    Icmp(Icmp<'a>),
    /// ICMP for IPv6.
    Icmpv6(Icmpv6<'a>),
}

/// The innermost network layer of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// From whom.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// The protocol above, behind all extension headers.
    pub protocol: u8,
    /// Time to live, or hop limit.
    pub hops: u8,
    /// Set on a piece of a larger packet.
    pub fragment: Option<Fragment>,
}

/// Which piece of a larger packet a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// What all pieces have in common.
    pub identification: u32,
    /// Where it begins in the larger one's payload, in bytes.
    pub offset: u32,
    /// It is not the last piece.
    pub more: bool,
}

/// Why the layers of a packet end earlier than they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The capture holds only the beginning of the frame.
    CutShort,
    /// This header contradicts itself or does not fit into what holds it.
    Malformed(&'static str),
}

/// More layers than these are tunnels in tunnels.
pub(super) const MAX_LAYERS: usize = 16;

/// One frame, taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) layers: [Layer; MAX_LAYERS],
    pub(super) count: usize,
    /// The ARP packet in it.
    pub arp: Option<Arp<'a>>,
    /// The EtherType that nothing here understood.
    pub unknown_type: Option<u16>,
    /// The innermost network layer.
    pub network: Option<Network>,
    /// What it carries, unless it is a later piece of a larger packet.
    pub transport: Option<Transport<'a>>,
    /// What follows the last header, as far as it was captured, without padding.
    pub payload: &'a [u8],
    /// How long that was on the wire.
    pub payload_len: u32,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
}

impl<'a> Packet<'a> {
    /// Takes a frame apart. `original_len` is its length on the wire.
    pub fn parse(link: LinkType, bytes: &'a [u8], original_len: u32) -> Packet<'a> {
        parse::parse(link, bytes, original_len, Pieces::Alone)
    }

    /// The frame's bytes. Of a packet that was joined from its pieces, what they
    /// carried together follows them.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its layers, outermost first.
    pub fn layers(&self) -> &[Layer] {
        self.layers.get(..self.count).unwrap_or_default()
    }

    /// The bytes from the start of a layer to the end of the frame.
    pub fn from_layer(&self, layer: Layer) -> &'a [u8] {
        self.bytes.get(layer.start as usize..).unwrap_or_default()
    }

    /// Of a segment with this sequence number whose frame was cut short: the
    /// sequence number after what was captured, and how many bytes are missing.
    pub fn missing_payload(&self, sequence: u32) -> (u32, u64) {
        let captured = len32(self.payload);
        let missing = self.payload_len.saturating_sub(captured);
        (sequence.wrapping_add(captured), u64::from(missing))
    }

    /// Of a TCP or UDP header that a snap length cut: which of the two it is, and the
    /// ports, where they were captured.
    pub fn cut_ports(&self) -> Option<(LayerKind, [u16; 2])> {
        let is_cut = self.trouble == Some(Trouble::CutShort) && self.transport.is_none();
        let network = self.network.filter(|n| is_cut && n.fragment.is_none())?;
        let kind = match network.protocol {
            ip_protocol::TCP => LayerKind::Tcp,
            ip_protocol::UDP => LayerKind::Udp,
            _ => return None,
        };
        let [a, b, c, d] = *self.payload.first_chunk()?;
        Some((kind, [[a, b], [c, d]].map(u16::from_be_bytes)))
    }

    /// The TCP segment in it.
    pub fn tcp(&self) -> Option<Tcp<'a>> {
        match self.transport {
            Some(Transport::Tcp(tcp)) => Some(tcp),
            _ => None,
        }
    }
}

pub(super) fn len32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
