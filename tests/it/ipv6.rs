//! IPv6: neighbour discovery, ping, FTP by EPSV and EPRT, addresses of one's own making, and routers.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use wirelab::actor::{Actor, Outcome, Ping, Probe, Target, Traceroute};
use wirelab::capture::{Format, Notes, TapPoint};
use wirelab::ftp::client::{DataMode, Verb};
use wirelab::host::{HostConfig, Ipv4Cidr, Ipv6Cidr, STACK_PERSONAS, StackPersona};
use wirelab::lab::{Lab, Run};
use wirelab::net::SegmentConfig;
use wirelab::rng::Seed;
use wirelab::trace::SegmentId;

use crate::devices::judged;
use crate::ftp_wire::{fred, get, login, vsftpd};
use crate::tshark;

fn address(last: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)
}

/// A host that speaks nothing but IPv6.
fn host(name: &str, last: u16, persona: &'static StackPersona) -> HostConfig {
    let v4 = Ipv4Cidr {
        address: [0, 0, 0, 0].into(),
        prefix: 0,
    };
    let mut config = HostConfig::new(name, v4);
    config.address = None;
    config.address6 = Some(Ipv6Cidr {
        address: address(last),
        prefix: 64,
    });
    config.persona = persona;
    config
}

fn session(persona: &'static StackPersona, actor: Box<dyn Actor>) -> Run {
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    let client = lab.host(host("client", 2, persona), lan);
    let server = lab.host(host("server", 1, persona), lan);
    lab.actor("client", client, actor);
    lab.actor("server", server, Box::new(vsftpd(30_000, 21)));
    lab.run()
}

fn assert_sound(run: &Run) {
    if !tshark::is_there("ipv6") {
        return;
    }
    let capture = run.capture(TapPoint::Segment(SegmentId(0)));
    for row in judged(&capture, &[]) {
        assert_eq!(row.wrong(), Vec::<String>::new(), "frame {}", row.number);
        assert!(
            row.flags.is_empty(),
            "frame {}: {:?}",
            row.number,
            row.flags
        );
    }
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let out = std::fs::File::create(file.path()).expect("a temporary file");
    let written = capture.write(out, Format::PcapNg, Notes::Omit);
    written.expect("room for a capture");
    let bad = std::process::Command::new("tshark")
        .arg("-r")
        .arg(file.path())
        .args(["-Y", "icmpv6 && icmpv6.checksum.status != 1"])
        .output()
        .expect("tshark runs");
    assert!(bad.status.success(), "tshark knows the filter");
    assert_eq!(String::from_utf8_lossy(&bad.stdout), "");
}

#[test]
fn ftp_over_ipv6() {
    for mode in [DataMode::ExtendedPassive, DataMode::ExtendedActive] {
        for persona in STACK_PERSONAS {
            let connect = SocketAddr::new(address(1).into(), 21);
            let verbs = [login(), get("map.gif"), Verb::Quit];
            let fred = fred(Target::Address(connect), verbs, Some(mode), 1);
            let run = session(persona, Box::new(fred));
            let name = persona.name;
            assert_eq!(
                run.reports[0].outcome,
                Outcome::Finished,
                "{name}\n{}",
                run.frames()
            );
            let first = run.trace.records[0].frame.bytes();
            assert_eq!(first[..6], [0x33, 0x33, 0xff, 0, 0, 1], "solicited-node");
            let hops = run.trace.records.iter().find(|r| r.frame.bytes()[20] == 6);
            let hops = hops.map(|r| r.frame.bytes()[21]);
            assert_eq!(hops, Some(persona.ttl), "{name}");
            assert_sound(&run);
        }
    }
}

