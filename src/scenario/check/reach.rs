//! Ways out: whether a host's packets can leave for whom it calls.

use std::net::IpAddr;

use super::topology::segment_of;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{
    Errand, Expected, Host, HostIp, HostIp6, Named, Scenario, Segment, Server, Step, Verb,
};
use crate::scenario::source::Spanned;

/// Warns of the first call of each host that has no way to where it leads.
pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    for host in scenario.hosts.iter() {
        let Some(segment) = segment_of(scenario, &host.value) else {
            continue;
        };
        let caller = Caller {
            scenario,
            host,
            segment,
        };
        let actors = scenario.actors.iter();
        let mut own = actors.filter(|actor| actor.value.host.value == host.name.value);
        found.extend(own.find_map(|actor| caller.first_lost(&actor.value.script)));
    }
}

/// A host that acts.
struct Caller<'s> {
    scenario: &'s Scenario,
    host: &'s Named<Host>,
    segment: &'s Named<Segment>,
}

/// Whether somebody can be called by one family of addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Caller or called do not speak it.
    None,
    /// Nothing stands in the way that is known beforehand.
    Open,
    /// It is on another network, and there is no gateway.
    Lost,
}

impl Way {
    /// Both speak the family, if `is_spoken`; the called one is here, or a gateway is.
    fn of(is_spoken: bool, is_here: bool, has_gateway: bool) -> Way {
        match is_spoken {
            true if is_here || has_gateway => Way::Open,
            true => Way::Lost,
            false => Way::None,
        }
    }
}

impl Caller<'_> {
    fn first_lost(&self, steps: &[Step]) -> Option<Diagnostic> {
        steps.iter().find_map(|step| {
            if let Verb::Each(each) = &step.verb {
                let target = each.connect.as_ref().map(|target| &target.host);
                let lost = target.and_then(|target| self.lost(target));
                return lost.or_else(|| self.first_lost(&each.steps));
            }
            let outcomes = step.expect.iter().flat_map(|expect| expect.outcomes());
            let is_meant = outcomes
                .into_iter()
                .any(|o| o.value == Expected::Unreachable);
            let mut called = called(&step.verb).into_iter();
            called
                .find_map(|whom| self.lost(whom))
                .filter(|_| !is_meant)
        })
    }

    /// A warning if nothing leads there.
    fn lost(&self, whom: &Spanned<String>) -> Option<Diagnostic> {
        let [v4, v6] = self.ways(&whom.value)?;
        if v4 == Way::Open || v6 == Way::Open {
            return None;
        }
        let key = match (v4, v6) {
            (Way::Lost, _) => "gateway",
            (_, Way::Lost) => "gateway6",
            // They have no language in common, which is another mistake.
            _ => return None,
        };
        let name = &self.host.name;
        let message = format!(
            "`{name}` cannot reach `{whom}`: it is on another network, and `{name}` has no `{key}`"
        );
        let help =
            format!("give `{name}` a `{key}`; if that is the point, write `expect: unreachable`");
        Some(Diagnostic::warning(message, whom.span).help(help))
    }

    /// The ways by IPv4 and by IPv6 to a machine, an address or a name in the DNS;
    /// `None` if nobody knows who is meant.
    fn ways(&self, whom: &str) -> Option<[Way; 2]> {
        self.ways_to_machine(whom).or_else(|| {
            let mut servers = self.scenario.servers.iter();
            let meant = servers.find_map(|server| match server {
                Server::Dns(dns) => dns.names.get(whom),
                _ => None,
            })?;
            self.ways_to_machine(&meant.value)
        })
    }

    fn ways_to_machine(&self, whom: &str) -> Option<[Way; 2]> {
        let own = &self.host.value;
        let by_digits = own
            .gateway
            .as_ref()
            .and_then(|g| g.value.parse::<IpAddr>().ok());
        let borrows = own.ip.is_some_and(|ip| ip.value == HostIp::Dhcp);
        let out4 = borrows || own.gateway.is_some() && !by_digits.is_some_and(|ip| ip.is_ipv6());
        let out6 = own.ip6.is_some_and(|ip| ip.value == HostIp6::Auto)
            || own.gateway6.is_some()
            || own.gateway.is_some() && !by_digits.is_some_and(|ip| ip.is_ipv4());
        let speaks4 = own.ip.is_none_or(|ip| ip.value != HostIp::None);
        let speaks6 = own.ip6.is_some();
        if let Ok(address) = whom.parse::<IpAddr>() {
            return Some(match address {
                IpAddr::V4(ip) => {
                    let subnet = self.segment.value.subnet.value;
                    let is_here = subnet.holds(ip)
                        || ip == subnet.broadcast()
                        || ip.is_broadcast()
                        || ip.is_multicast();
                    [Way::of(speaks4, is_here, out4), Way::None]
                }
                IpAddr::V6(ip) => {
                    let subnet = self.segment.value.subnet6;
                    let is_here = subnet.is_some_and(|subnet| subnet.value.holds(ip))
                        || ip.is_unicast_link_local()
                        || ip.is_multicast();
                    [Way::None, Way::of(speaks6, is_here, out6)]
                }
            });
        }
        let both = |has4, has6, is_here| {
            [
                Way::of(speaks4 && has4, is_here, out4),
                Way::of(speaks6 && has6, is_here, out6),
            ]
        };
        if let Some(router) = self.scenario.routers.get(whom) {
            let has6 = router.ports.iter().any(|port| port.value.ip6.is_some());
            let is_here = router.ports.get(&self.segment.name.value).is_some();
            return Some(both(true, has6, is_here));
        }
        let named = |host: &&Named<Host>| {
            let name = host.value.name.as_ref();
            host.name.value == whom || name.is_some_and(|n| n.value.eq_ignore_ascii_case(whom))
        };
        let host = self.scenario.hosts.iter().find(named)?;
        let theirs = segment_of(self.scenario, &host.value)?;
        let has4 = host.value.ip.is_none_or(|ip| ip.value != HostIp::None);
        let is_here = theirs.name.value == self.segment.name.value;
        Some(both(has4, host.value.ip6.is_some(), is_here))
    }
}

/// Whom a step calls.
fn called(verb: &Verb) -> Vec<&Spanned<String>> {
    match verb {
        Verb::Connect(target) => vec![&target.host],
        Verb::Errand(errand) => match errand {
            Errand::Ping(ping) => vec![&ping.to],
            Errand::Traceroute(trace) => vec![&trace.to],
            Errand::Scan(scan) => scan.to.iter().collect(),
            Errand::Echo(echo) => vec![&echo.to.host],
            // These speak to whomever they like on their own wire.
            Errand::Spoof(_) | Errand::Inject(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}
