//! Routers, gateways, names and loans: whether one network can reach another as the scenario says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::topology::segment_of;
use super::{CALLED, NETWORK, firewall, known};
use crate::scenario::compile::DHCP_COUNT;
use crate::scenario::decode::{clip, suggestion};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{
    DhcpServer, DnsServer, Host, HostIp, HostIp6, Named, Network, Router, Scenario, Segment, Server,
};
use crate::scenario::source::{Span, Spanned};
use crate::wire::dns::is_name;

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    for router in scenario.routers.iter() {
        if let Some(host) = scenario.hosts.named(&router.name.value) {
            let message = format!("a host and a router are both called `{}`", router.name);
            let wrong = Diagnostic::error(message, router.name.span);
            found.push(wrong.related(host.name.span, "the host"));
        }
        check_router(scenario, router, found);
    }
    for host in scenario.hosts.iter() {
        check_host(scenario, host, found);
    }
    for server in &scenario.servers {
        match server {
            Server::Dns(dns) => check_dns(scenario, dns, found),
            Server::Dhcp(dhcp) => check_dhcp(scenario, dhcp, found),
            Server::Ftp(_) | Server::Echo(_) => {}
        }
    }
}

fn check_router(scenario: &Scenario, router: &Named<Router>, found: &mut Vec<Diagnostic>) {
    let ports = &router.value.ports;
    if ports.things.len() < 2 {
        let message = format!(
            "`{}` joins nothing: a router has two ports or more",
            router.name
        );
        let help = "ports: { lan: 192.0.2.1, wan: 198.51.100.1 }";
        let wrong = Diagnostic::error(message, router.name.span);
        found.push(wrong.help(help).rests_on(&["routers"]));
    }
    for port in ports.iter() {
        if known("segment", &port.name, &scenario.segments.names(), found)
            && let Some(segment) = scenario.segments.get(&port.name.value)
        {
            in_subnet(segment, &port.value.ip, found);
            if let Some(ip) = port.value.ip6 {
                in_subnet6(segment, ip, found);
            }
        }
    }
    let mine: Vec<&Segment> = ports
        .iter()
        .filter_map(|port| scenario.segments.get(&port.name.value))
        .collect();
    for route in &router.value.routes {
        check_gateway(scenario, &route.via, &mine, found);
        let to_v6 = matches!(route.to.value, Network::V6(_));
        if let Ok(via) = route.via.value.parse::<IpAddr>()
            && via.is_ipv6() != to_v6
        {
            let message = format!("{via} is of another family than the network that it leads to");
            found.push(Diagnostic::error(message, route.via.span));
        }
    }
    let vias = router.value.routes.iter().map(|route| &route.via);
    for via in vias.chain(&router.value.gateway) {
        let mut own = ports.iter().flat_map(|port| {
            let v6 = port.value.ip6.map(|ip| IpAddr::V6(ip.value));
            [Some(IpAddr::V4(port.value.ip.value)), v6]
        });
        let digits = via.value.parse().ok();
        if via.value == router.name.value || digits.is_some() && own.any(|ip| ip == digits) {
            own_gateway(&router.name, via, found);
        }
    }
    if let Some(gateway) = &router.value.gateway {
        check_gateway(scenario, gateway, &mine, found);
    }
    if let Some(nat) = &router.value.nat {
        known(
            "port of this router on a segment",
            &nat.outside,
            &ports.names(),
            found,
        );
        if let Some(first) = nat.first_port.filter(|first| first.value == 0) {
            found.push(Diagnostic::error("ports begin at 1", first.span));
        }
        for forward in &nat.forwards {
            known("host", &forward.to.host, &scenario.hosts.names(), found);
            if forward.port.value == 0 {
                found.push(Diagnostic::error("ports begin at 1", forward.port.span));
            }
        }
    }
    if let Some(wall) = &router.value.firewall {
        firewall::check(wall, &ports.names(), found);
    }
    for port in router.value.ftp_helper.iter().filter(|p| p.value == 0) {
        found.push(Diagnostic::error("ports begin at 1", port.span));
    }
    if let (Some(port), None, None) = (
        router.value.ftp_helper.first(),
        &router.value.nat,
        &router.value.firewall,
    ) {
        let message = "a router without `nat` or `firewall` needs no FTP helper";
        found.push(Diagnostic::warning(message, port.span).rests_on(&["routers"]));
    }
}

