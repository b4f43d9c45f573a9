//! The link under smoltcp, as long as one poll takes: a packet in, packets out.

use smoltcp::iface::{Config, Interface};
use smoltcp::phy::{self, Checksum, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use super::ETHERNET_HEADER_LEN;
use crate::wire::MIN_FRAME_LEN;

/// As much of a frame as its headers can take: Ethernet's, IPv6's with options,
/// and TCP's with all of its.
const LONGEST_HEADERS: usize = 192;

/// A device for one poll: at most one packet in, and each packet out handed on
/// at once.
pub(super) struct Wire<'a, F: FnMut(&mut Vec<u8>)> {
    pub received: Option<&'a [u8]>,
    pub buffer: &'a mut Vec<u8>,
    pub send: &'a mut F,
    /// The longest IP packet that leaves.
    pub mtu: usize,
}

pub(super) struct Received<'a>(&'a [u8]);

impl phy::RxToken for Received<'_> {
    fn consume<R, G: FnOnce(&[u8]) -> R>(self, f: G) -> R {
        f(self.0)
    }
}

pub(super) struct Sending<'a, F: FnMut(&mut Vec<u8>)> {
    buffer: &'a mut Vec<u8>,
    send: &'a mut F,
}

impl<F: FnMut(&mut Vec<u8>)> phy::TxToken for Sending<'_, F> {
    fn consume<R, G: FnOnce(&mut [u8]) -> R>(self, len: usize, f: G) -> R {
        let len = ETHERNET_HEADER_LEN + len;
        // No more than the frame will need: a trace may keep it.
        if self.buffer.capacity() < len {
            self.buffer.clear();
            self.buffer.reserve_exact(len.max(MIN_FRAME_LEN));
        }
        // It may be an older frame's memory. Payload is written to its last
        // octet, but not every header is: of an ICMP error four octets are not.
        self.buffer.truncate(len);
        let headers = self.buffer.len().min(LONGEST_HEADERS);
        self.buffer[..headers].fill(0);
        self.buffer.resize(len, 0);
        let result = f(&mut self.buffer[ETHERNET_HEADER_LEN..]);
        (self.send)(self.buffer);
        result
    }
}

impl<F: FnMut(&mut Vec<u8>)> phy::Device for Wire<'_, F> {
    type RxToken<'t>
        = Received<'t>
    where
        Self: 't;
    type TxToken<'t>
        = Sending<'t, F>
    where
        Self: 't;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Sending<'_, F>)> {
        let received = Received(self.received.take()?);
        let sending = Sending {
            buffer: self.buffer,
            send: self.send,
        };
        Some((received, sending))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_, F>> {
        Some(Sending {
            buffer: self.buffer,
            send: self.send,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut caps = DeviceCapabilities::default();
        caps.medium = Medium::Ip;
        caps.max_transmission_unit = self.mtu;
        // Filled in on the way out, TCP's by the card, which may change its
        // header; on the way in the card has seen to them.
        caps.checksum.ipv4 = Checksum::Tx;
        caps.checksum.tcp = Checksum::None;
        caps.checksum.udp = Checksum::Tx;
        caps.checksum.icmpv4 = Checksum::Tx;
        caps.checksum.icmpv6 = Checksum::Tx;
        caps
    }
}

/// An interface that sends no longer packets.
pub(super) fn interface(config: Config, mtu: usize) -> Interface {
    let mut device = Wire {
        received: None,
        buffer: &mut Vec::new(),
        send: &mut |_: &mut Vec<u8>| (),
        mtu,
    };
    Interface::new(config, &mut device, Instant::ZERO)
}
