//! Whether answers belong to the captures that they are graded against.
//!
//! With another secret everybody's captures are others, and so are the right
//! answers. A few are right even so, by chance: a name out of a short list, a
//! number of files.

use super::grade::{Grade, Verdict};
use super::variant::Asked;

/// Answers that do not fit, or of which it cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit {
    /// So many answers were given that differ from student to student.
    pub given: u64,
    /// So many of them are right.
    pub right: u64,
    /// There are enough of them to say that they do not fit.
    pub is_certain: bool,
}

/// Of fewer answers than this, nobody can be certain that they do not fit.
const MANY: u64 = 6;

/// Answers do not fit if chance alone makes as many of them right once in so many
/// classes, or more often;
const LIKELY: u64 = 20;
/// and of many it is said as well if it does so once in so many.
const SELDOM: u64 = 100;

/// Among fewer people than this it cannot be known what is right by chance; among
/// more, an answer that is right for one in so many is rare.
const CROWD: u64 = 20;

/// So many times as many rare answers as chance gives are no chance. The odds alone
/// would say so of fewer, but they suppose that answers have nothing to do with
/// each other.
const TIMES: u64 = 3;

/// Certainty, in the units that chances are counted in.
const ONE: u64 = 1 << 31;

/// Tells if hardly more answers are right than chance would have it. `asked` are
/// the questions of each student, in the order of `grades`, and `strangers` those
/// of people who do not exist, as for [`suspicions`](super::suspicions).
pub fn misfit(grades: &[Grade], asked: &[Vec<Asked>], strangers: &[Vec<Asked>]) -> Option<Misfit> {
    let everybody: Vec<&[Asked]> = asked.iter().chain(strangers).map(Vec::as_slice).collect();
    let people = everybody.len() as u64;
    // For each answer, how likely it is right for somebody; and of those rare ones
    // how many are right, and would be by chance.
    let (mut chances, mut right) = (Vec::new(), 0);
    let (mut rare_right, mut rare_chance) = (0, 0);
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
            let suits = others.iter().filter(|q| q.answer.accepts(&mark.given));
            let suits = suits.count() as u64 + 1;
            let chance = match people >= CROWD {
                true => ONE * suits.min(people) / people,
                false => 0,
            };
            let is_right = u64::from(mark.verdict == Verdict::Right);
            chances.push(chance);
            right += is_right;
            if suits * CROWD <= people {
                rare_right += is_right;
                rare_chance += chance;
            }
        }
    }
    let given = chances.len() as u64;
    let by_chance = so_many(&chances, right);
    let is_likely =
        by_chance > ONE / LIKELY || rare_chance > 0 && rare_right * ONE <= TIMES * rare_chance;
    let misfit = Misfit {
        given,
        right,
        is_certain: given >= MANY && is_likely,
    };
    let is_told = is_likely || given >= MANY && by_chance > ONE / SELDOM;
    (given > 0 && is_told).then_some(misfit)
}

/// How likely it is that so many or more come true, of things that are as likely
/// as `chances` say and have nothing to do with each other.
fn so_many(chances: &[u64], least: u64) -> u64 {
    let mean = chances.iter().sum::<u64>() / ONE;
    if least > 2 * mean + FAR {
        return 0;
    }
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    // How likely it is that none, one, two and so on have come true so far.
    let mut fewer = vec![0; least];
    if let Some(none) = fewer.first_mut() {
        *none = ONE;
    }
    for chance in chances {
        let mut comes = 0;
        for each in &mut fewer {
            let goes = *each * chance / ONE;
            *each = *each - goes + comes;
            comes = goes;
        }
    }
    ONE.saturating_sub(fewer.iter().sum())
}

/// So many more than twice what chance gives on average are never chance.
const FAR: u64 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    /// In thousandths.
    fn thousandths(chances: &[u64], least: u64) -> u64 {
        (so_many(chances, least) * 1000 + ONE / 2) / ONE
    }

    #[test]
    fn chance_is_reckoned() {
        let sixes = vec![ONE / 6; 10];
        // Ten dice: one six or more, two or more, and so on, as tables have it.
        let found: Vec<u64> = (0..6).map(|least| thousandths(&sixes, least)).collect();
        assert_eq!(found, [1000, 838, 515, 225, 70, 15]);
        // Of two that differ: one or both, both.
        let two = [ONE / 2, ONE / 4];
        assert_eq!([1, 2, 3].map(|n| thousandths(&two, n)), [625, 125, 0]);
        assert_eq!(thousandths(&[], 0), 1000);
        // A large class is no burden.
        let many = vec![ONE / 24; 20_000];
        assert!(thousandths(&many, 800) > 800);
        assert_eq!(thousandths(&many, 1000), 0);
        assert_eq!(thousandths(&many, 15_000), 0);
    }
}
