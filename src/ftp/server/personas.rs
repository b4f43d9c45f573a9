//! The servers that we can be: a table of habits and words for each.
//!
//! What they say, and in which order, was measured on the servers themselves
//! where one could still be run; BisonWare, Microsoft's, wu-ftpd and NetWare's
//! are from documents.

use super::config::{Limits, LoginLimit};
use super::persona::{Connects, DataPort, DownloadEnd, LongLine, Persona, Writes};
use super::words::{Message, Words};
use crate::ftp::codec::LineEnd;
use crate::ftp::listing::Style;
use crate::ftp::path::Separators;
use crate::ftp::{MultiLine, Text, Verb};
use crate::time::Duration;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn us(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn greeting(lines: &[&str]) -> Vec<Text> {
    lines.iter().map(|line| Text::from(*line)).collect()
}

/// Failures after which the connection is closed with the last 530.
const fn failures(most: u32) -> LoginLimit {
    LoginLimit {
        failures: Some(most),
        farewell: false,
        delay: Duration::ZERO,
    }
}

/// Extensions that servers of the last century do not know.
const SINCE_1998: &[Verb] = &[
    Verb::Feat,
    Verb::Opts,
    Verb::Eprt,
    Verb::Epsv,
    Verb::Lang,
    Verb::Mlst,
    Verb::Mlsd,
    Verb::Host,
    Verb::Auth,
];

impl Persona {
    /// The names of all personas.
    pub const NAMES: &[&str] = &[
        "bisonware",
        "vsftpd",
        "proftpd",
        "pure-ftpd",
        "inetutils",
        "pyftpdlib",
        "microsoft",
        "wu-ftpd",
        "netware",
        "textbook",
    ];

    /// The persona of this name.
    pub fn named(name: &str) -> Option<Persona> {
        Some(match name {
            "bisonware" => Persona::bisonware(),
            "vsftpd" => Persona::vsftpd(),
            "proftpd" => Persona::proftpd(),
            "pure-ftpd" => Persona::pure_ftpd(),
            "inetutils" => Persona::inetutils(),
            "pyftpdlib" => Persona::pyftpdlib(),
            "microsoft" => Persona::microsoft(),
            "wu-ftpd" => Persona::wu_ftpd(),
            "netware" => Persona::netware(),
            "textbook" => Persona::textbook(),
            _ => return None,
        })
    }

    /// RFC 959 to the letter, with all that it describes and servers in the
    /// field have left behind: the default data port, block mode with restart
    /// markers, 551 for pages.
    pub fn textbook() -> Persona {
        Persona {
            name: "textbook",
            about: "RFC 959 to the letter, with all that servers in the field have left behind.",
            greeting: greeting(&["Service ready for new user."]),
            words: TEXTBOOK,
            multi_line: MultiLine::Bare,
            writes: Writes::Whole,
            think: ms(1),
            line_end: LineEnd::CrLf,
            long_line: LongLine::Refuse,
            separators: Separators::Slash,
            listing: Style::Unix,
            block_mode: true,
            telnet_format: true,
            page_structure: true,
            lists_the_missing: false,
            ignores_unknown: false,
            tells_unknown_users: false,
            unknown: &[],
            unimplemented: &[Verb::Smnt],
            default_data_port: true,
            connects: Connects::BeforeReply,
            data_port: DataPort::BelowControl,
            serves_strangers: false,
            says_125: true,
            reading: Duration::ZERO,
            ending: DownloadEnd::CloseThenReply,
            lingers: Duration::ZERO,
            limits: Limits::default(),
        }
    }

    /// BisonWare's server on Windows 98, as in the article of 2000: a message
    /// of the owner, then one of the product, each line written by itself.
    pub fn bisonware() -> Persona {
        Persona {
            name: "bisonware",
            about: "BisonWare on Windows 98: a greeting of two lines, each reply line by itself.",
            greeting: greeting(&[
                "This FTP server belongs to Scott.",
                "BisonWare BisonFTP server product V3.5 ready.",
            ]),
            words: BISONWARE,
            multi_line: MultiLine::Dashed,
            writes: Writes::LineByLine { gap: ms(10) },
            think: ms(5),
            line_end: LineEnd::AnyLf,
            separators: Separators::SlashAndBackslash,
            block_mode: false,
            telnet_format: false,
            page_structure: false,
            tells_unknown_users: true,
            unknown: SINCE_1998,
            reading: ms(500),
            ending: DownloadEnd::ReplyThenClose { after: ms(250) },
            lingers: Duration::from_secs(30),
            ..Persona::textbook()
        }
    }

    /// vsftpd 3.0.3 on Linux.
    pub fn vsftpd() -> Persona {
        Persona {
            name: "vsftpd",
            about: "vsftpd 3.0.3 on Linux: short replies that name no file.",
            greeting: greeting(&["(vsFTPd 3.0.3)"]),
            words: VSFTPD,
            think: us(400),
            line_end: LineEnd::AnyLf,
            long_line: LongLine::Close,
            listing: Style::UnixNumeric,
            lists_the_missing: true,
            unknown: &[Verb::Lang, Verb::Mlst, Verb::Mlsd, Verb::Host],
            unimplemented: &[Verb::Smnt, Verb::Rein],
            says_125: false,
            limits: Limits {
                login: failures(3),
                ..Limits::default()
            },
            ..Persona::modern()
        }
    }

    /// What the servers of this century share.
    fn modern() -> Persona {
        Persona {
            block_mode: false,
            telnet_format: false,
            page_structure: false,
            default_data_port: false,
            says_125: false,
            think: us(500),
            ..Persona::textbook()
        }
    }

    /// ProFTPD 1.3.8 on Debian.
    pub fn proftpd() -> Persona {
        Persona {
            name: "proftpd",
            about: "ProFTPD 1.3.8 on Debian: PASV serves whoever comes first.",
            greeting: greeting(&["ProFTPD Server (Debian) [{ip}]"]),
            words: PROFTPD,
            serves_strangers: true,
            unimplemented: &[Verb::Smnt, Verb::Rein],
            limits: Limits {
                login: failures(3),
                ..Limits::default()
            },
            ..Persona::modern()
        }
    }

    /// Pure-FTPd 1.0.50.
    pub fn pure_ftpd() -> Persona {
        Persona {
            name: "pure-ftpd",
            about: "Pure-FTPd 1.0.50: a long greeting, a sum of bytes in its 226.",
            greeting: greeting(&[
                "---------- Welcome to Pure-FTPd ----------",
                "You are one of the users of this server.",
                "Local time is now known to all.",
                "This is a private system - No anonymous login",
                "You will be disconnected after 15 minutes of inactivity.",
            ]),
            words: PURE_FTPD,
            multi_line: MultiLine::Dashed,
            line_end: LineEnd::AnyLf,
            long_line: LongLine::SayAndClose,
            unknown: &[Verb::Lang, Verb::Host, Verb::Rein, Verb::Smnt],
            unimplemented: &[],
            data_port: DataPort::BelowControl,
            limits: Limits {
                idle: Some(Duration::from_secs(900)),
                login: LoginLimit {
                    failures: Some(5),
                    farewell: false,
                    delay: Duration::from_secs(1),
                },
                ..Limits::default()
            },
            ..Persona::modern()
        }
    }

    /// GNU inetutils 2.4: the line of BSD's ftpd.
    pub fn inetutils() -> Persona {
        Persona {
            name: "inetutils",
            about: "GNU inetutils 2.4, in the line of BSD's ftpd: silent to an unknown command.",
            greeting: greeting(&["{host} FTP server (GNU inetutils 2.4) ready."]),
            words: INETUTILS,
            line_end: LineEnd::AnyLf,
            ignores_unknown: true,
            default_data_port: true,
            unknown: &[
                Verb::Feat,
                Verb::Opts,
                Verb::Lang,
                Verb::Mlst,
                Verb::Mlsd,
                Verb::Host,
                Verb::Auth,
            ],
            unimplemented: &[Verb::Smnt, Verb::Rein, Verb::Acct],
            limits: Limits {
                idle: Some(Duration::from_secs(900)),
                login: LoginLimit {
                    farewell: true,
                    ..failures(6)
                },
                ..Limits::default()
            },
            ..Persona::modern()
        }
    }

    /// pyftpdlib 1.5.10.
    pub fn pyftpdlib() -> Persona {
        Persona {
            name: "pyftpdlib",
            about: "pyftpdlib 1.5.10, written in Python: it connects behind its 150.",
            greeting: greeting(&["pyftpdlib 1.5.10 ready."]),
            words: PYFTPDLIB,
            unknown: &[Verb::Lang, Verb::Host, Verb::Auth, Verb::Smnt],
            unimplemented: &[],
            connects: Connects::AfterReply,
            data_port: DataPort::Any,
            says_125: true,
            ending: DownloadEnd::Together,
            limits: Limits {
                login: failures(3),
                ..Limits::default()
            },
            ..Persona::modern()
        }
    }

    /// Microsoft's FTP service.
    pub fn microsoft() -> Persona {
        Persona {
            name: "microsoft",
            about: "Microsoft's FTP service: listings as DIR prints them.",
            greeting: greeting(&["Microsoft FTP Service"]),
            words: MICROSOFT,
            multi_line: MultiLine::Dashed,
            separators: Separators::SlashAndBackslash,
            listing: Style::MsDos,
            unknown: &[Verb::Mlst, Verb::Mlsd],
            says_125: true,
            ending: DownloadEnd::Together,
            limits: Limits {
                idle: Some(Duration::from_secs(120)),
                ..Limits::default()
            },
            ..Persona::modern()
        }
    }

    /// wu-ftpd 2.6.2: most of the Internet, when the article was written.
    pub fn wu_ftpd() -> Persona {
        Persona {
            name: "wu-ftpd",
            about: "wu-ftpd 2.6.2, most of the Internet in the year 2000.",
            greeting: greeting(&[
                "{host} FTP server (Version wu-2.6.2(1) Tue Aug 1 12:00:00 2000) ready.",
            ]),
            words: WU_FTPD,
            multi_line: MultiLine::Dashed,
            line_end: LineEnd::AnyLf,
            unknown: SINCE_1998,
            default_data_port: true,
            limits: Limits {
                idle: Some(Duration::from_secs(900)),
                login: LoginLimit {
                    farewell: true,
                    ..failures(5)
                },
                ..Limits::default()
            },
            ..Persona::modern()
        }
    }

    /// The server of NetWare 5.1, known for its listing.
    pub fn netware() -> Persona {
        Persona {
            name: "netware",
            about: "NetWare 5.1, known for its listing.",
            greeting: greeting(&["Service Ready for new User"]),
            words: NETWARE,
            listing: Style::NetWare,
            unknown: SINCE_1998,
            default_data_port: true,
            ..Persona::modern()
        }
    }
}

const TEXTBOOK: Words = &[
    (Message::NeedPassword, "331 User name okay, need password."),
    (Message::LoggedIn, "230 User logged in, proceed."),
    (Message::WrongPassword, "530 Not logged in."),
];

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
    (Message::OpeningUpload, "150 Ok to send data."),
    (
        Message::OpeningList,
        "150 Here comes the directory listing.",
    ),
    (Message::ListComplete, "226 Directory send OK."),
    (Message::Aborted, "426 Failure writing network stream."),
    (
        Message::UploadAborted,
        "426 Failure reading network stream.",
    ),
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
    (
        Message::Restarting,
        "350 Restart position accepted ({offset}).",
    ),
    (Message::TypeSet, "200 Switching to {type} mode."),
    (Message::BadType, "500 Unrecognised TYPE command."),
    (
        Message::PortSet,
        "200 {verb} command successful. Consider using PASV.",
    ),
    (Message::FileFailed, "550 Failed to open file."),
    (Message::ChangeFailed, "550 Failed to change directory."),
    (
        Message::MakeFailed,
        "550 Create directory operation failed.",
    ),
    (
        Message::RemoveFailed,
        "550 Remove directory operation failed.",
    ),
    (Message::DeleteFailed, "550 Delete operation failed."),
    (Message::RenameFromFailed, "550 RNFR command failed."),
    (Message::RenameFailed, "550 Rename failed."),
    (Message::SizeFailed, "550 Could not get file size."),
    (
        Message::TimeFailed,
        "550 Could not get file modification time.",
    ),
    (Message::SiteFailed, "550 SITE CHMOD command failed."),
    (Message::SiteUnknown, "500 Unknown SITE command."),
    (Message::ReadFailed, "451 Failure reading local file."),
    (
        Message::CannotOpenData,
        "425 Failed to establish connection.",
    ),
    (Message::AbortDone, "226 ABOR successful."),
    (Message::NameNotAllowed, "553 Could not create file."),
    (Message::Idle, "421 Timeout."),
];

