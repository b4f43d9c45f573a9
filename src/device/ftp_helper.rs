//! Reads along on FTP control connections: mends the addresses in PORT, EPRT, 227 and 229, and lets the data connection in.
//!
//! As real helpers do, it looks at each segment by itself: an announcement
//! that is split over two segments is not seen.

use std::net::{IpAddr, SocketAddr};

use super::track::Way;
use crate::ftp::address::find_epsv;
use crate::ftp::{Eprt, HostPort};

/// What one line of a control connection announces: the data connection will
/// be to this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announcement {
    Port(SocketAddr),
    Eprt(SocketAddr),
    Passive(SocketAddr),
    ExtendedPassive(u16),
}

impl Announcement {
    /// What a line says, if it is one that can be said on that way.
    pub fn read(way: Way, line: &[u8]) -> Option<Announcement> {
        let text = core::str::from_utf8(line).ok()?.trim_end();
        if way == Way::Reply {
            return match text.get(..4)? {
                "227 " => {
                    let place = HostPort::find(text.get(4..)?)?;
                    Some(Announcement::Passive(place.to_socket_addr()))
                }
                "229 " => find_epsv(text).map(Announcement::ExtendedPassive),
                _ => None,
            };
        }
        let (verb, argument) = text.split_once(' ')?;
        match verb.to_ascii_uppercase().as_str() {
            "PORT" => {
                let place = HostPort::parse(argument.trim())?;
                Some(Announcement::Port(place.to_socket_addr()))
            }
            "EPRT" => Some(Announcement::Eprt(Eprt::parse(argument.trim()).ok()?.0)),
            _ => None,
        }
    }

    /// The place, if `speaker` is who says it: 229 leaves the address out.
    pub fn place(self, speaker: IpAddr) -> SocketAddr {
        match self {
            Announcement::Port(end) | Announcement::Eprt(end) | Announcement::Passive(end) => end,
            Announcement::ExtendedPassive(port) => SocketAddr::new(speaker, port),
        }
    }

    /// The same line with another place of the same family.
    pub fn rewrite(self, line: &[u8], place: SocketAddr) -> Vec<u8> {
        let six = |end: SocketAddr| match end {
            SocketAddr::V4(end) => {
                let (address, port) = (*end.ip(), end.port());
                HostPort { address, port }.to_string()
            }
            SocketAddr::V6(end) => end.to_string(),
        };
        let text = String::from_utf8_lossy(line);
        let body = text.trim_end_matches(['\r', '\n']);
        let ending = &text[body.len()..];
        let new = match self {
            Announcement::Port(_) => format!("PORT {}", six(place)),
            Announcement::Eprt(_) => format!("EPRT {}", Eprt(place)),
            Announcement::Passive(old) => match body.contains(&six(old)) {
                true => body.replacen(&six(old), &six(place), 1),
                // The numbers were written in some other way.
                false => format!("227 Entering Passive Mode ({}).", six(place)),
            },
            Announcement::ExtendedPassive(old) => {
                let place = place.port().to_string();
                body.rsplit_once(&old.to_string())
                    .map_or(body.to_owned(), |(a, b)| format!("{a}{place}{b}"))
            }
        };
        format!("{new}{ending}").into_bytes()
    }
}

/// From this place in the sender's stream on, sequence numbers differ.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// The first octet after a changed line, as its sender counts.
    sent: u32,
    /// The same, as its receiver does.
    received: u32,
}

/// Changed lines remembered for each way; what is older than the oldest has
/// long been acknowledged.
const MAX_MARKS: usize = 64;

/// What changing lines has done to one way's sequence numbers.
#[derive(Debug, Default)]
pub(super) struct Renumbering {
    marks: Vec<Mark>,
}

/// `a` is at or after `b`, in sequence numbers (RFC 9293 §3.4).
fn reaches(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) < 1 << 31
}

impl Renumbering {
    /// A sequence number of the sender's, as the receiver shall see it.
    pub fn outgoing(&self, sequence: u32) -> u32 {
        let mark = self.marks.iter().rev().find(|m| reaches(sequence, m.sent));
        mark.map_or(sequence, |m| {
            sequence.wrapping_add(m.received.wrapping_sub(m.sent))
        })
    }

    /// An acknowledgement of the receiver's, as the sender shall see it.
    pub fn incoming(&self, acknowledged: u32) -> u32 {
        let mark = self
            .marks
            .iter()
            .rev()
            .find(|m| reaches(acknowledged, m.received));
        mark.map_or(acknowledged, |m| {
            acknowledged.wrapping_sub(m.received.wrapping_sub(m.sent))
        })
    }

