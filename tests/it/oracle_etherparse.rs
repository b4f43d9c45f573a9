//! A second opinion on every frame, in Rust: etherparse reads what our dissection reads.

use std::net::IpAddr;

use etherparse::{LinkExtSlice, NetSlice, SlicedPacket, TransportSlice};
use wirelab::capture::{Capture, FrameRef, LinkType};
use wirelab::dissect::{LayerKind, Packet, Transport};
use wirelab::wire::{ArpOperation, Vlan};

use crate::play;
use crate::support::{say, whole_captures_of_strangers};

/// A frame as words, one for each field: two readers agree when their words do.
type Words = Vec<String>;

/// What etherparse reads.
fn theirs(frame: FrameRef<'_>) -> Words {
    let read = if frame.link == LinkType::ETHERNET {
        SlicedPacket::from_ethernet(frame.bytes)
    } else {
        SlicedPacket::from_linux_sll(frame.bytes)
    };
    let packet = match read {
        Ok(packet) => packet,
        Err(why) => return vec![format!("cannot be read: {why}")],
    };
    let mut words = Words::new();
    for extension in &packet.link_exts {
        if let LinkExtSlice::Vlan(tag) = extension {
            words.push(format!("vlan {}", tag.vlan_identifier().value()));
        }
    }
    let (source, destination): (IpAddr, IpAddr) = match &packet.net {
        Some(NetSlice::Arp(arp)) => {
            words.push(format!("arp {}", arp.operation().0));
            words.push(format!(
                "{:02x?} {:?}",
                arp.sender_hw_addr(),
                arp.sender_protocol_addr()
            ));
            words.push(format!(
                "{:02x?} {:?}",
                arp.target_hw_addr(),
                arp.target_protocol_addr()
            ));
            return words;
        }
        Some(NetSlice::Ipv4(ip)) => {
            let header = ip.header();
            words.push(format!(
                "ttl {} protocol {}",
                header.ttl(),
                ip.payload_ip_number().0
            ));
            if header.to_header().calc_header_checksum() != header.header_checksum() {
                words.push("bad IP checksum".to_string());
            }
            (
                header.source_addr().into(),
                header.destination_addr().into(),
            )
        }
        Some(NetSlice::Ipv6(ip)) => {
            let header = ip.header();
            let protocol = ip.payload().ip_number.0;
            words.push(format!("ttl {} protocol {protocol}", header.hop_limit()));
            (
                header.source_addr().into(),
                header.destination_addr().into(),
            )
        }
        None => return words,
    };
    words.push(format!("{source} to {destination}"));
    match &packet.transport {
        Some(TransportSlice::Tcp(tcp)) => {
            let header = tcp.to_header();
            words.push(format!(
                "{} to {}",
                header.source_port, header.destination_port
            ));
            words.push(format!(
                "seq {} ack {}",
                header.sequence_number, header.acknowledgment_number
            ));
            words.push(format!(
                "window {} urgent {}",
                header.window_size, header.urgent_pointer
            ));
            let flags = [
                header.fin, header.syn, header.rst, header.psh, header.ack, header.urg, header.ece,
                header.cwr, header.ns,
            ];
            let bits = flags
                .iter()
                .zip(0..)
                .map(|(set, bit)| u16::from(*set) << bit);
            words.push(format!("flags {:#05x}", bits.sum::<u16>()));
            words.push(format!("options {:02x?}", header.options.as_slice()));
            words.push(format!("payload {:02x?}", tcp.payload()));
            let right = match (source, destination) {
                (IpAddr::V4(a), IpAddr::V4(b)) => {
                    tcp.calc_checksum_ipv4(a.octets(), b.octets()).ok()
                }
                (IpAddr::V6(a), IpAddr::V6(b)) => {
                    tcp.calc_checksum_ipv6(a.octets(), b.octets()).ok()
                }
                _ => None,
            };
            if right != Some(tcp.checksum()) {
                words.push("bad TCP checksum".to_string());
            }
        }
        Some(TransportSlice::Udp(udp)) => {
            words.push(format!(
                "{} to {}",
                udp.source_port(),
                udp.destination_port()
            ));
            words.push(format!("payload {:02x?}", udp.payload()));
        }
        _ => {}
    }
    words
}

/// What our own dissection reads.
fn ours(frame: FrameRef<'_>) -> Words {
    let packet = Packet::parse(frame.link, frame.bytes, frame.original_len);
    let mut words = Words::new();
    if let Some(trouble) = packet.trouble {
        words.push(format!("trouble: {trouble:?}"));
    }
    for layer in packet.layers() {
        if layer.kind == LayerKind::Vlan {
            let tag = Vlan::new(packet.from_layer(*layer)).expect("a whole tag");
            words.push(format!("vlan {}", tag.id()));
        }
    }
    if let Some(arp) = packet.arp {
        let operation = match arp.operation() {
            ArpOperation::Request => 1,
            ArpOperation::Reply => 2,
            ArpOperation::Other(number) => number,
        };
        words.push(format!("arp {operation}"));
        words.push(format!(
            "{:02x?} {:?}",
            arp.sender_mac().0,
            arp.sender_ip().octets()
        ));
        words.push(format!(
            "{:02x?} {:?}",
            arp.target_mac().0,
            arp.target_ip().octets()
        ));
        return words;
    }
    let Some(network) = packet.network else {
        return words;
    };
    words.push(format!(
        "ttl {} protocol {}",
        network.hops, network.protocol
    ));
    words.push(format!("{} to {}", network.source, network.destination));
    if let Some(tcp) = packet.tcp() {
        words.push(format!(
            "{} to {}",
            tcp.source_port(),
            tcp.destination_port()
        ));
        words.push(format!(
            "seq {} ack {}",
            tcp.sequence(),
            tcp.acknowledgement()
        ));
        words.push(format!(
            "window {} urgent {}",
            tcp.window(),
            tcp.urgent_pointer()
        ));
        words.push(format!("flags {:#05x}", tcp.flags().0));
        words.push(format!("options {:02x?}", tcp.options().bytes()));
        words.push(format!("payload {:02x?}", packet.payload));
    } else if let Some(Transport::Udp(udp)) = packet.transport {
        words.push(format!(
            "{} to {}",
            udp.source_port(),
            udp.destination_port()
        ));
        words.push(format!("payload {:02x?}", packet.payload));
    }
    words
}

/// The frames on which the two readers differ.
fn differences(capture: &Capture) -> Vec<String> {
    let frames = capture.frames().filter_map(|frame| {
        let (ours, theirs) = (ours(frame), theirs(frame));
        (ours != theirs).then(|| {
            format!(
                "frame {}\n  ours   {ours:?}\n  theirs {theirs:?}",
                frame.number
            )
        })
    });
    frames.collect()
}

#[test]
fn etherparse_agrees_on_captures_of_strangers() {
    for (name, capture) in whole_captures_of_strangers() {
        let wrong = differences(&capture);
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn etherparse_and_we_do_not_agree_by_agreeing_on_nothing() {
    let (_, capture) = whole_captures_of_strangers().swap_remove(0);
    let words: usize = capture.frames().map(|frame| ours(frame).len()).sum();
    assert!(words > 7 * capture.frames.len(), "only {words} words");
}

#[test]
fn etherparse_agrees_on_every_builtin() {
    let (mut captures, mut frames) = (0, 0);
    for name in play::names() {
        play::with(name, 1, |played| {
            let wrong = differences(&played.capture);
            assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
            captures += 1;
            frames += played.capture.frames.len();
        });
    }
    say(&format!(
        "oracle: etherparse checked {captures} captures, {frames} frames"
    ));
}
