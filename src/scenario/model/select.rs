//! How a scenario points at frames: one selector for notes and checks.

use core::fmt;

use schemars::JsonSchema;

use crate::scenario::decode::{Decode, Decoder, Fields};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::source::Spanned;
use crate::scenario::yaml::Node;
use crate::wire::{DhcpKind, DnsSide, IcmpKind, Message, NdpKind};

/// Frames of one kind, perhaps of one direction; `nth` picks one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameSelector {
    /// What the frame carries.
    pub what: What,
    /// The host that sent it.
    pub from: Option<Spanned<String>>,
    /// The host that it was sent to.
    pub to: Option<Spanned<String>>,
    /// Which of them, from 1.
    pub nth: Option<Spanned<u64>>,
}

/// What a frame carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The beginning of an FTP command of this verb, in capitals.
    Command(String),
    /// The beginning of an FTP reply line with this code.
    Reply(u16),
    /// A TCP segment with these flags.
    Tcp(TcpKind),
    /// An ARP message.
    Arp(ArpKind),
    /// Bytes of an FTP data connection.
    Data,
    /// A message of ICMP, neighbour discovery, DNS or DHCP.
    Message(Message),
}

/// TCP segments by their flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum TcpKind {
    /// SYN without ACK.
    Syn,
    /// SYN and ACK.
    SynAck,
    /// ACK alone: no SYN, FIN or RST, and no bytes.
    Ack,
    /// FIN.
    Fin,
    /// RST.
    Rst,
    /// Window 0: send nothing more.
    ZeroWindow,
}

/// ARP messages by their operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum ArpKind {
    /// Who has this address?
    Request,
    /// I have.
    Reply,
}

/// The names of TCP segments.
pub(super) const TCP_KINDS: [(&str, TcpKind); 6] = [
    ("syn", TcpKind::Syn),
    ("syn-ack", TcpKind::SynAck),
    ("ack", TcpKind::Ack),
    ("fin", TcpKind::Fin),
    ("rst", TcpKind::Rst),
    ("zero-window", TcpKind::ZeroWindow),
];

/// The names of ARP messages.
const ARP_KINDS: [(&str, ArpKind); 2] = [("request", ArpKind::Request), ("reply", ArpKind::Reply)];

/// The names of ICMP messages.
pub(crate) const ICMP_KINDS: [(&str, IcmpKind); 5] = [
    ("echo-request", IcmpKind::EchoRequest),
    ("echo-reply", IcmpKind::EchoReply),
    ("unreachable", IcmpKind::Unreachable),
    ("too-big", IcmpKind::TooBig),
    ("time-exceeded", IcmpKind::TimeExceeded),
];

/// The names of the messages of neighbour discovery.
pub(crate) const NDP_KINDS: [(&str, NdpKind); 4] = [
    ("solicit", NdpKind::Solicit),
    ("advert", NdpKind::Advert),
    ("router-solicit", NdpKind::RouterSolicit),
    ("router-advert", NdpKind::RouterAdvert),
];

/// The names of DNS messages.
pub(crate) const DNS_SIDES: [(&str, DnsSide); 2] =
    [("question", DnsSide::Question), ("answer", DnsSide::Answer)];

/// The names of DHCP messages.
pub(crate) const DHCP_KINDS: [(&str, DhcpKind); 6] = [
    ("discover", DhcpKind::Discover),
    ("offer", DhcpKind::Offer),
    ("request", DhcpKind::Request),
    ("ack", DhcpKind::Ack),
    ("nak", DhcpKind::Nak),
    ("release", DhcpKind::Release),
];

/// The keys that say what a frame carries.
const KEYS: [&str; 9] = [
    "command", "reply", "tcp", "arp", "data", "icmp", "ndp", "dns", "dhcp",
];

impl FrameSelector {
    /// Reads the selector's part of a mapping that may hold more.
    pub(super) fn decode_in(
        d: &mut Decoder,
        f: &mut Fields<'_>,
        node: &Spanned<Node>,
    ) -> Option<FrameSelector> {
        let mut found = Vec::new();
        if let Some((_, node)) = f.entry("command") {
            found.push(decode_verb(d, node).map(What::Command));
        }
        if let Some((_, node)) = f.entry("reply") {
            found.push(decode_code(d, node).map(What::Reply));
        }
        if let Some((_, node)) = f.entry("tcp") {
            found.push(
                d.one_of("a kind of TCP segment", node, &TCP_KINDS)
                    .map(What::Tcp),
            );
        }
        if let Some((_, node)) = f.entry("arp") {
            found.push(decode_arp_kind(d, node).map(What::Arp));
        }
        messages(d, f, &mut found);
        // `data` is of a later chapter in other mappings, and true is all it can be here.
        if let Some((_, node)) = f.entry("data") {
            found.push(match bool::decode(d, node) {
                Some(true) => Some(What::Data),
                Some(false) => d.expected("`data: true`", node),
                None => None,
            });
        }
        let from = f.opt(d, "from");
        let to = f.opt(d, "to");
        let nth: Option<Spanned<u64>> = f.opt(d, "nth");
        if let Some(nth) = &nth
            && nth.value == 0
        {
            let message = "frames are counted from 1";
            d.diagnostics.push(Diagnostic::error(message, nth.span));
        }
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(what), None) => Some(FrameSelector {
                what: what?,
                from,
                to,
                nth,
            }),
            (None, _) => {
                let message = "nothing here says which frames are meant";
                let help = format!("one of {} does", quoted(KEYS.iter(), ", "));
                d.fail(Diagnostic::error(message, node.span).help(help))
            }
            (Some(_), Some(_)) => {
                let given = f.keys().map(|key| key.value.as_str());
                let given = quoted(given.filter(|key| KEYS.contains(key)), " and ");
                let message = format!("a frame is selected by one key, and here are {given}");
                d.fail(Diagnostic::error(message, node.span))
            }
        }
    }
}

