//! `wirelab man`: manual pages, made from what the arguments say of themselves.

use clap::{Command, CommandFactory as _};
use clap_mangen::Man as Page;

use super::args::{Args, Man, command};
use super::check::count;
use super::failure::Failure;
use super::output;
use crate::edge::{AtomicFile, create_folder};

pub(super) fn man(args: &Man) -> Result<(), Failure> {
    let program = command(Args::command());
    create_folder(&args.folder)?;
    let written = pages(&program, "wirelab", args)?;
    let pages = count(written, "page");
    output::result(&format!("{}: {pages} written\n", args.folder.display()))
}

/// Writes the page of a verb, and those of the verbs below it.
fn pages(command: &Command, name: &str, args: &Man) -> Result<usize, Failure> {
    let mut page = Vec::new();
    let rendered = Page::new(command.clone()).render(&mut page);
    rendered.map_err(Failure::Output)?;
    AtomicFile::put(&args.folder.join(format!("{name}.1")), &page)?;
    let mut written = 1;
    let verbs = command.get_subcommands();
    for verb in verbs.filter(|verb| verb.get_name() != "help" && !verb.is_hide_set()) {
        written += pages(verb, &format!("{name}-{}", verb.get_name()), args)?;
    }
    Ok(written)
}
