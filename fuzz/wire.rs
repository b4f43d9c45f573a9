//! Frames that the bytes choose, for a small network: a host, a switch, a router that translates and filters, a server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wirelab::actor::dhcp::DhcpServer;
use wirelab::actor::dns::DnsServer;
use wirelab::actor::echo::EchoServer;
use wirelab::actor::{FtpServer, Ping};
use wirelab::device::{
    FirewallConfig, NatConfig, Port6, Refusal, Replayer, Route, Route6, RouterConfig,
};
use wirelab::ftp::files::Files;
use wirelab::ftp::server::{self, Config, User};
use wirelab::host::{HostConfig, Ipv4Cidr, Ipv6Cidr, STACK_PERSONAS};
use wirelab::lab::Lab;
use wirelab::net::{SegmentConfig, SegmentKind};
use wirelab::rng::Seed;
use wirelab::sim::Stop;
use wirelab::time::{Duration, Timestamp};
use wirelab::wire::build::{self, Above, Ipv4Fields, TcpFields};
use wirelab::wire::{ArpOperation, Frame, MacAddr, TcpFlags, checksum};

/// Who the frames may be from and for: a stranger, the host, the router's two
/// ports, the server.
const ADDRESSES: [Ipv4Addr; 6] = [
    Ipv4Addr::new(10, 2, 0, 77),
    Ipv4Addr::new(10, 2, 0, 2),
    Ipv4Addr::new(10, 2, 0, 1),
    Ipv4Addr::new(203, 0, 113, 1),
    Ipv4Addr::new(203, 0, 113, 9),
    Ipv4Addr::BROADCAST,
];

/// The same of IPv6, and groups: all nodes, all routers, the host's own.
const ADDRESSES6: [Ipv6Addr; 12] = [
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x77),
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2),
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 9),
    Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, 9),
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x77),
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 2),
    Ipv6Addr::UNSPECIFIED,
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1),
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2),
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 2),
];

/// Ports that mean something to somebody here.
const PORTS: [u16; 8] = [7, 20, 21, 53, 67, 68, 1025, 40_000];

const HOST: MacAddr = MacAddr([2, 0, 0, 0, 0, 2]);
const SERVER: MacAddr = MacAddr([2, 0, 0, 0, 0, 9]);
const STRANGER: MacAddr = MacAddr([2, 0, 0, 0, 0, 77]);

fn cidr(address: Ipv4Addr) -> Ipv4Cidr {
    Ipv4Cidr {
        address,
        prefix: 24,
    }
}

fn cidr6(address: Ipv6Addr) -> Ipv6Cidr {
    Ipv6Cidr {
        address,
        prefix: 64,
    }
}

/// Bytes as a source of small choices.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn next(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.next()) % all.len()]
    }

    fn word(&mut self) -> u32 {
        u32::from_be_bytes([self.next(), self.next(), self.next(), self.next()])
    }

    /// So many bytes as the next one says.
    fn some(&mut self) -> &'a [u8] {
        let len = usize::from(self.next()).min(self.0.len());
        let (some, rest) = self.0.split_at(len);
        self.0 = rest;
        some
    }
}

