//! What a TCP segment is, seen after the ones before it: sent again, out of order, a probe.
//!
//! The questions are asked in Wireshark's order and with its thresholds
//! (`tcp.analysis.flags`), so that both say the same of a capture.

use core::fmt;

use super::stream::distance;
use crate::time::{Duration, Timestamp};
use crate::wire::TcpFlags;

/// An acknowledgement this soon after the third of its kind brings a fast
/// retransmission; later it is the timer.
const FAST: Duration = Duration::from_millis(20);
/// A segment that comes so soon after a later one was overtaken, not lost.
/// Replaced by the handshake's round trip once that is known.
const OVERTAKEN: Duration = Duration::from_millis(3);

/// What there is to say of a segment. Several things may be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdicts(u16);

impl Verdicts {
    /// It was sent before, and is sent again after a while.
    pub const RETRANSMISSION: Verdicts = Verdicts(1);
    /// It is sent again because of duplicate acknowledgements; a retransmission too.
    pub const FAST_RETRANSMISSION: Verdicts = Verdicts(1 << 1);
    /// It is sent again although it was acknowledged; a retransmission too.
    pub const SPURIOUS_RETRANSMISSION: Verdicts = Verdicts(1 << 2);
    /// A later segment overtook it.
    pub const OUT_OF_ORDER: Verdicts = Verdicts(1 << 3);
    /// It opens a new connection between the ends of an old one.
    pub const REUSED_PORTS: Verdicts = Verdicts(1 << 4);
    /// What should have come before it is not in the capture.
    pub const LOST_SEGMENT: Verdicts = Verdicts(1 << 5);
    /// It acknowledges what is not in the capture.
    pub const ACK_LOST_SEGMENT: Verdicts = Verdicts(1 << 6);
    /// It does nothing but change the window.
    pub const WINDOW_UPDATE: Verdicts = Verdicts(1 << 7);
    /// It fills the receiver's window to its end.
    pub const WINDOW_FULL: Verdicts = Verdicts(1 << 8);
    /// It asks whether the other end is still there.
    pub const KEEP_ALIVE: Verdicts = Verdicts(1 << 9);
    /// It answers that.
    pub const KEEP_ALIVE_ACK: Verdicts = Verdicts(1 << 10);
    /// It asks whether the window has opened.
    pub const ZERO_WINDOW_PROBE: Verdicts = Verdicts(1 << 11);
    /// Its sender cannot take anything.
    pub const ZERO_WINDOW: Verdicts = Verdicts(1 << 12);
    /// It answers a probe: not yet.
    pub const ZERO_WINDOW_PROBE_ACK: Verdicts = Verdicts(1 << 13);
    /// It acknowledges once more what was acknowledged already.
    pub const DUPLICATE_ACK: Verdicts = Verdicts(1 << 14);

    /// Every verdict with its name, which is Wireshark's behind `tcp.analysis.`,
    /// and its name for people.
    pub const ALL: [(Verdicts, &'static str, &'static str); 15] = [
        (Verdicts::RETRANSMISSION, "retransmission", "retransmission"),
        (
            Verdicts::FAST_RETRANSMISSION,
            "fast_retransmission",
            "fast retransmission",
        ),
        (
            Verdicts::SPURIOUS_RETRANSMISSION,
            "spurious_retransmission",
            "needless retransmission",
        ),
        (Verdicts::OUT_OF_ORDER, "out_of_order", "out of order"),
        (Verdicts::REUSED_PORTS, "reused_ports", "ports used again"),
        (
            Verdicts::LOST_SEGMENT,
            "lost_segment",
            "earlier segment missing",
        ),
        (
            Verdicts::ACK_LOST_SEGMENT,
            "ack_lost_segment",
            "acknowledges what was not captured",
        ),
        (Verdicts::WINDOW_UPDATE, "window_update", "window update"),
        (Verdicts::WINDOW_FULL, "window_full", "window full"),
        (Verdicts::KEEP_ALIVE, "keep_alive", "keep-alive"),
        (
            Verdicts::KEEP_ALIVE_ACK,
            "keep_alive_ack",
            "keep-alive answered",
        ),
        (
            Verdicts::ZERO_WINDOW_PROBE,
            "zero_window_probe",
            "zero window probe",
        ),
        (Verdicts::ZERO_WINDOW, "zero_window", "zero window"),
        (
            Verdicts::ZERO_WINDOW_PROBE_ACK,
            "zero_window_probe_ack",
            "zero window probe answered",
        ),
        (Verdicts::DUPLICATE_ACK, "duplicate_ack", "duplicate ACK"),
    ];

