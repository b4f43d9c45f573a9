//! What a strict reviewer tries on a server: lines in, codes out, for every persona.

use proptest::prelude::*;

use super::*;
use crate::ftp::client::{DataMode, PutHow, Send, Verb};
use crate::ftp::files::{Content, NewEntry};
use crate::ftp::loopback::{Pair, config};
use crate::ftp::path::VirtualPath;

const LOGIN: &str = "USER fred\r\nPASS krueger\r\n";

/// The codes that a server answers to these bytes, the greeting left out.
fn codes_of(persona: &str, bytes: &[u8], cut: usize) -> Vec<String> {
    let mut pair = Pair::new(config(persona), "raw", None);
    pair.settle();
    pair.cut = cut;
    let said = pair.say(bytes);
    codes(&said)
}

/// The codes of the last lines of replies.
fn codes(said: &[String]) -> Vec<String> {
    let last = |line: &String| {
        let text = line.strip_prefix("< ")?;
        let code = text
            .get(..3)
            .filter(|c| c.bytes().all(|b| b.is_ascii_digit()))?;
        (text.as_bytes().get(3) == Some(&b' ')).then(|| code.to_owned())
    };
    said.iter().filter_map(last).collect()
}

/// Compares the answers to lines, which `|` separates, with codes, of which `/`
/// separates those that personas differ in.
fn check(persona: &str, cases: &[(&str, &str)]) {
    for (lines, expected) in cases {
        let bytes = lines.replace('|', "\r\n") + "\r\n";
        let came = codes_of(persona, bytes.as_bytes(), usize::MAX);
        let words: Vec<&str> = expected.split_whitespace().collect();
        let fits = |(came, word): (&String, &&str)| word.split('/').any(|code| code == came);
        let all = came.len() == words.len() && came.iter().zip(&words).all(fits);
        assert!(all, "{persona}: {lines}: {} for {expected}", came.join(" "));
    }
}

#[test]
fn before_logging_in() {
    for persona in Persona::NAMES {
        check(
            persona,
            &[
                ("NOOP", "200"),
                ("", "500"),
                (" NOOP", "500"),
                ("NO\0OP", "500"),
                ("RETR x", "530"),
                ("PASS x", "503/530"),
                ("USER", "501"),
                ("USER ", "501"),
                ("ACCT x", "503/530/502"),
                ("SYST|HELP|HELP USER", "215 214 214"),
                (
                    "user FRED|pass x",
                    if *persona == "bisonware" {
                        "530 503"
                    } else {
                        "331 530"
                    },
                ),
                (
                    "USER fred|PASS wrong|USER fred|PASS krueger",
                    "331 530 331 230",
                ),
                ("USER fred|NOOP|PASS krueger", "331 200 503/530"),
                ("QUIT", "221"),
            ],
        );
    }
}

#[test]
fn after_logging_in() {
    let cases = [
        ("PWD", "257"),
        ("XPWD", "257"),
        (
            "CWD pub|XCWD /|CDUP|CWD nowhere|CWD readme.txt",
            "250 250 250 550 550",
        ),
        ("CWD ../../etc|CWD ..//pub|PWD", "550 250 257"),
        (
            "MKD a \"b\"|CWD a \"b\"|PWD|CDUP|RMD a \"b\"",
            "257 250 257 250 250",
        ),
        (
            "MKD pub|RMD pub|RMD nothing|RMD readme.txt",
            "550 550 550 550",
        ),
        (
            "RNTO x|RNFR nothing|RNFR readme.txt|RNTO new.txt|SIZE new.txt",
            "503 550 350 250 213",
        ),
        ("RNFR readme.txt|NOOP|RNTO x", "350 200 503"),
        (
            "DELE readme.txt|DELE readme.txt|DELE busy.txt|DELE pub",
            "250 550 450 550",
        ),
        (
            "TYPE I|TYPE A N|TYPE A T|TYPE L 8|TYPE L 7|TYPE E|TYPE X|TYPE",
            "200 200 200/504/500 200 504/500 504/500 504/500 501",
        ),
        (
            "MODE S|MODE B|MODE Z|STRU F|STRU R|STRU X",
            "200 504/200 504 200 504 504",
        ),
        (
            "PORT 10,2,0,2,4,15|PORT 10,2,0,9,4,15|PORT 10,2,0,2,0,20",
            "200 500 500",
        ),
        (
            "PORT 10,2,0,2,0,0|PORT 10,2,0,300,4,15|PORT 1,2,3,4,5",
            "501 501 501",
        ),
        ("PASV|PASV|PORT 10,2,0,2,4,15", "227 227 200"),
        (
            "ALLO 100|ALLO x|NOOP|SITE|SITE WHAT",
            "202 501 200 501 504/500",
        ),
        (
            "SYST|STAT|STAT pub|STAT readme.txt|STAT nothing",
            "215 211 212 213 450/213",
        ),
        (
            "ABOR|REST 10|REST -1|REST x|SIZE readme.txt|MDTM readme.txt|SIZE pub",
            "225/226 350 501 501 213 213 550",
        ),
        ("RETR nothing|RETR pub|RETR busy.txt", "550 550 450"),
        ("USER fred|PASS krueger", "331 230"),
        ("SMNT x", "502/500"),
    ];
    for persona in Persona::NAMES {
        for (lines, expected) in cases {
            let lines = format!("USER fred|PASS krueger|{lines}");
            let expected = format!("331 230 {expected}");
            check(persona, &[(&lines, &expected)]);
        }
    }
}

