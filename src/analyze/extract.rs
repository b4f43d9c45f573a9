//! The files that a capture's FTP transfers moved.

use std::collections::BTreeMap;

use crate::dissect::{
    ConversationId, Direction, Dissected, Event, Piece, Role, Stream, Transfer, TransferId,
};
use crate::wire::TcpFlags;

/// The longest name that is given to a file.
const MAX_NAME: usize = 100;
/// So many transfers are followed at once.
const MAX_OPEN: usize = 256;

/// A piece of a transfer's content, in order.
#[derive(Debug, Clone, Copy)]
pub enum Extracted<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// So many bytes are not in the capture: what comes out has a hole.
    Gap(u64),
    /// The data connection has ended.
    End,
}

/// Puts the content of transfers in order while frames are read.
#[derive(Debug, Default)]
pub struct Extractor {
    open: BTreeMap<ConversationId, (TransferId, [Stream; 2])>,
}

impl Extractor {
    /// An extractor that has seen nothing.
    pub fn new() -> Extractor {
        Extractor::default()
    }

    /// Takes the next frame, and hands on what it adds to a transfer.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    pub fn note<E>(
        &mut self,
        seen: &Dissected<'_>,
        mut out: impl FnMut(&Transfer, Extracted<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for event in seen.events {
            if let Event::DataOpened(transfer, id) = event
                && self.open.len() < MAX_OPEN
            {
                self.open.insert(*id, (*transfer, Default::default()));
            }
        }
        if let Some(segment) = seen.segment
            && let Some((transfer, streams)) = self.open.get_mut(&segment.conversation)
            && let Some(transfer) = seen.context.transfer(*transfer)
        {
            segment_of(seen, segment.direction, streams, &mut |piece| match piece {
                Piece::Bytes(bytes) => out(transfer, Extracted::Bytes(bytes)),
                Piece::Gap(len) => out(transfer, Extracted::Gap(len)),
            })?;
        }
        for event in seen.events {
            if let Event::DataEnded(transfer, id) = event
                && self.open.remove(id).is_some()
                && let Some(transfer) = seen.context.transfer(*transfer)
            {
                out(transfer, Extracted::End)?;
            }
        }
        Ok(())
    }
}

/// Gives a segment to its streams; the first failure of `out` is kept.
fn segment_of<E>(
    seen: &Dissected<'_>,
    direction: Direction,
    streams: &mut [Stream; 2],
    out: &mut dyn FnMut(Piece<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let Some(tcp) = seen.packet.tcp() else {
        return Ok(());
    };
    let flags = tcp.flags();
    let [client, server] = streams;
    let (this, other) = match direction {
        Direction::FromClient => (client, server),
        Direction::FromServer => (server, client),
    };
    let mut result = Ok(());
    let mut give = |piece: Piece<'_>| {
        if result.is_ok() {
            result = out(piece);
        }
    };
    let mut sequence = tcp.sequence();
    if flags.has(TcpFlags::SYN) {
        sequence = sequence.wrapping_add(1);
        this.begin(sequence);
    }
    if matches!(seen.role, Role::FtpData(_)) && !flags.has(TcpFlags::RST) {
        this.push(sequence, seen.packet.payload, &mut give);
        let (after, missing) = seen.packet.missing_payload(sequence);
        this.lose(after, missing, &mut give);
    }
    if flags.has(TcpFlags::ACK) {
        other.acknowledge(tcp.acknowledgement(), &mut give);
    }
    result
}

/// A name for a transfer's file that does no harm wherever it is written: its
/// number, the verb, and the last part of the path with nothing but letters,
/// digits, and `._-`.
///
/// ```
/// # use wirelab::analyze::safe_name;
/// assert_eq!(safe_name(3, "RETR", "../../etc/passwd"), "0003-RETR-passwd");
/// assert_eq!(safe_name(4, "STOR", ".ssh\\a b\u{202e}"), "0004-STOR-a_b_");
/// ```
pub fn safe_name(number: u32, verb: &str, path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| {
        let plain = c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if plain { c } else { '_' }
    };
    let name: String = last.chars().map(harmless).take(MAX_NAME).collect();
    let name = name.trim_matches('.');
    if name.is_empty() {
        format!("{number:04}-{verb}")
    } else {
        format!("{number:04}-{verb}-{name}")
    }
}
