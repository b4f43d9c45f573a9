//! What one student gets: drawn from the class's secret and the student's id.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::actor::Outcome;
use crate::capture::Capture;
use crate::lab::{PlayOptions, hex, play};
use crate::rng::{Seed, Stream};
use crate::scenario::{self, Diagnostics, Override};
use crate::sim::Stop;

use super::answer::{Answer, LETTERS};
use super::braces;
use super::facts::{Facts, shuffled};
use super::model::{Draw, Exercise, Question};
use super::query::Query;
use super::{Loaded, Measures};

/// The shortest secret, in bytes: guessing it gives away every answer.
pub const MIN_SECRET: usize = 16;

/// The secret of a class. Whoever knows it can make everybody's variant again.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Without the secret itself.
impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Secret({})", self.fingerprint())
    }
}

impl Secret {
    /// The secret in a file: white space around it does not count.
    ///
    /// # Errors
    /// When it is too short to be one.
    pub fn new(bytes: &[u8]) -> Result<Secret, String> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < MIN_SECRET {
            return Err(format!(
                "a secret of {} bytes can be guessed: it needs {MIN_SECRET} at least",
                bytes.len()
            ));
        }
        Ok(Secret(bytes.to_vec()))
    }

    /// HMAC-SHA256 (RFC 2104) of parts, each ended by a zero byte.
    fn tag(&self, parts: &[&str]) -> [u8; 32] {
        let Ok(mut mac) = <Hmac<Sha256>>::new_from_slice(&self.0) else {
            // HMAC takes a key of any length.
            return [0; 32];
        };
        for part in parts {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        mac.finalize().into_bytes().into()
    }

    /// A few digits that tell one secret from another, and nothing of it.
    pub fn fingerprint(&self) -> String {
        let tag = self.tag(&["wirelab secret"]);
        hex(tag.get(..4).unwrap_or_default())
    }
}

/// A value that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// One word, number or address.
    One(String),
    /// Several words in order.
    Several(Vec<String>),
}

impl Drawn {
    /// As YAML that can stand in a flow collection.
    fn yaml(&self) -> String {
        match self {
            Drawn::One(word) => yaml_word(word),
            Drawn::Several(words) => {
                let words: Vec<String> = words.iter().map(|w| yaml_word(w)).collect();
                format!("[{}]", words.join(", "))
            }
        }
    }
}

impl core::fmt::Display for Drawn {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Drawn::One(word) => f.write_str(word),
            Drawn::Several(words) => f.write_str(&words.join(" ")),
        }
    }
}

/// A word bare where that is safe, so that it can stand within others, and
/// in quotes where YAML might take it for something else.
fn yaml_word(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let special = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(safe)
        && !special.contains(&word.to_ascii_lowercase().as_str());
    if is_word {
        return word.to_owned();
    }
    // A JSON string is a YAML string.
    serde_json::to_string(word).unwrap_or_default()
}

/// What one student gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The seed that the scenario is played with.
    pub seed: u64,
    /// The values that were drawn, by variable.
    pub values: Vec<(String, Drawn)>,
    /// What is changed in the scenario.
    pub overrides: Vec<Override>,
    dice: Seed,
}

impl Variant {
    /// Draws the variant of the student of that id.
    pub fn draw(exercise: &Exercise, name: &str, secret: &Secret, id: &str) -> Variant {
        let tag = secret.tag(&["wirelab exercise 1", name, id]);
        let word = |at: usize| {
            let bytes = tag.iter().skip(at).take(8);
            bytes.fold(0u64, |all, byte| all << 8 | u64::from(*byte))
        };
        let dice = Seed(word(8));
        let mut values: Vec<(String, Drawn)> = Vec::new();
        for (name, variable) in &exercise.variables {
            let mut stream = dice.derive(&format!("variable/{}", name.value));
            let drawn = draw(&variable.draw, &values, &mut stream);
            values.push((name.value.clone(), drawn));
        }
        let mut overrides = Vec::new();
        for ((_, variable), (_, drawn)) in exercise.variables.iter().zip(&values) {
            overrides.extend(variable.set.iter().map(|path| Override {
                path: path.value.clone(),
                value: drawn.yaml(),
            }));
        }
        for (path, text) in &exercise.set {
            let value = braces::filled(&text.value, !values.is_empty(), |word| {
                let (_, drawn) = values.iter().find(|(name, _)| name == word)?;
                Some(drawn.yaml().into())
            });
            overrides.push(Override {
                path: path.value.clone(),
                value,
            });
        }
        Variant {
            seed: word(0),
            values,
            overrides,
            dice,
        }
    }

