//! Ephemeral ports, chosen as a persona chooses them.

use super::persona::PortHabit;
use crate::rng::Stream;

/// A host's supply of ephemeral ports.
#[derive(Debug)]
pub(super) struct Ports {
    habit: PortHabit,
    next: u16,
    rng: Stream,
}

impl Ports {
    /// Starts at `first`, if given; otherwise where the habit and the seed say.
    pub fn new(habit: PortHabit, first: Option<u16>, mut rng: Stream) -> Ports {
        let next = first.unwrap_or_else(|| match habit {
            PortHabit::Sequential(low, high) => pick(&mut rng, low, high),
            PortHabit::Random(..) => 0,
        });
        // A given start makes a random habit sequential: the author wants to
        // know the numbers.
        let habit = match (habit, first) {
            (PortHabit::Random(_, high), Some(first)) => PortHabit::Sequential(first, high),
            (habit, _) => habit,
        };
        Ports { habit, next, rng }
    }

    /// The next port that is not `taken`.
    pub fn next(&mut self, taken: impl Fn(u16) -> bool) -> u16 {
        // Every port of the range is tried at most once.
        for _ in 0..=u16::MAX {
            let port = match self.habit {
                PortHabit::Sequential(low, _) => {
                    let port = self.next;
                    self.next = port.checked_add(1).unwrap_or(low);
                    port
                }
                PortHabit::Random(low, high) => pick(&mut self.rng, low, high),
            };
            if port != 0 && !taken(port) {
                return port;
            }
        }
        self.next
    }
}

/// A port of the range, both ends included.
fn pick(rng: &mut Stream, low: u16, high: u16) -> u16 {
    let span = u64::from(high.saturating_sub(low)) + 1;
    low.saturating_add(rng.below(span) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    #[test]
    fn sequential_ports_skip_what_is_taken() {
        let habit = PortHabit::Sequential(1025, 1999);
        let mut ports = Ports::new(habit, Some(1038), Seed(1).derive("test"));
        assert_eq!(ports.next(|_| false), 1038);
        assert_eq!(ports.next(|port| port == 1039), 1040);
    }

    #[test]
    fn random_ports_stay_in_their_range() {
        let habit = PortHabit::Random(49152, 65535);
        let mut ports = Ports::new(habit, None, Seed(1).derive("test"));
        assert!((0..1000).all(|_| ports.next(|_| false) >= 49152));
    }
}