    /// Nothing is remarkable.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One of these is true of it.
    pub const fn has_any(self, others: Verdicts) -> bool {
        self.0 & others.0 != 0
    }

    /// The verdicts of both.
    const fn with(self, other: Verdicts) -> Verdicts {
        Verdicts(self.0 | other.0)
    }

    /// Those that are true, in the order of [`ALL`](Verdicts::ALL): names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = Verdicts::ALL.into_iter();
        all.filter(move |(v, ..)| self.has_any(*v))
            .map(|(_, name, _)| name)
    }

    pub(super) fn add(&mut self, other: Verdicts) {
        *self = self.with(other);
    }
}

/// The verdicts in words, separated by commas. Of a retransmission only the
/// kind is told, where it is known.
impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = Verdicts::FAST_RETRANSMISSION.with(Verdicts::SPURIOUS_RETRANSMISSION);
        let mut comma = "";
        for (verdict, _, words) in Verdicts::ALL {
            let is_told_better = verdict == Verdicts::RETRANSMISSION && self.has_any(kinds);
            if !self.has_any(verdict) || is_told_better {
                continue;
            }
            write!(f, "{comma}{words}")?;
            comma = ", ";
        }
        Ok(())
    }
}

/// What one end has done so far, as far as verdicts need it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct History {
    /// The highest sequence number sent, plus one, and when.
    next: Option<u32>,
    next_at: Timestamp,
    /// How far its sending is known without a hole.
    unbroken: Option<u32>,
    last_ack: Option<u32>,
    last_ack_at: Timestamp,
    duplicate_acks: u32,
    /// As sent, not scaled.
    window: Option<u16>,
    last: Verdicts,
    /// The last window came with a SYN and is not scaled.
    unscaled: bool,
}

/// A segment, as far as verdicts need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) flags: TcpFlags,
    pub(super) sequence: u32,
    pub(super) ack: u32,
    pub(super) window: u16,
    pub(super) len: u32,
    pub(super) at: Timestamp,
    /// The round trip of the handshake, once known.
    pub(super) round_trip: Option<Duration>,
    /// The shift of the other end's windows; `None` when its SYN was not seen.
    pub(super) other_scale: Option<u8>,
}

impl Sent {
    /// The sequence number after the segment; SYN and FIN count as one.
    fn end(&self) -> u32 {
        let opens_or_ends = self.flags.has_any(TcpFlags::SYN.with(TcpFlags::FIN));
        let occupied = self.len.wrapping_add(u32::from(opens_or_ends));
        self.sequence.wrapping_add(occupied)
    }
}

fn before(a: u32, b: u32) -> bool {
    distance(a, b) > 0
}

impl History {
    /// Judges a segment of the end whose history this is, and remembers it.
    pub(super) fn judge(&mut self, other: &mut History, sent: &Sent) -> Verdicts {
        let mut verdicts = Verdicts::default();
        let is_answered = self.forward(other, sent, &mut verdicts);
        if !is_answered && self.repeats(sent) && sent.window != 0 {
            self.duplicate_acks += 1;
            verdicts.add(Verdicts::DUPLICATE_ACK);
        }
        if self.last_ack != Some(sent.ack) {
            self.duplicate_acks = 0;
        }
        let acks = sent.flags.has(TcpFlags::ACK);
        if acks && other.unbroken.is_some_and(|known| before(known, sent.ack)) {
            verdicts.add(Verdicts::ACK_LOST_SEGMENT);
            // Once for each hole: Wireshark repeats it for the rest of the
            // conversation.
            other.unbroken = Some(sent.ack);
        }
        let occupies = sent.len > 0 || sent.flags.has_any(TcpFlags::SYN.with(TcpFlags::FIN));
        if occupies && !verdicts.has_any(Verdicts::KEEP_ALIVE) {
            verdicts.add(self.repetition(other, sent));
        }
        self.remember(sent, verdicts);
        verdicts
    }