    /// The order in which the items of a question are printed.
    fn order(&self, question: &Question) -> Vec<usize> {
        let items = match &question.answer {
            Query::Choice(items) | Query::Order(items) => items.len(),
            _ => 0,
        };
        let mut stream = self.dice.derive(&format!("order/{}", question.id.value));
        shuffled(items, &mut stream)
    }
}

fn draw(draw: &Draw, before: &[(String, Drawn)], dice: &mut Stream) -> Drawn {
    let one_of = |words: &[String], dice: &mut Stream| {
        let index = usize::try_from(dice.below(words.len() as u64)).unwrap_or(0);
        Drawn::One(words.get(index).cloned().unwrap_or_default())
    };
    match draw {
        Draw::Range(low, high) => {
            let span = (high - low).saturating_add(1);
            Drawn::One((low + dice.below(span)).to_string())
        }
        Draw::OneOf(words) => one_of(words, dice),
        Draw::Sample { of, count } => {
            let order = shuffled(of.len(), dice);
            let words = order
                .iter()
                .take(*count)
                .filter_map(|at| of.get(*at).cloned());
            Drawn::Several(words.collect())
        }
        Draw::From(name) => match before.iter().find(|(n, _)| *n == name.value) {
            Some((_, Drawn::Several(words))) => one_of(words, dice),
            _ => Drawn::One(String::new()),
        },
        Draw::Address {
            network,
            size,
            except,
        } => {
            let is_taken = |address: u32| {
                let text = std::net::Ipv4Addr::from(address).to_string();
                except.contains(&address)
                    || before
                        .iter()
                        .any(|(_, d)| matches!(d, Drawn::One(t) if *t == text))
            };
            // Without the network's own address and the one for everybody.
            let free = size.saturating_sub(2);
            let start = u32::try_from(dice.below(u64::from(free))).unwrap_or(0);
            let mut address = network.saturating_add(1 + start);
            for step in 0..free.min(4096) {
                address = network.saturating_add(1 + (start + step) % free.max(1));
                if !is_taken(address) {
                    break;
                }
            }
            Drawn::One(std::net::Ipv4Addr::from(address).to_string())
        }
    }
}

/// A question as one student is asked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question's name.
    pub id: String,
    /// What there is to choose from or to order, as it is lettered.
    pub options: Vec<String>,
    /// What of the student's capture is hidden for this question, in words.
    pub exhibit: Option<String>,
    /// The right answer.
    pub answer: Answer,
    /// Answers that are wrong for a known reason, and what to say of them.
    pub mistakes: Vec<(Answer, String)>,
}

impl Asked {
    /// What was written looks like an answer to this question. Of a choice it is one of
    /// its letters, or the words of one alone.
    pub fn is_legible(&self, written: &str) -> bool {
        if !matches!(self.answer, Answer::Choice(..)) {
            return self.answer.is_legible(written);
        }
        let options = LETTERS.chars().zip(&self.options);
        let choices = options.map(|(letter, words)| Answer::Choice(letter, words.clone()));
        choices.filter(|choice| choice.accepts(written)).count() == 1
    }
}

/// A student's variant, played and read.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What was drawn.
    pub variant: Variant,
    /// The student's capture, with its notes, and with nothing hidden.
    pub capture: Capture,
    /// The capture to hand out, where questions hide some of its bytes.
    pub blanked: Option<Capture>,
    /// The questions with their answers, in the exercise's order.
    pub asked: Vec<Asked>,
    /// How difficult it is.
    pub measures: Measures,
}

