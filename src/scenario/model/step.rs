//! One step of a script: a verb and what is said about it.

use core::fmt;

use super::Spanned;
use super::argument::{Get, Login, Put, Send, Target, Wait};
use super::errand::Errand;
use super::script::Mode;
use super::select::{Note, parse_code};
use crate::scenario::decode::{Decode, Decoder, clip, suggestion};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::source::Span;
use crate::scenario::yaml::Node;
use crate::time::Duration;

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What to do.
    pub verb: Verb,
    /// Where the verb stands.
    pub span: Span,
    /// What should come of it.
    pub expect: Option<Expect>,
    /// Remarks on the frames it causes.
    pub notes: Vec<Note>,
    /// How long it may take. 60s unless given.
    pub within: Option<Spanned<Duration>>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Opens a control connection.
    Connect(Target),
    /// Says who is there.
    Login(Login),
    /// LIST.
    List(Option<Spanned<String>>),
    /// NLST.
    Nlst(Option<Spanned<String>>),
    /// What the persona means by `ls`.
    Ls(Option<Spanned<String>>),
    /// What the persona means by `dir`.
    Dir(Option<Spanned<String>>),
    /// MLSD (RFC 3659).
    Mlsd(Option<Spanned<String>>),
    /// Fetches a file.
    Get(Get),
    /// Stores a file of the actor's own.
    Put(Put),
    /// Fetches every file whose name fits a pattern with `*` and `?`.
    Mget(Spanned<String>),
    /// Stores every file of the actor's own whose name fits a pattern.
    Mput(Spanned<String>),
    /// Changes the directory.
    Cd(Spanned<String>),
    /// Goes one directory up.
    Up,
    /// Asks where one is.
    Pwd,
    /// Makes a directory.
    Mkdir(Spanned<String>),
    /// Removes a directory.
    Rmdir(Spanned<String>),
    /// Deletes a file.
    Delete(Spanned<String>),
    /// Gives a file another name.
    Rename {
        /// Its name so far.
        from: Spanned<String>,
        /// Its name from now on.
        to: Spanned<String>,
    },
    /// SITE, with what follows it.
    Site(Spanned<String>),
    /// How data connections are opened from now on.
    Mode(Spanned<Mode>),
    /// Leaves.
    Quit,
    /// Closes the control connection without a word.
    Close,
    /// Resets the control connection.
    Reset,
    /// Lines will be translated.
    Ascii,
    /// Bytes will not be touched.
    Bin,
    /// Writes to the control connection, exactly.
    Send(Send),
    /// Lets time pass.
    Wait(Wait),
    /// Something that has nothing to do with FTP.
    Errand(Errand),
    /// Does the same with each word of a list.
    Each(Each),
}

/// The verbs that need no argument.
pub(crate) const BARE: [&str; 12] = [
    "quit", "close", "reset", "ascii", "bin", "pwd", "up", "list", "nlst", "mlsd", "ls", "dir",
];

/// All verbs.
pub(crate) const VERBS: [&str; 34] = [
    "connect",
    "login",
    "list",
    "nlst",
    "mlsd",
    "ls",
    "dir",
    "get",
    "put",
    "mget",
    "mput",
    "cd",
    "up",
    "pwd",
    "mkdir",
    "rmdir",
    "delete",
    "rename",
    "site",
    "mode",
    "ascii",
    "bin",
    "quit",
    "close",
    "reset",
    "send",
    "wait",
    "each",
    "ping",
    "traceroute",
    "scan",
    "spoof",
    "inject",
    "echo",
];

/// What may stand beside a verb.
pub(crate) const MODIFIERS: [&str; 5] = ["expect", "note", "within", "stop_when", "do"];

/// What a loop fills in, in braces.
pub(crate) const IN_EACH: [&str; 3] = ["word", "index", "total"];

/// A loop over words.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// The name of the list.
    pub word: Spanned<String>,
    /// Connect there before the first word, and again whenever the connection is gone.
    pub connect: Option<Target>,
    /// Connect anew after so many words.
    pub per_connection: Option<Spanned<u32>>,
    /// Stop after the word whose last reply has this code.
    pub stop_when: Option<Spanned<u16>>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What should come of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// These, one after the other.
    All(Vec<Spanned<Expected>>),
    /// One of these, as the last.
    AnyOf(Vec<Spanned<Expected>>),
}

