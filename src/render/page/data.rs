//! The frames of a page as JSON: what its list, its trees and its filters read.
//!
//! A field is given as it passed by in the walk that filters watch here too, so
//! that a filter asks the same values there. Most frames have the same fields in
//! the same places: such a *shape* is told once. Texts are told once as well.

use core::fmt;
use core::ops::Range;
use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::base64;
use crate::analyze::{EITHER, PROTOCOLS, Summary, habits};
use crate::dissect::Dissected;
use crate::dissect::fields::{
    FieldDef, FieldKind, FieldSink, LayerDef, Value, end_of_packet, fields, layers, walk,
};
use crate::render::Tone;

/// Numbers above this lose digits in a browser, and are told as text.
const EXACT: u64 = (1 << 53) - 1;

/// Collects the data of a page.
#[derive(Debug)]
pub(super) struct Data {
    layers: BTreeMap<&'static str, i64>,
    fields: BTreeMap<&'static str, i64>,
    texts: Texts,
    shapes: BTreeMap<Vec<i64>, usize>,
    frames: Vec<Json>,
    /// Values, and as many octets of frames as weigh as much.
    weight: usize,
}

/// So many octets of a frame take as much room as a value of a field.
const OCTETS: usize = 16;

/// Texts by number; 0 is the empty one.
#[derive(Debug)]
struct Texts(BTreeMap<String, usize>);

impl Texts {
    fn number(&mut self, text: String) -> usize {
        let next = self.0.len();
        *self.0.entry(text).or_insert(next)
    }
}

impl Data {
    pub(super) fn new() -> Data {
        Data {
            layers: layers().map(|def| def.name).zip(0..).collect(),
            fields: fields().map(|def| def.name).zip(0..).collect(),
            texts: Texts(BTreeMap::from([(String::new(), 0)])),
            shapes: BTreeMap::new(),
            frames: Vec::new(),
            weight: 0,
        }
    }

    /// Takes a frame, and why it was sent, where that is known.
    pub(super) fn push(&mut self, seen: &Dissected<'_>, why: String) {
        let mut walker = Walker {
            data: self,
            bytes: seen.packet.bytes(),
            shape: Vec::new(),
            values: Vec::new(),
            meanings: Vec::new(),
        };
        walk(seen, &mut walker);
        let Walker {
            shape,
            values,
            meanings,
            ..
        } = walker;
        self.weight += values.len() + meanings.len() + seen.packet.bytes().len() / OCTETS;
        let next = self.shapes.len();
        let shape = *self.shapes.entry(shape).or_insert(next);
        let summary = Summary::of(seen);
        let tone = Tone::of(seen);
        self.frames.push(json!([
            shape,
            values,
            meanings,
            // Of a packet that came in pieces, all of them: as its fields lie.
            base64::encode(seen.packet.bytes()),
            seconds(seen),
            self.texts.number(summary.source.to_string()),
            self.texts.number(summary.destination.to_string()),
            self.texts.number(summary.protocol.to_owned()),
            self.texts.number(summary.info),
            Tone::ALL.iter().position(|t| *t == tone),
            self.texts.number(why),
            end_of_packet(seen),
        ]));
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// How much it holds, in values of fields.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// Everything, as JSON in which no `<` stands: it cannot end the element
    /// that holds it.
    pub(super) fn to_json(&self) -> String {
        let kind = |kind: FieldKind| match kind {
            FieldKind::Number => "number",
            FieldKind::Hex => "hex",
            FieldKind::Flag => "flag",
            FieldKind::Ipv4 => "ipv4",
            FieldKind::Ipv6 => "ipv6",
            FieldKind::Mac => "mac",
            FieldKind::Text => "text",
            FieldKind::Bytes => "bytes",
            FieldKind::Time => "time",
        };
        let fields: Vec<Json> = fields()
            .map(|def| {
                let (kind, digits) = (kind(def.kind), def.own_digits());
                json!([def.name, def.label, kind, def.depth, def.clause, digits])
            })
            .collect();
        let layers: Vec<Json> = layers()
            .map(|def| json!([def.name, def.label, def.is_link(), def.is_message()]))
            .collect();
        let either: Vec<Json> = EITHER.iter().map(|(name, of)| json!([name, of])).collect();
        let data = json!({
            "layers": layers,
            "fields": fields,
            "either": either,
            "habits": habits().collect::<Vec<_>>(),
            "protocols": PROTOCOLS,
            "tones": Tone::ALL.map(Tone::name),
            "texts": by_number(&self.texts.0),
            "shapes": by_number(&self.shapes),
            "frames": self.frames,
        });
        data.to_string().replace('<', "\\u003c")
    }
}

/// The keys in the order of their numbers.
fn by_number<K>(map: &BTreeMap<K, usize>) -> Vec<&K> {
    let mut all: Vec<(&K, usize)> = map.iter().map(|(key, number)| (key, *number)).collect();
    all.sort_by_key(|(_, number)| *number);
    all.into_iter().map(|(key, _)| key).collect()
}

/// Seconds since the first frame, with microseconds, as in the packet list.
fn seconds(seen: &Dissected<'_>) -> String {
    let (first, at) = (seen.first_at.as_nanos(), seen.frame.at.as_nanos());
    let sign = if at < first { "-" } else { "" };
    let micros = at.abs_diff(first) / 1000;
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Watches one frame's fields. A shape is a row of triples: which field (or,
/// as `-1 - n`, which layer), where it begins, where it ends.
struct Walker<'a> {
    data: &'a mut Data,
    bytes: &'a [u8],
    shape: Vec<i64>,
    /// The layers' titles, and the fields' values, in the order of the shape.
    values: Vec<Json>,
    /// Of the fields alone: the numbers of their texts.
    meanings: Vec<usize>,
}

impl Walker<'_> {
    fn place(&mut self, what: i64, range: &Range<usize>) {
        let offset = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.shape
            .extend([what, offset(range.start), offset(range.end)]);
    }

