//! YAML text to a tree of values with spans. The only room that knows the YAML parser.
//!
//! The tree is loose on purpose: what each key must hold is decided by
//! [`decode`](super::decode), which can then name every mistake and not only
//! the first. A YAML syntax error ends the reading, since nothing after it can
//! be trusted.

use core::fmt;
use std::net::Ipv6Addr;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned as Placed;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

use super::diagnostics::Diagnostic;
use super::source::{Span, Spanned};

/// The largest scenario that is read, in bytes.
pub const MAX_TEXT: usize = 4 << 20;

/// A value of a YAML document.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A plain or quoted word, number or truth value, or nothing at all.
    Scalar(Scalar),
    /// A list.
    List(Vec<Spanned<Node>>),
    /// A mapping, in the order in which it was written.
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

/// One scalar, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its text: of a number the very digits, so that `012` stays `012`.
    pub text: String,
    /// What YAML takes it for.
    pub kind: ScalarKind,
}

/// What YAML takes a scalar for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// Nothing: `null`, `~`, or an empty value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits, not negative.
    Whole(u64),
    /// Any other number.
    Number,
    /// Text.
    Text,
}

/// Reads one YAML document. `text` is the number that spans will carry.
pub fn read(source: &str, text: u16) -> Result<Spanned<Node>, Box<Diagnostic>> {
    let whole = |start: usize, end: usize| Span {
        text,
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
    };
    if source.len() > MAX_TEXT {
        let message = format!("a scenario of more than {} MiB is not read", MAX_TEXT >> 20);
        return Err(Box::new(Diagnostic::error(message, whole(0, 0))));
    }
    let raw: Raw = serde_saphyr::from_str_with_options(source, options()).map_err(|e| {
        let message = e.render_with_options(serde_saphyr::RenderOptions::new(
            &serde_saphyr::UserMessageFormatter,
        ));
        let at = e.location().map_or(0, |l| offset_of(l, source));
        let tab = message.contains("tab").then(|| indenting_tab(source, at));
        let at = tab.flatten().unwrap_or(at);
        let span = whole(at, at);
        Box::new(match too_much(&e) {
            Some(words) => Diagnostic::error(words, span),
            None => Diagnostic {
                help: match tab.flatten() {
                    Some(_) => Some("indent with spaces: YAML takes no tabs for that".into()),
                    None => unquoted(source, at),
                },
                ..syntax_error(&message, span)
            },
        })
    })?;
    Ok(raw.into_node(source, text))
}

/// Bounds far above any honest scenario and far below any harm.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 200_000,
            max_nodes: MAX_NODES,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ANCHORS,
            max_recorded_anchor_events: 200_000,
            max_recorded_anchor_bytes: 4 << 20,
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_documents: 1,
            max_total_scalar_bytes: 4 << 20,
            max_merge_keys: MAX_ALIASES,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 20_000,
            max_replay_stack_depth: 8,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Merge,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

/// So many lists and mappings within each other,
const MAX_DEPTH: usize = 32;
/// so many values,
const MAX_NODES: usize = 100_000;
/// so many anchors, and so many uses of them.
const MAX_ANCHORS: usize = 1_000;
const MAX_ALIASES: usize = 1_000;

/// What there is too much of, if that is what is wrong.
fn too_much(error: &serde_saphyr::Error) -> Option<String> {
    use serde_saphyr::Error;
    use serde_saphyr::budget::BudgetBreach as Breach;
    let grown = "what `*` and `<<` repeat makes this file too large: write less by them";
    Some(match error.without_snippet() {
        Error::AliasError { error, .. } => return too_much(error),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => grown.into(),
        Error::Budget { breach, .. } => match breach {
            Breach::Depth { .. } => deep(),
            Breach::Documents { .. } => {
                "a file holds one document: what follows `---` or `...` belongs into another".into()
            }
            Breach::Events { .. } | Breach::Nodes { .. } => {
                format!("this file holds more than {MAX_NODES} values")
            }
            Breach::Aliases { .. } | Breach::MergeKeys { .. } => {
                format!("`*` or `<<` stands in this file more than {MAX_ALIASES} times")
            }
            Breach::Anchors { .. } => format!("this file has more than {MAX_ANCHORS} anchors"),
            Breach::ScalarBytes { .. }
            | Breach::RecordedAnchorEvents { .. }
            | Breach::RecordedAnchorBytes { .. } => grown.into(),
            _ => return None,
        },
        // The parser's own words for brackets within brackets.
        other if other.to_string().contains("recursion limit exceeded") => deep(),
        _ => return None,
    })
}

