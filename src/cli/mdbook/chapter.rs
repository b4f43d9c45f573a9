//! One chapter of a book: finds what the program is to put in, and puts it in.
//!
//! Four things are ours:
//!
//! - a fence of the language `wirelab`: each line is a command (`$ wirelab …`),
//!   shown with what it prints;
//! - a fence with `file=NAME` behind its language: it stays as it is, and is a
//!   file of that name for the commands below it;
//! - a fence with `show=NAME` (and `head=N`) there: shows a file that a command
//!   has written;
//! - `{{#wirelab SCENARIO QUESTION}}` in the text: the answer to a question, as
//!   exercises ask it, about that scenario's capture.

use core::fmt::Write as _;

/// Does what a chapter asks for.
pub(super) trait Workshop {
    /// Runs a command without `wirelab` in front; its exit code, and what it printed.
    fn run(&mut self, arguments: &[String]) -> Result<(i32, String), String>;
    /// Writes a file that the commands behind find.
    fn put(&mut self, name: &str, text: &str) -> Result<(), String>;
    /// Reads such a file, or one that a command wrote.
    fn get(&mut self, name: &str) -> Result<String, String>;
    /// The answer to a question about a scenario's or a file's frames.
    fn answer(&mut self, input: &str, question: &str) -> Result<String, String>;
    /// A chapter's part that the program writes: the text of that name.
    fn reference(&mut self, name: &str) -> Option<String>;
}

/// How a command's fence is to be shown.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    /// The exit code that is right.
    exit: i32,
    /// At most so many lines of output.
    head: Option<usize>,
    /// Only the command, not what it prints.
    is_quiet: bool,
    /// This file, a drawing, in the place of what is printed.
    svg: Option<String>,
}

impl Options {
    fn parse(words: &str) -> Result<Options, String> {
        let mut options = Options::default();
        for word in words.split([' ', ',']).filter(|w| !w.is_empty()) {
            match word.split_once('=') {
                Some(("exit", code)) if code.parse::<u8>().is_ok() => {
                    options.exit = code.parse().unwrap_or(0);
                }
                Some(("head", lines)) if lines.parse::<usize>().is_ok() => {
                    options.head = lines.parse().ok();
                }
                Some(("svg", name)) => options.svg = Some(name.to_owned()),
                None if word == "quiet" => options.is_quiet = true,
                _ => {
                    return Err(format!(
                        "`{word}` is not understood: exit=N, head=N, svg=FILE, quiet"
                    ));
                }
            }
        }
        Ok(options)
    }
}

/// A chapter with everything put in; the error names the line.
pub(super) fn fill(text: &str, workshop: &mut dyn Workshop) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut lines = text.split_inclusive('\n').enumerate();
    while let Some((at, line)) = lines.next() {
        let told = |why: String| format!("line {}: {why}", at + 1);
        let Some((fence, info)) = opening(line) else {
            out += &answers(line, workshop).map_err(told)?;
            continue;
        };
        let mut body = String::new();
        let mut end = None;
        for (_, line) in lines.by_ref() {
            if is_closing(line, fence) {
                end = Some(line);
                break;
            }
            body += line;
        }
        let Some(end) = end else {
            return Err(told("this fence is not closed".into()));
        };
        let (language, words) = info.split_once([' ', ',']).unwrap_or((info, ""));
        if language == "wirelab" {
            let options = Options::parse(words).map_err(told)?;
            out += &commands(&body, &options, workshop).map_err(told)?;
        } else if let Some(name) = words.trim().strip_prefix("file=") {
            workshop.put(name.trim(), &body).map_err(told)?;
            let _ = write!(out, "{fence}{language}\n{body}{end}");
        } else if let Some(name) = words.trim().strip_prefix("show=") {
            let (name, words) = name.split_once(' ').unwrap_or((name, ""));
            let options = Options::parse(words).map_err(told)?;
            let text = workshop.get(name).map_err(told)?;
            let _ = write!(out, "{fence}{language}\n{}{end}", cut(&text, options.head));
        } else {
            out += line;
            out += &body;
            out += end;
        }
    }
    Ok(out)
}

