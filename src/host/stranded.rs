//! Senders that smoltcp leaves waiting without a timer, and what sets them going again.
//!
//! At the third duplicate acknowledgement smoltcp sends again the first bytes
//! that are missing, and stops its retransmission timer until it has. If only
//! its FIN is missing, there are no such bytes, and the timer never runs again.
//! Here it is made to speak, and what it says is the FIN.
//!
//! If the window is closed when the retransmission timer runs out, nothing is
//! sent and nothing probes: so it is where the word that the window is open
//! overtook the word that it was closed. Made to speak, such a socket says one
//! byte that has been acknowledged, to which the peer answers with its window
//! (RFC 9293 §3.8.4); the answer sets its timers going.

use smoltcp::iface::SocketSet;
use smoltcp::socket::{Socket, tcp};
use smoltcp::time::Duration;

use super::ETHERNET_HEADER_LEN;
use super::tcp_header::{TcpPacket, flag};

/// How long an answer is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// What this socket has sent, or has to send, and is not acknowledged, in
/// sequence numbers at most: if it has no timer, it is stranded.
pub(super) fn outstanding(socket: &tcp::Socket<'_>) -> usize {
    use tcp::State::{CloseWait, Closing, Established, FinWait1, LastAck};
    match socket.state() {
        Established | CloseWait => socket.send_queue(),
        FinWait1 | Closing | LastAck => socket.send_queue() + 1,
        _ => 0,
    }
}

/// Makes the socket of a set, which has no timer, speak when it is asked next.
/// If it owes a fast retransmission, it pays with whatever it sends; otherwise
/// it sends a keep-alive, and no other after that.
pub(super) fn rouse(set: &mut SocketSet<'static>) {
    for (_, socket) in set.iter_mut() {
        if let Socket::Tcp(socket) = socket {
            socket.set_keep_alive(Some(PATIENCE));
            socket.set_keep_alive(None);
        }
    }
}

/// Puts a keep-alive where every number has surely been acknowledged: smoltcp
/// puts it at the end of what was sent last, and if that has not arrived, its
/// byte would be taken for one of the stream. A FIN stays where it is. The
/// packet has room for an Ethernet header before it.
pub(super) fn make_old(packet: &mut [u8], outstanding: usize) {
    let packet = packet.get_mut(ETHERNET_HEADER_LEN..);
    if let Some(mut tcp) = packet.and_then(TcpPacket::parse)
        && tcp.flags() & flag::FIN == 0
    {
        tcp.set_sequence(tcp.sequence().wrapping_sub(outstanding as u32));
    }
}
