//! The persona's hand on TCP: SYN options, window scaling, timestamps, PSH, identification.
//!
//! smoltcp has one way of writing these; a persona has its own. What leaves is
//! rewritten here, after the stack and before the wire, and what a persona
//! does not speak is blanked out of the SYNs that arrive, so that both ends
//! agree on what was negotiated. The payload is never touched.

use std::collections::BTreeMap;

use smoltcp::wire::{IPV6_HEADER_LEN, Ipv4Packet, Ipv6Packet};

use super::ETHERNET_HEADER_LEN;
use super::datagrams::DEFAULT_TTL;
use super::persona::{IpIdHabit, StackPersona, SynOption};
use super::tcp_header::{TcpPacket, Tuple, flag, stamp};
use super::window::Window;
use crate::rng::Stream;
use crate::time::Instant;

/// What is remembered of one connection.
#[derive(Debug, Clone, Copy, Default)]
struct Connection {
    /// The sequence number of the peer's SYN, if it opened the connection.
    opened_by: Option<u32>,
    /// The peer's SYN offered window scaling.
    peer_scales: bool,
    /// Our SYN, or SYN-ACK, offered it.
    we_scale: bool,
    /// Added to the millisecond clock for TSval.
    timestamp_base: u32,
    /// The next identification.
    next_id: u16,
}

/// The persona's rewriting, with what it remembers.
#[derive(Debug)]
pub(super) struct Rewriter {
    persona: &'static StackPersona,
    /// The options of its SYN; `None`: as smoltcp writes them.
    syn_options: Option<Vec<SynOption>>,
    /// It speaks window scaling.
    scales: bool,
    /// What leaves is as smoltcp writes it.
    is_plain: bool,
    window: Window,
    /// It speaks timestamps.
    timestamps: bool,
    connections: BTreeMap<Tuple, Connection>,
    counter: u16,
    rng: Stream,
}

