//! The command line: arguments, one file per verb, exit codes.

mod analyze;
mod args;
mod check;
mod completions;
mod diff;
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
mod profile;
mod report;
mod run;
mod schema;
pub mod show;
mod show_verb;
mod source;
mod test;

use std::panic;
use std::process::ExitCode;

use clap::Parser as _;

use self::args::{Args, Verb};
use self::failure::Failure;

/// Runs the program: reads its arguments, does what they say, and tells how it went.
pub fn main() -> ExitCode {
    // Our own mistakes end in one line and a code of their own.
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(|l| format!(" at {}:{}", l.file(), l.line()));
        let what = panic
            .payload_as_str()
            .unwrap_or("something impossible happened");
        let first = what.lines().next().unwrap_or(what);
        anstream::eprintln!(
            "wirelab: internal error{}: {first}; this is a bug, please report it",
            place.unwrap_or_default()
        );
    }));
    let outcome = panic::catch_unwind(|| match Args::try_parse() {
        Ok(args) => match dispatch(args) {
            Ok(()) => 0,
            Err(failure) => failure.report(),
        },
        Err(error) => output::print_usage(&error),
    });
    ExitCode::from(outcome.unwrap_or(failure::BUG))
}

fn dispatch(args: Args) -> Result<(), Failure> {
    let how = args.how;
    match args.verb {
        Verb::List(list) => list::list(&list),
        Verb::Run(run) => run::run(&run, &how),
        Verb::Check(check) => check::check(&check, &how),
        Verb::New(new) => new::new(&new),
        Verb::Schema(args) => schema::schema(&args),
        Verb::Show(show) => show_verb::show(&show, &how),
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
