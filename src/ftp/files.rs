//! The virtual file system of a server: directories, files, owners, times, locks, room.

use core::fmt;
use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Text;
use super::path::{Separators, VirtualPath};
use crate::rng::Seed;
use crate::time::Timestamp;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These bytes. Text has lines that end with LF.
    Bytes(Arc<Vec<u8>>),
    /// Random bytes, made as they are read: a file of terabytes costs nothing.
    Random {
        /// The run's seed.
        seed: Seed,
        /// What they are derived from besides the seed; usually the path.
        name: String,
        /// How many there are.
        size: u64,
    },
}

/// The bytes of a random file come in blocks of this length, each from a
/// stream of its own, so that any offset can be read.
const BLOCK: usize = 4096;

impl Content {
    /// These bytes.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Content {
        Content::Bytes(Arc::new(bytes.into()))
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        match self {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Random { size, .. } => *size,
        }
    }

    /// How many bytes of memory it takes, names apart.
    pub fn stored(&self) -> u64 {
        match self {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Random { .. } => 0,
        }
    }

    /// Reads it from this offset on.
    pub fn reader(&self, offset: u64) -> Reader {
        Reader {
            content: self.clone(),
            offset,
            block: Vec::new(),
        }
    }
}

/// Reads a content from some offset on. What is written to the file meanwhile
/// does not show.
#[derive(Debug, Clone)]
pub struct Reader {
    content: Content,
    offset: u64,
    /// The random block that `offset` is in, if it has been made.
    block: Vec<u8>,
}

impl Reader {
    /// Where it stands.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// What it reads.
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// Reads to the front of `room`; returns how many bytes, 0 at the end.
    pub fn read(&mut self, room: &mut [u8]) -> usize {
        let mut filled = 0;
        while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let source = self.rest_of_block();
            let count = source.len().min(rest.len());
            if count == 0 {
                break;
            }
            rest[..count].copy_from_slice(&source[..count]);
            filled += count;
            self.advance(count);
        }
        filled
    }

    fn advance(&mut self, count: usize) {
        self.offset += count as u64;
        if self.offset.is_multiple_of(BLOCK as u64) {
            self.block.clear();
        }
    }

    /// The bytes at hand from `offset` on; none at the end.
    fn rest_of_block(&mut self) -> &[u8] {
        match &self.content {
            Content::Bytes(bytes) => {
                let at = usize::try_from(self.offset).unwrap_or(usize::MAX);
                bytes.get(at..).unwrap_or(&[])
            }
            Content::Random { seed, name, size } => {
                let left = size.saturating_sub(self.offset);
                let number = self.offset / BLOCK as u64;
                let inside = usize::try_from(self.offset % BLOCK as u64).unwrap_or(0);
                if self.block.is_empty() && left > 0 {
                    self.block.resize(BLOCK, 0);
                    let mut stream = seed.derive(&format!("file/{name}/{number}"));
                    stream.fill(&mut self.block);
                }
                let block = self.block.get(inside..).unwrap_or(&[]);
                let left = usize::try_from(left).unwrap_or(usize::MAX);
                &block[..left.min(block.len())]
            }
        }
    }
}

/// What is known of a file or a directory besides its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Who owns it; `None` for nobody in particular: whoever logs in with a
    /// password may change it.
    pub owner: Option<Text>,
    /// Which group owns it.
    pub group: Option<Text>,
    /// The nine permission bits of Unix.
    pub mode: u16,
    /// When it was changed last.
    pub modified: Timestamp,
}

/// A file or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file.
    File {
        /// What it holds.
        content: Content,
        /// Somebody else has it open: nobody may read, write or delete it (450).
        locked: bool,
        /// Reading fails at this offset (451).
        fails_at: Option<u64>,
    },
}

/// One thing that a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// What is known of it.
    pub meta: Meta,
}

