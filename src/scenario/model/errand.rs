//! Errands: steps that have nothing to do with FTP. Ping, traceroute, a port scan, lies and raw frames.

use super::Spanned;
use super::argument::{Target, parse_hex};
use super::select::{ArpKind, decode_arp_kind};
use crate::scenario::decode::{Decode, Decoder, Fields};
use crate::scenario::yaml::Node;
use crate::time::Duration;

/// What an errand is.
#[derive(Debug, Clone, PartialEq)]
pub enum Errand {
    /// Echo requests.
    Ping(Ping),
    /// Which routers lie on the way.
    Traceroute(Traceroute),
    /// Which ports somebody listens at.
    Scan(Scan),
    /// Lies about who has an address.
    Spoof(Spoof),
    /// One frame, as it is.
    Inject(Inject),
    /// Something said to an echo server.
    Echo(Echo),
}

/// Is somebody there?
#[derive(Debug, Clone, PartialEq)]
pub struct Ping {
    /// A host's name, a name in the DNS, or an address.
    pub to: Spanned<String>,
    /// How many requests. 4 unless given.
    pub count: Option<Spanned<u16>>,
    /// How many octets each carries. 32 unless given.
    pub size: Option<Spanned<u16>>,
}

/// Which way goes it?
#[derive(Debug, Clone, PartialEq)]
pub struct Traceroute {
    /// A host's name, a name in the DNS, or an address.
    pub to: Spanned<String>,
    /// What is sent: `udp` as Unix does, or `echo` as Windows does.
    pub probe: Option<Spanned<Probe>>,
}

/// What a traceroute sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Datagrams to ports where nobody listens.
    Udp,
    /// Echo requests.
    Echo,
}

/// The names of [`Probe`].
pub(crate) const PROBES: [(&str, Probe); 2] = [("udp", Probe::Udp), ("echo", Probe::Echo)];

/// Who listens?
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Hosts' names, names in the DNS, or addresses.
    pub to: Vec<Spanned<String>>,
    /// The ports, in the order in which they are tried.
    pub ports: Vec<Spanned<u16>>,
    /// With whole handshakes, or with SYNs alone.
    pub how: Option<Spanned<ScanHow>>,
    /// The time between two attempts. 10ms unless given.
    pub every: Option<Spanned<Duration>>,
}

/// How ports are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanHow {
    /// A whole handshake.
    Connect,
    /// A SYN, and a RST for whoever answers.
    Syn,
}

/// The names of [`ScanHow`].
pub(crate) const SCAN_HOW: [(&str, ScanHow); 2] =
    [("connect", ScanHow::Connect), ("syn", ScanHow::Syn)];

/// ARP replies that nobody asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoof {
    /// Whose address it claims: a host's name or an address.
    pub claim: Spanned<String>,
    /// Whom it tells: a host's name or an address. Everybody hears it.
    pub tell: Spanned<String>,
    /// How often. 10 unless given.
    pub times: Option<Spanned<u16>>,
    /// The time between two lies. 2s unless given.
    pub every: Option<Spanned<Duration>>,
}

/// Something said to an echo server.
#[derive(Debug, Clone, PartialEq)]
pub struct Echo {
    /// A host and a port; port 7 unless given.
    pub to: Target,
    /// What is said.
    pub text: Spanned<String>,
}

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Inject {
    /// What it carries.
    pub what: Injected,
    /// The hardware address it is for: a host's name or an address. Everybody
    /// unless given.
    pub to: Option<Spanned<String>>,
    /// The hardware address it claims to be from. The host's own unless given.
    pub from: Option<Spanned<String>>,
}

/// What an injected frame carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Injected {
    /// A whole frame, octet by octet.
    Hex(Spanned<Vec<u8>>),
    /// An ARP message.
    Arp {
        /// Request or reply.
        kind: ArpKind,
        /// Whose address it speaks of: a host's name or an address.
        source: Spanned<String>,
        /// Whose address it asks for, or whom it tells.
        target: Spanned<String>,
    },
    /// A TCP segment without options.
    Tcp {
        /// Its control bits.
        flags: Vec<Spanned<Flag>>,
        /// From.
        source: Target,
        /// To.
        target: Target,
        /// Its sequence number. 0 unless given.
        sequence: Option<Spanned<u32>>,
        /// Its acknowledgement number. 0 unless given.
        acknowledgement: Option<Spanned<u32>>,
        /// What it carries.
        text: Option<Spanned<String>>,
    },
    /// A UDP datagram.
    Udp {
        /// From.
        source: Target,
        /// To.
        target: Target,
        /// What it carries.
        text: Option<Spanned<String>>,
    },
}

