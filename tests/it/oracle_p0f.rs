//! What a passive fingerprinter takes our hosts for: each persona's SYN, read by p0f and octet by octet.

use std::process::Command;

use wirelab::actor::echo::{EchoClient, EchoServer};
use wirelab::capture::{Capture, Format, Notes, TapPoint};
use wirelab::host::{HostConfig, Ipv4Cidr, STACK_PERSONAS, StackPersona};
use wirelab::lab::Lab;
use wirelab::net::SegmentConfig;
use wirelab::rng::Seed;

use crate::support::say;

/// Each persona, the octets of its options, and what p0f says it is.
const KNOWN: [(&str, &str, Option<&str>); 6] = [
    ("plain", "020405b4 030300 0402 000000", None),
    (
        "windows-98",
        "020405b4 01 01 0402",
        Some("Windows NT kernel"),
    ),
    ("windows-xp", "020405b4 01 01 0402", Some("Windows XP")),
    (
        "windows-7",
        "020405b4 01 030302 01 01 0402",
        Some("Windows 7 or 8"),
    ),
    (
        "linux",
        "020405b4 0402 080a________00000000 01 030307",
        Some("Linux 2.2.x-3.x"),
    ),
    (
        "macos",
        "020405b4 01 030304 01 01 080a________00000000 0402 0000",
        Some("MacOS X 10.9 or newer (sometimes iPhone or iPad)"),
    ),
];

/// A connection from a host of this persona, seen from the segment.
fn connection(persona: &'static StackPersona) -> Capture {
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    let cidr = |last: u8| Ipv4Cidr {
        address: [10, 2, 0, last].into(),
        prefix: 24,
    };
    let mut client = HostConfig::new("client", cidr(2));
    client.persona = persona;
    let client = lab.host(client, lan);
    let server = lab.host(HostConfig::new("server", cidr(1)), lan);
    let to = ([10, 2, 0, 1], 7).into();
    lab.actor("say", client, Box::new(EchoClient::new(to, b"hello")));
    lab.actor("echo", server, Box::new(EchoServer::new(7)));
    lab.run().capture(TapPoint::FIRST_SEGMENT)
}

#[test]
fn a_syn_has_the_octets_of_its_persona() {
    assert_eq!(KNOWN.map(|k| k.0), STACK_PERSONAS.map(|p| p.name));
    for (persona, (_, options, _)) in STACK_PERSONAS.into_iter().zip(KNOWN) {
        let capture = connection(persona);
        let syn = capture.frames[2].bytes();
        assert_eq!(syn[47], 0x02, "{}: a SYN", persona.name);
        assert_eq!(syn[22], persona.ttl, "{}: TTL", persona.name);
        assert_eq!(
            syn[48..50],
            persona.window.to_be_bytes(),
            "{}: window",
            persona.name
        );
        let expected: Vec<char> = options.chars().filter(|c| *c != ' ').collect();
        let found: Vec<char> = syn[54..]
            .iter()
            .flat_map(|octet| format!("{octet:02x}").chars().collect::<Vec<_>>())
            .zip(expected.iter().chain(std::iter::repeat(&'?')))
            .map(|(found, expected)| if *expected == '_' { '_' } else { found })
            .collect();
        assert_eq!(found, expected, "{}: options", persona.name);
    }
}

#[test]
fn oracle_p0f_names_each_persona_that_it_knows() {
    if Command::new("p0f").arg("-h").output().is_err() {
        let required = std::env::var("WIRELAB_ORACLES").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "p0f is not installed, and WIRELAB_ORACLES=1 asks for it"
        );
        return say("oracle_p0f: SKIPPED, p0f is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (persona, (_, _, known)) in STACK_PERSONAS.into_iter().zip(KNOWN) {
        let file = folder.path().join(format!("{}.pcap", persona.name));
        let mut bytes = Vec::new();
        connection(persona)
            .write(&mut bytes, Format::PcapMicros, Notes::Omit)
            .expect("memory");
        std::fs::write(&file, bytes).expect("a file");
        let output = Command::new("p0f").arg("-r").arg(&file).output();
        let text = String::from_utf8_lossy(&output.expect("it ran").stdout).into_owned();
        let syn = text.split(".-[ ").find(|part| part.contains("(syn)"));
        let os = syn
            .and_then(|part| part.lines().find_map(|l| l.strip_prefix("| os       = ")))
            .map(str::trim);
        assert_eq!(os, Some(known.unwrap_or("???")), "{}: {text}", persona.name);
    }
    say(&format!(
        "oracle: p0f checked {} captures",
        STACK_PERSONAS.len()
    ));
}
