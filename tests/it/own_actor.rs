//! The actors of `examples/own_actor.rs`, as their author would test them.

use wirelab::rng::Seed;
use wirelab::sim::Stop;

#[path = "../../examples/own_actor.rs"]
mod example;

#[test]
fn an_actor_of_ones_own_is_a_snapshot_like_any_other() {
    let run = example::play(Seed::default());
    assert_eq!(run.stop, Stop::Finished);
    assert_eq!(run.unfinished().count(), 0, "{:?}", run.reports);
    assert!(run.reports.iter().any(|report| {
        let said = report.lines.concat();
        said == "A frame in time saves nine.\r\n"
    }));
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("own_actor.frames", run.frames());
    });
}
