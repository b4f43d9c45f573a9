//! The schema of a script's steps: every verb, what it is told, and what may stand beside it.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::{
    Code, DurationText, HexText, SizeText, keys, list_of, mapping, names, network, said, shapes,
    text,
};
use crate::scenario::model::{
    BARE, Each, Expect, Get, Login, Mode, Note, PUT_HOW, Put, Send, Step, Target, Wait,
};

shapes! {
    Step: |g| step(g);
    Target: |_g| json_schema!({
        "type": "string",
        "description": "A host's name, a name in the DNS or an address, and a port. Of IPv6 \
            the address stands in brackets.",
        "examples": ["server:21"]
    });
    Login: |_g| {
        let keys = keys([
            ("user", "The name that USER says.", text()),
            ("password", "What PASS says, if the server asks. Empty unless given.", text()),
            ("account", "What ACCT says, if the server asks with 332.", text()),
        ]);
        said("Who logs in.", mapping(keys, &["user"]))
    };
    Send: |g| {
        let keys = keys([
            ("line", "A line; CR LF is added.", text()),
            (
                "bytes",
                "Bytes as they are, two hexadecimal digits each.",
                g.subschema_for::<HexText>(),
            ),
            (
                "pieces",
                "Texts, each in a segment of its own; nothing is added, no CR LF either.",
                list_of(text()),
            ),
            (
                "gap",
                "The time between two `pieces`. 10ms unless given.",
                g.subschema_for::<DurationText>(),
            ),
            (
                "wait",
                "Wait for the final reply. True unless given.",
                json_schema!({ "type": "boolean" }),
            ),
            (
                "file",
                "The actor's own file that is sent if the line is STOR or its like.",
                text(),
            ),
        ]);
        json_schema!({
            "description": "A line, or { line, wait }, { bytes }, { pieces, gap }.",
            "anyOf": [text(), mapping(keys, &[])]
        })
    };
    Get: |g| {
        let keys = keys([
            ("file", "Its name at the server.", text()),
            (
                "from",
                "Say REST first: the bytes before this one are here already.",
                g.subschema_for::<SizeText>(),
            ),
            (
                "abort_after",
                "Say ABOR when so many bytes have come.",
                g.subschema_for::<SizeText>(),
            ),
        ]);
        json_schema!({
            "description": "A file's name at the server, or { file, from, abort_after }.",
            "anyOf": [text(), mapping(keys, &["file"])]
        })
    };
    Put: |g| {
        let keys = keys([
            ("file", "Its name among the actor's `files`.", text()),
            ("as", "Its name at the server. The same unless given.", text()),
            (
                "how",
                "`replace` is STOR, `append` is APPE, `unique` is STOU. `replace` unless given.",
                names(&PUT_HOW),
            ),
            (
                "from",
                "Say REST first: the bytes before this one are there already.",
                g.subschema_for::<SizeText>(),
            ),
        ]);
        json_schema!({
            "description": "The name of a file of the actor's, or { file, as, how, from }.",
            "anyOf": [text(), mapping(keys, &["file"])]
        })
    };
    Wait: |g| {
        let duration = g.subschema_for::<DurationText>();
        let two = json_schema!({
            "type": "array", "items": duration, "minItems": 2, "maxItems": 2
        });
        let about = "From the first to the second of two durations, by the seed's dice.";
        let between = keys([("between", about, two)]);
        json_schema!({
            "description": "How long to wait, in virtual time: exactly, or { between: [1s, 2s] }.",
            "anyOf": [duration, mapping(between, &["between"])]
        })
    };
    Each: |g| {
        let keys = keys([
            ("word", "The name of a list in `words`.", text()),
            (
                "connect",
                "Connect there before the first word, and again whenever the connection is gone.",
                g.subschema_for::<Target>(),
            ),
            (
                "per_connection",
                "Close and connect anew after so many words. All on one connection unless given.",
                json_schema!({ "type": "integer", "minimum": 1 }),
            ),
        ]);
        let about = "A list of words, and on how many connections they are said.";
        said(about, mapping(keys, &["word"]))
    };
    Expect: |g| {
        let one = json_schema!({
            "anyOf": [
                g.subschema_for::<Code>(),
                { "enum": ["refused", "unreachable", "closed", "reset", "silence"] }
            ]
        });
        let about = "One of these, as the last that comes.";
        let any = keys([("any_of", about, list_of(one.clone()))]);
        json_schema!({
            "description": "A reply code such as 220, a list such as [150, 226], or { any_of: … }. \
                `refused` is a RST to the SYN, `unreachable` that nobody answers within the step's time, or that a router says so, `closed` and `reset` \
                what the peer does to the connection, `silence` nothing at all.",
            "anyOf": [one.clone(), list_of(one), mapping(any, &["any_of"])]
        })
    };
}

