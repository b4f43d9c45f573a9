//! What a reader is told about routers, loans, names and errands: one case a line.

use super::*;

const GOOD: &str = include_str!("testdata/network.yaml");

#[test]
fn a_good_network_has_nothing_wrong() {
    let loaded = load("network.yaml", GOOD, &[]).unwrap_or_else(|d| panic!("{d}"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let by_name = GOOD.replace("ping: server", "ping: ftp.example.test");
    assert!(load("network.yaml", &by_name, &[]).is_ok(), "{by_name}");
}

#[test]
fn one_mistake_in_a_network_one_line() {
    let cases = [
        (
            "gateway: gate, resolver: names }\n  laptop",
            "gateway: gaet }\n  laptop",
            "error: there is no router `gaet` (did you mean `gate`?)",
        ),
        (
            "gateway: 203.0.113.1",
            "gateway: 192.168.1.1",
            "error: 192.168.1.1 is on no segment here: a gateway is a neighbour",
        ),
        (
            "lan: 192.168.1.1",
            "lan: 10.0.0.1",
            "error: 10.0.0.1 is not a host's address in 192.168.1.0/24",
        ),
        (
            "ports: { lan: 192.168.1.1, wan",
            "ports: { lan: 192.168.1.2, wan",
            "error: two hosts have the address 192.168.1.2",
        ),
        (
            "ports: { lan: 192.168.1.1, wan: 203.0.113.1 }",
            "ports: { lan: 192.168.1.1 }",
            "error: `gate` joins nothing: a router has two ports or more",
        ),
        (
            "nat: { outside: wan",
            "nat: { outside: wna",
            "error: there is no port of this router on a segment `wna` (did you mean `wan`?)",
        ),
        (
            "refuse: reject",
            "refuse: deny",
            "error: `deny` is not a way to refuse (one of: drop, reject)",
        ),
        (
            "{ deny: inside, port",
            "{ port",
            "error: a firewall's rule needs `allow` or `deny` (as in { deny: inside, port: 21 })",
        ),
        (
            "{ deny: inside, port",
            "{ allow: any, deny: inside, port",
            "error: a rule allows or denies, not both (leave out `allow` or `deny`)",
        ),
        (
            "port: 25, protocol: tcp",
            "port: 25, protocol: icmp",
            "error: this rule fits no packet: ICMP has no ports (leave out `port`, or write `protocol: tcp` or `udp`)",
        ),
        (
            "port: 25, protocol: tcp",
            "port: 0",
            "error: ports begin at 1 (leave out `port` if every port is meant)",
        ),
        (
            "ftp_helper: [21]",
            "ftp_helper: [0]",
            "error: ports begin at 1",
        ),
        (
            "port: 25, protocol: tcp } ]",
            "port: 25 }, { allow: inside, port: 25, protocol: tcp } ]",
            "warning: this rule never decides: whatever it fits, a rule before it has fitted already",
        ),
        (
            "ip6: \"2001:db8:1::2\", gateway: gate,",
            "ip6: \"2001:db8:1::2\", gateway: gate, gateway6: gaet,",
            "error: there is no router `gaet` (did you mean `gate`?)",
        ),
        (
            "ip6: \"2001:db8:1::2\", gateway: gate,",
            "ip6: \"2001:db8:1::2\", gateway: gate, gateway6: gate,",
            "error: `gate` has no IPv6 address on a segment here (give its port there an `ip6`, as in lan: { ip: …, ip6: … })",
        ),
        (
            "ip6: \"2001:db8:1::2\", gateway: gate,",
            "ip6: \"2001:db8:1::2\", gateway: gate, gateway6: 192.168.1.1,",
            "error: 192.168.1.1 is no IPv6 address (the key for IPv4 is `gateway`)",
        ),
        (
            "gateway: gate, resolver: names }\n  laptop",
            "resolver: names }\n  laptop",
            "warning: `client` cannot reach `server`: it is on another network, and `client` has no `gateway` (give `client` a `gateway`; if that is the point, write `expect: unreachable`)",
        ),
        (
            "connect: ftp.example.test:21",
            "connect: \"2001:db8::9\"",
            "error: expected a host and a port such as server:21, found \"2001:db8::9\" (an IPv6 address stands in brackets and quotes: \"[2001:db8::9]\", with a port \"[2001:db8::9]:21\")",
        ),
        (
            "connect: ftp.example.test:21",
            "connect: [2001:db8::9]",
            "error: expected a host and a port such as server:21, found a list (an IPv6 address stands in brackets and quotes: \"[2001:db8::9]\"",
        ),
        (
            "connect: ftp.example.test:21",
            "connect: [2001:db8::9]:21",
            "(an IPv6 address stands in brackets and quotes: \"[2001:db8::9]:21\")",
        ),
        (
            "connect: ftp.example.test:21",
            "connect: 2001:db8::9:21",
            "(an IPv6 address stands in brackets and quotes: \"[2001:db8::9]:21\", or \"[2001:db8::9:21]\")",
        ),
        (
            "connect: ftp.example.test:21",
            "connect: \"[2001:db8::zz]:21\"",
            "error: `2001:db8::zz` is no IPv6 address (brackets are for those alone, as in \"[2001:db8::9]:21\")",
        ),
        (
            "connect: ftp.example.test:21",
            "connect: \"2001:db8:0:0:0:0:0:9:2121\"",
            "(an IPv6 address stands in brackets and quotes: \"[2001:db8::9]:2121\")",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { loss: 150%, subnet: 192.168.1.0/24,",
            "error: expected a share from 0% to 100% such as 0.2%, found \"150%\"",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { duplex: full, subnet: 192.168.1.0/24,",
            "error: on a hub one speaks at a time: its duplex is `half` (kind: switch)",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { reorder_by: 2ms, subnet: 192.168.1.0/24,",
            "warning: no frame is held back here: `reorder_by` needs `reorder` (reorder: 1%)",
        ),
        (
            "- ping: server",
            "- ping: server\n        within: 10m",
            "error: expected a duration such as 800ms, 1.5s or 200us, found \"10m\" (minutes are `min`, as in 10min; milliseconds are `ms`)",
        ),
        (
            "- ping: server",
            "- ping: server\n        within: 10",
            "found 10 (units: ns, us, ms, s, min, h, as in 10s)",
        ),
        (
            "ip6: \"2001:db8:1::2\"",
            "ip6: \"2001:db8:2::2\"",
            "error: 2001:db8:2::2 is not a host's address in 2001:db8:1::/64",
        ),
        (
            "server: { link: wan,",
            "server: { ip6: \"2001:db8:1::9\", link: wan,",
            "error: the segment has no IPv6 addresses",
        ),
        (
            "  - dhcp: { host: names",
            "  - dhcp: { host: server",
            "error: nobody lends addresses on the segment of `laptop`",
        ),
        (
            "count: 20",
            "count: 200",
            "error: 200 addresses from 192.168.1.100 on do not fit into 192.168.1.0/24",
        ),
        (
            ", resolver: names }\n  laptop",
            " }\n  laptop",
            "error: `client` cannot look up `ftp.example.test`: it knows no DNS server",
        ),
        (
            "ftp.example.test:21",
            "ftp.exmaple.test:21",
            "error: there is no host `ftp.exmaple.test` (did you mean `ftp.example.test`?)",
        ),
        (
            "connect: ftp.example.test:21",
            "connect: laptop",
            "error: nobody knows beforehand where `laptop` will be",
        ),
        (
            "ping: server",
            "ping: sever",
            "error: there is no host `sever` (did you mean `server`?)",
        ),
        (
            "- ping: server",
            "- ping: { to: server, size: 2000 }",
            "error: a ping carries at most 1472 octets",
        ),
        (
            "- ping: server",
            "- ping: server\n        expect: 220",
            "error: this step can never come to 220",
        ),
        ("ports: [20, 21]", "ports: [0]", "error: ports begin at 1"),
        (
            "echo: { to: names, text",
            "echo: { to: \"names:9\", text",
            "error: nobody echoes at port 9 of `names`",
        ),
        (
            "- ping: server",
            "- inject: \"00 11\"",
            "error: expected a frame in hexadecimal, 14 to 1518 octets",
        ),
        (
            "  laptop: {",
            "  gate: { link: lan }\n  laptop: {",
            "error: a host and a router are both called `gate`",
        ),
        (
            "  - echo: { host: names }",
            "  - echo: { host: names }\n  - gopher: { host: names }",
            "error: `gopher` is not a kind of server",
        ),
        (
            "    nat: { outside: wan, forwards: [ { port: 8080, to: \"names:80\" } ] }\n    firewall: { outside: wan, refuse: reject, rules: [ { deny: inside, port: 25, protocol: tcp } ] }\n",
            "",
            "warning: a router without `nat` or `firewall` needs no FTP helper",
        ),
        (
            "laptop: { link: lan,",
            "laptop: { duplicate: true, link: lan,",
            "error: no other host has the address of `laptop`",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { mtu: 0, subnet: 192.168.1.0/24,",
            "error: an MTU is 576 to 9000 octets",
        ),
        (
            "wan: { subnet: 203.0.113.0/24",
            "wan: { subnet: 127.0.0.0/8",
            "error: no segment can have the addresses 127.0.0.0/8: addresses that begin with 127",
        ),
        (
            "subnet6: \"2001:db8:1::/64\"",
            "subnet6: \"fe80::/64\"",
            "error: no segment can have the addresses fe80::/64: fe80::/10 is every segment's",
        ),
        (
            "- ping: server",
            "- ping: laptop",
            "error: nobody knows beforehand where `laptop` will be",
        ),
        (
            "traceroute: { to: server",
            "traceroute: { to: ftp.exmaple.test",
            "error: there is no host `ftp.exmaple.test` (did you mean `ftp.example.test`?)",
        ),
        (
            "gateway: gate, resolver: names }\n  laptop",
            "gateway: 192.168.1.2, resolver: names }\n  laptop",
            "error: `client` cannot be its own gateway",
        ),
        (
            "    nat: {",
            "    gateway: gate\n    nat: {",
            "error: `gate` cannot be its own gateway",
        ),
        (
            "    nat: {",
            "    routes: [ { to: \"2001:db8:7::/64\", via: 203.0.113.9 } ]\n    nat: {",
            "error: 203.0.113.9 is of another family than the network",
        ),
        (
            "ip6: \"2001:db8:1::2\"",
            "ip6: auto",
            "error: nobody advertises a network on the segment of `client`",
        ),
        (
            "ports: { lan: 192.168.1.1, wan: 203.0.113.1 }",
            "ports: { lan: 192.168.1.1, wan: { ip: 203.0.113.1, ip6: \"2001:db8:9::1\" } }",
            "error: the segment has no IPv6 addresses",
        ),
        (
            "ports: { lan: 192.168.1.1, wan: 203.0.113.1 }",
            "ports: { lan: { ip: 192.168.1.1, ip6: \"2001:db8:9::1\" }, wan: 203.0.113.1 }",
            "error: 2001:db8:9::1 is not a host's address in 2001:db8:1::/64",
        ),
        (
            "laptop: { link: lan,",
            "tape: { link: lan, replay: ../x.pcap }\n  laptop: { link: lan,",
            "error: a capture is named without a folder",
        ),
        (
            "laptop: { link: lan,",
            "tape: { link: lan, replay: x.txt }\n  laptop: { link: lan,",
            "error: `x.txt` is no capture's name",
        ),
        (
            "laptop: { link: lan,",
            "tape: { link: lan, ip: 192.168.1.7, replay: x.pcap }\n  laptop: { link: lan,",
            "error: `ip` means nothing here: `tape` plays a capture",
        ),
        (
            "laptop: { link: lan,",
            "tape: { link: lan, replay: { file: x.pcap, speed: 0 } }\n  laptop: { link: lan,",
            "error: expected a speed such as 2 or 0.5",
        ),
        (
            "laptop: { link: lan,",
            "tape: { link: lan, replay: { file: x.pcap, from: fred } }\n  laptop: { link: lan,",
            "error: `fred` is neither a hardware nor an IP address",
        ),
        (
            "laptop: { link: lan,",
            "tape: { link: lan, replay: { file: x.pcap, macs: { \"02:00:00:00:00:01\": gaet } } }\n  laptop: { link: lan,",
            "error: there is no machine `gaet` (did you mean `gate`?)",
        ),
        (
            "server: { link: wan, ip: 203.0.113.9, name: ftp.example.test, gateway: 203.0.113.1 }",
            "server: { link: wan, replay: x.pcap }",
            "error: nothing can run on `server`: it plays a capture",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { queue: 0, subnet: 192.168.1.0/24,",
            "error: a queue holds 1 to 1000000 frames",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { jitter: 2h, subnet: 192.168.1.0/24,",
            "error: a jitter is at most 60s",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { vlan: 4095, subnet: 192.168.1.0/24,",
            "error: a VLAN has a number from 1 to 4094",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { mirror: names, subnet: 192.168.1.0/24,",
            "error: a hub needs no mirror: everybody hears everything (kind: switch)",
        ),
        (
            "lan: { subnet: 192.168.1.0/24,",
            "lan: { kind: switch, mirror: server, subnet: 192.168.1.0/24,",
            "error: there is no host on `lan` `server`",
        ),
        (
            "client: { link: lan,",
            "client: { ip_options: \"94 04 00\", link: lan,",
            "error: 3 octets of IP options",
        ),
        (
            "client: { link: lan,",
            "client: { mtu: 100, link: lan,",
            "error: an MTU is 576 to 9000 octets",
        ),
        (
            "actors:",
            "tap: [lan, wna]\nactors:",
            "error: there is no tap, segment or host `wna` (did you mean `wan`?)",
        ),
        (
            "actors:",
            "taps: { t: { segment: lan, snap: 1B } }\nactors:",
            "error: a tap keeps 14 to 65535 octets of a frame",
        ),
        (
            "actors:",
            "faults: [ { delay: { tcp: syn, by: 3h } } ]\nactors:",
            "error: a frame is held back for at most 1h",
        ),
        (
            "actors:",
            "faults: [ { unplug: { host: client, at: 1s, for: 0s } } ]\nactors:",
            "error: a cable that is out for 0s is in",
        ),
        (
            "actors:",
            "faults: [ { drop: { tcp: syn, link: wna } } ]\nactors:",
            "error: there is no segment `wna` (did you mean `wan`?)",
        ),
        (
            "actors:",
            "faults: [ { drop: { tcp: syn, from: client, link: wan } } ]\nactors:",
            "error: `client` is not on `wan` (it is on lan)",
        ),
        (
            "actors:",
            "faults: [ { truncate: { tcp: syn, len: 3 } } ]\nactors:",
            "error: at least an Ethernet header is left: 14",
        ),
    ];
    for (from, to, expected) in cases {
        assert!(GOOD.contains(from), "the good network has no {from:?}");
        let seen = match load("f", &GOOD.replacen(from, to, 1), &[]) {
            Ok(loaded) => {
                let list = loaded.warnings;
                Diagnostics {
                    sources: loaded.sources,
                    list,
                }
            }
            Err(wrong) => wrong,
        };
        let seen = seen.to_string();
        assert!(
            seen.contains(expected),
            "{to:?}\n  expected: {expected}\n  seen: {seen}"
        );
    }
}

/// What a script does, and what is warned of: the client has no gateway of either family.
#[test]
fn who_calls_another_network_needs_a_way_there() {
    let bare = GOOD.replace(
        "gateway: gate, resolver: names }\n  laptop",
        "resolver: names }\n  laptop",
    );
    let (before, _) = bare.split_once("      - ping: server").expect("its steps");
    let warned = |host: &str, step: &str| {
        let text = before.replace(
            "resolver: names }\n  laptop",
            &format!("{host} }}\n  laptop"),
        );
        let loaded = load("f", &format!("{text}      - {step}\n"), &[]);
        let loaded = loaded.unwrap_or_else(|wrong| panic!("{step}: {wrong}"));
        let told: Vec<String> = loaded.warnings.into_iter().map(|w| w.message).collect();
        told.join("; ")
    };
    let way = "it is on another network, and `client` has no";
    for step in [
        "ping: server",
        "ping: 203.0.113.77",
        "traceroute: other.example.test",
        "scan: { to: [names, server], ports: [21] }",
        "echo: { to: \"203.0.113.9\", text: hello }",
        "connect: server",
        "connect: 203.0.113.9:21",
    ] {
        let told = warned("resolver: names", step);
        assert!(told.contains(&format!("{way} `gateway`")), "{step}: {told}");
    }
    let told = warned("resolver: names", "ping: \"2001:db8:9::1\"");
    assert!(told.contains(&format!("{way} `gateway6`")), "{told}");
    for (host, step) in [
        // It is meant.
        (
            "resolver: names",
            "connect: server\n        expect: unreachable",
        ),
        (
            "resolver: names",
            "ping: server\n        expect: unreachable",
        ),
        // A neighbour, a port of a router, everybody here.
        ("resolver: names", "ping: names"),
        ("resolver: names", "ping: gate"),
        ("resolver: names", "ping: 192.168.1.77"),
        ("resolver: names", "ping: \"2001:db8:1::77\""),
        // A way, right or wrong, is there.
        ("gateway: gate", "ping: server"),
        ("gateway: 192.168.1.77", "ping: 203.0.113.77"),
        ("gateway6: \"fe80::1\"", "ping: \"2001:db8:9::1\""),
    ] {
        assert_eq!(warned(host, step), "", "{host}, {step}");
    }
    // Once is enough.
    let told = warned("resolver: names", "ping: server\n      - ping: server");
    assert_eq!(told.matches(way).count(), 1, "{told}");
}

/// Two networks, a caller on the one, and whom it calls on the other.
const APART: &str = "lab: 1
segments: { lan: { subnet: 192.0.2.0/24 }, far: { subnet: 198.51.100.0/24 } }
hosts: { client: { link: lan, gateway: r }, server: { link: far } }
routers: { r: { ports: { lan: 192.0.2.1, far: 198.51.100.1 } } }
servers: [ { ftp: { host: server, anonymous: { home: / } } } ]
actors: { a: { host: client, script: [ { connect: server } ] } }
";

#[test]
fn who_cannot_answer_is_told() {
    let told = "`server` cannot answer `client`, which is on another network: `server` has no \
                `gateway`";
    let warnings = |from: &str, to: &str| {
        let text = APART.replacen(from, to, 1);
        assert!(text.contains(to), "{from}");
        let loaded = load("apart.yaml", &text, &[]).unwrap_or_else(|d| panic!("{d}"));
        let said = loaded.warnings.into_iter().map(|warning| warning.message);
        said.collect::<Vec<_>>()
    };
    for (from, to) in [("", ""), ("{ connect: server }", "{ ping: server }")] {
        assert_eq!(warnings(from, to), [told], "{to}");
    }
    for (from, to) in [
        ("server: { link: far }", "server: { link: far, gateway: r }"),
        ("server: { link: far }", "server: { link: lan }"),
        // What it sends carries an address of the server's own network.
        (
            "far: 198.51.100.1 }",
            "far: 198.51.100.1 }, nat: { outside: far }",
        ),
        (
            "{ connect: server }",
            "{ connect: server, expect: silence }",
        ),
        (
            "{ connect: server }",
            "{ connect: server, expect: unreachable }",
        ),
    ] {
        assert_eq!(warnings(from, to), [""; 0], "{to}");
    }
}
