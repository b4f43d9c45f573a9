//! The porch: files and folders.

#![allow(clippy::disallowed_methods, reason = "the porch opens files")]

mod files;
mod scratch;

pub use files::{
    AtomicFile, FileError, create_folder, read_beside, read_bytes, read_text, read_to_limit, reason,
};
pub use scratch::Scratch;
