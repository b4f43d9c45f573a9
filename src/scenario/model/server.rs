//! What a host offers: an FTP server, its users, its files, its rules.

use schemars::JsonSchema;

use super::{Spanned, Table};
use crate::scenario::decode::{Decode, Decoder, Size};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::yaml::Node;
use crate::time::{Duration, Timestamp};

/// Something that a host offers.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Server {
    /// An FTP server.
    Ftp(FtpServer),
}

impl Decode for Server {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a server", node)?;
        let ftp = f.req(d, "ftp");
        f.finish(d);
        ftp.map(Server::Ftp)
    }
}

/// An FTP server.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FtpServer {
    /// The host it runs on.
    pub host: Spanned<String>,
    /// The port it listens at. 21 unless given.
    pub port: Option<Spanned<u16>>,
    /// Whose words and habits it has: `bisonware`, `vsftpd`. `bisonware` unless given.
    pub persona: Option<Spanned<String>>,
    /// The lines it greets with; its persona's unless given.
    #[schemars(schema_with = "super::super::schema::one_or_many")]
    pub greeting: Option<Vec<Spanned<String>>>,
    /// Who may log in, by name.
    #[schemars(default)]
    pub users: Table<User>,
    /// Whoever calls himself `anonymous` or `ftp` may log in, with any password.
    pub anonymous: Option<Anonymous>,
    /// The files it holds, by path.
    #[schemars(default)]
    pub files: Table<FileSpec>,
    /// What it does instead of the usual; the first that matches wins.
    #[schemars(default)]
    pub rules: Vec<Rule>,
}

impl Decode for FtpServer {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("an FTP server", node)?;
        let host = f.req(d, "host");
        let port = f.opt(d, "port");
        let persona = f.opt(d, "persona");
        let greeting = f.entry("greeting").and_then(|(_, node)| match node.value {
            Node::List(_) => Vec::decode(d, node),
            _ => Decode::decode(d, node).map(|line| vec![line]),
        });
        let users = f.or_default(d, "users");
        let anonymous = f.opt(d, "anonymous");
        let files = f.or_default(d, "files");
        let rules = f.or_default(d, "rules");
        f.finish(d);
        Some(FtpServer {
            host: host?,
            port,
            persona,
            greeting,
            users,
            anonymous,
            files,
            rules,
        })
    }
}

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct User {
    /// What to say to be let in; without one PASS is not asked for.
    pub password: Option<Spanned<String>>,
    /// Where the session begins. `/` unless given.
    pub home: Option<Spanned<String>>,
    /// The largest file that may be fetched; a larger one is refused with 550.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub credits: Option<Spanned<Size>>,
}

impl Decode for User {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a user", node)?;
        let user = User {
            password: f.opt(d, "password"),
            home: f.opt(d, "home"),
            credits: f.opt(d, "credits"),
        };
        f.finish(d);
        Some(user)
    }
}

/// The anonymous user.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Anonymous {
    /// Where the session begins. `/` unless given.
    pub home: Option<Spanned<String>>,
}

impl Decode for Anonymous {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("`anonymous`", node)?;
        let home = f.opt(d, "home");
        f.finish(d);
        Some(Anonymous { home })
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSpec {
    /// What is in it.
    pub content: Content,
    /// When it was last changed; at the run's instant 0 unless given.
    pub modified: Option<Spanned<Timestamp>>,
    /// Somebody else has it open.
    pub locked: bool,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// This text.
    Text(Spanned<String>),
    /// These bytes.
    Hex(Spanned<Vec<u8>>),
    /// So many bytes by the seed's dice.
    Random(Spanned<Size>),
    /// It is a directory.
    Directory,
}

impl Decode for FileSpec {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a file", node)?;
        let mut found = Vec::new();
        if f.keys().any(|k| k.value == "text") {
            found.push(f.opt(d, "text").map(Content::Text));
        } else {
            f.opt::<String>(d, "text");
        }
        if let Some((_, node)) = f.entry("hex") {
            let bytes = d.word("bytes in hexadecimal", node, super::step::parse_hex);
            found.push(bytes.map(|b| Content::Hex(Spanned::new(b, node.span))));
        }
        if let Some((_, node)) = f.entry("random") {
            found.push(Decode::decode(d, node).map(Content::Random));
        }
        if let Some((_, node)) = f.entry("directory") {
            found.push(match bool::decode(d, node) {
                Some(true) => Some(Content::Directory),
                Some(false) => d.expected("`directory: true`", node),
                None => None,
            });
        }
        let modified = f.opt(d, "modified");
        let locked = f.or_default(d, "locked");
        f.finish(d);
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(content), None) => Some(FileSpec {
                content: content?,
                modified,
                locked,
            }),
            _ => d.expected("one of `text`, `hex`, `random`, `directory`", node),
        }
    }
}

/// What a server does instead of the usual.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rule {
    /// For this command.
    #[schemars(with = "super::super::schema::VerbText")]
    pub command: Spanned<String>,
    /// Only the nth time it comes, counted over the server's whole life, from 1.
    pub nth: Option<Spanned<u64>>,
    /// Only under these conditions.
    pub when: Option<RuleWhen>,
    /// Say this, a code and its text, instead of doing what was asked; `none` says nothing at all.
    pub reply: Option<Spanned<String>>,
    /// Wait so long before it.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub after: Option<Spanned<Duration>>,
    /// And then do this.
    pub then: Option<Spanned<Then>>,
}

/// The conditions of a rule.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RuleWhen {
    /// The user has said this name.
    pub user: Option<Spanned<String>>,
    /// The command's argument is this.
    pub argument: Option<Spanned<String>>,
}

/// What a rule does after its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Then {
    /// Closes the control connection.
    Close,
    /// Resets the control connection.
    Reset,
}

impl Decode for Then {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.one_of(
            "what a rule does",
            node,
            &[("close", Then::Close), ("reset", Then::Reset)],
        )
    }
}

impl Decode for RuleWhen {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a rule's `when`", node)?;
        let when = RuleWhen {
            user: f.opt(d, "user"),
            argument: f.opt(d, "argument"),
        };
        f.finish(d);
        Some(when)
    }
}

impl Decode for Rule {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a rule", node)?;
        let command = match f.entry("command") {
            Some((_, node)) => {
                super::select::decode_verb(d, node).map(|verb| Spanned::new(verb, node.span))
            }
            None if f.keys().any(|k| k.value == "event") => None,
            None => d.fail(Diagnostic::error("a rule needs `command`", f.span)),
        };
        let nth = f.opt(d, "nth");
        let when = f.opt(d, "when");
        let reply = f.opt(d, "reply");
        let after = f.opt(d, "after");
        let then = f.opt(d, "then");
        f.finish(d);
        Some(Rule {
            command: command?,
            nth,
            when,
            reply,
            after,
            then,
        })
    }
}
