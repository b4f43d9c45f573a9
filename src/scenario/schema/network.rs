//! The schema of what is read by hand about networks: a router's ports, messages, errands.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};
use std::borrow::Cow;

use super::{
    DurationText, HexText, Ipv4Text, Ipv6Text, count, keys, list_of, mapping, names, said, text,
};
use crate::scenario::model::{
    ArpKind, DHCP_KINDS, DNS_SIDES, FLAGS, ICMP_KINDS, NDP_KINDS, PROBES, Replay, RouterPort,
    SCAN_HOW, Target,
};

impl JsonSchema for RouterPort {
    fn schema_name() -> Cow<'static, str> {
        "RouterPort".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let v4 = generator.subschema_for::<Ipv4Text>();
        let keys = keys([
            ("ip", "Its address there.", v4.clone()),
            (
                "ip6",
                "Its IPv6 address there. It passes no IPv6 on unless given.",
                generator.subschema_for::<Ipv6Text>(),
            ),
            (
                "advertise",
                "It tells the hosts there what their IPv6 network is. True unless given.",
                json_schema!({ "type": "boolean" }),
            ),
        ]);
        let port = json_schema!({ "anyOf": [v4, mapping(keys, &["ip"])] });
        said(
            "A port of a router: its address, or { ip, ip6, advertise }.",
            port,
        )
    }
}

/// A capture to play: its name, or a mapping.
pub(in crate::scenario) fn replay(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [text(), generator.subschema_for::<Replay>()] })
}

/// The keys of a selector for messages that are neither TCP nor ARP.
pub(super) fn messages() -> Map<String, Value> {
    keys([
        (
            "icmp",
            "Messages of ICMP, or of ICMPv6.",
            names(&ICMP_KINDS),
        ),
        (
            "ndp",
            "Messages of IPv6's neighbour discovery.",
            names(&NDP_KINDS),
        ),
        ("dns", "Messages of the DNS.", names(&DNS_SIDES)),
        ("dhcp", "Messages of DHCP.", names(&DHCP_KINDS)),
    ])
}

/// Somebody in the network.
const WHOM: &str = "A host's name, a name in the DNS, or an address.";

fn ping() -> Schema {
    let keys = keys([
        ("to", WHOM, text()),
        ("count", "How many requests. 4 unless given.", count()),
        (
            "size",
            "How many octets each carries. 32 unless given.",
            count(),
        ),
    ]);
    json_schema!({ "anyOf": [text(), mapping(keys, &["to"])] })
}

fn traceroute() -> Schema {
    let probe = "What is sent: `udp` as Unix does, or `echo` as Windows does. `udp` unless given.";
    let keys = keys([("to", WHOM, text()), ("probe", probe, names(&PROBES))]);
    json_schema!({ "anyOf": [text(), mapping(keys, &["to"])] })
}

fn scan(duration: Schema) -> Schema {
    let hosts = json_schema!({ "anyOf": [text(), list_of(text())] });
    let how = "Whole handshakes, or SYNs alone and a RST to who answers. `connect` unless given.";
    let keys = keys([
        ("to", "One host or several: names or addresses.", hosts),
        (
            "ports",
            "The ports, in the order in which they are tried.",
            list_of(count()),
        ),
        ("how", how, names(&SCAN_HOW)),
        (
            "every",
            "The time between two attempts. 10ms unless given.",
            duration,
        ),
    ]);
    mapping(keys, &["to", "ports"])
}

fn spoof(duration: Schema) -> Schema {
    let keys = keys([
        (
            "claim",
            "Whose address it claims to have: a host's name or an address.",
            text(),
        ),
        (
            "tell",
            "Whom it tells: a host's name or an address.",
            text(),
        ),
        ("times", "How often. 10 unless given.", count()),
        (
            "every",
            "The time between two lies. 2s unless given.",
            duration,
        ),
    ]);
    mapping(keys, &["claim", "tell"])
}

fn inject(g: &mut SchemaGenerator) -> Schema {
    let hex = g.subschema_for::<HexText>();
    let target = g.subschema_for::<Target>();
    let payload = "What it carries, at most 1400 octets. Nothing unless given.";
    let arp = keys([
        ("kind", "Request or reply.", g.subschema_for::<ArpKind>()),
        (
            "source",
            "Whose address it speaks of: a host's name or an address.",
            text(),
        ),
        (
            "target",
            "Whose address it asks for, or whom it tells.",
            text(),
        ),
    ]);
    let flags = json_schema!({ "type": "array", "items": names(&FLAGS) });
    let tcp = keys([
        ("flags", "Its control bits.", flags),
        ("source", "From which host and port.", target.clone()),
        ("target", "To which host and port.", target.clone()),
        ("seq", "Its sequence number. 0 unless given.", count()),
        (
            "ack",
            "Its acknowledgement number. 0 unless given.",
            count(),
        ),
        ("text", payload, text()),
    ]);
    let udp = keys([
        ("source", "From which host and port.", target.clone()),
        ("target", "To which host and port.", target.clone()),
        ("text", payload, text()),
    ]);
    let own = keys([
        (
            "hex",
            "A whole frame, 14 to 1518 octets in hexadecimal.",
            hex.clone(),
        ),
        (
            "arp",
            "An ARP message.",
            mapping(arp, &["kind", "source", "target"]),
        ),
        (
            "tcp",
            "A TCP segment without options.",
            mapping(tcp, &["flags", "source", "target"]),
        ),
        (
            "udp",
            "A UDP datagram.",
            mapping(udp, &["source", "target"]),
        ),
        (
            "to",
            "The hardware address it is for: a host's name or an address. Everybody's unless given.",
            text(),
        ),
        (
            "from",
            "The hardware address it claims to be from. The host's own unless given.",
            text(),
        ),
    ]);
    json_schema!({ "anyOf": [hex, mapping(own, &[])] })
}

/// Errands, by their verbs.
pub(super) fn errands(g: &mut SchemaGenerator) -> Map<String, Value> {
    let duration = g.subschema_for::<DurationText>();
    let echo = keys([
        (
            "to",
            "A host and a port. Port 7 unless given.",
            g.subschema_for::<Target>(),
        ),
        ("text", "What is said, and should come back.", text()),
    ]);
    keys([
        (
            "ping",
            "Sends echo requests, one a second: to a host, or { to, count, size }.",
            ping(),
        ),
        (
            "traceroute",
            "Asks which routers lie on the way: to a host, or { to, probe }.",
            traceroute(),
        ),
        (
            "scan",
            "Tries which TCP ports somebody listens at.",
            scan(duration.clone()),
        ),
        (
            "spoof",
            "Lies about who has an address, with ARP replies that nobody asked for.",
            spoof(duration),
        ),
        (
            "inject",
            "Sends one frame: in hexadecimal, or put together of `arp`, `tcp` or `udp`.",
            inject(g),
        ),
        (
            "echo",
            "Says something to an echo server (RFC 862).",
            mapping(echo, &["to", "text"]),
        ),
    ])
}
