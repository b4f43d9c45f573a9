//! The rules of the house, each a function from a file's text to what is wrong with it.

use super::imports::{self, Import};
use super::lexer::{self, Kind, Token};
use super::table::{
    self, CRATES, Floor, PORCH_ONLY, PORCH_ONLY_MACROS, Room, SEALED, SEAMS, TEST_ONLY,
};

/// No file is longer: beyond this a reader loses the thread.
pub const MAX_LINES: usize = 800;

/// A source file of the project.
pub struct Source<'a> {
    /// Its path from the top of the repository, with `/`.
    pub path: &'a str,
    pub text: &'a str,
}

impl<'a> Source<'a> {
    /// The room it belongs to; `lib.rs`, `main.rs` and everything outside `src/` have none.
    fn room(&self) -> Option<&'a str> {
        let inside = self.path.strip_prefix("src/")?;
        let name = inside.split('/').next()?.trim_end_matches(".rs");
        (!matches!(name, "lib" | "main")).then_some(name)
    }

    /// Its module path: `["net", "node"]`.
    fn module(&self) -> Vec<&'a str> {
        let inside = self.path.strip_prefix("src/").unwrap_or(self.path);
        let inside = inside.trim_end_matches(".rs").trim_end_matches("/mod");
        inside.split('/').collect()
    }

    fn tokens(&self) -> Vec<Token> {
        lexer::tokens(self.text)
    }

    fn imports(&self) -> Vec<Import> {
        imports::paths(&self.tokens(), &self.module())
    }

    fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// Everything that is wrong with one file.
pub fn check(source: &Source) -> Vec<String> {
    let mut wrong = shape(source);
    wrong.extend(unfinished(source));
    let Some(name) = source.room() else {
        return wrong;
    };
    let Some(room) = table::find(name) else {
        wrong.push(source.at(
            1,
            &format!("`{name}` is no room of the table: give it a floor"),
        ));
        return wrong;
    };
    wrong.extend(walls(source, room));
    wrong.extend(crates(source, room));
    wrong.extend(signatures(source));
    wrong.extend(porch(source, room));
    wrong.extend(floats(source, room));
    wrong.extend(panics(source));
    wrong
}

/// A file opens with a line that says what lives there, and stays readable.
fn shape(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    let first = source.text.lines().next().unwrap_or_default();
    if first
        .strip_prefix("//!")
        .is_none_or(|rest| rest.trim().is_empty())
    {
        wrong.push(source.at(
            1,
            "a file opens with a `//!` line that says what lives there",
        ));
    }
    let lines = source.text.lines().count();
    if lines > MAX_LINES {
        wrong.push(source.at(lines, &format!("longer than {MAX_LINES} lines: split it")));
    }
    wrong
}

/// Nothing is left for later, and no test is skipped.
fn unfinished(source: &Source) -> Vec<String> {
    let tokens = source.tokens();
    let pairs = tokens.iter().zip(tokens.iter().skip(1));
    pairs
        .filter_map(|(first, second)| {
            let what = match first.word() {
                Some("todo" | "unimplemented") if second.is('!') => "left for later",
                _ if first.is('[') && second.word() == Some("ignore") => "a test that is skipped",
                _ => return None,
            };
            Some(source.at(first.line, what))
        })
        .collect()
}

/// Imports go down only; east and west never meet.
fn walls(source: &Source, room: &Room) -> Vec<String> {
    let mut wrong = Vec::new();
    for import in source.imports() {
        if import.path[0] != "crate" {
            continue;
        }
        let other = import.path[1].as_str();
        let allowed = match table::find(other) {
            Some(target) => {
                target.name == room.name
                    || room.floor.may_import(target.floor)
                    || room.beside.contains(&target.name)
                    || is_seam(room, &import)
                    // A room's own tests may stand it beside its neighbours.
                    || (import.in_tests && room.floor == target.floor)
            }
            // Names at the top of the crate would hide where they come from.
            None => false,
        };
        if !allowed {
            let what = format!("`{}` may not import `crate::{other}`", room.name);
            wrong.push(source.at(import.line, &what));
        }
    }
    wrong
}

/// Whether the import is one of the few names that a room may know of a neighbour above it.
fn is_seam(room: &Room, import: &Import) -> bool {
    SEAMS.iter().any(|(from, to, names)| {
        let name = import.path.get(2).map_or("", String::as_str);
        room.name == *from && import.path[1] == *to && names.contains(&name)
    })
}

