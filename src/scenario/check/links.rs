//! Segments, taps and faults: numbers that no wire can have.

use super::topology::segment_of;
use super::{NETWORK, known_if_read};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{
    Act, Duplex, Fault, Host, Named, Scenario, Segment, SegmentKind, Subnet6,
};
use crate::scenario::source::{Span, Spanned};
use crate::time::Duration;

/// What may be tapped stands there.
const TAPS: &[&str] = &["taps", "segments", "hosts", "routers"];

/// The least MTU of a segment with IPv4 (RFC 791), and of one with TCP worth
/// the name (RFC 9293 §3.7.1).
const MIN_MTU: u16 = 576;

/// The largest MTU: jumbo frames.
const MAX_MTU: u16 = 9000;

/// The longest that a link may take its time, and that a fault may hold a frame.
const MAX_DELAY: Duration = Duration::from_secs(60);
const MAX_HOLD: Duration = Duration::from_secs(3600);

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    for segment in scenario.segments.iter() {
        check_segment(scenario, segment, found);
    }
    for host in scenario.hosts.iter() {
        if let Some(mtu) = host.value.mtu {
            check_mtu(mtu, found);
        }
        if let Some(options) = &host.value.ip_options {
            let length = options.value.len();
            if length == 0 || length > 40 || length % 4 != 0 {
                let message = format!("{length} octets of IP options");
                let help =
                    "4 to 40 octets, in fours (RFC 791 §3.1): \"94 04 00 00\" is a router alert";
                found.push(Diagnostic::error(message, options.span).help(help));
            }
        }
    }
    for fault in &scenario.faults {
        check_fault(&fault.value, fault.span, found);
    }
    for (place, tap) in scenario.tap.iter().enumerate() {
        let mut names = scenario.taps.names();
        names.extend(scenario.segments.names());
        names.extend(scenario.machines());
        known_if_read("tap, segment or host", tap, &names, TAPS, found);
        if scenario.tap[..place].iter().any(|t| t.value == tap.value) {
            let message = format!("`{tap}` is named twice");
            found.push(Diagnostic::error(message, tap.span));
        }
    }
    for tap in scenario.taps.iter() {
        if let Some(snap) = tap.value.snap
            && !(14..=65_535).contains(&snap.value.0)
        {
            let message = "a tap keeps 14 to 65535 octets of a frame";
            found.push(Diagnostic::error(message, snap.span));
        }
    }
}

/// The least MTU that carries IPv6 (RFC 8200 §5).
const MIN_MTU6: u16 = 1280;

fn check_mtu(mtu: Spanned<u16>, found: &mut Vec<Diagnostic>) {
    if !(MIN_MTU..=MAX_MTU).contains(&mtu.value) {
        let message = format!("an MTU is {MIN_MTU} to {MAX_MTU} octets");
        found.push(Diagnostic::error(message, mtu.span));
    }
}

/// Addresses that mean something else everywhere can be no segment's (RFC 6890).
fn check_subnets(segment: &Segment, found: &mut Vec<Diagnostic>) {
    let subnet = segment.subnet;
    let meant = match subnet.value.network.octets()[0] {
        0 => Some("addresses that begin with 0 stand for hosts that have none yet"),
        127 => Some("addresses that begin with 127 never leave their host"),
        224..=239 => Some("224.0.0.0/4 are groups, not hosts"),
        240..=255 => Some("240.0.0.0/4 is reserved"),
        _ => None,
    };
    if let Some(meant) = meant {
        let message = format!("no segment can have the addresses {subnet}: {meant}");
        let help = "private ones are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16; \
                    192.0.2.0/24 is for examples";
        found.push(Diagnostic::error(message, subnet.span).help(help));
    }
    let meant = |subnet: Subnet6| match subnet.network.segments()[0] {
        0..=0xff => Some("addresses that begin with 00 have meanings of their own"),
        0xfe80..=0xfebf => Some("fe80::/10 is every segment's, besides its own"),
        _ => None,
    };
    if let Some((subnet, meant)) = segment.subnet6.and_then(|s| Some((s, meant(s.value)?))) {
        let message = format!("no segment can have the addresses {subnet}: {meant}");
        let help = "2001:db8::/32 is for examples, as in 2001:db8:1::/64";
        found.push(Diagnostic::error(message, subnet.span).help(help));
    }
}

