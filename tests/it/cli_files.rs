//! Files in scenarios, and what `run` tells of those that were moved.

use wirelab::scenario::builtin;

use super::cli::{folder, run};

/// A server that cuts a file short and says 226 deceives its client, not the lab.
#[test]
fn a_run_tells_whether_the_files_are_the_servers() {
    let here = folder();
    let cut = builtin::find("ftp-getfile")
        .expect("a built-in")
        .text
        .replacen(
            "    files:",
            "    rules: [{ command: RETR, data: { close_after: 9B } }]\n      files:",
            1,
        );
    std::fs::write(here.path().join("cut.yaml"), cut).expect("a file");
    for (scenario, files) in [
        ("ftp-connect", None),
        ("ftp-getfile", Some("1 file whole")),
        ("ftp-mget", Some("4 files whole")),
        ("ftp-abort", Some("1 file broken")),
        ("nat-helper", Some("1 file whole")),
        ("cut.yaml", Some("1 file different")),
    ] {
        let told = run(here.path(), &["run", scenario]).err;
        let found = told.contains(" file");
        assert_eq!(found, files.is_some(), "{scenario}: {told}");
        assert!(
            told.contains(files.unwrap_or_default()),
            "{scenario}: {told}"
        );
    }
}

/// That a file came whole may be all that is asked.
#[test]
fn a_transfer_may_be_asked_for_as_a_whole() {
    let here = folder();
    let with = |check: &str| {
        let set = format!("checks=[{{ transfer: {check} }}]");
        run(here.path(), &["run", "ftp-getfile", "--set", &set])
    };
    let text = run(here.path(), &["run", "ftp-getfile"]).out;
    let name = text
        .split("RETR ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let name = name.expect("a file").trim();
    assert_eq!(with(&format!("{{ name: {name}, whole: true }}")).code, 0);
    let wrong = with(&format!("{{ name: {name}, whole: false }}"));
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("it came whole"), "{}", wrong.err);
    let none = with("{ name: none, whole: true }");
    assert_eq!(
        none.err.matches("it was not moved at all").count(),
        1,
        "{}",
        none.err
    );
    let empty = with("{ name: none }");
    assert_eq!(empty.code, 2);
    assert!(
        empty.err.contains("needs `bytes`, or `whole`"),
        "{}",
        empty.err
    );
}

/// One mistake is told once.
#[test]
fn a_file_without_anything_in_it_is_one_mistake() {
    let here = folder();
    for (file, says) in [
        (
            "{ size: 100KiB }",
            "`random: 100KiB` makes a file of that size",
        ),
        ("{ txet: x }", "did you mean `text`?"),
        ("{ locked: true }", "a file needs one of `text`, `hex`"),
        (
            "{ text: x, random: 1KiB }",
            "a file has only one of `text`, `hex`",
        ),
    ] {
        let set = format!("servers.0.ftp.files={{ /x: {file} }}");
        let seen = run(here.path(), &["check", "ftp-getfile", "--set", &set]);
        assert_eq!(seen.code, 2);
        assert!(seen.err.contains(says), "{}", seen.err);
        assert!(
            seen.err.ends_with("ftp-getfile: 1 mistake\n"),
            "{}",
            seen.err
        );
    }
}

/// Real bytes can be put into a lab, but a stranger's scenario reads no other folder.
#[test]
fn a_file_beside_the_scenario_is_served() {
    let here = folder();
    let with = |file: &str| {
        let text = format!(
            "lab: 1\ntitle: Own\nsegments: {{ lan: {{ subnet: 10.2.0.0/24 }} }}\n\
             hosts: {{ client: {{ ip: 10.2.0.2 }}, server: {{ ip: 10.2.0.1 }} }}\n\
             servers: [ ftp: {{ host: server, users: {{ fred: {{}} }}, \
             files: {{ /a.txt: {{ file: '{file}' }} }} }} ]\n\
             actors: {{ fred: {{ host: client, script: [ connect: server:21, \
             login: {{ user: fred }}, get: a.txt, quit ] }} }}\n"
        );
        std::fs::write(here.path().join("own.yaml"), text).expect("a file");
        run(here.path(), &["run", "own.yaml", "-o", "x.pcap"])
    };
    std::fs::write(here.path().join("own.txt"), "Nobody else wrote this.").expect("a file");
    let played = with("own.txt");
    assert_eq!(played.code, 0, "{}", played.err);
    let seen = run(here.path(), &["follow", "x.pcap", "1"]).out;
    assert!(seen.contains("Nobody else wrote this."), "{seen}");
    let scenarios = here.path().file_name().expect("a name");
    let around = format!("../{}/own.txt", scenarios.to_string_lossy());
    for wrong in ["missing.txt", "/etc/hostname", "..", &around] {
        let refused = with(wrong);
        assert_eq!(refused.code, 2, "{wrong}");
        assert!(
            refused.err.contains("beside the scenario"),
            "{}",
            refused.err
        );
    }
}

