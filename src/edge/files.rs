//! Files: read with a bound, written beside and then renamed, so that nothing
//! is ever overwritten half.

use core::fmt;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file could not be read or written.
#[derive(Debug)]
pub struct FileError {
    /// Which.
    pub path: PathBuf,
    /// What was tried: "read", "write".
    pub doing: &'static str,
    /// Why it failed.
    pub error: io::Error,
}

impl FileError {
    pub(super) fn new(path: &Path, doing: &'static str, error: io::Error) -> FileError {
        FileError {
            path: path.to_owned(),
            doing,
            error,
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot {} {}: {}",
            self.doing,
            self.path.display(),
            reason(&self.error)
        )
    }
}

impl std::error::Error for FileError {}

/// The system's words without the error number, which nobody needs.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut words = text[..end].to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    words
}

/// Reads at most `limit` bytes of what `input` holds.
///
/// # Errors
/// When it cannot be read, or holds more.
pub fn read_to_limit(mut input: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    input.by_ref().take(most).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        let message = match limit >> 20 {
            0 => format!("it is larger than {} KiB", limit >> 10),
            mebibytes => format!("it is larger than {mebibytes} MiB"),
        };
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// When it cannot be read, or holds more.
pub fn read_bytes(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let fail = |error| FileError::new(path, "read", error);
    let file = File::open(path).map_err(fail)?;
    read_to_limit(file, limit).map_err(fail)
}

/// Reads the file of that name in a folder, at most `limit` bytes; `None` if
/// there is none. A link is not followed: it may lead anywhere, and the file is
/// named by whoever wrote the scenario beside it.
///
/// # Errors
/// When it cannot be read, holds more, or is no ordinary file.
pub fn read_beside(folder: &Path, name: &str, limit: usize) -> Result<Option<Vec<u8>>, FileError> {
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new(&path, "read", error)),
        Ok(found) if !found.is_file() => {
            let error = io::Error::other("it is no ordinary file");
            Err(FileError::new(&path, "read", error))
        }
        Ok(_) => read_bytes(&path, limit).map(Some),
    }
}

/// Whether two names are one file, there or yet to be made: written alike, or led
/// to the same place by links. A device or a pipe is written to and read from at
/// once without harm, and is no file.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    a == b || place_of(a).is_some_and(|place| Some(place) == place_of(b))
}

/// Where a file is, or would be.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Its device and its number there: whatever it is called.
    #[cfg(unix)]
    Number(u64, u64),
    /// Its whole name, without links.
    Name(PathBuf),
}

fn place_of(path: &Path) -> Option<Place> {
    if let Ok(found) = fs::metadata(path) {
        if !found.is_file() {
            return None;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            return Some(Place::Number(found.dev(), found.ino()));
        }
        #[cfg(not(unix))]
        return fs::canonicalize(path).ok().map(Place::Name);
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let folder = fs::canonicalize(folder).ok()?;
    Some(Place::Name(folder.join(path.file_name()?)))
}

/// Makes a folder, and those above it; that it is there already is well.
///
/// # Errors
/// When it cannot be made.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|error| FileError::new(path, "write", error))
}

/// Reads a text file of at most `limit` bytes.
///
/// # Errors
/// When it cannot be read, holds more, or is not UTF-8.
pub fn read_text(path: &Path, limit: usize) -> Result<String, FileError> {
    let fail = |error| FileError::new(path, "read", error);
    let bytes = read_bytes(path, limit)?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let message = format!("it is not text: byte {at} is not UTF-8");
        fail(io::Error::new(io::ErrorKind::InvalidData, message))
    })
}

/// A file that appears whole or not at all: it is written beside its place and
/// renamed when it is done. Dropped before that, it leaves nothing behind; what a
/// killed run has left, the next that writes the same file takes away: it begins with a
/// mark instead of its own first bytes, which come last. Whoever still writes holds a lock.
///
/// A link is followed first, so that it stays one. What is there and is no
/// ordinary file (a device, a pipe) is written to as it is: a rename would put
/// a file in the device's place.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    /// Where it is written meanwhile, and where it goes.
    beside: Option<(PathBuf, PathBuf)>,
    out: Option<BufWriter<File>>,
    /// The first bytes, in whose place the mark stands until the end.
    first: Vec<u8>,
}

/// What a file begins with that is not finished: nobody else's does.
const MARK: &[u8] = b"wirelab has not finished this file\n";

/// How much is gathered before it is written.
const BUFFER: usize = 1 << 20;

