//! What of the RFCs is implemented, and what shows it: the book's page, written from this table.

use std::collections::BTreeSet;

use super::support::{files_below, is_blessing, root};

/// A chapter of the page: an RFC, and its clauses.
struct Chapter {
    title: &'static str,
    clauses: &'static [Clause],
}

/// A clause, what it is about, and what shows it: `s:` a built-in scenario, `c:`
/// a case of those in tests/reviewer/, `t:` a test (its file and its name).
type Clause = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const CHAPTERS: &[Chapter] = &[
    Chapter { title: "RFC 959: File Transfer Protocol", clauses: &[
        ("3.1.1.1", "ASCII type: lines end with CR LF on the wire, once", &["t:src/ftp/convert.rs line_ends_are_not_doubled", "s:ftp-getfile"]),
        ("3.1.1.3", "Image type: bytes as they are", &["s:ftp-getbinary"]),
        ("3.1.1.4", "Local type of eight bits", &["c:types"]),
        ("3.3", "Who opens and who closes a data connection", &["t:src/ftp/server/data_tests.rs who_prepares_and_who_connects", "c:PASV, then PORT"]),
        ("3.4.1", "Stream mode: the end of the connection is the end of the file", &["s:ftp-retr", "c:an empty file, an empty listing"]),
        ("3.4.2", "Block mode", &["t:src/ftp/server/tests.rs block_mode_brings_a_file_over_whole", "t:src/ftp/block.rs what_is_written_is_read"]),
        ("3.5", "Restart markers, and 110", &["s:replies/110"]),
        ("4.1.1 USER, PASS", "Logging in", &["s:ftp-login", "s:ftp-wrongpassword", "c:PASS first", "c:USER without a name"]),
        ("4.1.1 USER", "Again, in mid-session", &["c:USER in mid-session"]),
        ("4.1.1 ACCT", "An account, to log in and to store", &["s:replies/332", "s:replies/532", "c:an account that is asked for"]),
        ("4.1.1 CWD, CDUP", "The working directory", &["c:paths that lead out", "c:the older forms of verbs"]),
        ("4.1.1 SMNT", "Not implemented, and said so", &["c:commands that move nothing"]),
        ("4.1.1 REIN", "All over again", &["c:REIN"]),
        ("4.1.1 QUIT", "Goodbye, once a transfer has ended", &["s:replies/221", "c:QUIT in a transfer"]),
        ("4.1.2 PORT", "Six numbers for a data port, and never somebody else's", &["s:ftp-listfiles", "c:PORT to another host: no SYN", "c:PORT to a low port: no SYN", "c:PORT to port 0, octet 300, five numbers: no SYN", "c:PORT refused"]),
        ("4.1.2 PASV", "The server listens", &["s:replies/227", "c:PASV twice", "c:the client connects before RETR", "c:the client connects after RETR", "c:nobody on the passive port", "c:a stranger on the passive port"]),
        ("4.1.2 TYPE", "A, I, L 8; others are refused", &["c:types", "s:replies/504"]),
        ("4.1.2 STRU, MODE", "File, stream, block; page and record are refused where they must be", &["c:structures and modes", "s:replies/551"]),
        ("4.1.3 RETR", "Fetching a file", &["s:ftp-getfile", "c:RETR of nothing", "c:RETR before login", "c:data RST in RETR", "c:a window that stays shut", "c:a window that is shut for a minute"]),
        ("4.1.3 STOR", "Storing a file", &["s:ftp-putfile", "c:a disk full before", "c:a disk full midway", "c:a name not allowed", "c:data RST in STOR"]),
        ("4.1.3 STOU", "Under a name of the server's choice", &["c:STOU twice"]),
        ("4.1.3 APPE", "Adding to a file", &["c:APPE"]),
        ("4.1.3 ALLO", "Superfluous", &["s:replies/202"]),
        ("4.1.3 REST", "For the next command only", &["c:REST -1, x, beyond the end", "c:REST, then something between", "t:src/ftp/server/data_tests.rs restarts"]),
        ("4.1.3 RNFR, RNTO", "Renaming, in this order", &["c:RNFR and RNTO", "c:RNTO alone", "s:replies/350"]),
        ("4.1.3 ABOR", "Without, after and in a transfer, behind a Telnet Synch", &["s:ftp-abort", "s:replies/225", "c:ABOR in a transfer", "c:ABOR after a transfer, and without one", "t:tests/it/ftp_abort.rs each_client_aborts_in_its_own_way", "t:tests/it/ftp_abort.rs lftp_aborts_as_the_real_one_does"]),
        ("4.1.3 DELE", "Deleting a file", &["c:DELE"]),
        ("4.1.3 RMD, MKD, PWD", "Directories; quotes in their names are doubled", &["c:MKD with quotes", "c:RMD of what is not empty", "s:replies/257"]),
        ("4.1.3 LIST, NLST", "Listings, in the server's own format", &["s:ftp-list", "s:ftp-listfiles", "t:src/ftp/listing/mod.rs the_formats"]),
        ("4.1.3 SITE, SYST, HELP, NOOP", "What the server knows, and that it lives", &["c:commands that move nothing", "s:replies/214", "s:replies/215", "s:replies/200"]),
        ("4.1.3 STAT", "Of the session, a directory, a file; in a transfer too", &["s:replies/211", "s:replies/212", "s:replies/213", "c:STAT and NOOP in a transfer"]),
        ("4.2", "A reply: three digits, one line or several", &["t:src/ftp/codec.rs replies_and_what_is_none", "t:src/ftp/reply.rs a_look_alike_line_inside_is_padded"]),
        ("4.2.2", "Every reply code, honestly caused", &["t:src/scenario/builtin.rs every_reply_code_has_a_scenario", "t:src/ftp/server/tests.rs every_reply_code_has_a_cause"]),
        ("5.1", "The minimum implementation", &["t:src/ftp/server/tests.rs after_logging_in", "t:tests/it/real_peers.rs python_ftplib"]),
        ("5.2", "Connections: the server's data port is 20, or below its control port", &["s:ftp-listfiles", "c:nothing prepared, where the control connection's own port will do"]),
        ("5.3", "Commands: Telnet strings that end with CR LF", &["c:pipelined commands in one segment", "c:a command over three segments", "c:one byte a segment", "c:a bare LF, where CR LF is asked for", "c:Telnet options", "c:Telnet's Synch before a command"]),
        ("5.3.1", "Verbs in any case, and their parameters", &["c:verbs in any case", "c:an unknown verb, a known one without its parameter", "t:src/ftp/command.rs parameters_are_checked"]),
        ("5.4", "Which replies may answer which command", &["t:src/ftp/diagram.rs sessions_that_keep_to_the_diagrams", "t:tests/it/ftp_trace.rs every_dialogue_keeps_to_the_diagrams"]),
        ("6", "The state diagrams", &["t:src/ftp/diagram.rs sessions_that_keep_to_the_diagrams", "t:src/ftp/diagram.rs sessions_that_do_not", "t:tests/it/ftp_trace.rs every_dialogue_keeps_to_the_diagrams"]),
    ]},
    Chapter { title: "RFC 1123 §4.1: requirements for FTP", clauses: &[
        ("4.1.2.1", "TYPE L 8 is TYPE I", &["c:types"]),
        ("4.1.2.2", "TYPE A T is TYPE A N, where no difference is made", &["c:types", "c:types, where only the usual are known"]),
        ("4.1.2.3", "Page structure is not for us", &["c:a locked file, no account, page structure"]),
        ("4.1.2.5", "A data connection for each transfer", &["t:src/ftp/server/data_tests.rs who_prepares_and_who_connects", "c:a second RETR in a transfer"]),
        ("4.1.2.6", "PASV is implemented; a client looks for digits only", &["s:replies/227", "t:src/ftp/address.rs a_227_in_the_wild", "c:227 without parentheses"]),
        ("4.1.2.7", "NLST gives names and nothing else; listings are text", &["s:ftp-listfiles", "t:src/ftp/client/many.rs a_server_does_not_choose_where_files_go"]),
        ("4.1.2.8", "What is not of the standard is said behind SITE", &["c:commands that move nothing"]),
        ("4.1.2.9", "STOU says the name in its 1yz reply", &["c:STOU twice"]),
        ("4.1.2.10", "Telnet's end of line", &["t:src/ftp/codec.rs line_ends", "c:names of any bytes go round"]),
        ("4.1.2.11", "Replies: the code decides, several lines are one reply", &["c:a greeting of several lines, one of them a look-alike", "c:a greeting of 10,000 lines", "t:src/ftp/client/tests.rs logins"]),
        ("4.1.2.12", "Telnet options are refused, and Telnet commands taken out", &["c:Telnet options", "t:src/ftp/codec.rs telnet_is_taken_out_and_answered"]),
        ("4.1.2.13", "The minimum implementation, of both ends", &["t:src/ftp/loopback.rs files_go_both_ways_in_every_mode"]),
        ("4.1.3.1", "XPWD, XMKD and their like", &["c:the older forms of verbs"]),
        ("4.1.3.2", "An idle timeout: five minutes unless a scenario says otherwise", &["c:idle just before the limit", "c:idle at the limit", "s:replies/421"]),
        ("4.1.3.3", "Data and control at the same time", &["c:STAT and NOOP in a transfer", "c:ABOR in a transfer"]),
        ("4.1.3.4", "Restart in stream mode, which RFC 3659 made a standard", &["t:src/ftp/server/data_tests.rs restarts"]),
        ("4.1.4.1", "Pathnames are the user's, byte for byte", &["c:names of any bytes go round", "t:src/ftp/path.rs quoting_round_trips"]),
        ("4.1.4.2", "Raw lines", &["c:an unknown verb, a known one without its parameter"]),
        ("4.1.4.4", "Replies that come late are not taken for others", &["t:src/ftp/client/tests.rs a_late_end_is_not_the_end_of_what_comes_next", "c:226 before the data", "c:the end of the data, then 426"]),
    ]},
    Chapter { title: "RFC 2428: extensions for IPv6 and NATs", clauses: &[
        ("2", "EPRT, and 522 for a family that will not do", &["c:EPRT", "c:EPRT of the wrong family, of none", "t:tests/it/ipv6.rs ftp_over_ipv6"]),
        ("3", "EPSV and 229, with any delimiter", &["s:ftp-ipv6", "c:229 with other delimiters", "c:no EPSV, so PASV"]),
        ("4", "After EPSV ALL nothing else", &["c:EPSV, EPSV ALL"]),
    ]},
    Chapter { title: "RFC 3659: extensions to FTP", clauses: &[
        ("2.3", "Dates as YYYYMMDDHHMMSS, UTC", &["c:SIZE and MDTM", "s:ftp-abort"]),
        ("3", "MDTM", &["c:SIZE and MDTM"]),
        ("4", "SIZE, as it would be on the wire in the type in force", &["c:SIZE and MDTM", "c:the end of a file over 4 GiB", "c:SIZE of a file that is too great to be counted as text"]),
        ("5", "REST in stream mode, in both directions", &["c:REST -1, x, beyond the end", "t:src/ftp/server/data_tests.rs uploads", "t:tests/it/real_peers.rs python_ftplib"]),
        ("6", "A trivial virtual file store: `/` parts names, and `..` ends at the root", &["c:paths that lead out", "t:src/ftp/path.rs nothing_leaves_the_root"]),
        ("7", "MLST and MLSD", &["c:MLST and MLSD", "t:tests/it/real_peers.rs python_ftplib"]),
        ("7.2.1", "MLSD of what is no directory is 501", &["c:MLST and MLSD"]),
        ("7.5", "Facts: type, size, modify, perm", &["t:src/ftp/listing/parse.rs our_own_listings_are_understood", "t:src/ftp/listing/parse.rs what_servers_write", "t:src/ftp/server/tests.rs perm_is_what_the_server_permits"]),
        ("7.8, 7.9", "FEAT says which facts are told, and OPTS MLST chooses them", &["c:OPTS MLST", "t:src/ftp/server/tests.rs a_client_chooses_the_facts_of_mlst"]),
    ]},
    Chapter { title: "And besides", clauses: &[
        ("RFC 2389 §3, §4", "FEAT and OPTS, before login too", &["c:FEAT and OPTS before login"]),
        ("RFC 2640 §3, §4", "Names are bytes, UTF-8 or not; LANG", &["c:names of any bytes go round", "c:LANG"]),
        ("RFC 4217 §4", "AUTH is refused, and the session lives", &["c:AUTH without TLS, and the session lives"]),
        ("RFC 7151 §3", "HOST, before USER", &["c:HOST, before USER and after"]),
        ("RFC 1635", "Guests", &["t:src/ftp/server/personas.rs every_persona_has_words_that_are_replies"]),
        ("RFC 854", "The Telnet Synch", &["c:Telnet's Synch before a command", "t:src/ftp/codec.rs a_data_mark_clears_what_is_not_a_line_yet", "s:ftp-abort"]),
    ]},
];

