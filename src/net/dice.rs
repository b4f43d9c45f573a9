//! A bad cable's dice: loss, bursts of loss, duplicates, reordering, flipped bits, jitter.

use crate::rng::Stream;
use crate::time::{Duration, Instant};
use crate::units::Ratio;

/// Loss in bursts, after Gilbert and Elliott: a cable that is mostly good, and
/// sometimes bad for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// The chance, at each frame, that a good cable turns bad.
    pub begin: Ratio,
    /// The chance, at each frame, that a bad cable turns good.
    pub end: Ratio,
    /// The chance that a frame is lost while the cable is bad.
    pub loss: Ratio,
}

/// How bad the cables of a segment are. All of it happens on the receiver's
/// cable, after the segment's tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Impairments {
    /// A frame takes longer by up to this much, without overtaking another.
    pub jitter: Duration,
    /// The chance that a frame is lost.
    pub loss: Ratio,
    /// Loss in bursts, besides.
    pub burst: Option<Burst>,
    /// The chance that a frame arrives twice.
    pub duplicate: Ratio,
    /// The chance that a frame is held back while later ones overtake it.
    pub reorder: Ratio,
    /// For how long such a frame is held back; 1 ms if zero.
    pub reorder_by: Duration,
    /// The chance that one bit of a frame is flipped.
    pub corrupt: Ratio,
}

/// What befell a frame on one cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    Lost,
    LostInBurst,
    Duplicated,
    Reordered(Duration),
    /// This bit was flipped, counted from 0.
    Corrupted(u32),
}

/// The dice of one cable.
#[derive(Debug)]
pub(crate) struct Dice {
    rng: Stream,
    bad: bool,
    /// When the last frame arrived that was not held back.
    last: Instant,
}

impl Dice {
    pub fn new(rng: Stream) -> Dice {
        Dice {
            rng,
            bad: false,
            last: Instant::ZERO,
        }
    }

    /// Throws for a frame of `len` octets that would arrive at `arrival`:
    /// when it does, and what befell it.
    pub fn throw(
        &mut self,
        impairments: &Impairments,
        len: usize,
        arrival: Instant,
    ) -> (Instant, Vec<Mishap>) {
        let rng = &mut self.rng;
        let mut mishaps = Vec::new();
        if let Some(burst) = impairments.burst {
            let turn = if self.bad { burst.end } else { burst.begin };
            self.bad ^= rng.chance(turn);
            if self.bad && rng.chance(burst.loss) {
                return (arrival, vec![Mishap::LostInBurst]);
            }
        }
        if happens(rng, impairments.loss) {
            return (arrival, vec![Mishap::Lost]);
        }
        if happens(rng, impairments.corrupt) {
            mishaps.push(Mishap::Corrupted(rng.below(len as u64 * 8) as u32));
        }
        if happens(rng, impairments.duplicate) {
            mishaps.push(Mishap::Duplicated);
        }
        let mut arrival = arrival;
        if impairments.jitter > Duration::ZERO {
            arrival += rng.between(Duration::ZERO, impairments.jitter);
        }
        if happens(rng, impairments.reorder) {
            let by = match impairments.reorder_by {
                Duration::ZERO => Duration::from_millis(1),
                by => by,
            };
            mishaps.push(Mishap::Reordered(by));
            return (arrival + by, mishaps);
        }
        // A cable does not let one frame overtake another.
        let after_last = self.last + Duration::from_nanos(1);
        arrival = arrival.max(after_last);
        self.last = arrival;
        (arrival, mishaps)
    }
}

/// A chance of zero costs no throw: a scenario without loss draws nothing.
fn happens(rng: &mut Stream, chance: Ratio) -> bool {
    chance != Ratio::default() && rng.chance(chance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    fn lost(impairments: &Impairments, frames: u32) -> Vec<bool> {
        let mut dice = Dice::new(Seed(1).derive("cable"));
        (0..frames)
            .map(|_| !dice.throw(impairments, 60, Instant::ZERO).1.is_empty())
            .collect()
    }

    #[test]
    fn loss_is_as_often_as_it_is_meant_to_be() {
        let impairments = Impairments {
            loss: Ratio::parse("10%").expect("a ratio"),
            ..Impairments::default()
        };
        let count = lost(&impairments, 10_000).iter().filter(|l| **l).count();
        assert!((900..1100).contains(&count), "{count}");
    }

    #[test]
    fn bursts_come_in_runs() {
        let percent = |p: u32| Ratio::from_parts_per_billion(p * 10_000_000);
        let burst = Burst {
            begin: percent(1),
            end: percent(25),
            loss: Ratio::ONE,
        };
        let impairments = Impairments {
            burst: Some(burst),
            ..Impairments::default()
        };
        let lost = lost(&impairments, 20_000);
        let runs: Vec<usize> = lost
            .chunk_by(|a, b| a == b)
            .filter(|run| run[0])
            .map(<[bool]>::len)
            .collect();
        let mean_tenths = runs.iter().sum::<usize>() * 10 / runs.len();
        assert!(
            (30..50).contains(&mean_tenths),
            "{mean_tenths} tenths, not 40"
        );
    }

    #[test]
    fn jitter_never_lets_a_frame_overtake() {
        let impairments = Impairments {
            jitter: Duration::from_millis(5),
            ..Impairments::default()
        };
        let mut dice = Dice::new(Seed(1).derive("cable"));
        let mut last = Instant::ZERO;
        for i in 0..1000 {
            let due = Instant::ZERO + Duration::from_micros(100) * i;
            let (at, _) = dice.throw(&impairments, 60, due);
            assert!(at > last);
            last = at;
        }
    }
}
