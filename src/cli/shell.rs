//! Commands that we print, to be pasted into a shell.

use std::path::Path;

/// A path as one word of a command: in quotes if it needs them.
pub(super) fn shell_word(path: &Path) -> String {
    let word = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "_-./:,+@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    // Double quotes suffice for a space, and every shell knows them.
    if !word.contains(['"', '$', '`', '\\', '!', '%']) {
        return format!("\"{word}\"");
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_it_must_be() {
        for (name, word) in [
            ("lab.yaml", "lab.yaml"),
            ("../a/b-1_c.yaml", "../a/b-1_c.yaml"),
            ("my lab.yaml", "\"my lab.yaml\""),
            ("it's", "\"it's\""),
            ("a;b", "\"a;b\""),
            ("a$b", "'a$b'"),
            ("it's $b", r"'it'\''s $b'"),
            ("", "\"\""),
        ] {
            assert_eq!(shell_word(Path::new(name)), word);
        }
    }
}
