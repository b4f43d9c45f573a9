//! A report as text.

use core::fmt;
use std::collections::BTreeMap;

use crate::analyze::Bytes;

use super::{Finding, Report, RoundTripsReport, SessionReport, Severity, TransferReport};

/// The sessions listed in full; more are counted.
const MAX_SESSIONS: usize = 50;
/// The transfers listed of one session.
const MAX_TRANSFERS: usize = 100;
/// The findings of one kind listed in full.
const MAX_OF_A_KIND: usize = 10;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capture = &self.capture;
        let millis = capture.duration_ns / 1_000_000;
        writeln!(
            f,
            "{} {}, {}, {}.{:03} s, from {}",
            capture.frames,
            if capture.frames == 1 {
                "frame"
            } else {
                "frames"
            },
            Bytes(capture.bytes),
            millis / 1000,
            millis % 1000,
            if capture.first.is_empty() {
                "nowhen"
            } else {
                &capture.first
            },
        )?;
        writeln!(f, "\nFTP SESSIONS")?;
        if self.sessions.is_empty() {
            writeln!(f, "  none")?;
        }
        for session in self.sessions.iter().take(MAX_SESSIONS) {
            session.fmt(f)?;
        }
        let listed = self.sessions.len().saturating_sub(MAX_SESSIONS) as u64;
        match listed + self.sessions_left_off {
            0 => {}
            more => writeln!(f, "  … and {more} more")?,
        }
        writeln!(f, "\nFINDINGS")?;
        if self.findings.is_empty() {
            writeln!(f, "  none")?;
        }
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &self.findings {
            let count = told.entry(finding.kind).or_default();
            *count += 1;
            if *count <= MAX_OF_A_KIND {
                finding.fmt(f)?;
            }
        }
        for (kind, count) in told {
            if let Some(more @ 1..) = count.checked_sub(MAX_OF_A_KIND) {
                writeln!(f, "  … and {more} more of the kind {kind}, all in --json")?;
            }
        }
        writeln!(f, "\nTHE ANALYST'S QUESTIONS")?;
        for (number, answer) in self.answers.iter().enumerate() {
            writeln!(f, "  {}. {}", number + 1, answer.question)?;
            for line in &answer.answer {
                writeln!(f, "     {line}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for SessionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (client, server) = (self.client, self.server);
        writeln!(
            f,
            "  {client} > {server}, frames {} to {}",
            self.first_frame, self.last_frame
        )?;
        write!(f, "    ")?;
        match (&self.user, self.logged_in) {
            (Some(user), true) => write!(f, "logged in as {user}")?,
            (Some(user), false) => write!(f, "not logged in, tried {user}")?,
            (None, true) => write!(f, "logged in, by whom was not captured")?,
            (None, false) => write!(f, "nobody logged in")?,
        }
        if let Some(password) = &self.password {
            write!(f, " ({password})")?;
        }
        if self.failed_logins > 0 {
            let failed = counted(self.failed_logins, "failed login", "failed logins");
            write!(f, ", {failed}")?;
        }
        if let Some(frame) = self.encrypted_from {
            write!(f, ", encrypted from frame {frame} on")?;
        }
        let commands = counted(self.commands, "command", "commands");
        let replies = counted(self.replies, "reply", "replies");
        writeln!(f, "; {commands}, {replies}")?;
        if !self.folders.is_empty() {
            writeln!(f, "    folders: {}", self.folders.join(", "))?;
        }
        self.round_trips.fmt(f)?;
        for transfer in self.transfers.iter().take(MAX_TRANSFERS) {
            transfer.fmt(f)?;
        }
        let listed = self.transfers.len().saturating_sub(MAX_TRANSFERS) as u64;
        match listed + self.transfers_left_off {
            0 => Ok(()),
            more => writeln!(f, "    … and {more} more transfers"),
        }
    }
}

/// One line; nothing if nothing was measured.
impl fmt::Display for RoundTripsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = [
            ("client's data", &self.from_client),
            ("server's", &self.from_server),
        ];
        if self.initial_ns.is_none() && sides.iter().all(|(_, side)| side.count == 0) {
            return Ok(());
        }
        write!(f, "    round trips (shortest/mean/longest): ")?;
        let mut comma = "";
        if let Some(nanos) = self.initial_ns {
            write!(f, "handshake {} ms", Millis(nanos))?;
            comma = "; ";
        }
        for (who, side) in sides.into_iter().filter(|(_, side)| side.count > 0) {
            let (min, avg, max) = (
                Millis(side.min_ns),
                Millis(side.avg_ns),
                Millis(side.max_ns),
            );
            write!(f, "{comma}{who} {min}/{avg}/{max} ms")?;
            comma = "; ";
        }
        writeln!(f)
    }
}

/// "1 reply", "2 replies".
fn counted(count: u32, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// Nanoseconds as milliseconds, to the microsecond.
struct Millis(u64);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0 / 1000;
        write!(f, "{}.{:03}", micros / 1000, micros % 1000)
    }
}

impl fmt::Display for TransferReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.command.as_deref().unwrap_or("(nothing asked for)");
        write!(f, "    {words}: {} {}", self.setup, self.announced)?;
        if let Some(code) = self.refused {
            write!(f, " refused with {code}")?;
        }
        match &self.connection {
            None => write!(f, ", no data connection")?,
            Some(data) => {
                match (data.uploaded, data.downloaded) {
                    (0, 0) => write!(f, ", no bytes")?,
                    (0, down) => write!(f, ", {} down", Bytes(down))?,
                    (up, 0) => write!(f, ", {} up", Bytes(up))?,
                    (up, down) => write!(f, ", {} up, {down} down", Bytes(up))?,
                }
                write!(f, ", frames {} to {}", data.first_frame, data.last_frame)?;
                if data.end != "closed" {
                    write!(f, ", {}", data.end)?;
                }
            }
        }
        match self.reply {
            Some(code) => writeln!(f, ", {code}"),
            None if self.command.is_none() => writeln!(f),
            None => writeln!(f, ", no final reply"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Problem => "problem",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        writeln!(f, "  {severity:<8}{}", self.summary)?;
        writeln!(f, "          {} {}", self.why, self.reference)?;
        let frames: Vec<String> = self.frames.iter().map(u64::to_string).collect();
        let plural = if frames.len() == 1 { "frame" } else { "frames" };
        let more = self.count.saturating_sub(self.frames.len() as u64);
        write!(f, "          {plural} {}", frames.join(", "))?;
        if more > 0 {
            write!(f, " and {more} more")?;
        }
        writeln!(f)
    }
}
