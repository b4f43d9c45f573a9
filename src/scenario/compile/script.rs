//! Scripts: steps numbered, words looked up, targets resolved.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{FTP_PORT, Planner, data_mode, fill_in, text, words};
use crate::actor;
use crate::ftp::ReplyCode;
use crate::ftp::client::{self, PutHow};
use crate::ftp::files;
use crate::scenario::model::{
    self, Actor, Each, Expect, Expected, Payload, Step, Target, Verb, Wait,
};
use crate::scenario::source::Spanned;
use crate::time::Duration;

/// Writes one actor's script.
pub(super) struct Scribe<'s> {
    pub planner: &'s Planner<'s>,
    pub actor: &'s Actor,
    pub name: &'s str,
}

impl Scribe<'_> {
    pub fn steps(
        &self,
        steps: &[Step],
        number: &mut u32,
        words: Option<&[String]>,
    ) -> Vec<actor::Step> {
        let written = steps.iter().map(|step| {
            let own = *number;
            *number += 1;
            actor::Step {
                number: own,
                act: self.act(&step.verb, number, words),
                expect: step.expect.as_ref().map(expect),
                within: match (step.within, &step.verb) {
                    (Some(within), _) => within.value,
                    // An errand has patience of its own.
                    (None, Verb::Errand(_)) => Duration::from_secs(24 * 3600),
                    (None, _) => actor::Step::WITHIN,
                },
            }
        });
        written.collect()
    }

    fn act(&self, verb: &Verb, number: &mut u32, words: Option<&[String]>) -> actor::Act {
        use client::Verb as Ftp;
        let maybe = |path: &Option<Spanned<String>>| path.as_ref().map(|p| text(&p.value));
        actor::Act::Ftp(match verb {
            Verb::Connect(target) => return actor::Act::Connect(self.target(target, words)),
            Verb::Wait(wait) => return actor::Act::Wait(self::wait(wait)),
            Verb::Errand(errand) => return actor::Act::Errand(self.errand(errand)),
            Verb::Each(each) => return actor::Act::Each(self.each(each, number)),
            Verb::Login(login) => Ftp::Login {
                user: text(&login.user.value),
                password: text(login.password.as_ref().map_or("", |p| &p.value)),
                account: maybe(&login.account),
            },
            Verb::Mlsd(path) => Ftp::Mlsd(maybe(path)),
            Verb::List(path) => Ftp::List(maybe(path)),
            Verb::Nlst(path) => Ftp::Nlst(maybe(path)),
            Verb::Ls(path) => Ftp::Ls(maybe(path)),
            Verb::Dir(path) => Ftp::Dir(maybe(path)),
            Verb::Get(get) => Ftp::Get {
                remote: text(&get.file.value),
                offset: get.from.map_or(0, |from| from.value.0),
                abort_after: get.abort_after.map(|after| after.value.0),
            },
            Verb::Put(put) => Ftp::Put {
                remote: text(&put.rename.as_ref().unwrap_or(&put.file).value),
                content: self.own_file(&put.file.value),
                how: match put.how {
                    model::PutHow::Replace => PutHow::Store,
                    model::PutHow::Append => PutHow::Append,
                    model::PutHow::Unique => PutHow::Unique,
                },
                offset: put.from.map_or(0, |from| from.value.0),
            },
            Verb::Mget(pattern) => Ftp::GetMany(text(&pattern.value)),
            Verb::Mput(pattern) => {
                let names = self.actor.files_like(&pattern.value);
                let files = names.map(|name| (text(name), self.own_file(name)));
                Ftp::PutMany(files.collect())
            }
            Verb::Up => Ftp::Up,
            Verb::Pwd => Ftp::Pwd,
            Verb::Mkdir(path) => Ftp::MakeDirectory(text(&path.value)),
            Verb::Rmdir(path) => Ftp::RemoveDirectory(text(&path.value)),
            Verb::Delete(path) => Ftp::Delete(text(&path.value)),
            Verb::Rename { from, to } => Ftp::Rename {
                from: text(&from.value),
                to: text(&to.value),
            },
            Verb::Site(line) => Ftp::Site(text(&line.value)),
            Verb::Mode(mode) => Ftp::Mode(data_mode(mode.value)),
            Verb::Close => return actor::Act::Close,
            Verb::Reset => return actor::Act::Abort,
            Verb::Cd(path) => Ftp::Cd(text(&path.value)),
            Verb::Quit => Ftp::Quit,
            Verb::Ascii => Ftp::Ascii,
            Verb::Bin => Ftp::Binary,
            Verb::Send(send) => {
                let mut planned = self::send(send);
                if let Some(file) = &send.file {
                    planned.content = self.own_file(&file.value);
                }
                Ftp::Send(planned)
            }
        })
    }

    fn own_file(&self, name: &str) -> files::Content {
        let file = self.actor.files.get(name);
        let seeded = format!("file/{}/{name}", self.name);
        let content = file.and_then(|f| self.planner.content(f, &seeded));
        content.unwrap_or_else(|| files::Content::bytes(Vec::new()))
    }

    fn target(&self, target: &Target, words: Option<&[String]>) -> actor::Target {
        let port = target.port.unwrap_or(FTP_PORT);
        let socket = |host: &str| {
            let address = self.reach(host);
            SocketAddr::new(address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), port)
        };
        match words {
            Some(words) if target.host.value.contains('{') => {
                let total = words.len();
                let rounds = words
                    .iter()
                    .zip(1..)
                    .map(|(word, index)| socket(&fill_in(&target.host.value, word, index, total)));
                actor::Target::PerRound(rounds.collect())
            }
            _ if self.reach(&target.host.value).is_none() => {
                actor::Target::Name(target.host.value.clone(), port)
            }
            _ => actor::Target::Address(socket(&target.host.value)),
        }
    }

    /// The address under which the actor's host reaches another: where both
    /// have IPv4, that.
    pub(super) fn reach(&self, host: &str) -> Option<IpAddr> {
        let address = self.planner.address(host)?;
        let own = self.planner.host_index(&self.actor.host.value)?;
        let speaks_only_6 = self.planner.addresses_of(own).all(|own| own.is_ipv6());
        let borrows = self.planner.scenario.borrowers();
        let borrows = borrows
            .into_iter()
            .any(|b| b.name.value == self.actor.host.value);
        if !address.is_ipv4() || !speaks_only_6 || borrows {
            return Some(address);
        }
        let theirs = self.planner.host_index(host);
        let theirs = theirs.and_then(|host| self.planner.addresses_of(host).find(IpAddr::is_ipv6));
        let router = || {
            let mut ports = self.planner.scenario.routers.get(host)?.ports.iter();
            ports.find_map(|port| Some(IpAddr::V6(port.value.ip6?.value)))
        };
        theirs.or_else(router).or(Some(address))
    }

    fn each(&self, each: &Each, number: &mut u32) -> actor::Each {
        let words = words(self.planner.scenario, &each.word.value);
        actor::Each {
            connect: each.connect.as_ref().map(|t| self.target(t, Some(&words))),
            per_connection: each.per_connection.map(|n| n.value),
            stop_when: each
                .stop_when
                .and_then(|code| ReplyCode::new(code.value))
                .map(|code| actor::Expect::Replies(vec![code])),
            steps: self.steps(&each.steps, number, Some(&words)),
            words: words.iter().map(|word| text(word)).collect(),
        }
    }
}

