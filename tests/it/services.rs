//! Ping, traceroute, names and addresses: the small services around a session.

use std::net::{IpAddr, Ipv4Addr};

use wirelab::actor::dhcp::{DhcpClient, DhcpServer};
use wirelab::actor::dns::DnsServer;
use wirelab::actor::{Actor, Outcome, Ping, Probe, Target, Traceroute};
use wirelab::capture::TapPoint;
use wirelab::device::{Route, RouterConfig};
use wirelab::host::{HostConfig, Ipv4Cidr, STACK_PERSONAS, StackPersona};
use wirelab::lab::{Lab, Run};
use wirelab::net::SegmentConfig;
use wirelab::rng::Seed;
use wirelab::trace::SegmentId;

use crate::devices::judged;
use crate::tshark;

fn cidr(address: [u8; 4]) -> Ipv4Cidr {
    Ipv4Cidr {
        address: address.into(),
        prefix: 24,
    }
}

/// Every segment's capture, as tshark judges it: nothing malformed, no wrong
/// checksum.
fn assert_sound(run: &Run) {
    if !tshark::is_there("services") {
        return;
    }
    for segment in 0..run.trace.segments.len() as u16 {
        let capture = run.capture(TapPoint::Segment(SegmentId(segment)));
        for row in judged(&capture, &[]) {
            assert_eq!(row.wrong(), Vec::<String>::new(), "frame {}", row.number);
        }
    }
}

/// An actor at 10.0.1.9, two routers on, a host at 10.0.3.9; nobody at 10.0.3.7.
fn across(persona: &'static StackPersona, actor: Box<dyn Actor>) -> Run {
    let mut lab = Lab::new(Seed(1));
    let [a, b, c] = ["a", "b", "c"].map(|name| lab.segment(name, SegmentConfig::default()));
    let mut near = RouterConfig::new(
        "near",
        &[(a, cidr([10, 0, 1, 1])), (b, cidr([10, 0, 2, 1]))],
    );
    near.routes = vec![Route {
        network: cidr([10, 0, 3, 0]),
        via: [10, 0, 2, 2].into(),
    }];
    let mut far = RouterConfig::new("far", &[(b, cidr([10, 0, 2, 2])), (c, cidr([10, 0, 3, 1]))]);
    far.routes = vec![Route::default_via([10, 0, 2, 1].into())];
    let mut host = |name: &str, address: [u8; 4], gateway: [u8; 4], segment| {
        let mut config = HostConfig::new(name, cidr(address));
        config.gateway = Some(gateway.into());
        config.persona = persona;
        lab.host(config, segment)
    };
    let client = host("client", [10, 0, 1, 9], [10, 0, 1, 1], a);
    host("server", [10, 0, 3, 9], [10, 0, 3, 1], c);
    lab.router(&near);
    lab.router(&far);
    lab.actor("actor", client, actor);
    lab.run()
}

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 3, 9));

#[test]
fn ping_through_two_routers() {
    for persona in STACK_PERSONAS {
        let run = across(persona, Box::new(Ping::new(SERVER)));
        assert_eq!(run.reports[0].outcome, Outcome::Finished);
        let lines = &run.reports[0].lines;
        let ttl = format!("ttl {}", persona.ttl - 2);
        let replies = lines.iter().filter(|line| line.ends_with(&ttl));
        assert_eq!(replies.count(), 4, "{lines:?}");
        assert_eq!(lines[0], "ping 10.0.3.9: 32 octets");
        let last = lines.last().expect("a summary");
        assert!(last.starts_with("4 sent, 4 answered, 0% lost; "), "{last}");
        assert_sound(&run);
    }
}

#[test]
fn ping_says_who_says_no() {
    let cases = [
        ([10, 0, 3, 7], "10.0.2.2 says: host unreachable"),
        ([10, 0, 9, 9], "10.0.1.1 says: net unreachable"),
        ([10, 0, 1, 77], "10.0.1.9 says: host unreachable"),
    ];
    for (to, expected) in cases {
        let persona = StackPersona::by_name("plain").expect("a persona");
        let to = IpAddr::from(to);
        let run = across(persona, Box::new(Ping::new(to).count(1)));
        let lines = &run.reports[0].lines;
        assert_eq!(lines[1..], [expected, "1 sent, 0 answered, 100% lost"]);
        assert!(matches!(run.reports[0].outcome, Outcome::Failed { .. }));
        assert_sound(&run);
    }
}

