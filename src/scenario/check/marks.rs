//! Notes and checks: what they point at.

use super::known;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Check, Fault, FrameSelector, Note, Scenario, Step, Verb};

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
            Fault::Strike(strike) => check_selector(scenario, &strike.target, found),
            Fault::Unplug(unplug) => {
                known("host", &unplug.host, &scenario.machines(), found);
            }
        }
    }
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
