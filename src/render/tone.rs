//! What a frame is at a glance: the one notion of colour of lists, ladders and pages.

use crate::dissect::{Dissected, Role, Transport, Verdicts};
use crate::ftp::ReplyCode;
use crate::wire::TcpFlags;

/// What switches a terminal to a colour; `None` for the usual one.
pub(super) type Ink = Option<&'static str>;
/// Headings stand out.
pub(super) const HEADING: Ink = Some("\x1b[1m");

/// What a frame is at a glance. Views colour by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Something is wrong with it: sent again, lost before it, cut short, a RST.
    Trouble,
    /// An FTP reply that begins with 4 or 5.
    Refusal,
    /// An FTP command.
    Command,
    /// Another FTP reply.
    Reply,
    /// What an FTP data connection carries.
    Data,
    /// A connection begins or ends.
    Handshake,
    /// Another TCP segment.
    Tcp,
    /// ARP, NDP, ICMP, DNS, DHCP: what keeps the network going.
    Network,
    /// Anything else.
    Other,
}

/// Verdicts that tell of trouble on the way, and not of a receiver that is slow.
const TROUBLES: [Verdicts; 6] = [
    Verdicts::RETRANSMISSION,
    Verdicts::OUT_OF_ORDER,
    Verdicts::LOST_SEGMENT,
    Verdicts::ACK_LOST_SEGMENT,
    Verdicts::ZERO_WINDOW,
    Verdicts::DUPLICATE_ACK,
];

impl Tone {
    /// Every tone.
    pub const ALL: [Tone; 9] = [
        Tone::Trouble,
        Tone::Refusal,
        Tone::Command,
        Tone::Reply,
        Tone::Data,
        Tone::Handshake,
        Tone::Tcp,
        Tone::Network,
        Tone::Other,
    ];

    /// The tone of a frame.
    pub fn of(seen: &Dissected<'_>) -> Tone {
        let packet = &seen.packet;
        let verdicts = seen.segment.map(|s| s.verdicts).unwrap_or_default();
        let flags = packet.tcp().map(|tcp| tcp.flags());
        let is_reset = flags.is_some_and(|flags| flags.has(TcpFlags::RST));
        if is_reset || packet.trouble.is_some() || TROUBLES.iter().any(|v| verdicts.has_any(*v)) {
            return Tone::Trouble;
        }
        match seen.role {
            Role::FtpControl { from_client: true } if packet.payload_len > 0 => {
                return Tone::Command;
            }
            Role::FtpControl { from_client: false } if packet.payload_len > 0 => {
                let code = ReplyCode::from_line(packet.payload);
                let refuses = code.is_some_and(|code| code.get() >= 400);
                return if refuses { Tone::Refusal } else { Tone::Reply };
            }
            Role::Dns | Role::Dhcp => return Tone::Network,
            Role::FtpData(_) if packet.payload_len > 0 => return Tone::Data,
            _ => {}
        }
        let begins_or_ends = TcpFlags::SYN.with(TcpFlags::FIN);
        match (flags, packet.transport) {
            (Some(flags), _) if flags.has_any(begins_or_ends) => Tone::Handshake,
            (Some(_), _) => Tone::Tcp,
            (None, Some(Transport::Icmp(_) | Transport::Icmpv6(_))) => Tone::Network,
            (None, _) if packet.arp.is_some() => Tone::Network,
            _ => Tone::Other,
        }
    }

    /// Its colour on a terminal.
    pub(super) fn terminal(self) -> Ink {
        Some(match self {
            Tone::Trouble => "\x1b[33m",
            Tone::Refusal => "\x1b[31m",
            Tone::Command => "\x1b[94m",
            Tone::Reply => "\x1b[32m",
            Tone::Data => "\x1b[35m",
            Tone::Network => "\x1b[36m",
            Tone::Tcp => "\x1b[2m",
            Tone::Handshake | Tone::Other => return None,
        })
    }

    /// Its name in style sheets and data.
    pub fn name(self) -> &'static str {
        match self {
            Tone::Trouble => "trouble",
            Tone::Refusal => "refusal",
            Tone::Command => "command",
            Tone::Reply => "reply",
            Tone::Data => "data",
            Tone::Handshake => "handshake",
            Tone::Tcp => "tcp",
            Tone::Network => "network",
            Tone::Other => "other",
        }
    }
}
