//! Display filters, beside those of tshark: the same frames pass, or we refuse.

use std::path::Path;
use std::process::Command;

use etherparse::{PacketBuilder, PacketBuilderStep, TcpOptionElement};
use serde_json::json;
use wirelab::analyze::Filter;
use wirelab::capture::Capture;
use wirelab::dissect::Dissector;

use crate::oracle_tshark::pcap_of;
use crate::support::say;
use crate::tshark;

/// What both understand.
const SAME: &[&str] = &[
    // Headers that are cut, and what lies behind a header.
    "tcp",
    "udp",
    "tcp.dstport == 21",
    "udp.srcport",
    "tcp.flags",
    "!tcp && ip",
    "tcp[13] & 2",
    "tcp[13:1] & 2",
    "tcp[10:4] & 00:00:00:02",
    "tcp[12:2] & f0 == 50",
    "tcp[13] != 02",
    "tcp[13] & 2 != 0",
    "tcp[20:4]",
    "tcp[20:4] == 02:04:05:b4",
    "tcp[20:4] == \"PORT\"",
    "tcp[20:4] & ff:ff != 00:00",
    "tcp[20:]",
    "tcp[24:]",
    "tcp[25] != 00",
    "tcp[32:4] == \"USER\"",
    "tcp[:20]",
    "tcp[-1]",
    "tcp[-1:] == 0a",
    "ip[20:2]",
    "icmp[8:3] == \"who\"",
    "icmp[-1] == \"?\"",
    "icmp contains \"is there\"",
    "udp[8:5] == \"hello\"",
    "eth[14]",
    // A layer is looked into with all that it carries.
    "tcp contains \"PORT\"",
    "tcp contains \"hello\"",
    "tcp contains 02:04:05:b4",
    "tcp contains 15",
    "tcp[0:20] contains 15",
    "tcp matches \"port\"",
    "ip contains \"hello\"",
    "ip contains \"padded\"",
    "eth contains \"padded\"",
    "udp contains \"hello\"",
    "ftp contains \"USER\"",
    "arp contains 02:00",
    "arp contains \"padded\"",
    "eth.src contains 02",
    "frame contains 5",
    "tcp.payload contains \"hello\"",
    "ftp.request.arg contains 10",
    "ftp.request.arg contains 31:30",
    "tcp matches \"\"",
    // Numbers.
    "tcp.dstport == 025",
    "tcp.dstport == 0x15",
    "tcp.dstport == 0X15",
    "tcp.dstport == 0b10101",
    "ip.ttl == 0100",
    "frame.len & 077",
    "frame.len in {074..0100}",
    "tcp[0xd] == 02",
    "tcp[015] == 02",
    "tcp[-010]",
    "tcp[0x2-0x3] == 00:15",
    "tcp[13] & 18 == 12",
    "tcp[13] == 18",
    "tcp.flags bitwise_and 2",
    "eth.dst[0] & 01",
    "ip.src[0:2] == 0a:02",
    // Sets and comparisons.
    "tcp.port in {20 .. 21}",
    "tcp.port in{20,21}",
    "tcp.port in {30..20}",
    "tcp.port not in {20, 21}",
    "not (tcp.port not in {20, 21})",
    "tcp.port any_eq 21",
    "tcp.port all_ne 21",
    "ftp.request.command in {\"P\"..\"Q\"}",
    "frame[54:4] != 50:4f:52:54",
    "frame[54:2] > 50",
    "frame[54:2] > 50:00:00",
    "tcp.payload < 50",
    "tcp.payload > 00:00:00:00:00:00:00:00:00:00:00:00",
    "ftp.request.arg > \"1\"",
    // Escapes.
    "frame contains \"\\0\"",
    "frame contains \"\\15\\n\"",
    "frame contains \"\\a\"",
    "frame contains \"\\x15\"",
    "frame contains r\"\\x50\"",
    "frame matches \"\\bPORT\"",
    "frame matches \"\\\\bPORT\"",
    "frame matches r\"\\bPORT\"",
    "ftp.request.arg matches r\"\\d+\"",
];

/// What tshark refuses, and so must we.
const REFUSED: &[&str] = &[
    "tcp[13:0]",
    "tcp[:0] == 00",
    "tcp[13-12]",
    "tcp[08]",
    "tcp[]",
    "tcp.port in {}",
    "tcp.port in {20 21}",
    "tcp.port in {20,}",
    "tcp.port in {20..}",
    "tcp.dstport == 09",
    "tcp.dstport == \"21\"",
    "ip.src == \"10.2.0.2\"",
    "eth.src == \"02:00:00:00:00:02\"",
    "frame.time_delta == \"1\"",
    "tcp.dstport[0]",
    "tcp.flags[1] & 2",
    "tcp.flags.syn[0]",
    "frame.time_relative[0]",
    "tcp.dstport contains 15",
    "ip.src contains 0a",
    "ip.src matches \"x\"",
    "tcp[13] & ff",
    "tcp.payload & ff == 50",
    "frame contains dc",
    "frame contains PORT",
    "frame contains 0x504f",
    "frame contains 1:2",
    "ftp.request.command == ftp",
    "ftp.request.command contains ftp",
    "ftp.request.arg matches \"\\d+\"",
    "frame contains \"\\400\"",
    "frame contains \"\\e\"",
    "(tcp[13] & 2) == 2",
];

