//! The network: segments, hosts, taps, and the limits of a run.

use std::net::{Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;

use super::replay::Replay;
use super::router::Subnet6;
use crate::scenario::decode::{Decode, Decoder, Size};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::source::Spanned;
use crate::scenario::yaml::Node;
use crate::time::Duration;
use crate::units::{Rate, Ratio};
use crate::wire::MacAddr;

/// One wire.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Segment {
    /// `hub`, where everybody hears everything, or a learning `switch`. A hub unless given.
    pub kind: Option<Spanned<SegmentKind>>,
    /// The addresses on it, such as 192.0.2.0/24.
    #[schemars(with = "super::super::schema::Cidr")]
    pub subnet: Spanned<Subnet>,
    /// The IPv6 addresses on it, such as 2001:db8:1::/64.
    #[schemars(with = "Option<super::super::schema::Cidr6>")]
    pub subnet6: Option<Spanned<Subnet6>>,
    /// How fast it is. 10Mbps unless given.
    #[schemars(with = "Option<super::super::schema::RateText>")]
    pub rate: Option<Spanned<Rate>>,
    /// The propagation delay: how long a bit is on its way. 50us unless given.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub latency: Option<Spanned<Duration>>,
    /// By how much longer it may take, frame by frame, without overtaking.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub jitter: Option<Spanned<Duration>>,
    /// How many frames are lost.
    #[schemars(with = "Option<super::super::schema::RatioText>")]
    pub loss: Option<Spanned<Ratio>>,
    /// Loss in bursts, besides.
    pub burst: Option<Burst>,
    /// How many frames arrive twice.
    #[schemars(with = "Option<super::super::schema::RatioText>")]
    pub duplicate: Option<Spanned<Ratio>>,
    /// How many frames are held back while later ones overtake them.
    #[schemars(with = "Option<super::super::schema::RatioText>")]
    pub reorder: Option<Spanned<Ratio>>,
    /// For how long they are held back. 1ms unless given.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub reorder_by: Option<Spanned<Duration>>,
    /// How many frames have a bit flipped.
    #[schemars(with = "Option<super::super::schema::RatioText>")]
    pub corrupt: Option<Spanned<Ratio>>,
    /// Receivers check the frame check sequence, and drop what is damaged.
    /// True unless given; false lets it through to the checksums.
    pub fcs: Option<bool>,
    /// How many frames may wait at a station, or at a port of the switch. 1000
    /// unless given.
    pub queue: Option<Spanned<u32>>,
    /// The longest payload of a frame. 1500 unless given.
    pub mtu: Option<Spanned<u16>>,
    /// Whether a cable of a switch carries both directions at once. `full`
    /// unless given; a hub is always `half`.
    pub duplex: Option<Spanned<Duplex>>,
    /// Every frame on it bears an 802.1Q tag of this VLAN.
    pub vlan: Option<Spanned<u16>>,
    /// The host at the mirror port of the switch: it hears every frame.
    pub mirror: Option<Spanned<String>>,
}

/// Loss in bursts: a cable that is mostly good, and sometimes bad for a while.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Burst {
    /// How likely a good cable turns bad, at each frame.
    #[schemars(with = "super::super::schema::RatioText")]
    pub begin: Spanned<Ratio>,
    /// How likely a bad cable turns good, at each frame.
    #[schemars(with = "super::super::schema::RatioText")]
    pub end: Spanned<Ratio>,
    /// How many frames are lost while it is bad. 100% unless given.
    #[schemars(with = "Option<super::super::schema::RatioText>")]
    pub loss: Option<Spanned<Ratio>>,
}

impl Decode for Burst {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a burst", node)?;
        let (begin, end, loss) = (f.req(d, "begin"), f.req(d, "end"), f.opt(d, "loss"));
        f.finish(d);
        Some(Burst {
            begin: begin?,
            end: end?,
            loss,
        })
    }
}

/// What a cable carries at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Duplex {
    /// One direction at a time.
    Half,
    /// Both directions.
    Full,
}

impl Decode for Duplex {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [("half", Duplex::Half), ("full", Duplex::Full)];
        d.one_of("a duplex mode", node, &choices)
    }
}

