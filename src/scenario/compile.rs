//! From a scenario to what a lab is built of: every choice that the file
//! leaves open is made here, by the seed and the component's name.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

mod faults;

pub use faults::{FaultPlan, PlannedFault};

use super::model::{
    self, Actor, Content, Each, Expect, Expected, FileSpec, FtpServer, Host, Mode, Named, Payload,
    Scenario, Segment, Server, Step, Target, Then, Verb, Wait,
};
use crate::actor::{self, Script};
use crate::ftp::client::{self, DataMode, PutHow};
use crate::ftp::files::{self, Files, NewEntry};
use crate::ftp::path::VirtualPath;
use crate::ftp::server::{self, Answer, Condition, Config, Password, Trigger};
use crate::ftp::{Reply, ReplyCode, Text};
use crate::host::{HostConfig, Ipv4Cidr, PLAIN, StackPersona};
use crate::net::{SegmentConfig, SegmentKind};
use crate::rng::Seed;
use crate::sim::Limits;
use crate::time::{Duration, Timestamp};

/// The port of FTP's control connection (RFC 959 §8.1).
const FTP_PORT: u16 = 21;

/// What a lab is built of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The seed that all choices were made by.
    pub seed: Seed,
    /// The date of the run's instant 0.
    pub clock: Timestamp,
    /// When to stop at the latest.
    pub limits: Limits,
    /// The segments, by name.
    pub segments: Vec<(String, SegmentConfig)>,
    /// The hosts, and the place in `segments` of the one each is on.
    pub hosts: Vec<(HostConfig, usize)>,
    /// Names in the DNS and the addresses that bear them.
    pub names: Vec<(String, Ipv4Addr)>,
    /// What goes wrong on the wire.
    pub faults: Vec<PlannedFault>,
    /// The servers.
    pub servers: Vec<PlannedServer>,
    /// The actors.
    pub actors: Vec<PlannedActor>,
}

/// A server to be put on a host.
#[derive(Debug, Clone)]
pub struct PlannedServer {
    /// `server:21`.
    pub name: String,
    /// The place in [`Plan::hosts`] of its host.
    pub host: usize,
    /// How it behaves.
    pub config: Config,
    /// What it holds.
    pub files: Files,
    /// Where it listens.
    pub port: u16,
}

/// An actor to be put on a host.
#[derive(Debug, Clone)]
pub struct PlannedActor {
    /// Its name.
    pub name: String,
    /// The place in [`Plan::hosts`] of its host.
    pub host: usize,
    /// What it does.
    pub script: Script,
    /// Whose client it uses.
    pub persona: client::Persona,
    /// How it opens data connections, if not as its persona does.
    pub mode: Option<DataMode>,
}

/// The steps of a script with their numbers, in the order in which they are
/// written, those inside loops included: as in [`actor::Step::number`].
pub fn numbered(script: &[Step]) -> Vec<&Step> {
    let mut all = Vec::new();
    for step in script {
        all.push(step);
        if let Verb::Each(each) = &step.verb {
            all.extend(numbered(&each.steps));
        }
    }
    all
}

/// The seed of a scenario: the one asked for, else its own, else 1.
pub fn seed(scenario: &Scenario, asked: Option<u64>) -> Seed {
    let own = scenario.seed.map(|s| Seed(s.value));
    asked.map(Seed).or(own).unwrap_or_default()
}

/// Makes all choices. A scenario that [`load`](super::load) accepted can always be planned.
pub fn plan(scenario: &Scenario, seed: Seed) -> Plan {
    let clock = scenario.clock.map_or(Timestamp::DEFAULT_CLOCK, |c| c.value);
    let addresses = addresses(scenario, seed);
    let planner = Planner {
        scenario,
        seed,
        clock,
        addresses: &addresses,
    };
    Plan {
        seed,
        clock,
        limits: limits(scenario),
        segments: scenario.segments.iter().map(segment).collect(),
        hosts: planner.hosts(),
        names: planner.names(),
        faults: faults::plan(scenario),
        servers: planner.servers(),
        actors: planner.actors(),
    }
}