const PROFTPD: Words = &[
    (Message::NeedPassword, "331 Password required for {user}"),
    (Message::LoggedIn, "230 User {user} logged in"),
    (
        Message::OpeningFile,
        "150 Opening {type} mode data connection for {file} ({size} bytes)",
    ),
    (
        Message::OpeningUpload,
        "150 Opening {type} mode data connection for {file}",
    ),
    (
        Message::OpeningList,
        "150 Opening {type} mode data connection for file list",
    ),
    (Message::TransferComplete, "226 Transfer complete"),
    (Message::ListComplete, "226 Transfer complete"),
    (Message::NothingToAbort, "226 Abort successful"),
    (Message::AbortDone, "226 Abort successful"),
    (Message::TypeSet, "200 Type set to {letter}"),
    (Message::PortSet, "200 {verb} command successful"),
    (Message::DirectoryChanged, "250 CWD command successful"),
    (Message::DirectoryUp, "250 CDUP command successful"),
    (
        Message::WorkingDirectory,
        "257 {quoted} is the current directory",
    ),
    (
        Message::DirectoryMade,
        "257 {quoted} - Directory successfully created",
    ),
    (Message::DirectoryRemoved, "250 RMD command successful"),
    (Message::Deleted, "250 DELE command successful"),
    (
        Message::RenameFrom,
        "350 File or directory exists, ready for destination name",
    ),
    (Message::Renamed, "250 Rename successful"),
    (
        Message::Restarting,
        "350 Restarting at {offset}. Send STORE or RETRIEVE to initiate transfer",
    ),
    (Message::UnknownCommand, "500 {verb} not understood"),
    (Message::FileFailed, "550 {file}: {reason}"),
    (Message::NameNotAllowed, "550 {file}: {reason}"),
    (Message::TooManyFailures, "530 Login incorrect."),
    (
        Message::Idle,
        "421 No transfer timeout (600 seconds): closing control connection",
    ),
];

