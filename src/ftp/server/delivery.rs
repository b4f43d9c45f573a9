//! How a reply becomes pieces of bytes: line by line, split by a rule, with odd line ends.

use super::persona::Writes;
use super::rules::{Delivery, Ending};
use crate::ftp::{MultiLine, Reply};
use crate::time::Duration;

/// The pieces in which a reply is written, each with the time since the one before.
pub(super) fn pieces(
    reply: &Reply,
    style: MultiLine,
    writes: Writes,
    delivery: &Delivery,
) -> Vec<(Duration, Vec<u8>)> {
    let mut lines = reply.to_wire(style);
    let keep = match delivery.ending {
        Ending::CrLf => None,
        Ending::Lf => Some(&b"\n"[..]),
        Ending::Unterminated => Some(&b""[..]),
    };
    if let Some(end) = keep {
        let count = lines.len();
        for (i, line) in lines.iter_mut().enumerate() {
            if delivery.ending == Ending::Lf || i + 1 == count {
                line.truncate(line.len().saturating_sub(2));
                line.extend_from_slice(end);
            }
        }
    }
    match writes {
        _ if !delivery.pieces.is_empty() => cut(&lines.concat(), delivery),
        Writes::Whole => vec![(Duration::ZERO, lines.concat())],
        Writes::LineByLine { gap } => {
            let gap_before = |i| if i == 0 { Duration::ZERO } else { gap };
            let lines = lines.into_iter().enumerate();
            lines.map(|(i, line)| (gap_before(i), line)).collect()
        }
    }
}

/// Cuts bytes into the pieces that a rule asks for.
pub(super) fn cut(bytes: &[u8], delivery: &Delivery) -> Vec<(Duration, Vec<u8>)> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for length in delivery.pieces.iter().copied().chain([bytes.len()]) {
        let (piece, after) = rest.split_at(length.min(rest.len()));
        if !piece.is_empty() {
            let first = pieces.is_empty();
            let gap = if first { Duration::ZERO } else { delivery.gap };
            pieces.push((gap, piece.to_vec()));
        }
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_in_pieces() {
        let reply: Reply = "220-a\n220 b".parse().unwrap();
        let ms = Duration::from_millis;
        let by_line = Writes::LineByLine { gap: ms(10) };
        let text = |delivery: &Delivery| -> Vec<(Duration, String)> {
            let pieces = pieces(&reply, MultiLine::Dashed, by_line, delivery);
            let text = |(gap, bytes)| (gap, String::from_utf8(bytes).unwrap());
            pieces.into_iter().map(text).collect()
        };
        assert_eq!(
            text(&Delivery::default()),
            [(ms(0), "220-a\r\n".into()), (ms(10), "220 b\r\n".into())]
        );
        let odd = Delivery {
            pieces: vec![2, 3],
            gap: ms(1),
            ending: Ending::Unterminated,
        };
        assert_eq!(
            text(&odd),
            [
                (ms(0), "22".into()),
                (ms(1), "0-a".into()),
                (ms(1), "\r\n220 b".into())
            ]
        );
    }
}
