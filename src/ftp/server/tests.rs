//! What a strict reviewer tries on a server: lines in, codes out, for every persona.

use proptest::prelude::*;

use super::*;
use crate::ftp::loopback::{Pair, config};

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

fn check(persona: &str, cases: &[(&str, &str)]) {
    for (lines, expected) in cases {
        let bytes = lines.replace('|', "\r\n") + "\r\n";
        let came = codes_of(persona, bytes.as_bytes(), usize::MAX).join(" ");
        assert_eq!(came, *expected, "{persona}: {lines}");
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
                ("XYZZY plugh", "500"),
                ("RETR x", "530"),
                ("PASS x", "503"),
                ("USER", "501"),
                ("USER ", "501"),
                ("ACCT x", "503"),
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
                ("USER fred|NOOP|PASS krueger", "331 200 503"),
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
            "200 200 504 200 504 504 504 501",
        ),
        (
            "MODE S|MODE B|MODE Z|STRU F|STRU R|STRU X",
            "200 504 504 200 504 504",
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
        ("ALLO 100|ALLO x|NOOP|SITE|SITE WHAT", "202 501 200 501 504"),
        (
            "SYST|STAT|STAT pub|STAT readme.txt|STAT nothing",
            "215 211 212 213 450",
        ),
        (
            "ABOR|REST 10|REST -1|REST x|SIZE readme.txt|MDTM readme.txt|SIZE pub",
            "225 350 501 501 213 213 550",
        ),
        ("RETR nothing|RETR pub|RETR busy.txt", "550 550 450"),
        ("USER fred|PASS krueger", "331 230"),
        ("SMNT x", "502"),
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

#[test]
fn lines_of_any_length() {
    for (length, expected) in [(600, "500 200"), (5_000, "500 200"), (100_000, "500 200")] {
        let mut bytes = vec![b'x'; length];
        bytes.extend_from_slice(b"\r\nNOOP\r\n");
        let came = codes_of("vsftpd", &bytes, usize::MAX).join(" ");
        assert_eq!(came, expected, "{length}");
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
    fn any_split_gives_the_same_replies(cut in 1usize..40) {
        let lines = "USER fred|PASS krueger|PWD|TYPE I|MKD x|CWD x|PASV|STAT|QUIT";
        let bytes = lines.replace('|', "\r\n") + "\r\n";
        let whole = codes_of("vsftpd", bytes.as_bytes(), usize::MAX);
        prop_assert_eq!(codes_of("vsftpd", bytes.as_bytes(), cut), whole);
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
