//! What frames travel on: the seam between the simulator and whatever sends and hears frames, and the segments.

mod node;

pub use node::{Node, Transmit};
