//! What goes wrong: the badness of cables, and faults with an exact target.

use crate::net::{Action, Burst, Carries, Duplex, Impairments, SegmentConfig, Side, TcpKind};
use crate::scenario::model::{self, Act, ArpKind, Fault, Scenario, Segment, Strike, What};
use crate::scenario::source::{Span, Spanned};
use crate::time::Duration;
use crate::units::Ratio;
use crate::wire::ArpOperation;

/// Something that goes wrong on the wire.
#[derive(Debug, Clone)]
pub struct PlannedFault {
    /// Where it is written.
    pub span: Span,
    /// What, and to whom.
    pub what: FaultPlan,
}

/// What goes wrong; machines are places in
/// [`Plan::hosts`](super::Plan::hosts), and beyond them in its `routers`.
#[derive(Debug, Clone)]
pub enum FaultPlan {
    /// Something happens to frames.
    Strike {
        /// In the words of the scenario: "drop reply 226".
        name: String,
        /// What they carry, and which of them.
        carries: Carries,
        /// Who sent them.
        from: Option<usize>,
        /// Whom they are for.
        to: Option<usize>,
        /// On which segment: its place in [`Plan::segments`](super::Plan::segments).
        link: Option<usize>,
        /// Which of them, from 1.
        nth: Option<u64>,
        /// What happens.
        action: Action,
        /// On which side of the tap.
        side: Side,
    },
    /// A cable is pulled.
    Unplug {
        /// In the words of the scenario: "unplug client".
        name: String,
        /// Whose.
        host: usize,
        /// When.
        at: Duration,
        /// For how long.
        lasting: Duration,
    },
}

/// Makes a segment's cables as bad as the scenario says.
pub(super) fn impair(segment: &Segment, config: &mut SegmentConfig) {
    let ratio = |given: Option<Spanned<Ratio>>| given.map_or(Ratio::default(), |r| r.value);
    config.impairments = Impairments {
        jitter: segment.jitter.map_or(Duration::ZERO, |j| j.value),
        loss: ratio(segment.loss),
        burst: segment.burst.as_ref().map(|burst| Burst {
            begin: burst.begin.value,
            end: burst.end.value,
            loss: burst.loss.map_or(Ratio::ONE, |loss| loss.value),
        }),
        duplicate: ratio(segment.duplicate),
        reorder: ratio(segment.reorder),
        reorder_by: segment.reorder_by.map_or(Duration::ZERO, |by| by.value),
        corrupt: ratio(segment.corrupt),
    };
    config.fcs = segment.fcs.unwrap_or(config.fcs);
    config.queue = segment.queue.map_or(config.queue, |queue| queue.value);
    config.vlan = segment.vlan.map(|vlan| vlan.value);
    config.mtu = segment.mtu.map_or(config.mtu, |mtu| mtu.value);
    if let Some(duplex) = segment.duplex {
        config.duplex = match duplex.value {
            model::Duplex::Half => Duplex::Half,
            model::Duplex::Full => Duplex::Full,
        };
    }
}

/// The faults of a scenario, in the order in which they are written.
pub(super) fn plan(scenario: &Scenario) -> Vec<PlannedFault> {
    let place = |name: &Spanned<String>| {
        let machines = scenario.machines();
        machines.iter().position(|machine| *machine == name.value)
    };
    let what = |fault: &Fault| match fault {
        Fault::Strike(strike) => Some(strike_plan(scenario, strike, place)),
        Fault::Unplug(unplug) => Some(FaultPlan::Unplug {
            name: format!("unplug {}", unplug.host),
            host: place(&unplug.host)?,
            at: unplug.at.value,
            lasting: unplug.lasting.value,
        }),
    };
    let faults = scenario.faults.iter().filter_map(|fault| {
        Some(PlannedFault {
            span: fault.span,
            what: what(&fault.value)?,
        })
    });
    faults.collect()
}

fn strike_plan(
    scenario: &Scenario,
    strike: &Strike,
    place: impl Fn(&Spanned<String>) -> Option<usize>,
) -> FaultPlan {
    let Strike {
        act,
        target,
        link,
        side,
    } = strike;
    let on = link.as_ref().map(|link| format!(", on {link}"));
    let segment = |link: &Spanned<String>| {
        let names = scenario.segments.names();
        names.iter().position(|name| *name == link.value)
    };
    let carries = match &target.what {
        What::Command(verb) => Carries::Command(verb.clone()),
        What::Reply(code) => Carries::Reply(*code),
        What::Data => Carries::Data,
        What::Message(message) => Carries::Message(*message),
        What::Arp(ArpKind::Request) => Carries::Arp(ArpOperation::Request),
        What::Arp(ArpKind::Reply) => Carries::Arp(ArpOperation::Reply),
        What::Tcp(kind) => Carries::Tcp(match kind {
            model::TcpKind::Syn => TcpKind::Syn,
            model::TcpKind::SynAck => TcpKind::SynAck,
            model::TcpKind::Ack => TcpKind::Ack,
            model::TcpKind::Fin => TcpKind::Fin,
            model::TcpKind::Rst => TcpKind::Rst,
            model::TcpKind::ZeroWindow => TcpKind::ZeroWindow,
        }),
    };
    FaultPlan::Strike {
        name: format!("{act} {target}{}", on.unwrap_or_default()),
        carries,
        from: target.from.as_ref().and_then(&place),
        to: target.to.as_ref().and_then(&place),
        link: link.as_ref().and_then(segment),
        nth: target.nth.map(|nth| nth.value),
        action: match *act {
            Act::Drop => Action::Drop,
            Act::Delay(by) => Action::Delay(by),
            Act::Duplicate => Action::Duplicate,
            Act::Corrupt(bit) => Action::Corrupt { bit },
            Act::Truncate(len) => Action::Truncate { len: len as usize },
            Act::Rewrite(field, value) => Action::Rewrite { field, value },
        },
        side: *side,
    }
}
