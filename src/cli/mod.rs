//! The command line: arguments, one file per verb, exit codes.

mod analyze;
mod args;
mod check;
mod completions;
mod diff;
mod excerpt;
mod exercise;
mod explain;
mod extract;
mod failure;
mod filters;
mod follow;
mod input;
mod ladder;
mod list;
mod man;
mod mdbook;
mod new;
mod output;
mod places;
mod profile;
mod report;
mod run;
mod schema;
mod shell;
mod show;
mod source;
mod test;

use std::panic;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use self::args::{Args, Verb};
use self::failure::Failure;
use self::places::Places;

/// Runs the program: reads its arguments, does what they say, and tells how it went.
pub fn main() -> ExitCode {
    // Our own mistakes end in one line and a code of their own.
    panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str();
        let what = what.unwrap_or("something impossible happened");
        anstream::eprintln!("{}", words_of_a_bug(panic.location(), what));
    }));
    let parsed = || {
        let matches = args::command(Args::command()).try_get_matches()?;
        Args::from_arg_matches(&matches)
    };
    ExitCode::from(guarded(|| match parsed() {
        Ok(args) => match dispatch(args) {
            Ok(()) => 0,
            Err(failure) => failure.report(),
        },
        Err(error) => output::print_usage(&args::helped(error)),
    }))
}

/// What `work` answers, or the code that says that it is our own bug.
fn guarded(work: impl FnOnce() -> u8 + panic::UnwindSafe) -> u8 {
    panic::catch_unwind(work).unwrap_or(failure::BUG)
}

/// One line for a bug of ours: where, and what.
fn words_of_a_bug(place: Option<&panic::Location<'_>>, what: &str) -> String {
    let place = place.map(|l| format!(" at {}:{}", l.file(), l.line()));
    let first = what.lines().next().unwrap_or(what);
    format!(
        "wirelab: internal error{}: {first}; this is a bug, please report it",
        place.unwrap_or_default()
    )
}

fn dispatch(args: Args) -> Result<(), Failure> {
    let mut how = args.how;
    how.places = Places::of(&args.verb)?;
    if let Verb::List(_)
    | Verb::New(_)
    | Verb::Schema(_)
    | Verb::Profile(_)
    | Verb::Completions(_)
    | Verb::Man(_)
    | Verb::Mdbook(_) = &args.verb
    {
        how.must_be_bare("this verb takes neither")?;
    }
    match args.verb {
        Verb::List(list) => list::list(&list),
        Verb::Run(run) => run::run(&run, &how),
        Verb::Check(check) => check::check(&check, &how),
        Verb::New(new) => new::new(&new),
        Verb::Schema(args) => schema::schema(&args),
        Verb::Show(show) => show::show(&show, &how),
        Verb::Explain(args) => explain::explain(&args, &how),
        Verb::Analyze(args) => analyze::analyze(&args, &how),
        Verb::Follow(args) => follow::follow(&args, &how),
        Verb::Ladder(args) => ladder::ladder(&args, &how),
        Verb::Report(args) => report::report(&args, &how),
        Verb::Filters(args) => filters::filters(&args, &how),
        Verb::Diff(args) => diff::diff(&args, &how),
        Verb::Test(test) => test::test(&test, &how),
        Verb::Profile(args) => profile::profile(&args),
        Verb::Completions(args) => completions::completions(&args),
        Verb::Man(args) => man::man(&args),
        Verb::Exercise(verb) => exercise::exercise(&verb, &how),
        Verb::Mdbook(args) => mdbook::mdbook(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_of_ours_has_a_code_and_a_line_of_its_own() {
        assert_eq!(guarded(|| 3), 3);
        assert_eq!(
            guarded(|| panic!("this is a test of what happens then")),
            70
        );
        let here = panic::Location::caller();
        let said = words_of_a_bug(Some(here), "it broke\nin two lines");
        assert!(said.starts_with("wirelab: internal error at "), "{said}");
        assert!(
            said.ends_with(": it broke; this is a bug, please report it"),
            "{said}"
        );
    }
}
