//! A RETR of one large file, in a lab built in Rust: no scenario, no checks, no file on disk.

use wirelab::actor::{Act, FtpClient, FtpServer, Script, Step, Target};
use wirelab::ftp::client::{self, DataMode, Verb};
use wirelab::ftp::files::{Content, Files, NewEntry};
use wirelab::ftp::path::VirtualPath;
use wirelab::ftp::server::{self, Config, User};
use wirelab::host::{HostConfig, Ipv4Cidr};
use wirelab::lab::Lab;
use wirelab::time::Timestamp;
use wirelab::trace::SegmentId;

use crate::link::fast_link;

/// The file, and who fetches it.
pub struct Retr {
    files: Files,
    script: Script,
}

impl Retr {
    /// A file that holds this.
    pub fn new(content: Vec<u8>) -> Retr {
        let mut files = Files::new(Timestamp::DEFAULT_CLOCK);
        let file = NewEntry {
            content: Some(Content::bytes(content)),
            ..NewEntry::default()
        };
        let path = VirtualPath::parse("/large.bin").expect("a path");
        files.add(path, file, Timestamp::DEFAULT_CLOCK);
        let login = Verb::Login {
            user: "fred".into(),
            password: "krueger".into(),
            account: None,
        };
        let get = Verb::Get {
            remote: "large.bin".into(),
            offset: 0,
            abort_after: None,
        };
        let acts = [
            Act::Connect(Target::Address(([10, 2, 0, 1], 21).into())),
            Act::Ftp(login),
            Act::Ftp(Verb::Binary),
            Act::Ftp(get),
            Act::Ftp(Verb::Quit),
        ];
        let steps = acts
            .into_iter()
            .zip(0..)
            .map(|(act, number)| Step::new(number, act));
        Retr {
            files,
            script: Script {
                steps: steps.collect(),
            },
        }
    }

    /// A pair of hosts, on a link that is never the reason to wait.
    pub fn lab(&self) -> Lab {
        let (mut lab, lan) = fast_link();
        self.pair(&mut lab, lan, 0);
        lab
    }

    /// Adds a client and a server to a lab, with addresses of their own for each `number`.
    pub fn pair(&self, lab: &mut Lab, lan: SegmentId, number: u16) {
        let named = |name: &str| match number {
            0 => name.to_owned(),
            _ => format!("{name}-{number}"),
        };
        let [high, low] = number.to_be_bytes();
        let cidr = |last: u8| Ipv4Cidr {
            address: [10, 2 + high, low, last].into(),
            prefix: 8,
        };
        let client = lab.host(HostConfig::new(named("client"), cidr(2)), lan);
        let server = lab.host(HostConfig::new(named("server"), cidr(1)), lan);
        let mut config = Config::new(server::Persona::vsftpd());
        config
            .users
            .insert("fred".into(), User::with_password("krueger"));
        let ftpd = FtpServer::new(config, self.files.clone(), 21);
        lab.actor(&named("ftpd"), server, Box::new(ftpd));
        let fred = named("fred");
        let dice = lab.seed().derive(&fred);
        let persona = client::Persona::raw();
        let mut script = self.script.clone();
        let target = Target::Address((cidr(1).address, 21).into());
        script.steps[0] = Step::new(0, Act::Connect(target));
        let actor = FtpClient::new(script, persona, Some(DataMode::Passive), dice);
        // The wire is measured, not SHA-256.
        lab.actor(&fred, client, Box::new(actor.without_digests()));
    }
}
