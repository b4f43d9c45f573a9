//! Directory listings: the formats that servers write and clients read.

mod facts;
mod parse;

use crate::time::{Duration, Timestamp};

use super::Text;
use super::files::Entry;

pub use facts::Facts;
pub use parse::{Kind, Listed, is_plain_name, parse_line};

/// How LIST writes a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As `ls -l`, with the names of owner and group.
    Unix,
    /// As `ls -ln`, with numbers for owner and group.
    UnixNumeric,
    /// As `dir` of MS-DOS.
    MsDos,
    /// As NetWare, with its rights.
    NetWare,
}

/// Who owns what nobody owns in particular.
const NOBODY: &str = "ftp";

/// The line of an entry, without its line end.
pub fn format(style: Style, name: &[u8], entry: &Entry, now: Timestamp) -> Vec<u8> {
    let date = Date::new(entry.meta.modified);
    let directory = entry.is_directory();
    let nobody = Text::from(NOBODY);
    let owner = entry.meta.owner.as_ref().unwrap_or(&nobody);
    let group = entry.meta.group.as_ref().unwrap_or(&nobody);
    let mut line = match style {
        Style::Unix | Style::UnixNumeric => {
            let kind = if directory { 'd' } else { '-' };
            let links = if directory { 2 } else { 1 };
            let mode = mode_letters(entry.meta.mode);
            let size = if directory { 4096 } else { entry.size() };
            let when = date.as_ls(entry.meta.modified, now);
            match style {
                Style::Unix => {
                    format!("{kind}{mode} {links:>4} {owner:<8} {group:<8} {size:>12} {when} ")
                }
                _ => {
                    let (owner, group) = (number_of(owner), number_of(group));
                    format!("{kind}{mode} {links:>4} {owner:<8} {group:<8} {size:>12} {when} ")
                }
            }
        }
        Style::MsDos => {
            let size = if directory {
                "      <DIR>         ".to_string()
            } else {
                format!("{:>20}", entry.size())
            };
            format!("{} {size} ", date.as_dos())
        }
        Style::NetWare => {
            let kind = if directory { 'd' } else { '-' };
            let size = if directory { 512 } else { entry.size() };
            let when = date.as_ls(entry.meta.modified, now);
            format!("{kind} [RWCE-FM-] {owner:<20}{size:>9} {when} ")
        }
    };
    let mut bytes = core::mem::take(&mut line).into_bytes();
    bytes.extend_from_slice(name);
    bytes
}

/// A date as MDTM and MLST write it: `20231105162000` (RFC 3659 §2.3).
pub fn digits(timestamp: Timestamp) -> String {
    Date::new(timestamp).as_digits()
}

/// A name fits a pattern, in which `*` stands for any bytes and `?` for one.
pub fn matches_pattern(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where the last `*` was, and how much of the name it stands for.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(b) if *b == b'?' || name.get(n) == Some(b) => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|b| *b == b'*')
}

/// `rw-r--r--`
fn mode_letters(mode: u16) -> String {
    let letter = |bit: u16| match (mode & (0o400 >> bit) != 0, bit % 3) {
        (false, _) => '-',
        (true, 0) => 'r',
        (true, 1) => 'w',
        (true, _) => 'x',
    };
    (0..9).map(letter).collect()
}

/// A number for a name, the same for the same name: `root` is 0, others are
/// from 1000 on, as on a Linux machine.
fn number_of(name: &Text) -> u32 {
    match name.as_bytes() {
        b"root" => 0,
        bytes => {
            1000 + bytes
                .iter()
                .fold(0, |n: u32, b| (n * 31 + u32::from(*b)) % 9000)
        }
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A date of the calendar, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: i16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl Date {
    fn new(timestamp: Timestamp) -> Date {
        let nanos = i128::from(timestamp.as_nanos());
        let instant = jiff::Timestamp::from_nanosecond(nanos).unwrap_or_default();
        let date = jiff::tz::Offset::UTC.to_datetime(instant);
        let small = |n: i8| u8::try_from(n).unwrap_or(0);
        Date {
            year: date.year(),
            month: small(date.month()),
            day: small(date.day()),
            hour: small(date.hour()),
            minute: small(date.minute()),
            second: small(date.second()),
        }
    }

    /// `Nov 05 16:20`, or the year in place of the hour when that is more than
    /// half a year ago, or in the future.
    fn as_ls(self, itself: Timestamp, now: Timestamp) -> String {
        const HALF_A_YEAR: Duration = Duration::from_secs(15_778_476);
        let month = usize::from(self.month).wrapping_sub(1);
        let month = MONTHS.get(month).unwrap_or(&"Jan");
        let recent = itself <= now && now.since(itself) < HALF_A_YEAR;
        match recent {
            true => format!(
                "{month} {:02} {:02}:{:02}",
                self.day, self.hour, self.minute
            ),
            false => format!("{month} {:02}  {:04}", self.day, self.year),
        }
    }

    /// `03-18-17  02:06AM`
    fn as_dos(self) -> String {
        let half = if self.hour < 12 { "AM" } else { "PM" };
        let hour = match self.hour % 12 {
            0 => 12,
            hour => hour,
        };
        let year = self.year % 100;
        let (month, day, minute) = (self.month, self.day, self.minute);
        format!("{month:02}-{day:02}-{year:02}  {hour:02}:{minute:02}{half}")
    }

    /// `20231105162000` (RFC 3659 §2.3).
    fn as_digits(self) -> String {
        let Date {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::files::{Content, Kind, Meta};

    fn line(style: Style, directory: bool, modified: &str) -> String {
        let kind = if directory {
            Kind::Directory
        } else {
            Kind::File {
                content: Content::bytes(vec![0; 213]),
                locked: false,
                fails_at: None,
            }
        };
        let entry = Entry {
            kind,
            meta: Meta {
                owner: Some("student".into()),
                group: Some("users".into()),
                mode: if directory { 0o755 } else { 0o644 },
                modified: Timestamp::parse(modified).unwrap(),
            },
        };
        let now = Timestamp::parse("2017-06-01T00:00:00Z").unwrap();
        String::from_utf8(format(style, b"a name", &entry, now)).unwrap()
    }

    #[test]
    fn patterns() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt.gz", false),
            ("a?c", "abc", true),
            ("a*b*c", "axxbybc", true),
            ("a*b*c", "axxbyb", false),
            ("", "a", false),
        ] {
            assert_eq!(
                matches_pattern(pattern.as_bytes(), name.as_bytes()),
                fits,
                "{pattern}"
            );
        }
    }

    #[test]
    fn the_formats() {
        let recent = "2017-03-18T02:06:09Z";
        assert_eq!(
            line(Style::Unix, false, recent),
            "-rw-r--r--    1 student  users             213 Mar 18 02:06 a name"
        );
        assert_eq!(
            line(Style::UnixNumeric, true, "2015-11-05T16:20:00Z"),
            "drwxr-xr-x    2 7475     6632             4096 Nov 05  2015 a name"
        );
        assert_eq!(
            line(Style::MsDos, true, recent),
            "03-18-17  02:06AM       <DIR>          a name"
        );
        assert_eq!(
            line(Style::MsDos, false, "2017-03-18T12:06:09Z"),
            "03-18-17  12:06PM                  213 a name"
        );
        assert_eq!(
            line(Style::NetWare, true, recent),
            "d [RWCE-FM-] student                   512 Mar 18 02:06 a name"
        );
    }
}
