//! The foreign protocol of `examples/own_protocol.rs`, as its author would test it.

use wirelab::actor::Outcome;
use wirelab::capture::TapPoint;
use wirelab::render;
use wirelab::rng::Seed;
use wirelab::sim::Stop;

#[path = "../../examples/own_protocol.rs"]
mod example;

#[test]
fn a_foreign_protocol_is_a_snapshot_like_any_other() {
    let run = example::play(Seed::default());
    assert_eq!(run.stop, Stop::Finished);
    assert!(run.unfinished().all(|(_, o)| *o == Outcome::Finished));
    let segment = TapPoint::named(&run.trace, "lan").expect("the segment's name");
    let wire = render::wire(&run.capture(segment));
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("own_protocol.frames", run.frames());
        insta::assert_snapshot!("own_protocol.wire", wire);
    });
}
