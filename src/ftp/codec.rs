//! From the bytes of a control connection to commands and replies: Telnet filter, lines, decoders.

use core::ops::Range;

use super::reply::{self, PartialReply, Progress};
use super::{Reply, Text};

/// The longest line that is kept, without its end. Of a longer one the rest is
/// swallowed up to its end, and the line is marked as too long.
pub const MAX_LINE: usize = 4096;

/// Which bytes end a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// CR LF only, as RFC 959 §5.3 asks for.
    CrLf,
    /// A bare LF as well, as many implementations do.
    #[default]
    AnyLf,
}

/// One line of a control connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its bytes, without Telnet commands and the line end; at most [`MAX_LINE`].
    pub bytes: Vec<u8>,
    /// Where it stood in the stream: from the end of the line before it up to
    /// and including its own end.
    pub span: Range<u64>,
    /// It was longer than [`MAX_LINE`].
    pub too_long: bool,
}

/// Cuts the bytes of a control connection into lines, Telnet commands removed.
///
/// ```
/// use wirelab::ftp::codec::LineDecoder;
/// let mut decoder = LineDecoder::default();
/// let mut input: &[u8] = b"NOOP\r\nQU";
/// assert_eq!(decoder.next_line(&mut input).unwrap().span, 0..6);
/// assert_eq!(decoder.next_line(&mut input), None);
/// assert_eq!(decoder.next_line(&mut &b"IT\r\n"[..]).unwrap().bytes, b"QUIT");
/// ```
#[derive(Debug, Clone, Default)]
pub struct LineDecoder {
    end: LineEnd,
    telnet: Telnet,
    line: Vec<u8>,
    too_long: bool,
    /// The byte before was a CR, not yet given to the line.
    after_cr: bool,
    start: u64,
    position: u64,
}

impl LineDecoder {
    /// A decoder at the start of a stream.
    pub fn new(end: LineEnd) -> LineDecoder {
        LineDecoder {
            end,
            ..LineDecoder::default()
        }
    }

    /// Takes bytes from the front of `input` until a line is complete. `None`
    /// when the input is used up before.
    pub fn next_line(&mut self, input: &mut &[u8]) -> Option<Line> {
        loop {
            self.keep_plain(input);
            let (&byte, rest) = input.split_first()?;
            *input = rest;
            self.position += 1;
            let byte = match self.telnet.filter(byte) {
                Filtered::Data(byte) => byte,
                Filtered::Nothing => continue,
                Filtered::DataMark => {
                    self.discard();
                    continue;
                }
            };
            let after_cr = core::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr || self.end == LineEnd::AnyLf => return Some(self.take()),
                // CR NUL is a CR that does not end a line (RFC 854).
                0 if after_cr => self.keep(b'\r'),
                _ => {
                    if after_cr {
                        self.keep(b'\r');
                    }
                    if byte != b'\r' {
                        self.keep(byte);
                    }
                }
            }
        }
    }

    /// Keeps the bytes at the front of `input` that mean nothing but themselves,
    /// all at once: most of a line.
    fn keep_plain(&mut self, input: &mut &[u8]) {
        if self.after_cr || !matches!(self.telnet.state, TelnetState::Data) {
            return;
        }
        let is_plain = |byte: &u8| !matches!(*byte, b'\r' | b'\n' | IAC);
        let len = input.iter().position(|byte| !is_plain(byte));
        let (plain, rest) = input.split_at(len.unwrap_or(input.len()));
        *input = rest;
        self.position += plain.len() as u64;
        let room = MAX_LINE - self.line.len();
        self.too_long |= plain.len() > room;
        self.line
            .extend_from_slice(plain.get(..room).unwrap_or(plain));
    }

    /// What arrived after the last line end, when the stream has ended; `None`
    /// if that is nothing.
    pub fn finish(&mut self) -> Option<Line> {
        (self.position > self.start).then(|| self.take())
    }

    /// Where in the stream the next byte will stand.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The answers that Telnet negotiations ask for, to be sent to the peer.
    pub fn take_telnet_answers(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.telnet.answers)
    }

    fn keep(&mut self, byte: u8) {
        if self.line.len() < MAX_LINE {
            self.line.push(byte);
        } else {
            self.too_long = true;
        }
    }

    /// The end of a Synch: what stands before it and is no whole line yet is
    /// thrown away, so that the command behind it is heard (RFC 854, "The Telnet
    /// Synch Signal"). Whole lines are commands that have been given.
    fn discard(&mut self) {
        self.line.clear();
        self.too_long = false;
        self.after_cr = false;
    }

    fn take(&mut self) -> Line {
        self.after_cr = false;
        let start = core::mem::replace(&mut self.start, self.position);
        Line {
            bytes: core::mem::take(&mut self.line),
            span: start..self.position,
            too_long: core::mem::take(&mut self.too_long),
        }
    }
}

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SUBNEGOTIATION: u8 = 250;
const SUBNEGOTIATION_END: u8 = 240;
const DATA_MARK: u8 = 242;

