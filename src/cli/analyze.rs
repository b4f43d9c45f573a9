//! `wirelab analyze`: sessions, findings, the analyst's questions.

use super::args::{Analyze, How};
use super::extract::Files;
use super::failure::Failure;
use super::output;
use super::source::each;
use crate::analyze::Analyzer;

pub(super) fn analyze(args: &Analyze, how: &How) -> Result<(), Failure> {
    let mut analyzer = Analyzer::new().show_passwords(args.passwords);
    let mut files = args
        .extract
        .as_deref()
        .map(|folder| Files::new(folder, &how.places))
        .transpose()?;
    let dissector = each(&args.input, how, |seen| {
        analyzer.note(seen);
        if let Some(files) = &mut files {
            files.note(seen)?;
        }
        Ok(true)
    })?;
    if let Some(files) = files {
        files.finish()?;
    }
    let report = analyzer.finish(&dissector);
    if args.json {
        output::result(&report.to_json())
    } else {
        output::result(&output::look().report(&report.to_string()))
    }
}
