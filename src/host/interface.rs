//! One attachment to an Ethernet: addresses, address resolution, and the frame that a packet travels in.
//!
//! A host's network card and each port of a router stand on one of these. It
//! knows nothing of what is above it: IP packets come down and go up as bytes.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use smoltcp::wire::{ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetProtocol};

use super::ETHERNET_HEADER_LEN;
use super::address::Ipv4Cidr;
use super::neighbors::{Due, Neighbors, Waiting};
use super::persona::ArpHabits;
use crate::net::Transmit;
use crate::time::Instant;
use crate::trace::{Cause, PortId};
use crate::wire::{Frame, MacAddr, ether_type};

/// A next hop that did not answer, and the packets that waited for it.
#[derive(Debug)]
pub(crate) struct Unreached {
    pub hop: IpAddr,
    pub packets: VecDeque<Waiting>,
}

/// One attachment.
#[derive(Debug)]
pub(crate) struct Interface {
    port: PortId,
    mac: MacAddr,
    address: Option<Ipv4Cidr>,
    /// What goes out was made here: its checksums are known to be right.
    vouches: bool,
    neighbors: Neighbors,
    transmit: VecDeque<Transmit>,
}

impl Interface {
    pub fn new(
        port: PortId,
        mac: MacAddr,
        address: Option<Ipv4Cidr>,
        habits: ArpHabits,
    ) -> Interface {
        Interface {
            port,
            mac,
            address,
            vouches: true,
            neighbors: Neighbors::new(habits),
            transmit: VecDeque::new(),
        }
    }

    /// The attachment of a device that passes on what others have made.
    pub fn of_a_relay(self) -> Interface {
        Interface {
            vouches: false,
            ..self
        }
    }

    pub fn mac(&self) -> MacAddr {
        self.mac
    }

    /// Its IPv4 address, from now on.
    pub fn set_address(&mut self, address: Option<Ipv4Cidr>) {
        self.address = address;
    }

    /// Queues a frame that somebody else has made.
    pub fn inject(&mut self, frame: Frame, cause: Option<Cause>) {
        self.transmit.push_back(Transmit {
            port: self.port,
            frame,
            cause,
        });
    }

    /// Its IPv4 address.
    pub fn address(&self) -> Option<Ipv4Cidr> {
        self.address
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmit.pop_front()
    }

    /// Some neighbour is being asked for, or something waits to be sent.
    pub fn is_busy(&self) -> bool {
        self.neighbors.is_asking() || !self.transmit.is_empty()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.neighbors.poll_timeout()
    }

    /// The next hop whose time has run out at `now`; asks again for those that
    /// are due to be asked for.
    pub fn poll_unreached(&mut self, now: Instant) -> Option<Unreached> {
        while let Some(due) = self.neighbors.poll_due(now) {
            match due {
                Due::Ask(target) => self.ask(target, None),
                Due::Unreachable(hop, packets) => return Some(Unreached { hop, packets }),
            }
        }
        None
    }

