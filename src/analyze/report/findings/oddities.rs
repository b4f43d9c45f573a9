//! What betrays that a trace was edited or made up: times, times to live,
//! identifications, sequence numbers and checksums as no machine makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Found, Kind, Seen, Severity, times};
use crate::analyze::report::Overview;
use crate::capture::LinkType;
use crate::dissect::fields::{ChecksumStatus, transport_checksum};
use crate::dissect::{Conversation, Direction, Dissected, LayerKind, Transport};
use crate::wire::{Ethernet, Ipv4, MacAddr, TcpFlags};

/// Fewer frames than these say nothing about habits.
const MANY: u64 = 10;
/// So many conversations that begin with one number are no accident.
const SAME_NUMBER: u64 = 3;
/// So many hosts and numbers are kept.
const MAX_KEPT: usize = 1024;
/// Identifications are looked at in so many frames.
const LOOKED_AT: u64 = 4096;
/// The checksums of all segments are verified in so many frames; later only
/// those of short ones, for speed.
const ALL_VERIFIED: u64 = 10_000;
const SHORT: u32 = 128;

#[derive(Debug, Default)]
pub(super) struct Oddities {
    /// Frames with the time of the one before, with an earlier one, and after
    /// the same pause as the one before.
    same_time: Seen,
    /// Who sent those with the time of the one before.
    in_no_time: Senders,
    backwards: Seen,
    same_pause: u64,
    /// In nanoseconds.
    pause: u64,
    other_hops: Seen,
    other_hops_reset: Seen,
    identifications: BTreeMap<IpAddr, Identifications>,
    first_numbers: BTreeMap<u32, Seen>,
    wrong: BTreeMap<IpAddr, Seen>,
    wrong_header: Seen,
    /// Hosts that have sent a right checksum.
    right: BTreeSet<IpAddr>,
    /// The last two of them: those that are talking.
    last_right: [Option<IpAddr>; 2],
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Senders {
    #[default]
    Nobody,
    One(MacAddr),
    Several,
}

impl Senders {
    fn add(&mut self, sender: Option<MacAddr>) {
        *self = match (*self, sender) {
            (Senders::Nobody, Some(sender)) => Senders::One(sender),
            (Senders::One(known), Some(sender)) if known == sender => return,
            _ => Senders::Several,
        };
    }
}

#[derive(Debug, Default)]
struct Identifications {
    first: u16,
    differs: bool,
    seen: Seen,
}

impl Oddities {
    pub(super) fn frame(&mut self, seen: &Dissected<'_>) {
        self.times(seen);
        if let Some(segment) = &seen.segment
            && segment.other_hops
        {
            let flags = seen.packet.tcp().map(|tcp| tcp.flags());
            let is_reset = flags.is_some_and(|flags| flags.has(TcpFlags::RST));
            let list = if is_reset {
                &mut self.other_hops_reset
            } else {
                &mut self.other_hops
            };
            list.add(seen.frame.number);
        }
        self.header(seen);
        self.checksum(seen);
    }

    fn times(&mut self, seen: &Dissected<'_>) {
        let (at, before) = (seen.frame.at, seen.previous_at);
        if seen.frame.number < 2 {
            return;
        }
        if at < before {
            self.backwards.add(seen.frame.number);
        } else if at == before {
            self.same_time.add(seen.frame.number);
            let is_ethernet = seen.frame.link == LinkType::ETHERNET;
            let header = Ethernet::new(seen.frame.bytes).filter(|_| is_ethernet);
            self.in_no_time.add(header.map(|header| header.source()));
        }
        let pause = at.as_nanos().saturating_sub(before.as_nanos());
        self.same_pause += u64::from(pause != 0 && self.pause == pause);
        self.pause = pause;
    }

    /// The outermost IPv4 header: its checksum, and its sender's habit.
    fn header(&mut self, seen: &Dissected<'_>) {
        let packet = &seen.packet;
        let mut layers = packet.layers().iter();
        let Some(layer) = layers.find(|layer| layer.kind == LayerKind::Ipv4) else {
            return;
        };
        let Some(ip) = Ipv4::new(packet.from_layer(*layer)) else {
            return;
        };
        let number = seen.frame.number;
        if ip.checksum_is_right() == Some(false) && ip.checksum() != 0 {
            self.wrong_header.add(number);
        }
        let id = ip.identification();
        // With "don't fragment" there is no need for one: zero is a habit.
        if number > LOOKED_AT || id == 0 || ip.is_fragment() {
            return;
        }
        let source = IpAddr::from(ip.source());
        if self.identifications.len() < MAX_KEPT || self.identifications.contains_key(&source) {
            let known = self.identifications.entry(source).or_default();
            if known.seen.count == 0 {
                known.first = id;
            }
            known.differs |= known.first != id;
            known.seen.add(number);
        }
    }

    fn checksum(&mut self, seen: &Dissected<'_>) {
        let packet = &seen.packet;
        let Some(network) = packet.network else {
            return;
        };
        let (Some(Transport::Tcp(tcp)), number) = (packet.transport, seen.frame.number) else {
            return;
        };
        if number > ALL_VERIFIED && packet.payload_len > SHORT {
            return;
        }
        let source = network.source;
        let status = transport_checksum(packet);
        // A checksum of zero was never computed: the card's work as well.
        let is_wrong = status == ChecksumStatus::Bad && tcp.checksum() != 0;
        let has_room = self.wrong.len() < MAX_KEPT || self.wrong.contains_key(&source);
        if is_wrong && has_room {
            self.wrong.entry(source).or_default().add(number);
        }
        let is_known = self.last_right.contains(&Some(source));
        if status == ChecksumStatus::Good && !is_known && self.right.len() < MAX_KEPT {
            self.right.insert(source);
            self.last_right = [Some(source), self.last_right[0]];
        }
    }