impl Rewriter {
    pub fn new(
        (persona, timestamps): (&'static StackPersona, bool),
        window: Window,
        mut rng: Stream,
    ) -> Rewriter {
        let counter = match persona.ip_id {
            // A machine that has been running for a while.
            IpIdHabit::Counter(step) => (rng.below(256) as u16).wrapping_mul(step),
            _ => 0,
        };
        let syn_options = persona.options_of_syn(timestamps);
        let scales = persona.window_scale(timestamps).is_some();
        let is_plain = persona.ip_id == IpIdHabit::Zero
            && persona.ttl == DEFAULT_TTL
            && !(scales || timestamps || syn_options.is_some() || persona.push_on_fin);
        Rewriter {
            persona,
            scales,
            is_plain,
            window,
            timestamps,
            syn_options,
            connections: BTreeMap::new(),
            counter,
            rng,
        }
    }

    /// Forgets a connection that is gone.
    pub fn forget(&mut self, tuple: &Tuple) {
        self.connections.remove(tuple);
    }

    /// How many connections it remembers.
    pub fn remembered(&self) -> usize {
        self.connections.len()
    }

    /// The persona needs to know each connection.
    fn tracks(&self) -> bool {
        self.scales || self.timestamps || self.persona.ip_id == IpIdHabit::PerConnection
    }

    /// Blanks what the persona does not speak out of a SYN that arrives, and
    /// notes what the peer offers.
    pub fn ingress(&mut self, packet: &mut [u8]) {
        let tracks = self.tracks();
        let Some(own) = &self.syn_options else {
            return;
        };
        let Some(mut tcp) = TcpPacket::parse(packet) else {
            return;
        };
        if tcp.flags() & flag::SYN == 0 {
            return;
        }
        let speaks = |kind: u8| {
            own.iter().any(|option| {
                kind == match option {
                    SynOption::Mss => 2,
                    SynOption::Nop => 1,
                    SynOption::WindowScale(_) => 3,
                    SynOption::SackPermitted => 4,
                    SynOption::Timestamps => 8,
                    SynOption::EndOfList => 0,
                }
            })
        };
        if tracks {
            let peer_scales = speaks(3) && tcp.options().iter().any(|option| option.0 == 3);
            let tuple = tcp.incoming();
            let opened_by = (tcp.flags() & flag::ACK == 0).then(|| tcp.sequence());
            let known = self.connections.get(&tuple);
            // The same SYN again opens nothing; another one, with old ports, does.
            if opened_by.is_some() && known.is_some_and(|known| known.opened_by != opened_by) {
                self.connections.remove(&tuple);
            }
            let state = connection(&mut self.connections, &mut self.rng, tuple);
            (state.opened_by, state.peer_scales) = (opened_by, peer_scales);
        }
        let unknown: Vec<u8> = [3, 4, 8].into_iter().filter(|k| !speaks(*k)).collect();
        tcp.blank_options(&unknown);
    }

    /// Whether a SYN must be looked at on ingress at all.
    pub fn watches_ingress(&self) -> bool {
        self.syn_options.is_some()
    }

    /// Gives a packet of the stack the persona's face. `buffer` holds room for
    /// an Ethernet header, then the packet, which may grow or shrink if it is
    /// a SYN.
    #[inline(always)]
    pub fn egress(&mut self, now: Instant, buffer: &mut Vec<u8>) {
        if !self.is_plain {
            self.rewrite(now, buffer);
        }
    }

    fn rewrite(&mut self, now: Instant, buffer: &mut Vec<u8>) {
        let is_v6 = buffer.get(ETHERNET_HEADER_LEN).map(|octet| octet >> 4) == Some(6);
        let mut id = match self.persona.ip_id {
            // IPv6 has no identification but in fragments (RFC 8200 §4.5).
            _ if is_v6 => 0,
            IpIdHabit::Zero => 0,
            IpIdHabit::Counter(step) => {
                self.counter = self.counter.wrapping_add(step);
                self.counter
            }
            IpIdHabit::PerConnection => 0,
        };
        let tracks = self.tracks();
        if (tracks || self.syn_options.is_some() || self.persona.push_on_fin)
            && let Some(mut tcp) = TcpPacket::parse(&mut buffer[ETHERNET_HEADER_LEN..])
        {
            let (flags, tuple) = (tcp.flags(), tcp.outgoing());
            let mut state = None;
            if flags & flag::RST != 0 {
                // Of a connection that stands, or in answer to a stranger's segment.
                state = self.connections.get_mut(&tuple);
            } else if tracks {
                state = Some(connection(&mut self.connections, &mut self.rng, tuple));
            }
            if let Some(state) = &mut state {
                let answers_syn = flags & (flag::SYN | flag::ACK) == flag::SYN | flag::ACK;
                let counted = !answers_syn && flags & flag::RST == 0;
                if self.persona.ip_id == IpIdHabit::PerConnection && counted {
                    id = state.next_id;
                    state.next_id = state.next_id.wrapping_add(1);
                }
            }
            if flags & flag::SYN != 0 {
                if !self.window.is_plain() {
                    tcp.set_window(self.window.unscaled(tcp.window()));
                }
                if let Some(options) = &self.syn_options {
                    let tsval = state.as_ref().map_or(0, |s| tsval(now, s));
                    let scale = rewrite_syn(buffer, options, tsval);
                    if let Some(state) = state {
                        state.we_scale = scale;
                    }
                }
            } else {
                if self.persona.push_on_fin && flags & flag::FIN != 0 {
                    tcp.set_flags(flags | flag::PSH);
                }
                if let Some(state) = state {
                    if !self.window.is_plain() {
                        let announced = match state.we_scale && state.peer_scales {
                            true => self.window.scaled(tcp.window()),
                            false => self.window.unscaled(tcp.window()),
                        };
                        tcp.set_window(announced);
                    }
                    if self.timestamps {
                        tcp.set_timestamp(tsval(now, state));
                    }
                }
            }
        }
        // A time to live that an actor asked for is left as it is.
        let ttl_at = if is_v6 { 7 } else { 8 };
        let usual = buffer.get(ETHERNET_HEADER_LEN + ttl_at) == Some(&DEFAULT_TTL);
        let ttl = (usual && self.persona.ttl != DEFAULT_TTL).then_some(self.persona.ttl);
        if id != 0 || ttl.is_some() {
            stamp(&mut buffer[ETHERNET_HEADER_LEN..], ttl, id);
        }
    }
}

/// The state of a connection; a new one draws its random starts.
fn connection<'a>(
    connections: &'a mut BTreeMap<Tuple, Connection>,
    rng: &mut Stream,
    tuple: Tuple,
) -> &'a mut Connection {
    connections.entry(tuple).or_insert_with(|| Connection {
        timestamp_base: rng.below(1 << 32) as u32,
        next_id: rng.below(1 << 16) as u16,
        ..Connection::default()
    })
}

