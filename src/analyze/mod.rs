//! What a capture tells: summaries of frames, transcripts of sessions, filters.

mod filter;
mod summary;
mod text;
mod transcript;

pub use filter::{Filter, FilterError};
pub use summary::{Address, Summary};
pub use text::Printable;
pub use transcript::{DataEntry, Entry, Session, Transcript, TranscriptBuilder};
