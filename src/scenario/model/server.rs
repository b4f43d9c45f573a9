//! What a host offers: an FTP server, its users, its files, its rules.

use std::net::Ipv4Addr;
use std::sync::Arc;

use schemars::JsonSchema;

use super::{Spanned, Table};
use crate::scenario::decode::{Decode, Decoder, Size, clip, suggestion};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::source::Span;
use crate::scenario::yaml::Node;
use crate::time::{Duration, Timestamp};

use super::rule::Rule;

/// Something that a host offers.
#[derive(Debug, Clone, PartialEq)]
pub enum Server {
    /// An FTP server.
    Ftp(Box<FtpServer>),
    /// A DNS server.
    Dns(DnsServer),
    /// A DHCP server.
    Dhcp(DhcpServer),
    /// An echo server (RFC 862).
    Echo(EchoServer),
}

impl Server {
    /// The host it runs on.
    pub fn host(&self) -> &Spanned<String> {
        match self {
            Server::Ftp(server) => &server.host,
            Server::Dns(server) => &server.host,
            Server::Dhcp(server) => &server.host,
            Server::Echo(server) => &server.host,
        }
    }

    /// The TCP port that it listens at, and where that is written.
    pub fn tcp_port(&self) -> Option<(u16, Span)> {
        let (port, usual, host) = match self {
            Server::Ftp(server) => (server.port, 21, &server.host),
            Server::Echo(server) => (server.port, 7, &server.host),
            Server::Dns(_) | Server::Dhcp(_) => return None,
        };
        Some((
            port.map_or(usual, |port| port.value),
            port.map_or(host.span, |port| port.span),
        ))
    }
}

/// Their kinds.
const KINDS: [&str; 4] = ["ftp", "dns", "dhcp", "echo"];

impl Decode for Server {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let Node::Map(entries) = &node.value else {
            return d.expected("a server such as `ftp: { host: … }`", node);
        };
        let [(key, value)] = entries.as_slice() else {
            let help = "begin a new one with `- `";
            return d.fail(Diagnostic::error("a server has one key", node.span).help(help));
        };
        Some(match key.value.as_str() {
            "ftp" => Server::Ftp(Box::new(Decode::decode(d, value)?)),
            "dns" => Server::Dns(Decode::decode(d, value)?),
            "dhcp" => Server::Dhcp(Decode::decode(d, value)?),
            "echo" => Server::Echo(Decode::decode(d, value)?),
            other => {
                let message = format!("`{}` is not a kind of server", clip(other));
                let help = suggestion(other, &KINDS);
                return d.fail(Diagnostic::error(message, key.span).help(help));
            }
        })
    }
}

/// Who knows which address bears a name.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DnsServer {
    /// The host it runs on.
    pub host: Spanned<String>,
    /// The names it knows besides those that hosts have as their `name`: each
    /// with a host's name or an address.
    #[schemars(default)]
    pub names: Table<Spanned<String>>,
}

impl Decode for DnsServer {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a DNS server", node)?;
        let (host, names) = (f.req(d, "host"), f.or_default(d, "names"));
        f.finish(d);
        Some(DnsServer { host: host?, names })
    }
}

/// Who lends addresses.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DhcpServer {
    /// The host it runs on: it lends addresses of that host's segment.
    pub host: Spanned<String>,
    /// The first address it lends.
    #[schemars(with = "super::super::schema::Ipv4Text")]
    pub first: Spanned<Ipv4Addr>,
    /// How many it lends. 10 unless given.
    pub count: Option<Spanned<u16>>,
    /// The router it names: a router's name or an address.
    pub gateway: Option<Spanned<String>>,
    /// The DNS server it names: a host's name or an address.
    pub resolver: Option<Spanned<String>>,
}

