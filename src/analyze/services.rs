//! What DNS and DHCP messages say, in a line.

use core::fmt::{self, Write};
use std::net::IpAddr;

use super::Printable;
use crate::dissect::fields::{dhcp_type_name, dns_code_words, dns_type_name};
use crate::wire::{Dhcp, Dns, DnsSection};

/// So many answers are named.
const MAX_ANSWERS: usize = 4;

/// A question; or an answer, with what it is about.
pub(super) fn dns(payload: &[u8], out: &mut impl Write) -> fmt::Result {
    let Some(dns) = Dns::new(payload) else {
        return Ok(());
    };
    let what = if dns.is_response() { "Answer" } else { "Query" };
    write!(out, "{what} {:#06x}", dns.id())?;
    let mut answers = 0;
    for entry in dns.entries() {
        match entry.section {
            DnsSection::Question => {
                match dns_type_name(entry.kind) {
                    "" => write!(out, " TYPE{}", entry.kind)?,
                    name => write!(out, " {name}")?,
                }
                write!(out, " {}", Printable(entry.name.as_bytes()))?;
            }
            DnsSection::Answer if answers < MAX_ANSWERS => {
                out.write_str(if answers == 0 { ": " } else { ", " })?;
                answers += 1;
                let data = dns.at(entry.data.clone());
                match (entry.kind, data.len()) {
                    (1, 4) => write!(out, "{}", octets::<4>(data))?,
                    (28, 16) => write!(out, "{}", octets::<16>(data))?,
                    (5, _) => {
                        let name = dns.name_at(entry.data.start).unwrap_or_default();
                        write!(out, "CNAME {}", Printable(name.as_bytes()))?;
                    }
                    (kind, _) => match dns_type_name(kind) {
                        "" => write!(out, "TYPE{kind}")?,
                        name => out.write_str(name)?,
                    },
                }
            }
            _ => {}
        }
    }
    match (dns.code(), dns_code_words(dns.code())) {
        (0, _) => Ok(()),
        (code, "") => write!(out, ": error {code}"),
        (_, words) => write!(out, ": {words}"),
    }
}

/// An address of so many octets, if there are as many.
fn octets<const N: usize>(data: &[u8]) -> IpAddr
where
    IpAddr: From<[u8; N]>,
{
    let mut octets = [0; N];
    for (to, from) in octets.iter_mut().zip(data) {
        *to = *from;
    }
    octets.into()
}

/// What is wanted or given, and in which exchange.
pub(super) fn dhcp(payload: &[u8], out: &mut impl Write) -> fmt::Result {
    let Some(dhcp) = Dhcp::new(payload) else {
        return Ok(());
    };
    let kind = dhcp.message_type();
    out.write_str(dhcp_type_name(kind))?;
    let [client, yours, ..] = dhcp.addresses();
    match kind {
        Some(2 | 5) if !yours.is_unspecified() => write!(out, " of {yours}")?,
        Some(7) => write!(out, " of {client}")?,
        _ => {}
    }
    if let Some(&[a, b, c, d]) = dhcp.option(50) {
        write!(out, " for {}", IpAddr::from([a, b, c, d]))?;
    }
    if let Some(&[a, b, c, d]) = dhcp.option(54) {
        write!(out, ", server {}", IpAddr::from([a, b, c, d]))?;
    }
    write!(out, ", transaction {:#x}", dhcp.transaction())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{DhcpKind, DhcpMessage, DnsKind, DnsMessage, MacAddr};

    #[test]
    fn names() {
        let say = |message: &DnsMessage| {
            let mut text = String::new();
            dns(&message.to_bytes().unwrap(), &mut text).unwrap();
            text
        };
        let question = DnsMessage::question(7, "ftp.example.test", DnsKind::A);
        assert_eq!(say(&question), "Query 0x0007 A ftp.example.test");
        let found = question.answer(0, vec![([10, 2, 0, 1].into(), 60)]);
        assert_eq!(say(&found), "Answer 0x0007 A ftp.example.test: 10.2.0.1");
        let missing = question.answer(3, Vec::new());
        assert_eq!(
            say(&missing),
            "Answer 0x0007 A ftp.example.test: no such name"
        );
    }

    #[test]
    fn leases() {
        let mut message = DhcpMessage::new(DhcpKind::Ack, 0xabcd, MacAddr::ZERO);
        message.your_ip = Some([10, 2, 0, 100].into());
        message.server = Some([10, 2, 0, 1].into());
        let mut text = String::new();
        dhcp(&message.to_bytes(), &mut text).unwrap();
        assert_eq!(
            text,
            "ACK of 10.2.0.100, server 10.2.0.1, transaction 0xabcd"
        );
    }
}
