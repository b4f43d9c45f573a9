//! `wirelab analyze --extract`: the files that were transferred, into a folder.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::output;
use super::places::Places;
use crate::analyze::{Bytes, Extracted, Extractor, Printable, safe_name};
use crate::dissect::{Dissected, Transfer, TransferId};
use crate::edge::{AtomicFile, FileError};

/// Writes what transfers moved, each into a file of its own.
pub(super) struct Files<'a> {
    folder: &'a Path,
    /// The capture itself may lie in that folder.
    places: &'a Places,
    extractor: Extractor,
    open: BTreeMap<TransferId, Open>,
}

struct Open {
    file: AtomicFile,
    bytes: u64,
    missing: u64,
}

impl<'a> Files<'a> {
    /// Files in that folder, which is made if it is not there.
    pub(super) fn new(folder: &'a Path, places: &'a Places) -> Result<Files<'a>, Failure> {
        std::fs::create_dir_all(folder).map_err(|error| FileError {
            path: folder.to_owned(),
            doing: "write",
            error,
        })?;
        Ok(Files {
            folder,
            places,
            extractor: Extractor::new(),
            open: BTreeMap::new(),
        })
    }

    pub(super) fn note(&mut self, seen: &Dissected<'_>) -> Result<(), Failure> {
        let (folder, places, open) = (self.folder, self.places, &mut self.open);
        self.extractor.note(seen, |transfer, piece| {
            match piece {
                Extracted::Bytes(bytes) => {
                    let open = Open::of(open, folder, places, transfer)?;
                    open.bytes += bytes.len() as u64;
                    let written = open.file.write_all(bytes);
                    written.map_err(|e| open.file.failure(e))?;
                }
                Extracted::Gap(len) => Open::of(open, folder, places, transfer)?.missing += len,
                Extracted::End => {
                    if let Some(done) = open.remove(&transfer.id) {
                        done.finish()?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Ends what the capture did not.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.open.into_values().try_for_each(Open::finish)
    }
}

impl Open {
    fn of<'m>(
        open: &'m mut BTreeMap<TransferId, Open>,
        folder: &Path,
        places: &Places,
        transfer: &Transfer,
    ) -> Result<&'m mut Open, Failure> {
        use std::collections::btree_map::Entry;
        Ok(match open.entry(transfer.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let path = path(folder, transfer);
                places.write(&path)?;
                place.insert(Open {
                    file: AtomicFile::create(&path)?,
                    bytes: 0,
                    missing: 0,
                })
            }
        })
    }

    fn finish(self) -> Result<(), Failure> {
        let hole = match self.missing {
            0 => String::new(),
            missing => format!(", {missing} more are not in the capture"),
        };
        let line = format!(
            "{}: {}{hole}",
            self.file.path().display(),
            Bytes(self.bytes)
        );
        self.file.finish()?;
        output::remark(&line);
        Ok(())
    }
}

fn path(folder: &Path, transfer: &Transfer) -> PathBuf {
    let command = transfer.command.as_ref();
    let verb = command.map_or("data", |c| c.verb.name());
    let argument = command.and_then(|c| c.argument.as_ref());
    let argument = argument.map(|a| Printable(a.as_bytes()).to_string());
    folder.join(safe_name(
        transfer.id.0,
        verb,
        &argument.unwrap_or_default(),
    ))
}