impl Entry {
    /// It is a directory.
    pub const fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory)
    }

    /// What a file holds; `None` for a directory.
    pub const fn content(&self) -> Option<&Content> {
        match &self.kind {
            Kind::Directory => None,
            Kind::File { content, .. } => Some(content),
        }
    }

    /// How many bytes it holds; 0 for a directory.
    pub fn size(&self) -> u64 {
        match &self.kind {
            Kind::Directory => 0,
            Kind::File { content, .. } => content.size(),
        }
    }

    /// Its permission bits let `user` have that.
    pub fn allows(&self, user: Who<'_>, access: Access) -> bool {
        let is = |name: &Option<Text>| name.as_ref() == Some(user.name);
        let shift = match &self.meta {
            // Nobody's in particular: everybody's who has a password.
            meta if is(&meta.owner) || (meta.owner.is_none() && !user.guest) => 6,
            meta if is(&meta.group) => 3,
            _ => 0,
        };
        (self.meta.mode >> shift) & access as u16 != 0
    }
}

/// A file or directory as a scenario describes it; what is left out is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewEntry {
    /// What a file holds; `None` makes a directory.
    pub content: Option<Content>,
    /// Who owns it; else nobody in particular.
    pub owner: Option<Text>,
    /// Which group owns it; else that of the owner's name.
    pub group: Option<Text>,
    /// The nine permission bits; else 644, and 755 for a directory.
    pub mode: Option<u16>,
    /// When it was changed last; else at the run's instant 0.
    pub modified: Option<Timestamp>,
    /// See [`Kind::File`].
    pub locked: bool,
    /// See [`Kind::File`].
    pub fails_at: Option<u64>,
}

/// Why something cannot be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileError {
    /// Nothing is there, or the path goes through a file.
    NotFound,
    /// A directory was asked for, and a file is there.
    NotADirectory,
    /// A file was asked for, and a directory is there.
    IsADirectory,
    /// Something is there already.
    Exists,
    /// The directory is not empty.
    NotEmpty,
    /// The user may not.
    Denied,
    /// Somebody else has it open.
    Busy,
    /// There is no room.
    Full,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileError::NotFound => "No such file or directory",
            FileError::NotADirectory => "Not a directory",
            FileError::IsADirectory => "Is a directory",
            FileError::Exists => "File exists",
            FileError::NotEmpty => "Directory not empty",
            FileError::Denied => "Permission denied",
            FileError::Busy => "File is in use",
            FileError::Full => "No space left on device",
        })
    }
}

impl core::error::Error for FileError {}

/// What somebody wants of an entry: a bit of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read what is in a file.
    Read = 4,
    /// To change what is in a file, or which names are in a directory.
    Write = 2,
}

/// The files of one server.
#[derive(Debug, Clone)]
pub struct Files {
    entries: BTreeMap<VirtualPath, Entry>,
    /// How many bytes may be stored, random files not counted.
    capacity: u64,
    used: u64,
}

impl Files {
    /// How many bytes a file system holds unless its scenario says otherwise.
    pub const DEFAULT_CAPACITY: u64 = 256 << 20;

    /// An empty root directory, made at `clock`.
    pub fn new(clock: Timestamp) -> Files {
        let mut files = Files {
            entries: BTreeMap::new(),
            capacity: Files::DEFAULT_CAPACITY,
            used: 0,
        };
        files.insert_new(VirtualPath::root(), NewEntry::default(), clock);
        files
    }

    /// How many bytes may be stored in all, random files not counted.
    pub fn set_capacity(&mut self, bytes: u64) {
        self.capacity = bytes;
    }

    /// How many bytes more may be stored.
    pub const fn free(&self) -> u64 {
        self.capacity.saturating_sub(self.used)
    }