/// Why a variant cannot be used.
#[derive(Debug)]
pub enum VariantError {
    /// The values that were drawn make the scenario wrong.
    Scenario(Box<Diagnostics>),
    /// It was not played to its end.
    Unfinished(String),
    /// The frames hold no answer to some questions.
    NoAnswer {
        /// The questions' names.
        questions: Vec<String>,
    },
    /// What one question hides, others ask for.
    Hidden {
        /// The questions that cannot be answered any more.
        questions: Vec<String>,
    },
}

impl VariantError {
    /// The same, with an error for each question.
    pub fn one_by_one(self) -> Vec<VariantError> {
        let each = |questions: Vec<String>, of: fn(Vec<String>) -> VariantError| {
            questions.into_iter().map(|q| of(vec![q])).collect()
        };
        match self {
            VariantError::NoAnswer { questions } => {
                each(questions, |questions| VariantError::NoAnswer { questions })
            }
            VariantError::Hidden { questions } => {
                each(questions, |questions| VariantError::Hidden { questions })
            }
            other => vec![other],
        }
    }
}

impl core::fmt::Display for VariantError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            VariantError::Scenario(wrong) => write!(f, "{wrong}"),
            VariantError::Unfinished(why) => {
                write!(f, "the scenario does not come to its end: {why}")
            }
            VariantError::NoAnswer { questions } => {
                let questions = questions.join("`, `");
                write!(f, "the capture holds no answer to `{questions}`")
            }
            VariantError::Hidden { questions } => {
                let questions = questions.join("`, `");
                write!(f, "another question hides what `{questions}` asks for")
            }
        }
    }
}

impl std::error::Error for VariantError {}

/// Plays the variant of a student, and finds the answers in its frames.
///
/// # Errors
/// When what was drawn cannot be played, or some question has no answer.
pub fn prepare(loaded: &Loaded, secret: &Secret, id: &str) -> Result<Prepared, VariantError> {
    let exercise = &loaded.exercise;
    let variant = Variant::draw(exercise, &loaded.name, secret, id);
    let scenario = scenario::load(&loaded.scenario_name, &loaded.scenario, &variant.overrides)
        .map_err(|wrong| VariantError::Scenario(Box::new(wrong)))?;
    let options = PlayOptions {
        seed: Some(variant.seed),
        tap: None,
    };
    let played = play(&scenario, options).map_err(|e| VariantError::Unfinished(e.to_string()))?;
    // The scenario's own checks speak of its own values, and are not for variants.
    if played.run.stop != Stop::Finished {
        return Err(VariantError::Unfinished(played.run.stop.to_string()));
    }
    if let Some((actor, outcome)) = played.run.unfinished().next() {
        let names = &played.run.trace.actors;
        let name = names
            .get(usize::from(actor.0))
            .map_or("an actor", String::as_str);
        return Err(VariantError::Unfinished(told(name, outcome)));
    }
    let queries = || {
        let questions = exercise.questions.iter();
        questions.flat_map(|q| q.mistakes.iter().map(|m| &m.answer).chain([&q.answer]))
    };
    let facts = Facts::of(&played.capture, queries());
    let mut asked = Vec::new();
    let mut unanswered = Vec::new();
    for question in &exercise.questions {
        match ask(&facts, question, &variant) {
            Some(question) => asked.push(question),
            None => unanswered.push(question.id.value.clone()),
        }
    }
    if !unanswered.is_empty() {
        let questions = unanswered;
        return Err(VariantError::NoAnswer { questions });
    }
    let blanked = blank(&facts, exercise, &played.capture);
    if let Some(blanked) = &blanked {
        let left = Facts::of(blanked, queries());
        let is_lost = |question: &&Question| {
            let order = variant.order(question);
            let is_hidden = matches!(question.answer, Query::Hidden(..));
            let same =
                || facts.answer(&question.answer, &order) == left.answer(&question.answer, &order);
            !is_hidden && !same()
        };
        let lost = exercise.questions.iter().filter(is_lost);
        let questions: Vec<String> = lost.map(|question| question.id.value.clone()).collect();
        if !questions.is_empty() {
            return Err(VariantError::Hidden { questions });
        }
    }
    Ok(Prepared {
        measures: Measures::of(&played.capture),
        asked,
        blanked,
        capture: played.capture,
        variant,
    })
}

