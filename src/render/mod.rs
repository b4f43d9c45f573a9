//! Views of a capture as text: packet lists, hex dumps, and their like, and as a page.

mod detail;
mod escape;
mod hex;
mod ladder;
mod list;
mod look;
mod page;
mod profile;
mod tone;
mod wire;
mod wrap;

pub(crate) use escape::{entity, escape, with_code};

pub use detail::{Depth, detail};
pub use hex::HexDump;
pub use ladder::{Ladder, Lost};
pub use list::{ListOptions, PacketList, packet_list};
pub use look::Look;
pub use page::{Outcome, Page, Sheet, Subject, Task, TaskMark};
pub use profile::{PROFILE_MARK, profile};
pub use tone::Tone;
pub use wire::wire;
pub use wrap::wrap;
