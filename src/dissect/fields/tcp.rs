//! Fields of TCP.

use super::defs::*;
use super::transport::verify;
use super::{FieldDef, Place, Value};
use crate::dissect::{Dissected, Segment, Verdicts};
use crate::wire::{Tcp, TcpFlags, TcpOption, ip_protocol};

pub(super) fn tcp(tcp: &Tcp<'_>, seen: &Dissected<'_>, mut at: Place<'_>) {
    let (from, to) = (tcp.source_port(), tcp.destination_port());
    let flags = tcp.flags();
    at.title(&TCP, format_args!("{from} > {to} [{flags}]"));
    at.number(
        &TCP_SRCPORT,
        0..2,
        from,
        format_args!("{}", port_words(from)),
    );
    at.number(&TCP_DSTPORT, 2..4, to, format_args!("{}", port_words(to)));
    if let Some(segment) = &seen.segment {
        numbers(tcp, segment, &mut at);
    }
    at.number(
        &TCP_SEQ_RAW,
        4..8,
        tcp.sequence(),
        format_args!("as it stands on the wire"),
    );
    at.number(
        &TCP_ACK_RAW,
        8..12,
        tcp.acknowledgement(),
        format_args!("as it stands on the wire"),
    );
    let len = tcp.header_len();
    let options = if len > Tcp::MIN_LEN {
        "with options"
    } else {
        "no options"
    };
    at.number(&TCP_HDR_LEN, 12..13, len as u64, format_args!("{options}"));
    bits(flags, &mut at);
    at.number(&TCP_WINDOW_VALUE, 14..16, tcp.window(), format_args!(""));
    if let Some(segment) = &seen.segment {
        let window = segment.window;
        at.number(
            &TCP_WINDOW,
            14..16,
            window,
            format_args!("so much may be sent unacknowledged"),
        );
    }
    at.number(
        &TCP_CHECKSUM,
        16..18,
        tcp.checksum(),
        format_args!("with the pseudo header"),
    );
    let status = verify(
        &seen.packet,
        at.start,
        ip_protocol::TCP,
        true,
        tcp.checksum(),
    );
    at.number(
        &TCP_CHECKSUM_STATUS,
        16..18,
        status.number(),
        format_args!("{}", status.words()),
    );
    let urgent = if flags.has(TcpFlags::URG) {
        "counts, since URG is set"
    } else {
        "does not count"
    };
    at.number(
        &TCP_URGENT,
        18..20,
        tcp.urgent_pointer(),
        format_args!("{urgent}"),
    );
    options_of(tcp, seen.segment.as_ref(), &mut at);
    if let Some(segment) = &seen.segment {
        verdicts(segment.verdicts, &mut at);
    }
    let payload = seen.packet.payload;
    if !payload.is_empty() {
        at.put(
            &TCP_PAYLOAD,
            len..len + payload.len(),
            Value::Bytes(payload),
            format_args!(""),
        );
    }
}

/// The numbers of a header that is cut behind its window.
pub(super) fn cut(head: &[u8; 16], at: &mut Place<'_>) {
    let [.., a, b, c, d, e, f, g, h, length, flags, w, x] = *head;
    let words = format_args!("as it stands on the wire");
    at.number(&TCP_SEQ_RAW, 4..8, u32::from_be_bytes([a, b, c, d]), words);
    let words = format_args!("as it stands on the wire");
    at.number(&TCP_ACK_RAW, 8..12, u32::from_be_bytes([e, f, g, h]), words);
    let words = format_args!("cut short");
    at.number(&TCP_HDR_LEN, 12..13, (length >> 4) * 4, words);
    bits(TcpFlags::of([length, flags]), at);
    let window = u16::from_be_bytes([w, x]);
    at.number(&TCP_WINDOW_VALUE, 14..16, window, format_args!(""));
}

fn port_words(port: u16) -> &'static str {
    match port {
        20 => "FTP data",
        21 => "FTP control",
        22 => "SSH",
        23 => "Telnet",
        25 => "SMTP",
        53 => "DNS",
        80 => "HTTP",
        443 => "HTTPS",
        _ => "",
    }
}

fn numbers(tcp: &Tcp<'_>, segment: &Segment, at: &mut Place<'_>) {
    let flags = tcp.flags();
    at.number(&TCP_STREAM, 0..0, segment.conversation.0, format_args!(""));
    at.number(&TCP_LEN, 0..0, segment.len, format_args!("bytes"));
    at.number(
        &TCP_SEQ,
        4..8,
        segment.sequence,
        format_args!("of the first byte here"),
    );
    let occupied =
        segment.len + u32::from(flags.has(TcpFlags::SYN)) + u32::from(flags.has(TcpFlags::FIN));
    let next = segment.sequence.wrapping_add(occupied);
    at.number(
        &TCP_NXTSEQ,
        4..8,
        next,
        format_args!("SYN and FIN count as one each"),
    );
    match segment.acknowledgement {
        Some(ack) => at.number(&TCP_ACK, 8..12, ack, format_args!("the next byte expected")),
        None => at.number(&TCP_ACK, 8..12, 0u8, format_args!("does not count")),
    }
}

