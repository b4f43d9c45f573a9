//! What a host announces as its window, and what its sockets take.
//!
//! A scaled window is rounded up, as Linux does it, so that a small one is not
//! taken for a closed one; but what is announced must be taken (RFC 7323
//! §2.3). smoltcp takes what it announces and drops every byte beyond, so its
//! buffer is larger than the window by as much as rounding can add, and what it
//! announces is made less by that.

use super::persona::StackPersona;

/// The window of a host's sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    bytes: u16,
    /// The shift of the window scale option; 0 if it is not spoken.
    shift: u8,
}

impl Window {
    pub fn new(bytes: u16, persona: &StackPersona, timestamps: bool) -> Window {
        // RFC 7323 §2.3 allows no more than 14.
        let shift = persona.window_scale(timestamps).unwrap_or(0).min(14);
        Window { bytes, shift }
    }

    /// What rounding up can add.
    fn slack(self) -> u16 {
        (1 << self.shift) - 1
    }

    /// Bytes that a socket has room for.
    pub fn room(self) -> usize {
        usize::from(self.bytes) + usize::from(self.slack())
    }

    /// The stack announces what it announces on the wire.
    pub fn is_plain(self) -> bool {
        self.shift == 0
    }

    /// What is announced where the stack says `said`: in a SYN, or to a peer
    /// that does not scale.
    pub fn unscaled(self, said: u16) -> u16 {
        match said {
            // As much as it can say, of as much as there is.
            u16::MAX => self.bytes,
            said => said.saturating_sub(self.slack()),
        }
    }

    /// The same on a connection of which both ends scale.
    pub fn scaled(self, said: u16) -> u16 {
        // Beyond 64 KiB the stack scales by itself.
        let own = u32::from(self.room() > usize::from(u16::MAX));
        // With the slack left in, rounded down: so it is without, rounded up.
        ((u32::from(said) << own) >> self.shift) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What smoltcp says of this much room.
    fn said(window: Window, free: usize, scaled: bool) -> u16 {
        let own = usize::from(scaled && window.room() > 65_535);
        (free >> own).min(65_535) as u16
    }

    #[test]
    fn what_is_announced_is_rounded_up_and_there_is_room_for_it() {
        for (bytes, shift) in [(1000, 7), (64_240, 7), (65_535, 4), (8192, 2), (65_535, 0)] {
            let window = Window { bytes, shift };
            assert_eq!(window.unscaled(said(window, window.room(), false)), bytes);
            for unread in 0..=window.room() {
                let free = window.room() - unread;
                let left = usize::from(bytes).saturating_sub(unread);
                let announced = window.scaled(said(window, free, true));
                assert_eq!(usize::from(announced), left.div_ceil(1 << shift), "{left}");
                assert!(usize::from(announced) << shift <= free);
                let announced = window.unscaled(said(window, free, false));
                assert!(
                    (left..=left + 15).contains(&usize::from(announced)),
                    "{left}"
                );
                assert!(usize::from(announced) <= free);
            }
        }
    }
}
