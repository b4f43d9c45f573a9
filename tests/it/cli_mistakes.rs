//! How mistakes are told: those in a scenario, and what did not come as it says.

use crate::cli::{folder, names, run, seen, wirelab};

#[test]
fn a_wrong_scenario_is_shown_with_line_column_and_caret() {
    let here = folder();
    let text = "lab: 1\nsegments: { lan: { subnet: 192.0.2.0/24 } }\nhosts:\n  a: { ip: 192.0.2.1, stak: linux }\n  b: { ip: 192.0.2.1 }\n";
    std::fs::write(here.path().join("bad.yaml"), text).expect("room for a scenario");
    for verb in ["check", "run", "show", "test"] {
        let told = run(here.path(), &[verb, "bad.yaml"]);
        assert_eq!(told.code, 2, "{verb}");
        assert!(told.err.contains("bad.yaml:4:23"), "{}", told.err);
        assert!(told.err.contains("did you mean `stack`?"), "{}", told.err);
        assert!(!told.err.contains('\x1b'), "no colours in a pipe");
    }
    assert_eq!(run(here.path(), &["check", "ftp-connect"]).code, 0);
    assert_eq!(
        run(here.path(), &["check", "bad.yaml", "ftp-connect"]).code,
        2
    );
}

/// Of a long line an excerpt is shown; where the mistake is in the file stays true.
#[test]
fn a_mistake_far_out_in_a_line_has_its_true_column() {
    let here = folder();
    let hosts: String = (0..30).map(|n| format!("h{n}: {{}}, ")).collect();
    let line = format!(
        "title: {{ é: 1 }}, segments: {{ lan: {{ subnet: 192.0.2.0/24 }} }}, \
         hosts: {{ {hosts}x: {{ stak: linux }}, {hosts}y: {{ ttll: 3 }} }}"
    );
    let text = format!("# A file\n{{ lab: 1, {line} }}\n");
    std::fs::write(here.path().join("long.yaml"), &text).expect("a scenario");
    let told = run(here.path(), &["check", "long.yaml"]);
    assert_eq!(told.code, 2, "{}", told.err);
    let line = text.lines().nth(1).expect("the long one");
    for wrong in ["stak", "ttll"] {
        let (before, _) = line.split_once(wrong).expect("it stands there");
        let place = format!("long.yaml:2:{}]", before.chars().count() + 1);
        assert!(told.err.contains(&place), "{place}: {}", told.err);
    }
}

/// No excerpt is wider than the terminal, and what a mistake is about is in it, also where
/// it stands far before it in the same line.
#[test]
fn a_long_line_fits_the_terminal() {
    let here = folder();
    let far = "rate: 100Mbps, latency: 20us, jitter: 1ms, queue: 200, mtu: 1500";
    let text = format!(
        "lab: 1\nsegments:\n  lan: {{ kind: hub, subnet: 192.0.2.0/24, {far}, kind: switch }}\n\
         hosts:\n  a: {{ ip: 192.0.2.1, # {}\n    stak: linux, name: a.example.test, mtu: 1500, \
         first_port: 9999, ip: 192.0.2.9 }}\n",
        "x".repeat(90)
    );
    std::fs::write(here.path().join("long.yaml"), &text).expect("a scenario");
    for width in [60, 80] {
        let mut command = wirelab(here.path());
        command.args(["check", "long.yaml"]);
        let told = command.env("COLUMNS", width.to_string()).output();
        let told = seen(&told.expect("the binary runs"));
        let widest = told.err.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(width), "{width}: {}", told.err);
        let lines: Vec<Vec<char>> = told.err.lines().map(|l| l.chars().collect()).collect();
        let at = |words: &str| {
            let found = lines
                .iter()
                .position(|line| line.iter().collect::<String>().contains(words));
            found.expect("it is told")
        };
        let written = at("kind` is written twice") + 3;
        let pointed: String = lines[written]
            .iter()
            .zip(&lines[written + 1])
            .filter_map(|(c, mark)| "─┬".contains(*mark).then_some(*c))
            .collect();
        assert_eq!(pointed, "kindkind", "{}", told.err);
    }
}

