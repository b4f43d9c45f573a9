//! Who has a lifeline: the machines that most frames concern, and what many share.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::analyze::Address;

/// So many lifelines can be told apart, with those that many share.
const MAX_HOSTS: usize = 6;
/// So many addresses are told apart while frames are read; any more are one.
const MAX_ADDRESSES: usize = 4_096;

/// One lifeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) address: String,
    pub(super) name: Option<String>,
}

/// Everybody who sent a frame or was sent one, in order of appearance.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    ends: Vec<End>,
    places: BTreeMap<String, usize>,
}

#[derive(Debug, Clone)]
struct End {
    address: String,
    is_group: bool,
    /// It stands where an address would: `::` before a host has one.
    is_nobody: bool,
    frames: u64,
}

impl Ends {
    /// Counts a frame that the address sent or was sent. Answers its number.
    pub(super) fn note(&mut self, address: &Address) -> usize {
        let text = address.to_string();
        let known = self.places.get(&text).copied();
        let place = known.unwrap_or(self.ends.len());
        if place == MAX_ADDRESSES {
            return place;
        }
        if let Some(end) = self.ends.get_mut(place) {
            end.frames += 1;
            return place;
        }
        self.ends.push(End {
            address: text.clone(),
            is_group: match address {
                Address::Ip(IpAddr::V4(ip)) => ip.is_multicast() || ip.is_broadcast(),
                Address::Ip(IpAddr::V6(ip)) => ip.is_multicast(),
                Address::Mac(mac) => mac.is_multicast(),
                Address::Broadcast | Address::Unknown => false,
            },
            is_nobody: match address {
                Address::Ip(ip) => ip.is_unspecified(),
                Address::Mac(_) | Address::Broadcast => false,
                Address::Unknown => true,
            },
            frames: 1,
        });
        self.places.insert(text, place);
        place
    }

    /// The lifelines from left to right: machines in order of appearance, then the
    /// groups in one, then all for whom there is no room. And for each end, by its
    /// number, which of them is its own; any other is on the last.
    pub(super) fn lifelines(&self) -> (Vec<Host>, Vec<usize>) {
        let groups: Vec<&End> = self.ends.iter().filter(|end| end.is_group).collect();
        let shared = match groups.as_slice() {
            [] => None,
            [one] => Some(one.address.clone()),
            _ => Some("groups".to_owned()),
        };
        let room = MAX_HOSTS - usize::from(shared.is_some());
        let mut machines: Vec<(usize, &End)> = self.ends.iter().enumerate().collect();
        machines.retain(|(_, end)| !end.is_group);
        let is_crowded = machines.len() > room;
        if is_crowded {
            // Equals stay in order of appearance.
            machines.sort_by_key(|(_, end)| (end.is_nobody, core::cmp::Reverse(end.frames)));
            machines.truncate(room - 1);
            machines.sort_by_key(|(number, _)| *number);
        }
        let others = is_crowded.then(|| "others".to_owned());
        let own = machines.iter().map(|(_, end)| end.address.clone());
        let addresses = own.chain(shared).chain(others);
        let unnamed = |address| Host {
            address,
            name: None,
        };
        let hosts: Vec<Host> = addresses.map(unnamed).collect();
        let last = hosts.len().saturating_sub(1);
        let place = |(number, end): (usize, &End)| {
            let own = machines.iter().position(|(own, _)| *own == number);
            let shared = end.is_group.then_some(machines.len());
            own.or(shared).unwrap_or(last)
        };
        let places = self.ends.iter().enumerate().map(place).collect();
        (hosts, places)
    }
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
                ends.note(&address);
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
    fn a_scan_of_a_whole_network_is_bounded() {
        let mut ends = Ends::default();
        for n in 0..70_000_u32 {
            ends.note(&Address::Ip(IpAddr::V4(n.into())));
        }
        assert_eq!(ends.ends.len(), MAX_ADDRESSES);
        let (hosts, places) = ends.lifelines();
        assert_eq!((hosts.len(), places.len()), (MAX_HOSTS, MAX_ADDRESSES));
    }
}