    /// Holes, probes and windows. True when the segment is known to be an
    /// answer to a probe, and not to be asked about further.
    fn forward(&self, other: &mut History, sent: &Sent, verdicts: &mut Verdicts) -> bool {
        let opens_or_ends = TcpFlags::SYN.with(TcpFlags::FIN).with(TcpFlags::RST);
        let plain = !sent.flags.has_any(opens_or_ends);
        let is_next = self.next == Some(sent.sequence);
        if sent.len == 1 && is_next && other.window == Some(0) {
            verdicts.add(Verdicts::ZERO_WINDOW_PROBE);
            return true;
        }
        if sent.window == 0 && plain {
            verdicts.add(Verdicts::ZERO_WINDOW);
        }
        if let Some(next) = self.next
            && before(next, sent.sequence)
            && !sent.flags.has(TcpFlags::RST)
        {
            verdicts.add(Verdicts::LOST_SEGMENT);
        }
        let one_back = self.next.map(|next| next.wrapping_sub(1));
        if sent.len <= 1 && one_back == Some(sent.sequence) && plain {
            verdicts.add(Verdicts::KEEP_ALIVE);
        }
        let says_nothing_new = sent.len == 0 && is_next && self.last_ack == Some(sent.ack) && plain;
        if says_nothing_new && sent.window != 0 && self.window != Some(sent.window) {
            verdicts.add(Verdicts::WINDOW_UPDATE);
        }
        if sent.len > 0
            && plain
            && let (Some(scale), Some(window), Some(ack)) =
                (sent.other_scale, other.window, other.last_ack)
        {
            let shift = if other.unscaled { 0 } else { scale };
            let edge = ack.wrapping_add(u32::from(window) << shift);
            if sent.sequence.wrapping_add(sent.len) == edge {
                verdicts.add(Verdicts::WINDOW_FULL);
            }
        }
        if self.repeats(sent) && sent.window != 0 && other.last.has_any(Verdicts::KEEP_ALIVE) {
            verdicts.add(Verdicts::KEEP_ALIVE_ACK);
            return true;
        }
        // Some receivers take the byte that a probe brings.
        let took_it = self.last_ack.map(|ack| ack.wrapping_add(1)) == Some(sent.ack);
        if sent.len == 0
            && sent.window == 0
            && self.window == Some(0)
            && is_next
            && (self.last_ack == Some(sent.ack) || took_it)
            && other.last.has_any(Verdicts::ZERO_WINDOW_PROBE)
            && plain
        {
            verdicts.add(Verdicts::ZERO_WINDOW_PROBE_ACK);
            if took_it {
                other.next = Some(sent.ack);
                other.unbroken = Some(sent.ack);
            }
            return true;
        }
        false
    }

    /// The segment says exactly what this end's last one said.
    fn repeats(&self, sent: &Sent) -> bool {
        let opens_or_ends = TcpFlags::SYN.with(TcpFlags::FIN).with(TcpFlags::RST);
        sent.len == 0
            && self.window == Some(sent.window)
            && self.next == Some(sent.sequence)
            && self.last_ack == Some(sent.ack)
            && !sent.flags.has_any(opens_or_ends)
    }

    /// Of a segment with something in it: has it been sent before, and why again?
    fn repetition(&self, other: &History, sent: &Sent) -> Verdicts {
        let end = sent.end();
        let acked = other.last_ack.filter(|_| sent.len > 0);
        if acked.is_some_and(|ack| !before(ack, end)) {
            return Verdicts::RETRANSMISSION.with(Verdicts::SPURIOUS_RETRANSMISSION);
        }
        let Some(next) = self.next else {
            return Verdicts::default();
        };
        // What was a probe of one byte, sent on with all that follows it.
        let is_probe_grown = sent.len > 1 && next.wrapping_sub(1) == sent.sequence;
        let is_old = before(sent.sequence, next) && !is_probe_grown;
        if !is_old {
            return Verdicts::default();
        }
        if other.duplicate_acks >= 2
            && other.last_ack == Some(sent.sequence)
            && sent.at.since(other.last_ack_at) < FAST
        {
            return Verdicts::RETRANSMISSION.with(Verdicts::FAST_RETRANSMISSION);
        }
        let soon = sent.round_trip.unwrap_or(OVERTAKEN);
        if sent.at.since(self.next_at) < soon && next != end {
            return Verdicts::OUT_OF_ORDER;
        }
        Verdicts::RETRANSMISSION
    }

    fn remember(&mut self, sent: &Sent, verdicts: Verdicts) {
        let is_probe = verdicts.has_any(Verdicts::ZERO_WINDOW_PROBE);
        let end = sent.end();
        if !is_probe {
            if self.next.is_none_or(|next| before(next, end)) {
                self.next = Some(end);
                self.next_at = sent.at;
            }
            if self.unbroken.is_none_or(|known| known == sent.sequence) {
                self.unbroken = self.next;
            }
        }
        self.window = Some(sent.window);
        self.last_ack = sent.flags.has(TcpFlags::ACK).then_some(sent.ack);
        self.last_ack_at = sent.at;
        self.last = verdicts;
        self.unscaled = sent.flags.has(TcpFlags::SYN);
    }
}
