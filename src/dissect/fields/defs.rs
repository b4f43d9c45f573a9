//! The names of all layers and fields, with the clause that defines each.

/// What kind of value a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A number.
    Number,
    /// A number that is written in hexadecimal.
    Hex,
    /// One bit.
    Flag,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A hardware address.
    Mac,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A time.
    Time,
}

/// A field that a layer may have.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldDef {
    /// Its name in filters.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What kind of value it has.
    pub kind: FieldKind,
    /// How deep it stands below its layer: 1 for the parts of a field.
    pub depth: u8,
    /// Where it is defined.
    pub clause: &'static str,
}

impl FieldDef {
    /// With how many hexadecimal digits its value is written where it lies in so many bytes.
    pub fn hex_digits(&self, bytes: usize) -> usize {
        let own = self.own_digits();
        own.unwrap_or_else(|| 2 * bytes.clamp(1, 8))
    }

    /// The hexadecimal digits of a value that shares its bytes with neighbours; `None`
    /// for one that has two for each byte.
    pub fn own_digits(&self) -> Option<usize> {
        match self.name {
            // 8 bits of the first two bytes, and 20 of the next three (RFC 8200 §3).
            "ipv6.tclass" => Some(2),
            "ipv6.flow" => Some(5),
            _ => None,
        }
    }
}

/// A layer.
#[derive(Debug, PartialEq, Eq)]
pub struct LayerDef {
    /// Its name in filters.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
}

macro_rules! layers {
    ($($id:ident $name:literal $label:literal,)*) => {
        $(pub(super) static $id: LayerDef = LayerDef { name: $name, label: $label };)*
        static LAYERS: &[&LayerDef] = &[$(&$id,)*];
    };
}

macro_rules! fields {
    ($($id:ident $name:literal $label:literal $kind:ident $depth:literal $clause:literal,)*) => {
        $(pub(super) static $id: FieldDef = FieldDef {
            name: $name, label: $label, kind: FieldKind::$kind, depth: $depth, clause: $clause,
        };)*
        static FIELDS: &[&FieldDef] = &[$(&$id,)*];
    };
}

layers! {
    FRAME "frame" "Frame",
    ETH "eth" "Ethernet",
    VLAN "vlan" "802.1Q tag",
    SERVICE_TAG "ieee8021ad" "802.1ad service tag",
    LLC "llc" "Logical link control",
    SLL "sll" "Linux cooked header",
    NULL "null" "Loopback header",
    PPPOE "pppoes" "PPP over Ethernet",
    MPLS "mpls" "MPLS label",
    ARP "arp" "Address Resolution Protocol",
    IP "ip" "Internet Protocol version 4",
    IPV6 "ipv6" "Internet Protocol version 6",
    IPV6_EXTENSION "ipv6.exthdr" "IPv6 extension header",
    GRE "gre" "Generic Routing Encapsulation",
    ICMP "icmp" "Internet Control Message Protocol",
    ICMPV6 "icmpv6" "ICMP for IPv6",
    UDP "udp" "User Datagram Protocol",
    TCP "tcp" "Transmission Control Protocol",
    DNS "dns" "Domain Name System",
    DHCP "dhcp" "Dynamic Host Configuration Protocol",
    FTP "ftp" "File Transfer Protocol",
    FTP_DATA "ftp-data" "FTP data",
    DATA "data" "Data",
}