#[test]
fn traceroute_names_the_routers_in_order() {
    for persona in STACK_PERSONAS {
        for probe in [Probe::Udp, Probe::Echo] {
            let run = across(persona, Box::new(Traceroute::new(SERVER, probe)));
            assert_eq!(run.reports[0].outcome, Outcome::Finished);
            let lines = &run.reports[0].lines;
            assert_eq!(lines[0], "the way to 10.0.3.9, at most 30 hops");
            let hops = lines[1..].iter().map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                assert!(
                    words[2].ends_with("us") || words[2].ends_with("ms"),
                    "{line}"
                );
                words[..2].join(" ")
            });
            let hops: Vec<String> = hops.collect();
            assert_eq!(
                hops,
                ["1 10.0.1.1", "2 10.0.2.2", "3 10.0.3.9"],
                "{probe:?}"
            );
            assert_sound(&run);
        }
    }
}

#[test]
fn a_connection_that_icmp_refuses_ends_at_once() {
    use wirelab::actor::echo::EchoClient;
    for persona in STACK_PERSONAS {
        let say = EchoClient::new(([10, 0, 9, 9], 7).into(), b"hello".to_vec());
        let run = across(persona, Box::new(say));
        let Outcome::Failed { message, .. } = &run.reports[0].outcome else {
            panic!("{:?}", run.reports[0].outcome);
        };
        assert!(message.contains("Unreachable"), "{message}");
        // ARP, the SYN and the router's word: nothing more.
        assert_eq!(run.trace.records.len(), 4, "{}", run.frames());
    }
}

/// A client that knows nothing: it borrows an address, asks for a name, and
/// only then speaks FTP.
fn from_nothing(name: &str, persona: &'static StackPersona) -> Run {
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    let mut client = HostConfig::new("client", cidr([10, 2, 0, 2]));
    client.address = None;
    client.persona = persona;
    let client = lab.host(client, lan);
    let services = lab.host(HostConfig::new("services", cidr([10, 2, 0, 3])), lan);
    let server = lab.host(HostConfig::new("server", cidr([10, 2, 0, 1])), lan);

    lab.actor("borrow", client, Box::new(DhcpClient::new()));
    let name = Target::Name(name.to_owned(), 21);
    let fred = crate::ftp_wire::fred(name, [crate::ftp_wire::login()], None, 1);
    lab.actor("fred", client, Box::new(fred));

    let pool = DhcpServer::new(cidr([10, 2, 0, 100]), 10).dns([10, 2, 0, 3].into());
    lab.actor("dhcp", services, Box::new(pool));
    let names = DnsServer::new().name("ftp.example.test", [10, 2, 0, 1].into());
    lab.actor("dns", services, Box::new(names));
    let ftp = crate::ftp_wire::vsftpd(1000, 21);
    lab.actor("ftp", server, Box::new(ftp));
    lab.run()
}

#[test]
fn dhcp_then_dns_then_ftp() {
    for persona in STACK_PERSONAS {
        let run = from_nothing("ftp.example.test", persona);
        assert_eq!(run.reports[0].lines, ["10.2.0.100 from 10.2.0.3"]);
        assert_eq!(
            run.reports[1].outcome,
            Outcome::Finished,
            "{}",
            run.frames()
        );
        assert_sound(&run);
    }
    let plain = StackPersona::by_name("plain").expect("a persona");
    let run = from_nothing("ftp.example.net", plain);
    let Outcome::Failed { message, .. } = &run.reports[1].outcome else {
        panic!("{:?}", run.reports[1].outcome);
    };
    assert!(
        message.contains("no name that the DNS server knows"),
        "{message}"
    );
}

/// The four messages and the question, as tshark names them.
#[test]
fn tshark_reads_dhcp_and_dns() {
    if !tshark::is_there("tshark_reads_dhcp_and_dns") {
        return;
    }
    let run = from_nothing("ftp.example.test", STACK_PERSONAS[0]);
    let rows = judged(&run.capture(TapPoint::Segment(SegmentId(0))), &[]);
    let protocols: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.protocols.rsplit(':').next())
        .take(9)
        .collect();
    let expected = [
        "dhcp", "dhcp", "dhcp", "dhcp", "arp", "arp", "dns", "dns", "arp",
    ];
    assert_eq!(protocols, expected);
}

