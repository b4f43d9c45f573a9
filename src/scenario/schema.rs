//! The JSON Schema of scenario files, so that editors complete and check them.
//!
//! Mappings are described by their types' derives, the hand-read shapes (a
//! step, an expectation) here. A test compares the schema's keys with those
//! that the reader asks for.

mod network;

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

use super::model::{
    ArpKind, BARE, Check, Commands, EXPERT_FLAGS, Each, Expect, Fault, FileSpec, Get, Login, Mode,
    Note, Put, Replies, Scenario, Send, Step, Table, Target, TcpKind, TransferCheck, Wait,
};
use super::source::Spanned;
use crate::net::Field;

/// The schema, as JSON text that ends with a newline.
pub fn json() -> String {
    let settings = schemars::generate::SchemaSettings::draft07();
    let mut schema = settings.into_generator().into_root_schema_for::<Scenario>();
    NoNull.transform(&mut schema);
    let object = schema.ensure_object();
    object.insert("title".into(), "A wirelab scenario".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// A key that may be left out may not be written as `null`: that is nearly
/// always a value forgotten.
struct NoNull;

impl Transform for NoNull {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            if let Some(kinds) = object.get_mut("type").and_then(|t| t.as_array_mut()) {
                kinds.retain(|kind| kind != "null");
                if let [only] = kinds.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            if let Some(options) = object.get_mut("anyOf").and_then(|o| o.as_array_mut()) {
                options.retain(|option| option.get("type").is_none_or(|t| t != "null"));
                if let [only] = options.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    // In draft 7 nothing may stand beside a `$ref`.
                    object.insert("allOf".into(), serde_json::Value::Array(vec![only]));
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Table<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Table_of_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": value })
    }
}

/// A kind of text, described by a pattern and an example.
macro_rules! text {
    ($($(#[$doc:meta])* $name:ident, $pattern:literal, $example:literal;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name;
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "examples": [$example] })
            }
        }
    )*};
}

/// `0.5`, as a number or as text.
pub(super) struct SpeedNumber;
impl JsonSchema for SpeedNumber {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "SpeedNumber".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1000 })
    }
}

text! {
    /// `1.5s`.
    DurationText, r"^[0-9]+(\.[0-9]+)? *(ns|us|ms|s|min|h)$", "1.5s";
    /// `10Mbps`.
    RateText, r"^[0-9]+(\.[0-9]+)? *(bps|kbps|Mbps|Gbps)$", "10Mbps";
    /// `0.2%`.
    RatioText, r"^[0-9]+(\.[0-9]+)? *%$", "0.2%";
    /// `18KiB`.
    SizeText, r"^[0-9]+(\.[0-9]+)? *(B|kB|MB|GB|KiB|MiB|GiB)$", "18KiB";
    /// `192.0.2.0/24`.
    Cidr, r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/[0-9]+$", "192.0.2.0/24";
    /// `2001:db8:1::/64`.
    Cidr6, r"^[0-9A-Fa-f:]+/[0-9]+$", "2001:db8:1::/64";
    /// `2001:db8::10`.
    AnyCidr, r"^[0-9A-Fa-f:.]+/[0-9]+$", "10.0.3.0/24";
    /// `auto`.
    HostIp6Text, r"^([0-9A-Fa-f:.]+|auto)$", "2001:db8::10";
    /// `2001:db8::10`.
    Ipv6Text, r"^[0-9A-Fa-f:.]+$", "2001:db8::10";
    /// `192.0.2.10`, `dhcp` or `none`.
    HostIpText, r"^([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|dhcp|none)$", "192.0.2.10";
    /// `192.0.2.10`.
    Ipv4Text, r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$", "192.0.2.10";
    /// `02:00:5e:10:00:01`.
    MacText, r"^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$", "02:00:5e:10:00:01";
    /// `2024-03-01T09:00:00Z`.
    Date, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+([Zz]|[+-][0-9:]+)$", "2024-03-01T09:00:00Z";
    /// `RETR`.
    VerbText, r"^[A-Za-z]{3,4}$", "RETR";
    /// `ff f4 ff`.
    HexText, r"^([0-9A-Fa-f]{2}[ :]*)*$", "ff f4 ff f2";
}

/// A reply code.
pub(super) struct Code;

impl JsonSchema for Code {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 100, "maximum": 599 })
    }
}

/// One line, or a list of lines.
pub(super) fn one_or_many(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
    })
}

