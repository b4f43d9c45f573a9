//! FTP across routers, NATs and firewalls: what passes, what does not, and what the wire shows of it.

use std::net::{Ipv4Addr, SocketAddr};

use proptest::prelude::*;
use wirelab::actor::{Outcome, Target};
use wirelab::capture::{Capture, Format, Notes, TapPoint};
use wirelab::device::{FirewallConfig, NatConfig, Protocol, Refusal, Route, RouterConfig, Rule};
use wirelab::ftp::client::{DataMode, Verb};
use wirelab::host::{HostConfig, Ipv4Cidr, StackPersona};
use wirelab::lab::{Lab, Run};
use wirelab::net::{Impairments, SegmentConfig};
use wirelab::rng::Seed;
use wirelab::trace::SegmentId;
use wirelab::units::Ratio;

use crate::ftp_wire::{fred, get, login, vsftpd};
use crate::tshark;

const LAN: SegmentId = SegmentId(0);
const WAN: SegmentId = SegmentId(1);

fn cidr(address: [u8; 4]) -> Ipv4Cidr {
    Ipv4Cidr {
        address: address.into(),
        prefix: 24,
    }
}

/// A client at 192.168.1.2, a server at 203.0.113.9, and a router between
/// them, to which `change` adds what it likes.
struct Across {
    mode: DataMode,
    persona: &'static str,
    server_port: u16,
    /// The server knows the way to the client's private network.
    server_knows_us: bool,
    seed: u64,
    loss: Ratio,
}

impl Across {
    fn new(mode: DataMode) -> Across {
        Across {
            mode,
            persona: "linux",
            server_port: 21,
            server_knows_us: true,
            seed: 1,
            loss: Ratio::default(),
        }
    }

    fn play(&self, change: impl FnOnce(&mut RouterConfig)) -> Run {
        let mut lab = Lab::new(Seed(self.seed));
        lab.control_port(self.server_port);
        let segment = SegmentConfig {
            impairments: Impairments {
                loss: self.loss,
                ..Impairments::default()
            },
            ..SegmentConfig::default()
        };
        let lan = lab.segment("lan", segment);
        let wan = lab.segment("wan", SegmentConfig::default());
        let gateway = Ipv4Addr::new(203, 0, 113, 1);
        let stack = StackPersona::by_name(self.persona).expect("a persona");
        let mut host = |name: &str, address, gateway, segment| {
            let mut config = HostConfig::new(name, cidr(address));
            config.persona = stack;
            config.gateway = gateway;
            lab.host(config, segment)
        };
        let inside = Some([192, 168, 1, 1].into());
        let client = host("client", [192, 168, 1, 2], inside, lan);
        let back = self.server_knows_us.then_some(gateway);
        let server = host("server", [203, 0, 113, 9], back, wan);
        let ports = [(lan, cidr([192, 168, 1, 1])), (wan, cidr(gateway.octets()))];
        let mut router = RouterConfig::new("gateway", &ports);
        change(&mut router);
        lab.router(&router);

        let service = vsftpd(3000, self.server_port);
        lab.actor("server", server, Box::new(service));

        let connect = SocketAddr::from(([203, 0, 113, 9], self.server_port));
        let verbs = [login(), get("map.gif"), get("map.gif"), Verb::Quit];
        let fred = fred(Target::Address(connect), verbs, Some(self.mode), self.seed);
        lab.actor("fred", client, Box::new(fred));
        lab.run()
    }
}

fn outcome(run: &Run) -> &Outcome {
    &run.reports[1].outcome
}

/// Commands and replies as they are on a segment.
fn said(run: &Run, segment: SegmentId) -> String {
    let frames = run.capture(TapPoint::Segment(segment));
    wirelab::analyze::Transcript::of(&frames).to_string()
}

/// The segments' captures, as tshark judges them: nothing malformed, no wrong
/// checksum, no flag.
fn assert_clean(run: &Run, ports: &[u16]) {
    if !tshark::is_there("devices") {
        return;
    }
    for segment in [LAN, WAN] {
        let capture = run.capture(TapPoint::Segment(segment));
        for row in judged(&capture, ports) {
            assert_eq!(row.wrong(), Vec::<String>::new(), "frame {}", row.number);
            assert!(
                row.flags.is_empty(),
                "frame {}: {:?}",
                row.number,
                row.flags
            );
        }
    }
}

