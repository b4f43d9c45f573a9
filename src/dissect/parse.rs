//! Takes a frame apart, header by header.

use super::packet::{
    Fragment, Layer, LayerKind, MAX_LAYERS, Network, Packet, Transport, Trouble, len32,
};
use crate::capture::LinkType;
use crate::wire::{
    Arp, Ethernet, Extension, Icmp, Icmpv6, Ipv4, Ipv6, Llc, Sll, Sll2, Snap, Tcp, Udp, Vlan,
    ether_type, ip_protocol,
};

/// What is to be made of a piece of a larger packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pieces {
    /// The first one is read as far as it goes, as if it were all.
    Alone,
    /// It is kept for the others: nothing above IP is read.
    Held,
    /// It was the last one missing: what they carried together lies behind
    /// the frame's own bytes, from here on.
    Joined(usize),
}

/// Takes a frame apart. `original_len` is its length on the wire.
pub(super) fn parse(link: LinkType, bytes: &[u8], original_len: u32, pieces: Pieces) -> Packet<'_> {
    let own = match pieces {
        Pieces::Joined(at) => bytes.get(..at).unwrap_or(bytes),
        Pieces::Alone | Pieces::Held => bytes,
    };
    let mut parser = Parser {
        packet: Packet {
            bytes,
            layers: [Layer {
                kind: LayerKind::Ethernet,
                start: 0,
                end: 0,
            }; MAX_LAYERS],
            count: 0,
            arp: None,
            unknown_type: None,
            network: None,
            transport: None,
            payload: own,
            payload_len: original_len.max(len32(own)),
            trouble: None,
        },
        at: 0,
        is_cut: original_len as usize > own.len(),
        pieces,
    };
    parser.link(link);
    parser.packet
}

/// What follows a layer.
enum Next {
    EtherType(u16),
    Ip,
    Protocol(u8),
}

struct Parser<'a> {
    packet: Packet<'a>,
    /// Where the payload begins in the frame.
    at: usize,
    is_cut: bool,
    pieces: Pieces,
}

impl<'a> Parser<'a> {
    fn link(&mut self, link: LinkType) {
        let bytes = self.packet.payload;
        let next = match link {
            LinkType::ETHERNET => self.ethernet(bytes),
            LinkType::LINUX_SLL => Sll::new(bytes).map(|sll| {
                self.step(LayerKind::Sll, Sll::LEN, sll.payload());
                Next::EtherType(sll.protocol())
            }),
            LinkType::LINUX_SLL2 => Sll2::new(bytes).map(|sll| {
                self.step(LayerKind::Sll2, Sll2::LEN, sll.payload());
                Next::EtherType(sll.protocol())
            }),
            LinkType::NULL | LinkType::LOOP => bytes.split_at_checked(4).map(|(_, rest)| {
                // The family's number differs between systems; the packet
                // itself says which version it is.
                self.step(LayerKind::Null, 4, rest);
                Next::Ip
            }),
            LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => Some(Next::Ip),
            _ => return,
        };
        let Some(mut next) = next else {
            return self.trouble("link layer");
        };
        // Each turn adds a layer, and there is an end to those.
        while self.packet.count < MAX_LAYERS {
            let step = match next {
                Next::EtherType(kind) => self.ether_type(kind),
                Next::Ip => self.ip(),
                Next::Protocol(protocol) => self.protocol(protocol),
            };
            match step {
                Some(following) => next = following,
                None => return,
            }
        }
        self.packet.trouble = Some(Trouble::Malformed("too many layers"));
    }

    fn ethernet(&mut self, bytes: &'a [u8]) -> Option<Next> {
        let ethernet = Ethernet::new(bytes)?;
        self.step(LayerKind::Ethernet, Ethernet::LEN, ethernet.payload());
        Some(Next::EtherType(ethernet.ether_type()))
    }

