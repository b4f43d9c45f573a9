//! Your own protocol on our wire: two nodes that know nothing of IP.
//!
//! The talker sends numbered lines in frames of an experimental EtherType and
//! repeats each until it is acknowledged; the listener is hard of hearing and
//! misses every third. Run it with `cargo run --example own_protocol`; its
//! snapshot test (`tests/it/own_protocol.rs`) shows what changes on the wire
//! when you change it.

use wirelab::lab::{Lab, Run};
use wirelab::net::{Activity, Node, SegmentConfig, Transmit};
use wirelab::rng::Seed;
use wirelab::time::{Duration, Instant};
use wirelab::trace::PortId;
use wirelab::wire::{Frame, MacAddr};

/// The first EtherType for local experiments (IEEE 802, table 9-2).
const ETHER_TYPE: [u8; 2] = [0x88, 0xb5];

const TALKER: MacAddr = MacAddr([0x02, 0, 0, 0, 0, 0x01]);
const LISTENER: MacAddr = MacAddr([0x02, 0, 0, 0, 0, 0x02]);

/// How long the talker waits for an acknowledgement.
const PATIENCE: Duration = Duration::from_millis(100);

/// `number` and `text` in a frame; an acknowledgement has no text.
fn frame(to: MacAddr, from: MacAddr, number: u8, text: &str) -> Frame {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    let header = [&to.0[..], &from.0, &ETHER_TYPE, &[number, length]].concat();
    Frame::new(&[&header, text.as_bytes()].concat())
}

/// The number in a frame of this protocol for `us`; of any other, nothing.
fn number(frame: &Frame, us: MacAddr) -> Option<u8> {
    let ours = frame.destination() == us && frame.ether_type() == u16::from_be_bytes(ETHER_TYPE);
    ours.then(|| frame.bytes()[14])
}

/// Says its lines, one after the other.
struct Talker {
    lines: Vec<&'static str>,
    said: usize,
    /// When to say the present line, for the first time or again.
    due: Option<Instant>,
    outgoing: Option<Frame>,
}

impl Node for Talker {
    fn handle_frame(&mut self, now: Instant, _: PortId, heard: &Frame) {
        if number(heard, TALKER).map(usize::from) == Some(self.said) {
            self.said += 1;
            self.due = (self.said < self.lines.len()).then_some(now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.outgoing = Some(frame(
                LISTENER,
                TALKER,
                self.said as u8,
                self.lines[self.said],
            ));
            self.due = Some(now + PATIENCE);
        }
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.outgoing.take().map(Transmit::new)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    fn activity(&self) -> Activity {
        match self.said < self.lines.len() {
            true => Activity::Working,
            false => Activity::Quiet,
        }
    }
}

/// Acknowledges what it hears, but for every third frame.
#[derive(Default)]
struct Listener {
    heard: u32,
    outgoing: Option<Frame>,
}

impl Node for Listener {
    fn handle_frame(&mut self, _: Instant, _: PortId, heard: &Frame) {
        if let Some(number) = number(heard, LISTENER) {
            self.heard += 1;
            if !self.heard.is_multiple_of(3) {
                self.outgoing = Some(frame(TALKER, LISTENER, number, ""));
            }
        }
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.outgoing.take().map(Transmit::new)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// Plays the two on one segment.
pub fn play(seed: Seed) -> Run {
    let mut lab = Lab::new(seed);
    let lan = lab.segment("lan", SegmentConfig::default());
    let talker = Talker {
        lines: vec!["one", "two", "three", "four"],
        said: 0,
        due: Some(Instant::ZERO),
        outgoing: None,
    };
    lab.node("talker", Box::new(talker), &[lan]);
    lab.node("listener", Box::new(Listener::default()), &[lan]);
    lab.run()
}

#[allow(dead_code, reason = "the snapshot test plays it without its main")]
fn main() {
    let run = play(Seed::default());
    print!("{}", run.frames());
    println!("{} after {} s", run.stop, run.ended);
}
