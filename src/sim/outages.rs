//! Cables that are pulled out for a time.

use crate::time::Instant;
use crate::trace::{FaultKind, NodeId};

/// A time in which a node's cables are unplugged.
#[derive(Debug)]
struct Outage {
    node: NodeId,
    from: Instant,
    until: Instant,
    name: Option<String>,
}

/// All such times of a run.
#[derive(Debug, Default)]
pub(super) struct Outages(Vec<Outage>);

impl Outages {
    /// The cables of `node` are out from `from` until before `until`; what is on
    /// record of it has the name, if there is one.
    pub fn add(&mut self, node: NodeId, from: Instant, until: Instant, name: Option<String>) {
        self.0.push(Outage {
            node,
            from,
            until,
            name,
        });
    }

    /// What befalls a frame that goes to or from this node at `now`, if its
    /// cables are out.
    pub fn strike(&self, node: NodeId, now: Instant) -> Option<FaultKind> {
        if self.0.is_empty() {
            return None; // Nearly always, and asked for with every frame.
        }
        core::hint::cold_path();
        let hit = |o: &&Outage| o.node == node && o.from <= now && now < o.until;
        let outage = self.0.iter().find(hit)?;
        Some(FaultKind::Unplugged(outage.name.clone()))
    }
}
