//! Whatever is lost on the way: a file arrives whole, or its failure is told, and nobody waits for ever.

use proptest::prelude::*;

use super::ftp_wire::{Session, get, login};
use wirelab::actor::Outcome;
use wirelab::ftp::client::{DataMode, PutHow, Verb};
use wirelab::ftp::files::Content;
use wirelab::host::{LINUX, PLAIN, StackPersona, WINDOWS_98};
use wirelab::lab::{Integrity, Run};
use wirelab::net::{Action, Fault, Impairments};
use wirelab::rng::Seed;
use wirelab::sim::Stop;
use wirelab::time::{Duration, Instant};
use wirelab::units::Ratio;
use wirelab::wire::{Frame, Ipv4, Tcp, TcpFlags};

pub fn random(name: &str, size: u64) -> Content {
    Content::Random {
        seed: Seed(1),
        name: name.into(),
        size,
    }
}

pub fn put(name: &str, content: Content) -> Verb {
    Verb::Put {
        remote: name.into(),
        content,
        how: PutHow::Store,
        offset: 0,
    }
}

/// What befalls one frame; most pass.
fn mishap() -> impl Strategy<Value = Option<Action>> {
    prop_oneof![
        6 => Just(None),
        2 => Just(Some(Action::Drop)),
        1 => Just(Some(Action::Duplicate)),
        1 => (0u32..12_000).prop_map(|bit| Some(Action::Corrupt { bit })),
    ]
}

#[derive(Debug, Clone)]
struct Case {
    server: &'static str,
    client: &'static str,
    mode: DataMode,
    stack: &'static StackPersona,
    /// Frames that nothing befalls at the start.
    spared: usize,
    mishaps: Vec<Option<Action>>,
    /// They come again and again, to the end.
    for_ever: bool,
}

fn stack() -> impl Strategy<Value = &'static StackPersona> {
    prop::sample::select(vec![&PLAIN, &WINDOWS_98, &LINUX])
}

fn case() -> impl Strategy<Value = Case> {
    let server = prop::sample::select(vec!["bisonware", "vsftpd", "pyftpdlib"]);
    let client = prop::sample::select(vec!["raw", "tnftp", "windows-ftp", "lftp"]);
    let mode = prop::sample::select(vec![DataMode::Active, DataMode::Passive]);
    let mishaps = prop::collection::vec(mishap(), 1..120);
    (
        server,
        client,
        mode,
        stack(),
        0usize..40,
        mishaps,
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(server, client, mode, stack, spared, mishaps, for_ever)| Case {
                server,
                client,
                mode,
                stack,
                spared,
                mishaps,
                for_ever,
            },
        )
}

/// More than any wait of a server's, so that no step hides a silence.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Whoever waits for an answer asks again: a segment after a minute at the
/// latest (RFC 6298 §2.5), the seventh SYN after 64 s.
pub const MOST_SILENCE: Duration = Duration::from_secs(65);

/// The longest time in which nobody said anything.
pub fn longest_silence(run: &Run) -> Duration {
    let mut heard: Vec<Instant> = run.trace.records.iter().map(|r| r.at).collect();
    heard.extend([Instant::ZERO, run.ended]);
    heard.sort_unstable();
    let silences = heard.windows(2).map(|pair| pair[1] - pair[0]);
    silences.max().unwrap_or_default()
}

