//! How fast a lab runs: the twenty frames of `ftp-connect`, and a RETR of 100 MB
//! beside smoltcp's own loopback in the same run.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench measures real time"
)]
#![allow(missing_docs, reason = "criterion's macro writes a function")]

mod loopback;
mod retr;

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use wirelab::lab::{PlayOptions, Played, play};
use wirelab::scenario::{Loaded, builtin};

use loopback::Kind;
use retr::Retr;

/// What is moved: 100 MB.
const BYTES: usize = 100_000_000;

fn run(scenario: &Loaded) -> Played {
    let played = play(scenario, PlayOptions::default()).expect("the default tap");
    assert!(played.failures.is_empty(), "{:?}", played.failures);
    played
}

fn twenty_frames(c: &mut Criterion) {
    let connect = builtin::find("ftp-connect").expect("a built-in scenario");
    let scenario = connect.load(&[]).expect("it is right");
    c.bench_function("ftp-connect, 20 frames", |b| {
        b.iter(|| black_box(run(&scenario)).capture.frames.len());
    });
}

/// Measures `work` and keeps the shortest time in `best`.
fn timed(best: &Cell<Duration>, work: impl Fn()) -> Duration {
    let began = Instant::now();
    work();
    let took = began.elapsed();
    best.set(best.get().min(took));
    took
}

/// The yardsticks: smoltcp's loopback, with more and more of what a capture of
/// a wire cannot do without.
const YARDSTICKS: [(&str, Kind); 3] = [
    (
        "smoltcp's loopback",
        Kind {
            kept: false,
            one_by_one: false,
        },
    ),
    (
        "smoltcp's loopback, kept in memory",
        Kind {
            kept: true,
            one_by_one: false,
        },
    ),
    (
        "smoltcp's loopback, kept in memory, packet by packet",
        Kind {
            kept: true,
            one_by_one: true,
        },
    ),
];

fn hundred_megabytes(c: &mut Criterion) {
    let retr = Retr::new(BYTES);
    let mut group = c.benchmark_group("100 MB");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(BYTES as u64));
    let lab = Cell::new(Duration::MAX);
    group.bench_function("RETR, captured in memory", |b| {
        let once = || timed(&lab, || assert!(retr.play().frames.len() > BYTES / 1460));
        b.iter_custom(|times| (0..times).map(|_| once()).sum());
    });
    let mut bounds = Vec::new();
    for (name, kind) in YARDSTICKS {
        let best = Cell::new(Duration::MAX);
        group.bench_function(name, |b| {
            let once = || {
                timed(&best, || {
                    assert_eq!(loopback::move_bytes(BYTES, kind), BYTES);
                })
            };
            b.iter_custom(|times| (0..times).map(|_| once()).sum());
        });
        bounds.push((name, best.get().as_secs_f64()));
    }
    group.finish();
    let lab = lab.get().as_secs_f64();
    let rate = |seconds: f64| BYTES as f64 / seconds / 1e6;
    println!("100 MB at best: the lab {:.0} MB/s", rate(lab));
    for (name, bound) in bounds {
        let (rate, ratio) = (rate(bound), bound / lab);
        println!("  {name}: {rate:.0} MB/s, ratio {ratio:.2}");
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    twenty_frames(&mut criterion);
    hundred_megabytes(&mut criterion);
    criterion.final_summary();
}