/// How many bytes of answers wait at most: further negotiations go unanswered.
const MAX_ANSWERS: usize = 300;

/// The Telnet protocol as far as FTP needs it (RFC 959 §5.3, RFC 854, RFC 1143):
/// every option is refused, every command but the data mark is dropped, IAC IAC
/// is a byte.
#[derive(Debug, Clone, Default)]
struct Telnet {
    state: TelnetState,
    answers: Vec<u8>,
}

/// What the filter makes of a byte.
enum Filtered {
    Data(u8),
    Nothing,
    DataMark,
}

#[derive(Debug, Clone, Copy, Default)]
enum TelnetState {
    #[default]
    Data,
    Command,
    Option(u8),
    Subnegotiation,
    SubnegotiationCommand,
}

impl Telnet {
    /// Gives the byte back if it is data.
    fn filter(&mut self, byte: u8) -> Filtered {
        use TelnetState::*;
        let (state, filtered) = match (self.state, byte) {
            (Data, IAC) => (Command, Filtered::Nothing),
            (Data, _) => (Data, Filtered::Data(byte)),
            (Command, IAC) => (Data, Filtered::Data(IAC)),
            (Command, DATA_MARK) => (Data, Filtered::DataMark),
            (Command, DO | DONT | WILL | WONT) => (Option(byte), Filtered::Nothing),
            (Command, SUBNEGOTIATION) => (Subnegotiation, Filtered::Nothing),
            (Command, _) => (Data, Filtered::Nothing),
            (Option(request), _) => {
                self.refuse(request, byte);
                (Data, Filtered::Nothing)
            }
            (Subnegotiation, IAC) => (SubnegotiationCommand, Filtered::Nothing),
            (Subnegotiation, _) => (Subnegotiation, Filtered::Nothing),
            (SubnegotiationCommand, SUBNEGOTIATION_END) => (Data, Filtered::Nothing),
            (SubnegotiationCommand, _) => (Subnegotiation, Filtered::Nothing),
        };
        self.state = state;
        filtered
    }

    fn refuse(&mut self, request: u8, option: u8) {
        // DONT and WONT ask for what is so already and need no answer; the
        // servers descended from BSD give one, and so do we. It cannot loop:
        // a peer that keeps to RFC 854 does not answer it.
        let answer = match request {
            DO | DONT => WONT,
            _ => DONT,
        };
        if self.answers.len() < MAX_ANSWERS {
            self.answers.extend_from_slice(&[IAC, answer, option]);
        }
    }
}

/// Reads the server's side of a control connection.
#[derive(Debug, Clone, Default)]
pub struct ReplyDecoder {
    lines: LineDecoder,
    partial: Option<(u64, PartialReply)>,
}

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What it is.
    pub what: HeardKind,
    /// Where it stood in the stream, line ends included.
    pub span: Range<u64>,
}

/// What kind of thing a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeardKind {
    /// A reply.
    Reply(Reply),
    /// A line that is not a reply, nor inside one: an HTTP server's, perhaps.
    NotAReply(Text),
    /// A reply of several lines that had not ended when the stream did.
    Unfinished(Reply),
}

impl ReplyDecoder {
    /// Takes bytes from the front of `input` until a reply is complete. `None`
    /// when the input is used up before.
    pub fn next_reply(&mut self, input: &mut &[u8]) -> Option<Heard> {
        while let Some(line) = self.lines.next_line(input) {
            let (start, progress) = match self.partial.take() {
                Some((start, partial)) => (start, partial.push(&line.bytes)),
                None => match reply::start(&line.bytes) {
                    Some(progress) => (line.span.start, progress),
                    None => {
                        return Some(Heard {
                            what: HeardKind::NotAReply(Text::from(line.bytes)),
                            span: line.span,
                        });
                    }
                },
            };
            match progress {
                Progress::More(partial) => self.partial = Some((start, partial)),
                Progress::Done(reply) => {
                    return Some(Heard {
                        what: HeardKind::Reply(reply),
                        span: start..line.span.end,
                    });
                }
            }
        }
        None
    }

    /// What was left when the stream ended: an unfinished reply or line.
    pub fn finish(&mut self) -> Option<Heard> {
        let rest = self.lines.finish();
        let end = self.lines.position();
        if let Some((start, mut partial)) = self.partial.take() {
            if let Some(line) = rest {
                partial = match partial.push(&line.bytes) {
                    Progress::More(partial) => partial,
                    Progress::Done(reply) => {
                        return Some(Heard {
                            what: HeardKind::Unfinished(reply),
                            span: start..end,
                        });
                    }
                };
            }
            return Some(Heard {
                what: HeardKind::Unfinished(partial.cut_short()),
                span: start..end,
            });
        }
        let line = rest?;
        Some(Heard {
            what: match reply::start(&line.bytes) {
                Some(Progress::Done(reply)) => HeardKind::Unfinished(reply),
                Some(Progress::More(partial)) => HeardKind::Unfinished(partial.cut_short()),
                None => HeardKind::NotAReply(Text::from(line.bytes)),
            },
            span: line.span,
        })
    }

