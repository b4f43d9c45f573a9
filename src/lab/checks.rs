//! Whether a run came as its scenario says it should.

use std::net::IpAddr;

use super::Run;
use super::notes::step_span;
use super::sight::Survey;
use crate::actor::Outcome;
use crate::analyze::Session;
use crate::dissect::State;
use crate::scenario::model::{Check, Scenario};
use crate::scenario::{Diagnostic, Span};

/// What the actors failed at, and the limit that was hit.
pub(super) fn of_run(scenario: &Scenario, run: &Run) -> Vec<Diagnostic> {
    let mut failures = Vec::new();
    if run.stop.is_limit() {
        let message = format!("the run was stopped: {}", run.stop);
        let limits = &scenario.limits;
        let set = [
            limits.time.map(|t| t.span),
            limits.frames.map(|f| f.span),
            limits.capture.map(|c| c.span),
        ];
        let span = set
            .into_iter()
            .flatten()
            .next()
            .unwrap_or(scenario.lab.span);
        let help = "the limits are `limits: { time: …, frames: …, capture: … }`";
        failures.push(Diagnostic::error(message, span).help(help));
    }
    // Servers are the first actors of a lab: those of the scenario follow.
    let reports = run.reports.iter().skip(scenario.servers.len());
    for (place, (actor, report)) in scenario.actors.iter().zip(reports).enumerate() {
        let step = |number: u32| step_span(scenario, place, number).unwrap_or(actor.name.span);
        match &report.outcome {
            Outcome::Finished => {}
            Outcome::Failed {
                step: number,
                message,
            } => {
                let message = format!("`{}` did not get on: {message}", actor.name.value);
                failures.push(Diagnostic::error(message, step(*number)));
            }
            Outcome::Running => {
                let last = report
                    .steps
                    .last()
                    .map_or(actor.name.span, |s| step(s.step));
                let message = format!("`{}` was not done when the run stopped", actor.name.value);
                failures.push(Diagnostic::error(message, last).label("it was here"));
            }
        }
    }
    failures
}

/// The texts that a scenario's checks look for, in order.
pub(super) fn texts(scenario: &Scenario) -> Vec<&str> {
    let texts = scenario.checks.iter().filter_map(|check| match check {
        Check::Cleartext(text) => Some(text.value.as_str()),
        _ => None,
    });
    texts.collect()
}

/// What a scenario's checks say that its capture does not show.
pub(super) fn of_capture(
    scenario: &Scenario,
    survey: &Survey,
    address: &dyn Fn(&str) -> Option<IpAddr>,
) -> Vec<Diagnostic> {
    let mut failures = Vec::new();
    let mut text = 0;
    for check in &scenario.checks {
        let seen = match check {
            Check::Cleartext(_) => {
                text += 1;
                (!survey.shows(text - 1)).then(|| "no frame carries it".to_owned())
            }
            other => unlike(other, survey, address),
        };
        if let Some(seen) = seen {
            failures.push(failed(check, check.span(), &seen));
        }
    }
    failures
}

fn failed(check: &Check, span: Span, seen: &str) -> Diagnostic {
    Diagnostic::error(format!("check failed: {check}"), span).label(seen)
}

/// What was seen instead of what a check says; `None` if the check holds.
fn unlike(
    check: &Check,
    survey: &Survey,
    address: &dyn Fn(&str) -> Option<IpAddr>,
) -> Option<String> {
    let sessions = &survey.transcript.sessions;
    let count = |wanted: u64, seen: usize, what: &str| {
        (wanted != seen as u64).then(|| format!("{seen} {what}"))
    };
    match check {
        Check::Frames(range) => {
            let seen = survey.sights.len() as u64;
            let range = &range.value;
            (seen < range.min || seen > range.max).then(|| format!("{seen} frames"))
        }
        Check::TcpConnections(wanted) => {
            let begun = survey.connections.iter().filter(|(_, begun, _)| *begun);
            count(wanted.value, begun.count(), "were begun")
        }
        Check::Refused(wanted) => {
            let refused = |(_, _, state): &&(_, _, State)| *state == State::Refused;
            let seen = survey.connections.iter().filter(refused).count();
            count(wanted.value, seen, "were refused")
        }
        Check::Replies(replies) => {
            let said = sessions.iter().flat_map(Session::replies);
            let seen = said.filter(|r| r.reply.code().get() == replies.value.code.value);
            count(replies.value.count.value, seen.count(), "were sent")
        }
        Check::Commands(commands) => {
            let wanted = &commands.value;
            let said = sessions.iter().flat_map(Session::commands);
            let seen = said.filter(|command| {
                let line = command.line.to_string();
                let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
                let same = |a: &crate::scenario::Spanned<String>| a.value == argument;
                verb.eq_ignore_ascii_case(&wanted.verb.value)
                    && wanted.argument.as_ref().is_none_or(same)
            });
            count(wanted.count.value, seen.count(), "were sent")
        }
        Check::Frame(frame) => {
            let number = frame.value.number.value;
            let place = usize::try_from(number).ok()?.checked_sub(1)?;
            match survey.sights.get(place) {
                None => Some(format!("there are {} frames", survey.sights.len())),
                Some(sight) if sight.is(&frame.value.is, address) => None,
                Some(_) => {
                    let is = |sight: &super::sight::Sight| sight.is(&frame.value.is, address);
                    let others: Vec<String> = survey
                        .sights
                        .iter()
                        .zip(1u64..)
                        .filter(|(sight, _)| is(sight))
                        .map(|(_, number)| number.to_string())
                        .take(8)
                        .collect();
                    Some(match others.as_slice() {
                        [] => "no frame is".to_owned(),
                        some => format!("such are {}", some.join(", ")),
                    })
                }
            }
        }
        Check::Transfer(wanted) => {
            let wanted = &wanted.value;
            let moved: Vec<u64> = sessions
                .iter()
                .flat_map(Session::data)
                .filter(|data| {
                    let command = data.transfer.command.as_ref();
                    let argument = command.and_then(|c| c.argument.as_ref());
                    argument.is_some_and(|a| a.to_string() == wanted.name.value)
                })
                .map(|data| data.uploaded + data.downloaded)
                .collect();
            match moved.as_slice() {
                [] => Some("it was not moved at all".to_owned()),
                some if some.contains(&wanted.bytes.value.0) => None,
                some => Some(format!("{} bytes were", some[0])),
            }
        }
        Check::Cleartext(_) => None,
    }
}
