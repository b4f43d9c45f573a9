//! What frames travel on: the seam between the simulator and whatever sends and hears frames, and the segments.

mod node;
mod segment;

pub use node::{Activity, Node, Transmit};
pub(crate) use segment::{Segment, Station, StationIndex};
pub use segment::{SegmentConfig, SegmentKind};
