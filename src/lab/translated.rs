//! Who is behind a packet that a NAT has given another address: read from which frame let the router send which.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::Run;
use crate::capture::LinkType;
use crate::dissect::{Packet, Transport};
use crate::scenario::compile::Plan;
use crate::trace::{Cause, FrameId, NodeId};
use crate::wire::Frame;

/// Both ends of a conversation, in order: what they have in common is a
/// protocol. An echo's identifier stands for the ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Talk {
    protocol: u8,
    ends: [(IpAddr, u16); 2],
}

impl Talk {
    fn of(frame: &Frame) -> Option<Talk> {
        let bytes = frame.bytes();
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let packet = Packet::parse(LinkType::ETHERNET, bytes, len);
        let network = packet.network?;
        let ports = match packet.transport? {
            Transport::Tcp(tcp) => (tcp.source_port(), tcp.destination_port()),
            Transport::Udp(udp) => (udp.source_port(), udp.destination_port()),
            Transport::Icmp(icmp) => {
                let (identifier, _) = icmp.echo().unwrap_or_default();
                (identifier, identifier)
            }
            Transport::Icmpv6(_) => return None,
        };
        let mut ends = [(network.source, ports.0), (network.destination, ports.1)];
        ends.sort();
        Some(Talk {
            protocol: network.protocol,
            ends,
        })
    }
}

/// The conversations that are others on the far side of a NAT.
#[derive(Debug, Default)]
pub(super) struct Translated {
    /// The conversation of each frame that may be one of them.
    talks: BTreeMap<FrameId, Talk>,
    /// What a conversation is on the other side.
    others: BTreeMap<Talk, BTreeSet<Talk>>,
}

/// NATs that may stand one behind the other.
const MAX_HOPS: usize = 16;

impl Translated {
    /// Reads the run of a plan; one without a NAT has nothing to be read.
    pub fn of(plan: &Plan, run: &Run) -> Translated {
        let mut found = Translated::default();
        let nats = plan.routers.iter().filter(|router| router.nat.is_some());
        let nats: BTreeSet<NodeId> = nats.filter_map(|r| run.trace.node(&r.name)).collect();
        if nats.is_empty() {
            return found;
        }
        for record in &run.trace.records {
            if let Some(talk) = Talk::of(&record.frame) {
                found.talks.insert(record.id, talk);
            }
        }
        for record in &run.trace.records {
            // What a packet that came in let it send is that packet, unless
            // the router answered by itself: then both are the same anyhow.
            let Cause::ReplyTo(cause) = record.cause else {
                continue;
            };
            let talks = (found.talks.get(&record.id), found.talks.get(&cause));
            if let (true, (Some(&after), Some(&before))) = (nats.contains(&record.from), talks)
                && after != before
                && after.protocol == before.protocol
            {
                found.others.entry(after).or_default().insert(before);
                found.others.entry(before).or_default().insert(after);
            }
        }
        found
    }

    /// The addresses that a frame has on the other sides of NATs.
    pub fn ends(&self, frame: FrameId) -> Vec<IpAddr> {
        let mut known: BTreeSet<Talk> = self.talks.get(&frame).copied().into_iter().collect();
        for _ in 0..MAX_HOPS {
            let others = known.iter().filter_map(|talk| self.others.get(talk));
            let more: BTreeSet<Talk> = others.flatten().copied().collect();
            let before = known.len();
            known.extend(more);
            if known.len() == before {
                break;
            }
        }
        let ends = known.into_iter().flat_map(|talk| talk.ends);
        ends.map(|(address, _)| address).collect()
    }
}
