//! FTP replies: three digits and text, on one line or several (RFC 959 §4.2).

use core::fmt;
use core::str::FromStr;

use super::Text;

/// The three digits of a reply, from 100 to 699.
///
/// The first digit is 1–5 in RFC 959 §4.2.1 and 6 for the protected replies of
/// RFC 2228; the others are not restricted, since servers invent codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// What the first digit says (RFC 959 §4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyKind {
    /// 1yz: begun; another reply follows.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: more is needed.
    Intermediate,
    /// 4yz: not now; the same command may work later.
    TransientNegative,
    /// 5yz: no.
    PermanentNegative,
    /// 6yz: protected (RFC 2228 §3).
    Protected,
}

impl ReplyCode {
    /// 425: the data connection cannot be opened.
    pub const NO_DATA_CONNECTION: ReplyCode = ReplyCode(425);
    /// 421: the service closes the control connection.
    pub const SERVICE_NOT_AVAILABLE: ReplyCode = ReplyCode(421);
    /// 500: not a command.
    pub const SYNTAX_ERROR: ReplyCode = ReplyCode(500);
    /// 501: not a parameter of this command.
    pub const PARAMETER_ERROR: ReplyCode = ReplyCode(501);
    /// 504: a parameter that is not implemented.
    pub const PARAMETER_NOT_IMPLEMENTED: ReplyCode = ReplyCode(504);
    /// 522: a network protocol that is not supported (RFC 2428 §2).
    pub const NO_SUCH_FAMILY: ReplyCode = ReplyCode(522);

    /// The code of this number, from 100 to 699.
    pub const fn new(code: u16) -> Option<ReplyCode> {
        match code {
            100..=699 => Some(ReplyCode(code)),
            _ => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// What the first digit says.
    pub const fn kind(self) -> ReplyKind {
        match self.0 / 100 {
            1 => ReplyKind::Preliminary,
            2 => ReplyKind::Completion,
            3 => ReplyKind::Intermediate,
            4 => ReplyKind::TransientNegative,
            5 => ReplyKind::PermanentNegative,
            _ => ReplyKind::Protected,
        }
    }

    /// Another reply to the same command follows.
    pub const fn is_preliminary(self) -> bool {
        matches!(self.kind(), ReplyKind::Preliminary)
    }

    /// 4yz or 5yz: what was asked for did not happen.
    pub const fn is_negative(self) -> bool {
        matches!(
            self.kind(),
            ReplyKind::TransientNegative | ReplyKind::PermanentNegative
        )
    }

    /// The three digits at the front of a line.
    pub fn from_line(line: &[u8]) -> Option<ReplyCode> {
        let digits = line.first_chunk::<3>()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0'));
        ReplyCode::new(number)
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ReplyCode {
    type Err = ReplySyntaxError;
    fn from_str(text: &str) -> Result<ReplyCode, ReplySyntaxError> {
        let code = ReplyCode::from_line(text.as_bytes()).filter(|_| text.len() == 3);
        code.ok_or(ReplySyntaxError)
    }
}

/// How the middle lines of a reply of several lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MultiLine {
    /// As RFC 959 §4.2 writes them: bare, and padded with a space where they
    /// would begin with three digits.
    #[default]
    Bare,
    /// Each begins with the code and a hyphen, as many servers do.
    Dashed,
}

/// One reply: a code and at least one line of text, which may be empty.
///
/// ```
/// use wirelab::ftp::Reply;
/// let reply: Reply = "220-Owner: the lab\n220 Ready.".parse().unwrap();
/// assert_eq!(reply.code().get(), 220);
/// assert_eq!(reply.lines().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: ReplyCode,
    /// All lines but the last.
    leading: Vec<Text>,
    last: Text,
}

impl Reply {
    /// A reply of one line.
    pub fn new(code: ReplyCode, text: impl Into<Text>) -> Reply {
        Reply {
            code,
            leading: Vec::new(),
            last: text.into(),
        }
    }

    /// A reply of several lines, the last of them given apart.
    pub fn with_lines(code: ReplyCode, leading: Vec<Text>, last: impl Into<Text>) -> Reply {
        Reply {
            code,
            leading,
            last: last.into(),
        }
    }

    /// Its code.
    pub const fn code(&self) -> ReplyCode {
        self.code
    }

    /// The text of its lines in order, without codes.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &Text> {
        let count = self.leading.len() + 1;
        (0..count).map(|i| self.leading.get(i).unwrap_or(&self.last))
    }

    /// The text of the last line: the only one, usually.
    pub const fn text(&self) -> &Text {
        &self.last
    }

    /// The lines as they travel, each with its CR LF.
    pub fn to_wire(&self, style: MultiLine) -> Vec<Vec<u8>> {
        let last = self.leading.len();
        let line = |(i, text): (usize, &Text)| {
            let mut line = Vec::with_capacity(text.as_bytes().len() + 6);
            let bytes = text.as_bytes();
            if i == last {
                line.extend_from_slice(format!("{} ", self.code).as_bytes());
            } else if i == 0 || style == MultiLine::Dashed {
                line.extend_from_slice(format!("{}-", self.code).as_bytes());
            } else if bytes.len() >= 3 && bytes.iter().take(3).all(u8::is_ascii_digit) {
                line.push(b' ');
            }
            text.encode_into(&mut line);
            line.extend_from_slice(b"\r\n");
            line
        };
        self.lines().enumerate().map(line).collect()
    }
}

/// The lines as they travel, joined by LF.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, text) in self.leading.iter().enumerate() {
            match i {
                0 => writeln!(f, "{}-{text}", self.code)?,
                _ => writeln!(f, "{text}")?,
            }
        }
        write!(f, "{} {}", self.code, self.last)
    }
}

