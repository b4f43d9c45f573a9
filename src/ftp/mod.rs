//! FTP as values and sans-IO machines: the grammar that both wings speak (RFC 959).

pub mod address;
mod block;
pub mod client;
pub mod codec;
mod command;
mod convert;
pub mod diagram;
pub mod files;
pub mod io;
pub mod listing;
#[cfg(test)]
mod loopback;
mod outbox;
pub mod path;
mod reply;
pub mod server;
mod text;

pub use address::{Eprt, Family, HostPort};
pub use command::{
    Command, CommandError, DataType, EpsvRequest, Form, Parameter, Structure, TransferMode, Verb,
    split_line, verb_word,
};
pub use reply::{MAX_REPLY_LINES, MultiLine, Reply, ReplyCode, ReplyKind, ReplySyntaxError};
pub use text::Text;