fn limits(scenario: &Scenario) -> Limits {
    let mut limits = Limits::default();
    if let Some(time) = scenario.limits.time {
        limits.virtual_time = time.value;
    }
    if let Some(frames) = scenario.limits.frames {
        limits.frames = frames.value;
    }
    if let Some(capture) = scenario.limits.capture {
        limits.capture_bytes = capture.value.0;
    }
    limits
}

fn segment(segment: &Named<Segment>) -> (String, SegmentConfig) {
    let mut config = SegmentConfig::default();
    if let Some(kind) = segment.value.kind {
        config.kind = match kind.value {
            model::SegmentKind::Hub => SegmentKind::Hub,
            model::SegmentKind::Switch => SegmentKind::Switch,
        };
    }
    if let Some(rate) = segment.value.rate {
        config.rate = rate.value;
    }
    if let Some(latency) = segment.value.latency {
        config.latency = latency.value;
    }
    faults::impair(&segment.value, &mut config);
    (segment.name.value.clone(), config)
}

/// The place in the scenario of the segment a host is on.
fn segment_index(scenario: &Scenario, host: &Host) -> usize {
    let named = host.link.as_ref().and_then(|link| {
        let mut segments = scenario.segments.iter();
        segments.position(|s| s.name.value == link.value)
    });
    named.unwrap_or(0)
}

/// Every host's address: its own, or one that its subnet has free.
fn addresses(scenario: &Scenario, seed: Seed) -> Vec<Ipv4Addr> {
    let given = scenario.hosts.iter().filter_map(|h| h.value.ip);
    let mut taken: BTreeSet<Ipv4Addr> = given.map(|ip| ip.value).collect();
    let mut all = Vec::new();
    for host in scenario.hosts.iter() {
        let address = host.value.ip.map(|ip| ip.value).unwrap_or_else(|| {
            let place = segment_index(scenario, &host.value);
            let Some(segment) = scenario.segments.0.get(place) else {
                return Ipv4Addr::UNSPECIFIED;
            };
            let subnet = segment.value.subnet.value;
            let mut dice = seed.derive(&format!("host/{}/ip", host.name.value));
            let start = dice.below(u64::from(subnet.room()));
            let free = (0..u64::from(subnet.room()))
                .map(|n| subnet.host(start + n))
                .find(|address| !taken.contains(address));
            free.unwrap_or(subnet.network)
        });
        taken.insert(address);
        all.push(address);
    }
    all
}

/// The persona of an actor; `None` if its name is nobody's.
pub(super) fn client_persona(actor: &Actor) -> Option<client::Persona> {
    let name = actor.persona.as_ref().map_or("raw", |p| p.value.as_str());
    client::Persona::named(name)
}

/// A mode as the client names it.
pub(super) fn data_mode(mode: Mode) -> DataMode {
    match mode {
        Mode::Active => DataMode::Active,
        Mode::Passive => DataMode::Passive,
        Mode::ExtendedActive => DataMode::ExtendedActive,
        Mode::ExtendedPassive => DataMode::ExtendedPassive,
    }
}

struct Planner<'s> {
    scenario: &'s Scenario,
    seed: Seed,
    clock: Timestamp,
    addresses: &'s [Ipv4Addr],
}

