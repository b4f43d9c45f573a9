//! ASCII type: between lines that end with LF in a file and CR LF on the wire (RFC 959 §3.1.1.1).

/// From a file to the wire: LF becomes CR LF, unless a CR is before it already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ToWire {
    after_cr: bool,
}

impl ToWire {
    pub fn convert(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if byte == b'\n' && !self.after_cr {
                out.push(b'\r');
            }
            out.push(byte);
            self.after_cr = byte == b'\r';
        }
    }
}

/// From the wire to a file: CR LF becomes LF, any other CR stays.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FromWire {
    /// A CR has come and waits for what is after it.
    after_cr: bool,
}

impl FromWire {
    pub fn convert(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if self.after_cr && byte != b'\n' {
                out.push(b'\r');
            }
            self.after_cr = byte == b'\r';
            if !self.after_cr {
                out.push(byte);
            }
        }
    }

    /// The end of the file: a CR that still waits.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if core::mem::take(&mut self.after_cr) {
            out.push(b'\r');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn to_wire(parts: &[&[u8]]) -> Vec<u8> {
        let (mut convert, mut out) = (ToWire::default(), Vec::new());
        for part in parts {
            convert.convert(part, &mut out);
        }
        out
    }

    fn from_wire(parts: &[&[u8]]) -> Vec<u8> {
        let (mut convert, mut out) = (FromWire::default(), Vec::new());
        for part in parts {
            convert.convert(part, &mut out);
        }
        convert.finish(&mut out);
        out
    }

    #[test]
    fn line_ends_are_not_doubled() {
        assert_eq!(
            to_wire(&[b"a\nb\r\nc\r", b"\nd\n\n"]),
            b"a\r\nb\r\nc\r\nd\r\n\r\n"
        );
        assert_eq!(
            from_wire(&[b"a\r", b"\nb\rc\r\r", b"\n\r"]),
            b"a\nb\rc\r\n\r"
        );
    }

    proptest! {
        #[test]
        fn text_round_trips(text in "[a\n]{0,50}", cut in 0usize..50) {
            let wire = to_wire(&[text.as_bytes()]);
            let (a, b) = wire.split_at(cut.min(wire.len()));
            prop_assert_eq!(from_wire(&[a, b]), text.as_bytes());
        }
    }
}
