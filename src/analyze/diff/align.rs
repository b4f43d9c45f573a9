//! Two rows of things laid side by side, so that what is in both stands together.

/// More differences than these are not looked for: both rows are then read in step.
pub(super) const MAX_EDITS: usize = 1_000;

/// One place of an alignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The same in both, or one in the place of the other.
    Both(usize, usize),
    /// In the first row only.
    Left(usize),
    /// In the second row only.
    Right(usize),
}

/// Lays two rows side by side with as few differences as there can be (Myers,
/// *An O(ND) Difference Algorithm*, 1986). What then faces each other between
/// equals and is `alike` counts as one thing that changed. With more differences than
/// `most`, which cost its square, the rows are read in step: then what faces each other
/// may be no more alike than strangers.
pub(super) fn align<T: PartialEq>(
    a: &[T],
    b: &[T],
    most: usize,
    alike: impl Fn(&T, &T) -> bool,
) -> Vec<Step> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (
        a.get(start..).unwrap_or_default(),
        b.get(start..).unwrap_or_default(),
    );
    let mut steps: Vec<Step> = (0..start).map(|at| Step::Both(at, at)).collect();
    let middle =
        shortest(rest_a, rest_b, most).unwrap_or_else(|| in_step(rest_a.len(), rest_b.len()));
    steps.extend(middle.into_iter().map(|step| match step {
        Step::Both(x, y) => Step::Both(x + start, y + start),
        Step::Left(x) => Step::Left(x + start),
        Step::Right(y) => Step::Right(y + start),
    }));
    pair(&steps, |x, y| match (a.get(x), b.get(y)) {
        (Some(x), Some(y)) => alike(x, y),
        _ => false,
    })
}

fn in_step(a: usize, b: usize) -> Vec<Step> {
    let both = (0..a.min(b)).map(|at| Step::Both(at, at));
    let left = (b.min(a)..a).map(Step::Left);
    both.chain(left)
        .chain((a.min(b)..b).map(Step::Right))
        .collect()
}

/// How far each diagonal has come with so many edits: from `-edits` to `edits`.
struct Reach(Vec<isize>);

impl Reach {
    fn at(&self, diagonal: isize) -> isize {
        let edits = (self.0.len() / 2) as isize;
        let place = usize::try_from(diagonal + edits);
        let found = place.ok().and_then(|place| self.0.get(place));
        found.copied().unwrap_or(-1)
    }

    /// The way to a diagonal with one edit more leads over the one above it: a
    /// step down, something of the second row.
    fn comes_down(&self, diagonal: isize) -> bool {
        self.at(diagonal - 1) < self.at(diagonal + 1)
    }
}

/// The fewest edits; `None` if they are too many.
fn shortest<T: PartialEq>(a: &[T], b: &[T], most: usize) -> Option<Vec<Step>> {
    let (len_a, len_b) = (a.len() as isize, b.len() as isize);
    let same = |x: isize, y: isize| {
        let at = |n: isize| usize::try_from(n).ok();
        let pair = at(x)
            .and_then(|x| a.get(x))
            .zip(at(y).and_then(|y| b.get(y)));
        pair.is_some_and(|(x, y)| x == y)
    };
    let mut reached: Vec<Reach> = Vec::new();
    for edits in 0..=most as isize {
        let mut row = Vec::with_capacity(2 * edits as usize + 1);
        let mut is_done = false;
        for diagonal in -edits..=edits {
            let mut x = match reached.last() {
                _ if (diagonal + edits) % 2 != 0 => {
                    row.push(-1);
                    continue;
                }
                None => 0,
                Some(last) if last.comes_down(diagonal) => last.at(diagonal + 1),
                Some(last) => last.at(diagonal - 1) + 1,
            };
            while same(x, x - diagonal) {
                x += 1;
            }
            is_done |= x >= len_a && x - diagonal >= len_b;
            row.push(x);
        }
        reached.push(Reach(row));
        if is_done {
            return Some(way_back(&reached, len_a, len_b));
        }
    }
    None
}

