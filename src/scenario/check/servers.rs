//! Servers: their hosts and ports, users, files and rules.

use std::collections::BTreeMap;

use super::{known, one_line};
use crate::ftp::server::Persona;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Content, FileSpec, FtpServer, Rule, Scenario, Server, Table};
use crate::scenario::source::{Span, Spanned};

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    let mut ports: BTreeMap<(&str, u16), Span> = BTreeMap::new();
    for server in &scenario.servers {
        let host = server.host();
        known("host", host, &scenario.hosts.names(), found);
        // UDP ports are others than those of TCP: what listens there has a fixed one.
        let (port, at) = server.tcp_port().unwrap_or(match server {
            Server::Dns(_) => (53, host.span),
            _ => (67, host.span),
        });
        if port == 0 {
            found.push(Diagnostic::error("nobody can listen at port 0", at));
        }
        match ports.get(&(host.value.as_str(), port)) {
            Some(first) => {
                let message = format!("two servers listen at port {port} of `{host}`");
                let wrong = Diagnostic::error(message, at).related(*first, "the first one");
                // A port that is not written is the usual one.
                found.push(wrong.rests_on(&["servers"]));
            }
            None => {
                ports.insert((&host.value, port), at);
            }
        }
    }
    for server in scenario.ftp_servers() {
        check_ftp(server, &scenario.hosts.names(), found);
    }
    check_sizes(scenario, found);
}

fn check_ftp(server: &FtpServer, hosts: &[&str], found: &mut Vec<Diagnostic>) {
    if let Some(persona) = &server.persona {
        known("server persona", persona, Persona::NAMES, found);
    }
    for line in server.greeting.iter().flatten() {
        one_line("a greeting's line", line, found);
    }
    if let Some(greeting) = &server.greeting
        && greeting.is_empty()
    {
        found.push(Diagnostic::error(
            "a greeting has at least one line",
            server.host.span,
        ));
    }
    for user in server.users.iter() {
        one_line("a user's name", &user.name, found);
        if let Some(password) = &user.value.password {
            one_line("a password", password, found);
        }
        if let Some(home) = &user.value.home {
            check_path(home, found);
        }
    }
    if let Some(home) = server.anonymous.as_ref().and_then(|a| a.home.as_ref()) {
        check_path(home, found);
    }
    check_files(&server.files, found);
    for rule in &server.rules {
        check_rule(server, rule, hosts, found);
    }
}

/// Files of a server stand below `/`, and a file is no directory.
fn check_files(files: &Table<FileSpec>, found: &mut Vec<Diagnostic>) {
    for file in files.iter() {
        check_path(&file.name, found);
    }
    for file in files.iter() {
        if file.value.content == Content::Directory {
            continue;
        }
        let inside = format!("{}/", file.name.value);
        if let Some(child) = files.iter().find(|f| f.name.value.starts_with(&inside)) {
            let message = format!(
                "`{}` is a file, so nothing can stand in it",
                file.name.value
            );
            found.push(
                Diagnostic::error(message, child.name.span).related(file.name.span, "the file"),
            );
        }
    }
}

/// A path in a virtual file system: absolute, and written the one way it can be.
fn check_path(path: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    one_line("a path", path, found);
    let message = if !path.value.starts_with('/') {
        "a path on a server begins with `/`"
    } else if path
        .value
        .split('/')
        .any(|part| part == "." || part == "..")
    {
        "a path does not hold `.` or `..`"
    } else if path.value != "/" && path.value.split('/').skip(1).any(str::is_empty) {
        "a path has a name between two `/`, and none at its end"
    } else if path.value.len() > 1024 {
        "a path is at most 1024 bytes long"
    } else {
        return;
    };
    found.push(Diagnostic::error(message, path.span));
}

fn check_rule(server: &FtpServer, rule: &Rule, hosts: &[&str], found: &mut Vec<Diagnostic>) {
    if let Some(nth) = rule.nth.filter(|n| n.value == 0) {
        found.push(Diagnostic::error("commands are counted from 1", nth.span));
    }
    let replies = rule.reply.iter().flatten();
    for reply in replies {
        one_line("a reply", reply, found);
        let text = reply.value.as_str();
        let code = text
            .get(..3)
            .filter(|c| c.bytes().all(|b| b.is_ascii_digit()));
        let good = code.is_some_and(|c| ("100".."600").contains(&c))
            && text
                .get(3..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        let nothing = text == "none" && rule.reply.as_ref().is_some_and(|r| r.len() == 1);
        if !nothing && !good {
            let message = "a reply is a code and a text such as \"450 File busy.\", or none";
            found.push(Diagnostic::error(message, reply.span));
        }
    }
    let trigger = rule.command.as_ref().map(|c| c.span);
    let span = trigger.or(rule.event.map(|e| e.span)).unwrap_or_default();
    if let (Some(bytes), Some(_)) = (&rule.bytes, &rule.reply) {
        let message = "`bytes` stands in place of `reply`: one of the two";
        found.push(Diagnostic::error(message, bytes.span));
    }
    if does_nothing(rule) {
        let message = "this rule does nothing";
        let help = "give it `reply`, `after` or `then`";
        found.push(
            Diagnostic::warning(message, span)
                .help(help)
                .rests_on(&["servers"]),
        );
    }
    if let Some(client) = &rule.when.client {
        known("host", client, hosts, found);
    }
    if let Some(file) = &rule.content
        && file.content == Content::Directory
    {
        found.push(Diagnostic::error("a directory cannot be sent", span));
    }
    if let Some(user) = &rule.when.user
        && server.users.get(&user.value).is_none()
        && server.anonymous.is_none()
    {
        let message = format!("the server has no user `{}`", user.value);
        let help = super::suggestion(&user.value, &server.users.names());
        let odd = Diagnostic::warning(message, user.span);
        found.push(odd.help(help).rests_on(&["servers"]));
    }
}

/// A rule that changes nothing was probably meant to.
fn does_nothing(rule: &Rule) -> bool {
    let speaks = rule.reply.is_some() || rule.bytes.is_some() || rule.after.is_some();
    let acts = rule.then.is_some() || rule.data.is_some() || rule.content.is_some();
    let lies = rule.address.is_some() || rule.port.is_some();
    let delivery = &rule.delivery;
    let stammers = !delivery.pieces.is_empty() || delivery.ending.is_some();
    !(speaks || acts || lies || stammers)
}

/// All files together must fit into the run's memory.
fn check_sizes(scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    let memory = scenario.limits.memory.map_or(256 << 20, |m| m.value.0);
    let of_servers = scenario
        .ftp_servers()
        .flat_map(|server| server.files.iter());
    let of_actors = scenario.actors.iter().flat_map(|a| a.value.files.iter());
    let mut total = 0u64;
    for file in of_servers.chain(of_actors) {
        let (size, span) = match &file.value.content {
            Content::Text(text) => (text.value.len() as u64, text.span),
            Content::Hex(bytes) => (bytes.value.len() as u64, bytes.span),
            Content::File(bytes) => (bytes.value.len() as u64, bytes.span),
            // It is drawn as it is read: however long, it takes no memory.
            Content::Random(_) | Content::Directory => (0, file.name.span),
        };
        total = total.saturating_add(size);
        if total > memory {
            let message = format!("with this file, all files hold more than {memory} bytes");
            let help = "the limit is `limits: { memory: … }`, 256MiB unless set";
            found.push(Diagnostic::error(message, span).help(help));
            return;
        }
    }
}
