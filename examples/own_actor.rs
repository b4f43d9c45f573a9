//! Your own programs on hosts of the lab: a server with a quote of the day (RFC 865), and somebody who asks for it.
//!
//! An actor uses its host's sockets and never waits: it is called whenever
//! something may have happened, looks, and acts. Run it with `cargo run
//! --example own_actor`; its snapshot test is in `tests/it/own_actor.rs`.

use wirelab::actor::{Actor, Outcome, Report};
use wirelab::host::{HostConfig, Ipv4Cidr, LINUX, Sockets, TcpHandle, TcpListener, TcpStatus};
use wirelab::lab::{Lab, Run};
use wirelab::net::SegmentConfig;
use wirelab::rng::Seed;
use wirelab::time::Instant;

/// Where quotes are had (RFC 865).
const PORT: u16 = 17;

/// Says its quote to whoever connects, and closes.
struct Server {
    quote: &'static str,
    listener: Option<TcpListener>,
}

impl Actor for Server {
    fn step(&mut self, _: Instant, sockets: &mut Sockets<'_>) {
        let listener = *self.listener.get_or_insert_with(|| sockets.listen(PORT));
        while let Some(reader) = sockets.accept(listener) {
            sockets.send(reader, self.quote.as_bytes());
            sockets.close(reader);
            // It ends by itself, and its end is nobody's business.
            sockets.forget(reader);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// Connects, and reads until the server closes.
struct Reader {
    server: Ipv4Cidr,
    connection: Option<TcpHandle>,
    read: Vec<u8>,
    outcome: Outcome,
}

impl Actor for Reader {
    fn step(&mut self, _: Instant, sockets: &mut Sockets<'_>) {
        if self.is_done() {
            return;
        }
        let connection = *self.connection.get_or_insert_with(|| {
            sockets.begin_step(0);
            sockets.connect((self.server.address, PORT).into(), None)
        });
        let read = &mut self.read;
        while sockets.recv_with(connection, |bytes| {
            read.extend_from_slice(bytes);
            bytes.len()
        }) > 0
        {}
        self.outcome = match sockets.status(connection) {
            TcpStatus::Connecting | TcpStatus::Open => return,
            TcpStatus::PeerClosed => Outcome::Finished,
            status => Outcome::Failed {
                step: 0,
                message: format!("no quote: {status:?}"),
            },
        };
        sockets.close(connection);
        sockets.forget(connection);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn is_done(&self) -> bool {
        self.outcome != Outcome::Running
    }

    fn report(&self) -> Report {
        Report {
            outcome: self.outcome.clone(),
            lines: vec![String::from_utf8_lossy(&self.read).into_owned()],
            ..Report::default()
        }
    }
}

/// Plays the two on one segment.
pub fn play(seed: Seed) -> Run {
    let mut lab = Lab::new(seed);
    let lan = lab.segment("lan", SegmentConfig::default());
    let cidr = |last| Ipv4Cidr {
        address: [192, 0, 2, last].into(),
        prefix: 24,
    };
    let reader = lab.host(HostConfig::new("reader", cidr(2)), lan);
    let mut config = HostConfig::new("server", cidr(1));
    config.persona = &LINUX;
    let server = lab.host(config, lan);
    let quote = Server {
        quote: "A frame in time saves nine.\r\n",
        listener: None,
    };
    lab.actor("quotes", server, Box::new(quote));
    let ann = Reader {
        server: cidr(1),
        connection: None,
        read: Vec::new(),
        outcome: Outcome::Running,
    };
    lab.actor("ann", reader, Box::new(ann));
    lab.run()
}

#[allow(dead_code, reason = "the snapshot test plays it without its main")]
fn main() {
    let run = play(Seed::default());
    print!("{}", run.frames());
    for report in &run.reports {
        print!("{}", report.lines.concat());
    }
}
