//! Several files by one verb: which there are, and one after the other.

use std::collections::VecDeque;

use super::Verb;
use super::machine::{Client, Control, Job, Outcome};
use super::steps::split_name;
use crate::ftp::listing::{Kind, is_plain_name, matches_pattern, parse_line};
use crate::ftp::{ReplyKind, Text, Verb as Word};

/// How many files one verb moves at most, and of how long a listing it reads
/// their names: what is beyond is left where it is.
const MAX_FILES: usize = 10_000;
pub(super) const MAX_LISTING: usize = 4 << 20;

/// Files that one verb moves.
#[derive(Debug)]
pub(super) struct Many {
    /// The command whose listing says which there are, while it is awaited.
    pub listing: Option<Word>,
    pattern: Text,
    left: VecDeque<Verb>,
    /// The first thing that went wrong; the others are tried all the same.
    failure: Option<Outcome>,
}

impl Many {
    /// What the verb comes to; `None` for a verb that is about one thing.
    pub fn of(verb: &Verb, listing: Word) -> Option<Many> {
        let many = |listing, pattern, left| Many {
            listing,
            pattern,
            left,
            failure: None,
        };
        Some(match verb {
            Verb::GetMany(pattern) => many(Some(listing), pattern.clone(), VecDeque::new()),
            Verb::PutMany(files) => {
                let puts = files
                    .iter()
                    .take(MAX_FILES)
                    .map(|(name, content)| Verb::Put {
                        remote: name.clone(),
                        content: content.clone(),
                        how: super::PutHow::Store,
                        offset: 0,
                    });
                many(None, Text::default(), puts.collect())
            }
            _ => return None,
        })
    }
}

/// What of a listing fits the pattern, as the names to ask for. Names that
/// lead elsewhere are nobody's business.
fn fitting(listing: &[u8], word: Word, pattern: &Text) -> VecDeque<Verb> {
    let (directory, pattern) = split_name(pattern);
    let mut before = directory.map_or(Vec::new(), |path| path.as_bytes().to_vec());
    if !before.is_empty() && !before.ends_with(b"/") {
        before.push(b'/');
    }
    let lines = listing.split(|b| *b == b'\n');
    let names = lines.filter_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if word == Word::Nlst {
            // Servers differ in whether they say the directory as well.
            return Some(
                line.strip_prefix(before.as_slice())
                    .unwrap_or(line)
                    .to_vec(),
            );
        }
        let listed = parse_line(line)?;
        let is_file = matches!(listed.kind, Kind::File | Kind::Link);
        let name = listed.name.as_bytes();
        (is_file && matches_pattern(pattern.as_bytes(), name)).then(|| name.to_vec())
    });
    let gets = names
        .filter(|name| is_plain_name(name))
        .map(|name| Verb::Get {
            remote: Text::from([before.as_slice(), &name].concat()),
            offset: 0,
            abort_after: None,
        });
    gets.take(MAX_FILES).collect()
}

impl Client {
    /// A verb is over, or one file of it. The verb for the next file, if there
    /// is one; otherwise what the whole came to.
    pub(super) fn next_of_many(
        &self,
        job: &mut Job,
        outcome: Outcome,
        listing: &[u8],
    ) -> Result<Verb, Outcome> {
        let Some(many) = &mut job.many else {
            return Err(outcome);
        };
        let lost = matches!(outcome, Outcome::Lost(_) | Outcome::NotFtp(_));
        if lost || self.control != Control::Open {
            return Err(many.failure.take().unwrap_or(outcome));
        }
        match many.listing.take() {
            Some(Word::Mlsd) if is_refused_for_good(&outcome) => {
                // An older server: the older command.
                many.listing = Some(Word::List);
                return Ok(job.verb.clone());
            }
            Some(_) if outcome != Outcome::Done => return Err(outcome),
            Some(word) => many.left = fitting(listing, word, &many.pattern),
            None if outcome != Outcome::Done => {
                many.failure.get_or_insert(outcome);
            }
            None => {}
        }
        match many.left.pop_front() {
            Some(verb) => Ok(verb),
            None => Err(many.failure.take().unwrap_or(Outcome::Done)),
        }
    }
}

fn is_refused_for_good(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(reply)
        if reply.code().kind() == ReplyKind::PermanentNegative)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(listing: &str, word: Word, pattern: &str) -> Vec<String> {
        let verbs = fitting(listing.as_bytes(), word, &Text::from(pattern));
        let names = verbs.into_iter().filter_map(|verb| match verb {
            Verb::Get { remote, .. } => Some(remote.to_string()),
            _ => None,
        });
        names.collect()
    }

    #[test]
    fn a_server_does_not_choose_where_files_go() {
        let names = "a.txt\r\npub/b.txt\r\n/etc/passwd\r\n../x\r\npub/../x\r\n..\r\n\r\nc\n";
        assert_eq!(
            asked(names, Word::Nlst, "pub/*"),
            ["pub/a.txt", "pub/b.txt", "pub/c"]
        );
        assert_eq!(asked(names, Word::Nlst, "*"), ["a.txt", "c"]);
        let lines = "total 3\r\n\
            -rw-r--r--    1 ftp      ftp           213 Mar 18 02:06 a.txt\r\n\
            -rw-r--r--    1 ftp      ftp           213 Mar 18 02:06 b.gif\r\n\
            -rw-r--r--    1 ftp      ftp           213 Mar 18 02:06 ../c.txt\r\n\
            drwxr-xr-x    2 ftp      ftp          4096 Mar 18 02:06 d.txt\r\n\
            03-18-17  02:06AM                  213 e.txt\r\n\
            type=file;size=2; f.txt\r\n";
        assert_eq!(
            asked(lines, Word::List, "*.txt"),
            ["a.txt", "e.txt", "f.txt"]
        );
    }
}