/// The timestamp clock: milliseconds, from the connection's own start.
fn tsval(now: Instant, state: &Connection) -> u32 {
    let millis = (now.as_micros() / 1000) as u32;
    state.timestamp_base.wrapping_add(millis)
}

/// Writes a SYN's options anew in the persona's order. In a SYN-ACK those that
/// the stack left out, since the peer did not offer them, stay out, each with
/// the NOPs before it. Returns whether window scaling is among them.
fn rewrite_syn(buffer: &mut Vec<u8>, order: &[SynOption], tsval: u32) -> bool {
    let packet = &mut buffer[ETHERNET_HEADER_LEN..];
    let is_v6 = packet.first().map(|octet| octet >> 4) == Some(6);
    let header = match is_v6 {
        true => IPV6_HEADER_LEN,
        false => usize::from(Ipv4Packet::new_unchecked(&*packet).header_len()),
    };
    let Some(tcp) = TcpPacket::parse(packet) else {
        return false;
    };
    let answer = tcp.flags() & flag::ACK != 0;
    let written = tcp.options();
    let bytes_of = |kind: u8| {
        let (_, offset, len) = written.iter().find(|option| option.0 == kind)?;
        let at = header + offset;
        Some(packet[at..at + len].to_vec())
    };
    let offered = |kind: u8| !answer || bytes_of(kind).is_some();
    let (mut options, mut nops, mut scales) = (Vec::new(), 0, false);
    let mut padding = 1;
    for option in order {
        let bytes = match option {
            SynOption::Nop => {
                nops += 1;
                continue;
            }
            SynOption::EndOfList => {
                padding = 0;
                None
            }
            SynOption::Mss => bytes_of(2),
            SynOption::SackPermitted => offered(4).then(|| vec![4, 2]),
            SynOption::WindowScale(shift) => offered(3).then(|| {
                scales = true;
                vec![3, 3, *shift]
            }),
            SynOption::Timestamps => bytes_of(8).filter(|b| b.len() == 10).map(|mut bytes| {
                bytes[2..6].copy_from_slice(&tsval.to_be_bytes());
                bytes
            }),
        };
        if let Some(bytes) = bytes {
            options.extend(core::iter::repeat_n(1, nops));
            options.extend(bytes);
        }
        nops = 0;
    }
    // Ends on a multiple of four octets (RFC 9293 §3.1).
    options.resize(options.len().next_multiple_of(4), padding);
    buffer.truncate(ETHERNET_HEADER_LEN + header + 20);
    buffer.extend(&options);
    let packet = &mut buffer[ETHERNET_HEADER_LEN..];
    packet[header + 12] = ((20 + options.len()) / 4 * 16) as u8;
    let total = packet.len() as u16;
    if is_v6 {
        let mut ip = Ipv6Packet::new_unchecked(packet);
        ip.set_payload_len(total - IPV6_HEADER_LEN as u16);
    } else {
        let mut ip = Ipv4Packet::new_unchecked(packet);
        ip.set_total_len(total);
        ip.fill_checksum();
    }
    scales
}
