//! Tap points: where on a simulated network a capture is made, and what is seen there.

use core::fmt;
use std::collections::BTreeMap;

use super::{Bytes, Capture, CapturedFrame, Interface, LinkType};
use crate::time::{Instant, Timestamp};
use crate::trace::{FrameId, NodeId, PortId, Record, SegmentId, Trace};
use crate::wire::Frame;

/// Where a capture is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapPoint {
    /// On a segment, promiscuous: every frame when its last bit has passed,
    /// padded as it is on the wire.
    Segment(SegmentId),
    /// On a node's network card, or on all its cards: what its host would
    /// record. Frames it sends are seen when they are handed over, before the
    /// card pads them; frames it receives, when they have arrived, padded.
    Nic {
        /// Whose card.
        node: NodeId,
        /// Which of its ports; `None` for all.
        port: Option<PortId>,
    },
}

/// There is no such place in the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapError {
    /// What was asked for.
    pub name: String,
    /// What there is: segments, then nodes.
    pub known: Vec<String>,
}

impl fmt::Display for TapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there is no segment or host named \"{}\" to tap; there are {}",
            self.name,
            self.known.join(", ")
        )
    }
}

impl std::error::Error for TapError {}

impl TapPoint {
    /// The default tap: the first segment.
    pub const FIRST_SEGMENT: TapPoint = TapPoint::Segment(SegmentId(0));

    /// The segment of that name, or else all cards of the node of that name.
    ///
    /// # Errors
    /// When the trace has neither.
    pub fn named(trace: &Trace, name: &str) -> Result<TapPoint, TapError> {
        let segment = trace.segment(name).map(TapPoint::Segment);
        let nic = || {
            trace
                .node(name)
                .map(|node| TapPoint::Nic { node, port: None })
        };
        segment.or_else(nic).ok_or_else(|| TapError {
            name: name.to_owned(),
            known: trace.segments.iter().chain(&trace.nodes).cloned().collect(),
        })
    }

    /// The name of the place: the segment's or the node's.
    pub fn name(self, trace: &Trace) -> Option<&str> {
        match self {
            TapPoint::Segment(segment) => trace.segments.get(usize::from(segment.0)),
            TapPoint::Nic { node, .. } => trace.nodes.get(node.0 as usize),
        }
        .map(String::as_str)
    }
}

impl Capture {
    /// What a tap saw of a run, on a clock that shows `clock` at instant 0.
    ///
    /// No frame's bytes are copied. Each frame knows by its
    /// [`id`](CapturedFrame::id) which transmission it is.
    pub fn from_trace(trace: &Trace, tap: TapPoint, clock: Timestamp) -> Capture {
        let frames = match tap {
            TapPoint::Segment(segment) => on_segment(trace, segment, clock),
            TapPoint::Nic { node, port } => on_nic(trace, node, port, clock),
        };
        Capture {
            interfaces: vec![Interface {
                name: tap.name(trace).map(str::to_owned),
                link: LinkType::ETHERNET,
                snaplen: 0,
            }],
            frames,
            ..Capture::default()
        }
    }
}

impl Capture {
    /// What several taps saw, in one: an interface for each, frames in order
    /// of time, and those of one instant in the order of the taps.
    pub fn merged(taps: Vec<Capture>) -> Capture {
        let mut all = Capture::default();
        for (tap, index) in taps.into_iter().zip(0u32..) {
            let frames = tap.frames.into_iter();
            all.frames.extend(frames.map(|frame| CapturedFrame {
                interface: index,
                ..frame
            }));
            all.interfaces.extend(tap.interfaces.into_iter().take(1));
        }
        all.frames.sort_by_key(|frame| (frame.at, frame.interface));
        all
    }

    /// What one of its interfaces saw.
    pub fn at_interface(&self, interface: u32) -> Capture {
        let here = self.frames.iter().filter(|f| f.interface == interface);
        let frames = here.map(|frame| CapturedFrame {
            interface: 0,
            ..frame.clone()
        });
        let mine = self.interfaces.get(interface as usize);
        Capture {
            section: self.section.clone(),
            interfaces: mine.into_iter().cloned().collect(),
            names: self.names.clone(),
            frames: frames.collect(),
        }
    }

    /// Keeps no more than `len` octets of each frame.
    pub fn snap(&mut self, len: u32) {
        for interface in &mut self.interfaces {
            interface.snaplen = len;
        }
        let keep = len as usize;
        for frame in self.frames.iter_mut().filter(|f| f.bytes().len() > keep) {
            let kept = frame.bytes().get(..keep).unwrap_or_default();
            frame.bytes = Bytes::Read(kept.into());
        }
    }
}

