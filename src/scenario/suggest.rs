//! The nearest name to a misspelt one.

/// The name nearest to `found`, if one is near enough to have been meant.
pub fn did_you_mean<'a>(found: &str, names: &[&'a str]) -> Option<&'a str> {
    // Nobody misspells a name of hundreds of letters, and the work grows with its square.
    if found.len() > 64 {
        return None;
    }
    let allowed = (found.chars().count() / 3).clamp(1, 3);
    names
        .iter()
        .map(|name| (distance(found, name), *name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters must be changed, added, left out or swapped with their
/// neighbour to turn one word into the other, without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["segments", "servers", "hosts", "actors"];
        assert_eq!(did_you_mean("segmnets", &names), Some("segments"));
        assert_eq!(did_you_mean("Hosts", &names), Some("hosts"));
        assert_eq!(did_you_mean("host", &names), Some("hosts"));
        assert_eq!(did_you_mean("elephants", &names), None);
        assert_eq!(did_you_mean("", &names), None);
    }
}
