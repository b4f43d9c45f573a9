//! `wirelab explain`: one frame, every field.

use super::args::{Explain, How};
use super::failure::Failure;
use super::output;
use super::source::Source;
use crate::analyze::{Printable, Summary};
use crate::lab::Reasons;
use crate::render::{Depth, HexDump, Tone, detail};

pub(super) fn explain(args: &Explain, how: &How) -> Result<(), Failure> {
    let look = output::look();
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
        let mut shown = look.line(&first, Tone::of(seen));
        for comment in seen.frame.comments {
            let comment = Printable(comment.trim_end().as_bytes()).to_string();
            shown.push_str(&look.line(&comment, Tone::Other));
        }
        shown.push('\n');
        shown.push_str(&detail(seen, Depth::Everything, look));
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
            let why = why.map(|why| look.line(&format!("Why: {why}"), Tone::Network));
            output::result(&format!("{}{text}", why.unwrap_or_default()))
        }
        None => Err(Failure::usage(format!(
            "there is no frame {}: {} has {count}",
            args.frame,
            args.input.display()
        ))),
    }
}
