//! A capture that is written while a lab plays, in memory that does not grow with it.

use std::collections::VecDeque;
use std::io::{BufWriter, Write};

use super::faults::Telling;
use super::{Capture, Format, FrameRef, Interface, LinkType, Notes, WriteError, Writer};
use crate::time::{Instant, Timestamp};
use crate::trace::{Delivery, FaultRecord, Record, Recorder, SegmentId, Trace};

/// Writes what a tap on a segment sees, frame by frame, as it happens.
///
/// It is told of frames by [`Lab::stream`](crate::lab::Lab::stream), holds
/// only those that a shorter frame may still overtake on a switch, and writes
/// the bytes that [`Capture::write`] would have written of the whole run with
/// [`Notes::Omit`]; or, by [`StreamWriter::annotated`], with [`Notes::Keep`].
///
/// ```
/// use wirelab::capture::{Format, StreamWriter};
/// use wirelab::host::{HostConfig, Ipv4Cidr};
/// use wirelab::lab::Lab;
/// use wirelab::net::SegmentConfig;
/// use wirelab::rng::Seed;
///
/// let mut lab = Lab::new(Seed(1));
/// let lan = lab.segment("lan", SegmentConfig::default());
/// let address = Ipv4Cidr { address: [192, 0, 2, 1].into(), prefix: 24 };
/// let mut alone = HostConfig::new("alone", address);
/// alone.announce = true;
/// lab.host(alone, lan);
/// let mut pcap = StreamWriter::new(Vec::new(), lan, lab.clock, Format::PcapMicros)?;
/// lab.stream(&mut pcap);
/// let bytes = pcap.finish()?;
/// assert_eq!(bytes.len(), 24 + 16 + 60); // the file's header, and one frame with its own
/// # Ok::<(), wirelab::capture::WriteError>(())
/// ```
pub struct StreamWriter<W: Write> {
    writer: Writer<BufWriter<W>>,
    order: Order,
    failed: Option<WriteError>,
}

/// Who puts frames in order: with what there is to tell of them, or faster.
enum Order {
    Bare(Passing),
    Annotated(Box<Telling>),
}

/// Octets that are collected before the output is given them. The stores of a
/// short copy to memory that is not in the cache hold up whatever follows.
const BUFFER: usize = 64 << 10;

/// Puts what passes on a segment into the order in which a tap sees it.
pub(crate) struct Passing {
    segment: SegmentId,
    clock: Timestamp,
    /// Frames that have begun to pass, ordered by `(at, id)`.
    records: VecDeque<Record>,
    passed: u64,
}

impl Passing {
    /// Of `segment`, instant 0 being at `clock`.
    pub fn new(segment: SegmentId, clock: Timestamp) -> Passing {
        Passing {
            segment,
            clock,
            records: VecDeque::new(),
            passed: 0,
        }
    }

    /// How many frames have passed.
    pub fn count(&self) -> u64 {
        self.passed
    }

