//! One attachment to an Ethernet: addresses, address resolution, and the frame that a packet travels in.
//!
//! A host's network card and each port of a router stand on one of these. It
//! knows nothing of what is above it: IP packets come down and go up as bytes.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::{ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetProtocol};

use super::ETHERNET_HEADER_LEN;
use super::address::{Ipv4Cidr, Ipv6Cidr, is_link_local};
use super::ndp::{self, Discovery, Message};
use super::neighbors::{Due, Neighbors, Waiting};
use super::persona::ArpHabits;
use super::rare::Rare;
use crate::net::Transmit;
use crate::time::Instant;
use crate::trace::{Cause, PortId};
use crate::wire::{Frame, MacAddr, TransmitRing, ether_type};

/// A next hop that did not answer, and the packets that waited for it.
#[derive(Debug)]
pub(crate) struct Unreached {
    pub hop: IpAddr,
    pub packets: VecDeque<Waiting>,
}

/// What a frame that arrives is to an attachment.
#[derive(Debug)]
pub(crate) enum Heard<'a> {
    /// An IP packet, with its EtherType.
    Packet(u16, &'a [u8]),
    /// ARP or NDP, which is dealt with.
    Resolution,
    /// Nothing: it concerns somebody else, and everything is as it was.
    Nothing,
}

/// Where packets to an IPv4 address go.
#[derive(Debug, Clone, Copy)]
struct Destination {
    address: Ipv4Addr,
    mac: MacAddr,
    /// As long as that is known.
    until: Instant,
}

impl Destination {
    /// Known to nobody.
    const NOWHERE: Destination = Destination {
        address: Ipv4Addr::UNSPECIFIED,
        mac: MacAddr::ZERO,
        until: Instant::ZERO,
    };
}

/// One attachment.
#[derive(Debug)]
pub(crate) struct Interface {
    port: PortId,
    mac: MacAddr,
    address: Option<Ipv4Cidr>,
    address6: Option<Ipv6Cidr>,
    /// The address that is good for this segment alone.
    link_local: Option<Ipv6Addr>,
    /// An address that may turn out to be somebody's.
    tentative: Option<Ipv6Addr>,
    /// It is a router's.
    is_router: bool,
    /// What was heard of routers, for whom it concerns.
    heard: Rare<Discovery>,
    /// What goes out was made here: its checksums are known to be right.
    vouches: bool,
    neighbors: Neighbors,
    /// The last one that was written to, and most likely the next: RFC 4861
    /// §5.1's destination cache, of one entry. What it follows from forgets it.
    last: Destination,
    ring: TransmitRing,
    transmit: VecDeque<Transmit>,
}

/// What may be heard of routers before anybody asks for it.
const MAX_HEARD: usize = 16;

impl Interface {
    pub fn new(
        port: PortId,
        mac: MacAddr,
        address: Option<Ipv4Cidr>,
        habits: &'static ArpHabits,
    ) -> Interface {
        Interface {
            port,
            mac,
            address,
            address6: None,
            link_local: None,
            tentative: None,
            is_router: false,
            heard: Rare::default(),
            vouches: true,
            neighbors: Neighbors::new(habits),
            last: Destination::NOWHERE,
            ring: TransmitRing::default(),
            transmit: VecDeque::new(),
        }
    }

    /// The attachment of a device that passes on what others have made.
    pub fn of_a_relay(self) -> Interface {
        Interface {
            is_router: true,
            vouches: false,
            ..self
        }
    }

    pub fn mac(&self) -> MacAddr {
        self.mac
    }

