//! The command line as a person meets it: the real binary, its streams, its exit codes.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use wirelab::capture::Capture;

/// The program, in a folder of its own, as in a pipe: no terminal, no width.
pub fn wirelab(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.current_dir(folder).env_remove("COLUMNS");
    command.env_remove("CLICOLOR_FORCE");
    command
}

pub struct Seen {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn seen(output: &Output) -> Seen {
    Seen {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[track_caller]
pub fn run(folder: &Path, arguments: &[&str]) -> Seen {
    let output = wirelab(folder).args(arguments).output();
    seen(&output.expect("the binary runs"))
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// What is in a folder, by name.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_scenario_is_played_and_its_packets_are_the_result() {
    let here = folder();
    let played = run(here.path(), &["run", "ftp-connect"]);
    assert_eq!(played.code, 0, "{}", played.err);
    assert_eq!(
        played.out.lines().count(),
        21,
        "a heading and twenty frames"
    );
    assert!(played.err.contains("20 frames") && played.err.contains("seed 1"));
    let explained = run(here.path(), &["run", "ftp-connect", "--explain"]);
    assert!(
        explained.out.lines().count() > 21,
        "notes stand under their frames"
    );
    assert!(names(here.path()).is_empty(), "nothing is written unasked");
}

#[test]
fn a_capture_is_written_whole_and_told_in_one_line() {
    let here = folder();
    let told = run(here.path(), &["run", "ftp-connect", "-o", "x.pcap"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert_eq!(told.out.lines().count(), 1);
    for part in [
        "x.pcap: 20 frames",
        "finished",
        "seed 1",
        "tap lan",
        "sha256 ",
    ] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
    let piped = wirelab(here.path())
        .args(["run", "ftp-connect", "-o", "-"])
        .output()
        .expect("the binary runs");
    let file = std::fs::read(here.path().join("x.pcap")).expect("the capture");
    assert_eq!(
        piped.stdout, file,
        "the same bytes in a pipe, and nothing else"
    );
    let listed = run(
        here.path(),
        &["run", "ftp-connect", "-o", "x.pcapng", "--list"],
    );
    assert_eq!(listed.out.lines().count(), 21);
    assert!(
        listed.err.starts_with("x.pcapng: 20 frames"),
        "{}",
        listed.err
    );
    assert_eq!(names(here.path()), ["x.pcap", "x.pcapng"]);
    let shown = run(here.path(), &["show", "x.pcapng"]);
    assert_eq!(shown.out, run(here.path(), &["show", "ftp-connect"]).out);
    run(
        here.path(),
        &["run", "ftp-connect", "-o", "ns.pcap", "--precision", "ns"],
    );
    assert_eq!(shown.out, run(here.path(), &["show", "ns.pcap"]).out);
}

#[test]
fn views_show_the_same_of_a_scenario_and_of_its_capture() {
    let here = folder();
    run(here.path(), &["run", "ftp-lost226", "-o", "x.pcapng"]);
    for arguments in [
        &["show", "X", "-v", "-x"][..],
        &["show", "X", "-Y", "ftp.response.code == 226"],
        &["follow", "X", "1"],
        &["analyze", "X"],
        &["analyze", "X", "--json"],
        &["filters", "--apply", "X"],
    ] {
        let with = |x: &str| -> String {
            let all: Vec<&str> = arguments
                .iter()
                .map(|a| if *a == "X" { x } else { a })
                .collect();
            let seen = run(here.path(), &all);
            assert_eq!((seen.code, seen.err.as_str()), (0, ""), "{arguments:?}");
            assert!(!seen.out.is_empty(), "{arguments:?}");
            seen.out
        };
        assert_eq!(with("ftp-lost226"), with("x.pcapng"), "{arguments:?}");
    }
    let follow = run(here.path(), &["follow", "x.pcapng"]).out;
    let head: Vec<&str> = follow.lines().take(5).collect();
    assert_eq!(head[0], "conversation 0");
    assert!(
        head[1].starts_with("> 192.0.2.10:") && head[2] == "< 192.0.2.21:21",
        "{follow}"
    );
    assert_eq!(head[4], "< 220 (vsFTPd 3.0.3)");
    let nobody = run(here.path(), &["follow", "x.pcapng", "9"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (2, ""));
    assert!(nobody.err.contains("has 0 to 1"), "{}", nobody.err);
    assert_eq!(run(here.path(), &["explain", "x.pcapng", "99"]).code, 2);
    assert_eq!(run(here.path(), &["filters", "nothing"]).code, 2);
    // Only the run knows what became of a frame.
    let ladder = run(here.path(), &["ladder", "ftp-lost226"]).out;
    assert!(ladder.contains("X-- 226 Transfer complete."), "{ladder}");
    assert!(
        !run(here.path(), &["ladder", "x.pcapng"])
            .out
            .contains("X--")
    );
    assert_eq!(
        run(here.path(), &["ladder", "x.pcapng", "-o", "x.svg"]).code,
        0
    );
    assert_eq!(
        run(here.path(), &["ladder", "x.pcapng", "-o", "x.png"]).code,
        2
    );
    let same = run(here.path(), &["diff", "x.pcapng", "ftp-lost226"]);
    assert_eq!((same.code, same.out.as_str()), (0, ""));
    assert_eq!(
        run(here.path(), &["diff", "x.pcapng", "ftp-connect"]).code,
        1
    );
    assert_eq!(
        run(
            here.path(),
            &["diff", "x.pcapng", "ftp-connect", "--ignore", "x"]
        )
        .code,
        2
    );
    let played = run(here.path(), &["run", "x.pcapng"]);
    assert_eq!((played.code, played.out.as_str()), (2, ""));
    assert!(
        played.err.contains("wirelab show x.pcapng"),
        "{}",
        played.err
    );
}

#[test]
fn a_conversation_without_words_and_one_that_is_not_there() {
    let here = folder();
    let follow = |name: &str, number: &str| {
        let output = wirelab(here.path()).args(["follow", name, number]).output();
        seen(&output.expect("the binary runs"))
    };
    let silent = follow("ftp-refuse", "0");
    assert_eq!(silent.code, 0);
    assert!(
        silent.out.ends_with("[neither end said anything]\n"),
        "{}",
        silent.out
    );
    let missing = follow("ftp-login", "1");
    assert_eq!(missing.code, 2);
    assert!(
        missing
            .err
            .contains("there is no conversation 1: ftp-login has one, and that is 0"),
        "{}",
        missing.err
    );
}

#[test]
fn long_addresses_leave_room_for_the_info() {
    let here = folder();
    let shown = |columns: &str| {
        let mut command = wirelab(here.path());
        command.args(["show", "ipv6-slaac"]).env("COLUMNS", columns);
        seen(&command.output().expect("the binary runs")).out
    };
    let (narrow, wide) = (shown("80"), shown("200"));
    let heading = narrow.lines().next().unwrap_or_default();
    let info = heading.find("Info").expect("there is a heading");
    assert!(info <= 80 - 24, "{narrow}");
    assert!(narrow.contains("2001:db…3e:5a01"), "{narrow}");
    assert!(narrow.contains("Neighbour solicitation"), "{narrow}");
    assert!(wide.contains(" 2001:db8:1:0:20c:29ff:fe3e:5a01 ") && !wide.contains('…'));
}

/// Addresses of IPv6 are longer than the room between two lifelines, and a machine has
/// several of them: it has one lifeline with its name, and what is said can be read.
#[test]
fn a_ladder_of_long_addresses_can_be_read() {
    let here = folder();
    let shown = |width: &str, name: &str| {
        let mut command = wirelab(here.path());
        command.args(["ladder", name]).env("COLUMNS", width);
        seen(&command.output().expect("the binary runs")).out
    };
    let text = shown("80", "ipv6-slaac");
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some(
            "client            2001:db8:1:0:20c:29ff:fe3e:5a01, \
             fe80::20c:29ff:fe3e:5a01"
        )
    );
    let heads = lines.by_ref().skip_while(|line| !line.is_empty()).nth(1);
    let heads: Vec<&str> = heads.unwrap_or_default().split_whitespace().collect();
    let machines = ["client", "laptop", "gate", "ftp.example.test", "groups"];
    assert_eq!(heads, machines, "{text}");
    for said in [
        "|-- Router solicitation ---",
        "|<- 331 Please specify the password. ---",
        "--| Neighbour advertisement of fe80",
        "<------------| Echo request id=1 seq=1 ",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    // Wide enough for all: names above, addresses below them.
    let text = shown("100", "ftp-login");
    let heads: Vec<&str> = text.lines().take(2).map(str::trim_start).collect();
    assert!(heads[0].starts_with("client ") && heads[1].starts_with("192.0.2.10 "));
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let here = folder();
    for arguments in [
        &["show", "ftp-lost226", "-v", "--notes"][..],
        &["explain", "ftp-lost226", "31"],
        &["explain", "ftp-lost226", "1"],
        &["ladder", "ftp-lost226"],
        &["ladder", "ipv6-slaac"],
        &["filters"],
        &["exercise", "list", "--templates"],
        &["analyze", "ftp-snooping"],
        &["analyze", "arp-spoofing"],
        &["diff", "ftp-lost226", "replies/426"],
    ] {
        for width in ["80", "100"] {
            let output = wirelab(here.path())
                .args(arguments)
                .env("COLUMNS", width)
                .output();
            let shown = seen(&output.expect("the binary runs"));
            assert_eq!(shown.err, "");
            let widest = shown.out.lines().map(|line| line.chars().count()).max();
            assert!(
                widest <= width.parse().ok(),
                "{arguments:?}: {widest:?} at {width}"
            );
        }
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let here = folder();
    const TROUBLE: &str = "\u{1b}[33m";
    const HEADING: &str = "\u{1b}[1m";
    for (arguments, colour) in [
        (&["show", "ftp-refuse"][..], TROUBLE),
        (&["show", "ftp-refuse", "-v"], HEADING),
        (&["explain", "ftp-refuse", "4"], TROUBLE),
        (&["ladder", "ftp-refuse"], TROUBLE),
        (&["analyze", "ftp-refuse"], HEADING),
        (&["follow", "ftp-login"], "\u{1b}[94m"),
        (&["diff", "ftp-login", "ftp-connect"], HEADING),
    ] {
        let show = |name: &str, value: &str| {
            let mut command = wirelab(here.path());
            command.args(arguments).env_remove("NO_COLOR");
            seen(&command.env(name, value).output().expect("the binary runs")).out
        };
        let plain = show("NO_COLOR", "1");
        assert!(!plain.contains('\u{1b}'), "a pipe");
        let coloured = show("CLICOLOR_FORCE", "1");
        assert!(coloured.contains(colour), "{arguments:?}: {coloured:?}");
        let mut bare = String::new();
        let mut parts = coloured.split('\u{1b}');
        bare.push_str(parts.next().unwrap_or_default());
        for part in parts {
            bare.push_str(part.split_once('m').expect("a colour").1);
        }
        assert_eq!(bare, plain, "{arguments:?}");
    }
}

#[test]
fn what_stands_in_a_scenario_does_nothing_to_the_terminal() {
    let here = folder();
    let text = format!(
        "lab: 1\nhosts:\n  a: {{ ip: 192.0.2.1, \u{202e}x\u{9b}2J: {} }}\n",
        "y".repeat(5000)
    );
    std::fs::write(here.path().join("x.yaml"), text).expect("a file");
    let told = run(here.path(), &["check", "x.yaml"]);
    assert_eq!(told.code, 2);
    let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!told.err.contains(bad), "{:?}", told.err);
    assert!(told.err.contains("\\u{202e}x\\x9b2J"), "{}", told.err);
    assert!(
        told.err.lines().all(|line| line.chars().count() < 250),
        "{}",
        told.err
    );
}

#[test]
fn a_profile_is_written_where_nothing_of_others_is() {
    let here = folder();
    let told = run(here.path(), &["profile", "--out", "lab"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let files = ["colorfilters", "dfilter_buttons", "dfilters", "preferences"];
    assert_eq!(names(&here.path().join("lab")), files);
    assert_eq!(
        run(here.path(), &["profile", "--out", "lab"]).code,
        0,
        "ours, again"
    );
    let theirs = here.path().join("lab/preferences");
    std::fs::write(&theirs, "gui.x: 1\n").expect("a file");
    let refused = run(here.path(), &["profile", "--out", "lab"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("lab/preferences"), "{}", refused.err);
    assert_eq!(
        std::fs::read_to_string(&theirs).expect("a file"),
        "gui.x: 1\n"
    );
}

#[test]
fn shells_and_man_know_every_verb() {
    let here = folder();
    let help = run(here.path(), &["--help"]).out;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() > 15, "{verbs:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(here.path(), &["completions", shell]);
        assert_eq!((script.code, script.err.as_str()), (0, ""));
        assert!(
            verbs.iter().all(|verb| script.out.contains(verb)),
            "{shell}"
        );
    }
    assert_eq!(run(here.path(), &["completions", "cmd"]).code, 2);
    let told = run(here.path(), &["man", "man1"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let pages = names(&here.path().join("man1"));
    for verb in verbs {
        assert!(pages.contains(&format!("wirelab-{verb}.1")), "{verb}");
    }
    let page = here.path().join("man1/wirelab-exercise-make.1");
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains(".TH wirelab-exercise-make 1") && page.contains("roster"));
}

#[test]
fn a_report_is_one_page_of_a_scenario_or_a_capture() {
    let here = folder();
    let told = run(here.path(), &["report", "ftp-connect", "-o", "a.html"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", told.out);
    assert_eq!(told.out, "a.html: written, open it in a browser\n");
    run(here.path(), &["run", "ftp-connect", "-o", "x.pcapng"]);
    assert_eq!(
        run(here.path(), &["report", "x.pcapng", "-o", "b.html"]).code,
        0
    );
    let read = |name: &str| std::fs::read_to_string(here.path().join(name)).expect("a page");
    let (of_run, of_capture) = (read("a.html"), read("b.html"));
    assert!(of_capture.contains("<h1>x.pcapng</h1>"));
    // Only the run knows why a frame was sent.
    assert!(of_run.contains("step 1 of") && !of_capture.contains("step 1 of"));
    for page in [&of_run, &of_capture] {
        assert!(page.contains("default-src 'none'") && page.trim_end().ends_with("</html>"));
    }
    let wrong = run(here.path(), &["report", "ftp-connect", "-o", "a.pdf"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains(".html"), "{}", wrong.err);
    assert_eq!(run(here.path(), &["report", "ftp-connect"]).code, 2);
    assert_eq!(names(here.path()), ["a.html", "b.html", "x.pcapng"]);
}

#[test]
fn several_taps_are_one_pcapng_or_a_pcap_each() {
    let here = folder();
    let run = |output: &str| {
        let done = wirelab(here.path())
            .args([
                "run",
                "loss-twotaps",
                "--tap",
                "server,client",
                "-o",
                output,
            ])
            .output()
            .expect("the binary runs");
        (done.status.code(), done.stdout, done.stderr)
    };
    assert_eq!(run("two.pcapng").0, Some(0));
    let file = std::fs::read(here.path().join("two.pcapng")).expect("a capture");
    let (both, _) = Capture::read(file.as_slice()).expect("a capture");
    assert_eq!(both.interfaces.len(), 2);
    assert!(both.frames.is_sorted_by_key(|frame| frame.at));
    let at = |interface| both.at_interface(interface).frames.len();
    assert!(
        at(0) > at(1),
        "the lost segment is seen at one of them alone"
    );

    let (code, told, _) = run("two.pcap");
    assert_eq!(code, Some(0));
    let told = String::from_utf8_lossy(&told).into_owned();
    assert_eq!(told.lines().count(), 2);
    for (tap, frames) in [("server", at(0)), ("client", at(1))] {
        let path = here.path().join(format!("two.{tap}.pcap"));
        let file = std::fs::read(path).expect("a capture");
        let (one, _) = Capture::read(file.as_slice()).expect("a capture");
        assert_eq!(one.frames.len(), frames, "{tap}");
        // Each has the line that it has when it is written alone.
        let (name, alone) = (format!("two.{tap}.pcap: "), format!("{tap}.pcap"));
        let arguments = ["run", "loss-twotaps", "--tap", tap, "-o", &alone];
        let done = wirelab(here.path()).args(arguments).output();
        let line = done.expect("the binary runs").stdout;
        let line = String::from_utf8_lossy(&line).replace(&format!("{alone}: "), &name);
        assert!(line.contains(&format!("{name}{frames} frames, ")), "{line}");
        assert!(told.contains(&line), "{told}{line}");
    }
    let (code, told, why) = run("-");
    assert_eq!((code, told.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&why).contains("one tap"));
}

#[test]
fn no_notes_leaves_out_what_gives_answers_away() {
    let here = folder();
    let text = |arguments: &[&str]| {
        let all = [&["run", "ftp-connect", "-o", "x.pcapng"], arguments].concat();
        assert_eq!(run(here.path(), &all).code, 0);
        let bytes = std::fs::read(here.path().join("x.pcapng")).expect("the capture");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let with = text(&[]);
    assert!(with.contains("handshake") && with.contains("scenario: ftp-connect"));
    assert!(with.contains("seed: 1") && with.contains("trace epoch: 1"));
    let without = text(&["--no-notes"]);
    for answer in ["handshake", "scenario", "seed", "ftp.example.test"] {
        assert!(!without.contains(answer), "{answer}");
    }
}

#[test]
fn input_and_output_that_fail_exit_with_3_and_name_the_path() {
    let here = folder();
    std::fs::create_dir(here.path().join("x.pcap")).expect("a folder");
    std::fs::write(here.path().join("junk.pcap"), b"not a capture").expect("a file");
    std::fs::write(here.path().join("latin1.yaml"), b"title: caf\xe9\n").expect("a file");
    for (arguments, path) in [
        (&["run", "ftp-connect", "-o", "x.pcap"][..], "x.pcap"),
        (
            &["run", "ftp-connect", "-o", "no/such/y.pcap"],
            "no/such/y.pcap",
        ),
        (&["run", "nothing.yaml"], "nothing.yaml"),
        (&["run", "latin1.yaml"], "latin1.yaml"),
        (&["check", "x.pcap"], "x.pcap"),
        (&["show", "nothing.pcap"], "nothing.pcap"),
        (&["show", "junk.pcap"], "junk.pcap"),
    ] {
        let told = run(here.path(), arguments);
        assert_eq!(told.code, 3, "{arguments:?}: {}", told.err);
        assert!(told.err.contains(path), "{arguments:?}: {}", told.err);
        assert_eq!(told.err.lines().count(), 1, "{arguments:?}: {}", told.err);
    }
    assert_eq!(names(here.path()), ["junk.pcap", "latin1.yaml", "x.pcap"]);
}

/// On Linux `/dev/full` is a disk without room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_exits_with_3() {
    let here = folder();
    for arguments in [
        &["run", "ftp-connect"][..],
        &["--help"],
        &["help", "run"],
        &["--version"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let output = wirelab(here.path())
            .args(arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .output();
        let told = seen(&output.expect("the binary runs"));
        assert_eq!(told.code, 3, "{arguments:?}");
        assert!(told.err.contains("standard output"), "{}", told.err);
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let here = folder();
    for arguments in [
        &["schema"][..],
        &["run", "ftp-connect"],
        &["list", "--json"],
    ] {
        let mut child = wirelab(here.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        drop(child.stdout.take());
        let mut told = String::new();
        let mut stderr = child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut told).expect("text");
        let status = child.wait().expect("an end");
        assert_eq!(status.code(), Some(0), "{arguments:?}: {told}");
        assert!(!told.contains("error"), "{arguments:?}: {told}");
    }
}

#[test]
fn captures_come_from_standard_input_too() {
    let here = folder();
    assert_eq!(
        run(here.path(), &["run", "ftp-connect", "-o", "x.pcap"]).code,
        0
    );
    let mut child = wirelab(here.path())
        .args(["show", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let file = std::fs::read(here.path().join("x.pcap")).expect("the capture");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&file).expect("an open pipe");
    drop(stdin);
    let shown = seen(&child.wait_with_output().expect("an end"));
    assert_eq!(shown.code, 0);
    assert_eq!(shown.out, run(here.path(), &["show", "x.pcap"]).out);
}

#[test]
fn a_scenario_of_ones_own_is_made_blessed_and_tested() {
    let here = folder();
    let made = run(here.path(), &["new", "mine"]);
    // The schema that its first line names is there, for editors.
    let schema = std::fs::read_to_string(here.path().join("wirelab.schema.json"));
    assert_eq!(
        schema.expect("a schema beside it"),
        run(here.path(), &["schema"]).out
    );
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(
        run(here.path(), &["new", "mine"]).code,
        2,
        "nothing is overwritten"
    );
    let first = run(here.path(), &["test", "mine.yaml"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.contains("no golden trace yet"), "{}", first.out);
    assert_eq!(run(here.path(), &["test", "mine.yaml", "--bless"]).code, 0);
    assert_eq!(
        names(here.path()),
        ["mine.golden", "mine.yaml", "wirelab.schema.json"]
    );
    assert_eq!(run(here.path(), &["test", "mine.yaml"]).code, 0);
    let changed = run(
        here.path(),
        &[
            "test",
            "mine.yaml",
            "--set",
            "hosts.server.mac=02:00:00:00:00:77",
        ],
    );
    assert_eq!(changed.code, 1);
    assert!(
        changed.err.contains("the first frame that differs"),
        "{}",
        changed.err
    );
    assert!(changed.out.contains("FAIL  mine.yaml"), "{}", changed.out);
}

#[test]
fn the_list_is_for_people_and_for_programs() {
    let here = folder();
    let list = run(here.path(), &["list"]);
    assert!(
        list.out
            .lines()
            .any(|line| line.starts_with("ftp-connect "))
    );
    let json = run(here.path(), &["list", "--json"]);
    let array: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let array = array.as_array().expect("an array");
    assert_eq!(array.len(), list.out.lines().count());
    for entry in array {
        for key in ["name", "title", "about"] {
            assert!(entry[key].is_string(), "{key}: {entry}");
        }
        assert!(entry["tags"].is_array());
    }
}

#[test]
fn lists_fit_the_width_that_is_asked_for() {
    let here = folder();
    let output = wirelab(here.path())
        .args(["run", "ftp-connect", "--explain"])
        .env("COLUMNS", "80")
        .output();
    let shown = seen(&output.expect("the binary runs"));
    assert!(
        shown.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        shown.out
    );
}

#[test]
fn explain_tells_why_a_frame_of_a_scenario_exists() {
    let here = folder();
    let first = |input: &str, number: &str| {
        let seen = run(here.path(), &["explain", input, number]);
        assert_eq!((seen.code, seen.err.as_str()), (0, ""), "{input} {number}");
        seen.out.lines().next().unwrap_or_default().to_owned()
    };
    let why = first("ftp-connect", "1");
    assert!(why.starts_with("Why: step 1 of fred, line "), "{why}");
    assert!(why.contains(": connect: "), "{why}");
    assert_eq!(first("ftp-connect", "2"), "Why: server answers frame 1");
    assert_eq!(first("ftp-connect", "7"), "Why: a timer of client ran out");
    // A capture does not know.
    run(here.path(), &["run", "ftp-connect", "-o", "x.pcap"]);
    assert!(!first("x.pcap", "1").starts_with("Why"));
    let none = run(here.path(), &["explain", "ftp-connect", "21"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("there is no frame 21"), "{}", none.err);
}

#[test]
fn labels_stand_beside_the_capture() {
    let here = folder();
    let arguments = ["run", "ftp-lost226", "-o", "x.pcap", "--labels", "x.jsonl"];
    assert_eq!(run(here.path(), &arguments).code, 0);
    let labels = std::fs::read_to_string(here.path().join("x.jsonl")).expect("the labels");
    assert_eq!(labels.lines().count(), 37, "one for each frame");
    assert_eq!(labels.matches("\"effect\":\"dropped\"").count(), 1);
    assert_eq!(labels.matches("\"retransmission_of\":31").count(), 1);
}

#[test]
fn labels_go_to_a_file_of_their_own() {
    let here = folder();
    for labels in ["x.pcap", "-"] {
        let arguments = ["run", "ftp-connect", "-o", "x.pcap", "--labels", labels];
        let seen = run(here.path(), &arguments);
        assert_eq!(seen.code, 2, "{labels}");
        assert!(names(here.path()).is_empty(), "{labels}");
    }
}

#[test]
fn a_cut_capture_is_read_as_far_as_it_goes_by_every_verb() {
    let here = folder();
    run(here.path(), &["run", "ftp-connect", "-o", "whole.pcap"]);
    let whole = std::fs::read(here.path().join("whole.pcap")).expect("it was written");
    std::fs::write(here.path().join("cut.pcap"), &whole[..whole.len() - 7]).expect("room");
    for (verb, code) in [
        (&["show", "cut.pcap"][..], 0),
        (&["analyze", "cut.pcap"], 0),
        (&["analyze", "cut.pcap", "--json"], 0),
        (&["ladder", "cut.pcap"], 0),
        (&["follow", "cut.pcap"], 0),
        (&["explain", "cut.pcap", "20"], 2),
        (&["filters", "--apply", "cut.pcap"], 0),
        (&["diff", "cut.pcap", "whole.pcap"], 1),
    ] {
        let told = run(here.path(), verb);
        assert_eq!(told.code, code, "{verb:?}: {}", told.err);
        assert!(
            told.err.starts_with("warning: cut.pcap: byte ") && told.err.contains("cut short"),
            "{verb:?}: {}",
            told.err
        );
    }
}
