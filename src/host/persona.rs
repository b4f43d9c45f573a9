//! Stack personas: the habits by which one TCP/IP stack differs from another on the wire.
//!
//! Each is a table of facts read off real captures (see the sources beside
//! them). What a persona cannot change, because it lives in smoltcp's core, is
//! the data retransmission schedule, the length of TIME-WAIT and SACK recovery.

use crate::time::Duration;

/// One option of a SYN, in the order in which the persona writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SynOption {
    /// Maximum segment size (kind 2, RFC 9293 §3.2).
    Mss,
    /// Padding of one octet (kind 1).
    Nop,
    /// Window scale (kind 3, RFC 7323 §2.2) with this shift.
    WindowScale(u8),
    /// SACK permitted (kind 4, RFC 2018 §2).
    SackPermitted,
    /// Timestamps (kind 8, RFC 7323 §3.2).
    Timestamps,
    /// The end of the list (kind 0), and zeros up to the end of the header.
    EndOfList,
}

/// What a stack writes into the identification field of IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpIdHabit {
    /// Always zero: harmless since DF is set (RFC 6864 §4.1).
    Zero,
    /// One counter over all the host's traffic, in steps of this.
    Counter(u16),
    /// Zero in a SYN-ACK and in what belongs to no connection; otherwise a
    /// counter for each connection from a random start.
    PerConnection,
}

/// How a stack picks the port of an outgoing connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortHabit {
    /// The next one, from a start within this range that the seed chooses.
    Sequential(u16, u16),
    /// A random one of this range.
    Random(u16, u16),
}

/// How a stack resolves addresses by ARP (RFC 826, RFC 1122 §2.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArpHabits {
    /// Requests before it gives up.
    pub tries: u8,
    /// Time between two requests.
    pub interval: Duration,
    /// How long an answer is used before it must be asked for again.
    pub lifetime: Duration,
    /// Packets kept for a target while it is being resolved; older ones go.
    pub pending: usize,
}

/// What a stack makes of its card for the second half of its IPv6 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InterfaceIdHabit {
    /// The hardware address, with ff:fe in its middle (RFC 4291, appendix A).
    Eui64,
    /// A number that tells nothing of the hardware, always the same on one
    /// segment (RFC 7217).
    Opaque,
}

/// The habits of one TCP/IP stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackPersona {
    /// Its name in scenario files.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Time to live of what it sends.
    pub ttl: u8,
    /// Receive buffer, which is also the window of its SYN.
    pub window: u16,
    /// The options of its SYN. A stack that does not list one does not speak
    /// it, and ignores it in the SYNs of others. `None`: as smoltcp writes them.
    pub syn_options: Option<&'static [SynOption]>,
    /// Identification field.
    pub ip_id: IpIdHabit,
    /// How long it may hold an acknowledgement back (RFC 1122 §4.2.3.2).
    pub ack_delay: Duration,
    /// When it sends a SYN again that nobody answers, each counted from the
    /// one before; the last is when it gives up. `None`: as smoltcp does,
    /// doubling from one second, for ever.
    pub syn_retries: Option<&'static [Duration]>,
    /// When it sends a SYN again that was answered by RST, each counted from
    /// that RST.
    pub syn_retries_on_reset: &'static [Duration],
    /// A FIN carries PSH.
    pub push_on_fin: bool,
    /// Ephemeral ports.
    pub ports: PortHabit,
    /// Address resolution.
    pub arp: ArpHabits,
    /// The addresses that it makes itself.
    pub interface_id: InterfaceIdHabit,
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// smoltcp's own behaviour, unadorned; ARP as in RFC 1122.
pub const PLAIN: StackPersona = StackPersona {
    name: "plain",
    about: "No habits of its own: smoltcp as it is.",
    ttl: 64,
    window: 65535,
    syn_options: None,
    ip_id: IpIdHabit::Zero,
    ack_delay: ms(10),
    syn_retries: None,
    syn_retries_on_reset: &[],
    push_on_fin: false,
    ports: PortHabit::Random(49152, 65535),
    arp: ArpHabits {
        tries: 3,
        interval: ms(1000),
        lifetime: ms(60_000),
        pending: 8,
    },
    interface_id: InterfaceIdHabit::Eui64,
};

