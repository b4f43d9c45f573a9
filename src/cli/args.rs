//! What can be said on the command line.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as ClapArgs, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::failure::Failure;
use super::places::Places;
use crate::scenario::Override;

/// A deterministic network simulator and teaching lab.
///
/// A scenario is a YAML file or the name of a built-in (`wirelab list`). The
/// same scenario and the same seed give the same bytes.
#[derive(Debug, Parser)]
#[command(name = "wirelab", version, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 ok, 1 a difference or a failed check, 2 wrong usage or \
                        scenario, 3 input or output failed, 70 a bug in wirelab.\n\
                        Environment: COLUMNS is how wide to write, 20 at least; NO_COLOR: \
                        without colours."
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub verb: Verb,
    #[command(flatten)]
    pub how: How,
}

/// What holds for every verb that takes a scenario.
#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Options for every scenario")]
pub(super) struct How {
    /// Play with this seed instead of the scenario's own
    #[arg(long, global = true, value_name = "N", value_parser = whole)]
    pub seed: Option<u64>,
    /// Capture here: a tap, a segment or a machine of the scenario; several with
    /// commas between them are interfaces of one pcapng, or one pcap each, x.TAP.pcap.
    /// Of a capture: take this interface alone, its frames numbered from 1, unlike in the
    /// whole capture and in its labels
    #[arg(long, global = true, value_name = "NAME")]
    pub tap: Option<String>,
    /// Set a value of the scenario, as in hosts.client.ip=10.2.0.9
    #[arg(long = "set", global = true, value_name = "PATH=VALUE", value_parser = parse_set)]
    pub set: Vec<Override>,
    /// The files that the verb reads and writes.
    #[arg(skip)]
    pub places: Places,
}

impl How {
    /// Refuses what would play a scenario otherwise where a capture is read: of its
    /// interfaces one may be chosen.
    pub(super) fn may_choose_a_tap(&self, why: &str) -> Result<(), Failure> {
        if self.seed.is_none() && self.set.is_empty() {
            return Ok(());
        }
        Err(Failure::Usage {
            message: format!("--seed and --set are for scenarios: {why}"),
            help: Some("leave them out".into()),
        })
    }

    /// Refuses these options where there is neither a scenario that they could change
    /// nor a capture: `why` says what there is.
    pub(super) fn must_be_bare(&self, why: &str) -> Result<(), Failure> {
        if self.seed.is_none() && self.tap.is_none() && self.set.is_empty() {
            return Ok(());
        }
        Err(Failure::Usage {
            message: format!("--seed and --set are for scenarios, --tap for captures too: {why}"),
            help: Some("leave them out".into()),
        })
    }
}

fn parse_set(text: &str) -> Result<Override, String> {
    Override::parse(text).ok_or_else(|| "write PATH=VALUE, as in segments.lan.rate=1Mbps".into())
}

/// A whole number, from 0.
fn whole(text: &str) -> Result<u64, String> {
    let parsed = text.parse();
    parsed.map_err(|_| "write a whole number such as 7".into())
}

/// A whole number of a range.
fn between(low: u32, high: u32) -> impl Fn(&str) -> Result<u32, String> + Clone {
    move |text| {
        let parsed = text.parse().ok().filter(|n| (low..=high).contains(n));
        parsed.ok_or_else(|| format!("write a whole number from {low} to {high}"))
    }
}

/// Verbs that take no scenario, or only one that must stay as it is.
const BARE: [&str; 8] = [
    "list",
    "new",
    "schema",
    "profile",
    "completions",
    "man",
    "mdbook",
    "exercise",
];

/// The whole command line, with every verb's help complete: what changes a scenario is
/// not shown by those that play none.
pub(super) fn command(mut command: clap::Command) -> clap::Command {
    // Only now does every verb have the options that are for all.
    command.build();
    command.mut_subcommands(|verb| {
        let refused = refused(&verb);
        hidden(verb, refused)
    })
}

/// The options of [`How`] that a verb has no use for.
fn refused(verb: &clap::Command) -> &'static [&'static str] {
    match verb.get_name() {
        // A golden trace is of the scenario's own seed and tap.
        "test" => &["seed", "tap"],
        name if BARE.contains(&name) => &["seed", "tap", "set"],
        _ => &[],
    }
}