/// Shapes that are read by hand.
macro_rules! shapes {
    ($($name:ident: |$g:ident| $schema:expr;)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema($g: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

shapes! {
    Target: |_g| json_schema!({
        "type": "string",
        "description": "A host and a port such as server:21.",
        "examples": ["server:21"]
    });
    Login: |_g| json_schema!({
        "type": "object",
        "properties": {
            "user": { "type": ["string", "number"] },
            "password": { "type": ["string", "number"] },
            "account": { "type": ["string", "number"] }
        },
        "required": ["user"],
        "additionalProperties": false
    });
    Send: |_g| {
        let gap = _g.subschema_for::<DurationText>();
        let bytes = _g.subschema_for::<HexText>();
        json_schema!({
            "description": "A line, or { line, wait }, { bytes }, { pieces, gap }.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "line": { "type": "string" },
                        "bytes": bytes,
                        "pieces": { "type": "array", "items": { "type": "string" } },
                        "gap": gap,
                        "wait": { "description": "Wait for the final reply.", "type": "boolean" },
                        "file": {
                            "description": "The file sent if the line is STOR or its like.",
                            "type": "string"
                        }
                    },
                    "additionalProperties": false
                }
            ]
        })
    };
    Get: |g| {
        let size = g.subschema_for::<SizeText>();
        json_schema!({
            "description": "A file's name, or { file, from, abort_after }.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "file": { "type": "string" },
                        "from": size.clone(),
                        "abort_after": size
                    },
                    "required": ["file"],
                    "additionalProperties": false
                }
            ]
        })
    };
    Put: |g| {
        let size = g.subschema_for::<SizeText>();
        json_schema!({
            "description": "The name of a file of the actor's, or { file, as, how, from }.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": {
                        "file": { "type": "string" },
                        "as": { "description": "Its name at the server.", "type": "string" },
                        "how": { "enum": ["replace", "append", "unique"] },
                        "from": size
                    },
                    "required": ["file"],
                    "additionalProperties": false
                }
            ]
        })
    };
    Wait: |g| {
        let duration = g.subschema_for::<DurationText>();
        json_schema!({
            "anyOf": [
                duration.clone(),
                {
                    "type": "object",
                    "properties": {
                        "between": {
                            "type": "array", "items": duration, "minItems": 2, "maxItems": 2
                        }
                    },
                    "required": ["between"],
                    "additionalProperties": false
                }
            ]
        })
    };
    Each: |g| {
        let connect = g.subschema_for::<Target>();
        json_schema!({
            "type": "object",
            "properties": {
                "word": { "description": "The name of a list in `words`.", "type": "string" },
                "connect": connect,
                "per_connection": {
                    "description": "Connect anew after so many words.",
                    "type": "integer", "minimum": 1
                }
            },
            "required": ["word"],
            "additionalProperties": false
        })
    };
    Expect: |g| {
        let code = g.subschema_for::<Code>();
        let one = json_schema!({
            "anyOf": [code, { "enum": ["refused", "unreachable", "closed", "reset", "silence"] }]
        });
        json_schema!({
            "description": "A reply code such as 220, a list such as [150, 226], or { any_of: … }.",
            "anyOf": [
                one.clone(),
                { "type": "array", "items": one.clone(), "minItems": 1 },
                {
                    "type": "object",
                    "properties": { "any_of": { "type": "array", "items": one } },
                    "required": ["any_of"],
                    "additionalProperties": false
                }
            ]
        })
    };
    Note: |g| {
        let mut properties = selector(g);
        properties.insert("say".into(), serde_json::json!({ "type": "string" }));
        json_schema!({
            "description": "A remark: text for the step's own frame, or a selector and `say`.",
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": properties,
                    "required": ["say"],
                    "additionalProperties": false
                }
            ]
        })
    };
    Step: |g| step(g);
    FileSpec: |g| {
        let hex = g.subschema_for::<HexText>();
        let size = g.subschema_for::<SizeText>();
        let date = g.subschema_for::<Date>();
        let fails_at = size.clone();
        json_schema!({
            "type": "object",
            "description": "A file: one of `text`, `hex`, `file`, `random`, `directory`.",
            "properties": {
                "text": { "type": "string" },
                "hex": hex,
                "file": {
                    "description": "What is in a file beside the scenario, named without a folder.",
                    "type": "string"
                },
                "random": size,
                "directory": { "const": true },
                "modified": date,
                "locked": { "description": "Somebody else has it open.", "type": "boolean" },
                "owner": { "type": "string" },
                "group": { "type": "string" },
                "rights": {
                    "description": "Three octal digits.",
                    "type": ["string", "integer"], "examples": [644]
                },
                "fails_at": fails_at
            },
            "additionalProperties": false
        })
    };
    Check: |g| check(g);
    Fault: |g| fault(g);
}

