//! `wirelab completions`: a shell's script that completes our verbs and options.

use clap::CommandFactory as _;

use super::args::{Args, Completions, offered};
use super::failure::Failure;
use super::output;

pub(super) fn completions(args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut program = offered(Args::command());
    clap_complete::generate(args.shell, &mut program, "wirelab", &mut script);
    output::result(&String::from_utf8_lossy(&script))
}
