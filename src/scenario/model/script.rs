//! Who acts: an actor, its persona, and its script.

use crate::ftp::listing::matches_pattern;
use schemars::JsonSchema;

use super::server::FileSpec;
use super::step::Step;
use super::{Spanned, Table};
use crate::scenario::decode::{Decode, Decoder, Size};
use crate::scenario::yaml::Node;
use crate::time::Duration;

/// Somebody who uses FTP from one host.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Actor {
    /// The host it sits at.
    pub host: Spanned<String>,
    /// Whose FTP client it uses. `raw` unless given.
    #[schemars(with = "Option<super::super::schema::ClientPersona>")]
    pub persona: Option<Spanned<String>>,
    /// How data connections are opened; the persona's habit unless given.
    pub mode: Option<Spanned<Mode>>,
    /// Files on its own disk, for `put`, by name.
    #[schemars(default)]
    pub files: Table<FileSpec>,
    /// It stops reading in the middle of each file it fetches.
    pub stall: Option<Stall>,
    /// What it does, step by step.
    pub script: Script,
}

impl Actor {
    /// The names of its own files that fit a pattern, in their order.
    pub(crate) fn files_like<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = &'a str> {
        let names = self.files.iter().map(|file| file.name.value.as_str());
        names.filter(|name| matches_pattern(pattern.as_bytes(), name.as_bytes()))
    }
}

/// A pause in reading: the window closes, and the sender waits.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Stall {
    /// After so many bytes of a data connection.
    #[schemars(with = "super::super::schema::SizeText")]
    pub after: Spanned<Size>,
    /// For so long.
    #[schemars(rename = "for", with = "super::super::schema::DurationText")]
    pub lasting: Spanned<Duration>,
}

impl Decode for Stall {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("a `stall`", node)?;
        let (after, lasting) = (f.req(d, "after"), f.req(d, "for"));
        f.finish(d);
        Some(Stall {
            after: after?,
            lasting: lasting?,
        })
    }
}

/// How data connections are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Mode {
    /// The server connects to the client, after PORT.
    Active,
    /// The client connects to the server, after PASV.
    Passive,
    /// As `active`, with EPRT (RFC 2428).
    ExtendedActive,
    /// As `passive`, with EPSV (RFC 2428).
    ExtendedPassive,
}

impl Mode {
    /// Their names.
    pub(crate) const NAMES: [(&str, Mode); 4] = [
        ("active", Mode::Active),
        ("passive", Mode::Passive),
        ("extended-active", Mode::ExtendedActive),
        ("extended-passive", Mode::ExtendedPassive),
    ];
}

impl Decode for Mode {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        d.one_of("a mode", node, &Mode::NAMES)
    }
}

impl Decode for Actor {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let mut f = d.fields("an actor", node)?;
        let host = f.req(d, "host");
        let persona = f.opt(d, "persona");
        let mode = f.opt(d, "mode");
        let files = f.or_default(d, "files");
        let stall = f.opt(d, "stall");
        let script = f.req_healthy(d, "script");
        f.finish(d);
        Some(Actor {
            host: host?,
            persona,
            mode,
            files,
            stall,
            script: script?,
        })
    }
}

/// Steps, one after the other.
pub type Script = Vec<Step>;
