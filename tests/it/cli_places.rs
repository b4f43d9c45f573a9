//! No command writes over what it reads, nor two things to one place.

use std::fs;
use std::path::Path;

use super::cli::{folder, names, run, wirelab};

/// A scenario of one's own, `my.yaml`, and its capture, `my.pcap`.
fn own() -> tempfile::TempDir {
    let here = folder();
    assert_eq!(run(here.path(), &["new", "my"]).code, 0);
    let played = run(here.path(), &["run", "my.yaml", "-o", "my.pcap"]);
    assert_eq!(played.code, 0, "{}", played.err);
    here
}

/// The command is refused in a line, and nothing has come or gone.
#[track_caller]
fn is_refused(here: &Path, command: &str, why: &str) {
    let state = || {
        let files = names(here).into_iter();
        let read = files.map(|name| (fs::read(here.join(&name)).ok(), name));
        read.collect::<Vec<_>>()
    };
    let before = state();
    let arguments: Vec<&str> = command.split(' ').collect();
    let told = run(here, &arguments);
    assert_eq!(told.code, 2, "{command}: {}{}", told.out, told.err);
    assert!(told.err.contains(why), "{command}: {}", told.err);
    assert!(before == state(), "{command} changed something");
}

const READ: &str = "it cannot be written too";
const ONE: &str = "are one file";

#[test]
fn no_command_writes_over_what_it_reads() {
    let here = own();
    let here = here.path();
    is_refused(here, "run my.yaml -o x.pcap --labels my.yaml", READ);
    is_refused(here, "run my.yaml -o x.pcap --labels ./my.yaml", READ);
    fs::copy(here.join("my.yaml"), here.join("my.golden")).expect("a copy");
    is_refused(here, "test --bless my.golden", READ);
    fs::copy(here.join("my.yaml"), here.join("page.html")).expect("a copy");
    is_refused(here, "report page.html -o ./page.html", READ);
}

#[cfg(unix)]
#[test]
fn a_link_to_what_is_read_is_what_is_read() {
    let here = own();
    let here = here.path();
    std::os::unix::fs::symlink("my.yaml", here.join("my.svg")).expect("a link");
    std::os::unix::fs::symlink("my.pcap", here.join("page.html")).expect("a link");
    fs::hard_link(here.join("my.yaml"), here.join("hard.svg")).expect("a link");
    is_refused(here, "ladder my.yaml -o my.svg", READ);
    is_refused(here, "ladder my.yaml -o hard.svg", READ);
    is_refused(here, "report my.pcap -o page.html", READ);
}

/// A capture that comes in through standard input is a file nevertheless.
#[cfg(target_os = "linux")]
#[test]
fn standard_input_is_not_written_over() {
    let here = own();
    let here = here.path();
    fs::copy(here.join("my.pcap"), here.join("page.html")).expect("a copy");
    let report = |input: &str| {
        let input = fs::File::open(here.join(input)).expect("a capture");
        let mut command = wirelab(here);
        command
            .args(["report", "-", "-o", "page.html"])
            .stdin(input);
        command.output().expect("the binary runs")
    };
    let refused = report("page.html");
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains(READ), "{told}");
    let both = ["my.pcap", "page.html"].map(|name| fs::read(here.join(name)).expect("a file"));
    assert!(both[0] == both[1], "nothing has changed");
    assert_eq!(
        report("my.pcap").status.code(),
        Some(0),
        "another file is no harm"
    );
}

/// What is taken out of a capture goes nowhere but beside it.
#[cfg(unix)]
#[test]
fn a_file_is_not_extracted_over_the_capture() {
    let here = folder();
    let here = here.path();
    let played = run(here, &["run", "ftp-getfile", "-o", "my.pcap"]);
    assert_eq!(played.code, 0, "{}", played.err);
    let extracted = run(here, &["analyze", "my.pcap", "--extract", "out"]);
    assert_eq!(extracted.code, 0, "{}", extracted.err);
    let names = names(&here.join("out"));
    assert!(!names.is_empty());
    for name in &names {
        fs::remove_file(here.join("out").join(name)).expect("a file");
        std::os::unix::fs::symlink("../my.pcap", here.join("out").join(name)).expect("a link");
    }
    is_refused(here, "analyze my.pcap --extract out", READ);
}

