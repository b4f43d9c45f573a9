//! What a server says: one message for each situation, in its persona's words.

use crate::ftp::{Reply, ReplyCode, Text};

macro_rules! messages {
    ($($(#[doc = $doc:literal])+ $name:ident = $words:literal,)*) => {
        /// A situation in which a server speaks.
        ///
        /// Words are a code and text, with a line for each line of the reply;
        /// names in braces are filled in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Message {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Message {
            /// Every message.
            pub const ALL: &[Message] = &[$(Message::$name,)*];

            /// What is said unless the persona has words of its own.
            pub const fn usual(self) -> &'static str {
                match self { $(Message::$name => $words,)* }
            }
        }
    };
}

messages! {
    /// A client has come too early.
    OpensLater = "120 Ready in {minutes}.",
    /// USER, and a password is needed.
    NeedPassword = "331 Password required for {user}.",
    /// USER, and any password will do.
    GuestPassword = "331 Guest login: send your e-mail address as password.",
    /// USER names nobody, and the persona says so.
    UnknownUser = "530 User {user} unknown.",
    /// PASS does not fit.
    WrongPassword = "530 Login incorrect.",
    /// PASS does not fit, and was the last chance.
    TooManyFailures = "421 Too many login failures; closing.",
    /// The user has all the sessions that are allowed.
    TooManyLogins = "421 Too many sessions of {user}.",
    /// PASS fits, and an account is needed.
    NeedAccount = "332 Account needed for {user}.",
    /// ACCT names another account.
    WrongAccount = "530 No such account.",
    /// ACCT, and none is needed.
    AccountSuperfluous = "202 No account needed here.",
    /// Logged in.
    LoggedIn = "230 {user} logged in.",
    /// PASS, and the user is in already.
    PasswordSuperfluous = "202 Already logged in.",
    /// A command for which one has to be logged in.
    NotLoggedIn = "530 Please log in with USER and PASS.",
    /// PASS or ACCT without what must come before.
    UserFirst = "503 USER first.",
    /// RNTO without RNFR.
    RenameFromFirst = "503 RNFR first.",
    /// STOR, and an account is needed for that.
    NeedAccountToStore = "532 Account needed for storing files.",
    /// ACCT, for storing.
    AccountAccepted = "230 Account accepted.",
    /// REIN.
    Reinitialized = "220 Ready for a new user.",
    /// QUIT: how many files, and bytes in them; how many KiB each way.
    Goodbye = "221 Goodbye.",
    /// A verb that is none.
    UnknownCommand = "500 Unknown command.",
    /// A line that is too long.
    LineTooLong = "500 Line too long.",
    /// The same, and the connection is closed.
    LineFarTooLong = "421 Line too long; closing control connection.",
    /// A parameter that is missing or not of its form.
    BadParameter = "501 Syntax error in parameter.",
    /// A verb that is known and not implemented.
    NotImplemented = "502 {verb} is not implemented.",
    /// A parameter that is not implemented.
    BadValue = "504 {verb} is not implemented for that parameter.",
    /// TYPE with such a parameter.
    BadType = "504 {verb} is not implemented for that parameter.",
    /// A network protocol that is not supported.
    WrongFamily = "522 Network protocol not supported, use ({families}).",
    /// TYPE.
    TypeSet = "200 Type set to {type}.",
    /// MODE.
    ModeSet = "200 Mode set to {mode}.",
    /// STRU.
    StructureSet = "200 Structure set to {structure}.",
    /// PORT or EPRT.
    PortSet = "200 {verb} command successful.",
    /// PORT or EPRT to somebody else, or to a port below 1024.
    PortRefused = "500 Illegal {verb} command.",
    /// PASV.
    Passive = "227 Entering Passive Mode ({address}).",
    /// EPSV.
    ExtendedPassive = "229 Entering Extended Passive Mode (|||{port}|).",
    /// EPSV ALL.
    EpsvAll = "200 EPSV ALL: only EPSV from now on.",
    /// PORT, PASV or EPRT after EPSV ALL.
    AfterEpsvAll = "501 {verb} is not allowed after EPSV ALL.",
    /// ALLO, where no space is allocated beforehand.
    AllocationSuperfluous = "202 No storage allocation needed.",
    /// RETR: the data connection is about to be opened.
    OpeningFile = "150 Opening {type} mode data connection for {file} ({size} bytes).",
    /// STOR, STOU, APPE: the same.
    OpeningUpload = "150 Opening {type} mode data connection for {file}.",
    /// STOU: the same, with the name that was chosen (RFC 1123 §4.1.2.9).
    OpeningUnique = "150 FILE: {file}",
    /// LIST, NLST, MLSD: the same.
    OpeningList = "150 Opening {type} mode data connection for file list.",
    /// The same, when the connection is open already.
    AlreadyOpen = "125 Data connection already open; transfer starting.",
    /// A restart marker has come in block mode.
    Marker = "110 MARK {marker} = {offset}",
    /// A file has passed.
    TransferComplete = "226 Transfer complete.",
    /// A listing has passed.
    ListComplete = "226 Transfer complete.",
    /// The data connection could not be opened.
    CannotOpenData = "425 Can't open data connection.",
    /// Neither PORT nor PASV came before.
    NoDataConnection = "425 Use PORT or PASV first.",
    /// The data connection broke.
    Aborted = "426 Connection closed; transfer aborted.",
    /// The same, of a file on its way to the server.
    UploadAborted = "426 Connection closed; transfer aborted.",
    /// ABOR, after a transfer was aborted.
    AbortDone = "226 Abort successful.",
    /// ABOR, and nothing was going on.
    NothingToAbort = "225 No transfer to abort.",
    /// A second transfer during one.
    Occupied = "503 A transfer is in progress.",
    /// A file cannot be read to its end.
    ReadFailed = "451 {file}: local error while reading.",
    /// No room for a file, before the transfer.
    DiskFull = "452 {file}: insufficient storage space.",
    /// No room for a file, in the midst of the transfer.
    QuotaExceeded = "552 {file}: exceeded storage allocation.",
    /// Somebody else has the file open.
    Busy = "450 {file}: file is in use.",
    /// Any other trouble with a file or a directory.
    FileFailed = "550 {file}: {reason}.",
    /// The same, of CWD and CDUP.
    ChangeFailed = "550 {file}: {reason}.",
    /// The same, of MKD.
    MakeFailed = "550 {file}: {reason}.",
    /// The same, of RMD.
    RemoveFailed = "550 {file}: {reason}.",
    /// The same, of DELE.
    DeleteFailed = "550 {file}: {reason}.",
    /// The same, of RNFR.
    RenameFromFailed = "550 {file}: {reason}.",
    /// The same, of SIZE.
    SizeFailed = "550 {file}: {reason}.",
    /// The same, of MDTM.
    TimeFailed = "550 {file}: {reason}.",
    /// The same, of SITE CHMOD.
    SiteFailed = "550 {file}: {reason}.",
    /// A name under which nothing may be stored.
    NameNotAllowed = "553 {file}: {reason}.",
    /// The same, of RNTO.
    RenameFailed = "553 {file}: {reason}.",
    /// A file greater than the user may fetch.
    CreditsExceeded = "550 File size exceeds available credits.",
    /// A transfer with page structure.
    PageType = "551 Page type unknown.",
    /// REST.
    Restarting = "350 Restarting at {offset}.",
    /// RETR after REST beyond the end of the file.
    BeyondEnd = "554 {file}: restart position is beyond the end of the file.",
    /// CWD.
    DirectoryChanged = "250 Directory changed to {path}.",
    /// CDUP.
    DirectoryUp = "250 Directory changed to {path}.",
    /// PWD.
    WorkingDirectory = "257 {quoted} is the current directory.",
    /// MKD.
    DirectoryMade = "257 {quoted} created.",
    /// RMD.
    DirectoryRemoved = "250 Directory removed.",
    /// DELE.
    Deleted = "250 File deleted.",
    /// RNFR.
    RenameFrom = "350 Ready for RNTO.",
    /// RNTO.
    Renamed = "250 Rename successful.",
    /// NOOP.
    NoOperation = "200 NOOP ok.",
    /// SYST.
    System = "215 UNIX Type: L8",
    /// SITE with something that is done.
    SiteDone = "200 SITE {argument} ok.",
    /// SITE with anything else.
    SiteUnknown = "504 Unknown SITE command.",
    /// SIZE.
    Size = "213 {size}",
    /// SIZE of a file whose lines are too many to count in ASCII type.
    NotCounted = "550 {file}: too large to be counted as text; TYPE I tells its size.",
    /// MDTM.
    Modified = "213 {time}",
    /// OPTS.
    OptionSet = "200 {argument}",
    /// OPTS with anything else.
    OptionUnknown = "501 Option not understood.",
    /// LANG, back to the default.
    LanguageSet = "200 Messages in English.",
    /// HOST.
    HostAccepted = "220 Host accepted.",
    /// HOST, another one.
    HostUnknown = "504 Unknown host.",
    /// HOST after USER.
    HostTooLate = "503 HOST comes before USER.",
    /// AUTH: we do no TLS.
    NoSecurity = "502 Security extensions are not implemented.",
    /// Nothing was said for too long.
    Idle = "421 Timeout: closing control connection.",
    /// One session too many.
    TooManySessions = "421 Too many connections; try again later.",
    /// More was said than can be remembered.
    Flooded = "421 Too many commands waiting; closing control connection.",
}

