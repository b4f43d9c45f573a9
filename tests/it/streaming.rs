//! A run that is written to a file while it plays: in memory that does not grow with it.

use crate::cli::{folder, names, run};

/// A file of so many bytes is fetched.
fn scenario(bytes: usize) -> String {
    let text = include_str!("../../benches/peers/bulk.yaml");
    text.replace("100MB", &format!("{bytes}B"))
}

/// The most memory, in KiB, that a run to a file has had.
#[cfg(target_os = "linux")]
fn peak(folder: &std::path::Path, arguments: &[&str]) -> u64 {
    let mut command = crate::cli::wirelab(folder);
    command.args(arguments).stdout(std::process::Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().expect("a child") {
            break ended;
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        most = most.max(kib.and_then(|kib| kib.parse().ok()).unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(1));
    };
    assert!(ended.success());
    most
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_what_is_written_to_a_file() {
    let here = folder();
    let write = |name: &str, bytes| std::fs::write(here.path().join(name), scenario(bytes));
    write("small.yaml", 1_000_000).expect("room for it");
    write("large.yaml", 30_000_000).expect("room for it");
    let small = peak(here.path(), &["run", "small.yaml", "-o", "x.pcap"]);
    for arguments in [
        &["run", "large.yaml", "-o", "x.pcap"][..],
        &["run", "large.yaml", "-o", "x.pcapng", "--no-notes"],
    ] {
        let large = peak(here.path(), arguments);
        assert!(small > 0 && large > 0, "the system tells how much it was");
        assert!(
            large < small + 10_000,
            "{arguments:?}: {large} KiB, and {small} KiB for a thirtieth of it"
        );
    }
}

#[test]
fn a_streamed_file_is_the_one_that_a_kept_run_writes() {
    let here = folder();
    std::fs::write(here.path().join("x.yaml"), scenario(300_000)).expect("room for it");
    // `--list` looks back at what was kept.
    for (name, more) in [("a.pcap", None), ("b.pcap", Some("--list"))] {
        let arguments = ["run", "x.yaml", "-o", name].into_iter().chain(more);
        let arguments: Vec<&str> = arguments.collect();
        let told = run(here.path(), &arguments);
        // With a list, which is the result, the line is a remark.
        let (line, other) = match more {
            None => (told.out, told.err),
            Some(_) => (told.err, String::new()),
        };
        assert_eq!((told.code, other.as_str()), (0, ""));
        assert!(line.contains("1 file whole, sha256 "), "{line}");
    }
    let read = |name: &str| std::fs::read(here.path().join(name)).expect("it was written");
    assert!(read("a.pcap") == read("b.pcap"));
    assert_eq!(names(here.path()), ["a.pcap", "b.pcap", "x.yaml"]);
}

/// A card writes into the memory of frames that nobody holds any more, and no
/// octet of those may stay: an ICMP error has four that nobody fills in.
#[test]
fn nothing_of_an_older_frame_is_in_a_newer_one() {
    let here = folder();
    let text = r#"lab: 1
segments: { lan: { subnet: 192.0.2.0/24, subnet6: "2001:db8:1::/64" } }
hosts: { a: { ip: 192.0.2.10, ip6: "2001:db8:1::a" }, b: { ip6: "2001:db8:1::b" } }
servers: [ { ftp: { host: a, anonymous: { home: / }, files: { /f: { random: 200KiB } } } } ]
actors:
  m: { host: b, script: [ connect: a, login: { user: anonymous, password: x }, bin, get: f, traceroute: a, traceroute: "2001:db8:1::a", quit ] }
"#;
    std::fs::write(here.path().join("x.yaml"), text).expect("room for it");
    let kept = run(here.path(), &["run", "x.yaml", "-o", "b.pcap", "--list"]);
    let streamed = run(here.path(), &["run", "x.yaml", "-o", "a.pcap"]);
    assert_eq!(
        (kept.code, streamed.code),
        (0, 0),
        "{}{}",
        kept.err,
        streamed.err
    );
    for layer in ["icmp.type == 3", "icmpv6.type == 1"] {
        let errors = run(here.path(), &["show", "a.pcap", "-Y", layer]);
        assert!(errors.out.contains("unreachable"), "{}", errors.out);
    }
    let read = |name: &str| std::fs::read(here.path().join(name)).expect("it was written");
    assert!(read("a.pcap") == read("b.pcap"));
}
