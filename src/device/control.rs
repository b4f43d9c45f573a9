//! What a device says of its own accord: ICMP errors, echo replies and resets.

use std::net::Ipv4Addr;

use super::inspected::Inspected;
use super::packet::Packet;
use crate::wire::{Tcp, TcpFlags, checksum, ip_protocol};

/// An ICMP error (RFC 792): its type and code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Error {
    /// No route to the network.
    NetUnreachable,
    /// The last hop cannot find the host.
    HostUnreachable,
    /// Nobody listens there.
    PortUnreachable,
    /// A filter refuses it (RFC 1812 §5.2.7.1).
    Prohibited,
    /// Its time to live has run out.
    TimeExceeded,
    /// It is longer than the next link takes, which is this much (RFC 1191 §4).
    TooBig(u16),
}

impl Error {
    fn kind_and_code(self) -> [u8; 2] {
        match self {
            Error::NetUnreachable => [3, 0],
            Error::HostUnreachable => [3, 1],
            Error::PortUnreachable => [3, 3],
            Error::Prohibited => [3, 13],
            Error::TimeExceeded => [11, 0],
            Error::TooBig(_) => [3, 4],
        }
    }
}

/// An ICMP message never becomes longer than this (RFC 1812 §4.3.2.3).
const MAX_ERROR_LEN: usize = 576;

/// Nothing is said about errors, fragments but the first, groups, and
/// whatever has no sender (RFC 1122 §3.2.2).
fn may_be_answered(about: &Packet) -> bool {
    let (source, destination) = (about.source(), about.destination());
    let group = |address: Ipv4Addr| address.is_multicast() || address.is_broadcast();
    let is_error = about.icmp().is_some_and(|icmp| icmp.is_error());
    !(is_error
        || about.is_later_fragment()
        || group(source)
        || group(destination)
        || source.is_unspecified()
        || source.is_loopback())
}

/// Tells the sender of `about` what happened to it.
pub(super) fn error(from: Ipv4Addr, id: u16, error: Error, about: &Packet) -> Option<Packet> {
    if !may_be_answered(about) {
        return None;
    }
    let quote = about.bytes().iter().take(MAX_ERROR_LEN - 28);
    let mut message = error.kind_and_code().to_vec();
    let mtu = match error {
        Error::TooBig(mtu) => mtu,
        _ => 0,
    };
    message.extend([0; 4]);
    message.extend(mtu.to_be_bytes());
    message.extend(quote);
    Some(icmp(from, about.source(), id, message))
}

/// Answers an echo request; `None` if it is none, or is damaged.
pub(super) fn echo_reply(from: Ipv4Addr, id: u16, about: &Packet) -> Option<Packet> {
    let is_request = about.icmp()?.kind() == 8;
    let whole = checksum::is_right(about.payload(), 0);
    if !(is_request && whole && may_be_answered(about)) {
        return None;
    }
    let mut message = about.payload().to_vec();
    message[..4].fill(0);
    Some(icmp(from, about.source(), id, message))
}

fn icmp(from: Ipv4Addr, to: Ipv4Addr, id: u16, mut message: Vec<u8>) -> Packet {
    let sum = checksum::compute(&message, 0);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    Packet::new(from, to, id, ip_protocol::ICMP, &message)
}

/// Refuses a TCP segment in the name of its receiver.
pub(super) fn reset(id: u16, about: &Packet) -> Option<Packet> {
    let tcp = about.tcp().filter(|_| may_be_answered(about))?;
    let (from, to) = (about.destination(), about.source());
    let mut packet = Packet::new(from, to, id, ip_protocol::TCP, &reset_of(&tcp)?);
    packet.set_tcp_payload(&[]);
    Some(packet)
}

/// The segment, its checksum still zero, that refuses another (RFC 9293
/// §3.10.7.1); a RST is refused by none.
pub(super) fn reset_of(tcp: &Tcp<'_>) -> Option<Vec<u8>> {
    let flags = tcp.flags();
    if flags.has(TcpFlags::RST) {
        return None;
    }
    let taken = flags.has(TcpFlags::SYN) as u32 + flags.has(TcpFlags::FIN) as u32;
    let taken = taken.wrapping_add(tcp.payload().len() as u32);
    let (sequence, acknowledgement, answer) = match flags.has(TcpFlags::ACK) {
        true => (tcp.acknowledgement(), 0, 0x04),
        false => (0, tcp.sequence().wrapping_add(taken), 0x14),
    };
    let mut segment = Vec::with_capacity(20);
    segment.extend(tcp.destination_port().to_be_bytes());
    segment.extend(tcp.source_port().to_be_bytes());
    segment.extend(sequence.to_be_bytes());
    segment.extend(acknowledgement.to_be_bytes());
    segment.extend([0x50, answer, 0, 0, 0, 0, 0, 0]);
    Some(segment)
}
