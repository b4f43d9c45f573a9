//! An FTP server on a simulated host.

use crate::ftp::files::Files;
use crate::ftp::server::Config;

/// An FTP server on a simulated host: the server's machine, and its sockets.
#[derive(Debug)]
pub struct FtpServer {
    #[expect(dead_code, reason = "not built yet")]
    config: Config,
    #[expect(dead_code, reason = "not built yet")]
    files: Files,
    #[expect(dead_code, reason = "not built yet")]
    port: u16,
}

impl FtpServer {
    /// A server that listens at `port` (21, usually).
    pub fn new(config: Config, files: Files, port: u16) -> FtpServer {
        FtpServer {
            config,
            files,
            port,
        }
    }
}
