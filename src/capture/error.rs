//! What can be wrong with a capture: where in its bytes, and what.

use core::fmt;
use std::io;

/// Something is wrong with a capture's bytes, or they cannot be had.
#[derive(Debug)]
pub struct ReadError {
    /// Where the broken piece begins, in bytes from the start of the input
    /// (after decompression, if it was compressed).
    pub offset: u64,
    /// What is wrong.
    pub problem: ReadProblem,
}

/// What is wrong with a capture's bytes.
#[derive(Debug)]
pub enum ReadProblem {
    /// The input begins like no capture format that we know; its first bytes,
    /// four at most.
    NotACapture(Vec<u8>),
    /// The input is empty.
    Empty,
    /// The input ends in the middle of this.
    Cut {
        /// In the middle of what.
        what: &'static str,
        /// How many bytes it needs.
        wanted: u64,
        /// How many are there.
        found: u64,
    },
    /// A piece makes no sense and was passed over.
    Broken(String),
    /// The input could not be read.
    Io(io::Error),
}

impl ReadError {
    pub(super) fn new(offset: u64, problem: ReadProblem) -> ReadError {
        ReadError { offset, problem }
    }

    pub(super) fn broken(offset: u64, what: impl Into<String>) -> ReadError {
        ReadError::new(offset, ReadProblem::Broken(what.into()))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match &self.problem {
            ReadProblem::NotACapture(begins) => {
                let octets: Vec<String> = begins.iter().map(|o| format!("{o:02x}")).collect();
                let octets = octets.join(" ");
                write!(
                    f,
                    "not a capture: it begins with {octets}, which is neither pcap nor pcapng"
                )
            }
            ReadProblem::Empty => f.write_str("not a capture: there is nothing in it"),
            ReadProblem::Cut {
                what,
                wanted,
                found,
            } => write!(
                f,
                "byte {at}: cut short in the middle of {what} ({wanted} bytes wanted, {found} there)"
            ),
            ReadProblem::Broken(what) => write!(f, "byte {at}: {what}"),
            ReadProblem::Io(error) => write!(f, "byte {at}: {error}"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            ReadProblem::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// A capture could not be written.
#[derive(Debug)]
pub enum WriteError {
    /// The output could not be written.
    Io(io::Error),
    /// The format cannot hold this, and why.
    Unfit(String),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Io(error) => error.fmt(f),
            WriteError::Unfit(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            WriteError::Io(error) => Some(error),
            WriteError::Unfit(_) => None,
        }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> WriteError {
        WriteError::Io(error)
    }
}
