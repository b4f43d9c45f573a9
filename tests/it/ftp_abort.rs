//! ABOR with Telnet's interrupt and Synch, as each client writes it, down to TCP's urgent pointer.

use super::ftp_wire::{Session, login};
use super::support::root;
use wirelab::capture::Capture;
use wirelab::ftp::client::Verb;
use wirelab::ftp::files::Content;
use wirelab::ftp::server::{DataFault, Rule, Trigger};
use wirelab::host::LINUX;
use wirelab::lab::Run;
use wirelab::rng::Seed;

/// What one segment to port 21 carries, and where its urgent data ends.
type Said = (Vec<u8>, Option<u16>);

/// The segments with which a client aborts: from the first of them up to ABOR.
fn abort_of<'a>(frames: impl Iterator<Item = &'a [u8]>) -> Vec<Said> {
    let said = frames.filter_map(|frame| {
        let ip = &frame[14..];
        let header = usize::from(ip[0] & 0x0f) * 4;
        let total = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
        let tcp = &ip[header..total];
        let number = |at: usize| u16::from_be_bytes([tcp[at], tcp[at + 1]]);
        let payload = tcp[usize::from(tcp[12] >> 4) * 4..].to_vec();
        let urgent = (tcp[13] & 0x20 != 0).then(|| number(18));
        let is_said = ip[9] == 6 && number(2) == 21 && !payload.is_empty();
        is_said.then_some((payload, urgent))
    });
    let said: Vec<Said> = said.collect();
    let ends = |said: &Said| said.0.ends_with(b"ABOR\r\n");
    let last = said.iter().position(ends).expect("ABOR is said");
    let begins = |said: &Said| said.0[0] == 0xff || ends(said);
    let first = said.iter().position(begins).expect("it begins somewhere");
    said[first..=last].to_vec()
}

/// A client fetches a file, slowly, and thinks better of it.
fn aborted(client: &'static str) -> Run {
    let mut session = Session::new("vsftpd", client);
    session.stack = &LINUX;
    let content = Content::Random {
        seed: Seed(1),
        name: "big".into(),
        size: 1 << 20,
    };
    session.add("/big", content);
    session.config.rules.push(Rule {
        data: Some(DataFault {
            bytes_per_second: Some(40_000),
            ..DataFault::default()
        }),
        ..Rule::on(Trigger::Command("RETR".into()))
    });
    let get = Verb::Get {
        remote: "big".into(),
        offset: 0,
        abort_after: Some(10_000),
    };
    let run = session.play(1, &[login(), get, Verb::Pwd, Verb::Quit]);
    assert_eq!(run.unfinished().count(), 0, "{client}:\n{}", run.frames());
    let moved = &run.reports[1].transfers[0];
    assert!(!moved.complete && moved.bytes < 1 << 20, "{client}");
    run
}

fn said_by(run: &Run) -> Vec<Said> {
    let frames = run.trace.records.iter().map(|record| record.frame.bytes());
    abort_of(frames.filter(|frame| frame[12..14] == [8, 0]))
}

#[test]
fn each_client_aborts_in_its_own_way() {
    const SYNCH: &[u8] = b"\xff\xf4\xff";
    for (client, expected) in [
        (
            "tnftp",
            vec![(SYNCH.to_vec(), Some(3)), (b"\xf2ABOR\r\n".to_vec(), None)],
        ),
        (
            "inetutils",
            vec![(SYNCH.to_vec(), Some(3)), (b"\xf2ABOR\r\n".to_vec(), None)],
        ),
        (
            "lftp",
            vec![
                (SYNCH.to_vec(), None),
                (b"\xf2".to_vec(), Some(1)),
                (b"ABOR\r\n".to_vec(), None),
            ],
        ),
        ("ftplib", vec![(b"ABOR\r\n".to_vec(), Some(6))]),
        ("raw", vec![(b"ABOR\r\n".to_vec(), None)]),
    ] {
        let run = aborted(client);
        assert_eq!(said_by(&run), expected, "{client}");
        // Heard behind the Synch, and answered: for the transfer and for itself.
        let frames = run.frames();
        assert!(
            frames.contains("426 ") && frames.contains("226 "),
            "{client}:\n{frames}"
        );
    }
}

#[test]
fn lftp_aborts_as_the_real_one_does() {
    let path = root().join("tests/fixtures/captures/lftp-abor.pcap");
    let file = std::fs::File::open(path).expect("the fixture");
    let (real, _) = Capture::read(file).expect("a capture");
    let frames: Vec<_> = real.frames().collect();
    let real = abort_of(
        frames
            .iter()
            .map(|frame| frame.bytes)
            .filter(|b| b[12..14] == [8, 0]),
    );
    assert_eq!(said_by(&aborted("lftp")), real);
}
