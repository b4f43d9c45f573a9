//! What a step's verb is told: targets, logins, files, lines, times.

use std::net::Ipv6Addr;

use super::Spanned;
use crate::scenario::Diagnostic;
use crate::scenario::decode::{Decode, Decoder, Size, clip, unexpected};
use crate::scenario::yaml::Node;
use crate::time::Duration;

/// Where to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A host's name, a name in the DNS or an address, perhaps with `{word}`.
    pub host: Spanned<String>,
    /// The port; 21 unless given.
    pub port: Option<u16>,
}

/// Who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name, perhaps with `{word}`.
    pub user: Spanned<String>,
    /// The password, perhaps with `{word}`; an empty one unless given.
    pub password: Option<Spanned<String>>,
    /// The account, for servers that ask for one.
    pub account: Option<Spanned<String>>,
}

/// What to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    /// Its name at the server.
    pub file: Spanned<String>,
    /// From which byte on: what comes before is here already.
    pub from: Option<Spanned<Size>>,
    /// After so many bytes the transfer is aborted.
    pub abort_after: Option<Spanned<Size>>,
}

/// What to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Its name here, among the actor's files.
    pub file: Spanned<String>,
    /// Its name at the server; the same unless given.
    pub rename: Option<Spanned<String>>,
    /// Whether it replaces, continues, or gets a name of the server's choice.
    pub how: PutHow,
    /// From which byte on: what comes before is there already.
    pub from: Option<Spanned<Size>>,
}

/// How a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutHow {
    /// STOR: it replaces what is there.
    Replace,
    /// APPE: it is added to what is there.
    Append,
    /// STOU: the server gives it a name.
    Unique,
}

/// The names of [`PutHow`].
pub(crate) const PUT_HOW: [(&str, PutHow); 3] = [
    ("replace", PutHow::Replace),
    ("append", PutHow::Append),
    ("unique", PutHow::Unique),
];

/// What to write to the control connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// The bytes.
    pub payload: Payload,
    /// Wait for the final reply. Yes unless given.
    pub wait: bool,
    /// The file of the actor's own that is sent if the line is STOR or its like.
    pub file: Option<Spanned<String>>,
}

/// The bytes of a `send`.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// A line, ended by CR LF.
    Line(Spanned<String>),
    /// Bytes as they are.
    Bytes(Spanned<Vec<u8>>),
    /// Texts in segments of their own, nothing added.
    Pieces {
        /// The texts.
        pieces: Vec<Spanned<String>>,
        /// The time between them.
        gap: Duration,
    },
}

/// How long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Exactly so long.
    Exactly(Spanned<Duration>),
    /// A time from the first to the second, by the seed's dice.
    Between(Spanned<Duration>, Spanned<Duration>),
}

impl Target {
    fn parse(text: &str) -> Option<(&str, Option<u16>)> {
        let port = |text: &str| text.parse::<u16>().ok().filter(|p| *p != 0);
        if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            return match rest.strip_prefix(':') {
                Some(digits) => Some((host, Some(port(digits)?))),
                None => rest.is_empty().then_some((host, None)),
            };
        }
        match text.rsplit_once(':') {
            Some((host, digits)) => {
                let port = port(digits)?;
                (!host.is_empty() && !host.contains(':')).then_some((host, Some(port)))
            }
            None => (!text.is_empty()).then_some((text, None)),
        }
    }
}

/// How to write an IPv6 address, perhaps with a port, that stands without brackets.
fn in_brackets(text: &str) -> Option<String> {
    let help = "an IPv6 address stands in brackets and quotes";
    // Its last digits may be meant for a port.
    let split = text.rsplit_once(':').and_then(|(address, port)| {
        let address: Ipv6Addr = address.parse().ok()?;
        let port: u16 = port.parse().ok()?;
        Some(format!("\"[{address}]:{port}\""))
    });
    match (text.parse::<Ipv6Addr>(), split) {
        (Ok(address), None) => Some(format!(
            "{help}: \"[{address}]\", with a port \"[{address}]:21\""
        )),
        (Ok(address), Some(split)) => Some(format!("{help}: {split}, or \"[{address}]\"")),
        (Err(_), split) => split.map(|split| format!("{help}: {split}")),
    }
}