impl Message {
    /// The wider situation, for whose words a persona has none for this one.
    const fn wider(self) -> Option<Message> {
        match self {
            Message::ChangeFailed
            | Message::MakeFailed
            | Message::RemoveFailed
            | Message::DeleteFailed
            | Message::RenameFromFailed
            | Message::SizeFailed
            | Message::TimeFailed
            | Message::SiteFailed => Some(Message::FileFailed),
            Message::RenameFailed => Some(Message::NameNotAllowed),
            _ => None,
        }
    }
}

/// The words of one persona: where it differs from the usual ones.
pub type Words = &'static [(Message, &'static str)];

/// What names in braces stand for.
pub(super) type Values<'a> = [(&'a str, Text)];

/// What `words` say in a situation.
pub(super) fn render(words: Words, message: Message, values: &Values<'_>) -> Reply {
    let of = |wanted: Message| words.iter().find(|(m, _)| *m == wanted);
    let own = of(message).or_else(|| of(message.wider()?));
    let template = own.map_or(message.usual(), |(_, template)| *template);
    fill(template, values)
}

/// The same reply, its names in braces filled in.
pub(super) fn fill_reply(template: &Reply, values: &Values<'_>) -> Reply {
    let lines = template.lines().map(|line| line.to_string());
    let mut lines: Vec<Text> = lines.map(|line| fill_line(&line, values)).collect();
    let last = lines.pop().unwrap_or_default();
    Reply::with_lines(template.code(), lines, last)
}

