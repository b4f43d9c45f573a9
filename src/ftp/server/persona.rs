//! How servers differ: wording, timing, order. Each persona is a table of habits.

use super::config::Limits;
use super::words::{Message, Words};
use crate::ftp::codec::LineEnd;
use crate::ftp::listing::Style;
use crate::ftp::path::Separators;
use crate::ftp::{MultiLine, Text, Verb};
use crate::time::Duration;

/// The habits of a server.
#[derive(Debug, Clone)]
pub struct Persona {
    /// Its name in scenarios.
    pub name: &'static str,
    /// The lines of its greeting (220).
    pub greeting: Vec<Text>,
    /// Its words, where they are not the usual ones.
    pub words: Words,
    /// How the middle lines of its replies look.
    pub multi_line: MultiLine,
    /// How its replies are written to the connection.
    pub writes: Writes,
    /// How long it thinks about each command, and about a new client.
    pub think: Duration,
    /// What ends a command's line.
    pub line_end: LineEnd,
    /// Whether a backslash separates names.
    pub separators: Separators,
    /// How LIST looks.
    pub listing: Style,
    /// It says 530 to USER with a name that it does not know, which tells a
    /// guesser which names exist.
    pub tells_unknown_users: bool,
    /// Known verbs that it answers with 500.
    pub unknown: &'static [Verb],
    /// Known verbs that it answers with 502.
    pub unimplemented: &'static [Verb],
    /// Without PORT and PASV it connects to the port of the client's control
    /// connection (RFC 959 §3.2); otherwise it says 425.
    pub default_data_port: bool,
    /// When it opens an active data connection.
    pub connects: Connects,
    /// From which port it opens one.
    pub data_port: DataPort,
    /// It answers 125 when the data connection is open already.
    pub says_125: bool,
    /// How long it takes to read a directory or to open a file, after the 1yz reply.
    pub reading: Duration,
    /// In which order a download ends.
    pub ending: DownloadEnd,
    /// How long after 221 it closes the connection, if the client has not.
    pub lingers: Duration,
    /// How much of everything.
    pub limits: Limits,
}

/// How replies are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Each reply in one write.
    Whole,
    /// Each line in a write of its own, with this time between two.
    LineByLine {
        /// The time between two lines.
        gap: Duration,
    },
}

/// When an active data connection is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connects {
    /// Before the 1yz reply, which waits for the handshake.
    BeforeReply,
    /// After the 1yz reply has been written.
    AfterReply,
}

/// From which port an active data connection is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataPort {
    /// The port below that of the control connection (RFC 959 §5.2): 20.
    BelowControl,
    /// Any free port, as servers do that have given up their privileges.
    Any,
}

/// In which order a download ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadEnd {
    /// Once the data is acknowledged: 226, and later the FIN.
    ReplyThenClose {
        /// How much later.
        after: Duration,
    },
    /// The FIN right after the data; 226 once both sides have closed.
    CloseThenReply,
    /// The FIN right after the data, and 226 at the same time.
    Together,
}

impl Persona {
    /// The names of all personas.
    pub const NAMES: &[&str] = &["bisonware", "vsftpd"];

    /// The persona of this name.
    pub fn named(name: &str) -> Option<Persona> {
        match name {
            "bisonware" => Some(Persona::bisonware()),
            "vsftpd" => Some(Persona::vsftpd()),
            _ => None,
        }
    }

    /// BisonWare's server on Windows 98, as in the article of 2000: a message
    /// of the owner, then one of the product, each line written by itself.
    pub fn bisonware() -> Persona {
        Persona {
            name: "bisonware",
            greeting: vec![
                Text::from("This FTP server belongs to Scott."),
                Text::from("BisonWare BisonFTP server product V3.5 ready."),
            ],
            words: BISONWARE,
            multi_line: MultiLine::Dashed,
            writes: Writes::LineByLine {
                gap: Duration::from_millis(10),
            },
            think: Duration::from_millis(5),
            line_end: LineEnd::AnyLf,
            separators: Separators::SlashAndBackslash,
            listing: Style::Unix,
            tells_unknown_users: true,
            unknown: &[
                Verb::Feat,
                Verb::Opts,
                Verb::Eprt,
                Verb::Epsv,
                Verb::Lang,
                Verb::Mlst,
                Verb::Mlsd,
                Verb::Host,
                Verb::Auth,
            ],
            unimplemented: &[Verb::Smnt],
            default_data_port: true,
            connects: Connects::BeforeReply,
            data_port: DataPort::BelowControl,
            says_125: true,
            reading: Duration::from_millis(500),
            ending: DownloadEnd::ReplyThenClose {
                after: Duration::from_millis(250),
            },
            lingers: Duration::from_secs(30),
            limits: Limits::default(),
        }
    }

