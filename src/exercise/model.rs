//! An exercise as typed values: where it comes from, what varies, what is asked.

use crate::scenario::decode::{Decode, Decoder, clip, suggestion, unknown_key};
use crate::scenario::yaml::{Node, Scalar, ScalarKind};
use crate::scenario::{Diagnostic, Span, Spanned};

use super::braces;
use super::query::Query;

/// The version of the exercise format that this program speaks.
pub const FORMAT_VERSION: u64 = 1;

/// An exercise: a scenario, what varies of it from student to student, and
/// what is asked about its capture.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// What it is called.
    pub title: Spanned<String>,
    /// What a student is told before the questions.
    pub about: Option<Spanned<String>>,
    /// The scenario: the name of a built-in, or of a file beside the exercise.
    pub scenario: Spanned<String>,
    /// What is drawn for each student, in this order.
    pub variables: Vec<(Spanned<String>, Variable)>,
    /// Values of the scenario that hold variables: path, and YAML with `{name}` in it.
    pub set: Vec<(Spanned<String>, Spanned<String>)>,
    /// What is asked.
    pub questions: Vec<Question>,
}

/// Something drawn for each student.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// The paths of the scenario that take it, as `--set` names them.
    pub set: Vec<Spanned<String>>,
    /// Out of what it is drawn.
    pub draw: Draw,
}

/// Out of what a value is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Draw {
    /// A whole number, both ends included.
    Range(u64, u64),
    /// One of these.
    OneOf(Vec<String>),
    /// So many of these, each once, in an order that is drawn too.
    Sample {
        /// Out of these.
        of: Vec<String>,
        /// So many.
        count: usize,
    },
    /// One of the words that another variable has drawn.
    From(Spanned<String>),
    /// A host's address in a network: its first address and how many there
    /// are, without those that are taken.
    Address {
        /// The network's own address as a number.
        network: u32,
        /// How many addresses it has.
        size: u32,
        /// Addresses that are not drawn.
        except: Vec<u32>,
    },
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its name, unique in the exercise.
    pub id: Spanned<String>,
    /// What is asked.
    pub ask: String,
    /// What it counts.
    pub points: u64,
    /// Answers should differ from student to student.
    pub varies: bool,
    /// What is right in part earns a part of the points.
    pub partial: bool,
    /// How the answer is found in the frames.
    pub answer: Query,
    /// What to look at, for those who are stuck; printed on the sheet.
    pub hint: Option<String>,
    /// What a right answer is told.
    pub right: Option<String>,
    /// What a wrong answer is told.
    pub wrong: Option<String>,
    /// Answers that are wrong for a known reason.
    pub mistakes: Vec<Mistake>,
}

/// An answer that is wrong for a known reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// How it is found in the frames.
    pub answer: Query,
    /// What whoever gives it is told.
    pub say: String,
}

/// The lists of words that `one_of` and `sample` know by name.
const LISTS: &[(&str, &[&str])] = &[
    (
        "people",
        &[
            "alice", "amir", "anna", "bela", "boris", "carla", "chen", "clara", "david", "dora",
            "elena", "emil", "farah", "felix", "frida", "george", "hanna", "hugo", "ines", "ivan",
            "james", "jana", "kaito", "karim", "laura", "leila", "lucas", "maria", "milan",
            "nadia", "noah", "olga", "oscar", "paula", "pedro", "rania", "ravi", "rosa", "samir",
            "sofia", "tarek", "theo", "ursel", "vera", "viktor", "wanda", "yusuf", "zoe",
        ],
    ),
    (
        "passwords",
        &[
            "anchor7", "autumn3", "bamboo9", "candle5", "cobalt2", "comet48", "copper6", "cricket",
            "delta19", "falcon4", "feather", "fjord88", "garnet1", "glacier", "harbour", "hazel77",
            "indigo8", "island3", "jasmine", "juniper", "kestrel", "lantern", "lemon42", "magnet5",
            "maple31", "meadow6", "nickel9", "nutmeg2", "orchid7", "osprey1", "pebble4", "pepper8",
            "quartz3", "quiver6", "raven55", "saffron", "silver9", "sparrow", "summit2", "thistle",
            "timber7", "topaz66", "tulip98", "velvet5", "walnut1", "willow4", "yarrow8", "zephyr3",
        ],
    ),
    (
        "files",
        &[
            "agenda.txt",
            "alloys.txt",
            "basalt.txt",
            "beacon.txt",
            "bridge.txt",
            "budget.txt",
            "cables.txt",
            "canyon.txt",
            "census.txt",
            "clouds.txt",
            "coffee.txt",
            "comets.txt",
            "cypher.txt",
            "desert.txt",
            "engine.txt",
            "fossil.txt",
            "garden.txt",
            "granite.txt",
            "harvest.txt",
            "insect.txt",
            "jungle.txt",
            "ledger.txt",
            "lemurs.txt",
            "magnet.txt",
            "marble.txt",
            "mirror.txt",
            "morsel.txt",
            "museum.txt",
            "nebula.txt",
            "oxygen.txt",
            "parrot.txt",
            "piston.txt",
            "planet.txt",
            "poetry.txt",
            "radios.txt",
            "recipe.txt",
            "rivers.txt",
            "sample.txt",
            "school.txt",
            "shadow.txt",
            "survey.txt",
            "tundra.txt",
            "valley.txt",
            "violin.txt",
            "walrus.txt",
            "window.txt",
            "winter.txt",
            "yellow.txt",
        ],
    ),
];

