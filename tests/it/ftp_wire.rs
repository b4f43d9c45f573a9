//! FTP actors on a simulated wire: the frame plans of the article's sessions, for several seeds.

use std::net::SocketAddr;

use super::ftp_caller::Caller;
use wirelab::actor::{Act, Expect, FtpClient, FtpServer, Outcome, Script, Step, Target};
use wirelab::ftp::ReplyCode;
use wirelab::ftp::client::{DataMode, Persona, Verb};
use wirelab::ftp::files::{Content, Files, NewEntry};
use wirelab::ftp::path::VirtualPath;
use wirelab::ftp::server::{self, Config, User};
use wirelab::host::{HostConfig, Ipv4Cidr, StackPersona, WINDOWS_98};
use wirelab::lab::{Lab, Run};
use wirelab::net::{Fault, SegmentConfig};
use wirelab::rng::Seed;
use wirelab::time::{Duration, Timestamp};

fn cidr(last: u8) -> Ipv4Cidr {
    Ipv4Cidr {
        address: [10, 2, 0, last].into(),
        prefix: 24,
    }
}

pub fn server_address() -> SocketAddr {
    SocketAddr::from(([10, 2, 0, 1], 21))
}

/// One client, one server, one segment.
pub struct Session {
    pub config: Config,
    pub files: Files,
    pub client: &'static str,
    pub mode: Option<DataMode>,
    pub stack: &'static StackPersona,
    /// The server's, if it is another than the client's.
    pub server_stack: Option<&'static StackPersona>,
    pub segment: SegmentConfig,
    /// The window of both, if not the stacks'.
    pub window: Option<u16>,
    pub fault: Option<Fault>,
    /// How long each step may take.
    pub within: Duration,
    /// Those who call the first passive port: the last octet of the address they
    /// call from, and what they do.
    pub callers: Vec<(u8, String)>,
}

/// The first passive port, where there are callers.
const PASSIVE_PORT: u16 = 5000;

impl Session {
    pub fn new(server: &str, client: &'static str) -> Session {
        let mut config = Config::new(server::Persona::named(server).unwrap());
        let user = User::with_password("krueger");
        config.users.insert("fred".into(), user);
        let mut session = Session {
            config,
            files: Files::new(Timestamp::DEFAULT_CLOCK),
            client,
            mode: None,
            stack: &WINDOWS_98,
            server_stack: None,
            segment: SegmentConfig::default(),
            window: None,
            fault: None,
            within: Step::WITHIN,
            callers: Vec::new(),
        };
        session.add("/cno.txt", Content::bytes("a text\nof two lines\n"));
        session.add("/map.gif", Content::bytes(vec![7; 300]));
        session
    }

    pub fn add(&mut self, path: &str, content: Content) {
        let new = NewEntry {
            content: Some(content),
            ..NewEntry::default()
        };
        let path = VirtualPath::parse(path).unwrap();
        self.files.add(path, new, Timestamp::DEFAULT_CLOCK);
    }

    /// Plays these verbs after connecting; each must succeed.
    pub fn play(self, seed: u64, verbs: &[Verb]) -> Run {
        let connect = Act::Connect(Target::Address(server_address()));
        let acts = verbs.iter().cloned().map(Act::Ftp);
        let steps = std::iter::once(connect).chain(acts);
        let within = self.within;
        let steps = steps.zip(0..).map(|(act, n)| Step {
            within,
            ..Step::new(n, act)
        });
        self.script(seed, steps.collect())
    }

    pub fn script(self, seed: u64, steps: Vec<Step>) -> Run {
        let mut lab = Lab::new(Seed(seed));
        let lan = lab.segment("lan", self.segment);
        let mut host = |name: &str, last, first_port| {
            let mut config = HostConfig::new(name, cidr(last));
            let own = self.server_stack.filter(|_| name == "server");
            config.persona = own.unwrap_or(self.stack);
            config.first_port = first_port;
            config.window = self.window;
            lab.host(config, lan)
        };
        let client_host = host("client", 2, Some(1038));
        let port = (!self.callers.is_empty()).then_some(PASSIVE_PORT);
        let server_host = host("server", 1, port);
        let mut data = server_address();
        data.set_port(PASSIVE_PORT);
        let mut callers = Vec::new();
        for (last, script) in &self.callers {
            let home = match last {
                2 => client_host,
                _ => host("stranger", *last, None),
            };
            callers.push((home, Caller::new(data, script)));
        }
        let server = FtpServer::new(self.config, self.files, 21);
        if let Some(fault) = self.fault {
            lab.fault(fault);
        }
        lab.actor("server", server_host, Box::new(server));
        let persona = Persona::named(self.client).unwrap();
        let rng = Seed(seed).derive("ftp/fred");
        let client = FtpClient::new(Script { steps }, persona, self.mode, rng);
        lab.actor("fred", client_host, Box::new(client));
        for (home, caller) in callers {
            lab.actor("caller", home, Box::new(caller));
        }
        lab.run()
    }
}

