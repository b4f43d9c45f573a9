//! `--set PATH=VALUE`: a value changed in the tree before it is read.

use super::decode::{clip, suggestion};
use super::diagnostics::Diagnostic;
use super::source::{Sources, Span, Spanned};
use super::yaml::{self, Node};

/// A value to set: `hosts.client.ip=192.0.2.77`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Keys, and numbers of list items from 0, joined by points. A key that
    /// holds points itself stands as it is: `servers.0.ftp.files./a.txt.random`.
    pub path: String,
    /// YAML.
    pub value: String,
}

impl Override {
    /// Splits `PATH=VALUE`; `None` if there is no `=` or no path.
    pub fn parse(text: &str) -> Option<Override> {
        let (path, value) = text.split_once('=')?;
        let path = path.trim();
        (!path.is_empty()).then(|| Override {
            path: path.into(),
            value: value.into(),
        })
    }
}

/// Sets the value. All keys but the last must stand in the file; whether the
/// last is a key of the language is found out when it is read.
pub(super) fn apply(
    change: &Override,
    root: &mut Spanned<Node>,
    sources: &mut Sources,
) -> Result<(), Box<Diagnostic>> {
    let text = sources.add(format!("--set {}", change.path), change.value.clone());
    let mut value = yaml::read(&change.value, text)?;
    let whole = Span {
        text,
        start: 0,
        end: u32::try_from(change.value.len()).unwrap_or(u32::MAX),
    };
    value.span = whole;
    let mut node = root;
    let mut rest = Some(change.path.as_str());
    while let Some(path) = rest {
        let (part, further) = next_part(path, &node.value);
        rest = further;
        node = match &mut node.value {
            Node::Map(entries) => {
                let names: Vec<String> = entries.iter().map(|(k, _)| k.value.clone()).collect();
                match entries.iter().position(|(k, _)| k.value == part) {
                    Some(index) => &mut entries[index].1,
                    None if rest.is_none() && !part.is_empty() => {
                        entries.push((Spanned::new(part.into(), whole), value));
                        return Ok(());
                    }
                    None => {
                        let names: Vec<&str> = names.iter().map(String::as_str).collect();
                        let message = format!("there is no `{}` to set", clip(part));
                        let help = suggestion(part, &names);
                        return Err(Diagnostic::error(message, whole).help(help).into());
                    }
                }
            }
            Node::List(items) => {
                let count = items.len();
                match part.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                    Some(item) => item,
                    None => {
                        let message =
                            format!("`{}` is not an item of a list of {count}", clip(part));
                        let help = "items are counted from 0";
                        return Err(Diagnostic::error(message, whole).help(help).into());
                    }
                }
            }
            Node::Scalar(_) => {
                let message = format!(
                    "there is nothing below a plain value to be called `{}`",
                    clip(part)
                );
                return Err(Diagnostic::error(message, whole).into());
            }
        };
    }
    *node = value;
    Ok(())
}

/// The first part of a path below `node`, and what is behind it. A key may hold
/// points itself, as the name of a file does: the longest that fits is meant.
fn next_part<'p>(path: &'p str, node: &Node) -> (&'p str, Option<&'p str>) {
    let split = |at: usize| Some((path.get(..at)?, path.get(at + 1..)));
    let fits = |key: &str| {
        let behind = path.strip_prefix(key)?;
        (behind.is_empty() || behind.starts_with('.')).then_some(key.len())
    };
    let longest = match node {
        Node::Map(entries) => entries.iter().filter_map(|(key, _)| fits(&key.value)).max(),
        _ => None,
    };
    let end = longest.or_else(|| path.find('.'));
    end.and_then(split).unwrap_or((path, None))
}

/// What is wrong with the paths alone, whatever their values would lead to.
pub fn misplaced(name: &str, text: &str, changes: &[Override]) -> Vec<Diagnostic> {
    let mut sources = Sources::new(name, text);
    // Of a text that is no YAML others tell.
    let Ok(mut root) = yaml::read(text, 0) else {
        return Vec::new();
    };
    let is_yaml = |change: &&Override| yaml::read(&change.value, 0).is_ok();
    let wrong = changes.iter().filter(is_yaml).filter_map(|change| {
        let applied = apply(change, &mut root, &mut sources);
        applied.err().map(|wrong| *wrong)
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(file: &str, change: &str) -> Result<Spanned<Node>, String> {
        let mut sources = Sources::new("f", file);
        let mut root = yaml::read(file, 0).unwrap();
        let change = Override::parse(change).unwrap();
        apply(&change, &mut root, &mut sources).map_err(|d| {
            format!(
                "{}: {} ({})",
                sources.text(d.span).name,
                d.message,
                d.help.unwrap_or_default()
            )
        })?;
        Ok(root)
    }

    /// A tree without the places of its words.
    fn plain(node: &Node) -> String {
        match node {
            Node::Map(entries) => {
                let entry = |(key, value): &(Spanned<String>, Spanned<Node>)| {
                    format!("{}: {}", key.value, plain(&value.value))
                };
                entries.iter().map(entry).collect::<Vec<_>>().join(", ")
            }
            Node::List(items) => format!("{items:?}"),
            Node::Scalar(scalar) => format!("{scalar:?}"),
        }
    }

    #[test]
    fn values_are_replaced_and_added() {
        let root = set("hosts: { a: { ip: 1 } }", "hosts.a.ip=2").unwrap();
        assert!(format!("{root:?}").contains("\"2\""));
        let root = set("hosts: { a: { ip: 1 } }", "hosts.a.mac=x").unwrap();
        assert!(format!("{root:?}").contains("\"mac\""));
        let files = "files: { /a: 1, /a.txt: { random: 2 }, /a.txt.gz: 3 }";
        for (change, expected) in [
            (
                "files./a.txt.random=9",
                "/a: 1, /a.txt: { random: 9 }, /a.txt.gz: 3",
            ),
            (
                "files./a.txt.gz=9",
                "/a: 1, /a.txt: { random: 2 }, /a.txt.gz: 9",
            ),
            ("files./a=9", "/a: 9, /a.txt: { random: 2 }, /a.txt.gz: 3"),
        ] {
            let root = set(files, change).unwrap();
            let expected = yaml::read(&format!("files: {{ {expected} }}"), 0).unwrap();
            assert_eq!(plain(&root.value), plain(&expected.value), "{change}");
        }
        let root = set("script: [{ wait: 1s }, { wait: 2s }]", "script.1.wait=3s").unwrap();
        assert!(format!("{root:?}").contains("\"3s\"") && !format!("{root:?}").contains("\"2s\""));
    }

    #[test]
    fn paths_that_lead_nowhere_say_so() {
        assert_eq!(
            set("hosts: { client: { ip: 1 } }", "hosts.cleint.ip=2").unwrap_err(),
            "--set hosts.cleint.ip: there is no `cleint` to set (did you mean `client`?)"
        );
        assert!(set("a: [1]", "a.1=2").unwrap_err().contains("list of 1"));
        assert!(set("a: 1", "a.b=2").unwrap_err().contains("nothing below"));
        assert!(set("a: 1", "a=[").unwrap_err().contains("not valid YAML"));
        assert!(Override::parse("=1").is_none() && Override::parse("a").is_none());
    }
}