    /// Its IPv4 address, from now on.
    pub fn set_address(&mut self, address: Option<Ipv4Cidr>) {
        self.last = Destination::NOWHERE;
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

    /// Its IPv6 address.
    pub fn address6(&self) -> Option<Ipv6Cidr> {
        self.address6
    }

    /// Its IPv6 address, from now on.
    pub fn set_address6(&mut self, address: Option<Ipv6Cidr>) {
        self.address6 = address;
    }

    /// Its link-local address.
    pub fn link_local(&self) -> Option<Ipv6Addr> {
        self.link_local
    }

    /// Its link-local address, from now on.
    pub fn set_link_local(&mut self, address: Option<Ipv6Addr>) {
        self.link_local = address;
    }

    /// Somebody who asks for this address means us.
    pub fn owns6(&self, address: Ipv6Addr) -> bool {
        self.link_local == Some(address) || self.address6.is_some_and(|own| own.address == address)
    }

    /// Asks whether this address is anybody's (RFC 4862 §5.4).
    pub fn try_out(&mut self, address: Ipv6Addr) {
        self.tentative = Some(address);
        let mut question = ndp::try_out(address);
        let group = ndp::solicited_node(address);
        self.send_to_group(group.into(), &mut question, None);
    }

    /// The address that was tried out, which is nobody's or is given up.
    pub fn tried_out(&mut self) -> Option<Ipv6Addr> {
        self.tentative.take()
    }

    /// Something was heard that the card's owner must know.
    pub fn poll_discovery(&mut self) -> Option<Discovery> {
        self.heard.pop()
    }

    fn hear(&mut self, heard: Discovery) {
        if self.heard.len() < MAX_HEARD {
            self.heard.push(heard);
        }
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

    /// A frame has arrived. What is for us and carries IP is returned; ARP and
    /// NDP are dealt with; the rest is dropped.
    #[inline(always)]
    pub fn ingress<'a>(&mut self, now: Instant, frame: &'a Frame) -> Heard<'a> {
        let to = frame.destination();
        if to != self.mac && !to.is_multicast() {
            return Heard::Nothing;
        }
        let payload = &frame.bytes()[ETHERNET_HEADER_LEN..];
        match frame.ether_type() {
            kind @ ether_type::IPV4 => Heard::Packet(kind, payload),
            kind => self.hear_other(now, kind, payload),
        }
    }

