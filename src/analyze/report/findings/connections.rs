//! Who asked for connections in vain: refused, unanswered, and scans.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Found, Kind, Seen, Severity, times};
use crate::dissect::{Conversation, Direction, Dissected, State};
use crate::wire::ArpOperation;

/// So many hosts, or ports of one host, asked without success are a scan.
const SCAN: usize = 5;
/// So many pairs, hosts or questions are kept of each kind.
const MAX_KEPT: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Connections {
    refused: BTreeMap<(IpAddr, SocketAddr), Seen>,
    unanswered: BTreeMap<(IpAddr, SocketAddr), Seen>,
    asked: BTreeMap<IpAddr, Asked>,
    /// Who asked by ARP for whom.
    questions: BTreeMap<(Ipv4Addr, Ipv4Addr), Seen>,
    /// Who is there: it sent something.
    present: BTreeSet<IpAddr>,
}

/// Whom a host asked, and then had nothing to say to.
#[derive(Debug, Default)]
struct Asked {
    /// Those that accepted, those that refused, those that kept silent.
    open: BTreeSet<SocketAddr>,
    refused: BTreeSet<SocketAddr>,
    silent: BTreeSet<SocketAddr>,
    /// Those of which not even the hardware address came.
    absent: BTreeSet<IpAddr>,
    seen: Seen,
}

impl Asked {
    fn is_scan(&self) -> bool {
        let tried = self.open.len() + self.refused.len() + self.silent.len();
        tried + self.absent.len() >= SCAN
    }
}

/// A place in a map that does not grow without bound.
fn slot<K: Ord, V: Default>(map: &mut BTreeMap<K, V>, key: K) -> Option<&mut V> {
    if map.len() >= MAX_KEPT && !map.contains_key(&key) {
        return None;
    }
    Some(map.entry(key).or_default())
}

impl Connections {
    pub(super) fn frame(&mut self, seen: &Dissected<'_>) {
        if seen.segment.is_some() {
            // Who sends TCP is known at the end of the conversation.
            return;
        }
        if let Some(arp) = seen.packet.arp {
            let (sender, target) = (arp.sender_ip(), arp.target_ip());
            if sender.is_unspecified() {
                return;
            }
            self.is_present(sender.into());
            if arp.operation() == ArpOperation::Request
                && !arp.is_gratuitous()
                && let Some(question) = slot(&mut self.questions, (sender, target))
            {
                question.add(seen.frame.number);
            }
        } else if let Some(network) = seen.packet.network {
            self.is_present(network.source);
        }
    }

    fn is_present(&mut self, host: IpAddr) {
        if self.present.len() < MAX_KEPT {
            self.present.insert(host);
        }
    }

    pub(super) fn conversation(&mut self, talk: &Conversation) {
        for direction in [Direction::FromClient, Direction::FromServer] {
            if talk.side(direction).frames > 0 {
                self.is_present(talk.sender(direction).ip());
            }
        }
        let client = talk.side(Direction::FromClient);
        let failed = match talk.state() {
            State::Refused => Some(&mut self.refused),
            State::Unanswered => Some(&mut self.unanswered),
            // Opened, and not a word said: that, too, only tells who listens.
            _ if client.syn && client.payload_sent == 0 && talk.transfer.is_none() => None,
            _ => return,
        };
        if let Some(seen) = failed.and_then(|map| slot(map, (talk.client.ip(), talk.server))) {
            seen.add(talk.first_frame);
            seen.count += client.frames.saturating_sub(1);
        }
        if let Some(asked) = slot(&mut self.asked, talk.client.ip()) {
            let servers = match talk.state() {
                State::Refused => &mut asked.refused,
                State::Unanswered => &mut asked.silent,
                _ => &mut asked.open,
            };
            if servers.len() < MAX_KEPT {
                servers.insert(talk.server);
            }
            asked.seen.add(talk.first_frame);
        }
    }

    pub(super) fn finish(mut self, found: &mut Found) {
        let present = std::mem::take(&mut self.present);
        self.questions
            .retain(|(_, target), _| !present.contains(&IpAddr::from(*target)));
        for ((asker, target), seen) in &self.questions {
            if let Some(asked) = slot(&mut self.asked, (*asker).into()) {
                asked.absent.insert((*target).into());
                for frame in &seen.frames {
                    asked.seen.add(*frame);
                }
                asked.seen.frames.sort_unstable();
            }
        }
        for (client, asked) in &self.asked {
            if asked.is_scan() {
                scan(*client, asked, found);
            }
        }
        let asked = self.asked;
        let is_scan = |client: &IpAddr| asked.get(client).is_some_and(Asked::is_scan);
        for ((client, server), seen) in self.refused {
            if is_scan(&client) {
                continue;
            }
            let tries = times(seen.count, "time", "times");
            let kind = Kind {
                name: "refused",
                severity: Severity::Problem,
                why: "A RST answered the SYN: nobody listens on that port.",
                reference: "RFC 9293 §3.5.2",
            };
            found.add(kind, format!("{server} refused {client}, {tries}"), seen);
        }
        for ((client, server), seen) in self.unanswered {
            if is_scan(&client) {
                continue;
            }
            let tries = times(seen.count, "SYN", "SYNs");
            let kind = Kind {
                name: "unanswered",
                severity: Severity::Problem,
                why: "The host is not there, or something on the way drops what is sent to it.",
                reference: "RFC 9293 §3.8.3",
            };
            let summary = format!("{server} did not answer {client}, {tries}");
            found.add(kind, summary, seen);
        }
        for ((asker, target), seen) in self.questions {
            if is_scan(&asker.into()) {
                continue;
            }
            let tries = times(seen.count, "time", "times");
            let kind = Kind {
                name: "no-such-host",
                severity: Severity::Warning,
                why: "Nobody on this segment has that address; nothing can be sent to it.",
                reference: "RFC 1122 §2.3.2.1",
            };
            let summary = format!("{asker} asked who has {target}, {tries}, and nobody answered");
            found.add(kind, summary, seen);
        }
    }
}

fn scan(client: IpAddr, asked: &Asked, found: &mut Found) {
    let servers = || asked.open.iter().chain(&asked.refused).chain(&asked.silent);
    let mut hosts: BTreeSet<IpAddr> = servers().map(SocketAddr::ip).collect();
    hosts.extend(&asked.absent);
    let ports: BTreeSet<u16> = servers().map(SocketAddr::port).collect();
    let on = match ports.first() {
        None => String::new(),
        Some(port) if ports.len() == 1 => format!(" on port {port}"),
        Some(_) => format!(" on {} ports", ports.len()),
    };
    let results = [
        (asked.open.len(), "accepted"),
        (asked.refused.len(), "refused"),
        (asked.silent.len(), "kept silent"),
        (asked.absent.len(), "not there"),
    ];
    let results = results.iter().filter(|(count, _)| *count > 0);
    let results: Vec<String> = results
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let summary = format!(
        "{client} tried {}{on}: {}",
        times(hosts.len() as u64, "host", "hosts"),
        results.join(", "),
    );
    let kind = Kind {
        name: "port-scan",
        severity: Severity::Warning,
        why: "Somebody looks for services that listen.",
        reference: "Analyzing FTP Communications (2000), question 3",
    };
    found.add_of(kind, Some(client), summary, asked.seen.clone());
}
