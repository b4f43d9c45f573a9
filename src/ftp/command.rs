//! FTP commands: the verbs, their parameters, and the line that carries them (RFC 959 §4.1, §5.3).

use core::fmt;

use super::address::{Eprt, Family, HostPort};
use super::{ReplyCode, Text};

/// Whether a verb takes a parameter (RFC 959 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// None; whatever follows is ignored, as servers in the field do.
    None,
    /// It may be there.
    Optional,
    /// It must be there: without it the answer is 501.
    Required,
}

macro_rules! verbs {
    ($($variant:ident $name:literal $parameter:ident $clause:literal,)*) => {
        /// A verb that we know, from RFC 959 or one of its extensions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $(#[doc = concat!("`", $name, "` (", $clause, ").")] $variant,)*
        }

        impl Verb {
            /// Every verb, in the order of the RFCs.
            pub const ALL: &[Verb] = &[$(Verb::$variant,)*];

            /// The verb in capitals, as it travels.
            pub const fn name(self) -> &'static str {
                match self { $(Verb::$variant => $name,)* }
            }

            /// Whether it takes a parameter.
            pub const fn parameter(self) -> Parameter {
                match self { $(Verb::$variant => Parameter::$parameter,)* }
            }

            /// Where it is defined.
            pub const fn clause(self) -> &'static str {
                match self { $(Verb::$variant => $clause,)* }
            }
        }
    };
}

verbs! {
    User "USER" Required "RFC 959 §4.1.1",
    Pass "PASS" Optional "RFC 959 §4.1.1",
    Acct "ACCT" Required "RFC 959 §4.1.1",
    Cwd "CWD" Required "RFC 959 §4.1.1",
    Cdup "CDUP" None "RFC 959 §4.1.1",
    Smnt "SMNT" Required "RFC 959 §4.1.1",
    Rein "REIN" None "RFC 959 §4.1.1",
    Quit "QUIT" None "RFC 959 §4.1.1",
    Port "PORT" Required "RFC 959 §4.1.2",
    Pasv "PASV" None "RFC 959 §4.1.2",
    Type "TYPE" Required "RFC 959 §4.1.2",
    Stru "STRU" Required "RFC 959 §4.1.2",
    Mode "MODE" Required "RFC 959 §4.1.2",
    Retr "RETR" Required "RFC 959 §4.1.3",
    Stor "STOR" Required "RFC 959 §4.1.3",
    Stou "STOU" Optional "RFC 959 §4.1.3",
    Appe "APPE" Required "RFC 959 §4.1.3",
    Allo "ALLO" Required "RFC 959 §4.1.3",
    Rest "REST" Required "RFC 959 §4.1.3, RFC 3659 §5",
    Rnfr "RNFR" Required "RFC 959 §4.1.3",
    Rnto "RNTO" Required "RFC 959 §4.1.3",
    Abor "ABOR" None "RFC 959 §4.1.3",
    Dele "DELE" Required "RFC 959 §4.1.3",
    Rmd "RMD" Required "RFC 959 §4.1.3",
    Mkd "MKD" Required "RFC 959 §4.1.3",
    Pwd "PWD" None "RFC 959 §4.1.3",
    List "LIST" Optional "RFC 959 §4.1.3",
    Nlst "NLST" Optional "RFC 959 §4.1.3",
    Site "SITE" Required "RFC 959 §4.1.3",
    Syst "SYST" None "RFC 959 §4.1.3",
    Stat "STAT" Optional "RFC 959 §4.1.3",
    Help "HELP" Optional "RFC 959 §4.1.3",
    Noop "NOOP" None "RFC 959 §4.1.3",
    Feat "FEAT" None "RFC 2389 §3",
    Opts "OPTS" Required "RFC 2389 §4",
    Eprt "EPRT" Required "RFC 2428 §2",
    Epsv "EPSV" Optional "RFC 2428 §3",
    Lang "LANG" Optional "RFC 2640 §4.1",
    Mdtm "MDTM" Required "RFC 3659 §3",
    Size "SIZE" Required "RFC 3659 §4",
    Mlst "MLST" Optional "RFC 3659 §7",
    Mlsd "MLSD" Optional "RFC 3659 §7",
    Host "HOST" Required "RFC 7151 §3",
    Auth "AUTH" Required "RFC 2228 §3",
}

