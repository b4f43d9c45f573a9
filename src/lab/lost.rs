//! The frames that a fault took, for those who draw what happened.

use std::collections::{BTreeMap, BTreeSet};

use super::Played;
use crate::render::Lost;
use crate::trace::{FrameId, SegmentId};

/// The frames of the run that did not arrive, as far as they belong to what
/// the tap listens to: with their numbers where it saw them.
pub fn lost(played: &Played) -> Vec<Lost> {
    let trace = &played.run.trace;
    let mut numbers: BTreeMap<FrameId, u64> = BTreeMap::new();
    for (frame, number) in played.capture.frames.iter().zip(1..) {
        if let Some(id) = frame.id {
            // A frame that was seen twice is known by its first number.
            numbers.entry(id).or_insert(number);
        }
    }
    let records: BTreeMap<FrameId, _> = trace.records.iter().map(|r| (r.id, r)).collect();
    let heard: BTreeSet<SegmentId> = numbers
        .keys()
        .filter_map(|id| Some(records.get(id)?.segment))
        .collect();
    let mut told = BTreeSet::new();
    let taken = trace.faults.iter().filter(|fault| fault.lost);
    taken
        .filter_map(|fault| {
            let record = records.get(&fault.id)?;
            let is_ours = heard.contains(&record.segment) && told.insert(fault.id);
            is_ours.then(|| Lost {
                frame: numbers.get(&fault.id).copied(),
                at: played.run.clock.at(fault.at),
                bytes: record.frame.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::lab::{PlayOptions, lost, play};
    use crate::scenario;

    fn lost_in(text: &str) -> Vec<Option<u64>> {
        let loaded = scenario::load("x.yaml", text, &[]).expect("a right scenario");
        let played = play(&loaded, PlayOptions::default()).expect("its tap");
        lost(&played).iter().map(|lost| lost.frame).collect()
    }

    #[test]
    fn a_frame_is_lost_behind_the_tap_or_before_it() {
        let text = include_str!("../../scenarios/ftp-lost226.yaml");
        assert!(matches!(lost_in(text)[..], [Some(_)]));
        let syn = include_str!("../../scenarios/tcp-lostsyn.yaml");
        assert!(!lost_in(syn).is_empty());
        assert!(lost_in(include_str!("../../scenarios/ftp-connect.yaml")).is_empty());
    }
}
