//! The names of a lab's parts: no two of a kind have the same, since dice and labels go by them.

use std::collections::BTreeMap;

/// The names that parts of one kind have, each with the last number that was
/// put behind it.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, u64>);

impl Names {
    /// The name that a part gets which is to be called `name`: if another is called
    /// that already, with a number behind it.
    pub fn give(&mut self, name: &str) -> String {
        let mut given = name.to_owned();
        if let Some(last) = self.0.get(name) {
            let mut number = *last;
            while self.0.contains_key(&given) {
                number += 1;
                given = format!("{name}-{number}");
            }
            self.0.insert(name.to_owned(), number);
        }
        self.0.insert(given.clone(), 1);
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut names = Names::default();
        let wanted = ["a", "b", "a", "a-2", "a", "a", "a-2"];
        let given = wanted.map(|name| names.give(name));
        assert_eq!(given, ["a", "b", "a-2", "a-2-2", "a-3", "a-4", "a-2-3"]);
    }
}
