//! What the network did, and the capture: segments sent again, full receivers, frames missing or cut short.

use super::{Found, Kind, Seen, Severity, times};
use crate::dissect::{Dissected, Verdicts};

#[derive(Debug, Default)]
pub(super) struct Network {
    retransmissions: Seen,
    zero_windows: Seen,
    missing: Seen,
    /// Fewer octets than were on the wire.
    snapped: Seen,
}

impl Network {
    pub(super) fn frame(&mut self, seen: &Dissected<'_>) {
        let frame = &seen.frame;
        if usize::try_from(frame.original_len).is_ok_and(|len| frame.bytes.len() < len) {
            self.snapped.add(frame.number);
        }
        let Some(segment) = seen.segment.filter(|s| !s.verdicts.is_empty()) else {
            return;
        };
        let verdicts = segment.verdicts;
        let number = seen.frame.number;
        if verdicts.has_any(Verdicts::RETRANSMISSION) {
            self.retransmissions.add(number);
        }
        if verdicts.has_any(Verdicts::ZERO_WINDOW) {
            self.zero_windows.add(number);
        }
        if verdicts.has_any(Verdicts::LOST_SEGMENT) {
            self.missing.add(number);
        }
    }

    pub(super) fn finish(self, found: &mut Found) {
        let count = self.retransmissions.count;
        if count > 0 {
            let kind = Kind {
                name: "retransmission",
                severity: Severity::Note,
                why: "Frames were lost, came too late, or were refused.",
                reference: "RFC 9293 §3.8.1",
            };
            let what = times(count, "segment was", "segments were");
            found.add(kind, format!("{what} sent again"), self.retransmissions);
        }
        let count = self.zero_windows.count;
        if count > 0 {
            let kind = Kind {
                name: "zero-window",
                severity: Severity::Note,
                why: "The application does not read as fast as the network brings.",
                reference: "RFC 9293 §3.8.6",
            };
            let summary = format!("a receiver was full {}", times(count, "time", "times"));
            found.add(kind, summary, self.zero_windows);
        }
        let count = self.missing.count;
        if count > 0 {
            let kind = Kind {
                name: "missing-frames",
                severity: Severity::Note,
                why: "What is said of the sessions around them may be incomplete.",
                reference: "RFC 9293 §3.4",
            };
            let places = times(count, "place", "places");
            let summary = format!("frames are missing from the capture in {places}");
            found.add(kind, summary, self.missing);
        }
        let count = self.snapped.count;
        if count > 0 {
            let kind = Kind {
                name: "snapped",
                severity: Severity::Note,
                why: "What was not kept cannot be read: commands, replies and data may be \
                      missing from all that is said here.",
                reference: "SnapLen, a field of pcap's header",
            };
            let what = times(count, "frame was", "frames were");
            let summary = format!("{what} cut short by whoever captured");
            found.add(kind, summary, self.snapped);
        }
    }
}
