//! Many hosts: idle ones beside a pair at work, and a thousand pairs at work.

use wirelab::host::{HostConfig, Ipv4Cidr};
use wirelab::lab::Lab;
use wirelab::time::Instant;
use wirelab::trace::{Delivery, FaultRecord, Record, Recorder, SegmentId};

use crate::link::{fast_link, whole};
use crate::retr::Retr;
use crate::{Best, MEMORY, tell, timed};

/// Hosts that do nothing.
const IDLE: u32 = 10_000;

/// Pairs that all fetch a file at once.
const PAIRS: u16 = 1000;

/// How often each lab is played; they take turns.
const ROUNDS: usize = 5;

/// What each pair of many fetches: so much that frames, and not the making of
/// hosts and sockets, are what takes time.
const FILE_OF_A_PAIR: usize = 2_000_000;

/// Counts the frames that are sent.
#[derive(Default)]
struct Count(u64);

impl Recorder for Count {
    fn sent(&mut self, _: &Record, _: Instant) {
        self.0 += 1;
    }
    fn delivered(&mut self, _: Delivery) {}
    fn faulted(&mut self, _: FaultRecord) {}
}

/// Plays a lab, and notes what a thousand frames cost.
fn play(best: &mut Best, mut lab: Lab) {
    lab.limits.capture_bytes = u64::MAX;
    let mut count = Count::default();
    let (took, run) = timed(|| lab.stream(&mut count));
    whole(&run);
    best.take(took * 1000 / u32::try_from(count.0).expect("fewer frames"));
}

fn add_idle(lab: &mut Lab, lan: SegmentId) {
    for number in 0..IDLE {
        let [.., high, low] = number.to_be_bytes();
        let address = Ipv4Cidr {
            address: [10, 100, high, low].into(),
            prefix: 8,
        };
        lab.host(HostConfig::new(format!("idle-{number}"), address), lan);
    }
}

fn lab_of(retr: &Retr, pairs: u16) -> (Lab, SegmentId) {
    let (mut lab, lan) = fast_link();
    for number in 0..pairs {
        retr.pair(&mut lab, lan, number);
    }
    (lab, lan)
}

/// Ten thousand idle hosts: what a frame costs beside them, and what each takes.
pub fn idle() {
    let retr = Retr::new(vec![0x2a; 100_000_000]);
    let [mut two, mut crowd] = [Best::new(); 2];
    let mut memory = 0;
    for _ in 0..ROUNDS {
        play(&mut two, lab_of(&retr, 1).0);
        let (mut lab, lan) = lab_of(&retr, 1);
        let before = MEMORY.current_usage();
        add_idle(&mut lab, lan);
        memory = MEMORY.current_usage() - before;
        play(&mut crowd, lab);
    }
    let each = memory as f64 / f64::from(IDLE);
    tell(
        "a frame with 10,000 idle hosts / with none",
        crowd.seconds() / two.seconds(),
        "<= 1.1",
    );
    tell("bytes of memory for each of them", each, "<= 1024");
}

/// A thousand pairs at work, each with a file of its own size.
pub fn pairs() {
    let retr = Retr::new(vec![0x2a; FILE_OF_A_PAIR]);
    let [mut one, mut many] = [Best::new(); 2];
    for _ in 0..ROUNDS {
        for _ in 0..10 {
            play(&mut one, lab_of(&retr, 1).0);
        }
        play(&mut many, lab_of(&retr, PAIRS).0);
    }
    println!(
        "a frame: {:.0} ns of one pair, {:.0} ns of a thousand",
        one.seconds() * 1e6,
        many.seconds() * 1e6
    );
    tell(
        "a frame of 1000 pairs at work / of one pair",
        many.seconds() / one.seconds(),
        "<= 5",
    );
}
