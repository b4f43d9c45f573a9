//! Whether the files that clients moved are those that the servers have.

use super::Run;
use core::fmt;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::actor::Transfer;
use crate::ftp::client::Movement;
use crate::ftp::server::Served;

/// What became of a file that was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// What passed is the server's file, byte by byte.
    Whole,
    /// The client knows that it is not all there: it was refused, reset or
    /// aborted.
    Broken,
    /// Both ends say that all went well, and what passed is not the file.
    Different,
    /// There is nothing to compare with: a listing, block mode, a server that
    /// is not ours, a client without digests.
    Unknown,
}

/// How many files became what. One of which not a byte passed is not counted: it was
/// refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many came whole.
    pub whole: usize,
    /// How many did not, and their client knows.
    pub broken: usize,
    /// How many are not the server's file, though both ends say so.
    pub different: usize,
    /// Of how many that is not known.
    pub unchecked: usize,
}

impl fmt::Display for Tally {
    /// `3 files whole`, or `3 files: 1 whole, 1 broken, 1 different`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.whole, "whole"),
            (self.broken, "broken"),
            (self.different, "different"),
            (self.unchecked, "unchecked"),
        ];
        let sum: usize = all.iter().map(|(count, _)| count).sum();
        let plural = if sum == 1 { "" } else { "s" };
        write!(f, "{sum} file{plural}")?;
        let mut separator = ": ";
        for (count, fate) in all.into_iter().filter(|(count, _)| *count > 0) {
            if count == sum {
                return write!(f, " {fate}");
            }
            write!(f, "{separator}{count} {fate}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl Run {
    /// How many files became what, of all actors; listings are no files.
    pub fn files(&self) -> Tally {
        let mut tally = Tally::default();
        let judged = (0..self.reports.len()).flat_map(|actor| self.integrity(actor));
        let moved = judged.filter(|(transfer, _)| {
            transfer.what != Movement::Listed && (transfer.complete || transfer.bytes > 0)
        });
        for (_, fate) in moved {
            match fate {
                Integrity::Whole => tally.whole += 1,
                Integrity::Broken => tally.broken += 1,
                Integrity::Different => tally.different += 1,
                Integrity::Unknown => tally.unchecked += 1,
            }
        }
        tally
    }

    /// What became of each file that the actor at this place in
    /// [`reports`](Run::reports) moved. It reads the files again from their
    /// beginning.
    pub fn integrity(&self, actor: usize) -> Vec<(&Transfer, Integrity)> {
        let mut served: Vec<&Served> = self.reports.iter().flat_map(|r| &r.served).collect();
        let all = self.reports.iter().flat_map(|r| &r.transfers);
        let ours: BTreeSet<SocketAddr> = all.filter_map(|t| t.control).collect();
        let transfers = self.reports.get(actor).map_or(&[][..], |r| &r.transfers);
        let judged = transfers.iter().map(|transfer| {
            if !transfer.complete {
                return (transfer, Integrity::Broken);
            }
            // The first of its name on that control connection, not the last:
            // they come in order.
            let same = served.iter().position(|s| {
                // The server may know its client by a translated address.
                let client = ours.contains(&s.client).then_some(s.client);
                is_same(transfer, s, client.or(transfer.control))
            });
            let (Some(at), Some(sha256)) = (same, transfer.sha256) else {
                return (transfer, Integrity::Unknown);
            };
            let same = served.remove(at).on_the_wire() == (transfer.bytes, sha256);
            let integrity = match same {
                true => Integrity::Whole,
                false => Integrity::Different,
            };
            (transfer, integrity)
        });
        judged.collect()
    }
}

/// It is the same transfer, seen from both ends; `client` is the client's end at
/// the server.
fn is_same(transfer: &Transfer, served: &Served, client: Option<SocketAddr>) -> bool {
    let name = served.name.to_string();
    // Some clients go to the directory first, and then name the file alone.
    let is_stored = transfer.what == Movement::Stored;
    let named = transfer.name == name || transfer.name.ends_with(&format!("/{name}"));
    transfer.control == client && is_stored == served.upload && named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_in_words() {
        let tally = |whole, broken, different| Tally {
            whole,
            broken,
            different,
            ..Tally::default()
        };
        for (tally, words) in [
            (tally(1, 0, 0), "1 file whole"),
            (tally(0, 2, 0), "2 files broken"),
            (tally(3, 0, 1), "4 files: 3 whole, 1 different"),
        ] {
            assert_eq!(tally.to_string(), words);
        }
    }
}
