//! What a verb is given: a scenario by file or by name, or a capture.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::args::How;
use super::failure::Failure;
use super::output;
use crate::edge::{ReadAhead, read_beside, read_text, reason};
use crate::lab::{MAX_CAPTURE, supply};
use crate::scenario::builtin::{self, Builtin};
use crate::scenario::{Loaded, MAX_TEXT, load_beside};

/// The greatest file beside a scenario that is read into a lab.
const MAX_FILE: usize = 64 << 20;

/// Where a scenario comes from.
pub(super) enum Origin<'a> {
    /// It comes with the program.
    Builtin(Builtin),
    /// It is a file.
    File(&'a Path),
}

/// Finds a scenario: a name without a folder and an ending is a built-in's,
/// unless there is a file of that name.
pub(super) fn origin(name: &str) -> Result<Origin<'_>, Failure> {
    let path = Path::new(name);
    if !path.exists()
        && let Some(builtin) = builtin::find(name)
    {
        return Ok(Origin::Builtin(builtin));
    }
    let looks_like_a_file = path.exists() || path.extension().is_some();
    if looks_like_a_file {
        return Ok(Origin::File(path));
    }
    Err(Failure::Usage {
        message: format!("there is no file and no built-in scenario `{name}`"),
        help: Some(match builtin::nearest(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`wirelab list` lists the built-in scenarios".into(),
        }),
    })
}

/// Reads a scenario, and warns of what is odd about it.
pub(super) fn scenario(name: &str, how: &How) -> Result<Loaded, Failure> {
    let mut folder = None;
    let mut loaded = match origin(name)? {
        Origin::Builtin(builtin) => builtin.load(&how.set)?,
        Origin::File(_) if capture(name)?.is_some() => {
            return Err(Failure::Usage {
                message: format!("{name} is a capture: there is nothing in it to play"),
                help: Some(format!("look at it with: wirelab show {name}")),
            });
        }
        Origin::File(path) => {
            folder = path.parent();
            let beside = |file: &str| read_beside(folder?, file, MAX_FILE).ok().flatten();
            load_beside(name, &read_text(path, MAX_TEXT)?, &how.set, &beside)?
        }
    };
    supply(&mut loaded, |file| {
        let read = read_beside(folder?, file, MAX_CAPTURE).transpose()?;
        Some(read.map_err(|failed| reason(&failed.error)))
    })?;
    for warning in &loaded.warnings {
        output::show(&loaded.sources, warning);
    }
    Ok(loaded)
}

/// The first four bytes of a capture: pcap in both byte orders and both
/// precisions, pcapng, gzip.
fn is_capture(magic: &[u8]) -> bool {
    matches!(
        magic,
        [0xd4, 0xc3, 0xb2, 0xa1]
            | [0xa1, 0xb2, 0xc3, 0xd4]
            | [0x4d, 0x3c, 0xb2, 0xa1]
            | [0xa1, 0xb2, 0x3c, 0x4d]
            | [0x0a, 0x0d, 0x0d, 0x0a]
            | [0x1f, 0x8b, _, _]
    )
}

/// A capture's bytes, or nothing if `name` is not a capture's.
pub(super) fn capture(name: &str) -> Result<Option<Box<dyn Read>>, Failure> {
    let failed = |e: io::Error| Failure::Input {
        name: name.to_owned(),
        why: reason(&e),
    };
    if name == "-" {
        let input = ReadAhead::new(io::stdin()).map_err(failed)?;
        return Ok(Some(Box::new(input)));
    }
    let path = Path::new(name);
    let ends_like_one = path
        .extension()
        .is_some_and(|end| ["pcap", "pcapng", "cap", "gz"].iter().any(|e| end == *e));
    if !path.exists() && !ends_like_one {
        return Ok(None);
    }
    #[expect(clippy::disallowed_methods, reason = "the porch opens files")]
    let mut file = File::open(path).map_err(failed)?;
    let mut magic = Vec::new();
    file.by_ref()
        .take(4)
        .read_to_end(&mut magic)
        .map_err(failed)?;
    if !ends_like_one && !is_capture(&magic) {
        return Ok(None);
    }
    let whole = io::Cursor::new(magic).chain(ReadAhead::new(file).map_err(failed)?);
    Ok(Some(Box::new(whole)))
}
