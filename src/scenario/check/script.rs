//! Scripts: who acts where, and whether each step can succeed at all.

use std::net::IpAddr;

use super::network::check_name;
use super::{CALLED, known, one_line};
use crate::ftp::client::Persona;
use crate::scenario::compile::{client_persona, data_mode};
use crate::scenario::decode::{clip, suggestion};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{
    Actor, Each, Expect, Expected, FtpServer, Host, HostIp, IN_EACH, Mode, Named, Payload,
    Scenario, Step, Target, Verb, Wait,
};
use crate::scenario::source::{Span, Spanned};
use crate::time::Duration;

/// How many steps a script may have, those in loops counted once.
const MAX_STEPS: usize = 10_000;

/// How many steps may be played, those in loops counted for each word.
const MAX_PLAYED: u64 = 200_000;

/// How many bytes a script may say, those in loops counted for each word.
const MAX_SAID: u64 = 64 << 20;

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    for actor in scenario.actors.iter() {
        known("host", &actor.value.host, &scenario.hosts.names(), found);
        if let Some(name) = &actor.value.persona {
            known("client persona", name, Persona::NAMES, found);
        }
        if let Some(mode) = &actor.value.mode {
            check_mode(&actor.value, mode, found);
        }
        if let Some(stall) = &actor.value.stall
            && (stall.lasting.value > Duration::from_secs(3600) || stall.after.value.0 == 0)
        {
            let message = "a stall lasts at most 1h, and comes after at least one byte";
            found.push(Diagnostic::error(message, stall.lasting.span));
        }
        let mut checker = Checker {
            scenario,
            actor: &actor.value,
            found,
            connected: false,
            steps: 0,
            rounds: 1,
            played: 0,
            said: 0,
        };
        checker.steps(&actor.value.script, None);
        checker.work(&actor.name);
        if actor.value.script.is_empty() {
            let message = format!("`{}` does nothing", actor.name.value);
            found.push(Diagnostic::warning(message, actor.name.span).rests_on(&["actors"]));
        }
    }
}

/// A persona that lacks a mode cannot be told to use it.
fn check_mode(actor: &Actor, mode: &Spanned<Mode>, found: &mut Vec<Diagnostic>) {
    let Some(persona) = client_persona(actor) else {
        return;
    };
    if !persona.supports(data_mode(mode.value)) {
        let able: Vec<&str> = Mode::NAMES
            .iter()
            .filter(|(_, mode)| persona.supports(data_mode(*mode)))
            .map(|(name, _)| *name)
            .collect();
        let message = format!("`{}` does not open data connections that way", persona.name);
        let help = format!("it knows: {}", able.join(", "));
        found.push(Diagnostic::error(message, mode.span).help(help));
    }
}

/// How many bytes a step says, more or less.
fn step_bytes(verb: &Verb) -> usize {
    match verb {
        Verb::Login(login) => {
            let password = login.password.as_ref().map_or(0, |p| p.value.len());
            login.user.value.len() + password
        }
        Verb::List(path)
        | Verb::Nlst(path)
        | Verb::Mlsd(path)
        | Verb::Ls(path)
        | Verb::Dir(path) => path.as_ref().map_or(0, |p| p.value.len()),
        Verb::Get(get) => get.file.value.len(),
        Verb::Put(put) => put.rename.as_ref().unwrap_or(&put.file).value.len(),
        Verb::Cd(path)
        | Verb::Mget(path)
        | Verb::Mput(path)
        | Verb::Mkdir(path)
        | Verb::Rmdir(path) => path.value.len(),
        Verb::Delete(path) | Verb::Site(path) => path.value.len(),
        Verb::Rename { from, to } => from.value.len() + to.value.len(),
        Verb::Send(send) => match &send.payload {
            Payload::Line(line) => line.value.len(),
            Payload::Bytes(bytes) => bytes.value.len(),
            Payload::Pieces { pieces, .. } => pieces.iter().map(|p| p.value.len()).sum(),
        },
        _ => 0,
    }
}

/// Walks one script.
struct Checker<'s, 'f> {
    scenario: &'s Scenario,
    actor: &'s Actor,
    found: &'f mut Vec<Diagnostic>,
    /// A control connection may stand at this point.
    connected: bool,
    steps: usize,
    /// How often the steps here are played, loops around them included.
    rounds: u64,
    played: u64,
    said: u64,
}

