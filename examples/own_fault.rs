//! A fault of your own: a cable that loses every third long frame, twice, and what TCP makes of it.
//!
//! A closure sees each frame when it is handed to the wire, and says what
//! happens to it. Run it with `cargo run --example own_fault > lossy.pcapng`, and
//! open the file in Wireshark; its test is in `tests/it/own_fault.rs`.

use wirelab::actor::echo::{EchoClient, EchoServer};
use wirelab::capture::{Format, Notes, TapPoint, WriteError};
use wirelab::host::{HostConfig, Ipv4Cidr, LINUX};
use wirelab::lab::{Lab, Run};
use wirelab::net::{Action, Fault, SegmentConfig};
use wirelab::rng::Seed;
use wirelab::time::Instant;
use wirelab::wire::Frame;

/// Loses every third frame of more than 1000 octets, until two are lost.
///
/// It happens on the receiver's cable, behind the tap: the capture shows the
/// frame. With `.on(Side::Sender)` it would not.
fn long_frames() -> Fault {
    let (mut long, mut lost) = (0, 0);
    let judge = move |_: Instant, frame: &Frame| {
        if frame.bytes().len() <= 1000 || lost == 2 {
            return None;
        }
        long += 1;
        (long % 3 == 0).then(|| {
            lost += 1;
            Action::Drop
        })
    };
    Fault::custom("every third long frame", Box::new(judge))
}

/// Plays an echo of 6000 octets over that cable.
pub fn play(seed: Seed) -> Run {
    let mut lab = Lab::new(seed);
    let lan = lab.segment("lan", SegmentConfig::default());
    let mut host = |name: &str, last: u8| {
        let address = [192, 0, 2, last].into();
        let mut config = HostConfig::new(
            name,
            Ipv4Cidr {
                address,
                prefix: 24,
            },
        );
        config.persona = &LINUX;
        lab.host(config, lan)
    };
    let (client, server) = (host("client", 2), host("server", 1));
    let message = vec![b'x'; 6000];
    let to = ([192, 0, 2, 1], 7).into();
    lab.actor("say", client, Box::new(EchoClient::new(to, message)));
    lab.actor("echo", server, Box::new(EchoServer::new(7)));
    lab.fault(long_frames());
    lab.run()
}

#[allow(dead_code, reason = "the test plays it without its main")]
fn main() -> Result<(), WriteError> {
    let capture = play(Seed::default()).capture(TapPoint::FIRST_SEGMENT);
    capture.write(std::io::stdout().lock(), Format::PcapNg, Notes::Keep)
}
