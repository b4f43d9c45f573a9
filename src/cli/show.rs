//! `wirelab show`: the packet list of a capture.

use std::io::{Read, Write};

use crate::capture::{ReadError, Reader};
use crate::dissect::Dissector;
use crate::render::{HexDump, ListOptions, PacketList};

/// What `show` was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowOptions {
    /// `-x`: each frame's bytes under its line.
    pub hex: bool,
    /// Each frame's comments under its line.
    pub notes: bool,
    /// The width of the terminal; `None` in a pipe.
    pub width: Option<usize>,
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
    options: ShowOptions,
    out: &mut impl Write,
    mut on_problem: impl FnMut(ReadError),
) -> Result<(), ShowError> {
    let mut reader = Reader::new(input).map_err(ShowError::Read)?;
    let mut dissector = Dissector::new();
    let mut list = PacketList::new(ListOptions {
        width: options.width,
        notes: options.notes,
    });
    let mut text = String::new();
    while let Some(next) = reader.next_frame() {
        match next {
            Ok(frame) => {
                let detail = if options.hex {
                    format!("{}\n", HexDump(frame.bytes))
                } else {
                    String::new()
                };
                list.push_with(&dissector.dissect(frame), detail, &mut text);
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
