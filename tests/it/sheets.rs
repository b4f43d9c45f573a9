//! The sheets that students get: the frame of a capture's page, with nothing of
//! the capture, on screens by day and by night, in a pocket and on paper.

use std::path::Path;

use serde_json::json;
use wirelab::dissect::Dissector;
use wirelab::render::{Page, Subject};

use crate::chromium::{Browser, find};
use crate::exercise::{answers, json, read, run, write};
use crate::oracle_browser::assert_quiet;

/// A name that is markup in HTML and in Markdown, and turns what follows it.
const HOSTILE: &str = "José <img src=x onerror=window.owned=1></title><script>window.owned=2</script> {{body}} \u{202e}";
/// What a page makes of it.
const TEXT: &str = "José <img src=x onerror=window.owned=1></title><script>window.owned=2</script> {{body}} \\u{202e}";

const CLASS: &str = "--roster roster.csv --secret-file secret";

/// Makes an exercise for two students, and grades what the first hands in.
fn class(exercise: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let here = folder.path();
    write(
        here,
        "roster.csv",
        &format!("id,name\na,\"{HOSTILE}\"\nb,Bo\n"),
    );
    write(here, "secret", "a secret of this class alone\n");
    let done = run(here, &format!("make {exercise} {CLASS} --out made"));
    assert_eq!(done.0, 0, "{}", done.2);
    std::fs::create_dir(here.join("in")).expect("a folder");
    let handed_in = "question,answer\nclient-ip,10.9.9.9\nclient-isn,0\nhandshake-frames,\"3,4,5\"\n\
                     user-name,<svg onload=window.owned=3>\n";
    write(here, "in/a.csv", handed_in);
    let grade = format!("grade {exercise} {CLASS} --answers in --out graded");
    assert_eq!(run(here, &grade).0, 0);
    folder
}

fn html(folder: &Path, name: &str) -> String {
    String::from_utf8(read(folder, name)).expect("text")
}

/// The part of a page's policy that is not about its script, and its script's.
fn policy(page: &str) -> (&str, &str) {
    let start = "<meta http-equiv=\"Content-Security-Policy\" content=\"";
    let (_, rest) = page.split_once(start).expect("a policy");
    let (policy, _) = rest.split_once('"').expect("its end");
    policy.split_once("script-src ").expect("scripts")
}

#[test]
fn sheets_have_the_frame_of_a_report_and_no_answers() {
    let report = Page::new(Subject::default()).finish(&Dissector::new());
    let style = |page: &str| {
        page.split_once("<style>")
            .map(|(_, rest)| rest[..2000].to_owned())
    };
    for exercise in ["ftp-basics", "file-transfer", "password-guessing"] {
        let class = class(exercise);
        let folder = class.path();
        for name in ["made/students/a/sheet.html", "graded/feedback/a.html"] {
            let sheet = html(folder, name);
            assert_eq!(policy(&sheet), (policy(&report).0, "'none'"), "{name}");
            assert_eq!(style(&sheet), style(&report), "{name}");
            assert!(sheet.len() < 40_000, "{name}: {} bytes", sheet.len());
            assert!(!sheet.contains("<script") && !sheet.contains("<img"));
        }
        // Long answers do not stand there by accident.
        let right = &answers(&json(folder, "made/teacher/key.json"))["a"];
        let telling = right.iter().filter(|(_, answer)| answer.len() > 4);
        let mut count = 0;
        let sheet = html(folder, "made/students/a/sheet.html");
        for (question, answer) in telling.filter(|(_, a)| !a.contains(' ')) {
            assert!(!sheet.contains(answer.as_str()), "{question}: {answer}");
            count += 1;
        }
        assert!(count >= 4, "{exercise}: {count} answers were looked for");
        assert!(!sheet.contains('`'), "code is code");
        if exercise == "ftp-basics" {
            assert!(sheet.contains("<code>wirelab show</code>"));
        }
        assert!(!sheet.contains("Seed") && !sheet.contains("Frame 1"));
        let markdown = html(folder, "made/students/a/sheet.md");
        assert!(!markdown.contains("<script>") && !markdown.contains('\u{202e}'));
    }
}

#[test]
fn sheets_are_read_on_every_screen_and_on_paper() {
    let Some(name) = find("sheets_are_read_on_every_screen_and_on_paper") else {
        return;
    };
    let class = class("ftp-basics");
    let mut browser = Browser::start(name);
    for (file, picture) in [
        ("made/students/a/sheet.html", "sheet"),
        ("graded/feedback/a.html", "feedback"),
    ] {
        browser.dress(1024, 900, "screen", "light");
        let path = class.path().join(file);
        browser.open(&format!("file://{}", path.display()));
        browser.picture(&format!("{picture}-light"));
        // What stands in a name or in an answer is text.
        let name = "[...document.querySelectorAll('dd')].map((d) => d.textContent)[1]";
        assert_eq!(browser.evaluate(name), TEXT);
        assert_eq!(browser.evaluate("window.owned ?? 0"), 0);
        let foreign = "document.images.length + document.scripts.length + document.querySelectorAll('svg').length";
        assert_eq!(browser.evaluate(foreign), 0);
        let tasks = "document.querySelectorAll('main section h2').length";
        assert_eq!(browser.evaluate(tasks), 20);

        let ground = "getComputedStyle(document.body).backgroundColor";
        let day = browser.evaluate(ground);
        browser.dress(1024, 900, "screen", "dark");
        assert_ne!(browser.evaluate(ground), day);
        browser.picture(&format!("{picture}-dark"));

        browser.dress(390, 844, "screen", "light");
        let overflow = "document.documentElement.scrollWidth - innerWidth";
        assert_eq!(browser.evaluate(overflow), 0, "{file} on a telephone");
        browser.picture(&format!("{picture}-narrow"));

        browser.dress(794, 1123, "print", "dark");
        assert_eq!(
            browser.evaluate(ground),
            "rgb(255, 255, 255)",
            "paper is white"
        );
        browser.picture(&format!("{picture}-print"));
        let line = "[...document.querySelectorAll('.form')].filter((f) => parseFloat(getComputedStyle(f, '::after').height) > 20).length";
        let lines = if picture == "sheet" { 20 } else { 0 };
        assert_eq!(browser.evaluate(line), lines, "room to write");

        let tree = browser.call("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().expect("nodes");
        let is_there = |role: &str, name: &str| {
            nodes.iter().any(|node| {
                let heard = node["name"]["value"].as_str().unwrap_or_default();
                node["ignored"] != true && node["role"]["value"] == role && heard.contains(name)
            })
        };
        assert!(is_there("heading", "Reading an FTP session"));
        assert!(is_there("heading", "2. Which hardware address"));
        assert!(is_there("region", "2. Which hardware address"));
        if picture == "feedback" {
            // Nobody has to see colours to know what is right.
            assert!(is_there("StaticText", "Wrong") && is_there("StaticText", "No answer"));
        }
        // A page of its own would not run what came to stand in it.
        browser.evaluate(
            "const s = document.createElement('script'); s.textContent = 'window.owned = 4'; \
             document.body.append(s)",
        );
        assert_eq!(browser.evaluate("window.owned ?? 0"), 0);
        // The policy's refusal is the only complaint.
        assert_eq!(browser.complaints.len(), 1, "{:?}", browser.complaints);
        assert!(browser.complaints[0].contains("Content Security Policy"));
        browser.complaints.clear();
        assert_quiet(&browser);
    }
}