fields! {
    FRAME_NUMBER "frame.number" "Number" Number 0 "",
    FRAME_TIME "frame.time_epoch" "Date" Time 0 "",
    FRAME_TIME_RELATIVE "frame.time_relative" "Time since the first frame" Time 0 "",
    FRAME_TIME_DELTA "frame.time_delta" "Time since the frame before" Time 0 "",
    FRAME_LEN "frame.len" "Length on the wire" Number 0 "",
    FRAME_CAP_LEN "frame.cap_len" "Length captured" Number 0 "",
    FRAME_INTERFACE "frame.interface_id" "Interface" Number 0 "",
    FRAME_INTERFACE_NAME "frame.interface_name" "Interface name" Text 1 "",
    FRAME_COMMENT "frame.comment" "Comment" Text 0 "",

    ETH_DST "eth.dst" "Destination" Mac 0 "IEEE 802.3 §3.2.3",
    ETH_SRC "eth.src" "Source" Mac 0 "IEEE 802.3 §3.2.3",
    ETH_TYPE "eth.type" "Type" Hex 0 "IEEE 802.3 §3.2.6",
    ETH_LEN "eth.len" "Length" Number 0 "IEEE 802.3 §3.2.6",
    ETH_PADDING "eth.padding" "Padding" Bytes 0 "IEEE 802.3 §3.2.8",
    VLAN_PRIORITY "vlan.priority" "Priority" Number 0 "IEEE 802.1Q §9.6",
    VLAN_DEI "vlan.dei" "Drop eligible" Flag 0 "IEEE 802.1Q §9.6",
    VLAN_ID "vlan.id" "VLAN" Number 0 "IEEE 802.1Q §9.6",
    VLAN_ETYPE "vlan.etype" "Type" Hex 0 "IEEE 802.1Q §9.4",
    SERVICE_PRIORITY "ieee8021ad.priority" "Priority" Number 0 "IEEE 802.1Q §9.6",
    SERVICE_DEI "ieee8021ad.dei" "Drop eligible" Flag 0 "IEEE 802.1Q §9.6",
    SERVICE_ID "ieee8021ad.id" "VLAN" Number 0 "IEEE 802.1Q §9.6",
    LLC_DSAP "llc.dsap" "Destination access point" Hex 0 "IEEE 802.2 §3.3.1",
    LLC_SSAP "llc.ssap" "Source access point" Hex 0 "IEEE 802.2 §3.3.1",
    LLC_CONTROL "llc.control" "Control" Hex 0 "IEEE 802.2 §5.2",
    LLC_OUI "llc.oui" "Organisation" Hex 0 "RFC 1042",
    LLC_TYPE "llc.type" "Type" Hex 0 "RFC 1042",
    SLL_PKTTYPE "sll.pkttype" "Packet type" Number 0 "LINKTYPE_LINUX_SLL",
    SLL_HATYPE "sll.hatype" "Device type" Number 0 "LINKTYPE_LINUX_SLL",
    SLL_SRC "sll.src.other" "Source" Bytes 0 "LINKTYPE_LINUX_SLL",
    SLL_IFINDEX "sll.ifindex" "Interface" Number 0 "LINKTYPE_LINUX_SLL2",
    SLL_ETYPE "sll.etype" "Type" Hex 0 "LINKTYPE_LINUX_SLL",
    NULL_FAMILY "null.family" "Address family" Number 0 "LINKTYPE_NULL",
    PPPOE_SESSION "pppoe.session_id" "Session" Hex 0 "RFC 2516 §4",
    MPLS_LABEL "mpls.label" "Label" Number 0 "RFC 3032 §2.1",
    MPLS_TTL "mpls.ttl" "Time to live" Number 0 "RFC 3032 §2.1",

    ARP_HW_TYPE "arp.hw.type" "Hardware" Number 0 "RFC 826",
    ARP_PROTO_TYPE "arp.proto.type" "Protocol" Hex 0 "RFC 826",
    ARP_HW_SIZE "arp.hw.size" "Hardware address length" Number 0 "RFC 826",
    ARP_PROTO_SIZE "arp.proto.size" "Protocol address length" Number 0 "RFC 826",
    ARP_OPCODE "arp.opcode" "Operation" Number 0 "RFC 826",
    ARP_SRC_MAC "arp.src.hw_mac" "Sender's hardware address" Mac 0 "RFC 826",
    ARP_SRC_IP "arp.src.proto_ipv4" "Sender's IP address" Ipv4 0 "RFC 826",
    ARP_DST_MAC "arp.dst.hw_mac" "Target's hardware address" Mac 0 "RFC 826",
    ARP_DST_IP "arp.dst.proto_ipv4" "Target's IP address" Ipv4 0 "RFC 826",
    ARP_GRATUITOUS "arp.isgratuitous" "Announcement" Flag 0 "RFC 5227 §2.3",

    IP_VERSION "ip.version" "Version" Number 0 "RFC 791 §3.1",
    IP_HDR_LEN "ip.hdr_len" "Header length" Number 0 "RFC 791 §3.1",
    IP_DSFIELD "ip.dsfield" "Type of service" Hex 0 "RFC 2474 §3",
    IP_DSCP "ip.dsfield.dscp" "Differentiated services" Number 1 "RFC 2474 §3",
    IP_ECN "ip.dsfield.ecn" "Congestion notification" Number 1 "RFC 3168 §5",
    IP_LEN "ip.len" "Total length" Number 0 "RFC 791 §3.1",
    IP_ID "ip.id" "Identification" Hex 0 "RFC 6864 §4",
    IP_FLAGS "ip.flags" "Flags" Hex 0 "RFC 791 §3.1",
    IP_DF "ip.flags.df" "Don't fragment" Flag 1 "RFC 791 §3.1",
    IP_MF "ip.flags.mf" "More fragments" Flag 1 "RFC 791 §3.1",
    IP_FRAG_OFFSET "ip.frag_offset" "Fragment offset" Number 0 "RFC 791 §3.1",
    IP_TTL "ip.ttl" "Time to live" Number 0 "RFC 791 §3.1",
    IP_PROTO "ip.proto" "Protocol" Number 0 "RFC 791 §3.1",
    IP_CHECKSUM "ip.checksum" "Header checksum" Hex 0 "RFC 791 §3.1",
    IP_CHECKSUM_STATUS "ip.checksum.status" "Verified" Number 1 "RFC 1071",
    IP_FRAGMENT "ip.fragment" "Piece in frame" Number 1 "RFC 791 §3.2",
    IP_FRAGMENT_COUNT "ip.fragment.count" "Pieces" Number 0 "RFC 791 §3.2",
    IP_REASSEMBLED "ip.reassembled.length" "Joined length" Number 0 "RFC 791 §3.2",
    IP_SRC "ip.src" "Source" Ipv4 0 "RFC 791 §3.1",
    IP_DST "ip.dst" "Destination" Ipv4 0 "RFC 791 §3.1",
    IP_OPT_TYPE "ip.opt.type" "Option" Number 0 "RFC 791 §3.1",

    IPV6_VERSION "ipv6.version" "Version" Number 0 "RFC 8200 §3",
    IPV6_TCLASS "ipv6.tclass" "Traffic class" Hex 0 "RFC 8200 §7",
    IPV6_FLOW "ipv6.flow" "Flow label" Hex 0 "RFC 6437",
    IPV6_PLEN "ipv6.plen" "Payload length" Number 0 "RFC 8200 §3",
    IPV6_NXT "ipv6.nxt" "Next header" Number 0 "RFC 8200 §3",
    IPV6_HLIM "ipv6.hlim" "Hop limit" Number 0 "RFC 8200 §3",
    IPV6_SRC "ipv6.src" "Source" Ipv6 0 "RFC 8200 §3",
    IPV6_DST "ipv6.dst" "Destination" Ipv6 0 "RFC 8200 §3",
    IPV6_HOPOPTS_NXT "ipv6.hopopts.nxt" "Next header" Number 0 "RFC 8200 §4.3",
    IPV6_ROUTING_NXT "ipv6.routing.nxt" "Next header" Number 0 "RFC 8200 §4.4",
    IPV6_FRAG_NXT "ipv6.fraghdr.nxt" "Next header" Number 0 "RFC 8200 §4.5",
    IPV6_DSTOPTS_NXT "ipv6.dstopts.nxt" "Next header" Number 0 "RFC 8200 §4.6",
    AH_NXT "ah.next_header" "Next header" Number 0 "RFC 4302 §2.1",
    IPV6_FRAG_OFFSET "ipv6.fraghdr.offset" "Fragment offset" Number 0 "RFC 8200 §4.5",
    IPV6_FRAG_MORE "ipv6.fraghdr.more" "More fragments" Flag 0 "RFC 8200 §4.5",
    IPV6_FRAG_ID "ipv6.fraghdr.ident" "Identification" Hex 0 "RFC 8200 §4.5",
    IPV6_FRAGMENT "ipv6.fragment" "Piece in frame" Number 1 "RFC 8200 §4.5",
    IPV6_FRAGMENT_COUNT "ipv6.fragment.count" "Pieces" Number 0 "RFC 8200 §4.5",
    IPV6_REASSEMBLED "ipv6.reassembled.length" "Joined length" Number 0 "RFC 8200 §4.5",
    GRE_PROTO "gre.proto" "Protocol" Hex 0 "RFC 2784 §2.4",

    ICMP_TYPE "icmp.type" "Type" Number 0 "RFC 792",
    ICMP_CODE "icmp.code" "Code" Number 0 "RFC 792",
    ICMP_CHECKSUM "icmp.checksum" "Checksum" Hex 0 "RFC 792",
    ICMP_CHECKSUM_STATUS "icmp.checksum.status" "Verified" Number 1 "RFC 1071",
    ICMP_IDENT "icmp.ident" "Identifier" Number 0 "RFC 792",
    ICMP_SEQ "icmp.seq" "Sequence number" Number 0 "RFC 792",
    ICMP_MTU "icmp.mtu" "MTU of the next link" Number 0 "RFC 1191 §4",
    ICMPV6_TYPE "icmpv6.type" "Type" Number 0 "RFC 4443 §2.1",
    ICMPV6_CODE "icmpv6.code" "Code" Number 0 "RFC 4443 §2.1",
    ICMPV6_CHECKSUM "icmpv6.checksum" "Checksum" Hex 0 "RFC 4443 §2.3",
    ICMPV6_CHECKSUM_STATUS "icmpv6.checksum.status" "Verified" Number 1 "RFC 4443 §2.3",
    ICMPV6_MTU "icmpv6.mtu" "MTU" Number 0 "RFC 4443 §3.2",
    ICMPV6_RA_HOP_LIMIT "icmpv6.nd.ra.cur_hop_limit" "Hop limit to send with" Number 0 "RFC 4861 §4.2",
    ICMPV6_RA_MANAGED "icmpv6.nd.ra.flag.m" "Managed" Flag 1 "RFC 4861 §4.2",
    ICMPV6_RA_OTHER "icmpv6.nd.ra.flag.o" "Other" Flag 1 "RFC 4861 §4.2",
    ICMPV6_RA_LIFETIME "icmpv6.nd.ra.router_lifetime" "Router lifetime" Number 0 "RFC 4861 §4.2",
    ICMPV6_RA_REACHABLE "icmpv6.nd.ra.reachable_time" "Reachable time" Number 0 "RFC 4861 §4.2",
    ICMPV6_RA_RETRANS "icmpv6.nd.ra.retrans_timer" "Retransmission timer" Number 0 "RFC 4861 §4.2",
    ICMPV6_NA_ROUTER "icmpv6.nd.na.flag.r" "Router" Flag 1 "RFC 4861 §4.4",
    ICMPV6_NA_SOLICITED "icmpv6.nd.na.flag.s" "Solicited" Flag 1 "RFC 4861 §4.4",
    ICMPV6_NA_OVERRIDE "icmpv6.nd.na.flag.o" "Override" Flag 1 "RFC 4861 §4.4",
    ICMPV6_OPTION "icmpv6.opt.type" "Option" Number 0 "RFC 4861 §4.6",
    ICMPV6_OPTION_LEN "icmpv6.opt.length" "Length" Number 1 "RFC 4861 §4.6",
    ICMPV6_OPTION_MAC "icmpv6.opt.linkaddr" "Hardware address" Bytes 1 "RFC 4861 §4.6.1",
    ICMPV6_PREFIX_LEN "icmpv6.opt.prefix.length" "Prefix length" Number 1 "RFC 4861 §4.6.2",
    ICMPV6_PREFIX_ON_LINK "icmpv6.opt.prefix.flag.l" "On link" Flag 1 "RFC 4861 §4.6.2",
    ICMPV6_PREFIX_AUTO "icmpv6.opt.prefix.flag.a" "Autonomous" Flag 1 "RFC 4861 §4.6.2",
    ICMPV6_PREFIX_VALID "icmpv6.opt.prefix.valid_lifetime" "Valid lifetime" Number 1 "RFC 4861 §4.6.2",
    ICMPV6_PREFIX_PREFERRED "icmpv6.opt.prefix.preferred_lifetime" "Preferred lifetime" Number 1 "RFC 4861 §4.6.2",
    ICMPV6_PREFIX "icmpv6.opt.prefix" "Prefix" Ipv6 1 "RFC 4861 §4.6.2",
    ICMPV6_OPTION_MTU "icmpv6.opt.mtu" "MTU" Number 1 "RFC 4861 §4.6.4",
    ICMPV6_NS_TARGET "icmpv6.nd.ns.target_address" "Target" Ipv6 0 "RFC 4861 §4.3",
    ICMPV6_NA_TARGET "icmpv6.nd.na.target_address" "Target" Ipv6 0 "RFC 4861 §4.4",
    UDP_SRCPORT "udp.srcport" "Source port" Number 0 "RFC 768",
    UDP_DSTPORT "udp.dstport" "Destination port" Number 0 "RFC 768",
    UDP_LENGTH "udp.length" "Length" Number 0 "RFC 768",
    UDP_CHECKSUM "udp.checksum" "Checksum" Hex 0 "RFC 768",
    UDP_CHECKSUM_STATUS "udp.checksum.status" "Verified" Number 1 "RFC 1071",
    UDP_PAYLOAD "udp.payload" "Payload" Bytes 0 "RFC 768",

    TCP_SRCPORT "tcp.srcport" "Source port" Number 0 "RFC 9293 §3.1",
    TCP_DSTPORT "tcp.dstport" "Destination port" Number 0 "RFC 9293 §3.1",
    TCP_STREAM "tcp.stream" "Conversation" Number 0 "",
    TCP_LEN "tcp.len" "Payload length" Number 0 "RFC 9293 §3.4",
    TCP_SEQ "tcp.seq" "Sequence number (relative)" Number 0 "RFC 9293 §3.4",
    TCP_SEQ_RAW "tcp.seq_raw" "Sequence number" Number 0 "RFC 9293 §3.1",
    TCP_NXTSEQ "tcp.nxtseq" "Next sequence number (relative)" Number 0 "RFC 9293 §3.4",
    TCP_ACK "tcp.ack" "Acknowledgement (relative)" Number 0 "RFC 9293 §3.4",
    TCP_ACK_RAW "tcp.ack_raw" "Acknowledgement" Number 0 "RFC 9293 §3.1",
    TCP_HDR_LEN "tcp.hdr_len" "Header length" Number 0 "RFC 9293 §3.1",
    TCP_FLAGS "tcp.flags" "Flags" Hex 0 "RFC 9293 §3.1",
    TCP_AE "tcp.flags.ae" "Accurate ECN" Flag 1 "RFC 9768",
    TCP_CWR "tcp.flags.cwr" "Congestion window reduced" Flag 1 "RFC 3168 §6.1",
    TCP_ECE "tcp.flags.ece" "Congestion echo" Flag 1 "RFC 3168 §6.1",
    TCP_URG "tcp.flags.urg" "Urgent" Flag 1 "RFC 9293 §3.8.5",
    TCP_ACK_FLAG "tcp.flags.ack" "Acknowledgement" Flag 1 "RFC 9293 §3.1",
    TCP_PUSH "tcp.flags.push" "Push" Flag 1 "RFC 9293 §3.9.1",
    TCP_RESET "tcp.flags.reset" "Reset" Flag 1 "RFC 9293 §3.5.3",
    TCP_SYN "tcp.flags.syn" "Synchronise" Flag 1 "RFC 9293 §3.5",
    TCP_FIN "tcp.flags.fin" "Finish" Flag 1 "RFC 9293 §3.6",
    TCP_WINDOW_VALUE "tcp.window_size_value" "Window as sent" Number 0 "RFC 9293 §3.1",
    TCP_WINDOW "tcp.window_size" "Window in bytes" Number 0 "RFC 7323 §2",
    TCP_CHECKSUM "tcp.checksum" "Checksum" Hex 0 "RFC 9293 §3.1",
    TCP_CHECKSUM_STATUS "tcp.checksum.status" "Verified" Number 1 "RFC 1071",
    TCP_URGENT "tcp.urgent_pointer" "Urgent pointer" Number 0 "RFC 9293 §3.8.5",
    TCP_OPTIONS "tcp.options" "Options" Bytes 0 "RFC 9293 §3.2",
    TCP_MSS "tcp.options.mss_val" "Maximum segment size" Number 1 "RFC 9293 §3.7.1",
    TCP_WSCALE "tcp.options.wscale.shift" "Window scale" Number 1 "RFC 7323 §2",
    TCP_SACK_PERM "tcp.options.sack_perm" "SACK permitted" Flag 1 "RFC 2018 §2",
    TCP_SACK_LE "tcp.options.sack_le" "SACK left edge (relative)" Number 1 "RFC 2018 §3",
    TCP_SACK_RE "tcp.options.sack_re" "SACK right edge (relative)" Number 1 "RFC 2018 §3",
    TCP_TSVAL "tcp.options.timestamp.tsval" "Timestamp" Number 1 "RFC 7323 §3",
    TCP_TSECR "tcp.options.timestamp.tsecr" "Timestamp echoed" Number 1 "RFC 7323 §3",
    TCP_OPTION_OTHER "tcp.options.unknown" "Option" Number 1 "RFC 9293 §3.2",
    TCP_ANALYSIS "tcp.analysis.flags" "Verdicts" Text 0 "",
    TCP_RETRANSMISSION "tcp.analysis.retransmission" "Sent again" Flag 1 "RFC 6298 §5",
    TCP_FAST_RETRANSMISSION "tcp.analysis.fast_retransmission" "Sent again after duplicate ACKs" Flag 1 "RFC 5681 §3.2",
    TCP_SPURIOUS "tcp.analysis.spurious_retransmission" "Sent again needlessly" Flag 1 "RFC 5682",
    TCP_OUT_OF_ORDER "tcp.analysis.out_of_order" "Out of order" Flag 1 "RFC 9293 §3.10.7.4",
    TCP_REUSED "tcp.analysis.reused_ports" "Ports used again" Flag 1 "RFC 9293 §3.6.1",
    TCP_LOST "tcp.analysis.lost_segment" "Earlier segment missing" Flag 1 "",
    TCP_ACK_LOST "tcp.analysis.ack_lost_segment" "Acknowledges what was not captured" Flag 1 "",
    TCP_WINDOW_UPDATE "tcp.analysis.window_update" "Window update" Flag 1 "RFC 9293 §3.8.6",
    TCP_WINDOW_FULL "tcp.analysis.window_full" "Window full" Flag 1 "RFC 9293 §3.8.6",
    TCP_KEEP_ALIVE "tcp.analysis.keep_alive" "Keep-alive" Flag 1 "RFC 9293 §3.8.4",
    TCP_KEEP_ALIVE_ACK "tcp.analysis.keep_alive_ack" "Keep-alive answered" Flag 1 "RFC 9293 §3.8.4",
    TCP_PROBE "tcp.analysis.zero_window_probe" "Zero window probe" Flag 1 "RFC 9293 §3.8.6.1",
    TCP_ZERO_WINDOW "tcp.analysis.zero_window" "Zero window" Flag 1 "RFC 9293 §3.8.6.1",
    TCP_PROBE_ACK "tcp.analysis.zero_window_probe_ack" "Zero window probe answered" Flag 1 "RFC 9293 §3.8.6.1",
    TCP_DUPLICATE_ACK "tcp.analysis.duplicate_ack" "Duplicate ACK" Flag 1 "RFC 5681 §2",
    TCP_PAYLOAD "tcp.payload" "Payload" Bytes 0 "RFC 9293 §3.4",

    DNS_ID "dns.id" "Transaction" Hex 0 "RFC 1035 §4.1.1",
    DNS_FLAGS "dns.flags" "Flags" Hex 0 "RFC 1035 §4.1.1",
    DNS_RESPONSE "dns.flags.response" "Response" Flag 1 "RFC 1035 §4.1.1",
    DNS_OPCODE "dns.flags.opcode" "Operation" Number 1 "RFC 1035 §4.1.1",
    DNS_AUTHORITATIVE "dns.flags.authoritative" "Authoritative" Flag 1 "RFC 1035 §4.1.1",
    DNS_TRUNCATED "dns.flags.truncated" "Truncated" Flag 1 "RFC 1035 §4.1.1",
    DNS_RECDESIRED "dns.flags.recdesired" "Recursion desired" Flag 1 "RFC 1035 §4.1.1",
    DNS_RECAVAIL "dns.flags.recavail" "Recursion available" Flag 1 "RFC 1035 §4.1.1",
    DNS_RCODE "dns.flags.rcode" "Response code" Number 1 "RFC 1035 §4.1.1",
    DNS_QUERIES "dns.count.queries" "Questions" Number 0 "RFC 1035 §4.1.1",
    DNS_ANSWERS "dns.count.answers" "Answers" Number 0 "RFC 1035 §4.1.1",
    DNS_AUTHORITIES "dns.count.auth_rr" "Authorities" Number 0 "RFC 1035 §4.1.1",
    DNS_ADDITIONAL "dns.count.add_rr" "Additional records" Number 0 "RFC 1035 §4.1.1",
    DNS_QRY_NAME "dns.qry.name" "Name" Text 0 "RFC 1035 §4.1.2",
    DNS_QRY_TYPE "dns.qry.type" "Type" Number 1 "RFC 1035 §3.2.2",
    DNS_QRY_CLASS "dns.qry.class" "Class" Hex 1 "RFC 1035 §3.2.4",
    DNS_RESP_NAME "dns.resp.name" "Name" Text 0 "RFC 1035 §4.1.3",
    DNS_RESP_TYPE "dns.resp.type" "Type" Number 1 "RFC 1035 §3.2.2",
    DNS_RESP_CLASS "dns.resp.class" "Class" Hex 1 "RFC 1035 §3.2.4",
    DNS_RESP_TTL "dns.resp.ttl" "Time to live" Number 1 "RFC 1035 §4.1.3",
    DNS_RESP_LEN "dns.resp.len" "Length of the data" Number 1 "RFC 1035 §4.1.3",
    DNS_A "dns.a" "Address" Ipv4 1 "RFC 1035 §3.4.1",
    DNS_AAAA "dns.aaaa" "Address" Ipv6 1 "RFC 3596 §2.2",
    DNS_CNAME "dns.cname" "True name" Text 1 "RFC 1035 §3.3.1",
    DHCP_TYPE "dhcp.type" "Operation" Number 0 "RFC 2131 §2",
    DHCP_HW_TYPE "dhcp.hw.type" "Hardware" Hex 0 "RFC 2131 §2",
    DHCP_HW_LEN "dhcp.hw.len" "Hardware address length" Number 0 "RFC 2131 §2",
    DHCP_HOPS "dhcp.hops" "Hops" Number 0 "RFC 1542 §4.1",
    DHCP_ID "dhcp.id" "Transaction" Hex 0 "RFC 2131 §2",
    DHCP_SECS "dhcp.secs" "Seconds" Number 0 "RFC 2131 §2",
    DHCP_FLAGS "dhcp.flags" "Flags" Hex 0 "RFC 2131 §2",
    DHCP_BROADCAST "dhcp.flags.bc" "Broadcast" Flag 1 "RFC 2131 §4.1",
    DHCP_CLIENT "dhcp.ip.client" "Client's address" Ipv4 0 "RFC 2131 §2",
    DHCP_YOUR "dhcp.ip.your" "Address for the client" Ipv4 0 "RFC 2131 §2",
    DHCP_SERVER_IP "dhcp.ip.server" "Next server" Ipv4 0 "RFC 2131 §2",
    DHCP_RELAY "dhcp.ip.relay" "Relay" Ipv4 0 "RFC 1542 §4.1",
    DHCP_MAC "dhcp.hw.mac_addr" "Client's hardware address" Mac 0 "RFC 2131 §2",
    DHCP_OPTION "dhcp.option.type" "Option" Number 0 "RFC 2132 §2",
    DHCP_MASK "dhcp.option.subnet_mask" "Network mask" Ipv4 1 "RFC 2132 §3.3",
    DHCP_ROUTER "dhcp.option.router" "Router" Ipv4 1 "RFC 2132 §3.5",
    DHCP_DNS "dhcp.option.domain_name_server" "Name server" Ipv4 1 "RFC 2132 §3.8",
    DHCP_HOSTNAME "dhcp.option.hostname" "Client's name" Text 1 "RFC 2132 §3.14",
    DHCP_REQUESTED "dhcp.option.requested_ip_address" "Address asked for" Ipv4 1 "RFC 2132 §9.1",
    DHCP_LEASE "dhcp.option.ip_address_lease_time" "Lease" Number 1 "RFC 2132 §9.2",
    DHCP_MESSAGE "dhcp.option.dhcp" "Message" Number 1 "RFC 2132 §9.6",
    DHCP_SERVER_ID "dhcp.option.dhcp_server_id" "Server" Ipv4 1 "RFC 2132 §9.7",

    FTP_REQUEST "ftp.request" "Request" Flag 0 "RFC 959 §4.1",
    FTP_REQUEST_COMMAND "ftp.request.command" "Command" Text 0 "RFC 959 §4.1",
    FTP_REQUEST_ARG "ftp.request.arg" "Parameter" Text 0 "RFC 959 §5.3",
    FTP_RESPONSE "ftp.response" "Response" Flag 0 "RFC 959 §4.2",
    FTP_RESPONSE_CODE "ftp.response.code" "Reply code" Number 0 "RFC 959 §4.2",
    FTP_RESPONSE_ARG "ftp.response.arg" "Text" Text 0 "RFC 959 §4.2",
    FTP_ACTIVE_IP "ftp.active.ip" "Client's data address" Ipv4 0 "RFC 959 §4.1.2",
    FTP_ACTIVE_PORT "ftp.active.port" "Client's data port" Number 0 "RFC 959 §4.1.2",
    FTP_EPRT_IP "ftp.eprt.ip" "Client's data address" Ipv4 0 "RFC 2428 §2",
    FTP_EPRT_IPV6 "ftp.eprt.ipv6" "Client's data address" Ipv6 0 "RFC 2428 §2",
    FTP_EPRT_PORT "ftp.eprt.port" "Client's data port" Number 0 "RFC 2428 §2",
    FTP_PASSIVE_IP "ftp.passive.ip" "Server's data address" Ipv4 0 "RFC 959 §4.1.2",
    FTP_PASSIVE_PORT "ftp.passive.port" "Server's data port" Number 0 "RFC 959 §4.1.2",
    FTP_EPSV_PORT "ftp.epsv.port" "Server's data port" Number 0 "RFC 2428 §3",
    FTP_DATA_SETUP "ftp-data.setup-method" "Agreed on by" Text 0 "RFC 959 §3.2",
    FTP_DATA_COMMAND "ftp-data.command" "For" Text 0 "RFC 959 §4.1.3",
    FTP_DATA_COMMAND_FRAME "ftp-data.command-frame" "Asked for in frame" Number 0 "",

    DATA_DATA "data.data" "Bytes" Bytes 0 "",
}

/// The field of that name.
pub fn find_field(name: &str) -> Option<&'static FieldDef> {
    FIELDS.iter().copied().find(|def| def.name == name)
}

/// The layer of that name.
pub fn find_layer(name: &str) -> Option<&'static LayerDef> {
    LAYERS.iter().copied().find(|def| def.name == name)
}

/// All layers.
pub fn layers() -> impl ExactSizeIterator<Item = &'static LayerDef> {
    LAYERS.iter().copied()
}

/// All fields.
pub fn fields() -> impl ExactSizeIterator<Item = &'static FieldDef> {
    FIELDS.iter().copied()
}

/// All names that a filter may use: layers, then fields.
pub fn names() -> impl Iterator<Item = &'static str> {
    let layers = LAYERS.iter().map(|def| def.name);
    layers.chain(FIELDS.iter().map(|def| def.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_is_given_twice() {
        let all: Vec<_> = names().collect();
        let unique: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), unique.len());
    }
}
