//! What differs between two captures, in the words of their protocols.

mod align;
mod frames;
mod sessions;

use core::fmt;

use crate::capture::Capture;

/// What may differ without being a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ignore {
    /// When frames were seen, and TCP's timestamps.
    pub time: bool,
    /// Initial sequence numbers, IP identifications, and checksums with them.
    pub isn: bool,
    /// Port numbers.
    pub ports: bool,
    /// Hardware addresses.
    pub macs: bool,
    /// IP addresses of packets; frames then find each other by who began the
    /// conversation. What is said of addresses, as by PORT, is still compared.
    pub addresses: bool,
}

impl Ignore {
    /// The names that [`parse`](Ignore::parse) knows.
    pub const NAMES: [&str; 5] = ["time", "isn", "ports", "macs", "addresses"];

    /// Adds what is named; `None` if the name is not known.
    pub fn parse(mut self, name: &str) -> Option<Ignore> {
        match name {
            "time" => self.time = true,
            "isn" => self.isn = true,
            "ports" => self.ports = true,
            "macs" => self.macs = true,
            "addresses" => self.addresses = true,
            _ => return None,
        }
        Some(self)
    }

    fn passes_over(self, name: &str) -> bool {
        let time = name.starts_with("frame.time") || name.starts_with("tcp.options.timestamp");
        let isn = matches!(name, "tcp.seq_raw" | "tcp.ack_raw" | "ip.id" | "ipv6.flow");
        let checksum = name.ends_with(".checksum");
        let port = name.ends_with("port") && (name.starts_with("tcp.") || name.starts_with("udp."));
        // Where ports differ, so do the words that name them.
        let said = name.starts_with("ftp.") && (name.ends_with(".port") || name.ends_with(".arg"));
        let mac = name.starts_with("eth.") || name.starts_with("arp.") && name.ends_with("hw_mac");
        let address = matches!(name, "ip.src" | "ip.dst" | "ipv6.src" | "ipv6.dst")
            || name.starts_with("arp.") && name.ends_with("proto_ipv4");
        (self.time && time)
            || (self.isn && isn)
            || (self.ports && (port || said))
            || (self.macs && mac)
            || (self.addresses && address)
            // A checksum differs because something else does.
            || ((self.isn || self.ports || self.time || self.addresses) && checksum)
            || name == "tcp.payload" || name == "tcp.options"
    }
}

/// What differs between two captures. It prints as one line for each
/// difference, and as nothing when there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// In the dialogues, session by session, in words.
    pub sessions: Vec<String>,
    /// In the frames: those that are missing or new, and the fields of those
    /// that changed.
    pub frames: Vec<String>,
    /// How many frames the captures have, in all, and how many are missing, new
    /// and changed; `None` if no frame differs.
    pub counts: Option<Counts>,
}

/// How many frames differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// The frames of the first capture.
    pub before: usize,
    /// The frames of the second one.
    pub after: usize,
    /// Those that only the first one has.
    pub missing: usize,
    /// Those that only the second one has.
    pub new: usize,
    /// Those that both have, with other fields.
    pub changed: usize,
}

impl Difference {
    /// Compares two captures.
    pub fn between(a: &Capture, b: &Capture, ignore: Ignore) -> Difference {
        let frames = frames::frames(a, b, ignore);
        let counts = Counts {
            before: a.frames.len(),
            after: b.frames.len(),
            missing: frames.missing,
            new: frames.new,
            changed: frames.changed,
        };
        let differs = counts.missing + counts.new + counts.changed > 0;
        Difference {
            sessions: sessions::sessions(a, b, ignore),
            frames: frames.lines,
            counts: differs.then_some(counts),
        }
    }

    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Difference::default()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.sessions.iter().chain(&self.frames) {
            writeln!(f, "{line}")?;
        }
        let Some(counts) = self.counts else {
            return Ok(());
        };
        let mut parts = Vec::new();
        for (count, what) in [
            (counts.missing, "missing"),
            (counts.new, "new"),
            (counts.changed, "changed"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let frames = |count| if count == 1 { "frame" } else { "frames" };
        let (before, after) = (counts.before, counts.after);
        if before == after {
            write!(f, "{before} {} in both", frames(before))?;
        } else {
            write!(f, "{before} {} became {after}", frames(before))?;
        }
        writeln!(f, ": {}", parts.join(", "))
    }
}

/// A frame's number in both captures.
fn number(a: u64, b: u64) -> String {
    if a == b {
        format!("frame {a}")
    } else {
        format!("frame {a}, now {b}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_differ_is_named() {
        let ignore = Ignore::default()
            .parse("time")
            .and_then(|i| i.parse("ports"));
        let ignore = ignore.unwrap();
        assert!(ignore.passes_over("frame.time_relative"));
        assert!(ignore.passes_over("tcp.srcport"));
        assert!(ignore.passes_over("tcp.checksum"));
        assert!(!ignore.passes_over("tcp.seq_raw"));
        assert!(
            Ignore::NAMES
                .iter()
                .all(|n| Ignore::default().parse(n).is_some())
        );
        assert_eq!(ignore.parse("colour"), None);
    }
}
