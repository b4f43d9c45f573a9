//! Randomness: one ChaCha8 stream per component, derived from the seed and the component's name.
//!
//! Adding a host changes nobody else's dice, because no two components share a
//! stream. Distributions are written out here in integers: a library's may
//! change its draws between versions, and then the bytes of a trace would.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest, Sha256};

use crate::time::{Duration, duration_nanos};
use crate::units::Ratio;

/// The seed of a run. Printed with every result: the same scenario and the
/// same seed give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of the component `name` (`"host/client"`, `"link/lan"`).
    ///
    /// ```
    /// use wirelab::rng::Seed;
    /// let mut a = Seed(1).derive("host/client");
    /// let mut b = Seed(1).derive("host/server");
    /// assert_ne!(a.next_u64(), b.next_u64());
    /// ```
    pub fn derive(self, name: &str) -> Stream {
        let mut hash = Sha256::new();
        hash.update(self.0.to_le_bytes());
        hash.update(name.as_bytes());
        Stream {
            seed: hash.finalize().into(),
            generator: None,
        }
    }
}

impl Default for Seed {
    fn default() -> Seed {
        Seed(1)
    }
}

impl core::fmt::Display for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// A component's own source of randomness.
#[derive(Debug, Clone)]
pub struct Stream {
    seed: [u8; 32],
    /// It keeps blocks of draws ahead: whoever never draws has none.
    generator: Option<Box<ChaCha8Rng>>,
}

impl Stream {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.generator().next_u64()
    }

    fn generator(&mut self) -> &mut ChaCha8Rng {
        let seed = self.seed;
        self.generator
            .get_or_insert_with(|| Box::new(ChaCha8Rng::from_seed(seed)))
    }

    /// A number below `bound`, every one equally likely; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Draws above the largest multiple of `bound` are thrown away.
        let excess = (u64::MAX % bound + 1) % bound;
        loop {
            let draw = self.next_u64();
            if draw <= u64::MAX - excess {
                return draw % bound;
            }
        }
    }

    /// A duration from `low` to `high`, both included.
    pub fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let (low, high) = (duration_nanos(low), duration_nanos(high));
        let span = high.saturating_sub(low).saturating_add(1);
        Duration::from_nanos(low + self.below(span))
    }

    /// True with probability `ratio`.
    pub fn chance(&mut self, ratio: Ratio) -> bool {
        self.below(u64::from(Ratio::ONE.parts_per_billion())) < u64::from(ratio.parts_per_billion())
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.generator().fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These draws are part of the trace epoch: if they change, every trace does.
    #[test]
    fn draws_are_pinned() {
        let mut stream = Seed(1).derive("host/client");
        let draws = [stream.next_u64(), stream.next_u64()];
        assert_eq!(draws, PINNED);
    }
    const PINNED: [u64; 2] = [11774935890346015907, 14523069364060496456];

    #[test]
    fn bounds_hold() {
        let mut stream = Seed(7).derive("test");
        assert_eq!(stream.below(0), 0);
        assert!((0..1000).all(|_| stream.below(3) < 3));
        assert!((0..100).all(|_| !stream.chance(Ratio::default())));
        assert!((0..100).all(|_| stream.chance(Ratio::ONE)));
        let (low, high) = (Duration::from_millis(1), Duration::from_millis(2));
        assert!((0..100).all(|_| (low..=high).contains(&stream.between(low, high))));
        assert_eq!(stream.between(low, low), low);
    }
}
