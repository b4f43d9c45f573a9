//! A TCP conversation: its ends, its relative numbers, what passed, how it ended.

use std::net::SocketAddr;

use super::flow::Direction;
use super::round_trip::{Clock, RoundTrips};
use super::stream::distance;
use super::transfer::TransferId;
use super::verdict::{History, Sent, Verdicts};
use crate::time::{Duration, Timestamp};
use crate::wire::{Tcp, TcpFlags, TcpOption};

/// Which TCP conversation of a capture, counted from 0 in order of appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub u32);

/// One TCP conversation.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Which one.
    pub id: ConversationId,
    /// The end that opened it, as far as can be told.
    pub client: SocketAddr,
    /// The other one.
    pub server: SocketAddr,
    /// Whether its SYN was captured: else who opened it is a guess.
    pub from_the_start: bool,
    /// The number of its first frame.
    pub first_frame: u64,
    /// The number of its last frame so far.
    pub last_frame: u64,
    /// When its first frame was seen.
    pub began: Timestamp,
    /// When its last frame so far was seen.
    pub last_at: Timestamp,
    /// The FTP transfer whose data connection it is.
    pub transfer: Option<TransferId>,
    /// From the SYN to the acknowledgement that completes the handshake.
    pub round_trip: Option<Duration>,
    /// When its last SYN was seen.
    syn_at: Option<Timestamp>,
    /// It has the ends of an earlier conversation, and this is its first segment.
    reuses_ports: bool,
    sides: [Side; 2],
}

/// What an end's SYN says of the scale of its windows (RFC 7323 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Scale {
    /// It has not been seen, or not its options to their end.
    #[default]
    Unknown,
    /// It does without.
    Without,
    /// They are shifted so far.
    By(u8),
}

/// What is known of one end's sending.
#[derive(Debug, Clone, Copy, Default)]
pub struct Side {
    /// The sequence number that is shown as 0.
    base: Option<u32>,
    /// Frames sent.
    pub frames: u64,
    /// Bytes of payload sent, repeats included.
    pub payload_sent: u64,
    /// How far the sender has got, relative to its base, SYN and FIN counted.
    highest: u64,
    /// Its SYN has been seen.
    pub syn: bool,
    /// Its FIN has been seen.
    pub fin: bool,
    /// Its RST has been seen.
    pub rst: bool,
    /// The shift of its windows, from its SYN.
    window_scale: Scale,
    /// Segments sent again.
    pub repeated: u64,
    /// The time to live of its first packet.
    hops: Option<u8>,
    clock: Clock,
    history: History,
}

impl Side {
    /// Its initial sequence number, if its SYN was captured.
    pub fn initial_sequence(&self) -> Option<u32> {
        self.base.filter(|_| self.syn)
    }

    /// How long what it sent took to be acknowledged.
    pub fn round_trips(&self) -> RoundTrips {
        self.clock.round_trips
    }

    /// The bytes of payload that it sent, each counted once.
    pub fn bytes(&self) -> u64 {
        // The base is one before the first byte, SYN or no SYN.
        let extra = 1 + u64::from(self.fin);
        self.highest.saturating_sub(extra)
    }
}

/// How a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A SYN, and nothing in return.
    Unanswered,
    /// A RST answered the SYN.
    Refused,
    /// Under way.
    Open,
    /// Both sides have sent their FIN.
    Closed,
    /// A RST ended it.
    Reset,
}

/// What a segment says, in the conversation's own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Which way.
    pub direction: Direction,
    /// Its sequence number, relative.
    pub sequence: u32,
    /// Its acknowledgement number, relative; `None` without ACK.
    pub acknowledgement: Option<u32>,
    /// Its window in bytes.
    pub window: u32,
    /// The bytes of payload in it, as sent.
    pub len: u32,
    /// What it is, seen after those before it. Nothing is said of a segment whose header
    /// was cut short: Wireshark flags none that it cannot read to the end of its options.
    pub verdicts: Verdicts,
    /// It was sent before, as [`Verdicts::RETRANSMISSION`] says where a header is whole.
    pub is_repeated: bool,
    /// Its time to live is not that of its sender's first packet.
    pub other_hops: bool,
}