    /// Puts a file or directory there for a scenario, with the directories above
    /// it. What was there is replaced, except that a directory stays one.
    pub fn add(&mut self, path: VirtualPath, new: NewEntry, clock: Timestamp) {
        let mut above = path.parent();
        while let Some(directory) = above {
            if !self.is_directory(&directory) {
                self.remove_entry(&directory);
                self.insert_new(directory.clone(), NewEntry::default(), clock);
            }
            above = directory.parent();
        }
        if new.content.is_none() || !self.is_directory(&path) {
            self.remove_entry(&path);
            self.insert_new(path, new, clock);
        }
    }

    fn insert_new(&mut self, path: VirtualPath, new: NewEntry, clock: Timestamp) {
        let kind = match new.content {
            None => Kind::Directory,
            Some(content) => Kind::File {
                content,
                locked: new.locked,
                fails_at: new.fails_at,
            },
        };
        let usual = if matches!(kind, Kind::Directory) {
            0o755
        } else {
            0o644
        };
        let meta = Meta {
            group: new.group.or_else(|| new.owner.clone()),
            owner: new.owner,
            mode: new.mode.unwrap_or(usual) & 0o777,
            modified: new.modified.unwrap_or(clock),
        };
        let entry = Entry { kind, meta };
        self.used += stored(&entry);
        self.entries.insert(path, entry);
    }

    fn remove_entry(&mut self, path: &VirtualPath) {
        if let Some(entry) = self.entries.remove(path) {
            self.used = self.used.saturating_sub(stored(&entry));
        }
    }

    /// What is there.
    pub fn get(&self, path: &VirtualPath) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// A directory is there.
    pub fn is_directory(&self, path: &VirtualPath) -> bool {
        self.get(path).is_some_and(Entry::is_directory)
    }

    /// How many bytes `owner` stores, random files not counted.
    pub fn stored_by(&self, owner: &Text) -> u64 {
        let own = |entry: &&Entry| entry.meta.owner.as_ref() == Some(owner);
        self.entries.values().filter(own).map(stored).sum()
    }

    /// The names in a directory with what they name, in order of their bytes.
    pub fn children(&self, directory: &VirtualPath) -> impl Iterator<Item = (&[u8], &Entry)> {
        let mut prefix = directory.as_bytes().to_vec();
        if !directory.is_root() {
            prefix.push(b'/');
        }
        let mut from = prefix.clone();
        core::iter::from_fn(move || {
            loop {
                let range = (Bound::Included(from.as_slice()), Bound::Unbounded);
                let (path, entry) = self.entries.range::<[u8], _>(range).next()?;
                let name = path.as_bytes().strip_prefix(prefix.as_slice())?;
                from.truncate(prefix.len());
                match name.iter().position(|b| *b == b'/') {
                    // Deeper: on to the first path that is not below this child.
                    Some(end) => {
                        from.extend_from_slice(&name[..end]);
                        from.push(b'/' + 1);
                    }
                    None => {
                        from.extend_from_slice(name);
                        from.push(0);
                        if !name.is_empty() {
                            return Some((name, entry));
                        }
                    }
                }
            }
        })
    }

    /// What `user` may read there: the content, and where reading it fails.
    pub fn open(&self, path: &VirtualPath, user: Who<'_>) -> Result<OpenFile, FileError> {
        let entry = self.get(path).ok_or(FileError::NotFound)?;
        match &entry.kind {
            Kind::Directory => Err(FileError::IsADirectory),
            _ if !entry.allows(user, Access::Read) => Err(FileError::Denied),
            Kind::File { locked: true, .. } => Err(FileError::Busy),
            Kind::File {
                content, fails_at, ..
            } => Ok(OpenFile {
                content: content.clone(),
                fails_at: *fails_at,
            }),
        }
    }

