//! The JSON Schema of scenario files, so that editors complete and check them.
//!
//! Mappings are described by their types' derives, the hand-read shapes (a
//! step, an expectation) here. Tests compare the schema's keys with those that
//! the reader asks for, and see to it that each says what it is for.

mod frames;
mod network;
mod personas;
mod steps;

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};
use std::borrow::Cow;

use super::model::{
    DhcpServer, DnsServer, EchoServer, FileSpec, FtpServer, Scenario, Server, Table,
};
use super::source::Spanned;

pub(super) use self::frames::Flags;
pub(super) use self::network::replay;
pub(super) use self::personas::{ClientPersona, ServerPersona, Stack};

/// The schema, as JSON text that ends with a newline.
pub fn json() -> String {
    let settings = schemars::generate::SchemaSettings::draft07();
    let mut schema = settings.into_generator().into_root_schema_for::<Scenario>();
    NoNull.transform(&mut schema);
    AnyScalar.transform(&mut schema);
    let object = schema.ensure_object();
    object.insert("title".into(), "A wirelab scenario".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// A key that may be left out may not be written as `null`: that is nearly
/// always a value forgotten. Where nothing is a value, `oneOf` says so.
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

/// Text may be written without quotes, also where YAML takes it for a number or
/// a truth value: `password: 1234`.
struct AnyScalar;

impl Transform for AnyScalar {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut()
            && object.get("type").is_some_and(|kind| kind == "string")
            && !object.contains_key("pattern")
        {
            let kinds = serde_json::json!(["string", "number", "boolean"]);
            object.insert("type".into(), kinds);
        }
        transform_subschemas(self, schema);
    }
}

/// A key of a mapping: its name, what it is for, and what it holds.
type Key<'a> = (&'a str, &'a str, Schema);

/// Keys, each with its description.
fn keys<'a>(keys: impl IntoIterator<Item = Key<'a>>) -> Map<String, Value> {
    let described = keys.into_iter().map(|(key, about, mut schema)| {
        schema.insert("description".into(), about.into());
        (key.to_owned(), schema.to_value())
    });
    described.collect()
}

/// A mapping with these keys and no others.
fn mapping(properties: Map<String, Value>, required: &[&str]) -> Schema {
    let mut schema = json_schema!({
        "type": "object", "properties": properties, "additionalProperties": false
    });
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema
}

/// A mapping with one of these keys.
fn one_of_these(properties: Map<String, Value>) -> Schema {
    let mut schema = mapping(properties, &[]);
    schema.insert("minProperties".into(), 1.into());
    schema.insert("maxProperties".into(), 1.into());
    schema
}

fn text() -> Schema {
    json_schema!({ "type": "string" })
}

/// A list of at least one of these.
fn list_of(items: Schema) -> Schema {
    json_schema!({ "type": "array", "items": items, "minItems": 1 })
}

fn count() -> Schema {
    json_schema!({ "type": "integer", "minimum": 0 })
}

/// How many of something there may be.
struct Range;

/// What `schema` describes, said in a sentence.
fn said(about: &str, mut schema: Schema) -> Schema {
    schema.insert("description".into(), about.into());
    schema
}

/// The names of a list of choices.
fn names<T>(choices: &[(&'static str, T)]) -> Schema {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    json_schema!({ "enum": names })
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
}

/// `ff f4 ff`; `00` alone is a number to YAML.
pub(super) struct HexText;

impl JsonSchema for HexText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "HexText".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "pattern": "^([0-9A-Fa-f]{2}[ :]*)*$",
            "examples": ["ff f4 ff f2"]
        })
    }
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
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema($g: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }
    )*};
}
use shapes;

shapes! {
    FileSpec: |g| file(g);
    Range: |_g| {
        let keys = keys([
            ("min", "At least so many. 0 unless given.", count()),
            ("max", "At most so many. Any number unless given.", count()),
        ]);
        let range = json_schema!({ "oneOf": [count(), mapping(keys, &[])] });
        said("How many: exactly, or { min, max }.", range)
    };
    Server: |g| {
        let kinds = keys([
            ("ftp", "An FTP server.", g.subschema_for::<FtpServer>()),
            ("dns", "A DNS server.", g.subschema_for::<DnsServer>()),
            ("dhcp", "A DHCP server.", g.subschema_for::<DhcpServer>()),
            ("echo", "An echo server (RFC 862).", g.subschema_for::<EchoServer>()),
        ]);
        said("Something that a host offers.", one_of_these(kinds))
    };
}