/// The marks of a fence that begins here, and what stands behind them. Ours
/// begin in the first column; others are left alone wherever they begin.
fn opening(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start_matches('`');
    let marks = line.get(..line.len() - rest.len())?;
    (marks.len() >= 3 && !rest.contains('`')).then_some((marks, rest.trim()))
}

fn is_closing(line: &str, fence: &str) -> bool {
    let line = line.trim_end();
    line.len() >= fence.len() && line.bytes().all(|b| b == b'`')
}

/// Runs the commands of a fence; what is shown in its place.
fn commands(body: &str, options: &Options, workshop: &mut dyn Workshop) -> Result<String, String> {
    let mut shown = String::new();
    let mut count = 0;
    for line in body.lines().filter(|line| !line.trim().is_empty()) {
        let words = line.strip_prefix("$ ").map(words);
        let words = words.ok_or_else(|| format!("`{line}` is no command: `$ wirelab …`"))??;
        let [program, arguments @ ..] = words.as_slice() else {
            continue;
        };
        if program != "wirelab" {
            return Err(format!("`{program}` is not run: only wirelab is"));
        }
        let (code, printed) = workshop.run(arguments)?;
        if code != options.exit {
            let wanted = options.exit;
            return Err(format!(
                "`{line}` ends with {code}, not {wanted}:\n{printed}"
            ));
        }
        count += 1;
        shown += line;
        shown.push('\n');
        if !options.is_quiet && options.svg.is_none() {
            shown += &cut(&printed, options.head);
        }
    }
    if count == 0 {
        return Err("there is no command in this fence".into());
    }
    // What is shown may hold a fence itself.
    let mut fence = "```".to_owned();
    while shown.contains(&fence) {
        fence.push('`');
    }
    let mut out = format!("{fence}console\n{shown}{fence}\n");
    if let Some(name) = &options.svg {
        // A blank line would end the drawing for Markdown.
        let drawing = workshop.get(name)?;
        let lines = drawing.lines().filter(|l| !l.trim().is_empty());
        let lines: Vec<&str> = lines.filter(|l| !l.starts_with("<?xml")).collect();
        let _ = write!(
            out,
            "\n<div class=\"drawing\">\n{}\n</div>\n",
            lines.join("\n")
        );
    }
    Ok(out)
}

/// The first lines of an output, and how many there are more.
fn cut(printed: &str, head: Option<usize>) -> String {
    let lines: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let most = head.unwrap_or(lines.len());
    let mut out: String = lines.iter().take(most).map(|l| format!("{l}\n")).collect();
    if let Some(more @ 1..) = lines.len().checked_sub(most) {
        let plural = if more == 1 { "" } else { "s" };
        let _ = writeln!(out, "… and {more} more line{plural}");
    }
    out
}

/// The words of a command as a shell takes them apart: quotes hold together.
pub(super) fn words(line: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => found.extend(word.take()),
            (None, '|' | '>' | '<' | ';' | '&' | '$') => {
                return Err(format!("there is no shell for `{c}`: put it in quotes"));
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".into());
    }
    found.extend(word);
    Ok(found)
}

const MARK: &str = "{{#wirelab";

