//! What is wrong with a scenario, where, and what to do about it.

use core::fmt;

use super::source::{Sources, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The scenario can be played, but probably not as meant.
    Warning,
    /// The scenario cannot be played.
    Error,
}

/// One thing wrong with a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without its full stop.
    pub message: String,
    /// Where, or [`Span::NOWHERE`].
    pub span: Span,
    /// What stands there, in a few words, if that helps.
    pub label: Option<String>,
    /// Another place that matters, and why.
    pub related: Option<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// The keys of the scenario from which it was concluded that something is not
    /// written. Where one of them could not be read, that may be in there, and
    /// this is not told. What is said of an actor rests on no other actor.
    pub rests_on: &'static [&'static str],
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            span,
            label: None,
            related: None,
            help: None,
            rests_on: &[],
        }
    }

    /// A warning at `span`.
    pub fn warning(message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(message, span)
        }
    }

    /// With what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Concluded from what is not written under these keys of the scenario.
    pub fn rests_on(mut self, keys: &'static [&'static str]) -> Diagnostic {
        self.rests_on = keys;
        self
    }

    /// With a few words beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = Some(label.into());
        self
    }

    /// With another place that matters.
    pub fn related(mut self, span: Span, why: impl Into<String>) -> Diagnostic {
        self.related = Some((span, why.into()));
        self
    }
}

/// Everything wrong with one scenario, and the texts it is wrong in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    /// The texts that the spans point into.
    pub sources: Sources,
    /// What is wrong, in the order in which it is written.
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// At least one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }
}

/// One line each, as compilers write them: `file:3:7: error: …`.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, d) in self.list.iter().enumerate() {
            let (line, column) = self.sources.line_column(d.span);
            let severity = match d.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let name = &self.sources.text(d.span).name;
            let newline = if index > 0 { "\n" } else { "" };
            write!(f, "{newline}{name}:")?;
            if d.span != Span::NOWHERE {
                write!(f, "{line}:{column}:")?;
            }
            write!(f, " {severity}: {}", d.message)?;
            if let Some(help) = &d.help {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
