//! Reading frames: packets, conversations, FTP sessions, of our captures and of anybody's.
//!
//! A [`Packet`] is one frame taken apart, without knowing any other. A
//! [`Dissector`] is fed frames in order and knows what came before: relative
//! numbers, which conversation, what is said on FTP's control connections, and
//! which data connection serves which command.

mod control;
mod conversation;
mod dissector;
pub mod fields;
mod flow;
mod fragments;
mod packet;
mod parse;
mod round_trip;
mod stream;
mod table;
mod transfer;
mod verdict;

pub use control::{CommandSeen, Control, FTP_DATA_PORT, FTP_PORT, ReplySeen, Said};
pub use conversation::{Conversation, ConversationId, Segment, Side, State};
pub use dissector::{Dissected, Dissector, Event, Role};
pub use flow::{Direction, FlowKey};
pub use fragments::FragmentSeen;
pub use packet::{Fragment, Layer, LayerKind, Network, Packet, Transport, Trouble};
pub use round_trip::RoundTrips;
pub use stream::{Piece, Stream};
pub use transfer::{Setup, Transfer, TransferCommand, TransferId};
pub use verdict::Verdicts;
