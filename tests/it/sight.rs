//! Frames as a stranger sees them: read with etherparse, no code of wirelab's in sight.

use std::fmt;

use etherparse::{ArpOperation, NetSlice, SlicedPacket, TransportSlice};

/// One frame, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its place in the capture, counted from 1.
    pub number: usize,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Arp {
        request: bool,
        sender: String,
        target: String,
    },
    Tcp(Segment),
    Other,
}

/// A TCP segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub from: String,
    pub from_port: u16,
    pub to: String,
    pub to_port: u16,
    /// The flags that matter to a reader, in a fixed order.
    pub flags: Vec<&'static str>,
    pub seq: u32,
    pub payload: Vec<u8>,
}

impl Segment {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The first try to open a connection.
    pub fn is_syn(&self) -> bool {
        self.has("SYN") && !self.has("ACK")
    }

    /// Both ends, the same for both directions.
    pub fn conversation(&self) -> [(String, u16); 2] {
        let mut ends = [
            (self.from.clone(), self.from_port),
            (self.to.clone(), self.to_port),
        ];
        ends.sort();
        ends
    }
}

/// Reads frames in order; panics on one that etherparse refuses.
pub fn see<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> Vec<Seen> {
    let numbered = frames.into_iter().zip(1..);
    numbered
        .map(|(bytes, number)| Seen {
            number,
            what: read(number, bytes),
        })
        .collect()
}

fn read(number: usize, bytes: &[u8]) -> What {
    let packet = SlicedPacket::from_ethernet(bytes)
        .unwrap_or_else(|why| panic!("frame {number} cannot be read: {why}"));
    let (from, to) = match &packet.net {
        Some(NetSlice::Arp(arp)) => {
            return What::Arp {
                request: arp.operation() == ArpOperation::REQUEST,
                sender: dotted(arp.sender_protocol_addr()),
                target: dotted(arp.target_protocol_addr()),
            };
        }
        Some(NetSlice::Ipv4(ip)) => {
            let header = ip.header();
            (
                header.source_addr().to_string(),
                header.destination_addr().to_string(),
            )
        }
        Some(NetSlice::Ipv6(ip)) => {
            let header = ip.header();
            (
                header.source_addr().to_string(),
                header.destination_addr().to_string(),
            )
        }
        None => return What::Other,
    };
    let Some(TransportSlice::Tcp(tcp)) = &packet.transport else {
        return What::Other;
    };
    let flags = [
        (tcp.syn(), "SYN"),
        (tcp.fin(), "FIN"),
        (tcp.rst(), "RST"),
        (tcp.psh(), "PSH"),
        (tcp.ack(), "ACK"),
        (tcp.urg(), "URG"),
    ];
    What::Tcp(Segment {
        from,
        from_port: tcp.source_port(),
        to,
        to_port: tcp.destination_port(),
        flags: flags
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, name)| *name)
            .collect(),
        seq: tcp.sequence_number(),
        payload: tcp.payload().to_vec(),
    })
}

fn dotted(address: &[u8]) -> String {
    let numbers: Vec<String> = address.iter().map(u8::to_string).collect();
    numbers.join(".")
}

/// `10.2.0.2:1037 > 10.2.0.1:21 PSH,ACK "USER fred\r\n"`, `arp 10.2.0.2 asks for 10.2.0.1`.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Arp {
                request,
                sender,
                target,
            } => {
                let verb = if *request { "asks for" } else { "answers" };
                write!(f, "arp {sender} {verb} {target}")
            }
            What::Tcp(tcp) => {
                write!(
                    f,
                    "{}:{} > {}:{} ",
                    tcp.from, tcp.from_port, tcp.to, tcp.to_port
                )?;
                f.write_str(&tcp.flags.join(","))?;
                if !tcp.payload.is_empty() {
                    write!(f, " \"{}\"", tcp.payload.escape_ascii())?;
                }
                Ok(())
            }
            What::Other => f.write_str("something else"),
        }
    }
}

/// Whether `text` has the shape of `pattern`, in which `*` stands for anything.
pub fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        // Only the last part is bound to the end.
        if let Some(middle) = last.replace(part) {
            let Some(at) = rest.find(middle) else {
                return false;
            };
            rest = &rest[at + middle.len()..];
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(is_like("abc", "abc") && is_like("abc", "a*c") && is_like("abc", "*"));
        assert!(is_like("a:1 > b:21 ACK", "a:* > b:21 *"));
        assert!(!is_like("abc", "ab") && !is_like("abc", "*b") && !is_like("ab", "abc*"));
        assert!(!is_like("aba", "ab*ba") && is_like("abba", "ab*ba"));
    }

    #[test]
    fn a_segment_is_read_from_its_bytes() {
        let frame = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4([10, 2, 0, 2], [10, 2, 0, 1], 128)
            .tcp(1037, 21, 7, 8760)
            .psh()
            .ack(9);
        let mut bytes = Vec::new();
        frame.write(&mut bytes, b"USER fred\r\n").unwrap();
        let seen = see([bytes.as_slice()]);
        let text = r#"10.2.0.2:1037 > 10.2.0.1:21 PSH,ACK "USER fred\r\n""#;
        assert_eq!(seen[0].to_string(), text);
    }
}
