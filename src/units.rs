//! Rates, sizes and ratios as people write them, kept as integers.

use core::fmt;
use core::time::Duration;

/// Splits `1.5 MiB` into its number and its unit, both non-empty.
pub(crate) fn split_unit(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, unit) = text.split_at(end);
    (!number.is_empty()).then_some((number, unit.trim_start()))
}

/// `number` (digits, at most one inner point) times `scale`, exactly; digits
/// that would be less than one unit are refused.
pub(crate) fn scale_decimal(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) | Some(("", _)) => return None,
        Some(parts) => parts,
        None => (number, ""),
    };
    let digits_only = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !digits_only(whole) || !digits_only(fraction) || fraction.len() > 18 {
        return None;
    }
    let mut total = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    if !fraction.is_empty() {
        let tens = 10u128.pow(u32::try_from(fraction.len()).ok()?);
        let part = u128::from(fraction.parse::<u64>().ok()?) * u128::from(scale);
        if !part.is_multiple_of(tens) {
            return None;
        }
        total = total.checked_add(u64::try_from(part / tens).ok()?)?;
    }
    Some(total)
}

/// How fast a link sends: bits per second, never zero.
///
/// ```
/// use wirelab::units::Rate;
/// let rate = Rate::parse("10Mbps").unwrap();
/// assert_eq!(rate.time_for(1250).as_millis(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// A rate in bits per second; `None` for zero.
    pub const fn from_bits_per_second(bits: u64) -> Option<Rate> {
        if bits == 0 { None } else { Some(Rate(bits)) }
    }

    /// A rate in megabits (10^6) per second; at least one.
    pub const fn from_mbps(megabits: u32) -> Rate {
        let megabits = if megabits == 0 { 1 } else { megabits };
        Rate(megabits as u64 * 1_000_000)
    }

    /// Bits per second.
    pub const fn bits_per_second(self) -> u64 {
        self.0
    }

    /// How long `bytes` take on the wire, rounded up to a nanosecond.
    pub const fn time_for(self, bytes: u64) -> Duration {
        Duration::from_nanos(self.nanos_for(bytes))
    }

    /// The same in nanoseconds, which a wire counts in.
    pub(crate) const fn nanos_for(self, bytes: u64) -> u64 {
        // Bits times 10^9; in 64 bits wherever they suffice, which is much faster.
        if let Some(bits) = bytes.checked_mul(8 * 1_000_000_000) {
            return bits.div_ceil(self.0);
        }
        let nanos = (bytes as u128 * 8 * 1_000_000_000).div_ceil(self.0 as u128);
        if nanos > u64::MAX as u128 {
            u64::MAX
        } else {
            nanos as u64
        }
    }

    /// Parses `10Mbps`, `1.5 Gbps`, `64kbps`, `300bps` (powers of ten).
    pub fn parse(text: &str) -> Option<Rate> {
        let (number, unit) = split_unit(text)?;
        let scale = match unit {
            "bps" => 1,
            "kbps" => 1_000,
            "Mbps" => 1_000_000,
            "Gbps" => 1_000_000_000,
            _ => return None,
        };
        Rate::from_bits_per_second(scale_decimal(number, scale)?)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, scale) = match self.0 {
            b if b.is_multiple_of(1_000_000_000) => ("Gbps", 1_000_000_000),
            b if b.is_multiple_of(1_000_000) => ("Mbps", 1_000_000),
            b if b.is_multiple_of(1_000) => ("kbps", 1_000),
            _ => ("bps", 1),
        };
        write!(f, "{}{unit}", self.0 / scale)
    }
}

/// Parses a size in bytes: `512B`, `18KiB`, `2MiB`, `4GiB` (powers of 1024),
/// or `kB`, `MB`, `GB` (powers of 1000).
///
/// ```
/// assert_eq!(wirelab::units::parse_size("18KiB"), Some(18 * 1024));
/// ```
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let scale = match unit {
        "B" => 1,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    scale_decimal(number, scale)
}

/// A probability in parts per billion: an integer, so that the same dice fall
/// the same way on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ratio(u32);

impl Ratio {
    /// One whole: always.
    pub const ONE: Ratio = Ratio(1_000_000_000);

    /// `parts` in a billion, at most one whole.
    pub const fn from_parts_per_billion(parts: u32) -> Ratio {
        Ratio(if parts > 1_000_000_000 {
            1_000_000_000
        } else {
            parts
        })
    }

    /// Parts in a billion.
    pub const fn parts_per_billion(self) -> u32 {
        self.0
    }

    /// Parses a percentage from `0%` to `100%`, decimals allowed: `0.2%`.
    pub fn parse(text: &str) -> Option<Ratio> {
        let (number, unit) = split_unit(text)?;
        let parts = (unit == "%").then(|| scale_decimal(number, 10_000_000))??;
        u32::try_from(parts)
            .ok()
            .filter(|p| *p <= 1_000_000_000)
            .map(Ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(Rate::parse("10Mbps"), Some(Rate::from_mbps(10)));
        assert_eq!(
            Rate::parse("1.5kbps").map(Rate::bits_per_second),
            Some(1500)
        );
        assert_eq!(Rate::parse("0Mbps"), None);
        assert_eq!(Rate::parse("10MB"), None);
        assert_eq!(Rate::from_mbps(10).to_string(), "10Mbps");
        assert_eq!(Rate::from_mbps(10).time_for(64).as_nanos(), 51_200);
    }

    #[test]
    fn sizes_and_ratios() {
        assert_eq!(parse_size("2.5KiB"), Some(2560));
        assert_eq!(parse_size("1.0001KiB"), None);
        assert_eq!(parse_size("99999999999GiB"), None);
        assert_eq!(
            Ratio::parse("0.2%").map(Ratio::parts_per_billion),
            Some(2_000_000)
        );
        assert_eq!(Ratio::parse("100%"), Some(Ratio::ONE));
        assert_eq!(Ratio::parse("101%"), None);
    }
}
