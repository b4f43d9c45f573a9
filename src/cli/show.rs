//! `wirelab show`: the packet list of a capture.

use std::io::Write;

use super::args::{How, Show};
use super::failure::Failure;
use super::output;
use super::source::{Problems, open};
use crate::analyze::Filter;
use crate::capture::Reader;
use crate::dissect::{Dissected, Dissector};
use crate::render::{Depth, HexDump, ListOptions, Look, PacketList, detail};

/// Text is handed on when so much has gathered.
const CHUNK: usize = 64 * 1024;

pub(super) fn show(args: &Show, how: &How) -> Result<(), Failure> {
    let filter = args.filter.as_deref().map(Filter::parse).transpose();
    let filter = filter.map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let mut reader = Reader::new(open(&args.input, how)?).map_err(|error| Failure::Input {
        name: args.input.display().to_string(),
        why: error.to_string(),
    })?;
    let look = output::look();
    let mut dissector = Dissector::new();
    let mut list = PacketList::new(ListOptions {
        look,
        notes: args.notes,
    });
    let mut problems = Problems::new(&args.input);
    // The list is plain text, or coloured for a terminal: nothing has to be
    // taken out of it for a pipe.
    let mut out = std::io::stdout().lock();
    let mut text = String::new();
    while let Some(next) = reader.next_frame() {
        match next {
            Ok(frame) => {
                let seen = dissector.dissect(frame);
                if filter.as_ref().is_none_or(|filter| filter.matches(&seen)) {
                    list.push_with(&seen, below(&seen, args, look), &mut text);
                }
            }
            Err(problem) => problems.tell(&problem),
        }
        if text.len() >= CHUNK {
            out.write_all(text.as_bytes()).map_err(Failure::Output)?;
            text.clear();
        }
    }
    list.finish(&mut text);
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    problems.sum_up();
    written.map_err(Failure::Output)
}

/// What stands under a frame's line.
fn below(seen: &Dissected<'_>, args: &Show, look: Look) -> String {
    let mut text = String::new();
    if args.verbose {
        text.push_str(&detail(seen, Depth::Fields, look));
        text.push('\n');
    }
    if args.hex {
        text.push_str(&HexDump(seen.frame.bytes).to_string());
        text.push('\n');
    }
    text
}
