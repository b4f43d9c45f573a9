//! What is above a host's card, made when there is first something for it: of ten thousand idle hosts, none has.

use super::Congestion;
use super::datagrams::Datagrams;
use super::nic::Nic;
use super::persona::StackPersona;
use super::stack::Stack;
use super::window::Window;
use crate::time::Instant;

/// The protocols above a card.
pub(super) struct Upper {
    pub stack: Stack,
    pub datagrams: Datagrams,
}

/// What they are made of, and they themselves once they are made.
pub(super) struct LateUpper {
    made: Option<Box<Upper>>,
    recipe: Recipe,
}

/// What they are made of.
struct Recipe {
    persona: &'static StackPersona,
    isn_seed: u64,
    window: Window,
    congestion: Congestion,
    timestamps: bool,
    mtu: u16,
}

impl Recipe {
    #[cold]
    fn make(&self, nic: &Nic) -> Box<Upper> {
        let stack = Stack::new(
            (self.persona, self.timestamps),
            (self.window, self.congestion),
            nic.addresses(),
            self.isn_seed,
            usize::from(self.mtu),
        );
        Box::new(Upper {
            stack,
            datagrams: Datagrams::default(),
        })
    }
}

impl LateUpper {
    /// As [`Stack::new`], but later.
    pub fn new(
        (persona, timestamps): (&'static StackPersona, bool),
        (window, congestion): (Window, Congestion),
        isn_seed: u64,
        mtu: u16,
    ) -> LateUpper {
        LateUpper {
            made: None,
            recipe: Recipe {
                persona,
                isn_seed,
                window,
                congestion,
                timestamps,
                mtu,
            },
        }
    }

    /// The protocols, made now, above this card, if they were not.
    #[inline(always)]
    pub fn get(&mut self, nic: &Nic) -> &mut Upper {
        let LateUpper { made, recipe } = self;
        made.get_or_insert_with(|| recipe.make(nic))
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
