//! The frames that were lost on the wire, counted: what a failure that only knows of silence is explained by.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use super::Run;
use crate::trace::{FaultKind, FaultRecord, NodeId, SegmentId, Trace};

/// What may be done about it.
fn advice(why: &FaultKind) -> Option<&'static str> {
    match why {
        FaultKind::QueueFull | FaultKind::SwitchFull => {
            Some("a longer `queue`, a faster `rate` or `congestion: reno` loses fewer")
        }
        FaultKind::TooLong => Some("the `mtu` of a host and of its segment differ"),
        _ => None,
    }
}

/// Frames that were lost in the same place for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Loss {
    why: FaultKind,
    segment: SegmentId,
    from: Option<NodeId>,
    /// On whose cable; `None` on the sender's side.
    to: Option<NodeId>,
}

/// How many frames of a run were lost, by place and reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<Loss, u64>);

impl Losses {
    /// Those of a trace.
    pub fn of(trace: &Trace) -> Losses {
        let mut losses = Losses::default();
        trace.faults.iter().for_each(|fault| losses.note(fault));
        losses
    }

    /// Counts what a fault did, if a frame was lost by it.
    pub(super) fn note(&mut self, fault: &FaultRecord) {
        if fault.lost {
            let loss = Loss {
                why: fault.fault.clone(),
                segment: fault.segment,
                from: fault.from,
                to: fault.to,
            };
            *self.0.entry(loss).or_default() += 1;
        }
    }
}

/// What is so many times less than the most is not worth a word beside it.
const MUCH_LESS: u64 = 100;

/// So many kinds of loss are named in one sentence.
const MAX_NAMED: usize = 3;

impl Run {
    /// The frames that no segment took since they were too long: a line for each
    /// sender and segment.
    pub fn too_long(&self) -> Vec<String> {
        let too_long = self
            .losses
            .0
            .iter()
            .filter(|(loss, _)| loss.why == FaultKind::TooLong);
        let line = |(loss, count): (&Loss, &u64)| self.told(loss, *count);
        too_long.map(line).collect()
    }

    /// What was lost of the frames from and to a node, or before the wire, or else
    /// of all, the most first; and what may be done about it.
    pub(super) fn lost_of(&self, node: NodeId) -> Option<String> {
        let is_own = |loss: &Loss| loss.to.is_none() || [loss.from, loss.to].contains(&Some(node));
        let all = self.losses.0.iter();
        let (mut told, others): (Vec<_>, Vec<_>) = all.partition(|(loss, _)| is_own(loss));
        if told.is_empty() {
            told = others;
        }
        told.sort_by_key(|(_, count)| Reverse(**count));
        let most = told.first().map_or(0, |(_, count)| **count);
        told.retain(|(_, count)| count.saturating_mul(MUCH_LESS) >= most);
        told.truncate(MAX_NAMED);
        // What is full is more easily mended than two MTUs that were meant.
        let reasons = told.iter().map(|(loss, _)| &loss.why);
        let advice = reasons.min().and_then(advice);
        let lines: Vec<String> = told
            .iter()
            .map(|(l, count)| self.told(l, **count))
            .collect();
        let parts: Vec<String> = lines.into_iter().chain(advice.map(str::to_owned)).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// `412 frames from client to server were lost on lan: the queue is full`.
    fn told(&self, loss: &Loss, count: u64) -> String {
        let node = |node: NodeId| self.trace.nodes.get(node.0 as usize);
        let segment = self.trace.segments.get(usize::from(loss.segment.0));
        let (frames, were) = match count {
            1 => ("frame", "was"),
            _ => ("frames", "were"),
        };
        let mut line = format!("{count} {frames}");
        if let Some(from) = loss.from.and_then(node) {
            line += &format!(" from {from}");
        }
        if let Some(to) = loss.to.and_then(node) {
            line += &format!(" to {to}");
        }
        line += &format!(" {were} lost");
        if let Some(segment) = segment {
            line += &format!(" on {segment}");
        }
        format!("{line}: {}", loss.why.name())
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::{PlayOptions, Played, play};
    use crate::scenario;

    fn played(text: &str) -> Played {
        let loaded = scenario::load("x.yaml", text, &[]).expect("a right scenario");
        play(&loaded, PlayOptions::default()).expect("its tap")
    }

    #[test]
    fn a_frame_that_is_too_long_is_told() {
        let text = include_str!("../../scenarios/mtu-mismatch.yaml");
        let words = "frames from server were lost on lan: longer than the segment's MTU";
        let told = played(text).run.too_long();
        assert_eq!(told.len(), 1);
        assert!(told[0].ends_with(words), "{told:?}");
        let calm = include_str!("../../scenarios/ftp-connect.yaml");
        assert!(played(calm).run.too_long().is_empty());
    }

    #[test]
    fn who_hears_nothing_is_told_what_was_lost() {
        let helps = |text: &str, from: &str, to: &str| {
            let failures = played(&text.replacen(from, to, 1)).failures.into_iter();
            failures.filter_map(|f| f.help).collect::<Vec<_>>()
        };
        let mismatch = include_str!("../../scenarios/mtu-mismatch.yaml");
        let told = helps(mismatch, "expect: silence", "expect: [150, 226]");
        let words = "longer than the segment's MTU; the `mtu` of a host and of its segment differ";
        assert!(told[0].ends_with(words), "{told:?}");
        let burst = "lab: 1
segments: { lan: { subnet: 192.0.2.0/24, queue: 2 } }
hosts: { client: {}, server: {} }
servers: [ { ftp: { host: server, anonymous: { home: / }, files: { /x: { random: 90KiB } } } } ]
actors: { a: { host: client, script: [ connect: server, login: { user: anonymous, password: x }, { get: x, within: 1s } ] } }
";
        let told = helps(burst, "", "");
        let words = [
            "frames from server were lost on lan: the queue is full",
            "`congestion: reno`",
        ];
        assert!(
            words.iter().all(|words| told[0].contains(words)),
            "{told:?}"
        );
    }
}
