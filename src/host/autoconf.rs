//! An IPv6 address without anybody's help: made of what a router advertises and of the card (RFC 4862).
//!
//! First the link-local address is tried out, then routers are asked for, then
//! the address in the advertised network is tried out. Router and address last as
//! long as the advertisements say. What a host has besides is left out: a second
//! router (the first is kept as long as it lasts), a second network, and that an
//! address is deprecated before it ends, which would only matter if there were
//! another. Nobody joins groups by MLD: the lab's switches send groups to everybody.

use std::net::Ipv6Addr;

use super::address::Ipv6Cidr;
use super::interface::Interface;
use super::ndp::{self, Discovery, FOR_EVER, RouterAdvert};
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

/// What is left of an address's life, if it is not more, nobody can shorten: an
/// advertisement may be a forgery (RFC 4862 §5.5.3).
const TWO_HOURS: Duration = Duration::from_secs(7200);

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
    Trying,
    /// There is nothing left to do, whatever came of it.
    Done,
    /// One of its addresses is somebody else's: no other is tried, a person must
    /// look at it (RFC 4862 §5.4.5).
    Taken,
}

/// The address in the router's network.
#[derive(Debug, Clone, Copy)]
struct Own {
    cidr: Ipv6Cidr,
    /// It ends then, unless it is for ever.
    until: Option<Instant>,
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
    /// It is that until then.
    gateway_until: Option<Instant>,
    own: Option<Own>,
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
            gateway_until: None,
            own: None,
        }
    }

    /// The host starts.
    pub fn start(&mut self, now: Instant) {
        self.next = Some(now + self.delay);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let end = self.own.and_then(|own| own.until);
        Instant::earliest([self.next, self.gateway_until, end])
    }

    /// It may still find an address.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.stage, Stage::Done | Stage::Taken)
    }

    /// Its time has come; true if the card's addresses changed.
    pub fn timeout(&mut self, now: Instant, card: &mut Interface) -> bool {
        let ended = self.end(now, card);
        if self.next.is_none_or(|at| at > now) {
            return ended;
        }
        self.next = None;
        ended
            | match self.stage {
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
                Stage::Soliciting(_) => {
                    self.stage = Stage::Done;
                    false
                }
                Stage::Trying => {
                    card.tried_out();
                    card.set_address6(self.own.map(|own| own.cidr));
                    self.stage = Stage::Done;
                    true
                }
                Stage::Done | Stage::Taken => false,
            }
    }

    /// Gives up what has lasted long enough; true if the card's addresses changed.
    fn end(&mut self, now: Instant, card: &mut Interface) -> bool {
        let is_over = |until: Option<Instant>| until.is_some_and(|at| at <= now);
        if is_over(self.gateway_until) {
            (self.gateway, self.gateway_until) = (None, None);
        }
        let ends = is_over(self.own.and_then(|own| own.until));
        if ends {
            self.own = None;
            card.set_address6(None);
            if self.stage == Stage::Trying {
                card.tried_out();
                (self.stage, self.next) = (Stage::Done, None);
            }
        }
        ends
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
            (Discovery::Taken, Stage::TryingLinkLocal | Stage::Trying) => {
                card.tried_out();
                self.own = None;
                (self.stage, self.next) = (Stage::Taken, None);
            }
            (Discovery::RouterAdvert(advert), Stage::Waiting | Stage::TryingLinkLocal) => {
                self.heard = Some(advert);
            }
            (Discovery::RouterAdvert(advert), _) => self.take(now, advert, card),
            _ => {}
        }
    }

    /// Heeds what a router says of itself, and makes an address of what it says
    /// of the network, or lets that last longer.
    fn take(&mut self, now: Instant, advert: RouterAdvert, card: &mut Interface) {
        if self.gateway.is_none_or(|known| known == advert.router) {
            let until = now + Duration::from_secs(advert.lifetime);
            let lasting = Some((advert.router, until)).filter(|_| advert.lifetime > 0);
            (self.gateway, self.gateway_until) = lasting.unzip();
        }
        if matches!(self.stage, Stage::TryingLinkLocal | Stage::Soliciting(_)) {
            (self.stage, self.next) = (Stage::Done, None);
        }
        let Some((network, valid)) = advert.prefix.filter(|(n, _)| n.prefix == PREFIX) else {
            return;
        };
        let address = in_network(network.address, self.identifier);
        let until = (valid != FOR_EVER).then(|| now + Duration::from_secs(valid));
        match &mut self.own {
            Some(own) if own.cidr.address == address => own.last_until(now, until),
            Some(_) => {}
            None if self.stage == Stage::Done && valid > 0 => {
                let prefix = PREFIX;
                let cidr = Ipv6Cidr { address, prefix };
                self.own = Some(Own { cidr, until });
                card.try_out(address);
                (self.stage, self.next) = (Stage::Trying, Some(now + TRIED_OUT));
            }
            None => {}
        }
    }
}

impl Own {
    /// A router says until when (RFC 4862 §5.5.3): that counts if it is later, or
    /// more than two hours away.
    fn last_until(&mut self, now: Instant, until: Option<Instant>) {
        let soon = now + TWO_HOURS;
        self.until = match (self.until, until) {
            (_, None) => None,
            (Some(old), Some(new)) if new > old => Some(new),
            (_, Some(new)) if new > soon => Some(new),
            (Some(old), _) if old <= soon => Some(old),
            _ => Some(soon),
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_shortens_a_life_below_two_hours() {
        let at = |seconds| Some(Instant::ZERO + Duration::from_secs(seconds));
        let now = Instant::ZERO + Duration::from_secs(100);
        for (old, new, then) in [
            (at(500), at(600), at(600)),
            (at(500), at(400), at(500)),
            (at(500), at(100), at(500)),
            (at(9000), at(8000), at(8000)),
            (at(9000), at(200), at(7300)),
            (at(500), None, None),
            (None, at(9000), at(9000)),
            (None, at(200), at(7300)),
        ] {
            let cidr = Ipv6Cidr {
                address: LINK_LOCAL,
                prefix: PREFIX,
            };
            let mut own = Own { cidr, until: old };
            own.last_until(now, new);
            assert_eq!(own.until, then, "{old:?} {new:?}");
        }
    }
}