/// The verbs of RFC 775 that RFC 1123 §4.1.3.1 asks servers to take.
const OLD_FORMS: [(&str, Verb); 5] = [
    ("XCUP", Verb::Cdup),
    ("XCWD", Verb::Cwd),
    ("XMKD", Verb::Mkd),
    ("XPWD", Verb::Pwd),
    ("XRMD", Verb::Rmd),
];

impl Verb {
    /// The verb of that name in any case, old forms (`XPWD`) included.
    pub fn parse(name: &str) -> Option<Verb> {
        let plain = Verb::ALL
            .iter()
            .find(|v| v.name().eq_ignore_ascii_case(name));
        let old = || OLD_FORMS.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        plain.or_else(|| old().map(|(_, verb)| verb)).copied()
    }

    /// The old form (`XPWD`), for the five verbs that have one.
    pub fn old_form(self) -> Option<&'static str> {
        let found = OLD_FORMS.iter().find(|(_, verb)| *verb == self);
        found.map(|(name, _)| *name)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How text is laid out for a printer (RFC 959 §3.1.1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// `N`: not for a printer.
    #[default]
    NonPrint,
    /// `T`: Telnet format effectors.
    Telnet,
    /// `C`: ASA carriage control.
    Asa,
}

impl Form {
    const fn letter(self) -> char {
        match self {
            Form::NonPrint => 'N',
            Form::Telnet => 'T',
            Form::Asa => 'C',
        }
    }
}

/// The representation of data in a transfer (RFC 959 §3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// `A`: text, lines ended by CR LF on the wire.
    Ascii(Form),
    /// `E`: text in EBCDIC.
    Ebcdic(Form),
    /// `I`: bytes as they are.
    Image,
    /// `L n`: bytes of `n` bits.
    Local(u8),
}

/// The initial type of a session (RFC 959 §5.1).
impl Default for DataType {
    fn default() -> DataType {
        DataType::Ascii(Form::NonPrint)
    }
}

/// As in the parameter of `TYPE`; the default form is left out.
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, form) = match self {
            DataType::Image => return f.write_str("I"),
            DataType::Local(bits) => return write!(f, "L {bits}"),
            DataType::Ascii(form) => ('A', form),
            DataType::Ebcdic(form) => ('E', form),
        };
        match form {
            Form::NonPrint => write!(f, "{letter}"),
            _ => write!(f, "{letter} {}", form.letter()),
        }
    }
}

/// The structure of a file (RFC 959 §3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Structure {
    /// `F`: a sequence of bytes.
    #[default]
    File,
    /// `R`: a sequence of records.
    Record,
    /// `P`: numbered pages.
    Page,
}

/// How the data connection carries a file (RFC 959 §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransferMode {
    /// `S`: a stream of bytes; the end of the connection is the end of the file.
    #[default]
    Stream,
    /// `B`: blocks with headers, with restart markers among them.
    Block,
    /// `C`: compressed.
    Compressed,
}

/// What `EPSV` asks for (RFC 2428 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpsvRequest {
    /// Any family: that of the control connection.
    Any,
    /// A family by its number.
    Family(Family),
    /// `ALL`: from now on only EPSV will be used.
    All,
}

/// One command, its parameter understood.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the verbs are documented at `Verb`")]
pub enum Command {
    User(Text),
    Pass(Text),
    Acct(Text),
    Cwd(Text),
    Cdup,
    Smnt(Text),
    Rein,
    Quit,
    Port(HostPort),
    Pasv,
    Type(DataType),
    Stru(Structure),
    Mode(TransferMode),
    Retr(Text),
    Stor(Text),
    Stou,
    Appe(Text),
    /// How many bytes to allocate; the greatest record, if given, is ignored.
    Allo(u64),
    Rest(u64),
    Rnfr(Text),
    Rnto(Text),
    Abor,
    Dele(Text),
    Rmd(Text),
    Mkd(Text),
    Pwd,
    List(Option<Text>),
    Nlst(Option<Text>),
    Site(Text),
    Syst,
    Stat(Option<Text>),
    Help(Option<Text>),
    Noop,
    Feat,
    Opts(Text),
    Eprt(Eprt),
    Epsv(EpsvRequest),
    Lang(Option<Text>),
    Mdtm(Text),
    Size(Text),
    Mlst(Option<Text>),
    Mlsd(Option<Text>),
    Host(Text),
    Auth(Text),
    /// A verb that we do not know.
    Unknown {
        /// The verb in capitals.
        verb: String,
        /// What followed it.
        argument: Option<Text>,
    },
}

