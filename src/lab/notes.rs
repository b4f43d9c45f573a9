//! The scenario's notes, joined to the frames they are on.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Run;
use super::addresses::Addresses;
use super::checks::first_actor;
use super::sight::{Sight, Survey};
use crate::actor::StepReport;
use crate::capture::Capture;
use crate::scenario::compile::{fill_in, numbered, words};
use crate::scenario::model::{Actor, Each, Errand, FrameSelector, Note, Scenario, Step, Verb};
use crate::scenario::{Diagnostic, Span};
use crate::time::Timestamp;
use crate::trace::FrameId;

/// Notes by the place of their frame, from 0, in the capture that was surveyed.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<usize, Vec<String>>);

/// What came of the notes.
pub(super) struct Joined {
    /// The notes that found their frames.
    pub notes: Notes,
    /// Notes that found none.
    pub nowhere: Vec<Diagnostic>,
}

impl Notes {
    fn add(&mut self, place: usize, text: String) {
        let list = self.0.entry(place).or_default();
        if !list.contains(&text) {
            list.push(text);
        }
    }

    /// Puts the notes on the frames of the capture that was surveyed.
    pub fn write(self, capture: &mut Capture) {
        for (place, texts) in self.0 {
            if let Some(frame) = capture.frames.get_mut(place) {
                frame.comments.extend(texts);
            }
        }
    }

    /// Puts the notes on the same transmissions as another tap saw them;
    /// `ids` are those of the capture that was surveyed.
    pub fn write_by_id(self, ids: &[Option<FrameId>], capture: &mut Capture) {
        let by_id: BTreeMap<FrameId, Vec<String>> = self
            .0
            .into_iter()
            .filter_map(|(place, texts)| Some((ids.get(place).copied()??, texts)))
            .collect();
        for frame in &mut capture.frames {
            let texts = frame.id.and_then(|id| by_id.get(&id));
            frame.comments.extend(texts.into_iter().flatten().cloned());
        }
    }
}

/// Finds the frame of every note.
pub(super) fn join(
    scenario: &Scenario,
    run: &Run,
    (survey, behind): (&Survey, &[Vec<IpAddr>]),
    addresses: &Addresses,
) -> Joined {
    let mut joiner = Joiner {
        scenario,
        clock: run.clock,
        survey,
        behind,
        addresses,
        notes: Notes::default(),
        nowhere: Vec::new(),
    };
    for note in &scenario.notes {
        let all = 0..survey.sights.len();
        match note.frame.as_ref().and_then(|what| joiner.find(what, all)) {
            Some(place) => joiner.notes.add(place, note.say.value.clone()),
            None => joiner.lost(note),
        }
    }
    let reports = run.reports.iter().skip(first_actor(scenario));
    for (actor, report) in scenario.actors.iter().zip(reports) {
        joiner.actor(&actor.value, &report.steps);
    }
    Joined {
        notes: joiner.notes,
        nowhere: joiner.nowhere,
    }
}

struct Joiner<'a> {
    scenario: &'a Scenario,
    clock: Timestamp,
    survey: &'a Survey,
    /// The addresses that each frame has on the other side of a NAT.
    behind: &'a [Vec<IpAddr>],
    addresses: &'a Addresses,
    notes: Notes,
    nowhere: Vec<Diagnostic>,
}

