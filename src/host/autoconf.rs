//! An IPv6 address without anybody's help: made of what a router advertises and of the card (RFC 4862).
//!
//! First the link-local address is tried out, then routers are asked for, then
//! the address in the advertised network is tried out. Nobody joins groups by
//! MLD: the lab's switches send groups to everybody.

use std::net::Ipv6Addr;

use super::address::Ipv6Cidr;
use super::interface::Interface;
use super::ndp::{self, Discovery, RouterAdvert};
use crate::time::{Duration, Instant};

/// How long somebody has to say that an address is taken (RFC 4861 §10,
/// `RETRANS_TIMER`).
const TRIED_OUT: Duration = Duration::from_secs(1);

/// How often routers are asked for, and the time between two questions (RFC
/// 4861 §10).
const SOLICITATIONS: u8 = 3;
const SOLICITATION_INTERVAL: Duration = Duration::from_secs(4);

/// The longest prefix that leaves room for an interface identifier (RFC 4291
/// §2.5.4).
const PREFIX: u8 = 64;

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It begins after a delay, so that a room full of machines does not speak at once.
    Waiting,
    /// The link-local address is tried out.
    TryingLinkLocal,
    /// Routers are asked for: so often it was.
    Soliciting(u8),
    /// The address in the router's network is tried out.
    Trying(Ipv6Cidr),
    /// There is nothing left to do, whatever came of it.
    Done,
}

/// Stateless address autoconfiguration of one card.
#[derive(Debug)]
pub(super) struct Autoconf {
    identifier: [u8; 8],
    delay: Duration,
    stage: Stage,
    next: Option<Instant>,
    /// The router that was heard before it was asked for.
    heard: Option<RouterAdvert>,
    /// The router that all other networks are reached by.
    pub gateway: Option<Ipv6Addr>,
}

impl Autoconf {
    /// Begins so long after the start.
    pub fn new(identifier: [u8; 8], delay: Duration) -> Autoconf {
        Autoconf {
            identifier,
            delay,
            stage: Stage::Waiting,
            next: None,
            heard: None,
            gateway: None,
        }
    }

    /// The host starts.
    pub fn start(&mut self, now: Instant) {
        self.next = Some(now + self.delay);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    /// It may still find an address.
    pub fn is_under_way(&self) -> bool {
        self.stage != Stage::Done
    }

    /// Its time has come; true if the card's addresses changed.
    pub fn timeout(&mut self, now: Instant, card: &mut Interface) -> bool {
        if self.next.is_none_or(|at| at > now) {
            return false;
        }
        self.next = None;
        match self.stage {
            Stage::Waiting => {
                self.stage = Stage::TryingLinkLocal;
                card.try_out(in_network(LINK_LOCAL, self.identifier));
                self.next = Some(now + TRIED_OUT);
                false
            }
            Stage::TryingLinkLocal => {
                let own = card.tried_out();
                card.set_link_local(own);
                match self.heard.take() {
                    Some(advert) => self.take(now, advert, card),
                    None => self.solicit(now, 1, card),
                }
                true
            }
            Stage::Soliciting(count) if count < SOLICITATIONS => {
                self.solicit(now, count + 1, card);
                false
            }
            Stage::Soliciting(_) | Stage::Done => {
                self.stage = Stage::Done;
                false
            }
            Stage::Trying(own) => {
                card.tried_out();
                card.set_address6(Some(own));
                self.stage = Stage::Done;
                true
            }
        }
    }

    fn solicit(&mut self, now: Instant, count: u8, card: &mut Interface) {
        self.stage = Stage::Soliciting(count);
        self.next = Some(now + SOLICITATION_INTERVAL);
        if let Some(own) = card.link_local() {
            let mut question = ndp::router_solicit((own, card.mac()));
            card.send_to_group(ndp::ALL_ROUTERS.into(), &mut question, None);
        }
    }

    /// Something was heard that concerns it.
    pub fn hear(&mut self, now: Instant, heard: Discovery, card: &mut Interface) {
        match (heard, self.stage) {
            (Discovery::Taken, Stage::TryingLinkLocal | Stage::Trying(_)) => {
                // RFC 4862 §5.4.5: no other is tried, a person must look at it.
                card.tried_out();
                self.stage = Stage::Done;
                self.next = None;
            }
            (Discovery::RouterAdvert(advert), Stage::Soliciting(_)) => self.take(now, advert, card),
            (Discovery::RouterAdvert(advert), Stage::Waiting | Stage::TryingLinkLocal) => {
                self.heard = Some(advert);
            }
            (Discovery::RouterAdvert(advert), Stage::Done) if advert.lifetime == 0 => {
                self.gateway = self.gateway.filter(|gateway| *gateway != advert.router);
            }
            _ => {}
        }
    }

    /// Makes an address of what a router says.
    fn take(&mut self, now: Instant, advert: RouterAdvert, card: &mut Interface) {
        self.gateway = (advert.lifetime > 0).then_some(advert.router);
        self.stage = Stage::Done;
        self.next = None;
        if let Some(network) = advert.prefix.filter(|network| network.prefix == PREFIX) {
            let own = Ipv6Cidr {
                address: in_network(network.address, self.identifier),
                prefix: PREFIX,
            };
            card.try_out(own.address);
            self.stage = Stage::Trying(own);
            self.next = Some(now + TRIED_OUT);
        }
    }
}

/// fe80::/64
const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0);

/// The address with this identifier in a network of 64 bits.
pub(super) fn in_network(network: Ipv6Addr, identifier: [u8; 8]) -> Ipv6Addr {
    let mut octets = network.octets();
    octets[8..].copy_from_slice(&identifier);
    octets.into()
}

/// The link-local address with this identifier.
pub(super) fn link_local(identifier: [u8; 8]) -> Ipv6Addr {
    in_network(LINK_LOCAL, identifier)
}
