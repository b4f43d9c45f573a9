//! What the themes share: where the project's files are, and how to speak up.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use wirelab::capture::Capture;

/// The top of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, sorted; none when there is no such folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a folder that can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The captures of real clients and servers that the tests keep.
pub fn captures_of_strangers() -> Vec<(String, Capture)> {
    let files = files_below(&root().join("tests/fixtures/captures"));
    let read = |path: PathBuf| {
        let file = std::fs::File::open(&path).expect("a fixture");
        let (capture, problems) = Capture::read(file).expect("a capture");
        assert!(problems.is_empty(), "{}: {problems:?}", path.display());
        (path.display().to_string(), capture)
    };
    files.into_iter().map(read).collect()
}

/// Those of them that hold every frame whole: of one cut short, readers differ in
/// what they make of the rest.
pub fn whole_captures_of_strangers() -> Vec<(String, Capture)> {
    let mut captures = captures_of_strangers();
    captures.retain(|(_, capture)| {
        let mut frames = capture.frames();
        frames.all(|frame| frame.original_len as usize == frame.bytes.len())
    });
    captures
}

/// Says something even where the test harness keeps the output of passing tests to itself.
pub fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error");
}

/// Whether what comes out is to be kept as what should come out, as for insta.
pub fn is_blessing() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always")
}