    /// Makes an empty file there, or leaves the one that is there as it is, for
    /// `user` to write to.
    pub fn create(
        &mut self,
        path: &VirtualPath,
        user: Who<'_>,
        now: Timestamp,
    ) -> Result<(), FileError> {
        match self.get(path) {
            Some(entry) if entry.is_directory() => Err(FileError::IsADirectory),
            Some(entry) if !entry.allows(user, Access::Write) => Err(FileError::Denied),
            Some(Entry {
                kind: Kind::File { locked: true, .. },
                ..
            }) => Err(FileError::Busy),
            Some(_) => Ok(()),
            None => {
                self.check_parent(path, user)?;
                let new = NewEntry {
                    content: Some(Content::bytes(Vec::new())),
                    owner: Some(user.name.clone()),
                    ..NewEntry::default()
                };
                self.insert_new(path.clone(), new, now);
                Ok(())
            }
        }
    }

    /// Cuts the file there to `size` bytes, if it is longer.
    pub fn truncate(&mut self, path: &VirtualPath, size: u64, now: Timestamp) {
        let Ok(size) = usize::try_from(size) else {
            return;
        };
        if let Some((bytes, meta)) = self.bytes_mut(path) {
            let cut = bytes.len().saturating_sub(size);
            bytes.truncate(size);
            meta.modified = now;
            self.used = self.used.saturating_sub(cut as u64);
        }
    }

    /// Writes into the file there, from `offset` on; a gap before it is filled
    /// with zeros. Nothing is written when there is no room for all of it.
    pub fn write_at(
        &mut self,
        path: &VirtualPath,
        offset: u64,
        data: &[u8],
        now: Timestamp,
    ) -> Result<(), FileError> {
        let end = offset.saturating_add(data.len() as u64);
        let size = self.get(path).ok_or(FileError::NotFound)?.size();
        let more = end.saturating_sub(size);
        if more > self.free() {
            return Err(FileError::Full);
        }
        let at = usize::try_from(offset).map_err(|_| FileError::Full)?;
        let (bytes, meta) = self.bytes_mut(path).ok_or(FileError::NotFound)?;
        meta.modified = now;
        if bytes.len() < at + data.len() {
            bytes.resize(at + data.len(), 0);
        }
        bytes[at..at + data.len()].copy_from_slice(data);
        self.used += more;
        Ok(())
    }

    /// The stored bytes of the file there. A random file becomes a stored one
    /// if there is room for it, an empty one if not.
    fn bytes_mut(&mut self, path: &VirtualPath) -> Option<(&mut Vec<u8>, &mut Meta)> {
        let free = self.free();
        let entry = self.entries.get_mut(path)?;
        let Kind::File { content, .. } = &mut entry.kind else {
            return None;
        };
        if let Content::Random { size, .. } = content {
            let mut bytes = Vec::new();
            if *size <= free {
                bytes.resize(usize::try_from(*size).unwrap_or(0), 0);
                content.reader(0).read(&mut bytes);
            }
            self.used += bytes.len() as u64;
            *content = Content::bytes(bytes);
        }
        match content {
            Content::Bytes(bytes) => Some((Arc::make_mut(bytes), &mut entry.meta)),
            Content::Random { .. } => None,
        }
    }

    /// Makes a directory.
    pub fn make_directory(
        &mut self,
        path: &VirtualPath,
        user: Who<'_>,
        now: Timestamp,
    ) -> Result<(), FileError> {
        if self.get(path).is_some() {
            return Err(FileError::Exists);
        }
        self.check_parent(path, user)?;
        let new = NewEntry {
            owner: Some(user.name.clone()),
            ..NewEntry::default()
        };
        self.insert_new(path.clone(), new, now);
        Ok(())
    }

    /// Removes an empty directory.
    pub fn remove_directory(&mut self, path: &VirtualPath, user: Who<'_>) -> Result<(), FileError> {
        let entry = self.get(path).ok_or(FileError::NotFound)?;
        if !entry.is_directory() {
            return Err(FileError::NotADirectory);
        }
        self.check_parent(path, user)?;
        if self.children(path).next().is_some() {
            return Err(FileError::NotEmpty);
        }
        self.remove_entry(path);
        Ok(())
    }

