//! A queue that is nearly always empty: then it takes no more than a pointer.

use std::collections::VecDeque;

/// First in, first out.
#[derive(Debug)]
#[expect(clippy::box_collection, reason = "a pointer is all it is to take")]
pub(super) struct Rare<T>(Option<Box<VecDeque<T>>>);

impl<T> Default for Rare<T> {
    fn default() -> Rare<T> {
        Rare(None)
    }
}

impl<T> Rare<T> {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |queue| queue.len())
    }

    pub fn push(&mut self, item: T) {
        self.0.get_or_insert_default().push_back(item);
    }

    pub fn pop(&mut self) -> Option<T> {
        self.0.as_mut()?.pop_front()
    }
}
