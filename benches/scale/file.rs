//! A run that is written to a file while it plays, beside the run alone and the writing alone.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use wirelab::edge::Background;

use crate::link::capture;
use crate::retr::Retr;
use crate::{Best, tell, timed};

const BYTES: usize = 100_000_000;

/// How much is written at once.
const BLOCK: usize = 1 << 20;

const ROUNDS: usize = 5;

fn create(path: &Path) -> File {
    // What truncating the last one costs is nobody's.
    let _ = std::fs::remove_file(path);
    File::create(path).expect("a temporary file")
}

pub fn measure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x.pcap");
    let retr = Retr::new(vec![0x2a; BYTES]);
    let mut pcap = Vec::with_capacity(BYTES + BYTES / 8);
    let [mut memory, mut plain, mut streamed, mut threaded] = [Best::new(); 4];
    for _ in 0..ROUNDS {
        pcap.clear();
        memory.take(timed(|| capture(retr.lab(), &mut pcap)).0);
        let mut file = create(&path);
        let write = || {
            pcap.chunks(BLOCK)
                .try_for_each(|block| file.write_all(block))
        };
        let (took, written) = timed(write);
        written.expect("room for it");
        plain.take(took);
        let file = create(&path);
        let write = || capture(retr.lab(), BufWriter::with_capacity(BLOCK, file));
        streamed.take(timed(write).0);
        let file = create(&path);
        let write = || {
            let (_, out) = capture(retr.lab(), Background::new(file).expect("a thread"));
            out.finish().expect("room for it")
        };
        threaded.take(timed(write).0);
        let same = std::fs::read(&path).is_ok_and(|bytes| bytes == pcap);
        assert!(same, "the file is what the run in memory made");
    }
    let ms = |best: Best| best.seconds() * 1e3;
    println!(
        "100 MB: {:.0} ms in memory, {:.0} ms plainly written, {:.0} ms to a file, {:.0} ms with a thread",
        ms(memory),
        ms(plain),
        ms(streamed),
        ms(threaded)
    );
    let (memory, plain) = (memory.seconds(), plain.seconds());
    tell(
        "to a file / (in memory + plain writes)",
        streamed.seconds() / (memory + plain),
        "<= 1.15",
    );
    let larger = memory.max(plain);
    tell(
        "to a file, another thread writing / the larger",
        threaded.seconds() / larger,
        "<= 1.15",
    );
}
