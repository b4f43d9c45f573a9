//! The built-in scenarios, played: once for each test that asks, however many do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use wirelab::lab::{PlayOptions, Played, play};
use wirelab::scenario::{Loaded, builtin};

use crate::sight::{self, Seen};

type Shelf = Mutex<BTreeMap<(String, u64), Arc<OnceLock<Played>>>>;

/// What was played already.
static SHELF: Shelf = Mutex::new(BTreeMap::new());

/// The names of the built-in scenarios.
pub fn names() -> Vec<&'static str> {
    builtin::all().iter().map(|builtin| builtin.name).collect()
}

/// A built-in scenario, read.
pub fn load(name: &str) -> Loaded {
    let builtin = builtin::find(name).unwrap_or_else(|| panic!("no scenario {name}"));
    builtin
        .load(&[])
        .unwrap_or_else(|wrong| panic!("{name}: {wrong}"))
}

/// A built-in scenario, played for this call alone.
pub fn afresh(name: &str, seed: u64) -> Played {
    let options = PlayOptions {
        seed: Some(seed),
        tap: None,
    };
    play(&load(name), options).expect("the default tap")
}

/// Calls `read` with a built-in scenario that was played with this seed.
pub fn with<R>(name: &str, seed: u64, read: impl FnOnce(&Played) -> R) -> R {
    let cell = {
        let mut shelf = SHELF.lock().expect("no test panics with the shelf in hand");
        Arc::clone(shelf.entry((name.to_string(), seed)).or_default())
    };
    read(cell.get_or_init(|| afresh(name, seed)))
}

/// The frames of its capture at the default tap, as a stranger sees them.
pub fn seen(name: &str, seed: u64) -> Vec<Seen> {
    with(name, seed, |played| {
        sight::see(played.capture.frames().map(|frame| frame.bytes))
    })
}
