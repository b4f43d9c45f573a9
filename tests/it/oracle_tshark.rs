//! A second opinion on every capture: tshark, with every checksum checked.

use etherparse::PacketBuilder;

use crate::tshark::{self, Row};

/// A classic pcap file, written by hand: the oracle's own test must not lean on our writer.
fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    for (frame, millis) in frames.iter().zip(0_u32..) {
        let len = u32::try_from(frame.len()).expect("a small frame");
        for word in [millis / 1000, millis % 1000 * 1000, len, len] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

fn read(frames: &[Vec<u8>], ftp_ports: &[u16]) -> Vec<Row> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), pcap(frames)).expect("room for a capture");
    tshark::read(file.path(), ftp_ports)
}

/// A segment of 64 bytes of a client's, on a connection to `port`.
fn segment(port: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([10, 2, 0, 2], [10, 2, 0, 1], 128)
        .tcp(1037, port, seq, 8760)
        .psh()
        .ack(1);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, payload).expect("a frame");
    bytes
}

#[test]
fn the_oracle_sees_what_is_wrong() {
    if !tshark::is_there("the_oracle_sees_what_is_wrong") {
        return;
    }
    let clean = segment(21, 1, b"USER fred\r\n");
    let rows = read(std::slice::from_ref(&clean), &[]);
    assert_eq!(
        rows[0].command,
        Some(("USER".to_string(), "fred".to_string()))
    );
    assert_eq!(rows[0].wrong(), Vec::<String>::new());

    let again = read(&vec![clean.clone(); 2], &[]);
    assert_eq!(
        again[1].flags.iter().copied().collect::<Vec<_>>(),
        ["retransmission"]
    );

    let mut corrupt = clean.clone();
    corrupt[60] ^= 1;
    assert_eq!(read(&[corrupt], &[])[0].bad_checksums, ["tcp"]);
    let mut corrupt = clean.clone();
    corrupt[22] ^= 1;
    assert_eq!(read(&[corrupt], &[])[0].bad_checksums, ["ip"]);

    // An IP header that promises more than there is.
    let mut short = clean;
    short.truncate(40);
    assert!(read(&[short], &[])[0].malformed);

    let odd = [segment(1050, 1, b"NLST\r\n")];
    assert_eq!(read(&odd, &[])[0].command, None);
    let verb = |row: &Row| row.command.as_ref().map(|(verb, _)| verb.clone());
    assert_eq!(verb(&read(&odd, &[1050])[0]).as_deref(), Some("NLST"));
}
