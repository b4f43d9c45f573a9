//! How fast a lab runs: the twenty frames of `ftp-connect`, and a RETR of 200 MB
//! beside smoltcp's own loopback in the same run.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench measures real time"
)]
#![allow(missing_docs, reason = "criterion's macro writes a function")]

mod bulk;
mod joined;
mod link;
mod loopback;
mod retr;
mod tell;

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use wirelab::capture::TapPoint;
use wirelab::lab::{Lab, PlayOptions, Played, play};
use wirelab::scenario::{Loaded, builtin};

use loopback::Kind;
use retr::Retr;
use tell::tell;

/// What is moved: 200 MB.
const BYTES: usize = 200_000_000;

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

/// Zeros, a window at a time.
const LOOPBACK: Kind<'static> = Kind {
    file: None,
    kept: false,
    one_by_one: false,
};

/// The yardsticks: smoltcp's loopback, with more and more of what a wire, a
/// file and a capture cannot do without.
fn yardsticks(file: &[u8]) -> [(&'static str, Kind<'_>); 4] {
    let one_by_one = Kind {
        one_by_one: true,
        ..LOOPBACK
    };
    let of_a_file = Kind {
        file: Some(file),
        ..one_by_one
    };
    let kept = Kind {
        kept: true,
        ..one_by_one
    };
    [
        ("smoltcp's loopback, a window at a time", LOOPBACK),
        ("smoltcp's loopback, packet by packet", one_by_one),
        ("the same, of a file", of_a_file),
        ("the same, of zeros, every packet kept", kept),
    ]
}

/// What the transfer costs at best.
struct Cost {
    seconds: f64,
    frames: u64,
}

impl Cost {
    /// Measures `work`, which moves the bytes and says in how many frames.
    fn of(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, work: impl Fn() -> u64) -> Cost {
        let (best, frames) = (Cell::new(Duration::MAX), Cell::new(0));
        group.bench_function(name, |b| {
            let once = || timed(&best, || frames.set(work()));
            b.iter_custom(|times| (0..times).map(|_| once()).sum());
        });
        Cost {
            seconds: best.get().as_secs_f64(),
            frames: frames.get(),
        }
    }

    fn print(&self, name: &str) {
        let rate = BYTES as f64 / self.seconds / 1e6;
        let nanos = self.seconds * 1e9 / self.frames as f64;
        print!("{name:<56} {rate:>5.0} MB/s {nanos:>5.0} ns a frame");
    }
}

fn megabytes(c: &mut Criterion) {
    let file = vec![0x2a; BYTES];
    let retr = Retr::new(file.clone());
    let mut group = c.benchmark_group("200 MB");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(BYTES as u64));
    // The memory of the capture is there before, as a file's pages are.
    let pcap = RefCell::new(Vec::with_capacity(BYTES + BYTES / 8));
    let captured = |lab: Lab| {
        let mut pcap = pcap.borrow_mut();
        pcap.clear();
        link::capture(lab, &mut *pcap).0
    };
    let mut lab = |name: &'static str, work: &dyn Fn() -> u64| {
        let cost = Cost::of(&mut group, name, work);
        (name, cost)
    };
    let tcp = lab("TCP alone, captured in memory", &|| {
        captured(bulk::lab(BYTES as u64))
    });
    let ftp = lab("a RETR, captured in memory", &|| captured(retr.lab()));
    let kept = lab("a RETR, every frame kept with its cause", &|| {
        let run = retr.lab().run();
        link::whole(&run);
        run.capture(TapPoint::FIRST_SEGMENT).frames.len() as u64
    });
    let least = lab("two stacks, joined without a lab, captured", &|| {
        let mut pcap = pcap.borrow_mut();
        pcap.clear();
        joined::move_bytes(BYTES, &mut pcap)
    });
    let bounds = yardsticks(&file).map(|(name, kind)| {
        let work = || loopback::move_bytes(BYTES, kind);
        (name, Cost::of(&mut group, name, work))
    });
    group.finish();
    println!("200 MB at best:");
    for (name, lab) in [&tcp, &ftp, &kept, &least] {
        lab.print(name);
        println!();
    }
    for (name, bound) in &bounds {
        bound.print(name);
        let ratio = |lab: &Cost| bound.seconds / lab.seconds;
        let (tcp, ftp) = (ratio(&tcp.1), ratio(&ftp.1));
        println!("; TCP alone {tcp:.2} of it, a RETR {ftp:.2}");
    }
    let [_, by_packet, of_a_file, _] = &bounds;
    let (tcp, ftp) = (&tcp.1, &ftp.1);
    tell(
        "TCP alone, captured in memory / the loopback, packet by packet",
        by_packet.1.seconds / tcp.seconds,
        ">= 0.85",
    );
    tell(
        "a RETR, captured in memory / the loopback, of a file",
        of_a_file.1.seconds / ftp.seconds,
        ">= 0.5",
    );
    tell(
        "the same of two stacks, joined without a lab: the most there can be",
        by_packet.1.seconds / least.1.seconds,
        "no aim",
    );
    tell(
        "TCP alone, captured in memory / two stacks, joined without a lab",
        least.1.seconds / tcp.seconds,
        "no aim",
    );
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    twenty_frames(&mut criterion);
    megabytes(&mut criterion);
    criterion.final_summary();
}