/// The most that a list of words may hold, or a sample draw.
const MAX_WORDS: usize = 10_000;
/// The most questions of one exercise.
const MAX_QUESTIONS: usize = 500;

/// Columns of tables in which every question has one too.
pub(super) const TAKEN: [&str; 5] = ["student", "id", "name", "points", "of"];

/// Where questions that are only named are found.
pub type Find<'a> = dyn Fn(&str) -> Option<Question> + 'a;

/// What an exercise that stands in its scenario has from it.
pub(super) struct Around {
    scenario: Spanned<String>,
    title: Option<Spanned<String>>,
    about: Option<Spanned<String>>,
}

impl Around {
    /// Where the scenario begins.
    pub fn span(&self) -> Span {
        self.scenario.span
    }
}

impl Exercise {
    /// What is around an exercise when `root` is a scenario, and the exercise in
    /// it, if there is one.
    pub(super) fn inside<'n>(
        name: &str,
        root: &'n Spanned<Node>,
    ) -> Option<(Around, Option<&'n Spanned<Node>>)> {
        let Node::Map(entries) = &root.value else {
            return None;
        };
        let entry = |key: &str| entries.iter().find(|(k, _)| k.value == key);
        let (lab, _) = entry("lab")?;
        let words = |key: &str| match &entry(key)?.1 {
            Spanned {
                value: Node::Scalar(scalar),
                span,
            } => Some(Spanned::new(scalar.text.clone(), *span)),
            _ => None,
        };
        let around = Around {
            scenario: Spanned::new(name.to_owned(), lab.span),
            title: words("title"),
            about: words("about"),
        };
        Some((around, entry("exercise").map(|(_, node)| node)))
    }

    /// Reads an exercise of the text `source`; `find` tells a template by its name, of `templates`. What is
    /// right is had though other things are wrong, so that it can be looked at as well:
    /// with it comes whether all that varies could be read.
    pub(super) fn decode(
        d: &mut Decoder,
        source: &str,
        node: &Spanned<Node>,
        around: Option<Around>,
        templates: &[&str],
        find: &Find<'_>,
    ) -> Option<(Exercise, bool)> {
        let mut f = d.fields("an exercise", node)?;
        let f_span = f.span;
        let version: Option<Spanned<u64>> = match &around {
            Some(around) => Some(Spanned::new(FORMAT_VERSION, around.span())),
            None => f.req(d, "exercise"),
        };
        if let Some(version) = &version
            && version.value != FORMAT_VERSION
        {
            let message = format!("exercises of format {} cannot be read", version.value);
            let help = format!("this program speaks format {FORMAT_VERSION}");
            d.diagnostics
                .push(Diagnostic::error(message, version.span).help(help));
            return None;
        }
        let (title, about, scenario) = match around {
            None => (f.req(d, "title"), f.opt(d, "about"), f.req(d, "scenario")),
            Some(around) => {
                // A scenario needs no title, and its exercise may have its own.
                let title = f.opt(d, "title").or(around.title);
                let title = title.or_else(|| Some(around.scenario.clone()));
                let about = f.opt(d, "about").or(around.about);
                (title, about, Some(around.scenario))
            }
        };
        let told = d.diagnostics.len();
        let written = match f.entry("variables") {
            Some((_, node)) => decode_variables(d, node),
            None => Some(Vec::new()),
        };
        let mut is_whole = written.is_some();
        let written = written.unwrap_or_default();
        let names: Vec<&str> = written.iter().map(|(n, _)| n.value.as_str()).collect();
        let mut variables = Vec::new();
        for (place, (name, variable)) in written.iter().enumerate() {
            match variable {
                Some(variable) if is_drawn(d, variable, &names, place, &variables) => {
                    variables.push((name.clone(), variable.clone()));
                }
                _ => is_whole = false,
            }
        }
        let set = match f.entry("set") {
            Some((_, node)) => decode_set(d, node),
            None => Some(Vec::new()),
        };
        let set = set.unwrap_or_default();
        is_whole &= braces::are_known(d, &names, &set, source);
        // What is not understood might have taken them.
        if d.diagnostics.len() == told {
            braces::are_taken(d, &variables, &set);
        }
        let questions = match f.entry("questions") {
            Some((_, node)) => {
                called_twice(d, node);
                decode_questions(d, node, templates, find)
            }
            None => d.fail(Diagnostic::error("an exercise needs `questions`", f.span)),
        };
        f.finish(d);
        let exercise = Exercise {
            // That there is none has been told.
            title: title.unwrap_or_else(|| Spanned::new(String::new(), f_span)),
            about,
            scenario: scenario?,
            variables,
            set,
            questions: questions.unwrap_or_default(),
        };
        Some((exercise, is_whole))
    }

    /// What all questions count together.
    pub fn points(&self) -> u64 {
        self.questions.iter().map(|q| q.points).sum()
    }
}

