//! What an inspector reads of a packet, and what it may change in it.

use std::net::{IpAddr, SocketAddr};

use super::flow::{Flow, Part};
use crate::wire::{Tcp, TcpFlags};

/// A packet that passes an inspector. What it leaves as it is does not change:
/// IPv6 is not translated.
pub(super) trait Inspected {
    /// Its sender, as it says.
    fn source(&self) -> IpAddr;
    /// The conversation that it belongs to.
    fn flow(&self) -> Option<Flow>;
    /// The conversation of the packet that an error quotes.
    fn quoted_flow(&self) -> Option<Flow>;
    /// The TCP segment in it, if there is a whole one.
    fn tcp(&self) -> Option<Tcp<'_>>;
    /// It carries TCP, whole, and its checksum is right.
    fn tcp_is_intact(&self) -> bool;

    /// TCP's control bits; none if it is not TCP.
    fn tcp_flags(&self) -> TcpFlags {
        self.tcp().map_or(TcpFlags::default(), |tcp| tcp.flags())
    }

    /// Writes another address, and the port that goes with it, as an end.
    fn set_end(&mut self, _: Part, _: SocketAddr) {}
    /// Writes only another address as an end.
    fn set_address(&mut self, _: Part, _: IpAddr) {}
    /// Writes other ends into the packet that an error quotes.
    fn set_quoted(&mut self, _: Flow) {}
    /// Moves the sequence and acknowledgement numbers of a TCP segment.
    fn renumber(&mut self, _: u32, _: impl FnMut(u32) -> u32) {}
    /// Gives a TCP segment another payload.
    fn set_tcp_payload(&mut self, _: &[u8]) {}
}
