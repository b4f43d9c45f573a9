//! `wirelab profile`: a Wireshark profile for the lab.

use std::path::Path;

use super::args::Profile;
use super::failure::Failure;
use super::output;
use crate::edge::{AtomicFile, create_folder, read_text};
use crate::render::{PROFILE_MARK, profile as profile_files};

/// The largest file of a profile that is looked at, in bytes.
const MAX_FILE: usize = 1 << 20;

pub(super) fn profile(args: &Profile) -> Result<(), Failure> {
    let files = profile_files();
    for (name, _) in &files {
        let path = args.out.join(name);
        if path.exists() && !is_ours(&path) {
            return Err(Failure::Usage {
                message: format!("{} is somebody else's", path.display()),
                help: Some("choose a folder of its own for the profile".into()),
            });
        }
    }
    create_folder(&args.out)?;
    for (name, text) in &files {
        AtomicFile::put(&args.out.join(name), text.as_bytes())?;
    }
    output::result(&format!("{}: a profile, written\n", args.out.display()))?;
    output::remark(
        "Wireshark finds it as a folder in `profiles` of its personal configuration \
         (Help > About > Folders), and tshark by -C and its name",
    );
    Ok(())
}

/// What we wrote may be written again.
fn is_ours(path: &Path) -> bool {
    read_text(path, MAX_FILE).is_ok_and(|text| text.starts_with(PROFILE_MARK))
}
