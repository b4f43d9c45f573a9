//! Golden traces: every built-in scenario, played and compared with `snapshots/`, byte for byte.

use std::fmt::Write as _;

use wirelab::analyze::Transcript;
use wirelab::capture::Capture;
use wirelab::lab::golden::{GOLDEN_SEEDS, capture_hash};
use wirelab::render::{ListOptions, packet_list, wire};
use wirelab::sim::Stop;

use crate::play;
use crate::support::{files_below, is_blessing, root};

/// The three faces of a capture that are kept as text, by suffix.
fn faces(capture: &Capture) -> [(&'static str, String); 3] {
    [
        ("frames", packet_list(capture, ListOptions::default())),
        ("transcript", Transcript::of(capture).to_string()),
        ("wire", wire(capture)),
    ]
}

/// The one place where a golden text is compared.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_scenario_plays_the_same_twice() {
    for name in play::names() {
        let again = play::afresh(name, 1);
        play::with(name, 1, |first| {
            assert!(
                first.capture == again.capture,
                "{name} played otherwise the second time"
            );
            assert_eq!(first.run.stop, again.run.stop, "{name}");
            assert_eq!(first.run.ended, again.run.ended, "{name}");
        });
    }
}

#[test]
fn every_scenario_comes_as_it_says_for_every_seed() {
    for name in play::names() {
        for seed in GOLDEN_SEEDS {
            play::with(name, seed, |played| {
                let failures: Vec<String> = played
                    .failures
                    .iter()
                    .map(|failure| format!("{failure:?}"))
                    .collect();
                assert!(failures.is_empty(), "{name}, seed {seed}: {failures:#?}");
                assert_eq!(played.run.stop, Stop::Finished, "{name}, seed {seed}");
            });
        }
    }
}

#[test]
fn every_scenario_looks_as_it_did() {
    for name in play::names() {
        let faces = play::with(name, 1, |played| faces(&played.capture));
        for (suffix, text) in faces {
            snapshot(&format!("{name}.{suffix}"), &text);
        }
    }
}

/// Run in debug by everybody and in release by CI: the same hashes.
#[test]
fn manifest_holds_the_hash_of_every_capture() {
    let mut manifest = String::new();
    for name in play::names() {
        for seed in GOLDEN_SEEDS {
            let hash = play::with(name, seed, |played| capture_hash(&played.capture));
            let hash = hash.expect("a capture that fits into pcap");
            writeln!(manifest, "{hash}  {name} seed {seed}").expect("a string grows");
        }
    }
    let path = root().join("snapshots/manifest.sha256");
    if is_blessing() {
        std::fs::write(path, manifest).expect("room for the manifest");
    } else {
        let golden = std::fs::read_to_string(path).expect("the manifest");
        let changed: Vec<(&str, &str)> = golden
            .lines()
            .zip(manifest.lines())
            .filter(|(was, is)| was != is)
            .collect();
        assert!(golden == manifest, "hashes that were and are: {changed:#?}");
    }
}

#[test]
fn no_golden_file_is_left_over() {
    // A snapshot's file lies beside the others, whatever folder its scenario is in.
    let names: Vec<String> = play::names().iter().map(|n| n.replace('/', "__")).collect();
    for path in files_below(&root().join("snapshots")) {
        let file = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        let owner = file.split('.').next().unwrap_or_default();
        let known = names.iter().any(|name| name == owner)
            || ["manifest", "own_actor", "own_fault", "own_protocol"].contains(&owner);
        assert!(known, "snapshots/{file} belongs to no scenario");
    }
}

/// Bytes depend on no thread: several at once play the same as one alone.
#[test]
fn every_thread_plays_the_same() {
    let names = ["ftp-connect", "nat-helper", "dhcp-dns-ftp", "filters-blind"];
    let play = |name: &str| {
        let played = play::afresh(name, 1);
        capture_hash(&played.capture).expect("a capture that fits into pcap")
    };
    let alone = names.map(play);
    let among: Vec<_> = std::thread::scope(|scope| {
        let threads = names.map(|name| scope.spawn(move || play(name)));
        threads
            .map(|thread| thread.join().expect("no panic"))
            .into()
    });
    assert_eq!(among, alone);
}
