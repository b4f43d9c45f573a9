//! Long lines, broken at their spaces.

/// Breaks a line at its spaces, so that each piece fits into `room` columns;
/// words that are longer are broken as well.
pub fn wrap(line: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room.map(|room| room.max(1)) else {
        return vec![line.to_owned()];
    };
    let mut pieces = vec![String::new()];
    // How many columns the last piece has.
    let mut len = 0;
    for word in line.split(' ') {
        let columns = word.chars().count();
        let is_first = len == 0 && pieces.last().is_some_and(String::is_empty);
        if !is_first && len + 1 + columns > room {
            pieces.push(String::new());
            len = 0;
        } else if !is_first {
            push(&mut pieces, ' ');
            len += 1;
        }
        for c in word.chars() {
            if len == room {
                pieces.push(String::new());
                len = 0;
            }
            push(&mut pieces, c);
            len += 1;
        }
    }
    pieces
}

fn push(pieces: &mut [String], c: char) {
    if let Some(last) = pieces.last_mut() {
        last.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_where_they_can_be() {
        let cases: [(&str, usize, &[&str]); 6] = [
            ("", 5, &[""]),
            ("one two", 7, &["one two"]),
            ("one two", 6, &["one", "two"]),
            ("a  b", 9, &["a  b"]),
            ("abcdefgh ij", 5, &["abcde", "fgh", "ij"]),
            ("x abcdefgh", 4, &["x", "abcd", "efgh"]),
        ];
        for (line, room, pieces) in cases {
            assert_eq!(wrap(line, Some(room)), pieces, "{line} in {room}");
        }
        assert_eq!(wrap("one two", None), ["one two"]);
    }
}
