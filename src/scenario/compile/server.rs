//! Servers: their users, files, limits and rules.

use super::{Planner, path, text};
use crate::ftp::files::{Files, NewEntry};
use crate::ftp::server::{self, Answer, Condition, Config, Password, Trigger};
use crate::ftp::{Reply, ReplyCode, Text};
use crate::scenario::decode::Size;
use crate::scenario::model::{self, FtpServer, Then};
use crate::scenario::source::Spanned;
use crate::time::{Duration, Instant};

impl Planner<'_> {
    pub(super) fn config(&self, ftp: &FtpServer, host: usize) -> Config {
        let name = ftp
            .persona
            .as_ref()
            .map_or("bisonware", |p| p.value.as_str());
        let persona = server::Persona::named(name).unwrap_or_else(server::Persona::bisonware);
        let mut config = Config::new(persona);
        config.clock = self.clock;
        if let Some(host) = self.scenario.hosts.things.get(host) {
            let name = host.value.name.as_ref().unwrap_or(&host.name);
            config.host_name = text(&name.value);
        }
        if let Some(greeting) = &ftp.greeting {
            config.persona.greeting = greeting.iter().map(|line| text(&line.value)).collect();
        }
        for user in ftp.users.iter() {
            config
                .users
                .insert(text(&user.name.value), self::user(&user.value));
        }
        if let Some(anonymous) = &ftp.anonymous {
            let mut guest = server::User::with_password("");
            guest.password = Password::Any;
            guest.home = path(anonymous.home.as_ref().map_or("/", |h| &h.value));
            for name in ["anonymous", "ftp"] {
                config.users.insert(Text::from(name), guest.clone());
            }
        }
        if let Some(opens) = ftp.opens {
            config.opens = Instant::ZERO + opens.value;
        }
        server_limits(&ftp.limits, &mut config.persona.limits);
        let rules = ftp.rules.iter().zip(1usize..);
        config.rules = rules.map(|(rule, n)| self.rule(rule, n, ftp)).collect();
        config
    }

    pub(super) fn files(&self, ftp: &FtpServer, server: &str) -> Files {
        let mut all = Files::new(self.clock);
        let memory = self.scenario.limits.memory;
        let disk = ftp.disk.or(memory);
        all.set_capacity(disk.map_or(Files::DEFAULT_CAPACITY, |m| m.value.0));
        let homes = ftp.users.iter().filter_map(|u| u.value.home.as_ref());
        let guests = ftp.anonymous.iter().filter_map(|a| a.home.as_ref());
        for home in homes.chain(guests) {
            all.add(path(&home.value), NewEntry::default(), self.clock);
        }
        for file in ftp.files.iter() {
            let entry = NewEntry {
                content: self.content(&file.value, &format!("file/{server}{}", file.name.value)),
                modified: file.value.modified.map(|m| m.value),
                locked: file.value.locked,
                owner: file.value.owner.as_ref().map(|o| text(&o.value)),
                group: file.value.group.as_ref().map(|g| text(&g.value)),
                mode: file.value.rights.map(|r| r.value),
                fails_at: file.value.fails_at.map(|at| at.value.0),
            };
            all.add(path(&file.name.value), entry, self.clock);
        }
        all
    }

    fn rule(&self, rule: &model::Rule, number: usize, ftp: &FtpServer) -> server::Rule {
        let mut planned = server::Rule::on(match rule.command.as_ref().map(|c| &c.value) {
            Some(model::Trigger::Command(verb)) => Trigger::Command(verb.clone()),
            Some(model::Trigger::Any) => Trigger::AnyCommand,
            None => Trigger::Connect,
        });
        planned.nth = rule.nth.map(|n| u32::try_from(n.value).unwrap_or(u32::MAX));
        planned.when = Condition {
            user: rule.when.user.as_ref().map(|u| text(&u.value)),
            client: rule
                .when
                .client
                .as_ref()
                .and_then(|c| self.address(&c.value)),
            parameter: rule.when.argument.as_ref().map(|a| text(&a.value)),
        };
        planned.answer = match (&rule.bytes, &rule.reply) {
            (Some(bytes), _) => Some(Answer::Bytes(bytes.value.clone())),
            (None, Some(replies)) => Some(answer(replies)),
            (None, None) => None,
        };
        planned.after = rule.after.map_or(Duration::ZERO, |after| after.value);
        planned.then = rule.then.map(|then| match then.value {
            Then::Close => server::Then::Close,
            Then::Reset => server::Then::Reset,
            Then::CloseData => server::Then::CloseData,
            Then::ResetData => server::Then::ResetData,
            Then::Unlisten => server::Then::Unlisten,
        });
        planned.address = rule.address.map(|a| a.value.into());
        planned.port = rule.port.map(|p| p.value);
        planned.data = rule.data.as_ref().map(data_fault);
        let name = format!("rule/{}/{number}", ftp.host.value);
        planned.content = rule.content.as_ref().and_then(|c| self.content(c, &name));
        planned.delivery = delivery(&rule.delivery);
        planned
    }
}

