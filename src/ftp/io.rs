//! The seam between the FTP machines and whoever owns their sockets.
//!
//! A machine (one server session, or one client) never touches a socket. Its
//! owner tells it what arrived ([`Endpoint::handle_control`],
//! [`Endpoint::handle_data`]) and asks what to do
//! ([`Endpoint::poll_action`]), until there is nothing more. The same machines
//! run over the simulated stack and, in tests, over the operating system's.

use std::net::SocketAddr;

use crate::time::Instant;

/// What has happened to the control connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlEvent<'a> {
    /// It is established.
    Connected,
    /// Bytes arrived, in order.
    Received(&'a [u8]),
    /// The peer will send no more (its FIN arrived).
    Eof,
    /// It ended with a RST, or could not be opened: refused.
    Reset,
    /// The peer did not answer at all: unreachable or silent.
    Unreachable,
}

/// What has happened to the data connection, or to its listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataEvent<'a> {
    /// The listener asked for by [`Action::Listen`] stands at this address.
    Listening(SocketAddr),
    /// It is established; the other end is this address. A listener serves
    /// one connection and is gone with it.
    Connected(SocketAddr),
    /// Bytes arrived, in order.
    Received(&'a [u8]),
    /// The peer will send no more (its FIN arrived): the end of a received file.
    Eof,
    /// Everything handed over has been acknowledged by the peer.
    Acknowledged,
    /// Both directions have ended in order.
    Closed,
    /// It could not be opened: a RST answered the SYN.
    Refused,
    /// It could not be opened: nobody answered.
    Unreachable,
    /// A RST ended it.
    Reset,
}

/// What a machine asks of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Hand these bytes to the control connection in one write.
    SendControl(Vec<u8>),
    /// The same, as urgent data of TCP: the last byte is where it ends.
    SendUrgent(Vec<u8>),
    /// Close the control connection in order, after what was written.
    CloseControl,
    /// Reset the control connection.
    AbortControl,
    /// Open a listener for one data connection, at a free port or at this one.
    /// Answered at once with [`DataEvent::Listening`].
    Listen {
        /// The port to listen at; `None` lets the host choose.
        port: Option<u16>,
    },
    /// Close the listener, if it still stands.
    Unlisten,
    /// Open a data connection to `to`, from the local port `from` if given.
    ConnectData {
        /// The peer's address.
        to: SocketAddr,
        /// The local port (20 for a server that follows RFC 959 §5.2).
        from: Option<u16>,
    },
    /// Close the data connection in order, after what was written: the end of
    /// a sent file.
    CloseData,
    /// Reset the data connection.
    AbortData,
}

/// One end of an FTP session, sans-IO.
///
/// After each `handle_*` call, drain [`poll_action`](Endpoint::poll_action);
/// while a data connection is open and has room, call
/// [`fill_data`](Endpoint::fill_data), and drain the actions that come of it;
/// then arm [`poll_timeout`](Endpoint::poll_timeout).
pub trait Endpoint {
    /// Something happened to the control connection.
    fn handle_control(&mut self, now: Instant, event: ControlEvent<'_>);
    /// Something happened to the data connection.
    fn handle_data(&mut self, now: Instant, event: DataEvent<'_>);
    /// The time given by `poll_timeout` has come.
    fn handle_timeout(&mut self, now: Instant);
    /// The next thing to do, if there is one.
    fn poll_action(&mut self) -> Option<Action>;
    /// Writes the next bytes of the file being sent to the front of `room`;
    /// returns how many. 0 means that nothing is to be sent now.
    fn fill_data(&mut self, now: Instant, room: &mut [u8]) -> usize;
    /// A file is being sent: `fill_data` may have something.
    fn is_sending(&self) -> bool {
        true
    }
    /// When to call `handle_timeout`; `None` for never.
    fn poll_timeout(&self) -> Option<Instant>;
    /// How many bytes of the control connection it takes now: its owner leaves
    /// the rest where it is, so that TCP holds the peer back.
    fn control_room(&self) -> usize {
        usize::MAX
    }
}
