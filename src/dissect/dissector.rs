//! The dissector: fed frames in order, it says of each what it is in its conversation.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::control::{Control, FTP_DATA_PORT, FTP_PORT, Said, Verdict, judge};
use super::conversation::{Conversation, ConversationId, Segment};
use super::flow::{Direction, FlowKey};
use super::fragments::{FragmentSeen, Fragments, Joined};
use super::packet::{Network, Packet, Transport};
use super::parse::{Pieces, parse};
use super::table::{Contents, Entry, Slot, Table};
use super::transfer::{Setup, Transfer, TransferCommand, TransferId};
use crate::capture::FrameRef;
use crate::ftp::address::find_epsv;
use crate::ftp::{Command, Eprt, HostPort, Reply, Verb};
use crate::time::Timestamp;
use crate::wire::{Dhcp, Dns, Tcp, TcpFlags};

/// How many announced data ports are remembered at once.
const MAX_EXPECTED: usize = 65_536;

/// How many that wait in one place, for as many hosts, are looked through when
/// another host comes there.
const MAX_AWAITED: usize = 64;
/// How many transfers are remembered; then the oldest is forgotten.
const MAX_TRANSFERS: usize = 8192;

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
    /// A conversation will be forgotten with the next frame. What is wanted of
    /// it is to be asked for now.
    Leaving(ConversationId),
    /// A data connection was prepared.
    Prepared(TransferId),
    /// A transfer will be forgotten with the next frame.
    TransferLeaving(TransferId),
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
    table: Table,
    transfers: VecDeque<Transfer>,
    /// How many transfers have been forgotten.
    transfers_gone: u32,
    /// So many of the oldest transfers go before the next frame.
    transfers_leave: usize,
    /// Who listens for a data connection: on the address and port that were announced,
    /// and for whom. Captured on both sides of a translator of addresses, one place is
    /// announced to the client, and to whom the server takes for it.
    expected: BTreeMap<(IpAddr, u16, IpAddr), TransferId>,
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
        self.forget();
        if !self.joined.pieces.is_empty() {
            self.joined = Joined::default();
        }
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
                let slot = self.find(from, to, &tcp, frame);
                let understood = self.segment(slot, network.hops, from, &tcp, packet, frame);
                self.choose_leaving();
                understood
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

    /// The TCP conversations that are remembered, in order of appearance: all
    /// but those of which [`Event::Leaving`] has told.
    pub fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.table.iter().map(|entry| &entry.conversation)
    }

    /// How many TCP conversations there were so far.
    pub fn conversation_count(&self) -> u32 {
        self.table.count()
    }

    /// That conversation, unless it was forgotten.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.table.get(id).map(|entry| &entry.conversation)
    }

    /// What is said on that conversation, if it is a control connection.
    pub fn control(&self, id: ConversationId) -> Option<&Control> {
        match &self.table.get(id)?.contents {
            Contents::Control(control) => Some(control),
            _ => None,
        }
    }

    /// The transfers that are remembered, in the order in which they were
    /// prepared: all but those of which [`Event::TransferLeaving`] has told.
    pub fn transfers(&self) -> impl Iterator<Item = &Transfer> {
        self.transfers.iter()
    }

    /// That transfer, unless it was forgotten.
    pub fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        let index = id.0.checked_sub(self.transfers_gone)?;
        self.transfers.get(index as usize)
    }

    fn transfer_mut(&mut self, id: TransferId) -> Option<&mut Transfer> {
        let index = id.0.checked_sub(self.transfers_gone)?;
        self.transfers.get_mut(index as usize)
    }

    /// Forgets what the last frame's events said will be forgotten, and them.
    fn forget(&mut self) {
        self.events.clear();
        self.table.forget();
        let leaving = std::mem::take(&mut self.transfers_leave);
        if leaving == 0 {
            return;
        }
        for gone in self.transfers.drain(..leaving.min(self.transfers.len())) {
            self.transfers_gone = self.transfers_gone.saturating_add(1);
            for place in gone.places() {
                if self.expected.get(&place) == Some(&gone.id) {
                    self.expected.remove(&place);
                }
            }
        }
    }

    fn choose_leaving(&mut self) {
        for id in self.table.choose_leaving() {
            self.events.push(Event::Leaving(*id));
        }
        self.transfers_leave = self.transfers.len().saturating_sub(MAX_TRANSFERS);
        for transfer in self.transfers.iter().take(self.transfers_leave) {
            self.events.push(Event::TransferLeaving(transfer.id));
        }
    }

    /// The conversation of a segment, a new one if need be.
    fn find(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        tcp: &Tcp<'_>,
        frame: &FrameRef<'_>,
    ) -> Slot {
        let key = FlowKey::new(from, to);
        let known = self.table.find(key);
        if let Some(slot) = known
            && let Some(entry) = self.table.at(slot)
            && !entry.conversation.is_succeeded_by(from, tcp)
        {
            return slot;
        }
        let id = self.table.next_id();
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
        let entry = Entry {
            conversation,
            contents,
            preparing: None,
            heard_reply: false,
            ended: false,
        };
        let slot = self.table.add(key, entry);
        self.events.push(Event::Opened(id));
        self.recognise_data(slot);
        slot
    }

    /// A new conversation may be the data connection that somebody waits for.
    fn recognise_data(&mut self, slot: Slot) {
        let Some(entry) = self.table.at_mut(slot) else {
            return;
        };
        if !matches!(entry.contents, Contents::Unknown) {
            return;
        }
        let talk = &mut entry.conversation;
        let ends = [(talk.server, talk.client), (talk.client, talk.server)];
        match expected_between(&self.expected, ends) {
            Some(id) => {
                entry.contents = Contents::Data;
                talk.transfer = Some(id);
                let talk = talk.id;
                let places = self.transfer_mut(id).map(|transfer| {
                    transfer.connection = Some(talk);
                    transfer.places()
                });
                for place in places.iter().flatten() {
                    if self.expected.get(place) == Some(&id) {
                        self.expected.remove(place);
                    }
                }
                self.events.push(Event::DataOpened(id, talk));
            }
            None if ends.iter().any(|(end, _)| end.port() == FTP_DATA_PORT) => {
                entry.contents = Contents::Data;
            }
            None => {}
        }
    }

    fn segment(
        &mut self,
        slot: Slot,
        hops: u8,
        from: SocketAddr,
        tcp: &Tcp<'_>,
        packet: &Packet<'_>,
        frame: &FrameRef<'_>,
    ) -> (Option<Segment>, Role) {
        let Some(entry) = self.table.at_mut(slot) else {
            return (None, Role::Other);
        };
        let direction = entry.conversation.direction(from);
        let len = packet.payload_len;
        let segment = entry
            .conversation
            .note(direction, tcp, len, hops, frame.number, frame.at);
        let flags = tcp.flags();
        let ends = TcpFlags::FIN.with(TcpFlags::RST);
        let is_over = flags.has_any(ends) && !entry.ended && entry.conversation.is_over();
        entry.ended |= is_over;
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
                    self.note(segment.conversation, &said);
                    self.events.push(Event::Said(segment.conversation, said));
                }
                self.said = said;
                if is_foreign { Role::Other } else { role }
            }
            Contents::Data => {
                let transfer = entry.conversation.transfer;
                if is_over {
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
        if is_over {
            self.table.is_over(segment.conversation);
        }
        (Some(segment), role)
    }

    /// What was said may prepare a transfer, or ask for one.
    fn note(&mut self, control: ConversationId, said: &Said) {
        let Some(entry) = self.table.get(control) else {
            return;
        };
        let (client, server) = entry.ends();
        match said {
            Said::Command(seen) => match (&seen.command, seen.verb()) {
                (Ok(Command::Port(HostPort { address, port })), _) => {
                    let announced = SocketAddr::new((*address).into(), *port);
                    let ends = (client.ip(), server.ip());
                    self.prepare(control, Setup::Port, announced, ends, seen.frame);
                }
                (Ok(Command::Eprt(Eprt(announced))), _) => {
                    let ends = (client.ip(), server.ip());
                    self.prepare(control, Setup::Eprt, *announced, ends, seen.frame);
                }
                (command, Some(verb)) if verb.is_transfer() => {
                    let command = TransferCommand {
                        verb,
                        argument: command.as_ref().ok().and_then(Command::parameter),
                        number: seen.number,
                        frame: seen.frame,
                    };
                    self.ask(control, client, server.ip(), command);
                }
                _ => {}
            },
            Said::Reply(seen) => {
                let asked = seen.answers.and_then(|(_, verb)| verb);
                if matches!(asked, Some(Verb::Port | Verb::Eprt))
                    && let Some(id) = entry.preparing
                    && let Some(transfer) = self.transfer_mut(id)
                {
                    transfer.refused = Some(seen.reply.code()).filter(|code| code.is_negative());
                }
                let Some((setup, announced)) = announced(&seen.reply, asked, server.ip()) else {
                    return;
                };
                let ends = (server.ip(), client.ip());
                self.prepare(control, setup, announced, ends, seen.frame);
            }
            Said::NotAReply { .. } | Said::Encrypted { .. } | Said::Gap { .. } => {}
        }
    }

    /// The first of the ends has said where it listens, for the second.
    fn prepare(
        &mut self,
        control: ConversationId,
        setup: Setup,
        announced: SocketAddr,
        (by, awaited): (IpAddr, IpAddr),
        frame: u64,
    ) {
        let kept = u32::try_from(self.transfers.len()).unwrap_or(u32::MAX);
        let id = TransferId(self.transfers_gone.saturating_add(kept));
        self.events.push(Event::Prepared(id));
        let transfer = Transfer {
            id,
            control,
            setup,
            announced,
            announced_by: by,
            awaited,
            frame,
            refused: None,
            command: None,
            connection: None,
        };
        let places = transfer.places();
        self.transfers.push_back(transfer);
        if let Some(entry) = self.table.get_mut(control) {
            entry.preparing = Some(id);
        }
        // Behind a translator of addresses the one that was named is not the
        // one that is used: expect both. Of its own address each host knows best.
        for place in places {
            let is_others = |known: &Transfer| {
                known.control != control && known.announced_by == place.0 && by != place.0
            };
            let known = self.expected.get(&place).copied();
            let is_taken = known
                .and_then(|id| self.transfer(id))
                .is_some_and(is_others);
            if !is_taken && self.expected.len() < MAX_EXPECTED {
                self.expected.insert(place, id);
            }
        }
    }

    /// A command asks for a transfer: the one that was prepared, or one over
    /// the default ports.
    fn ask(
        &mut self,
        control: ConversationId,
        client: SocketAddr,
        server: IpAddr,
        command: TransferCommand,
    ) {
        let preparing = |this: &Dissector| {
            let id = this.table.get(control)?.preparing?;
            let transfer = this.transfer(id)?;
            transfer.command.is_none().then_some(id)
        };
        if preparing(self).is_none() {
            let ends = (client.ip(), server);
            self.prepare(control, Setup::Default, client, ends, command.frame);
        }
        let id = preparing(self);
        if let Some(transfer) = id.and_then(|id| self.transfer_mut(id)) {
            transfer.command = Some(command);
        }
    }
}

