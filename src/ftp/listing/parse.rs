//! Reading a listing: what one line of LIST or MLSD says, whoever wrote it.
//!
//! RFC 959 leaves the format of LIST to the server, so a client has to guess:
//! by the shape of the line, since one server may mix them.

use super::MONTHS;
use crate::ftp::Text;

/// What a line of a listing says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name, as it was written: it may hold anything, `/` and `..` too.
    pub name: Text,
    /// What bears it.
    pub kind: Kind,
    /// How many octets it holds, if the line says so.
    pub size: Option<u64>,
}

/// What a name in a listing stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, to whatever.
    Link,
    /// The directory itself, the one above it, a device.
    Other,
}

/// Reads a line without its line end; `None` if it is none that lists
/// something (`total 12`, a heading) or nothing known.
///
/// ```
/// use wirelab::ftp::listing::{Kind, parse_line};
/// let line = b"-rw-r--r--    1 student  users         213 Mar 18 02:06 a name";
/// let listed = parse_line(line).unwrap();
/// assert_eq!((listed.name.as_bytes(), listed.size), (&b"a name"[..], Some(213)));
/// assert_eq!(parse_line(b"total 12"), None);
/// ```
pub fn parse_line(line: &[u8]) -> Option<Listed> {
    facts(line)
        .or_else(|| unix(line))
        .or_else(|| netware(line))
        .or_else(|| ms_dos(line))
        .filter(|listed| !listed.name.is_empty())
}

/// A name that a file of one's own may have: neither empty nor a way to
/// somewhere else.
pub fn is_plain_name(name: &[u8]) -> bool {
    let leads_away = |b: &u8| matches!(b, b'/' | b'\\' | 0);
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(leads_away)
}

/// MLSD (RFC 3659 §7.2): `type=file;size=213; a name`.
fn facts(line: &[u8]) -> Option<Listed> {
    let space = line.iter().position(|b| *b == b' ')?;
    let (facts, name) = (line.get(..space)?, line.get(space + 1..)?);
    if !facts.ends_with(b";") || !facts.contains(&b'=') {
        return None;
    }
    let (mut kind, mut size) = (Kind::Other, None);
    for fact in facts.split(|b| *b == b';') {
        let Some(equals) = fact.iter().position(|b| *b == b'=') else {
            continue;
        };
        let (key, value) = (fact.get(..equals)?, fact.get(equals + 1..)?);
        if key.eq_ignore_ascii_case(b"size") {
            size = number(value);
        } else if key.eq_ignore_ascii_case(b"type") {
            kind = match value.to_ascii_lowercase().as_slice() {
                b"file" => Kind::File,
                b"dir" => Kind::Directory,
                other if other.starts_with(b"os.unix=slink") => Kind::Link,
                _ => Kind::Other,
            };
        }
    }
    Some(listed(name, kind, size))
}

/// `ls -l`: ten letters, then a size and a date somewhere, then the name.
fn unix(line: &[u8]) -> Option<Listed> {
    let (first, rights) = (line.first()?, line.get(1..10)?);
    if !rights.iter().all(|b| b"rwxsStTlL-".contains(b)) {
        return None;
    }
    let kind = match first {
        b'-' => Kind::File,
        b'd' => Kind::Directory,
        b'l' => Kind::Link,
        b'b' | b'c' | b'p' | b's' => Kind::Other,
        _ => return None,
    };
    let (size, name) = size_date_name(line.get(10..)?)?;
    // A link tells where it leads.
    let arrow = name.windows(4).position(|part| part == b" -> ");
    let name = match (kind, arrow) {
        (Kind::Link, Some(at)) => name.get(..at)?,
        _ => name,
    };
    Some(listed(name, kind, size))
}

/// NetWare: `d [RWCE-FM-] owner   512 Jan 02 15:48 name`.
fn netware(line: &[u8]) -> Option<Listed> {
    let kind = match line.first()? {
        b'-' => Kind::File,
        b'd' => Kind::Directory,
        _ => return None,
    };
    let rest = line.get(1..)?.trim_ascii_start();
    let end = rest.iter().position(|b| *b == b']')?;
    if rest.first() != Some(&b'[') || line.get(1) != Some(&b' ') {
        return None;
    }
    let (size, name) = size_date_name(rest.get(end + 1..)?)?;
    Some(listed(name, kind, size))
}