/// How a host's TCP holds back on a network that loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Congestion {
    /// Not at all.
    #[default]
    None,
    /// Slow start and congestion avoidance.
    Reno,
}

impl Decode for Congestion {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [("none", Congestion::None), ("reno", Congestion::Reno)];
        d.one_of("a congestion control", node, &choices)
    }
}

/// How a segment passes frames on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum SegmentKind {
    /// Everybody hears everything.
    Hub,
    /// Frames go where their address was last seen.
    Switch,
}

impl Decode for SegmentKind {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [("hub", SegmentKind::Hub), ("switch", SegmentKind::Switch)];
        d.one_of("a kind of segment", node, &choices)
    }
}

impl Decode for Segment {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a segment", node)?;
        let kind = f.opt(d, "kind");
        let subnet = f.req(d, "subnet");
        let rate = f.opt(d, "rate");
        let latency = f.opt(d, "latency");
        let segment = Segment {
            kind,
            subnet: Spanned::new(Subnet::NOWHERE, node.span),
            subnet6: f.opt(d, "subnet6"),
            rate,
            latency,
            jitter: f.opt(d, "jitter"),
            loss: f.opt(d, "loss"),
            burst: f.opt(d, "burst"),
            duplicate: f.opt(d, "duplicate"),
            reorder: f.opt(d, "reorder"),
            reorder_by: f.opt(d, "reorder_by"),
            corrupt: f.opt(d, "corrupt"),
            fcs: f.opt(d, "fcs"),
            queue: f.opt(d, "queue"),
            mtu: f.opt(d, "mtu"),
            duplex: f.opt(d, "duplex"),
            vlan: f.opt(d, "vlan"),
            mirror: f.opt(d, "mirror"),
        };
        f.finish(d);
        Some(Segment {
            subnet: subnet?,
            ..segment
        })
    }
}

/// A range of IPv4 addresses (RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    /// Its first address, of which the host part is zero.
    pub network: Ipv4Addr,
    /// How many bits name the network, at most 30.
    pub prefix: u8,
}

impl Subnet {
    /// What stands in for a subnet that could not be read.
    const NOWHERE: Subnet = Subnet {
        network: Ipv4Addr::UNSPECIFIED,
        prefix: 30,
    };

    /// Parses `192.0.2.0/24`. A prefix longer than 30 leaves no room for two hosts.
    pub fn parse(text: &str) -> Option<Subnet> {
        let (address, prefix) = text.split_once('/')?;
        let address: Ipv4Addr = address.parse().ok()?;
        let prefix: u8 = prefix.parse().ok().filter(|p| (8..=30).contains(p))?;
        let network = Ipv4Addr::from(u32::from(address) & Subnet::mask(prefix));
        (network == address).then_some(Subnet { network, prefix })
    }

    fn mask(prefix: u8) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
    }

    /// The address of every station in it.
    pub fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.network) | !Subnet::mask(self.prefix))
    }

    /// A host may have this address: it lies inside, and is neither the first nor the last.
    pub fn holds(self, address: Ipv4Addr) -> bool {
        address > self.network && address < self.broadcast()
    }

    /// How many hosts it has room for.
    pub fn room(self) -> u32 {
        u32::from(self.broadcast()) - u32::from(self.network) - 1
    }

    /// The `n`th host address, from 0, counted round and round.
    pub fn host(self, n: u64) -> Ipv4Addr {
        let offset = u32::try_from(n % u64::from(self.room())).unwrap_or(0);
        Ipv4Addr::from(u32::from(self.network) + 1 + offset)
    }
}

impl core::fmt::Display for Subnet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

impl Decode for Subnet {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "a subnet such as 192.0.2.0/24, its host bits zero, its prefix from 8 to 30";
        d.word(what, node, Subnet::parse)
    }
}