fn deep() -> String {
    format!("more than {MAX_DEPTH} lists and mappings lie within each other here")
}

/// The parser's message without the place, which our diagnostic shows itself.
fn syntax_error(message: &str, span: Span) -> Diagnostic {
    let first = message.lines().next().unwrap_or("not YAML");
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let end = first.find(" at line ").unwrap_or(first.len());
    Diagnostic::error(format!("not valid YAML: {}", &first[..end]), span)
}

/// The first tab that indents, in the line of byte `at` or below: the parser may stumble
/// at the end of the line before.
fn indenting_tab(source: &str, at: usize) -> Option<usize> {
    let mut start = source.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    for line in source.get(start..)?.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line.get(..indent)?.find('\t') {
            return Some(start + tab);
        }
        start += line.len();
    }
    None
}

/// What to do if the parser stumbled at byte `at` over an IPv6 address with a port, whose
/// brackets it takes for a list. It may notice that on the next line only.
fn unquoted(source: &str, at: usize) -> Option<String> {
    let before = source.get(..at)?.rsplit('\n').take(2);
    let lengths: usize = before.map(|line| line.len() + 1).sum();
    let near = source.get((at + 1).saturating_sub(lengths)..)?;
    near.lines().take(2).find_map(|line| {
        line.match_indices('[').find_map(|(start, _)| {
            let (address, rest) = line.get(start + 1..)?.split_once(']')?;
            let address = address.trim();
            // What is to be one has colons, and none of YAML's own signs.
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '%' | '/');
            let is_meant = address.matches(':').count() > 1 && address.chars().all(plain);
            let (address, is_one) = match address.parse::<Ipv6Addr>() {
                Ok(address) => (address.to_string(), true),
                Err(_) if is_meant => (address.to_owned(), false),
                Err(_) => return None,
            };
            let digits = rest.strip_prefix(':')?;
            let end = digits.find(|c: char| !c.is_ascii_digit());
            let port = digits.get(..end.unwrap_or(digits.len()))?;
            let is_quoted = line.get(..start)?.ends_with(['"', '\'']);
            (!is_quoted && !port.is_empty()).then(|| {
                let none = match is_one {
                    true => String::new(),
                    false => format!(", but `{address}` is none"),
                };
                format!(
                    "an IPv6 address stands in brackets and quotes: \"[{address}]:{port}\"{none}"
                )
            })
        })
    })
}

/// Where a mistake is in `source`, in bytes. The parser does not count bytes
/// where it stumbles, but always lines and columns, both from 1.
fn offset_of(location: serde_saphyr::Location, source: &str) -> usize {
    let line = usize::try_from(location.line()).unwrap_or(usize::MAX);
    let column = usize::try_from(location.column()).unwrap_or(usize::MAX);
    let mut start = 0;
    for (number, text) in (1..).zip(source.split_inclusive('\n')) {
        if number >= line {
            let inside = text.char_indices().nth(column.saturating_sub(1));
            return start + inside.map_or(text.trim_end().len(), |(at, _)| at);
        }
        start += text.len();
    }
    start
}

fn span_of(location: serde_saphyr::Location, text: u16) -> Span {
    let span = location.span();
    let start = span.byte_offset().unwrap_or(0);
    let end = start + span.byte_len().unwrap_or(0);
    Span {
        text,
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
    }
}

/// The tree with the parser's own places, before texts are cut out of the source.
struct Raw(Placed<RawNode>);

enum RawNode {
    Scalar(Option<String>, ScalarKind),
    List(Vec<Raw>),
    Map(Vec<(Placed<String>, Raw)>),
}

