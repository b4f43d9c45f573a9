//! The least that a captured transfer between two hosts takes: two of smoltcp's stacks, joined
//! with nothing between them, each frame copied into a capture. No clock, no medium, no addresses
//! to look up, no actors: what a lab costs besides is the difference to this.

use std::collections::VecDeque;

use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::{self, Checksum, DeviceCapabilities, Medium};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

use crate::loopback::{MTU, WINDOW, fill};

/// Octets of an Ethernet header.
const ETHERNET_HEADER: usize = 14;

/// A frame on its way, in memory that is used again and has room for any.
struct Frame {
    to: usize,
    memory: Vec<u8>,
    len: usize,
}

impl Frame {
    fn bytes(&self) -> &[u8] {
        &self.memory[..self.len]
    }
}

/// What joins the two: frames in the order in which they were sent.
struct Join<'a> {
    on_the_way: VecDeque<Frame>,
    used: Vec<Vec<u8>>,
    pcap: &'a mut Vec<u8>,
    packets: u64,
}

/// One end of it, for one poll.
struct End<'a, 'b> {
    received: Option<&'a [u8]>,
    join: &'a mut Join<'b>,
    to: usize,
}

struct Received<'a>(&'a [u8]);

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

struct Sending<'a, 'b> {
    join: &'a mut Join<'b>,
    to: usize,
}

impl phy::TxToken for Sending<'_, '_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Sending { join, to } = self;
        let len = ETHERNET_HEADER + len;
        let fresh = || vec![0; ETHERNET_HEADER + MTU];
        let memory = join.used.pop().unwrap_or_else(fresh);
        let mut frame = Frame { to, memory, len };
        let result = f(&mut frame.memory[ETHERNET_HEADER..len]);
        // The time and the length twice, as a pcap has them before each frame.
        let len = (len as u32).to_le_bytes();
        let header = [[0; 4], [0; 4], len, len];
        join.pcap.extend_from_slice(header.as_flattened());
        join.pcap.extend_from_slice(frame.bytes());
        join.packets += 1;
        join.on_the_way.push_back(frame);
        result
    }
}

impl<'b> phy::Device for End<'_, 'b> {
    type RxToken<'t>
        = Received<'t>
    where
        Self: 't;
    type TxToken<'t>
        = Sending<'t, 'b>
    where
        Self: 't;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
        // Computed; what nothing has touched need not be verified.
        capabilities.checksum.ipv4 = Checksum::Tx;
        capabilities.checksum.tcp = Checksum::Tx;
        capabilities
    }

    fn receive(&mut self, now: Instant) -> Option<(Received<'_>, Sending<'_, 'b>)> {
        let received = Received(self.received.take()?);
        Some((received, self.transmit(now)?))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_, 'b>> {
        Some(Sending {
            join: self.join,
            to: self.to,
        })
    }
}

/// A stack with one socket.
struct Host {
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
}

impl Host {
    fn new(number: usize, join: &mut Join<'_>) -> Host {
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = number as u64;
        let mut end = End {
            received: None,
            join,
            to: 1 - number,
        };
        let mut interface = Interface::new(config, &mut end, Instant::ZERO);
        interface.update_ip_addrs(|list| {
            list.push(IpCidr::new(address(number), 24))
                .expect("room for one address");
        });
        let buffer = || tcp::SocketBuffer::new(vec![0; WINDOW]);
        let mut sockets = SocketSet::new(Vec::new());
        let socket = sockets.add(tcp::Socket::new(buffer(), buffer()));
        Host {
            interface,
            sockets,
            socket,
        }
    }
}

fn address(number: usize) -> IpAddress {
    IpAddress::v4(10, 2, 0, 1 + number as u8)
}

/// Moves `total` bytes from one stack to the other, the packets into `pcap`,
/// and answers how many there were.
pub fn move_bytes(total: usize, pcap: &mut Vec<u8>) -> u64 {
    const SENDER: usize = 0;
    const RECEIVER: usize = 1;
    let mut join = Join {
        on_the_way: VecDeque::new(),
        used: Vec::new(),
        pcap,
        packets: 0,
    };
    let mut hosts = [SENDER, RECEIVER].map(|number| Host::new(number, &mut join));
    let [sender, receiver] = &mut hosts;
    let socket = receiver.sockets.get_mut::<tcp::Socket>(receiver.socket);
    socket.listen(20).expect("a free port");
    let socket = sender.sockets.get_mut::<tcp::Socket>(sender.socket);
    let context = sender.interface.context();
    socket
        .connect(context, (address(RECEIVER), 20), 1039)
        .expect("an address to connect to");

    let mut now = Instant::ZERO;
    let (mut sent, mut arrived) = (0, 0);
    let mut number = SENDER;
    let mut frame: Option<Frame> = None;
    while arrived < total {
        let Host {
            interface,
            sockets,
            socket,
        } = &mut hosts[number];
        let mut end = End {
            received: frame
                .as_ref()
                .map(|frame| &frame.bytes()[ETHERNET_HEADER..]),
            join: &mut join,
            to: 1 - number,
        };
        if end.received.is_some() {
            interface.poll_ingress_single(now, &mut end, sockets);
        }
        let socket = sockets.get_mut::<tcp::Socket>(*socket);
        if number == SENDER && socket.can_send() && sent < total {
            sent += socket
                .send(|room| fill(room, total - sent, None))
                .expect("an open socket");
        }
        if number == RECEIVER && socket.can_recv() {
            arrived += socket
                .recv(|bytes| (bytes.len(), bytes.len()))
                .expect("an open socket");
        }
        while interface.poll_egress(now, &mut end, sockets) != PollResult::None {}
        join.used.extend(frame.take().map(|frame| frame.memory));
        frame = join.on_the_way.pop_front();
        match &frame {
            Some(frame) => number = frame.to,
            None => {
                // Only a timer, such as the delayed acknowledgement's, can go on.
                let due = hosts.iter_mut().enumerate().filter_map(|(number, host)| {
                    let delay = host.interface.poll_delay(now, &host.sockets)?;
                    Some((delay, number))
                });
                let (delay, next) = due.min().expect("the transfer goes on");
                now += delay;
                number = next;
            }
        }
    }
    join.packets
}
