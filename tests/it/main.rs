//! The integration tests: one binary, a module per theme.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read files and run programs"
)]

mod any_scenario;
mod architecture;
mod cli;
mod ftp_wire;
mod network;
mod oracle_etherparse;
mod oracle_tshark;
mod own_protocol;
mod reading;
mod support;
mod tshark;
