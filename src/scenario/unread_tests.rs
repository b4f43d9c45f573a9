//! What a reader is told when a part cannot be read: that, what is wrong besides, and nothing that only follows from it.

use super::yaml::Node;
use super::*;

/// Files with nothing wrong.
const FILES: [&str; 3] = [
    include_str!("testdata/good.yaml"),
    include_str!("testdata/network.yaml"),
    include_str!("testdata/everything.yaml"),
];

/// The paths of every value below a node, as `--set` takes them.
fn paths(node: &Node, at: &str, found: &mut Vec<String>) {
    let mut look = |name: &str, node: &Node| {
        let path = match at {
            "" => name.to_owned(),
            at => format!("{at}.{name}"),
        };
        found.push(path.clone());
        paths(node, &path, found);
    };
    match node {
        Node::Scalar(_) => {}
        Node::List(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(place, item)| look(&place.to_string(), &item.value));
        }
        Node::Map(entries) => {
            let entries = entries.iter();
            entries.for_each(|(key, value)| look(&key.value, &value.value));
        }
    }
}

/// One value at a time is none that anything could be: whatever is told is told of it.
#[test]
fn nothing_follows_from_a_part_that_cannot_be_read() {
    let mut count = 0;
    let mut wrongs = String::new();
    for text in FILES {
        let root = yaml::read(text, 0).expect("a good file");
        let mut all = Vec::new();
        paths(&root.value, "", &mut all);
        for path in all {
            let change = Override::parse(&format!("{path}=[[]]")).expect("a value");
            let Err(told) = load("f", text, &[change]) else {
                continue;
            };
            count += 1;
            let elsewhere = told.list.iter().filter(|wrong| wrong.span.text == 0);
            for wrong in elsewhere {
                wrongs += &format!("{path}: {}\n", wrong.message);
            }
        }
    }
    assert_eq!(wrongs, "");
    assert!(count > 400, "{count}");
}

/// The same of a key that is misspelt: but for its own mapping, which lacks it now,
/// nobody misses what it would have said.
#[test]
fn nothing_follows_from_a_key_that_is_misspelt() {
    fn keys(node: &Node, found: &mut Vec<Span>) {
        match node {
            Node::Scalar(_) => {}
            Node::List(items) => items.iter().for_each(|item| keys(&item.value, found)),
            Node::Map(entries) => {
                for (key, value) in entries {
                    found.push(key.span);
                    keys(&value.value, found);
                }
            }
        }
    }
    let of_its_mapping = |message: &str| {
        let words = [" needs `", "nothing here says which", "expected a frame"];
        words.iter().any(|words| message.contains(words))
    };
    let (mut count, mut wrongs) = (0, String::new());
    for text in FILES {
        let mut all = Vec::new();
        keys(&yaml::read(text, 0).expect("a good file").value, &mut all);
        for span in all {
            let key = &text[span.start as usize..span.end as usize];
            let misspelt = format!("{key}q");
            let (before, behind) = text.split_at(span.start as usize);
            let text = format!("{before}{misspelt}{}", &behind[key.len()..]);
            let Err(told) = load("f", &text, &[]) else {
                continue;
            };
            let is_this = |wrong: &Diagnostic| wrong.span.start == span.start;
            let unknown = |wrong: &Diagnostic| wrong.message.starts_with("unknown key");
            // Names, which may be any, are no keys of the language.
            if !told
                .list
                .iter()
                .any(|wrong| is_this(wrong) && unknown(wrong))
            {
                continue;
            }
            count += 1;
            for wrong in told.list.iter().filter(|wrong| !is_this(wrong)) {
                if !of_its_mapping(&wrong.message) {
                    wrongs += &format!("{key}: {}\n", wrong.message);
                }
            }
        }
    }
    assert_eq!(wrongs, "");
    assert!(count > 200, "{count}");
}

/// What cannot be read of one actor hides nothing that is missing in another.
#[test]
fn actors_are_judged_one_by_one() {
    let text = "
lab: 1
segments: { lan: { subnet: 192.0.2.0/24 } }
hosts: { client: { link: lan }, server: { link: lan } }
servers: [ ftp: { host: server } ]
actors:
  anna: { host: client, script: [ conect: server, quit ] }
  fred: { host: client, script: [ connect: sever ] }
  maria: { host: client, script: [ connect: 'server:22' ] }
  omar: { host: client, script: [ quit ] }
";
    let told = |text: &str, overrides: &[Override]| {
        let told = load("f", text, overrides).unwrap_err();
        let told: Vec<String> = told.list.into_iter().map(|wrong| wrong.message).collect();
        told
    };
    let all = [
        "`conect` is not a verb",
        "there is no host `sever`",
        "this step can never succeed: nobody listens at port 22 of `server`",
        "this step can never succeed: nothing is connected here",
    ];
    assert_eq!(told(text, &[]), all);
    // Whose script is in two places may be in any of them.
    let script = "[ &it { connect: server }, conect: x ]";
    let text = text.replace("[ conect: server, quit ]", script);
    let alias = text.replace("script: [ quit ]", "script: [ *it, *it, quit ]");
    assert_eq!(told(&alias, &[]), all[..3]);
    let change = Override::parse("actors.fred.script=[[]]").expect("a value");
    assert_eq!(told(&text, &[change]).len(), 2);
}

/// What is wrong with one thing hides nothing that is wrong with the others.
#[test]
fn what_cannot_be_read_hides_no_other_mistake() {
    let text = "
lab: 1
segments: { lan: { subnet: 192.0.2.0/24, mtu: 5 }, wan: { subnet: nonsense } }
hosts: { client: { link: lan, gateway: gate }, server: { link: lan, gateway: gaet } }
routers: { gate: { ports: { lan: nonsense, wan: 198.51.100.1 } } }
servers:
  - ftp: { host: server, port: nonsense, persona: vsftp }
  - ftp: nonsense
  - echo: { host: sever }
words: { good: [ a ], bad: [ [ a ] ] }
actors:
  maria:
    host: client
    script:
      - connect: server:2121
      - conect: server
      - each: { word: bad }
        do: [ gte: x, wait: 99h ]
      - each: { word: godo }
        do: [ quit ]
  fred: { hots: client }
  anna: { host: clint, script: [ quit, login: { user: \"a\\nb\" } ] }
";
    let told = load("f", text, &[]).unwrap_err();
    let told: Vec<&str> = told
        .list
        .iter()
        .map(|wrong| wrong.message.as_str())
        .collect();
    let all = [
        "an MTU is 576 to 9000 octets",
        "expected a subnet such as 192.0.2.0/24, its host bits zero, its prefix from 8 to 30, found \"nonsense\"",
        "there is no router `gaet`",
        "expected an IPv4 address such as 192.0.2.10, found \"nonsense\"",
        "expected a whole number, found \"nonsense\"",
        "there is no server persona `vsftp`",
        "expected an FTP server (a mapping), found \"nonsense\"",
        "there is no host `sever`",
        "expected text, found a list",
        "`conect` is not a verb",
        "`gte` is not a verb",
        "a wait is at most 24h",
        "there is no list of words `godo`",
        "an actor needs `host`",
        "an actor needs `script`",
        "unknown key `hots` in an actor",
        "there is no host `clint`",
        "this step can never succeed: nothing is connected here",
        "a user's name is one line: it cannot hold a line end or a zero byte",
    ];
    assert_eq!(told, all);
}
