//! What people write from habit that is no name here, and what to write in its place.

/// Words of tcpdump's language, and how their question is asked here.
const TCPDUMP: [(&str, &str); 13] = [
    ("broadcast", "eth.dst == ff:ff:ff:ff:ff:ff"),
    ("dst", "ip.dst == 10.2.0.1 or tcp.dstport == 21"),
    ("ether", "eth.addr == 02:00:00:00:00:01"),
    ("host", "ip.addr == 10.2.0.1"),
    ("icmp6", "icmpv6"),
    ("icmpcode", "icmp.code == 0"),
    ("icmptype", "icmp.type == 8"),
    ("ip6", "ipv6"),
    ("multicast", "eth.dst[0] & 01"),
    ("net", "ip.addr == 10.2.0.0/24"),
    ("port", "tcp.port == 21"),
    ("src", "ip.src == 10.2.0.1 or tcp.srcport == 21"),
    ("tcpflags", "tcp.flags.syn == 1"),
];

/// Protocols that are not taken apart, and a filter for the frames that carry them.
const CARRIED: [(&str, &str); 40] = [
    ("bgp", "tcp.port == 179"),
    ("dhcpv6", "udp.port in {546, 547}"),
    ("eapol", "eth.type == 0x888e"),
    ("esp", "ip.proto == 50"),
    ("http", "tcp.port == 80"),
    ("http2", "tcp.port == 443"),
    ("http3", "udp.port == 443"),
    ("https", "tcp.port == 443"),
    ("igmp", "ip.proto == 2"),
    ("imap", "tcp.port == 143"),
    ("ipx", "eth.type == 0x8137"),
    ("kerberos", "udp.port == 88"),
    ("ldap", "tcp.port == 389"),
    ("lldp", "eth.type == 0x88cc"),
    ("llmnr", "udp.port == 5355"),
    ("mdns", "udp.port == 5353"),
    ("mysql", "tcp.port == 3306"),
    ("nbns", "udp.port == 137"),
    ("nbss", "tcp.port == 139"),
    ("ntp", "udp.port == 123"),
    ("ospf", "ip.proto == 89"),
    ("pop", "tcp.port == 110"),
    ("ptp", "eth.type == 0x88f7"),
    ("quic", "udp.port == 443"),
    ("radius", "udp.port in {1812, 1813}"),
    ("rdp", "tcp.port == 3389"),
    ("rip", "udp.port == 520"),
    ("rtsp", "tcp.port == 554"),
    ("sctp", "ip.proto == 132"),
    ("sip", "udp.port == 5060"),
    ("smb", "tcp.port in {139, 445}"),
    ("smb2", "tcp.port == 445"),
    ("smtp", "tcp.port == 25"),
    ("snmp", "udp.port in {161, 162}"),
    ("ssdp", "udp.port == 1900"),
    ("ssh", "tcp.port == 22"),
    ("ssl", "tcp.port == 443"),
    ("syslog", "udp.port == 514"),
    ("telnet", "tcp.port == 23"),
    ("tls", "tcp.port == 443"),
];

/// Other names that Wireshark has, and what comes nearest.
const NEAR: [(&str, &str); 6] = [
    ("_ws.expert", "tcp.analysis.flags"),
    ("all", "ip.src == 10.2.0.1 and ip.dst == 10.2.0.1"),
    ("any", "ip.addr == 10.2.0.1"),
    ("bootp", "dhcp"),
    ("expert", "tcp.analysis.flags"),
    ("frame.time", "frame.time_relative < 2.5"),
];

/// Every such name, and what to say to whoever writes it.
pub fn habits() -> impl Iterator<Item = (&'static str, String)> {
    let tcpdump = TCPDUMP.iter().map(|(name, ours)| {
        let help = format!("tcpdump's word; here write {ours}");
        (*name, help)
    });
    let carried = CARRIED.iter().map(|(name, ours)| {
        let help = format!("{name} is not taken apart here; its frames are {ours}");
        (*name, help)
    });
    let near = NEAR.iter().map(|(name, ours)| {
        let help = format!("here it is {ours}");
        (*name, help)
    });
    tcpdump.chain(carried).chain(near)
}

/// What to say to whoever writes `name`, or a field of a protocol of that name.
pub(super) fn instead(name: &str) -> Option<String> {
    let of = |wanted: &str| habits().find(|(name, _)| *name == wanted);
    let protocol = name.split('.').next().unwrap_or_default();
    of(name).or_else(|| of(protocol)).map(|(_, help)| help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::Filter;

    /// What is told is a filter, and what it is told of is none.
    #[test]
    fn help_can_be_followed() {
        for (name, ours) in TCPDUMP.iter().chain(&CARRIED).chain(&NEAR) {
            Filter::parse(ours).unwrap_or_else(|wrong| panic!("{wrong}"));
            let wrong = Filter::parse(name).unwrap_err();
            assert!(wrong.help.unwrap().ends_with(ours), "{name}");
        }
        assert!(habits().all(|(_, help)| help.len() <= 74));
    }
}
