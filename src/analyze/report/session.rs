//! What is known of an FTP session while it lasts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Seen, TransferReport};
use crate::analyze::Printable;
use crate::dissect::{CommandSeen, ReplySeen, Said, Transfer, TransferId};
use crate::ftp::diagram::{Dialogue, Measure};
use crate::ftp::{Command, DataType, ReplyCode, Verb};
use crate::time::Timestamp;

/// How many different names or passwords of a session are kept.
const MAX_WORDS: usize = 64;
/// How many folders of a session are kept.
const MAX_FOLDERS: usize = 256;
/// How many sizes that the server told are kept.
const MAX_SIZES: usize = 64;
/// How many kinds of negative replies are kept.
const MAX_CODES: usize = 64;

/// What is known of a session while it lasts.
#[derive(Debug)]
pub(super) struct SessionState {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// The frame of the password that let the user in, or else of the first.
    pub(super) password_frame: Option<u64>,
    /// The frame of the last PASS.
    last_pass: Option<u64>,
    pub(super) logged_in_at: Option<u64>,
    pub(super) failed: Seen,
    /// When the first login failed, and the last.
    pub(super) failed_at: Option<(Timestamp, Timestamp)>,
    /// Users and passwords with which a login failed.
    pub(super) failed_users: BTreeSet<String>,
    pub(super) failed_passwords: BTreeSet<String>,
    pub(super) encrypted_from: Option<u64>,
    pub(super) commands: u32,
    pub(super) replies: u32,
    /// The folder that the last CWD asked for.
    asked_folder: Option<(u32, String)>,
    pub(super) folders: Vec<String>,
    pub(super) folder_changes: Seen,
    pub(super) listings: u32,
    pub(super) files: u32,
    pub(super) negative: BTreeMap<u16, (Seen, String)>,
    pub(super) forbidden: Seen,
    pub(super) forbidden_words: Option<String>,
    dialogue: Dialogue,
    /// The preliminary and the final reply to the command of that number.
    outcomes: BTreeMap<u32, Outcome>,
    /// Files move as they are (TYPE I): only then do sizes compare.
    is_binary: bool,
    /// The next transfer does not begin at the beginning.
    restarts: bool,
    asked_size: Option<(u32, String)>,
    /// What SIZE said of a file, and in which frame.
    sizes: BTreeMap<String, (u64, u64)>,
    /// Its transfers in the order in which they were prepared.
    pub(super) transfers: VecDeque<TransferId>,
    pub(super) moved: Vec<TransferReport>,
    pub(super) transfers_left_off: u64,
}

/// What became of a transfer's command.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    pub(super) preliminary: Option<u16>,
    pub(super) reply: Option<u16>,
    /// How many bytes the server said there are, and in which frame.
    pub(super) told_size: Option<(u64, u64)>,
}

impl SessionState {
    pub(super) fn new() -> SessionState {
        SessionState {
            user: None,
            password: None,
            password_frame: None,
            last_pass: None,
            logged_in_at: None,
            failed: Seen::default(),
            failed_at: None,
            failed_users: BTreeSet::new(),
            failed_passwords: BTreeSet::new(),
            encrypted_from: None,
            commands: 0,
            replies: 0,
            asked_folder: None,
            folders: Vec::new(),
            folder_changes: Seen::default(),
            listings: 0,
            files: 0,
            negative: BTreeMap::new(),
            forbidden: Seen::default(),
            forbidden_words: None,
            dialogue: Dialogue::new(Measure::AsDeployed),
            outcomes: BTreeMap::new(),
            is_binary: false,
            restarts: false,
            asked_size: None,
            sizes: BTreeMap::new(),
            transfers: VecDeque::new(),
            moved: Vec::new(),
            transfers_left_off: 0,
        }
    }

    pub(super) fn note(&mut self, said: &Said, at: Timestamp) {
        match said {
            Said::Command(command) => self.command(command),
            Said::Reply(reply) => self.reply(reply, at),
            Said::Encrypted { frame } => self.encrypted_from = Some(*frame),
            Said::NotAReply { .. } => {}
            // What is missing may have been anything: begin to judge anew.
            Said::Gap { .. } => self.dialogue = Dialogue::new(Measure::AsDeployed),
        }
    }

    fn command(&mut self, seen: &CommandSeen) {
        self.commands += 1;
        let verb = seen.verb();
        let _ = self.dialogue.command(verb);
        let text = |argument: &crate::ftp::Text| Printable(argument.as_bytes()).to_string();
        match &seen.command {
            Ok(Command::User(user)) => self.user = Some(text(user)),
            Ok(Command::Pass(password)) => {
                self.password = Some(text(password));
                self.password_frame.get_or_insert(seen.frame);
                self.last_pass = Some(seen.frame);
            }
            Ok(Command::Cwd(folder)) => {
                self.asked_folder = Some((seen.number, text(folder)));
                self.folder_changes.add(seen.frame);
            }
            Ok(Command::Cdup) => {
                self.asked_folder = Some((seen.number, "..".into()));
                self.folder_changes.add(seen.frame);
            }
            Ok(Command::Type(kind)) => self.is_binary = matches!(kind, DataType::Image),
            Ok(Command::Rest(_)) => self.restarts = true,
            Ok(Command::Size(path)) => self.asked_size = Some((seen.number, text(path))),
            _ => {}
        }
        let Some(verb) = verb.filter(|verb| verb.is_transfer()) else {
            return;
        };
        match verb {
            Verb::List | Verb::Nlst | Verb::Mlsd => self.listings += 1,
            _ => self.files += 1,
        }
        let known = match &seen.command {
            Ok(Command::Retr(path)) => self.sizes.get(&text(path)).copied(),
            _ => None,
        };
        let outcome = Outcome {
            told_size: known.filter(|_| self.is_comparable(verb)),
            ..Outcome::default()
        };
        self.outcomes.insert(seen.number, outcome);
    }

