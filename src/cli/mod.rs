//! The command line: arguments, one file per verb, exit codes.

pub mod show;
