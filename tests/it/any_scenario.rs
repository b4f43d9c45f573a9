//! A scenario of any bytes gives diagnostics, or plays within its limits: never a panic.

use proptest::prelude::*;

use wirelab::lab::{PlayOptions, play};
use wirelab::scenario::{Override, builtin, load};

/// Small enough that any scenario is soon over.
fn bounds() -> [Override; 1] {
    let limits = "limits={ time: 5min, frames: 2000, capture: 4MiB, memory: 8MiB }";
    [Override::parse(limits).expect("a path and a value")]
}

/// Reads a text and plays it if it can be played.
fn try_it(text: &str, seed: u64) {
    match load("any.yaml", text, &bounds()) {
        Err(diagnostics) => {
            assert!(diagnostics.has_errors());
            assert!(!diagnostics.to_string().is_empty());
        }
        Ok(loaded) => {
            let options = PlayOptions {
                seed: Some(seed),
                tap: None,
            };
            let played = play(&loaded, options).expect("the default tap is there");
            assert!(played.capture.frames.len() <= 2000);
        }
    }
}

/// The lines of all built-ins: what a scenario is made of.
fn lines() -> Vec<&'static str> {
    let texts = builtin::all().into_iter().map(|builtin| builtin.text);
    texts.flat_map(str::lines).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// A built-in with a few of its lines changed for others.
    #[test]
    fn a_scenario_with_foreign_lines_is_refused_or_played(
        which in 0usize..64,
        swaps in proptest::collection::vec((0usize..400, 0usize..4000), 0..4),
        seed in 0u64..4,
    ) {
        let all = builtin::all();
        let foreign = lines();
        let mut text: Vec<&str> = all[which % all.len()].text.lines().collect();
        for (place, line) in swaps {
            let place = place % text.len();
            text[place] = foreign[line % foreign.len()];
        }
        try_it(&text.join("\n"), seed);
    }

    /// A built-in with lines left out.
    #[test]
    fn a_scenario_with_holes_is_refused_or_played(
        which in 0usize..64,
        holes in proptest::collection::vec(0usize..400, 0..5),
    ) {
        let all = builtin::all();
        let mut text: Vec<&str> = all[which % all.len()].text.lines().collect();
        for hole in holes {
            if !text.is_empty() {
                text.remove(hole % text.len());
            }
        }
        try_it(&text.join("\n"), 1);
    }

    /// Any text at all.
    #[test]
    fn any_text_is_refused(text in "\\PC{0,300}") {
        try_it(&text, 1);
    }
}