/// What reading the frames before tells of this one; nothing, usually.
fn verdicts(verdicts: Verdicts, at: &mut Place<'_>) {
    if verdicts.is_empty() {
        return;
    }
    at.put(
        &TCP_ANALYSIS,
        0..0,
        Value::Text(b""),
        format_args!("{verdicts}"),
    );
    const FIELDS: [&FieldDef; 15] = [
        &TCP_RETRANSMISSION,
        &TCP_FAST_RETRANSMISSION,
        &TCP_SPURIOUS,
        &TCP_OUT_OF_ORDER,
        &TCP_REUSED,
        &TCP_LOST,
        &TCP_ACK_LOST,
        &TCP_WINDOW_UPDATE,
        &TCP_WINDOW_FULL,
        &TCP_KEEP_ALIVE,
        &TCP_KEEP_ALIVE_ACK,
        &TCP_PROBE,
        &TCP_ZERO_WINDOW,
        &TCP_PROBE_ACK,
        &TCP_DUPLICATE_ACK,
    ];
    for ((verdict, _, _), def) in Verdicts::ALL.into_iter().zip(FIELDS) {
        if verdicts.has_any(verdict) {
            at.flag(def, 0..0, true, "");
        }
    }
}

fn bits(flags: TcpFlags, at: &mut Place<'_>) {
    at.number(&TCP_FLAGS, 12..14, flags.0, format_args!("{flags}"));
    const BITS: [(&FieldDef, TcpFlags, &str); 9] = [
        (&TCP_AE, TcpFlags::AE, ""),
        (&TCP_CWR, TcpFlags::CWR, "the sender has slowed down"),
        (&TCP_ECE, TcpFlags::ECE, "a router was congested"),
        (&TCP_URG, TcpFlags::URG, "the urgent pointer counts"),
        (&TCP_ACK_FLAG, TcpFlags::ACK, "the acknowledgement counts"),
        (&TCP_PUSH, TcpFlags::PSH, "hand it to the application"),
        (
            &TCP_RESET,
            TcpFlags::RST,
            "there is no such connection, or no longer",
        ),
        (&TCP_SYN, TcpFlags::SYN, "opens the connection"),
        (&TCP_FIN, TcpFlags::FIN, "the sender has no more to say"),
    ];
    for (def, bit, words) in BITS {
        at.flag(def, 12..14, flags.has(bit), words);
    }
}

fn options_of(tcp: &Tcp<'_>, segment: Option<&Segment>, at: &mut Place<'_>) {
    let options = tcp.options();
    let all = options.bytes();
    if all.is_empty() {
        return;
    }
    let first = Tcp::MIN_LEN;
    at.put(
        &TCP_OPTIONS,
        first..first + all.len(),
        Value::Bytes(all),
        format_args!(""),
    );
    let mut rest = options;
    loop {
        let before = rest.bytes().len();
        let start = first + all.len() - before;
        let Some(option) = rest.next() else { return };
        let range = start..start + before - rest.bytes().len();
        match option {
            TcpOption::NoOperation => {}
            TcpOption::MaxSegmentSize(size) => {
                at.number(
                    &TCP_MSS,
                    range,
                    size,
                    format_args!("bytes it wants in a segment at most"),
                );
            }
            TcpOption::WindowScale(shift) => {
                let factor = 1u32 << shift.min(14);
                at.number(
                    &TCP_WSCALE,
                    range,
                    shift,
                    format_args!("windows count {factor} times"),
                );
            }
            TcpOption::SackPermitted => {
                at.flag(&TCP_SACK_PERM, range, true, "holes may be reported");
            }
            TcpOption::Sack(_) => {
                // Relative as the acknowledgement is: what they differ by is the same.
                let relative = |edge: u32| {
                    let ack = segment.and_then(|s| s.acknowledgement).unwrap_or(0);
                    edge.wrapping_sub(tcp.acknowledgement()).wrapping_add(ack)
                };
                for (left, right) in option.sack_blocks() {
                    let words = format_args!("has arrived, beyond a hole");
                    at.number(&TCP_SACK_LE, range.clone(), relative(left), words);
                    at.number(
                        &TCP_SACK_RE,
                        range.clone(),
                        relative(right),
                        format_args!(""),
                    );
                }
            }
            TcpOption::Timestamps { value, echo } => {
                at.number(
                    &TCP_TSVAL,
                    range.clone(),
                    value,
                    format_args!("the sender's clock"),
                );
                at.number(
                    &TCP_TSECR,
                    range,
                    echo,
                    format_args!("the clock it last heard"),
                );
            }
            TcpOption::Other { kind, .. } => {
                at.number(&TCP_OPTION_OTHER, range, kind, format_args!("kind {kind}"));
            }
        }
    }
}