fn check_segment(scenario: &Scenario, segment: &Named<Segment>, found: &mut Vec<Diagnostic>) {
    let Named { name, value, .. } = segment;
    check_subnets(value, found);
    let delays = [
        ("a latency", value.latency),
        ("a jitter", value.jitter),
        ("`reorder_by`", value.reorder_by),
    ];
    for (what, delay) in delays {
        if let Some(delay) = delay.filter(|delay| delay.value > MAX_DELAY) {
            found.push(Diagnostic::error(
                format!("{what} is at most 60s"),
                delay.span,
            ));
        }
    }
    if let Some(queue) = value
        .queue
        .filter(|queue| !(1..=1_000_000).contains(&queue.value))
    {
        let message = "a queue holds 1 to 1000000 frames";
        found.push(Diagnostic::error(message, queue.span));
    }
    if let Some(mtu) = value.mtu {
        check_mtu(mtu, found);
        if let Some(subnet6) = &value.subnet6
            && mtu.value < MIN_MTU6
        {
            let message = format!("IPv6 needs an MTU of {MIN_MTU6} at least (RFC 8200 §5)");
            let wrong = Diagnostic::error(message, mtu.span);
            found.push(wrong.related(subnet6.span, "this segment carries IPv6"));
        }
    }
    if let Some(vlan) = value.vlan.filter(|vlan| !(1..=4094).contains(&vlan.value)) {
        let message = "a VLAN has a number from 1 to 4094";
        found.push(Diagnostic::error(message, vlan.span));
    }
    let is_switch = value.kind.map(|kind| kind.value) == Some(SegmentKind::Switch);
    if let Some(duplex) = value
        .duplex
        .filter(|d| d.value == Duplex::Full && !is_switch)
    {
        let message = "on a hub one speaks at a time: its duplex is `half`";
        let wrong = Diagnostic::error(message, duplex.span);
        found.push(wrong.help("kind: switch").rests_on(&["segments"]));
    }
    if let (Some(by), None) = (value.reorder_by, value.reorder) {
        let message = "no frame is held back here: `reorder_by` needs `reorder`";
        let odd = Diagnostic::warning(message, by.span);
        found.push(odd.help("reorder: 1%").rests_on(&["segments"]));
    }
    if let Some(mirror) = &value.mirror {
        if !is_switch {
            let message = "a hub needs no mirror: everybody hears everything";
            let wrong = Diagnostic::error(message, mirror.span);
            found.push(wrong.help("kind: switch").rests_on(&["segments"]));
        }
        let is_here = |host: &&Named<Host>| {
            segment_of(scenario, &host.value).is_some_and(|s| s.name.value == name.value)
        };
        let hosts = scenario.hosts.iter().filter(is_here);
        let names: Vec<&str> = hosts.map(|host| host.name.value.as_str()).collect();
        known_if_read(&format!("host on `{name}`"), mirror, &names, NETWORK, found);
    }
}

fn check_fault(fault: &Fault, span: Span, found: &mut Vec<Diagnostic>) {
    let wrong = match fault {
        Fault::Unplug(unplug) if unplug.lasting.value.is_zero() => {
            Some("a cable that is out for 0s is in")
        }
        Fault::Unplug(unplug) if unplug.lasting.value > Duration::from_secs(24 * 3600) => {
            Some("a cable is out for at most 24h")
        }
        Fault::Strike(strike) => match strike.act {
            Act::Delay(by) if by > MAX_HOLD => Some("a frame is held back for at most 1h"),
            Act::Delay(by) if by.is_zero() => Some("a frame held back for 0s is not held back"),
            Act::Truncate(len) if len < 14 => Some("at least an Ethernet header is left: 14"),
            Act::Corrupt(bit) if bit >= 9000 * 8 => Some("no frame has that many bits"),
            _ => None,
        },
        Fault::Unplug(_) => None,
    };
    if let Some(message) = wrong {
        found.push(Diagnostic::error(message, span));
    }
}