    /// vsftpd 3.0.3 on Linux.
    pub fn vsftpd() -> Persona {
        Persona {
            name: "vsftpd",
            greeting: vec![Text::from("(vsFTPd 3.0.3)")],
            words: VSFTPD,
            multi_line: MultiLine::Bare,
            writes: Writes::Whole,
            think: Duration::from_micros(400),
            line_end: LineEnd::AnyLf,
            separators: Separators::Slash,
            listing: Style::UnixNumeric,
            tells_unknown_users: false,
            unknown: &[Verb::Lang, Verb::Mlst, Verb::Mlsd, Verb::Host],
            unimplemented: &[Verb::Smnt, Verb::Rein],
            default_data_port: false,
            connects: Connects::BeforeReply,
            data_port: DataPort::BelowControl,
            says_125: false,
            reading: Duration::ZERO,
            ending: DownloadEnd::CloseThenReply,
            lingers: Duration::ZERO,
            limits: Limits {
                login: super::config::LoginLimit {
                    failures: Some(3),
                    ..Default::default()
                },
                ..Limits::default()
            },
        }
    }
}

const BISONWARE: Words = &[
    (Message::NeedPassword, "331 User name OK--need password."),
    (
        Message::UnknownUser,
        "530 User name {user} not known--not logged in.",
    ),
    (
        Message::WrongPassword,
        "530 Password not correct--not logged in.",
    ),
    (Message::LoggedIn, "230 User logged in OK--Proceed."),
    (Message::Goodbye, "221 Service closing--goodbye."),
    (
        Message::OpeningFile,
        "150-File {file}: {size} bytes.\n150 Opening {type} data connection.",
    ),
    (
        Message::OpeningUpload,
        "150-File {file}.\n150 Opening {type} data connection.",
    ),
    (
        Message::OpeningList,
        "150-Directory of {path}.\n150 Opening {type} data connection.",
    ),
    (Message::System, "215 Windows 95/98/NT BisonFTP server."),
];

const VSFTPD: Words = &[
    (Message::NeedPassword, "331 Please specify the password."),
    (Message::GuestPassword, "331 Please specify the password."),
    (Message::WrongPassword, "530 Login incorrect."),
    (Message::LoggedIn, "230 Login successful."),
    (Message::NotLoggedIn, "530 Please login with USER and PASS."),
    (Message::UserFirst, "503 Login with USER first."),
    (Message::RenameFromFirst, "503 RNFR required first."),
    (
        Message::OpeningFile,
        "150 Opening {type} mode data connection for {file} ({size} bytes).",
    ),
    (Message::OpeningUpload, "150 Ok to send data."),
    (
        Message::OpeningList,
        "150 Here comes the directory listing.",
    ),
    (Message::ListComplete, "226 Directory send OK."),
    (Message::NothingToAbort, "225 No transfer to ABOR."),
    (
        Message::DirectoryChanged,
        "250 Directory successfully changed.",
    ),
    (Message::DirectoryUp, "250 Directory successfully changed."),
    (
        Message::WorkingDirectory,
        "257 {quoted} is the current directory",
    ),
    (Message::DirectoryMade, "257 {quoted} created"),
    (
        Message::DirectoryRemoved,
        "250 Remove directory operation successful.",
    ),
    (Message::Deleted, "250 Delete operation successful."),
    (Message::RenameFrom, "350 Ready for RNTO."),
    (
        Message::Restarting,
        "350 Restart position accepted ({offset}).",
    ),
    (Message::TypeSet, "200 Switching to {type} mode."),
    (
        Message::PortSet,
        "200 {verb} command successful. Consider using PASV.",
    ),
    (Message::FileFailed, "550 Failed to open file."),
    (Message::NameNotAllowed, "553 Could not create file."),
    (Message::Idle, "421 Timeout."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::Reply;

    #[test]
    fn every_persona_has_words_that_are_replies() {
        for name in Persona::NAMES {
            let persona = Persona::named(name).unwrap();
            assert_eq!(persona.name, *name);
            assert!(!persona.greeting.is_empty());
            for (message, words) in persona.words {
                assert!(words.parse::<Reply>().is_ok(), "{message:?}: {words}");
            }
        }
        assert!(Persona::named("netware").is_none());
    }
}