    /// A line that ended before `sent` is longer by `growth` than it was. One
    /// sent again is known already.
    fn note(&mut self, sent: u32, growth: u32) {
        if self.marks.last().is_some_and(|m| reaches(m.sent, sent)) {
            return;
        }
        let received = self.outgoing(sent).wrapping_add(growth);
        if self.marks.len() >= MAX_MARKS {
            self.marks.remove(0);
        }
        self.marks.push(Mark { sent, received });
    }
}

/// One control connection.
#[derive(Debug, Default)]
pub(super) struct FtpHelper {
    original: Renumbering,
    reply: Renumbering,
}

impl FtpHelper {
    /// The numbers of what is sent on that way.
    pub fn numbers(&self, way: Way) -> &Renumbering {
        match way {
            Way::Original => &self.original,
            Way::Reply => &self.reply,
        }
    }

    fn numbers_mut(&mut self, way: Way) -> &mut Renumbering {
        match way {
            Way::Original => &mut self.original,
            Way::Reply => &mut self.reply,
        }
    }

    /// A segment's payload, which begins at `sequence`, with every announced
    /// place changed as `change` says; `None` if nothing changes.
    pub fn read(
        &mut self,
        way: Way,
        sequence: u32,
        payload: &[u8],
        mut change: impl FnMut(Announcement) -> Option<SocketAddr>,
    ) -> Option<Vec<u8>> {
        let (mut changed, mut any) = (Vec::new(), false);
        let mut at = sequence;
        for line in payload.split_inclusive(|octet| *octet == b'\n') {
            at = at.wrapping_add(line.len() as u32);
            let place = Announcement::read(way, line)
                .filter(|_| line.ends_with(b"\n"))
                .and_then(|said| Some((said, change(said)?)));
            match place {
                Some((said, place)) => {
                    let new = said.rewrite(line, place);
                    let growth = (new.len() as u32).wrapping_sub(line.len() as u32);
                    if growth != 0 {
                        self.numbers_mut(way).note(at, growth);
                    }
                    changed.extend(new);
                    any = true;
                }
                None => changed.extend_from_slice(line),
            }
        }
        any.then_some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> SocketAddr {
        text.parse().expect("an end")
    }

    #[test]
    fn announcements_are_rewritten_in_their_own_words() {
        let outside = end("203.0.113.1:40001");
        let cases = [
            (
                Way::Original,
                "port 10,2,0,2,4,15\r\n",
                "PORT 203,0,113,1,156,65\r\n",
            ),
            (
                Way::Original,
                "EPRT |1|10.2.0.2|1039|\r\n",
                "EPRT |1|203.0.113.1|40001|\r\n",
            ),
            (
                Way::Reply,
                "227 Entering Passive Mode (10,2,0,2,4,15).\r\n",
                "227 Entering Passive Mode (203,0,113,1,156,65).\r\n",
            ),
            (
                Way::Reply,
                "229 Extended, at 1039 (|||1039|)\r\n",
                "229 Extended, at 1039 (|||40001|)\r\n",
            ),
        ];
        for (way, line, expected) in cases {
            let said = Announcement::read(way, line.as_bytes()).expect(line);
            assert_eq!(said.place([10, 2, 0, 2].into()), end("10.2.0.2:1039"));
            let new = said.rewrite(line.as_bytes(), outside);
            assert_eq!(String::from_utf8_lossy(&new), expected);
        }
        for line in ["227 no numbers\r\n", "PORT 10,2,0,2,4,15\r\n", "2\r\n"] {
            assert_eq!(
                Announcement::read(Way::Reply, line.as_bytes()),
                None,
                "{line}"
            );
        }
        let said = Announcement::read(Way::Original, b"EPRT |2|2001:db8::1|9|\r\n");
        let (said, speaker) = (said.expect("a place"), end("[2001:db8::1]:9"));
        assert_eq!(said.place(speaker.ip()), speaker);
    }

    #[test]
    fn sequence_numbers_follow_each_change() {
        let mut helper = FtpHelper::default();
        let line = b"PORT 10,2,0,2,4,15\r\n";
        let outside = end("203.0.113.1:40001");
        let start = u32::MAX - 4;
        let mut read = |sequence| {
            helper
                .read(Way::Original, sequence, line, |_| Some(outside))
                .map(|new| new.len())
        };
        let first = read(start);
        assert_eq!(first, Some(25));
        assert_eq!(read(start), first, "sent again");
        let second = start.wrapping_add(20);
        read(second);
        let numbers = helper.numbers(Way::Original);
        assert_eq!(numbers.outgoing(start), start);
        assert_eq!(numbers.outgoing(second), second.wrapping_add(5));
        let after = second.wrapping_add(20);
        assert_eq!(numbers.outgoing(after), after.wrapping_add(10));
        for sequence in [start, second, after] {
            assert_eq!(numbers.incoming(numbers.outgoing(sequence)), sequence);
        }
    }
}
