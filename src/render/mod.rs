//! Views of a capture as text: packet lists, hex dumps, and their like.

mod detail;
mod hex;
mod ladder;
mod list;
mod wire;

pub use detail::{Depth, detail};
pub use hex::HexDump;
pub use ladder::Ladder;
pub use list::{ListOptions, PacketList, packet_list};
pub use wire::wire;
