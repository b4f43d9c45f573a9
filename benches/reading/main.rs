//! How fast a capture is read: its frames, the list of them, the analysis.

#![allow(missing_docs, reason = "criterion's macro writes a function")]

mod corpus;

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use wirelab::analyze::{Analyzer, Filter};
use wirelab::capture::{FrameRef, Reader};
use wirelab::dissect::{Dissector, Packet};
use wirelab::render::{ListOptions, PacketList};

/// How many frames are read.
const FRAMES: usize = 100_000;

fn each(file: &[u8], mut visit: impl FnMut(FrameRef<'_>)) {
    let mut reader = Reader::new(file).expect("a capture");
    while let Some(frame) = reader.next_frame() {
        visit(frame.expect("a frame"));
    }
}

fn reading(c: &mut Criterion) {
    let mut file = Vec::new();
    let frames = corpus::write(FRAMES, &mut file).expect("room in memory");
    let mut group = c.benchmark_group("reading");
    group.throughput(Throughput::Elements(frames as u64));
    group.sample_size(20);
    group.bench_function("frames", |b| {
        b.iter(|| {
            let mut bytes = 0;
            each(&file, |frame| bytes += frame.bytes.len());
            black_box(bytes)
        });
    });
    group.bench_function("layers", |b| {
        b.iter(|| {
            each(&file, |frame| {
                black_box(Packet::parse(frame.link, frame.bytes, frame.original_len));
            });
        });
    });
    group.bench_function("dissect", |b| {
        b.iter(|| {
            let mut dissector = Dissector::new();
            each(&file, |frame| {
                black_box(dissector.dissect(frame).segment);
            });
        });
    });
    group.bench_function("analyze", |b| {
        b.iter(|| {
            let (mut dissector, mut analyzer) = (Dissector::new(), Analyzer::new());
            each(&file, |frame| analyzer.note(&dissector.dissect(frame)));
            black_box(analyzer.finish(&dissector))
        });
    });
    group.bench_function("show", |b| {
        b.iter(|| {
            let mut dissector = Dissector::new();
            let mut list = PacketList::new(ListOptions::default());
            let mut text = String::new();
            each(&file, |frame| {
                list.push_with(&dissector.dissect(frame), String::new(), &mut text);
                if text.len() > 1 << 16 {
                    text.clear();
                }
            });
            list.finish(&mut text);
            black_box(text.len())
        });
    });
    let filter = Filter::parse("ftp.response.code == 530 && tcp.len > 0").expect("a filter");
    group.bench_function("filter", |b| {
        b.iter(|| {
            let mut dissector = Dissector::new();
            let mut passed = 0;
            each(&file, |frame| {
                passed += u64::from(filter.matches(&dissector.dissect(frame)));
            });
            black_box(passed)
        });
    });
    group.finish();
}

criterion::criterion_group!(benches, reading);
criterion::criterion_main!(benches);
