//! What a reader is told about a scenario: one case a line.

use super::*;

const GOOD: &str = include_str!("testdata/good.yaml");

#[test]
fn a_good_scenario_has_nothing_wrong() {
    let loaded = load("good.yaml", GOOD, &[]).unwrap_or_else(|d| panic!("{d}"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let words = loaded
        .scenario
        .words
        .get("guesses")
        .map(|list| list[1].value.clone());
    assert_eq!(
        words.as_deref(),
        Some("012345"),
        "digits stay as they are written"
    );
}

/// Loads the good scenario with one piece of text replaced; what is wrong, one line each.
#[track_caller]
fn wrong(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the good scenario has no {from:?}");
    match load("f", &GOOD.replacen(from, to, 1), &[]) {
        Ok(loaded) => format!("accepted, with {:?}", loaded.warnings),
        Err(diagnostics) => diagnostics.to_string(),
    }
}

#[test]
fn one_mistake_one_line() {
    let cases = [
        (
            "lab: 1",
            "lab: 2",
            "f:2:6: error: this scenario is written in version 2 of the language; this wirelab speaks version 1 (a newer wirelab can play it)",
        ),
        (
            "title:",
            "titel:",
            "f:3:1: error: unknown key `titel` in a scenario (did you mean `title`?)",
        ),
        (
            "title:",
            "lab: 1\ntitle:",
            "f:3:1: error: `lab` is written twice",
        ),
        (
            "words:",
            "questions: []\nwords:",
            "error: `questions` stands under `exercise` (as in `exercise: { questions: [client-isn] }`)",
        ),
        (
            "kind: hub",
            "kind: hubb",
            "error: `hubb` is not a kind of segment (did you mean `hub`?)",
        ),
        (
            "10Mbps",
            "10MB",
            "f:9:49: error: expected a rate such as 10Mbps or 64kbps, found \"10MB\"",
        ),
        (
            "50us",
            "50",
            "error: expected a duration such as 800ms, 1.5s or 200us, found 50",
        ),
        (
            "192.0.2.0/24",
            "192.0.2.1/24",
            "error: expected a subnet such as 192.0.2.0/24",
        ),
        (
            "link: lan, ip: 192.0.2.10",
            "link: lna, ip: 192.0.2.10",
            "error: there is no segment `lna` (did you mean `lan`?)",
        ),
        (
            "ip: 192.0.2.10",
            "ip: 192.0.2.21",
            "error: two hosts have the address 192.0.2.21",
        ),
        (
            "ip: 192.0.2.10",
            "ip: 198.51.100.7",
            "error: 198.51.100.7 is not a host's address in 192.0.2.0/24",
        ),
        (
            "ip: 192.0.2.10",
            "ip: 2001:db8::1",
            "error: expected an IPv4 address such as 192.0.2.10, `dhcp` or `none`, found \"2001:db8::1\" (an IPv6 address is `ip6`)",
        ),
        (
            "stack: windows-98",
            "stack: windows-95",
            "error: there is no stack `windows-95` (did you mean `windows-98`?)",
        ),
        (
            "stack: windows-98",
            "window: 100000",
            "error: a window of 100000 bytes is too large for `plain`",
        ),
        (
            "host: server\n",
            "host: sever\n",
            "error: there is no host `sever` (did you mean `server`?)",
        ),
        (
            "bisonware",
            "bison",
            "error: there is no server persona `bison`",
        ),
        (
            "/home/student/pub/map.png",
            "/home/../etc/passwd",
            "error: a path does not hold `.` or `..`",
        ),
        (
            "/home/student/pub/map.png",
            "C:\\pub",
            "error: a path on a server begins with `/`",
        ),
        (
            "450 Busy.",
            "45 Busy.",
            "error: a reply is a code and a text such as",
        ),
        (
            "persona: windows-ftp",
            "persona: windows-ftp\n    mode: passive",
            "error: `windows-ftp` does not open data connections that way (it knows: active)",
        ),
        (
            "- connect: server:21",
            "- conect: server:21",
            "error: `conect` is not a verb (did you mean `connect`?)",
        ),
        (
            "- connect: server:21",
            "- connect: server:2121",
            "error: this step can never succeed: nobody listens at port 2121 of `server` (if that is the point, write `expect: refused`)",
        ),
        (
            "- connect: server:21",
            "- connect: printer:21",
            "error: there is no host `printer`",
        ),
        (
            "- connect: server:21\n",
            "- wait: 1s\n",
            "error: nothing answers this step: there is nothing to expect",
        ),
        (
            "expect: 220",
            "expect: refusedd",
            "error: expected a reply code such as 220, or refused, unreachable, closed, reset, silence",
        ),
        (
            "expect: 220",
            "expect: 331",
            "error: this step can never come to 331",
        ),
        (
            "expect: 220",
            "expect: []",
            "error: expected a reply code such as 220, a list such as [150, 226], or { any_of: … }, found a list",
        ),
        (
            "expect: 220",
            "expects: 220",
            "error: unknown key `expects` in a step (did you mean `expect`?)",
        ),
        (
            "- wait: 800ms",
            "- wait: 800ms\n        login: { user: x }",
            "error: a step has one verb, and this one has `login` too",
        ),
        (
            "- wait: 800ms",
            "- replay: server",
            "error: `replay` is not a verb (a capture is played by a host: hosts: { tape",
        ),
        (
            "- wait: 800ms",
            "- put: x.txt",
            "error: the actor has no file `x.txt` to put",
        ),
        (
            "word: guesses",
            "word: gusses",
            "error: there is no list of words `gusses` (did you mean `guesses`?)",
        ),
        (
            "\"{word}\"",
            "\"{wrod}\"",
            "error: there is no `{wrod}` (did you mean `word`?)",
        ),
        (
            "password: open-sesame }\n        expect: 230",
            "password: \"{word}\" }",
            "error: `{word}` stands for something inside `each` only",
        ),
        (
            "command: PORT, say",
            "command: PORT, reply: 226, say",
            "error: a frame is selected by one key, and here are `command` and `reply`",
        ),
        (
            "command: PORT, say",
            "comand: PORT, say",
            "error: unknown key `comand` in a note (did you mean `command`?)",
        ),
        (
            "tcp_connections: 2",
            "tcp_conections: 2",
            "error: `tcp_conections` is not a check (did you mean `tcp_connections`?)",
        ),
        (
            "from: client }",
            "from: cilent }",
            "error: there is no host `cilent` (did you mean `client`?)",
        ),
        (
            "retransmission: 2",
            "retransmissions: 2",
            "error: `retransmissions` is not a flag of TCP analysis (did you mean `retransmission`?)",
        ),
        (
            "time: 10min",
            "time: 48h",
            "error: this limit can be set to at most 24h",
        ),
        (
            "host: client }",
            "hosts: client }",
            "error: unknown key `hosts` in a tap (did you mean `host`?)",
        ),
        (
            "seed: 20240301",
            "seed: -1",
            "error: expected a whole number, found -1",
        ),
        (
            "clock: 2024-03-01T09:00:00Z",
            "clock: yesterday",
            "error: expected a date such as 2024-03-01T09:00:00Z, found \"yesterday\"",
        ),
        ("lab: 1", "lab: [", "error: not valid YAML"),
    ];
    let mut failed = String::new();
    for (from, to, expected) in cases {
        let seen = wrong(from, to);
        if !seen.contains(expected) {
            failed += &format!("{to:?}\n  expected: {expected}\n  seen: {seen}\n");
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn loops_inside_loops_are_bounded() {
    let words = vec!["w"; 100].join(", ");
    let text = format!(
        "lab: 1\nsegments: {{ lan: {{ subnet: 192.0.2.0/24 }} }}\nhosts: {{ a: {{}} }}\n\
         words: {{ w: [{words}] }}\nactors:\n  a:\n    host: a\n    script:\n\
         \x20     - each: {{ word: w }}\n        do:\n          - each: {{ word: w }}\n            do:\n\
         \x20             - each: {{ word: w }}\n                do: [ {{ wait: 0s }} ]\n"
    );
    let wrong = load("f", &text, &[]).unwrap_err().to_string();
    assert!(
        wrong.contains("`a` would play 1010101 steps, and 200000 is the limit"),
        "{wrong}"
    );
}

#[test]
fn a_fault_that_selects_wrongly_is_told_its_mistake() {
    for (fault, expected) in [
        (
            "drop: {}",
            "error: nothing here says which frames are meant (one of `command`, ",
        ),
        (
            "drop: { frame: 12 }",
            "error: unknown key `frame` in a `drop`",
        ),
        (
            "drop: { from: client, nth: 1 }",
            "error: nothing here says which frames are meant",
        ),
        (
            "drop: { reply: 226, command: RETR }",
            "and here are `reply` and `command`",
        ),
        (
            "drop: { data: true, segment: 3, nth: 2 }",
            "`segment` and `nth` say the same",
        ),
        (
            "drop: { data: true, segment: 0 }",
            "segments are counted from 1",
        ),
        (
            "drop: { reply: 226, segment: 1 }",
            "segments of `data: true` only",
        ),
    ] {
        let seen = wrong(
            "\nactors:",
            &format!("\nfaults: [ {{ {fault} }} ]\nactors:"),
        );
        assert!(seen.contains(expected), "{fault}: {seen}");
    }
}

/// What is wrong with one fault, note or check hides nothing that is wrong with another.
#[test]
fn a_malformed_item_hides_no_mistake_of_its_neighbours() {
    let seen = wrong(
        "\nactors:",
        "\nfaults: [ drop: { reply: 226, from: klient }, delay: { reply: 226 } ]\nactors:",
    );
    assert!(seen.contains("there is no host `klient`"), "{seen}");
    assert!(seen.contains("a `delay` needs `by`"), "{seen}");
}

#[test]
fn all_mistakes_at_once() {
    let text = GOOD
        .replace("kind: hub", "kind: hob")
        .replace("expect: 221", "expect: soon")
        .replace("title", "titel");
    let diagnostics = load("f", &text, &[]).unwrap_err();
    assert_eq!(diagnostics.list.len(), 3, "{diagnostics}");
}

#[test]
fn a_value_from_the_command_line_is_checked_like_any_other() {
    let set = |text: &str| load("f", GOOD, &[Override::parse(text).unwrap()]);
    let loaded = set("hosts.client.ip=192.0.2.99").unwrap();
    let ip = loaded
        .scenario
        .hosts
        .get("client")
        .and_then(|h| h.ip)
        .map(|i| i.to_string());
    assert_eq!(ip.as_deref(), Some("192.0.2.99"));
    assert_eq!(
        set("hosts.client.ip=nowhere").unwrap_err().to_string(),
        "--set hosts.client.ip:1:1: error: expected an IPv4 address such as 192.0.2.10, `dhcp` or `none`, found \"nowhere\""
    );
    assert!(
        set("hosts.client.colour=red")
            .unwrap_err()
            .to_string()
            .contains("unknown key `colour`")
    );
}

mod any_bytes {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn give_diagnostics_and_no_panic(text in "\\PC{0,200}") {
            let _ = load("f", &text, &[]).map_err(|d| d.to_string());
        }

        /// Pieces of the language in any order.
        #[test]
        fn shuffled_lines(lines in proptest::collection::vec(0usize..60, 0..40)) {
            let all: Vec<&str> = GOOD.lines().collect();
            let text: Vec<&str> = lines.iter().filter_map(|i| all.get(*i).copied()).collect();
            let _ = load("f", &text.join("\n"), &[]).map_err(|d| d.to_string());
        }

        /// The good scenario with any one stretch of it replaced.
        #[test]
        fn a_damaged_scenario(at in 0usize..2400, len in 0usize..30, with in "\\PC{0,12}") {
            let start = at.min(GOOD.len());
            let end = (start + len).min(GOOD.len());
            if GOOD.is_char_boundary(start) && GOOD.is_char_boundary(end) {
                let text = format!("{}{with}{}", &GOOD[..start], &GOOD[end..]);
                let _ = load("f", &text, &[]).map_err(|d| d.to_string());
            }
        }
    }
}