/// A crate that has a room of its own stays there, and out of every public signature.
fn crates(source: &Source, room: &Room) -> Vec<String> {
    let mut wrong = Vec::new();
    for import in source.imports() {
        let name = import.path[0].as_str();
        let owner = CRATES.iter().find(|(owned, _)| *owned == name);
        if let Some((_, rooms)) = owner
            && !rooms.contains(&room.name)
        {
            let what = format!(
                "`{name}` belongs to {}, not to `{}`",
                rooms.join(", "),
                room.name
            );
            wrong.push(source.at(import.line, &what));
        }
    }
    wrong
}

/// No public signature shows a type of a sealed crate.
fn signatures(source: &Source) -> Vec<String> {
    let foreign = |import: &Import| SEALED.contains(&import.path[0].as_str());
    let names: Vec<String> = source
        .imports()
        .into_iter()
        .filter(foreign)
        .map(|i| i.alias)
        .collect();
    let tokens = source.tokens();
    let mut wrong = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.word() != Some("pub") || tokens.get(at + 1).is_some_and(|t| t.is('(')) {
            continue;
        }
        let signature = &tokens[at..at + signature_len(&tokens[at..])];
        let shows = |word: &str| SEALED.contains(&word) || names.iter().any(|name| name == word);
        if let Some(word) = signature
            .iter()
            .filter_map(Token::word)
            .find(|word| shows(word))
        {
            wrong.push(source.at(token.line, &format!("a public signature shows `{word}`")));
        }
    }
    wrong
}

/// How far the public part of the item that begins at `pub` reaches.
fn signature_len(tokens: &[Token]) -> usize {
    let starts = |words: &[&str]| {
        let mut head = tokens.iter().skip(1).take(3).filter_map(Token::word);
        head.any(|word| words.contains(&word))
    };
    let ends = |signs: &[char]| {
        let end = tokens
            .iter()
            .position(|t| signs.iter().any(|sign| t.is(*sign)));
        end.unwrap_or(tokens.len())
    };
    if starts(&["fn"]) {
        ends(&['{', ';'])
    } else if starts(&["struct", "mod"]) {
        // The fields speak for themselves.
        ends(&['{', '(', ';'])
    } else if starts(&["enum", "trait"]) {
        body_end(tokens)
    } else if starts(&["use", "type"]) {
        ends(&[';'])
    } else {
        ends(&[',', '}', ')', '=', ';'])
    }
}

/// Where the first pair of braces closes.
fn body_end(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.is('{') {
            depth += 1;
        } else if token.is('}') {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len()
}

/// No clock, environment, thread, file, socket or terminal below the porch.
fn porch(source: &Source, room: &Room) -> Vec<String> {
    if room.floor == Floor::Porch {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for import in source.imports() {
        let path = import.path.join("::");
        let banned = |ban: &&&str| path == **ban || path.starts_with(&format!("{ban}::"));
        if let Some(ban) = PORCH_ONLY.iter().find(banned) {
            wrong.push(source.at(import.line, &format!("`{ban}` is for the porch only")));
        }
    }
    let tokens = source.tokens();
    for (name, sign) in tokens.iter().zip(tokens.iter().skip(1)) {
        let word = name.word().unwrap_or_default();
        if sign.is('!') && PORCH_ONLY_MACROS.contains(&word) {
            wrong.push(source.at(name.line, &format!("`{word}!` is for the porch only")));
        }
        if word.starts_with("disallowed_") {
            wrong.push(source.at(name.line, "only the porch may lift a ban of clippy.toml"));
        }
    }
    wrong
}

/// What is replayed computes in integers: they are the same on every machine.
fn floats(source: &Source, room: &Room) -> Vec<String> {
    if !room.floor.is_replayed() || table::SEES_FLOATS.contains(&source.path) {
        return Vec::new();
    }
    let is_float =
        |token: &&Token| token.kind == Kind::Float || matches!(token.word(), Some("f32" | "f64"));
    let tokens = source.tokens();
    let found = tokens.iter().filter(is_float);
    found
        .map(|token| {
            source.at(
                token.line,
                "a float in what is replayed: use integers or `Ratio`",
            )
        })
        .collect()
}

/// Nothing that a person or a wire can send may panic, so nothing does outside the tests.
fn panics(source: &Source) -> Vec<String> {
    let is_test = source.path.ends_with("tests.rs") || TEST_ONLY.contains(&source.path);
    if is_test {
        return Vec::new();
    }
    let tokens = without_tests(source.tokens());
    let mut wrong = Vec::new();
    for at in tokens.windows(4) {
        let name = at[1].word().unwrap_or_default();
        let is_call = at[0].is('.') && at[2].is('(');
        let found = match name {
            "unwrap" | "unwrap_err" => is_call,
            // Other things are called `expect` as well: this one takes a text.
            "expect" | "expect_err" => is_call && at[3].kind == Kind::Literal,
            "panic" | "unreachable" | "assert" | "assert_eq" | "assert_ne" => at[2].is('!'),
            _ => false,
        };
        if found {
            wrong.push(source.at(
                at[1].line,
                &format!("`{name}` may panic: say what is wrong"),
            ));
        }
    }
    wrong
}

/// A file's tokens without those of its `mod tests`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let start = tokens.windows(3).position(|at| {
        let names = (at[0].word(), at[1].word());
        names == (Some("mod"), Some("tests")) && at[2].is('{')
    });
    let Some(start) = start else {
        return tokens;
    };
    let end = start + body_end(&tokens[start..]);
    let (before, after) = (&tokens[..start], tokens.get(end..).unwrap_or_default());
    [before, after].concat()
}

