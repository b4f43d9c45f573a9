//! Failed logins, counted over all sessions of a client with a server.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Found, Kind, Seen, Severity, times};
use crate::analyze::report::SessionReport;
use crate::analyze::report::session::SessionState;
use crate::time::Timestamp;

/// So many failed logins are more than a slip of the finger.
const GUESSES: u64 = 4;
/// So many users tried in vain are a search for names.
const USERS: usize = 3;
/// So many pairs of hosts are kept, and so many words of each.
const MAX_PAIRS: usize = 4096;
const MAX_WORDS: usize = 256;
/// Words that differ in so many letters at most are much alike.
const ALIKE: usize = 2;
/// Longer words are not compared.
const MAX_LEN: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Logins(BTreeMap<(IpAddr, IpAddr), Tries>);

#[derive(Debug, Default)]
struct Tries {
    seen: Seen,
    from_to: Option<(Timestamp, Timestamp)>,
    users: BTreeSet<String>,
    passwords: BTreeSet<String>,
    success: Option<(u64, String)>,
}

impl Logins {
    pub(super) fn session(&mut self, session: &SessionReport, state: &SessionState) {
        let pair = (session.client.ip(), session.server.ip());
        if self.0.len() >= MAX_PAIRS && !self.0.contains_key(&pair) {
            return;
        }
        let tries = self.0.entry(pair).or_default();
        for frame in &state.failed.frames {
            tries.seen.add(*frame);
        }
        tries.seen.count += state.failed.count - state.failed.frames.len() as u64;
        if let Some((first, last)) = state.failed_at {
            let (from, to) = tries.from_to.unwrap_or((first, last));
            tries.from_to = Some((from.min(first), to.max(last)));
        }
        let keep = |kept: &mut BTreeSet<String>, words: &BTreeSet<String>| {
            let room = MAX_WORDS.saturating_sub(kept.len());
            kept.extend(words.iter().take(room).cloned());
        };
        keep(&mut tries.users, &state.failed_users);
        keep(&mut tries.passwords, &state.failed_passwords);
        if let (Some(frame), true) = (state.logged_in_at, tries.seen.count > 0) {
            let user = session.user.clone().unwrap_or_default();
            tries.success.get_or_insert((frame, user));
        }
    }

    pub(super) fn finish(self, found: &mut Found) {
        for ((client, server), tries) in self.0 {
            tries.tell(client, server, found);
        }
    }
}

impl Tries {
    fn tell(self, client: IpAddr, server: IpAddr, found: &mut Found) {
        let count = self.seen.count;
        let outcome = match &self.success {
            Some((frame, user)) => format!("; frame {frame} let it in as {user}"),
            None => String::new(),
        };
        if self.users.len() >= USERS {
            let users = self.users.len();
            let kind = Kind {
                name: "user-enumeration",
                severity: Severity::Warning,
                why: "Somebody searches for the names of users.",
                reference: "RFC 2577 §7",
            };
            let summary = format!("{client} tried {users} users on {server} in vain{outcome}");
            found.add_of(kind, Some(client), summary, self.seen.clone());
        }
        if count < GUESSES {
            return;
        }
        let users: Vec<&str> = self.users.iter().map(String::as_str).take(3).collect();
        let more = if self.users.len() > 3 {
            " and others"
        } else {
            ""
        };
        let words = times(self.passwords.len() as u64, "password", "passwords");
        let alike = if are_alike(&self.passwords) {
            " much alike"
        } else {
            ""
        };
        let summary = format!(
            "{client} failed to log in to {server} {count} times{}, as {}{more}, with {words}{alike}{outcome}",
            self.rate(),
            users.join(", "),
        );
        let severity = if self.success.is_some() {
            Severity::Problem
        } else {
            Severity::Warning
        };
        let kind = Kind {
            name: "password-guessing",
            severity,
            why: "Somebody guesses passwords.",
            reference: "RFC 2577 §5",
        };
        found.add_of(kind, Some(client), summary, self.seen);
    }

    /// In how many seconds, if that can be told.
    fn rate(&self) -> String {
        let Some((from, to)) = self.from_to else {
            return String::new();
        };
        let millis = to.since(from).as_millis();
        format!(" in {}.{} s", millis / 1000, millis % 1000 / 100)
    }
}

/// Most of these words differ from their neighbours in a few letters, or begin alike.
fn are_alike(words: &BTreeSet<String>) -> bool {
    let pairs = words.iter().zip(words.iter().skip(1));
    let alike = pairs.filter(|(a, b)| {
        let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
        let shorter = a.chars().count().min(b.chars().count());
        same * 2 >= shorter.max(2) || differ_by(a, b) <= ALIKE
    });
    words.len() > 2 && alike.count() * 2 >= words.len() - 1
}

/// How many letters must be changed, added or taken away to make one of the other.
fn differ_by(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(MAX_LEN).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (place, letter) in a.chars().take(MAX_LEN).enumerate() {
        let mut diagonal = place;
        let mut left = place + 1;
        let mut next = vec![left];
        for (above, other) in row.iter().skip(1).zip(&b) {
            let changed = diagonal + usize::from(letter != *other);
            left = changed.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_much_alike() {
        assert_eq!(differ_by("krueger", "kruger"), 1);
        assert_eq!(differ_by("", "abc"), 3);
        assert_eq!(differ_by("kitten", "sitting"), 3);
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
        assert!(are_alike(&words(&[
            "kruger", "krueger", "crueger", "kroeger"
        ])));
        assert!(are_alike(&words(&["fred1", "fred2", "fred3"])));
        assert!(!are_alike(&words(&[
            "hunter2", "letmein", "password", "qwerty"
        ])));
        assert!(!are_alike(&words(&["a"])));
    }
}
