//! How many instructions a frame takes, and how many lines of them the cache has lost meanwhile,
//! counted by valgrind: figures that no other work on the machine disturbs.
//!
//! The bench runs itself under `valgrind --tool=callgrind`, once for each kind
//! of work and size; the difference of two sizes leaves out what is done once.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench runs processes"
)]

#[path = "../throughput/bulk.rs"]
mod bulk;
#[path = "../throughput/joined.rs"]
mod joined;
#[path = "../throughput/link.rs"]
mod link;
#[path = "../throughput/loopback.rs"]
mod loopback;
#[path = "../throughput/retr.rs"]
mod retr;
#[path = "../throughput/tell.rs"]
mod tell;

use std::process::Command;

use tell::tell;

/// Two transfers, in octets.
const SIZES: [usize; 2] = [2_000_000, 6_000_000];

/// What this program is asked to do under valgrind: one word, and a size.
const WORK: &str = "--work";

/// The C library fills and copies large blocks with one instruction, which
/// valgrind counts once for each octet: it is asked to do without.
const TUNABLES: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.cpu.x86_rep_stosb_threshold=100000000:glibc.cpu.x86_rep_movsb_threshold=100000000",
);

/// Moves so many octets, and answers in how many frames.
fn work(what: &str, size: usize) -> u64 {
    match what {
        "tcp" => link::capture(bulk::lab(size as u64), std::io::sink()).0,
        "retr" => {
            let retr = retr::Retr::new(vec![0x2a; size]);
            link::capture(retr.lab(), std::io::sink()).0
        }
        "loopback" => {
            let kind = loopback::Kind {
                file: None,
                kept: false,
                one_by_one: true,
            };
            loopback::move_bytes(size, kind)
        }
        "joined" => joined::move_bytes(size, &mut Vec::new()),
        other => panic!("no such work: {other}"),
    }
}

/// The caches that are counted for: those of a processor's core, each of 32 KiB.
const CACHES: [&str; 4] = [
    "--cache-sim=yes",
    "--I1=32768,8,64",
    "--D1=32768,8,64",
    "--LL=1048576,16,64",
];

/// What some work takes, or each frame of it.
struct Cost<T> {
    instructions: T,
    /// Lines of instructions that were not in the first cache.
    fetched: T,
}

/// What this program takes for some work, and in how many frames.
fn count(what: &str, size: usize) -> Option<(Cost<u64>, u64)> {
    let itself = std::env::current_exe().expect("its own path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(CACHES)
        .arg(itself)
        .args([WORK, what, &size.to_string()])
        .env(TUNABLES.0, TUNABLES.1)
        .output()
        .ok()?;
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let after = |word: &str| said.lines().find_map(|line| line.split_once(word));
    let events: Vec<&str> = after("Events    :")?.1.split_whitespace().collect();
    let counts: Vec<&str> = after("Collected :")?.1.split_whitespace().collect();
    let of = |name: &str| {
        let place = events.iter().position(|event| *event == name)?;
        counts.get(place)?.parse().ok()
    };
    let frames = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
    let cost = Cost {
        instructions: of("Ir").expect("a count"),
        fetched: of("I1mr").expect("a count"),
    };
    Some((cost, frames.expect("a number")))
}

/// What each frame takes, without what is done once.
fn per_frame(what: &str) -> Option<Cost<f64>> {
    let [small, large] = SIZES.map(|size| count(what, size));
    let ((small, fewer), (large, more)) = (small?, large?);
    // What is fetched at the start alone is not quite the same each time.
    let each = |small: u64, large: u64| large.saturating_sub(small) as f64 / (more - fewer) as f64;
    Some(Cost {
        instructions: each(small.instructions, large.instructions),
        fetched: each(small.fetched, large.fetched),
    })
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let [_, mode, what, size] = &words[..]
        && mode == WORK
    {
        println!("{}", work(what, size.parse().expect("a size")));
        return;
    }
    // `cargo test --benches` wants to know no more than that it builds.
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let counts = ["tcp", "retr", "joined", "loopback"].map(per_frame);
    let [Some(tcp), Some(retr), Some(joined), Some(loopback)] = counts else {
        println!("instructions are counted by valgrind: apt-get install valgrind");
        return;
    };
    for (name, cost) in [
        ("TCP alone, captured", &tcp),
        ("a RETR, captured", &retr),
        ("two stacks, joined without a lab, captured", &joined),
        ("smoltcp's loopback, packet by packet", &loopback),
    ] {
        println!(
            "{name:<44} {:>6.0} instructions a frame, {:>4.0} lines of them fetched anew",
            cost.instructions, cost.fetched
        );
    }
    tell(
        "instructions of the loopback / of TCP alone, captured",
        loopback.instructions / tcp.instructions,
        ">= 0.85",
    );
}