/// The keys of a frame selector.
fn selector(g: &mut SchemaGenerator) -> serde_json::Map<String, serde_json::Value> {
    let entries = [
        ("command", g.subschema_for::<VerbText>()),
        ("reply", g.subschema_for::<Code>()),
        ("tcp", g.subschema_for::<TcpKind>()),
        ("arp", g.subschema_for::<ArpKind>()),
        ("data", json_schema!({ "const": true })),
        (
            "from",
            json_schema!({ "description": "The sender's name.", "type": "string" }),
        ),
        (
            "to",
            json_schema!({ "description": "The receiver's name.", "type": "string" }),
        ),
        (
            "nth",
            json_schema!({ "description": "Which, from 1.", "type": "integer", "minimum": 1 }),
        ),
    ];
    entries
        .into_iter()
        .chain(network::messages())
        .map(|(key, schema)| (key.to_owned(), schema.to_value()))
        .collect()
}

fn step(g: &mut SchemaGenerator) -> Schema {
    let text = || json_schema!({ "type": "string" });
    let maybe = || json_schema!({ "type": ["string", "null"] });
    let nothing = || json_schema!({ "type": "null" });
    let note = g.subschema_for::<Note>();
    let steps = g.subschema_for::<Vec<Step>>();
    let entries = [
        ("connect", g.subschema_for::<Target>()),
        ("login", g.subschema_for::<Login>()),
        ("list", maybe()),
        ("nlst", maybe()),
        ("ls", maybe()),
        ("dir", maybe()),
        ("mlsd", maybe()),
        ("get", g.subschema_for::<Get>()),
        ("put", g.subschema_for::<Put>()),
        ("mget", text()),
        ("mput", text()),
        ("cd", text()),
        ("up", nothing()),
        ("pwd", nothing()),
        ("mkdir", text()),
        ("rmdir", text()),
        ("delete", text()),
        (
            "rename",
            json_schema!({
                "type": "object",
                "properties": { "from": text(), "to": text() },
                "required": ["from", "to"],
                "additionalProperties": false
            }),
        ),
        ("site", text()),
        ("mode", g.subschema_for::<Mode>()),
        ("quit", nothing()),
        ("close", nothing()),
        ("reset", nothing()),
        ("ascii", nothing()),
        ("bin", nothing()),
        ("send", g.subschema_for::<Send>()),
        ("wait", g.subschema_for::<Wait>()),
        ("each", g.subschema_for::<Each>()),
        ("expect", g.subschema_for::<Expect>()),
        (
            "note",
            json_schema!({ "anyOf": [note.clone(), { "type": "array", "items": note }] }),
        ),
        ("within", g.subschema_for::<DurationText>()),
        ("stop_when", g.subschema_for::<Code>()),
        ("do", steps),
    ];
    let properties: serde_json::Map<String, serde_json::Value> = entries
        .into_iter()
        .chain(network::errands(g))
        .map(|(key, schema)| (key.to_owned(), schema.to_value()))
        .collect();
    json_schema!({
        "description": "One verb, and what is said about it.",
        "anyOf": [
            { "enum": BARE },
            { "type": "object", "properties": properties, "additionalProperties": false }
        ]
    })
}

