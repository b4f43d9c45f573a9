//! What differs in the dialogues: session by session, command by command.

use std::collections::BTreeMap;

use super::align::{MAX_EDITS, Step, align};
use super::{Ignore, number};
use crate::analyze::{Bytes, DataEntry, Entry, Printable, Session, Transcript, TranscriptBuilder};
use crate::capture::Capture;
use crate::dissect::{CommandSeen, Dissector, ReplySeen, Said, State};

/// So many differences of one session are told.
const MAX_TOLD: usize = 20;
/// So many commands, replies and transfers of a capture are compared: a line of one byte
/// takes several hundred in memory.
const MAX_ENTRIES: usize = 50_000;

/// An entry, in the words in which it is compared.
struct Line<'a> {
    entry: &'a Entry,
    words: String,
}

impl PartialEq for Line<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

pub(super) fn sessions(a: &Capture, b: &Capture, ignore: Ignore) -> Vec<String> {
    let ((a, is_cut), (b, is_cut_too)) = (transcript(a), transcript(b));
    let is_cut = is_cut || is_cut_too;
    let mut told = Vec::new();
    for (count, (a, b)) in (1..).zip(a.sessions.iter().zip(&b.sessions)) {
        let lines = session(a, b, ignore, is_cut);
        if lines.is_empty() {
            continue;
        }
        told.push(format!("session {count}, {} > {}:", a.client, a.server));
        let more = lines.len().saturating_sub(MAX_TOLD);
        let shown = lines.into_iter().take(MAX_TOLD);
        told.extend(shown.map(|line| format!("  {line}")));
        if more > 0 {
            told.push(format!("  and {more} more"));
        }
    }
    let counts = (a.sessions.len(), b.sessions.len());
    if counts.0 != counts.1 && !is_cut {
        let what = if counts.0 == 1 { "session" } else { "sessions" };
        told.push(format!("{} {what} became {}", counts.0, counts.1));
    }
    if is_cut && !told.is_empty() {
        told.push(format!(
            "of the dialogues only the first {MAX_ENTRIES} commands, replies and transfers are compared"
        ));
    }
    told
}

/// What was said and moved in a capture, and whether there is more of it.
fn transcript(capture: &Capture) -> (Transcript, bool) {
    let mut dissector = Dissector::new();
    let mut builder = TranscriptBuilder::default();
    let mut left = MAX_ENTRIES;
    let mut frames = capture.frames();
    for frame in frames.by_ref() {
        builder.note(&dissector.dissect(frame));
        if builder.len() >= MAX_ENTRIES {
            break;
        }
    }
    let mut transcript = builder.finish(&dissector);
    // The last frame may have said more than there was room for.
    let mut is_cut = frames.next().is_some();
    for session in &mut transcript.sessions {
        is_cut |= session.entries.len() > left;
        session.entries.truncate(left);
        left -= session.entries.len();
    }
    (transcript, is_cut)
}

/// What was said and what was moved are compared each by itself: a reply may
/// come before or after the end of its data. Of dialogues that are cut nobody knows
/// what follows the last thing that both have.
fn session(a: &Session, b: &Session, ignore: Ignore, is_cut: bool) -> Vec<String> {
    // How a data connection ended otherwise explains the reply to its command.
    let mut fates: BTreeMap<u32, &'static str> = BTreeMap::new();
    let mut told: Vec<(u64, String)> = Vec::new();
    for data in [true, false] {
        let (one, other) = (part(a, data, ignore), part(b, data, ignore));
        let alike = |x: &Line<'_>, y: &Line<'_>| is_alike(x.entry, y.entry);
        let mut steps = align(&one, &other, MAX_EDITS, alike);
        if is_cut {
            let known = steps.iter().rposition(|s| matches!(s, Step::Both(..)));
            steps.truncate(known.map_or(0, |last| last + 1));
        }
        for step in steps {
            let (x, y) = match step {
                Step::Both(x, y) => (one.get(x), other.get(y)),
                Step::Left(x) => (one.get(x), None),
                Step::Right(y) => (None, other.get(y)),
            };
            match (x, y) {
                (Some(x), Some(y)) if x != y => {
                    if let (Entry::Data(old), Entry::Data(new)) = (x.entry, y.entry)
                        && let Some(command) = &old.transfer.command
                        && old.state != new.state
                    {
                        fates.insert(command.number, fate(new));
                    }
                    let mut line = changed(x.entry, y.entry);
                    if let Entry::Said(Said::Reply(reply)) = x.entry
                        && let Some((number, _)) = reply.answers
                        && let Some(fate) = fates.get(&number)
                    {
                        line.push_str(": the data connection ");
                        line.push_str(fate);
                    }
                    told.push((entry_frame(x.entry), line));
                }
                (Some(x), None) => {
                    let number = entry_frame(x.entry);
                    told.push((number, format!("frame {number}: {} is missing", x.words)));
                }
                (None, Some(y)) => {
                    let number = entry_frame(y.entry);
                    told.push((number, format!("frame {number}: {} is new", y.words)));
                }
                _ => {}
            }
        }
    }
    told.sort_by_key(|(frame, _)| *frame);
    told.into_iter().map(|(_, line)| line).collect()
}