impl Conversation {
    pub(super) fn new(
        id: ConversationId,
        from: SocketAddr,
        to: SocketAddr,
        flags: TcpFlags,
        frame: u64,
        at: Timestamp,
    ) -> Conversation {
        let (client, server) = match (flags.has(TcpFlags::SYN), flags.has(TcpFlags::ACK)) {
            (true, false) => (from, to),
            (true, true) => (to, from),
            // Joined in the middle: servers have the lower ports, usually.
            _ if from.port() < to.port() => (to, from),
            _ => (from, to),
        };
        Conversation {
            id,
            client,
            server,
            from_the_start: flags.has(TcpFlags::SYN),
            first_frame: frame,
            last_frame: frame,
            began: at,
            last_at: at,
            transfer: None,
            round_trip: None,
            syn_at: None,
            reuses_ports: false,
            sides: [Side::default(); 2],
        }
    }

    /// The direction of what `from` sends.
    pub fn direction(&self, from: SocketAddr) -> Direction {
        if from == self.client {
            Direction::FromClient
        } else {
            Direction::FromServer
        }
    }

    /// The end that sends in this direction.
    pub fn sender(&self, direction: Direction) -> SocketAddr {
        match direction {
            Direction::FromClient => self.client,
            Direction::FromServer => self.server,
        }
    }

    /// One of its ends uses this port.
    pub fn uses_port(&self, port: u16) -> bool {
        self.client.port() == port || self.server.port() == port
    }

