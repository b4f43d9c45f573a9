//! Virtual time: instants of a run, dates of a capture, and durations as people write them.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
pub use core::time::Duration;

/// A point in virtual time: nanoseconds since the start of the run.
///
/// ```
/// use wirelab::time::{Duration, Instant};
/// let t = Instant::ZERO + Duration::from_millis(200);
/// assert_eq!(t.as_nanos(), 200_000_000);
/// assert_eq!(t - Instant::ZERO, Duration::from_millis(200));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The start of the run.
    pub const ZERO: Instant = Instant(0);
    /// Later than any event: what "never" compares as.
    pub const MAX: Instant = Instant(u64::MAX);

    /// The instant `nanos` nanoseconds after the start of the run.
    pub const fn from_nanos(nanos: u64) -> Instant {
        Instant(nanos)
    }

    /// Nanoseconds since the start of the run.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds since the start of the run, rounded down.
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The first of these times, of which some may never come.
    pub(crate) fn earliest<const N: usize>(times: [Option<Instant>; N]) -> Option<Instant> {
        // Asked at every event: a number for "never" compares without a branch.
        let nanos = |time: Option<Instant>| time.map_or(u64::MAX, |at| at.0);
        let first = times
            .into_iter()
            .fold(u64::MAX, |first, time| first.min(nanos(time)));
        (first < u64::MAX).then_some(Instant(first))
    }

    /// `nanos` nanoseconds later; saturates.
    pub(crate) const fn after_nanos(self, nanos: u64) -> Instant {
        Instant(self.0.saturating_add(nanos))
    }
}

/// Saturates at [`Instant::MAX`] instead of overflowing.
impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, rhs: Duration) -> Instant {
        Instant(self.0.saturating_add(duration_nanos(rhs)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, rhs: Duration) {
        *self = *self + rhs;
    }
}

/// The time between two instants; zero when the right one is later.
impl Sub for Instant {
    type Output = Duration;
    fn sub(self, rhs: Instant) -> Duration {
        self.since(rhs)
    }
}

/// Seconds with nine decimals: `1.500000000`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:09}",
            self.0 / 1_000_000_000,
            self.0 % 1_000_000_000
        )
    }
}

/// A duration in nanoseconds, saturating (a `u64` of them lasts 584 years).
pub const fn duration_nanos(duration: Duration) -> u64 {
    let nanos = duration.as_nanos();
    if nanos > u64::MAX as u128 {
        u64::MAX
    } else {
        nanos as u64
    }
}

/// A date on the clock of a capture: nanoseconds since 1970-01-01T00:00:00Z.
///
/// A run has no wall clock; its scenario says which date its instant 0 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// 2000-09-01T00:00:00Z, the date of instant 0 unless a scenario says otherwise.
    pub const DEFAULT_CLOCK: Timestamp = Timestamp(967_766_400_000_000_000);

    /// The date `nanos` nanoseconds after the Unix epoch.
    pub const fn from_nanos(nanos: u64) -> Timestamp {
        Timestamp(nanos)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    pub const fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The date at which `instant` falls when instant 0 falls on `self`.
    pub const fn at(self, instant: Instant) -> Timestamp {
        Timestamp(self.0.saturating_add(instant.as_nanos()))
    }

    /// Parses an RFC 3339 date such as `2024-03-01T09:00:00Z`; `None` outside 1970–2554.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let parsed: jiff::Timestamp = text.parse().ok()?;
        u64::try_from(parsed.as_nanosecond()).ok().map(Timestamp)
    }
}

/// The date in RFC 3339, UTC: `2000-09-01T00:00:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(t) => write!(f, "{t}"),
            Err(_) => write!(f, "{} ns since 1970", self.0),
        }
    }
}

/// The units of a duration, largest first, in nanoseconds.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Parses a duration as people write it: a number, decimals allowed, and a unit
/// (`ns`, `us`, `ms`, `s`, `min`, `h`). `None` if it is anything else or does
/// not fit in 64 bits of nanoseconds.
///
/// ```
/// use wirelab::time::{Duration, parse_duration};
/// assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
/// assert_eq!(parse_duration("200us"), Some(Duration::from_micros(200)));
/// assert_eq!(parse_duration("200"), None);
/// ```
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = crate::units::split_unit(text)?;
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    crate::units::scale_decimal(number, *scale).map(Duration::from_nanos)
}

/// Writes a duration in its largest unit that needs no more than three decimals.
///
/// ```
/// use wirelab::time::{Duration, format_duration};
/// assert_eq!(format_duration(Duration::from_millis(1500)), "1.5s");
/// assert_eq!(format_duration(Duration::from_micros(50)), "50us");
/// ```
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration_nanos(duration);
    if nanos == 0 {
        return "0s".into();
    }
    let (unit, scale) = UNITS[2..]
        .iter()
        .find(|(_, scale)| nanos >= *scale)
        .unwrap_or(&("ns", 1));
    let thousandths = u128::from(nanos) * 1000 / u128::from(*scale);
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    if rest == 0 {
        format!("{whole}{unit}")
    } else {
        let decimals = format!("{rest:03}");
        format!("{whole}.{}{unit}", decimals.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        assert_eq!(parse_duration("0s"), Some(Duration::ZERO));
        assert_eq!(parse_duration("2 min"), Some(Duration::from_secs(120)));
        assert_eq!(parse_duration("0.001us"), Some(Duration::from_nanos(1)));
        for bad in [
            "",
            "s",
            "1",
            "1.s",
            ".5s",
            "-1s",
            "1e3s",
            "1.5 parsecs",
            "999999999h",
        ] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn time_saturates() {
        assert_eq!(Instant::MAX + Duration::from_secs(1), Instant::MAX);
        assert_eq!(Instant::ZERO - Instant::MAX, Duration::ZERO);
        assert_eq!(
            Instant::from_nanos(1_500_000_000).to_string(),
            "1.500000000"
        );
    }

    #[test]
    fn the_default_clock_is_the_date_of_the_article() {
        assert_eq!(Timestamp::DEFAULT_CLOCK.to_string(), "2000-09-01T00:00:00Z");
        assert_eq!(
            Timestamp::parse("2000-09-01T00:00:00Z"),
            Some(Timestamp::DEFAULT_CLOCK)
        );
    }
}