/// Three ports of one host, and a host that is not there.
#[test]
fn a_scan_finds_who_listens() {
    use wirelab::actor::echo::EchoServer;
    use wirelab::actor::{PortScan, ScanKind};
    for (kind, frames) in [(ScanKind::Connect, 6), (ScanKind::Syn, 3)] {
        let mut lab = Lab::new(Seed(1));
        let lan = lab.segment("lan", SegmentConfig::default());
        let scanner = lab.host(HostConfig::new("scanner", cidr([10, 2, 0, 66])), lan);
        let server = lab.host(HostConfig::new("server", cidr([10, 2, 0, 1])), lan);
        lab.actor("echo", server, Box::new(EchoServer::new(7)));
        let mut targets: Vec<_> = [7, 21].map(|port| ([10, 2, 0, 1], port).into()).to_vec();
        targets.push(([10, 2, 0, 9], 21).into());
        lab.actor("scan", scanner, Box::new(PortScan::new(kind, targets)));
        let run = lab.run();
        let lines = &run.reports[1].lines;
        let expected = [
            "10.2.0.1:7 open",
            "10.2.0.1:21 closed",
            "10.2.0.9:21 no answer",
        ];
        assert_eq!(lines, &expected);
        assert_sound(&run);
        let of_port_7 = run
            .frames()
            .lines()
            .filter(|line| line.contains("TCP"))
            .count();
        // The closed port takes a SYN and a RST.
        assert_eq!(of_port_7, frames + 2, "{kind:?}\n{}", run.frames());
    }
}

#[test]
fn a_spoofer_gets_what_is_meant_for_another() {
    use wirelab::actor::ArpSpoofer;
    use wirelab::time::Duration;
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    let client = lab.host(HostConfig::new("client", cidr([10, 2, 0, 2])), lan);
    lab.host(HostConfig::new("server", cidr([10, 2, 0, 1])), lan);
    let thief = HostConfig::new("thief", cidr([10, 2, 0, 66]));
    let thief_mac = thief.mac(lab.seed());
    let thief = lab.host(thief, lan);
    lab.actor(
        "ping",
        client,
        Box::new(Ping::new([10, 2, 0, 1].into()).count(3)),
    );
    let after = Duration::from_millis(1500);
    let lie = ArpSpoofer::new([10, 2, 0, 1].into(), [10, 2, 0, 2].into(), after);
    lab.actor("lie", thief, Box::new(lie));
    let run = lab.run();
    assert_eq!(run.reports[0].lines[3], "no answer");
    let stolen = run.trace.records.iter().filter(|record| {
        record.frame.ether_type() == 0x0800 && record.frame.destination() == thief_mac
    });
    assert_eq!(stolen.count(), 1, "{}", run.frames());
}

#[test]
fn a_replayed_capture_looks_as_it_did() {
    use wirelab::device::Replayer;
    use wirelab::time::Instant;
    let first = across(STACK_PERSONAS[0], Box::new(Ping::new(SERVER)));
    let mine = |run: &Run| -> Vec<_> {
        let records = run
            .trace
            .records
            .iter()
            .filter(|r| r.segment == SegmentId(0));
        records
            .map(|r| (r.sent.since(Instant::ZERO), r.frame.clone()))
            .collect()
    };
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    lab.node("tape", Box::new(Replayer::new(mine(&first))), &[lan]);
    let again = lab.run();
    let bytes = |run: &Run| -> Vec<_> {
        mine(run)
            .iter()
            .map(|(at, frame)| (*at, frame.bytes().to_vec()))
            .collect()
    };
    assert_eq!(bytes(&again), bytes(&first));
}

#[test]
fn injected_frames_go_out_as_they_are() {
    use wirelab::actor::Injector;
    use wirelab::time::Duration;
    use wirelab::wire::build;
    let frame = build::from_hex("ffffffffffff 020000000001 0806 dead").expect("hex");
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    let host = lab.host(HostConfig::new("host", cidr([10, 2, 0, 1])), lan);
    let at = Duration::from_secs(1);
    lab.actor(
        "inject",
        host,
        Box::new(Injector::new(vec![(at, frame.clone())])),
    );
    let run = lab.run();
    assert_eq!(run.trace.records.len(), 1);
    assert_eq!(run.trace.records[0].frame.bytes(), frame.bytes());
    assert_eq!(run.trace.records[0].sent.as_micros(), 1_000_000);
}
