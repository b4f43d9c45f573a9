//! Hosts as a scenario describes them: timestamps, names for errands, paths that are narrow, notes behind a NAT.

use wirelab::capture::Capture;
use wirelab::host::STACK_PERSONAS;
use wirelab::lab::{PlayOptions, Played, play};
use wirelab::scenario::load;
use wirelab::time::{Duration, Instant};
use wirelab::wire::{TcpFlags, TcpOption};

use crate::cli::{folder, run};
use crate::devices::judged;
use crate::tshark;

/// Plays the text of a scenario.
pub fn played(text: &str) -> Played {
    let loaded = load("a.yaml", text, &[]).unwrap_or_else(|wrong| panic!("{text}\n{wrong}"));
    let played = play(&loaded, PlayOptions::default()).expect("a tap");
    let wrong: Vec<&str> = played.failures.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(wrong, Vec::<&str>::new(), "{text}");
    played
}

/// tshark finds nothing wrong in it.
pub fn assert_sound(capture: &Capture) {
    if tshark::is_there("hosts") {
        for row in judged(capture, &[]) {
            assert_eq!(row.wrong(), Vec::<String>::new(), "frame {}", row.number);
        }
    }
}

/// Whatever one end speaks and the other does not, the file arrives; stamps
/// are on a segment where both speak them, and nowhere else.
#[test]
fn timestamps_are_used_where_both_ends_speak_them() {
    for stack in STACK_PERSONAS.map(|persona| persona.name) {
        for (client, server) in [(true, true), (true, false), (false, true), (false, false)] {
            let text = format!(
                "lab: 1
segments: {{ lan: {{ subnet: 192.0.2.0/24 }} }}
hosts:
  client: {{ stack: {stack}, timestamps: {client} }}
  server: {{ stack: linux, timestamps: {server} }}
servers: [ {{ ftp: {{ host: server, files: {{ /x: {{ random: 30KiB }} }} }} }} ]
actors:
  a: {{ host: client, mode: passive, script: [ connect: server, login: {{ user: anonymous, password: x }}, bin, get: x, quit ] }}
checks: [ transfer: {{ name: x, bytes: 30KiB, whole: true }} ]
"
            );
            let text = text.replace("files:", "anonymous: { home: / }, files:");
            let capture = played(&text).capture;
            let lists = capture.frames.iter().filter_map(|frame| {
                let tcp = wirelab::wire::Tcp::new(frame.bytes().get(34..)?)?;
                let is_tcp = frame.bytes()[12..14] == [8, 0] && frame.bytes()[23] == 6;
                let stamp = |option| matches!(option, TcpOption::Timestamps { .. });
                is_tcp.then(|| (tcp.flags(), tcp.options().any(stamp)))
            });
            for (flags, stamped) in lists {
                let expected = match (flags.has(TcpFlags::SYN), flags.has(TcpFlags::ACK)) {
                    // Both connections are the client's.
                    (true, false) => client,
                    _ if flags.has(TcpFlags::RST) => continue,
                    _ => client && server,
                };
                assert_eq!(stamped, expected, "{stack} {client} {server} {flags:?}");
            }
            assert_sound(&capture);
        }
    }
}

const NAMED: &str = "lab: 1
segments: { lan: { subnet: 192.0.2.0/24 } }
hosts:
  client: { ip: 192.0.2.10, resolver: names }
  names: { ip: 192.0.2.11 }
  server: { ip: 192.0.2.21, name: www.example.test }
servers: [ { dns: { host: names } }, { echo: { host: server } } ]
actors:
  a:
    host: client
    script:
      - ping: { to: www.example.test, count: 1 }
      - traceroute: www.example.test
      - scan: { to: [www.example.test, server], ports: [7, 21] }
      - echo: { to: www.example.test, text: hello }
      - ping: nobody.example.test
        expect: unreachable
checks:
  - seen: { dns: question, count: 5 }
";

#[test]
fn errands_ask_for_names_first() {
    let played = played(NAMED);
    let report = &played.run.reports[2];
    let lines = report.lines.join("\n");
    for line in [
        "ping 192.0.2.21: 32 octets",
        "1 sent, 1 answered, 0% lost",
        "the way to 192.0.2.21, at most 30 hops",
        "192.0.2.21:7 open",
        "192.0.2.21:21 closed",
    ] {
        assert!(lines.contains(line), "{line}\n{lines}");
    }
    assert_sound(&played.capture);
}

