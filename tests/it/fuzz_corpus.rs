//! The corpus of the fuzz targets, replayed on stable.

#[path = "../../fuzz/targets.rs"]
mod targets;

use super::support::{files_below, root};

fn replay(name: &str, target: fn(&[u8])) {
    let corpus = files_below(&root().join("fuzz/corpus").join(name));
    assert!(!corpus.is_empty(), "no corpus for {name}");
    for path in corpus {
        let data = std::fs::read(&path).unwrap();
        target(&data);
        // What a cut makes of it is worth a try as well.
        for cut in 0..data.len().min(200) {
            target(&data[..cut]);
        }
    }
}

#[test]
fn codec() {
    replay("codec", targets::codec);
}

#[test]
fn server() {
    replay("server", targets::server);
}

#[test]
fn client() {
    replay("client", targets::client);
}
