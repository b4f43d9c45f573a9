//! The parts of a page that need no script: dialogues, findings, answers.

use core::fmt::Write as _;

use crate::analyze::{Answer, Finding, Session, SessionReport, Severity, Transcript};
use crate::render::escape::Escaped;

/// So many sessions are told in full.
const MAX_SESSIONS: usize = 50;
/// So many lines of one session's dialogue.
const MAX_LINES: usize = 400;
/// So many findings of all kinds.
const MAX_FINDINGS: usize = 200;

/// A link to a frame, which the page's script makes select it.
fn frame(number: u64) -> String {
    format!(r##"<a href="#frame-{number}" data-frame="{number}">{number}</a>"##)
}

pub(super) fn sessions(reports: &[SessionReport], transcript: &Transcript) -> String {
    let mut out = String::new();
    if reports.is_empty() && transcript.sessions.is_empty() {
        return r#"<p class="none">No FTP session in this capture.</p>"#.into();
    }
    for report in reports.iter().take(MAX_SESSIONS) {
        let _ = write!(
            out,
            "<article><h3>{} <span aria-label=\"to\">→</span> {}</h3><p class=\"sub\">frames {} to {}, ",
            report.client,
            report.server,
            frame(report.first_frame),
            frame(report.last_frame)
        );
        let user = report.user.as_deref().unwrap_or_default();
        let _ = match (user, report.logged_in) {
            ("", true) => write!(out, "logged in, by whom was not captured"),
            ("", false) => write!(out, "nobody logged in"),
            (user, true) => write!(out, "logged in as <b>{}</b>", Escaped(user)),
            (user, false) => write!(out, "not logged in, tried <b>{}</b>", Escaped(user)),
        };
        let _ = write!(
            out,
            "; {} and {}",
            counted(report.commands, "command", "commands"),
            counted(report.replies, "reply", "replies")
        );
        if report.failed_logins > 0 {
            let failed = counted(report.failed_logins, "failed login", "failed logins");
            let _ = write!(out, ", {failed}");
        }
        out.push_str("</p>");
        let same = |session: &&Session| session.control.0 == report.conversation;
        if let Some(session) = transcript.sessions.iter().find(same) {
            dialogue(session, &mut out);
        }
        out.push_str("</article>");
    }
    if let Some(more @ 1..) = reports.len().checked_sub(MAX_SESSIONS) {
        let _ = write!(out, "<p class=\"none\">… and {more} more sessions</p>");
    }
    out
}

fn counted(count: u32, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// What was said, line by line; the lines are those of a transcript's text.
fn dialogue(session: &Session, out: &mut String) {
    out.push_str("<ol class=\"dialogue\">");
    let text: String = session.entries.iter().map(ToString::to_string).collect();
    let mut lines = text.lines();
    for line in lines.by_ref().take(MAX_LINES) {
        let (number, rest) = line.trim_start().split_once(' ').unwrap_or((line, ""));
        let (mark, words) = rest.split_at_checked(2).unwrap_or((rest, ""));
        let (class, who) = match mark {
            "C:" => ("command", "client"),
            "S:" if matches!(words.trim_start().get(..1), Some("4" | "5")) => ("refusal", "server"),
            "S:" => ("reply", "server"),
            "D:" => ("data", "data"),
            _ => ("trouble", "remark"),
        };
        let number = number.parse().map_or_else(|_| String::new(), frame);
        let _ = write!(
            out,
            "<li class=\"{class}\">{number}<span class=\"who\">{who}</span><code>{}</code></li>",
            Escaped(words.trim_start())
        );
    }
    let more = lines.count();
    if more > 0 {
        let _ = write!(out, "<li class=\"none\">… and {more} more lines</li>");
    }
    out.push_str("</ol>");
}

pub(super) fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return r#"<p class="none">Nothing that deserves attention.</p>"#.into();
    }
    let mut out = String::new();
    for finding in findings.iter().take(MAX_FINDINGS) {
        let severity = match finding.severity {
            Severity::Problem => "problem",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let frames: Vec<String> = finding.frames.iter().map(|n| frame(*n)).collect();
        let more = finding.count.saturating_sub(finding.frames.len() as u64);
        let _ = write!(
            out,
            "<article class=\"{severity}\"><h3><span class=\"badge\">{severity}</span> {}</h3><p>{} <span class=\"sub\">{}</span></p><p class=\"frames\">{} {}",
            Escaped(&sentence(&finding.summary)),
            Escaped(finding.why),
            Escaped(finding.reference),
            if frames.len() == 1 { "Frame" } else { "Frames" },
            frames.join(", ")
        );
        if more > 0 {
            let _ = write!(out, " and {more} more");
        }
        out.push_str("</p></article>");
    }
    if let Some(more @ 1..) = findings.len().checked_sub(MAX_FINDINGS) {
        let _ = write!(out, "<p class=\"none\">… and {more} more findings</p>");
    }
    out
}

/// A summary as the beginning of a sentence.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

pub(super) fn answers(answers: &[Answer]) -> String {
    let mut out = String::from("<dl class=\"answers\">");
    for answer in answers {
        let _ = write!(out, "<dt>{}</dt>", Escaped(answer.question));
        for line in &answer.answer {
            let _ = write!(out, "<dd>{}</dd>", Escaped(line));
        }
    }
    out.push_str("</dl>");
    out
}
