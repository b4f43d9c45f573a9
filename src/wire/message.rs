//! What a frame says that is not TCP: the messages of ICMP, neighbour discovery, DNS and DHCP by their kind.

use super::{
    DhcpKind, DhcpMessage, Ethernet, Icmp, Icmpv6, Ipv4, Ipv6, Udp, Vlan, ether_type, ip_protocol,
};

/// The ports of DNS and DHCP servers.
const DNS: u16 = 53;
const DHCP: u16 = 67;

/// The message that one frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// ICMP, for IPv4 or IPv6.
    Icmp(IcmpKind),
    /// Neighbour or router discovery (RFC 4861).
    Ndp(NdpKind),
    /// DNS, over UDP.
    Dns(DnsSide),
    /// DHCP.
    Dhcp(DhcpKind),
}

/// ICMP messages by what they mean, whichever IP they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IcmpKind {
    /// Are you there?
    EchoRequest,
    /// I am.
    EchoReply,
    /// It cannot be delivered.
    Unreachable,
    /// It is too long for what comes next, and must not be cut.
    TooBig,
    /// It was under way for too long.
    TimeExceeded,
}

/// Messages of neighbour discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NdpKind {
    /// Is there a router?
    RouterSolicit,
    /// Here is one.
    RouterAdvert,
    /// Who has this address?
    Solicit,
    /// I have.
    Advert,
}

/// The two sides of DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsSide {
    /// What is the address of this name?
    Question,
    /// This one; or: there is none.
    Answer,
}

impl Message {
    /// The message of an Ethernet frame; `None` if it carries something else.
    pub fn of(bytes: &[u8]) -> Option<Message> {
        let ethernet = Ethernet::new(bytes)?;
        let (mut kind, mut payload) = (ethernet.ether_type(), ethernet.payload());
        while Vlan::announced_by(kind) {
            let tag = Vlan::new(payload)?;
            (kind, payload) = (tag.ether_type(), tag.payload());
        }
        match kind {
            ether_type::IPV4 => {
                let ip = Ipv4::new(payload).filter(|ip| !ip.is_fragment())?;
                match ip.protocol() {
                    ip_protocol::ICMP => Message::of_icmp(Icmp::new(ip.payload())?),
                    ip_protocol::UDP => Message::of_udp(Udp::new(ip.payload())?),
                    _ => None,
                }
            }
            ether_type::IPV6 => {
                let ip = Ipv6::new(payload)?;
                match ip.next_header() {
                    ip_protocol::ICMPV6 => Message::of_icmpv6(Icmpv6::new(ip.payload())?),
                    ip_protocol::UDP => Message::of_udp(Udp::new(ip.payload())?),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn of_icmp(icmp: Icmp<'_>) -> Option<Message> {
        Some(Message::Icmp(match (icmp.kind(), icmp.code()) {
            (0, _) => IcmpKind::EchoReply,
            (3, 4) => IcmpKind::TooBig,
            (3, _) => IcmpKind::Unreachable,
            (8, _) => IcmpKind::EchoRequest,
            (11, _) => IcmpKind::TimeExceeded,
            _ => return None,
        }))
    }

    fn of_icmpv6(icmp: Icmpv6<'_>) -> Option<Message> {
        Some(match icmp.kind() {
            1 => Message::Icmp(IcmpKind::Unreachable),
            2 => Message::Icmp(IcmpKind::TooBig),
            3 => Message::Icmp(IcmpKind::TimeExceeded),
            128 => Message::Icmp(IcmpKind::EchoRequest),
            129 => Message::Icmp(IcmpKind::EchoReply),
            133 => Message::Ndp(NdpKind::RouterSolicit),
            134 => Message::Ndp(NdpKind::RouterAdvert),
            135 => Message::Ndp(NdpKind::Solicit),
            136 => Message::Ndp(NdpKind::Advert),
            _ => return None,
        })
    }

    fn of_udp(udp: Udp<'_>) -> Option<Message> {
        let (from, to) = (udp.source_port(), udp.destination_port());
        if from == DHCP || to == DHCP {
            return DhcpMessage::parse(udp.payload()).map(|message| Message::Dhcp(message.kind));
        }
        match (from, to) {
            (_, DNS) => Some(Message::Dns(DnsSide::Question)),
            (DNS, _) => Some(Message::Dns(DnsSide::Answer)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::build::{Above, Ipv4Fields, ethernet, ipv4};
    use crate::wire::{Frame, MacAddr};

    fn frame(above: Above<'_>) -> Frame {
        let fields = Ipv4Fields {
            source: [10, 2, 0, 2].into(),
            destination: [10, 2, 0, 1].into(),
            ttl: 64,
            id: 7,
        };
        let mac = MacAddr([2, 0, 0, 0, 0, 1]);
        ethernet(mac, mac, ether_type::IPV4, &ipv4(fields, above))
    }

    #[test]
    fn messages_by_their_kind() {
        let client = MacAddr([2, 0, 0, 0, 0, 1]);
        let discover = DhcpMessage::new(DhcpKind::Discover, 1, client).to_bytes();
        let cases = [
            (
                Above::Icmp(8, 0, 0, b""),
                Some(Message::Icmp(IcmpKind::EchoRequest)),
            ),
            (
                Above::Icmp(3, 4, 0, b""),
                Some(Message::Icmp(IcmpKind::TooBig)),
            ),
            (
                Above::Icmp(3, 1, 0, b""),
                Some(Message::Icmp(IcmpKind::Unreachable)),
            ),
            (
                Above::Udp(1025, 53, b"?"),
                Some(Message::Dns(DnsSide::Question)),
            ),
            (
                Above::Udp(68, 67, &discover),
                Some(Message::Dhcp(DhcpKind::Discover)),
            ),
            (Above::Udp(68, 67, b"x"), None),
            (Above::Udp(9, 9, b"x"), None),
        ];
        for (above, expected) in cases {
            assert_eq!(Message::of(frame(above).bytes()), expected, "{above:?}");
        }
    }
}
