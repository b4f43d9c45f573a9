//! What a server does instead of the usual: when, and what.

use std::net::Ipv4Addr;

use schemars::JsonSchema;

use super::Spanned;
use super::argument::parse_hex;
use super::select::decode_verb;
use super::server::FileSpec;
use crate::scenario::decode::{Decode, Decoder, Size};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::yaml::Node;
use crate::time::Duration;

/// What a server does instead of the usual.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rule {
    /// For this command, or for `any`.
    #[schemars(with = "Option<super::super::schema::VerbText>")]
    pub command: Option<Spanned<Trigger>>,
    /// When a client connects: the reply is then the greeting.
    pub event: Option<Spanned<Event>>,
    /// Only the nth time it comes, counted over the server's whole life, from 1.
    pub nth: Option<Spanned<u64>>,
    /// Only under these conditions.
    #[schemars(default)]
    pub when: RuleWhen,
    /// Say this, a code and its text, or several, instead of doing what was
    /// asked; `none` says nothing at all. In a reply to PASV or EPSV `{address}`
    /// and `{port}` stand for where the server listens, which it then does.
    #[schemars(default, schema_with = "super::super::schema::one_or_many")]
    pub reply: Option<Vec<Spanned<String>>>,
    /// Say these bytes, in hexadecimal, instead of a reply.
    #[schemars(with = "Option<super::super::schema::HexText>")]
    pub bytes: Option<Spanned<Vec<u8>>>,
    /// Wait so long before it.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub after: Option<Spanned<Duration>>,
    /// And then do this.
    pub then: Option<Spanned<Then>>,
    /// Announce this address in 227 instead of the true one.
    #[schemars(with = "Option<super::super::schema::Ipv4Text>")]
    pub address: Option<Spanned<Ipv4Addr>>,
    /// Announce this port in 227 and 229 instead of the true one.
    pub port: Option<Spanned<u16>>,
    /// What goes wrong on the data connection.
    pub data: Option<DataRule>,
    /// Send this instead of the file or the list.
    pub content: Option<FileSpec>,
    /// How the reply is put on the wire.
    #[schemars(default)]
    pub delivery: Delivery,
}

/// The command a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// This verb, in capitals.
    Command(String),
    /// Any command at all.
    Any,
}

impl Decode for Trigger {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        match &node.value {
            Node::Scalar(scalar) if scalar.text == "any" => Some(Trigger::Any),
            _ => decode_verb(d, node).map(Trigger::Command),
        }
    }
}

/// The event a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Event {
    /// A client has connected.
    Connect,
}

impl Decode for Event {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.one_of("an event", node, &[("connect", Event::Connect)])
    }
}

/// The conditions of a rule.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RuleWhen {
    /// The user has said this name.
    pub user: Option<Spanned<String>>,
    /// The client is this host.
    pub client: Option<Spanned<String>>,
    /// The command's argument is this.
    pub argument: Option<Spanned<String>>,
}

impl Decode for RuleWhen {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a rule's `when`", node)?;
        let when = RuleWhen {
            user: f.opt(d, "user"),
            client: f.opt(d, "client"),
            argument: f.opt(d, "argument"),
        };
        f.finish(d);
        Some(when)
    }
}

/// What a rule does after its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Then {
    /// Closes the control connection.
    Close,
    /// Resets the control connection.
    Reset,
    /// Closes the data connection.
    CloseData,
    /// Resets the data connection.
    ResetData,
    /// Closes the passive port: it is announced, and refuses.
    Unlisten,
}

impl Decode for Then {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [
            ("close", Then::Close),
            ("reset", Then::Reset),
            ("close_data", Then::CloseData),
            ("reset_data", Then::ResetData),
            ("unlisten", Then::Unlisten),
        ];
        d.one_of("what a rule does", node, &choices)
    }
}

/// What goes wrong on a data connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DataRule {
    /// No connection is made, though a reply says so.
    pub absent: Option<Spanned<bool>>,
    /// After so many bytes nothing more is sent.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub stop_after: Option<Spanned<Size>>,
    /// After so many bytes the connection is closed.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub close_after: Option<Spanned<Size>>,
    /// After so many bytes the connection is reset.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub reset_after: Option<Spanned<Size>>,
    /// After so many bytes of an upload the final reply is said, and the rest thrown away.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub refuse_after: Option<Spanned<Size>>,
    /// No more than so many bytes a second are sent.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub bytes_per_second: Option<Spanned<Size>>,
    /// The final reply comes before the data.
    pub reply_first: Option<Spanned<bool>>,
}

impl Decode for DataRule {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a rule's `data`", node)?;
        let rule = DataRule {
            absent: f.opt(d, "absent"),
            stop_after: f.opt(d, "stop_after"),
            close_after: f.opt(d, "close_after"),
            reset_after: f.opt(d, "reset_after"),
            refuse_after: f.opt(d, "refuse_after"),
            bytes_per_second: f.opt(d, "bytes_per_second"),
            reply_first: f.opt(d, "reply_first"),
        };
        f.finish(d);
        Some(rule)
    }
}

/// How a reply is put on the wire.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Delivery {
    /// The lengths of the first pieces; what is left follows as one more.
    #[schemars(default)]
    pub pieces: Vec<Spanned<u16>>,
    /// The time between two pieces. 10ms unless given.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub gap: Option<Spanned<Duration>>,
    /// How its lines end.
    pub ending: Option<Spanned<Ending>>,
}

/// How the lines of a reply end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Ending {
    /// CR LF, as RFC 959 asks for.
    Crlf,
    /// LF alone.
    Lf,
    /// The last line does not end.
    None,
}

impl Decode for Ending {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [
            ("crlf", Ending::Crlf),
            ("lf", Ending::Lf),
            ("none", Ending::None),
        ];
        d.one_of("an ending", node, &choices)
    }
}

impl Decode for Delivery {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a rule's `delivery`", node)?;
        let delivery = Delivery {
            pieces: f.or_default(d, "pieces"),
            gap: f.opt(d, "gap"),
            ending: f.opt(d, "ending"),
        };
        f.finish(d);
        Some(delivery)
    }
}

impl Decode for Rule {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a rule", node)?;
        let rule = Rule {
            command: f.opt(d, "command"),
            event: f.opt(d, "event"),
            nth: f.opt(d, "nth"),
            when: f.or_default(d, "when"),
            reply: f.entry("reply").and_then(|(_, node)| match node.value {
                Node::List(_) => Vec::decode(d, node),
                _ => Decode::decode(d, node).map(|line| vec![line]),
            }),
            bytes: f.entry("bytes").and_then(|(_, node)| {
                let bytes = d.word("bytes in hexadecimal such as \"ff f4\"", node, parse_hex)?;
                Some(Spanned::new(bytes, node.span))
            }),
            after: f.opt(d, "after"),
            then: f.opt(d, "then"),
            address: f.opt(d, "address"),
            port: f.opt(d, "port"),
            data: f.opt(d, "data"),
            content: f.opt(d, "content"),
            delivery: f.or_default(d, "delivery"),
        };
        let written = f
            .keys()
            .filter(|k| matches!(k.value.as_str(), "command" | "event"));
        let triggers = written.count();
        let span = f.span;
        f.finish(d);
        if triggers != 1 {
            let message = "a rule needs `command`, or `event: connect`";
            return d.fail(Diagnostic::error(message, span));
        }
        Some(rule)
    }
}