#[test]
fn ping_and_a_port_where_nobody_listens() {
    for persona in STACK_PERSONAS {
        let server = IpAddr::from(address(1));
        let run = session(persona, Box::new(Ping::new(server)));
        assert_eq!(
            run.reports[0].outcome,
            Outcome::Finished,
            "{}",
            run.frames()
        );
        assert_sound(&run);
        let run = session(persona, Box::new(Traceroute::new(server, Probe::Udp)));
        let way = &run.reports[0].lines[1];
        assert!(way.starts_with(&format!(" 1  {server}  ")), "{way}");
        let nobody = IpAddr::from(address(9));
        let run = session(persona, Box::new(Ping::new(nobody).count(1)));
        let expected = format!("{} says: host unreachable", address(2));
        assert_eq!(run.reports[0].lines[1], expected);
        // Three questions, and nothing else.
        assert_eq!(run.trace.records.len(), 3);
    }
}

/// A router that advertises, a host that makes its address and takes a step,
/// and another host that has one; `more` are more hosts.
fn advertised(stack: &str, more: &str, step: &str) -> String {
    format!(
        "lab: 1
segments:
  lan: {{ subnet: 192.0.2.0/24, subnet6: \"2001:db8:1::/64\" }}
  wan: {{ subnet: 198.51.100.0/24, subnet6: \"2001:db8:2::/64\" }}
hosts:
  client: {{ link: lan, ip: none, ip6: auto, mac: \"00:0c:29:3e:5a:01\", stack: {stack} }}
  server: {{ link: wan, ip: none, ip6: \"2001:db8:2::21\", gateway: gate }}
{more}
routers:
  gate:
    ports:
      lan: {{ ip: 192.0.2.1, ip6: \"2001:db8:1::1\" }}
      wan: {{ ip: 198.51.100.1, ip6: \"2001:db8:2::1\", advertise: false }}
actors:
  a: {{ host: client, script: [ {{ {step} }} ] }}
"
    )
}

const PING: &str = "ping: { to: server, count: 1 }";

#[test]
fn a_host_makes_its_address_as_its_persona_does() {
    for persona in STACK_PERSONAS {
        let run = crate::hosts::played(&advertised(persona.name, "", PING)).run;
        assert_sound(&run);
        let mut sources = run.trace.records.iter().filter_map(|record| {
            let bytes = record.frame.bytes();
            let is_echo = bytes[20] == 58 && bytes[54] == 128;
            let octets: [u8; 16] = bytes[22..38].try_into().ok()?;
            is_echo.then(|| Ipv6Addr::from(octets))
        });
        let own = sources.next().expect("an echo request");
        let of_the_card = "2001:db8:1:0:20c:29ff:fe3e:5a01".parse();
        let is_eui64 = Ok(own) == of_the_card;
        let opaque = ["windows-7", "macos"].contains(&persona.name);
        assert_eq!(is_eui64, !opaque, "{} {own}", persona.name);
        assert_eq!(own.segments()[..4], [0x2001, 0xdb8, 1, 0]);
        let hops = run
            .trace
            .records
            .iter()
            .filter(|r| r.frame.bytes()[54] == 128);
        let hops: Vec<u8> = hops.map(|record| record.frame.bytes()[21]).collect();
        assert_eq!(hops, [persona.ttl, persona.ttl - 1], "{}", persona.name);
    }
}

/// Two cards with one hardware address make one address: the second is told,
/// and uses none (RFC 4862 §5.4.5).
#[test]
fn an_address_that_is_taken_is_not_used() {
    let twin = "  twin: { link: lan, ip: none, ip6: \"2001:db8:1:0:20c:29ff:fe3e:5a01\" }";
    let step = format!("{PING}, expect: unreachable");
    let run = crate::hosts::played(&advertised("linux", twin, &step)).run;
    assert_sound(&run);
    let lines = run.frames();
    let advert = "Neighbour advertisement of 2001:db8:1:0:20c:29ff:fe3e:5a01";
    assert!(lines.contains(advert), "{lines}");
    assert!(!lines.contains("Echo request"), "{lines}");
}

#[test]
fn where_no_router_answers_a_host_asks_three_times() {
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    let mut alone = host("alone", 1, STACK_PERSONAS[0]);
    (alone.address6, alone.autoconf) = (None, true);
    let node = lab.host(alone, lan);
    let ping = Ping::new(address(7).into()).count(1);
    lab.actor("ping", node, Box::new(ping));
    let run = lab.run();
    let asked = run.frames().matches("Router solicitation").count();
    assert_eq!(asked, 3, "{}", run.frames());
    assert_sound(&run);
}

/// A router that is not heard of any more is nobody's router when its time is
/// over (RFC 4861 §6.3.5); one that is heard again is (§6.3.4).
#[test]
fn a_router_lasts_as_long_as_it_says() {
    let steps = "wait: 1500s }, { ping: { to: server, count: 1 }, expect: unreachable }, \
        { wait: 1000s }, { ping: { to: server, count: 1 }, expect: unreachable }, \
        { wait: 2000s }, { ping: { to: server, count: 1 }";
    let text = advertised("linux", "", steps)
        + "faults: [ { unplug: { host: gate, at: 100s, for: 3000s } } ]\n\
           limits: { time: 3h }\n";
    let lines = crate::hosts::played(&text).run.reports[0].lines.join("\n");
    let said: Vec<&str> = lines.lines().filter(|l| l.contains("says")).collect();
    // The first time nobody answers for the router, the second there is none.
    let words = ["host unreachable", "net unreachable"];
    assert_eq!(said.len(), 2, "{lines}");
    for (line, words) in said.iter().zip(words) {
        assert!(line.ends_with(words), "{lines}");
    }
    assert!(lines.contains("1 answered"), "{lines}");
}

/// A firewall knows IPv6 as it knows IPv4: what begins inside passes, and what
/// is announced on a control connection if it helps FTP.
#[test]
fn a_firewall_lets_in_what_its_helper_expects() {
    let text = include_str!("../../scenarios/ipv6-firewall.yaml");
    let plain = crate::hosts::played(text).run;
    assert_sound(&plain);
    // There will be no reset, and nobody to note it.
    let lines = text.lines().filter(|line| !line.contains("tcp: rst"));
    let helped = lines.take_while(|line| !line.starts_with("checks:"));
    let helped: Vec<&str> = helped.collect();
    let helped = helped
        .join("\n")
        .replace("refuse: reject }", "refuse: reject }\n    ftp_helper: [21]")
        .replace("expect: 425", "expect: [150, 226]");
    let helped = crate::hosts::played(&helped).run;
    assert_sound(&helped);
    for (run, refusals) in [(plain, 1), (helped, 0)] {
        let frames = run.frames();
        let resets = frames.lines().filter(|line| line.contains("RST"));
        assert_eq!(resets.count(), refusals, "{frames}");
        let prohibited = frames.matches("Administratively prohibited");
        assert_eq!(prohibited.count(), 1, "the ping\n{frames}");
    }
}

/// A ring of routers without a way out: a packet dies by its hop limit, and
/// the run ends.
#[test]
fn what_goes_round_and_round_dies() {
    for (to, words) in [
        ("10.9.9.9", "time to live"),
        ("\"2001:db8:9::9\"", "time to live"),
    ] {
        let text = format!(
            "lab: 1
segments:
  lan: {{ subnet: 10.0.1.0/24, subnet6: \"2001:db8:1::/64\" }}
  ring: {{ subnet: 10.0.2.0/24, subnet6: \"2001:db8:2::/64\" }}
hosts:
  client: {{ link: lan, ip: 10.0.1.9, ip6: \"2001:db8:1::9\", gateway: a }}
routers:
  a:
    ports: {{ lan: {{ ip: 10.0.1.1, ip6: \"2001:db8:1::1\" }}, ring: {{ ip: 10.0.2.1, ip6: \"2001:db8:2::1\" }} }}
    gateway: b
  b:
    ports: {{ ring: {{ ip: 10.0.2.2, ip6: \"2001:db8:2::2\" }}, lan: {{ ip: 10.0.1.2, ip6: \"2001:db8:1::2\" }} }}
    gateway: a
    routes: []
actors:
  p: {{ host: client, script: [ {{ ping: {{ to: {to}, count: 1 }}, expect: unreachable }} ] }}
"
        );
        let run = crate::hosts::played(&text).run;
        let lines = run.reports[0].lines.join("\n");
        assert!(lines.contains(words), "{lines}");
        assert!(run.trace.records.len() < 100, "{}", run.trace.records.len());
    }
}
