//! A zip file without compression and without dates: the same bytes each time.

/// The dates of all files: the first that the format can hold.
const DATE: [u8; 4] = [0, 0, 0x21, 0];
/// Version 2.0 is needed, names are UTF-8, nothing is compressed.
const HEAD: [u8; 6] = [20, 0, 0, 8, 0, 0];

/// Packs files. Names, sizes and their number keep within what the format holds
/// without its extensions; what does not is left out.
pub(super) fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0u16);
    for (name, bytes) in files {
        let (Ok(name_len), Ok(len), Ok(start)) = (
            u16::try_from(name.len()),
            u32::try_from(bytes.len()),
            u32::try_from(out.len()),
        ) else {
            continue;
        };
        let Some(next) = count.checked_add(1) else {
            break;
        };
        count = next;
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut about = Vec::new();
        about.extend(HEAD);
        about.extend(DATE);
        about.extend(crc.sum().to_le_bytes());
        about.extend(len.to_le_bytes());
        about.extend(len.to_le_bytes());
        about.extend(name_len.to_le_bytes());
        about.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&about);
        out.extend(name.as_bytes());
        out.extend(bytes);
        directory.extend(b"PK\x01\x02");
        directory.extend([20, 0]);
        directory.extend(&about);
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = u32::try_from(out.len()).unwrap_or(u32::MAX);
    let len = u32::try_from(directory.len()).unwrap_or(u32::MAX);
    out.extend(directory);
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(len.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}
