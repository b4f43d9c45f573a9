//! Very many sessions, one after the other and hundreds at once: nothing of them stays, and the bytes are the same twice.

use super::ftp_wire::{get, login, server_address};
use wirelab::actor::{Act, Each, FtpClient, FtpServer, Script, Step, Target, Wait};
use wirelab::capture::{Format, StreamWriter};
use wirelab::ftp::Text;
use wirelab::ftp::client::{DataMode, Persona, Verb};
use wirelab::ftp::files::{Content, Files, NewEntry};
use wirelab::ftp::path::VirtualPath;
use wirelab::ftp::server::{self, Config, User};
use wirelab::host::{Holds, HostConfig, Ipv4Cidr, LINUX};
use wirelab::lab::golden::Hashing;
use wirelab::lab::{Lab, Run, Tally};
use wirelab::net::SegmentConfig;
use wirelab::rng::Seed;
use wirelab::sim::Stop;
use wirelab::time::{Duration, Timestamp};

/// How many sessions: a thousand, or what `WIRELAB_SESSIONS` says.
fn sessions() -> usize {
    let said = std::env::var("WIRELAB_SESSIONS").ok();
    said.map_or(1000, |count| count.parse().expect("a number of sessions"))
}

/// Logs in, fetches a file and leaves, so many times; then waits until the last
/// TIME-WAIT must be over.
fn script(rounds: usize) -> Script {
    let verbs = [login(), Verb::Binary, get("a"), Verb::Quit];
    let steps = verbs.into_iter().zip(1..);
    let each = Each {
        words: vec![Text::default(); rounds],
        connect: Some(Target::Address(server_address())),
        per_connection: Some(1),
        stop_when: None,
        steps: steps
            .map(|(verb, number)| Step::new(number, Act::Ftp(verb)))
            .collect(),
    };
    let rest = Act::Wait(Wait::Exactly(Duration::from_secs(60)));
    Script {
        steps: vec![Step::new(0, Act::Each(each)), Step::new(5, rest)],
    }
}

/// A server, and so many machines with so many clients on each.
fn lab(machines: u8, clients: usize, rounds: usize) -> Lab {
    let mut lab = Lab::new(Seed(1));
    let lan = lab.segment("lan", SegmentConfig::default());
    let mut host = |name: &str, last| {
        let address = Ipv4Cidr {
            address: [10, 2, 0, last].into(),
            prefix: 24,
        };
        let mut config = HostConfig::new(name, address);
        config.persona = &LINUX;
        lab.host(config, lan)
    };
    let server = host("server", 1);
    let machines: Vec<_> = (2..machines + 2)
        .map(|last| (last, host(&format!("machine{last}"), last)))
        .collect();
    let mut config = Config::new(server::Persona::vsftpd());
    let fred = User::with_password("krueger");
    config.users.insert("fred".into(), fred);
    let clock = Timestamp::DEFAULT_CLOCK;
    let mut files = Files::new(clock);
    let file = NewEntry {
        content: Some(Content::bytes("one\ntwo\n")),
        ..NewEntry::default()
    };
    files.add(VirtualPath::parse("/a").unwrap(), file, clock);
    lab.actor("ftpd", server, Box::new(FtpServer::new(config, files, 21)));
    for (last, machine) in machines {
        for number in 0..clients {
            let name = format!("fred{last}.{number}");
            let (rng, passive) = (Seed(1).derive(&name), Some(DataMode::Passive));
            let client = FtpClient::new(script(rounds), Persona::raw(), passive, rng);
            lab.actor(&name, machine, Box::new(client));
        }
    }
    lab
}

/// Plays it to its end: what became of it, and the SHA-256 of what passed.
fn play(lab: Lab) -> (Run, String) {
    let (lan, clock) = (wirelab::trace::SegmentId(0), lab.clock);
    let mut hash = Hashing::new(std::io::sink());
    let mut pcap = StreamWriter::new(&mut hash, lan, clock, Format::PcapNanos).expect("a sink");
    let run = lab.stream(&mut pcap);
    pcap.finish().expect("a sink");
    (run, hash.finish())
}

/// All went well, nothing is left, and a second time everything is the same.
fn check(machines: u8, clients: usize) {
    let sessions = sessions();
    let rounds = sessions / (usize::from(machines) * clients);
    let play = || play(lab(machines, clients, rounds));
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| play().1);
        (play(), other.join().expect("it plays"))
    });
    let (run, hash) = first;
    assert_eq!(run.stop, Stop::Finished);
    assert_eq!(run.unfinished().next(), None);
    let whole = Tally {
        whole: sessions,
        ..Tally::default()
    };
    assert_eq!(run.files(), whole);
    assert_eq!(run.reports[0].sessions, 0);
    // The server still listens at port 21.
    let (listener, nothing) = (
        Holds {
            sockets: 1,
            notes: 0,
        },
        Holds::default(),
    );
    assert_eq!(run.holds[0], listener);
    assert!(run.holds[1..].iter().all(|holds| *holds == nothing));
    assert_eq!(hash, second);
}

#[test]
fn one_after_the_other() {
    check(1, 1);
}

#[test]
fn two_hundred_at_once() {
    check(20, 10);
}

/// What is counted at the end is there before.
#[test]
fn what_is_held_is_counted() {
    let mut lab = lab(2, 5, 1);
    lab.limits.virtual_time = Duration::from_millis(10);
    let (run, _) = play(lab);
    assert_eq!(run.reports[0].sessions, 10);
    assert!(run.holds[0].sockets > 10 && run.holds[0].notes >= 10);
    assert!(run.holds[1].sockets >= 5);
}
