//! What must be true of a capture.

use core::fmt;

use schemars::JsonSchema;

use super::Spanned;
use super::select::{FrameSelector, decode_code, decode_verb};
use crate::scenario::decode::{Decode, Decoder, Size, clip, suggestion};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::source::Span;
use crate::scenario::yaml::Node;

/// One thing that must be true, as it is written: one key.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// How many frames the capture holds.
    Frames(Spanned<FrameCount>),
    /// How many TCP connections were begun.
    TcpConnections(Spanned<u64>),
    /// How many of them were refused: a RST answered the SYN.
    Refused(Spanned<u64>),
    /// How many replies had a code.
    Replies(Spanned<Replies>),
    /// How many commands had a verb.
    Commands(Spanned<Commands>),
    /// A frame carries something.
    Frame(Spanned<FrameCheck>),
    /// How many frames are of a kind.
    Seen(Spanned<SeenCheck>),
    /// This text can be read on the wire.
    Cleartext(Spanned<String>),
    /// A file came through.
    Transfer(Spanned<TransferCheck>),
}

impl Check {
    /// Where it is written.
    pub fn span(&self) -> Span {
        match self {
            Check::Frames(x) => x.span,
            Check::TcpConnections(x) | Check::Refused(x) => x.span,
            Check::Replies(x) => x.span,
            Check::Commands(x) => x.span,
            Check::Frame(x) => x.span,
            Check::Seen(x) => x.span,
            Check::Cleartext(x) => x.span,
            Check::Transfer(x) => x.span,
        }
    }
}

/// So many frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameCount {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

/// Replies to count.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Replies {
    /// Their code.
    #[schemars(with = "super::super::schema::Code")]
    pub code: Spanned<u16>,
    /// How many.
    pub count: Spanned<u64>,
}

/// Commands to count.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Commands {
    /// Their verb.
    #[schemars(with = "super::super::schema::VerbText")]
    pub verb: Spanned<String>,
    /// How many.
    pub count: Spanned<u64>,
    /// Only those with this argument.
    pub argument: Option<Spanned<String>>,
}

/// A frame by its number.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameCheck {
    /// Its number in the capture, from 1.
    pub number: Spanned<u64>,
    /// What it carries.
    pub is: FrameSelector,
}

/// Frames of one kind, counted.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenCheck {
    /// How many.
    pub count: Spanned<u64>,
    /// Of which kind.
    pub what: FrameSelector,
}

/// A file that came through: its name, and how many bytes of it.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TransferCheck {
    /// The argument of RETR or STOR.
    pub name: Spanned<String>,
    /// How many bytes passed on the data connection. Needed unless `whole` is given.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub bytes: Option<Spanned<Size>>,
    /// They are the server's file, byte by byte; or, with `false`, they are not.
    pub whole: Option<Spanned<bool>>,
}

/// The kinds of checks.
const KINDS: [&str; 9] = [
    "frames",
    "tcp_connections",
    "refused",
    "replies",
    "commands",
    "frame",
    "seen",
    "cleartext",
    "transfer",
];

impl Decode for Check {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let Node::Map(entries) = &node.value else {
            return d.expected("a check such as `tcp_connections: 2`", node);
        };
        let [(key, value)] = entries.as_slice() else {
            let message = "a check has one key";
            return d.fail(Diagnostic::error(message, node.span).help("begin a new one with `- `"));
        };
        Some(match key.value.as_str() {
            "frames" => Check::Frames(Decode::decode(d, value)?),
            "tcp_connections" => Check::TcpConnections(Decode::decode(d, value)?),
            "refused" => Check::Refused(Decode::decode(d, value)?),
            "replies" => Check::Replies(Decode::decode(d, value)?),
            "commands" => Check::Commands(Decode::decode(d, value)?),
            "frame" => Check::Frame(Decode::decode(d, value)?),
            "seen" => Check::Seen(Decode::decode(d, value)?),
            "cleartext" => Check::Cleartext(Decode::decode(d, value)?),
            "transfer" => Check::Transfer(Decode::decode(d, value)?),
            other => {
                let message = format!("`{}` is not a check", clip(other));
                let help = suggestion(other, &KINDS);
                return d.fail(Diagnostic::error(message, key.span).help(help));
            }
        })
    }
}