/// `dir` of MS-DOS: `03-18-17  02:06AM       <DIR>          name`.
fn ms_dos(line: &[u8]) -> Option<Listed> {
    let (date, rest) = word(line)?;
    let (time, rest) = word(rest)?;
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mut parts = date.split(|b| matches!(b, b'-' | b'/'));
    let is_date = parts.by_ref().take(3).all(digits) && date.len() >= 8 && parts.next().is_none();
    let is_time = time.contains(&b':') && time.first().is_some_and(u8::is_ascii_digit);
    if !is_date || !is_time {
        return None;
    }
    let (size, rest) = word(rest)?;
    if size.eq_ignore_ascii_case(b"<DIR>") {
        return Some(listed(rest.trim_ascii_start(), Kind::Directory, None));
    }
    let name = rest.get(1..).unwrap_or(&[]);
    Some(listed(name, Kind::File, Some(number(size)?)))
}

/// Finds the date of `ls`, which is a month, a day and a time or year; before
/// it stands the size, after it, and one space, the name. An owner may be
/// called like a month, a day or anything else.
fn size_date_name(line: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let (mut rest, mut size) = (line, None);
    while let Some((part, after)) = word(rest) {
        let is_month = MONTHS
            .iter()
            .any(|month| part.eq_ignore_ascii_case(month.as_bytes()));
        if let (true, Some(size), Some(name)) = (is_month, size, after_date(after)) {
            return Some((Some(size), name));
        }
        size = number(part);
        rest = after;
    }
    None
}

/// What stands behind a day, a time or year, and one space.
fn after_date(line: &[u8]) -> Option<&[u8]> {
    let (day, rest) = word(line)?;
    let (when, rest) = word(rest)?;
    let is_day = number(day).is_some_and(|day| (1..=31).contains(&day));
    let is_when = match when.iter().position(|b| *b == b':') {
        Some(at) => number(when.get(..at)?).is_some_and(|hour| hour < 24),
        None => when.len() == 4 && number(when).is_some(),
    };
    (is_day && is_when).then(|| rest.get(1..)).flatten()
}

/// The next word and what follows it.
fn word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii_start();
    if line.is_empty() {
        return None;
    }
    let end = line.iter().position(u8::is_ascii_whitespace);
    line.split_at_checked(end.unwrap_or(line.len()))
}