    /// Removes a file.
    pub fn remove_file(&mut self, path: &VirtualPath, user: Who<'_>) -> Result<(), FileError> {
        let entry = self.get(path).ok_or(FileError::NotFound)?;
        match entry.kind {
            Kind::Directory => return Err(FileError::IsADirectory),
            Kind::File { locked: true, .. } => return Err(FileError::Busy),
            Kind::File { .. } => self.check_parent(path, user)?,
        }
        self.remove_entry(path);
        Ok(())
    }

    /// Gives what is at `from` another path. A file that is at `to` is replaced.
    pub fn rename(
        &mut self,
        from: &VirtualPath,
        to: &VirtualPath,
        user: Who<'_>,
    ) -> Result<(), FileError> {
        let entry = self.get(from).ok_or(FileError::NotFound)?;
        if matches!(entry.kind, Kind::File { locked: true, .. }) {
            return Err(FileError::Busy);
        }
        self.check_parent(from, user)?;
        self.check_parent(to, user)?;
        if from == to {
            return Ok(());
        }
        if self.is_directory(to) || to.is_within(from) {
            return Err(FileError::Exists);
        }
        self.remove_entry(to);
        let below = |path: &&VirtualPath| path.is_within(from);
        let moved: Vec<VirtualPath> = self.entries.keys().filter(below).cloned().collect();
        for path in moved {
            let rest = path.as_bytes().get(from.as_bytes().len()..).unwrap_or(&[]);
            let rest = rest.strip_prefix(b"/").unwrap_or(rest);
            let new = to.resolve(rest, Separators::Slash);
            if let (Some(new), Some(entry)) = (new, self.entries.remove(&path)) {
                self.entries.insert(new, entry);
            }
        }
        Ok(())
    }

    /// Changes what is known of an entry, if `user` owns it.
    pub fn change_meta(
        &mut self,
        path: &VirtualPath,
        user: Who<'_>,
        change: impl FnOnce(&mut Meta),
    ) -> Result<(), FileError> {
        let entry = self.entries.get_mut(path).ok_or(FileError::NotFound)?;
        let owns = match &entry.meta.owner {
            Some(owner) => owner == user.name,
            None => !user.guest,
        };
        if !owns {
            return Err(FileError::Denied);
        }
        change(&mut entry.meta);
        Ok(())
    }

    /// `user` may change which names are in the directory that `path` is in.
    fn check_parent(&self, path: &VirtualPath, user: Who<'_>) -> Result<(), FileError> {
        let parent = path.parent().ok_or(FileError::Denied)?;
        let entry = self.get(&parent).ok_or(FileError::NotFound)?;
        match entry.kind {
            Kind::Directory if entry.allows(user, Access::Write) => Ok(()),
            Kind::Directory => Err(FileError::Denied),
            Kind::File { .. } => Err(FileError::NotFound),
        }
    }
}

/// A file opened for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// What it held when it was opened.
    pub content: Content,
    /// Reading fails at this offset.
    pub fails_at: Option<u64>,
}

/// Who wants something done.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// The user's name.
    pub name: &'a Text,
    /// A guest may change only what the permission bits open to everybody.
    pub guest: bool,
}