    /// What is known of the end that sends in this direction.
    pub fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::FromClient => &self.sides[0],
            Direction::FromServer => &self.sides[1],
        }
    }

    fn side_mut(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::FromClient => &mut self.sides[0],
            Direction::FromServer => &mut self.sides[1],
        }
    }

    /// Bytes of payload, each counted once, in this direction.
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.side(direction).bytes()
    }

    /// How it stands.
    pub fn state(&self) -> State {
        let [client, server] = &self.sides;
        if server.rst && client.syn && !server.syn && server.bytes() == 0 {
            State::Refused
        } else if client.rst || server.rst {
            State::Reset
        } else if client.fin && server.fin {
            State::Closed
        } else if server.frames == 0 && client.syn {
            State::Unanswered
        } else {
            State::Open
        }
    }

    /// Nothing more is to come.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state(), State::Closed | State::Reset | State::Refused)
    }

    /// The segment opens another conversation between the same ends: a SYN
    /// with another initial sequence number.
    pub(super) fn is_succeeded_by(&self, from: SocketAddr, tcp: &Tcp<'_>) -> bool {
        let flags = tcp.flags();
        let side = self.side(self.direction(from));
        flags.has(TcpFlags::SYN)
            && !flags.has(TcpFlags::ACK)
            && side.base.is_some_and(|base| base != tcp.sequence())
    }

    /// Takes note of a segment, and puts it in the conversation's own numbers.
    pub(super) fn note(
        &mut self,
        direction: Direction,
        tcp: &Tcp<'_>,
        len: u32,
        hops: u8,
        frame: u64,
        at: Timestamp,
    ) -> Segment {
        let flags = tcp.flags();
        let (syn, ack) = (flags.has(TcpFlags::SYN), flags.has(TcpFlags::ACK));
        self.last_frame = frame;
        self.last_at = at;

        let verdicts = self.judge(direction, tcp, len, at);

        // What is acknowledged tells the other side's numbers, if nothing did.
        // An ACK number without the ACK bit tells nothing.
        let other = self.side_mut(direction.opposite());
        if ack {
            other
                .base
                .get_or_insert(tcp.acknowledgement().wrapping_sub(1));
            other.clock.acknowledged(tcp.acknowledgement(), at);
        }
        let other_base = other.base.unwrap_or(0);
        // An end whose SYN does not offer scaling does without it, and the
        // other one must as well (RFC 7323 §2.2).
        let other_refuses = other.window_scale == Scale::Without;

        let side = self.side_mut(direction);
        let first = if syn {
            tcp.sequence()
        } else {
            tcp.sequence().wrapping_sub(1)
        };
        let base = *side.base.get_or_insert(first);
        side.frames += 1;
        side.payload_sent += u64::from(len);
        side.syn |= syn;
        side.fin |= flags.has(TcpFlags::FIN);
        side.rst |= flags.has(TcpFlags::RST);
        if syn {
            let offered = tcp.options().find_map(|option| match option {
                // RFC 7323 §2.3: more than 14 counts as 14.
                TcpOption::WindowScale(shift) => Some(Scale::By(shift.min(14))),
                _ => None,
            });
            side.window_scale = offered.unwrap_or(match tcp.has_whole_header() {
                true => Scale::Without,
                false => Scale::Unknown,
            });
        }
        let relative = tcp.sequence().wrapping_sub(base);
        let occupied = u64::from(len) + u64::from(syn) + u64::from(flags.has(TcpFlags::FIN));
        let is_repeated = verdicts.has_any(Verdicts::RETRANSMISSION);
        side.repeated += u64::from(is_repeated);
        if !flags.has(TcpFlags::RST) {
            let is_new = side.reach(base, tcp.sequence(), occupied);
            if occupied > 0 {
                let end = tcp
                    .sequence()
                    .wrapping_add(u32::try_from(occupied).unwrap_or(0));
                side.clock.sent(end, at, is_new && !is_repeated);
            }
        }
        let other_hops = *side.hops.get_or_insert(hops) != hops;
        let shift = match side.window_scale {
            Scale::By(shift) if !syn && !other_refuses => shift,
            _ => 0,
        };
        Segment {
            conversation: self.id,
            direction,
            sequence: relative,
            acknowledgement: ack.then(|| tcp.acknowledgement().wrapping_sub(other_base)),
            window: u32::from(tcp.window()) << shift,
            len,
            verdicts: match tcp.has_whole_header() {
                true => verdicts,
                false => Verdicts::default(),
            },
            is_repeated,
            other_hops,
        }
    }

    fn judge(&mut self, direction: Direction, tcp: &Tcp<'_>, len: u32, at: Timestamp) -> Verdicts {
        let flags = tcp.flags();
        let (syn, ack) = (flags.has(TcpFlags::SYN), flags.has(TcpFlags::ACK));
        let [client, server] = &mut self.sides;
        let (own, other) = match direction {
            Direction::FromClient => (client, server),
            Direction::FromServer => (server, client),
        };
        let is_open = own.syn || syn;
        let sent = Sent {
            flags,
            sequence: tcp.sequence(),
            ack: tcp.acknowledgement(),
            window: tcp.window(),
            len,
            at,
            round_trip: self.round_trip,
            // No scaling in a SYN is as good as a scale of nothing.
            other_scale: match other.window_scale {
                Scale::Unknown => None,
                Scale::Without => is_open.then_some(0),
                Scale::By(shift) => is_open.then_some(shift),
            },
        };
        let mut verdicts = own.history.judge(&mut other.history, &sent);
        if std::mem::take(&mut self.reuses_ports) {
            verdicts.add(Verdicts::REUSED_PORTS);
        }
        match (syn, ack) {
            (true, false) => self.syn_at = Some(at),
            (false, true) if self.round_trip.is_none() => {
                self.round_trip = self.syn_at.map(|syn_at| at.since(syn_at));
            }
            _ => {}
        }
        verdicts
    }

    /// It has the ends of an earlier conversation.
    pub(super) fn reuses_ports(&mut self) {
        self.reuses_ports = true;
    }
}

impl Side {
    /// Takes note that the sender has sent `len` sequence numbers from there on;
    /// true if some of them are new.
    fn reach(&mut self, base: u32, sequence: u32, len: u64) -> bool {
        // The nearest position to the highest known one: streams of more than
        // 4 GiB wrap.
        let low = u32::try_from(self.highest & u64::from(u32::MAX)).unwrap_or(0);
        let ahead = distance(base.wrapping_add(low), sequence);
        let end = self
            .highest
            .saturating_add_signed(ahead)
            .saturating_add(len);
        let is_new = end > self.highest;
        self.highest = self.highest.max(end);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(sequence: u32, ack: u32, flags: u16) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[4..8].copy_from_slice(&sequence.to_be_bytes());
        bytes[8..12].copy_from_slice(&ack.to_be_bytes());
        bytes[12..14].copy_from_slice(&(0x5000 | flags).to_be_bytes());
        bytes
    }

