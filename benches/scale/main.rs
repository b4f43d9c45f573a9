//! How a lab grows: a run written to a file while it plays, ten thousand idle hosts, a thousand
//! pairs at work, a small scenario from the start of the process to its end. Ratios, in one run.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench measures real time"
)]

mod crowd;
mod file;
#[path = "../throughput/link.rs"]
mod link;
mod process;
#[path = "../throughput/retr.rs"]
mod retr;
#[path = "../throughput/tell.rs"]
mod tell;

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use tell::tell;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How long `work` takes, and what it answers.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let answer = work();
    (began.elapsed(), answer)
}

/// The shortest of the times of one thing: what disturbs a run only makes it slower.
#[derive(Clone, Copy)]
struct Best(Duration);

impl Best {
    fn new() -> Best {
        Best(Duration::MAX)
    }

    fn take(&mut self, took: Duration) {
        self.0 = self.0.min(took);
    }

    fn seconds(self) -> f64 {
        self.0.as_secs_f64()
    }
}

fn main() {
    // `cargo test --benches` wants to know no more than that it builds.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    // What is measured can be chosen: `-- file`, `-- idle`.
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let chosen: Vec<&String> = chosen
        .iter()
        .filter(|word| !word.starts_with('-'))
        .collect();
    let parts: [(&str, fn()); 5] = [
        ("file", file::measure),
        ("memory", process::memory),
        ("idle", crowd::idle),
        ("pairs", crowd::pairs),
        ("start", process::start),
    ];
    for (name, measure) in parts {
        if chosen.is_empty() || chosen.iter().any(|word| *word == name) {
            measure();
        }
    }
}
