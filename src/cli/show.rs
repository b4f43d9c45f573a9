//! `wirelab show`: the packet list of a capture.

use std::io::Write;

use super::args::{How, Show};
use super::failure::Failure;
use super::output;
use super::source::each;
use crate::analyze::Filter;
use crate::dissect::Dissected;
use crate::render::{Depth, HexDump, ListOptions, Look, PacketList, detail};

/// Text is handed on when so much has gathered.
const CHUNK: usize = 64 * 1024;

pub(super) fn show(args: &Show, how: &How) -> Result<(), Failure> {
    let filter = args.filter.as_deref().map(Filter::parse).transpose();
    let filter = filter.map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let look = output::look();
    let mut list = PacketList::new(ListOptions {
        look,
        notes: args.notes,
    });
    // The list is plain text, or coloured for a terminal: nothing has to be
    // taken out of it for a pipe.
    let mut out = std::io::stdout().lock();
    let mut text = String::new();
    let (mut frames, mut shown) = (0u64, 0u64);
    each(&args.input, how, |seen| {
        frames += 1;
        if filter.as_ref().is_none_or(|filter| filter.matches(seen)) {
            shown += 1;
            list.push_with(seen, below(seen, args, look), &mut text);
        }
        if text.len() >= CHUNK {
            out.write_all(text.as_bytes()).map_err(Failure::Output)?;
            text.clear();
        }
        Ok(true)
    })?;
    list.finish(&mut text);
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(Failure::Output)?;
    if filter.is_some() && shown == 0 {
        output::remark(&match frames {
            0 => "there is no frame".to_owned(),
            1 => "the only frame does not pass the filter".to_owned(),
            frames => format!("none of {frames} frames passes the filter"),
        });
    }
    Ok(())
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