impl AtomicFile {
    /// Begins to write `path`.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn create(path: &Path) -> Result<AtomicFile, FileError> {
        let fail = |error| FileError::new(path, "write", error);
        if path.is_dir() {
            return Err(fail(io::ErrorKind::IsADirectory.into()));
        }
        let place = match fs::metadata(path) {
            Ok(meta) if !meta.is_file() => {
                let file = OpenOptions::new().write(true).open(path).map_err(fail)?;
                return Ok(AtomicFile {
                    path: path.to_owned(),
                    beside: None,
                    out: Some(BufWriter::with_capacity(BUFFER, file)),
                    first: Vec::new(),
                });
            }
            Ok(_) => fs::canonicalize(path).map_err(fail)?,
            Err(_) => path.to_owned(),
        };
        let Some(name) = place.file_name() else {
            return Err(fail(io::ErrorKind::InvalidInput.into()));
        };
        for attempt in 0..100u32 {
            let mut beside = shortened(name);
            beside.push(format!(".wirelab-{attempt}.tmp"));
            let beside = place.with_file_name(beside);
            clear_left(&beside);
            match OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&beside)
            {
                Ok(file) if !is_ours(&file, &beside) => {}
                Ok(mut file) => {
                    let marked = file.write_all(MARK);
                    let begun = AtomicFile {
                        path: path.to_owned(),
                        beside: Some((beside, place)),
                        out: Some(BufWriter::with_capacity(BUFFER, file)),
                        first: Vec::new(),
                    };
                    return marked.map(|()| begun).map_err(fail);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(fail(e)),
            }
        }
        Err(fail(io::ErrorKind::AlreadyExists.into()))
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        let mut file = AtomicFile::create(path)?;
        let written = file.write_all(bytes);
        written.map_err(|e| file.failure(e))?;
        file.finish()
    }

    /// The place where the file will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What writing to this file failed with, with its path.
    pub fn failure(&self, error: io::Error) -> FileError {
        FileError::new(&self.path, "write", error)
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When what was gathered cannot be written, or the place cannot be taken.
    pub fn finish(mut self) -> Result<(), FileError> {
        self.complete().map_err(|error| self.failure(error))?;
        // While it is open, and thus locked.
        if let Some((beside, place)) = &self.beside {
            fs::rename(beside, place).map_err(|e| self.failure(e))?;
        }
        self.beside = None;
        Ok(())
    }
}

impl AtomicFile {
    /// Writes all that was gathered, and then the first bytes over the mark.
    fn complete(&mut self) -> io::Result<()> {
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        out.flush()?;
        if self.beside.is_none() {
            return Ok(());
        }
        let file = out.get_mut();
        if self.first.len() < MARK.len() {
            file.set_len(0)?;
        }
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&self.first)
    }
}

/// The name of what is written beside a file begins like the file's, but is no
/// longer than the longest name that file systems take, 255 bytes.
fn shortened(name: &OsStr) -> OsString {
    match name.to_str() {
        Some(text) if text.len() <= MAX_BESIDE => text.into(),
        // Counted in bytes, cut between characters.
        Some(text) => text
            .get(..text.floor_char_boundary(MAX_BESIDE))
            .unwrap_or_default()
            .into(),
        None if name.len() <= MAX_BESIDE => name.to_owned(),
        None => "wirelab".into(),
    }
}

/// Takes away what nobody writes any more and nobody finished: its writer was killed.
fn clear_left(beside: &Path) {
    // Neither a link nor a pipe is ours, and opening one may do harm.
    let is_file = fs::symlink_metadata(beside).is_ok_and(|found| found.is_file());
    if is_file
        && let Ok(mut file) = File::open(beside)
        && file.try_lock().is_ok()
        && is_marked(&mut file)
    {
        let _ = fs::remove_file(beside);
    }
}

fn is_marked(file: &mut File) -> bool {
    let mut begins = [0; MARK.len()];
    file.read_exact(&mut begins).is_ok() && begins == *MARK
}

/// Locks a new file, unless somebody has just taken it for one that was left. Where
/// nothing can be locked, nothing is taken away either.
fn is_ours(file: &File, beside: &Path) -> bool {
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return false;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let number = |found: fs::Metadata| (found.dev(), found.ino());
        let (own, there) = (
            file.metadata().map(number),
            fs::metadata(beside).map(number),
        );
        matches!((own, there), (Ok(own), Ok(there)) if own == there)
    }
    #[cfg(not(unix))]
    beside.exists()
}

/// True of a name that what is half written has: no place for anything else.
pub fn is_for_half_written(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let attempt = name.strip_suffix(".tmp").and_then(|name| {
        let (_, attempt) = name.rsplit_once(".wirelab-")?;
        Some(attempt)
    });
    attempt.is_some_and(|n| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit()))
}