/// The transfer whose connection has these ends, each with the other: one that waits there
/// for that host, or else for another, since a stranger may come, or a proxy.
fn expected_between(
    expected: &BTreeMap<(IpAddr, u16, IpAddr), TransferId>,
    ends: [(SocketAddr, SocketAddr); 2],
) -> Option<TransferId> {
    let exactly = |(end, other): &(SocketAddr, SocketAddr)| {
        expected.get(&(end.ip(), end.port(), other.ip())).copied()
    };
    let anybody = |(end, _): &(SocketAddr, SocketAddr)| {
        let (lowest, highest) = (Ipv4Addr::UNSPECIFIED, Ipv6Addr::from(u128::MAX));
        let place = |peer| (end.ip(), end.port(), peer);
        let there = expected.range(place(lowest.into())..=place(highest.into()));
        there.take(MAX_AWAITED).map(|(_, id)| *id).max()
    };
    let found = ends.iter().find_map(exactly);
    found.or_else(|| ends.iter().find_map(anybody))
}

/// Where a server says that it listens, in a reply to PASV or EPSV.
fn announced(reply: &Reply, asked: Option<Verb>, server: IpAddr) -> Option<(Setup, SocketAddr)> {
    let text = || reply.text().to_string();
    match (reply.code().get(), asked) {
        (227, _) => Some((Setup::Pasv, HostPort::find(&text())?.to_socket_addr())),
        (229, _) | (200, Some(Verb::Epsv)) => {
            Some((Setup::Epsv, SocketAddr::new(server, find_epsv(&text())?)))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A server may name one place to any number of clients.
    #[test]
    fn whom_a_place_was_named_is_found_among_any_number_and_a_stranger_among_so_many() {
        let place = SocketAddr::from(([192, 0, 2, 21], 50_000));
        let client = |number: u32| IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + number));
        let expected = (0..1000)
            .map(|number| {
                let key = (place.ip(), place.port(), client(number));
                (key, TransferId(number))
            })
            .collect();
        let comes = |who: IpAddr, place| {
            let caller = SocketAddr::new(who, 4711);
            expected_between(&expected, [(place, caller), (caller, place)])
        };
        for number in [0, 63, 64, 999] {
            assert_eq!(comes(client(number), place), Some(TransferId(number)));
        }
        let last_looked_at = u32::try_from(MAX_AWAITED - 1).expect("a small bound");
        for stranger in [[9, 9, 9, 9], [203, 0, 113, 66]] {
            assert_eq!(
                comes(stranger.into(), place),
                Some(TransferId(last_looked_at))
            );
        }
        let elsewhere = SocketAddr::new(place.ip(), place.port() + 1);
        assert_eq!(comes(client(1), elsewhere), None);
    }
}
