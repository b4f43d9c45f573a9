//! A simulated host: network card, neighbours, persona, and the TCP/IP stack above them.

mod sockets;

pub use sockets::{Sockets, TcpHandle, TcpListener, TcpStatus};
