//! TCP options (RFC 9293 §3.2, RFC 7323, RFC 2018).

/// One TCP option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// One byte of padding.
    NoOperation,
    /// The largest segment that the sender wants to receive.
    MaxSegmentSize(u16),
    /// The number of bits by which windows are shifted (RFC 7323 §2).
    WindowScale(u8),
    /// Selective acknowledgements may be sent (RFC 2018 §2).
    SackPermitted,
    /// Selective acknowledgements: pairs of sequence numbers of eight bytes (RFC 2018 §3).
    Sack(&'a [u8]),
    /// The sender's time and the time it echoes (RFC 7323 §3).
    Timestamps {
        /// TSval.
        value: u32,
        /// TSecr.
        echo: u32,
    },
    /// Any other, or one whose length is not what it should be.
    Other {
        /// Its kind octet.
        kind: u8,
        /// What follows its length octet.
        data: &'a [u8],
    },
}

impl<'a> TcpOption<'a> {
    /// The blocks of a SACK option: left edge, and the edge after the last byte.
    pub fn sack_blocks(self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let data = match self {
            TcpOption::Sack(data) => data,
            _ => &[],
        };
        data.chunks_exact(8).filter_map(|block| {
            let (left, right) = block.split_first_chunk()?;
            Some((
                u32::from_be_bytes(*left),
                u32::from_be_bytes(*right.first_chunk()?),
            ))
        })
    }
}

/// The options of a TCP header, in order. Ends at the end-of-options octet,
/// and at an option that does not fit.
#[derive(Debug, Clone, Copy)]
pub struct TcpOptions<'a>(&'a [u8]);

impl<'a> TcpOptions<'a> {
    /// The options in these bytes, which follow the fixed header.
    pub fn new(bytes: &'a [u8]) -> TcpOptions<'a> {
        TcpOptions(bytes)
    }

    /// The bytes not yet iterated over.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Iterator for TcpOptions<'a> {
    type Item = TcpOption<'a>;

    fn next(&mut self) -> Option<TcpOption<'a>> {
        let (kind, data, rest) = match *self.0 {
            [] | [0, ..] => return None,
            [1, ref rest @ ..] => {
                self.0 = rest;
                return Some(TcpOption::NoOperation);
            }
            [kind, len, ..] => {
                let data = self.0.get(2..usize::from(len))?;
                (kind, data, self.0.get(usize::from(len)..)?)
            }
            [_] => return None,
        };
        self.0 = rest;
        Some(match (kind, data) {
            (2, &[a, b]) => TcpOption::MaxSegmentSize(u16::from_be_bytes([a, b])),
            (3, &[shift]) => TcpOption::WindowScale(shift),
            (4, &[]) => TcpOption::SackPermitted,
            (5, data) if data.len() % 8 == 0 => TcpOption::Sack(data),
            (8, &[a, b, c, d, e, f, g, h]) => TcpOption::Timestamps {
                value: u32::from_be_bytes([a, b, c, d]),
                echo: u32::from_be_bytes([e, f, g, h]),
            },
            (kind, data) => TcpOption::Other { kind, data },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_windows_98() {
        let options: Vec<_> = TcpOptions::new(&[2, 4, 5, 0xb4, 1, 1, 4, 2]).collect();
        assert_eq!(
            options,
            [
                TcpOption::MaxSegmentSize(1460),
                TcpOption::NoOperation,
                TcpOption::NoOperation,
                TcpOption::SackPermitted
            ]
        );
    }

    #[test]
    fn timestamps_scale_and_sack() {
        let bytes = [
            8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 3, 3, 7, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9, 0, 99,
        ];
        let options: Vec<_> = TcpOptions::new(&bytes).collect();
        assert_eq!(options[0], TcpOption::Timestamps { value: 1, echo: 2 });
        assert_eq!(options[1], TcpOption::WindowScale(7));
        assert_eq!(options[2].sack_blocks().collect::<Vec<_>>(), [(1, 9)]);
        assert_eq!(options.len(), 3, "nothing after the end");
    }

    #[test]
    fn nonsense_ends_the_list() {
        for bytes in [&[2u8, 0][..], &[2, 1], &[2, 9, 0], &[7]] {
            assert_eq!(TcpOptions::new(bytes).count(), 0, "{bytes:?}");
        }
        let odd = TcpOptions::new(&[2, 3, 9]).next();
        assert_eq!(
            odd,
            Some(TcpOption::Other {
                kind: 2,
                data: &[9]
            })
        );
    }
}