impl Raw {
    fn into_node(self, source: &str, text: u16) -> Spanned<Node> {
        let mut span = span_of(self.0.referenced, text);
        let node = match self.0.value {
            RawNode::Scalar(known, kind) => {
                let defined = span_of(self.0.defined, text);
                let written = source.get(defined.start as usize..defined.end as usize);
                Node::Scalar(Scalar {
                    text: known.unwrap_or_else(|| written.unwrap_or("").trim().to_owned()),
                    kind,
                })
            }
            RawNode::List(items) => Node::List(
                items
                    .into_iter()
                    .map(|n| n.into_node(source, text))
                    .collect(),
            ),
            RawNode::Map(entries) => Node::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let at = span_of(key.referenced, text);
                        (Spanned::new(key.value, at), value.into_node(source, text))
                    })
                    .collect(),
            ),
        };
        // The parser places a collection at its first byte, or nowhere. A
        // person looks at what stands in it, from the first item to the last.
        let parts: Vec<Span> = match &node {
            Node::Map(entries) => entries.iter().flat_map(|(k, v)| [k.span, v.span]).collect(),
            Node::List(items) => items.iter().map(|n| n.span).collect(),
            Node::Scalar(_) => Vec::new(),
        };
        if span.start == span.end {
            span = parts.first().copied().unwrap_or(span);
        }
        span = parts.into_iter().fold(span, |whole, part| {
            // What an alias stands for was written elsewhere.
            if part.start >= span.start {
                whole.to(part)
            } else {
                whole
            }
        });
        span.end += closing_bracket(source, span);
        Spanned::new(node, span)
    }
}

/// How far behind a collection in brackets its closing bracket ends.
fn closing_bracket(source: &str, span: Span) -> u32 {
    let close = match source.as_bytes().get(span.start as usize) {
        Some(b'{') => '}',
        Some(b'[') => ']',
        _ => return 0,
    };
    let rest = source.get(span.end as usize..).unwrap_or_default();
    let after = rest.trim_start_matches([' ', ',']);
    let gap = rest.len() - after.len();
    if after.starts_with(close) {
        u32::try_from(gap + 1).unwrap_or(0)
    } else {
        0
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        Placed::deserialize(deserializer).map(Raw)
    }
}

