//! Errands: names looked up, frames put together.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};

use super::script::Scribe;
use crate::actor::{Errand, Probe, ScanKind, Whom};
use crate::scenario::model::{self, ArpKind, Flag, Inject, Injected, ScanHow, Target};
use crate::scenario::source::Spanned;
use crate::time::Duration;
use crate::wire::build::{self, Above, Ipv4Fields, TcpFields};
use crate::wire::{ArpOperation, Frame, MacAddr, TcpFlags, ether_type};

/// The port of echo servers (RFC 862).
const ECHO_PORT: u16 = 7;

/// What an injected segment says of its sender's window.
const WINDOW: u16 = 8192;

impl Scribe<'_> {
    pub(super) fn errand(&self, errand: &model::Errand) -> Errand {
        // Who is no machine here has a name in the DNS: the check saw to it.
        let whom = |host: &Spanned<String>| match self.reach(&host.value) {
            Some(address) => Whom::Address(address),
            None => Whom::Name(host.value.clone()),
        };
        match errand {
            model::Errand::Ping(ping) => Errand::Ping {
                to: whom(&ping.to),
                count: ping.count.map_or(4, |count| count.value),
                len: ping.size.map_or(32, |size| usize::from(size.value)),
            },
            model::Errand::Traceroute(trace) => Errand::Traceroute {
                to: whom(&trace.to),
                probe: match trace.probe.map(|probe| probe.value) {
                    Some(model::Probe::Echo) => Probe::Echo,
                    Some(model::Probe::Udp) | None => Probe::Udp,
                },
            },
            model::Errand::Scan(scan) => Errand::Scan {
                kind: match scan.how.map(|how| how.value) {
                    Some(ScanHow::Syn) => ScanKind::Syn,
                    Some(ScanHow::Connect) | None => ScanKind::Connect,
                },
                hosts: scan.to.iter().map(whom).collect(),
                ports: scan.ports.iter().map(|port| port.value).collect(),
                interval: scan
                    .every
                    .map_or(Duration::from_millis(10), |every| every.value),
            },
            model::Errand::Spoof(spoof) => Errand::Spoof {
                claims: self.address4(&spoof.claim.value),
                victim: (
                    self.address4(&spoof.tell.value),
                    self.hardware(Some(&spoof.tell), MacAddr::BROADCAST),
                ),
                times: spoof.times.map_or(10, |times| u32::from(times.value)),
                interval: spoof
                    .every
                    .map_or(Duration::from_secs(2), |every| every.value),
            },
            model::Errand::Inject(inject) => Errand::Inject(self.frame(inject)),
            model::Errand::Echo(echo) => Errand::Echo {
                to: whom(&echo.to.host),
                port: echo.to.port.unwrap_or(ECHO_PORT),
                message: echo.text.value.clone().into_bytes(),
            },
        }
    }

    fn address4(&self, host: &str) -> Ipv4Addr {
        match self.planner.address(host) {
            Some(IpAddr::V4(address)) => address,
            _ => Ipv4Addr::UNSPECIFIED,
        }
    }

    /// The hardware address of a host, or one in digits.
    fn hardware(&self, host: Option<&Spanned<String>>, default: MacAddr) -> MacAddr {
        let found = host
            .and_then(|host| MacAddr::parse(&host.value).or_else(|| self.planner.mac(&host.value)));
        found.unwrap_or(default)
    }

    fn socket(&self, target: &Target) -> SocketAddrV4 {
        SocketAddrV4::new(self.address4(&target.host.value), target.port.unwrap_or(0))
    }

    fn frame(&self, inject: &Inject) -> Frame {
        let own = self.planner.mac(&self.actor.host.value);
        let own = own.unwrap_or(MacAddr::ZERO);
        let from = self.hardware(inject.from.as_ref(), own);
        let to = self.hardware(inject.to.as_ref(), MacAddr::BROADCAST);
        let text = |text: &Option<Spanned<String>>| {
            let text = text.as_ref().map_or("", |text| &text.value);
            text.as_bytes().to_vec()
        };
        let packet = |source: &Target, target: &Target, above: Above<'_>| {
            let fields = Ipv4Fields {
                source: *self.socket(source).ip(),
                destination: *self.socket(target).ip(),
                ttl: 64,
                id: 0,
            };
            build::ethernet(to, from, ether_type::IPV4, &build::ipv4(fields, above))
        };
        match &inject.what {
            Injected::Hex(bytes) => Frame::new(&bytes.value),
            Injected::Arp {
                kind,
                source,
                target,
            } => {
                let operation = match kind {
                    ArpKind::Request => ArpOperation::Request,
                    ArpKind::Reply => ArpOperation::Reply,
                };
                let sender = (from, self.address4(&source.value));
                build::arp(operation, sender, (to, self.address4(&target.value)))
            }
            Injected::Tcp {
                flags,
                source,
                target,
                sequence,
                acknowledgement,
                text: payload,
            } => {
                let bits = flags.iter().map(|flag| match flag.value {
                    Flag::Fin => TcpFlags::FIN,
                    Flag::Syn => TcpFlags::SYN,
                    Flag::Rst => TcpFlags::RST,
                    Flag::Psh => TcpFlags::PSH,
                    Flag::Ack => TcpFlags::ACK,
                    Flag::Urg => TcpFlags::URG,
                });
                let fields = TcpFields {
                    ports: (self.socket(source).port(), self.socket(target).port()),
                    sequence: sequence.map_or(0, |sequence| sequence.value),
                    acknowledgement: acknowledgement.map_or(0, |number| number.value),
                    flags: bits.fold(TcpFlags(0), TcpFlags::with),
                    window: WINDOW,
                    payload: &text(payload),
                };
                packet(source, target, Above::Tcp(fields))
            }
            Injected::Udp {
                source,
                target,
                text: payload,
            } => {
                let ports = (self.socket(source).port(), self.socket(target).port());
                let payload = text(payload);
                packet(source, target, Above::Udp(ports.0, ports.1, &payload))
            }
        }
    }
}
