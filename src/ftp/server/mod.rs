//! The server: one machine for all its sessions, sans-IO.

mod config;
mod persona;
#[allow(dead_code, reason = "the sessions that use it come next")]
mod rules;
#[allow(dead_code, reason = "the sessions that use it come next")]
mod words;

pub use config::{Account, AccountNeeded, Config, Limits, LoginLimit, Password, User};
pub use persona::{Connects, DataPort, DownloadEnd, Persona, Writes};
pub use rules::{Answer, Condition, DataFault, Delivery, Ending, Rule, Then, Trigger};
pub use words::{Message, Words};
