//! The schema of what points at frames: notes, faults, checks, the flags of an analyser.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};
use std::borrow::Cow;

use super::{
    Code, DurationText, Key, Range, VerbText, count, keys, mapping, names, network, one_of_these,
    said, shapes, text,
};
use crate::net::Field;
use crate::scenario::model::{
    ArpKind, Check, Commands, EXPERT_FLAGS, Fault, Note, Replies, TcpKind, TransferCheck,
};

shapes! {
    Note: |g| {
        let mut properties = selector(g);
        let about = "The remark. In a loop `{word}`, `{index}` and `{total}` are filled in.";
        properties.extend(keys([("say", about, text())]));
        json_schema!({
            "description": "A remark: text for the step's own frame, or a selector and `say`.",
            "anyOf": [text(), mapping(properties, &["say"])]
        })
    };
    Check: |g| check(g);
    Fault: |g| fault(g);
}

/// The keys of a frame selector.
fn selector(g: &mut SchemaGenerator) -> Map<String, Value> {
    let mut all = keys([
        (
            "command",
            "Frames in which this FTP command begins.",
            g.subschema_for::<VerbText>(),
        ),
        (
            "reply",
            "Frames in which an FTP reply with this code begins.",
            g.subschema_for::<Code>(),
        ),
        (
            "tcp",
            "TCP segments with these flags.",
            g.subschema_for::<TcpKind>(),
        ),
        ("arp", "ARP messages.", g.subschema_for::<ArpKind>()),
        (
            "data",
            "Segments that carry bytes of an FTP data connection.",
            json_schema!({ "const": true }),
        ),
    ]);
    all.extend(network::messages());
    all.extend(keys([
        ("from", "Only what this host sent.", text()),
        ("to", "Only what was sent to this host.", text()),
        (
            "nth",
            "Only this one of them, counted from 1.",
            json_schema!({ "type": "integer", "minimum": 1 }),
        ),
    ]));
    all
}

fn fault(g: &mut SchemaGenerator) -> Schema {
    let duration = g.subschema_for::<DurationText>();
    let sides = json_schema!({ "enum": ["receiver", "sender"] });
    let mut strike = |own: Vec<Key<'_>>| {
        let required: Vec<&str> = own.iter().map(|(key, ..)| *key).collect();
        let required: Vec<&str> = required.into_iter().filter(|key| *key != "bit").collect();
        let mut all = keys(own);
        all.extend(selector(g));
        all.extend(keys([
            (
                "link",
                "Only on this segment: a router passes a frame on, and sends it once more.",
                text(),
            ),
            (
                "segment",
                "With `data: true`: only this segment of the data, counted from 1; as `nth`.",
                count(),
            ),
            (
                "side",
                "Behind the default tap or before it. `receiver` unless given: the capture \
                 shows the frame as it was sent.",
                sides.clone(),
            ),
        ]));
        mapping(all, &required)
    };
    let by = "How much later.";
    let bit = "Which bit, counted from 0 at the start of what TCP carries. 0 unless given.";
    let len = "How many octets of it are left.";
    let value = "The value that it gets; the checksums are mended.";
    let kinds = [
        ("drop", "Frames that never arrive.", strike(vec![])),
        (
            "delay",
            "Frames that arrive later.",
            strike(vec![("by", by, duration.clone())]),
        ),
        ("duplicate", "Frames that arrive twice.", strike(vec![])),
        (
            "corrupt",
            "Frames in which a bit is flipped.",
            strike(vec![("bit", bit, count())]),
        ),
        (
            "truncate",
            "Frames that are cut short.",
            strike(vec![("len", len, count())]),
        ),
        (
            "rewrite",
            "Frames in which a field has another value.",
            strike(vec![
                ("field", "Which field.", names(&Field::NAMES)),
                ("value", value, count()),
            ]),
        ),
    ];
    let mut all = keys(kinds);
    let pulled = keys([
        ("host", "Whose cable.", text()),
        ("at", "When, after the start of the run.", duration.clone()),
        ("for", "For how long.", duration),
    ]);
    let unplug = mapping(pulled, &["host", "at", "for"]);
    all.extend(keys([(
        "unplug",
        "A host or router whose cables are pulled for a time: nothing gets in or out.",
        unplug,
    )]));
    said("One thing that goes wrong on the wire.", one_of_these(all))
}

fn check(g: &mut SchemaGenerator) -> Schema {
    let mut frame = keys([("number", "Its number in the capture, from 1.", count())]);
    let mut seen = keys([("count", "How many of them there are.", count())]);
    frame.extend(selector(g));
    seen.extend(selector(g));
    let all = keys([
        (
            "frames",
            "How many frames the capture holds.",
            g.subschema_for::<Range>(),
        ),
        (
            "tcp_connections",
            "How many TCP connections were begun.",
            count(),
        ),
        (
            "refused",
            "How many of them were refused: a RST answered the SYN.",
            count(),
        ),
        (
            "replies",
            "How many FTP replies had a code.",
            g.subschema_for::<Replies>(),
        ),
        (
            "commands",
            "How many FTP commands had a verb.",
            g.subschema_for::<Commands>(),
        ),
        (
            "frame",
            "The frame of this number carries this.",
            mapping(frame, &["number"]),
        ),
        (
            "seen",
            "So many frames of a kind were captured.",
            mapping(seen, &["count"]),
        ),
        ("cleartext", "This text can be read on the wire.", text()),
        (
            "transfer",
            "A file came through.",
            g.subschema_for::<TransferCheck>(),
        ),
    ]);
    let about = "One thing that must be true of the capture.";
    said(about, one_of_these(all))
}

/// Flags of TCP analysis, and how often each is raised.
#[derive(Default)]
pub(in crate::scenario) struct Flags;

impl JsonSchema for Flags {
    fn schema_name() -> Cow<'static, str> {
        "Flags".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let often = generator.subschema_for::<Range>();
        let flags = EXPERT_FLAGS.map(|(flag, about)| (flag, about, often.clone()));
        let about = "Flags of TCP analysis, in the words of Wireshark's `tcp.analysis` fields: on \
            how many frames each is raised.";
        said(about, mapping(keys(flags), &[]))
    }
}
