//! Why a frame of a played scenario exists, in one sentence.

use super::Played;
use crate::scenario::Loaded;
use crate::scenario::compile::numbered;
use crate::trace::{ActorId, Cause};

/// Why frame `number` (from 1) of the capture was sent: the step of a script,
/// with its line in the scenario, the frame that it answers, or a timer.
/// `None` if there is no such frame.
pub fn why(loaded: &Loaded, played: &Played, number: u64) -> Option<String> {
    let place = usize::try_from(number.checked_sub(1)?).ok()?;
    let id = played.capture.frames.get(place)?.id?;
    let trace = &played.run.trace;
    let record = trace.records.iter().find(|record| record.id == id)?;
    let sender = trace.nodes.get(record.from.0 as usize)?;
    Some(match record.cause {
        Cause::Timer => format!("a timer of {sender} ran out"),
        Cause::ReplyTo(answered) => {
            let frames = &played.capture.frames;
            match frames.iter().position(|frame| frame.id == Some(answered)) {
                Some(place) => format!("{sender} answers frame {}", place + 1),
                None => format!("{sender} answers a frame that this tap did not see"),
            }
        }
        Cause::Step { actor, step } => step_of(loaded, played, actor, step)?,
    })
}

fn step_of(loaded: &Loaded, played: &Played, actor: ActorId, step: u32) -> Option<String> {
    let name = played.run.trace.actors.get(usize::from(actor.0))?;
    let mut sentence = format!("step {} of {name}", step + 1);
    let script = loaded
        .scenario
        .actors
        .get(name)
        .map(|a| numbered(&a.script));
    if let Some(step) = script.and_then(|all| all.get(step as usize).copied()) {
        let (line, _) = loaded.sources.line_column(step.span);
        let text = loaded.sources.line(step.span).trim();
        sentence += &format!(", line {line}: {text}");
    }
    Some(sentence)
}