/// A scenario is more than its own file.
#[test]
fn what_a_scenario_plays_is_not_written_over() {
    let here = own();
    let text = "lab: 1\ntitle: Again\nsegments: { lan: { subnet: 10.2.0.0/24 } }\n\
                hosts: { box: { replay: { file: my.pcap } } }\n";
    fs::write(here.path().join("again.yaml"), text).expect("a file");
    let played = run(here.path(), &["run", "again.yaml", "-o", "x.pcap"]);
    assert_eq!(played.code, 0, "{}", played.err);
    is_refused(here.path(), "run again.yaml -o my.pcap", READ);
    // Of two taps each has a file of its own.
    let both = "run my.lan.yaml --tap lan,client -o x.pcap --labels my.yaml";
    fs::rename(here.path().join("my.yaml"), here.path().join("my.lan.yaml")).expect("a file");
    is_refused(here.path(), both, READ);
}

#[test]
fn two_outputs_are_two_files() {
    let here = own();
    let here = here.path();
    is_refused(here, "run my.yaml -o x.pcap --labels x.pcap", ONE);
    is_refused(here, "run my.yaml -o x.pcap --labels ./x.pcap", ONE);
    fs::copy(here.join("my.yaml"), here.join("my.yml")).expect("a copy");
    is_refused(here, "test --bless my.yaml my.yml", ONE);
}

#[test]
fn a_class_is_not_graded_over_what_was_handed_in() {
    let here = folder();
    let here = here.path();
    fs::write(here.join("grades.csv"), "student\nann\n").expect("a file");
    fs::write(here.join("secret"), "sixteen bytes and more").expect("a file");
    fs::create_dir(here.join("handed")).expect("a folder");
    let command = "exercise grade ftp-basics --roster grades.csv --secret-file secret \
                   --answers handed --out . --force";
    is_refused(here, command, READ);
}

/// What is half written has a name of its own, which would be gone with it.
#[test]
fn nothing_is_written_where_half_written_files_stand() {
    let here = own();
    let here = here.path();
    let half = "is what a file is called that is only half written";
    is_refused(
        here,
        "run my.yaml -o x.pcap --labels x.pcap.wirelab-0.tmp",
        half,
    );
    is_refused(
        here,
        "run my.yaml -o x.pcap --labels y.wirelab-17.tmp",
        half,
    );
    let told = run(
        here,
        &[
            "run",
            "my.yaml",
            "-o",
            "x.pcap",
            "--labels",
            "x.wirelab.tmp",
        ],
    );
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(names(here).contains(&"x.wirelab.tmp".to_owned()));
}

/// Named twice, a place is still one.
#[test]
fn a_tap_that_is_named_twice_is_one() {
    let here = folder();
    let bytes = |tap: &str| {
        let command = ["run", "ftp-login", "--tap", tap, "-o", "x.pcap"];
        let told = run(here.path(), &command);
        assert_eq!(told.code, 0, "{}", told.err);
        assert_eq!(names(here.path()), ["x.pcap"]);
        fs::read(here.path().join("x.pcap")).expect("a capture")
    };
    assert_eq!(bytes("lan"), bytes("lan, lan"));
    assert_eq!(bytes("client"), bytes("client,client"));
}

/// Names are the system's, whatever they are made of.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_text_is_read_as_it_is_written() {
    use std::os::unix::ffi::OsStrExt as _;
    let here = folder();
    let name = std::ffi::OsStr::from_bytes(b"a\xffb.pcap");
    let with = |before: &[&str]| {
        let output = super::cli::wirelab(here.path())
            .args(before)
            .arg(name)
            .output()
            .expect("the binary runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{before:?}: {told}");
        output.stdout
    };
    with(&["run", "ftp-login", "-o"]);
    for verb in ["show", "analyze", "follow", "ladder"] {
        assert!(!with(&[verb]).is_empty(), "{verb}");
    }
}