    /// A frame has arrived. What is for us and carries IP is returned, with
    /// its EtherType; ARP is dealt with; the rest is dropped.
    pub fn ingress<'a>(&mut self, now: Instant, frame: &'a Frame) -> Option<(u16, &'a [u8])> {
        let to = frame.destination();
        if to != self.mac && !to.is_multicast() {
            return None;
        }
        let payload = &frame.bytes()[ETHERNET_HEADER_LEN..];
        match frame.ether_type() {
            ether_type::ARP => {
                self.handle_arp(now, payload);
                None
            }
            kind @ ether_type::IPV4 => Some((kind, payload)),
            _ => None,
        }
    }

    fn handle_arp(&mut self, now: Instant, payload: &[u8]) {
        let Some(own) = self.address else { return };
        let Ok(ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr,
            source_protocol_addr: sender,
            target_protocol_addr: target,
            ..
        }) = ArpPacket::new_checked(payload).and_then(|packet| ArpRepr::parse(&packet))
        else {
            return;
        };
        let mac = MacAddr(source_hardware_addr.0);
        let for_us = target == own.address;
        if mac.is_multicast() || sender == own.address {
            return;
        }
        // RFC 826: whoever is known is updated; whoever asks for us is learned.
        if !sender.is_unspecified() && own.contains(sender) {
            let learn = for_us && operation == ArpOperation::Request;
            for waiting in self.neighbors.confirm(now, sender.into(), mac, learn) {
                let mut buffer = waiting.buffer;
                self.transmit_to(mac, &mut buffer, waiting.cause);
            }
        }
        if for_us && operation == ArpOperation::Request {
            self.send_arp(ArpOperation::Reply, mac, mac, sender, None);
        }
    }

    /// Announces our address (RFC 5227 §3).
    pub fn announce(&mut self) {
        if let Some(own) = self.address {
            let (all, unknown) = (MacAddr::BROADCAST, MacAddr::ZERO);
            self.send_arp(ArpOperation::Request, all, unknown, own.address, None);
        }
    }

    /// Sends a packet to a neighbour, once it is known where that is. `buffer`
    /// holds room for an Ethernet header, then the packet.
    pub fn send(&mut self, now: Instant, hop: IpAddr, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        if let Some(mac) = self.neighbors.lookup(now, hop) {
            return self.transmit_to(mac, buffer, cause);
        }
        let waiting = Waiting {
            buffer: core::mem::take(buffer),
            cause,
        };
        if self.neighbors.wait(now, hop, waiting) {
            self.ask(hop, cause);
        }
    }

    /// Sends a packet to everybody, if that is what its destination means;
    /// false if it is somebody's own address.
    pub fn send_to_group(
        &mut self,
        destination: IpAddr,
        buffer: &mut [u8],
        cause: Option<Cause>,
    ) -> bool {
        let IpAddr::V4(address) = destination else {
            return false;
        };
        let directed = self.address.map(Ipv4Cidr::broadcast);
        let to = if address.is_broadcast() || Some(address) == directed {
            MacAddr::BROADCAST
        } else if address.is_multicast() {
            // RFC 1112 §6.4: the low 23 bits of the group.
            let [_, b, c, d] = address.octets();
            MacAddr([0x01, 0x00, 0x5e, b & 0x7f, c, d])
        } else {
            return false;
        };
        self.transmit_to(to, buffer, cause);
        true
    }

    fn ask(&mut self, target: IpAddr, cause: Option<Cause>) {
        if let IpAddr::V4(target) = target {
            // Real hosts leave the unknown hardware address zero.
            let (all, unknown) = (MacAddr::BROADCAST, MacAddr::ZERO);
            self.send_arp(ArpOperation::Request, all, unknown, target, cause);
        }
    }

    fn send_arp(
        &mut self,
        operation: ArpOperation,
        to: MacAddr,
        target_mac: MacAddr,
        target: Ipv4Addr,
        cause: Option<Cause>,
    ) {
        let Some(own) = self.address else { return };
        let arp = ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr: EthernetAddress(self.mac.0),
            source_protocol_addr: own.address,
            target_hardware_addr: EthernetAddress(target_mac.0),
            target_protocol_addr: target,
        };
        let mut buffer = vec![0; ETHERNET_HEADER_LEN + arp.buffer_len()];
        let payload = &mut buffer[ETHERNET_HEADER_LEN..];
        arp.emit(&mut ArpPacket::new_unchecked(payload));
        self.transmit_as(EthernetProtocol::Arp, to, &mut buffer, cause);
    }

    fn transmit_to(&mut self, to: MacAddr, buffer: &mut [u8], cause: Option<Cause>) {
        self.transmit_as(EthernetProtocol::Ipv4, to, buffer, cause);
    }

    /// Writes the Ethernet header in place and queues the frame.
    fn transmit_as(
        &mut self,
        protocol: EthernetProtocol,
        to: MacAddr,
        buffer: &mut [u8],
        cause: Option<Cause>,
    ) {
        buffer[..6].copy_from_slice(&to.0);
        buffer[6..12].copy_from_slice(&self.mac.0);
        buffer[12..14].copy_from_slice(&u16::from(protocol).to_be_bytes());
        self.transmit.push_back(Transmit {
            port: self.port,
            frame: match self.vouches {
                true => Frame::sound(buffer),
                false => Frame::new(buffer),
            },
            cause,
        });
    }
}
