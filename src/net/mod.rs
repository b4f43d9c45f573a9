//! What frames travel on: the seam between the simulator and whatever sends and hears frames, and the segments.

mod dice;
mod fault;
mod node;
mod segment;
mod target;

pub use dice::{Burst, Impairments};
pub(crate) use dice::{Dice, Mishap};
pub use fault::{Action, Fault, Field, Judge, Side};
pub(crate) use fault::{Faults, Strike};
pub use node::{Activity, Node, Transmit};
pub use segment::{Duplex, SegmentConfig, SegmentKind};
pub(crate) use segment::{Passage, Segment, Station, StationIndex};
pub(crate) use target::Way;
pub use target::{Carries, Target, TcpKind};
