//! Segments, hosts, taps and limits.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::known;
use super::network::in_subnet;
use crate::host::STACK_PERSONAS;
use crate::scenario::compile::latest;
use crate::scenario::decode::Size;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Host, HostIp, HostIp6, Limits, Named, Scenario, Segment, TapAt};
use crate::scenario::source::{Span, Spanned};
use crate::time::Duration;
use crate::wire::MacAddr;

/// How many hosts a scenario may have.
const MAX_HOSTS: usize = 1000;

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    names(scenario, found);
    for segment in scenario.segments.iter() {
        check_room(scenario, segment, found);
    }
    let mut addresses: BTreeMap<Ipv4Addr, Span> = BTreeMap::new();
    let mut addresses6: BTreeMap<Ipv6Addr, Span> = BTreeMap::new();
    let mut macs: BTreeMap<MacAddr, Span> = BTreeMap::new();
    for host in scenario.hosts.iter() {
        check_host(scenario, host, found);
        let given = host.value.ip.filter(|_| !host.value.duplicate);
        if let Some(ip) = given.and_then(given_address) {
            twice("address", &ip, &mut addresses, found);
        }
        let given = |ip: Spanned<HostIp6>| Some(Spanned::new(ip.value.address()?, ip.span));
        if let Some(ip) = host.value.ip6.and_then(given) {
            twice("address", &ip, &mut addresses6, found);
        }
        if let Some(mac) = &host.value.mac {
            twice("hardware address", mac, &mut macs, found);
        }
    }
    for port in scenario.routers.iter().flat_map(|r| r.value.ports.iter()) {
        twice("address", &port.value.ip, &mut addresses, found);
        if let Some(ip) = &port.value.ip6 {
            twice("address", ip, &mut addresses6, found);
        }
    }
    for tap in scenario.taps.iter() {
        match tap.value.at() {
            Some(TapAt::Segment(name)) => {
                known("segment", name, &scenario.segments.names(), found);
            }
            Some(TapAt::Host(name)) => {
                known("host", name, &scenario.machines(), found);
            }
            None => {}
        }
    }
    check_limits(&scenario.limits, found);
    check_clock(scenario, found);
}

/// A date of its own for each moment that a run may come to.
fn check_clock(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    if let Some(clock) = scenario.clock
        && latest(scenario).is_none()
    {
        let message = "dates end in the year 2554, and a run that begins here may pass that";
        let help = "begin earlier, or set a limit: limits: { time: 10s }";
        let wrong = Diagnostic::error(message, clock.span);
        found.push(wrong.help(help).rests_on(&["limits"]));
    }
}

/// Names are what people type, and what appears in captures.
fn names(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    if scenario.segments.things.is_empty() {
        let message = "a scenario needs a segment";
        found.push(
            Diagnostic::error(message, scenario.lab.span)
                .help("segments: { lan: { subnet: 192.0.2.0/24 } }")
                .rests_on(&["segments"]),
        );
    }
    if scenario.hosts.things.len() > MAX_HOSTS {
        let message = format!("more than {MAX_HOSTS} hosts");
        found.push(Diagnostic::error(
            message,
            scenario.hosts.things[MAX_HOSTS].name.span,
        ));
    }
    let tables = [
        scenario
            .segments
            .iter()
            .map(|n| &n.name)
            .collect::<Vec<_>>(),
        scenario.hosts.iter().map(|n| &n.name).collect(),
        scenario.routers.iter().map(|n| &n.name).collect(),
        scenario.actors.iter().map(|n| &n.name).collect(),
        scenario.words.iter().map(|n| &n.name).collect(),
        scenario.taps.iter().map(|n| &n.name).collect(),
    ];
    for name in tables.into_iter().flatten() {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.value.is_empty() || name.value.len() > 40 || !name.value.chars().all(good) {
            let message = "a name is up to forty letters, digits, `-` and `_`";
            found.push(Diagnostic::error(message, name.span));
        }
    }
}

/// The same value must not be given to two hosts.
fn twice<T: Ord + Copy + core::fmt::Display>(
    what: &str,
    value: &Spanned<T>,
    seen: &mut BTreeMap<T, Span>,
    found: &mut Vec<Diagnostic>,
) {
    match seen.get(&value.value) {
        Some(first) => {
            let message = format!("two hosts have the {what} {value}");
            found.push(Diagnostic::error(message, value.span).related(*first, "the first one"));
        }
        None => {
            seen.insert(value.value, value.span);
        }
    }
}

/// An address that the scenario gives, with its place.
fn given_address(ip: Spanned<HostIp>) -> Option<Spanned<Ipv4Addr>> {
    Some(Spanned::new(ip.value.address()?, ip.span))
}