fn stored(entry: &Entry) -> u64 {
    match &entry.kind {
        Kind::File {
            content: Content::Bytes(bytes),
            ..
        } => bytes.len() as u64,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> VirtualPath {
        VirtualPath::parse(text).unwrap()
    }

    fn text_file(text: &str) -> NewEntry {
        NewEntry {
            content: Some(Content::bytes(text)),
            ..NewEntry::default()
        }
    }

    fn sample() -> Files {
        let mut files = Files::new(Timestamp::DEFAULT_CLOCK);
        for name in ["/home/ann/a", "/home/ann/a-b", "/home/ann/a/x/y", "/pub/z"] {
            files.add(path(name), text_file("1234"), Timestamp::DEFAULT_CLOCK);
        }
        let rooted = NewEntry {
            owner: Some("root".into()),
            ..NewEntry::default()
        };
        files.add(path("/pub"), rooted, Timestamp::DEFAULT_CLOCK);
        files
    }

    const ANN: fn(&Text) -> Who<'_> = |name| Who { name, guest: false };

    fn names(files: &Files, directory: &str) -> Vec<String> {
        let name = |(name, _): (&[u8], _)| String::from_utf8_lossy(name).into_owned();
        files.children(&path(directory)).map(name).collect()
    }

    #[test]
    fn children_are_the_next_level_only() {
        let files = sample();
        assert_eq!(names(&files, "/"), ["home", "pub"]);
        assert_eq!(names(&files, "/home/ann"), ["a", "a-b"]);
        assert_eq!(names(&files, "/home/ann/a"), ["x"]);
        assert!(names(&files, "/nowhere").is_empty());
    }

    #[test]
    fn owners_may_write_and_others_may_not() {
        let mut files = sample();
        let name = Text::from("ann");
        let ann = ANN(&name);
        let now = Timestamp::DEFAULT_CLOCK;
        assert_eq!(files.create(&path("/home/ann/new"), ann, now), Ok(()));
        assert_eq!(
            files.create(&path("/pub/new"), ann, now),
            Err(FileError::Denied)
        );
        assert!(files.open(&path("/pub/z"), ann).is_ok());
        let guest = Who { guest: true, ..ann };
        let there = path("/home/ann/a-b");
        assert_eq!(files.create(&there, ann, now), Ok(()));
        assert_eq!(files.create(&there, guest, now), Err(FileError::Denied));
        assert_eq!(
            files.create(&path("/home/ann/a-b/new"), ann, now),
            Err(FileError::NotFound)
        );
    }

    #[test]
    fn room_is_counted() {
        let mut files = sample();
        let name = Text::from("ann");
        let ann = ANN(&name);
        let now = Timestamp::DEFAULT_CLOCK;
        let file = path("/home/ann/new");
        files.set_capacity(files.used + 10);
        files.create(&file, ann, now).unwrap();
        assert_eq!(files.write_at(&file, 2, b"12345678", now), Ok(()));
        assert_eq!(files.write_at(&file, 10, b"x", now), Err(FileError::Full));
        assert_eq!(files.write_at(&file, 0, b"ab", now), Ok(()));
        assert_eq!(files.free(), 0);
        files.truncate(&file, 4, now);
        assert_eq!(files.free(), 6);
        files.remove_file(&file, ann).unwrap();
        assert_eq!(files.free(), 10);
    }

    #[test]
    fn directories_move_with_what_is_in_them() {
        let mut files = sample();
        let name = Text::from("ann");
        let ann = ANN(&name);
        let (from, to) = (path("/home/ann/a"), path("/home/ann/b"));
        assert_eq!(files.remove_directory(&from, ann), Err(FileError::NotEmpty));
        assert_eq!(
            files.rename(&from, &path("/home/ann/a/x/z"), ann),
            Err(FileError::Exists)
        );
        assert_eq!(files.rename(&from, &to, ann), Ok(()));
        assert_eq!(names(&files, "/home/ann"), ["a-b", "b"]);
        assert_eq!(names(&files, "/home/ann/b/x"), ["y"]);
    }

    proptest! {
        #[test]
        fn a_random_file_is_the_same_from_any_offset(size in 0u64..20_000, from in 0u64..21_000) {
            let content = Content::Random { seed: Seed(1), name: "x".into(), size };
            let mut whole = vec![0; 30_000];
            let length = content.reader(0).read(&mut whole);
            prop_assert_eq!(length as u64, size);
            let mut part = vec![0; 777];
            let mut reader = content.reader(from);
            let count = reader.read(&mut part);
            let from = usize::try_from(from).unwrap().min(length);
            prop_assert_eq!(&part[..count], &whole[from..(from + 777).min(length)]);
        }
    }
}