/// One machine.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Host {
    /// The segment it is on; may be left out where there is only one.
    pub link: Option<Spanned<String>>,
    /// Its address; `dhcp` if it is to borrow one, `none` if it speaks no IPv4.
    /// Chosen from the segment's subnet by seed and name unless given.
    #[schemars(with = "Option<super::super::schema::HostIpText>")]
    pub ip: Option<Spanned<HostIp>>,
    /// Its IPv6 address; `auto` if it is to make one of what a router
    /// advertises. It speaks no IPv6 unless given.
    #[schemars(with = "Option<super::super::schema::HostIp6Text>")]
    pub ip6: Option<Spanned<HostIp6>>,
    /// Where packets for other networks go: a router's name or address.
    pub gateway: Option<Spanned<String>>,
    /// Where IPv6 packets for other networks go: a router's name or address, if it
    /// is another than `gateway` names.
    pub gateway6: Option<Spanned<String>>,
    /// Whom it asks for the addresses of names: a host's name or an address.
    pub resolver: Option<Spanned<String>>,
    /// It announces its address when the run starts (RFC 5227).
    #[schemars(default)]
    pub announce: bool,
    /// It has another host's address on purpose.
    #[schemars(default)]
    pub duplicate: bool,
    /// Its card passes up every frame that it hears, whoever it is for.
    #[schemars(default)]
    pub promiscuous: bool,
    /// Its hardware address; chosen by seed and name unless given.
    #[schemars(with = "Option<super::super::schema::MacText>")]
    pub mac: Option<Spanned<MacAddr>>,
    /// Its name in the DNS, for whoever reads the capture.
    pub name: Option<Spanned<String>>,
    /// Whose TCP/IP it has. `plain` unless given.
    #[schemars(with = "Option<super::super::schema::Stack>")]
    pub stack: Option<Spanned<String>>,
    /// The first ephemeral port it will use; chosen by seed and name unless given.
    pub first_port: Option<Spanned<u16>>,
    /// Whether it speaks TCP timestamps, if not as its stack does.
    pub timestamps: Option<bool>,
    /// The longest IP packet that it sends; 1500 unless given.
    pub mtu: Option<Spanned<u16>>,
    /// Options in the header of every IPv4 packet that it sends, octet by octet.
    #[schemars(with = "Option<super::super::schema::HexText>")]
    pub ip_options: Option<Spanned<Vec<u8>>>,
    /// A capture that it plays, by name or with more; it has no stack then, and
    /// hears nothing.
    #[schemars(default, schema_with = "super::super::schema::replay")]
    pub replay: Option<Replay>,
    /// The receive window in bytes; its stack's habit unless given.
    pub window: Option<Spanned<u64>>,
    /// How it holds back on a network that loses: `none`, or `reno` (slow start,
    /// congestion avoidance). `none` unless given.
    #[schemars(default)]
    pub congestion: Congestion,
}

/// Where a host has its IPv6 address from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostIp6 {
    /// From the scenario.
    Address(Ipv6Addr),
    /// Of its own making.
    Auto,
}

impl HostIp6 {
    /// The address, if the scenario gives it.
    pub fn address(self) -> Option<Ipv6Addr> {
        match self {
            HostIp6::Address(address) => Some(address),
            HostIp6::Auto => None,
        }
    }
}

impl Decode for HostIp6 {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "an IPv6 address such as 2001:db8::2, or `auto`";
        d.word(what, node, |text| match text {
            "auto" => Some(HostIp6::Auto),
            text => text.parse().ok().map(HostIp6::Address),
        })
    }
}

/// Where a host has its IPv4 address from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostIp {
    /// From the scenario.
    Address(Ipv4Addr),
    /// On loan from a DHCP server.
    Dhcp,
    /// It has none.
    None,
}

impl HostIp {
    /// The address, if the scenario gives it.
    pub fn address(self) -> Option<Ipv4Addr> {
        match self {
            HostIp::Address(address) => Some(address),
            HostIp::Dhcp | HostIp::None => None,
        }
    }
}

impl core::fmt::Display for HostIp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            HostIp::Address(address) => write!(f, "{address}"),
            HostIp::Dhcp => f.write_str("dhcp"),
            HostIp::None => f.write_str("none"),
        }
    }
}

impl Decode for HostIp {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "an IPv4 address such as 192.0.2.10, `dhcp` or `none`";
        let scalar = d.scalar(what, node)?;
        if scalar.text.parse::<Ipv6Addr>().is_ok() {
            let message = format!("expected {what}, found \"{}\"", scalar.text);
            let help = "an IPv6 address is `ip6`";
            return d.fail(Diagnostic::error(message, node.span).help(help));
        }
        d.word(what, node, |text| match text {
            "dhcp" => Some(HostIp::Dhcp),
            "none" => Some(HostIp::None),
            text => text.parse().ok().map(HostIp::Address),
        })
    }
}

