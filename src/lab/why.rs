//! Why a frame of a played scenario exists, in one sentence.

use super::Played;
use crate::scenario::Loaded;
use crate::scenario::compile::numbered;
use crate::trace::{ActorId, Cause};
use crate::wire::{Ethernet, Frame, Ipv4, ether_type, ip_protocol};

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
            let does = match passes_on(loaded, sender, &record.frame) {
                true => "passes on",
                false => "answers",
            };
            match frames.iter().position(|frame| frame.id == Some(answered)) {
                Some(place) => format!("{sender} {does} frame {}", place + 1),
                None => format!("{sender} {does} a frame that this tap did not see"),
            }
        }
        Cause::Step { actor, step } => step_of(loaded, played, actor, step)?,
    })
}

/// The sender is a router, and the packet is somebody else's: it is not from
/// one of its addresses, unless it translates those of others.
fn passes_on(loaded: &Loaded, sender: &str, frame: &Frame) -> bool {
    let Some(router) = loaded.scenario.routers.get(sender) else {
        return false;
    };
    let ethernet = Ethernet::new(frame.bytes());
    let packet = ethernet.filter(|e| e.ether_type() == ether_type::IPV4);
    let ip = packet.and_then(|e| Ipv4::new(e.payload()));
    ip.is_some_and(|ip| {
        let mut ports = router.ports.iter();
        let is_own = ports.any(|port| port.value.ip.value == ip.source());
        !is_own || router.nat.is_some() && ip.protocol() != ip_protocol::ICMP
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
