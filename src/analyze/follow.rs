//! One TCP conversation's bytes, both ways, in order.

use core::fmt::Write as _;

use super::{Bytes, Printable};
use crate::dissect::{ConversationId, Direction, Dissected, Piece, Stream};
use crate::wire::TcpFlags;

/// Follows one conversation while frames are read.
///
/// A heading names the two ends. What one end says before the other speaks is
/// one turn. Turns come out as text: the speaker, then the bytes, as lines where they are text and as
/// escapes where they are not.
#[derive(Debug)]
pub struct Follow {
    id: ConversationId,
    client: Stream,
    server: Stream,
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
        let bytes = match piece {
            Piece::Bytes(bytes) => bytes,
            Piece::Gap(len) => {
                self.end_line(out);
                // Writing to a string does not fail.
                let _ = writeln!(out, "{mark}[{} not in the capture]", Bytes(len));
                return;
            }
        };
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            if !self.in_line {
                out.push_str(mark);
            }
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            self.in_line = text.len() == line.len();
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let _ = write!(out, "{}", Printable(text));
            if !self.in_line {
                out.push('\n');
            }
        }
    }
}
