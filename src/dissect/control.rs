//! FTP control connections: recognised by their port or their words, read line by line.

use std::collections::VecDeque;

use super::flow::Direction;
use super::stream::{Piece, Stream};
use crate::ftp::codec::{Heard, HeardKind, LineDecoder, ReplyDecoder};
use crate::ftp::{Command, CommandError, Reply, ReplyCode, Text, Verb, verb_word};

/// The port of FTP servers (RFC 959 §8).
pub const FTP_PORT: u16 = 21;
/// The port from which servers open data connections (RFC 959 §3.2).
pub const FTP_DATA_PORT: u16 = 20;

/// How many commands may wait for their replies before the oldest is forgotten.
const MAX_WAITING: usize = 64;

/// Ports of services that speak much like FTP.
const LOOKALIKES: [u16; 6] = [25, 110, 119, 143, 465, 587];

/// A command that a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSeen {
    /// Its number in the session, from 1.
    pub number: u32,
    /// The frame in which it was complete.
    pub frame: u64,
    /// Its line, without line end and Telnet commands.
    pub line: Text,
    /// What it means.
    pub command: Result<Command, CommandError>,
}

impl CommandSeen {
    /// Its verb, if it is one that we know.
    pub fn verb(&self) -> Option<Verb> {
        match &self.command {
            Ok(command) => command.verb(),
            Err(_) => verb_word(self.line.as_bytes()).and_then(|word| Verb::parse(&word)),
        }
    }
}

/// A reply that a server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplySeen {
    /// The frame in which it was complete.
    pub frame: u64,
    /// What it says.
    pub reply: Reply,
    /// The number and verb of the command that it answers; `None` for the
    /// greeting, and for what a server says unasked.
    pub answers: Option<(u32, Option<Verb>)>,
}

/// Something that was said on a control connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// By the client.
    Command(CommandSeen),
    /// By the server.
    Reply(ReplySeen),
    /// By the server, and not a reply.
    NotAReply {
        /// The frame in which it was complete.
        frame: u64,
        /// What it said.
        line: Text,
    },
    /// The connection is encrypted from here on (RFC 4217).
    Encrypted {
        /// The frame of the reply that agreed to it.
        frame: u64,
    },
    /// So many bytes were sent that the capture does not have.
    Gap {
        /// Who sent them.
        direction: Direction,
        /// The frame after the hole.
        frame: u64,
        /// How many.
        len: u64,
    },
}

/// A command that waits for its final reply.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    number: u32,
    verb: Option<Verb>,
    /// A 1yz reply has come.
    begun: bool,
}

/// One control connection, both ways.
#[derive(Debug, Default)]
pub struct Control {
    client: Stream,
    server: Stream,
    commands: LineDecoder,
    replies: ReplyDecoder,
    waiting: VecDeque<Waiting>,
    count: u32,
    encrypted: bool,
    /// The client sends in this direction of the conversation; differs from
    /// the conversation's own only if that guessed wrongly who opened it.
    swapped: bool,
}

/// What is to be thought of a conversation whose first words are these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The speaker is an FTP server.
    Server,
    /// The speaker is an FTP client.
    Client,
    /// It is something else.
    Other,
}

/// Judges the first words of one side of a conversation on ports that are not FTP's.
pub fn judge(ports: (u16, u16), bytes: &[u8]) -> Verdict {
    if LOOKALIKES.contains(&ports.0) || LOOKALIKES.contains(&ports.1) {
        return Verdict::Other;
    }
    let greets = matches!(
        bytes,
        [b'2', b'2', b'0', b' ' | b'-', ..] | [b'1', b'2', b'0', b' ' | b'-', ..]
    );
    let text = String::from_utf8_lossy(bytes);
    if greets && !text.contains("SMTP") {
        return Verdict::Server;
    }
    let first = text
        .strip_suffix("\r\n")
        .and_then(|t| t.split("\r\n").next());
    let verb = first
        .and_then(|line| verb_word(line.as_bytes()))
        .and_then(|word| Verb::parse(&word));
    match verb {
        Some(verb) if is_telling(verb) => Verdict::Client,
        _ => Verdict::Other,
    }
}

/// A verb that no other protocol of lines uses in the same way.
fn is_telling(verb: Verb) -> bool {
    use Verb::*;
    matches!(
        verb,
        User | Pass
            | Cwd
            | Cdup
            | Port
            | Pasv
            | Eprt
            | Epsv
            | Type
            | Retr
            | Stor
            | Nlst
            | Feat
            | Syst
            | Pwd
            | Size
            | Mdtm
            | Mlsd
            | Abor
    )
}