/// Whether a variable can be drawn: if `from` another one, that must come before.
/// `names` are those of all, it is at `place`, and `before` are those before it that
/// could be read.
fn is_drawn(
    d: &mut Decoder,
    variable: &Variable,
    names: &[&str],
    place: usize,
    before: &[(Spanned<String>, Variable)],
) -> bool {
    let Draw::From(name) = &variable.draw else {
        return true;
    };
    let source = before.iter().find(|(n, _)| n.value == name.value);
    let (message, help) = match source.map(|(_, source)| &source.draw) {
        Some(Draw::Sample { .. }) => return true,
        Some(_) => (
            format!("`{}` is one word, not several", clip(&name.value)),
            "`from` picks one of the words of a `sample`".into(),
        ),
        // What is wrong with that one has been told.
        None if names.iter().take(place).any(|n| *n == name.value) => return false,
        None => (
            format!("no variable `{}` comes before", clip(&name.value)),
            suggestion(&name.value, names),
        ),
    };
    d.diagnostics
        .push(Diagnostic::error(message, name.span).help(help));
    false
}

/// Notes questions that have the name of another, whatever else is wrong with them.
fn called_twice(d: &mut Decoder, questions: &Spanned<Node>) {
    let Node::List(items) = &questions.value else {
        return;
    };
    let mut before: Vec<(&str, Span)> = Vec::new();
    for (name, span) in items.iter().take(MAX_QUESTIONS).filter_map(name_of) {
        match before.iter().find(|(first, _)| *first == name) {
            Some((_, first)) => d.diagnostics.push(
                Diagnostic::error(format!("two questions are called `{}`", clip(name)), span)
                    .related(*first, "the first one")
                    .help("give one of them another `id`"),
            ),
            None => before.push((name, span)),
        }
    }
}

/// The name that a question has, or has from its template.
fn name_of(question: &Spanned<Node>) -> Option<(&str, Span)> {
    let named = match &question.value {
        Node::Map(entries) => {
            let entry = |key: &str| entries.iter().find(|(k, _)| k.value == key);
            &entry("id").or_else(|| entry("template"))?.1
        }
        _ => question,
    };
    match &named.value {
        Node::Scalar(name) => Some((name.text.as_str(), named.span)),
        _ => None,
    }
}

/// Variables by name, `None` for those that could not be read.
type Written = Vec<(Spanned<String>, Option<Variable>)>;