impl FrameCount {
    /// So many are as it says.
    pub fn holds(self, count: u64) -> bool {
        (self.min..=self.max).contains(&count)
    }
}

/// "5", "2 to 5", "at least 2".
impl fmt::Display for FrameCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (min, max) if min == max => write!(f, "{min}"),
            (min, u64::MAX) => write!(f, "at least {min}"),
            (min, max) => write!(f, "{min} to {max}"),
        }
    }
}

impl Decode for FrameCount {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = node.value {
            let count = u64::decode(d, node)?;
            return Some(FrameCount {
                min: count,
                max: count,
            });
        }
        let mut f = d.fields("a number of frames", node)?;
        let count = FrameCount {
            min: f.opt(d, "min").unwrap_or(0),
            max: f.opt(d, "max").unwrap_or(u64::MAX),
        };
        f.finish(d);
        Some(count)
    }
}

impl Decode for Replies {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("`replies`", node)?;
        let code = match f.entry("code") {
            Some((_, node)) => decode_code(d, node).map(|c| Spanned::new(c, node.span)),
            None => d.fail(Diagnostic::error("`replies` needs `code`", f.span)),
        };
        let count = f.req(d, "count");
        f.finish(d);
        Some(Replies {
            code: code?,
            count: count?,
        })
    }
}

impl Decode for Commands {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("`commands`", node)?;
        let verb = match f.entry("verb") {
            Some((_, node)) => decode_verb(d, node).map(|v| Spanned::new(v, node.span)),
            None => d.fail(Diagnostic::error("`commands` needs `verb`", f.span)),
        };
        let count = f.req(d, "count");
        let argument = f.opt(d, "argument");
        f.finish(d);
        Some(Commands {
            verb: verb?,
            count: count?,
            argument,
        })
    }
}

impl Decode for FrameCheck {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("`frame`", node)?;
        let number = f.req(d, "number");
        let is = FrameSelector::decode_in(d, &mut f, node);
        f.finish(d);
        Some(FrameCheck {
            number: number?,
            is: is?,
        })
    }
}

impl Decode for SeenCheck {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("`seen`", node)?;
        let count = f.req(d, "count");
        let what = FrameSelector::decode_in(d, &mut f, node);
        f.finish(d);
        Some(SeenCheck {
            count: count?,
            what: what?,
        })
    }
}

impl Decode for TransferCheck {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("`transfer`", node)?;
        let name = f.req(d, "name");
        let (bytes, whole) = (f.opt(d, "bytes"), f.opt(d, "whole"));
        let span = f.span;
        let is_empty = !f
            .keys()
            .any(|k| ["bytes", "whole"].contains(&k.value.as_str()));
        f.finish(d);
        if is_empty {
            let message = "`transfer` needs `bytes`, or `whole`, or both";
            return d.fail(Diagnostic::error(message, span));
        }
        Some(TransferCheck {
            name: name?,
            bytes,
            whole,
        })
    }
}

/// A flag that an analyser raises, and how often it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expert {
    /// The flag, in the words of Wireshark's `tcp.analysis` fields.
    pub flag: &'static str,
    /// How many frames carry it: a range where that depends on the seed.
    pub count: Spanned<FrameCount>,
}