/// Every test in a source file: what stands behind `#[test]`.
fn tests_in(source: &str) -> BTreeSet<&str> {
    let behind = source.split("#[test]").skip(1);
    let names = behind.filter_map(|text| text.split_once("fn ")?.1.split('(').next());
    names.collect()
}

/// What a reference is called on the page; `None` if there is nothing like it.
fn name_of(reference: &str, cases: &BTreeSet<String>) -> Option<String> {
    let (kind, name) = reference.split_once(':')?;
    match kind {
        "s" => {
            let path = root().join(format!("scenarios/{name}.yaml"));
            path.exists().then(|| format!("`wirelab run {name}`"))
        }
        "c" => cases.contains(name).then(|| format!("case “{name}”")),
        _ => {
            let (file, test) = name.split_once(' ')?;
            let source = std::fs::read_to_string(root().join(file)).ok()?;
            tests_in(&source)
                .contains(test)
                .then(|| format!("`{test}`"))
        }
    }
}

fn cases() -> BTreeSet<String> {
    let read = |file: &str| {
        let text = std::fs::read_to_string(root().join("tests/reviewer").join(file));
        text.expect("the reviewer's cases")
    };
    let text = [read("server.cases"), read("client.cases")].join("\n\n");
    let blocks = text.split("\n\n").filter(|block| block.contains("\n= "));
    blocks
        .filter_map(|block| block.lines().next())
        .map(str::to_owned)
        .collect()
}

