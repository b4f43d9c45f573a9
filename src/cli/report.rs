//! `wirelab report`: everything about a capture or a scenario as one page for a browser.

use std::path::Path;

use super::args::{How, Report};
use super::failure::Failure;
use super::output;
use super::source::Source;
use crate::edge::AtomicFile;
use crate::lab::{Played, Reasons, lost};
use crate::render::{Page, Subject};
use crate::scenario::Loaded;

pub(super) fn report(args: &Report, how: &How) -> Result<(), Failure> {
    let ending = args.output.extension().and_then(|end| end.to_str());
    if !matches!(ending, Some("html" | "htm")) {
        return Err(Failure::Usage {
            message: format!("what format is {}?", args.output.display()),
            help: Some("end its name in .html".into()),
        });
    }
    let mut source = Source::open(&args.input, how)?;
    let subject = match &source {
        Source::Capture(_) => Subject {
            title: file_name(&args.input),
            show_passwords: args.passwords,
            ..Subject::default()
        },
        Source::Played(played) => Subject {
            show_passwords: args.passwords,
            ..of_run(&args.input, &played.0, &played.1)
        },
    };
    let reasons = match &source {
        Source::Capture(_) => None,
        Source::Played(played) => Some(why_each(&played.0, &played.1)),
    };
    let mut page = Page::new(subject);
    let mut reasons = reasons.unwrap_or_default().into_iter();
    let (dissector, names) = source.each(&args.input, |seen| {
        page.push(seen, reasons.next().flatten());
        Ok(true)
    })?;
    let (kept, omitted) = (page.kept(), page.omitted());
    page.name_hosts(names);
    AtomicFile::put(&args.output, page.finish(&dissector).as_bytes())?;
    if omitted > 0 {
        output::remark(&format!(
            "the page holds the first {kept} frames; {omitted} more are in its sessions and findings alone"
        ));
    }
    output::result(&format!(
        "{}: written, open it in a browser\n",
        args.output.display()
    ))
}

/// Why each frame of a run was sent.
fn why_each(loaded: &Loaded, played: &Played) -> Vec<Option<String>> {
    let reasons = Reasons::new(loaded, played);
    let numbers = (1u64..).take(played.capture.frames.len());
    numbers.map(|number| reasons.of(number)).collect()
}

fn of_run(name: &Path, loaded: &Loaded, played: &Played) -> Subject {
    let scenario = &loaded.scenario;
    let title = scenario.title.as_ref().map(|title| title.value.clone());
    let about = scenario.about.as_ref().map(|about| about.value.clone());
    let mut facts = vec![
        ("Scenario".to_owned(), file_name(name)),
        ("Seed".to_owned(), played.run.seed.to_string()),
        ("Tap".to_owned(), played.taps.join(", ")),
    ];
    let changes = loaded.sources.changes().iter();
    facts.extend(changes.map(|change| (change.name.clone(), change.text.clone())));
    Subject {
        title: title.unwrap_or_else(|| file_name(name)),
        about: about.unwrap_or_default(),
        facts,
        lost: lost(played),
        ..Subject::default()
    }
}

/// A name without its folder: where a file lies is nobody's business.
fn file_name(name: &Path) -> String {
    if name.as_os_str() == "-" {
        return "Standard input".into();
    }
    let last = name.file_name().unwrap_or(name.as_os_str());
    last.to_string_lossy().into_owned()
}