/// Why a line is not a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// The line is empty.
    Empty,
    /// It does not begin with a word of printable characters.
    BadVerb,
    /// The verb needs a parameter and has none.
    MissingParameter(Verb),
    /// The parameter is not of the verb's form.
    BadParameter(Verb),
    /// The parameter is of the verb's form, but names nothing that exists
    /// (`TYPE X`).
    NoSuchValue(Verb),
}

impl CommandError {
    /// The reply that it deserves: 500, 501 or 504 (RFC 959 §4.2.2; RFC 2428
    /// §2 for 522).
    pub const fn code(self) -> ReplyCode {
        match self {
            CommandError::Empty | CommandError::BadVerb => ReplyCode::SYNTAX_ERROR,
            CommandError::MissingParameter(_) | CommandError::BadParameter(_) => {
                ReplyCode::PARAMETER_ERROR
            }
            CommandError::NoSuchValue(Verb::Eprt | Verb::Epsv) => ReplyCode::NO_SUCH_FAMILY,
            CommandError::NoSuchValue(_) => ReplyCode::PARAMETER_NOT_IMPLEMENTED,
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Empty => write!(f, "the line is empty"),
            CommandError::BadVerb => write!(f, "the line does not begin with a verb"),
            CommandError::MissingParameter(verb) => write!(f, "{verb} needs a parameter"),
            CommandError::BadParameter(verb) => write!(f, "not a parameter of {verb}"),
            CommandError::NoSuchValue(verb) => write!(f, "no such value for {verb}"),
        }
    }
}

impl core::error::Error for CommandError {}

/// A line cut into its first word and the rest: one space separates them, the
/// rest is verbatim, further spaces included.
pub fn split_line(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    match line.iter().position(|b| *b == b' ') {
        Some(at) => (&line[..at], Some(&line[at + 1..])),
        None => (line, None),
    }
}

/// The verb of a line in capitals, known or not; `None` if there is none.
pub fn verb_word(line: &[u8]) -> Option<String> {
    let (word, _) = split_line(line);
    let legal = !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
    legal.then(|| String::from_utf8_lossy(word).to_ascii_uppercase())
}

impl Command {
    /// Parses a line, without its line end and after the Telnet filter.
    ///
    /// ```
    /// use wirelab::ftp::{Command, DataType};
    /// assert_eq!(Command::parse(b"type i"), Ok(Command::Type(DataType::Image)));
    /// assert_eq!(Command::parse(b"RETR  x ").unwrap().to_string(), "RETR  x ");
    /// ```
    pub fn parse(line: &[u8]) -> Result<Command, CommandError> {
        if line.is_empty() {
            return Err(CommandError::Empty);
        }
        let word = verb_word(line).ok_or(CommandError::BadVerb)?;
        let (_, rest) = split_line(line);
        let Some(verb) = Verb::parse(&word) else {
            let argument = rest.map(Text::from);
            return Ok(Command::Unknown {
                verb: word,
                argument,
            });
        };
        let text = match rest.filter(|rest| !rest.is_empty()) {
            None => None,
            Some(rest) => Some(Text::new(rest.to_vec()).ok_or(CommandError::BadParameter(verb))?),
        };
        if verb.parameter() == Parameter::Required && text.is_none() {
            return Err(CommandError::MissingParameter(verb));
        }
        Command::with_parameter(verb, text)
    }

