//! The plan of the house as data: which room may reach for which, and which crate belongs to whom.

/// Where a room stands. Imports go down only, and the wings never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// Values, on which everything stands.
    Ground,
    /// Makes wires.
    West,
    /// Reads them.
    East,
    /// Joins the wings.
    Roof,
    /// The only floor with a clock, files, threads, sockets and an environment.
    Porch,
}

use Floor::{East, Ground, Porch, Roof, West};

/// One room, and the rooms of its own floor that it may import. Whole floors
/// below are open to everybody (see [`Floor::may_import`]).
pub struct Room {
    pub name: &'static str,
    pub floor: Floor,
    pub beside: &'static [&'static str],
}

/// Every room, in order: `beside` names only rooms further up in this table.
pub const ROOMS: &[Room] = &[
    room("units", Ground, &[]),
    room("time", Ground, &["units"]),
    room("rng", Ground, &["time", "units"]),
    room("wire", Ground, &[]),
    room("ftp", Ground, &["time", "units", "rng"]),
    room("trace", Ground, &["time", "wire"]),
    room("net", West, &[]),
    room("host", West, &["net"]),
    room("actor", West, &["host"]),
    room("device", West, &["net", "host"]),
    room("sim", West, &["net"]),
    room("scenario", West, &["net", "host", "actor", "device", "sim"]),
    room("capture", East, &[]),
    room("dissect", East, &["capture"]),
    room("analyze", East, &["capture", "dissect"]),
    room("render", East, &["capture", "dissect", "analyze"]),
    room("lab", Roof, &[]),
    room("exercise", Roof, &["lab"]),
    room("edge", Porch, &[]),
    room("cli", Porch, &["edge"]),
];

const fn room(name: &'static str, floor: Floor, beside: &'static [&'static str]) -> Room {
    Room {
        name,
        floor,
        beside,
    }
}

/// The one place where two rooms know each other: a host calls its actors, which
/// use its sockets. The host knows no more of them than this.
pub const SEAMS: &[(&str, &str, &[&str])] = &[("host", "actor", &["Actor", "Report"])];

/// Crates that stay inside some rooms, so that no public signature shows them.
pub const CRATES: &[(&str, &[&str])] = &[
    ("smoltcp", &["wire", "host", "dissect"]),
    ("pcap_file", &["capture"]),
    ("serde_saphyr", &["scenario"]),
    ("rand_chacha", &["rng"]),
    ("include_dir", &["scenario", "exercise"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("anstream", &["cli"]),
    ("anstyle", &["cli"]),
];

/// Crates of which no public signature shows a type: they can be changed for others.
pub const SEALED: &[&str] = &["smoltcp", "pcap_file", "serde_saphyr"];

/// Crates that a single file may name: one module to change when they change.
pub const ONE_FILE_CRATES: &[&str] = &["serde_saphyr"];

/// Files of replayed rooms that are handed floats and drop them: the YAML
/// parser passes numbers on as floats, and their text is what is kept.
pub const SEES_FLOATS: &[&str] = &["src/scenario/yaml.rs"];

/// Files that are compiled for tests only.
pub const TEST_ONLY: &[&str] = &["src/ftp/loopback.rs"];

/// What a run must not depend on, as the beginnings of paths: only the porch has them.
pub const PORCH_ONLY: &[&str] = &[
    "std::env",
    "std::fs",
    "std::process",
    "std::thread",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Macros that talk to a terminal or read the environment of the build.
pub const PORCH_ONLY_MACROS: &[&str] = &[
    "print",
    "println",
    "eprint",
    "eprintln",
    "dbg",
    "env",
    "option_env",
];

impl Floor {
    /// Whether a room of this floor may import any room of `other`.
    pub fn may_import(self, other: Floor) -> bool {
        match self {
            Ground => false,
            West | East => other == Ground,
            Roof => matches!(other, Ground | West | East),
            Porch => other != Porch,
        }
    }

    /// Whether what happens here is replayed, and so must be the same on every machine.
    pub fn is_replayed(self) -> bool {
        matches!(self, Ground | West)
    }
}

/// The room of that name.
pub fn find(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}
