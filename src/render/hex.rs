//! Hex dumps.

use core::fmt::{self, Write as _};

/// Bytes as lines of sixteen: offset, hexadecimal, and the printable ones as text.
///
/// ```
/// let dump = wirelab::render::HexDump(b"220 Ready.\r\n").to_string();
/// assert_eq!(dump, "0000  32 32 30 20 52 65 61 64  79 2e 0d 0a              220 Ready...\n");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HexDump<'a>(pub &'a [u8]);

impl fmt::Display for HexDump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, bytes) in self.0.chunks(16).enumerate() {
            write!(f, "{:04x} ", line * 16)?;
            for place in 0..16 {
                if place % 8 == 0 {
                    f.write_char(' ')?;
                }
                match bytes.get(place) {
                    Some(byte) => write!(f, "{byte:02x} ")?,
                    None => f.write_str("   ")?,
                }
            }
            f.write_char(' ')?;
            for byte in bytes {
                let c = char::from(*byte);
                f.write_char(if matches!(c, ' '..='~') { c } else { '.' })?;
            }
            f.write_char('\n')?;
        }
        Ok(())
    }
}
