//! How long what one end sends takes to be acknowledged, seen from where the capture was made.

use super::stream::distance;
use crate::time::{Duration, Timestamp};

/// The round trips that were measured: how many, the shortest, the mean, the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoundTrips {
    count: u64,
    shortest: u64,
    longest: u64,
    sum: u128,
}

impl RoundTrips {
    /// How many were measured.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest.
    pub fn shortest(&self) -> Duration {
        Duration::from_nanos(self.shortest)
    }

    /// Their mean, rounded down to a nanosecond.
    pub fn mean(&self) -> Duration {
        let mean = self.sum.checked_div(self.count.into()).unwrap_or(0);
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest)
    }

    fn add(&mut self, nanos: u64) {
        self.shortest = if self.count == 0 {
            nanos
        } else {
            self.shortest.min(nanos)
        };
        self.longest = self.longest.max(nanos);
        self.sum += u128::from(nanos);
        self.count += 1;
    }
}

/// Times one segment after another. What was sent again is not timed: nobody
/// knows which of the copies is acknowledged (RFC 6298 §3).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    /// The sequence number after the segment that is timed, and when it was seen.
    timed: Option<(u32, Timestamp)>,
    pub(super) round_trips: RoundTrips,
}

impl Clock {
    /// This end sent something that ends there.
    pub(super) fn sent(&mut self, end: u32, at: Timestamp, is_new: bool) {
        if !is_new {
            self.timed = None;
        } else if self.timed.is_none() {
            self.timed = Some((end, at));
        }
    }

    /// The other end acknowledged everything before `ack`.
    pub(super) fn acknowledged(&mut self, ack: u32, at: Timestamp) {
        if let Some((end, sent_at)) = self.timed
            && distance(end, ack) >= 0
        {
            self.timed = None;
            let nanos = at.as_nanos().saturating_sub(sent_at.as_nanos());
            self.round_trips.add(nanos);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    #[test]
    fn one_at_a_time_and_none_that_was_repeated() {
        let mut clock = Clock::default();
        assert_eq!(clock.round_trips.mean(), Duration::from_nanos(0));
        clock.sent(u32::MAX, at(10), true);
        clock.sent(9, at(15), true);
        clock.acknowledged(u32::MAX - 1, at(20));
        assert_eq!(clock.round_trips.count(), 0, "not all of it");
        clock.acknowledged(9, at(40));
        clock.sent(20, at(50), true);
        clock.sent(20, at(60), false);
        clock.acknowledged(20, at(70));
        clock.sent(30, at(80), true);
        clock.acknowledged(30, at(91));
        let seen = clock.round_trips;
        assert_eq!(seen.count(), 2);
        let all = [seen.shortest(), seen.mean(), seen.longest()];
        assert_eq!(all, [11, 20, 30].map(Duration::from_nanos));
    }
}
