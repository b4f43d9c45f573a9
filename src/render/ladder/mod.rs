//! The sequence diagram: hosts as lifelines, frames as arrows between them.
//!
//! A [`Ladder`] is collected while frames are read, and then drawn as text or
//! as SVG. The segments of a long transfer become one row, with their number
//! and bytes.

mod hosts;
mod svg;
mod text;

use std::collections::BTreeSet;
use std::net::IpAddr;

use self::hosts::{Ends, Host, Sight};
use super::Tone;
use crate::analyze::{Address, Summary};
use crate::capture::{FrameRef, LinkType};
use crate::dissect::{ConversationId, Direction, Dissected, Dissector, Role};
use crate::time::Timestamp;
use crate::wire::{Frame, TcpFlags};

/// So many rows are drawn; the rest is counted.
const MAX_ROWS: usize = 2_000;
/// So many segments of a transfer, one after another, become one row.
const FOLD: usize = 8;

/// A frame that did not arrive, because a fault took it.
#[derive(Debug, Clone)]
pub struct Lost {
    /// Its number in the capture; `None` if the tap never saw it.
    pub frame: Option<u64>,
    /// When it was lost.
    pub at: Timestamp,
    /// The frame.
    pub bytes: Frame,
}

/// A sequence diagram.
#[derive(Debug, Clone, Default)]
pub struct Ladder {
    /// Whom frames concerned so far.
    ends: Ends,
    /// The lifelines, once it is known who deserves one.
    hosts: Vec<Host>,
    rows: Vec<Row>,
    /// Segments of one transfer that may become one row.
    run: Vec<Row>,
    run_of: Option<ConversationId>,
    /// What the run holds from the client, and from the server.
    tallies: [Tally; 2],
    /// Captured frames that did not arrive.
    lost: BTreeSet<u64>,
    /// Frames that were lost before the tap, the last first.
    unseen: Vec<Lost>,
    first_at: Option<Timestamp>,
    omitted: u64,
}

/// What went one way in a run.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Frames with data, and how much.
    frames: u64,
    bytes: u64,
    /// Frames without.
    acks: u64,
}

/// Where an arrow ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// At an end; at its lifeline when the ladder is finished.
    One(usize),
    /// At all hosts on the network that the interface sees; until the ladder is finished.
    All(u32),
}

impl To {
    /// The lifeline at which the arrow ends, once the ladder is finished.
    fn line(self) -> usize {
        match self {
            To::One(line) => line,
            To::All(_) => 0,
        }
    }
}

/// One arrow.
#[derive(Debug, Clone)]
struct Row {
    /// The number of its frame, or of the first of them; 0 for one that the
    /// tap never saw.
    first: u64,
    last: u64,
    count: u64,
    /// Nanoseconds since the first frame.
    at: u64,
    /// The number of an end; of its lifeline when the ladder is finished.
    from: usize,
    to: To,
    /// Which way in its conversation.
    direction: Option<Direction>,
    label: String,
    bytes: u64,
    notes: Vec<String>,
    lost: bool,
    tone: Tone,
}

impl Row {
    /// `7`, `8-23`, or `-` for a frame without a number.
    fn numbers(&self) -> String {
        match (self.first, self.last) {
            (0, _) => "-".into(),
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        }
    }
}

impl Ladder {
    /// A diagram without frames. Those in `lost` are drawn with a cross, where
    /// a fault took them.
    pub fn new(lost: Vec<Lost>) -> Ladder {
        let seen = lost.iter().filter_map(|lost| lost.frame).collect();
        let mut unseen = lost;
        unseen.retain(|lost| lost.frame.is_none());
        unseen.sort_by_key(|lost| core::cmp::Reverse(lost.at));
        Ladder {
            lost: seen,
            unseen,
            ..Ladder::default()
        }
    }