#[test]
fn run_prints_what_ping_and_traceroute_say() {
    let here = folder();
    let ping = run(here.path(), &["run", "ping"]);
    assert!(ping.err.contains("asker: 4 sent, 4 answered, 0% lost; "));
    assert!(!ping.out.contains("asker"), "the list alone is the result");
    let quiet = run(here.path(), &["run", "traceroute", "-o", "x.pcap"]);
    assert!(quiet.err.contains("asker:  2  10.0.2.2  "), "{}", quiet.err);
    assert_eq!(quiet.out.lines().count(), 1, "{}", quiet.out);
}

/// A note of a step is found on the far side of a NAT, where the client's
/// frames carry the router's address; and it is on its own client's frame.
#[test]
fn a_note_finds_the_translated_frame() {
    let text = "lab: 1
segments:
  wan: { subnet: 203.0.113.0/24 }
  lan: { subnet: 192.168.1.0/24 }
hosts:
  one: { link: lan, ip: 192.168.1.2, gateway: home }
  two: { link: lan, ip: 192.168.1.3, gateway: home }
  server: { link: wan, ip: 203.0.113.9 }
routers:
  home: { ports: { wan: 203.0.113.1, lan: 192.168.1.1 }, nat: { outside: wan } }
servers: [ { ftp: { host: server, anonymous: { home: / } } } ]
actors:
  a: { host: one, script: [ connect: server, { login: { user: anonymous, password: a@a }, note: mine }, quit ] }
  b: { host: two, script: [ connect: server, { login: { user: anonymous, password: b@b }, note: { command: PASS, say: theirs } }, { ping: server, note: { icmp: echo-reply, say: pong } }, quit ] }
";
    let capture = played(text).capture;
    let note = |said: &str| {
        let mut frames = capture.frames.iter();
        let frame = frames.find(|frame| frame.comments.iter().any(|c| c == said));
        frame.expect(said).bytes()
    };
    assert!(note("mine").ends_with(b"USER anonymous\r\n"));
    assert!(note("theirs").ends_with(b"PASS b@b\r\n"));
    assert_eq!(note("pong")[34], 0, "an echo reply");
    assert_sound(&capture);
}

/// Whether a stack gives up by itself or never does: nobody answers.
#[test]
fn a_call_that_nobody_answers_is_given_up_with_the_step() {
    for stack in ["plain", "windows-98"] {
        let run = played(&format!(
            "lab: 1
segments: {{ inside: {{ subnet: 192.0.2.0/25 }}, outside: {{ subnet: 198.51.100.0/24 }} }}
hosts:
  client: {{ link: inside, ip: 192.0.2.2, gateway: wall, stack: {stack} }}
  server: {{ link: outside, ip: 198.51.100.9, gateway: wall }}
routers:
  wall:
    ports: {{ inside: 192.0.2.1, outside: 198.51.100.1 }}
    firewall: {{ outside: outside, rules: [ {{ deny: inside }} ] }}
actors:
  a: {{ host: client, script: [ {{ connect: server:21, expect: unreachable, within: 25s }} ] }}
expert: {{ retransmission: {{ min: 1 }} }}
"
        ))
        .run;
        assert!(
            run.ended <= Instant::ZERO + Duration::from_secs(26),
            "{stack} {}",
            run.ended
        );
    }
}