impl Planner<'_> {
    fn host_index(&self, name: &str) -> Option<usize> {
        self.scenario
            .hosts
            .iter()
            .position(|h| h.name.value == name)
    }

    /// The address that a host's name or an address in digits stands for.
    fn address(&self, host: &str) -> Option<IpAddr> {
        if let Ok(address) = host.parse::<Ipv4Addr>() {
            return Some(address.into());
        }
        let index = self.host_index(host)?;
        self.addresses.get(index).map(|a| (*a).into())
    }

    fn hosts(&self) -> Vec<(HostConfig, usize)> {
        let hosts = self.scenario.hosts.iter().zip(self.addresses);
        let config = hosts.map(|(host, address)| {
            let place = segment_index(self.scenario, &host.value);
            let subnet = self.scenario.segments.0.get(place);
            let cidr = Ipv4Cidr {
                address: *address,
                prefix: subnet.map_or(24, |s| s.value.subnet.value.prefix),
            };
            let mut config = HostConfig::new(host.name.value.clone(), cidr);
            let stack = host.value.stack.as_ref().map(|s| s.value.as_str());
            config.persona = stack.and_then(StackPersona::by_name).unwrap_or(&PLAIN);
            config.mac = host.value.mac.map(|m| m.value);
            config.first_port = host.value.first_port.map(|p| p.value);
            config.window = host.value.window.and_then(|w| u16::try_from(w.value).ok());
            (config, place)
        });
        config.collect()
    }

    fn names(&self) -> Vec<(String, Ipv4Addr)> {
        let hosts = self.scenario.hosts.iter().zip(self.addresses);
        hosts
            .map(|(host, address)| {
                let name = host.value.name.as_ref().unwrap_or(&host.name);
                (name.value.clone(), *address)
            })
            .collect()
    }

    fn servers(&self) -> Vec<PlannedServer> {
        let planned = self.scenario.servers.iter().filter_map(|Server::Ftp(ftp)| {
            let host = self.host_index(&ftp.host.value)?;
            let port = ftp.port.map_or(FTP_PORT, |p| p.value);
            let name = format!("{}:{port}", ftp.host.value);
            Some(PlannedServer {
                host,
                config: self.config(ftp, host),
                files: self.files(ftp, &name),
                port,
                name,
            })
        });
        planned.collect()
    }

    fn config(&self, ftp: &FtpServer, host: usize) -> Config {
        let name = ftp
            .persona
            .as_ref()
            .map_or("bisonware", |p| p.value.as_str());
        let persona = server::Persona::named(name).unwrap_or_else(server::Persona::bisonware);
        let mut config = Config::new(persona);
        config.clock = self.clock;
        if let Some(host) = self.scenario.hosts.0.get(host) {
            let name = host.value.name.as_ref().unwrap_or(&host.name);
            config.host_name = text(&name.value);
        }
        if let Some(greeting) = &ftp.greeting {
            config.persona.greeting = greeting.iter().map(|line| text(&line.value)).collect();
        }
        for user in ftp.users.iter() {
            config
                .users
                .insert(text(&user.name.value), self::user(&user.value));
        }
        if let Some(anonymous) = &ftp.anonymous {
            let mut guest = server::User::with_password("");
            guest.password = Password::Any;
            guest.home = path(anonymous.home.as_ref().map_or("/", |h| &h.value));
            for name in ["anonymous", "ftp"] {
                config.users.insert(Text::from(name), guest.clone());
            }
        }
        if let Some(opens) = ftp.opens {
            config.opens = crate::time::Instant::ZERO + opens.value;
        }
        self::server_limits(&ftp.limits, &mut config.persona.limits);
        let rules = ftp.rules.iter().zip(1usize..);
        config.rules = rules.map(|(rule, n)| self.rule(rule, n, ftp)).collect();
        config
    }

    fn files(&self, ftp: &FtpServer, server: &str) -> Files {
        let mut all = Files::new(self.clock);
        let memory = self.scenario.limits.memory;
        let disk = ftp.disk.or(memory);
        all.set_capacity(disk.map_or(Files::DEFAULT_CAPACITY, |m| m.value.0));
        let homes = ftp.users.iter().filter_map(|u| u.value.home.as_ref());
        let guests = ftp.anonymous.iter().filter_map(|a| a.home.as_ref());
        for home in homes.chain(guests) {
            all.add(path(&home.value), NewEntry::default(), self.clock);
        }
        for file in ftp.files.iter() {
            let entry = NewEntry {
                content: self.content(&file.value, &format!("file/{server}{}", file.name.value)),
                modified: file.value.modified.map(|m| m.value),
                locked: file.value.locked,
                owner: file.value.owner.as_ref().map(|o| text(&o.value)),
                group: file.value.group.as_ref().map(|g| text(&g.value)),
                mode: file.value.rights.map(|r| r.value),
                fails_at: file.value.fails_at.map(|at| at.value.0),
            };
            all.add(path(&file.name.value), entry, self.clock);
        }
        all
    }

    fn rule(&self, rule: &model::Rule, number: usize, ftp: &FtpServer) -> server::Rule {
        let mut planned = server::Rule::on(match rule.command.as_ref().map(|c| &c.value) {
            Some(model::Trigger::Command(verb)) => Trigger::Command(verb.clone()),
            Some(model::Trigger::Any) => Trigger::AnyCommand,
            None => Trigger::Connect,
        });
        planned.nth = rule.nth.map(|n| u32::try_from(n.value).unwrap_or(u32::MAX));
        planned.when = Condition {
            user: rule.when.user.as_ref().map(|u| text(&u.value)),
            client: rule
                .when
                .client
                .as_ref()
                .and_then(|c| self.address(&c.value)),
            parameter: rule.when.argument.as_ref().map(|a| text(&a.value)),
        };
        planned.answer = match (&rule.bytes, &rule.reply) {
            (Some(bytes), _) => Some(Answer::Bytes(bytes.value.clone())),
            (None, Some(replies)) => Some(answer(replies)),
            (None, None) => None,
        };
        planned.after = rule.after.map_or(Duration::ZERO, |after| after.value);
        planned.then = rule.then.map(|then| match then.value {
            Then::Close => server::Then::Close,
            Then::Reset => server::Then::Reset,
            Then::CloseData => server::Then::CloseData,
            Then::ResetData => server::Then::ResetData,
            Then::Unlisten => server::Then::Unlisten,
        });
        planned.address = rule.address.map(|a| a.value.into());
        planned.port = rule.port.map(|p| p.value);
        planned.data = rule.data.as_ref().map(data_fault);
        let name = format!("rule/{}/{number}", ftp.host.value);
        planned.content = rule.content.as_ref().and_then(|c| self.content(c, &name));
        planned.delivery = delivery(&rule.delivery);
        planned
    }

    /// What a file holds; `None` for a directory.
    fn content(&self, file: &FileSpec, name: &str) -> Option<files::Content> {
        match &file.content {
            Content::Text(text) => Some(files::Content::bytes(text.value.as_bytes())),
            Content::Hex(bytes) => Some(files::Content::bytes(bytes.value.clone())),
            Content::Random(size) => Some(files::Content::Random {
                seed: self.seed,
                name: name.to_owned(),
                size: size.value.0,
            }),
            Content::Directory => None,
        }
    }

    fn actors(&self) -> Vec<PlannedActor> {
        let planned = self.scenario.actors.iter().filter_map(|actor| {
            let mut number = 0;
            let scribe = Scribe {
                planner: self,
                actor: &actor.value,
                name: &actor.name.value,
            };
            let steps = scribe.steps(&actor.value.script, &mut number, None);
            Some(PlannedActor {
                name: actor.name.value.clone(),
                host: self.host_index(&actor.value.host.value)?,
                script: Script { steps },
                persona: client_persona(&actor.value)?,
                mode: actor.value.mode.map(|m| data_mode(m.value)),
            })
        });
        planned.collect()
    }
}

