//! The program from outside: how long the smallest scenario takes, and how much memory a large one.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::{tell, timed};

const WIRELAB: &str = env!("CARGO_BIN_EXE_wirelab");

/// A transfer of 100 MB, to be made smaller and larger.
const BULK: &str = include_str!("../peers/bulk.yaml");

fn spawn(program: &str, arguments: &[&str], folder: &Path) -> Child {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("the program")
}

/// The most memory that a process has had, in MiB. Linux tells as long as it runs.
fn peak(mut child: Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().expect("a child").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        most = most.max(kib.and_then(|kib| kib.parse().ok()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    }
    f64::from(most) / 1024.0
}

/// What a run to a file needs, for 20 MB and for 200.
pub fn memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let needs = [20, 200].map(|size| {
        let name = format!("{size}.yaml");
        let text = BULK.replace("100MB", &format!("{size}MB"));
        std::fs::write(folder.path().join(&name), text).expect("room for it");
        peak(spawn(
            WIRELAB,
            &["run", &name, "-o", "x.pcap"],
            folder.path(),
        ))
    });
    println!(
        "wirelab run to a file: {:.1} MiB for 20 MB, {:.1} MiB for 200 MB",
        needs[0], needs[1]
    );
    tell("memory for 200 MB / for 20 MB", needs[1] / needs[0], "1");
}

/// Twenty frames, process start to exit, beside a process that does nothing.
pub fn start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |program: &str, arguments: &[&str]| {
        let once = || spawn(program, arguments, folder.path()).wait();
        let (took, ended) = timed(once);
        assert!(ended.is_ok_and(|status| status.success()));
        took
    };
    let [mut nothing, mut twenty] = [Vec::new(), Vec::new()];
    for _ in 0..300 {
        nothing.push(run("true", &[]));
        twenty.push(run(WIRELAB, &["run", "ftp-connect"]));
    }
    let ms = |times: &mut Vec<Duration>, place: usize| {
        times.sort();
        times[place].as_secs_f64() * 1e3
    };
    println!(
        "ms, best and median of 300: true {:.2} {:.2}, wirelab run ftp-connect {:.2} {:.2}",
        ms(&mut nothing, 0),
        ms(&mut nothing, 150),
        ms(&mut twenty, 0),
        ms(&mut twenty, 150)
    );
    tell(
        "ms for the 20 frames, start to exit, median",
        ms(&mut twenty, 150),
        "<= 5",
    );
}