    fn talk(
        segments: &[(Direction, u32, u32, u16, u32)],
    ) -> (Conversation, Vec<(u32, Option<u32>)>) {
        let client = "10.2.0.2:1038".parse().unwrap();
        let server = "10.2.0.1:21".parse().unwrap();
        let at = Timestamp::default();
        let flags = TcpFlags(segments[0].3);
        let mut talk = Conversation::new(ConversationId(0), client, server, flags, 1, at);
        let mut seen = Vec::new();
        for (direction, sequence, ack, flags, len) in segments {
            let bytes = segment(*sequence, *ack, *flags);
            let tcp = Tcp::new(&bytes).unwrap();
            let s = talk.note(*direction, &tcp, *len, 64, 1, at);
            seen.push((s.sequence, s.acknowledgement));
        }
        (talk, seen)
    }

    use Direction::{FromClient, FromServer};
    const SYN: u16 = 2;
    const ACK: u16 = 16;
    const FIN: u16 = 1;
    const RST: u16 = 4;

    #[test]
    fn relative_numbers_and_bytes() {
        let (talk, seen) = talk(&[
            (FromClient, u32::MAX, 0, SYN, 0),
            (FromServer, 500, 0, SYN | ACK, 0),
            (FromClient, 0, 501, ACK, 0),
            (FromServer, 501, 0, ACK, 20),
            (FromServer, 501, 0, ACK, 20),
            (FromServer, 521, 0, ACK | FIN, 0),
            (FromClient, 0, 522, ACK | FIN, 7),
        ]);
        let expected = [
            (0, None),
            (0, Some(1)),
            (1, Some(1)),
            (1, Some(1)),
            (1, Some(1)),
            (21, Some(1)),
            (1, Some(22)),
        ];
        assert_eq!(seen, expected);
        assert_eq!((talk.bytes(FromClient), talk.bytes(FromServer)), (7, 20));
        assert_eq!(talk.side(FromServer).payload_sent, 40);
        assert_eq!(talk.state(), State::Closed);
    }

    #[test]
    fn a_refused_connection() {
        let (talk, seen) = talk(&[
            (FromClient, 9, 0, SYN, 0),
            (FromServer, 0, 10, RST | ACK, 0),
        ]);
        assert_eq!(talk.state(), State::Refused);
        assert_eq!(seen[1], (1, Some(1)));
    }

    #[test]
    fn more_than_four_gigabytes() {
        let client = "10.2.0.2:20".parse().unwrap();
        let server = "10.2.0.1:1039".parse().unwrap();
        let at = Timestamp::default();
        let flags = TcpFlags(SYN);
        let mut talk = Conversation::new(ConversationId(0), client, server, flags, 1, at);
        let mut sequence = u32::MAX - 5;
        let mut note = |sequence: u32, flags, len| {
            let bytes = segment(sequence, 1, flags);
            talk.note(FromClient, &Tcp::new(&bytes).unwrap(), len, 64, 1, at);
            talk.bytes(FromClient)
        };
        note(sequence, SYN, 0);
        sequence = sequence.wrapping_add(1);
        const STEP: u32 = 1 << 30;
        for step in 1..=10u64 {
            let sent = note(sequence, ACK, STEP);
            assert_eq!(sent, step << 30);
            // One that is sent again does not count again.
            assert_eq!(note(sequence, ACK, STEP), sent);
            sequence = sequence.wrapping_add(STEP);
        }
        assert_eq!(note(sequence, ACK | FIN, 0), 10 << 30);
    }

    #[test]
    fn joined_in_the_middle() {
        let (talk, seen) = talk(&[
            (FromServer, 500, 90, ACK, 10),
            (FromClient, 90, 510, ACK, 5),
        ]);
        assert_eq!(seen, [(1, Some(1)), (1, Some(11))]);
        assert_eq!((talk.bytes(FromClient), talk.bytes(FromServer)), (5, 10));
        assert!(!talk.from_the_start);
        assert_eq!(talk.state(), State::Open);
    }
}