/// Writes one actor's script.
struct Scribe<'s> {
    planner: &'s Planner<'s>,
    actor: &'s Actor,
    name: &'s str,
}

impl Scribe<'_> {
    fn steps(
        &self,
        steps: &[Step],
        number: &mut u32,
        words: Option<&[String]>,
    ) -> Vec<actor::Step> {
        let written = steps.iter().map(|step| {
            let own = *number;
            *number += 1;
            actor::Step {
                number: own,
                act: self.act(&step.verb, number, words),
                expect: step.expect.as_ref().map(expect),
                within: step.within.map_or(actor::Step::WITHIN, |w| w.value),
            }
        });
        written.collect()
    }

    fn act(&self, verb: &Verb, number: &mut u32, words: Option<&[String]>) -> actor::Act {
        use client::Verb as Ftp;
        let maybe = |path: &Option<super::Spanned<String>>| path.as_ref().map(|p| text(&p.value));
        actor::Act::Ftp(match verb {
            Verb::Connect(target) => return actor::Act::Connect(self.target(target, words)),
            Verb::Wait(wait) => return actor::Act::Wait(self::wait(wait)),
            Verb::Each(each) => return actor::Act::Each(self.each(each, number)),
            Verb::Login(login) => Ftp::Login {
                user: text(&login.user.value),
                password: text(login.password.as_ref().map_or("", |p| &p.value)),
                account: maybe(&login.account),
            },
            Verb::Mlsd(path) => Ftp::Mlsd(maybe(path)),
            Verb::List(path) => Ftp::List(maybe(path)),
            Verb::Nlst(path) => Ftp::Nlst(maybe(path)),
            Verb::Ls(path) => Ftp::Ls(maybe(path)),
            Verb::Dir(path) => Ftp::Dir(maybe(path)),
            Verb::Get(get) => Ftp::Get {
                remote: text(&get.file.value),
                offset: get.from.map_or(0, |from| from.value.0),
                abort_after: get.abort_after.map(|after| after.value.0),
            },
            Verb::Put(put) => Ftp::Put {
                remote: text(&put.rename.as_ref().unwrap_or(&put.file).value),
                content: self.own_file(&put.file.value),
                how: match put.how {
                    model::PutHow::Replace => PutHow::Store,
                    model::PutHow::Append => PutHow::Append,
                    model::PutHow::Unique => PutHow::Unique,
                },
                offset: put.from.map_or(0, |from| from.value.0),
            },
            Verb::Up => Ftp::Up,
            Verb::Pwd => Ftp::Pwd,
            Verb::Mkdir(path) => Ftp::MakeDirectory(text(&path.value)),
            Verb::Rmdir(path) => Ftp::RemoveDirectory(text(&path.value)),
            Verb::Delete(path) => Ftp::Delete(text(&path.value)),
            Verb::Rename { from, to } => Ftp::Rename {
                from: text(&from.value),
                to: text(&to.value),
            },
            Verb::Site(line) => Ftp::Site(text(&line.value)),
            Verb::Mode(mode) => Ftp::Mode(data_mode(mode.value)),
            Verb::Close => return actor::Act::Close,
            Verb::Reset => return actor::Act::Abort,
            Verb::Cd(path) => Ftp::Cd(text(&path.value)),
            Verb::Quit => Ftp::Quit,
            Verb::Ascii => Ftp::Ascii,
            Verb::Bin => Ftp::Binary,
            Verb::Send(send) => {
                let mut planned = self::send(send);
                if let Some(file) = &send.file {
                    planned.content = self.own_file(&file.value);
                }
                Ftp::Send(planned)
            }
        })
    }

    fn own_file(&self, name: &str) -> files::Content {
        let file = self.actor.files.get(name);
        let seeded = format!("file/{}/{name}", self.name);
        let content = file.and_then(|f| self.planner.content(f, &seeded));
        content.unwrap_or_else(|| files::Content::bytes(Vec::new()))
    }

    fn target(&self, target: &Target, words: Option<&[String]>) -> actor::Target {
        let port = target.port.unwrap_or(FTP_PORT);
        let socket = |host: &str| {
            let address = self.planner.address(host);
            SocketAddr::new(address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), port)
        };
        match words {
            Some(words) if target.host.value.contains('{') => {
                let total = words.len();
                let rounds = words
                    .iter()
                    .zip(1..)
                    .map(|(word, index)| socket(&fill_in(&target.host.value, word, index, total)));
                actor::Target::PerRound(rounds.collect())
            }
            _ => actor::Target::Address(socket(&target.host.value)),
        }
    }

    fn each(&self, each: &Each, number: &mut u32) -> actor::Each {
        let words = words(self.planner.scenario, &each.word.value);
        actor::Each {
            connect: each.connect.as_ref().map(|t| self.target(t, Some(&words))),
            per_connection: each.per_connection.map(|n| n.value),
            stop_when: each
                .stop_when
                .and_then(|code| ReplyCode::new(code.value))
                .map(|code| actor::Expect::Replies(vec![code])),
            steps: self.steps(&each.steps, number, Some(&words)),
            words: words.iter().map(|word| text(word)).collect(),
        }
    }
}

