//! A folder for a while: empty at first, gone when it is dropped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::FileError;

/// An empty folder among the system's temporary ones, removed with all that is
/// in it when this is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

/// Tells apart the folders of one process.
static NEXT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> Result<Scratch, FileError> {
        let above = std::env::temp_dir();
        for _ in 0..1000 {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = above.join(format!("wirelab-{}-{number}", std::process::id()));
            // Whoever made it before us keeps it: it must be new to be ours.
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Scratch(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FileError::new(&path, "write", error)),
            }
        }
        Err(FileError::new(
            &above,
            "write",
            io::ErrorKind::AlreadyExists.into(),
        ))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing can be done about what cannot be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_its_own_and_goes() {
        let (one, two) = (Scratch::new().unwrap(), Scratch::new().unwrap());
        assert_ne!(one.path(), two.path());
        fs::write(one.path().join("x"), "y").unwrap();
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists() && two.path().exists());
    }
}