pub fn judged(capture: &Capture, ports: &[u16]) -> Vec<tshark::Row> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let out = std::fs::File::create(file.path()).expect("a temporary file");
    capture
        .write(out, Format::PcapNg, Notes::Omit)
        .expect("room for a capture");
    tshark::read(file.path(), ports)
}

const MODES: [DataMode; 4] = [
    DataMode::Active,
    DataMode::Passive,
    DataMode::ExtendedActive,
    DataMode::ExtendedPassive,
];

#[test]
fn a_router_passes_every_mode() {
    for mode in MODES {
        let run = Across::new(mode).play(|_| ());
        assert_eq!(*outcome(&run), Outcome::Finished, "{mode:?}");
        assert_eq!(said(&run, LAN), said(&run, WAN), "{mode:?}");
        assert_clean(&run, &[]);
    }
}

fn behind_nat(mode: DataMode) -> Across {
    Across {
        server_knows_us: false,
        ..Across::new(mode)
    }
}

#[test]
fn nat_without_a_helper_lets_the_private_address_out() {
    for mode in [DataMode::Active, DataMode::ExtendedActive] {
        let run = behind_nat(mode).play(|router| router.nat = Some(NatConfig::new(1)));
        assert!(
            matches!(outcome(&run), Outcome::Failed { step: 2, .. }),
            "{:?}",
            outcome(&run)
        );
        let outside = said(&run, WAN);
        let private = ["192,168,1,2,", "|192.168.1.2|"];
        assert!(private.iter().any(|p| outside.contains(p)), "{outside}");
    }
    for mode in [DataMode::Passive, DataMode::ExtendedPassive] {
        let run = behind_nat(mode).play(|router| router.nat = Some(NatConfig::new(1)));
        assert_eq!(*outcome(&run), Outcome::Finished, "{mode:?}");
        assert_clean(&run, &[]);
    }
}

fn nat_with_helper(router: &mut RouterConfig) {
    router.nat = Some(NatConfig::new(1));
    router.ftp_helper = vec![21];
}

#[test]
fn nat_with_a_helper_mends_what_is_said() {
    for mode in MODES {
        for persona in ["windows-98", "linux", "plain"] {
            let mut across = behind_nat(mode);
            across.persona = persona;
            let run = across.play(nat_with_helper);
            assert_eq!(
                *outcome(&run),
                Outcome::Finished,
                "{mode:?} {persona}\n{}",
                run.frames()
            );
            let outside = said(&run, WAN);
            assert!(!outside.contains("192,168,1,2") && !outside.contains("192.168.1.2"));
            if persona == "linux" {
                assert_clean(&run, &[]);
            }
        }
    }
}

/// PORT as the client says it, and as the server hears it.
#[test]
fn the_helper_changes_the_length_of_a_line() {
    let run = behind_nat(DataMode::Active).play(nat_with_helper);
    let command = |segment| {
        let text = said(&run, segment);
        let line = text
            .lines()
            .find(|line| line.contains("PORT"))
            .map(str::to_owned);
        line.expect("a PORT command")
    };
    assert!(
        command(LAN).contains("PORT 192,168,1,2,"),
        "{}",
        command(LAN)
    );
    assert!(
        command(WAN).contains("PORT 203,0,113,1,156,65"),
        "{}",
        command(WAN)
    );
}

#[test]
fn a_firewall_refuses_active_and_allows_passive() {
    for refusal in [Refusal::Drop, Refusal::Reject] {
        for (mode, helper, passes) in [
            (DataMode::Active, false, false),
            (DataMode::Active, true, true),
            (DataMode::Passive, false, true),
            (DataMode::ExtendedPassive, false, true),
        ] {
            let run = Across::new(mode).play(|router| {
                router.firewall = Some(FirewallConfig::new(1, refusal));
                router.ftp_helper = if helper { vec![21] } else { vec![] };
            });
            let what = format!("{mode:?} {refusal:?} {helper}: {:?}", outcome(&run));
            assert_eq!(*outcome(&run) == Outcome::Finished, passes, "{what}");
            if passes {
                assert_clean(&run, &[]);
            }
            // Nothing of a refused connection is ever seen inside.
            if !passes {
                let inside = run.capture(TapPoint::Segment(LAN));
                let text = wirelab::render::packet_list(&inside, Default::default());
                assert!(!text.contains(" 20 > "), "{text}");
            }
        }
    }
}