/// What was moved, or all the rest.
fn part(session: &Session, data: bool, ignore: Ignore) -> Vec<Line<'_>> {
    let entries = session.entries.iter();
    let entries = entries.filter(|entry| matches!(entry, Entry::Data(_)) == data);
    let line = |entry| Line {
        words: words(entry, ignore),
        entry,
    };
    entries.map(line).collect()
}

/// One may have become the other: the same command with another parameter,
/// another reply to the same command, another outcome of a transfer.
fn is_alike(a: &Entry, b: &Entry) -> bool {
    match (a, b) {
        (Entry::Data(_), Entry::Data(_)) => true,
        (Entry::Said(Said::Command(a)), Entry::Said(Said::Command(b))) => verb(a) == verb(b),
        (Entry::Said(Said::Reply(a)), Entry::Said(Said::Reply(b))) => {
            let verb = |reply: &ReplySeen| reply.answers.map(|(_, verb)| verb);
            verb(a) == verb(b)
        }
        (Entry::Said(a), Entry::Said(b)) => {
            core::mem::discriminant(a) == core::mem::discriminant(b)
        }
        _ => false,
    }
}

/// The first word of a command, in capitals.
fn verb(command: &CommandSeen) -> String {
    let line = command.line.to_string();
    let verb = line.split(' ').next().unwrap_or_default();
    verb.to_ascii_uppercase()
}

/// `frame 14: reply 226 became 426`, with what the new one says.
fn changed(a: &Entry, b: &Entry) -> String {
    let at = number(entry_frame(a), entry_frame(b));
    let every = Ignore::default();
    match (a, b) {
        (Entry::Said(Said::Reply(x)), Entry::Said(Said::Reply(y))) => {
            let (old, new) = (x.reply.code(), y.reply.code());
            let text = |entry| words(entry, every);
            if old == new {
                return format!("{at}: {} became {}", text(a), text(b));
            }
            let whole = y.reply.to_string().replace('\n', " | ");
            let rest = whole.get(3..).unwrap_or_default().trim();
            format!(
                "{at}: reply {old} became {new} ({})",
                Printable(rest.as_bytes())
            )
        }
        (Entry::Data(x), Entry::Data(y)) => {
            let mut parts = Vec::new();
            if x.state != y.state {
                parts.push(format!("the data connection {}", fate(y)));
            }
            for (old, new, whose) in [
                (x.uploaded, y.uploaded, "client"),
                (x.downloaded, y.downloaded, "server"),
            ] {
                if old != new {
                    parts.push(format!("{old} bytes from the {whose} became {new}"));
                }
            }
            if parts.is_empty() {
                return format!("{at}: {} became {}", words(a, every), words(b, every));
            }
            format!("{at}: {}", parts.join(", "))
        }
        _ => format!("{at}: {} became {}", words(a, every), words(b, every)),
    }
}

fn fate(data: &DataEntry) -> &'static str {
    match data.state {
        State::Unanswered => "was not answered",
        State::Refused => "was refused",
        State::Open => "stayed open",
        State::Closed => "was closed",
        State::Reset => "was reset",
    }
}

fn entry_frame(entry: &Entry) -> u64 {
    match entry {
        Entry::Data(data) => data.last_frame,
        Entry::Said(Said::Command(seen)) => seen.frame,
        Entry::Said(Said::Reply(seen)) => seen.frame,
        Entry::Said(
            Said::NotAReply { frame, .. } | Said::Encrypted { frame } | Said::Gap { frame, .. },
        ) => *frame,
    }
}

/// What an entry says, without its frame.
fn words(entry: &Entry, ignore: Ignore) -> String {
    match entry {
        Entry::Said(Said::Command(seen)) => {
            let verb = verb(seen);
            if ignore.ports && matches!(verb.as_str(), "PORT" | "EPRT") {
                return format!("command {verb}");
            }
            format!("command {}", Printable(seen.line.as_bytes()))
        }
        Entry::Said(Said::Reply(seen)) if ignore.ports && is_passive(seen.reply.code().get()) => {
            format!("reply {}", seen.reply.code())
        }
        Entry::Said(Said::Reply(seen)) => {
            let text = seen.reply.to_string().replace('\n', " | ");
            format!("reply {}", Printable(text.as_bytes()))
        }
        Entry::Data(data) => {
            let command = data.transfer.command.as_ref();
            let verb = command.map_or("nothing".to_owned(), |c| c.verb.to_string());
            let (up, down) = (data.uploaded, data.downloaded);
            format!("data of {verb} that {}, {up} up, {down} down", fate(data))
        }
        Entry::Said(Said::NotAReply { line, .. }) => {
            format!("line {}", Printable(line.as_bytes()))
        }
        Entry::Said(Said::Encrypted { .. }) => "encryption".into(),
        Entry::Said(Said::Gap { len, .. }) => format!("a gap of {}", Bytes(*len)),
    }
}

fn is_passive(code: u16) -> bool {
    matches!(code, 227 | 229)
}