/// What is longer than the card's own MTU cannot leave, and whoever sent it is
/// told so by the machine itself.
#[test]
fn a_ping_that_the_card_cannot_carry_fails_at_once() {
    let text = "lab: 1
segments: { lan: { subnet: 192.0.2.0/24, subnet6: \"2001:db8::/64\" } }
hosts:
  narrow: { ip: 192.0.2.1, ip6: \"2001:db8::1\", mtu: 1400 }
  other: { ip: 192.0.2.2, ip6: \"2001:db8::2\" }
actors:
  a:
    host: narrow
    script:
      - { ping: { to: 192.0.2.2, count: 1, size: 1373 }, expect: unreachable }
      - { ping: { to: \"2001:db8::2\", count: 1, size: 1353 }, expect: unreachable }
      - ping: { to: 192.0.2.2, count: 1, size: 1372 }
      - ping: { to: \"2001:db8::2\", count: 1, size: 1352 }
";
    let run = played(text).run;
    let echoes = run.frames().matches("Echo request").count();
    assert_eq!(echoes, 2, "{}", run.frames());
    let said: Vec<&str> = run.reports[0].lines.iter().map(String::as_str).collect();
    let said: Vec<&str> = said.into_iter().filter(|l| l.contains("says")).collect();
    let words = ["192.0.2.1", "2001:db8::1"].map(|own| format!("{own} says: too big for a link"));
    assert_eq!(said, words);
}

/// There is nobody yet who could be told (RFC 9293 §3.10.5).
#[test]
fn who_gives_up_a_call_that_nobody_answers_says_nothing() {
    for stack in STACK_PERSONAS.map(|persona| persona.name) {
        let text = format!(
            "lab: 1
segments: {{ lan: {{ subnet: 192.0.2.0/24 }} }}
hosts: {{ client: {{ stack: {stack} }}, server: {{}} }}
servers: [ {{ ftp: {{ host: server }} }} ]
actors: {{ a: {{ host: client, script: [ {{ connect: server, within: 5s }} ] }} }}
faults: [ {{ drop: {{ tcp: syn, from: client }} }} ]
"
        );
        let loaded = load("a.yaml", &text, &[]).unwrap_or_else(|wrong| panic!("{text}\n{wrong}"));
        let played = play(&loaded, PlayOptions::default()).expect("a tap");
        assert!(!played.failures.is_empty(), "{stack}");
        // What is dropped at its sender is seen by nobody.
        let frames = played.run.frames();
        assert!(!frames.contains("[RST"), "{stack}: {frames}");
    }
}

/// Who has no gateway is not told that somebody far away does not answer.
#[test]
fn a_host_without_a_route_says_so() {
    let failures = |step: &str| {
        let text = format!(
            "lab: 1
segments:
  lan: {{ subnet: 192.0.2.0/24, subnet6: \"2001:db8:1::/64\" }}
  far: {{ subnet: 198.51.100.0/24 }}
hosts:
  client: {{ link: lan, ip: 192.0.2.2, ip6: \"2001:db8:1::2\", resolver: 198.51.100.9 }}
  server: {{ link: far, ip: 198.51.100.9, name: ftp.example.test }}
servers:
  - dns: {{ host: server, names: {{ ftp.example.test: server }} }}
  - ftp: {{ host: server, anonymous: {{ home: / }} }}
actors: {{ a: {{ host: client, script: [ {step} ] }} }}
"
        );
        let loaded = load("x.yaml", &text, &[]).unwrap_or_else(|d| panic!("{d}"));
        let played = play(&loaded, PlayOptions::default()).expect("a tap");
        let told: Vec<String> = played.failures.into_iter().map(|f| f.message).collect();
        (told.join("\n"), played.run.trace.records.len())
    };
    for (step, told) in [
        ("connect: server", "; the host has no route to 198.51.100.9"),
        ("ping: server", ": the host has no route to 198.51.100.9"),
        (
            "connect: \"[2001:db8:9::9]\"",
            "; the host has no route to 2001:db8:9::9",
        ),
        (
            "connect: ftp.example.test",
            "the host has no route to the DNS server",
        ),
        ("{ connect: server, expect: unreachable }", ""),
        // A scan that finds nobody is what it was told to expect.
        (
            "{ scan: { to: server, ports: [20, 21] }, expect: unreachable }",
            "",
        ),
    ] {
        let (said, frames) = failures(step);
        assert!(said.ends_with(told), "{step}: {said}");
        assert_eq!((said.is_empty(), frames), (told.is_empty(), 0), "{step}");
    }
    // A neighbour who is not there was asked.
    let (said, frames) = failures("connect: 192.0.2.77");
    assert!(
        said.starts_with("`a` did not get on: it was to succeed; nobody answered"),
        "{said}"
    );
    assert!(frames > 0);
}
