//! What a capture tells: summaries of frames, transcripts of sessions.

mod summary;
mod text;
mod transcript;

pub use summary::{Address, Summary};
pub use text::Printable;
pub use transcript::{DataEntry, Entry, Session, Transcript, TranscriptBuilder};
