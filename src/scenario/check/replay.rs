//! Hosts that play a capture: what such a host cannot have, and which files it may name.

use std::net::IpAddr;

use super::known;
use crate::scenario::decode::clip;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Host, Named, Replay, Scenario};
use crate::scenario::source::Span;
use crate::time::Duration;
use crate::wire::MacAddr;

/// When a replay may begin at the latest.
const MAX_START: Duration = Duration::from_secs(24 * 3600);

/// How many hosts may play captures: each keeps its frames in memory.
const MAX_REPLAYS: usize = 16;

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    let hosts = scenario.hosts.iter();
    let mut replays = hosts.filter(|host| host.value.replay.is_some());
    if let Some(host) = replays.nth(MAX_REPLAYS) {
        let message = format!("more than {MAX_REPLAYS} hosts play captures");
        found.push(Diagnostic::error(message, host.name.span));
    }
    for host in scenario.hosts.iter() {
        if let Some(replay) = &host.value.replay {
            check_host(host, found);
            check_replay(scenario, replay, found);
        }
    }
    let plays = |name: &str| {
        let host = scenario.hosts.get(name);
        host.is_some_and(|host| host.replay.is_some())
    };
    let servers = scenario.servers.iter().map(|server| server.host());
    let actors = scenario.actors.iter().map(|actor| &actor.value.host);
    for host in servers.chain(actors).filter(|host| plays(&host.value)) {
        let message = format!("nothing can run on `{host}`: it plays a capture and has no stack");
        found.push(Diagnostic::error(message, host.span));
    }
}

/// Such a host is a card and a capture: keys of a stack mean nothing.
fn check_host(host: &Named<Host>, found: &mut Vec<Diagnostic>) {
    let h = &host.value;
    let spans: [(&str, Option<Span>); 13] = [
        ("ip", h.ip.map(|v| v.span)),
        ("ip6", h.ip6.map(|v| v.span)),
        ("gateway", h.gateway.as_ref().map(|v| v.span)),
        ("gateway6", h.gateway6.as_ref().map(|v| v.span)),
        ("resolver", h.resolver.as_ref().map(|v| v.span)),
        ("mac", h.mac.map(|v| v.span)),
        ("stack", h.stack.as_ref().map(|v| v.span)),
        ("first_port", h.first_port.map(|v| v.span)),
        ("mtu", h.mtu.map(|v| v.span)),
        ("ip_options", h.ip_options.as_ref().map(|v| v.span)),
        ("window", h.window.map(|v| v.span)),
        ("announce", h.announce.then_some(host.name.span)),
        ("duplicate", h.duplicate.then_some(host.name.span)),
    ];
    for (key, span) in spans {
        if let Some(span) = span {
            let message = format!(
                "`{key}` means nothing here: `{}` plays a capture",
                host.name
            );
            let help = "what it sends is in the capture; `macs` changes hardware addresses";
            found.push(Diagnostic::error(message, span).help(help));
        }
    }
}

fn check_replay(scenario: &Scenario, replay: &Replay, found: &mut Vec<Diagnostic>) {
    let name = &replay.file.value;
    let plain = !name.contains(['/', '\\', '\0', ':']) && !name.starts_with('.');
    if !plain || name.len() > 255 {
        let message = "a capture is named without a folder: it lies beside the scenario";
        found.push(Diagnostic::error(message, replay.file.span).help("file: old.pcap"));
    } else if ![".pcap", ".pcapng", ".cap"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        let message = format!("`{}` is no capture's name", clip(name));
        let help = "it ends in .pcap, .pcapng or .cap";
        found.push(Diagnostic::error(message, replay.file.span).help(help));
    }
    if let Some(start) = replay.start.filter(|start| start.value > MAX_START) {
        found.push(Diagnostic::error("a replay begins within 24h", start.span));
    }
    if let Some(from) = &replay.from
        && MacAddr::parse(&from.value).is_none()
        && from.value.parse::<IpAddr>().is_err()
    {
        let message = format!(
            "`{}` is neither a hardware nor an IP address",
            clip(&from.value)
        );
        let help = "the sender as it is in the capture: 02:00:5e:10:00:01 or 10.2.0.2";
        found.push(Diagnostic::error(message, from.span).help(help));
    }
    for mac in replay.macs.iter() {
        if MacAddr::parse(&mac.name.value).is_none() {
            let message = format!("`{}` is no hardware address", clip(&mac.name.value));
            let help = "the address as it is in the capture: \"02:00:5e:10:00:01\"";
            found.push(Diagnostic::error(message, mac.name.span).help(help));
        }
        let to = &mac.value;
        if MacAddr::parse(&to.value).is_none()
            && known("machine", to, &scenario.machines(), found)
            && scenario
                .hosts
                .get(&to.value)
                .is_some_and(|host| host.replay.is_some())
        {
            let message = format!("`{to}` plays a capture: it has no address of its own");
            found.push(Diagnostic::error(message, to.span));
        }
    }
}
