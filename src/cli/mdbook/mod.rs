//! `wirelab mdbook`: a preprocessor for mdBook. What a book shows of wirelab is
//! made by wirelab when the book is built, so that it cannot be wrong.

mod bench;
mod chapter;
mod reference;

use std::io::Read as _;

use serde_json::Value;

use self::bench::Bench;
pub(super) use self::reference::tables;
use super::args::{Mdbook, MdbookVerb};
use super::failure::{Failure, WRONG};
use super::output;

/// The most that a book may hold, in bytes.
const MAX_BOOK: u64 = 64 << 20;

pub(super) fn mdbook(args: &Mdbook) -> Result<(), Failure> {
    // Markdown goes in, and Markdown comes out: every renderer may have it.
    if let Some(MdbookVerb::Supports { .. }) = &args.verb {
        return Ok(());
    }
    let mut text = String::new();
    let unreadable = |why: String| Failure::Input {
        name: "the book".into(),
        why,
    };
    std::io::stdin()
        .take(MAX_BOOK)
        .read_to_string(&mut text)
        .map_err(|e| unreadable(e.to_string()))?;
    let whole: Value = serde_json::from_str(&text)
        .map_err(|e| unreadable(format!("mdBook hands over JSON, this is none: {e}")))?;
    // A pair: where the book stands, and the book.
    let Value::Array(mut pair) = whole else {
        return Err(unreadable(
            "mdBook hands over a pair of context and book".into(),
        ));
    };
    let (Some(mut book), 1) = (pair.pop(), pair.len()) else {
        return Err(unreadable(
            "mdBook hands over a pair of context and book".into(),
        ));
    };
    let mut wrong = Vec::new();
    each_chapter(&mut book, &mut |name, content| {
        let filled = Bench::new().and_then(|mut bench| chapter::fill(content, &mut bench));
        match filled {
            Ok(text) => *content = text,
            Err(why) => wrong.push(format!("{name}: {why}")),
        }
    });
    for why in &wrong {
        output::error(why, None);
    }
    if !wrong.is_empty() {
        return Err(Failure::Told(WRONG));
    }
    output::result(&book.to_string())
}

/// Shows each chapter's name and content, wherever in the book it stands:
/// chapters lie in chapters, and versions of mdBook differ in the lists' names.
fn each_chapter(value: &mut Value, visit: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_chapter(item, visit)),
        Value::Object(map) => {
            let path = map.get("path").or(map.get("name"));
            let name = path
                .and_then(Value::as_str)
                .unwrap_or("a chapter")
                .to_owned();
            if let Some(Value::String(content)) = map.get_mut("content") {
                visit(&name, content);
            }
            for (_, inner) in map.iter_mut() {
                each_chapter(inner, visit);
            }
        }
        _ => {}
    }
}
