//! Whether the files that clients moved are those that the servers have.

use super::Run;
use crate::actor::Transfer;
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
    /// There is nothing to compare with: a listing, a server that is not ours,
    /// an address translated on the way, a client without digests.
    Unknown,
}

impl Run {
    /// What became of each file that the actor at this place in
    /// [`reports`](Run::reports) moved. It reads the files again from their
    /// beginning.
    pub fn integrity(&self, actor: usize) -> Vec<(&Transfer, Integrity)> {
        let mut served: Vec<&Served> = self.reports.iter().flat_map(|r| &r.served).collect();
        let transfers = self.reports.get(actor).map_or(&[][..], |r| &r.transfers);
        let judged = transfers.iter().map(|transfer| {
            if !transfer.complete {
                return (transfer, Integrity::Broken);
            }
            // The first of its name on that control connection, not the last:
            // they come in order.
            let same = served.iter().position(|s| is_same(transfer, s));
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

/// It is the same transfer, seen from both ends.
fn is_same(transfer: &Transfer, served: &Served) -> bool {
    let name = served.name.to_string();
    // Some clients go to the directory first, and then name the file alone.
    let named = transfer.name == name || transfer.name.ends_with(&format!("/{name}"));
    transfer.control == Some(served.client) && transfer.upload == served.upload && named
}