#[test]
fn what_is_special_to_vsftpd() {
    check(
        "vsftpd",
        &[
            ("FEAT|OPTS UTF8 ON|OPTS X|AUTH TLS", "211 200 501 502"),
            ("REIN", "502"),
            (
                "USER a|PASS b|USER a|PASS b|USER a|PASS b|NOOP",
                "331 530 331 530 331 530",
            ),
            (
                "USER fred|PASS krueger|EPSV|EPSV 2|EPSV 9|EPSV ALL|PASV|PORT 10,2,0,2,4,15",
                "331 230 229 522 522 200 501 501",
            ),
            (
                "USER fred|PASS krueger|EPRT !1!10.2.0.2!1039!",
                "331 230 200",
            ),
            (
                "USER fred|PASS krueger|RETR readme.txt|LIST|STOR x",
                "331 230 425 425 425",
            ),
        ],
    );
}

/// What vsftpd says when something is wrong with a file, command by command; the words
/// are those in the program of Debian, 3.0.3.
#[test]
fn vsftpd_says_of_each_command_that_it_failed() {
    let mut pair = Pair::new(config("vsftpd"), "raw", None);
    pair.settle();
    pair.say(LOGIN.as_bytes());
    for (line, answer) in [
        ("CWD nowhere", "550 Failed to change directory."),
        ("CWD readme.txt", "550 Failed to change directory."),
        ("MKD pub", "550 Create directory operation failed."),
        ("RMD nowhere", "550 Remove directory operation failed."),
        ("DELE nowhere", "550 Delete operation failed."),
        ("RNFR nowhere", "550 RNFR command failed."),
        ("RETR nowhere", "550 Failed to open file."),
        ("SIZE nowhere", "550 Could not get file size."),
        ("MDTM nowhere", "550 Could not get file modification time."),
        ("SITE CHMOD 644 nowhere", "550 SITE CHMOD command failed."),
        ("SITE DANCE", "500 Unknown SITE command."),
    ] {
        let said = pair.say(format!("{line}\r\n").as_bytes());
        assert_eq!(said, [format!("< {answer}")], "{line}");
    }
    let said = pair.say(b"RNFR readme.txt\r\nRNTO pub/none/x\r\n");
    assert_eq!(said, ["< 350 Ready for RNTO.", "< 550 Rename failed."]);
}