impl Decode for Host {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a host", node)?;
        let host = Host {
            link: f.opt(d, "link"),
            ip: f.opt(d, "ip"),
            ip6: f.opt(d, "ip6"),
            gateway: f.opt(d, "gateway"),
            gateway6: f.opt(d, "gateway6"),
            resolver: f.opt(d, "resolver"),
            announce: f.or_default(d, "announce"),
            duplicate: f.or_default(d, "duplicate"),
            promiscuous: f.or_default(d, "promiscuous"),
            mac: f.opt(d, "mac"),
            name: f.opt(d, "name"),
            stack: f.opt(d, "stack"),
            first_port: f.opt(d, "first_port"),
            timestamps: f.opt(d, "timestamps"),
            mtu: f.opt(d, "mtu"),
            ip_options: f.entry("ip_options").and_then(|(_, node)| {
                let what = "IP options in hexadecimal such as \"94 04 00 00\"";
                let bytes = d.word(what, node, super::argument::parse_hex)?;
                Some(Spanned::new(bytes, node.span))
            }),
            replay: f.opt(d, "replay"),
            window: f.opt(d, "window"),
            congestion: f.or_default(d, "congestion"),
        };
        f.finish(d);
        Some(host)
    }
}

/// A place to capture at.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Tap {
    /// On this segment: every frame, padded, as it passes.
    pub segment: Option<Spanned<String>>,
    /// On this host's network card: what the host itself would record.
    pub host: Option<Spanned<String>>,
    /// How many bytes of each frame it keeps; all of them unless given.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub snap: Option<Spanned<Size>>,
}

/// Where a tap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapAt<'a> {
    /// On the segment of that name.
    Segment(&'a Spanned<String>),
    /// On the network card of the host of that name.
    Host(&'a Spanned<String>),
}

impl Tap {
    /// Where it is: exactly one of the two is given.
    pub fn at(&self) -> Option<TapAt<'_>> {
        match (&self.segment, &self.host) {
            (Some(segment), None) => Some(TapAt::Segment(segment)),
            (None, Some(host)) => Some(TapAt::Host(host)),
            _ => None,
        }
    }
}

impl Decode for Tap {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a tap", node)?;
        let tap = Tap {
            segment: f.opt(d, "segment"),
            host: f.opt(d, "host"),
            snap: f.opt(d, "snap"),
        };
        let whole = f.finish(d);
        match tap.at() {
            Some(_) => Some(tap),
            None if !whole => None,
            None => d.expected("either `segment: NAME` or `host: NAME`", node),
        }
    }
}

/// When a run stops at the latest.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Limits {
    /// Virtual time. 1h unless given, at most 24h.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub time: Option<Spanned<Duration>>,
    /// Frames on the wire. 5000000 unless given, at most 50000000.
    pub frames: Option<Spanned<u64>>,
    /// Bytes captured. 1GiB unless given, at most 16GiB.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub capture: Option<Spanned<Size>>,
    /// Bytes of files and buffers. 256MiB unless given, at most 4GiB.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub memory: Option<Spanned<Size>>,
}

impl Decode for Limits {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("limits", node)?;
        let limits = Limits {
            time: f.opt(d, "time"),
            frames: f.opt(d, "frames"),
            capture: f.opt(d, "capture"),
            memory: f.opt(d, "memory"),
        };
        f.finish(d);
        Some(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets() {
        let subnet = Subnet::parse("192.0.2.0/30").unwrap();
        assert_eq!(subnet.room(), 2);
        assert_eq!(subnet.host(0), Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(subnet.host(3), Ipv4Addr::new(192, 0, 2, 2));
        assert!(!subnet.holds(Ipv4Addr::new(192, 0, 2, 3)));
        assert!(!subnet.holds(Ipv4Addr::new(192, 0, 2, 0)));
        for bad in [
            "192.0.2.1/24",
            "192.0.2.0",
            "192.0.2.0/31",
            "0.0.0.0/0",
            "x/8",
        ] {
            assert_eq!(Subnet::parse(bad), None, "{bad}");
        }
    }
}
