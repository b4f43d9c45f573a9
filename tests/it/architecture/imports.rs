//! Which rooms of the library, and which crates, a source file reaches for.

use super::lexer::{Kind, Token};

/// One path used by a file: `crate::net::Node` is the room `net`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The path as far as it was read: `crate::net::Node`, `smoltcp::wire`.
    pub path: Vec<String>,
    /// What it is called here: its last name, or what `as` makes of it.
    pub alias: String,
    /// It stands in the file's `mod tests`.
    pub in_tests: bool,
    pub line: usize,
}

/// Every path of two or more names in a file, with `use` groups unfolded and
/// `super` resolved. `module` is the file's own: `["net", "node"]`.
pub fn paths(tokens: &[Token], module: &[&str]) -> Vec<Import> {
    let mut found = Vec::new();
    let mut inline: Vec<(String, i32)> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is('{') {
            depth += 1;
        } else if token.is('}') {
            depth -= 1;
            inline.retain(|(_, opened)| *opened <= depth);
        }
        if token.word() == Some("mod") && tokens.get(at + 2).is_some_and(|t| t.is('{')) {
            let name = tokens[at + 1].word().unwrap_or_default();
            inline.push((name.to_string(), depth + 1));
        }
        if token.word().is_none() {
            at += 1;
            continue;
        }
        let here: Vec<&str> = module
            .iter()
            .copied()
            .chain(inline.iter().map(|(name, _)| name.as_str()))
            .collect();
        let first = found.len();
        at = read_path(tokens, at, Vec::new(), &mut found);
        for import in &mut found[first..] {
            resolve_super(&mut import.path, &here);
            import.in_tests = inline.iter().any(|(name, _)| name == "tests");
        }
    }
    found.retain(|import| import.path.len() > 1);
    found
}

/// Reads one path, or one group of them, that starts at `at`; answers where it ends.
fn read_path(
    tokens: &[Token],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Import>,
) -> usize {
    let line = tokens[at].line;
    while let Some(word) = tokens.get(at).and_then(Token::word) {
        path.push(word.to_string());
        at += 1;
        if tokens.get(at).map(|t| &t.kind) != Some(&Kind::PathSeparator) {
            break;
        }
        at += 1;
        let Some(next) = tokens.get(at) else { break };
        if next.is('*') {
            path.push("*".to_string());
            at += 1;
        } else if next.is('{') {
            return read_group(tokens, at + 1, &path, found);
        }
    }
    let named = path.iter().rev().find(|name| *name != "self");
    let mut alias = named.cloned().unwrap_or_default();
    if tokens.get(at).and_then(Token::word) == Some("as")
        && let Some(name) = tokens.get(at + 1).and_then(Token::word)
    {
        alias = name.to_string();
        at += 2;
    }
    found.push(Import {
        path,
        alias,
        in_tests: false,
        line,
    });
    at
}

fn read_group(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<Import>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.is('}') {
            return at + 1;
        }
        if token.word().is_some() {
            at = read_path(tokens, at, prefix.to_vec(), found);
        } else {
            at += 1;
        }
    }
    at
}

/// Turns `super::…` into `crate::…`; other paths stay as they are.
fn resolve_super(path: &mut Vec<String>, here: &[&str]) {
    let ups = path.iter().take_while(|word| *word == "super").count();
    if ups == 0 {
        return;
    }
    let above = here.len().saturating_sub(ups);
    let mut resolved = vec!["crate".to_string()];
    resolved.extend(here[..above].iter().map(|word| (*word).to_string()));
    resolved.extend(path.drain(ups..));
    *path = resolved;
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    fn read(source: &str) -> Vec<String> {
        let found = paths(&tokens(source), &["net", "node"]);
        found
            .into_iter()
            .map(|import| import.path.join("::"))
            .collect()
    }

    #[test]
    fn groups_are_unfolded() {
        assert_eq!(
            read("use crate::{net::{Node, link::*}, time as t, wire::Frame as F}; fn f() {}"),
            [
                "crate::net::Node",
                "crate::net::link::*",
                "crate::time",
                "crate::wire::Frame",
            ],
        );
    }

    #[test]
    fn paths_in_code_count_as_well_as_use_lines() {
        assert_eq!(
            read("fn f(x: crate::sim::Stop) -> smoltcp::wire::Ipv4Address { g() }"),
            ["crate::sim::Stop", "smoltcp::wire::Ipv4Address"],
        );
    }

    #[test]
    fn super_is_followed_up_to_the_crate() {
        assert_eq!(read("use super::Link;"), ["crate::net::Link"]);
        assert_eq!(read("use super::super::render::f;"), ["crate::render::f"]);
        assert_eq!(
            read("mod tests { use super::*; use super::super::super::lab; } use super::x;"),
            ["crate::net::node::*", "crate::lab", "crate::net::x"],
        );
    }
}
