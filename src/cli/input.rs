//! What a verb is given: a scenario by file or by name, or a capture.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::args::How;
use super::failure::Failure;
use super::output;
use super::shell::shell_word;
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
pub(super) fn origin(path: &Path) -> Result<Origin<'_>, Failure> {
    let name = path.to_string_lossy();
    if !path.exists()
        && let Some(builtin) = builtin::find(&name)
    {
        return Ok(Origin::Builtin(builtin));
    }
    let looks_like_a_file = path.exists() || path.extension().is_some();
    if looks_like_a_file {
        return Ok(Origin::File(path));
    }
    let endings = ["yaml", "yml", "pcap", "pcapng"].into_iter();
    let mut files = endings.map(|end| path.with_extension(end));
    let file = files.find(|file| file.is_file());
    let near = file.map(|file| file.display().to_string());
    let near = near.or_else(|| builtin::nearest(&name).map(str::to_owned));
    Err(Failure::Usage {
        message: format!("there is no file and no built-in scenario `{name}`"),
        help: Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`wirelab list` lists the built-in scenarios".into(),
        }),
    })
}

/// Reads a scenario, and warns of what is odd about it.
pub(super) fn scenario(path: &Path, how: &How) -> Result<Loaded, Failure> {
    how.places.read(path)?;
    let name = path.to_string_lossy();
    let mut folder = None;
    // What is found beside a scenario is read as well.
    let found = RefCell::new(Vec::new());
    let mut loaded = match origin(path)? {
        Origin::Builtin(builtin) => builtin.load(&how.set)?,
        Origin::File(_) if capture(path)?.is_some() => {
            return Err(Failure::Usage {
                message: format!("{name} is a capture: there is nothing in it to play"),
                help: Some(format!(
                    "look at it with: wirelab show {}",
                    shell_word(path)
                )),
            });
        }
        Origin::File(path) => {
            folder = path.parent();
            let beside = |file: &str| {
                found.borrow_mut().push(folder?.join(file));
                read_beside(folder?, file, MAX_FILE).ok().flatten()
            };
            load_beside(&name, &read_text(path, MAX_TEXT)?, &how.set, &beside)?
        }
    };
    supply(&mut loaded, |file| {
        found.borrow_mut().push(folder?.join(file));
        let read = read_beside(folder?, file, MAX_CAPTURE).transpose()?;
        Some(read.map_err(|failed| reason(&failed.error)))
    })?;
    for file in found.take() {
        how.places.read(&file)?;
    }
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

/// A capture's bytes, or nothing if `path` is not a capture's.
pub(super) fn capture(path: &Path) -> Result<Option<Box<dyn Read>>, Failure> {
    let failed = |e: io::Error| Failure::Input {
        name: path.display().to_string(),
        why: reason(&e),
    };
    if path.as_os_str() == "-" {
        let input = ReadAhead::new(io::stdin()).map_err(failed)?;
        return Ok(Some(Box::new(input)));
    }
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