/// An address of a machine lies in its segment's subnet.
pub(super) fn in_subnet(segment: &Segment, ip: &Spanned<Ipv4Addr>, found: &mut Vec<Diagnostic>) {
    let subnet = segment.subnet;
    if !subnet.value.holds(ip.value) {
        let message = format!("{ip} is not a host's address in {subnet}");
        found.push(
            Diagnostic::error(message, ip.span).related(subnet.span, "the subnet of its segment"),
        );
    }
}

/// Packets for elsewhere would go to their sender.
fn own_gateway(name: &Spanned<String>, gateway: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let message = format!("`{name}` cannot be its own gateway");
    let help = "a gateway is a neighbour: packets go to it by Ethernet";
    found.push(Diagnostic::error(message, gateway.span).help(help));
}

/// A gateway stands on one of the segments: a router by its name, or an address.
fn check_gateway(
    scenario: &Scenario,
    gateway: &Spanned<String>,
    segments: &[&Segment],
    found: &mut Vec<Diagnostic>,
) {
    if let Ok(address) = gateway.value.parse::<Ipv6Addr>() {
        let here = |s: &&Segment| s.subnet6.is_some_and(|subnet| subnet.value.holds(address));
        if !segments.iter().any(here) {
            let message = format!("{address} is on no segment here: a gateway is a neighbour");
            found.push(Diagnostic::error(message, gateway.span).rests_on(NETWORK));
        }
        return;
    }
    if let Ok(address) = gateway.value.parse::<Ipv4Addr>() {
        if !segments.iter().any(|s| s.subnet.value.holds(address)) {
            let message = format!("{address} is on no segment here: a gateway is a neighbour");
            found.push(Diagnostic::error(message, gateway.span).rests_on(NETWORK));
        }
        return;
    }
    if !known("router", gateway, &scenario.routers.names(), found) {
        return;
    }
    let stands = |segment: &Segment| {
        let router = scenario.routers.get(&gateway.value)?;
        let mut ports = router.ports.iter();
        ports.find(|port| segment.subnet.value.holds(port.value.ip.value))
    };
    if !segments.iter().any(|segment| stands(segment).is_some()) {
        let message = format!("`{gateway}` has no port on a segment here");
        let help = "a gateway is a neighbour: packets go to it by Ethernet";
        let wrong = Diagnostic::error(message, gateway.span);
        found.push(wrong.help(help).rests_on(NETWORK));
    }
}

fn check_host(scenario: &Scenario, host: &Named<Host>, found: &mut Vec<Diagnostic>) {
    let segment = segment_of(scenario, &host.value).map(|segment| &segment.value);
    if let (Some(gateway), Some(segment)) = (&host.value.gateway, segment) {
        check_gateway(scenario, gateway, &[segment], found);
        let own = host.value.ip.and_then(|ip| ip.value.address());
        if own.is_some() && gateway.value.parse().ok() == own {
            own_gateway(&host.name, gateway, found);
        }
    }
    let own6 = host.value.ip6.and_then(|ip| ip.value.address());
    if let Some(gateway) = &host.value.gateway6
        && own6.is_some()
        && gateway.value.parse().ok() == own6
    {
        own_gateway(&host.name, gateway, found);
    }
    if let Some(resolver) = &host.value.resolver {
        check_resolver(scenario, resolver, found);
    }
    check_host6(scenario, host, segment, found);
    let lends = |server: &Server| match server {
        Server::Dhcp(dhcp) => {
            let lender = scenario.hosts.get(&dhcp.host.value);
            let lender = lender.and_then(|lender| segment_of(scenario, lender));
            lender.map(|l| &l.name.value)
                == segment_of(scenario, &host.value).map(|s| &s.name.value)
        }
        _ => false,
    };
    if let Some(ip) = &host.value.ip
        && ip.value == HostIp::Dhcp
        && !scenario.servers.iter().any(lends)
    {
        let message = format!("nobody lends addresses on the segment of `{}`", host.name);
        let help = "servers: [ { dhcp: { host: …, first: … } } ]";
        found.push(
            Diagnostic::error(message, ip.span)
                .help(help)
                .rests_on(NETWORK),
        );
    }
    if host.value.duplicate {
        let same = |other: &&Named<Host>| {
            let own = host.value.ip.and_then(|ip| ip.value.address());
            let theirs = other.value.ip.and_then(|ip| ip.value.address());
            other.name.value != host.name.value && own.is_some() && own == theirs
        };
        if scenario.hosts.iter().find(same).is_none() {
            let message = format!("no other host has the address of `{}`", host.name);
            found.push(Diagnostic::error(message, host.name.span).rests_on(NETWORK));
        }
    }
}

