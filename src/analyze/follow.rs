//! One TCP conversation's bytes, both ways, in order.

use core::fmt::Write as _;

use super::{Bytes, Printable};
use crate::dissect::{ConversationId, Direction, Dissected, Piece, Stream};
use crate::wire::TcpFlags;

/// Follows one conversation while frames are read.
///
/// A heading names the two ends. What one end says before the other speaks is
/// one turn. Turns come out as text: the speaker, then the bytes, as lines with escapes
/// (a backslash is `\\\\`) where they are text, and in rows of sixteen, each with its place in
/// what that end said, where they are not.
#[derive(Debug)]
pub struct Follow {
    id: ConversationId,
    client: Stream,
    server: Stream,
    /// How much each end has said, the client first.
    said: [u64; 2],
    /// Who spoke last, and whether the last line is unfinished.
    speaker: Option<Direction>,
    in_line: bool,
    /// The ends have been named.
    has_heading: bool,
}

impl Follow {
    /// Follows that conversation.
    pub fn new(id: ConversationId) -> Follow {
        Follow {
            id,
            client: Stream::default(),
            server: Stream::default(),
            said: [0; 2],
            speaker: None,
            in_line: false,
            has_heading: false,
        }
    }

    /// Appends to `out` what this frame adds.
    pub fn note(&mut self, seen: &Dissected<'_>, out: &mut String) {
        let Some(segment) = seen.segment.filter(|s| s.conversation == self.id) else {
            return;
        };
        let Some(tcp) = seen.packet.tcp() else { return };
        if !std::mem::replace(&mut self.has_heading, true)
            && let Some(talk) = seen.context.conversation(self.id)
        {
            // Writing to a string does not fail.
            let _ = writeln!(out, "conversation {}", self.id.0);
            let _ = writeln!(out, "> {}, who opened it", talk.client);
            let _ = writeln!(out, "< {}\n", talk.server);
        }
        let flags = tcp.flags();
        if flags.has(TcpFlags::RST) {
            return;
        }
        let direction = segment.direction;
        let mut sequence = tcp.sequence();
        if flags.has(TcpFlags::SYN) {
            sequence = sequence.wrapping_add(1);
            self.stream(direction).begin(sequence);
        }
        let mut stream = std::mem::take(self.stream(direction));
        if !seen.packet.payload.is_empty() {
            stream.push(sequence, seen.packet.payload, |piece| {
                self.say(direction, piece, out);
            });
            let (after, missing) = seen.packet.missing_payload(sequence);
            stream.lose(after, missing, |piece| self.say(direction, piece, out));
        }
        *self.stream(direction) = stream;
        if flags.has(TcpFlags::ACK) {
            let other = direction.opposite();
            let mut stream = std::mem::take(self.stream(other));
            stream.acknowledge(tcp.acknowledgement(), |piece| self.say(other, piece, out));
            *self.stream(other) = stream;
        }
    }

    /// Ends the last line, or says that there is none.
    pub fn finish(&mut self, out: &mut String) {
        if self.has_heading && self.speaker.is_none() {
            out.push_str("[neither end said anything]\n");
        }
        self.end_line(out);
    }

    fn end_line(&mut self, out: &mut String) {
        if std::mem::take(&mut self.in_line) {
            out.push('\n');
        }
    }

    fn stream(&mut self, direction: Direction) -> &mut Stream {
        match direction {
            Direction::FromClient => &mut self.client,
            Direction::FromServer => &mut self.server,
        }
    }