const PURE_FTPD: Words = &[
    (
        Message::NeedPassword,
        "331 User {user} OK. Password required",
    ),
    (Message::WrongPassword, "530 Login authentication failed"),
    (Message::LoggedIn, "230 OK. Current directory is {path}"),
    (Message::NotLoggedIn, "530 You aren't logged in"),
    (Message::UserFirst, "530 Please tell me who you are"),
    (
        Message::Goodbye,
        "221-Goodbye. You uploaded {stored} and downloaded {fetched} kbytes.\n221 Logout.",
    ),
    (Message::OpeningFile, "150 Accepted data connection"),
    (Message::OpeningUpload, "150 Accepted data connection"),
    (Message::OpeningList, "150 Accepted data connection"),
    (
        Message::TransferComplete,
        "226-File successfully transferred\n226 {moved} bytes in all",
    ),
    (
        Message::ListComplete,
        "226-Options: -l\n226 {moved} bytes in all",
    ),
    (
        Message::NothingToAbort,
        "226 Since you see this ABOR must've succeeded",
    ),
    (
        Message::AbortDone,
        "226 Since you see this ABOR must've succeeded",
    ),
    (
        Message::DirectoryChanged,
        "250 OK. Current directory is {path}",
    ),
    (Message::DirectoryUp, "250 OK. Current directory is {path}"),
    (
        Message::WorkingDirectory,
        "257 {quoted} is your current location",
    ),
    (
        Message::DirectoryMade,
        "257 {quoted} : The directory was successfully created",
    ),
    (
        Message::DirectoryRemoved,
        "250 The directory was successfully removed",
    ),
    (Message::Deleted, "250 Deleted {file}"),
    (
        Message::RenameFrom,
        "350 RNFR accepted - file exists, ready for destination",
    ),
    (Message::Renamed, "250 File successfully renamed or moved"),
    (Message::TypeSet, "200 TYPE is now {type}"),
    (Message::PortSet, "200 {verb} command successful"),
    (Message::UnknownCommand, "500 Unknown command"),
    (
        Message::Idle,
        "421 Timeout - try typing a little faster next time",
    ),
];