fn captured(at: Timestamp, id: FrameId, bytes: Bytes) -> CapturedFrame {
    let mut frame = CapturedFrame {
        at,
        interface: 0,
        original_len: 0,
        id: Some(id),
        comments: Vec::new(),
        bytes,
    };
    frame.original_len = u32::try_from(frame.bytes().len()).unwrap_or(u32::MAX);
    frame
}

fn on_segment(trace: &Trace, segment: SegmentId, clock: Timestamp) -> Vec<CapturedFrame> {
    let seen = trace
        .records
        .iter()
        .filter(|r| r.segment == segment && r.passed);
    seen.map(|r| captured(clock.at(r.at), r.id, Bytes::Wire(r.frame.clone())))
        .collect()
}

fn on_nic(
    trace: &Trace,
    node: NodeId,
    port: Option<PortId>,
    clock: Timestamp,
) -> Vec<CapturedFrame> {
    let is_here = |at: NodeId, p: PortId| at == node && port.is_none_or(|only| only == p);
    let frames: BTreeMap<FrameId, &Frame> =
        trace.records.iter().map(|r| (r.id, &r.frame)).collect();

    // What arrived at an instant was there before what was sent at it, since
    // the one may be the reason for the other.
    const ARRIVED: u8 = 0;
    const SENT: u8 = 1;
    type Seen = (Instant, u8, FrameId, Bytes);
    let sent = |r: &Record| -> Seen {
        let bytes = Bytes::BeforePadding(r.frame.clone());
        (r.sent, SENT, r.id, bytes)
    };
    let mut seen: Vec<Seen> = Vec::new();
    seen.extend(
        trace
            .records
            .iter()
            .filter(|r| is_here(r.from, r.port))
            .map(sent),
    );
    seen.extend(trace.deliveries.iter().filter_map(|d| {
        let frame = is_here(d.to, d.port).then(|| frames.get(&d.id))??;
        let frame = d.altered.as_ref().unwrap_or(frame);
        Some((d.at, ARRIVED, d.id, Bytes::Wire(frame.clone())))
    }));
    seen.sort_by_key(|(at, kind, id, _)| (*at, *kind, *id));
    seen.into_iter()
        .map(|(at, _, id, bytes)| captured(clock.at(at), id, bytes))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Cause, Delivery};

    fn trace() -> Trace {
        let record = |id: u64, sent: u64, at: u64, from: u32, len: usize| Record {
            id: FrameId(id),
            sent: Instant::from_nanos(sent),
            at: Instant::from_nanos(at),
            segment: SegmentId(0),
            from: NodeId(from),
            port: PortId(0),
            cause: Cause::Timer,
            frame: Frame::new(&vec![id as u8; len]),
            passed: true,
        };
        let delivery = |id: u64, at: u64, to: u32| Delivery {
            id: FrameId(id),
            at: Instant::from_nanos(at),
            to: NodeId(to),
            port: PortId(0),
            altered: None,
        };
        Trace {
            faults: Vec::new(),
            nodes: vec!["client".into(), "server".into()],
            segments: vec!["lan".into()],
            actors: vec![],
            records: vec![record(0, 10, 20, 0, 42), record(1, 30, 40, 1, 100)],
            deliveries: vec![delivery(0, 30, 1), delivery(1, 50, 0)],
        }
    }

    #[test]
    fn a_segment_sees_padded_frames_when_they_have_passed() {
        let clock = Timestamp::from_nanos(1000);
        let capture = Capture::from_trace(&trace(), TapPoint::FIRST_SEGMENT, clock);
        let seen: Vec<_> = capture
            .frames()
            .map(|f| (f.number, f.at.as_nanos(), f.bytes.len(), f.original_len))
            .collect();
        assert_eq!(seen, [(1, 1020, 60, 60), (2, 1040, 100, 100)]);
        assert_eq!(capture.interfaces[0].name.as_deref(), Some("lan"));
    }

    #[test]
    fn a_card_sees_what_its_host_would_record() {
        let trace = trace();
        let at = |name: &str| {
            let tap = TapPoint::named(&trace, name).unwrap();
            let capture = Capture::from_trace(&trace, tap, Timestamp::default());
            let seen = capture.frames().map(|f| (f.at.as_nanos(), f.bytes.len()));
            seen.collect::<Vec<_>>()
        };
        assert_eq!(at("client"), [(10, 42), (50, 100)]);
        // The answer leaves at the very instant at which the question arrived.
        assert_eq!(at("server"), [(30, 60), (30, 100)]);
    }

    #[test]
    fn an_unknown_tap_names_those_there_are() {
        let error = TapPoint::named(&trace(), "wan").unwrap_err();
        assert!(error.to_string().contains("lan, client, server"));
    }
}
