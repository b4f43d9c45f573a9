//! The yardstick: smoltcp's own loopback, with an Ethernet's MTU and checksums computed and verified.

use smoltcp::iface::{Config, Interface, PollIngressSingleResult, PollResult, SocketSet};
use smoltcp::phy::{self, ChecksumCapabilities, Device, DeviceCapabilities, Loopback, Medium};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

/// What an Ethernet frame carries. The device's own 65,535 would measure copying.
pub const MTU: usize = 1500;

/// The window of both ends, as large as it can be without window scaling.
pub const WINDOW: usize = 65_535;

/// What the loopback is asked to do besides moving bytes.
#[derive(Debug, Clone, Copy)]
pub struct Kind<'a> {
    /// What is sent; zeros if nothing is said.
    pub file: Option<&'a [u8]>,
    /// Every packet is kept in memory, as a capture in memory keeps it.
    pub kept: bool,
    /// One packet is taken in and what it calls for sent, as on a wire, where
    /// the next arrives later: an acknowledgement for every second segment. If
    /// not, all that waits is taken in first, and one acknowledgement answers
    /// a whole window.
    pub one_by_one: bool,
}

/// smoltcp's loopback as it comes, but for the MTU and the checksums.
struct Ethernetlike {
    loopback: Loopback,
    kept: Option<Vec<Box<[u8]>>>,
    packets: u64,
}

/// Sends, and keeps what is sent if that is asked for.
struct Keeping<'a> {
    token: <Loopback as Device>::TxToken<'a>,
    kept: &'a mut Option<Vec<Box<[u8]>>>,
    packets: &'a mut u64,
}

impl phy::TxToken for Keeping<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        *self.packets += 1;
        self.token.consume(len, |packet| {
            let result = f(packet);
            if let Some(kept) = self.kept {
                kept.push((&*packet).into());
            }
            result
        })
    }
}

impl Device for Ethernetlike {
    type RxToken<'a> = <Loopback as Device>::RxToken<'a>;
    type TxToken<'a> = Keeping<'a>;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = self.loopback.capabilities();
        capabilities.max_transmission_unit = MTU;
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities
    }

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let (received, token) = phy::Device::receive(&mut self.loopback, now)?;
        let (kept, packets) = (&mut self.kept, &mut self.packets);
        let sending = Keeping {
            token,
            kept,
            packets,
        };
        Some((received, sending))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        let token = self.loopback.transmit(now)?;
        Some(Keeping {
            token,
            kept: &mut self.kept,
            packets: &mut self.packets,
        })
    }
}

/// Moves `total` bytes over one connection and answers in how many packets.
pub fn move_bytes(total: usize, kind: Kind<'_>) -> u64 {
    let mut device = Ethernetlike {
        loopback: Loopback::new(Medium::Ip),
        kept: kind.kept.then(Vec::new),
        packets: 0,
    };
    let mut now = Instant::ZERO;
    let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut device, now);
    let address = IpAddress::v4(127, 0, 0, 1);
    interface.update_ip_addrs(|list| {
        list.push(IpCidr::new(address, 8))
            .expect("room for one address");
    });
    let buffer = || tcp::SocketBuffer::new(vec![0; WINDOW]);
    let mut sockets = SocketSet::new(Vec::new());
    let receiver = sockets.add(tcp::Socket::new(buffer(), buffer()));
    let sender = sockets.add(tcp::Socket::new(buffer(), buffer()));
    sockets
        .get_mut::<tcp::Socket>(receiver)
        .listen(20)
        .expect("a free port");
    let socket = sockets.get_mut::<tcp::Socket>(sender);
    socket
        .connect(interface.context(), (address, 20), 1039)
        .expect("an address to connect to");

    let (mut sent, mut arrived) = (0, 0);
    while arrived < total {
        let before = (sent, arrived);
        let waited = if kind.one_by_one {
            let taken = interface.poll_ingress_single(now, &mut device, &mut sockets);
            while interface.poll_egress(now, &mut device, &mut sockets) != PollResult::None {}
            taken != PollIngressSingleResult::None
        } else {
            interface.poll(now, &mut device, &mut sockets);
            false
        };
        let socket = sockets.get_mut::<tcp::Socket>(sender);
        if socket.can_send() && sent < total {
            sent += socket
                .send(|room| fill(room, total - sent, kind.file.map(|file| &file[sent..])))
                .expect("an open socket");
        }
        let socket = sockets.get_mut::<tcp::Socket>(receiver);
        if socket.can_recv() {
            arrived += socket
                .recv(|bytes| (bytes.len(), bytes.len()))
                .expect("an open socket");
        }
        if (sent, arrived) == before && !waited {
            // Only a timer, such as the delayed acknowledgement's, can go on.
            now += interface.poll_delay(now, &sockets).unwrap_or_default();
        }
    }
    device.packets
}

/// Writes what is sent next, as much as there is room for.
pub fn fill(room: &mut [u8], left: usize, file: Option<&[u8]>) -> (usize, usize) {
    let len = room.len().min(left);
    match file {
        Some(file) => room[..len].copy_from_slice(&file[..len]),
        None => room[..len].fill(0),
    }
    (len, len)
}