    /// What an EtherType announces.
    fn ether_type(&mut self, kind: u16) -> Option<Next> {
        let bytes = self.packet.payload;
        match kind {
            ether_type::IPV4 | ether_type::IPV6 => Some(Next::Ip),
            ether_type::ARP | ether_type::RARP => {
                match Arp::new(bytes) {
                    Some(arp) => {
                        self.packet.arp = Some(arp);
                        self.end(LayerKind::Arp, Arp::LEN, &[], 0);
                    }
                    None => self.trouble("ARP"),
                }
                None
            }
            _ if Vlan::announced_by(kind) => match Vlan::new(bytes) {
                Some(tag) => {
                    let layer = match kind {
                        ether_type::QINQ => LayerKind::ServiceTag,
                        _ => LayerKind::Vlan,
                    };
                    self.step(layer, Vlan::LEN, tag.payload());
                    Some(Next::EtherType(tag.ether_type()))
                }
                None => self.fail("802.1Q"),
            },
            ether_type::PPPOE => match *bytes {
                // Six bytes, then PPP's protocol: 0x0021 IPv4, 0x0057 IPv6.
                [_, _, _, _, _, _, 0, 0x21 | 0x57, ref rest @ ..] => {
                    self.step(LayerKind::Pppoe, 8, rest);
                    Some(Next::Ip)
                }
                _ => self.unknown(kind),
            },
            ether_type::MPLS => match *bytes {
                [_, _, third, _, ref rest @ ..] => {
                    self.step(LayerKind::Mpls, 4, rest);
                    // The lowest label is marked; below it there is usually IP.
                    Some(if third & 1 == 0 {
                        Next::EtherType(kind)
                    } else {
                        Next::Ip
                    })
                }
                _ => self.fail("MPLS"),
            },
            length if length < ether_type::FIRST => self.llc(length),
            _ => self.unknown(kind),
        }
    }

    fn llc(&mut self, length: u16) -> Option<Next> {
        let within = self.packet.payload;
        let within = within.get(..usize::from(length)).unwrap_or(within);
        self.packet.payload = within;
        self.packet.payload_len = u32::from(length);
        let Some(llc) = Llc::new(within) else {
            return self.fail("LLC");
        };
        self.step(LayerKind::Llc, Llc::LEN, llc.payload());
        let snap = Snap::new(self.packet.payload).filter(|_| llc.is_snap())?;
        self.step(LayerKind::Snap, Snap::LEN, snap.payload());
        (snap.organisation() == [0; 3]).then(|| Next::EtherType(snap.protocol()))
    }

    fn ip(&mut self) -> Option<Next> {
        let bytes = self.packet.payload;
        if let Some(ip) = Ipv4::new(bytes) {
            let len = ip.header_len();
            if len > bytes.len() && !self.is_cut {
                return self.fail("IPv4");
            }
            self.packet.network = Some(Network {
                source: ip.source().into(),
                destination: ip.destination().into(),
                protocol: ip.protocol(),
                hops: ip.ttl(),
                fragment: ip.is_fragment().then(|| Fragment {
                    identification: u32::from(ip.identification()),
                    offset: ip.fragment_offset(),
                    more: ip.more_fragments(),
                }),
            });
            let payload_len = ip.payload_len().and_then(|n| u32::try_from(n).ok());
            self.end(
                LayerKind::Ipv4,
                len,
                ip.payload(),
                self.len_or(payload_len, len),
            );
            return self.above(ip.protocol());
        }
        if let Some(ip) = Ipv6::new(bytes) {
            self.packet.network = Some(Network {
                source: ip.source().into(),
                destination: ip.destination().into(),
                protocol: ip.next_header(),
                hops: ip.hop_limit(),
                fragment: None,
            });
            let payload_len = Some(u32::from(ip.payload_len())).filter(|n| *n > 0);
            let len = self.len_or(payload_len, Ipv6::LEN);
            self.end(LayerKind::Ipv6, Ipv6::LEN, ip.payload(), len);
            return Some(Next::Protocol(ip.next_header()));
        }
        self.fail("IP")
    }

    /// What lies above IP, if that is to be read of a piece.
    fn above(&mut self, protocol: u8) -> Option<Next> {
        let next = Some(Next::Protocol(protocol));
        let Some(network) = &mut self.packet.network else {
            return next;
        };
        let Some(fragment) = network.fragment else {
            return next;
        };
        match self.pieces {
            Pieces::Alone => next.filter(|_| fragment.offset == 0),
            Pieces::Held => None,
            Pieces::Joined(at) => {
                network.fragment = None;
                self.pieces = Pieces::Held;
                self.at = at;
                self.is_cut = false;
                self.packet.payload = self.packet.bytes.get(at..).unwrap_or_default();
                self.packet.payload_len = len32(self.packet.payload);
                next
            }
        }
    }

