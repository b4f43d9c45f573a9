//! An FTP server behind a translator of addresses: what it says of itself, and who can come there.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use wirelab::actor::{Outcome, Target};
use wirelab::analyze::Transcript;
use wirelab::capture::TapPoint;
use wirelab::device::{Forward, NatConfig, RouterConfig};
use wirelab::ftp::client::{DataMode, Verb};
use wirelab::host::{HostConfig, Ipv4Cidr};
use wirelab::lab::{Lab, Run};
use wirelab::net::SegmentConfig;
use wirelab::rng::Seed;
use wirelab::trace::SegmentId;

use crate::devices::judged;
use crate::ftp_wire::{fred, get, login, vsftpd};
use crate::tshark;

const LAN: SegmentId = SegmentId(0);
const WAN: SegmentId = SegmentId(1);
const PRIVATE: [u8; 4] = [192, 168, 1, 21];
const PUBLIC: [u8; 4] = [203, 0, 113, 1];

fn cidr(address: [u8; 4]) -> Ipv4Cidr {
    Ipv4Cidr {
        address: address.into(),
        prefix: 24,
    }
}

/// The server is at 192.168.1.21 behind a NAT at 203.0.113.1, whose port `port`
/// leads to it; the client is out there, where nobody knows the way to private
/// addresses. The NAT helps the FTP of connections to the ports `helped`.
fn play(mode: DataMode, port: u16, helped: &[u16]) -> Run {
    let mut lab = Lab::new(Seed(1));
    lab.control_port(port);
    let lan = lab.segment("lan", SegmentConfig::default());
    let wan = lab.segment("wan", SegmentConfig::default());
    let mut server = HostConfig::new("server", cidr(PRIVATE));
    server.gateway = Some(Ipv4Addr::new(192, 168, 1, 1));
    let server = lab.host(server, lan);
    let client = lab.host(HostConfig::new("client", cidr([203, 0, 113, 9])), wan);
    let ports = [(lan, cidr([192, 168, 1, 1])), (wan, cidr(PUBLIC))];
    let mut nat = NatConfig::new(1);
    nat.forwards.push(Forward {
        port,
        to: SocketAddrV4::new(PRIVATE.into(), 21),
    });
    let mut gateway = RouterConfig::new("gateway", &ports);
    gateway.nat = Some(nat);
    gateway.ftp_helper = helped.to_vec();
    lab.router(&gateway);
    lab.actor("server", server, Box::new(vsftpd(3000, 21)));
    let connect = Target::Address(SocketAddr::from((PUBLIC, port)));
    let verbs = [login(), get("map.gif"), get("map.gif"), Verb::Quit];
    let fred = fred(connect, verbs, Some(mode), 1);
    lab.actor("fred", client, Box::new(fred));
    lab.run()
}

/// How the client's script ended.
fn outcome(run: &Run) -> &Outcome {
    &run.reports[1].outcome
}

/// Commands and replies as they are on a segment.
fn said(run: &Run, segment: SegmentId) -> String {
    Transcript::of(&run.capture(TapPoint::Segment(segment))).to_string()
}

/// The packet list of a segment.
fn listed(run: &Run, segment: SegmentId) -> String {
    let capture = run.capture(TapPoint::Segment(segment));
    wirelab::render::packet_list(&capture, Default::default())
}

/// The only data connection was to be made at step 2, and was not.
fn assert_no_data(run: &Run) {
    let failed = matches!(outcome(run), Outcome::Failed { step: 2, .. });
    assert!(failed, "{:?}\n{}", outcome(run), listed(run, WAN));
}

/// All went well, and tshark finds nothing wrong with what either side saw.
fn assert_whole(run: &Run, ports: &[u16]) {
    assert_eq!(*outcome(run), Outcome::Finished, "{}", listed(run, LAN));
    let whole = said(run, WAN).matches("3000 bytes from the server").count();
    assert_eq!(whole, 2, "{}", said(run, WAN));
    if tshark::is_there("nat_server") {
        for segment in [LAN, WAN] {
            for row in judged(&run.capture(TapPoint::Segment(segment)), ports) {
                let number = row.number;
                assert_eq!(row.wrong(), Vec::<String>::new(), "frame {number}");
                assert!(row.flags.is_empty(), "frame {number}: {:?}", row.flags);
            }
        }
    }
}

#[test]
fn without_help_227_names_an_address_that_nobody_outside_can_reach() {
    let run = play(DataMode::Passive, 21, &[]);
    assert_no_data(&run);
    let told = format!("{:?}", outcome(&run));
    let why = "the data connection failed: the host has no route to 192.168.1.21";
    assert!(told.contains(why), "{told}");
    for segment in [LAN, WAN] {
        assert!(said(&run, segment).contains("(192,168,1,21,"));
    }
    // It has no way there, and asks nobody.
    assert!(
        !listed(&run, WAN).contains("192.168.1.21"),
        "{}",
        listed(&run, WAN)
    );
}

#[test]
fn without_help_229_leads_to_a_port_that_the_translator_does_not_know() {
    let run = play(DataMode::ExtendedPassive, 21, &[]);
    assert_no_data(&run);
    let frames = listed(&run, WAN);
    let refused = frames.lines().filter(|line| line.contains("[RST, ACK]"));
    assert_eq!(refused.count(), 1, "{frames}");
}

/// The server calls: the translator lets that out as any other connection,
/// though not from port 20.
#[test]
fn without_help_the_server_can_still_call() {
    for mode in [DataMode::Active, DataMode::ExtendedActive] {
        let run = play(mode, 21, &[]);
        assert_whole(&run, &[]);
        assert!(listed(&run, LAN).contains(" 20 > "), "{mode:?}");
        assert!(!listed(&run, WAN).contains(" 20 > "), "{mode:?}");
    }
}

#[test]
fn with_help_every_mode_works_and_the_private_address_stays_inside() {
    let modes = [
        DataMode::Active,
        DataMode::Passive,
        DataMode::ExtendedActive,
        DataMode::ExtendedPassive,
    ];
    for mode in modes {
        let run = play(mode, 21, &[21]);
        assert_whole(&run, &[]);
        let (inside, outside) = (said(&run, LAN), said(&run, WAN));
        assert!(!outside.contains("192,168,1,21"), "{outside}");
        assert!(!listed(&run, WAN).contains("192.168.1.21"), "{mode:?}");
        if mode == DataMode::Passive {
            assert!(inside.contains("(192,168,1,21,"), "{inside}");
            assert!(outside.contains("(203,0,113,1,"), "{outside}");
        }
    }
}

/// A forward may lead from another port to the server's 21: the port by which
/// the helper knows FTP is either of the two.
#[test]
fn help_for_a_server_whose_port_is_another_outside() {
    for helped in [21, 2121] {
        let run = play(DataMode::Passive, 2121, &[helped]);
        assert_whole(&run, &[2121]);
        assert!(said(&run, WAN).contains("(203,0,113,1,"), "{helped}");
    }
    assert_no_data(&play(DataMode::Passive, 2121, &[]));
}
