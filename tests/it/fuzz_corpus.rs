//! The corpus of the fuzz targets, replayed on stable.

#[path = "../../fuzz/targets.rs"]
mod targets;

#[path = "../../fuzz/reading.rs"]
mod reading;

#[path = "../../fuzz/wire.rs"]
mod network;

use super::support::{files_below, root};
use wirelab::rng::Seed;

/// How many changed copies of each file are tried.
fn variants() -> u32 {
    let more = std::env::var("WIRELAB_FUZZ_VARIANTS").ok();
    more.and_then(|n| n.parse().ok()).unwrap_or(50)
}

fn replay(name: &str, target: fn(&[u8])) {
    let corpus = files_below(&root().join("fuzz/corpus").join(name));
    assert!(!corpus.is_empty(), "no corpus for {name}");
    for path in corpus {
        let data = std::fs::read(&path).unwrap();
        target(&data);
        // What cuts and changed bytes make of it is worth a try as well.
        for cut in 0..data.len().min(200) {
            target(&data[..cut]);
        }
        let mut dice = Seed(1).derive(name);
        for _ in 0..variants() {
            let mut variant = data.clone();
            for _ in 0..=dice.below(4) {
                let at = dice.below(variant.len() as u64) as usize;
                match dice.below(3) {
                    0 => variant[at] = dice.below(256) as u8,
                    1 => variant.truncate(at + 1),
                    _ => variant.extend_from_within(at..),
                }
            }
            target(&variant);
        }
    }
}

#[test]
fn codec() {
    replay("codec", targets::codec);
}

#[test]
fn listing() {
    replay("listing", targets::listing);
}

#[test]
fn server() {
    replay("server", targets::server);
}

#[test]
fn wire() {
    replay("wire", network::wire);
}

#[test]
fn client() {
    replay("client", targets::client);
}

#[test]
fn reader() {
    replay("reader", reading::reader);
}

#[test]
fn dissector() {
    replay("dissector", reading::dissector);
}

#[test]
fn reassembler() {
    replay("reassembler", reading::reassembler);
}

#[test]
fn filter() {
    replay("filter", reading::filter);
}
