//! The walls of the house, checked: reads the project's own source against the plan.

mod imports;
mod lexer;
mod rules;
mod table;

use std::path::Path;

use rules::Source;

use crate::support::{files_below, root};

/// Every Rust file of the project: its path from the top, and its text.
fn rust_files() -> Vec<(String, String)> {
    let folders = ["src", "tests", "benches", "examples"];
    let files = folders
        .iter()
        .flat_map(|folder| files_below(&root().join(folder)));
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| {
            (
                name(&path),
                std::fs::read_to_string(&path).expect("a source file is text"),
            )
        })
        .collect()
}

/// The path from the top of the repository, with `/` on every system.
fn name(path: &Path) -> String {
    let inside = path.strip_prefix(root()).expect("listed below the root");
    let parts = inside
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn the_house_is_tidy() {
    let files = rust_files();
    let sources: Vec<Source> = files
        .iter()
        .map(|(path, text)| Source { path, text })
        .collect();
    assert!(
        sources.len() > 20,
        "found only {} source files",
        sources.len()
    );
    let mut wrong: Vec<String> = sources.iter().flat_map(rules::check).collect();
    wrong.extend(rules::one_file_crates(&sources));
    assert!(
        wrong.is_empty(),
        "{} untidy places:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_ban_has_a_reason() {
    let bans = std::fs::read_to_string(root().join("clippy.toml")).expect("clippy.toml");
    assert!(bans.contains("disallowed-methods") && bans.contains("disallowed-types"));
    assert_eq!(rules::bans_without_reason(&bans), Vec::<String>::new());
}

/// The table itself: floors rise, a room leans only on rooms above it in the
/// list, and no room leans across to the other wing.
#[test]
fn the_plan_is_sound() {
    for (at, room) in table::ROOMS.iter().enumerate() {
        for other in room.beside {
            let place = table::ROOMS.iter().position(|r| r.name == *other);
            let place = place.unwrap_or_else(|| panic!("{other}: no such room"));
            assert!(
                place < at,
                "{} leans on {other}, which comes later",
                room.name
            );
            assert_eq!(
                table::ROOMS[place].floor,
                room.floor,
                "{} and {other}",
                room.name
            );
        }
    }
    for room in table::ROOMS {
        let declared = format!("pub mod {};", room.name);
        let lib = std::fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
        assert!(lib.contains(&declared), "no room `{}` in lib.rs", room.name);
    }
}
