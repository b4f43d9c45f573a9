//! The conversations that are remembered, and which of them is forgotten when.
//!
//! Those that are over are kept for a while, since segments may come late and
//! ports be used again; then they go, the first to end first. Those that never
//! end go when there are too many, the quiet ones first. So memory is bounded
//! by how much is open at once, however long the capture is.

use std::collections::{BTreeMap, VecDeque};

use super::control::Control;
use super::conversation::{Conversation, ConversationId};
use super::flow::FlowKey;
use super::transfer::TransferId;

/// So many conversations that are over are kept.
const MAX_OVER: usize = 4096;
/// So many are kept in all. When there are more, the quieter half goes.
const MAX_KEPT: usize = 32_768;

/// So many are at hand.
const RECENT: usize = 4;

/// What is thought of a conversation's contents.
pub(super) enum Contents {
    /// Nothing yet.
    Unknown,
    /// FTP's control connection.
    Control(Box<Control>),
    /// FTP's data connection.
    Data,
    /// Nothing that we read.
    Other,
}

pub(super) struct Entry {
    pub(super) conversation: Conversation,
    pub(super) contents: Contents,
    /// The transfer being prepared on a control connection.
    pub(super) preparing: Option<TransferId>,
    /// A control connection has given a reply: it is what it seemed to be.
    pub(super) heard_reply: bool,
    /// It is over, and that has been told.
    pub(super) ended: bool,
}

/// Where an entry lies; good until the entry leaves.
pub(super) type Slot = usize;

/// Conversations by their ends, by their numbers, and by where they lie.
#[derive(Default)]
pub(super) struct Table {
    entries: Vec<Option<Entry>>,
    free: Vec<Slot>,
    keys: BTreeMap<FlowKey, Slot>,
    ids: BTreeMap<ConversationId, Slot>,
    /// Some that were asked for lately: usually it is one of these again.
    recent: [Option<(FlowKey, Slot)>; RECENT],
    /// The one of them that the next other one replaces.
    oldest: usize,
    over: VecDeque<ConversationId>,
    /// Those that leave before the next frame.
    leaving: Vec<ConversationId>,
    count: u32,
}

impl Table {
    /// The latest conversation between these ends.
    pub(super) fn find(&mut self, key: FlowKey) -> Option<Slot> {
        let mut recent = self.recent.iter().flatten();
        if let Some((_, slot)) = recent.find(|(known, _)| *known == key) {
            return Some(*slot);
        }
        let slot = *self.keys.get(&key)?;
        if let Some(place) = self.recent.get_mut(self.oldest) {
            *place = Some((key, slot));
        }
        self.oldest = (self.oldest + 1) % RECENT;
        Some(slot)
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot)?.as_ref()
    }

    pub(super) fn at_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.entries.get_mut(slot)?.as_mut()
    }

    pub(super) fn get(&self, id: ConversationId) -> Option<&Entry> {
        self.at(*self.ids.get(&id)?)
    }

    pub(super) fn get_mut(&mut self, id: ConversationId) -> Option<&mut Entry> {
        let slot = *self.ids.get(&id)?;
        self.at_mut(slot)
    }

    /// All that are remembered, in order of appearance.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.ids.values().filter_map(|slot| self.at(*slot))
    }

    /// How many there were, forgotten ones included.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The number of the next conversation.
    pub(super) fn next_id(&self) -> ConversationId {
        ConversationId(self.count)
    }

    /// Adds the conversation of that number.
    pub(super) fn add(&mut self, key: FlowKey, entry: Entry) -> Slot {
        self.count = self.count.saturating_add(1);
        let id = entry.conversation.id;
        let slot = self.free.pop().unwrap_or(self.entries.len());
        match self.entries.get_mut(slot) {
            Some(place) => *place = Some(entry),
            None => self.entries.push(Some(entry)),
        }
        self.keys.insert(key, slot);
        self.ids.insert(id, slot);
        self.recent = [None; RECENT];
        slot
    }

    /// That one is over.
    pub(super) fn is_over(&mut self, id: ConversationId) {
        self.over.push_back(id);
    }

    /// Decides who is to be forgotten before the next frame.
    pub(super) fn choose_leaving(&mut self) -> &[ConversationId] {
        if self.over.len() > MAX_OVER {
            self.leaving.extend(self.over.pop_front());
        }
        if self.ids.len() > MAX_KEPT {
            let mut quiet: Vec<(u64, ConversationId)> = self
                .iter()
                .filter(|entry| !entry.ended)
                .map(|entry| (entry.conversation.last_frame, entry.conversation.id))
                .collect();
            quiet.sort_unstable();
            let half = quiet.iter().take(MAX_KEPT / 2);
            self.leaving.extend(half.map(|(_, id)| *id));
        }
        &self.leaving
    }

    /// Forgets those that were chosen.
    pub(super) fn forget(&mut self) {
        if self.leaving.is_empty() {
            return;
        }
        self.recent = [None; RECENT];
        for id in std::mem::take(&mut self.leaving) {
            let Some(slot) = self.ids.remove(&id) else {
                continue;
            };
            let entry = self.entries.get_mut(slot).and_then(Option::take);
            self.free.push(slot);
            let Some(entry) = entry else { continue };
            let key = FlowKey::new(entry.conversation.client, entry.conversation.server);
            // The ends may belong to a later conversation by now.
            if self.keys.get(&key) == Some(&slot) {
                self.keys.remove(&key);
            }
        }
    }
}