const INETUTILS: Words = &[
    (
        Message::LoggedIn,
        "230-Welcome to this machine.\n230 User {user} logged in.",
    ),
    (
        Message::OpeningFile,
        "150 Opening {type} mode data connection for '{file}' ({size} bytes).",
    ),
    (
        Message::OpeningUpload,
        "150 Opening {type} mode data connection for '{file}'.",
    ),
    (
        Message::OpeningList,
        "150 Opening {type} mode data connection for '/bin/ls'.",
    ),
    (Message::NothingToAbort, "225 ABOR command successful."),
    (Message::AbortDone, "226 ABOR command successful."),
    (Message::NotLoggedIn, "530 Please login with USER and PASS."),
    (Message::UserFirst, "503 Login with USER first."),
    (Message::RenameFromFirst, "503 Bad sequence of commands."),
    (Message::TypeSet, "200 Type set to {letter}."),
    (Message::DirectoryChanged, "250 CWD command successful."),
    (Message::DirectoryUp, "250 CWD command successful."),
    (
        Message::DirectoryMade,
        "257 {quoted} new directory created.",
    ),
    (Message::DirectoryRemoved, "250 RMD command successful."),
    (Message::Deleted, "250 DELE command successful."),
    (
        Message::RenameFrom,
        "350 File exists, ready for destination name",
    ),
    (Message::Renamed, "250 RNTO command successful."),
    (Message::NoOperation, "200 NOOP command successful."),
    (Message::NameNotAllowed, "553 {file}: {reason}."),
    (
        Message::Idle,
        "421 Timeout (900 seconds): closing control connection.",
    ),
];