    fn protocol(&mut self, protocol: u8) -> Option<Next> {
        let bytes = self.packet.payload;
        let sent = self.packet.payload_len;
        let mut reach = |kind, len: usize, transport: Transport<'a>, payload: &'a [u8]| {
            self.packet.transport = Some(transport);
            let left = sent.saturating_sub(u32::try_from(len).unwrap_or(u32::MAX));
            self.end(kind, len, payload, left);
            None
        };
        match protocol {
            ip_protocol::TCP => match Tcp::new(bytes) {
                Some(tcp) => {
                    let too_long = tcp.header_len() > sent as usize;
                    reach(
                        LayerKind::Tcp,
                        tcp.header_len(),
                        Transport::Tcp(tcp),
                        tcp.payload(),
                    );
                    if too_long {
                        self.trouble("TCP");
                    }
                    None
                }
                None => self.fail("TCP"),
            },
            ip_protocol::UDP => match Udp::new(bytes) {
                Some(udp) => reach(LayerKind::Udp, Udp::LEN, Transport::Udp(udp), udp.payload()),
                None => self.fail("UDP"),
            },
            ip_protocol::ICMP => match Icmp::new(bytes) {
                Some(icmp) => reach(
                    LayerKind::Icmp,
                    Icmp::LEN,
                    Transport::Icmp(icmp),
                    icmp.payload(),
                ),
                None => self.fail("ICMP"),
            },
            ip_protocol::ICMPV6 => match Icmpv6::new(bytes) {
                Some(icmp) => reach(
                    LayerKind::Icmpv6,
                    Icmpv6::LEN,
                    Transport::Icmpv6(icmp),
                    icmp.payload(),
                ),
                None => self.fail("ICMPv6"),
            },
            ip_protocol::IPV4 | ip_protocol::IPV6 => Some(Next::Ip),
            ip_protocol::GRE => self.gre(),
            _ => self.extension(protocol),
        }
    }

    fn extension(&mut self, kind: u8) -> Option<Next> {
        let header = Extension::new(kind, self.packet.payload)?;
        if let Some((offset, more, identification)) = header.fragment()
            && (more || offset != 0)
            && let Some(network) = &mut self.packet.network
        {
            network.fragment = Some(Fragment {
                identification,
                offset,
                more,
            });
        }
        let next = header.next_header();
        if let Some(network) = &mut self.packet.network {
            network.protocol = next;
        }
        self.step(
            LayerKind::Extension(kind),
            header.header_len(),
            header.payload(),
        );
        if kind == ip_protocol::FRAGMENT {
            return self.above(next);
        }
        Some(Next::Protocol(next))
    }

    /// RFC 2784, with the key and sequence number of RFC 2890.
    fn gre(&mut self) -> Option<Next> {
        let &[flags, version, high, low, ..] = self.packet.payload else {
            return self.fail("GRE");
        };
        if version & 7 != 0 {
            return None;
        }
        let optional = [0x80, 0x20, 0x10]
            .iter()
            .filter(|bit| flags & **bit != 0)
            .count();
        let len = 4 + 4 * optional;
        let Some(rest) = self.packet.payload.get(len..) else {
            return self.fail("GRE");
        };
        self.step(LayerKind::Gre, len, rest);
        match u16::from_be_bytes([high, low]) {
            // Transparent Ethernet bridging.
            0x6558 => self.ethernet(rest),
            kind => Some(Next::EtherType(kind)),
        }
    }

    /// A payload's length as its header gives it; else all that the frame has left.
    fn len_or(&self, said: Option<u32>, header_len: usize) -> u32 {
        let left = self.packet.payload_len;
        said.unwrap_or(left.saturating_sub(u32::try_from(header_len).unwrap_or(u32::MAX)))
    }

    /// Goes on behind a header that says nothing of its payload's length.
    fn step(&mut self, kind: LayerKind, len: usize, payload: &'a [u8]) {
        let left = self.len_or(None, len);
        self.end(kind, len, payload, left);
    }

    fn end(&mut self, kind: LayerKind, len: usize, payload: &'a [u8], payload_len: u32) {
        let start = self.at;
        self.at += len;
        if let Some(layer) = self.packet.layers.get_mut(self.packet.count) {
            *layer = Layer {
                kind,
                start: u32::try_from(start).unwrap_or(u32::MAX),
                end: u32::try_from(self.at).unwrap_or(u32::MAX),
            };
            self.packet.count += 1;
        }
        self.packet.payload = payload;
        self.packet.payload_len = payload_len;
    }

    fn unknown(&mut self, kind: u16) -> Option<Next> {
        self.packet.unknown_type = Some(kind);
        None
    }

    fn fail(&mut self, what: &'static str) -> Option<Next> {
        self.trouble(what);
        None
    }

    fn trouble(&mut self, what: &'static str) {
        let trouble = if self.is_cut {
            Trouble::CutShort
        } else {
            Trouble::Malformed(what)
        };
        self.packet.trouble = Some(trouble);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ethernet, then what is given, then IPv4 and TCP with two bytes of data
    /// and four of padding.
    fn frame(between: &[u8]) -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        frame.extend(between);
        frame.extend([
            0x45, 0, 0, 42, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ]);
        frame.extend([
            4, 14, 0, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0,
        ]);
        frame.extend(b"ok\0\0\0\0");
        frame
    }

