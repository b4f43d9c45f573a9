//! IPv6 on one segment: neighbour discovery, ping, and FTP by EPSV and EPRT.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use wirelab::actor::{
    Act, Actor, FtpClient, FtpServer, Outcome, Ping, Probe, Script, Step, Target, Traceroute,
};
use wirelab::capture::{Format, Notes, TapPoint};
use wirelab::ftp::client::{DataMode, Persona, Verb};
use wirelab::ftp::files::{Content, Files, NewEntry};
use wirelab::ftp::path::VirtualPath;
use wirelab::ftp::server::{self, Config, User};
use wirelab::host::{HostConfig, Ipv4Cidr, Ipv6Cidr, STACK_PERSONAS, StackPersona};
use wirelab::lab::{Lab, Run};
use wirelab::net::SegmentConfig;
use wirelab::rng::Seed;
use wirelab::time::Timestamp;
use wirelab::trace::SegmentId;

use crate::devices::judged;
use crate::ftp_wire::{get, login};
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
    let mut config = Config::new(server::Persona::named("vsftpd").expect("a persona"));
    let user = User::with_password("krueger");
    config.users.insert("fred".into(), user);
    let mut files = Files::new(Timestamp::DEFAULT_CLOCK);
    let new = NewEntry {
        content: Some(Content::bytes(vec![7; 30_000])),
        ..NewEntry::default()
    };
    let path = VirtualPath::parse("/map.gif").expect("a path");
    files.add(path, new, Timestamp::DEFAULT_CLOCK);
    lab.actor(
        "server",
        server,
        Box::new(FtpServer::new(config, files, 21)),
    );
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
            let verbs = [login(), get("map.gif"), Verb::Quit].map(Act::Ftp);
            let acts = std::iter::once(Act::Connect(Target::Address(connect))).chain(verbs);
            let steps = acts.zip(0..).map(|(act, n)| Step::new(n, act));
            let script = Script {
                steps: steps.collect(),
            };
            let speaker = Persona::named("raw").expect("a persona");
            let fred = FtpClient::new(script, speaker, Some(mode), Seed(1).derive("fred"));
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