fn decode_variables(d: &mut Decoder, node: &Spanned<Node>) -> Option<Written> {
    let Node::Map(entries) = &node.value else {
        return d.expected("variables by name (a mapping)", node);
    };
    let mut list: Written = Vec::new();
    for (key, value) in entries {
        if list.iter().any(|(k, _)| k.value == key.value) {
            let message = format!("`{}` is written twice", clip(&key.value));
            d.diagnostics.push(Diagnostic::error(message, key.span));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if key.value.is_empty() || !key.value.chars().all(plain) {
            let message = format!("`{}` is no name of a variable", clip(&key.value));
            let help = "letters, digits, - and _";
            d.diagnostics
                .push(Diagnostic::error(message, key.span).help(help));
        }
        list.push((key.clone(), Variable::decode(d, value)));
    }
    Some(list)
}

fn decode_set(
    d: &mut Decoder,
    node: &Spanned<Node>,
) -> Option<Vec<(Spanned<String>, Spanned<String>)>> {
    let Node::Map(entries) = &node.value else {
        return d.expected("paths of the scenario and their values (a mapping)", node);
    };
    let mut list = Vec::new();
    for (key, value) in entries {
        if let Some(text) = <Spanned<String>>::decode(d, value) {
            list.push((key.clone(), text));
        }
    }
    Some(list)
}

impl Decode for Variable {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a variable", node)?;
        let set = match f.entry("set") {
            Some((_, node)) => match &node.value {
                Node::List(_) => Vec::decode(d, node),
                _ => Spanned::decode(d, node).map(|path| vec![path]),
            },
            None => Some(Vec::new()),
        };
        let mut draws = Vec::new();
        if let Some((_, node)) = f.entry("range") {
            draws.push(decode_range(d, node));
        }
        if let Some((_, node)) = f.entry("one_of") {
            draws.push(decode_words(d, node).map(Draw::OneOf));
        }
        if let Some((_, node)) = f.entry("sample") {
            let of = decode_words(d, node);
            let count: Option<Spanned<u64>> = f.req(d, "count");
            draws.push(of.zip(count).and_then(|(of, count)| {
                let wanted = usize::try_from(count.value).unwrap_or(usize::MAX);
                if wanted == 0 || wanted > of.len() {
                    let message = format!("{wanted} of {} words cannot be drawn", of.len());
                    return d.fail(Diagnostic::error(message, count.span));
                }
                Some(Draw::Sample { of, count: wanted })
            }));
        }
        if let Some((_, node)) = f.entry("from") {
            draws.push(Spanned::decode(d, node).map(Draw::From));
        }
        if let Some((_, node)) = f.entry("address") {
            let except = match f.entry("except") {
                Some((_, node)) => Vec::<std::net::Ipv4Addr>::decode(d, node).unwrap_or_default(),
                None => Vec::new(),
            };
            draws.push(decode_address(d, node, &except));
        }
        let mut draws = draws.into_iter();
        let draw = match (draws.next(), draws.next()) {
            (Some(draw), None) => draw,
            (None, _) => {
                let message = "a variable needs `range`, `one_of`, `sample`, `from` or `address`";
                d.fail(Diagnostic::error(message, node.span))
            }
            (Some(_), Some(_)) => {
                let message = "a variable is drawn from one thing";
                d.fail(Diagnostic::error(message, node.span))
            }
        };
        f.finish(d);
        Some(Variable {
            set: set?,
            draw: draw?,
        })
    }
}

fn decode_range(d: &mut Decoder, node: &Spanned<Node>) -> Option<Draw> {
    if !matches!(node.value, Node::List(_)) {
        return d.expected("the lowest and the highest, as in [1025, 4999]", node);
    }
    let ends: Vec<u64> = Vec::decode(d, node)?;
    match ends.as_slice() {
        [low, high] if low <= high => Some(Draw::Range(*low, *high)),
        _ => d.fail(
            Diagnostic::error("a range has two ends", node.span)
                .help("the lower one first, as in [1025, 4999]"),
        ),
    }
}

