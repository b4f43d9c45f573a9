//! Firewalls: rules that fit no packet, and rules that never come to decide.

use std::collections::{BTreeMap, BTreeSet};

use super::known;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Firewall, FirewallRule, Protocol, Side};
use crate::scenario::source::{Span, Spanned};

/// The firewall of a router with ports on these segments.
pub(super) fn check(wall: &Firewall, ports: &[&str], found: &mut Vec<Diagnostic>) {
    known(
        "port of this router on a segment",
        &wall.outside,
        ports,
        found,
    );
    let mut decided: BTreeMap<Kind, usize> = BTreeMap::new();
    for (place, rule) in wall.rules.iter().enumerate() {
        if let Some(wrong) = fits_nothing(rule) {
            found.push(wrong);
            continue;
        }
        let deciders: Option<BTreeSet<usize>> = kinds(rule).map(|k| k.decider(&decided)).collect();
        if let (Some(side), Some(deciders)) = (side(rule), deciders) {
            found.push(idle(wall, side.span, &deciders));
        }
        for kind in kinds(rule) {
            decided.entry(kind).or_insert(place);
        }
    }
}

/// A kind of packets that rules can tell from others: the side that begins, the
/// protocol, and the port, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    is_inside: bool,
    protocol: u8,
    port: Option<u16>,
}

impl Kind {
    /// The rule that decides about all packets of this kind, if one does.
    fn decider(self, decided: &BTreeMap<Kind, usize>) -> Option<usize> {
        let whole = Kind { port: None, ..self };
        let known = [decided.get(&whole), decided.get(&self)];
        known.into_iter().flatten().min().copied()
    }
}

/// The kinds of packets that a rule fits. No conversation is of another protocol.
fn kinds(rule: &FirewallRule) -> impl Iterator<Item = Kind> {
    let (_, side) = rule.verdict();
    let protocol = rule.protocol.as_ref().map(|protocol| protocol.value);
    let port = rule.port.as_ref().map(|port| port.value);
    let all = [Protocol::Tcp, Protocol::Udp, Protocol::Icmp];
    let protocols = all.into_iter().zip(0..).filter(move |(one, _)| {
        let has_port = *one != Protocol::Icmp || port.is_none();
        has_port && protocol.is_none_or(|only| only == *one)
    });
    protocols.flat_map(move |(_, protocol)| {
        let sides = [(Side::Inside, true), (Side::Outside, false)].into_iter();
        let sides = sides.filter(move |(one, _)| side == Side::Any || side == *one);
        sides.map(move |(_, is_inside)| Kind {
            is_inside,
            protocol,
            port,
        })
    })
}

/// A rule that others have left nothing to decide.
fn idle(wall: &Firewall, at: Span, deciders: &BTreeSet<usize>) -> Diagnostic {
    let (who, related) = match deciders.len() {
        1 => ("a rule before it has", "this one"),
        _ => ("rules before it have", "the last of them"),
    };
    let message = format!("this rule never decides: whatever it fits, {who} fitted already");
    let odd = Diagnostic::warning(message, at)
        .help("the first rule that fits decides: the narrower one comes first");
    let last = deciders.last().and_then(|place| wall.rules.get(*place));
    match last.and_then(side) {
        Some(side) => odd.related(side.span, related),
        None => odd,
    }
}

/// What is wrong with a rule that no packet can fit.
fn fits_nothing(rule: &FirewallRule) -> Option<Diagnostic> {
    let port = rule.port.as_ref()?;
    if port.value == 0 {
        let help = "leave out `port` if every port is meant";
        return Some(Diagnostic::error("ports begin at 1", port.span).help(help));
    }
    let protocol = rule.protocol.as_ref()?;
    (protocol.value == Protocol::Icmp).then(|| {
        let message = "this rule fits no packet: ICMP has no ports";
        let help = "leave out `port`, or write `protocol: tcp` or `udp`";
        Diagnostic::error(message, port.span).help(help)
    })
}

/// The side that a rule is about, with its place.
fn side(rule: &FirewallRule) -> Option<&Spanned<Side>> {
    rule.allow.as_ref().or(rule.deny.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Icmp];

    fn spanned<T>(value: T) -> Spanned<T> {
        Spanned::new(value, Span::NOWHERE)
    }

    /// Every rule about two ports.
    fn rules() -> Vec<FirewallRule> {
        let mut rules = Vec::new();
        for side in [Side::Inside, Side::Outside, Side::Any] {
            for protocol in PROTOCOLS.map(Some).into_iter().chain([None]) {
                for port in [None, Some(1), Some(2)] {
                    let rule = FirewallRule {
                        allow: Some(spanned(side)),
                        deny: None,
                        protocol: protocol.map(spanned),
                        port: port.map(spanned),
                    };
                    if fits_nothing(&rule).is_none() {
                        rules.push(rule);
                    }
                }
            }
        }
        rules
    }

    /// Packets from either side, of each protocol, for three ports: the third
    /// stands for those that no rule names.
    fn fits(rule: &FirewallRule, (side, protocol, port): (Side, Protocol, u16)) -> bool {
        let (_, meant) = rule.verdict();
        (meant == Side::Any || meant == side)
            && rule.protocol.as_ref().is_none_or(|p| p.value == protocol)
            && rule
                .port
                .as_ref()
                .is_none_or(|p| protocol != Protocol::Icmp && p.value == port)
    }

    /// A rule is told to be idle exactly if it decides about no packet there is.
    #[test]
    fn rules_that_never_decide_are_those_that_are_told() {
        let mut packets = Vec::new();
        for side in [Side::Inside, Side::Outside] {
            for protocol in PROTOCOLS {
                packets.extend([1, 2, 3].map(|port| (side, protocol, port)));
            }
        }
        let all = rules();
        let mut wall = Firewall {
            outside: spanned("wan".to_owned()),
            refuse: None,
            rules: Vec::new(),
        };
        let (mut idle, mut by_several) = (0, 0);
        for first in &all {
            for second in &all {
                for third in &all {
                    wall.rules = vec![first.clone(), second.clone(), third.clone()];
                    let mut found = Vec::new();
                    check(&wall, &["wan"], &mut found);
                    let decides = |place: usize| {
                        packets.iter().any(|packet| {
                            let mut fitting = wall.rules.iter();
                            fitting.position(|rule| fits(rule, *packet)) == Some(place)
                        })
                    };
                    let expected = (0..3).filter(|place| !decides(*place)).count();
                    assert_eq!(found.len(), expected, "{:?}", wall.rules);
                    idle += expected;
                    let several = |odd: &&Diagnostic| odd.message.contains("rules before it have");
                    by_several += found.iter().filter(several).count();
                }
            }
        }
        assert!(idle > by_several && by_several > 0, "{idle} {by_several}");
    }
}