impl Control {
    pub(super) fn new(swapped: bool) -> Control {
        Control {
            swapped,
            ..Control::default()
        }
    }

    /// The direction in which its client sends, in the conversation's terms.
    pub fn client_direction(&self) -> Direction {
        if self.swapped {
            Direction::FromServer
        } else {
            Direction::FromClient
        }
    }

    /// It has been encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// The stream in that direction begins with this sequence number.
    pub(super) fn begin(&mut self, direction: Direction, sequence: u32) {
        self.stream(direction).begin(sequence);
    }

    fn stream(&mut self, direction: Direction) -> &mut Stream {
        if direction == self.client_direction() {
            &mut self.client
        } else {
            &mut self.server
        }
    }

    /// Takes a segment's payload, of which `sent` bytes were on the wire.
    pub(super) fn push(
        &mut self,
        direction: Direction,
        sequence: u32,
        bytes: &[u8],
        sent: u32,
        frame: u64,
        said: &mut Vec<Said>,
    ) {
        let mut stream = std::mem::take(self.stream(direction));
        stream.push(sequence, bytes, |piece| {
            self.take(direction, piece, frame, said);
        });
        let captured = u32::try_from(bytes.len()).unwrap_or(sent);
        let missing = u64::from(sent.saturating_sub(captured));
        stream.lose(sequence.wrapping_add(captured), missing, |piece| {
            self.take(direction, piece, frame, said);
        });
        *self.stream(direction) = stream;
    }

    /// Takes a segment's acknowledgement of what went in `direction`.
    pub(super) fn acknowledge(
        &mut self,
        direction: Direction,
        sequence: u32,
        frame: u64,
        said: &mut Vec<Said>,
    ) {
        let stream = self.stream(direction);
        if !stream.is_waiting() {
            return stream.acknowledge(sequence, |_| {});
        }
        let mut stream = std::mem::take(stream);
        stream.acknowledge(sequence, |piece| {
            self.take(direction, piece, frame, said);
        });
        *self.stream(direction) = stream;
    }

    fn take(&mut self, direction: Direction, piece: Piece<'_>, frame: u64, said: &mut Vec<Said>) {
        if self.encrypted {
            return;
        }
        let from_client = direction == self.client_direction();
        match piece {
            Piece::Bytes(mut bytes) if from_client => {
                while let Some(line) = self.commands.next_line(&mut bytes) {
                    said.push(self.command(Text::from(line.bytes), frame));
                }
            }
            Piece::Bytes(mut bytes) => {
                while let Some(heard) = self.replies.next_reply(&mut bytes) {
                    self.heard(heard, frame, said);
                    if self.encrypted {
                        return;
                    }
                }
            }
            Piece::Gap(len) => {
                // What stood before the hole and what stands behind it are
                // not one line: the first is what is left of it.
                if from_client {
                    let rest = std::mem::take(&mut self.commands).finish();
                    let rest = rest.filter(|line| !line.bytes.is_empty());
                    said.extend(rest.map(|line| self.command(Text::from(line.bytes), frame)));
                } else if let Some(heard) = std::mem::take(&mut self.replies).finish() {
                    self.heard(heard, frame, said);
                }
                said.push(Said::Gap {
                    direction,
                    frame,
                    len,
                });
            }
        }
    }

