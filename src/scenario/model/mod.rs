//! A scenario as typed values, each with the place where it was written.

mod argument;
mod checks;
mod errand;
mod fault;
mod replay;
mod router;
mod rule;
mod script;
mod select;
mod server;
mod step;
mod topology;

use schemars::JsonSchema;

pub(crate) use self::argument::PUT_HOW;
pub use self::argument::{Get, Login, Payload, Put, PutHow, Send, Target, Wait};
pub use self::checks::{
    Check, Commands, EXPERT_FLAGS, Expert, FrameCheck, FrameCount, Replies, SeenCheck,
    TransferCheck,
};
pub use self::errand::{
    Echo, Errand, Flag, Inject, Injected, Ping, Probe, Scan, ScanHow, Spoof, Traceroute,
};
pub(crate) use self::errand::{FLAGS, PROBES, SCAN_HOW};
pub use self::fault::{Act, Fault, Strike, Unplug};
pub use self::replay::{Replay, Speed};
pub use self::router::{
    Firewall, FirewallRule, Forward, Nat, Network, Protocol, Refuse, Route, Router, RouterPort,
    Side, Subnet6,
};
pub use self::rule::{DataRule, Delivery, Ending, Event, Rule, RuleWhen, Then, Trigger};
pub use self::script::{Actor, Mode, Script, Stall};
pub use self::select::{ArpKind, FrameSelector, Note, TcpKind, What};
pub(crate) use self::select::{DHCP_KINDS, DNS_SIDES, ICMP_KINDS, NDP_KINDS};
pub use self::server::{
    AccountFor, Anonymous, Content, DhcpServer, DnsServer, EchoServer, FileSpec, FtpServer, Server,
    ServerLimits, User,
};
#[cfg(test)]
pub(crate) use self::step::VERBS;
pub(crate) use self::step::{BARE, IN_EACH};
pub use self::step::{Each, Expect, Expected, Step, Verb};
pub use self::topology::{
    Burst, Congestion, Duplex, Host, HostIp, HostIp6, Limits, Segment, SegmentKind, Subnet, Tap,
    TapAt,
};

use super::decode::{Decode, Decoder, Firsts};
use super::diagnostics::Diagnostic;
use super::source::{Span, Spanned};
use super::yaml::Node;
use crate::time::Timestamp;

/// The version of the language that this program speaks.
pub const LANGUAGE_VERSION: u64 = 1;

/// A scenario: a network, what runs on it, and what should come of it.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Scenario {
    /// The version of the scenario language: 1.
    pub lab: Spanned<u64>,
    /// What it is called, in a few words.
    pub title: Option<Spanned<String>>,
    /// What it shows, in a few sentences.
    pub about: Option<Spanned<String>>,
    /// Words to find it by.
    #[schemars(default)]
    pub tags: Vec<Spanned<String>>,
    /// The same file and the same seed give the same bytes. 1 unless given.
    pub seed: Option<Spanned<u64>>,
    /// The wall time of the run's instant 0. 2000-09-01T00:00:00Z unless given.
    #[schemars(with = "Option<super::schema::Date>")]
    pub clock: Option<Spanned<Timestamp>>,
    /// The wires, by name.
    pub segments: Table<Segment>,
    /// The machines, by name.
    pub hosts: Table<Host>,
    /// The machines that join segments, by name.
    #[schemars(default)]
    pub routers: Table<Router>,
    /// What the machines offer.
    #[schemars(default)]
    pub servers: Vec<Server>,
    /// Who uses it, by name. All actors run at the same time.
    #[schemars(default)]
    pub actors: Table<Actor>,
    /// Lists of words for `each`, by name.
    #[schemars(default)]
    pub words: Table<Vec<Spanned<String>>>,
    /// What goes wrong on the wire, and to which frame.
    #[schemars(default)]
    pub faults: Vec<Spanned<Fault>>,
    /// Notes on frames that belong to no step.
    #[schemars(default)]
    pub notes: Vec<Note>,
    /// What must be true of the capture.
    #[schemars(default)]
    pub checks: Vec<Check>,
    /// What an analyser should flag, and how often; nothing else may be flagged.
    #[schemars(default, with = "super::schema::Flags")]
    pub expert: Vec<Expert>,
    /// When to stop at the latest.
    #[schemars(default)]
    pub limits: Limits,
    /// Places to capture at besides the segments and the hosts themselves, by name.
    #[schemars(default)]
    pub taps: Table<Tap>,
    /// Where the capture is made, and what the checks are about: taps,
    /// segments or machines. The first segment unless given.
    #[schemars(default, schema_with = "super::schema::one_or_many")]
    pub tap: Vec<Spanned<String>>,
    /// An exercise about this scenario, as in a file of its own, without `exercise`
    /// and `scenario`. `wirelab exercise check` reads it.
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub exercise: Option<Span>,
}