/// The command line as shells offer it, to whom what is hidden is as good as the rest: what
/// changes a scenario stands with the verbs that take one.
pub(super) fn offered(command: clap::Command) -> clap::Command {
    let everywhere = command.get_arguments().filter(|arg| arg.is_global_set());
    let how: Vec<clap::Arg> = everywhere.map(|arg| arg.clone().global(false)).collect();
    let command = command.mut_args(|arg| arg.global(false));
    command.mut_subcommands(|verb| {
        let refused = refused(&verb);
        let taken = how
            .iter()
            .filter(|arg| !refused.contains(&arg.get_id().as_str()));
        verb.args(taken)
    })
}

/// An option that a verb does not have is told with the verbs that do, in the place of how
/// to make a word of it.
pub(super) fn helped(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let mut verbs = Vec::new();
    having(&command(Args::command()), option, &mut verbs);
    if verbs.is_empty() {
        return error;
    }
    let tip = format!("`{option}` is an option of {}", verbs.join(", "));
    // What looks like it in this verb is no help then, nor how that is used.
    if error.get(ContextKind::SuggestedArg).is_some() {
        error.insert(ContextKind::SuggestedArg, ContextValue::None);
        error.insert(ContextKind::Usage, ContextValue::None);
    }
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![tip.into()]),
    );
    error
}

/// The verbs that have an option, in backquotes.
fn having(command: &clap::Command, option: &str, found: &mut Vec<String>) {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let has = verb.get_arguments().any(|arg| {
            let long = arg.get_long().map(|long| format!("--{long}"));
            let short = arg.get_short().map(|short| format!("-{short}"));
            long.as_deref() == Some(option) || short.as_deref() == Some(option)
        });
        if has {
            let name = verb.get_bin_name().unwrap_or(verb.get_name());
            found.push(format!("`{name}`"));
        }
        having(verb, option, found);
    }
}

/// A verb, and those below it, without these options in its help.
fn hidden(verb: clap::Command, options: &'static [&'static str]) -> clap::Command {
    let verb = verb.mut_args(|arg| {
        let is_hidden = arg.is_hide_set() || options.contains(&arg.get_id().as_str());
        arg.hide(is_hidden)
    });
    verb.mut_subcommands(|verb| hidden(verb, options))
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the built-in scenarios
    List(List),
    /// Play a scenario: show its packets, or write its capture
    Run(Run),
    /// Look for mistakes in scenarios without playing them
    Check(Check),
    /// Write a scenario to start from
    New(New),
    /// Print the schema of scenario files, or of exercises: for editors, or in tables
    Schema(Schema),
    /// Show the packet list of a capture or a scenario
    Show(Show),
    /// Explain one frame: every field, its value, its meaning, its clause
    Explain(Explain),
    /// Analyze FTP: sessions, transfers, findings, the analyst's questions
    Analyze(Analyze),
    /// Show one TCP conversation's bytes, both ways
    Follow(Follow),
    /// Draw the sequence diagram, as wide as the terminal, but not narrower than 60 columns
    Ladder(Ladder),
    /// Make one page for a browser of it all: packets, layers, ladder, findings
    Report(Report),
    /// Tell what differs between two captures or scenarios, in protocol words
    Diff(Diff),
    /// Show the filters that an analyst builds for FTP, in four notations
    Filters(Filters),
    /// Play scenarios and compare them with their checks and golden traces
    Test(Test),
    /// Write a Wireshark profile for the lab: colours, filter buttons, a column for notes
    Profile(Profile),
    /// Print a script that lets a shell complete our verbs and options
    Completions(Completions),
    /// Write manual pages, one for each verb
    Man(Man),
    /// Make, check and grade exercises: a trace of their own for each student
    #[command(subcommand)]
    Exercise(Exercise),
    /// Fill a book with what wirelab prints: a preprocessor for mdBook
    ///
    /// mdBook calls it where book.toml has [preprocessor.wirelab] with command = "wirelab
    /// mdbook". In a fence of the language wirelab each line, "$ wirelab …", is run and shown
    /// with what it prints; behind the language may stand head=N, exit=N, quiet, svg=FILE.
    /// A fence with file=NAME is a file for the commands below it, one with show=NAME shows
    /// a file. {{#wirelab SCENARIO QUESTION}} is the answer to a question, as in
    /// {{#wirelab ftp-connect frame: tcp.flags.fin == 1}}.
    Mdbook(Mdbook),
}