/// The words of a list.
pub fn words(scenario: &Scenario, name: &str) -> Vec<String> {
    let list = scenario.words.get(name).into_iter().flatten();
    list.map(|word| word.value.clone()).collect()
}

/// Puts a word into a text.
pub fn fill_in(text: &str, word: &str, index: usize, total: usize) -> String {
    text.replace("{index}", &index.to_string())
        .replace("{total}", &total.to_string())
        .replace("{word}", word)
}

fn text(text: &str) -> Text {
    Text::from(text)
}

/// A path of the scenario, which has been checked.
fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(text).unwrap_or_else(VirtualPath::root)
}

fn user(user: &model::User) -> server::User {
    let mut planned = server::User::with_password("");
    planned.password = match &user.password {
        Some(password) => Password::Exactly(text(&password.value)),
        None => Password::NotAsked,
    };
    planned.home = path(user.home.as_ref().map_or("/", |h| &h.value));
    planned.credits = user.credits.map(|c| c.value.0);
    planned.quota = user.quota.map(|q| q.value.0);
    planned.sessions = user.sessions.map(|s| s.value);
    planned.account = user.account.as_ref().map(|account| server::Account {
        name: text(&account.value),
        needed: match user.account_for.map(|f| f.value) {
            Some(model::AccountFor::Store) => server::AccountNeeded::ToStore,
            _ => server::AccountNeeded::ToLogIn,
        },
    });
    planned
}