    /// Takes the next frame.
    pub fn push(&mut self, seen: &Dissected<'_>) {
        self.first_at.get_or_insert(seen.first_at);
        while let Some(lost) = self.unseen.pop_if(|lost| lost.at <= seen.frame.at) {
            self.end_run();
            self.run_of = None;
            self.push_unseen(&lost, seen.first_at);
        }
        let row = self.row(seen, seen.first_at);
        let transfer = transfer_of(seen).filter(|_| row.notes.is_empty() && !row.lost);
        if transfer != self.run_of {
            self.end_run();
            self.run_of = transfer;
        }
        match transfer {
            Some(_) => self.run_row(row),
            None => self.add(row),
        }
    }

    /// A frame that the tap never saw, read by itself.
    fn push_unseen(&mut self, lost: &Lost, first_at: Timestamp) {
        let bytes = lost.bytes.bytes();
        let mut alone = Dissector::new();
        let seen = alone.dissect(FrameRef {
            number: 0,
            at: lost.at,
            interface: 0,
            interface_name: None,
            link: LinkType::ETHERNET,
            original_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes,
            comments: &[],
        });
        let mut row = self.row(&seen, first_at);
        row.lost = true;
        self.add(row);
    }

    fn row(&mut self, seen: &Dissected<'_>, first_at: Timestamp) -> Row {
        let summary = Summary::of(seen);
        self.ends.learn(&seen.packet);
        let interface = seen.frame.interface;
        let network = seen.packet.network;
        let hops = network.map_or(u16::MAX, |network| network.hops.into());
        let card = hosts::card(&seen.packet);
        let there = Sight { interface, hops };
        let from = self.ends.note(&summary.source, card, there);
        let there = Sight { interface, hops: 0 };
        let to = match summary.destination {
            Address::Broadcast => To::All(interface),
            destination => To::One(self.ends.note(&destination, None, there)),
        };
        // Without a second lifeline the ports tell the direction.
        let ports = match seen.packet.tcp() {
            Some(tcp) if to == To::One(from) && summary.source == summary.destination => {
                Some((tcp.source_port(), tcp.destination_port()))
            }
            _ => None,
        };
        let mut text = label(seen, summary).trim_end().to_owned();
        if let Some((source, destination)) = ports {
            text = format!("{source} > {destination}: {text}");
        }
        let frame = &seen.frame;
        let nanos = frame.at.since(first_at).as_nanos();
        Row {
            first: frame.number,
            last: frame.number,
            count: 1,
            at: u64::try_from(nanos).unwrap_or(u64::MAX),
            from,
            to,
            direction: seen.segment.map(|segment| segment.direction),
            tone: Tone::of(seen),
            label: text,
            bytes: u64::from(seen.packet.payload_len),
            notes: frame.comments.to_vec(),
            lost: self.lost.contains(&frame.number),
        }
    }

    /// Writes names of addresses above the lifelines.
    pub fn name_hosts(&mut self, names: &[(IpAddr, String)]) {
        for host in &mut self.hosts {
            let is_its = |ip: &IpAddr| host.addresses().any(|own| own == ip.to_string());
            let named = names.iter().find(|(ip, _)| is_its(ip));
            host.name = named.map(|(_, name)| name.clone());
        }
    }

    /// To be called once, when there are no more frames.
    pub fn finish(&mut self) {
        self.end_run();
        while let Some(lost) = self.unseen.pop() {
            let first_at = *self.first_at.get_or_insert(lost.at);
            self.push_unseen(&lost, first_at);
        }
        let ends = std::mem::take(&mut self.ends);
        let (hosts, places) = ends.lifelines();
        let reaches = ends.reaches(&places);
        let last = hosts.len().saturating_sub(1);
        let lifeline = |end: usize| places.get(end).copied().unwrap_or(last);
        for row in &mut self.rows {
            row.from = lifeline(row.from);
            row.to = To::One(match row.to {
                To::One(end) => lifeline(end),
                // As far as there is somebody.
                To::All(network) => {
                    let (first, last) = reaches.get(&network).copied().unwrap_or((0, last));
                    let is_first_nearer = row.from.abs_diff(first) <= row.from.abs_diff(last);
                    if is_first_nearer { last } else { first }
                }
            });
        }
        self.hosts = hosts;
    }

