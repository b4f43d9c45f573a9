//! The checker of RFC 959 §6 reads our own traces, and has nothing to say against them.

use wirelab::analyze::{Analyzer, Report};
use wirelab::capture::Capture;
use wirelab::dissect::Dissector;
use wirelab::lab::{PlayOptions, play};
use wirelab::scenario::{builtin, load};

fn report(capture: &Capture) -> Report {
    let (mut dissector, mut analyzer) = (Dissector::new(), Analyzer::new());
    for frame in capture.frames() {
        analyzer.note(&dissector.dissect(frame));
    }
    analyzer.finish(&dissector)
}

/// What the checker says against the dialogues of a capture.
pub fn violations(capture: &Capture) -> Vec<String> {
    let findings = report(capture).findings.into_iter();
    let forbidden = findings.filter(|finding| finding.kind == "forbidden-reply");
    forbidden.map(|finding| finding.summary).collect()
}

#[test]
fn every_dialogue_keeps_to_the_diagrams() {
    let mut sessions = 0;
    for builtin in builtin::all() {
        let loaded = load(builtin.name, builtin.text, &[]).expect("a built-in is sound");
        for seed in 1..=3 {
            let options = PlayOptions {
                seed: Some(seed),
                tap: None,
            };
            let played = play(&loaded, options).expect("the default tap is there");
            let found = violations(&played.capture);
            assert_eq!(found, Vec::<String>::new(), "{} seed {seed}", builtin.name);
            sessions += report(&played.capture).sessions.len();
        }
    }
    assert!(sessions > 150, "{sessions} sessions");
}
