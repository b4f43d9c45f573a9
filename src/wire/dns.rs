//! DNS messages as far as names need them: one question, addresses for an answer (RFC 1035).

use std::net::IpAddr;

/// What is asked for (RFC 1035 §3.2.2, RFC 3596 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsKind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Anything else, by its number.
    Other(u16),
}

impl DnsKind {
    fn number(self) -> u16 {
        match self {
            DnsKind::A => 1,
            DnsKind::Aaaa => 28,
            DnsKind::Other(number) => number,
        }
    }

    fn of(number: u16) -> DnsKind {
        match number {
            1 => DnsKind::A,
            28 => DnsKind::Aaaa,
            other => DnsKind::Other(other),
        }
    }
}

/// A DNS message with one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsMessage {
    /// Joins an answer to its question.
    pub id: u16,
    /// It answers.
    pub is_response: bool,
    /// The answer comes from whoever is in charge of the name.
    pub authoritative: bool,
    /// The asker wants the server to go and find out.
    pub recursion_desired: bool,
    /// How it went: 0 well, 3 no such name (RFC 1035 §4.1.1).
    pub code: u8,
    /// The name asked for, without the dot at its end, in lower case.
    pub name: String,
    /// What is asked for.
    pub kind: DnsKind,
    /// The addresses, each with the seconds for which it may be kept.
    pub answers: Vec<(IpAddr, u32)>,
}

/// No such name.
pub const NAME_ERROR: u8 = 3;

/// The longest name, as it is on the wire (RFC 1035 §2.3.4).
const MAX_NAME_LEN: usize = 255;

/// Pointers that are followed in one name: each must point backwards, and no
/// honest name needs many.
const MAX_POINTERS: usize = 16;

/// Records that are read from one message.
const MAX_RECORDS: usize = 64;

/// A name that can be asked for: labels of 1 to 63 octets, 253 in all.
pub fn is_name(name: &str) -> bool {
    let label = |label: &str| (1..=63).contains(&label.len()) && label.is_ascii();
    name.len() <= 253 && !name.is_empty() && name.split('.').all(label)
}

impl DnsMessage {
    /// A question.
    pub fn question(id: u16, name: &str, kind: DnsKind) -> DnsMessage {
        DnsMessage {
            id,
            is_response: false,
            authoritative: false,
            recursion_desired: true,
            code: 0,
            name: name.to_ascii_lowercase(),
            kind,
            answers: Vec::new(),
        }
    }

    /// The answer to it; without addresses and with `code` [`NAME_ERROR`] if
    /// there is no such name.
    pub fn answer(&self, code: u8, answers: Vec<(IpAddr, u32)>) -> DnsMessage {
        DnsMessage {
            is_response: true,
            authoritative: true,
            code,
            answers,
            ..self.clone()
        }
    }