/// Fills a template. What is not a reply becomes a 500 that says so; a test
/// sees to it that no template of ours is like that.
fn fill(template: &str, values: &Values<'_>) -> Reply {
    let mut lines: Vec<Text> = Vec::new();
    let code = ReplyCode::from_line(template.as_bytes()).unwrap_or(ReplyCode::SYNTAX_ERROR);
    for line in template.split('\n') {
        let own_code = ReplyCode::from_line(line.as_bytes()) == Some(code);
        let text = if own_code { line.get(4..) } else { Some(line) };
        lines.push(fill_line(text.unwrap_or(""), values));
    }
    let last = lines.pop().unwrap_or_default();
    Reply::with_lines(code, lines, last)
}

fn fill_line(mut line: &str, values: &Values<'_>) -> Text {
    let mut out = Vec::new();
    while let Some((before, after)) = line.split_once('{') {
        out.extend_from_slice(before.as_bytes());
        let Some((name, rest)) = after.split_once('}') else {
            line = after;
            break;
        };
        if let Some((_, value)) = values.iter().find(|(n, _)| *n == name) {
            out.extend_from_slice(value.as_bytes());
        }
        line = rest;
    }
    out.extend_from_slice(line.as_bytes());
    Text::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_a_reply() {
        for message in Message::ALL {
            assert!(
                message.usual().parse::<Reply>().is_ok(),
                "{message:?}: {}",
                message.usual()
            );
        }
    }

    #[test]
    fn wider_words_hold_where_there_are_no_own_ones() {
        let words: Words = &[
            (Message::FileFailed, "550 No."),
            (Message::SizeFailed, "550 No size."),
        ];
        let said = |words, message| render(words, message, &[]).to_string();
        assert_eq!(said(words, Message::SizeFailed), "550 No size.");
        assert_eq!(said(words, Message::ChangeFailed), "550 No.");
        for message in Message::ALL {
            let wider = message.wider().unwrap_or(*message);
            assert_eq!(wider.usual(), message.usual(), "{message:?}");
        }
    }

    #[test]
    fn names_are_filled_in() {
        let values = [("user", Text::from("fred"))];
        let reply = fill("230-Hello {user}.\n230 In{nothing}.", &values);
        assert_eq!(reply.to_string(), "230-Hello fred.\n230 In.");
    }
}
