//! A capture as one page for a browser, with everything in it: the packet
//! list, layers and bytes, the ladder, the dialogues, the findings. And sheets
//! of questions about one, within the same frame.
//!
//! A page fetches nothing. Its policy (`Content-Security-Policy`) forbids the
//! browser to, and to run any script but the one whose hash it names: what
//! stands in a capture stays text, whatever it looks like.

mod base64;
mod data;
mod frame;
mod sections;
mod sheet;

use std::net::IpAddr;

use super::{Ladder, Lost};
use crate::analyze::{Analyzer, TranscriptBuilder};
use crate::dissect::{Dissected, Dissector};
use data::Data;
use frame::{Frame, fill};

pub use sheet::{Outcome, Sheet, Task, TaskMark};

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const FILTER: &str = include_str!("filter.js");
const SCRIPT: &str = include_str!("page.js");

/// What is beside the heading.
const TOOLS: &str = r#"
    <div class="tools">
      <button type="button" id="help-button" aria-haspopup="dialog">Keys <kbd>?</kbd></button>
      <button type="button" id="theme" aria-label="Switch between light and dark"><span aria-hidden="true">◐</span></button>
    </div>"#;

/// What a page is about.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// Its heading.
    pub title: String,
    /// A few sentences on it; may be empty.
    pub about: String,
    /// What else there is to know, as pairs: seed, tap.
    pub facts: Vec<(String, String)>,
    /// Frames that a fault took.
    pub lost: Vec<Lost>,
    /// Passwords are shown in the findings as they are.
    pub show_passwords: bool,
}

/// A page, written while frames are read.
///
/// ```
/// use wirelab::dissect::Dissector;
/// use wirelab::render::{Page, Subject};
/// # let capture = wirelab::capture::Capture::default();
/// let mut dissector = Dissector::new();
/// let mut page = Page::new(Subject { title: "<my> capture".into(), ..Subject::default() });
/// for frame in capture.frames() {
///     page.push(&dissector.dissect(frame), None);
/// }
/// let html = page.finish(&dissector);
/// assert!(html.contains("<h1>&lt;my&gt; capture</h1>"));
/// ```
#[derive(Debug)]
pub struct Page {
    subject: Subject,
    data: Data,
    ladder: Ladder,
    names: Vec<(IpAddr, String)>,
    analyzer: Analyzer,
    transcript: TranscriptBuilder,
    omitted: u64,
}

impl Page {
    /// A page holds so many frames; of a longer capture it holds the first
    /// ones, and says how many more there are.
    pub const MAX_FRAMES: usize = 50_000;

    /// Frames are left out as well behind so many values of fields: most frames
    /// have less than a hundred, but a hostile one has thousands.
    const MAX_WEIGHT: usize = 6_000_000;

    /// Dialogues are told up to so many lines in all.
    const MAX_LINES: usize = 100_000;

    /// A page without frames.
    pub fn new(subject: Subject) -> Page {
        Page {
            ladder: Ladder::new(subject.lost.clone()),
            analyzer: Analyzer::new().show_passwords(subject.show_passwords),
            transcript: TranscriptBuilder::default(),
            data: Data::new(),
            names: Vec::new(),
            omitted: 0,
            subject,
        }
    }

    /// Takes the next frame, and why it was sent, where that is known. Sessions
    /// and findings cover those frames too for which there is no room.
    pub fn push(&mut self, seen: &Dissected<'_>, why: Option<String>) {
        self.analyzer.note(seen);
        if self.transcript.len() < Page::MAX_LINES {
            self.transcript.note(seen);
        }
        let is_full = self.omitted > 0
            || self.data.len() >= Page::MAX_FRAMES
            || self.data.weight() >= Page::MAX_WEIGHT;
        if !is_full {
            self.ladder.push(seen);
            self.data.push(seen, why.unwrap_or_default());
        } else {
            self.omitted += 1;
        }
    }

    /// Names of addresses, for the ladder's lifelines.
    pub fn name_hosts(&mut self, names: Vec<(IpAddr, String)>) {
        self.names = names;
    }

    /// How many frames it holds.
    pub fn kept(&self) -> usize {
        self.data.len()
    }

    /// How many frames there was no room for.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// The page. `dissector` is the one that read the frames.
    pub fn finish(mut self, dissector: &Dissector) -> String {
        self.ladder.finish();
        self.ladder.name_hosts(&self.names);
        let report = self.analyzer.finish(dissector);
        let transcript = self.transcript.finish(dissector);
        let script = format!("{FILTER}\n{SCRIPT}");
        let frames = self.data.len();
        let facts = facts(&self.subject, &report.capture, self.omitted);
        let body = fill(HTML, |name| match name {
            "frames" => frames.to_string(),
            "data" => self.data.to_json(),
            "ladder" => self.ladder.to_element(),
            "sessions" => sections::sessions(&report.sessions, &transcript),
            "findings" => sections::findings(&report.findings),
            "findings-count" => report.findings.len().to_string(),
            "answers" => sections::answers(&report.answers),
            _ => String::new(),
        });
        let frame = Frame {
            title: &self.subject.title,
            about: &self.subject.about,
            facts: &facts,
            style: STYLE,
            tools: TOOLS,
            start: ("list", "packets"),
            body: &body,
            script: &script,
        };
        frame.to_html()
    }
}

fn facts(
    subject: &Subject,
    capture: &crate::analyze::Overview,
    omitted: u64,
) -> Vec<(String, String)> {
    let millis = capture.duration_ns / 1_000_000;
    let mut all = vec![
        ("Frames".to_owned(), capture.frames.to_string()),
        ("Bytes".to_owned(), capture.bytes.to_string()),
        (
            "Duration".to_owned(),
            format!("{}.{:03} s", millis / 1000, millis % 1000),
        ),
    ];
    if omitted > 0 {
        let shown = capture.frames.saturating_sub(omitted);
        all.push((
            "On this page".to_owned(),
            format!("the first {shown} frames"),
        ));
    }
    all.extend(subject.facts.iter().cloned());
    all
}