fn number(digits: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(digits).ok()?;
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn listed(name: &[u8], kind: Kind, size: Option<u64>) -> Listed {
    let itself = matches!(name, b"." | b"..");
    Listed {
        name: Text::from(name),
        kind: if itself { Kind::Other } else { kind },
        size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::files::{Content, Entry, Meta};
    use crate::ftp::listing::{self, Style};
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn read(line: &str) -> Option<(String, Kind, Option<u64>)> {
        let listed = parse_line(line.as_bytes())?;
        Some((listed.name.to_string(), listed.kind, listed.size))
    }

    #[test]
    fn what_servers_write() {
        use Kind::*;
        for (line, name, kind, size) in [
            (
                "-rw-r--r--    1 ftp      ftp           213 Mar 18 02:06 a  name",
                "a  name",
                File,
                Some(213),
            ),
            (
                "-rw-rw-r--+   1 0        0      4294967296 Jan 02  2015 big",
                "big",
                File,
                Some(4_294_967_296),
            ),
            (
                "drwxr-xr-x    2 1001     1001         4096 Nov 05  2015 Mar 18 02:06 x",
                "Mar 18 02:06 x",
                Directory,
                Some(4096),
            ),
            // No group; an owner of two words; one called like a month.
            (
                "-rwsr-xr-t   1 maria 17 Dec  1 23:59 x",
                "x",
                File,
                Some(17),
            ),
            (
                "-r--r--r--   1 two words users 17 Dec  1 23:59 x",
                "x",
                File,
                Some(17),
            ),
            (
                "-r--r--r--   1 may may 17 may 17 1999 May",
                "May",
                File,
                Some(17),
            ),
            (
                "lrwxrwxrwx   1 root root 4 Mar 18 02:06 pub -> /srv",
                "pub",
                Link,
                Some(4),
            ),
            (
                "brw-rw----   1 root disk 8 Mar 18 02:06 sda",
                "sda",
                Other,
                Some(8),
            ),
            (
                "drwxr-xr-x   2 0 0 4096 Mar 18 02:06 ..",
                "..",
                Other,
                Some(4096),
            ),
            (
                "d [RWCE-FM-] supervisor            512 Jan 02 15:48 login",
                "login",
                Directory,
                Some(512),
            ),
            (
                "- [RWCEAFMS] rhesus             214059 Oct 20 15:27 cx.exe",
                "cx.exe",
                File,
                Some(214_059),
            ),
            (
                "03-18-17  02:06AM       <DIR>          a name",
                "a name",
                Directory,
                None,
            ),
            (
                "03-18-2017  12:06PM                  213  lead",
                " lead",
                File,
                Some(213),
            ),
            (
                "type=dir;modify=20170318020609;perm=el; sub",
                "sub",
                Directory,
                None,
            ),
            ("Type=cdir;perm=el; ..", "..", Other, None),
            ("size=5;type=file;x.y=1; a; b=c", "a; b=c", File, Some(5)),
            ("type=OS.unix=slink:/srv; pub", "pub", Link, None),
        ] {
            assert_eq!(read(line), Some((name.into(), kind, size)), "{line}");
        }
        for line in [
            "",
            " ",
            "total 12",
            "Directory of /pub",
            "-rw-r--r--",
            "-rw-r--r-- 1 a b 5 Mar 18 02:06",
            "-rw-r--r-- 1 a b 5 Mar 32 02:06 x",
            "-rw-r--r-- 1 a b -5 Mar 18 02:06 x",
            "d RWCE supervisor 512 Jan 02 15:48 login",
            "03-18-17  02:06AM  many  name",
            "a=b; ",
            "plain.txt",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere() {
        for name in ["", ".", "..", "/etc/passwd", "a/b", "..\\x", "a\0"] {
            assert!(!is_plain_name(name.as_bytes()), "{name}");
        }
        for name in ["a", "...", "..a", "a name"] {
            assert!(is_plain_name(name.as_bytes()), "{name}");
        }
    }

    proptest! {
        /// What our own server writes, in whatever style, is read as it was meant.
        #[test]
        fn our_own_listings_are_understood(
            name in "[^\\s\\x00/][^\\r\\n\\x00/]{0,20}",
            size in 0u64..1 << 40,
            modified in 0u64..4_000_000_000,
            directory: bool,
        ) {
            prop_assume!(name != "." && name != "..");
            let modified = Timestamp::from_nanos(modified * 1_000_000_000);
            let meta = Meta {
                owner: Some("student".into()),
                group: None,
                mode: 0o644,
                modified,
            };
            let content = Content::Random { seed: crate::rng::Seed(1), name: "x".into(), size };
            let kind = match directory {
                true => crate::ftp::files::Kind::Directory,
                false => crate::ftp::files::Kind::File { content, locked: false, fails_at: None },
            };
            let entry = Entry { kind, meta };
            let now = Timestamp::DEFAULT_CLOCK;
            let styles = [Style::Unix, Style::UnixNumeric, Style::MsDos, Style::NetWare];
            let lines = styles.map(|style| listing::format(style, name.as_bytes(), &entry, now));
            for line in lines.into_iter().chain([listing::Facts::ALL.line(name.as_bytes(), &entry, "adfrw")]) {
                let shown = String::from_utf8_lossy(&line).into_owned();
                let listed = parse_line(&line);
                prop_assert!(listed.is_some(), "{shown}");
                let Some(listed) = listed else { continue };
                prop_assert_eq!(listed.name.as_bytes(), name.as_bytes(), "{}", &shown);
                let kind = if directory { Kind::Directory } else { Kind::File };
                prop_assert_eq!(listed.kind, kind, "{}", &shown);
                prop_assert!(directory || listed.size == Some(size), "{}", &shown);
            }
        }

        #[test]
        fn any_line_is_survived(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_line(&line);
        }
    }
}