    /// The same of what is not IPv4.
    #[inline(never)]
    fn hear_other<'a>(&mut self, now: Instant, kind: u16, payload: &'a [u8]) -> Heard<'a> {
        let concerns_us = match kind {
            ether_type::ARP => self.handle_arp(now, payload),
            ether_type::IPV6 if ndp::is_discovery(payload) => self.handle_ndp(now, payload),
            ether_type::IPV6 => return Heard::Packet(kind, payload),
            _ => false,
        };
        match concerns_us {
            true => Heard::Resolution,
            false => Heard::Nothing,
        }
    }

    /// True if something came of it.
    fn handle_arp(&mut self, now: Instant, payload: &[u8]) -> bool {
        let Some(own) = self.address else {
            return false;
        };
        let Ok(ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr,
            source_protocol_addr: sender,
            target_protocol_addr: target,
            ..
        }) = ArpPacket::new_checked(payload).and_then(|packet| ArpRepr::parse(&packet))
        else {
            return false;
        };
        let mac = MacAddr(source_hardware_addr.0);
        if mac.is_multicast() || sender == own.address {
            return false;
        }
        // RFC 826: whoever is known is updated; whoever asks for us is learned.
        let asks_for_us = target == own.address && operation == ArpOperation::Request;
        let mut came_of_it = asks_for_us;
        if !sender.is_unspecified() && own.contains(sender) {
            came_of_it |= self.confirm(now, sender.into(), mac, asks_for_us);
        }
        if asks_for_us {
            self.send_arp(ArpOperation::Reply, mac, mac, sender, None);
        }
        came_of_it
    }

    /// Notes where a neighbour is, and sends what waited for that; false if it
    /// is a stranger, who is noted only with `learn`.
    fn confirm(&mut self, now: Instant, neighbor: IpAddr, mac: MacAddr, learn: bool) -> bool {
        self.last = Destination::NOWHERE;
        let Some(waiting) = self.neighbors.confirm(now, neighbor, mac, learn) else {
            return false;
        };
        for Waiting { mut buffer, cause } in waiting {
            self.transmit_to(mac, &mut buffer, cause);
        }
        true
    }

    /// The counterpart of ARP (RFC 4861 §7.2). True if something came of it.
    fn handle_ndp(&mut self, now: Instant, payload: &[u8]) -> bool {
        match ndp::read(payload) {
            // Somebody else tries it out as well. Who asks from an address of
            // their own only looks for us.
            Some(Message::Solicit { target, source, .. })
                if self.tentative == Some(target) && source.is_unspecified() =>
            {
                self.hear(Discovery::Taken);
            }
            Some(Message::Solicit {
                target,
                source,
                mac,
            }) if self.owns6(target) && !self.owns6(source) => {
                if let Some(mac) = mac.filter(|_| !source.is_unspecified()) {
                    self.confirm(now, source.into(), mac, true);
                }
                let mut answer = ndp::advertise((target, self.mac), source, self.is_router);
                match mac.filter(|_| !source.is_unspecified()) {
                    Some(mac) => self.transmit_to(mac, &mut answer, None),
                    None => {
                        self.send_to_group(ndp::ALL_NODES.into(), &mut answer, None);
                    }
                }
            }
            Some(Message::Advert { target, .. }) if self.tentative == Some(target) => {
                self.hear(Discovery::Taken);
            }
            Some(Message::Advert { target, mac }) if !self.owns6(target) => {
                return self.confirm(now, target.into(), mac, false);
            }
            Some(Message::RouterSolicit) if self.is_router => self.hear(Discovery::RouterSolicit),
            Some(Message::RouterAdvert(advert, mac)) if !self.is_router => {
                if let Some(mac) = mac {
                    self.confirm(now, advert.router.into(), mac, false);
                }
                self.hear(Discovery::RouterAdvert(advert));
            }
            _ => return false,
        }
        true
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
        if let Some((mac, _)) = self.neighbors.lookup(now, hop) {
            return self.transmit_to(mac, buffer, cause);
        }
        self.last = Destination::NOWHERE;
        let waiting = Waiting {
            buffer: core::mem::take(buffer),
            cause,
        };
        if self.neighbors.wait(now, hop, waiting) {
            self.ask(hop, cause);
        }
    }

    /// The hardware that takes packets to this address, if it is where the
    /// last one went: nobody need look for the way again.
    pub fn same_as_last(&self, now: Instant, address: Ipv4Addr) -> Option<MacAddr> {
        let same = self.last.address == address && self.last.until > now;
        same.then_some(self.last.mac)
    }

    /// Packets to this address go by this neighbour, until that changes.
    pub fn note_way(&mut self, now: Instant, address: Ipv4Addr, hop: Ipv4Addr) {
        let known = self.neighbors.lookup(now, hop.into());
        self.last = known.map_or(Destination::NOWHERE, |(mac, until)| Destination {
            address,
            mac,
            until,
        });
    }

    /// Sends a packet to everybody, if that is what its destination means;
    /// false if it is somebody's own address.
    pub fn send_to_group(
        &mut self,
        destination: IpAddr,
        buffer: &mut Vec<u8>,
        cause: Option<Cause>,
    ) -> bool {
        let address = match destination {
            IpAddr::V4(address) => address,
            IpAddr::V6(address) if address.is_multicast() => {
                // RFC 2464 §7: the low 32 bits of the group.
                let [.., a, b, c, d] = address.octets();
                let group = MacAddr([0x33, 0x33, a, b, c, d]);
                self.transmit_to(group, buffer, cause);
                return true;
            }
            IpAddr::V6(_) => return false,
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
        let global = self.address6.map(|own| own.address);
        let own = match target {
            IpAddr::V6(target) if is_link_local(target) => self.link_local.or(global),
            _ => global.or(self.link_local),
        };
        match (target, own) {
            (IpAddr::V4(target), _) => {
                // Real hosts leave the unknown hardware address zero.
                let (all, unknown) = (MacAddr::BROADCAST, MacAddr::ZERO);
                self.send_arp(ArpOperation::Request, all, unknown, target, cause);
            }
            (IpAddr::V6(target), Some(own)) => {
                let mut question = ndp::solicit((own, self.mac), target);
                let group = ndp::solicited_node(target);
                self.send_to_group(group.into(), &mut question, cause);
            }
            (IpAddr::V6(_), None) => {}
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

    /// Sends a packet to this hardware. `buffer` as in [`send`](Self::send).
    pub fn transmit_to(&mut self, to: MacAddr, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        let kind = match buffer.get(ETHERNET_HEADER_LEN).map(|octet| octet >> 4) {
            Some(6) => EthernetProtocol::Ipv6,
            _ => EthernetProtocol::Ipv4,
        };
        self.transmit_as(kind, to, buffer, cause);
    }

    /// The same of an IPv4 packet.
    #[inline(always)]
    pub fn transmit_v4(&mut self, to: MacAddr, buffer: &mut Vec<u8>, cause: Option<Cause>) {
        self.transmit_as(EthernetProtocol::Ipv4, to, buffer, cause);
    }

    /// Writes the Ethernet header in place and queues the frame, whose memory
    /// that of `buffer` becomes.
    #[inline(always)]
    fn transmit_as(
        &mut self,
        protocol: EthernetProtocol,
        to: MacAddr,
        buffer: &mut Vec<u8>,
        cause: Option<Cause>,
    ) {
        if let Some((header, _)) = buffer.split_first_chunk_mut::<ETHERNET_HEADER_LEN>() {
            header[..6].copy_from_slice(&to.0);
            header[6..12].copy_from_slice(&self.mac.0);
            header[12..].copy_from_slice(&u16::from(protocol).to_be_bytes());
        }
        self.transmit.push_back(Transmit {
            port: self.port,
            frame: self.ring.frame(buffer, self.vouches),
            cause,
        });
    }
}
