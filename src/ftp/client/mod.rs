//! The client: one session driven by verbs, sans-IO.
//!
//! Its owner connects, says so with
//! [`ControlEvent::Connected`](super::io::ControlEvent::Connected), starts one
//! [`Verb`] after the other, and hears of each when it is [done](Event::Done).

mod data;
mod machine;
mod many;
mod persona;
mod personas;
mod steps;
#[cfg(test)]
mod tests;
mod verb;

pub use data::{DataFailure, Moved, Movement};
pub use machine::{Client, Event, Late, Loss, Outcome, VerbDone};
pub use persona::{DataMode, Op, Persona, Write};
pub use verb::{PutHow, Send, Verb};
