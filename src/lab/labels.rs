//! Labels: for each frame of a capture why it exists, as JSON lines beside it.
//!
//! What the run knows (the step, the timer, the frame that was answered, the
//! faults) is joined with what only reading can tell (which frame is sent
//! again). For whoever trains or tests an analyser: ground truth, frame by frame.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Run;
use crate::capture::Capture;
use crate::dissect::{ConversationId, Direction, Dissector, Verdicts};
use crate::trace::{ActorId, Cause, FaultRecord, FrameId, NodeId};
use crate::wire::TcpFlags;

/// One line of JSON for each frame of `capture`, then one for each fault whose
/// frame it does not show.
///
/// `capture` is what a tap saw of `run`. The keys of a frame are `frame` (its
/// number, from 1), `nanos` (since the start of the run), `from` (the node that
/// sent it), `cause` (`step`, `reply` or `timer`) with `actor` and `step` (its
/// number in the script, from 1) or `to` (the number of the frame answered, if
/// this tap saw it), `faults`, and `retransmission_of`.
pub fn labels(run: &Run, capture: &Capture) -> String {
    let numbers: BTreeMap<FrameId, usize> = capture
        .frames
        .iter()
        .enumerate()
        .rev() // A frame that arrives twice is known by its first number.
        .filter_map(|(place, frame)| Some((frame.id?, place + 1)))
        .collect();
    let records: BTreeMap<FrameId, _> = run.trace.records.iter().map(|r| (r.id, r)).collect();
    let mut faults: BTreeMap<FrameId, Vec<&FaultRecord>> = BTreeMap::new();
    for fault in &run.trace.faults {
        faults.entry(fault.id).or_default().push(fault);
    }
    let mut lines = String::new();
    for ((frame, number), seen) in capture.frames.iter().zip(1..).zip(repeats(capture)) {
        let mut label = Map::new();
        label.insert("frame".into(), json!(number));
        let nanos = frame.at.since(run.clock).as_nanos();
        label.insert(
            "nanos".into(),
            json!(u64::try_from(nanos).unwrap_or(u64::MAX)),
        );
        if let Some(record) = frame.id.and_then(|id| records.get(&id)) {
            label.insert("from".into(), json!(node(run, record.from)));
            cause(run, record.cause, &numbers, &mut label);
        }
        if let Some(of_this) = frame.id.and_then(|id| faults.get(&id)) {
            let told = of_this.iter().map(|fault| told(run, fault));
            label.insert("faults".into(), told.collect());
        }
        if let Some(first) = seen {
            label.insert("retransmission_of".into(), json!(first));
        }
        push(&mut lines, label);
    }
    for fault in run
        .trace
        .faults
        .iter()
        .filter(|f| !numbers.contains_key(&f.id))
    {
        let mut label = Map::new();
        label.insert("frame".into(), Value::Null);
        label.insert("nanos".into(), json!(fault.at.as_nanos()));
        if let Some(record) = records.get(&fault.id) {
            label.insert("from".into(), json!(node(run, record.from)));
            cause(run, record.cause, &numbers, &mut label);
        }
        label.insert("faults".into(), json!([told(run, fault)]));
        push(&mut lines, label);
    }
    lines
}

fn push(lines: &mut String, label: Map<String, Value>) {
    lines.push_str(&Value::Object(label).to_string());
    lines.push('\n');
}

fn node(run: &Run, id: NodeId) -> Option<&str> {
    run.trace.nodes.get(id.0 as usize).map(String::as_str)
}

fn cause(
    run: &Run,
    cause: Cause,
    numbers: &BTreeMap<FrameId, usize>,
    label: &mut Map<String, Value>,
) {
    let kind = match cause {
        Cause::Step { actor, step } => {
            let ActorId(index) = actor;
            let name = run.trace.actors.get(usize::from(index));
            label.insert("actor".into(), json!(name));
            label.insert("step".into(), json!(step.saturating_add(1)));
            "step"
        }
        Cause::ReplyTo(id) => {
            label.insert("to".into(), json!(numbers.get(&id)));
            "reply"
        }
        Cause::Timer => "timer",
    };
    label.insert("cause".into(), json!(kind));
}

fn told(run: &Run, fault: &FaultRecord) -> Value {
    json!({
        "fault": fault.fault,
        "effect": fault.effect,
        "on_the_way_to": fault.to.and_then(|to| node(run, to)),
        "lost": fault.lost,
    })
}

/// For each frame the number of the frame that it repeats, if it does.
fn repeats(capture: &Capture) -> Vec<Option<usize>> {
    let mut dissector = Dissector::new();
    let mut first_sent: BTreeMap<(ConversationId, Direction, u32), usize> = BTreeMap::new();
    let mut found = Vec::with_capacity(capture.frames.len());
    for (frame, number) in capture.frames().zip(1..) {
        let seen = dissector.dissect(frame);
        let Some(segment) = seen.segment else {
            found.push(None);
            continue;
        };
        let place = (segment.conversation, segment.direction, segment.sequence);
        if segment.verdicts.has_any(Verdicts::RETRANSMISSION) {
            found.push(first_sent.get(&place).copied());
            continue;
        }
        // Only what takes up sequence numbers can be sent again.
        let flags = seen.packet.tcp().map(|tcp| tcp.flags()).unwrap_or_default();
        if segment.len > 0 || flags.has(TcpFlags::SYN) || flags.has(TcpFlags::FIN) {
            first_sent.insert(place, number);
        }
        found.push(None);
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::lab::{PlayOptions, labels, play};
    use crate::scenario;

    #[test]
    fn every_frame_has_a_cause_and_every_fault_a_line() {
        let text = include_str!("../../scenarios/ftp-lost226.yaml");
        let loaded = scenario::load("ftp-lost226.yaml", text, &[]).expect("a built-in");
        let played = play(&loaded, PlayOptions::default()).expect("its tap");
        let lines = labels(&played.run, &played.capture);
        let labels: Vec<serde_json::Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(labels.len(), played.capture.frames.len());
        assert_eq!(
            labels[0]["cause"], "step",
            "the connect step asks ARP first"
        );
        assert_eq!(labels[0]["step"], 1, "the number that `explain` shows");
        assert_eq!(
            (&labels[1]["cause"], &labels[1]["to"]),
            (&"reply".into(), &1.into())
        );
        let struck: Vec<_> = labels.iter().filter(|l| !l["faults"].is_null()).collect();
        assert_eq!(struck.len(), 1);
        assert_eq!(struck[0]["faults"][0]["effect"], "dropped");
        let again: Vec<_> = labels
            .iter()
            .filter(|l| !l["retransmission_of"].is_null())
            .collect();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0]["retransmission_of"], struck[0]["frame"]);
        assert_eq!(again[0]["cause"], "timer");
    }
}
