//! The network under faults: what is lost is accounted for, and what arrives is right.

use proptest::prelude::*;

use super::ftp_loss::{MOST_SILENCE, longest_silence};
use wirelab::actor::Outcome;
use wirelab::actor::echo::{EchoClient, EchoServer};
use wirelab::host::{HostConfig, Ipv4Cidr, STACK_PERSONAS, StackPersona};
use wirelab::lab::{Lab, Run};
use wirelab::net::{
    Action, Burst, Carries, Duplex, Fault, Field, Impairments, SegmentConfig, SegmentKind, Side,
    Target, TcpKind,
};
use wirelab::rng::Seed;
use wirelab::time::{Duration, Instant};
use wirelab::trace::{FaultKind, NodeId};
use wirelab::units::Ratio;

const CLIENT: NodeId = NodeId(0);
const SERVER: NodeId = NodeId(1);

/// An echo session over one segment, with whatever `spoil` adds.
fn echo(
    seed: u64,
    personas: [&'static StackPersona; 2],
    config: SegmentConfig,
    len: usize,
    spoil: impl FnOnce(&mut Lab),
) -> Run {
    let mut lab = echo_lab(seed, personas, config, len);
    spoil(&mut lab);
    lab.run()
}

/// A client on node 0 that will send `len` octets to an echo server on node 1.
pub fn echo_lab(
    seed: u64,
    personas: [&'static StackPersona; 2],
    config: SegmentConfig,
    len: usize,
) -> Lab {
    let mut lab = Lab::new(Seed(seed));
    lab.limits.virtual_time = Duration::from_secs(1200);
    let lan = lab.segment("lan", config);
    let host = |name: &str, last: u8, persona| {
        let address = Ipv4Cidr {
            address: [10, 2, 0, last].into(),
            prefix: 24,
        };
        HostConfig {
            persona,
            ..HostConfig::new(name, address)
        }
    };
    let client = lab.host(host("client", 2, personas[0]), lan);
    let server = lab.host(host("server", 1, personas[1]), lan);
    let message: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
    let remote = ([10, 2, 0, 1], 7).into();
    lab.actor("say", client, Box::new(EchoClient::new(remote, message)));
    lab.actor("echo", server, Box::new(EchoServer::new(7)));
    lab
}

fn plain(config: SegmentConfig, len: usize, spoil: impl FnOnce(&mut Lab)) -> Run {
    let persona = StackPersona::by_name("plain").expect("a persona");
    echo(1, [persona; 2], config, len, spoil)
}

fn percent(percent: u32) -> Ratio {
    Ratio::from_parts_per_billion(percent * 10_000_000)
}

/// Each frame that passed arrived at the other host, as often as is on record,
/// or is on record as lost there.
fn assert_accounted_for(run: &Run) {
    // The last frames may be under way when a run stops.
    let settled = |at: Instant| at + Duration::from_millis(100) < run.ended;
    let passed = run.trace.records.iter().filter(|r| r.passed);
    for record in passed.filter(|r| settled(r.at)) {
        let of_this = run.trace.faults.iter().filter(|f| f.id == record.id);
        let (mut lost, mut copies) = (false, 1);
        for fault in of_this.filter(|f| f.to.is_some()) {
            lost |= fault.lost;
            copies += usize::from(fault.effect == "delivered twice");
        }
        // Damage, to this frame or to an ARP reply that was believed, may
        // leave an address that nobody has.
        let to = record.frame.destination();
        let mut senders = run.trace.records.iter().map(|r| r.frame.source());
        let astray = !to.is_multicast() && !senders.any(|known| known == to);
        let expected = if lost || astray { 0 } else { copies };
        let arrived = run.trace.deliveries.iter().filter(|d| d.id == record.id);
        assert_eq!(arrived.count(), expected, "{:?}", record.id);
    }
}

fn target(carries: Carries, nth: u64) -> Target {
    Target {
        nth: Some(nth),
        ..Target::every(carries)
    }
}

#[test]
fn the_syn_ack_that_is_dropped_is_sent_again() {
    let drop = Fault::new(
        "line 7",
        target(Carries::Tcp(TcpKind::SynAck), 1),
        Action::Drop,
    );
    let run = plain(SegmentConfig::default(), 10, |lab| lab.fault(drop));
    assert_eq!(run.reports[0].outcome, Outcome::Finished);
    let [fault] = &run.trace.faults[..] else {
        panic!("{:?}", run.trace.faults);
    };
    assert_eq!(
        (fault.fault.name(), fault.effect.as_str()),
        ("line 7", "dropped")
    );
    assert_eq!((fault.to, fault.lost), (Some(CLIENT), true));
    // On the receiver's cable: the segment's tap shows both copies.
    assert_eq!(
        run.frames().matches("[SYN, ACK]").count(),
        2,
        "{}",
        run.frames()
    );
    assert_accounted_for(&run);
}

#[test]
fn on_the_senders_side_the_tap_does_not_see_it() {
    let drop = Fault::new(
        "line 7",
        target(Carries::Tcp(TcpKind::SynAck), 1),
        Action::Drop,
    );
    let run = plain(SegmentConfig::default(), 10, |lab| {
        lab.fault(drop.on(Side::Sender));
    });
    assert_eq!(run.reports[0].outcome, Outcome::Finished);
    assert_eq!(run.frames().matches("[SYN, ACK]").count(), 1);
    assert_eq!(run.trace.records.iter().filter(|r| !r.passed).count(), 1);
}

#[test]
fn every_action_is_survived_and_recorded() {
    let actions = [
        Action::Drop,
        Action::Delay(Duration::from_secs(3)),
        Action::Duplicate,
        Action::Corrupt { bit: 7 },
        Action::Truncate { len: 40 },
        Action::Truncate { len: 0 },
        Action::Rewrite {
            field: Field::TcpWindow,
            value: 0,
        },
        Action::Rewrite {
            field: Field::IpTtl,
            value: 1,
        },
    ];
    for action in actions {
        for side in [Side::Sender, Side::Receiver] {
            for fcs in [true, false] {
                for kind in [SegmentKind::Hub, SegmentKind::Switch] {
                    let config = SegmentConfig {
                        kind,
                        fcs,
                        ..SegmentConfig::default()
                    };
                    let data = target(Carries::Data, 3);
                    let fault = Fault::new("it", data, action.clone()).on(side);
                    let run = plain(config, 20_000, |lab| lab.fault(fault));
                    let what = format!("{action:?} {side:?} fcs {fcs} {kind:?}");
                    assert_eq!(run.reports[0].outcome, Outcome::Finished, "{what}");
                    assert_eq!(run.trace.faults.len(), 1, "{what}");
                    assert_accounted_for(&run);
                }
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_caught_by_the_checksum_where_no_frame_check_is() {
    let config = SegmentConfig {
        fcs: false,
        ..SegmentConfig::default()
    };
    let fault = Fault::new("it", target(Carries::Data, 1), Action::Corrupt { bit: 0 });
    let run = plain(config, 100, |lab| lab.fault(fault));
    let altered: Vec<_> = run
        .trace
        .deliveries
        .iter()
        .filter(|d| d.altered.is_some())
        .collect();
    assert_eq!(altered.len(), 1, "it arrived, changed");
    assert_eq!(
        run.reports[0].outcome,
        Outcome::Finished,
        "and was sent again"
    );
}

#[test]
fn a_closure_may_judge_every_frame() {
    let mut seen = 0;
    let every_fifth = Fault::custom(
        "every fifth",
        Box::new(move |_, _| {
            seen += 1;
            (seen % 5 == 0).then_some(Action::Drop)
        }),
    );
    let run = plain(SegmentConfig::default(), 30_000, |lab| {
        lab.fault(every_fifth)
    });
    assert_eq!(run.reports[0].outcome, Outcome::Finished);
    assert_eq!(run.trace.faults.len(), run.trace.records.len() / 5);
    assert_accounted_for(&run);
}

#[test]
fn a_cable_that_is_unplugged_loses_what_passes_meanwhile() {
    let second = Duration::from_secs(1);
    let run = plain(SegmentConfig::default(), 2_000_000, |lab| {
        lab.unplug(SERVER, Instant::ZERO + second, second * 4);
    });
    assert_eq!(run.reports[0].outcome, Outcome::Finished);
    assert!(
        run.trace
            .faults
            .iter()
            .all(|f| f.fault == FaultKind::Unplugged(None))
    );
    assert!(run.trace.faults.len() > 3);
    assert_accounted_for(&run);
}

#[test]
fn a_short_queue_drops_its_tail() {
    let config = SegmentConfig {
        queue: 4,
        ..SegmentConfig::default()
    };
    let run = plain(config, 200_000, |_| ());
    assert_eq!(run.reports[0].outcome, Outcome::Finished);
    assert!(
        run.trace
            .faults
            .iter()
            .any(|f| f.fault == FaultKind::QueueFull)
    );
}

pub fn impairments() -> impl Strategy<Value = Impairments> {
    let ratio = || (0..30u32).prop_map(percent);
    let burst = (0..5u32, 20..90u32).prop_map(|(begin, end)| Burst {
        begin: percent(begin),
        end: percent(end),
        loss: percent(80),
    });
    (
        ratio(),
        prop::option::of(burst),
        0..10u32,
        0..10u32,
        0..10u32,
        0..2000u64,
    )
        .prop_map(
            |(loss, burst, duplicate, reorder, corrupt, jitter)| Impairments {
                jitter: Duration::from_micros(jitter),
                loss,
                burst,
                duplicate: percent(duplicate),
                reorder: percent(reorder),
                reorder_by: Duration::from_millis(3),
                corrupt: percent(corrupt),
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_transfer_ends_byte_exact_or_by_name(
        seed in any::<u64>(),
        impairments in impairments(),
        switch in any::<bool>(),
        half in any::<bool>(),
        fcs in any::<bool>(),
        pair in (0..STACK_PERSONAS.len(), 0..STACK_PERSONAS.len()),
        len in 1..40_000usize,
    ) {
        let config = SegmentConfig {
            kind: if switch { SegmentKind::Switch } else { SegmentKind::Hub },
            duplex: if half { Duplex::Half } else { Duplex::Full },
            fcs,
            impairments,
            ..SegmentConfig::default()
        };
        let personas = [STACK_PERSONAS[pair.0], STACK_PERSONAS[pair.1]];
        let run = echo(seed, personas, config, len, |_| ());
        assert_accounted_for(&run);
        let silence = longest_silence(&run);
        prop_assert!(silence <= MOST_SILENCE, "{:?}\n{}", silence, run.frames());
        match &run.reports[0].outcome {
            // The client compares what came back byte by byte.
            Outcome::Finished => {}
            Outcome::Failed { message, .. } => prop_assert!(
                message.contains("Unreachable") || message.contains("Reset"),
                "{}", message
            ),
            Outcome::Running => prop_assert!(run.stop.is_limit(), "{:?}", run.stop),
        }
    }
}

/// A talking pair and a silent neighbour on one segment; the neighbour, if
/// there is one, is asked for by nobody.
fn with_a_neighbour(seed: u64, config: SegmentConfig, neighbours: u8, len: usize) -> Run {
    echo(seed, [STACK_PERSONAS[0]; 2], config, len, |lab| {
        for last in 0..neighbours {
            let address = Ipv4Cidr {
                address: [10, 2, 0, 100 + last].into(),
                prefix: 24,
            };
            let lan = wirelab::trace::SegmentId(0);
            lab.host(HostConfig::new(format!("idle{last}"), address), lan);
        }
    })
}

/// Everything that two hosts sent and heard: when, and which bytes.
fn of_the_pair(run: &Run) -> Vec<(NodeId, u64, Vec<u8>)> {
    let mut all = Vec::new();
    for record in &run.trace.records {
        all.push((
            record.from,
            record.at.as_nanos(),
            record.frame.bytes().to_vec(),
        ));
    }
    for heard in run.trace.deliveries.iter().filter(|d| d.to <= SERVER) {
        let altered = heard.altered.as_ref().map(|frame| frame.bytes().to_vec());
        all.push((heard.to, heard.at.as_nanos(), altered.unwrap_or_default()));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Neighbours who say nothing change nobody's bytes, however bad the cables.
    #[test]
    fn idle_hosts_change_nobodys_bytes(
        seed in any::<u64>(),
        impairments in impairments(),
        switch in any::<bool>(),
        neighbours in 1u8..4,
        len in 1..20_000usize,
    ) {
        let config = SegmentConfig {
            kind: if switch { SegmentKind::Switch } else { SegmentKind::Hub },
            impairments,
            ..SegmentConfig::default()
        };
        let alone = with_a_neighbour(seed, config, 0, len);
        let among = with_a_neighbour(seed, config, neighbours, len);
        prop_assert_eq!(of_the_pair(&among), of_the_pair(&alone));
    }

    /// A switch that has heard from both sends a frame to the one it is for,
    /// and a card that takes in everything hears what is for everybody alone.
    #[test]
    fn after_learning_nobody_hears_what_is_not_for_him(
        seed in any::<u64>(),
        impairments in impairments(),
        len in 1..20_000usize,
    ) {
        // A flipped bit may change whom a frame is for.
        let impairments = Impairments { corrupt: Ratio::default(), ..impairments };
        let config = SegmentConfig {
            kind: SegmentKind::Switch,
            impairments,
            ..SegmentConfig::default()
        };
        let run = echo(seed, [STACK_PERSONAS[0]; 2], config, len, |lab| {
            let address = Ipv4Cidr { address: [10, 2, 0, 66].into(), prefix: 24 };
            let mut sniffer = HostConfig::new("sniffer", address);
            sniffer.promiscuous = true;
            lab.host(sniffer, wirelab::trace::SegmentId(0));
        });
        let sniffer = run.trace.node("sniffer").expect("it is there");
        let mut spoken = std::collections::BTreeSet::new();
        let mut records: Vec<_> = run.trace.records.iter().filter(|r| r.passed).collect();
        records.sort_by_key(|record| (record.at, record.id));
        let mut known = std::collections::BTreeMap::new();
        for record in records {
            known.insert(record.id, spoken.contains(&record.frame.destination()));
            spoken.insert(record.frame.source());
        }
        for heard in run.trace.deliveries.iter().filter(|d| d.to == sniffer) {
            prop_assert_eq!(known.get(&heard.id), Some(&false), "{:?}", heard);
        }
    }
}