/// The text is not a reply: three digits from 100 to 699, a space, and text;
/// or several lines, of which the first has a hyphen for the space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplySyntaxError;

impl fmt::Display for ReplySyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a reply: expected a code from 100 to 699 and text, as in `220 Ready.`")
    }
}

impl core::error::Error for ReplySyntaxError {}

/// Parses `220 Ready.`, or several lines separated by LF.
impl FromStr for Reply {
    type Err = ReplySyntaxError;
    fn from_str(text: &str) -> Result<Reply, ReplySyntaxError> {
        let mut pending: Option<PartialReply> = None;
        let mut lines = text.lines();
        for line in lines.by_ref() {
            let progress = match pending.take() {
                None => start(line.as_bytes()).ok_or(ReplySyntaxError)?,
                Some(partial) => partial.push(line.as_bytes()),
            };
            match progress {
                Progress::More(partial) => pending = Some(partial),
                Progress::Done(reply) if lines.next().is_none() => return Ok(reply),
                Progress::Done(_) => break,
            }
        }
        Err(ReplySyntaxError)
    }
}

/// How many lines of one reply are kept. What is beyond is counted as read and
/// dropped, so that a server cannot fill our memory; the last line is always kept.
pub const MAX_REPLY_LINES: usize = 1024;

/// A reply of several lines of which the end has not been seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartialReply {
    code: ReplyCode,
    lines: Vec<Text>,
}

/// What a line did to a reply.
pub(super) enum Progress {
    More(PartialReply),
    Done(Reply),
}

/// Reads the first line of a reply; `None` if it is not one.
pub(super) fn start(line: &[u8]) -> Option<Progress> {
    let code = ReplyCode::from_line(line)?;
    let text = Text::from(line.get(4..).unwrap_or(&[]));
    match line.get(3) {
        Some(b'-') => Some(Progress::More(PartialReply {
            code,
            lines: vec![text],
        })),
        Some(b' ') | None => Some(Progress::Done(Reply::new(code, text))),
        Some(_) => None,
    }
}

impl PartialReply {
    /// Reads one more line: only the same code and a space ends it (RFC 959 §4.2).
    pub(super) fn push(mut self, line: &[u8]) -> Progress {
        let same = ReplyCode::from_line(line) == Some(self.code);
        let text = match line.get(3) {
            Some(b' ') | None if same => {
                let last = Text::from(line.get(4..).unwrap_or(&[]));
                return Progress::Done(Reply::with_lines(self.code, self.lines, last));
            }
            Some(b'-') if same => line.get(4..).unwrap_or(&[]),
            _ => line,
        };
        if self.lines.len() < MAX_REPLY_LINES {
            self.lines.push(Text::from(text));
        }
        Progress::More(self)
    }

    /// What there is of it, as if it had ended here.
    pub(super) fn cut_short(mut self) -> Reply {
        let last = self.lines.pop().unwrap_or_default();
        Reply::with_lines(self.code, self.lines, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(reply: &Reply, style: MultiLine) -> String {
        String::from_utf8(reply.to_wire(style).concat()).unwrap()
    }

    #[test]
    fn codes() {
        assert_eq!(ReplyCode::new(99), None);
        assert_eq!(ReplyCode::new(700), None);
        assert_eq!("220".parse(), ReplyCode::new(220).ok_or(ReplySyntaxError));
        assert!("2200".parse::<ReplyCode>().is_err());
        assert_eq!(
            ReplyCode::new(633).map(ReplyCode::kind),
            Some(ReplyKind::Protected)
        );
    }

    #[test]
    fn a_look_alike_line_inside_is_padded() {
        let reply: Reply = "211-Status\n\u{20}\n230 so many\n211-and more\n211 End"
            .parse()
            .unwrap();
        assert_eq!(reply.lines().len(), 5);
        let expected = "211-Status\r\n \r\n 230 so many\r\nand more\r\n211 End\r\n";
        assert_eq!(wire(&reply, MultiLine::Bare), expected);
        assert!(wire(&reply, MultiLine::Dashed).contains("211-230 so many\r\n"));
    }

    #[test]
    fn text_that_is_no_reply() {
        for bad in ["", "22 x", "099 x", "220", "220-a", "220-a\n221 b", "220x"] {
            let parsed = bad.parse::<Reply>();
            // A code alone is taken: servers send it, and RFC 959 does not forbid it.
            assert_eq!(parsed.is_ok(), bad == "220", "{bad}");
        }
        assert!("220 a\n220 b".parse::<Reply>().is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let mut progress = start(b"220-x").unwrap();
        for _ in 0..10_000 {
            progress = match progress {
                Progress::More(partial) => partial.push(b"more"),
                Progress::Done(_) => panic!("ended early"),
            };
        }
        let Progress::More(partial) = progress else {
            panic!("ended early")
        };
        let Progress::Done(reply) = partial.push(b"220 end") else {
            panic!("did not end")
        };
        assert_eq!(reply.lines().len(), MAX_REPLY_LINES + 1);
        assert_eq!(reply.text().to_string(), "end");
    }
}
