//! Neighbour discovery for IPv6, as far as it resolves addresses (RFC 4861).

use std::net::Ipv6Addr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscRepr,
    RawHardwareAddress,
};

use super::ETHERNET_HEADER_LEN;
use crate::wire::{Icmpv6, Ipv6, MacAddr, ip_protocol};

/// What a message of neighbour discovery says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    /// Who has `target`? With the asker's hardware address, unless it has no
    /// IPv6 address yet.
    Solicit {
        target: Ipv6Addr,
        source: Ipv6Addr,
        mac: Option<MacAddr>,
    },
    /// `target` is at `mac`.
    Advert { target: Ipv6Addr, mac: MacAddr },
}

/// An IPv6 packet is a message that the card must keep to itself: neighbour or
/// router discovery, or a redirect.
pub(super) fn is_discovery(packet: &[u8]) -> bool {
    Ipv6::new(packet)
        .filter(|ip| ip.next_header() == ip_protocol::ICMPV6)
        .and_then(|ip| Icmpv6::new(ip.payload()))
        .is_some_and(|icmp| (133..=137).contains(&icmp.kind()))
}

/// Reads one; `None` if it is damaged, or has passed a router (RFC 4861
/// §7.1), or says something else.
pub(super) fn read(packet: &[u8]) -> Option<Message> {
    let ip = Ipv6Packet::new_checked(packet).ok()?;
    if ip.hop_limit() != 255 || ip.version() != 6 {
        return None;
    }
    let (source, destination) = (ip.src_addr(), ip.dst_addr());
    let icmp = Icmpv6Packet::new_checked(ip.payload()).ok()?;
    let caps = ChecksumCapabilities::default();
    let repr = Icmpv6Repr::parse(&source, &destination, &icmp, &caps).ok()?;
    let mac = |address: RawHardwareAddress| {
        let octets: [u8; 6] = address.as_bytes().try_into().ok()?;
        Some(MacAddr(octets)).filter(|mac| !mac.is_multicast())
    };
    match repr {
        Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit {
            target_addr,
            lladdr,
        }) => Some(Message::Solicit {
            target: target_addr,
            source,
            mac: lladdr.and_then(mac),
        }),
        Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert {
            target_addr,
            lladdr,
            ..
        }) => Some(Message::Advert {
            target: target_addr,
            mac: lladdr.and_then(mac)?,
        }),
        _ => None,
    }
}

/// The group that everybody joins whose address ends like this one (RFC 4291
/// §2.7.1).
pub(super) fn solicited_node(target: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = target.octets();
    let low = u16::from_be_bytes([b, c]);
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), low)
}

/// A question for `target`, in a buffer with room for an Ethernet header.
pub(super) fn solicit(own: (Ipv6Addr, MacAddr), target: Ipv6Addr) -> Vec<u8> {
    let repr = NdiscRepr::NeighborSolicit {
        target_addr: target,
        lladdr: Some(RawHardwareAddress::from_bytes(&own.1.0)),
    };
    packet(own.0, solicited_node(target), repr)
}

/// Our answer to whoever asked for us.
pub(super) fn advertise(own: (Ipv6Addr, MacAddr), asker: Ipv6Addr) -> Vec<u8> {
    let mut flags = NdiscNeighborFlags::OVERRIDE;
    let to = match asker.is_unspecified() {
        // Somebody tries our address out: all nodes hear that it is taken.
        true => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1),
        false => {
            flags |= NdiscNeighborFlags::SOLICITED;
            asker
        }
    };
    let repr = NdiscRepr::NeighborAdvert {
        flags,
        target_addr: own.0,
        lladdr: Some(RawHardwareAddress::from_bytes(&own.1.0)),
    };
    packet(own.0, to, repr)
}

fn packet(source: Ipv6Addr, destination: Ipv6Addr, message: NdiscRepr<'_>) -> Vec<u8> {
    let icmp = Icmpv6Repr::Ndisc(message);
    let ip = Ipv6Repr {
        src_addr: source,
        dst_addr: destination,
        next_header: IpProtocol::Icmpv6,
        payload_len: icmp.buffer_len(),
        hop_limit: 255,
    };
    let start = ETHERNET_HEADER_LEN + ip.buffer_len();
    let mut buffer = vec![0; start + icmp.buffer_len()];
    ip.emit(&mut Ipv6Packet::new_unchecked(
        &mut buffer[ETHERNET_HEADER_LEN..],
    ));
    let mut message = Icmpv6Packet::new_unchecked(&mut buffer[start..]);
    icmp.emit(
        &source,
        &destination,
        &mut message,
        &ChecksumCapabilities::default(),
    );
    buffer
}