    /// The bytes of a transfer are those of the file.
    fn is_comparable(&self, verb: Verb) -> bool {
        verb == Verb::Retr && self.is_binary && !self.restarts
    }

    fn reply(&mut self, seen: &ReplySeen, at: Timestamp) {
        self.replies += 1;
        let code = seen.reply.code();
        if let Err(violation) = self.dialogue.reply(code) {
            self.forbidden.add(seen.frame);
            self.forbidden_words.get_or_insert(violation.to_string());
        }
        if code.is_negative() && (self.negative.len() < MAX_CODES) {
            let text = || Printable(seen.reply.text().as_bytes()).to_string();
            let (frames, _) = self
                .negative
                .entry(code.get())
                .or_insert_with(|| (Seen::default(), text()));
            frames.add(seen.frame);
        }
        let Some((number, verb)) = seen.answers else {
            return;
        };
        let comparable = verb.is_some_and(|verb| self.is_comparable(verb));
        if let Some(outcome) = self.outcomes.get_mut(&number) {
            if code.is_preliminary() {
                outcome.preliminary = Some(code.get());
                let told = size_in(&seen.reply.text().to_string());
                let told = told.filter(|_| comparable).map(|size| (size, seen.frame));
                outcome.told_size = told.or(outcome.told_size);
            } else {
                outcome.reply = Some(code.get());
                self.restarts = false;
            }
        }
        match verb {
            Some(Verb::User | Verb::Pass | Verb::Acct) => self.login(code, verb, seen.frame, at),
            Some(Verb::Cwd | Verb::Cdup) if !code.is_negative() => {
                let asked = self
                    .asked_folder
                    .take()
                    .filter(|(asked, _)| *asked == number);
                if let Some((_, folder)) = asked
                    && self.folders.len() < MAX_FOLDERS
                {
                    self.folders.push(folder);
                }
            }
            Some(Verb::Size) if code.get() == 213 => {
                let asked = self.asked_size.take().filter(|(asked, _)| *asked == number);
                let size = seen.reply.text().to_string().trim().parse().ok();
                if let (Some((_, path)), Some(size)) = (asked, size)
                    && self.sizes.len() < MAX_SIZES
                {
                    self.sizes.insert(path, (size, seen.frame));
                }
            }
            _ => {}
        }
    }

    fn login(&mut self, code: ReplyCode, verb: Option<Verb>, frame: u64, at: Timestamp) {
        match code.get() {
            230 | 232 => {
                if self.logged_in_at.is_none() && verb == Some(Verb::Pass) {
                    self.password_frame = self.last_pass;
                }
                self.logged_in_at = Some(frame);
            }
            _ if code.is_negative() => {
                self.failed.add(frame);
                let (first, _) = self.failed_at.unwrap_or((at, at));
                self.failed_at = Some((first, at));
                let user = self.user.clone().unwrap_or_default();
                if self.failed_users.len() < MAX_WORDS {
                    self.failed_users.insert(user);
                }
                let password = self.password.clone().filter(|_| verb == Some(Verb::Pass));
                if self.failed_passwords.len() < MAX_WORDS {
                    self.failed_passwords.extend(password);
                }
            }
            _ => {}
        }
    }

    /// What became of a transfer's command; it is not asked for twice.
    pub(super) fn outcome(&mut self, transfer: &Transfer) -> Outcome {
        let number = transfer.command.as_ref().map(|command| command.number);
        let outcome = number.and_then(|number| self.outcomes.remove(&number));
        outcome.unwrap_or_default()
    }
}

/// The size that a 150 tells: "(1234 bytes)", in the words of most servers.
fn size_in(text: &str) -> Option<u64> {
    let before = text.get(..text.rfind(" byte")?)?;
    let digits = before.rfind(|c: char| !c.is_ascii_digit());
    before.get(digits.map_or(0, |at| at + 1)..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_in_replies() {
        let size = |text| size_in(text);
        assert_eq!(
            size("Opening BINARY mode data connection for a (1234 bytes)."),
            Some(1234)
        );
        assert_eq!(size("Opening data connection for a(77 bytes)."), Some(77));
        assert_eq!(size("99 bytes"), Some(99));
        assert_eq!(size("Here comes the directory listing."), None);
        assert_eq!(size("for some bytes"), None);
    }
}