fn fault(g: &mut SchemaGenerator) -> Schema {
    let duration = g.subschema_for::<DurationText>().to_value();
    let count = || serde_json::json!({ "type": "integer", "minimum": 0 });
    let names: Vec<&str> = Field::NAMES.iter().map(|(name, _)| *name).collect();
    let mut strike = |own: &[(&str, serde_json::Value)]| {
        let mut keys = selector(g);
        keys.insert("segment".into(), count());
        keys.insert(
            "side".into(),
            serde_json::json!({ "enum": ["receiver", "sender"] }),
        );
        keys.extend(
            own.iter()
                .map(|(key, schema)| ((*key).to_owned(), schema.clone())),
        );
        let required: Vec<&str> = own
            .iter()
            .map(|(key, _)| *key)
            .filter(|k| *k != "bit")
            .collect();
        serde_json::json!({
            "type": "object", "properties": keys, "required": required,
            "additionalProperties": false
        })
    };
    let field = serde_json::json!({ "enum": names });
    let properties = serde_json::json!({
        "drop": strike(&[]),
        "duplicate": strike(&[]),
        "delay": strike(&[("by", duration.clone())]),
        "corrupt": strike(&[("bit", count())]),
        "truncate": strike(&[("len", count())]),
        "rewrite": strike(&[("field", field), ("value", count())]),
        "unplug": {
            "type": "object",
            "properties": {
                "host": { "type": "string" }, "at": duration.clone(), "for": duration
            },
            "required": ["host", "at", "for"],
            "additionalProperties": false
        }
    });
    json_schema!({
        "type": "object",
        "description": "One thing that goes wrong on the wire.",
        "properties": properties,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false
    })
}

fn check(g: &mut SchemaGenerator) -> Schema {
    let count = || json_schema!({ "type": "integer", "minimum": 0 });
    let mut frame = selector(g);
    let mut seen = frame.clone();
    frame.insert("number".into(), count().to_value());
    seen.insert("count".into(), count().to_value());
    let entries = [
        (
            "frames",
            json_schema!({
                "anyOf": [
                    count(),
                    {
                        "type": "object",
                        "properties": { "min": count(), "max": count() },
                        "additionalProperties": false
                    }
                ]
            }),
        ),
        ("tcp_connections", count()),
        ("refused", count()),
        ("replies", g.subschema_for::<Replies>()),
        ("commands", g.subschema_for::<Commands>()),
        (
            "frame",
            json_schema!({
                "type": "object",
                "properties": frame,
                "required": ["number"],
                "additionalProperties": false
            }),
        ),
        (
            "seen",
            json_schema!({
                "type": "object",
                "properties": seen,
                "required": ["count"],
                "additionalProperties": false
            }),
        ),
        ("cleartext", json_schema!({ "type": ["string", "number"] })),
        ("transfer", g.subschema_for::<TransferCheck>()),
    ];
    let properties: serde_json::Map<String, serde_json::Value> = entries
        .into_iter()
        .map(|(key, schema)| (key.to_owned(), schema.to_value()))
        .collect();
    json_schema!({
        "type": "object",
        "description": "One thing that must be true of the capture.",
        "properties": properties,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false
    })
}

/// Flags of TCP analysis, and how often each is raised.
pub(super) struct Flags;

impl JsonSchema for Flags {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Flags".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = serde_json::json!({ "type": "integer", "minimum": 0 });
        let count = serde_json::json!({ "oneOf": [one, {
            "type": "object", "properties": { "min": one, "max": one },
            "additionalProperties": false
        }] });
        let flags: serde_json::Map<String, serde_json::Value> = EXPERT_FLAGS
            .iter()
            .map(|flag| ((*flag).to_owned(), count.clone()))
            .collect();
        json_schema!({ "type": "object", "properties": flags, "additionalProperties": false })
    }
}

impl Default for Flags {
    fn default() -> Self {
        Flags
    }
}

#[cfg(test)]
thread_local! {
    /// What the reader asked for while a test was reading: the name of each
    /// kind of mapping, and its keys.
    static ASKED: std::cell::RefCell<std::collections::BTreeMap<String, Vec<&'static str>>> =
        const { std::cell::RefCell::new(std::collections::BTreeMap::new()) };
}