/// Windows 98: the machines of the article. SYN of 62 octets, window 8760, the
/// same port and ISN three times on a refusal, one IP ID counter in steps of
/// 0x0100 (a little-endian counter sent as it lies in memory).
pub const WINDOWS_98: StackPersona = StackPersona {
    name: "windows-98",
    about: "Windows 98, as of the year 2000: window 8760, no scaling.",
    ttl: 128,
    window: 8760,
    syn_options: Some(&[
        SynOption::Mss,
        SynOption::Nop,
        SynOption::Nop,
        SynOption::SackPermitted,
    ]),
    ip_id: IpIdHabit::Counter(0x0100),
    ack_delay: ms(200),
    syn_retries: Some(&[ms(3000), ms(6000), ms(12_000)]),
    syn_retries_on_reset: &[ms(500), ms(500)],
    push_on_fin: false,
    ports: PortHabit::Sequential(1025, 1999),
    arp: ArpHabits {
        tries: 3,
        interval: ms(1000),
        lifetime: ms(120_000),
        pending: 1,
    },
    interface_id: InterfaceIdHabit::Eui64,
};

/// Windows XP and its relatives (NT 5.x): no scaling, the largest window that
/// goes without. SYN and identification as p0f knows them (`Windows:XP`); the
/// timers are those of Windows 98.
pub const WINDOWS_XP: StackPersona = StackPersona {
    name: "windows-xp",
    about: "Windows XP: window 65535, no scaling.",
    window: 65_535,
    ip_id: IpIdHabit::Counter(1),
    ports: PortHabit::Sequential(1025, 5000),
    ..WINDOWS_98
};

/// Windows 7 and 8 (NT 6.x): SYN of 66 octets with window 8192 and scaling by
/// two bits, as in real captures and as p0f knows it (`Windows:7 or 8`); ports
/// in small steps within the range of RFC 6335.
pub const WINDOWS_7: StackPersona = StackPersona {
    name: "windows-7",
    about: "Windows 7 and 8: window 8192, scaled.",
    window: 8192,
    syn_options: Some(&[
        SynOption::Mss,
        SynOption::Nop,
        SynOption::WindowScale(2),
        SynOption::Nop,
        SynOption::Nop,
        SynOption::SackPermitted,
    ]),
    ip_id: IpIdHabit::Counter(1),
    ports: PortHabit::Sequential(49_152, 65_535),
    arp: ArpHabits {
        tries: 3,
        interval: ms(1000),
        lifetime: ms(30_000),
        pending: 1,
    },
    interface_id: InterfaceIdHabit::Opaque,
    ..WINDOWS_98
};

/// Linux, kernel 6: `MSS, SACK permitted, timestamps, NOP, window scale`,
/// window 64240; one SYN on a refusal; three ARP requests a second apart.
pub const LINUX: StackPersona = StackPersona {
    name: "linux",
    about: "Linux, kernel 6: window 64240, scaled, with timestamps.",
    ttl: 64,
    window: 64240,
    syn_options: Some(&[
        SynOption::Mss,
        SynOption::SackPermitted,
        SynOption::Timestamps,
        SynOption::Nop,
        SynOption::WindowScale(7),
    ]),
    ip_id: IpIdHabit::PerConnection,
    ack_delay: ms(40),
    syn_retries: Some(&[
        ms(1000),
        ms(2000),
        ms(4000),
        ms(8000),
        ms(16_000),
        ms(32_000),
        ms(64_000),
    ]),
    syn_retries_on_reset: &[],
    push_on_fin: false,
    ports: PortHabit::Random(32768, 60999),
    arp: ArpHabits {
        tries: 3,
        interval: ms(1000),
        lifetime: ms(60_000),
        pending: 101,
    },
    interface_id: InterfaceIdHabit::Eui64,
};

/// macOS (10.9 and later, as p0f knows it: `MacOS X:10.9 or newer`): window
/// 65535, options that end with a list's end and a zero; acknowledgements at
/// once; SYNs again after the back-off table of BSD: five times after one
/// second, then doubling, for 75 seconds in all. ARP as in RFC 1122, for want of
/// a capture.
pub const MACOS: StackPersona = StackPersona {
    name: "macos",
    about: "macOS, 10.9 and later: it acknowledges at once.",
    ttl: 64,
    window: 65_535,
    syn_options: Some(&[
        SynOption::Mss,
        SynOption::Nop,
        SynOption::WindowScale(4),
        SynOption::Nop,
        SynOption::Nop,
        SynOption::Timestamps,
        SynOption::SackPermitted,
        SynOption::EndOfList,
    ]),
    ip_id: IpIdHabit::Counter(1),
    ack_delay: Duration::ZERO,
    syn_retries: Some(&[
        ms(1000),
        ms(1000),
        ms(1000),
        ms(1000),
        ms(1000),
        ms(2000),
        ms(4000),
        ms(8000),
        ms(16_000),
        ms(32_000),
        ms(8000),
    ]),
    syn_retries_on_reset: &[],
    push_on_fin: false,
    ports: PortHabit::Random(49_152, 65_535),
    arp: PLAIN.arp,
    interface_id: InterfaceIdHabit::Opaque,
};