/// The flags that Wireshark's TCP analysis raises (its fields `tcp.analysis.*`), and what
/// frames with each are.
pub const EXPERT_FLAGS: [(&str, &str); 15] = [
    ("retransmission", "Segments that are sent again."),
    (
        "fast_retransmission",
        "Segments that are sent again after three duplicate acknowledgements.",
    ),
    (
        "spurious_retransmission",
        "Segments that are sent again though they were acknowledged.",
    ),
    (
        "out_of_order",
        "Segments that come after later ones, not sent again.",
    ),
    (
        "reused_ports",
        "SYNs of a new connection between the ports of an old one.",
    ),
    (
        "lost_segment",
        "Segments before which one is missing in the capture.",
    ),
    (
        "ack_lost_segment",
        "Acknowledgements of what is not in the capture.",
    ),
    (
        "window_update",
        "Segments that only open the receive window further.",
    ),
    (
        "window_full",
        "Segments that fill the receiver's window to its end.",
    ),
    (
        "keep_alive",
        "Segments that ask whether the peer is still there.",
    ),
    ("keep_alive_ack", "Answers to those."),
    (
        "zero_window_probe",
        "Segments that ask whether a closed window is open again.",
    ),
    ("zero_window", "Segments that close the receive window."),
    (
        "zero_window_probe_ack",
        "Answers to probes of a closed window.",
    ),
    (
        "duplicate_ack",
        "Acknowledgements that say again what was said before.",
    ),
];

/// Reads `expert: { retransmission: 2 }`.
pub(super) fn decode_expert(d: &mut Decoder, node: &Spanned<Node>) -> Option<Vec<Expert>> {
    let Node::Map(entries) = &node.value else {
        return d.expected("flags and their counts such as { retransmission: 2 }", node);
    };
    let mut list: Vec<Expert> = Vec::new();
    for (key, value) in entries {
        let Some((flag, _)) = EXPERT_FLAGS.iter().find(|(f, _)| *f == key.value) else {
            let message = format!("`{}` is not a flag of TCP analysis", clip(&key.value));
            let help = suggestion(&key.value, &EXPERT_FLAGS.map(|(flag, _)| flag));
            d.diagnostics
                .push(Diagnostic::error(message, key.span).help(help));
            continue;
        };
        if let Some(count) = Decode::decode(d, value) {
            list.push(Expert { flag, count });
        }
    }
    Some(list)
}

/// "1 frame", "2 frames", "3 replies".
fn count(f: &mut fmt::Formatter<'_>, n: u64, what: &str) -> fmt::Result {
    match (n, what.strip_suffix('y')) {
        (1, _) => write!(f, "1 {what}"),
        (_, Some(stem)) => write!(f, "{n} {stem}ies"),
        (_, None) => write!(f, "{n} {what}s"),
    }
}

/// As a report names it.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Check::Frames(n) if n.value.min == n.value.max => count(f, n.value.min, "frame"),
            Check::Frames(n) if n.value.max == u64::MAX => {
                write!(f, "at least {} frames", n.value.min)
            }
            Check::Frames(n) => write!(f, "{} to {} frames", n.value.min, n.value.max),
            Check::TcpConnections(n) => count(f, n.value, "TCP connection"),
            Check::Refused(n) => count(f, n.value, "refused connection"),
            Check::Replies(r) => {
                count(f, r.value.count.value, "reply")?;
                write!(f, " {}", r.value.code)
            }
            Check::Commands(c) => match &c.value.argument {
                Some(argument) => write!(f, "{} × {} {argument}", c.value.count, c.value.verb),
                None => write!(f, "{} × {}", c.value.count, c.value.verb),
            },
            Check::Frame(c) => write!(f, "frame {} is {}", c.value.number, c.value.is),
            Check::Seen(c) => write!(f, "{} × {}", c.value.count, c.value.what),
            Check::Cleartext(text) => write!(f, "\"{text}\" in clear text"),
            Check::Transfer(t) => {
                match t.value.bytes {
                    Some(bytes) => count(f, bytes.value.0, "byte")?,
                    None => f.write_str("the whole")?,
                }
                write!(f, " of {}", t.value.name)
            }
        }
    }
}