/// So many bytes of it, and the rest is for `.wirelab-ATTEMPT.tmp`.
const MAX_BESIDE: usize = 200;

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let held = MARK.len().saturating_sub(self.first.len());
        if self.beside.is_some() && held > 0 {
            let (first, _) = bytes.split_at(held.min(bytes.len()));
            self.first.extend_from_slice(first);
            return Ok(first.len());
        }
        match &mut self.out {
            Some(out) => out.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // Before its lock is gone with it: then the name may be another's.
        if let Some((beside, _)) = &self.beside {
            let _ = fs::remove_file(beside);
        }
        if let Some(out) = self.out.take() {
            // Without trying to write what was gathered.
            let _ = out.into_parts();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pcap");
        AtomicFile::put(&path, b"one").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"two").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"three").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(names(folder.path()), ["x.pcap"]);
    }

    #[test]
    fn what_a_killed_run_left_is_taken_away_and_what_is_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pcap");
        let half = [MARK, b"half"].concat();
        fs::write(folder.path().join("x.pcap.wirelab-0.tmp"), half).unwrap();
        let mut one = AtomicFile::create(&path).unwrap();
        let mut two = AtomicFile::create(&path).unwrap();
        let beside = ["x.pcap.wirelab-0.tmp", "x.pcap.wirelab-1.tmp"];
        assert_eq!(names(folder.path()), beside);
        one.write_all(b"one").unwrap();
        two.write_all(b"two").unwrap();
        one.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["x.pcap", beside[1]]);
        two.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["x.pcap"]);
    }

    #[test]
    fn what_only_has_such_a_name_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pcap");
        let other = folder.path().join("x.pcap.wirelab-0.tmp");
        for text in ["", "mine", "wirelab has not finished this", &"m".repeat(99)] {
            fs::write(&other, text).unwrap();
            AtomicFile::put(&path, b"new").unwrap();
            assert_eq!(fs::read_to_string(&other).unwrap(), text);
            assert_eq!(names(folder.path()), ["x.pcap", "x.pcap.wirelab-0.tmp"]);
        }
    }

    /// Also around the mark's length, and in pieces.
    #[test]
    fn every_length_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let text: Vec<u8> = (0..100).collect();
        for len in 0..text.len() {
            for piece in [1, 7, 100] {
                let mut file = AtomicFile::create(&path).unwrap();
                for part in text[..len].chunks(piece) {
                    file.write_all(part).unwrap();
                }
                let beside = folder.path().join("x.wirelab-0.tmp");
                assert!(fs::read(&beside).unwrap().starts_with(MARK));
                file.finish().unwrap();
                assert_eq!(fs::read(&path).unwrap(), text[..len]);
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        use std::os::unix::fs::{FileTypeExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, b"old").unwrap();
        symlink("real", &link).unwrap();
        AtomicFile::put(&link, b"new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        // A link to a device, so that no device can come to harm.
        let null = folder.path().join("null");
        symlink("/dev/null", &null).unwrap();
        AtomicFile::put(&null, b"gone").unwrap();
        assert!(fs::symlink_metadata(&null).unwrap().is_symlink());
        let device = fs::metadata(&null).unwrap().file_type();
        assert!(device.is_char_device());
        assert_eq!(names(folder.path()), ["link", "null", "real"]);
    }

    #[test]
    fn the_longest_name_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        for letter in ["x", "é"] {
            let name = letter.repeat(255 / letter.len());
            let path = folder.path().join(&name);
            AtomicFile::put(&path, b"long").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"long");
        }
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("one"), b"").unwrap();
        fs::write(at("two"), b"").unwrap();
        fs::create_dir(at("below")).unwrap();
        assert!(is_same_file(&at("one"), &at("./one")));
        assert!(is_same_file(&at("one"), &at("below/../one")));
        assert!(!is_same_file(&at("one"), &at("two")));
        assert!(is_same_file(&at("none"), &at("below/../none")));
        assert!(!is_same_file(&at("none"), &at("below/none")));
        assert!(!is_same_file(&at("none"), &at("one")));
        assert!(is_same_file(&at("no/such"), &at("no/such")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("one", at("soft")).unwrap();
            fs::hard_link(at("one"), at("hard")).unwrap();
            std::os::unix::fs::symlink("/dev/null", at("null")).unwrap();
            assert!(is_same_file(&at("soft"), &at("one")));
            assert!(is_same_file(&at("soft"), &at("hard")));
            assert!(!is_same_file(&at("null"), Path::new("/dev/null")));
        }
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(folder.path()).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot write ") && error.ends_with("is a directory"),
            "{error}"
        );
        let nowhere = folder.path().join("no/such/x.pcap");
        assert!(AtomicFile::create(&nowhere).is_err());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn reading_is_bounded() {
        assert_eq!(read_to_limit(&b"abc"[..], 3).unwrap(), b"abc");
        assert!(read_to_limit(io::repeat(0), 1 << 20).is_err());
    }
}
