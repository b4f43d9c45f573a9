//! wirelab: a deterministic network simulator and teaching lab.
//!
//! A scenario file becomes a run in virtual time on a simulated Ethernet; a
//! run becomes a trace; a trace seen from a tap becomes a capture; and a
//! capture, ours or anybody's, can be shown, explained, checked and taught
//! from.

// The ground floor: values.
pub mod ftp;
pub mod rng;
pub mod time;
pub mod trace;
pub mod units;
pub mod wire;

// The west wing makes wires.
pub mod actor;
pub mod device;
pub mod host;
pub mod net;
pub mod scenario;
pub mod sim;

// The east wing reads them.
pub mod analyze;
pub mod capture;
pub mod dissect;
pub mod render;

// The roof joins the wings.
pub mod exercise;
pub mod lab;

// The porch.
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod edge;