/// A control bit of TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// FIN
    Fin,
    /// SYN
    Syn,
    /// RST
    Rst,
    /// PSH
    Psh,
    /// ACK
    Ack,
    /// URG
    Urg,
}

/// The names of [`Flag`].
pub(crate) const FLAGS: [(&str, Flag); 6] = [
    ("fin", Flag::Fin),
    ("syn", Flag::Syn),
    ("rst", Flag::Rst),
    ("psh", Flag::Psh),
    ("ack", Flag::Ack),
    ("urg", Flag::Urg),
];

impl Decode for Flag {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.one_of("a control bit of TCP", node, &FLAGS)
    }
}

/// A plain word stands for `{ to: … }`.
fn only_to(d: &mut Decoder, node: &Spanned<Node>) -> Option<Option<Spanned<String>>> {
    match node.value {
        Node::Scalar(_) => Some(Some(Decode::decode(d, node)?)),
        _ => Some(None),
    }
}

fn choice<T: Copy>(
    d: &mut Decoder,
    f: &mut Fields<'_>,
    key: &'static str,
    what: &str,
    choices: &[(&str, T)],
) -> Option<Spanned<T>> {
    let (_, node) = f.entry(key)?;
    let chosen = d.one_of(what, node, choices)?;
    Some(Spanned::new(chosen, node.span))
}

