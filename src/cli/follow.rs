//! `wirelab follow`: one conversation's bytes.

use super::args::{Follow as Args, How};
use super::failure::Failure;
use super::output;
use super::source::each;
use crate::analyze::Follow;
use crate::dissect::ConversationId;

/// Text is handed on when so much has gathered.
const CHUNK: usize = 64 * 1024;

pub(super) fn follow(args: &Args, how: &How) -> Result<(), Failure> {
    let id = ConversationId(args.conversation);
    let look = output::look();
    let mut follow = Follow::new(id);
    let mut text = String::new();
    let dissector = each(&args.input, how, |seen| {
        follow.note(seen, &mut text);
        if text.len() >= CHUNK {
            output::result(&look.dialogue(&text))?;
            text.clear();
        }
        Ok(true)
    })?;
    follow.finish(&mut text);
    let count = dissector.conversation_count();
    if id.0 >= count {
        let has = match count {
            0 => "has none".to_owned(),
            1 => "has one, and that is 0".to_owned(),
            _ => format!("has 0 to {}", count - 1),
        };
        let message = format!(
            "there is no conversation {}: {} {has}",
            id.0,
            args.input.display()
        );
        return Err(Failure::usage(message));
    }
    output::result(&look.dialogue(&text))
}
