//! The scenario's faults: added to a lab, and told in the capture of what they did.

use std::collections::BTreeMap;

use super::{Lab, Run};
use crate::capture::Capture;
use crate::net::{Fault, Target};
use crate::scenario::Sources;
use crate::scenario::compile::{FaultPlan, PlannedFault};
use crate::time::Instant;
use crate::trace::{FaultRecord, FrameId, NodeId};

/// Adds a fault to a lab in which `hosts` are the machines of the plan.
pub(super) fn add(lab: &mut Lab, hosts: &[NodeId], fault: &PlannedFault, sources: &Sources) {
    let node = |place: &Option<usize>| place.and_then(|place| hosts.get(place).copied());
    match &fault.what {
        FaultPlan::Unplug { host, at, lasting } => {
            if let Some(node) = node(&Some(*host)) {
                lab.unplug(node, Instant::ZERO + *at, *lasting);
            }
        }
        FaultPlan::Strike {
            name,
            carries,
            from,
            to,
            nth,
            action,
            side,
        } => {
            let (line, _) = sources.line_column(fault.span);
            let target = Target {
                carries: carries.clone(),
                from: node(from),
                to: node(to),
                nth: *nth,
            };
            let name = format!("line {line}: {name}");
            lab.fault(Fault::new(name, target, action.clone()).on(*side));
        }
    }
}

/// Tells what faults did: on the frame itself, or, where this tap did not see
/// the frame, on the next that it saw.
pub(super) fn write(run: &Run, capture: &mut Capture) {
    let seen: BTreeMap<FrameId, usize> = capture
        .frames
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(place, frame)| Some((frame.id?, place)))
        .collect();
    for fault in &run.trace.faults {
        if let Some(place) = seen.get(&fault.id) {
            let text = format!("Fault, {}", story(run, fault));
            capture.frames[*place].comments.push(text);
            continue;
        }
        let at = run.clock.at(fault.at);
        if let Some(next) = capture.frames.iter_mut().find(|frame| frame.at >= at) {
            let text = format!("Fault, before this frame, {}", story(run, fault));
            next.comments.push(text);
        }
    }
}

/// `line 12: drop reply 226: dropped on the way to client`.
fn story(run: &Run, fault: &FaultRecord) -> String {
    let name = |node: NodeId| run.trace.nodes.get(node.0 as usize).map(String::as_str);
    let place = match fault.to.and_then(name) {
        Some(receiver) => format!("on the way to {receiver}"),
        None => "before the wire".into(),
    };
    format!("{}: {} {place}", fault.fault, fault.effect)
}