    /// A frame is handed to the wire: `see` is shown what has passed before,
    /// and this one if nothing can come before it, which is so on a hub.
    pub fn sent(&mut self, record: &Record, horizon: Instant, mut see: impl FnMut(FrameRef<'_>)) {
        if record.segment != self.segment || !record.passed {
            return;
        }
        self.until(record.sent, &mut see);
        if self.records.is_empty() && record.at < horizon {
            return self.show(record, see);
        }
        self.hold(record);
    }

    /// Others may come before this one.
    #[inline(never)]
    fn hold(&mut self, record: &Record) {
        let later = |r: &&Record| (r.at, r.id) > (record.at, record.id);
        let back = self.records.iter().rev().take_while(later).count();
        self.records
            .insert(self.records.len() - back, record.clone());
    }

    /// Shows what has passed by `now`: nothing can come before it any more,
    /// since whatever begins to pass later ends later.
    #[inline(always)]
    pub fn until(&mut self, now: Instant, see: impl FnMut(FrameRef<'_>)) {
        if self.has_passed(now) {
            self.release(now, see);
        }
    }

    /// Something is held that has passed by `now`.
    fn has_passed(&self, now: Instant) -> bool {
        self.records.front().is_some_and(|next| next.at <= now)
    }

    #[inline(never)]
    fn release(&mut self, now: Instant, mut see: impl FnMut(FrameRef<'_>)) {
        while self.has_passed(now) {
            if let Some(record) = self.records.pop_front() {
                self.show(&record, &mut see);
            }
        }
    }

    fn show(&mut self, record: &Record, mut see: impl FnMut(FrameRef<'_>)) {
        self.passed += 1;
        let at = self.clock.at(record.at);
        see(FrameRef::of_record(self.passed, at, record, &[]));
    }
}

impl<W: Write> StreamWriter<W> {
    /// Begins a file of what passes on `segment`, instant 0 being at `clock`.
    ///
    /// # Errors
    /// When the output fails.
    pub fn new(
        out: W,
        segment: SegmentId,
        clock: Timestamp,
        format: Format,
    ) -> Result<StreamWriter<W>, WriteError> {
        let order = Order::Bare(Passing::new(segment, clock));
        StreamWriter::begin(out, None, order, (format, Notes::Omit))
    }

    /// The same as pcapng, with the segment's name, and with comments that tell
    /// what faults did: the bytes that [`Capture::write`] would have written of
    /// [`Run::capture`](crate::lab::Run::capture) with [`Notes::Keep`]. Only
    /// what a cable that is pulled out loses behind the tap may be told on the
    /// next frame. `names` are those of [`Lab::names`](crate::lab::Lab::names).
    ///
    /// ```
    /// use wirelab::capture::{Capture, StreamWriter};
    /// use wirelab::host::{HostConfig, Ipv4Cidr};
    /// use wirelab::lab::Lab;
    /// use wirelab::net::{Action, Carries, Fault, SegmentConfig, Target};
    /// use wirelab::rng::Seed;
    ///
    /// let mut lab = Lab::new(Seed(1));
    /// let lan = lab.segment("lan", SegmentConfig::default());
    /// for last in [1, 2] {
    ///     let address = Ipv4Cidr { address: [192, 0, 2, last].into(), prefix: 24 };
    ///     let mut host = HostConfig::new(format!("host{last}"), address);
    ///     host.announce = true;
    ///     lab.host(host, lan);
    /// }
    /// let first = Target { nth: Some(1), ..Target::every(Carries::Anything) };
    /// lab.fault(Fault::new("the first frame", first, Action::Drop));
    ///
    /// let mut pcapng = StreamWriter::annotated(Vec::new(), lan, lab.clock, lab.names())?;
    /// lab.stream(&mut pcapng);
    /// let (capture, _) = Capture::read(pcapng.finish()?.as_slice())?;
    /// let told = "Fault, the first frame: dropped on the way to host2";
    /// assert_eq!(capture.frames[0].comments, [told]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the output fails.
    pub fn annotated(
        out: W,
        segment: SegmentId,
        clock: Timestamp,
        names: &Trace,
    ) -> Result<StreamWriter<W>, WriteError> {
        let name = names.segments.get(usize::from(segment.0)).cloned();
        let telling = Telling::new(segment, clock, names.nodes.clone());
        let order = Order::Annotated(Box::new(telling));
        StreamWriter::begin(out, name, order, (Format::PcapNg, Notes::Keep))
    }

    fn begin(
        out: W,
        name: Option<String>,
        order: Order,
        (format, notes): (Format, Notes),
    ) -> Result<StreamWriter<W>, WriteError> {
        let capture = Capture {
            interfaces: vec![Interface {
                name,
                link: LinkType::ETHERNET,
                snaplen: 0,
            }],
            ..Capture::default()
        };
        let out = BufWriter::with_capacity(BUFFER, out);
        Ok(StreamWriter {
            writer: Writer::new(out, &capture, format, notes)?,
            order,
            failed: None,
        })
    }

    /// How many frames have been written. Those of the last moments may still
    /// be held, to be put in order, and to be told what befell them:
    /// [`finish`](StreamWriter::finish) writes them.
    pub fn frames(&self) -> u64 {
        match &self.order {
            Order::Bare(passing) => passing.count(),
            Order::Annotated(telling) => telling.count(),
        }
    }

    /// Writes what is left, flushes, and gives the output back.
    ///
    /// # Errors
    /// When the output fails, or has failed: nothing was written since.
    pub fn finish(mut self) -> Result<W, WriteError> {
        let (writer, failed) = (&mut self.writer, &mut self.failed);
        let see = |frame: FrameRef<'_>| write(writer, failed, frame);
        match &mut self.order {
            Order::Bare(passing) => passing.until(Instant::MAX, see),
            Order::Annotated(telling) => telling.finish(see),
        }
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self
                .writer
                .finish()?
                .into_inner()
                .map_err(|error| error.into_error())?),
        }
    }
}

/// Writes a frame, unless something has failed before.
fn write<W: Write>(
    writer: &mut Writer<BufWriter<W>>,
    failed: &mut Option<WriteError>,
    frame: FrameRef<'_>,
) {
    if failed.is_none() {
        *failed = writer.write_frame(frame).err();
    }
}

impl<W: Write> Recorder for StreamWriter<W> {
    fn sent(&mut self, record: &Record, horizon: Instant) {
        let (writer, failed) = (&mut self.writer, &mut self.failed);
        let see = |frame: FrameRef<'_>| write(writer, failed, frame);
        match &mut self.order {
            Order::Bare(passing) => passing.sent(record, horizon, see),
            Order::Annotated(telling) => telling.sent(record, see),
        }
    }

    fn delivered(&mut self, delivery: Delivery) {
        let (writer, failed) = (&mut self.writer, &mut self.failed);
        let see = |frame: FrameRef<'_>| write(writer, failed, frame);
        match &mut self.order {
            Order::Bare(passing) => passing.until(delivery.at, see),
            Order::Annotated(telling) => telling.until(delivery.at, see),
        }
    }

    fn faulted(&mut self, fault: FaultRecord) {
        if let Order::Annotated(telling) = &mut self.order {
            telling.faulted(fault);
        }
    }
}