impl Decode for DhcpServer {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a DHCP server", node)?;
        let (host, first) = (f.req(d, "host"), f.req(d, "first"));
        let count = f.opt(d, "count");
        let (gateway, resolver) = (f.opt(d, "gateway"), f.opt(d, "resolver"));
        f.finish(d);
        Some(DhcpServer {
            host: host?,
            first: first?,
            count,
            gateway,
            resolver,
        })
    }
}

/// Who sends back whatever comes (RFC 862).
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EchoServer {
    /// The host it runs on.
    pub host: Spanned<String>,
    /// The TCP port it listens at. 7 unless given.
    pub port: Option<Spanned<u16>>,
}

impl Decode for EchoServer {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("an echo server", node)?;
        let (host, port) = (f.req(d, "host"), f.opt(d, "port"));
        f.finish(d);
        Some(EchoServer { host: host?, port })
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
    /// Whose words and habits it has. `bisonware` unless given.
    #[schemars(with = "Option<super::super::schema::ServerPersona>")]
    pub persona: Option<Spanned<String>>,
    /// The lines it greets with; its persona's unless given.
    #[schemars(default, schema_with = "super::super::schema::one_or_many")]
    pub greeting: Option<Vec<Spanned<String>>>,
    /// Who may log in, by name.
    #[schemars(default)]
    pub users: Table<User>,
    /// Whoever calls himself `anonymous` or `ftp` may log in, with any password.
    pub anonymous: Option<Anonymous>,
    /// The files it holds, by path.
    #[schemars(default)]
    pub files: Table<FileSpec>,
    /// How many bytes its disk holds; the run's memory unless given.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub disk: Option<Spanned<Size>>,
    /// When it begins to serve, after the start of the run: who comes before
    /// is told to wait (120). At once unless given.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub opens: Option<Spanned<Duration>>,
    /// How much of everything it allows; its persona's habit unless given.
    #[schemars(default)]
    pub limits: ServerLimits,
    /// What it does instead of the usual; the first that matches wins.
    #[schemars(default)]
    pub rules: Vec<Rule>,
}

/// How much of everything a server allows.
#[derive(Debug, Clone, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ServerLimits {
    /// Sessions at once: one more is greeted with 421.
    pub sessions: Option<Spanned<u32>>,
    /// How long a session may say nothing before 421.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub idle: Option<Spanned<Duration>>,
    /// How long a transfer may stand still before 426.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub stall: Option<Spanned<Duration>>,
    /// How long a passive port waits for its client before 425.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub accept: Option<Spanned<Duration>>,
    /// After how many failed logins the connection is closed.
    pub login_failures: Option<Spanned<u32>>,
    /// The last failure is answered with 421 instead of 530.
    pub login_farewell: Option<Spanned<bool>>,
    /// How much later each failure is answered than the one before.
    #[schemars(with = "Option<super::super::schema::DurationText>")]
    pub login_delay: Option<Spanned<Duration>>,
}

impl Decode for ServerLimits {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a server's limits", node)?;
        let limits = ServerLimits {
            sessions: f.opt(d, "sessions"),
            idle: f.opt(d, "idle"),
            stall: f.opt(d, "stall"),
            accept: f.opt(d, "accept"),
            login_failures: f.opt(d, "login_failures"),
            login_farewell: f.opt(d, "login_farewell"),
            login_delay: f.opt(d, "login_delay"),
        };
        f.finish(d);
        Some(limits)
    }
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
        let disk = f.opt(d, "disk");
        let opens = f.opt(d, "opens");
        let limits = f.or_default(d, "limits");
        let rules = f.healthy(d, "rules");
        f.finish(d);
        Some(FtpServer {
            host: host?,
            port,
            persona,
            greeting,
            users,
            anonymous,
            files,
            disk,
            opens,
            limits,
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
    /// How many bytes the user may store; beyond them 552.
    #[schemars(with = "Option<super::super::schema::SizeText>")]
    pub quota: Option<Spanned<Size>>,
    /// How many sessions the user may have at once.
    pub sessions: Option<Spanned<u32>>,
    /// An account that must be named with ACCT.
    pub account: Option<Spanned<String>>,
    /// What the account is needed for: to `login` (332), or to `store` (532).
    pub account_for: Option<Spanned<AccountFor>>,
}

/// What an account is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum AccountFor {
    /// PASS is answered with 332.
    Login,
    /// STOR is answered with 532.
    Store,
}