/// Remembers what the reader asked for.
#[cfg(test)]
pub(super) fn record(what: &str, asked: &[&'static str]) {
    ASKED.with_borrow_mut(|map| {
        let mut keys = asked.to_vec();
        keys.sort_unstable();
        keys.dedup();
        map.insert(what.to_owned(), keys);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of the mapping at `pointer`, in order.
    fn keys(schema: &serde_json::Value, pointer: &str) -> Vec<String> {
        let at = schema.pointer(&format!("{pointer}/properties"));
        let object = at.and_then(|p| p.as_object());
        let object = object.unwrap_or_else(|| panic!("no properties at {pointer:?}"));
        object.keys().cloned().collect()
    }

    /// What the reader asks for and what the schema offers are the same.
    #[test]
    fn the_schema_offers_what_is_read() {
        let everything = include_str!("testdata/everything.yaml");
        if let Err(wrong) = super::super::load("everything.yaml", everything, &[]) {
            panic!("{wrong}");
        }
        let schema: serde_json::Value = serde_json::from_str(&json()).unwrap();
        let asked = ASKED.take();
        let places = [
            ("a scenario", ""),
            ("a segment", "/definitions/Segment"),
            ("a burst", "/definitions/Burst"),
            ("a `drop`", "/definitions/Fault/properties/drop"),
            ("a `delay`", "/definitions/Fault/properties/delay"),
            ("a `corrupt`", "/definitions/Fault/properties/corrupt"),
            ("a `rewrite`", "/definitions/Fault/properties/rewrite"),
            ("an `unplug`", "/definitions/Fault/properties/unplug"),
            ("a host", "/definitions/Host"),
            ("a tap", "/definitions/Tap"),
            ("limits", "/definitions/Limits"),
            ("a router", "/definitions/Router"),
            ("a route", "/definitions/Route"),
            ("a `nat`", "/definitions/Nat"),
            ("a forward", "/definitions/Forward"),
            ("a `firewall`", "/definitions/Firewall"),
            ("a firewall's rule", "/definitions/FirewallRule"),
            ("a DNS server", "/definitions/DnsServer"),
            ("a DHCP server", "/definitions/DhcpServer"),
            ("an echo server", "/definitions/EchoServer"),
            (
                "a `ping`",
                "/definitions/Step/anyOf/1/properties/ping/anyOf/1",
            ),
            (
                "a `traceroute`",
                "/definitions/Step/anyOf/1/properties/traceroute/anyOf/1",
            ),
            (
                "a `scan`",
                "/definitions/Step/anyOf/1/properties/scan/allOf/0",
            ),
            (
                "a `spoof`",
                "/definitions/Step/anyOf/1/properties/spoof/allOf/0",
            ),
            (
                "an `echo`",
                "/definitions/Step/anyOf/1/properties/echo/allOf/0",
            ),
            (
                "an `inject`",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1",
            ),
            (
                "an injected ARP message",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1/properties/arp/allOf/0",
            ),
            (
                "an injected TCP segment",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1/properties/tcp/allOf/0",
            ),
            (
                "an injected UDP datagram",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1/properties/udp/allOf/0",
            ),
            ("`seen`", "/definitions/Check/properties/seen"),
            ("an FTP server", "/definitions/FtpServer"),
            ("a user", "/definitions/User"),
            ("`anonymous`", "/definitions/Anonymous"),
            ("a file", "/definitions/FileSpec"),
            ("a rule", "/definitions/Rule"),
            ("a rule's `when`", "/definitions/RuleWhen"),
            ("a rule's `data`", "/definitions/DataRule"),
            ("a rule's `delivery`", "/definitions/Delivery"),
            ("a server's limits", "/definitions/ServerLimits"),
            ("a get", "/definitions/Get/anyOf/1"),
            ("a put", "/definitions/Put/anyOf/1"),
            ("a rename", "/definitions/Step/anyOf/1/properties/rename"),
            ("an actor", "/definitions/Actor"),
            ("a `stall`", "/definitions/Stall"),
            ("a step", "/definitions/Step/anyOf/1"),
            ("a login", "/definitions/Login"),
            ("a send", "/definitions/Send/anyOf/1"),
            ("a wait", "/definitions/Wait/anyOf/1"),
            ("an `each`", "/definitions/Each"),
            ("an expectation", "/definitions/Expect/anyOf/2"),
            ("a note", "/definitions/Note/anyOf/1"),
            ("`replies`", "/definitions/Replies"),
            ("`commands`", "/definitions/Commands"),
            ("`frame`", "/definitions/Check/properties/frame"),
            (
                "a number of frames",
                "/definitions/Check/properties/frames/anyOf/1",
            ),
            ("`transfer`", "/definitions/TransferCheck"),
        ];
        for (what, pointer) in places {
            let read = asked
                .get(what)
                .unwrap_or_else(|| panic!("{what} is not in the file"));
            assert_eq!(*read, keys(&schema, pointer), "{what}");
        }
        let described: Vec<&str> = places.iter().map(|(what, _)| *what).collect();
        let undescribed: Vec<&String> = asked
            .keys()
            .filter(|what| !described.contains(&what.as_str()))
            .collect();
        assert!(undescribed.is_empty(), "not in this table: {undescribed:?}");
    }
}
