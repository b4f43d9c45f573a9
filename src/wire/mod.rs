//! Bytes on the wire and the values they carry: frames, hardware addresses, layer views.

mod frame;
mod mac;

pub use frame::{Frame, MIN_FRAME_LEN};
pub use mac::MacAddr;