/// A list of words, or the name of one of ours.
fn decode_words(d: &mut Decoder, node: &Spanned<Node>) -> Option<Vec<String>> {
    if let Node::Scalar(Scalar {
        text,
        kind: ScalarKind::Text,
    }) = &node.value
    {
        if let Some((_, words)) = LISTS.iter().find(|(name, _)| name == text) {
            return Some(words.iter().map(|w| (*w).to_owned()).collect());
        }
        let names: Vec<&str> = LISTS.iter().map(|(name, _)| *name).collect();
        let message = format!("there is no list of words `{}`", clip(text));
        return d.fail(Diagnostic::error(message, node.span).help(suggestion(text, &names)));
    }
    let words: Vec<String> = Vec::decode(d, node)?;
    if words.is_empty() || words.len() > MAX_WORDS {
        let message = format!("a list of {} words", words.len());
        let help = format!("from 1 to {MAX_WORDS}");
        return d.fail(Diagnostic::error(message, node.span).help(help));
    }
    Some(words)
}

fn decode_address(
    d: &mut Decoder,
    node: &Spanned<Node>,
    except: &[std::net::Ipv4Addr],
) -> Option<Draw> {
    d.word("a network such as 10.2.0.0/24", node, |text| {
        let (address, prefix) = text.split_once('/')?;
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let prefix: u32 = prefix.parse().ok().filter(|p| (8..=30).contains(p))?;
        let size = 1u32 << (32 - prefix);
        Some(Draw::Address {
            network: u32::from(address) & !(size - 1),
            size,
            except: except.iter().map(|a| u32::from(*a)).collect(),
        })
    })
}

fn decode_questions(
    d: &mut Decoder,
    node: &Spanned<Node>,
    templates: &[&str],
    find: &Find<'_>,
) -> Option<Vec<Question>> {
    let Node::List(items) = &node.value else {
        return d.expected("a list of questions", node);
    };
    if items.is_empty() || items.len() > MAX_QUESTIONS {
        let message = format!("an exercise with {} questions", items.len());
        let help = format!("from 1 to {MAX_QUESTIONS}");
        return d.fail(Diagnostic::error(message, node.span).help(help));
    }
    let read = items
        .iter()
        .filter_map(|item| decode_question(d, item, templates, find));
    Some(read.collect())
}

/// A question: written out, or a template with some of it changed.
pub(super) fn decode_question(
    d: &mut Decoder,
    node: &Spanned<Node>,
    templates: &[&str],
    find: &Find<'_>,
) -> Option<Question> {
    // `- client-isn` is short for `- template: client-isn`.
    if let Node::Scalar(scalar) = &node.value {
        return named(d, &scalar.text, node, templates, find);
    }
    let mut f = d.fields("a question", node)?;
    let (is_template, template) = match f.entry("template") {
        Some((_, node)) => {
            let name = d.scalar("the name of a template", node);
            let name = name.map(|s| s.text.clone());
            (
                true,
                name.and_then(|name| named(d, &name, node, templates, find)),
            )
        }
        None => (false, None),
    };
    let id: Option<Spanned<String>> = f.opt(d, "id");
    let ask: Option<Spanned<String>> = f.opt(d, "ask");
    if let Some(ask) = &ask
        && ask.value.trim().is_empty()
    {
        let message = "`ask` has no words: nothing is asked";
        d.diagnostics.push(Diagnostic::error(message, ask.span));
    }
    let points: Option<Spanned<u64>> = f.opt(d, "points");
    if let Some(points) = &points
        && !(1..=1000).contains(&points.value)
    {
        let message = "a question counts 1 to 1000 points";
        d.diagnostics.push(Diagnostic::error(message, points.span));
    }
    let varies = f.opt(d, "varies");
    let partial = f.opt(d, "partial");
    let answer = f.entry("answer");
    let answer: Option<Query> = match answer {
        Some((key, node)) if is_template => {
            let message = "a template knows its answer already";
            d.diagnostics.push(
                Diagnostic::error(message, key.span.to(node.span))
                    .help("leave out `template`, and write `ask` as well"),
            );
            None
        }
        Some((_, node)) => Query::decode(d, node),
        None if is_template => None,
        None => d.fail(
            Diagnostic::error("a question needs `answer`", f.span)
                .help("as in `answer: { frame: ftp.response.code == 230 }`, or a `template`"),
        ),
    };
    let hint = f.opt(d, "hint");
    let right = f.opt(d, "right");
    let wrong = f.opt(d, "wrong");
    let mistakes: Vec<Mistake> = f.or_default(d, "mistakes");
    if !is_template && id.is_none() {
        let message = "a question needs `id`, a short name that answers are handed in under";
        d.diagnostics.push(Diagnostic::error(message, f.span));
    }
    if !is_template && ask.is_none() {
        d.diagnostics
            .push(Diagnostic::error("a question needs `ask`", f.span));
    }
    f.finish(d);
    if let Some(id) = &id {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if id.value.is_empty() || !id.value.chars().all(plain) {
            let message = format!("`{}` is no name of a question", clip(&id.value));
            let help = "letters, digits, - and _";
            d.diagnostics
                .push(Diagnostic::error(message, id.span).help(help));
        }
        if TAKEN
            .iter()
            .any(|taken| id.value.eq_ignore_ascii_case(taken))
        {
            let message = format!(
                "`{}` cannot be a question's name: tables of answers and grades have a column \
                 of that name",
                id.value
            );
            let help = format!("as in `id: which-{}`", id.value.to_ascii_lowercase());
            d.diagnostics
                .push(Diagnostic::error(message, id.span).help(help));
        }
    }
    let mut question = match template {
        Some(template) => template,
        None if is_template => return None,
        None => {
            let answer = answer?;
            Question {
                id: id.clone()?,
                ask: ask.clone()?.value,
                points: 1,
                varies: answer.usually_varies(),
                partial: false,
                answer,
                hint: None,
                right: None,
                wrong: None,
                mistakes: Vec::new(),
            }
        }
    };
    question.id = id.unwrap_or(question.id);
    question.ask = ask.map_or(question.ask, |ask| ask.value);
    question.points = points.map_or(question.points, |p| p.value);
    question.varies = varies.unwrap_or(question.varies);
    question.partial = partial.unwrap_or(question.partial);
    question.hint = hint.or(question.hint);
    question.right = right.or(question.right);
    question.wrong = wrong.or(question.wrong);
    question.mistakes.extend(mistakes);
    Some(question)
}

