//! Fields of DNS: the header, questions, and records in outline.

use std::net::IpAddr;

use super::defs::*;
use super::{Place, Value};
use crate::wire::{Dns, DnsEntry, DnsSection};

/// The name of a record type.
pub(crate) fn type_name(kind: u16) -> &'static str {
    match kind {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        33 => "SRV",
        41 => "OPT",
        64 => "SVCB",
        65 => "HTTPS",
        255 => "ANY",
        _ => "",
    }
}

/// What a response code says (RFC 1035 §4.1.1).
pub(crate) fn code_words(code: u16) -> &'static str {
    match code {
        0 => "no error",
        1 => "the question makes no sense",
        2 => "the server failed",
        3 => "no such name",
        4 => "not implemented",
        5 => "refused",
        _ => "",
    }
}

pub(super) fn dns(payload: &[u8], mut at: Place<'_>) {
    let Some(dns) = Dns::new(payload) else { return };
    let what = if dns.is_response() {
        "answer"
    } else {
        "question"
    };
    at.title(&DNS, format_args!("{what}"));
    at.number(
        &DNS_ID,
        0..2,
        dns.id(),
        format_args!("the answer has the question's"),
    );
    let flags = dns.flags();
    at.number(&DNS_FLAGS, 2..4, flags, format_args!(""));
    at.flag(&DNS_RESPONSE, 2..4, dns.is_response(), "it answers");
    at.number(&DNS_OPCODE, 2..4, (flags >> 11) & 15, format_args!(""));
    let bit = |mask: u16| flags & mask != 0;
    if dns.is_response() {
        at.flag(
            &DNS_AUTHORITATIVE,
            2..4,
            bit(0x0400),
            "from whoever is in charge of the name",
        );
    }
    at.flag(&DNS_TRUNCATED, 2..4, bit(0x0200), "the rest did not fit");
    at.flag(
        &DNS_RECDESIRED,
        2..4,
        bit(0x0100),
        "the server shall ask others if need be",
    );
    if dns.is_response() {
        at.flag(&DNS_RECAVAIL, 2..4, bit(0x0080), "the server does so");
        at.number(
            &DNS_RCODE,
            2..4,
            dns.code(),
            format_args!("{}", code_words(dns.code())),
        );
    }
    let counts = [
        &DNS_QUERIES,
        &DNS_ANSWERS,
        &DNS_AUTHORITIES,
        &DNS_ADDITIONAL,
    ];
    for ((def, count), place) in counts.into_iter().zip(dns.counts()).zip([4, 6, 8, 10]) {
        at.number(def, place..place + 2, count, format_args!(""));
    }
    for entry in dns.entries() {
        record(&dns, &entry, &mut at);
    }
}

fn record(dns: &Dns<'_>, entry: &DnsEntry, at: &mut Place<'_>) {
    let name = if entry.name.is_empty() {
        "<Root>"
    } else {
        &entry.name
    };
    let is_question = entry.section == DnsSection::Question;
    let (name_def, kind_def, class_def) = if is_question {
        (&DNS_QRY_NAME, &DNS_QRY_TYPE, &DNS_QRY_CLASS)
    } else {
        (&DNS_RESP_NAME, &DNS_RESP_TYPE, &DNS_RESP_CLASS)
    };
    let words = match entry.section {
        DnsSection::Question => "what is asked",
        DnsSection::Answer => "an answer",
        DnsSection::Authority => "who is in charge",
        DnsSection::Additional => "besides",
    };
    let place = entry.place.clone();
    let text = Value::Text(name.as_bytes());
    at.put(name_def, place.clone(), text, format_args!("{words}"));
    let (end, kind) = (place.end, entry.kind);
    at.number(
        kind_def,
        end..end + 2,
        kind,
        format_args!("{}", type_name(kind)),
    );
    at.number(class_def, end + 2..end + 4, entry.class, format_args!(""));
    if is_question {
        return;
    }
    at.number(
        &DNS_RESP_TTL,
        end + 4..end + 8,
        entry.ttl,
        format_args!("seconds it may be kept"),
    );
    let data = entry.data.clone();
    at.number(
        &DNS_RESP_LEN,
        end + 8..end + 10,
        data.len() as u64,
        format_args!("bytes"),
    );
    match (kind, dns.at(data.clone())) {
        (1, &[a, b, c, d]) => {
            let address = IpAddr::from([a, b, c, d]);
            at.put(&DNS_A, data, Value::Ip(address), format_args!(""));
        }
        (28, bytes) => {
            if let Some(octets) = bytes.first_chunk::<16>() {
                let address = IpAddr::from(*octets);
                at.put(&DNS_AAAA, data, Value::Ip(address), format_args!(""));
            }
        }
        (5, _) => {
            if let Some(name) = dns.name_at(data.start) {
                let text = Value::Text(name.as_bytes());
                at.put(&DNS_CNAME, data, text, format_args!("its true name"));
            }
        }
        _ => {}
    }
}
