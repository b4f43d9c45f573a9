//! The porch: files, and nothing else yet.

#![allow(clippy::disallowed_methods, reason = "the porch opens files")]

mod files;

pub use files::{AtomicFile, FileError, create_folder, read_bytes, read_text, read_to_limit};
