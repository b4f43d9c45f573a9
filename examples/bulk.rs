//! Plays a RETR of any size, and writes its capture while it plays: `bulk BYTES FILE.pcap`.

#![allow(clippy::disallowed_methods, reason = "an example writes files")]

#[path = "../benches/throughput/retr.rs"]
mod retr;

use std::error::Error;
use std::path::Path;

use wirelab::edge::{AtomicFile, Background};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(bytes), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bulk BYTES FILE.pcap".into());
    };
    // Zeros, as ns-3 sends them: memory that nobody has written is none.
    let retr = retr::Retr::new(vec![0; bytes.parse()?]);
    // Another thread writes what this one makes.
    let out = Background::new(AtomicFile::create(Path::new(&path))?)?;
    let (frames, out) = retr.write_to(out);
    out.finish()?.finish()?;
    println!("{path}: {frames} frames");
    Ok(())
}
