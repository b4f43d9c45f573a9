//! Bytes on the wire and the values they carry: frames, hardware addresses, layer views.
//!
//! A *view* (`Ipv4`, `Tcp`, …) borrows the bytes of one header and what follows
//! it. Making one checks only that the fixed part is there, so that a view can
//! be had of a frame that was cut short, damaged, or never meant well; each
//! accessor then reads its field and nothing else. Views allocate nothing.

mod arp;
pub mod build;
pub mod checksum;
mod dhcp;
mod dhcp_view;
pub mod dns;
mod dns_view;
mod ethernet;
mod frame;
mod icmp;
mod ipv4;
mod ipv6;
mod mac;
mod message;
mod numbers;
mod sll;
mod tcp;
mod tcp_options;
mod udp;

pub use arp::{Arp, ArpOperation};
pub use dhcp::{DhcpKind, DhcpMessage};
pub use dhcp_view::{Dhcp, DhcpOption};
pub use dns::{DnsKind, DnsMessage};
pub use dns_view::{Dns, DnsEntry, DnsSection};
pub use ethernet::{Ethernet, Llc, Snap, Vlan};
pub(crate) use frame::TransmitRing;
pub use frame::{Frame, MIN_FRAME_LEN};
pub use icmp::{DiscoveryOption, Icmp, Icmpv6, RouterAdvert};
pub use ipv4::{Ipv4, Ipv4Option, Ipv4Options};
pub use ipv6::{Extension, Ipv6};
pub use mac::MacAddr;
pub use message::{DnsSide, IcmpKind, Message, NdpKind};
pub use numbers::{ether_type, ip_protocol};
pub use sll::{Sll, Sll2};
pub use tcp::{Tcp, TcpFlags};
pub use tcp_options::{TcpOption, TcpOptions};
pub use udp::Udp;
