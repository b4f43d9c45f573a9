//! From a scenario to what a lab is built of: every choice that the file
//! leaves open is made here, by the seed and the component's name.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

mod errand;
mod faults;
mod network;
mod replay;
mod script;
mod server;

pub use faults::{FaultPlan, PlannedFault};
pub(crate) use network::DHCP_COUNT;
pub use replay::{PlannedReplay, Sender};

use self::script::Scribe;
use super::model::{
    self, Actor, Content, FileSpec, Host, Mode, Named, Scenario, Segment, Server, Step, Verb,
};
use crate::actor::dhcp::DhcpServer;
use crate::actor::dns::DnsServer;
use crate::actor::{Script, Stall};
use crate::device::RouterConfig;
use crate::ftp::Text;
use crate::ftp::client::{self, DataMode};
use crate::ftp::files::{self, Files};
use crate::ftp::path::VirtualPath;
use crate::ftp::server::Config;
use crate::host::{self, HostConfig, PLAIN, StackPersona};
use crate::net::{SegmentConfig, SegmentKind};
use crate::rng::Seed;
use crate::sim::Limits;
use crate::time::Timestamp;
use crate::wire::MacAddr;

/// The port of FTP's control connection (RFC 959 §8.1).
const FTP_PORT: u16 = 21;

/// The ports of a DNS server and of a DHCP server.
const DNS_PORT: u16 = 53;
const DHCP_PORT: u16 = 67;

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
    /// Hosts that are a capture.
    pub replays: Vec<PlannedReplay>,
    /// Hosts that make their IPv6 address themselves, and which it will be.
    pub made6: Vec<(usize, Ipv6Addr)>,
    /// Mirror ports: segments, and the places in `hosts` of those who listen there.
    pub mirrors: Vec<(usize, usize)>,
    /// The routers, after the hosts.
    pub routers: Vec<RouterConfig>,
    /// Names in the DNS and the addresses that bear them.
    pub names: Vec<(String, IpAddr)>,
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
    /// What it offers.
    pub service: Service,
}

/// What a server offers.
#[derive(Debug, Clone)]
pub enum Service {
    /// Files.
    Ftp {
        /// How it behaves.
        config: Box<Config>,
        /// What it holds.
        files: Files,
        /// Where it listens.
        port: u16,
    },
    /// The addresses of these names.
    Dns(DnsServer),
    /// Addresses on loan.
    Dhcp(DhcpServer),
    /// Whatever it hears, at this port.
    Echo(u16),
    /// Nothing: it borrows an address for its host.
    Borrow,
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
    /// How its data connections stall, if they do.
    pub stall: Option<Stall>,
}

/// The steps of a script with their numbers, in the order in which they are
/// written, those inside loops included: as in [`Step::number`](crate::actor::Step::number).
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

/// The date of the latest moment that a run may come to; `None` if there is no such
/// date any more.
pub fn latest(scenario: &Scenario) -> Option<Timestamp> {
    let first = scenario.clock.map_or(Timestamp::DEFAULT_CLOCK, |c| c.value);
    let length = u64::try_from(limits(scenario).virtual_time.as_nanos()).ok()?;
    let last = first.as_nanos().checked_add(length)?;
    Some(Timestamp::from_nanos(last))
}

