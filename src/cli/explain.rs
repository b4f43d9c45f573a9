//! `wirelab explain`: one frame, every field.

use super::args::{Explain, How};
use super::failure::Failure;
use super::source::each;
use super::{input, output, run};
use crate::analyze::{Printable, Summary};
use crate::lab::why;
use crate::render::{Depth, HexDump, detail};

pub(super) fn explain(args: &Explain, how: &How) -> Result<(), Failure> {
    let mut text = None;
    let mut count = 0;
    each(&args.input, how, |seen| {
        count = seen.frame.number;
        if count != args.frame {
            return Ok(true);
        }
        let summary = Summary::of(seen);
        let mut shown = format!(
            "{} > {} {}: {}\n",
            summary.source, summary.destination, summary.protocol, summary.info
        );
        for comment in seen.frame.comments {
            shown.push_str(&format!("{}\n", Printable(comment.as_bytes())));
        }
        shown.push('\n');
        shown.push_str(&detail(seen, Depth::Everything));
        shown.push_str(&format!("\n{}", HexDump(seen.frame.bytes)));
        text = Some(shown);
        Ok(false)
    })?;
    match text {
        Some(text) => {
            let why = cause(args, how)?.map(|why| format!("Why: {why}\n"));
            output::result(&format!("{}{text}", why.unwrap_or_default()))
        }
        None => Err(Failure::usage(format!(
            "there is no frame {}: {} has {count}",
            args.frame, args.input
        ))),
    }
}

/// Why the frame exists, where the run knows: for a scenario, not for a capture.
fn cause(args: &Explain, how: &How) -> Result<Option<String>, Failure> {
    if input::capture(&args.input)?.is_some() {
        return Ok(None);
    }
    let loaded = input::scenario(&args.input, how)?;
    let played = run::play_it(&loaded, how)?;
    Ok(why(&loaded, &played, args.frame))
}
