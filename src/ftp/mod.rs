//! FTP as values and sans-IO machines: the grammar that both wings speak (RFC 959).

pub mod io;