impl Joiner<'_> {
    fn lost(&mut self, note: &Note) {
        let message = match &note.frame {
            Some(what) => format!("this note found no frame: {what}"),
            None => "this note found no frame".to_owned(),
        };
        self.nowhere.push(Diagnostic::error(message, note.say.span));
    }

    fn actor(&mut self, actor: &Actor, played: &[StepReport]) {
        let loops = loops(&actor.script);
        let all = numbered(&actor.script);
        for (step, number) in all.iter().copied().zip(0u32..) {
            let around = loops.get(&number).copied();
            let words = around.map(|each| words(self.scenario, &each.word.value));
            for note in &step.notes {
                let mut found = false;
                for (place, report) in played.iter().enumerate() {
                    if report.step != number {
                        continue;
                    }
                    let mut later = played.iter().skip(place + 1);
                    // What an errand sends is heard while its actor waits.
                    let waits = |next: &&StepReport| {
                        let verb = all.get(next.step as usize).map(|step| &step.verb);
                        matches!(verb, Some(Verb::Wait(_)))
                    };
                    let next = match step.verb {
                        Verb::Errand(_) => later.find(|next| !waits(next)),
                        _ => later.next(),
                    };
                    let window = self.window(actor, step, report, next);
                    if let Some(frame) = self.own_frame(step, note, &window) {
                        found = true;
                        let text = text(note, report, words.as_deref());
                        self.notes.add(frame, text);
                    }
                }
                // A step that was never begun has failed for a reason of its own.
                let was_played = played.iter().any(|report| report.step == number);
                if !found && was_played {
                    self.lost(note);
                }
            }
        }
    }

    /// The frames of a step: those to and from its actor's host, from its
    /// beginning to that of the next. What is injected may be from anybody.
    fn window(
        &self,
        actor: &Actor,
        verb: &Step,
        step: &StepReport,
        next: Option<&StepReport>,
    ) -> Vec<usize> {
        let anybodys = matches!(
            verb.verb,
            Verb::Errand(Errand::Inject(_) | Errand::Spoof(_))
        );
        let host = actor.host.value.as_str();
        let mine = |address| self.addresses.bears(host, address);
        let begin = self.clock.at(step.began);
        let end = next.map(|next| self.clock.at(next.began));
        let sights = self.survey.sights.iter().enumerate();
        sights
            .filter(|(place, sight)| {
                let is_mine = sight.ends.is_some_and(|(from, to)| mine(from) || mine(to));
                let behind = self.behind.get(*place).map_or(&[][..], Vec::as_slice);
                let is_mine = is_mine || behind.iter().any(|end| mine(*end));
                (is_mine || anybodys) && sight.at >= begin && end.is_none_or(|end| sight.at < end)
            })
            .map(|(place, _)| place)
            .collect()
    }

    fn find(&self, what: &FrameSelector, places: impl Iterator<Item = usize>) -> Option<usize> {
        let nth = what.nth.map_or(1, |nth| nth.value).max(1);
        let sight = |place: usize| self.survey.sights.get(place);
        places
            .filter(|place| sight(*place).is_some_and(|s| s.is(what, self.addresses)))
            .nth(usize::try_from(nth - 1).ok()?)
    }

    /// The frame that a note of a step is on. Without a selector that is the
    /// one with the step's own command; of `connect`, the greeting; and where
    /// there is no FTP at all, the step's first.
    fn own_frame(&self, step: &Step, note: &Note, window: &[usize]) -> Option<usize> {
        if let Some(what) = &note.frame {
            return self.find(what, window.iter().copied());
        }
        let first = |wanted: &dyn Fn(&Sight) -> bool| {
            let sights = window
                .iter()
                .filter_map(|p| Some((*p, self.survey.sights.get(*p)?)));
            let mut found = sights.filter(|(_, sight)| wanted(sight));
            found.next().map(|(place, _)| place)
        };
        if let Verb::Errand(_) = step.verb {
            return window.first().copied();
        }
        let own = own_commands(&step.verb);
        first(&|sight| sight.verbs.iter().any(|verb| own.contains(&verb.as_str())))
            .or_else(|| first(&|sight| sight.is_control))
            .or_else(|| window.first().copied())
    }
}

/// The commands that a verb is named for.
fn own_commands(verb: &Verb) -> &'static [&'static str] {
    match verb {
        Verb::Login(_) => &["USER"],
        Verb::List(_) | Verb::Dir(_) => &["LIST"],
        Verb::Nlst(_) => &["NLST"],
        Verb::Ls(_) => &["NLST", "LIST"],
        Verb::Get(_) | Verb::Mget(_) => &["RETR"],
        Verb::Put(_) | Verb::Mput(_) => &["STOR", "APPE", "STOU"],
        Verb::Mlsd(_) => &["MLSD"],
        Verb::Cd(_) => &["CWD"],
        Verb::Up => &["CDUP"],
        Verb::Pwd => &["PWD", "XPWD"],
        Verb::Mkdir(_) => &["MKD", "XMKD"],
        Verb::Rmdir(_) => &["RMD", "XRMD"],
        Verb::Delete(_) => &["DELE"],
        Verb::Rename { .. } => &["RNFR"],
        Verb::Site(_) => &["SITE"],
        Verb::Quit => &["QUIT"],
        Verb::Ascii | Verb::Bin => &["TYPE"],
        Verb::Connect(_) | Verb::Send(_) | Verb::Wait(_) | Verb::Each(_) => &[],
        Verb::Mode(_) | Verb::Close | Verb::Reset | Verb::Errand(_) => &[],
    }
}

/// The text of a note, with the word of its round.
fn text(note: &Note, report: &StepReport, words: Option<&[String]>) -> String {
    let said = &note.say.value;
    let (Some((index, total)), Some(words)) = (report.round, words) else {
        return said.clone();
    };
    let word = words.get(index.saturating_sub(1) as usize);
    fill_in(said, word.map_or("", |w| w), index as usize, total as usize)
}

/// The innermost loop around each step, by the step's number.
fn loops(script: &[Step]) -> BTreeMap<u32, &Each> {
    fn walk<'s>(
        steps: &'s [Step],
        around: Option<&'s Each>,
        number: &mut u32,
        found: &mut BTreeMap<u32, &'s Each>,
    ) {
        for step in steps {
            if let Some(each) = around {
                found.insert(*number, each);
            }
            *number += 1;
            if let Verb::Each(each) = &step.verb {
                walk(&each.steps, Some(each), number, found);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(script, None, &mut 0, &mut found);
    found
}

/// The place of a step's verb, by its number.
pub(super) fn step_span(scenario: &Scenario, actor: usize, number: u32) -> Option<Span> {
    let actor = scenario.actors.things.get(actor)?;
    let steps = numbered(&actor.value.script);
    steps.get(number as usize).map(|step| step.span)
}
