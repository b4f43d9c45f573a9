//! Devices between segments: routers, which may translate addresses and filter packets.

mod control;
mod flow;
mod packet;
mod router;

pub use router::{Route, Router, RouterConfig};