/// A line with the answers to its questions.
fn answers(line: &str, workshop: &mut dyn Workshop) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, from)) = rest.split_once(MARK) {
        let Some((inside, behind)) = from.split_once("}}") else {
            return Err(format!("`{MARK}` without `}}}}` in its line"));
        };
        out += before;
        // `{{#wirelab-cli}}`: a whole part.
        if let Some(name) = inside.strip_prefix('-') {
            let text = workshop.reference(name.trim());
            out += &text.ok_or_else(|| format!("there is no `{MARK}-{name}}}}}`"))?;
        } else {
            let (input, question) = inside
                .trim()
                .split_once(' ')
                .ok_or_else(|| format!("write `{MARK} SCENARIO QUESTION}}}}`"))?;
            out += &workshop.answer(input, question.trim())?;
        }
        rest = behind;
    }
    out += rest;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says what it is asked for.
    #[derive(Default)]
    struct Echo(Vec<String>);

    impl Workshop for Echo {
        fn run(&mut self, arguments: &[String]) -> Result<(i32, String), String> {
            self.0.push(format!("run {arguments:?}"));
            let code = i32::from(arguments.first().is_some_and(|a| a == "fail"));
            Ok((code, "one\ntwo  \nthree\n".into()))
        }
        fn put(&mut self, name: &str, text: &str) -> Result<(), String> {
            self.0.push(format!("put {name} {text:?}"));
            Ok(())
        }
        fn get(&mut self, _: &str) -> Result<String, String> {
            Ok("<?xml?>\n<svg>\n\n</svg>\n".into())
        }
        fn answer(&mut self, input: &str, question: &str) -> Result<String, String> {
            Ok(format!("<{input}|{question}>"))
        }
        fn reference(&mut self, name: &str) -> Option<String> {
            (name == "cli").then(|| "all verbs".into())
        }
    }

    #[track_caller]
    fn filled(text: &str) -> (String, Vec<String>) {
        let mut echo = Echo::default();
        let text = fill(text, &mut echo).unwrap_or_else(|why| panic!("{why}"));
        (text, echo.0)
    }

    #[test]
    fn commands_are_run_and_shown() {
        let (text, done) =
            filled("a\n```wirelab head=2\n$ wirelab show 'x y' -Y \"a == \\\"b\\\"\"\n```\nb\n");
        assert_eq!(
            text,
            "a\n```console\n$ wirelab show 'x y' -Y \"a == \\\"b\\\"\"\none\ntwo\n… and 1 more line\n```\nb\n"
        );
        assert_eq!(done, [r#"run ["show", "x y", "-Y", "a == \"b\""]"#]);
        assert!(
            filled("```wirelab exit=1\n$ wirelab fail\n```\n")
                .0
                .contains("three")
        );
        assert_eq!(
            filled("```wirelab quiet\n$ wirelab list\n```\n").0,
            "```console\n$ wirelab list\n```\n"
        );
        let drawn = filled("```wirelab svg=x.svg\n$ wirelab ladder x -o x.svg\n```\n").0;
        assert!(
            drawn.ends_with("\n\n<div class=\"drawing\">\n<svg>\n</svg>\n</div>\n"),
            "{drawn}"
        );
    }

    #[test]
    fn files_and_answers() {
        let (text, done) = filled("```yaml file=a.yaml\nx: 1\n```\n");
        assert_eq!(
            (text.as_str(), done),
            (
                "```yaml\nx: 1\n```\n",
                vec![r#"put a.yaml "x: 1\n""#.to_string()]
            )
        );
        let (text, _) = filled(
            "Frame {{#wirelab x frame: ftp}}, {{#wirelab y count: tcp }}.\n{{#wirelab-cli}}\n",
        );
        assert_eq!(text, "Frame <x|frame: ftp>, <y|count: tcp>.\nall verbs\n");
        let (text, _) = filled("```csv show=a.csv head=1\n```\n");
        assert_eq!(text, "```csv\n<?xml?>\n… and 3 more lines\n```\n");
        // Other fences, and what stands in them, are nobody's business.
        let other = "````text\n{{#wirelab x y}}\n```wirelab\n$ rm\n```\n````\n";
        assert_eq!(filled(other).0, other);
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        for (text, why) in [
            (
                "a\n```wirelab\n$ wirelab fail\n```\n",
                "line 2: `$ wirelab fail` ends with 1, not 0",
            ),
            ("```wirelab\n$ rm -r x\n```\n", "only wirelab is"),
            (
                "```wirelab\n$ wirelab list | head\n```\n",
                "no shell for `|`",
            ),
            ("```wirelab\nwirelab list\n```\n", "is no command"),
            ("```wirelab\n```\n", "no command in this fence"),
            (
                "```wirelab loud\n$ wirelab list\n```\n",
                "`loud` is not understood",
            ),
            ("```wirelab\n$ wirelab list\n", "not closed"),
            ("{{#wirelab x\n", "without"),
            ("{{#wirelab x}}\n", "SCENARIO QUESTION"),
            ("{{#wirelab-x}}\n", "there is no"),
        ] {
            let wrong = fill(text, &mut Echo::default()).unwrap_err();
            assert!(wrong.contains(why), "{text:?}: {wrong}");
        }
    }
}
