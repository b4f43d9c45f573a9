//! Faults with an exact target, as a scenario writes them.

use super::select::{FrameSelector, What};
use crate::net::{Field, Side};
use crate::scenario::decode::{Decode, Decoder, Fields, clip, suggestion};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::source::Spanned;
use crate::scenario::yaml::Node;
use crate::time::Duration;

/// One fault: what happens, and to which frame or machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Something happens to frames.
    Strike(Strike),
    /// A machine's cable is pulled for a time.
    Unplug(Unplug),
}

/// Something that happens to frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Strike {
    /// What happens.
    pub act: Act,
    /// To which frames; `nth` picks one of them.
    pub target: FrameSelector,
    /// On which segment they pass; on any, if none is named.
    pub link: Option<Spanned<String>>,
    /// On which side of the default tap.
    pub side: Side,
}

/// What happens to a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Act {
    /// It never arrives.
    Drop,
    /// It arrives later.
    Delay(Duration),
    /// It arrives twice.
    Duplicate,
    /// This bit is flipped, counted from 0 at the start of what TCP carries.
    Corrupt(u32),
    /// It ends after so many octets.
    Truncate(u32),
    /// A field has another value.
    Rewrite(Field, u32),
}

/// A cable that is pulled.
#[derive(Debug, Clone, PartialEq)]
pub struct Unplug {
    /// Whose.
    pub host: Spanned<String>,
    /// When.
    pub at: Spanned<Duration>,
    /// For how long.
    pub lasting: Spanned<Duration>,
}

/// Each kind of fault, and what its mapping is called.
const KINDS: [(&str, &str); 7] = [
    ("drop", "a `drop`"),
    ("delay", "a `delay`"),
    ("duplicate", "a `duplicate`"),
    ("corrupt", "a `corrupt`"),
    ("truncate", "a `truncate`"),
    ("rewrite", "a `rewrite`"),
    ("unplug", "an `unplug`"),
];

impl Decode for Fault {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let Node::Map(entries) = &node.value else {
            return d.expected("a fault such as `drop: { reply: 226, nth: 1 }`", node);
        };
        let [(key, value)] = entries.as_slice() else {
            let help = "begin a new one with `- `";
            return d.fail(Diagnostic::error("a fault has one key", node.span).help(help));
        };
        let kind = key.value.as_str();
        let Some((_, what)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let message = format!("`{}` is not a fault", clip(kind));
            let help = suggestion(kind, &KINDS.map(|(name, _)| name));
            return d.fail(Diagnostic::error(message, key.span).help(help));
        };
        let mut f = d.fields(what, value)?;
        if kind == "unplug" {
            let (host, at, lasting) = (f.req(d, "host"), f.req(d, "at"), f.req(d, "for"));
            f.finish(d);
            return Some(Fault::Unplug(Unplug {
                host: host?,
                at: at?,
                lasting: lasting?,
            }));
        }
        let act = act(d, kind, &mut f);
        let side = f.entry("side").map(|(_, node)| {
            let sides = [("receiver", Side::Receiver), ("sender", Side::Sender)];
            d.one_of("a side", node, &sides)
        });
        let link = f.entry("link").map(|(_, node)| Decode::decode(d, node));
        let mut target = FrameSelector::decode_in(d, &mut f, value);
        segment_is_nth(d, &mut f, &mut target);
        f.finish(d);
        Some(Fault::Strike(Strike {
            act: act?,
            target: target?,
            link: match link {
                Some(link) => Some(link?),
                None => None,
            },
            side: side.unwrap_or(Some(Side::default()))?,
        }))
    }
}

/// What happens, with the keys that belong to it.
fn act(d: &mut Decoder, kind: &str, f: &mut Fields<'_>) -> Option<Act> {
    Some(match kind {
        "drop" => Act::Drop,
        "duplicate" => Act::Duplicate,
        "delay" => Act::Delay(f.req(d, "by")?),
        "corrupt" => Act::Corrupt(f.opt(d, "bit").unwrap_or(0)),
        "truncate" => Act::Truncate(f.req(d, "len")?),
        _ => {
            let field = match f.entry("field") {
                Some((_, node)) => d.one_of("a field", node, &Field::NAMES),
                None => f.req::<String>(d, "field").and(None),
            };
            let value = f.req(d, "value");
            Act::Rewrite(field?, value?)
        }
    })
}

/// `{ data: true, segment: 7 }` is the seventh data segment.
fn segment_is_nth(d: &mut Decoder, f: &mut Fields<'_>, target: &mut Option<FrameSelector>) {
    let Some(segment) = f.opt::<Spanned<u64>>(d, "segment") else {
        return;
    };
    let Some(target) = target else { return };
    let message = match &target.nth {
        _ if target.what != What::Data => "`segment` counts segments of `data: true` only",
        Some(_) => "`segment` and `nth` say the same: leave one of them out",
        None if segment.value == 0 => "segments are counted from 1",
        None => {
            target.nth = Some(segment);
            return;
        }
    };
    d.diagnostics.push(Diagnostic::error(message, segment.span));
}

impl core::fmt::Display for Act {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Act::Drop => "drop",
            Act::Delay(_) => "delay",
            Act::Duplicate => "duplicate",
            Act::Corrupt(_) => "corrupt",
            Act::Truncate(_) => "truncate",
            Act::Rewrite(..) => "rewrite",
        })
    }
}
