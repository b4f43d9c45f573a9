//! Labels: for each frame of a capture why it exists, as JSON lines beside it.
//!
//! What the run knows (the step, the timer, the frame that was answered, the
//! faults) is joined with what only reading can tell (which frame is sent
//! again). For whoever trains or tests an analyser: ground truth, frame by frame.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Run;
use crate::capture::Capture;
use crate::dissect::{ConversationId, Direction, Dissector};
use crate::trace::{ActorId, Cause, FaultRecord, FrameId, NodeId};
use crate::wire::TcpFlags;

/// One line of JSON for each frame of `capture`, then one for each fault whose
/// frame it does not show.
///
/// `capture` is what one tap or several saw of `run`, from [`Run::capture`]: one that was read
/// from a file does not say which transmission each frame is. The keys of a frame are
/// `frame` (its number, from 1), `tap` (the name of the interface, if there are
/// several), `nanos` (since the start of the run), `from` (the node that
/// sent it), `cause` (`step`, `reply` or `timer`) with `actor` and `step` (its
/// number in the script, from 1) or `to` (the number of the frame answered, at
/// this tap or else at another), `copy_of` (the number under which another tap
/// saw the same frame before), `faults`, and `retransmission_of`: a copy is not
/// sent again.
pub fn labels(run: &Run, capture: &Capture) -> String {
    let numbers: BTreeMap<(u32, FrameId), usize> = capture
        .frames
        .iter()
        .enumerate()
        .rev() // A frame that arrives twice is known by its first number.
        .filter_map(|(place, frame)| Some(((frame.interface, frame.id?), place + 1)))
        .collect();
    let mut first: BTreeMap<FrameId, usize> = BTreeMap::new();
    for ((_, id), number) in &numbers {
        let known = first.entry(*id).or_insert(*number);
        *known = (*known).min(*number);
    }
    let seen: BTreeSet<FrameId> = numbers.keys().map(|(_, id)| *id).collect();
    let records: BTreeMap<FrameId, _> = run.trace.records.iter().map(|r| (r.id, r)).collect();
    let mut faults: BTreeMap<FrameId, Vec<&FaultRecord>> = BTreeMap::new();
    for fault in &run.trace.faults {
        faults.entry(fault.id).or_default().push(fault);
    }
    let mut lines = String::new();
    for ((frame, number), seen) in capture.frames.iter().zip(1..).zip(repeats(capture)) {
        let mut label = Map::new();
        label.insert("frame".into(), json!(number));
        if let [_, _, ..] = capture.interfaces.as_slice() {
            let tap = capture.interfaces.get(frame.interface as usize);
            label.insert("tap".into(), json!(tap.and_then(|tap| tap.name.as_deref())));
        }
        let nanos = frame.at.since(run.clock).as_nanos();
        label.insert(
            "nanos".into(),
            json!(u64::try_from(nanos).unwrap_or(u64::MAX)),
        );
        if let Some(record) = frame.id.and_then(|id| records.get(&id)) {
            label.insert("from".into(), json!(node(run, record.from)));
            let here = |id| numbers.get(&(frame.interface, id));
            let at_any = |id| here(id).or_else(|| first.get(&id)).copied();
            cause(run, record.cause, at_any, &mut label);
            let original = first.get(&record.id).copied();
            if original != here(record.id).copied() {
                label.insert("copy_of".into(), json!(original));
            }
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
    for fault in run.trace.faults.iter().filter(|f| !seen.contains(&f.id)) {
        let mut label = Map::new();
        label.insert("frame".into(), Value::Null);
        label.insert("nanos".into(), json!(fault.at.as_nanos()));
        if let Some(record) = records.get(&fault.id) {
            label.insert("from".into(), json!(node(run, record.from)));
            cause(run, record.cause, |id| first.get(&id).copied(), &mut label);
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
    number: impl Fn(FrameId) -> Option<usize>,
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
            label.insert("to".into(), json!(number(id)));
            "reply"
        }
        Cause::Timer => "timer",
    };
    label.insert("cause".into(), json!(kind));
}

fn told(run: &Run, fault: &FaultRecord) -> Value {
    json!({
        "fault": fault.fault.name(),
        "effect": fault.effect,
        "on_the_way_to": fault.to.and_then(|to| node(run, to)),
        "lost": fault.lost,
    })
}

/// For each frame the number of the frame that it repeats, if it does: a frame
/// that the same tap saw before.
fn repeats(capture: &Capture) -> Vec<Option<usize>> {
    let mut dissectors: BTreeMap<u32, Dissector> = BTreeMap::new();
    let mut first_sent: BTreeMap<(u32, ConversationId, Direction, u32), usize> = BTreeMap::new();
    let mut found = Vec::with_capacity(capture.frames.len());
    for (frame, number) in capture.frames().zip(1..) {
        let tap = frame.interface;
        let seen = dissectors.entry(tap).or_default().dissect(frame);
        let Some(segment) = seen.segment else {
            found.push(None);
            continue;
        };
        let place = (
            tap,
            segment.conversation,
            segment.direction,
            segment.sequence,
        );
        if segment.is_repeated {
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

    #[test]
    fn every_fault_of_a_scenario_names_its_line() {
        let text = include_str!("../../scenarios/tcp-halfopen.yaml");
        let loaded = scenario::load("tcp-halfopen.yaml", text, &[]).expect("a built-in");
        let played = play(&loaded, PlayOptions::default()).expect("its tap");
        let line = text.lines().position(|line| line.contains("unplug:"));
        let name = format!(
            "line {}: unplug client",
            line.expect("it pulls a cable") + 1
        );
        let lines = labels(&played.run, &played.capture);
        let labels = lines.lines().map(|line| {
            let label: serde_json::Value = serde_json::from_str(line).expect("JSON");
            label
        });
        let struck: Vec<_> = labels.filter(|l| !l["faults"].is_null()).collect();
        assert!(!struck.is_empty());
        for label in struck {
            assert_eq!(label["faults"][0]["fault"], name, "{label}");
        }
    }

    #[test]
    fn two_taps_see_one_frame_and_nothing_is_sent_again_by_that() {
        let text = include_str!("../../scenarios/loss-twotaps.yaml");
        let loaded = scenario::load("loss-twotaps.yaml", text, &[]).expect("a built-in");
        let options = |tap| PlayOptions {
            tap: Some(tap),
            ..PlayOptions::default()
        };
        let lines = |tap| -> Vec<serde_json::Value> {
            let played = play(&loaded, options(tap)).expect("its taps");
            let lines = labels(&played.run, &played.capture);
            let parsed = lines.lines().map(serde_json::from_str);
            parsed.map(|line| line.expect("JSON")).collect()
        };
        let again = |lines: &[serde_json::Value], tap: Option<&str>| {
            let of_tap = lines.iter().filter(|l| l["tap"].as_str() == tap);
            of_tap.filter(|l| !l["retransmission_of"].is_null()).count()
        };
        let both = lines("server,client");
        for tap in ["server", "client"] {
            let alone = lines(tap);
            assert_eq!(again(&both, Some(tap)), again(&alone, None), "{tap}");
        }
        assert!(again(&both, Some("server")) > 0, "it saw what was lost");
        for line in &both {
            if let Some(to) = line["to"].as_u64() {
                assert_eq!(line["tap"], both[to as usize - 1]["tap"], "{line}");
            }
        }
        // What one tap saw and the other did not is no copy.
        let copies = both.iter().filter(|line| !line["copy_of"].is_null());
        for line in copies.clone() {
            let original = &both[line["copy_of"].as_u64().expect("a number") as usize - 1];
            assert_ne!(line["tap"], original["tap"], "{line}");
            assert_eq!(line["from"], original["from"], "{line}");
        }
        assert!(copies.count() > 40);
    }
}