/// The page, and the references that lead nowhere.
fn page() -> (String, Vec<String>) {
    let cases = cases();
    let (mut page, mut lost) = (String::from(HEAD), Vec::new());
    for chapter in CHAPTERS {
        page += &format!(
            "\n## {}\n\n| Clause | What it is about | Shown by |\n|---|---|---|\n",
            chapter.title
        );
        for (clause, about, shown_by) in chapter.clauses {
            assert!(!shown_by.is_empty(), "{clause}: shown by nothing");
            let names = shown_by.iter().map(|reference| {
                name_of(reference, &cases).unwrap_or_else(|| {
                    lost.push(format!("{clause}: {reference}"));
                    String::new()
                })
            });
            let names: Vec<String> = names.collect();
            page += &format!("| {clause} | {about} | {} |\n", names.join(", "));
        }
    }
    (page, lost)
}

const HEAD: &str = "# What of the RFCs is shown where

The servers and clients of the lab implement these clauses. Each is shown by a built-in
scenario, which you can play; by a case of `tests/reviewer/server.cases` or
`client.cases` beside it, which says what goes in and what the wire shows; or by a test
of the source. This page is written by a test, which fails when one of them is gone.
";

#[test]
fn every_clause_is_shown_by_something_that_exists() {
    let (page, lost) = page();
    assert_eq!(lost, Vec::<String>::new());
    let path = root().join("book/src/ftp-coverage.md");
    if is_blessing() {
        std::fs::write(&path, &page).expect("room for a page");
    }
    let kept = std::fs::read_to_string(&path).expect("the page");
    assert!(
        kept == page,
        "book/src/ftp-coverage.md is not what the table says"
    );
    let summary = std::fs::read_to_string(root().join("book/src/SUMMARY.md"));
    assert!(summary.is_ok_and(|text| text.contains("(ftp-coverage.md)")));
}

#[test]
fn a_reference_that_leads_nowhere_is_noticed() {
    let cases = cases();
    assert!(files_below(&root().join("scenarios/replies")).len() > 30);
    for wrong in [
        "s:ftp-nosuch",
        "c:no such case",
        "t:src/ftp/codec.rs no_such_test",
        "t:src/ftp/codec.rs lines",
        "x",
    ] {
        assert_eq!(name_of(wrong, &cases), None, "{wrong}");
    }
    for right in ["s:ftp-abort", "c:REIN", "t:src/ftp/codec.rs line_ends"] {
        assert!(name_of(right, &cases).is_some(), "{right}");
    }
}
