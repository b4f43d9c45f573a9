//! Why a frame of a played scenario exists, in one sentence.

use std::collections::BTreeMap;

use super::Played;
use crate::scenario::Loaded;
use crate::scenario::compile::numbered;
use crate::trace::{ActorId, Cause, FrameId, Record};
use crate::wire::{Ethernet, Frame, Ipv4, ether_type, ip_protocol};

/// Tells why the frames of a played scenario were sent.
#[derive(Debug)]
pub struct Reasons<'a> {
    loaded: &'a Loaded,
    played: &'a Played,
    records: BTreeMap<FrameId, &'a Record>,
    /// The number under which the tap saw a frame first.
    numbers: BTreeMap<FrameId, usize>,
}

impl<'a> Reasons<'a> {
    /// Those of a run, and of what a tap saw of it.
    pub fn new(loaded: &'a Loaded, played: &'a Played) -> Reasons<'a> {
        let records = played.run.trace.records.iter();
        let frames = played.capture.frames.iter().enumerate().rev();
        Reasons {
            loaded,
            played,
            records: records.map(|record| (record.id, record)).collect(),
            numbers: frames
                .filter_map(|(place, frame)| Some((frame.id?, place + 1)))
                .collect(),
        }
    }

    /// Why frame `number` (from 1) of the capture was sent: the step of a
    /// script, with its line in the scenario, the frame that it answers, or a
    /// timer. `None` if there is no such frame.
    pub fn of(&self, number: u64) -> Option<String> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        let id = self.played.capture.frames.get(place)?.id?;
        let record = self.records.get(&id)?;
        let sender = self.played.run.trace.nodes.get(record.from.0 as usize)?;
        Some(match record.cause {
            Cause::Timer => format!("a timer of {sender} ran out"),
            Cause::ReplyTo(answered) => {
                let passes_on = passes_on(self.loaded, sender, &record.frame);
                match (self.numbers.get(&answered), passes_on) {
                    (Some(number), true) => format!("{sender} passes on frame {number}"),
                    (Some(number), false) => format!("{sender} answers frame {number}"),
                    (None, true) => format!("{sender} passes on what came from elsewhere"),
                    (None, false) => format!("{sender} acts on what it got elsewhere"),
                }
            }
            Cause::Step { actor, step } => self.step(actor, step)?,
        })
    }

    fn step(&self, actor: ActorId, step: u32) -> Option<String> {
        let name = self.played.run.trace.actors.get(usize::from(actor.0))?;
        let mut sentence = format!("step {} of {name}", step + 1);
        let actor = self.loaded.scenario.actors.get(name);
        let script = actor.map(|actor| numbered(&actor.script));
        if let Some(step) = script.and_then(|all| all.get(step as usize).copied()) {
            let (line, _) = self.loaded.sources.line_column(step.span);
            let text = self.loaded.sources.line(step.span).trim();
            // That it is one of a list is no part of the step.
            let text = text.strip_prefix("- ").map_or(text, str::trim_start);
            sentence += &format!(", line {line}: {text}");
        }
        Some(sentence)
    }
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
