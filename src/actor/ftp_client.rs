//! An FTP client on a simulated host, driven by a script.

use super::Script;
use crate::ftp::client::{DataMode, Persona};
use crate::rng::Stream;

/// An FTP client on a simulated host: a script, the client's machine, and its sockets.
#[derive(Debug)]
pub struct FtpClient {
    #[expect(dead_code, reason = "not built yet")]
    script: Script,
    #[expect(dead_code, reason = "not built yet")]
    persona: Persona,
    #[expect(dead_code, reason = "not built yet")]
    mode: Option<DataMode>,
    #[expect(dead_code, reason = "not built yet")]
    rng: Stream,
}

impl FtpClient {
    /// A client that plays this script. `mode` is how it opens data
    /// connections, if not as its persona prefers; `rng` its own dice.
    pub fn new(script: Script, persona: Persona, mode: Option<DataMode>, rng: Stream) -> FtpClient {
        FtpClient {
            script,
            persona,
            mode,
            rng,
        }
    }
}
