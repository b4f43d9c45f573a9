//! What an analyser must say of the built-in lessons about networks: tshark's own warnings, beside its TCP flags.

use wirelab::capture::{Format, Notes};

use crate::play;
use crate::tshark;

/// How many frames of a built-in's capture a display filter of tshark's selects.
fn count(name: &str, filter: &str) -> usize {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    play::with(name, 1, |played| {
        let out = file.as_file();
        let written = played.capture.write(out, Format::PcapNg, Notes::Keep);
        written.expect("room for a capture");
    });
    let out = std::process::Command::new("tshark")
        .arg("-r")
        .arg(file.path())
        .args(["-Y", filter])
        .output()
        .expect("tshark runs");
    assert!(out.status.success(), "tshark knows {filter}");
    String::from_utf8_lossy(&out.stdout).lines().count()
}

#[test]
fn tshark_says_what_the_notes_say() {
    if !tshark::is_there("tshark_says_what_the_notes_say") {
        return;
    }
    let cases = [
        ("arp-duplicate", "arp.duplicate-address-detected", 2),
        ("arp-spoofing", "arp.duplicate-address-detected", 4),
        ("arp", "arp.duplicate-address-detected", 0),
        ("tcp-zerowindow", "tcp.analysis.zero_window", 4),
        ("tcp-halfopen", "tcp.connection.rst", 2),
        ("traceroute", "icmp.type == 11", 4),
        ("dhcp-dns-ftp", "dhcp", 4),
        ("dhcp-dns-ftp", "dns.resp.name == \"ftp.example.test\"", 1),
        ("ftp-ipv6", "icmpv6.type == 135", 1),
        ("filters-blind", "vlan.id == 42", 38),
        ("filters-blind", "ip.opt.type == 148", 19),
        ("mtu-mismatch", "tcp.analysis.retransmission", 12),
        ("loss-twotaps", "tcp.analysis.lost_segment", 1),
        ("path-mtu", "icmp.mtu == 1400", 2),
        ("nat-active", "ftp.request.arg == \"192,168,1,2,4,15\"", 1),
    ];
    for (name, filter, expected) in cases {
        assert_eq!(count(name, filter), expected, "{name}: {filter}");
    }
}
