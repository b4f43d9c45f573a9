//! Errands: whom they are for, and how much of them there may be.

use std::net::IpAddr;

use super::network::check_name;
use super::{CALLED, known};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Errand, Host, HostIp, Inject, Injected, Scenario, Server, Target};
use crate::scenario::source::{Span, Spanned};
use crate::time::Duration;
use crate::wire::MacAddr;

/// How many octets a ping may carry: with its headers it fits into a frame.
const MAX_PING: u16 = 1472;

/// How many attempts one scan may make.
const MAX_ATTEMPTS: usize = 100_000;

/// An errand of an actor on the host `asker`; `may_fail` if it is expected to
/// come to nothing.
pub(super) fn check(
    scenario: &Scenario,
    asker: &Spanned<String>,
    (errand, may_fail): (&Errand, bool),
    at: Span,
    found: &mut Vec<Diagnostic>,
) {
    let somebody = |name: &Spanned<String>, found: &mut Vec<Diagnostic>| {
        let host = scenario.hosts.get(&name.value);
        let borrows = |host: &Host| host.ip.is_some_and(|ip| ip.value == HostIp::Dhcp);
        if host.is_some_and(|host| borrows(host) && host.ip6.is_none()) {
            let message = format!("nobody knows beforehand where `{name}` will be");
            let help = "its address is a loan: name hosts with an address";
            found.push(Diagnostic::error(message, name.span).help(help));
        } else if name.value.parse::<IpAddr>().is_err()
            && !scenario.machines().contains(&name.value.as_str())
        {
            check_name(scenario, asker, name, may_fail, found);
        }
    };
    match errand {
        Errand::Ping(ping) => {
            somebody(&ping.to, found);
            if let Some(count) = ping.count.filter(|count| count.value == 0) {
                found.push(Diagnostic::error("at least one ping", count.span));
            }
            if let Some(size) = ping.size.filter(|size| size.value > MAX_PING) {
                let message = format!("a ping carries at most {MAX_PING} octets");
                found.push(Diagnostic::error(message, size.span));
            }
        }
        Errand::Traceroute(trace) => somebody(&trace.to, found),
        Errand::Scan(scan) => {
            for host in &scan.to {
                somebody(host, found);
            }
            for port in scan.ports.iter().filter(|port| port.value == 0) {
                found.push(Diagnostic::error("ports begin at 1", port.span));
            }
            if scan.to.is_empty() || scan.ports.is_empty() {
                found.push(Diagnostic::error("this scans nothing", at));
            }
            if scan.to.len().saturating_mul(scan.ports.len()) > MAX_ATTEMPTS {
                let message = format!("a scan makes at most {MAX_ATTEMPTS} attempts");
                found.push(Diagnostic::error(message, at));
            }
            not_too_long(scan.every, found);
        }
        Errand::Spoof(spoof) => {
            machine(scenario, &spoof.claim, found);
            machine(scenario, &spoof.tell, found);
            if let Some(times) = spoof.times.filter(|times| times.value == 0) {
                found.push(Diagnostic::error("at least once", times.span));
            }
            not_too_long(spoof.every, found);
        }
        Errand::Echo(echo) => {
            somebody(&echo.to.host, found);
            let port = echo.to.port.unwrap_or(7);
            let listens = |server: &Server| match server {
                Server::Echo(server) => {
                    server.host.value == echo.to.host.value
                        && server.port.map_or(7, |p| p.value) == port
                }
                _ => false,
            };
            let by_name = scenario.hosts.get(&echo.to.host.value).is_some();
            if by_name && !scenario.servers.iter().any(listens) {
                let message = format!("nobody echoes at port {port} of `{}`", echo.to.host);
                let help = "servers: [ { echo: { host: … } } ]";
                let wrong = Diagnostic::error(message, echo.to.host.span);
                found.push(wrong.help(help).rests_on(CALLED));
            }
        }
        Errand::Inject(inject) => check_inject(scenario, inject, found),
    }
}

fn not_too_long(every: Option<Spanned<Duration>>, found: &mut Vec<Diagnostic>) {
    if let Some(every) = every.filter(|every| every.value > Duration::from_secs(3600)) {
        found.push(Diagnostic::error("at most 1h between two", every.span));
    }
}

/// A machine's name or an address.
fn machine(scenario: &Scenario, name: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    if name.value.parse::<IpAddr>().is_err() {
        known("host", name, &scenario.machines(), found);
    }
}

fn hardware(scenario: &Scenario, name: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    if MacAddr::parse(&name.value).is_none() {
        known("host", name, &scenario.hosts.names(), found);
    }
}

fn check_inject(scenario: &Scenario, inject: &Inject, found: &mut Vec<Diagnostic>) {
    for name in [&inject.to, &inject.from].into_iter().flatten() {
        hardware(scenario, name, found);
    }
    let ends = |ends: [&Target; 2], found: &mut Vec<Diagnostic>| {
        for end in ends {
            machine(scenario, &end.host, found);
        }
    };
    let text = match &inject.what {
        Injected::Hex(_) => {
            if let Some(name) = inject.to.as_ref().or(inject.from.as_ref()) {
                let message = "a whole frame in hexadecimal holds its addresses already";
                found.push(Diagnostic::error(message, name.span));
            }
            &None
        }
        Injected::Arp { source, target, .. } => {
            machine(scenario, source, found);
            machine(scenario, target, found);
            &None
        }
        Injected::Tcp {
            source,
            target,
            text,
            ..
        } => {
            ends([source, target], found);
            text
        }
        Injected::Udp {
            source,
            target,
            text,
        } => {
            ends([source, target], found);
            text
        }
    };
    if let Some(text) = text.as_ref().filter(|t| t.value.len() > Inject::MAX_TEXT) {
        let message = format!(
            "an injected frame carries at most {} octets",
            Inject::MAX_TEXT
        );
        found.push(Diagnostic::error(message, text.span));
    }
}
