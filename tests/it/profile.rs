//! The Wireshark profile, read by tshark: its colours, its column, its buttons.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use wirelab::analyze::Filter;
use wirelab::capture::{Capture, Format, Notes};
use wirelab::dissect::Dissector;
use wirelab::render::profile;

use crate::{play, tshark};

/// Writes a capture beside a configuration folder that has the profile.
fn prepare(folder: &Path, scenario: &str) -> Capture {
    let of_profile = folder.join("profiles/lab");
    std::fs::create_dir_all(&of_profile).expect("a folder");
    for (name, text) in profile() {
        std::fs::write(of_profile.join(name), text).expect("a file of the profile");
    }
    play::with(scenario, 1, |played| {
        let mut file = Vec::new();
        let written = played.capture.write(&mut file, Format::PcapNg, Notes::Keep);
        written.expect("a capture");
        std::fs::write(folder.join("x.pcapng"), file).expect("room for a capture");
        played.capture.clone()
    })
}

/// What tshark prints with the profile, and nothing of complaint.
fn ask(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("tshark")
        .env("WIRESHARK_CONFIG_DIR", folder)
        .args(["-C", "lab", "-n", "-r"])
        .arg(folder.join("x.pcapng"))
        .args(arguments)
        .output()
        .expect("tshark runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let mut complaints = errors
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("Running as user \"root\""));
    assert_eq!(complaints.next(), None, "{arguments:?}");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn tshark_takes_the_profile() {
    if !tshark::is_there("tshark_takes_the_profile") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let capture = prepare(folder.path(), "ftp-lost226");

    // The last column is the lab's note.
    let list = ask(folder.path(), &[]);
    assert_eq!(list.lines().count(), capture.frames.len());
    for (line, frame) in list.lines().zip(&capture.frames) {
        for note in &frame.comments {
            assert!(line.contains(note.trim_end()), "{line}");
        }
    }

    // Each frame has the colour of what it is.
    let fields = ["-e", "frame.coloring_rule.name", "-e", "_ws.col.Info"];
    let coloured = ask(
        folder.path(),
        &[&["--color", "-T", "fields"], &fields[..]].concat(),
    );
    let mut rules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in coloured.lines() {
        let (rule, info) = line.split_once('\t').expect("two fields");
        // The terminal's own colours stand around them.
        let rule = rule.split("Lab: ").nth(1).unwrap_or(rule);
        rules.entry(rule).or_default().push(info);
    }
    let all = |rule: &str, part: &str| {
        let found = rules.get(rule).map(Vec::as_slice).unwrap_or_default();
        assert!(
            !found.is_empty() && found.iter().all(|i| i.contains(part)),
            "{rule}: {found:?}"
        );
    };
    all("FTP command", "Request: ");
    all("FTP reply", "Response: ");
    all("FTP data", "FTP Data: ");
    all("trouble on the way", "Retransmission");
    all("TCP", "[ACK]");
    assert!(rules.contains_key("open and close") && rules.contains_key("ARP, ICMP, DNS, DHCP"));
}

#[test]
fn the_buttons_find_what_ours_find() {
    if !tshark::is_there("the_buttons_find_what_ours_find") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files: BTreeMap<_, _> = profile().into_iter().collect();
    for scenario in ["ftp-lost226", "ftp-refuse", "ftp-listfiles"] {
        let capture = prepare(folder.path(), scenario);
        // Named filters are lines of `"name" filter`.
        for line in files["dfilters"]
            .lines()
            .filter(|line| line.starts_with('"'))
        {
            let (_, filter) = line[1..].split_once("\" ").expect("a name and a filter");
            let found = ask(
                folder.path(),
                &["-Y", filter, "-T", "fields", "-e", "frame.number"],
            );
            let theirs: Vec<u64> = found.lines().filter_map(|n| n.parse().ok()).collect();
            let ours = Filter::parse(filter).expect("ours");
            let mut dissector = Dissector::new();
            let ours: Vec<u64> = capture
                .frames()
                .filter(|frame| ours.matches(&dissector.dissect(*frame)))
                .map(|frame| frame.number)
                .collect();
            assert_eq!(ours, theirs, "{scenario}: {filter}");
        }
    }
}