    fn with_parameter(verb: Verb, text: Option<Text>) -> Result<Command, CommandError> {
        let bad = CommandError::BadParameter(verb);
        let required = text.clone().unwrap_or_default();
        let word = str::from_utf8(required.as_bytes()).unwrap_or("");
        Ok(match verb {
            Verb::User => Command::User(required),
            Verb::Pass => Command::Pass(required),
            Verb::Acct => Command::Acct(required),
            Verb::Cwd => Command::Cwd(required),
            Verb::Cdup => Command::Cdup,
            Verb::Smnt => Command::Smnt(required),
            Verb::Rein => Command::Rein,
            Verb::Quit => Command::Quit,
            Verb::Port => Command::Port(HostPort::parse(word).ok_or(bad)?),
            Verb::Pasv => Command::Pasv,
            Verb::Type => Command::Type(parse_type(word)?),
            Verb::Stru => Command::Stru(match word.to_ascii_uppercase().as_str() {
                "F" => Structure::File,
                "R" => Structure::Record,
                "P" => Structure::Page,
                _ => return Err(CommandError::NoSuchValue(verb)),
            }),
            Verb::Mode => Command::Mode(match word.to_ascii_uppercase().as_str() {
                "S" => TransferMode::Stream,
                "B" => TransferMode::Block,
                "C" => TransferMode::Compressed,
                _ => return Err(CommandError::NoSuchValue(verb)),
            }),
            Verb::Retr => Command::Retr(required),
            Verb::Stor => Command::Stor(required),
            Verb::Stou => Command::Stou,
            Verb::Appe => Command::Appe(required),
            Verb::Allo => {
                let size = word.split(' ').next().unwrap_or("");
                Command::Allo(parse_number(size).ok_or(bad)?)
            }
            Verb::Rest => Command::Rest(parse_number(word).ok_or(bad)?),
            Verb::Rnfr => Command::Rnfr(required),
            Verb::Rnto => Command::Rnto(required),
            Verb::Abor => Command::Abor,
            Verb::Dele => Command::Dele(required),
            Verb::Rmd => Command::Rmd(required),
            Verb::Mkd => Command::Mkd(required),
            Verb::Pwd => Command::Pwd,
            Verb::List => Command::List(text),
            Verb::Nlst => Command::Nlst(text),
            Verb::Site => Command::Site(required),
            Verb::Syst => Command::Syst,
            Verb::Stat => Command::Stat(text),
            Verb::Help => Command::Help(text),
            Verb::Noop => Command::Noop,
            Verb::Feat => Command::Feat,
            Verb::Opts => Command::Opts(required),
            Verb::Eprt => Command::Eprt(Eprt::parse(word)?),
            Verb::Epsv => Command::Epsv(match word {
                "" => EpsvRequest::Any,
                _ if word.eq_ignore_ascii_case("ALL") => EpsvRequest::All,
                _ => match parse_number(word) {
                    None => return Err(bad),
                    Some(number) => EpsvRequest::Family(
                        Family::from_number(number).ok_or(CommandError::NoSuchValue(verb))?,
                    ),
                },
            }),
            Verb::Lang => Command::Lang(text),
            Verb::Mdtm => Command::Mdtm(required),
            Verb::Size => Command::Size(required),
            Verb::Mlst => Command::Mlst(text),
            Verb::Mlsd => Command::Mlsd(text),
            Verb::Host => Command::Host(required),
            Verb::Auth => Command::Auth(required),
        })
    }

