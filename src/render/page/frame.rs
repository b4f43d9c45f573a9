//! What all our pages for a browser have in common: the head with its policy,
//! the heading, the facts, and a style that knows light, dark and paper.

use core::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::base64;
use crate::render::escape::{Escaped, with_code};

const HTML: &str = include_str!("frame.html");
const STYLE: &str = include_str!("frame.css");

/// A page whose frame is to be drawn. Texts are escaped here; what is markup
/// already says so.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    /// Its heading.
    pub title: &'a str,
    /// A few sentences on it; may be empty.
    pub about: &'a str,
    /// What else there is to know, as pairs.
    pub facts: &'a [(String, String)],
    /// Its style beyond the common one.
    pub style: &'a str,
    /// What is beside the heading, as HTML.
    pub tools: &'a str,
    /// The id of the element with which its content begins, and what that is.
    pub start: (&'a str, &'a str),
    /// Its content, as HTML.
    pub body: &'a str,
    /// The script that it runs; none, and it runs nothing at all.
    pub script: &'a str,
}

impl Frame<'_> {
    /// The page.
    pub(super) fn to_html(&self) -> String {
        let policy = match self.script {
            "" => "script-src 'none'".to_owned(),
            script => {
                let hash = base64::encode(&Sha256::digest(script));
                format!("script-src 'sha256-{hash}'")
            }
        };
        fill(HTML, |name| match name {
            "title" => Escaped(self.title).to_string(),
            "policy" => policy.clone(),
            "style" => format!("{STYLE}{}", self.style),
            "start" => self.start.0.to_owned(),
            "content" => self.start.1.to_owned(),
            "tools" => self.tools.to_owned(),
            "about" => paragraphs(self.about),
            "facts" => facts(self.facts),
            "body" => self.body.to_owned(),
            "script" if !self.script.is_empty() => format!("<script>{}</script>\n", self.script),
            _ => String::new(),
        })
    }
}

fn facts(facts: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in facts {
        // Writing to a string does not fail, here and below.
        let _ = write!(
            out,
            "<div><dt>{}</dt><dd>{}</dd></div>",
            Escaped(name),
            Escaped(value)
        );
    }
    out
}

/// Text in one line, with its code as code.
pub(super) fn inline(text: &str) -> String {
    with_code(text, |text| Escaped(text).to_string())
}

/// Text as paragraphs.
pub(super) fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim);
    let mut out = String::new();
    for paragraph in paragraphs.filter(|p| !p.is_empty()) {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        let _ = write!(out, "<p>{}</p>", inline(&words.join(" ")));
    }
    out
}

/// Puts texts where a template has `{{name}}`. What is put in is not looked at
/// again: it may hold braces.
pub(super) fn fill(template: &str, text: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(&text(name));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_once() {
        let filled = fill("a {{x}} b {{y}} c", |name| format!("<{name} {{{{x}}}}>"));
        assert_eq!(filled, "a <x {{x}}> b <y {{x}}> c");
        assert_eq!(fill("no end {{x", |_| "-".into()), "no end -");
    }

    #[test]
    fn a_page_without_a_script_runs_none() {
        let page = Frame {
            title: "<b>",
            ..Frame::default()
        };
        let html = page.to_html();
        assert!(html.contains("script-src 'none'\">"));
        assert!(html.contains("<h1>&lt;b&gt;</h1>") && !html.contains("<script"));
    }
}