impl<'de> Deserialize<'de> for RawNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawNode, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = RawNode;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<RawNode, E> {
        Ok(RawNode::Scalar(None, ScalarKind::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<RawNode, E> {
        self.visit_unit()
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<RawNode, E> {
        Ok(RawNode::Scalar(None, ScalarKind::Bool(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<RawNode, E> {
        Ok(RawNode::Scalar(None, ScalarKind::Whole(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<RawNode, E> {
        let kind = u64::try_from(value).map_or(ScalarKind::Number, ScalarKind::Whole);
        Ok(RawNode::Scalar(None, kind))
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<RawNode, E> {
        Ok(RawNode::Scalar(None, ScalarKind::Number))
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<RawNode, E> {
        Ok(RawNode::Scalar(None, ScalarKind::Number))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<RawNode, E> {
        Ok(RawNode::Scalar(None, ScalarKind::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<RawNode, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<RawNode, E> {
        Ok(RawNode::Scalar(Some(value), ScalarKind::Text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawNode, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(RawNode::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawNode, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawNode::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(source: &str) -> String {
        match read(source, 0) {
            Ok(node) => {
                let mut out = String::new();
                write_node(&node, source, &mut out);
                out
            }
            Err(d) => format!("{} @{}..{}", d.message, d.span.start, d.span.end),
        }
    }

    fn write_node(node: &Spanned<Node>, source: &str, out: &mut String) {
        let at = &source[node.span.start as usize..node.span.end as usize];
        match &node.value {
            Node::Scalar(s) => *out += &format!("{:?} {:?} at {at:?}\n", s.text, s.kind),
            Node::List(items) => {
                *out += &format!("list at {at:?}\n");
                items.iter().for_each(|n| write_node(n, source, out));
            }
            Node::Map(entries) => {
                *out += &format!("map at {at:?}\n");
                for (key, value) in entries {
                    let at = &source[key.span.start as usize..key.span.end as usize];
                    *out += &format!("key {:?} at {at:?}: ", key.value);
                    write_node(value, source, out);
                }
            }
        }
    }

    #[test]
    fn scalars_keep_their_text_and_place() {
        let source = "a: 012\nb: \"x y\"  # why\nc: [1.50, ~, true, yes, -3]\nd: { e: f g }\nh:\ni: |\n  one\n  two\n";
        let seen = show(source);
        let expected = "\
map at \"a: 012\\nb: \\\"x y\\\"  # why\\nc: [1.50, ~, true, yes, -3]\\nd: { e: f g }\\nh:\\ni: |\\n  one\\n  two\\n\"
key \"a\" at \"a\": \"012\" Number at \"012\"
key \"b\" at \"b\": \"x y\" Text at \"\\\"x y\\\"\"
key \"c\" at \"c\": list at \"[1.50, ~, true, yes, -3]\"
\"1.50\" Number at \"1.50\"
\"~\" Null at \"~\"
\"true\" Bool(true) at \"true\"
\"yes\" Text at \"yes\"
\"-3\" Number at \"-3\"
key \"d\" at \"d\": map at \"{ e: f g }\"
key \"e\" at \"e\": \"f g\" Text at \"f g\"
key \"h\" at \"h\": \"\" Null at \"\"
key \"i\" at \"i\": \"one\\ntwo\\n\" Text at \"one\\n  two\\n\"
";
        assert_eq!(seen, expected);
    }

    #[test]
    fn an_alias_bomb_is_defused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let item = format!("*a{}", i - 1);
            let items = vec![item; 9].join(", ");
            bomb += &format!("a{i}: &a{i} [{items}]\n");
        }
        let wrong = read(&bomb, 0).unwrap_err();
        assert!(wrong.message.contains("repeat"), "{wrong:?}");
        let long = format!("a: &a {}\n{}", "x".repeat(1 << 20), "b: *a\n".repeat(20));
        let wrong = read(&long, 0).unwrap_err();
        assert!(wrong.message.contains("repeat"), "{wrong:?}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
            let deep = open.repeat(100_000) + "x" + &close.repeat(100_000);
            let wrong = read(&deep, 0).unwrap_err();
            assert!(wrong.message.contains("within each other"), "{wrong:?}");
        }
        let mut block = String::new();
        for depth in 0..200 {
            block += &format!("{}a:\n", " ".repeat(depth));
        }
        let wrong = read(&block, 0).unwrap_err();
        assert!(wrong.message.contains("within each other"), "{wrong:?}");
        let many = "- x\n".repeat(MAX_NODES + 1);
        let wrong = read(&many, 0).unwrap_err();
        assert_eq!(wrong.message, "this file holds more than 100000 values");
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        assert_eq!(show("a: [1,\nb: 2\n").lines().count(), 1);
        assert!(show("a: !shell ls").contains("not valid YAML"));
        assert!(show("a: 1\n---\nb: 2\n").contains("one document"));
        assert!(show("a: *nobody").contains("not valid YAML"));
        assert!(show(&"x".repeat(MAX_TEXT + 1)).contains("4 MiB"));
    }

    #[test]
    fn a_tab_that_indents_is_pointed_at() {
        for source in [
            "lab: 1\n\ttitle: x\n",
            "lab: 1\nhosts:\n\ta: {}\n",
            "lab: 1\nhosts:\n  a:\n    ip: 1\n  \tb: {}\n",
        ] {
            let wrong = read(source, 0).unwrap_err();
            assert_eq!(
                Some(wrong.span.start as usize),
                source.find('\t'),
                "{source}"
            );
            let help = wrong.help.unwrap_or_default();
            assert!(help.starts_with("indent with spaces"), "{source}: {help}");
        }
    }

    #[test]
    fn an_address_without_quotes_is_told_how_to_be_written() {
        let help = |source: &str| read(source, 0).unwrap_err().help;
        for source in [
            "a: [2001:db8:2::2]:21",
            "a: [2001:db8:2::2]:21\nb: 1\n",
            "a:\n  - b: [ 2001:DB8:2::2 ]:21\n  - c: 1\n",
            "a: { b: [2001:db8:2::2]:21, c: d }\n",
        ] {
            let wanted = "an IPv6 address stands in brackets and quotes: \"[2001:db8:2::2]:21\"";
            assert_eq!(help(source).as_deref(), Some(wanted), "{source}");
        }
        let wrong = "an IPv6 address stands in brackets and quotes: \"[2001:db8::zz]:21\", \
                     but `2001:db8::zz` is none";
        assert_eq!(help("a: [2001:db8::zz]:21\n").as_deref(), Some(wrong));
        for source in [
            "a: [1]:21\n",
            "a: [b:c, d:e:f]:21\n",
            "a: [\n",
            "a: \"[::1]:21\"\nb: [\n",
            "ä: [ä]:1\n",
        ] {
            assert_eq!(help(source), None, "{source}");
        }
    }
}
