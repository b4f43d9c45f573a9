//! Neighbour discovery for IPv6, as far as it resolves addresses (RFC 4861).

use std::net::{IpAddr, Ipv6Addr};

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscRepr,
    RawHardwareAddress,
};

use super::ETHERNET_HEADER_LEN;
use super::address::{Ipv6Cidr, is_link_local};
use crate::wire::{Icmpv6, Ipv6, MacAddr, checksum, ip_protocol};

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
    /// Is there a router?
    RouterSolicit,
    /// There is one.
    RouterAdvert(RouterAdvert, Option<MacAddr>),
}

/// What a router says of itself and of the network (RFC 4861 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RouterAdvert {
    /// Its link-local address.
    pub router: Ipv6Addr,
    /// For how many seconds it is everybody's router; 0 if it is not.
    pub lifetime: u64,
    /// A network in which everybody may make an address of their own, and for
    /// how many seconds that is good; for ever if it is [`FOR_EVER`].
    pub prefix: Option<(Ipv6Cidr, u64)>,
}

/// The lifetime of a network that never ends (RFC 4861 §4.6.2).
pub(super) const FOR_EVER: u64 = 0xffff_ffff;

/// What a card hears that its owner must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// Somebody asks whether there is a router.
    RouterSolicit,
    /// There is one.
    RouterAdvert(RouterAdvert),
    /// The address that was tried out is somebody's.
    Taken,
}

/// Everybody, and every router, on a segment (RFC 4291 §2.7.1).
pub(super) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
pub(super) const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

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
        Icmpv6Repr::Ndisc(NdiscRepr::RouterSolicit { .. }) => Some(Message::RouterSolicit),
        Icmpv6Repr::Ndisc(NdiscRepr::RouterAdvert {
            router_lifetime,
            lladdr,
            prefix_info,
            ..
        }) if is_link_local(source) => {
            let prefix = prefix_info.filter(|prefix| prefix.is_valid_prefix_info());
            let prefix = prefix.map(|prefix| {
                let network = Ipv6Cidr {
                    address: prefix.prefix,
                    prefix: prefix.prefix_len,
                };
                (network, prefix.valid_lifetime.secs())
            });
            let advert = RouterAdvert {
                router: source,
                lifetime: router_lifetime.secs(),
                prefix: prefix.filter(|(network, _)| !network.address.is_multicast()),
            };
            Some(Message::RouterAdvert(advert, lladdr.and_then(mac)))
        }
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

/// Is `target` anybody's? From nobody, who is to bear it (RFC 4862 §5.4.2).
pub(super) fn try_out(target: Ipv6Addr) -> Vec<u8> {
    let repr = NdiscRepr::NeighborSolicit {
        target_addr: target,
        lladdr: None,
    };
    packet(Ipv6Addr::UNSPECIFIED, solicited_node(target), repr)
}

/// Is there a router?
pub(super) fn router_solicit((own, mac): (Ipv6Addr, MacAddr)) -> Vec<u8> {
    let body = [&[0; 4][..], &[1, 1], &mac.0].concat();
    message(own, ALL_ROUTERS, 133, &body)
}

/// For how many seconds a router is everybody's, and an advertised network
/// valid and preferred: the defaults of RFC 4861 §6.2.1.
const ROUTER_LIFETIME: u16 = 1800;
const VALID_LIFETIME: u32 = 2_592_000;
const PREFERRED_LIFETIME: u32 = 604_800;

/// Tells everybody that we are their router and `network` is theirs, and how
/// long a packet may be there if that is not the usual.
pub(crate) fn router_advert(
    (own, mac): (Ipv6Addr, MacAddr),
    network: Ipv6Cidr,
    mtu: Option<u16>,
) -> Vec<u8> {
    let mut body = vec![64, 0];
    body.extend(ROUTER_LIFETIME.to_be_bytes());
    body.extend([0; 8]);
    body.extend([1, 1]);
    body.extend(mac.0);
    if let Some(mtu) = mtu {
        body.extend([5, 1, 0, 0, 0, 0]);
        body.extend(mtu.to_be_bytes());
    }
    // On-link, and for autonomous configuration.
    body.extend([3, 4, network.prefix, 0xc0]);
    body.extend(VALID_LIFETIME.to_be_bytes());
    body.extend(PREFERRED_LIFETIME.to_be_bytes());
    body.extend([0; 4]);
    body.extend(network.network().octets());
    message(own, ALL_NODES, 134, &body)
}

/// A message of this type, in a buffer with room for an Ethernet header. What
/// smoltcp writes of routers lacks what we want to say.
fn message(source: Ipv6Addr, destination: Ipv6Addr, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut icmp = [&[kind, 0, 0, 0], body].concat();
    let len = icmp.len() as u16;
    let (from, to) = (IpAddr::V6(source), IpAddr::V6(destination));
    let pseudo = checksum::pseudo_header(from, to, ip_protocol::ICMPV6, u32::from(len));
    let sum = checksum::compute(&icmp, pseudo.unwrap_or(0));
    icmp[2..4].copy_from_slice(&sum.to_be_bytes());
    let mut buffer = vec![0; ETHERNET_HEADER_LEN];
    buffer.extend([0x60, 0, 0, 0]);
    buffer.extend(len.to_be_bytes());
    buffer.extend([ip_protocol::ICMPV6, 255]);
    buffer.extend(source.octets());
    buffer.extend(destination.octets());
    buffer.extend(icmp);
    buffer
}

/// Our answer to whoever asked for us.
pub(super) fn advertise(own: (Ipv6Addr, MacAddr), asker: Ipv6Addr, is_router: bool) -> Vec<u8> {
    let mut flags = NdiscNeighborFlags::OVERRIDE;
    if is_router {
        flags |= NdiscNeighborFlags::ROUTER;
    }
    let to = match asker.is_unspecified() {
        // Somebody tries our address out: all nodes hear that it is taken.
        true => ALL_NODES,
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