fn wait(wait: &Wait) -> actor::Wait {
    match wait {
        Wait::Exactly(time) => actor::Wait::Exactly(time.value),
        Wait::Between(low, high) => actor::Wait::Between(low.value, high.value),
    }
}

fn send(send: &model::Send) -> client::Send {
    let mut planned = match &send.payload {
        Payload::Line(line) => client::Send::line(&line.value),
        Payload::Bytes(bytes) => client::Send::bytes(bytes.value.clone()),
        Payload::Pieces { pieces, gap } => client::Send {
            pieces: pieces
                .iter()
                .map(|p| p.value.clone().into_bytes())
                .collect(),
            gap: *gap,
            ..client::Send::bytes(Vec::new())
        },
    };
    planned.wait = send.wait;
    planned
}

fn expect(expect: &Expect) -> actor::Expect {
    let one = |outcome: Expected| match outcome {
        Expected::Reply(code) => actor::Expect::Replies(ReplyCode::new(code).into_iter().collect()),
        Expected::Refused => actor::Expect::Refused,
        Expected::Unreachable => actor::Expect::Unreachable,
        Expected::Closed => actor::Expect::Closed,
        Expected::Reset => actor::Expect::Reset,
        Expected::Silence => actor::Expect::Silence,
    };
    match expect {
        Expect::AnyOf(list) => actor::Expect::AnyOf(list.iter().map(|o| one(o.value)).collect()),
        Expect::All(list) => {
            let codes = list.iter().map(|outcome| match outcome.value {
                Expected::Reply(code) => ReplyCode::new(code),
                _ => None,
            });
            match (codes.collect::<Option<Vec<_>>>(), list.first()) {
                (Some(codes), _) => actor::Expect::Replies(codes),
                // The check lets an outcome that is no code stand alone only.
                (None, Some(outcome)) => one(outcome.value),
                (None, None) => actor::Expect::Replies(Vec::new()),
            }
        }
    }
}
