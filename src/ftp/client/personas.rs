//! The clients that we can be: a table of habits for each.
//!
//! What they send, and in which order, was measured on the programs
//! themselves; that of Windows is from documents.

use super::persona::{DataMode, Op, Persona, Write};
use crate::ftp::Verb;
use crate::time::Duration;

use Op::*;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// How a person at a prompt and how a program goes from one action to the next.
const AT_A_PROMPT: Duration = ms(1500);
const AT_ONCE: Duration = Duration::ZERO;
/// How long a program takes between a reply and its next command.
const BRISK: (Duration, Duration) = (Duration::from_micros(100), ms(1));

/// ABOR and nothing before it.
const PLAIN_ABORT: &[Write] = &[Write::Plain(b"ABOR\r\n")];
/// IAC IP IAC as urgent data, then DM and the command: tnftp and inetutils.
const BSD_ABORT: &[Write] = &[
    Write::Urgent(b"\xff\xf4\xff"),
    Write::Plain(b"\xf2ABOR\r\n"),
];
/// IAC IP IAC, DM as urgent data, and the command.
const LFTP_ABORT: &[Write] = &[
    Write::Plain(b"\xff\xf4\xff"),
    Write::Urgent(b"\xf2"),
    Write::Plain(b"ABOR\r\n"),
];
/// The command itself as urgent data, and no Telnet at all.
const PYTHON_ABORT: &[Write] = &[Write::Urgent(b"ABOR\r\n")];

impl Persona {
    /// The names of all personas.
    pub const NAMES: &[&str] = &[
        "windows-ftp",
        "windows-10-ftp",
        "tnftp",
        "inetutils",
        "lftp",
        "curl",
        "wget",
        "ftplib",
        "filezilla",
        "raw",
    ];

    /// The persona of this name.
    pub fn named(name: &str) -> Option<Persona> {
        Some(match name {
            "windows-ftp" => Persona::windows_ftp(),
            "windows-10-ftp" => Persona {
                name: "windows-10-ftp",
                about: "`ftp.exe` of Windows 10: `OPTS UTF8 ON` first, else as `windows-ftp`.",
                login: &[Utf8, Main, Pass],
                ..Persona::windows_ftp()
            },
            "tnftp" => Persona::tnftp(),
            "inetutils" => Persona::inetutils(),
            "lftp" => Persona::lftp(),
            "curl" => Persona::curl(),
            "wget" => Persona::wget(),
            "ftplib" => Persona::ftplib(),
            "filezilla" => Persona::filezilla(),
            "raw" => Persona::raw(),
            _ => return None,
        })
    }

    /// `ftp.exe` of Windows 98 to XP.
    pub fn windows_ftp() -> Persona {
        Persona {
            name: "windows-ftp",
            about: "`ftp.exe` of Windows 98 to XP: PORT alone, and a person at a prompt.",
            modes: &[DataMode::Active],
            think: AT_A_PROMPT,
            pace: (ms(2), ms(17)),
            types_password: AT_A_PROMPT,
            old_forms: true,
            ..Persona::raw()
        }
    }

    /// A program without habits: what a step says, at once, and nothing else.
    pub fn raw() -> Persona {
        Persona {
            name: "raw",
            about: "A program without habits: what a step says, at once, and nothing else.",
            modes: &[
                DataMode::Passive,
                DataMode::Active,
                DataMode::ExtendedPassive,
                DataMode::ExtendedActive,
            ],
            think: AT_ONCE,
            pace: (AT_ONCE, AT_ONCE),
            login: &[Main, Pass],
            types_password: AT_ONCE,
            listing: &[Prepare, Main],
            ls_is_nlst: true,
            list_options: None,
            globs_with: Verb::Nlst,
            fetching: &[Prepare, Rest, Main],
            storing: &[Prepare, Rest, Main],
            starts_with_ascii: true,
            assumes_ascii: true,
            cd_up_is_cdup: false,
            abort: PLAIN_ABORT,
            trusts_227: true,
            old_forms: false,
            quits: true,
        }
    }

    /// tnftp 20210827, the `ftp` of NetBSD and macOS.
    pub fn tnftp() -> Persona {
        Persona {
            name: "tnftp",
            about: "tnftp 20210827, the `ftp` of NetBSD and macOS: EPSV first.",
            modes: &[
                DataMode::ExtendedPassive,
                DataMode::Passive,
                DataMode::Active,
            ],
            think: AT_A_PROMPT,
            pace: BRISK,
            login: &[Main, Pass, Syst, Feat],
            types_password: AT_A_PROMPT,
            listing: &[Type, Prepare, Main],
            ls_is_nlst: false,
            fetching: &[Type, Size, Prepare, Rest, Main, Mdtm],
            storing: &[Type, Prepare, Rest, Main],
            starts_with_ascii: false,
            abort: BSD_ABORT,
            trusts_227: false,
            ..Persona::raw()
        }
    }

