//! Exercises: a trace of their own for each student, questions whose answers
//! are computed from its frames, grades.
//!
//! An exercise names a scenario, says what of it varies, and asks questions.
//! What a student gets follows from the class's secret and the student's id
//! ([`Variant::draw`]); what is right follows from the frames of the student's
//! capture ([`prepare`]). Nobody writes an answer by hand.

mod answer;
mod braces;
pub mod builtin;
pub mod check;
mod collusion;

pub mod export;
mod facts;
mod fit;
pub mod grade;
pub mod key;
mod model;
mod query;
pub mod roster;
pub mod schema;
pub mod sheet;
mod variant;

use crate::analyze::Analyzer;
use crate::capture::Capture;
use crate::dissect::Dissector;
use crate::scenario::decode::Decoder;
use crate::scenario::overrides::misplaced;
use crate::scenario::source::without_mark;
use crate::scenario::{Diagnostic, Diagnostics, Override, Severity, Sources, Span, yaml};

pub use answer::Answer;
pub use collusion::{Suspicion, suspicions};
pub use fit::{Misfit, misfit};
pub use model::{Draw, Exercise, FORMAT_VERSION, Mistake, Question, Variable};
pub use query::{Item, Nth, Pick, Query, Range};
pub use variant::{
    Asked, Drawn, MIN_SECRET, Prepared, Secret, Variant, VariantError, lettered, prepare,
};

/// An exercise that can be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Its name: that of its file without folder and ending.
    pub name: String,
    /// What it says.
    pub exercise: Exercise,
    /// The name of its scenario.
    pub scenario_name: String,
    /// The text of its scenario.
    pub scenario: String,
}

/// Reads the exercise `text` of that `name`: a file of its own, or a scenario
/// with an exercise about itself in it. `beside` finds a scenario that is no
/// built-in, by the name that the exercise gives.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(
    name: &str,
    text: &str,
    beside: &dyn Fn(&str) -> Option<String>,
) -> Result<Loaded, Diagnostics> {
    let text = without_mark(text);
    let mut d = Decoder::default();
    let templates = builtin::templates();
    let names: Vec<&str> = templates.iter().map(|(name, _)| name.as_str()).collect();
    let find = |name: &str| {
        let found = templates.iter().find(|(n, _)| n == name);
        found.map(|(_, question)| question.clone())
    };
    let mut is_inside = false;
    let exercise = match yaml::read(text, 0) {
        Ok(root) => match Exercise::inside(name, &root) {
            Some((around, node)) => {
                is_inside = true;
                match node {
                    Some(node) => Exercise::decode(&mut d, text, node, Some(around), &names, &find),
                    None => d.fail(
                        Diagnostic::error("this scenario has no `exercise` in it", around.span())
                            .help("write one, as in `exercise: { questions: [client-isn] }`"),
                    ),
                }
            }
            None => Exercise::decode(&mut d, text, &root, None, &names, &find),
        },
        Err(wrong) => d.fail(*wrong),
    };
    let mut loaded = None;
    let mut sources = Sources::new(name, text);
    if let Some((exercise, is_whole)) = exercise {
        let wanted = exercise.scenario.value.clone();
        let found = match crate::scenario::builtin::find(&wanted) {
            _ if is_inside => Some(text.to_owned()),
            Some(builtin) => Some(builtin.text.to_owned()),
            None => beside(&wanted),
        };
        match found {
            Some(scenario) => {
                let this = Loaded {
                    name: short_name(name).to_owned(),
                    exercise,
                    scenario_name: wanted,
                    scenario,
                };
                let around = is_inside.then_some(0);
                d.diagnostics
                    .extend(this.try_out(name, is_whole, around, &mut sources));
                loaded = Some(this);
            }
            None => {
                let message = format!("there is no scenario `{wanted}`");
                let help = match crate::scenario::builtin::nearest(&wanted) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "a built-in's name, or a file beside the exercise".into(),
                };
                d.diagnostics
                    .push(Diagnostic::error(message, exercise.scenario.span).help(help));
            }
        }
    }
    let mut list = d.diagnostics;
    list.sort_by_key(|d| (d.span.text, d.span.start));
    let wrong = list.iter().any(|d| d.severity == Severity::Error);
    match loaded {
        Some(loaded) if !wrong => Ok(loaded),
        _ => Err(Diagnostics { sources, list }),
    }
}