const PYFTPDLIB: Words = &[
    (Message::NeedPassword, "331 Username ok, send password."),
    (Message::GuestPassword, "331 Username ok, send password."),
    (Message::WrongPassword, "530 Authentication failed."),
    (Message::LoggedIn, "230 Login successful."),
    (Message::NotLoggedIn, "530 Log in with USER and PASS first."),
    (Message::UserFirst, "503 Login with USER first."),
    (
        Message::OpeningFile,
        "150 File status okay. About to open data connection.",
    ),
    (
        Message::OpeningUpload,
        "150 File status okay. About to open data connection.",
    ),
    (
        Message::OpeningList,
        "150 File status okay. About to open data connection.",
    ),
    (
        Message::AlreadyOpen,
        "125 Data connection already open. Transfer starting.",
    ),
    (Message::NothingToAbort, "225 No transfer to abort."),
    (Message::AbortDone, "226 ABOR command successful."),
    (Message::TypeSet, "200 Type set to: {type}."),
    (Message::PortSet, "200 Active data connection established."),
    (
        Message::DirectoryChanged,
        "250 {quoted} is the current directory.",
    ),
    (
        Message::DirectoryUp,
        "250 {quoted} is the current directory.",
    ),
    (Message::DirectoryMade, "257 {quoted} directory created."),
    (Message::DirectoryRemoved, "250 Directory removed."),
    (Message::Deleted, "250 File removed."),
    (Message::RenameFrom, "350 Ready for destination name."),
    (Message::Renamed, "250 Renaming ok."),
    (Message::Restarting, "350 Restarting at position {offset}."),
    (
        Message::UnknownCommand,
        "500 Command {verb} not understood.",
    ),
    (Message::NoOperation, "200 I successfully did nothing'."),
    (Message::NameNotAllowed, "550 {reason}."),
    (Message::FileFailed, "550 {reason}."),
    (Message::Idle, "421 Control connection timed out."),
];

