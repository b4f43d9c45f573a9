//! What goes to the terminal: results on standard output, the rest on standard error.

use core::ops::Range;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, SourceOffset, SourceSpan,
};

use unicode_width::UnicodeWidthStr;

use super::excerpt::{Excerpt, Pointed, excerpt, harmless};
use super::failure::Failure;
use crate::render::{Look, wrap};
use crate::scenario::{Diagnostic, Diagnostics, Severity, Sources, Span};

/// Nothing can be laid out in less.
const NARROWEST: usize = 20;

/// The width to write for: `COLUMNS` if it is set, else the terminal's, if
/// standard output is one; never less than [`NARROWEST`]. 0 is what some programs say
/// who know of no width.
pub(super) fn width() -> Option<usize> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the porch may ask the environment"
    )]
    let columns = std::env::var("COLUMNS").ok();
    let asked = columns.and_then(|c| c.parse().ok());
    let found = asked.filter(|c| *c > 0).or_else(|| {
        let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(width.0))
    });
    found.map(|width| width.max(NARROWEST))
}

/// How results are to look: as wide as there is room, and in colours if standard
/// output is a terminal that shows them and nobody has asked for none (`NO_COLOR`).
pub(super) fn look() -> Look {
    Look {
        width: width(),
        colours: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    }
}

/// Writes a result to standard output.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(Failure::Output)
}

/// Says something by the way, on standard error.
pub(super) fn remark(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", fit(&harmless(text), 0));
}

/// A line as a result: one line, but where a terminal is narrower.
pub(super) fn line(text: &str) -> Result<(), Failure> {
    result(&format!("{}\n", fit(&harmless(text), 0)))
}

/// A line broken at its spaces where the terminal is narrower, its words whole, for names
/// of files and hashes are copied. `taken` columns stand before it. Text of several lines
/// has been laid out already.
fn fit(text: &str, taken: usize) -> String {
    let error = || terminal_size::terminal_size_of(io::stderr()).map(|(w, _)| usize::from(w.0));
    match width().or_else(error) {
        Some(room) if !text.contains('\n') => folded(text, taken, room),
        _ => text.to_owned(),
    }
}

/// What follows the first line of a message is set in by so much.
const HANG: usize = 2;