/// Why an actor did not come to the end of its script. Steps are counted from 1, as
/// everywhere where a person reads of them.
fn told(name: &str, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { step, message } => {
            format!("`{name}` did not get on in step {}: {message}", step + 1)
        }
        Outcome::Finished | Outcome::Running => {
            format!("`{name}` still had something to do when the run stopped")
        }
    }
}

/// The capture with zeros where questions hide something; `None` where none does.
fn blank(facts: &Facts, exercise: &Exercise, capture: &Capture) -> Option<Capture> {
    let questions = exercise.questions.iter();
    let hidden: Vec<_> = questions.filter_map(|q| facts.hidden(&q.answer)).collect();
    if hidden.is_empty() {
        return None;
    }
    let mut blanked = capture.clone();
    for (frame, place) in hidden {
        if let Some(frame) = blanked.frames.get_mut(frame) {
            *frame = frame.blanked(place);
        }
    }
    Some(blanked)
}

/// A question as the student of that variant is asked it; `None` if the frames hold no answer.
fn ask(facts: &Facts, question: &Question, variant: &Variant) -> Option<Asked> {
    let order = variant.order(question);
    let answer = facts.answer(&question.answer, &order)?;
    let options = match &question.answer {
        Query::Choice(items) | Query::Order(items) => order
            .iter()
            .filter_map(|at| items.get(*at))
            .map(|item| item.say.clone())
            .collect(),
        _ => Vec::new(),
    };
    let own = question.mistakes.iter().filter_map(|mistake| {
        let wrong = facts.answer(&mistake.answer, &order)?;
        Some((wrong, mistake.say.clone()))
    });
    let mut mistakes: Vec<(Answer, String)> = own.collect();
    mistakes.extend(facts.usual_mistakes(&question.answer));
    // What happens to be right is no mistake, and what was said is not said again.
    let right = answer.to_string();
    let mut seen = vec![right];
    mistakes.retain(|(wrong, _)| {
        let wrong = wrong.to_string();
        let is_new = !seen.contains(&wrong);
        seen.push(wrong);
        is_new
    });
    let exhibit = facts.hidden(&question.answer).map(|(frame, place)| {
        let frame = frame + 1;
        match place.len() {
            1 => format!(
                "In your capture, byte {} of frame {frame} is zero.",
                place.start
            ),
            _ => format!(
                "In your capture, bytes {} to {} of frame {frame} are zeros.",
                place.start,
                place.end.saturating_sub(1)
            ),
        }
    });
    Some(Asked {
        exhibit,
        id: question.id.value.clone(),
        options,
        answer,
        mistakes,
    })
}