#[derive(Debug, ClapArgs)]
pub(super) struct Schema {
    /// Of exercise files
    #[arg(long)]
    pub exercise: bool,
    /// As tables to read, in Markdown, as the book has them
    #[arg(long)]
    pub markdown: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Mdbook {
    #[command(subcommand)]
    pub verb: Option<MdbookVerb>,
}

#[derive(Debug, Subcommand)]
pub(super) enum MdbookVerb {
    /// Say whether books for a renderer can be filled: all of them can
    Supports {
        /// The renderer
        renderer: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Exercise {
    /// List the exercises that come with wirelab, or its library of questions
    List(ExerciseList),
    /// Make captures and sheets for every student, and the teacher's key
    Make(ExerciseMake),
    /// Grade answers: marks, feedback, and answers that are somebody else's
    ///
    /// Words count whatever their capitals: a name or a password with others than stand in
    /// the frame is right, and the feedback says that servers tell them apart.
    Grade(ExerciseGrade),
    /// Compare the variants of random students: is the exercise fair?
    Check(ExerciseCheck),
    /// Write an exercise for a learning platform or a capture-the-flag game
    Export(ExerciseExport),
}

#[derive(Debug, ClapArgs)]
pub(super) struct ExerciseList {
    /// List the library of questions instead
    #[arg(long)]
    pub templates: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// An exercise, a class and its secret.
#[derive(Debug, ClapArgs)]
pub(super) struct Class {
    /// An exercise file, or the name of a built-in
    pub exercise: PathBuf,
    /// The students: CSV with their ids, and names if you like
    #[arg(long, value_name = "FILE")]
    pub roster: PathBuf,
    /// A file with 16 bytes or more that no student knows; keep it, since
    /// grading needs it again
    #[arg(long, value_name = "FILE")]
    pub secret_file: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ExerciseMake {
    #[command(flatten)]
    pub class: Class,
    /// The folder to write to: students/ is for them, teacher/ is not
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write although there is something in the folder already
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("what is right").required(true)))]
pub(super) struct ExerciseGrade {
    /// An exercise file, or the name of a built-in
    pub exercise: PathBuf,
    /// The students: CSV with their ids, and names if you like
    #[arg(long, value_name = "FILE")]
    pub roster: PathBuf,
    /// The secret that the captures were made with
    #[arg(long, value_name = "FILE", group = "what is right")]
    pub secret_file: Option<PathBuf>,
    /// The teacher's key.json, when the secret is lost: what it holds is right
    #[arg(long, value_name = "FILE", group = "what is right")]
    pub key: Option<PathBuf>,
    /// What was handed in: a CSV file of the class, or a folder with ID.csv or
    /// ID/answers.csv for each student
    #[arg(long, value_name = "PATH")]
    pub answers: PathBuf,
    /// The folder that `make` wrote: makes sure that exercise and secret are the same
    #[arg(long, value_name = "DIR")]
    pub made: Option<PathBuf>,
    /// Write grades, details, suspicions and a sheet for each student into this folder, and
    /// print a line in the place of the table
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write although there is something in the folder already
    #[arg(long)]
    pub force: bool,
    /// Print everything as JSON instead of the table or the line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportTo {
    /// Moodle: a cloze question for each student, with the capture in it
    MoodleXml,
    /// Moodle and others: a text file, and the captures beside it
    Gift,
    /// A table, and the captures beside it
    Csv,
    /// Canvas: QTI 1.2 in a zip, a quiz for each student
    Qti,
    /// CTFd: a folder for each challenge, for its command line tool
    Ctfd,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ExerciseExport {
    /// An exercise file, or the name of a built-in
    pub exercise: PathBuf,
    /// What it is for
    #[arg(long, value_enum)]
    pub to: ExportTo,
    /// The students, each of whom gets a variant under their id
    #[arg(long, value_name = "FILE")]
    pub roster: Option<PathBuf>,
    /// So many variants for nobody in particular, in the place of a roster
    #[arg(long, value_name = "N", conflicts_with = "roster", required_unless_present = "roster", value_parser = between(1, 10_000))]
    pub variants: Option<u32>,
    /// The secret of the class, as for `make`
    #[arg(long, value_name = "FILE")]
    pub secret_file: PathBuf,
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write although there is something in the folder already
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ExerciseCheck {
    /// An exercise file, or the name of a built-in
    pub exercise: PathBuf,
    /// How many students to make up
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = between(2, 10_000))]
    pub students: u32,
}

#[derive(Debug, ClapArgs)]
pub(super) struct List {
    /// As a JSON array of objects with name, title, about and tags
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Run {
    /// A scenario file, or the name of a built-in
    pub scenario: PathBuf,
    /// Write the capture here: x.pcap, x.pcapng, or - for pcap on standard output
    ///
    /// A pcap, or a pcapng with --no-notes, is written while the scenario plays, in
    /// memory that does not grow with what is transferred. A run is kept in memory
    /// where something looks back at it: --list, --explain, --labels, any tap but one
    /// whole segment, notes and checks on data segments or bare acknowledgements,
    /// notes on whatever a step sends first, DHCP and NAT.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show the packet list although the capture is written
    #[arg(long)]
    pub list: bool,
    /// Leave out whatever gives answers away: notes, names, where the capture comes from
    #[arg(long)]
    pub no_notes: bool,
    /// Show each note under its frame
    #[arg(long, conflicts_with = "no_notes")]
    pub explain: bool,
    /// Write why each frame exists, as JSON lines: step, timer, reply, faults. Of several
    /// taps with a pcap each, x.TAP.jsonl for each
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// How exactly a pcap tells times
    #[arg(long, value_enum, default_value_t = Precision::Us)]
    pub precision: Precision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Precision {
    /// Microseconds: every tool reads it
    Us,
    /// Nanoseconds
    Ns,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Check {
    /// Scenario files, or names of built-ins
    #[arg(required = true)]
    pub scenarios: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct New {
    /// The new scenario's name; `.yaml` is added
    pub name: PathBuf,
    /// The built-in to begin with
    #[arg(long, value_name = "BUILTIN", default_value = "ftp-connect")]
    pub from: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Show {
    /// A capture (pcap, pcapng, - for standard input) or a scenario
    pub input: PathBuf,
    /// Show only frames for which this holds, as in tcp.flags.syn or
    /// ftp.response.code == 530: the fields and operators are Wireshark's
    #[arg(short = 'Y', long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Show every layer and field of each frame under its line
    #[arg(short, long)]
    pub verbose: bool,
    /// Show each frame's bytes under its line
    #[arg(short = 'x', long)]
    pub hex: bool,
    /// Show each frame's notes under its line
    #[arg(long)]
    pub notes: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Explain {
    /// A capture (pcap, pcapng, - for standard input) or a scenario
    pub input: PathBuf,
    /// Which frame, counted from 1
    #[arg(value_parser = whole)]
    pub frame: u64,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Analyze {
    /// A capture (pcap, pcapng, - for standard input) or a scenario
    pub input: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Show passwords as they are
    #[arg(long)]
    pub passwords: bool,
    /// Write the files that were transferred into this folder
    #[arg(long, value_name = "DIR")]
    pub extract: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Follow {
    /// A capture (pcap, pcapng, - for standard input) or a scenario
    pub input: PathBuf,
    /// Which conversation, counted from 0 as tcp.stream does
    #[arg(default_value_t = 0, value_parser = between(0, u32::MAX))]
    pub conversation: u32,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Ladder {
    /// A capture (pcap, pcapng, - for standard input) or a scenario
    pub input: PathBuf,
    /// Draw it here, as x.svg
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Report {
    /// A capture (pcap, pcapng, - for standard input) or a scenario
    pub input: PathBuf,
    /// The page to write, as x.html
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Show passwords as they are among the findings (the packets show them anyway)
    #[arg(long)]
    pub passwords: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Filters {
    /// Only this one
    pub name: Option<String>,
    /// Count what they find in a capture or a scenario, and where offsets miss or err
    #[arg(long, value_name = "X")]
    pub apply: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Profile {
    /// The folder to write, which becomes the profile
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Completions {
    /// For which shell
    pub shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Man {
    /// The folder to write to
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Diff {
    /// A capture or a scenario
    pub a: PathBuf,
    /// Another one
    pub b: PathBuf,
    /// What may differ: time, isn, ports, macs, addresses
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub ignore: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Test {
    /// Scenario files, or names of built-ins; all built-ins unless given. A file that says
    /// its `seed:` is played with that seed alone, everything else with seeds 1, 2 and 3
    pub scenarios: Vec<PathBuf>,
    /// Take what is played now as right, and write it beside each file
    #[arg(long)]
    pub bless: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}
