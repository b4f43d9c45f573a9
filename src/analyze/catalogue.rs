//! The filters that the article tells an analyst to build, each in four notations.
//!
//! As offsets they hold for Ethernet II, IPv4 without options and TCP without
//! options. Elsewhere they miss frames, or match data that merely begin with
//! the same bytes: [`Comparison`] counts both on a capture.

use core::fmt;

use super::Filter;
use crate::dissect::Dissected;

/// A filter of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedFilter {
    /// Its name.
    pub name: &'static str,
    /// What it is to find.
    pub about: &'static str,
    /// The field and its value, as one enters them into an analyser.
    pub offsets: &'static str,
    /// For tcpdump, right with any IP and TCP options.
    pub tcpdump: &'static str,
    /// For Wireshark, which understands the protocol; ours reads it too.
    pub wireshark: &'static str,
    /// The offsets in our language.
    pub ours: &'static str,
}

/// The article's six filters.
pub const FILTERS: [NamedFilter; 6] = [
    NamedFilter {
        name: "ftp",
        about: "FTP commands and replies",
        offsets: "source port (offset 34) or destination port (offset 36) is 21",
        tcpdump: "tcp port 21",
        wireshark: "tcp.port == 21",
        ours: "frame[34:2] == 00:15 || frame[36:2] == 00:15",
    },
    NamedFilter {
        name: "port",
        about: "PORT commands: who opens a port for data",
        offsets: "payload (offset 54) is 50 4f 52 54",
        tcpdump: "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x504f5254",
        wireshark: "ftp.request.command == \"PORT\"",
        ours: "frame[54:4] == 50:4f:52:54",
    },
    NamedFilter {
        name: "nlst",
        about: "NLST commands: who lists folders",
        offsets: "payload (offset 54) is 4e 4c 53 54",
        tcpdump: "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x4e4c5354",
        wireshark: "ftp.request.command == \"NLST\"",
        ours: "frame[54:4] == 4e:4c:53:54",
    },
    NamedFilter {
        name: "cwd",
        about: "CWD commands: who looks around",
        offsets: "payload (offset 54) is 43 57 44",
        tcpdump: "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x43574420",
        wireshark: "ftp.request.command == \"CWD\"",
        ours: "frame[54:3] == 43:57:44",
    },
    NamedFilter {
        name: "retr",
        about: "RETR and STOR commands: who moves files",
        offsets: "payload (offset 54) is 52 45 54 52 or 53 54 4f 52",
        tcpdump: "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x52455452 \
                  or tcp[((tcp[12] & 0xf0) >> 2):4] = 0x53544f52",
        wireshark: "ftp.request.command in {\"RETR\", \"STOR\"}",
        ours: "frame[54:4] == 52:45:54:52 || frame[54:4] == 53:54:4f:52",
    },
    NamedFilter {
        name: "negative",
        about: "negative replies: what went wrong",
        offsets: "payload (offset 54) begins with 34 or 35",
        tcpdump: "tcp src port 21 and (tcp[((tcp[12] & 0xf0) >> 2):1] = 0x34 \
                  or tcp[((tcp[12] & 0xf0) >> 2):1] = 0x35)",
        wireshark: "ftp.response.code >= 400",
        ours: "frame[54:1] == 34 || frame[54:1] == 35",
    },
];

/// The filter of that name.
pub fn find_filter(name: &str) -> Option<&'static NamedFilter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

/// The name, and the four notations below it.
impl fmt::Display for NamedFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.name, self.about)?;
        writeln!(f, "  offsets    {}", self.offsets)?;
        writeln!(f, "  tcpdump    {}", self.tcpdump)?;
        writeln!(f, "  Wireshark  {}", self.wireshark)?;
        writeln!(f, "  wirelab    {}", self.ours)
    }
}

/// How many frames are listed of those that offsets miss, or match wrongly.
const MAX_LISTED: usize = 10;

/// What a filter finds by its offsets, and what by understanding the frames.
#[derive(Debug)]
pub struct Comparison {
    filter: &'static NamedFilter,
    by_offsets: Filter,
    by_meaning: Filter,
    offsets: u64,
    meaning: u64,
    missed: Vec<u64>,
    wrong: Vec<u64>,
}

impl Comparison {
    /// Compares for that filter; `None` if the catalogue itself is wrong.
    pub fn new(filter: &'static NamedFilter) -> Option<Comparison> {
        Some(Comparison {
            filter,
            by_offsets: Filter::parse(filter.ours).ok()?,
            by_meaning: Filter::parse(filter.wireshark).ok()?,
            offsets: 0,
            meaning: 0,
            missed: Vec::new(),
            wrong: Vec::new(),
        })
    }

    /// Takes the next frame.
    pub fn note(&mut self, seen: &Dissected<'_>) {
        let by_offsets = self.by_offsets.matches(seen);
        let by_meaning = self.by_meaning.matches(seen);
        self.offsets += u64::from(by_offsets);
        self.meaning += u64::from(by_meaning);
        let list = match (by_offsets, by_meaning) {
            (false, true) => &mut self.missed,
            (true, false) => &mut self.wrong,
            _ => return,
        };
        if list.len() <= MAX_LISTED {
            list.push(seen.frame.number);
        }
    }
}

/// Both counts, and where they differ.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.filter.fmt(f)?;
        let (offsets, meaning) = (self.offsets, self.meaning);
        let plural = if offsets == 1 { "" } else { "s" };
        writeln!(
            f,
            "  finds      {offsets} frame{plural} by offsets, {meaning} by meaning"
        )?;
        for (what, frames) in [("missed", &self.missed), ("wrong", &self.wrong)] {
            if frames.is_empty() {
                continue;
            }
            let shown: Vec<String> = frames.iter().take(MAX_LISTED).map(u64::to_string).collect();
            let more = if frames.len() > MAX_LISTED {
                ", …"
            } else {
                ""
            };
            writeln!(
                f,
                "  {what:<9}  by offsets: frame{} {}{more}",
                if shown.len() == 1 { "" } else { "s" },
                shown.join(", ")
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_one() {
        for filter in &FILTERS {
            assert!(Comparison::new(filter).is_some(), "{}", filter.name);
            assert_eq!(find_filter(filter.name), Some(filter));
        }
    }
}
