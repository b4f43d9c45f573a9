//! Long lines, broken at their spaces.

/// Breaks a line at its spaces, so that each piece fits into `room` columns.
pub fn wrap(line: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else {
        return vec![line.to_owned()];
    };
    let mut pieces = vec![String::new()];
    for word in line.split(' ') {
        let last = pieces.last_mut().filter(|piece| {
            let len = piece.chars().count() + 1 + word.chars().count();
            piece.is_empty() || len <= room
        });
        match last {
            Some(piece) if piece.is_empty() => piece.push_str(word),
            Some(piece) => {
                piece.push(' ');
                piece.push_str(word);
            }
            None => pieces.push(word.to_owned()),
        }
    }
    pieces
}
