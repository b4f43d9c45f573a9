//! A FIN that smoltcp would lose: one behind bytes that came before.
//!
//! A segment may hold bytes that have all arrived and a FIN that has not (it is
//! sent again whole, and only its head had got through). smoltcp measures it
//! without the FIN, finds it old, and acknowledges the bytes once more; RFC 9293
//! §3.10.7.4 has what is old trimmed away and the rest taken. Here the rest is
//! handed up by itself.

use super::ETHERNET_HEADER_LEN;
use super::tcp_header::{TcpPacket, flag};

/// The FIN alone of a segment that holds bytes before it, if the stack's
/// `reply` is an acknowledgement of exactly those bytes. `reply` has room for
/// an Ethernet header before it.
pub(super) fn unheard(segment: &[u8], reply: &mut [u8]) -> Option<Vec<u8>> {
    let reply = TcpPacket::parse(reply.get_mut(ETHERNET_HEADER_LEN..)?)?;
    let (flags, expected) = (reply.flags(), reply.acknowledgement());
    let mut segment = segment.to_vec();
    let mut tcp = TcpPacket::parse(&mut segment)?;
    let has_payload = tcp.payload_len() > 0;
    let end = tcp.skip_payload();
    let is_next = flags == flag::ACK && tcp.sequence() == expected;
    segment.truncate(end);
    (has_payload && is_next).then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4: &[u8] = &[
        0x45, 0, 0, 44, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 2, 0, 2, 10, 2, 0, 1,
    ];

    fn ipv6() -> Vec<u8> {
        let mut header = vec![0x60, 0, 0, 0, 0, 24, 6, 64];
        header.extend([0xfe; 32]);
        header
    }

    /// A segment with these numbers.
    fn segment(ip: &[u8], (sequence, acknowledged): (u32, u32), flags: u8, data: &[u8]) -> Vec<u8> {
        let mut packet = [ip, &[0x04, 0x0e, 0, 21]].concat();
        packet.extend(sequence.to_be_bytes());
        packet.extend(acknowledged.to_be_bytes());
        packet.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        packet.extend(data);
        packet
    }

    #[test]
    fn a_fin_behind_what_was_acknowledged_is_left_over() {
        for ip in [IPV4, &ipv6()] {
            let whole = segment(ip, (u32::MAX - 1, 7), flag::ACK | flag::FIN, b"last");
            let answer = |acknowledged, flags| {
                let packet = segment(ip, (7, acknowledged), flags, b"");
                let mut frame = [&[0; ETHERNET_HEADER_LEN], &packet[..]].concat();
                // A packet is as long as it says.
                if ip == IPV4 {
                    frame[ETHERNET_HEADER_LEN + 3] = 40;
                } else {
                    frame[ETHERNET_HEADER_LEN + 5] = 20;
                }
                frame
            };
            let mut left = unheard(&whole, &mut answer(2, flag::ACK)).expect("a FIN");
            assert_eq!(left.len(), ip.len() + 20);
            let fin = TcpPacket::parse(&mut left).expect("a whole packet");
            assert_eq!((fin.sequence(), fin.payload_len()), (2, 0));
            assert_eq!(fin.flags(), flag::ACK | flag::FIN);
            // Bytes are missing, or the FIN came too, or the connection is gone.
            for (acknowledged, flags) in [(1, flag::ACK), (3, flag::ACK), (2, flag::RST)] {
                assert_eq!(unheard(&whole, &mut answer(acknowledged, flags)), None);
            }
            let mut bare = segment(ip, (2, 7), flag::ACK | flag::FIN, b"");
            bare[if ip == IPV4 { 3 } else { 5 }] -= 4;
            assert_eq!(unheard(&bare, &mut answer(2, flag::ACK)), None);
        }
    }
}