fn user(user: &model::User) -> server::User {
    let mut planned = server::User::with_password("");
    planned.password = match &user.password {
        Some(password) => Password::Exactly(text(&password.value)),
        None => Password::NotAsked,
    };
    planned.home = path(user.home.as_ref().map_or("/", |h| &h.value));
    planned.credits = user.credits.map(|c| c.value.0);
    planned.quota = user.quota.map(|q| q.value.0);
    planned.sessions = user.sessions.map(|s| s.value);
    planned.account = user.account.as_ref().map(|account| server::Account {
        name: text(&account.value),
        needed: match user.account_for.map(|f| f.value) {
            Some(model::AccountFor::Store) => server::AccountNeeded::ToStore,
            _ => server::AccountNeeded::ToLogIn,
        },
    });
    planned
}

fn server_limits(given: &model::ServerLimits, limits: &mut server::Limits) {
    if let Some(sessions) = given.sessions {
        limits.sessions = Some(sessions.value);
    }
    if let Some(idle) = given.idle {
        limits.idle = Some(idle.value);
    }
    if let Some(stall) = given.stall {
        limits.stall = Some(stall.value);
    }
    if let Some(accept) = given.accept {
        limits.accept = accept.value;
    }
    if let Some(failures) = given.login_failures {
        limits.login.failures = Some(failures.value);
    }
    if let Some(farewell) = given.login_farewell {
        limits.login.farewell = farewell.value;
    }
    if let Some(delay) = given.login_delay {
        limits.login.delay = delay.value;
    }
}

/// `450 File busy.`, several of the kind, or `none`.
fn answer(replies: &[Spanned<String>]) -> Answer {
    let parsed = replies.iter().filter_map(|reply| {
        let code = ReplyCode::from_line(reply.value.as_bytes())?;
        let rest = reply.value.get(3..).unwrap_or("").trim_start_matches(' ');
        Some(Reply::new(code, text(rest)))
    });
    let mut parsed: Vec<Reply> = parsed.collect();
    match parsed.len() {
        0 => Answer::Nothing,
        1 => Answer::Reply(parsed.remove(0)),
        _ => Answer::Replies(parsed),
    }
}

fn data_fault(rule: &model::DataRule) -> server::DataFault {
    let yes = |flag: Option<Spanned<bool>>| flag.is_some_and(|f| f.value);
    let size = |size: Option<Spanned<Size>>| size.map(|s| s.value.0);
    server::DataFault {
        absent: yes(rule.absent),
        stop_after: size(rule.stop_after),
        close_after: size(rule.close_after),
        reset_after: size(rule.reset_after),
        bytes_per_second: size(rule.bytes_per_second),
        reply_first: yes(rule.reply_first),
        refuse_after: size(rule.refuse_after),
    }
}

fn delivery(given: &model::Delivery) -> server::Delivery {
    let default = server::Delivery::default();
    let gap = if given.pieces.is_empty() {
        default.gap
    } else {
        Duration::from_millis(10)
    };
    server::Delivery {
        pieces: given.pieces.iter().map(|p| usize::from(p.value)).collect(),
        gap: given.gap.map_or(gap, |g| g.value),
        ending: match given.ending.map(|e| e.value) {
            Some(model::Ending::Lf) => server::Ending::Lf,
            Some(model::Ending::None) => server::Ending::Unterminated,
            Some(model::Ending::Crlf) | None => server::Ending::CrLf,
        },
    }
}
