//! The exercises that come with the program, and its library of questions.

use include_dir::{Dir, include_dir};

use super::model::{Question, decode_templates};
use super::{Loaded, load};
use crate::scenario::Diagnostics;
use crate::scenario::decode::Decoder;
use crate::scenario::suggest::did_you_mean;
use crate::scenario::yaml;

static EXERCISES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/exercises");
static TEMPLATES: &str = include_str!("templates.yaml");

/// An exercise that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// The text of its file.
    pub text: &'static str,
}

impl Builtin {
    /// Reads it.
    ///
    /// # Errors
    /// Never, as a test makes sure.
    pub fn load(self) -> Result<Loaded, Diagnostics> {
        load(self.name, self.text, &|_| None)
    }
}

/// All of them, by name.
pub fn all() -> Vec<Builtin> {
    let files = EXERCISES.files().filter_map(|file| {
        Some(Builtin {
            name: file.path().to_str()?.strip_suffix(".yaml")?,
            text: file.contents_utf8()?,
        })
    });
    let mut found: Vec<Builtin> = files.collect();
    found.sort_by_key(|builtin| builtin.name);
    found
}

/// The one of that name.
pub fn find(name: &str) -> Option<Builtin> {
    all().into_iter().find(|builtin| builtin.name == name)
}

/// The name nearest to a misspelt one.
pub fn nearest(name: &str) -> Option<&'static str> {
    let names: Vec<&'static str> = all().iter().map(|builtin| builtin.name).collect();
    did_you_mean(name, &names)
}

/// The library: questions by name, in the order of the file.
pub fn templates() -> Vec<(String, Question)> {
    let mut d = Decoder::default();
    match yaml::read(TEMPLATES, 0) {
        Ok(root) => decode_templates(&mut d, &root),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Sources;

    #[test]
    fn the_library_is_right_and_large() {
        let mut d = Decoder::default();
        let root = yaml::read(TEMPLATES, 0).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let found = decode_templates(&mut d, &root);
        let wrong = Diagnostics {
            sources: Sources::new("templates.yaml", TEMPLATES),
            list: d.diagnostics,
        };
        assert!(wrong.list.is_empty(), "{wrong}");
        assert!(found.len() >= 40, "{} templates", found.len());
        for (name, question) in &found {
            assert!(question.ask.ends_with(['?', '.']), "{name}");
        }
    }

    #[test]
    fn every_exercise_is_right() {
        assert!(all().len() >= 2);
        for builtin in all() {
            builtin.load().unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
}
