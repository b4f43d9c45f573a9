//! Who has a lifeline: the machines that most frames concern, and what many share.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

use crate::analyze::Address;
use crate::dissect::{LayerKind, Packet, Transport};
use crate::wire::{Ethernet, MacAddr};

/// So many lifelines can be told apart, with those that many share.
const MAX_HOSTS: usize = 6;
/// So many addresses are told apart while frames are read; any more are one.
const MAX_ADDRESSES: usize = 4_096;
/// So many networks of one end are told apart.
const MAX_NETWORKS: usize = 16;
/// The types of neighbour discovery (RFC 4861 §4).
const DISCOVERY: core::ops::RangeInclusive<u8> = 133..=137;
const NEIGHBOUR_SOLICITATION: u8 = 135;

/// One lifeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Host {
    /// Its address, of several the one with most frames; or a word for many hosts.
    pub(super) address: String,
    /// Its other addresses.
    pub(super) also: Vec<String>,
    pub(super) name: Option<String>,
}

impl Host {
    /// All that it goes by.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.address)
            .chain(&self.also)
            .map(String::as_str)
    }
}

/// Where a frame was seen, and how far its packet may still go: the more, the nearer is
/// who sent it. What no router passes on goes further than any packet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sight {
    pub(super) interface: u32,
    /// 0 of whom it was sent to.
    pub(super) hops: u16,
}

/// Everybody who sent a frame or was sent one, in order of appearance.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    ends: Vec<End>,
    places: BTreeMap<String, usize>,
    /// The cards that spoke for addresses of IPv6: a machine has several of those.
    owners: BTreeMap<Ipv6Addr, MacAddr>,
    noted: u64,
}

#[derive(Debug, Clone)]
struct End {
    address: String,
    is_group: bool,
    /// It stands where an address would: `::` before a host has one.
    is_nobody: bool,
    /// Its card, where no address tells.
    card: Option<MacAddr>,
    ip: Option<Ipv6Addr>,
    frames: u64,
    home: Home,
}

/// On which networks an end is: where its packets had been passed on least.
#[derive(Debug, Clone)]
struct Home {
    hops: u16,
    /// The interface that saw that first, and all that did.
    first: u32,
    all: BTreeSet<u32>,
    /// When that was, in frames noted.
    since: u64,
}

impl Home {
    fn new(seen: Sight, since: u64) -> Home {
        Home {
            hops: seen.hops,
            first: seen.interface,
            all: BTreeSet::from([seen.interface]),
            since,
        }
    }

    fn note(&mut self, seen: Sight, now: u64) {
        if seen.hops == self.hops && self.all.len() < MAX_NETWORKS {
            self.all.insert(seen.interface);
        } else if seen.hops > self.hops && seen.interface == self.first {
            self.hops = seen.hops;
            self.all = BTreeSet::from([seen.interface]);
        } else if seen.hops > self.hops {
            *self = Home::new(seen, now);
        }
    }
}

/// One machine, and which ends are its own.
struct Machine {
    ends: Vec<usize>,
    frames: u64,
    is_nobody: bool,
    /// The network on which it stands, and since when it does.
    place: (u32, u64),
}

impl Ends {
    /// Learns from a packet whose addresses are whose: who speaks as a link-local address
    /// or takes part in neighbour discovery is on this network (the hop limit says so), and
    /// who asks for an address as nobody is about to take it (RFC 4862 §5.4).
    pub(super) fn learn(&mut self, packet: &Packet<'_>) {
        let Some(card) = card(packet) else { return };
        let Some((network, IpAddr::V6(source))) = packet.network.map(|n| (n, n.source)) else {
            return;
        };
        let discovery = match packet.transport {
            Some(Transport::Icmpv6(icmp)) if network.hops == 255 => {
                Some(icmp).filter(|icmp| DISCOVERY.contains(&icmp.kind()))
            }
            _ => None,
        };
        let own = match discovery {
            Some(icmp) if source.is_unspecified() => {
                let asks = icmp.kind() == NEIGHBOUR_SOLICITATION;
                icmp.target().filter(|_| asks)
            }
            Some(_) => Some(source),
            None => Some(source).filter(Ipv6Addr::is_unicast_link_local),
        };
        if let Some(own) = own
            && self.owners.len() < MAX_ADDRESSES
        {
            self.owners.entry(own).or_insert(card);
        }
    }