    /// Its verb; `None` if it is not one that we know.
    pub const fn verb(&self) -> Option<Verb> {
        Some(match self {
            Command::User(_) => Verb::User,
            Command::Pass(_) => Verb::Pass,
            Command::Acct(_) => Verb::Acct,
            Command::Cwd(_) => Verb::Cwd,
            Command::Cdup => Verb::Cdup,
            Command::Smnt(_) => Verb::Smnt,
            Command::Rein => Verb::Rein,
            Command::Quit => Verb::Quit,
            Command::Port(_) => Verb::Port,
            Command::Pasv => Verb::Pasv,
            Command::Type(_) => Verb::Type,
            Command::Stru(_) => Verb::Stru,
            Command::Mode(_) => Verb::Mode,
            Command::Retr(_) => Verb::Retr,
            Command::Stor(_) => Verb::Stor,
            Command::Stou => Verb::Stou,
            Command::Appe(_) => Verb::Appe,
            Command::Allo(_) => Verb::Allo,
            Command::Rest(_) => Verb::Rest,
            Command::Rnfr(_) => Verb::Rnfr,
            Command::Rnto(_) => Verb::Rnto,
            Command::Abor => Verb::Abor,
            Command::Dele(_) => Verb::Dele,
            Command::Rmd(_) => Verb::Rmd,
            Command::Mkd(_) => Verb::Mkd,
            Command::Pwd => Verb::Pwd,
            Command::List(_) => Verb::List,
            Command::Nlst(_) => Verb::Nlst,
            Command::Site(_) => Verb::Site,
            Command::Syst => Verb::Syst,
            Command::Stat(_) => Verb::Stat,
            Command::Help(_) => Verb::Help,
            Command::Noop => Verb::Noop,
            Command::Feat => Verb::Feat,
            Command::Opts(_) => Verb::Opts,
            Command::Eprt(_) => Verb::Eprt,
            Command::Epsv(_) => Verb::Epsv,
            Command::Lang(_) => Verb::Lang,
            Command::Mdtm(_) => Verb::Mdtm,
            Command::Size(_) => Verb::Size,
            Command::Mlst(_) => Verb::Mlst,
            Command::Mlsd(_) => Verb::Mlsd,
            Command::Host(_) => Verb::Host,
            Command::Auth(_) => Verb::Auth,
            Command::Unknown { .. } => return None,
        })
    }

    /// The parameter as it travels, before Telnet escapes.
    pub fn parameter(&self) -> Option<Text> {
        let shown: &dyn fmt::Display = match self {
            Command::User(text)
            | Command::Pass(text)
            | Command::Acct(text)
            | Command::Cwd(text)
            | Command::Smnt(text)
            | Command::Retr(text)
            | Command::Stor(text)
            | Command::Appe(text)
            | Command::Rnfr(text)
            | Command::Rnto(text)
            | Command::Dele(text)
            | Command::Rmd(text)
            | Command::Mkd(text)
            | Command::Site(text)
            | Command::Opts(text)
            | Command::Mdtm(text)
            | Command::Size(text)
            | Command::Host(text)
            | Command::Auth(text) => return Some(text.clone()),
            Command::List(text)
            | Command::Nlst(text)
            | Command::Stat(text)
            | Command::Help(text)
            | Command::Lang(text)
            | Command::Mlst(text)
            | Command::Mlsd(text) => return text.clone(),
            Command::Unknown { argument, .. } => return argument.clone(),
            Command::Port(address) => address,
            Command::Eprt(address) => address,
            Command::Type(data_type) => data_type,
            Command::Allo(number) | Command::Rest(number) => number,
            Command::Stru(Structure::File) => &'F',
            Command::Stru(Structure::Record) => &'R',
            Command::Stru(Structure::Page) => &'P',
            Command::Mode(TransferMode::Stream) => &'S',
            Command::Mode(TransferMode::Block) => &'B',
            Command::Mode(TransferMode::Compressed) => &'C',
            Command::Epsv(EpsvRequest::Any) => return None,
            Command::Epsv(EpsvRequest::All) => &"ALL",
            Command::Epsv(EpsvRequest::Family(family)) => family,
            Command::Cdup
            | Command::Rein
            | Command::Quit
            | Command::Pasv
            | Command::Stou
            | Command::Abor
            | Command::Pwd
            | Command::Syst
            | Command::Noop
            | Command::Feat => return None,
        };
        Some(Text::from(shown.to_string()))
    }

    /// The line as it travels, with CR LF.
    pub fn to_wire(&self) -> Vec<u8> {
        self.to_wire_as(match self {
            Command::Unknown { verb, .. } => verb,
            _ => self.verb().map_or("", Verb::name),
        })
    }

    /// The same with another word for the verb: `XPWD` for `PWD`.
    pub fn to_wire_as(&self, word: &str) -> Vec<u8> {
        let mut line = word.as_bytes().to_vec();
        if let Some(parameter) = self.parameter() {
            line.push(b' ');
            parameter.encode_into(&mut line);
        }
        line.extend_from_slice(b"\r\n");
        line
    }
}

/// The line without its line end.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Unknown { verb, .. } => f.write_str(verb)?,
            _ => f.write_str(self.verb().map_or("", Verb::name))?,
        }
        match self.parameter() {
            Some(parameter) => write!(f, " {parameter}"),
            None => Ok(()),
        }
    }
}

