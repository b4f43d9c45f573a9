//! The dissector: fed frames in order, it says of each what it is in its conversation.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::control::{Control, FTP_DATA_PORT, FTP_PORT, Said, Verdict, judge};
use super::conversation::{Conversation, ConversationId, Segment, State};
use super::flow::{Direction, FlowKey};
use super::fragments::{FragmentSeen, Fragments, Joined};
use super::packet::{Network, Packet, Transport};
use super::parse::{Pieces, parse};
use super::transfer::{Setup, Transfer, TransferCommand, TransferId};
use crate::capture::FrameRef;
use crate::ftp::address::find_epsv;
use crate::ftp::{Command, Eprt, HostPort, Reply, Verb};
use crate::time::Timestamp;
use crate::wire::{Dhcp, Dns, Tcp, TcpFlags};

/// How many announced data ports are remembered at once.
const MAX_EXPECTED: usize = 65_536;

/// What a frame's payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing that we read.
    Other,
    /// Part of an FTP dialogue.
    FtpControl {
        /// Sent by its client.
        from_client: bool,
    },
    /// What an FTP data connection carries, and for which transfer.
    FtpData(Option<TransferId>),
    /// A DNS message.
    Dns,
    /// A DHCP message, or one of BOOTP before it.
    Dhcp,
}

/// The port of DNS servers (RFC 1035 §4.2.1).
const DNS_PORT: u16 = 53;
/// The ports of DHCP servers and clients (RFC 2131 §4.1).
const DHCP_PORTS: [u16; 2] = [67, 68];

impl Role {
    fn of_datagram(ports: [u16; 2], payload: &[u8]) -> Role {
        if ports.contains(&DNS_PORT) && Dns::new(payload).is_some() {
            Role::Dns
        } else if DHCP_PORTS.iter().any(|port| ports.contains(port)) && Dhcp::new(payload).is_some()
        {
            Role::Dhcp
        } else {
            Role::Other
        }
    }
}

/// Something that became known with a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A conversation began.
    Opened(ConversationId),
    /// Something was said on a control connection.
    Said(ConversationId, Said),
    /// A data connection began.
    DataOpened(TransferId, ConversationId),
    /// A data connection ended: both ways, or by a RST.
    DataEnded(TransferId, ConversationId),
}

/// What the dissector says of a frame.
#[derive(Clone, Copy)]
pub struct Dissected<'a> {
    /// The frame.
    pub frame: FrameRef<'a>,
    /// Its layers.
    pub packet: Packet<'a>,
    /// If it completed a packet that travelled in pieces: these, in the order of their places.
    pub pieces: &'a [FragmentSeen],
    /// The segment in its conversation's own numbers, if it is TCP.
    pub segment: Option<Segment>,
    /// What its payload is.
    pub role: Role,
    /// What became known with it.
    pub events: &'a [Event],
    /// When the first frame was seen.
    pub first_at: Timestamp,
    /// When the frame before was seen; the first one's own time for the first.
    pub previous_at: Timestamp,
    /// The dissector as it is after this frame: conversations, transfers.
    pub context: &'a Dissector,
}

/// What is thought of a conversation's contents.
enum Contents {
    /// Nothing yet.
    Unknown,
    Control(Box<Control>),
    Data,
    Other,
}

struct Entry {
    conversation: Conversation,
    contents: Contents,
    /// The transfer being prepared on a control connection.
    preparing: Option<TransferId>,
    /// A control connection has given a reply: it is what it seemed to be.
    heard_reply: bool,
    /// The end of a data connection has been told.
    ended: bool,
}

/// Reads frames in order.
///
/// ```
/// use wirelab::capture::Capture;
/// use wirelab::dissect::Dissector;
/// # let capture = Capture::default();
/// let mut dissector = Dissector::new();
/// for frame in capture.frames() {
///     let seen = dissector.dissect(frame);
///     println!("{} {:?}", frame.number, seen.segment);
/// }
/// ```
#[derive(Default)]
pub struct Dissector {
    conversations: Vec<Entry>,
    keys: BTreeMap<FlowKey, u32>,
    last: Option<(FlowKey, u32)>,
    transfers: Vec<Transfer>,
    /// Who listens for a data connection, by the address that was announced.
    expected: BTreeMap<(IpAddr, u16), TransferId>,
    events: Vec<Event>,
    said: Vec<Said>,
    fragments: Fragments,
    /// The packet that this frame completed, behind the frame's own bytes.
    joined: Joined,
    first_at: Option<Timestamp>,
    previous_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
}

impl Dissector {
    /// A dissector that has seen nothing.
    pub fn new() -> Dissector {
        Dissector::default()
    }

