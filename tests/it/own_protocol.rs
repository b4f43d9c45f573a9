//! The foreign protocol of `examples/own_protocol.rs`, as its author would test it.

use core::fmt::Arguments;
use core::ops::Range;
use std::process::Command;

use crate::tshark;
use wirelab::actor::Outcome;
use wirelab::capture::{Format, Notes, TapPoint};
use wirelab::dissect::Dissector;
use wirelab::dissect::fields::{FieldDef, FieldSink, LayerDef, Value, walk};
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

/// What follows a type that we do not read is what it is for tshark.
#[test]
fn what_is_not_read_is_data_as_for_tshark() {
    if !tshark::is_there("what_is_not_read_is_data_as_for_tshark") {
        return;
    }
    let run = example::play(Seed::default());
    let segment = TapPoint::named(&run.trace, "lan").expect("the segment's name");
    let capture = run.capture(segment);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x.pcapng");
    let file = std::fs::File::create(&path).expect("a file");
    capture
        .write(file, Format::PcapNg, Notes::Omit)
        .expect("room for a capture");
    let fields = ["-T", "fields", "-e", "data.data"];
    let output = Command::new("tshark")
        .arg("-r")
        .arg(&path)
        .args(fields)
        .output();
    let output = output.expect("tshark runs").stdout;
    let theirs = String::from_utf8(output).expect("text");
    let mut dissector = Dissector::new();
    let mut ours = Data(String::new());
    for frame in capture.frames() {
        walk(&dissector.dissect(frame), &mut ours);
    }
    assert!(!ours.0.is_empty());
    assert_eq!(ours.0, theirs);
}

/// Writes the data as tshark does.
struct Data(String);

impl FieldSink for Data {
    fn layer(&mut self, _: &'static LayerDef, _: Range<usize>, _: Arguments<'_>) {}

    fn field(&mut self, def: &'static FieldDef, _: Range<usize>, v: Value<'_>, _: Arguments<'_>) {
        if let ("data.data", Value::Bytes(bytes)) = (def.name, v) {
            bytes
                .iter()
                .for_each(|b| self.0.push_str(&format!("{b:02x}")));
            self.0.push('\n');
        }
    }
}
