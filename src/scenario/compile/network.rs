//! Routers, the small services around a session, and who borrows an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};

use super::Planner;
use crate::actor::dhcp::DhcpServer;
use crate::actor::dns::DnsServer;
use crate::device::{self, FirewallConfig, NatConfig, Port6, Refusal, Route, Route6, RouterConfig};
use crate::host::{Ipv4Cidr, Ipv6Cidr};
use crate::scenario::model::{
    self, Firewall, FirewallRule, Named, Nat, Network, Refuse, Router, Side,
};
use crate::scenario::source::Spanned;
use crate::trace::SegmentId;

impl Planner<'_> {
    /// A host's address in its segment's subnet.
    pub(super) fn cidr(&self, address: Ipv4Addr, place: usize) -> Ipv4Cidr {
        let subnet = self.scenario.segments.things.get(place);
        Ipv4Cidr {
            address,
            prefix: subnet.map_or(24, |s| s.value.subnet.value.prefix),
        }
    }

    /// The same of IPv6.
    pub(super) fn cidr6(&self, address: std::net::Ipv6Addr, place: usize) -> Ipv6Cidr {
        let segment = self.scenario.segments.things.get(place);
        let subnet = segment.and_then(|s| s.value.subnet6);
        Ipv6Cidr {
            address,
            prefix: subnet.map_or(64, |s| s.value.prefix),
        }
    }

    /// The router of that name as seen from a segment, or an address in digits.
    pub(super) fn gateway(&self, name: &Spanned<String>, segment: usize) -> Option<Ipv4Addr> {
        if let Ok(address) = name.value.parse() {
            return Some(address);
        }
        let segment = self.scenario.segments.things.get(segment)?;
        let router = self.scenario.routers.get(&name.value)?;
        let port = router.ports.get(&segment.name.value)?;
        Some(port.ip.value)
    }

    /// The same for IPv6.
    pub(super) fn gateway6(&self, name: &Spanned<String>, segment: usize) -> Option<Ipv6Addr> {
        if let Ok(address) = name.value.parse() {
            return Some(address);
        }
        let segment = self.scenario.segments.things.get(segment)?;
        let router = self.scenario.routers.get(&name.value)?;
        Some(router.ports.get(&segment.name.value)?.ip6?.value)
    }

    /// A DNS server: a host's name or an address in digits.
    pub(super) fn resolver(&self, name: &Spanned<String>) -> Option<IpAddr> {
        name.value
            .parse()
            .ok()
            .or_else(|| self.address(&name.value))
    }

    pub(super) fn routers(&self) -> Vec<RouterConfig> {
        self.scenario
            .routers
            .iter()
            .map(|r| self.router(r))
            .collect()
    }

    fn segment_place(&self, name: &str) -> Option<usize> {
        let mut segments = self.scenario.segments.iter();
        segments.position(|segment| segment.name.value == name)
    }

    fn router(&self, router: &Named<Router>) -> RouterConfig {
        let known = router.value.ports.iter().filter_map(|port| {
            let place = self.segment_place(&port.name.value)?;
            let id = SegmentId(u16::try_from(place).ok()?);
            Some((id, self.cidr(port.value.ip.value, place)))
        });
        let ports: Vec<_> = known.collect();
        let mut config = RouterConfig::new(router.name.value.clone(), &ports);
        let places = ports.iter().map(|(id, _)| usize::from(id.0));
        let segments = places.map(|place| self.scenario.segments.things.get(place));
        let mtus = segments.map(|segment| segment.and_then(|s| s.value.mtu));
        config.mtus = mtus
            .map(|mtu| mtu.map_or(RouterConfig::MTU, |mtu| mtu.value))
            .collect();
        // A router is named by its port on any segment that both stand on.
        let via = |name: &Spanned<String>| {
            let mut places = ports.iter().map(|(id, _)| usize::from(id.0));
            places.find_map(|place| self.gateway(name, place))
        };
        let via6 = |name: &Spanned<String>| {
            let mut places = ports.iter().map(|(id, _)| usize::from(id.0));
            places.find_map(|place| self.gateway6(name, place))
        };
        for route in &router.value.routes {
            match route.to.value {
                Network::V4(to) => config.routes.extend(via(&route.via).map(|via| Route {
                    network: Ipv4Cidr {
                        address: to.network,
                        prefix: to.prefix,
                    },
                    via,
                })),
                Network::V6(to) => config.routes6.extend(via6(&route.via).map(|via| Route6 {
                    network: Ipv6Cidr {
                        address: to.network,
                        prefix: to.prefix,
                    },
                    via,
                })),
            }
        }
        let gateway = router.value.gateway.as_ref();
        config
            .routes
            .extend(gateway.and_then(via).map(Route::default_via));
        config
            .routes6
            .extend(gateway.and_then(via6).map(Route6::default_via));
        let known = router.value.ports.iter().filter_map(|port| {
            let place = self.segment_place(&port.name.value)?;
            Some(port.value.ip6.map(|ip| Port6 {
                address: self.cidr6(ip.value, place),
                advertises: port.value.advertise.unwrap_or(true),
            }))
        });
        config.ports6 = known.collect();
        let port = |segment: &Spanned<String>| {
            let place = router.value.ports.iter();
            let mut place = place.map(|port| port.name.value.as_str());
            let place = place.position(|name| name == segment.value)?;
            u16::try_from(place).ok()
        };
        let nat = router.value.nat.as_ref();
        config.nat = nat.and_then(|nat| Some(self.nat(nat, port(&nat.outside)?)));
        let wall = router.value.firewall.as_ref();
        config.firewall = wall.and_then(|wall| Some(firewall(wall, port(&wall.outside)?)));
        config.ftp_helper = router.value.ftp_helper.iter().map(|p| p.value).collect();
        config
    }

    fn nat(&self, nat: &Nat, outside: u16) -> NatConfig {
        let mut config = NatConfig::new(outside);
        if let Some(first) = nat.first_port {
            config.first_port = first.value;
        }
        let forwards = nat.forwards.iter().filter_map(|forward| {
            let IpAddr::V4(to) = self.address(&forward.to.host.value)? else {
                return None;
            };
            let port = forward.to.port.unwrap_or(forward.port.value);
            Some(device::Forward {
                port: forward.port.value,
                to: SocketAddrV4::new(to, port),
            })
        });
        config.forwards = forwards.collect();
        config
    }

    /// A DNS server knows every host that has a name, and what it is told.
    pub(super) fn dns(&self, dns: &model::DnsServer) -> DnsServer {
        let mut server = DnsServer::new();
        for (place, host) in self.scenario.hosts.iter().enumerate() {
            for address in self.addresses_of(place) {
                if let Some(name) = &host.value.name {
                    server = server.name(&name.value, address);
                }
            }
        }
        for name in dns.names.iter() {
            if let Some(address) = self.resolver(&name.value) {
                server = server.name(&name.name.value, address);
            }
        }
        server
    }

    pub(super) fn dhcp(&self, dhcp: &model::DhcpServer, host: usize) -> DhcpServer {
        let place = self.segment_of(host);
        let count = dhcp
            .count
            .map_or(DHCP_COUNT, |count| u32::from(count.value));
        let mut server = DhcpServer::new(self.cidr(dhcp.first.value, place), count);
        let gateway = dhcp.gateway.as_ref();
        if let Some(router) = gateway.and_then(|name| self.gateway(name, place)) {
            server = server.router(router);
        }
        let resolver = dhcp.resolver.as_ref().and_then(|name| self.resolver(name));
        if let Some(IpAddr::V4(dns)) = resolver {
            server = server.dns(dns);
        }
        server
    }
}

/// How many addresses a DHCP server lends unless it is told.
pub(crate) const DHCP_COUNT: u32 = 10;

fn firewall(wall: &Firewall, outside: u16) -> FirewallConfig {
    let refusal = match wall.refuse.map(|refuse| refuse.value) {
        Some(Refuse::Reject) => Refusal::Reject,
        Some(Refuse::Drop) | None => Refusal::Drop,
    };
    let mut config = FirewallConfig::new(outside, refusal);
    config.rules = wall.rules.iter().map(rule).collect();
    config
}

fn rule(rule: &FirewallRule) -> device::Rule {
    let (allow, side) = rule.verdict();
    device::Rule {
        allow,
        from: match side {
            Side::Inside => Some(device::Side::Inside),
            Side::Outside => Some(device::Side::Outside),
            Side::Any => None,
        },
        protocol: rule.protocol.map(|protocol| match protocol.value {
            model::Protocol::Tcp => device::Protocol::Tcp,
            model::Protocol::Udp => device::Protocol::Udp,
            model::Protocol::Icmp => device::Protocol::Icmp,
        }),
        port: rule.port.map(|port| port.value),
    }
}
