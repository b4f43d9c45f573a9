//! The yardstick: smoltcp's own loopback, with an Ethernet's MTU and checksums computed and verified.

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{self, ChecksumCapabilities, Device, DeviceCapabilities, Loopback, Medium};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

/// What an Ethernet frame carries. The device's own 65,535 would measure copying.
const MTU: usize = 1500;

/// The window of both ends, as large as it can be without window scaling.
const WINDOW: usize = 65_535;

/// smoltcp's loopback as it comes, but for the MTU and the checksums.
struct Ethernetlike(Loopback);

impl Device for Ethernetlike {
    type RxToken<'a> = <Loopback as Device>::RxToken<'a>;
    type TxToken<'a> = <Loopback as Device>::TxToken<'a>;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = self.0.capabilities();
        capabilities.max_transmission_unit = MTU;
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities
    }

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        phy::Device::receive(&mut self.0, now)
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.0.transmit(now)
    }
}

/// Moves `total` bytes over one connection and answers how many arrived.
pub fn move_bytes(total: usize) -> usize {
    let mut device = Ethernetlike(Loopback::new(Medium::Ip));
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
        interface.poll(now, &mut device, &mut sockets);
        let socket = sockets.get_mut::<tcp::Socket>(sender);
        if socket.can_send() && sent < total {
            sent += socket
                .send(|room| fill(room, total - sent))
                .expect("an open socket");
        }
        let socket = sockets.get_mut::<tcp::Socket>(receiver);
        if socket.can_recv() {
            arrived += socket
                .recv(|bytes| (bytes.len(), bytes.len()))
                .expect("an open socket");
        }
        if (sent, arrived) == before {
            // Only a timer, such as the delayed acknowledgement's, can go on.
            now += interface.poll_delay(now, &sockets).unwrap_or_default();
        }
    }
    arrived
}

/// Writes content as a file's would be, so that both sides of the comparison copy alike.
fn fill(room: &mut [u8], left: usize) -> (usize, usize) {
    let len = room.len().min(left);
    room[..len].fill(0x2a);
    (len, len)
}