/// A file takes no memory until somebody fetches it.
#[test]
fn a_file_beyond_four_gibibytes_is_no_burden() {
    let here = folder();
    let text = "lab: 1\ntitle: Huge\nsegments: { lan: { subnet: 10.2.0.0/24 } }\n\
        hosts: { client: { ip: 10.2.0.2 }, server: { ip: 10.2.0.1 } }\n\
        servers: [ ftp: { host: server, users: { fred: {} }, \
        files: { /huge: { random: 5GiB } } } ]\n\
        actors: { fred: { host: client, script: [ connect: server:21, \
        login: { user: fred }, bin, { send: SIZE huge, expect: 213 }, \
        get: { file: huge, from: 5368709000B }, quit ] } }\n";
    std::fs::write(here.path().join("huge.yaml"), text).expect("a file");
    let told = run(here.path(), &["run", "huge.yaml"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("120 bytes") && told.err.contains("1 file whole"));
}

#[test]
fn two_taps_have_labels_of_their_own() {
    let here = folder();
    let command = "run loss-twotaps --tap server,client --labels x.jsonl -o";
    let play = |output: &str| {
        let arguments: Vec<&str> = command.split(' ').chain([output]).collect();
        assert_eq!(run(here.path(), &arguments).code, 0);
    };
    play("x.pcap");
    let read = |name: &str| std::fs::read_to_string(here.path().join(name)).expect("the labels");
    let frames = |labels: &str| {
        labels
            .lines()
            .filter(|l| !l.contains("\"frame\":null"))
            .count()
    };
    assert_eq!(frames(&read("x.server.jsonl")), 57);
    assert_eq!(frames(&read("x.client.jsonl")), 56);
    play("x.pcapng");
    let both = read("x.jsonl");
    assert_eq!(frames(&both), 113);
    assert_eq!(both.matches("\"tap\":\"client\"").count(), 56);
    // And who reads both in one is told what that means.
    for verb in ["analyze", "show", "ladder"] {
        let seen = run(here.path(), &[verb, "x.pcapng"]);
        assert!(
            seen.err.contains("several interfaces"),
            "{verb}: {}",
            seen.err
        );
    }
    let listed = ["run", "loss-twotaps", "--tap", "server,client"];
    let seen = run(here.path(), &listed);
    assert!(seen.err.contains("several interfaces"), "{}", seen.err);
    let seen = run(here.path(), &listed[..2]);
    assert!(!seen.err.contains("several interfaces"), "{}", seen.err);
}

/// A copy of a frame at a second place looks like sent again. Of one interface alone a
/// capture of several shows what was captured there, and nothing else.
#[test]
fn one_interface_of_a_capture_can_be_looked_at_alone() {
    let here = folder();
    let run = |command: &str| run(here.path(), &command.split(' ').collect::<Vec<_>>());
    assert_eq!(
        run("run loss-twotaps --tap server,client -o x.pcapng").code,
        0
    );
    let again = "tcp.analysis.retransmission";
    let both = run(&format!("show x.pcapng -Y {again}"));
    assert!(both.out.lines().count() > 30, "{}", both.out);
    for tap in ["server", "client"] {
        for verb in ["show", "analyze", "follow"] {
            let alone = run(&format!("{verb} x.pcapng --tap {tap}"));
            let played = run(&format!("{verb} loss-twotaps --tap {tap}"));
            assert_eq!((alone.code, alone.err.as_str()), (0, ""));
            assert!(alone.out == played.out, "{verb} {tap}: {}", alone.out);
        }
        let seen = run(&format!("show x.pcapng -Y frame.interface_name=={tap}"));
        let count = seen.out.lines().count();
        let frames = run(&format!("show x.pcapng --tap {tap}"))
            .out
            .lines()
            .count();
        assert_eq!(count, frames, "{tap}");
    }
    let wrong = run("show x.pcapng --tap lan");
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("`lan`"), "{}", wrong.err);
    assert!(wrong.err.contains("server, client"), "{}", wrong.err);
    // Where interfaces have no names, numbers will do.
    assert_eq!(run("run ftp-connect -o y.pcap").code, 0);
    assert_eq!(run("show y.pcap --tap 0").out, run("show y.pcap").out);
    let wrong = run("show y.pcap --tap lan");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("interface number 0 ("), "{}", wrong.err);
    assert!(wrong.err.contains("--tap 0"), "{}", wrong.err);
    // Which of them is chosen is no question for scenarios alone.
    let wrong = run("show x.pcapng --tap server --seed 3");
    let refusal = "--seed and --set are for scenarios: x.pcapng is a capture";
    assert!(wrong.err.contains(refusal), "{}", wrong.err);
    // Its frames have numbers of their own, and the help says so.
    let help = run("show --help").out;
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("its frames numbered from 1, unlike"),
        "{words}"
    );
}