pub fn login() -> Verb {
    Verb::Login {
        user: "fred".into(),
        password: "krueger".into(),
        account: None,
    }
}

pub fn get(name: &str) -> Verb {
    Verb::Get {
        remote: name.into(),
        offset: 0,
        abort_after: None,
    }
}

/// A vsftpd that knows fred, and holds a /map.gif of this many octets.
pub fn vsftpd(size: usize, port: u16) -> FtpServer {
    let mut config = Config::new(server::Persona::named("vsftpd").expect("a persona"));
    let user = User::with_password("krueger");
    config.users.insert("fred".into(), user);
    let mut files = Files::new(Timestamp::DEFAULT_CLOCK);
    let new = NewEntry {
        content: Some(Content::bytes(vec![7; size])),
        ..NewEntry::default()
    };
    let path = VirtualPath::parse("/map.gif").expect("a path");
    files.add(path, new, Timestamp::DEFAULT_CLOCK);
    FtpServer::new(config, files, port)
}

/// Fred, who connects and does this, with dice of this seed.
pub fn fred(
    to: Target,
    verbs: impl IntoIterator<Item = Verb>,
    mode: Option<DataMode>,
    seed: u64,
) -> FtpClient {
    let acts = std::iter::once(Act::Connect(to)).chain(verbs.into_iter().map(Act::Ftp));
    let script = Script {
        steps: acts.zip(0..).map(|(act, n)| Step::new(n, act)).collect(),
    };
    let persona = Persona::named("raw").expect("a persona");
    FtpClient::new(script, persona, mode, Seed(seed).derive("ftp/fred"))
}

fn finished(run: &Run) {
    let unfinished: Vec<_> = run.unfinished().collect();
    assert!(unfinished.is_empty(), "{unfinished:?}\n{}", run.frames());
}

/// What the packet list says of frame `number`, from 1.
fn info(run: &Run, number: usize) -> String {
    let frames = run.frames();
    frames.lines().nth(number).unwrap_or("").to_owned()
}

#[test]
fn the_twenty_frames_of_ftp_connect() {
    for seed in 1..=3 {
        let run = Session::new("bisonware", "windows-ftp").play(seed, &[login(), Verb::Quit]);
        finished(&run);
        assert_eq!(run.trace.records.len(), 20);
        for (number, text) in [
            (6, "220"),
            (8, "220"),
            (10, "USER fred"),
            (11, "331"),
            (13, "PASS krueger"),
            (14, "230"),
            (16, "QUIT"),
            (17, "221"),
            (18, "FIN"),
            (19, "FIN"),
        ] {
            let info = info(&run, number);
            assert!(info.contains(text), "seed {seed}, frame {number}: {info}");
        }
    }
}

#[test]
fn the_plan_of_ftp_listfiles() {
    for seed in 1..=3 {
        let verbs = [login(), Verb::Ls(None), Verb::Quit];
        let run = Session::new("bisonware", "windows-ftp").play(seed, &verbs);
        finished(&run);
        for (number, text) in [
            (16, "PORT 10,2,0,2,4,15"),
            (17, "200"),
            (18, "NLST"),
            (19, "SYN"),
            (22, "150"),
            (24, "150"),
            (28, "226"),
            (30, "FIN"),
        ] {
            let info = info(&run, number);
            assert!(info.contains(text), "seed {seed}, frame {number}: {info}");
        }
    }
}

#[test]
fn a_long_file_arrives_whole() {
    for (server, client, mode) in [
        ("bisonware", "windows-ftp", None),
        ("vsftpd", "raw", Some(DataMode::ExtendedPassive)),
    ] {
        let mut session = Session::new(server, client);
        session.mode = mode;
        let content = Content::Random {
            seed: Seed(1),
            name: "big".into(),
            size: 200_000,
        };
        session.add("/big.bin", content);
        let run = session.play(1, &[login(), Verb::Binary, get("big.bin"), Verb::Quit]);
        finished(&run);
        let moved = &run.reports[1].transfers[0];
        assert!(moved.complete && moved.bytes == 200_000);
    }
}

#[test]
fn a_wrong_password_fails_its_step_and_is_told() {
    let wrong = Verb::Login {
        user: "fred".into(),
        password: "kruger".into(),
        account: None,
    };
    let run = Session::new("bisonware", "windows-ftp").play(1, &[wrong, Verb::Quit]);
    let Outcome::Failed { step, message } = &run.reports[1].outcome else {
        panic!("{:?}", run.reports[1].outcome);
    };
    assert_eq!(*step, 1);
    assert!(message.contains("530"), "{message}");
}

#[test]
fn a_refused_connection_may_be_expected() {
    let mut step = Step::new(
        0,
        Act::Connect(Target::Address(SocketAddr::from(([10, 2, 0, 1], 2121)))),
    );
    step.expect = Some(Expect::AnyOf(vec![
        Expect::Refused,
        Expect::Replies(ReplyCode::new(220).into_iter().collect()),
    ]));
    let run = Session::new("bisonware", "windows-ftp").script(1, vec![step]);
    finished(&run);
}
