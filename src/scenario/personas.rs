//! The names of FTP personas, and what each client persona cannot do.

use super::model::{Mode, Verb};

/// Stacks.
pub(super) const STACK_PERSONAS: [&str; 3] = ["plain", "windows-98", "linux"];

/// Servers.
pub(super) const SERVER_PERSONAS: [&str; 2] = ["bisonware", "vsftpd"];

/// Clients.
pub(super) const CLIENT_PERSONAS: [&str; 2] = ["raw", "windows-ftp"];

/// Why a client persona cannot open data connections that way.
pub(super) fn cannot_use_mode(persona: &str, mode: Mode) -> Option<&'static str> {
    (persona == "windows-ftp" && mode != Mode::Active)
        .then_some("Windows' ftp.exe knows PORT alone: it has no passive mode")
}

/// Why a client persona cannot do that.
pub(super) fn cannot_do(persona: &str, verb: &Verb) -> Option<&'static str> {
    if persona != "windows-ftp" {
        return None;
    }
    match verb {
        Verb::List(_) => Some("Windows' ftp.exe says LIST for `dir`"),
        Verb::Nlst(_) => Some("Windows' ftp.exe says NLST for `ls`"),
        _ => None,
    }
}