    fn kinds(packet: &Packet<'_>) -> Vec<LayerKind> {
        packet.layers().iter().map(|l| l.kind).collect()
    }

    fn parse(bytes: &[u8]) -> Packet<'_> {
        Packet::parse(LinkType::ETHERNET, bytes, bytes.len() as u32)
    }

    #[test]
    fn plain_tagged_and_snap() {
        use LayerKind::*;
        let cases: [(&[u8], &[LayerKind]); 4] = [
            (&[8, 0], &[Ethernet, Ipv4, Tcp]),
            (&[0x81, 0, 0, 42, 8, 0], &[Ethernet, Vlan, Ipv4, Tcp]),
            (
                &[0x88, 0xa8, 0, 7, 0x81, 0, 0, 42, 8, 0],
                &[Ethernet, ServiceTag, Vlan, Ipv4, Tcp],
            ),
            (
                &[0, 50, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0],
                &[Ethernet, Llc, Snap, Ipv4, Tcp],
            ),
        ];
        for (between, expected) in cases {
            let bytes = frame(between);
            let packet = parse(&bytes);
            assert_eq!(kinds(&packet), expected);
            assert_eq!((packet.payload, packet.payload_len), (&b"ok"[..], 2));
            assert_eq!(packet.trouble, None);
            let tcp = packet.layers().last().unwrap();
            assert_eq!(tcp.end as usize, bytes.len() - 6);
        }
    }

    #[test]
    fn tunnels() {
        let inner = frame(&[8, 0]);
        let inner = &inner[14..];
        let mut outer = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0];
        outer.push(20 + 4 + inner.len() as u8);
        outer.extend([0, 1, 0, 0, 64, 47, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        outer.extend([0, 0, 8, 0]);
        outer.extend(inner);
        let packet = parse(&outer);
        use LayerKind::*;
        assert_eq!(kinds(&packet), [Ethernet, Ipv4, Gre, Ipv4, Tcp]);
        let source = packet.network.map(|n| n.source.to_string());
        assert_eq!(source.as_deref(), Some("10.0.0.1"), "the innermost counts");
    }

    #[test]
    fn cut_short_is_not_malformed() {
        let bytes = frame(&[8, 0]);
        for end in 0..bytes.len() {
            let cut = Packet::parse(LinkType::ETHERNET, &bytes[..end], bytes.len() as u32);
            let expected = (end < 54).then_some(Trouble::CutShort);
            assert_eq!(cut.trouble, expected, "cut at {end}");
            if end >= 54 {
                assert_eq!(cut.payload_len, 2, "the wire's length, whatever was kept");
            }
            if end < 54 {
                let malformed = parse(&bytes[..end]).trouble;
                assert!(matches!(malformed, Some(Trouble::Malformed(_))));
            }
        }
    }

    #[test]
    fn later_fragments_have_no_ports() {
        let mut bytes = frame(&[8, 0]);
        bytes[20..22].copy_from_slice(&[0x20, 1]);
        let packet = parse(&bytes);
        assert!(packet.transport.is_none());
        let fragment = packet.network.and_then(|n| n.fragment).unwrap();
        assert_eq!((fragment.offset, fragment.more), (8, true));
        assert_eq!(packet.payload.len(), 22);
    }

    #[test]
    fn endless_tags_come_to_an_end() {
        let mut bytes = vec![0; 12];
        bytes.extend([0x81, 0, 0, 1].repeat(100));
        assert_eq!(
            parse(&bytes).trouble,
            Some(Trouble::Malformed("too many layers"))
        );
    }

    mod any {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn any_bytes_are_taken_apart(
                link in prop_oneof![Just(0u16), Just(1), Just(101), Just(113), Just(276), 0u16..300],
                bytes in proptest::collection::vec(any::<u8>(), 0..200),
                original in 0u32..400,
            ) {
                let packet = Packet::parse(LinkType(link), &bytes, original);
                prop_assert!(packet.payload.len() <= bytes.len());
            }

            #[test]
            fn damaged_frames_are_taken_apart(at in 0usize..60, byte: u8, cut in 0usize..60) {
                let mut bytes = frame(&[8, 0]);
                bytes[at] = byte;
                bytes.truncate(cut);
                let packet = parse(&bytes);
                prop_assert!(packet.layers().len() <= MAX_LAYERS);
            }
        }
    }
}