/// The crates that one file alone may name, and are named by more.
pub fn one_file_crates(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in table::ONE_FILE_CRATES {
        let names_it = |source: &&Source| source.imports().iter().any(|i| i.path[0] == *name);
        let inside = sources.iter().filter(|s| s.path.starts_with("src/"));
        let files: Vec<&str> = inside.filter(names_it).map(|s| s.path).collect();
        if files.len() > 1 {
            wrong.push(format!(
                "`{name}` is named by more than one file: {}",
                files.join(", ")
            ));
        }
    }
    wrong
}

/// The bans of `clippy.toml` that give no reason.
pub fn bans_without_reason(clippy_toml: &str) -> Vec<String> {
    let bans = clippy_toml.split("path = \"").skip(1);
    bans.filter_map(|ban| {
        let (path, rest) = ban.split_once('"')?;
        let entry = rest.split('}').next().unwrap_or_default();
        let reason = entry
            .split_once("reason = \"")
            .map_or("", |(_, reason)| reason);
        let given = !reason
            .split('"')
            .next()
            .unwrap_or_default()
            .trim()
            .is_empty();
        (!given).then(|| format!("clippy.toml: the ban on `{path}` gives no reason"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the rules say of `code` in the file `path`, without the path.
    fn say(path: &str, code: &str) -> Vec<String> {
        let text = format!("//! A planted file.\n{code}");
        let wrong = check(&Source { path, text: &text });
        wrong
            .iter()
            .map(|line| line[path.len()..].to_string())
            .collect()
    }

    #[test]
    fn a_clean_file_passes() {
        let code = "use crate::wire::Frame;\nuse super::Node; /* crate::lab */";
        assert_eq!(say("src/net/link.rs", code), Vec::<String>::new());
    }

    #[test]
    fn the_wings_never_meet() {
        assert_eq!(
            say("src/net/link.rs", "use crate::capture::Capture;"),
            [":2: `net` may not import `crate::capture`"],
        );
        assert_eq!(
            say("src/render/list.rs", "fn f(s: &crate::{sim::Sim}) {}"),
            [":2: `render` may not import `crate::sim`"],
        );
    }

    #[test]
    fn imports_go_down_only() {
        let up = ":2: `time` may not import `crate::net`";
        assert_eq!(say("src/time.rs", "use crate::net::Node;"), [up]);
        assert_eq!(say("src/time.rs", "use super::net::Node;"), [up]);
        assert_eq!(
            say("src/lab/mod.rs", "use crate::cli;\nuse crate::Top;"),
            [
                ":2: `lab` may not import `crate::cli`",
                ":3: `lab` may not import `crate::Top`",
            ],
        );
    }

    #[test]
    fn a_seam_is_no_wider_than_its_names() {
        let seam = "use crate::actor::{Actor, Report};\nuse crate::actor::FtpClient;\n\
            mod tests { use crate::actor::FtpServer; use crate::capture::Capture; }";
        assert_eq!(
            say("src/host/mod.rs", seam),
            [
                ":3: `host` may not import `crate::actor`",
                ":4: `host` may not import `crate::capture`",
            ],
        );
    }

    #[test]
    fn a_room_must_be_in_the_table() {
        assert_eq!(
            say("src/cellar/mod.rs", ""),
            [":1: `cellar` is no room of the table: give it a floor"],
        );
    }

    #[test]
    fn crates_stay_in_their_rooms() {
        assert_eq!(
            say("src/lab/run.rs", "use smoltcp::wire::Ipv4Packet;"),
            [":2: `smoltcp` belongs to wire, host, dissect, not to `lab`"],
        );
        assert_eq!(
            say("src/cli/show.rs", "fn f() { pcap_file::pcap::new() }"),
            [":2: `pcap_file` belongs to capture, not to `cli`"],
        );
        let yaml = |path| Source {
            path,
            text: "use serde_saphyr::from_str;",
        };
        let both = [yaml("src/scenario/a.rs"), yaml("src/scenario/b.rs")];
        assert_eq!(
            one_file_crates(&both),
            ["`serde_saphyr` is named by more than one file: src/scenario/a.rs, src/scenario/b.rs"],
        );
        assert_eq!(one_file_crates(&both[..1]), Vec::<String>::new());
    }

    #[test]
    fn sealed_crates_stay_out_of_public_signatures() {
        let say = |code| say("src/wire/view.rs", code);
        let shown = |name: &str, line| [format!(":{line}: a public signature shows `{name}`")];
        assert_eq!(
            say(
                "use smoltcp::wire::{Ipv4Packet as P, Ipv6Packet};\npub fn f(x: &[u8]) -> P<u8> {}"
            ),
            shown("P", 3),
        );
        assert_eq!(
            say("pub struct S { pub x: smoltcp::wire::Ipv4Address }"),
            shown("smoltcp", 2)
        );
        assert_eq!(
            say("use smoltcp::wire::A;\npub enum E { One, Two(A) }"),
            shown("A", 3)
        );
        assert_eq!(say("pub use smoltcp::wire::A;"), shown("smoltcp", 2));
        let inside = "use smoltcp::wire::A;\npub struct S { x: A }\n\
            pub(super) fn f(a: A) {}\npub fn g() -> u8 { A::new() }\nfn h(a: A) {}";
        assert_eq!(say(inside), [""; 0]);
    }

    #[test]
    fn the_machine_stays_outside() {
        assert_eq!(
            say(
                "src/lab/run.rs",
                "use std::fs::File;\nfn f() { std::env::var(\"X\") }"
            ),
            [
                ":2: `std::fs` is for the porch only",
                ":3: `std::env` is for the porch only"
            ],
        );
        assert_eq!(
            say(
                "src/time.rs",
                "use std::{net::IpAddr, net::TcpStream, time::Instant};"
            ),
            [
                ":2: `std::net::TcpStream` is for the porch only",
                ":2: `std::time::Instant` is for the porch only",
            ],
        );
        assert_eq!(
            say(
                "src/capture/mod.rs",
                "#![allow(clippy::disallowed_types)]\nfn f() { println!() }"
            ),
            [
                ":3: `println!` is for the porch only",
                ":2: only the porch may lift a ban of clippy.toml",
            ]
            .iter()
            .rev()
            .copied()
            .collect::<Vec<_>>(),
        );
        assert_eq!(
            say("src/cli/mod.rs", "use std::fs;\nfn f() { println!() }"),
            [""; 0]
        );
    }

    #[test]
    fn what_is_replayed_has_no_floats() {
        let float = ":2: a float in what is replayed: use integers or `Ratio`";
        assert_eq!(say("src/net/link.rs", "const LOSS: u32 = 0.5;"), [float]);
        assert_eq!(say("src/rng.rs", "fn f(x: f64) {}"), [float]);
        assert_eq!(say("src/render/list.rs", "fn f(x: f64) {}"), [""; 0]);
    }

    #[test]
    fn nothing_panics_outside_the_tests() {
        let calls = "fn f() { x.unwrap(); y.expect(\"z\"); self.expect(now); assert!(a); }\n\
            mod tests { fn f() { x.unwrap(); } }\nfn g() { panic!(); }";
        let panics = |name: &str, line| format!(":{line}: `{name}` may panic: say what is wrong");
        assert_eq!(
            say("src/net/link.rs", calls),
            [
                panics("unwrap", 2),
                panics("expect", 2),
                panics("assert", 2),
                panics("panic", 4)
            ],
        );
        assert_eq!(say("src/net/tests.rs", calls), [""; 0]);
    }

    #[test]
    fn every_file_says_what_lives_there_and_stays_short() {
        let text = "use std::fmt;\n";
        let source = Source {
            path: "tests/it/x.rs",
            text,
        };
        assert_eq!(
            check(&source),
            ["tests/it/x.rs:1: a file opens with a `//!` line that says what lives there"],
        );
        let long = "\n".repeat(MAX_LINES);
        assert_eq!(
            say("benches/x.rs", &long),
            [":801: longer than 800 lines: split it"]
        );
    }

    #[test]
    fn nothing_is_left_for_later() {
        assert_eq!(
            say(
                "tests/it/x.rs",
                "#[ignore]\nfn f() { todo!() }\n// todo!() in a comment"
            ),
            [":2: a test that is skipped", ":3: left for later"],
        );
    }

    #[test]
    fn every_ban_gives_its_reason() {
        let toml = r#"[{ path = "a::b", reason = "because" }, { path = "c" }, { path = "d", reason = "" }]"#;
        assert_eq!(
            bans_without_reason(toml),
            [
                "clippy.toml: the ban on `c` gives no reason",
                "clippy.toml: the ban on `d` gives no reason",
            ],
        );
    }
}