fn check_host6(
    scenario: &Scenario,
    host: &Named<Host>,
    segment: Option<&Segment>,
    found: &mut Vec<Diagnostic>,
) {
    let subnet = segment.and_then(|segment| segment.subnet6);
    if let (Some(ip), Some(segment)) = (host.value.ip6, segment) {
        match ip.value {
            HostIp6::Address(address) => {
                in_subnet6(segment, Spanned::new(address, ip.span), found);
            }
            HostIp6::Auto => match subnet {
                Some(subnet) if subnet.value.prefix != 64 => {
                    let message = "addresses are made in networks of 64 bits (RFC 4291 §2.5.4)";
                    found.push(Diagnostic::error(message, subnet.span));
                }
                Some(_) => {}
                None => no_subnet6(ip.span, found),
            },
        }
        let link = segment_of(scenario, &host.value).map(|link| link.name.value.as_str());
        if ip.value == HostIp6::Auto
            && subnet.is_some()
            && link.is_none_or(|link| scenario.advertisers(link).next().is_none())
        {
            let message = format!(
                "nobody advertises a network on the segment of `{}`",
                host.name
            );
            let help = "give a router's port there an `ip6`, as in lan: { ip: …, ip6: … }";
            found.push(
                Diagnostic::error(message, ip.span)
                    .help(help)
                    .rests_on(NETWORK),
            );
        }
    }
    if let (Some(gateway), Some(segment)) = (&host.value.gateway6, segment) {
        check_gateway6(scenario, gateway, segment, found);
    }
}

/// A gateway for IPv6 stands on the segment: a router by its name, or an address.
fn check_gateway6(
    scenario: &Scenario,
    gateway: &Spanned<String>,
    segment: &Segment,
    found: &mut Vec<Diagnostic>,
) {
    match gateway.value.parse::<IpAddr>() {
        // What a neighbour has of its own is of no subnet.
        Ok(IpAddr::V6(address)) if address.is_unicast_link_local() => {}
        Ok(IpAddr::V6(_)) => check_gateway(scenario, gateway, &[segment], found),
        Ok(IpAddr::V4(_)) => {
            let message = format!("{gateway} is no IPv6 address");
            let help = "the key for IPv4 is `gateway`";
            found.push(Diagnostic::error(message, gateway.span).help(help));
        }
        Err(_) if known("router", gateway, &scenario.routers.names(), found) => {
            let router = scenario.routers.get(&gateway.value);
            let mut ports = router.into_iter().flat_map(|router| router.ports.iter());
            let stands =
                |ip: Spanned<Ipv6Addr>| segment.subnet6.is_some_and(|s| s.value.holds(ip.value));
            if !ports.any(|port| port.value.ip6.is_some_and(stands)) {
                let message = format!("`{gateway}` has no IPv6 address on a segment here");
                let help = "give its port there an `ip6`, as in lan: { ip: …, ip6: … }";
                let wrong = Diagnostic::error(message, gateway.span);
                found.push(wrong.help(help).rests_on(NETWORK));
            }
        }
        Err(_) => {}
    }
}

fn no_subnet6(span: Span, found: &mut Vec<Diagnostic>) {
    let message = "the segment has no IPv6 addresses";
    let help = "give it `subnet6: 2001:db8::/64`";
    found.push(
        Diagnostic::error(message, span)
            .help(help)
            .rests_on(NETWORK),
    );
}

