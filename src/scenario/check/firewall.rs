//! Firewalls: rules that fit no packet, and rules that never come to decide.

use super::known;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Firewall, FirewallRule, Protocol, Side};
use crate::scenario::source::Spanned;

/// The firewall of a router with ports on these segments.
pub(super) fn check(wall: &Firewall, ports: &[&str], found: &mut Vec<Diagnostic>) {
    known(
        "port of this router on a segment",
        &wall.outside,
        ports,
        found,
    );
    for (place, rule) in wall.rules.iter().enumerate() {
        if let Some(wrong) = fits_nothing(rule) {
            found.push(wrong);
            continue;
        }
        let mut before = wall.rules.iter().take(place);
        if let (Some(side), Some(first)) = (side(rule), before.find(|first| covers(first, rule))) {
            let message = "this rule never decides: whatever it fits, a rule before it has fitted \
                           already";
            let mut odd = Diagnostic::warning(message, side.span)
                .help("the first rule that fits decides: the narrower one comes first");
            if let Some(first) = self::side(first) {
                odd = odd.related(first.span, "this one");
            }
            found.push(odd);
        }
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

/// The first rule fits whatever the second one does.
fn covers(first: &FirewallRule, second: &FirewallRule) -> bool {
    let (_, all) = first.verdict();
    let (_, some) = second.verdict();
    let protocol = |rule: &FirewallRule| rule.protocol.as_ref().map(|p| p.value);
    let port = |rule: &FirewallRule| rule.port.as_ref().map(|p| p.value);
    (all == Side::Any || all == some)
        && (first.protocol.is_none() || protocol(first) == protocol(second))
        && (first.port.is_none() || port(first) == port(second))
}
