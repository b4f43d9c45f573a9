//! Notes and checks: what they point at.

use super::known;
use super::topology::segment_of;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Check, Fault, FrameSelector, Note, Scenario, Step, Strike, Verb};

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    for note in &scenario.notes {
        if note.frame.is_none() {
            let message = "which frame is this note on?";
            let help = "{ arp: request, say: … }";
            found.push(Diagnostic::error(message, note.say.span).help(help));
        }
        check_note(scenario, note, found);
    }
    for actor in scenario.actors.iter() {
        check_steps(scenario, &actor.value.script, found);
    }
    for check in &scenario.checks {
        check_one(scenario, check, found);
    }
    for fault in &scenario.faults {
        match &fault.value {
            Fault::Strike(strike) => check_strike(scenario, strike, found),
            Fault::Unplug(unplug) => {
                known("host", &unplug.host, &scenario.machines(), found);
            }
        }
    }
}

fn check_strike(scenario: &Scenario, strike: &Strike, found: &mut Vec<Diagnostic>) {
    check_selector(scenario, &strike.target, found);
    let Some(link) = &strike.link else { return };
    if !known("segment", link, &scenario.segments.names(), found) {
        return;
    }
    for name in [&strike.target.from, &strike.target.to]
        .into_iter()
        .flatten()
    {
        let there = links_of(scenario, &name.value);
        if !there.is_empty() && !there.contains(&link.value.as_str()) {
            let message = format!("`{}` is not on `{}`", name.value, link.value);
            let help = format!("it is on {}", there.join(", "));
            found.push(Diagnostic::error(message, name.span).help(help));
        }
    }
}

/// The segments on which a machine is; none if the scenario does not say clearly.
fn links_of<'s>(scenario: &'s Scenario, machine: &str) -> Vec<&'s str> {
    if let Some(router) = scenario.routers.get(machine) {
        return router.ports.names();
    }
    let host = scenario.hosts.get(machine);
    let segment = host.and_then(|host| segment_of(scenario, host));
    segment
        .map(|segment| segment.name.value.as_str())
        .into_iter()
        .collect()
}

fn check_steps(scenario: &Scenario, steps: &[Step], found: &mut Vec<Diagnostic>) {
    for step in steps {
        for note in &step.notes {
            check_note(scenario, note, found);
        }
        if let Verb::Each(each) = &step.verb {
            check_steps(scenario, &each.steps, found);
        }
    }
}

fn check_note(scenario: &Scenario, note: &Note, found: &mut Vec<Diagnostic>) {
    if note.say.value.trim().is_empty() {
        found.push(Diagnostic::error("a note says something", note.say.span));
    }
    if let Some(frame) = &note.frame {
        check_selector(scenario, frame, found);
    }
}

fn check_selector(scenario: &Scenario, frame: &FrameSelector, found: &mut Vec<Diagnostic>) {
    for host in [&frame.from, &frame.to].into_iter().flatten() {
        known("host", host, &scenario.machines(), found);
    }
}

fn check_one(scenario: &Scenario, check: &Check, found: &mut Vec<Diagnostic>) {
    match check {
        Check::Frame(frame) => {
            if frame.value.number.value == 0 {
                let message = "frames are counted from 1";
                found.push(Diagnostic::error(message, frame.value.number.span));
            }
            if let Some(nth) = &frame.value.is.nth {
                let message = "`number` already says which frame";
                found.push(Diagnostic::error(message, nth.span));
            }
            check_selector(scenario, &frame.value.is, found);
        }
        Check::Seen(seen) => {
            if let Some(nth) = &seen.value.what.nth {
                let message = "`count` counts all of them";
                found.push(Diagnostic::error(message, nth.span));
            }
            check_selector(scenario, &seen.value.what, found);
        }
        Check::Frames(count) if count.value.min > count.value.max => {
            found.push(Diagnostic::error("`min` is above `max`", count.span));
        }
        Check::Cleartext(text) if text.value.is_empty() => {
            found.push(Diagnostic::error("which text?", text.span));
        }
        _ => {}
    }
}
