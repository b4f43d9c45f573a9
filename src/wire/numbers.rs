//! Numbers that say which protocol comes next, as IANA and IEEE register them.

/// EtherTypes: what an Ethernet frame carries.
pub mod ether_type {
    /// IPv4 (RFC 894).
    pub const IPV4: u16 = 0x0800;
    /// ARP (RFC 826).
    pub const ARP: u16 = 0x0806;
    /// Reverse ARP (RFC 903).
    pub const RARP: u16 = 0x8035;
    /// An 802.1Q tag.
    pub const VLAN: u16 = 0x8100;
    /// IPv6 (RFC 2464).
    pub const IPV6: u16 = 0x86dd;
    /// A service tag, the outer of two (802.1ad).
    pub const QINQ: u16 = 0x88a8;
    /// The outer tag of older equipment.
    pub const QINQ_OLD: u16 = 0x9100;
    /// PPP over Ethernet, session stage (RFC 2516).
    pub const PPPOE: u16 = 0x8864;
    /// MPLS, one label stack (RFC 3032).
    pub const MPLS: u16 = 0x8847;
    /// Below this the field is the length of an 802.3 frame (IEEE 802.3 §3.2.6).
    pub const FIRST: u16 = 0x0600;
}

/// Protocol numbers of IPv4, and next-header numbers of IPv6.
pub mod ip_protocol {
    /// IPv6 hop-by-hop options (RFC 8200 §4.3).
    pub const HOP_BY_HOP: u8 = 0;
    /// ICMP (RFC 792).
    pub const ICMP: u8 = 1;
    /// IGMP (RFC 2236).
    pub const IGMP: u8 = 2;
    /// IPv4 in IP (RFC 2003).
    pub const IPV4: u8 = 4;
    /// TCP (RFC 9293).
    pub const TCP: u8 = 6;
    /// UDP (RFC 768).
    pub const UDP: u8 = 17;
    /// IPv6 in IP (RFC 4213).
    pub const IPV6: u8 = 41;
    /// IPv6 routing header (RFC 8200 §4.4).
    pub const ROUTING: u8 = 43;
    /// IPv6 fragment header (RFC 8200 §4.5).
    pub const FRAGMENT: u8 = 44;
    /// GRE (RFC 2784).
    pub const GRE: u8 = 47;
    /// Encapsulating security payload (RFC 4303).
    pub const ESP: u8 = 50;
    /// Authentication header (RFC 4302).
    pub const AUTHENTICATION: u8 = 51;
    /// ICMPv6 (RFC 4443).
    pub const ICMPV6: u8 = 58;
    /// Nothing follows (RFC 8200 §4.7).
    pub const NO_NEXT: u8 = 59;
    /// IPv6 destination options (RFC 8200 §4.6).
    pub const DESTINATION_OPTIONS: u8 = 60;
}
