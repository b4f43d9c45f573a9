//! Replays: files, times, and hardware addresses that are others now.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Planner;
use crate::scenario::model::{Replay, Speed};
use crate::time::Duration;
use crate::wire::MacAddr;

/// A capture to be played on a segment.
#[derive(Debug, Clone)]
pub struct PlannedReplay {
    /// The place in [`Plan::hosts`](super::Plan::hosts) of the host that plays it.
    pub host: usize,
    /// The capture's name.
    pub file: String,
    /// When its first frame goes.
    pub start: Duration,
    /// How fast it is played.
    pub speed: Speed,
    /// Whose frames alone are played.
    pub from: Option<Sender>,
    /// Hardware addresses, and what they are now.
    pub macs: BTreeMap<MacAddr, MacAddr>,
}

/// A sender in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// By its hardware.
    Mac(MacAddr),
    /// By its address.
    Ip(IpAddr),
}

impl Sender {
    /// The sender of this address, of either kind.
    pub fn parse(text: &str) -> Option<Sender> {
        let mac = MacAddr::parse(text).map(Sender::Mac);
        mac.or_else(|| text.parse().ok().map(Sender::Ip))
    }
}

impl Planner<'_> {
    pub(super) fn replays(&self) -> Vec<PlannedReplay> {
        let hosts = self.scenario.hosts.iter().enumerate();
        let replays = hosts.filter_map(|(place, host)| {
            let replay = host.value.replay.as_ref()?;
            Some(self.replay(place, replay))
        });
        replays.collect()
    }

    fn replay(&self, host: usize, replay: &Replay) -> PlannedReplay {
        let segment = self.segment_of(host);
        let macs = replay.macs.iter().filter_map(|mac| {
            let to = &mac.value.value;
            let to = MacAddr::parse(to)
                .or_else(|| self.mac(to))
                .or_else(|| self.router_mac(to, segment))?;
            Some((MacAddr::parse(&mac.name.value)?, to))
        });
        let from = replay.from.as_ref();
        let from = from.and_then(|from| Sender::parse(&from.value));
        PlannedReplay {
            host,
            file: replay.file.value.clone(),
            start: replay.start.map_or(Duration::ZERO, |start| start.value),
            speed: replay.speed.map_or(Speed(1000), |speed| speed.value),
            from,
            macs: macs.collect(),
        }
    }
}
