//! The schema of what is read by hand about networks: a router's ports, messages, errands.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

use super::{DurationText, HexText, Ipv4Text, Ipv6Text};
use crate::scenario::model::{
    ArpKind, DHCP_KINDS, DNS_SIDES, FLAGS, ICMP_KINDS, NDP_KINDS, PROBES, RouterPort, SCAN_HOW,
    Target,
};

impl JsonSchema for RouterPort {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "RouterPort".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let v4 = generator.subschema_for::<Ipv4Text>();
        let v6 = generator.subschema_for::<Ipv6Text>();
        let keys = [
            ("ip", v4.clone()),
            ("ip6", v6),
            ("advertise", json_schema!({ "type": "boolean" })),
        ];
        json_schema!({ "anyOf": [v4, mapping(&keys, 1)] })
    }
}

/// The names of a list of choices.
fn names<T>(choices: &[(&'static str, T)]) -> Schema {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    json_schema!({ "enum": names })
}

/// The keys of a selector for messages that are neither TCP nor ARP.
pub(super) fn messages() -> [(&'static str, Schema); 4] {
    [
        ("icmp", names(&ICMP_KINDS)),
        ("ndp", names(&NDP_KINDS)),
        ("dns", names(&DNS_SIDES)),
        ("dhcp", names(&DHCP_KINDS)),
    ]
}

/// A mapping with these keys, the first `required` of which must be there.
fn mapping(keys: &[(&str, Schema)], required: usize) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|(key, schema)| ((*key).to_owned(), schema.clone().to_value()))
        .collect();
    let required: Vec<&str> = keys.iter().take(required).map(|(key, _)| *key).collect();
    let mut object = json!({
        "type": "object", "properties": properties, "additionalProperties": false
    });
    if let (false, Some(object)) = (required.is_empty(), object.as_object_mut()) {
        object.insert("required".into(), json!(required));
    }
    object
}

/// Errands, by their verbs.
pub(super) fn errands(g: &mut SchemaGenerator) -> [(&'static str, Schema); 6] {
    let text = || json_schema!({ "type": "string" });
    let count = || json_schema!({ "type": "integer", "minimum": 0 });
    let host = || json_schema!({ "description": "A host's name, a name in the DNS, or an address.", "type": "string" });
    let duration = g.subschema_for::<DurationText>();
    let target = g.subschema_for::<Target>();
    let ping = mapping(&[("to", host()), ("count", count()), ("size", count())], 1);
    let trace = mapping(&[("to", host()), ("probe", names(&PROBES))], 1);
    let some_hosts = json_schema!({
        "anyOf": [host(), { "type": "array", "items": host(), "minItems": 1 }]
    });
    let ports = json_schema!({ "type": "array", "items": count(), "minItems": 1 });
    let scan = [
        ("to", some_hosts),
        ("ports", ports),
        ("how", names(&SCAN_HOW)),
        ("every", duration.clone()),
    ];
    let spoof = [
        ("claim", host()),
        ("tell", host()),
        ("times", count()),
        ("every", duration),
    ];
    let flags = json_schema!({ "type": "array", "items": names(&FLAGS) });
    let arp = [
        ("kind", g.subschema_for::<ArpKind>()),
        ("source", host()),
        ("target", host()),
    ];
    let tcp = [
        ("flags", flags),
        ("source", target.clone()),
        ("target", target.clone()),
        ("seq", count()),
        ("ack", count()),
        ("text", text()),
    ];
    let udp = [
        ("source", target.clone()),
        ("target", target.clone()),
        ("text", text()),
    ];
    let hex = g.subschema_for::<HexText>();
    let schema = |value: Value| json_schema!({ "allOf": [value] });
    let inject = [
        ("hex", hex.clone()),
        ("arp", schema(mapping(&arp, 3))),
        ("tcp", schema(mapping(&tcp, 3))),
        ("udp", schema(mapping(&udp, 2))),
        ("to", host()),
        ("from", host()),
    ];
    let echo = [("to", target), ("text", text())];
    [
        ("ping", json_schema!({ "anyOf": [text(), ping] })),
        ("traceroute", json_schema!({ "anyOf": [text(), trace] })),
        ("scan", schema(mapping(&scan, 2))),
        ("spoof", schema(mapping(&spoof, 2))),
        (
            "inject",
            json_schema!({ "anyOf": [hex, mapping(&inject, 0)] }),
        ),
        ("echo", schema(mapping(&echo, 2))),
    ]
}