/// An IPv6 address of a machine lies in its segment's subnet.
fn in_subnet6(segment: &Segment, ip: Spanned<Ipv6Addr>, found: &mut Vec<Diagnostic>) {
    match segment.subnet6 {
        Some(subnet) if !subnet.value.holds(ip.value) => {
            let message = format!("{ip} is not a host's address in {subnet}");
            let wrong = Diagnostic::error(message, ip.span);
            found.push(wrong.related(subnet.span, "the IPv6 subnet of its segment"));
        }
        Some(_) => {}
        None => no_subnet6(ip.span, found),
    }
}

fn check_resolver(scenario: &Scenario, name: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    if name.value.parse::<IpAddr>().is_err() {
        known("host", name, &scenario.hosts.names(), found);
    }
}

fn check_dns(scenario: &Scenario, dns: &DnsServer, found: &mut Vec<Diagnostic>) {
    for name in dns.names.iter() {
        if !is_name(&name.name.value) {
            let message = format!("`{}` is no name in the DNS", clip(&name.name.value));
            found.push(Diagnostic::error(message, name.name.span));
        }
        check_resolver(scenario, &name.value, found);
    }
}

fn check_dhcp(scenario: &Scenario, dhcp: &DhcpServer, found: &mut Vec<Diagnostic>) {
    let host = scenario.hosts.get(&dhcp.host.value);
    if let Some(segment) = host.and_then(|host| segment_of(scenario, host)) {
        let segment = &segment.value;
        in_subnet(segment, &dhcp.first, found);
        let count = dhcp
            .count
            .map_or(DHCP_COUNT, |count| u32::from(count.value));
        let last = u32::from(dhcp.first.value).checked_add(count.saturating_sub(1));
        let fits = last.is_some_and(|last| segment.subnet.value.holds(last.into()));
        if count == 0 || !fits {
            let span = dhcp.count.map_or(dhcp.first.span, |count| count.span);
            let message = format!(
                "{count} addresses from {} on do not fit into {}",
                dhcp.first, segment.subnet
            );
            found.push(Diagnostic::error(message, span));
        }
        if let Some(gateway) = &dhcp.gateway {
            check_gateway(scenario, gateway, &[segment], found);
        }
    }
    if let Some(resolver) = &dhcp.resolver {
        check_resolver(scenario, resolver, found);
    }
}

/// Whether somebody's DNS name is meant, and the asking host can ask for it.
pub(super) fn check_name(
    scenario: &Scenario,
    asker: &Spanned<String>,
    name: &Spanned<String>,
    may_fail: bool,
    found: &mut Vec<Diagnostic>,
) {
    let hosts = scenario.hosts.iter();
    let mut names: Vec<&str> = hosts
        .filter_map(|host| Some(host.value.name.as_ref()?.value.as_str()))
        .collect();
    for server in &scenario.servers {
        if let Server::Dns(dns) = server {
            names.extend(dns.names.names());
        }
    }
    let is_known = names.iter().any(|n| n.eq_ignore_ascii_case(&name.value));
    let may_be_unknown = may_fail && is_name(&name.value) && name.value.contains('.');
    if !is_known && !may_be_unknown {
        names.extend(scenario.machines());
        let message = format!("there is no host `{}`", clip(&name.value));
        let help = suggestion(&name.value, &names);
        let wrong = Diagnostic::error(message, name.span);
        found.push(wrong.help(help).rests_on(CALLED));
        return;
    }
    let asks = scenario.hosts.get(&asker.value).is_some_and(|host| {
        host.resolver.is_some() || host.ip.is_some_and(|ip| ip.value == HostIp::Dhcp)
    });
    if !asks {
        let message = format!("`{asker}` cannot look up `{name}`: it knows no DNS server");
        let help = format!("give `{asker}` a `resolver`, or write the host's own name");
        let wrong = Diagnostic::error(message, name.span);
        found.push(wrong.help(help).rests_on(CALLED));
    }
}
