//! Answers that are another student's right answer, and the odds that it is chance.

use std::collections::BTreeMap;

use serde::Serialize;

use super::grade::{Grade, Verdict};
use super::variant::Asked;

/// A wrong answer that is somebody else's right one is told when the odds
/// against chance are at least so many to one.
const TOLD_FROM: u64 = 20;

/// A student some of whose wrong answers are right for another student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suspicion {
    /// Who handed them in.
    pub student: String,
    /// For whom they would be right.
    pub source: String,
    /// The questions.
    pub questions: Vec<String>,
    /// How many wrong answers the student gave to questions whose answers
    /// differ from student to student.
    pub wrong: u64,
    /// Chance does this to one student in so many (at least; it is a bound,
    /// and no proof).
    pub one_in: u64,
}

/// Looks for wrong answers that are another student's right ones. `asked` are
/// the questions of each student, in the order of `grades`; `strangers` are those
/// of people who do not exist, and by whom a small class is made larger: in a
/// class of two there is otherwise nobody with whom to compare.
///
/// The odds suppose that whoever answers wrong names one of their right answers,
/// each one's equally likely: that makes a coincidence far
/// likelier than it is. They are divided by the number of students who might
/// have been hit, and by the ways in which so many hits fall on the wrong
/// answers.
pub fn suspicions(
    grades: &[Grade],
    asked: &[Vec<Asked>],
    strangers: &[Vec<Asked>],
) -> Vec<Suspicion> {
    let everybody: Vec<&[Asked]> = asked.iter().chain(strangers).map(Vec::as_slice).collect();
    let mut found = Vec::new();
    for (place, grade) in grades.iter().enumerate() {
        // What is wrong for a known reason is explained already.
        let wrong: Vec<usize> = grade
            .marks
            .iter()
            .enumerate()
            .filter(|(_, mark)| mark.verdict == Verdict::Wrong)
            .map(|(at, _)| at)
            .collect();
        // By whom: the questions, and how many others would be hit as well.
        let mut hits: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new();
        let mut open = 0;
        for at in wrong {
            let Some(own) = question(&everybody, place, at) else {
                continue;
            };
            let others: Vec<usize> = (0..everybody.len())
                .filter(|other| {
                    let theirs = question(&everybody, *other, at);
                    *other != place && theirs.is_some_and(|q| q.answer != own.answer)
                })
                .collect();
            if others.is_empty() {
                continue;
            }
            open += 1;
            let given = grade.marks.get(at).map_or("", |mark| mark.given.as_str());
            let hit: Vec<usize> = others
                .iter()
                .copied()
                .filter(|other| {
                    question(&everybody, *other, at).is_some_and(|q| q.answer.accepts(given))
                })
                .collect();
            // The chance of this hit, as one in so many.
            let one_in = others.len() as u64 / (hit.len() as u64).max(1);
            // Nobody copies from those who do not exist.
            for other in hit.into_iter().filter(|other| *other < grades.len()) {
                hits.entry(other).or_default().push((at, one_in));
            }
        }
        for (other, hit) in hits {
            let chance = hit
                .iter()
                .fold(1u64, |all, (_, one)| all.saturating_mul(*one));
            let ways = choose(open, hit.len() as u64);
            let targets = (grades.len() as u64).saturating_sub(1).max(1);
            let one_in = chance / ways.saturating_mul(targets).max(1);
            if one_in < TOLD_FROM {
                continue;
            }
            let name = |at: &usize| grade.marks.get(*at).map(|m| m.question.clone());
            found.push(Suspicion {
                student: grade.student.clone(),
                source: grades
                    .get(other)
                    .map_or(String::new(), |g| g.student.clone()),
                questions: hit.iter().filter_map(|(at, _)| name(at)).collect(),
                wrong: open,
                one_in,
            });
        }
    }
    found.sort_by(|a, b| {
        b.one_in
            .cmp(&a.one_in)
            .then_with(|| a.student.cmp(&b.student))
    });
    found
}

fn question<'a>(asked: &[&'a [Asked]], student: usize, at: usize) -> Option<&'a Asked> {
    asked.get(student)?.get(at)
}

/// In how many ways `k` can be chosen out of `n`.
fn choose(n: u64, k: u64) -> u64 {
    (0..k.min(n.saturating_sub(k))).fold(1u64, |all, i| all.saturating_mul(n - i) / (i + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_counted() {
        assert_eq!(
            [choose(5, 0), choose(5, 2), choose(5, 5), choose(60, 2)],
            [1, 10, 1, 1770]
        );
    }
}