impl<'s> Checker<'s, '_> {
    fn error(&mut self, message: impl Into<String>, span: Span) -> &mut Diagnostic {
        self.found.push(Diagnostic::error(message, span));
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// An error that something is not there.
    fn missing(
        &mut self,
        message: impl Into<String>,
        span: Span,
        help: impl Into<String>,
        keys: &'static [&'static str],
    ) {
        let wrong = Diagnostic::error(message, span).help(help);
        self.found.push(wrong.rests_on(keys));
    }

    fn steps(&mut self, steps: &'s [Step], around: Option<&'s Each>) {
        for step in steps {
            self.steps += 1;
            self.played = self.played.saturating_add(self.rounds);
            let bytes = (step_bytes(&step.verb) as u64).saturating_mul(self.rounds);
            self.said = self.said.saturating_add(bytes);
            if self.steps == MAX_STEPS + 1 {
                self.error(format!("more than {MAX_STEPS} steps"), step.span);
            }
            self.step(step, around);
        }
    }

    fn step(&mut self, step: &'s Step, around: Option<&'s Each>) {
        self.modifiers(step);
        self.order(step);
        match &step.verb {
            Verb::Connect(target) => self.connect(target, step.expect.as_ref(), around),
            Verb::Login(login) => {
                self.text("a user's name", &login.user, around);
                if let Some(password) = &login.password {
                    self.text("a password", password, around);
                }
                if let Some(account) = &login.account {
                    self.text("an account", account, around);
                }
            }
            Verb::List(path)
            | Verb::Nlst(path)
            | Verb::Mlsd(path)
            | Verb::Ls(path)
            | Verb::Dir(path) => {
                if let Some(path) = path {
                    self.text("a path", path, around);
                }
            }
            Verb::Get(get) => self.text("a path", &get.file, around),
            Verb::Cd(path) | Verb::Mkdir(path) | Verb::Rmdir(path) | Verb::Delete(path) => {
                self.text("a path", path, around);
            }
            Verb::Rename { from, to } => {
                self.text("a path", from, around);
                self.text("a path", to, around);
            }
            Verb::Mget(pattern) => self.text("a pattern", pattern, around),
            Verb::Mput(pattern) => self.own_files(pattern),
            Verb::Site(line) => self.text("a line", line, around),
            Verb::Mode(mode) => check_mode(self.actor, mode, self.found),
            Verb::Put(put) => {
                self.own_file(&put.file, around);
                if let Some(name) = &put.rename {
                    self.text("a path", name, around);
                }
            }
            Verb::Send(send) => {
                if let Payload::Line(line) = &send.payload {
                    self.text("a line", line, around);
                }
                if let Some(file) = &send.file {
                    self.own_file(file, around);
                }
                if let Payload::Pieces { pieces, gap } = &send.payload {
                    for piece in pieces {
                        self.placeholders(piece, around);
                    }
                    if *gap > Duration::from_secs(60) {
                        self.error("a gap is at most 60s", step.span);
                    }
                }
            }
            Verb::Wait(wait) => {
                let (Wait::Exactly(longest) | Wait::Between(_, longest)) = wait;
                if longest.value > Duration::from_secs(24 * 3600) {
                    self.error("a wait is at most 24h", longest.span);
                }
            }
            Verb::Each(each) => self.each(each),
            Verb::Errand(errand) => {
                let may_fail = step.expect.as_ref().is_some_and(|expect| {
                    let mut outcomes = expect.outcomes().iter();
                    outcomes.any(|outcome| outcome.value == Expected::Unreachable)
                });
                let asker = &self.actor.host;
                let errand = (errand, may_fail);
                super::errand::check(self.scenario, asker, errand, step.span, self.found);
            }
            Verb::Quit
            | Verb::Close
            | Verb::Reset
            | Verb::Ascii
            | Verb::Bin
            | Verb::Up
            | Verb::Pwd => {}
        }
    }

    /// A step that needs a connection comes after one that opens it.
    fn order(&mut self, step: &Step) {
        match &step.verb {
            Verb::Connect(_) => self.connected = true,
            Verb::Wait(_) | Verb::Each(_) | Verb::Errand(_) => {}
            _ if !self.connected => {
                let message = "this step can never succeed: nothing is connected here";
                let help = "begin with `connect: HOST:21`";
                self.missing(message, step.span, help, &["actors"]);
                // Once is enough.
                self.connected = true;
            }
            Verb::Quit | Verb::Close | Verb::Reset => self.connected = false,
            _ => {}
        }
    }

    fn modifiers(&mut self, step: &Step) {
        if let Some(within) = step.within.filter(|w| w.value.is_zero()) {
            self.error("nothing happens within 0s", within.span);
        }
        let silent = matches!(
            step.verb,
            Verb::Wait(_) | Verb::Each(_) | Verb::Mode(_) | Verb::Close | Verb::Reset
        );
        if silent && let Some(expect) = &step.expect {
            let span = expect.outcomes().first().map_or(step.span, |o| o.span);
            self.error(
                "nothing answers this step: there is nothing to expect",
                span,
            );
        } else if let Some(expect) = &step.expect {
            self.outcomes(step, expect);
        }
        if silent && let Some(note) = step.notes.iter().find(|n| n.frame.is_none()) {
            let help = "say which frame: { command: PORT, say: … }";
            self.error("this step sends no frame of its own", note.say.span)
                .help = Some(help.into());
        }
    }

    /// What a verb can come to.
    fn outcomes(&mut self, step: &Step, expect: &Expect) {
        if let Expect::All(list) = expect
            && list.len() > 1
            && let Some(odd) = list.iter().find(|o| !matches!(o.value, Expected::Reply(_)))
        {
            let message = format!("a list holds reply codes, and `{odd}` is none");
            self.error(message, odd.span).help = Some("write it alone, or in any_of".into());
        }
        for outcome in expect.outcomes() {
            let dialing = matches!(step.verb, Verb::Connect(_));
            let never = match outcome.value {
                // An errand comes to something, or to nothing.
                Expected::Unreachable if matches!(step.verb, Verb::Errand(_)) => false,
                _ if matches!(step.verb, Verb::Errand(_)) => true,
                Expected::Refused | Expected::Unreachable => !dialing,
                Expected::Closed | Expected::Reset | Expected::Silence => false,
                // RFC 959 §5.4 lists what may answer what; any code of the
                // right kind is let through, since a server may be anything.
                Expected::Reply(code) => match &step.verb {
                    Verb::Connect(_) => !matches!(code / 100, 1 | 2 | 4 | 5),
                    Verb::Quit | Verb::Cd(_) | Verb::Ascii | Verb::Bin => {
                        !matches!(code / 100, 2 | 4 | 5)
                    }
                    Verb::Login(_) => code / 100 == 1,
                    _ => false,
                },
            };
            if never {
                let message = format!("this step can never come to {outcome}");
                self.error(message, outcome.span);
            }
        }
    }

    fn text(&mut self, what: &str, text: &Spanned<String>, around: Option<&'s Each>) {
        one_line(what, text, self.found);
        self.placeholders(text, around);
    }

    /// `{word}`, `{index}` and `{total}` stand for something inside `each` only.
    fn placeholders(&mut self, text: &Spanned<String>, around: Option<&'s Each>) {
        for part in text.value.split('{').skip(1) {
            let Some((name, _)) = part.split_once('}') else {
                continue;
            };
            let plausible = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase());
            if IN_EACH.contains(&name) && around.is_none() {
                let message = format!("`{{{name}}}` stands for something inside `each` only");
                self.error(message, text.span);
            } else if around.is_some() && plausible && !IN_EACH.contains(&name) {
                let message = format!("there is no `{{{}}}`", clip(name));
                self.error(message, text.span).help = Some(suggestion(name, &IN_EACH));
            }
        }
    }

    /// A file to be sent must be one of the actor's own.
    fn own_file(&mut self, name: &Spanned<String>, around: Option<&'s Each>) {
        self.text("a path", name, around);
        if around.is_none() && self.actor.files.get(&name.value).is_none() {
            let message = format!("the actor has no file `{}` to put", clip(&name.value));
            let mut help = suggestion(&name.value, &self.actor.files.names());
            if self.actor.files.things.is_empty() {
                help = "give the actor files: { NAME: { text: … } }".into();
            }
            self.missing(message, name.span, help, &["actors"]);
        }
    }

    /// A pattern fits some of the actor's own files.
    fn own_files(&mut self, pattern: &Spanned<String>) {
        one_line("a pattern", pattern, self.found);
        if self.actor.files_like(&pattern.value).next().is_none() {
            let message = format!("the actor has no file like `{}`", clip(&pattern.value));
            let names = self.actor.files.names();
            let help = match names.is_empty() {
                true => "give the actor files: { NAME: { text: … } }".into(),
                false => format!("it has: {}", names.join(", ")),
            };
            self.missing(message, pattern.span, help, &["actors"]);
        }
    }

    fn each(&mut self, each: &'s Each) {
        known(
            "list of words",
            &each.word,
            &self.scenario.words.names(),
            self.found,
        );
        if let Some(target) = &each.connect {
            self.connect(target, None, Some(each));
            self.connected = true;
        }
        if let Some(count) = &each.per_connection {
            if count.value == 0 {
                self.error("at least one word for each connection", count.span);
            }
            if each.connect.is_none() {
                let message = "`per_connection` needs `connect`";
                self.missing(message, count.span, "connect: HOST:21", &["actors"]);
            }
        }
        let words = self
            .scenario
            .words
            .get(&each.word.value)
            .map_or(0, Vec::len);
        let around = self.rounds;
        self.rounds = around.saturating_mul(words as u64);
        self.steps(&each.steps, Some(each));
        self.rounds = around;
    }

    /// A script that would take for ever is refused: its steps alone may not
    /// let any virtual time pass.
    fn work(&mut self, name: &Spanned<String>) {
        if self.played > MAX_PLAYED {
            let message = format!(
                "`{}` would play {} steps, and {MAX_PLAYED} is the limit",
                name.value, self.played
            );
            self.error(message, name.span).help = Some("loops inside loops multiply".into());
        }
        if self.said > MAX_SAID {
            let message = format!(
                "`{}` would say {} bytes, and {MAX_SAID} is the limit",
                name.value, self.said
            );
            self.error(message, name.span);
        }
    }

    /// Every word of the loop must make a host's name or an address.
    fn every_word_is_somebody(&mut self, target: &Target, each: &Each) {
        let list = self.scenario.words.get(&each.word.value);
        for word in list.into_iter().flatten() {
            let host = target.host.value.replace("{word}", &word.value);
            if host.parse::<IpAddr>().is_err() {
                let host = Spanned::new(host, word.span);
                known("host", &host, &self.scenario.hosts.names(), self.found);
            }
        }
    }

    /// Somebody must answer there, or the scenario must say that nobody does.
    fn connect(&mut self, target: &Target, expect: Option<&Expect>, around: Option<&'s Each>) {
        self.placeholders(&target.host, around);
        if target.host.value.contains('{') {
            if let Some(each) = around {
                self.every_word_is_somebody(target, each);
            }
            return;
        }
        let port = target.port.unwrap_or(21);
        let refused = expect.is_some_and(|e| {
            e.outcomes()
                .iter()
                .any(|o| !matches!(o.value, Expected::Reply(_)))
        });
        let name = target.host.value.as_str();
        let host = match name.parse::<IpAddr>() {
            Ok(address) => {
                let bears = |host: &&Named<Host>| {
                    let v4 = host.value.ip.and_then(|ip| ip.value.address());
                    let v6 = host.value.ip6.and_then(|ip| ip.value.address());
                    v4.is_some_and(|ip| address == ip) || v6.is_some_and(|ip| address == ip)
                };
                match self.scenario.hosts.iter().find(bears) {
                    Some(host) => host.name.value.as_str(),
                    // An address chosen by the seed may be this one, or a router's.
                    None => return,
                }
            }
            Err(_) if self.scenario.routers.get(name).is_some() => return,
            Err(_) => match self.scenario.hosts.get(name) {
                Some(host) if host.ip.is_some_and(|ip| ip.value == HostIp::Dhcp) => {
                    let message = format!("nobody knows beforehand where `{name}` will be");
                    self.error(message, target.host.span).help =
                        Some("its address is a loan: connect to hosts with an address".into());
                    return;
                }
                Some(_) => name,
                None => {
                    let asker = &self.actor.host;
                    check_name(self.scenario, asker, &target.host, refused, self.found);
                    return;
                }
            },
        };
        let listens = |server: &FtpServer| {
            server.host.value == host && server.port.map_or(21, |p| p.value) == port
        };
        if !refused && !self.scenario.ftp_servers().any(listens) {
            let message = format!(
                "this step can never succeed: nobody listens at port {port} of `{}`",
                clip(host)
            );
            let help = "if that is the point, write `expect: refused`";
            self.missing(message, target.host.span, help, CALLED);
        }
    }
}
