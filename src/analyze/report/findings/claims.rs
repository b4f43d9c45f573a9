//! Whose address is it? IPv4 addresses that several cards claim by ARP.
//!
//! Two machines may have one address by mistake, or one may pretend to be the
//! other. Frames alone tell the two apart where the liar is impatient: it sends
//! answers that nobody asked for, to one victim at a time. Who announces an
//! address to everybody, or answers when asked, believes that it is its own.

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::{Found, Kind, Seen, Severity, times};
use crate::dissect::{Dissected, LayerKind};
use crate::time::Timestamp;
use crate::wire::{Arp, ArpOperation, MacAddr, Vlan};

/// So many addresses, and so many questions, are kept.
const MAX_KEPT: usize = 4096;
/// So many cards are kept of one address.
const MAX_CARDS: usize = 8;
/// An answer that comes later than this was not asked for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A segment of which the capture tells: its interface, and the VLANs by their tags.
type Place = (u32, [u16; 2]);

#[derive(Debug, Default)]
pub(super) struct Claims {
    addresses: BTreeMap<(Place, Ipv4Addr), Claimed>,
    /// When an address was last asked for, and by whom.
    asked: BTreeMap<(Place, Ipv4Addr, Ipv4Addr), Timestamp>,
}

/// Who claimed an address.
#[derive(Debug, Default)]
struct Claimed {
    /// In order of appearance.
    cards: Vec<Card>,
    last: Option<MacAddr>,
    /// Claims that contradict the one before, and the first of all.
    contradictions: Seen,
}

#[derive(Debug)]
struct Card {
    mac: MacAddr,
    /// Answers that nobody asked for.
    unasked: Seen,
    /// Who got the last one of those.
    victim: Ipv4Addr,
}

impl Claims {
    pub(super) fn frame(&mut self, seen: &Dissected<'_>) {
        let Some(arp) = seen.packet.arp else {
            return;
        };
        let (sender, target) = (arp.sender_ip(), arp.target_ip());
        // A probe has no address yet: it claims nothing (RFC 5227 §2.1.1).
        if sender.is_unspecified() || arp.sender_mac() == MacAddr::ZERO {
            return;
        }
        let (place, at) = (place(seen), seen.frame.at);
        let is_unasked = match arp.operation() {
            _ if arp.is_gratuitous() => false,
            ArpOperation::Reply => {
                let asked = self.asked.get(&(place, target, sender));
                asked.is_none_or(|asked| at.since(*asked) > PATIENCE)
            }
            _ => {
                let question = (place, sender, target);
                if self.asked.len() < MAX_KEPT || self.asked.contains_key(&question) {
                    self.asked.insert(question, at);
                }
                false
            }
        };
        let address = (place, sender);
        if self.addresses.len() < MAX_KEPT || self.addresses.contains_key(&address) {
            let claimed = self.addresses.entry(address).or_default();
            claimed.by(&arp, seen.frame.number, is_unasked);
        }
    }

    pub(super) fn finish(self, found: &mut Found) {
        for ((_, address), claimed) in self.addresses {
            claimed.finish(address, found);
        }
    }
}

fn place(seen: &Dissected<'_>) -> Place {
    let mut tags = [0; 2];
    let layers = seen.packet.layers().iter();
    let tagged = layers.filter(|l| matches!(l.kind, LayerKind::Vlan | LayerKind::ServiceTag));
    for (tag, layer) in tags.iter_mut().zip(tagged) {
        *tag = Vlan::new(seen.packet.from_layer(*layer)).map_or(0, |vlan| vlan.id());
    }
    (seen.frame.interface, tags)
}

impl Claimed {
    fn by(&mut self, arp: &Arp<'_>, frame: u64, is_unasked: bool) {
        let mac = arp.sender_mac();
        if self.last.replace(mac) != Some(mac) {
            self.contradictions.add(frame);
        }
        let known = self.cards.iter().position(|card| card.mac == mac);
        let index = known.unwrap_or(self.cards.len());
        if known.is_none() && index < MAX_CARDS {
            self.cards.push(Card {
                mac,
                unasked: Seen::default(),
                victim: arp.target_ip(),
            });
        }
        if let Some(card) = self.cards.get_mut(index).filter(|_| is_unasked) {
            card.unasked.add(frame);
            card.victim = arp.target_ip();
        }
    }

    fn finish(self, address: Ipv4Addr, found: &mut Found) {
        if self.cards.len() < 2 {
            return;
        }
        // Where all of them seem to answer unasked, it is the questions that
        // were not captured.
        let (liars, honest): (Vec<Card>, Vec<Card>) = self
            .cards
            .into_iter()
            .partition(|card| card.unasked.count > 0);
        let names = |cards: &[Card]| {
            let names: Vec<String> = cards.iter().map(|card| card.mac.to_string()).collect();
            names.join(" and ")
        };
        match &liars[..] {
            [liar] => {
                let kind = Kind {
                    name: "arp-spoofing",
                    severity: Severity::Problem,
                    why: "It pretends to be another machine, to get what is meant for that one.",
                    reference: "RFC 5227 §5",
                };
                let summary = format!(
                    "{} told {} that it is {address}, the address of {}: {} that nobody asked for",
                    liar.mac,
                    liar.victim,
                    names(&honest),
                    times(liar.unasked.count, "answer", "answers"),
                );
                found.add(kind, summary, liar.unasked.clone());
            }
            _ => {
                let kind = Kind {
                    name: "address-conflict",
                    severity: Severity::Warning,
                    why: "Two machines have one address, or one took over from the other: who spoke last is believed.",
                    reference: "RFC 5227 §2.4",
                };
                let cards: Vec<Card> = honest.into_iter().chain(liars).collect();
                let summary = format!("{address} is claimed by {}", names(&cards));
                found.add(kind, summary, self.contradictions);
            }
        }
    }
}
