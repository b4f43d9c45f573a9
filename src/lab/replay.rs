//! Captures that a scenario plays: read into frames, and put on the wire again.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::capture::{LinkType, ReadProblem, Reader};
use crate::dissect::Packet;
use crate::scenario::builtin;
use crate::scenario::compile::{PlannedReplay, Sender};
use crate::scenario::{Diagnostic, Diagnostics, Loaded, Recorded};
use crate::time::Duration;
use crate::wire::{Frame, MacAddr, ether_type};

/// The largest capture that a scenario may play, in bytes.
pub const MAX_CAPTURE: usize = 16 << 20;

/// How many frames it may hold.
const MAX_FRAMES: usize = 100_000;

/// So many senders are named to whoever named one that is not there.
const SOME: usize = 5;

/// Gives a scenario the captures that it plays. `read` is asked for the bytes
/// of each by its name, at most [`MAX_CAPTURE`] of them, and answers `None` if
/// there is none of that name: then one that comes with the program will do.
///
/// # Errors
/// When a capture is not there, or cannot be sent again; each with its place in
/// the scenario.
pub fn supply(
    loaded: &mut Loaded,
    mut read: impl FnMut(&str) -> Option<Result<Vec<u8>, String>>,
) -> Result<(), Diagnostics> {
    let replays = loaded.scenario.hosts.iter();
    let replays = replays.filter_map(|host| host.value.replay.as_ref());
    let mut wrong = Vec::new();
    for file in replays.clone().map(|replay| &replay.file) {
        if loaded.recorded.contains_key(&file.value) {
            continue;
        }
        let bytes = read(&file.value)
            .or_else(|| Some(Ok(builtin::capture(&file.value)?.to_vec())))
            .unwrap_or_else(|| Err("there is no such file beside the scenario".into()));
        match bytes.and_then(|bytes| frames(&bytes)) {
            Ok(frames) => {
                loaded.recorded.insert(file.value.clone(), frames);
            }
            Err(why) => {
                let message = format!("{file} cannot be played: {why}");
                wrong.push(Diagnostic::error(message, file.span));
            }
        }
    }
    for replay in replays {
        if let (Some(from), Some(frames)) = (&replay.from, loaded.recorded.get(&replay.file.value))
            && let Some(sender) = Sender::parse(&from.value)
            && !frames.iter().any(|(_, frame)| is_from(frame, sender))
        {
            let message = format!("{from} sends nothing in {}", replay.file);
            let some = senders(frames).into_iter().take(SOME);
            let some: Vec<String> = some.map(|ip| ip.to_string()).collect();
            let help = format!("these send: {}", some.join(", "));
            let told = Diagnostic::error(message, from.span);
            wrong.push(match some.is_empty() {
                true => told,
                false => told.help(help),
            });
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Diagnostics {
            sources: loaded.sources.clone(),
            list: wrong,
        }),
    }
}

/// The frames of a capture, with their times from the first on.
pub(super) fn frames(bytes: &[u8]) -> Result<Recorded, String> {
    if bytes.len() > MAX_CAPTURE {
        return Err(format!("it is larger than {} MiB", MAX_CAPTURE >> 20));
    }
    let mut reader = Reader::new(bytes).map_err(|why| match why.problem {
        ReadProblem::NotACapture(_) => "it is neither pcap nor pcapng".to_owned(),
        _ => why.to_string(),
    })?;
    let mut found: Vec<(u64, Frame)> = Vec::new();
    let mut size = 0;
    while let Some(next) = reader.next_frame() {
        let frame = next.map_err(|why| why.to_string())?;
        let number = frame.number;
        if frame.link != LinkType::ETHERNET {
            return Err(format!("frame {number} is not Ethernet but {}", frame.link));
        }
        if frame.bytes.len() < usize::try_from(frame.original_len).unwrap_or(usize::MAX) {
            return Err(format!(
                "frame {number} was cut short when it was captured: {} of {} bytes",
                frame.bytes.len(),
                frame.original_len
            ));
        }
        if frame.bytes.len() < 14 {
            return Err(format!("frame {number} has no whole Ethernet header"));
        }
        size += frame.bytes.len();
        if found.len() >= MAX_FRAMES || size > MAX_CAPTURE {
            let most = MAX_CAPTURE >> 20;
            return Err(format!("more than {MAX_FRAMES} frames or {most} MiB"));
        }
        found.push((frame.at.as_nanos(), Frame::new(frame.bytes)));
    }
    let first = found.iter().map(|(at, _)| *at).min();
    let Some(first) = first else {
        return Err("there is no frame in it".into());
    };
    let timed = found.into_iter();
    Ok(timed
        .map(|(at, frame)| (Duration::from_nanos(at - first), frame))
        .collect())
}

/// What a replay puts on the wire, and when.
pub(super) fn played(replay: &PlannedReplay, recorded: &Recorded) -> Recorded {
    let is_meant = |frame: &Frame| replay.from.is_none_or(|from| is_from(frame, from));
    let kept = recorded.iter().filter(|(_, frame)| is_meant(frame));
    let kept: Vec<&(Duration, Frame)> = kept.collect();
    let first = kept.iter().map(|(at, _)| *at).min().unwrap_or_default();
    let timed = kept.into_iter().map(|(at, frame)| {
        let at = replay.start.saturating_add(replay.speed.scale(*at - first));
        (at, renamed(frame, replay))
    });
    timed.collect()
}

/// Who sends it, as far as IP or ARP name them.
pub(super) fn senders(frames: &Recorded) -> BTreeSet<IpAddr> {
    frames.iter().filter_map(|(_, f)| source_ip(f)).collect()
}

fn is_from(frame: &Frame, sender: Sender) -> bool {
    match sender {
        Sender::Mac(mac) => frame.source() == mac,
        Sender::Ip(ip) => source_ip(frame) == Some(ip),
    }
}

fn source_ip(frame: &Frame) -> Option<IpAddr> {
    let bytes = frame.bytes();
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let packet = Packet::parse(LinkType::ETHERNET, bytes, len);
    let arp = packet.arp.map(|arp| arp.sender_ip().into());
    packet.network.map(|network| network.source).or(arp)
}

/// The frame with its hardware addresses changed: in its header, and where ARP
/// speaks of them.
fn renamed(frame: &Frame, replay: &PlannedReplay) -> Frame {
    if replay.macs.is_empty() {
        return frame.clone();
    }
    let mut bytes = frame.unpadded().to_vec();
    let is_arp = frame.ether_type() == ether_type::ARP;
    let places: &[usize] = if is_arp { &[0, 6, 22, 32] } else { &[0, 6] };
    for &at in places {
        let Some(field) = bytes.get_mut(at..at + 6) else {
            continue;
        };
        let mut octets = [0; 6];
        octets.copy_from_slice(field);
        if let Some(to) = replay.macs.get(&MacAddr(octets)) {
            field.copy_from_slice(&to.0);
        }
    }
    Frame::new(&bytes)
}
