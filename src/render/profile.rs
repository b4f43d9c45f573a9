//! A Wireshark profile for the lab, as the files of its folder.
//!
//! The colours are the tones of our own views; a test has tshark read them.

use core::fmt::Write as _;

use crate::analyze::FILTERS;

/// How every file of the profile begins: what begins so may be written again.
pub const PROFILE_MARK: &str = "# Written by wirelab profile";

/// Colour rules, the first that holds wins: name, filter, paper and ink in
/// sixteen bits a colour.
const RULES: [(&str, &str, &str, &str); 10] = [
    (
        "Lab: FTP refuses",
        "ftp.response.code >= 400",
        "[65278,57825,57825]",
        "[39321,6939,6939]",
    ),
    (
        "Lab: reset",
        "tcp.flags.reset == 1",
        "[65278,57825,57825]",
        "[49858,16705,3084]",
    ),
    (
        "Lab: trouble on the way",
        "tcp.analysis.flags && !tcp.analysis.window_update && !tcp.analysis.keep_alive && !tcp.analysis.keep_alive_ack",
        "[65535,60909,54741]",
        "[39578,13364,4626]",
    ),
    (
        "Lab: checksum wrong",
        "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0",
        "[65535,60909,54741]",
        "[39578,13364,4626]",
    ),
    (
        "Lab: FTP command",
        "ftp.request == 1",
        "[56283,60138,65278]",
        "[7710,14906,35466]",
    ),
    (
        "Lab: FTP reply",
        "ftp.response == 1",
        "[56540,64764,59367]",
        "[5140,21331,11565]",
    ),
    (
        "Lab: FTP data",
        "ftp-data",
        "[60909,59881,65278]",
        "[19532,7453,38293]",
    ),
    (
        "Lab: ARP, ICMP, DNS, DHCP",
        "arp || icmp || icmpv6 || dns || dhcp",
        "[65278,62451,51143]",
        "[30840,13621,3855]",
    ),
    (
        "Lab: open and close",
        "tcp.flags.syn == 1 || tcp.flags.fin == 1",
        "[57825,59367,61680]",
        "[7710,10537,15163]",
    ),
    (
        "Lab: TCP",
        "tcp",
        "[63736,64250,64764]",
        "[18247,21845,26985]",
    ),
];

/// Buttons beside those of the catalogue: label, filter, what it finds.
const BUTTONS: [(&str, &str, &str); 6] = [
    (
        "Open and close",
        "tcp.flags.syn == 1 || tcp.flags.fin == 1 || tcp.flags.reset == 1",
        "How connections begin and end",
    ),
    (
        "Sent again",
        "tcp.analysis.retransmission",
        "Segments that were lost, or came too late",
    ),
    (
        "Trouble",
        "tcp.analysis.flags || tcp.flags.reset == 1",
        "Everything that TCP complains of",
    ),
    (
        "Refused",
        "tcp.flags.reset == 1 && tcp.seq == 1 && tcp.ack == 1",
        "A RST answers a SYN",
    ),
    (
        "Bad checksum",
        "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0",
        "Damaged on the way",
    ),
    (
        "Notes",
        "frame.comment",
        "Frames that the lab has something to say about",
    ),
];

/// The files of the profile: names and texts.
pub fn profile() -> Vec<(&'static str, String)> {
    vec![
        ("colorfilters", colours()),
        ("dfilter_buttons", buttons()),
        ("dfilters", filters()),
        ("preferences", preferences()),
    ]
}

fn headed(lines: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("{PROFILE_MARK}\n");
    for line in lines {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{line}");
    }
    text
}

fn colours() -> String {
    headed(RULES.map(|(name, filter, paper, ink)| format!("@{name}@{filter}@{paper}{ink}")))
}

/// Of each button: whether it is shown, its label, its filter, its comment.
fn buttons() -> String {
    let named = FILTERS
        .iter()
        .map(|filter| (filter.name, filter.wireshark, filter.about));
    headed(named.chain(BUTTONS).map(|(label, filter, about)| {
        format!(
            "\"TRUE\",{},{},{}",
            quoted(label),
            quoted(filter),
            quoted(about)
        )
    }))
}

/// Text in the quotes of Wireshark's tables, where a quote is `\x22`.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\x5c").replace('"', "\\x22"))
}

fn filters() -> String {
    let named = FILTERS
        .iter()
        .map(|filter| (filter.about, filter.wireshark));
    let others = BUTTONS.iter().map(|(_, filter, about)| (*about, *filter));
    headed(
        named
            .chain(others)
            .map(|(about, filter)| format!("\"{about}\" {filter}")),
    )
}

/// The columns, with one for the lab's note, and what makes traces of the lab
/// read as the book shows them.
fn preferences() -> String {
    let columns = [
        ("No.", "%m"),
        ("Time", "%t"),
        ("Source", "%s"),
        ("Destination", "%d"),
        ("Protocol", "%p"),
        ("Length", "%L"),
        ("Info", "%i"),
        ("Note", "%Cus:frame.comment:0:R"),
    ];
    let columns: Vec<String> = columns
        .iter()
        .map(|(title, format)| format!("\t\"{title}\", \"{format}\""))
        .collect();
    headed([
        format!("gui.column.format:\n{}", columns.join(",\n")),
        // The checksums of a simulated card are computed before the wire.
        "ip.check_checksum: TRUE".into(),
        "tcp.check_checksum: TRUE".into(),
        "udp.check_checksum: TRUE".into(),
        "tcp.relative_sequence_numbers: TRUE".into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::Filter;

    #[test]
    fn every_filter_is_ours_too() {
        let rules = RULES.iter().map(|(_, filter, ..)| *filter);
        for filter in rules.chain(BUTTONS.iter().map(|(_, filter, _)| *filter)) {
            assert!(Filter::parse(filter).is_ok(), "{filter}");
        }
    }

    #[test]
    fn quotes_are_written_as_tables_want_them() {
        assert_eq!(quoted("a == \"b\""), r#""a == \x22b\x22""#);
    }
}
