//! What may be asked for on the command line, and how it is refused.

use crate::cli::{folder, names, run, seen, wirelab};

#[test]
fn help_is_a_result_and_wrong_usage_is_not() {
    let here = folder();
    let help = run(here.path(), &["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for verb in ["list", "run", "check", "new", "schema", "show", "test"] {
        assert!(help.out.contains(&format!("\n  {verb}")), "{verb}");
    }
    let wrong = run(here.path(), &["fly"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("fly"));
    assert_eq!(run(here.path(), &[]).code, 2);
}

#[test]
fn seed_tap_and_set_change_the_run() {
    let here = folder();
    let out = |arguments: &[&str]| {
        let all = [&["run", "ftp-connect", "-o", "-"], arguments].concat();
        let output = wirelab(here.path())
            .args(all)
            .output()
            .expect("the binary runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    assert_eq!(out(&[]), out(&["--seed", "1"]));
    assert_ne!(out(&[]), out(&["--seed", "2"]));
    assert_ne!(
        out(&[]),
        out(&["--tap", "client"]),
        "a card sees its own frames unpadded"
    );
    assert_ne!(out(&[]), out(&["--set", "segments.lan.latency=75us"]));
    assert_ne!(out(&[]), out(&["--precision", "ns"]));
}

/// A date that a file cannot hold is said before the first frame is played.
#[test]
fn dates_have_an_end() {
    let here = folder();
    let with = |clock: &str, more: &[&str]| {
        let text = format!(
            "lab: 1\nclock: {clock}\nlimits: {{ time: 1h }}\n\
             segments: {{ lan: {{ subnet: 10.2.0.0/24 }} }}\n\
             hosts: {{ a: {{ ip: 10.2.0.1 }}, b: {{ ip: 10.2.0.2 }} }}\n\
             actors: {{ it: {{ host: a, script: [ ping: b ] }} }}\n"
        );
        std::fs::write(here.path().join("end.yaml"), text).expect("a file");
        let arguments = [&["run", "end.yaml"][..], more].concat();
        let told = run(here.path(), &arguments);
        (told.code, told.err)
    };
    let (code, told) = with("2106-02-07T06:28:10Z", &["-o", "x.pcap"]);
    assert!(code == 2 && told.contains("x.pcapng"), "{told}");
    assert_eq!(names(here.path()), ["end.yaml"]);
    let (code, told) = with("2106-02-07T06:28:10Z", &["-o", "x.pcapng"]);
    assert_eq!(code, 0, "{told}");
    let limit = ["--set", "limits.time=5s", "-o", "x.pcap"];
    let (code, told) = with("2106-02-07T06:28:10Z", &limit);
    assert_eq!(code, 0, "{told}");
    let (code, told) = with("2554-07-21T23:34:30Z", &[]);
    assert!(code == 2 && told.contains("the year 2554"), "{told}");
    let (code, told) = with("2554-07-21T22:34:30Z", &[]);
    assert_eq!(code, 0, "{told}");
}

/// What cannot be done is not passed over in silence.
#[test]
fn what_is_for_scenarios_is_refused_elsewhere() {
    let here = folder();
    assert_eq!(
        run(here.path(), &["run", "ftp-connect", "-o", "x.pcap"]).code,
        0
    );
    for (arguments, why) in [
        (
            &["show", "x.pcap", "--seed", "2"][..],
            "x.pcap is a capture",
        ),
        (
            &["analyze", "x.pcap", "--tap", "lan", "--seed", "2"],
            "x.pcap is a capture",
        ),
        (&["ladder", "x.pcap", "--set", "a=1"], "x.pcap is a capture"),
        (&["explain", "x.pcap", "1", "--seed", "2"], "a capture"),
        (&["follow", "x.pcap", "--seed", "2"], "a capture"),
        (
            &["report", "x.pcap", "--seed", "2", "-o", "x.html"],
            "a capture",
        ),
        (
            &["filters", "--apply", "x.pcap", "--seed", "2"],
            "a capture",
        ),
        (&["filters", "--seed", "2"], "without --apply"),
        (&["diff", "x.pcap", "x.pcap", "--seed", "2"], "two captures"),
        (&["list", "--seed", "2"], "this verb takes neither"),
        (&["schema", "--set", "a=1"], "this verb takes neither"),
        (&["exercise", "list", "--seed", "2"], "stands in its file"),
    ] {
        let seen = run(here.path(), arguments);
        assert_eq!((seen.code, seen.out.as_str()), (2, ""), "{arguments:?}");
        let refusal = "--seed and --set are for scenarios";
        assert!(seen.err.contains(refusal), "{}", seen.err);
        assert!(seen.err.contains(why), "{}", seen.err);
    }
    assert_eq!(names(here.path()), ["x.pcap"]);
    // Beside a scenario a capture is compared as it is.
    let same = ["diff", "x.pcap", "ftp-connect", "--seed", "1"];
    assert_eq!(run(here.path(), &same).code, 0);
}

#[test]
fn wrong_usage_exits_with_2() {
    let here = folder();
    for (arguments, says) in [
        (
            &["run", "ftp-connect", "-o", "x.txt"][..],
            ".pcap or .pcapng",
        ),
        (&["run", "ftp-conect"], "did you mean `ftp-connect`?"),
        (
            &["run", "ftp-connect", "--tap", "moon"],
            "lan, client, server",
        ),
        (&["run", "ftp-connect", "--set", "hosts"], "PATH=VALUE"),
        (
            &["run", "ftp-connect", "--set", "hosts.cilent.ip=1.2.3.4"],
            "did you mean `client`?",
        ),
        (
            &["new", "x", "--from", "ftp-conect"],
            "did you mean `ftp-connect`?",
        ),
        (&["test", "ftp-connect", "--bless"], "built in"),
        (
            &["explain", "ftp-connect", "abc"],
            "write a whole number such as 7",
        ),
        (
            &["run", "ftp-connect", "--seed", "x"],
            "write a whole number such as 7",
        ),
        (
            &["follow", "ftp-connect", "x"],
            "write a whole number from 0",
        ),
        (
            &["exercise", "check", "ftp-basics", "--students", "1"],
            "write a whole number from 2 to 10000",
        ),
        (&["test", "--seed", "9"], "golden"),
        (&["new", "t.toml"], "t.yaml"),
        (&["new", "t.pcap"], "YAML"),
        (
            &[
                "exercise",
                "grade",
                "ftp-basics",
                "--roster",
                "r.csv",
                "--answers",
                "a.csv",
            ],
            "--secret-file <FILE>|--key <FILE>",
        ),
    ] {
        let told = run(here.path(), arguments);
        assert_eq!(told.code, 2, "{arguments:?}: {}", told.err);
        assert!(told.out.is_empty(), "{arguments:?}: {}", told.out);
        assert!(told.err.contains(says), "{arguments:?}: {}", told.err);
    }
    assert!(names(here.path()).is_empty());
}

/// Help shows what a verb takes, and nothing else.
#[test]
fn what_a_verb_refuses_is_not_in_its_help() {
    let here = folder();
    let help = run(here.path(), &["test", "--help"]).out;
    assert!(help.contains("--set") && !help.contains("--seed"), "{help}");
    for (verb, takes) in [
        (&["run"][..], true),
        (&["show"], true),
        (&["diff"], true),
        (&["filters"], true),
        (&["new"], false),
        (&["schema"], false),
        (&["man"], false),
        (&["mdbook"], false),
        (&["exercise", "make"], false),
        (&["exercise"], false),
    ] {
        let help = run(here.path(), &[verb, &["--help"]].concat());
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{verb:?}");
        for option in ["--seed", "--tap", "--set"] {
            assert_eq!(help.out.contains(option), takes, "{verb:?}: {}", help.out);
        }
    }
}

/// A shell offers a verb's options: what a verb refuses is not among them.
#[test]
fn what_a_verb_refuses_no_shell_offers() {
    let here = folder();
    let script = run(here.path(), &["completions", "bash"]).out;
    let offered = |verb: &str| {
        let case = format!("        wirelab__subcmd__{verb})\n");
        let (_, rest) = script.split_once(&case).expect("a case for the verb");
        let line = rest.lines().next().unwrap_or_default();
        assert!(line.contains("opts=\"-"), "{line}");
        line.to_owned()
    };
    assert!(offered("test").contains("--set"));
    for option in ["--seed", "--tap"] {
        assert!(!offered("test").contains(option), "{option}");
    }
    for verb in ["run", "check", "show", "explain", "diff", "report"] {
        for option in ["--seed", "--tap", "--set"] {
            assert!(offered(verb).contains(option), "{verb}");
        }
    }
    for verb in [
        "list",
        "new",
        "schema",
        "profile",
        "completions",
        "man",
        "mdbook",
        "exercise",
        "exercise__subcmd__make",
        "exercise__subcmd__check",
    ] {
        for option in ["--seed", "--tap", "--set"] {
            assert!(!offered(verb).contains(option), "{verb}: {option}");
        }
    }
}

/// What is printed as a command can be pasted into a shell.
#[test]
fn a_name_with_a_space_is_quoted_in_commands() {
    let here = folder();
    let new = run(here.path(), &["new", "my lab"]);
    assert_eq!(new.code, 0, "{}", new.err);
    let command = "wirelab run \"my lab.yaml\"\n";
    assert!(new.err.contains(command), "{}", new.err);
    let capture = run(here.path(), &["run", "ftp-connect", "-o", "x.pcap"]);
    assert_eq!(capture.code, 0, "{}", capture.err);
    std::fs::rename(here.path().join("x.pcap"), here.path().join("a $b.pcap")).expect("a name");
    let seen = run(here.path(), &["run", "a $b.pcap"]);
    let command = "wirelab show 'a $b.pcap'\n";
    assert!(seen.err.contains(command), "{}", seen.err);
}

/// Somebody who says a name without its ending, or a built-in's, is helped.
#[test]
fn names_that_are_nearly_right() {
    let here = folder();
    let new = run(here.path(), &["new", "lesson"]);
    assert_eq!(new.code, 0, "{}", new.err);
    assert!(!new.err.contains("--from"), "{}", new.err);
    for verb in ["run", "show", "check"] {
        let seen = run(here.path(), &[verb, "lesson"]);
        assert_eq!(seen.code, 2);
        assert!(
            seen.err.contains("did you mean `lesson.yaml`?"),
            "{}",
            seen.err
        );
    }
    let new = run(here.path(), &["new", "ftp-login"]);
    assert_eq!(new.code, 0, "{}", new.err);
    assert!(new.err.contains("`--from ftp-login`"), "{}", new.err);
    let new = run(here.path(), &["new", "ftp-refuse", "--from", "ftp-refuse"]);
    assert!(!new.err.contains("--from"), "{}", new.err);
}

#[test]
fn a_name_can_do_nothing_to_a_terminal() {
    let here = folder();
    for arguments in [
        ["show", "\u{1b}[31mx.yaml"],
        ["test", "\u{1b}]0;title\u{7}"],
    ] {
        let seen = run(here.path(), &arguments);
        assert_ne!(seen.code, 0, "{}", seen.err);
        assert!(seen.err.contains("\\x1b"), "{}", seen.err);
        assert!(!seen.err.contains('\u{1b}'), "{}", seen.err);
    }
}

/// An option that another verb has is told with that verb.
#[test]
fn an_option_of_another_verb_is_named_with_it() {
    let here = folder();
    let verbs = ["run", "analyze", "ladder", "follow", "explain", "report"];
    for verb in verbs {
        let wrong = run(here.path(), &[verb, "ftp-connect", "-Y", "ftp"]);
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{verb}");
        let tip = "`-Y` is an option of `wirelab show`";
        assert!(wrong.err.contains(tip), "{}", wrong.err);
        assert!(!wrong.err.contains("'-- -Y'"), "{}", wrong.err);
    }
    let wrong = run(here.path(), &["check", "ftp-connect", "--filter=ftp"]);
    assert!(wrong.err.contains("of `wirelab show`"), "{}", wrong.err);
    let wrong = run(here.path(), &["show", "ftp-connect", "--roster=x"]);
    for part in ["`--roster` is an option of", "`wirelab exercise export`"] {
        assert!(wrong.err.contains(part), "{}", wrong.err);
    }
    assert!(!wrong.err.contains("--notes"), "{}", wrong.err);
    // What no verb has, and what is nearly one of this verb's.
    let wrong = run(here.path(), &["run", "ftp-connect", "-Q"]);
    assert!(!wrong.err.contains("an option of"), "{}", wrong.err);
    let wrong = run(here.path(), &["show", "ftp-connect", "--filtre", "ftp"]);
    assert!(wrong.err.contains("--filter"), "{}", wrong.err);
}

/// A filter that no frame passes is told on standard error: the list is empty all the same.
#[test]
fn a_filter_that_nothing_passes_is_told() {
    let here = folder();
    let none = run(here.path(), &["show", "ftp-connect", "-Y", "udp"]);
    assert_eq!((none.code, none.out.lines().count()), (0, 1));
    assert_eq!(none.err, "none of 20 frames passes the filter\n");
    let some = run(here.path(), &["show", "ftp-connect", "-Y", "arp"]);
    assert_eq!((some.code, some.err.as_str()), (0, ""));
    let all = run(here.path(), &["show", "ftp-connect"]);
    assert_eq!(all.err, "");
}

/// A tap that saw nothing has no frame to tell a fault on: it is told all the same.
#[test]
fn a_tap_that_saw_nothing_is_told() {
    let here = folder();
    let quiet = "lab: 1\n\
         segments: { lan: { subnet: 10.2.0.0/24 }, dmz: { subnet: 10.3.0.0/24 } }\n\
         hosts:\n  a: { link: lan, ip: 10.2.0.1 }\n  b: { link: lan, ip: 10.2.0.2 }\n  \
         c: { link: dmz, ip: 10.3.0.2 }\n\
         actors: { it: { host: a, script: [ ping: b ] } }\n\
         faults: [ drop: { icmp: echo-reply, nth: 2 } ]\n";
    std::fs::write(here.path().join("quiet.yaml"), quiet).expect("a file");
    let told = "warning: tap dmz saw no frame, and so tells of no fault; what struck elsewhere: \
                line 8: drop ICMP echo-reply, number 2 of its kind\n";
    for more in [
        &["--tap", "dmz"][..],
        &["--tap", "dmz", "-o", "x.pcap"],
        &["--tap", "dmz", "-o", "x.pcapng", "--list"],
        &["--tap", "lan,dmz", "-o", "x.pcap"],
    ] {
        let arguments = [&["run", "quiet.yaml"][..], more].concat();
        let run = run(here.path(), &arguments);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.err.contains(told), "{more:?}: {}", run.err);
    }
    for verb in ["show", "ladder", "analyze"] {
        let read = run(here.path(), &[verb, "quiet.yaml", "--tap", "dmz"]);
        assert_eq!((read.code, read.err.as_str()), (0, told), "{verb}");
    }
    // Neither of the two is silent about it in a comparison.
    let lan = run(here.path(), &["run", "quiet.yaml", "-o", "lan.pcap"]);
    let dmz = ["run", "quiet.yaml", "--tap", "dmz", "-o", "dmz.pcap"];
    assert_eq!((lan.code, run(here.path(), &dmz).code), (0, 0));
    let played = run(
        here.path(),
        &["diff", "quiet.yaml", "lan.pcap", "--tap", "dmz"],
    );
    assert_eq!((played.code, played.err.as_str()), (1, told));
    let read = run(here.path(), &["diff", "lan.pcap", "dmz.pcap"]);
    let empty = "warning: dmz.pcap holds no frame\n";
    assert_eq!((read.code, read.err.as_str()), (1, empty));
    let lan = run(here.path(), &["run", "quiet.yaml", "--tap", "lan"]);
    assert!(!lan.err.contains("warning"), "{}", lan.err);
    std::fs::write(
        here.path().join("quiet.yaml"),
        quiet.split("faults").next().expect("text"),
    )
    .expect("a file");
    let none = run(here.path(), &["run", "quiet.yaml", "--tap", "dmz"]);
    assert!(
        none.err.contains("warning: tap dmz saw no frame\n"),
        "{}",
        none.err
    );
}

/// What is said by the way fits the terminal too, its names and hashes whole.
#[test]
fn messages_fit_the_terminal() {
    let here = folder();
    let narrow = |arguments: &[&str]| {
        let mut command = wirelab(here.path());
        let output = command.args(arguments).env("COLUMNS", "80").output();
        seen(&output.expect("the binary runs"))
    };
    let several = ["--tap", "client,server"];
    let shown = narrow(&[&["show", "loss-twotaps"][..], &several].concat());
    let lines: Vec<&str> = shown.err.lines().collect();
    let first = "frames of several interfaces: what passed two of them is here twice, and looks";
    assert_eq!(lines[0], first);
    assert!(lines[1].starts_with("  like sent again;"), "{}", shown.err);
    let written = narrow(&["run", "ftp-connect", "-o", "x.pcapng"]).out;
    let lines: Vec<&str> = written.lines().collect();
    assert!(lines[0].ends_with("tap lan, sha256"), "{written}");
    assert_eq!((lines.len(), lines[1].len()), (2, 2 + 64), "{written}");
    let nowhere = narrow(&["run", "ftp-portscan", "--tap", "nowhere"]).err;
    assert!(nowhere.contains("\n  "), "{nowhere}");
    for text in [&shown.err, &written, &nowhere] {
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
    // Nothing is broken where nobody says how wide it is.
    let piped = run(here.path(), &["run", "ftp-connect", "-o", "x.pcapng"]).out;
    assert_eq!(piped.lines().count(), 1, "{piped}");
}

/// The keys of both languages can be read without the book.
#[test]
fn every_key_is_listed() {
    let here = folder();
    let scenario = run(here.path(), &["schema", "--markdown"]);
    assert_eq!(scenario.code, 0, "{}", scenario.err);
    assert!(scenario.out.starts_with("## A scenario\n"));
    assert!(scenario.out.contains("\n| `segments` (needed) | "));
    let exercise = run(here.path(), &["schema", "--exercise", "--markdown"]);
    assert!(exercise.out.starts_with("## An exercise\n"));
    assert!(exercise.out.contains("\n| `questions` (needed) | "));
    // Of one kind of mapping or of several.
    assert!(exercise.out.contains("\n| `ask` | "), "{}", exercise.out);
    let kinds = "It has `template`; or `id` and `ask` and `answer`.";
    assert!(exercise.out.contains(kinds), "{}", exercise.out);
    for (options, tables) in [(&[][..], &scenario), (&["--exercise"][..], &exercise)] {
        let schema = run(here.path(), &[&["schema"], options].concat()).out;
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
        let definitions = schema["definitions"].as_object().expect("definitions");
        for (name, definition) in definitions {
            let (_, section) = tables
                .out
                .split_once(&format!("\n## {name}\n"))
                .expect(name);
            let section = section.split("\n## ").next().expect("a section");
            let kinds = ["oneOf", "anyOf"].map(|word| definition[word].as_array());
            let kinds = kinds.into_iter().flatten().flatten().chain([definition]);
            let keys = kinds.filter_map(|kind| kind["properties"].as_object());
            for key in keys.flat_map(|keys| keys.keys()) {
                assert!(section.contains(&format!("`{key}`")), "{name}: {key}");
            }
        }
    }
}

/// Of less than 20 columns 20 are made; 0 is nobody's width.
#[test]
fn a_terminal_is_as_wide_as_it_says_and_not_less_than_20() {
    let here = folder();
    let list = |columns: &str| {
        let output = wirelab(here.path())
            .args(["show", "ftp-connect"])
            .env("COLUMNS", columns)
            .output();
        String::from_utf8(output.expect("the binary runs").stdout).expect("text")
    };
    assert_eq!(list("7"), list("20"));
    assert_eq!(list("1"), list("20"));
    assert_ne!(list("20"), list("40"));
    assert_eq!(list("0"), list("wide"));
    assert_ne!(list("0"), list("20"));
    let help = run(here.path(), &["--help"]);
    assert!(
        help.out
            .contains("COLUMNS is how wide to write, 20 at least")
    );
}

/// A byte order mark has no column, and no place in what is shown.
#[test]
fn a_byte_order_mark_is_no_column() {
    let here = folder();
    for (verb, text) in [
        (&["check"][..], "titel: x\nlab: 1\n"),
        (&["exercise", "check"], "titel: x\nexercise: 1\n"),
    ] {
        let told = |text: String| {
            std::fs::write(here.path().join("x.yaml"), text).expect("a file");
            let arguments = [verb, &["x.yaml"]].concat();
            run(here.path(), &arguments).err
        };
        let plain = told(text.to_owned());
        assert!(plain.contains("x.yaml:1:1"), "{plain}");
        assert_eq!(told(format!("\u{feff}{text}")), plain);
    }
}

/// A folder is no exercise: it is told as for any other verb.
#[test]
fn a_folder_is_no_exercise() {
    let here = folder();
    std::fs::create_dir(here.path().join("mine")).expect("a folder");
    for verb in [&["check"][..], &["exercise", "check"]] {
        let wrong = run(here.path(), &[verb, &["mine"]].concat());
        assert_eq!(wrong.code, 3, "{}", wrong.err);
        assert_eq!(wrong.err, "error: cannot read mine: is a directory\n");
    }
}
