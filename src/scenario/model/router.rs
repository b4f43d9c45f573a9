//! Routers: their ports, their routes, and what they may do to packets besides.

use std::net::{Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;

use super::argument::Target;
use super::topology::Subnet;
use super::{Spanned, Table};
use crate::scenario::decode::{Decode, Decoder};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::yaml::Node;

/// A machine that joins segments.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Router {
    /// The segments it stands on, by name, and its address on each.
    pub ports: Table<RouterPort>,
    /// Where everything goes that has no other way: a router's name or address.
    pub gateway: Option<Spanned<String>>,
    /// Ways to networks that it does not stand on.
    #[schemars(default)]
    pub routes: Vec<Route>,
    /// It translates addresses.
    pub nat: Option<Nat>,
    /// It filters packets.
    pub firewall: Option<Firewall>,
    /// It follows FTP on connections to these ports, as they are outside or where a
    /// forward leads: lets announced data connections in, and mends the addresses
    /// that it translates.
    #[schemars(default)]
    pub ftp_helper: Vec<Spanned<u16>>,
}

impl Decode for Router {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a router", node)?;
        let ports = f.req(d, "ports");
        let router = Router {
            ports: Table::default(),
            gateway: f.opt(d, "gateway"),
            routes: f.healthy(d, "routes"),
            nat: f.opt(d, "nat"),
            firewall: f.opt(d, "firewall"),
            ftp_helper: f.or_default(d, "ftp_helper"),
        };
        f.finish(d);
        Some(Router {
            ports: ports?,
            ..router
        })
    }
}

/// A router's port on a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct RouterPort {
    /// Its address there.
    pub ip: Spanned<Ipv4Addr>,
    /// Its IPv6 address there; it passes no IPv6 on unless given.
    pub ip6: Option<Spanned<Ipv6Addr>>,
    /// It tells the hosts there what their IPv6 network is. True unless given.
    pub advertise: Option<bool>,
}

impl Decode for RouterPort {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = node.value {
            return Some(RouterPort {
                ip: Decode::decode(d, node)?,
                ip6: None,
                advertise: None,
            });
        }
        let mut f = d.fields("a router's port", node)?;
        let ip = f.req(d, "ip");
        let (ip6, advertise) = (f.opt(d, "ip6"), f.opt(d, "advertise"));
        f.finish(d);
        Some(RouterPort {
            ip: ip?,
            ip6,
            advertise,
        })
    }
}

/// A way to a network.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Route {
    /// The network, such as 10.0.3.0/24 or 2001:db8:3::/64.
    #[schemars(with = "super::super::schema::AnyCidr")]
    pub to: Spanned<Network>,
    /// The next router on the way: its name or address.
    pub via: Spanned<String>,
}

impl Decode for Route {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a route", node)?;
        let (to, via) = (f.req(d, "to"), f.req(d, "via"));
        f.finish(d);
        Some(Route { to: to?, via: via? })
    }
}

/// A network of either family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Of IPv4.
    V4(Subnet),
    /// Of IPv6.
    V6(Subnet6),
}

impl Decode for Network {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "a network such as 10.0.3.0/24 or 2001:db8:3::/64, its host bits zero";
        d.word(what, node, |text| {
            let v4 = Subnet::parse(text).map(Network::V4);
            v4.or_else(|| Subnet6::parse(text).map(Network::V6))
        })
    }
}

/// Translation of addresses: many private ones behind the router's own.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Nat {
    /// The segment outside: what leaves there carries the router's address.
    pub outside: Spanned<String>,
    /// The first port that stands for a private one. 40000 unless given.
    pub first_port: Option<Spanned<u16>>,
    /// Ports of the outside address that lead to somebody inside.
    #[schemars(default)]
    pub forwards: Vec<Forward>,
}

impl Decode for Nat {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a `nat`", node)?;
        let outside = f.req(d, "outside");
        let first_port = f.opt(d, "first_port");
        let forwards = f.healthy(d, "forwards");
        f.finish(d);
        Some(Nat {
            outside: outside?,
            first_port,
            forwards,
        })
    }
}

/// A port of the outside address that leads to somebody inside.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Forward {
    /// The port, as seen from outside.
    pub port: Spanned<u16>,
    /// Where TCP connections to it go: a host and a port.
    pub to: Target,
}

impl Decode for Forward {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a forward", node)?;
        let (port, to) = (f.req(d, "port"), f.req(d, "to"));
        f.finish(d);
        Some(Forward {
            port: port?,
            to: to?,
        })
    }
}

/// A packet filter that knows conversations: who may begin one; its answers pass.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Firewall {
    /// The segment outside. From there nothing may begin, unless a rule says so.
    pub outside: Spanned<String>,
    /// What becomes of what may not pass: `drop` in silence, or `reject` with
    /// a word to the sender. `drop` unless given.
    pub refuse: Option<Spanned<Refuse>>,
    /// The first that fits decides.
    #[schemars(default)]
    pub rules: Vec<FirewallRule>,
}

