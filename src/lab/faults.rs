//! The scenario's faults: added to a lab, and missed where they met no frame.

use super::{Lab, Run};
use crate::net::{Fault, Target};
use crate::scenario::compile::{FaultPlan, Plan, PlannedFault};
use crate::scenario::{Diagnostic, Sources, Span};
use crate::time::Instant;
use crate::trace::{NodeId, SegmentId};

/// Adds a fault to a lab in which `hosts` are the machines of the plan, and
/// `segments` its segments.
pub(super) fn add(
    lab: &mut Lab,
    (hosts, segments): (&[NodeId], &[SegmentId]),
    fault: &PlannedFault,
    sources: &Sources,
) {
    let node = |place: &Option<usize>| place.and_then(|place| hosts.get(place).copied());
    match &fault.what {
        FaultPlan::Unplug {
            name,
            host,
            at,
            lasting,
        } => {
            if let Some(node) = node(&Some(*host)) {
                let name = label(name, fault.span, sources);
                lab.unplug_as(name, node, Instant::ZERO + *at, *lasting);
            }
        }
        FaultPlan::Strike {
            name,
            carries,
            from,
            to,
            link,
            nth,
            action,
            side,
        } => {
            let target = Target {
                carries: carries.clone(),
                from: node(from),
                to: node(to),
                link: link.and_then(|place| segments.get(place).copied()),
                nth: *nth,
            };
            let name = label(name, fault.span, sources);
            lab.fault(Fault::new(name, target, action.clone()).on(*side));
        }
    }
}

/// What the record calls a fault: its line in the scenario, and its words.
fn label(name: &str, span: Span, sources: &Sources) -> String {
    let (line, _) = sources.line_column(span);
    format!("line {line}: {name}")
}

/// The faults that met no frame: a scenario that asks for one wants it to happen.
pub(super) fn unmet(plan: &Plan, run: &Run, sources: &Sources) -> Vec<Diagnostic> {
    let unmet = plan.faults.iter().filter_map(|fault| {
        let FaultPlan::Strike { name, .. } = &fault.what else {
            return None;
        };
        let label = label(name, fault.span, sources);
        let met = run
            .trace
            .faults
            .iter()
            .any(|record| record.fault.name() == label);
        let message = format!("this fault met no frame: {name}");
        (!met).then(|| Diagnostic::error(message, fault.span))
    });
    unmet.collect()
}

#[cfg(test)]
mod tests {
    use crate::lab::{PlayOptions, play};
    use crate::scenario;

    /// A router passes each command on: `link` says which of the two frames is meant.
    #[test]
    fn a_fault_on_a_link_leaves_the_others_alone() {
        let text = include_str!("../../scenarios/nat-helper.yaml");
        let struck = |link: &str, nth: u64| {
            let fault =
                format!("faults: [ delay: {{ command: USER, nth: {nth}{link}, by: 1ms }} ]");
            let text = text.replacen("\nactors:", &format!("\n{fault}\nactors:"), 1);
            let loaded = scenario::load("x.yaml", &text, &[]).expect("a right scenario");
            let played = play(&loaded, PlayOptions::default()).expect("its tap");
            let trace = &played.run.trace;
            let faults = trace.faults.iter();
            let on = |fault: &crate::trace::FaultRecord| {
                let name = &trace.segments[usize::from(fault.segment.0)];
                (name.clone(), fault.fault.name().to_owned())
            };
            faults.map(on).collect::<Vec<_>>()
        };
        let [first, second] = [1, 2].map(|nth| struck("", nth)[0].0.clone());
        assert_ne!(first, second, "sent on one segment, passed on to the other");
        for link in [&first, &second] {
            let struck = struck(&format!(", link: {link}"), 1);
            let [(on, name)] = struck.as_slice() else {
                panic!("{struck:?}");
            };
            assert_eq!(on, link);
            assert!(
                name.ends_with(&format!("number 1 of its kind, on {link}")),
                "{name}"
            );
        }
        assert_eq!(
            struck(&format!(", link: {first}"), 2),
            [],
            "there is but one"
        );
    }

    #[test]
    fn a_fault_that_meets_no_frame_is_told() {
        let text = include_str!("../../scenarios/ftp-lost226.yaml");
        let never = text.replace("drop: { reply: 226, nth: 1 }", "drop: { reply: 426 }");
        let failures = |text: &str| {
            let loaded = scenario::load("x.yaml", text, &[]).expect("a right scenario");
            let played = play(&loaded, PlayOptions::default()).expect("its tap");
            let told = played.failures.into_iter().map(|failure| failure.message);
            told.collect::<Vec<_>>()
        };
        assert_eq!(failures(text), Vec::<String>::new());
        let told = failures(&never);
        assert!(
            told.contains(&"this fault met no frame: drop reply 426".into()),
            "{told:?}"
        );
    }
}