fn folded(text: &str, taken: usize, room: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = taken;
    for (at, word) in text.split(' ').enumerate() {
        let columns = word.width();
        if at > 0 && column + 1 + columns > room && column > HANG {
            out.push_str("\n  ");
            column = HANG;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += columns;
    }
    out
}

/// Says what is wrong, in one line, and what to do about it in another.
pub(super) fn error(message: &str, help: Option<&str>) {
    let red = AnsiColor::Red.on_default().bold();
    let cyan = AnsiColor::Cyan.on_default();
    let plain = Style::new();
    let mut err = anstream::stderr();
    let _ = writeln!(
        err,
        "{red}error:{red:#} {plain}{}{plain:#}",
        fit(&harmless(message), "error: ".len())
    );
    if let Some(help) = help {
        let room = width().map(|width| width.saturating_sub(8));
        let lines = wrap(&harmless(help), room).join("\n        ");
        let _ = writeln!(err, "  {cyan}help:{cyan:#} {lines}");
    }
}

/// Says that something is not as it should be, and that work goes on.
pub(super) fn warning(message: &str) {
    let yellow = AnsiColor::Yellow.on_default().bold();
    let _ = writeln!(
        anstream::stderr(),
        "{yellow}warning:{yellow:#} {}",
        fit(&harmless(message), "warning: ".len())
    );
}

/// Prints what clap has to say: help and version are results, the rest is not.
pub(super) fn print_usage(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        let printed = result(&error.render().ansi().to_string());
        return printed.map_or_else(Failure::report, |()| 0);
    }
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// Shows what is wrong with a scenario, each with its line and a caret.
pub(super) fn diagnostics(diagnostics: &Diagnostics) {
    for diagnostic in diagnostics.list.iter().take(MAX_SHOWN) {
        show(&diagnostics.sources, diagnostic);
    }
    if let Some(more @ 1..) = diagnostics.list.len().checked_sub(MAX_SHOWN) {
        remark(&format!("and {more} more"));
    }
}

/// So many mistakes are shown at once: nobody mends more in one go.
const MAX_SHOWN: usize = 40;

/// Shows one diagnostic with its line and a caret.
pub(super) fn show(sources: &Sources, diagnostic: &Diagnostic) {
    let is_terminal = io::stderr().is_terminal();
    let theme = if is_terminal {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let columns = width().unwrap_or(100);
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(columns);
    let source = sources.text(diagnostic.span);
    let is_somewhere = diagnostic.span != Span::NOWHERE;
    let mut spans: Vec<Span> = is_somewhere
        .then_some(diagnostic.span)
        .into_iter()
        .collect();
    let related = diagnostic.related.as_ref();
    let related = related.filter(|(span, _)| span.text == diagnostic.span.text);
    spans.extend(related.map(|(span, _)| *span));
    let label = diagnostic.label.as_deref().unwrap_or("here");
    let words = [label]
        .into_iter()
        .chain(related.map(|(_, why)| why.as_str()));
    let pointed: Vec<_> = spans
        .iter()
        .zip(words)
        .map(|(span, words)| Pointed {
            place: place(sources, *span),
            words: words.chars().count(),
        })
        .collect();
    // Left of the text stand the lines' numbers, and a bar.
    let lines = spans.iter().map(|span| sources.line_column(*span).0 + 1);
    let gutter = lines.max().unwrap_or(1).to_string().len() + 4;
    let room = columns.saturating_sub(gutter);
    let (text, places) = excerpt(&source.text, &pointed, room);
    let starts = places.iter().map(|place| place.start);
    let told = spans.iter().map(|span| sources.line_column(*span));
    let text = Excerpt::new(&source.name, text, starts.zip(told).collect());
    let reasons = related.map(|(_, why)| why.as_str());
    let labelled = as_miette(diagnostic, &places, reasons);
    let report = miette::Report::new(labelled).with_source_code(text);
    let mut shown = String::new();
    if handler.render_report(&mut shown, report.as_ref()).is_err() {
        shown = harmless(&diagnostic.message);
    }
    let _ = write!(anstream::stderr(), "{shown}");
}

/// `places` are those of the diagnostic itself, and of what is related to it.
fn as_miette(
    diagnostic: &Diagnostic,
    places: &[Range<usize>],
    related: Option<&str>,
) -> MietteDiagnostic {
    let label = diagnostic.label.as_deref().unwrap_or("here");
    let words = [Some(label), related].into_iter().flatten().map(harmless);
    let mut labels = Vec::new();
    for (place, words) in places.iter().zip(words) {
        let span = SourceSpan::new(SourceOffset::from(place.start), place.len());
        labels.push(match labels.is_empty() {
            true => LabeledSpan::new_primary_with_span(Some(words), span),
            false => LabeledSpan::new_with_span(Some(words), span),
        });
    }
    let mut shown = MietteDiagnostic::new(harmless(&diagnostic.message))
        .with_severity(match diagnostic.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
        .with_labels(labels);
    shown.help = diagnostic.help.as_deref().map(harmless);
    shown
}

/// A span within its text, whatever the parser made of it.
fn place(sources: &Sources, span: Span) -> Range<usize> {
    let text = &sources.text(span).text;
    let start = (span.start as usize).min(text.len());
    let end = (span.end as usize).clamp(start, text.len());
    // A value of several lines is pointed at by its first.
    let first_line = text.get(start..end).and_then(|t| t.find('\n'));
    let len = first_line.unwrap_or(end - start);
    start..start + len
}

/// How far long work has come, on a terminal's last line; nothing elsewhere.
pub(super) struct Progress {
    total: usize,
    is_shown: bool,
}

impl Progress {
    /// For so many pieces of work.
    pub fn new(total: usize) -> Progress {
        Progress {
            total,
            is_shown: total > 20 && io::stderr().is_terminal(),
        }
    }

    /// So many are done.
    pub fn show(&self, done: usize) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r{done} of {}", self.total);
        }
    }

    /// Leaves the line empty.
    pub fn clear(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r{:24}\r", "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn messages_are_broken_between_words_alone() {
        let cases = [
            ("one two three", 0, 13, "one two three"),
            ("one two three", 0, 12, "one two\n  three"),
            ("one two three", 6, 12, "one\n  two three"),
            (
                "a-long-name.pcap: 1 frame",
                0,
                10,
                "a-long-name.pcap:\n  1 frame",
            ),
            ("a  b", 0, 20, "a  b"),
            ("", 0, 20, ""),
        ];
        for (text, taken, room, expected) in cases {
            assert_eq!(folded(text, taken, room), expected, "{text} in {room}");
        }
    }
}
