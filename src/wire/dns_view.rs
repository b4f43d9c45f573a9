//! A view of a DNS message over its bytes: every record of every section (RFC 1035 §4).

use core::ops::Range;

use super::dns::read_name;

/// So many questions and records are read of one message.
const MAX_ENTRIES: usize = 256;

/// A DNS message.
#[derive(Debug, Clone, Copy)]
pub struct Dns<'a> {
    head: &'a [u8; 12],
    bytes: &'a [u8],
}

/// The part of a message to which a record belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsSection {
    /// What is asked.
    Question,
    /// What answers it.
    Answer,
    /// Who is in charge.
    Authority,
    /// What may be of use besides.
    Additional,
}

/// A question or a record, and where in the message it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsEntry {
    /// To which part it belongs.
    pub section: DnsSection,
    /// Its name, as it is written, without the dot at its end.
    pub name: String,
    /// Where the name begins and ends; pointers within it lead elsewhere.
    pub place: Range<usize>,
    /// Its type.
    pub kind: u16,
    /// Its class.
    pub class: u16,
    /// For how many seconds it may be kept; 0 for a question.
    pub ttl: u32,
    /// Where its data begin and end; empty for a question.
    pub data: Range<usize>,
}

impl<'a> Dns<'a> {
    /// The length of the header.
    pub const LEN: usize = 12;

    /// A view of these bytes; `None` if they end before the header does.
    pub fn new(bytes: &'a [u8]) -> Option<Dns<'a>> {
        let head = bytes.first_chunk()?;
        Some(Dns { head, bytes })
    }

    fn word(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.head[at], self.head[at + 1]])
    }

    /// Joins an answer to its question.
    pub fn id(&self) -> u16 {
        self.word(0)
    }

    /// All flags, with operation and response code.
    pub fn flags(&self) -> u16 {
        self.word(2)
    }

    /// It answers.
    pub fn is_response(&self) -> bool {
        self.flags() & 0x8000 != 0
    }

    /// How it went: 0 well, 3 no such name.
    pub fn code(&self) -> u16 {
        self.flags() & 15
    }

    /// How many questions, answers, authorities and additional records it says it has.
    pub fn counts(&self) -> [u16; 4] {
        [self.word(4), self.word(6), self.word(8), self.word(10)]
    }

    /// The bytes at that place.
    pub fn at(&self, place: Range<usize>) -> &'a [u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    /// The name at that place, wherever its pointers lead.
    pub fn name_at(&self, at: usize) -> Option<String> {
        read_name(self.bytes, at).map(|(name, _)| name)
    }

    /// Its questions and records, as far as they can be read.
    pub fn entries(&self) -> impl Iterator<Item = DnsEntry> + use<'a> {
        let sections = [
            DnsSection::Question,
            DnsSection::Answer,
            DnsSection::Authority,
            DnsSection::Additional,
        ];
        let counts = self.counts().into_iter();
        let (bytes, mut at) = (self.bytes, Dns::LEN);
        let kinds = sections
            .into_iter()
            .zip(counts)
            .flat_map(|(section, count)| std::iter::repeat_n(section, count.into()));
        kinds.take(MAX_ENTRIES).map_while(move |section| {
            let entry = entry(bytes, at, section)?;
            at = entry.data.end;
            Some(entry)
        })
    }
}

fn entry(bytes: &[u8], at: usize, section: DnsSection) -> Option<DnsEntry> {
    let (name, after) = read_name(bytes, at)?;
    let fixed = bytes.get(after..)?;
    let &[a, b, c, d, ref rest @ ..] = fixed else {
        return None;
    };
    let mut entry = DnsEntry {
        section,
        name,
        place: at..after,
        kind: u16::from_be_bytes([a, b]),
        class: u16::from_be_bytes([c, d]),
        ttl: 0,
        data: after + 4..after + 4,
    };
    if section != DnsSection::Question {
        let &[a, b, c, d, e, f, ref data @ ..] = rest else {
            return None;
        };
        let len = usize::from(u16::from_be_bytes([e, f]));
        data.get(..len)?;
        entry.ttl = u32::from_be_bytes([a, b, c, d]);
        entry.data = after + 10..after + 10 + len;
    }
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::super::{DnsKind, DnsMessage};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer() {
        let question = DnsMessage::question(7, "ftp.example.test", DnsKind::A);
        let answer = question.answer(0, vec![([10, 2, 0, 1].into(), 3600)]);
        let bytes = answer.to_bytes().expect("a name");
        let dns = Dns::new(&bytes).expect("a header");
        assert!(dns.is_response() && dns.id() == 7 && dns.code() == 0);
        assert_eq!(dns.counts(), [1, 1, 0, 0]);
        let entries: Vec<DnsEntry> = dns.entries().collect();
        let [question, answer] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!((question.kind, question.place.clone()), (1, 12..30));
        assert_eq!(
            (answer.name.as_str(), answer.ttl),
            ("ftp.example.test", 3600)
        );
        assert_eq!(dns.at(answer.data.clone()), [10, 2, 0, 1]);
        assert_eq!(answer.data.end, bytes.len());
        let cut = Dns::new(&bytes[..bytes.len() - 1]).expect("a header");
        assert_eq!(cut.entries().count(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let counted = [&[0, 7, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0, 9, 0, 9][..], &bytes].concat();
            let dns = Dns::new(&counted).expect("a header");
            prop_assert!(dns.entries().count() <= MAX_ENTRIES);
        }
    }
}