/// The segment a host is on; none if the scenario does not say clearly.
pub(super) fn segment_of<'s>(scenario: &'s Scenario, host: &Host) -> Option<&'s Named<Segment>> {
    match &host.link {
        Some(link) => scenario.segments.named(&link.value),
        None => match scenario.segments.things.as_slice() {
            [only] if scenario.segments.is_whole() => Some(only),
            _ => None,
        },
    }
}

fn check_host(scenario: &Scenario, host: &Named<Host>, found: &mut Vec<Diagnostic>) {
    match &host.value.link {
        Some(link) => {
            known("segment", link, &scenario.segments.names(), found);
        }
        None if scenario.segments.things.len() > 1 => {
            let message = format!("on which segment is `{}`?", host.name.value);
            let help = format!("link: one of {}", scenario.segments.names().join(", "));
            let wrong = Diagnostic::error(message, host.name.span);
            found.push(wrong.help(help).rests_on(&["hosts"]));
        }
        None => {}
    }
    if let (Some(ip), Some(segment)) = (
        host.value.ip.and_then(given_address),
        segment_of(scenario, &host.value),
    ) {
        in_subnet(&segment.value, &ip, found);
    }
    if let Some(mac) = &host.value.mac
        && (mac.value.is_multicast() || mac.value == MacAddr::ZERO)
    {
        let message = format!("{mac} cannot be one machine's address");
        let help = "the lowest bit of the first octet is 0, as in 02:00:5e:10:00:01";
        found.push(Diagnostic::error(message, mac.span).help(help));
    }
    if let Some(name) = &host.value.name {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if name.value.is_empty() || name.value.len() > 253 || !name.value.chars().all(good) {
            let message = "a name in the DNS holds letters, digits, `-` and points";
            found.push(Diagnostic::error(message, name.span));
        }
    }
    check_stack(&host.value, found);
}

fn check_stack(host: &Host, found: &mut Vec<Diagnostic>) {
    let names = STACK_PERSONAS.map(|p| p.name);
    if let Some(stack) = &host.stack
        && !known("stack", stack, &names, found)
    {
        return;
    }
    if let Some(port) = &host.first_port
        && port.value < 1024
    {
        let message = "ephemeral ports begin at 1024";
        found.push(Diagnostic::error(message, port.span));
    }
    if let Some(window) = &host.window {
        let stack = host.stack.as_ref().map_or("plain", |s| s.value.as_str());
        if window.value > 65535 {
            let message = format!("a window of {window} bytes is too large for `{stack}`");
            let help = "without scaling the header has room for 65535 (RFC 9293 §3.1)";
            found.push(Diagnostic::error(message, window.span).help(help));
        } else if window.value < 536 {
            let message = format!("a window of {window} bytes cannot hold one segment");
            found.push(Diagnostic::error(message, window.span).help("at least 536"));
        }
    }
}

/// A subnet must have room for everybody on its segment.
fn check_room(scenario: &Scenario, segment: &Named<Segment>, found: &mut Vec<Diagnostic>) {
    let here = |host: &&Named<Host>| {
        segment_of(scenario, &host.value).is_some_and(|s| s.name.value == segment.name.value)
    };
    let routers = scenario.routers.iter();
    let routers = routers.filter(|r| r.value.ports.get(&segment.name.value).is_some());
    let hosts = scenario.hosts.iter().filter(here).count() + routers.count();
    let subnet = segment.value.subnet;
    if hosts as u64 > u64::from(subnet.value.room()) {
        let message = format!(
            "{subnet} has room for {} hosts, and {hosts} are on `{}`",
            subnet.value.room(),
            segment.name.value
        );
        found.push(Diagnostic::error(message, subnet.span));
    }
}

fn check_limits(limits: &Limits, found: &mut Vec<Diagnostic>) {
    let mut above = |span: Span, most: String| {
        let message = format!("this limit can be set to at most {most}");
        found.push(Diagnostic::error(message, span));
    };
    let most = Duration::from_secs(24 * 3600);
    if let Some(time) = limits.time.filter(|t| t.value > most) {
        above(time.span, "24h".into());
    }
    if let Some(frames) = limits.frames.filter(|n| n.value > 50_000_000) {
        above(frames.span, "50000000".into());
    }
    let size = |s: &Option<Spanned<Size>>, most: u64| s.filter(|s| s.value.0 > most);
    if let Some(capture) = size(&limits.capture, 16 << 30) {
        above(capture.span, "16GiB".into());
    }
    if let Some(memory) = size(&limits.memory, 4 << 30) {
        above(memory.span, "4GiB".into());
    }
}