fn server_limits(given: &model::ServerLimits, limits: &mut server::Limits) {
    if let Some(sessions) = given.sessions {
        limits.sessions = Some(sessions.value);
    }
    if let Some(idle) = given.idle {
        limits.idle = Some(idle.value);
    }
    if let Some(stall) = given.stall {
        limits.stall = Some(stall.value);
    }
    if let Some(accept) = given.accept {
        limits.accept = accept.value;
    }
    if let Some(failures) = given.login_failures {
        limits.login.failures = Some(failures.value);
    }
    if let Some(farewell) = given.login_farewell {
        limits.login.farewell = farewell.value;
    }
    if let Some(delay) = given.login_delay {
        limits.login.delay = delay.value;
    }
}

/// `450 File busy.`, several of the kind, or `none`.
fn answer(replies: &[super::Spanned<String>]) -> Answer {
    let parsed = replies.iter().filter_map(|reply| {
        let code = ReplyCode::from_line(reply.value.as_bytes())?;
        let rest = reply.value.get(3..).unwrap_or("").trim_start_matches(' ');
        Some(Reply::new(code, text(rest)))
    });
    let mut parsed: Vec<Reply> = parsed.collect();
    match parsed.len() {
        0 => Answer::Nothing,
        1 => Answer::Reply(parsed.remove(0)),
        _ => Answer::Replies(parsed),
    }
}

fn data_fault(rule: &model::DataRule) -> server::DataFault {
    let yes = |flag: Option<super::Spanned<bool>>| flag.is_some_and(|f| f.value);
    let size = |size: Option<super::Spanned<super::Size>>| size.map(|s| s.value.0);
    server::DataFault {
        absent: yes(rule.absent),
        stop_after: size(rule.stop_after),
        close_after: size(rule.close_after),
        reset_after: size(rule.reset_after),
        bytes_per_second: size(rule.bytes_per_second),
        reply_first: yes(rule.reply_first),
        refuse_after: size(rule.refuse_after),
    }
}