/// One outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// A reply with this code.
    Reply(u16),
    /// The connection was refused: a RST answered the SYN.
    Refused,
    /// Nobody answered: no ARP reply, no route, no SYN-ACK.
    Unreachable,
    /// The peer closed the connection.
    Closed,
    /// The peer reset the connection.
    Reset,
    /// Nothing came for as long as the step may take.
    Silence,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Reply(code) => write!(f, "{code}"),
            Expected::Refused => f.write_str("refused"),
            Expected::Unreachable => f.write_str("unreachable"),
            Expected::Closed => f.write_str("closed"),
            Expected::Reset => f.write_str("reset"),
            Expected::Silence => f.write_str("silence"),
        }
    }
}

impl Expect {
    /// Every outcome it names.
    pub fn outcomes(&self) -> &[Spanned<Expected>] {
        match self {
            Expect::All(list) | Expect::AnyOf(list) => list,
        }
    }
}

const EXPECT: &str = "a reply code such as 220, a list such as [150, 226], or { any_of: … }";

impl Decode for Expected {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        let what = "a reply code such as 220, or refused, unreachable, closed, reset, silence";
        d.word(what, node, |text| match text {
            "refused" => Some(Expected::Refused),
            "unreachable" => Some(Expected::Unreachable),
            "closed" => Some(Expected::Closed),
            "reset" => Some(Expected::Reset),
            "silence" => Some(Expected::Silence),
            code => parse_code(code).map(Expected::Reply),
        })
    }
}

impl Decode for Expect {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        match &node.value {
            Node::Scalar(_) => {
                d.scalar(EXPECT, node)?;
                Some(Expect::All(vec![Decode::decode(d, node)?]))
            }
            Node::List(items) if items.is_empty() => d.expected(EXPECT, node),
            Node::List(_) => Decode::decode(d, node).map(Expect::All),
            Node::Map(_) => {
                let mut f = d.fields("an expectation", node)?;
                let any = f.req(d, "any_of");
                f.finish(d);
                any.map(Expect::AnyOf)
            }
        }
    }
}

impl Decode for Step {
    fn decode(d: &mut Decoder, node: &Spanned<Node>) -> Option<Self> {
        if let Node::Scalar(scalar) = &node.value
            && BARE.contains(&scalar.text.as_str())
        {
            return Some(Step {
                verb: bare_verb(&scalar.text)?,
                span: node.span,
                expect: None,
                notes: Vec::new(),
                within: None,
            });
        }
        let Node::Map(entries) = &node.value else {
            return d.expected("a step such as `connect: server:21`", node);
        };
        let is_verb = |(key, _): &&(Spanned<String>, _)| VERBS.contains(&key.value.as_str());
        let mut verbs = entries.iter().filter(is_verb);
        let Some((key, argument)) = verbs.next() else {
            return no_verb(d, node, entries);
        };
        if let Some((second, _)) = verbs.next() {
            let message = format!(
                "a step has one verb, and this one has `{}` too",
                second.value
            );
            d.diagnostics.push(
                Diagnostic::error(message, second.span)
                    .related(key.span, "the first verb")
                    .help("begin a new step with `- `"),
            );
        }
        let mut f = d.fields("a step", node)?;
        for verb in VERBS {
            f.entry(verb);
        }
        let expect = f.opt(d, "expect");
        let notes = f.entry("note").and_then(|(_, node)| match node.value {
            Node::List(_) => Vec::decode(d, node),
            _ => Note::decode(d, node).map(|note| vec![note]),
        });
        let within = f.opt(d, "within");
        let verb = match key.value.as_str() {
            "each" => decode_each(d, &mut f, argument).map(Verb::Each),
            name if Errand::VERBS.contains(&name) => {
                Errand::decode(d, name, argument).map(Verb::Errand)
            }
            name => decode_verb(d, name, argument),
        };
        f.finish(d);
        Some(Step {
            verb: verb?,
            span: key.span,
            expect,
            notes: notes.unwrap_or_default(),
            within,
        })
    }
}