    fn text(&mut self, text: String) -> Json {
        self.data.texts.number(text).into()
    }
}

impl FieldSink for Walker<'_> {
    fn layer(&mut self, def: &'static LayerDef, range: Range<usize>, title: fmt::Arguments<'_>) {
        let index = self.data.layers.get(def.name).copied().unwrap_or_default();
        self.place(-1 - index, &range);
        let title = self.text(title.to_string());
        self.values.push(title);
    }

    fn field(
        &mut self,
        def: &'static FieldDef,
        range: Range<usize>,
        value: Value<'_>,
        meaning: fmt::Arguments<'_>,
    ) {
        let index = self.data.fields.get(def.name).copied().unwrap_or_default();
        self.place(index, &range);
        let on_wire = self.bytes.get(range).unwrap_or_default();
        let value = match value {
            Value::Number(n) if n > EXACT => n.to_string().into(),
            Value::Number(n) => n.into(),
            Value::Flag(set) => u8::from(set).into(),
            Value::Time(nanos) if nanos.unsigned_abs() > EXACT => nanos.to_string().into(),
            Value::Time(nanos) => nanos.into(),
            Value::Ip(ip) => self.text(ip.to_string()),
            Value::Mac(mac) => self.text(mac.to_string()),
            // The page takes them from the frame.
            Value::Text(bytes) | Value::Bytes(bytes) if bytes == on_wire => Json::Null,
            // A character for each byte.
            Value::Text(bytes) | Value::Bytes(bytes) => {
                let text = bytes.iter().copied().map(char::from).collect();
                self.text(text)
            }
        };
        self.values.push(value);
        self.meanings
            .push(self.data.texts.number(meaning.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order() {
        let mut texts = Texts(BTreeMap::from([(String::new(), 0)]));
        let numbers = ["b", "a", "b", ""].map(|text| texts.number(text.into()));
        assert_eq!(numbers, [1, 2, 1, 0]);
        assert_eq!(by_number(&texts.0), ["", "b", "a"]);
    }
}
