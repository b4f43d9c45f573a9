//! SYN retries: when a connection that is refused, or not answered, is tried again.
//!
//! smoltcp repeats a SYN on a schedule of its own, for ever, and takes the
//! first RST for the end. A persona with habits of its own keeps its SYNs
//! here: the stack's repeats are swallowed, the persona's are sent, and the
//! first RSTs do not reach the stack.

use std::collections::BTreeMap;

use super::persona::StackPersona;
use super::tcp_header::Tuple;
use crate::time::Instant;

#[derive(Debug)]
struct Attempt {
    /// The packet as the stack made it, with room for the Ethernet header.
    buffer: Vec<u8>,
    sequence: u32,
    /// Repeats so far because nobody answered, and because of RSTs.
    silent: usize,
    resets: usize,
    /// The next repeat, or the end of patience.
    next: Option<Instant>,
}

/// What a timeout asks of the network card.
#[derive(Debug)]
pub(super) enum Due {
    /// Send this SYN again.
    Repeat(Vec<u8>),
    /// Nobody answered in all that time.
    GaveUp(Tuple),
}

/// What becomes of a SYN that the stack sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    /// It goes out.
    Send,
    /// It is the stack's own repeat: swallowed.
    Swallow,
}

/// The connection attempts under way on one host.
#[derive(Debug)]
pub(super) struct SynRetries {
    persona: &'static StackPersona,
    attempts: BTreeMap<Tuple, Attempt>,
}

impl SynRetries {
    pub fn new(persona: &'static StackPersona) -> SynRetries {
        SynRetries {
            persona,
            attempts: BTreeMap::new(),
        }
    }

    /// The persona has a schedule of its own.
    pub fn is_active(&self) -> bool {
        self.persona.syn_retries.is_some()
    }

    /// The stack sends a SYN without ACK.
    pub fn outgoing(
        &mut self,
        now: Instant,
        tuple: Tuple,
        sequence: u32,
        buffer: &[u8],
    ) -> Outgoing {
        let Some(schedule) = self.persona.syn_retries else {
            return Outgoing::Send;
        };
        if let Some(attempt) = self.attempts.get(&tuple)
            && attempt.sequence == sequence
        {
            return Outgoing::Swallow;
        }
        let attempt = Attempt {
            buffer: buffer.to_vec(),
            sequence,
            silent: 0,
            resets: 0,
            next: schedule.first().map(|wait| now + *wait),
        };
        self.attempts.insert(tuple, attempt);
        Outgoing::Send
    }

    /// A RST arrived. True if it must not reach the stack, since the persona
    /// tries again.
    pub fn swallow_reset(&mut self, now: Instant, tuple: &Tuple) -> bool {
        let Some(attempt) = self.attempts.get_mut(tuple) else {
            return false;
        };
        match self.persona.syn_retries_on_reset.get(attempt.resets) {
            Some(wait) => {
                attempt.resets += 1;
                attempt.next = Some(now + *wait);
                true
            }
            None => {
                self.attempts.remove(tuple);
                false
            }
        }
    }

    /// The attempt is over: answered, or given up by the actor.
    pub fn forget(&mut self, tuple: &Tuple) {
        self.attempts.remove(tuple);
    }

    /// How many attempts are under way.
    pub fn remembered(&self) -> usize {
        self.attempts.len()
    }

    /// The connections being attempted.
    pub fn under_way(&self) -> Vec<Tuple> {
        self.attempts.keys().copied().collect()
    }

    /// The next thing that has fallen due at `now`.
    pub fn poll_due(&mut self, now: Instant) -> Option<Due> {
        let is_due = |attempt: &Attempt| attempt.next.is_some_and(|next| next <= now);
        let (&tuple, _) = self.attempts.iter().find(|(_, a)| is_due(a))?;
        let attempt = self.attempts.get_mut(&tuple)?;
        if attempt.resets > 0 {
            // The repeat that a RST asked for; then the answer, or silence
            // until the actor's patience ends.
            attempt.next = None;
            return Some(Due::Repeat(attempt.buffer.clone()));
        }
        attempt.silent += 1;
        let schedule = self.persona.syn_retries.unwrap_or(&[]);
        match schedule.get(attempt.silent) {
            Some(wait) => {
                attempt.next = Some(now + *wait);
                Some(Due::Repeat(attempt.buffer.clone()))
            }
            None => {
                self.attempts.remove(&tuple);
                Some(Due::GaveUp(tuple))
            }
        }
    }

    /// When `poll_due` will have something.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.attempts.is_empty() {
            return None; // Nearly always, and asked for at every event.
        }
        core::hint::cold_path();
        self.attempts.values().filter_map(|a| a.next).min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::persona::{LINUX, WINDOWS_98};
    use super::*;

    fn tuple() -> Tuple {
        Tuple {
            local: ([10, 2, 0, 2], 1038).into(),
            remote: ([10, 2, 0, 1], 21).into(),
        }
    }

    fn times(persona: &'static StackPersona) -> Vec<u64> {
        let mut retries = SynRetries::new(persona);
        retries.outgoing(Instant::ZERO, tuple(), 7, &[]);
        let mut times = Vec::new();
        while let Some(at) = retries.poll_timeout() {
            retries.poll_due(at);
            times.push(at.as_micros() / 1_000_000);
        }
        times
    }

    #[test]
    fn silence_ends_each_personas_patience_in_its_own_time() {
        assert_eq!(times(&WINDOWS_98), [3, 9, 21]);
        assert_eq!(times(&LINUX), [1, 3, 7, 15, 31, 63, 127]);
    }

    #[test]
    fn windows_takes_the_third_no_for_an_answer() {
        let mut retries = SynRetries::new(&WINDOWS_98);
        retries.outgoing(Instant::ZERO, tuple(), 7, &[]);
        for _ in 0..2 {
            assert!(retries.swallow_reset(Instant::ZERO, &tuple()));
            let at = retries.poll_timeout().expect("tries again");
            assert_eq!(at.as_micros(), 500_000);
            assert!(matches!(retries.poll_due(at), Some(Due::Repeat(_))));
        }
        assert!(!retries.swallow_reset(Instant::ZERO, &tuple()));
        assert_eq!(retries.poll_timeout(), None);
    }

    #[test]
    fn the_stacks_own_repeats_are_swallowed() {
        let mut retries = SynRetries::new(&LINUX);
        let mut send = |sequence| retries.outgoing(Instant::ZERO, tuple(), sequence, &[]);
        assert_eq!(send(7), Outgoing::Send);
        assert_eq!(send(7), Outgoing::Swallow);
        assert_eq!(send(8), Outgoing::Send, "another connection");
    }
}
