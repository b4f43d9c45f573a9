//! How clients differ: which commands a verb takes, and how long a person waits.

use crate::ftp::Verb;
use crate::time::Duration;

/// How a data connection comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataMode {
    /// PORT: the server connects (RFC 959 §4.1.2).
    Active,
    /// PASV: the client connects.
    Passive,
    /// EPRT: the server connects, any address family (RFC 2428 §2).
    ExtendedActive,
    /// EPSV: the client connects, any address family (RFC 2428 §3).
    ExtendedPassive,
}

/// One command of the sequence that a verb takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The command that the verb is named for; its replies are the verb's.
    Main,
    /// PORT, PASV, EPRT or EPSV.
    Prepare,
    /// PASS, and ACCT if asked for.
    Pass,
    /// TYPE as the transfer needs it, if it differs from the one in force.
    Type,
    /// TYPE as the transfer needs it, even if it is in force.
    TypeAlways,
    /// REST, if the transfer does not begin at 0.
    Rest,
    /// SIZE of the file; its failure does no harm.
    Size,
    /// MDTM of the file; its failure does no harm.
    Mdtm,
    /// SYST; its failure does no harm.
    Syst,
    /// FEAT; its failure does no harm.
    Feat,
    /// PWD; its failure does no harm.
    Pwd,
    /// `OPTS UTF8 ON`; its failure does no harm.
    Utf8,
    /// `AUTH TLS`; it fails, and that does no harm.
    AuthTls,
    /// `AUTH SSL`; it fails, and that does no harm.
    AuthSsl,
    /// TYPE I, once and for all.
    TypeImage,
    /// CWD to the directory of the file, if its name has one; the main command
    /// then names the file alone.
    Cwd,
    /// PWD, if that was a move.
    PwdIfMoved,
    /// `SITE UTIME`, to give what was stored its time; its failure does no harm.
    SiteUtime,
}

/// One write of bytes that are always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Ordinary bytes.
    Plain(&'static [u8]),
    /// Urgent data of TCP, the last byte being where it ends.
    Urgent(&'static [u8]),
}

/// The habits of a client.
#[derive(Debug, Clone)]
pub struct Persona {
    /// Its name in scenarios.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// How it opens data connections, best first. The others are tried, in
    /// order, when the server does not know the command.
    pub modes: &'static [DataMode],
    /// How long the person at it thinks between two actions.
    pub think: Duration,
    /// How long the program takes between a reply and its next command within
    /// one action: at least and at most.
    pub pace: (Duration, Duration),
    /// What it sends to log in, USER being the main command.
    pub login: &'static [Op],
    /// How long it takes to answer the 331: a person types.
    pub types_password: Duration,
    /// What it sends to list a directory.
    pub listing: &'static [Op],
    /// `ls` is NLST; otherwise it is LIST, as `dir` always is.
    pub ls_is_nlst: bool,
    /// The command whose listing tells it which files fit a pattern: NLST with
    /// the pattern, or LIST or MLSD of the directory.
    pub globs_with: Verb,
    /// What it sends to fetch a file.
    pub fetching: &'static [Op],
    /// What it sends to store a file.
    pub storing: &'static [Op],
    /// What it says before the path when it lists.
    pub list_options: Option<&'static str>,
    /// It transfers as text until told otherwise.
    pub starts_with_ascii: bool,
    /// It takes it for granted that a session begins in TYPE A.
    pub assumes_ascii: bool,
    /// `cd ..` is CDUP.
    pub cd_up_is_cdup: bool,
    /// What it writes to abort a transfer: the Telnet interrupt and Synch
    /// before ABOR, or what it takes for them (RFC 959 §4.1.3).
    pub abort: &'static [Write],
    /// It connects to the address that a 227 reply tells, whosever that is;
    /// otherwise to the server's own.
    pub trusts_227: bool,
    /// It says XPWD, XMKD and XRMD.
    pub old_forms: bool,
    /// It leaves with QUIT; otherwise it just closes.
    pub quits: bool,
}

impl Persona {
    /// It can open data connections in this way.
    pub fn supports(&self, mode: DataMode) -> bool {
        self.modes.contains(&mode)
    }
}
