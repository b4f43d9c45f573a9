//! A stateful packet filter: who may begin a conversation; its answers always pass.

use crate::wire::ip_protocol;

use super::flow::Flow;

/// A packet filter at a router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallConfig {
    /// Which of the router's ports is outside, counted from 0.
    pub outside: u16,
    /// What becomes of what may not pass.
    pub refusal: Refusal,
    /// The first that fits decides. What no rule fits may begin from inside,
    /// and not from outside.
    pub rules: Vec<Rule>,
}

impl FirewallConfig {
    /// Everything may begin from inside, nothing from `outside`.
    pub const fn new(outside: u16, refusal: Refusal) -> FirewallConfig {
        FirewallConfig {
            outside,
            refusal,
            rules: Vec::new(),
        }
    }
}

/// What becomes of what may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It vanishes: its sender waits.
    Drop,
    /// Its sender is told: a RST in the receiver's name for TCP, ICMP
    /// "administratively prohibited" for the rest.
    Reject,
}

/// One rule about who may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// May it?
    pub allow: bool,
    /// The side that begins; `None` for both.
    pub from: Option<Side>,
    /// TCP, UDP or ICMP; `None` for all.
    pub protocol: Option<Protocol>,
    /// The port it is for; `None` for all.
    pub port: Option<u16>,
}

/// A side of the firewall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Behind it.
    Inside,
    /// The world.
    Outside,
}

/// What a rule can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// ICMP
    Icmp,
}

impl Protocol {
    /// It is the one that this number means; ICMP is of either family.
    fn is(self, number: u8) -> bool {
        match self {
            Protocol::Tcp => number == ip_protocol::TCP,
            Protocol::Udp => number == ip_protocol::UDP,
            Protocol::Icmp => matches!(number, ip_protocol::ICMP | ip_protocol::ICMPV6),
        }
    }
}

impl FirewallConfig {
    /// Whether a conversation may begin that comes in by port `from`.
    pub(super) fn may_begin(&self, from: usize, flow: &Flow) -> bool {
        let side = match from == usize::from(self.outside) {
            true => Side::Outside,
            false => Side::Inside,
        };
        let fits = |rule: &&Rule| {
            rule.from.is_none_or(|from| from == side)
                && rule.protocol.is_none_or(|p| p.is(flow.protocol))
                && rule.port.is_none_or(|port| port == flow.destination.port())
        };
        self.rules
            .iter()
            .find(fits)
            .map_or(side == Side::Inside, |rule| rule.allow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_decides() {
        let mut filter = FirewallConfig::new(1, Refusal::Drop);
        let flow = |port| Flow {
            protocol: ip_protocol::TCP,
            source: "10.0.0.1:1025".parse().expect("an end"),
            destination: ([10, 0, 0, 2], port).into(),
        };
        assert!(filter.may_begin(0, &flow(21)) && !filter.may_begin(1, &flow(21)));
        let rule = Rule {
            allow: false,
            from: None,
            protocol: Some(Protocol::Tcp),
            port: Some(21),
        };
        let world = Rule {
            allow: true,
            port: None,
            ..rule
        };
        filter.rules = vec![rule, world];
        assert!(!filter.may_begin(0, &flow(21)), "21 is shut");
        assert!(filter.may_begin(1, &flow(1050)), "1050 walks through");
    }
}
