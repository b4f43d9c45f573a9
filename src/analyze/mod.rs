//! What a capture tells: summaries of frames, transcripts of sessions, filters, findings.

mod catalogue;
mod diff;
mod extract;
mod filter;
mod follow;
mod report;
mod services;
mod summary;
mod text;
mod transcript;

pub use catalogue::{Comparison, FILTERS, NamedFilter, find_filter};
pub use diff::{Counts, Difference, Ignore};
pub use extract::{Extracted, Extractor, safe_name};
pub use filter::{EITHER, Filter, FilterError, PROTOCOLS, habits};
pub use follow::Follow;
pub use report::{
    Analyzer, Answer, ConversationReport, DataReport, Finding, MAX_FRAMES, Overview, REPORT_FORMAT,
    Report, RoundTripReport, RoundTripsReport, SessionReport, Severity, SideReport, TransferReport,
};
pub use summary::{Address, Summary};
pub use text::Printable;
pub(crate) use text::{Bytes, push_number};
pub use transcript::{DataEntry, Entry, Session, Transcript, TranscriptBuilder};