fn play(case: Case) -> Run {
    let mut session = Session::new(case.server, case.client);
    session.mode = Some(case.mode);
    session.stack = case.stack;
    session.within = PATIENCE;
    session.add("/big.bin", random("big", 30_000));
    session.add("/text.txt", Content::bytes("a line\n".repeat(900)));
    let (mut seen, spared) = (0, case.spared);
    let (mishaps, for_ever) = (case.mishaps, case.for_ever);
    let judge = move |_, _: &Frame| {
        seen += 1;
        let at = usize::checked_sub(seen, spared + 1)?;
        let at = if for_ever { at % mishaps.len() } else { at };
        mishaps.get(at)?.clone()
    };
    session.fault = Some(Fault::custom("a bad cable", Box::new(judge)));
    let verbs = [
        login(),
        Verb::Binary,
        get("big.bin"),
        put("new.bin", random("new", 20_000)),
        Verb::Ascii,
        get("text.txt"),
        put("new.txt", Content::bytes("another\n".repeat(300))),
        Verb::Quit,
    ];
    session.play(1, &verbs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_file_arrives_whole_or_its_failure_is_told(case in case()) {
        let run = play(case);
        let stopped = matches!(run.stop, Stop::Finished | Stop::Idle);
        prop_assert!(stopped, "{:?}\n{}", run.stop, run.frames());
        let client = &run.reports[1];
        prop_assert!(client.outcome != Outcome::Running, "{}", run.frames());
        let silence = longest_silence(&run);
        prop_assert!(silence <= MOST_SILENCE, "{:?}\n{}", silence, run.frames());
        let judged = run.integrity(1);
        for (transfer, integrity) in &judged {
            let expected = if transfer.complete { Integrity::Whole } else { Integrity::Broken };
            prop_assert_eq!(*integrity, expected, "{:?}\n{}", transfer, run.frames());
        }
        // All four, or a step that failed with a reason.
        match &client.outcome {
            Outcome::Failed { message, .. } => prop_assert!(!message.is_empty()),
            _ => prop_assert_eq!(judged.iter().filter(|j| j.1 == Integrity::Whole).count(), 4),
        }
    }
}

/// How many bytes the frame carries on a data connection, and which flags.
pub fn of_a_file(frame: &Frame) -> Option<(usize, TcpFlags)> {
    let ip = frame.bytes().get(14..).and_then(Ipv4::new)?;
    let tcp = Tcp::new(ip.payload())?;
    let ports = [tcp.source_port(), tcp.destination_port()];
    (!ports.contains(&21)).then(|| (tcp.payload().len(), tcp.flags()))
}

/// A file is fetched or put, and of its segments these are lost, counted from
/// 1, and so many that carry a FIN.
fn lose(stack: &'static StackPersona, verb: Verb, segments: [usize; 2], fins: usize) -> Run {
    let mut session = Session::new("vsftpd", "raw");
    (session.mode, session.stack) = (Some(DataMode::Passive), stack);
    session.add("/big.bin", random("big", 20_480));
    let (mut seen, mut seen_fins) = (0, 0);
    let judge = move |_, frame: &Frame| {
        let (len, flags) = of_a_file(frame)?;
        let is_fin = flags.has(TcpFlags::FIN);
        seen += usize::from(len > 0);
        seen_fins += usize::from(is_fin);
        let meant = len > 0 && segments.contains(&seen) || is_fin && seen_fins <= fins;
        meant.then_some(Action::Drop)
    };
    session.fault = Some(Fault::custom("these", Box::new(judge)));
    session.play(1, &[login(), Verb::Binary, verb, Verb::Quit])
}

/// Two segments are lost of a file, and perhaps FINs, which ride on the last:
/// whoever closes, the file is whole, after the seconds that it takes to miss
/// them.
#[test]
fn whatever_is_lost_of_the_end_is_sent_again() {
    let get_or_put = [get("big.bin"), put("new.bin", random("big", 20_480))];
    let few = [(1, 2), (4, 6), (9, 10), (13, 15)];
    let pairs = (1..=15).flat_map(|first| (1..=4).map(move |more| (first, first + more)));
    let without_fins = pairs.map(|pair| (pair, 0));
    let with_fins = few
        .iter()
        .flat_map(|&pair| [(pair, 1), (pair, 2), (pair, 3)]);
    for ((first, second), fins) in without_fins.chain(with_fins) {
        for stack in [&LINUX, &PLAIN, &WINDOWS_98] {
            for verb in &get_or_put {
                let run = lose(stack, verb.clone(), [first, second], fins);
                let what = format!("{} {verb:?} {first} {second} {fins}", stack.name);
                let outcome = &run.reports[1].outcome;
                assert_eq!(*outcome, Outcome::Finished, "{what}\n{}", run.frames());
                assert_eq!(run.integrity(1)[0].1, Integrity::Whole, "{what}");
                let silence = longest_silence(&run);
                // A second, doubled for each FIN that the timer sent in vain.
                let most = Duration::from_secs(3 << fins);
                assert!(silence < most, "{what}: {silence:?}\n{}", run.frames());
            }
        }
    }
}

fn percent(most: u32) -> impl Strategy<Value = Ratio> {
    (0..most * 10).prop_map(|tenths| Ratio::from_parts_per_billion(tenths * 1_000_000))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// On a network that loses one frame in ten at most, and does worse things
    /// to some, every file arrives, but for a connection that nobody answers.
    #[test]
    fn a_little_loss_is_made_good(
        (seed, client, server) in (1u64.., stack(), stack()),
        (loss, duplicate, reorder, corrupt) in (percent(10), percent(5), percent(5), percent(5)),
        jitter in 0..3000u64,
        window in prop::option::of(500..9000u16),
        (down, up) in (1..120_000u64, 1..120_000u64),
    ) {
        let mut session = Session::new("vsftpd", "raw");
        session.mode = Some(DataMode::Passive);
        session.stack = client;
        session.server_stack = Some(server);
        session.window = window;
        session.within = PATIENCE;
        session.segment.impairments = Impairments {
            jitter: Duration::from_micros(jitter),
            loss,
            duplicate,
            reorder,
            reorder_by: Duration::from_millis(3),
            corrupt,
            ..Impairments::default()
        };
        session.add("/big.bin", random("big", down));
        let up = put("new.bin", random("new", up));
        let run = session.play(seed, &[login(), Verb::Binary, get("big.bin"), up, Verb::Quit]);
        let silence = longest_silence(&run);
        prop_assert!(silence <= MOST_SILENCE, "{:?}\n{}", silence, run.frames());
        let judged = run.integrity(1);
        let whole = judged.iter().all(|(_, integrity)| *integrity == Integrity::Whole);
        match &run.reports[1].outcome {
            Outcome::Failed { message, .. } => {
                prop_assert!(message.contains("nobody answered"), "{}\n{}", message, run.frames());
            }
            outcome => {
                prop_assert_eq!(outcome, &Outcome::Finished);
                prop_assert!(whole && judged.len() == 2, "{:?}\n{}", judged, run.frames());
            }
        }
    }
}

#[test]
fn nothing_lost_nothing_broken() {
    let run = play(Case {
        server: "vsftpd",
        client: "lftp",
        mode: DataMode::Passive,
        stack: &LINUX,
        spared: 0,
        mishaps: vec![None],
        for_ever: false,
    });
    let judged = run.integrity(1);
    assert_eq!(judged.len(), 4, "{}", run.frames());
    assert!(
        judged
            .iter()
            .all(|(_, integrity)| *integrity == Integrity::Whole)
    );
    let bytes: Vec<u64> = judged.iter().map(|(transfer, _)| transfer.bytes).collect();
    assert_eq!(bytes, [30_000, 20_000, 7_200, 2_700]);
}

/// A server that sends other bytes than the file has, or fewer, and says that
/// all went well, is found out.
#[test]
fn a_lie_is_found_out() {
    use wirelab::ftp::server::{DataFault, Rule, Trigger};
    let on_retr = || Rule::on(Trigger::Command("RETR".into()));
    for (rule, expected) in [
        (on_retr(), Integrity::Whole),
        (
            Rule {
                content: Some(random("else", 30_000)),
                ..on_retr()
            },
            Integrity::Different,
        ),
        (
            Rule {
                data: Some(DataFault {
                    close_after: Some(29_999),
                    ..DataFault::default()
                }),
                ..on_retr()
            },
            Integrity::Different,
        ),
    ] {
        let mut session = Session::new("vsftpd", "raw");
        session.add("/big.bin", random("big", 30_000));
        session.config.rules.push(rule);
        let run = session.play(1, &[login(), Verb::Binary, get("big.bin"), Verb::Quit]);
        assert_eq!(run.integrity(1)[0].1, expected, "{}", run.frames());
    }
}
