//! Real clients on our server: Python's ftplib, curl, and PyFilesystem2's own test cases.

use std::process::Command;

use super::real_server::RealServer;
use super::support;
use wirelab::ftp::files::{Content, Files, NewEntry};
use wirelab::ftp::path::VirtualPath;
use wirelab::ftp::server::{Config, Persona, User};
use wirelab::time::Timestamp;

fn server(persona: &str) -> RealServer {
    let mut config = Config::new(Persona::named(persona).unwrap());
    let user = User::with_password("krueger");
    config.users.insert("fred".into(), user);
    let clock = Timestamp::DEFAULT_CLOCK;
    let mut files = Files::new(clock);
    let mut add = |path: &str, content| {
        let new = NewEntry {
            content,
            ..NewEntry::default()
        };
        files.add(VirtualPath::parse(path).unwrap(), new, clock);
    };
    add("/readme.txt", Some(Content::bytes("one\ntwo\n")));
    add(
        "/big.bin",
        Some(Content::Random {
            seed: wirelab::rng::Seed(1),
            name: "big".into(),
            size: 300_000,
        }),
    );
    add("/pub", None);
    RealServer::start(config, files)
}

/// A peer is not here: said loudly, and a failure where all of them are promised.
fn missing(why: &str) {
    assert!(std::env::var_os("WIRELAB_PEERS").is_none(), "{why}");
    support::say(&format!("SKIPPED: {why}"));
}

/// Runs a program; `None` if it is not there.
fn run(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text).into_owned();
            Some((output.status.success(), text))
        }
        Err(error) => {
            missing(&format!("{program} does not run here: {error}"));
            None
        }
    }
}

fn script(name: &str) -> String {
    let path = support::root().join("tests/peers").join(name);
    path.to_string_lossy().into_owned()
}

#[test]
fn python_ftplib() {
    let mut sessions = 0;
    for persona in ["vsftpd", "pyftpdlib", "textbook", "bisonware"] {
        let server = server(persona);
        let port = server.address.port().to_string();
        if let Some((ok, text)) = run("python3", &[&script("ftplib_session.py"), &port, persona]) {
            assert!(ok, "{persona}: {text}");
            sessions += 1;
        }
    }
    support::say(&format!("peer: ftplib had {sessions} servers"));
}

#[test]
fn curl() {
    let mut transfers = 0;
    for persona in ["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"] {
        let server = server(persona);
        let url = |path: &str| format!("ftp://fred:krueger@{}/{path}", server.address);
        for (more, path, expected) in [
            (&[][..], "readme.txt", "one\ntwo\n"),
            (&["--ftp-port", "-"], "readme.txt", "one\ntwo\n"),
            (&["--disable-epsv"], "readme.txt", "one\ntwo\n"),
            (&["--range", "4-"], "readme.txt", "two\n"),
            (&["--list-only"], "", "big.bin\npub\nreadme.txt\n"),
        ] {
            let url = url(path);
            let mut arguments = vec!["--silent", "--show-error", "--max-time", "20"];
            arguments.extend_from_slice(more);
            arguments.push(&url);
            if let Some((ok, text)) = run("curl", &arguments) {
                assert!(ok, "{persona} {more:?}: {text}");
                assert_eq!(text.replace('\r', ""), expected, "{persona} {more:?}");
                transfers += 1;
            }
        }
    }
    support::say(&format!("peer: curl made {transfers} transfers"));
}

/// The 79 cases of `fs.test.FSTestCases`, where Python has the package `fs`.
#[test]
fn py_filesystem() {
    let python = std::env::var("WIRELAB_PYTHON").unwrap_or_else(|_| "python3".into());
    match run(&python, &["-c", "import fs.test, fs.ftpfs"]) {
        Some((true, _)) => {}
        _ => {
            let help = "set WIRELAB_PYTHON to one that has";
            return missing(&format!("{python} has no PyFilesystem2 ({help})"));
        }
    }
    let server = server("pyftpdlib");
    let port = server.address.port().to_string();
    if let Some((ok, text)) = run(&python, &[&script("fs_cases.py"), &port]) {
        assert!(ok, "{text}");
        let ran = text.lines().find(|line| line.starts_with("Ran "));
        support::say(&format!("peer: PyFilesystem2 {}", ran.expect("a count")));
    }
}
