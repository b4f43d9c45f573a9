//! Commands about files and directories that need no data connection, and what LIST and its kin list.

use super::job::Job;
use super::session::Turn;
use super::words::Message;
use crate::ftp::files::{Access, Content, Entry, FileError, Kind};
use crate::ftp::listing::{self, digits, matches_pattern};
use crate::ftp::path::VirtualPath;
use crate::ftp::{DataType, Reply, ReplyCode, Text, Verb};
use crate::time::Timestamp;

impl Turn<'_> {
    /// The path that a text means to the user.
    pub fn resolve(&self, text: &Text) -> Option<VirtualPath> {
        let separators = self.persona().separators;
        self.s.directory.resolve(text.as_bytes(), separators)
    }

    /// Where a path that the user sees is in the files.
    pub fn real(&self, path: &VirtualPath) -> Option<VirtualPath> {
        match self.user() {
            Some((_, user)) => path.below(&user.root),
            None => None,
        }
    }

    /// The real path that a text means.
    pub fn find(&self, text: &Text) -> Result<VirtualPath, FileError> {
        let path = self.resolve(text).and_then(|path| self.real(&path));
        path.ok_or(FileError::NotFound)
    }

    pub fn entry(&self, text: &Text) -> Result<&Entry, FileError> {
        let path = self.find(text)?;
        self.shared.files.get(&path).ok_or(FileError::NotFound)
    }

    /// Says why something could not be done with a file.
    pub fn say_file_error(&mut self, usual: Message, file: &Text, error: FileError) {
        let message = match error {
            FileError::Busy => Message::Busy,
            FileError::Full => Message::DiskFull,
            _ => usual,
        };
        let reason = Text::from(error.to_string());
        self.say(message, &[("file", file.clone()), ("reason", reason)]);
    }

    /// Says that something was done with a file, or why not: one message for each.
    fn say_done(
        &mut self,
        done: Result<(), FileError>,
        (well, badly): (Message, Message),
        file: &Text,
    ) {
        match done {
            Ok(()) => self.say(well, &[("file", file.clone())]),
            Err(error) => self.say_file_error(badly, file, error),
        }
    }

    pub fn change_directory(&mut self, text: &Text) {
        self.enter(text, Message::DirectoryChanged);
    }

    pub fn directory_up(&mut self) {
        self.enter(&Text::from(".."), Message::DirectoryUp);
    }

    fn enter(&mut self, text: &Text, message: Message) {
        let Some(path) = self.resolve(text) else {
            return self.say_file_error(Message::ChangeFailed, text, FileError::NotFound);
        };
        let entry = self
            .real(&path)
            .and_then(|real| self.shared.files.get(&real));
        match entry.map(Entry::is_directory) {
            Some(true) => {
                self.s.directory = path;
                self.say(message, &[]);
            }
            Some(false) => {
                self.say_file_error(Message::ChangeFailed, text, FileError::NotADirectory);
            }
            None => self.say_file_error(Message::ChangeFailed, text, FileError::NotFound),
        }
    }

    pub fn make_directory(&mut self, text: &Text) {
        let date = self.shared.date(self.now);
        let made = self.find(text).and_then(|path| {
            let (files, who) = self.files();
            files.make_directory(&path, who, date)
        });
        match (made, self.resolve(text)) {
            (Ok(()), Some(path)) => {
                self.say(Message::DirectoryMade, &[("quoted", path.quoted())]);
            }
            (made, _) => {
                let error = made.err().unwrap_or(FileError::NotFound);
                self.say_file_error(Message::MakeFailed, text, error);
            }
        }
    }

    pub fn remove_directory(&mut self, text: &Text) {
        let done = self.find(text).and_then(|path| {
            let (files, who) = self.files();
            files.remove_directory(&path, who)
        });
        self.say_done(
            done,
            (Message::DirectoryRemoved, Message::RemoveFailed),
            text,
        );
    }

    pub fn delete(&mut self, text: &Text) {
        let done = self.find(text).and_then(|path| {
            let (files, who) = self.files();
            files.remove_file(&path, who)
        });
        self.say_done(done, (Message::Deleted, Message::DeleteFailed), text);
    }

    pub fn rename_from(&mut self, text: &Text) {
        let locked = match self.entry(text).map(|entry| &entry.kind) {
            Ok(Kind::File { locked: true, .. }) => Err(FileError::Busy),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        self.s.rename_from = self.find(text).ok();
        self.say_done(
            locked,
            (Message::RenameFrom, Message::RenameFromFailed),
            text,
        );
    }

    pub fn rename_to(&mut self, text: &Text) {
        let from = self.s.rename_from.take().ok_or(FileError::NotFound);
        let done = from.and_then(|from| {
            let to = self.find(text)?;
            let (files, who) = self.files();
            files.rename(&from, &to, who)
        });
        match done {
            Ok(()) => self.say(Message::Renamed, &[]),
            Err(error) => self.say_file_error(Message::RenameFailed, text, error),
        }
    }

    pub fn size_of(&mut self, text: &Text) {
        let ascii = matches!(self.s.data_type, DataType::Ascii(_));
        let size = match self.entry(text).map(|entry| &entry.kind) {
            Err(error) => Err(error),
            Ok(Kind::Directory) => Err(FileError::IsADirectory),
            Ok(Kind::File { content, .. }) if ascii => match ascii_size(content) {
                Some(size) => Ok(size),
                None => return self.say(Message::NotCounted, &[("file", text.clone())]),
            },
            Ok(Kind::File { content, .. }) => Ok(content.size()),
        };
        match size {
            Ok(size) => self.say(Message::Size, &[("size", Text::from(size.to_string()))]),
            Err(error) => self.say_file_error(Message::SizeFailed, text, error),
        }
    }

    pub fn time_of(&mut self, text: &Text) {
        match self.entry(text).map(|entry| entry.meta.modified) {
            Ok(time) => self.say(Message::Modified, &[("time", Text::from(digits(time)))]),
            Err(error) => self.say_file_error(Message::TimeFailed, text, error),
        }
    }

    pub fn site(&mut self, argument: Text) {
        let words = argument.to_string();
        let words: Vec<&str> = words.split_whitespace().collect();
        let done = match words.as_slice() {
            [verb, mode, name] if verb.eq_ignore_ascii_case("CHMOD") => {
                match u16::from_str_radix(mode, 8) {
                    Ok(mode) if mode <= 0o777 => self.find(&Text::from(*name)).and_then(|path| {
                        let (files, who) = self.files();
                        files.change_meta(&path, who, |meta| meta.mode = mode)
                    }),
                    _ => return self.say_verb(Message::BadParameter, Verb::Site),
                }
            }
            [verb] if verb.eq_ignore_ascii_case("HELP") => Ok(()),
            _ => return self.say(Message::SiteUnknown, &[]),
        };
        match done {
            Ok(()) => self.say(Message::SiteDone, &[("argument", argument)]),
            Err(error) => self.say_file_error(Message::SiteFailed, &argument, error),
        }
    }

    pub fn status_of(&mut self, path: &Text) {
        let code = match self.entry(path) {
            Err(_) if self.persona().lists_the_missing => 213,
            Err(error) => return self.say_file_error(Message::Busy, path, error),
            Ok(entry) if entry.is_directory() => 212,
            Ok(_) => 213,
        };
        let lines = self.listing(Verb::List, Some(path)).unwrap_or_default();
        let text = lines.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let text = text.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut leading = vec![Text::from(format!("Status of {path}:"))];
        leading.extend(text.map(Text::from));
        if let Some(code) = ReplyCode::new(code) {
            self.reply(Reply::with_lines(code, leading, "End of status"));
        }
    }

    pub fn facts_of(&mut self, path: Option<&Text>) {
        let text = path.cloned().unwrap_or_else(|| Text::from("."));
        let line = match self.entry(&text) {
            Ok(entry) => {
                let name = self.resolve(&text).unwrap_or_else(VirtualPath::root);
                let above = name.parent().and_then(|above| self.real(&above));
                let above = above.and_then(|above| self.shared.files.get(&above));
                // One space before it (RFC 3659 §7.2).
                let mut line = b" ".to_vec();
                line.extend_from_slice(&self.line_of_facts(name.as_bytes(), entry, above));
                line
            }
            Err(error) => return self.say_file_error(Message::FileFailed, &text, error),
        };
        if let Some(code) = ReplyCode::new(250) {
            let leading = vec![Text::from(format!("Facts of {text}:")), Text::from(line)];
            self.reply(Reply::with_lines(code, leading, "End"));
        }
    }

    /// LIST, NLST and MLSD.
    pub fn list(&mut self, verb: Verb, path: Option<&Text>) {
        match self.listing(verb, path) {
            Ok(bytes) => {
                let name = path.cloned().unwrap_or_default();
                self.begin(verb, name, Job::listing(bytes));
            }
            // RFC 3659 §7.2.1
            Err(FileError::NotADirectory) if verb == Verb::Mlsd => {
                self.say_verb(Message::BadParameter, verb);
            }
            Err(_) if self.persona().lists_the_missing => {
                let name = path.cloned().unwrap_or_default();
                self.begin(verb, name, Job::listing(Vec::new()));
            }
            Err(error) => {
                let name = path.cloned().unwrap_or_default();
                self.say_file_error(Message::FileFailed, &name, error);
            }
        }
    }

    /// What the three list, lines ended by CR LF.
    fn listing(&self, verb: Verb, path: Option<&Text>) -> Result<Vec<u8>, FileError> {
        let text = match verb {
            // A path and nothing else (RFC 3659 §7.1).
            Verb::Mlsd => path.cloned().unwrap_or_default(),
            _ => path.map(without_options).unwrap_or_default(),
        };
        let (directory, pattern) = match split_pattern(&text) {
            Some((directory, pattern)) if verb != Verb::Mlsd => (directory, Some(pattern)),
            _ => (text.clone(), None),
        };
        let real = self.find(&directory)?;
        let entry = self.shared.files.get(&real).ok_or(FileError::NotFound)?;
        let now = self.shared.date(self.now);
        let mut out = Vec::new();
        if !entry.is_directory() {
            if verb == Verb::Mlsd {
                return Err(FileError::NotADirectory);
            }
            self.list_line(verb, directory.as_bytes(), (entry, None), now, &mut out);
            return Ok(out);
        }
        for (name, child) in self.shared.files.children(&real) {
            if pattern.as_ref().is_none_or(|p| matches_pattern(p, name)) {
                self.list_line(verb, name, (child, Some(entry)), now, &mut out);
            }
        }
        Ok(out)
    }

    /// The line of an entry, and of the directory that it is in.
    fn list_line(
        &self,
        verb: Verb,
        name: &[u8],
        (entry, above): (&Entry, Option<&Entry>),
        now: Timestamp,
        out: &mut Vec<u8>,
    ) {
        match verb {
            Verb::Nlst => out.extend_from_slice(name),
            Verb::Mlsd => out.extend_from_slice(&self.line_of_facts(name, entry, above)),
            _ => {
                let style = self.persona().listing;
                out.extend_from_slice(&listing::format(style, name, entry, now));
            }
        }
        out.extend_from_slice(b"\r\n");
    }

    /// The facts of an entry that is in the directory `above`.
    fn line_of_facts(&self, name: &[u8], entry: &Entry, above: Option<&Entry>) -> Vec<u8> {
        let permissions = self.permissions(entry, above);
        self.s.facts.line(name, entry, &permissions)
    }

    /// A letter for each command that the user may give about an entry in the
    /// directory `above` (RFC 3659 §7.5.5).
    fn permissions(&self, entry: &Entry, above: Option<&Entry>) -> String {
        let (who, directory) = (self.who(), entry.is_directory());
        let reads = entry.allows(who, Access::Read);
        let writes = entry.allows(who, Access::Write);
        let stores = writes && !self.lacks_account();
        let changes_name = above.is_some_and(|above| above.allows(who, Access::Write));
        let removal = if directory { Verb::Rmd } else { Verb::Dele };
        let letters = [
            ("a", Verb::Appe, !directory && stores),
            ("c", Verb::Stor, directory && stores),
            ("d", removal, changes_name),
            ("e", Verb::Cwd, directory),
            ("f", Verb::Rnfr, changes_name),
            ("l", Verb::List, directory),
            ("m", Verb::Mkd, directory && writes),
            ("p", Verb::Dele, directory && writes),
            ("r", Verb::Retr, !directory && reads),
            ("w", Verb::Stor, !directory && stores),
        ];
        let may = letters
            .iter()
            .filter(|(_, verb, may)| *may && self.known(*verb));
        may.map(|(letter, ..)| *letter).collect()
    }
}