fn delivery(given: &model::Delivery) -> server::Delivery {
    let default = server::Delivery::default();
    let gap = if given.pieces.is_empty() {
        default.gap
    } else {
        Duration::from_millis(10)
    };
    server::Delivery {
        pieces: given.pieces.iter().map(|p| usize::from(p.value)).collect(),
        gap: given.gap.map_or(gap, |g| g.value),
        ending: match given.ending.map(|e| e.value) {
            Some(model::Ending::Lf) => server::Ending::Lf,
            Some(model::Ending::None) => server::Ending::Unterminated,
            Some(model::Ending::Crlf) | None => server::Ending::CrLf,
        },
    }
}

fn wait(wait: &Wait) -> actor::Wait {
    match wait {
        Wait::Exactly(time) => actor::Wait::Exactly(time.value),
        Wait::Between(low, high) => actor::Wait::Between(low.value, high.value),
    }
}

fn send(send: &model::Send) -> client::Send {
    let mut planned = match &send.payload {
        Payload::Line(line) => client::Send::line(&line.value),
        Payload::Bytes(bytes) => client::Send::bytes(bytes.value.clone()),
        Payload::Pieces { pieces, gap } => client::Send {
            pieces: pieces
                .iter()
                .map(|p| p.value.clone().into_bytes())
                .collect(),
            gap: *gap,
            ..client::Send::bytes(Vec::new())
        },
    };
    planned.wait = send.wait;
    planned
}

fn expect(expect: &Expect) -> actor::Expect {
    let one = |outcome: Expected| match outcome {
        Expected::Reply(code) => actor::Expect::Replies(ReplyCode::new(code).into_iter().collect()),
        Expected::Refused => actor::Expect::Refused,
        Expected::Unreachable => actor::Expect::Unreachable,
        Expected::Closed => actor::Expect::Closed,
        Expected::Reset => actor::Expect::Reset,
        Expected::Silence => actor::Expect::Silence,
    };
    match expect {
        Expect::AnyOf(list) => actor::Expect::AnyOf(list.iter().map(|o| one(o.value)).collect()),
        Expect::All(list) => {
            let codes = list.iter().map(|outcome| match outcome.value {
                Expected::Reply(code) => ReplyCode::new(code),
                _ => None,
            });
            match (codes.collect::<Option<Vec<_>>>(), list.first()) {
                (Some(codes), _) => actor::Expect::Replies(codes),
                // The check lets an outcome that is no code stand alone only.
                (None, Some(outcome)) => one(outcome.value),
                (None, None) => actor::Expect::Replies(Vec::new()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;

    fn good() -> Scenario {
        load("good", include_str!("testdata/good.yaml"), &[])
            .unwrap()
            .scenario
    }

    #[test]
    fn steps_are_numbered_as_they_are_written() {
        let scenario = good();
        let plan = plan(&scenario, Seed(1));
        let script = &plan.actors[0].script;
        let numbers: Vec<u32> = script.steps.iter().map(|s| s.number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 7]);
        let actor::Act::Each(each) = &script.steps[4].act else {
            panic!("{:?}", script.steps[4]);
        };
        assert_eq!(each.steps[1].number, 6);
        assert_eq!(numbered(&scenario.actors.0[0].value.script).len(), 8);
    }

    #[test]
    fn addresses_left_open_are_free_ones_and_the_same_each_time() {
        let text = "lab: 1\nsegments: { lan: { subnet: 192.0.2.0/29 } }\nhosts: { a: {}, b: {}, c: { ip: 192.0.2.3 }, d: {}, e: {}, f: {} }\n";
        let scenario = load("f", text, &[]).unwrap().scenario;
        for seed in 1..20 {
            let mut all = addresses(&scenario, Seed(seed));
            assert_eq!(all, addresses(&scenario, Seed(seed)));
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 6);
            let subnet = scenario.segments.0[0].value.subnet.value;
            assert!(all.iter().all(|a| subnet.holds(*a)));
        }
        assert_ne!(addresses(&scenario, Seed(1)), addresses(&scenario, Seed(2)));
    }

    #[test]
    fn the_seed_asked_for_wins() {
        assert_eq!(seed(&good(), None), Seed(20240301));
        assert_eq!(seed(&good(), Some(7)), Seed(7));
    }
}