    fn say(&mut self, direction: Direction, piece: Piece<'_>, out: &mut String) {
        if self.speaker != Some(direction) {
            self.end_line(out);
            self.speaker = Some(direction);
        }
        let mark = match direction {
            Direction::FromClient => "> ",
            Direction::FromServer => "< ",
        };
        let [client, server] = &mut self.said;
        let said = match direction {
            Direction::FromClient => client,
            Direction::FromServer => server,
        };
        let place = *said;
        let bytes = match piece {
            Piece::Bytes(bytes) => {
                *said = place.saturating_add(bytes.len() as u64);
                bytes
            }
            Piece::Gap(len) => {
                *said = place.saturating_add(len);
                self.end_line(out);
                // Writing to a string does not fail.
                let _ = writeln!(out, "{mark}[{} not in the capture]", Bytes(len));
                return;
            }
        };
        if !is_text(bytes) {
            self.end_line(out);
            rows(mark, place, bytes, out);
            return;
        }
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            if !self.in_line {
                out.push_str(mark);
            }
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            self.in_line = text.len() == line.len();
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            for (at, part) in text.split(|b| *b == b'\\').enumerate() {
                if at > 0 {
                    out.push_str("\\\\");
                }
                let _ = write!(out, "{}", Printable(part));
            }
            if !self.in_line {
                out.push('\n');
            }
        }
    }
}

/// Fewer bytes than a row are shown with escapes, whatever they are.
const ROW: usize = 16;

/// Not more than one byte in four needs an escape.
fn is_text(bytes: &[u8]) -> bool {
    let escaped = |chunk: std::str::Utf8Chunk<'_>| {
        let acts = |c: &char| Printable::would_act(*c) && !matches!(c, '\t' | '\r' | '\n');
        chunk.invalid().len() + chunk.valid().chars().filter(acts).count()
    };
    let escapes: usize = bytes.utf8_chunks().map(escaped).sum();
    bytes.len() < ROW || escapes * 4 <= bytes.len()
}

/// Bytes in rows: place, hexadecimal, and the printable ones as text.
fn rows(mark: &str, place: u64, bytes: &[u8], out: &mut String) {
    for (row, places) in bytes.chunks(ROW).zip((place..).step_by(ROW)) {
        // Writing to a string does not fail.
        let _ = write!(out, "{mark}{places:08x}  ");
        for byte in row {
            let _ = write!(out, "{byte:02x} ");
        }
        let _ = write!(out, "{:1$} ", "", (ROW - row.len()) * 3);
        let text = row.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        });
        out.extend(text);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pieces: &[(Direction, Piece<'_>)]) -> String {
        let mut follow = Follow::new(ConversationId(0));
        let mut out = String::new();
        for (direction, piece) in pieces {
            follow.say(*direction, *piece, &mut out);
        }
        follow.finish(&mut out);
        out
    }

    #[test]
    fn a_backslash_is_told_from_an_escape() {
        let piece = Piece::Bytes(b"CWD C:\\x00\x00\xff\r\n");
        let told = said(&[(Direction::FromClient, piece)]);
        assert_eq!(told, "> CWD C:\\\\x00\\x00\\xff\n");
    }

    #[test]
    fn what_is_no_text_stands_in_rows() {
        let binary: Vec<u8> = (0u8..20).map(|n| n.wrapping_mul(37)).collect();
        let pieces = [
            (Direction::FromServer, Piece::Bytes(b"begin")),
            (Direction::FromServer, Piece::Gap(3)),
            (Direction::FromServer, Piece::Bytes(&binary)),
            (
                Direction::FromServer,
                Piece::Bytes("gr\u{fc}n, end\n".as_bytes()),
            ),
            (Direction::FromClient, Piece::Bytes(&binary[..15])),
        ];
        let told = said(&pieces);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[..2], ["< begin", "< [3 bytes not in the capture]"]);
        let first = "< 00000008  00 25 4a 6f 94 b9 de 03 28 4d 72 97 bc e1 06 2b  .%Jo....(Mr....+";
        assert_eq!(lines[2], first);
        let last = format!("< 00000018  50 75 9a bf {:36} Pu..", "");
        assert_eq!(lines[3..5], [last.as_str(), "< gr\u{fc}n, end"]);
        assert!(lines[5].starts_with("> \\x00%Jo\\x94"), "{told}");
        assert!(lines.iter().all(|line| line.len() <= 80), "{told}");
    }
}
