//! The fault of `examples/own_fault.rs`, as its author would test it.

use wirelab::analyze::Filter;
use wirelab::capture::TapPoint;
use wirelab::dissect::Dissector;
use wirelab::render::{self, ListOptions};
use wirelab::rng::Seed;

#[path = "../../examples/own_fault.rs"]
mod example;

#[test]
fn what_is_lost_is_sent_again_and_all_arrives() {
    let run = example::play(Seed::default());
    // The client has compared what came back, octet by octet.
    assert_eq!(run.unfinished().count(), 0, "{:?}", run.reports);

    // The capture tells what befell which frame.
    let capture = run.capture(TapPoint::FIRST_SEGMENT);
    let struck = capture.frames().filter(|f| !f.comments.is_empty());
    let told: Vec<_> = struck.map(|f| (f.number, f.comments.concat())).collect();
    let fault = |to| format!("Fault, every third long frame: dropped on the way to {to}");
    assert_eq!(told, [(8, fault("server")), (11, fault("client"))]);

    // The frames tell what TCP did about it: both sequence numbers come again.
    let again = Filter::parse("tcp.analysis.retransmission").expect("a filter");
    let mut dissector = Dissector::new();
    let (mut sent, mut sent_again) = (Vec::new(), Vec::new());
    for frame in capture.frames() {
        let seen = dissector.dissect(frame);
        let sequence = seen.packet.tcp().map(|tcp| tcp.sequence());
        sent.push(sequence);
        if again.matches(&seen) {
            sent_again.push(sequence);
        }
    }
    for (number, _) in told {
        assert!(sent_again.contains(&sent[number as usize - 1]), "{number}");
    }

    let options = ListOptions {
        notes: true,
        ..ListOptions::default()
    };
    insta::with_settings!({
        snapshot_path => "../../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("own_fault.frames", render::packet_list(&capture, options));
    });
}