/// A file: what is in it, and what is said about it.
fn file(g: &mut SchemaGenerator) -> Schema {
    let flag = || json_schema!({ "type": "boolean" });
    let keys = keys([
        ("text", "What is in it: this text, as it is.", text()),
        (
            "hex",
            "What is in it: these bytes, two hexadecimal digits each.",
            g.subschema_for::<HexText>(),
        ),
        (
            "file",
            "What is in it: what is in a file beside the scenario, named without a folder.",
            text(),
        ),
        (
            "random",
            "What is in it: so many bytes, chosen by the seed and the file's name.",
            g.subschema_for::<SizeText>(),
        ),
        (
            "directory",
            "It is a directory, an empty one unless other files stand in it.",
            json_schema!({ "const": true }),
        ),
        (
            "modified",
            "When it was last changed. The run's instant 0 unless given.",
            g.subschema_for::<Date>(),
        ),
        (
            "locked",
            "Somebody else has it open: who asks for it is told 450. False unless given.",
            flag(),
        ),
        (
            "owner",
            "Whose it is, in listings. Whoever's home it stands in unless given.",
            text(),
        ),
        (
            "group",
            "Its group, in listings. The owner's name unless given.",
            text(),
        ),
        (
            "rights",
            "Its rights in listings, three octal digits as `chmod` takes them.",
            json_schema!({ "type": ["string", "integer"], "examples": [644] }),
        ),
        (
            "fails_at",
            "Reading it fails at this byte, counted from 0: 451.",
            g.subschema_for::<SizeText>(),
        ),
    ]);
    let about =
        "A file: one of `text`, `hex`, `file`, `random`, `directory`, and what is said about it.";
    said(about, mapping(keys, &[]))
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

/// Every key and every definition of a schema that does not say what it is for.
#[cfg(test)]
pub(crate) fn undescribed(schema: &Value) -> Vec<String> {
    fn look(at: &str, schema: &Value, found: &mut Vec<String>) {
        let Value::Object(map) = schema else {
            let items = schema.as_array().into_iter().flatten();
            items.for_each(|item| look(at, item, found));
            return;
        };
        for (key, value) in map {
            let named = matches!(key.as_str(), "properties" | "definitions");
            let Some(things) = value.as_object().filter(|_| named) else {
                look(at, value, found);
                continue;
            };
            for (name, thing) in things {
                let at = format!("{at}/{name}");
                let said = thing.get("description").and_then(Value::as_str);
                // A reference says it where it leads.
                if said.is_none_or(|said| said.len() < 5) && thing.get("$ref").is_none() {
                    found.push(at.clone());
                }
                look(&at, thing, found);
            }
        }
    }
    let mut found = Vec::new();
    look("", schema, &mut found);
    found
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
            ("a `scan`", "/definitions/Step/anyOf/1/properties/scan"),
            ("a `spoof`", "/definitions/Step/anyOf/1/properties/spoof"),
            ("an `echo`", "/definitions/Step/anyOf/1/properties/echo"),
            (
                "an `inject`",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1",
            ),
            (
                "an injected ARP message",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1/properties/arp",
            ),
            (
                "an injected TCP segment",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1/properties/tcp",
            ),
            (
                "an injected UDP datagram",
                "/definitions/Step/anyOf/1/properties/inject/anyOf/1/properties/udp",
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
            ("a number of frames", "/definitions/Range/oneOf/1"),
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

    #[test]
    fn every_key_says_what_it_is_for() {
        let schema: serde_json::Value = serde_json::from_str(&json()).unwrap();
        let found = undescribed(&schema);
        assert!(found.is_empty(), "without a description: {found:#?}");
        let verbs = schema.pointer("/definitions/Step/anyOf/1/properties");
        for verb in super::super::model::VERBS {
            assert!(verbs.unwrap().get(verb).is_some(), "{verb}");
        }
    }
}