    /// The message on the wire; `None` if the name cannot be written.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        if !is_name(&self.name) {
            return None;
        }
        let mut bytes = self.id.to_be_bytes().to_vec();
        let mut flags = u16::from(self.code & 15);
        flags |= u16::from(self.is_response) << 15;
        flags |= u16::from(self.authoritative) << 10;
        flags |= u16::from(self.recursion_desired) << 8;
        bytes.extend(flags.to_be_bytes());
        let answers = self.answers.len().min(MAX_RECORDS);
        for count in [1, answers as u16, 0, 0] {
            bytes.extend(count.to_be_bytes());
        }
        for label in self.name.split('.') {
            bytes.push(label.len() as u8);
            bytes.extend(label.as_bytes());
        }
        bytes.push(0);
        bytes.extend(self.kind.number().to_be_bytes());
        bytes.extend([0, 1]);
        for (address, lifetime) in self.answers.iter().take(answers) {
            // A pointer to the name in the question, right behind the header.
            bytes.extend([0xc0, 12]);
            let (kind, data) = match address {
                IpAddr::V4(address) => (1u16, address.octets().to_vec()),
                IpAddr::V6(address) => (28u16, address.octets().to_vec()),
            };
            bytes.extend(kind.to_be_bytes());
            bytes.extend([0, 1]);
            bytes.extend(lifetime.to_be_bytes());
            bytes.extend((data.len() as u16).to_be_bytes());
            bytes.extend(data);
        }
        Some(bytes)
    }

    /// Reads a message; `None` if it is malformed, or has not one question.
    pub fn parse(bytes: &[u8]) -> Option<DnsMessage> {
        let word = |at: usize| {
            let octets = bytes.get(at..at + 2)?;
            Some(u16::from_be_bytes([octets[0], octets[1]]))
        };
        let (flags, questions, records) = (word(2)?, word(4)?, word(6)?);
        if questions != 1 {
            return None;
        }
        let (mut name, mut at) = read_name(bytes, 12)?;
        name.make_ascii_lowercase();
        let kind = DnsKind::of(word(at)?);
        at += 4;
        let mut answers = Vec::new();
        for _ in 0..usize::from(records).min(MAX_RECORDS) {
            let (_, after) = read_name(bytes, at)?;
            let lifetime = bytes.get(after + 4..after + 8)?;
            let lifetime = u32::from_be_bytes(lifetime.try_into().ok()?);
            let len = usize::from(word(after + 8)?);
            let data = bytes.get(after + 10..after + 10 + len)?;
            let address = match (word(after)?, data.len()) {
                (1, 4) => Some(IpAddr::from(<[u8; 4]>::try_from(data).ok()?)),
                (28, 16) => Some(IpAddr::from(<[u8; 16]>::try_from(data).ok()?)),
                _ => None,
            };
            answers.extend(address.map(|address| (address, lifetime)));
            at = after + 10 + len;
        }
        Some(DnsMessage {
            id: word(0)?,
            is_response: flags & 0x8000 != 0,
            authoritative: flags & 0x0400 != 0,
            recursion_desired: flags & 0x0100 != 0,
            code: (flags & 15) as u8,
            name,
            kind,
            answers,
        })
    }
}

/// The name at `at`, and where what follows it begins.
pub(super) fn read_name(bytes: &[u8], mut at: usize) -> Option<(String, usize)> {
    let (mut name, mut after, mut pointers) = (String::new(), None, 0);
    loop {
        let len = usize::from(*bytes.get(at)?);
        match len >> 6 {
            0 if len == 0 => break,
            0 => {
                let label = bytes.get(at + 1..at + 1 + len)?;
                if !name.is_empty() {
                    name.push('.');
                }
                name.extend(label.iter().map(|o| char::from(*o)));
                if name.len() > MAX_NAME_LEN * 2 {
                    return None;
                }
                at += 1 + len;
            }
            3 => {
                after.get_or_insert(at + 2);
                let to = (len & 0x3f) << 8 | usize::from(*bytes.get(at + 1)?);
                pointers += 1;
                if to >= at || pointers > MAX_POINTERS {
                    return None;
                }
                at = to;
            }
            _ => return None,
        }
    }
    Some((name, after.unwrap_or(at + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_question_and_its_answer() {
        let question = DnsMessage::question(7, "FTP.example.test", DnsKind::A);
        let bytes = question.to_bytes().expect("a name");
        assert_eq!(bytes[12..17], *b"\x03ftp\x07");
        assert_eq!(DnsMessage::parse(&bytes).as_ref(), Some(&question));
        let address = IpAddr::from([10, 2, 0, 1]);
        let answer = question.answer(0, vec![(address, 3600)]);
        let bytes = answer.to_bytes().expect("a name");
        assert_eq!(DnsMessage::parse(&bytes), Some(answer));
    }

    #[test]
    fn names_that_lead_in_circles() {
        let mut bytes = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend([0xc0, 12, 0, 1, 0, 1]);
        assert_eq!(DnsMessage::parse(&bytes), None);
        for bad in ["", "a..b", ".", &"a".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(mut bytes: Vec<u8>, pointer: u8) {
            let _ = DnsMessage::parse(&bytes);
            bytes.splice(0..0, [0, 7, 0, 0, 0, 1, 0, 9, 0, 0, 0, 0, 1, b'a', 0xc0, pointer]);
            let _ = DnsMessage::parse(&bytes);
        }
    }
}
