//! Address resolution: one state machine for each target (RFC 826, RFC 1122 §2.3.2).
//!
//! A target that does not answer delays nobody else.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use super::persona::ArpHabits;
use crate::time::Instant;
use crate::trace::Cause;
use crate::wire::MacAddr;

/// A packet that waits for its target's address: a buffer with room for the
/// Ethernet header, and why it was sent.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub buffer: Vec<u8>,
    pub cause: Option<Cause>,
}

/// A target that is being asked for.
#[derive(Debug)]
struct Asked {
    /// So many times.
    tries: u8,
    /// Asks again, or gives up, then.
    next: Instant,
    queue: VecDeque<Waiting>,
}

/// Where a neighbour is, known until then.
#[derive(Debug)]
struct Known {
    mac: MacAddr,
    until: Instant,
}

/// What a timeout asks of the network card.
#[derive(Debug)]
pub(super) enum Due {
    /// Send a request for this target.
    Ask(IpAddr),
    /// This target does not answer; these packets waited for it.
    Unreachable(IpAddr, VecDeque<Waiting>),
}

/// The neighbours of one network card.
#[derive(Debug)]
pub(super) struct Neighbors {
    habits: &'static ArpHabits,
    /// A target is in one of the two, or in neither.
    known: BTreeMap<IpAddr, Known>,
    asked: BTreeMap<IpAddr, Asked>,
}

/// A card remembers at most this many neighbours; beyond it, known ones go
/// first and resolution starts over.
const MAX_NEIGHBORS: usize = 4096;

impl Neighbors {
    pub fn new(habits: &'static ArpHabits) -> Neighbors {
        Neighbors {
            habits,
            known: BTreeMap::new(),
            asked: BTreeMap::new(),
        }
    }

    /// The hardware address of `target`, if it is known, and for how long.
    pub fn lookup(&self, now: Instant, target: IpAddr) -> Option<(MacAddr, Instant)> {
        let known = self.known.get(&target)?;
        (known.until > now).then_some((known.mac, known.until))
    }

    fn is_full(&self) -> bool {
        self.known.len() + self.asked.len() >= MAX_NEIGHBORS
    }

    /// Keeps a packet until `target` is resolved. True if a request must be sent now.
    pub fn wait(&mut self, now: Instant, target: IpAddr, packet: Waiting) -> bool {
        if let Some(Asked { queue, .. }) = self.asked.get_mut(&target) {
            if queue.len() >= self.habits.pending {
                queue.pop_front();
            }
            queue.push_back(packet);
            return false;
        }
        if self.is_full() {
            self.known.clear();
        }
        self.known.remove(&target);
        let asked = Asked {
            tries: 1,
            next: now + self.habits.interval,
            queue: VecDeque::from([packet]),
        };
        self.asked.insert(target, asked);
        true
    }

    /// Notes that `address` is at `mac`; a neighbour that nobody asked for is
    /// noted only with `learn`. Returns the packets that waited for it, or
    /// nothing if it was not noted.
    pub fn confirm(
        &mut self,
        now: Instant,
        address: IpAddr,
        mac: MacAddr,
        learn: bool,
    ) -> Option<VecDeque<Waiting>> {
        let asked = self.asked.remove(&address);
        let stranger = asked.is_none() && !self.known.contains_key(&address);
        if stranger && (!learn || self.is_full()) {
            return None;
        }
        let until = now + self.habits.lifetime;
        self.known.insert(address, Known { mac, until });
        Some(asked.map(|asked| asked.queue).unwrap_or_default())
    }

    /// The next thing that has fallen due at `now`.
    pub fn poll_due(&mut self, now: Instant) -> Option<Due> {
        let mut asked = self.asked.iter_mut();
        let (&target, asked) = asked.find(|(_, asked)| asked.next <= now)?;
        if asked.tries < self.habits.tries {
            asked.tries += 1;
            asked.next = now + self.habits.interval;
            return Some(Due::Ask(target));
        }
        let given_up = self.asked.remove(&target)?;
        Some(Due::Unreachable(target, given_up.queue))
    }

    /// When `poll_due` will have something.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.asked.is_empty() {
            return None; // Nearly always, and asked for at every event.
        }
        core::hint::cold_path();
        self.asked.values().map(|asked| asked.next).min()
    }

    /// Some target is being resolved.
    pub fn is_asking(&self) -> bool {
        !self.asked.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::persona::PLAIN;
    use super::*;
    use std::net::Ipv4Addr;

    const DEAD: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
    const LIVE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
    const MAC: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);

    fn packet() -> Waiting {
        Waiting {
            buffer: vec![0; 34],
            cause: None,
        }
    }

    #[test]
    fn a_dead_neighbour_delays_nobody_else() {
        let mut neighbors = Neighbors::new(&PLAIN.arp);
        assert!(neighbors.wait(Instant::ZERO, DEAD, packet()));
        assert!(
            neighbors.wait(Instant::ZERO, LIVE, packet()),
            "asked at once"
        );
        let waited = neighbors.confirm(Instant::ZERO, LIVE, MAC, false);
        assert_eq!(waited.map(|waited| waited.len()), Some(1));
        let known = neighbors.lookup(Instant::ZERO, LIVE);
        assert_eq!(known.map(|(mac, _)| mac), Some(MAC));
    }

    #[test]
    fn three_requests_a_second_apart_then_unreachable() {
        let mut neighbors = Neighbors::new(&PLAIN.arp);
        neighbors.wait(Instant::ZERO, DEAD, packet());
        let mut story = Vec::new();
        while let Some(at) = neighbors.poll_timeout() {
            story.extend(neighbors.poll_due(at).map(|due| match due {
                Due::Ask(target) => format!("{at} ask {target}"),
                Due::Unreachable(target, lost) => format!("{at} {target} lost {}", lost.len()),
            }));
        }
        let expected = [
            "1.000000000 ask 10.0.0.9",
            "2.000000000 ask 10.0.0.9",
            "3.000000000 10.0.0.9 lost 1",
        ];
        assert_eq!(story, expected);
    }

    #[test]
    fn what_is_known_is_forgotten_after_its_lifetime() {
        let mut neighbors = Neighbors::new(&PLAIN.arp);
        neighbors.confirm(Instant::ZERO, LIVE, MAC, true);
        let later = Instant::ZERO + PLAIN.arp.lifetime;
        assert_eq!(neighbors.lookup(later, LIVE), None);
        let before = Instant::from_nanos(later.as_nanos() - 1);
        assert_eq!(neighbors.lookup(before, LIVE), Some((MAC, later)));
    }

    #[test]
    fn strangers_are_noted_only_when_they_ask_for_us() {
        let mut neighbors = Neighbors::new(&PLAIN.arp);
        let noted = neighbors.confirm(Instant::ZERO, LIVE, MAC, false);
        assert!(noted.is_none());
        assert_eq!(neighbors.lookup(Instant::ZERO, LIVE), None);
    }
}