/// Every persona, in the order in which they are listed to people.
pub const STACK_PERSONAS: [&StackPersona; 6] =
    [&PLAIN, &WINDOWS_98, &WINDOWS_XP, &WINDOWS_7, &LINUX, &MACOS];

impl StackPersona {
    /// The persona of that name.
    ///
    /// ```
    /// use wirelab::host::StackPersona;
    /// assert_eq!(StackPersona::by_name("windows-98").unwrap().ttl, 128);
    /// ```
    pub fn by_name(name: &str) -> Option<&'static StackPersona> {
        STACK_PERSONAS.into_iter().find(|p| p.name == name)
    }

    /// It speaks TCP timestamps (RFC 7323 §3).
    pub(super) fn timestamps(&self) -> bool {
        self.syn_options
            .is_some_and(|options| options.contains(&SynOption::Timestamps))
    }

    /// The shift of its window scale option, if it speaks that.
    pub(super) fn window_scale(&self, timestamps: bool) -> Option<u8> {
        let options = self.options_of_syn(timestamps);
        let mut options = options.iter().flatten();
        options.find_map(|option| match option {
            SynOption::WindowScale(shift) => Some(*shift),
            _ => None,
        })
    }

    /// The options of its SYN, if they are not as smoltcp writes them. On a
    /// host where timestamps were turned on or off they come or go as they do
    /// on the systems that have a switch for it.
    pub(super) fn options_of_syn(&self, timestamps: bool) -> Option<Vec<SynOption>> {
        use SynOption::{Mss, Nop, SackPermitted, Timestamps, WindowScale};
        let Some(options) = self.syn_options else {
            let options = [Mss, SackPermitted, Timestamps, Nop, WindowScale(0)];
            return timestamps.then(|| options.to_vec());
        };
        let mut options = options.to_vec();
        let place = options.iter().position(|option| *option == Timestamps);
        match place {
            Some(place) if !timestamps => {
                options.remove(place);
                let nops = options[..place].iter().rev();
                let nops = nops.take_while(|option| **option == Nop).count();
                options.drain(place - nops..place);
                // Where it stood on no NOPs of its own, it filled up the two
                // octets of SACK permitted to a word: now NOPs do.
                let sack = options.iter().position(|option| *option == SackPermitted);
                if let (0, Some(sack)) = (nops, sack) {
                    options.splice(sack..sack, [Nop, Nop]);
                }
            }
            None if timestamps => {
                // Before SACK permitted and its NOPs, as Windows has it.
                let sack = options.iter().position(|option| *option == SackPermitted);
                let end = sack.unwrap_or(options.len());
                let nops = options[..end].iter().rev();
                let nops = nops.take_while(|option| **option == Nop).count();
                options.splice(end - nops..end - nops, [Nop, Nop, Timestamps]);
            }
            _ => {}
        }
        Some(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As p0f writes them, and knows them.
    fn shown(options: &[SynOption]) -> String {
        let words = options.iter().map(|option| match option {
            SynOption::Mss => "mss",
            SynOption::Nop => "nop",
            SynOption::WindowScale(_) => "ws",
            SynOption::SackPermitted => "sok",
            SynOption::Timestamps => "ts",
            SynOption::EndOfList => "eol",
        });
        words.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn timestamps_come_and_go_as_on_the_real_systems() {
        let cases = [
            (&LINUX, false, "mss,nop,nop,sok,nop,ws"),
            (&MACOS, false, "mss,nop,ws,sok,eol"),
            (&WINDOWS_98, true, "mss,nop,nop,ts,nop,nop,sok"),
            (&WINDOWS_7, true, "mss,nop,ws,nop,nop,ts,nop,nop,sok"),
            (&PLAIN, true, "mss,sok,ts,nop,ws"),
        ];
        for (persona, timestamps, expected) in cases {
            let options = persona.options_of_syn(timestamps).expect("a list");
            assert_eq!(shown(&options), expected, "{}", persona.name);
        }
        for persona in STACK_PERSONAS {
            let own = persona.syn_options.map(<[SynOption]>::to_vec);
            assert_eq!(persona.options_of_syn(persona.timestamps()), own);
        }
    }
}
