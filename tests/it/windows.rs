//! Receive windows of any size: what is announced is taken, and nothing waits for a timer.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::ftp_loss::{longest_silence, of_a_file, put, random};
use super::ftp_wire::{Session, get, login};
use wirelab::actor::Outcome;
use wirelab::ftp::client::{DataMode, Verb};
use wirelab::host::{STACK_PERSONAS, StackPersona};
use wirelab::lab::{Integrity, Run};
use wirelab::net::{Action, Carries, Fault, Target, TcpKind};
use wirelab::time::Duration;
use wirelab::wire::{Frame, Ipv4, Tcp, TcpFlags, TcpOption};

/// Fetches a file and puts one of the same size.
fn play(stacks: [&'static StackPersona; 2], window: u16, size: u64) -> Run {
    let mut session = Session::new("vsftpd", "raw");
    session.mode = Some(DataMode::Passive);
    session.stack = stacks[0];
    session.server_stack = Some(stacks[1]);
    session.window = Some(window);
    session.add("/big.bin", random("big", size));
    let up = put("new.bin", random("new", size));
    session.play(1, &[login(), Verb::Binary, get("big.bin"), up, Verb::Quit])
}

/// Both files are whole, and no segment had to be sent again: nothing was said
/// for less than the shortest timeout (RFC 6298 §2.4).
fn assert_smooth(run: &Run) {
    assert_eq!(
        run.reports[1].outcome,
        Outcome::Finished,
        "{}",
        run.frames()
    );
    let judged = run.integrity(1);
    let whole = |judged: &&(_, Integrity)| judged.1 == Integrity::Whole;
    assert_eq!(judged.iter().filter(whole).count(), 2, "{}", run.frames());
    let silence = longest_silence(run);
    assert!(
        silence < Duration::from_secs(1),
        "{silence:?}\n{}",
        run.frames()
    );
}

fn stack() -> impl Strategy<Value = &'static StackPersona> {
    prop::sample::select(STACK_PERSONAS.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_window_holds_a_file_up(
        stacks in [stack(), stack()],
        window in prop_oneof![500..5000u16, 500..=u16::MAX],
        windows in 1..400u64,
    ) {
        let size = (u64::from(window) * windows / 100).min(200_000);
        assert_smooth(&play(stacks, window, size));
    }
}

/// The end of a file is where the rounding of a scaled window goes beyond
/// the window (RFC 7323 §2.2).
#[test]
fn a_scaled_window_is_not_promised_beyond_itself() {
    for stack in STACK_PERSONAS {
        for window in [1000, 3000] {
            for size in [1, 2, 3, 10].map(|times| times * u64::from(window)) {
                for beyond in [0, 1, 10, 24, 25] {
                    assert_smooth(&play([stack; 2], window, size + beyond));
                }
            }
        }
    }
}

/// A SYN that comes again, since its answer was lost or it was doubled on the
/// way, changes nothing of what was agreed.
#[test]
fn a_repeated_syn_does_not_undo_the_scaling() {
    let target = |kind| Target::every(Carries::Tcp(kind));
    for stack in STACK_PERSONAS {
        for fault in [
            Fault::new("doubled", target(TcpKind::Syn), Action::Duplicate),
            Fault::new(
                "unanswered",
                Target {
                    nth: Some(1),
                    ..target(TcpKind::SynAck)
                },
                Action::Drop,
            ),
            Fault::new(
                "late",
                target(TcpKind::SynAck),
                Action::Delay(Duration::from_secs(2)),
            ),
        ] {
            let mut session = Session::new("vsftpd", "raw");
            (session.mode, session.stack) = (Some(DataMode::Passive), stack);
            session.add("/big.bin", random("big", 100_000));
            let up = put("new.bin", random("new", 100_000));
            session.fault = Some(fault);
            let run = session.play(1, &[login(), Verb::Binary, get("big.bin"), up, Verb::Quit]);
            assert_eq!(
                run.reports[1].outcome,
                Outcome::Finished,
                "{}",
                run.frames()
            );
            let mut scales: BTreeMap<(u16, u16), u8> = BTreeMap::new();
            for record in &run.trace.records {
                let ip = record.frame.bytes().get(14..).and_then(Ipv4::new);
                let Some(tcp) = ip.as_ref().and_then(|ip| Tcp::new(ip.payload())) else {
                    continue;
                };
                let from = (tcp.source_port(), tcp.destination_port());
                let shift = tcp.options().find_map(|option| match option {
                    TcpOption::WindowScale(shift) => Some(shift),
                    _ => None,
                });
                scales.extend(shift.map(|shift| (from, shift)));
                let is_syn = tcp.flags().has(TcpFlags::SYN);
                let shift = scales.get(&from).filter(|_| !is_syn).unwrap_or(&0);
                let window = u64::from(tcp.window()) << shift;
                assert!(
                    window < u64::from(stack.window) + 128,
                    "{window} {}",
                    run.frames()
                );
            }
        }
    }
}

/// The word that the window is closed comes late, after the word that it is
/// open again, and what was sent meanwhile is lost: a closed window and no
/// answer, and still nobody waits for ever.
#[test]
fn what_is_lost_while_the_window_seems_closed_is_sent_again() {
    for stack in STACK_PERSONAS {
        let pairs = (1..=6).flat_map(|first| (1..=4).map(move |more| [first, first + more]));
        for (lost, window) in pairs.flat_map(|lost| [1461, 3000].map(|window| (lost, window))) {
            let mut session = Session::new("vsftpd", "raw");
            (session.mode, session.stack) = (Some(DataMode::Passive), stack);
            session.window = Some(window);
            session.add("/big.bin", random("big", u64::from(window) * 3 + 1));
            let mut segments = 0;
            let judge = move |_, frame: &Frame| {
                let (len, _) = of_a_file(frame)?;
                segments += usize::from(len > 0);
                let ip = Ipv4::new(frame.bytes().get(14..)?)?;
                let is_closed = Tcp::new(ip.payload())?.window() == 0;
                if len > 0 && lost.contains(&segments) {
                    return Some(Action::Drop);
                }
                is_closed.then_some(Action::Delay(Duration::from_millis(5)))
            };
            session.fault = Some(Fault::custom("late", Box::new(judge)));
            let run = session.play(1, &[login(), Verb::Binary, get("big.bin"), Verb::Quit]);
            let what = format!("{} {window} {lost:?}", stack.name);
            assert_eq!(
                run.reports[1].outcome,
                Outcome::Finished,
                "{what}\n{}",
                run.frames()
            );
            assert_eq!(
                run.integrity(1)[0].1,
                Integrity::Whole,
                "{what}\n{}",
                run.frames()
            );
            let silence = longest_silence(&run);
            assert!(
                silence < Duration::from_secs(5),
                "{what} {silence:?}\n{}",
                run.frames()
            );
        }
    }
}
