//! What a user can tell a client to do.

use super::DataMode;
use crate::ftp::Text;
use crate::ftp::files::Content;
use crate::time::Duration;

/// One thing that a user tells a client to do. How many commands it takes, and
/// which, is its persona's habit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Wait for the greeting of a server just connected to.
    Open,
    /// Log in.
    Login {
        /// The user's name.
        user: Text,
        /// The password.
        password: Text,
        /// The account, if the server asks for one.
        account: Option<Text>,
    },
    /// `ls`, whatever the persona means by it.
    Ls(Option<Text>),
    /// `dir`, whatever the persona means by it.
    Dir(Option<Text>),
    /// A listing by NLST.
    Nlst(Option<Text>),
    /// A listing by LIST.
    List(Option<Text>),
    /// A listing by MLSD.
    Mlsd(Option<Text>),
    /// Fetch a file.
    Get {
        /// Its name at the server.
        remote: Text,
        /// From which byte on (REST); 0 for all of it.
        offset: u64,
        /// Abort the transfer once this many bytes have come (ABOR).
        abort_after: Option<u64>,
    },
    /// Store a file.
    Put {
        /// Its name at the server.
        remote: Text,
        /// What it holds.
        content: Content,
        /// How: STOR, APPE or STOU.
        how: PutHow,
        /// From which byte on (REST); 0 for all of it.
        offset: u64,
    },
    /// Fetch every file whose name fits a pattern with `*` and `?`, perhaps in
    /// a directory: first a listing, then a RETR for each.
    GetMany(Text),
    /// Store these files under these names, one after the other.
    PutMany(Vec<(Text, Content)>),
    /// DELE
    Delete(Text),
    /// MKD
    MakeDirectory(Text),
    /// RMD
    RemoveDirectory(Text),
    /// RNFR and RNTO
    Rename {
        /// Its name so far.
        from: Text,
        /// Its name from now on.
        to: Text,
    },
    /// CWD
    Cd(Text),
    /// CDUP
    Up,
    /// PWD
    Pwd,
    /// Transfers as text from now on.
    Ascii,
    /// Transfers byte by byte from now on.
    Binary,
    /// How data connections are opened from now on.
    Mode(DataMode),
    /// SITE
    Site(Text),
    /// Raw lines or bytes.
    Send(Send),
    /// QUIT
    Quit,
}

/// How a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PutHow {
    /// STOR
    #[default]
    Store,
    /// APPE
    Append,
    /// STOU
    Unique,
}

/// Bytes that a user sends as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// What is written, each piece in a write of its own.
    pub pieces: Vec<Vec<u8>>,
    /// The time between two pieces.
    pub gap: Duration,
    /// Wait for the final reply to each line in them.
    pub wait: bool,
    /// What is sent if one of the lines is STOR, APPE or STOU.
    pub content: Content,
}

impl Send {
    /// One line, to which CR LF is added; its replies are waited for.
    pub fn line(text: &str) -> Send {
        let mut line = text.as_bytes().to_vec();
        line.extend_from_slice(b"\r\n");
        Send::bytes(line)
    }

    /// These bytes as they are; the replies to the lines in them are waited for.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Send {
        Send {
            pieces: vec![bytes.into()],
            gap: Duration::ZERO,
            wait: true,
            content: Content::bytes(Vec::new()),
        }
    }
}

impl Verb {
    /// The same verb with every text in it changed by `change`: how a loop puts
    /// its word into the steps inside.
    pub fn map_texts(&self, change: &impl Fn(&Text) -> Text) -> Verb {
        let all = |text: &Option<Text>| text.as_ref().map(change);
        match self {
            Verb::Login {
                user,
                password,
                account,
            } => Verb::Login {
                user: change(user),
                password: change(password),
                account: all(account),
            },
            Verb::Ls(path) => Verb::Ls(all(path)),
            Verb::Dir(path) => Verb::Dir(all(path)),
            Verb::Nlst(path) => Verb::Nlst(all(path)),
            Verb::List(path) => Verb::List(all(path)),
            Verb::Mlsd(path) => Verb::Mlsd(all(path)),
            Verb::Get {
                remote,
                offset,
                abort_after,
            } => Verb::Get {
                remote: change(remote),
                offset: *offset,
                abort_after: *abort_after,
            },
            Verb::Put {
                remote,
                content,
                how,
                offset,
            } => Verb::Put {
                remote: change(remote),
                content: content.clone(),
                how: *how,
                offset: *offset,
            },
            Verb::GetMany(pattern) => Verb::GetMany(change(pattern)),
            Verb::PutMany(files) => {
                let files = files.iter().map(|(name, c)| (change(name), c.clone()));
                Verb::PutMany(files.collect())
            }
            Verb::Delete(path) => Verb::Delete(change(path)),
            Verb::MakeDirectory(path) => Verb::MakeDirectory(change(path)),
            Verb::RemoveDirectory(path) => Verb::RemoveDirectory(change(path)),
            Verb::Rename { from, to } => Verb::Rename {
                from: change(from),
                to: change(to),
            },
            Verb::Cd(path) => Verb::Cd(change(path)),
            Verb::Site(text) => Verb::Site(change(text)),
            Verb::Send(send) => Verb::Send(Send {
                pieces: send
                    .pieces
                    .iter()
                    .map(|p| change_piece(p, change))
                    .collect(),
                ..send.clone()
            }),
            Verb::Open
            | Verb::Up
            | Verb::Pwd
            | Verb::Ascii
            | Verb::Binary
            | Verb::Mode(_)
            | Verb::Quit => self.clone(),
        }
    }
}

/// Changes the lines of a piece, and leaves its line ends and NULs alone.
fn change_piece(piece: &[u8], change: &impl Fn(&Text) -> Text) -> Vec<u8> {
    let mut out = Vec::with_capacity(piece.len());
    let is_end = |b: &u8| matches!(b, b'\n' | 0);
    for line in piece.split_inclusive(is_end) {
        let (text, end) = match line.split_last() {
            Some((last, text)) if is_end(last) => (text, &line[text.len()..]),
            _ => (line, &[][..]),
        };
        out.extend_from_slice(change(&Text::from(text)).as_bytes());
        out.extend_from_slice(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_put_into_every_text() {
        let change = |text: &Text| Text::from(text.to_string().replace("{word}", "x"));
        let verb = Verb::Send(Send::line("RETR {word}.txt"));
        assert_eq!(
            verb.map_texts(&change),
            Verb::Send(Send::line("RETR x.txt"))
        );
        assert_eq!(
            Verb::Cd("{word}".into()).map_texts(&change),
            Verb::Cd("x".into())
        );
    }
}