const MICROSOFT: Words = &[
    (Message::NeedPassword, "331 Password required for {user}."),
    (Message::WrongPassword, "530 User cannot log in."),
    (Message::LoggedIn, "230 User logged in."),
    (Message::System, "215 Windows_NT"),
    (
        Message::OpeningFile,
        "150 Opening {type} mode data connection.",
    ),
    (
        Message::OpeningUpload,
        "150 Opening {type} mode data connection.",
    ),
    (
        Message::OpeningList,
        "150 Opening {type} mode data connection.",
    ),
    (
        Message::AlreadyOpen,
        "125 Data connection already open; Transfer starting.",
    ),
    (Message::TypeSet, "200 Type set to {letter}."),
    (Message::DirectoryChanged, "250 CWD command successful."),
    (Message::DirectoryUp, "250 CDUP command successful."),
    (Message::DirectoryRemoved, "250 RMD command successful."),
    (Message::Deleted, "250 DELE command successful."),
    (
        Message::RenameFrom,
        "350 Requested file action pending further information.",
    ),
    (Message::Renamed, "250 RNTO command successful."),
    (
        Message::FileFailed,
        "550 The system cannot find the file specified.",
    ),
    (
        Message::UnknownCommand,
        "500 '{verb}': command not understood.",
    ),
    (Message::NothingToAbort, "225 ABOR command successful."),
    (Message::AbortDone, "226 ABOR command successful."),
    (
        Message::Idle,
        "421 Timeout (120 seconds): closing control connection.",
    ),
];

const WU_FTPD: Words = &[
    (
        Message::GuestPassword,
        "331 Guest login ok, send your complete e-mail address as password.",
    ),
    (
        Message::OpeningFile,
        "150 Opening {type} mode data connection for '{file}' ({size} bytes).",
    ),
    (Message::LoggedIn, "230 User {user} logged in."),
    (
        Message::Goodbye,
        "221-You have transferred {bytes} bytes in {files} files.\n221 Goodbye.",
    ),
    (
        Message::OpeningList,
        "150 Opening {type} mode data connection for /bin/ls.",
    ),
    (Message::TypeSet, "200 Type set to {letter}."),
    (Message::DirectoryChanged, "250 CWD command successful."),
    (Message::DirectoryUp, "250 CWD command successful."),
    (
        Message::DirectoryMade,
        "257 {quoted} new directory created.",
    ),
    (Message::DirectoryRemoved, "250 RMD command successful."),
    (Message::Deleted, "250 DELE command successful."),
    (
        Message::UnknownCommand,
        "500 '{verb}': command not understood.",
    ),
    (Message::NothingToAbort, "225 ABOR command successful."),
    (Message::AbortDone, "226 ABOR command successful."),
];

const NETWARE: Words = &[
    (Message::NeedPassword, "331 Password Needed for Login"),
    (Message::LoggedIn, "230 User {user} Logged in Successfully"),
    (Message::System, "215 NETWARE Type : L8"),
    (Message::Goodbye, "221 Goodbye"),
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
        assert!(Persona::named("apache").is_none());
    }
}