/// The template of that name, as a question that stands here.
fn named(
    d: &mut Decoder,
    name: &str,
    node: &Spanned<Node>,
    templates: &[&str],
    find: &Find<'_>,
) -> Option<Question> {
    match find(name) {
        Some(mut question) => {
            question.id = Spanned::new(name.to_owned(), node.span);
            Some(question)
        }
        None => {
            let message = format!("there is no question template `{}`", clip(name));
            let help = match crate::scenario::suggest::did_you_mean(name, templates) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`wirelab exercise list --templates` lists them".into(),
            };
            d.fail(Diagnostic::error(message, node.span).help(help))
        }
    }
}

impl Decode for Mistake {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a mistake", node)?;
        let answer = match f.entry("answer") {
            Some((_, node)) => Query::decode(d, node),
            None => d.fail(Diagnostic::error("a mistake needs `answer`", f.span)),
        };
        let say = f.req(d, "say");
        f.finish(d);
        Some(Mistake {
            answer: answer?,
            say: say?,
        })
    }
}

/// Reads the library of templates: a mapping of names to questions.
pub(super) fn decode_templates(d: &mut Decoder, node: &Spanned<Node>) -> Vec<(String, Question)> {
    let Node::Map(entries) = &node.value else {
        d.expected::<()>("templates by name (a mapping)", node);
        return Vec::new();
    };
    let mut list = Vec::new();
    for (key, value) in entries {
        let Node::Map(inner) = &value.value else {
            d.expected::<()>("a question (a mapping)", value);
            continue;
        };
        if let Some((id, _)) = inner
            .iter()
            .find(|(k, _)| k.value == "id" || k.value == "template")
        {
            d.diagnostics.push(unknown_key("a template", id, &["ask"]));
            continue;
        }
        // The template's name is its question's.
        let name = Scalar {
            text: key.value.clone(),
            kind: ScalarKind::Text,
        };
        let mut inner = inner.clone();
        inner.push((
            Spanned::new("id".into(), key.span),
            Spanned::new(Node::Scalar(name), key.span),
        ));
        let node = Spanned::new(Node::Map(inner), value.span);
        if let Some(question) = decode_question(d, &node, &[], &|_| None) {
            list.push((key.value.clone(), question));
        }
    }
    list
}
