//! `wirelab show`: the packet list of a capture.

use std::io::{Read, Write};

use crate::analyze::Filter;
use crate::capture::{ReadError, Reader};
use crate::dissect::{Dissected, Dissector};
use crate::render::{Depth, HexDump, ListOptions, Look, PacketList, detail};

/// What `show` was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowOptions<'a> {
    /// `-Y`: only frames for which this holds.
    pub filter: Option<&'a Filter>,
    /// `-v`: every layer and field of each frame under its line.
    pub verbose: bool,
    /// `-x`: each frame's bytes under its line.
    pub hex: bool,
    /// Each frame's comments under its line.
    pub notes: bool,
    /// How wide, and whether in colours.
    pub look: Look,
}

/// Reading or writing failed.
#[derive(Debug)]
pub enum ShowError {
    /// The capture cannot be read at all.
    Read(ReadError),
    /// The output is gone.
    Write(std::io::Error),
}

/// Text is handed on when so much has gathered.
const CHUNK: usize = 64 * 1024;

/// Writes the packet list of a capture, and tells `on_problem` what is wrong
/// with the capture's bytes: the list holds what could be read.
///
/// # Errors
/// When the input is no capture, or the output fails.
pub fn show(
    input: impl Read,
    options: ShowOptions<'_>,
    out: &mut impl Write,
    mut on_problem: impl FnMut(ReadError),
) -> Result<(), ShowError> {
    let mut reader = Reader::new(input).map_err(ShowError::Read)?;
    let mut dissector = Dissector::new();
    let mut list = PacketList::new(ListOptions {
        look: options.look,
        notes: options.notes,
    });
    let mut text = String::new();
    while let Some(next) = reader.next_frame() {
        match next {
            Ok(frame) => {
                let seen = dissector.dissect(frame);
                if options.filter.is_none_or(|filter| filter.matches(&seen)) {
                    list.push_with(&seen, below(&seen, options), &mut text);
                }
            }
            Err(problem) => on_problem(problem),
        }
        if text.len() >= CHUNK {
            out.write_all(text.as_bytes()).map_err(ShowError::Write)?;
            text.clear();
        }
    }
    list.finish(&mut text);
    out.write_all(text.as_bytes()).map_err(ShowError::Write)?;
    out.flush().map_err(ShowError::Write)
}

/// What stands under a frame's line.
fn below(seen: &Dissected<'_>, options: ShowOptions<'_>) -> String {
    let mut text = String::new();
    if options.verbose {
        text.push_str(&detail(seen, Depth::Fields, options.look));
        text.push('\n');
    }
    if options.hex {
        text.push_str(&HexDump(seen.frame.bytes).to_string());
        text.push('\n');
    }
    text
}