/// LIST and NLST take options of `ls` before the path, as all servers in the
/// field do: they are left out.
fn without_options(text: &Text) -> Text {
    let mut rest = text.as_bytes();
    while rest.first() == Some(&b'-') {
        let end = rest.iter().position(|b| *b == b' ');
        rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or(&[]);
    }
    Text::from(rest)
}

/// A directory and a pattern, when the last name has `*` or `?` in it.
fn split_pattern(text: &Text) -> Option<(Text, Vec<u8>)> {
    let bytes = text.as_bytes();
    let start = bytes
        .iter()
        .rposition(|b| *b == b'/')
        .map_or(0, |at| at + 1);
    let (directory, name) = bytes.split_at(start);
    let wild = name.iter().any(|b| matches!(b, b'*' | b'?'));
    wild.then(|| (Text::from(directory), name.to_vec()))
}

/// The greatest file whose lines are counted to know its size as text. Of a
/// greater one the server cannot tell in time, which RFC 3659 §4.2 lets it say
/// with 550: a command must not cost what sending gigabytes would.
const MAX_COUNTED: u64 = 64 << 20;

/// How many bytes a file has on the wire in ASCII type; `None` if it is too
/// great to count.
fn ascii_size(content: &Content) -> Option<u64> {
    if content.size() > MAX_COUNTED {
        return None;
    }
    let mut reader = content.reader(0);
    let mut convert = crate::ftp::convert::ToWire::default();
    let (mut chunk, mut out, mut size) = ([0; 4096], Vec::new(), 0);
    loop {
        let count = reader.read(&mut chunk);
        if count == 0 {
            return Some(size);
        }
        out.clear();
        convert.convert(chunk.get(..count)?, &mut out);
        size += out.len() as u64;
    }
}
