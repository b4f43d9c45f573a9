//! The names of a lab's parts: no two of a kind have the same, since dice and labels go by them.

use std::collections::BTreeMap;

/// What is known of a list of names, in which each stands once.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Their places in the list, in the order of the names.
    sorted: Vec<u32>,
    /// Names that were asked for again, each with the last number that was put
    /// behind it.
    again: BTreeMap<String, u64>,
}

impl Names {
    /// Adds to the list what is to be called `name`: with a number behind it, if
    /// another is called that already. The list is always the same one.
    pub fn add(&mut self, name: &str, list: &mut Vec<String>) -> String {
        let mut given = name.to_owned();
        let mut place = self.place(&given, list);
        if place.is_ok() {
            let mut number = self.again.get(name).copied().unwrap_or(1);
            while place.is_ok() {
                number += 1;
                given = format!("{name}-{number}");
                place = self.place(&given, list);
            }
            self.again.insert(name.to_owned(), number);
        }
        let (Ok(place) | Err(place)) = place;
        self.sorted.insert(place, list.len() as u32);
        list.push(given.clone());
        given
    }

    /// Where a name stands in the order, or would stand.
    fn place(&self, name: &str, list: &[String]) -> Result<usize, usize> {
        let named = |&at: &u32| list.get(at as usize).map(String::as_str);
        self.sorted
            .binary_search_by(|at| named(at).cmp(&Some(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let (mut names, mut list) = (Names::default(), Vec::new());
        let wanted = ["b", "a", "b", "b-2", "b", "b", "b-2"];
        let given = wanted.map(|name| names.add(name, &mut list));
        assert_eq!(given, ["b", "a", "b-2", "b-2-2", "b-3", "b-4", "b-2-3"]);
        assert_eq!(list, given);
    }
}