    /// The `ftp` of GNU inetutils 2.4.
    pub fn inetutils() -> Persona {
        Persona {
            name: "inetutils",
            about: "The `ftp` of GNU inetutils 2.4: SYST before USER, PORT before PASV.",
            modes: &[DataMode::Active, DataMode::Passive],
            think: AT_A_PROMPT,
            pace: BRISK,
            login: &[Syst, Main, Pass],
            types_password: AT_A_PROMPT,
            listing: &[Type, Prepare, Main],
            ls_is_nlst: false,
            fetching: &[Type, Prepare, Rest, Main],
            storing: &[Type, Prepare, Rest, Main],
            starts_with_ascii: false,
            abort: BSD_ABORT,
            ..Persona::raw()
        }
    }

    /// lftp 4.9.2.
    pub fn lftp() -> Persona {
        Persona {
            name: "lftp",
            about: "lftp 4.9.2: FEAT and AUTH TLS first; it keeps the files' times.",
            globs_with: Verb::List,
            modes: &[DataMode::Passive, DataMode::Active],
            pace: BRISK,
            login: &[Feat, AuthTls, Main, Pass, Pwd],
            ls_is_nlst: false,
            listing: &[Type, Prepare, Main],
            fetching: &[Type, Size, Mdtm, Prepare, Rest, Main],
            storing: &[Type, Prepare, Rest, Main, SiteUtime],
            starts_with_ascii: false,
            abort: LFTP_ABORT,
            trusts_227: false,
            ..Persona::raw()
        }
    }

    /// curl 7.88.
    pub fn curl() -> Persona {
        Persona {
            name: "curl",
            about: "curl 7.88: CWD, EPSV and SIZE before each file.",
            globs_with: Verb::List,
            modes: &[DataMode::ExtendedPassive, DataMode::Passive],
            pace: BRISK,
            login: &[Main, Pass, Pwd],
            ls_is_nlst: false,
            listing: &[Cwd, Prepare, Type, Main],
            fetching: &[Cwd, Prepare, Type, Size, Rest, Main],
            storing: &[Cwd, Prepare, Type, Main],
            starts_with_ascii: false,
            assumes_ascii: false,
            trusts_227: false,
            ..Persona::raw()
        }
    }

    /// wget 1.21: it leaves without QUIT.
    pub fn wget() -> Persona {
        Persona {
            name: "wget",
            about: "wget 1.21: it leaves without QUIT.",
            globs_with: Verb::List,
            modes: &[DataMode::Passive],
            pace: BRISK,
            login: &[Main, Pass, Syst, Pwd, TypeImage],
            ls_is_nlst: false,
            list_options: Some("-a"),
            listing: &[Cwd, Prepare, Main],
            fetching: &[Cwd, Size, Prepare, Rest, Main],
            storing: &[Cwd, Prepare, Main],
            starts_with_ascii: false,
            quits: false,
            ..Persona::raw()
        }
    }

    /// ftplib of Python 3.11.
    pub fn ftplib() -> Persona {
        Persona {
            name: "ftplib",
            about: "ftplib of Python 3.11: TYPE before every transfer.",
            modes: &[
                DataMode::Passive,
                DataMode::Active,
                DataMode::ExtendedPassive,
                DataMode::ExtendedActive,
            ],
            pace: BRISK,
            ls_is_nlst: false,
            listing: &[TypeAlways, Prepare, Main],
            fetching: &[TypeAlways, Prepare, Rest, Main],
            storing: &[TypeAlways, Prepare, Rest, Main],
            starts_with_ascii: false,
            cd_up_is_cdup: true,
            abort: PYTHON_ABORT,
            trusts_227: false,
            ..Persona::raw()
        }
    }