/// Names of keys, as messages show them.
fn quoted(keys: impl Iterator<Item: fmt::Display>, between: &str) -> String {
    let keys: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
    keys.join(between)
}

/// Reads the keys of messages that are neither TCP nor ARP.
fn messages(d: &mut Decoder, f: &mut Fields<'_>, found: &mut Vec<Option<What>>) {
    if let Some((_, node)) = f.entry("icmp") {
        let kind = d.one_of("a kind of ICMP message", node, &ICMP_KINDS);
        found.push(kind.map(|kind| What::Message(Message::Icmp(kind))));
    }
    if let Some((_, node)) = f.entry("ndp") {
        let kind = d.one_of("a message of neighbour discovery", node, &NDP_KINDS);
        found.push(kind.map(|kind| What::Message(Message::Ndp(kind))));
    }
    if let Some((_, node)) = f.entry("dns") {
        let side = d.one_of("a kind of DNS message", node, &DNS_SIDES);
        found.push(side.map(|side| What::Message(Message::Dns(side))));
    }
    if let Some((_, node)) = f.entry("dhcp") {
        let kind = d.one_of("a kind of DHCP message", node, &DHCP_KINDS);
        found.push(kind.map(|kind| What::Message(Message::Dhcp(kind))));
    }
}

/// Request or reply.
pub(super) fn decode_arp_kind(d: &mut Decoder, node: &Spanned<Node>) -> Option<ArpKind> {
    d.one_of("a kind of ARP message", node, &ARP_KINDS)
}

/// The name of `value` among `names`.
fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    let found = names.iter().find(|(_, named)| named == value);
    found.map_or("message", |(name, _)| name)
}

/// An FTP verb: three or four letters, any case (RFC 959 §5.2).
pub(super) fn decode_verb(d: &mut Decoder, node: &Spanned<Node>) -> Option<String> {
    d.word("an FTP command such as RETR", node, |text| {
        let letters = text.bytes().all(|b| b.is_ascii_alphabetic());
        (letters && (3..=4).contains(&text.len())).then(|| text.to_ascii_uppercase())
    })
}

/// An FTP reply code: three digits, the first from 1 to 5 (RFC 959 §4.2).
pub(super) fn decode_code(d: &mut Decoder, node: &Spanned<Node>) -> Option<u16> {
    d.word("a reply code such as 220", node, parse_code)
}

/// A reply code as text.
pub(super) fn parse_code(text: &str) -> Option<u16> {
    let code: u16 = text.parse().ok()?;
    (text.len() == 3 && (100..600).contains(&code)).then_some(code)
}

/// As it is written in a scenario: `reply 226, from server, the 2nd`.
impl fmt::Display for FrameSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        if let Some(from) = &self.from {
            write!(f, " from {from}")?;
        }
        if let Some(to) = &self.to {
            write!(f, " to {to}")?;
        }
        if let Some(nth) = &self.nth {
            write!(f, ", number {nth} of its kind")?;
        }
        Ok(())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Command(verb) => write!(f, "command {verb}"),
            What::Reply(code) => write!(f, "reply {code}"),
            What::Tcp(kind) => f.write_str(match kind {
                TcpKind::Syn => "SYN",
                TcpKind::SynAck => "SYN,ACK",
                TcpKind::Ack => "ACK alone",
                TcpKind::Fin => "FIN",
                TcpKind::Rst => "RST",
                TcpKind::ZeroWindow => "window 0",
            }),
            What::Arp(ArpKind::Request) => f.write_str("ARP request"),
            What::Arp(ArpKind::Reply) => f.write_str("ARP reply"),
            What::Data => f.write_str("data"),
            What::Message(Message::Icmp(kind)) => write!(f, "ICMP {}", name_of(&ICMP_KINDS, kind)),
            What::Message(Message::Ndp(kind)) => write!(f, "NDP {}", name_of(&NDP_KINDS, kind)),
            What::Message(Message::Dns(side)) => write!(f, "DNS {}", name_of(&DNS_SIDES, side)),
            What::Message(Message::Dhcp(kind)) => write!(f, "DHCP {}", name_of(&DHCP_KINDS, kind)),
        }
    }
}

/// A remark on one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Which frame; without a selector the step's own.
    pub frame: Option<FrameSelector>,
    /// What to say.
    pub say: Spanned<String>,
}

impl Decode for Note {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(_) = &node.value {
            let what = "a note: text, or { command: PORT, say: … }";
            let text = d.scalar(what, node)?.text.clone();
            return Some(Note {
                frame: None,
                say: Spanned::new(text, node.span),
            });
        }
        let mut f = d.fields("a note", node)?;
        let frame = FrameSelector::decode_in(d, &mut f, node);
        let say = f.req(d, "say");
        f.finish(d);
        Some(Note {
            frame: Some(frame?),
            say: say?,
        })
    }
}
