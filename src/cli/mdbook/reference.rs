//! Parts of a book that the program writes: its verbs, and the scenario language.

use core::fmt::Write as _;

use clap::CommandFactory as _;

use crate::cli::args::Args;

/// The part of that name.
pub(super) fn part(name: &str) -> Option<String> {
    match name {
        "cli" => Some(verbs()),
        _ => None,
    }
}

/// What every verb takes, as its own help says it.
fn verbs() -> String {
    let mut command = Args::command().term_width(92).disable_help_subcommand(true);
    command.build();
    let mut out = String::new();
    verbs_of(&command, &mut out);
    out
}

fn verbs_of(command: &clap::Command, out: &mut String) {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        if verb.has_subcommands() {
            verbs_of(verb, out);
            continue;
        }
        let mut verb = verb.clone();
        let name = verb.get_bin_name().unwrap_or(verb.get_name()).to_owned();
        let _ = write!(
            out,
            "## `{name}`\n\n```text\n{}\n```\n\n",
            verb.render_long_help().to_string().trim_end()
        );
    }
}