    fn command(&mut self, line: Text, frame: u64) -> Said {
        self.count += 1;
        let seen = CommandSeen {
            number: self.count,
            frame,
            command: Command::parse(line.as_bytes()),
            line,
        };
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting {
            number: seen.number,
            verb: seen.verb(),
            begun: false,
        });
        Said::Command(seen)
    }

    fn heard(&mut self, heard: Heard, frame: u64, said: &mut Vec<Said>) {
        let reply = match heard.what {
            HeardKind::Reply(reply) | HeardKind::Unfinished(reply) => reply,
            HeardKind::NotAReply(line) => {
                said.push(Said::NotAReply { frame, line });
                return;
            }
        };
        let answers = self.answered_by(reply.code());
        let agrees =
            answers.is_some_and(|w| w.verb == Some(Verb::Auth)) && reply.code().get() == 234;
        said.push(Said::Reply(ReplySeen {
            frame,
            reply,
            answers: answers.map(|w| (w.number, w.verb)),
        }));
        if agrees {
            self.encrypted = true;
            said.push(Said::Encrypted { frame });
        }
    }

    /// The command that a reply with this code answers: the oldest that waits,
    /// but for what a server says to a STAT or NOOP in the middle of a transfer.
    fn answered_by(&mut self, code: ReplyCode) -> Option<Waiting> {
        let oldest = *self.waiting.front()?;
        let ends_transfer = matches!(code.get(), 226 | 250 | 225) || code.is_negative();
        let index = usize::from(oldest.begun && self.waiting.len() > 1 && !ends_transfer);
        let waiting = self.waiting.get_mut(index)?;
        if code.is_preliminary() {
            waiting.begun = true;
            return Some(*waiting);
        }
        self.waiting.remove(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{FromClient, FromServer};

    fn dialogue(turns: &[(Direction, &str)]) -> Vec<String> {
        let mut control = Control::new(false);
        let mut said = Vec::new();
        let mut next = [1u32, 1];
        control.begin(FromClient, 1);
        control.begin(FromServer, 1);
        for (frame, (direction, text)) in turns.iter().enumerate() {
            let at = &mut next[usize::from(*direction == FromServer)];
            let (bytes, len) = (text.as_bytes(), text.len() as u32);
            control.push(*direction, *at, bytes, len, frame as u64 + 1, &mut said);
            *at += text.len() as u32;
        }
        said.iter()
            .map(|said| match said {
                Said::Command(c) => format!("{} {}", c.number, c.line),
                Said::Reply(r) => format!("{:?} {}", r.answers.map(|a| a.0), r.reply.code()),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn replies_find_their_commands() {
        let seen = dialogue(&[
            (FromServer, "220-Owner: the lab\r\n220 Ready.\r\n"),
            (FromClient, "USER fred\r\nPASS x\r\n"),
            (FromServer, "331 Go on\r\n"),
            (FromServer, "230 In\r\n"),
            (FromClient, "RETR a\r\n"),
            (FromServer, "150 Here\r\n"),
            (FromClient, "STAT\r\n"),
            (FromServer, "213 Sending\r\n"),
            (FromClient, "ABOR\r\n"),
            (FromServer, "426 Cut\r\n226 Aborted\r\n"),
            (FromServer, "421 Bye\r\n"),
        ]);
        let expected = [
            "None 220",
            "1 USER fred",
            "2 PASS x",
            "Some(1) 331",
            "Some(2) 230",
            "3 RETR a",
            "Some(3) 150",
            "4 STAT",
            "Some(4) 213",
            "5 ABOR",
            "Some(3) 426",
            "Some(5) 226",
            "None 421",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_follows_auth_is_not_read() {
        let seen = dialogue(&[
            (FromClient, "AUTH TLS\r\n"),
            (FromServer, "234 Go on\r\n"),
            (FromClient, "\x16\x03\x01\r\nUSER not-a-command\r\n"),
        ]);
        assert_eq!(seen.len(), 3);
        assert!(seen[2].contains("Encrypted"));
    }

    #[test]
    fn of_what_was_cut_short_the_beginning_counts() {
        let mut control = Control::new(false);
        let mut said = Vec::new();
        control.begin(FromServer, 1);
        control.push(FromServer, 1, b"331 Please", 34, 1, &mut said);
        control.push(FromServer, 35, b"230 Log", 23, 2, &mut said);
        let codes: Vec<u16> = said
            .iter()
            .filter_map(|said| match said {
                Said::Reply(seen) => Some(seen.reply.code().get()),
                _ => None,
            })
            .collect();
        assert_eq!(codes, [331, 230]);
    }

    #[test]
    fn first_words() {
        let odd = (1050, 4000);
        assert_eq!(judge(odd, b"220 Ready\r\n"), Verdict::Server);
        assert_eq!(judge(odd, b"220 mail ESMTP Postfix\r\n"), Verdict::Other);
        assert_eq!(judge((25, 4000), b"220 mail\r\n"), Verdict::Other);
        assert_eq!(judge(odd, b"USER fred\r\n"), Verdict::Client);
        assert_eq!(judge(odd, b"USER fred"), Verdict::Other);
        assert_eq!(judge(odd, b"GET / HTTP/1.0\r\n"), Verdict::Other);
        assert_eq!(judge(odd, &[0x16, 3, 1]), Verdict::Other);
    }
}