    fn add(&mut self, row: Row) {
        if self.rows.len() < MAX_ROWS {
            self.rows.push(row);
        } else {
            self.omitted += row.count;
        }
    }

    /// The first of a run are kept, in case they stay alone; what comes after
    /// is counted with them.
    fn run_row(&mut self, row: Row) {
        let [client, server] = &mut self.tallies;
        let tally = match row.direction {
            Some(Direction::FromServer) => server,
            _ => client,
        };
        if row.bytes > 0 {
            tally.frames += 1;
            tally.bytes += row.bytes;
        } else {
            tally.acks += 1;
        }
        if self.run.len() < FOLD {
            self.run.push(row);
        } else if let Some(last) = self.run.last_mut() {
            last.last = row.last;
            last.count += 1;
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        let [client, server] = std::mem::take(&mut self.tallies);
        if run.len() < FOLD {
            for row in run {
                self.add(row);
            }
            return;
        }
        let count = run.iter().map(|row| row.count).sum();
        let last = run.last().map_or(0, |row| row.last);
        // The arrow goes where the bytes go.
        let Some(first) = run.first() else { return };
        let mut folded = run
            .iter()
            .find(|row| row.bytes > 0)
            .unwrap_or(first)
            .clone();
        (folded.first, folded.at) = (first.first, first.at);
        let (there, back) = match folded.direction {
            Some(Direction::FromServer) => (server, client),
            _ => (client, server),
        };
        let purpose = folded
            .label
            .split_once('(')
            .map(|(_, rest)| format!(" ({rest}"));
        let ports = folded.label.split_once(": ").map(|(ports, _)| ports);
        let ports = ports.filter(|ports| ports.contains(" > "));
        let ports = ports.map(|ports| format!("{ports}: ")).unwrap_or_default();
        folded.label = format!(
            "{ports}{}{}",
            in_short(there, back),
            purpose.unwrap_or_default()
        );
        folded.count = count;
        folded.last = last;
        self.add(folded);
    }
}

/// What a run holds: data the arrow's way, data against it, and what carries none.
fn in_short(there: Tally, back: Tally) -> String {
    let counted = |count: u64, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let data = |tally: Tally| {
        let frames = counted(tally.frames, "frame");
        format!("{frames}, {}", counted(tally.bytes, "byte"))
    };
    let acks = there.acks + back.acks;
    let parts = [
        (there.frames > 0).then(|| data(there)),
        (back.frames > 0).then(|| format!("{} back", data(back))),
        (acks > 0).then(|| counted(acks, "ACK")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

/// The transfer of which this is an unremarkable segment, or its acknowledgement.
fn transfer_of(seen: &Dissected<'_>) -> Option<ConversationId> {
    let segment = seen.segment.filter(|s| s.verdicts.is_empty())?;
    let flags = seen.packet.tcp()?.flags();
    let opens_or_ends = TcpFlags::SYN.with(TcpFlags::FIN).with(TcpFlags::RST);
    let is_control = seen.context.control(segment.conversation).is_some();
    (!flags.has_any(opens_or_ends) && !is_control).then_some(segment.conversation)
}

/// What stands on the arrow.
fn label(seen: &Dissected<'_>, summary: Summary) -> String {
    let (Some(segment), Some(tcp)) = (seen.segment, seen.packet.tcp()) else {
        return summary.info;
    };
    if seen.role != Role::Other {
        return summary.info;
    }
    let mut label = String::new();
    if !segment.verdicts.is_empty() {
        label = format!("[{}] ", segment.verdicts);
    }
    label.push_str(&format!("{} seq={}", tcp.flags(), segment.sequence));
    if let Some(ack) = segment.acknowledgement {
        label.push_str(&format!(" ack={ack}"));
    }
    if segment.len > 0 {
        label.push_str(&format!(" len={}", segment.len));
    }
    label
}

fn seconds(nanos: u64) -> String {
    let micros = nanos / 1_000;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
