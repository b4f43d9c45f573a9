//! How a verb can fail, and the exit code that says so.

use std::io;

use super::output;
use crate::edge::FileError;
use crate::scenario::Diagnostics;

/// A difference, or a failed check.
const DIFFERENT: u8 = 1;
/// Wrong usage, or a wrong scenario.
pub(super) const WRONG: u8 = 2;
/// Input or output failed.
pub(super) const IO: u8 = 3;
/// Our own bug.
pub(super) const BUG: u8 = 70;

/// How a verb failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something did not come as it should; it has been told.
    Different,
    /// The command line asks for something that cannot be.
    Usage {
        message: String,
        help: Option<String>,
    },
    /// The scenario is wrong.
    Scenario(Box<Diagnostics>),
    /// It has been told: the exit code alone is left.
    Told(u8),
    /// A file failed.
    File(FileError),
    /// Something else failed that is not ours: its name, and why.
    Input { name: String, why: String },
    /// Standard output failed.
    Output(io::Error),
}

impl Failure {
    /// Wrong usage, in words.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage {
            message: message.into(),
            help: None,
        }
    }

    /// Tells what went wrong; the exit code.
    pub fn report(self) -> u8 {
        match self {
            Failure::Different => DIFFERENT,
            Failure::Told(code) => code,
            Failure::Usage { message, help } => {
                output::error(&message, help.as_deref());
                WRONG
            }
            Failure::Scenario(diagnostics) => {
                output::diagnostics(&diagnostics);
                WRONG
            }
            Failure::File(error) => {
                output::error(&error.to_string(), None);
                IO
            }
            Failure::Input { name, why } => {
                output::error(&format!("cannot read {name}: {why}"), None);
                IO
            }
            // Whoever read our output has seen enough.
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Failure::Output(error) => {
                output::error(&format!("cannot write to standard output: {error}"), None);
                IO
            }
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        Failure::File(error)
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Failure {
        Failure::Scenario(Box::new(diagnostics))
    }
}