/// The answer to one question about a capture: `question` is what stands in the
/// braces of an exercise's `answer: { … }`. `None` when the frames hold none.
///
/// # Errors
/// When the question cannot be understood.
pub fn answer(question: &str, capture: &Capture) -> Result<Option<Answer>, Diagnostics> {
    use crate::scenario::decode::Decode as _;
    let text = format!("{{ {question} }}");
    let mut d = Decoder::default();
    let query = match yaml::read(&text, 0) {
        Ok(root) => Query::decode(&mut d, &root),
        Err(wrong) => d.fail(*wrong),
    };
    match query {
        Some(query) if d.diagnostics.is_empty() => {
            let facts = facts::Facts::of(capture, std::iter::once(&query));
            let order: Vec<usize> = (0..answer::LETTERS.len()).collect();
            Ok(facts.answer(&query, &order))
        }
        _ => Err(Diagnostics {
            sources: Sources::new("the question", &text),
            list: d.diagnostics,
        }),
    }
}

/// A file's name without its folder and its ending.
fn short_name(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = name.strip_suffix(".yaml").or(name.strip_suffix(".yml"));
    stem.unwrap_or(name)
}

impl Loaded {
    /// Draws a variant for nobody: what is wrong with the scenario then, is
    /// wrong with the exercise. Where some of what varies could not be read, the scenario
    /// as it is and the paths are all that can be looked at. Mistakes of the scenario's own
    /// are told where they stand: in the text of number `own` of `sources`, which gets one
    /// if there is none.
    fn try_out(
        &self,
        name: &str,
        is_whole: bool,
        own: Option<u16>,
        sources: &mut Sources,
    ) -> Vec<Diagnostic> {
        let Ok(secret) = Secret::new(&[b'x'; MIN_SECRET]) else {
            return Vec::new();
        };
        let variant = Variant::draw(&self.exercise, &self.name, &secret, "nobody");
        let (scenario, text) = (&self.scenario_name, &self.scenario);
        let changes: &[Override] = if is_whole { &variant.overrides } else { &[] };
        let loaded = crate::scenario::load(scenario, text, changes);
        let mut wrong = loaded.err().map_or_else(Vec::new, |wrong| wrong.list);
        if !is_whole {
            wrong.extend(misplaced(scenario, text, &variant.overrides));
        }
        if wrong.is_empty() {
            return Vec::new();
        }
        let own = own.unwrap_or_else(|| {
            let folder = name.rfind(['/', '\\']).map_or(0, |end| end + 1);
            let folder = name.get(..folder).unwrap_or_default();
            let is_builtin = crate::scenario::builtin::find(&self.scenario_name).is_some();
            let folder = if is_builtin { "" } else { folder };
            let path = format!("{folder}{}", self.scenario_name);
            sources.add(path, self.scenario.clone())
        });
        // Where each override is written in the exercise.
        let variables = self.exercise.variables.iter();
        let mut places: Vec<Span> = variables
            .flat_map(|(_, variable)| variable.set.iter().map(|path| path.span))
            .collect();
        places.extend(self.exercise.set.iter().map(|(path, _)| path.span));
        let moved = |span: Span| match usize::from(span.text).checked_sub(1) {
            None => Some(Span { text: own, ..span }),
            Some(at) => places.get(at).copied(),
        };
        let found = wrong.into_iter().map(|wrong| Diagnostic {
            span: moved(wrong.span).unwrap_or(self.exercise.scenario.span),
            label: wrong.label.filter(|_| wrong.span.text == 0),
            related: wrong
                .related
                .and_then(|(span, why)| Some((moved(span)?, why))),
            ..wrong
        });
        found.collect()
    }
}

/// How difficult a capture is to read: what must not differ much between students.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measures {
    /// Frames.
    pub frames: u64,
    /// TCP connections.
    pub connections: u64,
    /// FTP sessions.
    pub sessions: u64,
    /// FTP commands.
    pub commands: u64,
    /// Transfers, the prepared ones too.
    pub transfers: u64,
    /// Logins that failed.
    pub failed_logins: u64,
    /// Segments that were sent again.
    pub retransmissions: u64,
}

impl Measures {
    /// Measures a capture.
    pub fn of(capture: &Capture) -> Measures {
        let mut dissector = Dissector::new();
        let mut analyzer = Analyzer::new();
        for frame in capture.frames() {
            analyzer.note(&dissector.dissect(frame));
        }
        let report = analyzer.finish(&dissector);
        let sum =
            |of: fn(&crate::analyze::SessionReport) -> u64| report.sessions.iter().map(of).sum();
        Measures {
            frames: report.capture.frames,
            connections: report.capture.conversations,
            sessions: report.sessions.len() as u64,
            commands: sum(|s| u64::from(s.commands)),
            transfers: sum(|s| s.transfers.len() as u64),
            failed_logins: sum(|s| u64::from(s.failed_logins)),
            retransmissions: report.capture.retransmissions,
        }
    }

    /// The measures by name.
    pub fn named(&self) -> [(&'static str, u64); 7] {
        [
            ("frames", self.frames),
            ("connections", self.connections),
            ("sessions", self.sessions),
            ("commands", self.commands),
            ("transfers", self.transfers),
            ("failed logins", self.failed_logins),
            ("retransmissions", self.retransmissions),
        ]
    }
}
