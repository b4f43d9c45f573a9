//! Devices: routers, which may translate addresses and filter packets, and a replayer of frames.

mod control;
mod firewall;
mod flow;
mod ftp_helper;
mod inspected;
mod inspector;
mod nat;
mod packet;
mod packet6;
mod replayer;
mod router;
mod router6;
mod track;

pub use firewall::{FirewallConfig, Protocol, Refusal, Rule, Side};
pub use nat::{Forward, NatConfig};
pub use replayer::Replayer;
pub use router::{Route, Router, RouterConfig};
pub use router6::{Port6, Route6};
pub use track::Timeouts;