fn way_back(reached: &[Reach], len_a: isize, len_b: isize) -> Vec<Step> {
    let (mut x, mut y) = (len_a, len_b);
    let mut steps = Vec::new();
    let place = |n: isize| usize::try_from(n).unwrap_or_default();
    for edits in (0..reached.len()).rev() {
        let last = edits.checked_sub(1).and_then(|edits| reached.get(edits));
        let diagonal = x - y;
        let (from_x, from_y, is_down) = match last {
            None => (0, 0, false),
            Some(last) if last.comes_down(diagonal) => {
                let from = last.at(diagonal + 1);
                (from, from - (diagonal + 1), true)
            }
            Some(last) => {
                let from = last.at(diagonal - 1);
                (from, from - (diagonal - 1), false)
            }
        };
        while x > from_x && y > from_y {
            (x, y) = (x - 1, y - 1);
            steps.push(Step::Both(place(x), place(y)));
        }
        if last.is_some() {
            steps.push(match is_down {
                true => Step::Right(place(from_y)),
                false => Step::Left(place(from_x)),
            });
            (x, y) = (from_x, from_y);
        }
    }
    steps.reverse();
    steps
}

/// Makes pairs of what is missing and what is new between two equals, in order.
fn pair(steps: &[Step], alike: impl Fn(usize, usize) -> bool) -> Vec<Step> {
    let mut paired = Vec::with_capacity(steps.len());
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Left(x) => lefts.push(*x),
            Step::Right(y) => rights.push(*y),
            Step::Both(..) => {
                close(&mut lefts, &mut rights, &alike, &mut paired);
                paired.push(*step);
            }
        }
    }
    close(&mut lefts, &mut rights, &alike, &mut paired);
    paired
}

fn close(
    lefts: &mut Vec<usize>,
    rights: &mut Vec<usize>,
    alike: &impl Fn(usize, usize) -> bool,
    out: &mut Vec<Step>,
) {
    let mut rights = rights.drain(..).collect::<std::collections::VecDeque<_>>();
    for x in lefts.drain(..) {
        match rights.iter().position(|y| alike(x, *y)) {
            Some(before) => {
                out.extend(rights.drain(..before).map(Step::Right));
                let y = rights.pop_front();
                out.extend(y.map(|y| Step::Both(x, y)));
            }
            None => out.push(Step::Left(x)),
        }
    }
    out.extend(rights.into_iter().map(Step::Right));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marks(a: &str, b: &str) -> String {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        // Letters of the same case are alike.
        let alike = |x: &char, y: &char| x.is_uppercase() == y.is_uppercase();
        let steps = align(&a, &b, MAX_EDITS, alike);
        let marks = steps.iter().map(|step| match step {
            Step::Both(x, y) if a[*x] == b[*y] => a[*x].to_string(),
            Step::Both(x, y) => format!("({}={})", a[*x], b[*y]),
            Step::Left(x) => format!("-{}", a[*x]),
            Step::Right(y) => format!("+{}", b[*y]),
        });
        marks.collect()
    }

    #[test]
    fn what_is_in_both_stands_together() {
        assert_eq!(marks("abcd", "abcd"), "abcd");
        assert_eq!(marks("abcd", "abXcd"), "ab+Xcd");
        assert_eq!(marks("abXcd", "abcd"), "ab-Xcd");
        assert_eq!(marks("abcd", "abxd"), "ab(c=x)d");
        assert_eq!(marks("abcd", "abXd"), "ab-c+Xd");
        assert_eq!(marks("", "ab"), "+a+b");
        assert_eq!(marks("ab", ""), "-a-b");
    }

    #[test]
    fn too_many_differences_are_read_in_step() {
        let (a, b): (Vec<u32>, Vec<u32>) = ((0..3000).collect(), (5000..8001).collect());
        let steps = align(&a, &b, MAX_EDITS, |_, _| true);
        assert_eq!(steps.len(), 3001);
        assert_eq!(steps.last(), Some(&Step::Right(3000)));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_order_stays(
            a in proptest::collection::vec(0..4u8, 0..40),
            b in proptest::collection::vec(0..4u8, 0..40),
        ) {
            let steps = align(&a, &b, MAX_EDITS, |_, _| false);
            let lefts = steps.iter().filter_map(|s| match s {
                Step::Both(x, _) | Step::Left(x) => Some(*x),
                Step::Right(_) => None,
            });
            prop_assert!(lefts.eq(0..a.len()));
            let rights = steps.iter().filter_map(|s| match s {
                Step::Both(_, y) | Step::Right(y) => Some(*y),
                Step::Left(_) => None,
            });
            prop_assert!(rights.eq(0..b.len()));
            for step in &steps {
                if let Step::Both(x, y) = step {
                    prop_assert_eq!(a[*x], b[*y]);
                }
            }
        }
    }
}