impl Errand {
    /// Their verbs.
    pub(crate) const VERBS: [&'static str; 6] =
        ["ping", "traceroute", "scan", "spoof", "inject", "echo"];

    /// Reads what stands behind one of the verbs.
    pub(super) fn decode(d: &mut Decoder, verb: &str, node: &Spanned<Node>) -> Option<Errand> {
        match verb {
            "ping" => ping(d, node).map(Errand::Ping),
            "traceroute" => traceroute(d, node).map(Errand::Traceroute),
            "scan" => scan(d, node).map(Errand::Scan),
            "spoof" => spoof(d, node).map(Errand::Spoof),
            "inject" => inject(d, node).map(Errand::Inject),
            _ => echo(d, node).map(Errand::Echo),
        }
    }
}

fn ping(d: &mut Decoder, node: &Spanned<Node>) -> Option<Ping> {
    let (mut count, mut size) = (None, None);
    if let Some(to) = only_to(d, node)? {
        return Some(Ping { to, count, size });
    }
    let mut f = d.fields("a `ping`", node)?;
    let to = f.req(d, "to");
    count = f.opt(d, "count");
    size = f.opt(d, "size");
    f.finish(d);
    Some(Ping {
        to: to?,
        count,
        size,
    })
}

fn traceroute(d: &mut Decoder, node: &Spanned<Node>) -> Option<Traceroute> {
    if let Some(to) = only_to(d, node)? {
        return Some(Traceroute { to, probe: None });
    }
    let mut f = d.fields("a `traceroute`", node)?;
    let to = f.req(d, "to");
    let probe = choice(d, &mut f, "probe", "a kind of probe", &PROBES);
    f.finish(d);
    Some(Traceroute { to: to?, probe })
}

fn scan(d: &mut Decoder, node: &Spanned<Node>) -> Option<Scan> {
    let mut f = d.fields("a `scan`", node)?;
    let to = match f.entry("to") {
        Some((_, list)) if matches!(list.value, Node::List(_)) => Vec::decode(d, list),
        Some((_, one)) => Decode::decode(d, one).map(|one| vec![one]),
        None => f.req::<String>(d, "to").map(|_| Vec::new()),
    };
    let ports = f.req(d, "ports");
    let how = choice(d, &mut f, "how", "a way to scan", &SCAN_HOW);
    let every = f.opt(d, "every");
    f.finish(d);
    Some(Scan {
        to: to?,
        ports: ports?,
        how,
        every,
    })
}

fn spoof(d: &mut Decoder, node: &Spanned<Node>) -> Option<Spoof> {
    let mut f = d.fields("a `spoof`", node)?;
    let (claim, tell) = (f.req(d, "claim"), f.req(d, "tell"));
    let (times, every) = (f.opt(d, "times"), f.opt(d, "every"));
    f.finish(d);
    Some(Spoof {
        claim: claim?,
        tell: tell?,
        times,
        every,
    })
}

fn echo(d: &mut Decoder, node: &Spanned<Node>) -> Option<Echo> {
    let mut f = d.fields("an `echo`", node)?;
    let (to, text) = (f.req(d, "to"), f.req(d, "text"));
    f.finish(d);
    Some(Echo {
        to: to?,
        text: text?,
    })
}

fn hex(d: &mut Decoder, node: &Spanned<Node>) -> Option<Injected> {
    let what = "a frame in hexadecimal, 14 to 1518 octets";
    let length = 14..=1518usize;
    let parse = |text: &str| parse_hex(text).filter(|bytes| length.contains(&bytes.len()));
    let bytes = d.word(what, node, parse)?;
    Some(Injected::Hex(Spanned::new(bytes, node.span)))
}

fn inject(d: &mut Decoder, node: &Spanned<Node>) -> Option<Inject> {
    if let Node::Scalar(_) = node.value {
        return Some(Inject {
            what: hex(d, node)?,
            to: None,
            from: None,
        });
    }
    let mut f = d.fields("an `inject`", node)?;
    let (to, from) = (f.opt(d, "to"), f.opt(d, "from"));
    let mut found: Vec<Option<Injected>> = Vec::new();
    if let Some((_, node)) = f.entry("hex") {
        found.push(hex(d, node));
    }
    if let Some((_, node)) = f.entry("arp") {
        found.push(inject_arp(d, node));
    }
    if let Some((_, node)) = f.entry("tcp") {
        found.push(inject_tcp(d, node));
    }
    if let Some((_, node)) = f.entry("udp") {
        found.push(inject_udp(d, node));
    }
    f.finish(d);
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(what), None) => Some(Inject {
            what: what?,
            to,
            from,
        }),
        _ => d.expected(
            "a frame in hexadecimal, or one of `hex`, `arp`, `tcp`, `udp`",
            node,
        ),
    }
}

fn inject_arp(d: &mut Decoder, node: &Spanned<Node>) -> Option<Injected> {
    let mut f = d.fields("an injected ARP message", node)?;
    let kind = match f.entry("kind") {
        Some((_, node)) => decode_arp_kind(d, node),
        None => f.req::<String>(d, "kind").and(None),
    };
    let (source, target) = (f.req(d, "source"), f.req(d, "target"));
    f.finish(d);
    Some(Injected::Arp {
        kind: kind?,
        source: source?,
        target: target?,
    })
}

fn inject_tcp(d: &mut Decoder, node: &Spanned<Node>) -> Option<Injected> {
    let mut f = d.fields("an injected TCP segment", node)?;
    let flags = f.req(d, "flags");
    let (source, target) = (f.req(d, "source"), f.req(d, "target"));
    let (sequence, acknowledgement) = (f.opt(d, "seq"), f.opt(d, "ack"));
    let text = f.opt(d, "text");
    f.finish(d);
    Some(Injected::Tcp {
        flags: flags?,
        source: source?,
        target: target?,
        sequence,
        acknowledgement,
        text,
    })
}

fn inject_udp(d: &mut Decoder, node: &Spanned<Node>) -> Option<Injected> {
    let mut f = d.fields("an injected UDP datagram", node)?;
    let (source, target) = (f.req(d, "source"), f.req(d, "target"));
    let text = f.opt(d, "text");
    f.finish(d);
    Some(Injected::Udp {
        source: source?,
        target: target?,
        text,
    })
}

impl Inject {
    /// What it carries fits into a frame: the text at most.
    pub const MAX_TEXT: usize = 1400;
}
