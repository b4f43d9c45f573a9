//! The client: one session driven by verbs, sans-IO.

mod persona;
mod verb;

pub use persona::{DataMode, Op, Persona};
pub use verb::{PutHow, Send, Verb};
