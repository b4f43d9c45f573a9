//! Urgent data: the URG flag and pointer on the segments that lead up to it (RFC 9293 §3.8.5).
//!
//! The stack knows nothing of urgency; the card marks its segments as they
//! leave. Whoever wrote the bytes says so here, and the segment with the last
//! of them is found by its PSH: smoltcp sets that where its queue ends.

use std::collections::BTreeMap;

use super::tcp_header::{TcpPacket, Tuple, flag};

/// Where the urgent data of one connection ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// In the queue still, with so many bytes written after it.
    Queued { behind: u32 },
    /// At this sequence number, the first that is not urgent.
    At(u32),
}

/// The connections on which urgent data has been written, until they are gone.
#[derive(Debug, Default)]
pub(super) struct Urgency {
    ends: BTreeMap<Tuple, End>,
}

impl Urgency {
    /// No connection has any.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The last byte that was written is urgent.
    pub fn mark(&mut self, tuple: Tuple) {
        self.ends.insert(tuple, End::Queued { behind: 0 });
    }

    /// So many ordinary bytes have been written.
    pub fn wrote(&mut self, tuple: &Tuple, count: usize) {
        if let Some(End::Queued { behind }) = self.ends.get_mut(tuple) {
            *behind = behind.wrapping_add(count as u32);
        }
    }

    /// The connection is gone.
    pub fn forget(&mut self, tuple: &Tuple) {
        self.ends.remove(tuple);
    }

    /// How many connections have urgent data.
    pub fn remembered(&self) -> usize {
        self.ends.len()
    }

    /// A segment leaves: while urgent data is before it or in it, it says so.
    pub fn egress(&mut self, tcp: &mut TcpPacket<'_>) {
        let Some(end) = self.ends.get_mut(&tcp.outgoing()) else {
            return;
        };
        let (flags, len) = (tcp.flags(), tcp.payload_len());
        if let End::Queued { behind } = *end
            && len > 0
            && flags & (flag::PSH | flag::FIN) != 0
        {
            let queue_ends = tcp.sequence().wrapping_add(len as u32);
            *end = End::At(queue_ends.wrapping_sub(behind));
        }
        let End::At(end) = *end else { return };
        match u16::try_from(end.wrapping_sub(tcp.sequence())) {
            Ok(pointer) if pointer > 0 && len > 0 => {
                tcp.set_flags(flags | flag::URG);
                tcp.set_urgent_pointer(pointer);
            }
            // All of it is behind us, or too far ahead to be told.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A segment from 10.2.0.2:1038 to 10.2.0.1:21.
    fn segment(sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
        let total = (40 + payload.len()) as u16;
        let mut packet = vec![0x45, 0];
        packet.extend(total.to_be_bytes());
        packet.extend([0, 1, 0x40, 0, 64, 6, 0, 0, 10, 2, 0, 2, 10, 2, 0, 1]);
        packet.extend([0x04, 0x0e, 0, 21]);
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 9, 0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        packet.extend(payload);
        packet
    }

    /// The urgent pointer that the segment leaves with; `None` without the flag.
    fn pointer(urgency: &mut Urgency, sequence: u32, flags: u8, payload: &[u8]) -> Option<u16> {
        let mut packet = segment(sequence, flags, payload);
        let mut tcp = TcpPacket::parse(&mut packet).unwrap();
        urgency.egress(&mut tcp);
        let urgent = tcp.flags() & flag::URG != 0;
        urgent.then(|| u16::from_be_bytes([packet[38], packet[39]]))
    }

    const PUSH: u8 = flag::ACK | flag::PSH;

    fn tuple() -> Tuple {
        Tuple {
            local: ([10, 2, 0, 2], 1038).into(),
            remote: ([10, 2, 0, 1], 21).into(),
        }
    }

    #[test]
    fn the_pointer_leads_past_the_last_urgent_byte() {
        let mut urgency = Urgency::default();
        assert_eq!(pointer(&mut urgency, 100, PUSH, b"NOOP\r\n"), None);
        urgency.mark(tuple());
        // The queue does not end here yet.
        assert_eq!(pointer(&mut urgency, 106, flag::ACK, b"\xff\xf4"), None);
        assert_eq!(pointer(&mut urgency, 108, PUSH, b"\xff\xf2"), Some(2));
        assert_eq!(pointer(&mut urgency, 110, PUSH, b"ABOR\r\n"), None);
        // All of it again, and an acknowledgement alone.
        let all = b"\xff\xf4\xff\xf2ABOR\r\n";
        assert_eq!(pointer(&mut urgency, 106, PUSH, all), Some(4));
        assert_eq!(pointer(&mut urgency, 106, flag::ACK, b""), None);
        urgency.forget(&tuple());
        assert_eq!(pointer(&mut urgency, 106, PUSH, all), None);
    }

    #[test]
    fn what_is_written_behind_it_is_not_urgent() {
        let mut urgency = Urgency::default();
        urgency.mark(tuple());
        urgency.wrote(&tuple(), 6);
        let at = u32::MAX - 1;
        assert_eq!(pointer(&mut urgency, at, PUSH, b"\xf2ABOR\r\n"), Some(1));
    }
}
