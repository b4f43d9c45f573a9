//! Where a chapter's commands are run: an empty folder, and the program itself.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::chapter::Workshop;
use super::reference;
use crate::capture::Capture;
use crate::cli::args::How;
use crate::cli::source::Source;
use crate::edge::{AtomicFile, Scratch, create_folder, read_text};
use crate::exercise;
use crate::scenario::MAX_TEXT;

/// How wide a page of a book is, in characters of its code.
const PAGE_WIDTH: &str = "100";

/// A folder of its own for a chapter.
pub(super) struct Bench {
    folder: Scratch,
    /// What questions were asked about.
    captures: BTreeMap<String, Capture>,
}

impl Bench {
    pub(super) fn new() -> Result<Bench, String> {
        Ok(Bench {
            folder: Scratch::new().map_err(|e| e.to_string())?,
            captures: BTreeMap::new(),
        })
    }

    /// The place of a file of the chapter's own, and of no other.
    fn place(&self, name: &str) -> Result<PathBuf, String> {
        let path = Path::new(name);
        let is_below = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !is_below {
            return Err(format!("`{name}` is no file of the chapter's own folder"));
        }
        Ok(self.folder.path().join(path))
    }

    fn capture(&mut self, input: &str) -> Result<&Capture, String> {
        if !self.captures.contains_key(input) {
            let place = self.place(input)?;
            let name = match place.to_str() {
                Some(path) if place.exists() => path,
                _ => input,
            };
            let bytes = Source::open(Path::new(name), &How::default())
                .and_then(Source::bytes)
                .map_err(|_| format!("`{input}` is neither a scenario nor a capture"))?;
            let (capture, _) = Capture::read(bytes).map_err(|e| format!("{input}: {e}"))?;
            self.captures.insert(input.to_owned(), capture);
        }
        let found = self.captures.get(input);
        found.ok_or_else(|| format!("`{input}` cannot be read"))
    }
}

impl Workshop for Bench {
    fn run(&mut self, arguments: &[String]) -> Result<(i32, String), String> {
        let program = std::env::current_exe().map_err(|e| format!("wirelab is not found: {e}"))?;
        #[expect(
            clippy::disallowed_methods,
            reason = "a book's commands are run as its readers run them"
        )]
        let output = std::process::Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("COLUMNS", PAGE_WIDTH)
            .env_remove("CLICOLOR_FORCE")
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|e| format!("wirelab does not start: {e}"))?;
        let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
        printed += &String::from_utf8_lossy(&output.stderr);
        Ok((output.status.code().unwrap_or(-1), printed))
    }

    fn put(&mut self, name: &str, text: &str) -> Result<(), String> {
        let place = self.place(name)?;
        let folder = place.parent().unwrap_or(self.folder.path());
        let made = create_folder(folder).and_then(|()| AtomicFile::put(&place, text.as_bytes()));
        made.map_err(|e| e.to_string())
    }

    fn get(&mut self, name: &str) -> Result<String, String> {
        read_text(&self.place(name)?, MAX_TEXT).map_err(|e| e.to_string())
    }

    fn answer(&mut self, input: &str, question: &str) -> Result<String, String> {
        let capture = self.capture(input)?;
        let answer = exercise::answer(question, capture).map_err(|wrong| wrong.to_string())?;
        let answer = answer.ok_or_else(|| format!("no frame of {input} answers `{question}`"))?;
        Ok(answer.to_string())
    }

    fn reference(&mut self, name: &str) -> Option<String> {
        reference::part(name)
    }
}
