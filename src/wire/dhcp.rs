//! DHCP messages as values (RFC 2131, RFC 2132), over smoltcp's.

use std::net::Ipv4Addr;

use smoltcp::wire::{DhcpMessageType, DhcpPacket, DhcpRepr, EthernetAddress};

use super::MacAddr;

/// What a DHCP message wants (RFC 2131 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DhcpKind {
    /// Who can give me an address?
    Discover,
    /// You may have this one.
    Offer,
    /// I take it; or: may I keep it?
    Request,
    /// It is yours.
    Ack,
    /// It is not.
    Nak,
    /// I give it back.
    Release,
}

/// A DHCP message. What its kind does not carry is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DhcpMessage {
    /// What it wants.
    pub kind: DhcpKind,
    /// Joins the messages of one exchange.
    pub transaction: u32,
    /// The client's hardware address.
    pub client_mac: MacAddr,
    /// The client's address, if it has one.
    pub client_ip: Option<Ipv4Addr>,
    /// The address offered or given.
    pub your_ip: Option<Ipv4Addr>,
    /// The address asked for.
    pub requested_ip: Option<Ipv4Addr>,
    /// Which server is meant, or speaks.
    pub server: Option<Ipv4Addr>,
    /// The network mask.
    pub mask: Option<Ipv4Addr>,
    /// The default router.
    pub router: Option<Ipv4Addr>,
    /// Whom to ask for names.
    pub dns: Option<Ipv4Addr>,
    /// For how many seconds.
    pub lease: Option<u32>,
}

/// What a client would like to know: mask, router, name servers.
const PARAMETERS: &[u8] = &[1, 3, 6];

/// Old relays drop messages that are shorter (RFC 1542 §2.1).
const MIN_LEN: usize = 300;

impl DhcpMessage {
    /// A message that says no more than who and what.
    pub fn new(kind: DhcpKind, transaction: u32, client_mac: MacAddr) -> DhcpMessage {
        DhcpMessage {
            kind,
            transaction,
            client_mac,
            client_ip: None,
            your_ip: None,
            requested_ip: None,
            server: None,
            mask: None,
            router: None,
            dns: None,
            lease: None,
        }
    }

    /// The message on the wire. A client asks for a broadcast answer, since it
    /// has no address yet at which it could hear another (RFC 2131 §4.1).
    pub fn to_bytes(&self) -> Vec<u8> {
        let asks = matches!(self.kind, DhcpKind::Discover | DhcpKind::Request);
        let from_client = asks || self.kind == DhcpKind::Release;
        let or_zero = |address: Option<Ipv4Addr>| address.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let repr = DhcpRepr {
            message_type: match self.kind {
                DhcpKind::Discover => DhcpMessageType::Discover,
                DhcpKind::Offer => DhcpMessageType::Offer,
                DhcpKind::Request => DhcpMessageType::Request,
                DhcpKind::Ack => DhcpMessageType::Ack,
                DhcpKind::Nak => DhcpMessageType::Nak,
                DhcpKind::Release => DhcpMessageType::Release,
            },
            transaction_id: self.transaction,
            secs: 0,
            client_hardware_address: EthernetAddress(self.client_mac.0),
            client_ip: or_zero(self.client_ip),
            your_ip: or_zero(self.your_ip),
            server_ip: Ipv4Addr::UNSPECIFIED,
            router: self.router,
            subnet_mask: self.mask,
            relay_agent_ip: Ipv4Addr::UNSPECIFIED,
            broadcast: self.client_ip.is_none(),
            requested_ip: self.requested_ip,
            client_identifier: from_client.then_some(EthernetAddress(self.client_mac.0)),
            server_identifier: self.server,
            parameter_request_list: asks.then_some(PARAMETERS),
            dns_servers: self.dns.map(|dns| core::iter::once(dns).collect()),
            max_size: None,
            lease_duration: self.lease,
            renew_duration: None,
            rebind_duration: None,
            additional_options: &[],
        };
        let mut bytes = vec![0; repr.buffer_len().max(MIN_LEN)];
        match repr.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..])) {
            Ok(()) => bytes,
            // There is room for everything that a message can hold.
            Err(_) => Vec::new(),
        }
    }

    /// Reads a message; `None` if it is malformed or of no kind known here.
    pub fn parse(bytes: &[u8]) -> Option<DhcpMessage> {
        let packet = DhcpPacket::new_checked(bytes).ok()?;
        let repr = DhcpRepr::parse(&packet).ok()?;
        let kind = match repr.message_type {
            DhcpMessageType::Discover => DhcpKind::Discover,
            DhcpMessageType::Offer => DhcpKind::Offer,
            DhcpMessageType::Request => DhcpKind::Request,
            DhcpMessageType::Ack => DhcpKind::Ack,
            DhcpMessageType::Nak => DhcpKind::Nak,
            DhcpMessageType::Release => DhcpKind::Release,
            _ => return None,
        };
        let some = |address: Ipv4Addr| (!address.is_unspecified()).then_some(address);
        Some(DhcpMessage {
            kind,
            transaction: repr.transaction_id,
            client_mac: MacAddr(repr.client_hardware_address.0),
            client_ip: some(repr.client_ip),
            your_ip: some(repr.your_ip),
            requested_ip: repr.requested_ip,
            server: repr.server_identifier,
            mask: repr.subnet_mask,
            router: repr.router,
            dns: repr.dns_servers.and_then(|all| all.first().copied()),
            lease: repr.lease_duration,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_round_trips() {
        for kind in [
            DhcpKind::Discover,
            DhcpKind::Offer,
            DhcpKind::Request,
            DhcpKind::Ack,
            DhcpKind::Nak,
            DhcpKind::Release,
        ] {
            let mut message = DhcpMessage::new(kind, 7, MacAddr([2, 0, 0, 0, 0, 9]));
            message.your_ip = Some([10, 2, 0, 100].into());
            message.server = Some([10, 2, 0, 1].into());
            message.mask = Some([255, 255, 255, 0].into());
            message.dns = Some([10, 2, 0, 3].into());
            message.lease = Some(86_400);
            let bytes = message.to_bytes();
            assert!(bytes.len() >= MIN_LEN);
            assert_eq!(DhcpMessage::parse(&bytes), Some(message));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(
            flips in prop::collection::vec((any::<u16>(), any::<u8>()), 0..40),
            cut in 0usize..400,
        ) {
            let message = DhcpMessage::new(DhcpKind::Offer, 7, MacAddr::ZERO);
            let mut bytes = message.to_bytes();
            for (at, flip) in flips {
                let at = usize::from(at) % bytes.len();
                bytes[at] ^= flip;
            }
            let _ = DhcpMessage::parse(&bytes[..cut.min(bytes.len())]);
        }
    }
}
