//! `wirelab explain`: one frame, every field.

use super::args::{Explain, How};
use super::failure::Failure;
use super::output;
use super::source::Source;
use crate::analyze::{Printable, Summary};
use crate::lab::Reasons;
use crate::render::{Depth, HexDump, detail, wrap};

pub(super) fn explain(args: &Explain, how: &How) -> Result<(), Failure> {
    let width = output::width();
    let mut text = None;
    let mut count = 0;
    let mut source = Source::open(&args.input, how)?;
    source.each(&args.input, |seen| {
        count = seen.frame.number;
        if count != args.frame {
            return Ok(true);
        }
        let summary = Summary::of(seen);
        let first = format!(
            "{} > {} {}: {}",
            summary.source, summary.destination, summary.protocol, summary.info
        );
        let mut shown = wrap(&first, width).join("\n") + "\n";
        for comment in seen.frame.comments {
            let comment = Printable(comment.trim_end().as_bytes()).to_string();
            for line in wrap(&comment, width) {
                shown.push_str(&format!("{line}\n"));
            }
        }
        shown.push('\n');
        shown.push_str(&detail(seen, Depth::Everything, width));
        shown.push_str(&format!("\n{}", HexDump(seen.frame.bytes)));
        text = Some(shown);
        Ok(false)
    })?;
    match text {
        Some(text) => {
            let why = match &source {
                Source::Capture(_) => None,
                Source::Played(played) => Reasons::new(&played.0, &played.1).of(args.frame),
            };
            let why = why.map(|why| wrap(&format!("Why: {why}"), width).join("\n") + "\n");
            output::result(&format!("{}{text}", why.unwrap_or_default()))
        }
        None => Err(Failure::usage(format!(
            "there is no frame {}: {} has {count}",
            args.frame, args.input
        ))),
    }
}
