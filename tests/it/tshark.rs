//! Runs tshark on a capture and reads what it says of each frame.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::say;

/// What Wireshark may flag in a TCP segment, without `tcp.analysis.`.
pub const FLAGS: &[&str] = &[
    "retransmission",
    "fast_retransmission",
    "spurious_retransmission",
    "out_of_order",
    "reused_ports",
    "lost_segment",
    "ack_lost_segment",
    "window_update",
    "window_full",
    "keep_alive",
    "keep_alive_ack",
    "zero_window_probe",
    "zero_window",
    "zero_window_probe_ack",
    "duplicate_ack",
];

const FIELDS: &[&str] = &[
    "frame.number",
    "frame.protocols",
    "ip.checksum.status",
    "tcp.checksum.status",
    "udp.checksum.status",
    "icmp.checksum.status",
    "_ws.malformed",
    "_ws.expert.severity",
    "tcp.analysis.flags",
    "ftp.request.command",
    "ftp.request.arg",
    "ftp.response.code",
    "ftp.response.arg",
    "tcp.stream",
    "tcp.payload",
];

/// Between the occurrences of a field: no text holds it.
const BETWEEN: char = '\x1f';

/// An error in Wireshark's expert information (epan/proto.h, `PI_ERROR`).
const SEVERITY_ERROR: &str = "8388608";

/// What tshark says of one frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub number: usize,
    /// `eth:ethertype:ip:tcp:ftp`
    pub protocols: String,
    /// The checksums that are wrong, or that it could not check.
    pub bad_checksums: Vec<&'static str>,
    pub malformed: bool,
    pub flags: BTreeSet<&'static str>,
    /// It flags this segment with something that [`FLAGS`] does not know.
    pub unknown_flag: bool,
    /// The first command in the segment: verb and argument.
    pub command: Option<(String, String)>,
    /// The codes and the texts of the lines of replies in it. The middle lines
    /// of a long reply may have no code.
    pub codes: Vec<String>,
    pub texts: Vec<String>,
    /// Which TCP conversation, counted from 0.
    pub stream: Option<u32>,
    /// What the TCP segment carries, in hexadecimal.
    pub payload: String,
}

impl Row {
    /// What no capture of ours may show, whatever it is about.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let outer = |name: &&str| matches!(*name, "ethertype" | "vlan");
        let layers = self.protocols.split(':').filter(|name| !outer(name));
        let layers: Vec<&str> = layers.collect();
        if !matches!(layers.as_slice(), ["eth", "arp" | "ip" | "ipv6", ..]) {
            wrong.push(format!("dissected only as {}", self.protocols));
        }
        let bad = self.bad_checksums.iter();
        wrong.extend(bad.map(|name| format!("the {name} checksum is wrong")));
        if self.malformed {
            wrong.push("malformed".to_string());
        }
        if self.unknown_flag {
            wrong.push("flagged, for a reason that this test does not know".to_string());
        }
        wrong
    }
}

/// Whether tshark can be run. With `WIRELAB_ORACLES=1` its absence is a failure.
pub fn is_there(test: &str) -> bool {
    let there = Command::new("tshark")
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !there {
        let required = std::env::var("WIRELAB_ORACLES").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "{test}: tshark is not installed, and WIRELAB_ORACLES=1 asks for it"
        );
        say(&format!("{test}: SKIPPED, tshark is not installed"));
    }
    there
}

/// Reads a capture with every checksum checked; `ftp_ports` are control ports other than 21.
pub fn read(capture: &Path, ftp_ports: &[u16]) -> Vec<Row> {
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(capture).args(["-n", "-T", "fields"]);
    for protocol in ["ip", "tcp", "udp"] {
        tshark
            .arg("-o")
            .arg(format!("{protocol}.check_checksum:TRUE"));
    }
    for port in ftp_ports.iter().filter(|port| **port != 21) {
        tshark.arg("-d").arg(format!("tcp.port=={port},ftp"));
    }
    tshark.args(["-E", "separator=/t", "-E", "occurrence=a", "-E"]);
    tshark.arg(format!("aggregator={BETWEEN}"));
    for field in FIELDS {
        tshark.args(["-e", field]);
    }
    for flag in FLAGS {
        tshark.arg("-e").arg(format!("tcp.analysis.{flag}"));
    }
    let output = tshark.output().expect("tshark runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}: {complaint}",
        capture.display()
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(row)
        .collect()
}

fn row(line: &str) -> Row {
    let mut values = line.split('\t');
    let mut next = || values.next().unwrap_or_default();
    let (number, protocols) = (next().parse().expect("a frame number"), next().to_string());
    // What an ICMP error quotes of a packet is cut, and tshark adds it up all the same.
    let quotes = [":icmp:ip", ":icmpv6:ipv6"];
    let quotes = quotes.iter().any(|layers| protocols.contains(layers));
    let mut bad_checksums = Vec::new();
    for name in ["ip", "tcp", "udp", "icmp"] {
        // 1 is "good", nothing is "no such header"; anything else is bad or unchecked.
        let depth = match name {
            "icmp" => 1,
            "tcp" | "udp" if quotes => 0,
            _ => usize::MAX,
        };
        if next()
            .split(BETWEEN)
            .take(depth)
            .any(|status| !matches!(status, "" | "1" | "Good"))
        {
            bad_checksums.push(name);
        }
    }
    let marked = !next().is_empty();
    let error = next()
        .split(BETWEEN)
        .any(|severity| severity == SEVERITY_ERROR);
    let flagged = !next().is_empty();
    let mut list = || -> Vec<String> {
        let value = next();
        if value.is_empty() {
            Vec::new()
        } else {
            value.split(BETWEEN).map(String::from).collect()
        }
    };
    let (verbs, arguments, codes, texts) = (list(), list(), list(), list());
    let (stream, payload) = (next().parse().ok(), next().to_string());
    let flags: BTreeSet<&str> = FLAGS
        .iter()
        .copied()
        .filter(|_| !next().is_empty())
        .collect();
    let verb = verbs.into_iter().next();
    Row {
        number,
        protocols,
        bad_checksums,
        malformed: marked || error && !quotes,
        unknown_flag: flagged && flags.is_empty(),
        flags,
        command: verb.map(|verb| (verb, arguments.into_iter().next().unwrap_or_default())),
        codes,
        texts,
        stream,
        payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read() {
        let clean = "7\teth:ethertype:ip:tcp:ftp\t1\t1\t\t\t\t\t\tUSER\tfred\t\t\t0\t";
        let row = row(clean);
        assert_eq!(row.command, Some(("USER".to_string(), "fred".to_string())));
        assert!(row.bad_checksums.is_empty() && !row.malformed && row.flags.is_empty());
    }

    #[test]
    fn what_is_wrong_is_seen() {
        let flagged = format!("{}1", "\t".repeat(FLAGS.len()));
        let bad = format!("7\teth:ip:tcp\t1\t0\t\t\tMalformed\t8388608\t1\t\t\t\t\t0\t{flagged}");
        let row = row(&bad);
        assert_eq!(row.bad_checksums, ["tcp"]);
        assert!(row.malformed);
        assert_eq!(row.flags.into_iter().collect::<Vec<_>>(), ["duplicate_ack"]);
        assert!(self::row("1\teth\t\t\t\t\t\t\t1").unknown_flag);
    }
}
