//! Whether a run came as its scenario says it should.

use super::Run;
use super::addresses::Addresses;
use super::integrity::Integrity;
use super::notes::step_span;
use super::sight::{Sight, Survey};
use crate::actor::Outcome;
use crate::analyze::Session;
use crate::dissect::{State, Verdicts};
use crate::scenario::model::{Check, FrameCount, Scenario};
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
        let span = set.into_iter().flatten().next().unwrap_or(Span::NOWHERE);
        let help = "the limits are `limits: { time: …, frames: …, capture: … }`";
        failures.push(Diagnostic::error(message, span).help(help));
    }
    // Servers and borrowers are the first actors of a lab: those of the scenario follow.
    let borrowers = run.reports.iter().skip(scenario.servers.len());
    for (host, report) in scenario.borrowers().zip(borrowers) {
        if report.outcome != Outcome::Finished {
            let why = match &report.outcome {
                Outcome::Failed { message, .. } => message,
                _ => "the run stopped before",
            };
            let message = format!("`{}` got no address: {why}", host.name);
            failures.push(Diagnostic::error(message, host.name.span));
        }
    }
    let reports = run.reports.iter().skip(first_actor(scenario));
    for (place, (actor, report)) in scenario.actors.iter().zip(reports).enumerate() {
        let step = |number: u32| step_span(scenario, place, number).unwrap_or(actor.name.span);
        match &report.outcome {
            Outcome::Finished => {}
            Outcome::Failed {
                step: number,
                message,
            } => {
                let message = format!("`{}` did not get on: {message}", actor.name.value);
                let mut failure = Diagnostic::error(message, step(*number));
                let home = run.homes.get(first_actor(scenario) + place);
                failure.help = home.and_then(|home| run.lost_of(*home));
                failures.push(failure);
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
    failures.extend(of_files(scenario, run));
    failures
}

/// Files that should have come whole and have not, or the other way round.
fn of_files(scenario: &Scenario, run: &Run) -> Vec<Diagnostic> {
    let judged = || (first_actor(scenario)..run.reports.len()).flat_map(|at| run.integrity(at));
    let checks = scenario.checks.iter().filter_map(|check| {
        let Check::Transfer(wanted) = check else {
            return None;
        };
        let whole = wanted.value.whole?.value;
        let name = &wanted.value.name.value;
        let of_name = judged().filter(|(transfer, _)| transfer.name == *name);
        let found: Vec<Integrity> = of_name.map(|(_, integrity)| integrity).collect();
        let is_so = |integrity: &Integrity| (*integrity == Integrity::Whole) == whole;
        let seen = match (found.is_empty(), found.iter().any(is_so)) {
            (true, _) => "it was not moved at all",
            (_, true) => return None,
            _ if whole => "what passed is not the server's file",
            _ => "it came whole",
        };
        Some(failed(check, check.span(), seen))
    });
    checks.collect()
}

/// The number of the first actor of a scenario among those of its lab.
pub(super) fn first_actor(scenario: &Scenario) -> usize {
    scenario.servers.len() + scenario.borrowers().count()
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
    addresses: &Addresses,
) -> Vec<Diagnostic> {
    let mut failures = Vec::new();
    let mut text = 0;
    for check in &scenario.checks {
        let seen = match check {
            Check::Cleartext(_) => {
                text += 1;
                (!survey.shows(text - 1)).then(|| "no frame carries it".to_owned())
            }
            other => unlike(other, survey, addresses),
        };
        if let Some(seen) = seen {
            failures.push(failed(check, check.span(), &seen));
        }
    }
    failures
}

/// What TCP analysis flags and the scenario's `expert` does not list, or not
/// so often: one failure, however much is wrong. `own` are the scenario's taps, where
/// the frames are counted whichever tap is looked at.
pub(super) fn of_expert(scenario: &Scenario, survey: &Survey, own: &str) -> Option<Diagnostic> {
    // What would stand there if all were well.
    let mut right: Vec<String> = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    let mut place = None;
    for (verdict, flag, name) in Verdicts::ALL {
        let frames: Vec<u64> = survey
            .sights
            .iter()
            .filter(|sight| sight.verdicts.has_any(verdict))
            .map(Sight::number)
            .collect();
        if !frames.is_empty() {
            right.push(format!("{flag}: {}", frames.len()));
        }
        let listed = scenario.expert.iter().find(|expert| expert.flag == flag);
        let none = FrameCount { min: 0, max: 0 };
        let wanted = listed.map_or(none, |expert| expert.count.value);
        if wanted.holds(frames.len() as u64) {
            continue;
        }
        place = place.or(listed.map(|expert| expert.count.span));
        let seen = match frames.as_slice() {
            [] => format!("no frame as {name}"),
            [one] => format!("1 frame ({one}) as {name}"),
            some => format!("{} frames ({}) as {name}", some.len(), numbers(some)),
        };
        wrong.push(match (scenario.expert.as_slice(), listed) {
            ([], _) => seen,
            (_, None) => format!("{seen} where `expert` lists none"),
            (_, Some(_)) => format!("{seen} where `expert` lists {wanted}"),
        });
    }
    if wrong.is_empty() {
        return None;
    }
    let place_told = match scenario.segments.things.len() {
        0 | 1 => String::new(),
        _ => format!(" at `{own}`"),
    };
    let message = match scenario.expert.as_slice() {
        [] => format!(
            "TCP analysis{place_told} flags {}; `expert` lists none",
            wrong.join(", ")
        ),
        _ => format!("TCP analysis{place_told} flags {}", wrong.join(", and ")),
    };
    let first = scenario.expert.first().map(|expert| expert.count.span);
    let span = place.or(first).unwrap_or(Span::NOWHERE);
    Some(
        Diagnostic::error(message, span).help(match right.as_slice() {
            [] => "leave `expert` out".to_owned(),
            flags => format!("expert: {{ {} }}", flags.join(", ")),
        }),
    )
}

/// The first few of these frames.
fn numbers(frames: &[u64]) -> String {
    let shown: Vec<String> = frames.iter().take(8).map(u64::to_string).collect();
    let more = if frames.len() > 8 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn failed(check: &Check, span: Span, seen: &str) -> Diagnostic {
    Diagnostic::error(format!("check failed: {check}"), span).label(seen)
}

/// What was seen instead of what a check says; `None` if the check holds.
fn unlike(check: &Check, survey: &Survey, addresses: &Addresses) -> Option<String> {
    let sessions = &survey.transcript.sessions;
    let count = |wanted: u64, seen: usize, what: &str| {
        let verb = if seen == 1 { "was" } else { "were" };
        (wanted != seen as u64).then(|| format!("{seen} {verb} {what}"))
    };
    match check {
        Check::Frames(range) => {
            let seen = survey.frames;
            let range = &range.value;
            (seen < range.min || seen > range.max).then(|| format!("{seen} frames"))
        }
        Check::TcpConnections(wanted) => {
            let begun = survey.connections.iter().filter(|(_, begun, _)| *begun);
            count(wanted.value, begun.count(), "begun")
        }
        Check::Refused(wanted) => {
            let refused = |(_, _, state): &&(_, _, State)| *state == State::Refused;
            let seen = survey.connections.iter().filter(refused).count();
            count(wanted.value, seen, "refused")
        }
        Check::Replies(replies) => {
            let said = sessions.iter().flat_map(Session::replies);
            let seen = said.filter(|r| r.reply.code().get() == replies.value.code.value);
            count(replies.value.count.value, seen.count(), "sent")
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
            count(wanted.count.value, seen.count(), "sent")
        }
        Check::Frame(frame) => {
            let number = frame.value.number.value;
            let is = |sight: &Sight| sight.is(&frame.value.is, addresses);
            if number > survey.frames {
                return Some(format!("there are {} frames", survey.frames));
            }
            if survey.sight(number).is_some_and(is) {
                return None;
            }
            let others = survey.sights.iter().filter(|sight| is(sight));
            let others: Vec<u64> = others.map(Sight::number).collect();
            Some(match others.as_slice() {
                [] => "no frame is".to_owned(),
                [one] => format!("frame {one} is"),
                some => format!("frames {} are", numbers(some)),
            })
        }
        Check::Seen(seen) => {
            let is = |sight: &&Sight| sight.is(&seen.value.what, addresses);
            let found = survey.sights.iter().filter(is).count();
            count(seen.value.count.value, found, "seen")
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
            // That it came whole is for the run to say, which knows the file.
            let bytes = wanted.bytes?.value.0;
            match moved.as_slice() {
                [] => Some("it was not moved at all".to_owned()),
                some if some.contains(&bytes) => None,
                [1, ..] => Some("1 byte was".to_owned()),
                [first, ..] => Some(format!("{first} bytes were")),
            }
        }
        Check::Cleartext(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{PlayOptions, play};
    use crate::scenario::model::EXPERT_FLAGS;
    use crate::scenario::{Override, builtin};

    #[test]
    fn the_language_names_all_verdicts() {
        let known = EXPERT_FLAGS.map(|(flag, _)| flag);
        assert_eq!(Verdicts::ALL.map(|(_, flag, _)| flag), known);
    }

    #[test]
    fn of_several_segments_the_one_that_is_looked_at_is_named() {
        for (name, place) in [("nat-active", Some("`wan`")), ("ftp-connect", None)] {
            let change = Override::parse("checks=[{ frames: 9 }]").unwrap();
            let loaded = builtin::find(name).unwrap().load(&[change]).unwrap();
            let failures = play(&loaded, PlayOptions::default()).unwrap().failures;
            let help = failures.last().unwrap().help.as_deref();
            assert_eq!(help.is_some(), place.is_some(), "{help:?}");
            assert!(help.unwrap_or_default().contains(place.unwrap_or_default()));
        }
    }

    /// What fails in a built-in when one of its values is another.
    fn failures(name: &str, set: &str) -> Vec<String> {
        let change = Override::parse(set).unwrap();
        let loaded = builtin::find(name).unwrap().load(&[change]);
        let loaded = loaded.unwrap_or_else(|wrong| panic!("{wrong}"));
        let played = play(&loaded, PlayOptions::default()).unwrap();
        let told = |d: Diagnostic| match d.label {
            Some(label) => format!("{} ({label})", d.message),
            None => d.message,
        };
        played.failures.into_iter().map(told).collect()
    }

    #[test]
    fn what_does_not_hold_is_told_with_what_was_seen() {
        let cases = [
            ("checks.0.frames=21", "check failed: 21 frames (20 frames)"),
            (
                "checks.1.tcp_connections=2",
                "check failed: 2 TCP connections (1 was begun)",
            ),
            (
                "checks.2.replies.count=3",
                "check failed: 3 replies 230 (1 was sent)",
            ),
            (
                "checks.3.cleartext=kruger",
                "check failed: \"kruger\" in clear text (no frame carries it)",
            ),
            (
                "checks.4.frame.number=2",
                "check failed: frame 2 is ARP request (frame 1 is)",
            ),
            (
                "checks.4.frame.number=99",
                "check failed: frame 99 is ARP request (there are 20 frames)",
            ),
            (
                "checks.0={ transfer: { name: x, bytes: 1B } }",
                "check failed: 1 byte of x (it was not moved at all)",
            ),
            (
                "checks.0={ transfer: { name: x, whole: true } }",
                "check failed: the whole of x (it was not moved at all)",
            ),
            (
                "checks.0={ refused: 1 }",
                "check failed: 1 refused connection (0 were refused)",
            ),
            (
                "expert={ retransmission: 1 }",
                "TCP analysis flags no frame as retransmission where `expert` lists 1",
            ),
            (
                "limits={ frames: 10 }",
                "the run was stopped: limit of frames reached",
            ),
            (
                "notes=[{ arp: request, nth: 7, say: x }]",
                "this note found no frame: ARP request, number 7 of its kind",
            ),
            ("actors.fred.script.1.expect=530", "`fred` did not get on: "),
        ];
        for (set, expected) in cases {
            let told = failures("ftp-connect", set);
            assert!(
                told.iter().any(|t| t.starts_with(expected)),
                "{set}: {told:#?}"
            );
        }
        assert_eq!(
            failures("ftp-refuse", "expert={}"),
            ["TCP analysis flags 2 frames (5, 7) as retransmission; `expert` lists none"]
        );
        // Of several segments it is said where the frames are counted.
        let told = failures("nat-helper", "expert={ retransmission: 1 }");
        let expected = "TCP analysis at `wan` flags no frame as retransmission";
        assert!(told.iter().any(|t| t.starts_with(expected)), "{told:#?}");
    }
}
