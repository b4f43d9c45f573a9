//! Display filters: a small language in Wireshark's own names and operators.
//!
//! ```
//! use wirelab::analyze::Filter;
//! let filter = Filter::parse("ftp.response.code == 530 && ip.src == 10.2.0.0/24").unwrap();
//! # let _ = filter;
//! let error = Filter::parse("ftp.respons.code == 530").unwrap_err();
//! assert!(error.to_string().contains("ftp.response.code"));
//! ```
//!
//! As in Wireshark a bare name asks whether the frame has the field, whatever
//! its value: `tcp.flags.syn` is true of every TCP segment, and
//! `tcp.flags.syn == 1` of those that open a connection. Where a frame has a
//! field twice, one of them is enough, but for `!=`, which none may equal.

mod check;
mod habits;
mod lexer;
mod parser;
mod values;

use core::fmt;
use core::ops::Range;

use check::{Checks, Watcher};
pub use habits::habits;
pub use parser::{EITHER, PROTOCOLS};

use crate::dissect::Dissected;
use crate::dissect::fields::walk;

/// A filter with more text is refused, in bytes.
const MAX_TEXT: usize = 32 * 1024;
/// A filter that asks more questions is refused: every frame is asked all of them. Sets
/// of values, as in `tcp.port in {20, 21}`, are one question.
const MAX_CHECKS: usize = 1_000;
/// Of a longer filter only what stands around a mistake is shown, in characters.
const MAX_SHOWN: usize = 160;
/// So many of them before the mistake.
const BEFORE: usize = 60;

/// A filter, understood and ready.
#[derive(Debug)]
pub struct Filter {
    checks: Checks,
    condition: Condition,
}

/// How the checks combine.
#[derive(Debug)]
enum Condition {
    /// The check of that number holds.
    Check(usize),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

impl Filter {
    /// Understands a filter.
    ///
    /// # Errors
    /// Says where in the text it cannot be understood, and what to write instead.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        parser::parse(text)
    }

    /// The frame is one of those that the filter asks for.
    pub fn matches(&self, seen: &Dissected<'_>) -> bool {
        let mut watcher = Watcher::new(&self.checks, seen);
        walk(seen, &mut watcher);
        let holds = watcher.into_results();
        self.condition.holds(&holds)
    }
}

impl Condition {
    fn holds(&self, checks: &[bool]) -> bool {
        match self {
            Condition::Check(index) => checks.get(*index).copied().unwrap_or(false),
            Condition::Not(inner) => !inner.holds(checks),
            Condition::All(parts) => parts.iter().all(|part| part.holds(checks)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(checks)),
        }
    }
}

/// Why a text is not a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The filter.
    pub text: String,
    /// Where in it, in bytes.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// The message, the filter, and marks below what is wrong with it.
impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chars = |range: Range<usize>| {
            let part = self.text.get(range);
            part.unwrap_or_default().chars().count()
        };
        let (mut before, mut marked) = (chars(0..self.at.start), chars(self.at.clone()));
        writeln!(f, "{}", self.message)?;
        let whole = chars(0..self.text.len());
        if whole <= MAX_SHOWN {
            writeln!(f, "  {}", self.text)?;
        } else {
            let first = before.saturating_sub(BEFORE);
            let (cut, more) = (first > 0, whole > first + MAX_SHOWN);
            let shown: String = self.text.chars().skip(first).take(MAX_SHOWN).collect();
            let dots = |is_cut: bool| if is_cut { "…" } else { "" };
            writeln!(f, "  {}{shown}{}", dots(cut), dots(more))?;
            before -= first;
            marked = marked.min(MAX_SHOWN - before);
            before += usize::from(cut);
        }
        write!(f, "  {:before$}{}", "", "^".repeat(marked.max(1)))?;
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for FilterError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{FrameRef, LinkType};
    use crate::dissect::Dissector;
    use crate::time::Timestamp;

    /// `PORT 10,2,0,2,4,15` from 10.2.0.2 port 1038 to 10.2.0.1 port 21.
    fn frame() -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        frame.extend([
            0x45, 0, 0, 60, 0, 1, 0x40, 0, 128, 6, 0, 0, 10, 2, 0, 2, 10, 2, 0, 1,
        ]);
        frame.extend([
            4, 14, 0, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0,
        ]);
        frame.extend(b"PORT 10,2,0,2,4,15\r\n");
        frame
    }

    fn holds(filter: &str) -> bool {
        let bytes = frame();
        let frame = FrameRef {
            number: 1,
            at: Timestamp::default(),
            interface: 0,
            interface_name: None,
            link: LinkType::ETHERNET,
            original_len: bytes.len() as u32,
            bytes: &bytes,
            comments: &[],
        };
        let filter = Filter::parse(filter).unwrap_or_else(|e| panic!("{e}"));
        filter.matches(&Dissector::new().dissect(frame))
    }

    #[test]
    fn what_holds() {
        for filter in [
            "ftp",
            "tcp.flags.syn",
            "tcp.flags.syn == 0 and not arp",
            "tcp.flags.push == True",
            "ip.src == 10.2.0.2 && tcp.dstport == 21",
            "ip.addr == 10.2.0.1 and ip.addr == 10.2.0.2",
            "ip.addr == 10.2.0.0/24",
            "tcp.port in {20, 21, 1050..1060}",
            "tcp.port in {1000..1100}",
            "ftp.request.command == \"PORT\"",
            "ftp.request.arg contains \"4,15\"",
            "ftp.request.command matches \"^po\"",
            "ftp.active.port == 1039",
            "frame[54:4] == 50:4f:52:54",
            "frame[54:4] == \"PORT\"",
            "frame[36:2] == 00:15 || frame[34:2] == 00:15",
            "frame[54-57] == 50:4f:52:54",
            "frame[-2:] == 0d:0a",
            "eth.src[0:3] == 02:00:00",
            "tcp[13] == 18",
            "tcp.flags & 0x08",
            "tcp.flags & 0x18 == 0x18",
            "tcp[13] & 8",
            "tcp[13] & 0x18 == 18",
            "tcp[13] & 12 != 0",
            "tcp[12:2] & 00:08",
            "tcp[12:2] & f0 == 50",
            "tcp.payload & ff:ff:ff == \"POR\"",
            "tcp[32] == 0 || tcp[0] == 4",
            "eth.dst == 02:00:00:00:00:01",
            "ip.ttl >= 128 && ip.ttl < 129",
            "frame.number <= 20",
            "!(tcp.port == 80)",
            "tcp.port != 80",
            "ip.proto eq 6",
            "tcp.payload contains 0d:0a",
            "frame.len > 0x10",
            "tcp.dstport == 025",
            "tcp.dstport == 0b10101",
            "tcp[0xd] == 18",
            "tcp[014] == 50",
            "tcp.port not in {22, 23}",
            "tcp.port in {20 .. 22}",
            "tcp.flags bitwise_and 8",
            "tcp contains \"PORT\"",
            "ip matches \"port\"",
            "eth contains 50:4f",
            "tcp.payload > ff:00",
            "tcp[20:4] != 02:04:05:b4",
            "ftp.request.arg contains 10",
            "ftp.request.arg matches r\"(\\d+,){5}\"",
            "ftp contains \"\\15\\xa\"",
            "tcp.port any_eq 21",
        ] {
            assert!(holds(filter), "{filter}");
        }
    }

    #[test]
    fn what_does_not_hold() {
        for filter in [
            "udp",
            "ftp.response.code",
            "tcp.port != 21",
            "ip.src == 10.2.0.1",
            "ip.src == 10.3.0.0/16",
            "frame[54:4] == 52:45:54:52",
            "frame[200:4] == 52:45:54:52",
            "ftp.request.arg contains \"4,16\"",
            "tcp.flags & 0x02",
            "tcp[13] & 2",
            "tcp[13] & 00:10",
            "tcp[100] & 0xff",
            "tcp[13] & 2 != 0",
            "tcp[20:]",
            "tcp[20:4] == \"PORT\"",
            "tcp[0:20] contains \"PORT\"",
            "tcp.port not in {20, 21}",
            "ftp.request.arg contains 31:30",
            "ftp contains \"\\0\"",
            "ipv6.src == ::1",
            "frame.number > 20",
        ] {
            assert!(!holds(filter), "{filter}");
        }
    }

    #[test]
    fn errors_point_at_what_is_wrong() {
        let cases = [
            ("", 0..0, "empty"),
            ("tcp.prt == 21", 0..7, "tcp.port"),
            ("ip.src == 10.2.0.300", 10..20, "IPv4"),
            ("tcp.port == abc", 12..15, "number"),
            ("tcp.port ==", 11..11, "value"),
            ("(tcp", 4..4, "`)`"),
            ("tcp)", 3..4, "end"),
            ("tcp.port = 21", 9..10, "=="),
            ("ftp.request.arg contains \"x", 25..27, "quote"),
            ("frame[a:4] == 00", 6..9, "slice"),
            ("tcp.port in 21", 12..14, "`{`"),
            ("ftp.request.arg matches \"[\"", 24..27, "expression"),
            ("tcp & ip", 4..5, "bits"),
            ("arp || ", 7..7, "expected"),
        ];
        for (text, at, word) in cases {
            let error = Filter::parse(text).unwrap_err();
            let shown = error.to_string();
            assert_eq!(error.at, at, "{shown}");
            assert!(shown.contains(word), "{shown}");
        }
    }

    /// What is written from habit, and what is said to write instead.
    #[test]
    fn habits_of_others_are_helped() {
        let cases = [
            ("http", 0..4, "its frames are tcp.port == 80"),
            ("HTTP", 0..4, "its frames are tcp.port == 80"),
            ("tcp && http.request.method == GET", 7..26, "tcp.port == 80"),
            ("host 10.2.0.1", 0..4, "here write ip.addr == 10.2.0.1"),
            ("tcp port 21", 4..8, "here write tcp.port == 21"),
            ("tcp[tcpflags] & tcp-syn != 0", 4..12, "tcp.flags.syn == 1"),
            ("10.2.0.1", 0..8, "ip.addr == 10.2.0.1"),
            ("2001:db8::7", 0..11, "ipv6.addr == 2001:db8::7"),
            ("02:00:00:00:00:01", 0..17, "eth.addr == 02:00:00:00:00:01"),
            ("FTP", 0..3, "did you mean ftp?"),
            ("ftp.req", 0..7, "names that begin so: ftp.request"),
            ("tcp.port == 20 or 21", 18..20, "in {20, 21}"),
            (
                "ftp.request.command == \"USER\" or \"PASS\"",
                33..39,
                "one set",
            ),
            ("len(ftp) > 3", 0..3, "functions such as len()"),
            ("tcp & 2", 4..5, "tcp[13] & 02"),
            ("tcp.flags.syn & 1", 14..15, "tcp.flags.syn == 1"),
            ("tcp[13] & x", 10..11, "02"),
            ("tcp[13] & ff", 10..12, "write 0xff"),
            ("tcp[13] & 2 & 4", 12..13, "one number"),
            ("ip.src & 255.0.0.0", 7..8, "ip.src == 10.0.0.0/8"),
            ("tcp[13:0]", 4..8, "holds nothing"),
            ("tcp[13,14]", 4..9, "tcp[12] == 50 && tcp[13] == 18"),
            ("tcp.flags[1]", 9..12, "as in tcp[13]"),
            ("tcp.port in {}", 13..14, "value"),
            ("tcp.port in {20 21}", 16..18, "commas"),
            ("tcp.port in {20,}", 16..17, "value"),
            ("tcp contains \"\"", 13..15, "nothing"),
            ("tcp contains PORT", 13..17, "in quotes"),
            ("tcp.port contains 15", 9..17, "tcp.port == 21"),
            ("tcp.dstport == 09", 15..17, "octal"),
            ("tcp.dstport == \"21\"", 15..19, "without quotes"),
            ("tcp.srcport == tcp.dstport", 15..26, "with values"),
            ("ftp.request.command == ftp", 23..26, "quotes"),
            ("ip.addr ~= 10.2.0.1", 8..10, "!= if none"),
            ("all ip.addr == 10.2.0.1", 0..3, "ip.src == 10.2.0.1 and"),
            ("frame[0] == 'P'", 12..13, "double quotes"),
            ("ftp matches \"\\d\"", 13..15, "write \\\\d"),
            ("ftp contains \"\\400\"", 14..16, "255"),
            ("gnutella", 0..8, "tcp, dns, dhcp, ftp"),
        ];
        for (text, at, word) in cases {
            let error = Filter::parse(text).unwrap_err();
            let shown = error.to_string();
            assert_eq!(error.at, at, "{shown}");
            assert!(shown.contains(word), "{shown}");
            assert!(shown.lines().all(|line| line.len() <= 80), "{shown}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{}tcp{}", "(".repeat(5000), ")".repeat(5000));
        assert!(Filter::parse(&deep).unwrap_err().message.contains("nested"));
        assert!(Filter::parse(&"!".repeat(5000)).is_err());
    }

    #[test]
    fn what_is_too_long_is_refused_in_few_words() {
        let terms = |count| vec!["tcp.port == 1"; count].join(" || ");
        assert!(Filter::parse(&terms(MAX_CHECKS)).is_ok());
        let error = Filter::parse(&terms(MAX_CHECKS + 1)).unwrap_err();
        assert!(error.message.contains("more than 1000"), "{error}");
        let longest = format!("ftp contains \"{}\"", "x".repeat(MAX_TEXT - 15));
        assert!(Filter::parse(&longest).is_ok());
        let error = Filter::parse(&format!("{longest} ")).unwrap_err();
        assert!(error.message.contains("longer than"), "{error}");
        let pattern = |times| format!("ftp matches \"{}\"", "(a*)*".repeat(times));
        assert!(Filter::parse(&pattern(200)).is_ok());
        let error = Filter::parse(&pattern(201)).unwrap_err();
        assert!(error.message.contains("longer than 1000"), "{error}");
        // However long: what is said of it can be read.
        for text in [longest + "x", "é".repeat(100_000), terms(900) + " || é"] {
            let error = Filter::parse(&text).unwrap_err().to_string();
            assert!(error.lines().all(|line| line.chars().count() < 200));
            assert!(error.contains('^'), "{error}");
        }
    }

    #[test]
    fn a_mistake_far_out_is_shown_with_what_stands_around_it() {
        let before = vec!["tcp.port == 1"; 20].join(" || ");
        let error = Filter::parse(&format!("{before} || tcp.prt || {before}")).unwrap_err();
        let text = error.to_string();
        let lines: Vec<&str> = text.lines().collect();
        let column = lines[2].find('^').unwrap();
        assert_eq!(lines[2].trim(), "^^^^^^^");
        let shown: String = lines[1].chars().skip(column).take(7).collect();
        assert_eq!(shown, "tcp.prt");
        assert!(
            lines[1].starts_with("  …") && lines[1].ends_with('…'),
            "{text}"
        );
    }

    mod any {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn any_text_is_understood_or_refused(text in ".{0,80}") {
                let _ = Filter::parse(&text);
            }

            #[test]
            fn any_tokens_are_understood_or_refused(
                tokens in proptest::collection::vec(prop_oneof![
                    Just("tcp"), Just("ip.src"), Just("frame"), Just("[0:4]"), Just("=="),
                    Just("!="), Just("&&"), Just("or"), Just("not"), Just("("), Just(")"),
                    Just("in"), Just("{"), Just("}"), Just("1..2"), Just("10.0.0.1"),
                    Just("\"x\""), Just("contains"), Just("matches"), Just("&"), Just("é"),
                ], 0..12),
            ) {
                let text = tokens.join(" ");
                if let Err(error) = Filter::parse(&text) {
                    prop_assert!(error.at.end <= text.len());
                }
            }
        }
    }
}