impl Decode for Firewall {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a `firewall`", node)?;
        let outside = f.req(d, "outside");
        let refuse = f.opt(d, "refuse");
        let rules = f.healthy(d, "rules");
        f.finish(d);
        Some(Firewall {
            outside: outside?,
            refuse,
            rules,
        })
    }
}

/// What becomes of a packet that may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Refuse {
    /// It vanishes.
    Drop,
    /// Its sender is told: RST, or ICMP "administratively prohibited".
    Reject,
}

impl Decode for Refuse {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [("drop", Refuse::Drop), ("reject", Refuse::Reject)];
        d.one_of("a way to refuse", node, &choices)
    }
}

/// One rule of a packet filter.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["allow"] }, { "required": ["deny"] }]))]
pub struct FirewallRule {
    /// The side that may begin.
    pub allow: Option<Spanned<Side>>,
    /// The side that may not begin.
    pub deny: Option<Spanned<Side>>,
    /// Only this protocol.
    pub protocol: Option<Spanned<Protocol>>,
    /// Only what is for this port of TCP or UDP.
    #[schemars(range(min = 1))]
    pub port: Option<Spanned<u16>>,
}

impl FirewallRule {
    /// Whether it allows, and whom: exactly one of the two is given.
    pub fn verdict(&self) -> (bool, Side) {
        match (&self.allow, &self.deny) {
            (Some(side), _) => (true, side.value),
            (None, Some(side)) => (false, side.value),
            (None, None) => (false, Side::Any),
        }
    }
}

impl Decode for FirewallRule {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a firewall's rule", node)?;
        let is_written = [f.entry("allow"), f.entry("deny")].map(|entry| entry.is_some());
        let rule = FirewallRule {
            allow: f.opt(d, "allow"),
            deny: f.opt(d, "deny"),
            protocol: f.opt(d, "protocol"),
            port: f.opt(d, "port"),
        };
        f.finish(d);
        match is_written {
            // What is wrong with its side has been told.
            [true, false] | [false, true] => {
                (rule.allow.is_some() || rule.deny.is_some()).then_some(rule)
            }
            [true, true] => d.fail(
                Diagnostic::error("a rule allows or denies, not both", node.span)
                    .help("leave out `allow` or `deny`"),
            ),
            [false, false] => d.fail(
                Diagnostic::error("a firewall's rule needs `allow` or `deny`", node.span)
                    .help("as in { deny: inside, port: 21 }"),
            ),
        }
    }
}

/// A side of a firewall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Side {
    /// Behind it.
    Inside,
    /// The world.
    Outside,
    /// Both.
    Any,
}

impl Decode for Side {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [
            ("inside", Side::Inside),
            ("outside", Side::Outside),
            ("any", Side::Any),
        ];
        d.one_of("a side of a firewall", node, &choices)
    }
}

/// What a rule can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
}

impl Decode for Protocol {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [
            ("tcp", Protocol::Tcp),
            ("udp", Protocol::Udp),
            ("icmp", Protocol::Icmp),
        ];
        d.one_of("a protocol", node, &choices)
    }
}

/// A range of IPv6 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet6 {
    /// Its first address, of which the host part is zero.
    pub network: Ipv6Addr,
    /// How many bits name the network, at most 126.
    pub prefix: u8,
}

impl Subnet6 {
    /// Parses `2001:db8:1::/64`.
    pub fn parse(text: &str) -> Option<Subnet6> {
        let (address, prefix) = text.split_once('/')?;
        let network: Ipv6Addr = address.parse().ok()?;
        let prefix: u8 = prefix.parse().ok().filter(|p| (8..=126).contains(p))?;
        let subnet = Subnet6 { network, prefix };
        (u128::from(network) & !subnet.mask() == 0 && !network.is_multicast()).then_some(subnet)
    }

    fn mask(self) -> u128 {
        u128::MAX
            .checked_shl(128 - u32::from(self.prefix))
            .unwrap_or(0)
    }

    /// A host may have this address.
    pub fn holds(self, address: Ipv6Addr) -> bool {
        let inside = u128::from(address) & self.mask() == u128::from(self.network);
        inside && address != self.network
    }
}

impl core::fmt::Display for Subnet6 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

impl Decode for Subnet6 {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "an IPv6 subnet such as 2001:db8:1::/64, its host bits zero";
        d.word(what, node, Subnet6::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_subnets() {
        let subnet = Subnet6::parse("2001:db8:1::/64").unwrap();
        assert!(subnet.holds("2001:db8:1::5".parse().unwrap()));
        assert!(!subnet.holds("2001:db8:2::5".parse().unwrap()));
        assert!(!subnet.holds("2001:db8:1::".parse().unwrap()));
        for bad in [
            "2001:db8::1/64",
            "ff02::/16",
            "2001:db8::/127",
            "10.0.0.0/8",
        ] {
            assert_eq!(Subnet6::parse(bad), None, "{bad}");
        }
    }
}