    /// Takes the next frame.
    pub fn dissect<'a>(&'a mut self, frame: FrameRef<'a>) -> Dissected<'a> {
        self.events.clear();
        self.joined = Joined::default();
        self.first_at.get_or_insert(frame.at);
        self.previous_at = self.last_at.replace(frame.at);
        let (link, len) = (frame.link, frame.original_len);
        let packet = parse(link, frame.bytes, len, Pieces::Held);
        if let Some(network) = packet.network
            && network.fragment.is_some()
        {
            return self.piece(frame, &packet, &network);
        }
        let (segment, role) = self.understand(&packet, &frame);
        self.dissected(frame, packet, segment, role)
    }

    /// Takes a frame that carries a piece of a larger packet. With the last one
    /// missing the whole packet is there, and that is what the frame brings.
    fn piece<'a>(
        &'a mut self,
        frame: FrameRef<'a>,
        packet: &Packet<'a>,
        network: &Network,
    ) -> Dissected<'a> {
        let (link, bytes, len) = (frame.link, frame.bytes, frame.original_len);
        if !Fragments::can_take(packet) {
            let packet = parse(link, bytes, len, Pieces::Alone);
            let (segment, role) = self.understand(&packet, &frame);
            return self.dissected(frame, packet, segment, role);
        }
        let taken = self
            .fragments
            .take(network, packet.payload, frame.number, frame.at);
        let Some(mut joined) = taken else {
            return self.dissected(frame, *packet, None, Role::Other);
        };
        joined.bytes.splice(0..0, bytes.iter().copied());
        let pieces = Pieces::Joined(bytes.len());
        let packet = parse(link, &joined.bytes, len, pieces);
        let (segment, role) = self.understand(&packet, &frame);
        // It is taken apart once more where it stays while it is looked at.
        self.joined = joined;
        let packet = parse(link, &self.joined.bytes, len, pieces);
        self.dissected(frame, packet, segment, role)
    }

    /// What a packet is among those before it.
    fn understand(&mut self, packet: &Packet<'_>, frame: &FrameRef<'_>) -> (Option<Segment>, Role) {
        let Some(network) = packet.network else {
            return (None, Role::Other);
        };
        match packet.transport {
            Some(Transport::Tcp(tcp)) => {
                let from = SocketAddr::new(network.source, tcp.source_port());
                let to = SocketAddr::new(network.destination, tcp.destination_port());
                let index = self.find(from, to, &tcp, frame);
                self.segment(index, from, &tcp, packet, frame)
            }
            Some(Transport::Udp(udp)) => {
                let ports = [udp.source_port(), udp.destination_port()];
                (None, Role::of_datagram(ports, packet.payload))
            }
            _ => (None, Role::Other),
        }
    }

    fn dissected<'a>(
        &'a self,
        frame: FrameRef<'a>,
        packet: Packet<'a>,
        segment: Option<Segment>,
        role: Role,
    ) -> Dissected<'a> {
        Dissected {
            frame,
            packet,
            pieces: &self.joined.pieces,
            segment,
            role,
            events: &self.events,
            first_at: self.first_at.unwrap_or(frame.at),
            previous_at: self.previous_at.unwrap_or(frame.at),
            context: self,
        }
    }

    /// All TCP conversations so far, in order of appearance.
    pub fn conversations(&self) -> impl ExactSizeIterator<Item = &Conversation> {
        self.conversations.iter().map(|entry| &entry.conversation)
    }

    /// That conversation.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations
            .get(id.0 as usize)
            .map(|e| &e.conversation)
    }

    /// What is said on that conversation, if it is a control connection.
    pub fn control(&self, id: ConversationId) -> Option<&Control> {
        match &self.conversations.get(id.0 as usize)?.contents {
            Contents::Control(control) => Some(control),
            _ => None,
        }
    }

    /// All transfers so far, in the order in which they were prepared.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// That transfer.
    pub fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        self.transfers.get(id.0 as usize)
    }

    /// The conversation of a segment, a new one if need be.
    fn find(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        tcp: &Tcp<'_>,
        frame: &FrameRef<'_>,
    ) -> u32 {
        let key = FlowKey::new(from, to);
        let known = match self.last {
            Some((last, index)) if last == key => Some(index),
            _ => self.keys.get(&key).copied(),
        };
        if let Some(index) = known
            && let Some(entry) = self.conversations.get(index as usize)
            && !entry.conversation.is_succeeded_by(from, tcp)
        {
            self.last = Some((key, index));
            return index;
        }
        let index = u32::try_from(self.conversations.len()).unwrap_or(u32::MAX);
        let id = ConversationId(index);
        let mut conversation = Conversation::new(id, from, to, tcp.flags(), frame.number, frame.at);
        if known.is_some() {
            conversation.reuses_ports();
        }
        let ports = (from.port(), to.port());
        let contents = if ports.0 == FTP_PORT || ports.1 == FTP_PORT {
            let swapped = conversation.client.port() == FTP_PORT && ports.0 != ports.1;
            Contents::Control(Box::new(Control::new(swapped)))
        } else {
            Contents::Unknown
        };
        self.conversations.push(Entry {
            conversation,
            contents,
            preparing: None,
            heard_reply: false,
            ended: false,
        });
        self.keys.insert(key, index);
        self.last = Some((key, index));
        self.events.push(Event::Opened(id));
        self.recognise_data(index);
        index
    }

    /// A new conversation may be the data connection that somebody waits for.
    fn recognise_data(&mut self, index: u32) {
        let Some(entry) = self.conversations.get_mut(index as usize) else {
            return;
        };
        if !matches!(entry.contents, Contents::Unknown) {
            return;
        }
        let talk = &mut entry.conversation;
        let ends = [talk.server, talk.client];
        let waited = ends.iter().find_map(|end| {
            let place = (end.ip(), end.port());
            self.expected.get(&place).map(|id| (place, *id))
        });
        match waited {
            Some((place, id)) => {
                self.expected.remove(&place);
                entry.contents = Contents::Data;
                talk.transfer = Some(id);
                if let Some(transfer) = self.transfers.get_mut(id.0 as usize) {
                    transfer.connection = Some(talk.id);
                    // It was known by two addresses, if they differ.
                    self.expected
                        .remove(&(transfer.announced_by, transfer.announced.port()));
                    self.expected
                        .remove(&(transfer.announced.ip(), transfer.announced.port()));
                }
                self.events.push(Event::DataOpened(id, talk.id));
            }
            None if ends.iter().any(|end| end.port() == FTP_DATA_PORT) => {
                entry.contents = Contents::Data;
            }
            None => {}
        }
    }

    fn segment(
        &mut self,
        index: u32,
        from: SocketAddr,
        tcp: &Tcp<'_>,
        packet: &Packet<'_>,
        frame: &FrameRef<'_>,
    ) -> (Option<Segment>, Role) {
        let Some(entry) = self.conversations.get_mut(index as usize) else {
            return (None, Role::Other);
        };
        let direction = entry.conversation.direction(from);
        let segment =
            entry
                .conversation
                .note(direction, tcp, packet.payload_len, frame.number, frame.at);
        let flags = tcp.flags();
        let payload = packet.payload;

        if !payload.is_empty()
            && matches!(entry.contents, Contents::Unknown)
            && !flags.has_any(TcpFlags::SYN.with(TcpFlags::RST))
        {
            entry.judge(direction, payload);
        }
        let role = match &mut entry.contents {
            Contents::Control(control) => {
                let mut said = std::mem::take(&mut self.said);
                listen(control, direction, tcp, packet, frame.number, &mut said);
                let role = if payload.is_empty() || control.is_encrypted() {
                    Role::Other
                } else {
                    Role::FtpControl {
                        from_client: control.client_direction() == direction,
                    }
                };
                let is_foreign = matches!(said.first(), Some(Said::NotAReply { .. }))
                    && !entry.conversation.uses_port(FTP_PORT)
                    && !entry.heard_reply;
                entry.heard_reply |= said.iter().any(|s| matches!(s, Said::Reply(_)));
                if is_foreign {
                    entry.contents = Contents::Other;
                    said.clear();
                }
                for said in said.drain(..) {
                    self.note(index, &said);
                    self.events.push(Event::Said(segment.conversation, said));
                }
                self.said = said;
                if is_foreign { Role::Other } else { role }
            }
            Contents::Data => {
                let transfer = entry.conversation.transfer;
                let state = entry.conversation.state();
                if matches!(state, State::Closed | State::Reset | State::Refused) && !entry.ended {
                    entry.ended = true;
                    let ended = transfer.map(|id| Event::DataEnded(id, segment.conversation));
                    self.events.extend(ended);
                }
                if payload.is_empty() {
                    Role::Other
                } else {
                    Role::FtpData(transfer)
                }
            }
            Contents::Unknown | Contents::Other => Role::Other,
        };
        (Some(segment), role)
    }

    /// What was said may prepare a transfer, or ask for one.
    fn note(&mut self, index: u32, said: &Said) {
        let Some(entry) = self.conversations.get(index as usize) else {
            return;
        };
        let (client, server) = entry.ends();
        match said {
            Said::Command(seen) => match (&seen.command, seen.verb()) {
                (Ok(Command::Port(HostPort { address, port })), _) => {
                    let announced = SocketAddr::new((*address).into(), *port);
                    self.prepare(index, Setup::Port, announced, client.ip(), seen.frame);
                }
                (Ok(Command::Eprt(Eprt(announced))), _) => {
                    self.prepare(index, Setup::Eprt, *announced, client.ip(), seen.frame);
                }
                (command, Some(verb)) if verb.is_transfer() => {
                    let command = TransferCommand {
                        verb,
                        argument: command.as_ref().ok().and_then(Command::parameter),
                        number: seen.number,
                        frame: seen.frame,
                    };
                    self.ask(index, client, command);
                }
                _ => {}
            },
            Said::Reply(seen) => {
                let asked = seen.answers.and_then(|(_, verb)| verb);
                let Some((setup, announced)) = announced(&seen.reply, asked, server.ip()) else {
                    return;
                };
                self.prepare(index, setup, announced, server.ip(), seen.frame);
            }
            Said::NotAReply { .. } | Said::Encrypted { .. } | Said::Gap { .. } => {}
        }
    }

    fn prepare(
        &mut self,
        control: u32,
        setup: Setup,
        announced: SocketAddr,
        by: IpAddr,
        frame: u64,
    ) {
        let id = TransferId(u32::try_from(self.transfers.len()).unwrap_or(u32::MAX));
        self.transfers.push(Transfer {
            id,
            control: ConversationId(control),
            setup,
            announced,
            announced_by: by,
            frame,
            command: None,
            connection: None,
        });
        if let Some(entry) = self.conversations.get_mut(control as usize) {
            entry.preparing = Some(id);
        }
        // Behind a translator of addresses the one that was named is not the
        // one that is used: expect both.
        for ip in [announced.ip(), by] {
            if self.expected.len() < MAX_EXPECTED {
                self.expected.insert((ip, announced.port()), id);
            }
        }
    }

    /// A command asks for a transfer: the one that was prepared, or one over
    /// the default ports.
    fn ask(&mut self, control: u32, client: SocketAddr, command: TransferCommand) {
        let preparing = |this: &Dissector| {
            let id = this.conversations.get(control as usize)?.preparing?;
            let transfer = this.transfers.get(id.0 as usize)?;
            transfer.command.is_none().then_some(id)
        };
        if preparing(self).is_none() {
            self.prepare(control, Setup::Default, client, client.ip(), command.frame);
        }
        let id = preparing(self);
        if let Some(transfer) = id.and_then(|id| self.transfers.get_mut(id.0 as usize)) {
            transfer.command = Some(command);
        }
    }
}

