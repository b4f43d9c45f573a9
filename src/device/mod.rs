//! Devices: routers, which may translate addresses and filter packets, and a replayer of frames.

mod control;
mod firewall;
mod flow;
mod ftp_helper;
mod inspector;
mod nat;
mod packet;
mod replayer;
mod router;
mod track;

pub use firewall::{FirewallConfig, Protocol, Refusal, Rule, Side};
pub use nat::{Forward, NatConfig};
pub use replayer::Replayer;
pub use router::{Route, Router, RouterConfig};
pub use track::Timeouts;