/// A number of decimal digits and nothing else.
pub(super) fn parse_number(word: &str) -> Option<u64> {
    let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| word.parse().ok()).flatten()
}

fn parse_type(word: &str) -> Result<DataType, CommandError> {
    let unknown = CommandError::NoSuchValue(Verb::Type);
    let upper = word.to_ascii_uppercase();
    let (letter, second) = match upper.split_once(' ') {
        Some((letter, second)) => (letter, Some(second)),
        None => (upper.as_str(), None),
    };
    let form = || match second {
        None | Some("N") => Ok(Form::NonPrint),
        Some("T") => Ok(Form::Telnet),
        Some("C") => Ok(Form::Asa),
        Some(_) => Err(unknown),
    };
    match letter {
        "A" => Ok(DataType::Ascii(form()?)),
        "E" => Ok(DataType::Ebcdic(form()?)),
        "I" if second.is_none() => Ok(DataType::Image),
        "L" => {
            let bits = second.and_then(parse_number);
            let bits = bits.ok_or(CommandError::BadParameter(Verb::Type))?;
            let bits = u8::try_from(bits).ok().filter(|bits| *bits > 0);
            bits.map(DataType::Local).ok_or(unknown)
        }
        _ => Err(unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_verb_is_found_in_any_case() {
        for verb in Verb::ALL {
            assert_eq!(Verb::parse(&verb.name().to_lowercase()), Some(*verb));
        }
        assert_eq!(Verb::parse("xpwd"), Some(Verb::Pwd));
        assert_eq!(Verb::Mkd.old_form(), Some("XMKD"));
        assert_eq!(Verb::parse("XYZZ"), None);
    }

    #[test]
    fn parameters_are_checked() {
        use CommandError::*;
        let cases: [(&[u8], CommandError); 16] = [
            (b"", Empty),
            (b" USER x", BadVerb),
            (b"NO\0OP", BadVerb),
            (b"USER", MissingParameter(Verb::User)),
            (b"USER ", MissingParameter(Verb::User)),
            (b"RETR a\0b", BadParameter(Verb::Retr)),
            (b"PORT 10,2,0,2,4", BadParameter(Verb::Port)),
            (b"PORT 10,2,0,300,4,15", BadParameter(Verb::Port)),
            (b"TYPE X", NoSuchValue(Verb::Type)),
            (b"TYPE L", BadParameter(Verb::Type)),
            (b"TYPE L 0", NoSuchValue(Verb::Type)),
            (b"MODE Z", NoSuchValue(Verb::Mode)),
            (b"REST -1", BadParameter(Verb::Rest)),
            (b"REST x", BadParameter(Verb::Rest)),
            (b"EPRT |3|::1|2048|", NoSuchValue(Verb::Eprt)),
            (b"EPSV 9", NoSuchValue(Verb::Epsv)),
        ];
        for (line, error) in cases {
            assert_eq!(Command::parse(line), Err(error), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn lines_come_out_as_they_went_in() {
        for line in [
            "USER fred",
            "PASS ",
            "PORT 10,2,0,2,4,15",
            "TYPE A",
            "TYPE A T",
            "TYPE E C",
            "TYPE L 8",
            "ALLO 512",
            "LIST",
            "LIST -a pub",
            "EPRT |1|10.2.0.2|1039|",
            "EPSV ALL",
            "EPSV 2",
            "XYZZY plugh",
            "MLST  two  spaces ",
        ] {
            let command = Command::parse(line.as_bytes()).unwrap();
            assert_eq!(command.to_string(), line);
        }
        assert_eq!(Command::Pwd.to_wire_as("XPWD"), b"XPWD\r\n");
        let unusual = Command::Retr(Text::from(&b"a\r\xff"[..]));
        assert_eq!(unusual.to_wire(), b"RETR a\r\0\xff\xff\r\n");
    }

    proptest! {
        #[test]
        fn any_line_parses_or_says_why(line: Vec<u8>) {
            if let Ok(command) = Command::parse(&line) {
                let again = command.to_string();
                if str::from_utf8(&line).is_ok() {
                    prop_assert_eq!(Command::parse(again.as_bytes()), Ok(command));
                }
            }
        }
    }
}