    /// FileZilla 3.63.
    pub fn filezilla() -> Persona {
        Persona {
            name: "filezilla",
            about: "FileZilla 3.63: it asks for TLS first.",
            globs_with: Verb::Mlsd,
            modes: &[DataMode::Passive, DataMode::Active],
            pace: BRISK,
            login: &[AuthTls, AuthSsl, Main, Pass, Syst, Feat],
            ls_is_nlst: false,
            listing: &[Pwd, TypeImage, Prepare, Main],
            fetching: &[Cwd, PwdIfMoved, Type, Prepare, Rest, Main],
            storing: &[Cwd, Type, Prepare, Rest, Main],
            starts_with_ascii: false,
            trusts_227: false,
            ..Persona::raw()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::client::{PutHow, Verb};
    use crate::ftp::files::Content;
    use crate::ftp::loopback::{Pair, config};

    /// The commands of logging in, listing, fetching, storing and leaving.
    fn commands(client: &str) -> Vec<String> {
        let mut pair = Pair::new(config("vsftpd"), client, None);
        let mut taken = 0;
        let mut sent = Vec::new();
        pair.logged_in(&[]);
        for verb in [
            Verb::Dir(None),
            Verb::Get {
                remote: "readme.txt".into(),
                offset: 0,
                abort_after: None,
            },
            Verb::Put {
                remote: "new.txt".into(),
                content: Content::bytes("x"),
                how: PutHow::Store,
                offset: 0,
            },
            Verb::Quit,
        ] {
            sent.push(words(&pair.transcript[taken..]));
            taken = pair.transcript.len();
            pair.play(&[verb]);
        }
        sent.push(words(&pair.transcript[taken..]));
        sent
    }

    /// The verbs of what the client said, `USER PASS`.
    fn words(transcript: &[String]) -> String {
        let said = transcript.iter().filter_map(|line| line.strip_prefix("> "));
        let word = |line: &str| match line.split_once(' ') {
            Some((verb @ ("TYPE" | "AUTH" | "OPTS" | "SITE"), rest)) => {
                format!("{verb} {}", rest.split(' ').next().unwrap_or(""))
            }
            Some((verb, rest)) if rest.starts_with('-') => format!("{verb} {rest}"),
            Some((verb, _)) => verb.to_owned(),
            None => line.to_owned(),
        };
        said.map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_persona_says_what_its_program_says() {
        let table = [
            (
                "windows-ftp",
                ["USER PASS", "PORT LIST", "PORT RETR", "PORT STOR", "QUIT"],
            ),
            (
                "windows-10-ftp",
                [
                    "OPTS UTF8 USER PASS",
                    "PORT LIST",
                    "PORT RETR",
                    "PORT STOR",
                    "QUIT",
                ],
            ),
            (
                "tnftp",
                [
                    "USER PASS SYST FEAT",
                    "EPSV LIST",
                    "TYPE I SIZE EPSV RETR MDTM",
                    "EPSV STOR",
                    "QUIT",
                ],
            ),
            (
                "inetutils",
                [
                    "SYST USER PASS",
                    "PORT LIST",
                    "TYPE I PORT RETR",
                    "PORT STOR",
                    "QUIT",
                ],
            ),
            (
                "lftp",
                [
                    "FEAT AUTH TLS USER PASS PWD",
                    "PASV LIST",
                    "TYPE I SIZE MDTM PASV RETR",
                    "PASV STOR SITE UTIME",
                    "QUIT",
                ],
            ),
            (
                "curl",
                [
                    "USER PASS PWD",
                    "EPSV TYPE A LIST",
                    "EPSV TYPE I SIZE RETR",
                    "EPSV STOR",
                    "QUIT",
                ],
            ),
            (
                "wget",
                [
                    "USER PASS SYST PWD TYPE I",
                    "PASV LIST -a",
                    "SIZE PASV RETR",
                    "PASV STOR",
                    "",
                ],
            ),
            (
                "ftplib",
                [
                    "USER PASS",
                    "TYPE A PASV LIST",
                    "TYPE I PASV RETR",
                    "TYPE I PASV STOR",
                    "QUIT",
                ],
            ),
            (
                "filezilla",
                [
                    "AUTH TLS AUTH SSL USER PASS SYST FEAT",
                    "PWD TYPE I PASV LIST",
                    "PASV RETR",
                    "PASV STOR",
                    "QUIT",
                ],
            ),
            (
                "raw",
                ["USER PASS", "PASV LIST", "PASV RETR", "PASV STOR", "QUIT"],
            ),
        ];
        assert_eq!(table.map(|(name, _)| name), Persona::NAMES);
        for (name, expected) in table {
            assert_eq!(commands(name), expected, "{name}");
            assert_eq!(Persona::named(name).unwrap().name, name);
        }
        assert!(Persona::named("netscape").is_none());
    }

    #[test]
    fn a_file_in_a_directory_is_reached_by_cwd() {
        let mut pair = Pair::new(config("vsftpd"), "filezilla", None);
        pair.logged_in(&[Verb::Get {
            remote: "pub/data.bin".into(),
            offset: 0,
            abort_after: None,
        }]);
        let said = words(&pair.transcript);
        assert!(said.ends_with("CWD PWD TYPE I PASV RETR"), "{said}");
    }

    #[test]
    fn a_server_without_epsv_is_asked_by_pasv_and_then_by_port() {
        let mut pair = Pair::new(config("bisonware"), "tnftp", None);
        pair.logged_in(&[Verb::Dir(None), Verb::Dir(None)]);
        let said = words(&pair.transcript);
        assert!(said.ends_with("EPSV PASV LIST PASV LIST"), "{said}");
    }
}
