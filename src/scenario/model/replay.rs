//! A capture as a host: what once was recorded, sent again.

use core::fmt;

use schemars::JsonSchema;

use super::{Spanned, Table};
use crate::scenario::decode::{Decode, Decoder};
use crate::scenario::yaml::Node;
use crate::time::Duration;

/// A capture that a host plays instead of having a stack.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Replay {
    /// A capture in the scenario's own folder, by name, or one that comes with
    /// the program.
    pub file: Spanned<String>,
    /// When its first frame goes. At once unless given.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub start: Option<Spanned<Duration>>,
    /// How fast it is played: 2 takes half of the time. 1 unless given.
    #[schemars(with = "Option<super::super::schema::SpeedNumber>")]
    pub speed: Option<Spanned<Speed>>,
    /// Only what this sender sent: a hardware address, or an IP address.
    pub from: Option<Spanned<String>>,
    /// Hardware addresses that are others now: a host's name or an address for
    /// each that is in the capture.
    #[schemars(default)]
    pub macs: Table<Spanned<String>>,
}

impl Decode for Replay {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = node.value {
            return Some(Replay {
                file: Decode::decode(d, node)?,
                start: None,
                speed: None,
                from: None,
                macs: Table::default(),
            });
        }
        let mut f = d.fields("a `replay`", node)?;
        let file = f.req(d, "file");
        let (start, speed) = (f.opt(d, "start"), f.opt(d, "speed"));
        let (from, macs) = (f.opt(d, "from"), f.or_default(d, "macs"));
        f.finish(d);
        Some(Replay {
            file: file?,
            start,
            speed,
            from,
            macs,
        })
    }
}

/// How much faster than it was something goes, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed(pub u32);

impl Speed {
    /// Parses `2` and `0.5`: from a thousandth to a thousand times.
    fn parse(text: &str) -> Option<Speed> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > 3 {
            return None;
        }
        let whole: u32 = whole.parse().ok()?;
        let rest: u32 = format!("{rest:0<3}").parse().ok()?;
        let thousandths = whole.checked_mul(1000)?.checked_add(rest)?;
        (1..=1_000_000)
            .contains(&thousandths)
            .then_some(Speed(thousandths))
    }

    /// How long something takes that took `time`.
    pub fn scale(self, time: Duration) -> Duration {
        let nanos = time.as_nanos().saturating_mul(1000) / u128::from(self.0.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

impl Decode for Speed {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.word(
            "a speed such as 2 or 0.5, from 0.001 to 1000",
            node,
            Speed::parse,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds() {
        let second = Duration::from_secs(1);
        let parse = |text| Speed::parse(text).map(|speed| speed.scale(second));
        assert_eq!(parse("2"), Some(Duration::from_millis(500)));
        assert_eq!(parse("0.25"), Some(Duration::from_secs(4)));
        assert_eq!(parse("1000.0"), Some(Duration::from_millis(1)));
        for bad in ["", "0", ".5", "1001", "-1", "1e3", "0.0001", "fast"] {
            assert_eq!(Speed::parse(bad), None, "{bad}");
        }
    }
}
