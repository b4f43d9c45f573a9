//! What a machine will do, and when: actions in order, each at its time.

use std::collections::VecDeque;

use super::io::Action;
use crate::time::Instant;

/// Actions that wait for their time, and those whose time has come.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Never earlier than the one before.
    later: VecDeque<(Instant, Action)>,
    now: VecDeque<Action>,
    not_before: Instant,
}

impl Outbox {
    /// Does `action` at `at`, or after everything that waits already.
    pub fn push_at(&mut self, at: Instant, action: Action) {
        self.later.push_back((self.free_from(at), action));
    }

    /// The instant at which an action pushed for `at` would be done.
    pub fn free_from(&self, at: Instant) -> Instant {
        let last = self.later.back().map_or(at, |(last, _)| *last);
        at.max(last).max(self.not_before)
    }

    /// Keeps whatever is pushed from now on until `at`.
    pub fn delay_until(&mut self, at: Instant) {
        self.not_before = self.not_before.max(at);
    }

    /// Moves what is due.
    pub fn release(&mut self, now: Instant) {
        while self.later.front().is_some_and(|(at, _)| *at <= now) {
            self.now
                .extend(self.later.pop_front().map(|(_, action)| action));
        }
    }

    /// Moves everything, due or not.
    pub fn hurry(&mut self) {
        self.release(Instant::MAX);
    }

    /// Forgets what waits for its time.
    pub fn clear(&mut self) {
        self.later.clear();
    }

    /// When the next action is due.
    pub fn next_at(&self) -> Option<Instant> {
        self.later.front().map(|(at, _)| *at)
    }

    /// The next action whose time has come.
    pub fn poll(&mut self) -> Option<Action> {
        self.now.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Duration;

    #[test]
    fn actions_keep_their_order() {
        let mut out = Outbox::default();
        let at = |ms| Instant::ZERO + Duration::from_millis(ms);
        out.push_at(at(10), Action::CloseData);
        out.push_at(at(5), Action::CloseControl);
        out.release(at(5));
        assert_eq!(out.poll(), None);
        assert_eq!(out.next_at(), Some(at(10)));
        out.release(at(10));
        assert_eq!(out.poll(), Some(Action::CloseData));
        assert_eq!(out.poll(), Some(Action::CloseControl));
    }
}