#[test]
fn one_interface_of_a_capture_is_compared_alone() {
    let here = folder();
    let run = |command: &str| run(here.path(), &command.split(' ').collect::<Vec<_>>());
    for written in [
        "client,server -o both.pcapng",
        "client -o client.pcapng",
        "client -o client.pcap",
    ] {
        assert_eq!(run(&format!("run loss-twotaps --tap {written}")).code, 0);
    }
    for both in [
        "loss-twotaps both.pcapng",
        "both.pcapng loss-twotaps",
        "both.pcapng client.pcapng",
        // What has only one interface is taken as it is.
        "client.pcap both.pcapng",
        "client.pcap loss-twotaps",
        "client.pcapng client.pcapng",
        "both.pcapng both.pcapng",
    ] {
        let same = run(&format!("diff {both} --tap client"));
        assert_eq!((same.code, same.err.as_str()), (0, ""), "{both}");
    }
    for pair in ["client.pcap both.pcapng", "client.pcapng both.pcapng"] {
        let other = run(&format!("diff {pair} --tap server"));
        assert_eq!((other.code, other.err.as_str()), (1, ""), "{pair}");
    }
    // Without a choice all is compared, and that is said of what it is true of.
    let all = run("diff client.pcapng both.pcapng");
    assert_eq!(all.code, 1);
    let told = "both.pcapng has frames of several interfaces";
    assert!(all.err.starts_with(told), "{}", all.err);
    assert_eq!(all.err.matches("several interfaces").count(), 1);
    // A choice that chooses nothing is refused.
    for (command, says) in [
        (
            "both.pcapng loss-twotaps --tap lan",
            "it has client, server",
        ),
        (
            "both.pcapng client.pcap --tap moon",
            "it has client, server",
        ),
        ("client.pcapng client.pcap --tap moon", "each has only one"),
        (
            "both.pcapng client.pcap --tap client --seed 3",
            "two captures",
        ),
    ] {
        let wrong = run(&format!("diff {command}"));
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{command}");
        assert!(wrong.err.contains(says), "{command}: {}", wrong.err);
    }
}

/// The line about the file is no part of a list.
#[test]
fn beside_a_list_the_line_is_a_remark() {
    let here = folder();
    let list = run(here.path(), &["run", "ftp-connect"]).out;
    for (file, more) in [("x.pcap", &[][..]), ("y.pcap", &["--tap", "lan,client"])] {
        let arguments = [&["run", "ftp-connect", "-o", file, "--list"], more].concat();
        let seen = run(here.path(), &arguments);
        assert_eq!(seen.code, 0, "{}", seen.err);
        assert!(!seen.out.contains("sha256"), "{}", seen.out);
        assert!(seen.err.contains("sha256"), "{}", seen.err);
        assert_eq!(seen.out == list, more.is_empty());
    }
}

/// What no segment would carry is told at the end of a run, streamed or not.
#[test]
fn a_run_tells_of_frames_that_were_too_long() {
    let here = folder();
    let words = "warning: 16 frames from server were lost on lan: longer than the segment's MTU\n";
    for arguments in [
        &["run", "mtu-mismatch"][..],
        &["run", "mtu-mismatch", "--tap", "lan", "-o", "x.pcap"],
    ] {
        let told = run(here.path(), arguments).err;
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
    let told = run(here.path(), &["run", "ftp-connect"]).err;
    assert!(!told.contains("warning"), "{told}");
}
