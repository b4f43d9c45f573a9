//! Hardware addresses (IEEE 802).

use core::cmp::Ordering;
use core::fmt;

/// A 48-bit Ethernet address.
///
/// ```
/// use wirelab::wire::MacAddr;
/// let mac = MacAddr::parse("02:00:5e:10:00:01").unwrap();
/// assert_eq!(mac.to_string(), "02:00:5e:10:00:01");
/// assert!(!mac.is_multicast());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    /// All ones: every station.
    pub const BROADCAST: MacAddr = MacAddr([0xff; 6]);
    /// All zeros: the unknown target of an ARP request.
    pub const ZERO: MacAddr = MacAddr([0; 6]);

    /// The group bit is set: a multicast address, or the broadcast one.
    pub const fn is_multicast(self) -> bool {
        self.0[0] & 1 != 0
    }

    /// All ones.
    pub const fn is_broadcast(self) -> bool {
        matches!(self.0, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
    }

    /// Parses six hexadecimal octets separated by `:` or `-`.
    pub fn parse(text: &str) -> Option<MacAddr> {
        let mut octets = [0; 6];
        let mut parts = text.split([':', '-']);
        for octet in &mut octets {
            let part = parts
                .next()
                .filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()))?;
            *octet = u8::from_str_radix(part, 16).ok()?;
        }
        parts.next().is_none().then_some(MacAddr(octets))
    }
}

/// In the order of their octets. Compared as numbers, since every frame is
/// looked up by its address.
impl Ord for MacAddr {
    fn cmp(&self, other: &MacAddr) -> Ordering {
        let number = |MacAddr([a, b, c, d, e, f])| u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        number(*self).cmp(&number(*other))
    }
}

impl PartialOrd for MacAddr {
    fn partial_cmp(&self, other: &MacAddr) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_six_octets_and_nothing_else() {
        assert_eq!(
            MacAddr::parse("FF-ff-FF-ff-FF-ff"),
            Some(MacAddr::BROADCAST)
        );
        for bad in [
            "",
            "02:00:5e:10:00",
            "02:00:5e:10:00:01:02",
            "2:0:5e:10:0:1",
            "+2:00:5e:10:00:01",
        ] {
            assert_eq!(MacAddr::parse(bad), None, "{bad}");
        }
    }
}