/// Makes all choices. A scenario that [`load`](super::load) accepted can always be planned.
pub fn plan(scenario: &Scenario, seed: Seed) -> Plan {
    let clock = scenario.clock.map_or(Timestamp::DEFAULT_CLOCK, |c| c.value);
    let addresses = addresses(scenario, seed);
    let addresses = addresses.as_slice();
    let planner = Planner {
        scenario,
        seed,
        clock,
        addresses,
    };
    Plan {
        seed,
        clock,
        limits: limits(scenario),
        segments: scenario.segments.iter().map(segment).collect(),
        hosts: planner.hosts(),
        replays: planner.replays(),
        made6: (0..scenario.hosts.things.len())
            .filter_map(|place| Some((place, planner.made6(place)?)))
            .collect(),
        mirrors: planner.mirrors(),
        routers: planner.routers(),
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

/// The addresses that nobody may choose: those given to hosts and routers, and
/// those that are lent.
fn taken(scenario: &Scenario) -> BTreeSet<Ipv4Addr> {
    let given = scenario.hosts.iter().filter_map(|h| h.value.ip);
    let mut taken: BTreeSet<Ipv4Addr> = given.filter_map(|ip| ip.value.address()).collect();
    let ports = scenario.routers.iter().flat_map(|r| r.value.ports.iter());
    taken.extend(ports.map(|port| port.value.ip.value));
    for server in &scenario.servers {
        if let Server::Dhcp(dhcp) = server {
            let first = u32::from(dhcp.first.value);
            let count = dhcp.count.map_or(DHCP_COUNT, |c| u32::from(c.value));
            taken.extend((0..count).map(|n| Ipv4Addr::from(first.saturating_add(n))));
        }
    }
    taken
}

/// Every host's address: its own, or one that its subnet has free; `None` if it
/// has none, or not yet.
fn addresses(scenario: &Scenario, seed: Seed) -> Vec<Option<Ipv4Addr>> {
    let mut taken = taken(scenario);
    let mut all = Vec::new();
    for host in scenario.hosts.iter() {
        let own = match &host.value.replay {
            Some(_) => Some(None),
            None => host.value.ip.map(|ip| ip.value.address()),
        };
        let address = own.unwrap_or_else(|| {
            let place = segment_index(scenario, &host.value);
            let segment = scenario.segments.things.get(place)?;
            let subnet = segment.value.subnet.value;
            let mut dice = seed.derive(&format!("host/{}/ip", host.name.value));
            let start = dice.below(u64::from(subnet.room()));
            let free = (0..u64::from(subnet.room()))
                .map(|n| subnet.host(start + n))
                .find(|address| !taken.contains(address));
            Some(free.unwrap_or(subnet.network))
        });
        taken.extend(address);
        all.push(address);
    }
    all
}

/// The persona of an actor; `None` if its name is nobody's.
pub(super) fn client_persona(actor: &Actor) -> Option<client::Persona> {
    let name = actor.persona.as_ref().map_or("raw", |p| p.value.as_str());
    client::Persona::named(name)
}

/// Nobody's address.
const NOBODY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// The persona of a host.
fn persona(host: &Host) -> &'static StackPersona {
    let stack = host.stack.as_ref().map(|s| s.value.as_str());
    stack.and_then(StackPersona::by_name).unwrap_or(&PLAIN)
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
    addresses: &'s [Option<Ipv4Addr>],
}

impl Planner<'_> {
    fn host_index(&self, name: &str) -> Option<usize> {
        self.scenario
            .hosts
            .iter()
            .position(|h| h.name.value == name)
    }

    /// The address that a machine's name or an address in digits stands for:
    /// the IPv4 address where there are two, of a router that of its first port.
    fn address(&self, host: &str) -> Option<IpAddr> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(address);
        }
        match self.host_index(host) {
            Some(index) => self.addresses_of(index).next(),
            None => {
                let router = self.scenario.routers.get(host)?;
                let first = router.ports.things.first()?;
                Some(first.value.ip.value.into())
            }
        }
    }

    /// All addresses of a host: IPv4, then IPv6.
    fn addresses_of(&self, host: usize) -> impl Iterator<Item = IpAddr> + use<> {
        let v4 = self.addresses.get(host).copied().flatten();
        let v6 = self.scenario.hosts.things.get(host);
        let given = v6.and_then(|host| host.value.ip6?.value.address());
        let v6 = given.or_else(|| self.made6(host));
        v4.map(IpAddr::V4).into_iter().chain(v6.map(IpAddr::V6))
    }

    /// The IPv6 address that a host will make itself, if it does.
    fn made6(&self, place: usize) -> Option<Ipv6Addr> {
        let host = self.scenario.hosts.things.get(place)?;
        if host.value.ip6.map(|ip| ip.value) != Some(model::HostIp6::Auto) {
            return None;
        }
        let segment = self.scenario.segments.things.get(self.segment_of(place))?;
        self.scenario.advertisers(&segment.name.value).next()?;
        let prefix = segment.value.subnet6?.value;
        let mut bare = HostConfig::new(host.name.value.clone(), self.cidr(NOBODY, 0));
        bare.mac = host.value.mac.map(|mac| mac.value);
        bare.persona = persona(&host.value);
        Some(bare.address_in(prefix.network, self.seed))
    }

    /// The place of the segment that a host is on.
    fn segment_of(&self, host: usize) -> usize {
        let host = self.scenario.hosts.things.get(host);
        host.map_or(0, |host| segment_index(self.scenario, &host.value))
    }

    /// The hardware address of a host.
    fn mac(&self, host: &str) -> Option<MacAddr> {
        let place = self.host_index(host)?;
        Some(self.host(place)?.mac(self.seed))
    }

    /// The hardware address of a router's port on a segment.
    fn router_mac(&self, router: &str, segment: usize) -> Option<MacAddr> {
        let name = &self.scenario.segments.things.get(segment)?.name.value;
        let ports = self.scenario.routers.get(router)?.ports.iter();
        let port = ports.map(|port| &port.name.value).position(|n| n == name)?;
        Some(RouterConfig::new(router, &[]).mac(self.seed, port))
    }

    fn hosts(&self) -> Vec<(HostConfig, usize)> {
        let places = 0..self.scenario.hosts.things.len();
        let config = places.filter_map(|place| Some((self.host(place)?, self.segment_of(place))));
        config.collect()
    }

    fn host(&self, place: usize) -> Option<HostConfig> {
        let host = self.scenario.hosts.things.get(place)?;
        let segment = self.segment_of(place);
        let address = self.addresses.get(place).copied().flatten();
        let cidr = self.cidr(address.unwrap_or(Ipv4Addr::UNSPECIFIED), segment);
        let mut config = HostConfig::new(host.name.value.clone(), cidr);
        config.address = address.map(|_| cidr);
        let host = &host.value;
        config.persona = persona(host);
        config.mac = host.mac.map(|m| m.value);
        config.first_port = host.first_port.map(|p| p.value);
        config.window = host.window.and_then(|w| u16::try_from(w.value).ok());
        config.congestion = match host.congestion {
            model::Congestion::None => host::Congestion::None,
            model::Congestion::Reno => host::Congestion::Reno,
        };
        config.timestamps = host.timestamps;
        let given = host.ip6.and_then(|ip| ip.value.address());
        config.address6 = given.map(|ip| self.cidr6(ip, segment));
        config.autoconf = host.ip6.map(|ip| ip.value) == Some(model::HostIp6::Auto);
        let by_name = host.gateway.as_ref();
        let by_name = by_name.and_then(|name| self.gateway6(name, segment));
        let own = host.gateway6.as_ref();
        let own = own.and_then(|name| self.gateway6(name, segment));
        config.gateway6 = own.or(by_name).filter(|_| given.is_some());
        let gateway = host.gateway.as_ref();
        config.gateway = gateway.and_then(|name| self.gateway(name, segment));
        config.resolver = host.resolver.as_ref().and_then(|name| self.resolver(name));
        config.announce = host.announce;
        config.promiscuous = host.promiscuous;
        config.mtu = host.mtu.map(|mtu| mtu.value);
        let options = host.ip_options.as_ref();
        config.ip_options = options.map_or_else(Vec::new, |options| options.value.clone());
        Some(config)
    }

    fn mirrors(&self) -> Vec<(usize, usize)> {
        let segments = self.scenario.segments.iter().enumerate();
        let mirrors = segments.filter_map(|(place, segment)| {
            let host = segment.value.mirror.as_ref()?;
            Some((place, self.host_index(&host.value)?))
        });
        mirrors.collect()
    }

    fn names(&self) -> Vec<(String, IpAddr)> {
        let mut names = Vec::new();
        for (place, host) in self.scenario.hosts.iter().enumerate() {
            let name = host.value.name.as_ref().unwrap_or(&host.name);
            let addresses = self.addresses_of(place);
            names.extend(addresses.map(|address| (name.value.clone(), address)));
        }
        for router in self.scenario.routers.iter() {
            let ports = router.value.ports.iter();
            let name = &router.name.value;
            for port in ports {
                names.push((name.clone(), port.value.ip.value.into()));
                names.extend(port.value.ip6.map(|ip| (name.clone(), ip.value.into())));
            }
        }
        names
    }

    /// The servers, in the order in which they are written, and those who
    /// borrow addresses from them.
    fn servers(&self) -> Vec<PlannedServer> {
        let servers = self.scenario.servers.iter().filter_map(|server| {
            let udp_port = match server {
                Server::Dns(_) => DNS_PORT,
                _ => DHCP_PORT,
            };
            let port = server.tcp_port().map_or(udp_port, |(port, _)| port);
            let host = self.host_index(&server.host().value)?;
            let name = format!("{}:{port}", server.host());
            let service = match server {
                Server::Ftp(ftp) => Service::Ftp {
                    config: Box::new(self.config(ftp, host)),
                    files: self.files(ftp, &name),
                    port,
                },
                Server::Dhcp(dhcp) => Service::Dhcp(self.dhcp(dhcp, host)),
                Server::Echo(_) => Service::Echo(port),
                Server::Dns(dns) => Service::Dns(self.dns(dns)),
            };
            Some(PlannedServer {
                name,
                host,
                service,
            })
        });
        let borrowers = self.scenario.borrowers().filter_map(|host| {
            Some(PlannedServer {
                name: format!("{}:68", host.name),
                host: self.host_index(&host.name.value)?,
                service: Service::Borrow,
            })
        });
        servers.chain(borrowers).collect()
    }

    /// What a file holds; `None` for a directory.
    fn content(&self, file: &FileSpec, name: &str) -> Option<files::Content> {
        match &file.content {
            Content::Text(text) => Some(files::Content::bytes(text.value.as_bytes())),
            Content::Hex(bytes) => Some(files::Content::bytes(bytes.value.clone())),
            Content::File(bytes) => Some(files::Content::Bytes(bytes.value.clone())),
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
                stall: actor.value.stall.map(|stall| Stall {
                    after: stall.after.value.0,
                    lasting: stall.lasting.value,
                }),
            })
        });
        planned.collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor;
    use crate::scenario::load;

    fn good() -> Scenario {
        load("good", include_str!("../testdata/good.yaml"), &[])
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
        assert_eq!(numbered(&scenario.actors.things[0].value.script).len(), 8);
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
            let subnet = scenario.segments.things[0].value.subnet.value;
            assert!(all.iter().all(|a| a.is_some_and(|a| subnet.holds(a))));
        }
        assert_ne!(addresses(&scenario, Seed(1)), addresses(&scenario, Seed(2)));
    }

    #[test]
    fn a_gateway_for_ipv6_is_a_router_or_an_address() {
        let builtin = crate::scenario::builtin::find("ipv6-routers").unwrap();
        for gateway in [
            "gateway: far",
            "gateway: \"2001:db8:3::1\"",
            "gateway6: far",
            "gateway6: \"2001:db8:3::1\"",
        ] {
            assert!(builtin.text.contains("gateway: far }"));
            let text = builtin.text.replacen("gateway: far", gateway, 1);
            let scenario = load("f", &text, &[]).unwrap_or_else(|d| panic!("{d}"));
            let client = &plan(&scenario.scenario, Seed(1)).hosts[0].0;
            let far = "2001:db8:3::1".parse().ok();
            assert_eq!(client.gateway6, far, "{gateway}");
        }
    }

    #[test]
    fn the_seed_asked_for_wins() {
        assert_eq!(seed(&good(), None), Seed(20240301));
        assert_eq!(seed(&good(), Some(7)), Seed(7));
    }
}
