//! The documents are true: what they name exists, what they show is what comes out.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::{files_below, is_blessing, root};

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// What stands in `code` in the running text of a document.
fn code_spans(document: &str) -> Vec<String> {
    let mut spans = Vec::new();
    let mut in_block = false;
    for paragraph in document.split("\n\n") {
        let mut prose = String::new();
        for line in paragraph.lines() {
            if line.trim_start().starts_with("```") {
                in_block = !in_block;
            } else if !in_block {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        spans.extend(prose.split('`').skip(1).step_by(2).map(str::to_string));
    }
    spans
}

/// Every name that the library defines: `fn deliver`, `struct Sim` …
fn defined_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files_below(&root().join("src")) {
        let source = std::fs::read_to_string(&path).expect("a source file is text");
        let words: Vec<&str> = source
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            if matches!(
                pair[0],
                "fn" | "struct" | "enum" | "trait" | "type" | "mod" | "const"
            ) {
                names.insert(pair[1].to_string());
            }
        }
    }
    names
}

/// What of `spans` is not so.
fn untrue(spans: &[String], names: &BTreeSet<String>) -> Vec<String> {
    let is_path = |span: &str| {
        [
            "src/",
            "tests/",
            "examples/",
            "benches/",
            "scenarios/",
            "snapshots/",
            ".ci/",
            "book/",
        ]
        .iter()
        .any(|folder| span.starts_with(folder))
            || [
                "ARCHITECTURE.md",
                "CONTRIBUTING.md",
                "Cargo.toml",
                "clippy.toml",
            ]
            .contains(&span)
    };
    let is_name = |span: &str| {
        let is_plain = span
            .chars()
            .all(|c| c.is_alphanumeric() || "_:".contains(c));
        span.contains("::") && is_plain && !span.starts_with("std::")
    };
    let wrong = spans.iter().filter(|span| {
        if is_path(span) {
            !root().join(span).exists()
        } else {
            is_name(span) && !span.split("::").skip(1).all(|name| names.contains(name))
        }
    });
    wrong.cloned().collect()
}

#[test]
fn every_name_and_path_in_the_documents_exists() {
    let names = defined_names();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"] {
        let spans = code_spans(&text(document));
        assert!(spans.len() > 5, "{document} names only {spans:?}");
        assert_eq!(untrue(&spans, &names), Vec::<String>::new(), "{document}");
    }
}

#[test]
fn a_name_that_is_gone_is_noticed() {
    let names = defined_names();
    let spans = code_spans(
        "See `Sim::run` and\n`src/lab/`, not `Sim::saunter`, `src/cellar.rs`.\n\n```\n`x::y`\n```\n",
    );
    assert_eq!(untrue(&spans, &names), ["Sim::saunter", "src/cellar.rs"]);
}

/// Before a block that shows a built-in's packet list.
const LIST_MARK: (&str, &str) = ("<!-- the packet list of ", " -->\n```text\n");

/// The packet list of a built-in scenario as it should be, read from where it is kept.
fn golden_list(name: &str) -> String {
    let snapshot = text(&format!("snapshots/{name}.frames.snap"));
    let (_, list) = snapshot.split_once("\n---\n").expect("a head and a body");
    list.trim_end().to_string()
}

/// `document` with every packet list as it is in the golden traces, and how many there are.
fn with_golden_lists(document: &str) -> (String, usize) {
    let (mut out, mut rest, mut lists) = (String::new(), document, 0);
    while let Some((before, after)) = rest.split_once(LIST_MARK.0) {
        let (name, block) = after
            .split_once(LIST_MARK.1)
            .expect("a block after the mark");
        let (_, behind) = block.split_once("```\n").expect("the end of the block");
        let list = golden_list(name);
        out.push_str(&format!(
            "{before}{}{name}{}{list}\n```\n",
            LIST_MARK.0, LIST_MARK.1
        ));
        rest = behind;
        lists += 1;
    }
    out.push_str(rest);
    (out, lists)
}

#[test]
fn the_packet_list_in_the_readme_is_the_golden_one() {
    let shown = text("README.md");
    let (golden, lists) = with_golden_lists(&shown);
    assert_eq!(lists, 1, "README.md shows a packet list");
    if is_blessing() {
        std::fs::write(root().join("README.md"), golden).expect("room for a document");
    } else {
        assert!(shown == golden, "its packet list is not the golden one");
    }
}

/// The commands for a shell in a document, those of other programs left out.
fn commands(document: &str) -> Vec<Vec<String>> {
    let blocks = document.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    lines
        .filter_map(|line| {
            let ours = line
                .strip_prefix("wirelab ")
                .or_else(|| line.strip_prefix("cargo run -- "))?;
            Some(ours.split_whitespace().map(str::to_string).collect())
        })
        .collect()
}

/// Runs a document's commands one after another in a folder of their own.
fn run_commands(document: &str, folder: &Path) -> usize {
    let commands = commands(&text(document));
    for arguments in &commands {
        let output = Command::new(env!("CARGO_BIN_EXE_wirelab"))
            .args(arguments)
            .current_dir(folder)
            .output()
            .expect("wirelab starts");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{document}: wirelab {arguments:?}: {complaint}"
        );
        assert!(
            !output.stdout.is_empty(),
            "{document}: wirelab {arguments:?} says nothing"
        );
    }
    commands.len()
}

#[test]
fn every_command_in_the_documents_works() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // What a teacher brings along.
    for (name, text) in [
        ("roster.csv", "id,name\nann,Ann Lee\nbo,Bo Jones\n"),
        ("secret", "nobody can guess this one\n"),
    ] {
        std::fs::write(folder.path().join(name), text).expect("room for a file");
    }
    let run = run_commands("README.md", folder.path());
    assert!(run >= 9, "README.md has only {run} commands");
}

#[test]
fn the_two_commands_are_two() {
    let readme = text("README.md");
    let block = readme.split("```sh\n").nth(1).expect("a block for a shell");
    let lines: Vec<&str> = block
        .split("```")
        .next()
        .unwrap_or_default()
        .lines()
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("run ftp-connect") && lines[1].starts_with("cargo test"));
}
