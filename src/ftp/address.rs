//! Addresses of data connections: `h1,h2,h3,h4,p1,p2` (RFC 959 §5.3.2) and `|1|a|p|` (RFC 2428).

use core::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

use super::command::{CommandError, Verb, parse_number};

/// The six numbers of PORT and of a 227 reply: an IPv4 address and a port,
/// which is `p1` times 256 plus `p2`.
///
/// ```
/// use wirelab::ftp::HostPort;
/// let port = HostPort::parse("10,2,0,2,4,15").unwrap();
/// assert_eq!(port.port, 4 * 256 + 15);
/// assert_eq!(port.to_string(), "10,2,0,2,4,15");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// The address.
    pub address: Ipv4Addr,
    /// The port.
    pub port: u16,
}

impl HostPort {
    /// Parses six decimal octets separated by commas, and nothing else.
    pub fn parse(text: &str) -> Option<HostPort> {
        let mut octets = [0u8; 6];
        let mut parts = text.split(',');
        for octet in &mut octets {
            let part = parts.next().filter(|part| part.len() <= 3)?;
            *octet = u8::try_from(parse_number(part)?).ok()?;
        }
        let [a, b, c, d, high, low] = octets;
        parts.next().is_none().then_some(HostPort {
            address: Ipv4Addr::new(a, b, c, d),
            port: u16::from_be_bytes([high, low]),
        })
    }

    /// The numbers in the text of a 227 reply. RFC 959 does not fix the text
    /// around them, so the first digit begins them (RFC 1123 §4.1.2.6).
    pub fn find(text: &str) -> Option<HostPort> {
        let inside = |c: char| c.is_ascii_digit() || c == ',';
        text.split(|c| !inside(c)).find_map(HostPort::parse)
    }

    /// As a socket address.
    pub const fn to_socket_addr(self) -> SocketAddr {
        SocketAddr::V4(SocketAddrV4::new(self.address, self.port))
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.address.octets();
        let [high, low] = self.port.to_be_bytes();
        write!(f, "{a},{b},{c},{d},{high},{low}")
    }
}

/// A network protocol by its number in RFC 2428 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 1
    Ipv4,
    /// 2
    Ipv6,
}

impl Family {
    /// The family of this number.
    pub const fn from_number(number: u64) -> Option<Family> {
        match number {
            1 => Some(Family::Ipv4),
            2 => Some(Family::Ipv6),
            _ => None,
        }
    }

    /// The family of this address.
    pub const fn of(address: IpAddr) -> Family {
        match address {
            IpAddr::V4(_) => Family::Ipv4,
            IpAddr::V6(_) => Family::Ipv6,
        }
    }
}

/// Its number.
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Ipv4 => "1",
            Family::Ipv6 => "2",
        })
    }
}

/// The parameter of EPRT: an address of either family and a port.
///
/// ```
/// use wirelab::ftp::Eprt;
/// let eprt = Eprt::parse("|2|2001:db8::7|5282|").unwrap();
/// assert_eq!(eprt.0.port(), 5282);
/// assert_eq!(eprt.to_string(), "|2|2001:db8::7|5282|");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Eprt(pub SocketAddr);

impl Eprt {
    /// Parses `|family|address|port|`, with any delimiter from `!` to `~`.
    pub fn parse(text: &str) -> Result<Eprt, CommandError> {
        let bad = CommandError::BadParameter(Verb::Eprt);
        let [family, address, port] = fields(text).ok_or(bad)?;
        let number = parse_number(family).ok_or(bad)?;
        let family = Family::from_number(number).ok_or(CommandError::NoSuchValue(Verb::Eprt))?;
        let address: IpAddr = address.parse().map_err(|_| bad)?;
        if Family::of(address) != family {
            return Err(bad);
        }
        let port = parse_number(port).and_then(|p| u16::try_from(p).ok());
        Ok(Eprt(SocketAddr::new(address, port.ok_or(bad)?)))
    }
}

impl fmt::Display for Eprt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ip, port) = (self.0.ip(), self.0.port());
        write!(f, "|{}|{ip}|{port}|", Family::of(ip))
    }
}

/// The port in the text of a 229 reply: `(|||6446|)`, with any delimiter.
///
/// ```
/// assert_eq!(wirelab::ftp::address::find_epsv("Entering (!!!1039!)"), Some(1039));
/// ```
pub fn find_epsv(text: &str) -> Option<u16> {
    let (_, after) = text.rsplit_once('(')?;
    let (inside, _) = after.split_once(')')?;
    let [family, address, port] = fields(inside)?;
    let port = u16::try_from(parse_number(port)?).ok()?;
    (family.is_empty() && address.is_empty() && port > 0).then_some(port)
}

/// The three fields between four delimiters; the first character is the
/// delimiter.
fn fields(text: &str) -> Option<[&str; 3]> {
    let delimiter = text.chars().next().filter(char::is_ascii_graphic)?;
    let mut parts = text.get(1..)?.split(delimiter);
    let fields = [parts.next()?, parts.next()?, parts.next()?];
    (parts.next() == Some("") && parts.next().is_none()).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_227_in_the_wild() {
        let expected = HostPort::parse("10,2,0,1,4,16");
        for text in [
            "Entering Passive Mode (10,2,0,1,4,16).",
            "Entering Passive Mode 10,2,0,1,4,16",
            "=10,2,0,1,4,16",
        ] {
            assert_eq!(HostPort::find(text), expected, "{text}");
        }
        for text in ["", "Entering Passive Mode (10,2,0,1,4)", "1,2,3,4,5,6,7"] {
            assert_eq!(HostPort::find(text), None, "{text}");
        }
    }

    #[test]
    fn extended_addresses() {
        for bad in [
            "",
            "|1|10.2.0.2|1039",
            "|1|10.2.0.2|1039||",
            "|2|10.2.0.2|1039|",
            "|1|10.2.0.2|65536|",
            "é1é10.2.0.2é1é",
        ] {
            assert!(Eprt::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(find_epsv("ok (|||0|)"), None);
        assert_eq!(find_epsv("ok |||21|"), None);
        assert_eq!(find_epsv("229 (x) (|||6446|)"), Some(6446));
    }

    proptest! {
        #[test]
        fn six_numbers_round_trip(octets: [u8; 6]) {
            let text = octets.map(|o| o.to_string()).join(",");
            prop_assert_eq!(HostPort::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = (HostPort::find(&text), find_epsv(&text), Eprt::parse(&text));
        }
    }
}