/// Every reply code of RFC 959 §4.2.2, each caused honestly, without a rule.
#[test]
fn every_reply_code_has_a_cause() {
    let mut seen = BTreeMap::new();
    let mut note = |said: &[String]| {
        for line in said {
            let code = line.strip_prefix("< ").and_then(|l| l.get(..3));
            seen.insert(code.unwrap_or_default().to_owned(), ());
        }
    };
    let mut config = config("textbook");
    config.opens = Instant::from_nanos(30_000_000_000);
    let account = |needed| {
        let mut user = User::with_password("x");
        user.account = Some(Account {
            name: "lab".into(),
            needed,
        });
        user
    };
    config
        .users
        .insert("ann".into(), account(AccountNeeded::ToLogIn));
    config
        .users
        .insert("bob".into(), account(AccountNeeded::ToStore));
    let mut quota = User::with_password("x");
    quota.quota = Some(10);
    config.users.insert("joe".into(), quota);
    let early =
        "\r\nXYZZY\r\nRETR\r\nSMNT x\r\nTYPE E\r\nPASS x\r\nLIST\r\nFEAT\r\nHELP\r\nSYST\r\n";
    let ann = "USER ann\r\nPASS x\r\nACCT lab\r\nALLO 1\r\nTYPE E\r\nTYPE\r\nABOR\r\nREST 1\r\nPWD\r\nCWD pub\r\n";
    let more =
        "STAT\r\nSTAT /pub\r\nSTAT /readme.txt\r\nPASV\r\nRETR /busy.txt\r\nRETR /no\r\nREIN\r\n";
    let bob = "USER bob\r\nPASS x\r\nSTOR x\r\nSTRU P\r\nLIST\r\nSTRU F\r\nPORT 10,2,0,2,9,9\r\nRETR /readme.txt\r\n";
    let mut pair = Pair::new(config.clone(), "raw", None);
    pair.settle();
    pair.settle();
    note(&pair.transcript);
    for lines in [early, ann, more, bob, "QUIT\r\n"] {
        note(&pair.say(lines.as_bytes()));
    }
    // What needs a client with a data connection, or other files.
    config.opens = Instant::ZERO;
    let mut pair = Pair::new(config.clone(), "raw", Some(DataMode::Passive));
    let put = |text: &str| Verb::Put {
        remote: "new".into(),
        content: Content::bytes(text),
        how: PutHow::Store,
        offset: 0,
    };
    let get = |name: &str| Verb::Get {
        remote: name.into(),
        offset: 0,
        abort_after: None,
    };
    let block = Verb::Send(Send::line("MODE B"));
    pair.logged_in(&[
        Verb::Binary,
        get("bad.bin"),
        block,
        put(&"x".repeat(40_000)),
    ]);
    pair.play(&[Verb::Send(Send::line("MODE S")), put("x")]);
    note(&pair.transcript);
    let mut files = crate::ftp::loopback::sample_files();
    files.set_capacity(0);
    let owned = NewEntry {
        owner: Some("root".into()),
        ..NewEntry::default()
    };
    files.add(
        VirtualPath::parse("/root").unwrap(),
        owned,
        Timestamp::DEFAULT_CLOCK,
    );
    let mut pair = Pair::with_files(config.clone(), files.clone(), "raw", Some(DataMode::Active));
    let name = |name: &str| Verb::Send(Send::line(name));
    pair.logged_in(&[put("x")]);
    note(&pair.transcript);
    files.set_capacity(1 << 20);
    let mut pair = Pair::with_files(config.clone(), files, "raw", Some(DataMode::Active));
    pair.play(&[
        Verb::Open,
        Verb::Login {
            user: "joe".into(),
            password: "x".into(),
            account: None,
        },
        put(&"x".repeat(100)),
        name("STOR /root/x"),
    ]);
    note(&pair.transcript);
    config.persona.limits.sessions = Some(0);
    let mut pair = Pair::new(config, "raw", None);
    pair.settle();
    note(&pair.transcript);
    let mut pair = Pair::new(slow(), "raw", Some(DataMode::Passive));
    pair.logged_in(&[Verb::Get {
        remote: "pub/data.bin".into(),
        offset: 0,
        abort_after: Some(1),
    }]);
    note(&pair.transcript);
    let article = "110 120 125 150 200 202 211 212 213 214 215 220 221 225 226 227 230 250 257 \
                   331 332 350 421 425 426 450 451 452 500 501 502 503 504 530 532 550 551 552 553";
    let missing: Vec<&str> = article
        .split_whitespace()
        .filter(|code| !seen.contains_key(*code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A server that sends slowly.
fn slow() -> Config {
    let mut config = config("textbook");
    config.rules.push(Rule {
        data: Some(DataFault {
            bytes_per_second: Some(1000),
            ..DataFault::default()
        }),
        ..Rule::on(Trigger::Command("RETR".into()))
    });
    config
}

#[test]
fn what_a_session_moved_is_told_at_its_end() {
    for (persona, farewell) in [
        (
            "wu-ftpd",
            "221-You have transferred 10008 bytes in 2 files.",
        ),
        (
            "pure-ftpd",
            "221-Goodbye. You uploaded 0 and downloaded 10 kbytes.",
        ),
    ] {
        let mut pair = Pair::new(config(persona), "raw", Some(DataMode::Passive));
        let get = |name: &str| Verb::Get {
            remote: name.into(),
            offset: 0,
            abort_after: None,
        };
        let list = Verb::List(None);
        let verbs = [Verb::Binary, get("readme.txt"), list, get("pub/data.bin")];
        pair.logged_in(&verbs);
        pair.play(&[Verb::Quit]);
        let said = pair.transcript.join("\n");
        assert!(said.contains(farewell), "{said}");
    }
}

#[test]
fn a_greeting_names_the_host() {
    for (persona, greeting) in [
        ("wu-ftpd", "< 220 server FTP server (Version wu"),
        ("proftpd", "< 220 ProFTPD Server (Debian) [10.2.0.1]"),
    ] {
        let mut pair = Pair::new(config(persona), "raw", None);
        pair.settle();
        assert!(pair.transcript[0].starts_with(greeting), "{persona}");
    }
}

#[test]
fn a_client_chooses_the_facts_of_mlst() {
    let mut pair = Pair::new(config("textbook"), "raw", None);
    pair.settle();
    let mut say = |line: &str| pair.say(line.as_bytes()).join("|").replace("< ", "");
    say(LOGIN);
    let whole = say("MLST readme.txt\r\n");
    assert!(whole.contains("| type=file;size=8;modify=") && whole.contains(";perm=adfrw; /readme"));
    assert_eq!(say("OPTS MLST Size;x;\r\n"), "200 MLST OPTS size;");
    let part = say("MLST readme.txt\r\n");
    assert!(part.contains("| size=8; /readme.txt|"), "{part}");
    let features = say("FEAT\r\n");
    assert!(
        features.contains("| MLST type;size*;modify;perm;|"),
        "{features}"
    );
    assert_eq!(say("OPTS MLST\r\n"), "200 MLST OPTS");
    let none = say("MLST readme.txt\r\n");
    assert!(none.contains("|  /readme.txt|"), "{none}");
}

/// Files of several owners and permission bits.
fn guarded_files() -> Files {
    let clock = Timestamp::DEFAULT_CLOCK;
    let mut files = Files::new(clock);
    for (name, mode) in [("mine", None), ("open", Some(0o666)), ("shut", Some(0o644))] {
        for (path, text) in [("", None), ("/x", Some("x")), ("/void", None)] {
            // A directory is searched by its own bits, and the files get the plain ones.
            let bits = |bits: u16| if text.is_some() { bits } else { bits | 0o111 };
            let new = NewEntry {
                content: text.map(Content::bytes),
                owner: mode.map(|_| "root".into()),
                mode: mode.map(bits),
                ..NewEntry::default()
            };
            let path = format!("/{name}{path}");
            files.add(VirtualPath::parse(&path).unwrap(), new, clock);
        }
    }
    let secret = NewEntry {
        content: Some(Content::bytes("x")),
        owner: Some("root".into()),
        mode: Some(0o600),
        ..NewEntry::default()
    };
    files.add(VirtualPath::parse("/secret").unwrap(), secret, clock);
    files
}

/// What the perm fact says (RFC 3659 §7.5.5) is what comes of the commands.
#[test]
fn perm_is_what_the_server_permits() {
    let say = |persona: &str, user: &str, lines: &str| {
        let mut config = config(persona);
        let guest = User {
            password: Password::Any,
            ..User::with_password("")
        };
        config.users.insert("anonymous".into(), guest);
        let mut pair = Pair::with_files(config, guarded_files(), "raw", None);
        pair.settle();
        let lines = format!("USER {user}|PASS krueger|{lines}|").replace('|', "\r\n");
        pair.say(lines.as_bytes())
    };
    let paths = [
        "/mine",
        "/open",
        "/shut",
        "/mine/x",
        "/open/x",
        "/shut/x",
        "/mine/void",
        "/open/void",
        "/shut/void",
        "/secret",
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (user, path) in ["fred", "anonymous"]
        .iter()
        .flat_map(|u| paths.map(|p| (u, p)))
    {
        let facts = say("textbook", user, &format!("MLST {path}")).join("|");
        let perm = facts
            .split("perm=")
            .nth(1)
            .and_then(|rest| rest.split(';').next());
        let perm = perm.unwrap_or_else(|| panic!("{facts}"));
        seen.insert(perm.to_owned());
        let trials: &[(char, &str, &str)] = match facts.contains("type=dir") {
            true => &[
                ('c', "STOR {}/new", "425"),
                ('d', "RMD {}", "250"),
                ('e', "CWD {}", "250"),
                ('f', "RNFR {}|RNTO {}2", "250"),
                ('l', "LIST {}", "425"),
                ('m', "MKD {}/new", "257"),
                ('p', "DELE {}/x", "250"),
                ('r', "RETR {}", "425"),
            ],
            false => &[
                ('a', "APPE {}", "425"),
                ('d', "DELE {}", "250"),
                ('e', "CWD {}", "250"),
                ('f', "RNFR {}|RNTO {}2", "250"),
                ('r', "RETR {}", "425"),
                ('w', "STOR {}", "425"),
            ],
        };
        for (letter, lines, well) in trials {
            // Neither a directory that is not empty nor a file that is not there tells
            // anything of permissions.
            let void = path.ends_with("void");
            if *letter == 'd' && perm.contains('e') && !void || *letter == 'p' && void {
                continue;
            }
            let lines = lines.replace("{}", path);
            let told = codes(&say("textbook", user, &lines));
            let done = told.last().is_some_and(|code| code == well);
            assert_eq!(
                perm.contains(*letter),
                done,
                "{user} {path} {perm}: {lines} {told:?}"
            );
        }
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    let all = ["", "adfrw", "cdeflmp", "celmp", "defl", "df", "el", "r"];
    assert_eq!(seen, all);
}

#[test]
fn block_mode_brings_a_file_over_whole() {
    let mut pair = Pair::new(config("textbook"), "raw", Some(DataMode::Passive));
    let text = "line\n".repeat(10_000);
    let done = pair.logged_in(&[
        Verb::Send(Send::line("MODE B")),
        Verb::Put {
            remote: "new".into(),
            content: Content::bytes(text.clone()),
            how: PutHow::Store,
            offset: 0,
        },
    ]);
    let marks = codes(&pair.transcript);
    assert_eq!(marks.iter().filter(|code| *code == "110").count(), 3);
    assert_eq!(done.replies.last().map(|r| r.code().get()), Some(226));
    let path = VirtualPath::parse("/new").unwrap();
    assert_eq!(
        pair.server.files().get(&path).unwrap().size(),
        text.len() as u64
    );
}

#[test]
fn lines_of_any_length() {
    for (length, expected) in [(600, "500 200"), (5_000, "500 200"), (100_000, "500 200")] {
        let mut bytes = vec![b'x'; length];
        bytes.extend_from_slice(b"\r\nNOOP\r\n");
        let came = codes_of("textbook", &bytes, usize::MAX).join(" ");
        assert_eq!(came, expected, "{length}");
        if length > 4096 {
            assert_eq!(codes_of("vsftpd", &bytes, usize::MAX).join(" "), "");
            assert_eq!(codes_of("pure-ftpd", &bytes, usize::MAX).join(" "), "421");
        }
    }
}

#[test]
fn a_session_that_says_nothing_is_closed() {
    let mut config = config("vsftpd");
    config.persona.limits.idle = Some(std::time::Duration::from_secs(30));
    let mut pair = Pair::new(config, "raw", None);
    pair.settle();
    assert_eq!(codes(&pair.transcript), ["220", "421"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same_replies(cut in 1usize..40, pieces in prop::collection::vec(1usize..9, 0..12)) {
        let lines = "USER fred|PASS krueger|PWD|TYPE I|MKD x|CWD x|PASV|STAT|QUIT";
        let bytes = lines.replace('|', "\r\n") + "\r\n";
        let whole = codes_of("vsftpd", bytes.as_bytes(), usize::MAX);
        prop_assert_eq!(&codes_of("vsftpd", bytes.as_bytes(), cut), &whole);
        // And into pieces of any lengths, with time between them.
        let mut pair = Pair::new(config("vsftpd"), "raw", None);
        pair.settle();
        let (mut rest, mut said) = (bytes.as_bytes(), Vec::new());
        for length in pieces {
            let (piece, later) = rest.split_at(length.min(rest.len()));
            said.extend(pair.say(piece));
            rest = later;
        }
        said.extend(pair.say(rest));
        prop_assert_eq!(codes(&said), whole);
    }

    #[test]
    fn any_bytes_leave_it_answering(junk: Vec<u8>, verbs in "(LIST|RETR|STOR|PASV|PORT|ABOR|USER|\r\n| |,|1|\\*){0,40}") {
        let mut bytes = LOGIN.as_bytes().to_vec();
        bytes.extend_from_slice(&junk);
        // Whatever Telnet command or line was begun ends here.
        bytes.extend_from_slice(b"\xff\xf0\r\n");
        bytes.extend_from_slice(verbs.as_bytes());
        let mut pair = Pair::new(config("bisonware"), "raw", None);
        pair.settle();
        pair.say(&bytes);
        pair.settle();
        let said = pair.say(b"\r\nNOOP\r\n");
        let codes = codes(&said);
        prop_assert_eq!(codes.last().map(String::as_str), Some("200"));
    }
}
