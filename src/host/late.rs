//! What is above a host's card, made when there is first something for it: of ten thousand idle hosts, none has.

use super::Congestion;
use super::datagrams::Datagrams;
use super::persona::StackPersona;
use super::stack::{Addresses, Stack};
use crate::time::Instant;

/// The protocols above a card.
pub(super) struct Upper {
    pub stack: Stack,
    pub datagrams: Datagrams,
}

/// What they are made of, and they themselves once they are made.
pub(super) struct LateUpper {
    /// With timestamps or without.
    persona: (&'static StackPersona, bool),
    sockets: (u16, Congestion),
    addresses: Addresses,
    isn_seed: u64,
    mtu: usize,
    made: Option<Box<Upper>>,
}

impl LateUpper {
    /// As [`Stack::new`], but later.
    pub fn new(
        persona: (&'static StackPersona, bool),
        sockets: (u16, Congestion),
        addresses: Addresses,
        isn_seed: u64,
        mtu: usize,
    ) -> LateUpper {
        LateUpper {
            persona,
            sockets,
            addresses,
            isn_seed,
            mtu,
            made: None,
        }
    }

    /// The protocols, made now if they were not.
    pub fn get(&mut self) -> &mut Upper {
        let LateUpper {
            persona,
            sockets,
            addresses,
            isn_seed,
            mtu,
            made,
        } = self;
        made.get_or_insert_with(|| {
            Box::new(Upper {
                stack: Stack::new(*persona, *sockets, *addresses, *isn_seed, *mtu),
                datagrams: Datagrams::default(),
            })
        })
    }

    /// The host's addresses, from now on.
    pub fn set_addresses(&mut self, addresses: Addresses) {
        self.addresses = addresses;
        if let Some(upper) = self.made() {
            upper.stack.set_addresses(addresses);
        }
    }

    /// The protocols, if they were made.
    pub fn made(&mut self) -> Option<&mut Upper> {
        self.made.as_deref_mut()
    }

    /// When the stack must be polled again.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        self.made.as_ref()?.stack.poll_timeout(now)
    }

    /// How many sockets there are.
    pub fn sockets(&self) -> usize {
        self.made.as_ref().map_or(0, |upper| upper.stack.sockets())
    }

    /// Some connection is not over.
    pub fn is_busy(&self) -> bool {
        self.made
            .as_ref()
            .is_some_and(|upper| upper.stack.is_busy())
    }
}
