//! The porch: files and folders, and a thread that writes.

#![allow(clippy::disallowed_methods, reason = "the porch opens files")]

mod background;
mod files;
mod read_ahead;
mod scratch;

pub use background::Background;
pub use files::{
    AtomicFile, FileError, create_folder, is_for_half_written, is_same_file, read_beside,
    read_bytes, read_text, read_to_limit, reason,
};
pub use read_ahead::ReadAhead;
pub use scratch::Scratch;