impl Scenario {
    /// Reads a scenario from its tree: what of it can be read. `None` if there is no
    /// version, or neither segments nor hosts.
    pub(super) fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Scenario> {
        if let Node::Scalar(_) = node.value {
            return d.expected("a scenario, which begins with `lab: 1`", node);
        }
        let mut f = d.fields("a scenario", node)?;
        let lab: Option<Spanned<u64>> = f.req(d, "lab");
        if let Some(version) = &lab
            && version.value != LANGUAGE_VERSION
        {
            // Whatever follows may mean something else there: say this alone.
            let message = format!(
                "this scenario is written in version {version} of the language; \
                 this wirelab speaks version {LANGUAGE_VERSION}"
            );
            let help = match version.value > LANGUAGE_VERSION {
                true => "a newer wirelab can play it",
                false => "write `lab: 1`",
            };
            return d.fail(Diagnostic::error(message, version.span).help(help));
        }
        let title = f.opt(d, "title");
        let about = f.opt(d, "about");
        let tags = f.or_default(d, "tags");
        let seed = f.opt(d, "seed");
        let clock = f.opt(d, "clock");
        let segments = f.req(d, "segments");
        let hosts = f.req(d, "hosts");
        let routers = f.or_default(d, "routers");
        let servers = f.healthy(d, "servers");
        let actors = f.or_default(d, "actors");
        let words = f.or_default(d, "words");
        let faults = f.healthy(d, "faults");
        let notes = f.healthy(d, "notes");
        let checks = f.healthy(d, "checks");
        let expert = f
            .entry("expert")
            .and_then(|(_, node)| checks::decode_expert(d, node))
            .unwrap_or_default();
        let limits = f.or_default(d, "limits");
        let taps = f.or_default(d, "taps");
        let tap = f.entry("tap").and_then(|(_, node)| match node.value {
            Node::List(_) => Vec::decode(d, node),
            _ => Decode::decode(d, node).map(|one| vec![one]),
        });
        // Who makes exercises reads what is in it; whoever plays the scenario
        // only has to know that it may be there.
        let exercise = f.entry("exercise").and_then(|(_, node)| match node.value {
            Node::Map(_) => Some(node.span),
            _ => d.expected("an exercise (a mapping with `questions`)", node),
        });
        f.finish(d);
        Some(Scenario {
            lab: lab?,
            title,
            about,
            tags,
            seed,
            clock,
            segments: segments?,
            hosts: hosts?,
            routers,
            servers,
            actors,
            words,
            faults,
            notes,
            checks,
            expert,
            limits,
            taps,
            tap: tap.unwrap_or_default(),
            exercise,
        })
    }
}

impl Scenario {
    /// The FTP servers.
    pub fn ftp_servers(&self) -> impl Iterator<Item = &FtpServer> {
        self.servers.iter().filter_map(|server| match server {
            Server::Ftp(ftp) => Some(ftp.as_ref()),
            _ => None,
        })
    }

    /// The routers that tell the hosts of a segment what their IPv6 network is.
    pub fn advertisers(&self, segment: &str) -> impl Iterator<Item = &Named<Router>> {
        self.routers.iter().filter(move |router| {
            let port = router.value.ports.get(segment);
            port.is_some_and(|port| port.ip6.is_some() && port.advertise != Some(false))
        })
    }

    /// The hosts that borrow their address.
    pub fn borrowers(&self) -> impl Iterator<Item = &Named<Host>> {
        let borrows = |host: &&Named<Host>| {
            let ip = host.value.ip.map(|ip| ip.value);
            ip == Some(HostIp::Dhcp)
        };
        self.hosts.iter().filter(borrows)
    }

    /// The names of all machines: hosts, then routers.
    pub fn machines(&self) -> Vec<&str> {
        let mut names = self.hosts.names();
        names.extend(self.routers.names());
        names
    }
}

/// Things by name, in the order in which they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T> {
    /// The things.
    pub things: Vec<Named<T>>,
    /// The names of those that could not be read; none in a scenario that can be played.
    unread: Vec<String>,
}

/// A thing and its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<T> {
    /// Its name.
    pub name: Spanned<String>,
    /// The thing.
    pub value: T,
    /// Where the thing stands.
    pub span: Span,
}

impl<T> Table<T> {
    /// The thing of that name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.named(name).map(|n| &n.value)
    }

    /// The thing of that name, with its name.
    pub fn named(&self, name: &str) -> Option<&Named<T>> {
        self.things.iter().find(|n| n.name.value == name)
    }

    /// Every thing could be read.
    pub(in crate::scenario) fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }

    /// All names, of things that could not be read too.
    pub fn names(&self) -> Vec<&str> {
        let read = self.things.iter().map(|n| n.name.value.as_str());
        read.chain(self.unread.iter().map(String::as_str)).collect()
    }

    /// All things, with their names.
    pub fn iter(&self) -> core::slice::Iter<'_, Named<T>> {
        self.things.iter()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            things: Vec::new(),
            unread: Vec::new(),
        }
    }
}

impl<T: Decode> Decode for Table<T> {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let Node::Map(entries) = &node.value else {
            return d.expected("a mapping of names", node);
        };
        let firsts = Firsts::of(entries);
        let mut things: Vec<Named<T>> = Vec::new();
        let mut unread = Vec::new();
        for (name, value) in entries {
            if let Some(twice) = firsts.written_twice(name) {
                d.diagnostics.push(twice);
                continue;
            }
            match T::decode(d, value) {
                Some(thing) => things.push(Named {
                    name: name.clone(),
                    value: thing,
                    span: value.span,
                }),
                None => unread.push(name.value.clone()),
            }
        }
        Some(Table { things, unread })
    }
}
