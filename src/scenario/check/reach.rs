//! Ways out: whether a host's packets can leave for whom it calls, and an answer can come back.

use std::net::IpAddr;

use super::CALLED;
use super::topology::segment_of;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{
    Errand, Expected, Host, HostIp, HostIp6, Named, Scenario, Segment, Server, Step, Verb,
};
use crate::scenario::source::Spanned;

/// Warns of the first call of each host that has no way to where it leads, or back.
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
                let lost = target.and_then(|whom| self.lost(whom).or_else(|| self.unheard(whom)));
                return lost.or_else(|| self.first_lost(&each.steps));
            }
            let is_meant = |what: Expected| {
                let outcomes = step.expect.iter().flat_map(|expect| expect.outcomes());
                outcomes.into_iter().any(|outcome| outcome.value == what)
            };
            if is_meant(Expected::Unreachable) {
                return None;
            }
            let unheard = |whom| self.unheard(whom).filter(|_| !is_meant(Expected::Silence));
            let mut called = called(&step.verb).into_iter();
            called.find_map(|whom| self.lost(whom).or_else(|| unheard(whom)))
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
        let odd = Diagnostic::warning(message, whom.span);
        Some(odd.help(help).rests_on(CALLED))
    }

    /// A warning if a way leads there, and none back. A NAT may lend this host an
    /// address of the other's network: where there is one, nobody is warned.
    fn unheard(&self, whom: &Spanned<String>) -> Option<Diagnostic> {
        let there = self.ways(&whom.value)?;
        let mut routers = self.scenario.routers.iter();
        if routers.any(|router| router.value.nat.is_some()) {
            return None;
        }
        let called = self.host_called(&whom.value)?;
        let segment = segment_of(self.scenario, &called.value)?;
        if segment.name.value == self.segment.name.value || called.value.replay.is_some() {
            return None;
        }
        let [back4, back6] = ways_out(&called.value);
        let key = match there {
            [Way::Open, _] if back4 => return None,
            [_, Way::Open] if back6 => return None,
            [Way::Open, _] => "gateway",
            [_, Way::Open] => "gateway6",
            _ => return None,
        };
        let (caller, called) = (&self.host.name, &called.name);
        let message = format!(
            "`{called}` cannot answer `{caller}`, which is on another network: `{called}` has no `{key}`"
        );
        let help =
            format!("give `{called}` a `{key}`; if that is the point, write `expect: unreachable`");
        let odd = Diagnostic::warning(message, whom.span);
        Some(odd.help(help).rests_on(CALLED))
    }

    /// The host that is meant by its own name or by one in the DNS.
    fn host_called(&self, whom: &str) -> Option<&Named<Host>> {
        let by_name = || self.host_named(self.in_dns(whom)?);
        self.host_named(whom).or_else(by_name)
    }

    fn host_named(&self, whom: &str) -> Option<&Named<Host>> {
        let is_meant = |host: &&Named<Host>| {
            let name = host.value.name.as_ref();
            host.name.value == whom || name.is_some_and(|n| n.value.eq_ignore_ascii_case(whom))
        };
        self.scenario.hosts.iter().find(is_meant)
    }

    /// The machine or the address that a name stands for.
    fn in_dns(&self, name: &str) -> Option<&str> {
        let mut servers = self.scenario.servers.iter();
        let meant = servers.find_map(|server| match server {
            Server::Dns(dns) => dns.names.get(name),
            _ => None,
        })?;
        Some(&meant.value)
    }

    /// The ways by IPv4 and by IPv6 to a machine, an address or a name in the DNS;
    /// `None` if nobody knows who is meant.
    fn ways(&self, whom: &str) -> Option<[Way; 2]> {
        let by_name = || self.ways_to_machine(self.in_dns(whom)?);
        self.ways_to_machine(whom).or_else(by_name)
    }

    fn ways_to_machine(&self, whom: &str) -> Option<[Way; 2]> {
        let own = &self.host.value;
        let [out4, out6] = ways_out(own);
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
        let host = self.host_named(whom)?;
        let theirs = segment_of(self.scenario, &host.value)?;
        let has4 = host.value.ip.is_none_or(|ip| ip.value != HostIp::None);
        let is_here = theirs.name.value == self.segment.name.value;
        Some(both(has4, host.value.ip6.is_some(), is_here))
    }
}

/// Whether packets of a host can leave its network, by IPv4 and by IPv6.
fn ways_out(host: &Host) -> [bool; 2] {
    let by_digits = host
        .gateway
        .as_ref()
        .and_then(|g| g.value.parse::<IpAddr>().ok());
    let borrows = host.ip.is_some_and(|ip| ip.value == HostIp::Dhcp);
    let out4 = borrows || host.gateway.is_some() && !by_digits.is_some_and(|ip| ip.is_ipv6());
    let out6 = host.ip6.is_some_and(|ip| ip.value == HostIp6::Auto)
        || host.gateway6.is_some()
        || host.gateway.is_some() && !by_digits.is_some_and(|ip| ip.is_ipv4());
    [out4, out6]
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
