//! The integration tests: one binary, a module per theme.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read files and run programs"
)]

mod any_scenario;
mod architecture;
mod article;
mod book;
mod chromium;
mod classroom;
mod cli;
mod cli_files;
mod cli_mistakes;
mod cli_places;
mod cli_test;
mod cli_usage;
mod devices;
mod diff;
mod documents;
mod documents_coverage;
mod exercise;
mod fault_comments;
mod findings;
mod ftp_abort;
mod ftp_caller;
mod ftp_loss;
mod ftp_many;
mod ftp_reviewer;
mod ftp_trace;
mod ftp_wire;
mod fuzz_corpus;
mod golden;
mod grading;
mod hosts;
mod ipv6;
mod lessons;
mod nat_server;
mod network;
mod oracle_browser;
mod oracle_etherparse;
mod oracle_exports;
mod oracle_filters;
mod oracle_p0f;
mod oracle_schema;
mod oracle_tshark;
mod oracle_words;
mod own_actor;
mod own_fault;
mod own_protocol;
mod play;
mod profile;
mod reading;
mod reading_any;
mod real_peers;
mod real_server;
mod replay;
mod services;
mod sheets;
mod sight;
mod streaming;
mod support;
mod tshark;
mod wild;
mod windows;
