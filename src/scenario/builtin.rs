//! The scenarios that come with the program, and what they should look like.

use include_dir::{Dir, File, include_dir};

use super::suggest::did_you_mean;
use super::{Loaded, Override, load};

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");
static SNAPSHOTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/snapshots");

/// A scenario that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name, such as `ftp-connect`.
    pub name: &'static str,
    /// The text of its file.
    pub text: &'static str,
}

impl Builtin {
    /// Reads it.
    ///
    /// # Errors
    /// When `overrides` make it wrong; without them it is right.
    pub fn load(self, overrides: &[Override]) -> Result<Loaded, super::Diagnostics> {
        load(self.name, self.text, overrides)
    }

    /// Its packet list at seed 1, as it should be.
    pub fn packet_list(self) -> Option<&'static str> {
        // Snapshots all lie in one folder.
        let name = self.name.replace('/', "__");
        let file = SNAPSHOTS.get_file(format!("{name}.frames.snap"))?;
        let text = file.contents_utf8()?;
        // A snapshot file begins with a few lines about itself between `---`.
        let body = text
            .strip_prefix("---\n")
            .and_then(|rest| rest.split_once("\n---\n"));
        Some(body.map_or(text, |(_, body)| body))
    }
}

/// All of them, by name.
pub fn all() -> Vec<Builtin> {
    let mut found = Vec::new();
    walk(&SCENARIOS, &mut found);
    found.sort_by_key(|builtin| builtin.name);
    found
}

fn walk(folder: &'static Dir<'static>, found: &mut Vec<Builtin>) {
    found.extend(folder.files().filter_map(builtin));
    folder.dirs().for_each(|inner| walk(inner, found));
}

fn builtin(file: &'static File<'static>) -> Option<Builtin> {
    Some(Builtin {
        name: file.path().to_str()?.strip_suffix(".yaml")?,
        text: file.contents_utf8()?,
    })
}

/// A capture that comes with the program, for scenarios to play.
pub fn capture(name: &str) -> Option<&'static [u8]> {
    let file = SCENARIOS.get_file(format!("captures/{name}"))?;
    Some(file.contents())
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

/// The hashes of their captures at seeds 1, 2 and 3, as they should be.
pub fn manifest() -> &'static str {
    let file = SNAPSHOTS.get_file("manifest.sha256");
    file.and_then(File::contents_utf8).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_is_right_and_tells_what_it_is_about() {
        assert!(!all().is_empty());
        for builtin in all() {
            let loaded = builtin.load(&[]).unwrap_or_else(|wrong| panic!("{wrong}"));
            assert!(loaded.warnings.is_empty(), "{}", builtin.name);
            let scenario = loaded.scenario;
            assert!(scenario.title.is_some(), "{} has no title", builtin.name);
            assert!(scenario.about.is_some(), "{} has no about", builtin.name);
            assert!(!scenario.tags.is_empty(), "{} has no tags", builtin.name);
            assert!(
                !scenario.checks.is_empty(),
                "{} has no checks",
                builtin.name
            );
        }
    }

    /// Every reply that RFC 959 §4.2.2 names is caused by a scenario that is
    /// named for it and looks for it.
    #[test]
    fn every_reply_code_has_a_scenario() {
        const CODES: &str = "110 120 125 150 200 202 211 212 213 214 215 220 221 225 226 227 230 \
                             250 257 331 332 350 421 425 426 450 451 452 500 501 502 503 504 530 \
                             532 550 551 552 553";
        for code in CODES.split_whitespace() {
            let builtin = find(&format!("replies/{code}"));
            let text = builtin
                .unwrap_or_else(|| panic!("no scenario for {code}"))
                .text;
            assert!(
                text.contains(&format!("replies: {{ code: {code}, count: ")),
                "{code}"
            );
        }
    }

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        assert_eq!(nearest("ftp-conect"), Some("ftp-connect"));
        assert_eq!(nearest("gopher"), None);
    }
}
