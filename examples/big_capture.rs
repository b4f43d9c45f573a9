//! Writes a big capture of FTP traffic: `big_capture FRAMES FILE.pcap`.

#![allow(clippy::disallowed_methods, reason = "an example writes files")]

#[path = "../benches/reading/corpus.rs"]
mod corpus;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(frames), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("usage: big_capture FRAMES FILE.pcap".into());
    };
    let mut out = BufWriter::new(File::create(&path)?);
    let made = corpus::write(frames.parse()?, &mut out)?;
    out.flush()?;
    println!("{path}: {made} frames");
    Ok(())
}