/// Nothing in this mapping is a verb: the first strange key was meant to be one.
fn no_verb<T>(
    d: &mut Decoder,
    node: &Spanned<Node>,
    entries: &[(Spanned<String>, Spanned<Node>)],
) -> Option<T> {
    let strange = entries
        .iter()
        .find(|(key, _)| !MODIFIERS.contains(&key.value.as_str()));
    let Some((key, _)) = strange else {
        return d.expected("a step with a verb such as `connect`", node);
    };
    let message = format!("`{}` is not a verb", clip(&key.value));
    let help = match key.value.as_str() {
        "replay" => "a capture is played by a host: hosts: { tape: { replay: old.pcap } }".into(),
        name => suggestion(name, &VERBS),
    };
    d.fail(Diagnostic::error(message, key.span).help(help))
}

fn bare_verb(name: &str) -> Option<Verb> {
    Some(match name {
        "quit" => Verb::Quit,
        "ascii" => Verb::Ascii,
        "bin" => Verb::Bin,
        "close" => Verb::Close,
        "reset" => Verb::Reset,
        "pwd" => Verb::Pwd,
        "up" => Verb::Up,
        "mlsd" => Verb::Mlsd(None),
        "list" => Verb::List(None),
        "nlst" => Verb::Nlst(None),
        "ls" => Verb::Ls(None),
        "dir" => Verb::Dir(None),
        _ => return None,
    })
}

fn decode_verb(d: &mut Decoder, name: &str, argument: &Spanned<Node>) -> Option<Verb> {
    let nothing = matches!(&argument.value, Node::Scalar(s) if s.text.is_empty() || s.text == "~");
    Some(match name {
        "connect" => Verb::Connect(Decode::decode(d, argument)?),
        "login" => Verb::Login(Decode::decode(d, argument)?),
        "get" => Verb::Get(Decode::decode(d, argument)?),
        "put" => Verb::Put(Decode::decode(d, argument)?),
        "mget" => Verb::Mget(Decode::decode(d, argument)?),
        "mput" => Verb::Mput(Decode::decode(d, argument)?),
        "cd" => Verb::Cd(Decode::decode(d, argument)?),
        "mkdir" => Verb::Mkdir(Decode::decode(d, argument)?),
        "rmdir" => Verb::Rmdir(Decode::decode(d, argument)?),
        "delete" => Verb::Delete(Decode::decode(d, argument)?),
        "site" => Verb::Site(Decode::decode(d, argument)?),
        "mode" => Verb::Mode(Decode::decode(d, argument)?),
        "rename" => {
            let mut f = d.fields("a rename", argument)?;
            let (from, to) = (f.req(d, "from"), f.req(d, "to"));
            f.finish(d);
            Verb::Rename {
                from: from?,
                to: to?,
            }
        }
        "send" => Verb::Send(Decode::decode(d, argument)?),
        "wait" => Verb::Wait(Decode::decode(d, argument)?),
        _ if nothing => bare_verb(name)?,
        "list" => Verb::List(Some(Decode::decode(d, argument)?)),
        "mlsd" => Verb::Mlsd(Some(Decode::decode(d, argument)?)),
        "nlst" => Verb::Nlst(Some(Decode::decode(d, argument)?)),
        "ls" => Verb::Ls(Some(Decode::decode(d, argument)?)),
        "dir" => Verb::Dir(Some(Decode::decode(d, argument)?)),
        _ => {
            let message = format!("`{name}` takes no argument");
            return d.fail(Diagnostic::error(message, argument.span));
        }
    })
}

fn decode_each(
    d: &mut Decoder,
    step: &mut crate::scenario::decode::Fields<'_>,
    argument: &Spanned<Node>,
) -> Option<Each> {
    let stop_when = step.entry("stop_when").and_then(|(_, node)| {
        let code = super::select::decode_code(d, node)?;
        Some(Spanned::new(code, node.span))
    });
    let steps = step.req_healthy(d, "do");
    let mut f = d.fields("an `each`", argument)?;
    let word = f.req(d, "word");
    let connect = f.opt(d, "connect");
    let per_connection = f.opt(d, "per_connection");
    f.finish(d);
    Some(Each {
        word: word?,
        connect,
        per_connection,
        stop_when,
        steps: steps?,
    })
}