/// A warning is no mistake, also when there are mistakes.
#[test]
fn mistakes_and_warnings_are_counted_apart() {
    let here = folder();
    let book = include_str!("../../book/src/scenarios.md");
    let (_, wrong) = book.split_once("file=wrong.yaml\n").expect("a wrong file");
    let (wrong, _) = wrong.split_once("```").expect("its end");
    std::fs::write(here.path().join("wrong.yaml"), wrong).expect("a scenario");
    let told = run(here.path(), &["check", "wrong.yaml"]);
    assert_eq!(told.code, 2);
    let sum = "wrong.yaml: 4 mistakes, 1 warning\n";
    assert!(told.err.ends_with(sum), "{}", told.err);
}

#[test]
fn a_syntax_error_is_shown_where_it_is() {
    let here = folder();
    for (text, place) in [
        // Where the tab is, and not the value that it breaks off.
        ("lab: 1\n\ttitle: x\n", "x.yaml:2:1"),
        ("lab: 1\ntitle: a\0b\n", "x.yaml:2:"),
        ("lab: 1\ntitle: [\n", "x.yaml:"),
    ] {
        std::fs::write(here.path().join("x.yaml"), text).expect("a scenario");
        let seen = run(here.path(), &["check", "x.yaml"]);
        assert_eq!(seen.code, 2);
        assert!(seen.err.contains(place), "{text:?}: {}", seen.err);
    }
}

#[test]
fn of_very_many_mistakes_the_first_are_shown() {
    let here = folder();
    let hosts = "  a: {}\n".repeat(20_000);
    let text = format!("lab: 1\nhosts:\n{hosts}");
    std::fs::write(here.path().join("many.yaml"), text).expect("a scenario");
    let seen = run(here.path(), &["check", "many.yaml"]);
    assert_eq!(seen.code, 2);
    assert!(seen.err.contains("and 19"), "{}", seen.err);
    assert!(seen.err.len() < 100_000, "{} bytes", seen.err.len());
}

#[test]
fn an_exercise_in_a_scenario_is_looked_at_as_well() {
    let here = folder();
    let scenario = "lab: 1\ntitle: t\nsegments: { lan: { subnet: 192.0.2.0/24 } }\n\
                    hosts: { a: {}, b: {} }\nactors: { p: { host: a, script: [ping: b] } }\n";
    for (exercise, code) in [("{ ask: a }", 2), ("client-ip", 0)] {
        let text = format!("{scenario}exercise: {{ questions: [{exercise}] }}\n");
        std::fs::write(here.path().join("x.yaml"), text).expect("a scenario");
        let seen = run(here.path(), &["check", "x.yaml"]);
        assert_eq!(seen.code, code, "{}", seen.err);
        assert_eq!(seen.err.contains("x.yaml:6:"), code == 2, "{}", seen.err);
    }
}

#[test]
fn a_failed_check_exits_with_1_and_the_capture_is_written_all_the_same() {
    let here = folder();
    let set = "actors.fred.script.1.expect=530";
    let told = run(
        here.path(),
        &["run", "ftp-connect", "-o", "x.pcap", "--set", set],
    );
    assert_eq!(told.code, 1, "{}", told.err);
    assert!(told.err.contains("`fred` did not get on"), "{}", told.err);
    assert!(told.err.contains("check failed"), "{}", told.err);
    assert!(
        told.err.contains(" things did not come as they should"),
        "{}",
        told.err
    );
    assert_eq!(names(here.path()), ["x.pcap"]);
}

/// What an analyser flags and nobody expects is told once, with a line to copy; where no
/// `expert` is written, no line of the file is to blame.
#[test]
fn flags_that_nobody_expects_are_told_in_one_message() {
    let here = folder();
    let told = run(
        here.path(),
        &["run", "tcp-fastretransmit", "--set", "expert={}"],
    );
    assert_eq!(told.code, 1, "{}", told.err);
    let words = told.err.split_whitespace().filter(|word| *word != "│");
    let said = words.collect::<Vec<_>>().join(" ");
    assert_eq!(said.matches("TCP analysis").count(), 1, "{said}");
    assert!(said.contains("1 frame (72) as retransmission"), "{said}");
    assert!(said.contains("`expert` lists none"), "{said}");
    assert!(told.err.contains("expert: { "), "{}", told.err);
    assert!(
        told.err.contains("1 thing did not come as it should"),
        "{}",
        told.err
    );
    assert!(
        !told.err.contains("lab: 1") && !told.err.contains("here"),
        "{}",
        told.err
    );
}