/// Where a server says that it listens, in a reply to PASV or EPSV.
fn announced(reply: &Reply, asked: Option<Verb>, server: IpAddr) -> Option<(Setup, SocketAddr)> {
    let text = reply.text().to_string();
    match (reply.code().get(), asked) {
        (227, _) => Some((Setup::Pasv, HostPort::find(&text)?.to_socket_addr())),
        (229, _) | (200, Some(Verb::Epsv)) => {
            Some((Setup::Epsv, SocketAddr::new(server, find_epsv(&text)?)))
        }
        _ => None,
    }
}

/// Gives a segment to a control connection.
fn listen(
    control: &mut Control,
    direction: Direction,
    tcp: &Tcp<'_>,
    packet: &Packet<'_>,
    frame: u64,
    said: &mut Vec<Said>,
) {
    let (payload, sent) = (packet.payload, packet.payload_len);
    let flags = tcp.flags();
    if flags.has(TcpFlags::RST) {
        // What a RST carries is at most a word about the reason.
        return;
    }
    let mut sequence = tcp.sequence();
    if flags.has(TcpFlags::SYN) {
        sequence = sequence.wrapping_add(1);
        control.begin(direction, sequence);
    }
    if sent > 0 {
        control.push(direction, sequence, payload, sent, frame, said);
    }
    if flags.has(TcpFlags::ACK) {
        control.acknowledge(direction.opposite(), tcp.acknowledgement(), frame, said);
    }
}

impl Entry {
    /// Decides by its first words whether this is FTP on a port of its own choice.
    fn judge(&mut self, direction: Direction, payload: &[u8]) {
        let talk = &self.conversation;
        let ports = (talk.client.port(), talk.server.port());
        let client_speaks = direction == Direction::FromClient;
        self.contents = match judge(ports, payload) {
            Verdict::Server => Contents::Control(Box::new(Control::new(client_speaks))),
            Verdict::Client => Contents::Control(Box::new(Control::new(!client_speaks))),
            Verdict::Other => Contents::Other,
        };
    }

    /// The FTP client's end and the server's.
    fn ends(&self) -> (SocketAddr, SocketAddr) {
        let direction = match &self.contents {
            Contents::Control(control) => control.client_direction(),
            _ => Direction::FromClient,
        };
        let talk = &self.conversation;
        (talk.sender(direction), talk.sender(direction.opposite()))
    }
}