#[test]
fn a_firewall_that_shuts_port_21_lets_1050_walk_through() {
    let shut = |router: &mut RouterConfig| {
        let mut filter = FirewallConfig::new(1, Refusal::Reject);
        filter.rules.push(Rule {
            allow: false,
            from: None,
            protocol: Some(Protocol::Tcp),
            port: Some(21),
        });
        router.firewall = Some(filter);
    };
    let run = Across::new(DataMode::Passive).play(shut);
    assert!(matches!(outcome(&run), Outcome::Failed { step: 0, .. }));
    let mut odd = Across::new(DataMode::Passive);
    odd.server_port = 1050;
    let run = odd.play(shut);
    assert_eq!(*outcome(&run), Outcome::Finished);
    assert_clean(&run, &[1050]);
}

#[test]
fn no_route_is_reported_by_icmp() {
    let run = Across::new(DataMode::Passive).play(|router| {
        router.ports[1].1 = cidr([198, 51, 100, 1]);
    });
    assert!(matches!(outcome(&run), Outcome::Failed { step: 0, .. }));
    assert!(run.frames().contains("nreachable"), "{}", run.frames());
    assert_clean_of_errors(&run);
}

/// As [`assert_clean`], but SYNs may be sent again.
fn assert_clean_of_errors(run: &Run) {
    if tshark::is_there("devices") {
        for row in judged(&run.capture(TapPoint::Segment(LAN)), &[]) {
            assert_eq!(row.wrong(), Vec::<String>::new(), "frame {}", row.number);
        }
    }
}

#[test]
fn two_routers_in_a_row() {
    let mut lab = Lab::new(Seed(1));
    let [a, b, c] = ["a", "b", "c"].map(|name| lab.segment(name, SegmentConfig::default()));
    let mut near = RouterConfig::new(
        "near",
        &[(a, cidr([10, 0, 1, 1])), (b, cidr([10, 0, 2, 1]))],
    );
    near.routes = vec![Route::default_via([10, 0, 2, 2].into())];
    let mut far = RouterConfig::new("far", &[(b, cidr([10, 0, 2, 2])), (c, cidr([10, 0, 3, 1]))]);
    far.routes = vec![Route::default_via([10, 0, 2, 1].into())];
    lab.router(&near);
    lab.router(&far);
    let mut host = |name: &str, address: [u8; 4], gateway: [u8; 4], segment| {
        let mut config = HostConfig::new(name, cidr(address));
        config.gateway = Some(gateway.into());
        lab.host(config, segment)
    };
    let client = host("client", [10, 0, 1, 9], [10, 0, 1, 1], a);
    let server = host("server", [10, 0, 3, 9], [10, 0, 3, 1], c);
    let remote = ([10, 0, 3, 9], 7).into();
    let say = wirelab::actor::echo::EchoClient::new(remote, vec![7; 20_000]);
    lab.actor("say", client, Box::new(say));
    lab.actor(
        "echo",
        server,
        Box::new(wirelab::actor::echo::EchoServer::new(7)),
    );
    let run = lab.run();
    assert_eq!(run.reports[0].outcome, Outcome::Finished);
    let ttl = |segment: u16| {
        let mut records = run
            .trace
            .records
            .iter()
            .filter(|r| r.segment == SegmentId(segment));
        let ip = records
            .find(|r| r.frame.ether_type() == 0x0800)
            .expect("a packet");
        ip.frame.bytes()[22]
    };
    assert_eq!([ttl(0), ttl(1), ttl(2)], [64, 63, 62]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// The helper's numbers hold when segments are lost and sent again.
    #[test]
    fn a_helper_survives_loss(seed: u64, percent in 0u32..20, mode in 0usize..4) {
        let mut across = behind_nat(MODES[mode]);
        across.seed = seed;
        across.loss = Ratio::from_parts_per_billion(percent * 10_000_000);
        let run = across.play(nat_with_helper);
        prop_assert!(*outcome(&run) != Outcome::Running, "{}", run.frames());
        let outside = said(&run, WAN);
        prop_assert!(!outside.contains("192,168,1,2"), "{}", outside);
    }
}