    /// Where in the stream the next byte will stand.
    pub const fn position(&self) -> u64 {
        self.lines.position()
    }

    /// The answers that Telnet negotiations ask for, to be sent to the peer.
    pub fn take_telnet_answers(&mut self) -> Vec<u8> {
        self.lines.take_telnet_answers()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(end: LineEnd, mut input: &[u8]) -> Vec<Vec<u8>> {
        let mut decoder = LineDecoder::new(end);
        core::iter::from_fn(|| decoder.next_line(&mut input))
            .map(|line| line.bytes)
            .collect()
    }

    #[test]
    fn line_ends() {
        let input = b"a\r\nb\nc\r\0d\re\r\r\n\r\n";
        assert_eq!(
            lines(LineEnd::AnyLf, input),
            [&b"a"[..], b"b", b"c\rd\re\r", b""]
        );
        assert_eq!(
            lines(LineEnd::CrLf, input),
            [&b"a"[..], b"b\nc\rd\re\r", b""]
        );
    }

    #[test]
    fn telnet_is_taken_out_and_answered() {
        let mut decoder = LineDecoder::default();
        // IAC IP, IAC DM around ABOR, an option, a subnegotiation, a doubled IAC.
        let mut input: &[u8] =
            b"\xff\xf4\xff\xf2AB\xff\xfd\x01OR\xff\xfa\x18\x01\xff\xff\xff\xf0 \xff\xff\r\n";
        let line = decoder.next_line(&mut input).unwrap();
        assert_eq!(line.bytes, b"ABOR \xff");
        assert_eq!(decoder.take_telnet_answers(), [255, 252, 1]);
        assert!(decoder.take_telnet_answers().is_empty());
    }

    #[test]
    fn a_data_mark_clears_what_is_not_a_line_yet() {
        let mut input: &[u8] = b"NOOP\r\nRETR some\xff\xf4\xff\xf2ABOR\r\n";
        let mut decoder = LineDecoder::default();
        assert_eq!(decoder.next_line(&mut input).unwrap().bytes, b"NOOP");
        let line = decoder.next_line(&mut input).unwrap();
        assert_eq!((line.bytes.as_slice(), line.span), (&b"ABOR"[..], 6..25));
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let mut decoder = LineDecoder::default();
        let mut long = vec![b'x'; 100_000];
        assert_eq!(decoder.next_line(&mut &long[..]), None);
        assert_eq!(decoder.line.len(), MAX_LINE);
        long.extend_from_slice(b"\r\nNOOP\r\n");
        let mut rest = &long[100_000..];
        assert!(decoder.next_line(&mut rest).unwrap().too_long);
        let next = decoder.next_line(&mut rest).unwrap();
        assert_eq!(
            (next.bytes.as_slice(), next.too_long),
            (&b"NOOP"[..], false)
        );
        assert_eq!(next.span, 100_002..100_008);
    }

    #[test]
    fn replies_and_what_is_none() {
        let mut input: &[u8] =
            b"220-Owner\r\n 221 x\r\n220 Ready\r\nHTTP/1.1 400\r\n150-half\r\nway";
        let mut decoder = ReplyDecoder::default();
        let heard: Vec<_> = core::iter::from_fn(|| decoder.next_reply(&mut input)).collect();
        assert_eq!(heard[0].span, 0..30);
        assert!(matches!(&heard[0].what, HeardKind::Reply(r) if r.lines().len() == 3));
        assert!(matches!(&heard[1].what, HeardKind::NotAReply(_)));
        let rest = decoder.finish().unwrap();
        assert_eq!(rest.span, 44..57);
        assert!(matches!(&rest.what, HeardKind::Unfinished(r) if r.text().to_string() == "way"));
        assert_eq!(decoder.finish(), None);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(input: Vec<u8>, cuts: Vec<u8>, strict: bool) {
            let end = if strict { LineEnd::CrLf } else { LineEnd::AnyLf };
            let whole = lines(end, &input);
            let mut decoder = LineDecoder::new(end);
            let (mut pieces, mut rest) = (Vec::new(), &input[..]);
            let mut cuts = cuts.into_iter();
            while !rest.is_empty() {
                let cut = cuts.next().map_or(rest.len(), |c| usize::from(c).clamp(1, rest.len()));
                let (mut piece, after) = rest.split_at(cut);
                while let Some(line) = decoder.next_line(&mut piece) {
                    pieces.push(line.bytes);
                }
                rest = after;
            }
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn any_bytes_are_heard_or_wait(input: Vec<u8>) {
            let mut decoder = ReplyDecoder::default();
            let mut rest = &input[..];
            let mut end = 0;
            while let Some(heard) = decoder.next_reply(&mut rest) {
                prop_assert!(heard.span.start >= end && heard.span.end > heard.span.start);
                end = heard.span.end;
            }
            decoder.finish();
            prop_assert_eq!(decoder.position(), input.len() as u64);
        }
    }
}
