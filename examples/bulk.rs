//! Sends any number of bytes over one TCP connection, and writes the capture meanwhile: `bulk BYTES FILE.pcap`.

#![allow(clippy::disallowed_methods, reason = "an example writes files")]

#[path = "../benches/throughput/bulk.rs"]
mod bulk;
#[path = "../benches/throughput/link.rs"]
mod link;

use std::error::Error;
use std::path::Path;

use wirelab::edge::{AtomicFile, Background};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(bytes), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bulk BYTES FILE.pcap".into());
    };
    let lab = bulk::lab(bytes.parse()?);
    // Another thread writes what this one makes.
    let out = Background::new(AtomicFile::create(Path::new(&path))?)?;
    let (frames, out) = link::capture(lab, out);
    out.finish()?.finish()?;
    println!("{path}: {frames} frames");
    Ok(())
}