impl Decode for AccountFor {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let choices = [("login", AccountFor::Login), ("store", AccountFor::Store)];
        d.one_of("what an account is for", node, &choices)
    }
}

impl Decode for User {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a user", node)?;
        let user = User {
            password: f.opt(d, "password"),
            home: f.opt(d, "home"),
            credits: f.opt(d, "credits"),
            quota: f.opt(d, "quota"),
            sessions: f.opt(d, "sessions"),
            account: f.opt(d, "account"),
            account_for: f.opt(d, "account_for"),
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
    /// Whose it is; whoever's home it stands in unless given.
    pub owner: Option<Spanned<String>>,
    /// Its group; the owner's name unless given.
    pub group: Option<Spanned<String>>,
    /// Its rights, three octal digits such as 644.
    pub rights: Option<Spanned<u16>>,
    /// Reading fails at this byte: 451.
    pub fails_at: Option<Spanned<Size>>,
}

/// Rights as `chmod` takes them.
fn parse_rights(text: &str) -> Option<u16> {
    let octal = text.len() == 3 && text.bytes().all(|b| (b'0'..b'8').contains(&b));
    octal.then(|| u16::from_str_radix(text, 8).ok())?
}

/// What a file beside the scenario holds. A scenario may be a stranger's: it reads
/// no other folder.
fn read_beside(d: &mut Decoder, node: &Spanned<Node>) -> Option<Spanned<Arc<Vec<u8>>>> {
    let name = Spanned::<String>::decode(d, node)?;
    let plain =
        !name.value.contains(['/', '\\', ':']) && !matches!(name.value.as_str(), "." | "..");
    let wrong = if plain {
        match d.beside.and_then(|beside| beside(&name.value)) {
            Some(bytes) => return Some(Spanned::new(Arc::new(bytes), name.span)),
            None => "there is no such file beside the scenario, or it cannot be read",
        }
    } else {
        "only files beside the scenario are read: a name without a folder"
    };
    d.fail(Diagnostic::error(wrong, name.span))
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// This text.
    Text(Spanned<String>),
    /// These bytes.
    Hex(Spanned<Vec<u8>>),
    /// What is in a file beside the scenario.
    File(Spanned<Arc<Vec<u8>>>),
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
            let bytes = d.word("bytes in hexadecimal", node, super::argument::parse_hex);
            found.push(bytes.map(|b| Content::Hex(Spanned::new(b, node.span))));
        }
        if let Some((_, node)) = f.entry("file") {
            found.push(read_beside(d, node).map(Content::File));
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
        let owner = f.opt(d, "owner");
        let group = f.opt(d, "group");
        let rights = f.entry("rights").and_then(|(_, node)| {
            let rights = d.word("three octal digits such as 644", node, parse_rights)?;
            Some(Spanned::new(rights, node.span))
        });
        let fails_at = f.opt(d, "fails_at");
        let (span, before) = (f.span, d.diagnostics.len());
        f.finish(d);
        let is_misspelt = d.diagnostics.len() > before;
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(content), None) => Some(FileSpec {
                content: content?,
                modified,
                locked,
                owner,
                group,
                rights,
                fails_at,
            }),
            // What is in it was probably said with a key that is none.
            (None, _) if is_misspelt => None,
            (first, _) => {
                let number = if first.is_none() {
                    "needs one"
                } else {
                    "has only one"
                };
                let message =
                    format!("a file {number} of `text`, `hex`, `file`, `random`, `directory`");
                d.fail(Diagnostic::error(message, span))
            }
        }
    }
}