fn step(g: &mut SchemaGenerator) -> Schema {
    // What stands behind a verb may be left out: `list:` is `list`.
    let maybe = || json_schema!({ "oneOf": [text(), { "type": "null" }] });
    let nothing = || json_schema!({ "type": "null" });
    let note = g.subschema_for::<Note>();
    let notes = json_schema!({ "anyOf": [note.clone(), list_of(note)] });
    let names = keys([
        ("from", "Its name so far: RNFR.", text()),
        ("to", "Its name from now on: RNTO.", text()),
    ]);
    let verbs = keys([
        (
            "connect",
            "Opens a control connection and waits for 220. Port 21 unless given.",
            g.subschema_for::<Target>(),
        ),
        (
            "login",
            "Says USER, and PASS and ACCT where the server asks for them.",
            g.subschema_for::<Login>(),
        ),
        (
            "list",
            "LIST over a data connection: of this path, or of where one is.",
            maybe(),
        ),
        ("nlst", "NLST, names only: as `list`.", maybe()),
        ("mlsd", "MLSD (RFC 3659), for programs: as `list`.", maybe()),
        (
            "ls",
            "What the actor's persona means by `ls`: NLST or LIST.",
            maybe(),
        ),
        ("dir", "What the persona means by `dir`: LIST.", maybe()),
        (
            "get",
            "Fetches a file: RETR, and what the persona says before it.",
            g.subschema_for::<Get>(),
        ),
        (
            "put",
            "Stores a file of the actor's own: STOR, APPE or STOU.",
            g.subschema_for::<Put>(),
        ),
        (
            "mget",
            "Fetches every file whose name fits a pattern with `*` and `?`, as in `*.txt`.",
            text(),
        ),
        (
            "mput",
            "Stores every file of the actor's own whose name fits such a pattern.",
            text(),
        ),
        ("cd", "Changes the directory: CWD.", text()),
        ("up", "Goes one directory up: CDUP.", nothing()),
        ("pwd", "Asks where one is: PWD.", nothing()),
        ("mkdir", "Makes a directory: MKD.", text()),
        ("rmdir", "Removes an empty directory: RMD.", text()),
        ("delete", "Deletes a file: DELE.", text()),
        (
            "rename",
            "Gives a file another name, as in { from: a.txt, to: b.txt }.",
            mapping(names, &["from", "to"]),
        ),
        (
            "site",
            "SITE with these words behind it, as in `chmod 644 a.txt`.",
            text(),
        ),
        (
            "mode",
            "How data connections are opened from now on.",
            g.subschema_for::<Mode>(),
        ),
        (
            "ascii",
            "Files pass as text from now on, their lines translated: TYPE A.",
            nothing(),
        ),
        (
            "bin",
            "Files pass as they are from now on: TYPE I.",
            nothing(),
        ),
        ("quit", "Leaves: QUIT, then both ends close.", nothing()),
        (
            "close",
            "Closes the control connection (FIN) without a word.",
            nothing(),
        ),
        ("reset", "Resets the control connection (RST).", nothing()),
        (
            "send",
            "Writes to the control connection exactly this, as in `NOOP`, and takes any reply.",
            g.subschema_for::<Send>(),
        ),
        (
            "wait",
            "Lets time pass, as in `800ms`.",
            g.subschema_for::<Wait>(),
        ),
        (
            "each",
            "Does the steps of `do` with each word of a list, which is `{word}` in them; \
             `{index}` and `{total}` are its place, from 1, and how many there are.",
            g.subschema_for::<Each>(),
        ),
    ]);
    let beside = keys([
        (
            "expect",
            "What must come of it. Success unless given; any reply to a `send`.",
            g.subschema_for::<Expect>(),
        ),
        ("note", "Remarks on the frames that it causes.", notes),
        (
            "within",
            "How long it may take, in virtual time. 60s unless given.",
            g.subschema_for::<DurationText>(),
        ),
        (
            "stop_when",
            "Beside `each`: the loop ends with the word whose last reply has this code.",
            g.subschema_for::<Code>(),
        ),
        (
            "do",
            "Beside `each`: the steps for each word.",
            g.subschema_for::<Vec<Step>>(),
        ),
    ]);
    let mut all = verbs;
    all.extend(network::errands(g));
    all.extend(beside);
    json_schema!({
        "description": "One verb, and what is said about it. Verbs that need nothing may stand alone.",
        "anyOf": [{ "enum": BARE }, mapping(all, &[])]
    })
}