    /// Counts a frame that the address sent or was sent. Answers its number. `card` is
    /// that of who sent it: nobody is somebody else on another.
    pub(super) fn note(&mut self, address: &Address, card: Option<MacAddr>, seen: Sight) -> usize {
        self.noted += 1;
        let text = address.to_string();
        let is_nobody = match address {
            Address::Ip(ip) => ip.is_unspecified(),
            Address::Mac(_) | Address::Broadcast => false,
            Address::Unknown => true,
        };
        let ip = match address {
            Address::Ip(IpAddr::V6(ip)) => Some(*ip),
            _ => None,
        };
        let card = card.filter(|_| is_nobody && ip.is_some());
        let key = match card {
            Some(card) => format!("{text} {card}"),
            None => text.clone(),
        };
        let known = self.places.get(&key).copied();
        let place = known.unwrap_or(self.ends.len());
        if place == MAX_ADDRESSES {
            return place;
        }
        if let Some(end) = self.ends.get_mut(place) {
            end.frames += 1;
            end.home.note(seen, self.noted);
            return place;
        }
        self.ends.push(End {
            address: text,
            is_group: match address {
                Address::Ip(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast(),
                Address::Ip(IpAddr::V6(ip)) => ip.is_multicast(),
                Address::Mac(mac) => mac.is_multicast(),
                Address::Broadcast | Address::Unknown => false,
            },
            is_nobody,
            card,
            ip,
            frames: 1,
            home: Home::new(seen, self.noted),
        });
        self.places.insert(key, place);
        place
    }

    /// The machines in order of appearance.
    fn machines(&self) -> Vec<Machine> {
        let mut machines: Vec<Machine> = Vec::new();
        let mut of_card: BTreeMap<MacAddr, usize> = BTreeMap::new();
        for (number, end) in self.ends.iter().enumerate().filter(|(_, e)| !e.is_group) {
            let owner = end.ip.and_then(|ip| self.owners.get(&ip).copied());
            let next = machines.len();
            let place = match end.card.or(owner) {
                Some(card) => *of_card.entry(card).or_insert(next),
                None => next,
            };
            match machines.get_mut(place) {
                Some(machine) => {
                    machine.ends.push(number);
                    machine.frames += end.frames;
                    machine.is_nobody &= end.is_nobody;
                    let home = (end.home.first, end.home.since);
                    machine.place = machine.place.min(home);
                }
                None => machines.push(Machine {
                    ends: vec![number],
                    frames: end.frames,
                    is_nobody: end.is_nobody,
                    place: (end.home.first, end.home.since),
                }),
            }
        }
        machines
    }

    /// The lifelines from left to right: machines, those of one network together, in order of
    /// appearance there, then the groups in one, then all for whom there is no room. And
    /// for each end, by its number, which of them is its own; any other is on the last.
    pub(super) fn lifelines(&self) -> (Vec<Host>, Vec<usize>) {
        let groups: Vec<&End> = self.ends.iter().filter(|end| end.is_group).collect();
        let shared = match groups.as_slice() {
            [] => None,
            [one] => Some(one.address.clone()),
            _ => Some("groups".to_owned()),
        };
        let room = MAX_HOSTS - usize::from(shared.is_some());
        let mut machines = self.machines();
        let is_crowded = machines.len() > room;
        if is_crowded {
            // Equals stay in order of appearance.
            machines.sort_by_key(|one| (one.is_nobody, core::cmp::Reverse(one.frames)));
            machines.truncate(room - 1);
        }
        machines.sort_by_key(|one| one.place);
        let others = is_crowded.then(|| "others".to_owned());
        let unnamed = |address| Host {
            address,
            ..Host::default()
        };
        let mut hosts: Vec<Host> = machines.iter().map(|one| self.host(one)).collect();
        hosts.extend(shared.into_iter().chain(others).map(unnamed));
        let mut places = vec![hosts.len().saturating_sub(1); self.ends.len()];
        for (end, place) in self.ends.iter().zip(&mut places) {
            if end.is_group {
                *place = machines.len();
            }
        }
        for (line, machine) in machines.iter().enumerate() {
            for end in &machine.ends {
                if let Some(place) = places.get_mut(*end) {
                    *place = line;
                }
            }
        }
        (hosts, places)
    }

    /// For each network the first and the last lifeline on it, if `places` are those of
    /// the ends.
    pub(super) fn reaches(&self, places: &[usize]) -> BTreeMap<u32, (usize, usize)> {
        let mut reaches = BTreeMap::new();
        for (end, line) in self.ends.iter().zip(places) {
            for interface in &end.home.all {
                let (first, last) = reaches.entry(*interface).or_insert((*line, *line));
                (*first, *last) = ((*first).min(*line), (*last).max(*line));
            }
        }
        reaches
    }

    /// A machine's lifeline.
    fn host(&self, machine: &Machine) -> Host {
        let ends = machine.ends.iter().filter_map(|end| self.ends.get(*end));
        let mut ends: Vec<&End> = ends.collect();
        ends.sort_by_key(|end| (end.is_nobody, core::cmp::Reverse(end.frames)));
        let mut addresses = ends
            .iter()
            .filter(|end| machine.is_nobody || !end.is_nobody)
            .map(|end| end.address.clone());
        Host {
            address: addresses.next().unwrap_or_default(),
            also: addresses.collect(),
            name: None,
        }
    }
}

/// The card that a packet of IPv6 came from, if nothing is around it but Ethernet: in a
/// tunnel the card is another's.
pub(super) fn card(packet: &Packet<'_>) -> Option<MacAddr> {
    let mut kinds = packet.layers().iter().map(|layer| layer.kind);
    let is_ethernet = kinds.next() == Some(LayerKind::Ethernet);
    let mut kinds = kinds.skip_while(|kind| *kind == LayerKind::Vlan);
    let is_ipv6 = kinds.next() == Some(LayerKind::Ipv6);
    let is_tunnel = kinds.any(|kind| matches!(kind, LayerKind::Ipv4 | LayerKind::Ipv6));
    let frame = Ethernet::new(packet.bytes()).filter(|_| is_ethernet && is_ipv6 && !is_tunnel);
    frame.map(|frame| frame.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who talks how often, and the lifelines: then on which each of them is.
    fn lifelines(who: &[(&str, usize)]) -> (String, Vec<usize>) {
        let mut ends = Ends::default();
        for (address, frames) in who {
            let address = Address::Ip(address.parse().unwrap());
            (0..*frames).for_each(|_| {
                ends.note(&address, None, Sight::default());
            });
        }
        let (hosts, places) = ends.lifelines();
        let names: Vec<String> = hosts.into_iter().map(|host| host.address).collect();
        (names.join(" "), places)
    }

    #[test]
    fn groups_share_a_lifeline() {
        let (names, places) = lifelines(&[("10.0.0.1", 1), ("224.0.0.9", 9), ("10.0.0.2", 1)]);
        assert_eq!(names, "10.0.0.1 10.0.0.2 224.0.0.9");
        assert_eq!(places, [0, 2, 1]);
        let (names, places) = lifelines(&[("ff02::1", 5), ("fe80::1", 1), ("ff02::2", 7)]);
        assert_eq!((names.as_str(), places), ("fe80::1 groups", vec![1, 0, 1]));
    }

    #[test]
    fn those_with_most_frames_have_lifelines_of_their_own() {
        let who: Vec<(String, usize)> = (1..=8).map(|n| (format!("10.0.0.{n}"), n)).collect();
        let who: Vec<(&str, usize)> = who.iter().map(|(ip, n)| (ip.as_str(), *n)).collect();
        let (names, places) = lifelines(&who);
        assert_eq!(names, "10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8 others");
        assert_eq!(places, [5, 5, 5, 0, 1, 2, 3, 4]);
        // Nobody comes last, however often.
        let nobody = [("::", 99)];
        let crowd: Vec<_> = nobody.iter().chain(&who[..6]).copied().collect();
        let (names, places) = lifelines(&crowd);
        assert!(!names.starts_with("::"), "{names}");
        assert_eq!(places[..3], [5, 5, 0]);
        let six = lifelines(&who[..6]);
        assert_eq!(six.1, [0, 1, 2, 3, 4, 5]);
        assert!(!six.0.contains("others"));
    }

    #[test]
    fn machines_of_one_network_stand_together() {
        let mut ends = Ends::default();
        let mut sent = |interface, from: &str, to: Option<&str>, hops| {
            let seen = Sight { interface, hops };
            let ip = |text: &str| Address::Ip(text.parse().unwrap());
            ends.note(&ip(from), None, seen);
            if let Some(to) = to {
                ends.note(&ip(to), None, Sight { hops: 0, ..seen });
            }
        };
        sent(0, "192.168.1.2", None, 256);
        sent(0, "192.168.1.1", Some("192.168.1.2"), 256);
        sent(0, "192.168.1.2", Some("203.0.113.9"), 64);
        sent(1, "203.0.113.1", None, 256);
        sent(1, "203.0.113.9", Some("203.0.113.1"), 256);
        sent(0, "203.0.113.9", Some("192.168.1.2"), 63);
        let (hosts, places) = ends.lifelines();
        let names: Vec<&str> = hosts.iter().map(|host| host.address.as_str()).collect();
        let expected = ["192.168.1.2", "192.168.1.1", "203.0.113.1", "203.0.113.9"];
        assert_eq!(names, expected);
        let reaches = BTreeMap::from([(0, (0, 1)), (1, (2, 3))]);
        assert_eq!(ends.reaches(&places), reaches);
    }

    #[test]
    fn a_scan_of_a_whole_network_is_bounded() {
        let mut ends = Ends::default();
        for n in 0..70_000_u32 {
            ends.note(&Address::Ip(IpAddr::V4(n.into())), None, Sight::default());
        }
        assert_eq!(ends.ends.len(), MAX_ADDRESSES);
        let (hosts, places) = ends.lifelines();
        assert_eq!((hosts.len(), places.len()), (MAX_HOSTS, MAX_ADDRESSES));
    }
}