    pub(super) fn conversation(&mut self, talk: &Conversation) {
        let number = |direction| talk.side(direction).initial_sequence();
        let numbers = [number(Direction::FromClient), number(Direction::FromServer)];
        for first in numbers.into_iter().flatten() {
            if self.first_numbers.len() < MAX_KEPT || self.first_numbers.contains_key(&first) {
                let seen = self.first_numbers.entry(first).or_default();
                // Both ends of one conversation count as one.
                if seen.frames.last() != Some(&talk.first_frame) {
                    seen.add(talk.first_frame);
                } else if first == 0 {
                    seen.count = seen.count.max(SAME_NUMBER);
                }
            }
        }
    }

    pub(super) fn finish(self, overview: &Overview, found: &mut Found) {
        let note = |name, why, reference| Kind {
            name,
            severity: Severity::Note,
            why,
            reference,
        };
        let frames = overview.frames;
        let odd_times = note(
            "odd-times",
            "No network is so regular: the capture was edited, or made up.",
            "RFC 2330 §10",
        );
        let (same, count) = (self.same_time, frames.saturating_sub(1));
        if frames >= MANY && same.count * 2 > count {
            let summary = format!(
                "{} of {frames} frames have the time of the one before",
                same.count
            );
            match self.in_no_time {
                // Where times were made up, somebody else's frames have them as well.
                Senders::One(sender) if same.count < count => {
                    let kind = note(
                        "instant-answers",
                        "At the port of a simulated host it answers in no time; or the clock is coarse.",
                        "RFC 2330 §10.2",
                    );
                    found.add(kind, format!("{summary}, and {sender} sent them all"), same);
                }
                _ => found.add(odd_times, summary, same),
            }
        }
        if frames >= MANY && self.same_pause * 10 > count * 8 {
            let nanos = self.pause;
            let summary = format!("the frames follow each other at equal intervals of {nanos} ns");
            found.add(odd_times, summary, Seen::at(1));
        }
        if self.backwards.count > 0 {
            let kind = note(
                "time-backwards",
                "Captures were merged, a clock was set, or frames were put in another order.",
                "RFC 2330 §10",
            );
            let what = times(self.backwards.count, "frame is", "frames are");
            let summary = format!("{what} earlier than the one before");
            found.add(kind, summary, self.backwards);
        }
        if self.other_hops.count > 0 {
            let kind = note(
                "ttl-change",
                "The route changed, or somebody else sent it in the sender's name.",
                "RFC 791 §3.2",
            );
            let what = times(self.other_hops.count, "segment has", "segments have");
            let summary = format!("{what} another time to live than the sender's first");
            found.add(kind, summary, self.other_hops);
        }
        if self.other_hops_reset.count > 0 {
            let kind = Kind {
                severity: Severity::Warning,
                ..note(
                    "foreign-reset",
                    "Something on the way may have reset the connection in the sender's name.",
                    "RFC 3360 §2",
                )
            };
            let what = times(self.other_hops_reset.count, "RST has", "RSTs have");
            let summary = format!("{what} another time to live than its sender's first segment");
            found.add(kind, summary, self.other_hops_reset);
        }
        for (host, ids) in self.identifications {
            if !ids.differs && ids.seen.count >= MANY {
                let kind = note(
                    "odd-identification",
                    "A stack counts them or draws them; tools that make packets leave them alone.",
                    "RFC 6864 §4",
                );
                let (first, count) = (ids.first, ids.seen.count);
                let summary =
                    format!("all {count} packets of {host} have the identification {first:#06x}");
                found.add_of(kind, Some(host), summary, ids.seen);
            }
        }
        for (first, seen) in self.first_numbers {
            if seen.count >= SAME_NUMBER {
                let kind = note(
                    "odd-isn",
                    "Every connection begins with a number of its own that nobody can foretell.",
                    "RFC 6528 §3",
                );
                let conversations = times(
                    seen.frames.len() as u64,
                    "connection begins",
                    "connections begin",
                );
                let summary = format!("{conversations} with the sequence number {first}");
                found.add(kind, summary, seen);
            }
        }
        wrong_checksums(self.wrong, &self.right, self.wrong_header, found);
    }
}

fn wrong_checksums(
    wrong: BTreeMap<IpAddr, Seen>,
    right: &BTreeSet<IpAddr>,
    wrong_header: Seen,
    found: &mut Found,
) {
    let kind = Kind {
        name: "bad-checksum",
        severity: Severity::Warning,
        why: "The frame was damaged on the way, or edited afterwards; its receiver drops it.",
        reference: "RFC 1071",
    };
    for (host, seen) in wrong {
        if right.contains(&host) || seen.count < MANY {
            let what = times(seen.count, "segment", "segments");
            let summary = format!("{what} of {host} with a wrong TCP checksum");
            found.add_of(kind, Some(host), summary, seen);
        } else {
            let kind = Kind {
                severity: Severity::Note,
                why: "Its card computes them after the capture, or the capture was edited.",
                ..kind
            };
            let summary = format!("no TCP checksum of {host} is right");
            found.add_of(kind, Some(host), summary, seen);
        }
    }
    if wrong_header.count > 0 {
        let what = times(wrong_header.count, "IPv4 header", "IPv4 headers");
        found.add(kind, format!("{what} with a wrong checksum"), wrong_header);
    }
}