/// What tshark does and we do not: refused, with what to write.
const TOLD: &[&str] = &[
    "tcp[12,13] == 50:18",
    "tcp[13] & 2 & 2",
    "ip.src & 255.0.0.0",
    "tcp contains \"\"",
    "frame contains ff",
    "tcp.srcport == tcp.dstport",
    "ftp.request.command == ftp.request.arg",
    "ip.addr ~= 10.2.0.1",
    "ip.addr === 10.2.0.1",
    "all ip.addr == 10.2.0.1",
    "frame[54] == 'P'",
    "len(tcp.payload) > 5",
];

fn udp_or_tcp() -> PacketBuilderStep<etherparse::IpHeaders> {
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]);
    builder.ipv4([10, 2, 0, 2], [10, 2, 0, 1], 64)
}

/// Frames of every kind that the filters ask about, and their lengths on the wire.
fn frames() -> Vec<(Vec<u8>, usize)> {
    let segment = |port: u16, seq: u32, options: &[TcpOptionElement], payload: &[u8]| {
        let builder = udp_or_tcp().tcp(1037, port, seq, 8760).ack(1);
        let builder = builder.options(options).expect("few options");
        let mut bytes = Vec::new();
        builder.write(&mut bytes, payload).expect("a frame");
        bytes
    };
    let mut syn = Vec::new();
    let mss = [TcpOptionElement::MaximumSegmentSize(1460)];
    let builder = udp_or_tcp().tcp(1037, 21, 1, 8760).syn();
    let builder = builder.options(&mss).expect("few options");
    builder.write(&mut syn, &[]).expect("a frame");
    let mut datagram = Vec::new();
    let builder = udp_or_tcp().udp(2000, 4000);
    builder.write(&mut datagram, b"hello").expect("a frame");
    let mut echo = Vec::new();
    let builder = udp_or_tcp().icmpv4_echo_request(1, 1);
    builder.write(&mut echo, b"who is there?").expect("a frame");
    let stamps = [TcpOptionElement::Timestamp(1, 2)];
    let mut padded = segment(21, 100, &[], b"");
    padded.extend(b"padded");
    let mut arp = vec![0xff; 6];
    arp.extend([2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
    arp.extend([2, 0, 0, 0, 0, 2, 10, 2, 0, 2, 0, 0, 0, 0, 0, 0, 10, 2, 0, 1]);
    arp.extend(b"padded");
    let mut all = vec![
        syn.clone(),
        segment(21, 2, &[], b"PORT 10,2,0,2,4,15\r\n"),
        segment(21, 22, &stamps, b"USER fred\r\n"),
        segment(9999, 1, &[], b"hello 21 world PORT"),
        datagram.clone(),
        echo,
        padded,
        arp,
    ];
    // Whole ones, and then what snap lengths leave of headers.
    let whole = all.len();
    all.extend((34..58).map(|len| syn[..len].to_vec()));
    all.extend((34..42).map(|len| datagram[..len].to_vec()));
    let wire = |(at, frame): (usize, Vec<u8>)| {
        let len = match at {
            _ if at < whole => frame.len(),
            _ if frame[23] == 6 => syn.len(),
            _ => datagram.len(),
        };
        (frame, len)
    };
    all.into_iter().enumerate().map(wire).collect()
}

/// The frames that pass tshark's filter, or that it refuses the filter.
fn theirs(path: &Path, filter: &str) -> Option<Vec<u64>> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(path).args(["-n", "-Y", filter]);
    command.args(["-T", "fields", "-e", "frame.number"]);
    let output = command.output().expect("tshark runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers = text.lines().map(|line| line.parse().expect("a number"));
    output.status.success().then(|| numbers.collect())
}

fn ours(capture: &Capture, filter: &str) -> Option<Vec<u64>> {
    let filter = Filter::parse(filter).ok()?;
    let mut dissector = Dissector::new();
    let passing = capture.frames().filter_map(|frame| {
        let seen = dissector.dissect(frame);
        filter.matches(&seen).then_some(seen.frame.number)
    });
    Some(passing.collect())
}

#[test]
fn filters_mean_what_they_mean_to_tshark() {
    if !tshark::is_there("filters_mean_what_they_mean_to_tshark") {
        return;
    }
    let pcap = pcap_of(&frames());
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), &pcap).expect("room for a capture");
    let (capture, _) = Capture::read(pcap.as_slice()).expect("a capture");
    let (mut wrong, mut found) = (Vec::new(), 0);
    for filter in SAME {
        let (ours, theirs) = (ours(&capture, filter), theirs(file.path(), filter));
        found += usize::from(ours.as_ref().is_some_and(|numbers| !numbers.is_empty()));
        if ours.is_none() || ours != theirs {
            wrong.push(json!([filter, ours, theirs]).to_string());
        }
    }
    for filter in REFUSED {
        let (ours, theirs) = (ours(&capture, filter), theirs(file.path(), filter));
        if ours.is_some() || theirs.is_some() {
            wrong.push(json!([filter, ours, theirs]).to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found * 2 > SAME.len(), "what finds nothing proves nothing");
    for filter in TOLD {
        let refused = Filter::parse(filter).expect_err(filter);
        assert!(refused.help.is_some(), "{refused}");
        assert!(theirs(file.path(), filter).is_some(), "{filter}");
    }
    let asked = SAME.len() + REFUSED.len() + TOLD.len();
    say(&format!("oracle: tshark was asked {asked} filters"));
}
