//! The book: everything in it that wirelab prints is printed while it is built.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::{files_below, root};

/// The chapters' files, in the order of the summary.
fn chapters() -> Vec<String> {
    let summary = std::fs::read_to_string(root().join("book/src/SUMMARY.md")).expect("a summary");
    let links = summary.split("](").skip(1);
    links
        .map(|link| link.split(')').next().unwrap_or_default().to_owned())
        .collect()
}

fn text(chapter: &str) -> String {
    let path = root().join("book/src").join(chapter);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// A book as mdBook hands it over.
fn book(chapters: &[(&str, &str)]) -> Value {
    let chapters = chapters.iter().map(|(path, content)| {
        json!({ "Chapter": {
            "name": path, "path": path, "source_path": path, "content": content,
            "number": [1], "sub_items": [], "parent_names": [],
        }})
    });
    let items: Vec<Value> = [json!("Separator")].into_iter().chain(chapters).collect();
    json!([{ "root": "/", "renderer": "html", "mdbook_version": "0.5.4" }, { "items": items }])
}

/// Runs the preprocessor over what it is handed.
fn preprocess(input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .arg("mdbook")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("wirelab starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// The chapters' texts as the renderer gets them.
fn filled(chapters: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let output = preprocess(&book(chapters).to_string());
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(2));
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let book: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let items = book["items"].as_array().expect("a list").iter();
    let contents = items.filter_map(|item| item["Chapter"]["content"].as_str());
    Ok(contents.map(str::to_owned).collect())
}

/// A page without what it shows of how pages are written, and that: it stands in fences
/// of four marks.
fn without_samples(text: &str) -> (String, Vec<String>) {
    let (mut rest, mut samples) = (String::new(), Vec::new());
    let mut sample: Option<String> = None;
    for line in text.split_inclusive('\n') {
        if line.starts_with("````") {
            match sample.take() {
                Some(whole) => samples.push(whole),
                None => sample = Some(String::new()),
            }
        } else {
            sample.as_mut().unwrap_or(&mut rest).push_str(line);
        }
    }
    assert!(sample.is_none(), "a fence of four is not closed");
    (rest, samples)
}

/// What a page says can be written is written in it too, and so is filled in.
#[test]
fn what_is_shown_of_a_page_is_done_in_it() {
    let (rest, samples) = without_samples(&text("own-book.md"));
    assert!(samples.len() >= 5);
    for sample in samples {
        assert!(rest.contains(&sample), "{sample}");
    }
}

#[test]
fn every_chapter_is_filled() {
    let chapters = chapters();
    let texts: Vec<String> = chapters.iter().map(|c| text(c)).collect();
    let pairs: Vec<(&str, &str)> = chapters
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let filled = filled(&pairs).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(filled.len(), chapters.len());
    for (chapter, filled) in chapters.iter().zip(&filled) {
        let (filled, _) = without_samples(filled);
        assert!(!filled.contains("{{#wirelab"), "{chapter} asks for more");
        assert!(!filled.contains("```wirelab"), "{chapter} asks for more");
        assert!(!filled.contains("panicked"), "{chapter}");
    }
    let first = &filled[0];
    assert!(first.contains(" 13 3.211164 10.2.0.2 10.2.0.1    FTP       PASS krueger\n"));
    assert!(first.contains("this book can speak of frame\n13 and"));
}

#[test]
fn the_summary_names_every_chapter() {
    let mut chapters = chapters();
    chapters.push("SUMMARY.md".to_owned());
    chapters.sort();
    let folder = root().join("book/src");
    let mut files = files_below(&folder);
    files.retain(|file| file.extension().is_some_and(|end| end == "md"));
    let files = files.into_iter();
    let names = files.map(|file| {
        let name = file.strip_prefix(&folder).expect("below");
        name.to_string_lossy().into_owned()
    });
    assert_eq!(names.collect::<Vec<_>>(), chapters);
}

/// What a reader is told to type is run when the book is built: no command of
/// ours stands in a fence for a shell, or for nothing.
#[test]
fn commands_stand_where_they_are_run() {
    for chapter in chapters() {
        let text = text(&chapter);
        let mut fence = None;
        for (at, line) in text.lines().enumerate() {
            if let Some(info) = line.strip_prefix("```") {
                fence = if fence.is_some() { None } else { Some(info) };
            } else if let Some(info) = fence.filter(|info| !info.starts_with("wirelab")) {
                let command = line.trim_start_matches("$ ");
                assert!(
                    !command.starts_with("wirelab ") || info == "toml",
                    "{chapter}:{}: {line}",
                    at + 1
                );
            }
        }
    }
}

#[test]
fn what_cannot_be_filled_in_is_named_with_its_place() {
    let said = filled(&[
        (
            "a.md",
            "well\n\n```wirelab\n$ wirelab run ftp-conect\n```\n",
        ),
        ("b.md", "{{#wirelab ftp-connect frame: tcp.flags.sin}}\n"),
        ("c.md", "{{#wirelab ftp-connect frame: udp}}\n"),
        ("d.md", "```text file=../x\n```\n"),
    ]);
    let said = said.expect_err("nothing of it can be done");
    for part in [
        "a.md: line 3: `$ wirelab run ftp-conect` ends with 2, not 0",
        "did you mean `ftp-connect`",
        "b.md: line 1:",
        "c.md: line 1: no frame of ftp-connect answers",
        "d.md: line 1: `../x` is no file of the chapter's own folder",
    ] {
        assert!(said.contains(part), "{part} not in:\n{said}");
    }
    for input in ["", "[", "{}", "[1]", "[1,2,3]"] {
        assert_eq!(preprocess(input).status.code(), Some(3), "{input}");
    }
    assert_eq!(preprocess("[{},{}]").stdout, b"{}");
    let supports = Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .args(["mdbook", "supports", "html"])
        .status();
    assert!(supports.expect("wirelab starts").success());
}

/// A chapter leaves nothing behind, and one chapter's files are not another's.
#[test]
fn chapters_have_folders_of_their_own() {
    let write = "```wirelab\n$ wirelab new mine\n```\n";
    let read = "```wirelab exit=2\n$ wirelab check mine.yaml\n```\n";
    // Reading a file that is not there fails with 3.
    let said = filled(&[("a.md", write), ("b.md", read)]).expect_err("it is not there");
    assert!(said.contains("ends with 3"), "{said}");
    assert!(!Path::new("mine.yaml").exists());
    let same = format!("{write}{}", read.replace("exit=2", ""));
    assert!(filled(&[("a.md", &same)]).is_ok());
}

/// Commands in the running text are at least commands: each is run, where it
/// names nothing that only its chapter has.
#[test]
fn commands_in_the_text_can_be_said() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let mut run = 0;
    for chapter in chapters() {
        // Every second part is what stands in a fence.
        let text = text(&chapter);
        let prose: Vec<&str> = text.split("\n```").step_by(2).collect();
        let text = prose.join(" ").replace('\n', " ");
        for command in text.split('`').filter(|span| span.starts_with("wirelab ")) {
            let arguments: Vec<&str> = command.split('\'').collect();
            // What stands in single quotes is one word.
            let words = arguments
                .iter()
                .enumerate()
                .flat_map(|(at, part)| match at % 2 {
                    0 => part.split_whitespace().collect::<Vec<_>>(),
                    _ => vec![*part],
                });
            let words: Vec<&str> = words.skip(1).collect();
            let is_whole = |w: &&str| w.contains(".yaml") || w.chars().all(|c| c.is_uppercase());
            if words.iter().any(is_whole) || command.contains('…') {
                continue;
            }
            // A verb alone, or with an option that wants more, is only named.
            let is_named = words.len() == 1 || words.last().is_some_and(|w| w.starts_with('-'));
            let words = if is_named {
                vec![words[0], "--help"]
            } else {
                words
            };
            let code = Command::new(env!("CARGO_BIN_EXE_wirelab"))
                .args(&words)
                .current_dir(here.path())
                .output()
                .expect("wirelab starts")
                .status
                .code();
            assert!(
                matches!(code, Some(0 | 1)),
                "{chapter}: {command}: {code:?}"
            );
            run += 1;
        }
    }
    assert!(run >= 5, "{run}");
}

/// A section of the page of the scenario language: its heading, and the first two cells
/// and the last of each row of its table of keys.
type Section = (String, Vec<[String; 3]>);

fn sections(page: &str) -> Vec<Section> {
    let parts = page.split("\n## ").flat_map(|part| part.split("\n### "));
    let section = |part: &str| {
        let heading = part.lines().next().unwrap_or_default();
        let rows = part.lines().skip_while(|line| !line.starts_with("| key "));
        let rows = rows.skip(2).take_while(|line| line.starts_with("| "));
        let cells = |line: &str| {
            let mut cells = line.trim_matches('|').splitn(3, '|').map(str::trim);
            core::array::from_fn(|_| cells.next().unwrap_or_default().to_owned())
        };
        let heading = heading.trim_start_matches("## ").to_owned();
        (heading, rows.map(cells).collect())
    };
    parts.map(section).collect()
}

/// The keys that a section says: its own, and those that it says elsewhere.
fn keys_said(section: &Section) -> BTreeSet<String> {
    let cells = section.1.iter().map(|[keys, ..]| keys);
    let names = cells.flat_map(|keys| keys.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

/// Every mapping of a schema: the names of its keys.
fn mappings(schema: &Value, found: &mut Vec<BTreeSet<String>>) {
    if let Some(keys) = schema.get("properties").and_then(Value::as_object) {
        found.push(keys.keys().cloned().collect());
    }
    match schema {
        Value::Object(map) => map.values().for_each(|value| mappings(value, found)),
        Value::Array(items) => items.iter().for_each(|value| mappings(value, found)),
        _ => {}
    }
}

/// The page of the language has every key of the schema, tells nothing twice, and leads
/// with one step to where a thing is told.
#[test]
fn the_page_of_the_language_tells_every_key_once() {
    let filled = filled(&[("language.md", "{{#wirelab-language}}")]);
    let page = &filled.unwrap_or_else(|why| panic!("{why}"))[0];
    let sections = sections(page);
    let printed = Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .arg("schema")
        .output();
    let schema = serde_json::from_slice(&printed.expect("it prints").stdout);
    let schema: Value = schema.expect("a schema");
    let mut wanted = Vec::new();
    mappings(&schema, &mut wanted);
    assert!(wanted.len() > 50, "{}", wanted.len());
    let said: Vec<BTreeSet<String>> = sections.iter().map(keys_said).collect();
    for keys in &wanted {
        assert!(said.contains(keys), "no table of {keys:?}");
    }
    let mut tables = BTreeMap::new();
    for (heading, rows) in &sections {
        // What is told in the table itself, and not only named there.
        let told: Vec<_> = rows
            .iter()
            .filter(|[_, kind, _]| !kind.is_empty())
            .collect();
        let before = (told.len() > 1)
            .then(|| tables.insert(told, heading))
            .flatten();
        assert!(before.is_none(), "{heading} is {before:?} once more");
    }
    let anchor = |heading: &str| heading.to_lowercase().replace(':', "").replace(' ', "-");
    let at = |to: &str| sections.iter().find(|(heading, _)| anchor(heading) == to);
    for link in page.split("](#").skip(1) {
        let to = link.split(')').next().unwrap_or_default();
        assert!(at(to).is_some(), "nothing at #{to}");
    }
    // What is said to stand elsewhere is told there, and not sent on to a third place.
    let mut sent = 0;
    for (heading, rows) in &sections {
        for [keys, _, about] in rows
            .iter()
            .filter(|[.., about]| about.starts_with("as in ["))
        {
            let to = about
                .split("](#")
                .nth(1)
                .and_then(|to| to.split(')').next());
            let (_, there) = at(to.unwrap_or_default()).expect("a section");
            for key in keys.split('`').skip(1).step_by(2) {
                let is_told = there.iter().any(|[name, kind, _]| {
                    name.trim_end_matches(" (needed)") == format!("`{key}`") && !kind.is_empty()
                });
                assert!(is_told, "{heading}: `{key}` is not told at {to:?}");
                sent += 1;
            }
        }
    }
    assert!(sent > 20, "{sent}");
}