/// An option with its letter.
pub fn lettered(options: &[String]) -> impl Iterator<Item = (char, &str)> {
    LETTERS.chars().zip(options.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::builtin;
    use crate::scenario::builtin as scenarios;

    fn facts_of(scenario: &str, questions: &[(String, Question)]) -> Facts {
        let loaded = scenarios::find(scenario).unwrap().load(&[]).unwrap();
        let played = play(&loaded, PlayOptions::default()).unwrap();
        let queries = questions.iter().map(|(_, q)| &q.answer);
        Facts::of(&played.capture, queries)
    }

    #[test]
    fn every_template_has_an_answer_in_some_scenario() {
        let templates = builtin::templates();
        let order: Vec<usize> = (0..26).collect();
        let mut open: Vec<&str> = templates.iter().map(|(name, _)| name.as_str()).collect();
        for scenario in [
            "ftp-connect",
            "ftp-listfiles",
            "ftp-putfile",
            "ftp-guesspassword",
            "ftp-snooping",
        ] {
            let facts = facts_of(scenario, &templates);
            open.retain(|name| {
                let (_, question) = templates.iter().find(|(n, _)| n == name).unwrap();
                facts.answer(&question.answer, &order).is_none()
            });
        }
        // These need somebody who is let in after guesses, a file that is
        // fetched, and a segment that is sent again.
        let facts = facts_of("ftp-retr", &templates);
        open.retain(|name| {
            !name.starts_with("retr-") && *name != "fetched-file" || {
                let (_, question) = templates.iter().find(|(n, _)| n == name).unwrap();
                facts.answer(&question.answer, &order).is_none()
            }
        });
        assert_eq!(
            open,
            ["first-retransmission"],
            "a SYN is not sent again there"
        );
    }

    /// The numbers that the scenarios' own checks hold, asked for as questions.
    #[test]
    fn answers_are_those_of_the_frames() {
        let templates = builtin::templates();
        let order: Vec<usize> = (0..26).collect();
        let ask = |facts: &Facts, name: &str| {
            let (_, question) = templates.iter().find(|(n, _)| n == name).unwrap();
            facts
                .answer(&question.answer, &order)
                .map(|a| a.to_string())
        };
        let facts = facts_of("ftp-listfiles", &templates);
        for (name, answer) in [
            ("data-port", "1039"),
            ("port-command", "10,2,0,2,4,15"),
            ("data-connection-syn", "19"),
            ("handshake-frames", "3, 4, 5"),
            ("connections", "2"),
            ("client-port", "1038"),
            ("user-name", "fred"),
            ("password", "krueger"),
            ("arp-question", "10.2.0.1"),
            ("sack-offered", "yes"),
            (
                "active-or-passive",
                "A: The server: the mode is active (PORT).",
            ),
            ("session-order", "D C A B E"),
            ("negative-replies", "0"),
            ("commands", "5"),
            ("login-reply", "230"),
            ("greeting-code", "220"),
        ] {
            assert_eq!(ask(&facts, name).as_deref(), Some(answer), "{name}");
        }
        let port = &templates.iter().find(|(n, _)| n == "data-port").unwrap().1;
        let wrong = facts.usual_mistakes(&port.answer);
        let wrong: Vec<String> = wrong.iter().map(|(a, _)| a.to_string()).collect();
        assert_eq!(wrong, ["3844", "19", "415"]);
        let facts = facts_of("ftp-refuse", &templates);
        assert_eq!(ask(&facts, "syn-retries").as_deref(), Some("3"));
        assert_eq!(
            ask(&facts, "refused-why").as_deref(),
            Some("A: It is refused: RST answers it.")
        );
        assert_eq!(ask(&facts, "first-retransmission").as_deref(), Some("5"));
        let facts = facts_of("ftp-guesspassword", &templates);
        assert_eq!(ask(&facts, "guess-count").as_deref(), Some("6"));
        assert_eq!(ask(&facts, "let-in").as_deref(), Some("no"));
    }

    #[test]
    fn a_variant_follows_from_secret_and_id_alone() {
        let loaded = builtin::find("password-guessing").unwrap().load().unwrap();
        let draw = |secret: &[u8], id| {
            let secret = Secret::new(secret).unwrap();
            Variant::draw(&loaded.exercise, &loaded.name, &secret, id)
        };
        let one = draw(b"sixteen letters!", "ann");
        assert_eq!(one, draw(b" sixteen letters!\r\n", "ann"));
        assert_ne!(one.seed, draw(b"sixteen letters!", "bob").seed);
        assert_ne!(one.seed, draw(b"sixteen letters?", "ann").seed);
        // Part of the trace epoch: a class that is under way must stay as it is.
        assert_eq!(one.seed, PINNED);
        assert!(Secret::new(b"too short").is_err());
        let told = format!("{:?}", Secret::new(b"sixteen letters!").unwrap());
        assert!(!told.contains("sixteen"), "{told}");
    }
    /// Computed with another implementation of HMAC-SHA256.
    const PINNED: u64 = 1_933_860_598_823_223_267;

    #[test]
    fn words_stay_words() {
        for (word, yaml) in [
            ("krueger", "krueger"),
            ("yes", "\"yes\""),
            ("a b", "\"a b\""),
            ("12", "12"),
            ("10.2.0.1", "10.2.0.1"),
            ("x\"y", "\"x\\\"y\""),
        ] {
            assert_eq!(yaml_word(word), yaml);
        }
    }
}
