//! Whether answers belong to the captures that they are graded against.
//!
//! With another secret everybody's captures are others, and so are the right
//! answers. A few are right even so, by chance: a name out of a short list, a
//! number of files.

use super::grade::{Grade, Verdict};
use super::variant::Asked;

/// Answers that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit {
    /// So many answers were given that differ from student to student.
    pub given: u64,
    /// So many of them are right.
    pub right: u64,
}

/// Fewer answers than this tell nothing.
const MANY: u64 = 6;

/// An answer that is right for more than one student in so many tells nothing;
/// among fewer people it cannot be known which do.
const RARE: u64 = 20;

/// So many times as many right answers as chance gives are no chance.
const TIMES: u64 = 3;

/// Tells if hardly more answers are right than chance would have it. `asked` are
/// the questions of each student, in the order of `grades`, and `strangers` those
/// of people who do not exist, as for [`suspicions`](super::suspicions).
pub fn misfit(grades: &[Grade], asked: &[Vec<Asked>], strangers: &[Vec<Asked>]) -> Option<Misfit> {
    let everybody: Vec<&[Asked]> = asked.iter().chain(strangers).map(Vec::as_slice).collect();
    let people = everybody.len() as u64;
    let (mut given, mut right, mut chance) = (0, 0, 0);
    for (place, grade) in grades.iter().enumerate() {
        for (at, mark) in grade.marks.iter().enumerate() {
            let question = |student: usize| everybody.get(student)?.get(at);
            let Some(own) = question(place).filter(|_| mark.verdict != Verdict::Missing) else {
                continue;
            };
            let others = (0..everybody.len()).filter(|other| *other != place);
            let others: Vec<&Asked> = others.filter_map(question).collect();
            if others.iter().all(|other| other.answer == own.answer) {
                continue;
            }
            if people >= RARE {
                let suits = others.iter().filter(|q| q.answer.accepts(&mark.given));
                let suits = suits.count() as u64 + 1;
                if suits * RARE > people {
                    continue;
                }
                // In thousandths.
                chance += 1000 * suits / people;
            }
            given += 1;
            right += u64::from(mark.verdict == Verdict::Right);
        }
    }
    (given >= MANY && right * 1000 <= TIMES * chance).then_some(Misfit { given, right })
}