/// An IPv6 packet with a right checksum, if what it carries has one.
fn ipv6(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let (source, destination) = (bytes.of(&ADDRESSES6), bytes.of(&ADDRESSES6));
    let protocol = bytes.of(&[58, 58, 6, 17, 44]);
    let hops = bytes.of(&[255, 64, 2, 1]);
    let mut above = match protocol {
        58 => {
            // What discovery and errors begin with, then anything.
            let kind = bytes.of(&[1, 2, 3, 128, 129, 133, 134, 135, 136]);
            let mut message = vec![kind, bytes.next() & 7, 0, 0];
            message.extend(bytes.word().to_be_bytes());
            if kind >= 135 {
                message.extend(bytes.of(&ADDRESSES6).octets());
            }
            message
        }
        _ => {
            let ports = (bytes.of(&PORTS), bytes.of(&PORTS));
            [ports.0.to_be_bytes(), ports.1.to_be_bytes()].concat()
        }
    };
    above.extend(bytes.some());
    let at = match protocol {
        58 => 2,
        6 => 16,
        _ => 6,
    };
    let len = above.len() as u32;
    let ends = (IpAddr::V6(source), IpAddr::V6(destination));
    if let (Some(pseudo), true) = (
        checksum::pseudo_header(ends.0, ends.1, protocol, len),
        above.len() >= at + 2,
    ) {
        above[at..at + 2].fill(0);
        let sum = checksum::compute(&above, pseudo);
        above[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((len as u16).to_be_bytes());
    packet.extend([protocol, hops]);
    packet.extend(source.octets());
    packet.extend(destination.octets());
    packet.extend(above);
    packet
}

/// One frame, on either side of the router.
fn frame(bytes: &mut Bytes<'_>, macs: &[MacAddr; 6]) -> Frame {
    let form = bytes.next() % 8;
    let (to, from) = (bytes.of(macs), bytes.of(macs));
    let fields = Ipv4Fields {
        source: bytes.of(&ADDRESSES),
        destination: bytes.of(&ADDRESSES),
        ttl: bytes.next(),
        id: u16::from(bytes.next()),
    };
    let ports = (bytes.of(&PORTS), bytes.of(&PORTS));
    let ip = |above| build::ethernet(to, from, 0x0800, &build::ipv4(fields, above));
    match form {
        0 => Frame::new(bytes.some()),
        1 | 2 => {
            let tcp = TcpFields {
                ports,
                sequence: bytes.word(),
                acknowledgement: bytes.word(),
                flags: TcpFlags(u16::from(bytes.next())),
                window: u16::from(bytes.next()) << 4,
                payload: bytes.some(),
            };
            ip(Above::Tcp(tcp))
        }
        3 => ip(Above::Udp(ports.0, ports.1, bytes.some())),
        4 => ip(Above::Icmp(
            bytes.next(),
            bytes.next(),
            bytes.word(),
            bytes.some(),
        )),
        5 => {
            let operation = match bytes.next() % 3 {
                0 => ArpOperation::Request,
                1 => ArpOperation::Reply,
                _ => ArpOperation::Other(9),
            };
            build::arp(operation, (from, fields.source), (to, fields.destination))
        }
        6 if bytes.next() & 3 != 0 => build::ethernet(to, from, 0x86dd, &ipv6(bytes)),
        6 => build::ethernet(to, from, 0x86dd, bytes.some()),
        _ => build::ethernet(to, from, 0x0800, bytes.some()),
    }
}

/// A network in which a stranger on each side of the router says what the
/// bytes tell it to.
pub fn wire(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mode = bytes.next();
    let mut lab = Lab::new(Seed(1));
    lab.limits.frames = 5_000;
    lab.limits.virtual_time = Duration::from_secs(600);
    let switch = SegmentConfig {
        kind: SegmentKind::Switch,
        vlan: (mode & 4 != 0).then_some(42),
        ..SegmentConfig::default()
    };
    let lan = lab.segment("lan", switch);
    let wan = lab.segment("wan", SegmentConfig::default());
    let persona = STACK_PERSONAS[usize::from(mode >> 4) % STACK_PERSONAS.len()];
    let mut host = HostConfig::new("host", cidr(ADDRESSES[1]));
    host.mac = Some(HOST);
    host.persona = persona;
    host.gateway = Some(ADDRESSES[2]);
    match mode & 8 {
        0 => {
            host.address6 = Some(cidr6(ADDRESSES6[1]));
            host.gateway6 = Some(ADDRESSES6[2]);
        }
        _ => host.autoconf = true,
    }
    let host = lab.host(host, lan);
    let mut server = HostConfig::new("server", cidr(ADDRESSES[4]));
    server.mac = Some(SERVER);
    server.gateway = Some(ADDRESSES[3]);
    server.address6 = Some(cidr6(ADDRESSES6[4]));
    server.gateway6 = Some(ADDRESSES6[3]);
    let server = lab.host(server, wan);

    let ports = [(lan, cidr(ADDRESSES[2])), (wan, cidr(ADDRESSES[3]))];
    let mut router = RouterConfig::new("router", &ports);
    router.routes = vec![Route::default_via(ADDRESSES[4])];
    router.routes6 = vec![Route6::default_via(ADDRESSES6[4])];
    let port6 = |address, advertises| {
        let address = cidr6(address);
        Some(Port6 {
            address,
            advertises,
        })
    };
    router.ports6 = vec![
        port6(ADDRESSES6[2], true),
        port6(ADDRESSES6[3], mode & 1 != 0),
    ];
    if mode & 1 != 0 {
        router.nat = Some(NatConfig::new(1));
        router.ftp_helper = vec![21];
    }
    if mode & 2 != 0 {
        router.firewall = Some(FirewallConfig::new(1, Refusal::Reject));
    }
    let (inside, outside) = (router.mac(lab.seed(), 0), router.mac(lab.seed(), 1));
    lab.router(&router);

    lab.actor("echo", host, Box::new(EchoServer::new(7)));
    lab.actor(
        "dns",
        host,
        Box::new(DnsServer::new().name("a.b", ADDRESSES[4].into())),
    );
    let pool = DhcpServer::new(cidr([10, 2, 0, 100].into()), 3);
    lab.actor("dhcp", host, Box::new(pool));
    lab.actor(
        "ping",
        host,
        Box::new(Ping::new(ADDRESSES[4].into()).count(1)),
    );
    let far = Ping::new(ADDRESSES6[4].into()).count(1);
    lab.actor("ping6", host, Box::new(far));
    let mut config = Config::new(server::Persona::bisonware());
    let user = User::with_password("krueger");
    config.users.insert("fred".into(), user);
    let files = Files::new(Timestamp::DEFAULT_CLOCK);
    lab.actor("ftp", server, Box::new(FtpServer::new(config, files, 21)));

    let macs = [STRANGER, HOST, inside, outside, SERVER, MacAddr::BROADCAST];
    let mut frames = [Vec::new(), Vec::new()];
    let mut at = Duration::ZERO;
    while !bytes.0.is_empty() {
        let when = bytes.next();
        at += Duration::from_millis(u64::from(when >> 1) * u64::from(when >> 1));
        frames[usize::from(when & 1)].push((at, frame(&mut bytes, &macs)));
    }
    let [near, far] = frames;
    lab.node("near", Box::new(Replayer::new(near)), &[lan]);
    lab.node("far", Box::new(Replayer::new(far)), &[wan]);
    let run = lab.run();
    assert_ne!(run.stop, Stop::Livelock);
}