impl Decode for Target {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "a host and a port such as server:21";
        // Brackets without quotes make a list to YAML.
        if let Node::List(items) = &node.value
            && let [
                Spanned {
                    value: Node::Scalar(only),
                    ..
                },
            ] = items.as_slice()
            && let Some(help) = in_brackets(&only.text)
        {
            return d.fail(unexpected(what, node).help(help));
        }
        let text = &d.scalar(what, node)?.text;
        if let Some((host, port)) = Target::parse(text) {
            return Some(Target {
                host: Spanned::new(host.to_owned(), node.span),
                port,
            });
        }
        let inside = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let Some((inside, _)) = inside
            && inside.parse::<Ipv6Addr>().is_err()
        {
            let message = format!("`{}` is no IPv6 address", clip(inside));
            let help = "brackets are for those alone, as in \"[2001:db8::9]:21\"";
            return d.fail(Diagnostic::error(message, node.span).help(help));
        }
        match in_brackets(text) {
            Some(help) => d.fail(unexpected(what, node).help(help)),
            None => d.expected(what, node),
        }
    }
}

impl Decode for Login {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a login", node)?;
        let user = f.req(d, "user");
        let password = f.opt(d, "password");
        let account = f.opt(d, "account");
        f.finish(d);
        Some(Login {
            user: user?,
            password,
            account,
        })
    }
}

impl Decode for Get {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = node.value {
            return Some(Get {
                file: Decode::decode(d, node)?,
                from: None,
                abort_after: None,
            });
        }
        let mut f = d.fields("a get", node)?;
        let file = f.req(d, "file");
        let from = f.opt(d, "from");
        let abort_after = f.opt(d, "abort_after");
        f.finish(d);
        Some(Get {
            file: file?,
            from,
            abort_after,
        })
    }
}

impl Decode for Put {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = node.value {
            return Some(Put {
                file: Decode::decode(d, node)?,
                rename: None,
                how: PutHow::Replace,
                from: None,
            });
        }
        let mut f = d.fields("a put", node)?;
        let file = f.req(d, "file");
        let rename = f.opt(d, "as");
        let how = f
            .entry("how")
            .and_then(|(_, node)| d.one_of("a way to store a file", node, &PUT_HOW));
        let from = f.opt(d, "from");
        f.finish(d);
        Some(Put {
            file: file?,
            rename,
            how: how.unwrap_or(PutHow::Replace),
            from,
        })
    }
}

impl Decode for Send {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = node.value {
            let line = Decode::decode(d, node)?;
            return Some(Send {
                payload: Payload::Line(line),
                wait: true,
                file: None,
            });
        }
        let mut f = d.fields("a send", node)?;
        let line: Option<Spanned<String>> = f.opt(d, "line");
        let bytes = f.entry("bytes").and_then(|(_, node)| {
            let bytes = d.word("bytes in hexadecimal such as \"ff f4\"", node, parse_hex)?;
            Some(Spanned::new(bytes, node.span))
        });
        let pieces: Option<Vec<Spanned<String>>> = f.opt(d, "pieces");
        let gap: Option<Duration> = f.opt(d, "gap");
        let wait = f.opt(d, "wait").unwrap_or(true);
        let file = f.opt(d, "file");
        let whole = f.finish(d);
        let payload = match (line, bytes, pieces) {
            (Some(line), None, None) => Payload::Line(line),
            (None, Some(bytes), None) => Payload::Bytes(bytes),
            (None, None, Some(pieces)) => Payload::Pieces {
                pieces,
                gap: gap.unwrap_or(Duration::from_millis(10)),
            },
            _ if !whole => return None,
            _ => return d.expected("a line, or one of `line`, `bytes`, `pieces`", node),
        };
        Some(Send {
            payload,
            wait,
            file,
        })
    }
}

/// Pairs of hexadecimal digits, spaces and colons between them allowed.
pub(super) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace() && *b != b':')
        .map(|b| {
            char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        })
        .collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

impl Decode for Wait {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = node.value {
            return Decode::decode(d, node).map(Wait::Exactly);
        }
        let mut f = d.fields("a wait", node)?;
        let between: Option<Vec<Spanned<Duration>>> = f.req(d, "between");
        f.finish(d);
        match between?.as_slice() {
            [low, high] if low.value <= high.value => Some(Wait::Between(*low, *high)),
            _ => d.expected("two durations, the shorter one first", node),
        }
    }
}
